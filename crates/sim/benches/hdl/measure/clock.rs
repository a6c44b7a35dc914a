//! Processor time, as Linux tells it.

use std::sync::OnceLock;
use std::time::Instant;

/// Seconds that this thread has run, from some start; wall-clock time where the system does not tell.
pub fn thread_seconds() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    // Linux brings the account up to date when a thread offers to pause.
    std::thread::yield_now();
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match schedstat.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()) {
        Some(nanoseconds) => nanoseconds / 1e9,
        None => START.get_or_init(Instant::now).elapsed().as_secs_f64(),
    }
}

//! What this process has used so far, as Linux tells it; elsewhere nothing is known.

/// Processor time of all threads in seconds, to a hundredth.
pub fn cpu_seconds() -> Option<f64> {
    cpu_of(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// The most memory that was resident at a time, in bytes.
pub fn peak_bytes() -> Option<u64> {
    peak_of(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Linux counts in hundredths of a second for user programs, whatever the processor.
const TICKS_PER_SECOND: f64 = 100.0;

/// Fields 14 and 15, user and system time; the name in field 2 may hold blanks and brackets.
fn cpu_of(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_writes_is_understood() {
        let stat = "71 (a ) b) S 1 71 71 0 -1 4194304 90 0 0 0 123 45 6 7 20 0 1 0 99";
        assert_eq!(cpu_of(stat), Some(1.68));
        assert_eq!(peak_of("Name:\tx\nVmHWM:\t   12960 kB\nVmRSS:\t 1 kB\n"), Some(13_271_040));
        assert_eq!((cpu_of("71 (a) S 1"), peak_of("VmHWM: much")), (None, None));
    }
}

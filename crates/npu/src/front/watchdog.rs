//! The watchdog: ends a job when external memory does not answer.
//!
//! | port | dir | meaning |
//! |---|---|---|
//! | `limit` | in | cycles; 0: off |
//! | `busy` | in | a job runs |
//! | `progress` | in | something happens, or will without external memory |
//! | `hold` | in | do not expire now: another fault is recorded |
//! | `expires` | out | so many cycles have passed without progress |
//! | `stuck` | out | it has expired; only reset clears it |
//!
//! Timing: `expires` is high for one cycle, `limit` cycles after the last one with `progress`.

use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig};

/// Bits of the limit.
pub const LIMIT: u32 = 32;

/// The watchdog of a core.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Watchdog;

/// Ports of [`Watchdog`].
pub struct WatchdogIo<'m> {
    /// Cycles; 0: off.
    pub limit: Sig<'m>,
    /// A job runs.
    pub busy: Sig<'m>,
    /// Something happens.
    pub progress: Sig<'m>,
    /// Not now.
    pub hold: Sig<'m>,
    /// Time is up.
    pub expires: Sig<'m>,
    /// Time was up.
    pub stuck: Sig<'m>,
}

impl Module for Watchdog {
    type Io<'m> = WatchdogIo<'m>;

    fn name(&self) -> String {
        "watchdog".into()
    }

    fn doc(&self) -> String {
        "Counts cycles without progress; expires once.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> WatchdogIo<'m> {
        WatchdogIo {
            limit: p.input("limit", uint(LIMIT)),
            busy: p.input("busy", bit()),
            progress: p.input("progress", bit()),
            hold: p.input("hold", bit()),
            expires: p.output("expires", bit()),
            stuck: p.output("stuck", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: WatchdogIo<'m>) {
        let stuck = m.reg("stuck_q", bit(), 0);
        let idle_cycles = m.reg("idle_cycles_q", uint(LIMIT), 0);
        let waits = (io.busy & !io.progress & !stuck).named("waits");
        let late = idle_cycles.ge(io.limit) & io.limit.ne(0);
        let expires = (waits & late & !io.hold).named("time_is_up");
        let next = m.mux(late, idle_cycles, idle_cycles.wrapping_add(1));
        idle_cycles.set(m.mux(waits, next, m.zero(uint(LIMIT))));
        m.when(expires, || stuck.set(1));
        io.expires.set(expires);
        io.stuck.set(stuck);
    }
}

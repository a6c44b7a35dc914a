//! Events from one domain to another.

use super::two_flops;
use seedbed_hdl::{bit, Domain, Module, Ports, Scope, Sig};

/// Carries single-cycle pulses.
///
/// | port | direction | type | domain |
/// |---|---|---|---|
/// | `src_clk`, `src_rst_n` | in | clock, reset | |
/// | `dst_clk`, `dst_rst_n` | in | clock, reset | |
/// | `pulse` | in | bit | `src`: an event in each cycle in which it is 1 and `busy` is 0 |
/// | `busy` | out | bit | `src`: the last event is on its way, another would be lost |
/// | `dst_pulse` | out | bit | `dst`: 1 for one cycle per event |
///
/// Timing: `dst_pulse` comes two to three cycles of `dst` after the pulse; `busy` falls two to three cycles of `src`
/// later.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PulseSync;

/// Ports of [`PulseSync`].
pub struct PulseSyncIo<'m> {
    /// The domain of the pulses.
    pub src: Domain<'m>,
    /// The domain of the events.
    pub dst: Domain<'m>,
    /// Pulse in.
    pub pulse: Sig<'m>,
    /// A pulse would be lost.
    pub busy: Sig<'m>,
    /// Pulse out.
    pub dst_pulse: Sig<'m>,
}

impl Module for PulseSync {
    type Io<'m> = PulseSyncIo<'m>;

    fn name(&self) -> String {
        "pulse_sync".into()
    }

    fn doc(&self) -> String {
        "Carries pulses to another clock domain: a toggle, and its acknowledge.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PulseSyncIo<'m> {
        let src = p.domain("src_clk", "src_rst_n");
        let dst = p.domain("dst_clk", "dst_rst_n");
        let (pulse, busy) = p.within(src, |p| (p.input("pulse", bit()), p.output("busy", bit())));
        let dst_pulse = p.within(dst, |p| p.output("dst_pulse", bit()));
        PulseSyncIo { src, dst, pulse, busy, dst_pulse }
    }

    fn build<'m>(&self, m: &'m Scope, io: PulseSyncIo<'m>) {
        let request = m.within(io.src, || m.reg("request_q", bit(), 0));
        let done = m.within(io.dst, || {
            let seen = two_flops(m, "request", request);
            let done = m.reg("done_q", bit(), 0);
            done.set(seen);
            io.dst_pulse.set(seen ^ done);
            done
        });
        m.within(io.src, || {
            let done = two_flops(m, "done", done);
            let busy = (request ^ done).named("waits");
            io.busy.set(busy);
            m.when(io.pulse & !busy, || request.set(!request));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdc::tests::{TwoClocks, RATIOS};

    #[test]
    fn as_many_events_as_accepted_pulses() {
        for periods in RATIOS {
            let mut b = TwoClocks::new(&PulseSync, periods);
            let (mut accepted, mut events) = (0, 0);
            for _ in 0..2000 {
                if b.side() == 0 {
                    b.set("pulse", u64::from(accepted < 20));
                    accepted += u64::from(accepted < 20 && b.get("busy") == 0);
                } else {
                    events += b.get("dst_pulse");
                }
                b.edge();
            }
            assert_eq!((accepted, events), (20, 20), "{periods:?}");
        }
    }
}

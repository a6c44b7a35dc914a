//! A reset into the domain of the part.

use seedbed_hdl::{bit, Domain, Module, Ports, ResetKind, Scope, Sig};

/// Lets an asynchronous reset take effect at once and end at an edge of a clock.
///
/// | port | direction | type | |
/// |---|---|---|---|
/// | `dst_clk` | in | clock | |
/// | `arst_n` (`arst` when active high) | in | reset | of any clock domain |
/// | `reset` | out | bit | the reset in the domain of `dst_clk`, of the same polarity |
///
/// Timing: `reset` is on while `arst_n` is, and for two edges of `dst_clk` afterwards. Give it to the
/// components of the domain with [`Domain::with_reset`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ResetSync {
    /// The kind of the reset; asynchronous.
    pub kind: ResetKind,
}

/// Ports of [`ResetSync`].
pub struct ResetSyncIo<'m> {
    /// The clock, and the reset that comes in.
    pub dst: Domain<'m>,
    /// The reset that goes out.
    pub reset: Sig<'m>,
}

impl Module for ResetSync {
    type Io<'m> = ResetSyncIo<'m>;

    fn name(&self) -> String {
        let polarity = if self.kind.is_low() { "low" } else { "high" };
        format!("reset_sync_{polarity}")
    }

    fn doc(&self) -> String {
        "Reset synchroniser: on at once, off two edges later.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ResetSyncIo<'m> {
        let name = if self.kind.is_low() { "arst_n" } else { "arst" };
        let dst = p.domain_with("dst_clk", Some((name, self.kind)));
        ResetSyncIo { dst, reset: p.within(dst, |p| p.output("reset", bit())) }
    }

    fn build<'m>(&self, m: &'m Scope, io: ResetSyncIo<'m>) {
        if !self.kind.is_async() {
            m.error("a reset synchroniser for a synchronous reset; its kind is asynchronous");
        }
        let on = u8::from(!self.kind.is_low());
        m.within(io.dst, || {
            let meta = m.sync_reg("meta_q", bit(), on);
            let sync = m.sync_reg("sync_q", bit(), on);
            meta.set(1 - on);
            sync.set(meta);
            io.reset.set(sync);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_hdl::{elaborate, Settings};
    use seedbed_sim::Simulator;

    #[test]
    fn on_at_once_and_off_after_two_edges() {
        for (kind, name) in [(ResetKind::AsyncLow, "arst_n"), (ResetKind::AsyncHigh, "arst")] {
            let design = elaborate(&ResetSync { kind }, &Settings::default()).expect("legal");
            let mut sim = Simulator::new(&design);
            let (arst, reset) = (sim.input(name).unwrap(), sim.output("reset").unwrap());
            let on = u64::from(!kind.is_low());
            sim.set(arst, on);
            let mut seen = vec![sim.get(reset)];
            sim.set(arst, 1 - on);
            for _ in 0..3 {
                seen.push(sim.get(reset));
                sim.tick();
            }
            sim.set(arst, on);
            seen.push(sim.get(reset));
            assert_eq!(seen, [on, on, on, 1 - on, on], "{kind:?}");
        }
    }

    #[test]
    fn synchronous_kinds_are_refused() {
        let part = ResetSync { kind: ResetKind::SyncLow };
        assert!(elaborate(&part, &Settings::default()).is_err());
    }
}

//! A register slice: cuts a stream's `valid`, `ready` and `data` paths at full throughput.

use seedbed_hdl::{bit, Module, Ports, Scope, Sig, Stream, Ty};

/// A register slice.
///
/// | port | direction | type |
/// |---|---|---|
/// | `sink` | stream in | `ty` |
/// | `source` | stream out | `ty` |
///
/// Timing: a word appears one cycle after it was taken; one word per cycle; every output comes from
/// a register. Holds two words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Skid {
    /// Type of a word.
    pub ty: Ty,
}

/// Ports of [`Skid`].
pub struct SkidIo<'m> {
    /// Words in.
    pub sink: Stream<'m>,
    /// Words out.
    pub source: Stream<'m>,
}

impl Module for Skid {
    type Io<'m> = SkidIo<'m>;

    fn name(&self) -> String {
        format!("skid_{}", self.ty)
    }

    fn doc(&self) -> String {
        "Register slice with two words: full throughput, no combinational path.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SkidIo<'m> {
        SkidIo { sink: p.sink("sink", self.ty), source: p.source("source", self.ty) }
    }

    fn build<'m>(&self, m: &'m Scope, SkidIo { sink, source }: SkidIo<'m>) {
        let valid = m.reg("valid_q", bit(), 0);
        let data = m.reg_no_reset("data_q", self.ty);
        let full = m.reg("spare_full_q", bit(), 0);
        let spare = m.reg_no_reset("spare_q", self.ty);
        source.valid.set(valid);
        source.data.set(data);
        sink.ready.set(!full);
        let stalled = (valid & !source.ready).named("stalled");
        let arrives: Sig = sink.valid & !full;
        m.when(!stalled, || {
            valid.set(full | arrives);
            full.set(0);
        });
        m.when(!stalled & (full | arrives), || data.set(m.mux(full, spare, sink.data)));
        m.when(stalled & arrives, || {
            full.set(1);
            spare.set(sink.data);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, Sink, Source};
    use seedbed_hdl::uint;

    fn words(n: u64) -> impl Iterator<Item = Vec<u64>> {
        (0..n).map(|i| vec![i ^ 0x55])
    }

    #[test]
    fn order_is_kept_under_any_stalls() {
        for holds in [(0, 60), (60, 0), (40, 40)] {
            let mut b = Bench::new(&Skid { ty: uint(16) });
            let (mut source, mut sink) =
                (Source::new("sink", words(300), holds.0), Sink::new("source", holds.1));
            while sink.items.len() < 300 && b.cycle < 3000 {
                b.step(&mut [&mut source], &mut [&mut sink]);
            }
            assert!(sink.items.into_iter().eq(words(300)));
        }
    }

    #[test]
    fn one_word_per_cycle_after_one() {
        let mut b = Bench::new(&Skid { ty: uint(16) });
        let (mut source, mut sink) = (Source::new("sink", words(50), 0), Sink::new("source", 0));
        while sink.items.len() < 50 {
            b.step(&mut [&mut source], &mut [&mut sink]);
        }
        assert_eq!((sink.times[0], sink.times[49]), (1, 50));
    }

    #[test]
    fn ready_does_not_depend_on_the_far_side_in_the_same_cycle() {
        let mut b = Bench::new(&Skid { ty: uint(16) });
        let (mut source, mut stop) = (Source::new("sink", words(50), 0), Sink::new("source", 100));
        for _ in 0..4 {
            b.step(&mut [&mut source], &mut [&mut stop]);
        }
        assert_eq!(source.times, [0, 1]);
        for ready in [0, 1] {
            b.set("source_ready", ready);
            assert_eq!(b.get("sink_ready"), 0);
        }
    }
}

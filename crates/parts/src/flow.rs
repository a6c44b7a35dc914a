//! A buffer that costs no cycle while it is empty.

use crate::Fifo;
use seedbed_hdl::{Module, Ports, Scope, Stream, Ty};

/// A [`Fifo`] that is transparent while it holds nothing.
///
/// | port | direction | type |
/// |---|---|---|
/// | `enq` | stream in | `ty` |
/// | `deq` | stream out | `ty` |
///
/// Timing: a word can leave in the cycle in which it comes, if no word is before it; one word in and
/// one word out per cycle. `enq.ready` depends on registers only; `deq.valid` and `deq.data` depend on
/// `enq` in the same cycle.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FlowFifo {
    /// Type of a word.
    pub ty: Ty,
    /// Words it can hold, at least 1.
    pub depth: u32,
}

/// Ports of [`FlowFifo`].
pub struct FlowFifoIo<'m> {
    /// Words in.
    pub enq: Stream<'m>,
    /// Words out.
    pub deq: Stream<'m>,
}

impl Module for FlowFifo {
    type Io<'m> = FlowFifoIo<'m>;

    fn name(&self) -> String {
        format!("flow_fifo_{}_d{}", self.ty, self.depth)
    }

    fn doc(&self) -> String {
        format!("Buffer of {} words, transparent while empty.", self.depth)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> FlowFifoIo<'m> {
        FlowFifoIo { enq: p.sink("enq", self.ty), deq: p.source("deq", self.ty) }
    }

    fn build<'m>(&self, m: &'m Scope, FlowFifoIo { enq, deq }: FlowFifoIo<'m>) {
        let held = m.inst("held", &Fifo { ty: self.ty, depth: self.depth });
        let passes = (!held.deq.valid & deq.ready).named("passes");
        held.enq.valid.set(enq.valid & !passes);
        held.enq.data.set(enq.data);
        enq.ready.set(held.enq.ready);
        deq.valid.set(enq.valid | held.deq.valid);
        deq.data.set(m.mux(held.deq.valid, held.deq.data, enq.data));
        held.deq.ready.set(deq.ready);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, Sink, Source};
    use seedbed_hdl::uint;

    fn words(n: u64) -> impl Iterator<Item = Vec<u64>> {
        (0..n).map(|i| vec![i * 0x9e37 % 65536])
    }

    fn pass(depth: u32, holds: (u64, u64)) -> (Source, Sink) {
        let mut b = Bench::new(&FlowFifo { ty: uint(16), depth });
        let (mut source, mut sink) =
            (Source::new("enq", words(300), holds.0), Sink::new("deq", holds.1));
        while sink.items.len() < 300 && b.cycle < 5000 {
            b.step(&mut [&mut source], &mut [&mut sink]);
        }
        assert!(sink.items.iter().cloned().eq(words(300)), "depth {depth}, holds {holds:?}");
        (source, sink)
    }

    #[test]
    fn order_is_kept_under_any_stalls() {
        for depth in [1, 2, 4, 9] {
            for holds in [(0, 60), (60, 0), (40, 40)] {
                pass(depth, holds);
            }
        }
    }

    #[test]
    fn an_empty_buffer_is_no_delay() {
        let (source, sink) = pass(2, (30, 0));
        assert_eq!(source.times, sink.times);
    }

    #[test]
    fn it_holds_exactly_its_depth() {
        let mut b = Bench::new(&FlowFifo { ty: uint(16), depth: 3 });
        let (mut source, mut sink) = (Source::new("enq", words(9), 0), Sink::new("deq", 100));
        for _ in 0..20 {
            b.step(&mut [&mut source], &mut [&mut sink]);
        }
        assert_eq!(source.times, [0, 1, 2]);
    }
}

//! A stream from one domain to another.

use super::two_flops;
use seedbed_hdl::{
    bit, clog2, uint, Collision, Domain, MemSpec, Module, Ports, Scope, Sig, Stream, Ty,
};

/// A FIFO between two clocks.
///
/// | port | direction | type | domain |
/// |---|---|---|---|
/// | `src_clk`, `src_rst_n` | in | clock, reset | |
/// | `dst_clk`, `dst_rst_n` | in | clock, reset | |
/// | `sink` | stream in | `ty` | `src` |
/// | `source` | stream out | `ty` | `dst` |
///
/// Timing: a word appears three to four cycles of `dst` after it was taken; one word per cycle of the slower
/// clock from a depth of 8 on. Both resets must have been on together before words are sent.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AsyncFifo {
    /// Type of a word.
    pub ty: Ty,
    /// Words it holds: a power of two, at least 4.
    pub depth: u32,
}

/// Ports of [`AsyncFifo`].
pub struct AsyncFifoIo<'m> {
    /// The domain of the words in.
    pub src: Domain<'m>,
    /// The domain of the words out.
    pub dst: Domain<'m>,
    /// Words in.
    pub sink: Stream<'m>,
    /// Words out.
    pub source: Stream<'m>,
}

impl Module for AsyncFifo {
    type Io<'m> = AsyncFifoIo<'m>;

    fn name(&self) -> String {
        format!("async_fifo_{}_d{}", self.ty, self.depth)
    }

    fn doc(&self) -> String {
        format!("FIFO of {} words between two clocks, with Gray pointers.", self.depth)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> AsyncFifoIo<'m> {
        let src = p.domain("src_clk", "src_rst_n");
        let dst = p.domain("dst_clk", "dst_rst_n");
        let sink = p.within(src, |p| p.sink("sink", self.ty));
        let source = p.within(dst, |p| p.source("source", self.ty));
        AsyncFifoIo { src, dst, sink, source }
    }

    fn build<'m>(&self, m: &'m Scope, AsyncFifoIo { src, dst, sink, source }: AsyncFifoIo<'m>) {
        if !self.depth.is_power_of_two() || self.depth < 4 {
            return m.error(format!(
                "an asynchronous FIFO of {} words; the depth is a power of two, at least 4",
                self.depth
            ));
        }
        let address = clog2(self.depth.into());
        let spec = MemSpec::new(self.ty.width, self.depth).collision(Collision::Undefined);
        let mem = m.mem("words", spec);
        let write = m.within(src, || Pointer::new(m, "write", address + 1));
        let read = m.within(dst, || Pointer::new(m, "read", address + 1));
        m.within(src, || {
            let there = two_flops(m, "read", read.gray);
            // Full: the write pointer is a whole turn ahead, which differs in the two leading bits.
            let turn = m.lit(3 << (address - 1), uint(address + 1));
            let full = write.gray.eq(there ^ turn).named("full");
            let push = sink.valid & !full;
            sink.ready.set(!full);
            let data = if self.ty.signed { sink.data.as_unsigned() } else { sink.data };
            mem.write(write.binary.trunc(address), push, data, None);
            m.when(push, || write.advance());
        });
        m.within(dst, || {
            let there = two_flops(m, "write", write.gray);
            let valid = m.reg("valid_q", bit(), 0);
            let fetch = (read.gray.ne(there) & (!valid | source.ready)).named("fetch");
            let data = mem.read(read.binary.trunc(address), fetch);
            m.when(valid & source.ready, || valid.set(0));
            m.when(fetch, || {
                valid.set(1);
                read.advance();
            });
            source.valid.set(valid);
            source.data.set(if self.ty.signed { data.as_signed() } else { data });
        });
    }
}

/// A counter and its Gray code.
#[derive(Clone, Copy)]
struct Pointer<'m> {
    binary: Sig<'m>,
    gray: Sig<'m>,
}

impl<'m> Pointer<'m> {
    fn new(m: &'m Scope, name: &str, width: u32) -> Self {
        let binary = m.reg(format!("{name}_binary_q"), uint(width), 0);
        Pointer { binary, gray: m.reg(format!("{name}_gray_q"), uint(width), 0) }
    }

    fn advance(self) {
        let next = self.binary.wrapping_add(1);
        self.binary.set(next);
        self.gray.set(next ^ next.shr_const(1).extend(next.width()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cdc::tests::{stream, TwoClocks, RATIOS};

    #[test]
    fn words_arrive_in_order_at_any_ratio() {
        let words: Vec<u64> = (0..100).map(|i| (i * 0x2b1) & 0xffff).collect();
        for periods in RATIOS {
            for hold in [[0, 0], [60, 0], [0, 60], [50, 50]] {
                let mut b = TwoClocks::new(&AsyncFifo { ty: uint(16), depth: 8 }, periods);
                assert_eq!(stream(&mut b, &words, hold), words, "{periods:?} {hold:?}");
            }
        }
    }

    #[test]
    fn it_takes_its_depth_and_one_word_and_then_waits() {
        let mut b = TwoClocks::new(&AsyncFifo { ty: uint(8), depth: 4 }, [10, 11]);
        let mut taken = 0;
        b.set("sink_valid", 1);
        for _ in 0..60 {
            taken += u64::from(b.side() == 0) & b.get("sink_ready");
            b.edge();
        }
        assert_eq!((taken, b.get("sink_ready")), (5, 0));
    }

    #[test]
    fn depths_that_cannot_be_are_refused() {
        for depth in [0, 2, 6] {
            let part = AsyncFifo { ty: uint(8), depth };
            let found = seedbed_hdl::elaborate(&part, &Default::default()).expect_err("refused");
            assert!(found.iter().any(|d| d.message.contains("power of two")), "{}", found[0]);
        }
    }
}

//! A first-in first-out buffer.

use seedbed_hdl::{bit, bits_for, clog2, uint, Module, Ports, Scope, Sig, Stream, Ty};

/// A buffer of exactly `depth` words.
///
/// | port | direction | type |
/// |---|---|---|
/// | `enq` | stream in | `ty` |
/// | `deq` | stream out | `ty` |
/// | `count` | out | words held, `uint(bits_for(depth))` |
///
/// Timing: one word in and one word out per cycle, also when full or empty neighbours stall; a word
/// can leave one cycle after it came. Small buffers (up to 4 words, or 64 bits in all) are shift
/// registers. Larger ones are a memory with synchronous read, which maps to block RAM or an SRAM macro,
/// and a register that a word takes past the memory when nothing is before it. `deq.valid`, `enq.ready`
/// and `count` depend on registers only.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fifo {
    /// Type of a word.
    pub ty: Ty,
    /// Words it can hold, at least 1.
    pub depth: u32,
}

/// Ports of [`Fifo`].
pub struct FifoIo<'m> {
    /// Words in.
    pub enq: Stream<'m>,
    /// Words out.
    pub deq: Stream<'m>,
    /// Words held.
    pub count: Sig<'m>,
}

impl Fifo {
    fn in_registers(&self) -> bool {
        self.depth <= 4 || u64::from(self.depth) * u64::from(self.ty.width) <= 64
    }

    fn count_ty(&self) -> Ty {
        uint(bits_for(u64::from(self.depth)))
    }
}

impl Module for Fifo {
    type Io<'m> = FifoIo<'m>;

    fn name(&self) -> String {
        format!("fifo_{}_d{}", self.ty, self.depth)
    }

    fn doc(&self) -> String {
        let kind = if self.in_registers() { "shift register" } else { "synchronous-read memory" };
        format!("Buffer of {} words, {kind}.", self.depth)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> FifoIo<'m> {
        FifoIo {
            enq: p.sink("enq", self.ty),
            deq: p.source("deq", self.ty),
            count: p.output("count", self.count_ty()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: FifoIo<'m>) {
        if self.depth == 0 {
            m.error("a Fifo of depth 0 holds nothing; give it at least 1 word");
        }
        let count = m.reg("count_q", self.count_ty(), 0);
        let push = (io.enq.valid & count.ne(self.depth)).named("push");
        io.enq.ready.set(count.ne(self.depth));
        io.count.set(count);
        let pop = if self.in_registers() {
            self.build_shift(m, &io, count, push)
        } else {
            self.build_memory(m, &io, count, push)
        };
        m.when(push & !pop, || count.set(count.wrapping_add(1)));
        m.when(pop & !push, || count.set(count.wrapping_sub(1)));
    }
}

impl Fifo {
    /// Words move down when the lowest leaves; a new word goes behind the last. Returns `pop`.
    fn build_shift<'m>(
        &self,
        m: &'m Scope,
        io: &FifoIo<'m>,
        count: Sig<'m>,
        push: Sig<'m>,
    ) -> Sig<'m> {
        let pop = (count.ne(0) & io.deq.ready).named("pop");
        let tail = count.wrapping_sub(pop).named("tail");
        let cells: Vec<Sig> =
            (0..self.depth.max(1)).map(|i| m.reg_no_reset(format!("word{i}_q"), self.ty)).collect();
        for (i, &cell) in cells.iter().enumerate() {
            if let Some(&above) = cells.get(i + 1) {
                m.when(pop, || cell.set(above));
            }
            m.when(push & tail.eq(i), || cell.set(io.enq.data));
        }
        io.deq.valid.set(count.ne(0));
        io.deq.data.set(cells[0]);
        pop
    }

    /// The oldest word is in the memory's read register, or in a register of its own if it came when
    /// nothing was before it. Returns `pop`.
    fn build_memory<'m>(
        &self,
        m: &'m Scope,
        io: &FifoIo<'m>,
        count: Sig<'m>,
        push: Sig<'m>,
    ) -> Sig<'m> {
        let pop = (count.ne(0) & io.deq.ready).named("pop");
        let pass = (push & (count.eq(0) | (count.eq(1) & pop))).named("pass");
        let store = (push & !pass).named("store");
        let fetch = (pop & count.gt(1)).named("fetch");
        let write_ptr = self.pointer(m, "write_ptr_q", store);
        let read_ptr = self.pointer(m, "read_ptr_q", fetch);
        let mem = m.mem_1r1w("mem", self.ty.width, self.depth, None);
        mem.write(write_ptr, store, io.enq.data.as_unsigned(), None);
        let stored = mem.read(read_ptr, fetch);
        let passed = m.reg_no_reset("passed_q", stored.ty());
        let is_passed = m.reg_no_reset("is_passed_q", bit());
        m.when(pass, || passed.set(io.enq.data.as_unsigned()));
        m.when(pass | fetch, || is_passed.set(pass));
        let word = m.mux(is_passed, passed, stored);
        io.deq.valid.set(count.ne(0));
        io.deq.data.set(if self.ty.signed { word.as_signed() } else { word });
        pop
    }

    fn pointer<'m>(&self, m: &'m Scope, name: &str, step: Sig<'m>) -> Sig<'m> {
        let ptr = m.reg(name, uint(clog2(u64::from(self.depth))), 0);
        let next = ptr.wrapping_add(1);
        let next = if self.depth.is_power_of_two() {
            next
        } else {
            m.mux(ptr.eq(self.depth - 1), m.zero(ptr.ty()), next)
        };
        m.when(step, || ptr.set(next));
        ptr
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, Sink, Source};
    use seedbed_hdl::sint;

    const DEPTHS: [u32; 7] = [1, 2, 3, 4, 5, 16, 100];

    fn words(n: u64) -> impl Iterator<Item = Vec<u64>> {
        (0..n).map(|i| vec![i * 0x9e37 % 65536])
    }

    fn fifo(depth: u32) -> Fifo {
        Fifo { ty: uint(16), depth }
    }

    #[test]
    fn order_is_kept_under_any_stalls() {
        for (depth, holds) in
            DEPTHS.into_iter().flat_map(|d| [(d, (0, 60)), (d, (60, 0)), (d, (40, 40))])
        {
            let mut b = Bench::new(&fifo(depth));
            let (mut source, mut sink) =
                (Source::new("enq", words(400), holds.0), Sink::new("deq", holds.1));
            while sink.items.len() < 400 && b.cycle < 5000 {
                b.drive(&mut [&mut source], &mut [&mut sink]);
                let held = source.times.len() - sink.times.len();
                assert_eq!(b.get("count"), held as u64, "depth {depth}");
                b.finish(&mut [&mut source], &mut [&mut sink]);
            }
            assert!(sink.items.into_iter().eq(words(400)), "depth {depth}");
        }
    }

    #[test]
    fn the_first_word_leaves_after_one_cycle_and_then_one_per_cycle() {
        for depth in DEPTHS {
            let mut b = Bench::new(&fifo(depth));
            let (mut source, mut sink) = (Source::new("enq", words(300), 0), Sink::new("deq", 0));
            while sink.items.len() < 300 {
                b.step(&mut [&mut source], &mut [&mut sink]);
            }
            assert_eq!((source.times[0], sink.times[0]), (0, 1), "depth {depth}");
            // A single register is full until its word has left.
            let gap = if depth == 1 { 2 } else { 1 };
            assert_eq!(sink.times[299], 1 + 299 * gap, "depth {depth}");
        }
    }

    #[test]
    fn it_holds_exactly_its_depth() {
        for depth in DEPTHS {
            let mut b = Bench::new(&fifo(depth));
            let (mut source, mut sink) = (Source::new("enq", words(300), 0), Sink::new("deq", 100));
            for _ in 0..200 {
                b.step(&mut [&mut source], &mut [&mut sink]);
            }
            assert_eq!(source.times.len(), depth as usize);
        }
    }

    #[test]
    fn signed_words_pass_through_the_memory() {
        let mut b = Bench::new(&Fifo { ty: sint(8), depth: 64 });
        let (mut source, mut sink) = (Source::new("enq", [vec![0x80]], 0), Sink::new("deq", 0));
        for _ in 0..5 {
            b.step(&mut [&mut source], &mut [&mut sink]);
        }
        assert_eq!(sink.items, [vec![0x80]]);
    }

    #[test]
    fn a_depth_of_zero_is_refused() {
        let mistakes = seedbed_hdl::elaborate(&fifo(0), &seedbed_hdl::Settings::default());
        let mistakes = mistakes.expect_err("no words");
        assert!(mistakes[0].message.contains("at least 1 word"), "{}", mistakes[0]);
    }
}

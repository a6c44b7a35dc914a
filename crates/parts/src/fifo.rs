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
/// Timing: one word in and one word out per cycle, also when full or empty neighbours stall.
/// Small buffers (up to 4 words, or 64 bits in all) are shift registers: a word can leave one cycle
/// after it came. Larger ones are a memory with synchronous read, which maps to block RAM or an SRAM
/// macro: a word can leave two cycles after it came. `deq.data` comes straight from the register or
/// memory; `deq.valid`, `enq.ready` and `count` depend on registers only.
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
    /// Cycles from the transfer of a word into the empty buffer to the first cycle in which it can leave.
    pub fn latency(&self) -> u32 {
        if self.in_registers() {
            1
        } else {
            2
        }
    }

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

    /// The memory's read register is the output stage: it is refilled whenever it is empty or leaves.
    /// Returns `pop`.
    fn build_memory<'m>(
        &self,
        m: &'m Scope,
        io: &FifoIo<'m>,
        count: Sig<'m>,
        push: Sig<'m>,
    ) -> Sig<'m> {
        let out_valid = m.reg("out_valid_q", bit(), 0);
        let pop = (out_valid & io.deq.ready).named("pop");
        let stored = (count.gt(1) | (count.ne(0) & !out_valid)).named("stored");
        let fetch = (stored & (!out_valid | io.deq.ready)).named("fetch");
        m.when(fetch | pop, || out_valid.set(fetch));
        let write_ptr = self.pointer(m, "write_ptr_q", push);
        let read_ptr = self.pointer(m, "read_ptr_q", fetch);
        let mem = m.mem_1r1w("mem", self.ty.width, self.depth, None);
        mem.write(write_ptr, push, io.enq.data.as_unsigned(), None);
        let word = mem.read(read_ptr, fetch);
        io.deq.valid.set(out_valid);
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

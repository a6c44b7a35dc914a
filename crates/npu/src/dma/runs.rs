//! The outer loops of LOAD and STORE: a command in, its runs out.

use super::{DmaShape, BODY, EXT_ADDR_BITS, IN_FLIGHT, LM_ADDR_BITS};
use crate::body::body_field;
use crate::window::{WindowSigs, PAGE_SHIFT};
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig, Stream, Ty};
use seedbed_parts::{up_down, Fifo};
use seedbed_spec::command::Opcode;

/// Walks the three dimensions of a LOAD or STORE command and checks its addresses.
///
/// | port | direction | type |
/// |---|---|---|
/// | `cmd` | stream in | body of a command |
/// | `run` | stream out | `{barred, last run of the command, beats, LM address, external address}` |
/// | `window_first`, `window_last` | in | [`WindowSigs`]: the pages that may be touched |
/// | `retire` | in | the oldest command is complete |
/// | `outcome_window`, `outcome_range`, `outcome_addr` | out | [`Outcome`] of the oldest command |
///
/// Timing: the first run one cycle after the command, one run per cycle, no gap between commands. At
/// most [`IN_FLIGHT`] commands are taken and not retired. The outcome is there once the command's last
/// run has left.
///
/// A run that is not wholly inside the window, or passes the end of the external addresses, is barred:
/// it must not go to the bus, and it is the last of its command, whatever the command's counts say.
///
/// Addresses and lengths of runs count beats. Addresses wrap: LM at 24 bits of a byte address, external
/// at `addr_bits`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Runs {
    /// Bits of an address on the bus.
    pub addr_bits: u32,
    /// Bits of a beat.
    pub data_bits: u32,
    /// Bytes of local memory.
    pub lm_bytes: u32,
}

/// What is known about a command when its addresses are through.
#[derive(Clone, Copy)]
pub struct Outcome<'m> {
    /// It ended at a run outside the window.
    pub window: Sig<'m>,
    /// Some access was outside local memory.
    pub range: Sig<'m>,
    /// The external byte address where it left the window, else the byte address of the first access
    /// outside local memory, else the command's external address.
    pub addr: Sig<'m>,
}

/// Ports of [`Runs`].
pub struct RunsIo<'m> {
    /// Command bodies.
    pub cmd: Stream<'m>,
    /// Runs.
    pub run: Stream<'m>,
    /// The pages that may be touched.
    pub window: WindowSigs<'m>,
    /// The oldest command is complete.
    pub retire: Sig<'m>,
    /// About the oldest command.
    pub outcome: Outcome<'m>,
}

/// The payload of [`RunsIo::run`]: contiguous beats.
#[derive(Clone, Copy)]
pub(crate) struct Run<'m> {
    /// Not to be transferred.
    pub barred: Sig<'m>,
    /// The last run of its command.
    pub last: Sig<'m>,
    pub beats: Sig<'m>,
    pub lm: Sig<'m>,
    pub ext: Sig<'m>,
}

impl<'m> Run<'m> {
    fn pack(self, m: &'m Scope) -> Sig<'m> {
        m.cat(&[self.barred, self.last, self.beats, self.lm, self.ext])
    }

    /// Unpacks a run of an engine of `shape`.
    pub fn unpack(data: Sig<'m>, shape: &DmaShape) -> Self {
        let (lm, ext) = (shape.lm_beat_bits(), shape.addr_bits - shape.beat_bits());
        Run {
            barred: data.bit(2 * lm + ext + 1),
            last: data.bit(2 * lm + ext),
            beats: data.slice(lm + ext, lm),
            lm: data.slice(ext, lm),
            ext: data.slice(0, ext),
        }
    }

    /// What the LM side needs: `{last, beats, lm}`.
    pub fn lm_part(self, m: &'m Scope) -> Sig<'m> {
        m.cat(&[self.last, self.beats, self.lm])
    }
}

/// The registers of one dimension.
struct Dimension<'m> {
    count: Sig<'m>,
    index: Sig<'m>,
    ext_stride: Sig<'m>,
    lm_stride: Sig<'m>,
    /// Addresses at the start of this dimension's current step.
    ext: Sig<'m>,
    lm: Sig<'m>,
}

/// The registers of the command being walked.
struct Command<'m> {
    beats: Sig<'m>,
    ext_addr: Sig<'m>,
    /// Inner to outer.
    dims: [Dimension<'m>; 3],
}

impl Runs {
    fn shift(&self) -> u32 {
        (self.data_bits / 8).ilog2()
    }

    fn ext_ty(&self) -> Ty {
        uint(self.addr_bits - self.shift())
    }

    fn lm_ty(&self) -> Ty {
        uint(LM_ADDR_BITS - self.shift())
    }

    fn outcome_fifo(&self) -> Fifo {
        Fifo { ty: uint(2 + EXT_ADDR_BITS - self.shift()), depth: IN_FLIGHT }
    }

    fn registers<'m>(&self, m: &'m Scope) -> Command<'m> {
        let reg = |name: String, ty| m.reg_no_reset(name, ty);
        Command {
            beats: reg("beats_q".into(), self.lm_ty()),
            ext_addr: reg("ext_addr_q".into(), uint(EXT_ADDR_BITS - self.shift())),
            dims: [1, 2, 3].map(|d| Dimension {
                count: reg(format!("count{d}_q"), uint(12)),
                index: reg(format!("index{d}_q"), uint(12)),
                ext_stride: reg(format!("ext_stride{d}_q"), self.ext_ty()),
                lm_stride: reg(format!("lm_stride{d}_q"), self.lm_ty()),
                ext: reg(format!("ext{d}_q"), self.ext_ty()),
                lm: reg(format!("lm{d}_q"), self.lm_ty()),
            }),
        }
    }

    /// Takes a command. The low bits of addresses, strides and lengths are zero and not kept.
    fn accept<'m>(&self, m: &'m Scope, c: &Command<'m>, body: Sig<'m>) {
        // STORE's fields are a subset of LOAD's, at the same places.
        let field = |name: &str| body_field(m, body, Opcode::Store, name);
        let in_beats = |name: &str| field(name).shr_const(self.shift());
        let (ext_addr, lm_addr) = (in_beats("ext_addr"), in_beats("lm_addr"));
        c.beats.set(in_beats("run_bytes"));
        c.ext_addr.set(ext_addr);
        for (i, dim) in c.dims.iter().enumerate() {
            let d = i + 1;
            let stride = in_beats(&format!("ext_stride{d}"));
            dim.count.set(field(&format!("count{d}")));
            dim.index.set(0);
            dim.ext_stride.set(stride.resize(self.ext_ty().width).as_unsigned());
            dim.lm_stride.set(in_beats(&format!("lm_stride{d}")));
            dim.ext.set(ext_addr.resize(self.ext_ty().width));
            dim.lm.set(lm_addr);
        }
    }

    /// One step: the innermost dimension that is not at its end moves on, those within it restart.
    fn step<'m>(&self, m: &'m Scope, c: &Command<'m>, ends: [Sig<'m>; 3]) {
        let [inner, middle, outer] = &c.dims;
        let pick = |f: fn(&Dimension<'m>) -> Sig<'m>| {
            let rest = m.mux(ends[1], f(outer), f(middle));
            m.mux(ends[0], rest, f(inner))
        };
        let ext = pick(|d| d.ext).wrapping_add(pick(|d| d.ext_stride)).named("next_ext");
        let lm = pick(|d| d.lm).wrapping_add(pick(|d| d.lm_stride)).named("next_lm");
        let advance = |dim: &Dimension<'m>, end: Sig<'m>| {
            dim.ext.set(ext);
            dim.lm.set(lm);
            dim.index.set(m.mux(end, m.zero(uint(12)), dim.index.wrapping_add(1)));
        };
        advance(inner, ends[0]);
        m.when(ends[0], || advance(middle, ends[1]));
        m.when(ends[0] & ends[1], || advance(outer, ends[2]));
    }

    /// Whether the run leaves local memory, and the beat address where it first does.
    fn check<'m>(&self, m: &'m Scope, lm: Sig<'m>, beats: Sig<'m>) -> (Sig<'m>, Sig<'m>) {
        let low = self.lm_bytes.ilog2() - self.shift();
        // Local memory is smaller than its addresses reach: a bit is left.
        let starts_outside = lm.slice(low, lm.width() - low).or_reduce();
        let end = (lm.trunc(low) + beats).named("run_end");
        let size = m.lit(1u64 << low, lm.ty());
        let range = (starts_outside | end.gt(size)).named("leaves_lm");
        (range, m.mux(starts_outside, lm, size))
    }

    /// Whether the run is barred, and the external beat address where it leaves the window.
    fn bar<'m>(&self, m: &'m Scope, c: &Command<'m>, window: WindowSigs<'m>) -> (Sig<'m>, Sig<'m>) {
        let start = c.dims[0].ext;
        let (low, bits) = (PAGE_SHIFT - self.shift(), start.width());
        let page = |addr: Sig<'m>| addr.slice(low, bits - low);
        let reach = (start + c.beats).wrapping_sub(1).named("run_reach");
        let wraps = reach.slice(bits, reach.width() - bits).or_reduce();
        let starts_outside = window.excludes(page(start)).named("starts_outside");
        let ends_outside = wraps | window.excludes(page(reach));
        // A limit beyond the bus leaves only the end of the addresses, after which comes 0.
        let far = window.beyond(m, bits - low).named("window_ends_beyond");
        let next = window.last.trunc(bits - low).wrapping_add(1);
        let after = m.mux(far, m.zero(next.ty()), next).named("page_after").shl_const(low);
        let place = m.mux(starts_outside, start, after).named("leaves_window_at");
        ((starts_outside | ends_outside).named("barred"), place)
    }

    /// Queues the outcome of a command with its last run; `bar` is what the window says of the run.
    fn build_outcome<'m>(
        &self,
        m: &'m Scope,
        io: &RunsIo<'m>,
        c: &Command<'m>,
        done: Sig<'m>,
        bar: (Sig<'m>, Sig<'m>),
    ) {
        let (range, place) = self.check(m, c.dims[0].lm, c.beats);
        let seen = m.reg("range_q", bit(), 0);
        let first = m.reg_no_reset("range_addr_q", place.ty());
        m.when(io.run.fire() & range & !seen, || first.set(place));
        m.when(io.run.fire(), || seen.set((seen | range) & !done));
        let place = m.mux(seen, first, place).extend(c.ext_addr.width());
        let local = m.mux(seen | range, place, c.ext_addr);
        let addr = m.mux(bar.0, bar.1.extend(c.ext_addr.width()), local);
        let queue = m.inst("outcomes", &self.outcome_fifo());
        queue.enq.valid.set(done);
        queue.enq.data.set(m.cat(&[bar.0, seen | range, addr]));
        queue.deq.ready.set(io.retire);
        let bits = c.ext_addr.width();
        io.outcome.window.set(queue.deq.data.bit(bits + 1));
        io.outcome.range.set(queue.deq.data.bit(bits));
        io.outcome.addr.set(queue.deq.data.trunc(bits).shl_const(self.shift()));
    }
}

impl Module for Runs {
    type Io<'m> = RunsIo<'m>;

    fn name(&self) -> String {
        format!("dma_runs_a{}_d{}_l{}", self.addr_bits, self.data_bits, self.lm_bytes)
    }

    fn doc(&self) -> String {
        "The runs of LOAD and STORE commands: three nested loops on two addresses.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RunsIo<'m> {
        let run = 2 + 2 * self.lm_ty().width + self.ext_ty().width;
        RunsIo {
            cmd: p.sink("cmd", uint(BODY)),
            run: p.source("run", uint(run)),
            window: WindowSigs::inputs(p),
            retire: p.input("retire", bit()),
            outcome: Outcome {
                window: p.output("outcome_window", bit()),
                range: p.output("outcome_range", bit()),
                addr: p.output("outcome_addr", uint(EXT_ADDR_BITS)),
            },
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: RunsIo<'m>) {
        let busy = m.reg("busy_q", bit(), 0);
        let c = self.registers(m);
        let ends = c.dims.each_ref().map(|d| d.index.eq(d.count));
        let bar = self.bar(m, &c, io.window);
        let last = (m.all(&ends) | bar.0).named("last");
        let fire = (busy & io.run.ready).named("run_fire");
        let done = (fire & last).named("command_through");
        let taken = m.wire("taken", bit());
        let in_flight = up_down(m, "in_flight_q", IN_FLIGHT, taken, io.retire);
        let ready = (in_flight.ne(IN_FLIGHT) & (!busy | done)).named("ready");
        io.cmd.ready.set(ready);
        taken.set(ready & io.cmd.valid);

        io.run.valid.set(busy);
        let (beats, inner) = (c.beats, &c.dims[0]);
        let run = Run { barred: bar.0, last, beats, lm: inner.lm, ext: inner.ext };
        io.run.data.set(run.pack(m));
        m.when(fire, || self.step(m, &c, ends));
        m.when(done | taken, || busy.set(taken));
        m.when(taken, || self.accept(m, &c, io.cmd.data));
        self.build_outcome(m, &io, &c, done, bar);
    }
}

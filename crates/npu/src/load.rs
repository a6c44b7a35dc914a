//! LOAD: external memory to local memory.

use crate::dma::{Beat, Beats, DmaShape, Done, Run, BODY};
use crate::lm::LmWrite;
use crate::window::WindowSigs;
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::axi::{AxiWidths, ReadMaster, ReadPort, Request, BEATS_BITS};
use seedbed_parts::Fifo;
use seedbed_spec::fault::Cause;
use seedbed_spec::Config;

/// The LOAD engine.
///
/// | port | direction | type |
/// |---|---|---|
/// | `cmd` | stream in | body of a LOAD command |
/// | `lm_*` | LM client | [`LmWrite`] |
/// | `m_axi_ar*`, `m_axi_r*` | AXI4 | [`ReadPort`] without IDs |
/// | `window_first`, `window_last` | in | [`WindowSigs`]: the pages that may be read |
/// | `pending` | out | a burst waits to be asked for |
/// | `moves` | out | a beat leaves the read buffer |
/// | `done`, `done_cause`, `done_addr` | out | [`Done`] |
///
/// Two sides that a queue of runs couples: the address side walks commands and asks for their data, as
/// far ahead as the read buffer has room; the data side writes beats as they come. So the next command's
/// addresses go out while this one's data return, and one beat is written per cycle.
///
/// Timing (memory latency L, nothing else in the way): AR two cycles after the command; a beat is
/// written a cycle after R; `done` is the cycle after the last write. A command of n beats takes
/// 3 + L + n cycles from its transfer to `done`, back to back n.
///
/// Faults: [`Cause::Window`] (the command ends before the first run that is not wholly inside), else
/// [`Cause::RangeLm`] (beats outside local memory are not written), else [`Cause::BusRead`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Load {
    /// Its numbers.
    pub shape: DmaShape,
}

/// Ports of [`Load`].
pub struct LoadIo<'m> {
    /// Command bodies.
    pub cmd: Stream<'m>,
    /// Local memory.
    pub lm: LmWrite<'m>,
    /// External memory.
    pub axi: ReadPort<'m>,
    /// The pages that may be read.
    pub window: WindowSigs<'m>,
    /// A burst waits to be asked for.
    pub pending: Sig<'m>,
    /// A beat leaves the read buffer.
    pub moves: Sig<'m>,
    /// Completed commands.
    pub done: Done<'m>,
}

impl Load {
    /// The engine of `config`.
    pub fn new(config: &Config) -> Self {
        Load { shape: DmaShape::of(config) }
    }

    fn reader(&self) -> ReadMaster {
        let DmaShape { addr_bits, data_bits, burst_beats, outstanding, .. } = self.shape;
        let fifo_beats = burst_beats * outstanding;
        ReadMaster { addr_bits, data_bits, burst_beats, outstanding, fifo_beats }
    }

    /// Sends every run to the read master and, through a queue, to the data side; returns the beats. A
    /// barred run waits until everything before it is written; its end is the second signal.
    fn build_addresses<'m>(
        &self,
        m: &'m Scope,
        runs: Stream<'m>,
        requests: Stream<'m>,
    ) -> (Stream<'m>, Sig<'m>) {
        let bits = self.shape.lm_beat_bits();
        // Every run that waits for data has a burst in flight; one more run is among the beats.
        let depth = self.shape.outstanding;
        let queue = m.inst("runs_asked", &Fifo { ty: uint(1 + 2 * bits), depth });
        let run = Run::unpack(runs.data, &self.shape);
        let goes = (runs.valid & !run.barred).named("goes");
        requests.valid.set(goes & queue.enq.ready);
        queue.enq.valid.set(goes & requests.ready);
        let addr = run.ext.shl_const(self.shape.beat_bits());
        requests.data.set(Request { beats: run.beats.extend(BEATS_BITS), addr }.pack(m));
        queue.enq.data.set(run.lm_part(m));
        let beats = m.inst("beats", &Beats { bits });
        beats.run.connect(queue.deq);
        let written = queue.count.eq(0) & !beats.beat.valid;
        runs.ready.set(m.mux(run.barred, written, requests.ready & queue.enq.ready));
        (beats.beat, (runs.valid & run.barred & written).named("stops"))
    }

    /// Writes each beat at its address; returns whether one is taken, the pulse of a command's end, with
    /// its last beat or when it `stops`, and whether a beat had an error.
    fn build_writes<'m>(
        &self,
        m: &'m Scope,
        lm: LmWrite<'m>,
        beats: Stream<'m>,
        data: Stream<'m>,
        stops: Sig<'m>,
    ) -> [Sig<'m>; 3] {
        let shape = &self.shape;
        let beat = Beat::unpack(beats.data);
        let inside = self.inside(beat.addr).named("in_lm");
        let offered = (beats.valid & data.valid).named("offered");
        let take = (offered & (lm.ready | !inside)).named("take");
        lm.valid.set(offered & inside);
        lm.addr.set(shape.lm_word(beat.addr));
        let word = data.data.trunc(shape.data_bits);
        lm.data.set(word.replicate(shape.lm.word_bits / shape.data_bits));
        lm.mask.set(self.mask(m, beat.addr));
        beats.ready.set(offered & (lm.ready | !inside));
        data.ready.set(take);
        let failed = m.reg("failed_q", bit(), 0);
        let error = failed | data.data.bit(shape.data_bits);
        let ends = ((take & beat.last) | stops).named("ends");
        m.when(take | stops, || failed.set(error & !ends));
        [take, ends, error]
    }

    fn inside<'m>(&self, beat: Sig<'m>) -> Sig<'m> {
        let low = self.shape.lm_bytes.ilog2() - self.shape.beat_bits();
        beat.slice(low, beat.width() - low).is_zero()
    }

    /// The granules of the word that the beat fills.
    fn mask<'m>(&self, m: &'m Scope, beat: Sig<'m>) -> Sig<'m> {
        let shape = &self.shape;
        let per_beat = shape.data_bits / 8 / shape.granule();
        let lanes = shape.lane_bits();
        if lanes == 0 {
            return m.high().replicate(per_beat);
        }
        let lane = beat.trunc(lanes);
        let bits: Vec<Sig> =
            (0..1u32 << lanes).rev().map(|i| lane.eq(i).replicate(per_beat)).collect();
        m.cat(&bits)
    }
}

impl Module for Load {
    type Io<'m> = LoadIo<'m>;

    fn name(&self) -> String {
        format!("load_{}", self.shape.suffix())
    }

    fn doc(&self) -> String {
        "LOAD: external memory to local memory, four dimensions.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LoadIo<'m> {
        let shape = &self.shape;
        let widths = AxiWidths { addr: shape.addr_bits, data: shape.data_bits, id: 0 };
        LoadIo {
            cmd: p.sink("cmd", uint(BODY)),
            lm: p.group("lm", |p| LmWrite::master(p, shape.lm)),
            axi: p.group("m_axi", |p| ReadPort::manager(p, widths)),
            window: WindowSigs::inputs(p),
            pending: p.output("pending", bit()),
            moves: p.output("moves", bit()),
            done: Done::master(p),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: LoadIo<'m>) {
        let runs = m.inst("runs", &self.shape.runs());
        let reader = m.inst("reader", &self.reader());
        runs.cmd.connect(io.cmd);
        io.axi.connect(reader.axi);
        io.pending.set(reader.pending);
        runs.window.connect(io.window);
        let (beats, stops) = self.build_addresses(m, runs.run, reader.req);
        let [taken, last, error] = self.build_writes(m, io.lm, beats, reader.data, stops);
        io.moves.set(taken);
        io.done.report(m, last, error, Cause::BusRead, runs.outcome);
        runs.retire.set(io.done.valid);
    }
}

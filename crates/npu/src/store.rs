//! STORE: local memory to external memory.

use crate::dma::{Beat, Beats, DmaShape, Done, Run, BODY};
use crate::lm::LmRead;
use crate::window::WindowSigs;
use seedbed_hdl::{bits_for, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::axi::{AxiWidths, Request, WriteMaster, WritePort, BEATS_BITS};
use seedbed_parts::{up_down, FlowFifo};
use seedbed_spec::fault::Cause;
use seedbed_spec::{timing, Config};

/// The STORE engine.
///
/// | port | direction | type |
/// |---|---|---|
/// | `cmd` | stream in | body of a STORE command |
/// | `lm_*` | LM client | [`LmRead`] |
/// | `m_axi_aw*`, `m_axi_w*`, `m_axi_b*` | AXI4 | [`WritePort`] without IDs |
/// | `window_first`, `window_last` | in | [`WindowSigs`]: the pages that may be written |
/// | `done`, `done_cause`, `done_addr` | out | [`Done`] |
///
/// A run's addresses go to the bus while its beats are read, each read only when the small buffer in
/// front of the bus has room for it. The next command's reads follow this one's without a gap; `done`
/// is given when the command's last response is in.
///
/// Timing (nothing else in the way): the first LM read one cycle after the command, AW two, W four; one
/// beat per cycle; `done` is the cycle after the last B.
///
/// Faults: [`Cause::Window`] (the command ends before the first run that is not wholly inside), else
/// [`Cause::RangeLm`] (reads outside local memory wrap at its size), else [`Cause::BusWrite`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Store {
    /// Its numbers.
    pub shape: DmaShape,
}

/// Ports of [`Store`].
pub struct StoreIo<'m> {
    /// Command bodies.
    pub cmd: Stream<'m>,
    /// Local memory.
    pub lm: LmRead<'m>,
    /// External memory.
    pub axi: WritePort<'m>,
    /// The pages that may be written.
    pub window: WindowSigs<'m>,
    /// Completed commands.
    pub done: Done<'m>,
}

/// Beats in the buffer behind the reads.
const BUFFER: u32 = timing::STORE_BUFFER;

impl Store {
    /// The engine of `config`.
    pub fn new(config: &Config) -> Self {
        Store { shape: DmaShape::of(config) }
    }

    fn writer(&self) -> WriteMaster {
        let DmaShape { addr_bits, data_bits, burst_beats, outstanding, .. } = self.shape;
        WriteMaster { addr_bits, data_bits, burst_beats, outstanding }
    }

    /// Sends every run to the write master and, through a queue, to the reads; returns the beats. A
    /// barred run is an empty request: only the write master knows it.
    fn build_addresses<'m>(
        &self,
        m: &'m Scope,
        runs: Stream<'m>,
        requests: Stream<'m>,
    ) -> Stream<'m> {
        let bits = self.shape.lm_beat_bits();
        let queue = m.inst(
            "runs_asked",
            &FlowFifo { ty: uint(1 + 2 * bits), depth: timing::STORE_RUNS_AHEAD },
        );
        let run = Run::unpack(runs.data, &self.shape);
        let room = (queue.enq.ready | run.barred).named("runs_room");
        requests.valid.set(runs.valid & room);
        queue.enq.valid.set(runs.valid & requests.ready & !run.barred);
        runs.ready.set(requests.ready & room);
        let addr = run.ext.shl_const(self.shape.beat_bits());
        let request = Request { beats: run.beats.extend(BEATS_BITS), addr }.pack(m);
        requests.data.set(m.cat(&[run.barred, run.last, request]));
        queue.enq.data.set(run.lm_part(m));
        let beats = m.inst("beats", &Beats { bits });
        beats.run.connect(queue.deq);
        beats.beat
    }

    /// Reads each beat and buffers it; returns the data.
    fn build_reads<'m>(&self, m: &'m Scope, lm: LmRead<'m>, beats: Stream<'m>) -> Stream<'m> {
        let shape = &self.shape;
        let buffer = m.inst("buffer", &FlowFifo { ty: uint(shape.data_bits), depth: BUFFER });
        let reserved = m.wire("reserved", uint(bits_for(u64::from(BUFFER))));
        let room = reserved.ne(BUFFER).named("room");
        let beat = Beat::unpack(beats.data);
        lm.valid.set(beats.valid & room);
        lm.addr.set(shape.lm_word(beat.addr));
        beats.ready.set(lm.ready & room);
        let fire = (beats.valid & room & lm.ready).named("read_fire");
        reserved.set(up_down(m, "reserved_q", BUFFER, fire, buffer.deq.fire()));

        let mut arrives = fire;
        for stage in 1..=timing::LM_READ {
            arrives = arrives.pipe(format!("arrives_s{stage}"));
        }
        buffer.enq.valid.set(arrives);
        buffer.enq.data.set(self.lane(m, lm.data, beat.addr));
        buffer.deq
    }

    /// The beat of the word read that the low bits of its address selected.
    fn lane<'m>(&self, m: &'m Scope, word: Sig<'m>, beat: Sig<'m>) -> Sig<'m> {
        let (bits, lanes) = (self.shape.data_bits, self.shape.lane_bits());
        if lanes == 0 {
            return word;
        }
        let mut lane = beat.trunc(lanes);
        for stage in 1..=timing::LM_READ {
            lane = lane.pipe_no_reset(format!("lane_s{stage}"));
        }
        let beats: Vec<Sig> = (0..1 << lanes).map(|i| word.slice(i * bits, bits)).collect();
        m.select(lane, &beats)
    }
}

impl Module for Store {
    type Io<'m> = StoreIo<'m>;

    fn name(&self) -> String {
        format!("store_{}", self.shape.suffix())
    }

    fn doc(&self) -> String {
        "STORE: local memory to external memory, four dimensions.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StoreIo<'m> {
        let shape = &self.shape;
        let widths = AxiWidths { addr: shape.addr_bits, data: shape.data_bits, id: 0 };
        StoreIo {
            cmd: p.sink("cmd", uint(BODY)),
            lm: p.group("lm", |p| LmRead::master(p, shape.lm)),
            axi: p.group("m_axi", |p| WritePort::manager(p, widths)),
            window: WindowSigs::inputs(p),
            done: Done::master(p),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: StoreIo<'m>) {
        let runs = m.inst("runs", &self.shape.runs());
        let writer = m.inst("writer", &self.writer());
        runs.cmd.connect(io.cmd);
        io.axi.connect(writer.axi);
        runs.window.connect(io.window);
        let beats = self.build_addresses(m, runs.run, writer.req);
        let data = self.build_reads(m, io.lm, beats);
        writer.data.connect(data);
        let written = writer.done;
        io.done.report(m, written.valid, written.error, Cause::BusWrite, runs.outcome);
        runs.retire.set(io.done.valid);
    }
}

//! MATRIX: activations and weights from local memory, products into partial sums.

mod accumulator;
mod array;
mod dot;
mod lane;
mod streamer;
pub mod systolic;

pub use accumulator::{Accumulator, AccumulatorIo};
pub use array::{ArrayIo, MacArray};
pub use dot::DotArray;
pub use lane::{DotLane, DotLaneIo};
pub use streamer::{RowStreamer, RowStreamerIo};
pub use systolic::SystolicArray;

use crate::body::{body_field, queue_parts};
use crate::lm::{LmRead, LmShape};
use crate::operand::Operand;
use crate::ps::{PsMatrix, PsShape};
use crate::stage::{Line, Reset, Staged};
use crate::tile_loader::{TileLoader, TileLoaderIo};
use array::dot_bits;
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::up_down;
use seedbed_spec::command::{Opcode, BODY_BITS};
use seedbed_spec::config::Config;
use seedbed_spec::timing;

/// The engine around a [`MacArray`] of either kind.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `cmd` | stream in | body of a MATRIX command |
/// | `a_*`, `w_*` | | [`LmRead`]: activations, weights |
/// | `ps_*` | | [`PsMatrix`] |
/// | `done` | out | POST may be started on a command's partial sums: see [`timing::matrix_done`]; one pulse per command, in order |
/// | `done_cause`, `done_addr` | out | with `done`: 0, or the fault |
/// | `rows_event` | out | an activation row is taken in this cycle |
///
/// Two sequencers walk through the same commands: a [`TileLoader`] reads a column of weights per
/// cycle into the free plane, [`RowStreamer`] reads a row of activations per cycle. Both read paths
/// have the same latency, so what counts is the order of the requests: a tile's rows start when its
/// last column is taken, a plane's next column when its last row is taken. Losing a bank of local
/// memory only delays requests; behind them nothing ever waits. A row of partial sums is not read
/// before its last write has landed. Timing: [`timing::tile`] per tile, [`timing::matrix`] for a
/// command on its own; consecutive commands follow without a gap.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Matrix {
    /// The accelerator.
    pub config: Config,
}

/// Ports of [`Matrix`].
pub struct MatrixIo<'m> {
    /// Command bodies.
    pub cmd: Stream<'m>,
    /// Activations.
    pub a: LmRead<'m>,
    /// Weights.
    pub w: LmRead<'m>,
    /// Partial sums.
    pub ps: PsMatrix<'m>,
    /// A command is complete.
    pub done: Sig<'m>,
    /// 0, or the code of a fault's cause.
    pub done_cause: Sig<'m>,
    /// The fault's address.
    pub done_addr: Sig<'m>,
    /// An activation row is taken.
    pub rows_event: Sig<'m>,
}

/// A row blocks its partial sums at the stages up to this one.
const BLOCKING: u32 = timing::PS_READ_MODIFY_WRITE - 1;

impl Module for Matrix {
    type Io<'m> = MatrixIo<'m>;

    fn name(&self) -> String {
        format!("{}_matrix", self.config.name)
    }

    fn doc(&self) -> String {
        let array = MacArray::new(&self.config).name();
        format!("MATRIX: {array} between the memories, weights double-buffered.")
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> MatrixIo<'m> {
        let lm = LmShape::straddling(&self.config, self.config.rows_straddle());
        let ps = PsShape::of(&self.config);
        MatrixIo {
            cmd: p.sink("cmd", uint(BODY_BITS)),
            a: p.group("a", |p| LmRead::master(p, lm)),
            w: p.group("w", |p| LmRead::master(p, lm)),
            ps: p.group("ps", |p| PsMatrix::master(p, ps)),
            done: p.output("done", bit()),
            done_cause: p.output("done_cause", uint(4)),
            done_addr: p.output("done_addr", uint(48)),
            rows_event: p.output("rows_event", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: MatrixIo<'m>) {
        let loader = m.inst("u_loader", &self.loader());
        let streamer = m.inst("u_streamer", &RowStreamer::new(&self.config));
        queue_commands(m, io.cmd, &loader, &streamer);
        hand_over_planes(m, &loader, &streamer);
        self.request(m, io.w, loader.valid, loader.addr, loader.ready);
        self.request(m, io.a, streamer.valid, streamer.addr, streamer.ready);
        let weights = self.weights(m, &loader, io.w.data);
        let rows = self.rows(m, &streamer, io.a.data);
        self.columns(m, &weights, &rows, io.ps);
        block_rows_in_flight(m, &rows, &streamer);
        self.finish(m, &rows, &streamer, &io);
        io.rows_event.set(streamer.fire);
    }
}

/// The weights on their way to the lanes, all at the stage of the lanes' operands.
struct Weights<'m> {
    row: Sig<'m>,
    load: Sig<'m>,
    plane: Sig<'m>,
}

/// The activation rows in flight, from their grant on.
struct Rows<'m> {
    valid: Line<'m>,
    ps_row: Line<'m>,
    ps_first: Line<'m>,
    ps_write: Line<'m>,
    last: Line<'m>,
    faulty: Line<'m>,
    /// At the stage of the lanes' operands.
    operand: Staged<'m>,
    plane: Sig<'m>,
}

/// Each sequencer gets its part of every command, through a queue of its own.
fn queue_commands<'m>(
    m: &'m Scope,
    cmd: Stream<'m>,
    loader: &TileLoaderIo<'m>,
    streamer: &RowStreamerIo<'m>,
) {
    let [a_addr, w_addr, ps_addr, rows, stride, k_tiles, n_tiles, accumulate] =
        ["a_addr", "w_addr", "ps_addr", "out_w", "a_stride_w", "k_tiles", "n_tiles", "accumulate"]
            .map(|name| body_field(m, cmd.data, Opcode::Matrix, name));
    let tiles = m.cat(&[w_addr, k_tiles, n_tiles]).named("tile_command");
    let rows = [a_addr, w_addr, ps_addr, rows, stride, k_tiles, n_tiles, accumulate];
    let rows = m.cat(&rows).named("row_command");
    let parts = queue_parts(m, cmd, [("u_tile_queue", tiles), ("u_row_queue", rows)]);
    loader.command.connect(parts[0]);
    streamer.command.connect(parts[1]);
}

/// Counts the planes that are loaded and not yet streamed.
fn hand_over_planes<'m>(m: &'m Scope, loader: &TileLoaderIo<'m>, streamer: &RowStreamerIo<'m>) {
    let full = up_down(m, "planes_full_q", 2, loader.tile_done, streamer.tile_done);
    loader.may_load.set(full.ne(2));
    streamer.may_stream.set(full.ne(0));
    for (plane, outside) in streamer.weights_outside.iter().zip(loader.outside) {
        plane.set(outside);
    }
}

/// A row waits while one of the last few rows went to the same partial sums.
fn block_rows_in_flight<'m>(m: &'m Scope, rows: &Rows<'m>, streamer: &RowStreamerIo<'m>) {
    let same: Vec<Sig> = (1..=BLOCKING)
        .map(|stage| {
            let same = rows.valid.at(stage) & rows.ps_row.at(stage).eq(streamer.ps_row);
            same.named(format!("same_row_s{stage}"))
        })
        .collect();
    streamer.blocked.set(m.any(&same));
}

impl Matrix {
    /// Loads a plane of weights, a column at a time.
    fn loader(&self) -> TileLoader {
        let Config { array, memory, .. } = &self.config;
        TileLoader {
            what: "weight",
            bytes: array.rows,
            items: array.cols,
            nested: true,
            lm_bytes: memory.lm_bytes,
        }
    }

    /// Requests the LM word, or two, that hold the R bytes at a byte address.
    fn request<'m>(
        &self,
        m: &'m Scope,
        port: LmRead<'m>,
        valid: Sig<'m>,
        addr: Sig<'m>,
        ready: Sig<'m>,
    ) {
        let operand = Operand::rows(&self.config);
        port.valid.set(valid);
        port.addr.set(operand.word_addr(addr));
        if let (Some(port), Some(following)) = (port.following, operand.following(m, addr)) {
            port.set(following);
        }
        ready.set(port.ready);
    }

    /// The R bytes that a byte address (at the grant) selects from the LM word, registered.
    fn operand<'m>(&self, m: &'m Scope, name: &str, addr: Sig<'m>, word: Sig<'m>) -> Staged<'m> {
        let operand = Operand::rows(&self.config);
        let word = Staged::new(word, timing::LM_READ);
        let Some(index) = operand.place(addr) else {
            return word.pipe(format!("{name}_q"));
        };
        let slices = operand.at_places(m, word.sig);
        let index = Line::data(Staged::new(index, 0), &format!("{name}_slice"), word.stage);
        let slice = |_, index| m.select(index, &slices);
        word.join(m, index.staged(word.stage), slice).pipe(format!("{name}_q"))
    }

    fn weights<'m>(&self, m: &'m Scope, loader: &TileLoaderIo<'m>, word: Sig<'m>) -> Weights<'m> {
        let row = self.operand(m, "w", loader.addr, word);
        let before = row.stage - 1;
        let line = |name, sig| Line::data(Staged::new(sig, 0), name, before);
        let valid = Line::valid(Staged::new(loader.fire, 0), "w_valid", before);
        let column = line("w_column", loader.item);
        let plane = line("w_plane", loader.place).staged(before);
        let hits: Vec<Sig> = (0..self.config.cols())
            .rev()
            .map(|c| valid.at(before) & column.at(before).eq(c))
            .collect();
        let load = m.cat(&hits).pipe("w_load_q");
        let plane = plane.pipe("w_load_plane_q");
        Weights { row: row.join(m, plane, |row, _| row).sig, load, plane: plane.sig }
    }

    fn rows<'m>(&self, m: &'m Scope, streamer: &RowStreamerIo<'m>, word: Sig<'m>) -> Rows<'m> {
        let start = |sig| Staged::new(sig, 0);
        let [write, done] =
            [timing::matrix_ps_write(&self.config), timing::matrix_done(&self.config)];
        let operand = self.operand(m, "a", streamer.addr, word);
        let plane = Line::data(start(streamer.plane), "plane", operand.stage);
        let [read, dot] = [timing::matrix_ps_read(&self.config), timing::matrix_dot(&self.config)];
        let valid = |name, sig, stages: &[u32]| Line::taps(m, start(sig), name, stages, Reset::Yes);
        let data = |name, sig, stages: &[u32]| Line::taps(m, start(sig), name, stages, Reset::No);
        let blocking = |others: &[u32]| [&(1..=BLOCKING).collect::<Vec<_>>(), others].concat();
        Rows {
            valid: valid("row_valid", streamer.fire, &blocking(&[read])),
            ps_row: data("ps_row", streamer.ps_row, &blocking(&[read, write])),
            ps_first: data("ps_first", streamer.ps_first, &[read, dot]),
            ps_write: valid("ps_write", streamer.fire & !streamer.ps_keep, &[write]),
            last: valid("last", streamer.last, &[done]),
            faulty: valid("faulty", streamer.last & streamer.faulty, &[done]),
            plane: plane.at(operand.stage),
            operand,
        }
    }

    /// The array and its accumulators, and the partial sums they read and write.
    fn columns<'m>(&self, m: &'m Scope, weights: &Weights<'m>, rows: &Rows<'m>, ps: PsMatrix<'m>) {
        let kind = MacArray::new(&self.config);
        let array = m.inst("u_array", &kind);
        array.load.set(weights.load);
        array.load_plane.set(weights.plane);
        array.w.set(weights.row);
        array.plane.set(rows.plane);
        array.a.set(rows.operand.sig);
        let acc_bits = self.config.acc_bits();
        let adder = Accumulator { dot_bits: dot_bits(self.config.rows()), acc_bits };
        let dot_stage = rows.operand.stage + kind.latency();
        let [read, dot] = [timing::matrix_ps_read(&self.config), timing::matrix_dot(&self.config)];
        let mut sums = Vec::new();
        for (c, &column) in (0..).zip(&array.dots) {
            let sum = m.inst(format!("u_sum_{c}"), &adder);
            sum.dot.set(column);
            sum.partial.set(ps.read_data.slice(c * acc_bits, acc_bits).as_signed());
            sum.first.set(rows.ps_first.at(dot));
            sums.push(Staged::new(sum.sum.as_unsigned(), dot_stage + timing::ACCUMULATE));
        }
        let write = timing::matrix_ps_write(&self.config);
        let expect = |sum: &Staged<'m>| sum.expect(m, write, "the path from activation to sum");
        let row: Vec<Sig> = sums.iter().rev().map(expect).collect();
        ps.read_enable.set(rows.valid.at(read) & !rows.ps_first.at(read));
        ps.read_addr.set(rows.ps_row.at(read));
        ps.write_enable.set(rows.ps_write.at(write));
        ps.write_addr.set(rows.ps_row.at(write));
        ps.write_data.set(m.cat(&row));
    }

    /// A command is done when what its signal starts comes too late to miss its last write.
    fn finish<'m>(
        &self,
        m: &'m Scope,
        rows: &Rows<'m>,
        streamer: &RowStreamerIo<'m>,
        io: &MatrixIo<'m>,
    ) {
        let done = timing::matrix_done(&self.config);
        let faulty = rows.faulty.at(done);
        streamer.retire.set(faulty);
        io.done.set(rows.last.at(done));
        io.done_cause.set(m.mux(faulty, streamer.cause, m.zero(uint(4))));
        io.done_addr.set(streamer.fault_addr.extend(48));
    }
}

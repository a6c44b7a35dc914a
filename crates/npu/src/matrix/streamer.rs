//! Which activation row is read when, and which partial sums it goes to.

use crate::body::{record_bits, unpack, Record};
use crate::range::{
    first_byte_outside, first_outside, outside, reaches_outside, RangeRecord, LM_BITS, PS_BITS,
};
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_spec::config::Config;
use seedbed_spec::fault::Cause;

/// Reads the activation rows of tile after tile, one row of R bytes per cycle.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `command` | stream in | {a_addr 24, w_addr 24, ps_addr 16, rows 12, stride 24, k_tiles 12, n_tiles 12, accumulate 1}, counts minus one |
/// | `may_stream` | in | the tile's weights are read |
/// | `blocked` | in | the partial sums of `ps_row` are still being written |
/// | `valid`, `addr`, `ready` | out, in | request of the R bytes at this LM byte address |
/// | `fire` | out | the request is taken; the following describe it |
/// | `plane` | out | the plane that holds the tile's weights |
/// | `ps_row`, `ps_first`, `ps_keep` | out | its partial sums; start from zero; do not write them (the row does not exist) |
/// | `tile_done`, `last`, `faulty` | out | last row of the tile; of the command; of a command that left a memory |
/// | `weights_outside_0`, `weights_outside_1` | in | from the loader |
/// | `retire` | in | the faulty command is reported now |
/// | `cause`, `fault_addr` | out | what to report |
///
/// Rows are innermost, then k-tiles, then n-tiles; the next command starts in the cycle after the
/// last row.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RowStreamer {
    rows: u32,
    lm_bytes: u32,
    ps_rows: u32,
}

/// Ports of [`RowStreamer`].
pub struct RowStreamerIo<'m> {
    /// Commands.
    pub command: Stream<'m>,
    /// The tile's weights are read.
    pub may_stream: Sig<'m>,
    /// The partial sums are still being written.
    pub blocked: Sig<'m>,
    /// Request.
    pub valid: Sig<'m>,
    /// LM byte address, modulo the memory's size.
    pub addr: Sig<'m>,
    /// The request is taken.
    pub ready: Sig<'m>,
    /// `valid & ready`.
    pub fire: Sig<'m>,
    /// Plane of the weights.
    pub plane: Sig<'m>,
    /// Partial sum row, modulo their number.
    pub ps_row: Sig<'m>,
    /// Start from zero.
    pub ps_first: Sig<'m>,
    /// Do not write.
    pub ps_keep: Sig<'m>,
    /// Last row of the tile.
    pub tile_done: Sig<'m>,
    /// Last row of the command.
    pub last: Sig<'m>,
    /// The command left a memory.
    pub faulty: Sig<'m>,
    /// Per plane: its weights came from outside of LM.
    pub weights_outside: [Sig<'m>; 2],
    /// The faulty command is reported.
    pub retire: Sig<'m>,
    /// Code of the cause.
    pub cause: Sig<'m>,
    /// First address outside.
    pub fault_addr: Sig<'m>,
}

/// The command in progress: what it says, and where it is.
struct Progress<'m> {
    active: Sig<'m>,
    a_addr: Sig<'m>,
    w_addr: Sig<'m>,
    rows: Sig<'m>,
    stride: Sig<'m>,
    k_tiles: Sig<'m>,
    accumulate: Sig<'m>,
    /// The tile's first row and the present row, in LM.
    a_base: Sig<'m>,
    a_row: Sig<'m>,
    /// The same in PS.
    ps_base: Sig<'m>,
    ps_row: Sig<'m>,
    rows_left: Sig<'m>,
    k_left: Sig<'m>,
    n_left: Sig<'m>,
    first_k: Sig<'m>,
    plane: Sig<'m>,
}

impl RowStreamer {
    /// A command's fields.
    const COMMAND: Record<8> = [
        ("a_addr", 24),
        ("w_addr", 24),
        ("ps_addr", 16),
        ("rows", 12),
        ("stride", 24),
        ("k_tiles", 12),
        ("n_tiles", 12),
        ("accumulate", 1),
    ];

    /// The streamer of `config`.
    pub fn new(config: &Config) -> Self {
        RowStreamer {
            rows: config.rows(),
            lm_bytes: config.memory.lm_bytes,
            ps_rows: config.memory.ps_rows,
        }
    }
}

impl Module for RowStreamer {
    type Io<'m> = RowStreamerIo<'m>;

    fn name(&self) -> String {
        format!("row_streamer_r{}_lm{}_ps{}", self.rows, self.lm_bytes, self.ps_rows)
    }

    fn doc(&self) -> String {
        "MATRIX: reads activation rows, one per cycle, as soon as their weights are there."
            .to_string()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RowStreamerIo<'m> {
        RowStreamerIo {
            command: p.sink("command", uint(record_bits(Self::COMMAND))),
            may_stream: p.input("may_stream", bit()),
            blocked: p.input("blocked", bit()),
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(self.lm_bytes.ilog2())),
            ready: p.input("ready", bit()),
            fire: p.output("fire", bit()),
            plane: p.output("plane", bit()),
            ps_row: p.output("ps_row", uint(self.ps_rows.ilog2())),
            ps_first: p.output("ps_first", bit()),
            ps_keep: p.output("ps_keep", bit()),
            tile_done: p.output("tile_done", bit()),
            last: p.output("last", bit()),
            faulty: p.output("faulty", bit()),
            weights_outside: [
                p.input("weights_outside_0", bit()),
                p.input("weights_outside_1", bit()),
            ],
            retire: p.input("retire", bit()),
            cause: p.output("cause", uint(4)),
            fault_addr: p.output("fault_addr", uint(LM_BITS)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: RowStreamerIo<'m>) {
        let at = registers(m);
        let record = m.inst(
            "u_range",
            &RangeRecord {
                engine: "matrix",
                classes: vec![
                    ("weight", Cause::RangeLm),
                    ("activation", Cause::RangeLm),
                    ("ps", Cause::RangePs),
                ],
            },
        );
        io.valid.set(at.active & io.may_stream & !io.blocked & !record.hold);
        io.fire.set(io.valid & io.ready);
        io.tile_done.set(io.fire & at.rows_left.is_zero());
        let n_tile_done = (io.tile_done & at.k_left.is_zero()).named("n_tile_done");
        io.last.set(n_tile_done & at.n_left.is_zero());
        self.step(m, &at, &io, n_tile_done);
        start(m, &at, io.command, io.last);

        io.addr.set(at.a_row.trunc(self.lm_bytes.ilog2()));
        io.plane.set(at.plane);
        io.ps_row.set(at.ps_row.trunc(self.ps_rows.ilog2()));
        io.ps_first.set(at.first_k & !at.accumulate);
        io.ps_keep.set(outside(at.ps_row, self.ps_rows));
        io.faulty.set(record.faulty);
        io.cause.set(record.cause);
        io.fault_addr.set(record.addr);

        record.last.set(io.last);
        record.retire.set(io.retire);
        let weight_out = m.mux(at.plane, io.weights_outside[1], io.weights_outside[0]);
        let accesses = [
            (weight_out, first_outside(m, at.w_addr, self.lm_bytes)),
            (
                reaches_outside(at.a_row, self.rows, self.lm_bytes),
                first_byte_outside(m, at.a_row, self.rows, self.lm_bytes),
            ),
            (io.ps_keep, at.ps_row.extend(LM_BITS)),
        ];
        for ((out, addr), (is_out, address)) in record.classes.iter().zip(accesses) {
            out.set(io.fire & is_out);
            addr.set(address);
        }
    }
}

fn registers(m: &Scope) -> Progress<'_> {
    let data = |name, bits| m.reg_no_reset(name, uint(bits));
    Progress {
        active: m.reg("active_q", bit(), 0),
        a_addr: data("a_addr_q", 24),
        w_addr: data("w_addr_q", 24),
        rows: data("rows_q", 12),
        stride: data("stride_q", 24),
        k_tiles: data("k_tiles_q", 12),
        accumulate: data("accumulate_q", 1),
        a_base: data("a_base_q", LM_BITS),
        a_row: data("a_row_q", LM_BITS),
        ps_base: data("ps_base_q", PS_BITS),
        ps_row: data("ps_row_q", PS_BITS),
        rows_left: data("rows_left_q", 12),
        k_left: data("k_left_q", 12),
        n_left: data("n_left_q", 12),
        first_k: data("first_k_q", 1),
        plane: m.reg("plane_q", bit(), 0),
    }
}

/// Takes the next command when there is none or its last row is taken.
fn start<'m>(m: &'m Scope, at: &Progress<'m>, command: Stream<'m>, last: Sig<'m>) {
    let [a_addr, w_addr, ps_addr, rows, stride, k_tiles, n_tiles, accumulate] =
        unpack(command.data, "next", RowStreamer::COMMAND);
    command.ready.set(!at.active | last);
    m.when(command.ready, || at.active.set(command.valid));
    m.when(command.fire(), || {
        for (register, field) in [
            (at.a_addr, a_addr),
            (at.w_addr, w_addr),
            (at.rows, rows),
            (at.stride, stride),
            (at.k_tiles, k_tiles),
            (at.accumulate, accumulate),
            (at.a_base, a_addr),
            (at.a_row, a_addr),
            (at.ps_base, ps_addr),
            (at.ps_row, ps_addr),
            (at.rows_left, rows),
            (at.k_left, k_tiles),
            (at.n_left, n_tiles),
        ] {
            register.set(field);
        }
        at.first_k.set(1);
    });
}

impl RowStreamer {
    /// Moves on by one row, to the next k-tile, to the next n-tile.
    fn step<'m>(
        &self,
        m: &'m Scope,
        at: &Progress<'m>,
        io: &RowStreamerIo<'m>,
        n_tile_done: Sig<'m>,
    ) {
        let next_ps = at.ps_row.wrapping_add(1).named("following_ps_row");
        let next_k = at.a_base.wrapping_add(self.rows).named("following_k_base");
        m.when(io.fire, || {
            at.rows_left.set(at.rows_left.wrapping_sub(1));
            at.a_row.set(at.a_row.wrapping_add(at.stride));
            at.ps_row.set(next_ps);
        });
        m.when(io.tile_done, || {
            at.plane.set(!at.plane);
            at.rows_left.set(at.rows);
            at.k_left.set(at.k_left.wrapping_sub(1));
            at.first_k.set(0);
            at.a_base.set(next_k);
            at.a_row.set(next_k);
            at.ps_row.set(at.ps_base);
        });
        m.when(n_tile_done, || {
            at.k_left.set(at.k_tiles);
            at.n_left.set(at.n_left.wrapping_sub(1));
            at.first_k.set(1);
            at.a_base.set(at.a_addr);
            at.a_row.set(at.a_addr);
            at.ps_base.set(next_ps);
            at.ps_row.set(next_ps);
        });
    }
}

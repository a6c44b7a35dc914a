//! Which weight row is read when.

use crate::body::{record_bits, unpack, Record};
use crate::range::outside;
use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_spec::config::Config;

/// Reads the weights of tile after tile, one column of R bytes per cycle, into alternating planes.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `command` | stream in | {w_addr 24, k_tiles 12, n_tiles 12}, counts minus one |
/// | `may_load` | in | the plane of the next column is free |
/// | `valid`, `addr`, `ready` | out, in | request of the R bytes at this LM byte address |
/// | `fire` | out | the request is taken; the following describe it |
/// | `column`, `plane` | out | where the weights go |
/// | `tile_done` | out | this is the tile's last column |
/// | `outside_0`, `outside_1` | out | the tile in this plane was read from outside of LM |
///
/// The weights of a command lie in the order of their use, so one pointer walks through all tiles;
/// the next command starts in the cycle after the last column.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct WeightLoader {
    rows: u32,
    cols: u32,
    lm_bytes: u32,
}

/// Ports of [`WeightLoader`].
pub struct WeightLoaderIo<'m> {
    /// Commands.
    pub command: Stream<'m>,
    /// The plane is free.
    pub may_load: Sig<'m>,
    /// Request.
    pub valid: Sig<'m>,
    /// LM byte address, modulo the memory's size.
    pub addr: Sig<'m>,
    /// The request is taken.
    pub ready: Sig<'m>,
    /// `valid & ready`.
    pub fire: Sig<'m>,
    /// The lane the weights are for.
    pub column: Sig<'m>,
    /// The plane the weights are for.
    pub plane: Sig<'m>,
    /// The tile's last column is read.
    pub tile_done: Sig<'m>,
    /// Per plane: its tile lies outside of LM.
    pub outside: [Sig<'m>; 2],
}

impl WeightLoader {
    /// A command's fields.
    const COMMAND: Record<3> = [("w_addr", 24), ("k_tiles", 12), ("n_tiles", 12)];

    /// The loader of `config`.
    pub fn new(config: &Config) -> Self {
        let lm_bytes = config.memory.lm_bytes;
        WeightLoader { rows: config.rows(), cols: config.cols(), lm_bytes }
    }
}

impl Module for WeightLoader {
    type Io<'m> = WeightLoaderIo<'m>;

    fn name(&self) -> String {
        format!("weight_loader_r{}_c{}_lm{}", self.rows, self.cols, self.lm_bytes)
    }

    fn doc(&self) -> String {
        "MATRIX: reads weights, one column per cycle, one tile ahead of the rows.".to_string()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> WeightLoaderIo<'m> {
        WeightLoaderIo {
            command: p.sink("command", uint(record_bits(Self::COMMAND))),
            may_load: p.input("may_load", bit()),
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(self.lm_bytes.ilog2())),
            ready: p.input("ready", bit()),
            fire: p.output("fire", bit()),
            column: p.output("column", uint(clog2(u64::from(self.cols)))),
            plane: p.output("plane", bit()),
            tile_done: p.output("tile_done", bit()),
            outside: [p.output("outside_0", bit()), p.output("outside_1", bit())],
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: WeightLoaderIo<'m>) {
        let [w_addr, k_tiles, n_tiles] = unpack(io.command.data, "next", Self::COMMAND);
        let active = m.reg("active_q", bit(), 0);
        let w = m.reg_no_reset("w_q", w_addr.ty());
        let column = m.reg("column_q", io.column.ty(), 0);
        let [k_left, k_last] = ["k_left_q", "k_last_q"].map(|n| m.reg_no_reset(n, uint(12)));
        let n_left = m.reg_no_reset("n_left_q", uint(12));
        let plane = m.reg("plane_q", bit(), 0);

        io.valid.set(active & io.may_load);
        io.fire.set(io.valid & io.ready);
        io.tile_done.set(io.fire & column.eq(self.cols - 1));
        let n_tile_done = (io.tile_done & k_left.is_zero()).named("n_tile_done");
        let command_done = (n_tile_done & n_left.is_zero()).named("command_done");
        m.when(io.fire, || {
            w.set(w.wrapping_add(self.rows));
            column.set(column.wrapping_add(1));
        });
        m.when(io.tile_done, || {
            plane.set(!plane);
            k_left.set(k_left.wrapping_sub(1));
        });
        m.when(n_tile_done, || {
            k_left.set(k_last);
            n_left.set(n_left.wrapping_sub(1));
        });
        io.command.ready.set(!active | command_done);
        m.when(io.command.ready, || active.set(io.command.valid));
        m.when(io.command.fire(), || {
            w.set(w_addr);
            k_left.set(k_tiles);
            k_last.set(k_tiles);
            n_left.set(n_tiles);
        });

        io.addr.set(w.trunc(self.lm_bytes.ilog2()));
        io.column.set(column);
        io.plane.set(plane);
        let is_out = outside(w, self.lm_bytes);
        self.mark_outside(m, &io, io.fire & is_out, io.fire & column.is_zero());
    }
}

impl WeightLoader {
    /// A flag per plane, cleared by the tile's first column.
    fn mark_outside<'m>(
        &self,
        m: &'m Scope,
        io: &WeightLoaderIo<'m>,
        out: Sig<'m>,
        first: Sig<'m>,
    ) {
        for (i, &port) in io.outside.iter().enumerate() {
            let flag = m.reg(format!("outside{i}_q"), bit(), 0);
            let mine = io.plane.eq(i);
            m.when(first & mine, || flag.set(0));
            m.when(out & mine, || flag.set(1));
            port.set(flag);
        }
    }
}

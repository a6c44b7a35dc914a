//! Which word of the next tile is read when.

use crate::body::{record_bits, unpack, Record};
use crate::range::reaches_outside;
use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig, Stream};

/// Reads what a tile needs, item by item from local memory, into one of two places in turn: weights
/// into planes, parameters into register sets. So the next tile is loaded while this one is computed.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `command` | stream in | {address 24, counts 12 each, outer last}, counts minus one |
/// | `may_load` | in | the place of the next item is free |
/// | `valid`, `addr`, `ready` | out, in | request of the item at this LM byte address |
/// | `fire` | out | the request is taken; the following describe it |
/// | `item`, `place` | out | which item of the tile; where it goes |
/// | `tile_done` | out | this is the tile's last item |
/// | `outside_0`, `outside_1` | out | the tile in this place was read from outside of LM |
///
/// The tiles of a command lie in the order of their use, so one pointer walks through all of them; the
/// next command starts in the cycle after the last item.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TileLoader {
    /// What is loaded, for names.
    pub what: &'static str,
    /// Bytes of an item.
    pub bytes: u32,
    /// Items of a tile.
    pub items: u32,
    /// The number of tiles is the product of two counts, else one count.
    pub nested: bool,
    /// Bytes of local memory.
    pub lm_bytes: u32,
}

/// Ports of [`TileLoader`].
pub struct TileLoaderIo<'m> {
    /// Commands.
    pub command: Stream<'m>,
    /// The place is free.
    pub may_load: Sig<'m>,
    /// Request.
    pub valid: Sig<'m>,
    /// LM byte address, modulo the memory's size.
    pub addr: Sig<'m>,
    /// The request is taken.
    pub ready: Sig<'m>,
    /// `valid & ready`.
    pub fire: Sig<'m>,
    /// Which item of the tile.
    pub item: Sig<'m>,
    /// Where the tile goes.
    pub place: Sig<'m>,
    /// The tile's last item is read.
    pub tile_done: Sig<'m>,
    /// Per place: its tile lies outside of LM.
    pub outside: [Sig<'m>; 2],
}

/// A count of tiles: how many are left, and how many there are if it starts again.
struct Count<'m> {
    left: Sig<'m>,
    all: Option<Sig<'m>>,
}

impl TileLoader {
    /// A command's fields.
    const NESTED: Record<3> = [("addr", 24), ("inner", 12), ("outer", 12)];
    const FLAT: Record<2> = [("addr", 24), ("tiles", 12)];

    fn command_bits(&self) -> u32 {
        if self.nested {
            record_bits(Self::NESTED)
        } else {
            record_bits(Self::FLAT)
        }
    }

    /// Address and counts, inner to outer.
    fn unpack<'m>(&self, command: Sig<'m>) -> (Sig<'m>, Vec<Sig<'m>>) {
        if self.nested {
            let [addr, inner, outer] = unpack(command, "next", Self::NESTED);
            (addr, vec![inner, outer])
        } else {
            let [addr, tiles] = unpack(command, "next", Self::FLAT);
            (addr, vec![tiles])
        }
    }
}

impl Module for TileLoader {
    type Io<'m> = TileLoaderIo<'m>;

    fn name(&self) -> String {
        let TileLoader { what, bytes, items, lm_bytes, .. } = self;
        format!("{what}_loader_b{bytes}_n{items}_lm{lm_bytes}")
    }

    fn doc(&self) -> String {
        let TileLoader { what, bytes, items, .. } = self;
        format!("Reads {what}s one tile ahead: {items} x {bytes} bytes, one request per cycle.")
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> TileLoaderIo<'m> {
        TileLoaderIo {
            command: p.sink("command", uint(self.command_bits())),
            may_load: p.input("may_load", bit()),
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(self.lm_bytes.ilog2())),
            ready: p.input("ready", bit()),
            fire: p.output("fire", bit()),
            item: p.output("item", uint(clog2(u64::from(self.items)))),
            place: p.output("place", bit()),
            tile_done: p.output("tile_done", bit()),
            outside: [p.output("outside_0", bit()), p.output("outside_1", bit())],
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: TileLoaderIo<'m>) {
        let (next_addr, next_counts) = self.unpack(io.command.data);
        let active = m.reg("active_q", bit(), 0);
        let addr = m.reg_no_reset("addr_q", next_addr.ty());
        let item = m.reg("item_q", io.item.ty(), 0);
        let place = m.reg("place_q", bit(), 0);
        let counts = self.counts(m);

        io.valid.set(active & io.may_load);
        io.fire.set(io.valid & io.ready);
        io.tile_done.set(io.fire & item.eq(self.items - 1));
        m.when(io.fire, || {
            addr.set(addr.wrapping_add(self.bytes));
            item.set(item.wrapping_add(1));
        });
        m.when(io.tile_done, || {
            item.set(0);
            place.set(!place);
        });
        let command_done = step_counts(m, &counts, io.tile_done);
        io.command.ready.set(!active | command_done);
        m.when(io.command.ready, || active.set(io.command.valid));
        m.when(io.command.fire(), || {
            addr.set(next_addr);
            for (count, next) in counts.iter().zip(next_counts) {
                count.left.set(next);
                count.all.into_iter().for_each(|all| all.set(next));
            }
        });

        io.addr.set(addr.trunc(self.lm_bytes.ilog2()));
        io.item.set(item);
        io.place.set(place);
        let is_out = reaches_outside(addr, self.bytes, self.lm_bytes);
        self.mark_outside(m, &io, io.fire & is_out, io.fire & item.is_zero());
    }
}

impl TileLoader {
    /// The registers of the counts, inner to outer.
    fn counts<'m>(&self, m: &'m Scope) -> Vec<Count<'m>> {
        let register = |name| m.reg_no_reset(name, uint(12));
        if !self.nested {
            return vec![Count { left: register("left_q"), all: None }];
        }
        let [inner, all, outer] = ["inner_left_q", "inner_all_q", "outer_left_q"].map(register);
        vec![Count { left: inner, all: Some(all) }, Count { left: outer, all: None }]
    }

    /// A flag per place, cleared by the tile's first item.
    fn mark_outside<'m>(&self, m: &'m Scope, io: &TileLoaderIo<'m>, out: Sig<'m>, first: Sig<'m>) {
        for (i, &port) in io.outside.iter().enumerate() {
            let flag = m.reg(format!("outside{i}_q"), bit(), 0);
            let mine = io.place.eq(i);
            m.when(first & mine, || flag.set(0));
            m.when(out & mine, || flag.set(1));
            port.set(flag);
        }
    }
}

/// Counts a tile; says when it is the command's last.
fn step_counts<'m>(m: &'m Scope, counts: &[Count<'m>], tile_done: Sig<'m>) -> Sig<'m> {
    counts.iter().enumerate().fold(tile_done, |step, (i, count)| {
        m.when(step, || count.left.set(count.left.wrapping_sub(1)));
        let ends = (step & count.left.is_zero()).named(format!("count_{i}_ends"));
        m.when(ends, || count.all.into_iter().for_each(|all| count.left.set(all)));
        ends
    })
}

//! Memories of every kind.

use super::soup::{Soup, AT, BIT};
use crate::module::{Binary, Collision, Mem, MemPort, NodeId, Op, Unary};
use crate::ty::Ty;

/// What the ports of a memory have in common.
#[derive(Clone, Copy)]
struct Shape {
    depth: u32,
    width: u32,
    /// Bits of a mask.
    lanes: u32,
    /// Whether ports must not meet.
    apart: bool,
}

/// A port that has been made: its address, its enable, and whether it writes.
type Made = (NodeId, NodeId, bool);

impl Soup<'_> {
    /// A memory of one of many kinds; the read data of one port.
    pub(super) fn memory(&mut self) -> NodeId {
        let two_clocks = self.domains.len() > 1 && self.random.chance(2);
        let kind = if two_clocks { 6 } else { self.random.below(6) };
        let collision = self.random.among(&[Collision::Old, Collision::New, Collision::Undefined]);
        let collision = if kind == 6 { Collision::Undefined } else { collision };
        let shape = self.begin(collision, kind == 0);
        let mut made = Vec::new();
        match kind {
            0 => self.read(shape, &mut made),
            1 => self.both(shape, &mut made),
            2 => {
                self.both(shape, &mut made);
                self.both(shape, &mut made)
            }
            3 => {
                self.write(shape, &mut made);
                self.write(shape, &mut made);
                self.read(shape, &mut made)
            }
            4 => {
                self.read(shape, &mut made);
                self.write(shape, &mut made);
                self.read(shape, &mut made)
            }
            5 => {
                self.write(shape, &mut made);
                self.read(shape, &mut made)
            }
            _ => self.both_sides(shape),
        }
    }

    /// A memory without ports.
    fn begin(&mut self, collision: Collision, rom: bool) -> Shape {
        let granule = 1 + self.random.below(9) as u32;
        let lanes = 1 + self.random.below(4) as u32;
        let (depth, width) = (2 + self.random.below(14) as u32, granule * lanes);
        let contents = (rom || self.random.chance(3)).then(|| {
            let words = self.random.below(depth as usize + 1);
            (0..words).map(|_| self.random.bits(width)).collect()
        });
        let (name, ports, comment) = (self.name("mem"), Vec::new(), String::new());
        let mem = Mem { name, width, depth, granule, collision, contents, ports, comment, at: AT };
        self.module.mems.push(mem);
        Shape { depth, width, lanes, apart: collision == Collision::Undefined }
    }

    /// An address and an enable; where ports must not meet, the enable is off when an earlier one
    /// is at this address.
    fn word(&mut self, shape: Shape, writes: bool, made: &mut Vec<Made>) -> (NodeId, NodeId) {
        let ty = Ty::uint(u32::BITS - (shape.depth - 1).leading_zeros());
        let addr = match made.last() {
            // Or else ports would rarely meet.
            Some(&(addr, ..)) if self.random.chance(3) => addr,
            _ => self.pick_as(ty),
        };
        let mut enable = self.bit();
        for &(other, on, wrote) in made.iter().filter(|_| shape.apart) {
            if writes || wrote {
                let met = self.node(Op::Binary(Binary::Eq, other, addr), BIT);
                let met = self.node(Op::Binary(Binary::And, met, on), BIT);
                let free = self.node(Op::Unary(Unary::Not, met), BIT);
                enable = self.node(Op::Binary(Binary::And, enable, free), BIT);
            }
        }
        made.push((addr, enable, writes));
        (addr, enable)
    }

    fn data(&mut self, shape: Shape) -> (NodeId, Option<NodeId>) {
        let data = self.pick_as(Ty::uint(shape.width));
        let masked = shape.lanes > 1 || self.random.chance(2);
        (data, masked.then(|| self.pick_as(Ty::uint(shape.lanes))))
    }

    /// A port that reads, of the last memory; its data.
    fn read(&mut self, shape: Shape, made: &mut Vec<Made>) -> NodeId {
        let (addr, enable) = self.word(shape, false, made);
        let clock = self.domain().clock;
        self.mem_port(MemPort::Read { clock, addr, enable }).expect("the port reads")
    }

    fn write(&mut self, shape: Shape, made: &mut Vec<Made>) {
        let ((addr, enable), (data, mask)) = (self.word(shape, true, made), self.data(shape));
        let clock = self.domain().clock;
        self.mem_port(MemPort::Write { clock, addr, enable, data, mask });
    }

    fn both(&mut self, shape: Shape, made: &mut Vec<Made>) -> NodeId {
        let ((addr, enable), (data, mask)) = (self.word(shape, true, made), self.data(shape));
        let (clock, write) = (self.domain().clock, self.bit());
        let port = MemPort::ReadWrite { clock, addr, enable, write, data, mask };
        let read = self.mem_port(port).expect("the port reads");
        self.push(read);
        read
    }

    /// A port that writes in the other domain and one that reads in this one; the enable of each needs
    /// a flop that follows the other domain. They meet only if both clocks have an edge at one time.
    fn both_sides(&mut self, shape: Shape) -> NodeId {
        let to = self.now;
        self.now = 1 - to;
        let (addr, enable) = self.side(shape, true);
        let (data, mask) = self.data(shape);
        let clock = self.domain().clock;
        self.mem_port(MemPort::Write { clock, addr, enable, data, mask });
        self.now = to;
        let (addr, enable) = self.side(shape, false);
        let clock = self.domain().clock;
        self.mem_port(MemPort::Read { clock, addr, enable }).expect("the port reads")
    }

    /// An address and an enable that the other domain must allow.
    fn side(&mut self, shape: Shape, writes: bool) -> (NodeId, NodeId) {
        let (addr, enable) = self.word(shape, writes, &mut Vec::new());
        let allowed = match self.domain().synced.last() {
            Some(&synced) => synced,
            None => self.synchroniser(),
        };
        (addr, self.node(Op::Binary(Binary::And, enable, allowed), BIT))
    }
}

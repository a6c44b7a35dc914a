//! Memories of a module and their ports.

use crate::diagnostic::Loc;
use crate::module::{NodeId, PortId};
use seedbed_bits::Bits;

/// What a read gives when another port writes that word at the same edge.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Collision {
    /// The word of before the edge ("read first").
    #[default]
    Old,
    /// The word of after the edge ("write first").
    New,
    /// Anything: a design must not depend on it. So are the bits that two ports write at once.
    Undefined,
}

/// A memory of `depth` words with synchronous ports. Contents are not reset; simulators start with
/// [`contents`](Self::contents), or at zero.
///
/// Where two ports write one bit at one edge, the later port wins, unless
/// [`collision`](Self::collision) leaves it undefined. All ports that write have one clock; with ports
/// of two clocks, collisions are undefined.
#[derive(Clone, Debug)]
pub struct Mem {
    /// Verilog name.
    pub name: String,
    /// Bits of a word.
    pub width: u32,
    /// Number of words, at least 2.
    pub depth: u32,
    /// Bits written per mask bit; `width` when there is no mask. Divides `width`.
    pub granule: u32,
    /// What a read gives when another port writes that word at the same edge.
    pub collision: Collision,
    /// The leading words, each of the word's width. A memory without a port that writes is a ROM and
    /// must have them; its other words are zero. Otherwise they are what the memory holds at power-up,
    /// where the target can do that.
    pub contents: Option<Vec<Bits>>,
    /// Ports.
    pub ports: Vec<MemPort>,
    /// The user's comment, printed above the declaration (lines, no `//`); empty: none.
    pub comment: String,
    /// Where it was declared.
    pub at: Loc,
}

/// A port of a memory. Addresses are `uint(clog2(depth))`; an address at or above `depth` reads zero and writes nothing.
/// Read data come one cycle after the enable and hold until the next enabled read.
#[derive(Clone, Debug)]
pub enum MemPort {
    /// Synchronous read.
    Read {
        /// The clock port.
        clock: PortId,
        /// Word address.
        addr: NodeId,
        /// u1.
        enable: NodeId,
    },
    /// Synchronous write.
    Write {
        /// The clock port.
        clock: PortId,
        /// Word address.
        addr: NodeId,
        /// u1.
        enable: NodeId,
        /// uint(width).
        data: NodeId,
        /// uint(width / granule), or `None` for whole words.
        mask: Option<NodeId>,
    },
    /// One port that reads or writes; read data hold during a write (no-change).
    ReadWrite {
        /// The clock port.
        clock: PortId,
        /// Word address.
        addr: NodeId,
        /// u1.
        enable: NodeId,
        /// u1: write instead of read.
        write: NodeId,
        /// uint(width).
        data: NodeId,
        /// uint(width / granule), or `None` for whole words.
        mask: Option<NodeId>,
    },
}

impl MemPort {
    /// The clock port.
    pub fn clock(&self) -> PortId {
        match *self {
            MemPort::Read { clock, .. }
            | MemPort::Write { clock, .. }
            | MemPort::ReadWrite { clock, .. } => clock,
        }
    }

    /// The clock port, to rewrite it.
    pub fn clock_mut(&mut self) -> &mut PortId {
        match self {
            MemPort::Read { clock, .. }
            | MemPort::Write { clock, .. }
            | MemPort::ReadWrite { clock, .. } => clock,
        }
    }

    /// The node that lets the port act.
    pub fn enable(&self) -> NodeId {
        match *self {
            MemPort::Read { enable, .. }
            | MemPort::Write { enable, .. }
            | MemPort::ReadWrite { enable, .. } => enable,
        }
    }

    /// As [`enable`](Self::enable), to rewrite it.
    pub fn enable_mut(&mut self) -> &mut NodeId {
        match self {
            MemPort::Read { enable, .. }
            | MemPort::Write { enable, .. }
            | MemPort::ReadWrite { enable, .. } => enable,
        }
    }

    /// Whether the port can read.
    pub fn reads(&self) -> bool {
        !matches!(self, MemPort::Write { .. })
    }

    /// Whether the port can write.
    pub fn writes(&self) -> bool {
        !matches!(self, MemPort::Read { .. })
    }

    /// Calls `f` on every node this port reads.
    pub fn operands_mut(&mut self, f: impl FnMut(&mut NodeId)) {
        match self {
            MemPort::Read { addr, enable, .. } => [addr, enable].into_iter().for_each(f),
            MemPort::Write { addr, enable, data, mask, .. } => {
                [addr, enable, data].into_iter().chain(mask).for_each(f);
            }
            MemPort::ReadWrite { addr, enable, write, data, mask, .. } => {
                [addr, enable, write, data].into_iter().chain(mask).for_each(f);
            }
        }
    }

    /// All nodes this port reads.
    pub fn operands(&self) -> Vec<NodeId> {
        match *self {
            MemPort::Read { addr, enable, .. } => vec![addr, enable],
            MemPort::Write { addr, enable, data, mask, .. } => {
                [addr, enable, data].into_iter().chain(mask).collect()
            }
            MemPort::ReadWrite { addr, enable, write, data, mask, .. } => {
                [addr, enable, write, data].into_iter().chain(mask).collect()
            }
        }
    }
}

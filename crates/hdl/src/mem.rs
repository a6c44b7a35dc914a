//! Memories with synchronous ports.

use crate::literal::IntoSig;
use crate::scope::Scope;
use crate::sig::Sig;
use crate::state::CLOCK;
use seedbed_ir::{Code, Collision, Entity, Loc, MemId, MemPort, NodeId, Op, PortId, Ty};
use std::panic::Location;

/// A memory with one read port and one write port, both synchronous.
///
/// Read data come one cycle after the enable and hold until the next enabled read. A read and a write
/// of one address in one cycle give the **old** word. An address at or above the depth reads zero and
/// writes nothing. Contents are not reset.
#[derive(Clone, Copy)]
pub struct Mem<'m> {
    scope: &'m Scope,
    mem: MemId,
}

/// A memory with one synchronous port that reads or writes; read data hold during a write.
#[derive(Clone, Copy)]
pub struct Mem1rw<'m> {
    scope: &'m Scope,
    mem: MemId,
}

impl Scope {
    /// A memory of `depth` words (at least 2) with one read and one write port. `granule` is the
    /// number of bits per bit of the write mask; `None`: words are written whole.
    #[track_caller]
    pub fn mem_1r1w(
        &self,
        name: impl AsRef<str>,
        word_bits: u32,
        depth: u32,
        granule: Option<u32>,
    ) -> Mem<'_> {
        let mem = self.memory(name.as_ref(), word_bits, depth, granule);
        Mem { scope: self, mem }
    }

    /// A memory of `depth` words (at least 2) with one port for both; `granule` as in
    /// [`mem_1r1w`](Self::mem_1r1w).
    #[track_caller]
    pub fn mem_1rw(
        &self,
        name: impl AsRef<str>,
        word_bits: u32,
        depth: u32,
        granule: Option<u32>,
    ) -> Mem1rw<'_> {
        let mem = self.memory(name.as_ref(), word_bits, depth, granule);
        Mem1rw { scope: self, mem }
    }

    #[track_caller]
    fn memory(&self, name: &str, width: u32, depth: u32, granule: Option<u32>) -> MemId {
        let at = Location::caller().into();
        self.claim(name, at);
        let width = self.checked(Ty::uint(width), at).width;
        let mut granule = granule.unwrap_or(width);
        if granule == 0 || width % granule != 0 {
            let message = format!(
                "memory `{name}`: a mask granule of {granule} bits does not divide {width}"
            );
            self.report(Code::Parameter, message, at, Vec::new());
            granule = width;
        }
        if depth < 2 {
            let message = format!("memory `{name}` of {depth} words; the least depth is 2");
            self.report(Code::Parameter, message, at, Vec::new());
        }
        let mut state = self.state_mut();
        state.clock();
        let comment = std::mem::take(&mut state.comment);
        state.module.mems.push(seedbed_ir::Mem {
            name: name.to_string(),
            width,
            depth: depth.max(2),
            granule,
            collision: Collision::Old,
            contents: None,
            ports: Vec::new(),
            comment,
            at,
        })
    }

    /// The operand `value` of a memory port, of type `ty`.
    #[track_caller]
    fn operand<'m>(&'m self, what: &str, value: impl IntoSig<'m>, ty: Ty) -> NodeId {
        let value = value.into_sig(self, ty);
        if value.ty() == ty {
            return value.node();
        }
        let message = format!("the {what} of this memory is {ty}, not {}", value.ty());
        self.refuse(Code::Type, message, &[value]);
        self.poison(ty).node()
    }

    /// An enable, and all conditions around the current line.
    #[track_caller]
    fn enable<'m>(&'m self, enable: impl IntoSig<'m>) -> NodeId {
        let enable = self.operand("enable", enable, Ty::uint(1));
        self.under_conditions(enable, Location::caller().into())
    }

    #[track_caller]
    fn write_operands<'m>(
        &'m self,
        mem: MemId,
        data: impl IntoSig<'m>,
        mask: Option<Sig<'m>>,
    ) -> (NodeId, Option<NodeId>) {
        let (width, granule) = {
            let state = self.state();
            (state.module.mems[mem].width, state.module.mems[mem].granule)
        };
        let data = self.operand("data", data, Ty::uint(width));
        let mask = mask.map(|mask| self.operand("mask", mask, Ty::uint(width / granule)));
        (data, mask)
    }

    #[track_caller]
    fn address<'m>(&'m self, mem: MemId, addr: impl IntoSig<'m>) -> NodeId {
        let depth = self.state().module.mems[mem].depth;
        self.operand("address", addr, Ty::uint(crate::clog2(depth.into())))
    }

    fn push_port(&self, mem: MemId, port: MemPort) -> usize {
        let mut state = self.state_mut();
        let ports = &mut state.module.mems[mem].ports;
        ports.push(port);
        ports.len() - 1
    }

    fn refuse_second_port(&self, mem: MemId, what: &str, at: Loc) {
        let (name, declared) = {
            let state = self.state();
            (state.module.mems[mem].name.clone(), state.module.mems[mem].at)
        };
        let message = format!("memory `{name}` has one {what} port, and this is its second use");
        let notes = vec![("declared here".to_string(), Some(declared))];
        self.report(Code::DrivenTwice, message, at, notes);
    }

    fn has_port(&self, mem: MemId, is: impl Fn(&MemPort) -> bool) -> bool {
        self.state().module.mems[mem].ports.iter().any(is)
    }

    fn read_data(&self, mem: MemId, port: usize, at: Loc) -> Sig<'_> {
        let mut state = self.state_mut();
        let ty = Ty::uint(state.module.mems[mem].width);
        let node = state.node(Op::MemRead { mem, port }, ty, at);
        Sig::value(self, node)
    }
}

impl<'m> Mem<'m> {
    /// Uses the read port: the word at `addr`, one cycle after `enable` (and all surrounding
    /// conditions) was 1. `addr` is `uint(clog2(depth))`.
    #[track_caller]
    pub fn read(self, addr: impl IntoSig<'m>, enable: impl IntoSig<'m>) -> Sig<'m> {
        let at = Location::caller().into();
        let m = self.scope;
        let (addr, enable) = (m.address(self.mem, addr), m.enable(enable));
        if m.has_port(self.mem, |p| matches!(p, MemPort::Read { .. })) {
            m.refuse_second_port(self.mem, "read", at);
        }
        let clock = PortId::new(CLOCK);
        let port = m.push_port(self.mem, MemPort::Read { clock, addr, enable });
        m.read_data(self.mem, port, at)
    }

    /// Uses the write port: `data` (`uint(word_bits)`) goes to `addr` when `enable` (and all
    /// surrounding conditions) is 1; with a mask, only the granules whose bit is 1.
    #[track_caller]
    pub fn write(
        self,
        addr: impl IntoSig<'m>,
        enable: impl IntoSig<'m>,
        data: impl IntoSig<'m>,
        mask: Option<Sig<'m>>,
    ) {
        let at = Location::caller().into();
        let m = self.scope;
        let (addr, enable) = (m.address(self.mem, addr), m.enable(enable));
        let (data, mask) = m.write_operands(self.mem, data, mask);
        if m.has_port(self.mem, |p| matches!(p, MemPort::Write { .. })) {
            m.refuse_second_port(self.mem, "write", at);
        }
        let clock = PortId::new(CLOCK);
        m.push_port(self.mem, MemPort::Write { clock, addr, enable, data, mask });
    }
}

impl<'m> Mem1rw<'m> {
    /// Uses the port: with `enable` (and all surrounding conditions) 1, writes `data` when `write` is
    /// 1, else reads. The read data come one cycle later.
    #[track_caller]
    pub fn access(
        self,
        addr: impl IntoSig<'m>,
        enable: impl IntoSig<'m>,
        write: impl IntoSig<'m>,
        data: impl IntoSig<'m>,
        mask: Option<Sig<'m>>,
    ) -> Sig<'m> {
        let at = Location::caller().into();
        let m = self.scope;
        let (addr, enable) = (m.address(self.mem, addr), m.enable(enable));
        let write = m.operand("write select", write, Ty::uint(1));
        let (data, mask) = m.write_operands(self.mem, data, mask);
        if m.has_port(self.mem, |_| true) {
            m.refuse_second_port(self.mem, "read-write", at);
        }
        let clock = PortId::new(CLOCK);
        let port = MemPort::ReadWrite { clock, addr, enable, write, data, mask };
        let port = m.push_port(self.mem, port);
        m.read_data(self.mem, port, at)
    }
}

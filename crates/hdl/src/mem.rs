//! Memories with synchronous ports.

use crate::literal::{IntoSig, Literal};
use crate::scope::Scope;
use crate::sig::Sig;
use seedbed_ir::{Bits, Code, Collision, Loc, MemId, MemPort, NodeId, Op, Ty};
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

/// The shape of a memory, for [`Scope::mem`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemSpec {
    word_bits: u32,
    depth: u32,
    granule: Option<u32>,
    collision: Collision,
    contents: Option<Vec<Bits>>,
}

impl MemSpec {
    /// A memory of `depth` words (at least 2) of `word_bits` bits, written whole, with the old word
    /// where a read meets a write.
    pub fn new(word_bits: u32, depth: u32) -> Self {
        MemSpec { word_bits, depth, granule: None, collision: Collision::Old, contents: None }
    }

    /// Writes have a mask with a bit per `bits` bits of the word.
    pub fn granule(self, bits: u32) -> Self {
        MemSpec { granule: Some(bits), ..self }
    }

    /// What a read gives when another port writes that word at the same edge.
    pub fn collision(self, collision: Collision) -> Self {
        MemSpec { collision, ..self }
    }

    /// The leading words at power-up, where the target can do that. A memory without a port that
    /// writes is a ROM, which any target can do; its other words are zero.
    pub fn contents(self, words: impl IntoIterator<Item = Bits>) -> Self {
        MemSpec { contents: Some(words.into_iter().collect()), ..self }
    }
}

/// A memory with as many ports as are used: each call of a method is one port, so `read` and `write`
/// make a 1R1W memory, two times `access` a true dual-port memory, and `read` alone a ROM.
///
/// Ports are synchronous. Read data come one cycle after the enable and hold until the next enabled
/// read of that port; an address at or above the depth reads zero and writes nothing. Where two ports
/// write one bit at one edge, the later port wins, unless the collisions are
/// [`Undefined`](Collision::Undefined). Ports of two clock domains need undefined collisions, and one
/// of the domains then only reads (else E0020).
#[derive(Clone, Copy)]
pub struct Memory<'m> {
    scope: &'m Scope,
    mem: MemId,
}

impl Scope {
    /// A memory of any shape.
    #[track_caller]
    pub fn mem(&self, name: impl AsRef<str>, spec: MemSpec) -> Memory<'_> {
        let mem = self.memory(name.as_ref(), spec);
        Memory { scope: self, mem }
    }

    /// A ROM of the given words; a word that does not fit is E0001, fewer than 2 words E0014.
    #[track_caller]
    pub fn rom(
        &self,
        name: impl AsRef<str>,
        word_bits: u32,
        words: impl IntoIterator<Item = impl Literal>,
    ) -> Memory<'_> {
        let at = Location::caller().into();
        let ty = self.checked(Ty::uint(word_bits), at);
        let words = words.into_iter().map(|word| self.constant(word.value(), ty, at));
        let words: Vec<Bits> = words.collect();
        let depth = u32::try_from(words.len()).unwrap_or(u32::MAX);
        let spec = MemSpec::new(word_bits, depth).contents(words);
        Memory { scope: self, mem: self.memory(name.as_ref(), spec) }
    }

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
        let mem = self.memory(name.as_ref(), MemSpec { granule, ..MemSpec::new(word_bits, depth) });
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
        let mem = self.memory(name.as_ref(), MemSpec { granule, ..MemSpec::new(word_bits, depth) });
        Mem1rw { scope: self, mem }
    }

    #[track_caller]
    fn memory(&self, name: &str, spec: MemSpec) -> MemId {
        let at = Location::caller().into();
        let refuse = |what: String| {
            self.report(Code::Parameter, format!("memory `{name}`{what}"), at, Vec::new());
        };
        self.claim(name, at);
        let MemSpec { word_bits, mut depth, granule, collision, mut contents } = spec;
        let width = self.checked(Ty::uint(word_bits), at).width;
        let mut granule = granule.unwrap_or(width);
        if granule == 0 || width % granule != 0 {
            refuse(format!(": a mask granule of {granule} bits does not divide {width}"));
            granule = width;
        }
        if depth < 2 {
            refuse(format!(" of {depth} words; the least depth is 2"));
            depth = 2;
        }
        if let Some(words) = &mut contents {
            if words.len() > depth as usize {
                refuse(format!(" of {depth} words: contents of {} words", words.len()));
                words.truncate(depth as usize);
            }
            if let Some(word) = words.iter().find(|w| w.width() != width) {
                refuse(format!(" of {width} bits: a word of contents has {} bits", word.width()));
                words.iter_mut().for_each(|w| *w = Bits::from_limbs(width, w.limbs()));
            }
        }
        let mut state = self.state_mut();
        let comment = std::mem::take(&mut state.comment);
        state.module.mems.push(seedbed_ir::Mem {
            name: name.to_string(),
            width,
            depth,
            granule,
            collision,
            contents,
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

    fn push_port(&self, mem: MemId, port: MemPort, at: Loc) -> usize {
        self.refuse_second_clock_of(mem, &port, at);
        let mut state = self.state_mut();
        state.mem_ports.entry(mem).or_default().push(at);
        let ports = &mut state.module.mems[mem].ports;
        ports.push(port);
        ports.len() - 1
    }

    /// Reports E0020 when `port` may not have another clock than those before it.
    fn refuse_second_clock_of(&self, mem: MemId, port: &MemPort, at: Loc) {
        let state = self.state();
        let memory = &state.module.mems[mem];
        let other = |both_write: bool| {
            let meets = |p: &MemPort| !both_write || p.writes() && port.writes();
            memory.ports.iter().position(|p| p.clock() != port.clock() && meets(p))
        };
        let (first, problem, remedy) = if let Some(first) = other(true) {
            let remedy = "let one domain write, and send it the words of the other (`AsyncFifo`)";
            (first, "is written in two clock domains", remedy)
        } else if let Some(first) =
            other(false).filter(|_| memory.collision != Collision::Undefined)
        {
            let remedy = "nothing orders a read and a write there; make it with \
                          `.collision(Collision::Undefined)` and keep the two apart";
            (first, "has ports of two clock domains", remedy)
        } else {
            return;
        };
        let message = format!("memory `{}` {problem}; {remedy}", memory.name);
        let notes = vec![
            ("a port of the other domain".to_string(), Some(state.mem_ports[&mem][first])),
            ("declared here".to_string(), Some(memory.at)),
        ];
        drop(state);
        self.report(Code::Crossing, message, at, notes);
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

impl<'m> Memory<'m> {
    /// A read port: the word at `addr`, one cycle after `enable` (and all surrounding conditions) was
    /// 1. `addr` is `uint(clog2(depth))`.
    #[track_caller]
    pub fn read(self, addr: impl IntoSig<'m>, enable: impl IntoSig<'m>) -> Sig<'m> {
        let m = self.scope;
        let (addr, enable) = (m.address(self.mem, addr), m.enable(enable));
        let at = Location::caller().into();
        let clock = m.clock_port(at);
        let port = m.push_port(self.mem, MemPort::Read { clock, addr, enable }, at);
        m.read_data(self.mem, port, at)
    }

    /// A write port: `data` (`uint(word_bits)`) goes to `addr` when `enable` (and all surrounding
    /// conditions) is 1; with a mask, only the granules whose bit is 1.
    #[track_caller]
    pub fn write(
        self,
        addr: impl IntoSig<'m>,
        enable: impl IntoSig<'m>,
        data: impl IntoSig<'m>,
        mask: Option<Sig<'m>>,
    ) {
        let m = self.scope;
        let (addr, enable) = (m.address(self.mem, addr), m.enable(enable));
        let (data, mask) = m.write_operands(self.mem, data, mask);
        let at = Location::caller().into();
        let clock = m.clock_port(at);
        m.push_port(self.mem, MemPort::Write { clock, addr, enable, data, mask }, at);
    }

    /// A port for both: with `enable` (and all surrounding conditions) 1, writes `data` when `write`
    /// is 1, else reads. The read data come one cycle later and hold during a write.
    #[track_caller]
    pub fn access(
        self,
        addr: impl IntoSig<'m>,
        enable: impl IntoSig<'m>,
        write: impl IntoSig<'m>,
        data: impl IntoSig<'m>,
        mask: Option<Sig<'m>>,
    ) -> Sig<'m> {
        let m = self.scope;
        let (addr, enable) = (m.address(self.mem, addr), m.enable(enable));
        let write = m.operand("write select", write, Ty::uint(1));
        let (data, mask) = m.write_operands(self.mem, data, mask);
        let at = Location::caller().into();
        let clock = m.clock_port(at);
        let port = MemPort::ReadWrite { clock, addr, enable, write, data, mask };
        let port = m.push_port(self.mem, port, at);
        m.read_data(self.mem, port, at)
    }
}

impl<'m> Mem<'m> {
    /// Uses the read port, as [`Memory::read`]; a second use is E0011.
    #[track_caller]
    pub fn read(self, addr: impl IntoSig<'m>, enable: impl IntoSig<'m>) -> Sig<'m> {
        let at = Location::caller().into();
        if self.scope.has_port(self.mem, MemPort::reads) {
            self.scope.refuse_second_port(self.mem, "read", at);
        }
        self.any().read(addr, enable)
    }

    /// Uses the write port, as [`Memory::write`]; a second use is E0011.
    #[track_caller]
    pub fn write(
        self,
        addr: impl IntoSig<'m>,
        enable: impl IntoSig<'m>,
        data: impl IntoSig<'m>,
        mask: Option<Sig<'m>>,
    ) {
        let at = Location::caller().into();
        if self.scope.has_port(self.mem, MemPort::writes) {
            self.scope.refuse_second_port(self.mem, "write", at);
        }
        self.any().write(addr, enable, data, mask);
    }

    fn any(self) -> Memory<'m> {
        Memory { scope: self.scope, mem: self.mem }
    }
}

impl<'m> Mem1rw<'m> {
    /// Uses the port, as [`Memory::access`]; a second use is E0011.
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
        if self.scope.has_port(self.mem, |_| true) {
            self.scope.refuse_second_port(self.mem, "read-write", at);
        }
        let any = Memory { scope: self.scope, mem: self.mem };
        any.access(addr, enable, write, data, mask)
    }
}

//! Memories as registers.

use super::Pass;
use crate::entity::{Arena, Entity};
use crate::module::{
    Binary, Collision, Design, Mem, MemId, MemPort, Module, Node, NodeId, Op, Reg, RegId, Unary,
};
use crate::ty::Ty;
use seedbed_bits::Bits;
use std::collections::HashSet;

/// Turns memories of at most `max_words` words into a register per word, called NAME_0, NAME_1, ...,
/// and one per reading port for its data, called NAME_data0, ... (the number of the port). The comment of
/// the memory goes to the first of them.
///
/// The registers have no reset, as memories have none. Memories of two clocks stay, and those that are
/// written and have contents: a register without reset has no value to start with.
pub struct LowerMem {
    /// Larger memories are left as they are.
    pub max_words: u32,
}

impl Default for LowerMem {
    /// 64 words.
    fn default() -> Self {
        LowerMem { max_words: 64 }
    }
}

impl Pass for LowerMem {
    const NAME: &'static str = "lower_mem";
    const DESCRIPTION: &'static str = "turns small memories into registers";

    fn run(&self, design: &mut Design) {
        for module in design.modules.values_mut() {
            let mut taken: HashSet<String> = module.names().map(|(n, _)| n.to_string()).collect();
            let mems = std::mem::take(&mut module.mems);
            let mut kept = Arena::<MemId, Mem>::default();
            let mut fates = Vec::new();
            for (_, mem) in mems {
                fates.push(match mem.depth <= self.max_words && fits(&mem) {
                    true => Fate::Registers(Lowering::new(module, mem, &mut taken).run()),
                    false => Fate::Kept(kept.push(mem)),
                });
            }
            module.mems = kept;
            for node in module.nodes.values_mut() {
                if let Op::MemRead { mem, port } = node.op {
                    node.op = match &fates[mem.index()] {
                        Fate::Kept(mem) => Op::MemRead { mem: *mem, port },
                        Fate::Registers(data) => Op::Reg(data[port].expect("a port that reads")),
                    };
                }
            }
        }
    }
}

/// Whether registers can do what the memory does.
fn fits(mem: &Mem) -> bool {
    let mut clocks = mem.ports.iter().map(MemPort::clock);
    let first = clocks.next();
    let writes = mem.ports.iter().any(MemPort::writes);
    first.is_some()
        && clocks.all(|clock| Some(clock) == first)
        && !(writes && mem.contents.is_some())
}

/// What became of a memory.
enum Fate {
    Kept(MemId),
    /// The data register of each port that reads.
    Registers(Vec<Option<RegId>>),
}

struct Lowering<'m> {
    module: &'m mut Module,
    mem: Mem,
    /// The names in use, also of memories.
    taken: &'m mut HashSet<String>,
    /// The words before the edge.
    words: Vec<NodeId>,
}

const BIT: Ty = Ty::uint(1);

impl<'m> Lowering<'m> {
    fn new(module: &'m mut Module, mem: Mem, taken: &'m mut HashSet<String>) -> Self {
        Lowering { module, mem, taken, words: Vec::new() }
    }

    fn run(mut self) -> Vec<Option<RegId>> {
        let ports = self.mem.ports.clone();
        let old = match &self.mem.contents {
            Some(contents) => self.constants(contents.clone()),
            None => self.registers(&ports),
        };
        let seen = match self.mem.collision {
            Collision::New => old.iter().map(|word| word.1).collect(),
            Collision::Old | Collision::Undefined => old.iter().map(|word| word.0).collect(),
        };
        self.words = seen;
        ports.iter().enumerate().map(|(i, port)| self.read(i, port)).collect()
    }

    /// The words of a ROM, before and after every edge.
    fn constants(&mut self, contents: Vec<Bits>) -> Vec<(NodeId, NodeId)> {
        let ty = self.word_ty();
        let zeros = std::iter::repeat(Bits::zero(ty.width));
        let words = contents.into_iter().chain(zeros).take(self.mem.depth as usize);
        words.map(|word| self.node(Op::Const(word), ty)).map(|word| (word, word)).collect()
    }

    /// The words before and after the edge, in a register each.
    fn registers(&mut self, ports: &[MemPort]) -> Vec<(NodeId, NodeId)> {
        let regs: Vec<_> = (0..self.mem.depth).map(|i| self.reg(&i.to_string())).collect();
        let written = |(index, (reg, old)): (usize, (RegId, NodeId))| {
            // Of two ports that write a word in one cycle, the later one wins.
            let mut next = old;
            for port in ports {
                next = self.written(port, index as u32, next);
            }
            self.module.regs[reg].next = Some(next);
            (old, next)
        };
        regs.into_iter().enumerate().map(written).collect()
    }

    fn node(&mut self, op: Op, ty: Ty) -> NodeId {
        self.module.nodes.push(Node { op, ty, name: None, at: self.mem.at })
    }

    fn word_ty(&self) -> Ty {
        Ty::uint(self.mem.width)
    }

    /// A register of a word, and its value. Its name is made longer where another one has it. The first
    /// one takes over the comment of the memory.
    fn reg(&mut self, suffix: &str) -> (RegId, NodeId) {
        let mut name = format!("{}_{suffix}", self.mem.name);
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        let ty = self.word_ty();
        let reg = self.module.regs.push(Reg {
            name,
            ty,
            clock: self.mem.ports[0].clock(),
            reset: None,
            enable: None,
            next: None,
            labels: None,
            sync: false,
            comment: std::mem::take(&mut self.mem.comment),
            at: self.mem.at,
        });
        let value = self.node(Op::Reg(reg), ty);
        (reg, value)
    }

    fn and(&mut self, a: NodeId, b: NodeId) -> NodeId {
        self.node(Op::Binary(Binary::And, a, b), BIT)
    }

    /// Whether `addr` is that of word `index`.
    fn is(&mut self, addr: NodeId, index: u32) -> NodeId {
        let ty = self.module.nodes[addr].ty;
        let index = self.node(Op::Const(Bits::from_u64(ty.width, index.into())), ty);
        self.node(Op::Binary(Binary::Eq, addr, index), BIT)
    }

    /// The data register of a port that reads.
    fn read(&mut self, index: usize, port: &MemPort) -> Option<RegId> {
        let (addr, enable) = match *port {
            MemPort::Read { addr, enable, .. } => (addr, enable),
            MemPort::Write { .. } => return None,
            MemPort::ReadWrite { addr, enable, write, .. } => {
                let read = self.node(Op::Unary(Unary::Not, write), BIT);
                (addr, self.and(enable, read))
            }
        };
        let ty = self.word_ty();
        let mut next = self.node(Op::Const(Bits::zero(ty.width)), ty);
        for index in 0..self.words.len() {
            let on_true = self.words[index];
            let sel = self.is(addr, index as u32);
            next = self.node(Op::Mux { sel, on_true, on_false: next }, ty);
        }
        let (reg, _) = self.reg(&format!("data{index}"));
        let reg_ref = &mut self.module.regs[reg];
        (reg_ref.enable, reg_ref.next) = (Some(enable), Some(next));
        Some(reg)
    }

    /// Word `index` after `port`, when it was `before`.
    fn written(&mut self, port: &MemPort, index: u32, before: NodeId) -> NodeId {
        let (addr, enable, data, mask) = match *port {
            MemPort::Read { .. } => return before,
            MemPort::Write { addr, enable, data, mask, .. } => (addr, enable, data, mask),
            MemPort::ReadWrite { addr, enable, write, data, mask, .. } => {
                (addr, self.and(enable, write), data, mask)
            }
        };
        let here = self.is(addr, index);
        let sel = self.and(enable, here);
        let on_true = mask.map_or(data, |mask| self.merged(mask, data, before));
        let ty = self.word_ty();
        self.node(Op::Mux { sel, on_true, on_false: before }, ty)
    }

    /// `data` where `mask` is set, else `before`, granule by granule.
    fn merged(&mut self, mask: NodeId, data: NodeId, before: NodeId) -> NodeId {
        let granule = self.mem.granule;
        let ty = Ty::uint(granule);
        let mut lanes = Vec::new();
        for lane in (0..self.mem.width / granule).rev() {
            let sel = self.node(Op::Slice { of: mask, lo: lane }, BIT);
            let lo = lane * granule;
            let on_true = self.node(Op::Slice { of: data, lo }, ty);
            let on_false = self.node(Op::Slice { of: before, lo }, ty);
            lanes.push(self.node(Op::Mux { sel, on_true, on_false }, ty));
        }
        let ty = self.word_ty();
        self.node(Op::Concat(lanes), ty)
    }
}

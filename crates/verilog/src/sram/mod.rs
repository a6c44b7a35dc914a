//! Memories as SRAM macros: instead of an array, the macros of a foundry, split by width and stacked by
//! depth.
//!
//! The one key decision: **this is a rewrite of the design**, before anything is printed. A memory becomes
//! an instance, under its own name, of a wrapper module such as `sram_1rw_512x128_g8`; the wrapper holds
//! the macros (black boxes), the decoder of the banks, and the multiplexer of the read data with its
//! registered select. So wrappers read, lint and simulate like any other module.
//!
//! What a memory promises stays true: an address beyond the depth reads zero and writes nothing, read
//! data stay until the next read (by a register where the macro does not hold them), and a read of a word
//! that is being written gives what the memory states, or no macro fits.

mod fit;
mod model;
mod table;
mod wrapper;

pub use model::models;
pub use table::{Macro, Port, PortKind, Table};

use fit::{fit, Fit, Shape};
use seedbed_ir::{
    Arena, Collision, Design, Entity, Inst, InstId, Loc, Mem, MemId, MemPort, Module, ModuleId,
    Node, NodeId, Op, PortId, Ty,
};
use std::collections::HashMap;
use std::fmt;

/// A memory that no macro fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misfit {
    /// Its module.
    pub module: String,
    /// Its name.
    pub memory: String,
    /// Where it was declared.
    pub at: Loc,
    /// What is missing.
    pub reason: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Misfit { module, memory, at, reason } = self;
        write!(
            f,
            "no SRAM macro fits memory `{memory}` of `{module}` ({}:{}): {reason}",
            at.file, at.line
        )
    }
}

/// `design` with its memories as macros of `table`. Memories below [`Table::smallest`] and ROMs stay, and with
/// [`Table::keep_misfits`] those that no macro fits.
///
/// # Errors
/// Every memory that no macro fits.
pub fn map(design: &Design, table: &Table) -> Result<Design, Vec<Misfit>> {
    let mut mapper =
        Mapper { table, out: Design::default(), known: HashMap::new(), misfits: Vec::new() };
    let mut moved = Vec::with_capacity(design.modules.len());
    for module in design.modules.values() {
        let mut module = module.clone();
        for inst in module.insts.keys() {
            module.insts[inst].module = moved[module.insts[inst].module.index()];
        }
        mapper.replace(&mut module);
        moved.push(mapper.out.modules.push(module));
    }
    match mapper.misfits.is_empty() {
        true => Ok(mapper.out),
        false => Err(mapper.misfits),
    }
}

struct Mapper<'t> {
    table: &'t Table,
    out: Design,
    /// Wrappers and black boxes by name.
    known: HashMap<String, ModuleId>,
    misfits: Vec<Misfit>,
}

/// What became of a memory.
enum Fate {
    Kept(MemId),
    /// The instance, and the port of its read data.
    Macro(InstId, PortId),
}

impl Mapper<'_> {
    fn replace(&mut self, module: &mut Module) {
        let mut kept = Arena::<MemId, Mem>::default();
        let mut fates = Vec::new();
        for (_, mem) in std::mem::take(&mut module.mems) {
            let bits = u64::from(mem.width) * u64::from(mem.depth);
            let stays = bits < self.table.smallest || !mem.ports.iter().any(MemPort::writes);
            let wanted = in_granules(&mem);
            fates.push(match (stays, fit(&wanted, self.table)) {
                (false, Ok(found)) => self.instance(module, &wanted, &found),
                (false, Err(reason)) => {
                    if !self.table.keep_misfits {
                        let (module, memory) = (module.name.clone(), mem.name.clone());
                        self.misfits.push(Misfit { module, memory, at: mem.at, reason });
                    }
                    Fate::Kept(kept.push(mem))
                }
                (true, _) => Fate::Kept(kept.push(mem)),
            });
        }
        module.mems = kept;
        for node in module.nodes.values_mut() {
            if let Op::MemRead { mem, port } = node.op {
                node.op = match fates[mem.index()] {
                    Fate::Kept(mem) => Op::MemRead { mem, port },
                    Fate::Macro(inst, port) => Op::InstOut { inst, port },
                };
            }
        }
    }

    /// Puts an instance of the wrapper where `mem` was.
    fn instance(&mut self, module: &mut Module, mem: &Mem, found: &Fit) -> Fate {
        let wrapper = self.wrapper(mem, found);
        let clock = mem.ports[0].clock();
        let clock = Node { op: Op::Port(clock), ty: Ty::uint(1), name: None, at: mem.at };
        let mut pins = pins(mem);
        pins.push(("clk", module.nodes.push(clock)));
        let of = &self.out.modules[wrapper];
        let inputs = of.ports.iter().filter_map(|(id, port)| {
            let (_, node) = pins.iter().find(|(name, _)| *name == port.name)?;
            Some((id, *node))
        });
        let inst = Inst {
            name: mem.name.clone(),
            module: wrapper,
            inputs: inputs.collect(),
            parameters: Vec::new(),
            comment: mem.comment.clone(),
            at: mem.at,
        };
        let rdata = of.port("rdata").unwrap_or(PortId::new(0));
        Fate::Macro(module.insts.push(inst), rdata)
    }

    fn wrapper(&mut self, mem: &Mem, found: &Fit) -> ModuleId {
        let kind = match found.shape {
            Shape::OneRw => "1rw",
            Shape::OneROneW => "1r1w",
        };
        let mut name = format!("sram_{kind}_{}x{}", mem.depth, mem.width);
        if is_masked(mem) {
            name += &format!("_g{}", mem.granule);
        }
        match (found.shape, mem.collision) {
            (Shape::OneROneW, Collision::Old) => name += "_old",
            (Shape::OneROneW, Collision::New) => name += "_new",
            _ => {}
        }
        if let Some(&id) = self.known.get(&name) {
            return id;
        }
        let entry = &self.table.macros[found.index];
        let black_box = match self.known.get(&entry.name) {
            Some(&id) => id,
            None => self.out.modules.push(wrapper::black_box(entry)),
        };
        self.known.insert(entry.name.clone(), black_box);
        let inside = (black_box, &self.out.modules[black_box]);
        let module = wrapper::wrapper(name.clone(), mem, entry, found, inside);
        let id = self.out.modules.push(module);
        self.known.insert(name, id);
        id
    }
}

/// The memory with the granules that its writes tell apart: whole words where there is no mask, so that
/// a macro without one takes them too.
fn in_granules(mem: &Mem) -> Mem {
    let granule = if is_masked(mem) { mem.granule } else { mem.width };
    Mem { granule, ..mem.clone() }
}

/// Whether the memory's writes have a mask.
fn is_masked(mem: &Mem) -> bool {
    mem.ports.iter().any(|port| match port {
        MemPort::Read { .. } => false,
        MemPort::Write { mask, .. } | MemPort::ReadWrite { mask, .. } => mask.is_some(),
    })
}

/// The pins of the wrapper and what drives them in the module that had the memory.
fn pins(mem: &Mem) -> Vec<(&'static str, NodeId)> {
    let mut pins = Vec::new();
    for port in &mem.ports {
        let mask = match *port {
            MemPort::Read { addr, enable, .. } => {
                pins.extend([("raddr", addr), ("re", enable)]);
                None
            }
            MemPort::Write { addr, enable, data, mask, .. } => {
                pins.extend([("waddr", addr), ("we", enable), ("wdata", data)]);
                mask
            }
            MemPort::ReadWrite { addr, enable, write, data, mask, .. } => {
                pins.extend([("addr", addr), ("en", enable), ("write", write), ("wdata", data)]);
                mask
            }
        };
        pins.extend(mask.map(|mask| ("mask", mask)));
    }
    pins
}

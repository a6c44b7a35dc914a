//! What the reset ports of a design reset, with all that is below their modules.

use seedbed_ir::{Design, Dir, Entity, ModuleId, NodeId, Op, PortId, ResetKind};
use std::collections::{HashMap, HashSet};

/// The kinds of the registers that each port of each module resets, here and below.
pub struct Resets {
    modules: Vec<Vec<Vec<ResetKind>>>,
}

impl Resets {
    /// With those behind `logic`, also that of other modules, or only those that the port itself resets.
    pub fn new(design: &Design, logic: bool) -> Self {
        let mut resets = Self { modules: Vec::new() };
        let mut sources = Sources { design, logic, outputs: HashMap::new() };
        for (id, module) in design.modules.iter() {
            let mut kinds = vec![Vec::new(); module.ports.len()];
            for reset in module.regs.values().filter_map(|r| r.reset.as_ref()) {
                add(&mut kinds[reset.port.index()], &[reset.kind]);
            }
            for inst in module.insts.values() {
                for &(port, node) in &inst.inputs {
                    let below = resets.of(inst.module, port);
                    if !below.is_empty() {
                        let found = sources.inputs(id, node);
                        found.into_iter().for_each(|p| add(&mut kinds[p.index()], below));
                    }
                }
            }
            resets.modules.push(kinds);
        }
        resets
    }

    /// The kinds behind `port` of `module`, each once.
    pub fn of(&self, module: ModuleId, port: PortId) -> &[ResetKind] {
        &self.modules[module.index()][port.index()]
    }
}

fn add(kinds: &mut Vec<ResetKind>, more: &[ResetKind]) {
    for &kind in more {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
}

/// Where values come from within a cycle.
struct Sources<'d> {
    design: &'d Design,
    logic: bool,
    /// The inputs of the module that outputs of instances were found to depend on.
    outputs: HashMap<(ModuleId, PortId), Vec<PortId>>,
}

impl Sources<'_> {
    /// The inputs of `module` that `node` is, or is computed from.
    fn inputs(&mut self, id: ModuleId, node: NodeId) -> Vec<PortId> {
        let module = &self.design.modules[id];
        let (mut todo, mut seen, mut found) = (vec![node], HashSet::new(), Vec::new());
        while let Some(node) = todo.pop() {
            if !seen.insert(node) {
                continue;
            }
            match &module.nodes[node].op {
                Op::Port(port) if module.ports[*port].dir == Dir::Input => found.push(*port),
                Op::Port(port) => todo.extend(module.ports[*port].driver),
                Op::Wire(wire) => todo.extend(module.wires[*wire].driver),
                Op::InstOut { inst, port } => {
                    let inst = &module.insts[*inst];
                    let behind = self.behind(inst.module, *port);
                    let inputs = inst.inputs.iter().filter(|(port, _)| behind.contains(port));
                    todo.extend(inputs.map(|(_, node)| *node));
                }
                op if self.logic => op.operands(|operand| todo.push(operand)),
                _ => {}
            }
        }
        found
    }

    /// The inputs of module `id` that its output `port` depends on.
    fn behind(&mut self, id: ModuleId, port: PortId) -> Vec<PortId> {
        if let Some(known) = self.outputs.get(&(id, port)) {
            return known.clone();
        }
        let module = &self.design.modules[id];
        let found = match (&module.black_box, module.ports[port].driver) {
            (Some(black_box), _) if black_box.combinational && self.logic => {
                module.ports.iter().filter(|(_, p)| p.dir == Dir::Input).map(|(id, _)| id).collect()
            }
            (_, Some(driver)) => self.inputs(id, driver),
            _ => Vec::new(),
        };
        self.outputs.insert((id, port), found.clone());
        found
    }
}

//! What the reset ports of a design reset, with all that is below their modules.

use seedbed_ir::{Design, Entity, Module, ModuleId, NodeId, Op, PortId, PortKind, ResetKind};

/// The kinds of the registers that each reset port of each module resets, here and below.
pub struct Resets {
    modules: Vec<Vec<Vec<ResetKind>>>,
}

impl Resets {
    /// With those behind `logic`, or only those that the port itself resets.
    pub fn new(design: &Design, logic: bool) -> Self {
        let mut resets = Self { modules: Vec::new() };
        for module in design.modules.values() {
            let mut kinds = vec![Vec::new(); module.ports.len()];
            for reset in module.regs.values().filter_map(|r| r.reset.as_ref()) {
                add(&mut kinds[reset.port.index()], &[reset.kind]);
            }
            for inst in module.insts.values() {
                for &(port, node) in &inst.inputs {
                    let below = resets.of(inst.module, port);
                    let sources = || sources(module, node, logic);
                    if !below.is_empty() {
                        sources().into_iter().for_each(|p| add(&mut kinds[p.index()], below));
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

/// The reset ports of `module` that `node` is, or is computed from within its cycle.
fn sources(module: &Module, node: NodeId, logic: bool) -> Vec<PortId> {
    let (mut todo, mut seen, mut found) = (vec![node], Vec::new(), Vec::new());
    while let Some(node) = todo.pop() {
        if seen.contains(&node) {
            continue;
        }
        seen.push(node);
        match &module.nodes[node].op {
            Op::Port(port) if module.ports[*port].kind == PortKind::Reset => found.push(*port),
            Op::Wire(wire) => todo.extend(module.wires[*wire].driver),
            op if logic => op.operands(|operand| todo.push(operand)),
            _ => {}
        }
    }
    found
}

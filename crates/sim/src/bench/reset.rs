//! The resets of a design.

use seedbed_ir::{Design, Module, ModuleId, NodeId, Op, PortId, PortKind, ResetKind};
use std::collections::HashSet;

/// The reset ports of the top, each with its value while the reset is on.
pub(super) fn ports(design: &Design) -> Vec<(String, u64)> {
    let Some((top_id, top)) = design.modules.iter().last() else { return Vec::new() };
    let resets = top.ports.iter().filter(|(_, p)| p.kind == PortKind::Reset);
    let kind = |port| kind(design, top_id, port, &mut HashSet::new());
    let level = |port| kind(port).is_some_and(|kind| !kind.is_low());
    resets.map(|(id, p)| (p.name.clone(), u64::from(level(id)))).collect()
}

/// How something in or below a module uses its reset `port`; `None` when nothing does. Those in `seen`
/// do not.
fn kind(
    design: &Design,
    id: ModuleId,
    port: PortId,
    seen: &mut HashSet<(ModuleId, PortId)>,
) -> Option<ResetKind> {
    if !seen.insert((id, port)) {
        return None;
    }
    let module = &design.modules[id];
    let regs = module.regs.values().filter_map(|r| r.reset.as_ref()).map(|r| (r.port, r.kind));
    let props = module.props.values().filter_map(|p| p.disable).map(|d| (d.port, d.kind));
    let own = regs.chain(props).find(|(p, _)| *p == port).map(|(_, kind)| kind);
    let inputs = module
        .insts
        .values()
        .flat_map(|inst| inst.inputs.iter().map(|(inner, node)| (inst.module, *inner, *node)));
    let mut driven = inputs.filter(|(_, _, node)| source(module, *node) == Some(port));
    own.or_else(|| driven.find_map(|(child, inner, _)| kind(design, child, inner, seen)))
}

/// The port whose value a node is, also through wires and casts.
fn source(module: &Module, mut node: NodeId) -> Option<PortId> {
    loop {
        match module.nodes[node].op {
            Op::Port(port) => return Some(port),
            Op::Wire(wire) => node = module.wires[wire].driver?,
            Op::Cast(of) => node = of,
            _ => return None,
        }
    }
}

//! The resets of a design.

use seedbed_ir::{Design, Module, NodeId, Op, PortId, PortKind, ResetKind};

/// The reset ports of the top, each with its value while the reset is on.
pub(super) fn ports(design: &Design) -> Vec<(String, u64)> {
    let Some(top) = design.modules.values().next_back() else { return Vec::new() };
    let resets = top.ports.iter().filter(|(_, p)| p.kind == PortKind::Reset);
    let level = |port| kind(design, top, port).is_some_and(|kind| !kind.is_low());
    resets.map(|(id, p)| (p.name.clone(), u64::from(level(id)))).collect()
}

/// How something in or below `module` uses the reset `port`; `None` when nothing does.
fn kind(design: &Design, module: &Module, port: PortId) -> Option<ResetKind> {
    let regs = module.regs.values().filter_map(|r| r.reset.as_ref()).map(|r| (r.port, r.kind));
    let props = module.props.values().filter_map(|p| p.disable).map(|d| (d.port, d.kind));
    let own = regs.chain(props).find(|(p, _)| *p == port).map(|(_, kind)| kind);
    let below = || {
        module.insts.values().find_map(|inst| {
            let (inner, _) =
                inst.inputs.iter().find(|(_, node)| source(module, *node) == Some(port))?;
            kind(design, &design.modules[inst.module], *inner)
        })
    };
    own.or_else(below)
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

//! Values that nothing reads.

use super::Pass;
use crate::entity::{Arena, Entity};
use crate::module::{Design, Module, Node, NodeId};

/// Removes the values of every module that nothing reads and nobody named.
///
/// Registers, wires, memories, instances and their ports stay, read or not: their names are what waves,
/// constraints and people refer to.
pub struct Dead;

impl Pass for Dead {
    const NAME: &'static str = "dead";
    const DESCRIPTION: &'static str = "removes unnamed values that nothing reads";

    fn run(&self, design: &mut Design) {
        design.modules.values_mut().for_each(sweep);
    }
}

/// Removes the anonymous nodes of one module that nothing reads, keeping the order of the others.
pub fn sweep(module: &mut Module) {
    let live = live_nodes(module);
    let mut kept = Arena::<NodeId, Node>::default();
    let mut renamed = vec![NodeId::new(0); live.len()];
    for (id, node) in std::mem::take(&mut module.nodes) {
        if live[id.index()] {
            renamed[id.index()] = kept.push(node);
        }
    }
    module.nodes = kept;
    module.each_node_mut(|node| *node = renamed[node.index()]);
}

/// Which nodes something reads, or the user named.
fn live_nodes(module: &Module) -> Vec<bool> {
    let named = module.nodes.iter().filter(|(_, node)| node.name.is_some());
    let mut todo: Vec<NodeId> = named.map(|(id, _)| id).collect();
    module.each_root(|node| todo.push(node));
    let mut live = vec![false; module.nodes.len()];
    while let Some(id) = todo.pop() {
        if !std::mem::replace(&mut live[id.index()], true) {
            module.nodes[id].op.operands(|operand| todo.push(operand));
        }
    }
    live
}

//! Every place of a module where a node is read, and every name of a module.

use crate::diagnostic::Loc;
use crate::module::{MemPort, Module, NodeId};

impl Module {
    /// All names of the one name space of a module, with the places of what they name.
    pub fn names(&self) -> impl Iterator<Item = (&str, Loc)> {
        let ports = self.ports.values().map(|p| (p.name.as_str(), p.at));
        let regs = self.regs.values().map(|r| (r.name.as_str(), r.at));
        let wires = self.wires.values().map(|w| (w.name.as_str(), w.at));
        let mems = self.mems.values().map(|m| (m.name.as_str(), m.at));
        let insts = self.insts.values().map(|i| (i.name.as_str(), i.at));
        let props = self.props.values().map(|p| (p.name.as_str(), p.at));
        let nodes = self.nodes.values().filter_map(|n| Some((n.name.as_deref()?, n.at)));
        ports.chain(regs).chain(wires).chain(mems).chain(insts).chain(props).chain(nodes)
    }

    /// Calls `f` wherever something other than a node reads a node: drivers of outputs and wires,
    /// registers, memory ports, inputs of instances, properties.
    pub fn each_root(&self, f: impl FnMut(NodeId)) {
        let ports = self.ports.values().filter_map(|p| p.driver);
        let wires = self.wires.values().filter_map(|w| w.driver);
        let regs = self.regs.values().flat_map(|r| r.enable.into_iter().chain(r.next));
        let mems = self.mems.values().flat_map(|m| m.ports.iter().flat_map(MemPort::operands));
        let insts = self.insts.values().flat_map(|i| i.inputs.iter().map(|(_, node)| *node));
        let props = self.props.values().flat_map(|p| p.when.into_iter().chain([p.holds]));
        ports.chain(wires).chain(regs).chain(mems).chain(insts).chain(props).for_each(f);
    }

    /// Calls `f` on every reference to a node, in nodes too, to rewrite it.
    pub fn each_node_mut(&mut self, mut f: impl FnMut(&mut NodeId)) {
        self.nodes.values_mut().for_each(|node| node.op.operands_mut(&mut f));
        self.each_root_mut(f);
    }

    /// As [`each_root`](Self::each_root), to rewrite.
    pub fn each_root_mut(&mut self, mut f: impl FnMut(&mut NodeId)) {
        self.ports.values_mut().filter_map(|p| p.driver.as_mut()).for_each(&mut f);
        self.wires.values_mut().filter_map(|w| w.driver.as_mut()).for_each(&mut f);
        for reg in self.regs.values_mut() {
            reg.enable.iter_mut().chain(&mut reg.next).for_each(&mut f);
        }
        for mem in self.mems.values_mut() {
            mem.ports.iter_mut().for_each(|port| port.operands_mut(&mut f));
        }
        for inst in self.insts.values_mut() {
            inst.inputs.iter_mut().for_each(|(_, node)| f(node));
        }
        for prop in self.props.values_mut() {
            prop.when.iter_mut().for_each(&mut f);
            f(&mut prop.holds);
        }
    }
}

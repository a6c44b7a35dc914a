//! One module from a hierarchy.

use super::Pass;
use crate::entity::{Arena, Entity};
use crate::module::{
    Design, Inst, InstId, Module, ModuleId, NodeId, Op, Port, PortId, PortKind, Wire, WireId,
};
use std::collections::HashSet;

/// Puts the contents of every instance in the place of the instance, down to the leaves.
///
/// What was called `x` in the instance `u_a` is called `u_a__x`; a port of the instance becomes a wire.
/// An instance stays where it is a black box, or a clock or reset of its module is driven by anything
/// but a clock or reset port of its parent. Modules that have no instance any more are dropped.
pub struct Flatten;

impl Pass for Flatten {
    const NAME: &'static str = "flatten";
    const DESCRIPTION: &'static str = "puts the contents of instances in their place";

    fn run(&self, design: &mut Design) {
        let mut flat = Arena::<ModuleId, Module>::default();
        for (_, module) in std::mem::take(&mut design.modules) {
            let module = flattened(module, &flat);
            flat.push(module);
        }
        design.modules = reached(flat);
    }
}

/// `module` with all instances dissolved that can be; `children` are flat.
fn flattened(mut module: Module, children: &Arena<ModuleId, Module>) -> Module {
    let mut taken = Taken {
        names: module.names().map(|(name, _)| name.to_string()).collect(),
        lists: module.enums.values().map(|list| list.name.clone()).collect(),
    };
    let own_nodes = module.nodes.len();
    let insts = std::mem::take(&mut module.insts);
    let mut kept = Arena::<InstId, Inst>::default();
    let mut fates = Vec::new();
    for (_, inst) in insts {
        let child = &children[inst.module];
        fates.push(match clocking(&module, child, &inst) {
            None => Fate::Kept(kept.push(inst)),
            Some(clocking) => {
                let mut inline = Inline::new(&mut module, child, &inst, &mut taken);
                Fate::Dissolved(inline.run(&clocking, &mut kept))
            }
        });
    }
    module.insts = kept;
    for node in module.nodes.values_mut().take(own_nodes) {
        if let Op::InstOut { inst, port } = node.op {
            node.op = match &fates[inst.index()] {
                Fate::Kept(inst) => Op::InstOut { inst: *inst, port },
                Fate::Dissolved(wires) => {
                    Op::Wire(wires[port.index()].expect("an output is a wire"))
                }
            };
        }
    }
    module
}

/// The names in use in the parent.
struct Taken {
    names: HashSet<String>,
    /// Those of lists of values, which only differ from each other.
    lists: HashSet<String>,
}

/// `name` in the instance `inst`; longer where it is taken.
fn unique(taken: &mut HashSet<String>, inst: &str, name: &str) -> String {
    let mut name = format!("{inst}__{name}");
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// What became of an instance.
enum Fate {
    Kept(InstId),
    /// The wires that stand for its ports.
    Dissolved(Vec<Option<WireId>>),
}

/// For each clock or reset port of `child` the parent's port that drives it, or `None` if there is
/// something else.
fn clocking(parent: &Module, child: &Module, inst: &Inst) -> Option<Vec<Option<PortId>>> {
    let driver = |id: PortId, port: &Port| {
        let (_, node) = inst.inputs.iter().find(|(input, _)| *input == id)?;
        match parent.nodes[*node].op {
            Op::Port(from) if parent.ports[from].kind == port.kind => Some(from),
            _ => None,
        }
    };
    let find = |(id, port): (PortId, &Port)| match port.kind {
        PortKind::Data => Some(None),
        PortKind::Clock | PortKind::Reset => driver(id, port).map(Some),
    };
    match child.black_box {
        Some(_) => None,
        None => child.ports.iter().map(find).collect(),
    }
}

/// The contents of one instance on their way into the parent.
struct Inline<'a> {
    parent: &'a mut Module,
    child: &'a Module,
    inst: &'a Inst,
    taken: &'a mut Taken,
    /// The numbers of the parent's items before.
    nodes: usize,
    regs: usize,
    wires: usize,
    mems: usize,
    enums: usize,
}

/// `id` moved up by `by`.
fn moved<K: Entity>(id: K, by: usize) -> K {
    K::new(id.index() + by)
}

impl<'a> Inline<'a> {
    fn new(
        parent: &'a mut Module,
        child: &'a Module,
        inst: &'a Inst,
        taken: &'a mut Taken,
    ) -> Self {
        let (nodes, regs, wires) = (parent.nodes.len(), parent.regs.len(), parent.wires.len());
        let (mems, enums) = (parent.mems.len(), parent.enums.len());
        Inline { parent, child, inst, taken, nodes, regs, wires, mems, enums }
    }

    /// Moves everything; the wires that stand for the ports. `insts` takes the instances that stay.
    fn run(
        &mut self,
        clocking: &[Option<PortId>],
        insts: &mut Arena<InstId, Inst>,
    ) -> Vec<Option<WireId>> {
        let kept = insts.len();
        self.state(clocking);
        for inst in self.child.insts.values() {
            let mut inst = inst.clone();
            inst.name = self.name(&inst.name);
            inst.inputs.iter_mut().for_each(|(_, node)| *node = moved(*node, self.nodes));
            insts.push(inst);
        }
        let ports = self.child.ports.iter();
        let ports = ports.map(|(id, port)| clocking[id.index()].is_none().then_some((id, port)));
        let ports: Vec<Option<WireId>> =
            ports.collect::<Vec<_>>().into_iter().map(|p| p.map(|p| self.port(p))).collect();
        self.values(clocking, &ports, kept);
        ports
    }

    /// The name in the parent.
    fn name(&mut self, name: &str) -> String {
        unique(&mut self.taken.names, &self.inst.name, name)
    }

    /// The wire for a data port.
    fn port(&mut self, (id, port): (PortId, &Port)) -> WireId {
        let input = self.inst.inputs.iter().find(|(input, _)| *input == id).map(|(_, node)| *node);
        let driver = input.or(port.driver.map(|node| moved(node, self.nodes)));
        let name = self.name(&port.name);
        let labels = port.labels.map(|list| moved(list, self.enums));
        let comment = String::new();
        self.parent.wires.push(Wire { name, ty: port.ty, driver, labels, comment, at: port.at })
    }

    fn state(&mut self, clocking: &[Option<PortId>]) {
        let child = self.child;
        let (nodes, enums) = (self.nodes, self.enums);
        let port = |id: PortId| clocking[id.index()].expect("a clock or reset port");
        for list in child.enums.values() {
            let mut list = list.clone();
            list.name = unique(&mut self.taken.lists, &self.inst.name, &list.name);
            self.parent.enums.push(list);
        }
        for reg in child.regs.values() {
            let mut reg = reg.clone();
            reg.name = self.name(&reg.name);
            reg.clock = port(reg.clock);
            reg.reset.iter_mut().for_each(|reset| reset.port = port(reset.port));
            reg.enable = reg.enable.map(|node| moved(node, nodes));
            reg.next = reg.next.map(|node| moved(node, nodes));
            reg.labels = reg.labels.map(|list| moved(list, enums));
            self.parent.regs.push(reg);
        }
        for wire in child.wires.values() {
            let mut wire = wire.clone();
            wire.name = self.name(&wire.name);
            wire.driver = wire.driver.map(|node| moved(node, nodes));
            wire.labels = wire.labels.map(|list| moved(list, enums));
            self.parent.wires.push(wire);
        }
        for mem in child.mems.values() {
            let mut mem = mem.clone();
            mem.name = self.name(&mem.name);
            for mem_port in &mut mem.ports {
                *mem_port.clock_mut() = port(mem_port.clock());
                mem_port.operands_mut(|node| *node = moved(*node, nodes));
            }
            self.parent.mems.push(mem);
        }
        for prop in child.props.values() {
            let mut prop = prop.clone();
            prop.name = self.name(&prop.name);
            prop.clock = port(prop.clock);
            prop.disable.iter_mut().for_each(|disable| disable.port = port(disable.port));
            prop.when = prop.when.map(|node| moved(node, nodes));
            prop.holds = moved(prop.holds, nodes);
            self.parent.props.push(prop);
        }
    }

    /// The nodes. Ports are read through their wires, so that no order is broken.
    fn values(&mut self, clocking: &[Option<PortId>], ports: &[Option<WireId>], insts: usize) {
        for node in self.child.nodes.values() {
            let mut node = node.clone();
            node.name = node.name.map(|name| self.name(&name));
            node.op.operands_mut(|operand| *operand = moved(*operand, self.nodes));
            node.op = match node.op {
                Op::Port(port) => match (clocking[port.index()], ports[port.index()]) {
                    (Some(port), _) => Op::Port(port),
                    (None, wire) => Op::Wire(wire.expect("a data port is a wire")),
                },
                Op::ClockGate { clock, enable, test_enable } => {
                    let clock = clocking[clock.index()].expect("a clock port");
                    Op::ClockGate { clock, enable, test_enable }
                }
                Op::Reg(reg) => Op::Reg(moved(reg, self.regs)),
                Op::Wire(wire) => Op::Wire(moved(wire, self.wires)),
                Op::MemRead { mem, port } => Op::MemRead { mem: moved(mem, self.mems), port },
                Op::InstOut { inst, port } => Op::InstOut { inst: moved(inst, insts), port },
                op => op,
            };
            let _: NodeId = self.parent.nodes.push(node);
        }
    }
}

/// The modules that the top, the last one, still uses.
fn reached(modules: Arena<ModuleId, Module>) -> Arena<ModuleId, Module> {
    let mut used = vec![false; modules.len()];
    if let Some(top) = used.last_mut() {
        *top = true;
    }
    for (id, module) in modules.iter().collect::<Vec<_>>().into_iter().rev() {
        if used[id.index()] {
            module.insts.values().for_each(|inst| used[inst.module.index()] = true);
        }
    }
    let mut kept = Arena::<ModuleId, Module>::default();
    let mut renamed = Vec::new();
    for (id, mut module) in modules {
        for inst in module.insts.values_mut() {
            inst.module = renamed[inst.module.index()];
        }
        let next = ModuleId::new(kept.len());
        renamed.push(next);
        if used[id.index()] {
            kept.push(module);
        }
    }
    kept
}

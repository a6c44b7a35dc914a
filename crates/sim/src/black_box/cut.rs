//! Takes the black boxes out of a design: their pins become ports of every module around them, up to
//! the top. What is left is an ordinary design.

use crate::gates;
use seedbed_ir::{
    Binary, Code, Design, Diagnostic, Dir, Entity, Inst, InstId, Loc, Module, ModuleId, Node,
    NodeId, Op, Parameter, Port, PortId, PortKind,
};

/// A black box that was taken out, and where its pins are now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// Instance path from the top.
    pub path: String,
    /// Its module.
    pub module: String,
    /// Its parameters and their values here, in the order of the black box.
    pub parameters: Vec<(String, Parameter)>,
    /// Clocks, then data inputs (resets among them), then outputs, each in the order of the ports.
    pub clocks: Vec<Pin>,
    /// For each clock that is gated: what is 1 before the edges that it passes.
    pub enables: Vec<Option<Pin>>,
    /// See `clocks`.
    pub inputs: Vec<Pin>,
    /// See `clocks`.
    pub outputs: Vec<Pin>,
}

/// A pin of a black box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pin {
    /// The port of the black box.
    pub port: String,
    /// The port of the top that stands for it: its clock, an output that shows what the design drives,
    /// or an input that takes what the black box drives.
    pub top: String,
}

/// `design` without its black boxes, and these.
///
/// # Errors
/// E0099 for a black box whose clock is no clock, which a checked design does not have.
pub fn cut(design: &Design) -> Result<(Design, Vec<Site>), Diagnostic> {
    let design = &*gates::lowered(design);
    let mut done: Vec<Cut> = Vec::new();
    let mut rest = Design::default();
    for module in design.modules.values() {
        let (module, boxes) = match module.black_box {
            Some(_) => (None, Vec::new()),
            None => Cutter::new(design, &rest, &done, module).run()?,
        };
        done.push(Cut { id: module.map(|module| rest.modules.push(module)), boxes });
    }
    let removed = done.pop().map_or(Vec::new(), |top| top.boxes);
    let sites = removed.into_iter().map(|one| one.site(&rest)).collect();
    Ok((rest, sites))
}

/// A module after the cut.
struct Cut {
    /// Its handle in the new design; `None`: it is a black box.
    id: Option<ModuleId>,
    boxes: Vec<Removed>,
}

/// A black box below a module; pins are ports of that module.
#[derive(Clone)]
struct Removed {
    path: String,
    module: String,
    parameters: Vec<(String, Parameter)>,
    clocks: Vec<(String, PortId)>,
    /// In the order of the clocks.
    enables: Vec<Option<PortId>>,
    inputs: Vec<(String, PortId)>,
    outputs: Vec<(String, PortId)>,
}

impl Removed {
    /// `self` as the top of `design` sees it.
    fn site(self, design: &Design) -> Site {
        let ports = &design.top().ports;
        let pin = |(port, to): (String, PortId)| Pin { port, top: ports[to].name.clone() };
        let Removed { path, module, parameters, clocks, enables, inputs, outputs } = self;
        let enables = clocks.iter().zip(enables);
        let enables = enables.map(|((clock, _), to)| to.map(|to| pin((clock.clone(), to))));
        let enables = enables.collect();
        let pins = |pins: Vec<(String, PortId)>| pins.into_iter().map(pin).collect();
        let [clocks, inputs, outputs] = [clocks, inputs, outputs].map(pins);
        Site { path, module, parameters, clocks, enables, inputs, outputs }
    }
}

/// Rewrites one module.
struct Cutter<'a> {
    design: &'a Design,
    /// What is left of the modules before this one.
    rest: &'a Design,
    /// The modules before this one.
    done: &'a [Cut],
    old: &'a Module,
    new: Module,
    boxes: Vec<Removed>,
    /// For each instance: its handle in the new module.
    kept: Vec<Option<InstId>>,
    /// For each output of a removed instance: the port that stands for it.
    stands: Vec<((InstId, PortId), PortId)>,
}

impl<'a> Cutter<'a> {
    fn new(design: &'a Design, rest: &'a Design, done: &'a [Cut], old: &'a Module) -> Self {
        let new = Module { insts: Default::default(), ..old.clone() };
        let (boxes, kept, stands) = (Vec::new(), Vec::new(), Vec::new());
        Cutter { design, rest, done, old, new, boxes, kept, stands }
    }

    fn run(mut self) -> Result<(Option<Module>, Vec<Removed>), Diagnostic> {
        for (id, inst) in self.old.insts.iter() {
            let child = &self.done[inst.module.index()];
            match child.id {
                None => self.remove(id, inst)?,
                Some(module) => self.keep(inst, module, &child.boxes)?,
            }
        }
        self.redirect();
        Ok((Some(self.new), self.boxes))
    }

    /// A black box: its pins become ports.
    fn remove(&mut self, id: InstId, inst: &Inst) -> Result<(), Diagnostic> {
        self.kept.push(None);
        let child = &self.design.modules[inst.module];
        let values = child.black_box.iter().flat_map(|black_box| black_box.values(inst));
        let mut removed = Removed {
            path: inst.name.clone(),
            module: child.name.clone(),
            parameters: values.map(|(name, value)| (name.to_string(), value.clone())).collect(),
            clocks: Vec::new(),
            enables: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        };
        for (port, p) in child.ports.iter() {
            let wanted = format!("{}__{}", inst.name, p.name);
            if p.dir == Dir::Output {
                let to = self.port(wanted, p, Dir::Input, None);
                self.stands.push(((id, port), to));
                removed.outputs.push((p.name.clone(), to));
            } else if p.kind == PortKind::Clock {
                removed.clocks.push((p.name.clone(), self.clock(inst, port)?));
                let enable = self.enable(inst, port);
                let wanted = format!("{wanted}_enable");
                let enable = enable.map(|node| self.port(wanted, p, Dir::Output, Some(node)));
                removed.enables.push(enable);
            } else {
                let driver = driver(inst, port);
                removed.inputs.push((p.name.clone(), self.port(wanted, p, Dir::Output, driver)));
            }
        }
        self.boxes.push(removed);
        Ok(())
    }

    /// A module that has black boxes below it, or none: their pins pass through this one.
    fn keep(&mut self, inst: &Inst, module: ModuleId, boxes: &[Removed]) -> Result<(), Diagnostic> {
        let mut inputs = inst.inputs.clone();
        let id = InstId::new(self.new.insts.len());
        self.kept.push(Some(id));
        for below in boxes {
            let name =
                |port: &str| format!("{}_{}__{port}", inst.name, below.path.replace('.', "_"));
            let mut here = Removed {
                path: format!("{}.{}", inst.name, below.path),
                module: below.module.clone(),
                parameters: below.parameters.clone(),
                clocks: Vec::new(),
                enables: Vec::new(),
                inputs: Vec::new(),
                outputs: Vec::new(),
            };
            for (port, of) in &below.clocks {
                here.clocks.push((port.clone(), self.clock(inst, *of)?));
            }
            let ports = &self.rest.modules[module].ports;
            let mut lead_out = |port: &str, of: PortId| {
                let p = ports[of].clone();
                let node = self.node(Op::InstOut { inst: id, port: of }, &p);
                self.port(name(port), &p, Dir::Output, Some(node))
            };
            for ((clock, _), enable) in below.clocks.iter().zip(&below.enables) {
                let to = enable.map(|of| lead_out(&format!("{clock}_enable"), of));
                here.enables.push(to);
            }
            for (port, of) in &below.inputs {
                here.inputs.push((port.clone(), lead_out(port, *of)));
            }
            for (port, of) in &below.outputs {
                let p = ports[*of].clone();
                let to = self.port(name(port), &p, Dir::Input, None);
                inputs.push((*of, self.node(Op::Port(to), &p)));
                here.outputs.push((port.clone(), to));
            }
            self.boxes.push(here);
        }
        self.new.insts.push(Inst { module, inputs, ..inst.clone() });
        Ok(())
    }

    /// The clock port of this module behind a clock port of an instance.
    fn clock(&self, inst: &Inst, port: PortId) -> Result<PortId, Diagnostic> {
        match driver(inst, port).map(|node| &self.old.nodes[node].op) {
            Some(Op::Port(clock) | Op::ClockGate { clock, .. }) => Ok(*clock),
            _ => Err(Diagnostic {
                code: Code::Internal,
                message: format!("the clock of `{}` is no clock", inst.name),
                at: inst.at,
                notes: Vec::new(),
                path: self.old.name.clone(),
            }),
        }
    }

    /// Whether the gate before a clock port of an instance, if there is one, passes an edge.
    fn enable(&mut self, inst: &Inst, port: PortId) -> Option<NodeId> {
        let node = &self.old.nodes[driver(inst, port)?];
        let Op::ClockGate { enable, test_enable, .. } = node.op else { return None };
        Some(match test_enable {
            Some(test) => {
                let (op, ty, name) = (Op::Binary(Binary::Or, enable, test), node.ty, None);
                self.new.nodes.push(Node { op, ty, name, at: node.at })
            }
            None => enable,
        })
    }

    fn port(&mut self, wanted: String, like: &Port, dir: Dir, driver: Option<NodeId>) -> PortId {
        let mut name = wanted;
        while self.new.ports.values().any(|p| p.name == name) {
            name.push('_');
        }
        let kind = PortKind::Data;
        let (domain, labels) = (None, None);
        self.new.ports.push(Port { name, dir, kind, driver, domain, labels, ..like.clone() })
    }

    fn node(&mut self, op: Op, like: &Port) -> NodeId {
        self.new.nodes.push(Node { op, ty: like.ty, name: None, at: Loc::NOWHERE })
    }

    /// Lets the nodes of the old module read what stands for instances now.
    fn redirect(&mut self) {
        for id in self.old.nodes.keys() {
            let Op::InstOut { inst, port } = self.old.nodes[id].op else { continue };
            self.new.nodes[id].op = match self.kept[inst.index()] {
                Some(inst) => Op::InstOut { inst, port },
                None => {
                    let stands = self.stands.iter().find(|(of, _)| *of == (inst, port));
                    Op::Port(stands.expect("an output of a black box").1)
                }
            };
        }
    }
}

fn driver(inst: &Inst, port: PortId) -> Option<NodeId> {
    inst.inputs.iter().find(|(to, _)| *to == port).map(|(_, node)| *node)
}

//! The instance tree of a design.

use seedbed_ir::{
    Code, Design, Diagnostic, Dir, Entity, InstId, Loc, Module, ModuleId, NodeId, PortId,
};

/// A node of one instance: the unit the flattener works on before aliases are resolved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Raw {
    /// Index into [`Tree::instances`].
    pub inst: u32,
    /// The node inside the instance's module.
    pub node: NodeId,
}

/// Where the value of a port comes from.
pub(crate) enum Source {
    /// The top's own input port.
    TopInput(PortId),
    /// A node of this or another instance.
    Node(Raw),
}

/// One instance.
pub(crate) struct Instance {
    /// Its module.
    pub module: ModuleId,
    /// The parent and the instance handle there; `None` for the top.
    pub parent: Option<(u32, InstId)>,
    /// Children by instance handle.
    pub children: Vec<u32>,
    /// Number of nodes in all instances before this one.
    pub node_base: usize,
}

/// All instances of a design, parents before children.
pub(crate) struct Tree<'d> {
    /// The design.
    pub design: &'d Design,
    /// Instances; the top is the first.
    pub instances: Vec<Instance>,
    /// Number of nodes in all instances.
    pub node_count: usize,
    /// Per module and instance handle: driver of each port of the child, by port index.
    drivers: Vec<Vec<Vec<Option<NodeId>>>>,
}

impl<'d> Tree<'d> {
    /// Expands the hierarchy of `design`.
    pub fn new(design: &'d Design) -> Result<Self, Diagnostic> {
        let top = design.modules.keys().next_back().ok_or_else(empty)?;
        if let Some(module) = design.modules.values().find(|m| m.black_box.is_some()) {
            return Err(no_model(module));
        }
        let drivers = design.modules.values().map(|m| port_drivers(design, m)).collect();
        let mut tree = Tree { design, instances: Vec::new(), node_count: 0, drivers };
        tree.add(top, None)?;
        Ok(tree)
    }

    fn add(&mut self, module: ModuleId, parent: Option<(u32, InstId)>) -> Result<u32, Diagnostic> {
        let index = self.instances.len() as u32;
        let children = Vec::new();
        self.instances.push(Instance { module, parent, children, node_base: self.node_count });
        let m = &self.design.modules[module];
        self.node_count += m.nodes.len();
        for (id, inst) in m.insts.iter() {
            if inst.module.index() >= module.index() {
                let text = format!("instance `{}` names a module after its parent", inst.name);
                return Err(self.error(Code::Internal, index, text, inst.at));
            }
            let child = self.add(inst.module, Some((index, id)))?;
            self.instances[index as usize].children.push(child);
        }
        Ok(index)
    }

    /// The module of instance `inst`.
    pub fn module(&self, inst: u32) -> &'d Module {
        &self.design.modules[self.instances[inst as usize].module]
    }

    /// The driver of `port` of instance `inst`: inside for an output, outside for an input.
    pub fn port_source(&self, inst: u32, port: PortId) -> Result<Source, Diagnostic> {
        let p = &self.module(inst).ports[port];
        let raw = match (p.dir, self.instances[inst as usize].parent) {
            (Dir::Input, None) => return Ok(Source::TopInput(port)),
            (Dir::Input, Some((parent, id))) => {
                let module = self.instances[parent as usize].module;
                let driver = self.drivers[module.index()][id.index()][port.index()];
                driver.map(|node| Raw { inst: parent, node })
            }
            (Dir::Output, _) => p.driver.map(|node| Raw { inst, node }),
        };
        raw.map(Source::Node).ok_or_else(|| self.undriven(inst, &p.name, p.at))
    }

    /// The diagnostic of a port, wire or register without driver.
    pub fn undriven(&self, inst: u32, name: &str, at: Loc) -> Diagnostic {
        let text = format!("`{name}` has no driver; assign it on every path before simulating");
        self.error(Code::Undriven, inst, text, at)
    }

    /// A diagnostic in instance `inst`.
    pub fn error(&self, code: Code, inst: u32, message: String, at: Loc) -> Diagnostic {
        Diagnostic { code, message, at, notes: Vec::new(), path: self.path(inst) }
    }

    /// Instance path with the top's module name first.
    fn path(&self, inst: u32) -> String {
        match self.instances[inst as usize].parent {
            None => self.module(inst).name.clone(),
            Some((parent, id)) => {
                format!("{}.{}", self.path(parent), self.module(parent).insts[id].name)
            }
        }
    }

    /// The path of `name` in instance `inst`, from the top and without its name.
    pub fn path_of(&self, mut inst: u32, name: &str) -> String {
        let mut path = name.to_string();
        while let Some((parent, id)) = self.instances[inst as usize].parent {
            path = format!("{}.{path}", self.module(parent).insts[id].name);
            inst = parent;
        }
        path
    }
}

fn empty() -> Diagnostic {
    Diagnostic {
        code: Code::Internal,
        message: "the design has no module; elaborate one first".into(),
        at: Loc::NOWHERE,
        notes: Vec::new(),
        path: String::new(),
    }
}

fn no_model(module: &Module) -> Diagnostic {
    let message = format!(
        "`{}` is a black box; simulate the design with `black_box::Hosted` and give it a model",
        module.name
    );
    let at = module.ports.values().next().map_or(Loc::NOWHERE, |port| port.at);
    let (code, notes, path) = (Code::Parameter, Vec::new(), module.name.clone());
    Diagnostic { code, message, at, notes, path }
}

fn port_drivers(design: &Design, module: &Module) -> Vec<Vec<Option<NodeId>>> {
    let of_inst = |inst: &seedbed_ir::Inst| {
        let mut by_port = vec![None; design.modules[inst.module].ports.len()];
        for &(port, node) in &inst.inputs {
            by_port[port.index()] = Some(node);
        }
        by_port
    };
    module.insts.values().map(of_inst).collect()
}

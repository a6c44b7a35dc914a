//! Named signals by hierarchical path.

use crate::flatten::Flat;
use crate::graph::Value;
use seedbed_ir::{Bits, Diagnostic, Entity, EnumId, Module, NodeId, PortId, PortKind};
use std::ops::Range;

/// What kind of thing a name belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Clock(PortId),
    Port(PortId),
    Reg(usize),
    Node(NodeId),
}

/// A named signal of a module.
struct Signal {
    name: String,
    width: u32,
    kind: Kind,
    /// Names of its values.
    labels: Option<Vec<(String, Bits)>>,
}

/// One instance.
pub(crate) struct Scope {
    /// Instance name; the module's for the top.
    pub name: String,
    /// Index into the modules.
    module: usize,
    /// The scope around it; `None` for the top.
    parent: Option<usize>,
    /// Children, in order.
    pub children: Vec<usize>,
    /// Its part of the signal table, in the order of the module's signals.
    signals: Range<usize>,
    /// Index of its first memory.
    first_mem: usize,
}

/// All names of a design: stored once per module, values once per instance.
pub(crate) struct Names {
    modules: Vec<Vec<Signal>>,
    mems: Vec<Vec<String>>,
    /// All instances; the top is the first.
    pub scopes: Vec<Scope>,
    /// Values, later slots, of all signals of all instances.
    pub table: Vec<u32>,
    /// Low bits of each that can change.
    changing: Vec<u32>,
}

/// A signal found by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Found<'a> {
    pub name: &'a str,
    pub width: u32,
    /// Its low bits that can change; those above are constant.
    pub changing: u32,
    /// First slot.
    pub slot: u32,
    pub is_reg: bool,
    pub is_clock: bool,
    /// Names of its values.
    pub labels: Option<&'a [(String, Bits)]>,
}

impl Names {
    /// Collects the names of `flat` and the values behind them.
    pub fn new(flat: &mut Flat<'_>) -> Result<Self, Diagnostic> {
        let modules = flat.tree.design.modules.values();
        let mems = modules.clone().map(|m| m.mems.values().map(|m| m.name.clone()).collect());
        let mut names = Names {
            mems: mems.collect(),
            modules: modules.map(signals).collect(),
            scopes: Vec::new(),
            table: Vec::new(),
            changing: Vec::new(),
        };
        for inst in 0..flat.tree.instances.len() {
            names.add_scope(flat, inst)?;
        }
        Ok(names)
    }

    fn add_scope(&mut self, flat: &mut Flat<'_>, index: usize) -> Result<(), Diagnostic> {
        let inst = &flat.tree.instances[index];
        let module = inst.module.index();
        let name = match inst.parent {
            None => flat.tree.module(0).name.clone(),
            Some((parent, id)) => flat.tree.module(parent).insts[id].name.clone(),
        };
        let parent = inst.parent.map(|(parent, _)| parent as usize);
        let children = inst.children.iter().map(|&c| c as usize).collect();
        let first = self.table.len();
        for signal in &self.modules[module] {
            self.table.push(value(flat, index as u32, signal.kind)?);
            self.changing.push(signal.width);
        }
        let signals = first..self.table.len();
        let first_mem = flat.mem_index(index as u32, 0);
        self.scopes.push(Scope { name, module, parent, children, signals, first_mem });
        Ok(())
    }

    /// Replaces values by their slots; `changing` has the low bits of each value that can change.
    pub fn resolve(&mut self, slots: &[u32], changing: &[u32]) {
        for (low, value) in self.changing.iter_mut().zip(&self.table) {
            *low = changing[*value as usize].min(*low);
        }
        for entry in &mut self.table {
            *entry = slots[*entry as usize];
        }
    }

    /// The signals of a scope.
    pub fn signals(&self, scope: usize) -> impl Iterator<Item = Found<'_>> {
        let scope = &self.scopes[scope];
        let slots = &self.table[scope.signals.clone()];
        let changing = &self.changing[scope.signals.clone()];
        let values = slots.iter().zip(changing);
        self.modules[scope.module].iter().zip(values).map(|(s, (&slot, &changing))| Found {
            name: &s.name,
            width: s.width,
            changing,
            slot,
            is_reg: matches!(s.kind, Kind::Reg(_)),
            is_clock: matches!(s.kind, Kind::Clock(_)),
            labels: s.labels.as_deref(),
        })
    }

    /// The memories of a scope: their numbers and names.
    pub fn mems(&self, scope: usize) -> impl Iterator<Item = (usize, &str)> {
        let scope = &self.scopes[scope];
        let names = self.mems[scope.module].iter().enumerate();
        names.map(|(i, name)| (scope.first_mem + i, name.as_str()))
    }

    /// The path of `name` in a scope, from the top and without its name.
    pub fn path(&self, mut scope: usize, name: &str) -> String {
        let mut path = name.to_string();
        while let Some(parent) = self.scopes[scope].parent {
            path = format!("{}.{path}", self.scopes[scope].name);
            scope = parent;
        }
        path
    }

    /// The signal at `path`: instance names, then a signal name, joined by dots.
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        let (scope, name) = self.enter(path)?;
        self.signals(scope).find(|s| s.name == name)
    }

    /// The number of the memory at `path`.
    pub fn find_mem(&self, path: &str) -> Option<usize> {
        let (scope, name) = self.enter(path)?;
        let scope = &self.scopes[scope];
        let index = self.mems[scope.module].iter().position(|m| m == name)?;
        Some(scope.first_mem + index)
    }

    /// The scope that the instance names of `path` lead to, and the last name.
    fn enter<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        let (instances, name) = path.rsplit_once('.').unwrap_or(("", path));
        let mut scope = 0;
        for part in instances.split('.').filter(|p| !p.is_empty()) {
            let children = &self.scopes[scope].children;
            scope = *children.iter().find(|&&c| self.scopes[c].name == part)?;
        }
        Some((scope, name))
    }
}

/// The named signals of a module: ports, registers, wires, named nodes.
fn signals(module: &Module) -> Vec<Signal> {
    let mut all = Vec::new();
    let mut add = |name: &str, width, kind, labels: Option<EnumId>| {
        let labels = labels.map(|list| module.enums[list].variants.clone());
        all.push(Signal { name: name.into(), width, kind, labels });
    };
    for (id, p) in module.ports.iter() {
        let clock = p.kind == PortKind::Clock;
        let kind = if clock { Kind::Clock(id) } else { Kind::Port(id) };
        add(&p.name, p.ty.width, kind, p.labels);
    }
    for (id, r) in module.regs.iter() {
        add(&r.name, r.ty.width, Kind::Reg(id.index()), r.labels);
    }
    for w in module.wires.values() {
        if let Some(driver) = w.driver {
            add(&w.name, w.ty.width, Kind::Node(driver), w.labels);
        }
    }
    for (id, n) in module.nodes.iter() {
        if let Some(name) = &n.name {
            add(name, n.ty.width, Kind::Node(id), None);
        }
    }
    all
}

fn value(flat: &mut Flat<'_>, inst: u32, kind: Kind) -> Result<Value, Diagnostic> {
    match kind {
        Kind::Clock(p) | Kind::Port(p) => flat.port(inst, p),
        Kind::Reg(r) => Ok(flat.reg_out(inst, r)),
        Kind::Node(n) => flat.node(inst, n),
    }
}

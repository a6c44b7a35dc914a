//! Walks from a value to what it is computed from.

use super::flat::{Domains, Flat, Origin, Place, RegKey};
use crate::diagnostic::Loc;
use crate::module::{Dir, NodeId, Op, PortId};
use std::collections::{HashMap, HashSet};

/// Where a value of some domains starts.
#[derive(Clone, Copy)]
pub(super) struct Source {
    /// The register; `None` for a port, a memory or a black box.
    pub reg: Option<RegKey>,
    pub at: Place,
    pub domains: Domains,
}

/// Domains of values that were asked for.
pub(super) struct Walk<'f, 'd> {
    flat: &'f Flat<'d>,
    known: Vec<Option<Domains>>,
}

impl<'f, 'd> Walk<'f, 'd> {
    pub fn new(flat: &'f Flat<'d>) -> Self {
        Walk { flat, known: vec![None; flat.len()] }
    }

    /// The domains of all registers, memory ports and inputs from which `at` is computed within a
    /// cycle.
    pub fn domains(&mut self, at: Place) -> Domains {
        let mut stack = vec![(at, false)];
        while let Some((place, expanded)) = stack.pop() {
            let index = self.flat.index(place);
            if self.known[index].is_some() && !expanded {
                continue;
            }
            let on = match self.flat.origin(place) {
                Origin::Reg(key) => Err(self.flat.reg_domain(key)),
                Origin::Source(domains) => Err(domains),
                Origin::Alias(to) => Ok(vec![to]),
                Origin::Logic(operands) => Ok(operands),
            };
            match on {
                Err(domains) => self.known[index] = Some(domains),
                Ok(places) if expanded => {
                    let of = |p: &Place| self.known[self.flat.index(*p)].unwrap_or(0);
                    self.known[index] = Some(places.iter().map(of).fold(0, |a, b| a | b));
                }
                Ok(places) => {
                    // A loop, which another check reports, ends here.
                    self.known[index] = Some(0);
                    stack.push((place, true));
                    stack.extend(places.into_iter().map(|p| (p, false)));
                }
            }
        }
        self.known[self.flat.index(at)].unwrap_or(0)
    }

    /// As [`domains`](Self::domains), of a port of an instance.
    pub fn port_domains(&mut self, inst: u32, port: PortId) -> Domains {
        match self.flat.port(inst, port) {
            Origin::Source(domains) => domains,
            Origin::Alias(at) => self.domains(at),
            Origin::Reg(_) | Origin::Logic(_) => 0,
        }
    }

    /// What `at` is computed from outside of domain `own`; each register once.
    pub fn sources(&self, at: Place, own: Domains) -> Vec<Source> {
        let mut found: Vec<Source> = Vec::new();
        self.visit(vec![at], |_, source| {
            let known = |f: &Source| f.reg.is_some() && f.reg == source.reg;
            if source.domains & !own != 0 && !found.iter().any(known) {
                found.push(source);
            }
            None
        });
        found
    }

    /// The operators behind `at` in which values of different domains meet first.
    pub fn meetings(&mut self, at: Place) -> Vec<Place> {
        let (mut found, mut todo, mut seen) = (Vec::new(), vec![at], HashSet::new());
        while let Some(at) = todo.pop() {
            if !seen.insert(at) || self.domains(at).count_ones() < 2 {
                continue;
            }
            match self.flat.origin(at) {
                Origin::Alias(to) => todo.push(to),
                Origin::Logic(operands) => {
                    let mixed = |p: &&Place| self.domains(**p).count_ones() > 1;
                    let mixed: Vec<Place> = operands.iter().filter(mixed).copied().collect();
                    if mixed.is_empty() {
                        found.push(at);
                    }
                    todo.extend(mixed);
                }
                Origin::Reg(_) | Origin::Source(_) => {}
            }
        }
        found
    }

    /// The name of a source, and where it was declared.
    pub fn declared(&self, source: &Source) -> (String, Loc) {
        if let Some(key) = source.reg {
            let reg = self.flat.reg(key);
            return (reg.name.clone(), reg.at);
        }
        let module = self.flat.module(source.at.inst);
        let node = &module.nodes[source.at.node];
        match &node.op {
            Op::Port(port) => (module.ports[*port].name.clone(), module.ports[*port].at),
            Op::MemRead { mem, .. } => (module.mems[*mem].name.clone(), module.mems[*mem].at),
            Op::InstOut { inst, port } => {
                let child = self.flat.module(self.flat.child(source.at.inst, *inst));
                let inst = &module.insts[*inst];
                (format!("{}.{}", inst.name, child.ports[*port].name), inst.at)
            }
            _ => (node.name.clone().unwrap_or_default(), node.at),
        }
    }

    /// Whether `at`, an enable of domain `own`, depends on a synchroniser from domain `from`: within a
    /// cycle, or through registers of its domain. Or is never on.
    pub fn hears(
        &mut self,
        at: Place,
        own: Domains,
        from: Domains,
        synced: &HashMap<RegKey, Option<RegKey>>,
    ) -> bool {
        let (mut found, mut passed) = (self.flat.is_zero(at), HashSet::new());
        self.visit(vec![at], |flat, source| {
            let key =
                source.reg.filter(|&key| flat.reg_domain(key) == own && passed.insert(key))?;
            match synced.get(&key) {
                Some(source) => {
                    found |= source.is_some_and(|s| flat.reg_domain(s) == from);
                    None
                }
                None => Some(key),
            }
        });
        found
    }

    /// Visits all that is behind `todo`; goes on through the registers that `f` gives back.
    fn visit(&self, mut todo: Vec<Place>, mut f: impl FnMut(&Flat<'d>, Source) -> Option<RegKey>) {
        let mut seen = HashSet::new();
        while let Some(place) = todo.pop() {
            if !seen.insert(place) {
                continue;
            }
            let through = match self.flat.origin(place) {
                Origin::Alias(to) => {
                    todo.push(to);
                    None
                }
                Origin::Logic(operands) => {
                    todo.extend(operands);
                    None
                }
                Origin::Reg(key) => {
                    let domains = self.flat.reg_domain(key);
                    f(self.flat, Source { reg: Some(key), at: place, domains })
                }
                Origin::Source(domains) => f(self.flat, Source { reg: None, at: place, domains }),
            };
            if let Some(key) = through {
                let reg = self.flat.reg(key);
                let nodes = reg.next.into_iter().chain(reg.enable);
                todo.extend(nodes.map(|node| Place { inst: key.inst, node }));
            }
        }
    }

    /// The name of the port behind `at`, for a source that is no register.
    pub fn source_name(&self, at: Place) -> String {
        let at = self.flat.behind(at);
        let module = self.flat.module(at.inst);
        match &module.nodes[at.node].op {
            Op::Port(port) => format!("{}.{}", self.flat.path(at.inst), module.ports[*port].name),
            Op::Slice { of, .. } => self.source_name(Place { inst: at.inst, node: *of }),
            _ => self.flat.path(at.inst).to_string(),
        }
    }

    /// The name of the register or port that drives `port` of an instance, or the instance where it is
    /// logic.
    pub fn port_name(&self, inst: u32, port: PortId) -> String {
        let name = |inst, name: &str| format!("{}.{name}", self.flat.path(inst));
        match self.flat.port(inst, port) {
            Origin::Alias(at) => match self.flat.direct(at) {
                Some(key) => name(key.inst, &self.flat.reg(key).name),
                None => self.source_name(at),
            },
            _ => name(inst, &self.flat.module(inst).ports[port].name),
        }
    }

    /// The registers whose values are read by anything but the next value of a synchroniser flop.
    pub fn read_by_others(&self) -> HashSet<RegKey> {
        let flat = self.flat;
        let mut read = HashSet::new();
        for inst in flat.instances() {
            let module = flat.module(inst);
            let mut places = Vec::new();
            let mut mark = |node: NodeId| places.push(Place { inst, node });
            for (id, node) in module.nodes.iter() {
                match node.op {
                    Op::Slice { .. } | Op::Cast(_) => {}
                    Op::Mux { sel, .. } if flat.reset_mux(Place { inst, node: id }).is_some() => {
                        mark(sel);
                    }
                    _ => node.op.operands(&mut mark),
                }
            }
            for reg in module.regs.values() {
                reg.enable.into_iter().for_each(&mut mark);
                reg.next.into_iter().filter(|_| !reg.sync).for_each(&mut mark);
            }
            for port in module.mems.values().flat_map(|m| &m.ports) {
                port.operands().into_iter().for_each(&mut mark);
            }
            let boxes = module
                .insts
                .iter()
                .filter(|(id, _)| flat.module(flat.child(inst, *id)).black_box.is_some());
            boxes.flat_map(|(_, at)| &at.inputs).for_each(|&(_, node)| mark(node));
            if inst == 0 {
                let outputs = module.ports.values().filter(|p| p.dir == Dir::Output);
                outputs.filter_map(|p| p.driver).for_each(mark);
            }
            for reset in module.regs.values().filter_map(|r| r.reset.as_ref()) {
                if let Origin::Alias(at) = flat.port(inst, reset.port) {
                    places.push(at);
                }
            }
            // Who reads a value under a reset reads the value.
            let inner = |at| flat.reset_mux(flat.behind(at)).map_or(at, |(_, inner)| inner);
            read.extend(places.into_iter().filter_map(|at| flat.direct(inner(at))));
        }
        read
    }
}

//! Combinational loops (E0012), also through instances.
//!
//! Signals are judged whole: a vector that feeds other bits of itself counts as a loop, as it does for
//! Verilog simulators.

use super::{each_module, Paths, Report};
use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::entity::Entity;
use crate::module::{Design, Dir, Module, ModuleId, NodeId, Op, Port, PortId, PortKind};
use std::collections::VecDeque;

/// For each port of a module that is an output: the inputs it depends on in the same cycle.
type Dependence = Vec<Vec<PortId>>;

/// Reports one loop, the shortest found, for each group of nodes that depend on each other.
pub(super) fn run(design: &Design, paths: &Paths) -> Vec<Diagnostic> {
    let mut known: Vec<Dependence> = Vec::with_capacity(design.modules.len());
    each_module(&design.modules, paths, |_, module, report| {
        let graph = Graph::new(module, &known);
        for group in graph.groups() {
            report_loop(design, module, &graph, &group, report);
        }
        known.push(graph.dependence(module));
    })
}

/// The dependences among the nodes of a module, as adjacency lists.
struct Graph {
    /// The edges of node `i` are `edges[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl Graph {
    fn new(module: &Module, known: &[Dependence]) -> Self {
        let inputs = inputs_by_port(module);
        let mut graph = Graph { starts: vec![0], edges: Vec::new() };
        for node in module.nodes.values() {
            graph.add_edges(module, &node.op, known, &inputs);
            graph.starts.push(graph.edges.len() as u32);
        }
        graph
    }

    fn add_edges(
        &mut self,
        module: &Module,
        op: &Op,
        known: &[Dependence],
        inputs: &[Vec<Option<NodeId>>],
    ) {
        let edges = &mut self.edges;
        op.operands(|operand| edges.push(operand.index() as u32));
        match *op {
            Op::Wire(wire) => {
                edges.extend(module.wires[wire].driver.map(|d| d.index() as u32));
            }
            Op::Port(port) => {
                edges.extend(module.ports[port].driver.map(|d| d.index() as u32));
            }
            Op::InstOut { inst, port } => {
                let child = module.insts[inst].module;
                for input in &known[child.index()][port.index()] {
                    let driver = inputs[inst.index()].get(input.index()).copied().flatten();
                    edges.extend(driver.map(|d| d.index() as u32));
                }
            }
            _ => {}
        }
    }

    fn edges(&self, node: u32) -> &[u32] {
        &self.edges[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The strongly connected groups of more than one node, or of one node with an edge to itself
    /// (Tarjan's algorithm, with its recursion as a list).
    fn groups(&self) -> Vec<Vec<u32>> {
        let mut search = Search::new(self.len());
        for root in 0..self.len() as u32 {
            if search.order[root as usize] == 0 {
                search.visit(self, root);
            }
        }
        search.groups
    }

    /// The inputs that each output of `module` depends on.
    fn dependence(&self, module: &Module) -> Dependence {
        if let Some(black_box) = &module.black_box {
            let is_data = |p: &Port| p.dir == Dir::Input && p.kind == PortKind::Data;
            let inputs = module.ports.iter().filter(|(_, p)| is_data(p)).map(|(id, _)| id);
            let inputs: Vec<PortId> = inputs.filter(|_| black_box.combinational).collect();
            let of = |p: &Port| if p.dir == Dir::Output { inputs.clone() } else { Vec::new() };
            return module.ports.values().map(of).collect();
        }
        let mut stamp = vec![0u32; self.len()];
        let mut result = Vec::with_capacity(module.ports.len());
        for (id, port) in module.ports.iter() {
            let mut inputs = Vec::new();
            let mut todo: Vec<u32> = port
                .driver
                .iter()
                .filter(|_| port.dir == Dir::Output)
                .map(|d| d.index() as u32)
                .collect();
            while let Some(node) = todo.pop() {
                let mark = id.index() as u32 + 1;
                if std::mem::replace(&mut stamp[node as usize], mark) == mark {
                    continue;
                }
                todo.extend(self.edges(node));
                if let Op::Port(input) = module.nodes[NodeId::new(node as usize)].op {
                    inputs.push(input);
                }
            }
            inputs.retain(|&input| module.ports[input].dir == Dir::Input);
            inputs.sort();
            inputs.dedup();
            result.push(inputs);
        }
        result
    }

    /// A shortest cycle within `group` through its first node.
    fn cycle(&self, group: &[u32]) -> Vec<u32> {
        let start = group[0];
        let mut came_from = std::collections::HashMap::new();
        let mut todo = VecDeque::from([start]);
        while let Some(node) = todo.pop_front() {
            for &next in self.edges(node) {
                if next == start {
                    let mut cycle = vec![node];
                    while let Some(&before) = came_from.get(cycle.last().expect("not empty")) {
                        cycle.push(before);
                    }
                    // Edges lead from a value to what it is computed from, and so does this list.
                    cycle.reverse();
                    return cycle;
                }
                if group.binary_search(&next).is_ok() && !came_from.contains_key(&next) {
                    came_from.insert(next, node);
                    todo.push_back(next);
                }
            }
        }
        vec![start]
    }
}

/// For each instance, the driver of each port of its module.
fn inputs_by_port(module: &Module) -> Vec<Vec<Option<NodeId>>> {
    let of = |inst: &crate::module::Inst| {
        let size = inst.inputs.iter().map(|(port, _)| port.index() + 1).max().unwrap_or(0);
        let mut drivers = vec![None; size];
        for (port, node) in &inst.inputs {
            drivers[port.index()] = Some(*node);
        }
        drivers
    };
    module.insts.values().map(of).collect()
}

/// The state of Tarjan's algorithm.
struct Search {
    /// Order of discovery, from 1; 0: not yet seen.
    order: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<u32>,
    count: u32,
    groups: Vec<Vec<u32>>,
}

impl Search {
    fn new(len: usize) -> Self {
        Search {
            order: vec![0; len],
            low: vec![0; len],
            on_stack: vec![false; len],
            stack: Vec::new(),
            count: 0,
            groups: Vec::new(),
        }
    }

    fn visit(&mut self, graph: &Graph, root: u32) {
        let mut calls = vec![(root, 0)];
        self.discover(root);
        while let Some((node, edge)) = calls.last_mut() {
            let node = *node;
            let Some(&next) = graph.edges(node).get(*edge) else {
                calls.pop();
                if let Some((parent, _)) = calls.last() {
                    let low = self.low[node as usize];
                    self.low[*parent as usize] = self.low[*parent as usize].min(low);
                }
                self.close(graph, node);
                continue;
            };
            *edge += 1;
            if self.order[next as usize] == 0 {
                self.discover(next);
                calls.push((next, 0));
            } else if self.on_stack[next as usize] {
                self.low[node as usize] = self.low[node as usize].min(self.order[next as usize]);
            }
        }
    }

    fn discover(&mut self, node: u32) {
        self.count += 1;
        self.order[node as usize] = self.count;
        self.low[node as usize] = self.count;
        self.stack.push(node);
        self.on_stack[node as usize] = true;
    }

    /// All edges of `node` are done; when it is the first of its group, takes the group off the stack.
    fn close(&mut self, graph: &Graph, node: u32) {
        if self.low[node as usize] != self.order[node as usize] {
            return;
        }
        let start = self.stack.iter().rposition(|&n| n == node).expect("the node is on the stack");
        let mut group = self.stack.split_off(start);
        for &member in &group {
            self.on_stack[member as usize] = false;
        }
        if group.len() > 1 || graph.edges(node).contains(&node) {
            group.sort_unstable();
            self.groups.push(group);
        }
    }
}

fn report_loop(
    design: &Design,
    module: &Module,
    graph: &Graph,
    group: &[u32],
    report: &mut Report<'_>,
) {
    let mut steps: Vec<(String, Loc)> = Vec::new();
    for node in graph.cycle(group) {
        let node = NodeId::new(node as usize);
        if let Some(name) = called(design, module, node) {
            steps.push((name, driver_place(module, node)));
        }
    }
    // Signals read from each other: turn the list round to follow the data.
    steps.reverse();
    let names: Vec<&str> = steps.iter().map(|(name, _)| name.as_str()).collect();
    let first = names.first().copied().unwrap_or("a value");
    let message = format!(
        "combinational loop: {} -> {first}; put a register into it (`pipe`)",
        names.join(" -> ")
    );
    let at = steps.first().map_or(Loc::NOWHERE, |(_, at)| *at);
    let note = |(name, at): &(String, Loc)| (format!("{name} is computed here"), Some(*at));
    report.add_with(Code::Loop, at, message, steps.iter().skip(1).take(8).map(note).collect());
}

/// The name of a node on a loop; `None` for intermediate values.
fn called(design: &Design, module: &Module, node: NodeId) -> Option<String> {
    let node = &module.nodes[node];
    if let Some(name) = &node.name {
        return Some(format!("`{name}`"));
    }
    match node.op {
        Op::Wire(wire) => Some(format!("`{}`", module.wires[wire].name)),
        Op::Port(port) => Some(format!("`{}`", module.ports[port].name)),
        Op::InstOut { inst, port } => {
            let inst = &module.insts[inst];
            let child: &Module = &design.modules[inst.module as ModuleId];
            Some(format!("`{}.{}`", inst.name, child.ports[port].name))
        }
        _ => None,
    }
}

/// Where the value of a named thing comes from: its driver when it has one of its own.
fn driver_place(module: &Module, node: NodeId) -> Loc {
    let driver = match module.nodes[node].op {
        Op::Wire(wire) => module.wires[wire].driver,
        Op::Port(port) => module.ports[port].driver,
        _ => None,
    };
    module.nodes[driver.unwrap_or(node)].at
}

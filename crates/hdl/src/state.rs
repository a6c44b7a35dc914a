//! What a scope records while a component's `build` runs.

use crate::domain::DomainState;
use seedbed_ir::{Entity, InstId, Loc, MemId, Module, Node, NodeId, Op, PortId, RegId, Ty, WireId};
use std::collections::HashMap;

/// "None" for the dense `u32` indices below.
pub(crate) const NONE: u32 = u32::MAX;

/// The clock and reset ports are reserved first, and dropped at the end when nothing uses them.
pub(crate) const CLOCK: usize = 0;
/// See [`CLOCK`].
pub(crate) const RESET: usize = 1;

/// What an assignment drives.
#[derive(Clone, Copy)]
pub(crate) enum Sink {
    Output(PortId),
    Reg(RegId),
    Wire(WireId),
    /// An input of an instance; the wire exists once the parent reads the value back.
    InstInput {
        inst: InstId,
        port: PortId,
        wire: Option<WireId>,
    },
    /// An input of an instance that could not be built.
    Nothing,
}

/// Something that `set` can drive.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) sink: Sink,
    pub(crate) ty: Ty,
    /// The newest assignment, or [`NONE`].
    pub(crate) last: u32,
    /// The frame in which it was declared: conditions outside of it do not matter to it.
    pub(crate) frame: u32,
    pub(crate) at: Loc,
}

/// One `set`.
pub(crate) struct Assign {
    pub(crate) value: NodeId,
    pub(crate) frame: u32,
    /// The assignment before this one to the same target, or [`NONE`].
    pub(crate) previous: u32,
    pub(crate) at: Loc,
}

/// One branch of a `when`. Frame 0 is the unconditional body.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) parent: u32,
    /// Nesting depth; the body has 0.
    pub(crate) depth: u32,
    /// As `depth`, where the cases of a `switch` lie side by side.
    pub(crate) nesting: u32,
    /// Both branches of one `when_else` share it.
    pub(crate) group: u32,
    pub(crate) cond: NodeId,
    /// Whether this branch runs when `cond` is 1.
    pub(crate) on_true: bool,
    /// The conjunction of all conditions up to here, made when first needed.
    pub(crate) full: Option<NodeId>,
    pub(crate) at: Loc,
}

/// The module under construction.
pub(crate) struct State {
    pub(crate) module: Module,
    pub(crate) targets: Vec<Target>,
    pub(crate) assigns: Vec<Assign>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) current: u32,
    pub(crate) groups: u32,
    pub(crate) names: HashMap<String, Loc>,
    /// What [`Scope::comment`](crate::Scope::comment) said since the last declaration.
    pub(crate) comment: String,
    /// Where this was said to be a black box.
    pub(crate) black_box: Option<Loc>,
    /// Where the parameters of a black box were given.
    pub(crate) parameters: HashMap<String, Loc>,
    /// Where the ports of memories were used, in their order.
    pub(crate) mem_ports: HashMap<MemId, Vec<Loc>>,
    /// Where the clocks of instances were connected.
    pub(crate) connected: HashMap<(InstId, PortId), Loc>,
    /// Clock domains; the first is that of `clk`.
    pub(crate) domains: Vec<DomainState>,
    /// The domain of what is declared now.
    pub(crate) domain: u32,
    pub(crate) uses_clock: bool,
    pub(crate) uses_reset: bool,
    /// Nodes that `shared` made.
    pub(crate) cache: HashMap<Op, NodeId>,
}

impl State {
    pub(crate) fn new(module: Module) -> Self {
        let at = Loc::NOWHERE;
        let body = Frame {
            parent: 0,
            depth: 0,
            nesting: 0,
            group: 0,
            cond: NodeId::new(0),
            on_true: true,
            full: None,
            at,
        };
        State {
            module,
            targets: Vec::new(),
            assigns: Vec::new(),
            frames: vec![body],
            current: 0,
            groups: 0,
            names: HashMap::new(),
            comment: String::new(),
            black_box: None,
            parameters: HashMap::new(),
            mem_ports: HashMap::new(),
            connected: HashMap::new(),
            domains: Vec::new(),
            domain: 0,
            uses_clock: false,
            uses_reset: false,
            cache: HashMap::new(),
        }
    }

    /// Appends an anonymous node.
    pub(crate) fn node(&mut self, op: Op, ty: Ty, at: Loc) -> NodeId {
        self.module.nodes.push(Node { op, ty, name: None, at })
    }

    /// Places all nodes from number `first` on at `at`; what stands in for a mistake stays nowhere.
    pub(crate) fn move_nodes(&mut self, first: usize, at: Loc) {
        let nodes = &mut self.module.nodes;
        for id in nodes.keys().skip(first) {
            if nodes[id].at != Loc::NOWHERE {
                nodes[id].at = at;
            }
        }
    }

    /// Appends a 1-bit node, or returns an equal one made here before.
    pub(crate) fn shared(&mut self, op: Op, at: Loc) -> NodeId {
        if let Some(&id) = self.cache.get(&op) {
            return id;
        }
        let id = self.node(op.clone(), Ty::uint(1), at);
        self.cache.insert(op, id);
        id
    }

    /// Registers something that can be driven.
    pub(crate) fn target(&mut self, sink: Sink, ty: Ty, at: Loc) -> u32 {
        self.targets.push(Target { sink, ty, last: NONE, frame: self.current, at });
        (self.targets.len() - 1) as u32
    }

    /// Adds a clock domain; its number.
    pub(crate) fn add_domain(&mut self, domain: DomainState) -> u32 {
        self.domains.push(domain);
        (self.domains.len() - 1) as u32
    }

    /// Notes that something uses the clock of domain `index`.
    pub(crate) fn use_clock(&mut self, index: u32) {
        self.uses_clock |= self.domains[index as usize].clock_port == Some(PortId::new(CLOCK));
    }

    /// Notes that something uses the reset of domain `index`.
    pub(crate) fn use_reset(&mut self, index: u32) {
        let port = self.domains[index as usize].reset.and_then(|r| r.port);
        self.uses_reset |= port == Some(PortId::new(RESET));
    }
}

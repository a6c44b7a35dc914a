//! The bugs: each rewrites a module, wherever it applies, as an emitter, a pass or a simulator might get
//! it wrong.

use super::Side::{self, Emitter, Inside};
use seedbed_ir::{
    Arena, Binary, Bits, Collision, Entity, MemPort, Module, Node, NodeId, Op, PortId, PortKind,
    ResetKind, Ty,
};

pub type Bug = fn(&mut Module);

pub const BUGS: &[(Side, &str, Bug)] = &[
    (Emitter, "dropped sign extension", |m| rewrite(m, unsigned_extension)),
    (Emitter, "shift amount one bit short", |m| rewrite(m, short_amount)),
    (Emitter, "arithmetic shift as logical", |m| rewrite(m, logical_shift)),
    (Emitter, "comparison without signs", |m| rewrite(m, unsigned_comparison)),
    (Emitter, "concatenation in the other order", |m| {
        each(m, |op, _| {
            if let Op::Concat(parts) = op {
                parts.reverse();
            }
        });
    }),
    (Emitter, "slice off by one", |m| {
        each(m, |op, _| match op {
            Op::Slice { lo, .. } if *lo > 0 => *lo -= 1,
            _ => {}
        });
    }),
    (Emitter, "multiplexer swapped", |m| {
        each(m, |op, _| {
            if let Op::Mux { on_true, on_false, .. } = op {
                std::mem::swap(on_true, on_false);
            }
        });
    }),
    (Emitter, "sum for difference", |m| {
        each(m, |op, _| {
            if let Op::Binary(op @ Binary::Sub, ..) = op {
                *op = Binary::Add;
            }
        });
    }),
    (Emitter, "reset value", |m| {
        for reset in m.regs.values_mut().filter_map(|r| r.reset.as_mut()) {
            let flipped: Vec<u64> = reset.value.limbs().iter().map(|limb| limb ^ 1).collect();
            reset.value = Bits::from_limbs(reset.value.width(), &flipped);
        }
    }),
    (Emitter, "asynchronous reset as synchronous", |m| {
        resets(m, |kind| match kind {
            ResetKind::AsyncLow => ResetKind::SyncLow,
            ResetKind::AsyncHigh => ResetKind::SyncHigh,
            kind => kind,
        });
    }),
    (Emitter, "reset of the other polarity", |m| {
        resets(m, |kind| match kind {
            ResetKind::AsyncHigh => ResetKind::AsyncLow,
            ResetKind::SyncHigh => ResetKind::SyncLow,
            kind => kind,
        });
    }),
    (Emitter, "enable ignored", |m| m.regs.values_mut().for_each(|reg| reg.enable = None)),
    (Emitter, "mask ignored", |m| {
        for port in m.mems.values_mut().flat_map(|mem| &mut mem.ports) {
            if let MemPort::Write { mask, .. } | MemPort::ReadWrite { mask, .. } = port {
                *mask = None;
            }
        }
    }),
    (Emitter, "new word for the old one where ports meet", |m| {
        collisions(m, Collision::Old, Collision::New);
    }),
    (Emitter, "old word for the new one where ports meet", |m| {
        collisions(m, Collision::New, Collision::Old);
    }),
    (Emitter, "the earlier of two writes wins", |m| {
        for mem in m.mems.values_mut().filter(|mem| mem.collision != Collision::Undefined) {
            let writes = |port: &MemPort| matches!(port, MemPort::Write { .. });
            if mem.ports.len() > 1 && writes(&mem.ports[0]) && writes(&mem.ports[1]) {
                mem.ports.swap(0, 1);
            }
        }
    }),
    (Emitter, "contents dropped", |m| {
        for mem in m.mems.values_mut().filter(|mem| mem.ports.iter().any(MemPort::writes)) {
            mem.contents = None;
        }
    }),
    (Emitter, "last word of a ROM dropped", |m| {
        for contents in m.mems.values_mut().filter_map(|mem| mem.contents.as_mut()) {
            contents.pop();
        }
    }),
    (Emitter, "two clocks swapped", |m| {
        if let Some((a, b)) = two_clocks(m) {
            m.regs.values_mut().for_each(|reg| reg.clock = if reg.clock == a { b } else { a });
        }
    }),
    (Emitter, "clocks of a memory swapped", |m| {
        let clocks = two_clocks(m);
        for port in m.mems.values_mut().flat_map(|mem| &mut mem.ports) {
            if let Some((a, b)) = clocks {
                let clock = port.clock_mut();
                *clock = if *clock == a { b } else { a };
            }
        }
    }),
    (Emitter, "two instances of one module mixed up", |m| {
        let insts: Vec<_> = m.insts.iter().map(|(id, inst)| (id, inst.module)).collect();
        if let [(first, a), (second, b)] = insts[..] {
            each(m, |op, _| match op {
                Op::InstOut { inst, .. } if a == b && *inst == second => *inst = first,
                _ => {}
            });
        }
    }),
    (Inside, "a state goes to another one", |m| {
        for reg in m.regs.values_mut().filter(|reg| reg.labels.is_some()) {
            reg.next = reg.next.map(|next| match m.nodes[next].op {
                Op::Mux { on_false, .. } => on_false,
                _ => next,
            });
        }
    }),
    // What a pass that folds may get wrong: which operand stays beside a neutral one.
    (Inside, "x | ones is x", |m| neutral(m, Binary::Or, ones, |b, _| b)),
    (Inside, "ones & x is ones", |m| neutral(m, Binary::And, ones, |_, c| c)),
    (Inside, "x ^ ones is x", |m| neutral(m, Binary::Xor, ones, |b, _| b)),
    (Inside, "x * 0 is x", |m| neutral(m, Binary::Mul, zero, |b, _| b)),
    (Inside, "0 - x is x", |m| {
        folded(m, |nodes, op| match op {
            Op::Binary(Binary::Sub, a, b) if is(nodes, *a, zero) => Some(*b),
            _ => None,
        });
    }),
    (Inside, "0 << x is x", |m| {
        folded(m, |nodes, op| match op {
            Op::Binary(Binary::Shl | Binary::Shr, a, b) if is(nodes, *a, zero) => Some(*b),
            _ => None,
        });
    }),
    (Inside, "x < x", |m| equal(m, Binary::Lt)),
    (Inside, "x - x is x", |m| equal(m, Binary::Sub)),
    (Inside, "x ^ x is x", |m| equal(m, Binary::Xor)),
];

/// Changes the operator of every node; `f` also gets its type.
fn each(module: &mut Module, f: impl Fn(&mut Op, Ty)) {
    module.nodes.values_mut().for_each(|node| f(&mut node.op, node.ty));
}

fn resets(module: &mut Module, f: impl Fn(ResetKind) -> ResetKind) {
    for reset in module.regs.values_mut().filter_map(|r| r.reset.as_mut()) {
        reset.kind = f(reset.kind);
    }
}

fn collisions(module: &mut Module, from: Collision, to: Collision) {
    for mem in module.mems.values_mut().filter(|mem| mem.collision == from) {
        mem.collision = to;
    }
}

fn two_clocks(module: &Module) -> Option<(PortId, PortId)> {
    let clocks = module.ports.iter().filter(|(_, port)| port.kind == PortKind::Clock);
    let clocks: Vec<PortId> = clocks.map(|(id, _)| id).collect();
    (clocks.len() == 2).then(|| (clocks[0], clocks[1]))
}

type Nodes = Arena<NodeId, Node>;

fn zero(width: u32) -> Bits {
    Bits::zero(width)
}

fn ones(width: u32) -> Bits {
    Bits::ones(width)
}

/// Whether `node` is the constant that `value` gives.
fn is(nodes: &Nodes, node: NodeId, value: fn(u32) -> Bits) -> bool {
    matches!(&nodes[node].op, Op::Const(bits) if *bits == value(bits.width()))
}

/// Operators that `f` takes for one of their operands become that operand, at the type of the result.
fn folded(module: &mut Module, f: impl Fn(&Nodes, &Op) -> Option<NodeId>) {
    rewrite(module, |nodes, node| match f(nodes, &node.op) {
        Some(kept) => {
            let zero = push(nodes, node, Op::Const(Bits::zero(node.ty.width)), node.ty);
            Op::Binary(Binary::Add, kept, zero)
        }
        None => node.op.clone(),
    });
}

/// `op` of any value and the constant of `value` becomes what `keep` chooses of the two.
fn neutral(
    module: &mut Module,
    op: Binary,
    value: fn(u32) -> Bits,
    keep: fn(NodeId, NodeId) -> NodeId,
) {
    folded(module, |nodes, found| match *found {
        Op::Binary(o, a, b) if o == op && is(nodes, b, value) => Some(keep(a, b)),
        Op::Binary(o, a, b) if o == op && is(nodes, a, value) => Some(keep(b, a)),
        _ => None,
    });
}

/// `op` of a value and itself becomes that value.
fn equal(module: &mut Module, op: Binary) {
    folded(module, |_, found| match *found {
        Op::Binary(o, a, b) if o == op && a == b => Some(a),
        _ => None,
    });
}

/// Builds the module anew: `f` may push nodes and gives the operator that stands for a node.
fn rewrite(module: &mut Module, f: impl Fn(&mut Nodes, &Node) -> Op) {
    let mut nodes = Nodes::default();
    let mut renamed = Vec::new();
    for (_, mut node) in std::mem::take(&mut module.nodes) {
        node.op.operands_mut(|operand| *operand = renamed[operand.index()]);
        node.op = f(&mut nodes, &node);
        renamed.push(nodes.push(node));
    }
    module.nodes = nodes;
    module.each_root_mut(|node| *node = renamed[node.index()]);
}

fn push(nodes: &mut Nodes, like: &Node, op: Op, ty: Ty) -> NodeId {
    nodes.push(Node { op, ty, name: None, at: like.at })
}

fn unsigned_extension(nodes: &mut Nodes, node: &Node) -> Op {
    match node.op {
        Op::Extend(a) if node.ty.signed => {
            let narrow = Ty::uint(nodes[a].ty.width);
            let plain = push(nodes, node, Op::Cast(a), narrow);
            let wide = push(nodes, node, Op::Extend(plain), Ty::uint(node.ty.width));
            Op::Cast(wide)
        }
        _ => node.op.clone(),
    }
}

fn short_amount(nodes: &mut Nodes, node: &Node) -> Op {
    match node.op {
        Op::Binary(op @ (Binary::Shl | Binary::Shr), a, by) if nodes[by].ty.width > 1 => {
            let ty = nodes[by].ty;
            let short = Ty::uint(ty.width - 1);
            let cut = push(nodes, node, Op::Slice { of: by, lo: 0 }, short);
            Op::Binary(op, a, push(nodes, node, Op::Extend(cut), ty))
        }
        _ => node.op.clone(),
    }
}

fn logical_shift(nodes: &mut Nodes, node: &Node) -> Op {
    match node.op {
        Op::Binary(Binary::Shr, a, by) if node.ty.signed => {
            let plain = Ty::uint(node.ty.width);
            let a = push(nodes, node, Op::Cast(a), plain);
            Op::Cast(push(nodes, node, Op::Binary(Binary::Shr, a, by), plain))
        }
        _ => node.op.clone(),
    }
}

fn unsigned_comparison(nodes: &mut Nodes, node: &Node) -> Op {
    match node.op {
        Op::Binary(Binary::Lt, a, b) if nodes[a].ty.signed => {
            let plain = Ty::uint(nodes[a].ty.width);
            let [a, b] = [a, b].map(|operand| push(nodes, node, Op::Cast(operand), plain));
            Op::Binary(Binary::Lt, a, b)
        }
        _ => node.op.clone(),
    }
}

//! Bugs planted into what the emitter is given: each must be found within 1,000 cases.

use crate::case::Case;
use crate::common::tools;
use crate::engines::ICARUS;
use seedbed_ir::{
    Arena, Binary, Bits, Design, Entity, MemPort, Module, Node, NodeId, Op, ResetKind, Ty,
};

/// A bug: rewrites a module, wherever it applies.
type Bug = fn(&mut Module);

const BUGS: [(&str, Bug); 13] = [
    ("dropped sign extension", |m| rewrite(m, unsigned_extension)),
    ("shift amount one bit short", |m| rewrite(m, short_amount)),
    ("arithmetic shift as logical", |m| rewrite(m, logical_shift)),
    ("comparison without signs", |m| rewrite(m, unsigned_comparison)),
    ("concatenation in the other order", |m| {
        each(m, |op, _| {
            if let Op::Concat(parts) = op {
                parts.reverse();
            }
        });
    }),
    ("slice off by one", |m| {
        each(m, |op, _| match op {
            Op::Slice { lo, .. } if *lo > 0 => *lo -= 1,
            _ => {}
        });
    }),
    ("multiplexer swapped", |m| {
        each(m, |op, _| {
            if let Op::Mux { on_true, on_false, .. } = op {
                std::mem::swap(on_true, on_false);
            }
        });
    }),
    ("sum for difference", |m| {
        each(m, |op, _| {
            if let Op::Binary(op @ Binary::Sub, ..) = op {
                *op = Binary::Add;
            }
        });
    }),
    ("reset value", |m| {
        for reset in m.regs.values_mut().filter_map(|r| r.reset.as_mut()) {
            let flipped: Vec<u64> = reset.value.limbs().iter().map(|limb| limb ^ 1).collect();
            reset.value = Bits::from_limbs(reset.value.width(), &flipped);
        }
    }),
    ("asynchronous reset as synchronous", |m| {
        for reset in m.regs.values_mut().filter_map(|r| r.reset.as_mut()) {
            reset.kind = ResetKind::SyncLow;
        }
    }),
    ("enable ignored", |m| m.regs.values_mut().for_each(|reg| reg.enable = None)),
    ("mask ignored", |m| {
        for port in m.mems.values_mut().flat_map(|mem| &mut mem.ports) {
            if let MemPort::Write { mask, .. } | MemPort::ReadWrite { mask, .. } = port {
                *mask = None;
            }
        }
    }),
    // What the port writes is read at once: a read that meets a write gives the new word.
    ("memory collision", |m| collide(m)),
];

/// Changes the operator of every node; `f` also gets its type.
fn each(module: &mut Module, f: impl Fn(&mut Op, Ty)) {
    module.nodes.values_mut().for_each(|node| f(&mut node.op, node.ty));
}

/// Builds the module anew: `f` may push nodes and gives the operator that stands for a node.
fn rewrite(module: &mut Module, f: fn(&mut Arena<NodeId, Node>, &Node) -> Op) {
    let mut nodes = Arena::<NodeId, Node>::default();
    let mut renamed = Vec::new();
    for (_, mut node) in std::mem::take(&mut module.nodes) {
        node.op.operands_mut(|operand| *operand = renamed[operand.index()]);
        node.op = f(&mut nodes, &node);
        renamed.push(nodes.push(node));
    }
    module.nodes = nodes;
    module.each_root_mut(|node| *node = renamed[node.index()]);
}

fn push(nodes: &mut Arena<NodeId, Node>, like: &Node, op: Op, ty: Ty) -> NodeId {
    nodes.push(Node { op, ty, name: None, at: like.at })
}

fn unsigned_extension(nodes: &mut Arena<NodeId, Node>, node: &Node) -> Op {
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

fn short_amount(nodes: &mut Arena<NodeId, Node>, node: &Node) -> Op {
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

fn logical_shift(nodes: &mut Arena<NodeId, Node>, node: &Node) -> Op {
    match node.op {
        Op::Binary(Binary::Shr, a, by) if node.ty.signed => {
            let plain = Ty::uint(node.ty.width);
            let a = push(nodes, node, Op::Cast(a), plain);
            Op::Cast(push(nodes, node, Op::Binary(Binary::Shr, a, by), plain))
        }
        _ => node.op.clone(),
    }
}

fn unsigned_comparison(nodes: &mut Arena<NodeId, Node>, node: &Node) -> Op {
    match node.op {
        Op::Binary(Binary::Lt, a, b) if nodes[a].ty.signed => {
            let plain = Ty::uint(nodes[a].ty.width);
            let [a, b] = [a, b].map(|operand| push(nodes, node, Op::Cast(operand), plain));
            Op::Binary(Binary::Lt, a, b)
        }
        _ => node.op.clone(),
    }
}

/// The pass that lowers memories, told that reads see the new word.
fn collide(module: &mut Module) {
    for mem in module.mems.values_mut() {
        mem.collision = seedbed_ir::Collision::New;
    }
    let mut design = Design::default();
    let name = module.name.clone();
    let id = design.modules.push(std::mem::take(module));
    seedbed_ir::passes::Pass::run(&seedbed_ir::passes::LowerMem::default(), &mut design);
    *module = std::mem::take(&mut design.modules[id]);
    assert_eq!(module.name, name);
}

fn planted(design: &Design, bug: Bug) -> Design {
    let mut design = design.clone();
    design.modules.values_mut().for_each(bug);
    design
}

#[test]
fn each_planted_bug_is_found() {
    if !tools::available("iverilog") {
        return;
    }
    for (what, bug) in BUGS {
        let chunks = (0..25).map(|chunk| 1 + 40 * chunk..=40 * (chunk + 1));
        let found = chunks.into_iter().find_map(|seeds| {
            let cases: Vec<Case> = seeds.map(Case::random).collect();
            ICARUS.differences(&cases, |design| planted(design, bug)).first().map(|(c, _)| c.seed)
        });
        println!("{what}: found by seed {found:?}");
        assert!(found.is_some(), "{what} is not found by 1,000 cases");
    }
}

/// A failing case becomes small: what is left of it is about the bug.
#[test]
fn a_failing_case_is_made_small() {
    if !tools::available("iverilog") {
        return;
    }
    let (_, bug) = BUGS[0];
    let fails = |case: &Case| {
        let cases = std::slice::from_ref(case);
        !ICARUS.differences(cases, |design| planted(design, bug)).is_empty()
    };
    let case = (1..1000).map(Case::random).find(|case| fails(case)).expect("a case that fails");
    let small = crate::shrink::shrink(&case, fails);
    let size = |case: &Case| case.design.modules.values().map(|m| m.nodes.len()).sum::<usize>();
    println!("{} nodes become {}", size(&case), size(&small));
    let text = seedbed_ir::text::print(&small.design);
    assert!(fails(&small) && 4 * size(&small) <= size(&case), "{text}");
    let extends = |n: &Node| matches!(n.op, Op::Extend(_)) && n.ty.signed;
    assert!(small.design.modules.values().any(|m| m.nodes.values().any(extends)));
}

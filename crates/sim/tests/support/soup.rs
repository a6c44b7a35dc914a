//! Random control logic: nodes of mixed operators and widths between registers.

use super::support::{Net, Random};
use seedbed_ir::*;

/// A design of `count` random operators of up to `width` bits, in regions of `region` nodes that
/// read mostly themselves; a register stands after every eighth node.
pub fn soup(count: usize, width: u32, region: usize) -> Design {
    let mut net = Net::new("soup");
    let mut random = Random(count as u64);
    let (clk, rst_n) = (net.clock(), net.reset());
    let mut pool: Vec<NodeId> =
        (0..8).map(|i| net.input(&format!("i{i}"), Ty::uint(width))).collect();
    let mut regs = Vec::new();
    for i in 0..count / 8 {
        let ty = Ty::uint(1 + random.below(u64::from(width)) as u32);
        let (reg, node) = net.reg(&format!("r{i}"), ty, clk);
        net.reset_to(reg, rst_n, ResetKind::AsyncLow, i as i128 & 1);
        regs.push((reg, node));
    }
    let mut nodes: Vec<NodeId> = Vec::new();
    for i in 0..count {
        if i % region == 0 {
            pool.truncate(8);
            pool.extend(regs.iter().skip(i / 8).take(region / 8).map(|r| r.1));
        }
        let node = operator(&mut net, &mut random, &pool);
        pool.push(node);
        nodes.push(node);
    }
    for (i, &(reg, _)) in regs.iter().enumerate() {
        let ty = net.0.regs[reg].ty;
        let from = nodes[(8 * i + random.below(region as u64) as usize) % count];
        let next = resize(&mut net, from, ty);
        net.next(reg, next);
    }
    let outputs: Vec<NodeId> = nodes.iter().rev().step_by((count / 32).max(1)).copied().collect();
    for (i, node) in outputs.into_iter().enumerate() {
        net.output(&format!("o{i}"), node);
    }
    net.alone()
}

fn operator(net: &mut Net, random: &mut Random, pool: &[NodeId]) -> NodeId {
    let mut pick = || {
        let back = random.below(pool.len() as u64).min(random.below(pool.len() as u64));
        pool[pool.len() - 1 - back as usize]
    };
    let (a, b, c) = (pick(), pick(), pick());
    let ty = net.0.nodes[a].ty;
    let bit = Ty::uint(1);
    let other = resize(net, b, ty);
    match random.below(8) {
        0 | 1 => {
            let sel = net.unary(Unary::ReduceXor, c, bit);
            net.node(Op::Mux { sel, on_true: a, on_false: other }, ty)
        }
        2 => net.binary(Binary::And, a, other, ty),
        3 => net.binary(Binary::Or, a, other, ty),
        4 => net.binary(Binary::Xor, a, other, ty),
        5 => net.binary(Binary::Add, a, b, ty),
        6 => net.binary(Binary::Eq, a, other, bit),
        _ => net.unary(Unary::Not, a, ty),
    }
}

fn resize(net: &mut Net, node: NodeId, ty: Ty) -> NodeId {
    let from = net.0.nodes[node].ty;
    match from.width.cmp(&ty.width) {
        std::cmp::Ordering::Equal => node,
        std::cmp::Ordering::Less => net.node(Op::Extend(node), ty),
        std::cmp::Ordering::Greater => net.node(Op::Slice { of: node, lo: 0 }, ty),
    }
}

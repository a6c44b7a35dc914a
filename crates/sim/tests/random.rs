//! Random netlists and random use of the interface against an evaluator that has no schedule: it
//! computes every value afresh, bit by bit.

#[path = "support/reference.rs"]
mod reference;
#[path = "support/soup.rs"]
mod soup;
mod support;

use reference::{binary, unary, Word};
use seedbed_ir::*;
use seedbed_sim::Simulator;
use support::Random;

/// A model of one flat module.
struct Model<'a> {
    module: &'a Module,
    inputs: Vec<Word>,
    regs: Vec<Word>,
}

impl<'a> Model<'a> {
    fn new(module: &'a Module) -> Self {
        let zero = |ty: Ty| Word::of(&Bits::zero(ty.width), ty);
        let inputs = module.ports.values().map(|p| zero(p.ty)).collect();
        let regs = module.regs.values().map(|r| zero(r.ty)).collect();
        let mut model = Model { module, inputs, regs };
        model.reset();
        model
    }

    /// Applies the reset while its port (the second one) is 0.
    fn reset(&mut self) {
        if self.inputs[1].0[0] {
            return;
        }
        for (q, reg) in self.regs.iter_mut().zip(self.module.regs.values()) {
            if let Some(reset) = &reg.reset {
                *q = Word::of(&reset.value, reg.ty);
            }
        }
    }

    /// All values, in order: operands of a node come before it.
    fn values(&self) -> Vec<Word> {
        let mut values: Vec<Word> = Vec::new();
        for node in self.module.nodes.values() {
            let bits = self.bits(node, &values);
            values.push(Word(bits, node.ty.signed));
        }
        values
    }

    fn bits(&self, node: &Node, values: &[Word]) -> Vec<bool> {
        let of = |n: &NodeId| &values[n.index()];
        let width = node.ty.width as usize;
        match &node.op {
            Op::Port(p) => self.inputs[p.index()].0.clone(),
            Op::Reg(r) => self.regs[r.index()].0.clone(),
            Op::Unary(op, a) => unary(*op, of(a)),
            Op::Binary(op, a, b) => binary(*op, of(a), of(b), width),
            Op::Mux { sel, on_true, on_false } => {
                of(if of(sel).0[0] { on_true } else { on_false }).0.clone()
            }
            Op::Slice { of: a, lo } => of(a).0[*lo as usize..][..width].to_vec(),
            Op::Extend(a) => of(a).to(width),
            other => panic!("{other:?} does not occur here"),
        }
    }

    fn tick(&mut self) {
        let values = self.values();
        let next = |r: &Reg| values[r.next.expect("a next value").index()].clone();
        self.regs = self.module.regs.values().map(next).collect();
        self.reset();
    }
}

fn word(bits: &Bits) -> Vec<bool> {
    Word::of(bits, Ty::uint(bits.width())).0
}

/// One random action on both, or a look at both.
fn act(sim: &mut Simulator, model: &mut Model<'_>, random: &mut Random) {
    let ports: Vec<(PortId, &Port)> = model.module.ports.iter().skip(1).collect();
    match random.below(4) {
        0 => {
            sim.tick();
            model.tick();
        }
        1 => {
            let inputs = ports.iter().filter(|p| p.1.dir == Dir::Input).collect::<Vec<_>>();
            let (id, port) = inputs[random.below(inputs.len() as u64) as usize];
            let rarely_reset = port.kind == PortKind::Reset && random.below(4) > 0;
            let bits = if rarely_reset { Bits::ones(1) } else { random.bits(port.ty.width) };
            sim.set_bits(sim.input(&port.name).unwrap(), &bits);
            model.inputs[id.index()] = Word::of(&bits, port.ty);
            model.reset();
        }
        2 => {
            let i = random.below(model.regs.len() as u64) as usize;
            let reg = &model.module.regs[RegId::new(i)];
            let got = sim.peek(&reg.name).unwrap();
            assert_eq!(word(&got), model.regs[i].0, "{}", reg.name);
        }
        _ => {
            let values = model.values();
            for (_, port) in ports.iter().filter(|p| p.1.dir == Dir::Output) {
                let got = sim.get_bits(sim.output(&port.name).unwrap());
                let driver = port.driver.unwrap().index();
                assert_eq!(word(&got), values[driver].0, "{}", port.name);
            }
        }
    }
}

#[test]
fn random_netlists_behave_like_their_description() {
    for (count, width) in [(64, 1), (400, 30), (400, 64), (200, 200), (1000, 8)] {
        let design = soup::soup(count, width, 40);
        let mut sim = Simulator::new(&design);
        let mut model = Model::new(design.top());
        let mut random = Random(u64::from(width));
        for _ in 0..300 {
            act(&mut sim, &mut model, &mut random);
        }
    }
}

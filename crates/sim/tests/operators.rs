//! Every operator against a bit-serial reference, over random types and values.

#[path = "support/reference.rs"]
mod reference;
mod support;

use reference::{binary, unary, Word};
use seedbed_ir::*;
use seedbed_sim::Simulator;
use support::{Net, Random};

/// A way from operands to a result.
type Make = Box<dyn Fn(&mut Net, &[NodeId]) -> NodeId>;
/// What the result should be.
type Expect = Box<dyn Fn(&[Word]) -> Vec<bool>>;

/// Operators on operands of given types, each in several lanes with operands of their own: one lane
/// alone, or enough of them for vector operations.
struct Bench {
    types: Vec<Ty>,
    cases: Vec<(Make, Expect)>,
}

impl Bench {
    fn new(types: &[Ty]) -> Self {
        Bench { types: types.to_vec(), cases: Vec::new() }
    }

    /// Adds the operator `op` with a result of type `ty`.
    fn case(
        &mut self,
        op: impl Fn(&[NodeId]) -> Op + 'static,
        ty: Ty,
        expect: impl Fn(&[Word]) -> Vec<bool> + 'static,
    ) {
        self.path(move |net, args| net.node(op(args), ty), expect);
    }

    /// Adds several operators with one result.
    fn path(
        &mut self,
        make: impl Fn(&mut Net, &[NodeId]) -> NodeId + 'static,
        expect: impl Fn(&[Word]) -> Vec<bool> + 'static,
    ) {
        self.cases.push((Box::new(make), Box::new(expect)));
    }

    fn run(&self, random: &mut Random, rounds: usize) {
        // In order, the operands of a vector operation are neighbours; in reverse they are not.
        for (lanes, reverse) in [(1, false), (20, false), (20, true)] {
            self.run_lanes(random, lanes, reverse, rounds / lanes + 1);
        }
    }

    fn run_lanes(&self, random: &mut Random, lanes: usize, reverse: bool, rounds: usize) {
        let mut net = Net::new("bench");
        let mut inputs = vec![Vec::new(); lanes];
        for (i, &ty) in self.types.iter().enumerate() {
            for lane in 0..lanes {
                let node = net.input(&format!("i{lane}_{i}"), ty);
                let at = if reverse && i % 2 == 1 { lanes - 1 - lane } else { lane };
                inputs[at].push((format!("i{lane}_{i}"), node));
            }
        }
        for (lane, inputs) in inputs.iter().enumerate() {
            let args: Vec<NodeId> = inputs.iter().map(|i| i.1).collect();
            for (i, (make, _)) in self.cases.iter().enumerate() {
                let node = make(&mut net, &args);
                net.output(&format!("o{lane}_{i}"), node);
            }
        }
        let mut sim = Simulator::new(&net.alone());
        for _ in 0..rounds {
            let words: Vec<Vec<Word>> =
                inputs.iter().map(|lane| self.stimulus(&mut sim, lane, random)).collect();
            self.compare(&sim, &words);
        }
    }

    fn stimulus(
        &self,
        sim: &mut Simulator,
        inputs: &[(String, NodeId)],
        random: &mut Random,
    ) -> Vec<Word> {
        let mut drive = |((name, _), &ty): (&(String, NodeId), &Ty)| {
            let bits = random.bits(ty.width);
            sim.set_bits(sim.input(name).unwrap(), &bits);
            Word::of(&bits, ty)
        };
        inputs.iter().zip(&self.types).map(&mut drive).collect()
    }

    fn compare(&self, sim: &Simulator, words: &[Vec<Word>]) {
        let lanes = words.len();
        for (lane, words) in words.iter().enumerate() {
            for (i, (_, expect)) in self.cases.iter().enumerate() {
                let got = sim.get_bits(sim.output(&format!("o{lane}_{i}")).unwrap());
                let got = Word::of(&got, Ty::uint(got.width())).0;
                let operands: Vec<_> = words.iter().map(|w| &w.0).collect();
                assert_eq!(
                    got,
                    expect(words),
                    "case {i} of {:?} on {operands:?} in {lanes} lanes",
                    self.types
                );
            }
        }
    }
}

fn random_type(random: &mut Random) -> Ty {
    // Limb boundaries are where mistakes are.
    let width = match random.below(4) {
        0 => [1, 2, 63, 64, 65, 127, 128, 129, 192, 200][random.below(10) as usize],
        1 => 1 + random.below(200) as u32,
        _ => 1 + random.below(64) as u32,
    };
    Ty { width, signed: random.below(2) == 1 }
}

const RESULT_OF_ANY_WIDTH: [Binary; 3] = [Binary::Add, Binary::Sub, Binary::Mul];
const BITWISE: [Binary; 3] = [Binary::And, Binary::Or, Binary::Xor];
const COMPARE: [Binary; 2] = [Binary::Eq, Binary::Lt];
const SHIFTS: [Binary; 2] = [Binary::Shl, Binary::Shr];
const UNARY: [Unary; 4] = [Unary::Not, Unary::ReduceOr, Unary::ReduceAnd, Unary::ReduceXor];

#[test]
fn arithmetic_extends_or_cuts_each_operand_to_the_result() {
    let mut random = Random(1);
    for _ in 0..150 {
        let (a, b, r) =
            (random_type(&mut random), random_type(&mut random), random_type(&mut random));
        let mut bench = Bench::new(&[a, b]);
        for op in RESULT_OF_ANY_WIDTH {
            let width = r.width as usize;
            bench.case(
                move |a| Op::Binary(op, a[0], a[1]),
                r,
                move |w| binary(op, &w[0], &w[1], width),
            );
        }
        bench.run(&mut random, 20);
    }
}

#[test]
fn operators_on_operands_of_one_type() {
    let mut random = Random(2);
    for _ in 0..150 {
        let ty = random_type(&mut random);
        let mut bench = Bench::new(&[ty, ty, Ty::uint(1)]);
        let width = ty.width as usize;
        for op in BITWISE {
            bench.case(
                move |a| Op::Binary(op, a[0], a[1]),
                ty,
                move |w| binary(op, &w[0], &w[1], width),
            );
        }
        for op in COMPARE {
            bench.case(
                move |a| Op::Binary(op, a[0], a[1]),
                Ty::uint(1),
                move |w| binary(op, &w[0], &w[1], 1),
            );
        }
        for op in UNARY {
            let result = if op == Unary::Not { ty } else { Ty::uint(1) };
            bench.case(move |a| Op::Unary(op, a[0]), result, move |w| unary(op, &w[0]));
        }
        bench.case(
            |a| Op::Mux { sel: a[2], on_true: a[0], on_false: a[1] },
            ty,
            |w| {
                if w[2].0[0] {
                    w[0].0.clone()
                } else {
                    w[1].0.clone()
                }
            },
        );
        bench.run(&mut random, 20);
    }
}

#[test]
fn shifts_by_any_amount() {
    let mut random = Random(3);
    for _ in 0..200 {
        let ty = random_type(&mut random);
        let narrow_amount = 1 + random.below(9) as u32;
        let amount =
            if random.below(3) == 0 { random_type(&mut random).width } else { narrow_amount };
        let mut bench = Bench::new(&[ty, Ty::uint(amount)]);
        let width = ty.width as usize;
        for op in SHIFTS {
            bench.case(
                move |a| Op::Binary(op, a[0], a[1]),
                ty,
                move |w| binary(op, &w[0], &w[1], width),
            );
        }
        bench.run(&mut random, 20);
    }
}

#[test]
fn slices_casts_and_extensions() {
    let mut random = Random(4);
    for _ in 0..200 {
        let ty = random_type(&mut random);
        let mut bench = Bench::new(&[ty]);
        for _ in 0..3 {
            let lo = random.below(u64::from(ty.width)) as u32;
            let width = 1 + random.below(u64::from(ty.width - lo)) as u32;
            let range = lo as usize..(lo + width) as usize;
            bench.case(
                move |a| Op::Slice { of: a[0], lo },
                Ty::uint(width),
                move |w| w[0].0[range.clone()].to_vec(),
            );
        }
        let wider = ty.width + random.below(100) as u32;
        let extended = Ty { width: wider, signed: ty.signed };
        bench.case(|a| Op::Extend(a[0]), extended, move |w| w[0].to(wider as usize));
        let cast = Ty { width: ty.width, signed: !ty.signed };
        bench.case(|a| Op::Cast(a[0]), cast, |w| w[0].0.clone());
        bench.run(&mut random, 10);
    }
}

#[test]
fn an_operator_reads_its_operand_by_the_type_after_casts_and_extensions() {
    let mut random = Random(5);
    for _ in 0..100 {
        let ty = random_type(&mut random);
        let wider = Ty { width: ty.width + random.below(70) as u32, signed: ty.signed };
        let flipped = Ty { width: wider.width, signed: !wider.signed };
        let sum = Ty::uint(wider.width + random.below(70) as u32);
        let mut bench = Bench::new(&[ty]);
        let expect = move |w: &[Word]| {
            let e = Word(w[0].to(wider.width as usize), wider.signed);
            let c = Word(e.0.clone(), flipped.signed);
            binary(Binary::Add, &e, &c, sum.width as usize)
        };
        let make = move |net: &mut Net, args: &[NodeId]| {
            let extended = net.node(Op::Extend(args[0]), wider);
            let cast = net.node(Op::Cast(extended), flipped);
            net.binary(Binary::Add, extended, cast, sum)
        };
        bench.path(make, expect);
        let lo = random.below(u64::from(wider.width)) as u32;
        let width = wider.width - lo;
        let make = move |net: &mut Net, args: &[NodeId]| {
            let extended = net.node(Op::Extend(args[0]), wider);
            net.node(Op::Slice { of: extended, lo }, Ty::uint(width))
        };
        bench.path(make, move |w| w[0].to(wider.width as usize)[lo as usize..].to_vec());
        let (low, high) = (ty.width / 2, ty.width - ty.width / 2);
        let make = move |net: &mut Net, args: &[NodeId]| {
            let half = net.node(Op::Slice { of: args[0], lo: low }, Ty::uint(high));
            let extended = net.node(Op::Extend(half), Ty::uint(high + 20));
            net.node(Op::Slice { of: extended, lo: high - 1 }, Ty::uint(15))
        };
        bench.path(make, move |w| (0..15).map(|i| i == 0 && *w[0].0.last().unwrap()).collect());
        bench.run(&mut random, 20);
    }
}

#[test]
fn concatenations_and_slices_of_them() {
    let mut random = Random(6);
    for _ in 0..150 {
        let types: Vec<Ty> = (0..1 + random.below(5)).map(|_| random_type(&mut random)).collect();
        let mut bench = Bench::new(&types);
        let total: u32 = types.iter().map(|t| t.width).sum();
        let whole = |w: &[Word]| w.iter().rev().flat_map(|w| w.0.clone()).collect::<Vec<bool>>();
        bench.case(|a| Op::Concat(a.to_vec()), Ty::uint(total), whole);
        for _ in 0..6 {
            let lo = random.below(u64::from(total)) as u32;
            let width = 1 + random.below(u64::from(total - lo)) as u32;
            let inner_lo = random.below(u64::from(width)) as u32;
            let inner_width = 1 + random.below(u64::from(width - inner_lo)) as u32;
            let from = (lo + inner_lo) as usize;
            let make = move |net: &mut Net, args: &[NodeId]| {
                let cat = net.node(Op::Concat(args.to_vec()), Ty::uint(total));
                let outer = net.node(Op::Slice { of: cat, lo }, Ty::uint(width));
                net.node(Op::Slice { of: outer, lo: inner_lo }, Ty::uint(inner_width))
            };
            let range = from..from + inner_width as usize;
            bench.path(make, move |w| whole(w)[range.clone()].to_vec());
        }
        bench.run(&mut random, 10);
    }
}

#[test]
fn constants_fold_to_the_same_values() {
    let mut random = Random(7);
    for _ in 0..100 {
        let (a, b) = (random_type(&mut random), random_type(&mut random));
        let (x, y) = (random.bits(a.width), random.bits(b.width));
        let width = 1 + random.below(150) as u32;
        let mut net = Net::new("fold");
        let (p, q) = (net.node(Op::Const(x.clone()), a), net.node(Op::Const(y.clone()), b));
        let product = net.binary(Binary::Mul, p, q, Ty::uint(width));
        net.output("o", product);
        let sim = Simulator::new(&net.alone());
        let got = sim.get_bits(sim.output("o").unwrap());
        let want = binary(Binary::Mul, &Word::of(&x, a), &Word::of(&y, b), width as usize);
        assert_eq!(Word::of(&got, Ty::uint(width)).0, want, "{x:?} * {y:?} -> {width}");
    }
}

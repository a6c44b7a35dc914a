//! Every operator against a bit-serial reference, over random types and values.

mod support;

use seedbed_ir::*;
use seedbed_sim::Simulator;
use support::{Net, Random};

/// Bits of a value, least significant first, and its signedness.
#[derive(Clone)]
struct Word(Vec<bool>, bool);

impl Word {
    fn of(bits: &Bits, ty: Ty) -> Self {
        Word((0..ty.width).map(|i| bits.bit(i)).collect(), ty.signed)
    }

    fn get(&self, i: usize) -> bool {
        let sign = self.1 && *self.0.last().unwrap();
        self.0.get(i).copied().unwrap_or(sign)
    }

    fn to(&self, width: usize) -> Vec<bool> {
        (0..width).map(|i| self.get(i)).collect()
    }

    /// The value, at most 1,000.
    fn amount(&self) -> usize {
        let set = self.0.iter().enumerate().filter(|(_, b)| **b);
        set.fold(0, |sum, (i, _)| (sum + (1usize << i.min(10))).min(1000))
    }
}

fn add(a: &[bool], b: &[bool], mut carry: bool) -> Vec<bool> {
    let step = |(&x, &y): (&bool, &bool)| {
        let sum = x ^ y ^ carry;
        carry = (x && y) || (carry && (x || y));
        sum
    };
    a.iter().zip(b).map(step).collect()
}

fn not(a: &[bool]) -> Vec<bool> {
    a.iter().map(|b| !b).collect()
}

fn mul(a: &[bool], b: &[bool]) -> Vec<bool> {
    let mut sum = vec![false; a.len()];
    for i in (0..a.len()).filter(|&i| a[i]) {
        let shifted: Vec<bool> = (0..a.len()).map(|k| k >= i && b[k - i]).collect();
        sum = add(&sum, &shifted, false);
    }
    sum
}

fn less(a: &Word, b: &Word) -> bool {
    // a < b is the sign of a - b, one bit wider than both.
    let width = a.0.len().max(b.0.len()) + 1;
    *add(&a.to(width), &not(&b.to(width)), true).last().unwrap()
}

fn binary(op: Binary, a: &Word, b: &Word, width: usize) -> Vec<bool> {
    let zip = |f: fn(bool, bool) -> bool| (0..width).map(|i| f(a.get(i), b.get(i))).collect();
    match op {
        Binary::Add => add(&a.to(width), &b.to(width), false),
        Binary::Sub => add(&a.to(width), &not(&b.to(width)), true),
        Binary::Mul => mul(&a.to(width), &b.to(width)),
        Binary::And => zip(|x, y| x && y),
        Binary::Or => zip(|x, y| x || y),
        Binary::Xor => zip(|x, y| x != y),
        Binary::Eq => vec![a.0 == b.0],
        Binary::Lt => vec![less(a, b)],
        Binary::Shl => {
            let n = b.amount();
            (0..width).map(|i| i >= n && a.get(i - n)).collect()
        }
        Binary::Shr => (0..width).map(|i| a.get(i + b.amount())).collect(),
    }
}

fn unary(op: Unary, a: &Word) -> Vec<bool> {
    match op {
        Unary::Not => not(&a.0),
        Unary::ReduceOr => vec![a.0.contains(&true)],
        Unary::ReduceAnd => vec![!a.0.contains(&false)],
        Unary::ReduceXor => vec![a.0.iter().filter(|b| **b).count() % 2 == 1],
    }
}

/// Operators on two operands of types `a` and `b`, and what they should give.
struct Bench {
    net: Net,
    inputs: Vec<(NodeId, Ty)>,
    cases: Vec<Case>,
}

struct Case {
    what: String,
    expect: Box<dyn Fn(&[Word]) -> Vec<bool>>,
}

impl Bench {
    fn new(types: &[Ty]) -> Self {
        let mut net = Net::new("bench");
        let name = |i: usize| format!("i{i}");
        let inputs =
            types.iter().enumerate().map(|(i, &ty)| (net.input(&name(i), ty), ty)).collect();
        Bench { net, inputs, cases: Vec::new() }
    }

    fn case(&mut self, op: Op, ty: Ty, expect: impl Fn(&[Word]) -> Vec<bool> + 'static) {
        let what = format!("{op:?} -> {ty} of {:?}", self.inputs);
        let node = self.net.node(op, ty);
        self.net.output(&format!("o{}", self.cases.len()), node);
        self.cases.push(Case { what, expect: Box::new(expect) });
    }

    fn run(self, random: &mut Random, rounds: usize) {
        let mut sim = Simulator::new(&self.net.alone());
        for _ in 0..rounds {
            let mut words = Vec::new();
            for (i, &(_, ty)) in self.inputs.iter().enumerate() {
                let bits = random.bits(ty.width);
                sim.set_bits(sim.input(&format!("i{i}")).unwrap(), &bits);
                words.push(Word::of(&bits, ty));
            }
            for (i, case) in self.cases.iter().enumerate() {
                let got = sim.get_bits(sim.output(&format!("o{i}")).unwrap());
                let want = (case.expect)(&words);
                let got = Word::of(&got, Ty::uint(got.width())).0;
                assert_eq!(
                    got,
                    want,
                    "{} on {:?}",
                    case.what,
                    words.iter().map(|w| &w.0).collect::<Vec<_>>()
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
        let (x, y) = (bench.inputs[0].0, bench.inputs[1].0);
        for op in RESULT_OF_ANY_WIDTH {
            let width = r.width as usize;
            bench.case(Op::Binary(op, x, y), r, move |w| binary(op, &w[0], &w[1], width));
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
        let (x, y, sel) = (bench.inputs[0].0, bench.inputs[1].0, bench.inputs[2].0);
        let width = ty.width as usize;
        for op in BITWISE {
            bench.case(Op::Binary(op, x, y), ty, move |w| binary(op, &w[0], &w[1], width));
        }
        for op in COMPARE {
            bench.case(Op::Binary(op, x, y), Ty::uint(1), move |w| binary(op, &w[0], &w[1], 1));
        }
        for op in UNARY {
            let result = if op == Unary::Not { ty } else { Ty::uint(1) };
            bench.case(Op::Unary(op, x), result, move |w| unary(op, &w[0]));
        }
        bench.case(Op::Mux { sel, on_true: x, on_false: y }, ty, |w| {
            if w[2].0[0] {
                w[0].0.clone()
            } else {
                w[1].0.clone()
            }
        });
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
        let (x, y) = (bench.inputs[0].0, bench.inputs[1].0);
        let width = ty.width as usize;
        for op in SHIFTS {
            bench.case(Op::Binary(op, x, y), ty, move |w| binary(op, &w[0], &w[1], width));
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
        let x = bench.inputs[0].0;
        for _ in 0..3 {
            let lo = random.below(u64::from(ty.width)) as u32;
            let width = 1 + random.below(u64::from(ty.width - lo)) as u32;
            let range = lo as usize..(lo + width) as usize;
            bench.case(Op::Slice { of: x, lo }, Ty::uint(width), move |w| {
                w[0].0[range.clone()].to_vec()
            });
        }
        let wider = ty.width + random.below(100) as u32;
        let extended = Ty { width: wider, signed: ty.signed };
        bench.case(Op::Extend(x), extended, move |w| w[0].to(wider as usize));
        let cast = Ty { width: ty.width, signed: !ty.signed };
        bench.case(Op::Cast(x), cast, |w| w[0].0.clone());
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
        let x = bench.inputs[0].0;
        let extended = bench.net.node(Op::Extend(x), wider);
        let cast = bench.net.node(Op::Cast(extended), flipped);
        let expect = move |w: &[Word]| {
            let e = Word(w[0].to(wider.width as usize), wider.signed);
            let c = Word(e.0.clone(), flipped.signed);
            binary(Binary::Add, &e, &c, sum.width as usize)
        };
        bench.case(Op::Binary(Binary::Add, extended, cast), sum, expect);
        let lo = random.below(u64::from(wider.width)) as u32;
        let width = wider.width - lo;
        bench.case(Op::Slice { of: extended, lo }, Ty::uint(width), move |w| {
            w[0].to(wider.width as usize)[lo as usize..].to_vec()
        });
        bench.run(&mut random, 20);
    }
}

#[test]
fn concatenations_and_slices_of_them() {
    let mut random = Random(6);
    for _ in 0..150 {
        let types: Vec<Ty> = (0..1 + random.below(5)).map(|_| random_type(&mut random)).collect();
        let mut bench = Bench::new(&types);
        let parts: Vec<NodeId> = bench.inputs.iter().map(|i| i.0).collect();
        let total: u32 = types.iter().map(|t| t.width).sum();
        let whole = |w: &[Word]| w.iter().rev().flat_map(|w| w.0.clone()).collect::<Vec<bool>>();
        bench.case(Op::Concat(parts.clone()), Ty::uint(total), whole);
        let cat = bench.net.node(Op::Concat(parts), Ty::uint(total));
        for _ in 0..6 {
            let lo = random.below(u64::from(total)) as u32;
            let width = 1 + random.below(u64::from(total - lo)) as u32;
            let outer = bench.net.node(Op::Slice { of: cat, lo }, Ty::uint(width));
            let inner_lo = random.below(u64::from(width)) as u32;
            let inner_width = 1 + random.below(u64::from(width - inner_lo)) as u32;
            let from = (lo + inner_lo) as usize;
            bench.case(Op::Slice { of: outer, lo: inner_lo }, Ty::uint(inner_width), move |w| {
                whole(w)[from..from + inner_width as usize].to_vec()
            });
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

//! Operators against their definition on integers.

use super::Random;
use seedbed_hdl::{elaborate, Module, Ports, Scope, Settings, Sig, Ty};
use seedbed_sim::{Bits, Simulator};

/// One step: computes a value from earlier ones (indices into the list of values).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Step {
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Neg(usize),
    WrappingAdd(usize, usize),
    WrappingSub(usize, usize),
    SaturatingAdd(usize, usize),
    Bitwise(u8, usize, usize),
    Not(usize),
    Compare(u8, usize, usize),
    Resize(usize, u32),
    Saturate(usize, u32),
    AsSigned(usize),
    AsUnsigned(usize),
    ToSigned(usize),
    Slice(usize, u32, u32),
    ShlConst(usize, u32),
    ShrConst(usize, u32),
    Shl(usize, usize),
    Shr(usize, usize),
    Reduce(u8, usize),
    Replicate(usize, u32),
    Mux(usize, usize, usize),
    Cat(Vec<usize>),
    Select(usize, Vec<usize>),
    OneHot(Vec<usize>, Vec<usize>),
    Sum(Vec<usize>),
    AnyAll(bool, Vec<usize>),
}

const INPUTS: [Ty; 6] =
    [Ty::uint(1), Ty::sint(8), Ty::uint(8), Ty::sint(3), Ty::uint(17), Ty::sint(1)];

/// Wider values are not used as operands of growing steps, so that all stay within an `i128`.
const WIDE: u32 = 40;

/// A random design: inputs of the fixed types above, then the steps; every value is an output.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Program {
    steps: Vec<Step>,
}

struct ProgramIo<'m> {
    inputs: Vec<Sig<'m>>,
    outputs: Vec<Sig<'m>>,
}

impl Module for Program {
    type Io<'m> = ProgramIo<'m>;

    fn name(&self) -> String {
        "random_program".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ProgramIo<'m> {
        let types = self.types();
        let input = |(i, ty): (usize, &Ty)| p.input(format!("i{i}"), *ty);
        let output = |(i, ty): (usize, &Ty)| p.output(format!("o{i}"), *ty);
        ProgramIo {
            inputs: INPUTS.iter().enumerate().map(input).collect(),
            outputs: types[INPUTS.len()..].iter().enumerate().map(output).collect(),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ProgramIo<'m>) {
        let mut values = io.inputs;
        for (step, output) in self.steps.iter().zip(io.outputs) {
            let value = build_step(m, step, &values);
            output.set(value);
            values.push(value);
        }
    }
}

fn build_step<'m>(m: &'m Scope, step: &Step, v: &[Sig<'m>]) -> Sig<'m> {
    let list = |items: &[usize]| items.iter().map(|&i| v[i]).collect::<Vec<_>>();
    match *step {
        Step::Add(a, b) => v[a] + v[b],
        Step::Sub(a, b) => v[a] - v[b],
        Step::Mul(a, b) => v[a] * v[b],
        Step::Neg(a) => -v[a],
        Step::WrappingAdd(a, b) => v[a].wrapping_add(v[b]),
        Step::WrappingSub(a, b) => v[a].wrapping_sub(v[b]),
        Step::SaturatingAdd(a, b) => v[a].saturating_add(v[b]),
        Step::Bitwise(0, a, b) => v[a] & v[b],
        Step::Bitwise(1, a, b) => v[a] | v[b],
        Step::Bitwise(_, a, b) => v[a] ^ v[b],
        Step::Not(a) => !v[a],
        Step::Compare(0, a, b) => v[a].eq(v[b]),
        Step::Compare(1, a, b) => v[a].ne(v[b]),
        Step::Compare(2, a, b) => v[a].lt(v[b]),
        Step::Compare(3, a, b) => v[a].le(v[b]),
        Step::Compare(4, a, b) => v[a].gt(v[b]),
        Step::Compare(_, a, b) => v[a].ge(v[b]),
        Step::Resize(a, w) => v[a].resize(w),
        Step::Saturate(a, w) => v[a].saturate(w),
        Step::AsSigned(a) => v[a].as_signed(),
        Step::AsUnsigned(a) => v[a].as_unsigned(),
        Step::ToSigned(a) => v[a].to_signed(),
        Step::Slice(a, lo, w) => v[a].slice(lo, w),
        Step::ShlConst(a, n) => v[a].shl_const(n),
        Step::ShrConst(a, n) => v[a].shr_const(n),
        Step::Shl(a, b) => v[a].shl(v[b]),
        Step::Shr(a, b) => v[a].shr(v[b]),
        Step::Reduce(0, a) => v[a].or_reduce(),
        Step::Reduce(1, a) => v[a].and_reduce(),
        Step::Reduce(2, a) => v[a].xor_reduce(),
        Step::Reduce(_, a) => v[a].is_zero(),
        Step::Replicate(a, n) => v[a].replicate(n),
        Step::Mux(s, a, b) => m.mux(v[s], v[a], v[b]),
        Step::Cat(ref items) => m.cat(&list(items)),
        Step::Select(s, ref items) => m.select(v[s], &list(items)),
        Step::OneHot(ref sels, ref items) => m.mux_one_hot(&list(sels), &list(items)),
        Step::Sum(ref items) => m.sum(&list(items)),
        Step::AnyAll(true, ref items) => m.any(&list(items)),
        Step::AnyAll(false, ref items) => m.all(&list(items)),
    }
}

/// The type a step must give. Exact growth is stated here once more, from its definition.
fn type_of(step: &Step, t: &[Ty]) -> Ty {
    let widest = |a: usize, b: usize| t[a].width.max(t[b].width);
    let like = |a: usize, width: u32| Ty { width, signed: t[a].signed };
    match *step {
        Step::Add(a, b) => like(a, widest(a, b) + 1),
        Step::Sub(a, b) => Ty::sint(widest(a, b) + 1),
        Step::Mul(a, b) => like(a, t[a].width + t[b].width),
        Step::Neg(a) => Ty::sint(t[a].width + 1),
        Step::WrappingAdd(a, _) | Step::WrappingSub(a, _) | Step::SaturatingAdd(a, _) => t[a],
        Step::Bitwise(_, a, _) | Step::Not(a) | Step::Shl(a, _) | Step::Shr(a, _) => t[a],
        Step::Compare(..) | Step::Reduce(..) | Step::AnyAll(..) => Ty::uint(1),
        Step::Resize(a, w) | Step::Saturate(a, w) => like(a, w),
        Step::AsSigned(a) => Ty::sint(t[a].width),
        Step::AsUnsigned(a) => Ty::uint(t[a].width),
        Step::ToSigned(a) => Ty::sint(t[a].width + u32::from(!t[a].signed)),
        Step::Slice(_, _, w) => Ty::uint(w),
        Step::ShlConst(a, n) => like(a, t[a].width + n),
        Step::ShrConst(a, n) => like(a, t[a].width.saturating_sub(n).max(1)),
        Step::Replicate(a, n) => Ty::uint(t[a].width * n),
        Step::Mux(_, a, _) => t[a],
        Step::Cat(ref items) => Ty::uint(items.iter().map(|&i| t[i].width).sum()),
        Step::Select(_, ref items) | Step::OneHot(_, ref items) => t[items[0]],
        Step::Sum(ref items) => {
            let log = items.len().next_power_of_two().trailing_zeros();
            like(items[0], t[items[0]].width + log)
        }
    }
}

/// `value` read as type `ty` from its low bits.
fn wrap(value: i128, ty: Ty) -> i128 {
    let low = value & ((1 << ty.width) - 1);
    if ty.signed && low >> (ty.width - 1) & 1 == 1 {
        low - (1 << ty.width)
    } else {
        low
    }
}

fn clamp(value: i128, ty: Ty) -> i128 {
    let (lo, hi) = match ty.signed {
        true => (-(1 << (ty.width - 1)), (1 << (ty.width - 1)) - 1),
        false => (0, (1 << ty.width) - 1),
    };
    value.clamp(lo, hi)
}

/// The value of a step on integers.
fn reference(step: &Step, ty: Ty, v: &[i128], t: &[Ty]) -> i128 {
    let bits = |a: usize| v[a] & ((1 << t[a].width) - 1);
    let side_by_side = |items: &mut dyn Iterator<Item = usize>| {
        items.fold(0, |high, i| high << t[i].width | bits(i))
    };
    match *step {
        Step::Add(a, b) => v[a] + v[b],
        Step::Sub(a, b) => v[a] - v[b],
        Step::Mul(a, b) => v[a] * v[b],
        Step::Neg(a) => -v[a],
        Step::WrappingAdd(a, b) => wrap(v[a] + v[b], ty),
        Step::WrappingSub(a, b) => wrap(v[a] - v[b], ty),
        Step::SaturatingAdd(a, b) => clamp(v[a] + v[b], ty),
        Step::Bitwise(0, a, b) => v[a] & v[b],
        Step::Bitwise(1, a, b) => v[a] | v[b],
        Step::Bitwise(_, a, b) => v[a] ^ v[b],
        Step::Not(a) => wrap(!v[a], ty),
        Step::Compare(0, a, b) => (v[a] == v[b]).into(),
        Step::Compare(1, a, b) => (v[a] != v[b]).into(),
        Step::Compare(2, a, b) => (v[a] < v[b]).into(),
        Step::Compare(3, a, b) => (v[a] <= v[b]).into(),
        Step::Compare(4, a, b) => (v[a] > v[b]).into(),
        Step::Compare(_, a, b) => (v[a] >= v[b]).into(),
        Step::Resize(a, _) | Step::AsSigned(a) | Step::AsUnsigned(a) => wrap(v[a], ty),
        Step::Saturate(a, _) => clamp(v[a], ty),
        Step::ToSigned(a) => v[a],
        Step::Slice(a, lo, _) => wrap(bits(a) >> lo, ty),
        Step::ShlConst(a, n) => v[a] << n,
        Step::ShrConst(a, n) => v[a] >> n,
        Step::Shl(_, b) if v[b] >= 64 => 0,
        Step::Shl(a, b) => wrap(v[a] << v[b], ty),
        Step::Shr(a, b) => v[a] >> v[b].min(120),
        Step::Reduce(0, a) => (bits(a) != 0).into(),
        Step::Reduce(1, a) => (bits(a) == (1 << t[a].width) - 1).into(),
        Step::Reduce(2, a) => (bits(a).count_ones() % 2).into(),
        Step::Reduce(_, a) => (bits(a) == 0).into(),
        Step::Replicate(a, n) => side_by_side(&mut (0..n).map(|_| a)),
        Step::Mux(s, a, b) => {
            if v[s] == 1 {
                v[a]
            } else {
                v[b]
            }
        }
        Step::Cat(ref items) => side_by_side(&mut items.iter().copied()),
        Step::Select(s, ref items) => v[items[(v[s] as usize).min(items.len() - 1)]],
        Step::OneHot(ref sels, ref items) => {
            let chosen = sels.iter().zip(items).filter(|(&s, _)| v[s] == 1);
            chosen.fold(0, |or, (_, &i)| or | v[i])
        }
        Step::Sum(ref items) => items.iter().map(|&i| v[i]).sum(),
        Step::AnyAll(true, ref items) => items.iter().any(|&i| v[i] == 1).into(),
        Step::AnyAll(false, ref items) => items.iter().all(|&i| v[i] == 1).into(),
    }
}

impl Program {
    fn types(&self) -> Vec<Ty> {
        let mut types = INPUTS.to_vec();
        for step in &self.steps {
            types.push(type_of(step, &types));
        }
        types
    }

    fn random(seed: u64, len: usize) -> Self {
        let mut random = Random(seed);
        let (mut steps, mut types) = (Vec::new(), INPUTS.to_vec());
        while steps.len() < len {
            if let Some(step) = Self::step(&mut random, &types) {
                types.push(type_of(&step, &types));
                steps.push(step);
            }
        }
        Program { steps }
    }

    /// A legal step on values of `types`, or nothing when the dice fell badly.
    fn step(random: &mut Random, types: &[Ty]) -> Option<Step> {
        let a = random.below(types.len());
        let ty = types[a];
        let mut pick = |fits: &dyn Fn(Ty) -> bool| {
            let fitting: Vec<usize> = (0..types.len()).filter(|&i| fits(types[i])).collect();
            fitting[random.below(fitting.len())]
        };
        let kin = pick(&|t| t.signed == ty.signed && t.width <= WIDE);
        let narrower = pick(&|t| t == ty || (t.signed == ty.signed && t.width < ty.width));
        let equal = [pick(&|t| t == ty), pick(&|t| t == ty), pick(&|t| t == ty)];
        let bits = [pick(&|t| t == Ty::uint(1)), pick(&|t| t == Ty::uint(1)), 0];
        let index = pick(&|t| !t.signed && t.width < 20);
        let [kind, variant] = [28, 6].map(|n| random.below(n));
        let n = 1 + random.below(9) as u32;
        let lo = random.below(ty.width as usize) as u32;
        let part = 1 + random.below((ty.width - lo) as usize) as u32;
        let small = ty.width <= WIDE;
        let count = 1 + random.below(3);
        Some(match kind {
            0 if small => Step::Add(a, kin),
            1 if small => Step::Sub(a, kin),
            2 if small => Step::Mul(a, kin),
            3 if small => Step::Neg(a),
            4 => Step::WrappingAdd(a, narrower),
            5 => Step::WrappingSub(a, narrower),
            6 => Step::SaturatingAdd(a, narrower),
            7 => Step::Bitwise(variant as u8 % 3, a, equal[0]),
            8 => Step::Not(a),
            9 | 10 => Step::Compare(variant as u8, a, kin),
            11 if small => Step::Resize(a, part + n),
            12 => Step::Saturate(a, part),
            13 => Step::AsSigned(a),
            14 => Step::AsUnsigned(a),
            15 if small => Step::ToSigned(a),
            16 => Step::Slice(a, lo, part),
            17 if small => Step::ShlConst(a, n),
            18 => Step::ShrConst(a, n),
            19 => Step::Shl(a, index),
            20 => Step::Shr(a, index),
            21 => Step::Reduce(variant as u8 % 4, a),
            22 if small => Step::Replicate(a, 1 + n % 3),
            23 => Step::Mux(bits[0], a, equal[0]),
            24 if small => Step::Cat(vec![a, kin][..1 + count % 2].to_vec()),
            25 => Step::Select(index, [&[a], &equal[..]].concat()[..=count].to_vec()),
            26 => Step::OneHot(bits[..=count % 2].to_vec(), equal[..=count % 2].to_vec()),
            27 if small && count > 1 => Step::Sum([&[a], &equal[..]].concat()[..=count].to_vec()),
            27 => Step::AnyAll(count == 1, bits[..2].to_vec()),
            _ => return None,
        })
    }
}

/// Random values, with the extremes of the type in half of the cases.
fn stimulus(random: &mut Random) -> Vec<i128> {
    let value = |ty: Ty| match random.below(6) {
        0 => clamp(i128::MIN >> 8, ty),
        1 => clamp(i128::MAX >> 8, ty),
        2 => wrap(-1, ty),
        _ => wrap(random.next_u64().into(), ty),
    };
    INPUTS.into_iter().map(value).collect()
}

fn run(seed: u64) {
    let program = Program::random(seed, 60);
    let types = program.types();
    let design = match elaborate(&program, &Settings::default()) {
        Ok(design) => design,
        Err(mistakes) => panic!("seed {seed}: {}", mistakes[0]),
    };
    let mut sim = Simulator::new(&design);
    let inputs: Vec<_> =
        (0..INPUTS.len()).map(|i| sim.input(&format!("i{i}")).expect("an input")).collect();
    let outputs: Vec<_> = (0..program.steps.len())
        .map(|i| sim.output(&format!("o{i}")).expect("an output"))
        .collect();
    let mut random = Random(seed ^ 0xabcd);
    for _ in 0..40 {
        let mut values = stimulus(&mut random);
        for ((&port, &value), ty) in inputs.iter().zip(&values).zip(INPUTS) {
            sim.set_bits(port, &Bits::from_i128(ty.width, value));
        }
        sim.settle();
        for (i, (step, &port)) in program.steps.iter().zip(&outputs).enumerate() {
            let ty = types[INPUTS.len() + i];
            let want = reference(step, ty, &values, &types);
            assert_eq!(want, wrap(want, ty), "seed {seed}: {step:?} does not fit {ty}");
            let got = sim.get_bits(port);
            let shown = &values[..INPUTS.len()];
            assert_eq!(got, Bits::from_i128(ty.width, want), "seed {seed}: {step:?} of {shown:?}");
            values.push(want);
        }
    }
}

#[test]
fn every_operator_is_tried() {
    let programs = (1..=60).map(|seed| Program::random(seed, 60));
    let kinds = programs.flat_map(|p| p.steps).map(|step| std::mem::discriminant(&step));
    assert_eq!(kinds.collect::<std::collections::HashSet<_>>().len(), 28);
}

#[test]
fn operators_compute_what_integers_say() {
    (1..=60).for_each(run);
}

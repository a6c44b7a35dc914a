//! No call of the builder panics, whatever it is given: random calls with odd numbers, empty lists and
//! mismatched values end in mistakes, not in a crash.

use seedbed_hdl::{
    elaborate, render, sint, uint, Bits, BlackBox, Bundle, Collision, Design, Diagnostic, Domain,
    Encoding, Enum, Fields, Indexed, MemSpec, Module, Ports, ResetKind, Rounding, Scope, Settings,
    Sig, Ty,
};
use std::cell::{Cell, RefCell};
use std::path::Path;

/// Random numbers; odd ones are frequent.
#[derive(Clone, Debug)]
struct Random(Cell<u64>);

impl Random {
    fn next(&self) -> u64 {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        x >> 11
    }

    fn below(&self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Small, zero, or far out.
    fn number(&self) -> u32 {
        const ODD: [u32; 12] =
            [0, 1, 2, 31, 64, 127, 128, 1 << 20, (1 << 20) + 1, 1 << 31, u32::MAX - 1, u32::MAX];
        match self.below(3) {
            0 => ODD[self.below(ODD.len())],
            _ => self.below(20) as u32,
        }
    }

    fn literal(&self) -> i128 {
        const ODD: [i128; 7] = [0, 1, -1, i128::MAX, i128::MIN, 1 << 64, -(1 << 63)];
        match self.below(2) {
            0 => ODD[self.below(ODD.len())],
            _ => i128::from(self.number()) - 40,
        }
    }

    fn ty(&self) -> Ty {
        let width = self.number();
        if self.below(2) == 0 {
            uint(width)
        } else {
            sint(width)
        }
    }

    fn name(&self) -> String {
        const ODD: [&str; 8] = ["", "a b", "clk", "rst_n", "module", "1x", "\u{e4}", "x"];
        match self.below(4) {
            0 => ODD[self.below(ODD.len())].to_string(),
            _ => format!("n{}", self.next() % 100_000),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Few {
    One,
    Two,
    Unlisted,
}

impl Enum for Few {
    const ALL: &'static [Few] = &[Few::One, Few::Two];
    const ENCODING: Encoding = Encoding::OneHot;
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum None {}

impl Enum for None {
    const ALL: &'static [None] = &[];
}

/// Fields of any type, in both directions.
#[derive(Clone)]
struct Odd(Vec<(String, Ty)>);

impl Bundle for Odd {
    type Sigs<'m> = Vec<Sig<'m>>;

    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> Vec<Sig<'m>> {
        self.0.iter().map(|(name, ty)| f.field(name, *ty)).collect()
    }
}

/// A module of random calls.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Case {
    seed: u64,
    calls: usize,
}

impl Module for Case {
    type Io<'m> = Vec<Sig<'m>>;

    fn name(&self) -> String {
        format!("case_{}", self.seed)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Vec<Sig<'m>> {
        let random = Random(Cell::new(self.seed | 1));
        let odd = Odd((0..random.below(3)).map(|_| (random.name(), random.ty())).collect());
        let mut all = vec![p.input("a", uint(8)), p.input("s", sint(5)), p.input("c", uint(1))];
        all.push(p.output("y", uint(8)));
        all.extend(p.output_bundle(random.name(), &odd).iter());
        all.push(p.input(random.name(), random.ty()));
        all.push(p.flip(|p| p.sink(random.name(), random.ty())).data);
        all
    }

    fn build<'m>(&self, m: &'m Scope, io: Vec<Sig<'m>>) {
        let random = Random(Cell::new(self.seed * 77 + 1));
        let pool = RefCell::new(io);
        for _ in 0..self.calls {
            let made = call(m, &random, &pool);
            let mut pool = pool.borrow_mut();
            // Values of a megabit are slow to fold a hundred times over.
            pool.extend(made.into_iter().filter(|sig| sig.width() <= 4096));
        }
    }
}

fn call<'m>(m: &'m Scope, r: &Random, pool: &RefCell<Vec<Sig<'m>>>) -> Vec<Sig<'m>> {
    let pick = || {
        let pool = pool.borrow();
        pool[r.below(pool.len())]
    };
    let some = || -> Vec<Sig<'m>> { (0..r.below(4)).map(|_| pick()).collect() };
    match r.below(12) {
        0 => arithmetic(m, r, pick(), pick()),
        1 => shapes(r, pick()),
        2 => lists(m, r, pick(), &some(), &some()),
        3 => state(m, r, pick()),
        4 => {
            let (a, b) = (pick(), pick());
            m.when_else(a, || b.set(pick()), || b.set(r.literal()));
            m.switch(a, |s| {
                s.case(r.literal(), || b.set(pick()));
                s.default(|| b.set(0));
                s.default(|| ());
            });
            vec![]
        }
        5 => enums(m, r, pick()),
        6 => bundles(m, r, pick()),
        7 => fixed(m, r, pick(), pick()),
        8 => shared_memories(m, r, pick(), pick()),
        9 => domains(m, r, pick(), pick()),
        10 => instances(m, r, pick()),
        _ => memories(m, r, pick(), pick()),
    }
}

fn arithmetic<'m>(m: &'m Scope, r: &Random, a: Sig<'m>, b: Sig<'m>) -> Vec<Sig<'m>> {
    vec![
        a + b,
        a - b,
        a * b,
        -a,
        a & b,
        !a,
        a.wrapping_add(b),
        a.wrapping_sub(r.literal()),
        a.saturating_add(b),
        a.saturating_sub(r.literal()),
        a.wrapping_mul(b),
        a.overflowing_add(b).1,
        a.overflowing_sub(b).0,
        a.eq(b),
        a.lt(r.literal()),
        a.ge(b),
        a.shl(b),
        a.shr(b),
        m.lit(r.literal(), r.ty()),
        m.lit_bits(Bits::zero(r.number().clamp(1, 300)), r.below(2) == 0),
    ]
}

fn shapes<'m>(r: &Random, a: Sig<'m>) -> Vec<Sig<'m>> {
    vec![
        a.trunc(r.number()),
        a.extend(r.number()),
        a.resize(r.number()),
        a.saturate(r.number()),
        a.slice(r.number(), r.number()),
        a.bit(r.number()),
        a.shl_const(r.number()),
        a.shr_const(r.number()),
        a.replicate(r.number()),
        a.to_signed(),
        a.as_signed(),
        a.xor_reduce(),
        a.named(r.name()),
    ]
}

fn lists<'m>(
    m: &'m Scope,
    r: &Random,
    index: Sig<'m>,
    a: &[Sig<'m>],
    b: &[Sig<'m>],
) -> Vec<Sig<'m>> {
    a.set_at(index, r.literal());
    let pairs: Vec<_> = a.iter().copied().zip(b.iter().copied()).collect();
    vec![
        m.cat(a),
        m.select(index, a),
        m.mux_one_hot(a, b),
        m.any(a),
        m.all(b),
        m.sum(a),
        m.tree(a, |x, y| x ^ y),
        m.priority(&pairs, index),
        a.at(index),
        m.mux(index, index, index),
    ]
}

fn state<'m>(m: &'m Scope, r: &Random, a: Sig<'m>) -> Vec<Sig<'m>> {
    let reg = m.reg(r.name(), r.ty(), r.literal());
    reg.set(a);
    let staged = a.staged().until(r.name(), r.number() % 5000);
    let meets = staged + reg.staged().pipe(r.name());
    vec![
        reg,
        m.reg_no_reset(r.name(), r.ty()),
        m.wire(r.name(), r.ty()),
        a.pipe(r.name()),
        a.delay(r.name(), r.below(3) as u32),
        meets.at_stage(r.number()),
        staged.join(meets, |a, b| a & b).until_no_reset(r.name(), 2).sig(),
    ]
}

fn enums<'m>(m: &'m Scope, r: &Random, a: Sig<'m>) -> Vec<Sig<'m>> {
    let variants = [Few::One, Few::Two, Few::Unlisted];
    let pick = || variants[r.below(3)];
    let state = m.fsm(r.name(), pick(), |fsm, _| fsm.goto(pick()));
    let few = a.as_enum::<Few>();
    few.switch(|few| m.when(a, || state.set(few)));
    let none = m.enum_wire::<None>(r.name());
    none.switch(|_| ());
    vec![
        state.sig(),
        few.is(pick()),
        few.is_any(&variants),
        few.select(|_| a),
        none.select(|_| a),
        none.sig(),
        a.as_enum::<None>().sig(),
    ]
}

fn bundles<'m>(m: &'m Scope, r: &Random, a: Sig<'m>) -> Vec<Sig<'m>> {
    let odd = || Odd((0..r.below(4)).map(|_| (r.name(), r.ty())).collect());
    let (of, other) = (odd(), odd());
    let wire = m.bundle_wire(r.name(), &of);
    let reg = m.bundle_reg(r.name(), &other);
    wire.connect(&m.unpack(&of, a));
    reg.connect(&wire);
    let chosen = m.bundle_mux(a, &wire, &reg);
    let items = if r.below(2) == 0 { vec![] } else { vec![wire.clone(), reg.clone()] };
    let picked = m.bundle_select(&of, a, &items);
    let mut all = vec![chosen.pack(), picked.pack()];
    all.extend(wire.iter().chain(reg.iter()));
    all
}

fn fixed<'m>(m: &'m Scope, r: &Random, a: Sig<'m>, b: Sig<'m>) -> Vec<Sig<'m>> {
    let modes = [
        Rounding::Down,
        Rounding::ToZero,
        Rounding::HalfUp,
        Rounding::HalfAway,
        Rounding::HalfEven,
    ];
    let (a, b) = (a.as_fixed(r.number()), b.as_fixed(r.number()));
    let numbers = [0.0, 0.1, -1e300, f64::NAN, f64::INFINITY, 1e-300];
    let constant = m.fixed(numbers[r.below(6)], r.ty(), r.number());
    let value = (a * b + constant).round(r.number(), modes[r.below(5)]).saturate(r.number());
    vec![value.raw(), (-value).raw(), a.lt(b), (a - constant).raw()]
}

fn memories<'m>(m: &'m Scope, r: &Random, a: Sig<'m>, b: Sig<'m>) -> Vec<Sig<'m>> {
    let granule = [Option::None, Some(r.number())][r.below(2)];
    let two = m.mem_1r1w(r.name(), r.number(), r.number(), granule);
    two.write(a, b, r.literal(), [Option::None, Some(b)][r.below(2)]);
    let one = m.mem_1rw(r.name(), r.number(), r.number(), granule);
    vec![two.read(a, b), two.read(r.literal(), true), one.access(a, b, a, b, Option::None)]
}

fn shared_memories<'m>(m: &'m Scope, r: &Random, a: Sig<'m>, b: Sig<'m>) -> Vec<Sig<'m>> {
    let collision = [Collision::Old, Collision::New, Collision::Undefined][r.below(3)];
    let words = (0..r.below(5)).map(|_| Bits::zero(r.number().clamp(1, 70)));
    let mut spec = MemSpec::new(r.number(), r.number() % 5000).collision(collision);
    if r.below(2) == 0 {
        spec = spec.granule(r.number());
    }
    let mem = m.mem(r.name(), if r.below(2) == 0 { spec.contents(words) } else { spec });
    let mut made = vec![mem.read(a, b), mem.access(a, b, r.literal(), a, Some(b))];
    m.when(a, || mem.write(b, a, b, Option::None));
    let rom = m.rom(r.name(), r.number(), (0..r.below(4)).map(|_| r.literal()));
    made.push(rom.read(a, b));
    rom.write(a, b, r.literal(), Some(a));
    made
}

fn domains<'m>(m: &'m Scope, r: &Random, a: Sig<'m>, b: Sig<'m>) -> Vec<Sig<'m>> {
    let kinds = [ResetKind::AsyncLow, ResetKind::SyncHigh];
    let here = m.domain();
    let other = here.with_reset(a, kinds[r.below(2)]);
    let gated = m.clock_gate(r.name(), b, [Option::None, Some(a)][r.below(2)]);
    here.connect(gated);
    let domain = [here, other, gated, gated.gated(r.name(), a, Option::None)][r.below(4)];
    m.within(domain, || {
        m.when(a, || {
            m.assert(r.name(), b).message(r.name());
            m.assume(r.name(), a);
            m.cover(r.name(), b);
        });
        vec![a.pipe(r.name()), m.sync_reg(r.name(), r.ty(), r.literal()), domain.reset_signal()]
    })
}

/// A black box or a component of one more domain, with odd ports.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Other {
    seed: u64,
}

impl Module for Other {
    type Io<'m> = (Domain<'m>, Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        Random(Cell::new(self.seed | 1)).name()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        let random = Random(Cell::new(self.seed | 1));
        let domain = p.domain(random.name(), random.name());
        let x = p.within(domain, |p| p.input(random.name(), random.ty()));
        (domain, x, p.output(random.name(), random.ty()))
    }

    fn build<'m>(&self, m: &'m Scope, (domain, x, y): Self::Io<'m>) {
        if self.seed % 2 == 0 {
            m.black_box(BlackBox { clock: true, ..BlackBox::default() });
        }
        if self.seed % 3 == 0 {
            y.set(m.within(domain, || x.pipe("x_q")));
        }
    }
}

fn instances<'m>(m: &'m Scope, r: &Random, a: Sig<'m>) -> Vec<Sig<'m>> {
    let (domain, x, y) = m.inst(r.name(), &Other { seed: r.next() % 30 });
    if r.below(2) == 0 {
        domain.connect(m.domain());
        domain.connect(domain);
    }
    x.set(a);
    vec![x, y]
}

fn run(seed: u64, calls: usize) -> Result<Design, Vec<Diagnostic>> {
    elaborate(&Case { seed, calls }, &Settings::default())
}

#[test]
fn odd_input_ends_in_mistakes_and_never_in_a_panic() {
    let mut mistakes = 0;
    for seed in 1..120 {
        if let Err(found) = run(seed, 12) {
            mistakes += found.len();
            assert!(!render(&found, Path::new(""), false).is_empty());
        }
    }
    assert!(mistakes > 500, "odd input is not odd enough: {mistakes} mistakes");
}

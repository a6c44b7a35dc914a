//! The compiled program and lanes against one-lane interpreters with the same stimulus: every output,
//! register and memory word, every cycle.

#[path = "support/array.rs"]
mod array;
#[path = "support/soup.rs"]
mod soup;
mod support;

use seedbed_hdl::{elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_ir::*;
use seedbed_sim::{Backend, PortHandle, SimOptions, Simulator};
use support::{Net, Random};

/// A simulator of many lanes, and one interpreter for each.
struct Pair {
    subject: Simulator,
    references: Vec<Simulator>,
    inputs: Vec<(PortHandle, bool)>,
    outputs: Vec<(String, PortHandle)>,
    clocks: Vec<PortHandle>,
    regs: Vec<String>,
    /// Whether the compiled program takes over in the middle.
    goes_over: bool,
}

impl Pair {
    fn new(design: &Design, backend: Backend, lanes: usize) -> Self {
        let subject = Simulator::with(design, &SimOptions { backend, lanes }).unwrap();
        assert_eq!(subject.fallback(), None);
        let first = if backend == Backend::Auto { Backend::Interpreter } else { backend };
        assert_eq!(subject.backend(), first);
        let ports = || design.top().ports.values();
        let of = |kind| ports().filter(move |p| p.kind == kind && p.dir == Dir::Input);
        let handle = |p: &Port| subject.input(&p.name).unwrap();
        let data = of(PortKind::Data).map(|p| (handle(p), false));
        let resets = of(PortKind::Reset).map(|p| (handle(p), true));
        let outputs = ports().filter(|p| p.dir == Dir::Output);
        Pair {
            inputs: data.chain(resets).collect(),
            outputs: outputs.map(|p| (p.name.clone(), subject.output(&p.name).unwrap())).collect(),
            clocks: of(PortKind::Clock).map(handle).collect(),
            regs: design.top().regs.values().map(|r| r.name.clone()).collect(),
            references: (0..lanes).map(|_| Simulator::new(design)).collect(),
            goes_over: backend == Backend::Auto,
            subject,
        }
    }

    fn stimulate(&mut self, random: &mut Random) {
        for (lane, reference) in self.references.iter_mut().enumerate() {
            for &(port, is_reset) in &self.inputs {
                let bits = random.bits(port.width());
                let bits = if is_reset && random.below(8) > 0 { Bits::ones(1) } else { bits };
                if is_reset && random.below(4) == 0 {
                    // A pulse, which the reference may look at.
                    let pulse = random.below(2);
                    reference.set(port, pulse);
                    self.subject.set_lane(port, lane, pulse);
                    if random.below(2) == 0 {
                        reference.settle();
                    }
                }
                if random.below(3) > 0 {
                    reference.set_bits(port, &bits);
                    self.subject.set_lane_limbs(port, lane, bits.limbs());
                }
            }
        }
    }

    fn tick(&mut self, random: &mut Random) {
        let one = random.below(2 * self.clocks.len() as u64) as usize;
        let alone = (self.clocks.len() > 1).then(|| self.clocks.get(one).copied()).flatten();
        for sim in self.references.iter_mut().chain([&mut self.subject]) {
            match alone {
                Some(clock) => sim.tick_clock(clock),
                None => sim.tick(),
            }
        }
    }

    /// Random contents of registers and memories, from the subject: a way through all copies of state.
    fn scramble(&mut self) {
        if self.references.len() == 1 {
            self.subject.scramble(1);
            self.references[0].scramble(1);
        }
    }

    fn compare(&mut self, random: &mut Random) {
        for (lane, reference) in self.references.iter_mut().enumerate() {
            for (name, port) in &self.outputs {
                let mut got = vec![0; port.width().div_ceil(64) as usize];
                self.subject.get_lane_limbs(*port, lane, &mut got);
                let expected = reference.get_bits(*port);
                assert_eq!(got, expected.limbs(), "{name} in lane {lane}");
            }
            if random.below(4) == 0 {
                for reg in &self.regs {
                    let got = self.subject.peek_lane(reg, lane);
                    assert_eq!(got, reference.peek(reg), "{reg} in lane {lane}");
                }
            }
        }
    }

    fn run(mut self, cycles: u32) {
        let mut random = Random(u64::from(cycles));
        for cycle in 0..cycles {
            if cycle == cycles / 2 {
                self.scramble();
            }
            self.stimulate(&mut random);
            if cycle == cycles / 3 && self.goes_over {
                // With inputs set and nothing settled.
                assert!(self.subject.compile(), "{:?}", self.subject.fallback());
                assert_eq!(self.subject.backend(), Backend::Compiled);
            }
            self.compare(&mut random);
            self.tick(&mut random);
            self.compare(&mut random);
        }
        self.compare_properties();
    }

    fn compare_properties(&self) {
        if let [reference] = &self.references[..] {
            assert_eq!(self.subject.failures(), reference.failures());
        }
        let of_all = self.references.iter().flat_map(|r| r.failures());
        assert_eq!(self.subject.failures().len(), of_all.count().min(1000));
        for (i, point) in self.subject.cover_points().iter().enumerate() {
            let hits = self.references.iter().map(|r| r.cover_points()[i].hits);
            assert_eq!(point.hits, hits.sum::<u64>(), "{}", point.path);
        }
    }
}

/// All ways to run, on one design.
fn agree(design: &Design, cycles: u32) {
    for (backend, lanes) in [
        (Backend::Compiled, 1),
        (Backend::Compiled, 8),
        (Backend::Interpreter, 3),
        (Backend::Auto, 2),
    ] {
        Pair::new(design, backend, lanes).run(cycles);
    }
}

#[test]
fn random_netlists() {
    for (count, width) in [(64, 1), (200, 30), (100, 64), (80, 200)] {
        agree(&soup::soup(count, width, 40), 60);
    }
}

#[test]
fn arrays() {
    for (rows, columns) in [(1, 1), (3, 5), (8, 16)] {
        let design = elaborate(&array::Array { rows, columns }, &Settings::default()).unwrap();
        agree(&design, 60);
    }
}

/// Memories of one and of two ports, of words of several sizes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Memories;

impl Module for Memories {
    type Io<'m> = Vec<[Sig<'m>; 7]>;

    fn name(&self) -> String {
        "memories".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Vec<[Sig<'m>; 7]> {
        let pins = |(i, &(width, granule)): (usize, &(u32, u32))| {
            let pin = |name: &str, width| p.input(format!("{name}{i}"), uint(width));
            let addr = pin("addr", 4);
            let [enable, write] = ["enable", "write"].map(|n| pin(n, 1));
            let (data, mask) = (pin("data", width), pin("mask", width / granule));
            let out = |name: &str| p.output(format!("{name}{i}"), uint(width));
            [addr, enable, write, data, mask, out("single"), out("dual")]
        };
        SIZES.iter().enumerate().map(pins).collect()
    }

    fn build<'m>(&self, m: &'m Scope, io: Vec<[Sig<'m>; 7]>) {
        for (i, (pins, (width, granule))) in io.into_iter().zip(SIZES).enumerate() {
            let [addr, enable, write, data, mask, single, dual] = pins;
            let mem = m.mem_1rw(format!("one_port{i}"), width, 13, Some(granule));
            single.set(mem.access(addr, enable, write, data, Some(mask)));
            let mem = m.mem_1r1w(format!("two_ports{i}"), width, 13, None);
            mem.write(addr, write, data, None);
            dual.set(mem.read(!addr, enable));
        }
    }
}

/// Width and granule of words.
const SIZES: [(u32, u32); 4] = [(8, 8), (24, 8), (96, 12), (256, 128)];

/// Counters on two clocks with both kinds of reset, and one that another one resets.
fn clocks() -> Design {
    let byte = Ty::uint(8);
    let counter = |net: &mut Net, name: &str, clock, reset, kind| {
        let (reg, q) = net.reg(name, byte, clock);
        net.reset_to(reg, reset, kind, 0xf0);
        let one = net.lit(1, byte);
        let next = net.binary(Binary::Add, q, one, byte);
        net.next(reg, next);
        q
    };
    let mut child = Net::new("child");
    let (clock, reset) = (child.clock(), child.reset());
    let q = counter(&mut child, "count", clock, reset, ResetKind::AsyncLow);
    let out = child.output("q", q);
    let mut top = Net::new("top");
    let pins = [top.clock(), top.port("clk2", Dir::Input, Ty::uint(1), PortKind::Clock)];
    let rst_n = top.reset();
    let bit = Ty::uint(1);
    let kinds =
        [ResetKind::AsyncLow, ResetKind::SyncLow, ResetKind::AsyncHigh, ResetKind::SyncHigh];
    for (i, kind) in kinds.into_iter().enumerate() {
        let q = counter(&mut top, &format!("count{i}"), pins[i % 2], rst_n, kind);
        top.output(&format!("q{i}"), q);
        let reset_of_child = top.node(Op::Slice { of: q, lo: 0 }, bit);
        let clock_of_child = top.node(Op::Port(pins[1 - i % 2]), bit);
        let inputs = vec![(clock, clock_of_child), (reset, reset_of_child)];
        let inst = top.inst(&format!("u{i}"), ModuleId::new(0), inputs);
        let of_child = top.inst_out(inst, out, byte);
        top.output(&format!("c{i}"), of_child);
    }
    let mut design = Design::default();
    design.modules.push(child.0);
    design.modules.push(top.0);
    design
}

/// All operators on operands of limbs' and other widths, with results in registers.
fn operators() -> Design {
    let mut net = Net::new("operators");
    let (clock, _) = (net.clock(), net.reset());
    let mut results = Vec::new();
    for (i, (x, y)) in
        [(1, 7), (8, 8), (20, 33), (32, 32), (64, 9), (65, 130), (128, 64)].into_iter().enumerate()
    {
        for signed in [false, true] {
            let [a, b, c] = [(x, "a"), (y, "b"), (x, "c")].map(|(width, name)| {
                let ty = Ty { width, signed };
                (net.input(&format!("{name}{i}{signed}"), ty), ty)
            });
            let n = net.input(&format!("n{i}{signed}"), Ty::uint(y));
            let sum = Ty { width: x + y, signed };
            for (op, of, ty) in [
                (Binary::Add, b.0, sum),
                (Binary::Sub, b.0, sum),
                (Binary::Mul, b.0, sum),
                (Binary::Add, c.0, Ty { width: x.div_ceil(2), signed }),
                (Binary::Xor, c.0, a.1),
                (Binary::Eq, c.0, Ty::uint(1)),
                (Binary::Lt, c.0, Ty::uint(1)),
                (Binary::Shl, n, a.1),
                (Binary::Shr, n, a.1),
            ] {
                results.push((net.binary(op, a.0, of, ty), ty));
            }
            for op in [Unary::ReduceOr, Unary::ReduceAnd, Unary::ReduceXor] {
                results.push((net.unary(op, a.0, Ty::uint(1)), Ty::uint(1)));
            }
            results.push((net.unary(Unary::Not, a.0, a.1), a.1));
            results.push((
                net.node(Op::Extend(b.0), Ty { width: y + 70, signed }),
                Ty { width: y + 70, signed },
            ));
            let both = Ty::uint(2 * x + y);
            let cat = net.node(Op::Concat(vec![a.0, b.0, c.0]), both);
            results.push((cat, both));
            let slice = Ty::uint(x.div_ceil(2) + y / 2);
            results.push((net.node(Op::Slice { of: cat, lo: x / 2 }, slice), slice));
            let sel = net.node(Op::Slice { of: n, lo: 0 }, Ty::uint(1));
            let on_true = net.binary(Binary::Or, a.0, c.0, a.1);
            results.push((net.node(Op::Mux { sel, on_true, on_false: a.0 }, a.1), a.1));
        }
    }
    for (i, (node, ty)) in results.into_iter().enumerate() {
        let (reg, q) = net.reg(&format!("r{i}"), ty, clock);
        net.next(reg, node);
        net.output(&format!("o{i}"), node);
        net.output(&format!("q{i}"), q);
    }
    net.alone()
}

#[test]
fn memories_clocks_and_resets() {
    agree(&elaborate(&Memories, &Settings::default()).unwrap(), 60);
    agree(&clocks(), 60);
}

/// Properties of all kinds on two clocks, under conditions and resets of both levels; a third clock
/// drives nothing.
fn properties() -> Design {
    let (mut net, bit) = (Net::new("properties"), Ty::uint(1));
    let clocks = [net.clock(), net.port("clk2", Dir::Input, bit, PortKind::Clock)];
    net.port("clk3", Dir::Input, bit, PortKind::Clock);
    let reset = net.reset();
    let [a, b] = ["a", "b"].map(|name| net.input(name, Ty::uint(9)));
    let (reg, q) = net.reg("q", Ty::uint(9), clocks[0]);
    net.next(reg, a);
    let conditions = [(Binary::Lt, a, b), (Binary::Lt, b, q), (Binary::Eq, a, q)];
    let conditions = conditions.map(|(op, x, y)| net.binary(op, x, y, bit));
    for i in 0..24 {
        let kind = [PropKind::Assert, PropKind::Cover, PropKind::Assume][i % 3];
        let (clock, when) = (clocks[i % 2], (i % 4 > 0).then_some(conditions[i % 4 % 3]));
        let kinds = [None, Some(ResetKind::AsyncLow), Some(ResetKind::SyncHigh)];
        let disable = kinds[i / 2 % 3].map(|kind| Disable { port: reset, kind });
        let (name, holds) = (format!("p{i}"), conditions[i / 8]);
        let (message, at) = (String::new(), support::AT);
        net.0.props.push(Property { kind, name, clock, disable, when, holds, message, at });
    }
    net.alone()
}

#[test]
fn properties_are_checked_alike() {
    let mut sim = Simulator::new(&properties());
    sim.tick();
    assert_ne!(sim.failures().len(), 0);
    agree(&properties(), 60);
}

#[test]
fn all_operators() {
    agree(&operators(), 60);
}

/// Of this program gcc 12 once dropped the call that computes the outputs.
const OVERLOOKED: &str = "module top {
  input a: u5
  input b: u38
  input c: s1
  input d: u1
  output zero: u1 = %4
  output zeros: u2 = %5
  output same: u5 = %0
  output shifted: s1 = %8
  output wide: u38 = %1
  output last: u1 = %10
  %0 = port a : u5
  %1 = port b : u38
  %2 = port c : s1
  %3 = port d : u1
  %4 = const 1'h0 : u1
  %5 = const 2'h0 : u2
  %6 = const 38'h2512f8e405 : u38
  %7 = lt %1 %6 : u1
  %8 = shr %2 %7 : s1
  %9 = mul %8 %3 : u1
  %10 = add %4 %9 : u1
}
";

#[test]
fn stores_that_a_compiler_may_overlook() {
    let design = text::parse(OVERLOOKED).unwrap();
    let options = SimOptions { backend: Backend::Compiled, lanes: 8 };
    let mut sim = Simulator::with(&design, &options).unwrap();
    assert_eq!(sim.fallback(), None);
    let (a, same) = (sim.input("a").unwrap(), sim.output("same").unwrap());
    (0..8).for_each(|lane| sim.set_lane(a, lane, 16 + lane as u64));
    (0..8).for_each(|lane| assert_eq!(sim.get_lane(same, lane), 16 + lane as u64));
}

/// Slices within, across and above a value of 20 or 70 bits that is read with zeros above it.
#[test]
fn slices_of_extended_values() {
    let mut net = Net::new("slices");
    net.clock();
    for (width, to) in [(20, 64), (70, 128)] {
        let value = net.input(&format!("a{width}"), Ty::uint(width));
        let wide = net.node(Op::Extend(value), Ty::uint(to));
        let both = net.node(Op::Concat(vec![wide, value]), Ty::uint(to + width));
        for (of, from) in [(wide, 0), (both, width)] {
            for lo in [10, width - 2, width, width + 13, to - 24, to - 4] {
                let slice = net.node(Op::Slice { of, lo: from + lo }, Ty::uint(4));
                net.output(&format!("o{}", net.0.ports.len()), slice);
            }
        }
    }
    agree(&net.alone(), 40);
}

#[test]
fn a_number_of_lanes_that_is_none_is_refused() {
    let design = elaborate(&array::Array { rows: 1, columns: 1 }, &Settings::default()).unwrap();
    for lanes in [0, 65] {
        let options = SimOptions { lanes, ..SimOptions::default() };
        let error = Simulator::with(&design, &options).err().expect("no such simulator");
        assert!(error.to_string().contains("ask for 1 to 64"), "{error}");
    }
}

/// A random design, and simulators of it with `backend` and with the interpreter, in reset.
fn with_reference(backend: Backend) -> (Simulator, Simulator) {
    let design = soup::soup(16, 8, 16);
    let options = SimOptions { backend, ..SimOptions::default() };
    (Simulator::with(&design, &options).unwrap(), Simulator::new(&design))
}

/// Runs both for some cycles with one random stimulus; all outputs have to agree.
fn agree_for(cycles: u64, random: &mut Random, sims: [&mut Simulator; 2]) {
    let [subject, reference] = sims;
    for _ in 0..cycles {
        for sim in [&mut *subject, &mut *reference] {
            sim.set(sim.input("rst_n").unwrap(), 1);
        }
        for i in 0..8 {
            let port = reference.input(&format!("i{i}")).unwrap();
            let value = random.next();
            reference.set(port, value);
            subject.set(port, value);
        }
        for i in 0.. {
            let Some(port) = reference.output(&format!("o{i}")) else { break };
            assert_eq!(subject.get(port), reference.get(port), "o{i}");
        }
        subject.tick();
        reference.tick();
    }
}

#[test]
fn a_long_run_goes_over_to_the_compiled_program() {
    let (mut sim, mut reference) = with_reference(Backend::Auto);
    let mut random = Random(1);
    agree_for(20_000, &mut random, [&mut sim, &mut reference]);
    assert_eq!(sim.backend(), Backend::Interpreter, "the run was not long before");
    let start = std::time::Instant::now();
    while sim.backend() != Backend::Compiled {
        assert!(start.elapsed().as_secs() < 100, "nothing takes over");
        agree_for(10, &mut random, [&mut sim, &mut reference]);
    }
    agree_for(100, &mut random, [&mut sim, &mut reference]);
    assert_eq!(sim.cycles(), reference.cycles());
}

#[test]
fn a_long_run_with_waves_stays_in_the_interpreter() {
    let (mut sim, mut reference) = with_reference(Backend::Auto);
    sim.trace(std::io::sink()).unwrap();
    agree_for(20_010, &mut Random(2), [&mut sim, &mut reference]);
    assert_eq!(sim.backend(), Backend::Interpreter);
    assert_eq!(sim.fallback(), None);
    // Nothing was started: that takes the end of the waves.
    sim.finish_trace().unwrap();
    assert!(sim.compile());
}

#[test]
fn an_interpreter_stays_one() {
    let (mut sim, mut reference) = with_reference(Backend::Interpreter);
    assert!(!sim.compile());
    assert_eq!(sim.fallback(), None);
    agree_for(10, &mut Random(3), [&mut sim, &mut reference]);
}

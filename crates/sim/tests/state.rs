//! Registers, resets, clocks, hierarchy and names.

mod support;

use seedbed_hdl::{elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_ir::*;
use seedbed_sim::bench::Bench;
use seedbed_sim::{Backend, SimOptions, Simulator};
use support::Net;

/// Both back ends with 3 lanes.
fn both(design: &Design) -> [Simulator; 2] {
    [Backend::Interpreter, Backend::Compiled].map(|backend| {
        let sim = Simulator::with(design, &SimOptions { backend, lanes: 3 }).unwrap();
        assert_eq!(sim.fallback(), None);
        sim
    })
}

/// Two registers, `count_q` with reset to 5 and `free_q` without, that count.
fn counters(kind: ResetKind) -> Design {
    let mut net = Net::new("counters");
    let (clk, rst_n) = (net.clock(), net.reset());
    let ty = Ty::uint(4);
    let one = net.lit(1, ty);
    for name in ["count_q", "free_q"] {
        let (reg, q) = net.reg(name, ty, clk);
        if name == "count_q" {
            net.reset_to(reg, rst_n, kind, 5);
        }
        let next = net.binary(Binary::Add, q, one, ty);
        net.next(reg, next);
        net.output(&name.replace("_q", ""), q);
    }
    net.alone()
}

fn get(sim: &Simulator, name: &str) -> u64 {
    sim.get(sim.output(name).expect("an output"))
}

fn set(sim: &mut Simulator, name: &str, v: u64) {
    sim.set(sim.input(name).expect("an input"), v);
}

#[test]
fn an_asynchronous_reset_acts_without_an_edge() {
    let mut sim = Simulator::new(&counters(ResetKind::AsyncLow));
    assert_eq!((get(&sim, "count"), get(&sim, "free")), (5, 0));
    sim.tick();
    assert_eq!((get(&sim, "count"), get(&sim, "free")), (5, 1));
    set(&mut sim, "rst_n", 1);
    assert_eq!(get(&sim, "count"), 5);
    sim.tick();
    sim.tick();
    assert_eq!((get(&sim, "count"), get(&sim, "free")), (7, 3));
    set(&mut sim, "rst_n", 0);
    assert_eq!(get(&sim, "count"), 5);
}

#[test]
fn a_pulse_of_an_asynchronous_reset_acts_whether_somebody_looks_or_not() {
    for looks in [false, true] {
        for mut sim in both(&counters(ResetKind::AsyncLow)) {
            let [rst_n, count] = [sim.input("rst_n"), sim.output("count")].map(Option::unwrap);
            sim.set(rst_n, 1);
            (0..3).for_each(|_| sim.tick());
            sim.set_lane(rst_n, 1, 0);
            if looks {
                assert_eq!(sim.get_lane(count, 0), 8);
            }
            sim.set_lane(rst_n, 1, 1);
            let counts = [0, 1, 2].map(|lane| sim.get_lane(count, lane));
            assert_eq!(counts, [8, 5, 8], "{:?}, looks: {looks}", sim.backend());
        }
    }
}

/// `count_q` in an instance is reset to 5 while what `reset` makes of the clock is 1.
fn reset_by(reset: impl FnOnce(&mut Net, PortId) -> NodeId) -> Design {
    let (mut child, ty, bit) = (Net::new("child"), Ty::uint(4), Ty::uint(1));
    let (clk, rst) = (child.clock(), child.reset());
    let (reg, q) = child.reg("count_q", ty, clk);
    child.reset_to(reg, rst, ResetKind::AsyncHigh, 5);
    let one = child.lit(1, ty);
    let next = child.binary(Binary::Add, q, one, ty);
    child.next(reg, next);
    let count = child.output("count", q);
    let mut top = Net::new("top");
    let top_clk = top.clock();
    let on = reset(&mut top, top_clk);
    let top_clk = top.node(Op::Port(top_clk), bit);
    let inst = top.inst("u_child", ModuleId::new(0), vec![(clk, top_clk), (rst, on)]);
    let value = top.inst_out(inst, count, ty);
    top.output("count", value);
    let mut design = child.alone();
    design.modules.push(top.0);
    design
}

/// The reset is on while the register `armed_q`, which is 0 at power-up, and the input `a` are 1.
fn armed() -> Design {
    reset_by(|top, clk| {
        let bit = Ty::uint(1);
        let a = top.input("a", bit);
        let (reg, armed) = top.reg("armed_q", bit, clk);
        let not = top.unary(Unary::Not, armed, bit);
        top.next(reg, not);
        top.binary(Binary::And, armed, a, bit)
    })
}

#[test]
fn a_reset_sees_no_value_between_what_a_bench_sets_at_one_edge() {
    let design = reset_by(|top, _| {
        let [a, b] = ["a", "b"].map(|name| top.input(name, Ty::uint(1)));
        top.binary(Binary::And, a, b, Ty::uint(1))
    });
    for order in [["a", "b"], ["b", "a"]] {
        let mut bench = Bench::new(&design);
        bench.set("a", 1);
        bench.run_for(1).unwrap();
        order.iter().for_each(|name| bench.set(name, u64::from(*name == "b")));
        bench.run_for(1).unwrap();
        assert_eq!((bench.get("a"), bench.get("b"), bench.get("count")), (0, 1, 3));
    }
}

/// Counts in an instance that has the reset, active high, at a data input too.
#[test]
fn a_reset_that_an_instance_takes_twice_ends() {
    let (mut child, ty, bit) = (Net::new("child"), Ty::uint(4), Ty::uint(1));
    let seen = child.port("seen", Dir::Input, bit, PortKind::Data);
    let (clk, rst) = (child.clock(), child.reset());
    let (reg, q) = child.reg("count_q", ty, clk);
    child.reset_to(reg, rst, ResetKind::SyncHigh, 0);
    let one = child.lit(1, ty);
    let next = child.binary(Binary::Add, q, one, ty);
    child.next(reg, next);
    let count = child.output("count", q);
    let mut top = Net::new("top");
    let (clock, reset) = (top.clock(), top.reset());
    let [clock, reset] = [clock, reset].map(|port| top.node(Op::Port(port), bit));
    let inputs = vec![(seen, reset), (clk, clock), (rst, reset)];
    let inst = top.inst("u_child", ModuleId::new(0), inputs);
    let value = top.inst_out(inst, count, ty);
    top.output("count", value);
    let mut design = child.alone();
    design.modules.push(top.0);
    let mut bench = Bench::new(&design);
    bench.run_for(10).unwrap();
    assert!(bench.get("count") > 4);
}

#[test]
fn a_reset_that_an_edge_switches_on_acts_before_an_input_switches_it_off() {
    for looks in [false, true] {
        for mut sim in both(&armed()) {
            set(&mut sim, "a", 1);
            sim.tick();
            if looks {
                assert_eq!(get(&sim, "count"), 5);
            }
            set(&mut sim, "a", 0);
            assert_eq!(get(&sim, "count"), 5, "{:?}, looks: {looks}", sim.backend());
        }
    }
}

#[test]
fn a_synchronous_reset_waits_for_the_edge() {
    let mut sim = Simulator::new(&counters(ResetKind::SyncLow));
    assert_eq!(get(&sim, "count"), 0);
    sim.tick();
    assert_eq!(get(&sim, "count"), 5);
    set(&mut sim, "rst_n", 1);
    sim.tick();
    set(&mut sim, "rst_n", 0);
    assert_eq!(get(&sim, "count"), 6);
    sim.tick();
    assert_eq!((get(&sim, "count"), get(&sim, "free")), (5, 3));
}

#[test]
fn a_reset_that_a_register_drives_acts_in_the_same_settling() {
    // rst_n resets `sync_q`, which is the reset of `late_q` in turn.
    let mut net = Net::new("chain");
    let (clk, rst_n) = (net.clock(), net.reset());
    let bit = Ty::uint(1);
    let one = net.lit(1, bit);
    let (sync, sync_q) = net.reg("sync_q", bit, clk);
    net.next(sync, one);
    net.reset_to(sync, rst_n, ResetKind::AsyncLow, 0);
    let inner = net.port("inner", Dir::Output, bit, PortKind::Reset);
    net.0.ports[inner].driver = Some(sync_q);
    let (late, late_q) = net.reg("late_q", bit, clk);
    net.next(late, one);
    net.reset_to(late, inner, ResetKind::AsyncLow, 0);
    net.output("late", late_q);
    let mut sim = Simulator::new(&net.alone());
    set(&mut sim, "rst_n", 1);
    let run: Vec<u64> = (0..3)
        .map(|_| {
            sim.tick();
            get(&sim, "late")
        })
        .collect();
    assert_eq!(run, [0, 1, 1]);
    set(&mut sim, "rst_n", 0);
    assert_eq!(get(&sim, "late"), 0);
}

#[test]
fn registers_exchange_their_values() {
    let mut net = Net::new("exchange");
    let clk = net.clock();
    let ty = Ty::uint(100);
    let a = net.input("a", ty);
    let load = net.input("load", Ty::uint(1));
    let (x, x_q) = net.reg("x_q", ty, clk);
    let (y, y_q) = net.reg("y_q", ty, clk);
    let next = net.node(Op::Mux { sel: load, on_true: a, on_false: y_q }, ty);
    net.next(x, next);
    net.next(y, x_q);
    let mut sim = Simulator::new(&net.alone());
    let value = Bits::from_limbs(100, &[7, 9]);
    sim.set_bits(sim.input("a").unwrap(), &value);
    set(&mut sim, "load", 1);
    sim.tick();
    set(&mut sim, "load", 0);
    for turn in 0..4 {
        let (full, empty) = if turn % 2 == 0 { ("x_q", "y_q") } else { ("y_q", "x_q") };
        assert_eq!(sim.peek(full), Some(value.clone()), "turn {turn}");
        assert_eq!(sim.peek(empty), Some(Bits::zero(100)), "turn {turn}");
        sim.tick();
    }
}

#[test]
fn an_enable_of_one_register_or_of_many_holds_them() {
    // Registers `s0..20` share two enables (block copies), `o0..20` have their own (a lane each).
    let mut net = Net::new("enables");
    let clk = net.clock();
    let ty = Ty::uint(8);
    let data: Vec<NodeId> = (0..20).map(|i| net.input(&format!("d{i}"), ty)).collect();
    let halves = [0, 1].map(|i| net.input(&format!("half{i}"), Ty::uint(1)));
    let own: Vec<NodeId> = (0..20).map(|i| net.input(&format!("e{i}"), Ty::uint(1))).collect();
    for kind in ["s", "o"] {
        for (i, &d) in data.iter().enumerate() {
            let (reg, _) = net.reg(&format!("{kind}{i}"), ty, clk);
            net.next(reg, d);
            net.0.regs[reg].enable = Some(if kind == "s" { halves[i / 10] } else { own[i] });
        }
    }
    let mut sim = Simulator::new(&net.alone());
    let mut model = vec![[0u64; 2]; 20];
    let mut random = support::Random(3);
    for cycle in 0..200 {
        let halves = [random.below(2), random.below(2)];
        set(&mut sim, "half0", halves[0]);
        set(&mut sim, "half1", halves[1]);
        for (i, model) in model.iter_mut().enumerate() {
            let (d, own) = (random.below(256), random.below(2));
            set(&mut sim, &format!("d{i}"), d);
            set(&mut sim, &format!("e{i}"), own);
            *model = [
                if halves[i / 10] == 1 { d } else { model[0] },
                if own == 1 { d } else { model[1] },
            ];
        }
        sim.tick();
        for (i, model) in model.iter().enumerate() {
            let got = ["s", "o"].map(|k| sim.peek(&format!("{k}{i}")).unwrap().to_u64());
            assert_eq!(got, *model, "register {i} in cycle {cycle}");
        }
    }
}

#[test]
fn clocks_tick_together_or_one_alone() {
    let mut net = Net::new("two_clocks");
    let ty = Ty::uint(8);
    let one = net.lit(1, ty);
    for name in ["fast", "slow"] {
        let clk = net.port(&format!("{name}_clk"), Dir::Input, Ty::uint(1), PortKind::Clock);
        let (reg, q) = net.reg(&format!("{name}_q"), ty, clk);
        let next = net.binary(Binary::Add, q, one, ty);
        net.next(reg, next);
        net.output(name, q);
    }
    let mut sim = Simulator::new(&net.alone());
    let fast = sim.input("fast_clk").unwrap();
    sim.tick();
    sim.tick_clock(fast);
    sim.tick_clock(fast);
    assert_eq!((get(&sim, "fast"), get(&sim, "slow")), (3, 1));
    assert_eq!(sim.cycles(), 3);
}

/// Adds `step` and delays.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Stage {
    step: i32,
}

/// A chain of stages.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Chain {
    depth: u32,
}

struct InOut<'m> {
    a: Sig<'m>,
    b: Sig<'m>,
}

fn in_out<'m>(p: &Ports<'_, 'm>) -> InOut<'m> {
    InOut { a: p.input("a", uint(16)), b: p.output("b", uint(16)) }
}

impl Module for Stage {
    type Io<'m> = InOut<'m>;

    fn name(&self) -> String {
        format!("stage_{}", self.step)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> InOut<'m> {
        in_out(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: InOut<'m>) {
        let more = io.a.wrapping_add(self.step).named("more");
        let unused = m.wire("unused_w", uint(20));
        unused.set(more * m.lit(5, uint(4)));
        io.b.set(more.pipe("sum_q"));
    }
}

impl Module for Chain {
    type Io<'m> = InOut<'m>;

    fn name(&self) -> String {
        format!("chain_{}", self.depth)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> InOut<'m> {
        in_out(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: InOut<'m>) {
        if self.depth == 0 {
            let stage = m.inst("u_stage", &Stage { step: 3 });
            stage.a.set(io.a);
            io.b.set(stage.b);
            return;
        }
        let halves = ["u_left", "u_right"].map(|n| m.inst(n, &Chain { depth: self.depth - 1 }));
        halves[0].a.set(io.a);
        halves[1].a.set(halves[0].b);
        io.b.set(halves[1].b);
    }
}

#[test]
fn values_pass_through_the_hierarchy_and_are_found_by_path() {
    let design = elaborate(&Chain { depth: 3 }, &Settings::default()).expect("a good design");
    let mut sim = Simulator::new(&design);
    set(&mut sim, "rst_n", 1);
    set(&mut sim, "a", 100);
    for _ in 0..8 {
        sim.tick();
    }
    assert_eq!(get(&sim, "b"), 124);
    let mut peek = |path: &str| sim.peek(path).map(|b| b.to_u64());
    assert_eq!(peek("u_left.u_left.u_left.u_stage.sum_q"), Some(103));
    assert_eq!(peek("u_left.u_right.u_left.u_stage.a"), Some(106));
    assert_eq!(peek("u_left.u_right.u_left.u_stage.more"), Some(109));
    assert_eq!(peek("u_left.u_right.u_left.u_stage.unused_w"), Some(545));
    assert_eq!(peek("u_right.b"), Some(124));
    assert_eq!(peek("b"), Some(124));
    for wrong in ["", ".", "nothing", "u_left.nothing", "u_nothing.b", "b.b", "u_left."] {
        assert_eq!(peek(wrong), None, "{wrong}");
    }
}

#[test]
fn ports_of_any_width_are_cut_and_extended() {
    let mut net = Net::new("wide");
    let a = net.input("a", Ty::uint(100));
    net.output("b", a);
    let mut sim = Simulator::new(&net.alone());
    let (a, b) = (sim.input("a").unwrap(), sim.output("b").unwrap());
    assert_eq!((sim.input("b"), sim.output("a"), a.width()), (None, None, 100));
    sim.set_limbs(a, &[1, u64::MAX, 5]);
    let mut limbs = [9; 3];
    sim.get_limbs(b, &mut limbs);
    assert_eq!(limbs, [1, (1 << 36) - 1, 0]);
    sim.set(a, 3);
    assert_eq!(sim.get_bits(b), Bits::from_u64(100, 3));
    assert_eq!(sim.get(b), 3);
}

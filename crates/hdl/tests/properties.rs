//! Properties in the netlist, and checked by the simulator.

use seedbed_hdl::{bit, elaborate, uint, Design, Module, Ports, Scope, Settings, Sig};
use seedbed_ir::{text, PropKind};
use seedbed_sim::Simulator;

/// Counts to 15 and must not be asked to go on; `go` may only come with `armed`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Counter;

struct CounterIo<'m> {
    go: Sig<'m>,
    armed: Sig<'m>,
    count: Sig<'m>,
}

impl Module for Counter {
    type Io<'m> = CounterIo<'m>;

    fn name(&self) -> String {
        "counter".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> CounterIo<'m> {
        CounterIo {
            go: p.input("go", bit()),
            armed: p.input("armed", bit()),
            count: p.output("count", uint(4)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: CounterIo<'m>) {
        let count = m.reg("count_q", uint(4), 0);
        let is_last = count.eq(15);
        m.when(io.go, || {
            count.set(count.wrapping_add(1));
            m.assume("armed_first", io.armed);
            m.when_else(
                is_last,
                || {
                    m.assert("no_wrap", m.low()).message("counted beyond 15");
                },
                || {
                    m.cover("half", count.eq(8));
                },
            );
        });
        io.count.set(count);
    }
}

/// The counter one level down.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Top;

impl Module for Top {
    type Io<'m> = CounterIo<'m>;

    fn name(&self) -> String {
        "top".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> CounterIo<'m> {
        Counter.io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: CounterIo<'m>) {
        let child = m.inst("u_counter", &Counter);
        child.go.set(io.go);
        child.armed.set(io.armed);
        io.count.set(child.count);
    }
}

#[track_caller]
fn built(module: &impl Module) -> Design {
    elaborate(module, &Settings::default()).expect("sound modules")
}

#[test]
fn a_property_is_stated_under_its_conditions() {
    let design = built(&Counter);
    let text = text::print(&design);
    let found: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| ["assume", "assert", "cover"].iter().any(|w| l.starts_with(w)))
        .collect();
    assert_eq!(found.len(), 3);
    for (line, start) in found.iter().zip(["assume armed_first", "assert no_wrap", "cover half"]) {
        assert!(line.starts_with(&format!("{start} clock clk disable async_low rst_n when %")));
    }
    assert!(found[1].ends_with("\"counted beyond 15\""), "{}", found[1]);
    assert!(design.top().props.values().all(|p| p.at.file.ends_with("properties.rs")));
}

fn start(design: &Design) -> Simulator {
    let mut sim = Simulator::new(design);
    // Under reset nothing counts, whatever the inputs are.
    for name in ["go", "armed"] {
        sim.set(sim.input(name).expect("an input"), u64::from(name == "go"));
    }
    sim.tick();
    sim.set(sim.input("rst_n").expect("a reset"), 1);
    sim.set(sim.input("armed").expect("an input"), 1);
    sim
}

#[test]
fn the_simulator_names_what_failed_where_and_when() {
    let mut sim = start(&built(&Top));
    (0..16).for_each(|_| sim.tick());
    let [failure] = sim.failures() else { panic!("{:?}", sim.failures()) };
    assert_eq!((failure.cycle, failure.kind), (16, PropKind::Assert));
    let shown = failure.to_string();
    let expected = "cycle 16: assertion `u_counter.no_wrap` failed: counted beyond 15\n  --> ";
    assert!(shown.starts_with(expected), "{shown}");
    assert!(shown.contains("tests/properties.rs:"), "{shown}");
}

#[test]
fn a_broken_assumption_blames_the_stimulus() {
    let mut sim = start(&built(&Top));
    sim.set(sim.input("armed").expect("an input"), 0);
    sim.tick();
    assert_eq!(sim.failures().len(), 1);
    let shown = sim.failures()[0].to_string();
    assert!(shown.contains("assumption `u_counter.armed_first` broken by the stimulus"), "{shown}");
}

#[test]
fn cover_points_count_edges() {
    let mut sim = start(&built(&Top));
    let hits = |sim: &Simulator| -> Vec<(String, u64)> {
        sim.cover_points().into_iter().map(|p| (p.path, p.hits)).collect()
    };
    assert_eq!(hits(&sim), [("u_counter.half".to_string(), 0)]);
    (0..10).for_each(|_| sim.tick());
    assert_eq!(hits(&sim), [("u_counter.half".to_string(), 1)]);
}

/// A property alone makes a module sequential: it needs a clock to be checked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Checked;

impl Module for Checked {
    type Io<'m> = (Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        "checked".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> (Sig<'m>, Sig<'m>) {
        (p.input("a", uint(8)), p.output("y", uint(8)))
    }

    fn build<'m>(&self, m: &'m Scope, (a, y): (Sig<'m>, Sig<'m>)) {
        m.assert("not_three", a.ne(3));
        y.set(a);
    }
}

#[test]
fn a_combinational_module_with_a_property_gets_clock_and_reset() {
    let design = built(&Checked);
    let ports: Vec<&str> = design.top().ports.values().map(|p| p.name.as_str()).collect();
    assert_eq!(ports, ["clk", "rst_n", "a", "y"]);
    let files = seedbed_verilog::emit(&design, &seedbed_verilog::Options::default());
    assert!(files[0].text.contains("unused_bits = &{1'b0, clk, rst_n}"), "{}", files[0].text);
}

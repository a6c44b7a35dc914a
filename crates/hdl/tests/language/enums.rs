//! Enums and state machines.

use crate::{golden, Bench, Sketch};
use seedbed_hdl::{
    bit, elaborate, Bundle, Encoding, Enum, EnumSig, Fields, Module, Ports, Scope, Settings, Sig,
    Ty,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    LoadWord,
    Done,
}

impl Enum for State {
    const ALL: &'static [State] = &[State::Idle, State::LoadWord, State::Done];
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gear {
    Neutral,
    Forward,
    Reverse,
}

impl Enum for Gear {
    const ALL: &'static [Gear] = &[Gear::Neutral, Gear::Forward, Gear::Reverse];
    const ENCODING: Encoding = Encoding::OneHot;
}

const BIT: Ty = Ty::uint(1);

/// Loads while `go`, `word` words, then says `done` for a cycle.
fn loader() -> Sketch {
    Sketch {
        name: "loader",
        inputs: vec![("go", BIT), ("last", BIT)],
        outputs: vec![("busy", BIT), ("done", BIT), ("code", Ty::uint(4))],
        build: |m, inputs, outputs| {
            let [go, last] = inputs else { unreachable!() };
            let [busy, done, code] = outputs else { unreachable!() };
            let state = m.fsm("state_q", State::Idle, |fsm, state| match state {
                State::Idle => m.when(*go, || fsm.goto(State::LoadWord)),
                State::LoadWord => m.when(*last, || fsm.goto(State::Done)),
                State::Done => fsm.goto(State::Idle),
            });
            busy.set(!state.is(State::Idle));
            done.set(state.is(State::Done));
            code.set(state.select(|state| match state {
                State::Idle => m.lit(1, Ty::uint(4)),
                State::LoadWord => m.lit(7, Ty::uint(4)),
                State::Done => m.lit(9, Ty::uint(4)),
            }));
        },
    }
}

#[test]
fn a_state_machine_reads_and_runs_by_the_names_of_its_states() {
    let design = golden(&loader());
    let mut bench = Bench::new(&design);
    assert_eq!([bench.get("busy"), bench.get("code")], [0, 1]);
    bench.set("go", 1).tick().set("go", 0).tick();
    assert_eq!([bench.get("busy"), bench.get("code")], [1, 7]);
    bench.set("last", 1).tick();
    assert_eq!([bench.get("done"), bench.get("code")], [1, 9]);
    bench.tick();
    assert_eq!([bench.get("busy"), bench.get("done")], [0, 0]);
}

/// A gear box that comes to neutral between directions.
fn gears() -> Sketch {
    Sketch {
        name: "gears",
        inputs: vec![("want", Ty::uint(3))],
        outputs: vec![("speed", Ty::sint(2)), ("gear", Ty::uint(3)), ("moves", BIT)],
        build: |m, inputs, outputs| {
            let want = inputs[0].as_enum::<Gear>();
            let gear = m.enum_reg("gear_q", Gear::Neutral);
            let next = m.enum_wire::<Gear>("next");
            next.set(Gear::Neutral);
            gear.switch(|now| match now {
                Gear::Neutral => next.set(want),
                Gear::Forward => m.when(want.is(Gear::Forward), || next.set(Gear::Forward)),
                Gear::Reverse => m.when(want.is(Gear::Reverse), || next.set(Gear::Reverse)),
            });
            gear.set(next);
            outputs[0].set(gear.select(|gear| match gear {
                Gear::Neutral => m.lit(0, Ty::sint(2)),
                Gear::Forward => m.lit(1, Ty::sint(2)),
                Gear::Reverse => m.lit(-1, Ty::sint(2)),
            }));
            outputs[1].set(gear.sig());
            outputs[2].set(gear.is_any(&[Gear::Forward, Gear::Reverse]));
        },
    }
}

#[test]
fn a_one_hot_enum_has_a_bit_per_variant() {
    let design = golden(&gears());
    let mut bench = Bench::new(&design);
    assert_eq!(bench.get("gear"), 0b001);
    bench.set("want", 0b100).tick();
    assert_eq!([bench.get("gear"), bench.get("speed"), bench.get("moves")], [0b100, 3, 1]);
    bench.set("want", 0b010).tick();
    assert_eq!([bench.get("gear"), bench.get("moves")], [0b001, 0]);
    bench.tick();
    assert_eq!([bench.get("gear"), bench.get("speed")], [0b010, 1]);
}

/// What a loader tells: its state, and the state it should fall back to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Report;

struct ReportSigs<'m> {
    state: EnumSig<'m, State>,
    fallback: EnumSig<'m, State>,
}

impl Bundle for Report {
    type Sigs<'m> = ReportSigs<'m>;

    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> ReportSigs<'m> {
        ReportSigs { state: f.enum_field("state"), fallback: f.enum_back("fallback") }
    }
}

/// Goes where `to` says, one state per cycle.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Follower;

struct FollowerIo<'m> {
    to: EnumSig<'m, State>,
    is: EnumSig<'m, State>,
}

impl Module for Follower {
    type Io<'m> = FollowerIo<'m>;

    fn name(&self) -> String {
        "follower".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> FollowerIo<'m> {
        FollowerIo { to: p.enum_input("to"), is: p.enum_output("is") }
    }

    fn build<'m>(&self, m: &'m Scope, io: FollowerIo<'m>) {
        let state = m.enum_reg("state_q", State::Idle);
        state.set(io.to);
        io.is.set(state);
    }
}

/// A follower whose parent has another enum of the same name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Parent;

impl Module for Parent {
    type Io<'m> = (seedbed_hdl::BundleSig<'m, Report>, Sig<'m>);

    fn name(&self) -> String {
        "parent".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        (p.output_bundle("report", &Report), p.input("go", bit()))
    }

    fn build<'m>(&self, m: &'m Scope, (report, go): Self::Io<'m>) {
        let follower = m.inst("u_follower", &Follower);
        follower.to.set(report.fallback);
        m.when(go, || follower.to.set(State::LoadWord));
        report.state.set(follower.is);
    }
}

#[test]
fn ports_show_their_values_by_name() {
    let design = elaborate(&Parent, &Settings::default()).expect("a correct design");
    let mut labels = Vec::new();
    for module in design.modules.values() {
        for port in module.ports.values() {
            let list = port.labels.map_or("", |id| module.enums[id].name.as_str());
            labels.push((port.name.as_str(), list));
        }
    }
    let clocking = [("clk", ""), ("rst_n", "")];
    let child = [("to", "State"), ("is", "State")];
    let parent = [("report_state", "State"), ("report_fallback", "State"), ("go", "")];
    assert_eq!(labels, [&clocking[..], &child, &clocking, &parent].concat());

    let mut sim = seedbed_sim::Simulator::new(&design);
    let waves = Waves::default();
    sim.trace(waves.clone()).expect("writing to a vector succeeds");
    for (name, value) in [("rst_n", 1), ("report_fallback", 2)] {
        let port = sim.input(name).expect("an input");
        sim.set(port, value);
    }
    sim.tick();
    sim.finish_trace().expect("writing to a vector succeeds");
    let text = String::from_utf8(waves.0.lock().expect("no panic").clone()).expect("text");
    for variable in ["to", "is", "report_state", "report_fallback"] {
        let named = text.lines().any(|l| l.starts_with("$var string") && l.contains(variable));
        assert!(named, "{variable} has no names\n{text}");
    }
    assert!(text.contains("sDone "), "{text}");
}

/// Wave bytes that the test reads afterwards.
#[derive(Clone, Default)]
struct Waves(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Waves {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

//! Enums and choices by their values, as a builder makes them.

use seedbed_hdl::{bit, elaborate, uint, Enum, EnumSig, Module, Ports, Scope, Settings, Sig};
use seedbed_ir::Design;

/// What the machine does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    Load,
    Run,
    Done,
}

impl Enum for State {
    const ALL: &'static [State] = &[State::Idle, State::Load, State::Run, State::Done];
}

/// What it is asked for; a code is free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Once,
    Twice,
    Forever,
}

impl Enum for Mode {
    const ALL: &'static [Mode] = &[Mode::Once, Mode::Twice, Mode::Forever];
}

/// A state machine, a copy of its state, a mode that comes in as the bits of a port, and values chosen by both.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Control;

struct ControlIo<'m> {
    go: Sig<'m>,
    wanted: EnumSig<'m, Mode>,
    words: Sig<'m>,
    data: Sig<'m>,
    cost: Sig<'m>,
    taken: Sig<'m>,
    former: EnumSig<'m, State>,
    shown: Sig<'m>,
}

impl Module for Control {
    type Io<'m> = ControlIo<'m>;

    fn name(&self) -> String {
        "control".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ControlIo<'m> {
        ControlIo {
            go: p.input("go", bit()),
            wanted: p.enum_input("wanted"),
            words: p.input("words", uint(8)),
            data: p.input("data", uint(8)),
            cost: p.output("cost", uint(8)),
            taken: p.output("taken", uint(8)),
            former: p.enum_output("former"),
            shown: p.output("shown", uint(8)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ControlIo<'m>) {
        let mode = m.enum_reg("mode_q", Mode::Once);
        let state = m.fsm("state_q", State::Idle, |fsm, state| match state {
            State::Idle => m.when(io.go, || {
                mode.set(io.wanted);
                fsm.goto(State::Load);
            }),
            State::Load => fsm.goto(State::Run),
            State::Run => m.when(!mode.is(Mode::Forever), || fsm.goto(State::Done)),
            State::Done => fsm.goto(State::Idle),
        });
        let last = m.enum_reg("last_q", State::Idle);
        last.set(state);
        io.former.set(last);
        let step = m.wire("step", uint(8));
        step.set(state.select(|state| match state {
            State::Idle => m.lit(0, uint(8)),
            State::Load => io.words,
            State::Run => io.words.wrapping_add(io.data),
            State::Done => m.lit(1, uint(8)),
        }));
        io.cost.set(step.wrapping_add(step));
        io.taken.set(last.select(|state| match state {
            State::Idle => io.data,
            State::Load => io.words,
            State::Run => !io.data,
            State::Done => m.lit(255, uint(8)),
        }));
        io.shown.set(last.select(|state| match state {
            State::Idle => m.lit(3, uint(8)),
            State::Load => io.data,
            State::Run => step,
            State::Done => io.words,
        }));
    }
}

/// The design.
pub fn control() -> Design {
    elaborate(&Control, &Settings::default()).unwrap_or_else(|found| panic!("{}", found[0]))
}

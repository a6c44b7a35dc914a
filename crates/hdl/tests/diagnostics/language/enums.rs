//! Wrong uses of enums and state machines.

use crate::*;
use seedbed_hdl::{Encoding, Enum};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Idle,
    Busy,
    Failed,
    Forgotten,
}

impl Enum for State {
    const ALL: &'static [State] = &[State::Idle, State::Busy, State::Failed];
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Nothing {}

impl Enum for Nothing {
    const ALL: &'static [Nothing] = &[];
}

mod other {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub enum State {
        On,
        Off,
    }

    impl Enum for State {
        const ALL: &'static [State] = &[State::On, State::Off];
        const ENCODING: Encoding = Encoding::OneHot;
    }
}

#[test]
fn state_is_not_reached() {
    check("state_is_not_reached", &[Code::Unreachable], |m, io| {
        let state = m.fsm("state_q", State::Idle, |fsm, state| match state {
            State::Idle => m.when(io.c, || fsm.goto(State::Busy)),
            State::Busy => fsm.goto(State::Idle),
            _ => fsm.goto(State::Busy),
        });
        io.y.set(state.sig().extend(8));
    });
}

#[test]
fn two_ways_at_once() {
    check("two_ways_at_once", &[Code::DrivenTwice], |m, io| {
        let state = m.fsm("state_q", State::Idle, |fsm, state| match state {
            State::Idle => {
                fsm.goto(State::Failed);
                fsm.goto(State::Busy);
            }
            _ => fsm.goto(State::Idle),
        });
        io.y.set(state.sig().extend(8));
    });
}

#[test]
fn variant_is_not_listed() {
    check("variant_is_not_listed", &[Code::Parameter; 3], |m, io| {
        let state = m.enum_reg("state_q", State::Forgotten);
        m.when(state.is(State::Forgotten), || state.set(State::Forgotten));
        io.y.set(state.select(|_| io.a));
    });
}

#[test]
fn enum_has_no_variants() {
    check("enum_has_no_variants", &[Code::Parameter], |m, io| {
        let nothing = m.enum_wire::<Nothing>("nothing");
        nothing.switch(|_| ());
        nothing.sig().set(0);
        let none = nothing.select(|_| io.a);
        io.y.set(none.extend(8));
    });
}

#[test]
fn two_enums_of_one_name() {
    check("two_enums_of_one_name", &[Code::Name], |m, io| {
        let state = m.enum_reg("state_q", State::Idle);
        state.set(State::Busy);
        let again = m.enum_reg("again_q", other::State::On);
        again.set(other::State::Off);
        io.y.set(m.cat(&[state.sig(), again.sig()]).extend(8));
    });
}

#[test]
fn value_is_not_of_the_enum() {
    check("value_is_not_of_the_enum", &[Code::Type], |m, io| {
        let state = m.enum_reg("state_q", State::Idle);
        state.set(io.a.as_enum::<State>());
        io.y.set(state.sig().extend(8));
    });
}

//! State machines.

use crate::enums::{Enum, EnumSig};
use crate::scope::Scope;
use seedbed_ir::{Code, Loc};
use std::cell::{Cell, RefCell};
use std::panic::Location;

/// The machine that a call of [`Scope::fsm`] describes.
pub struct Fsm<'m, E> {
    register: EnumSig<'m, E>,
    /// The state being described.
    from: Cell<E>,
    /// The transitions so far.
    edges: RefCell<Vec<(E, E)>>,
}

impl<E: Enum> Fsm<'_, E> {
    /// The next state is `to`, under the conditions around this line. Without a `goto` the machine
    /// stays in its state.
    #[track_caller]
    pub fn goto(&self, to: E) {
        self.edges.borrow_mut().push((self.from.get(), to));
        self.register.set(to);
    }
}

impl Scope {
    /// A state machine: a register of an enum that starts in `entry`, and `f`, called once per state,
    /// that says what happens in that state and where it leads. Returns the register.
    ///
    /// A state that no chain of [`goto`](Fsm::goto)s from `entry` leads to is E0016.
    ///
    /// ```
    /// # use seedbed_hdl::{bit, elaborate, Enum, Module, Ports, Scope, Settings, Sig};
    /// #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    /// enum State {
    ///     Idle,
    ///     Busy,
    /// }
    ///
    /// impl Enum for State {
    ///     const ALL: &'static [State] = &[State::Idle, State::Busy];
    /// }
    ///
    /// # #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    /// # struct Job;
    /// # impl Module for Job {
    /// #     type Io<'m> = [Sig<'m>; 3];
    /// #     fn name(&self) -> String { "job".into() }
    /// #     fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 3] {
    /// #         [p.input("start", bit()), p.input("done", bit()), p.output("busy", bit())]
    /// #     }
    /// fn build<'m>(&self, m: &'m Scope, [start, done, busy]: [Sig<'m>; 3]) {
    ///     let state = m.fsm("state_q", State::Idle, |fsm, state| match state {
    ///         State::Idle => m.when(start, || fsm.goto(State::Busy)),
    ///         State::Busy => m.when(done, || fsm.goto(State::Idle)),
    ///     });
    ///     busy.set(state.is(State::Busy));
    /// }
    /// # }
    /// # assert!(elaborate(&Job, &Settings::default()).is_ok());
    /// ```
    #[track_caller]
    pub fn fsm<'m, E: Enum>(
        &'m self,
        name: impl AsRef<str>,
        entry: E,
        mut f: impl FnMut(&Fsm<'m, E>, E),
    ) -> EnumSig<'m, E> {
        let name = name.as_ref();
        let register = self.enum_reg(name, entry);
        let fsm = Fsm { register, from: Cell::new(entry), edges: RefCell::default() };
        register.switch(|state| {
            fsm.from.set(state);
            f(&fsm, state);
        });
        self.check_states(name, entry, &fsm.edges.into_inner(), Location::caller().into());
        register
    }

    fn check_states<E: Enum>(&self, name: &str, entry: E, edges: &[(E, E)], at: Loc) {
        let mut reached = vec![entry];
        let mut next = 0;
        while let Some(&from) = reached.get(next) {
            next += 1;
            for &(_, to) in edges.iter().filter(|(source, _)| *source == from) {
                if !reached.contains(&to) {
                    reached.push(to);
                }
            }
        }
        let lost: Vec<String> = E::ALL
            .iter()
            .filter(|state| !reached.contains(state))
            .map(|state| format!("`{state:?}`"))
            .collect();
        if !lost.is_empty() {
            let message = format!(
                "no `goto` leads from `{entry:?}` to {} of `{name}`; add one, or drop the state",
                lost.join(", ")
            );
            self.report(Code::Unreachable, message, at, Vec::new());
        }
    }
}

//! Properties: what the design keeps, what it may rely on, what a test should reach.

use crate::scope::Scope;
use crate::sig::Sig;
use seedbed_ir::{Disable, PropId, PropKind};
use std::panic::Location;

impl Scope {
    /// States that `condition` is 1 at every clock edge at which the surrounding
    /// [`when`](Scope::when)s hold, reset apart. The simulator reports an edge at which it is not, and
    /// the emitter prints an `assert` when asked to.
    ///
    /// Like a register, a property gives its module a clock and a reset.
    ///
    /// ```
    /// # use seedbed_hdl::{Scope, Sig};
    /// fn check(m: &Scope, push: Sig<'_>, full: Sig<'_>) {
    ///     m.when(push, || {
    ///         m.assert("no_overflow", !full).message("pushed while full");
    ///     });
    /// }
    /// ```
    #[track_caller]
    pub fn assert<'m>(&'m self, name: impl AsRef<str>, condition: Sig<'m>) -> Property<'m> {
        self.property(PropKind::Assert, name.as_ref(), condition)
    }

    /// As [`assert`](Scope::assert), of the surroundings: what whoever drives the ports must keep.
    #[track_caller]
    pub fn assume<'m>(&'m self, name: impl AsRef<str>, condition: Sig<'m>) -> Property<'m> {
        self.property(PropKind::Assume, name.as_ref(), condition)
    }

    /// A cover point: the clock edges at which `condition` is 1 under the surrounding
    /// [`when`](Scope::when)s are counted, reset apart.
    #[track_caller]
    pub fn cover<'m>(&'m self, name: impl AsRef<str>, condition: Sig<'m>) -> Property<'m> {
        self.property(PropKind::Cover, name.as_ref(), condition)
    }

    #[track_caller]
    fn property<'m>(&'m self, kind: PropKind, name: &str, condition: Sig<'m>) -> Property<'m> {
        let at = Location::caller().into();
        let holds = self.condition(condition).node();
        self.claim(name, at);
        let (name, message) = (name.to_string(), String::new());
        let clock = self.clock_port(at);
        let disable = self.domain_has_reset().then(|| self.reset_port(at)).flatten();
        let disable = disable.map(|(port, kind)| Disable { port, kind });
        let mut state = self.state_mut();
        let frame = state.current;
        let when = state.full_condition(frame);
        let prop = seedbed_ir::Property { kind, name, clock, disable, when, holds, message, at };
        Property { scope: self, id: state.module.props.push(prop) }
    }
}

/// A property just stated.
#[derive(Clone, Copy)]
pub struct Property<'m> {
    scope: &'m Scope,
    id: PropId,
}

impl Property<'_> {
    /// Text that reports show beside the name.
    pub fn message(self, text: impl Into<String>) -> Self {
        self.scope.state_mut().module.props[self.id].message = text.into();
        self
    }
}

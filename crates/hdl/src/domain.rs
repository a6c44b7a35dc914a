//! Clock domains: a clock and its reset.

use crate::scope::Scope;
use crate::sig::Sig;
use crate::state::{State, CLOCK};
use seedbed_ir::{
    Code, Dir, Entity, InstId, Loc, NodeId, Op, Port, PortId, PortKind, ResetKind, Ty,
};
use std::panic::Location;

/// A clock with its reset: one that [`Ports::domain`](crate::Ports::domain) declared, the one that is
/// current ([`Scope::domain`]), or one made from these.
///
/// Seen from outside an instance it is a place to connect: [`connect`](Self::connect) says which domain
/// of the parent the instance is to use there.
#[derive(Clone, Copy)]
pub struct Domain<'m> {
    scope: &'m Scope,
    kind: Kind,
}

/// Where the clock and the reset of a domain are.
#[derive(Clone, Copy)]
enum Kind {
    /// In this module, as a number in its table.
    Here(u32),
    /// Ports of an instance.
    Child { inst: InstId, clock: PortId, reset: Option<(PortId, ResetKind)> },
    /// An instance that could not be built.
    Nothing,
}

/// A domain of the module under construction.
#[derive(Clone, Copy)]
pub(crate) struct DomainState {
    /// The node that is the clock.
    pub(crate) clock: NodeId,
    /// The clock port; `None` for a gated clock, which no register of this module can name.
    pub(crate) clock_port: Option<PortId>,
    pub(crate) reset: Option<DomainReset>,
}

/// The reset of a domain.
#[derive(Clone, Copy)]
pub(crate) struct DomainReset {
    /// The node that is the reset.
    pub(crate) node: NodeId,
    /// The reset port; `None` for a signal, which no register of this module can name.
    pub(crate) port: Option<PortId>,
    pub(crate) kind: ResetKind,
}

impl<'m> Domain<'m> {
    pub(crate) fn here(scope: &'m Scope, index: u32) -> Self {
        Domain { scope, kind: Kind::Here(index) }
    }

    pub(crate) fn child(
        scope: &'m Scope,
        inst: InstId,
        clock: PortId,
        reset: Option<(PortId, ResetKind)>,
    ) -> Self {
        Domain { scope, kind: Kind::Child { inst, clock, reset } }
    }

    pub(crate) fn nothing(scope: &'m Scope) -> Self {
        Domain { scope, kind: Kind::Nothing }
    }

    /// The clock port of this module, for the domain of a port.
    pub(crate) fn port(self) -> Option<PortId> {
        match self.kind {
            Kind::Here(index) => self.scope.state().domains[index as usize].clock_port,
            _ => None,
        }
    }

    /// The domain in the table of this module; E0014 for a domain of an instance.
    #[track_caller]
    fn index(self) -> u32 {
        match self.kind {
            Kind::Here(index) => index,
            _ => {
                let message =
                    "this is a domain of an instance; connect it to one of this module".into();
                let at = Location::caller().into();
                self.scope.report(Code::Parameter, message, at, Vec::new());
                0
            }
        }
    }

    /// Connects this domain of an instance to one of the parent.
    ///
    /// E0014 when this is no domain of an instance, when the instance needs a reset that `from` has not,
    /// or one of the other polarity; E0011 when it is connected already.
    #[track_caller]
    pub fn connect(self, from: Domain<'m>) {
        let at = Location::caller().into();
        let index = from.index();
        match self.kind {
            Kind::Nothing => {}
            Kind::Here(_) => {
                let message = "this is a domain of this module, which has its clock".to_string();
                self.scope.report(Code::Parameter, message, at, Vec::new());
            }
            Kind::Child { inst, clock, reset } => {
                let first = self.scope.state().connected.get(&(inst, clock)).copied();
                if let Some(first) = first {
                    return self.scope.refuse_second_clock(inst, at, first);
                }
                let inputs = self.scope.clock_inputs(index, Some(clock), reset, at);
                let mut state = self.scope.state_mut();
                state.connected.insert((inst, clock), at);
                state.module.insts[inst].inputs.extend(inputs);
            }
        }
    }

    /// The reset as a signal, for a reset synchroniser; E0014 when there is none.
    #[track_caller]
    pub fn reset_signal(self) -> Sig<'m> {
        let (scope, index) = (self.scope, self.index());
        scope.state_mut().use_reset(index);
        let reset = scope.state().domains[index as usize].reset;
        match reset {
            Some(reset) => Sig::value(scope, reset.node),
            None => {
                let message = "this clock domain has no reset".to_string();
                scope.report(Code::Parameter, message, Location::caller().into(), Vec::new());
                scope.poison(Ty::uint(1))
            }
        }
    }

    /// This domain with a clock, called `name`, that passes its edges only in cycles in which `enable` or
    /// `test_enable` is 1. Components instantiated in it use it; registers of this module cannot.
    ///
    /// It stays one clock domain: values pass between what is gated and what is not. The Verilog has an
    /// instance `u_NAME` of the module `seedbed_clock_gate`; the pass `lower_gate` makes enables of gates,
    /// for FPGAs.
    #[track_caller]
    pub fn gated(
        self,
        name: impl AsRef<str>,
        enable: Sig<'m>,
        test_enable: Option<Sig<'m>>,
    ) -> Domain<'m> {
        let (scope, index, at) = (self.scope, self.index(), Location::caller().into());
        let enable = scope.condition(enable).node();
        let test_enable = test_enable.map(|t| scope.condition(t).node());
        let named = scope.claim(name.as_ref(), at);
        let mut state = scope.state_mut();
        state.use_clock(index);
        let domain = state.domains[index as usize];
        let Some(clock) = domain.clock_port else {
            drop(state);
            let message = "this clock is gated already; gate the clock itself".to_string();
            scope.report(Code::Parameter, message, at, Vec::new());
            return self;
        };
        let gate = state.node(Op::ClockGate { clock, enable, test_enable }, Ty::uint(1), at);
        state.module.nodes[gate].name = named.then(|| name.as_ref().to_string());
        let gated = DomainState { clock: gate, clock_port: None, ..domain };
        Domain::here(scope, state.add_domain(gated))
    }

    /// This domain with the signal `reset`, such as the output of a reset synchroniser, as its reset.
    /// Components instantiated in it use it; registers of this module cannot.
    #[track_caller]
    pub fn with_reset(self, reset: Sig<'m>, kind: ResetKind) -> Domain<'m> {
        let (scope, index) = (self.scope, self.index());
        let node = scope.condition(reset).node();
        let mut state = scope.state_mut();
        let reset = Some(DomainReset { node, port: None, kind });
        let domain = DomainState { reset, ..state.domains[index as usize] };
        Domain::here(scope, state.add_domain(domain))
    }
}

impl State {
    /// A clock or reset input and the node that reads it.
    pub(crate) fn clocking_port(
        &mut self,
        name: &str,
        kind: PortKind,
        domain: Option<PortId>,
        at: Loc,
    ) -> (PortId, NodeId) {
        let (ty, dir, driver, labels) = (Ty::uint(1), Dir::Input, None, None);
        let port = Port { name: name.to_string(), dir, ty, kind, domain, driver, labels, at };
        let port = self.module.ports.push(port);
        (port, self.node(Op::Port(port), ty, at))
    }
}

impl Scope {
    /// The domain of what is declared here: that of `clk`, or of the surrounding
    /// [`within`](Self::within).
    pub fn domain(&self) -> Domain<'_> {
        Domain::here(self, self.state().domain)
    }

    /// Registers, memory ports, properties and instances made in `f` belong to `domain`.
    #[track_caller]
    pub fn within<'m, R>(&'m self, domain: Domain<'m>, f: impl FnOnce() -> R) -> R {
        let index = domain.index();
        let outer = std::mem::replace(&mut self.state_mut().domain, index);
        let result = f();
        self.state_mut().domain = outer;
        result
    }

    /// The current domain with its clock gated: see [`Domain::gated`].
    #[track_caller]
    pub fn clock_gate<'m>(
        &'m self,
        name: impl AsRef<str>,
        enable: Sig<'m>,
        test_enable: Option<Sig<'m>>,
    ) -> Domain<'m> {
        self.domain().gated(name, enable, test_enable)
    }

    fn refuse_second_clock(&self, inst: InstId, at: Loc, first: Loc) {
        let name = self.state().module.insts[inst].name.clone();
        let message = format!(
            "this clock domain of `{name}` is connected already; an instance has one clock for it"
        );
        let notes = vec![("first connected here".to_string(), Some(first))];
        self.report(Code::DrivenTwice, message, at, notes);
    }

    /// The clock port of the current domain, for something declared at `at`.
    pub(crate) fn clock_port(&self, at: Loc) -> PortId {
        let mut state = self.state_mut();
        let index = state.domain;
        state.use_clock(index);
        match state.domains[index as usize].clock_port {
            Some(port) => port,
            None => {
                drop(state);
                let message =
                    "a gated clock clocks no register of the module with the gate; put the \
                               registers into a component of their own and instantiate it here";
                self.report(Code::Parameter, message.to_string(), at, Vec::new());
                PortId::new(CLOCK)
            }
        }
    }

    /// Whether the current domain has a reset.
    pub(crate) fn domain_has_reset(&self) -> bool {
        let state = self.state();
        state.domains[state.domain as usize].reset.is_some()
    }

    /// The reset port and kind of the current domain, for something declared at `at`.
    pub(crate) fn reset_port(&self, at: Loc) -> Option<(PortId, ResetKind)> {
        let mut state = self.state_mut();
        let index = state.domain;
        state.use_reset(index);
        let reset = state.domains[index as usize].reset;
        drop(state);
        let problem = match reset {
            Some(DomainReset { port: Some(port), kind, .. }) => return Some((port, kind)),
            Some(_) => {
                "a reset made of a signal resets no register of the module with the signal; put the \
                 registers into a component of their own and instantiate it here"
            }
            None => "this clock domain has no reset; use `reg_no_reset`, or declare a reset for it",
        };
        self.report(Code::Parameter, problem.to_string(), at, Vec::new());
        None
    }

    /// What drives the clock and the reset of an instance from domain `index`.
    pub(crate) fn clock_inputs(
        &self,
        index: u32,
        clock: Option<PortId>,
        reset: Option<(PortId, ResetKind)>,
        at: Loc,
    ) -> Vec<(PortId, NodeId)> {
        let mut state = self.state_mut();
        let mut inputs = Vec::with_capacity(2);
        let domain = state.domains[index as usize];
        if let Some(port) = clock {
            state.use_clock(index);
            inputs.push((port, domain.clock));
        }
        let Some((port, kind)) = reset else { return inputs };
        state.use_reset(index);
        drop(state);
        let problem = match domain.reset {
            Some(reset) if reset.kind.is_low() == kind.is_low() => {
                inputs.push((port, reset.node));
                return inputs;
            }
            Some(_) => {
                "the reset of this clock domain has the other polarity; give the domain a fitting one \
                 (`with_reset`)"
            }
            None => "the instance needs a reset, and this clock domain has none (`with_reset`)",
        };
        self.report(Code::Parameter, problem.to_string(), at, Vec::new());
        inputs
    }
}

//! Port declaration, and the same declaration read from outside an instance.

use crate::domain::{Domain, DomainReset, DomainState};
use crate::scope::Scope;
use crate::sig::Sig;
use crate::state::Sink;
use crate::stream::Stream;
use seedbed_ir::{
    Code, Dir, Entity, InstId, Loc, ModuleId, Node, Op, Port, PortId, PortKind, ResetKind, Ty,
};
use std::cell::Cell;
use std::panic::Location;

/// Hands out the ports of a component, in [`Module::io`](crate::Module::io).
///
/// `'m` is the module in which the signals live: the component itself, or its parent when the ports
/// of an instance are bound.
pub struct Ports<'p, 'm> {
    scope: &'m Scope,
    side: Side,
    prefix: String,
    flipped: bool,
    /// The clock port that the ports belong to, inside, when one was given.
    domain: Option<PortId>,
    /// Ports handed out so far, shared by all groups.
    count: &'p Cell<usize>,
}

/// Which side of the boundary the signals are on.
#[derive(Clone, Copy)]
enum Side {
    /// Inside the module: declare the ports.
    Inside,
    /// Outside: bind the ports of an instance, or of one that could not be built.
    Outside { inst: Option<(InstId, ModuleId)>, at: Loc },
}

impl<'p, 'm> Ports<'p, 'm> {
    pub(crate) fn inside(scope: &'m Scope, count: &'p Cell<usize>) -> Self {
        let (prefix, flipped, domain) = (String::new(), false, None);
        Ports { scope, side: Side::Inside, prefix, flipped, domain, count }
    }

    pub(crate) fn outside(
        scope: &'m Scope,
        inst: Option<(InstId, ModuleId)>,
        at: Loc,
        count: &'p Cell<usize>,
    ) -> Self {
        let (side, prefix, flipped) = (Side::Outside { inst, at }, String::new(), false);
        Ports { scope, side, prefix, flipped, domain: None, count }
    }

    /// The module in which the signals live.
    pub(crate) fn scope(&self) -> &'m Scope {
        self.scope
    }

    /// Whether the ports are declared, not bound.
    pub(crate) fn is_inside(&self) -> bool {
        matches!(self.side, Side::Inside)
    }

    /// A port that the component reads.
    #[track_caller]
    pub fn input(&self, name: impl AsRef<str>, ty: Ty) -> Sig<'m> {
        self.port(name.as_ref(), Dir::Input, ty)
    }

    /// A port that the component drives.
    #[track_caller]
    pub fn output(&self, name: impl AsRef<str>, ty: Ty) -> Sig<'m> {
        self.port(name.as_ref(), Dir::Output, ty)
    }

    /// A stream into the component: ports `NAME_valid`, `NAME_data` in, `NAME_ready` out.
    #[track_caller]
    pub fn sink(&self, name: impl AsRef<str>, ty: Ty) -> Stream<'m> {
        self.stream(name.as_ref(), Dir::Input, ty)
    }

    /// A stream out of the component: ports `NAME_valid`, `NAME_data` out, `NAME_ready` in.
    #[track_caller]
    pub fn source(&self, name: impl AsRef<str>, ty: Ty) -> Stream<'m> {
        self.stream(name.as_ref(), Dir::Output, ty)
    }

    #[track_caller]
    fn stream(&self, name: &str, forward: Dir, ty: Ty) -> Stream<'m> {
        let valid = self.port(&format!("{name}_valid"), forward, Ty::uint(1));
        let ready = self.port(&format!("{name}_ready"), opposite(forward), Ty::uint(1));
        let data = self.port(&format!("{name}_data"), forward, ty);
        Stream { valid, ready, data }
    }

    /// A clock domain of its own beside that of `clk`: input ports for its clock and its reset, which
    /// is of the project's kind. Declare domains before all other ports (E0014).
    #[track_caller]
    pub fn domain(&self, clock: impl AsRef<str>, reset: impl AsRef<str>) -> Domain<'m> {
        let kind = self.scope.context.settings.reset;
        self.clocking(clock.as_ref(), Some((reset.as_ref(), kind)))
    }

    /// As [`domain`](Self::domain), with a reset of another kind, or without one.
    #[track_caller]
    pub fn domain_with(
        &self,
        clock: impl AsRef<str>,
        reset: Option<(&str, ResetKind)>,
    ) -> Domain<'m> {
        self.clocking(clock.as_ref(), reset)
    }

    /// Declares ports that belong to `domain`. Other ports belong to the domain of `clk`, if the module
    /// uses it.
    #[track_caller]
    pub fn within<R>(&self, domain: Domain<'m>, f: impl FnOnce(&Ports<'_, 'm>) -> R) -> R {
        f(&Ports { prefix: self.prefix.clone(), domain: domain.port(), ..*self })
    }

    #[track_caller]
    fn clocking(&self, clock: &str, reset: Option<(&str, ResetKind)>) -> Domain<'m> {
        let (clock, at) = (format!("{}{clock}", self.prefix), Location::caller().into());
        let reset = reset.map(|(name, kind)| (format!("{}{name}", self.prefix), kind));
        match self.side {
            Side::Inside => self.declare_domain(&clock, reset, at),
            Side::Outside { inst: Some((inst, module)), at } => {
                let design = self.scope.context.design.borrow();
                let find = |name: &str| design.modules[module].port(name);
                let reset = reset.map(|(name, kind)| (find(&name), kind));
                match (find(&clock), reset) {
                    (Some(clock), None) => Domain::child(self.scope, inst, clock, None),
                    (Some(clock), Some((Some(reset), kind))) => {
                        Domain::child(self.scope, inst, clock, Some((reset, kind)))
                    }
                    _ => {
                        drop(design);
                        self.refuse(module, at);
                        Domain::nothing(self.scope)
                    }
                }
            }
            Side::Outside { inst: None, .. } => Domain::nothing(self.scope),
        }
    }

    fn declare_domain(
        &self,
        clock: &str,
        reset: Option<(String, ResetKind)>,
        at: Loc,
    ) -> Domain<'m> {
        let is_data = |p: &Port| p.kind == PortKind::Data;
        if self.scope.state().module.ports.values().any(is_data) {
            let message =
                format!("the clock domain of `{clock}` is declared after ports; put it first");
            self.scope.report(Code::Parameter, message, at, Vec::new());
        }
        self.scope.claim(clock, at);
        reset.iter().for_each(|(name, _)| {
            self.scope.claim(name, at);
        });
        let mut state = self.scope.state_mut();
        let (port, node) = state.clocking_port(clock, PortKind::Clock, None, at);
        let reset = reset.map(|(name, kind)| {
            let (reset, node) = state.clocking_port(&name, PortKind::Reset, Some(port), at);
            DomainReset { node, port: Some(reset), kind }
        });
        let domain = DomainState { clock: node, clock_port: Some(port), reset };
        Domain::here(self.scope, state.add_domain(domain))
    }

    /// Declares a group of ports whose names start with `PREFIX_`.
    pub fn group<R>(&self, prefix: impl AsRef<str>, f: impl FnOnce(&Ports<'_, 'm>) -> R) -> R {
        let prefix = format!("{}{}_", self.prefix, prefix.as_ref());
        f(&Ports { prefix, ..*self })
    }

    /// Declares a group of ports with all directions turned round: one function that lists the ports
    /// of a bus serves both its ends.
    pub fn flip<R>(&self, f: impl FnOnce(&Ports<'_, 'm>) -> R) -> R {
        f(&Ports { prefix: self.prefix.clone(), flipped: !self.flipped, ..*self })
    }

    #[track_caller]
    fn port(&self, name: &str, dir: Dir, ty: Ty) -> Sig<'m> {
        let dir = if self.flipped { opposite(dir) } else { dir };
        let index = self.count.replace(self.count.get() + 1);
        match self.side {
            Side::Inside => self.declare(name, dir, ty, Location::caller().into()),
            Side::Outside { inst: Some((inst, module)), at } => {
                self.bind(name, dir, ty, (inst, module, index), at)
            }
            Side::Outside { inst: None, at } => self.dangling(dir, ty, at),
        }
    }

    fn declare(&self, name: &str, dir: Dir, ty: Ty, at: Loc) -> Sig<'m> {
        let name = format!("{}{name}", self.prefix);
        let ty = self.scope.checked(ty, at);
        self.scope.claim(&name, at);
        let mut state = self.scope.state_mut();
        let (kind, domain, driver, labels) = (PortKind::Data, self.domain, None, None);
        let port = Port { name, dir, ty, kind, domain, driver, labels, at };
        let port = state.module.ports.push(port);
        let node = state.node(Op::Port(port), ty, at);
        match dir {
            Dir::Input => Sig::value(self.scope, node),
            Dir::Output => {
                let target = state.target(Sink::Output(port), ty, at);
                Sig::driven(self.scope, node, target)
            }
        }
    }

    fn bind(
        &self,
        name: &str,
        dir: Dir,
        ty: Ty,
        (inst, module, index): (InstId, ModuleId, usize),
        at: Loc,
    ) -> Sig<'m> {
        let Some((port, ty)) = self.find(name, dir, ty, module, index) else {
            self.refuse(module, at);
            return self.dangling(dir, ty, at);
        };
        let mut state = self.scope.state_mut();
        match dir {
            Dir::Input => {
                let target = state.target(Sink::InstInput { inst, port, wire: None }, ty, at);
                Sig::instance_input(self.scope, target)
            }
            Dir::Output => {
                let op = Op::InstOut { inst, port };
                let node = state.module.nodes.push(Node { op, ty, name: None, at });
                Sig::value(self.scope, node)
            }
        }
    }

    /// The `index`-th data port of `module`, when it is the one described.
    fn find(
        &self,
        name: &str,
        dir: Dir,
        ty: Ty,
        module: ModuleId,
        index: usize,
    ) -> Option<(PortId, Ty)> {
        let design = self.scope.context.design.borrow();
        let ports = &design.modules[module].ports;
        let hidden = ports.values().take_while(|p| p.kind != PortKind::Data).count();
        if index + hidden >= ports.len() {
            return None;
        }
        let id = PortId::new(index + hidden);
        let port = &ports[id];
        let same_name = port.name.strip_prefix(self.prefix.as_str()) == Some(name);
        let same = same_name && port.dir == dir && (port.ty == ty || ty.width == 0);
        same.then_some((id, port.ty))
    }

    fn refuse(&self, module: ModuleId, at: Loc) {
        let name = self.scope.context.design.borrow().modules[module].name.clone();
        let message = format!(
            "`io` of `{name}` declared other ports this time; it must depend on the parameters only"
        );
        self.scope.report(Code::Parameter, message, at, Vec::new());
    }

    /// A signal in place of a port that does not exist.
    fn dangling(&self, dir: Dir, ty: Ty, at: Loc) -> Sig<'m> {
        let ty = Ty { width: ty.width.max(1), ..ty };
        match dir {
            Dir::Output => self.scope.poison(ty),
            Dir::Input => {
                let target = self.scope.state_mut().target(Sink::Nothing, ty, at);
                Sig::instance_input(self.scope, target)
            }
        }
    }
}

fn opposite(dir: Dir) -> Dir {
    match dir {
        Dir::Input => Dir::Output,
        Dir::Output => Dir::Input,
    }
}

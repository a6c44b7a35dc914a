//! The signal handle.

use crate::literal::IntoSig;
use crate::scope::Scope;
use crate::state::NONE;
use seedbed_ir::{Code, Entity, NodeId, Op, Ty};
use std::fmt;
use std::panic::Location;

/// A value inside one module: a port, a register, a wire or the result of an operator.
///
/// A `Sig` is a small `Copy` handle borrowed from its [`Scope`], so it cannot leave the module it
/// belongs to. Ports, registers, wires and inputs of instances can be driven with [`Sig::set`].
#[derive(Clone, Copy)]
pub struct Sig<'m> {
    pub(crate) scope: &'m Scope,
    /// The node to read; [`NONE`] for an input of an instance that nobody has read yet.
    node: u32,
    /// The target to drive, or [`NONE`].
    pub(crate) target: u32,
}

impl<'m> Sig<'m> {
    /// A value that can only be read.
    pub(crate) fn value(scope: &'m Scope, node: NodeId) -> Self {
        Sig { scope, node: node.index() as u32, target: NONE }
    }

    /// A value that can be read and driven.
    pub(crate) fn driven(scope: &'m Scope, node: NodeId, target: u32) -> Self {
        Sig { scope, node: node.index() as u32, target }
    }

    /// An input of an instance.
    pub(crate) fn instance_input(scope: &'m Scope, target: u32) -> Self {
        Sig { scope, node: NONE, target }
    }

    /// The node to read.
    pub(crate) fn node(self) -> NodeId {
        if self.node == NONE {
            self.scope.read_back(self.target)
        } else {
            NodeId::new(self.node as usize)
        }
    }

    /// The operator to read; `None` for an input of an instance that nobody has read yet.
    pub(crate) fn own_op(self) -> Option<Op> {
        let read = self.node != NONE;
        read.then(|| self.scope.state().module.nodes[NodeId::new(self.node as usize)].op.clone())
    }

    /// The type.
    pub fn ty(self) -> Ty {
        if self.node == NONE {
            self.scope.state().targets[self.target as usize].ty
        } else {
            self.scope.state().module.nodes[NodeId::new(self.node as usize)].ty
        }
    }

    /// The width in bits.
    pub fn width(self) -> u32 {
        self.ty().width
    }

    /// Whether the value is two's complement.
    pub fn signed(self) -> bool {
        self.ty().signed
    }

    /// Drives this register, wire, output, or input of an instance, under the conditions of the
    /// surrounding [`when`](Scope::when)s. A later assignment wins over an earlier one; one that
    /// makes the earlier ones useless is E0011.
    ///
    /// The types must be equal (E0001); a literal takes the type of the target.
    #[track_caller]
    pub fn set(self, value: impl IntoSig<'m>) {
        let at = Location::caller().into();
        let ty = self.ty();
        let mut value = value.into_sig(self.scope, ty);
        if self.target == NONE {
            return self.scope.refuse_assignment(self, at);
        }
        if value.ty() != ty {
            self.scope.refuse_type(self, value, at);
            value = self.scope.poison(ty);
        }
        self.scope.assign(self.target, value.node(), at);
    }

    /// Gives this value a name in the Verilog and in waves. A value that already has one (a port, a
    /// register, a wire) gets a second, as a wire of its own.
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Sig<'m> {
        let name = name.as_ref();
        let node = self.node();
        let keeps_its_name = {
            let state = self.scope.state();
            let node = &state.module.nodes[node];
            node.name.is_some()
                || matches!(node.op, Op::Port(_) | Op::Reg(_) | Op::Wire(_) | Op::Const(_))
        };
        if keeps_its_name {
            let wire = self.scope.wire(name, self.ty());
            self.scope.assign_always(wire.target, node, Location::caller().into());
            return Sig::value(self.scope, wire.node());
        }
        if self.scope.claim(name, Location::caller().into()) {
            self.scope.state_mut().module.nodes[node].name = Some(name.to_string());
        }
        self
    }

    /// A register with reset value 0 that takes this value; under a [`when`](Scope::when), only then.
    #[track_caller]
    pub fn pipe(self, name: impl AsRef<str>) -> Sig<'m> {
        let q = self.scope.reg(name, self.ty(), 0);
        q.set(self);
        q
    }

    /// A register without reset that takes this value; under a [`when`](Scope::when), only then.
    #[track_caller]
    pub fn pipe_no_reset(self, name: impl AsRef<str>) -> Sig<'m> {
        let q = self.scope.reg_no_reset(name, self.ty());
        q.set(self);
        q
    }

    /// Records E0014 and gives a zero of type `ty`.
    #[track_caller]
    pub(crate) fn bad_parameter(self, message: String, ty: Ty) -> Sig<'m> {
        self.scope.refuse(Code::Parameter, message, &[self]);
        self.scope.poison(ty)
    }
}

impl fmt::Debug for Sig<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.scope.describe(*self), self.ty())
    }
}

//! The inside of one module: declarations, constants, instances.

use crate::context::Context;
use crate::domain::{DomainReset, DomainState};
use crate::literal::{bits_of, range_of, Literal};
use crate::module::Module;
use crate::ports::Ports;
use crate::sig::Sig;
use crate::state::{Assign, Sink, State, Target, NONE};
use seedbed_ir::{
    name, Bits, Code, Entity, Inst, Loc, ModuleId, NodeId, Op, Parameter, PortId, PortKind, Reg,
    Reset, ResetKind, Ty, Wire,
};
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::panic::Location;
use std::rc::Rc;

/// What the reset that the library adds is called.
pub(crate) fn reset_name(kind: ResetKind) -> &'static str {
    if kind.is_low() {
        "rst_n"
    } else {
        "rst"
    }
}

/// The widest value: far beyond any bus, and small enough to count with.
pub(crate) const MAX_WIDTH: u32 = 1 << 20;

/// The module that a component's [`build`](Module::build) fills.
pub struct Scope {
    pub(crate) context: Rc<Context>,
    pub(crate) path: Vec<String>,
    state: RefCell<State>,
}

impl Scope {
    pub(crate) fn new(context: Rc<Context>, path: Vec<String>, name: String, doc: String) -> Self {
        let module = seedbed_ir::Module { name, doc, ..Default::default() };
        let mut state = State::new(module);
        let at = Loc::NOWHERE;
        let kind = context.settings.reset;
        let clock = state.clocking_port("clk", PortKind::Clock, None, at);
        let (port, node) = state.clocking_port(reset_name(kind), PortKind::Reset, None, at);
        let reset = Some(DomainReset { node, port: Some(port), kind });
        state.add_domain(DomainState { clock: clock.1, clock_port: Some(clock.0), reset });
        Scope { context, path, state: RefCell::new(state) }
    }

    pub(crate) fn state(&self) -> Ref<'_, State> {
        self.state.borrow()
    }

    pub(crate) fn state_mut(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    /// Takes the recorded state, leaving nothing of use.
    pub(crate) fn into_state(self) -> (Rc<Context>, Vec<String>, State) {
        (self.context, self.path, self.state.into_inner())
    }

    /// A register that loads what [`Sig::set`] gives it at each rising clock edge, holds its value in
    /// cycles without a `set`, and takes `reset_value` under reset.
    #[track_caller]
    pub fn reg(&self, name: impl AsRef<str>, ty: Ty, reset_value: impl Literal) -> Sig<'_> {
        let at = Location::caller().into();
        let ty = self.checked(ty, at);
        let value = self.constant(reset_value.value(), ty, at);
        let reset = self.reset_port(at).map(|(port, kind)| Reset { port, kind, value });
        self.register(name.as_ref(), ty, reset, at)
    }

    /// A flop of a synchroniser: as [`reg`](Self::reg), and the only register that may take a value of
    /// another clock domain. At least two in a row make a synchroniser; the parts library has them
    /// ready-made.
    #[track_caller]
    pub fn sync_reg(&self, name: impl AsRef<str>, ty: Ty, reset_value: impl Literal) -> Sig<'_> {
        let q = self.reg(name, ty, reset_value);
        if let Sink::Reg(reg) = self.target_sink(q) {
            self.state_mut().module.regs[reg].sync = true;
        }
        q
    }

    fn target_sink(&self, sig: Sig<'_>) -> Sink {
        self.state().targets[sig.target as usize].sink
    }

    /// A register without reset: its value is unknown until it is first set.
    #[track_caller]
    pub fn reg_no_reset(&self, name: impl AsRef<str>, ty: Ty) -> Sig<'_> {
        let at = Location::caller().into();
        self.register(name.as_ref(), self.checked(ty, at), None, at)
    }

    fn register(&self, name: &str, ty: Ty, reset: Option<Reset>, at: Loc) -> Sig<'_> {
        self.claim(name, at);
        let clock = self.clock_port(at);
        let mut state = self.state_mut();
        let name = name.to_string();
        let comment = std::mem::take(&mut state.comment);
        let (enable, next, labels, sync) = (None, None, None, false);
        let reg = Reg { name, ty, clock, reset, enable, next, labels, sync, comment, at };
        let reg = state.module.regs.push(reg);
        let node = state.node(Op::Reg(reg), ty, at);
        let target = state.target(Sink::Reg(reg), ty, at);
        Sig::driven(self, node, target)
    }

    /// A wire with a name. It must be [`set`](Sig::set) on every path, else E0010: give it a default
    /// first, then override it under [`when`](Scope::when).
    #[track_caller]
    pub fn wire(&self, name: impl AsRef<str>, ty: Ty) -> Sig<'_> {
        let at = Location::caller().into();
        let ty = self.checked(ty, at);
        self.claim(name.as_ref(), at);
        let mut state = self.state_mut();
        let comment = std::mem::take(&mut state.comment);
        let name = name.as_ref().to_string();
        let wire = Wire { name, ty, driver: None, labels: None, comment, at };
        let wire = state.module.wires.push(wire);
        let node = state.node(Op::Wire(wire), ty, at);
        let target = state.target(Sink::Wire(wire), ty, at);
        Sig::driven(self, node, target)
    }

    /// A constant; E0001 when `value` does not fit `ty`.
    #[track_caller]
    pub fn lit(&self, value: impl Literal, ty: Ty) -> Sig<'_> {
        let at = Location::caller().into();
        let ty = self.checked(ty, at);
        let bits = self.constant(value.value(), ty, at);
        let node = self.state_mut().node(Op::Const(bits), ty, at);
        Sig::value(self, node)
    }

    /// A constant of any width, given as bits.
    #[track_caller]
    pub fn lit_bits(&self, bits: Bits, signed: bool) -> Sig<'_> {
        let at = Location::caller().into();
        let ty = self.checked(Ty { width: bits.width(), signed }, at);
        let bits = Bits::from_limbs(ty.width, bits.limbs());
        let node = self.state_mut().node(Op::Const(bits), ty, at);
        Sig::value(self, node)
    }

    /// The constant 0 of type `ty`.
    #[track_caller]
    pub fn zero(&self, ty: Ty) -> Sig<'_> {
        self.lit(0, ty)
    }

    /// The constant bit 1.
    #[track_caller]
    pub fn high(&self) -> Sig<'_> {
        self.lit(1, Ty::uint(1))
    }

    /// The constant bit 0.
    #[track_caller]
    pub fn low(&self) -> Sig<'_> {
        self.lit(0, Ty::uint(1))
    }

    /// An instance of `module`. The result is the component's port struct seen from outside: its
    /// inputs are driven with [`Sig::set`], its outputs are read. Clock and reset are connected.
    #[track_caller]
    pub fn inst<'m, M: Module>(&'m self, name: impl Into<String>, module: &M) -> M::Io<'m> {
        self.inst_with(name, module, &[])
    }

    /// As [`inst`](Self::inst), of a black box, with values for some of its
    /// [parameters](crate::Foreign::parameter). E0014 for a parameter that it does not have, E0013 for
    /// one given twice.
    #[track_caller]
    pub fn inst_with<'m, M: Module>(
        &'m self,
        name: impl Into<String>,
        module: &M,
        parameters: &[(&str, Parameter)],
    ) -> M::Io<'m> {
        let at = Location::caller().into();
        let name = name.into();
        self.claim(&name, at);
        let id = self.context.module_of(module, &self.path, Some(&name), at);
        let inst = id.map(|id| {
            let inputs = self.clocking(id, at);
            let parameters = self.instance_parameters(id, parameters, at);
            let mut state = self.state_mut();
            let comment = std::mem::take(&mut state.comment);
            let inst = Inst { name, module: id, inputs, parameters, comment, at };
            (state.module.insts.push(inst), id)
        });
        module.io(&Ports::outside(self, inst, at, &Cell::new(0)))
    }

    /// The connections of a child's `clk` and reset ports.
    fn clocking(&self, child: ModuleId, at: Loc) -> Vec<(PortId, NodeId)> {
        let (clock, reset) = self.context.clocking.borrow()[child.index()];
        let index = self.state().domain;
        let reset = reset.map(|port| (port, self.context.settings.reset));
        self.clock_inputs(index, clock, reset, at)
    }

    /// A comment for the Verilog: it is printed above the next register, wire, memory or instance that
    /// is declared. Several in a row are lines of one comment.
    pub fn comment(&self, text: impl AsRef<str>) {
        let mut state = self.state_mut();
        if !state.comment.is_empty() {
            state.comment.push('\n');
        }
        state.comment.push_str(text.as_ref());
    }

    /// Refuses a parameter of a component: E0014 at the caller's line, with `message`.
    #[track_caller]
    pub fn error(&self, message: impl Into<String>) {
        self.report(Code::Parameter, message.into(), Location::caller().into(), Vec::new());
    }

    /// Records a mistake in this module.
    pub(crate) fn report(
        &self,
        code: Code,
        message: String,
        at: Loc,
        notes: Vec<(String, Option<Loc>)>,
    ) {
        self.context.report(code, message, at, notes, &self.path);
    }

    /// A value to go on with after a mistake.
    pub(crate) fn poison(&self, ty: Ty) -> Sig<'_> {
        let ty = Ty { width: ty.width.clamp(1, MAX_WIDTH), ..ty };
        let at = Loc::NOWHERE;
        let node = self.state_mut().node(Op::Const(Bits::zero(ty.width)), ty, at);
        Sig::value(self, node)
    }

    /// A new node with the caller's location; a zero bit and E0014 when it is too wide.
    #[track_caller]
    pub(crate) fn node(&self, op: Op, ty: Ty) -> Sig<'_> {
        let at = Location::caller().into();
        let fitting = self.checked(ty, at);
        if fitting != ty {
            return self.poison(fitting);
        }
        let node = self.state_mut().node(op, ty, at);
        Sig::value(self, node)
    }

    /// Takes `name` for this module; reports E0013 and returns `false` when it cannot be had.
    pub(crate) fn claim(&self, name: &str, at: Loc) -> bool {
        if let Some(problem) = name::problem(name) {
            self.report(Code::Name, format!("the name `{name}` {problem}"), at, Vec::new());
            return false;
        }
        let first = self.state().names.get(name).copied();
        if let Some(first) = first {
            let notes = vec![("first used here".to_string(), Some(first))];
            let message = format!("the name `{name}` is used twice in this module");
            self.report(Code::Name, message, at, notes);
            return false;
        }
        self.state_mut().names.insert(name.to_string(), at);
        true
    }

    /// `ty`, or a 1-bit type and E0014 when its width is not from 1 to [`MAX_WIDTH`].
    pub(crate) fn checked(&self, ty: Ty, at: Loc) -> Ty {
        if (1..=MAX_WIDTH).contains(&ty.width) {
            return ty;
        }
        let limit = if ty.width == 0 { "least is 1" } else { "most is 1048576" };
        let message = format!("a width of {} bits; the {limit}", ty.width);
        self.report(Code::Parameter, message, at, Vec::new());
        Ty { width: 1, ..ty }
    }

    pub(crate) fn constant(&self, value: i128, ty: Ty, at: Loc) -> Bits {
        bits_of(value, ty).unwrap_or_else(|| {
            let range = range_of(ty);
            let message = format!("the literal {value} does not fit {ty}, which holds {range}");
            self.report(Code::Type, message, at, Vec::new());
            Bits::zero(ty.width)
        })
    }

    /// Records an assignment under the current conditions.
    pub(crate) fn assign(&self, target: u32, value: NodeId, at: Loc) {
        let mut state = self.state_mut();
        let frame = state.current;
        let previous = state.targets[target as usize].last;
        state.assigns.push(Assign { value, frame, previous, at });
        let newest = (state.assigns.len() - 1) as u32;
        state.targets[target as usize].last = newest;
    }

    /// Records an assignment that no condition guards.
    pub(crate) fn assign_always(&self, target: u32, value: NodeId, at: Loc) {
        let mut state = self.state_mut();
        state.assigns.push(Assign { value, frame: 0, previous: NONE, at });
        let newest = (state.assigns.len() - 1) as u32;
        let target = &mut state.targets[target as usize];
        target.last = newest;
        target.frame = 0;
    }

    /// The node that reads what the parent drives into an input of an instance.
    pub(crate) fn read_back(&self, target: u32) -> NodeId {
        let mut state = self.state_mut();
        let Target { sink, ty, at, .. } = state.targets[target as usize];
        let wire = match sink {
            Sink::InstInput { wire: Some(wire), .. } => wire,
            Sink::InstInput { inst, port, wire: None } => {
                let (name, comment) = (String::new(), String::new());
                let wire = Wire { name, ty, driver: None, labels: None, comment, at };
                let wire = state.module.wires.push(wire);
                state.targets[target as usize].sink =
                    Sink::InstInput { inst, port, wire: Some(wire) };
                wire
            }
            _ => return state.node(Op::Const(Bits::zero(ty.width)), ty, at),
        };
        state.node(Op::Wire(wire), ty, at)
    }
}

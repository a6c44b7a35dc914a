//! How signals are called in messages.

use crate::scope::Scope;
use crate::sig::Sig;
use crate::state::{Sink, Target, NONE};
use seedbed_ir::{Code, Dir, Loc, NodeId, Op};
use std::panic::Location;

impl Scope {
    /// Reports a mistake at the caller's line, with a note where each operand was made; not when an
    /// operand stands in for the value of a mistake before, which is reported already.
    #[track_caller]
    pub(crate) fn refuse(&self, code: Code, message: String, operands: &[Sig<'_>]) {
        if operands.iter().any(|sig| self.is_poison(*sig)) {
            return;
        }
        let notes = self.made_here(operands);
        self.report(code, message, Location::caller().into(), notes);
    }

    /// One note per operand: what it is and where it was made or declared.
    pub(crate) fn made_here(&self, operands: &[Sig<'_>]) -> Vec<(String, Option<Loc>)> {
        let place = |sig: &Sig<'_>| {
            let what = format!("{} ({}) comes from here", self.describe(*sig), sig.ty());
            (what, Some(self.place(*sig)))
        };
        operands.iter().map(place).collect()
    }

    fn place(&self, sig: Sig<'_>) -> Loc {
        if sig.target != NONE {
            return self.state().targets[sig.target as usize].at;
        }
        let node = sig.node();
        self.state().module.nodes[node].at
    }

    /// A name for messages: `` `q` ``, `` `u_fifo.enq_ready` `` or "the value".
    pub(crate) fn describe(&self, sig: Sig<'_>) -> String {
        if sig.target != NONE {
            let target = self.state().targets[sig.target as usize];
            return self.describe_target(target);
        }
        self.describe_node(sig.node())
    }

    pub(crate) fn describe_target(&self, target: Target) -> String {
        let state = self.state();
        let module = &state.module;
        match target.sink {
            Sink::Output(port) => format!("`{}`", module.ports[port].name),
            Sink::Reg(reg) => format!("`{}`", module.regs[reg].name),
            Sink::Wire(wire) => format!("`{}`", module.wires[wire].name),
            Sink::InstInput { inst, port, .. } => {
                let inst = &module.insts[inst];
                let design = self.context.design.borrow();
                format!("`{}.{}`", inst.name, design.modules[inst.module].ports[port].name)
            }
            Sink::Nothing => "an input".to_string(),
        }
    }

    fn describe_node(&self, node: NodeId) -> String {
        let state = self.state();
        let module = &state.module;
        let node = &module.nodes[node];
        if let Some(name) = &node.name {
            return format!("`{name}`");
        }
        match &node.op {
            Op::Port(port) => format!("`{}`", module.ports[*port].name),
            Op::Reg(reg) => format!("`{}`", module.regs[*reg].name),
            Op::Wire(wire) => format!("`{}`", module.wires[*wire].name),
            Op::MemRead { mem, .. } => format!("read data of `{}`", module.mems[*mem].name),
            Op::InstOut { inst, port } => {
                let inst = &module.insts[*inst];
                let design = self.context.design.borrow();
                format!("`{}.{}`", inst.name, design.modules[inst.module].ports[*port].name)
            }
            Op::Const(_) => "the constant".to_string(),
            _ => "the value".to_string(),
        }
    }

    /// `set` on something that has a driver already by its nature.
    pub(crate) fn refuse_assignment(&self, sig: Sig<'_>, at: Loc) {
        if self.is_poison(sig) {
            return;
        }
        let node = sig.node();
        let why = {
            let state = self.state();
            match &state.module.nodes[node].op {
                Op::Port(p) if state.module.ports[*p].dir == Dir::Input => {
                    "is an input, driven from outside".to_string()
                }
                Op::InstOut { .. } => "is an output of an instance".to_string(),
                Op::MemRead { .. } => "is driven by the memory".to_string(),
                Op::Const(_) => "cannot change".to_string(),
                _ => "is the result of an operator".to_string(),
            }
        };
        let message = format!(
            "{} {why}; only outputs, registers, wires and inputs of instances can be set",
            self.describe(sig)
        );
        self.report(Code::NotAssignable, message, at, self.made_here(&[sig]));
    }

    /// Whether `sig` is what [`poison`](Self::poison) made.
    pub(crate) fn is_poison(&self, sig: Sig<'_>) -> bool {
        matches!(sig.own_op(), Some(Op::Const(_))) && self.place(sig) == Loc::NOWHERE
    }

    /// `set` with a value of another type.
    pub(crate) fn refuse_type(&self, target: Sig<'_>, value: Sig<'_>, at: Loc) {
        if self.is_poison(value) {
            return;
        }
        let (want, have) = (target.ty(), value.ty());
        let remedy = match (want.signed == have.signed, want.width < have.width) {
            (true, true) => format!("use `.trunc({0})` or `.saturate({0})`", want.width),
            (true, false) => format!("use `.extend({})`", want.width),
            (false, _) if want.width == have.width && want.signed => "use `.as_signed()`".into(),
            (false, _) if want.width == have.width => "use `.as_unsigned()`".into(),
            (false, _) => "convert the signedness and the width".into(),
        };
        let name = self.describe(target);
        let message = format!("{name} is {want}, the value assigned is {have}; {remedy}");
        let notes = vec![
            (format!("{name} declared here"), Some(self.place(target))),
            ("value made here".to_string(), Some(self.place(value))),
        ];
        self.report(Code::Type, message, at, notes);
    }
}

//! Registers, state machines and synchronisers.

use super::soup::{Soup, AT, BIT};
use crate::module::{Binary, Enum, EnumId, NodeId, Op, Reg, RegId, Reset};
use crate::ty::Ty;
use seedbed_bits::Bits;

impl Soup<'_> {
    /// A register of the current domain without next value, usually with reset; it and its value.
    fn reg(&mut self, ty: Ty) -> (RegId, NodeId) {
        let name = self.name("r") + "_q";
        let value = self.random.bits(ty.width);
        let (port, kind) = (self.domain().reset, self.domain().kind);
        let reset = (!self.random.chance(4)).then_some(Reset { port, kind, value });
        let clock = self.domain().clock;
        let (comment, enable, next, labels) = (String::new(), None, None, None);
        let reg =
            Reg { name, ty, clock, reset, enable, next, labels, sync: false, comment, at: AT };
        let id = self.module.regs.push(reg);
        (id, self.node(Op::Reg(id), ty))
    }

    /// A register whose next value is a tree of decisions over earlier values and itself.
    pub(super) fn register(&mut self) -> NodeId {
        let ty = self.random.ty();
        let (reg, q) = self.reg(ty);
        let mut next = if self.random.chance(2) { q } else { self.pick_as(ty) };
        let mut enable = None;
        for _ in 0..self.random.below(5) {
            let (sel, value) = (self.condition(), self.pick_as(ty));
            let on_true = if self.random.chance(6) { q } else { value };
            next = self.node(Op::Mux { sel, on_true, on_false: next }, ty);
            enable = Some(match enable {
                Some(enable) => self.node(Op::Binary(Binary::Or, enable, sel), BIT),
                None => sel,
            });
        }
        if self.random.chance(4) {
            enable = Some(self.bit());
        }
        let reg = &mut self.module.regs[reg];
        reg.enable = enable.filter(|_| !self.random.chance(3));
        reg.next = Some(next);
        q
    }

    /// A bit, often a comparison with a constant as in a state machine.
    fn condition(&mut self) -> NodeId {
        if self.random.chance(3) {
            return self.bit();
        }
        let subject = self.domain().pool[0];
        let ty = self.ty(subject);
        let value = Bits::from_u64(ty.width, self.random.below(4) as u64);
        let value = self.node(Op::Const(value), ty);
        self.node(Op::Binary(Binary::Eq, subject, value), BIT)
    }

    /// A register with named values, which goes from one of them to another.
    pub(super) fn state_machine(&mut self) -> NodeId {
        let ty = Ty { width: 2 + self.random.below(3) as u32, signed: self.random.chance(3) };
        let labels = self.labels(ty);
        let (reg, q) = self.reg(ty);
        let values: Vec<Bits> =
            self.module.enums[labels].variants.iter().map(|(_, value)| value.clone()).collect();
        let mut next = q;
        for value in &values {
            let from = self.node(Op::Const(value.clone()), ty);
            let here = self.node(Op::Binary(Binary::Eq, q, from), BIT);
            let go = self.bit();
            let sel = self.node(Op::Binary(Binary::And, here, go), BIT);
            let to = values[self.random.below(values.len())].clone();
            let on_true = self.node(Op::Const(to), ty);
            next = self.node(Op::Mux { sel, on_true, on_false: next }, ty);
        }
        let reg = &mut self.module.regs[reg];
        (reg.labels, reg.next) = (Some(labels), Some(next));
        if let Some(reset) = &mut reg.reset {
            reset.value = values[0].clone();
        }
        q
    }

    /// A list of two to four names for values of `ty`.
    fn labels(&mut self, ty: Ty) -> EnumId {
        let first = self.random.below(4) as u64;
        let count = 2 + self.random.below(3) as u64;
        let value = |i: u64| Bits::from_u64(ty.width, (first + i) % 4);
        let name = self.name("list");
        let variants = (0..count).map(|i| (format!("{name}_s{i}"), value(i))).collect();
        self.module.enums.push(Enum { name, ty, variants, at: AT })
    }

    /// Two flops of the current domain that follow a new register of the other one.
    pub(super) fn synchroniser(&mut self) -> NodeId {
        let to = self.now;
        self.now = 1 - to;
        let (source, q) = self.reg(BIT);
        self.module.regs[source].next = Some(self.bit());
        self.push(q);
        self.now = to;
        let mut value = q;
        for _ in 0..2 {
            let (flop, q) = self.reg(BIT);
            self.module.regs[flop].next = Some(value);
            self.module.regs[flop].sync = true;
            value = q;
        }
        self.domains[to].synced.push(value);
        value
    }
}

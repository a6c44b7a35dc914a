//! The MAC array as a component.

use seedbed_hdl::{bit, sint, uint, Module, Ports, Scope, Sig};

/// Adds the dot product of `lanes` signed bytes of `a` and of `w` to `sum` in each cycle with `valid`;
/// `clear` starts a new sum, with that cycle's product if there is one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MacArray {
    /// Products per cycle.
    pub lanes: u32,
}

/// Ports of [`MacArray`]; lane 0 is in the lowest byte.
pub struct MacArrayIo<'m> {
    pub clear: Sig<'m>,
    pub valid: Sig<'m>,
    pub a: Sig<'m>,
    pub w: Sig<'m>,
    pub sum: Sig<'m>,
}

impl Module for MacArray {
    type Io<'m> = MacArrayIo<'m>;

    fn name(&self) -> String {
        format!("mac_array_l{}", self.lanes)
    }

    fn doc(&self) -> String {
        "Adds the dot product of the signed bytes of `a` and `w` to `sum` in each `valid` cycle;\n\
         `clear` starts a new sum."
            .into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> MacArrayIo<'m> {
        let bytes = uint(8 * self.lanes);
        MacArrayIo {
            clear: p.input("clear", bit()),
            valid: p.input("valid", bit()),
            a: p.input("a", bytes),
            w: p.input("w", bytes),
            sum: p.output("sum", sint(24)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: MacArrayIo<'m>) {
        let lane = |of: Sig<'m>, k: u32| of.slice(8 * k, 8).as_signed();
        let products: Vec<_> = (0..self.lanes).map(|k| lane(io.a, k) * lane(io.w, k)).collect();
        let dot = m.sum(&products);
        let sum = m.reg("sum_q", sint(24), 0);
        let kept = m.mux(io.clear, m.zero(sint(24)), sum);
        let added = m.mux(io.valid, dot.resize(24), m.zero(sint(24)));
        sum.set(kept.wrapping_add(added));
        io.sum.set(sum);
    }
}

//! A weight-stationary systolic array in the style of the project: element, row, array; a row's
//! boundary is one vector per quantity.

use seedbed_hdl::{bit, sint, uint, Module, Ports, Scope, Sig};

/// Bits of a partial sum.
pub const SUM: u32 = 32;

/// One element: two weight planes, a product, a sum.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Element;

pub struct ElementIo<'m> {
    pub act: Sig<'m>,
    pub plane: Sig<'m>,
    pub load: Sig<'m>,
    pub weight: Sig<'m>,
    pub sum: Sig<'m>,
    pub act_out: Sig<'m>,
    pub plane_out: Sig<'m>,
    pub sum_out: Sig<'m>,
}

impl Module for Element {
    type Io<'m> = ElementIo<'m>;

    fn name(&self) -> String {
        "element".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ElementIo<'m> {
        ElementIo {
            act: p.input("act", sint(8)),
            plane: p.input("plane", bit()),
            load: p.input("load", uint(2)),
            weight: p.input("weight", sint(8)),
            sum: p.input("sum", sint(SUM)),
            act_out: p.output("act_out", sint(8)),
            plane_out: p.output("plane_out", bit()),
            sum_out: p.output("sum_out", sint(SUM)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ElementIo<'m>) {
        let planes = [0, 1].map(|i| {
            let weight = m.reg_no_reset(format!("weight{i}_q"), sint(8));
            m.when(io.load.bit(i), || weight.set(io.weight));
            weight
        });
        let act = io.act.pipe("act_q");
        let plane = io.plane.pipe("plane_q");
        let product = (act * m.mux(plane, planes[1], planes[0])).named("product");
        io.act_out.set(act);
        io.plane_out.set(plane);
        io.sum_out.set(io.sum.wrapping_add(product).pipe_no_reset("sum_q"));
    }
}

/// A row of elements; activations pass from left to right.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    pub columns: u32,
}

pub struct RowIo<'m> {
    pub act: Sig<'m>,
    pub plane: Sig<'m>,
    pub load: Sig<'m>,
    pub weights: Sig<'m>,
    pub sums: Sig<'m>,
    pub sums_out: Sig<'m>,
}

impl Module for Row {
    type Io<'m> = RowIo<'m>;

    fn name(&self) -> String {
        format!("row_{}", self.columns)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RowIo<'m> {
        RowIo {
            act: p.input("act", sint(8)),
            plane: p.input("plane", bit()),
            load: p.input("load", uint(2)),
            weights: p.input("weights", uint(8 * self.columns)),
            sums: p.input("sums", uint(SUM * self.columns)),
            sums_out: p.output("sums_out", uint(SUM * self.columns)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: RowIo<'m>) {
        let (mut act, mut plane) = (io.act, io.plane);
        let mut sums = Vec::new();
        for c in 0..self.columns {
            let e = m.inst(format!("u_e{c}"), &Element);
            e.act.set(act);
            e.plane.set(plane);
            e.load.set(io.load);
            e.weight.set(io.weights.slice(8 * c, 8).as_signed());
            e.sum.set(io.sums.slice(SUM * c, SUM).as_signed());
            (act, plane) = (e.act_out, e.plane_out);
            sums.insert(0, e.sum_out.as_unsigned());
        }
        io.sums_out.set(m.cat(&sums));
    }
}

/// The array: rows, partial sums pass downwards. Activations arrive skewed already.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Array {
    pub rows: u32,
    pub columns: u32,
}

pub struct ArrayIo<'m> {
    pub acts: Sig<'m>,
    pub plane: Sig<'m>,
    pub load: Sig<'m>,
    pub weights: Sig<'m>,
    pub sums: Sig<'m>,
}

impl Module for Array {
    type Io<'m> = ArrayIo<'m>;

    fn name(&self) -> String {
        format!("array_{}x{}", self.rows, self.columns)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ArrayIo<'m> {
        ArrayIo {
            acts: p.input("acts", uint(8 * self.rows)),
            plane: p.input("plane", uint(self.rows)),
            load: p.input("load", uint(2 * self.rows)),
            weights: p.input("weights", uint(8 * self.columns)),
            sums: p.output("sums", uint(SUM * self.columns)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ArrayIo<'m>) {
        let mut sums = m.zero(uint(SUM * self.columns));
        for r in 0..self.rows {
            let row = m.inst(format!("u_row{r}"), &Row { columns: self.columns });
            row.act.set(io.acts.slice(8 * r, 8).as_signed());
            row.plane.set(io.plane.bit(r));
            row.load.set(io.load.slice(2 * r, 2));
            row.weights.set(io.weights);
            row.sums.set(sums);
            sums = row.sums_out;
        }
        io.sums.set(sums);
    }
}

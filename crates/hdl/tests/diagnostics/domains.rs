//! E0020: values of different clock domains.

use crate::*;

/// A module of the clocks `clk` and `b_clk`, with an input and an output of each.
#[derive(Clone, Debug)]
struct Two {
    name: &'static str,
    build: for<'m> fn(&'m Scope, TwoIo<'m>),
}

impl PartialEq for Two {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Two {}

impl std::hash::Hash for Two {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

struct TwoIo<'m> {
    b: seedbed_hdl::Domain<'m>,
    x: Sig<'m>,
    y: Sig<'m>,
    x_b: Sig<'m>,
    y_b: Sig<'m>,
}

impl Module for Two {
    type Io<'m> = TwoIo<'m>;

    fn name(&self) -> String {
        self.name.into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> TwoIo<'m> {
        let b = p.domain("b_clk", "b_rst_n");
        let (x, y) = (p.input("x", bit()), p.output("y", bit()));
        let pair = |p: &Ports<'_, 'm>| (p.input("x_b", bit()), p.output("y_b", bit()));
        let (x_b, y_b) = p.within(b, pair);
        TwoIo { b, x, y, x_b, y_b }
    }

    fn build<'m>(&self, m: &'m Scope, io: TwoIo<'m>) {
        (self.build)(m, io);
    }
}

/// Elaborates `build` and compares what is reported with the snapshot `name`.
#[track_caller]
fn check_two(name: &'static str, codes: &[Code], build: for<'m> fn(&'m Scope, TwoIo<'m>)) {
    let mistakes = elaborate(&Two { name, build }, &Settings::default()).expect_err("a mistake");
    compare(name, codes, &mistakes);
}

#[test]
fn domains_meet_in_an_expression() {
    check_two("domains_meet_in_an_expression", &[Code::Crossing; 2], |m, io| {
        let count = m.within(io.b, || io.x_b.pipe("count_q"));
        let here = io.x.pipe("here_q");
        // One mistake, whatever takes the value.
        let both = here & count;
        io.y.set(both.pipe("first_q") | both.pipe("second_q"));
        m.within(io.b, || {
            let held = m.reg("held_q", bit(), 0);
            m.when_else(count, || held.set(io.x_b), || held.set(here));
            io.y_b.set(held);
        });
    });
}

#[test]
fn domains_meet_at_a_register() {
    let codes = [Code::Crossing, Code::Type, Code::Crossing];
    check_two("domains_meet_at_a_register", &codes, |m, io| {
        let taken = io.x_b.pipe("taken_q");
        m.wire("wide_w", uint(2)).set(io.x); // other mistakes do not hide crossings
        let loaded = m.reg("loaded_q", bit(), 0);
        m.when(io.x_b, || loaded.set(io.x));
        io.y.set(taken & loaded);
        io.y_b.set(m.within(io.b, || io.x_b.pipe("fine_q")));
    });
}

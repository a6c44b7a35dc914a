//! Black boxes and clock domains.

use super::*;
use seedbed_hdl::{BlackBox, Collision, Domain, Foreign, MemSpec};

/// A black box whose `build` is `describe`.
#[derive(Clone, Debug)]
struct Box8 {
    describe: for<'m> fn(&'m Scope, Foreign<'m>),
}

impl PartialEq for Box8 {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Box8 {}

impl std::hash::Hash for Box8 {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

struct Box8Io<'m> {
    a: Sig<'m>,
    y: Sig<'m>,
}

impl Module for Box8 {
    type Io<'m> = Box8Io<'m>;

    fn name(&self) -> String {
        "box8".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Box8Io<'m> {
        Box8Io { a: p.input("a", uint(8)), y: p.output("y", uint(8)) }
    }

    fn build<'m>(&self, m: &'m Scope, _: Box8Io<'m>) {
        (self.describe)(m, m.black_box(BlackBox { clock: true, ..BlackBox::default() }));
    }
}

#[test]
fn parameter_does_not_fit() {
    let codes = [Code::Name, Code::Name, Code::Name, Code::Parameter];
    check("parameter_does_not_fit", &codes, |m, io| {
        let describe: for<'m> fn(&'m Scope, Foreign<'m>) = |_, foreign| {
            foreign
                .verilog_name("box-8")
                .parameter("WIDTH", 8)
                .parameter("parameter", 8)
                .parameter("WIDTH", 9)
                .parameter("RATIO", 1.0 / 0.0);
        };
        let inner = m.inst("u_box", &Box8 { describe });
        inner.a.set(io.a);
        io.y.set(inner.y);
    });
}

#[test]
fn instance_has_other_parameters() {
    let codes = [Code::Name, Code::Parameter, Code::Parameter, Code::Parameter];
    check("instance_has_other_parameters", &codes, |m, io| {
        let describe: for<'m> fn(&'m Scope, Foreign<'m>) = |_, foreign| {
            foreign.parameter("WIDTH", 8).parameter("DEPTH", 4);
        };
        let given = [("DEPTH", 2.into()), ("DEPTH", 3.into()), ("MODE", "fast".into())];
        let inner = m.inst_with("u_box", &Box8 { describe }, &given);
        inner.a.set(io.a);
        let last = m.inst_with("u_last", &Box8 { describe }, &[("WIDTH", f64::NAN.into())]);
        last.a.set(inner.y);
        let plain = m.inst_with("u_add_one", &AddOne, &[("WIDTH", 8.into())]);
        plain.x.set(last.y);
        io.y.set(plain.sum);
    });
}

#[test]
fn black_box_has_a_body() {
    check("black_box_has_a_body", &[Code::Parameter, Code::Parameter], |m, io| {
        let describe: for<'m> fn(&'m Scope, Foreign<'m>) = |m, _| {
            m.reg("count_q", uint(8), 0).set(1);
            m.black_box(BlackBox::default());
        };
        let inner = m.inst("u_box", &Box8 { describe });
        inner.a.set(io.a);
        io.y.set(inner.y);
    });
}

#[test]
fn black_box_is_the_top() {
    let describe: for<'m> fn(&'m Scope, Foreign<'m>) = |_, _| {};
    let mistakes = elaborate(&Box8 { describe }, &Settings::default()).expect_err("a mistake");
    compare("black_box_is_the_top", &[Code::Parameter], &mistakes);
}

/// A component with a domain of its own beside `clk`, and what is done with it.
#[derive(Clone, Debug)]
struct TwoClocks {
    build: for<'m> fn(&'m Scope, &TwoIo<'m>),
}

impl PartialEq for TwoClocks {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TwoClocks {}

impl std::hash::Hash for TwoClocks {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

struct TwoIo<'m> {
    b: Domain<'m>,
    d: Sig<'m>,
    q: Sig<'m>,
}

impl Module for TwoClocks {
    type Io<'m> = TwoIo<'m>;

    fn name(&self) -> String {
        "two_clocks".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> TwoIo<'m> {
        let b = p.domain("b_clk", "b_rst_n");
        TwoIo { b, d: p.input("d", uint(8)), q: p.output("q", uint(8)) }
    }

    fn build<'m>(&self, m: &'m Scope, io: TwoIo<'m>) {
        (self.build)(m, &io);
        io.q.set(io.d.pipe("d_q"));
    }
}

#[track_caller]
fn check_two(name: &str, codes: &[Code], build: for<'m> fn(&'m Scope, &TwoIo<'m>)) {
    let mistakes = elaborate(&TwoClocks { build }, &Settings::default()).expect_err("a mistake");
    compare(name, codes, &mistakes);
}

#[test]
fn memory_is_written_by_two_clocks() {
    check_two("memory_is_written_by_two_clocks", &[Code::Crossing], |m, io| {
        let words = m.mem("words", MemSpec::new(8, 4).collision(Collision::Undefined));
        words.write(0, true, io.d, None);
        m.within(io.b, || {
            words.read(1, true);
            words.write(1, true, io.d, None);
        });
    });
}

#[test]
fn memory_of_two_clocks_has_no_order() {
    check_two("memory_of_two_clocks_has_no_order", &[Code::Crossing], |m, io| {
        let words = m.mem("words", MemSpec::new(8, 4));
        words.write(0, true, io.d, None);
        m.within(io.b, || words.read(1, true));
    });
}

#[test]
fn clock_domain_is_connected_twice() {
    let codes = [Code::Undriven, Code::DrivenTwice];
    check("clock_domain_is_connected_twice", &codes, |m, io| {
        let inner = m.inst("u_inner", &TwoClocks { build: |_, _| {} });
        inner.b.connect(m.domain());
        inner.b.connect(m.domain());
        io.y.set(inner.q);
    });
}

#[test]
fn clock_gate_is_misused() {
    let codes = [Code::Name, Code::Parameter, Code::Parameter];
    check("clock_gate_is_misused", &codes, |m, io| {
        let gated = m.clock_gate("slow_clk", io.c, None);
        m.clock_gate("slow_clk", io.c, None);
        gated.gated("slower_clk", io.c, None);
        io.y.set(m.within(gated, || io.a.pipe("a_q")));
    });
}

//! Black boxes and clock domains.

use super::*;
use seedbed_hdl::{BlackBox, Foreign};

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

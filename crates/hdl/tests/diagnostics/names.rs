//! E0013: names.

use super::*;

#[test]
fn name_used_twice() {
    check("name_used_twice", &[Code::Name; 3], |m, io| {
        let q = m.reg("q", uint(8), 0);
        q.set(io.a);
        let w = m.wire("q", uint(8));
        w.set(q);
        io.y.set(w.wrapping_add(1).named("a"));
        let one = m.inst("y", &AddOne);
        one.x.set(0);
    });
}

#[test]
fn name_is_no_identifier() {
    check("name_is_no_identifier", &[Code::Name; 2], |m, io| {
        let w = m.wire("wire", uint(8));
        w.set(io.a);
        io.y.set(w.pipe("2nd"));
    });
}

/// Forgets a parameter in its name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Delay {
    stages: u32,
}

impl Module for Delay {
    type Io<'m> = (Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        "delay".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        (p.input("d", uint(8)), p.output("q", uint(8)))
    }

    fn build<'m>(&self, _: &'m Scope, (d, q): Self::Io<'m>) {
        q.set((0..self.stages).fold(d, |d, i| d.pipe(format!("d{i}_q"))));
    }
}

#[test]
fn two_components_of_one_name() {
    check("two_components_of_one_name", &[Code::Name], |m, io| {
        let (d, q) = m.inst("u_one", &Delay { stages: 1 });
        d.set(io.a);
        let (d2, q2) = m.inst("u_two", &Delay { stages: 2 });
        d2.set(q);
        io.y.set(q2);
    });
}

#[test]
fn clock_name_is_taken() {
    check("clock_name_is_taken", &[Code::Name], |m, io| {
        let clk = m.wire("clk", uint(8));
        clk.set(io.a);
        io.y.set(clk.pipe("q"));
    });
}

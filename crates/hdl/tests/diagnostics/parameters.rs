//! E0014: parameters of components and library calls.

use super::*;

#[test]
fn width_is_zero() {
    check("width_is_zero", &[Code::Parameter; 3], |m, io| {
        let w = m.wire("w", uint(0));
        w.set(0);
        io.y.set(m.cat(&[w, io.a.trunc(0), io.a.saturate(0)]).resize(8));
    });
}

#[test]
fn bits_out_of_range() {
    check("bits_out_of_range", &[Code::Parameter; 4], |m, io| {
        let parts = [io.a.bit(8), io.a.slice(6, 3), io.a.trunc(9), io.a.extend(7)];
        io.y.set(m.cat(&parts).trunc(8));
    });
}

#[test]
fn lists_are_empty() {
    check("lists_are_empty", &[Code::Parameter; 5], |m, io| {
        let parts = [
            m.cat(&[]),
            m.select(io.a, &[]),
            m.sum(&[]),
            m.mux_one_hot(&[], &[]),
            io.a.replicate(0),
        ];
        io.y.set(m.cat(&parts).resize(8));
    });
}

#[test]
fn lists_differ_in_length() {
    check("lists_differ_in_length", &[Code::Parameter], |m, io| {
        io.y.set(m.mux_one_hot(&[io.c], &[io.a, io.a]));
    });
}

#[test]
fn memory_is_malformed() {
    check("memory_is_malformed", &[Code::Parameter; 2], |m, io| {
        let mem = m.mem_1r1w("mem", 8, 1, Some(3));
        mem.write(0, io.c, io.a, None);
        io.y.set(mem.read(0, true));
    });
}

#[test]
fn case_is_unreachable() {
    check("case_is_unreachable", &[Code::Parameter; 2], |m, io| {
        m.switch(io.c, |s| {
            s.case(0, || io.y.set(1));
            s.case(0, || io.y.set(2));
            s.case(1, || io.y.set(3));
            s.default(|| io.y.set(4));
        });
    });
}

#[test]
fn component_refuses_its_parameters() {
    check("component_refuses_its_parameters", &[Code::Parameter], |m, io| {
        m.error("`depth` is 5; it must be a power of two");
        io.y.set(io.a);
    });
}

/// Never ends.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Endless {
    growing: bool,
    depth: u32,
}

impl Module for Endless {
    type Io<'m> = ();

    fn name(&self) -> String {
        format!("endless_{}_{}", self.growing, self.depth)
    }

    fn io<'m>(&self, _: &Ports<'_, 'm>) {}

    fn build(&self, m: &Scope, (): ()) {
        let depth = self.depth + u32::from(self.growing);
        m.inst("u", &Endless { depth, ..self.clone() });
    }
}

#[test]
fn component_contains_itself() {
    check("component_contains_itself", &[Code::Parameter], |m, io| {
        m.inst("u_endless", &Endless { growing: false, depth: 0 });
        io.y.set(io.a);
    });
}

#[test]
fn nesting_never_ends() {
    check("nesting_never_ends", &[Code::Parameter], |m, io| {
        m.inst("u_endless", &Endless { growing: true, depth: 0 });
        io.y.set(io.a);
    });
}

/// Declares one port more for each instance.
#[derive(Clone, Debug)]
struct Fickle {
    calls: std::rc::Rc<std::cell::Cell<u32>>,
}

impl PartialEq for Fickle {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Fickle {}

impl std::hash::Hash for Fickle {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl Module for Fickle {
    type Io<'m> = Vec<Sig<'m>>;

    fn name(&self) -> String {
        "fickle".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        self.calls.set(self.calls.get() + 1);
        (0..self.calls.get()).map(|i| p.input(format!("p{i}"), bit())).collect()
    }

    fn build<'m>(&self, _: &'m Scope, _: Self::Io<'m>) {}
}

#[test]
fn ports_differ_between_calls() {
    check("ports_differ_between_calls", &[Code::Parameter], |m, io| {
        for port in m.inst("u_fickle", &Fickle { calls: Default::default() }) {
            port.set(io.c);
        }
        io.y.set(io.a);
    });
}

#[test]
fn one_run_lists_all_mistakes_and_each_only_once() {
    let codes = [Code::Parameter, Code::Undriven, Code::Type, Code::DrivenTwice];
    check("one_run_lists_all_mistakes_and_each_only_once", &codes, |m, io| {
        for lane in 0..16 {
            let q = m.reg_no_reset(format!("lane{lane}_q"), uint(8));
            q.set(io.a.bit(9).extend(8));
        }
        m.wire("w", uint(4));
        io.y.set(io.a * io.a);
        io.y.set(0);
    });
}

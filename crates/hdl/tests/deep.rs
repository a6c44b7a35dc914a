//! Long chains, wide choices and deep nesting: nothing overflows a stack or takes time that grows with the
//! square of its size.

use seedbed_hdl::{elaborate, uint, Code, Design, Diagnostic, Module, Ports, Scope, Settings, Sig};

/// A module described by a function of its input and a size.
#[derive(Clone, Debug)]
struct Deep {
    name: &'static str,
    size: u32,
    build: Body,
}

/// Scope, input, size; gives the output.
type Body = for<'m> fn(&'m Scope, Sig<'m>, u32) -> Sig<'m>;

impl PartialEq for Deep {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.size) == (other.name, other.size)
    }
}

impl Eq for Deep {}

impl std::hash::Hash for Deep {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.name, self.size).hash(state);
    }
}

impl Module for Deep {
    type Io<'m> = [Sig<'m>; 2];

    fn name(&self) -> String {
        format!("{}_{}", self.name, self.size)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 2] {
        [p.input("x", uint(16)), p.output("y", uint(16))]
    }

    fn build<'m>(&self, m: &'m Scope, [x, y]: [Sig<'m>; 2]) {
        y.set((self.build)(m, x, self.size));
    }
}

fn run(name: &'static str, size: u32, build: Body) -> Result<Design, Vec<Diagnostic>> {
    elaborate(&Deep { name, size, build }, &Settings::default())
}

fn chain<'m>(_: &'m Scope, x: Sig<'m>, size: u32) -> Sig<'m> {
    (0..size).fold(x, |y, _| y ^ x)
}

fn cases<'m>(m: &'m Scope, x: Sig<'m>, size: u32) -> Sig<'m> {
    let q = m.reg("q", uint(16), 0);
    m.switch(x, |s| {
        for value in 0..size {
            s.case(value, || q.set(value));
        }
    });
    q
}

/// A register that each level assigns before it goes deeper.
fn nested<'m>(m: &'m Scope, x: Sig<'m>, size: u32) -> Sig<'m> {
    fn level<'m>(m: &'m Scope, x: Sig<'m>, q: Sig<'m>, left: u32) {
        q.set(left);
        if left > 0 {
            m.when(x.eq(left), || level(m, x, q, left - 1));
        }
    }
    let q = m.reg("q", uint(16), 0);
    level(m, x, q, size);
    q
}

fn whens<'m>(m: &'m Scope, x: Sig<'m>, size: u32) -> Sig<'m> {
    let q = m.reg("q", uint(16), 0);
    for value in 0..size {
        m.when(x.eq(value), || q.set(value));
    }
    q
}

fn wires<'m>(m: &'m Scope, x: Sig<'m>, size: u32) -> Sig<'m> {
    (0..size).fold(x, |y, i| {
        let w = m.wire(format!("w{i}"), uint(16));
        w.set(y);
        w
    })
}

fn looped<'m>(m: &'m Scope, x: Sig<'m>, size: u32) -> Sig<'m> {
    let first = m.wire("first", uint(16));
    first.set((0..size).fold(first, |y, _| y ^ x));
    first
}

#[test]
fn chains_of_a_million_operators_elaborate() {
    assert!(run("chain", 1_000_000, chain).is_ok());
    assert!(run("wires", 50_000, wires).is_ok());
    assert!(run("looped", 100_000, looped).is_err());
}

#[test]
fn choices_of_many_cases_elaborate() {
    assert!(run("whens", 60_000, whens).is_ok());
    assert!(run("cases", 4096, cases).is_ok());
    assert_eq!(run("cases", 4600, cases).map_err(|m| m[0].code).err(), Some(Code::Parameter));
    assert!(run("nested", 400, nested).is_ok());
    assert!(run("nested", 1000, nested).is_err());
}

#[test]
fn each_run_of_a_builder_gives_the_same() {
    let text = |name, size, body| match run(name, size, body) {
        Ok(design) => format!("{design:?}"),
        Err(mistakes) => format!("{mistakes:?}"),
    };
    assert_eq!(text("whens", 50, whens), text("whens", 50, whens));
    assert_eq!(text("looped", 50, looped), text("looped", 50, looped));
}

//! Conditional assignment against a sequential interpreter: later assignments win, registers hold.

use super::Random;
use seedbed_hdl::{elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::Simulator;

/// A statement of a random body. Conditions are bits of one input, values bytes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Statement {
    /// Target index, value.
    Set(usize, u8),
    When(u32, Vec<Statement>),
    WhenElse(u32, Vec<Statement>, Vec<Statement>),
    /// Low bit of a two-bit selector, cases with their values, default.
    Switch(u32, Vec<(u8, Vec<Statement>)>, Option<Vec<Statement>>),
}

/// The number of registers, and of wires after them.
const EACH: usize = 3;

/// Registers `q0..` and outputs `w0..` assigned by a random body, after defaults for the outputs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Body {
    statements: Vec<Statement>,
}

struct BodyIo<'m> {
    conditions: Sig<'m>,
    registers: Vec<Sig<'m>>,
    wires: Vec<Sig<'m>>,
}

impl Module for Body {
    type Io<'m> = BodyIo<'m>;

    fn name(&self) -> String {
        "body".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> BodyIo<'m> {
        BodyIo {
            conditions: p.input("conditions", uint(16)),
            registers: (0..EACH).map(|i| p.output(format!("q{i}"), uint(8))).collect(),
            wires: (0..EACH).map(|i| p.output(format!("w{i}"), uint(8))).collect(),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: BodyIo<'m>) {
        let mut targets = Vec::new();
        for (i, output) in io.registers.iter().enumerate() {
            let q = m.reg(format!("reg{i}_q"), uint(8), 0);
            output.set(q);
            // A register that nothing assigns would be refused; the stimulus never is 0xffff.
            m.when(io.conditions.eq(0xffff), || q.set(255));
            targets.push(q);
        }
        for output in io.wires {
            output.set(7);
            targets.push(output);
        }
        build(m, io.conditions, &targets, &self.statements);
    }
}

fn build<'m>(m: &'m Scope, c: Sig<'m>, targets: &[Sig<'m>], body: &[Statement]) {
    for statement in body {
        match statement {
            Statement::Set(target, value) => targets[*target].set(*value),
            Statement::When(bit, then) => m.when(c.bit(*bit), || build(m, c, targets, then)),
            Statement::WhenElse(bit, then, otherwise) => m.when_else(
                c.bit(*bit),
                || build(m, c, targets, then),
                || build(m, c, targets, otherwise),
            ),
            Statement::Switch(lo, cases, default) => m.switch(c.slice(*lo, 2), |s| {
                for (value, body) in cases {
                    s.case(*value, || build(m, c, targets, body));
                }
                if let Some(body) = default {
                    s.default(|| build(m, c, targets, body));
                }
            }),
        }
    }
}

/// Executes `body` in order.
fn execute(body: &[Statement], conditions: u64, targets: &mut [u64]) {
    let bit = |i: &u32| conditions >> i & 1 == 1;
    for statement in body {
        match statement {
            Statement::Set(target, value) => targets[*target] = (*value).into(),
            Statement::When(i, then) if bit(i) => execute(then, conditions, targets),
            Statement::When(..) => {}
            Statement::WhenElse(i, then, _) if bit(i) => execute(then, conditions, targets),
            Statement::WhenElse(_, _, otherwise) => execute(otherwise, conditions, targets),
            Statement::Switch(lo, cases, default) => {
                let value = conditions >> lo & 3;
                match cases.iter().find(|(case, _)| u64::from(*case) == value) {
                    Some((_, body)) => execute(body, conditions, targets),
                    None => execute(default.as_deref().unwrap_or(&[]), conditions, targets),
                }
            }
        }
    }
}

/// A random body in which no assignment makes an earlier one useless (that is an error, E0011):
/// `set` lists the targets that statements before it in the same block have assigned.
fn body(random: &mut Random, depth: usize, outer: bool) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut set = vec![outer; 2 * EACH];
    for _ in 0..1 + random.below(4) {
        let lo = random.below(15) as u32;
        let statement = match random.below(if depth == 0 { 1 } else { 5 }) {
            0 => {
                let target = random.below(2 * EACH);
                if set[target] {
                    continue;
                }
                Statement::Set(target, random.next_u64() as u8)
            }
            1 | 2 => Statement::When(lo, body(random, depth - 1, false)),
            3 => {
                let (then, otherwise) =
                    (body(random, depth - 1, false), body(random, depth - 1, false));
                Statement::WhenElse(lo, then, otherwise)
            }
            _ => {
                let first = random.below(4) as u8;
                let count = 1 + random.below(4) as u8;
                let cases = (0..count).map(|i| ((first + i) % 4, body(random, depth - 1, false)));
                let cases: Vec<_> = cases.collect();
                let default = count < 4 && random.below(2) == 0;
                let default = default.then(|| body(random, depth - 1, false));
                Statement::Switch(lo, cases, default)
            }
        };
        assigned(&statement, &mut set);
        statements.push(statement);
    }
    statements
}

fn assigned(statement: &Statement, set: &mut [bool]) {
    let mut all = |body: &[Statement]| body.iter().for_each(|s| assigned(s, set));
    match statement {
        Statement::Set(target, _) => set[*target] = true,
        Statement::When(_, then) => all(then),
        Statement::WhenElse(_, then, otherwise) => {
            all(then);
            all(otherwise);
        }
        Statement::Switch(_, cases, default) => {
            cases.iter().for_each(|(_, body)| all(body));
            default.iter().for_each(|body| all(body));
        }
    }
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let statements = body(&mut random, 4, true);
    let design = match elaborate(&Body { statements: statements.clone() }, &Settings::default()) {
        Ok(design) => design,
        Err(mistakes) => panic!("seed {seed}: {}\n{statements:#?}", mistakes[0]),
    };
    let mut sim = Simulator::new(&design);
    let [rst_n, conditions] =
        ["rst_n", "conditions"].map(|name| sim.input(name).expect("an input"));
    let names: Vec<String> =
        ["q", "w"].iter().flat_map(|k| (0..EACH).map(move |i| format!("{k}{i}"))).collect();
    let outputs: Vec<_> = names.iter().map(|name| sim.output(name).expect("an output")).collect();
    for value in [0, 1] {
        sim.set(rst_n, value);
        sim.settle();
    }
    let mut state = vec![0; 2 * EACH];
    for cycle in 0..60 {
        let now = random.next_u64() & 0x7fff;
        sim.set(conditions, now);
        sim.settle();
        let mut next = state.clone();
        next[EACH..].fill(7);
        execute(&statements, now, &mut next);
        let held = state[..EACH].iter().chain(&next[EACH..]);
        for ((name, &port), &want) in names.iter().zip(&outputs).zip(held) {
            assert_eq!(sim.get(port), want, "seed {seed}, cycle {cycle}, {name}");
        }
        state = next;
        sim.tick();
    }
}

#[test]
fn later_assignments_win_and_registers_hold() {
    (1..=150).for_each(run);
}

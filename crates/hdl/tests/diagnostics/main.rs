//! Every diagnostic as the user sees it, with the source line it points at.
//!
//! The expected texts are in `snapshots`; `BLESS=1` rewrites them.

mod drivers;
mod names;
mod parameters;
mod types;

use seedbed_hdl::{
    bit, elaborate, sint, uint, Code, Diagnostic, Loc, Module, Ports, Scope, Settings, Sig,
};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The module all cases are built in.
#[derive(Clone, Debug)]
struct Case {
    name: &'static str,
    build: for<'m> fn(&'m Scope, Io<'m>),
}

impl PartialEq for Case {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Case {}

impl std::hash::Hash for Case {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

struct Io<'m> {
    a: Sig<'m>,
    s: Sig<'m>,
    c: Sig<'m>,
    y: Sig<'m>,
}

impl Module for Case {
    type Io<'m> = Io<'m>;

    fn name(&self) -> String {
        self.name.into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Io<'m> {
        Io {
            a: p.input("a", uint(8)),
            s: p.input("s", sint(8)),
            c: p.input("c", bit()),
            y: p.output("y", uint(8)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: Io<'m>) {
        (self.build)(m, io);
    }
}

/// Adds one in the same cycle.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct AddOne;

struct AddOneIo<'m> {
    x: Sig<'m>,
    sum: Sig<'m>,
}

impl Module for AddOne {
    type Io<'m> = AddOneIo<'m>;

    fn name(&self) -> String {
        "add_one".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> AddOneIo<'m> {
        AddOneIo { x: p.input("x", uint(8)), sum: p.output("sum", uint(8)) }
    }

    fn build<'m>(&self, _: &'m Scope, io: AddOneIo<'m>) {
        io.sum.set(io.x.wrapping_add(1));
    }
}

/// Elaborates `build` and compares what is reported with the snapshot `name`.
#[track_caller]
fn check(name: &'static str, codes: &[Code], build: for<'m> fn(&'m Scope, Io<'m>)) {
    let mistakes = elaborate(&Case { name, build }, &Settings::default()).expect_err("a mistake");
    compare(name, codes, &mistakes);
}

#[track_caller]
fn compare(name: &str, codes: &[Code], mistakes: &[Diagnostic]) {
    let text: String = mistakes.iter().map(render).collect();
    let found: Vec<Code> = mistakes.iter().map(|d| d.code).collect();
    assert_eq!(found, codes, "\n{text}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/diagnostics/snapshots/{name}.txt"));
    if std::env::var("BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(&file, &text).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, expected, "{} differs; BLESS=1 rewrites it", file.display());
}

/// The message, then the lines it points at.
fn render(mistake: &Diagnostic) -> String {
    let mut text = format!("{mistake}\n");
    let notes = mistake.notes.iter().filter_map(|(_, at)| *at);
    for at in std::iter::once(mistake.at).chain(notes) {
        writeln!(text, "  {:>4} | {}", at.line, source_line(at))
            .expect("writing to a string succeeds");
    }
    text
}

fn source_line(at: Loc) -> String {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let source = std::fs::read_to_string(root.join(at.file)).expect("the file named exists");
    source.lines().nth(at.line as usize - 1).expect("the line named exists").trim().to_string()
}

// Last, so that the lines above keep their numbers.
mod domains;
mod foreign;
mod language;
mod pages;

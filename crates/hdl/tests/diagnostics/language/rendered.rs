//! Mistakes with the source they speak of, as a user sees them.

use super::compare_text;
use crate::*;
use seedbed_hdl::render;

/// Contains a mistake, one instance below the top.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Inner;

impl Module for Inner {
    type Io<'m> = AddOneIo<'m>;

    fn name(&self) -> String {
        "inner".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> AddOneIo<'m> {
        AddOneIo { x: p.input("x", uint(8)), sum: p.output("sum", uint(8)) }
    }

    fn build<'m>(&self, _: &'m Scope, io: AddOneIo<'m>) {
        let twice = io.x + io.x;
        io.sum.set(twice);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn mistakes_show_their_source() {
    let build: for<'m> fn(&'m Scope, Io<'m>) = |m, io| {
        let inner = m.inst("u_inner", &Inner);
        inner.x.set(io.a);
        let w = m.wire("w", uint(8));
        io.y.set(w ^ inner.sum);
        io.y.set(inner.sum);
    };
    let case = Case { name: "shows_source", build };
    let mistakes = elaborate(&case, &Settings::default()).expect_err("mistakes");
    compare_text("mistakes_show_their_source", &render(&mistakes, &root(), false));
    let coloured = render(&mistakes, &root(), true);
    assert!(coloured.contains("\u{1b}["), "{coloured}");
}

#[test]
fn without_the_source_the_places_are_left() {
    let at = Loc::new("gone.rs", 3, 9);
    let notes = vec![("declared here".to_string(), Some(at)), ("a hint".to_string(), None)];
    let (message, path) = ("no".to_string(), "top".to_string());
    let lost = Diagnostic { code: Code::Loop, message, at, notes, path };
    let text = render(std::slice::from_ref(&lost), &root(), false);
    assert_eq!(text, format!("{lost}\n\n1 mistake\n"));
    // A place beyond the end of a file that is there.
    let at = Loc::new("crates/hdl/Cargo.toml", 9999, 1);
    let text = render(&[Diagnostic { at, ..lost }], &root(), false);
    assert!(text.contains("Cargo.toml:9999:1"), "{text}");
}

#[test]
fn every_code_has_a_test_that_produces_it() {
    let mut tests = String::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.components().any(|c| c.as_os_str() == "tests") {
                tests.push_str(&std::fs::read_to_string(path).unwrap_or_default());
            }
        }
    }
    for code in Code::ALL {
        assert!(tests.contains(&format!("Code::{code:?}")), "no test expects {code} ({code:?})");
    }
}

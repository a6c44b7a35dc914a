//! The emitted text of a set of designs, kept in `tests/golden`, and the tools' opinion of it.
//!
//! `BLESS=1 cargo test -p seedbed-verilog` rewrites the files.

mod common;
mod designs;

use common::tools;
use seedbed_ir::{check, text, Design, Entity};
use seedbed_verilog::{emit, file_list, Options, SourceFile};
use std::path::PathBuf;

fn options() -> Options {
    Options { header: vec!["Seedbed, golden file".into()], ..Options::default() }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn bless(name: &str, files: &[SourceFile]) {
    let folder = folder(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the golden folder is writable");
    tools::write(&folder, files);
}

#[test]
fn text_is_as_committed() {
    for (name, design) in designs::all() {
        let files = emit(&design, &options());
        if std::env::var("BLESS").as_deref() == Ok("1") {
            bless(name, &files);
        }
        let committed = std::fs::read_dir(folder(name)).map(|d| d.count()).unwrap_or(0);
        assert_eq!(committed, files.len(), "{name}: other files than committed; see BLESS=1");
        for file in &files {
            let path = folder(name).join(&file.name);
            let golden = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(golden == file.text, "{} differs; now:\n{}", path.display(), file.text);
        }
    }
}

/// The text form holds all that the emitter prints. (One design has names that are no identifiers, to
/// see what the emitter makes of them.)
#[test]
fn a_design_read_from_its_text_is_the_same() {
    let odd = |d: &Design| check::check(d).iter().any(|m| m.message.contains("not an identifier"));
    let (odd, named): (Vec<_>, Vec<_>) = designs::all().into_iter().partition(|(_, d)| odd(d));
    assert_eq!(odd.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["memories"]);
    for (name, design) in named {
        let printed = text::print(&design);
        let again = text::parse(&printed).unwrap_or_else(|found| panic!("{name}: {}", found[0]));
        assert_eq!(text::print(&again), printed, "{name}");
        assert_eq!(emit(&again, &options()), emit(&design, &options()), "{name}");
    }
}

#[test]
fn tools_are_silent() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut complaints = Vec::new();
    for (name, design) in designs::all() {
        let dir = dir.path().join(name);
        std::fs::create_dir(&dir).expect("the temporary folder is writable");
        let files = emit(&design, &options());
        let paths = tools::write(&dir, &files);
        let mut mems = design.modules.values().flat_map(|m| m.mems.values());
        let even = mems.all(|m| m.depth.is_power_of_two());
        complaints.extend(tools::lint(&paths, top(&files), even));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// The lint itself: what it is there to find is found.
#[test]
fn planted_mistakes_are_heard() {
    let (_, design) = designs::all().into_iter().find(|(n, _)| *n == "unused").expect("a design");
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (tool, right, wrong) in [
        ("verilator", "wire unused_bits =", "wire other ="),
        ("iverilog", "a[11:4]", "b[11:4]"),
        ("yosys", "wire [3:0] probe = a[15:12];", "wire [3:0] probe = missing;"),
    ] {
        let spoil = |f: SourceFile| SourceFile { text: f.text.replace(right, wrong), ..f };
        let files: Vec<SourceFile> = emit(&design, &options()).into_iter().map(spoil).collect();
        let paths = tools::write(dir.path(), &files);
        let complaints = tools::lint(&paths, top(&files), true);
        let heard = complaints.iter().any(|c| c.starts_with(&format!("\"{tool}\"")));
        assert!(heard || !tools::available(tool), "{tool} says nothing about `{wrong}`");
    }
}

fn top(files: &[SourceFile]) -> &str {
    let name = &files.last().expect("a top module").name;
    name.strip_suffix(".v").expect("Verilog files end in .v")
}

#[test]
fn locators_name_the_line_of_rust() {
    let (_, design) = &designs::all()[0];
    let files = emit(design, &Options { locators: true, ..options() });
    assert!(files[0].text.contains("reg [7:0] count_q;  // (tests/design.rs:7)"));
    assert!(files[0].text.contains("// count enable (tests/design.rs:7)"), "{}", files[0].text);
}

#[test]
fn lines_keep_to_the_limit() {
    for (name, design) in designs::all() {
        for file in emit(&design, &options()) {
            let long = file.text.lines().find(|l| l.len() > 100);
            assert_eq!(long, None, "{name}/{}", file.name);
        }
    }
}

#[test]
fn a_comment_never_becomes_a_pragma() {
    let mut design: Design = designs::all().remove(0).1;
    let top = design.modules.keys().next_back().expect("a top");
    assert_eq!(top.index(), 0);
    design.modules[top].doc = "verilator lint_off WIDTH\nsynthesis translate_off".into();
    let text = &emit(&design, &options())[0].text;
    assert!(text.contains("// | verilator") && text.contains("// | synthesis"), "{text}");
}

#[test]
fn a_large_array_stays_small() {
    let files = emit(&designs::systolic(256, 256), &options());
    let bytes: usize = files.iter().map(|f| f.text.len()).sum();
    assert!(bytes < 1 << 20, "{bytes} bytes");
    assert_eq!(file_list(&files), "pe.v\nrow_256.v\narray_256x256.v\n");
}

//! The passes on the files of `tests/passes/PASS`: a design, a line `----`, what the pass makes of it.
//!
//! `BLESS=1 cargo test -p seedbed-ir --test passes` writes what follows the line.

use seedbed_ir::passes::{Entry, ALL};
use seedbed_ir::{check, text, Code, Design, Diagnostic};
use std::path::{Path, PathBuf};

const LINE: &str = "----\n";

fn files(pass: &Entry) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/passes").join(pass.name);
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: every pass has a folder of tests: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("a readable folder").path()).collect();
    files.sort();
    files
}

/// Checks a design. Returns whether values cross clock domains unsafely, which is no concern of a pass
/// when they do so before it.
#[track_caller]
fn sound(design: &Design, crosses: bool, when: &str, file: &Path) -> bool {
    // What only readers of the netlist cannot do yet is no concern of a pass either.
    let concerns = |d: &Diagnostic| d.code != Code::Parameter;
    let (crossings, found): (Vec<_>, Vec<_>) = check::check(design)
        .into_iter()
        .filter(concerns)
        .partition(|d| crosses && d.code == Code::Crossing);
    assert!(found.is_empty(), "{} {when}: {}", file.display(), found[0]);
    !crossings.is_empty()
}

fn run(pass: &Entry, file: &Path) {
    let all = std::fs::read_to_string(file).expect("a readable file");
    let (source, expected) = all.split_once(LINE).unwrap_or((&all, ""));
    let mut design =
        text::parse(source).unwrap_or_else(|found| panic!("{}: {}", file.display(), found[0]));
    let crosses = sound(&design, true, "before the pass", file);
    (pass.run)(&mut design);
    sound(&design, crosses, "after the pass", file);
    let printed = text::print(&design);
    if std::env::var("BLESS").as_deref() == Ok("1") {
        std::fs::write(file, format!("{source}{LINE}{printed}")).expect("a writable file");
    } else {
        assert!(printed == expected, "{}: now:\n{printed}", file.display());
    }
    (pass.run)(&mut design);
    assert!(text::print(&design) == printed, "{}: a second run changes it", file.display());
}

#[test]
fn files_are_as_committed() {
    for pass in ALL {
        let files = files(pass);
        assert!(!files.is_empty(), "{} has no test", pass.name);
        files.iter().for_each(|file| run(pass, file));
    }
}

#[test]
fn the_table_has_names_and_descriptions() {
    for (i, pass) in ALL.iter().enumerate() {
        assert!(ALL[..i].iter().all(|other| other.name != pass.name), "{} twice", pass.name);
        assert!(pass.description.starts_with(|c: char| c.is_lowercase()), "{}", pass.description);
    }
}

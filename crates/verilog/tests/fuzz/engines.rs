//! Verilog simulators: many cases in one build.

use crate::bench::{bench, case_bench, rows};
use crate::case::Case;
use crate::common::tools;
use crate::panics::caught;
use crate::verilator;
use seedbed_ir::Design;
use seedbed_verilog::{emit, Dialect, Options, SourceFile};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds a program in a folder.
type Build = fn(&Path, &[PathBuf]) -> Result<(), String>;

/// What makes the Verilog of a design.
type Emit<'e> = &'e dyn Fn(&Design) -> Vec<SourceFile>;

/// A simulator: builds a program from files in a folder.
pub struct Engine {
    /// The command.
    pub tool: &'static str,
    build: Build,
}

pub const ICARUS: Engine = Engine { tool: "iverilog", build: icarus };
pub const VERILATOR: Engine = Engine { tool: "verilator", build: verilator::build };

/// What is usually emitted.
pub fn emitted(design: &Design) -> Vec<SourceFile> {
    printed(design, Dialect::Verilog2005)
}

/// What is emitted in this language.
pub fn printed(design: &Design, dialect: Dialect) -> Vec<SourceFile> {
    emit(design, &Options { dialect, ..Options::default() })
}

fn is_system_verilog(name: &str) -> bool {
    name.ends_with(".sv")
}

impl Engine {
    /// The cases that differ from what is expected, described. `emit` makes the Verilog of a design.
    ///
    /// # Panics
    /// When the Verilog is not built.
    pub fn differences<'c>(
        &self,
        cases: &'c [Case],
        emit: impl Fn(&Design) -> Vec<SourceFile>,
    ) -> Vec<(&'c Case, String)> {
        let said = self.said(cases, &emit).unwrap_or_else(|why| panic!("{why}"));
        differing(cases, said)
    }

    /// As [`differences`](Self::differences), with the cases that are not built, or panic.
    pub fn failures<'c>(&self, cases: &'c [Case], emit: Emit<'_>) -> Vec<(&'c Case, String)> {
        let why = match caught(|| self.said(cases, emit)).unwrap_or_else(Err) {
            Ok(said) => return differing(cases, said),
            Err(why) => why,
        };
        if let [case] = cases {
            return vec![(case, why)];
        }
        let (some, others) = cases.split_at(cases.len() / 2);
        let mut found = self.failures(some, emit);
        found.extend(self.failures(others, emit));
        if found.is_empty() {
            found.push((&cases[0], format!("only together with the next cases: {why}")));
        }
        found
    }

    /// For each case, the lines that its Verilog prints.
    ///
    /// # Errors
    /// Why the program is not built, or does not run to its end.
    pub fn said(&self, cases: &[Case], emit: Emit<'_>) -> Result<Vec<Vec<String>>, String> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut files = vec![bench(cases)];
        for case in cases {
            let own = emit(&case.design);
            // Only in Verilog-2005 a register is known by its declaration; the names are the same.
            let system = own.iter().any(|file| is_system_verilog(&file.name));
            let plain = if system { emitted(&case.design) } else { own.clone() };
            files.push(case_bench(case, &plain, dir.path()));
            files.extend(own);
            let rom = dir.path().join(format!("stimulus_{}.hex", case.seed));
            std::fs::write(rom, rows(case)).expect("the temporary folder is writable");
        }
        let lines = self.run(dir.path(), &files)?;
        let said = |case: &Case| {
            let prefix = format!("{}: ", case.seed);
            lines.iter().filter_map(|l| Some(l.strip_prefix(&prefix)?.to_string())).collect()
        };
        Ok(cases.iter().map(said).collect())
    }

    /// How one case fails.
    pub fn failure(&self, case: &Case) -> Option<String> {
        self.failures(std::slice::from_ref(case), &emitted).pop().map(|(_, what)| what)
    }

    fn run(&self, dir: &Path, files: &[SourceFile]) -> Result<Vec<String>, String> {
        let paths = tools::write(dir, files);
        (self.build)(dir, &paths)?;
        let said = succeed(&mut Command::new(dir.join("program")))?;
        Ok(said.lines().map(str::to_owned).collect())
    }
}

/// The cases that should have said something else, described.
fn differing(cases: &[Case], said: Vec<Vec<String>>) -> Vec<(&Case, String)> {
    let difference = |(case, said): (_, Vec<String>)| Some((case, Case::difference(case, &said)?));
    cases.iter().zip(said).filter_map(difference).collect()
}

/// What a command prints, which must succeed.
///
/// # Errors
/// What it says of its failure.
pub fn succeed(command: &mut Command) -> Result<String, String> {
    let out = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    let said = String::from_utf8_lossy(&out.stderr);
    match out.status.success() {
        true => Ok(String::from_utf8_lossy(&out.stdout).into_owned()),
        false => Err(format!("{:?}, {}: {}", command.get_program(), out.status, said.trim_end())),
    }
}

fn icarus(dir: &Path, paths: &[PathBuf]) -> Result<(), String> {
    let mut command = Command::new("iverilog");
    let system = paths.iter().any(|path| is_system_verilog(&path.to_string_lossy()));
    let language = if system { "-g2012" } else { "-g2005" };
    command.args([language, "-s", "main", "-o"]).arg(dir.join("program")).args(paths);
    succeed(&mut command).map(drop)
}

/// A case whose Verilog is refused, and one whose emitter panics, are named among others.
#[test]
fn cases_that_are_not_built_are_named() {
    if !tools::available("iverilog") {
        return;
    }
    let cases: Vec<Case> = (1..=7).map(Case::random).collect();
    let is = |design: &Design, seed: usize| std::ptr::eq(design, &cases[seed - 1].design);
    let emit = |design: &Design| {
        assert!(!is(design, 3), "planted");
        let mut files = emitted(design);
        if is(design, 6) {
            files[0].text.push_str("endmodule");
        }
        files
    };
    let found = ICARUS.failures(&cases, &emit);
    let found: Vec<(u64, &str)> = found.iter().map(|(case, why)| (case.seed, &**why)).collect();
    assert!(matches!(found[..], [(3, "panics: planted"), (6, _)]), "{found:?}");
    assert!(found[1].1.contains("syntax error"), "{found:?}");
}

//! Verilog simulators: many cases in one build.

use crate::bench::{bench, case_bench, rows};
use crate::case::Case;
use crate::common::tools;
use crate::verilator;
use seedbed_ir::Design;
use seedbed_verilog::{emit, Dialect, Options, SourceFile};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A simulator: builds a program from files in a folder.
pub struct Engine {
    /// The command.
    pub tool: &'static str,
    build: fn(&Path, &[PathBuf]),
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
    pub fn differences<'c>(
        &self,
        cases: &'c [Case],
        emit: impl Fn(&Design) -> Vec<SourceFile>,
    ) -> Vec<(&'c Case, String)> {
        let said = self.said(cases, emit);
        let difference =
            |(case, said): (&'c Case, Vec<String>)| Some((case, case.difference(&said)?));
        cases.iter().zip(said).filter_map(difference).collect()
    }

    /// For each case, the lines that its Verilog prints.
    pub fn said(
        &self,
        cases: &[Case],
        emit: impl Fn(&Design) -> Vec<SourceFile>,
    ) -> Vec<Vec<String>> {
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
        let lines = self.run(dir.path(), &files);
        let said = |case: &Case| {
            let prefix = format!("{}: ", case.seed);
            lines.iter().filter_map(|l| Some(l.strip_prefix(&prefix)?.to_string())).collect()
        };
        cases.iter().map(said).collect()
    }

    /// How one case differs.
    pub fn difference(&self, case: &Case) -> Option<String> {
        self.differences(std::slice::from_ref(case), emitted).pop().map(|(_, what)| what)
    }

    fn run(&self, dir: &Path, files: &[SourceFile]) -> Vec<String> {
        let paths = tools::write(dir, files);
        (self.build)(dir, &paths);
        let out = Command::new(dir.join("program")).output().expect("the program was built");
        String::from_utf8_lossy(&out.stdout).lines().map(str::to_owned).collect()
    }
}

/// Runs a build step, which must succeed.
pub fn succeed(command: &mut Command) {
    let built = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{:?}: {said}", command.get_program());
}

fn icarus(dir: &Path, paths: &[PathBuf]) {
    let mut command = Command::new("iverilog");
    let system = paths.iter().any(|path| is_system_verilog(&path.to_string_lossy()));
    let language = if system { "-g2012" } else { "-g2005" };
    succeed(command.args([language, "-s", "main", "-o"]).arg(dir.join("program")).args(paths));
}

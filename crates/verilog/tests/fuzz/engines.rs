//! Verilog simulators: many cases in one build.

use crate::bench::{bench, case_bench, rows};
use crate::case::Case;
use crate::common::tools;
use crate::verilator;
use seedbed_ir::Design;
use seedbed_verilog::{emit, Options, SourceFile};
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

impl Engine {
    /// The cases that differ from what is expected, described. `change` makes of a design the one that
    /// is emitted.
    pub fn differences<'c>(
        &self,
        cases: &'c [Case],
        change: impl Fn(&Design) -> Design,
    ) -> Vec<(&'c Case, String)> {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut files = vec![bench(cases)];
        for case in cases {
            let own = emit(&change(&case.design), &Options::default());
            files.push(case_bench(case, &own, dir.path()));
            files.extend(own);
            let rom = dir.path().join(format!("stimulus_{}.hex", case.seed));
            std::fs::write(rom, rows(case)).expect("the temporary folder is writable");
        }
        let lines = self.run(dir.path(), &files);
        let difference = |case: &'c Case| {
            let prefix = format!("{}: ", case.seed);
            let got = lines.iter().filter_map(|l| Some(l.strip_prefix(&prefix)?.to_string()));
            Some((case, case.difference(&got.collect::<Vec<_>>())?))
        };
        cases.iter().filter_map(difference).collect()
    }

    /// How one case differs.
    pub fn difference(&self, case: &Case) -> Option<String> {
        self.differences(std::slice::from_ref(case), Clone::clone).pop().map(|(_, what)| what)
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
    succeed(command.args(["-g2005", "-s", "main", "-o"]).arg(dir.join("program")).args(paths));
}

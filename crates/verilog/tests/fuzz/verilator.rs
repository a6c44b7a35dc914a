//! Building with Verilator, for programs that run for some cycles: what counts is the time of the build.
//!
//! Verilator's own makefile compiles a dozen files that all read the same headers, and the runtime library
//! anew each time; that is four fifths of its time. Here the files are one, and the library is built once.

use crate::case::CYCLES;
use crate::engines::succeed;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The loop of the program, as module `main` of the benches is that of Icarus. The stimulus changes
/// after the clock is low, so that no gated clock has a glitch.
const MAIN: &str = r#"#include "Vbench.h"
#include "verilated.h"
int main() {
  Vbench top;
  top.go = 0; top.clk = 0; top.cycle = 0;
  top.eval();
  top.go = 1;
  for (int i = 0; i < CYCLES; ++i) {
    top.clk = 0; top.eval();
    top.cycle = i; top.eval();
    top.clk = 1; top.eval();
  }
  return 0;
}
"#;

/// What is the same for all programs.
struct Toolchain {
    compiler: &'static str,
    include: PathBuf,
    /// The compiled runtime library.
    objects: Vec<PathBuf>,
}

impl Toolchain {
    /// Built at the first use.
    fn get() -> &'static Toolchain {
        static BUILT: OnceLock<Toolchain> = OnceLock::new();
        BUILT.get_or_init(|| {
            let root = Command::new("verilator").args(["--getenv", "VERILATOR_ROOT"]).output();
            let root = root.expect("Verilator can be started").stdout;
            let include = Path::new(String::from_utf8_lossy(&root).trim()).join("include");
            // clang takes half the time of gcc here.
            let there = |c: &&str| Command::new(c).arg("--version").output().is_ok();
            let compiler = ["clang++-14", "clang++"].into_iter().find(there).unwrap_or("c++");
            let mut toolchain = Toolchain { compiler, include, objects: vec![] };
            toolchain.objects =
                ["verilated", "verilated_threads"].map(|part| toolchain.object(part)).into();
            toolchain
        })
    }

    /// A part of the library, compiled. Another process may be at it too, hence the renaming.
    fn object(&self, part: &str) -> PathBuf {
        let object = Path::new(env!("CARGO_TARGET_TMPDIR")).join(part).with_extension("o");
        let own = object.with_extension(format!("{}.o", std::process::id()));
        let source = self.include.join(part).with_extension("cpp");
        succeed(self.command().arg("-c").arg(source).arg("-o").arg(&own))
            .unwrap_or_else(|e| panic!("{e}"));
        std::fs::rename(&own, &object).expect("the target folder is writable");
        object
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.compiler);
        command.args(["-O0", "-w", "-std=c++17", "-pthread", "-DVM_COVERAGE=0", "-DVM_SC=0"]);
        command.args(["-DVM_TRACE=0", "-I"]).arg(&self.include);
        command.arg("-I").arg(self.include.join("vltstd"));
        command
    }
}

/// Builds what all programs need, so that its failure is not that of a case.
pub fn prepare() {
    Toolchain::get();
}

/// Builds `program` in `dir` from these files, whose top is `bench`.
pub fn build(dir: &Path, paths: &[PathBuf]) -> Result<(), String> {
    let made = dir.join("obj");
    let mut command = Command::new("verilator");
    command.args(["--cc", "-Wno-lint", "--top-module", "bench", "--Mdir"]).arg(&made);
    succeed(command.args(paths))?;
    let mut all = String::new();
    for file in std::fs::read_dir(&made).expect("Verilator made a folder") {
        let name = file.expect("a readable folder").file_name().to_string_lossy().into_owned();
        if name.ends_with(".cpp") {
            let _ = writeln!(all, "#include \"{name}\"");
        }
    }
    all.push_str(&MAIN.replace("CYCLES", &CYCLES.to_string()));
    let source = made.join("all.cpp");
    std::fs::write(&source, all).expect("the temporary folder is writable");
    let toolchain = Toolchain::get();
    let mut command = toolchain.command();
    command.arg("-I").arg(&made).arg(source).args(&toolchain.objects);
    succeed(command.arg("-latomic").arg("-o").arg(dir.join("program"))).map(drop)
}

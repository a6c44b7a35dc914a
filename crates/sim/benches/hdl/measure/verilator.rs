//! Verilator on the same array with the same stimulus, in a process that answers with its time.

use super::arrays::Runs;
use super::verilog;
use seedbed_ir::Design;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

/// A running model.
pub struct Verilated {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    check: u64,
}

impl Verilated {
    /// Builds a model with clang-14 where it is there, which is the fastest, else with the default
    /// compiler; also returns the seconds that took.
    pub fn build(design: &Design, side: u32) -> Result<(Self, f64), String> {
        let folder =
            std::env::temp_dir().join(format!("seedbed-bench-{}-{side}", std::process::id()));
        let result = build(&folder, design, side);
        let started = result.and_then(|seconds| Ok((start(&folder)?, seconds)));
        let _ = std::fs::remove_dir_all(&folder);
        started
    }
}

fn build(folder: &std::path::Path, design: &Design, side: u32) -> Result<f64, String> {
    let text = |e: std::io::Error| e.to_string();
    std::fs::create_dir_all(folder).map_err(text)?;
    std::fs::write(folder.join("array.v"), verilog(design)).map_err(text)?;
    std::fs::write(folder.join("harness.cpp"), include_str!("harness.cpp")).map_err(text)?;
    let start = Instant::now();
    let clang = Command::new("clang++-14").arg("--version").output().is_ok();
    let compiler = if clang { "clang++-14" } else { "c++" };
    let out = Command::new("verilator")
        .current_dir(folder)
        .args(["--cc", "--exe", "--build", "-O3", "--prefix", "Varray", "--Mdir", "."])
        .args(["-MAKEFLAGS", &format!("CXX={compiler} LINK={compiler} OPT_FAST=-O3 OPT_SLOW=-O1")])
        .args(["-CFLAGS", &format!("-DSIDE={side}"), "-o", "model"])
        .args(["--top-module", &design.top().name, "array.v", "harness.cpp"])
        .env("OBJCACHE", "")
        .output()
        .map_err(|e| format!("verilator: {e}"))?;
    if out.status.success() {
        return Ok(start.elapsed().as_secs_f64());
    }
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    Err(said.lines().find(|l| l.contains("rror")).unwrap_or("verilator fails").to_string())
}

fn start(folder: &std::path::Path) -> Result<Verilated, String> {
    let mut process = Command::new(folder.join("model"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let (to, from) = (process.stdin.take(), process.stdout.take());
    let (to, from) = (to.expect("a pipe"), BufReader::new(from.expect("a pipe")));
    Ok(Verilated { process, to, from, check: 0 })
}

impl Runs for Verilated {
    fn run(&mut self, cycles: usize) -> f64 {
        writeln!(self.to, "{cycles}").expect("the model runs");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the model answers");
        let (seconds, check) = line.trim().split_once(' ').expect("a time and a check");
        self.check = u64::from_str_radix(check, 16).expect("a number");
        seconds.parse().expect("a number")
    }

    fn check(&mut self) -> u64 {
        self.check
    }
}

impl Drop for Verilated {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! The stand-alone bench's AXI4 checker, compiled alone: a trace that breaks no rule passes, and each of
//! those that break one is told with cycle and signal.

mod support {
    pub mod tools;
}

use seedbed_cosim::stand_alone::{bench_files, BenchJob, BenchNames};
use seedbed_cosim::toolchain::Toolchain;
use seedbed_spec::command::{encode, Body, Command, Header, Move};
use seedbed_spec::Config;
use std::path::{Path, PathBuf};
use std::process;
use support::tools::verilator;

/// Trace, cycle and signal of the breach, what is wrong.
const BREACHES: &[(&str, u32, &str, &str)] = &[
    ("reset", 1, "m_axi_wvalid", "high in reset"),
    ("dropped", 1, "m_axi_arvalid", "fell before ready"),
    ("changed", 1, "m_axi_aw*", "changed before ready"),
    ("data changed", 2, "m_axi_w*", "changed before ready"),
    ("4 KiB", 0, "m_axi_araddr", "burst crosses 4 KiB"),
    ("unaligned", 0, "m_axi_araddr", "is no multiple of the bus"),
    ("type", 0, "m_axi_awburst", "is not INCR"),
    ("size", 0, "m_axi_arsize", "beats are not as wide as the bus"),
    ("length", 0, "m_axi_awlen", "burst is too long"),
    ("id", 0, "m_axi_arid", "no such reader"),
    ("read outside", 0, "m_axi_araddr", "the job does not go there"),
    ("write outside", 0, "m_axi_awaddr", "the job does not go there"),
    ("reads", 4, "m_axi_arvalid", "too many bursts"),
    ("writes", 4, "m_axi_awvalid", "too many bursts"),
    ("no address", 0, "m_axi_wvalid", "data without an address"),
    ("early", 1, "m_axi_wlast", "at the wrong beat"),
    ("missing", 2, "m_axi_wlast", "at the wrong beat"),
    ("strobes", 1, "m_axi_wstrb", "not the whole beat"),
    ("no room", 1, "m_axi_rready", "data are not taken at once"),
    ("no room for B", 3, "m_axi_bready", "a response is not taken at once"),
    ("busy read", 2, "irq", "rises while bursts are in flight"),
    ("busy write", 3, "irq", "rises while bursts are in flight"),
];

/// Writes the checker of a job that goes to two places, and compiles it with the traces.
fn traces(folder: &Path) -> PathBuf {
    let config = Config::preset("tiny").expect("a preset");
    let plain = |body| encode(&Header::default(), &body).expect("a command");
    let commands: [Command; 2] = [
        plain(Body::Load(Move::contiguous(0x1f00, 0, 0x200))),
        plain(Body::Store(Move::contiguous(0x4f00, 0, 0x200))),
    ];
    let (ring_addr, max_cycles) = (0x3000, 1);
    let job = BenchJob { before: &[], after: &[], ring_addr, commands: &commands, max_cycles };
    let names = BenchNames { top: "tiny", header: "tiny.h", prefix: "TINY", file_list: "tiny.f" };
    for (name, bytes) in bench_files(&config, &names, &job) {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
    let binary = folder.join("traces");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/axi_traces.cpp");
    let compiler = Toolchain::find().expect("tools").compiler;
    let mut command = process::Command::new(&compiler[0]);
    command.args(&compiler[1..]).args(["-std=c++14", "-Wall", "-Wextra", "-Werror", "-I"]);
    let done = command.arg(folder).arg(source).arg("-o").arg(&binary).output().expect("a compiler");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    binary
}

#[test]
fn every_breach_is_told_with_cycle_and_signal() {
    if !verilator() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let binary = traces(folder.path());
    let run = |trace: &str| {
        let done = process::Command::new(&binary).arg(trace).output().expect("the traces start");
        (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    assert_eq!(run("good"), (Some(0), String::new()));
    for (trace, cycle, signal, what) in BREACHES {
        let (status, out) = run(trace);
        assert_eq!((status, out.lines().count()), (Some(1), 1), "{trace}: {out}");
        let start = format!("FAIL: cycle {cycle}: {signal}: {what} (0x");
        assert!(out.starts_with(&start), "{trace}: {out}");
    }
}

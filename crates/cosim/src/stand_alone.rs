//! The stand-alone Verilator bench: C++ and make, for people without Rust.

use crate::axi_checker::BurstLimit;
use crate::job::{limits, windows};
use seedbed_golden::machine::Ring;
use seedbed_spec::command::Command;
use seedbed_spec::Config;
use std::ops::Range;

/// One job for the bench.
pub struct BenchJob<'a> {
    /// External memory before it, from address 0.
    pub before: &'a [u8],
    /// External memory after it, by the golden machine.
    pub after: &'a [u8],
    /// Address of the command ring.
    pub ring_addr: u64,
    /// Commands in it.
    pub commands: &'a [Command],
    /// Cycles after which the bench gives up, at memory latency 1 and without holds.
    pub max_cycles: u64,
}

/// Names that the templates need.
pub struct BenchNames<'a> {
    /// Top module.
    pub top: &'a str,
    /// C header of the registers, beside the bench's folder.
    pub header: &'a str,
    /// Prefix of its macros.
    pub prefix: &'a str,
    /// File list, beside the bench's folder.
    pub file_list: &'a str,
}

/// The files of the bench's folder by name.
pub fn bench_files(
    config: &Config,
    names: &BenchNames<'_>,
    job: &BenchJob<'_>,
) -> Vec<(String, Vec<u8>)> {
    let limits = limits(config);
    let reads: Vec<_> = limits.reads.iter().map(limit).collect();
    let fill = |template: &str| {
        template
            .replace("@READ_LIMITS@", &reads.join(", "))
            .replace("@WRITE_LIMIT@", &limit(&limits.writes))
            .replace("@TOP@", names.top)
            .replace("@HEADER@", names.header)
            .replace("@PREFIX@", names.prefix)
            .replace("@FILE_LIST@", names.file_list)
            .replace("@BUS_BYTES@", &config.bus_bytes().to_string())
    };
    vec![
        ("main.cpp".into(), fill(MAIN).into_bytes()),
        ("Makefile".into(), fill(MAKEFILE).into_bytes()),
        ("axi_checker.h".into(), fill(CHECKER).into_bytes()),
        ("job.h".into(), job_header(config, job).into_bytes()),
        ("memory.bin".into(), job.before.to_vec()),
        ("expected.bin".into(), job.after.to_vec()),
    ]
}

fn limit(limit: &BurstLimit) -> String {
    format!("{{{}, {}}}", limit.beats, limit.outstanding)
}

/// What the bench must know of the job besides the images.
fn job_header(config: &Config, job: &BenchJob<'_>) -> String {
    let ring = Ring { addr: job.ring_addr, size: job.commands.len() as u32 };
    let (reads, writes) = windows(job.commands, config, ring, 0);
    let list = |ranges: Vec<Range<u64>>| {
        let range = |r: &Range<u64>| format!("{{{:#x}ull, {:#x}ull}}", r.start, r.end);
        ranges.iter().map(range).collect::<Vec<_>>().join(", ")
    };
    format!(
        "// The job of this bench. Generated.\n#pragma once\n#define JOB_RING_ADDR {:#x}ull\n\
         #define JOB_COMMANDS {}u\n#define JOB_MAX_CYCLES {}ull\n\
         // Where it reads, the ring included, and where it writes: {{first, end}}.\n\
         #define JOB_READS {}\n#define JOB_WRITES {}\n",
        job.ring_addr,
        job.commands.len(),
        job.max_cycles,
        list(reads),
        list(writes)
    )
}

const CHECKER: &str = include_str!("../../../testbenches/verilator/axi_checker.h");
const MAIN: &str = include_str!("../../../testbenches/verilator/main.cpp");
const MAKEFILE: &str = include_str!("../../../testbenches/verilator/Makefile");

//! The stand-alone Verilator bench: C++ and make, for people without Rust.

use seedbed_spec::Config;

/// One job for the bench.
pub struct BenchJob<'a> {
    /// External memory before it, from address 0.
    pub before: &'a [u8],
    /// External memory after it, by the golden machine.
    pub after: &'a [u8],
    /// Address of the command ring.
    pub ring_addr: u64,
    /// Commands in it.
    pub commands: usize,
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
    let fill = |template: &str| {
        template
            .replace("@TOP@", names.top)
            .replace("@HEADER@", names.header)
            .replace("@PREFIX@", names.prefix)
            .replace("@FILE_LIST@", names.file_list)
            .replace("@BUS_BYTES@", &config.bus_bytes().to_string())
    };
    let job_header = format!(
        "// The job of this bench. Generated.\n#pragma once\n#define JOB_RING_ADDR {:#x}ull\n\
         #define JOB_COMMANDS {}u\n#define JOB_MAX_CYCLES {}ull\n",
        job.ring_addr, job.commands, job.max_cycles
    );
    vec![
        ("main.cpp".into(), fill(MAIN).into_bytes()),
        ("Makefile".into(), fill(MAKEFILE).into_bytes()),
        ("job.h".into(), job_header.into_bytes()),
        ("memory.bin".into(), job.before.to_vec()),
        ("expected.bin".into(), job.after.to_vec()),
    ]
}

const MAIN: &str = include_str!("../../../testbenches/verilator/main.cpp");
const MAKEFILE: &str = include_str!("../../../testbenches/verilator/Makefile");

//! LOAD and STORE: how much of the bus a long transfer gets.

use crate::args::Engine;
use crate::engine::{core, Core};
use crate::report::{number, table};
use crate::workload::Random;
use anyhow::{ensure, Result};
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_golden::cycles::{predict, External, Holds, Span};
use seedbed_golden::machine::Ring;
use seedbed_spec::command::{encode, Body, Command, Header, Move, Slot, Sync};
use serde::Serialize;

/// One LOAD or STORE of many bytes on an idle core.
#[derive(Serialize)]
pub struct Transfer {
    engine: &'static str,
    bytes: u32,
    /// Of external memory, in cycles.
    latency: u32,
    /// Probability with which external memory holds each channel in each cycle.
    hold: f64,
    /// From the start of the command, as the cycle model defines it, to its end.
    cycles: u64,
    beats: u64,
    beats_per_cycle: f64,
    /// Beats per cycle of the second half: beats more over cycles more than half the bytes take.
    slope: f64,
    /// Cycles that are not beats.
    overhead: u64,
    /// What was loaded and stored again is the same, and the command ended when the model says.
    equal: bool,
}

/// Latency and holds.
const MEMORIES: [(u32, f64); 8] =
    [(1, 0.0), (10, 0.0), (30, 0.0), (100, 0.0), (1, 0.25), (100, 0.25), (1, 0.5), (100, 0.5)];
/// Bytes of a transfer, if local memory holds as many.
const BYTES: u32 = 1 << 16;
/// Far beyond the longest job.
const LIMIT: u64 = 10_000_000;

/// Loads 64 KiB, or as much as fits, and stores them again.
pub fn measure(rtl: &Rtl) -> Result<Vec<Transfer>> {
    let mut transfers = Vec::new();
    let bytes = BYTES.min(rtl.config.memory.lm_bytes);
    for (latency, hold) in MEMORIES {
        let timing = MemoryTiming { latency, stall: hold, seed: 1 };
        let [half, whole] = [bytes / 2, bytes].map(|bytes| run(rtl, bytes, timing));
        let (half, whole) = (half?, whole?);
        for (index, engine) in ["LOAD", "STORE"].into_iter().enumerate() {
            let beats = u64::from(bytes / rtl.config.bus_bytes());
            let cycles = |job: &Job| job.spans[index].end - job.spans[index].start;
            transfers.push(Transfer {
                engine,
                bytes,
                latency,
                hold,
                cycles: cycles(&whole),
                beats,
                beats_per_cycle: beats as f64 / cycles(&whole) as f64,
                slope: (beats / 2) as f64 / (cycles(&whole) - cycles(&half)) as f64,
                overhead: cycles(&whole) - beats,
                equal: half.equal && whole.equal,
            });
        }
    }
    Ok(transfers)
}

/// When LOAD and STORE ran.
struct Job {
    spans: [Span; 2],
    equal: bool,
}

/// Loads the first `bytes` of external memory and stores them behind the ring. Starts are the cycle
/// model's, ends are the core's own stamps.
fn run(rtl: &Rtl, bytes: u32, timing: MemoryTiming) -> Result<Job> {
    let (ring, to) = (u64::from(bytes), u64::from(bytes) + 4096);
    let commands = commands(bytes, to)?;
    let mut core = core(rtl, Engine::Sim, to + u64::from(bytes), timing, None)?;
    let mut random = Random(1);
    core.memory()[..bytes as usize].fill_with(|| random.codes(1)[0] as u8);
    for (slot, command) in core.memory()[bytes as usize..].chunks_mut(64).zip(&commands) {
        slot.copy_from_slice(&command.bytes());
    }
    let report = start(&mut core, &commands, ring)?;
    let holds = timing.holds(report).map(Holds::from);
    let model = predict(&rtl.config, &commands, External::holding(timing.latency, holds))?;
    let ends = [u64::from(core.stamp(1)?), u64::from(core.stamp(2)?)];
    let (from, stored) = core.memory().split_at(to as usize);
    let equal = from[..bytes as usize] == *stored && [0, 1].map(|i| model.commands[i].end) == ends;
    let span = |i: usize| Span { start: model.commands[i].start, end: ends[i] };
    Ok(Job { spans: [span(0), span(1)], equal })
}

/// Runs the commands; returns when external memory saw the doorbell.
fn start(core: &mut Core, commands: &[Command], ring: u64) -> Result<u64> {
    let size = commands.len() as u32;
    core.confine(commands, Ring { addr: ring, size }, 0);
    core.set_ring(ring, size)?;
    let report = core.run(size, LIMIT)?;
    ensure!(report.fault.is_none(), "the core refuses to copy: {:?}", report.fault);
    Ok(report.doorbell)
}

/// LOAD, and when it has ended STORE; each writes its stamp.
fn commands(bytes: u32, to: u64) -> Result<[Command; 2]> {
    let loaded = [Slot { id: 0, n: 1 }, Slot::default(), Slot::default()];
    let load = Sync { signals: loaded, ..Sync::default() };
    let store = Sync { waits: loaded, ..Sync::default() };
    Ok([
        encode(&Header { stamp: 1, sync: load }, &Body::Load(Move::contiguous(0, 0, bytes)))?,
        encode(&Header { stamp: 2, sync: store }, &Body::Store(Move::contiguous(to, 0, bytes)))?,
    ])
}

/// A table for people.
pub fn render(transfers: &[Transfer]) -> String {
    let cells = |t: &Transfer| {
        vec![
            t.engine.to_string(),
            number(t.bytes.into()),
            t.latency.to_string(),
            format!("{:.0} %", 100.0 * t.hold),
            number(t.cycles),
            format!("{:.3}", t.beats_per_cycle),
            format!("{:.3}", t.slope),
            number(t.overhead),
            if t.equal { "equal".into() } else { "WRONG".into() },
        ]
    };
    let head = [
        "command",
        "bytes",
        "latency",
        "holds",
        "cycles",
        "beat/cycle",
        "slope",
        "overhead",
        "result",
    ];
    let rows: Vec<_> = transfers.iter().map(cells).collect();
    "\none LOAD or STORE, from its start to its end; slope: beat/cycle of the second half\n"
        .to_string()
        + &table(&head, &rows)
}

impl Transfer {
    /// Whether the bytes and the end are right.
    pub fn equal(&self) -> bool {
        self.equal
    }
}

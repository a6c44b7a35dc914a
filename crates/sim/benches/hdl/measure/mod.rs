//! What the construction library and its simulator cost, next to Verilator in one run.
//!
//! `cargo bench -p seedbed-sim` and `seedbed bench hdl` share this file. Rates are per second of processor
//! time of the one thread that simulates, where the system tells it (Linux), so that other work of the
//! machine changes little; each is the best of some turns that all simulators take one after the other.
//! Outputs of all simulators are compared.

mod arrays;
pub mod clock;
mod elaboration;
mod verilator;

#[path = "../../../tests/support/array.rs"]
mod array;

use seedbed_ir::Design;
use serde::Serialize;
use std::fmt;

pub use arrays::Row;
pub use elaboration::Elaboration;

/// Everything that was measured.
#[derive(Default, Serialize)]
pub struct Report {
    /// Large designs from builder to Verilog.
    pub elaboration: Vec<Elaboration>,
    /// Weight-stationary arrays in all simulators.
    pub simulation: Vec<Row>,
    /// What could not be measured, with the reason.
    pub skipped: Vec<String>,
}

/// Measures; `large` adds the 64x64 array, whose Verilator build takes minutes. `progress` is told what
/// comes next.
pub fn measure(large: bool, progress: &mut dyn FnMut(&str)) -> Report {
    let mut report = Report::default();
    elaboration::measure(&mut report.elaboration, progress);
    let sides: &[u32] = if large { &[16, 64] } else { &[16] };
    for &side in sides {
        arrays::simulate(side, &mut report, progress);
    }
    report
}

impl Report {
    /// Whether all simulators gave the same outputs.
    pub fn agrees(&self) -> bool {
        let mut arrays = self.simulation.chunk_by(|a, b| a.array == b.array);
        arrays.all(|rows| rows.iter().all(|row| row.check == rows[0].check))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<44} {:>7} {:>8} {:>10}",
            "elaborate, check, print", "CPU s", "peak MB", "Verilog"
        )?;
        for row in &self.elaboration {
            let peak = row.peak_megabytes.map_or("-".into(), |m| format!("{m:.0}"));
            writeln!(
                f,
                "{:<44} {:>7.2} {peak:>8} {:>10}",
                row.what, row.cpu_seconds, row.verilog_bytes
            )?;
        }
        writeln!(
            f,
            "\n{:<7} {:<12} {:>5} {:>9} {:>14} {:>13}",
            "array", "simulator", "lanes", "ready s", "lane-cycles/s", "of Verilator"
        )?;
        for row in &self.simulation {
            let ratio = row.of_verilator.map_or("-".into(), |r| format!("{r:.2}"));
            writeln!(
                f,
                "{:<7} {:<12} {:>5} {:>9.3} {:>14.0} {ratio:>13}",
                row.array, row.simulator, row.lanes, row.ready_seconds, row.cycles_per_second
            )?;
        }
        self.skipped.iter().try_for_each(|what| writeln!(f, "skipped: {what}"))
    }
}

/// The Verilog of a design, in one text.
fn verilog(design: &Design) -> String {
    seedbed_verilog::emit(design, &Default::default()).into_iter().map(|f| f.text).collect()
}

//! What it costs to elaborate, check and print large arrays.

use super::array::Array;
use super::clock::thread_seconds;
use super::verilog;
use seedbed_hdl::{elaborate, sint, Module, Ports, Scope, Settings, Sig};
use serde::Serialize;

/// One design.
#[derive(Serialize)]
pub struct Elaboration {
    /// The design.
    pub what: String,
    /// Processor time.
    pub cpu_seconds: f64,
    /// Of the process so far; the designs before it need less.
    pub peak_megabytes: Option<f64>,
    /// Length of the Verilog.
    pub verilog_bytes: usize,
}

/// Adds all rows; the first ones need the least memory.
pub fn measure(rows: &mut Vec<Elaboration>, progress: &mut dyn FnMut(&str)) {
    progress("elaborating large designs");
    let shared = Array { rows: 256, columns: 256 };
    rows.push(row("256x256 of one element, written to disk", &shared, true));
    for (what, count) in [("16,384", 1 << 14), ("65,536", 1 << 16)] {
        rows.push(row(&format!("{what} distinct elements"), &Distinct { count }, false));
    }
}

fn row<M: Module>(what: &str, module: &M, to_disk: bool) -> Elaboration {
    let before = thread_seconds();
    let design =
        elaborate(module, &Settings::default()).unwrap_or_else(|errors| panic!("{errors:?}"));
    let text = verilog(&design);
    if to_disk {
        let file = std::env::temp_dir().join(format!("seedbed-bench-{}.v", std::process::id()));
        std::fs::write(&file, &text).expect("a folder for temporary files");
        let _ = std::fs::remove_file(&file);
    }
    Elaboration {
        what: what.into(),
        cpu_seconds: thread_seconds() - before,
        peak_megabytes: peak_megabytes(),
        verilog_bytes: text.len(),
    }
}

fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1000.0)
}

/// A multiply-accumulate with a factor of its own, so that no two are one module.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Scale {
    factor: u32,
}

impl Module for Scale {
    type Io<'m> = [Sig<'m>; 2];

    fn name(&self) -> String {
        format!("scale_{}", self.factor)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 2] {
        [p.input("x", sint(32)), p.output("y", sint(32))]
    }

    fn build<'m>(&self, m: &'m Scope, [x, y]: [Sig<'m>; 2]) {
        let factor = m.lit(i64::from(self.factor), sint(18));
        y.set((x * factor).trunc(32).as_signed().pipe("y_q"));
    }
}

/// A chain of distinct elements.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Distinct {
    count: u32,
}

impl Module for Distinct {
    type Io<'m> = [Sig<'m>; 2];

    fn name(&self) -> String {
        format!("distinct_{}", self.count)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 2] {
        [p.input("x", sint(32)), p.output("y", sint(32))]
    }

    fn build<'m>(&self, m: &'m Scope, [x, y]: [Sig<'m>; 2]) {
        let chain = (0..self.count).fold(x, |x, factor| {
            let [from, to] = m.inst(format!("u_{factor}"), &Scale { factor });
            from.set(x);
            to
        });
        y.set(chain);
    }
}

//! What it costs to elaborate, check and print large arrays.

use crate::array::Array;
use crate::verilog;
use seedbed_hdl::{elaborate, sint, Module, Ports, Scope, Settings, Sig};
use serde::Serialize;

/// One design.
#[derive(Serialize)]
pub struct Elaboration {
    pub what: String,
    pub cpu_seconds: f64,
    /// Of the process so far.
    pub peak_megabytes: Option<f64>,
    pub verilog_bytes: usize,
}

/// All rows; the first ones need the least memory.
pub fn measure() -> Vec<Elaboration> {
    let shared = |side| Array { rows: side, columns: side };
    vec![
        row("256x256 of one element, written to disk", &shared(256), true),
        row("16,384 distinct elements", &Distinct { count: 1 << 14 }, false),
        row("65,536 distinct elements", &Distinct { count: 1 << 16 }, false),
    ]
}

fn row<M: Module>(what: &str, module: &M, to_disk: bool) -> Elaboration {
    let before = cpu_seconds();
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
        cpu_seconds: cpu_seconds() - before,
        peak_megabytes: peak_megabytes(),
        verilog_bytes: text.len(),
    }
}

/// CPU time of this process, in hundredths; NaN where the system does not tell.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    ticks.sum::<Result<f64, _>>().map_or(f64::NAN, |ticks| ticks / 100.0)
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

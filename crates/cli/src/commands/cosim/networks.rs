//! Random networks, compiled: graph = machine = RTL.

use crate::report::Comparison;
use crate::session::{RtlFailure, Session};
use crate::workload::{chain, Random};
use anyhow::{anyhow, Result};
use seedbed_compiler::{compile, Effort, Options};
use seedbed_cosim::duel::Maker;
use seedbed_cosim::{Harness, Host, MemoryTiming, Rtl};
use seedbed_golden::overlap;
use seedbed_spec::numerics::Family;

/// How a network went.
pub enum Verdict {
    /// Everything was equal.
    Equal,
    /// The compiler has no room for it on this core.
    Refused,
    /// Something was not equal; in words.
    Different(String),
}

/// Runs a random network of a seed on a core.
pub fn run(rtl: &Rtl, maker: &Maker, timing: MemoryTiming, seed: u64) -> Result<Verdict> {
    let mut random = Random(seed);
    let mut below = |n: u64| (random.next() >> 32) % n;
    let widths: Vec<usize> = (0..2 + below(3)).map(|_| 1 + below(48) as usize).collect();
    let rows = 1 + below(6) as usize;
    let family = [Family::Ref, Family::Opt][below(2) as usize];
    let graph = chain(&widths, &mut random)?;
    let options = Options { family, rows: rows as u32, effort: Effort::default() };
    let Ok(program) = compile(&graph, &rtl.config, &options) else { return Ok(Verdict::Refused) };
    let what = format!("network {widths:?}, {rows} rows, family {family:?}");
    if let Some(finding) = overlap::check(&program.commands, &rtl.config).first() {
        return Ok(Verdict::Different(format!("{what}: the compiled program: {finding}")));
    }
    let dut = maker(rtl, None).map_err(|e| anyhow!(e))?;
    let harness = Harness::new(dut, &rtl.layout, program.memory_bytes as usize, timing)?;
    let core = Host::new(harness, &rtl.config);
    let mut session = Session::new(&rtl.config, &graph, family, &program, Some(core), timing)?;
    let inputs: Vec<_> = (0..rows).map(|_| random.codes(widths[0])).collect();
    match session.job(&inputs) {
        Err(error) if error.is::<RtlFailure>() => {
            return Ok(Verdict::Different(format!("{what}: {error}")))
        }
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let unequal = session.comparisons().into_iter().find(|c| !c.equal());
    Ok(unequal.map_or(Verdict::Equal, |c: Comparison| {
        Verdict::Different(format!("{what}: {}", c.line().trim_end()))
    }))
}

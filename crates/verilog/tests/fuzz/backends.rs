//! The back ends of our simulator, with one stimulus and with many side by side.

use crate::case::{driven, edges, outputs, stimulus, tick, values, Case, Stimulus};
use crate::common::tools;
use seedbed_ir::{Bits, Design, Port, PortKind};
use seedbed_sim::{Backend, PortHandle, SimOptions, Simulator};
use std::sync::Once;

/// Every so many cases are compared.
const SHARE: u64 = 4;

/// What takes turns among them. Compiling takes the most time, so it is not more often in it.
pub const KINDS: [(Backend, usize); 6] = [
    (Backend::Compiled, 1),
    (Backend::Interpreter, 8),
    (Backend::Interpreter, 64),
    (Backend::Compiled, 8),
    (Backend::Interpreter, 3),
    (Backend::Compiled, 64),
];

/// How a case is simulated a second time, if it is.
pub fn kind(seed: u64) -> Option<SimOptions> {
    let (backend, lanes) = KINDS[(seed / SHARE) as usize % KINDS.len()];
    (seed % SHARE == 0).then_some(SimOptions { backend, lanes })
}

/// How what a second simulator says differs, if so.
pub fn difference(case: &Case) -> Option<String> {
    differs(case, &case.design, &kind(case.seed)?)
}

/// Why it is a difference that there is no compiled program; not where there is no compiler, or the
/// interpreter alone makes up what is undefined.
fn not_compiled(reason: &str) -> Option<String> {
    static SAID: Once = Once::new();
    if reason.contains("no C compiler") {
        SAID.call_once(|| tools::missing("SEEDBED_REQUIRE_TOOLS", reason));
        return None;
    }
    let known = reason.contains("undefined collisions");
    (!known).then(|| format!("there is no compiled program: {reason}"))
}

/// How `design`, run as `options` say, differs from `case`: lane 0 has its stimulus, others that of
/// other seeds with the same edges. They are the same but where a bug is planted.
pub fn differs(case: &Case, design: &Design, options: &SimOptions) -> Option<String> {
    let mut sim = Simulator::with(design, options).expect("a checked design");
    if let Some(difference) = sim.fallback().and_then(not_compiled) {
        return Some(difference);
    }
    let lanes: Vec<Stimulus> = (0..options.lanes).map(|lane| stimulus_of(case, lane)).collect();
    let top = design.top();
    let handles: Vec<PortHandle> =
        driven(top).map(|p| sim.input(&p.name).expect("an input")).collect();
    let mut said: Vec<Vec<String>> = vec![Vec::new(); options.lanes];
    for cycle in 0..case.stimulus.len() {
        for (lane, stimulus) in lanes.iter().enumerate() {
            for ((port, value), handle) in driven(top).zip(&stimulus[cycle]).zip(&handles) {
                if port.kind != PortKind::Clock {
                    sim.set_lane_limbs(*handle, lane, value.limbs());
                }
            }
        }
        for (lane, lines) in said.iter_mut().enumerate().filter(|(lane, _)| is_compared(*lane)) {
            let value = |p: &Port| {
                let mut limbs = vec![0; Bits::limbs_for(p.ty.width)];
                sim.get_lane_limbs(sim.output(&p.name).expect("an output"), lane, &mut limbs);
                format!("{:x}", Bits::from_limbs(p.ty.width, &limbs))
            };
            lines.push(outputs(top).map(value).collect::<Vec<_>>().join(" "));
        }
        let only = edges(top, &case.stimulus[cycle], &handles);
        tick(&mut sim, only);
    }
    let compare = |(lane, lines): (usize, &Vec<String>)| {
        let own = Case {
            seed: case.seed,
            design: case.design.clone(),
            expected: values(&case.design, &lanes[lane]),
            stimulus: Stimulus::new(),
        };
        let what = own.difference(lines)?;
        Some(format!("{:?}, lane {lane} of {}: {what}", options.backend, options.lanes))
    };
    said.iter().enumerate().filter(|(lane, _)| is_compared(*lane)).find_map(compare)
}

/// All lanes of a few, some of many.
fn is_compared(lane: usize) -> bool {
    lane < 8 || [15, 31, 32, 62, 63].contains(&lane)
}

/// The stimulus of a lane.
fn stimulus_of(case: &Case, lane: usize) -> Stimulus {
    if lane == 0 {
        return case.stimulus.clone();
    }
    let mut own = stimulus(&case.design, case.seed ^ (lane as u64) << 32);
    for (values, of_lane_0) in own.iter_mut().zip(&case.stimulus) {
        for ((value, other), port) in
            values.iter_mut().zip(of_lane_0).zip(driven(case.design.top()))
        {
            if port.kind == PortKind::Clock {
                *value = other.clone();
            }
        }
    }
    own
}

#[test]
fn a_program_that_does_not_compile_is_a_difference() {
    let broken = "`cc` fails on the program of the simulator: error: expected `;`";
    assert!(not_compiled(broken).is_some_and(|what| what.ends_with(broken)));
    let undefined = (1..=100).map(Case::random).find_map(|case| {
        let options = SimOptions { backend: Backend::Compiled, lanes: 1 };
        let sim = Simulator::with(&case.design, &options).expect("a checked design");
        sim.fallback().map(str::to_owned)
    });
    assert_eq!(not_compiled(&undefined.expect("a memory with undefined collisions")), None);
}

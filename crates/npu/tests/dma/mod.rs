//! What the tests of LOAD and STORE share: configurations, random commands, the reference loops.
#![allow(dead_code)] // neither test uses all of it

#[path = "../../../parts/src/bench.rs"]
pub mod bench;

use bench::{Bench, MemoryTiming, Random};
use seedbed_npu::dma::DmaShape;
use seedbed_spec::command::{encode, Body, Header, Move};
use seedbed_spec::{Config, Window};

/// Bytes of external memory.
pub const EXTERNAL: usize = 1 << 17;

/// The shape of a preset.
pub fn shape(preset: &str) -> DmaShape {
    DmaShape::of(&Config::preset(preset).expect("a preset"))
}

pub fn timing(latency: u32, stall: f64) -> MemoryTiming {
    MemoryTiming { latency, stall, seed: 11 }
}

/// Lets an engine touch a window.
pub fn set_window(b: &mut Bench, window: Window) {
    b.set("window_first", window.first);
    b.set("window_last", window.last);
}

/// The body of a command as limbs.
pub fn body(body: &Body) -> Vec<u64> {
    let command = encode(&Header::default(), body).expect("a legal command");
    command.0[2..].to_vec()
}

/// Calls `f` with (external address, LM address) of every beat in order, up to the run that leaves the
/// window; returns the first address outside. Addresses wrap, runs of external ones do not.
pub fn beats(
    shape: &DmaShape,
    command: &Move,
    window: Window,
    mut f: impl FnMut(u64, u32),
) -> Option<u64> {
    let c = command;
    let ext_mask = (1u64 << shape.addr_bits) - 1;
    for i3 in 0..c.count3 {
        for i2 in 0..c.count2 {
            for i1 in 0..c.count1 {
                let ext = [(i1, c.ext_stride1), (i2, c.ext_stride2), (i3, c.ext_stride3)]
                    .iter()
                    .fold(c.ext_addr as i64, |a, &(i, s)| a + i64::from(i) * i64::from(s));
                let lm = [(i1, c.lm_stride1), (i2, c.lm_stride2), (i3, c.lm_stride3)]
                    .iter()
                    .fold(c.lm_addr, |a, &(i, s)| a.wrapping_add(i.wrapping_mul(s)));
                let ext = ext as u64 & ext_mask;
                let mut run =
                    (ext..ext + u64::from(c.run_bytes)).step_by(shape.data_bits as usize / 8);
                if let Some(at) = run.find(|at| at & !ext_mask != 0 || !window.contains(*at)) {
                    return Some(at & ext_mask);
                }
                for at in (0..c.run_bytes).step_by(shape.data_bits as usize / 8) {
                    f(ext + u64::from(at), lm.wrapping_add(at) & 0xff_ffff);
                }
            }
        }
    }
    None
}

/// The fault that a command must report: (cause, address).
pub fn fault(shape: &DmaShape, command: &Move, window: Window, bus_cause: u64) -> (u64, u64) {
    let (mut range, mut bus) = (None, false);
    let barred = beats(shape, command, window, |ext, lm| {
        if lm >= shape.lm_bytes {
            range.get_or_insert(u64::from(lm));
        }
        bus |= ext + u64::from(shape.data_bits / 8) > EXTERNAL as u64;
    });
    match (barred, range, bus) {
        (Some(at), ..) => (9, at),
        (None, Some(at), _) => (2, at),
        (None, None, true) => (bus_cause, command.ext_addr),
        (None, None, false) => (0, 0),
    }
}

/// Random commands; `wild` ones may leave both memories.
fn commands(shape: &DmaShape, n: u32, wild: bool) -> Vec<Move> {
    let mut random = Random(u64::from(n) + u64::from(shape.data_bits) + u64::from(wild));
    (0..n).map(|_| command(shape, &mut random, wild)).collect()
}

fn command(shape: &DmaShape, random: &mut Random, wild: bool) -> Move {
    let bus = u64::from(shape.data_bits / 8);
    let mut below = |bytes: u64| random.below(bytes / bus) * bus;
    let lm = u64::from(shape.lm_bytes);
    let (ext_addr, lm_addr) = if wild {
        (EXTERNAL as u64 - 20_000 + below(21_000), below(lm + 256) as u32)
    } else {
        (20_000 + below(40_000), below(lm / 4) as u32)
    };
    let run_bytes = (bus + below(40 * bus)) as u32;
    let mut ext = || below(4096) as i32 - 2048;
    let ext_strides = [ext(), ext(), ext()];
    let mut lm_stride = || {
        let most = if wild { lm / 8 } else { lm / 32 };
        let back = if wild && below(4 * bus) == 0 { (1 << 24) - 64 } else { 0 };
        (back + below(most) as u32) % (1 << 24)
    };
    let lm_strides = [lm_stride(), lm_stride(), lm_stride()];
    let mut count = || 1 + random.below(4) as u32;
    Move {
        ext_addr,
        lm_addr,
        run_bytes,
        count1: count(),
        count2: count(),
        count3: if wild { 1 } else { count() },
        ext_stride1: ext_strides[0],
        ext_stride2: ext_strides[1],
        ext_stride3: ext_strides[2],
        lm_stride1: lm_strides[0],
        lm_stride2: lm_strides[1],
        lm_stride3: lm_strides[2],
    }
}

/// A completed command.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completion {
    pub cycle: u64,
    pub cause: u64,
    pub addr: u64,
}

/// The completion pulse of this cycle.
pub fn completion(b: &Bench) -> Option<Completion> {
    (b.get("done") == 1).then(|| Completion {
        cycle: b.cycle,
        cause: b.get("done_cause"),
        addr: b.get("done_addr"),
    })
}

/// Asserts that each command reported its own fault.
pub fn assert_faults(
    shape: &DmaShape,
    commands: &[Move],
    window: Window,
    done: &[Completion],
    bus_cause: u64,
) {
    for (command, done) in commands.iter().zip(done) {
        let expected = fault(shape, command, window, bus_cause);
        let got = (done.cause, if done.cause == 0 { 0 } else { done.addr });
        assert_eq!(got, expected, "{command:?}");
    }
}

/// Random commands for an engine, and what is around it.
#[derive(Debug)]
pub struct Case {
    pub shape: DmaShape,
    pub commands: Vec<Move>,
    pub window: Window,
    pub timing: MemoryTiming,
    /// Percent of the cycles in which local memory refuses.
    pub holds: u64,
    /// Causes, 0 for none, that commands have besides that of the bus, and how often each comes at least.
    pub causes: Option<(&'static [u64], usize)>,
}

/// The presets that differ in what a DMA engine sees of them.
const PRESETS: [&str; 4] = ["tiny", "small", "ragged", "odd"];

/// Commands inside both memories, on memories that are fast, that hold, and that refuse.
pub fn stalled() -> Vec<Case> {
    let around = [(1, 0.0, 0), (30, 0.0, 40), (6, 0.4, 20)];
    let case = |preset: &str, (latency, stall, holds)| {
        let (shape, timing) = (shape(preset), timing(latency, stall));
        let (commands, window) = (commands(&shape, 25, false), Window::ALL);
        Case { shape, commands, window, timing, holds, causes: None }
    };
    PRESETS.iter().flat_map(|preset| around.map(|around| case(preset, around))).collect()
}

/// Commands that leave the memories, or a window, which goes before all others.
pub fn wild(window: Window) -> Vec<Case> {
    let causes: (&[u64], usize) =
        if window == Window::ALL { (&[0, 2], 11) } else { (&[0, 2, 9], 3) };
    let causes = Some(causes);
    let case = |preset: &&str| {
        let shape = shape(preset);
        let commands = commands(&shape, 120, true);
        Case { shape, commands, window, timing: timing(4, 0.2), holds: 20, causes }
    };
    PRESETS.iter().map(case).collect()
}

/// Asserts that every cause that the case should have came often enough.
pub fn causes(case: &Case, done: &[Completion], bus_cause: u64) {
    let Some((causes, least)) = case.causes else { return };
    for cause in causes.iter().chain([&bus_cause]) {
        let n = done.iter().filter(|d| d.cause == *cause).count();
        assert!(n >= least, "{n} commands with cause {cause}: {case:?}");
    }
}

//! Jobs of a case.

use super::bodies::Bodies;
use super::{damage, Case, Item, Job, MemoryMap};
use crate::rng::Rng;
use seedbed_spec::command::{Body, Matrix, Move};
use seedbed_spec::Config;

/// What a case is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Everything random comes from it.
    pub seed: u64,
    /// Jobs, not counting those that fill LM and PS.
    pub programs: u32,
    /// Commands of the longest job.
    pub commands: u32,
    /// Cycles from AR to R and from the last W to B; `None`: any.
    pub latency: Option<u32>,
    /// Probability with which each AXI channel holds in a cycle.
    pub stall: f64,
    /// Every second job meets a fault.
    pub errors: bool,
    /// Number of the first job among those of a campaign: faults take turns by it.
    pub first: u32,
}

impl Default for Options {
    fn default() -> Self {
        let (latency, stall) = (Some(1), 0.0);
        Self { seed: 1, programs: 5, commands: 40, latency, stall, errors: false, first: 0 }
    }
}

/// A random case for a configuration.
pub fn generate(config: &Config, options: &Options) -> Case {
    let mut rng = Rng::new(options.seed);
    let fill = fill(config);
    let slots = u64::from(options.commands).max(fill.len() as u64 + 1) + rng.below(20);
    let ring = rng.below(MemoryMap::ring_end(config)) & if rng.percent(50) { !63 } else { !0 };
    let memory = MemoryMap::new(config, slots as u32, ring);
    let latency = options.latency.unwrap_or_else(|| rng.pick(&[1, 1, 2, 5, 20, 60, 100]));
    let mut case = Case {
        config: config.clone(),
        latency,
        stall: options.stall,
        seed: options.seed,
        jobs: Vec::new(),
        contents: Vec::new(),
        memory,
    };
    case.jobs.push(filling(&case));
    for number in options.first..options.first + options.programs {
        let mut job = program(&case, &mut rng, options.commands);
        if options.errors && number % 2 == 1 {
            damage::damage(&mut job, &case, number as usize / 2, &mut rng);
            case.jobs.extend([job, filling(&case)]);
        } else {
            case.jobs.push(job);
        }
    }
    case
}

fn program(case: &Case, rng: &mut Rng, most: u32) -> Job {
    let mut bodies = Bodies::new(&case.config, &case.memory);
    let commands = rng.range(u64::from(most.min(8)), most.into());
    let item = |rng: &mut Rng, body| {
        let stamp = if rng.percent(20) { rng.below(64) as u8 } else { 0 };
        Item { stamp, ..Item::plain(body) }
    };
    let items = (0..commands).map(|_| bodies.next(rng)).collect::<Vec<_>>();
    let items = items.into_iter().map(|body| item(rng, body)).collect();
    Job { items, links: rng.next_u64() | 1, wrong: false }
}

/// A job after which all of LM and PS is defined.
pub(super) fn filling(case: &Case) -> Job {
    let mut items: Vec<_> = fill(&case.config);
    for item in &mut items {
        if let Item { body: Body::Load(load), .. } = item {
            load.ext_addr += case.memory.data.start;
        }
    }
    Job { items, links: 0, wrong: false }
}

/// Pieces of LM, so that a failing case can lose some of them.
const PIECES: u32 = 8;

/// Loads all of LM, then overwrites all of PS. External addresses count from the data on.
pub(super) fn fill(config: &Config) -> Vec<Item> {
    let lm = config.memory.lm_bytes;
    let piece = (lm / PIECES).max(config.bus_bytes());
    let loads = (0..lm).step_by(piece as usize);
    let loads = loads.map(|at| Body::Load(Move::contiguous(at.into(), at, piece)));
    let rows = config.memory.ps_rows.min(4096);
    let room = (lm - config.rows()) / (rows - 1) / config.rows() * config.rows();
    let matrix = Matrix {
        a_addr: 0,
        w_addr: 0,
        ps_addr: 0,
        out_w: rows,
        k_tiles: 1,
        n_tiles: config.memory.ps_rows / rows,
        a_stride_w: config.rows().min(room),
        accumulate: false,
    };
    loads.chain([Body::Matrix(matrix)]).map(Item::plain).collect()
}

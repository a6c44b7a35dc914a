//! A compiled program as a case, so that it can be traced like a random one.

use super::programs::{fill, filling};
use super::{Case, Item, Job, MemoryMap};
use crate::memory::MemoryTiming;
use seedbed_spec::command::{decode_checked, Body, Command};
use seedbed_spec::program::Program;
use seedbed_spec::Config;

/// What the parts of external memory that a program does not know are a multiple of.
const PAGE: u64 = 4096;

impl Case {
    /// One job of `program` with `external` memory before it. A job before it fills LM and PS, of which
    /// the program may read what it never wrote where zero weights cancel it. Commands that are illegal
    /// are left out.
    pub fn of_program(
        config: &Config,
        program: &Program,
        external: Vec<u8>,
        timing: MemoryTiming,
    ) -> Case {
        let MemoryTiming { latency, stall, seed } = timing;
        let memory = map(config, program);
        let contents = vec![(0, external)];
        let config = config.clone();
        let mut case = Case { config, latency, stall, seed, memory, contents, jobs: Vec::new() };
        let items = program.commands.iter().filter_map(|command| item(command, &case.config));
        let job = Job { items: items.collect(), links: 0, wrong: false };
        case.jobs = vec![filling(&case), job];
        case
    }
}

/// The program's memory from address 0 on, then the hole, the ring, and room for LM.
fn map(config: &Config, program: &Program) -> MemoryMap {
    let page = |at: u64| at.next_multiple_of(PAGE);
    let lm = u64::from(config.memory.lm_bytes);
    let end = page(program.memory_bytes.max(lm));
    let slots = program.commands.len().max(fill(config).len()) as u32;
    let dump = page(end + 64 * u64::from(slots));
    let (params, hole) = (end..end, end..end);
    MemoryMap { ring: end, slots, data: 0..end, params, hole, dump, bytes: dump + lm }
}

fn item(command: &Command, config: &Config) -> Option<Item> {
    let (header, body): (_, Body) = decode_checked(command, config).ok()?;
    Some(Item { stamp: header.stamp, sync: Some(header.sync), ..Item::plain(body) })
}

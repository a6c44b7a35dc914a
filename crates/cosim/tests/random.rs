//! Random programs: they are what they should be, RTL and golden machine agree on them, and failing cases
//! become small. That they find bugs is shown by `ir_mutations.rs`.

mod support {
    pub mod edits;
}

use seedbed_cosim::divergence::trace;
use seedbed_cosim::duel::{simulated, Duel, Mismatch};
use seedbed_cosim::random::{generate, links, random_config, Case, Invalid, Options};
use seedbed_cosim::shrink::{shrink, Budget};
use seedbed_cosim::tally::{Tally, Wanted};
use seedbed_cosim::Rtl;
use seedbed_golden::overlap::check;
use seedbed_ir::Module;
use seedbed_spec::command::{decode_checked, Body, Move, Opcode};
use seedbed_spec::Config;
use std::time::Duration;
use support::edits::{buggy, swapped, Bug};

fn preset(name: &str) -> Config {
    Config::preset(name).expect("a preset")
}

const MACS: Wanted = Wanted { macs: true, stalls: false, faults: false };
const ALL: Wanted = Wanted { macs: true, stalls: true, faults: true };

fn options(seed: u64) -> Options {
    Options { seed, ..Options::default() }
}

/// Runs cases on one core; what they exercised.
fn run(config: &Config, cases: &[Options]) -> Tally {
    let mut duel = Duel::of(config, &simulated, None).expect("a core");
    let mut tally = Tally::default();
    for options in cases {
        let case = generate(config, options);
        let golden = case.golden().unwrap_or_else(|e| panic!("{options:?}: {e}"));
        let done = duel.run(&case, &golden);
        tally.add(&done.unwrap_or_else(|e| panic!("{} {options:?}: {e}", config.name)));
    }
    tally
}

#[test]
fn presets_agree() {
    for name in ["tiny", "small", "edge-systolic", "ragged", "odd"] {
        let stalled = |seed| Options { stall: 0.3, latency: None, ..options(seed) };
        let tally = run(&preset(name), &[options(1), stalled(2), stalled(3), stalled(4)]);
        assert_eq!(
            tally.missing(Wanted { stalls: true, ..MACS }),
            Vec::<String>::new(),
            "{name}: {tally:?}"
        );
    }
}

#[test]
fn random_configurations_agree() {
    for seed in 0..10 {
        let stall = [0.0, 0.1, 0.5][seed as usize % 3];
        let more = Options { stall, latency: None, errors: seed % 2 == 1, ..options(seed) };
        run(&random_config(seed), &[more]);
    }
}

#[test]
fn faults_agree() {
    let mut tally = Tally::default();
    for name in ["tiny", "ragged"] {
        let faulty =
            |n: u32| Options { errors: true, stall: 0.1, first: 5 * n, ..options(n.into()) };
        let cases: Vec<_> = (0..10).map(faulty).collect();
        tally.add(&run(&preset(name), &cases));
    }
    assert_eq!(tally.missing(Wanted { faults: true, ..MACS }), Vec::<String>::new(), "{tally:?}");
}

#[test]
fn programs_use_what_there_is() {
    let mut moves: Vec<Move> = Vec::new();
    let mut semaphores = [false; 32];
    for seed in 0..30 {
        let case = generate(&preset("small"), &options(seed));
        for command in case.golden().expect("legal").jobs.iter().flat_map(|job| &job.commands) {
            let (header, body) = decode_checked(command, &case.config).expect("legal");
            for slot in header.sync.waits.iter().filter(|slot| slot.n > 0) {
                semaphores[usize::from(slot.id)] = true;
            }
            if let Body::Load(body) | Body::Store(body) = body {
                moves.push(body);
            }
        }
    }
    assert_eq!(semaphores.iter().filter(|used| **used).count(), 16);
    let some = |f: fn(&Move) -> bool| moves.iter().filter(|m| f(m)).count() > 10;
    assert!(some(|m| m.count1 > 1 && m.count2 > 1 && m.count3 > 1), "four dimensions");
    assert!(some(|m| m.ext_stride1 < 0 && m.count1 > 1), "descending addresses");
    assert!(some(|m| m.lm_stride1 > m.run_bytes && m.count1 > 1), "gaps");
    assert!(some(|m| m.lm_stride1 < m.run_bytes && m.count1 > 1), "overlaps");
    assert!(moves.iter().any(|m| m.lm_stride1 > 1 << 23), "strides that wrap");
}

#[test]
fn semaphores_of_any_seed_order_a_program() {
    for seed in 0..20 {
        let case = generate(&random_config(seed), &options(seed));
        for (job, links) in case.jobs.iter().zip([0, 1, 2, 77, seed]) {
            let mut job = job.clone();
            job.links = links;
            let commands = job.commands(&case.config).expect("fields that hold their numbers");
            assert_eq!(check(&commands, &case.config), [], "seed {seed}, links {links}");
            let bodies: Vec<_> = job.items.iter().map(|item| &item.body).collect();
            assert_eq!(links::synchronise(&bodies, &case.config, links).len(), commands.len());
        }
    }
}

/// Jobs that meet faults say what is right all the same.
#[test]
fn cases_with_faults_are_legal() {
    for seed in 0..400 {
        let config = random_config(seed % 40);
        let more = Options { errors: true, first: 5 * seed as u32, commands: 20, ..options(seed) };
        let golden = generate(&config, &more).golden();
        assert!(golden.is_ok(), "seed {seed}: {:?}", golden.err());
    }
}

#[test]
fn a_case_survives_its_file() {
    let case = generate(&preset("ragged"), &Options { errors: true, ..options(5) });
    assert_eq!(Case::from_json(&case.to_json()).expect("a case"), case);
}

#[test]
fn illegal_cases_are_refused() {
    let good = generate(&preset("tiny"), &options(1));
    let refused = |change: fn(&mut Case)| {
        let mut case = good.clone();
        change(&mut case);
        case.golden().err()
    };
    assert_eq!(refused(|_| ()), None);
    assert!(matches!(refused(|c| c.config.post.lanes = 3), Some(Invalid::Config(_))));
    assert!(matches!(refused(|c| c.jobs[1].items.clear()), Some(Invalid::Length { job: 1, .. })));
    assert!(matches!(refused(|c| drop(c.jobs.remove(0))), Some(Invalid::Undefined { .. })));
    let outside = refused(|c| c.memory.data.start += 4096);
    assert!(matches!(outside, Some(Invalid::Outside { .. })), "{outside:?}");
    assert_eq!(refused(|c| c.memory.bytes = 100), Some(Invalid::Memory));
    let fault = refused(|c| match &mut c.jobs[0].items[0].body {
        Body::Load(load) => load.ext_addr = 1 << 31,
        body => panic!("{body:?}"),
    });
    assert!(matches!(fault, Some(Invalid::Fault { .. })), "{fault:?}");
}

/// The first case that shows a bug.
fn find(bug: Bug) -> Option<(Case, Mismatch)> {
    let config = preset("tiny");
    let mut duel = Duel::of(&config, &buggy(bug), None).expect("a core");
    (0..4).find_map(|seed| {
        let case = generate(&config, &Options { stall: 0.2, ..options(seed) });
        let golden = case.golden().expect("legal");
        duel.run(&case, &golden).err().map(|mismatch| (case, mismatch))
    })
}

#[test]
fn a_failing_case_becomes_small_and_tells_where() {
    let edit = |m: &mut Module| swapped(m, "addend");
    let bug = Bug { what: "halves swapped", module: "requantise_lane", edit };
    let (case, mismatch) = find(bug).expect("the bug shows");
    let maker = buggy(bug);
    let budget = Budget { time: Duration::from_secs(600), ..Budget::default() };
    let mut successes = 0;
    let small = shrink(&case, mismatch, &maker, budget, &mut |_| successes += 1);
    assert!(successes > 5);
    // Parameters, sums, and the POST that mistreats them.
    let opcodes: Vec<_> =
        small.case.jobs.iter().flat_map(|j| &j.items).map(|i| i.body.opcode()).collect();
    assert!(opcodes.len() <= 4 && opcodes.last() == Some(&Opcode::Post), "{opcodes:?}");
    let golden = small.case.golden().expect("legal");
    let mut duel = Duel::of(&small.case.config, &maker, None).expect("a core");
    assert_eq!(duel.run(&small.case, &golden).err(), Some(small.mismatch));
    let trace = trace(&small.case, &golden, &mut duel);
    let first = trace.first.expect("a divergence");
    assert!(first.contains("(POST), n-tile "), "{first}");
    assert!(trace.text.contains("POST   ps_addr="), "{}", trace.text);
    // A core without the bug has no quarrel with the case.
    let mut good = Duel::of(&small.case.config, &simulated, None).expect("a core");
    good.run(&small.case, &golden).expect("agreement");
}

/// RTL of one configuration behind the registers of another.
#[test]
fn another_configuration_is_refused() {
    let mut rtl = Rtl::generate(&preset("tiny")).expect("a core");
    let found = rtl.config.hash();
    rtl.config.front.prefetch += 1;
    let expected = rtl.config.hash();
    let error = Duel::new(&rtl, &simulated, None).err().expect("a refusal");
    let hashes = format!("CONFIG_HASH is {found:08x}, expected {expected:08x}: ");
    assert!(error.starts_with(&hashes), "{error}");
}

#[test]
fn too_little_is_noticed() {
    let missing = Tally::default().missing(ALL).join("\n");
    for word in ["LOAD", "MATRIX", "Dbl", "slot 2", "MACs", "AW", "DEADLOCK", "FETCH"] {
        assert!(missing.contains(word), "{word}: {missing}");
    }
    let mut tally = run(&preset("tiny"), &[options(1)]);
    assert_eq!(tally.missing(Wanted::default()), [""; 0]);
    tally.opcodes.remove(&Opcode::Store);
    assert!(tally.missing(Wanted::default())[0].contains("STORE"));
}

//! The overlap checker: on hand-written programs, and on compiled ones with one wait taken away.

use std::collections::VecDeque;

use seedbed_compiler::{compile, Effort, Options};
use seedbed_golden::overlap::{check, check_decoded, Finding, Space};
use seedbed_model::{Activation, FullyConnected, Graph, Quantization};
use seedbed_spec::command::{
    decode_checked, encode, Body, Command, Header, Matrix, Move, Opcode, Post, Slot, Sync,
};
use seedbed_spec::numerics::{Family, Rule};
use seedbed_spec::Config;

fn tiny() -> Config {
    Config::preset("tiny").unwrap()
}

fn load(ext_addr: u64, lm_addr: u32, bytes: u32) -> Body {
    Body::Load(Move::contiguous(ext_addr, lm_addr, bytes))
}

fn store(ext_addr: u64, lm_addr: u32, bytes: u32) -> Body {
    Body::Store(Move::contiguous(ext_addr, lm_addr, bytes))
}

fn matrix(a_addr: u32, w_addr: u32, ps_addr: u32) -> Body {
    let (out_w, k_tiles, n_tiles, a_stride_w) = (2, 1, 1, 4);
    let accumulate = false;
    Body::Matrix(Matrix {
        a_addr,
        w_addr,
        ps_addr,
        out_w,
        k_tiles,
        n_tiles,
        a_stride_w,
        accumulate,
    })
}

fn post(ps_addr: u32, param_addr: u32, out_addr: u32) -> Body {
    let (rows, n_tiles, out_stride, rule) = (2, 1, 4, Rule::Up);
    let (zero_point, lo, hi) = (0, -128, 127);
    Body::Post(Post {
        ps_addr,
        param_addr,
        out_addr,
        rows,
        n_tiles,
        out_stride,
        zero_point,
        lo,
        hi,
        rule,
    })
}

fn slots(from: &[(u8, u8)]) -> [Slot; 3] {
    let mut slots = [Slot::default(); 3];
    for (slot, &(id, n)) in slots.iter_mut().zip(from) {
        *slot = Slot { id, n };
    }
    slots
}

/// A command with waits and signals.
fn with(body: Body, waits: &[(u8, u8)], signals: &[(u8, u8)]) -> (Header, Body) {
    let sync = Sync { waits: slots(waits), signals: slots(signals) };
    (Header { stamp: 0, sync }, body)
}

fn alone(body: Body) -> (Header, Body) {
    with(body, &[], &[])
}

fn findings(commands: &[(Header, Body)]) -> Vec<Finding> {
    check_decoded(commands, &tiny())
}

/// The overlapping pairs.
fn pairs(commands: &[(Header, Body)]) -> Vec<(usize, usize, Space)> {
    let pair = |finding: &Finding| match finding {
        Finding::Overlap { earlier, later, space, .. } => Some((earlier.0, later.0, *space)),
        _ => None,
    };
    findings(commands).iter().filter_map(pair).collect()
}

#[test]
fn every_kind_of_hazard_in_every_space_is_found() {
    let hazards = [
        (load(0, 0x40, 8), matrix(0x40, 0x80, 0), Space::Local), // read after write
        (matrix(0x40, 0x80, 0), load(0, 0x40, 4), Space::Local), // write after read
        (load(0, 0x40, 8), post(0, 0x80, 0x40), Space::Local),   // write after write
        (matrix(0, 0x80, 6), post(7, 0x80, 0x40), Space::Sums),
        (post(7, 0x80, 0x40), matrix(0, 0x80, 6), Space::Sums),
        (store(0x100, 0, 16), load(0x10c, 0x40, 4), Space::External),
        (load(0x10c, 0x40, 4), store(0x100, 0, 16), Space::External),
    ];
    for (first, second, space) in hazards {
        let bare = [alone(first.clone()), alone(second.clone())];
        assert_eq!(pairs(&bare), [(0, 1, space)]);
        let ordered = [with(first, &[], &[(5, 1)]), with(second, &[(5, 1)], &[])];
        assert_eq!(findings(&ordered), []);
    }
}

#[test]
fn neighbours_readers_and_one_engine_need_no_order() {
    let harmless = [
        alone(load(0, 0x40, 8)),
        alone(load(0, 0x40, 8)),
        alone(store(0x100, 0x48, 8)),
        alone(matrix(0x48, 0x80, 0)),
        alone(matrix(0x48, 0x80, 1)),
    ];
    assert_eq!(findings(&harmless), []);
}

#[test]
fn the_first_common_address_is_named() {
    let commands = [alone(load(0, 0x40, 64)), alone(store(0x100, 0x58, 64))];
    let told: Vec<_> = findings(&commands).iter().map(ToString::to_string).collect();
    assert_eq!(told, ["commands 0 (LOAD) and 1 (STORE) meet at LM byte 0x58, unordered"]);
}

#[test]
fn order_comes_through_other_engines_and_earlier_commands() {
    // STORE knows the LOADs through MATRIX.
    let through = [
        alone(load(0, 0x40, 8)),
        with(load(0, 0x80, 16), &[], &[(0, 1)]),
        with(matrix(0x40, 0x80, 0), &[(0, 1)], &[(1, 1)]),
        with(store(0x100, 0x40, 8), &[(1, 1)], &[]),
        alone(store(0x110, 0x80, 8)),
    ];
    assert_eq!(findings(&through), []);
    // A signal of an earlier LOAD says nothing of a later one.
    let early = [
        with(load(0, 0x80, 16), &[], &[(0, 1)]),
        alone(load(0, 0x40, 8)),
        with(store(0x100, 0x40, 8), &[(0, 1)], &[]),
    ];
    assert_eq!(pairs(&early), [(1, 2, Space::Local)]);
}

#[test]
fn counts_matter() {
    let program = |n: u8| {
        [
            with(load(0, 0x80, 16), &[], &[(0, 1)]),
            with(load(0, 0x40, 8), &[], &[(0, 1)]),
            with(store(0x100, 0x40, 8), &[(0, n)], &[]),
        ]
    };
    assert_eq!(pairs(&program(1)), [(1, 2, Space::Local)]);
    assert_eq!(findings(&program(2)), []);
}

#[test]
fn a_later_signal_of_another_producer_can_stand_in() {
    // In ring order STORE 2 gets the tokens of LOAD 0 and POST 1; but POST 3 signals too.
    let program = |more: u8| {
        [
            with(load(0, 0x40, 8), &[], &[(0, 1)]),
            with(post(0, 0x80, 0xc0), &[], &[(0, 1)]),
            with(store(0x100, 0x40, 8), &[(0, 2)], &[]),
            with(post(0, 0x80, 0xd0), &[], &[(0, more)]),
        ]
    };
    assert_eq!(findings(&program(0)), []);
    assert_eq!(pairs(&program(1)), [(0, 2, Space::Local)]);
}

#[test]
fn misuse_of_semaphores_is_found() {
    let unmet = [with(load(0, 0, 4), &[(2, 1)], &[(2, 1)])];
    assert_eq!(findings(&unmet), [Finding::Unmet { command: 0, semaphore: 2 }]);

    let two = [
        with(load(0, 0, 4), &[], &[(2, 2)]),
        with(store(0x100, 64, 4), &[(2, 1)], &[]),
        with(matrix(64, 128, 0), &[(2, 1)], &[]),
    ];
    assert_eq!(findings(&two), [Finding::TwoConsumers { semaphore: 2, command: 2 }]);

    let twice =
        [with(load(0, 0, 4), &[], &[(2, 2)]), with(store(0x100, 64, 4), &[(2, 1), (2, 1)], &[])];
    assert_eq!(findings(&twice), [Finding::WaitsTwice { semaphore: 2, command: 1 }]);

    // In ring order the count never exceeds 200.
    let ahead = [
        with(load(0, 0, 4), &[], &[(2, 200)]),
        with(store(0x100, 64, 4), &[(2, 200)], &[]),
        with(load(0, 0, 4), &[], &[(2, 56)]),
        with(store(0x100, 64, 4), &[(2, 56)], &[]),
    ];
    assert_eq!(findings(&ahead), [Finding::Overflow { semaphore: 2, count: 256 }]);
    let unused = vec![with(load(0, 0, 4), &[], &[(3, 128)]); 2];
    assert_eq!(findings(&unused), [Finding::Overflow { semaphore: 3, count: 256 }]);
}

#[test]
fn what_one_command_writes_and_reads_is_found() {
    let commands = [alone(post(0, 0x80, 0x84))];
    let itself = Finding::Itself { command: 0, opcode: Opcode::Post };
    assert_eq!(findings(&commands), [itself]);
}

#[test]
fn a_post_waits_for_the_one_that_writes_its_parameters() {
    let bare = [alone(post(0, 0x80, 0x200)), alone(post(0, 0x200, 0x300))];
    assert_eq!(pairs(&bare), [(0, 1, Space::Local)]);
    let waiting =
        [with(post(0, 0x80, 0x200), &[], &[(7, 1)]), with(post(0, 0x200, 0x300), &[(7, 1)], &[])];
    assert_eq!(findings(&waiting), []);
    // The other way round, and from one output to the next, they are in order by themselves.
    let harmless = [alone(post(0, 0x200, 0x300)), alone(post(0, 0x80, 0x200))];
    assert_eq!(findings(&harmless), []);
    let twice = vec![alone(post(0, 0x80, 0x200)); 2];
    assert_eq!(findings(&twice), []);
}

#[test]
fn illegal_commands_are_not_looked_into() {
    let odd = encode(&Header::default(), &load(1, 0, 4)).unwrap();
    assert_eq!(check(&[odd], &tiny()), [Finding::Illegal { command: 0, lsb: 128 }]);
}

/// A chain of fully connected layers.
fn network(widths: &[usize]) -> Graph {
    let code = Quantization { scale: 0.25, zero_point: 3 };
    let mut builder = Graph::chain("chain", widths[0], code);
    for pair in widths.windows(2) {
        let (inputs, outputs) = (pair[0], pair[1]);
        let layer = FullyConnected {
            inputs,
            outputs,
            weights: (0..inputs * outputs).map(|i| (i * 7) as i8).collect(),
            weight_scales: vec![0.01],
            bias: vec![5; outputs],
            activation: Activation::None,
        };
        builder = builder.fully_connected(layer, code);
    }
    builder.finish().unwrap()
}

fn decoded(commands: &[Command], config: &Config) -> Vec<(Header, Body)> {
    commands.iter().map(|command| decode_checked(command, config).unwrap()).collect()
}

/// Whether two commands of different engines that conflict are not ordered: by the closure of "the
/// k-th token of a semaphore is taken by its k-th wait". Holds where each semaphore has one producer.
fn unordered(commands: &[(Header, Body)], config: &Config) -> bool {
    let accesses: Vec<_> = commands.iter().map(|(_, body)| body.accesses(config)).collect();
    let mut tokens: Vec<VecDeque<usize>> = vec![VecDeque::new(); 32];
    // Row j: the commands that are complete when j starts.
    let mut before: Vec<Vec<bool>> = Vec::new();
    for (j, (header, body)) in commands.iter().enumerate() {
        let same = |i: &usize| commands[*i].1.opcode() == body.opcode();
        let prior = (0..j).rev().find(same);
        let mut row = prior.map_or(vec![false; commands.len()], |i| before[i].clone());
        for slot in &header.sync.waits {
            for _ in 0..slot.n {
                let source = tokens[usize::from(slot.id)].pop_front().expect("a signal");
                let opcode = commands[source].1.opcode();
                for i in (0..commands.len()).filter(|i| {
                    before[source][*i] || (*i <= source && commands[*i].1.opcode() == opcode)
                }) {
                    row[i] = true;
                }
            }
        }
        for slot in &header.sync.signals {
            tokens[usize::from(slot.id)].extend((0..slot.n).map(|_| j));
        }
        before.push(row);
        let races = |i: usize| {
            commands[i].1.opcode() != body.opcode()
                && accesses[i].conflicts(&accesses[j])
                && !before[j][i]
        };
        if (0..j).any(races) {
            return true;
        }
    }
    false
}

/// Takes every wait of a program away in turn; returns how many were load-bearing, and how many not.
fn take_waits_away(program: &[Command], config: &Config) -> (usize, usize) {
    let whole = decoded(program, config);
    assert_eq!(check_decoded(&whole, config), []);
    assert!(!unordered(&whole, config));
    let (mut bearing, mut idle) = (0, 0);
    for command in 0..whole.len() {
        for slot in (0..3).filter(|slot| whole[command].0.sync.waits[*slot].n > 0) {
            let mut without = whole.clone();
            without[command].0.sync.waits[slot].n = 0;
            let findings = check_decoded(&without, config);
            let overlap = |f: &Finding| matches!(f, Finding::Overlap { .. });
            let expected = unordered(&without, config);
            assert_eq!(findings.iter().any(overlap), expected, "command {command}, wait {slot}");
            if expected {
                bearing += 1;
            } else {
                idle += 1;
            }
        }
    }
    (bearing, idle)
}

#[test]
fn a_missing_wait_of_a_compiled_program_is_found() {
    let cases: [(&str, &[usize], u32); 6] = [
        ("tiny", &[9, 5], 3),
        ("tiny", &[70, 40, 30, 10], 12),
        ("small", &[40, 90, 20], 20),
        ("ragged", &[33, 18, 7], 9),
        ("ragged", &[300, 100], 2),
        ("odd", &[33, 50, 25, 7], 9),
    ];
    let (mut bearing, mut idle) = (0, 0);
    for (preset, widths, rows) in cases {
        let config = Config::preset(preset).unwrap();
        let options = Options { family: Family::Ref, rows, effort: Effort::default() };
        let program = compile(&network(widths), &config, &options).unwrap();
        let (more, less) = take_waits_away(&program.commands, &config);
        (bearing, idle) = (bearing + more, idle + less);
    }
    assert!(bearing > 100, "{bearing} load-bearing waits");
    assert!(bearing > 10 * idle, "{bearing} load-bearing waits, {idle} others");
}

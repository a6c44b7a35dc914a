//! Hand-written programs, every fault, and random commands against the formulas of the contract.

use seedbed_spec::command::{
    encode, Body, Command, Header, Matrix, Move, Opcode, Post, Slot, Sync,
};
use seedbed_spec::fault::{Cause, Engine, FaultRecord};
use seedbed_spec::numerics::{by_definition, Rule};
use seedbed_spec::Config;

use super::{Machine, Memory, Outcome, Ring};

const RING: u64 = 0x8000;
const MEMORY: usize = 0x10000;

/// Deterministic noise (splitmix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end)) as u32
    }

    fn bytes(&mut self, into: &mut [u8]) {
        into.iter_mut().for_each(|byte| *byte = self.next() as u8);
    }
}

/// A machine, its memory, and a way to run commands.
struct Bench {
    machine: Machine,
    memory: Memory,
}

impl Bench {
    fn new(preset: &str) -> Self {
        let config = Config::preset(preset).unwrap();
        Self { machine: Machine::new(&config), memory: Memory::new(MEMORY) }
    }

    /// Puts the commands into the ring and runs them from slot 0 on.
    fn run_commands(&mut self, commands: &[Command]) -> Outcome {
        for (slot, command) in commands.iter().enumerate() {
            self.memory.write(RING + 64 * slot as u64, &command.bytes()).unwrap();
        }
        let count = commands.len() as u32;
        self.machine.run(&mut self.memory, Ring { addr: RING, size: count }, 0, count)
    }

    fn run(&mut self, bodies: &[Body]) -> Outcome {
        let commands: Vec<Command> = bodies.iter().map(command).collect();
        self.run_commands(&commands)
    }

    fn fault(&mut self, body: Body) -> Option<(Engine, Cause, u64)> {
        let record = self.run(&[body]).fault?;
        assert_eq!(record.index, 0);
        Some((record.engine, record.cause, record.address))
    }
}

fn command(body: &Body) -> Command {
    encode(&Header::default(), body).unwrap()
}

fn with_sync(body: Body, waits: &[(u8, u8)], signals: &[(u8, u8)]) -> Command {
    let slots = |from: &[(u8, u8)]| {
        let slot =
            |i: usize| from.get(i).map_or(Slot::default(), |(id, n)| Slot { id: *id, n: *n });
        [slot(0), slot(1), slot(2)]
    };
    let sync = Sync { waits: slots(waits), signals: slots(signals) };
    encode(&Header { stamp: 0, sync }, &body).unwrap()
}

fn nop() -> Body {
    Body::Load(Move::contiguous(0, 0, 8))
}

fn matrix() -> Matrix {
    Matrix {
        a_addr: 0,
        w_addr: 0x100,
        ps_addr: 0,
        out_w: 1,
        k_tiles: 1,
        n_tiles: 1,
        a_stride_w: 0,
        accumulate: false,
    }
}

fn post() -> Post {
    Post {
        ps_addr: 0,
        param_addr: 0x200,
        out_addr: 0x300,
        rows: 1,
        n_tiles: 1,
        out_stride: 0,
        rule: Rule::Dbl,
        zero_point: 0,
        lo: -128,
        hi: 127,
    }
}

/// A dense layer by hand: y = clamp(a * W + bias, requantised by 1/2), -128 in every operand.
#[test]
fn a_dense_layer_by_hand() {
    let mut bench = Bench::new("tiny");
    bench.memory.bytes_mut()[..4].fill(0x80); // activations: -128 each
    let weights: [[i8; 4]; 4] = [[-128; 4], [127; 4], [1, 0, 0, 0], [0, 0, 0, -1]];
    let weights: Vec<u8> = weights.iter().flatten().map(|w| *w as u8).collect();
    bench.memory.write(0x10, &weights).unwrap();
    let params = [0, 1024, 100, -7, 1 << 30, 1 << 30, 1 << 30, 1 << 30, 8, 8, 0, 0];
    let params: Vec<u8> = params.iter().flat_map(|p: &i32| p.to_le_bytes()).collect();
    bench.memory.write(0x40, &params).unwrap();
    let outcome = bench.run(&[
        Body::Load(Move::contiguous(0, 0, 4)),
        Body::Load(Move::contiguous(0x10, 0x100, 16)),
        Body::Load(Move::contiguous(0x40, 0x200, 48)),
        Body::Matrix(matrix()),
        Body::Post(post()),
        Body::Store(Move::contiguous(0x80, 0x300, 4)),
    ]);
    assert_eq!((outcome.fault, outcome.commands, outcome.saturations), (None, 6, 0));
    assert_eq!(bench.machine.partial_sums()[..4], [65536, -65024, -128, 128]);
    // 65536/512 = 128 clamps; -64000/512 = -125; -28/2 = -14; 121/2 rounds away from zero.
    let outputs = [127, -125i8 as u8, -14i8 as u8, 61];
    assert_eq!(bench.memory.bytes()[0x80..0x84], outputs);
    let moved: Vec<_> = outcome.executed.iter().map(|e| (e.read_bytes, e.write_bytes)).collect();
    assert_eq!(moved, [(4, 0), (16, 0), (48, 0), (0, 0), (0, 0), (0, 4)]);
    assert_eq!((outcome.executed[3].opcode, outcome.executed[3].matrix_rows), (Opcode::Matrix, 1));
}

/// MATRIX against its formula, on noise, with accumulation.
#[test]
fn matrix_equals_its_formula() {
    for (preset, seed) in [("tiny", 1), ("small", 2), ("ragged", 3), ("odd", 7)] {
        let mut noise = Noise(seed);
        let mut bench = Bench::new(preset);
        for round in 0..50 {
            noise.bytes(bench.machine.local_memory_mut());
            let rows = bench.machine.config.rows_unit();
            let body = Matrix {
                a_addr: rows * noise.below(64),
                w_addr: rows * (128 + noise.below(64)),
                ps_addr: noise.below(20),
                out_w: 1 + noise.below(6),
                k_tiles: 1 + noise.below(4),
                n_tiles: 1 + noise.below(3),
                a_stride_w: rows * noise.below(9),
                accumulate: round % 2 == 1,
            };
            let expected = matrix_formula(&bench.machine, &body);
            assert_eq!(bench.run(&[Body::Matrix(body)]).fault, None);
            assert_eq!(bench.machine.partial_sums(), expected);
        }
    }
}

fn matrix_formula(machine: &Machine, body: &Matrix) -> Vec<i32> {
    let (rows, cols) = (machine.config.rows(), machine.config.cols());
    let lm = |addr: u32| i64::from(machine.local_memory()[addr as usize] as i8);
    let mut sums = machine.partial_sums().to_vec();
    for (n, m, c) in (0..body.n_tiles)
        .flat_map(|n| (0..body.out_w).flat_map(move |m| (0..cols).map(move |c| (n, m, c))))
    {
        let product = |k: u32, r: u32| {
            lm(body.a_addr + m * body.a_stride_w + k * rows + r)
                * lm(body.w_addr + ((n * body.k_tiles + k) * cols + c) * rows + r)
        };
        let sum: i64 = (0..body.k_tiles * rows).map(|i| product(i / rows, i % rows)).sum();
        let place = &mut sums[((body.ps_addr + n * body.out_w + m) * cols + c) as usize];
        *place = (sum + if body.accumulate { i64::from(*place) } else { 0 }) as i32;
    }
    sums
}

/// POST against the definitions of the rules, on noise with every shift.
#[test]
fn post_equals_its_definition() {
    for (preset, seed) in [("tiny", 4), ("small", 5), ("ragged", 6), ("odd", 8)] {
        let mut noise = Noise(seed);
        let mut bench = Bench::new(preset);
        let config = bench.machine.config.clone();
        for _ in 0..60 {
            noise.bytes(bench.machine.local_memory_mut());
            let unused = 32 - config.acc_bits() + noise.below(12);
            bench.machine.partial_sums_mut().fill_with(|| noise.next() as i32 >> unused);
            let body = Post {
                ps_addr: noise.below(20),
                param_addr: config.word() * noise.below(8),
                out_addr: 0x800 + config.cols_unit() * noise.below(8),
                rows: 1 + noise.below(5),
                n_tiles: 1 + noise.below(3),
                out_stride: 3 * config.cols() + config.cols_unit() * noise.below(3),
                rule: Rule::ALL[noise.below(3) as usize],
                zero_point: noise.next() as i8,
                lo: noise.next() as i8,
                hi: noise.next() as i8,
            };
            let (lm, saturations) = post_definition(&bench.machine, &body);
            let outcome = bench.run(&[Body::Post(body)]);
            assert_eq!((outcome.fault, outcome.saturations), (None, saturations));
            assert_eq!(bench.machine.local_memory(), lm);
        }
    }
}

fn post_definition(machine: &Machine, body: &Post) -> (Vec<u8>, u64) {
    let (config, mut lm, mut saturations) = (&machine.config, machine.local_memory().to_vec(), 0);
    let cols = config.cols();
    for (n, m, c) in (0..body.n_tiles)
        .flat_map(|n| (0..body.rows).flat_map(move |m| (0..cols).map(move |c| (n, m, c))))
    {
        let params = (body.param_addr + n * config.param_tile_bytes()) as usize;
        let word = |i: u32| {
            let at = params + 4 * i as usize;
            let bytes = &machine.local_memory()[at..at + 4];
            i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
        };
        let (bias, m31) = (word(c), word(cols + c) & i32::MAX);
        let shift = (word(2 * cols + c) & 63) - 2 * (word(2 * cols + c) & 32);
        let ps_row = body.ps_addr + n * body.rows + m;
        let sum = i64::from(machine.partial_sums()[(ps_row * cols + c) as usize]);
        let (value, saturated) = by_definition(sum, bias, m31, shift, body.rule);
        let value = i64::from(value) + i64::from(body.zero_point);
        let value = value.max(body.lo.into()).min(body.hi.into());
        let row = (body.out_addr + m * body.out_stride + n * cols) as usize;
        lm[row + c as usize] = value as i8 as u8;
        let codes = row + cols as usize;
        lm[codes..codes.next_multiple_of(config.bus_bytes() as usize)].fill(0);
        saturations += u64::from(saturated);
    }
    (lm, saturations)
}

#[test]
fn saturated_biases_are_counted() {
    let mut bench = Bench::new("tiny");
    bench.machine.partial_sums_mut()[..8].copy_from_slice(&[1, 0, -1, 5, 1, 0, -1, 5]);
    let mut params = vec![0; 48];
    for (c, bias) in [i32::MAX, i32::MAX, i32::MIN, i32::MAX - 5].into_iter().enumerate() {
        params[4 * c..4 * c + 4].copy_from_slice(&bias.to_le_bytes());
    }
    bench.machine.local_memory_mut()[0x200..0x230].copy_from_slice(&params);
    let outcome = bench.run(&[Body::Post(Post { rows: 2, ..post() })]);
    assert_eq!((outcome.saturations, outcome.executed[0].saturations), (4, 4));
}

/// Partial sums wrap at the accumulator's width: 26 bits on `tiny`.
#[test]
fn sums_wrap_at_the_accumulator() {
    let mut bench = Bench::new("tiny");
    bench.machine.local_memory_mut()[..0x200].fill(0x80);
    bench.machine.partial_sums_mut()[..4].fill((1 << 25) - 1);
    bench.run(&[Body::Matrix(Matrix { accumulate: true, ..matrix() })]);
    assert_eq!(bench.machine.partial_sums()[..4], [-(1 << 25) + 65535; 4]);
}

/// Three dimensions, a negative external stride, and back.
#[test]
fn moves_follow_their_strides() {
    let mut bench = Bench::new("tiny");
    Noise(7).bytes(&mut bench.memory.bytes_mut()[..0x1000]);
    let mut body = Move::contiguous(0x400, 0x10, 8).strided(3, -16, 8);
    (body.count2, body.ext_stride2, body.lm_stride2) = (2, 0x100, 0x40);
    (body.count3, body.ext_stride3, body.lm_stride3) = (2, 0x200, 0x100);
    let out = Move { ext_addr: 0x4400, ..body.clone() };
    let outcome = bench.run(&[Body::Load(body.clone()), Body::Store(out)]);
    assert_eq!((outcome.fault, outcome.executed[0].read_bytes), (None, 96));
    let mut copied = 0;
    for (i3, i2, i1, byte) in (0..96).map(|i| (i / 48, i / 24 % 2, i / 8 % 3, i % 8)) {
        let ext = 0x400 + 0x200 * i3 + 0x100 * i2 - 16 * i1 + byte;
        let lm = 0x10 + 0x100 * i3 + 0x40 * i2 + 8 * i1 + byte;
        assert_eq!(bench.machine.local_memory()[lm], bench.memory.bytes()[ext]);
        assert_eq!(bench.memory.bytes()[ext + 0x4000], bench.memory.bytes()[ext]);
        copied += 1;
    }
    assert_eq!(copied, body.bytes());
}

#[test]
fn illegal_commands_name_the_field() {
    let mut bench = Bench::new("small");
    let good = command(&nop());
    for (bit, lsb) in [(0, 0), (4, 4), (31, 14), (37 + 80, 110), (128, 128), (228, 224), (511, 460)]
    {
        let mut bad = good;
        bad.set_bits(bit, 1, 1 ^ bad.bits(bit, 1));
        let outcome = bench.run_commands(&[good, bad, good]);
        let fault =
            FaultRecord { index: 1, engine: Engine::Front, cause: Cause::Illegal, address: lsb };
        assert_eq!((outcome.fault, outcome.commands), (Some(fault), 1), "bit {bit}");
    }
}

#[test]
fn ranges_name_the_first_address_of_the_first_stream() {
    let lm = |addr| Some((Cause::RangeLm, addr));
    let mut bench = Bench::new("tiny"); // 8192 bytes, 128 rows
    let mut fault = |body| bench.fault(body).map(|(_, cause, addr)| (cause, addr));
    assert_eq!(fault(Body::Load(Move::contiguous(0, 8184, 16))), lm(8192));
    assert_eq!(fault(Body::Load(Move::contiguous(0, 0, 4).strided(3, 4, 0x1ffc))), lm(0x3ff8));
    assert_eq!(fault(Body::Store(Move::contiguous(0, 0xff_fffc, 8))), lm(0xff_fffc));
    // A stride that wraps at 24 bits acts as a negative one.
    assert_eq!(fault(Body::Load(Move::contiguous(0, 8, 4).strided(3, 4, 0xff_fffc))), None);
    let weights = Matrix { w_addr: 8184, a_addr: 8192, ps_addr: 200, ..matrix() };
    assert_eq!(fault(Body::Matrix(weights.clone())), lm(8192));
    let activations = Matrix { w_addr: 0, a_addr: 8188, a_stride_w: 8, out_w: 2, ..weights };
    assert_eq!(fault(Body::Matrix(activations.clone())), lm(8196));
    let rows = Matrix { a_addr: 0, ps_addr: 127, ..activations };
    assert_eq!(fault(Body::Matrix(rows)), Some((Cause::RangePs, 128)));
    let params = Post { param_addr: 8156, ps_addr: 128, out_addr: 8192, ..post() };
    assert_eq!(fault(Body::Post(params.clone())), lm(8192));
    let sums = Post { param_addr: 0, ..params };
    assert_eq!(fault(Body::Post(sums.clone())), Some((Cause::RangePs, 128)));
    assert_eq!(fault(Body::Post(Post { ps_addr: 0, ..sums })), lm(8192));
}

/// Out of range, reads wrap and writes are suppressed, and the rest of the command happens.
#[test]
fn commands_with_range_faults_run_to_their_end() {
    let mut bench = Bench::new("tiny");
    bench.memory.bytes_mut()[..16].copy_from_slice(&[9; 16]);
    bench.run(&[Body::Load(Move::contiguous(0, 8184, 16))]);
    assert_eq!(bench.machine.local_memory()[8184..], [9; 8]);
    assert_eq!(bench.machine.local_memory()[..8], [0; 8]);
    bench.machine.local_memory_mut()[..4].copy_from_slice(&[1, 2, 3, 4]);
    bench.run(&[Body::Store(Move::contiguous(0x20, 8188, 8))]);
    assert_eq!(bench.memory.bytes()[0x20..0x28], [9, 9, 9, 9, 1, 2, 3, 4]);
    // Row 128 wraps to row 0 when read; nothing is written.
    bench.machine.local_memory_mut().fill(1);
    bench.machine.partial_sums_mut().fill(100);
    bench.run(&[Body::Matrix(Matrix { ps_addr: 127, out_w: 2, accumulate: true, ..matrix() })]);
    assert_eq!(bench.machine.partial_sums()[127 * 4..], [104; 4]);
    assert!(bench.machine.partial_sums()[..127 * 4].iter().all(|sum| *sum == 100));
}

#[test]
fn bus_errors_name_the_command() {
    let mut bench = Bench::new("tiny");
    let end = MEMORY as u64;
    bench.memory.bytes_mut()[MEMORY - 4..].fill(5);
    bench.machine.local_memory_mut()[..8].fill(6);
    let load = Body::Load(Move::contiguous(end - 4, 0, 8));
    assert_eq!(bench.fault(load), Some((Engine::Load, Cause::BusRead, end - 4)));
    assert_eq!(bench.machine.local_memory()[..8], [5, 5, 5, 5, 0, 0, 0, 0]);
    let store = Body::Store(Move::contiguous(end - 4, 0x100, 8));
    assert_eq!(bench.fault(store), Some((Engine::Store, Cause::BusWrite, end - 4)));
    assert_eq!(bench.memory.bytes()[MEMORY - 4..], [0; 4]);
    // Both at once: the local memory's fault is reported.
    let both = Body::Load(Move::contiguous(end, 8192, 4));
    assert_eq!(bench.fault(both), Some((Engine::Load, Cause::RangeLm, 8192)));
    // Addresses wrap at the 32 bits of the bus.
    assert_eq!(bench.fault(Body::Load(Move::contiguous(1 << 32, 0, 8))), None);
}

#[test]
fn semaphores_are_taken_together() {
    let mut bench = Bench::new("tiny");
    let outcome = bench.run_commands(&[
        with_sync(nop(), &[], &[(1, 2), (2, 1), (2, 3)]),
        with_sync(nop(), &[(1, 1), (2, 4)], &[]),
        with_sync(nop(), &[(1, 1), (2, 1)], &[(3, 1)]),
    ]);
    let fault = FaultRecord { index: 2, engine: Engine::Front, cause: Cause::Deadlock, address: 2 };
    assert_eq!((outcome.fault, outcome.commands), (Some(fault), 2));
    let counts = [1, 2, 3].map(|id| bench.machine.semaphore(id));
    assert_eq!(counts, [1, 0, 0], "nothing is taken by a wait that is not met");
    bench.machine.restart();
    assert_eq!(bench.machine.semaphore(1), 0);
}

/// Two waits for one semaphore are each met alone; taking them stops at zero.
#[test]
fn equal_waits_stop_at_zero() {
    let mut bench = Bench::new("tiny");
    let outcome = bench.run_commands(&[
        with_sync(nop(), &[], &[(5, 3)]),
        with_sync(nop(), &[(5, 2), (5, 3)], &[]),
    ]);
    assert_eq!((outcome.fault, bench.machine.semaphore(5)), (None, 0));
}

#[test]
fn semaphores_overflow_beyond_255() {
    let mut bench = Bench::new("tiny");
    let full = [with_sync(nop(), &[], &[(7, 255)])];
    assert_eq!(bench.run_commands(&full).fault, None);
    let outcome = bench.run_commands(&[with_sync(nop(), &[], &[(6, 1), (7, 1), (8, 1)])]);
    let fault =
        FaultRecord { index: 0, engine: Engine::Front, cause: Cause::SemOverflow, address: 7 };
    assert_eq!((outcome.fault, outcome.commands), (Some(fault), 0));
    assert_eq!([6, 7, 8].map(|id| bench.machine.semaphore(id)), [1, 255, 1]);
}

#[test]
fn faulting_commands_give_no_signal() {
    let mut bench = Bench::new("tiny");
    let far = Body::Load(Move::contiguous(0, 8192, 8));
    bench.run_commands(&[with_sync(far, &[], &[(4, 1)])]);
    assert_eq!(bench.machine.semaphore(4), 0);
}

#[test]
fn rings_wrap_and_may_end_outside_memory() {
    let mut bench = Bench::new("tiny");
    let copy = |from, to| command(&Body::Load(Move::contiguous(from, to, 4)));
    bench.memory.write(RING, &copy(4, 0).bytes()).unwrap();
    bench.memory.write(RING + 64, &copy(8, 4).bytes()).unwrap();
    bench.memory.bytes_mut()[..12].copy_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let ring = Ring { addr: RING + 63, size: 2 }; // the low bits are ignored
    let outcome = bench.machine.run(&mut bench.memory, ring, 1, 3);
    let copied = bench.machine.local_memory()[..8].to_vec();
    assert_eq!(
        (outcome.fault, outcome.commands, copied),
        (None, 3, vec![4, 5, 6, 7, 8, 9, 10, 11])
    );
    let ring = Ring { addr: MEMORY as u64, size: 4 };
    let outcome = bench.machine.run(&mut bench.memory, ring, 3, 1);
    let fault = FaultRecord { index: 0, engine: Engine::Front, cause: Cause::Fetch, address: 0 };
    assert_eq!(outcome.fault, Some(fault));
    let ring = Ring { addr: u64::MAX, size: 0 };
    assert!(bench.machine.run(&mut bench.memory, ring, u32::MAX, 2).fault.is_some());
}

/// Random words, and legal commands with one flipped bit: never a panic, never a hang.
#[test]
fn noise_never_panics() {
    let mut noise = Noise(8);
    let bodies = [
        Body::Load(Move::contiguous(0x100, 0x100, 8)),
        Body::Store(Move::contiguous(0x100, 0x100, 8)),
        Body::Matrix(matrix()),
        Body::Post(post()),
    ];
    let mut faults = 0;
    for preset in Config::presets() {
        let mut bench = Bench::new(preset);
        for round in 0..1500 {
            let mut words = command(&bodies[round % 4]);
            match round % 3 {
                0 => words.0.fill_with(|| noise.next()),
                _ => {
                    let bit = noise.below(512);
                    words.set_bits(bit, 1, 1 ^ words.bits(bit, 1));
                }
            }
            faults += u32::from(bench.run_commands(&[words]).fault.is_some());
        }
    }
    let total = 1500 * Config::presets().len() as u32;
    let expected = total / 3..total * 9 / 10;
    assert!(expected.contains(&faults), "{faults} of {total} commands faulted");
}

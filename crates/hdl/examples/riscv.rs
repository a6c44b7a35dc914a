//! A small RISC-V processor: RV32I without bytes, half-words and system calls, three or four cycles an
//! instruction, one memory for program and data. `ebreak` stops it.
//!
//! Run with `cargo run --release --example riscv -p seedbed-hdl [FOLDER]`: it counts primes with a sieve.

mod support;

use seedbed_hdl::{bit, clog2, elaborate, uint, Enum, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::Simulator;
use std::path::Path;

/// The cycles of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Load,
    Fetch,
    Decode,
    Execute,
    Access,
    Halt,
}

impl Enum for Step {
    const ALL: &'static [Step] =
        &[Step::Load, Step::Fetch, Step::Decode, Step::Execute, Step::Access, Step::Halt];
}

/// The processor, with `words` words of memory. While `run` is low, words can be stored from outside.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Riscv {
    words: u32,
}

struct RiscvIo<'m> {
    run: Sig<'m>,
    store: Sig<'m>,
    addr: Sig<'m>,
    data: Sig<'m>,
    halted: Sig<'m>,
}

/// An instruction word, taken apart.
struct Fields<'m> {
    opcode: Sig<'m>,
    rd: Sig<'m>,
    funct3: Sig<'m>,
    rs1: Sig<'m>,
    rs2: Sig<'m>,
    immediate: Sig<'m>,
}

const OP_LUI: u32 = 0x37;
const OP_AUIPC: u32 = 0x17;
const OP_JAL: u32 = 0x6f;
const OP_JALR: u32 = 0x67;
const OP_BRANCH: u32 = 0x63;
const OP_LOAD: u32 = 0x03;
const OP_STORE: u32 = 0x23;
const OP_IMM: u32 = 0x13;
const OP_REG: u32 = 0x33;
const OP_SYSTEM: u32 = 0x73;

impl<'m> Fields<'m> {
    fn new(m: &'m Scope, word: Sig<'m>) -> Self {
        let opcode = word.slice(0, 7);
        let signed = |parts: &[Sig<'m>]| m.cat(parts).as_signed().extend(32).as_unsigned();
        let top = word.bit(31);
        let i = signed(&[word.slice(20, 12)]);
        let s = signed(&[word.slice(25, 7), word.slice(7, 5)]);
        let b = signed(&[top, word.bit(7), word.slice(25, 6), word.slice(8, 4), m.low()]);
        let u = m.cat(&[word.slice(12, 20), m.zero(uint(12))]);
        let j = signed(&[top, word.slice(12, 8), word.bit(20), word.slice(21, 10), m.low()]);
        let immediate = m.wire("immediate", uint(32));
        immediate.set(i);
        m.switch(opcode, |s_| {
            s_.case(OP_LUI, || immediate.set(u));
            s_.case(OP_AUIPC, || immediate.set(u));
            s_.case(OP_STORE, || immediate.set(s));
            s_.case(OP_BRANCH, || immediate.set(b));
            s_.case(OP_JAL, || immediate.set(j));
        });
        let [rd, rs1, rs2] = [7, 15, 20].map(|lo| word.slice(lo, 5));
        Fields { opcode, rd, funct3: word.slice(12, 3), rs1, rs2, immediate }
    }

    fn is(&self, opcode: u32) -> Sig<'m> {
        self.opcode.eq(opcode)
    }
}

/// What an arithmetic instruction computes; `alternate` makes `sub` of `add` and `sra` of `srl`.
fn alu<'m>(m: &'m Scope, funct3: Sig<'m>, alternate: Sig<'m>, a: Sig<'m>, b: Sig<'m>) -> Sig<'m> {
    let amount = b.trunc(5);
    let sum = m.mux(alternate, a.wrapping_sub(b), a.wrapping_add(b));
    let below = a.as_signed().lt(b.as_signed()).extend(32);
    let arithmetic = a.as_signed().shr(amount).as_unsigned();
    let right = m.mux(alternate, arithmetic, a.shr(amount));
    let results = [sum, a.shl(amount), below, a.lt(b).extend(32), a ^ b, right, a | b, a & b];
    m.select(funct3, &results)
}

/// Whether a branch is taken: equal, less or unsigned less, each also inverted.
fn branches<'m>(m: &'m Scope, funct3: Sig<'m>, a: Sig<'m>, b: Sig<'m>) -> Sig<'m> {
    let (equal, less) = (a.eq(b), a.as_signed().lt(b.as_signed()));
    m.select(funct3.slice(1, 2), &[equal, equal, less, a.lt(b)]) ^ funct3.bit(0)
}

impl Module for Riscv {
    type Io<'m> = RiscvIo<'m>;

    fn name(&self) -> String {
        format!("riscv_w{}", self.words)
    }

    fn doc(&self) -> String {
        "RV32I without bytes, half-words and system calls.\nrun: high lets the program run\n\
         store: writes `data` to word `addr` while `run` is low\nhalted: `ebreak` was met"
            .into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RiscvIo<'m> {
        let (run, store) = (p.input("run", bit()), p.input("store", bit()));
        let addr = p.input("addr", uint(clog2(self.words.into())));
        let data = p.input("data", uint(32));
        RiscvIo { run, store, addr, data, halted: p.output("halted", bit()) }
    }

    fn build<'m>(&self, m: &'m Scope, io: RiscvIo<'m>) {
        let word_of = |address: Sig<'m>| address.slice(2, clog2(self.words.into()));
        m.comment("Address of the instruction, and the instruction itself from `Execute` on.");
        let pc = m.reg("pc_q", uint(32), 0);
        let held = m.reg("instruction_q", uint(32), 0);
        m.comment("Program and data.");
        let memory = m.mem_1rw("memory", 32, self.words, None);
        m.comment("The registers twice: two are read at a time.");
        let files = ["rs1_file", "rs2_file"].map(|name| m.mem_1r1w(name, 32, 32, None));
        let address = m.wire("address", uint(32));
        let step = m.enum_wire("step");

        // Fetch and data share the memory's port; loading from outside has it while `run` is low.
        let fields = Fields::new(m, held);
        let executes = step.is(Step::Execute);
        let data_access = executes & (fields.is(OP_LOAD) | fields.is(OP_STORE));
        let [file_1, file_2] = files;
        let write_back = m.wire("write_back", uint(32));
        let store_data = m.wire("store_data", uint(32));
        let loading = step.is(Step::Load);
        let word = memory.access(
            m.mux(loading, io.addr, m.mux(executes, word_of(address), word_of(pc))),
            m.mux(loading, io.store, data_access | step.is(Step::Fetch)),
            loading | executes & fields.is(OP_STORE),
            m.mux(loading, io.data, store_data),
            None,
        );

        // Registers are read while the instruction arrives; register 0 is zero.
        let decodes = step.is(Step::Decode);
        let [a, b] =
            [(file_1, 15, fields.rs1), (file_2, 20, fields.rs2)].map(|(file, lo, index)| {
                let value = file.read(word.slice(lo, 5), decodes);
                m.mux(index.is_zero(), m.zero(uint(32)), value)
            });
        store_data.set(b);
        m.when(decodes, || held.set(word));

        let immediate = fields.immediate;
        let second = m.mux(fields.is(OP_REG), b, immediate);
        let shifts_right = fields.funct3.eq(5);
        let alternate = held.bit(30) & (fields.is(OP_REG) | shifts_right);
        let computed = alu(m, fields.funct3, alternate, a, second);
        address.set(a.wrapping_add(immediate));
        let next = pc.wrapping_add(4);
        let target = pc.wrapping_add(immediate);
        write_back.set(computed);
        m.when(fields.is(OP_LUI), || write_back.set(immediate));
        m.when(fields.is(OP_AUIPC), || write_back.set(target));
        m.when(fields.is(OP_JAL) | fields.is(OP_JALR), || write_back.set(next));
        m.when(fields.is(OP_LOAD), || write_back.set(word));
        let silent = [OP_STORE, OP_BRANCH, OP_SYSTEM, OP_LOAD].map(|op| fields.is(op));
        let writes = executes & !m.any(&silent) | step.is(Step::Access);
        files.iter().for_each(|file| file.write(fields.rd, writes, write_back, None));

        let taken = fields.is(OP_BRANCH) & branches(m, fields.funct3, a, b);
        m.when(executes & !fields.is(OP_SYSTEM), || {
            pc.set(next);
            m.when(taken | fields.is(OP_JAL), || pc.set(target));
            m.when(fields.is(OP_JALR), || pc.set(address & !m.lit(1, uint(32))));
        });

        let state = m.fsm("step_q", Step::Load, |fsm, step| match step {
            Step::Load => m.when(io.run, || fsm.goto(Step::Fetch)),
            Step::Fetch => fsm.goto(Step::Decode),
            Step::Decode => fsm.goto(Step::Execute),
            Step::Execute => {
                fsm.goto(Step::Fetch);
                m.when(fields.is(OP_LOAD), || fsm.goto(Step::Access));
                m.when(fields.is(OP_SYSTEM), || fsm.goto(Step::Halt));
            }
            Step::Access => fsm.goto(Step::Fetch),
            Step::Halt => {}
        });
        step.set(state);
        io.halted.set(state.is(Step::Halt));
    }
}

/// An instruction of each format.
fn op_imm(funct3: u32, rd: u32, rs1: u32, immediate: i32) -> u32 {
    (immediate as u32) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | OP_IMM
}

fn add(rd: u32, rs1: u32, rs2: u32) -> u32 {
    rs2 << 20 | rs1 << 15 | rd << 7 | OP_REG
}

fn load(rd: u32, rs1: u32, offset: u32) -> u32 {
    offset << 20 | rs1 << 15 | 2 << 12 | rd << 7 | OP_LOAD
}

fn store(rs2: u32, rs1: u32, offset: u32) -> u32 {
    (offset >> 5) << 25 | rs2 << 20 | rs1 << 15 | 2 << 12 | (offset & 31) << 7 | OP_STORE
}

fn branch(funct3: u32, rs1: u32, rs2: u32, offset: i32) -> u32 {
    let o = offset as u32;
    let high = (o >> 12 & 1) << 31 | (o >> 5 & 63) << 25;
    high | rs2 << 20
        | rs1 << 15
        | funct3 << 12
        | (o >> 1 & 15) << 8
        | (o >> 11 & 1) << 7
        | OP_BRANCH
}

fn jump(rd: u32, offset: i32) -> u32 {
    let o = offset as u32;
    let low = (o >> 20 & 1) << 31 | (o >> 1 & 1023) << 21;
    low | (o >> 11 & 1) << 20 | (o >> 12 & 255) << 12 | rd << 7 | OP_JAL
}

/// Where the program leaves the number of primes, in bytes; the sieve follows.
const RESULT: u32 = 1020;
const SIEVE: u32 = 1024;

/// Counts the primes below `limit` with the sieve of Eratosthenes.
fn primes(limit: i32) -> Vec<u32> {
    let [zero, i, at, flag, j, n, count] = [0, 5, 6, 7, 28, 8, 9];
    let (addi, slli) = (0, 1);
    let (ne, lt, ge) = (1, 4, 5);
    vec![
        op_imm(addi, n, zero, limit),
        op_imm(addi, i, zero, 0),
        // clear:
        op_imm(slli, at, i, 2),
        store(zero, at, SIEVE),
        op_imm(addi, i, i, 1),
        branch(lt, i, n, -12),
        op_imm(addi, count, zero, 0),
        op_imm(addi, i, zero, 2),
        // candidate:
        op_imm(slli, at, i, 2),
        load(flag, at, SIEVE),
        branch(ne, flag, zero, 32), // to `next`
        op_imm(addi, count, count, 1),
        add(j, i, i),
        // multiple:
        branch(ge, j, n, 20), // to `next`
        op_imm(slli, at, j, 2),
        store(n, at, SIEVE),
        add(j, j, i),
        jump(zero, -16), // to `multiple`
        // next:
        op_imm(addi, i, i, 1),
        branch(lt, i, n, -44), // to `candidate`
        store(count, zero, RESULT),
        1 << 20 | OP_SYSTEM, // ebreak
    ]
}

fn main() -> std::io::Result<()> {
    run(&support::folder("riscv"), 200)
}

/// Loads the program, runs it to its end, and compares its result.
pub fn run(folder: &Path, limit: i32) -> std::io::Result<()> {
    let design = support::sound(elaborate(&Riscv { words: 1024 }, &Settings::default()))?;
    support::write_verilog(folder, &design)?;
    let mut sim = Simulator::new(&design);
    sim.trace(support::waves(folder)?)?;
    let count = simulate(&mut sim, &primes(limit));
    sim.finish_trace()?;

    let expected = (2..limit).filter(|n| (2..*n).all(|d| n % d != 0)).count() as u64;
    println!("primes below {limit}: {count} after {} cycles", sim.cycles());
    assert_eq!(count, expected);
    Ok(())
}

fn simulate(sim: &mut Simulator, program: &[u32]) -> u64 {
    let inputs = ["rst_n", "run", "store", "addr", "data"];
    let [rst_n, run, store, addr, data] = inputs.map(|name| sim.input(name).expect("an input"));
    let halted = sim.output("halted").expect("an output");
    sim.tick();
    sim.set(rst_n, 1);
    sim.set(store, 1);
    for (at, &word) in program.iter().enumerate() {
        sim.set(addr, at as u64);
        sim.set(data, word.into());
        sim.tick();
    }
    sim.set(run, 1);
    sim.set(store, 0);
    sim.settle();
    while sim.get(halted) == 0 && sim.cycles() < 100_000 {
        sim.tick();
    }
    sim.peek_word("memory", RESULT as usize / 4).map_or(0, |word| word.to_u64())
}

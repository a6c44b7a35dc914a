//! A FIFO around a memory: streams, a memory with synchronous read, wrapping pointers.
//!
//! Run with `cargo run -p seedbed-hdl --example fifo [DEPTH]`.

use seedbed_hdl::{clog2, elaborate, uint, Diagnostic, Module, Ports, Scope, Settings, Stream, Ty};
use seedbed_sim::Simulator;
use seedbed_verilog::{emit, Options};
use std::collections::VecDeque;
use std::process::ExitCode;

/// A ready/valid FIFO; `depth` is a power of two. A word can leave two cycles after it came.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Fifo {
    data: Ty,
    depth: u32,
}

struct FifoIo<'m> {
    enq: Stream<'m>,
    deq: Stream<'m>,
}

impl Module for Fifo {
    type Io<'m> = FifoIo<'m>;

    fn name(&self) -> String {
        format!("fifo_{:?}_d{}", self.data, self.depth)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> FifoIo<'m> {
        FifoIo { enq: p.sink("enq", self.data), deq: p.source("deq", self.data) }
    }

    fn build<'m>(&self, m: &'m Scope, FifoIo { enq, deq }: FifoIo<'m>) {
        if !self.depth.is_power_of_two() || self.depth < 2 {
            m.error(format!("`depth` is {}; it must be a power of two above 1", self.depth));
        }
        // One bit more than an address tells full from empty.
        let aw = clog2(self.depth.into());
        let wr = m.reg("wr_ptr", uint(aw + 1), 0);
        let rd = m.reg("rd_ptr", uint(aw + 1), 0);
        m.when(enq.fire(), || wr.set(wr.wrapping_add(1)));
        let rd_next = m.mux(deq.fire(), rd.wrapping_add(1), rd).named("rd_next");
        rd.set(rd_next);

        // The read looks one cycle ahead; it sees words written in earlier cycles only.
        let mem = m.mem_1r1w("mem", self.data.width, self.depth, None);
        mem.write(wr.trunc(aw), enq.fire(), enq.data.as_unsigned(), None);
        let word = mem.read(rd_next.trunc(aw), true);
        enq.ready.set(wr.wrapping_sub(rd).ne(self.depth));
        deq.valid.set(wr.ne(rd_next).pipe("valid_q"));
        deq.data.set(if self.data.signed { word.as_signed() } else { word });
    }
}

fn main() -> ExitCode {
    let depth = std::env::args().nth(1).and_then(|d| d.parse().ok()).unwrap_or(8);
    let Err(mistakes) = run(depth) else { return ExitCode::SUCCESS };
    mistakes.iter().for_each(|m| eprintln!("{m}"));
    ExitCode::FAILURE
}

/// Elaborates, prints and simulates a FIFO against a queue.
pub fn run(depth: u32) -> Result<(), Vec<Diagnostic>> {
    let design = elaborate(&Fifo { data: uint(16), depth }, &Settings::default())?;
    for file in emit(&design, &Options::default()) {
        println!("{}", file.text);
    }

    let passed = simulate(Simulator::new(&design), depth as usize);
    println!("{passed} words passed in order");
    assert!(passed > 200);
    Ok(())
}

/// Fills, streams and drains; returns the number of words that came out.
fn simulate(mut sim: Simulator, depth: usize) -> u32 {
    let inputs = ["rst_n", "enq_valid", "enq_data", "deq_ready"];
    let [rst_n, enq_valid, enq_data, deq_ready] = inputs.map(|n| sim.input(n).expect("an input"));
    let outputs = ["enq_ready", "deq_valid", "deq_data"].map(|n| sim.output(n).expect("an output"));
    for value in [0, 1] {
        sim.set(rst_n, value);
        sim.settle();
    }
    let mut queue = VecDeque::new();
    let mut passed = 0;
    for cycle in 0..1000u64 {
        let (push, pop) = (cycle % 300 < 200, cycle % 300 >= 100);
        let word = cycle * 7 % 65536;
        for (port, value) in [(enq_valid, push.into()), (deq_ready, pop.into()), (enq_data, word)] {
            sim.set(port, value);
        }
        sim.settle();
        let [ready, valid, data] = outputs.map(|port| sim.get(port));
        assert_eq!(ready == 1, queue.len() < depth, "cycle {cycle}");
        if pop && valid == 1 {
            assert_eq!(queue.pop_front(), Some(data), "cycle {cycle}");
            passed += 1;
        }
        if push && ready == 1 {
            queue.push_back(word);
        }
        sim.tick();
    }
    passed
}

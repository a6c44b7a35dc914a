//! The built-in simulator with an eye on FRONT: when each command starts and retires.

#![allow(dead_code)] // every test program uses another part

use seedbed_cosim::dut::Dut;
use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::Rtl;
use std::sync::{Arc, Mutex};

const ENGINES: [&str; 4] = ["load", "store", "matrix", "post"];

/// What was seen of one job, in values of the CSR `CYCLES`.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Cycles from the last reset's first one to the doorbell's.
    pub doorbell: u64,
    /// Per engine when its commands were taken, in order.
    pub starts: [Vec<u64>; 4],
    /// Per engine when its commands retired, in order.
    pub ends: [Vec<u64>; 4],
    /// The whole job.
    pub cycles: u64,
}

/// The jobs seen so far.
pub type Log = Arc<Mutex<Vec<Seen>>>;

/// A simulated core that writes a [`Log`].
pub struct Probe {
    dut: SimulatedDut,
    log: Log,
    ticks: u64,
    in_reset: bool,
}

impl Probe {
    /// Puts `rtl` into the simulator.
    pub fn new(rtl: &Rtl, log: Log) -> Self {
        let dut = SimulatedDut::new(&rtl.design, &rtl.layout);
        Self { dut, log, ticks: 0, in_reset: false }
    }

    fn signal(&mut self, path: &str) -> u64 {
        self.dut.peek(path).unwrap_or_else(|| panic!("a signal {path}")).to_u64()
    }

    fn look(&mut self) {
        let reset = self.signal("rst_n") == 0;
        if reset && !self.in_reset {
            self.ticks = 0;
        }
        self.in_reset = reset;
        let log = self.log.clone();
        let mut log = log.lock().expect("no panic");
        if self.signal("u_front.u_control.begins") == 1 {
            log.push(Seen { doorbell: self.ticks, ..Seen::default() });
        } else if self.signal("u_front.u_control.busy_q") == 1 {
            if let Some(seen) = log.last_mut() {
                self.look_at_job(seen);
            }
        }
        self.ticks += 1;
    }

    fn look_at_job(&mut self, seen: &mut Seen) {
        let now = self.signal("u_front.u_control.cycles_q");
        seen.cycles = now + 1;
        for (engine, name) in ENGINES.iter().enumerate() {
            if self.signal(&format!("u_front.u_{name}_queue.go")) == 1 {
                seen.starts[engine].push(now);
            }
            if self.signal(&format!("u_front.retire_{name}")) == 1 {
                seen.ends[engine].push(now);
            }
        }
    }
}

impl Dut for Probe {
    fn settle(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        self.dut.settle(inputs, outputs);
    }

    fn tick(&mut self) {
        self.look();
        self.dut.tick();
    }
}

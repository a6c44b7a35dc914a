//! Test benches: tasks that run side by side, agents for streams and AXI, a scoreboard.
//!
//! The one key decision: **a task is an `async` function in which `.await` means the next clock edge,
//! reads see the values just before an edge, and what is set holds after it.** That is the rule by which
//! registers work, so the order in which tasks run at an edge does not matter: drivers, monitors and
//! models are written apart and put together as one likes.
//!
//! ```
//! use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig};
//! use seedbed_sim::bench::Bench;
//! # #[derive(Clone, PartialEq, Eq, Hash, Debug)]
//! # struct Counter;
//! # impl Module for Counter {
//! #     type Io<'m> = (Sig<'m>, Sig<'m>);
//! #     fn name(&self) -> String { "counter".into() }
//! #     fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
//! #         (p.input("en", bit()), p.output("count", uint(8)))
//! #     }
//! #     fn build<'m>(&self, m: &'m Scope, (en, out): Self::Io<'m>) {
//! #         let count = m.reg("count_q", uint(8), 0);
//! #         m.when(en, || count.set(count.wrapping_add(1)));
//! #         out.set(count);
//! #     }
//! # }
//!
//! let design = elaborate(&Counter, &Settings::default()).unwrap();
//! let mut bench = Bench::new(&design); // reset is on until the first edge
//! bench.spawn("enable", |t| async move {
//!     t.set("en", 1);
//!     t.ticks(5).await;
//!     t.set("en", 0);
//! });
//! bench.spawn("watch", |t| async move {
//!     t.until("count is 5", |pins| pins.get("count") == 5).await;
//! });
//! bench.run(100).unwrap(); // or the error says which task waits for what
//! assert_eq!(bench.get("count"), 5);
//! ```

pub mod axi_checker;
mod axi_master;
mod axi_memory;
mod axi_ports;
mod error;
pub mod memory;
mod pins;
mod reset;
pub mod rng;
mod scoreboard;
mod stall;
mod stream;
mod task;

pub use axi_master::{AxiError, AxiMaster};
pub use axi_memory::AxiMemory;
pub use error::{BenchError, Waiting};
pub use pins::Pins;
pub use rng::Rng;
pub use scoreboard::Scoreboard;
pub use stall::Stall;
pub use stream::{StreamMonitor, StreamSink, StreamSource};
pub use task::{JoinHandle, Task};

use crate::simulator::Simulator;
use pins::Core;
use seedbed_ir::Design;
use std::future::Future;
use std::ops::Deref;
use std::rc::Rc;
use std::task::{Context, Waker};
use task::Slot;

/// A design with the tasks that drive and watch it.
///
/// All clocks tick together. Resets are on until the first edge of [`run`](Bench::run); tasks run at
/// that edge for the first time. Signals of the top are read and set through [`Pins`], to which a bench
/// and a task dereference.
pub struct Bench {
    pins: Pins,
    slots: Vec<Slot>,
    /// Failures of properties that were reported.
    reported: usize,
}

impl Deref for Bench {
    type Target = Pins;

    fn deref(&self) -> &Pins {
        &self.pins
    }
}

/// A bench that fails is dropped; its waves must be complete whoever still holds its signals.
impl Drop for Bench {
    fn drop(&mut self) {
        self.pins.0.finish_trace();
        // Tasks that never ran hold the pins, which hold them.
        drop(self.pins.0.spawned());
    }
}

impl Bench {
    /// A bench around a checked design.
    ///
    /// # Panics
    /// As [`Simulator::new`].
    pub fn new(design: &Design) -> Self {
        Self::around(Simulator::new(design), design)
    }

    /// A bench around a simulator of `design` that was prepared: with waves, coverage or random state.
    /// Its resets are switched on for one edge.
    pub fn around(mut sim: Simulator, design: &Design) -> Self {
        let resets = reset::ports(design);
        for (name, on) in &resets {
            sim.input(name).into_iter().for_each(|p| sim.set(p, *on));
        }
        sim.tick();
        let pins = Pins(Rc::new(Core::new(sim, design, &resets)));
        for (name, on) in &resets {
            pins.set(name, 1 - on);
        }
        Bench { pins, slots: Vec::new(), reported: 0 }
    }

    /// Starts a task. [`run`](Bench::run) waits for its end.
    pub fn spawn<T: 'static, F: Future<Output = T> + 'static>(
        &mut self,
        name: impl Into<String>,
        task: impl FnOnce(Task) -> F,
    ) -> JoinHandle<T> {
        Task::new(&self.pins).spawn(name, task)
    }

    /// Starts a task that [`run`](Bench::run) does not wait for: a model, a monitor.
    pub fn background<F: Future<Output = ()> + 'static>(
        &mut self,
        name: impl Into<String>,
        task: impl FnOnce(Task) -> F,
    ) {
        Task::new(&self.pins).background(name, task);
    }

    /// Runs until all tasks but those in the background have ended.
    ///
    /// # Errors
    /// Properties that failed, mistakes that tasks reported, and after `cycles` edges what each task
    /// waits for. A bench without a task to wait for is refused: [`run_for`](Bench::run_for) needs none.
    pub fn run(&mut self, cycles: u64) -> Result<(), BenchError> {
        let end = self.cycle().saturating_add(cycles);
        let mut waits = self.waits();
        loop {
            self.poll();
            self.verdict()?;
            if !self.waits() {
                return if waits { Ok(()) } else { Err(BenchError::NoTask) };
            }
            waits = true;
            if self.cycle() == end {
                let awaited = self.slots.iter().filter(|s| s.awaited);
                let waiting = awaited.map(|s| s.waiting()).collect();
                return Err(BenchError::Timeout { cycle: end, waiting });
            }
            self.pins.0.edge();
        }
    }

    /// Runs `cycles` edges, whether tasks end or not.
    ///
    /// # Errors
    /// Properties that failed and mistakes that tasks reported.
    pub fn run_for(&mut self, cycles: u64) -> Result<(), BenchError> {
        for _ in 0..cycles {
            self.poll();
            self.verdict()?;
            self.pins.0.edge();
        }
        self.poll();
        self.verdict()
    }

    /// Ends the test: what was expected must have come. Gives the simulator back, for its coverage, with
    /// a trace still open; when the test fails, the trace has been ended.
    ///
    /// # Errors
    /// What a scoreboard still waits for; properties that failed and mistakes not yet reported;
    /// properties that do not hold in the present cycle, which no edge has ended.
    pub fn finish(mut self) -> Result<Simulator, BenchError> {
        self.pins.0.end_checks();
        self.verdict()?;
        let failing = self.pins.0.failing();
        if !failing.is_empty() {
            return Err(BenchError::Properties(failing));
        }
        // Tasks hold the pins; without them the simulator has one owner.
        self.slots.clear();
        Ok(self.pins.0.take_simulator())
    }

    /// Whether there is a task to wait for.
    fn waits(&mut self) -> bool {
        self.slots.extend(self.pins.0.spawned());
        self.slots.iter().any(|s| s.awaited)
    }

    /// Lets every task run at the present edge.
    fn poll(&mut self) {
        let mut again = true;
        while again {
            // A task that ends may be what another one, polled before, waits for.
            again = false;
            let mut i = 0;
            loop {
                self.slots.extend(self.pins.0.spawned());
                let Some(slot) = self.slots.get_mut(i) else { break };
                self.pins.0.enter(slot);
                let mut context = Context::from_waker(Waker::noop());
                let ended = slot.future.as_mut().poll(&mut context).is_ready();
                self.pins.0.leave();
                if ended {
                    self.slots.remove(i);
                    again = true;
                } else {
                    i += 1;
                }
            }
        }
    }

    fn verdict(&mut self) -> Result<(), BenchError> {
        let failures = self.pins.0.failures(self.reported);
        self.reported += failures.len();
        if !failures.is_empty() {
            return Err(BenchError::Properties(failures));
        }
        match self.pins.0.mistakes() {
            mistakes if mistakes.is_empty() => Ok(()),
            mistakes => Err(BenchError::Mistakes(mistakes)),
        }
    }
}

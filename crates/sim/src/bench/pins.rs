//! The signals of a design under test, and what all tasks of a bench share.

use super::task::{Slot, Waits};
use crate::properties::Failure;
use crate::simulator::{PortHandle, Simulator};
use seedbed_ir::{Bits, Design, Dir};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Looks for what is missing at the end of a test.
type EndCheck = Box<dyn Fn() -> Option<String>>;

/// What all tasks share.
pub(super) struct Core {
    /// `None` after the end of the bench.
    sim: RefCell<Option<Simulator>>,
    cycle: Cell<u64>,
    ports: HashMap<String, (PortHandle, Dir)>,
    /// What holds after the edge.
    sets: RefCell<Vec<(PortHandle, Bits)>>,
    spawned: RefCell<Vec<Slot>>,
    /// Of the task that runs.
    current: RefCell<Waits>,
    mistakes: RefCell<Vec<String>>,
    end_checks: RefCell<Vec<EndCheck>>,
}

impl Core {
    pub fn new(sim: Simulator, design: &Design) -> Self {
        let top = design.modules.values().next_back();
        let handle = |name: &str| sim.input(name).or_else(|| sim.output(name));
        let ports = top.into_iter().flat_map(|m| m.ports.values());
        let ports = ports.filter_map(|p| Some((p.name.clone(), (handle(&p.name)?, p.dir))));
        Core {
            ports: ports.collect(),
            cycle: Cell::new(sim.cycles()),
            sim: RefCell::new(Some(sim)),
            sets: RefCell::default(),
            spawned: RefCell::default(),
            current: RefCell::default(),
            mistakes: RefCell::default(),
            end_checks: RefCell::default(),
        }
    }

    fn with<R>(&self, f: impl FnOnce(&mut Simulator) -> R) -> R {
        f(self.sim.borrow_mut().as_mut().expect("the bench has not ended"))
    }

    /// Clock edges before the present one.
    pub fn cycle(&self) -> u64 {
        self.cycle.get()
    }

    /// The edge; what was set holds after it.
    pub fn edge(&self) {
        self.with(|sim| {
            sim.tick();
            for (port, value) in self.sets.borrow_mut().drain(..) {
                sim.set_bits(port, &value);
            }
            self.cycle.set(sim.cycles());
        });
    }

    pub fn spawn(&self, slot: Slot) {
        self.spawned.borrow_mut().push(slot);
    }

    pub fn spawned(&self) -> Vec<Slot> {
        self.spawned.take()
    }

    /// The task with this note is about to run.
    pub fn enter(&self, waits: Waits) {
        self.current.replace(waits);
    }

    /// Notes what the running task waits for.
    pub fn wait_for(&self, what: &str) {
        let current = self.current.borrow();
        let mut note = current.borrow_mut();
        if note.0 != what {
            *note = (what.to_string(), self.cycle.get());
        }
    }

    /// Property failures from number `from` on.
    pub fn failures(&self, from: usize) -> Vec<Failure> {
        self.with(|sim| sim.failures()[from..].to_vec())
    }

    pub fn mistakes(&self) -> Vec<String> {
        self.mistakes.take()
    }

    pub fn at_end(&self, check: impl Fn() -> Option<String> + 'static) {
        self.end_checks.borrow_mut().push(Box::new(check));
    }

    pub fn end_checks(&self) {
        let checks = self.end_checks.take();
        self.mistakes.borrow_mut().extend(checks.iter().filter_map(|check| check()));
    }

    /// Ends a trace, also while a task's panic goes through.
    pub fn finish_trace(&self) {
        if let Ok(Some(sim)) = self.sim.try_borrow_mut().as_deref_mut().map(Option::as_mut) {
            // Nobody is left to tell of an error.
            let _ = sim.finish_trace();
        }
    }

    pub fn take_simulator(&self) -> Simulator {
        self.sim.take().expect("a bench ends once")
    }
}

/// The signals of the top module by name, and the internal ones by path.
///
/// Reads give what stands just before the present clock edge; what is set holds after it.
#[derive(Clone)]
pub struct Pins(pub(super) Rc<Core>);

impl Pins {
    #[track_caller]
    fn port(&self, name: &str) -> (PortHandle, Dir) {
        match self.0.ports.get(name) {
            Some(port) => *port,
            None => {
                let mut names: Vec<&str> = self.0.ports.keys().map(String::as_str).collect();
                names.sort_unstable();
                panic!("the design has no port `{name}`; it has {}", names.join(", "))
            }
        }
    }

    /// Whether the top has this port.
    pub fn has(&self, name: &str) -> bool {
        self.0.ports.contains_key(name)
    }

    /// The width of a port in bits.
    ///
    /// # Panics
    /// When there is no such port.
    #[track_caller]
    pub fn width(&self, name: &str) -> u32 {
        self.port(name).0.width()
    }

    /// Drives an input from the present edge on; high bits that do not fit are cut.
    ///
    /// # Panics
    /// When there is no such input.
    #[track_caller]
    pub fn set(&self, name: &str, value: u64) {
        self.set_bits(name, &Bits::from_u64(64, value));
    }

    /// Drives an input of any width.
    ///
    /// # Panics
    /// When there is no such input.
    #[track_caller]
    pub fn set_bits(&self, name: &str, value: &Bits) {
        let (port, dir) = self.port(name);
        assert!(dir == Dir::Input, "`{name}` is an output; only inputs can be set");
        self.0.sets.borrow_mut().push((port, value.clone()));
    }

    /// The low 64 bits of a port, just before the present edge.
    ///
    /// # Panics
    /// When there is no such port.
    #[track_caller]
    pub fn get(&self, name: &str) -> u64 {
        let (port, _) = self.port(name);
        self.0.with(|sim| sim.get(port))
    }

    /// The value of a port of any width, just before the present edge.
    ///
    /// # Panics
    /// When there is no such port.
    #[track_caller]
    pub fn get_bits(&self, name: &str) -> Bits {
        let (port, _) = self.port(name);
        self.0.with(|sim| sim.get_bits(port))
    }

    /// Whether a port of one bit is 1 just before the present edge.
    ///
    /// # Panics
    /// When there is no such port.
    #[track_caller]
    pub fn is_high(&self, name: &str) -> bool {
        self.get(name) == 1
    }

    /// Any named signal by its path, such as `u_fifo.level_q`; `None` when there is none.
    pub fn peek(&self, path: &str) -> Option<Bits> {
        self.0.with(|sim| sim.peek(path))
    }

    /// Clock edges before the present one.
    pub fn cycle(&self) -> u64 {
        self.0.cycle()
    }

    /// Reports a mistake: the bench stops at this edge.
    pub fn fail(&self, message: impl AsRef<str>) {
        let text = format!("cycle {}: {}", self.cycle(), message.as_ref());
        self.0.mistakes.borrow_mut().push(text);
    }
}

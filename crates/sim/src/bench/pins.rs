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

/// The number of a task; `None`: the test itself.
pub(super) type Owner = Option<u64>;

/// A value that an input takes at the edge.
struct Set {
    port: PortHandle,
    value: Bits,
    owner: Owner,
}

/// What all tasks share.
pub(super) struct Core {
    /// `None` after the end of the bench.
    sim: RefCell<Option<Simulator>>,
    cycle: Cell<u64>,
    ports: HashMap<String, (PortHandle, Dir)>,
    /// Resets, each with its value while it is on.
    resets: Vec<(PortHandle, u64)>,
    /// What holds after the edge.
    sets: RefCell<Vec<Set>>,
    spawned: RefCell<Vec<Slot>>,
    /// The task that runs, and what it waits for.
    current: RefCell<(Owner, Waits)>,
    /// Tasks so far.
    tasks: Cell<u64>,
    mistakes: RefCell<Vec<String>>,
    end_checks: RefCell<Vec<EndCheck>>,
}

impl Core {
    /// `resets` have their values while they are on.
    pub fn new(sim: Simulator, design: &Design, resets: &[(String, u64)]) -> Self {
        let top = design.modules.values().next_back();
        let handle = |name: &str| sim.input(name).or_else(|| sim.output(name));
        let ports = top.into_iter().flat_map(|m| m.ports.values());
        let ports = ports.filter_map(|p| Some((p.name.clone(), (handle(&p.name)?, p.dir))));
        let resets = resets.iter().filter_map(|(name, on)| Some((sim.input(name)?, *on)));
        Core {
            ports: ports.collect(),
            resets: resets.collect(),
            cycle: Cell::new(sim.cycles()),
            sim: RefCell::new(Some(sim)),
            sets: RefCell::default(),
            spawned: RefCell::default(),
            current: RefCell::default(),
            tasks: Cell::new(0),
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
            let mut sets = self.sets.borrow_mut();
            sim.set_together(sets.iter().map(|set| (set.port, &set.value)));
            sets.clear();
            self.cycle.set(sim.cycles());
        });
    }

    /// Notes what an input takes at the edge; whether it agrees with what other tasks say of it.
    fn set(&self, port: PortHandle, value: Bits) -> bool {
        let mut sets = self.sets.borrow_mut();
        let owner = self.current.borrow().0;
        let contradicts =
            |s: &Set| s.port == port && s.owner.is_some() && s.owner != owner && s.value != value;
        let agrees = owner.is_none() || !sets.iter().any(contradicts);
        // What the task itself set before does not count.
        sets.retain(|s| s.port != port || s.owner != owner);
        sets.push(Set { port, value, owner });
        agrees
    }

    /// What task `from` set comes before what `to` sets from now on: there is an order between them.
    pub fn hand_over(&self, from: Owner, to: Owner) {
        let mut sets = self.sets.borrow_mut();
        sets.iter_mut().filter(|s| s.owner == from).for_each(|s| s.owner = to);
    }

    /// Starts a task and gives its number. What its parent has set so far comes before it runs.
    pub fn spawn(&self, slot: impl FnOnce(u64) -> Slot) -> u64 {
        let number = self.tasks.replace(self.tasks.get() + 1);
        self.hand_over(self.owner(), None);
        self.spawned.borrow_mut().push(slot(number));
        number
    }

    /// The task that runs.
    pub fn owner(&self) -> Owner {
        self.current.borrow().0
    }

    pub fn spawned(&self) -> Vec<Slot> {
        self.spawned.take()
    }

    /// The task is about to run.
    pub fn enter(&self, task: &Slot) {
        self.current.replace((Some(task.number), task.waits.clone()));
    }

    /// No task runs.
    pub fn leave(&self) {
        self.current.take();
    }

    /// Notes what the running task waits for.
    pub fn wait_for(&self, what: &str) {
        let current = self.current.borrow();
        let mut note = current.1.borrow_mut();
        if note.0 != what {
            *note = (what.to_string(), self.cycle.get());
        }
    }

    /// Property failures from number `from` on.
    pub fn failures(&self, from: usize) -> Vec<Failure> {
        self.with(|sim| sim.failures()[from..].to_vec())
    }

    /// Properties that do not hold in the present cycle.
    pub fn failing(&self) -> Vec<Failure> {
        self.with(Simulator::failing)
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

    /// Drives an input from the present edge on; high bits that do not fit are cut. Two tasks that set
    /// an input to different values at one edge are a mistake, which stops the bench: which of them won
    /// would depend on their order.
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
        let limbs = value.limbs();
        if !self.0.set(port, Bits::from_limbs(port.width(), limbs)) {
            self.fail(format!("two tasks set `{name}` to different values"));
        }
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

    /// Whether a reset of the design is on just before the present edge.
    pub(super) fn in_reset(&self) -> bool {
        self.0.with(|sim| self.0.resets.iter().any(|(port, on)| sim.get(*port) == *on))
    }

    /// Reports a mistake: the bench stops at this edge.
    pub fn fail(&self, message: impl AsRef<str>) {
        let text = format!("cycle {}: {}", self.cycle(), message.as_ref());
        let mut mistakes = self.0.mistakes.borrow_mut();
        // Two monitors of one stream see the same.
        if !mistakes.contains(&text) {
            mistakes.push(text);
        }
    }
}

//! Agents for streams: ports `NAME_valid`, `NAME_ready` and, when the stream carries data, `NAME_data`.
//!
//! What takes or watches a stream also checks its rule: `valid` and the data stay until the transfer.

use super::pins::Pins;
use super::stall::Stall;
use super::task::Task;
use super::Bench;
use seedbed_ir::Bits;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// The port names of a stream.
#[derive(Clone)]
struct Ports {
    name: String,
    valid: String,
    ready: String,
    data: Option<String>,
}

impl Ports {
    fn of(pins: &Pins, name: &str) -> Self {
        let data = Some(format!("{name}_data")).filter(|data| pins.has(data));
        let [valid, ready] = ["valid", "ready"].map(|s| format!("{name}_{s}"));
        Ports { name: name.to_string(), valid, ready, data }
    }

    /// The item that is offered at the present edge; a stream without data offers one zero bit.
    fn offer(&self, pins: &Pins) -> Option<Bits> {
        pins.is_high(&self.valid).then(|| match &self.data {
            Some(data) => pins.get_bits(data),
            None => Bits::zero(1),
        })
    }
}

/// Watches a stream at every edge.
struct Watch {
    ports: Ports,
    /// What was offered at the last edge and not taken.
    held: Option<Bits>,
}

impl Watch {
    fn new(ports: Ports) -> Self {
        Watch { ports, held: None }
    }

    /// The item that is transferred at the present edge. An offer that was withdrawn or changed stops the
    /// bench, but a reset may end one.
    fn transfer(&mut self, pins: &Pins) -> Option<Bits> {
        let (now, name) = (self.ports.offer(pins), &self.ports.name);
        let before = self.held.take().filter(|_| !pins.in_reset());
        match (before, &now) {
            (Some(before), None) => pins.fail(format!(
                "stream `{name}`: valid went low before {before:?} was taken; it stays until ready"
            )),
            (Some(before), Some(now)) if before != *now => pins.fail(format!(
                "stream `{name}`: {before:?} became {now:?} before it was taken; data stay until ready"
            )),
            _ => {}
        }
        if pins.is_high(&self.ports.ready) {
            return now;
        }
        // A synchronous reset ends an offer only after its edge.
        self.held = now.filter(|_| !pins.in_reset());
        None
    }
}

/// Drives a stream into the design. While nothing is offered, the data are random.
#[derive(Clone)]
pub struct StreamSource {
    name: String,
    width: u32,
    queue: Rc<RefCell<VecDeque<Bits>>>,
}

impl StreamSource {
    /// An agent for the ports `NAME_valid`, `NAME_data` and `NAME_ready`.
    ///
    /// # Panics
    /// When the design lacks the ports.
    #[track_caller]
    pub fn new(bench: &mut Bench, name: &str, stall: Stall) -> Self {
        let ports = Ports::of(bench, name);
        let width = ports.data.as_ref().map_or(1, |data| bench.width(data));
        let source = StreamSource { name: name.to_string(), width, queue: Rc::default() };
        bench.set(&ports.valid, 0);
        let queue = source.queue.clone();
        bench.background(name, |t| offer(t, ports, width, stall, queue));
        source
    }

    /// Appends an item to what is to be sent.
    ///
    /// # Panics
    /// When it has more bits than the stream.
    #[track_caller]
    pub fn push(&self, item: u64) {
        self.push_bits(Bits::from_u64(64, item));
    }

    /// Appends an item of any width.
    ///
    /// # Panics
    /// When it has more bits than the stream; leading zeros do not count.
    #[track_caller]
    pub fn push_bits(&self, item: Bits) {
        let sent = Bits::from_limbs(self.width, item.limbs());
        let same =
            item.width() <= self.width || Bits::from_limbs(item.width(), sent.limbs()) == item;
        assert!(
            same,
            "{item:?} does not fit stream `{}`, which has {} bits",
            self.name, self.width
        );
        self.queue.borrow_mut().push_back(sent);
    }

    /// Items that were not taken yet.
    pub fn pending(&self) -> usize {
        self.queue.borrow().len()
    }

    /// Waits until the design has taken everything.
    pub async fn drained(&self, t: &Task) {
        while self.pending() > 0 {
            let what = format!("stream `{}` to take {} items", self.name, self.pending());
            let before = self.pending();
            t.until(what, |_| self.pending() != before).await;
        }
    }
}

async fn offer(
    t: Task,
    ports: Ports,
    width: u32,
    mut stall: Stall,
    queue: Rc<RefCell<VecDeque<Bits>>>,
) {
    loop {
        let item = queue.borrow().front().cloned().filter(|_| !stall.next_cycle());
        t.set(&ports.valid, u64::from(item.is_some()));
        if let Some(data) = &ports.data {
            t.set_bits(data, &item.clone().unwrap_or_else(|| stall.garbage(width)));
        }
        match item {
            None => t.tick().await,
            Some(_) => {
                t.until_high(&ports.ready).await;
                queue.borrow_mut().pop_front();
            }
        }
    }
}

/// Takes a stream from the design. An offer that is withdrawn or changed before it is taken stops the
/// bench.
#[derive(Clone)]
pub struct StreamSink {
    name: String,
    items: Rc<RefCell<VecDeque<Bits>>>,
}

impl StreamSink {
    /// An agent for the ports `NAME_valid`, `NAME_data` and `NAME_ready`.
    ///
    /// # Panics
    /// When the design lacks the ports.
    #[track_caller]
    pub fn new(bench: &mut Bench, name: &str, mut stall: Stall) -> Self {
        let ports = Ports::of(bench, name);
        let sink = StreamSink { name: name.to_string(), items: Rc::default() };
        bench.set(&ports.ready, 0);
        let items = sink.items.clone();
        bench.background(name, |t| async move {
            let mut watch = Watch::new(ports);
            loop {
                t.set(&watch.ports.ready, u64::from(!stall.next_cycle()));
                t.tick().await;
                items.borrow_mut().extend(watch.transfer(&t));
            }
        });
        sink
    }

    /// Waits for the next item.
    pub async fn receive(&self, t: &Task) -> Bits {
        loop {
            if let Some(item) = self.items.borrow_mut().pop_front() {
                return item;
            }
            let what = format!("an item from stream `{}`", self.name);
            t.until(what, |_| !self.items.borrow().is_empty()).await;
        }
    }

    /// The items that came and were not received, in order; empties the agent.
    pub fn take(&self) -> Vec<Bits> {
        self.items.take().into()
    }
}

/// Watches a stream at the edge of the design. An offer that is withdrawn or changed before it is taken
/// stops the bench.
pub struct StreamMonitor;

impl StreamMonitor {
    /// Calls `each` with every item that passes `NAME_valid`, `NAME_ready` and `NAME_data`; a stream
    /// without data gives one zero bit.
    ///
    /// # Panics
    /// When the design lacks the ports.
    #[track_caller]
    pub fn start(bench: &mut Bench, name: &str, mut each: impl FnMut(Bits) + 'static) {
        let ports = Ports::of(bench, name);
        // A wrong name is refused here and not in the first cycle.
        let _ = (bench.get(&ports.valid), bench.get(&ports.ready));
        bench.background(format!("monitor of {name}"), |t| async move {
            let mut watch = Watch::new(ports);
            loop {
                t.tick().await;
                watch.transfer(&t).into_iter().for_each(&mut each);
            }
        });
    }
}

//! Tasks and what they can wait for.

use super::error::Waiting;
use super::pins::{Core, Pins};
use std::cell::RefCell;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// What a task waits for, and since which cycle.
pub(super) type Waits = Rc<RefCell<(String, u64)>>;

/// A task of a bench.
pub(super) struct Slot {
    pub number: u64,
    name: String,
    /// Whether the bench waits for its end.
    pub awaited: bool,
    pub future: Pin<Box<dyn Future<Output = ()>>>,
    pub waits: Waits,
}

impl Slot {
    pub fn waiting(&self) -> Waiting {
        let (what, since) = self.waits.borrow().clone();
        Waiting { task: self.name.clone(), what, since }
    }
}

/// The view a task has of its bench. Its `.await`s last until a clock edge.
#[derive(Clone)]
pub struct Task {
    pins: Pins,
}

impl Deref for Task {
    type Target = Pins;

    fn deref(&self) -> &Pins {
        &self.pins
    }
}

impl Task {
    pub(super) fn new(pins: &Pins) -> Self {
        Task { pins: pins.clone() }
    }

    fn core(&self) -> &Rc<Core> {
        &self.pins.0
    }

    /// Waits for the next clock edge.
    pub async fn tick(&self) {
        self.edge("the next edge").await;
    }

    /// Waits for `count` clock edges.
    pub async fn ticks(&self, count: u64) {
        let end = self.cycle() + count;
        while self.cycle() < end {
            self.edge(&format!("cycle {end}")).await;
        }
    }

    /// Waits for the next edge, at the earliest the one after the present one, at which `condition`
    /// holds. `what` names it in the report of a timeout.
    pub async fn until(&self, what: impl AsRef<str>, mut condition: impl FnMut(&Pins) -> bool) {
        loop {
            self.edge(what.as_ref()).await;
            if condition(&self.pins) {
                return;
            }
        }
    }

    /// As [`until`](Task::until): the port `name` is 1.
    pub async fn until_high(&self, name: &str) {
        self.until(format!("`{name}`"), |pins| pins.is_high(name)).await;
    }

    /// As [`until`](Task::until), but gives up after `cycles` edges: `false`.
    pub async fn within(&self, cycles: u64, mut condition: impl FnMut(&Pins) -> bool) -> bool {
        let end = self.cycle() + cycles;
        while self.cycle() < end {
            self.edge(&format!("a condition, until cycle {end}")).await;
            if condition(&self.pins) {
                return true;
            }
        }
        false
    }

    /// Starts another task, which runs at this edge for the first time. Awaiting the handle waits for
    /// its end and gives its result.
    pub fn spawn<T: 'static, F: Future<Output = T> + 'static>(
        &self,
        name: impl Into<String>,
        task: impl FnOnce(Task) -> F,
    ) -> JoinHandle<T> {
        let (name, result) = (name.into(), Rc::new(RefCell::new(None)));
        let (future, slot) = (task(self.clone()), result.clone());
        let number = self.start(name.clone(), true, async move {
            let value = future.await;
            slot.replace(Some(value));
        });
        JoinHandle { core: self.core().clone(), name, number, result }
    }

    /// Starts a task that the bench does not wait for.
    pub fn background<F: Future<Output = ()> + 'static>(
        &self,
        name: impl Into<String>,
        task: impl FnOnce(Task) -> F,
    ) {
        self.start(name.into(), false, task(self.clone()));
    }

    /// Gives the number of the new task.
    fn start(
        &self,
        name: String,
        awaited: bool,
        future: impl Future<Output = ()> + 'static,
    ) -> u64 {
        let waits = Waits::default();
        self.core().spawn(|number| Slot { number, name, awaited, future: Box::pin(future), waits })
    }

    fn edge<'t>(&'t self, what: &'t str) -> Edge<'t> {
        Edge { core: self.core(), what, after: self.cycle() }
    }
}

/// Ends at the edge after cycle `after`.
struct Edge<'t> {
    core: &'t Core,
    what: &'t str,
    after: u64,
}

impl Future for Edge<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.core.cycle() > self.after {
            return Poll::Ready(());
        }
        self.core.wait_for(self.what);
        Poll::Pending
    }
}

/// The result of a task to come.
pub struct JoinHandle<T> {
    core: Rc<Core>,
    name: String,
    number: u64,
    result: Rc<RefCell<Option<T>>>,
}

impl<T> JoinHandle<T> {
    /// The result, when the task has ended and nobody has taken it.
    pub fn take(&self) -> Option<T> {
        self.result.take()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        match self.result.take() {
            Some(value) => {
                self.core.hand_over(Some(self.number), self.core.owner());
                Poll::Ready(value)
            }
            None => {
                self.core.wait_for(&format!("the end of task `{}`", self.name));
                Poll::Pending
            }
        }
    }
}

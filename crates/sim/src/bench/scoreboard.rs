//! Expected and observed items, compared in order.

use super::pins::{Core, Pins};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::rc::{Rc, Weak};

struct State<T> {
    name: String,
    /// Weak: the bench holds the scoreboard, for its check at the end.
    bench: Weak<Core>,
    expected: VecDeque<T>,
    matched: u64,
}

/// Compares what comes with what is expected, in order. Clones are the same scoreboard, one for the
/// task that knows and one for the monitor that sees.
///
/// An item that differs, or that nobody expected yet, stops the bench; one that never came is reported
/// by [`Bench::finish`](super::Bench::finish).
pub struct Scoreboard<T>(Rc<RefCell<State<T>>>);

impl<T> Clone for Scoreboard<T> {
    fn clone(&self) -> Self {
        Scoreboard(self.0.clone())
    }
}

impl<T: PartialEq + Debug + 'static> Scoreboard<T> {
    /// An empty scoreboard of a bench or task; `name` is for reports.
    pub fn new(pins: &Pins, name: impl Into<String>) -> Self {
        let (expected, matched) = (VecDeque::new(), 0);
        let bench = Rc::downgrade(&pins.0);
        let state = State { name: name.into(), bench, expected, matched };
        let board = Scoreboard(Rc::new(RefCell::new(state)));
        let at_end = board.clone();
        pins.0.at_end(move || at_end.missing());
        board
    }

    /// The next item to come.
    pub fn expect(&self, item: T) {
        self.0.borrow_mut().expected.push_back(item);
    }

    /// An item that came.
    ///
    /// # Panics
    /// When the item is wrong and the bench has gone, which would report it.
    pub fn observe(&self, item: T) {
        let state = &mut *self.0.borrow_mut();
        let expected = match state.expected.pop_front() {
            Some(expected) if expected == item => {
                state.matched += 1;
                return;
            }
            Some(expected) => format!("expected {expected:x?}"),
            None => "nothing was expected".into(),
        };
        let (name, number) = (&state.name, state.matched);
        let text = format!("scoreboard `{name}`: item {number} is {item:x?}, {expected}");
        match state.bench.upgrade() {
            Some(core) => Pins(core).fail(text),
            None => panic!("{text}"),
        }
    }

    /// Items that came as expected.
    pub fn matched(&self) -> u64 {
        self.0.borrow().matched
    }

    fn missing(&self) -> Option<String> {
        let state = self.0.borrow();
        let next = state.expected.front()?;
        let (name, count) = (&state.name, state.expected.len());
        Some(format!("scoreboard `{name}`: {count} items never came, the first is {next:x?}"))
    }
}

//! The loader of tiles that MATRIX (weights) and POST (parameters) share, and queues of commands.

use std::collections::VecDeque;

use seedbed_spec::timing;

/// Commands in front of a sequencer: one can pass in the cycle in which it comes.
pub(super) struct Waiting<T>(VecDeque<T>);

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Waiting<T> {
    /// A command can be taken.
    pub fn ready(&self) -> bool {
        self.0.len() != timing::SEQUENCER_QUEUE as usize
    }

    /// A command comes.
    pub fn push(&mut self, command: Option<T>) {
        self.0.extend(command);
    }

    /// Moves the oldest to a sequencer that has none.
    pub fn fill(&mut self, sequencer: &mut Option<T>) {
        if sequencer.is_none() {
            *sequencer = self.0.pop_front();
        }
    }
}

/// Tiles to be loaded.
#[derive(Clone, Copy)]
pub(super) struct Tiles {
    /// LM address of the next item.
    pub addr: u32,
    /// Tiles still to be loaded, at least 1.
    pub left: u32,
}

/// Reads tiles item by item, one request per cycle.
pub(super) struct TileLoader {
    bytes: u32,
    items: u32,
    item: u32,
    command: Option<Tiles>,
    waiting: Waiting<Tiles>,
}

impl TileLoader {
    /// For tiles of `items` items of `bytes` bytes.
    pub fn new(bytes: u32, items: u32) -> Self {
        Self { bytes, items, item: 0, command: None, waiting: Waiting::default() }
    }

    /// A command can be taken.
    pub fn ready(&self) -> bool {
        self.waiting.ready()
    }

    /// The LM address of the item wanted, if its place is free.
    pub fn wants(&self) -> Option<u32> {
        self.command.map(|tiles| tiles.addr)
    }

    /// Moves on, by an item if it was `granted`; says whether that was its tile's last.
    pub fn clock(&mut self, granted: bool, command: Option<Tiles>) -> bool {
        self.waiting.push(command);
        let done = granted && self.step();
        self.waiting.fill(&mut self.command);
        done
    }

    fn step(&mut self) -> bool {
        let Some(tiles) = &mut self.command else { return false };
        tiles.addr = tiles.addr.wrapping_add(self.bytes);
        self.item = (self.item + 1) % self.items;
        if self.item > 0 {
            return false;
        }
        tiles.left -= 1;
        if tiles.left == 0 {
            self.command = None;
        }
        true
    }
}

//! External memory in time: an AXI4 subordinate that answers in order.

use std::collections::VecDeque;

/// Which channels external memory holds in a cycle: it keeps its own handshake signal low.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// Read addresses.
    pub ar: bool,
    /// Read data.
    pub r: bool,
    /// Write addresses.
    pub aw: bool,
    /// Write data.
    pub w: bool,
    /// Write responses.
    pub b: bool,
}

impl From<[bool; 5]> for Holds {
    /// AR, R, AW, W, B.
    fn from([ar, r, aw, w, b]: [bool; 5]) -> Self {
        Self { ar, r, aw, w, b }
    }
}

/// How external memory behaves in time.
///
/// The first R beat of a burst is valid `latency` cycles after its AR handshake, B is valid `latency`
/// cycles after the last W beat; one address and one beat per cycle on every channel; any number of
/// bursts in flight, answered in order; a W beat is taken from the cycle after its AW on. A hold delays
/// the channel by one cycle; a `valid` once given stays.
pub struct External<'a> {
    latency: u64,
    holds: Box<dyn Iterator<Item = Holds> + 'a>,
}

impl<'a> External<'a> {
    /// A memory that never holds. A latency of 0 counts as 1: that is the ideal memory.
    pub fn new(latency: u32) -> Self {
        Self::holding(latency, [])
    }

    /// A memory that holds: `holds` has an item per cycle, the first for the one in which the doorbell is
    /// taken; after its end nothing is held. If it holds a channel for ever the job never ends.
    pub fn holding(latency: u32, holds: impl IntoIterator<Item = Holds> + 'a) -> Self {
        Self { latency: u64::from(latency.max(1)), holds: Box::new(holds.into_iter().fuse()) }
    }
}

/// Whose read a burst is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    Load,
    Front,
}

/// A read beat.
#[derive(Clone, Copy)]
pub(super) struct Beat {
    pub reader: Reader,
    /// The last of its burst.
    pub last: bool,
}

/// What the core does on the bus in a cycle.
#[derive(Clone, Copy, Default)]
pub(super) struct Sample {
    /// A read address is taken: who, and beats.
    pub ar: Option<(Reader, u32)>,
    /// A write address is taken: beats.
    pub aw: Option<u32>,
    /// A write beat is taken.
    pub w: bool,
}

/// What is in flight, and what memory drives in this cycle. The core takes every R and B at once.
pub(super) struct Bus<'a> {
    external: External<'a>,
    now: u64,
    /// When the oldest beat of a burst is there, and the beats still to come.
    reads: VecDeque<(u64, Reader, u32)>,
    /// Beats still to come.
    writes: VecDeque<u32>,
    responses: VecDeque<u64>,
    pub ar_ready: bool,
    pub aw_ready: bool,
    pub w_ready: bool,
    pub r: Option<Beat>,
    pub b: bool,
}

impl<'a> Bus<'a> {
    pub fn new(external: External<'a>) -> Self {
        let mut bus = Self {
            external,
            now: 0,
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            responses: VecDeque::new(),
            ar_ready: false,
            aw_ready: false,
            w_ready: false,
            r: None,
            b: false,
        };
        bus.plan();
        bus
    }

    /// Takes what happened in this cycle and moves to the next one.
    pub fn clock(&mut self, sample: &Sample) {
        let due = self.now + self.external.latency;
        if let Some((reader, beats)) = sample.ar {
            self.reads.push_back((due, reader, beats));
        }
        if let Some(beats) = sample.aw {
            self.writes.push_back(beats);
        }
        if sample.w {
            self.take_write_beat(due);
        }
        if self.r.is_some() {
            self.drop_read_beat();
        }
        if self.b {
            self.responses.pop_front();
        }
        self.now += 1;
        self.plan();
    }

    fn take_write_beat(&mut self, due: u64) {
        let Some(left) = self.writes.front_mut() else { return };
        *left -= 1;
        if *left == 0 {
            self.writes.pop_front();
            self.responses.push_back(due);
        }
    }

    fn drop_read_beat(&mut self) {
        let Some((_, _, left)) = self.reads.front_mut() else { return };
        *left -= 1;
        if *left == 0 {
            self.reads.pop_front();
        }
    }

    fn plan(&mut self) {
        let holds = self.external.holds.next().unwrap_or_default();
        self.ar_ready = !holds.ar;
        self.aw_ready = !holds.aw;
        self.w_ready = !holds.w && !self.writes.is_empty();
        let read = self.reads.front().filter(|(due, ..)| *due <= self.now && !holds.r);
        self.r = read.map(|&(_, reader, left)| Beat { reader, last: left == 1 });
        self.b = !holds.b && self.responses.front().is_some_and(|due| *due <= self.now);
    }
}

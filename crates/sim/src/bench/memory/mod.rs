//! External memory: an AXI4 slave with a stated latency and random holds per channel.
//!
//! Timing: the first R beat of a burst is valid `latency` cycles after its AR handshake, B is valid
//! `latency` cycles after the last W beat; one address and one beat per cycle on every channel, any
//! number of bursts in flight, answered in order. A hold keeps a channel's own handshake signal low for
//! one cycle with the stated probability; a `valid` once given stays until taken.
//!
//! Order: without holds a beat is written when W is taken and read when AR is. AXI4 promises neither: a
//! write is certain only once B is given, and a read may see what was written up to its R beat. With
//! holds each beat is written and read at either end of what is allowed, as the seed decides (writes stay
//! in order), so that a manager which relies on more than AXI4 promises reads old or new bytes where it
//! should not. What lies between the ends shows nothing else: a read sees a given write or it does not.

mod channels;
mod contents;
#[cfg(test)]
mod tests;
mod timing;

pub use channels::{Address, ChannelLoad, Drive, ReadBeat, Sample};
pub use contents::{DECERR, SLVERR};
pub use timing::{HoldStream, MemoryTiming};

use super::rng::Rng;
use channels::{AR, AW, B, R, W};
use contents::Contents;
use std::collections::VecDeque;
use std::ops::Range;

/// A channel that stops for good: AR, R, AW, W or B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mute {
    /// Its place in [`ChannelLoad::CHANNELS`].
    pub channel: usize,
    /// For R the ID that gets no more answers; others do.
    pub id: u64,
    /// Transfers before it stops, on R those of the ID.
    pub after: u64,
}

/// An address on AR or AW, a beat on R or W, or an answer on B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The channel's place in [`ChannelLoad::CHANNELS`].
    pub channel: usize,
    /// ID of the burst.
    pub id: u64,
    /// Address of the beat, or of the burst.
    pub addr: u64,
    /// Beat within its burst, on R and W.
    pub beat: u64,
    /// Beats of the burst.
    pub beats: u64,
}

struct WriteBurst {
    address: Address,
    beat: u64,
    resp: u8,
}

/// A beat that waits for its turn on R.
struct Read {
    /// The cycle from which on it can be given.
    due: u64,
    /// Where it is read when it is given; `None`: it was read already.
    late: Option<u64>,
    beat: ReadBeat,
}

/// A write burst whose beats were all taken.
struct Response {
    /// The cycle from which on B can be given.
    due: u64,
    id: u64,
    resp: u8,
    /// Beats up to its last one, counted since the reset: visible at the latest when B is given.
    beats: u64,
}

/// The memory.
pub struct ExternalMemory {
    contents: Contents,
    timing: MemoryTiming,
    now: u64,
    reads: VecDeque<Read>,
    writes: VecDeque<WriteBurst>,
    /// Whether write data may be taken before their address.
    data_first: bool,
    /// Data and strobes that were.
    early: VecDeque<(Vec<u64>, u64)>,
    responses: VecDeque<Response>,
    drive: Drive,
    holds: HoldStream,
    /// Cycles planned so far.
    planned: u64,
    /// Decides when beats are read and written.
    order: Rng,
    loads: [ChannelLoad; 5],
    mute: Option<Mute>,
    /// Transfers so far per channel; on R those of the muted ID.
    transfers: [u64; 5],
    record: Option<Vec<Transfer>>,
}

impl ExternalMemory {
    /// A zeroed memory of `size` bytes from address 0 on a bus of `bus_bytes` bytes.
    pub fn new(size: usize, bus_bytes: usize, timing: MemoryTiming) -> Self {
        let timing = MemoryTiming { latency: timing.latency.max(1), ..timing };
        let mut memory = Self {
            contents: Contents::new(size, bus_bytes),
            timing,
            now: 0,
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            data_first: false,
            early: VecDeque::new(),
            responses: VecDeque::new(),
            drive: Drive::default(),
            holds: timing.holds(0),
            planned: 0,
            order: Rng::new(!timing.seed),
            loads: Default::default(),
            mute: None,
            transfers: [0; 5],
            record: None,
        };
        memory.plan();
        memory
    }

    /// Lets a memory that stalls take write data before their address in half of the cycles, as the seed
    /// decides, which AXI4 allows.
    pub fn take_data_first(&mut self) {
        self.data_first = self.timing.stall > 0.0;
    }

    /// Bytes of a beat.
    pub fn bus_bytes(&self) -> usize {
        self.contents.bus_bytes
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.contents.bytes
    }

    /// All bytes, for the host to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.contents.bytes
    }

    /// Makes a range of addresses answer SLVERR; reads of it give zeros, writes to it are lost.
    pub fn refuse(&mut self, range: Range<usize>) {
        self.refuse_as(range, SLVERR);
    }

    /// The same with another response code.
    pub fn refuse_as(&mut self, range: Range<usize>, response: u8) {
        self.contents.refused = (range, response);
    }

    /// Stops a channel after so many more transfers, until reset.
    pub fn mute(&mut self, mute: Mute) {
        self.mute = Some(mute);
        self.transfers = [0; 5];
    }

    /// Lets a muted channel work again.
    pub fn unmute(&mut self) {
        self.mute = None;
    }

    /// Begins to record transfers.
    pub fn record(&mut self) {
        self.record = Some(Vec::new());
    }

    /// Ends it; returns what was recorded.
    pub fn recorded(&mut self) -> Vec<Transfer> {
        self.record.take().unwrap_or_default()
    }

    /// How often each channel was wanted and held so far, in the order of [`ChannelLoad::CHANNELS`].
    pub fn loads(&self) -> [ChannelLoad; 5] {
        self.loads
    }

    /// The number of the present cycle, those in reset included; its holds are the first of
    /// [`MemoryTiming::holds`] from this number on.
    pub fn cycle(&self) -> u64 {
        self.planned - 1
    }

    /// Forgets everything in flight, as a reset of the whole system does; all channels work again. The
    /// bytes stay.
    pub fn reset(&mut self) {
        self.mute = None;
        self.reads.clear();
        self.writes.clear();
        self.early.clear();
        self.responses.clear();
        self.contents.reset();
        self.drive = Drive::default();
        self.plan();
    }

    /// What the memory drives in this cycle.
    pub fn drive(&self) -> &Drive {
        &self.drive
    }

    /// Takes what the design drove in this cycle and moves to the next one.
    pub fn clock(&mut self, s: &Sample) {
        self.count(s);
        self.take_read_address(s);
        self.take_write_address(s);
        self.take_write_data(s);
        if self.drive.r.is_some() && s.r_ready {
            self.reads.pop_front();
            self.drive.r = None;
        }
        if self.drive.b.is_some() && s.b_ready {
            self.responses.pop_front();
            self.drive.b = None;
            self.transfers[B] += 1;
        }
        self.now += 1;
        self.plan();
    }

    fn count(&mut self, s: &Sample) {
        let due = |time: Option<&u64>| time.is_some_and(|time| *time <= self.now);
        let (r, b) =
            (due(self.reads.front().map(|r| &r.due)), due(self.responses.front().map(|b| &b.due)));
        let (drive, loads) = (&self.drive, &mut self.loads);
        loads[AR].count(s.ar.is_some(), !drive.ar_ready);
        loads[R].count(r, drive.r.is_none());
        loads[AW].count(s.aw.is_some(), !drive.aw_ready);
        // Data whose address is not known yet wait for the design, not for a hold.
        loads[W].count(s.w.is_some() && !self.writes.is_empty(), !drive.w_ready);
        loads[B].count(b, drive.b.is_none());
    }

    /// Decides the next cycle's drive; `valid`s that were not taken stay.
    fn plan(&mut self) {
        self.planned += 1;
        let [ar, r, aw, w, b] = self.holds.next().unwrap_or_default();
        self.drive.ar_ready = !ar && !self.muted(AR);
        self.drive.aw_ready = !aw && !self.muted(AW);
        // Without `data_first` a W beat is taken only when its address is known, which is legal.
        let known = !self.writes.is_empty() || (self.data_first && self.order.percent(50));
        self.drive.w_ready = !w && !self.muted(W) && known;
        if self.drive.r.is_none() && !r {
            let next = self.reads.front().filter(|read| read.due <= self.now);
            self.drive.r = next.map(|read| self.answer(read));
        }
        if self.drive.b.is_none() && !b && !self.muted(B) {
            if let Some(response) = self.responses.front().filter(|b| b.due <= self.now) {
                self.drive.b = Some((response.id, response.resp));
                self.contents.show(response.beats);
            }
        }
    }

    fn muted(&self, channel: usize) -> bool {
        self.mute.is_some_and(|m| m.channel == channel && self.transfers[channel] >= m.after)
    }

    /// Whether a beat on R comes.
    fn answers(&mut self, id: u64) -> bool {
        if self.mute.is_none_or(|m| (m.channel, m.id) != (R, id)) {
            return true;
        }
        let answers = !self.muted(R);
        self.transfers[R] += 1;
        answers
    }

    fn note(&mut self, channel: usize, a: Address, beat: u64) {
        let addr = a.addr.wrapping_add(beat * self.contents.bus_bytes as u64);
        let transfer = Transfer { channel, id: a.id, addr, beat, beats: a.beats() };
        self.record.iter_mut().for_each(|record| record.push(transfer));
    }

    fn answer(&self, read: &Read) -> ReadBeat {
        let Some(at) = read.late else { return read.beat.clone() };
        let (data, resp) = self.contents.read(at);
        ReadBeat { data, resp, ..read.beat }
    }

    /// Whether the next beat is read or written as late as possible.
    fn late(&mut self) -> bool {
        self.timing.stall > 0.0 && self.order.percent(50)
    }

    fn take_read_address(&mut self, s: &Sample) {
        let Some(address) = s.ar.filter(|_| self.drive.ar_ready) else { return };
        self.transfers[AR] += 1;
        self.note(AR, address, 0);
        let due = self.now + u64::from(self.timing.latency);
        for beat in 0..=address.len {
            self.note(R, address, beat);
            if !self.answers(address.id) {
                continue;
            }
            let at = address.addr.wrapping_add(beat * self.contents.bus_bytes as u64);
            let late = self.late().then_some(at);
            let (data, resp) =
                if late.is_some() { (Vec::new(), 0) } else { self.contents.read(at) };
            let beat = ReadBeat { id: address.id, data, resp, last: beat == address.len };
            self.reads.push_back(Read { due, late, beat });
        }
    }

    fn take_write_address(&mut self, s: &Sample) {
        let Some(address) = s.aw.filter(|_| self.drive.aw_ready) else { return };
        self.transfers[AW] += 1;
        self.note(AW, address, 0);
        self.writes.push_back(WriteBurst { address, beat: 0, resp: 0 });
        while !self.writes.is_empty() {
            let Some((data, strobes)) = self.early.pop_front() else { break };
            self.write_beat(&data, strobes);
        }
    }

    fn take_write_data(&mut self, s: &Sample) {
        let Some((data, strobes, _)) = s.w.as_ref().filter(|_| self.drive.w_ready) else {
            return;
        };
        self.transfers[W] += 1;
        if self.writes.is_empty() {
            self.early.push_back((data.clone(), *strobes));
        } else {
            self.write_beat(data, *strobes);
        }
    }

    /// Writes a beat of the oldest burst whose data are not complete.
    fn write_beat(&mut self, data: &[u64], strobes: u64) {
        let Some(burst) = self.writes.front() else { return };
        let (address, beat) = (burst.address, burst.beat);
        let at = address.addr.wrapping_add(beat * self.contents.bus_bytes as u64);
        let resp = self.contents.take(at, data, strobes);
        if !self.late() {
            self.contents.show(self.contents.taken());
        }
        self.note(W, address, beat);
        if let Some(burst) = self.writes.front_mut() {
            burst.resp = burst.resp.max(resp);
            burst.beat += 1;
        }
        if beat < address.len {
            return;
        }
        if let Some(burst) = self.writes.pop_front() {
            let due = self.now + u64::from(self.timing.latency);
            let (id, resp, beats) = (address.id, burst.resp, self.contents.taken());
            self.responses.push_back(Response { due, id, resp, beats });
            self.note(B, address, 0);
        }
    }
}

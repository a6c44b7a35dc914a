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

use super::rng::Rng;
use std::collections::VecDeque;
use std::ops::Range;

/// How the memory behaves in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryTiming {
    /// Cycles from AR handshake to first R, and from last W to B; at least 1.
    pub latency: u32,
    /// Probability (0 to 1) with which each channel holds in a cycle. Above 0 beats are also written and
    /// read as late as AXI4 allows, or not, as the seed decides.
    pub stall: f64,
    /// Seed of the holds.
    pub seed: u64,
}

impl Default for MemoryTiming {
    fn default() -> Self {
        Self { latency: 1, stall: 0.0, seed: 1 }
    }
}

impl MemoryTiming {
    /// What a memory of this timing holds, cycle by cycle, from its cycle `from` on; its first is 0.
    pub fn holds(&self, from: u64) -> HoldStream {
        let mut random = Rng::new(self.seed);
        if self.stall > 0.0 {
            random.skip(CHANNELS * from);
        }
        HoldStream { stall: self.stall, random }
    }
}

/// The holds of a memory, without end: per cycle which channels it holds, in the order of
/// [`ChannelLoad::CHANNELS`].
#[derive(Clone, Debug)]
pub struct HoldStream {
    stall: f64,
    random: Rng,
}

/// Random numbers that a cycle takes.
const CHANNELS: u64 = 5;

impl HoldStream {
    fn hold(&mut self) -> bool {
        self.stall > 0.0 && self.random.unit() < self.stall
    }
}

impl Iterator for HoldStream {
    type Item = [bool; 5];

    fn next(&mut self) -> Option<[bool; 5]> {
        let [ar, aw, w, r, b] = std::array::from_fn(|_| self.hold());
        Some([ar, r, aw, w, b])
    }
}

/// What the memory drives into the design in one cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drive {
    /// AR ready.
    pub ar_ready: bool,
    /// AW ready.
    pub aw_ready: bool,
    /// W ready.
    pub w_ready: bool,
    /// R beat: id, data limbs, response, last.
    pub r: Option<ReadBeat>,
    /// B: id, response.
    pub b: Option<(u64, u8)>,
}

/// One beat on the R channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadBeat {
    /// RID.
    pub id: u64,
    /// Data, least significant limb first.
    pub data: Vec<u64>,
    /// RRESP.
    pub resp: u8,
    /// RLAST.
    pub last: bool,
}

/// An address handshake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Address {
    /// ID.
    pub id: u64,
    /// Byte address.
    pub addr: u64,
    /// Beats minus one.
    pub len: u64,
    /// Binary logarithm of the bytes of a beat.
    pub size: u64,
    /// Kind of burst; 1: INCR.
    pub burst: u64,
}

/// How often a channel had something to transfer, and how often the memory held it then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelLoad {
    /// Cycles in which there was something to transfer.
    pub wanted: u64,
    /// Those of them in which the memory held the channel.
    pub held: u64,
}

impl ChannelLoad {
    /// Names of the channels, in the order of [`ExternalMemory::loads`].
    pub const CHANNELS: [&'static str; 5] = ["AR", "R", "AW", "W", "B"];

    /// Share of held cycles, 0 when the channel was never wanted.
    pub fn share(self) -> f64 {
        self.held as f64 / self.wanted.max(1) as f64
    }

    fn count(&mut self, wanted: bool, held: bool) {
        self.wanted += u64::from(wanted);
        self.held += u64::from(wanted && held);
    }
}

/// What the design drives in one cycle.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// AR, when valid.
    pub ar: Option<Address>,
    /// AW, when valid.
    pub aw: Option<Address>,
    /// W, when valid: data limbs, byte strobes, last.
    pub w: Option<(Vec<u64>, u64, bool)>,
    /// R ready.
    pub r_ready: bool,
    /// B ready.
    pub b_ready: bool,
}

const AR: usize = 0;
const R: usize = 1;
const AW: usize = 2;
const W: usize = 3;
const B: usize = 4;

/// Response code of an access outside the memory.
pub const DECERR: u8 = 3;
/// Response code of an access to refused addresses.
pub const SLVERR: u8 = 2;

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

/// A beat that was taken and is not visible yet.
struct Unseen {
    start: usize,
    data: Vec<u64>,
    strobes: u64,
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
    bytes: Vec<u8>,
    refused: Range<usize>,
    /// The response of refused addresses.
    refusal: u8,
    bus_bytes: usize,
    timing: MemoryTiming,
    now: u64,
    reads: VecDeque<Read>,
    writes: VecDeque<WriteBurst>,
    responses: VecDeque<Response>,
    unseen: VecDeque<Unseen>,
    /// Beats that were taken, and how many of them are visible.
    taken: u64,
    visible: u64,
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
            bytes: vec![0; size],
            refused: 0..0,
            refusal: SLVERR,
            bus_bytes,
            timing,
            now: 0,
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            responses: VecDeque::new(),
            unseen: VecDeque::new(),
            taken: 0,
            visible: 0,
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

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes, for the host to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Makes a range of addresses answer SLVERR; reads of it give zeros, writes to it are lost.
    pub fn refuse(&mut self, range: Range<usize>) {
        self.refuse_as(range, SLVERR);
    }

    /// The same with another response code.
    pub fn refuse_as(&mut self, range: Range<usize>, response: u8) {
        self.refused = range;
        self.refusal = response;
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
        self.responses.clear();
        self.unseen.clear();
        (self.taken, self.visible) = (0, 0);
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
        loads[0].count(s.ar.is_some(), !drive.ar_ready);
        loads[1].count(r, drive.r.is_none());
        loads[2].count(s.aw.is_some(), !drive.aw_ready);
        loads[3].count(s.w.is_some(), !drive.w_ready);
        loads[4].count(b, drive.b.is_none());
    }

    /// Decides the next cycle's drive; `valid`s that were not taken stay.
    fn plan(&mut self) {
        self.planned += 1;
        let [ar, r, aw, w, b] = self.holds.next().unwrap_or_default();
        self.drive.ar_ready = !ar && !self.muted(AR);
        self.drive.aw_ready = !aw && !self.muted(AW);
        // A W beat is taken only when its address is known: simpler, and legal for a slave.
        self.drive.w_ready = !w && !self.muted(W) && !self.writes.is_empty();
        if self.drive.r.is_none() && !r {
            let next = self.reads.front().filter(|read| read.due <= self.now);
            self.drive.r = next.map(|read| self.answer(read));
        }
        if self.drive.b.is_none() && !b && !self.muted(B) {
            if let Some(response) = self.responses.front().filter(|b| b.due <= self.now) {
                self.drive.b = Some((response.id, response.resp));
                self.show(response.beats);
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
        let addr = a.addr + beat * self.bus_bytes as u64;
        let transfer = Transfer { channel, id: a.id, addr, beat, beats: a.len + 1 };
        self.record.iter_mut().for_each(|record| record.push(transfer));
    }

    fn answer(&self, read: &Read) -> ReadBeat {
        let Some(at) = read.late else { return read.beat.clone() };
        let (data, resp) = self.read(at);
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
            let at = address.addr + beat * self.bus_bytes as u64;
            let late = self.late().then_some(at);
            let (data, resp) = if late.is_some() { (Vec::new(), 0) } else { self.read(at) };
            let beat = ReadBeat { id: address.id, data, resp, last: beat == address.len };
            self.reads.push_back(Read { due, late, beat });
        }
    }

    fn take_write_address(&mut self, s: &Sample) {
        let Some(address) = s.aw.filter(|_| self.drive.aw_ready) else { return };
        self.transfers[AW] += 1;
        self.note(AW, address, 0);
        self.writes.push_back(WriteBurst { address, beat: 0, resp: 0 });
    }

    fn take_write_data(&mut self, s: &Sample) {
        let Some((data, strobes, _)) = s.w.as_ref().filter(|_| self.drive.w_ready) else {
            return;
        };
        let Some(burst) = self.writes.front() else { return };
        let (address, beat) = (burst.address, burst.beat);
        let resp = self.take(address.addr + beat * self.bus_bytes as u64, data, *strobes);
        self.transfers[W] += 1;
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
            let (id, resp, beats) = (address.id, burst.resp, self.taken);
            self.responses.push_back(Response { due, id, resp, beats });
            self.note(B, address, 0);
        }
    }

    /// Takes a beat, to be visible at once or later; returns its response.
    fn take(&mut self, at: u64, data: &[u64], strobes: u64) -> u8 {
        self.taken += 1;
        let (strobes, resp) = match self.range(at) {
            Ok(_) => (strobes, 0),
            Err(resp) => (0, resp),
        };
        let start = usize::try_from(at).unwrap_or_default();
        self.unseen.push_back(Unseen { start, data: data.to_vec(), strobes });
        if !self.late() {
            self.show(self.taken);
        }
        resp
    }

    /// Makes beats visible, in order, until `beats` of them are since the reset.
    fn show(&mut self, beats: u64) {
        while self.visible < beats {
            let Some(Unseen { start, data, strobes }) = self.unseen.pop_front() else { return };
            let kept = (0..self.bus_bytes).filter(|i| strobes >> i & 1 == 1);
            for i in kept {
                self.bytes[start + i] = (data[i / 8] >> (8 * (i % 8))) as u8;
            }
            self.visible += 1;
        }
    }

    /// Where a beat lies, or the response to it.
    fn range(&self, addr: u64) -> Result<Range<usize>, u8> {
        let start = usize::try_from(addr).map_err(|_| DECERR)?;
        let end = start.checked_add(self.bus_bytes).ok_or(DECERR)?;
        if end > self.bytes.len() {
            return Err(DECERR);
        }
        let meets = start < self.refused.end && self.refused.start < end;
        if meets {
            return Err(self.refusal);
        }
        Ok(start..end)
    }

    fn read(&self, addr: u64) -> (Vec<u64>, u8) {
        let mut data = vec![0u64; self.bus_bytes.div_ceil(8)];
        let range = match self.range(addr) {
            Ok(range) => range,
            Err(resp) => return (data, resp),
        };
        for (i, &byte) in self.bytes[range].iter().enumerate() {
            data[i / 8] |= u64::from(byte) << (8 * (i % 8));
        }
        (data, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burst(id: u64, addr: u64, len: u64) -> Option<Address> {
        Some(Address { id, addr, len, size: 3, burst: 1 })
    }

    fn read(addr: u64, len: u64) -> Sample {
        Sample { ar: burst(1, addr, len), r_ready: true, ..Sample::default() }
    }

    #[test]
    fn the_first_beat_comes_after_the_latency() {
        let mut m =
            ExternalMemory::new(64, 8, MemoryTiming { latency: 5, ..MemoryTiming::default() });
        m.bytes_mut()[8] = 7;
        m.clock(&read(8, 1));
        let idle = Sample { r_ready: true, ..Sample::default() };
        let mut arrivals = Vec::new();
        for cycle in 1..10 {
            if let Some(beat) = &m.drive().r {
                arrivals.push((cycle, beat.data[0], beat.last));
            }
            m.clock(&idle);
        }
        assert_eq!(arrivals, [(5, 7, false), (6, 0, true)]);
    }

    #[test]
    fn outside_is_a_decode_error() {
        let mut m = ExternalMemory::new(64, 8, MemoryTiming::default());
        m.clock(&read(4088, 0));
        assert_eq!(m.drive().r.as_ref().map(|b| b.resp), Some(DECERR));
    }

    #[test]
    fn refused_beats_are_slave_errors() {
        let mut m = ExternalMemory::new(64, 8, MemoryTiming::default());
        m.bytes_mut().fill(9);
        m.refuse(8..16);
        m.clock(&read(0, 2));
        let mut beats = Vec::new();
        for _ in 0..3 {
            beats.extend(m.drive().r.as_ref().map(|b| (b.data[0] as u8, b.resp)));
            m.clock(&Sample { r_ready: true, ..Sample::default() });
        }
        assert_eq!(beats, [(9, 0), (0, SLVERR), (9, 0)]);
        assert_eq!((m.take(8, &[1], 0xff), m.bytes()[8]), (SLVERR, 9));
    }

    #[test]
    fn holds_are_counted_on_the_channel_that_wants() {
        let timing = MemoryTiming { stall: 0.5, ..MemoryTiming::default() };
        let mut m = ExternalMemory::new(64, 8, timing);
        for _ in 0..400 {
            m.clock(&read(0, 0));
        }
        let [ar, r, aw, w, b] = m.loads();
        assert_eq!((aw, w, b), Default::default());
        assert_eq!(ar.wanted, 400);
        for load in [ar, r] {
            let share = load.held as f64 / load.wanted as f64;
            assert!((0.4..0.6).contains(&share), "{load:?}");
        }
    }

    #[test]
    fn writes_obey_strobes() {
        let mut m = ExternalMemory::new(64, 8, MemoryTiming::default());
        let aw = burst(0, 16, 0);
        m.clock(&Sample { aw, ..Sample::default() });
        let w = Some((vec![0x1122_3344_5566_7788], 0b101, true));
        m.clock(&Sample { w, ..Sample::default() });
        assert_eq!(m.bytes()[16..19], [0x88, 0, 0x66]);
        assert_eq!(m.drive().b, Some((0, 0)));
    }

    fn held(seed: u64) -> ExternalMemory {
        ExternalMemory::new(64, 8, MemoryTiming { latency: 9, stall: 0.01, seed })
    }

    /// Drives something until it is taken.
    fn drive(m: &mut ExternalMemory, sample: &Sample, taken: fn(&Drive) -> bool) {
        while !taken(m.drive()) {
            m.clock(sample);
        }
        m.clock(sample);
    }

    fn write(m: &mut ExternalMemory, value: u64) {
        drive(m, &Sample { aw: burst(0, 0, 0), ..Sample::default() }, |d| d.aw_ready);
        let w = Some((vec![value], 0xff, true));
        drive(m, &Sample { w, ..Sample::default() }, |d| d.w_ready);
    }

    #[test]
    fn with_holds_a_write_is_certain_only_with_its_answer() {
        let seen_at_once = |seed| {
            let mut m = held(seed);
            write(&mut m, 7);
            let seen = m.bytes()[0] == 7;
            while m.drive().b.is_none() {
                assert_eq!(m.bytes()[0] == 7, seen, "between W and B nothing changes");
                m.clock(&Sample::default());
            }
            assert_eq!(m.bytes()[0], 7);
            seen
        };
        let seen = (0..100).filter(|seed| seen_at_once(*seed)).count();
        assert!((30..70).contains(&seen), "{seen} of 100");
    }

    #[test]
    fn writes_become_visible_in_order() {
        for seed in 0..100 {
            let mut m = held(seed);
            write(&mut m, 1);
            write(&mut m, 2);
            for _ in 0..60 {
                let before = m.bytes()[0];
                m.clock(&Sample { b_ready: true, ..Sample::default() });
                assert!(m.bytes()[0] >= before, "seed {seed}");
            }
            assert_eq!(m.bytes()[0], 2, "seed {seed}");
        }
    }

    #[test]
    fn with_holds_a_read_sees_what_was_or_what_is() {
        let sees = |seed| {
            let mut m = held(seed);
            drive(&mut m, &read(0, 0), |d| d.ar_ready);
            m.bytes_mut()[0] = 5;
            while m.drive().r.is_none() {
                m.clock(&Sample::default());
            }
            let first = m.drive().r.as_ref().map(|beat| beat.data[0]);
            m.bytes_mut()[0] = 6;
            m.clock(&Sample::default());
            assert_eq!(m.drive().r.as_ref().map(|beat| beat.data[0]), first, "stays as it is");
            first
        };
        let seen: Vec<_> = (0..100).filter_map(sees).collect();
        let old = seen.iter().filter(|value| **value == 0).count();
        let new = seen.iter().filter(|value| **value == 5).count();
        assert!(old > 30 && new > 30 && old + new == 100, "{old} old, {new} new");
    }
}

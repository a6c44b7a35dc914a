//! External memory: an AXI4 slave with a stated latency and random holds per channel.
//!
//! Timing: the first R beat of a burst is valid `latency` cycles after its AR handshake, B is valid
//! `latency` cycles after the last W beat; one address and one beat per cycle on every channel, any
//! number of bursts in flight, answered in order. A hold keeps a channel's own handshake signal low for
//! one cycle with the stated probability; a `valid` once given stays until taken.

use std::collections::VecDeque;

/// How the memory behaves in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryTiming {
    /// Cycles from AR handshake to first R, and from last W to B; at least 1.
    pub latency: u32,
    /// Probability (0 to 1) with which each channel holds in a cycle.
    pub stall: f64,
    /// Seed of the holds.
    pub seed: u64,
}

impl Default for MemoryTiming {
    fn default() -> Self {
        Self { latency: 1, stall: 0.0, seed: 1 }
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

/// Response code of an access outside the memory.
const DECERR: u8 = 3;

struct WriteBurst {
    address: Address,
    beat: u64,
    resp: u8,
}

/// The memory.
pub struct ExternalMemory {
    bytes: Vec<u8>,
    bus_bytes: usize,
    timing: MemoryTiming,
    now: u64,
    reads: VecDeque<(u64, ReadBeat)>,
    writes: VecDeque<WriteBurst>,
    responses: VecDeque<(u64, u64, u8)>,
    drive: Drive,
    random: Random,
    violations: Vec<String>,
}

impl ExternalMemory {
    /// A zeroed memory of `size` bytes from address 0 on a bus of `bus_bytes` bytes.
    pub fn new(size: usize, bus_bytes: usize, timing: MemoryTiming) -> Self {
        let timing = MemoryTiming { latency: timing.latency.max(1), ..timing };
        let mut memory = Self {
            bytes: vec![0; size],
            bus_bytes,
            timing,
            now: 0,
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            responses: VecDeque::new(),
            drive: Drive::default(),
            random: Random::new(timing.seed),
            violations: Vec::new(),
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

    /// Breaches of the AXI protocol seen so far.
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// What the memory drives in this cycle.
    pub fn drive(&self) -> &Drive {
        &self.drive
    }

    /// Takes what the design drove in this cycle and moves to the next one.
    pub fn clock(&mut self, s: &Sample) {
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
        }
        self.now += 1;
        self.plan();
    }

    /// Decides the next cycle's drive; `valid`s that were not taken stay.
    fn plan(&mut self) {
        self.drive.ar_ready = !self.hold();
        self.drive.aw_ready = !self.hold();
        // A W beat is taken only when its address is known: simpler, and legal for a slave.
        self.drive.w_ready = !self.hold() && !self.writes.is_empty();
        let (hold_r, hold_b) = (self.hold(), self.hold());
        if self.drive.r.is_none() && !hold_r {
            self.drive.r =
                self.reads.front().filter(|(t, _)| *t <= self.now).map(|(_, beat)| beat.clone());
        }
        if self.drive.b.is_none() && !hold_b {
            self.drive.b = self
                .responses
                .front()
                .filter(|(t, ..)| *t <= self.now)
                .map(|&(_, id, resp)| (id, resp));
        }
    }

    fn hold(&mut self) -> bool {
        self.timing.stall > 0.0 && self.random.unit() < self.timing.stall
    }

    fn take_read_address(&mut self, s: &Sample) {
        let Some(address) = s.ar.filter(|_| self.drive.ar_ready) else { return };
        self.check_burst("AR", address);
        for beat in 0..=address.len {
            let at = address.addr + beat * self.bus_bytes as u64;
            let (data, resp) = self.read(at);
            let beat = ReadBeat { id: address.id, data, resp, last: beat == address.len };
            self.reads.push_back((self.now + u64::from(self.timing.latency), beat));
        }
    }

    fn take_write_address(&mut self, s: &Sample) {
        let Some(address) = s.aw.filter(|_| self.drive.aw_ready) else { return };
        self.check_burst("AW", address);
        self.writes.push_back(WriteBurst { address, beat: 0, resp: 0 });
    }

    fn take_write_data(&mut self, s: &Sample) {
        let Some((data, strobes, last)) = s.w.as_ref().filter(|_| self.drive.w_ready) else {
            return;
        };
        let Some(burst) = self.writes.front() else { return };
        let at = burst.address.addr + burst.beat * self.bus_bytes as u64;
        let ends = burst.beat == burst.address.len;
        if ends != *last {
            self.violations.push(format!("cycle {}: WLAST at the wrong beat", self.now));
        }
        let resp = self.write(at, data, *strobes);
        let burst = self.writes.front_mut().expect("looked at above");
        burst.resp = burst.resp.max(resp);
        burst.beat += 1;
        if ends {
            let burst = self.writes.pop_front().expect("looked at above");
            let due = self.now + u64::from(self.timing.latency);
            self.responses.push_back((due, burst.address.id, burst.resp));
        }
    }

    fn check_burst(&mut self, channel: &str, a: Address) {
        let bytes = (a.len + 1) * self.bus_bytes as u64;
        if a.addr / 4096 != (a.addr + bytes - 1) / 4096 {
            self.violations.push(format!(
                "cycle {}: {channel} burst at {:#x} of {bytes} bytes crosses 4 KiB",
                self.now, a.addr
            ));
        }
        if a.addr % self.bus_bytes as u64 != 0 {
            self.violations.push(format!(
                "cycle {}: {channel} address {:#x} is not aligned to the bus",
                self.now, a.addr
            ));
        }
    }

    fn range(&self, addr: u64) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(addr).ok()?;
        let end = start.checked_add(self.bus_bytes)?;
        (end <= self.bytes.len()).then_some(start..end)
    }

    fn read(&self, addr: u64) -> (Vec<u64>, u8) {
        let mut data = vec![0u64; self.bus_bytes.div_ceil(8)];
        let Some(range) = self.range(addr) else { return (data, DECERR) };
        for (i, &byte) in self.bytes[range].iter().enumerate() {
            data[i / 8] |= u64::from(byte) << (8 * (i % 8));
        }
        (data, 0)
    }

    fn write(&mut self, addr: u64, data: &[u64], strobes: u64) -> u8 {
        let Some(range) = self.range(addr) else { return DECERR };
        for (i, byte) in self.bytes[range].iter_mut().enumerate() {
            if strobes >> i & 1 == 1 {
                *byte = (data[i / 8] >> (8 * (i % 8))) as u8;
            }
        }
        0
    }
}

/// SplitMix64: small, seedable, the same on every platform.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(addr: u64, len: u64) -> Sample {
        Sample { ar: Some(Address { id: 1, addr, len }), r_ready: true, ..Sample::default() }
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
    fn outside_is_a_decode_error_and_a_crossing_is_reported() {
        let mut m = ExternalMemory::new(64, 8, MemoryTiming::default());
        m.clock(&read(4088, 1));
        assert_eq!(m.drive().r.as_ref().map(|b| b.resp), Some(DECERR));
        assert!(m.violations()[0].contains("crosses 4 KiB"), "{:?}", m.violations());
    }

    #[test]
    fn writes_obey_strobes() {
        let mut m = ExternalMemory::new(64, 8, MemoryTiming::default());
        let aw = Some(Address { id: 0, addr: 16, len: 0 });
        m.clock(&Sample { aw, ..Sample::default() });
        let w = Some((vec![0x1122_3344_5566_7788], 0b101, true));
        m.clock(&Sample { w, ..Sample::default() });
        assert_eq!(m.bytes()[16..19], [0x88, 0, 0x66]);
        assert_eq!(m.drive().b, Some((0, 0)));
    }
}

//! Checks the AXI4 manager port of a design, all five channels, cycle by cycle.
//!
//! It sees what the memory model sees, [`Sample`] and [`Drive`], and shares no state with it: a memory
//! model that forgives a mistake of the design, or makes one of its own, does not hide it here. Rules
//! that AXI4 has for every manager are always checked; what this core promises beyond them (full beats,
//! INCR, limits per ID, always ready for answers, silent when the interrupt rises) comes with
//! [`AxiLimits`].

use super::memory::{Address, Drive, ReadBeat, Sample};
use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;

/// What a manager must not do. The last three are mistakes of the memory's side, see
/// [`is_subordinate`](Rule::is_subordinate).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A valid signal is low in reset.
    ValidInReset,
    /// A valid signal stays high until ready.
    ValidDropped,
    /// A payload stays as it is until ready.
    PayloadChanged,
    /// A burst does not cross an address that is a multiple of 4 KiB.
    Crosses4Kib,
    /// An address is a multiple of the bus bytes.
    Unaligned,
    /// Bursts are INCR.
    BurstType,
    /// Beats are as wide as the bus.
    BurstSize,
    /// A burst is no longer than its manager's longest.
    BurstLength,
    /// An ID belongs to a manager.
    UnknownId,
    /// Bytes are read and written only inside the windows.
    OutsideWindow,
    /// No more read bursts in flight than configured, for each ID.
    ReadsOutstanding,
    /// No more write bursts in flight than configured.
    WritesOutstanding,
    /// Write data belong to an address that is offered or taken.
    DataWithoutAddress,
    /// WLAST is not before the last beat.
    WlastEarly,
    /// WLAST is at the last beat.
    WlastMissing,
    /// Whole beats are written.
    PartialStrobes,
    /// What is asked for is taken at once: room is reserved before an address goes out.
    NotReady,
    /// Nothing is in flight when the interrupt rises.
    BusyAtInterrupt,
    /// An answer stays as it is until ready.
    AnswerChanged,
    /// An answer has a request: R comes after its AR, B after its AW and its last W, with their IDs.
    UnexpectedAnswer,
    /// RLAST is at the last beat and only there.
    RlastMisplaced,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 21] = [
        Rule::ValidInReset,
        Rule::ValidDropped,
        Rule::PayloadChanged,
        Rule::Crosses4Kib,
        Rule::Unaligned,
        Rule::BurstType,
        Rule::BurstSize,
        Rule::BurstLength,
        Rule::UnknownId,
        Rule::OutsideWindow,
        Rule::ReadsOutstanding,
        Rule::WritesOutstanding,
        Rule::DataWithoutAddress,
        Rule::WlastEarly,
        Rule::WlastMissing,
        Rule::PartialStrobes,
        Rule::NotReady,
        Rule::BusyAtInterrupt,
        Rule::AnswerChanged,
        Rule::UnexpectedAnswer,
        Rule::RlastMisplaced,
    ];

    /// Whether it is the subordinate that breaks the rule.
    pub fn is_subordinate(self) -> bool {
        matches!(self, Rule::AnswerChanged | Rule::UnexpectedAnswer | Rule::RlastMisplaced)
    }
}

/// A rule broken in a cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Cycles since the checker began.
    pub cycle: u64,
    /// The rule.
    pub rule: Rule,
    /// Channel and numbers.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cycle {}: {:?}: {}", self.cycle, self.rule, self.what)
    }
}

/// What the bursts of one manager may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BurstLimit {
    /// Beats of the longest burst.
    pub beats: u64,
    /// Bursts in flight.
    pub outstanding: usize,
}

impl BurstLimit {
    /// What AXI4 allows.
    pub const AXI4: BurstLimit = BurstLimit { beats: 256, outstanding: usize::MAX };
}

/// What a design promises on its manager port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxiLimits {
    /// Bytes of a beat: 1, 2, 4, 8, 16, 32 or 64.
    pub bus_bytes: u64,
    /// Read bursts, by ID.
    pub reads: Vec<BurstLimit>,
    /// Write bursts.
    pub writes: BurstLimit,
    /// Whether nothing is in flight when the interrupt rises, as after every job but one that the
    /// watchdog ended.
    pub quiet_at_interrupt: bool,
    /// Where it may read; `None`: anywhere.
    pub read_windows: Option<Vec<Range<u64>>>,
    /// Where it may write; `None`: anywhere.
    pub write_windows: Option<Vec<Range<u64>>>,
}

impl AxiLimits {
    /// Those of AXI4 alone, for IDs of `ids` managers on a bus of `bus_bytes` bytes.
    pub fn axi4(bus_bytes: usize, ids: usize) -> Self {
        Self {
            bus_bytes: bus_bytes as u64,
            reads: vec![BurstLimit::AXI4; ids],
            writes: BurstLimit::AXI4,
            quiet_at_interrupt: true,
            read_windows: None,
            write_windows: None,
        }
    }

    /// # Panics
    /// When no bus has so many bytes.
    #[track_caller]
    fn checked(self) -> Self {
        let fits = self.bus_bytes.is_power_of_two() && self.bus_bytes <= 64;
        assert!(fits, "a bus has 1, 2, 4, ... or 64 bytes, not {}", self.bus_bytes);
        self
    }
}

/// Violations of each rule that are kept: the first ones say what is wrong, and none hides another rule.
const MOST: usize = 100;

/// What was offered and not taken in the last cycle.
#[derive(Default)]
struct Held {
    ar: Option<Address>,
    aw: Option<Address>,
    w: Option<(Vec<u64>, u64, bool)>,
    r: Option<ReadBeat>,
    b: Option<(u64, u8)>,
}

/// Everything in flight.
#[derive(Default)]
struct Flight {
    /// ID and beats to come of each read burst.
    reads: VecDeque<(u64, u64)>,
    /// Beats of each write burst whose address was offered and whose data are not complete.
    writes: VecDeque<u64>,
    /// Beats taken of the first of them.
    beat: u64,
    /// WLAST of the beats taken before their address was offered.
    early: Vec<bool>,
    /// IDs of the write bursts whose address was taken and that were not answered, oldest first.
    unanswered: Vec<u64>,
    /// Write bursts whose data are complete and that were not answered.
    complete: usize,
}

impl Flight {
    /// Whether nothing was begun that is not complete.
    fn idle(&self) -> bool {
        self.reads.is_empty()
            && self.writes.is_empty()
            && self.early.is_empty()
            && self.unanswered.is_empty()
    }

    /// The place of the burst that B with this ID answers: complete, the oldest of its ID.
    fn answered_by(&self, id: u64) -> Option<usize> {
        // Data come in the order of the addresses, so the complete bursts are the oldest ones.
        self.unanswered.iter().take(self.complete).position(|i| *i == id)
    }
}

/// The checker.
pub struct AxiChecker {
    limits: AxiLimits,
    cycle: u64,
    held: Held,
    flight: Flight,
    irq: bool,
    violations: Vec<Violation>,
    /// Violations kept of each rule.
    kept: [usize; Rule::ALL.len()],
}

impl AxiChecker {
    /// A checker of a port with nothing in flight.
    ///
    /// # Panics
    /// When no bus has the bytes that `limits` say.
    #[track_caller]
    pub fn new(limits: AxiLimits) -> Self {
        Self {
            limits: limits.checked(),
            cycle: 0,
            held: Held::default(),
            flight: Flight::default(),
            irq: false,
            violations: Vec::new(),
            kept: [0; Rule::ALL.len()],
        }
    }

    /// Changes what the design promises.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    #[track_caller]
    pub fn set_limits(&mut self, limits: AxiLimits) {
        self.limits = limits.checked();
    }

    /// Allows that something is in flight when the interrupt rises, or not.
    pub fn set_quiet_at_interrupt(&mut self, quiet: bool) {
        self.limits.quiet_at_interrupt = quiet;
    }

    /// Changes where the design may read and write.
    pub fn set_windows(&mut self, read: Vec<Range<u64>>, write: Vec<Range<u64>>) {
        self.limits.read_windows = Some(read);
        self.limits.write_windows = Some(write);
    }

    /// Begins anew with the same limits.
    pub fn forget(&mut self) {
        *self = Self::new(self.limits.clone());
    }

    /// What was broken so far in the order of time, of each rule the first 100 times.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Takes one cycle: what the design drove, what the memory drove, and the interrupt.
    pub fn clock(&mut self, sample: &Sample, drive: &Drive, irq: bool) {
        self.read_address(sample.ar, drive.ar_ready);
        self.write_address(sample.aw, drive.aw_ready);
        self.write_data(sample.w.as_ref(), drive.w_ready);
        self.read_data(drive.r.as_ref(), sample.r_ready);
        self.write_answer(drive.b, sample.b_ready);
        self.interrupt(sample, irq);
        self.cycle += 1;
    }

    /// Takes one cycle in reset, not the first one. Nothing is in flight afterwards.
    pub fn clock_in_reset(&mut self, sample: &Sample) {
        let valid = [sample.ar.is_some(), sample.aw.is_some(), sample.w.is_some()];
        for (channel, _) in ["AR", "AW", "W"].iter().zip(valid).filter(|(_, valid)| *valid) {
            self.report(Rule::ValidInReset, format!("{channel} is valid in reset"));
        }
        self.held = Held::default();
        self.flight = Flight::default();
        self.irq = false;
        self.cycle += 1;
    }

    fn report(&mut self, rule: Rule, what: String) {
        let kept = &mut self.kept[rule as usize];
        if *kept < MOST {
            *kept += 1;
            self.violations.push(Violation { cycle: self.cycle, rule, what });
        }
    }

    fn read_address(&mut self, now: Option<Address>, ready: bool) {
        let before = self.held.ar.take();
        if self.offer("AR", before.as_ref(), now.as_ref()) {
            self.burst("AR", now);
        }
        self.held.ar = now.filter(|_| !ready);
        let Some(taken) = now.filter(|_| ready) else { return };
        self.flight.reads.push_back((taken.id, taken.beats()));
        let mine = self.flight.reads.iter().filter(|(id, _)| *id == taken.id).count();
        let most = self.limits.reads.get(taken.id as usize).map_or(usize::MAX, |l| l.outstanding);
        if mine > most {
            let what = format!("AR: {mine} bursts of ID {} in flight, limit {most}", taken.id);
            self.report(Rule::ReadsOutstanding, what);
        }
    }

    fn write_address(&mut self, now: Option<Address>, ready: bool) {
        let before = self.held.aw.take();
        if self.offer("AW", before.as_ref(), now.as_ref()) {
            self.burst("AW", now);
            self.flight.writes.extend(now.map(|a| a.beats()));
            for last in std::mem::take(&mut self.flight.early) {
                self.take_beat(last);
            }
        }
        self.held.aw = now.filter(|_| !ready);
        let Some(taken) = now.filter(|_| ready) else { return };
        self.flight.unanswered.push(taken.id);
        let (open, most) = (self.flight.unanswered.len(), self.limits.writes.outstanding);
        if open > most {
            self.report(Rule::WritesOutstanding, format!("AW: {open} in flight, limit {most}"));
        }
    }

    /// Checks that what was held stays; says whether `now` is new.
    fn offer<T: PartialEq + fmt::Debug>(
        &mut self,
        channel: &str,
        before: Option<&T>,
        now: Option<&T>,
    ) -> bool {
        match (before, now) {
            (Some(before), None) => {
                self.report(Rule::ValidDropped, format!("{channel} of {before:x?}"));
            }
            (Some(before), Some(now)) if before != now => {
                let what = format!("{channel} from {before:x?} to {now:x?}");
                self.report(Rule::PayloadChanged, what);
            }
            _ => {}
        }
        before.is_none() && now.is_some()
    }

    /// Checks a burst when it is first offered.
    fn burst(&mut self, channel: &str, address: Option<Address>) {
        let Some(a) = address else { return };
        let bus = self.limits.bus_bytes;
        // The address of the last byte: the one behind it may be 2^64.
        let last = a.addr.wrapping_add(a.beats().saturating_mul(bus) - 1);
        let reads = channel == "AR";
        let limit = if reads { self.limits.reads.get(a.id as usize) } else { None };
        let known = !reads || limit.is_some();
        let longest = if reads { limit.map_or(256, |l| l.beats) } else { self.limits.writes.beats };
        let windows = if reads { &self.limits.read_windows } else { &self.limits.write_windows };
        let within = |w: &Range<u64>| w.start <= a.addr && a.addr <= last && last < w.end;
        let outside = windows.as_ref().is_some_and(|windows| !windows.iter().any(within));
        let broken = [
            (Rule::Crosses4Kib, a.addr / 4096 != last / 4096),
            (Rule::Unaligned, a.addr % bus != 0),
            (Rule::BurstType, a.burst != 1),
            (Rule::BurstSize, a.size != u64::from(bus.ilog2())),
            (Rule::BurstLength, a.len >= longest),
            (Rule::UnknownId, !known),
            (Rule::OutsideWindow, outside),
        ];
        for (rule, _) in broken.into_iter().filter(|(_, broken)| *broken) {
            self.report(rule, format!("{channel} of {:#x} to {last:#x}: {a:x?}", a.addr));
        }
    }

    fn write_data(&mut self, now: Option<&(Vec<u64>, u64, bool)>, ready: bool) {
        let before = self.held.w.take();
        let new = self.offer("W", before.as_ref(), now);
        let Some((_, strobes, last)) = now else { return };
        if new && self.flight.writes.is_empty() {
            self.report(Rule::DataWithoutAddress, "W before or beyond AW".to_string());
        }
        let all = u64::MAX >> (64 - self.limits.bus_bytes);
        if new && *strobes != all {
            self.report(Rule::PartialStrobes, format!("W with strobes {strobes:#x}"));
        }
        if ready {
            self.take_beat(*last);
        } else {
            self.held.w = now.cloned();
        }
    }

    fn take_beat(&mut self, last: bool) {
        let Some(&beats) = self.flight.writes.front() else {
            self.flight.early.push(last);
            return;
        };
        self.flight.beat += 1;
        let (beat, ends) = (self.flight.beat, self.flight.beat == beats);
        match (last, ends) {
            (true, false) => {
                self.report(Rule::WlastEarly, format!("WLAST at beat {beat} of {beats}"));
            }
            (false, true) => {
                self.report(Rule::WlastMissing, format!("no WLAST at beat {beat} of {beats}"));
            }
            _ => {}
        }
        if ends {
            self.flight.beat = 0;
            self.flight.writes.pop_front();
            self.flight.complete += 1;
        }
    }

    fn read_data(&mut self, now: Option<&ReadBeat>, ready: bool) {
        let before = self.held.r.take();
        self.answer("R", before.as_ref(), now, ready);
        let Some(beat) = now else { return };
        let burst = self.flight.reads.iter().position(|(id, _)| *id == beat.id);
        if before.is_none() && burst.is_none() {
            self.report(Rule::UnexpectedAnswer, format!("R with ID {} for no AR", beat.id));
        }
        if !ready {
            self.held.r = Some(beat.clone());
            return;
        }
        let Some(i) = burst else { return };
        let left = &mut self.flight.reads[i].1;
        *left -= 1;
        let ends = *left == 0;
        if ends {
            self.flight.reads.remove(i);
        }
        if beat.last != ends {
            self.report(Rule::RlastMisplaced, format!("RLAST is {}", beat.last));
        }
    }

    fn write_answer(&mut self, now: Option<(u64, u8)>, ready: bool) {
        let before = self.held.b.take();
        self.answer("B", before.as_ref(), now.as_ref(), ready);
        self.held.b = now.filter(|_| !ready);
        let Some((id, _)) = now else { return };
        let burst = self.flight.answered_by(id);
        if before.is_none() && burst.is_none() {
            self.report(Rule::UnexpectedAnswer, format!("B with ID {id} for no complete write"));
        }
        if let Some(i) = burst.filter(|_| ready) {
            self.flight.unanswered.remove(i);
            self.flight.complete -= 1;
        }
    }

    fn answer<T: PartialEq>(
        &mut self,
        channel: &str,
        before: Option<&T>,
        now: Option<&T>,
        ready: bool,
    ) {
        if before.is_some() && before != now {
            self.report(Rule::AnswerChanged, format!("{channel} before it was taken"));
        }
        if now.is_some() && before.is_none() && !ready {
            self.report(Rule::NotReady, format!("{channel} is not taken at once"));
        }
    }

    fn interrupt(&mut self, sample: &Sample, irq: bool) {
        let offers = sample.ar.is_some() || sample.aw.is_some() || sample.w.is_some();
        let rises = irq && !self.irq && self.limits.quiet_at_interrupt;
        if rises && (offers || !self.flight.idle()) {
            let (reads, writes) = (self.flight.reads.len(), self.flight.unanswered.len());
            let what = format!("{reads} reads and {writes} writes in flight when irq rises");
            self.report(Rule::BusyAtInterrupt, what);
        }
        self.irq = irq;
    }
}

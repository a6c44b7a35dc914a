//! The AXI checker is itself checked: a clean trace has no violations, and for every rule a trace with
//! one planted bug is reported by that rule's name.

use seedbed_cosim::axi_checker::{AxiChecker, AxiLimits, BurstLimit, Rule};
use seedbed_cosim::memory::{Address, Drive, ReadBeat, Sample};

/// One cycle as the checker sees it.
#[derive(Clone, Default)]
struct Cycle {
    sample: Sample,
    drive: Drive,
    irq: bool,
}

/// 64-bit bus; ID 0 may have 2 bursts of 4 beats in flight, ID 1 one of 8; 2 writes of 4 beats.
fn limits() -> AxiLimits {
    let four = BurstLimit { beats: 4, outstanding: 2 };
    AxiLimits {
        bus_bytes: 8,
        reads: vec![four, BurstLimit { beats: 8, outstanding: 1 }],
        writes: four,
        quiet_at_interrupt: true,
        read_windows: Some(window(0, 0x8000)),
        write_windows: Some(window(0x4000, 0x6000)),
    }
}

/// One window.
fn window(start: u64, end: u64) -> Vec<std::ops::Range<u64>> {
    std::iter::once(start..end).collect()
}

fn burst(id: u64, addr: u64, len: u64) -> Option<Address> {
    Some(Address { id, addr, len, size: 3, burst: 1 })
}

fn idle() -> Cycle {
    let sample = Sample { r_ready: true, b_ready: true, ..Sample::default() };
    let drive = Drive { ar_ready: true, aw_ready: true, w_ready: true, ..Drive::default() };
    Cycle { sample, drive, irq: false }
}

fn ar(address: Option<Address>, ready: bool) -> Cycle {
    let mut cycle = idle();
    (cycle.sample.ar, cycle.drive.ar_ready) = (address, ready);
    cycle
}

fn aw(address: Option<Address>, ready: bool) -> Cycle {
    let mut cycle = idle();
    (cycle.sample.aw, cycle.drive.aw_ready) = (address, ready);
    cycle
}

fn w(data: u64, last: bool, ready: bool) -> Cycle {
    let mut cycle = idle();
    (cycle.sample.w, cycle.drive.w_ready) = (Some((vec![data], 0xff, last)), ready);
    cycle
}

fn r(id: u64, data: u64, last: bool) -> Cycle {
    let mut cycle = idle();
    cycle.drive.r = Some(ReadBeat { id, data: vec![data], resp: 0, last });
    cycle
}

fn b() -> Cycle {
    let mut cycle = idle();
    cycle.drive.b = Some((0, 0));
    cycle
}

/// Reads of two IDs answered out of order between them, a held AR, AW and W, an AW ahead of its data,
/// a burst up to a 4 KiB boundary, and an interrupt at the end.
fn clean() -> Vec<Cycle> {
    let irq = Cycle { irq: true, ..idle() };
    vec![
        ar(burst(0, 0xff0, 1), false), // 0
        ar(burst(0, 0xff0, 1), true),
        ar(burst(1, 0x1000, 7), true), // 2
        ar(burst(0, 0x2000, 0), true),
        r(0, 1, false), // 4
        r(0, 2, true),
        r(0, 3, true), // 6
        r(1, 4, false),
        r(1, 5, false), // 8
        r(1, 6, false),
        r(1, 7, false), // 10
        r(1, 8, false),
        r(1, 9, false), // 12
        r(1, 10, false),
        r(1, 11, true), // 14
        aw(burst(0, 0x4000, 1), false),
        aw(burst(0, 0x4000, 1), true), // 16
        w(1, false, false),
        w(1, false, true), // 18
        aw(burst(0, 0x4010, 0), true),
        w(2, true, true), // 20
        w(3, true, true),
        b(), // 22
        b(),
        irq.clone(), // 24
        irq,
    ]
}

fn violations(cycles: &[Cycle]) -> Vec<Rule> {
    let mut checker = AxiChecker::new(limits());
    for cycle in cycles {
        checker.clock(&cycle.sample, &cycle.drive, cycle.irq);
    }
    checker.violations().iter().map(|violation| violation.rule).collect()
}

/// The clean trace with one change must break exactly `rule`, once.
fn planted(rule: Rule, plant: impl FnOnce(&mut Vec<Cycle>)) {
    let mut cycles = clean();
    plant(&mut cycles);
    assert_eq!(violations(&cycles), [rule]);
}

/// The address that is offered in a cycle.
fn address(cycle: &mut Cycle) -> &mut Address {
    let address = cycle.sample.ar.as_mut().or(cycle.sample.aw.as_mut());
    address.expect("an address is offered")
}

#[test]
fn a_clean_trace_has_no_violations() {
    assert_eq!(violations(&clean()), []);
}

#[test]
fn withdrawn_valids() {
    planted(Rule::ValidDropped, |cycles| cycles.insert(1, idle()));
    planted(Rule::ValidDropped, |cycles| cycles.insert(18, idle()));
}

#[test]
fn payloads_that_change() {
    planted(Rule::PayloadChanged, |cycles| address(&mut cycles[1]).addr = 0xfe0);
    planted(Rule::PayloadChanged, |cycles| address(&mut cycles[16]).burst = 2);
    planted(Rule::PayloadChanged, |cycles| cycles[18] = w(7, false, true));
}

#[test]
fn bursts_across_4_kib() {
    planted(Rule::Crosses4Kib, |cycles| address(&mut cycles[2]).addr = 0x1fd0);
}

#[test]
fn addresses_that_are_not_aligned() {
    planted(Rule::Unaligned, |cycles| address(&mut cycles[3]).addr = 0x2004);
}

#[test]
fn bursts_of_other_kinds() {
    planted(Rule::BurstType, |cycles| address(&mut cycles[2]).burst = 0);
    planted(Rule::BurstSize, |cycles| address(&mut cycles[19]).size = 2);
}

#[test]
fn bursts_that_are_too_long() {
    let long = |cycles: &mut Vec<Cycle>| {
        address(&mut cycles[3]).len = 4;
        cycles.splice(6..7, [3, 3, 3, 3, 0].map(|more| r(0, 3, more == 0)));
    };
    planted(Rule::BurstLength, long);
}

#[test]
fn unknown_ids() {
    let unknown = |cycles: &mut Vec<Cycle>| {
        address(&mut cycles[3]).id = 2;
        cycles[6] = r(2, 3, true);
    };
    planted(Rule::UnknownId, unknown);
}

#[test]
fn addresses_outside_the_windows() {
    planted(Rule::OutsideWindow, |cycles| address(&mut cycles[3]).addr = 0x8000);
    planted(Rule::OutsideWindow, |cycles| address(&mut cycles[19]).addr = 0x6000);
}

#[test]
fn too_many_reads_in_flight() {
    let more = |cycles: &mut Vec<Cycle>| {
        cycles.insert(4, ar(burst(0, 0x3000, 0), true));
        cycles.insert(8, r(0, 3, true));
    };
    planted(Rule::ReadsOutstanding, more);
    let second = |cycles: &mut Vec<Cycle>| {
        cycles.insert(4, ar(burst(1, 0x3000, 0), true));
        cycles.insert(16, r(1, 3, true));
    };
    planted(Rule::ReadsOutstanding, second);
}

#[test]
fn too_many_writes_in_flight() {
    let more = |cycles: &mut Vec<Cycle>| {
        cycles.splice(22..22, [aw(burst(0, 0x5000, 0), true), w(4, true, true), b()]);
    };
    planted(Rule::WritesOutstanding, more);
}

#[test]
fn data_without_an_address() {
    // The beat counts as the first one of the next burst, so more is broken afterwards.
    for (at, early) in [(15, w(0, false, true)), (22, w(4, true, true))] {
        let mut cycles = clean();
        cycles.insert(at, early);
        assert_eq!(violations(&cycles)[0], Rule::DataWithoutAddress);
    }
}

#[test]
fn misplaced_wlast() {
    planted(Rule::WlastEarly, |cycles| {
        cycles[17] = w(1, true, false);
        cycles[18] = w(1, true, true);
    });
    planted(Rule::WlastMissing, |cycles| cycles[20] = w(2, false, true));
}

#[test]
fn beats_with_holes() {
    let partial = |cycles: &mut Vec<Cycle>| {
        cycles[20].sample.w = Some((vec![2], 0x7f, true));
    };
    planted(Rule::PartialStrobes, partial);
}

#[test]
fn answers_that_are_not_taken() {
    let refused = |cycle: Cycle| {
        let sample = Sample::default();
        Cycle { sample, ..cycle }
    };
    planted(Rule::NotReady, |cycles| cycles.insert(6, refused(cycles[6].clone())));
    planted(Rule::NotReady, |cycles| cycles.insert(22, refused(cycles[22].clone())));
}

#[test]
fn interrupts_while_something_is_in_flight() {
    planted(Rule::BusyAtInterrupt, |cycles| cycles.swap(23, 24));
    let reading = |cycles: &mut Vec<Cycle>| cycles[13].irq = true;
    planted(Rule::BusyAtInterrupt, reading);
}

#[test]
fn valids_in_reset() {
    for cycle in [ar(burst(0, 0, 0), true), aw(burst(0, 0x4000, 0), false), w(0, true, true)] {
        let mut checker = AxiChecker::new(limits());
        checker.clock_in_reset(&idle().sample);
        assert_eq!(checker.violations(), []);
        checker.clock_in_reset(&cycle.sample);
        assert_eq!(checker.violations()[0].rule, Rule::ValidInReset);
    }
}

#[test]
fn a_reset_forgets_what_was_in_flight() {
    let mut checker = AxiChecker::new(limits());
    for cycle in &clean()[..4] {
        checker.clock(&cycle.sample, &cycle.drive, false);
    }
    checker.clock_in_reset(&idle().sample);
    let irq = Cycle { irq: true, ..idle() };
    checker.clock(&irq.sample, &irq.drive, irq.irq);
    assert_eq!(checker.violations(), []);
}

#[test]
fn mistakes_of_the_memory() {
    let changed = |cycles: &mut Vec<Cycle>| {
        // The R beat is refused once, and comes back with other data.
        let mut refused = cycles[6].clone();
        refused.sample.r_ready = false;
        cycles.insert(6, refused);
        cycles[7] = r(0, 99, true);
    };
    let mut cycles = clean();
    changed(&mut cycles);
    assert_eq!(violations(&cycles), [Rule::NotReady, Rule::AnswerChanged]);
    planted(Rule::UnexpectedAnswer, |cycles| cycles.insert(7, r(0, 1, true)));
    planted(Rule::UnexpectedAnswer, |cycles| cycles.insert(19, b()));
    planted(Rule::RlastMisplaced, |cycles| cycles[5] = r(0, 2, false));
}

/// Every rule is planted above: the names in this file are those of the table.
#[test]
fn every_rule_is_planted() {
    let text = include_str!("axi_checker.rs");
    for rule in Rule::ALL {
        assert!(text.contains(&format!("Rule::{rule:?}")), "{rule:?} has no planted bug");
    }
}

#[test]
fn data_may_come_before_their_address() {
    let mut cycles = clean();
    // Both beats of the first burst before its address.
    let beats = [w(1, false, true), w(2, true, true)];
    let addresses = [aw(burst(0, 0x4000, 1), true), aw(burst(0, 0x4010, 0), true)];
    cycles.splice(15..21, beats.into_iter().chain(addresses));
    let others: Vec<Rule> =
        violations(&cycles).into_iter().filter(|r| *r != Rule::DataWithoutAddress).collect();
    assert_eq!(others, []);
}

#[test]
fn answers_belong_to_a_complete_write() {
    // Before the last beat.
    planted(Rule::UnexpectedAnswer, |cycles| cycles[18].drive.b = Some((0, 0)));
    // With another ID; the burst stays without an answer.
    let mut cycles = clean();
    cycles[22].drive.b = Some((1, 0));
    assert_eq!(violations(&cycles), [Rule::UnexpectedAnswer, Rule::BusyAtInterrupt]);
}

#[test]
fn each_rule_is_reported_however_often_others_are_broken() {
    let mut checker = AxiChecker::new(limits());
    for _ in 0..300 {
        for cycle in [ar(burst(0, 0x2004, 0), true), r(0, 1, true)] {
            checker.clock(&cycle.sample, &cycle.drive, false);
        }
    }
    let crossing = ar(burst(0, 0xff8, 3), true);
    checker.clock(&crossing.sample, &crossing.drive, false);
    assert_eq!(checker.violations().len(), 101);
    assert_eq!(checker.violations()[100].rule, Rule::Crosses4Kib);
}

#[test]
fn the_last_beat_of_all_addresses_can_be_read() {
    let mut checker = AxiChecker::new(AxiLimits::axi4(8, 1));
    let last = ar(burst(0, u64::MAX - 7, 0), true);
    checker.clock(&last.sample, &last.drive, false);
    assert_eq!(checker.violations(), []);
    let beyond = ar(burst(0, u64::MAX - 7, 1), true);
    checker.clock(&beyond.sample, &beyond.drive, false);
    assert_eq!(checker.violations()[0].rule, Rule::Crosses4Kib);
}

#[test]
fn a_bus_that_axi_does_not_have_is_refused() {
    for bytes in [0, 3, 128] {
        let refused = std::panic::catch_unwind(|| AxiChecker::new(AxiLimits::axi4(bytes, 1)));
        let text = refused.err().expect("no such bus").downcast::<String>().expect("a message");
        assert_eq!(*text, format!("a bus has 1, 2, 4, ... or 64 bytes, not {bytes}"));
    }
}

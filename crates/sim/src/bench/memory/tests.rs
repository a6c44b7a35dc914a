//! The memory on its own.

use super::*;

fn burst(id: u64, addr: u64, len: u64) -> Option<Address> {
    Some(Address { id, addr, len, size: 3, burst: 1 })
}

fn read(addr: u64, len: u64) -> Sample {
    Sample { ar: burst(1, addr, len), r_ready: true, ..Sample::default() }
}

#[test]
fn the_first_beat_comes_after_the_latency() {
    let mut m = ExternalMemory::new(64, 8, MemoryTiming { latency: 5, ..MemoryTiming::default() });
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
    assert_eq!((m.contents.take(8, &[1], 0xff), m.bytes()[8]), (SLVERR, 9));
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

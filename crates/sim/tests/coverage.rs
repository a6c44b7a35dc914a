//! Toggle and point coverage: what is counted, merged, judged and shown.

use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::{Coverage, MergeError, Simulator, Thresholds};

/// An 80-bit accumulator.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Accumulator;

impl Module for Accumulator {
    type Io<'m> = (Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        "accumulator".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> (Sig<'m>, Sig<'m>) {
        (p.input("add", uint(80)), p.output("sum", uint(80)))
    }

    fn build<'m>(&self, m: &'m Scope, (add, out): (Sig<'m>, Sig<'m>)) {
        let sum = m.reg("sum_q", uint(80), 0);
        sum.set(sum.wrapping_add(add));
        m.cover("overflow", sum.bit(79) & add.bit(79));
        m.cover("idle", add.eq(0));
        out.set(sum);
    }
}

/// The accumulator behind a switch, and a constant that cannot be covered.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Top;

impl Module for Top {
    type Io<'m> = (Sig<'m>, Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        "top".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        (p.input("on", bit()), p.input("add", uint(80)), p.output("sum", uint(80)))
    }

    fn build<'m>(&self, m: &'m Scope, (on, add, out): Self::Io<'m>) {
        let (a, sum) = m.inst("u_acc", &Accumulator);
        a.set(m.mux(on, add, m.zero(uint(80))));
        m.wire("version", uint(4)).set(5);
        m.wire("seven", uint(4)).set(m.lit(3, uint(3)) + m.lit(4, uint(3)));
        m.wire("on_wide", uint(12)).set(on.extend(12));
        m.wire("add_wide", uint(200)).set(add.extend(200));
        out.set(sum);
    }
}

/// Two cycles with each of `adds`.
fn run(adds: &[&[u64]]) -> Coverage {
    let design = elaborate(&Top, &Settings::default()).expect("sound modules");
    let mut sim = Simulator::new(&design);
    sim.collect_coverage();
    let [rst_n, on, add] = ["rst_n", "on", "add"].map(|n| sim.input(n).expect("an input"));
    sim.set(rst_n, 1);
    sim.set(on, 1);
    for limbs in adds {
        sim.set_limbs(add, limbs);
        sim.tick();
        sim.tick();
    }
    sim.coverage()
}

#[test]
fn every_bit_counts_in_both_directions() {
    let covered = run(&[&[1], &[0]]);
    let sum = &covered.signals["sum"];
    // 0, 1, 2, 2: bit 0 rose and fell, bit 1 rose.
    assert_eq!((&sum.rose[..], &sum.fell[..]), (&[3, 0][..], &[1, 0][..]));
    assert_eq!(covered.signals["on"].rose, [1]);
    assert_eq!(covered.signals["on"].fell, [0]);
    assert_eq!(covered.points["u_acc.idle"], 2);
    assert_eq!(covered.points["u_acc.overflow"], 0);
}

#[test]
fn names_of_one_value_count_once_and_constants_not_at_all() {
    let covered = run(&[&[1]]);
    let paths: Vec<&str> = covered.signals.keys().map(String::as_str).collect();
    // `sum` is also `u_acc.sum` and `u_acc.sum_q`, `on_wide` is `on` below constants.
    assert_eq!(paths, ["add", "add_wide", "on", "rst_n", "sum", "u_acc.add"]);
    assert_eq!(covered.signals["add_wide"].width, 80);
}

#[test]
fn runs_merge_and_the_rest_is_named() {
    let top = [0, 1 << 15];
    let mut all = run(&[&[1], &[0]]);
    all.merge(&run(&[&top, &[0]])).expect("runs of one design");
    assert_eq!(all.points["u_acc.idle"], 4);
    assert_eq!(all.points["u_acc.overflow"], 1);
    let summary = all.summary();
    assert!(summary.unreached.is_empty());
    assert_eq!(summary.points.percent(), 100.0);
    let text = summary.to_string();
    assert!(text.contains("sum: bits 2-78 never rose, bits 1-78 never fell"), "{text}");
    assert!(text.contains("on: bits 0 never fell"), "{text}");
    assert!(text.contains("  u_acc: "), "{text}");
    let enough = Thresholds { toggles: 2.0, points: 100.0 };
    assert!(all.check(enough).is_ok());
    let short = all.check(Thresholds { toggles: 50.0, ..enough }).expect_err("too few toggles");
    assert_eq!(*short, summary);
}

#[test]
fn merging_is_the_same_in_any_order_and_twice() {
    let (a, b) = (run(&[&[7], &[0]]), run(&[&[u64::MAX, 0xff], &[9]]));
    let merged = |first: &Coverage, second: &Coverage| {
        let mut all = first.clone();
        all.merge(second).expect("runs of one design");
        all
    };
    assert_eq!(merged(&a, &b), merged(&b, &a));
    assert_eq!(merged(&merged(&a, &b), &b).signals, merged(&a, &b).signals);
    assert_ne!(merged(&a, &b).signals, a.signals);
}

#[test]
fn coverage_goes_through_a_file() {
    let covered = run(&[&[u64::MAX, 3], &[0]]);
    let text = serde_json::to_string(&covered).expect("plain data");
    assert_eq!(serde_json::from_str::<Coverage>(&text).expect("what was written"), covered);
    let summary = serde_json::to_value(covered.summary()).expect("plain data");
    assert_eq!(summary["unreached"][0], "u_acc.overflow");
    assert_eq!(summary["signals"]["on"]["never_fell"][0], 0);
}

#[test]
fn other_designs_are_refused() {
    let (mut a, mut b) = (run(&[&[1]]), run(&[&[1]]));
    b.signals.get_mut("sum").expect("a signal").width = 70;
    let before = a.clone();
    let error = a.merge(&b).expect_err("another width");
    // The list of changes has two elements for either width.
    assert!(error.to_string().starts_with("`sum` has 80 bits in one run and 70 in the other"));
    assert_eq!(a, before);
    for points in [false, true] {
        let mut b = run(&[&[1]]);
        match points {
            true => drop(b.points.remove("u_acc.idle")),
            false => drop(b.signals.remove("on")),
        }
        for (mut one, other) in [(a.clone(), &b), (b.clone(), &a)] {
            assert!(matches!(one.merge(other), Err(MergeError::Missing { .. })));
        }
    }
    let mut b = run(&[&[1]]);
    b.signals.get_mut("sum").expect("a signal").rose.pop();
    assert_eq!(a.merge(&b), Err(MergeError::Damaged { path: "sum".into() }));
    assert_eq!(a, before);
    let mut none = Coverage::default();
    none.merge(&a).expect("nothing yet");
    assert_eq!(none, a);
}

#[test]
fn without_collection_only_points_are_known() {
    let design = elaborate(&Top, &Settings::default()).expect("sound modules");
    let mut sim = Simulator::new(&design);
    sim.tick();
    let covered = sim.coverage();
    assert!(covered.signals.is_empty());
    assert_eq!(covered.points.len(), 2);
    let all = Thresholds { toggles: 100.0, points: 0.0 };
    let summary = covered.check(all).expect_err("nothing was collected");
    assert!(summary.to_string().contains("toggles       nothing to measure"), "{summary}");
    covered.check(Thresholds { toggles: 0.0, ..all }).expect("nothing was asked");
    let none = Coverage::default();
    none.check(Thresholds { toggles: 0.0, points: 100.0 }).expect_err("no cover points");
}

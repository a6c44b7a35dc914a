//! Benches: order of tasks, waiting, agents, scoreboards, and how each failure is reported.

use seedbed_hdl::{
    bit, elaborate, uint, Design, Module, Ports, ResetKind, Scope, Settings, Sig, Stream,
};
use seedbed_sim::bench::{
    Bench, BenchError, Rng, Scoreboard, Stall, StreamMonitor, StreamSink, StreamSource,
};
use seedbed_sim::{Bits, SimOptions, Simulator};
use std::cell::RefCell;
use std::rc::Rc;

/// Adds one to each item of a stream, in one register.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Increment {
    flaw: Flaw,
}

/// What is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Flaw {
    None,
    /// It takes an item while it still holds the last, and loses it.
    Loses,
    /// It takes an item while it still holds the last, and offers the new one.
    Overwrites,
    /// It withdraws an item that is not taken at once, and offers it again.
    Withdraws,
}

struct IncrementIo<'m> {
    input: Stream<'m>,
    output: Stream<'m>,
    count: Sig<'m>,
}

impl Module for Increment {
    type Io<'m> = IncrementIo<'m>;

    fn name(&self) -> String {
        "increment".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> IncrementIo<'m> {
        IncrementIo {
            input: p.sink("in", uint(80)),
            output: p.source("out", uint(80)),
            count: p.output("count", uint(16)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: IncrementIo<'m>) {
        let valid = m.reg("valid_q", bit(), 0);
        let data = m.reg_no_reset("data_q", uint(80));
        let count = m.reg("count_q", uint(16), 0);
        let shown = m.reg("shown_q", bit(), 0);
        shown.set(valid & !shown & !io.output.ready);
        let hides = if self.flaw == Flaw::Withdraws { shown } else { m.low() };
        let offered = valid & !hides;
        let taken = offered & io.output.ready;
        let free = !valid | taken;
        let careless = matches!(self.flaw, Flaw::Loses | Flaw::Overwrites);
        io.input.ready.set(if careless { m.high() } else { free });
        m.when(taken, || valid.set(m.low()));
        m.when(io.input.fire(), || {
            valid.set(m.high());
            let load = if self.flaw == Flaw::Loses { free } else { m.high() };
            m.when(load, || data.set(io.input.data.wrapping_add(1)));
            count.set(count.wrapping_add(1));
        });
        io.output.valid.set(offered);
        io.output.data.set(data);
        io.count.set(count);
        m.assert("few", count.lt(1000)).message("more than 999 items");
    }
}

fn design(flaw: Flaw, reset: ResetKind) -> Design {
    elaborate(&Increment { flaw }, &Settings { reset, ..Settings::default() })
        .expect("a sound module")
}

fn bench() -> Bench {
    Bench::new(&design(Flaw::None, ResetKind::AsyncLow))
}

/// Sends 100 items through the design under stalls; the cycles it took.
fn transport(flaw: Flaw, source: Stall, sink: Stall) -> Result<u64, BenchError> {
    let mut bench = Bench::new(&design(flaw, ResetKind::SyncLow));
    let source = StreamSource::new(&mut bench, "in", source);
    let sink = StreamSink::new(&mut bench, "out", sink);
    let board = Scoreboard::new(&bench, "items");
    for i in 0..100 {
        source.push(i);
        board.expect(Bits::from_u64(80, i + 1));
    }
    let seen = board.clone();
    StreamMonitor::start(&mut bench, "out", move |item| seen.observe(item));
    bench.spawn("send", |t| async move { source.drained(&t).await });
    bench.spawn("receive", |t| async move {
        for _ in 0..100 {
            sink.receive(&t).await;
        }
    });
    bench.run(2000)?;
    let cycles = bench.cycle();
    assert_eq!(board.matched(), 100);
    bench.finish().map(|_| cycles)
}

#[test]
fn streams_run_at_full_speed_and_under_stalls() {
    let full = transport(Flaw::None, Stall::none(), Stall::none()).expect("a sound design");
    // Two cycles of reset, one of latency, and item 99 ends at edge 102.
    assert_eq!(full, 102);
    for seed in 0..10 {
        let (a, b) = (Stall::random(40, seed), Stall::random(60, seed + 100));
        let cycles = transport(Flaw::None, a.clone(), b.clone()).expect("a sound design");
        assert!(cycles > 200, "{cycles}");
        assert_eq!(transport(Flaw::None, a, b).expect("a sound design"), cycles, "it repeats");
    }
}

#[test]
fn a_lost_item_is_reported_by_the_scoreboard() {
    let error =
        transport(Flaw::Loses, Stall::none(), Stall::random(30, 1)).expect_err("a lost item");
    let text = error.to_string();
    assert!(text.contains(": scoreboard `items`: item "), "{text}");
    assert!(text.contains(", expected "), "{text}");
}

#[test]
fn an_offer_that_does_not_stay_is_reported() {
    let run = |flaw| transport(flaw, Stall::none(), Stall::random(30, 1)).expect_err("a flaw");
    let text = run(Flaw::Overwrites).to_string();
    assert!(text.contains(": stream `out`: 80'h"), "{text}");
    assert!(text.contains("before it was taken; data stay until ready"), "{text}");
    let text = run(Flaw::Withdraws).to_string();
    assert!(text.contains(": stream `out`: valid went low before 80'h"), "{text}");
    // The sink alone sees it too.
    let mut bench = Bench::new(&design(Flaw::Withdraws, ResetKind::AsyncLow));
    let source = StreamSource::new(&mut bench, "in", Stall::none());
    let _sink = StreamSink::new(&mut bench, "out", Stall::random(100, 1));
    source.push(1);
    assert!(matches!(bench.run_for(10), Err(BenchError::Mistakes(_))));
}

#[test]
fn a_reset_may_end_an_offer() {
    let mut bench = bench();
    let source = StreamSource::new(&mut bench, "in", Stall::none());
    let _sink = StreamSink::new(&mut bench, "out", Stall::random(100, 1));
    source.push(1);
    bench.run_for(10).expect("an offer that stays");
    assert!(bench.is_high("out_valid"));
    bench.set("rst_n", 0);
    bench.run_for(5).expect("a reset");
    assert!(!bench.is_high("out_valid"));
}

#[test]
fn a_synchronous_reset_of_one_cycle_may_end_an_offer() {
    let mut bench = Bench::new(&design(Flaw::None, ResetKind::SyncLow));
    let source = StreamSource::new(&mut bench, "in", Stall::none());
    let _sink = StreamSink::new(&mut bench, "out", Stall::random(100, 1));
    source.push(1);
    bench.run_for(10).expect("an offer that stays");
    bench.set("rst_n", 0);
    bench.run_for(1).expect("a reset");
    bench.set("rst_n", 1);
    bench.run_for(5).expect("no offer");
    assert!(!bench.is_high("out_valid"));
}

#[test]
#[should_panic(expected = "64'h00000000000001ff does not fit stream `in`, which has 8 bits")]
fn an_item_too_wide_for_its_stream_is_refused() {
    let mut bench = Bench::new(&elaborate(&Narrow, &Settings::default()).expect("a sound module"));
    let source = StreamSource::new(&mut bench, "in", Stall::none());
    source.push_bits(Bits::from_u64(100, 0xff));
    source.push(0x1ff);
}

/// A wire of 8 bits between two streams.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Narrow;

impl Module for Narrow {
    type Io<'m> = (Stream<'m>, Stream<'m>);

    fn name(&self) -> String {
        "narrow".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        (p.sink("in", uint(8)), p.source("out", uint(8)))
    }

    fn build<'m>(&self, _: &'m Scope, (from, to): Self::Io<'m>) {
        to.connect(from);
    }
}

#[test]
fn two_tasks_that_set_an_input_apart_are_reported() {
    let clash = |values: [u64; 2]| {
        let mut bench = bench();
        for (name, value) in ["first", "second"].into_iter().zip(values) {
            bench.spawn(name, move |t| async move {
                t.tick().await;
                t.set("in_data", value);
            });
        }
        bench.run(10)
    };
    let error = clash([1, 2]).expect_err("the order of the tasks decides");
    let text = "cycle 2: two tasks set `in_data` to different values";
    assert_eq!(error, BenchError::Mistakes(vec![text.into()]));
    clash([3, 3]).expect("no order decides");
}

#[test]
fn tasks_in_order_may_set_one_input() {
    let mut bench = bench();
    let values = bench.spawn("parent", |t| async move {
        t.set("in_data", 1);
        let child = t.spawn("child", |t| async move {
            t.set("in_data", 2);
            t.tick().await;
            let seen = t.get("in_data");
            t.set("in_data", 3);
            seen
        });
        let first = child.await;
        t.set("in_data", 4);
        t.tick().await;
        (first, t.get("in_data"))
    });
    bench.run(10).expect("an order by waiting");
    assert_eq!(values.take(), Some((2, 4)));
}

#[test]
fn the_last_cycle_is_checked_at_the_end() {
    let mut bench = bench();
    let source = StreamSource::new(&mut bench, "in", Stall::none());
    let _sink = StreamSink::new(&mut bench, "out", Stall::none());
    (0..1000).for_each(|i| source.push(i));
    bench.spawn("send", |t| async move {
        t.until("the count that the assertion refuses", |pins| pins.get("count") == 1000).await;
    });
    bench.run(2000).expect("no edge at which it was seen");
    let cycle = bench.cycle();
    match bench.finish().err().expect("the assertion") {
        BenchError::Properties(found) => {
            assert_eq!((found.len(), found[0].cycle, &*found[0].path), (1, cycle, "few"));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_run_needs_a_task_to_wait_for() {
    let mut bench = bench();
    let _sink = StreamSink::new(&mut bench, "out", Stall::none());
    let error = bench.run(1000).expect_err("only a task in the background");
    assert_eq!(error.to_string(), "there is no task to wait for; spawn one, or call `run_for`");
    // One that ends at once is a task.
    bench.spawn("short", |_| async {});
    bench.run(u64::MAX).expect("an end");
    assert_eq!(bench.run(1), Err(BenchError::NoTask));
}

/// Starts a task.
type Start = Box<dyn FnOnce(&mut Bench)>;

#[test]
fn tasks_see_values_of_before_the_edge_in_any_order() {
    for swapped in [false, true] {
        let mut bench = bench();
        let log = Rc::new(RefCell::new(Vec::new()));
        let seen = log.clone();
        let mut tasks: Vec<Start> = vec![
            Box::new(|b| {
                b.spawn("drive", |t| async move {
                    t.set("out_ready", 1);
                    for i in 0..3 {
                        t.set("in_valid", 1);
                        t.set("in_data", i);
                        t.tick().await;
                    }
                    t.set("in_valid", 0);
                    t.ticks(2).await;
                });
            }),
            Box::new(|b| {
                b.spawn("watch", |t| async move {
                    for _ in 0..5 {
                        seen.borrow_mut().push((t.get("in_valid"), t.get("count"), t.cycle()));
                        t.tick().await;
                    }
                });
            }),
        ];
        if swapped {
            tasks.reverse();
        }
        tasks.into_iter().for_each(|start| start(&mut bench));
        bench.run(20).expect("an end");
        assert_eq!(*log.borrow(), [(0, 0, 1), (1, 0, 2), (1, 1, 3), (1, 2, 4), (0, 3, 5)]);
    }
}

#[test]
fn a_timeout_names_what_waits() {
    let mut bench = bench();
    bench.background("idle", |t| async move { t.until_high("out_valid").await });
    let never = bench.spawn("receiver", |t| async move { t.until_high("out_valid").await });
    bench.spawn("parent", |t| async move {
        t.ticks(3).await;
        never.await
    });
    let error = bench.run(10).expect_err("nothing comes");
    let lines = [
        "timeout at cycle 11",
        "  task `receiver` waits for `out_valid` since cycle 1",
        "  task `parent` waits for the end of task `receiver` since cycle 4",
    ];
    assert_eq!(error.to_string(), lines.join("\n"));
}

#[test]
fn tasks_fork_and_join_at_one_edge() {
    let mut bench = bench();
    let total = bench.spawn("parent", |t| async move {
        // The children were started in the opposite order of their ends.
        let children: Vec<_> = (0..3u64)
            .map(|i| {
                t.spawn(format!("child {i}"), move |t| async move {
                    t.ticks(5 - i).await;
                    i
                })
            })
            .collect();
        let mut total = 0;
        for child in children {
            total += child.await;
        }
        (total, t.cycle())
    });
    bench.run(20).expect("an end");
    assert_eq!(total.take(), Some((3, 6)));
}

#[test]
fn waiting_can_give_up() {
    let mut bench = bench();
    let result = bench.spawn("patient", |t| async move {
        let never = t.within(4, |pins| pins.is_high("out_valid")).await;
        let soon = t.within(4, |pins| pins.cycle() == 7).await;
        (never, soon, t.cycle())
    });
    bench.run(20).expect("an end");
    assert_eq!(result.take(), Some((false, true, 7)));
}

#[test]
fn a_failing_property_stops_the_bench() {
    let mut bench = bench();
    let source = StreamSource::new(&mut bench, "in", Stall::none());
    let _sink = StreamSink::new(&mut bench, "out", Stall::none());
    (0..1100).for_each(|i| source.push(i));
    bench.spawn("send", |t| async move { source.drained(&t).await });
    let error = bench.run(5000).expect_err("the assertion");
    let text = error.to_string();
    assert!(text.starts_with("cycle 1002: assertion `few` failed: more than 999 items"), "{text}");
    // It was reported; what comes is news.
    assert!(matches!(bench.run(1), Err(BenchError::Properties(found)) if found.len() == 1));
}

#[test]
fn what_never_came_is_reported_at_the_end() {
    let mut bench = bench();
    let board = Scoreboard::new(&bench, "words");
    board.expect(0xabu64);
    bench.run_for(5).expect("no mistake so far");
    let error = bench.finish().err().expect("an item is missing");
    assert_eq!(error.to_string(), "scoreboard `words`: 1 items never came, the first is ab");
}

#[test]
fn a_task_can_fail_and_peek() {
    let mut bench = bench();
    bench.spawn("judge", |t| async move {
        t.ticks(2).await;
        let inside = t.peek("count_q").map(|b| b.to_u64());
        t.fail(format!("inside is {inside:?}"));
        t.ticks(100).await;
    });
    let error = bench.run(1000).expect_err("the judge");
    assert_eq!(error, BenchError::Mistakes(vec!["cycle 3: inside is Some(0)".into()]));
}

#[test]
#[should_panic(expected = "the design has no port `in_vaild`; it has clk, count, in_data, ")]
fn a_wrong_name_lists_the_right_ones() {
    bench().set("in_vaild", 1);
}

#[test]
#[should_panic(expected = "`count` is an output; only inputs can be set")]
fn an_output_cannot_be_set() {
    bench().set("count", 1);
}

#[test]
fn a_random_range_may_be_everything() {
    let mut random = Rng::new(1);
    let numbers: Vec<u64> = (0..4).map(|_| random.range(0, u64::MAX)).collect();
    assert!(numbers.iter().any(|n| *n > u64::MAX / 2), "{numbers:x?}");
    assert_eq!(random.range(5, 5), 5);
}

#[test]
fn a_failure_names_its_lane() {
    let options = SimOptions { lanes: 2, ..SimOptions::default() };
    let design = design(Flaw::None, ResetKind::AsyncLow);
    let mut sim = Simulator::with(&design, &options).expect("a simulator");
    let input = |sim: &Simulator, name| sim.input(name).expect("an input");
    sim.tick();
    sim.set(input(&sim, "rst_n"), 1);
    sim.set(input(&sim, "out_ready"), 1);
    sim.set_lane(input(&sim, "in_valid"), 1, 1);
    (0..1001).for_each(|_| sim.tick());
    let [failure] = sim.failures() else { panic!("{:?}", sim.failures()) };
    assert_eq!((failure.lane, failure.cycle), (1, 1001));
    assert!(failure.to_string().starts_with("cycle 1001, lane 1: assertion `few` failed"));
}

/// The part in a domain whose reset comes through a wire.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct BehindWire;

impl Module for BehindWire {
    type Io<'m> = IncrementIo<'m>;

    fn name(&self) -> String {
        "behind_wire".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> IncrementIo<'m> {
        Increment { flaw: Flaw::None }.io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: IncrementIo<'m>) {
        let reset = m.wire("reset", bit());
        reset.set(m.domain().reset_signal());
        let domain = m.domain().with_reset(reset, ResetKind::SyncHigh);
        let inner = m.within(domain, || m.inst("u_inner", &Increment { flaw: Flaw::None }));
        inner.input.connect(io.input);
        io.output.connect(inner.output);
        io.count.set(inner.count);
    }
}

#[test]
fn a_reset_behind_a_wire_ends() {
    let settings = Settings { reset: ResetKind::SyncHigh, ..Settings::default() };
    let mut bench = Bench::new(&elaborate(&BehindWire, &settings).expect("a sound module"));
    let source = StreamSource::new(&mut bench, "in", Stall::none());
    let sink = StreamSink::new(&mut bench, "out", Stall::none());
    source.push(7);
    bench.spawn("receive", move |t| async move { sink.receive(&t).await });
    bench.run(20).expect("an item");
    assert_eq!(bench.get("count"), 1);
}

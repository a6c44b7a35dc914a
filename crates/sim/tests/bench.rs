//! Benches: order of tasks, waiting, agents, scoreboards, and how each failure is reported.

use seedbed_hdl::{
    bit, elaborate, uint, Design, Module, Ports, ResetKind, Scope, Settings, Sig, Stream,
};
use seedbed_sim::bench::{
    Bench, BenchError, Scoreboard, Stall, StreamMonitor, StreamSink, StreamSource,
};
use seedbed_sim::Bits;
use std::cell::RefCell;
use std::rc::Rc;

/// Adds one to each item of a stream, in one register.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Increment {
    /// Loses an item now and then: it takes one while it still holds the last.
    careless: bool,
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
        let free = if self.careless { m.high() } else { !valid | io.output.ready };
        io.input.ready.set(free);
        m.when(io.output.ready, || valid.set(m.low()));
        m.when(io.input.fire(), || {
            valid.set(m.high());
            data.set(io.input.data.wrapping_add(1));
            count.set(count.wrapping_add(1));
        });
        io.output.valid.set(valid);
        io.output.data.set(data);
        io.count.set(count);
        m.assert("few", count.lt(1000)).message("more than 999 items");
    }
}

fn design(careless: bool, reset: ResetKind) -> Design {
    elaborate(&Increment { careless }, &Settings { reset, ..Settings::default() })
        .expect("a sound module")
}

fn bench() -> Bench {
    Bench::new(&design(false, ResetKind::AsyncLow))
}

/// Sends 100 items through the design under stalls; the cycles it took.
fn transport(careless: bool, source: Stall, sink: Stall) -> Result<u64, BenchError> {
    let mut bench = Bench::new(&design(careless, ResetKind::SyncLow));
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
    let full = transport(false, Stall::none(), Stall::none()).expect("a sound design");
    // Two cycles of reset, one of latency, and item 99 ends at edge 102.
    assert_eq!(full, 102);
    for seed in 0..10 {
        let (a, b) = (Stall::random(40, seed), Stall::random(60, seed + 100));
        let cycles = transport(false, a.clone(), b.clone()).expect("a sound design");
        assert!(cycles > 200, "{cycles}");
        assert_eq!(transport(false, a, b).expect("a sound design"), cycles, "it repeats");
    }
}

#[test]
fn a_lost_item_is_reported_by_the_scoreboard() {
    let error = transport(true, Stall::none(), Stall::random(30, 1)).expect_err("a lost item");
    let text = error.to_string();
    assert!(text.contains(": scoreboard `items`: item "), "{text}");
    assert!(text.contains(", expected "), "{text}");
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

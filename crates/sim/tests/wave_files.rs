//! FST and VCD files of one run, read by another project's reader.

use seedbed_hdl::{bit, elaborate, uint, Bits, Design, Module, Ports, Scope, Settings, Sig};
use seedbed_ir::Entity;
use seedbed_sim::bench::{Bench, Scoreboard};
use seedbed_sim::Simulator;
use std::path::Path;
use wellen::simple::Waveform;

const FILES: [&str; 2] = ["run.fst", "run.vcd"];

/// A counter of 3 bits whose first three values have names, and a wide register.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Counter;

impl Module for Counter {
    type Io<'m> = (Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        "counter".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        (p.input("en", bit()), p.output("count", uint(3)))
    }

    fn build<'m>(&self, m: &'m Scope, (en, out): Self::Io<'m>) {
        let count = m.reg("count_q", uint(3), 0);
        m.when(en, || count.set(count.wrapping_add(1)));
        let wide = m.reg("wide_q", uint(70), 1);
        wide.set(wide.shl_const(1).trunc(70));
        out.set(count);
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Top;

impl Module for Top {
    type Io<'m> = (Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        "top".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        Counter.io(p)
    }

    fn build<'m>(&self, m: &'m Scope, (en, out): Self::Io<'m>) {
        let (child_en, count) = m.inst("u_counter", &Counter);
        child_en.set(en);
        out.set(count);
    }
}

/// The design, its counter with names for three values.
fn design() -> Design {
    let mut design = elaborate(&Top, &Settings::default()).expect("sound modules");
    let child = &mut design.modules[Entity::new(0)];
    let named = |(i, name): (usize, &&str)| (name.to_string(), Bits::from_u64(3, i as u64));
    let variants = ["IDLE", "RUN", "DONE"].iter().enumerate().map(named).collect();
    let at = child.regs[Entity::new(0)].at;
    let list =
        child.enums.push(seedbed_ir::Enum { name: "phase".into(), ty: uint(3), variants, at });
    child.regs[Entity::new(0)].labels = Some(list);
    design
}

fn trace(path: &Path) {
    run(path).finish_trace().expect("a written file");
}

/// A run of 80 edges whose trace is open.
fn run(path: &Path) -> Simulator {
    let mut sim = Simulator::new(&design());
    sim.trace_file(path).expect("a writable file");
    for cycle in 0..80 {
        sim.set(sim.input("rst_n").expect("an input"), u64::from(cycle >= 2));
        sim.set(sim.input("en").expect("an input"), u64::from(cycle % 3 != 0));
        sim.tick();
    }
    sim
}

/// Value of a signal, in binary or as text, at each start of a cycle.
fn values(waves: &mut Waveform, path: &[&str], name: &str) -> Vec<String> {
    let hierarchy = waves.hierarchy();
    let var = hierarchy.lookup_var(path, name).unwrap_or_else(|| panic!("no `{name}`"));
    let signal_ref = hierarchy[var].signal_ref();
    waves.load_signals(&[signal_ref]);
    let times = waves.time_table().to_vec();
    let signal = waves.get_signal(signal_ref).expect("loaded");
    let at = |i: usize| {
        let offset = signal.get_offset(i as u32).expect("a value");
        signal.get_value_at(&offset, 0).to_string()
    };
    times.iter().enumerate().filter(|(_, time)| *time % 10 == 0).map(|(i, _)| at(i)).collect()
}

#[test]
fn both_formats_hold_the_same_values() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let [mut fst, mut vcd] = FILES.map(|name| {
        trace(&dir.path().join(name));
        wellen::simple::read(dir.path().join(name)).expect("a readable file")
    });
    let inner = ["top", "u_counter"];
    for (path, name) in [
        (&["top"][..], "clk"),
        (&["top"], "rst_n"),
        (&["top"], "count"),
        (&inner, "en"),
        (&inner, "count_q"),
        (&inner, "wide_q"),
    ] {
        let (a, b) = (values(&mut fst, path, name), values(&mut vcd, path, name));
        assert_eq!((a.len(), &a), (82, &b), "{name}");
    }
    let count = values(&mut fst, &inner, "count_q");
    assert_eq!(count[..8], ["000", "000", "000", "001", "001", "010", "011", "011"]);
    let wide = values(&mut fst, &inner, "wide_q");
    assert_eq!(wide[69 + 2].find('1'), Some(0), "bit 69 of 70");
}

#[test]
fn values_show_by_name() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let [mut fst, mut vcd] = FILES.map(|name| {
        trace(&dir.path().join(name));
        wellen::simple::read(dir.path().join(name)).expect("a readable file")
    });
    let inner = ["top", "u_counter"];
    let text = values(&mut vcd, &inner, "count_q_label");
    assert_eq!(text[2..8], ["IDLE", "RUN", "RUN", "DONE", "?", "?"]);
    let codes = values(&mut fst, &inner, "count_q_label");
    let letters = |bits: &String| -> String {
        let byte = |chunk: &[u8]| chunk.iter().fold(0, |b, d| b << 1 | (d - b'0'));
        bits.as_bytes().chunks(8).map(|c| byte(c) as char).collect()
    };
    let decoded: Vec<String> = codes.iter().map(|c| letters(c).trim().to_string()).collect();
    assert_eq!(decoded, text);
}

#[test]
fn a_simulator_that_is_dropped_leaves_its_waves() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for name in FILES {
        let [ended, dropped] =
            ["ended", "dropped"].map(|how| dir.path().join(format!("{how}_{name}")));
        trace(&ended);
        drop(run(&dropped));
        let [ended, dropped] = [ended, dropped].map(|path| std::fs::read(path).expect("a file"));
        assert!(ended == dropped, "{name}: {} and {} bytes", ended.len(), dropped.len());
    }
}

/// A bench with a scoreboard that traces to a file.
fn bench(path: &Path) -> (Bench, Scoreboard<u64>) {
    let design = design();
    let mut sim = Simulator::new(&design);
    sim.trace_file(path).expect("a writable file");
    let bench = Bench::around(sim, &design);
    bench.set("en", 1);
    let board = Scoreboard::new(&bench, "counts");
    (bench, board)
}

/// The last value of the counter in a file.
fn last_count(path: &Path) -> u64 {
    let mut waves = wellen::simple::read(path).expect("a readable file");
    let count = values(&mut waves, &["top", "u_counter"], "count_q").pop();
    u64::from_str_radix(&count.expect("a cycle"), 2).expect("a number")
}

#[test]
fn a_bench_that_fails_leaves_the_cycle_in_which_it_did() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for path in FILES.map(|name| dir.path().join(name)) {
        let (mut bench, board) = bench(&path);
        bench.spawn("watch", |t| async move {
            loop {
                t.tick().await;
                if t.get("count") == 5 {
                    board.observe(5);
                }
            }
        });
        let error = bench.run(100).expect_err("an item that nobody expected").to_string();
        assert!(error.contains("item 0 is 5, nothing was expected"), "{error}");
        drop(bench);
        assert_eq!(last_count(&path), 5);
    }
}

#[test]
fn a_bench_that_finds_a_mistake_at_its_end_leaves_its_waves() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for path in FILES.map(|name| dir.path().join(name)) {
        let (mut bench, board) = bench(&path);
        board.expect(1);
        bench.run_for(4).expect("no mistake so far");
        // It never runs, and holds the pins of the bench.
        bench.background("idle", |t| async move { t.tick().await });
        assert!(bench.finish().is_err());
        assert_eq!(last_count(&path), 3);
    }
}

#[test]
fn a_panic_leaves_the_waves() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for path in FILES.map(|name| dir.path().join(name)) {
        let (mut bench, _) = bench(&path);
        bench.spawn("judge", |t| async move {
            t.until("count is 6", |pins| pins.get("count") == 6).await;
            panic!("a task that panics");
        });
        let run = move || bench.run(100);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
        assert_eq!(last_count(&path), 6);
    }
}

#[test]
fn a_file_that_cannot_be_made_is_an_error() {
    let mut sim = Simulator::new(&design());
    assert!(sim.trace_file("/nonexistent/run.fst").is_err());
    sim.tick();
    sim.finish_trace().expect("nothing is traced");
}

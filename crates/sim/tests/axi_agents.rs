//! The AXI manager against the AXI memory, through a design that only passes signals on.

use seedbed_hdl::{elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::bench::memory::{ExternalMemory, MemoryTiming, Mute};
use seedbed_sim::bench::{AxiError, AxiMaster, AxiMemory, Bench, BenchError, Rng, Stall, Task};

const BYTES: usize = 16384;

/// Name and width.
type Signal = (String, u32);

/// Wires from the port `s_axi` to the port `m_axi`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Wires {
    bus: u32,
    /// AXI4-Lite: no bursts.
    lite: bool,
    /// W data change while they wait.
    unstable: bool,
}

impl Wires {
    /// Signals to and from the manager.
    fn signals(&self) -> [Vec<Signal>; 2] {
        let (bus, burst) = (self.bus, !self.lite);
        let (mut to, mut from) = (Vec::new(), Vec::new());
        for channel in ["aw", "ar"] {
            let mut fields = vec![("valid", 1), ("addr", 32)];
            if burst {
                fields.extend([("len", 8), ("size", 3), ("burst", 2), ("id", 9)]);
            }
            to.extend(fields.into_iter().map(|(f, w)| (format!("{channel}{f}"), w)));
            from.push((format!("{channel}ready"), 1));
        }
        let w = [("wvalid", 1), ("wdata", bus), ("wstrb", bus / 8)];
        to.extend(w.map(|(f, w)| (f.to_string(), w)));
        to.extend(["bready", "rready"].map(|f| (f.to_string(), 1)));
        let answers = [
            ("wready", 1),
            ("bvalid", 1),
            ("bresp", 2),
            ("rvalid", 1),
            ("rdata", bus),
            ("rresp", 2),
        ];
        from.extend(answers.map(|(f, w)| (f.to_string(), w)));
        if burst {
            to.push(("wlast".to_string(), 1));
            from.extend([("bid", 9), ("rid", 9), ("rlast", 1)].map(|(f, w)| (f.to_string(), w)));
        }
        [to, from]
    }
}

impl Module for Wires {
    type Io<'m> = Vec<(Sig<'m>, Sig<'m>)>;

    fn name(&self) -> String {
        "axi_wires".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        let [to, from] = self.signals();
        let pair = |input: String, output: String, width| {
            (p.input(input, uint(width)), p.output(output, uint(width)))
        };
        let forth =
            to.into_iter().map(|(f, w)| pair(format!("s_axi_{f}"), format!("m_axi_{f}"), w));
        let back =
            from.into_iter().map(|(f, w)| pair(format!("m_axi_{f}"), format!("s_axi_{f}"), w));
        forth.chain(back).collect()
    }

    fn build<'m>(&self, m: &'m Scope, io: Self::Io<'m>) {
        let toggle = m.reg("toggle_q", uint(1), 0);
        toggle.set(!toggle);
        for (input, output) in io {
            let is_data = self.unstable && output.width() == self.bus;
            let noise = toggle.extend(output.width());
            output.set(if is_data { input ^ noise } else { input });
        }
    }
}

/// A bench with manager and memory.
fn bench(wires: &Wires, timing: MemoryTiming, stall: Stall) -> (Bench, AxiMaster, AxiMemory) {
    let design = elaborate(wires, &Settings::default()).expect("a sound module");
    let mut bench = Bench::new(&design);
    let mut memory = ExternalMemory::new(BYTES, wires.bus as usize / 8, timing);
    for (i, byte) in memory.bytes_mut().iter_mut().enumerate() {
        *byte = (i * 7 + (i >> 8)) as u8;
    }
    memory.refuse(0x3000..0x3100);
    let memory = AxiMemory::new(&mut bench, "m_axi", memory);
    let master = AxiMaster::new(&mut bench, "s_axi", stall);
    (bench, master, memory)
}

/// Random reads and writes of any size and alignment, compared with an array.
fn random_accesses(wires: Wires, timing: MemoryTiming, stall: Stall, seed: u64) -> u64 {
    let (mut bench, master, memory) = bench(&wires, timing, stall);
    let mut expected = memory.memory().bytes().to_vec();
    let end = bench.spawn("accesses", |t| async move {
        let mut random = Rng::new(seed);
        for _ in 0..25 {
            let addr = random.below(0x2000);
            let most = if random.percent(20) { 700 } else { 20 };
            let count = random.range(1, most);
            let range = addr as usize..(addr + count) as usize;
            if random.percent(50) {
                let bytes: Vec<u8> = (0..count).map(|_| random.next_u64() as u8).collect();
                master.write(&t, addr, &bytes).await.expect("writable");
                expected[range].copy_from_slice(&bytes);
            } else {
                let bytes = master.read(&t, addr, count).await.expect("readable");
                assert_eq!(bytes, expected[range], "{count} bytes at {addr:#x}");
            }
        }
        expected
    });
    bench.run(50_000).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(end.take().expect("the task has ended"), memory.memory().bytes());
    bench.cycle()
}

#[test]
fn random_accesses_read_what_was_written() {
    for (seed, bus) in [8, 32, 128, 512].into_iter().enumerate() {
        for lite in [false, true] {
            let seed = seed as u64;
            let wires = Wires { bus, lite, unstable: false };
            let quick =
                random_accesses(wires.clone(), MemoryTiming::default(), Stall::none(), seed);
            let timing = MemoryTiming { latency: 9, stall: 0.4, seed };
            let slow = random_accesses(wires, timing, Stall::random(30, seed), seed);
            assert!(slow > quick, "{slow} {quick}");
        }
    }
}

#[test]
fn refused_addresses_are_errors() {
    let wires = Wires { bus: 32, lite: true, unstable: false };
    let (mut bench, master, _) = bench(&wires, MemoryTiming::default(), Stall::none());
    let result = bench.spawn("access", |t| async move {
        let written = master.write_word(&t, 0x3004, 1).await;
        let read = master.read_word(&t, 0x3008).await;
        let beyond = master.read_word(&t, 0x10_0000).await;
        master.write_word(&t, 0x40, 0x1234_5678).await.expect("memory");
        (written, read, beyond, master.read_word(&t, 0x40).await)
    });
    bench.run(200).expect("an end");
    let (written, read, beyond, word) = result.take().expect("the task has ended");
    assert_eq!(written, Err(AxiError { addr: 0x3004, response: 2 }));
    assert_eq!(read, Err(AxiError { addr: 0x3008, response: 2 }));
    assert_eq!(beyond.expect_err("no memory").to_string(), "DECERR for the burst at 0x100000");
    assert_eq!(word, Ok(0x1234_5678));
}

#[test]
fn two_tasks_share_a_master() {
    let wires = Wires { bus: 64, lite: false, unstable: false };
    let (mut bench, master, memory) = bench(&wires, MemoryTiming::default(), Stall::random(20, 3));
    for task in 0..2u64 {
        let master = master.clone();
        bench.spawn(format!("writer {task}"), move |t| async move {
            for i in 0..10 {
                let addr = 0x100 * task + 8 * i;
                master.write(&t, addr, &[task as u8 + 1; 8]).await.expect("writable");
            }
        });
    }
    bench.run(2000).unwrap_or_else(|e| panic!("{e}"));
    let memory = memory.memory();
    assert!(memory.bytes()[..80].iter().all(|b| *b == 1));
    assert!(memory.bytes()[0x100..0x150].iter().all(|b| *b == 2));
}

#[test]
fn a_broken_rule_stops_the_bench() {
    let wires = Wires { bus: 32, lite: false, unstable: true };
    let timing = MemoryTiming { stall: 0.8, ..MemoryTiming::default() };
    let (mut bench, master, _) = bench(&wires, timing, Stall::none());
    bench.spawn("access", |t| async move { master.write(&t, 0, &[0; 400]).await });
    let error = bench.run(1000).expect_err("unstable data");
    assert!(matches!(error, BenchError::Mistakes(_)));
    assert!(error.to_string().contains("port `m_axi`: PayloadChanged: W from"), "{error}");
}

#[test]
fn a_timeout_names_the_channel() {
    let wires = Wires { bus: 32, lite: true, unstable: false };
    let design = elaborate(&wires, &Settings::default()).expect("a sound module");
    let mut bench = Bench::new(&design);
    let master = AxiMaster::new(&mut bench, "s_axi", Stall::none());
    bench.spawn("host", |t| async move { master.read_word(&t, 0).await });
    let error = bench.run(50).expect_err("no memory answers").to_string();
    assert!(error.contains("task `host` waits for `s_axi_arready` since cycle 1"), "{error}");
}

#[test]
fn a_memory_may_join_late() {
    let design = elaborate(&FULL, &Settings::default()).expect("a sound module");
    let mut bench = Bench::new(&design);
    let master = AxiMaster::new(&mut bench, "s_axi", Stall::none());
    let read = bench.spawn("host", |t| async move { master.read(&t, 4, 8).await });
    bench.run_for(10).expect("a manager that waits");
    let mut memory = ExternalMemory::new(BYTES, 4, MemoryTiming::default());
    memory.bytes_mut()[4..12].copy_from_slice(b"12345678");
    let _memory = AxiMemory::new(&mut bench, "m_axi", memory);
    bench.run(50).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(read.take().expect("an end").expect("readable"), b"12345678");
    bench.run_for(20).unwrap_or_else(|e| panic!("{e}"));
}

const FULL: Wires = Wires { bus: 32, lite: false, unstable: false };

/// Offers a read burst of whole beats from the next cycle on.
fn offer_read(bench: &Bench, id: u64, addr: u64, len: u64) {
    let fields = [("id", id), ("addr", addr), ("len", len), ("size", 2), ("burst", 1)];
    for (field, value) in fields.into_iter().chain([("valid", 1)]) {
        bench.set(&format!("s_axi_ar{field}"), value);
    }
}

#[test]
fn harmless_habits_do_not_hide_a_broken_rule() {
    let (mut bench, master, _) = bench(&FULL, MemoryTiming::default(), Stall::random(50, 1));
    bench.spawn("accesses", |t| async move {
        for i in 0..200 {
            master.read(&t, 4 * i, 4).await.expect("readable");
            master.write(&t, 4 * i, &[7]).await.expect("writable");
        }
    });
    bench.run(50_000).unwrap_or_else(|e| panic!("{e}"));
    offer_read(&bench, 0, 0xff8, 3);
    let error = bench.run_for(5).expect_err("a burst over 4 KiB").to_string();
    assert!(error.contains("port `m_axi`: Crosses4Kib: AR of 0xff8 to 0x1007"), "{error}");
}

#[test]
fn any_id_and_the_last_address_are_legal() {
    let (mut bench, ..) = bench(&FULL, MemoryTiming::default(), Stall::none());
    offer_read(&bench, 300, 0xffff_fffc, 0);
    bench.run_for(5).expect("AXI4 limits neither");
}

/// What a subordinate of the design does wrong.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Fault {
    None,
    /// Answers with another ID.
    Id,
    /// RLAST with each beat.
    EarlyLast,
    /// Read data change while they wait.
    Unstable,
    /// B before the last W.
    EarlyAnswer,
}

/// A subordinate behind the wires.
async fn serve(t: Task, fault: Fault) {
    let id = u64::from(fault == Fault::Id);
    ["arready", "awready"].iter().for_each(|ready| t.set(&format!("m_axi_{ready}"), 1));
    loop {
        t.tick().await;
        if t.is_high("m_axi_arvalid") {
            let len = t.get("m_axi_arlen");
            for beat in 0..=len {
                let last = beat == len || fault == Fault::EarlyLast;
                for (pin, value) in [("valid", 1), ("id", id), ("last", last.into())] {
                    t.set(&format!("m_axi_r{pin}"), value);
                }
                let mut taken = false;
                while !taken {
                    let noise = if fault == Fault::Unstable { t.cycle() } else { 0 };
                    t.set("m_axi_rdata", beat ^ noise);
                    t.tick().await;
                    taken = t.is_high("m_axi_rready");
                }
            }
            t.set("m_axi_rvalid", 0);
        } else if t.is_high("m_axi_awvalid") {
            t.set("m_axi_wready", u64::from(fault != Fault::EarlyAnswer));
            let last = |t: &Task| t.is_high("m_axi_wvalid") && t.is_high("m_axi_wlast");
            while fault != Fault::EarlyAnswer && !(t.is_high("m_axi_wready") && last(&t)) {
                t.tick().await;
            }
            t.set("m_axi_wready", 0);
            t.set("m_axi_bid", id);
            t.set("m_axi_bvalid", 1);
            t.until_high("m_axi_bready").await;
            t.set("m_axi_bvalid", 0);
        }
    }
}

#[test]
fn a_subordinate_that_breaks_a_rule_stops_the_bench() {
    let run = |fault, writes| {
        let design = elaborate(&FULL, &Settings::default()).expect("a sound module");
        let mut bench = Bench::new(&design);
        let master = AxiMaster::new(&mut bench, "s_axi", Stall::random(50, 3));
        bench.background("subordinate", move |t| serve(t, fault));
        bench.spawn("access", move |t| async move {
            match writes {
                true => master.write(&t, 0, &[1; 64]).await.expect("writable"),
                false => drop(master.read(&t, 0, 64).await.expect("readable")),
            }
        });
        bench.run(500).map_err(|e| e.to_string())
    };
    for writes in [false, true] {
        run(Fault::None, writes).expect("a sound subordinate");
    }
    let cases = [
        (Fault::Id, false, "UnexpectedAnswer: R with ID 1 for no AR"),
        (Fault::Id, true, "UnexpectedAnswer: B with ID 1 for no complete write"),
        (Fault::EarlyLast, false, "RlastMisplaced: RLAST is true"),
        (Fault::Unstable, false, "AnswerChanged: R before it was taken"),
        (Fault::EarlyAnswer, true, "UnexpectedAnswer: B with ID 0 for no complete write"),
    ];
    for (fault, writes, text) in cases {
        let error = run(fault, writes).expect_err("a fault");
        assert!(error.contains(&format!("port `s_axi`: {text}")), "{fault:?}: {error}");
    }
}

#[test]
fn a_subordinate_of_constants_is_found() {
    let design = elaborate(&FULL, &Settings::default()).expect("a sound module");
    let mut bench = Bench::new(&design);
    let master = AxiMaster::new(&mut bench, "s_axi", Stall::none());
    for pin in ["arready", "awready", "wready", "bvalid", "rvalid", "rlast"] {
        bench.set(&format!("m_axi_{pin}"), 1);
    }
    bench.spawn("access", |t| async move { master.write(&t, 0, &[1; 64]).await });
    let error = bench.run(500).expect_err("answers to nothing").to_string();
    assert!(error.contains("UnexpectedAnswer: R with ID 0 for no AR"), "{error}");
}

#[test]
#[should_panic(expected = "the design has no port `m_axj_arvalid` or `m_axj_awvalid`")]
fn a_wrong_prefix_is_refused() {
    let mut bench = Bench::new(&elaborate(&FULL, &Settings::default()).expect("a sound module"));
    let memory = ExternalMemory::new(BYTES, 4, MemoryTiming::default());
    AxiMemory::new(&mut bench, "m_axj", memory);
}

#[test]
#[should_panic(expected = "`m_axi_rdata` has 64 bits, but the memory a bus of 4 bytes")]
fn a_memory_of_another_width_is_refused() {
    let wires = Wires { bus: 64, lite: true, unstable: false };
    let mut bench = Bench::new(&elaborate(&wires, &Settings::default()).expect("a sound module"));
    let memory = ExternalMemory::new(BYTES, 4, MemoryTiming::default());
    AxiMemory::new(&mut bench, "m_axi", memory);
}

#[test]
#[should_panic(expected = "4 bytes at 0x100000004 are beyond the 32 bits of `s_axi_awaddr`")]
fn an_address_beyond_the_port_is_refused() {
    let (mut bench, master, _) = bench(&FULL, MemoryTiming::default(), Stall::none());
    bench.spawn("host", |t| async move { master.write_word(&t, 0x1_0000_0004, 5).await });
    let _ = bench.run(10);
}

#[test]
#[should_panic(expected = "0x7700000005 does not fit the 32 bits of `s_axi_wdata`")]
fn a_word_wider_than_the_port_is_refused() {
    let (mut bench, master, _) = bench(&FULL, MemoryTiming::default(), Stall::none());
    bench.spawn("host", |t| async move { master.write_word(&t, 0, 0x77_0000_0005).await });
    let _ = bench.run(10);
}

#[test]
fn a_reset_ends_what_is_offered_and_nothing_is_offered_in_it() {
    let (mut bench, _, memory) = bench(&FULL, MemoryTiming::default(), Stall::none());
    memory.memory().mute(Mute { channel: 0, id: 0, after: 0 });
    offer_read(&bench, 0, 0, 0);
    bench.run_for(5).expect("an offer that stays");
    bench.set("rst_n", 0);
    bench.set("s_axi_arvalid", 0);
    bench.run_for(5).expect("a reset");
    bench.set("s_axi_arvalid", 1);
    let error = bench.run_for(5).expect_err("an address in reset").to_string();
    assert!(error.contains("port `m_axi`: ValidInReset: AR is valid in reset"), "{error}");
}

#[test]
fn a_memory_that_stalls_takes_data_before_their_address() {
    let run = |stall| {
        let timing = MemoryTiming { stall, seed: 5, ..MemoryTiming::default() };
        let (mut bench, _, memory) = bench(&FULL, timing, Stall::none());
        let answered = bench.spawn("manager", |t| async move {
            for (pin, value) in [("data", 0x1234_5678), ("strb", 15), ("last", 1), ("valid", 1)] {
                t.set(&format!("s_axi_w{pin}"), value);
            }
            if !t.within(40, |pins| pins.is_high("s_axi_wready")).await {
                return false;
            }
            t.set("s_axi_wvalid", 0);
            for (pin, value) in [("addr", 0x40), ("size", 2), ("burst", 1), ("valid", 1)] {
                t.set(&format!("s_axi_aw{pin}"), value);
            }
            t.until_high("s_axi_awready").await;
            t.set("s_axi_awvalid", 0);
            t.set("s_axi_bready", 1);
            t.until_high("s_axi_bvalid").await;
            true
        });
        bench.run(500).unwrap_or_else(|e| panic!("{e}"));
        let word = memory.memory().bytes()[0x40..0x44].to_vec();
        answered.take().expect("an end").then_some(word)
    };
    assert_eq!(run(0.5), Some(0x1234_5678u32.to_le_bytes().to_vec()));
    assert_eq!(run(0.0), None);
}

#[test]
fn what_stands_beside_a_low_valid_changes() {
    let (mut bench, ..) = bench(&FULL, MemoryTiming::default(), Stall::none());
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        bench.run_for(1).expect("nothing happens");
        assert!(!bench.is_high("s_axi_rvalid"));
        seen.insert(bench.get("s_axi_rdata"));
    }
    assert!(seen.len() > 10, "{seen:?}");
}

//! The AXI manager against the AXI memory, through a design that only passes signals on.

use seedbed_hdl::{elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::bench::memory::{ExternalMemory, MemoryTiming};
use seedbed_sim::bench::{AxiError, AxiMaster, AxiMemory, Bench, BenchError, Rng, Stall};

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
                fields.extend([("len", 8), ("size", 3), ("burst", 2), ("id", 2)]);
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
            from.extend([("bid", 2), ("rid", 2), ("rlast", 1)].map(|(f, w)| (f.to_string(), w)));
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

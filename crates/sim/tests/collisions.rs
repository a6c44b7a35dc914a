//! Memories whose ports meet: old, new and undefined words; contents.

use seedbed_hdl::{bit, elaborate, uint, Collision, MemSpec, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::{Backend, Bits, PortHandle, SimOptions, Simulator};

/// Two ports for both directions of 16 words of 16 bits in bytes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Dual {
    collision: Collision,
}

struct PortIo<'m> {
    addr: Sig<'m>,
    enable: Sig<'m>,
    write: Sig<'m>,
    data: Sig<'m>,
    mask: Sig<'m>,
    out: Sig<'m>,
}

impl Module for Dual {
    type Io<'m> = [PortIo<'m>; 2];

    fn name(&self) -> String {
        "dual".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> [PortIo<'m>; 2] {
        ["a", "b"].map(|name| {
            p.group(name, |p| PortIo {
                addr: p.input("addr", uint(4)),
                enable: p.input("enable", bit()),
                write: p.input("write", bit()),
                data: p.input("data", uint(16)),
                mask: p.input("mask", uint(2)),
                out: p.output("out", uint(16)),
            })
        })
    }

    fn build<'m>(&self, m: &'m Scope, io: [PortIo<'m>; 2]) {
        let spec = MemSpec::new(16, 16).granule(8).collision(self.collision);
        let mem = m.mem("mem", spec);
        for io in io {
            io.out.set(mem.access(io.addr, io.enable, io.write, io.data, Some(io.mask)));
        }
    }
}

struct Bench {
    sim: Simulator,
    inputs: [[PortHandle; 5]; 2],
    out: [PortHandle; 2],
}

impl Bench {
    fn new(collision: Collision) -> Self {
        let design = elaborate(&Dual { collision }, &Settings::default()).expect("a sound design");
        let sim = Simulator::new(&design);
        let inputs = ["a", "b"].map(|port| {
            ["addr", "enable", "write", "data", "mask"]
                .map(|name| sim.input(&format!("{port}_{name}")).expect("an input"))
        });
        let out = ["a_out", "b_out"].map(|name| sim.output(name).expect("an output"));
        Bench { sim, inputs, out }
    }

    /// One cycle: address, enable, write, data and mask of each port; the read data after it.
    fn cycle(&mut self, ports: [[u64; 5]; 2]) -> [u64; 2] {
        for (handles, values) in self.inputs.iter().zip(ports) {
            handles.iter().zip(values).for_each(|(&h, v)| self.sim.set(h, v));
        }
        self.sim.tick();
        self.out.map(|out| self.sim.get(out))
    }

    fn word(&self, addr: usize) -> u64 {
        self.sim.peek_word("mem", addr).expect("a word").to_u64()
    }
}

const IDLE: [u64; 5] = [0; 5];

fn write(addr: u64, data: u64, mask: u64) -> [u64; 5] {
    [addr, 1, 1, data, mask]
}

fn read(addr: u64) -> [u64; 5] {
    [addr, 1, 0, 0, 0]
}

#[test]
fn a_read_that_meets_a_write_gives_the_word_its_rule_says() {
    for (collision, want) in [(Collision::Old, 0x1111), (Collision::New, 0x2211)] {
        let mut bench = Bench::new(collision);
        bench.cycle([write(3, 0x1111, 3), IDLE]);
        assert_eq!(bench.cycle([write(3, 0x2222, 2), read(3)])[1], want, "{collision:?}");
        assert_eq!(bench.cycle([read(3), write(4, 0x3333, 3)])[0], 0x2211);
        assert_eq!(bench.cycle([write(3, 0x4444, 3), write(3, 0x5555, 1)]), [0x2211, want]);
        assert_eq!(bench.word(3), 0x4455, "the later port wins");
    }
}

#[test]
fn undefined_bits_follow_the_seed_and_defined_ones_do_not() {
    let run = |seed: u64| {
        let mut bench = Bench::new(Collision::Undefined);
        bench.sim.scramble(seed);
        bench.cycle([write(3, 0x1111, 3), IDLE]);
        let met = bench.cycle([write(3, 0x2222, 2), read(3)])[1];
        let apart = bench.cycle([write(5, 0x7777, 3), read(3)])[1];
        bench.cycle([write(5, 0x4444, 3), write(5, 0x5555, 1)]);
        (met, apart, bench.word(5))
    };
    let runs = [1, 2, 3, 4].map(run);
    for (met, apart, word) in runs {
        assert_eq!((met & 0xff, apart, word >> 8), (0x11, 0x2211, 0x44));
    }
    assert!(runs.iter().any(|r| r.0 != runs[0].0), "read data do not follow the seed");
    assert!(runs.iter().any(|r| r.2 != runs[0].2), "the word does not follow the seed");
    assert_eq!(run(7), run(7));
}

/// A ROM of ten squares, and a memory that starts with two of its eight words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Contents;

impl Module for Contents {
    type Io<'m> = [Sig<'m>; 3];

    fn name(&self) -> String {
        "contents".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        [p.input("addr", uint(4)), p.output("square", uint(8)), p.output("word", uint(8))]
    }

    fn build<'m>(&self, m: &'m Scope, [addr, square, word]: Self::Io<'m>) {
        let rom = m.rom("squares", 8, (0..10).map(|i| i * i));
        square.set(rom.read(addr, true));
        let given = [17, 34].map(|word| Bits::from_u64(8, word));
        let mem = m.mem("started", MemSpec::new(8, 8).contents(given));
        mem.write(addr.slice(0, 3), m.low(), m.zero(uint(8)), None);
        word.set(mem.read(addr.slice(0, 3), true));
    }
}

#[test]
fn power_up_leaves_only_what_was_given() {
    let design = elaborate(&Contents, &Settings::default()).expect("a sound design");
    let words = |seed: Option<u64>| {
        let mut sim = Simulator::new(&design);
        seed.into_iter().for_each(|seed| sim.scramble(seed));
        let word = |path: &str, i| sim.peek_word(path, i).expect("a word").to_u64();
        let rom: Vec<u64> = (0..10).map(|i| word("squares", i)).collect();
        assert_eq!(rom, (0..10).map(|i| i * i).collect::<Vec<u64>>());
        let started: Vec<u64> = (0..8).map(|i| word("started", i)).collect();
        assert_eq!(started[..2], [17, 34]);
        started[2..].to_vec()
    };
    assert_eq!(words(None), [0; 6]);
    assert_ne!(words(Some(1)), [0; 6]);
    assert_ne!(words(Some(1)), words(Some(2)));
    assert_eq!(words(Some(2)), words(Some(2)));
}

#[test]
fn a_rom_gives_its_words_and_zero_beyond() {
    let design = elaborate(&Contents, &Settings::default()).expect("a sound design");
    let mut sim = Simulator::new(&design);
    let (addr, square) = (sim.input("addr").unwrap(), sim.output("square").unwrap());
    for i in 0..16 {
        sim.set(addr, i);
        sim.tick();
        assert_eq!(sim.get(square), if i < 10 { i * i } else { 0 });
    }
}

#[test]
fn undefined_words_stay_in_the_interpreter() {
    let design = elaborate(&Dual { collision: Collision::Undefined }, &Settings::default());
    let design = design.expect("a good design");
    for backend in [Backend::Auto, Backend::Compiled] {
        let mut sim = Simulator::with(&design, &SimOptions { backend, lanes: 1 }).unwrap();
        assert!(!sim.compile());
        assert!(sim.fallback().unwrap().contains("undefined collisions"), "{:?}", sim.fallback());
        sim.tick();
        assert_eq!(sim.backend(), Backend::Interpreter);
    }
}

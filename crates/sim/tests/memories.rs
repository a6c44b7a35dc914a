//! The rules of memory ports, against a model that keeps single bits.

mod support;

use seedbed_hdl::{bit, clog2, elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_ir::Bits;
use seedbed_sim::Simulator;
use support::Random;

/// A memory with all its pins on ports; the read side of a 1RW memory is not used.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Pins {
    width: u32,
    depth: u32,
    granule: Option<u32>,
    single: bool,
}

struct PinsIo<'m> {
    read_addr: Sig<'m>,
    read: Sig<'m>,
    addr: Sig<'m>,
    enable: Sig<'m>,
    write: Sig<'m>,
    data: Sig<'m>,
    mask: Sig<'m>,
    out: Sig<'m>,
}

impl Module for Pins {
    type Io<'m> = PinsIo<'m>;

    fn name(&self) -> String {
        "pins".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PinsIo<'m> {
        let addr = uint(clog2(self.depth.into()));
        PinsIo {
            read_addr: p.input("read_addr", addr),
            read: p.input("read", bit()),
            addr: p.input("addr", addr),
            enable: p.input("enable", bit()),
            write: p.input("write", bit()),
            data: p.input("data", uint(self.width)),
            mask: p.input("mask", uint(self.granules())),
            out: p.output("out", uint(self.width)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: PinsIo<'m>) {
        let mask = self.granule.map(|_| io.mask);
        if self.single {
            let mem = m.mem_1rw("mem", self.width, self.depth, self.granule);
            io.out.set(mem.access(io.addr, io.enable, io.write, io.data, mask));
        } else {
            let mem = m.mem_1r1w("mem", self.width, self.depth, self.granule);
            mem.write(io.addr, io.enable & io.write, io.data, mask);
            io.out.set(mem.read(io.read_addr, io.read));
        }
    }
}

impl Pins {
    fn granules(&self) -> u32 {
        self.width / self.granule.unwrap_or(self.width)
    }

    /// The bits of the word at `addr`.
    fn word(&self, words: &[Vec<bool>], addr: u64) -> Vec<bool> {
        words.get(addr as usize).cloned().unwrap_or(vec![false; self.width as usize])
    }
}

fn bits(of: &Bits) -> Vec<bool> {
    (0..of.width()).map(|i| of.bit(i)).collect()
}

fn check(pins: &Pins, cycles: usize) {
    let mut sim = Simulator::new(&elaborate(pins, &Settings::default()).expect("a good design"));
    let mut random = Random(pins.width.into());
    let mut words = vec![vec![false; pins.width as usize]; pins.depth as usize];
    let mut out = vec![false; pins.width as usize];
    let addresses = 1u64 << clog2(pins.depth.into());
    // Few addresses, so that reads meet writes; they lie around the end of the memory.
    let address = move |random: &mut Random| {
        (u64::from(pins.depth).saturating_sub(3) + random.below(5)) % addresses
    };
    for cycle in 0..cycles {
        let (read_addr, addr) = (address(&mut random), address(&mut random));
        let (read, enable, write) = (random.below(2), random.below(2), random.below(2));
        let (data, mask) = (random.bits(pins.width), random.bits(pins.granules()));
        for (name, v) in [
            ("read_addr", read_addr),
            ("read", read),
            ("addr", addr),
            ("enable", enable),
            ("write", write),
        ] {
            sim.set(sim.input(name).expect(name), v);
        }
        sim.set_bits(sim.input("data").expect("data"), &data);
        sim.set_bits(sim.input("mask").expect("mask"), &mask);
        sim.tick();
        if pins.single && enable == 1 && write == 0 {
            out = pins.word(&words, addr);
        }
        if !pins.single && read == 1 {
            out = pins.word(&words, read_addr);
        }
        if let Some(word) = words.get_mut(addr as usize).filter(|_| enable & write == 1) {
            let granule = pins.granule.unwrap_or(pins.width);
            for i in 0..pins.width {
                if pins.granule.is_none() || mask.bit(i / granule) {
                    word[i as usize] = data.bit(i);
                }
            }
        }
        let got = sim.get_bits(sim.output("out").expect("out"));
        assert_eq!(bits(&got), out, "{pins:?} in cycle {cycle}");
    }
    for (addr, word) in words.iter().enumerate() {
        assert_eq!(bits(&sim.peek_word("mem", addr).expect("a word")), *word, "{pins:?} at {addr}");
    }
    assert_eq!(sim.peek_word("mem", words.len()), None);
}

#[test]
fn every_port_rule_holds_for_many_shapes() {
    for single in [false, true] {
        for depth in [2, 5, 8, 300] {
            for (width, granule) in [
                (1, None),
                (12, Some(4)),
                (64, Some(8)),
                (72, Some(9)),
                (130, None),
                (200, Some(1)),
            ] {
                check(&Pins { width, depth, granule, single }, 300);
            }
        }
    }
}

/// Two memories that store the same inputs, the second one shifted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Pair(Pins);

impl Module for Pair {
    type Io<'m> = PinsIo<'m>;

    fn name(&self) -> String {
        "pair".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PinsIo<'m> {
        self.0.io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: PinsIo<'m>) {
        let pins = ["u_plain", "u_shifted"].map(|name| m.inst(name, &self.0));
        for (pins, data) in [(&pins[0], io.data), (&pins[1], io.data.shl_const(1).trunc(8))] {
            pins.read_addr.set(io.read_addr);
            pins.read.set(io.read);
            pins.addr.set(io.addr);
            pins.enable.set(io.enable);
            pins.write.set(io.write);
            pins.mask.set(io.mask);
            pins.data.set(data);
        }
        io.out.set(pins[0].out ^ pins[1].out);
    }
}

#[test]
fn words_are_found_by_path() {
    let pair = Pair(Pins { width: 8, depth: 4, granule: None, single: false });
    let mut sim = Simulator::new(&elaborate(&pair, &Settings::default()).expect("a good design"));
    for (name, v) in [("addr", 2), ("enable", 1), ("write", 1), ("data", 0x85)] {
        sim.set(sim.input(name).expect(name), v);
    }
    sim.tick();
    let word = |path| sim.peek_word(path, 2).map(|w| w.to_u64());
    assert_eq!(word("u_plain.mem"), Some(0x85));
    assert_eq!(word("u_shifted.mem"), Some(0x0a));
    assert_eq!((word("mem"), word("u_plain.out")), (None, None));
}

//! Memories against an array: latency, hold, mask, old word on a collision, depth that is no power of two.

use super::Random;
use seedbed_hdl::{bit, clog2, elaborate, uint, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::{PortHandle, Simulator};

const WORD: u32 = 12;
const GRANULE: u32 = 4;
const DEPTH: u32 = 5;

/// All ports of a memory led out; one read and one write port, or one for both.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Store {
    single: bool,
}

struct StoreIo<'m> {
    read: [Sig<'m>; 2],
    write: [Sig<'m>; 4],
    out: Sig<'m>,
}

impl Module for Store {
    type Io<'m> = StoreIo<'m>;

    fn name(&self) -> String {
        format!("store_single_{}", self.single)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StoreIo<'m> {
        let aw = clog2(DEPTH.into());
        StoreIo {
            read: [p.input("ra", uint(aw)), p.input("re", bit())],
            write: [
                p.input("wa", uint(aw)),
                p.input("we", bit()),
                p.input("wd", uint(WORD)),
                p.input("wm", uint(WORD / GRANULE)),
            ],
            out: p.output("out", uint(WORD)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: StoreIo<'m>) {
        let ([ra, re], [wa, we, wd, wm]) = (io.read, io.write);
        if self.single {
            let mem = m.mem_1rw("mem", WORD, DEPTH, Some(GRANULE));
            let address = m.mux(we, wa, ra);
            io.out.set(mem.access(address, re | we, we, wd, Some(wm)));
        } else {
            let mem = m.mem_1r1w("mem", WORD, DEPTH, Some(GRANULE));
            // A condition around a port is part of its enable.
            m.when(we, || mem.write(wa, true, wd, Some(wm)));
            io.out.set(mem.read(ra, re));
        }
    }
}

fn run(single: bool, seed: u64) {
    let design = elaborate(&Store { single }, &Settings::default()).expect("no mistakes");
    assert_eq!(design.top().port("rst_n"), None, "a memory has no reset");
    let mut sim = Simulator::new(&design);
    let names = ["ra", "re", "wa", "we", "wd", "wm"];
    let ports: [PortHandle; 6] = names.map(|name| sim.input(name).expect("an input"));
    let out = sim.output("out").expect("an output");
    let mut random = Random(seed);
    let (mut words, mut data) = ([0u64; DEPTH as usize], 0);
    for cycle in 0..2000 {
        let now = [8, 2, 8, 2, 1 << WORD, 8].map(|n| random.below(n) as u64);
        ports.iter().zip(now).for_each(|(&port, value)| sim.set(port, value));
        sim.settle();
        assert_eq!(sim.get(out), data, "cycle {cycle}");
        sim.tick();
        let [ra, re, wa, we, wd, wm] = now;
        if re == 1 && !(single && we == 1) {
            data = words.get(ra as usize).copied().unwrap_or(0);
        }
        let mask = (0..3).filter(|i| wm >> i & 1 == 1).fold(0, |mask, i| mask | 0xf << (4 * i));
        if let (Some(word), 1) = (words.get_mut(wa as usize), we) {
            *word = *word & !mask | wd & mask;
        }
    }
}

#[test]
fn one_read_and_one_write_port() {
    (1..=5).for_each(|seed| run(false, seed));
}

#[test]
fn one_port_for_both() {
    (1..=5).for_each(|seed| run(true, seed));
}

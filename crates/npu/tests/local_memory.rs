//! Local memory under random requests of all clients, against a plain model.

use seedbed_hdl::{elaborate, Settings};
use seedbed_npu::lm::LocalMemory;
use seedbed_sim::Simulator;
use seedbed_spec::config::Config;
use seedbed_spec::timing;

/// In the order of priority.
const CLIENTS: [&str; 5] = ["matrix_a", "matrix_w", "post", "load", "store"];

/// One client's request in one cycle.
#[derive(Clone, Copy, Default)]
struct Request {
    valid: bool,
    write: bool,
    addr: u64,
    data: u64,
    mask: u64,
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn request(&mut self, client: &str, words: u64, granules: u32) -> Request {
        let write = match client {
            "load" => true,
            "post" => self.next() % 2 == 0,
            _ => false,
        };
        // Few addresses, so that reads meet writes.
        let addr = (self.next() % 8) * (words / 8) + self.next() % 2;
        let mask = self.next() % (1 << granules);
        Request { valid: self.next() % 3 != 0, write, addr, data: self.next(), mask }
    }
}

/// A word of `granules` equal parts, the masked ones taken from `new`.
fn merge(old: u64, new: u64, mask: u64, bits: u32, granules: u32) -> u64 {
    let granule = bits / granules;
    let part =
        |i: u32| if mask >> i & 1 == 1 { new } else { old } >> (i * granule) << (i * granule);
    (0..granules).fold(0, |word, i| {
        let keep = if granule == 64 { u64::MAX } else { (1 << granule) - 1 } << (i * granule);
        word | part(i) & keep
    })
}

fn drive(sim: &mut Simulator, client: &str, request: Request) {
    let mut set = |port: &str, value: u64| {
        let port = sim.input(&format!("{client}_{port}")).expect("an input");
        sim.set(port, value);
    };
    set("valid", request.valid.into());
    set("addr", request.addr);
    match client {
        "post" => {
            set("write", request.write.into());
            set("wdata", request.data);
            set("mask", request.mask);
        }
        "load" => {
            set("data", request.data);
            set("mask", request.mask);
        }
        _ => {}
    }
}

fn output(sim: &Simulator, name: &str) -> u64 {
    sim.get(sim.output(name).expect("an output"))
}

fn compare(config: &Config, cycles: usize) {
    let settings = Settings::default();
    let mut sim =
        Simulator::new(&elaborate(&LocalMemory::new(config), &settings).expect("a memory"));
    sim.tick();
    sim.set(sim.input("rst_n").expect("a reset"), 1);
    let words = u64::from(config.lm_words());
    let bits = 8 * config.word();
    let granules = config.word() / config.granule();
    let bank = |addr: u64| addr / u64::from(config.lm_bank_words());
    let mut model = vec![0u64; words as usize];
    let mut random = Random(1);
    // Per client: words that are to appear, by cycle.
    let mut expected = vec![[None; 5]; cycles + timing::LM_READ as usize];
    for cycle in 0..cycles {
        let requests = CLIENTS.map(|client| random.request(client, words, granules));
        for (client, request) in CLIENTS.iter().zip(requests) {
            drive(&mut sim, client, request);
        }
        let mut lost = 0;
        let before = model.clone();
        for (i, request) in requests.iter().enumerate() {
            let wants = |r: &Request| r.valid && bank(r.addr) == bank(request.addr);
            let ready = !requests[..i].iter().any(wants);
            assert_eq!(output(&sim, &format!("{}_ready", CLIENTS[i])), u64::from(ready));
            lost += u64::from(request.valid && !ready);
            if !request.valid || !ready {
                continue;
            }
            let word = &mut model[request.addr as usize];
            if request.write {
                *word = merge(*word, request.data, request.mask, bits, granules);
            } else {
                let word = before[request.addr as usize];
                expected[cycle + timing::LM_READ as usize][i] = Some(word);
            }
        }
        assert_eq!(output(&sim, "conflicts"), lost);
        for (i, word) in expected[cycle].iter().enumerate() {
            let port = if CLIENTS[i] == "post" {
                "post_rdata".into()
            } else {
                format!("{}_data", CLIENTS[i])
            };
            if let Some(word) = word {
                assert_eq!(output(&sim, &port), *word, "cycle {cycle}, {port}");
            }
        }
        sim.tick();
    }
}

#[test]
fn every_client_sees_priority_masks_and_latency() {
    let tiny = Config::preset("tiny").expect("a preset");
    let ragged = Config::preset("ragged").expect("a preset");
    let mut one_bank = tiny.clone();
    one_bank.memory.lm_banks = 1;
    for config in [tiny, ragged, one_bank] {
        compare(&config, 2000);
    }
}

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
    /// A bit per strip but the last: it takes the word after `addr`.
    following: u64,
    data: u64,
    mask: u64,
}

impl Request {
    /// The word that a strip takes.
    fn word(&self, strip: u32, words: u64) -> u64 {
        (self.addr + (self.following >> strip & 1)) % words
    }
}

/// Whether a client's operands may straddle two words.
fn straddles(config: &Config, client: &str) -> bool {
    match client {
        "post" => config.cols_straddle(),
        "load" | "store" => false,
        _ => config.rows_straddle(),
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn request(&mut self, client: &str, config: &Config) -> Request {
        let words = u64::from(config.lm_words());
        let granules = config.word() / config.granule();
        let write = match client {
            "load" => true,
            "post" => self.next() % 2 == 0,
            _ => false,
        };
        // Few addresses, so that reads meet writes.
        let addr = ((self.next() % 8) * (words / 8) + self.next() % 2 + words - 1) % words;
        let following = match straddles(config, client) {
            true => self.next() % (1 << (config.strips() - 1)),
            false => 0,
        };
        let mask = self.next() % (1 << granules);
        Request { valid: self.next() % 3 != 0, write, addr, following, data: self.next(), mask }
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

fn drive(sim: &mut Simulator, config: &Config, client: &str, request: Request) {
    let mut set = |port: &str, value: u64| {
        let port = sim.input(&format!("{client}_{port}")).expect("an input");
        sim.set(port, value);
    };
    set("valid", request.valid.into());
    set("addr", request.addr);
    if straddles(config, client) {
        set("following", request.following);
    }
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
    let strips = config.strips();
    let strip_mask = |strip: u32| (u64::MAX >> (64 - bits / strips)) << (strip * (bits / strips));
    let mut model = vec![0u64; words as usize];
    let mut random = Random(1);
    // Per client: words that are to appear, by cycle.
    let mut expected = vec![[None; 5]; cycles + timing::LM_READ as usize];
    for cycle in 0..cycles {
        let requests = CLIENTS.map(|client| random.request(client, config));
        for (client, request) in CLIENTS.iter().zip(requests) {
            drive(&mut sim, config, client, request);
        }
        let mut lost = 0;
        let before = model.clone();
        for (i, request) in requests.iter().enumerate() {
            let banks = |r: &Request, strip| bank(r.word(strip, words));
            let meet = |r: &Request| (0..strips).any(|s| banks(r, s) == banks(request, s));
            let wants = |r: &Request| r.valid && meet(r);
            let ready = !requests[..i].iter().any(wants);
            assert_eq!(output(&sim, &format!("{}_ready", CLIENTS[i])), u64::from(ready));
            lost += u64::from(request.valid && !ready);
            if !request.valid || !ready {
                continue;
            }
            for strip in 0..strips {
                let (at, mine) = (request.word(strip, words) as usize, strip_mask(strip));
                if request.write {
                    let word = &mut model[at];
                    let new = merge(*word, request.data, request.mask, bits, granules);
                    *word = *word & !mine | new & mine;
                } else {
                    let word = &mut expected[cycle + timing::LM_READ as usize][i];
                    *word = Some(word.unwrap_or(0) | before[at] & mine);
                }
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
    let odd = |rows, cols, banks| {
        let mut config = tiny.clone();
        (config.array.rows, config.array.cols, config.memory.lm_banks) = (rows, cols, banks);
        config.post.lanes = 1;
        config.check().expect("a legal configuration");
        config
    };
    let all = [odd(3, 5, 4), odd(3, 4, 2), odd(8, 6, 4), odd(7, 2, 1)];
    for config in all.into_iter().chain([tiny.clone(), ragged, one_bank]) {
        compare(&config, 2000);
    }
}

//! A test bench for one component: named ports, stream drivers, AXI memory.
//!
//! Included by path in the tests of the crates above: none of them has to be built to test a part.
#![allow(dead_code, missing_docs)] // not every crate's tests use all of it

use seedbed_hdl::{elaborate, Module, Settings};
use seedbed_sim::{PortHandle, Simulator};
use std::collections::{HashMap, VecDeque};

use seedbed_sim::bench::axi_checker::{AxiChecker, AxiLimits};
use seedbed_sim::bench::memory::{Address, Sample};
pub use seedbed_sim::bench::memory::{ExternalMemory, MemoryTiming};

/// No part has more managers on its bus.
const MOST_IDS: usize = 16;

/// A component in the simulator, out of reset.
pub struct Bench {
    sim: Simulator,
    ports: HashMap<String, PortHandle>,
    pub cycle: u64,
    pub memory: Option<ExternalMemory>,
    checker: Option<AxiChecker>,
}

impl Bench {
    pub fn new<M: Module>(module: &M) -> Self {
        let design = elaborate(module, &Settings::default()).unwrap_or_else(|mistakes| {
            let text: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            panic!("{}", text.join("\n"))
        });
        let sim = Simulator::new(&design);
        let handle = |name: &str| sim.input(name).or_else(|| sim.output(name));
        let ports = design.top().ports.values();
        let ports = ports.filter_map(|p| Some((p.name.clone(), handle(&p.name)?))).collect();
        let mut bench = Bench { sim, ports, cycle: 0, memory: None, checker: None };
        if bench.has("rst_n") {
            bench.set("rst_n", 0);
            bench.sim.tick();
            bench.set("rst_n", 1);
        }
        bench
    }

    /// The same with `bytes` of memory on `m_axi`, filled with a pattern.
    pub fn with_memory<M: Module>(
        module: &M,
        bytes: usize,
        data_bits: u32,
        timing: MemoryTiming,
    ) -> Self {
        let mut bench = Self::new(module);
        let mut memory = ExternalMemory::new(bytes, data_bits as usize / 8, timing);
        for (i, byte) in memory.bytes_mut().iter_mut().enumerate() {
            *byte = pattern(i);
        }
        bench.memory = Some(memory);
        let limits = AxiLimits::axi4(data_bits as usize / 8, MOST_IDS);
        bench.checker = Some(AxiChecker::new(limits));
        bench
    }

    pub fn has(&self, name: &str) -> bool {
        self.ports.contains_key(name)
    }

    fn port(&self, name: &str) -> PortHandle {
        *self.ports.get(name).unwrap_or_else(|| panic!("no port `{name}`"))
    }

    pub fn set(&mut self, name: &str, value: u64) {
        self.sim.set(self.port(name), value);
    }

    pub fn set_wide(&mut self, name: &str, limbs: &[u64]) {
        self.sim.set_limbs(self.port(name), limbs);
    }

    pub fn get(&self, name: &str) -> u64 {
        self.sim.get(self.port(name))
    }

    pub fn get_wide(&self, name: &str) -> Vec<u64> {
        let port = self.port(name);
        let mut limbs = vec![0; port.width().div_ceil(64) as usize];
        self.sim.get_limbs(port, &mut limbs);
        limbs
    }

    /// Whether the stream `name`, or the AXI channel `name`, transfers in this cycle.
    pub fn fires(&self, name: &str) -> bool {
        let gap = if self.has(&format!("{name}_valid")) { "_" } else { "" };
        self.get(&format!("{name}{gap}valid")) == 1 && self.get(&format!("{name}{gap}ready")) == 1
    }

    pub fn tick(&mut self) {
        self.sim.tick();
        self.cycle += 1;
    }

    /// One cycle with drivers and memory. The inputs of everything else keep their values.
    pub fn step(&mut self, sources: &mut [&mut Source], sinks: &mut [&mut Sink]) {
        self.drive(sources, sinks);
        self.finish(sources, sinks);
    }

    /// The first half of [`Bench::step`]: afterwards all ports show this cycle's values.
    pub fn drive(&mut self, sources: &mut [&mut Source], sinks: &mut [&mut Sink]) {
        for source in sources {
            source.drive(self);
        }
        for sink in sinks {
            sink.drive(self);
        }
        self.drive_memory();
    }

    /// The second half of [`Bench::step`].
    pub fn finish(&mut self, sources: &mut [&mut Source], sinks: &mut [&mut Sink]) {
        for source in sources {
            source.sample(self);
        }
        for sink in sinks {
            sink.sample(self);
        }
        self.clock_memory();
        self.tick();
    }

    fn drive_memory(&mut self) {
        let Some(memory) = &self.memory else { return };
        let drive = memory.drive().clone();
        if self.has("m_axi_arready") {
            self.set("m_axi_arready", u64::from(drive.ar_ready));
            self.set("m_axi_rvalid", u64::from(drive.r.is_some()));
            if let Some(r) = &drive.r {
                self.set_wide("m_axi_rdata", &r.data);
                self.set("m_axi_rresp", u64::from(r.resp));
                self.set("m_axi_rlast", u64::from(r.last));
                if self.has("m_axi_rid") {
                    self.set("m_axi_rid", r.id);
                }
            }
        }
        if self.has("m_axi_awready") {
            self.set("m_axi_awready", u64::from(drive.aw_ready));
            self.set("m_axi_wready", u64::from(drive.w_ready));
            self.set("m_axi_bvalid", u64::from(drive.b.is_some()));
            self.set("m_axi_bresp", drive.b.map_or(0, |(_, resp)| u64::from(resp)));
        }
    }

    fn clock_memory(&mut self) {
        if self.memory.is_none() {
            return;
        }
        let sample = self.sample();
        if let (Some(memory), Some(checker)) = (&mut self.memory, &mut self.checker) {
            checker.clock(&sample, memory.drive(), false);
            memory.clock(&sample);
        }
    }

    /// What the design drives on `m_axi`.
    fn sample(&self) -> Sample {
        let mut sample = Sample::default();
        if self.has("m_axi_arready") {
            sample.ar = self.address("ar");
            sample.r_ready = self.get("m_axi_rready") == 1;
        }
        if self.has("m_axi_awready") {
            sample.aw = self.address("aw");
            sample.b_ready = self.get("m_axi_bready") == 1;
            let word = (self.get_wide("m_axi_wdata"), self.get("m_axi_wstrb"));
            let last = self.get("m_axi_wlast") == 1;
            sample.w = (self.get("m_axi_wvalid") == 1).then_some((word.0, word.1, last));
        }
        sample
    }

    fn address(&self, channel: &str) -> Option<Address> {
        let get = |s: &str| self.get(&format!("m_axi_{channel}{s}"));
        let id = if self.has(&format!("m_axi_{channel}id")) { get("id") } else { 0 };
        let (addr, len, size, burst) = (get("addr"), get("len"), get("size"), get("burst"));
        (get("valid") == 1).then_some(Address { id, addr, len, size, burst })
    }

    /// Fails the test when the design broke the protocol.
    pub fn assert_protocol(&self) {
        if let Some(checker) = &self.checker {
            assert_eq!(checker.violations(), []);
        }
    }
}

/// What memory holds at byte `i` before a test.
pub fn pattern(i: usize) -> u8 {
    (i.wrapping_mul(167) ^ (i >> 7).wrapping_mul(13)) as u8
}

/// Drives a `sink` port of the design with items.
pub struct Source {
    name: String,
    pub items: VecDeque<Vec<u64>>,
    holds: Holds,
    offering: bool,
    /// Cycles of the transfers.
    pub times: Vec<u64>,
}

impl Source {
    /// Offers `items`, holding back in `percent` of the cycles.
    pub fn new(name: &str, items: impl IntoIterator<Item = Vec<u64>>, percent: u64) -> Self {
        Source {
            name: name.to_string(),
            items: items.into_iter().collect(),
            holds: Holds::new(name, percent),
            offering: false,
            times: Vec::new(),
        }
    }

    fn drive(&mut self, b: &mut Bench) {
        let held = self.holds.next();
        self.offering = !self.items.is_empty() && (self.offering || !held);
        b.set(&format!("{}_valid", self.name), u64::from(self.offering));
        if let Some(item) = self.items.front() {
            b.set_wide(&format!("{}_data", self.name), item);
        }
    }

    fn sample(&mut self, b: &Bench) {
        if b.fires(&self.name) {
            self.items.pop_front();
            self.offering = false;
            self.times.push(b.cycle);
        }
    }
}

/// Takes what a `source` port of the design offers.
pub struct Sink {
    name: String,
    holds: Holds,
    pub items: Vec<Vec<u64>>,
    /// Cycles of the transfers.
    pub times: Vec<u64>,
}

impl Sink {
    /// Takes items, holding back in `percent` of the cycles.
    pub fn new(name: &str, percent: u64) -> Self {
        let holds = Holds::new(name, percent);
        Sink { name: name.to_string(), holds, items: Vec::new(), times: Vec::new() }
    }

    fn drive(&mut self, b: &mut Bench) {
        let ready = u64::from(!self.holds.next());
        b.set(&format!("{}_ready", self.name), ready);
    }

    fn sample(&mut self, b: &Bench) {
        if b.fires(&self.name) {
            self.items.push(b.get_wide(&format!("{}_data", self.name)));
            self.times.push(b.cycle);
        }
    }

    /// Changes how often it holds back.
    pub fn hold(&mut self, percent: u64) {
        self.holds.percent = percent;
    }
}

struct Holds {
    random: Random,
    percent: u64,
}

impl Holds {
    fn new(name: &str, percent: u64) -> Self {
        let seed = name.bytes().fold(percent + 1, |s, b| s * 31 + u64::from(b));
        Holds { random: Random(seed), percent }
    }

    fn next(&mut self) -> bool {
        self.random.below(100) < self.percent
    }
}

/// A small generator of random numbers, the same on every platform.
pub struct Random(pub u64);

impl Random {
    /// The next 32 bits.
    pub fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 32
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

//! The pins of an AXI4 or AXI4-Lite port of the design, and the check of what passes them.

use super::axi_checker::{AxiChecker, AxiLimits, Rule};
use super::memory::{Address, Drive, ReadBeat, Sample};
use super::pins::Pins;

/// The pins `PREFIX_arvalid` and so on. Signals that the port lacks, as of AXI4-Lite, have the values
/// that stand for their absence.
#[derive(Clone)]
pub(super) struct AxiPorts {
    pub prefix: String,
    pub bus_bytes: usize,
}

impl AxiPorts {
    pub fn name(&self, signal: &str) -> String {
        format!("{}_{signal}", self.prefix)
    }

    pub fn has(&self, pins: &Pins, signal: &str) -> bool {
        pins.has(&self.name(signal))
    }

    /// Sets an input, when the port has it.
    pub fn set(&self, pins: &Pins, signal: &str, value: u64) {
        let name = self.name(signal);
        if pins.has(&name) {
            pins.set(&name, value);
        }
    }

    /// A signal; `absent` when the port lacks it.
    fn get(&self, pins: &Pins, signal: &str, absent: u64) -> u64 {
        let name = self.name(signal);
        if pins.has(&name) {
            pins.get(&name)
        } else {
            absent
        }
    }

    fn is_high(&self, pins: &Pins, signal: &str) -> bool {
        self.get(pins, signal, 0) == 1
    }

    fn data(&self, pins: &Pins, signal: &str) -> Vec<u64> {
        pins.get_bits(&self.name(signal)).limbs().to_vec()
    }

    /// What the manager drives.
    pub fn sample(&self, pins: &Pins) -> Sample {
        let valid = |signal: &str| self.is_high(pins, signal);
        let w = valid("wvalid").then(|| {
            let strobes = self.get(pins, "wstrb", u64::MAX);
            (self.data(pins, "wdata"), strobes, self.get(pins, "wlast", 1) == 1)
        });
        Sample {
            ar: valid("arvalid").then(|| self.address(pins, "ar")),
            aw: valid("awvalid").then(|| self.address(pins, "aw")),
            w,
            r_ready: valid("rready"),
            b_ready: valid("bready"),
        }
    }

    fn address(&self, pins: &Pins, channel: &str) -> Address {
        let get = |signal: &str, absent| self.get(pins, &format!("{channel}{signal}"), absent);
        let full = u64::from(self.bus_bytes.ilog2());
        Address {
            id: get("id", 0),
            addr: get("addr", 0),
            len: get("len", 0),
            size: get("size", full),
            burst: get("burst", 1),
        }
    }

    /// What the subordinate drives.
    pub fn drive(&self, pins: &Pins) -> Drive {
        let [ar_ready, aw_ready, w_ready] =
            ["arready", "awready", "wready"].map(|ready| self.is_high(pins, ready));
        let r = self.is_high(pins, "rvalid").then(|| ReadBeat {
            id: self.get(pins, "rid", 0),
            data: self.data(pins, "rdata"),
            resp: self.get(pins, "rresp", 0) as u8,
            last: self.get(pins, "rlast", 1) == 1,
        });
        let b = self
            .is_high(pins, "bvalid")
            .then(|| (self.get(pins, "bid", 0), self.get(pins, "bresp", 0) as u8));
        Drive { ar_ready, aw_ready, w_ready, r, b }
    }
}

/// Checks what passes the pins, and stops the bench when a rule is broken.
pub(super) struct Guard {
    ports: AxiPorts,
    checker: AxiChecker,
    /// Violations that were judged.
    judged: usize,
    /// Whether the reset was on at the last edge.
    in_reset: bool,
    /// The rules that count.
    counts: fn(Rule) -> bool,
}

impl Guard {
    pub fn new(ports: &AxiPorts, counts: fn(Rule) -> bool) -> Self {
        let checker = AxiChecker::new(AxiLimits::axi4(ports.bus_bytes, 0));
        // A bench begins with a cycle in reset.
        Guard { ports: ports.clone(), checker, judged: 0, in_reset: true, counts }
    }

    /// Takes the present cycle. Nothing is in flight after one in reset; the first one of several is not
    /// judged, because a synchronous reset has not acted yet.
    pub fn clock(&mut self, pins: &Pins, sample: &Sample, drive: &Drive) {
        let before = std::mem::replace(&mut self.in_reset, pins.in_reset());
        match (self.in_reset, before) {
            (false, _) => self.checker.clock(sample, drive, false),
            (true, false) => self.checker.clock_in_reset(&Sample::default()),
            (true, true) => self.checker.clock_in_reset(sample),
        }
        let new = &self.checker.violations()[self.judged..];
        for broken in new.iter().filter(|v| (self.counts)(v.rule)) {
            pins.fail(format!("port `{}`: {:?}: {}", self.ports.prefix, broken.rule, broken.what));
        }
        self.judged += new.len();
    }
}

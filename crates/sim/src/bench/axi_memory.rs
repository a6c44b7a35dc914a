//! External memory behind an AXI4 or AXI4-Lite manager port of the design.

use super::axi_checker::{AxiChecker, AxiLimits, Rule};
use super::memory::{Address, Drive, ExternalMemory, Sample};
use super::pins::Pins;
use super::Bench;
use seedbed_ir::Bits;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

/// IDs that a port may use.
const IDS: usize = 256;

/// An [`ExternalMemory`] on the ports `PREFIX_arvalid` and so on of the design. A port that only reads
/// or only writes is served as well, and so is AXI4-Lite: a port without `len` has bursts of one beat.
///
/// The port is checked against the rules of AXI4; a broken one stops the bench. Narrow beats, bursts
/// other than INCR and addresses between beats, which this memory does not serve, are reported too.
#[derive(Clone)]
pub struct AxiMemory(Rc<RefCell<ExternalMemory>>);

impl AxiMemory {
    /// Connects `memory` to the ports that begin with `prefix` and `_`.
    pub fn new(bench: &mut Bench, prefix: &str, memory: ExternalMemory) -> Self {
        let ports = Ports { prefix: prefix.to_string(), bus_bytes: memory.bus_bytes() };
        let mut checker = AxiChecker::new(AxiLimits::axi4(ports.bus_bytes, IDS));
        ports.apply(bench, memory.drive());
        let memory = AxiMemory(Rc::new(RefCell::new(memory)));
        let shared = memory.clone();
        bench.background(prefix, |t| async move {
            let mut reported = 0;
            loop {
                t.tick().await;
                let mut memory = shared.memory();
                let sample = ports.sample(&t);
                checker.clock(&sample, memory.drive(), false);
                for broken in checker.violations()[reported..].iter().filter(|v| is_axi4(v.rule)) {
                    t.fail(format!("port `{}`: {:?}: {}", ports.prefix, broken.rule, broken.what));
                }
                reported = checker.violations().len();
                memory.clock(&sample);
                ports.apply(&t, memory.drive());
            }
        });
        memory
    }

    /// The memory, to fill and to read.
    ///
    /// # Panics
    /// When a task keeps the result over an `.await`.
    pub fn memory(&self) -> RefMut<'_, ExternalMemory> {
        self.0.borrow_mut()
    }
}

/// Whether every manager must keep the rule, and not only one that promises more.
fn is_axi4(rule: Rule) -> bool {
    !matches!(
        rule,
        Rule::PartialStrobes | Rule::NotReady | Rule::BusyAtInterrupt | Rule::DataWithoutAddress
    )
}

struct Ports {
    prefix: String,
    bus_bytes: usize,
}

impl Ports {
    fn name(&self, signal: &str) -> String {
        format!("{}_{signal}", self.prefix)
    }

    /// Sets an input, when the port has it.
    fn set(&self, pins: &Pins, signal: &str, value: u64) {
        let name = self.name(signal);
        if pins.has(&name) {
            pins.set(&name, value);
        }
    }

    /// An output; `absent` when the port lacks it.
    fn get(&self, pins: &Pins, signal: &str, absent: u64) -> u64 {
        let name = self.name(signal);
        if pins.has(&name) {
            pins.get(&name)
        } else {
            absent
        }
    }

    fn apply(&self, pins: &Pins, drive: &Drive) {
        self.set(pins, "arready", drive.ar_ready.into());
        self.set(pins, "awready", drive.aw_ready.into());
        self.set(pins, "wready", drive.w_ready.into());
        self.set(pins, "rvalid", drive.r.is_some().into());
        if let Some(r) = &drive.r {
            self.set(pins, "rid", r.id);
            self.set(pins, "rresp", r.resp.into());
            self.set(pins, "rlast", r.last.into());
            let data = Bits::from_limbs(8 * self.bus_bytes as u32, &r.data);
            pins.set_bits(&self.name("rdata"), &data);
        }
        self.set(pins, "bvalid", drive.b.is_some().into());
        if let Some((id, resp)) = drive.b {
            self.set(pins, "bid", id);
            self.set(pins, "bresp", resp.into());
        }
    }

    fn sample(&self, pins: &Pins) -> Sample {
        let valid = |signal: &str| self.get(pins, signal, 0) == 1;
        let w = valid("wvalid").then(|| {
            let data = pins.get_bits(&self.name("wdata")).limbs().to_vec();
            (data, self.get(pins, "wstrb", u64::MAX), self.get(pins, "wlast", 1) == 1)
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
}

//! External memory behind an AXI4 or AXI4-Lite manager port of the design.

use super::axi_checker::Rule;
use super::axi_ports::{AxiPorts, Guard};
use super::memory::{Drive, ExternalMemory};
use super::pins::Pins;
use super::stall::Stall;
use super::Bench;
use seedbed_ir::Bits;
use std::cell::{RefCell, RefMut};
use std::rc::Rc;

/// An [`ExternalMemory`] on the ports `PREFIX_arvalid` and so on of the design. A port that only reads
/// or only writes is served as well, and so is AXI4-Lite: a port without `len` has bursts of one beat.
///
/// The port is checked against the rules of AXI4; a broken one stops the bench. Narrow beats, bursts
/// other than INCR and addresses between beats, which this memory does not serve, are reported too.
/// Nothing that AXI4 leaves open can be relied on: a memory that stalls takes write data before their
/// address now and then, and what stands beside a low `rvalid` or `bvalid` is random. A reset makes it
/// forget what is in flight.
#[derive(Clone)]
pub struct AxiMemory(Rc<RefCell<ExternalMemory>>);

impl AxiMemory {
    /// Connects `memory` to the ports that begin with `prefix` and `_`.
    ///
    /// # Panics
    /// When the design has neither `PREFIX_arvalid` nor `PREFIX_awvalid`, lacks the data of one of them,
    /// or has data that are not as wide as the memory's bus.
    #[track_caller]
    pub fn new(bench: &mut Bench, prefix: &str, mut memory: ExternalMemory) -> Self {
        let ports = AxiPorts { prefix: prefix.to_string(), bus_bytes: memory.bus_bytes() };
        check(&ports, bench);
        memory.take_data_first();
        let mut guard = Guard::new(&ports, is_axi4);
        let mut idle = Stall::none();
        apply(&ports, bench, memory.drive(), &mut idle);
        let memory = AxiMemory(Rc::new(RefCell::new(memory)));
        let shared = memory.clone();
        bench.background(prefix, |t| async move {
            let mut was_in_reset = true;
            // What is driven first stands on the pins after the next edge.
            t.tick().await;
            loop {
                {
                    let mut memory = shared.memory();
                    let sample = ports.sample(&t);
                    guard.clock(&t, &sample, memory.drive());
                    match (t.in_reset(), was_in_reset) {
                        (false, _) => memory.clock(&sample),
                        (true, false) => memory.reset(),
                        (true, true) => {}
                    }
                    was_in_reset = t.in_reset();
                    apply(&ports, &t, memory.drive(), &mut idle);
                }
                t.tick().await;
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
        Rule::PartialStrobes
            | Rule::NotReady
            | Rule::BusyAtInterrupt
            | Rule::DataWithoutAddress
            | Rule::UnknownId
    )
}

/// Refuses a prefix that no port has, and a bus of another width than the memory's.
#[track_caller]
fn check(ports: &AxiPorts, pins: &Pins) {
    let directions = [("arvalid", "rdata"), ("awvalid", "wdata")];
    let found: Vec<&str> =
        directions.iter().filter(|(valid, _)| ports.has(pins, valid)).map(|(_, d)| *d).collect();
    let prefix = &ports.prefix;
    assert!(
        !found.is_empty(),
        "the design has no port `{prefix}_arvalid` or `{prefix}_awvalid`; is `{prefix}` the prefix?"
    );
    for data in found {
        let (name, bytes) = (ports.name(data), ports.bus_bytes);
        let bits = pins.width(&name);
        assert!(
            bits as usize == 8 * bytes,
            "`{name}` has {bits} bits, but the memory a bus of {bytes} bytes; make them equal"
        );
    }
}

/// Drives the pins; what means nothing is random.
fn apply(ports: &AxiPorts, pins: &Pins, drive: &Drive, idle: &mut Stall) {
    ports.set(pins, "arready", drive.ar_ready.into());
    ports.set(pins, "awready", drive.aw_ready.into());
    ports.set(pins, "wready", drive.w_ready.into());
    ports.set(pins, "rvalid", drive.r.is_some().into());
    let mut random = || idle.garbage(64).to_u64();
    let (id, resp, last) = match &drive.r {
        Some(r) => (r.id, r.resp.into(), r.last.into()),
        None => (random(), random(), random()),
    };
    ports.set(pins, "rid", id);
    ports.set(pins, "rresp", resp);
    ports.set(pins, "rlast", last);
    ports.set(pins, "bvalid", drive.b.is_some().into());
    let (id, resp) = drive.b.map_or_else(|| (random(), random()), |(id, resp)| (id, resp.into()));
    ports.set(pins, "bid", id);
    ports.set(pins, "bresp", resp);
    if ports.has(pins, "rdata") {
        let width = 8 * ports.bus_bytes as u32;
        let data = match &drive.r {
            Some(r) => Bits::from_limbs(width, &r.data),
            None => idle.garbage(width),
        };
        pins.set_bits(&ports.name("rdata"), &data);
    }
}

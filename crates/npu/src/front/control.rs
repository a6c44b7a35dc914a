//! Registers, counters, stamps and the life of a job.
//!
//! A job begins with the first doorbell while idle and ends when FRONT is idle again; then the
//! interrupt status is set. `CYCLES` counts clock edges from the one that takes the doorbell's write
//! data to the first that samples `irq` high.
//!
//! | port | dir | meaning |
//! |---|---|---|
//! | `s_axil_*` | | AXI4-Lite subordinate |
//! | `irq` | out | interrupt, level |
//! | `base`, `size` | out | ring |
//! | `doorbell`, `count` | out | more commands are ready |
//! | `begin` | out | the doorbell begins a job |
//! | `restart` | out | forget fault, semaphores and ring position (only given while idle) |
//! | `busy` | out | a job runs |
//! | `idle` | in | nothing is left to do |
//! | `stuck` | in | the watchdog has expired: nothing can be done |
//! | `watchdog` | out | its limit |
//! | `read_window_*`, `write_window_*` | out | the pages that may be touched |
//! | `fault` | in | fault record: {valid, index, engine, cause, address} |
//! | `retire`, `stamp` | in | a command has completed; its stamp number |
//! | `events` | in | one input per counter: what it adds in this cycle |

use super::engine_queue::{ADDR, CAUSE, SEQ, STAMP};
use super::fetch::RING;
use super::watchdog::LIMIT;
use crate::window::WindowSigs;
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig};
use seedbed_parts::axi::LitePort;
use seedbed_parts::registers::RegisterBlock;
use seedbed_spec::{csr, Config};

/// Counters with the width of what one cycle can add, in CSR order.
pub const COUNTERS: [(&str, u32); 9] = [
    ("LOAD_BUSY", 1),
    ("STORE_BUSY", 1),
    ("MATRIX_BUSY", 1),
    ("POST_BUSY", 1),
    ("MATRIX_ROWS", 1),
    ("READ_BEATS", 1),
    ("WRITE_BEATS", 1),
    ("LM_CONFLICTS", EVENT),
    ("SATURATIONS", EVENT),
];
/// Bits of the widest events: up to 256 POST lanes saturate in one cycle.
pub const EVENT: u32 = 9;
/// The value `CYCLES` starts from: the edge that ends the cycle after the doorbell's handshake is the
/// first one counted. The bench asserts that its own count is equal.
const CYCLES_START: u32 = 1;
const COUNT: u32 = 32;

/// The control block of a core of this configuration.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Control {
    /// The core.
    pub config: Config,
}

/// The fault record.
#[derive(Clone, Copy)]
pub struct FaultSigs<'m> {
    /// One is on record.
    pub valid: Sig<'m>,
    /// Number of the command in its job.
    pub index: Sig<'m>,
    /// Engine.
    pub engine: Sig<'m>,
    /// Cause.
    pub cause: Sig<'m>,
    /// Address.
    pub addr: Sig<'m>,
}

impl<'m> FaultSigs<'m> {
    /// Bits of an engine number.
    pub const ENGINE: u32 = 3;

    /// Builds each signal by name and width.
    pub fn new(mut make: impl FnMut(&str, u32) -> Sig<'m>) -> Self {
        Self {
            valid: make("valid", 1),
            index: make("index", SEQ),
            engine: make("engine", Self::ENGINE),
            cause: make("cause", CAUSE),
            addr: make("addr", ADDR),
        }
    }

    /// All five signals.
    pub fn all(&self) -> [Sig<'m>; 5] {
        [self.valid, self.index, self.engine, self.cause, self.addr]
    }
}

/// Ports of [`Control`].
pub struct ControlIo<'m> {
    /// AXI4-Lite.
    pub lite: LitePort<'m>,
    /// Interrupt.
    pub irq: Sig<'m>,
    /// Ring base address.
    pub base: Sig<'m>,
    /// Ring length.
    pub size: Sig<'m>,
    /// More commands.
    pub doorbell: Sig<'m>,
    /// How many.
    pub count: Sig<'m>,
    /// A job begins.
    pub begin: Sig<'m>,
    /// Forget.
    pub restart: Sig<'m>,
    /// A job runs.
    pub busy: Sig<'m>,
    /// Nothing left.
    pub idle: Sig<'m>,
    /// Nothing can be done.
    pub stuck: Sig<'m>,
    /// Limit of the watchdog.
    pub watchdog: Sig<'m>,
    /// Pages that may be read.
    pub read_window: WindowSigs<'m>,
    /// Pages that may be written.
    pub write_window: WindowSigs<'m>,
    /// Fault record.
    pub fault: FaultSigs<'m>,
    /// A command has completed.
    pub retire: Sig<'m>,
    /// Its stamp.
    pub stamp: Sig<'m>,
    /// In the order of [`COUNTERS`].
    pub events: Vec<Sig<'m>>,
}

impl Module for Control {
    type Io<'m> = ControlIo<'m>;

    fn name(&self) -> String {
        format!("control_{}", self.config.name)
    }

    fn doc(&self) -> String {
        "Registers, counters, stamps and the life of a job.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ControlIo<'m> {
        let event = |(name, width): &(&str, u32)| {
            p.input(format!("{}_event", name.to_lowercase()), uint(*width))
        };
        ControlIo {
            lite: p
                .group("s_axil", |p| LitePort::subordinate(p, csr::map(&self.config).addr_bits())),
            irq: p.output("irq", bit()),
            base: p.output("base", uint(self.config.bus.addr_bits)),
            size: p.output("size", uint(RING)),
            doorbell: p.output("doorbell", bit()),
            count: p.output("count", uint(RING)),
            begin: p.output("begin_job", bit()),
            restart: p.output("restart", bit()),
            busy: p.output("busy", bit()),
            idle: p.input("idle", bit()),
            stuck: p.input("stuck", bit()),
            watchdog: p.output("watchdog", uint(LIMIT)),
            read_window: WindowSigs::outputs(p, "read_window"),
            write_window: WindowSigs::outputs(p, "write_window"),
            fault: FaultSigs::new(|name, width| p.input(format!("fault_{name}"), uint(width))),
            retire: p.input("retire", bit()),
            stamp: p.input("stamp", uint(STAMP)),
            events: COUNTERS.iter().map(event).collect(),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ControlIo<'m>) {
        let regs = m.inst("u_registers", &RegisterBlock { map: csr::map(&self.config) });
        regs.axil.connect(io.lite);
        let field = |name: &str| regs.field(name);

        let ring = m.cat(&[field("RING_HI.value"), field("RING_LO.value")]);
        io.base.set(ring.trunc(self.config.bus.addr_bits));
        io.size.set(field("RING_SIZE.value"));
        let doorbell = regs.pulse("DOORBELL.count");
        io.doorbell.set(doorbell);
        io.count.set(field("DOORBELL.count"));

        for (direction, window) in [("READ", io.read_window), ("WRITE", io.write_window)] {
            for (end, to) in [("BASE", window.first), ("LIMIT", window.last)] {
                let half = |half| field(&format!("{direction}_WINDOW_{end}_{half}.page"));
                to.set(m.cat(&[half("HI"), half("LO")]));
            }
        }

        let busy = m.reg("busy_q", bit(), 0);
        let begin = (doorbell & !busy).named("begins");
        let end = (busy & (io.idle | io.stuck) & !doorbell).named("ends");
        m.when(end, || busy.set(0));
        m.when(begin, || busy.set(1));
        io.busy.set(busy);
        io.begin.set(begin);
        io.watchdog.set(field("WATCHDOG.value"));
        let restart = regs.pulse("CONTROL.restart") & field("CONTROL.restart");
        io.restart.set(restart & !busy & !doorbell & !io.stuck);

        field("STATUS.busy").set(busy);
        field("STATUS.fault").set(io.fault.valid);
        field("STATUS.stuck").set(io.stuck);
        regs.set("IRQ_STATUS.done").set(end);
        regs.set("IRQ_STATUS.fault").set(end & io.fault.valid);
        let done_irq = field("IRQ_STATUS.done") & field("IRQ_ENABLE.done");
        let fault_irq = field("IRQ_STATUS.fault") & field("IRQ_ENABLE.fault");
        io.irq.set(done_irq | fault_irq);
        self.report_fault(&io, field);

        let cycles = self.count(m, &io, begin, busy, field);
        let stamps = m.mem_1r1w("stamps", COUNT, 1 << STAMP, None);
        stamps.write(io.stamp, io.retire & io.stamp.ne(0), cycles, None);
        let (addr, data) = regs.array("STAMP");
        data.set(stamps.read(addr, m.high()));
    }
}

impl Control {
    fn report_fault<'m>(&self, io: &ControlIo<'m>, field: impl Fn(&str) -> Sig<'m>) {
        let fault = &io.fault;
        field("FAULT_INDEX.value").set(fault.index.extend(32));
        field("FAULT_INFO.cause").set(fault.cause);
        field("FAULT_INFO.engine").set(fault.engine);
        field("FAULT_ADDR_LO.value").set(fault.addr.slice(0, 32));
        field("FAULT_ADDR_HI.value").set(fault.addr.slice(32, ADDR - 32).extend(32));
    }

    /// All counters; returns `CYCLES`.
    fn count<'m>(
        &self,
        m: &'m Scope,
        io: &ControlIo<'m>,
        begin: Sig<'m>,
        busy: Sig<'m>,
        field: impl Fn(&str) -> Sig<'m>,
    ) -> Sig<'m> {
        let counter = |name: &str, event: Sig<'m>, start: u32| {
            let value = m.reg(format!("{}_q", name.to_lowercase()), uint(COUNT), 0);
            m.when(busy, || value.set(value.wrapping_add(event)));
            m.when(begin, || value.set(start));
            field(&format!("{name}.value")).set(value);
            value
        };
        for ((name, _), &event) in COUNTERS.iter().zip(&io.events) {
            counter(name, event, 0);
        }
        counter("COMMANDS", io.retire, 0);
        counter("CYCLES", m.high(), CYCLES_START)
    }
}

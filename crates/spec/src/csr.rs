//! The control and status registers of the accelerator.

use seedbed_regmap::Access::{
    Constant, Pulse, ReadOnly, ReadWrite, WriteOneToClear, WriteOneToSet,
};
use seedbed_regmap::{Access, Field, Map, Register};

use crate::{Config, Window};

/// CSR `ID`: "SDBD".
pub const ID: u32 = 0x5344_4244;
/// CSR `VERSION`: major in the upper half, minor in the lower.
pub const VERSION: u32 = 0x0001_0002;
/// Bits of numbers of commands: a ring or a job holds at most 2^20 - 1.
pub const COUNT_BITS: u32 = 20;
/// Bits of a page number in the low and in the high register of an end of a window.
pub const PAGE_LOW: u32 = 20;
/// See [`PAGE_LOW`].
pub const PAGE_HIGH: u32 = Window::PAGE_BITS - PAGE_LOW;
/// Number of `STAMP` registers; stamp 0 is never written.
pub const STAMPS: u32 = 64;

/// The register map of a configuration. The layout is the same for all; only constants differ.
pub fn map(config: &Config) -> Map {
    let mut registers = identity(config);
    registers.extend(control());
    registers.extend(ring());
    registers.extend(fault());
    registers.extend(counters());
    registers.extend(windows());
    registers.push(watchdog());
    registers.push(stamps());
    Map::new("seedbed", "Control and status registers, AXI4-Lite, 32 bits each.", registers)
}

fn whole(name: &str, offset: u32, access: Access, doc: &str) -> Register {
    Register::new(name, offset, doc, vec![Field::new("value", 0, 32, access, "The value.")])
}

fn constant(name: &str, offset: u32, value: u32, doc: &str) -> Register {
    let field = Field::new("value", 0, 32, Constant, "The value.").with_reset(value);
    Register::new(name, offset, doc, vec![field])
}

fn bit(name: &str, lsb: u32, access: Access, doc: &str) -> Field {
    Field::new(name, lsb, 1, access, doc)
}

fn identity(config: &Config) -> Vec<Register> {
    let minor = Field::new("minor", 0, 16, Constant, "Raised by compatible changes.");
    let major = Field::new("major", 16, 16, Constant, "Raised by incompatible changes.");
    let version = vec![minor.with_reset(VERSION & 0xffff), major.with_reset(VERSION >> 16)];
    vec![
        constant("ID", 0x000, ID, "The letters SDBD."),
        Register::new("VERSION", 0x004, "Version of registers and commands.", version),
        constant("CONFIG_HASH", 0x008, config.hash(), "Hash of the configuration."),
    ]
}

fn control() -> Vec<Register> {
    let restart =
        "Clears the fault record, the semaphores and the ring's head. Only when not busy.";
    vec![
        Register::new("CONTROL", 0x010, "Control.", vec![bit("restart", 0, Pulse, restart)]),
        Register::new(
            "STATUS",
            0x014,
            "Status.",
            vec![
                bit("busy", 0, ReadOnly, "A job is running."),
                bit("fault", 1, ReadOnly, "A fault is recorded; cleared by restart."),
                bit("stuck", 2, ReadOnly, "The watchdog has ended a job; only reset helps."),
            ],
        ),
        Register::new(
            "IRQ_ENABLE",
            0x018,
            "Which events raise irq.",
            vec![
                bit("done", 0, ReadWrite, "A job has ended."),
                bit("fault", 1, ReadWrite, "A job has ended with a fault."),
            ],
        ),
        Register::new(
            "IRQ_STATUS",
            0x01c,
            "Events so far.",
            vec![
                bit("done", 0, WriteOneToClear, "A job has ended."),
                bit("fault", 1, WriteOneToClear, "A job has ended with a fault."),
            ],
        ),
    ]
}

fn ring() -> Vec<Register> {
    let base = "Address of the command ring, a multiple of 64; the low 6 bits are ignored";
    let doorbell = "Starts commands. A job ends when all that were announced have retired.";
    let count =
        "Commands newly available, added to those not yet fetched; at most 2^20 - 1 together.";
    let count = Field::new("count", 0, COUNT_BITS, Pulse, count);
    let size = "Commands in the ring; the head wraps there.";
    let size_field = Field::new("value", 0, COUNT_BITS, ReadWrite, "The value.");
    vec![
        whole("RING_LO", 0x020, ReadWrite, &format!("{base}: low half.")),
        whole("RING_HI", 0x024, ReadWrite, &format!("{base}: high half.")),
        Register::new("RING_SIZE", 0x028, size, vec![size_field]),
        Register::new("DOORBELL", 0x02c, doorbell, vec![count]),
    ]
}

fn fault() -> Vec<Register> {
    let address = "Address of the first fault, its meaning depends on the cause";
    vec![
        whole(
            "FAULT_INDEX",
            0x030,
            ReadOnly,
            "Number within its job, from 0 and modulo 2^20, of the first command that failed.",
        ),
        Register::new(
            "FAULT_INFO",
            0x034,
            "What the first fault was.",
            vec![
                Field::new("cause", 0, 4, ReadOnly, "Cause; 0: no fault."),
                Field::new("engine", 8, 3, ReadOnly, "Engine that found it."),
            ],
        ),
        whole("FAULT_ADDR_LO", 0x038, ReadOnly, &format!("{address}: low half.")),
        whole("FAULT_ADDR_HI", 0x03c, ReadOnly, &format!("{address}: high half.")),
    ]
}

/// Name and meaning of the counters, from 0x040 on.
pub const COUNTERS: [(&str, &str); 11] = [
    ("CYCLES", "Clock edges from the one that takes the doorbell's write data to the first that samples irq high."),
    ("COMMANDS", "Commands retired without a fault."),
    ("LOAD_BUSY", "Cycles with a LOAD in flight."),
    ("STORE_BUSY", "Cycles with a STORE in flight."),
    ("MATRIX_BUSY", "Cycles with a MATRIX in flight."),
    ("POST_BUSY", "Cycles with a POST in flight."),
    ("MATRIX_ROWS", "Activation rows that entered the array."),
    ("READ_BEATS", "Data beats read from external memory."),
    ("WRITE_BEATS", "Data beats written to external memory."),
    ("LM_CONFLICTS", "Cycles that LM clients lost to clients of higher priority, summed over clients."),
    ("SATURATIONS", "Sums of accumulator and bias that were saturated."),
];

fn counters() -> Vec<Register> {
    let offsets = (0x040..).step_by(4);
    let counter = |((name, doc), offset): (&(&str, &str), u32)| {
        let doc = format!("{doc} Cleared by the first doorbell of a job.");
        whole(name, offset, ReadOnly, &doc)
    };
    COUNTERS.iter().zip(offsets).map(counter).collect()
}

/// The windows, each with a first and a last page, and their locks.
fn windows() -> Vec<Register> {
    let doc = |which| format!("The {which} window keeps its value until reset.");
    let locks = vec![
        bit("read", 0, WriteOneToSet, &doc("read")),
        bit("write", 1, WriteOneToSet, &doc("write")),
    ];
    let [first, last] = [Window::ALL.first, Window::ALL.last];
    [
        window_end("READ_WINDOW_BASE", 0x080, first, "First page of 4 KiB that may be read"),
        window_end("READ_WINDOW_LIMIT", 0x088, last, "Last page of 4 KiB that may be read"),
        window_end("WRITE_WINDOW_BASE", 0x090, first, "First page of 4 KiB that may be written"),
        window_end("WRITE_WINDOW_LIMIT", 0x098, last, "Last page of 4 KiB that may be written"),
        vec![Register::new("WINDOW_LOCK", 0x0a0, "Locks the windows.", locks)],
    ]
    .concat()
}

fn watchdog() -> Register {
    let doc = "Cycles of a job without a transfer on the bus, a command that starts or ends, or a \
               MATRIX or POST in flight, after which it ends with the fault WATCHDOG; 0: never.";
    whole("WATCHDOG", 0x0a4, ReadWrite, doc)
}

/// The two registers of one end of a window.
fn window_end(name: &str, offset: u32, reset: u64, doc: &str) -> Vec<Register> {
    let lock = if name.starts_with("READ") { "WINDOW_LOCK.read" } else { "WINDOW_LOCK.write" };
    let half = |half, offset, lsb, width, reset: u64, bits| {
        let field = Field::new("page", lsb, width, ReadWrite, bits);
        let field = field.with_reset((reset & ((1 << width) - 1)) as u32).locked_by(lock);
        Register::new(&format!("{name}_{half}"), offset, &format!("{doc}."), vec![field])
    };
    vec![
        half("LO", offset, 12, PAGE_LOW, reset, "Bits 31:12 of its address."),
        half("HI", offset + 4, 0, PAGE_HIGH, reset >> PAGE_LOW, "Bits 47:32 of its address."),
    ]
}

fn stamps() -> Register {
    let doc = "CYCLES at the completion of the last command that carried this stamp.";
    whole("STAMP", 0x100, ReadOnly, doc).array(STAMPS)
}

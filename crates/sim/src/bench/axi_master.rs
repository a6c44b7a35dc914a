//! A manager for an AXI4 or AXI4-Lite subordinate port of the design.

use super::axi_checker::Rule;
use super::axi_ports::{AxiPorts, Guard};
use super::stall::Stall;
use super::task::Task;
use super::Bench;
use crate::kernel::mask;
use seedbed_ir::Bits;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

/// Reads and writes bytes through the ports `PREFIX_awvalid` and so on of the design, in INCR bursts of
/// whole beats that do not cross 4 KiB; a port without `len`, AXI4-Lite, gets single beats. Each channel
/// holds back at random on its own. One access is under way at a time; others wait for it.
///
/// The design's side is checked: an answer that nobody asked for, comes too early, has another ID or
/// changes before it is taken, and RLAST at another beat than the last stop the bench.
#[derive(Clone)]
pub struct AxiMaster(Rc<Port>);

struct Port {
    ports: AxiPorts,
    bus_bytes: u64,
    bursts: bool,
    stall: RefCell<Stall>,
    busy: Cell<bool>,
}

/// An access that the design refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AxiError {
    /// The address of its burst.
    pub addr: u64,
    /// 2: SLVERR, 3: DECERR.
    pub response: u64,
}

impl fmt::Display for AxiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.response == 3 { "DECERR" } else { "SLVERR" };
        write!(f, "{name} for the burst at {:#x}", self.addr)
    }
}

impl std::error::Error for AxiError {}

/// The part of an access that one burst does.
struct Burst {
    /// Address of its first beat.
    addr: u64,
    beats: u64,
    /// The bytes of the access, by their place in it.
    bytes: Range<u64>,
    /// Bytes of the first beat before the access.
    skip: u64,
}

impl AxiMaster {
    /// Connects to the ports that begin with `prefix` and `_`.
    ///
    /// # Panics
    /// When the design has no port `PREFIX_wdata`, or one that is not a power of two of bytes up to 64.
    #[track_caller]
    pub fn new(bench: &mut Bench, prefix: &str, stall: Stall) -> Self {
        let bits = bench.width(&format!("{prefix}_wdata"));
        let fits = bits % 8 == 0 && (bits / 8).is_power_of_two() && bits <= 512;
        assert!(fits, "`{prefix}_wdata` has {bits} bits; AXI has 8, 16, ... or 512");
        let bursts = bench.has(&format!("{prefix}_awlen"));
        for signal in ["awvalid", "wvalid", "arvalid", "bready", "rready"] {
            bench.set(&format!("{prefix}_{signal}"), 0);
        }
        let ports = AxiPorts { prefix: prefix.to_string(), bus_bytes: bits as usize / 8 };
        let (mut guard, watched) = (Guard::new(&ports, Rule::is_subordinate), ports.clone());
        bench.background(format!("monitor of {prefix}"), |t| async move {
            loop {
                guard.clock(&t, &watched.sample(&t), &watched.drive(&t));
                t.tick().await;
            }
        });
        AxiMaster(Rc::new(Port {
            ports,
            bus_bytes: u64::from(bits / 8),
            bursts,
            stall: RefCell::new(stall),
            busy: Cell::new(false),
        }))
    }

    /// Writes `bytes` from `addr` on; beats at the ends are written in part.
    ///
    /// # Errors
    /// The first response that is an error; bursts after it are not sent.
    ///
    /// # Panics
    /// When `PREFIX_awaddr` cannot express an address.
    pub async fn write(&self, t: &Task, addr: u64, bytes: &[u8]) -> Result<(), AxiError> {
        self.0.check_address(t, "awaddr", addr, bytes.len() as u64);
        self.lock(t).await;
        let mut result = Ok(());
        for burst in self.0.split(addr, bytes.len() as u64) {
            let part = bytes[burst.bytes.start as usize..burst.bytes.end as usize].to_vec();
            result = self.write_burst(t, burst, part).await;
            if result.is_err() {
                break;
            }
        }
        self.0.busy.set(false);
        result
    }

    /// Reads `count` bytes from `addr` on.
    ///
    /// # Errors
    /// The first response that is an error.
    ///
    /// # Panics
    /// When `PREFIX_araddr` cannot express an address.
    pub async fn read(&self, t: &Task, addr: u64, count: u64) -> Result<Vec<u8>, AxiError> {
        self.0.check_address(t, "araddr", addr, count);
        self.lock(t).await;
        let mut result = Ok(Vec::new());
        for burst in self.0.split(addr, count) {
            let part = self.read_burst(t, burst).await;
            result = result.and_then(|mut all: Vec<u8>| {
                all.extend(part?);
                Ok(all)
            });
            if result.is_err() {
                break;
            }
        }
        self.0.busy.set(false);
        result
    }

    /// Writes one beat of at most 64 bits, such as a register.
    ///
    /// # Errors
    /// The response, when it is an error.
    ///
    /// # Panics
    /// When `value` has more bits than the bus, or `PREFIX_awaddr` cannot express the address.
    pub async fn write_word(&self, t: &Task, addr: u64, value: u64) -> Result<(), AxiError> {
        let bytes = self.0.bus_bytes.min(8) as usize;
        let (bits, name) = (8 * bytes as u32, self.0.name("wdata"));
        assert!(fits(value, bits), "{value:#x} does not fit the {bits} bits of `{name}`");
        self.write(t, addr, &value.to_le_bytes()[..bytes]).await
    }

    /// Reads one beat of at most 64 bits.
    ///
    /// # Errors
    /// The response, when it is an error.
    ///
    /// # Panics
    /// As [`read`](Self::read).
    pub async fn read_word(&self, t: &Task, addr: u64) -> Result<u64, AxiError> {
        let bytes = self.read(t, addr, self.0.bus_bytes.min(8)).await?;
        Ok(bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)))
    }

    /// Waits for the port and takes it.
    async fn lock(&self, t: &Task) {
        while self.0.busy.replace(true) {
            t.until(format!("port `{}`, which is in use", self.0.ports.prefix), |_| true).await;
        }
    }

    async fn write_burst(&self, t: &Task, burst: Burst, bytes: Vec<u8>) -> Result<(), AxiError> {
        let port = &self.0;
        // Address and data go out independently, as they may.
        let (address, data) = (port.clone(), port.clone());
        let (addr, beats) = (burst.addr, burst.beats);
        let address = t.spawn(port.name("aw"), |t| async move {
            address.send_address(&t, "aw", addr, beats).await;
        });
        let data = t.spawn(port.name("w"), |t| async move {
            for (i, (word, strobes)) in data.beats(burst.skip, &bytes).into_iter().enumerate() {
                data.ports.set(&t, "wlast", u64::from(i as u64 + 1 == beats));
                data.ports.set(&t, "wstrb", strobes);
                t.set_bits(&data.name("wdata"), &word);
                data.offer(&t, "w").await;
            }
        });
        address.await;
        data.await;
        port.take(t, "b").await;
        port.judge(addr, t.get(&port.name("bresp")))
    }

    async fn read_burst(&self, t: &Task, burst: Burst) -> Result<Vec<u8>, AxiError> {
        let port = &self.0;
        port.send_address(t, "ar", burst.addr, burst.beats).await;
        let (mut bytes, mut response) = (Vec::new(), 0);
        for _ in 0..burst.beats {
            port.take(t, "r").await;
            let data = t.get_bits(&port.name("rdata"));
            bytes.extend(
                data.limbs().iter().flat_map(|l| l.to_le_bytes()).take(port.bus_bytes as usize),
            );
            response = response.max(t.get(&port.name("rresp")));
        }
        port.judge(burst.addr, response)?;
        let count = (burst.bytes.end - burst.bytes.start) as usize;
        Ok(bytes.into_iter().skip(burst.skip as usize).take(count).collect())
    }
}

/// Whether `value` has at most so many bits.
fn fits(value: u64, bits: u32) -> bool {
    value & !mask(bits) == 0
}

impl Port {
    fn name(&self, signal: &str) -> String {
        self.ports.name(signal)
    }

    /// Refuses an access to `count` bytes that the address port `signal` cannot express.
    #[track_caller]
    fn check_address(&self, t: &Task, signal: &str, addr: u64, count: u64) {
        let name = self.name(signal);
        let bits = t.width(&name);
        let last = addr.checked_add(count.saturating_sub(1));
        assert!(
            last.is_some_and(|last| fits(last, bits)),
            "{count} bytes at {addr:#x} are beyond the {bits} bits of `{name}`"
        );
    }

    fn judge(&self, addr: u64, response: u64) -> Result<(), AxiError> {
        match response {
            0 | 1 => Ok(()),
            response => Err(AxiError { addr, response }),
        }
    }

    /// The bursts of an access to `count` bytes at `start`.
    fn split(&self, start: u64, count: u64) -> Vec<Burst> {
        let bus = self.bus_bytes;
        let most = if self.bursts { 256 } else { 1 };
        let (mut bursts, mut at) = (Vec::new(), 0);
        while at < count {
            let skip = (start + at) % bus;
            let addr = start + at - skip;
            let room = (4096 - addr % 4096) / bus;
            let beats = (skip + count - at).div_ceil(bus).min(most).min(room);
            let end = count.min(at + beats * bus - skip);
            bursts.push(Burst { addr, beats, bytes: at..end, skip });
            at = end;
        }
        bursts
    }

    /// The words and strobes that put `bytes` after the first `skip` bytes.
    fn beats(&self, skip: u64, bytes: &[u8]) -> Vec<(Bits, u64)> {
        let bus = self.bus_bytes as usize;
        let padded: Vec<Option<u8>> =
            vec![None; skip as usize].into_iter().chain(bytes.iter().copied().map(Some)).collect();
        let word = |lanes: &[Option<u8>]| {
            let mut limbs = vec![0u64; bus.div_ceil(8)];
            let mut strobes = 0;
            for (i, byte) in lanes.iter().enumerate().filter_map(|(i, b)| Some((i, (*b)?))) {
                limbs[i / 8] |= u64::from(byte) << (8 * (i % 8));
                strobes |= 1 << i;
            }
            (Bits::from_limbs(8 * bus as u32, &limbs), strobes)
        };
        padded.chunks(bus).map(word).collect()
    }

    async fn send_address(&self, t: &Task, channel: &str, addr: u64, beats: u64) {
        let size = u64::from(self.bus_bytes.ilog2());
        let fields = [("addr", addr), ("len", beats - 1), ("size", size), ("burst", 1), ("id", 0)];
        for (field, value) in fields {
            self.ports.set(t, &format!("{channel}{field}"), value);
        }
        self.offer(t, channel).await;
    }

    /// Offers what stands on a channel until it is taken.
    async fn offer(&self, t: &Task, channel: &str) {
        while self.stall.borrow_mut().next_cycle() {
            t.tick().await;
        }
        let [valid, ready] = ["valid", "ready"].map(|s| self.name(&format!("{channel}{s}")));
        t.set(&valid, 1);
        t.until_high(&ready).await;
        t.set(&valid, 0);
    }

    /// Waits until something is taken from a channel; it stands there then.
    async fn take(&self, t: &Task, channel: &str) {
        let [valid, ready] = ["valid", "ready"].map(|s| self.name(&format!("{channel}{s}")));
        loop {
            let holds = self.stall.borrow_mut().next_cycle();
            t.set(&ready, u64::from(!holds));
            let what = format!("an answer on `{valid}`");
            t.until(what, |_| true).await;
            if !holds && t.is_high(&valid) {
                t.set(&ready, 0);
                return;
            }
        }
    }
}

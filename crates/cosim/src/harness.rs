//! Clock, reset, host and external memory around a design under test.

use crate::axi_checker::{AxiChecker, AxiLimits, Violation};
use crate::dut::{Dut, Layout, NoSuchPin, Pin};
use crate::memory::{ExternalMemory, MemoryTiming, Sample};
use crate::pins::{get, put, Pins};
use thiserror::Error;

/// What can go wrong on the bench, apart from wrong data.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum HarnessError {
    /// The design lacks a port.
    #[error(transparent)]
    Pin(#[from] NoSuchPin),
    /// A register access was not answered.
    #[error("register {addr:#05x} did not answer within {LITE_LIMIT} cycles")]
    NoAnswer {
        /// Byte address.
        addr: u32,
    },
    /// A register access was answered with an error.
    #[error("register {addr:#05x} answered with response {resp}")]
    Refused {
        /// Byte address.
        addr: u32,
        /// AXI response code.
        resp: u64,
    },
    /// The RTL was generated from another configuration.
    #[error(
        "CONFIG_HASH is {found:08x}, expected {expected:08x}: this RTL is of another configuration"
    )]
    OtherConfig {
        /// What the register says.
        found: u32,
        /// What the configuration says.
        expected: u32,
    },
    /// The job did not end.
    #[error(
        "no interrupt within {cycles} cycles after the doorbell (STATUS {status:#x}, {done} commands done)"
    )]
    Hang {
        /// Cycles waited.
        cycles: u64,
        /// STATUS register.
        status: u32,
        /// COMMANDS register.
        done: u32,
    },
    /// The design broke the AXI protocol.
    #[error("AXI protocol: {0}")]
    Protocol(String),
}

const LITE_LIMIT: u64 = 1000;

/// A design on the bench.
pub struct Harness<D> {
    dut: D,
    pins: Pins,
    inputs: Vec<u64>,
    outputs: Vec<u64>,
    memory: ExternalMemory,
    checker: AxiChecker,
    cycle: u64,
}

impl<D: Dut> Harness<D> {
    /// Puts `dut` with the ports of `layout` on a bench with `memory_bytes` of external memory and
    /// resets it.
    ///
    /// # Errors
    /// [`HarnessError::Pin`] when `layout` lacks a port of the accelerator.
    pub fn new(
        dut: D,
        layout: &Layout,
        memory_bytes: usize,
        timing: MemoryTiming,
    ) -> Result<Self, HarnessError> {
        let pins = Pins::of(layout)?;
        let memory = ExternalMemory::new(memory_bytes, pins.bus_bytes(), timing);
        let checker = AxiChecker::new(AxiLimits::axi4(pins.bus_bytes(), pins.read_ids()));
        let mut harness = Self {
            dut,
            inputs: vec![0; layout.input_limbs],
            outputs: vec![0; layout.output_limbs],
            pins,
            memory,
            checker,
            cycle: 0,
        };
        harness.reset();
        Ok(harness)
    }

    /// Begins anew: zeroed memory of another size and timing, no violations, reset.
    pub fn renew(&mut self, memory_bytes: usize, timing: MemoryTiming) {
        self.memory = ExternalMemory::new(memory_bytes, self.pins.bus_bytes(), timing);
        self.checker.forget();
        self.inputs.fill(0);
        self.reset();
    }

    /// External memory.
    pub fn memory(&mut self) -> &mut ExternalMemory {
        &mut self.memory
    }

    /// The checker of the AXI4 manager port. Until it is given limits it knows those of AXI4.
    pub fn checker(&mut self) -> &mut AxiChecker {
        &mut self.checker
    }

    /// Fails when the design broke the AXI protocol.
    ///
    /// # Errors
    /// [`HarnessError::Protocol`] with the first violation.
    pub fn check_protocol(&self) -> Result<(), HarnessError> {
        let first = self.checker.violations().first().map(Violation::to_string);
        first.map_or(Ok(()), |first| Err(HarnessError::Protocol(first)))
    }

    /// Cycles simulated so far.
    pub fn cycle(&self) -> u64 {
        self.cycle
    }

    /// Asserts reset of design and memory for four cycles.
    pub fn reset(&mut self) {
        put(&mut self.inputs, &self.pins.rst_n, 0);
        for cycle in 0..4 {
            let sample = self.half_step();
            // A synchronous reset shows after its first edge.
            if cycle > 0 {
                self.checker.clock_in_reset(&sample);
            }
            self.memory.reset();
            self.tick();
        }
        put(&mut self.inputs, &self.pins.rst_n, 1);
        self.step();
    }

    /// Writes the 32-bit register at byte address `addr`; returns the cycle in which the data were taken.
    ///
    /// # Errors
    /// When the design does not answer or answers with an error.
    pub fn write(&mut self, addr: u32, value: u32) -> Result<u64, HarnessError> {
        let lite = &self.pins.lite;
        put(&mut self.inputs, &lite.awaddr, u64::from(addr));
        put(&mut self.inputs, &lite.wdata, u64::from(value));
        put(&mut self.inputs, &lite.wstrb, 0xf);
        for pin in [&lite.awvalid, &lite.wvalid, &lite.bready] {
            put(&mut self.inputs, pin, 1);
        }
        let mut taken = None;
        for _ in 0..LITE_LIMIT {
            self.step();
            let lite = &self.pins.lite;
            handshake(&mut self.inputs, &self.outputs, &lite.awvalid, &lite.awready);
            if handshake(&mut self.inputs, &self.outputs, &lite.wvalid, &lite.wready) {
                taken = Some(self.cycle);
            }
            if get(&self.outputs, &lite.bvalid) == 1 {
                put(&mut self.inputs, &lite.bready, 0);
                let resp = get(&self.outputs, &lite.bresp);
                let taken = taken.filter(|_| resp == 0);
                return taken.ok_or(HarnessError::Refused { addr, resp });
            }
        }
        Err(HarnessError::NoAnswer { addr })
    }

    /// Reads the 32-bit register at byte address `addr`.
    ///
    /// # Errors
    /// When the design does not answer or answers with an error.
    pub fn read(&mut self, addr: u32) -> Result<u32, HarnessError> {
        let lite = &self.pins.lite;
        put(&mut self.inputs, &lite.araddr, u64::from(addr));
        put(&mut self.inputs, &lite.arvalid, 1);
        put(&mut self.inputs, &lite.rready, 1);
        for _ in 0..LITE_LIMIT {
            self.step();
            let lite = &self.pins.lite;
            handshake(&mut self.inputs, &self.outputs, &lite.arvalid, &lite.arready);
            if get(&self.outputs, &lite.rvalid) == 1 {
                put(&mut self.inputs, &lite.rready, 0);
                let resp = get(&self.outputs, &lite.rresp);
                if resp != 0 {
                    return Err(HarnessError::Refused { addr, resp });
                }
                return Ok(get(&self.outputs, &lite.rdata) as u32);
            }
        }
        Err(HarnessError::NoAnswer { addr })
    }

    /// Waits until `irq` is sampled high; returns that cycle, or `None` after `limit` cycles.
    pub fn wait_irq(&mut self, limit: u64) -> Option<u64> {
        for _ in 0..limit {
            self.step();
            if get(&self.outputs, &self.pins.irq) == 1 {
                return Some(self.cycle);
            }
        }
        None
    }

    /// One clock cycle. Afterwards the outputs are those sampled at its rising edge.
    pub fn step(&mut self) {
        let sample = self.half_step();
        let irq = get(&self.outputs, &self.pins.irq) == 1;
        self.checker.clock(&sample, self.memory.drive(), irq);
        self.memory.clock(&sample);
        self.tick();
    }

    fn half_step(&mut self) -> Sample {
        self.pins.apply(self.memory.drive(), &mut self.inputs);
        self.dut.settle(&self.inputs, &mut self.outputs);
        self.pins.sample(&self.outputs)
    }

    fn tick(&mut self) {
        self.dut.tick();
        self.cycle += 1;
    }
}

/// Lowers `valid` when the design took it in the last cycle; says whether it did.
fn handshake(inputs: &mut [u64], outputs: &[u64], valid: &Pin, ready: &Pin) -> bool {
    let fire = get(inputs, valid) == 1 && get(outputs, ready) == 1;
    if fire {
        put(inputs, valid, 0);
    }
    fire
}

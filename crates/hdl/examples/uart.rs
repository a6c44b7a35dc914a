//! A UART: 8 data bits, no parity, one stop bit. Its two state machines print their states by name.
//!
//! Run with `cargo run --release --example uart -p seedbed-hdl [FOLDER]`: a message goes out on `txd`, is
//! read there by a second, independent receiver in Rust, comes back on `rxd`, and leaves as bytes.

mod support;

use seedbed_hdl::{bit, clog2, elaborate, uint};
use seedbed_hdl::{Enum, Module, Ports, Scope, Settings, Sig, Stream};
use seedbed_sim::Simulator;
use std::path::Path;

/// What is on the line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Idle,
    Start,
    Data,
    Stop,
}

impl Enum for Phase {
    const ALL: &'static [Phase] = &[Phase::Idle, Phase::Start, Phase::Data, Phase::Stop];
}

/// Sends bytes, least significant bit first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct UartTx {
    clocks_per_bit: u32,
}

struct UartTxIo<'m> {
    bytes: Stream<'m>,
    txd: Sig<'m>,
}

impl Module for UartTx {
    type Io<'m> = UartTxIo<'m>;

    fn name(&self) -> String {
        format!("uart_tx_d{}", self.clocks_per_bit)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> UartTxIo<'m> {
        UartTxIo { bytes: p.sink("bytes", uint(8)), txd: p.output("txd", bit()) }
    }

    fn build<'m>(&self, m: &'m Scope, io: UartTxIo<'m>) {
        m.comment("Clocks since the bit began.");
        let ticks = m.reg("ticks_q", uint(clog2(self.clocks_per_bit.into())), 0);
        m.comment(
            "Data bits that are still to be sent, the next one lowest, and how many are gone.",
        );
        let rest = m.reg("rest_q", uint(8), 0);
        let sent = m.reg("sent_q", uint(3), 0);
        let bit_ends = ticks.eq(self.clocks_per_bit - 1);

        let phase = m.fsm("phase_q", Phase::Idle, |fsm, phase| match phase {
            Phase::Idle => m.when(io.bytes.valid, || {
                rest.set(io.bytes.data);
                fsm.goto(Phase::Start);
            }),
            Phase::Start => m.when(bit_ends, || fsm.goto(Phase::Data)),
            Phase::Data => m.when(bit_ends, || {
                rest.set(rest.shr_const(1).extend(8));
                sent.set(sent.wrapping_add(1));
                m.when(sent.eq(7), || fsm.goto(Phase::Stop));
            }),
            Phase::Stop => m.when(bit_ends, || fsm.goto(Phase::Idle)),
        });
        let idle = phase.is(Phase::Idle);
        ticks.set(ticks.wrapping_add(1));
        m.when(idle | bit_ends, || ticks.set(0));
        io.bytes.ready.set(idle);

        m.comment("The line, from a register so that it has no glitches.");
        let line = m.reg("line_q", bit(), 1);
        line.set(phase.select(|phase| match phase {
            Phase::Start => m.low(),
            Phase::Data => rest.bit(0),
            Phase::Idle | Phase::Stop => m.high(),
        }));
        io.txd.set(line);
    }
}

/// Receives bytes. `valid` is high for one cycle; a byte without stop bit is dropped.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct UartRx {
    clocks_per_bit: u32,
}

struct UartRxIo<'m> {
    rxd: Sig<'m>,
    valid: Sig<'m>,
    data: Sig<'m>,
}

impl Module for UartRx {
    type Io<'m> = UartRxIo<'m>;

    fn name(&self) -> String {
        format!("uart_rx_d{}", self.clocks_per_bit)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> UartRxIo<'m> {
        let (rxd, valid) = (p.input("rxd", bit()), p.output("valid", bit()));
        UartRxIo { rxd, valid, data: p.output("data", uint(8)) }
    }

    fn build<'m>(&self, m: &'m Scope, io: UartRxIo<'m>) {
        m.comment("The line comes from outside: two registers against metastability.");
        let early = m.reg("early_q", bit(), 1);
        let line = m.reg("line_q", bit(), 1);
        early.set(io.rxd);
        line.set(early);

        m.comment("Clocks since the last sample; samples are taken in the middle of bits.");
        let ticks = m.reg("ticks_q", uint(clog2(self.clocks_per_bit.into())), 0);
        let data = m.reg("data_q", uint(8), 0);
        let received = m.reg("received_q", uint(3), 0);
        let valid = m.reg("valid_q", bit(), 0);
        let half = ticks.eq(self.clocks_per_bit / 2 - 1);
        let full = ticks.eq(self.clocks_per_bit - 1);

        ticks.set(ticks.wrapping_add(1));
        valid.set(0);
        m.fsm("phase_q", Phase::Idle, |fsm, phase| match phase {
            Phase::Idle => {
                ticks.set(0);
                m.when(!line, || fsm.goto(Phase::Start));
            }
            Phase::Start => m.when(half, || {
                ticks.set(0);
                fsm.goto(Phase::Data);
                m.when(line, || fsm.goto(Phase::Idle)); // a spike, not a start bit
            }),
            Phase::Data => m.when(full, || {
                ticks.set(0);
                data.set(m.cat(&[line, data.slice(1, 7)]));
                received.set(received.wrapping_add(1));
                m.when(received.eq(7), || fsm.goto(Phase::Stop));
            }),
            Phase::Stop => m.when(full, || {
                valid.set(line);
                fsm.goto(Phase::Idle);
            }),
        });
        io.valid.set(valid);
        io.data.set(data);
    }
}

/// Both directions.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Uart {
    /// Clock cycles per bit, at least 4: clock frequency divided by baud rate.
    clocks_per_bit: u32,
}

struct UartIo<'m> {
    tx: UartTxIo<'m>,
    rx: UartRxIo<'m>,
}

impl Module for Uart {
    type Io<'m> = UartIo<'m>;

    fn name(&self) -> String {
        format!("uart_d{}", self.clocks_per_bit)
    }

    fn doc(&self) -> String {
        format!("UART, 8 data bits, no parity, 1 stop bit, {} clocks a bit.", self.clocks_per_bit)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> UartIo<'m> {
        let Uart { clocks_per_bit } = *self;
        UartIo { tx: UartTx { clocks_per_bit }.io(p), rx: UartRx { clocks_per_bit }.io(p) }
    }

    fn build<'m>(&self, m: &'m Scope, io: UartIo<'m>) {
        let Uart { clocks_per_bit } = *self;
        if clocks_per_bit < 4 {
            return m.error("a bit takes at least 4 clocks");
        }
        let tx = m.inst("u_tx", &UartTx { clocks_per_bit });
        tx.bytes.connect(io.tx.bytes);
        io.tx.txd.set(tx.txd);
        let rx = m.inst("u_rx", &UartRx { clocks_per_bit });
        rx.rxd.set(io.rx.rxd);
        io.rx.valid.set(rx.valid);
        io.rx.data.set(rx.data);
    }
}

fn main() -> std::io::Result<()> {
    run(&support::folder("uart"), 16, b"Hello, UART!")
}

/// Sends `message` through the UART and back; prints what both ends saw.
pub fn run(folder: &Path, clocks_per_bit: u32, message: &[u8]) -> std::io::Result<()> {
    let design = support::sound(elaborate(&Uart { clocks_per_bit }, &Settings::default()))?;
    support::write_verilog(folder, &design)?;
    let mut sim = Simulator::new(&design);
    sim.trace(support::waves(folder)?)?;
    let (on_line, received) = simulate(&mut sim, clocks_per_bit, message);
    sim.finish_trace()?;

    println!("sent:     {}", message.escape_ascii());
    println!("on txd:   {} (read by a receiver in Rust)", on_line.escape_ascii());
    println!("received: {} ({} cycles)", received.escape_ascii(), sim.cycles());
    assert_eq!((&on_line[..], &received[..]), (message, message));
    Ok(())
}

/// Loops `txd` back to `rxd`. Returns the bytes that a receiver in Rust read on the line, and those
/// that the UART received.
fn simulate(sim: &mut Simulator, clocks_per_bit: u32, message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let inputs = ["rst_n", "bytes_valid", "bytes_data", "rxd"];
    let [rst_n, valid, data, rxd] = inputs.map(|name| sim.input(name).expect("an input"));
    let outputs = ["bytes_ready", "txd", "valid", "data"];
    let outputs = outputs.map(|name| sim.output(name).expect("an output"));
    sim.set(rxd, 1);
    for value in [0, 1] {
        sim.set(rst_n, value);
        sim.tick();
    }
    let (mut to_send, mut received, mut line) = (message.iter(), Vec::new(), Vec::new());
    let mut next = to_send.next();
    for _ in 0..(message.len() as u32 + 1) * clocks_per_bit * 11 {
        sim.set(valid, next.is_some().into());
        sim.set(data, next.copied().unwrap_or(0).into());
        sim.settle();
        let [ready, txd, got, byte] = outputs.map(|port| sim.get(port));
        if ready == 1 {
            next = next.and_then(|_| to_send.next());
        }
        if got == 1 {
            received.push(byte as u8);
        }
        line.push(txd == 1);
        sim.set(rxd, txd);
        sim.tick();
    }
    (read_line(&line, clocks_per_bit as usize), received)
}

/// The bytes on a line that was sampled at each clock.
fn read_line(line: &[bool], clocks_per_bit: usize) -> Vec<u8> {
    let (mut bytes, mut at) = (Vec::new(), 0);
    while let Some(start) = line[at..].iter().position(|high| !high) {
        let middle = |bit: usize| at + start + bit * clocks_per_bit + clocks_per_bit / 2;
        assert!(!line[middle(0)] && line[middle(9)], "start and stop bit");
        bytes.push((0..8).map(|bit| u8::from(line[middle(bit + 1)]) << bit).sum());
        at = middle(9);
    }
    bytes
}

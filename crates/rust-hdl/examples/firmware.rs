//! A firmware in `rust-hdl` around two generated MAC arrays: operands come through its FIFO, sums leave
//! through its SPI master.
//!
//! Run with `cargo run -p seedbed-rust-hdl --example firmware`. The sums that `rust-hdl`'s simulator
//! shifts out are compared with those of our simulator; with Icarus Verilog there, the Verilog that
//! `rust-hdl` prints is run too.

use rust_hdl::prelude::*;

#[path = "mac/mod.rs"]
mod mac;
#[path = "support/mod.rs"]
mod support;

use mac::design::MacArray;
use mac::generated::MacArrayL4;
use seedbed_hdl::{elaborate, Settings};
use seedbed_sim::Simulator;
use support::{icarus, operands, sums, Operands};

/// Bits of the two sums.
const WORD: usize = 48;

/// Both arrays see the same `a`; `same` multiplies it with `w`, `other` with the complement of `w`.
#[derive(LogicBlock)]
struct Firmware {
    pub clock: Signal<In, Clock>,
    pub rst_n: Signal<In, Bit>,
    pub push: Signal<In, Bit>,
    pub operands: Signal<In, Bits<64>>,
    pub idle: Signal<Out, Bit>,
    pub send: Signal<In, Bit>,
    pub busy: Signal<Out, Bit>,
    pub mclk: Signal<Out, Bit>,
    pub mosi: Signal<Out, Bit>,
    fifo: SynchronousFIFO<Bits<64>, 3, 4, 1>,
    same: MacArrayL4,
    other: MacArrayL4,
    low: Signal<Local, Bits<24>>,
    high: Signal<Local, Bits<24>>,
    spi: SPIMaster<WORD>,
}

impl Default for Firmware {
    fn default() -> Self {
        let config = SPIConfig {
            clock_speed: 48_000_000,
            cs_off: true,
            mosi_off: false,
            speed_hz: 3_000_000,
            cpha: false,
            cpol: false,
        };
        Self {
            clock: Default::default(),
            rst_n: Default::default(),
            push: Default::default(),
            operands: Default::default(),
            idle: Default::default(),
            send: Default::default(),
            busy: Default::default(),
            mclk: Default::default(),
            mosi: Default::default(),
            fifo: Default::default(),
            same: Default::default(),
            other: Default::default(),
            low: Default::default(),
            high: Default::default(),
            spi: SPIMaster::new(config),
        }
    }
}

impl Logic for Firmware {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, fifo, spi);
        self.same.clk.next = self.clock.val();
        self.other.clk.next = self.clock.val();
        self.same.rst_n.next = self.rst_n.val();
        self.other.rst_n.next = self.rst_n.val();
        // Whatever is in the FIFO is multiplied at once.
        self.fifo.write.next = self.push.val();
        self.fifo.data_in.next = self.operands.val();
        self.fifo.read.next = !self.fifo.empty.val();
        self.idle.next = self.fifo.empty.val();
        self.same.clear.next = false;
        self.other.clear.next = false;
        self.same.valid.next = !self.fifo.empty.val();
        self.other.valid.next = !self.fifo.empty.val();
        self.same.a.next = self.fifo.data_out.val().get_bits::<32>(0);
        self.same.w.next = self.fifo.data_out.val().get_bits::<32>(32);
        self.other.a.next = self.fifo.data_out.val().get_bits::<32>(0);
        self.other.w.next = !self.fifo.data_out.val().get_bits::<32>(32);
        // The sums, highest bit first.
        self.low.next = unsigned_cast(self.same.sum.val());
        self.high.next = unsigned_cast(self.other.sum.val());
        self.spi.data_outbound.next =
            bit_cast::<WORD, 24>(self.low.val()) | (bit_cast::<WORD, 24>(self.high.val()) << 24);
        self.spi.bits_outbound.next = 48.into();
        self.spi.start_send.next = self.send.val();
        self.spi.continued_transaction.next = false;
        self.spi.wires.miso.next = false;
        self.busy.next = self.spi.busy.val();
        self.mclk.next = self.spi.wires.mclk.val();
        self.mosi.next = self.spi.wires.mosi.val();
    }
}

fn main() {
    run();
}

/// Runs all comparisons.
pub fn run() {
    let operands = operands();
    let expected = sums(&operands);
    assert_eq!(ours(&operands), expected, "our simulator");
    assert_eq!(simulated(operands.clone()), expected, "rust-hdl's simulator");
    let mut firmware = Firmware::default();
    connect(&mut firmware);
    let verilog = generate_verilog(&firmware);
    assert_eq!(verilog.matches("module mac_array_l4").count(), 2, "a text per instance, guarded");
    match icarus(&[&verilog, &bench(&operands)]) {
        Some(output) => {
            let word = u64::from_str_radix(output.trim(), 2).expect("48 bits");
            assert_eq!(split(word), expected, "the printed Verilog");
            println!("rust-hdl, seedbed and Icarus agree: sums {expected:?}");
        }
        None => println!("rust-hdl and seedbed agree: sums {expected:?}; no Icarus Verilog here"),
    }
}

fn connect(firmware: &mut Firmware) {
    firmware.clock.connect();
    firmware.rst_n.connect();
    firmware.push.connect();
    firmware.operands.connect();
    firmware.send.connect();
    firmware.connect_all();
}

/// The same sums, by the MAC array in our simulator.
fn ours(operands: &[u64]) -> [i32; 2] {
    let design = elaborate(&MacArray { lanes: 4 }, &Settings::default()).expect("a correct design");
    [0, !0].map(|flip| {
        let mut sim = Simulator::new(&design);
        let [rst_n, valid, a, w] =
            ["rst_n", "valid", "a", "w"].map(|name| sim.input(name).expect("an input"));
        let sum = sim.output("sum").expect("an output");
        sim.set(rst_n, 1);
        sim.set(valid, 1);
        for word in operands {
            sim.set(a, word & 0xffff_ffff);
            sim.set(w, (word ^ flip) >> 32);
            sim.tick();
        }
        ((sim.get(sum) as u32) << 8) as i32 >> 8
    })
}

/// The two sums of the 48 bits sent.
fn split(word: u64) -> [i32; 2] {
    [word, word >> 24].map(|bits| ((bits as u32) << 8) as i32 >> 8)
}

/// What the SPI master sends in `rust-hdl`'s simulator.
fn simulated(operands: Operands) -> [i32; 2] {
    let (to, from) = std::sync::mpsc::channel();
    let to = std::sync::Mutex::new(to);
    let mut simulation = simple_sim!(Firmware, clock, 48_000_000, ep, {
        let mut x = ep.init()?;
        wait_clock_cycles!(ep, clock, x, 2);
        x.rst_n.next = true;
        for &word in &operands {
            x.push.next = true;
            x.operands.next = word.into();
            wait_clock_cycle!(ep, clock, x);
        }
        x.push.next = false;
        wait_clock_cycles!(ep, clock, x, 12);
        x.send.next = true;
        wait_clock_cycle!(ep, clock, x);
        x.send.next = false;
        let (mut bits, mut count, mut before) = (0, 0, false);
        while count < WORD {
            wait_clock_cycle!(ep, clock, x);
            if x.mclk.val() && !before {
                bits = bits << 1 | u64::from(x.mosi.val());
                count += 1;
            }
            before = x.mclk.val();
        }
        to.lock().expect("one bench").send(bits).expect("a listener");
        ep.done(x)
    });
    let mut firmware = Box::new(Firmware::default());
    connect(&mut firmware);
    simulation.run(firmware, 1_000_000_000).expect("the simulation ends");
    split(from.recv().expect("all bits"))
}

/// The same steps as a Verilog bench; it prints the bits sent.
fn bench(operands: &Operands) -> String {
    let push = |word| format!("    operands = 64'h{word:016x}; push = 1; @(negedge clock);\n");
    let pushes: String = operands.iter().map(push).collect();
    format!(
        "module bench;
  reg clock = 0, rst_n = 0, push = 0, send = 0, before = 0;
  reg [63:0] operands = 0;
  wire idle, busy, mclk, mosi;
  integer count = 0;
  top dut (.clock(clock), .rst_n(rst_n), .push(push), .operands(operands), .idle(idle),
           .send(send), .busy(busy), .mclk(mclk), .mosi(mosi));
  always #1 clock = !clock;
  always @(negedge clock) begin
    if (mclk && !before) begin
      $write(\"%b\", mosi);
      count = count + 1;
      if (count == {WORD}) $finish;
    end
    before = mclk;
  end
  initial begin
    repeat (2) @(negedge clock);
    rst_n = 1;
{pushes}    push = 0;
    repeat (12) @(negedge clock);
    send = 1; @(negedge clock); send = 0;
    repeat (5000) @(negedge clock);
    $display(\"no end\");
    $finish;
  end
endmodule
"
    )
}

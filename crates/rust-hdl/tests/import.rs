//! What cannot be imported is refused by name.

use rust_hdl::prelude::*;
use seedbed_rust_hdl::{import, ImportError, Pins};

/// A FIFO of one clock.
type Fifo = SynchronousFIFO<Bits<8>, 2, 3, 1>;

fn refused<B: Block>(block: &mut B) -> String {
    import("block", block).expect_err("a refusal").to_string()
}

#[test]
fn two_clocks_are_refused() {
    let text = refused(&mut AsynchronousFIFO::<Bits<8>, 2, 3, 1>::default());
    assert!(text.contains("the clocks read_clock, write_clock;"), "{text}");
}

#[derive(LogicBlock, Default)]
struct Both {
    pin: Signal<InOut, Bits<8>>,
}

impl Logic for Both {
    #[hdl_gen]
    fn update(&mut self) {}
}

#[test]
fn a_port_of_both_directions_is_refused() {
    assert!(refused(&mut Both::default()).starts_with("the port `pin` is of both directions;"));
}

#[derive(LogicBlock, Default)]
struct Open {
    a: Signal<In, Bit>,
    y: Signal<Out, Bit>,
    inner: DFF<Bit>,
}

impl Logic for Open {
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val();
    }
}

#[test]
fn what_rust_hdl_refuses_is_refused() {
    assert!(refused(&mut Open::default()).starts_with("rust-hdl refuses the block: OpenSignal"));
}

/// What a model of the FIFO says when it drives its inputs so.
fn model(drive: impl FnMut(&mut Fifo, &mut Pins<'_>) + 'static) -> Option<ImportError> {
    let imported = import("fifo", &mut Fifo::default()).expect("a FIFO of one clock");
    imported.model(Fifo::default(), drive).err()
}

#[test]
fn inputs_that_a_model_forgets_or_invents_are_named() {
    let forgets = model(|fifo, pins| {
        pins.clock("clock", &mut fifo.clock);
        pins.drive("data_in", &mut fifo.data_in);
    });
    assert_eq!(forgets, Some(ImportError::Undriven(vec!["read".into(), "write".into()])));
    let all = |fifo: &mut Fifo, pins: &mut Pins<'_>| {
        pins.clock("clock", &mut fifo.clock);
        pins.drive("read", &mut fifo.read);
        pins.drive("write", &mut fifo.write);
        pins.drive("data_in", &mut fifo.data_in);
    };
    assert_eq!(model(all), None);
    let invents = model(move |fifo, pins| {
        all(fifo, pins);
        pins.drive("level", &mut fifo.read);
    });
    assert_eq!(invents, Some(ImportError::Unknown(vec!["level".into()])));
    let swapped = model(|fifo, pins| {
        pins.clock("clock", &mut fifo.clock);
        pins.drive("read", &mut fifo.read);
        pins.drive("data_in", &mut fifo.write);
        pins.drive("write", &mut fifo.data_in);
    });
    let what = "driven through a signal of 1 bits".to_string();
    assert_eq!(swapped, Some(ImportError::Port { name: "data_in".into(), what }));
}

/// The interfaces of a block are joined into names.
#[derive(LogicBlock, Default)]
struct Wrapped {
    clock: Signal<In, Clock>,
    wires: SPIWiresSlave,
    held: DFF<Bit>,
}

impl Logic for Wrapped {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, held);
        self.held.d.next = self.wires.mosi.val() & self.wires.mclk.val() & self.wires.msel.val();
        self.wires.miso.next = self.held.q.val();
    }
}

#[test]
fn names_lose_their_dollars() {
    let imported = import("wrapped", &mut Wrapped::default()).expect("a block of one clock");
    let verilog = &imported.verilog;
    for line in ["module wrapped (", "    output wire wires_miso", "      .clock(clk)"] {
        assert!(verilog.contains(line), "{line} in\n{verilog}");
    }
    assert!(!verilog.replace("$signed", "").contains('$'), "{verilog}");
}

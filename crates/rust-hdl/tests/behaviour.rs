//! What `rust-hdl` 0.46 does, so that the page "Why the RTL is not written in rust-hdl" stays true. A
//! test that fails here says that `rust-hdl` became better: change the page.

use rust_hdl::prelude::*;
use std::process::Command;

#[path = "../examples/support/icarus.rs"]
mod icarus;

use icarus::icarus;

/// Cuts a number to 8 bits and widens it again.
#[derive(LogicBlock, Default)]
struct CastChain {
    a: Signal<In, Signed<16>>,
    y: Signal<Out, Signed<16>>,
}

impl Logic for CastChain {
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = signed_bit_cast::<16, 8>(signed_bit_cast::<8, 16>(self.a.val()));
    }
}

#[test]
fn a_cast_chain_is_44_in_the_simulator_and_300_in_the_verilog() {
    let mut chain = CastChain::default();
    chain.a.connect();
    chain.connect_all();
    chain.a.next = 300.into();
    assert!(simulate(&mut chain, 10), "it settles");
    assert_eq!(chain.y.val(), 44.into());

    let verilog = generate_verilog(&chain);
    assert!(verilog.contains("y = $signed($signed(a));"), "{verilog}");
    let bench = "module bench;
  wire signed [15:0] y;
  top dut (.a(16'sd300), .y(y));
  initial #1 $display(\"%0d\", y);
endmodule\n";
    if let Some(output) = icarus(&[&verilog, bench]) {
        assert_eq!(output, "300\n");
    }
}

#[derive(LogicBlock, Default)]
struct Cell {
    a: Signal<In, Bits<8>>,
    y: Signal<Out, Bits<8>>,
}

impl Logic for Cell {
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val();
    }
}

/// A 2x2 array.
#[derive(LogicBlock, Default)]
struct Grid {
    a: Signal<In, Bits<8>>,
    cells: [[Cell; 2]; 2],
    y: Signal<Out, Bits<8>>,
}

impl Logic for Grid {
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..2 {
            for j in 0..2 {
                self.cells[i][j].a.next = self.a.val();
            }
        }
        self.y.next = self.cells[1][1].y.val();
    }
}

#[test]
fn the_index_of_an_inner_loop_reaches_the_verilog_as_a_name() {
    let mut grid = Grid::default();
    grid.a.connect();
    grid.connect_all();
    let verilog = generate_verilog(&grid);
    assert!(verilog.contains("cells$0[j]$a = a;"), "no tool can read this: {verilog}");
    assert_eq!(verilog.matches("y = a;").count(), 4, "a module for each of the equal cells");
}

/// The variable that makes [`minus_128_overflows_the_stack`] do it.
const CHILD: &str = "SEEDBED_TEST_OVERFLOW";

#[test]
fn minus_128_overflows_the_stack() {
    if std::env::var_os(CHILD).is_some() {
        let widened: Signed<16> = signed_bit_cast::<16, 8>(Signed::<8>::from(-128));
        panic!("it gave {widened:?}");
    }
    let test = std::env::current_exe().expect("this program");
    let name = "minus_128_overflows_the_stack";
    let child = Command::new(test).args([name, "--exact", "--nocapture"]).env(CHILD, "1").output();
    let child = child.expect("this program starts");
    let text = String::from_utf8_lossy(&child.stderr);
    assert!(!child.status.success() && text.contains("has overflowed its stack"), "{text}");
    assert_eq!(signed_bit_cast::<16, 8>(Signed::<8>::from(-127)), Signed::<16>::from(-127));
}

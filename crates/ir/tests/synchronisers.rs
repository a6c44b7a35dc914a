//! Which synchronisers the check accepts, beside those of `tests/passes/lower_gate`.

use seedbed_ir::check::check;
use seedbed_ir::{text, Code};

/// What the check says about a top of two clocks.
fn found(body: &str) -> Vec<(Code, String)> {
    let source = format!(
        "module top {{
  input a_clk: clock
  input b_clk: clock
  input b_rst: reset domain b_clk
  input x: u2 domain a_clk
  input on: u1 domain b_clk
  input pin: u1
{body}}}
"
    );
    let design = text::parse(&source).unwrap_or_else(|found| panic!("{}", found[0]));
    check(&design).into_iter().map(|d| (d.code, d.message)).collect()
}

#[track_caller]
fn refused(body: &str, code: Code, text: &str) {
    let found = found(body);
    assert!(found.len() == 1 && found[0].0 == code && found[0].1.contains(text), "{found:?}");
}

/// The bits `lo` of `c_q` synchronised, each by itself.
fn two_bits(lo: [u32; 2]) -> String {
    let [m, n] = lo;
    format!(
        "  output q: u1 domain b_clk = %9
  reg c_q: u2 clock a_clk next %0
  reg m_q: u1 sync clock b_clk next %2
  reg s_q: u1 sync clock b_clk next %4
  reg n_q: u1 sync clock b_clk next %3
  reg t_q: u1 sync clock b_clk next %5
  %0 = port x : u2
  %1 = reg c_q : u2
  %2 = slice %1 {m} : u1
  %3 = slice %1 {n} : u1
  %4 = reg m_q : u1
  %5 = reg n_q : u1
  %6 = reg s_q : u1
  %7 = reg t_q : u1
  %9 = and %6 %7 : u1
"
    )
}

#[test]
fn bits_of_a_register_stay_together() {
    let apart = "bits of `c_q` are synchronised apart, by `m_q` and `n_q`";
    refused(&two_bits([0, 1]), Code::Synchroniser, apart);
    refused(&two_bits([1, 1]), Code::Synchroniser, "`c_q` is synchronised twice");
}

/// A synchroniser whose first flop takes `sel ? 0 : c_q`.
fn cleared(sel: &str) -> String {
    format!(
        "  output q: u1 domain b_clk = %6
  reg c_q: u1 clock a_clk next %1
  reg m_q: u1 sync clock b_clk next %7
  reg s_q: u1 sync clock b_clk next %5
  %0 = port x : u2
  %1 = slice %0 0 : u1
  %2 = reg c_q : u1
  %3 = port {sel} : u1
  %4 = const 1'h0 : u1
  %5 = reg m_q : u1
  %6 = reg s_q : u1
  %7 = mux %3 %4 %2 : u1
"
    )
}

#[test]
fn only_a_reset_may_clear_a_synchroniser() {
    assert_eq!(found(&cleared("b_rst")), []);
    refused(&cleared("on"), Code::Synchroniser, "through logic");
}

/// A register that loads under `enable`, of `on` (%0) and `pin` (%1).
fn loads_under(enable: &str) -> String {
    format!(
        "  output q: u1 domain b_clk = %2
  reg q_q: u1 clock b_clk enable %3 next %0
  %0 = port on : u1
  %1 = port pin : u1
  %2 = reg q_q : u1
  %3 = {enable} : u1
"
    )
}

#[test]
fn a_test_enable_is_known_by_its_form() {
    assert_eq!(found(&loads_under("mux %1 %1 %0")), []);
    refused(&loads_under("or %1 %0"), Code::Crossing, "no clock");
}

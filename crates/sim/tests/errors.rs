//! Designs that a check would have refused end in a diagnostic, never in a hang.

mod support;

use seedbed_ir::*;
use seedbed_sim::Simulator;
use support::Net;

fn refused(design: &Design) -> Diagnostic {
    match Simulator::try_new(design) {
        Ok(_) => panic!("accepted"),
        Err(diagnostic) => diagnostic,
    }
}

#[test]
fn a_combinational_loop() {
    let mut net = Net::new("ring");
    let ty = Ty::uint(8);
    let (wire, value) = net.wire("w", None, ty);
    let not = net.unary(Unary::Not, value, ty);
    let twice = net.unary(Unary::Not, not, ty);
    net.0.wires[wire].driver = Some(twice);
    net.output("o", twice);
    assert_eq!(refused(&net.alone()).code, Code::Loop);
}

#[test]
fn a_loop_of_aliases_alone() {
    let mut net = Net::new("alias");
    let ty = Ty::uint(8);
    let (wire, value) = net.wire("w", None, ty);
    net.0.wires[wire].driver = Some(value);
    net.output("o", value);
    assert_eq!(refused(&net.alone()).code, Code::Loop);
}

#[test]
fn a_loop_through_an_instance() {
    let mut child = Net::new("child");
    let ty = Ty::uint(1);
    let a = child.input("a", ty);
    let not = child.unary(Unary::Not, a, ty);
    let out = child.output("b", not);
    let input = child.0.port("a").unwrap();
    let mut design = Design::default();
    let child = design.modules.push(child.0);
    let mut top = Net::new("top");
    let inst = top.inst("u_child", child, vec![]);
    let value = top.inst_out(inst, out, ty);
    top.0.insts[inst].inputs.push((input, value));
    design.modules.push(top.0);
    let found = refused(&design);
    assert_eq!(found.code, Code::Loop);
}

#[test]
fn missing_drivers_are_named_with_their_path() {
    let mut child = Net::new("child");
    let ty = Ty::uint(1);
    let (_, value) = child.wire("floating", None, ty);
    child.output("b", value);
    let mut design = Design::default();
    let child = design.modules.push(child.0);
    let mut top = Net::new("top");
    top.inst("u_child", child, vec![]);
    design.modules.push(top.0);
    let found = refused(&design);
    assert_eq!((found.code, found.path.as_str()), (Code::Undriven, "top.u_child"));
    assert!(found.message.contains("`floating`"), "{}", found.message);
}

#[test]
fn an_undriven_output_register_or_child_input() {
    let ty = Ty::uint(1);
    let mut net = Net::new("output");
    net.port("o", Dir::Output, ty, PortKind::Data);
    assert_eq!(refused(&net.alone()).code, Code::Undriven);
    let mut net = Net::new("register");
    let clk = net.clock();
    net.reg("q", ty, clk);
    assert_eq!(refused(&net.alone()).code, Code::Undriven);
    let mut child = Net::new("child");
    child.input("a", ty);
    let mut design = Design::default();
    let child = design.modules.push(child.0);
    let mut top = Net::new("top");
    top.inst("u_child", child, vec![]);
    design.modules.push(top.0);
    assert_eq!(refused(&design).code, Code::Undriven);
}

#[test]
fn a_gated_clock() {
    let mut net = Net::new("gated");
    let ty = Ty::uint(1);
    let enable = net.input("enable", ty);
    let gated = net.port("gclk", Dir::Output, ty, PortKind::Clock);
    net.0.ports[gated].driver = Some(enable);
    let (reg, q) = net.reg("q", ty, gated);
    net.next(reg, q);
    let found = refused(&net.alone());
    assert_eq!(found.code, Code::Parameter);
    assert!(found.message.contains("`q`"), "{}", found.message);
}

#[test]
fn an_empty_design_and_a_module_that_contains_itself() {
    assert_eq!(refused(&Design::default()).code, Code::Internal);
    let mut net = Net::new("own_child");
    net.inst("u", ModuleId::new(0), vec![]);
    assert_eq!(refused(&net.alone()).code, Code::Internal);
}

#[test]
#[should_panic(expected = "an output port cannot be driven")]
fn driving_an_output() {
    let mut net = Net::new("net");
    let a = net.input("a", Ty::uint(1));
    net.output("b", a);
    let mut sim = Simulator::new(&net.alone());
    let b = sim.output("b").unwrap();
    sim.set(b, 1);
}

#[test]
#[should_panic(expected = "`a` is not a clock; only clocks tick")]
fn ticking_what_is_no_clock() {
    let mut net = Net::new("net");
    net.input("a", Ty::uint(1));
    let mut sim = Simulator::new(&net.alone());
    let a = sim.input("a").unwrap();
    sim.tick_clock(a);
}

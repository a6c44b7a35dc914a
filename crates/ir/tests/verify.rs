//! Each invariant of the verifier, and each check, is broken once on purpose and must be reported.

use seedbed_ir::check::{check, verify};
use seedbed_ir::{
    text, Binary, Bits, BlackBox, Code, Collision, Design, Dir, Disable, Entity, Enum, EnumId,
    Inst, InstId, Loc, Mem, MemId, MemPort, Module, ModuleId, Node, NodeId, Op, Parameter, Port,
    PortId, PortKind, PropId, PropKind, Property, Reg, RegId, Reset, ResetKind, Ty, Unary, Wire,
    WireId,
};

const BIT: Ty = Ty::uint(1);
const BYTE: Ty = Ty::uint(8);
const AT: Loc = Loc::new("made.rs", 1, 1);

fn port(name: &str, dir: Dir, ty: Ty, kind: PortKind, driver: Option<usize>) -> Port {
    let (name, driver) = (name.into(), driver.map(NodeId::new));
    Port { name, dir, ty, kind, domain: None, driver, labels: None, at: AT }
}

fn node(op: Op, ty: Ty) -> Node {
    Node { op, ty, name: None, at: AT }
}

fn n(index: usize) -> NodeId {
    NodeId::new(index)
}

/// `y = a`.
fn wire_through() -> Module {
    let mut module = Module { name: "through".into(), ..Default::default() };
    module.ports.push(port("a", Dir::Input, BYTE, PortKind::Data, None));
    module.ports.push(port("y", Dir::Output, BYTE, PortKind::Data, Some(0)));
    module.nodes.push(node(Op::Port(PortId::new(0)), BYTE));
    module
}

/// A module with one of everything; the comments number the nodes.
fn sound() -> Design {
    let mut m =
        Module { name: "everything".into(), doc: "One of each.".into(), ..Default::default() };
    m.ports.push(port("clk", Dir::Input, BIT, PortKind::Clock, None));
    m.ports.push(port("rst_n", Dir::Input, BIT, PortKind::Reset, None));
    m.ports.push(port("en", Dir::Input, BIT, PortKind::Data, None));
    m.ports.push(port("x", Dir::Input, BYTE, PortKind::Data, None));
    m.ports.push(port("y", Dir::Output, BYTE, PortKind::Data, Some(10)));
    let memory = MemId::new(0);
    let inst = InstId::new(0);
    for (op, ty) in [
        (Op::Port(PortId::new(2)), BIT),                              // 0: en
        (Op::Port(PortId::new(3)), BYTE),                             // 1: x
        (Op::Reg(RegId::new(0)), BYTE),                               // 2: q
        (Op::Wire(WireId::new(0)), BYTE),                             // 3: w
        (Op::MemRead { mem: memory, port: 0 }, BYTE),                 // 4
        (Op::InstOut { inst, port: PortId::new(1) }, BYTE),           // 5
        (Op::Binary(Binary::Add, n(1), n(2)), Ty::uint(9)),           // 6
        (Op::Slice { of: n(6), lo: 1 }, BYTE),                        // 7
        (Op::Mux { sel: n(0), on_true: n(3), on_false: n(4) }, BYTE), // 8
        (Op::Slice { of: n(1), lo: 0 }, Ty::uint(2)),                 // 9: an address
        (Op::Binary(Binary::Xor, n(8), n(5)), BYTE),                  // 10: y
        (Op::Concat(vec![n(0), n(0)]), Ty::uint(2)),                  // 11: a mask
        (Op::Const(Bits::from_u64(8, 0x5a)), BYTE),                   // 12
        (Op::Cast(n(1)), Ty::sint(8)),                                // 13
        (Op::Extend(n(13)), Ty::sint(12)),                            // 14
        (Op::Unary(Unary::ReduceXor, n(14)), BIT),                    // 15
    ] {
        m.nodes.push(node(op, ty));
    }
    m.nodes[n(6)].name = Some("total".into());
    let (clock, port, kind) = (PortId::new(0), PortId::new(1), ResetKind::AsyncLow);
    let reset = Some(Reset { port, kind, value: Bits::zero(8) });
    let (enable, next) = (Some(n(0)), Some(n(7)));
    let variants = [("idle", 0), ("run", 0x5a)].map(|(n, v)| (n.into(), Bits::from_u64(8, v)));
    let list = Enum { name: "state".into(), ty: BYTE, variants: variants.into(), at: AT };
    let labels = Some(m.enums.push(list));
    m.ports[PortId::new(4)].labels = labels;
    let comment = String::from("Counts.\nUp, never down.");
    let name = "q".into();
    m.regs.push(Reg {
        name,
        ty: BYTE,
        clock,
        reset,
        enable,
        next,
        labels,
        sync: false,
        comment,
        at: AT,
    });
    let (name, comment) = ("w".into(), String::from("A constant."));
    m.wires.push(Wire { name, ty: BYTE, driver: Some(n(12)), labels, comment, at: AT });
    let write = MemPort::Write { clock, addr: n(9), enable: n(0), data: n(1), mask: Some(n(11)) };
    let ports = vec![MemPort::Read { clock, addr: n(9), enable: n(0) }, write];
    let (collision, contents) = (Collision::Old, None);
    let (width, depth, granule) = (8, 3, 4);
    let comment = String::from("Not a power of two.");
    m.mems.push(Mem {
        name: "mem".into(),
        width,
        depth,
        granule,
        collision,
        contents,
        ports,
        comment,
        at: AT,
    });
    let (name, inputs) = ("u_through".into(), vec![(PortId::new(0), n(1))]);
    let comment = String::from("Straight through.");
    m.insts.push(Inst {
        name,
        module: ModuleId::new(0),
        inputs,
        parameters: vec![],
        comment,
        at: AT,
    });
    let disable = Some(Disable { port, kind });
    let (kind, name, message) = (PropKind::Assert, "odd".into(), "x is \"odd\"".into());
    let (when, holds) = (Some(n(0)), n(15));
    m.props.push(Property { kind, name, clock, disable, when, holds, message, at: AT });
    let (kind, name, message) = (PropKind::Cover, "seen".into(), String::new());
    let (disable, when) = (None, None);
    m.props.push(Property { kind, name, clock, disable, when, holds, message, at: AT });
    let mut design = Design::default();
    design.modules.push(wire_through());
    design.modules.push(m);
    design
}

/// Breaks the sound design and demands one kind of report that contains `text`.
#[track_caller]
fn broken(code: Code, text: &str, damage: impl FnOnce(&mut Module)) {
    let mut design = sound();
    damage(&mut design.modules[ModuleId::new(1)]);
    let found = check(&design);
    assert!(!found.is_empty(), "not noticed: {text}");
    for diagnostic in &found {
        assert_eq!(diagnostic.code, code, "{diagnostic}");
        assert_eq!(diagnostic.path, "everything");
    }
    assert!(found.iter().any(|d| d.message.contains(text)), "{} does not say: {text}", found[0]);
}

#[track_caller]
fn internal(text: &str, damage: impl FnOnce(&mut Module)) {
    broken(Code::Internal, text, damage);
}

/// Replaces the operator of a node.
#[track_caller]
fn op(index: usize, op: Op) {
    internal("does not fit its operator", |m| m.nodes[n(index)].op = op);
}

#[test]
fn a_sound_design_passes() {
    assert_eq!(check(&sound()), []);
    assert_eq!(verify(&sound()), []);
}

#[test]
fn the_text_form_shows_everything() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/everything.txt");
    let text = text::print(&sound());
    if std::env::var("BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(file, &text).expect("the expected text can be written");
    }
    assert_eq!(text, std::fs::read_to_string(file).expect("the expected text"));
}

#[test]
fn lists_of_values_are_sound() {
    fn list(text: &str, damage: impl FnOnce(&mut Enum)) {
        internal(text, |m| damage(&mut m.enums[EnumId::new(0)]));
    }
    list("is empty", |e| e.variants.clear());
    list("`state.run` is listed twice", |e| e.variants[0].1 = e.variants[1].1.clone());
    list("`state.idle` is listed twice", |e| e.variants[1].0 = "idle".into());
    list("`state.run` is not a u8", |e| e.variants[1].1 = Bits::zero(7));
    list("the name `a b`", |e| e.variants[0].0 = "a b".into());
    list("the labels of `q` are not of type u8", |e| e.ty = Ty::sint(8));
    internal("the labels of `x`", |m| m.ports[PortId::new(3)].labels = Some(EnumId::new(1)));
    internal("the clock or reset `rst_n` has labels", |m| {
        m.enums[EnumId::new(0)].ty = BIT;
        m.ports[PortId::new(1)].labels = Some(EnumId::new(0));
    });
    internal("the labels of `w`", |m| m.wires[WireId::new(0)].labels = Some(EnumId::new(1)));
    internal("two lists of values are called `state`", |m| {
        let again = m.enums[EnumId::new(0)].clone();
        m.enums.push(again);
    });
}

#[test]
fn entities_exist() {
    op(0, Op::Port(PortId::new(9)));
    op(2, Op::Reg(RegId::new(9)));
    op(3, Op::Wire(WireId::new(9)));
    op(4, Op::MemRead { mem: MemId::new(9), port: 0 });
    op(4, Op::MemRead { mem: MemId::new(0), port: 9 });
    op(5, Op::InstOut { inst: InstId::new(9), port: PortId::new(1) });
    op(5, Op::InstOut { inst: InstId::new(0), port: PortId::new(9) });
    internal("is driven by %99, which there is not", |m| {
        m.wires[WireId::new(0)].driver = Some(n(99))
    });
    internal("comes after its parent", |m| m.insts[InstId::new(0)].module = ModuleId::new(1));
}

#[test]
fn operands_come_first() {
    internal("comes after it", |m| m.nodes[n(8)].op = Op::Cast(n(8)));
    internal("comes after it", |m| m.nodes[n(8)].op = Op::Binary(Binary::And, n(1), n(10)));
    internal("comes after it", |m| m.nodes[n(8)].op = Op::Cast(n(99)));
}

#[test]
fn operators_have_their_types() {
    op(5, Op::InstOut { inst: InstId::new(0), port: PortId::new(0) });
    op(4, Op::MemRead { mem: MemId::new(0), port: 1 });
    op(8, Op::Mux { sel: n(1), on_true: n(3), on_false: n(4) });
    op(8, Op::Mux { sel: n(0), on_true: n(3), on_false: n(6) });
    op(10, Op::Binary(Binary::Xor, n(8), n(6)));
    op(10, Op::Binary(Binary::Eq, n(8), n(5)));
    op(15, Op::Binary(Binary::Lt, n(13), n(1)));
    op(14, Op::Binary(Binary::Shl, n(13), n(0)));
    op(13, Op::Binary(Binary::Shr, n(12), n(0)));
    op(14, Op::Unary(Unary::Not, n(13)));
    op(10, Op::Unary(Unary::ReduceOr, n(8)));
    op(7, Op::Slice { of: n(6), lo: 2 });
    op(7, Op::Slice { of: n(6), lo: u32::MAX });
    op(13, Op::Slice { of: n(6), lo: 1 });
    op(11, Op::Concat(vec![n(0)]));
    op(12, Op::Const(Bits::zero(7)));
    op(13, Op::Cast(n(6)));
    op(13, Op::Extend(n(12)));
    op(12, Op::Cast(n(1)));
    op(14, Op::Extend(n(1)));
    op(10, Op::Extend(n(6)));
}

#[test]
fn drivers_have_the_type_of_what_they_drive() {
    internal("`y` of type u8", |m| m.ports[PortId::new(4)].driver = Some(n(6)));
    internal("`w` of type u8", |m| m.wires[WireId::new(0)].driver = Some(n(13)));
    internal("`q` of type u8", |m| m.regs[RegId::new(0)].next = Some(n(6)));
    internal("`q` of type u1", |m| m.regs[RegId::new(0)].enable = Some(n(1)));
    internal("input `x` has a driver", |m| m.ports[PortId::new(3)].driver = Some(n(12)));
    internal("`a` of type u8", |m| m.insts[InstId::new(0)].inputs[0].1 = n(6));
}

#[test]
fn clocks_and_resets_are_ports_of_their_kind() {
    internal("not a clock port", |m| m.regs[RegId::new(0)].clock = PortId::new(1));
    internal("domain of port `x`", |m| m.ports[PortId::new(3)].domain = Some(PortId::new(1)));
    internal("domain of port `clk`", |m| m.ports[PortId::new(0)].domain = Some(PortId::new(0)));
    internal("not a reset port", |m| {
        m.regs[RegId::new(0)].reset.as_mut().expect("a reset").port = PortId::new(0);
    });
    internal("has 9 bits", |m| {
        m.regs[RegId::new(0)].reset.as_mut().expect("a reset").value = Bits::zero(9);
    });
    internal("leading 1-bit input", |m| m.ports[PortId::new(1)].ty = BYTE);
    internal("leading 1-bit input", |m| {
        m.ports.push(port("clk_b", Dir::Input, BIT, PortKind::Clock, None));
    });
}

/// Adds a clock port, which breaks the order of ports too.
fn second_clock(m: &mut Module) -> PortId {
    m.ports.push(port("clk_b", Dir::Input, BIT, PortKind::Clock, None))
}

#[test]
fn memories_of_two_clocks_have_one_that_writes_and_undefined_collisions() {
    internal("collisions of two clocks", |m| {
        *m.mems[MemId::new(0)].ports[0].clock_mut() = second_clock(m);
    });
    internal("written by two clocks", |m| {
        let mut port = m.mems[MemId::new(0)].ports[1].clone();
        *port.clock_mut() = second_clock(m);
        m.mems[MemId::new(0)].ports.push(port);
    });
}

/// Constant folding may find that a side never acts; nothing crosses then.
#[test]
fn a_memory_of_two_clocks_may_have_a_side_that_is_never_on() {
    let text = |enable: &str| {
        format!(
            "module m {{\n  input a: clock\n  input b: clock\n  input d: u1 domain a\n  \
             output q: u1 domain b = %3\n  mem x: 2 x u1 granule 1 collision undefined\n    \
             write clock a addr %0 enable {enable} data %0\n    read clock b addr %1 enable %2\n  \
             %0 = port d : u1\n  %1 = const 1'h0 : u1\n  %2 = const 1'h1 : u1\n  \
             %3 = memread x 1 : u1\n}}\n"
        )
    };
    let codes = |enable| {
        let design = seedbed_ir::text::parse(&text(enable)).expect("well formed");
        check(&design).into_iter().map(|found| found.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("%0"), [Code::Crossing]);
    assert_eq!(codes("%1"), []);
}

#[test]
fn gated_clocks_stay_clocks() {
    let gate = |m: &mut Module, clock| {
        let (clock, enable) = (PortId::new(clock), n(0));
        m.nodes.push(node(Op::ClockGate { clock, enable, test_enable: None }, BIT))
    };
    internal("computes with a clock", |m| {
        gate(m, 1);
    });
    internal("computes with a clock", |m| {
        let gate = gate(m, 0);
        m.nodes.push(node(Op::Unary(Unary::Not, gate), BIT));
    });
    internal("drives something that is no clock", |m| {
        m.regs[RegId::new(0)].enable = Some(gate(m, 0));
    });
    internal("drives something that is no clock", |m| {
        m.props[PropId::new(0)].holds = gate(m, 0);
    });
    internal("drives something that is no clock", |m| {
        m.props[PropId::new(0)].when = Some(gate(m, 0));
    });
    internal("mixes clock and data", |m| m.insts[InstId::new(0)].inputs[0].1 = gate(m, 0));
}

#[test]
fn black_boxes_are_empty_and_instances_have_their_parameters() {
    internal("has a body", |m| m.black_box = Some(BlackBox::default()));
    internal("the top `everything`", |m| m.black_box = Some(BlackBox::default()));
    internal("parameters its module has not", |m| {
        m.insts[InstId::new(0)].parameters = vec![("DEPTH".into(), Parameter::Integer(4))];
    });
    internal("parameter of `u_through` is not finite", |m| {
        m.insts[InstId::new(0)].parameters = vec![("R".into(), Parameter::from(f64::INFINITY))];
    });
}

#[test]
fn names_of_foreign_modules_are_those_of_verilog() {
    let text = "module m {\n  blackbox verilog reg parameter wire 1 parameter R real \"NaN\"\n  \
                input a: u1\n}\nmodule top {\n  input a: u1\n}\n";
    let mut design = text::parse(text).expect("well formed");
    let messages = |design: &Design| -> Vec<String> {
        check(design).into_iter().map(|d| format!("{}: {}", d.code, d.message)).collect()
    };
    assert_eq!(messages(&design), ["E0099: a parameter of black box `m` is not finite"]);
    let parameters = &mut design.modules[ModuleId::new(0)].black_box.as_mut().unwrap().parameters;
    parameters.truncate(1);
    assert_eq!(
        messages(&design),
        [
            "E0013: the Verilog name `reg` of black box `m` is a reserved word of Verilog",
            "E0013: the parameter name `wire` of black box `m` is a reserved word of Verilog",
        ]
    );
    parameters_twice(&mut design);
    assert_eq!(messages(&design), ["E0099: black box `m` has two equal parameter names"]);
}

fn parameters_twice(design: &mut Design) {
    let black_box = design.modules[ModuleId::new(0)].black_box.as_mut().expect("a black box");
    black_box.parameters.push(black_box.parameters[0].clone());
}

#[test]
fn widths_are_not_zero() {
    internal("width 0", |m| m.ports[PortId::new(3)].ty.width = 0);
    internal("width 0", |m| m.wires[WireId::new(0)].ty.width = 0);
    internal("does not fit", |m| {
        m.nodes.push(node(Op::Concat(vec![]), Ty::uint(0)));
    });
}

#[test]
fn memories_are_well_formed() {
    let memory =
        |text: &str, damage: fn(&mut Mem)| internal(text, |m| damage(&mut m.mems[MemId::new(0)]));
    memory("bad width or granule", |m| m.granule = 3);
    memory("bad width or granule", |m| m.granule = 0);
    memory("has 1 words", |m| m.depth = 1);
    memory("clock of memory `mem`", |m| *m.ports[0].clock_mut() = PortId::new(1));
    memory("wrong contents", |m| m.contents = Some(vec![Bits::zero(8); 4]));
    memory("wrong contents", |m| m.contents = Some(vec![Bits::zero(7)]));
    memory("wrong contents", |m| m.ports.truncate(1));
    memory("`mem` of type u3", |m| m.depth = 5);
    memory("`mem` of type u4", |m| m.granule = 2);
    memory("`mem` of type u1", |m| {
        m.ports[0] = MemPort::Read { clock: PortId::new(0), addr: n(9), enable: n(9) }
    });
}

#[test]
fn instance_inputs_are_in_order_and_inputs() {
    let inputs = |text: &str, inputs: Vec<(PortId, NodeId)>| {
        internal(text, |m| m.insts[InstId::new(0)].inputs = inputs);
    };
    inputs("not in port order", vec![(PortId::new(0), n(1)), (PortId::new(0), n(1))]);
    inputs("no input", vec![(PortId::new(0), n(1)), (PortId::new(1), n(1))]);
    inputs("no input", vec![(PortId::new(9), n(1))]);
}

#[test]
fn properties_are_well_formed() {
    let property = |text: &str, damage: fn(&mut Property)| {
        internal(text, |m| damage(&mut m.props[PropId::new(0)]));
    };
    property("`odd` of type u1", |p| p.holds = n(1));
    property("`odd` of type u1", |p| p.when = Some(n(99)));
    property("not a clock port", |p| p.clock = PortId::new(1));
    property("not a reset port", |p| {
        p.disable.as_mut().expect("a reset").port = PortId::new(0);
    });
    broken(Code::Name, "the name `w` is used twice", |m| m.props[PropId::new(1)].name = "w".into());
}

#[test]
fn missing_drivers_are_the_users_mistake() {
    let undriven = |text: &str, damage: fn(&mut Module)| broken(Code::Undriven, text, damage);
    undriven("output `y` is never driven", |m| m.ports[PortId::new(4)].driver = None);
    undriven("wire `w` is never driven", |m| m.wires[WireId::new(0)].driver = None);
    undriven("register `q` is never assigned", |m| m.regs[RegId::new(0)].next = None);
    undriven("input `a` of instance `u_through`", |m| m.insts[InstId::new(0)].inputs.clear());
}

#[test]
fn names_are_unique_identifiers() {
    let name = |text: &str, damage: fn(&mut Module)| broken(Code::Name, text, damage);
    name("the name `w` is used twice", |m| m.insts[InstId::new(0)].name = "w".into());
    name("the name `y` is used twice", |m| m.nodes[n(6)].name = Some("y".into()));
    name("reserved word", |m| m.mems[MemId::new(0)].name = "logic".into());
    name("is not an identifier", |m| m.wires[WireId::new(0)].name = "a.b".into());
    name("the port `everything` has the name of its module", |m| {
        m.ports[PortId::new(3)].name = "everything".into();
    });

    let mut design = sound();
    design.modules[ModuleId::new(1)].name = "through".into();
    assert_eq!(check(&design)[0].message, "two modules are called `through`");
}

#[test]
fn names_of_the_cells_of_clock_gates_are_taken() {
    let design = |module: &str, instance: &str| {
        let text = format!(
            "module {module} {{\n  input clk: clock\n}}\nmodule top {{\n  input clk: clock\n  input on: u1\n  \
             inst {instance}: {module} (clk = %1)\n  %0 = port on : u1\n  %1 = clockgate clk %0 : u1 \"core\"\n}}\n"
        );
        let design = text::parse(&text).expect("the text form");
        let found = check(&design).into_iter();
        found.map(|d| format!("{}: {}", d.code, d.message)).collect::<Vec<_>>()
    };
    assert_eq!(design("leaf", "core_leaf"), [""; 0]);
    let taken =
        "E0013: the name `u_core` is that of the cell of the clock gate `core`; take another";
    assert_eq!(design("leaf", "u_core"), [taken]);
    let taken = "E0013: the module name `seedbed_clock_gate` is that of the cell of clock gates";
    assert_eq!(design("seedbed_clock_gate", "u_leaf"), [taken]);
}

#[test]
fn loops_are_found_through_wires_outputs_and_instances() {
    let text = "combinational loop: ";
    broken(Code::Loop, text, |m| m.wires[WireId::new(0)].driver = Some(n(3)));
    broken(Code::Loop, text, |m| m.wires[WireId::new(0)].driver = Some(n(10)));
    broken(Code::Loop, text, |m| m.insts[InstId::new(0)].inputs[0].1 = n(10));
    broken(Code::Loop, text, |m| m.nodes[n(3)].op = Op::Port(PortId::new(4)));
}

#[test]
fn a_loop_through_a_grandchild_is_found_and_a_register_breaks_it() {
    let mut design = sound();
    let mut top = Module { name: "top".into(), ..Default::default() };
    top.ports.push(port("clk", Dir::Input, BIT, PortKind::Clock, None));
    top.ports.push(port("rst_n", Dir::Input, BIT, PortKind::Reset, None));
    for (op, ty) in [
        (Op::Port(PortId::new(0)), BIT),
        (Op::Port(PortId::new(1)), BIT),
        (Op::InstOut { inst: InstId::new(0), port: PortId::new(4) }, BYTE),
        (Op::Const(Bits::ones(1)), BIT),
    ] {
        top.nodes.push(node(op, ty));
    }
    let drivers = [0, 1, 3, 2].into_iter().enumerate();
    let inputs = drivers.map(|(port, from)| (PortId::new(port), n(from))).collect();
    let (name, module) = ("u_everything".into(), ModuleId::new(1));
    top.insts.push(Inst {
        name,
        module,
        inputs,
        parameters: vec![],
        comment: String::new(),
        at: AT,
    });
    design.modules.push(top);
    let found = check(&design);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("`u_everything.y` -> `u_everything.y`"), "{}", found[0]);

    // Without the instance, `y` depends on the register, the memory and the wire only.
    design.modules[ModuleId::new(1)].nodes[n(10)].op = Op::Binary(Binary::Xor, n(8), n(2));
    assert_eq!(check(&design), []);
}

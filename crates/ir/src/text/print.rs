//! Printing.

use super::words::Word;
use crate::entity::Entity;
use crate::module::{
    Design, Dir, Enum, EnumId, Inst, Mem, MemPort, Module, Node, NodeId, Op, Parameter, Port,
    PortKind, Property, Reg,
};
use std::fmt::{self, Display, Write};

/// The text form of `design`. Equal designs give equal text.
pub fn print(design: &Design) -> String {
    let mut out = String::new();
    for (index, module) in design.modules.values().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let printer = Printer { design, module };
        write!(out, "{printer}").expect("writing to a string succeeds");
    }
    out
}

struct Printer<'a> {
    design: &'a Design,
    module: &'a Module,
}

/// A node reference.
struct Value(NodeId);

impl Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0.index())
    }
}

/// ` WORD %n`, or nothing.
struct Optional(&'static str, Option<NodeId>);

impl Display for Optional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(node) => write!(f, " {} {}", self.0, Value(node)),
            None => Ok(()),
        }
    }
}

/// ` parameter NAME value` for each.
struct Parameters<'a>(&'a [(String, Parameter)]);

impl Display for Parameters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, value)| match value {
            Parameter::Integer(value) => write!(f, " parameter {name} {value}"),
            Parameter::Bits(value) => write!(f, " parameter {name} {value:?}"),
            Parameter::Text(value) => write!(f, " parameter {name} {value:?}"),
            Parameter::Real(value) => write!(f, " parameter {name} real \"{value:?}\""),
        })
    }
}

impl Display for Printer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let module = self.module;
        writeln!(f, "module {} {{", module.name)?;
        module.doc.lines().try_for_each(|line| writeln!(f, "  doc {line:?}"))?;
        if let Some(black_box) = &module.black_box {
            let kind = if black_box.combinational { " combinational" } else { "" };
            let only = if black_box.fpga_only { " fpga_only" } else { "" };
            write!(f, "  blackbox{kind}{only}")?;
            black_box.verilog.iter().try_for_each(|name| write!(f, " verilog {name}"))?;
            writeln!(f, "{}", Parameters(&black_box.parameters))?;
        }
        module.enums.values().try_for_each(|list| print_enum(f, list))?;
        module.ports.values().try_for_each(|port| self.port(f, port))?;
        module.regs.values().try_for_each(|reg| self.reg(f, reg))?;
        for wire in module.wires.values() {
            print_comment(f, &wire.comment)?;
            write!(f, "  wire {}: {}", wire.name, wire.ty)?;
            self.labels(f, wire.labels)?;
            writeln!(f, "{}", Optional("=", wire.driver))?;
        }
        module.mems.values().try_for_each(|mem| self.mem(f, mem))?;
        module.insts.values().try_for_each(|inst| self.inst(f, inst))?;
        module.props.values().try_for_each(|prop| self.prop(f, prop))?;
        module.nodes.iter().try_for_each(|(id, node)| self.node(f, id, node))?;
        writeln!(f, "}}")
    }
}

fn print_enum(f: &mut fmt::Formatter<'_>, list: &Enum) -> fmt::Result {
    write!(f, "  enum {}: {} {{", list.name, list.ty)?;
    for (index, (name, value)) in list.variants.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        write!(f, "{comma} {name} = {value:?}")?;
    }
    writeln!(f, " }}")
}

/// The comment of the declaration on the next line.
fn print_comment(f: &mut fmt::Formatter<'_>, comment: &str) -> fmt::Result {
    comment.lines().try_for_each(|line| writeln!(f, "  comment {line:?}"))
}

impl Printer<'_> {
    fn port(&self, f: &mut fmt::Formatter<'_>, port: &Port) -> fmt::Result {
        let dir = match port.dir {
            Dir::Input => "input",
            Dir::Output => "output",
        };
        write!(f, "  {dir} {}: ", port.name)?;
        match port.kind {
            PortKind::Data => write!(f, "{}", port.ty)?,
            PortKind::Clock => write!(f, "clock")?,
            PortKind::Reset => write!(f, "reset")?,
        }
        self.labels(f, port.labels)?;
        if let Some(clock) = port.domain {
            write!(f, " domain {}", self.module.ports[clock].name)?;
        }
        writeln!(f, "{}", Optional("=", port.driver))
    }

    fn labels(&self, f: &mut fmt::Formatter<'_>, labels: Option<EnumId>) -> fmt::Result {
        labels.map_or(Ok(()), |id| write!(f, " labels {}", self.module.enums[id].name))
    }

    fn reg(&self, f: &mut fmt::Formatter<'_>, reg: &Reg) -> fmt::Result {
        let ports = &self.module.ports;
        print_comment(f, &reg.comment)?;
        write!(f, "  reg {}: {}", reg.name, reg.ty)?;
        self.labels(f, reg.labels)?;
        let sync = if reg.sync { " sync" } else { "" };
        write!(f, "{sync} clock {}", ports[reg.clock].name)?;
        if let Some(reset) = &reg.reset {
            let kind = reset.kind.word();
            write!(f, " reset {kind} {} {:?}", ports[reset.port].name, reset.value)?;
        }
        writeln!(f, "{}{}", Optional("enable", reg.enable), Optional("next", reg.next))
    }

    fn mem(&self, f: &mut fmt::Formatter<'_>, mem: &Mem) -> fmt::Result {
        let Mem { name, width, depth, granule, .. } = mem;
        print_comment(f, &mem.comment)?;
        let collision = mem.collision.word();
        writeln!(f, "  mem {name}: {depth} x u{width} granule {granule} collision {collision}")?;
        if let Some(words) = &mem.contents {
            writeln!(f, "    contents")?;
            words.iter().try_for_each(|word| writeln!(f, "    word {word:?}"))?;
        }
        for port in &mem.ports {
            let (kind, mask) = match port {
                MemPort::Read { .. } => ("read", &None),
                MemPort::Write { mask, .. } => ("write", mask),
                MemPort::ReadWrite { mask, .. } => ("readwrite", mask),
            };
            let words = ["addr", "enable", if kind == "write" { "data" } else { "write" }, "data"];
            write!(f, "    {kind} clock {}", self.module.ports[port.clock()].name)?;
            let operands = port.operands();
            let plain = operands.len() - usize::from(mask.is_some());
            for (word, &node) in words.iter().zip(&operands[..plain]) {
                write!(f, " {word} {}", Value(node))?;
            }
            writeln!(f, "{}", Optional("mask", *mask))?;
        }
        Ok(())
    }

    fn inst(&self, f: &mut fmt::Formatter<'_>, inst: &Inst) -> fmt::Result {
        let child = &self.design.modules[inst.module];
        print_comment(f, &inst.comment)?;
        write!(f, "  inst {}: {} (", inst.name, child.name)?;
        for (index, &(port, node)) in inst.inputs.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{} = {}", child.ports[port].name, Value(node))?;
        }
        writeln!(f, "){}", Parameters(&inst.parameters))
    }

    fn prop(&self, f: &mut fmt::Formatter<'_>, prop: &Property) -> fmt::Result {
        let ports = &self.module.ports;
        write!(f, "  {} {} clock {}", prop.kind.word(), prop.name, ports[prop.clock].name)?;
        if let Some(disable) = prop.disable {
            let kind = disable.kind.word();
            write!(f, " disable {kind} {}", ports[disable.port].name)?;
        }
        write!(f, "{} holds {}", Optional("when", prop.when), Value(prop.holds))?;
        match prop.message.is_empty() {
            true => writeln!(f),
            false => writeln!(f, " {:?}", prop.message),
        }
    }

    fn node(&self, f: &mut fmt::Formatter<'_>, id: NodeId, node: &Node) -> fmt::Result {
        write!(f, "  {} = ", Value(id))?;
        self.op(f, &node.op)?;
        write!(f, " : {}", node.ty)?;
        match &node.name {
            Some(name) => writeln!(f, " {name:?}"),
            None => writeln!(f),
        }
    }

    fn op(&self, f: &mut fmt::Formatter<'_>, op: &Op) -> fmt::Result {
        let module = self.module;
        match op {
            Op::Port(port) => write!(f, "port {}", module.ports[*port].name),
            Op::Const(bits) => write!(f, "const {bits:?}"),
            Op::Unary(op, a) => write!(f, "{} {}", op.word(), Value(*a)),
            Op::Binary(op, a, b) => {
                write!(f, "{} {} {}", op.word(), Value(*a), Value(*b))
            }
            Op::Mux { sel, on_true, on_false } => {
                write!(f, "mux {} {} {}", Value(*sel), Value(*on_true), Value(*on_false))
            }
            Op::Slice { of, lo } => write!(f, "slice {} {lo}", Value(*of)),
            Op::Concat(parts) => {
                write!(f, "concat")?;
                parts.iter().try_for_each(|part| write!(f, " {}", Value(*part)))
            }
            Op::Cast(a) => write!(f, "cast {}", Value(*a)),
            Op::Extend(a) => write!(f, "extend {}", Value(*a)),
            Op::ClockGate { clock, enable, test_enable } => {
                write!(f, "clockgate {} {}", module.ports[*clock].name, Value(*enable))?;
                write!(f, "{}", Optional("test", *test_enable))
            }
            Op::Reg(reg) => write!(f, "reg {}", module.regs[*reg].name),
            Op::Wire(wire) => write!(f, "wire {}", module.wires[*wire].name),
            Op::MemRead { mem, port } => write!(f, "memread {} {port}", module.mems[*mem].name),
            Op::InstOut { inst, port } => {
                let inst = &module.insts[*inst];
                let child = &self.design.modules[inst.module];
                write!(f, "instout {} {}", inst.name, child.ports[*port].name)
            }
        }
    }
}

//! Clock gates: one cell, instantiated by name.
//!
//! The cell's file holds a model for simulation and for synthesis without a library. A chip replaces that
//! one file by a module of the same name around the gating cell of its library.

use crate::dialect::Dialect;
use crate::module::header;
use crate::{Options, SourceFile};
use seedbed_ir::{
    Arena, Bits, BlackBox, Design, Dir, Entity, Inst, InstId, Loc, Module, ModuleId, Node, NodeId,
    Op, Port, PortId, PortKind, Ty,
};
use std::borrow::Cow;

/// The name of the cell.
const CELL: &str = seedbed_ir::CLOCK_GATE_CELL;

const BIT: Ty = Ty::uint(1);

/// Ports of the cell: clock, enable, test enable, and the gated clock.
const PORTS: [(&str, Dir); 4] = [
    ("clk", Dir::Input),
    ("enable", Dir::Input),
    ("test_enable", Dir::Input),
    ("gated_clk", Dir::Output),
];

/// `design` with an instance of the cell, its first module, in the place of every clock gate.
pub(crate) fn instantiated(design: &Design) -> Cow<'_, Design> {
    if !has_gates(design) {
        return Cow::Borrowed(design);
    }
    let mut modules = Arena::<ModuleId, Module>::default();
    let cell = modules.push(cell());
    for module in design.modules.values() {
        modules.push(with_cells(module.clone(), cell));
    }
    Cow::Owned(Design { modules })
}

fn has_gates(design: &Design) -> bool {
    let is_gate = |node: &Node| matches!(node.op, Op::ClockGate { .. });
    design.modules.values().any(|module| module.nodes.values().any(is_gate))
}

/// The cell without its contents.
fn cell() -> Module {
    let black_box = Some(BlackBox { combinational: true, ..BlackBox::default() });
    let mut cell = Module { name: CELL.into(), black_box, ..Module::default() };
    for (name, dir) in PORTS {
        let (name, kind, at) = (name.into(), PortKind::Data, Loc::NOWHERE);
        let (ty, domain, driver, labels) = (BIT, None, None, None);
        cell.ports.push(Port { name, dir, ty, kind, domain, driver, labels, at });
    }
    cell
}

/// `module` with an instance of the cell for each gate, before its other instances.
fn with_cells(mut module: Module, cell: ModuleId) -> Module {
    let is_gate = |id: &NodeId| matches!(module.nodes[*id].op, Op::ClockGate { .. });
    let gates: Vec<NodeId> = module.nodes.keys().filter(is_gate).collect();
    for node in module.nodes.values_mut() {
        if let Op::InstOut { inst, .. } = &mut node.op {
            *inst = InstId::new(inst.index() + gates.len());
        }
    }
    let others = std::mem::take(&mut module.insts);
    gates.into_iter().for_each(|gate| instantiate(&mut module, gate, cell));
    for (_, inst) in others {
        let after = ModuleId::new(inst.module.index() + 1);
        module.insts.push(Inst { module: after, ..inst });
    }
    module
}

/// Makes the gate `id` the output of an instance of the cell, which is called `u_` and its name.
fn instantiate(module: &mut Module, id: NodeId, cell: ModuleId) {
    let node = module.nodes[id].clone();
    let Op::ClockGate { clock, enable, test_enable } = node.op else { return };
    let at = node.at;
    let mut new = |op| module.nodes.push(Node { op, ty: BIT, name: None, at });
    let clock = new(Op::Port(clock));
    let test_enable = test_enable.unwrap_or_else(|| new(Op::Const(Bits::zero(1))));
    let pins = [clock, enable, test_enable];
    let inputs = pins.into_iter().enumerate().map(|(i, node)| (PortId::new(i), node)).collect();
    let signal = node.name.unwrap_or_else(|| "gated_clk".into());
    let (name, parameters, comment) = (format!("u_{signal}"), Vec::new(), String::new());
    let inst = module.insts.push(Inst { name, module: cell, inputs, parameters, comment, at });
    module.nodes[id].name = Some(signal);
    module.nodes[id].op = Op::InstOut { inst, port: PortId::new(pins.len()) };
}

/// The cell's file: a latch that is open while the clock is low, so that the enable may arrive until the
/// rising edge and the gated clock has whole pulses only.
pub(crate) fn file(options: &Options) -> SourceFile {
    let (header, net, register) =
        (header(options), options.dialect.port(), options.dialect.register());
    // Verilator takes a latch of Verilog-2005 for a mistake unless it is written like a flop, and then
    // takes what it reads for asynchronous: `next` is a wire that nothing else reads.
    let (latch, assign) = match options.dialect {
        Dialect::Verilog2005 => ("always @(clk or next)", "<="),
        Dialect::SystemVerilog => ("always_latch", "="),
    };
    let text = format!(
        "{header}// A clock gate. For a chip, put a module around the cell of its library in the place of \
             this file.\n\
         module {CELL} (\n    \
             input  {net} clk,          // rising edge\n    \
             input  {net} enable,       // changes while clk is low or with its rising edge\n    \
             input  {net} test_enable,  // passes all edges, for scan tests\n    \
             output {net} gated_clk     // the pulses of clk at whose start an enable was 1\n\
         );\n\n  \
           wire next = enable || test_enable;\n  \
           {register} open;\n\n  \
           {latch} begin\n    \
             if (!clk) begin\n      \
               open {assign} next;\n    \
             end\n  \
           end\n\n  \
           assign gated_clk = clk && open;\n\n\
         endmodule\n"
    );
    SourceFile { name: format!("{CELL}.{}", options.dialect.extension()), text }
}

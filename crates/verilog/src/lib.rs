//! Prints a design as plain Verilog-2005, or as SystemVerilog, that people can read and tools accept in
//! silence; and what tools want beside it: a file list, timing constraints, a FuseSoC core file.
//!
//! The one key decision: **all thinking happens before printing**. A module is lowered to a bit-level
//! graph in which no operator depends on context (`lower`, `graph`), registers become decisions again
//! (`update`), the values that need names are found (`plan`) and named after what they are or what they
//! are for (`order`, `label`), and only then are values turned into Verilog expressions that mean exactly
//! the same whatever surrounds them (`legalise`). The printer that follows has no choices left to make,
//! so it cannot fail: every checked design has a text.
//!
//! What the text promises: no warning from `verilator --lint-only -Wall`, Yosys or `iverilog -Wall`, no
//! pragma or waiver, one flip-flop template, one module per file, names without counters, and equal
//! bytes for equal designs. Bits that are received and not used are gathered in one wire whose name
//! says so. A name that some tool reserves gets `_` appended. What single tools refuse, and the form that is printed
//! for all of them instead, is in [`quirks`].
//!
//! Documentation of a module is printed above it; a line `port: text` of it is printed beside that port.
//!
//! A memory whose depth is not a power of two keeps its exact depth. Where a flow of Yosys 0.23 turns such
//! a memory into registers (`memory` without `-nomap`), its `check` reports wires without driver that
//! Yosys itself made.
//!
//! ```
//! use seedbed_ir::{Bits, Design, Dir, Loc, Module, Node, Op, Port, PortKind, Ty};
//!
//! let at = Loc::new("src/lib.rs", 1, 1);
//! let mut module = Module { name: "answer".into(), ..Module::default() };
//! let ty = Ty::uint(8);
//! let node = Node { op: Op::Const(Bits::from_u64(8, 42)), ty, name: None, at };
//! let driver = Some(module.nodes.push(node));
//! let (name, dir, kind, domain, labels) = ("y".into(), Dir::Output, PortKind::Data, None, None);
//! let port = Port { name, dir, ty, kind, domain, driver, labels, at };
//! module.ports.push(port);
//! let mut design = Design::default();
//! design.modules.push(module);
//!
//! let files = seedbed_verilog::emit(&design, &seedbed_verilog::Options::default());
//! assert_eq!(files[0].name, "answer.v");
//! assert!(files[0].text.contains("assign y = 8'd42;"));
//! ```

mod ast;
mod bitwise;
mod body;
mod cases;
mod clock_gate;
mod core_file;
mod declare;
mod dialect;
mod enums;
mod graph;
mod instance;
mod label;
mod legalise;
mod literal;
mod lower;
mod module;
mod names;
mod notes;
mod order;
mod parameters;
mod plan;
mod print;
mod properties;
pub mod quirks;
mod resets;
mod rust_hdl;
mod sdc;
pub mod sram;
mod unused;
mod update;
mod uses;

pub use core_file::{core_file, Core};
pub use dialect::Dialect;
pub use sdc::{sdc, Timing};

use names::Interface;
use resets::Resets;
pub use rust_hdl::rust_hdl;
use seedbed_ir::Design;
use std::borrow::Cow;

/// What to print beside the design itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Lines of the comment at the head of every file (generator, version, hash of the configuration).
    pub header: Vec<String>,
    /// Whether declarations name the line of Rust that made them.
    pub locators: bool,
    /// The language.
    pub dialect: Dialect,
    /// Whether and how properties are printed.
    pub properties: Properties,
}

/// How the assertions, assumptions and cover points of a design are printed. Each stands at the end of
/// its module, with what only properties read, inside a guard: without the macro the module is the
/// same plain Verilog-2005 as ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Properties {
    /// Not at all.
    #[default]
    Omitted,
    /// SystemVerilog concurrent assertions under `` `ifdef SVA ``, such as `assert property
    /// (@(posedge clk) disable iff (in_reset) push |-> !full)`: for simulators.
    Concurrent,
    /// Immediate assertions in clocked blocks under `` `ifdef FORMAL ``, which
    /// `read_verilog -formal` of Yosys defines: for SymbiYosys.
    Immediate,
}

/// A file to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// File name, without folder.
    pub name: String,
    /// Contents.
    pub text: String,
}

/// Prints every module of `design` into a file of its own, children before parents. Black boxes have
/// instances and no file: their Verilog comes from elsewhere. Clock gates are instances of the module
/// `seedbed_clock_gate`, whose file is the first one: a latch and a gate, to be replaced by a module of that
/// name around the cell of a chip's library.
///
/// The design should have passed the checks of `seedbed-ir`; what is undriven in an unchecked one is
/// undriven in the output.
pub fn emit(design: &Design, options: &Options) -> Vec<SourceFile> {
    let design = clock_gate::instantiated(design);
    let cell = matches!(design, Cow::Owned(_)).then(|| clock_gate::file(options));
    let design = &*design;
    let interface = Interface::new(design);
    let resets = Resets::new(design, false);
    let file = |id| {
        let body = {
            let lowered = lower::lower(design, &interface, id, options);
            body::body(lowered, &interface, options.dialect)
        };
        SourceFile {
            name: format!("{}.{}", interface.module(id), options.dialect.extension()),
            text: module::print(&body, &interface, &resets, id, options),
        }
    };
    let described = design.modules.iter().filter(|(_, module)| module.black_box.is_none());
    cell.into_iter().chain(described.map(|(id, _)| file(id))).collect()
}

/// The names of `files`, one to a line, in an order every tool accepts: children before parents.
pub fn file_list(files: &[SourceFile]) -> String {
    files.iter().map(|f| format!("{}\n", f.name)).collect()
}

//! What macros do, as Verilog to simulate with.

use super::table::{Macro, Port, PortKind, Table};
use super::wrapper::{bare, black_box};
use crate::SourceFile;
use seedbed_ir::{Collision, Design, Dir};
use std::fmt::Write;

/// A model in Verilog-2005 for each macro of `table` that `design`, a result of [`map`](super::map), uses: what
/// its entry in the table says of it, without delays. To simulate and lint with, where the models of the
/// foundry are not at hand; synthesis takes the macro itself.
pub fn models(design: &Design, table: &Table) -> Vec<SourceFile> {
    let boxes = design.modules.values().filter(|module| module.black_box.is_some());
    let entry = |name: &str| table.macros.iter().find(|entry| entry.name == name);
    let file = |entry: &Macro| SourceFile { name: format!("{}.v", entry.name), text: model(entry) };
    boxes.filter_map(|module| entry(&module.name)).map(file).collect()
}

fn range(width: u32) -> String {
    match width {
        1 => String::new(),
        width => format!("[{}:0] ", width - 1),
    }
}

fn model(entry: &Macro) -> String {
    let shell = black_box(entry);
    let port = |p: &seedbed_ir::Port| {
        let word = if p.dir == Dir::Input { "input  wire" } else { "output reg " };
        format!("    {word} {}{}", range(p.ty.width), p.name)
    };
    let ports: Vec<String> = shell.ports.values().map(port).collect();
    let mut out = format!(
        "// What the table of macros says of {0}, without delays: to simulate with.\n\n\
         module {0} (\n{1}\n);\n\n  reg {2}words [0:{3}];\n",
        entry.name,
        ports.join(",\n"),
        range(entry.bits),
        entry.words - 1
    );
    for (index, port) in entry.ports.iter().enumerate() {
        out += &block(entry, index, port);
    }
    if !entry.tie.is_empty() {
        let pins: Vec<&str> = entry.tie.keys().map(String::as_str).collect();
        let _ = write!(
            out,
            "\n  // Not modelled.\n  wire unused_bits = &{{1'b0, {}}};\n",
            pins.join(", ")
        );
    }
    out + "\nendmodule\n"
}

/// A control pin as a condition.
fn on(pin: &str) -> String {
    let not = if pin.starts_with('!') { "!" } else { "" };
    format!("{not}{}", bare(pin))
}

/// When a port writes, and when it reads.
fn conditions(port: &Port) -> [Option<String>; 2] {
    let enable = on(&port.enable);
    let both = |pin: &str| format!("{enable} && {}", on(pin));
    match (port.kind, &port.write, &port.read) {
        (PortKind::W, ..) => [Some(enable), None],
        (PortKind::R, ..) => [None, Some(enable)],
        (PortKind::Rw, Some(write), Some(read)) => [Some(both(write)), Some(both(read))],
        (PortKind::Rw, Some(write), None) => {
            [Some(both(write)), Some(format!("{enable} && !({})", on(write)))]
        }
        (PortKind::Rw, None, _) => [None, Some(enable)],
    }
}

/// The clocked block of a port.
fn block(entry: &Macro, index: usize, port: &Port) -> String {
    let [write, read] = conditions(port);
    let mut body = String::new();
    if let (Some(when), Some(data)) = (write, &port.wdata) {
        let store = copy(entry, port, &format!("words[{}]", port.addr), data, 6);
        let _ = write!(body, "    if ({when}) begin\n{store}    end\n");
    }
    if let (Some(when), Some(to)) = (read, &port.rdata) {
        let _ = write!(body, "    if ({when}) begin\n      {to} <= words[{}];\n", port.addr);
        body += &forwards(entry, index, port, to);
        let _ = match entry.hold {
            true => writeln!(body, "    end"),
            false => write!(
                body,
                "    end else begin\n      {to} <= {{{}{{1'bx}}}};\n    end\n",
                entry.bits
            ),
        };
    }
    let lane = if body.contains("lane") { "    integer lane;\n" } else { "" };
    format!("\n  always @(posedge {}) begin : port_{index}\n{lane}{body}  end\n", port.clock)
}

/// What the other ports write to the word that is read, where a read gives the new word.
fn forwards(entry: &Macro, index: usize, port: &Port, to: &str) -> String {
    let mut out = String::new();
    let others = entry.ports.iter().enumerate().filter(|(i, _)| *i != index);
    for (_, other) in others.filter(|_| entry.collision == Collision::New) {
        if let ([Some(write), _], Some(data)) = (conditions(other), &other.wdata) {
            let store = copy(entry, other, to, data, 8);
            let same = format!("{} == {}", other.addr, port.addr);
            let _ = write!(out, "      if ({write} && ({same})) begin\n{store}      end\n");
        }
    }
    out
}

/// Writes the lanes of `data` that the mask of `port` selects to `to`.
fn copy(entry: &Macro, port: &Port, to: &str, data: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let Some(mask) = &port.mask else { return format!("{pad}{to} <= {data};\n") };
    let lane = entry.lane();
    if lane == entry.bits {
        return format!("{pad}if ({mask}) begin\n{pad}  {to} <= {data};\n{pad}end\n");
    }
    let select = match lane {
        1 => "[lane]".to_string(),
        bits => format!("[lane * {bits} +: {bits}]"),
    };
    format!(
        "{pad}for (lane = 0; lane < {}; lane = lane + 1) begin\n\
         {pad}  if ({mask}[lane]) begin\n{pad}    {to}{select} <= {data}{select};\n{pad}  end\n{pad}end\n",
        entry.bits / lane
    )
}

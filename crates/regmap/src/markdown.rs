//! The map as a documentation page.

use std::fmt::Write;

use crate::{Field, Map, Register};

impl Map {
    /// A Markdown page: the doc of the map and one table row per field.
    pub fn to_markdown(&self) -> String {
        let mut out = format!("# Registers of `{}`\n\n{}\n\n", self.name, self.doc);
        out.push_str("| address | register | bits | field | access | reset | meaning |\n");
        out.push_str("|---|---|---|---|---|---|---|\n");
        for register in &self.registers {
            for (i, field) in register.fields.iter().enumerate() {
                write_row(&mut out, register, field, i == 0);
            }
        }
        out
    }
}

fn write_row(out: &mut String, register: &Register, field: &Field, first: bool) {
    let (address, name) =
        if first { (address(register), name(register)) } else { Default::default() };
    let doc = if first { format!("{} {}", register.doc, field.about()) } else { field.about() };
    let _ = writeln!(
        out,
        "| {address} | {name} | {} | `{}` | {} | {:#x} | {} |",
        bits(field),
        field.name,
        field.access.short(),
        field.reset,
        doc.replace('|', "\\|")
    );
}

fn address(register: &Register) -> String {
    match register.count {
        0 | 1 => format!("{:#05x}", register.offset),
        _ => format!("{:#05x}..{:#05x}", register.offset, register.end() - 4),
    }
}

fn name(register: &Register) -> String {
    match register.count {
        0 | 1 => format!("`{}`", register.name),
        n => format!("`{}[{n}]`", register.name),
    }
}

fn bits(field: &Field) -> String {
    match field.width {
        0 | 1 => field.lsb.to_string(),
        width => format!("{}:{}", field.lsb + width - 1, field.lsb),
    }
}

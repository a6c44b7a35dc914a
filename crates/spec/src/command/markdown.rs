//! The field table as a documentation page.

use std::fmt::Write;

use super::{fields, gaps, Encoding, Field, Opcode, BODY_LSB};

/// The page "Command set": the header, then one table per opcode.
pub fn to_markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    write_table(&mut out, "Header", Opcode::Load, |lsb| lsb < BODY_LSB);
    for opcode in Opcode::ALL {
        write_table(&mut out, opcode.name(), opcode, |lsb| lsb >= BODY_LSB);
    }
    out
}

const INTRODUCTION: &str = "\
# Command set

A command is 64 bytes. Bit `i` of a command is bit `i % 8` of byte `i / 8`. FRONT refuses a command
with the fault ILLEGAL whose address is the least significant bit of the first field (lowest bit
first) whose value is not legal. Reserved bits must be zero.

Encodings: *plain* is unsigned, *minus one* stores a count less one, *signed* is two's complement.
";

fn write_table(out: &mut String, title: &str, opcode: Opcode, within: fn(u32) -> bool) {
    let _ = writeln!(out, "\n## {title}\n\n| bits | field | encoding | legal | meaning |");
    out.push_str("|---|---|---|---|---|\n");
    let mut rows: Vec<(u32, String)> = fields(opcode).map(|f| (f.lsb, row(f))).collect();
    rows.extend(gaps(opcode).into_iter().map(|(lsb, width)| (lsb, gap_row(lsb, width))));
    rows.sort();
    for (_, row) in rows.into_iter().filter(|(lsb, _)| within(*lsb)) {
        out.push_str(&row);
    }
}

fn row(field: &Field) -> String {
    let encoding = match field.encoding {
        Encoding::Plain => "plain",
        Encoding::MinusOne => "minus one",
        Encoding::Signed => "signed",
    };
    let (bits, legal) = (bits(field.lsb, field.width), field.legal.describe());
    format!("| {bits} | `{}` | {encoding} | {legal} | {} |\n", field.name, field.doc)
}

fn gap_row(lsb: u32, width: u32) -> String {
    format!("| {} | reserved | | 0 | |\n", bits(lsb, width))
}

fn bits(lsb: u32, width: u32) -> String {
    match width {
        1 => lsb.to_string(),
        _ => format!("{}:{lsb}", lsb + width - 1),
    }
}

//! The field table as a C header.

use std::fmt::Write;

use super::{fields, gaps, Encoding, Field, Opcode, BODY_LSB, VERSION};

/// A C99 header: opcodes, `_LSB` and `_WIDTH` of every field, and functions that read and write a
/// field of a command held as eight 64-bit words.
pub fn to_c_header() -> String {
    let mut out = String::from(HEAD);
    let _ = writeln!(out, "\n#define SEEDBED_COMMAND_VERSION {VERSION}u");
    for opcode in Opcode::ALL {
        let _ = writeln!(out, "#define SEEDBED_OPCODE_{opcode} {}u", opcode.code());
    }
    write_fields(&mut out, "COMMAND", Opcode::Load, |lsb| lsb < BODY_LSB);
    for opcode in Opcode::ALL {
        write_fields(&mut out, opcode.name(), opcode, |lsb| lsb >= BODY_LSB);
    }
    out.push_str(FUNCTIONS);
    out
}

fn write_fields(out: &mut String, prefix: &str, opcode: Opcode, within: fn(u32) -> bool) {
    let _ = writeln!(out, "\n/* {prefix} */");
    for field in fields(opcode).filter(|f| within(f.lsb)) {
        write_field(out, prefix, field);
    }
    for (lsb, width) in gaps(opcode).into_iter().filter(|(lsb, _)| within(*lsb)) {
        let _ = writeln!(out, "/* bits {lsb} to {} are reserved: zero */", lsb + width - 1);
    }
}

fn write_field(out: &mut String, prefix: &str, field: &Field) {
    let name = field.name.to_ascii_uppercase();
    let encoding = match field.encoding {
        Encoding::Plain => "",
        Encoding::MinusOne => " Stored less one.",
        Encoding::Signed => " Two's complement.",
    };
    let legal = field.legal.describe();
    let _ = writeln!(out, "/* {}{encoding} Legal: {legal}. */", field.doc);
    let _ = writeln!(out, "#define SEEDBED_{prefix}_{name}_LSB {}u", field.lsb);
    let _ = writeln!(out, "#define SEEDBED_{prefix}_{name}_WIDTH {}u", field.width);
}

const HEAD: &str = "\
/* Commands of Seedbed accelerators: 64 bytes each, held as eight 64-bit words, lowest address first.
 * Write a field with seedbed_set(command, SEEDBED_LOAD_LM_ADDR_LSB, SEEDBED_LOAD_LM_ADDR_WIDTH, value). */
#ifndef SEEDBED_COMMAND_H
#define SEEDBED_COMMAND_H

#include <stdint.h>
";

const FUNCTIONS: &str = "
/* The raw bits of a field. */
static inline uint64_t seedbed_get(const uint64_t command[8], unsigned lsb, unsigned width)
{
    uint64_t value = command[lsb / 64] >> (lsb % 64);
    if (lsb % 64 + width > 64)
        value |= command[lsb / 64 + 1] << (64 - lsb % 64);
    return value & (((uint64_t)1 << width) - 1);
}

/* Replaces the raw bits of a field by the low bits of value. */
static inline void seedbed_set(uint64_t command[8], unsigned lsb, unsigned width, uint64_t value)
{
    uint64_t mask = ((uint64_t)1 << width) - 1;
    value &= mask;
    command[lsb / 64] = (command[lsb / 64] & ~(mask << (lsb % 64))) | value << (lsb % 64);
    if (lsb % 64 + width > 64) {
        unsigned low = 64 - lsb % 64;
        command[lsb / 64 + 1] = (command[lsb / 64 + 1] & ~(mask >> low)) | value >> low;
    }
}

#endif /* SEEDBED_COMMAND_H */
";

//! Commands as text.

use std::fmt::Write;

use super::{fields, gaps, Command, Field, Opcode, BODY_LSB, FIELDS, VERSION};

/// One line for one command: the opcode, every body field that says something, semaphores and stamp.
/// Addresses are hexadecimal. Anything goes in; what makes no sense is shown as it is, with an
/// unknown opcode as `ILLEGAL` and the 64 bytes as one number.
pub fn disassemble(command: &Command) -> String {
    let Some(opcode) = Opcode::from_code(FIELDS[0].raw(command)) else {
        return format!("ILLEGAL {command:?}");
    };
    let mut out = format!("{opcode:<6}");
    for field in fields(opcode).filter(|f| f.lsb >= BODY_LSB && is_worth_a_word(f, command)) {
        write_field(&mut out, field, command);
    }
    write_slots(&mut out, opcode, command, "wait");
    write_slots(&mut out, opcode, command, "signal");
    write_rest(&mut out, opcode, command);
    out
}

fn is_address(field: &Field) -> bool {
    field.name.ends_with("_addr")
}

/// Zero strides, absent counts and unused fields only make noise; addresses are always shown.
fn is_worth_a_word(field: &Field, command: &Command) -> bool {
    field.raw(command) != 0 || is_address(field)
}

fn write_field(out: &mut String, field: &Field, command: &Command) {
    let value = field.get(command);
    let _ = match is_address(field) {
        true => write!(out, " {}={value:#x}", field.name),
        false => write!(out, " {}={value}", field.name),
    };
}

/// ` wait 3:1 5:2` for the used slots.
fn write_slots(out: &mut String, opcode: Opcode, command: &Command, kind: &str) {
    let get = |slot: u32, part: &str| {
        let name = format!("{kind}{slot}_{part}");
        super::field(opcode, &name).map_or(0, |field| field.raw(command))
    };
    let used: Vec<u32> = (0..3).filter(|slot| get(*slot, "n") != 0).collect();
    if !used.is_empty() {
        let _ = write!(out, " {kind}");
    }
    for slot in used {
        let _ = write!(out, " {}:{}", get(slot, "id"), get(slot, "n"));
    }
}

fn write_rest(out: &mut String, opcode: Opcode, command: &Command) {
    let number = |name: &str| super::field(opcode, name).map_or(0, |field| field.raw(command));
    if number("stamp") != 0 {
        let _ = write!(out, " stamp {}", number("stamp"));
    }
    if number("version") != u64::from(VERSION) {
        let _ = write!(out, " version {}", number("version"));
    }
    for (lsb, width) in gaps(opcode).into_iter().filter(|(lsb, w)| !command.is_zero(*lsb, *w)) {
        let _ = write!(out, " reserved@{lsb}={:#x}", command.bits(lsb, width.min(64)));
    }
}

//! The map as Rust constants.

use std::fmt::Write;

use crate::{Field, Map, Register};

impl Map {
    /// A Rust source file of constants: `REG_OFFSET`, `REG_COUNT` of arrays, and per field
    /// `REG_FIELD_LSB` and `REG_FIELD_MASK`.
    pub fn to_rust(&self) -> String {
        let mut out = format!("//! {}\n", self.doc);
        for register in &self.registers {
            write_register(&mut out, register);
        }
        out
    }
}

fn write_register(out: &mut String, register: &Register) {
    let name = &register.name;
    let _ = writeln!(out, "\n/// {}", register.doc);
    let _ = writeln!(out, "pub const {name}_OFFSET: u32 = {:#05x};", register.offset);
    if register.count > 1 {
        let _ = writeln!(
            out,
            "/// Registers in the array.\npub const {name}_COUNT: u32 = {};",
            register.count
        );
    }
    for field in &register.fields {
        write_field(out, &format!("{name}_{}", field.name.to_ascii_uppercase()), field);
    }
}

fn write_field(out: &mut String, name: &str, field: &Field) {
    let _ = writeln!(out, "/// {}", field.about());
    let _ = writeln!(out, "pub const {name}_LSB: u32 = {};", field.lsb);
    let _ = writeln!(out, "/// Bits of the field within its register.");
    let _ = writeln!(out, "pub const {name}_MASK: u32 = {:#010x};", field.mask());
}

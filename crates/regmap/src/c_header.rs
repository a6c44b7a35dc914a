//! The map as a C header.

use std::fmt::Write;

use crate::{Field, Map, Register};

impl Map {
    /// A C99 header of `#define`s: `PREFIX_REG_OFFSET`, `PREFIX_REG_COUNT` of arrays, and per field
    /// `_LSB`, `_WIDTH`, `_MASK` and, where it is not zero, `_RESET`.
    pub fn to_c_header(&self, prefix: &str) -> String {
        let prefix = prefix.to_ascii_uppercase();
        let guard = format!("{prefix}_REGISTERS_H");
        let mut out = format!("/* {} */\n#ifndef {guard}\n#define {guard}\n", comment(&self.doc));
        for register in &self.registers {
            write_register(&mut out, &prefix, register);
        }
        let _ = writeln!(out, "\n#endif /* {guard} */");
        out
    }
}

fn write_register(out: &mut String, prefix: &str, register: &Register) {
    let name = format!("{prefix}_{}", register.name);
    let _ = writeln!(out, "\n/* {} */", comment(&register.doc));
    let _ = writeln!(out, "#define {name}_OFFSET {:#05x}u", register.offset);
    if register.count > 1 {
        let _ = writeln!(out, "#define {name}_COUNT {}u", register.count);
    }
    for field in &register.fields {
        write_field(out, &format!("{name}_{}", field.name.to_ascii_uppercase()), field);
    }
}

fn write_field(out: &mut String, name: &str, field: &Field) {
    let _ = writeln!(out, "/* {} {} */", field.access.short(), comment(&field.about()));
    let _ = writeln!(out, "#define {name}_LSB {}u", field.lsb);
    let _ = writeln!(out, "#define {name}_WIDTH {}u", field.width);
    let _ = writeln!(out, "#define {name}_MASK {:#010x}u", field.mask());
    if field.reset != 0 {
        let _ = writeln!(out, "#define {name}_RESET {:#x}u", field.reset);
    }
}

/// Text that cannot end a C comment early.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *")
}

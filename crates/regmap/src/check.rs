//! Whether a map contradicts itself.

use std::fmt;

use crate::{Access, Field, Map, Register};

/// One mistake in a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `MAP`, `MAP.REGISTER` or `MAP.REGISTER.field`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for Problem {}

impl Map {
    /// All mistakes of the map: names that are not identifiers or repeat, unaligned, unordered or
    /// overlapping registers, fields beyond bit 31 or overlapping, reset values that do not fit or
    /// that hardware would overwrite, arrays that are not read-only, locks that are not there or lock what is not `RW`.
    ///
    /// # Errors
    /// Every problem found, in table order.
    pub fn check(&self) -> Result<(), Vec<Problem>> {
        let mut found = Problems::default();
        found.names(&self.name, self.registers.iter().map(|r| &r.name), is_upper);
        for register in &self.registers {
            let place = format!("{}.{}", self.name, register.name);
            found.register(&place, register);
        }
        found.locks(self);
        for pair in self.registers.windows(2) {
            found.order(&self.name, &pair[0], &pair[1]);
        }
        if found.0.is_empty() {
            Ok(())
        } else {
            Err(found.0)
        }
    }
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, place: &str, message: String) {
        let place = place.to_string();
        self.0.push(Problem { place, message });
    }

    fn names<'a>(
        &mut self,
        place: &str,
        names: impl Iterator<Item = &'a String>,
        accept: fn(&str) -> bool,
    ) {
        let mut seen = Vec::new();
        for name in names {
            if !accept(name) {
                self.add(place, format!("`{name}` is not a name; use letters, digits and `_` (registers upper case, fields lower case)"));
            }
            if seen.contains(&name) {
                self.add(place, format!("`{name}` is there twice; rename one"));
            }
            seen.push(name);
        }
    }

    fn order(&mut self, map: &str, first: &Register, second: &Register) {
        if u64::from(second.offset) < first.end() {
            let message = format!(
                "offset {:#05x} is below the end of {} ({:#05x}); list registers by ascending offset, without overlap",
                second.offset, first.name, first.end()
            );
            self.add(&format!("{map}.{}", second.name), message);
        }
    }

    fn locks(&mut self, map: &Map) {
        let fields = map.registers.iter().flat_map(|r| r.fields.iter().map(move |f| (r, f)));
        for (register, field) in fields {
            let Some(lock) = &field.lock else { continue };
            let place = format!("{}.{}.{}", map.name, register.name, field.name);
            let holds = |a| matches!(a, Access::ReadWrite | Access::WriteOneToSet);
            if !map.field(lock).is_some_and(|(_, f)| holds(f.access)) {
                self.add(&place, format!("is locked by `{lock}`, which is no RW or W1S field"));
            }
            if field.access != Access::ReadWrite {
                self.add(&place, format!("is {} and cannot be locked", field.access.short()));
            }
        }
    }

    fn register(&mut self, place: &str, register: &Register) {
        if register.offset % 4 != 0 {
            self.add(place, format!("offset {:#x} is not a multiple of 4", register.offset));
        }
        if register.end() > 1 << 32 {
            self.add(place, "ends beyond the 32-bit address space".to_string());
        }
        if register.fields.is_empty() {
            self.add(place, "has no field; give it one, `value` by custom".to_string());
        }
        self.array(place, register);
        self.names(place, register.fields.iter().map(|f| &f.name), is_lower);
        let mut used = 0;
        for field in &register.fields {
            self.field(&format!("{place}.{}", field.name), field, &mut used);
        }
    }

    fn array(&mut self, place: &str, register: &Register) {
        let simple = register.fields.len() == 1 && register.fields[0].access == Access::ReadOnly;
        match register.count {
            0 => self.add(place, "is an array of 0; use 1 for a single register".to_string()),
            1 => (),
            _ if simple => (),
            _ => self.add(place, "is an array; arrays have one field, read-only".to_string()),
        }
    }

    fn field(&mut self, place: &str, field: &Field, used: &mut u32) {
        if field.width == 0 || u64::from(field.lsb) + u64::from(field.width) > 32 {
            let message =
                format!("lsb {} and width {} do not lie in bits 0 to 31", field.lsb, field.width);
            return self.add(place, message);
        }
        if *used & field.mask() != 0 {
            self.add(place, "shares bits with another field; move one".to_string());
        }
        *used |= field.mask();
        self.reset(place, field);
    }

    fn reset(&mut self, place: &str, field: &Field) {
        if u64::from(field.reset) >> field.width != 0 {
            self.add(place, format!("reset {:#x} does not fit {} bits", field.reset, field.width));
        }
        let holds = matches!(field.access, Access::ReadWrite | Access::Constant);
        if field.reset != 0 && !holds {
            self.add(place, format!("is {} and cannot have a reset value", field.access.short()));
        }
    }
}

fn is_upper(name: &str) -> bool {
    is_name(name, |c| c.is_ascii_uppercase())
}

fn is_lower(name: &str) -> bool {
    is_name(name, |c| c.is_ascii_lowercase())
}

fn is_name(name: &str, letter: fn(char) -> bool) -> bool {
    name.starts_with(letter) && name.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '_')
}

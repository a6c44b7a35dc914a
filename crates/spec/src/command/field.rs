//! The types of the field table.

use std::fmt;

use seedbed_bits::{sign_extend, signed_limits};
use serde::{Deserialize, Serialize};

use super::Command;
use crate::fault::Engine;
use crate::Config;

/// What a command does; the discriminant is its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Opcode {
    /// Copies external memory to LM.
    Load = 1,
    /// Copies LM to external memory.
    Store = 2,
    /// Multiplies activations by weights into partial sums.
    Matrix = 3,
    /// Requantises partial sums into LM.
    Post = 4,
}

impl Opcode {
    /// Every opcode, in the order of its code.
    pub const ALL: [Opcode; 4] = [Opcode::Load, Opcode::Store, Opcode::Matrix, Opcode::Post];

    /// The code in a command.
    pub fn code(self) -> u64 {
        self as u64
    }

    /// The opcode of a code.
    pub fn from_code(code: u64) -> Option<Opcode> {
        Self::ALL.into_iter().find(|opcode| opcode.code() == code)
    }

    /// The name, upper case.
    pub fn name(self) -> &'static str {
        self.engine().name()
    }

    /// The engine that executes it.
    pub fn engine(self) -> Engine {
        Engine::EXECUTING[self as usize - 1]
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A number of bytes that an address or stride must be a multiple of; a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Bytes of a bus beat.
    Bus,
    /// The largest power of two that divides R.
    Rows,
    /// The largest power of two that divides C.
    Cols,
    /// W, the LM word.
    Word,
}

impl Unit {
    /// The number of bytes in a configuration.
    pub fn bytes(self, config: &Config) -> u32 {
        match self {
            Unit::Bus => config.bus_bytes(),
            Unit::Rows => config.rows_unit(),
            Unit::Cols => config.cols_unit(),
            Unit::Word => config.word(),
        }
    }

    /// As prose: "the bus bytes".
    pub fn describe(self) -> &'static str {
        match self {
            Unit::Bus => "the bus bytes",
            Unit::Rows => "the largest power of two in R",
            Unit::Cols => "the largest power of two in C",
            Unit::Word => "the LM word W",
        }
    }
}

/// Which raw values of a field are legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Legal {
    /// Every value.
    Any,
    /// Only zero: laid out for later.
    Zero,
    /// Only this value.
    Equals(u64),
    /// These two and what lies between.
    Between(u64, u64),
    /// Multiples of the unit, zero among them.
    Multiple(Unit),
    /// Multiples of the unit, but not zero.
    Positive(Unit),
    /// Numbers of semaphores that the configuration has.
    Semaphore,
}

impl Legal {
    /// Whether a raw value is legal in a configuration.
    pub fn holds(self, raw: u64, config: &Config) -> bool {
        let multiple = |unit: Unit| raw % u64::from(unit.bytes(config)) == 0;
        match self {
            Legal::Any => true,
            Legal::Zero => raw == 0,
            Legal::Equals(value) => raw == value,
            Legal::Between(low, high) => (low..=high).contains(&raw),
            Legal::Multiple(unit) => multiple(unit),
            Legal::Positive(unit) => raw != 0 && multiple(unit),
            Legal::Semaphore => raw < u64::from(config.front.semaphores),
        }
    }

    /// As prose, without a configuration's numbers.
    pub fn describe(self) -> String {
        match self {
            Legal::Any => "any".to_string(),
            Legal::Zero => "0 (later)".to_string(),
            Legal::Equals(value) => value.to_string(),
            Legal::Between(low, high) => format!("{low} to {high}"),
            Legal::Multiple(unit) => format!("multiple of {}", unit.describe()),
            Legal::Positive(unit) => format!("positive multiple of {}", unit.describe()),
            Legal::Semaphore => "below the number of semaphores".to_string(),
        }
    }
}

/// How a field's bits stand for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Unsigned.
    Plain,
    /// One less than the number, unsigned: for counts, which are never zero.
    MinusOne,
    /// Two's complement.
    Signed,
}

/// One field of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Name, unique within each opcode.
    pub name: &'static str,
    /// Least significant bit within the command.
    pub lsb: u32,
    /// Bits, at most 48.
    pub width: u32,
    /// Legal raw values.
    pub legal: Legal,
    /// How the bits stand for a number.
    pub encoding: Encoding,
    /// The opcodes that have the field.
    pub opcodes: &'static [Opcode],
    /// What it means, with its unit.
    pub doc: &'static str,
}

impl Field {
    /// First bit after the field.
    pub fn end(&self) -> u32 {
        self.lsb + self.width
    }

    /// The bits as they stand in a command.
    pub fn raw(&self, command: &Command) -> u64 {
        command.bits(self.lsb, self.width)
    }

    /// The number the bits stand for.
    pub fn get(&self, command: &Command) -> i64 {
        let raw = self.raw(command);
        match self.encoding {
            Encoding::Plain => raw as i64, // at most 48 bits
            Encoding::MinusOne => raw as i64 + 1,
            Encoding::Signed => sign_extend(raw, self.width),
        }
    }

    /// The least and the greatest number that the bits can stand for.
    pub fn limits(&self) -> (i64, i64) {
        match self.encoding {
            Encoding::Plain => (0, (1 << self.width) - 1),
            Encoding::MinusOne => (1, 1 << self.width),
            Encoding::Signed => signed_limits(self.width),
        }
    }

    /// The bits that stand for a number; nothing if none do.
    pub fn to_raw(&self, value: i64) -> Option<u64> {
        let (low, high) = self.limits();
        let offset = i64::from(self.encoding == Encoding::MinusOne);
        let raw = (value.wrapping_sub(offset)) as u64 & ((1 << self.width) - 1);
        (low..=high).contains(&value).then_some(raw)
    }
}

//! Commands: 64 bytes each, complete, described by one table of fields.
//!
//! The [table](FIELDS) gives every field's place, width, encoding and legal values. Everything that
//! reads or writes commands comes from it: [`encode`], [`check`] (what FRONT does in hardware),
//! [`decode_checked`], [`disassemble`], [`to_c_header`] and [`to_markdown`].
//!
//! Bit `i` of a command is bit `i % 8` of byte `i / 8`. The header (bits 0 to 127: opcode, version,
//! stamp, semaphores) is FRONT's; an engine receives the body, bits 128 to 511.

mod body;
mod c_header;
mod codec;
mod disasm;
mod field;
mod markdown;
mod table;
mod word;

pub use body::{Body, Header, Matrix, Move, Post, Slot, Sync};
pub use c_header::to_c_header;
pub use codec::{check, decode_checked, encode, FieldError, Illegal};
pub use disasm::disassemble;
pub use field::{Encoding, Field, Legal, Opcode, Unit};
pub use markdown::to_markdown;
pub use table::{field, fields, gaps, BODY_BITS, BODY_LSB, FIELDS};
pub use word::Command;

/// The version that the header of every command carries.
pub const VERSION: u32 = 1;

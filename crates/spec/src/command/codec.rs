//! Between commands and what they mean.

use super::body::{Body, Header, Slot, Sync};
use super::{field, fields, gaps, Command, Field, Opcode, FIELDS, VERSION};
use crate::Config;

/// A number that does not fit its field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{opcode}.{field}: {value} does not fit; the field holds {low} to {high}")]
pub struct FieldError {
    /// The command.
    pub opcode: Opcode,
    /// The field.
    pub field: &'static str,
    /// The number.
    pub value: i64,
    /// Least number that fits.
    pub low: i64,
    /// Greatest number that fits.
    pub high: i64,
}

/// The first field of a command whose value is not legal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bit {lsb}: {field} is {raw:#x}; legal: {legal}")]
pub struct Illegal {
    /// Least significant bit of the field or gap: the address of the fault record.
    pub lsb: u32,
    /// Name of the field; `reserved` for a gap.
    pub field: &'static str,
    /// The offending bits; of a gap, its lowest 64.
    pub raw: u64,
    /// What would be legal.
    pub legal: String,
}

/// The command for a header and a body. Legality in a configuration is not checked here: that is
/// [`check`]'s.
///
/// # Errors
/// The first number that its field cannot hold.
pub fn encode(header: &Header, body: &Body) -> Result<Command, FieldError> {
    let opcode = body.opcode();
    let mut command = Command::default();
    let fixed = [("opcode", opcode.code() as i64), ("version", i64::from(VERSION))];
    for (name, value) in fixed.into_iter().chain(header_values(header)).chain(body.values()) {
        if let Some(field) = field(opcode, name) {
            put(&mut command, opcode, field, value)?;
        }
    }
    Ok(command)
}

fn put(command: &mut Command, opcode: Opcode, f: &Field, value: i64) -> Result<(), FieldError> {
    let (low, high) = f.limits();
    let raw = f.to_raw(value).ok_or(FieldError { opcode, field: f.name, value, low, high })?;
    command.set_bits(f.lsb, f.width, raw);
    Ok(())
}

const WAITS: [(&str, &str); 3] =
    [("wait0_id", "wait0_n"), ("wait1_id", "wait1_n"), ("wait2_id", "wait2_n")];
const SIGNALS: [(&str, &str); 3] =
    [("signal0_id", "signal0_n"), ("signal1_id", "signal1_n"), ("signal2_id", "signal2_n")];

fn header_values(header: &Header) -> Vec<(&'static str, i64)> {
    let mut values = vec![("stamp", i64::from(header.stamp))];
    let slots = header.sync.waits.iter().chain(&header.sync.signals);
    for ((id, n), slot) in WAITS.iter().chain(&SIGNALS).zip(slots) {
        values.extend([(*id, i64::from(slot.id)), (*n, i64::from(slot.n))]);
    }
    values
}

/// The number of a field of an opcode in a command; 0 if the opcode has no such field.
fn number(command: &Command, opcode: Opcode, name: &str) -> i64 {
    field(opcode, name).map_or(0, |field| field.get(command))
}

fn header_of(command: &Command, opcode: Opcode) -> Header {
    let get = |name: &str| number(command, opcode, name) as u8;
    let slot = |(id, n): (&str, &str)| Slot { id: get(id), n: get(n) };
    Header {
        stamp: get("stamp"),
        sync: Sync { waits: WAITS.map(slot), signals: SIGNALS.map(slot) },
    }
}

/// Whether a command is legal in a configuration: what FRONT checks in hardware.
///
/// # Errors
/// The offending field or gap with the least lsb. If the opcode itself is not legal that is the
/// opcode, and nothing else can be said about the command.
pub fn check(command: &Command, config: &Config) -> Result<Opcode, Illegal> {
    let opcode = &FIELDS[0];
    let Some(opcode) = Opcode::from_code(opcode.raw(command)) else {
        return Err(illegal_field(opcode, command));
    };
    let bad_field = fields(opcode).find(|f| !f.legal.holds(f.raw(command), config));
    let bad_gap = gaps(opcode).into_iter().find(|(lsb, width)| !command.is_zero(*lsb, *width));
    match (bad_field, bad_gap) {
        (None, None) => Ok(opcode),
        (Some(field), Some((lsb, _))) if field.lsb < lsb => Err(illegal_field(field, command)),
        (Some(field), None) => Err(illegal_field(field, command)),
        (_, Some((lsb, width))) => Err(illegal_gap(lsb, width, command)),
    }
}

fn illegal_field(field: &Field, command: &Command) -> Illegal {
    let (lsb, raw) = (field.lsb, field.raw(command));
    Illegal { lsb, field: field.name, raw, legal: field.legal.describe() }
}

fn illegal_gap(lsb: u32, width: u32, command: &Command) -> Illegal {
    let raw = command.bits(lsb, width.min(64));
    Illegal { lsb, field: "reserved", raw, legal: "0".to_string() }
}

/// Checks and decodes a command.
///
/// # Errors
/// See [`check`].
pub fn decode_checked(command: &Command, config: &Config) -> Result<(Header, Body), Illegal> {
    let opcode = check(command, config)?;
    let body = Body::from_values(opcode, |name| number(command, opcode, name));
    Ok((header_of(command, opcode), body))
}

//! The legality check of a command, generated from the command table.
//!
//! | port | dir | meaning |
//! |---|---|---|
//! | `command` | in | 512 bits |
//! | `illegal` | out | some field is not legal in this configuration |
//! | `lsb` | out | least significant bit of the first such field |
//! | `is_load` and so on | out | the command is legal and goes to this engine |
//!
//! Combinational. Golden reads the same table, so both name the same field.

use super::fetch::COMMAND;
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig};
use seedbed_spec::command::{fields, gaps, Field, Legal, Opcode, BODY_LSB};
use seedbed_spec::Config;

/// Bits of a bit position in a command.
const LSB: u32 = 9;

/// The check for one configuration.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Check {
    /// Decides ranges and alignments.
    pub config: Config,
}

/// Ports of [`Check`].
pub struct CheckIo<'m> {
    /// The command.
    pub command: Sig<'m>,
    /// Not legal.
    pub illegal: Sig<'m>,
    /// Where.
    pub lsb: Sig<'m>,
    /// Legal, per opcode in the order of [`Opcode::ALL`].
    pub opcodes: Vec<Sig<'m>>,
}

impl Module for Check {
    type Io<'m> = CheckIo<'m>;

    fn name(&self) -> String {
        format!("check_{}", self.config.name)
    }

    fn doc(&self) -> String {
        "Legality of a command: the first illegal field, or the engine it goes to.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> CheckIo<'m> {
        let legal = |o: &Opcode| p.output(format!("is_{}", o.name().to_lowercase()), bit());
        CheckIo {
            command: p.input("command", uint(COMMAND)),
            illegal: p.output("illegal", bit()),
            lsb: p.output("lsb", uint(LSB)),
            opcodes: Opcode::ALL.iter().map(legal).collect(),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: CheckIo<'m>) {
        let code = io.command.slice(0, 4);
        let is: Vec<_> = Opcode::ALL.iter().map(|o| code.eq(o.code())).collect();
        let unknown = !m.any(&is);
        // The header is the same for every opcode.
        let header = self.first_bad(m, io.command, Opcode::Load, 0..BODY_LSB);
        let bodies: Vec<_> = Opcode::ALL
            .iter()
            .map(|&o| {
                let bad = self.first_bad(m, io.command, o, BODY_LSB..COMMAND);
                let name = o.name().to_lowercase();
                (bad.0.named(format!("bad_{name}")), bad.1.named(format!("bad_{name}_lsb")))
            })
            .collect();
        let body_bad = m.mux_one_hot(&is, &bodies.iter().map(|b| b.0).collect::<Vec<_>>());
        let body_lsb = m.mux_one_hot(&is, &bodies.iter().map(|b| b.1).collect::<Vec<_>>());

        let illegal = (unknown | header.0 | body_bad).named("bad");
        io.illegal.set(illegal);
        let known = m.mux(header.0, header.1, body_lsb);
        io.lsb.set(m.mux(unknown, m.zero(uint(LSB)), known));
        for (out, is) in io.opcodes.iter().zip(is) {
            out.set(is & !illegal);
        }
    }
}

impl Check {
    /// Whether a field or gap of `opcode` that begins in `range` is not legal, and the first such bit.
    fn first_bad<'m>(
        &self,
        m: &'m Scope,
        command: Sig<'m>,
        opcode: Opcode,
        range: std::ops::Range<u32>,
    ) -> (Sig<'m>, Sig<'m>) {
        let mut bad = self.bad_places(command, opcode);
        bad.retain(|(lsb, _)| range.contains(lsb));
        bad.sort_by_key(|(lsb, _)| *lsb);
        let any = m.any(&bad.iter().map(|b| b.1).collect::<Vec<_>>());
        let lsb = bad
            .iter()
            .rev()
            .fold(m.zero(uint(LSB)), |later, &(lsb, bad)| m.mux(bad, m.lit(lsb, uint(LSB)), later));
        (any, lsb)
    }

    /// Every place of `opcode` that can be wrong, with its condition.
    fn bad_places<'m>(&self, command: Sig<'m>, opcode: Opcode) -> Vec<(u32, Sig<'m>)> {
        let mut places = Vec::new();
        for field in fields(opcode).filter(|f| f.name != "opcode") {
            if let Some(bad) = self.bad_field(command, field) {
                places.push((field.lsb, bad));
            }
        }
        for (lsb, width) in gaps(opcode) {
            // A gap may reach over the border between header and body: it is one place.
            places.push((lsb, command.slice(lsb, width).ne(0)));
        }
        places
    }

    /// The condition under which a field is not legal; `None` when every value is.
    fn bad_field<'m>(&self, command: Sig<'m>, field: &Field) -> Option<Sig<'m>> {
        let value = command.slice(field.lsb, field.width);
        let largest = (1u64 << field.width) - 1;
        let low_bits = |bytes: u32| {
            let bits = bytes.ilog2().min(field.width);
            (bits > 0).then(|| command.slice(field.lsb, bits).ne(0))
        };
        match field.legal {
            Legal::Any => None,
            Legal::Zero => Some(value.ne(0)),
            Legal::Equals(v) => Some(value.ne(v)),
            Legal::Between(low, high) => {
                let below = (low > 0).then(|| value.lt(low));
                let above = (high < largest).then(|| value.gt(high));
                or(below, above)
            }
            Legal::Multiple(unit) => low_bits(unit.bytes(&self.config)),
            Legal::Positive(unit) => or(low_bits(unit.bytes(&self.config)), Some(value.eq(0))),
            Legal::Semaphore => {
                let count = u64::from(self.config.front.semaphores);
                (count <= largest).then(|| value.ge(count))
            }
        }
    }
}

fn or<'m>(a: Option<Sig<'m>>, b: Option<Sig<'m>>) -> Option<Sig<'m>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a | b),
        (a, b) => a.or(b),
    }
}

//! A compiled program: commands, memory image and where inputs and outputs are.
//!
//! External memory starts at address 0. The image is zero but for the segments, the command ring and
//! the input, whose rows each start at a multiple of the LM word W and are zero-padded to one.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::command::Command;

/// Everything needed to run a network once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The commands, in ring order.
    #[serde(with = "hex_commands")]
    pub commands: Vec<Command>,
    /// For each command the index of its layer.
    pub command_layer: Vec<u16>,
    /// Address of the command ring, a multiple of 64. The ring is as long as the program.
    pub ring_addr: u64,
    /// Constant data: weights, parameters.
    pub segments: Vec<Segment>,
    /// Bytes of external memory that the program needs, from address 0 on.
    pub memory_bytes: u64,
    /// Where the input is expected.
    pub input: Tensor2,
    /// Where the output appears.
    pub output: Tensor2,
    /// The layers, in the order of execution.
    pub layers: Vec<Layer>,
}

/// A piece of constant data in external memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// What it is, for listings.
    pub name: String,
    /// Address of its first byte.
    pub addr: u64,
    /// Its bytes.
    #[serde(with = "hex_bytes")]
    pub data: Vec<u8>,
}

/// A matrix of int8 in external memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tensor2 {
    /// Address of the first row.
    pub addr: u64,
    /// Number of rows.
    pub rows: u32,
    /// Values per row.
    pub cols: u32,
    /// Bytes from one row to the next.
    pub row_stride: u32,
}

impl Tensor2 {
    /// Addresses of the values of a row.
    pub fn row(&self, row: u32) -> Range<u64> {
        let start = self.addr + u64::from(row) * u64::from(self.row_stride);
        start..start + u64::from(self.cols)
    }

    /// Values in the tensor.
    pub fn len(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.cols)
    }

    /// Whether the tensor has no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One layer of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// Name, for listings.
    pub name: String,
    /// Operator, for listings.
    pub operator: String,
    /// Multiply-accumulates that the layer needs.
    pub macs: u64,
    /// CSR STAMP that takes the time of the layer's end; 0: none.
    pub stamp: u8,
    /// Bytes that must cross the bus at least: weights, parameters, network input and output.
    pub compulsory_bytes: u64,
}

/// A program file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("not a compiled program: {0}; make one with `seedbed compile`")]
pub struct ProgramError(#[from] serde_json::Error);

impl Program {
    /// The program as JSON.
    pub fn to_json(&self) -> String {
        // Plain structs of numbers and strings always serialise.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The program of a JSON text.
    ///
    /// # Errors
    /// Anything that [`Program::to_json`] would not write.
    pub fn from_json(text: &str) -> Result<Program, ProgramError> {
        let program: Program = serde_json::from_str(text)?;
        program.check().map_err(serde::de::Error::custom).map_err(ProgramError)?;
        Ok(program)
    }

    /// What contradicts itself, if anything does.
    fn check(&self) -> Result<(), &'static str> {
        let layers = self.layers.len();
        let inside =
            |addr: u64, len: u64| addr.checked_add(len).is_some_and(|end| end <= self.memory_bytes);
        let segments = self.segments.iter().all(|s| inside(s.addr, s.data.len() as u64));
        let ring = inside(self.ring_addr, 64 * self.commands.len() as u64);
        match () {
            () if self.command_layer.len() != self.commands.len() => {
                Err("command_layer does not have one entry per command")
            }
            () if self.command_layer.iter().any(|&l| usize::from(l) >= layers) => {
                Err("command_layer names a layer that is not there")
            }
            () if !segments => Err("a segment lies outside memory_bytes"),
            () if !ring || self.ring_addr % 64 != 0 => {
                Err("the ring lies outside memory_bytes or is not aligned to 64")
            }
            () => Ok(()),
        }
    }

    /// The bytes of the command ring.
    pub fn ring(&self) -> Vec<u8> {
        self.commands.iter().flat_map(Command::bytes).collect()
    }

    /// The pieces of external memory before the job: the segments, then the ring.
    pub fn image(&self) -> Vec<(u64, Vec<u8>)> {
        let segments = self.segments.iter().map(|segment| (segment.addr, segment.data.clone()));
        segments.chain([(self.ring_addr, self.ring())]).collect()
    }

    /// All of external memory before the job, the input's rows zero.
    pub fn memory_image(&self) -> Vec<u8> {
        let mut memory = vec![0; self.memory_bytes as usize];
        for (addr, bytes) in self.image() {
            memory[addr as usize..][..bytes.len()].copy_from_slice(&bytes);
        }
        memory
    }
}

mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn encode(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub fn decode(text: &str) -> Option<Vec<u8>> {
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
        Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
    }

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        decode(&text)
            .ok_or_else(|| serde::de::Error::custom("expected pairs of hexadecimal digits"))
    }
}

mod hex_commands {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{hex_bytes, Command};

    pub fn serialize<S: Serializer>(commands: &[Command], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(commands.iter().map(|command| hex_bytes::encode(&command.bytes())))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Command>, D::Error> {
        let lines = Vec::<String>::deserialize(from)?;
        lines
            .iter()
            .map(|line| command(line))
            .collect::<Option<_>>()
            .ok_or_else(|| serde::de::Error::custom("expected commands of 128 hexadecimal digits"))
    }

    fn command(line: &str) -> Option<Command> {
        let bytes: [u8; 64] = hex_bytes::decode(line)?.try_into().ok()?;
        Some(Command::from_bytes(&bytes))
    }
}

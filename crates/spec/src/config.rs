//! The configuration of one accelerator: a TOML file.
//!
//! Every key is required and unknown keys are refused, so a file says everything about the hardware
//! it describes. Mistakes are reported as `file:line: key: what is wrong; remedy`.

mod derived;
pub mod layout;
mod parse;
mod rules;

use serde::{Deserialize, Serialize};

pub use parse::ConfigError;

/// A checked configuration. [`Config::from_toml`] is the way to get one from text; a value changed
/// by hand is checked by [`Config::check`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Lower-case name; the top module is `seedbed_<name>`.
    pub name: String,
    /// The MAC array.
    pub array: Array,
    /// On-chip memories.
    pub memory: Memory,
    /// Requantisation.
    pub post: Post,
    /// Limits from which widths are proved.
    pub numerics: Numerics,
    /// The AXI4 master.
    pub bus: Bus,
    /// Command fetch and dispatch.
    pub front: Front,
    /// Reset of every register.
    pub reset: Reset,
}

/// The MAC array: `rows` activations in and `cols` partial sums out per cycle.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Array {
    /// Structure of the array.
    pub kind: Kind,
    /// Activations in per cycle (R).
    pub rows: u32,
    /// Partial sums out per cycle (C).
    pub cols: u32,
    /// Structure of one lane or element.
    pub lane: Lane,
    /// Register cuts in a lane or element besides its output register, in the order of the data flow.
    pub cuts: Vec<Cut>,
}

/// Structure of the MAC array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// C lanes, each an R-wide dot product.
    Dot,
    /// R x C elements; activations move right, sums move down.
    Systolic,
}

impl Kind {
    /// As it is written in a file.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Dot => "dot",
            Kind::Systolic => "systolic",
        }
    }
}

/// Structure of one lane or element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Multipliers and adders as operators: a lane has R multipliers and one balanced adder tree, an
    /// element one of each.
    Plain,
}

/// A register cut inside a lane or element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cut {
    /// After the multipliers.
    Product,
    /// In the middle of a lane's adder tree.
    Tree,
}

/// On-chip memories.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// Bytes of local memory (LM), a power of two.
    pub lm_bytes: u32,
    /// Single-port banks of LM, a power of two; the high address bits select one.
    pub lm_banks: u32,
    /// Rows of C accumulators over all banks of PS, a power of two.
    pub ps_rows: u32,
    /// Banks of PS, a power of two; the high row bits select one.
    pub ps_banks: u32,
}

/// Requantisation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Accumulators requantised per cycle; divides `array.cols`.
    pub lanes: u32,
}

/// Limits from which widths are proved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numerics {
    /// Products summed into one accumulator at most.
    pub k_max: u32,
}

/// The AXI4 master.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bus {
    /// Width of the data bus in bits: 32 to 512, a power of two.
    pub data_bits: u32,
    /// Width of an address in bits: 16 to 48. Addresses wrap at this width.
    pub addr_bits: u32,
    /// Beats of the longest burst, a power of two.
    pub burst_beats: u32,
    /// Bursts in flight per direction.
    pub outstanding: u32,
}

/// Command fetch and dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// Commands fetched ahead.
    pub prefetch: u32,
    /// Commands per engine queue.
    pub queue: u32,
    /// Semaphores; the compiler needs one per ordered pair of engines.
    pub semaphores: u32,
}

/// Reset of every register.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// How the reset acts.
    pub kind: ResetKind,
}

/// How the active-low reset acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResetKind {
    /// At once, clock or not.
    Async,
    /// At the next rising clock edge.
    Sync,
}

const PRESETS: [(&str, &str); 6] = [
    ("tiny", include_str!("../../../presets/tiny.toml")),
    ("small", include_str!("../../../presets/small.toml")),
    ("edge", include_str!("../../../presets/edge.toml")),
    ("edge-systolic", include_str!("../../../presets/edge-systolic.toml")),
    ("ragged", include_str!("../../../presets/ragged.toml")),
    ("odd", include_str!("../../../presets/odd.toml")),
];

impl Config {
    /// The names of the presets that come with Seedbed.
    pub fn presets() -> Vec<&'static str> {
        PRESETS.iter().map(|(name, _)| *name).collect()
    }

    /// The text of a preset's TOML file.
    pub fn preset_text(name: &str) -> Option<&'static str> {
        PRESETS.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
    }

    /// A preset by name.
    ///
    /// `Config::name` of a preset is its name with `_` for `-`, because it names modules.
    pub fn preset(name: &str) -> Option<Config> {
        Self::from_toml(Self::preset_text(name)?, name).ok()
    }
}

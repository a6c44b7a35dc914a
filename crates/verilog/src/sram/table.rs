//! The SRAM macros of a technology, read from TOML.

use seedbed_ir::name::problem;
use seedbed_ir::{Bits, Collision};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Most words of a macro, and most bits of a word or of a constant pin: far beyond what is made.
const MOST_WORDS: u32 = 1 << 24;
const MOST_BITS: u32 = 1 << 16;

/// The macros that memories may be built from. See [`Table::parse`].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Memories of fewer bits than this stay arrays.
    #[serde(default)]
    pub smallest: u64,
    /// Whether memories that no macro fits stay arrays too; else they are an error.
    #[serde(default)]
    pub keep_misfits: bool,
    /// The macros; of equally good ones the first is taken.
    #[serde(rename = "macro")]
    pub macros: Vec<Macro>,
}

/// One macro.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    /// Module name.
    pub name: String,
    /// Words.
    pub words: u32,
    /// Bits of a word.
    pub bits: u32,
    /// Bits written per mask bit; absent: whole words only.
    pub granule: Option<u32>,
    /// Whether read data stay until the next read; else they are good for one cycle.
    pub hold: bool,
    /// What a read gives of a word that another port writes at the same edge.
    #[serde(default = "undefined", deserialize_with = "collision")]
    pub collision: Collision,
    /// Ports.
    #[serde(rename = "port")]
    pub ports: Vec<Port>,
    /// Other inputs and their values, sized as in Verilog: `8'h0`.
    #[serde(default)]
    pub tie: BTreeMap<String, String>,
}

/// What a port can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PortKind {
    /// Read or write.
    Rw,
    /// Read.
    R,
    /// Write.
    W,
}

/// A port: names of pins. `!` before the name of a control pin means active low.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// What it can do.
    pub kind: PortKind,
    /// Clock, rising edge.
    pub clock: String,
    /// The port does something.
    pub enable: String,
    /// It writes (`rw`).
    pub write: Option<String>,
    /// It reads (`rw`, where that has a pin of its own).
    pub read: Option<String>,
    /// Word address.
    pub addr: String,
    /// Data to write.
    pub wdata: Option<String>,
    /// Write mask, 1 writes.
    pub mask: Option<String>,
    /// Data read.
    pub rdata: Option<String>,
}

fn undefined() -> Collision {
    Collision::Undefined
}

fn collision<'d, D: serde::Deserializer<'d>>(from: D) -> Result<Collision, D::Error> {
    match String::deserialize(from)?.as_str() {
        "old" => Ok(Collision::Old),
        "new" => Ok(Collision::New),
        "undefined" => Ok(Collision::Undefined),
        other => Err(serde::de::Error::custom(format!(
            "collision `{other}`; it is `old`, `new` or `undefined`"
        ))),
    }
}

/// The tables that come with the crate: name and text.
const SHIPPED: [(&str, &str); 1] = [("ihp-sg13g2", include_str!("ihp-sg13g2.toml"))];

impl Table {
    /// The names of the tables that come with the crate.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.into_iter().map(|(name, _)| name)
    }

    /// The text of a table that comes with the crate: `ihp-sg13g2`, the single-port macros of IHP's open
    /// 130 nm process.
    pub fn shipped_text(name: &str) -> Option<&'static str> {
        SHIPPED.into_iter().find(|(known, _)| *known == name).map(|(_, text)| text)
    }

    /// Reads a table.
    ///
    /// ```
    /// let table = seedbed_verilog::sram::Table::parse(
    ///     r#"
    ///     smallest = 2048              # bits; smaller memories stay arrays
    ///
    ///     [[macro]]
    ///     name = "ram_256x32"
    ///     words = 256
    ///     bits = 32
    ///     granule = 8                  # a mask bit per byte
    ///     hold = true                  # read data stay until the next read
    ///     tie = { test = "1'b0" }      # other inputs
    ///
    ///     [[macro.port]]
    ///     kind = "rw"
    ///     clock = "clk"
    ///     enable = "!ce_n"             # `!`: active low
    ///     write = "!we_n"
    ///     addr = "a"
    ///     wdata = "d"
    ///     mask = "be"
    ///     rdata = "q"
    ///     "#,
    /// );
    /// assert_eq!(table.unwrap().macros[0].words, 256);
    /// ```
    ///
    /// # Errors
    /// What is wrong, with the line for mistakes of form and the macro's name for those of content.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: Table = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut names = HashSet::new();
        for entry in &table.macros {
            if !names.insert(&entry.name) {
                return Err(format!("two macros are called `{}`", entry.name));
            }
            entry.check().map_err(|problem| format!("macro `{}`: {problem}", entry.name))?;
        }
        Ok(table)
    }
}

impl Macro {
    /// Bits that are written or not together.
    pub(super) fn lane(&self) -> u32 {
        self.granule.unwrap_or(self.bits)
    }

    fn check(&self) -> Result<(), String> {
        named(&self.name)?;
        if self.words < 2 || self.bits == 0 {
            return Err("it needs 2 words and 1 bit at least".into());
        }
        if self.words > MOST_WORDS || self.bits > MOST_BITS {
            return Err(format!("it has more than {MOST_WORDS} words or {MOST_BITS} bits"));
        }
        if self.granule.is_some_and(|g| g == 0 || self.bits % g != 0) {
            return Err(format!("`granule` does not divide {} bits", self.bits));
        }
        if self.ports.is_empty() {
            return Err("it has no [[macro.port]]".into());
        }
        self.ports.iter().try_for_each(|port| port.check(self.granule.is_some()))?;
        self.tie.values().try_for_each(|value| constant(value).map(|_| ()))?;
        self.distinct_pins()
    }

    /// Pins are the ports of a module: each is named once, but for a clock that ports share.
    fn distinct_pins(&self) -> Result<(), String> {
        let clocks: BTreeSet<&str> = self.ports.iter().map(|port| port.clock.as_str()).collect();
        let others =
            self.ports.iter().flat_map(Port::pins).chain(self.tie.keys().map(String::as_str));
        let mut seen = HashSet::new();
        for pin in clocks.into_iter().chain(others) {
            named(pin)?;
            if !seen.insert(pin) {
                return Err(format!("two pins are called `{pin}`"));
            }
        }
        Ok(())
    }
}

/// Refuses what cannot be a name in the Verilog of the macro.
fn named(name: &str) -> Result<(), String> {
    problem(name).map_or(Ok(()), |problem| Err(format!("the name `{name}` {problem}")))
}

impl Port {
    /// All pins but the clock, without the marks of their levels.
    fn pins(&self) -> impl Iterator<Item = &str> {
        let controls = [Some(&self.enable), self.write.as_ref(), self.read.as_ref()];
        let level = |pin| str::strip_prefix(pin, '!').unwrap_or(pin);
        let data = [Some(&self.addr), self.wdata.as_ref(), self.mask.as_ref(), self.rdata.as_ref()];
        let controls = controls.into_iter().flatten().map(move |pin| level(pin.as_str()));
        controls.chain(data.into_iter().flatten().map(String::as_str))
    }

    fn check(&self, masked: bool) -> Result<(), String> {
        let (writes, reads) = (self.kind != PortKind::R, self.kind != PortKind::W);
        let pins = [
            ("write", self.kind == PortKind::Rw, self.write.is_some()),
            ("wdata", writes, self.wdata.is_some()),
            ("mask", writes && masked, self.mask.is_some()),
            ("rdata", reads, self.rdata.is_some()),
        ];
        match pins.into_iter().find(|(_, wanted, there)| wanted != there) {
            Some((pin, true, _)) => Err(format!("a port lacks its pin `{pin}`")),
            Some((pin, false, _)) => Err(format!("a port has a pin `{pin}` that it cannot use")),
            None => Ok(()),
        }
    }
}

/// A number such as `8'hff` or `1'b0`.
pub(super) fn constant(text: &str) -> Result<Bits, String> {
    let wrong = || {
        format!(
            "`{text}` is not a number such as `8'hff`, of 1 to {MOST_BITS} bits and below 2 to the 64th"
        )
    };
    let (width, rest) = text.split_once('\'').ok_or_else(wrong)?;
    let width: u32 = width.parse().map_err(|_| wrong())?;
    let radix = match rest.chars().next() {
        Some('b') => 2,
        Some('d') => 10,
        Some('h') => 16,
        _ => return Err(wrong()),
    };
    let value = u64::from_str_radix(&rest[1..], radix).map_err(|_| wrong())?;
    if width == 0 || width > MOST_BITS || text.contains('+') || (width < 64 && value >> width != 0)
    {
        return Err(wrong());
    }
    Ok(Bits::from_limbs(width, &[value]))
}

//! Theirs in ours: a block of `rust-hdl` as a black box.

mod model;
mod ports;
mod text;

pub use model::{BlockModel, Pins};
pub use ports::{Foreign, ForeignIo};

use ports::find_ports;
use rust_hdl::prelude::{check_all, generate_verilog_unchecked, Block};
use std::fmt;

/// Why a block cannot be imported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ImportError {
    /// `rust-hdl`'s own checks refuse it.
    Refused(String),
    /// It has more than one clock.
    Clocks(Vec<String>),
    /// A port of a direction or type that our ports cannot have.
    Port {
        /// Its name.
        name: String,
        /// What it is.
        what: String,
    },
    /// Inputs that the closure of a model does not drive.
    Undriven(Vec<String>),
    /// Names that the closure of a model drives, and that are no inputs.
    Unknown(Vec<String>),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImportError::Refused(why) => write!(f, "rust-hdl refuses the block: {why}"),
            ImportError::Clocks(names) => write!(
                f,
                "the block has the clocks {}; import a block of one clock, or wrap it",
                names.join(", ")
            ),
            ImportError::Port { name, what } => {
                write!(f, "the port `{name}` is {what}; give the block a port of bits")
            }
            ImportError::Undriven(names) => {
                write!(f, "the model leaves inputs undriven: {}; drive them", names.join(", "))
            }
            ImportError::Unknown(names) => {
                write!(f, "the model drives what is no input: {}", names.join(", "))
            }
        }
    }
}

impl std::error::Error for ImportError {}

/// An imported block: a component of ours, and its Verilog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// The component. It works in FPGAs only: registers of `rust-hdl` have no reset.
    pub component: Foreign,
    /// Its Verilog and that of everything below it.
    pub verilog: String,
}

/// Imports `block` as the module `name`: its ports become ports of ours (`$` in names becomes `_`, the
/// clock is `clk`), its Verilog is wrapped in a module that has them.
///
/// # Errors
/// See [`ImportError`].
pub fn import<B: Block>(name: &str, block: &mut B) -> Result<Imported, ImportError> {
    block.connect_all();
    let ports = find_ports(block)?;
    check_all(block).map_err(|error| ImportError::Refused(format!("{error:?}")))?;
    let inner = generate_verilog_unchecked(block);
    let component = Foreign::new(name, ports);
    let verilog = text::wrap(&component, &inner);
    Ok(Imported { component, verilog })
}

impl Imported {
    /// A model of the block for our simulator: `block` itself. `drive` passes every input on:
    ///
    /// ```text
    /// imported.model(fifo, |fifo, pins| {
    ///     pins.clock("clock", &mut fifo.clock);
    ///     pins.drive("write", &mut fifo.write);
    ///     ...
    /// })
    /// ```
    ///
    /// # Errors
    /// Inputs that `drive` forgets or invents, by their names in `rust-hdl`.
    pub fn model<B: Block>(
        &self,
        mut block: B,
        drive: impl FnMut(&mut B, &mut Pins<'_>) + 'static,
    ) -> Result<BlockModel<B>, ImportError> {
        block.connect_all();
        BlockModel::new(self.component.clone(), block, Box::new(drive))
    }
}

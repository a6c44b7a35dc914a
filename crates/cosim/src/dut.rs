//! The device under test, seen as a flat array of input limbs and one of output limbs.
//!
//! Every simulator implements [`Dut`]; memory model, host and scoreboard are written once against it
//! and therefore behave identically, cycle by cycle, whichever simulator runs the RTL.

use seedbed_ir::{Design, Dir, PortKind};
use std::fmt;

/// A port of the top module in the limb arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Verilog name.
    pub name: String,
    /// Input or output of the design.
    pub dir: Dir,
    /// Width in bits.
    pub width: u32,
    /// First limb in the array of its direction.
    pub offset: usize,
}

impl Pin {
    /// Limbs this pin occupies.
    pub fn limbs(&self) -> usize {
        self.width.div_ceil(64) as usize
    }
}

/// All pins of a design but its clock.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Layout {
    /// Pins in port order.
    pub pins: Vec<Pin>,
    /// Limbs of all inputs together.
    pub input_limbs: usize,
    /// Limbs of all outputs together.
    pub output_limbs: usize,
}

impl Layout {
    /// The layout of the top module of `design`.
    pub fn of(design: &Design) -> Self {
        let mut layout = Layout::default();
        for port in design.top().ports.values().filter(|p| p.kind != PortKind::Clock) {
            let total = match port.dir {
                Dir::Input => &mut layout.input_limbs,
                Dir::Output => &mut layout.output_limbs,
            };
            let pin = Pin {
                name: port.name.clone(),
                dir: port.dir,
                width: port.ty.width,
                offset: *total,
            };
            *total += pin.limbs();
            layout.pins.push(pin);
        }
        layout
    }

    /// The pin called `name` in direction `dir`.
    ///
    /// # Errors
    /// [`NoSuchPin`] when the design has none.
    pub fn pin(&self, name: &str, dir: Dir) -> Result<&Pin, NoSuchPin> {
        self.pins
            .iter()
            .find(|p| p.name == name && p.dir == dir)
            .ok_or_else(|| NoSuchPin(name.to_string()))
    }
}

/// The design under test lacks a port that the bench drives or samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchPin(pub String);

impl fmt::Display for NoSuchPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the design has no port `{}` that the bench needs", self.0)
    }
}

impl std::error::Error for NoSuchPin {}

/// A simulator holding one design with one clock.
pub trait Dut {
    /// Applies `inputs`, settles the combinational logic and copies the outputs.
    fn settle(&mut self, inputs: &[u64], outputs: &mut [u64]);

    /// One rising clock edge with the inputs of the last [`Dut::settle`].
    fn tick(&mut self);
}

impl Dut for Box<dyn Dut> {
    fn settle(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        (**self).settle(inputs, outputs);
    }

    fn tick(&mut self) {
        (**self).tick();
    }
}

//! Black boxes: modules that are described elsewhere, simulated by a model in Rust.
//!
//! A design with black boxes is cut: what is left runs in an ordinary [`Simulator`], and a
//! [`Hosted`] simulation carries values between it and the models until nothing changes.

mod cut;

pub use cut::{cut, Pin, Site};

use crate::simulator::{PortHandle, Simulator};
use seedbed_ir::{Bits, Code, Design, Diagnostic, Loc};

/// What a black box does.
pub trait Model {
    /// The outputs for these inputs, both in the order of its ports and as wide as they; clocks are not
    /// among them.
    ///
    /// # Errors
    /// What the model cannot do, in words.
    fn settle(&mut self, inputs: &[Bits]) -> Result<Vec<Bits>, String>;

    /// A rising edge of a clock (counted among its clock ports), with the inputs last settled. A gated
    /// clock has none while its gate is closed.
    ///
    /// # Errors
    /// What the model cannot do, in words.
    fn rise(&mut self, clock: usize) -> Result<(), String>;
}

/// A model and the ports of the top that stand for its pins.
struct Seat {
    site: Site,
    model: Box<dyn Model>,
    /// For each clock that is gated.
    enables: Vec<Option<PortHandle>>,
    inputs: Vec<PortHandle>,
    outputs: Vec<PortHandle>,
}

/// A simulation of a design with black boxes.
pub struct Hosted {
    simulator: Simulator,
    seats: Vec<Seat>,
}

/// Rounds of settling after which models are taken to chase each other for ever.
const ROUNDS: usize = 1000;

impl Hosted {
    /// Compiles a checked design; `model` gives each black box its model.
    ///
    /// # Errors
    /// E0014 for a black box without model; whatever [`Simulator::try_new`] reports.
    pub fn new(
        design: &Design,
        mut model: impl FnMut(&Site) -> Option<Box<dyn Model>>,
    ) -> Result<Self, Diagnostic> {
        let (rest, sites) = cut(design)?;
        let simulator = Simulator::try_new(&rest)?;
        let mut seats = Vec::new();
        for site in sites {
            let Some(model) = model(&site) else { return Err(missing(&site)) };
            let handle = |pin: &Pin| {
                let found = simulator.input(&pin.top).or_else(|| simulator.output(&pin.top));
                found.expect("a port that the cut made")
            };
            let enables = site.enables.iter().map(|pin| pin.as_ref().map(handle)).collect();
            let inputs = site.inputs.iter().map(handle).collect();
            let outputs = site.outputs.iter().map(handle).collect();
            seats.push(Seat { site, model, enables, inputs, outputs });
        }
        Ok(Hosted { simulator, seats })
    }

    /// The simulation of the rest: to find ports, and to look at what [`settle`](Self::settle) left.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The same, to drive inputs, to peek and to trace. Clock edges go through [`tick`](Self::tick).
    pub fn simulator_mut(&mut self) -> &mut Simulator {
        &mut self.simulator
    }

    /// Carries values between the design and the models until nothing changes.
    ///
    /// # Errors
    /// E0012 when a black box and the logic around it never agree; E0014 when a model fails
    /// or its values do not fit its outputs.
    pub fn settle(&mut self) -> Result<(), Diagnostic> {
        let mut restless = None;
        for _ in 0..ROUNDS {
            restless = None;
            for seat in &mut self.seats {
                if seat.exchange(&mut self.simulator)? {
                    restless = Some(&seat.site);
                }
            }
            if restless.is_none() {
                return Ok(());
            }
        }
        Err(restless.map(endless).expect("a site that changes"))
    }

    /// A rising edge of all clocks.
    ///
    /// # Errors
    /// See [`settle`](Self::settle).
    pub fn tick(&mut self) -> Result<(), Diagnostic> {
        self.settle()?;
        for seat in &mut self.seats {
            for (clock, enable) in seat.enables.iter().enumerate() {
                if enable.is_some_and(|enable| self.simulator.get(enable) == 0) {
                    continue;
                }
                seat.model.rise(clock).map_err(|message| failed(&seat.site, &message))?;
            }
        }
        self.simulator.tick();
        self.settle()
    }
}

impl Seat {
    /// Gives the model its inputs and takes its outputs; whether one of these changed.
    fn exchange(&mut self, simulator: &mut Simulator) -> Result<bool, Diagnostic> {
        let inputs: Vec<Bits> = self.inputs.iter().map(|&p| simulator.get_bits(p)).collect();
        let settled = self.model.settle(&inputs);
        let outputs = settled.map_err(|message| failed(&self.site, &message))?;
        self.check(&outputs)?;
        let mut changed = false;
        for (&port, value) in self.outputs.iter().zip(&outputs) {
            changed |= simulator.get_bits(port) != *value;
            simulator.set_bits(port, value);
        }
        Ok(changed)
    }
}

impl Seat {
    /// Whether the model gives a value for each output, as wide as it.
    fn check(&self, values: &[Bits]) -> Result<(), Diagnostic> {
        let pins = || self.site.outputs.iter().zip(&self.outputs);
        if values.len() != self.outputs.len() {
            let names: Vec<&str> = pins().map(|(pin, _)| pin.port.as_str()).collect();
            let (given, names) = (values.len(), names.join(", "));
            let message = format!("it gives {given} values; its outputs are: {names}");
            return Err(failed(&self.site, &message));
        }
        match pins().zip(values).find(|((_, port), value)| port.width() != value.width()) {
            None => Ok(()),
            Some(((pin, port), value)) => {
                let (has, given) = (port.width(), value.width());
                let message = format!("it gives {given} bits for `{}`, which has {has}", pin.port);
                Err(failed(&self.site, &message))
            }
        }
    }
}

fn failed(site: &Site, message: &str) -> Diagnostic {
    diagnostic(Code::Parameter, format!("the model of `{}`: {message}", site.module), site)
}

fn missing(site: &Site) -> Diagnostic {
    let message =
        format!("the black box `{}` has no model; give it one to simulate it", site.module);
    diagnostic(Code::Parameter, message, site)
}

fn endless(site: &Site) -> Diagnostic {
    let message = format!(
        "the black box `{}` and the logic around it never settle; put a register between",
        site.module
    );
    diagnostic(Code::Loop, message, site)
}

fn diagnostic(code: Code, message: String, site: &Site) -> Diagnostic {
    Diagnostic { code, message, at: Loc::NOWHERE, notes: Vec::new(), path: site.path.clone() }
}

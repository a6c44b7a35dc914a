//! The built-in simulator as a [`Dut`].

use crate::dut::{Dut, Layout, Pin};
use seedbed_ir::{Bits, Design, Dir};
use seedbed_sim::{Backend, PortHandle, SimOptions, Simulator};
use std::io::Write;

/// A design in the built-in simulator.
pub struct SimulatedDut {
    sim: Simulator,
    inputs: Vec<(PortHandle, Pin)>,
    outputs: Vec<(PortHandle, Pin)>,
}

impl SimulatedDut {
    /// Prepares `design`, whose pins are `layout`.
    pub fn new(design: &Design, layout: &Layout) -> Self {
        Self::around(Simulator::new(design), layout)
    }

    /// The same with the compiled back end.
    ///
    /// # Errors
    /// Why there is none: no C compiler, for example.
    pub fn compiled(design: &Design, layout: &Layout) -> Result<Self, String> {
        let options = SimOptions { backend: Backend::Compiled, ..SimOptions::default() };
        let sim = Simulator::with(design, &options).map_err(|e| e.to_string())?;
        match sim.fallback() {
            Some(reason) => Err(reason.to_string()),
            None => Ok(Self::around(sim, layout)),
        }
    }

    fn around(sim: Simulator, layout: &Layout) -> Self {
        let pins = |dir: Dir| layout.pins.iter().filter(move |p| p.dir == dir).cloned();
        let inputs = pins(Dir::Input).filter_map(|p| Some((sim.input(&p.name)?, p))).collect();
        let outputs = pins(Dir::Output).filter_map(|p| Some((sim.output(&p.name)?, p))).collect();
        Self { sim, inputs, outputs }
    }

    /// The value of a named signal by its path of instances, for example `u_front.u_control.cycles_q`;
    /// `None` when there is none.
    pub fn peek(&mut self, path: &str) -> Option<Bits> {
        self.sim.peek(path)
    }

    /// Starts writing waves (VCD) to `out`.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn trace(&mut self, out: impl Write + Send + 'static) -> std::io::Result<()> {
        self.sim.trace(out)
    }
}

impl Dut for SimulatedDut {
    fn settle(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        for (port, pin) in &self.inputs {
            self.sim.set_limbs(*port, &inputs[pin.offset..][..pin.limbs()]);
        }
        self.sim.settle();
        for (port, pin) in &self.outputs {
            self.sim.get_limbs(*port, &mut outputs[pin.offset..][..pin.limbs()]);
        }
    }

    fn tick(&mut self) {
        self.sim.tick();
    }
}

//! The built-in simulator as a [`Dut`].

use crate::dut::{Dut, Layout, Pin};
use seedbed_ir::{Bits, Design, Dir};
use seedbed_sim::{PortHandle, Simulator};
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
        let sim = Simulator::new(design);
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

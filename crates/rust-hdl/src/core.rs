//! Ours in theirs: what simulates behind a generated block.

use crate::value::Port;
use rust_hdl::core::block::Block;
use rust_hdl::core::probe::Probe;
use rust_hdl::prelude::Logic;
use seedbed_ir::{text, Design, Diagnostic};
use seedbed_sim::{PortHandle, Simulator};
use std::collections::HashMap;

/// A netlist that runs inside a block of `rust-hdl`. It is a block without signals itself, so that it
/// can be a field of the one whose ports it computes.
pub struct Core {
    name: String,
    simulator: Simulator,
    ports: HashMap<String, PortHandle>,
}

impl Core {
    /// A core from its text form.
    ///
    /// # Panics
    /// When the text is not a checked design: a generated one always is.
    pub fn new(netlist: &str) -> Self {
        Self::try_new(netlist).unwrap_or_else(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(Diagnostic::to_string).collect();
            panic!(
                "this is not the netlist that was generated, generate it anew:\n{}",
                lines.join("\n")
            )
        })
    }

    /// A core from its text form.
    ///
    /// # Errors
    /// What keeps the text from being a checked design.
    pub fn try_new(netlist: &str) -> Result<Self, Vec<Diagnostic>> {
        let design = text::parse(netlist)?;
        let mistakes = seedbed_ir::check::check(&design);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let simulator = Simulator::try_new(&design).map_err(|mistake| vec![mistake])?;
        Ok(Core { name: design.top().name.clone(), ports: ports(&design, &simulator), simulator })
    }

    /// Drives the input `port`.
    ///
    /// # Panics
    /// When there is no such input.
    pub fn set<T: Port>(&mut self, port: &str, value: T) {
        let handle = self.port(port);
        self.simulator.set_bits(handle, &value.to_value());
    }

    /// The output `port`, settled.
    ///
    /// # Panics
    /// When there is no such port.
    pub fn get<T: Port>(&self, port: &str) -> T {
        T::from_value(&self.simulator.get_bits(self.port(port)))
    }

    /// A rising edge of the clock `port`. Of two that rise at one time the first one's registers change
    /// first; only synchronisers can tell.
    ///
    /// # Panics
    /// When there is no such clock.
    pub fn rise(&mut self, port: &str) {
        let handle = self.port(port);
        self.simulator.tick_clock(handle);
    }

    fn port(&self, name: &str) -> PortHandle {
        match self.ports.get(name) {
            Some(&handle) => handle,
            None => panic!("`{}` has no port `{name}`; generate the block anew", self.name),
        }
    }
}

fn ports(design: &Design, simulator: &Simulator) -> HashMap<String, PortHandle> {
    let handle = |name: &str| simulator.input(name).or_else(|| simulator.output(name));
    let names = design.top().ports.values().map(|port| port.name.clone());
    names.filter_map(|name| Some((name.clone(), handle(&name)?))).collect()
}

impl Logic for Core {
    fn update(&mut self) {}
}

impl Block for Core {
    fn connect_all(&mut self) {}

    fn update_all(&mut self) {}

    /// Its outputs are signals of the block around it, and those tell.
    fn has_changed(&self) -> bool {
        false
    }

    fn accept(&self, _: &str, _: &mut dyn Probe) {}
}

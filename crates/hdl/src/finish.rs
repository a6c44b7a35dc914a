//! The end of a module: drivers, the names the library gives, and the removal of what nobody reads.

use crate::scope::{reset_name, Scope};
use crate::state::{Sink, State, CLOCK, RESET};
use seedbed_ir::{
    passes, Arena, Code, Design, Entity, Loc, MemPort, Module, Op, Port, PortId, PortKind,
};

impl Scope {
    /// The finished module, and the `clk` and reset ports that were added to it.
    pub(crate) fn finish(self) -> (Module, (Option<PortId>, Option<PortId>)) {
        self.drive_targets();
        self.check_memories();
        self.claim_clocking();
        self.check_black_box();
        let (context, _, mut state) = self.into_state();
        state.name_read_back_wires(&context.design.borrow());
        for id in state.module.insts.keys() {
            state.module.insts[id].inputs.sort_by_key(|(port, _)| port.index());
        }
        passes::sweep(&mut state.module);
        state.drop_unused_clocking();
        state.fill_domains();
        let clock = state.uses_clock.then(|| PortId::new(CLOCK));
        let reset = state.uses_reset.then(|| PortId::new(usize::from(state.uses_clock)));
        (state.module, (clock, reset))
    }

    /// A memory that is not both read and written is a mistake.
    fn check_memories(&self) {
        let mut found = Vec::new();
        for mem in self.state().module.mems.values() {
            let (reads, writes) = (MemPort::reads, MemPort::writes);
            let what = match (mem.ports.iter().any(reads), mem.ports.iter().any(writes)) {
                (true, true) => continue,
                (true, false) if mem.contents.is_some() => continue,
                (true, false) => "never written",
                (false, true) => "never read",
                (false, false) => "never used",
            };
            found.push((format!("memory `{}` is {what}", mem.name), mem.at));
        }
        for (message, at) in found {
            self.report(Code::Undriven, message, at, Vec::new());
        }
    }

    /// A module that is described elsewhere has no description here.
    fn check_black_box(&self) {
        let Some(at) = self.state().black_box else { return };
        let places = {
            let state = self.state();
            let drives = state.assigns.iter().map(|assign| assign.at);
            let is_port = |at: &Loc| state.module.ports.values().any(|port| port.at == *at);
            let names = state.module.names().map(|(_, at)| at).filter(|at| !is_port(at));
            drives.chain(names).min()
        };
        if let Some(first) = places {
            let name = self.state().module.name.clone();
            let message = format!(
                "`{name}` is a black box and is described here too; leave out one of the two"
            );
            let notes = vec![("described here".to_string(), Some(first))];
            self.report(Code::Parameter, message, at, notes);
        }
    }

    /// The user must not use the names of the clock and reset that the library adds.
    fn claim_clocking(&self) {
        let (clock, reset) = (self.state().uses_clock, self.state().uses_reset);
        for (name, used) in [("clk", clock), (reset_name(self.context.settings.reset), reset)] {
            let taken = self.state().names.get(name).copied();
            if let (Some(at), true) = (taken, used) {
                let message = format!(
                    "`{name}` is the port the library adds to modules with registers; choose another name"
                );
                self.report(Code::Name, message, at, Vec::new());
            }
        }
    }
}

impl State {
    /// Inputs of instances that the parent reads back became wires; they are called INST_PORT.
    fn name_read_back_wires(&mut self, design: &Design) {
        for index in 0..self.targets.len() {
            let target = self.targets[index];
            let Sink::InstInput { inst, port, wire: Some(wire) } = target.sink else {
                continue;
            };
            let inst = &self.module.insts[inst];
            let port = &design.modules[inst.module].ports[port].name;
            let mut name = format!("{}_{port}", inst.name);
            while self.names.contains_key(&name) {
                name.push_str("_in");
            }
            self.names.insert(name.clone(), target.at);
            self.module.wires[wire].name = name;
        }
    }

    /// In a module of several clocks that uses `clk`, what belongs to no other clock belongs to it.
    fn fill_domains(&mut self) {
        let clocks = self.module.ports.values().filter(|p| p.kind == PortKind::Clock).count();
        if clocks > 1 && self.uses_clock {
            for port in self.module.ports.values_mut().filter(|p| p.kind != PortKind::Clock) {
                port.domain = port.domain.or(Some(PortId::new(CLOCK)));
            }
        }
    }

    fn drop_unused_clocking(&mut self) {
        let keep = |id: PortId| match id.index() {
            CLOCK => self.uses_clock,
            RESET => self.uses_reset,
            _ => true,
        };
        let dropped =
            |id: PortId| (0..id.index().min(2)).filter(|&i| !keep(PortId::new(i))).count();
        let shift = |id: PortId| PortId::new(id.index() - dropped(id));
        let mut ports = Arena::<PortId, Port>::default();
        for (id, port) in self.module.ports.iter().filter(|(id, _)| keep(*id)) {
            debug_assert_eq!(shift(id).index(), ports.len());
            ports.push(Port { domain: port.domain.map(shift), ..port.clone() });
        }
        for id in self.module.nodes.keys() {
            match &mut self.module.nodes[id].op {
                Op::Port(port) | Op::ClockGate { clock: port, .. } => *port = shift(*port),
                _ => {}
            }
        }
        for id in self.module.regs.keys() {
            let reg = &mut self.module.regs[id];
            reg.clock = shift(reg.clock);
            if let Some(reset) = &mut reg.reset {
                reset.port = shift(reset.port);
            }
        }
        for id in self.module.mems.keys() {
            for port in &mut self.module.mems[id].ports {
                *port.clock_mut() = shift(port.clock());
            }
        }
        for id in self.module.props.keys() {
            let prop = &mut self.module.props[id];
            prop.clock = shift(prop.clock);
            if let Some(disable) = &mut prop.disable {
                disable.port = shift(disable.port);
            }
        }
        self.module.ports = ports;
    }
}

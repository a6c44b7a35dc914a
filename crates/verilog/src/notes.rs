//! Remarks beside the ports of a module.

use crate::body::Body;
use crate::resets::Resets;
use seedbed_ir::{Entity, Module, ModuleId, PortId, PortKind, ResetKind};

/// The module's documentation split into comments of ports and the rest.
pub struct PortNotes {
    /// By port.
    pub ports: Vec<Option<String>>,
    /// Lines about the module.
    pub rest: Vec<String>,
}

impl PortNotes {
    /// A line `port: text` belongs to that port; clocks and resets get a note of their own otherwise.
    pub fn new(body: &Body, id: ModuleId, resets: &Resets) -> Self {
        let module = body.lowered.module;
        let mut notes = Self { ports: vec![None; module.ports.len()], rest: Vec::new() };
        for line in module.doc.lines() {
            let described = line.split_once(": ").and_then(|(name, text)| {
                let name = name.trim().trim_matches('`');
                Some((module.port(name)?, text.trim().to_owned()))
            });
            match described {
                Some((port, text)) => notes.ports[port.index()] = Some(text),
                None => notes.rest.push(line.to_owned()),
            }
        }
        for (port, p) in module.ports.iter() {
            let standard = || match p.kind {
                PortKind::Data => None,
                PortKind::Clock => Some("rising edge".into()),
                PortKind::Reset => reset_note(module, port, resets.of(id, port)),
            };
            let note = &mut notes.ports[port.index()];
            *note = note.take().or_else(standard);
        }
        notes
    }
}

/// What is known of the reset `port`: when and at which level it acts on registers of this module; at
/// which level on those below, which are of the kinds `all`; or what its name says.
fn reset_note(module: &Module, port: PortId, all: &[ResetKind]) -> Option<String> {
    let resets = module.regs.values().filter_map(|r| r.reset.as_ref());
    let mut own = resets.filter(|r| r.port == port).map(|r| r.kind.is_async());
    let timing = own.next().filter(|&first| own.all(|timing| timing == first));
    let timing = timing.map_or("", |t| if t { "asynchronous, " } else { "synchronous, " });
    let level = match all {
        [] if module.ports[port].name.ends_with("_n") => "low",
        [first, rest @ ..] if rest.iter().all(|kind| kind.is_low() == first.is_low()) => {
            if first.is_low() {
                "low"
            } else {
                "high"
            }
        }
        _ => return None,
    };
    Some(format!("{timing}active {level}"))
}

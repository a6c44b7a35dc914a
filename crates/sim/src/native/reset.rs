//! Resets in the compiled program: tables of registers and their values.

use super::place::{Place, CLASSES};
use super::Netlist;
use crate::graph::Value;
use seedbed_ir::ResetKind;
use std::fmt::Write as _;

/// Registers of one clock under one reset.
pub(crate) struct Reset {
    pub value: Value,
    pub kind: ResetKind,
    pub clock: u32,
    /// Place of each limb and its value under reset.
    limbs: Vec<(Place, u64)>,
}

/// All resets of a netlist.
pub(crate) fn resets(net: &Netlist) -> Vec<Reset> {
    let mut groups: Vec<Reset> = Vec::new();
    for reg in &net.regs {
        let Some((value, kind, bits)) = &reg.reset else { continue };
        let key = (*value, *kind, reg.clock);
        let same = |g: &Reset| (g.value, g.kind, g.clock) == key;
        let k = groups.iter().position(same).unwrap_or_else(|| {
            groups.push(Reset { value: key.0, kind: key.1, clock: key.2, limbs: Vec::new() });
            groups.len() - 1
        });
        let place = net.places[&reg.out];
        let limb =
            |(j, &bits): (usize, &u64)| (Place { index: place.index + j as u32, ..place }, bits);
        groups[k].limbs.extend(bits.limbs().iter().enumerate().map(limb));
    }
    groups
}

impl Reset {
    /// Tables of runs of elements with equal value, and the function that applies them to an area whose
    /// arrays start at `offsets`.
    pub fn tables(&self, name: &str, offsets: &[usize; 4]) -> String {
        let (mut text, mut calls) = (String::new(), String::new());
        let on = u32::from(!self.kind.is_low());
        for class in CLASSES {
            let mut of_class: Vec<_> = self
                .limbs
                .iter()
                .filter(|(p, _)| p.class == class)
                .map(|(p, v)| (p.index, *v))
                .collect();
            of_class.sort_unstable();
            let follows = |a: &(u32, u64), b: &(u32, u64)| a.0 + 1 == b.0 && a.1 == b.1;
            let runs: Vec<_> =
                of_class.chunk_by(follows).map(|r| (r[0].0, r.len(), r[0].1)).collect();
            if runs.is_empty() {
                continue;
            }
            let bits = class.bits();
            let list = |f: &dyn Fn(&(u32, usize, u64)) -> String| {
                runs.iter().map(f).collect::<Vec<_>>().join(",")
            };
            let _ = writeln!(
                text,
                "static const u32 r{name}_{bits}[][2] = {{{}}};\nstatic const u64 v{name}_{bits}[] = {{{}}};",
                list(&|r| format!("{{{},{}}}", r.0, r.1)),
                list(&|r| format!("{}ul", r.2)),
            );
            let _ = writeln!(
                calls,
                "  c |= force{bits}((u{bits}*)(q + {}), r{name}_{bits}, v{name}_{bits}, {}, z, {on});",
                offsets[class as usize],
                runs.len()
            );
        }
        let _ = writeln!(
            text,
            "static u32 __attribute__((noinline)) reset{name}(char*q, const u8*z) {{\n  u32 c = 0;\n  if (!is_on(z, {on})) return 0;\n\
             {calls}  return c;\n}}"
        );
        text
    }

    /// The call of that function for the area `d`.
    pub fn force(&self, name: &str, lanes: &str) -> String {
        format!("reset{name}(d, {lanes});")
    }
}

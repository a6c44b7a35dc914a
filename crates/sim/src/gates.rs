//! Clock gates: simulated as the enables that [`LowerGate`] makes of them.

use seedbed_ir::passes::{LowerGate, Pass};
use seedbed_ir::{Design, Op};
use std::borrow::Cow;

/// `design` without clock gates. They remain before black boxes.
pub(crate) fn lowered(design: &Design) -> Cow<'_, Design> {
    let mut nodes = design.modules.values().flat_map(|module| module.nodes.values());
    if !nodes.any(|node| matches!(node.op, Op::ClockGate { .. })) {
        return Cow::Borrowed(design);
    }
    let mut design = design.clone();
    LowerGate.run(&mut design);
    Cow::Owned(design)
}

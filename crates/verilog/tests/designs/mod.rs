//! The designs behind the golden files, each showing one thing.

mod control;
mod data;
mod hierarchy;
mod state;

use seedbed_ir::Design;

/// All designs by name of their folder.
pub fn all() -> Vec<(&'static str, Design)> {
    vec![
        ("counter", state::counter()),
        ("decisions", state::decisions()),
        ("fsm", state::fsm()),
        ("control", control::control()),
        ("resets", state::resets()),
        ("memories", state::memories()),
        ("arithmetic", data::arithmetic()),
        ("signs", data::signs()),
        ("shifts", data::shifts()),
        ("constants", data::constants()),
        ("wide", data::wide()),
        ("tree", data::tree()),
        ("choices", data::choices()),
        ("unused", data::unused()),
        ("reserved", data::reserved()),
        ("systolic", hierarchy::systolic(3, 4)),
        ("pins", hierarchy::pins()),
        ("comments", hierarchy::comments()),
        ("gates", hierarchy::gates()),
    ]
}

#[allow(unused_imports)] // not every test wants a size of its own
pub use hierarchy::systolic;

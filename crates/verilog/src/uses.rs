//! How often each value of a graph is used.

use crate::graph::{Graph, Val};

/// Uses of each value by `roots` and by values they need.
pub fn count(graph: &Graph, roots: impl IntoIterator<Item = Val>) -> Vec<u32> {
    let mut uses = vec![0u32; graph.len()];
    for root in roots {
        uses[root.index()] += 1;
    }
    for v in graph.vals().rev() {
        if uses[v.index()] > 0 {
            graph.node(v).operands(|o| uses[o.index()] += 1);
        }
    }
    uses
}

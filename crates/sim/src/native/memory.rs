//! Memories in the compiled program.

use super::Netlist;
use crate::flatten::{FlatMem, FlatMemPort};
use crate::graph::Value;
use crate::kernel::limbs;
use seedbed_ir::Collision;
use std::fmt::Write as _;

/// Whether two ports of a memory may meet with a result that only the interpreter makes up.
pub(crate) fn is_undefined(mem: &FlatMem) -> bool {
    mem.collision == Collision::Undefined && mem.ports.len() > 1
}

/// Everything that the ports of a memory read.
pub(crate) fn operands(mem: &FlatMem) -> impl Iterator<Item = Value> + '_ {
    mem.ports
        .iter()
        .flat_map(|p| [Some(p.addr), Some(p.enable), p.write, p.data, p.mask].into_iter().flatten())
}

/// Writes the clock edge of memory `k`: reads before writes, or after them where a
/// read gives the new word. `load` gives a limb of an operand,
/// `store` the place of a limb of read data after the edge.
pub(crate) fn memory(
    text: &mut String,
    net: &Netlist,
    k: usize,
    mem: &FlatMem,
    load: &dyn Fn(Value, u32) -> String,
    store: &dyn Fn(Value, u32) -> String,
) {
    let words = limbs(mem.width) * mem.depth as usize;
    let _ = writeln!(
        text,
        "for (u32 l = 0; l < L; l++) {{\nu64*w = x + {} * L + l * {words}ul;",
        net.memory_base(k)
    );
    let ticks = |port: &FlatMemPort| {
        net.clock_bit(port.clock).map_or(String::new(), |b| format!("(m >> {b} & 1) && "))
    };
    let (mut reads, mut writes) = (String::new(), String::new());
    for port in &mem.ports {
        read(&mut reads, mem, port, &ticks(port), load, store);
        write(&mut writes, mem, port, &ticks(port), load);
    }
    let in_order = if mem.collision == Collision::New { [writes, reads] } else { [reads, writes] };
    *text += &in_order.concat();
    text.push_str("}\n");
}

fn read(
    text: &mut String,
    mem: &FlatMem,
    port: &FlatMemPort,
    ticks: &str,
    load: &dyn Fn(Value, u32) -> String,
    store: &dyn Fn(Value, u32) -> String,
) {
    let Some(out) = port.out else { return };
    let reads = port.write.map_or(String::new(), |w| format!(" && !{}", load(w, 0)));
    let count = limbs(mem.width) as u32;
    let _ = writeln!(
        text,
        "if ({ticks}{}{reads}) {{ u64 a = {};",
        load(port.enable, 0),
        load(port.addr, 0)
    );
    for j in 0..count {
        let word = format!("w[a * {count} + {j}]");
        let _ = writeln!(text, "{} = a < {} ? {word} : 0;", store(out, j), mem.depth);
    }
    text.push_str("} else {\n");
    for j in 0..count {
        let _ = writeln!(text, "{} = {};", store(out, j), load(out, j));
    }
    text.push_str("}\n");
}

fn write(
    text: &mut String,
    mem: &FlatMem,
    port: &FlatMemPort,
    ticks: &str,
    load: &dyn Fn(Value, u32) -> String,
) {
    let Some(data) = port.data else { return };
    let writes = port.write.map_or(String::new(), |w| format!(" && {}", load(w, 0)));
    let (enable, addr) = (load(port.enable, 0), load(port.addr, 0));
    let (count, granules) = (limbs(mem.width) as u32, mem.width / mem.granule);
    let _ =
        writeln!(text, "if ({ticks}{enable}{writes} && {addr} < {}) {{ u64 a = {addr};", mem.depth);
    if let Some(mask) = port.mask {
        let bits: Vec<_> = (0..limbs(granules) as u32).map(|j| load(mask, j)).collect();
        let _ = writeln!(
            text,
            "u64 b[{count}]; w_spread(b, (const u64[]){{{}}}, {granules}, {}, {count});",
            bits.join(", "),
            mem.granule
        );
    }
    for j in 0..count {
        let (word, data) = (format!("w[a * {count} + {j}]"), load(data, j));
        let _ = match port.mask {
            None => writeln!(text, "{word} = {data};"),
            Some(_) => writeln!(text, "{word} ^= ({word} ^ {data}) & b[{j}];"),
        };
    }
    text.push_str("}\n");
}

//! The schedule: values get slots, and operations of equal kernel at an equal level become one
//! vector operation that writes a run of neighbouring slots.

use crate::flatten::Flat;
use crate::graph::{FlatNode, FlatOp, Value};
use crate::kernel::{limbs, Kernel, Numbers, Shape, Shapes};
use std::collections::HashMap;
use std::ops::Range;

/// No slot: the value is never needed.
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// Constants only; run once.
pub(crate) const FIXED: usize = 0;
/// Functions of registers and memories; run after a clock edge.
pub(crate) const FROM_STATE: usize = 1;
/// Functions of top inputs; run after a clock edge and when an input changed.
pub(crate) const FROM_INPUTS: usize = 2;
/// Read by nothing but an observer (waves, `peek`); run on demand.
pub(crate) const OBSERVED: usize = 3;

/// One vector operation. Operand `k` of element `i` is slot `idx[k * count + i]`.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub kernel: Kernel,
    /// First slot written.
    pub dst: usize,
    /// Slots per element.
    pub limbs: usize,
    /// Number of elements.
    pub count: usize,
    /// Its part of the operand table.
    pub idx: Range<usize>,
    /// Its part of the table of numbers, for mixed kernels.
    pub numbers: Range<usize>,
    /// Whether the slots of each operand are neighbours too, in order: then none is looked up.
    pub run: bool,
}

/// The shortest stretch of neighbouring operands that is worth a vector operation of its own.
pub(crate) const MIN_RUN: usize = 8;

/// The combinational program.
pub(crate) struct Schedule {
    /// All operations, in order.
    pub groups: Vec<Group>,
    /// The groups of each segment.
    pub segments: [Range<usize>; 4],
    /// Operand slots of all groups.
    pub idx: Vec<u32>,
    /// Numbers of the elements of mixed kernels.
    pub numbers: Vec<Numbers>,
    /// Shapes of concatenations.
    pub shapes: Vec<Shape>,
    /// First slot of each value, or [`NO_SLOT`].
    pub slots: Vec<u32>,
    /// Number of slots.
    pub size: usize,
    /// Initial contents of the leading slots: the constants.
    pub constants: Vec<u64>,
    /// Slots of registers and read data.
    pub state: Range<usize>,
}

/// Why a value is computed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    No,
    Observed,
    Live,
}

/// An operation to be placed.
struct Item {
    segment: usize,
    level: u32,
    kernel: Kernel,
    /// Of a mixed kernel.
    numbers: Numbers,
    value: Value,
}

/// An element of a group: operand slots, value, numbers.
type Element = (Vec<u32>, Value, Numbers);

impl Schedule {
    /// Schedules `flat`; `state` lists register and memory outputs in their slot order, `observed`
    /// the values of all named signals.
    pub fn new(flat: &Flat<'_>, state: &[Value], observed: &[Value]) -> Self {
        let nodes = &flat.graph.nodes;
        let needs = needs(flat, observed);
        let mut shapes = Shapes::default();
        let items = items(nodes, &needs, &mut shapes);
        let mut s = Schedule {
            groups: Vec::new(),
            segments: Default::default(),
            idx: Vec::new(),
            numbers: Vec::new(),
            shapes: shapes.list,
            slots: vec![NO_SLOT; nodes.len()],
            size: 0,
            constants: Vec::new(),
            state: 0..0,
        };
        s.place_sources(flat, &needs, state);
        let mut from = 0;
        for segment in FIXED..=OBSERVED {
            let to = from + items[from..].iter().take_while(|i| i.segment == segment).count();
            let first = s.groups.len();
            for run in items[from..to].chunk_by(|a, b| (a.level, a.kernel) == (b.level, b.kernel)) {
                s.add_group(nodes, run);
            }
            s.segments[segment] = first..s.groups.len();
            from = to;
        }
        s
    }

    fn place(&mut self, nodes: &[FlatNode], value: Value) {
        self.slots[value as usize] = self.size as u32;
        self.size += limbs(nodes[value as usize].width);
    }

    fn place_sources(&mut self, flat: &Flat<'_>, needs: &[Need], state: &[Value]) {
        let nodes = &flat.graph.nodes;
        for (i, node) in nodes.iter().enumerate().filter(|(i, _)| needs[*i] != Need::No) {
            if let FlatOp::Const(bits) = &node.op {
                self.place(nodes, i as Value);
                self.constants.extend_from_slice(bits.limbs());
            }
        }
        for input in 0..flat.ports.len() {
            self.place(nodes, input as Value);
        }
        let first = self.size;
        for &value in state {
            self.place(nodes, value);
        }
        self.state = first..self.size;
    }

    fn add_group(&mut self, nodes: &[FlatNode], run: &[Item]) {
        let (kernel, width) = (run[0].kernel, nodes[run[0].value as usize].width);
        let element = |i: &Item| (self.operands(&nodes[i.value as usize]), i.value, i.numbers);
        let mut elements: Vec<Element> = run.iter().map(element).collect();
        // Elements in the order of their operands read memory mostly forwards.
        elements.sort_by(|a, b| a.0.cmp(&b.0));
        let (mut dst, limbs) = (self.size, if kernel.per_limb() { 1 } else { limbs(width) });
        for (_, value, _) in &elements {
            self.place(nodes, *value);
        }
        let elements = if kernel.per_limb() { lanes(kernel, nodes, elements) } else { elements };
        for (run, part) in stretches(&elements, |a, b| kernel.regular() && follows(&a.0, &b.0)) {
            let first = self.idx.len();
            for k in 0..part[0].0.len() {
                self.idx.extend(part.iter().map(|e| e.0[k]));
            }
            let (count, idx, numbers) = (part.len(), first..self.idx.len(), self.numbers.len());
            if let Kernel::Mixed(_) = kernel {
                self.numbers.extend(part.iter().map(|e| e.2));
            }
            let numbers = numbers..self.numbers.len();
            self.groups.push(Group { kernel, dst, limbs, count, idx, numbers, run });
            dst += count * limbs;
        }
    }

    /// The operand slots of a node.
    fn operands(&self, node: &FlatNode) -> Vec<u32> {
        let skip = match node.op {
            FlatOp::Slice(lo) if node.width <= 64 => lo / 64,
            _ => 0,
        };
        node.args.iter().map(|a| self.slots[a.value as usize] + skip).collect()
    }
}

/// Lets rare kernels of a level run together with those that differ in numbers only.
fn mix(items: &mut [Item], shapes: &[Shape]) {
    let mut counts = HashMap::new();
    for item in items.iter() {
        *counts.entry((item.segment, item.level, item.kernel)).or_insert(0) += 1;
    }
    for item in items.iter_mut() {
        let rare = counts[&(item.segment, item.level, item.kernel)] < 2 * MIN_RUN;
        if let Some((kernel, numbers)) = item.kernel.mixed(shapes).filter(|_| rare) {
            item.kernel = Kernel::Mixed(kernel);
            item.numbers = numbers;
        }
    }
}

/// One element per limb.
fn lanes(kernel: Kernel, nodes: &[FlatNode], elements: Vec<Element>) -> Vec<Element> {
    let lane = |slots: &[u32], n: u32| {
        let step = |(k, &slot): (usize, &u32)| match kernel {
            Kernel::Mux if k == 0 => slot,
            _ => slot + n,
        };
        slots.iter().enumerate().map(step).collect()
    };
    let split = |(slots, value, numbers): Element| {
        let count = limbs(nodes[value as usize].width) as u32;
        (0..count).map(move |n| (lane(&slots, n), value, numbers))
    };
    elements.into_iter().flat_map(split).collect()
}

/// Whether each operand slot is the neighbour of the one before.
fn follows(before: &[u32], after: &[u32]) -> bool {
    before.iter().zip(after).all(|(a, b)| a + 1 == *b)
}

/// Splits into stretches of neighbours (`true`) of at least [`MIN_RUN`] items, and what lies between.
pub(crate) fn stretches<T>(items: &[T], follows: impl Fn(&T, &T) -> bool) -> Vec<(bool, &[T])> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    for run in items.chunk_by(follows) {
        if run.len() >= MIN_RUN {
            if from < at {
                parts.push((false, &items[from..at]));
            }
            parts.push((true, run));
            from = at + run.len();
        }
        at += run.len();
    }
    if from < at {
        parts.push((false, &items[from..at]));
    }
    parts
}

/// Marks what registers, memories and top outputs need, then what only observers need.
fn needs(flat: &Flat<'_>, observed: &[Value]) -> Vec<Need> {
    let mut needs = vec![Need::No; flat.graph.nodes.len()];
    for &value in observed {
        needs[value as usize] = Need::Observed;
    }
    let mut live = |v: Value| needs[v as usize] = Need::Live;
    flat.ports.iter().copied().for_each(&mut live);
    for reg in &flat.regs {
        live(reg.next);
        reg.enable.into_iter().for_each(&mut live);
        reg.reset.iter().for_each(|r| live(r.0));
    }
    for prop in &flat.props {
        live(prop.holds);
        prop.when.into_iter().chain(prop.disable.map(|d| d.0)).for_each(&mut live);
    }
    for port in flat.mems.iter().flat_map(|m| &m.ports) {
        live(port.addr);
        live(port.enable);
        [port.write, port.data, port.mask].into_iter().flatten().for_each(&mut live);
    }
    for (i, node) in flat.graph.nodes.iter().enumerate().rev() {
        let need = needs[i];
        for arg in &node.args {
            let of = &mut needs[arg.value as usize];
            if *of != Need::Live && need != Need::No {
                *of = need;
            }
        }
    }
    needs
}

/// All operations that are needed, in the order of the schedule.
fn items(nodes: &[FlatNode], needs: &[Need], shapes: &mut Shapes) -> Vec<Item> {
    let mut items = Vec::new();
    let mut class: Vec<(usize, u32)> = Vec::with_capacity(nodes.len());
    for (i, node) in nodes.iter().enumerate() {
        let of_args = node.args.iter().map(|a| class[a.value as usize]);
        let (mut segment, level) = of_args
            .reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
            .map_or((FIXED, 0), |(s, l)| (s, l + 1));
        match node.op {
            FlatOp::State(_) => segment = FROM_STATE,
            FlatOp::Input(_) => segment = FROM_INPUTS,
            _ => {}
        }
        class.push((segment, level));
        if needs[i] == Need::No {
            continue;
        }
        if let Some(kernel) = Kernel::of(node, shapes) {
            let segment = if needs[i] == Need::Live { segment } else { OBSERVED };
            let (numbers, value) = (Numbers::default(), i as Value);
            items.push(Item { segment, level, kernel, numbers, value });
        }
    }
    mix(&mut items, &shapes.list);
    items.sort_by_key(|i| (i.segment, i.level, i.kernel, i.value));
    items
}

//! One function of the compiled program: what it computes, in which order, in which loops.
//!
//! A value that is read once is written where it is read; the others have a place. Elements (limbs of
//! values with a place, and next states) whose expressions differ in their leaves only are candidates
//! for one loop.

use super::affine::{nests, Nest};
use super::expr::{by_helper, Expression, Writer};
use super::place::{Area, Place, Space};
use crate::graph::{FlatOp, Value};
use crate::kernel::limbs;
use crate::native::Netlist;
use std::collections::HashMap;

/// Something a function has to leave in a place.
pub(crate) struct Root {
    /// The value, or the next value of a register.
    pub value: Value,
    pub to: Place,
    /// Of a register with enable: the enable, and its output.
    pub enable: Option<(Value, Value)>,
    /// Of a register or read data: bit of the clock mask that must be set, and its output.
    pub clock: Option<(u32, Value)>,
}

/// One assignment.
pub(crate) struct Element {
    pub made: Made,
    pub right: Expression,
    level: u32,
}

/// What an element assigns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Made {
    /// A limb of a value of the function.
    Limb(Value, u32),
    /// All limbs of a value, by a statement.
    Whole(Value),
    /// A limb of a root.
    Root(Place, u32),
}

/// A piece of a function, in order.
pub(crate) enum Item {
    /// Elements one by one, by index.
    Scalars(Vec<usize>),
    /// A loop over elements like this one; the indices of the nest are destination, leaves and numbers.
    Loop(usize, Nest),
}

/// A planned function.
pub(crate) struct Function {
    pub elements: Vec<Element>,
    pub items: Vec<Item>,
    /// Places of the values of the function itself.
    pub temps: HashMap<Value, Place>,
    pub area: Area,
}

/// Larger expressions are cut.
const MOST_OPERATIONS: u32 = 24;
/// Fewer elements do not make a loop.
const FEWEST: u32 = 4;
/// Fewer elements at irregular distances do not make a loop.
const FEWEST_APART: u32 = 8;
/// More statements are too much for one block of code.
const MOST_STATEMENTS: usize = 400;

impl Function {
    /// Plans what leaves `roots` in their places and `kept` in places of the function.
    pub fn new(net: &Netlist, roots: &[Root], kept: &[Value]) -> Self {
        let leaf = leaves(net, roots, kept);
        let mut plan = Plan { net, leaf, depth: Vec::new(), elements: Vec::new() };
        plan.measure_depth();
        plan.add_values();
        plan.add_roots(roots);
        let Plan { elements, .. } = plan;
        let (temps, area) = place_temps(net, &elements);
        let place = |v: Value| net.places.get(&v).or_else(|| temps.get(&v)).copied();
        let place = |v: Value| place(v).expect("every leaf has a place");
        let items = arrange(&elements, &place);
        Function { elements, items, temps, area }
    }
}

/// What the function reads from places: sources, and values read more than once.
struct Leaves {
    is: Vec<bool>,
    /// Those that the function computes, operands first.
    made: Vec<Value>,
}

fn leaves(net: &Netlist, roots: &[Root], kept: &[Value]) -> Leaves {
    let nodes = &net.nodes;
    let mut uses = vec![0u32; nodes.len()];
    let mut read = |v: Value, times: u32| uses[v as usize] += times;
    for root in roots {
        read(root.value, 1);
        root.enable.iter().for_each(|e| read(e.0, 1));
    }
    kept.iter().for_each(|&v| read(v, 2));
    for (i, node) in nodes.iter().enumerate().rev().filter(|(_, n)| !n.args.is_empty()) {
        if uses[i] > 0 {
            node.args.iter().for_each(|a| uses[a.value as usize] += 1);
        }
    }
    let (mut is, mut made) = (vec![false; nodes.len()], Vec::new());
    let mut size = vec![0u32; nodes.len()];
    for (i, node) in nodes.iter().enumerate() {
        match node.op {
            FlatOp::Const(_) => {}
            FlatOp::Input(_) | FlatOp::State(_) => is[i] = true,
            _ if uses[i] == 0 => {}
            _ => {
                let of = |v: Value| if is[v as usize] { 0 } else { size[v as usize] };
                size[i] = 1 + node.args.iter().map(|a| of(a.value)).sum::<u32>();
                let wide = node.width > 64 || by_helper(node);
                is[i] = wide || uses[i] > 1 || size[i] > MOST_OPERATIONS;
                if is[i] {
                    made.push(i as Value);
                }
            }
        }
    }
    Leaves { is, made }
}

/// A function while it is planned.
struct Plan<'a> {
    net: &'a Netlist,
    leaf: Leaves,
    /// How many places in a row a value waits for, its own included.
    depth: Vec<u32>,
    elements: Vec<Element>,
}

impl Plan<'_> {
    fn measure_depth(&mut self) {
        for (i, node) in self.net.nodes.iter().enumerate() {
            let below = node.args.iter().map(|a| self.depth[a.value as usize]).max().unwrap_or(0);
            let place = self.leaf.is[i] && !node.args.is_empty();
            self.depth.push(below + u32::from(place));
        }
    }

    /// The expression that `write` gives.
    fn expression(&self, write: impl FnOnce(&mut Writer<'_>) -> String) -> Expression {
        let is_leaf = |v: Value| self.leaf.is[v as usize];
        let done = Expression::default();
        let mut writer = Writer { nodes: &self.net.nodes, is_leaf: &is_leaf, done };
        let text = write(&mut writer);
        Expression { text, ..writer.done }
    }

    fn add_values(&mut self) {
        for &v in &self.leaf.made {
            let node = &self.net.nodes[v as usize];
            let level = self.depth[v as usize];
            if by_helper(node) {
                let right = self.expression(|w| w.helper(v, &local_array(v)));
                self.elements.push(Element { made: Made::Whole(v), right, level });
                continue;
            }
            for j in 0..limbs(node.width) as u32 {
                let right = self.expression(|w| w.operation(v, j));
                self.elements.push(Element { made: Made::Limb(v, j), right, level });
            }
        }
    }

    fn add_roots(&mut self, roots: &[Root]) {
        for root in roots {
            let next = self.depth[root.value as usize];
            let enable = root.enable.map_or(0, |e| self.depth[e.0 as usize]);
            let level = next.max(enable) + 1;
            for j in 0..limbs(self.net.nodes[root.value as usize].width) as u32 {
                let right = self.expression(|w| root_text(w, root, j));
                self.elements.push(Element { made: Made::Root(root.to, j), right, level });
            }
        }
    }
}

fn root_text(w: &mut Writer<'_>, root: &Root, j: u32) -> String {
    let mut text = match root.enable {
        None => w.value(root.value, j),
        Some((enable, hold)) => {
            let (e, x) = (w.value(enable, 0), w.value(root.value, j));
            format!("({e} ? {x} : {})", w.value(hold, j))
        }
    };
    if let Some((bit, hold)) = root.clock {
        text = format!("(m >> {bit} & 1 ? {text} : {})", w.value(hold, j));
    }
    text
}

/// The name of a local array for all limbs of a value.
pub(crate) fn local_array(v: Value) -> String {
    format!("w{v}")
}

/// Values of one level and one expression get neighbouring places, in the order they were made in,
/// which is that of the instances; slices of one value in the order of their bits.
fn place_temps(net: &Netlist, elements: &[Element]) -> (HashMap<Value, Place>, Area) {
    let mut groups: HashMap<(u32, Alike<'_>), usize> = HashMap::new();
    let mut order = Vec::new();
    for e in elements {
        let (v, first) = match e.made {
            Made::Limb(v, j) => (v, j == 0),
            Made::Whole(v) => (v, true),
            Made::Root(..) => continue,
        };
        if first {
            let node = &net.nodes[v as usize];
            let (alike, rank) = match node.op {
                FlatOp::Slice(lo) => (Alike::Slice(node.args[0].value, node.width), lo),
                _ => (Alike::Expression(&e.right.text, &e.right.numbers), 0),
            };
            let next = groups.len();
            let group = *groups.entry((e.level, alike)).or_insert(next);
            order.push((e.level, group, rank, v));
        }
    }
    order.sort_unstable();
    let (mut temps, mut area) = (HashMap::with_capacity(order.len()), Area::default());
    for (_, _, _, v) in order {
        temps.insert(v, area.add(Space::Temp, net.nodes[v as usize].width));
    }
    (temps, area)
}

/// Values that are placed side by side.
#[derive(PartialEq, Eq, Hash)]
enum Alike<'a> {
    /// Slices of a value, of a width.
    Slice(Value, u32),
    Expression(&'a str, &'a [u32]),
}

/// The key of elements that can share a loop: level, arrays of destination and leaves, expression.
type Likeness<'a> = (u32, Vec<(Space, super::place::Class)>, &'a str);

/// Orders elements by level and finds their loops.
fn arrange(elements: &[Element], place: &dyn Fn(Value) -> Place) -> Vec<Item> {
    let mut groups: HashMap<Likeness<'_>, usize> = HashMap::new();
    let mut members: Vec<(u32, Vec<usize>)> = Vec::new();
    let indices: Vec<Vec<u32>> = elements.iter().map(|e| indices(e, place)).collect();
    for (i, e) in elements.iter().enumerate() {
        let arrays = std::iter::once(destination(e, place).0)
            .chain(e.right.leaves.iter().map(|l| place(l.0)))
            .map(|p| (p.space, p.class));
        let key = (e.level, arrays.collect(), e.right.text.as_str());
        let group = *groups.entry(key).or_insert_with(|| {
            members.push((e.level, Vec::new()));
            members.len() - 1
        });
        members[group].1.push(i);
    }
    members.sort_by_key(|m| m.0);
    let (mut items, mut last) = (Items::default(), Vec::new());
    for level in members.chunk_by(|a, b| a.0 == b.0) {
        let mut loops = Vec::new();
        for (_, group) in level {
            let (found, scalars) = loops_of(elements, &indices, group);
            scalars.into_iter().for_each(|s| items.scalar(s));
            // Nobody in the function reads a root.
            let is_root = matches!(elements[group[0]].made, Made::Root(..));
            if is_root { &mut last } else { &mut loops }.extend(found);
        }
        items.all.extend(loops);
    }
    items.all.extend(last);
    items.all
}

/// Items under construction.
#[derive(Default)]
struct Items {
    all: Vec<Item>,
}

impl Items {
    fn scalar(&mut self, element: usize) {
        match self.all.last_mut() {
            Some(Item::Scalars(list)) if list.len() < MOST_STATEMENTS => list.push(element),
            _ => self.all.push(Item::Scalars(vec![element])),
        }
    }
}

/// Where an element goes: place and limb.
pub(crate) fn destination(e: &Element, place: &dyn Fn(Value) -> Place) -> (Place, u32) {
    match e.made {
        Made::Limb(v, j) => (place(v), j),
        Made::Whole(v) => (place(v), 0),
        Made::Root(to, j) => (to, j),
    }
}

/// Indices of destination and leaves, and the numbers.
fn indices(e: &Element, place: &dyn Fn(Value) -> Place) -> Vec<u32> {
    let (to, limb) = destination(e, place);
    let leaves = e.right.leaves.iter().map(|&(v, j)| place(v).index + j);
    let numbers = e.right.numbers.iter().copied();
    std::iter::once(to.index + limb).chain(leaves).chain(numbers).collect()
}

/// Splits a group of alike elements into loops and single ones.
fn loops_of(
    elements: &[Element],
    indices: &[Vec<u32>],
    group: &[usize],
) -> (Vec<Item>, Vec<usize>) {
    let together = split(elements, indices, group);
    let numbers = |i: usize| elements[i].right.numbers.as_slice();
    if group.iter().all(|&i| numbers(i) == numbers(group[0])) {
        return together;
    }
    // Elements of two numbers in turn are no loop, those of each number may be one.
    let mut sorted = group.to_vec();
    sorted.sort_by_key(|&i| numbers(i));
    let mut apart = (Vec::new(), Vec::new());
    for same in sorted.chunk_by(|&a, &b| numbers(a) == numbers(b)) {
        let (loops, scalars) = split(elements, indices, same);
        apart.0.extend(loops);
        apart.1.extend(scalars);
    }
    let statements = |(loops, scalars): &(Vec<Item>, Vec<usize>)| loops.len() + scalars.len();
    if statements(&apart) < statements(&together) {
        apart
    } else {
        together
    }
}

fn split(elements: &[Element], indices: &[Vec<u32>], group: &[usize]) -> (Vec<Item>, Vec<usize>) {
    let single = matches!(elements[group[0]].made, Made::Whole(_));
    if single || group.len() < FEWEST as usize {
        return (Vec::new(), group.to_vec());
    }
    let mut by_place: Vec<usize> = group.to_vec();
    by_place.sort_by_key(|&i| indices[i][0]);
    let rows: Vec<&[u32]> = by_place.iter().map(|&i| indices[i].as_slice()).collect();
    let (mut loops, mut scalars) = (Vec::new(), Vec::new());
    let at: HashMap<u32, usize> = by_place.iter().map(|&i| (indices[i][0], i)).collect();
    for nest in nests(&rows) {
        let enough = if nest.inner == 1 { FEWEST_APART } else { FEWEST };
        if nest.len() >= enough {
            loops.push(Item::Loop(group[0], nest));
        } else {
            let places = (0..nest.outer).flat_map(|o| (0..nest.inner).map(move |i| (o, i)));
            let index = |(o, i): (u32, u32)| {
                let steps = i64::from(o) * nest.outer_steps[0] + i64::from(i) * nest.inner_steps[0];
                at[&((i64::from(nest.base[0]) + steps) as u32)]
            };
            scalars.extend(places.map(index));
        }
    }
    (loops, scalars)
}

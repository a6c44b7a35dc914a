//! The compiled program as C.

use super::affine::Nest;
use super::expr::{by_helper, ctype};
use super::function::{destination, local_array, Element, Function, Item, Made, Root};
use super::memory::memory;
use super::place::{Class, Place, Space, CLASSES};
use super::reset::{resets, Reset};
use super::Netlist;
use crate::graph::{FlatOp, Value};
use crate::kernel::limbs;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// A program and what it needs to run.
pub(crate) struct Source {
    pub text: String,
    /// Bytes of the area for temporary values.
    pub temp_bytes: usize,
}

const HEAD: &str = include_str!("head.c");

/// More lines are too much for one C function: compilers slow down.
const MOST_LINES: usize = 600;

/// The program of a netlist for a number of lanes.
pub(crate) fn source(net: &Netlist, lanes: usize) -> Source {
    let mut c = Source { text: format!("#define L {lanes}\n{HEAD}"), temp_bytes: 0 };
    let groups = resets(net);
    tick(&mut c, net, lanes, &groups);
    outputs(&mut c, net, lanes);
    asynchronous(&mut c, net, lanes, &groups);
    c
}

fn tick(c: &mut Source, net: &Netlist, lanes: usize, groups: &[Reset]) {
    let mut kept: Vec<Value> = net.mems.iter().flat_map(super::memory::operands).collect();
    kept.extend(groups.iter().map(|g| g.value));
    let body = Body::new(net, lanes, "tick", &net.next_states(), &kept, net.state.offsets(lanes).0);
    let calls = body.write(c);
    let mut tail = String::new();
    for (k, mem) in net.mems.iter().enumerate() {
        let next = |v: Value, j| body.at(Place { space: Space::Next, ..net.places[&v] }, j);
        memory(&mut tail, net, k, mem, &|v, j| body.load(v, j), &next);
    }
    for (k, group) in groups.iter().enumerate() {
        let run = group.force(&format!("{k}"), &body.lanes_of(group.value));
        let _ = match net.clock_bit(group.clock) {
            Some(bit) => writeln!(tail, "if (m >> {bit} & 1) {run}"),
            None => writeln!(tail, "{run}"),
        };
    }
    for (k, group) in groups.iter().enumerate() {
        c.text += &group.tables(&format!("{k}"), &net.state.offsets(lanes).0);
    }
    let _ = writeln!(
        c.text,
        "void seedbed_tick(const char*s, char*d, char*t, const char*p, u64*x, u64 m) {{\n\
         {calls}{}{tail}}}",
        body.arrays()
    );
}

fn outputs(c: &mut Source, net: &Netlist, lanes: usize) {
    let roots: Vec<Root> =
        net.outputs().map(|(value, to)| Root { value, to, enable: None, clock: None }).collect();
    let body = Body::new(net, lanes, "out", &roots, &[], [0; 4]);
    let calls = body.write(c);
    let _ = writeln!(
        c.text,
        "void seedbed_outputs(const char*s, char*d, char*t, const char*p) {{\n\
         const u64 m = 0;\n{calls}}}"
    );
}

fn asynchronous(c: &mut Source, net: &Netlist, lanes: usize, groups: &[Reset]) {
    let active: Vec<_> = groups.iter().enumerate().filter(|(_, g)| g.kind.is_async()).collect();
    let kept: Vec<Value> = active.iter().map(|(_, g)| g.value).collect();
    let body = Body::new(net, lanes, "reset", &[], &kept, net.state.offsets(lanes).0);
    let calls = body.write(c);
    let mut force = String::new();
    for (k, group) in active {
        let _ =
            writeln!(force, "c |= {}", group.force(&format!("{k}"), &body.lanes_of(group.value)));
    }
    let _ = writeln!(
        c.text,
        "void seedbed_resets(char*s, char*t, const char*p) {{\n\
         const u64 m = 0; char*const d = s; u32 c;\n\
         do {{ c = 0;\n{calls}{}{force}}} while (c);\n}}",
        body.arrays()
    );
}

/// A function of the program while it is written.
struct Body<'a> {
    net: &'a Netlist,
    lanes: usize,
    name: &'static str,
    function: Function,
    /// Starts of the arrays of the destination.
    to: [usize; 4],
    /// The block of scalars that makes a value.
    block: HashMap<Value, usize>,
    /// Whether somebody reads the value outside that block.
    stored: Vec<bool>,
}

impl<'a> Body<'a> {
    fn new(
        net: &'a Netlist,
        lanes: usize,
        name: &'static str,
        roots: &[Root],
        kept: &[Value],
        to: [usize; 4],
    ) -> Self {
        let function = Function::new(net, roots, kept);
        let (block, mut stored) = (HashMap::new(), vec![false; net.nodes.len()]);
        kept.iter().for_each(|&v| stored[v as usize] = true);
        let mut body = Body { net, lanes, name, function, to, block, stored };
        body.find_blocks();
        body
    }

    fn find_blocks(&mut self) {
        let (elements, mut split) = (&self.function.elements, Vec::new());
        for (block, item) in self.function.items.iter().enumerate() {
            let Item::Scalars(list) = item else { continue };
            for &i in list {
                if let Made::Limb(v, _) | Made::Whole(v) = elements[i].made {
                    let before = self.block.insert(v, block);
                    if before.is_some_and(|b| b != block) {
                        split.push(v);
                    }
                }
            }
        }
        // Limbs of two blocks meet in memory.
        for v in split {
            self.block.remove(&v);
        }
        for (block, item) in self.function.items.iter().enumerate() {
            let Item::Scalars(list) = item else { continue };
            for &(v, _) in list.iter().flat_map(|&i| &elements[i].right.leaves) {
                self.stored[v as usize] |= self.block.get(&v) != Some(&block);
            }
        }
        self.store_loop_leaves();
    }

    /// A loop stands for many elements: everything that alike elements read is stored.
    fn store_loop_leaves(&mut self) {
        let mut scalar = vec![false; self.function.elements.len()];
        for item in &self.function.items {
            if let Item::Scalars(list) = item {
                list.iter().for_each(|&i| scalar[i] = true);
            }
        }
        for (element, _) in self.function.elements.iter().zip(scalar).filter(|(_, scalar)| !scalar)
        {
            element.right.leaves.iter().for_each(|l| self.stored[l.0 as usize] = true);
            // Its own limbs are in memory; so must be those that scalars make.
            if let Made::Limb(v, _) = element.made {
                self.block.remove(&v);
            }
        }
    }

    fn place(&self, v: Value) -> Place {
        let place = self.net.places.get(&v).or_else(|| self.function.temps.get(&v));
        *place.expect("a value that is read has a place")
    }

    /// Declarations of the arrays.
    fn arrays(&self) -> String {
        let mut text = String::new();
        let areas = [
            (Space::State, "const ", self.net.state.offsets(self.lanes).0),
            (Space::Next, "", self.to),
            (Space::Input, "const ", self.net.inputs.offsets(self.lanes).0),
            (Space::Temp, "", self.function.area.offsets(self.lanes).0),
        ];
        for (space, constant, offsets) in areas {
            let p = space.letter();
            for class in CLASSES {
                let (bits, at) = (class.bits(), offsets[class as usize]);
                let _ = write!(
                    text,
                    "{constant}u{bits}*{p}{bits} = ({constant}u{bits}*)({p} + {at}); "
                );
            }
        }
        text.push('\n');
        text
    }

    /// The lanes of a value in memory.
    fn lanes_of(&self, v: Value) -> String {
        if let FlatOp::Const(bits) = &self.net.nodes[v as usize].op {
            return format!(
                "(const u8[L]){{{}}}",
                format!("{},", bits.limbs()[0]).repeat(self.lanes)
            );
        }
        let p = self.place(v);
        format!("{} + {}", array(p), p.index as usize * self.lanes)
    }

    /// Limb `j` of a value in lane `l`, from memory.
    fn load(&self, v: Value, j: u32) -> String {
        let node = &self.net.nodes[v as usize];
        match &node.op {
            FlatOp::Const(bits) => format!("{}ul", bits.limbs()[j as usize]),
            _ => self.at(self.place(v), j),
        }
    }

    fn at(&self, p: Place, j: u32) -> String {
        let index = (p.index + j) as usize;
        match self.lanes {
            1 => format!("{}[{index}]", array(p)),
            lanes => format!("{}[{} + l]", array(p), index * lanes),
        }
    }

    /// Writes the function as C functions of bounded size; returns the calls.
    fn write(&self, c: &mut Source) -> String {
        c.temp_bytes = c.temp_bytes.max(self.function.area.offsets(self.lanes).1);
        let (mut calls, mut text, mut count) = (String::new(), String::new(), 0);
        for (block, item) in self.function.items.iter().enumerate() {
            text += &match item {
                Item::Scalars(list) => self.scalars(block, list),
                Item::Loop(element, nest) => self.nest(&self.function.elements[*element], nest),
            };
            let last = block + 1 == self.function.items.len();
            if last || text.lines().count() > MOST_LINES {
                let name = format!("{}_{count}", self.name);
                let _ = writeln!(c.text, "PART {name}(ARGUMENTS) {{\n{}{text}}}", self.arrays());
                let _ = writeln!(calls, "{name}(s, d, t, p, m);");
                text.clear();
                count += 1;
            }
        }
        calls
    }

    fn scalars(&self, block: usize, list: &[usize]) -> String {
        let mut text = if self.lanes == 1 { "{\n" } else { "EACH(l, L) {\n" }.to_string();
        let arrays = list.iter().filter_map(|&i| match self.function.elements[i].made {
            Made::Limb(v, _) | Made::Whole(v) => Some(v),
            Made::Root(..) => None,
        });
        let arrays = arrays.filter(|&v| self.is_local(v, block) && is_array(self.net, v));
        for v in arrays.collect::<BTreeSet<_>>() {
            let count = limbs(self.net.nodes[v as usize].width);
            let _ = writeln!(text, "u64 {}[{count}];", local_array(v));
        }
        for &i in list {
            let e = &self.function.elements[i];
            let leaf = |k: usize| match e.right.leaves[k] {
                (v, j) if self.is_local(v, block) => self.local(v, j),
                (v, j) => self.at(self.place(v), j),
            };
            let right = e.right.fill(leaf, |k| e.right.numbers[k].to_string());
            self.assign(&mut text, e, block, &right);
        }
        text + "}\n"
    }

    fn is_local(&self, v: Value, block: usize) -> bool {
        self.block.get(&v) == Some(&block)
    }

    /// The local variable of a value.
    fn local(&self, v: Value, j: u32) -> String {
        if is_array(self.net, v) {
            format!("{}[{j}]", local_array(v))
        } else {
            format!("v{v}")
        }
    }

    fn assign(&self, text: &mut String, e: &Element, block: usize, right: &str) {
        let (v, j) = match e.made {
            Made::Root(to, j) => {
                let _ = writeln!(text, "{} = {right};", self.at(to, j));
                return;
            }
            Made::Limb(v, j) => (v, j),
            Made::Whole(v) => (v, 0),
        };
        let width = self.net.nodes[v as usize].width;
        if !self.is_local(v, block) {
            let _ = writeln!(text, "{} = {right};", self.at(self.place(v), j));
            return;
        }
        let _ = match e.made {
            Made::Whole(_) => writeln!(text, "{right}"),
            _ if is_array(self.net, v) => writeln!(text, "{} = {right};", self.local(v, j)),
            _ => writeln!(text, "const {} v{v} = {right};", ctype(width)),
        };
        if self.stored[v as usize] {
            let limbs = if let Made::Whole(_) = e.made { 0..limbs(width) as u32 } else { j..j + 1 };
            for j in limbs {
                let _ = writeln!(text, "{} = {};", self.at(self.place(v), j), self.local(v, j));
            }
        }
    }

    fn nest(&self, e: &Element, nest: &Nest) -> String {
        let places: Vec<Place> = std::iter::once(destination(e, &|v| self.place(v)).0)
            .chain(e.right.leaves.iter().map(|l| self.place(l.0)))
            .collect();
        let lanes = self.lanes as i64;
        // Lanes and inner elements are one loop where no operand is shared by the inner elements.
        let merged = nest.inner > 1
            && nest.inner_steps.iter().all(|&s| s == 1)
            && (lanes == 1 || e.right.numbers.is_empty());
        let index = |k: usize| {
            let mut text = format!("{}", i64::from(nest.base[k]) * lanes);
            if nest.outer > 1 {
                let _ = write!(text, " + o * {}", nest.outer_steps[k] * lanes);
            }
            if merged {
                text += " + j";
            } else {
                if nest.inner > 1 && nest.inner_steps[k] == 1 {
                    let _ = write!(text, " + j * {lanes}");
                }
                text += if lanes > 1 { " + l" } else { "" };
            }
            format!("{}[{text}]", array(places[k]))
        };
        let number = |k: usize| {
            let k = places.len() + k;
            let (outer, inner) = (nest.outer_steps[k], nest.inner_steps[k]);
            format!("({} + o * {outer} + j * {inner})", nest.base[k])
                .replace(" + o * 0", "")
                .replace(" + j * 0", "")
        };
        let mut text = String::new();
        if nest.outer > 1 {
            let _ = writeln!(text, "EACH(o, {})", nest.outer);
        }
        let run = i64::from(nest.inner) * lanes;
        if (merged || nest.inner == 1) && is_copy(e, &places) && run > 1 {
            let [to, from] = [0, 1].map(index).map(|i| i.replace(" + j", "").replace(" + l", ""));
            let bytes = run * places[0].class.bytes() as i64;
            let _ = writeln!(text, "__builtin_memcpy(&{to}, &{from}, {bytes});");
            return text;
        }
        if merged {
            let _ = writeln!(text, "EACH(j, {run})");
        } else {
            if nest.inner > 1 {
                let _ = writeln!(text, "EACH(j, {})", nest.inner);
            }
            if lanes > 1 {
                let _ = writeln!(text, "EACH(l, {lanes})");
            }
        }
        let _ = writeln!(text, "{} = {};", index(0), e.right.fill(|k| index(k + 1), number));
        text
    }
}

/// Whether the local variable of a value is an array.
fn is_array(net: &Netlist, v: Value) -> bool {
    let node = &net.nodes[v as usize];
    node.width > 64 || by_helper(node)
}

/// Whether an element only copies a leaf of its own class.
fn is_copy(e: &Element, places: &[Place]) -> bool {
    let leaf = "\x010\x02";
    let text = &e.right.text;
    let plain = text == leaf || ["u32", "u64"].iter().any(|t| *text == format!("(({t}){leaf})"));
    plain && places[0].class == places[1].class
}

/// The name of the array of a place.
pub(super) fn array(p: Place) -> String {
    format!("{}{}", p.space.letter(), Class::bits(p.class))
}

//! The compiled back end: the netlist as C loops, built by the system's compiler and loaded.
//!
//! The interpreter pays for every vector operation a pass over memory. The compiled program computes a
//! next state in one pass: elements of an instance array whose expressions differ in their operands
//! only are one C loop, values are stored in the fewest bytes that hold them, and stimulus lanes are
//! the innermost index. State is double-buffered, so no loop has to save what another one overwrites.
//!
//! Only inputs, state and top outputs exist in the compiled program. Who wants to look at any other
//! signal copies the state of a lane to the interpreter, which computes it.

mod affine;
mod build;
mod cache;
mod expr;
mod function;
mod library;
mod memory;
mod place;
mod reset;
mod source;

use crate::flatten::{Flat, FlatMem, FlatReg};
use crate::graph::{FlatNode, Value};
use crate::kernel::limbs;
use crate::machine::State;
use function::Root;
use library::Library;
use place::{Area, Blob, Class, Place, Space};
use seedbed_ir::Dir;
use std::collections::HashMap;

/// The flattened design, and the places of its inputs and its state.
pub(crate) struct Netlist {
    pub nodes: Vec<FlatNode>,
    pub regs: Vec<FlatReg>,
    pub mems: Vec<FlatMem>,
    /// Direction and value of the top's ports.
    ports: Vec<(Dir, Value)>,
    /// Clocks in use, by port index.
    clocks: Vec<u32>,
    places: HashMap<Value, Place>,
    /// Whether each property is hit, and the place of that after the edge, one after the other.
    hits: Vec<(Value, Place)>,
    state: Area,
    inputs: Area,
}

impl Netlist {
    /// Takes over a flattened design; `state` lists register and memory outputs, alike ones together.
    pub fn new(flat: Flat<'_>, state: &[Value]) -> Self {
        let dirs: Vec<_> = flat.tree.module(0).ports.values().map(|p| p.dir).collect();
        let Flat { mut graph, regs, mems, ports, props, .. } = flat;
        let hits: Vec<Value> = props.iter().map(|p| p.hit(&mut graph)).collect();
        let nodes = graph.nodes;
        let mut clocks: Vec<u32> = regs
            .iter()
            .map(|r| r.clock)
            .chain(mems.iter().flat_map(|m| &m.ports).map(|p| p.clock))
            .chain(props.iter().map(|p| p.clock))
            .collect();
        clocks.sort_unstable();
        clocks.dedup();
        let (mut places, [mut of_state, mut of_inputs]) = (HashMap::new(), [Area::default(); 2]);
        for &v in state {
            places.insert(v, of_state.add(Space::State, nodes[v as usize].width));
        }
        for v in 0..ports.len() as Value {
            places.insert(v, of_inputs.add(Space::Input, nodes[v as usize].width));
        }
        let ports = dirs.into_iter().zip(ports).collect();
        let hits = hits.into_iter().map(|v| (v, of_state.add(Space::Next, 1))).collect();
        let (state, inputs) = (of_state, of_inputs);
        Netlist { nodes, regs, mems, ports, clocks, places, hits, state, inputs }
    }

    /// The bit of a clock in the mask of ticking clocks; `None` when it is the only one.
    fn clock_bit(&self, clock: u32) -> Option<u32> {
        let bit = self.clocks.iter().position(|&c| c == clock)?;
        (self.clocks.len() > 1).then_some(bit as u32)
    }

    /// What the registers become at an edge, and which properties are hit.
    fn next_states(&self) -> Vec<Root> {
        let root = |reg: &FlatReg| Root {
            value: reg.next,
            to: Place { space: Space::Next, ..self.places[&reg.out] },
            enable: reg.enable.map(|e| (e, reg.out)),
            clock: self.clock_bit(reg.clock).map(|bit| (bit, reg.out)),
        };
        let hit = |&(value, to): &(Value, Place)| Root { value, to, enable: None, clock: None };
        self.regs.iter().map(root).chain(self.hits.iter().map(hit)).collect()
    }

    /// Values of the output ports and their places: 64-bit limbs, one after the other.
    fn outputs(&self) -> impl Iterator<Item = (Value, Place)> + '_ {
        let outputs = self.ports.iter().filter(|p| p.0 == Dir::Output);
        outputs.scan(0, |next, &(_, value)| {
            let place = Place { space: Space::Next, class: Class::B64, index: *next };
            *next += limbs(self.nodes[value as usize].width) as u32;
            Some((value, place))
        })
    }

    /// Words of all memories before memory `k`, per lane.
    fn memory_base(&self, k: usize) -> usize {
        self.mems[..k].iter().map(|m| limbs(m.width) * m.depth as usize).sum()
    }
}

/// A running compiled program.
pub(crate) struct Native {
    library: Library,
    lanes: usize,
    state: Blob,
    next: Blob,
    inputs: Blob,
    outputs: Blob,
    temps: Blob,
    memories: Vec<u64>,
    /// Place of each port of the top, by index; outputs are in `outputs`.
    ports: Vec<Place>,
    /// Clocks in use, by port index.
    clocks: Vec<u32>,
    /// Of the hit of each property, after an edge in `state`.
    hits: Vec<Place>,
    /// Place, first slot of the interpreter and number of limbs of inputs and state.
    exchange: Vec<(Place, u32, usize)>,
    /// Words per lane, and words per lane before it, of each memory.
    memory_sizes: Vec<(usize, usize)>,
    outputs_stale: bool,
    /// Whether asynchronous resets may have to act.
    resets_stale: bool,
}

impl Native {
    /// Builds and loads the program of `net` for `lanes` lanes, at power-up. `slots` are the
    /// interpreter's.
    ///
    /// # Errors
    /// The reason why there is none: a memory with undefined collisions, too many clocks, no compiler, a compiler that fails,
    /// a folder that cannot be written.
    pub fn new(net: &Netlist, lanes: usize, slots: &[u32]) -> Result<Self, String> {
        if net.mems.iter().any(memory::is_undefined) {
            return Err(
                "a memory has undefined collisions, which only the interpreter makes up".into()
            );
        }
        if net.clocks.len() > 64 {
            return Err("more than 64 clocks, which only the interpreter tells apart".into());
        }
        let source = source::source(net, lanes);
        let library = build::library(&source.text)?;
        let width = |v: Value| net.nodes[v as usize].width;
        let mut outputs = Area::default();
        let mut ports: Vec<Place> = (0..net.ports.len() as Value).map(|v| net.places[&v]).collect();
        let mut out = net.outputs();
        for (k, &(dir, value)) in net.ports.iter().enumerate() {
            if dir == Dir::Output {
                ports[k] = out.next().expect("an output").1;
                outputs.add_limbs(width(value));
            }
        }
        drop(out);
        let temps = Blob::bytes(source.temp_bytes);
        let memory_size =
            |k: usize| (limbs(net.mems[k].width) * net.mems[k].depth as usize, net.memory_base(k));
        let mut exchange: Vec<_> =
            net.places.iter().map(|(&v, &p)| (p, slots[v as usize], limbs(width(v)))).collect();
        exchange.sort_unstable_by_key(|e| e.1);
        Ok(Native {
            library,
            lanes,
            state: Blob::new(&net.state, lanes),
            next: Blob::new(&net.state, lanes),
            inputs: Blob::new(&net.inputs, lanes),
            outputs: Blob::new(&outputs, lanes),
            temps,
            memories: vec![0; net.memory_base(net.mems.len()) * lanes],
            ports,
            clocks: net.clocks.clone(),
            hits: net.hits.iter().map(|h| h.1).collect(),
            exchange,
            memory_sizes: (0..net.mems.len()).map(memory_size).collect(),
            outputs_stale: true,
            resets_stale: true,
        })
    }

    /// Sets limbs of an input port in a lane.
    pub fn set(&mut self, port: u32, lane: usize, limbs: impl Iterator<Item = u64>) {
        let place = self.ports[port as usize];
        let mut changed = false;
        for (k, limb) in limbs.enumerate() {
            changed |= self.inputs.set(place, k, lane, limb);
        }
        self.outputs_stale |= changed;
        self.resets_stale |= changed;
    }

    /// Limb `k` of a port in a lane, settled by [`settle`](Self::settle).
    pub fn port(&self, port: u32, k: usize, lane: usize) -> u64 {
        let place = self.ports[port as usize];
        let from = if place.space == Space::Input { &self.inputs } else { &self.outputs };
        from.get(place, k, lane)
    }

    /// Lets asynchronous resets act.
    pub fn reset(&mut self) {
        if std::mem::take(&mut self.resets_stale) {
            self.library.resets(&mut self.state, &mut self.temps, &mut self.inputs);
        }
    }

    /// Computes the output ports.
    pub fn settle(&mut self) {
        self.reset();
        if std::mem::take(&mut self.outputs_stale) {
            let Native { library, state, outputs, temps, inputs, .. } = self;
            library.outputs(state, outputs, temps, inputs);
        }
    }

    /// A rising edge of one clock (a port index), or of all.
    pub fn tick(&mut self, clock: Option<u32>) {
        self.reset();
        let ticks = |c: &u32| clock.is_none_or(|only| only == *c);
        let mask = self.clocks.iter().enumerate().filter(|(_, c)| ticks(c));
        let mask = mask.fold(0, |mask, (bit, _)| mask | 1 << bit);
        if mask == 0 {
            return;
        }
        let Native { library, state, next, temps, inputs, memories, .. } = self;
        library.tick(state, next, temps, inputs, memories, mask);
        std::mem::swap(&mut self.state, &mut self.next);
        self.outputs_stale = true;
        self.resets_stale = true;
    }

    /// Whether any property was hit at the last edge, in any lane.
    pub fn any_hit(&self) -> bool {
        self.hits.first().is_some_and(|&first| self.state.any(first, self.hits.len()))
    }

    /// Whether each property was hit at the last edge in a lane. Those of clocks that stood count too.
    pub fn hits(&self, lane: usize) -> Vec<bool> {
        self.hits.iter().map(|&place| self.state.get(place, 0, lane) == 1).collect()
    }

    /// Copies inputs and state of a lane to the interpreter's slots.
    pub fn copy_to(&self, lane: usize, vals: &mut [u64]) {
        for &(place, slot, limbs) in &self.exchange {
            let from = if place.space == Space::Input { &self.inputs } else { &self.state };
            for k in 0..limbs {
                vals[slot as usize + k] = from.get(place, k, lane);
            }
        }
    }

    /// Number of lanes.
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Takes inputs, state and memories of a lane from the interpreter.
    pub fn copy_from(&mut self, lane: usize, from: &State) {
        for &(place, slot, limbs) in &self.exchange {
            let to = if place.space == Space::Input { &mut self.inputs } else { &mut self.state };
            for k in 0..limbs {
                to.set(place, k, lane, from.vals[slot as usize + k]);
            }
        }
        for (index, &(size, before)) in self.memory_sizes.iter().enumerate() {
            let mut to = &mut self.memories[before * self.lanes + lane * size..][..size];
            for word in (0..).map_while(|addr| from.edge.mems[index].word(addr)) {
                let (first, rest) = to.split_at_mut(word.len());
                first.copy_from_slice(word);
                to = rest;
            }
        }
        (self.outputs_stale, self.resets_stale) = (true, true);
    }

    /// The words of memory `index` in a lane.
    pub fn memory(&self, index: usize, lane: usize) -> &[u64] {
        let (size, before) = self.memory_sizes[index];
        &self.memories[before * self.lanes + lane * size..][..size]
    }
}

//! A block of theirs as the model of a black box in our simulator.

use super::ports::{each_port, Foreign, Role};
use super::ImportError;
use crate::value::Port;
use rust_hdl::prelude::{Block, Clock, In, Signal, VCDValue};
use seedbed_ir::Bits;
use seedbed_sim::black_box::Model;
use std::collections::HashMap;

/// Passes of `update_all` after which a block is taken never to settle: those of `rust-hdl` itself.
const PASSES: usize = 100;

/// The values for the inputs of a block, on their way into it.
pub struct Pins<'a> {
    values: &'a HashMap<String, Bits>,
    clock: bool,
    seen: Vec<(String, usize)>,
}

impl Pins<'_> {
    /// Gives `signal` the value of the input `name`.
    pub fn drive<T: Port>(&mut self, name: &str, signal: &mut Signal<In, T>) {
        self.seen.push((name.to_string(), T::BITS));
        if let Some(value) = self.values.get(name).filter(|v| v.width() as usize == T::BITS) {
            signal.next = T::from_value(value);
        }
    }

    /// Gives `signal` the clock.
    pub fn clock(&mut self, name: &str, signal: &mut Signal<In, Clock>) {
        self.seen.push((name.to_string(), 1));
        signal.next = self.clock.into();
    }
}

type Drive<B> = Box<dyn FnMut(&mut B, &mut Pins<'_>)>;

/// A block that computes the outputs of a black box.
pub struct BlockModel<B> {
    component: Foreign,
    block: B,
    drive: Drive<B>,
    values: HashMap<String, Bits>,
}

impl<B: Block> BlockModel<B> {
    pub(super) fn new(
        component: Foreign,
        mut block: B,
        mut drive: Drive<B>,
    ) -> Result<Self, ImportError> {
        let inputs = component.ports.iter().filter(|port| port.role != Role::Output);
        let values = inputs.map(|port| (port.theirs.clone(), Bits::zero(port.ty.width)));
        let values: HashMap<_, _> = values.collect();
        let mut pins = Pins { values: &values, clock: false, seen: Vec::new() };
        drive(&mut block, &mut pins);
        compare(&values, &pins.seen)?;
        Ok(BlockModel { component, block, drive, values })
    }

    /// Passes the inputs on and updates the block until nothing changes.
    fn run(&mut self, clock: bool) -> Result<(), String> {
        let mut pins = Pins { values: &self.values, clock, seen: Vec::new() };
        (self.drive)(&mut self.block, &mut pins);
        if rust_hdl::prelude::simulate(&mut self.block, PASSES) {
            Ok(())
        } else {
            Err(format!("it still changes after {PASSES} updates; it has a combinational loop"))
        }
    }

    fn outputs(&self) -> Vec<Bits> {
        let mut values = HashMap::new();
        each_port(&self.block, &mut |name, atom| {
            values.insert(name.to_string(), bits(atom.vcd()));
        });
        let output = |port: &super::ports::ForeignPort| values[&port.theirs].clone();
        self.component.of_role(Role::Output).map(output).collect()
    }
}

impl<B: Block> Model for BlockModel<B> {
    fn settle(&mut self, inputs: &[Bits]) -> Result<Vec<Bits>, String> {
        for (port, value) in self.component.of_role(Role::Input).zip(inputs) {
            self.values.insert(port.theirs.clone(), value.clone());
        }
        self.run(false)?;
        Ok(self.outputs())
    }

    fn rise(&mut self, _: usize) -> Result<(), String> {
        self.run(true)?;
        self.run(false)
    }
}

/// Whether every input is driven once, by a signal of its width, and nothing else.
fn compare(values: &HashMap<String, Bits>, seen: &[(String, usize)]) -> Result<(), ImportError> {
    let driven = |name: &String| seen.iter().any(|(other, _)| other == name);
    let mut forgotten: Vec<_> = values.keys().filter(|name| !driven(name)).cloned().collect();
    forgotten.sort();
    let unknown = |(name, _): &&(String, usize)| !values.contains_key(name);
    let invented: Vec<_> = seen.iter().filter(unknown).map(|(name, _)| name.clone()).collect();
    let other = seen
        .iter()
        .find(|(name, bits)| values.get(name).is_some_and(|value| value.width() as usize != *bits));
    if !forgotten.is_empty() {
        Err(ImportError::Undriven(forgotten))
    } else if !invented.is_empty() {
        Err(ImportError::Unknown(invented))
    } else if let Some((name, bits)) = other {
        let what = format!("driven through a signal of {bits} bits");
        Err(ImportError::Port { name: name.clone(), what })
    } else {
        Ok(())
    }
}

/// The bits of a value as waves show it, most significant first.
fn bits(value: VCDValue) -> Bits {
    let digits: Vec<bool> = match value {
        VCDValue::Single(bit) => vec![bit.to_string() == "1"],
        VCDValue::Vector(bits) => bits.iter().map(|bit| bit.to_string() == "1").collect(),
        VCDValue::String(_) | VCDValue::Composite(_) => Vec::new(),
    };
    let mut limbs = vec![0u64; digits.len().div_ceil(64).max(1)];
    for (k, _) in digits.iter().rev().enumerate().filter(|(_, &one)| one) {
        limbs[k / 64] |= 1 << (k % 64);
    }
    Bits::from_limbs(digits.len().max(1) as u32, &limbs)
}

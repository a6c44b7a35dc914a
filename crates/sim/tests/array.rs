//! The systolic array of the benchmark against a product of matrices.

#[path = "support/array.rs"]
mod array;
mod support;

use array::{Array, SUM};
use seedbed_hdl::{elaborate, Settings};
use seedbed_ir::Bits;
use seedbed_sim::Simulator;
use support::Random;

/// Packs signed values, the first one lowest.
fn pack(values: &[i64], width: u32) -> Bits {
    let limb_count = (values.len() * width as usize).div_ceil(64);
    let mut limbs = vec![0; limb_count];
    for (i, v) in values.iter().enumerate() {
        for b in 0..width as usize {
            let at = i * width as usize + b;
            limbs[at / 64] |= ((v >> b) as u64 & 1) << (at % 64);
        }
    }
    Bits::from_limbs(values.len() as u32 * width, &limbs)
}

fn matrix(random: &mut Random, rows: usize, columns: usize) -> Vec<Vec<i64>> {
    let value = |random: &mut Random| match random.below(4) {
        0 => -128,
        _ => random.below(256) as i64 - 128,
    };
    (0..rows).map(|_| (0..columns).map(|_| value(random)).collect()).collect()
}

#[test]
fn the_array_multiplies_matrices() {
    let (rows, columns, count) = (17, 19, 30);
    let array = Array { rows: rows as u32, columns: columns as u32 };
    let mut sim = Simulator::new(&elaborate(&array, &Settings::default()).expect("a good design"));
    let mut random = Random(11);
    let (weights, acts) = (matrix(&mut random, rows, columns), matrix(&mut random, count, rows));
    let set = |sim: &mut Simulator, name: &str, v: &Bits| {
        sim.set_bits(sim.input(name).expect(name), v);
    };
    set(&mut sim, "rst_n", &Bits::ones(1));
    set(&mut sim, "plane", &Bits::ones(rows as u32));
    for (r, row) in weights.iter().enumerate() {
        set(&mut sim, "weights", &pack(row, 8));
        let load: Vec<i64> = (0..rows).map(|i| if i == r { 2 } else { 0 }).collect();
        set(&mut sim, "load", &pack(&load, 2));
        sim.tick();
    }
    set(&mut sim, "load", &Bits::zero(2 * rows as u32));
    let product =
        |n: usize, c: usize| -> i64 { acts[n].iter().zip(&weights).map(|(a, w)| a * w[c]).sum() };
    // Row r gets vector n in cycle n + r, so column c has its sum after rows + n + c + 1 edges.
    for cycle in 0..count + rows + columns {
        let act = |r: usize| cycle.checked_sub(r).and_then(|n| acts.get(n)).map_or(0, |a| a[r]);
        set(&mut sim, "acts", &pack(&(0..rows).map(act).collect::<Vec<_>>(), 8));
        sim.tick();
        let sums = sim.get_bits(sim.output("sums").expect("sums"));
        for c in 0..columns {
            let Some(n) = (cycle + 1).checked_sub(rows + 1 + c).filter(|n| *n < count) else {
                continue;
            };
            let got = (0..SUM).map(|b| i64::from(sums.bit(c as u32 * SUM + b)) << b).sum::<i64>();
            assert_eq!(got as i32 as i64, product(n, c), "vector {n}, column {c}");
        }
    }
}

//! A weight-stationary systolic array: hierarchy from run-time parameters.
//!
//! Run with `cargo run -p seedbed-hdl --example systolic [ROWS COLS]`. One processing element is one
//! Verilog module, one row another, whatever the size: 256x256 elaborates in milliseconds.

use seedbed_hdl::{bit, elaborate, sint, uint, Diagnostic, Module, Ports, Scope, Settings, Sig};
use seedbed_sim::{Bits, Simulator};
use seedbed_verilog::{emit, Options};
use std::process::ExitCode;
use std::time::Instant;

/// Multiplies the activation from the west with its weight and adds the sum from the north.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Pe {
    acc: u32,
}

struct PeIo<'m> {
    load: Sig<'m>,
    a: Sig<'m>,
    a_east: Sig<'m>,
    w: Sig<'m>,
    w_south: Sig<'m>,
    sum: Sig<'m>,
    sum_south: Sig<'m>,
}

impl Module for Pe {
    type Io<'m> = PeIo<'m>;

    fn name(&self) -> String {
        format!("pe_acc{}", self.acc)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PeIo<'m> {
        PeIo {
            load: p.input("load", bit()),
            a: p.input("a", sint(8)),
            a_east: p.output("a_east", sint(8)),
            w: p.input("w", sint(8)),
            w_south: p.output("w_south", sint(8)),
            sum: p.input("sum", sint(self.acc)),
            sum_south: p.output("sum_south", sint(self.acc)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: PeIo<'m>) {
        let weight = m.reg("weight_q", sint(8), 0);
        m.when(io.load, || weight.set(io.w));
        io.w_south.set(weight);
        io.a_east.set(io.a.pipe("a_q"));
        io.sum_south.set(io.sum.wrapping_add(io.a * weight).pipe("sum_q"));
    }
}

/// One row of processing elements; vectors hold column 0 in their lowest bits.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Row {
    cols: u32,
    pe: Pe,
}

struct RowIo<'m> {
    load: Sig<'m>,
    a: Sig<'m>,
    w: Sig<'m>,
    w_south: Sig<'m>,
    sum: Sig<'m>,
    sum_south: Sig<'m>,
}

impl Module for Row {
    type Io<'m> = RowIo<'m>;

    fn name(&self) -> String {
        format!("row_c{}", self.cols)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RowIo<'m> {
        let (weights, sums) = (uint(8 * self.cols), uint(self.pe.acc * self.cols));
        RowIo {
            load: p.input("load", bit()),
            a: p.input("a", sint(8)),
            w: p.input("w", weights),
            w_south: p.output("w_south", weights),
            sum: p.input("sum", sums),
            sum_south: p.output("sum_south", sums),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: RowIo<'m>) {
        let acc = self.pe.acc;
        let (mut a, mut weights, mut sums) = (io.a, Vec::new(), Vec::new());
        for c in 0..self.cols {
            let pe = m.inst(format!("pe_{c}"), &self.pe);
            pe.load.set(io.load);
            pe.a.set(a);
            pe.w.set(io.w.slice(8 * c, 8).as_signed());
            pe.sum.set(io.sum.slice(acc * c, acc).as_signed());
            a = pe.a_east;
            weights.push(pe.w_south);
            sums.push(pe.sum_south);
        }
        weights.reverse();
        sums.reverse();
        io.w_south.set(m.cat(&weights));
        io.sum_south.set(m.cat(&sums));
    }
}

/// The array. Activations of row `r` must come `r` cycles after those of row 0; column `c` of the
/// result leaves `rows + c` cycles after row 0 went in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Systolic {
    rows: u32,
    row: Row,
}

struct SystolicIo<'m> {
    load: Sig<'m>,
    west: Vec<Sig<'m>>,
    w: Sig<'m>,
    south: Sig<'m>,
}

impl Module for Systolic {
    type Io<'m> = SystolicIo<'m>;

    fn name(&self) -> String {
        format!("systolic_{}x{}", self.rows, self.row.cols)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SystolicIo<'m> {
        SystolicIo {
            load: p.input("load", bit()),
            west: (0..self.rows).map(|r| p.input(format!("west_{r}"), sint(8))).collect(),
            w: p.input("w", uint(8 * self.row.cols)),
            south: p.output("south", uint(self.row.pe.acc * self.row.cols)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: SystolicIo<'m>) {
        let (mut weights, mut sums) = (io.w, m.zero(io.south.ty()));
        for (r, &west) in io.west.iter().enumerate() {
            let row = m.inst(format!("row_{r}"), &self.row);
            row.load.set(io.load);
            row.a.set(west);
            row.w.set(weights);
            row.sum.set(sums);
            (weights, sums) = (row.w_south, row.sum_south);
        }
        io.south.set(sums);
    }
}

fn main() -> ExitCode {
    let mut sizes = std::env::args().skip(1).filter_map(|arg| arg.parse().ok());
    let Err(mistakes) = run(sizes.next().unwrap_or(4), sizes.next().unwrap_or(3)) else {
        return ExitCode::SUCCESS;
    };
    mistakes.iter().for_each(|m| eprintln!("{m}"));
    ExitCode::FAILURE
}

/// Elaborates, prints and simulates an array against a matrix product.
pub fn run(rows: u32, cols: u32) -> Result<(), Vec<Diagnostic>> {
    let top = Systolic { rows, row: Row { cols, pe: Pe { acc: 24 } } };
    let start = Instant::now();
    let design = elaborate(&top, &Settings::default())?;
    eprintln!("elaborated in {:?}", start.elapsed());
    for file in emit(&design, &Options::default()) {
        println!("{}", file.text);
    }
    simulate(Simulator::new(&design), rows as usize, cols as usize);
    println!("{rows}x{cols}: all sums are right");
    Ok(())
}

/// Some signed byte.
fn sample(i: usize, j: usize) -> i64 {
    (i * 37 + j * 101) as i64 % 256 - 128
}

fn simulate(mut sim: Simulator, rows: usize, cols: usize) {
    let [rst_n, load, w] = ["rst_n", "load", "w"].map(|name| sim.input(name).expect("an input"));
    let west: Vec<_> =
        (0..rows).map(|r| sim.input(&format!("west_{r}")).expect("an input")).collect();
    let south = sim.output("south").expect("an output");
    for value in [0, 1] {
        sim.set(rst_n, value);
        sim.settle();
    }
    sim.set(load, 1);
    for r in (0..rows).rev() {
        let bytes: Vec<u8> = (0..cols).map(|c| sample(r, c) as u8).collect();
        let limbs: Vec<u64> = bytes
            .chunks(8)
            .map(|chunk| chunk.iter().rev().fold(0, |limb, &byte| limb << 8 | u64::from(byte)))
            .collect();
        sim.set_bits(w, &Bits::from_limbs(8 * cols as u32, &limbs));
        sim.tick();
    }
    sim.set(load, 0);

    let vectors = 5;
    for cycle in 0..vectors + rows + cols {
        for (r, &port) in west.iter().enumerate() {
            let v = cycle.checked_sub(r).filter(|&v| v < vectors);
            sim.set(port, v.map_or(0, |v| sample(v, r) as u64 & 0xff));
        }
        sim.settle();
        let sums = sim.get_bits(south);
        for c in 0..cols {
            if let Some(v) = cycle.checked_sub(rows + c).filter(|&v| v < vectors) {
                let want: i64 = (0..rows).map(|r| sample(v, r) * sample(r, c)).sum();
                let bits = (0..24).filter(|b| sums.bit(24 * c as u32 + b));
                let got = bits.fold(0, |sum, b| sum | 1u64 << b);
                assert_eq!(got, want as u64 & 0xff_ffff, "vector {v}, column {c}");
            }
        }
        sim.tick();
    }
}

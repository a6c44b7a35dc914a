//! The Verilog of every part passes Verilator, Icarus Verilog and Yosys without a word.

#[path = "../../verilog/tests/common/tools.rs"]
#[allow(dead_code)]
mod tools;

use seedbed_hdl::{bit, elaborate, sint, uint, Module, ResetKind, Settings};
use seedbed_parts::axi::{ReadMaster, ReadMux, Split, WriteMaster};
use seedbed_parts::cdc::{AsyncFifo, BitSync, Handshake, PulseSync, ResetSync};
use seedbed_parts::{Fifo, FlowFifo, RegisterBlock, RoundRobin, Skid};
use seedbed_regmap::{Access, Field, Map, Register};

fn lint<M: Module>(part: &M) {
    let design = elaborate(part, &Settings::default()).expect("a legal part");
    let files = seedbed_verilog::emit(&design, &seedbed_verilog::Options::default());
    let dir = tempfile::tempdir().expect("a temporary folder");
    let paths = tools::write(dir.path(), &files);
    let complaints = tools::lint(&paths, &design.top().name, false);
    assert!(complaints.is_empty(), "{part:?}: {}", complaints.join("\n"));
}

#[test]
fn buffers_and_arbiters() {
    for (ty, depth) in [(uint(64), 128), (sint(8), 100), (uint(9), 3), (bit(), 1), (bit(), 8)] {
        lint(&Fifo { ty, depth });
        lint(&FlowFifo { ty, depth });
    }
    lint(&Skid { ty: uint(9) });
    lint(&RoundRobin { clients: 3 });
}

#[test]
fn bursts() {
    for (data_bits, burst_beats) in [(64, 16), (8, 256), (512, 64), (32, 12)] {
        lint(&Split { addr_bits: 32, data_bits, burst_beats });
    }
}

#[test]
fn masters() {
    for (addr_bits, data_bits) in [(32, 64), (40, 32), (16, 512)] {
        let (burst_beats, outstanding) = (8, 6);
        let fifo_beats = burst_beats * outstanding;
        lint(&ReadMaster { addr_bits, data_bits, burst_beats, outstanding, fifo_beats });
        lint(&WriteMaster { addr_bits, data_bits, burst_beats, outstanding });
        lint(&ReadMux { masters: 3, addr_bits, data_bits });
    }
}

#[test]
fn registers() {
    let mut registers: Vec<Register> = [
        Access::ReadOnly,
        Access::ReadWrite,
        Access::Pulse,
        Access::WriteOneToClear,
        Access::Constant,
    ]
    .into_iter()
    .zip(0..)
    .map(|(access, i)| {
        let narrow = Field::new("narrow", 0, 1, access, "A bit.");
        let wide = Field::new("wide", 5, 27, access, "The top.");
        Register::new(&format!("R{i}"), 4 * i, "A register.", vec![narrow, wide])
    })
    .collect();
    let cells = vec![Field::new("value", 0, 20, Access::ReadOnly, "A cell.")];
    registers.push(Register::new("CELLS", 0x24, "Not aligned to its size.", cells).array(6));
    lint(&RegisterBlock { map: Map::new("lint", "All kinds of fields.", registers) });
}

#[test]
fn clock_crossings() {
    lint(&BitSync);
    lint(&PulseSync);
    for ty in [uint(16), sint(8), bit()] {
        lint(&Handshake { ty });
        lint(&AsyncFifo { ty, depth: 8 });
    }
    lint(&ResetSync { kind: ResetKind::AsyncLow });
    lint(&ResetSync { kind: ResetKind::AsyncHigh });
}

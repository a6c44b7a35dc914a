//! Checks the checks: bugs are planted in the netlist of the preset `tiny`, one at a time. The first
//! list is found both by a network on RTL and golden machine, as `seedbed run` compares them, and by
//! random programs, as `seedbed cosim` does; the second only random programs can find.

mod support {
    pub mod edits;
    pub mod network;
}

use seedbed_cosim::duel::Duel;
use seedbed_cosim::random::{generate, Options};
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_spec::config::{Config, Kind};
use seedbed_spec::numerics::Family;
use support::edits::{
    always_enabled, and_or, buggy, carry_cut, crossed, lower, one_more, planted, reset_otherwise,
    subtracted, swapped, unsigned, Bug,
};
use support::network::{codes, digits, Network};

const fn bug(what: &'static str, module: &'static str, edit: fn(&mut seedbed_ir::Module)) -> Bug {
    Bug { what, module, edit }
}

/// Found by both.
const BOTH: &[Bug] = &[
    bug("activation without sign", "dot_lane", |m| unsigned(m, "product_0", 0)),
    bug("weight without sign", "dot_lane", |m| unsigned(m, "product_3", 1)),
    bug("carry cut between products", "dot_lane", |m| carry_cut(m, "sum1_0", 2)),
    bug("products subtracted", "dot_lane", |m| subtracted(m, "sum1_1")),
    bug("planes swapped", "dot_lane", |m| swapped(m, "weights")),
    bug("plane enable stuck", "dot_lane", |m| always_enabled(m, "plane0_q")),
    bug("first sum not from zero", "accumulator", |m| swapped(m, "start")),
    bug("saturation swapped", "requantise_lane", |m| swapped(m, "biased")),
    bug("half doubled", "requantise_lane", |m| one_more(m, "half")),
    bug("lower limit swapped", "requantise_lane", |m| swapped(m, "raised")),
    bug("limits crossed", "tiny_post", |m| crossed(m, "u_lane_0", [7, 8])),
    bug("output step backwards", "post_sequencer", |m| subtracted(m, "following_out_base")),
    bug("streamer's step off by one", "row_streamer", |m| one_more(m, "following_k_base")),
    bug("n-tile without row", "row_streamer", |m| and_or(m, "n_tile_done")),
    bug("row stride halved", "row_streamer", |m| lower(m, "next_stride")),
    bug("first plane wrong after reset", "row_streamer", |m| reset_otherwise(m, "plane_q")),
    bug("first place wrong after reset", "param_loader", |m| reset_otherwise(m, "place_q")),
    bug("weights counted too early", "weight_loader", |m| and_or(m, "count_0_ends")),
    bug("burst limit swapped", "axi_split", |m| swapped(m, "limit")),
    bug("write held", "axi_write", |m| always_enabled(m, "wdata_q")),
];

/// Found by both when the array is systolic.
const SYSTOLIC: &[Bug] = &[
    bug("products subtracted", "systolic_pe_s17", |m| subtracted(m, "next_sum")),
    bug("planes swapped", "systolic_pe", |m| swapped(m, "weight")),
    bug("plane enable stuck", "systolic_pe", |m| always_enabled(m, "plane1_q")),
    bug("activation and weight crossed", "systolic_column", |m| crossed(m, "u_pe_2", [3, 4])),
    bug("load and plane crossed", "systolic_column", |m| crossed(m, "u_pe_3", [1, 2])),
];

/// Found by random programs; compiled networks of fully connected layers do not go there.
const PROGRAMS: &[Bug] = &[
    bug("halves swapped", "requantise_lane", |m| swapped(m, "addend")),
    bug("third LM stride", "dma_runs", |m| lower(m, "cmd_lm_stride3")),
    bug("second external stride", "dma_runs", |m| lower(m, "cmd_ext_stride2")),
    bug("LOAD in bank 2", "local_memory", |m| and_or(m, "load_in_bank_2")),
    bug("wait slot", "semaphores", |m| swapped(m, "take_1_slot_2")),
    bug("signal slot", "semaphores", |m| swapped(m, "give_3_slot_1")),
    bug("signals without retirement", "front", |m| and_or(m, "gives")),
    bug("semaphore raised by one more", "semaphore_counter", |m| reset_otherwise(m, "value_q")),
    bug("output stride", "post_sequencer", |m| lower(m, "next_stride")),
];

/// Whether the first digits end otherwise, or not at all.
fn found_by_network(bug: Bug, rtl: &Rtl) -> bool {
    let inputs = &codes(&digits(), "inputs.npy")[..12 * 64];
    let timing = MemoryTiming { stall: 0.2, ..MemoryTiming::default() };
    [Family::Ref, Family::Opt].iter().any(|family| {
        let network = Network::new(rtl, &digits(), *family, 6);
        network.run(planted(bug, rtl), inputs, timing).is_err()
    })
}

/// Whether random programs show it.
fn found_by_programs(bug: Bug, rtl: &Rtl) -> bool {
    let mut duel = Duel::new(rtl, &buggy(bug), None).expect("a core");
    (0..4).any(|seed| {
        let options = Options { seed, stall: 0.2, ..Options::default() };
        let case = generate(&rtl.config, &options);
        duel.run(&case, &case.golden().expect("legal")).is_err()
    })
}

fn tiny(kind: Kind) -> Rtl {
    let mut config = Config::preset("tiny").expect("a preset");
    config.array.kind = kind;
    Rtl::generate(&config).expect("a core")
}

fn word(found: bool) -> &'static str {
    ["SURVIVED", "found"][usize::from(found)]
}

#[test]
fn networks_and_programs_find_every_planted_bug() {
    let mut survived = Vec::new();
    for (kind, bugs) in [(Kind::Dot, BOTH), (Kind::Systolic, SYSTOLIC)] {
        let rtl = tiny(kind);
        for bug in bugs {
            let found = [found_by_network(*bug, &rtl), found_by_programs(*bug, &rtl)];
            let by = found.map(word);
            println!("IR {:<18} {:<32} run: {:<8} cosim: {}", bug.module, bug.what, by[0], by[1]);
            survived.extend((found != [true; 2]).then_some(bug.what));
        }
    }
    assert_eq!(survived, [""; 0]);
}

#[test]
fn programs_find_what_networks_do_not_reach() {
    let rtl = tiny(Kind::Dot);
    let missed = PROGRAMS.iter().filter(|bug| !found_by_programs(**bug, &rtl));
    assert_eq!(missed.map(|bug| bug.what).collect::<Vec<_>>(), [""; 0]);
}

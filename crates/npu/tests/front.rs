//! FRONT alone: it elaborates for every preset, and its Verilog names what it does.

#[path = "../../parts/src/bench.rs"]
mod bench;

use bench::Bench;
use seedbed_hdl::{elaborate, Settings};
use seedbed_npu::front::engine_queue::EngineQueue;
use seedbed_npu::front::Front;
use seedbed_spec::Config;

#[test]
fn front_elaborates_for_every_preset() {
    for name in Config::presets() {
        let config = Config::preset(name).expect("a preset");
        let expected = format!("front_{}", config.name);
        let front = Front { config };
        let design = elaborate(&front, &Settings::default()).unwrap_or_else(|errors| {
            panic!("{}", errors.iter().map(|e| format!("{e}\n")).collect::<String>())
        });
        assert_eq!(design.top().name, expected);
    }
}

/// Whether a queue keeps a waiting command of a number when there is a fault of another.
fn keeps(seq: u64, fault: u64) -> bool {
    let mut b = Bench::new(&EngineQueue { depth: 4 });
    b.set_wide("push_data", &[seq, 0, 0, 0, 0, 0, 0, 0]);
    b.set("push_valid", 1);
    b.tick();
    b.set("push_valid", 0);
    b.set("fault_valid", 1);
    b.set("fault_seq", fault);
    b.tick();
    b.get("waiting") == 1 && b.get("waiting_seq") == seq
}

#[test]
fn a_fault_drops_later_commands_also_where_numbers_wrap() {
    let last = (1 << 20) - 1;
    for (seq, fault, kept) in [
        (5, 6, true),
        (6, 6, false),
        (7, 6, false),
        (last, 0, true),
        (0, last, false),
        (last - 3, 9, true),
        (9, last - 3, false),
    ] {
        assert_eq!(keeps(seq, fault), kept, "command {seq}, fault at {fault}");
    }
}

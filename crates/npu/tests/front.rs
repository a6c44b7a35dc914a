//! FRONT alone: it elaborates for every preset, and its Verilog names what it does.

use seedbed_hdl::{elaborate, Settings};
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

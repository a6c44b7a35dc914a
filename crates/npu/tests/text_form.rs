//! The text form of the cores: what is printed is read back.

use seedbed_hdl::{elaborate, Settings};
use seedbed_ir::text;
use seedbed_npu::Npu;
use seedbed_spec::Config;

#[test]
fn every_preset_is_read_back() {
    for name in Config::presets() {
        let config = Config::preset(name).expect("a preset");
        let design = elaborate(&Npu { config }, &Settings::default()).expect("no mistakes");
        let printed = text::print(&design);
        let again = text::parse(&printed).unwrap_or_else(|found| panic!("{name}: {}", found[0]));
        assert!(text::print(&again) == printed, "{name} differs after reading");
        assert_eq!(again.modules.len(), design.modules.len());
    }
}

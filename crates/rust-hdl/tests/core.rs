//! A whole generated core behind a block: its netlist reads back, and its registers answer.

use rust_hdl::prelude::{Bit, Bits, Signed};
use seedbed_cosim::Rtl;
use seedbed_rust_hdl::Core;
use seedbed_spec::{csr, Config};

/// The netlist that `seedbed generate tiny --rust-hdl` writes.
fn netlist(config: &Config) -> String {
    let files = Rtl::generate(config).expect("a core").rust_hdl().expect("names that Rust takes");
    let file = files.into_iter().find(|file| file.name.ends_with(".ir")).expect("a netlist");
    file.text
}

/// Reads the register at `address` over AXI4-Lite.
fn read(core: &mut Core, address: u32) -> u32 {
    core.set("s_axil_araddr", Bits::<12>::from(u64::from(address)));
    core.set::<Bit>("s_axil_arvalid", true);
    core.set::<Bit>("s_axil_rready", true);
    for _ in 0..20 {
        let accepted: Bit = core.get("s_axil_arready");
        let (valid, data): (Bit, Bits<32>) = (core.get("s_axil_rvalid"), core.get("s_axil_rdata"));
        core.rise("clk");
        if valid {
            return data.to_u32();
        }
        if accepted {
            core.set::<Bit>("s_axil_arvalid", false);
        }
    }
    panic!("no answer");
}

#[test]
fn a_core_answers_on_its_registers() {
    let config = Config::preset("tiny").expect("a preset");
    let mut core = Core::new(&netlist(&config));
    core.rise("clk");
    core.set::<Bit>("rst_n", true);
    let map = csr::map(&config);
    let address = |name: &str| map.register(name).expect("a register").offset;
    assert_eq!(read(&mut core, address("ID")), csr::ID);
    assert_eq!(read(&mut core, address("CONFIG_HASH")), config.hash());
}

#[test]
fn a_text_that_is_no_netlist_is_refused() {
    let mistakes = Core::try_new("module broken {\n  nonsense\n}\n").err().expect("a mistake");
    assert!(!mistakes.is_empty());
    let text = "module open {\n  output y: u8\n}\n";
    let mistakes = Core::try_new(text).err().expect("an output without driver");
    assert!(mistakes[0].message.contains("`y` is never driven"), "{}", mistakes[0]);
}

#[test]
#[should_panic(expected = "`open` has no port `z`")]
fn a_port_that_is_not_there_is_named() {
    let mut core = Core::new("module open {\n  input a: s8\n}\n");
    core.set("a", Signed::<8>::from(-128));
    core.set("z", Signed::<8>::from(-128));
}

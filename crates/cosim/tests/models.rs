//! Real networks on RTL against what the runtime they came from computes.

mod support {
    pub mod network;
    pub mod tools;
}

use seedbed_cosim::simulated::SimulatedDut;
use seedbed_cosim::verilator::{BuildOptions, VerilatedDut};
use seedbed_cosim::{MemoryTiming, Rtl};
use seedbed_spec::numerics::Family;
use seedbed_spec::Config;
use std::path::Path;
use support::network::{codes, differences, shared, Network};
use support::tools::{slow, verilator};

fn rtl(preset: &str) -> Rtl {
    Rtl::generate(&Config::preset(preset).expect("a preset")).expect("a core")
}

/// Outputs of the built-in simulator for `inputs`, in jobs of `rows` rows.
fn simulate(rtl: &Rtl, folder: &Path, family: Family, rows: u32, inputs: &[i8]) -> Vec<i8> {
    let dut = SimulatedDut::new(&rtl.design, &rtl.layout);
    let network = Network::new(rtl, folder, family, rows);
    let ran = network.run(dut, inputs, MemoryTiming::default());
    ran.unwrap_or_else(|e| panic!("{}, {family}: {e}", folder.display())).outputs
}

/// All 256 inputs: `ref` equals `ref`, and 21 outputs tell `opt` from `ref`.
#[test]
fn hello_world_on_the_simulator() {
    let Some(folder) = shared("hello_world_sine_int8") else { return };
    let rtl = rtl("small");
    let inputs = codes(&folder, "inputs.npy");
    let expected = codes(&folder, "expected_ref.npy");
    let outputs = simulate(&rtl, &folder, Family::Ref, 64, &inputs);
    assert_eq!((outputs.len(), differences(&outputs, &expected)), (256, 0));
    let outputs = simulate(&rtl, &folder, Family::Opt, 64, &inputs);
    assert_eq!(differences(&outputs, &expected), 21);
    assert_eq!(differences(&outputs, &codes(&folder, "expected_opt.npy")), 0);
}

/// One row a job, as the first rows of a batch.
#[test]
fn hello_world_one_by_one() {
    let Some(folder) = shared("hello_world_sine_int8") else { return };
    let inputs = &codes(&folder, "inputs.npy")[..24];
    let expected = &codes(&folder, "expected_ref.npy")[..24];
    for preset in ["tiny", "ragged", "edge-systolic", "odd"] {
        let outputs = simulate(&rtl(preset), &folder, Family::Ref, 1, inputs);
        assert_eq!(differences(&outputs, expected), 0, "{preset}");
    }
}

#[test]
fn the_first_autoencoder_inputs_on_the_simulator() {
    let Some(folder) = shared("autoencoder_ad01_int8") else { return };
    let inputs = &codes(&folder, "inputs.npy")[..4 * 640];
    let outputs = simulate(&rtl("small"), &folder, Family::Ref, 4, inputs);
    assert_eq!(differences(&outputs, &codes(&folder, "expected_ref.npy")[..4 * 640]), 0);
}

/// Every input of both networks in one job each, on the systolic array.
#[test]
fn networks_on_the_systolic_array() {
    if !slow("whole networks on the systolic array") {
        return;
    }
    let rtl = rtl("edge-systolic");
    for (network, rows) in [("hello_world_sine_int8", 256), ("autoencoder_ad01_int8", 49)] {
        let Some(folder) = shared(network) else { continue };
        let inputs = codes(&folder, "inputs.npy");
        let outputs = simulate(&rtl, &folder, Family::Ref, rows, &inputs);
        assert_eq!(differences(&outputs, &codes(&folder, "expected_ref.npy")), 0, "{network}");
    }
}

/// Every input, one a job, both families; each family's outputs against the other's is the control.
#[test]
fn the_autoencoder_in_verilator() {
    if !slow("the whole autoencoder in Verilator") || !verilator() {
        return;
    }
    let Some(folder) = shared("autoencoder_ad01_int8") else { return };
    let rtl = rtl("small");
    let inputs = codes(&folder, "inputs.npy");
    let files = [(Family::Ref, "expected_ref.npy"), (Family::Opt, "expected_opt.npy")];
    for (family, file) in files {
        let options = BuildOptions::default();
        let dut = VerilatedDut::build(&rtl.sources, rtl.top(), &rtl.layout, &options);
        let network = Network::new(&rtl, &folder, family, 1);
        let ran = network.run(dut.expect("a model"), &inputs, MemoryTiming::default());
        let outputs = ran.unwrap_or_else(|e| panic!("{family}: {e}")).outputs;
        for (other, other_file) in files {
            let wrong = differences(&outputs, &codes(&folder, other_file));
            let expected = if other == family { 0 } else { 10_889 };
            assert_eq!((outputs.len(), wrong), (31_360, expected), "{family} against {file}");
        }
    }
}

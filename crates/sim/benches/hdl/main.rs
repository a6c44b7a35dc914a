//! The construction library's numbers: `cargo bench -p seedbed-sim -- [--json] [--large]`. `--large` adds
//! the 64x64 array. `seedbed bench hdl` measures the same and a whole core.

mod measure;

fn main() {
    let has = |flag: &str| std::env::args().any(|a| a == flag);
    let report = measure::measure(has("--large"), &mut |what| eprintln!("{what} ..."));
    if has("--json") {
        println!("{}", serde_json::to_string_pretty(&report).expect("numbers and strings"));
    } else {
        print!("{report}");
    }
    assert!(report.agrees(), "simulators disagree");
}

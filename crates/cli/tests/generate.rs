//! `presets`, `show` and `generate`, and the bench that `generate` writes.

mod support;

use seedbed_spec::Config;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use support::{digits, finished, slow, verilator, Workshop, ROOT};

/// All files below a folder by relative path.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").display().to_string();
                files.insert(name, std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

#[test]
fn presets_are_listed_with_their_peaks() {
    let workshop = Workshop::new();
    let rows: Vec<Value> =
        serde_json::from_str(&workshop.succeeds(&["presets", "--json"])).expect("JSON");
    let text = workshop.succeeds(&["presets"]);
    assert_eq!(rows.len(), Config::presets().len());
    for (row, name) in rows.iter().zip(Config::presets()) {
        let config = Config::preset(name).expect("a preset");
        assert_eq!(
            (&row["name"], &row["peak_macs_per_cycle"]),
            (&name.into(), &config.peak_macs().into())
        );
        assert!(text.lines().any(|line| line.starts_with(name)), "{name} in\n{text}");
    }
}

/// What `show` prints is the configuration itself: it reads back.
#[test]
fn show_resolves_presets_and_files_alike() {
    let workshop = Workshop::new();
    for name in Config::presets() {
        let file = workshop.file("core.toml", Config::preset_text(name).expect("a preset"));
        let text = workshop.succeeds(&["show", name]);
        assert_eq!(text, workshop.succeeds(&["show", &file]));
        let (toml, rest) = text.split_once("\nhash ").expect("a hash");
        let config = Config::from_toml(toml, "shown").expect("a configuration");
        assert_eq!(Some(&config), Config::preset(name).as_ref());
        assert!(rest.starts_with(&format!("{:08x}\n", config.hash())), "{rest}");
        assert!(rest.contains(&format!("{} MAC/cycle", config.peak_macs())), "{rest}");
        assert!(rest.contains(&format!("{} bits", config.acc_bits())), "{rest}");
        let json: Value =
            serde_json::from_str(&workshop.succeeds(&["show", name, "--json"])).expect("JSON");
        assert_eq!(json["config"]["numerics"]["k_max"], config.numerics.k_max);
    }
}

#[test]
fn generate_writes_what_it_says_and_the_same_again() {
    let workshop = Workshop::new();
    for name in Config::presets() {
        let config = Config::preset(name).expect("a preset");
        let text = workshop.succeeds(&["generate", name]);
        let folder = workshop.path("rtl-out").join(&config.name);
        assert!(text.ends_with(&format!("bench: make -C rtl-out/{}/tb\n", config.name)), "{text}");
        let again = workshop.succeeds(&["generate", name, "-o", "again", "--json"]);
        let files = tree(&folder);
        assert_eq!(files, tree(&workshop.path("again")), "{name}: twice the same");
        let summary: Value = serde_json::from_str(&again).expect("JSON");
        let mut listed: Vec<_> = summary["files"].as_array().expect("a list").iter().collect();
        listed.sort_by_key(|file| file.as_str());
        assert!(files.keys().eq(listed.iter().filter_map(|f| f.as_str()).collect::<Vec<_>>()));
        check_files(&config, &files);
        std::fs::remove_dir_all(workshop.path("again")).expect("a folder");
    }
}

fn check_files(config: &Config, files: &BTreeMap<String, Vec<u8>>) {
    let name = &config.name;
    let text = |file: &str| String::from_utf8(files[file].clone()).expect("UTF-8");
    let list = text(&format!("{name}.f"));
    assert!(list.lines().all(|file| files.contains_key(file)), "{list}");
    assert_eq!(files.keys().filter(|f| f.ends_with(".v")).count(), list.lines().count());
    for file in list.lines() {
        let module = file.trim_start_matches("rtl/").trim_end_matches(".v");
        let verilog = text(file);
        let modules = verilog.lines().filter(|l| l.starts_with("module ")).count();
        assert!(modules == 1 && verilog.contains(&format!("module {module} (")), "{file}");
    }
    let datasheet = text("datasheet.md");
    for needed in ["## Ports", "| s_axil_awaddr |", "## Memories", "## Reset and start", "RING_LO"]
    {
        assert!(datasheet.contains(needed), "{name}: no `{needed}` in the datasheet");
    }
    let header = text(&format!("{name}.h"));
    for needed in ["SEEDBED_DOORBELL_OFFSET", "SEEDBED_LOAD_EXT_ADDR_LSB"] {
        assert!(header.contains(needed), "{name}: no {needed} in the C header");
    }
    assert!(text(&format!("{name}.sdc")).contains("create_clock -name clk -period 10.000"));
    let core = text(&format!("{name}.core"));
    assert!(list.lines().all(|file| core.contains(&format!("- \"{file}\"\n"))), "{core}");
    let written = Config::from_toml(&text("config.toml"), "config.toml").expect("a configuration");
    assert_eq!(&written, config);
    assert_eq!(files["tb/memory.bin"].len(), files["tb/expected.bin"].len());
    assert_ne!(files["tb/memory.bin"], files["tb/expected.bin"]);
}

#[test]
fn generate_writes_systemverilog_and_another_clock() {
    let workshop = Workshop::new();
    workshop.succeeds(&["generate", "tiny", "-o", "out", "--systemverilog", "--clock", "400"]);
    let files = tree(&workshop.path("out"));
    let text = |file: &str| String::from_utf8_lossy(&files[file]).into_owned();
    assert!(text("tiny.f").lines().all(|file| file.ends_with(".sv") && files.contains_key(file)));
    assert!(text("rtl/seedbed_tiny.sv").contains("input  logic"));
    assert!(text("tiny.core").contains("file_type: systemVerilogSource"));
    assert!(text("tiny.sdc").contains("-period 2.500"));
    let refused = workshop.refused(&["generate", "tiny", "--clock", "0"]);
    assert!(refused.contains("MHz"), "{refused}");
}

#[test]
fn generate_takes_a_table_of_sram_macros() {
    let workshop = Workshop::new();
    let rw = "kind = 'rw'\nclock = 'ck'\nenable = 'en'\nwrite = 'we'\naddr = 'a'\nwdata = 'd'\n\
              mask = 'bm'\nrdata = 'q'\n";
    let one_port = format!(
        "smallest = 16384\n[[macro]]\nname = 'ram_512x32'\nwords = 512\nbits = 32\ngranule = 1\n\
         hold = true\n[[macro.port]]\n{rw}"
    );
    workshop.file("macros.toml", &one_port);
    let told = ["generate", "tiny", "-o", "out", "--sram-macros", "macros.toml"];
    workshop.succeeds(&told);
    let files = tree(&workshop.path("out"));
    let text = |file: &str| String::from_utf8_lossy(&files[file]).into_owned();
    let wrapper = files.keys().find(|file| file.starts_with("rtl/sram_1rw_512x32"));
    assert!(text(wrapper.expect("a wrapper")).contains("ram_512x32 u_macro ("));
    assert!(!text("rtl/lm_bank_512x32_g32.v").contains("[0:511]"));
    // With nothing left as an array, partial sums need two ports.
    workshop.file("macros.toml", one_port.replace("smallest = 16384", ""));
    let refused = workshop.refused(&told);
    assert!(refused.contains("no SRAM macro fits memory") && refused.contains(".rs:"), "{refused}");
}

/// The table that comes with Seedbed, by name: models of its macros are written and listed, for
/// simulation only. FuseSoC builds and runs the bench with them.
#[test]
fn generate_knows_the_macros_of_an_open_process() {
    let workshop = Workshop::new();
    workshop.succeeds(&["generate", "tiny", "-o", "out", "--sram-macros", "ihp-sg13g2"]);
    let files = tree(&workshop.path("out"));
    let text = |file: &str| String::from_utf8_lossy(&files[file]).into_owned();
    let model = "models/RM_IHPSG13_1P_512x64_c2_bm_bist.v";
    assert!(text(model).contains("module RM_IHPSG13_1P_512x64_c2_bm_bist ("));
    assert_eq!(text("tiny.f").lines().next(), Some(model));
    let core = text("tiny.core");
    for target in [
        "default:\n    filesets: [rtl, constraints]\n",
        "lint:\n    filesets: [rtl, models]\n",
        "sim:\n    filesets: [rtl, models, bench]\n",
    ] {
        assert!(core.contains(target), "{core}");
    }
    let refused = workshop.refused(&["generate", "tiny", "--sram-macros", "nowhere"]);
    assert!(refused.contains("tables that come with Seedbed: ihp-sg13g2"), "{refused}");

    let fusesoc = Path::new(ROOT).join(".cache/venv/bin/fusesoc");
    if !fusesoc.exists() {
        println!("skipped: fusesoc is not installed");
        return;
    }
    if !slow("the bench through FuseSoC") || !verilator() {
        return;
    }
    let mut command = Command::new(fusesoc.canonicalize().expect("a path"));
    command.args(["--cores-root", ".", "run", "--target", "sim", "::seedbed_tiny"]);
    let (status, out, err) =
        finished(command.current_dir(workshop.path("out")).output().expect("it starts"));
    assert!(status == Some(0) && (out + &err).contains("PASS: "), "{status:?}");
}

/// The block for `rust-hdl` has every port of the datasheet, and its Verilog every module, guarded.
#[test]
fn generate_writes_the_block_for_rust_hdl() {
    let workshop = Workshop::new();
    workshop.succeeds(&["generate", "tiny", "--rust-hdl"]);
    let files = tree(&workshop.path("rtl-out/tiny"));
    let text = |file: &str| String::from_utf8(files[file].clone()).expect("UTF-8");
    let (rust, verilog) = (text("rust-hdl/seedbed_tiny.rs"), text("rust-hdl/seedbed_tiny_once.v"));
    let datasheet = text("datasheet.md");
    let (_, table) = datasheet.split_once("## Ports").expect("ports");
    let (table, _) = table.split_once("\n## ").expect("another part");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    for row in &rows {
        let port = row.split_whitespace().nth(1).expect("a name");
        assert_eq!(rust.matches(&format!("    pub {port}: Signal<")).count(), 1, "{port}");
    }
    assert_eq!(rust.matches(": Signal<").count(), rows.len());
    let modules = text("tiny.f").lines().count();
    for line in ["`ifndef SEEDBED_", "`define SEEDBED_", "module ", "`endif"] {
        assert_eq!(verilog.lines().filter(|l| l.starts_with(line)).count(), modules, "{line}");
    }
    assert!(text("rust-hdl/seedbed_tiny.ir").contains("\nmodule seedbed_tiny {\n"));
}

/// No path of the machine that generated it is in any file, with locators or without.
#[test]
fn generated_files_name_no_place_outside_the_project() {
    let workshop = Workshop::new();
    workshop.succeeds(&["generate", "tiny", "-o", "out", "--locators"]);
    let root = std::fs::canonicalize(ROOT).expect("the project");
    let root = root.display().to_string();
    let mut located = 0;
    for (name, bytes) in tree(&workshop.path("out")) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains(&root), "{name} names {root}");
        located += text.matches(".rs:").count();
    }
    assert!(located > 1000, "{located} locators");
}

/// `make` in a generated bench, with nothing of cargo on the PATH: exit status and output.
fn make(bench: &Path) -> (Option<i32>, String) {
    let path = std::env::var("PATH").unwrap_or_default();
    let kept: Vec<_> =
        path.split(':').filter(|dir| !Path::new(dir).join("cargo").exists()).collect();
    let mut command = Command::new("make");
    command.arg("-C").arg(bench).env_clear().env("PATH", kept.join(":"));
    let (status, out, err) = finished(command.output().expect("make starts"));
    (status, out + &err)
}

/// Verilog edited by hand: a core that never interrupts is a failure, status 1, not a mistake of the
/// request; the unedited one passes.
#[test]
fn edited_verilog_that_hangs_is_a_failure() {
    if !slow("running edited Verilog") || !verilator() {
        return;
    }
    let workshop = Workshop::new();
    workshop.succeeds(&["generate", "tiny", "-o", "core"]);
    let (model, inputs) = (digits("model.tflite"), workshop.inputs(1));
    let options = ["--engine", "verilator", "--preset", "tiny", "--rtl", "core"];
    let args = [&["run", &model, "--input", &inputs][..], &options].concat();
    assert!(workshop.succeeds(&args).ends_with("PASS\n"));

    let control = workshop.path("core/rtl/control_tiny.v");
    let text = std::fs::read_to_string(&control).expect("the control block");
    let either = "\n      || (u_registers_irq_status_fault";
    assert_eq!(text.matches(either).count(), 1, "{text}");
    let both = either.replace("||", "&&");
    std::fs::write(&control, text.replace(either, &both)).expect("a writable file");
    let (status, out, err) = workshop.run(&args);
    assert_eq!((status, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.starts_with("error: job 0: no interrupt within "), "{err}");
}

/// The bench passes without Rust, and notices a single flipped bit of what it expects.
#[test]
fn the_stand_alone_bench_passes_and_notices_a_flipped_bit() {
    if !slow("the stand-alone bench") || !verilator() {
        return;
    }
    let workshop = Workshop::new();
    for name in ["tiny", "ragged"] {
        workshop.succeeds(&["generate", name, "-o", name]);
        let bench = workshop.path(name).join("tb");
        let mut expected = std::fs::read(bench.join("expected.bin")).expect("an image");
        let size = expected.len();
        let (status, out) = make(&bench);
        assert_eq!(status, Some(0), "{out}");
        assert!(out.contains(&format!("PASS: {size} bytes compared, ")), "{out}");

        expected[size / 2] ^= 0x10;
        std::fs::write(bench.join("expected.bin"), expected).expect("a writable image");
        let (status, out) = make(&bench);
        // make itself ends with 2 when a command of it fails.
        assert_eq!(status, Some(2), "{out}");
        assert!(out.contains(&format!("FAIL: 1 of {size} bytes differ\n")), "{out}");
        assert!(out.contains("Error 1\n"), "the bench ends with status 1: {out}");
    }
    a_burst_without_an_end(&workshop.path("tiny"));
}

/// A core that never says WLAST: its bench ends where the first burst should, with cycle and signal.
fn a_burst_without_an_end(core: &Path) {
    let files = std::fs::read_dir(core.join("rtl")).expect("a folder");
    let mut paths = files.map(|file| file.expect("a file").path());
    let writer = paths.find(|path| path.display().to_string().contains("axi_write_"));
    let writer = writer.expect("the write manager");
    let text = std::fs::read_to_string(&writer).expect("Verilog");
    assert_eq!(text.matches("wlast_q <= w_ends").count(), 1, "{text}");
    std::fs::write(&writer, text.replace("wlast_q <= w_ends", "wlast_q <= 1'b0")).expect("a file");
    let (status, out) = make(&core.join("tb"));
    assert_eq!(status, Some(2), "{out}");
    let told = out.lines().find(|line| line.starts_with("FAIL: cycle ")).expect("a breach");
    assert!(told.contains(": m_axi_wlast: at the wrong beat (0x"), "{told}");
}

/// A whole core around a systolic array of 65,536 elements is cheap to make: from the configuration to
/// files on disk, all checks included.
#[test]
fn large_cores_are_cheap() {
    let report = Workshop::new().succeeds(&["bench", "elaborate", "--json"]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let rows = report["elaborate"].as_array().expect("a list");
    assert_eq!(rows.len(), 6);
    let largest = rows.last().expect("a row");
    assert_eq!((&largest["kind"], &largest["rows"]), (&"systolic".into(), &256.into()));
    assert!(largest["verilog_bytes"].as_u64() < Some(1_000_000), "{largest}");
    // Nothing is known where there is no /proc.
    assert!(largest["cpu_seconds"].as_f64().unwrap_or(0.0) < 0.5, "{largest}");
    assert!(largest["peak_bytes"].as_u64().unwrap_or(0) < 100_000_000, "{largest}");
}

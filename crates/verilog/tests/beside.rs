//! What is written beside the Verilog: constraints, read by OpenSTA, and the core file, read by FuseSoC.

mod common;
mod designs;

use common::tools;
use seedbed_ir::{Design, Dir};
use seedbed_verilog::{core_file, emit, sdc, Core, Dialect, Options, Timing};
use std::path::{Path, PathBuf};
use std::process::Command;

fn design(name: &str) -> Design {
    designs::all().into_iter().find(|(n, _)| *n == name).expect("a design of the list").1
}

#[test]
fn constraints_of_a_counter() {
    let text = sdc(&design("counter"), Timing::at(250.0));
    let expected = "\
# Constraints of counter_w8; times in ns.
create_clock -name clk -period 4.000 [get_ports {clk}]
set_false_path -from [get_ports {rst_n}]
set_input_delay 1.600 -clock clk [get_ports {en}]
set_output_delay 1.600 -clock clk [get_ports {count[*]}]
";
    assert_eq!(text, expected);
}

/// A port whose name is no identifier is called what it is called in the Verilog.
#[test]
fn constraints_use_the_names_of_the_verilog() {
    let text = sdc(&design("memories"), Timing::at(100.0));
    assert!(text.contains("{_1r1w_raddr[*]}") && !text.contains("{1r1w_raddr[*]}"), "{text}");
}

/// OpenSTA reads the ports of a module only from a netlist of cells: an empty one will do.
fn shell(design: &Design) -> String {
    let top = design.top();
    let names: Vec<&str> = top.ports.values().map(|p| p.name.as_str()).collect();
    let declare = |p: &seedbed_ir::Port| {
        let dir = if p.dir == Dir::Input { "input" } else { "output" };
        match p.ty.width {
            1 => format!("{dir} {};\n", p.name),
            width => format!("{dir} [{}:0] {};\n", width - 1, p.name),
        }
    };
    let ports: String = top.ports.values().map(declare).collect();
    format!("module {} ({});\n{ports}endmodule\n", top.name, names.join(", "))
}

/// What OpenSTA says about `constraints`.
fn opinion(dir: &Path, design: &Design, constraints: &str) -> String {
    let percents = ["input_threshold_pct", "output_threshold_pct"].map(|t| (t, 50));
    let slews = [("slew_lower_threshold_pct", 20), ("slew_upper_threshold_pct", 80)];
    let thresholds: String = percents
        .into_iter()
        .chain(slews)
        .flat_map(|(name, percent)| {
            ["rise", "fall"].map(|edge| format!("{name}_{edge} : {percent};\n"))
        })
        .collect();
    let library =
        format!("library (mini) {{\ntime_unit : \"1ns\";\n{thresholds}cell (buffer) {{ }} }}\n");
    let script = format!(
        "read_liberty mini.lib\nread_verilog top.v\nlink_design {}\nread_sdc top.sdc\n\
         foreach clock [all_clocks] {{ puts \"clock [get_name $clock]\" }}\nexit\n",
        design.top().name
    );
    let files = [
        ("mini.lib", library.as_str()),
        ("top.v", &shell(design)),
        ("top.sdc", constraints),
        ("run.tcl", &script),
    ];
    for (name, text) in files {
        std::fs::write(dir.join(name), text).expect("the temporary folder is writable");
    }
    let out = Command::new("sta").args(["-no_splash", "run.tcl"]).current_dir(dir).output();
    let out = out.expect("sta runs");
    let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    said.replace("Saving command history\n", "")
}

#[test]
fn opensta_reads_the_constraints() {
    if Command::new("sta").arg("-version").output().is_err() {
        return println!("skipped: sta (OpenSTA) is not installed");
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    for name in ["counter", "decisions", "systolic"] {
        let design = design(name);
        let text = sdc(&design, Timing::at(100.0));
        assert_eq!(opinion(dir.path(), &design, &text), "clock clk\n", "{name}:\n{text}");
    }
    let counter = design("counter");
    let planted = sdc(&counter, Timing::at(100.0)).replace("{en}", "{enable}");
    let said = opinion(dir.path(), &counter, &planted);
    assert!(said.contains("enable"), "a port that is not there goes unnoticed: {said}");
}

fn core(folder: &Path, dialect: Dialect) -> String {
    let design = design("comments");
    let files = emit(&design, &Options { dialect, ..Options::default() });
    tools::write(folder, &files);
    let names = files.into_iter().map(|f| f.name).collect();
    std::fs::write(folder.join("comments.sdc"), sdc(&design, Timing::at(100.0))).expect("writable");
    core_file(&Core {
        name: "::comments:1.0.0".into(),
        description: "One \"of\" each".into(),
        top: "comments".into(),
        dialect,
        sources: names,
        constraints: vec!["comments.sdc".into()],
        ..Core::default()
    })
}

/// FuseSoC, in the project's Python environment or on the path.
fn fusesoc() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/venv/bin/fusesoc");
    let found = [own, "fusesoc".into()]
        .into_iter()
        .find(|p| Command::new(p).arg("--version").output().is_ok());
    if found.is_none() {
        println!("skipped: fusesoc is not installed");
    }
    found
}

#[test]
fn fusesoc_lints_by_the_core_file() {
    let (Some(fusesoc), true) = (fusesoc(), tools::available("verilator")) else { return };
    for dialect in [Dialect::Verilog2005, Dialect::SystemVerilog] {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let text = core(dir.path(), dialect);
        let run = |text: &str| {
            std::fs::write(dir.path().join("comments.core"), text).expect("writable");
            let mut command = Command::new(&fusesoc);
            command.args(["--cores-root", ".", "run", "--target", "lint", "::comments:1.0.0"]);
            let out = command.current_dir(dir.path()).output().expect("fusesoc runs");
            let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
            (out.status.success(), said.concat())
        };
        let (passed, said) = run(&text);
        assert!(passed && !said.to_lowercase().contains("warning"), "{said}\n{text}");
        let (passed, said) = run(&text.replace("toplevel: \"comments\"", "toplevel: \"comment\""));
        assert!(!passed, "a top module that is not there goes unnoticed: {said}");
    }
}

//! What is written beside the Verilog: constraints, read by OpenSTA, and the core file, read by FuseSoC.

mod common;
mod designs;

use common::{tools, u, Build};
use seedbed_ir::{check, text, Design, Dir, PortKind, ResetKind};
use seedbed_verilog::{core_file, emit, sdc, Core, Dialect, Options, Timing};
use std::path::{Path, PathBuf};
use std::process::Command;

fn design(name: &str) -> Design {
    designs::all().into_iter().find(|(n, _)| *n == name).expect("a design of the list").1
}

#[test]
fn constraints_of_a_counter() {
    let text = sdc(&design("counter"), &Timing::at(250.0));
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
    let text = sdc(&design("memories"), &Timing::at(100.0));
    assert!(text.contains("{_1r1w_raddr[*]}") && !text.contains("{1r1w_raddr[*]}"), "{text}");
}

/// A register reset by `rst_n`, one below reset by `hold`, and a port `unused` that resets nothing.
fn two_resets(above: ResetKind, below: ResetKind) -> Design {
    let mut design = Design::default();
    let mut held = Build::clocked("held");
    let (reg, q) = held.reg_kind("q", u(1), Some(0), below);
    held.module.regs[reg].next = Some(q);
    held.output("out", q);
    let held = design.modules.push(held.finish());
    let mut top = Build::clocked("top");
    let [rst_n, hold, _] = ["rst_n", "hold", "unused"].map(|name| {
        let found = top.module.port(name);
        found.unwrap_or_else(|| top.port(name, Dir::Input, u(1), PortKind::Reset))
    });
    let d = top.input("d", u(1));
    top.rst = Some(hold);
    let inst = top.inst("u_held", &design, held, &[]);
    let below = top.inst_out(&design, inst, "out");
    top.rst = Some(rst_n);
    let (reg, q) = top.reg_kind("q", u(1), Some(0), above);
    top.module.regs[reg].next = Some(d);
    let both = top.and(q, below);
    top.output("both", both);
    design.modules.push(top.finish());
    assert_eq!(check::check(&design), []);
    design
}

/// One asynchronous reset does not free the others.
#[test]
fn each_reset_is_constrained_by_what_it_resets() {
    use ResetKind::{AsyncHigh, AsyncLow, SyncHigh, SyncLow};
    for (above, below) in [(AsyncLow, SyncHigh), (SyncLow, AsyncHigh), (SyncLow, SyncHigh)] {
        let text = sdc(&two_resets(above, below), &Timing::at(100.0));
        for (port, kind) in [("rst_n", above), ("hold", below)] {
            let free = text.contains(&format!("set_false_path -from [get_ports {{{port}}}]"));
            let timed = format!("set_input_delay 4.000 -clock clk [get_ports {{{port}}}]");
            assert_eq!(
                (free, !text.contains(&timed)),
                (kind.is_async(), kind.is_async()),
                "{text}"
            );
        }
    }
}

/// A reset reaches a register through the logic of one instance and a data port of another.
fn reset_through_instances(kind: ResetKind) -> Design {
    let word = if kind.is_async() { "async_low" } else { "sync_low" };
    let text = format!(
        "module both {{\n  input a: u1\n  input b: u1\n  output y: u1 = %2\n  %0 = port a : u1\n  \
         %1 = port b : u1\n  %2 = and %0 %1 : u1\n}}\n\
         module held {{\n  input clk: clock\n  input rst_n: reset\n  output q: u1 = %0\n  \
         reg q_q: u1 clock clk reset {word} rst_n 1'h0 next %0\n  %0 = reg q_q : u1\n}}\n\
         module around {{\n  input clk: clock\n  input hold: u1\n  output q: u1 = %2\n  \
         inst u_held: held (clk = %0, rst_n = %1)\n  %0 = port clk : u1\n  %1 = port hold : u1\n  \
         %2 = instout u_held q : u1\n}}\n\
         module top {{\n  input clk: clock\n  input rst_n: reset\n  input on: u1\n  \
         output q: u1 = %4\n  inst u_both: both (a = %1, b = %2)\n  \
         inst u_around: around (clk = %0, hold = %3)\n  %0 = port clk : u1\n  %1 = port rst_n : u1\n  \
         %2 = port on : u1\n  %3 = instout u_both y : u1\n  %4 = instout u_around q : u1\n}}\n"
    );
    let design = text::parse(&text).expect("well formed");
    assert_eq!(check::check(&design), []);
    design
}

/// A reset of synchronous registers is timed, however it gets there.
#[test]
fn a_reset_is_followed_through_instances() {
    for kind in [ResetKind::AsyncLow, ResetKind::SyncLow] {
        let text = sdc(&reset_through_instances(kind), &Timing::at(100.0));
        let free = text.contains("set_false_path -from [get_ports {rst_n}]");
        let timed = text.contains("set_input_delay 4.000 -clock clk [get_ports {rst_n}]");
        assert_eq!((free, timed), (kind.is_async(), !kind.is_async()), "{text}");
    }
}

#[test]
fn each_reset_has_a_note_of_its_own() {
    for (above, below, notes) in [
        (ResetKind::AsyncLow, ResetKind::SyncHigh, ["asynchronous, active low", "active high"]),
        (ResetKind::SyncHigh, ResetKind::AsyncLow, ["synchronous, active high", "active low"]),
    ] {
        let files = emit(&two_resets(above, below), &Options::default());
        let port = |name: &str| {
            let line = files[1].text.lines().find(|l| l.contains(&format!(" {name}"))).expect(name);
            line.split_once("// ").map(|(_, note)| note)
        };
        assert_eq!([port("rst_n"), port("hold")], notes.map(Some));
        assert_eq!(port("unused"), None);
    }
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
    if tools::program("sta (OpenSTA)", &["sta".into()], "-version").is_none() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    for name in ["counter", "decisions", "systolic"] {
        let design = design(name);
        let text = sdc(&design, &Timing::at(100.0));
        assert_eq!(opinion(dir.path(), &design, &text), "clock clk\n", "{name}:\n{text}");
    }
    let counter = design("counter");
    let planted = sdc(&counter, &Timing::at(100.0)).replace("{en}", "{enable}");
    let said = opinion(dir.path(), &counter, &planted);
    assert!(said.contains("enable"), "a port that is not there goes unnoticed: {said}");
}

fn core(folder: &Path, dialect: Dialect) -> String {
    let design = design("comments");
    let files = emit(&design, &Options { dialect, ..Options::default() });
    tools::write(folder, &files);
    let names = files.into_iter().map(|f| f.name).collect();
    std::fs::write(folder.join("comments.sdc"), sdc(&design, &Timing::at(100.0)))
        .expect("writable");
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
    let places = [tools::of_environment("fusesoc"), "fusesoc".into()];
    tools::program("fusesoc", &places, "--version")
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

/// Where all must be tested, a missing tool is a failure.
#[test]
fn what_is_required_is_not_skipped() {
    let passes = |required: &str| {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "opensta_reads_the_constraints"]).env("PATH", "/nowhere");
        command.env("SEEDBED_REQUIRE_TOOLS", required);
        command.output().expect("the test runs").status.success()
    };
    assert!(passes("0") && !passes("1"));
}

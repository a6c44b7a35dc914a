//! The timing constraints of clock crossings: their text, and what OpenSTA makes of them on a netlist of
//! real cells.

#[path = "../../verilog/tests/common/tools.rs"]
#[allow(dead_code)]
mod tools;

use seedbed_hdl::{
    bit, elaborate, uint, Design, Domain, Module, Ports, ResetKind, Scope, Settings, Sig, Stream,
};
use seedbed_parts::cdc::{AsyncFifo, BitSync, Handshake, PulseSync, ResetSync};
use seedbed_verilog::{emit, sdc, Options, Timing};
use std::path::Path;
use std::process::Command;

/// Every part that crosses, in one module.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Bridge;

struct BridgeIo<'m> {
    src: Domain<'m>,
    dst: Domain<'m>,
    fast: [Stream<'m>; 2],
    slow: [Stream<'m>; 2],
    pulse: Sig<'m>,
    pulsed: Sig<'m>,
    level: Sig<'m>,
    seen: Sig<'m>,
}

impl Module for Bridge {
    type Io<'m> = BridgeIo<'m>;

    fn name(&self) -> String {
        "bridge".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> BridgeIo<'m> {
        let (src, dst) = (p.domain("src_clk", "src_rst_n"), p.domain("dst_clk", "dst_rst_n"));
        let ends = |name: &str| {
            let sink = p.within(src, |p| p.sink(format!("{name}_sink"), uint(4)));
            [sink, p.within(dst, |p| p.source(format!("{name}_source"), uint(4)))]
        };
        BridgeIo {
            src,
            dst,
            fast: ends("fast"),
            slow: ends("slow"),
            pulse: p.within(src, |p| p.input("pulse", bit())),
            pulsed: p.within(dst, |p| p.output("pulsed", bit())),
            level: p.input("level", bit()),
            seen: p.within(dst, |p| p.output("seen", bit())),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: BridgeIo<'m>) {
        let kind = ResetKind::AsyncLow;
        let raw = m.within(io.src, || m.domain().reset_signal());
        let reset = m.inst("u_reset", &ResetSync { kind });
        reset.dst.connect(io.dst.with_reset(raw, kind));
        let dst = io.dst.with_reset(reset.reset, kind);

        let fifo = m.inst("u_fifo", &AsyncFifo { ty: uint(4), depth: 4 });
        fifo.src.connect(io.src);
        fifo.dst.connect(dst);
        fifo.sink.connect(io.fast[0]);
        io.fast[1].connect(fifo.source);

        let words = m.inst("u_words", &Handshake { ty: uint(4) });
        words.src.connect(io.src);
        words.dst.connect(io.dst);
        words.sink.connect(io.slow[0]);
        io.slow[1].connect(words.source);

        let pulses = m.inst("u_pulses", &PulseSync);
        pulses.src.connect(io.src);
        pulses.dst.connect(io.dst);
        pulses.pulse.set(io.pulse);
        io.pulsed.set(pulses.dst_pulse);

        let level = m.within(io.dst, || m.inst("u_level", &BitSync));
        level.d.set(io.level);
        io.seen.set(level.q);
    }
}

fn bridge() -> Design {
    elaborate(&Bridge, &Settings::default()).unwrap_or_else(|found| panic!("{}", found[0]))
}

fn timing() -> Timing {
    Timing::at(100.0).clock("dst_clk", 125.0)
}

#[test]
fn crossings_are_bound_by_the_shorter_period() {
    let text = sdc(&bridge(), &timing());
    let expected = "\
# Constraints of bridge; times in ns.
create_clock -name src_clk -period 10.000 [get_ports {src_clk}]
create_clock -name dst_clk -period 8.000 [get_ports {dst_clk}]

# From src_clk to dst_clk, within the shorter period:
#   bridge.u_fifo.write_gray_q -> bridge.u_fifo.write_meta_q, 3 bits, a Gray counter to a synchroniser
#   bridge.u_words.request_q -> bridge.u_words.request_meta_q, 1 bit, to a synchroniser
#   bridge.u_pulses.request_q -> bridge.u_pulses.request_meta_q, 1 bit, to a synchroniser
#   bridge.src_rst_n -> bridge.u_reset.meta_q, 1 bit, a reset to a reset synchroniser
#   bridge.u_words.word_q -> bridge.u_words.data_q, 4 bits, held still by a handshake
#   bridge.u_fifo.words -> bridge.u_fifo.words, 4 bits, of a memory that pointers guard
set_max_delay 8.000 -from [get_clocks {src_clk}] -to [get_clocks {dst_clk}]
set_false_path -hold -from [get_clocks {src_clk}] -to [get_clocks {dst_clk}]

# From dst_clk to src_clk, within the shorter period:
#   bridge.u_fifo.read_gray_q -> bridge.u_fifo.read_meta_q, 3 bits, a Gray counter to a synchroniser
#   bridge.u_words.done_q -> bridge.u_words.done_meta_q, 1 bit, to a synchroniser
#   bridge.u_pulses.done_q -> bridge.u_pulses.done_meta_q, 1 bit, to a synchroniser
set_max_delay 8.000 -from [get_clocks {dst_clk}] -to [get_clocks {src_clk}]
set_false_path -hold -from [get_clocks {dst_clk}] -to [get_clocks {src_clk}]

set_false_path -from [get_ports {src_rst_n}]
set_false_path -from [get_ports {dst_rst_n}]
set_input_delay 4.000 -clock src_clk [get_ports {fast_sink_valid}]
";
    assert!(text.starts_with(expected), "{text}");
    let ends = "set_false_path -from [get_ports {level}]\n\
                set_output_delay 3.200 -clock dst_clk [get_ports {seen}]\n";
    assert!(text.ends_with(ends), "{text}");
    let vivado = sdc(&bridge(), &Timing { datapath_only: true, ..timing() });
    assert_eq!(vivado.matches("set_max_delay -datapath_only 8.000 -from").count(), 2, "{vivado}");
}

/// Maps `design` to the cells of `library` (Liberty) in the folder.
fn map(design: &Design, dir: &Path) {
    let files = tools::write(dir, &emit(design, &Options::default()));
    let read: String = files.iter().map(|f| format!("read_verilog {}; ", f.display())).collect();
    let script = format!(
        "{read}synth -flatten -top bridge; dfflibmap -liberty cells.lib; abc -liberty cells.lib; \
         splitnets -ports; opt_clean -purge; write_verilog -noattr -noexpr -simple-lhs mapped.v"
    );
    let done = Command::new("yosys").args(["-q", "-p", &script]).current_dir(dir).output();
    let done = done.expect("yosys runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// What OpenSTA says with `constraints`: the worst path from each clock to each other one, for setup and
/// for hold.
fn analyse(dir: &Path, constraints: &str) -> [String; 4] {
    let script = "read_liberty cells.lib\nread_verilog mapped.v\nlink_design bridge\n\
         read_sdc bridge.sdc\n\
         foreach {from to} {src_clk dst_clk dst_clk src_clk} {\n\
         foreach kind {max min} {\n\
         puts \"== $from $to $kind\"\n\
         report_checks -path_delay $kind -from [get_clocks $from] -to [get_clocks $to]\n}\n}\nexit\n";
    for (name, text) in [("bridge.sdc", constraints), ("run.tcl", script)] {
        std::fs::write(dir.join(name), text).expect("the temporary folder is writable");
    }
    let out = Command::new("sta").args(["-no_splash", "run.tcl"]).current_dir(dir).output();
    let out = out.expect("sta runs");
    let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    let parts: Vec<String> = said.split("== ").map(str::to_owned).collect();
    assert!(!said.contains("Error") && !said.contains("not found"), "{said}");
    let [_, a, b, c, d] = &parts[..] else { panic!("{said}") };
    [a, b, c, d].map(Clone::clone)
}

#[test]
fn opensta_bounds_every_crossing() {
    let cells = tools::shared("pdk/ihp-sg13g2-130nm/sg13g2_stdcell_typ_1p20V_25C.lib.gz");
    let (Some(cells), true) = (cells, tools::available("yosys")) else { return };
    if tools::program("sta (OpenSTA)", &["sta".into()], "-version").is_none() {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let text = Command::new("gzip").arg("-dc").arg(&cells).output().expect("gzip runs").stdout;
    std::fs::write(dir.path().join("cells.lib"), text).expect("the temporary folder is writable");
    map(&bridge(), dir.path());

    let constraints = sdc(&bridge(), &timing());
    let [there, _, back, _] = &analyse(dir.path(), &constraints);
    for (path, bound) in [(there, "8.00"), (back, "8.00")] {
        let bounded = path.lines().any(|l| l.contains("max_delay") && l.contains(bound));
        assert!(bounded && path.contains("slack (MET)"), "{path}");
    }
    for hold in [1, 3] {
        let found = &analyse(dir.path(), &constraints)[hold];
        assert!(found.contains("No paths found"), "two clocks have no hold time: {found}");
    }
    // The bound bites: no path is this fast.
    let tight = constraints.replace("set_max_delay 8.000", "set_max_delay 0.010");
    assert!(analyse(dir.path(), &tight)[0].contains("slack (VIOLATED)"));
    // What is not there, and why: with clock groups there is no path to be bounded.
    let groups = "set_clock_groups -asynchronous -group {src_clk} -group {dst_clk}\n";
    let found = &analyse(dir.path(), &format!("{constraints}{groups}"))[0];
    assert!(found.contains("No paths found"), "{found}");
}

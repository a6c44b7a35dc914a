//! Properties as SystemVerilog, and what the tools make of them.

mod common;

use common::tools;
use seedbed_hdl::{bit, elaborate, uint, Design, Module, Ports, Scope, Settings, Sig};
use seedbed_verilog::{emit, Options, Properties, SourceFile};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The fill level of a queue of `depth` items that asks not to be pushed when full.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Level {
    depth: u32,
    /// Whether the level stops at the depth; without, the assertion can fail.
    guarded: bool,
}

struct LevelIo<'m> {
    push: Sig<'m>,
    pop: Sig<'m>,
    data: Sig<'m>,
    level: Sig<'m>,
}

impl Module for Level {
    type Io<'m> = LevelIo<'m>;

    fn name(&self) -> String {
        "queue_level".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LevelIo<'m> {
        LevelIo {
            push: p.input("push", bit()),
            pop: p.input("pop", bit()),
            data: p.input("data", uint(8)),
            level: p.output("level", uint(4)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: LevelIo<'m>) {
        let level = m.reg("level_q", uint(4), 0);
        let full = level.eq(self.depth).named("full");
        let room = if self.guarded { !full } else { m.high() };
        m.when(io.push & !io.pop & room, || level.set(level.wrapping_add(1)));
        m.when(io.pop & !io.push & level.ne(0), || level.set(level.wrapping_sub(1)));
        io.level.set(level);
        m.assert("in_range", level.le(self.depth)).message("level beyond\nthe \"depth\" of 100 %");
        m.when(io.push, || {
            // A value that only properties need, and more than once.
            let sum = io.data.slice(0, 4) + io.data.slice(4, 4);
            m.assume("below_30", sum.ne(30));
            m.cover("reaches_full", full & sum.eq(9));
        });
    }
}

fn text(guarded: bool, properties: Properties) -> SourceFile {
    let design: Design =
        elaborate(&Level { depth: 5, guarded }, &Settings::default()).expect("a sound module");
    emit(&design, &Options { properties, ..Options::default() }).remove(0)
}

fn saved(dir: &Path, guarded: bool, properties: Properties) -> PathBuf {
    tools::write(dir, &[text(guarded, properties)]).remove(0)
}

#[test]
fn text_is_as_committed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/properties");
    for (name, properties) in
        [("concurrent.v", Properties::Concurrent), ("immediate.v", Properties::Immediate)]
    {
        let (path, now) = (folder.join(name), text(true, properties).text);
        if std::env::var("BLESS").as_deref() == Ok("1") {
            std::fs::create_dir_all(&folder).expect("the golden folder is writable");
            std::fs::write(&path, &now).expect("the golden file is writable");
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(golden == now, "{} differs; now:\n{now}", path.display());
    }
}

#[test]
fn without_the_option_nothing_of_them_is_printed() {
    let plain = text(true, Properties::Omitted).text;
    assert!(!plain.contains("ifdef") && !plain.contains("in_range"), "{plain}");
}

#[test]
fn tools_are_silent_with_and_without_the_macro() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut complaints = Vec::new();
    for (properties, define) in
        [(Properties::Concurrent, "-DSVA"), (Properties::Immediate, "-DFORMAL")]
    {
        let path = saved(dir.path(), true, properties);
        complaints.extend(tools::lint(std::slice::from_ref(&path), "queue_level", true));
        if tools::available("verilator") {
            let mut verilator = Command::new("verilator");
            verilator.args(["--lint-only", "-Wall", "--assert", define]).arg(&path);
            complaints.extend(tools::silent(&mut verilator).err());
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Yosys proves the assertion by induction, and finds the counter-example of the unguarded one.
#[test]
fn yosys_proves_and_disproves() {
    if !tools::available("yosys") {
        return;
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    for guarded in [true, false] {
        let path = saved(dir.path(), guarded, Properties::Immediate);
        let script = format!(
            "read_verilog -formal {}; prep -top queue_level; async2sync; chformal -cover -remove; \
             sat -verify -tempinduct -prove-asserts -set-assumes -set-init-zero",
            path.display()
        );
        let out = Command::new("yosys").args(["-q", "-p", &script]).output().expect("yosys runs");
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert_eq!(out.status.success(), guarded, "{said}");
    }
}

/// The guarded text is read at all: a name without declaration in it is found.
#[test]
fn a_planted_mistake_is_heard() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = saved(dir.path(), true, Properties::Concurrent);
    let good = std::fs::read_to_string(&path).expect("just written");
    let wrong = good.replace("level_q <= 4'd5)", "level_q <= missing)");
    assert_ne!(good, wrong);
    std::fs::write(&path, wrong).expect("the temporary folder is writable");
    if tools::available("verilator") {
        let mut verilator = Command::new("verilator");
        verilator.args(["--lint-only", "-Wall", "--assert", "-DSVA"]).arg(&path);
        assert!(tools::silent(&mut verilator).is_err(), "{good}");
    }
}

//! Runs the three tools whose silence the emitter promises.

use seedbed_verilog::SourceFile;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether `tool` can be started. Missing tools are announced, and are a failure where they are required.
pub fn available(tool: &str) -> bool {
    program(tool, &[tool.into()], "-V").is_some()
}

/// The program called `name` of the project's Python environment.
pub fn of_environment(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cache/venv/bin").join(name)
}

/// The first of `places` that succeeds with `argument`, as [`available`].
pub fn program(tool: &str, places: &[PathBuf], argument: &str) -> Option<PathBuf> {
    let output = |p: &PathBuf| Command::new(p).arg(argument).output();
    let starts = |p: &&PathBuf| output(p).is_ok_and(|out| out.status.success());
    let found = places.iter().find(starts).cloned();
    if found.is_none() {
        missing("SEEDBED_REQUIRE_TOOLS", &format!("{tool} is not installed"));
    }
    found
}

/// A file in the shared folder, as [`available`].
pub fn shared(path: &str) -> Option<PathBuf> {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into();
    let folder = std::env::var_os("SEEDBED_SHARED").map_or_else(default, PathBuf::from);
    let file = folder.join(path);
    if !file.exists() {
        missing("SEEDBED_REQUIRE_SHARED", &format!("{} is not there", file.display()));
        return None;
    }
    Some(file)
}

/// Announces a test that is skipped because of `what`, or fails where `variable` forbids that.
pub fn missing(variable: &str, what: &str) {
    let required = std::env::var(variable).as_deref() == Ok("1");
    assert!(!required, "{what}, and {variable}=1");
    println!("skipped: {what}");
}

/// Writes files into `dir` and gives their paths.
pub fn write(dir: &Path, files: &[SourceFile]) -> Vec<PathBuf> {
    let path = |f: &SourceFile| {
        let path = dir.join(&f.name);
        std::fs::write(&path, &f.text).expect("the temporary folder is writable");
        path
    };
    files.iter().map(path).collect()
}

/// Runs a command that must succeed without a word.
pub fn silent(command: &mut Command) -> Result<(), String> {
    let out = command.output().map_err(|e| e.to_string())?;
    let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    match (out.status.success(), said.trim().is_empty()) {
        (true, true) => Ok(()),
        _ => Err(format!("{command:?}\n{said}")),
    }
}

/// All complaints of the three tools about a design with this top module.
///
/// `map_memories`: let Yosys turn memories into registers too. Version 0.23 itself leaves wires without a
/// driver when the depth is not a power of two, whatever the source says.
pub fn lint(paths: &[PathBuf], top: &str, map_memories: bool) -> Vec<String> {
    let mut verilator = Command::new("verilator");
    verilator.args(["--lint-only", "-Wall", "--top-module", top]).args(paths);
    let mut iverilog = Command::new("iverilog");
    iverilog.args(["-Wall", "-g2005", "-o", "/dev/null", "-s", top]).args(paths);
    let read: String = paths.iter().map(|p| format!("read_verilog {}; ", p.display())).collect();
    let memory = if map_memories { "memory" } else { "memory -nomap" };
    let script =
        format!("{read}hierarchy -check -top {top}; proc; opt; {memory}; opt; check -assert");
    let mut yosys = Command::new("yosys");
    yosys.args(["-q", "-p", &script]);
    [("verilator", verilator), ("iverilog", iverilog), ("yosys", yosys)]
        .into_iter()
        .filter(|(tool, _)| available(tool))
        .filter_map(|(_, mut command)| silent(&mut command).err())
        .collect()
}

/// The range of an array, `[0:last]` or `[last:0]`, as its last index.
fn last_index(range: &str) -> Option<u32> {
    let (a, b) = range.strip_prefix('[')?.strip_suffix(']')?.split_once(':')?;
    Some(a.parse::<u32>().ok()?.max(b.parse().ok()?))
}

/// Statements that clear what powers up as zero: everything declared `reg` in `text` but the words of
/// arrays that it fills itself in an `initial` block, and what Yosys has made (`_12_`): a register moved
/// over a ROM need not power up as what is read at address zero.
pub fn clear(path: &str, text: &str) -> String {
    let mut out = String::new();
    for line in text.lines().filter_map(|l| l.strip_prefix("  reg ")) {
        let words: Vec<&str> = line.trim_end_matches(';').split_whitespace().collect();
        let is_name = |w: &&&str| !w.starts_with('[') && **w != "signed";
        let name = words.iter().find(is_name).expect("a name");
        if name.starts_with('_') {
            continue;
        }
        let array = words.last().filter(|w| *w != name).and_then(|w| last_index(w));
        let filled = |word: &u32| text.contains(&format!("    {name}[{word}] = "));
        let _ = match array {
            Some(last) => {
                let first = (0..=last).find(|word| !filled(word)).unwrap_or(last + 1);
                writeln!(out, "    for (i = {first}; i <= {last}; i = i + 1) {path}.{name}[i] = 0;")
            }
            None => writeln!(out, "    {path}.{name} = 0;"),
        };
    }
    out
}

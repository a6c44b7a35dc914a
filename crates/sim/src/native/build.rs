//! From C to a shared library, cached by content.
//!
//! A library lives in `CACHE/sim-HASH.so`, where HASH covers program, compiler and flags. It is built
//! under a private name and renamed into place, so concurrent builds of one design are harmless.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

const FLAGS: &[&str] = &["-march=native", "-fPIC", "-shared", "-nostdlib", "-w", "-x", "c"];

/// The passes of gcc that pay: loops become vector operations, whatever their number of turns, and a
/// choice that is the same in all turns is made once. `-O3` runs twice as long and gains little.
const GCC: &[&str] = &["-O1", "-ftree-vectorize", "-fvect-cost-model=dynamic", "-funswitch-loops"];

const CLANG: &[&str] = &["-O2"];

/// A compiler: its command and what it says of its version.
struct Compiler {
    command: String,
    version: String,
}

impl Compiler {
    fn optimisation(&self) -> &'static [&'static str] {
        if self.version.contains("clang") {
            CLANG
        } else {
            GCC
        }
    }
}

/// `$CC`, else the first of cc, gcc and clang that is there.
fn compiler() -> Result<&'static Compiler, String> {
    static FOUND: OnceLock<Option<Compiler>> = OnceLock::new();
    let find = || {
        let given = std::env::var("CC").ok().filter(|cc| !cc.is_empty());
        let names = ["cc", "gcc", "clang"].map(String::from);
        given.into_iter().chain(names).find_map(|command| {
            let out = Command::new(&command).arg("--version").output().ok()?;
            let version = String::from_utf8_lossy(&out.stdout).into_owned();
            out.status.success().then_some(Compiler { command, version })
        })
    };
    FOUND.get_or_init(find).as_ref().ok_or_else(|| {
        "no C compiler: `cc`, `gcc` and `clang` are not on the PATH; install one or set CC".into()
    })
}

/// `$SEEDBED_CACHE`, else `$XDG_CACHE_HOME/seedbed`, else `~/.cache/seedbed`, else a temporary folder.
fn cache() -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("SEEDBED_CACHE")
        .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("seedbed")))
        .or_else(|| var("HOME").map(|d| d.join(".cache/seedbed")))
        .unwrap_or_else(|| std::env::temp_dir().join("seedbed-cache"))
}

/// Builds a program, or finds it in the cache; returns the library.
///
/// # Errors
/// No compiler, one that fails, a cache that cannot be written: a sentence.
pub(crate) fn build(text: &str) -> Result<PathBuf, String> {
    let compiler = compiler()?;
    let cache = cache();
    let mut hash = DefaultHasher::new();
    let flags = (FLAGS, compiler.optimisation());
    (text, &compiler.command, &compiler.version, flags, processor()).hash(&mut hash);
    let name = format!("sim-{:016x}", hash.finish());
    let library = cache.join(&name).with_extension("so");
    if library.exists() {
        return Ok(library);
    }
    static BUILDS: AtomicU64 = AtomicU64::new(0);
    let build = BUILDS.fetch_add(1, Ordering::Relaxed);
    let work = cache.join(format!("{name}-{}-{build}", std::process::id()));
    let made = compile(compiler, text, &work, &library);
    for extension in ["c", "so"] {
        let _ = fs::remove_file(work.with_extension(extension));
    }
    made.map(|()| library)
}

fn compile(compiler: &Compiler, text: &str, work: &Path, library: &Path) -> Result<(), String> {
    let (source, made) = (work.with_extension("c"), work.with_extension("so"));
    let failed = |what: &Path, e: std::io::Error| format!("{}: {e}", what.display());
    if let Some(folder) = work.parent() {
        fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    }
    fs::write(&source, text).map_err(|e| failed(&source, e))?;
    let mut command = Command::new(&compiler.command);
    command.args(compiler.optimisation()).args(FLAGS).arg(&source).arg("-o").arg(&made);
    let out = command.output().map_err(|e| format!("`{}`: {e}", compiler.command))?;
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        let first = said.lines().find(|l| l.contains("error")).unwrap_or("without a message");
        return Err(format!(
            "`{}` fails on the program of the simulator: {first}",
            compiler.command
        ));
    }
    fs::rename(&made, library).map_err(|e| failed(library, e))
}

/// What `-march=native` depends on, as far as the system tells: a cache may be shared by machines.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of_first = info.lines().take_while(|line| !line.is_empty());
    of_first.filter(|l| l.starts_with("flags") || l.starts_with("Features")).collect()
}

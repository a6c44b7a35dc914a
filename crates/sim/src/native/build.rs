//! From C to a shared library.

use super::cache::{Cache, LIBRARY};
use super::library::Library;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

const FLAGS: &[&str] = &["-march=native", "-fPIC", "-shared", "-nostdlib", "-w", "-x", "c"];

/// The passes of gcc that pay: loops become vector operations, whatever their number of turns, and a
/// choice that is the same in all turns is made once. `-O3` runs twice as long and gains little.
const GCC: &[&str] = &["-O1", "-ftree-vectorize", "-fvect-cost-model=dynamic", "-funswitch-loops"];

const CLANG: &[&str] = &["-O2"];

/// A compiler that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(600);

/// How often one looks whether the compiler has ended.
const LOOK: Duration = Duration::from_millis(5);

/// A compiler: the words of its command and what it says of its version.
pub(super) struct Compiler {
    words: Vec<String>,
    version: String,
}

impl Compiler {
    /// `given`, a command with arguments or the path of a program; else the first of cc, gcc and clang
    /// that is there.
    ///
    /// # Errors
    /// There is none, or `given` does not run.
    pub fn find(given: Option<&str>) -> Result<Self, String> {
        let Some(command) = given.filter(|cc| !cc.trim().is_empty()) else {
            return ["cc", "gcc", "clang"].iter().find_map(|cc| Self::ask(vec![cc.to_string()]).ok()).ok_or_else(|| {
                "no C compiler: `cc`, `gcc` and `clang` are not on the PATH; install one or set CC".into()
            });
        };
        let words = match Path::new(command).exists() {
            true => vec![command.to_string()],
            false => command.split_whitespace().map(String::from).collect(),
        };
        Self::ask(words).map_err(|e| {
            format!("CC is `{command}`, which is no C compiler: {e}; correct or unset CC")
        })
    }

    fn ask(words: Vec<String>) -> Result<Self, String> {
        let out = command(&words).arg("--version").output().map_err(|e| e.to_string())?;
        let version = String::from_utf8_lossy(&out.stdout).into_owned();
        match out.status.success() {
            true => Ok(Compiler { words, version }),
            false => Err(format!("with `--version` it gives {}", out.status)),
        }
    }

    fn optimisation(&self) -> &'static [&'static str] {
        if self.version.contains("clang") {
            CLANG
        } else {
            GCC
        }
    }

    /// Builds a program in `folder`; returns the library.
    ///
    /// # Errors
    /// What the compiler says first; a folder that cannot be written.
    pub fn compile(&self, text: &str, folder: &Path) -> Result<PathBuf, String> {
        let [source, made, said] = ["sim.c", "sim.so", "said"].map(|name| folder.join(name));
        let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
        fs::write(&source, text).map_err(failed)?;
        let mut command = command(&self.words);
        command.args(self.optimisation()).args(FLAGS).arg(&source).arg("-o").arg(&made);
        command.stdout(Stdio::null()).stderr(File::create(&said).map_err(failed)?);
        let cc = self.words.join(" ");
        if run(command, LIMIT).map_err(|e| format!("`{cc}`: {e}"))? {
            return Ok(made);
        }
        let said = fs::read(said).map_err(failed)?;
        let said = String::from_utf8_lossy(&said);
        let first = said.lines().find(|l| l.contains("error")).unwrap_or("without a message");
        Err(format!("`{cc}` fails on the program of the simulator: {first}"))
    }
}

fn command(words: &[String]) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).stdin(Stdio::null());
    command
}

/// Whether a command succeeds.
///
/// # Errors
/// It does not start, or is ended because it takes longer than `limit`.
fn run(mut command: Command, limit: Duration) -> Result<bool, String> {
    let start = Instant::now();
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => return Ok(status.success()),
            None if start.elapsed() < limit => sleep(LOOK),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it has not ended after {} s", limit.as_secs_f32()));
            }
        }
    }
}

/// Builds a program, or finds it in the user's cache, and loads it. The name in the cache covers program,
/// compiler and flags.
///
/// # Errors
/// No compiler, one that fails, a cache that cannot be written: a sentence.
pub(crate) fn library(text: &str) -> Result<Library, String> {
    static FOUND: OnceLock<Result<Compiler, String>> = OnceLock::new();
    let find = || Compiler::find(std::env::var("CC").ok().as_deref());
    let compiler = FOUND.get_or_init(find).as_ref().map_err(Clone::clone)?;
    let mut hash = DefaultHasher::new();
    let flags = (FLAGS, compiler.optimisation());
    (text, &compiler.words, &compiler.version, flags, processor()).hash(&mut hash);
    let name = format!("{}{:016x}", LIBRARY, hash.finish());
    Cache::of_user().library(&name, |folder| compiler.compile(text, folder))
}

/// What `-march=native` depends on, as far as the system tells: a cache may be shared by machines.
fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of_first = info.lines().take_while(|line| !line.is_empty());
    of_first.filter(|l| l.starts_with("flags") || l.starts_with("Features")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compiler_with_arguments_is_honoured() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let compiler = Compiler::find(Some("env LC_ALL=C cc -DANSWER=42")).expect("a compiler");
        assert_eq!(compiler.words, ["env", "LC_ALL=C", "cc", "-DANSWER=42"]);
        let path = compiler.compile("int answer = ANSWER;", folder.path()).expect("a library");
        assert!(path.exists());
        let error =
            compiler.compile("int answer = ANSWERS;", folder.path()).expect_err("no such name");
        assert!(error.contains("`env LC_ALL=C cc -DANSWER=42` fails on the program"), "{error}");
        assert!(error.contains("ANSWERS"), "{error}");
    }

    #[test]
    fn a_compiler_that_is_none_is_refused_and_no_other_taken() {
        for (given, why) in [("no-such-cc -O2", "No such file"), ("false", "exit status: 1")] {
            let error = Compiler::find(Some(given)).err().expect("no compiler");
            assert!(
                error.starts_with(&format!("CC is `{given}`, which is no C compiler: ")),
                "{error}"
            );
            assert!(error.contains(why), "{error}");
        }
        assert!(Compiler::find(Some(" ")).is_ok());
    }

    #[test]
    fn a_compiler_that_hangs_is_ended() {
        let mut sleep = Command::new("sleep");
        sleep.arg("100");
        let error = run(sleep, Duration::from_millis(20)).expect_err("too long");
        assert_eq!(error, "it has not ended after 0.02 s");
    }
}

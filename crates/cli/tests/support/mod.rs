//! Driving the binary.

#![allow(dead_code)] // every test program uses another part

use seedbed_cosim::toolchain::Toolchain;
use seedbed_model::npy;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project's root.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A temporary folder in which the binary runs.
pub struct Workshop(tempfile::TempDir);

impl Workshop {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and returns its name.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).expect("a file in a temporary folder");
        name.to_string()
    }

    /// Writes an array and returns its name.
    pub fn array<T: npy::Element>(&self, name: &str, shape: &[usize], data: Vec<T>) -> String {
        let array = npy::Array { shape: shape.to_vec(), data };
        npy::write(&self.path(name), &array).expect("an array in a temporary folder");
        name.to_string()
    }

    /// The first `rows` inputs of the digits model as `inputs.npy`.
    pub fn inputs(&self, rows: usize) -> String {
        let mut data = digits_array("inputs.npy").data;
        data.truncate(64 * rows);
        self.array("inputs.npy", &[rows, 64], data)
    }

    /// The binary, to be run in the folder.
    pub fn seedbed(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seedbed"));
        command.args(args).current_dir(self.0.path());
        command
    }

    /// Runs; returns exit status and both outputs.
    pub fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        finished(self.seedbed(args).output().expect("the binary starts"))
    }

    /// Runs what must succeed; returns standard output.
    pub fn succeeds(&self, args: &[&str]) -> String {
        let (status, out, err) = self.run(args);
        assert_eq!(status, Some(0), "{args:?}\n{out}{err}");
        assert_eq!(err, "", "{args:?}");
        out
    }

    /// Runs what must be refused with nothing on standard output; returns standard error.
    pub fn refused(&self, args: &[&str]) -> String {
        let (status, out, err) = self.run(args);
        assert_eq!(status, Some(2), "{args:?}\n{out}{err}");
        assert_eq!(out, "", "{args:?}");
        err
    }
}

/// Exit status and both outputs of a process.
pub fn finished(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A file of the digits model.
pub fn digits(name: &str) -> String {
    Path::new(ROOT).join("models/digits").join(name).display().to_string()
}

/// An int8 array of the digits model.
pub fn digits_array(name: &str) -> npy::Array<i8> {
    npy::read(Path::new(&digits(name))).expect("an array of the digits model")
}

/// Whether tests that take long run too; a skip is visible.
pub fn slow(what: &str) -> bool {
    let slow = std::env::var("SEEDBED_SLOW").is_ok_and(|value| value == "1");
    if !slow {
        println!("skipped: {what}; SEEDBED_SLOW=1 runs it");
    }
    slow
}

/// Whether Verilator is there; a skip is visible, and a failure where tools are required.
pub fn verilator() -> bool {
    let Err(error) = Toolchain::find() else { return true };
    let required = std::env::var("SEEDBED_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
    assert!(!required, "{error}");
    println!("skipped: {error}");
    false
}

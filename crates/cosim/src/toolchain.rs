//! Finding Verilator and a C++ compiler.

use std::path::PathBuf;
use std::process::Command;
use thiserror::Error;

/// A tool that is missing or failed.
#[derive(Debug, Error)]
pub enum ToolError {
    /// Not installed.
    #[error("{tool} is not installed or not on the PATH: {remedy}")]
    Missing {
        /// The tool.
        tool: &'static str,
        /// How to get it.
        remedy: &'static str,
    },
    /// Too old.
    #[error("Verilator {found} is too old: 5.006 or later is needed (Debian 12: `apt-get install verilator`)")]
    TooOld {
        /// The version found.
        found: String,
    },
    /// It ran and failed.
    #[error("`{command}` failed:\n{output}")]
    Failed {
        /// The command line.
        command: String,
        /// The end of what it printed.
        output: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The built model could not be loaded.
    #[error("loading {path}: {reason}")]
    Load {
        /// The shared library.
        path: PathBuf,
        /// The cause.
        reason: String,
    },
}

/// Verilator and the compiler that builds its models.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// First line of `verilator --version`.
    pub version: String,
    /// `$VERILATOR_ROOT/include`.
    pub include: PathBuf,
    /// Compiler command: clang++-14 where there is one (measured 1.5 to 2.7 times faster models than
    /// g++), with ccache in front where installed.
    pub compiler: Vec<String>,
    /// What the compiler says of its version.
    pub compiler_version: String,
}

impl Toolchain {
    /// Looks for the tools on the `PATH`.
    ///
    /// # Errors
    /// [`ToolError::Missing`] or [`ToolError::TooOld`] with the remedy.
    pub fn find() -> Result<Self, ToolError> {
        let version = output_of("verilator", &["--version"]).ok_or(ToolError::Missing {
            tool: "verilator",
            remedy: "run scripts/setup, or `apt-get install verilator` (5.006 or later); \
                     `--engine sim` needs no tool",
        })?;
        check_version(&version)?;
        let root = output_of("verilator", &["--getenv", "VERILATOR_ROOT"]).unwrap_or_default();
        let include = PathBuf::from(root.trim()).join("include");
        let (compiler, compiler_version) = ["clang++-14", "clang++", "g++"]
            .into_iter()
            .find_map(|c| Some((c, output_of(c, &["--version"])?)))
            .ok_or(ToolError::Missing {
                tool: "a C++ compiler",
                remedy: "run scripts/setup, or `apt-get install clang-14` (or g++)",
            })?;
        let ccache = output_of("ccache", &["--version"]).map(|_| "ccache".to_string());
        let compiler = ccache.into_iter().chain([compiler.to_string()]).collect();
        Ok(Self {
            version: version.lines().next().unwrap_or_default().to_string(),
            include,
            compiler,
            compiler_version,
        })
    }
}

/// `Verilator 5.006 2023-01-22 rev ...`; a version that cannot be read is let through.
fn check_version(text: &str) -> Result<(), ToolError> {
    let found = text.split_whitespace().nth(1).unwrap_or_default();
    let mut numbers = found.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < (5, 6) => {
            Err(ToolError::TooOld { found: found.to_string() })
        }
        _ => Ok(()),
    }
}

/// Standard output of a command that succeeds.
fn output_of(program: &str, args: &[&str]) -> Option<String> {
    let out = Command::new(program).args(args).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Runs a command; its output is only shown when it fails.
pub(crate) fn run(command: &mut Command) -> Result<(), ToolError> {
    let shown = format!("{command:?}");
    let out = command
        .output()
        .map_err(|e| ToolError::Failed { command: shown.clone(), output: e.to_string() })?;
    if out.status.success() {
        return Ok(());
    }
    let text = [out.stdout, out.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let tail = text.len().saturating_sub(4000);
    let start = (tail..=text.len()).find(|&i| text.is_char_boundary(i)).unwrap_or(0);
    Err(ToolError::Failed { command: shown, output: text[start..].to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_refused_and_odd_strings_are_not() {
        assert!(check_version("Verilator 4.228 2022").is_err());
        assert!(check_version("Verilator 5.005 devel").is_err());
        assert!(check_version("Verilator 5.006 2023-01-22").is_ok());
        assert!(check_version("Verilator 5.048").is_ok());
        assert!(check_version("Verilator rev vUNKNOWN-built").is_ok());
    }
}

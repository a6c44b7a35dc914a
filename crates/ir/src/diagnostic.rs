//! Locations in the user's source and the diagnostics that point at them.

use std::fmt;
use std::panic::Location;

/// A place in the user's Rust source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Loc {
    /// Path relative to the project.
    pub file: &'static str,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub col: u32,
    /// The folder of `file` where that is known, which is so for other projects that this one depends
    /// on; else empty. For reading the file; output does not show it.
    pub(crate) folder: &'static str,
}

impl Loc {
    /// The place of what no user line made, such as the clock port.
    pub const NOWHERE: Loc = Loc::new("", 0, 0);

    /// A place in a file of the project.
    pub const fn new(file: &'static str, line: u32, col: u32) -> Self {
        Loc { file, line, col, folder: "" }
    }
}

impl From<&'static Location<'static>> for Loc {
    fn from(l: &'static Location<'static>) -> Self {
        let file = relative(l.file());
        let folder = l.file().strip_suffix(file).unwrap_or_default();
        Loc { file, line: l.line(), col: l.column(), folder }
    }
}

/// Path dependencies report absolute file names; only the part from the last `crates/`, `src/`,
/// `examples/` or `tests/` on is kept so that output never depends on where the project lies.
fn relative(file: &'static str) -> &'static str {
    if !file.starts_with('/') {
        return file;
    }
    ["/crates/", "/examples/", "/tests/", "/src/"]
        .iter()
        .find_map(|m| file.rfind(m).map(|i| &file[i + 1..]))
        .unwrap_or(file.rsplit('/').next().unwrap_or(file))
}

impl fmt::Display for Loc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.col)
    }
}

/// The numbered kinds of mistake. The number never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Code {
    /// Widths or signedness do not fit.
    Type = 1,
    /// A wire, output or instance input has no driver (on some path).
    Undriven = 10,
    /// Two drivers.
    DrivenTwice = 11,
    /// A combinational loop.
    Loop = 12,
    /// Two things in one module share a name, or a name is not an identifier.
    Name = 13,
    /// An illegal parameter of a component or library call (zero width, index out of range).
    Parameter = 14,
    /// Assigned to something that is not a register, wire or output.
    NotAssignable = 15,
    /// Something described that can never happen, such as a state that nothing leads to.
    Unreachable = 16,
    /// Values of different stages of a pipeline meet.
    Stage = 17,
    /// A value of one clock domain is used in another.
    Crossing = 20,
    /// A synchroniser that does not make its value safe.
    Synchroniser = 21,
    /// The reset of one clock domain is used in another.
    ResetCrossing = 22,
    /// A part that the target of a design does not have.
    Target = 30,
    /// The text form of a netlist that cannot be read.
    Text = 40,
    /// A netlist that breaks the verifier's invariants: always a bug of the library.
    Internal = 99,
}

impl Code {
    /// All codes, in order.
    pub const ALL: [Code; 15] = [
        Code::Type,
        Code::Undriven,
        Code::DrivenTwice,
        Code::Loop,
        Code::Name,
        Code::Parameter,
        Code::NotAssignable,
        Code::Unreachable,
        Code::Stage,
        Code::Crossing,
        Code::Synchroniser,
        Code::ResetCrossing,
        Code::Target,
        Code::Text,
        Code::Internal,
    ];

    /// The page that explains this code, in Markdown.
    pub fn page(self) -> &'static str {
        match self {
            Code::Type => include_str!("pages/E0001.md"),
            Code::Undriven => include_str!("pages/E0010.md"),
            Code::DrivenTwice => include_str!("pages/E0011.md"),
            Code::Loop => include_str!("pages/E0012.md"),
            Code::Name => include_str!("pages/E0013.md"),
            Code::Parameter => include_str!("pages/E0014.md"),
            Code::NotAssignable => include_str!("pages/E0015.md"),
            Code::Unreachable => include_str!("pages/E0016.md"),
            Code::Stage => include_str!("pages/E0017.md"),
            Code::Crossing => include_str!("pages/E0020.md"),
            Code::Synchroniser => include_str!("pages/E0021.md"),
            Code::ResetCrossing => include_str!("pages/E0022.md"),
            Code::Target => include_str!("pages/E0030.md"),
            Code::Text => include_str!("pages/E0040.md"),
            Code::Internal => include_str!("pages/E0099.md"),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:04}", *self as u32)
    }
}

/// One mistake in a user's design.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The kind.
    pub code: Code,
    /// One sentence with names, types and the remedy.
    pub message: String,
    /// The user's line.
    pub at: Loc,
    /// Further places, such as "declared here".
    pub notes: Vec<(String, Option<Loc>)>,
    /// The module in which it happened (instance path where known).
    pub path: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code, self.message)?;
        write!(f, "  --> {}   (in {})", self.at, self.path)?;
        for (text, at) in &self.notes {
            match at {
                Some(at) => write!(f, "\n  note: {text}: {at}")?,
                None => write!(f, "\n  note: {text}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_page() {
        for code in Code::ALL {
            assert!(code.page().starts_with(&format!("# {code}: ")), "{code}");
        }
    }

    #[test]
    fn places_do_not_depend_on_where_the_project_lies() {
        assert_eq!(relative("crates/x/src/a.rs"), "crates/x/src/a.rs");
        assert_eq!(relative("/home/me/chip/src/top.rs"), "src/top.rs");
        assert_eq!(
            relative("/home/me/seedbed/crates/parts/src/fifo.rs"),
            "crates/parts/src/fifo.rs"
        );
        assert_eq!(relative("/tmp/scratch.rs"), "scratch.rs");
    }

    #[test]
    fn a_diagnostic_shows_its_places() {
        let at = |line| Loc::new("src/top.rs", line, 9);
        let notes = vec![("declared here".to_string(), Some(at(3))), ("a hint".to_string(), None)];
        let (message, path) = ("no".to_string(), "top.u_a".to_string());
        let text = Diagnostic { code: Code::Loop, message, at: at(7), notes, path }.to_string();
        let lines = [
            "error[E0012]: no",
            "  --> src/top.rs:7:9   (in top.u_a)",
            "  note: declared here: src/top.rs:3:9",
            "  note: a hint",
        ];
        assert_eq!(text, lines.join("\n"));
    }
}

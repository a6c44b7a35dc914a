//! The text form of a design: for golden files, for reading what a pass did, for tests of passes.
//!
//! Everything but source locations is printed, one item a line, in the order of the arenas. Nodes are
//! called `%0`, `%1`, ...; everything else by its name. A comment stands above what it is about.
//!
//! Reading a printed design gives the design again: [`print`], [`parse`], [`print`] is the identity on
//! designs whose names are identifiers and whose numbers are within the limits below.
//!
//! ```text
//! module counter {
//!   doc "Counts the cycles in which `en` is high."
//!   enum state: u2 { idle = 2'h0, run = 2'h1 }
//!   input clk: clock
//!   input rst_n: reset
//!   input en: u1
//!   output count: u8 = %3
//!   reg state_q: u2 labels state clock clk next %5
//!   reg count_q: u8 clock clk reset async_low rst_n 8'h00 enable %2 next %5
//!   %2 = port en : u1
//!   ...
//! }
//! ```
//!
//! What a person writes may be looser than what is printed: blank lines, indentation and comments (`#`
//! to the end of the line) mean nothing, and the numbers of nodes are labels, in any order and with
//! gaps. Names are declared before the lines that use them, nodes may come later. A constant has all
//! its hexadecimal digits. Widths go up to [`MAX_WIDTH`], words of a memory up to [`MAX_DEPTH`].
//!
//! The parser reads form and names. Whether types fit and everything is driven is for
//! [`check`](crate::check::check) to say; its diagnostics then name lines of the text.

mod lex;
mod parse;
mod print;
mod words;

pub use parse::parse;
pub use print::print;

/// The widest value that the text form may name, in bits.
pub const MAX_WIDTH: u32 = 1 << 20;

/// The most words that a memory of the text form may have.
pub const MAX_DEPTH: u32 = 1 << 28;

/// The most mistakes that [`parse`] reports before it gives up.
pub const MAX_MISTAKES: usize = 100;

/// What stands for the file name in places of the text.
pub(crate) const FILE: &str = "<text>";

/// Why a line could not be read.
#[derive(Debug)]
enum Mistake {
    /// The user's mistake.
    At { line: u32, col: u32, message: String },
    /// The line names something whose own line is at fault.
    Consequence,
}

impl Mistake {
    fn new(line: u32, col: u32, message: String) -> Self {
        Mistake::At { line, col, message }
    }
}

type Parsed<T> = Result<T, Mistake>;

//! Results as tables for people and as JSON for scripts.

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{stdout, ErrorKind, Write as _};

/// Prints `value` as JSON, or `text` as it is. A reader that has seen enough (`seedbed disasm | head`)
/// is no mistake.
pub fn print<T: Serialize>(json: bool, value: &T, text: impl FnOnce() -> String) -> Result<()> {
    let text = if json { serde_json::to_string_pretty(value)? + "\n" } else { text() };
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

/// A table: the first column is aligned left, the others right.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |i: usize| {
        let cells = rows.iter().map(|r| r[i].chars().count());
        cells.chain([head[i].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    let head: Vec<_> = head.iter().map(ToString::to_string).collect();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (i, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = match i {
                0 => write!(line, "{cell:<width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// `1234567` as `1,234,567`.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share as percent with one decimal.
pub fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 {
        format!("{:.1} %", 100.0 * part / whole)
    } else {
        "-".to_string()
    }
}

/// Two byte strings that should be equal.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// What is compared with what.
    pub what: String,
    /// Bytes compared.
    pub compared: u64,
    /// Bytes that differ.
    pub differing: u64,
    /// Index of the first that differs, and both values.
    pub first: Option<Difference>,
}

/// Where two byte strings begin to differ.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Difference {
    /// Byte index.
    pub at: u64,
    /// The first string's value.
    pub left: i8,
    /// The second string's value.
    pub right: i8,
}

impl Comparison {
    /// Compares two strings of bytes; a missing byte counts as differing.
    pub fn of(what: impl Into<String>, left: &[i8], right: &[i8]) -> Self {
        let mut comparison = Self::empty(what);
        comparison.add(left, right);
        comparison
    }

    /// A comparison of nothing yet.
    pub fn empty(what: impl Into<String>) -> Self {
        Self { what: what.into(), compared: 0, differing: 0, first: None }
    }

    /// Compares more.
    pub fn add(&mut self, left: &[i8], right: &[i8]) {
        for (i, (&l, &r)) in left.iter().zip(right).enumerate() {
            if l != r {
                let at = self.compared + i as u64;
                self.first = self.first.or(Some(Difference { at, left: l, right: r }));
                self.differing += 1;
            }
        }
        let (short, long) = (left.len().min(right.len()), left.len().max(right.len()));
        self.differing += (long - short) as u64;
        self.compared += long as u64;
    }

    /// Compares more, of raw bytes.
    pub fn add_bytes(&mut self, left: &[u8], right: &[u8]) {
        if left == right {
            self.compared += left.len() as u64;
            return;
        }
        let signed = |bytes: &[u8]| bytes.iter().map(|&b| b as i8).collect::<Vec<_>>();
        self.add(&signed(left), &signed(right));
    }

    /// Whether something was compared and nothing differed.
    pub fn equal(&self) -> bool {
        self.compared > 0 && self.differing == 0
    }

    /// One line.
    pub fn line(&self) -> String {
        let (differing, compared) = (number(self.differing), number(self.compared));
        if self.equal() {
            return format!("{}: equal, {compared} bytes\n", self.what);
        }
        let first = self.first.map_or_else(String::new, |d| {
            format!("; first at byte {}: {} against {}", number(d.at), d.left, d.right)
        });
        format!("{}: {differing} of {compared} bytes DIFFER{first}\n", self.what)
    }
}

/// A progress bar on standard error; hidden when that is not a terminal.
pub fn progress(length: Option<u64>, message: &'static str) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:30} {pos}/{len} {msg} {eta}"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message);
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_compared_is_not_equal() {
        assert!(!Comparison::of("x", &[], &[]).equal());
        assert!(!Comparison::of("x", &[1], &[]).equal());
        let c = Comparison::of("a = b", &[1, 2, 3], &[1, 5, 3]);
        assert_eq!(c.line(), "a = b: 1 of 3 bytes DIFFER; first at byte 1: 2 against 5\n");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(31360), "31,360");
        assert_eq!(number(7), "7");
    }
}

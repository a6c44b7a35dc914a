//! The Verilog of a block, in names that fit a design of ours.

use super::ports::{Foreign, ForeignPort, Role};
use seedbed_hdl::Module;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;

/// The module of `component`, which holds the block that `inner` describes as `top`, and `inner` with
/// its names cleaned: no `$`, and modules named after the component.
pub(super) fn wrap(component: &Foreign, inner: &str) -> String {
    let names = Names::new(&component.name(), inner);
    let mut text = header(component);
    let ports: Vec<_> = component.ports.iter().map(declaration).collect();
    writeln!(text, "module {} (\n{}\n);", component.name(), ports.join(",\n")).expect("a string");
    let pins: Vec<_> = component
        .ports
        .iter()
        .map(|port| format!("      .{}({})", names.of(&port.theirs), port.ours))
        .collect();
    writeln!(text, "  {} inner (\n{}\n  );\nendmodule", names.of("top"), pins.join(",\n"))
        .expect("a string");
    text + &names.clean(inner) + "\n"
}

fn header(component: &Foreign) -> String {
    format!(
        "// {}: a block of rust-hdl. It works in FPGAs only: its registers have no reset.\n",
        component.name()
    )
}

fn declaration(port: &ForeignPort) -> String {
    let dir = if port.role == Role::Output { "output" } else { "input " };
    let sign = if port.ty.signed { " signed" } else { "" };
    let range = match port.ty.width {
        1 => String::new(),
        width => format!(" [{}:0]", width - 1),
    };
    format!("    {dir} wire{sign}{range} {}", port.ours)
}

/// New names of identifiers.
struct Names(HashMap<String, String>);

impl Names {
    fn new(module: &str, text: &str) -> Self {
        let mut all = HashSet::new();
        each_token(text, |token| {
            if let Token::Name(name) = token {
                all.insert(name.to_string());
            }
        });
        let mut old: Vec<_> =
            all.iter().filter(|n| n.contains('$') || *n == "top").cloned().collect();
        old.sort();
        let mut names = HashMap::new();
        for name in old {
            let mut new = match name.strip_prefix("top") {
                Some(rest) if rest.is_empty() || rest.starts_with('$') => {
                    format!("{module}_inner{rest}")
                }
                _ => name.clone(),
            };
            new = new.replace('$', "_");
            while !all.insert(new.clone()) {
                new.push('_');
            }
            names.insert(name, new);
        }
        Names(names)
    }

    fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    fn clean(&self, text: &str) -> String {
        let mut clean = String::with_capacity(text.len());
        each_token(text, |token| match token {
            Token::Name(name) => clean.push_str(self.of(name)),
            Token::Other(other) => clean.push_str(other),
        });
        clean
    }
}

enum Token<'t> {
    /// An identifier or keyword.
    Name(&'t str),
    /// A number, a system function, or a character that is no part of a name.
    Other(&'t str),
}

/// Splits Verilog as `rust-hdl` prints it. Names in comments are names, too.
fn each_token<'t>(mut text: &'t str, mut f: impl FnMut(Token<'t>)) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    while let Some(first) = text.chars().next() {
        // The letters of a number or of a system function are no name.
        let joined = first.is_ascii_digit() || first == '$' || first == '\'';
        let rest = text[first.len_utf8()..].find(|c| !is_name(c));
        let end = match rest {
            _ if !joined && !is_name(first) => first.len_utf8(),
            Some(length) => first.len_utf8() + length,
            None => text.len(),
        };
        let (token, after) = text.split_at(end);
        f(if joined || !is_name(first) { Token::Other(token) } else { Token::Name(token) });
        text = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_numbers_and_functions_are_not() {
        let text = "module top$ram(a$b,a_b); assign a$b = $signed(8'hfa) + top$ram; // top\n";
        let names = Names::new("fifo", text);
        let clean =
            "module fifo_inner_ram(a_b_,a_b); assign a_b_ = $signed(8'hfa) + fifo_inner_ram; \
                     // fifo_inner\n";
        assert_eq!(names.clean(text), clean);
    }
}

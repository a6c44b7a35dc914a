//! Expressions as text, broken over lines where they are long.

use crate::ast::{BinOp, Expr};
use crate::enums::Label;
use crate::graph::SigId;
use crate::literal::literal;
use seedbed_ir::MemId;

/// Column limit.
pub const COLUMNS: usize = 100;

/// What an expression printer needs to know: names.
pub trait Scope {
    /// The name of a signal.
    fn signal(&self, sig: SigId) -> &str;
    /// The name of a memory.
    fn memory(&self, mem: MemId) -> &str;
    /// The name of a constant of an enum.
    fn label(&self, label: Label) -> &str;
}

/// Where an operand stands, which decides about parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In braces, parentheses or alone.
    Free,
    /// Operand of a prefix operator.
    Prefix,
    /// Left operand.
    Left(BinOp),
    /// Right operand.
    Right(BinOp),
    /// Condition of `?:`.
    Condition,
    /// First choice of `?:`.
    Then,
}

/// `e` on one line.
pub fn flat(scope: &dyn Scope, e: &Expr) -> String {
    let mut out = String::new();
    write(scope, e, Place::Free, &mut out);
    out
}

fn write(scope: &dyn Scope, e: &Expr, place: Place, out: &mut String) {
    let parens = needs_parens(e, place);
    if parens {
        out.push('(');
    }
    match e {
        Expr::Ref(sig) => out.push_str(scope.signal(*sig)),
        Expr::Part { sig, hi, lo } if hi == lo => {
            out.push_str(&format!("{}[{lo}]", scope.signal(*sig)));
        }
        Expr::Part { sig, hi, lo } => out.push_str(&format!("{}[{hi}:{lo}]", scope.signal(*sig))),
        Expr::Word { mem, addr } => {
            out.push_str(&format!("{}[{}]", scope.memory(*mem), flat(scope, addr)));
        }
        Expr::Lit { bits, signed, mask } => out.push_str(&literal(bits, *signed, *mask)),
        Expr::Label(label) => out.push_str(scope.label(*label)),
        Expr::Plain(n) => out.push_str(&n.to_string()),
        Expr::Unary(op, a) => {
            out.push_str(op);
            write(scope, a, Place::Prefix, out);
        }
        Expr::Binary(op, a, b) => {
            write(scope, a, Place::Left(*op), out);
            out.push_str(&format!(" {} ", op.text()));
            write(scope, b, Place::Right(*op), out);
        }
        Expr::Cond(c, a, b) => {
            write(scope, c, Place::Condition, out);
            out.push_str(" ? ");
            write(scope, a, Place::Then, out);
            out.push_str(" : ");
            write(scope, b, Place::Free, out);
        }
        Expr::Concat(parts) => {
            let parts: Vec<String> = parts.iter().map(|p| flat(scope, p)).collect();
            out.push_str(&format!("{{{}}}", parts.join(", ")));
        }
        Expr::Repeat(n, a) => out.push_str(&format!("{{{n}{{{}}}}}", flat(scope, a))),
        Expr::Signed(a) => out.push_str(&format!("$signed({})", flat(scope, a))),
        Expr::Unsigned(a) => out.push_str(&format!("$unsigned({})", flat(scope, a))),
    }
    if parens {
        out.push(')');
    }
}

fn needs_parens(e: &Expr, place: Place) -> bool {
    match (e, place) {
        (_, Place::Free) => false,
        (Expr::Binary(..), Place::Then) => false,
        (Expr::Binary(..), Place::Prefix | Place::Condition) => true,
        (Expr::Cond(..), _) => true,
        (Expr::Binary(BinOp::Mul, ..), Place::Left(op) | Place::Right(op))
            if matches!(op, BinOp::Add | BinOp::Sub) =>
        {
            false
        }
        (Expr::Binary(op, ..), Place::Left(outer)) => !chains(*op, outer),
        (Expr::Binary(op, ..), Place::Right(outer)) => *op != outer || !is_free_of_order(outer),
        (Expr::Unary(..) | Expr::Lit { .. }, Place::Prefix) => true,
        // A reduction reads like an infix operator.
        (Expr::Unary(op, _), _) => matches!(*op, "&" | "|" | "^"),
        _ => false,
    }
}

/// Whether `a op b outer c` needs no parentheses to be read rightly.
fn chains(op: BinOp, outer: BinOp) -> bool {
    let sums = |o| matches!(o, BinOp::Add | BinOp::Sub);
    (op == outer && (is_free_of_order(op) || op == BinOp::Mul)) || (sums(op) && sums(outer))
}

/// Whether `a op (b op c)` is `(a op b) op c` to tools and readers alike.
fn is_free_of_order(op: BinOp) -> bool {
    matches!(op, BinOp::And | BinOp::Or | BinOp::Xor | BinOp::LogicAnd | BinOp::LogicOr)
}

/// `e` starting at column `column`, with continuation lines at `indent`.
pub fn layout(scope: &dyn Scope, e: &Expr, column: usize, indent: usize) -> String {
    layout_at(scope, e, Place::Free, column, indent)
}

fn layout_at(scope: &dyn Scope, e: &Expr, place: Place, column: usize, indent: usize) -> String {
    let mut one_line = String::new();
    write(scope, e, place, &mut one_line);
    // One column is left for the `;` or `,` behind it.
    if column + one_line.len() < COLUMNS {
        return one_line;
    }
    let broken = match e {
        Expr::Binary(..) => Some(break_binary(scope, e, indent)),
        Expr::Cond(..) => Some(break_choice(scope, e, indent)),
        Expr::Concat(parts) => Some(break_list(scope, parts, column, indent)),
        Expr::Unary(op, a) => {
            Some(format!("{op}{}", layout_at(scope, a, Place::Prefix, column + 1, indent + 2)))
        }
        Expr::Signed(a) => Some(break_call(scope, "$signed", a, column, indent)),
        Expr::Unsigned(a) => Some(break_call(scope, "$unsigned", a, column, indent)),
        _ => None,
    };
    match broken {
        Some(text) if needs_parens(e, place) => format!("({text})"),
        Some(text) => text,
        None => one_line,
    }
}

fn new_line(indent: usize) -> String {
    format!("\n{}", " ".repeat(indent))
}

/// Operands of a chain of one operator, one to a line, operators in front.
fn break_binary(scope: &dyn Scope, e: &Expr, indent: usize) -> String {
    let mut terms: Vec<(Option<BinOp>, &Expr, Place)> = Vec::new();
    chain(e, None, Place::Free, &mut terms);
    let text = |(op, term, place): &(Option<BinOp>, &Expr, Place)| {
        let lead = op.map_or(String::new(), |op| format!("{} ", op.text()));
        let column = indent + lead.len();
        format!("{lead}{}", layout_at(scope, term, *place, column, column + 2))
    };
    let lines: Vec<String> = terms.iter().map(text).collect();
    lines.join(&new_line(indent))
}

fn chain<'e>(
    e: &'e Expr,
    lead: Option<BinOp>,
    place: Place,
    out: &mut Vec<(Option<BinOp>, &'e Expr, Place)>,
) {
    match e {
        Expr::Binary(op, a, b) if !needs_parens(e, place) => {
            chain(a, lead, Place::Left(*op), out);
            match b.as_ref() {
                same @ Expr::Binary(inner, ..) if inner == op => {
                    chain(same, Some(*op), Place::Right(*op), out);
                }
                b => out.push((Some(*op), b, Place::Right(*op))),
            }
        }
        _ => out.push((lead, e, place)),
    }
}

/// A chain of choices, one to a line.
fn break_choice(scope: &dyn Scope, e: &Expr, indent: usize) -> String {
    let (mut at, mut lines) = (e, Vec::new());
    while let Expr::Cond(c, a, b) = at {
        let lead = if lines.is_empty() { "" } else { ": " };
        lines.push(format!("{lead}{}", choice(scope, c, a, indent + lead.len(), indent + 4)));
        at = b;
    }
    lines.push(format!(": {}", layout_at(scope, at, Place::Free, indent + 2, indent + 4)));
    lines.join(&new_line(indent))
}

/// `cond ? value` starting at `column`; what does not fit behind the `?` goes below, at `indent`.
fn choice(scope: &dyn Scope, cond: &Expr, value: &Expr, column: usize, indent: usize) -> String {
    // Continuation lines stand under what follows a parenthesis. Room for ` ?`.
    let cond = layout_at(scope, cond, Place::Condition, column + 2, column + 1);
    let mut flat = String::new();
    write(scope, value, Place::Then, &mut flat);
    if !cond.contains('\n') && column + cond.len() + 3 + flat.len() < COLUMNS {
        return format!("{cond} ? {flat}");
    }
    let value = layout_at(scope, value, Place::Then, indent, indent + 1);
    format!("{cond} ?{}{value}", new_line(indent))
}

/// A concatenation, as many parts to a line as fit.
fn break_list(scope: &dyn Scope, parts: &[Expr], column: usize, indent: usize) -> String {
    let text = |p: &Expr| layout_at(scope, p, Place::Free, indent, indent + 2);
    let texts: Vec<String> = parts.iter().map(text).collect();
    format!("{{{}}}", fill(&texts, column + 1, indent))
}

/// The argument of a function.
fn break_call(scope: &dyn Scope, name: &str, a: &Expr, column: usize, indent: usize) -> String {
    let argument = layout_at(scope, a, Place::Free, column + name.len() + 1, indent + 2);
    format!("{name}({argument})")
}

/// Comma-separated items, as many to a line as fit. An item of several lines ends its line.
pub fn fill(items: &[String], column: usize, indent: usize) -> String {
    let (mut out, mut at) = (String::new(), column);
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
            if at + item.len() + 4 > COLUMNS || item.contains('\n') {
                out.push_str(&new_line(indent));
                at = indent;
            } else {
                out.push(' ');
                at += 2;
            }
        }
        out.push_str(item);
        at = if item.contains('\n') { COLUMNS } else { at + item.len() };
    }
    out
}

//! Parsing: a line is an item, so a mistake costs one line and the next one is read afresh.

mod cursor;
mod items;
mod names;
mod ops;

use super::lex::{self, Token};
use super::{Mistake, Parsed, FILE, MAX_MISTAKES};
use crate::diagnostic::{Code, Diagnostic, Loc};
use crate::entity::Entity;
use crate::module::{
    Design, EnumId, InstId, MemId, Module, ModuleId, NodeId, PortId, RegId, WireId,
};
use cursor::Cursor;
use names::Names;
use std::collections::HashMap;

/// Reads what [`print`](super::print) writes.
///
/// ```
/// use seedbed_ir::{check, text};
///
/// let source = "module twice {\n  input a: u8\n  output y: u9 = %1\n\
///               %0 = port a : u8\n  %1 = add %0 %0 : u9\n}\n";
/// let design = text::parse(source).expect("well formed");
/// assert_eq!(check::check(&design), []);
///
/// let mistakes = text::parse("module twice {\n  input a: u0\n}\n").unwrap_err();
/// assert!(mistakes[0].to_string().starts_with("error[E0040]: expected a width"));
/// ```
///
/// # Errors
/// All mistakes of form and of names (E0040), at most [`MAX_MISTAKES`]. Places are lines and columns of
/// `text`. Never panics, and takes memory in proportion to the length of the text.
pub fn parse(text: &str) -> Result<Design, Vec<Diagnostic>> {
    let mut parser = Parser::new();
    let mut last = 0;
    for (line, number) in text.lines().zip(1..) {
        last = number;
        if let Err(mistake) = parser.line(line, number) {
            parser.refuse(mistake, number);
        }
        if parser.found.len() >= MAX_MISTAKES {
            break;
        }
    }
    parser.finish(last)
}

/// What is read so far.
struct Parser<'t> {
    closed: Closed<'t>,
    open: Option<Body<'t>>,
    /// Outside of modules, in lines that were reported already.
    lost: bool,
    /// The first line that was left out because of a mistake elsewhere.
    left_out: Option<u32>,
    found: Vec<Diagnostic>,
}

/// The modules that are closed.
struct Closed<'t> {
    design: Design,
    names: Names<'t, ModuleId>,
    /// The ports of each, by name.
    ports: Vec<Names<'t, PortId>>,
}

/// The module that is open, and the names declared in it.
struct Body<'t> {
    name: Token<'t>,
    module: Module,
    ports: Names<'t, PortId>,
    enums: Names<'t, EnumId>,
    regs: Names<'t, RegId>,
    wires: Names<'t, WireId>,
    mems: Names<'t, MemId>,
    insts: Names<'t, InstId>,
    /// Lines of documentation.
    doc: Vec<String>,
    /// Lines of the comment on the next declaration.
    comment: Vec<String>,
    /// The last memory, when its line was in order: its ports follow.
    open_mem: Option<MemId>,
    /// By label; `None` when the line is at fault. Until the module closes, the labels themselves
    /// stand in the module.
    nodes: HashMap<u32, Option<NodeId>>,
    /// Labels in use, with line and column.
    uses: Vec<(u32, u32, u32)>,
}

impl<'t> Parser<'t> {
    fn new() -> Self {
        let design = Design::default();
        let closed = Closed { design, names: Names::new("module"), ports: Vec::new() };
        Parser { closed, open: None, lost: false, left_out: None, found: Vec::new() }
    }

    /// Line `number` is not read.
    fn refuse(&mut self, mistake: Mistake, number: u32) {
        if matches!(mistake, Mistake::Consequence) {
            self.left_out.get_or_insert(number);
        }
        self.report(mistake);
    }

    fn report(&mut self, mistake: Mistake) {
        if let Mistake::At { line, col, message } = mistake {
            let at = Loc::new(FILE, line, col);
            let path = self.open.as_ref().map_or("", |body| body.name.text).to_string();
            self.found.push(Diagnostic { code: Code::Text, message, at, notes: Vec::new(), path });
        }
    }

    fn line(&mut self, text: &'t str, number: u32) -> Parsed<()> {
        let mut line = Cursor::new(lex::tokens(text, number)?, text, number);
        if line.is_empty() {
            return Ok(());
        }
        if line.accept("module") {
            return self.header(&mut line);
        }
        let Some(body) = &mut self.open else {
            return match std::mem::replace(&mut self.lost, true) {
                true => Err(Mistake::Consequence),
                false => Err(line.expected("`module`")),
            };
        };
        if line.comes("}") {
            let uncommented = body.uncommented(&line);
            self.close();
            uncommented?;
            line.mark("}")?;
        } else {
            let read = body.item(&self.closed, &mut line);
            if read.is_err() {
                body.fail();
            }
            read?;
        }
        line.end()
    }

    /// `module NAME {`, after the first word. What follows is a body even if this line is at fault.
    fn header(&mut self, line: &mut Cursor<'t>) -> Parsed<()> {
        self.lost = false;
        if self.open.is_some() {
            self.report(line.expected("`}` at the end of the module before"));
            self.close();
        }
        let name = line.name("the name of the module");
        let shown = name.as_ref().map_or_else(|_| line.here(), Token::clone);
        self.open = Some(Body::new(shown));
        self.closed.names.declare(&name?, line)?;
        line.mark("{")?;
        line.end()
    }

    fn close(&mut self) {
        let Some(mut body) = self.open.take() else {
            return;
        };
        let mistakes = body.resolve();
        let name = body.name.text;
        body.module.doc = joined(&body.doc);
        let id = self.closed.design.modules.push(std::mem::take(&mut body.module));
        self.closed.names.define(name, id);
        self.closed.ports.push(std::mem::replace(&mut body.ports, Names::new("port")));
        self.open = Some(body);
        mistakes.into_iter().for_each(|mistake| self.report(mistake));
        self.open = None;
    }

    fn finish(mut self, last: u32) -> Result<Design, Vec<Diagnostic>> {
        let full = self.found.len() >= MAX_MISTAKES;
        if self.open.is_some() && !full {
            self.report(Mistake::new(last, 1, "expected `}` before the end of the text".into()));
        }
        self.close();
        if self.found.is_empty() && self.closed.design.modules.is_empty() {
            self.report(Mistake::new(last.max(1), 1, "expected a module".into()));
        }
        if let (true, Some(line)) = (self.found.is_empty(), self.left_out) {
            // No text is read in part, whatever the reason.
            self.report(Mistake::new(line, 1, "this line cannot be read".into()));
        }
        self.found.sort_by_key(|d| (d.at.line, d.at.col));
        self.found.truncate(MAX_MISTAKES);
        match self.found.is_empty() {
            true => Ok(self.closed.design),
            false => Err(self.found),
        }
    }
}

/// A text from its lines; as many lines are printed again.
fn joined(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    if lines.last().is_some_and(String::is_empty) {
        text.push('\n');
    }
    text
}

impl<'t> Body<'t> {
    fn new(name: Token<'t>) -> Self {
        Body {
            module: Module { name: name.text.to_string(), ..Module::default() },
            name,
            ports: Names::new("port"),
            enums: Names::new("list of values"),
            regs: Names::new("register"),
            wires: Names::new("wire"),
            mems: Names::new("memory"),
            insts: Names::new("instance"),
            doc: Vec::new(),
            comment: Vec::new(),
            open_mem: None,
            nodes: HashMap::new(),
            uses: Vec::new(),
        }
    }

    /// What the line declares is at fault.
    fn fail(&mut self) {
        self.ports.fail();
        self.enums.fail();
        self.regs.fail();
        self.wires.fail();
        self.mems.fail();
        self.insts.fail();
    }

    /// No comment stands above what takes none.
    fn uncommented(&self, line: &Cursor<'t>) -> Parsed<()> {
        match self.comment.is_empty() {
            true => Ok(()),
            false => Err(line.expected("a register, wire, memory or instance after its comment")),
        }
    }

    /// The comment on the declaration of this line.
    fn take_comment(&mut self) -> String {
        joined(&std::mem::take(&mut self.comment))
    }

    /// Puts nodes where their labels stand; the labels that no line declares.
    fn resolve(&mut self) -> Vec<Mistake> {
        let missing = self.uses.iter().filter(|(label, ..)| !self.nodes.contains_key(label));
        let mistake = |&(label, line, col): &(u32, u32, u32)| {
            Mistake::new(line, col, format!("there is no node `%{label}` in this module"))
        };
        let mistakes: Vec<Mistake> = missing.map(mistake).collect();
        let nodes = &self.nodes;
        self.module.each_node_mut(|node| {
            if let Some(Some(id)) = nodes.get(&(node.index() as u32)) {
                *node = *id;
            }
        });
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_left_out_without_a_mistake_is_one() {
        let mut parser = Parser::new();
        assert!(parser.line("module m {", 1).is_ok());
        parser.refuse(Mistake::Consequence, 2);
        assert!(parser.line("}", 3).is_ok());
        let found = parser.finish(3).expect_err("a mistake");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].at.to_string(), "<text>:2:1");
    }
}

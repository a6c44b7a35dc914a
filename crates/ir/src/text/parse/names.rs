//! What the names of one kind stand for.

use super::cursor::Cursor;
use super::{Mistake, Parsed, Token};
use std::collections::HashMap;

/// The names of one kind of thing. A name whose declaration is at fault is known but stands for
/// nothing, so that its uses are not reported again. The name whose declaration is still being read is
/// open: it stands for nothing yet, and its uses are mistakes of their own.
pub(super) struct Names<'t, K> {
    what: &'static str,
    known: HashMap<&'t str, Option<K>>,
    open: Option<&'t str>,
}

impl<'t, K: Copy> Names<'t, K> {
    /// No names; `what` says in messages what they are of.
    pub fn new(what: &'static str) -> Self {
        Names { what, known: HashMap::new(), open: None }
    }

    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Makes a name known and opens it when its declaration begins.
    pub fn declare(&mut self, name: &Token<'t>, line: &Cursor<'t>) -> Parsed<()> {
        match self.known.contains_key(name.text) {
            false => {
                self.known.insert(name.text, None);
                self.open = Some(name.text);
                Ok(())
            }
            true => {
                let message = format!("the {} `{}` is declared twice", self.what, name.text);
                Err(line.mistake(name, message))
            }
        }
    }

    /// Says what the open name stands for when its declaration was in order.
    pub fn define(&mut self, name: &'t str, value: K) {
        self.known.insert(name, Some(value));
        self.open = None;
    }

    /// Leaves the open name, if there is one, at fault.
    pub fn fail(&mut self) {
        self.open = None;
    }

    /// Reads the next token as a name of this kind.
    pub fn read(&self, line: &mut Cursor<'t>) -> Parsed<K> {
        let name = line.name(&format!("the name of a {}", self.what))?;
        match self.known.get(name.text) {
            Some(Some(value)) => Ok(*value),
            Some(None) if self.open == Some(name.text) => {
                let (what, text) = (self.what, name.text);
                let message = format!("the {what} `{text}` is used inside its own declaration");
                Err(line.mistake(&name, message))
            }
            Some(None) => Err(Mistake::Consequence),
            None => {
                let message = format!("there is no {} `{}` before this line", self.what, name.text);
                Err(line.mistake(&name, message))
            }
        }
    }
}

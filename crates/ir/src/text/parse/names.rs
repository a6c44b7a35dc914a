//! What the names of one kind stand for.

use super::cursor::Cursor;
use super::{Mistake, Parsed, Token};
use std::collections::HashMap;

/// The names of one kind of thing. A name whose declaration is at fault is known but stands for
/// nothing, so that its uses are not reported again.
pub(super) struct Names<'t, K> {
    what: &'static str,
    known: HashMap<&'t str, Option<K>>,
}

impl<'t, K: Copy> Names<'t, K> {
    /// No names; `what` says in messages what they are of.
    pub fn new(what: &'static str) -> Self {
        Names { what, known: HashMap::new() }
    }

    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Makes a name known when its line begins.
    pub fn declare(&mut self, name: &Token<'t>, line: &Cursor<'t>) -> Parsed<()> {
        match self.known.contains_key(name.text) {
            false => {
                self.known.insert(name.text, None);
                Ok(())
            }
            true => {
                let message = format!("the {} `{}` is declared twice", self.what, name.text);
                Err(line.mistake(name, message))
            }
        }
    }

    /// Says what a declared name stands for when its line was in order.
    pub fn define(&mut self, name: &'t str, value: K) {
        self.known.insert(name, Some(value));
    }

    /// Reads the next token as a name of this kind.
    pub fn read(&self, line: &mut Cursor<'t>) -> Parsed<K> {
        let name = line.name(&format!("the name of a {}", self.what))?;
        match self.known.get(name.text) {
            Some(Some(value)) => Ok(*value),
            Some(None) => Err(Mistake::Consequence),
            None => {
                let message = format!("there is no {} `{}` before this line", self.what, name.text);
                Err(line.mistake(&name, message))
            }
        }
    }
}

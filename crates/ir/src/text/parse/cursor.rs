//! The tokens of a line, read one by one.

use super::super::lex::{Kind, Token};
use super::super::{Mistake, Parsed, MAX_WIDTH};
use super::FILE;
use crate::diagnostic::Loc;
use crate::ty::Ty;
use seedbed_bits::Bits;

/// A place in a line. Methods that read leave it where it is when they fail.
pub(super) struct Cursor<'t> {
    tokens: Vec<Token<'t>>,
    next: usize,
    number: u32,
    /// What stands at the end.
    last: Token<'t>,
}

impl<'t> Cursor<'t> {
    pub fn new(tokens: Vec<Token<'t>>, line: &'t str, number: u32) -> Self {
        let col = u32::try_from(line.chars().count() + 1).unwrap_or(u32::MAX);
        Cursor { tokens, next: 0, number, last: Token { kind: Kind::Mark, text: "", col } }
    }

    /// Whether the line has no token at all.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    fn peek(&self) -> &Token<'t> {
        self.tokens.get(self.next).unwrap_or(&self.last)
    }

    /// The token that comes next; an empty mark at the end.
    pub fn here(&self) -> Token<'t> {
        self.peek().clone()
    }

    /// Its place.
    pub fn at(&self) -> Loc {
        Loc::new(FILE, self.number, self.peek().col)
    }

    pub fn mistake(&self, token: &Token<'t>, message: String) -> Mistake {
        Mistake::new(self.number, token.col, message)
    }

    /// The mistake that `what` does not come next.
    pub fn expected(&self, what: &str) -> Mistake {
        let token = self.peek();
        let found = match token.text {
            "" => "the end of the line".to_string(),
            text => format!("`{}`", text.chars().take(40).collect::<String>()),
        };
        self.mistake(token, format!("expected {what}, found {found}"))
    }

    fn take<T>(&mut self, what: &str, f: impl FnOnce(&Token<'t>) -> Option<T>) -> Parsed<T> {
        let value = f(self.peek()).ok_or_else(|| self.expected(what))?;
        self.next += 1;
        Ok(value)
    }

    /// Whether `text`, a word or a mark, comes next.
    pub fn comes(&self, text: &str) -> bool {
        let token = self.peek();
        token.text == text && matches!(token.kind, Kind::Word | Kind::Mark)
    }

    /// Passes `text`, a word or a mark, if it comes next.
    pub fn accept(&mut self, text: &str) -> bool {
        let here = self.comes(text);
        self.next += usize::from(here);
        here
    }

    /// Passes `text`, a word or a mark, which must come next.
    pub fn mark(&mut self, text: &str) -> Parsed<()> {
        match self.accept(text) {
            true => Ok(()),
            false => Err(self.expected(&format!("`{text}`"))),
        }
    }

    /// Nothing comes any more.
    pub fn end(&self) -> Parsed<()> {
        match self.next >= self.tokens.len() {
            true => Ok(()),
            false => Err(self.expected("the end of the line")),
        }
    }

    /// Any word.
    pub fn name(&mut self, what: &str) -> Parsed<Token<'t>> {
        self.take(what, |token| (token.kind == Kind::Word).then(|| token.clone()))
    }

    /// A word that means something.
    pub fn word<T>(&mut self, what: &str, f: impl FnOnce(&str) -> Option<T>) -> Parsed<T> {
        self.take(what, |token| match token.kind {
            Kind::Word => f(token.text),
            _ => None,
        })
    }

    /// The number of a label.
    pub fn label(&mut self) -> Parsed<u32> {
        self.take("a node such as `%0`", |token| match token.kind {
            Kind::Label(label) => Some(label),
            _ => None,
        })
    }

    /// A number within `range`.
    pub fn number(&mut self, what: &str, range: std::ops::RangeInclusive<u32>) -> Parsed<u32> {
        let limits = format!("{what} from {} to {}", range.start(), range.end());
        self.take(&limits, |token| match token.kind {
            Kind::Number(number) if range.contains(&number) => Some(number),
            _ => None,
        })
    }

    /// A vector such as `8'h5a`.
    pub fn bits(&mut self) -> Parsed<Bits> {
        self.take("a value such as `8'h5a`", |token| match &token.kind {
            Kind::Bits(bits) => Some(bits.clone()),
            _ => None,
        })
    }

    /// A quoted text, if one comes next.
    pub fn quoted(&mut self) -> Option<String> {
        let text = |token: &Token<'t>| match &token.kind {
            Kind::Text(text) => Some(text.clone()),
            _ => None,
        };
        self.take("", text).ok()
    }

    /// A type such as `u8` or `s12`.
    pub fn ty(&mut self) -> Parsed<Ty> {
        let (signed, digits) = self.word("a type such as `u8` or `s8`", |word| {
            let (sign, digits) = word.split_at_checked(1)?;
            let signed = ["u", "s"].iter().position(|s| *s == sign)? == 1;
            digits.parse::<u64>().ok().map(|width| (signed, width))
        })?;
        match u32::try_from(digits) {
            Ok(width) if (1..=MAX_WIDTH).contains(&width) => Ok(Ty { width, signed }),
            _ => {
                self.next -= 1;
                Err(self.expected(&format!("a width from 1 to {MAX_WIDTH}")))
            }
        }
    }
}

//! One line of the text form as tokens.

use super::{Mistake, Parsed, MAX_WIDTH};
use seedbed_bits::Bits;

/// A token, where it stands, and how it is written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    /// Column of the first character, from 1.
    pub col: u32,
}

/// What a token is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Kind {
    /// A name or a word of the language.
    Word,
    /// A decimal number.
    Number(u32),
    /// `%7`.
    Label(u32),
    /// `8'h5a`.
    Bits(Bits),
    /// `"text"`, without quotes and escapes.
    Text(String),
    /// One of `: = ( ) , { } -`.
    Mark,
}

/// The tokens of `line`, whose number is `number`, up to a comment (`#`).
pub(super) fn tokens(line: &str, number: u32) -> Parsed<Vec<Token<'_>>> {
    let mut lexer = Lexer { rest: line, number, col: 1 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'t> {
    rest: &'t str,
    number: u32,
    /// Column of the first character of `rest`.
    col: u32,
}

/// The number of leading bytes of `text` whose characters are all `wanted`.
fn run(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|c| !wanted(c)).unwrap_or(text.len())
}

fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'t> Lexer<'t> {
    fn token(&mut self) -> Parsed<Option<Token<'t>>> {
        self.pass(self.rest.len() - self.rest.trim_start().len());
        let Some(first) = self.rest.chars().next().filter(|c| *c != '#') else {
            return Ok(None);
        };
        let (kind, length) = match first {
            '%' => {
                let digits = run(&self.rest[1..], |c| c.is_ascii_digit());
                (Kind::Label(self.decimal(&self.rest[1..1 + digits])?), 1 + digits)
            }
            '"' => self.quoted()?,
            ':' | '=' | '(' | ')' | ',' | '{' | '}' | '-' => (Kind::Mark, 1),
            c if c.is_ascii_digit() => self.number()?,
            c if in_word(c) => (Kind::Word, run(self.rest, in_word)),
            c => return Err(self.mistake(format!("the character {c:?} has no meaning here"))),
        };
        let col = self.col;
        let text = self.pass(length);
        Ok(Some(Token { kind, text, col }))
    }

    /// Passes the next `length` bytes.
    fn pass(&mut self, length: usize) -> &'t str {
        let (passed, rest) = self.rest.split_at(length);
        let chars = u32::try_from(passed.chars().count()).unwrap_or(u32::MAX);
        (self.rest, self.col) = (rest, self.col.saturating_add(chars));
        passed
    }

    fn mistake(&self, message: String) -> Mistake {
        Mistake::new(self.number, self.col, message)
    }

    fn decimal(&self, digits: &str) -> Parsed<u32> {
        let fault = || format!("expected a number up to {}, found `{digits}`", u32::MAX);
        digits.parse().map_err(|_| self.mistake(fault()))
    }

    /// `12` or `12'habc`.
    fn number(&self) -> Parsed<(Kind, usize)> {
        let digits = run(self.rest, |c| c.is_ascii_digit());
        let number = self.decimal(&self.rest[..digits])?;
        let Some(hex) = self.rest[digits..].strip_prefix("'h") else {
            return Ok((Kind::Number(number), digits));
        };
        let hex = &hex[..run(hex, |c| c.is_ascii_hexdigit())];
        let bits = bits(number, hex).map_err(|fault| self.mistake(fault))?;
        Ok((Kind::Bits(bits), digits + 2 + hex.len()))
    }

    fn quoted(&self) -> Parsed<(Kind, usize)> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => return Ok((Kind::Text(text), at + 1)),
                '\\' => {
                    let escaped = escape(&mut chars.by_ref().map(|(_, c)| c));
                    let fault = || self.mistake("expected an escape of Rust after `\\`".into());
                    text.push(escaped.ok_or_else(fault)?);
                }
                c => text.push(c),
            }
        }
        Err(self.mistake("expected a closing quote on this line".into()))
    }
}

/// The character that an escape stands for; `chars` begins after the backslash.
fn escape(chars: &mut impl Iterator<Item = char>) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        c @ ('"' | '\'' | '\\') => c,
        'u' => {
            let mut code = 0u32;
            chars.next().filter(|c| *c == '{')?;
            for c in chars.take_while(|c| *c != '}') {
                code = code.checked_mul(16)?.checked_add(c.to_digit(16)?)?;
            }
            char::from_u32(code)?
        }
        _ => return None,
    })
}

/// A value of `width` bits from all of its hexadecimal digits: a short text never asks for much memory.
fn bits(width: u32, hex: &str) -> Result<Bits, String> {
    if width == 0 || width > MAX_WIDTH {
        return Err(format!("expected a width from 1 to {MAX_WIDTH}, found {width}"));
    }
    let digits = width.div_ceil(4) as usize;
    if hex.len() != digits {
        let found = hex.len();
        return Err(format!(
            "expected {digits} hexadecimal digits for {width} bits, found {found}"
        ));
    }
    let mut limbs = vec![0u64; Bits::limbs_for(width)];
    for (i, digit) in hex.chars().rev().enumerate() {
        let value = digit.to_digit(16).expect("a hexadecimal digit");
        limbs[i / 16] |= u64::from(value) << (i % 16 * 4);
    }
    let bits = Bits::from_limbs(width, &limbs);
    match bits.limbs() == limbs {
        true => Ok(bits),
        false => Err(format!("the value {hex} does not fit {width} bits")),
    }
}

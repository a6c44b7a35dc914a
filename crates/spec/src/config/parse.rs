//! From TOML text to a checked configuration, with the place of every mistake.

use std::ops::Range;

use super::rules::Violation;
use super::Config;

/// Why a configuration was refused. Displays as `file:line: key: what; remedy`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {key}: {what}; {remedy}")]
pub struct ConfigError {
    /// The file as it was named to [`Config::from_toml`].
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// The key with its table, as in `array.rows`.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub remedy: String,
}

impl Config {
    /// Reads and checks a configuration. `file_name` only serves the error messages.
    ///
    /// # Errors
    /// The first mistake: TOML syntax, an unknown or missing key, a value that does not fit its
    /// type, or a rule of [`Config::check`].
    pub fn from_toml(text: &str, file_name: &str) -> Result<Config, ConfigError> {
        let mut config: Config =
            toml::from_str(text).map_err(|error| malformed(text, file_name, &error))?;
        config.array.cuts.sort_unstable();
        config.check().map_err(|violation| broken(text, file_name, violation))?;
        Ok(config)
    }
}

fn broken(text: &str, file: &str, violation: Violation) -> ConfigError {
    ConfigError {
        file: file.to_string(),
        line: line_of_key(text, violation.key),
        key: violation.key.to_string(),
        what: violation.what,
        remedy: violation.remedy,
    }
}

fn malformed(text: &str, file: &str, error: &toml::de::Error) -> ConfigError {
    let message = readable(error);
    let span = error.span().unwrap_or(0..0);
    let missing = missing_field(&message);
    let (key, remedy) = match &missing {
        Some(field) => (join(&table_at(text, span.start), field), ADD.to_string()),
        None => (key_at(text, &span), remedy_for(&message).to_string()),
    };
    let what = if missing.is_some() { "the key is missing".to_string() } else { message };
    ConfigError { file: file.to_string(), line: line_at(text, span.start), key, what, remedy }
}

/// The parser's words on one line, without the names of Rust types.
fn readable(error: &toml::de::Error) -> String {
    let message = error.message().trim().replace('\n', ", ");
    message.replace("expected u32", "expected a number from 0 to 4294967295")
}

const ADD: &str = "add it; every key must be given (presets/small.toml is an example)";

fn remedy_for(message: &str) -> &'static str {
    if message.starts_with("unknown field") {
        "remove or rename it"
    } else if message.starts_with("unknown variant") {
        "write one of those"
    } else if message.starts_with("invalid type") || message.starts_with("invalid value") {
        "write a value of the expected kind (presets/small.toml is an example)"
    } else {
        "correct the TOML (presets/small.toml is an example)"
    }
}

fn missing_field(message: &str) -> Option<String> {
    let rest = message.strip_prefix("missing field `")?;
    Some(rest.split('`').next()?.to_string())
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// The table whose lines hold `offset`; empty at the top level.
fn table_at(text: &str, offset: usize) -> String {
    let until = line_at(text, offset);
    let headers = text.lines().take(until).filter_map(table_header);
    headers.last().unwrap_or_default().to_string()
}

fn table_header(line: &str) -> Option<&str> {
    let inner = line.trim_start().strip_prefix('[')?;
    Some(inner.split(']').next()?.trim())
}

/// The key on the line of a span, with its table; the table alone on a header line.
fn key_at(text: &str, span: &Range<usize>) -> String {
    let table = table_at(text, span.start);
    let line = text.lines().nth(line_at(text, span.start) - 1).unwrap_or_default();
    match (table_header(line), line.split_once('=')) {
        (None, Some((key, _))) => join(&table, key.trim()),
        (None, None) if table.is_empty() => "file".to_string(),
        _ => table,
    }
}

fn join(table: &str, key: &str) -> String {
    if table.is_empty() {
        key.to_string()
    } else {
        format!("{table}.{key}")
    }
}

/// The line that gives `key` its value. Falls back to the line that opens its table, which is where
/// the values of an inline table are.
fn line_of_key(text: &str, key: &str) -> usize {
    let mut table = String::new();
    let mut opened = 1;
    let outer = key.split('.').next().unwrap_or_default();
    for (i, line) in text.lines().enumerate() {
        if let Some(header) = table_header(line) {
            table = header.to_string();
        }
        let name = line.split_once('=').map(|(name, _)| name.trim());
        if name.is_some_and(|name| join(&table, name) == key) {
            return i + 1;
        }
        if table_header(line) == Some(outer) || name == Some(outer) {
            opened = i + 1;
        }
    }
    opened
}

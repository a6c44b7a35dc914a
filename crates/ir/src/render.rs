//! Diagnostics with the lines of source they speak of.

use crate::diagnostic::{Diagnostic, Loc};
use crate::text;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

/// All of `mistakes` as text, with the lines of source they and their notes point at.
///
/// Source files are looked for in `root` and the folders above it, those of other projects where they
/// were when this program was built. A mistake is shown by its place alone when its file is not found,
/// or has no expression at that place: then it is not the file that was built. `colours` adds ANSI escapes for a terminal.
pub fn render(mistakes: &[Diagnostic], root: &Path, colours: bool) -> String {
    shown(mistakes, Sources { root, read: HashMap::new(), text: None }, colours)
}

/// As [`render`], of the mistakes in a [text form](crate::text) that was read from the file called `name`.
pub fn render_text(mistakes: &[Diagnostic], name: &str, text: &str, colours: bool) -> String {
    let (root, read) = (Path::new(""), HashMap::new());
    shown(mistakes, Sources { root, read, text: Some((name, text)) }, colours)
}

fn shown(mistakes: &[Diagnostic], mut sources: Sources<'_>, colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for mistake in mistakes {
        sources.read_for(mistake);
        match sources.report(mistake) {
            Some(report) => out.push_str(&renderer.render(&[report])),
            None => out.push_str(&mistake.to_string()),
        }
        out.push_str("\n\n");
    }
    let count = mistakes.len();
    out.push_str(&match count {
        1 => "1 mistake\n".to_string(),
        _ => format!("{count} mistakes\n"),
    });
    out
}

/// Source files, read when first needed.
struct Sources<'r> {
    root: &'r Path,
    /// By folder and path.
    read: HashMap<(&'static str, &'static str), Option<String>>,
    /// Name and contents of the file that places in a text form are about.
    text: Option<(&'r str, &'r str)>,
}

impl Sources<'_> {
    fn read_for(&mut self, mistake: &Diagnostic) {
        let notes = mistake.notes.iter().filter_map(|(_, at)| *at);
        for at in std::iter::once(mistake.at).chain(notes).filter(|at| at.line > 0) {
            let root = self.root;
            self.read.entry((at.folder, at.file)).or_insert_with(|| {
                if !at.folder.is_empty() {
                    return std::fs::read_to_string(Path::new(at.folder).join(at.file)).ok();
                }
                let from = if root.as_os_str().is_empty() { Path::new(".") } else { root };
                let from = from.canonicalize().ok()?;
                from.ancestors().find_map(|dir| std::fs::read_to_string(dir.join(at.file)).ok())
            });
        }
    }

    /// The text of the file of `at`, and the bytes of the word there.
    fn find(&self, at: Loc) -> Option<(&str, Range<usize>)> {
        if let Some((_, text)) = self.text.filter(|_| at.file == text::FILE) {
            return Some((text, token(text, at)));
        }
        let text = self.read.get(&(at.folder, at.file))?.as_deref()?;
        Some((text, word(text, at)?))
    }

    /// The name of the file of `at`.
    fn name(&self, at: Loc) -> &str {
        self.text.filter(|_| at.file == text::FILE).map_or(at.file, |(name, _)| name)
    }

    /// `None` when the source of the mistake itself is not to be had.
    fn report<'a>(&'a self, mistake: &'a Diagnostic) -> Option<Group<'a>> {
        let (text, span) = self.find(mistake.at)?;
        let mut main =
            snippet(text, self.name(mistake.at)).annotation(AnnotationKind::Primary.span(span));
        let mut others: Vec<(Loc, &str, Vec<Annotation<'a>>)> = Vec::new();
        let mut plain = Vec::new();
        for (note, at) in &mistake.notes {
            let found = at.and_then(|at| Some((at, self.find(at)?)));
            let Some((at, (text, span))) = found else {
                plain.push(match at {
                    Some(at) => format!("{note}: {at}"),
                    None => note.clone(),
                });
                continue;
            };
            let annotation = AnnotationKind::Context.span(span).label(note.as_str());
            let same_file = |other: Loc| (other.folder, other.file) == (at.folder, at.file);
            if same_file(mistake.at) {
                main = main.annotation(annotation);
            } else if let Some((_, _, list)) = others.iter_mut().find(|(f, _, _)| same_file(*f)) {
                list.push(annotation);
            } else {
                others.push((at, text, vec![annotation]));
            }
        }
        let title = Level::ERROR.primary_title(&mistake.message).id(mistake.code.to_string());
        let mut report = title.element(main);
        for (at, text, annotations) in others {
            report = report.element(snippet(text, self.name(at)).annotations(annotations));
        }
        for note in plain {
            report = report.element(Level::NOTE.message(note));
        }
        Some(report.element(Level::NOTE.message(format!("in {}", mistake.path))))
    }
}

fn snippet<'a>(text: &'a str, file: &'a str) -> Snippet<'a, Annotation<'a>> {
    Snippet::source(text).path(file)
}

/// The bytes of the word at `at`, at least one character; `None` when no expression can begin there.
fn word(text: &str, at: Loc) -> Option<Range<usize>> {
    let before: usize = text.split_inclusive('\n').take(at.line as usize - 1).map(str::len).sum();
    let line = text.get(before..)?.lines().next()?;
    let column = (at.col as usize).checked_sub(1)?;
    let (start, _) = line.char_indices().nth(column)?;
    let rest = &line[start..];
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let (first, before_it) = (rest.chars().next()?, line[..start].chars().next_back());
    if !is_letter(first) && !"([{&!-*|'\"<".contains(first) {
        return None;
    }
    if is_letter(first) && before_it.is_some_and(is_letter) {
        return None; // within a word
    }
    let letters = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
    let length = letters.max(first.len_utf8());
    Some(before + start..before + start + length)
}

/// The bytes of a text form from `at` to the next blank, at the most; at the end of a line there are none.
fn token(text: &str, at: Loc) -> Range<usize> {
    let lines = text.split_inclusive('\n').take((at.line as usize).saturating_sub(1));
    let before: usize = lines.map(str::len).sum();
    let line = text[before..].lines().next().unwrap_or_default();
    let column = (at.col as usize).saturating_sub(1);
    let start = line.char_indices().nth(column).map_or(line.len(), |(start, _)| start);
    let rest = &line[start..];
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    before + start..before + start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, col: u32) -> Loc {
        Loc::new("x.rs", line, col)
    }

    #[test]
    fn a_place_covers_its_word() {
        let text = "let q;\n  q.set(a + b);\n\u{e4}(x)";
        assert_eq!(word(text, at(1, 5)).map(|w| &text[w]), Some("q"));
        assert_eq!(word(text, at(2, 5)).map(|w| &text[w]), Some("set"));
        assert_eq!(word(text, at(2, 8)).map(|w| &text[w]), Some("("));
        assert_eq!(word(text, at(3, 1)).map(|w| &text[w]), Some("\u{e4}"));
        for (line, col) in [(1, 7), (1, 0), (9, 1), (3, 99), (2, 1), (1, 2), (2, 4), (2, 14)] {
            assert_eq!(word(text, at(line, col)), None, "{line}:{col}");
        }
    }

    #[test]
    fn each_project_shows_its_own_file() {
        let folder = std::env::temp_dir().join(format!("seedbed-render-{}", std::process::id()));
        let write = |project: &str, text: &str| {
            let file = folder.join(project).join("src/top.rs");
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("can be made");
            std::fs::write(file, text).expect("can be written");
            format!("{}/", folder.join(project).display()).leak() as &'static str
        };
        let (mine, other) = (write("mine", "mine();\n"), write("other", "other();\n"));
        let here = Loc::new("src/top.rs", 1, 1);
        let there = Loc { folder: other, ..here };
        let gone = Loc { folder: "/nowhere/", ..here };
        let show = |at, note| {
            let (message, path) = ("no".to_string(), "top".to_string());
            let notes = vec![("see".to_string(), Some(note))];
            let mistake = Diagnostic { code: crate::Code::Loop, message, at, notes, path };
            render(&[mistake], Path::new(mine), false)
        };
        let shown = |text: &str| [text.contains("mine();"), text.contains("other();")];
        assert_eq!(shown(&show(here, here)), [true, false]);
        assert_eq!(shown(&show(there, here)), [true, true]);
        assert_eq!(shown(&show(here, there)), [true, true]);
        assert_eq!(shown(&show(gone, there)), [false, false], "the mistake has no source");
        assert!(!show(there, gone).contains(other), "folders are not shown");
        std::fs::remove_dir_all(&folder).expect("can be removed");
    }
}

//! What needs no other tool: passes, the text form, and the back ends of our simulator.

use crate::backends;
use crate::case::{values, Case};
use crate::panics::caught;
use seedbed_ir::passes::{self, Entry};
use seedbed_ir::{check, text, Design, Diagnostic};

/// Why a case is not the same everywhere inside Seedbed, or with what it panics, if so.
pub fn difference(case: &Case) -> Option<String> {
    let found = || {
        text_differs(&case.design, text::parse)
            .or_else(|| passes_differ(case, passes::ALL))
            .or_else(|| backends::difference(case))
    };
    caught(found).unwrap_or_else(Some)
}

/// The first of these passes that changes what `case` does, described.
pub fn passes_differ(case: &Case, passes: &[Entry]) -> Option<String> {
    let mut all = case.design.clone();
    for pass in passes {
        let mut alone = case.design.clone();
        for (how, design) in [("alone", &mut alone), ("after the others", &mut all)] {
            if let Some(difference) = pass_differs(case, pass.run, design) {
                return Some(format!("pass {} {how}: {difference}", pass.name));
            }
        }
    }
    None
}

/// Why `design`, which does what `case` does, no longer does it after `pass`.
pub fn pass_differs(
    case: &Case,
    pass: impl Fn(&mut Design),
    design: &mut Design,
) -> Option<String> {
    pass(design);
    match check::check(design).first() {
        Some(first) => Some(first.to_string()),
        None => case.difference(&values(design, &case.stimulus)),
    }
}

/// What reads the text form.
type Parse = fn(&str) -> Result<Design, Vec<Diagnostic>>;

/// Why the text form of a design is not read back by `parse`, if so.
pub fn text_differs(design: &Design, parse: Parse) -> Option<String> {
    let printed = text::print(design);
    match parse(&printed) {
        Ok(again) if text::print(&again) == printed => None,
        Ok(_) => Some("the text form changes when it is read".into()),
        Err(found) => Some(format!("the text form is not read: {}", found[0])),
    }
}

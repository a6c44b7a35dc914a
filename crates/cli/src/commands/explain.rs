//! `seedbed explain`: the pages of the construction library's codes.

use crate::args::ExplainArgs;
use crate::report::print;
use anyhow::{Context, Result};
use seedbed_cosim::netlist::Code;
use serde::Serialize;

#[derive(Serialize)]
struct Page {
    code: String,
    page: &'static str,
}

/// Prints the page of a code, or the titles of all.
pub fn explain(args: &ExplainArgs, json: bool) -> Result<()> {
    let Some(wanted) = &args.code else {
        let pages = Code::ALL.map(page);
        return print(json, &pages, || {
            let titles = pages.iter().filter_map(|page| page.page.lines().next());
            titles.map(|title| format!("{}\n", title.trim_start_matches("# "))).collect()
        });
    };
    let number = wanted.trim_start_matches(['e', 'E']).parse::<u32>().ok();
    let known = number.and_then(|n| Code::ALL.into_iter().find(|&code| code as u32 == n));
    let page = page(known.with_context(|| {
        format!("there is no code `{wanted}`; `seedbed explain` lists them all")
    })?);
    print(json, &page, || page.page.to_string())
}

fn page(code: Code) -> Page {
    Page { code: code.to_string(), page: code.page() }
}

//! A panic of Seedbed is a failure of the case that meets it, not the end of a campaign.

use std::panic::{catch_unwind, AssertUnwindSafe};

/// What `f` gives, or what it panics with.
pub fn caught<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        format!("panics: {}", text.unwrap_or("without a message"))
    })
}

//! `seedbed bench`.
use crate::args::BenchArgs;
use anyhow::Result;
/// Measures.
pub fn bench(_args: &BenchArgs, _json: bool) -> Result<bool> {
    Ok(true)
}

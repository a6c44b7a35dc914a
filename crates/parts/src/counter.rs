//! Counters that a module keeps in its own scope.

use seedbed_hdl::{bits_for, uint, Scope, Sig};

/// A register `name` that counts from 0 to `max`: plus one in a cycle with only `up`, minus one in a
/// cycle with only `down`. The caller never lets it pass its ends.
#[track_caller]
pub fn up_down<'m>(m: &'m Scope, name: &str, max: u32, up: Sig<'m>, down: Sig<'m>) -> Sig<'m> {
    let count = m.reg(name, uint(bits_for(u64::from(max))), 0);
    m.when(up & !down, || count.set(count.wrapping_add(1)));
    m.when(down & !up, || count.set(count.wrapping_sub(1)));
    count
}

//! Lists of signals indexed by a signal.

use crate::literal::IntoSig;
use crate::scope::Scope;
use crate::sig::Sig;
use seedbed_ir::{Code, Loc};
use std::panic::Location;

/// Reading and writing a list of signals at a place that hardware decides.
///
/// ```
/// # use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig};
/// use seedbed_hdl::Indexed;
/// # #[derive(Clone, PartialEq, Eq, Hash, Debug)]
/// # struct Bank;
/// # impl Module for Bank {
/// #     type Io<'m> = [Sig<'m>; 4];
/// #     fn name(&self) -> String { "bank".into() }
/// #     fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 4] {
/// #         let [write, index] = [("write", bit()), ("index", uint(3))].map(|(n, t)| p.input(n, t));
/// #         [write, index, p.input("data", uint(8)), p.output("value", uint(8))]
/// #     }
/// fn build<'m>(&self, m: &'m Scope, [write, index, data, value]: [Sig<'m>; 4]) {
///     let bank: Vec<_> = (0..8).map(|i| m.reg(format!("bank_{i}_q"), uint(8), 0)).collect();
///     m.when(write, || bank.set_at(index, data));
///     value.set(bank.at(index));
/// }
/// # }
/// # assert!(elaborate(&Bank, &Settings::default()).is_ok());
/// ```
pub trait Indexed<'m> {
    /// The item at `index`; an index beyond the list gives the last item. E0014 when the list is empty
    /// or `index` is too narrow to reach all items.
    #[track_caller]
    fn at(&self, index: Sig<'m>) -> Sig<'m>;

    /// Drives the item at `index`, as [`Sig::set`] does; an index beyond the list drives none.
    #[track_caller]
    fn set_at(&self, index: Sig<'m>, value: impl IntoSig<'m>);
}

impl<'m> Indexed<'m> for [Sig<'m>] {
    #[track_caller]
    fn at(&self, index: Sig<'m>) -> Sig<'m> {
        let m = index.scope;
        if let Some(first) = self.first() {
            if m.refuse_index(index, self.len()) {
                return m.poison(first.ty());
            }
        }
        m.select(index, self)
    }

    #[track_caller]
    fn set_at(&self, index: Sig<'m>, value: impl IntoSig<'m>) {
        let m = index.scope;
        let at: Loc = Location::caller().into();
        let Some(first) = self.first() else {
            return m.error("`set_at` of an empty list; it needs at least one item");
        };
        if m.refuse_index(index, self.len()) {
            return;
        }
        let value = value.into_sig(m, first.ty());
        for (place, item) in self.iter().enumerate() {
            let outer = m.open(index.eq(place), at);
            item.set(value);
            m.close(outer);
        }
    }
}

impl Scope {
    /// Reports an index that is signed or cannot reach all of `items` items.
    #[track_caller]
    fn refuse_index(&self, index: Sig<'_>, items: usize) -> bool {
        let needed = crate::clog2(items as u64);
        let (code, message) = if index.signed() {
            (
                Code::Type,
                format!("an index is unsigned, this is {}; use `.as_unsigned()`", index.ty()),
            )
        } else if index.width() < needed {
            let have = index.ty();
            (
                Code::Parameter,
                format!("an index of {items} items needs {needed} bits, this is {have}"),
            )
        } else {
            return false;
        };
        self.refuse(code, message, &[index]);
        true
    }
}

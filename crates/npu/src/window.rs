//! Windows of external addresses in hardware.

use seedbed_hdl::{uint, Ports, Scope, Sig};
use seedbed_spec::Window;

/// Bits of a page's address within its page.
pub(crate) const PAGE_SHIFT: u32 = Window::PAGE.ilog2();

/// The pages that one direction may touch, as `spec::window` defines them.
#[derive(Clone, Copy)]
pub struct WindowSigs<'m> {
    /// The first page.
    pub first: Sig<'m>,
    /// The last page.
    pub last: Sig<'m>,
}

impl<'m> WindowSigs<'m> {
    /// The inputs `window_first` and `window_last`.
    #[track_caller]
    pub fn inputs(p: &Ports<'_, 'm>) -> Self {
        let page = |name| p.input(name, uint(Window::PAGE_BITS));
        WindowSigs { first: page("window_first"), last: page("window_last") }
    }

    /// The outputs `NAME_first` and `NAME_last`.
    #[track_caller]
    pub fn outputs(p: &Ports<'_, 'm>, name: &str) -> Self {
        let page = |end| p.output(format!("{name}_{end}"), uint(Window::PAGE_BITS));
        WindowSigs { first: page("first"), last: page("last") }
    }

    /// Connects an input of a component to where the window comes from.
    #[track_caller]
    pub fn connect(self, from: WindowSigs<'m>) {
        self.first.set(from.first);
        self.last.set(from.last);
    }

    /// Whether the last page has a number that `bits` bits do not hold.
    #[track_caller]
    pub(crate) fn beyond(self, m: &'m Scope, bits: u32) -> Sig<'m> {
        match self.last.width() - bits {
            0 => m.low(),
            more => self.last.slice(bits, more).or_reduce(),
        }
    }

    /// Whether a page, of any width, is outside.
    #[track_caller]
    pub(crate) fn excludes(self, page: Sig<'m>) -> Sig<'m> {
        let page = page.extend(Window::PAGE_BITS);
        page.lt(self.first) | page.gt(self.last)
    }
}

//! Values made of several others: multiplexers, concatenation, trees.

use crate::scope::Scope;
use crate::sig::Sig;
use seedbed_ir::{Code, Loc, Op, Ty};
use std::panic::Location;

/// Up to this many bits `any` and `all` are chains of operators, which read better than a reduction.
const FEW: usize = 8;

impl Scope {
    /// `on_true` when `sel` is 1, else `on_false`; both of one type, `sel` of one bit.
    #[track_caller]
    pub fn mux<'m>(&'m self, sel: Sig<'m>, on_true: Sig<'m>, on_false: Sig<'m>) -> Sig<'m> {
        let sel = self.condition(sel);
        let (a, b) = (on_true.ty(), on_false.ty());
        if a != b {
            let message = format!("the branches of `mux` are {a} and {b}; both must have one type");
            self.refuse(Code::Type, message, &[on_true, on_false]);
            return self.poison(a);
        }
        let (sel, on_true, on_false) = (sel.node(), on_true.node(), on_false.node());
        self.node(Op::Mux { sel, on_true, on_false }, a)
    }

    /// `sel`, or a constant and E0001 when it is not an unsigned bit.
    #[track_caller]
    pub(crate) fn condition<'m>(&'m self, sel: Sig<'m>) -> Sig<'m> {
        if sel.ty() == Ty::uint(1) {
            return sel;
        }
        let message = format!(
            "a condition is one unsigned bit (u1), this is {}; use `.or_reduce()` or a comparison",
            sel.ty()
        );
        self.refuse(Code::Type, message, &[sel]);
        self.poison(Ty::uint(1))
    }

    /// All bits side by side, the first item the most significant; unsigned.
    #[track_caller]
    pub fn cat<'m>(&'m self, msb_first: &[Sig<'m>]) -> Sig<'m> {
        match msb_first {
            [] => self.nothing_to("cat", Ty::uint(1)),
            [one] => one.as_unsigned(),
            items => {
                let width = items.iter().map(|s| s.width()).fold(0, u32::saturating_add);
                let items = items.iter().map(|s| s.node()).collect();
                self.node(Op::Concat(items), Ty::uint(width))
            }
        }
    }

    #[track_caller]
    fn nothing_to(&self, what: &str, ty: Ty) -> Sig<'_> {
        let message = format!("`{what}` of an empty list; it needs at least one item");
        self.refuse(Code::Parameter, message, &[]);
        self.poison(ty)
    }

    /// `items[index]`, as a tree of multiplexers; an index beyond the list gives the last item.
    #[track_caller]
    pub fn select<'m>(&'m self, index: Sig<'m>, items: &[Sig<'m>]) -> Sig<'m> {
        let Some(&last) = items.last() else {
            return self.nothing_to("select", Ty::uint(1));
        };
        if index.signed() {
            let message = format!("`select` by the signed {}; use `.as_unsigned()`", index.ty());
            self.refuse(Code::Type, message, &[index]);
            return last;
        }
        let useful = crate::clog2(items.len() as u64).min(index.width());
        let chosen = self.select_tree(index, useful, items);
        if items.len() == 1 || index.width() == useful {
            return chosen;
        }
        let beyond = index.slice(useful, index.width() - useful).or_reduce();
        self.mux(beyond, last, chosen)
    }

    /// Decides by the low `bits` bits of `index`.
    #[track_caller]
    fn select_tree<'m>(&'m self, index: Sig<'m>, bits: u32, items: &[Sig<'m>]) -> Sig<'m> {
        if bits == 0 || items.len() == 1 {
            return items[0];
        }
        let half = 1 << (bits - 1);
        if items.len() <= half {
            // The index can say more than there are items, all of it "the last one".
            let last = items[items.len() - 1];
            let low = self.select_tree(index, bits - 1, items);
            return self.mux(index.bit(bits - 1), last, low);
        }
        let low = self.select_tree(index, bits - 1, &items[..half]);
        let high = self.select_tree(index, bits - 1, &items[half..]);
        self.mux(index.bit(bits - 1), high, low)
    }

    /// The OR of all items whose selector is 1; zero when none is. Lists of equal length.
    #[track_caller]
    pub fn mux_one_hot<'m>(&'m self, sels: &[Sig<'m>], items: &[Sig<'m>]) -> Sig<'m> {
        if sels.len() != items.len() {
            let message = format!(
                "`mux_one_hot` of {} selectors and {} items; the lists must be of one length",
                sels.len(),
                items.len()
            );
            self.refuse(Code::Parameter, message, &[]);
        }
        let mut masked = Vec::with_capacity(items.len());
        for (&sel, &item) in sels.iter().zip(items) {
            masked.push(self.mux(sel, item, self.zero(item.ty())));
        }
        if masked.is_empty() {
            return self.nothing_to("mux_one_hot", Ty::uint(1));
        }
        self.grow_tree(masked, |a, b| a | b)
    }

    /// OR of one-bit signals; 0 for an empty list. Few are printed as `a || b`, many as one reduction.
    #[track_caller]
    pub fn any<'m>(&'m self, bits: &[Sig<'m>]) -> Sig<'m> {
        match bits {
            [] => self.low(),
            few if few.len() <= FEW => self.chain(few, |a, b| a | b),
            many => self.cat(many).or_reduce(),
        }
    }

    /// AND of one-bit signals; 1 for an empty list.
    #[track_caller]
    pub fn all<'m>(&'m self, bits: &[Sig<'m>]) -> Sig<'m> {
        match bits {
            [] => self.high(),
            few if few.len() <= FEW => self.chain(few, |a, b| a & b),
            many => self.cat(many).and_reduce(),
        }
    }

    /// The exact sum, as a balanced tree: `n` items of width `w` give `w + ceil(log2 n)` bits.
    #[track_caller]
    pub fn sum<'m>(&'m self, items: &[Sig<'m>]) -> Sig<'m> {
        if items.is_empty() {
            return self.nothing_to("sum", Ty::uint(1));
        }
        self.grow_tree(items.to_vec(), |a, b| a + b)
    }

    /// All items combined by `f` as a balanced tree: neighbours first, then their results. `f` should be
    /// associative. E0014 for an empty list.
    #[track_caller]
    pub fn tree<'m>(
        &'m self,
        items: &[Sig<'m>],
        f: impl Fn(Sig<'m>, Sig<'m>) -> Sig<'m>,
    ) -> Sig<'m> {
        if items.is_empty() {
            return self.nothing_to("tree", Ty::uint(1));
        }
        self.grow_tree(items.to_vec(), f)
    }

    /// The value beside the first condition that is 1, or `otherwise`; values of one type.
    #[track_caller]
    pub fn priority<'m>(&'m self, choices: &[(Sig<'m>, Sig<'m>)], otherwise: Sig<'m>) -> Sig<'m> {
        let mut chosen = otherwise;
        for &(cond, value) in choices.iter().rev() {
            chosen = self.mux(cond, value, chosen);
        }
        chosen
    }

    /// Combines neighbours until one value is left. The operators stand at lines of this file, so the
    /// caller's place is put in their stead.
    #[track_caller]
    fn grow_tree<'m>(
        &'m self,
        mut items: Vec<Sig<'m>>,
        f: impl Fn(Sig<'m>, Sig<'m>) -> Sig<'m>,
    ) -> Sig<'m> {
        let at: Loc = Location::caller().into();
        while items.len() > 1 {
            let nodes = self.state().module.nodes.len();
            let mistakes = self.context.mistakes.borrow().len();
            let pair = |p: &[Sig<'m>]| if p.len() == 2 { f(p[0], p[1]) } else { p[0] };
            items = items.chunks(2).map(pair).collect();
            self.place_since(nodes, mistakes, at);
        }
        items[0]
    }

    /// Combines from the left; `items` is not empty.
    #[track_caller]
    fn chain<'m>(&'m self, items: &[Sig<'m>], f: impl Fn(Sig<'m>, Sig<'m>) -> Sig<'m>) -> Sig<'m> {
        let at: Loc = Location::caller().into();
        let nodes = self.state().module.nodes.len();
        let mistakes = self.context.mistakes.borrow().len();
        let all = items[1..].iter().fold(items[0], |all, item| f(all, *item));
        self.place_since(nodes, mistakes, at);
        all
    }

    /// Moves all nodes and mistakes from the given counts on to `at`.
    fn place_since(&self, nodes: usize, mistakes: usize, at: Loc) {
        self.state_mut().move_nodes(nodes, at);
        for mistake in self.context.mistakes.borrow_mut().iter_mut().skip(mistakes) {
            mistake.at = at;
        }
    }
}

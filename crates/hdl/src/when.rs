//! Conditional assignment.

use crate::literal::{bits_of, Literal};
use crate::scope::Scope;
use crate::sig::Sig;
use crate::state::Frame;
use seedbed_ir::{Binary, Bits, Code, Loc, NodeId, Op, Unary};
use std::cell::RefCell;
use std::panic::Location;

/// Deeper nesting of conditions would exhaust the stack.
const MOST_NESTED: u32 = 500;

/// More cases of one `switch` would take time and memory with the square of their number.
const MOST_CASES: u32 = 4500;

impl Scope {
    /// Assignments made in `f` happen only while `cond` is 1. E0014 when conditions nest deeper than 500.
    #[track_caller]
    pub fn when<'m>(&'m self, cond: Sig<'m>, f: impl FnOnce()) {
        let at = Location::caller().into();
        let outer = self.open(self.condition(cond), at);
        f();
        self.close(outer);
    }

    /// Assignments made in `f` happen while `cond` is 1, those made in `g` while it is 0.
    #[track_caller]
    pub fn when_else<'m>(&'m self, cond: Sig<'m>, f: impl FnOnce(), g: impl FnOnce()) {
        let at = Location::caller().into();
        let cond = self.condition(cond).node();
        let group = self.new_group();
        let outer = self.enter(group, cond, true, at);
        f();
        self.state_mut().current = outer;
        self.enter(group, cond, false, at);
        g();
        self.state_mut().current = outer;
    }

    /// Chooses by the value of `sel`: `m.switch(sel, |s| { s.case(0, || ..); s.default(|| ..) })`.
    /// Without a default, nothing is assigned for the values not listed. E0014 beyond 4,500 cases.
    #[track_caller]
    pub fn switch<'m>(&'m self, sel: Sig<'m>, cases: impl FnOnce(&Switch<'m>)) {
        let outer = self.state().current;
        cases(&Switch { sel, seen: RefCell::default(), closed: RefCell::new(false) });
        self.state_mut().current = outer;
    }

    /// Assignments made in `f` happen while `cond` is 1; the scope stays in the opposite branch.
    pub(crate) fn arm(&self, cond: Sig<'_>, at: Loc, f: impl FnOnce()) {
        let (group, cond) = (self.new_group(), cond.node());
        let outer = self.enter(group, cond, true, at);
        f();
        self.state_mut().current = outer;
        self.enter(group, cond, false, at);
        let mut state = self.state_mut();
        let (current, outer) = (state.current as usize, outer as usize);
        state.frames[current].nesting = state.frames[outer].nesting;
    }

    /// Assignments from here on happen while `cond` is 1, until [`close`](Self::close) of what this
    /// returns.
    pub(crate) fn open(&self, cond: Sig<'_>, at: Loc) -> u32 {
        self.enter(self.new_group(), cond.node(), true, at)
    }

    /// Leaves the condition of [`open`](Self::open).
    pub(crate) fn close(&self, outer: u32) {
        self.state_mut().current = outer;
    }

    fn new_group(&self) -> u32 {
        let mut state = self.state_mut();
        state.groups += 1;
        state.groups
    }

    /// Opens a branch; returns the frame to go back to.
    fn enter(&self, group: u32, cond: NodeId, on_true: bool, at: Loc) -> u32 {
        let mut state = self.state_mut();
        let parent = state.current;
        let Frame { depth, nesting, .. } = state.frames[parent as usize];
        let (depth, nesting) = (depth + 1, nesting + 1);
        if nesting > MOST_NESTED || depth > MOST_CASES {
            drop(state);
            let message = format!(
                "conditions nest deeper than {MOST_NESTED}, or have more than {MOST_CASES} cases; use a \
                 ROM or a list indexed by a signal"
            );
            self.report(Code::Parameter, message, at, Vec::new());
            return parent;
        }
        state.frames.push(Frame { parent, depth, nesting, group, cond, on_true, full: None, at });
        state.current = (state.frames.len() - 1) as u32;
        parent
    }

    /// `enable` and all conditions around the current line.
    pub(crate) fn under_conditions(&self, enable: NodeId, at: Loc) -> NodeId {
        let mut state = self.state_mut();
        let frame = state.current;
        match state.full_condition(frame) {
            None => enable,
            Some(cond) => state.shared(Op::Binary(Binary::And, cond, enable), at),
        }
    }
}

impl crate::state::State {
    /// The conjunction of all conditions of `frame`; `None` in the unconditional body.
    pub(crate) fn full_condition(&mut self, frame: u32) -> Option<NodeId> {
        // From the innermost frame that is known already, without recursion: nesting may be deep.
        let (mut unknown, mut known) = (Vec::new(), frame);
        while known != 0 && self.frames[known as usize].full.is_none() {
            unknown.push(known);
            known = self.frames[known as usize].parent;
        }
        let mut full = if known == 0 { None } else { self.frames[known as usize].full };
        for frame in unknown.into_iter().rev() {
            let Frame { cond, on_true, at, .. } = self.frames[frame as usize].clone();
            let own = if on_true { cond } else { self.shared(Op::Unary(Unary::Not, cond), at) };
            full = Some(match full {
                None => own,
                Some(outer) => self.shared(Op::Binary(Binary::And, outer, own), at),
            });
            self.frames[frame as usize].full = full;
        }
        full
    }
}

/// The cases of a [`Scope::switch`].
pub struct Switch<'m> {
    sel: Sig<'m>,
    seen: RefCell<Vec<Bits>>,
    closed: RefCell<bool>,
}

impl<'m> Switch<'m> {
    /// Assignments made in `f` happen while the selector is `value`. E0001 when the selector cannot
    /// be `value`, E0014 when it was listed before.
    #[track_caller]
    pub fn case(&self, value: impl Literal, f: impl FnOnce()) {
        let at: Loc = Location::caller().into();
        if self.refuse_case(value.value(), at) {
            return;
        }
        let m = self.sel.scope;
        if self.covers_all() {
            // The last possible value needs no comparison: it is what remains.
            *self.closed.borrow_mut() = true;
            return f();
        }
        m.arm(self.sel.eq(m.lit(value, self.sel.ty())), at, f);
    }

    /// Assignments made in `f` happen for all values not listed before.
    #[track_caller]
    pub fn default(&self, f: impl FnOnce()) {
        if self.closed.replace(true) {
            let message = "nothing remains for this `default`".to_string();
            let at = Location::caller().into();
            return self.sel.scope.report(Code::Parameter, message, at, Vec::new());
        }
        f();
    }

    /// Notes `value`, or reports why it cannot be a case.
    fn refuse_case(&self, value: i128, at: Loc) -> bool {
        let m = self.sel.scope;
        let ty = self.sel.ty();
        let Some(bits) = bits_of(value, ty) else {
            let message =
                format!("`case({value})` of a selector of type {ty}, which it cannot hold");
            m.report(Code::Type, message, at, m.made_here(&[self.sel]));
            return true;
        };
        if *self.closed.borrow() || self.seen.borrow().contains(&bits) {
            let message = format!("`case({value})` can never be reached; it is covered above");
            m.report(Code::Parameter, message, at, Vec::new());
            return true;
        }
        self.seen.borrow_mut().push(bits);
        false
    }

    fn covers_all(&self) -> bool {
        let width = self.sel.width();
        width < 32 && self.seen.borrow().len() as u64 == 1 << width
    }
}

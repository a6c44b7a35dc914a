//! Turns the recorded assignments of a target into a driver.
//!
//! An assignment list is read as the statements of a block. Each block yields *whether* it drives the
//! target and *what*; the value is free wherever the block does not drive, which is what keeps the
//! multiplexers few: a register loads `next` only under `enable`, so `next` need not repeat it.

use crate::scope::Scope;
use crate::state::{Frame, Sink, State, Target, NONE};
use seedbed_ir::{Binary, Code, Loc, NodeId, Op, Ty, Unary};

/// When a block drives its target.
#[derive(Clone, Copy)]
enum Drives {
    Never,
    When(NodeId),
    Always,
}

/// What a block does to its target. `value` is `None` exactly when it never drives.
#[derive(Clone, Copy)]
struct Effect {
    drives: Drives,
    value: Option<NodeId>,
    at: Loc,
}

/// An assignment with the frames it is nested in, outermost first.
struct Step {
    frames: Vec<u32>,
    value: NodeId,
    at: Loc,
}

/// An assignment that a later one makes useless: the later one and the earlier one.
type Useless = (Loc, Loc);

impl Scope {
    /// Gives every target its driver.
    pub(crate) fn drive_targets(&self) {
        let count = self.state().targets.len();
        for index in 0..count {
            let target = self.state().targets[index];
            match target.sink {
                _ if target.last != NONE => self.drive(target),
                Sink::InstInput { wire: Some(wire), .. } => {
                    // The checker reports the input; the wire that reads it back is not another mistake.
                    let zero = self.poison(target.ty).node();
                    self.state_mut().module.wires[wire].driver = Some(zero);
                }
                _ => {}
            }
        }
    }

    fn drive(&self, target: Target) {
        let mut useless = Vec::new();
        let effect = {
            let mut state = self.state_mut();
            let newest = &state.assigns[target.last as usize];
            // A register declared under a condition holds its value without it.
            let is_register = matches!(target.sink, Sink::Reg(_));
            let always = newest.frame == target.frame && (newest.frame == 0 || !is_register);
            if newest.previous == NONE && always {
                Effect { drives: Drives::Always, value: Some(newest.value), at: newest.at }
            } else {
                let steps = state.steps(target);
                state.block(&steps, 0, &mut useless)
            }
        };
        for (at, first) in useless {
            let message = format!(
                "{} is driven twice: this makes the earlier value useless; drop one, or put this one \
                 under a `when`",
                self.describe_target(target)
            );
            self.report(
                Code::DrivenTwice,
                message,
                at,
                vec![("first driven here".into(), Some(first))],
            );
        }
        self.connect(target, effect);
    }

    fn connect(&self, target: Target, effect: Effect) {
        let Effect { drives, value: Some(value), at } = effect else {
            return;
        };
        let partial = !matches!(drives, Drives::Always);
        if partial && !matches!(target.sink, Sink::Reg(_)) {
            let message = format!(
                "{} is not driven on every path, which would be a latch; set a default before the `when`",
                self.describe_target(target)
            );
            let notes = vec![("assigned here".to_string(), Some(at))];
            self.report(Code::Undriven, message, target.at, notes);
        }
        let mut state = self.state_mut();
        match target.sink {
            Sink::Output(port) => state.module.ports[port].driver = Some(value),
            Sink::Wire(wire) => state.module.wires[wire].driver = Some(value),
            Sink::InstInput { inst, port, wire } => {
                let value = match wire {
                    None => value,
                    Some(wire) => {
                        state.module.wires[wire].driver = Some(value);
                        state.node(Op::Wire(wire), target.ty, target.at)
                    }
                };
                state.module.insts[inst].inputs.push((port, value));
            }
            Sink::Reg(reg) => {
                let reg = &mut state.module.regs[reg];
                reg.next = Some(value);
                if let Drives::When(enable) = drives {
                    reg.enable = Some(enable);
                }
            }
            Sink::Nothing => {}
        }
    }
}

impl State {
    /// The assignments to `target`, oldest first, with their frames relative to the frame in which the
    /// target was declared (absolute when some assignment is outside of it).
    fn steps(&self, target: Target) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut next = target.last;
        while next != NONE {
            let assign = &self.assigns[next as usize];
            let frames = self.frames_of(assign.frame);
            steps.push(Step { frames, value: assign.value, at: assign.at });
            next = assign.previous;
        }
        steps.reverse();
        let base = self.frames_of(target.frame);
        let is_register = matches!(target.sink, Sink::Reg(_));
        if !is_register && steps.iter().all(|s| s.frames.starts_with(&base)) {
            for step in &mut steps {
                step.frames.drain(..base.len());
            }
        }
        steps
    }

    fn frames_of(&self, frame: u32) -> Vec<u32> {
        let mut frames = Vec::with_capacity(self.frames[frame as usize].depth as usize);
        let mut at = frame;
        while at != 0 {
            frames.push(at);
            at = self.frames[at as usize].parent;
        }
        frames.reverse();
        frames
    }

    /// The effect of `steps`, which share their first `depth` frames.
    fn block(&mut self, steps: &[Step], depth: usize, useless: &mut Vec<Useless>) -> Effect {
        let mut rest = steps;
        let mut done: Option<Effect> = None;
        while let Some(first) = rest.first() {
            let (taken, effect) = match first.frames.get(depth) {
                None => {
                    if let Some(earlier) = done {
                        useless.push((first.at, earlier.at));
                    }
                    let value = Some(first.value);
                    (1, Effect { drives: Drives::Always, value, at: first.at })
                }
                Some(&frame) => {
                    let group = self.frames[frame as usize].group;
                    let same = |s: &&Step| {
                        s.frames.get(depth).is_some_and(|&f| self.frames[f as usize].group == group)
                    };
                    let taken = rest.iter().take_while(same).count();
                    (taken, self.branches(&rest[..taken], depth, useless))
                }
            };
            done = Some(match done {
                None => effect,
                Some(earlier) => self.overlay(earlier, effect),
            });
            rest = &rest[taken..];
        }
        done.unwrap_or(Effect { drives: Drives::Never, value: None, at: Loc::NOWHERE })
    }

    /// The effect of the branches of one `when`. A chain of `else when`, as a `switch` makes it, is
    /// followed without recursion: it may be long.
    fn branches(&mut self, steps: &[Step], depth: usize, useless: &mut Vec<Useless>) -> Effect {
        let (mut rest, mut depth, mut chain) = (steps, depth, Vec::new());
        let mut last = loop {
            let frame = self.frames[rest[0].frames[depth] as usize].clone();
            let is_else = |s: &Step| !self.frames[s.frames[depth] as usize].on_true;
            let split = rest.iter().position(is_else).unwrap_or(rest.len());
            let (on_true, on_false) = rest.split_at(split);
            depth += 1;
            let on_true = self.block(on_true, depth, useless);
            chain.push((frame, on_true));
            if on_false.is_empty() || !self.is_one_when(on_false, depth) {
                break self.block(on_false, depth, useless);
            }
            rest = on_false;
        };
        for (frame, on_true) in chain.into_iter().rev() {
            last = self.choice(&frame, on_true, last);
        }
        last
    }

    /// Whether `steps` are all within the `when` that the first is in.
    fn is_one_when(&self, steps: &[Step], depth: usize) -> bool {
        let group = |s: &Step| s.frames.get(depth).map(|&f| self.frames[f as usize].group);
        let first = group(&steps[0]);
        first.is_some() && steps.iter().all(|s| group(s) == first)
    }

    fn choice(&mut self, frame: &Frame, on_true: Effect, on_false: Effect) -> Effect {
        let drives = self.either(frame.cond, on_true.drives, on_false.drives, frame.at);
        let at = if on_true.value.is_some() { on_true.at } else { on_false.at };
        let value = match (on_true.value, on_false.value) {
            (Some(a), Some(b)) => Some(self.choose(frame.cond, a, b, at)),
            (a, b) => a.or(b),
        };
        Effect { drives, value, at }
    }

    /// `later` wins over `earlier`.
    fn overlay(&mut self, earlier: Effect, later: Effect) -> Effect {
        let (Some(a), Some(b)) = (earlier.value, later.value) else {
            return if later.value.is_some() { later } else { earlier };
        };
        match (earlier.drives, later.drives) {
            (_, Drives::Always) | (Drives::Never, _) => later,
            (_, Drives::Never) => earlier,
            (before, Drives::When(cond)) => {
                let value = Some(self.choose(cond, b, a, later.at));
                let drives = match before {
                    Drives::When(other) => Drives::When(self.or(other, cond, later.at)),
                    other => other,
                };
                Effect { drives, value, at: earlier.at }
            }
        }
    }

    /// When the two branches of a condition together drive.
    fn either(&mut self, cond: NodeId, on_true: Drives, on_false: Drives, at: Loc) -> Drives {
        use Drives::{Always, Never, When};
        match (on_true, on_false) {
            (Never, Never) => Never,
            (Always, Always) => Always,
            (Always, Never) => When(cond),
            (Never, Always) => When(self.not(cond, at)),
            (When(a), Never) => When(self.and(cond, a, at)),
            (Never, When(b)) => {
                let not = self.not(cond, at);
                When(self.and(not, b, at))
            }
            (Always, When(b)) => When(self.or(cond, b, at)),
            (When(a), Always) => {
                let not = self.not(cond, at);
                When(self.or(not, a, at))
            }
            (When(a), When(b)) => When(self.choose(cond, a, b, at)),
        }
    }

    fn choose(&mut self, sel: NodeId, on_true: NodeId, on_false: NodeId, at: Loc) -> NodeId {
        if on_true == on_false {
            return on_true;
        }
        let ty = self.module.nodes[on_true].ty;
        self.node(Op::Mux { sel, on_true, on_false }, ty, at)
    }

    fn and(&mut self, a: NodeId, b: NodeId, at: Loc) -> NodeId {
        self.shared(Op::Binary(Binary::And, a, b), at)
    }

    fn or(&mut self, a: NodeId, b: NodeId, at: Loc) -> NodeId {
        if a == b {
            return a;
        }
        self.shared(Op::Binary(Binary::Or, a, b), at)
    }

    fn not(&mut self, a: NodeId, at: Loc) -> NodeId {
        debug_assert_eq!(self.module.nodes[a].ty, Ty::uint(1));
        self.shared(Op::Unary(Unary::Not, a), at)
    }
}

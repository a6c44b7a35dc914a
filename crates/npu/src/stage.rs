//! Pipelines that know their own depth.

use seedbed_hdl::{uint, Scope, Sig};
use std::collections::{BTreeMap, BTreeSet};

/// Register stages in a memory's read port.
pub(crate) const MEMORY: u32 = 1;

/// A signal and the number of register stages between it and the start of its path. Stage counts
/// come from the registers placed, never from a formula, so that comparing them with
/// `spec::timing` proves something.
#[derive(Clone, Copy)]
pub(crate) struct Staged<'m> {
    pub(crate) sig: Sig<'m>,
    pub(crate) stage: u32,
}

impl<'m> Staged<'m> {
    /// `sig`, `stage` registers behind the start.
    pub(crate) fn new(sig: Sig<'m>, stage: u32) -> Self {
        Staged { sig, stage }
    }

    /// One stage later, in a register without reset.
    #[track_caller]
    pub(crate) fn pipe(self, name: impl AsRef<str>) -> Self {
        Staged { sig: self.sig.pipe_no_reset(name), stage: self.stage + 1 }
    }

    /// One stage later, in a register without reset that holds its value unless `enable`.
    #[track_caller]
    pub(crate) fn pipe_when(self, m: &'m Scope, enable: Sig<'m>, name: impl AsRef<str>) -> Self {
        let register = m.reg_no_reset(name, self.sig.ty());
        m.when(enable, || register.set(self.sig));
        Staged { sig: register, stage: self.stage + 1 }
    }

    /// At a later stage, behind one register `NAME_sN` or a shift register `NAME_to_sN_q`.
    #[track_caller]
    fn delay(self, m: &'m Scope, name: &str, stage: u32, reset: Reset) -> Self {
        let (stages, width) = (stage - self.stage, self.sig.width());
        let name = match stages {
            1 => format!("{name}_s{stage}"),
            _ => format!("{name}_to_s{stage}_q"),
        };
        let line = shift_register(m, name, self.sig, stages, reset);
        Staged { sig: line.slice(width * (stages - 1), width), stage }
    }

    /// The value of some logic on this signal.
    pub(crate) fn map(self, f: impl FnOnce(Sig<'m>) -> Sig<'m>) -> Self {
        Staged { sig: f(self.sig), stage: self.stage }
    }

    /// The value of some logic on two signals, which must be of one stage.
    #[track_caller]
    pub(crate) fn join(
        self,
        m: &'m Scope,
        other: Staged<'m>,
        f: impl FnOnce(Sig<'m>, Sig<'m>) -> Sig<'m>,
    ) -> Self {
        if self.stage != other.stage {
            m.error(format!(
                "stage {} meets stage {}: delay the earlier of the two signals",
                self.stage, other.stage
            ));
        }
        Staged { sig: f(self.sig, other.sig), stage: self.stage }
    }

    /// The signal, which must be `stage` registers behind the start: `spec::timing` says so.
    #[track_caller]
    pub(crate) fn expect(self, m: &'m Scope, stage: u32, what: &str) -> Sig<'m> {
        if self.stage != stage {
            m.error(format!(
                "{what} has {} register stages and spec::timing states {stage}: make them equal",
                self.stage
            ));
        }
        self.sig
    }
}

/// Whether a register has a reset, to 0.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reset {
    /// For valid bits.
    Yes,
    /// For what a valid bit accompanies.
    No,
}

/// The last `stages` values of `sig` in one shift register, the newest lowest: a single vector, whatever
/// its length, of which FPGA tools make shift-register cells where it has no reset.
#[track_caller]
pub(crate) fn shift_register<'m>(
    m: &'m Scope,
    name: impl AsRef<str>,
    sig: Sig<'m>,
    stages: u32,
    reset: Reset,
) -> Sig<'m> {
    let ty = uint(sig.width() * stages);
    let register = match reset {
        Reset::Yes => m.reg(name, ty, 0),
        Reset::No => m.reg_no_reset(name, ty),
    };
    register.set(m.cat(&[register, sig]).trunc(ty.width));
    register
}

/// A delay line: one signal at many stages.
pub(crate) struct Line<'m> {
    taps: BTreeMap<u32, Sig<'m>>,
}

impl<'m> Line<'m> {
    /// Delays `start` up to stage `last` in registers `NAME_s1`, `NAME_s2`, ... with reset to 0: for
    /// valid bits.
    #[track_caller]
    pub(crate) fn valid(start: Staged<'m>, name: &str, last: u32) -> Self {
        Self::new(start, last, |sig, stage| sig.pipe(format!("{name}_s{stage}")))
    }

    /// The same without reset: for what a valid bit accompanies.
    #[track_caller]
    pub(crate) fn data(start: Staged<'m>, name: &str, last: u32) -> Self {
        Self::new(start, last, |sig, stage| sig.pipe_no_reset(format!("{name}_s{stage}")))
    }

    fn new(start: Staged<'m>, last: u32, pipe: impl Fn(Sig<'m>, u32) -> Sig<'m>) -> Self {
        let mut taps = BTreeMap::from([(start.stage, start.sig)]);
        let mut sig = start.sig;
        for stage in start.stage + 1..=last {
            sig = pipe(sig, stage);
            taps.insert(stage, sig);
        }
        Line { taps }
    }

    /// Delays `start` to these stages and no others, for long ways: more than one cycle from one to the
    /// next is one shift register `NAME_to_sN_q`.
    #[track_caller]
    pub(crate) fn taps(
        m: &'m Scope,
        start: Staged<'m>,
        name: &str,
        stages: &[u32],
        reset: Reset,
    ) -> Self {
        let mut taps = BTreeMap::from([(start.stage, start.sig)]);
        let stages: BTreeSet<u32> = stages.iter().copied().collect();
        let mut at = start;
        for stage in stages.range(start.stage + 1..) {
            at = at.delay(m, name, *stage, reset);
            taps.insert(at.stage, at.sig);
        }
        Line { taps }
    }

    /// The signal at a stage that the line was made for.
    pub(crate) fn at(&self, stage: u32) -> Sig<'m> {
        self.taps[&stage]
    }

    /// The signal with its stage.
    pub(crate) fn staged(&self, stage: u32) -> Staged<'m> {
        Staged::new(self.at(stage), stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_hdl::{elaborate, uint, Module, Ports, Settings};

    /// A pipeline of two registers that claims `claimed`, and joins a signal of stage `joined`.
    #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    struct Claim {
        claimed: u32,
        joined: u32,
    }

    impl Module for Claim {
        type Io<'m> = [Sig<'m>; 2];

        fn name(&self) -> String {
            "claim".to_string()
        }

        fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 2] {
            [p.input("x", uint(4)), p.output("y", uint(4))]
        }

        fn build<'m>(&self, m: &'m Scope, [x, y]: [Sig<'m>; 2]) {
            let early = Line::data(Staged::new(x, 0), "early", self.joined).staged(self.joined);
            let late = Staged::new(x, 0).pipe("x1_q").pipe("x2_q");
            y.set(late.join(m, early, |a, b| a & b).expect(m, self.claimed, "the path"));
        }
    }

    fn messages(claimed: u32, joined: u32) -> Vec<String> {
        let design = elaborate(&Claim { claimed, joined }, &Settings::default());
        design.err().unwrap_or_default().iter().map(|d| d.message.clone()).collect()
    }

    #[test]
    fn a_latency_that_is_not_the_stated_one_does_not_elaborate() {
        assert_eq!(messages(2, 2), [""; 0]);
        let wrong = "the path has 2 register stages and spec::timing states 3: make them equal";
        assert_eq!(messages(3, 2), [wrong]);
    }

    #[test]
    fn signals_of_different_stages_do_not_meet() {
        let wrong = "stage 2 meets stage 1: delay the earlier of the two signals";
        assert_eq!(messages(2, 1), [wrong]);
    }
}

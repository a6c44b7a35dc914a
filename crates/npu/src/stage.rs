//! Pipelines that know their own depth.

use seedbed_hdl::{Scope, Sig};

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

/// A delay line: one signal at many stages.
pub(crate) struct Line<'m> {
    first: u32,
    taps: Vec<Sig<'m>>,
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
        let mut taps = vec![start.sig];
        for stage in start.stage + 1..=last {
            taps.push(pipe(taps[taps.len() - 1], stage));
        }
        Line { first: start.stage, taps }
    }

    /// The signal at a stage between the first and the last.
    pub(crate) fn at(&self, stage: u32) -> Sig<'m> {
        self.taps[(stage - self.first) as usize]
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

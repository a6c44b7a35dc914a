//! Pipelines whose values know how many registers they are behind.

use crate::sig::Sig;
use seedbed_ir::Code;
use std::ops::{Add, Mul, Sub};

/// A value and its stage: the number of registers it has passed since the pipeline's entry.
///
/// Values of different stages do not combine (E0017), so a forgotten delay of a side value is an error
/// and not a wrong result.
///
/// ```
/// # use seedbed_hdl::{elaborate, uint, Module, Ports, Scope, Settings, Sig};
/// # #[derive(Clone, PartialEq, Eq, Hash, Debug)]
/// # struct Axpy;
/// # impl Module for Axpy {
/// #     type Io<'m> = [Sig<'m>; 4];
/// #     fn name(&self) -> String { "axpy".into() }
/// #     fn io<'m>(&self, p: &Ports<'_, 'm>) -> [Sig<'m>; 4] {
/// #         let [a, x, y] = ["a", "x", "y"].map(|name| p.input(name, uint(8)));
/// #         [a, x, y, p.output("sum", uint(17))]
/// #     }
/// fn build<'m>(&self, _: &'m Scope, [a, x, y, sum]: [Sig<'m>; 4]) {
///     let [a, x, y] = [a, x, y].map(Sig::staged);
///     let product = (a * x).pipe("product_q");
///     let total = (product + y.until("y", product.stage())).pipe("sum_q");
///     sum.set(total.at_stage(2)); // E0017 if it were not two cycles
/// }
/// # }
/// # assert!(elaborate(&Axpy, &Settings::default()).is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Staged<'m> {
    sig: Sig<'m>,
    stage: u32,
}

impl<'m> Sig<'m> {
    /// This value as the entry of a pipeline: stage 0.
    pub fn staged(self) -> Staged<'m> {
        Staged { sig: self, stage: 0 }
    }

    /// This value `stages` cycles later, through registers `NAME_1`, `NAME_2`, ... with reset value 0;
    /// under a [`when`](crate::Scope::when) they move only then.
    #[track_caller]
    pub fn delay(self, name: impl AsRef<str>, stages: u32) -> Sig<'m> {
        let mut value = self;
        for stage in 1..=self.bounded(stages) {
            value = value.pipe(format!("{}_{stage}", name.as_ref()));
        }
        value
    }

    /// As [`delay`](Self::delay), through registers without reset.
    #[track_caller]
    pub fn delay_no_reset(self, name: impl AsRef<str>, stages: u32) -> Sig<'m> {
        let mut value = self;
        for stage in 1..=self.bounded(stages) {
            value = value.pipe_no_reset(format!("{}_{stage}", name.as_ref()));
        }
        value
    }

    /// `stages`, or none and E0014 when there are too many to be meant.
    #[track_caller]
    fn bounded(self, stages: u32) -> u32 {
        if stages <= MOST_STAGES {
            return stages;
        }
        let message = format!("a delay of {stages} stages; the most is {MOST_STAGES}");
        self.scope.refuse(Code::Parameter, message, &[self]);
        0
    }
}

/// Longer delays belong into a memory.
const MOST_STAGES: u32 = 4096;

impl<'m> Staged<'m> {
    /// The stage.
    pub fn stage(self) -> u32 {
        self.stage
    }

    /// The value, where its stage does not matter.
    pub fn sig(self) -> Sig<'m> {
        self.sig
    }

    /// The value, which is to be of stage `stage`; E0017 when it is not.
    #[track_caller]
    pub fn at_stage(self, stage: u32) -> Sig<'m> {
        if self.stage != stage {
            let name = self.sig.scope.describe(self.sig);
            let message = format!("{name} is of stage {}, not {stage}", self.stage);
            self.sig.scope.refuse(Code::Stage, message, &[self.sig]);
        }
        self.sig
    }

    /// One register on, as [`Sig::pipe`].
    #[track_caller]
    pub fn pipe(self, name: impl AsRef<str>) -> Staged<'m> {
        Staged { sig: self.sig.pipe(name), stage: self.stage + 1 }
    }

    /// One register without reset on.
    #[track_caller]
    pub fn pipe_no_reset(self, name: impl AsRef<str>) -> Staged<'m> {
        Staged { sig: self.sig.pipe_no_reset(name), stage: self.stage + 1 }
    }

    /// `stages` registers on, called `NAME_1`, ... as of [`Sig::delay`].
    #[track_caller]
    pub fn delay(self, name: impl AsRef<str>, stages: u32) -> Staged<'m> {
        Staged { sig: self.sig.delay(name, stages), stage: self.stage.saturating_add(stages) }
    }

    /// As [`delay`](Self::delay), through registers without reset.
    #[track_caller]
    pub fn delay_no_reset(self, name: impl AsRef<str>, stages: u32) -> Staged<'m> {
        let sig = self.sig.delay_no_reset(name, stages);
        Staged { sig, stage: self.stage.saturating_add(stages) }
    }

    /// Carried on to stage `stage`, through registers `NAME_1`, ... as of [`Sig::delay`]; E0017 when it
    /// is beyond that stage.
    #[track_caller]
    pub fn until(self, name: impl AsRef<str>, stage: u32) -> Staged<'m> {
        let sig = self.sig.delay(name, self.stages_to(stage));
        Staged { sig, stage }
    }

    /// As [`until`](Self::until), through registers without reset.
    #[track_caller]
    pub fn until_no_reset(self, name: impl AsRef<str>, stage: u32) -> Staged<'m> {
        let sig = self.sig.delay_no_reset(name, self.stages_to(stage));
        Staged { sig, stage }
    }

    #[track_caller]
    fn stages_to(self, stage: u32) -> u32 {
        if let Some(stages) = stage.checked_sub(self.stage) {
            return stages;
        }
        let name = self.sig.scope.describe(self.sig);
        let message = format!("{name} is of stage {}, already beyond {stage}", self.stage);
        self.sig.scope.refuse(Code::Stage, message, &[self.sig]);
        0
    }

    /// What `f` makes of the value, in the same stage.
    pub fn map(self, f: impl FnOnce(Sig<'m>) -> Sig<'m>) -> Staged<'m> {
        Staged { sig: f(self.sig), stage: self.stage }
    }

    /// What `f` makes of this value and `other`, which must be of one stage (E0017).
    #[track_caller]
    pub fn join(
        self,
        other: Staged<'m>,
        f: impl FnOnce(Sig<'m>, Sig<'m>) -> Sig<'m>,
    ) -> Staged<'m> {
        self.meets(other);
        Staged { sig: f(self.sig, other.sig), stage: self.stage.max(other.stage) }
    }

    #[track_caller]
    fn meets(self, other: Staged<'m>) {
        if self.stage == other.stage {
            return;
        }
        let m = self.sig.scope;
        let [a, b] = [self, other].map(|value| m.describe(value.sig));
        let early = if self.stage < other.stage { &a } else { &b };
        let message = format!(
            "{a} of stage {} meets {b} of stage {}; carry {early} on with `.until(name, {})`",
            self.stage,
            other.stage,
            self.stage.max(other.stage)
        );
        m.refuse(Code::Stage, message, &[self.sig, other.sig]);
    }
}

macro_rules! operators {
    ($($name:ident $method:ident $op:tt)*) => {$(
        /// As of the values, which must be of one stage.
        impl<'m> $name for Staged<'m> {
            type Output = Staged<'m>;
            #[track_caller]
            fn $method(self, other: Staged<'m>) -> Staged<'m> {
                self.meets(other);
                Staged { sig: self.sig $op other.sig, stage: self.stage.max(other.stage) }
            }
        }
    )*};
}
operators!(Add add + Sub sub - Mul mul *);

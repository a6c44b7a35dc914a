//! Triangular shift registers.

use crate::stage::Staged;
use seedbed_hdl::{uint, Module, Ports, Scope, Sig};

/// Which parts of a vector wait longer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Slope {
    /// Part i waits i cycles.
    Rising,
    /// Part i of n waits n - 1 - i cycles.
    Falling,
}

/// Delays each part of a vector by another number of cycles.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `parts` | in | the parts, the first lowest |
/// | `delayed` | out | the parts, delayed by their index, from the first or from the last |
///
/// Stage s is one register `stageS_q` of the parts that wait s cycles or longer. No reset, no
/// enable and no taps, so FPGA tools can make shift-register cells of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Skew {
    /// Parts of the vector.
    pub parts: u32,
    /// Bits of a part.
    pub bits: u32,
    /// Which wait longer.
    pub slope: Slope,
}

/// Ports of [`Skew`].
pub struct SkewIo<'m> {
    /// The vector.
    pub parts: Sig<'m>,
    /// Its parts, delayed.
    pub delayed: Sig<'m>,
}

impl Skew {
    /// Cycles that part `i` waits.
    pub fn delay(&self, i: u32) -> u32 {
        match self.slope {
            Slope::Rising => i,
            Slope::Falling => self.parts - 1 - i,
        }
    }

    /// What goes on from a vector of `count` parts when its least delayed part has left.
    fn rest<'m>(&self, vector: Sig<'m>, count: u32) -> Sig<'m> {
        let lowest = match self.slope {
            Slope::Rising => 1,
            Slope::Falling => 0,
        };
        vector.slice(lowest * self.bits, (count - 1) * self.bits)
    }

    /// The least delayed part of a vector of `count` parts.
    fn leaving<'m>(&self, vector: Sig<'m>, count: u32) -> Sig<'m> {
        let index = match self.slope {
            Slope::Rising => 0,
            Slope::Falling => count - 1,
        };
        vector.slice(index * self.bits, self.bits)
    }
}

impl Module for Skew {
    type Io<'m> = SkewIo<'m>;

    fn name(&self) -> String {
        let kind = match self.slope {
            Slope::Rising => "skew",
            Slope::Falling => "deskew",
        };
        format!("{kind}_n{}_b{}", self.parts, self.bits)
    }

    fn doc(&self) -> String {
        let Skew { parts, bits, slope } = self;
        let end = match slope {
            Slope::Rising => "first",
            Slope::Falling => "last",
        };
        format!("Delays {parts} parts of {bits} bits by their distance from the {end}, in cycles.")
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SkewIo<'m> {
        let ty = uint(self.parts * self.bits);
        SkewIo { parts: p.input("parts", ty), delayed: p.output("delayed", ty) }
    }

    fn build<'m>(&self, m: &'m Scope, io: SkewIo<'m>) {
        let mut vector = Staged::new(io.parts, 0);
        let mut leaving = Vec::new();
        for count in (1..=self.parts).rev() {
            leaving.push(vector.map(|v| self.leaving(v, count)));
            if count > 1 {
                let rest = vector.map(|v| self.rest(v, count));
                vector = rest.pipe(format!("stage{}_q", vector.stage + 1));
            }
        }
        // The last to leave is the highest part of a rising slope.
        if self.slope == Slope::Falling {
            leaving.reverse();
        }
        let part = |(i, part): (u32, &Staged<'m>)| part.expect(m, self.delay(i), "a part");
        let parts: Vec<Sig> = (0..).zip(&leaving).map(part).collect();
        io.delayed.set(m.cat(&parts.into_iter().rev().collect::<Vec<_>>()));
    }
}

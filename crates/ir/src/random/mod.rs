//! Random designs that are legal and hold every construct, to compare what reads the netlist: simulators,
//! emitters, passes.
//!
//! A design follows from its seed. What is easily got wrong is frequent: extreme values, constants that
//! are neutral to an operator, equal operands, words that are read and written at one edge, two clocks.
//! Nothing depends on what is left undefined, so that all readers must agree on every output:
//!
//! - where a memory leaves it open what a read of a word gives that another port writes, no two ports
//!   meet, as long as the two clocks of a memory never have an edge at one time;
//! - whatever powers up is compared from zero on, and contents as stated.
//!
//! The name of a reset port ends in `_n` when it is active low.
//!
//! ```
//! use seedbed_ir::{check, random};
//!
//! let design = random::design(1, random::Size::Small);
//! assert_eq!(check::check(&design), []);
//! ```

mod memories;
mod operators;
mod soup;
mod state;

use crate::module::{Design, Module, ModuleId, ResetKind};
use crate::ty::Ty;
use seedbed_bits::Bits;
use soup::Soup;

/// A generator of numbers (splitmix64), so that a seed names a design for ever.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next_u64() >> 32) as usize % n
    }

    /// True once in `one_in` times.
    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    /// One of `items`.
    pub(crate) fn among<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// A width from 1 to 200, small ones more often.
    pub fn width(&mut self) -> u32 {
        match self.below(12) {
            0..=1 => 1,
            2..=4 => 2 + self.below(7) as u32,
            5..=6 => 8,
            7..=8 => 9 + self.below(40) as u32,
            _ => 60 + self.below(141) as u32,
        }
    }

    /// A type of such a width, of either sign.
    pub fn ty(&mut self) -> Ty {
        Ty { width: self.width(), signed: self.chance(2) }
    }

    /// Any value, with a liking for the extremes.
    pub fn bits(&mut self, width: u32) -> Bits {
        match self.below(8) {
            0 => Bits::zero(width),
            1 => Bits::ones(width),
            2 => {
                let mut limbs = vec![0; Bits::limbs_for(width)];
                limbs[(width - 1) as usize / 64] = 1 << ((width - 1) % 64);
                Bits::from_limbs(width, &limbs)
            }
            3 => Bits::from_u64(width, self.below(16) as u64),
            4 => Bits::from_i128(width, -(self.below(16) as i128)),
            _ => {
                let limbs: Vec<u64> =
                    (0..Bits::limbs_for(width)).map(|_| self.next_u64()).collect();
                Bits::from_limbs(width, &limbs)
            }
        }
    }
}

/// How large a random design is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// About 60 nodes.
    Small,
    /// About 200 nodes.
    Large,
}

impl Size {
    /// Items made at a time.
    fn items(self) -> usize {
        match self {
            Size::Small => 8,
            Size::Large => 20,
        }
    }
}

const KINDS: [ResetKind; 4] =
    [ResetKind::AsyncLow, ResetKind::SyncLow, ResetKind::AsyncHigh, ResetKind::SyncHigh];

/// The design of a seed. Every module is called `dSEED_...`, so that many designs fit in one program.
///
/// One in four has two clocks; half of the small ones and all large ones have instances, some of them
/// two levels deep.
pub fn design(seed: u64, size: Size) -> Design {
    let mut random = Random(seed);
    let mut design = Design::default();
    let clocks = if random.chance(4) { 2 } else { 1 };
    let kinds: Vec<ResetKind> = (0..clocks).map(|_| random.among(&KINDS)).collect();
    let mut children = Vec::new();
    if size == Size::Large || random.chance(2) {
        let leaf = child(&mut random, &kinds, &children, &design, seed, size);
        children.push(leaf.push(&mut design));
        if random.chance(3) {
            let middle = child(&mut random, &kinds, &children, &design, seed, size);
            children.push(middle.push(&mut design));
        }
    }
    let clocks: Vec<usize> = (0..kinds.len()).collect();
    let mut top = Soup::new(&format!("d{seed}_top"), &kinds, &clocks, &mut random);
    top.fill(2 * size.items());
    if let Some(last) = children.last() {
        top.instance("u_one", &design, last);
        top.fill(size.items());
        if top.random.chance(2) {
            let again = top.random.among(&[0, children.len() - 1]);
            top.instance("u_two", &design, &children[again]);
            top.fill(size.items() / 2);
        }
    }
    let top = top.finish();
    design.modules.push(top);
    design
}

/// A module that may be instantiated, and which of the top's clocks it has.
struct Child {
    module: ModuleId,
    clocks: Vec<usize>,
}

/// A [`Child`] that is not in the design yet.
struct NewChild {
    module: Module,
    clocks: Vec<usize>,
}

impl NewChild {
    fn push(self, design: &mut Design) -> Child {
        Child { module: design.modules.push(self.module), clocks: self.clocks }
    }
}

/// A module for instances, itself with one of `children` when there are any.
fn child(
    random: &mut Random,
    kinds: &[ResetKind],
    children: &[Child],
    design: &Design,
    seed: u64,
    size: Size,
) -> NewChild {
    let clocks = match children.last() {
        Some(below) => below.clocks.clone(),
        None if random.chance(2) => (0..kinds.len()).collect(),
        None => vec![random.below(kinds.len())],
    };
    let name = format!("d{seed}_child{}", children.len());
    let mut soup = Soup::new(&name, kinds, &clocks, random);
    soup.fill(size.items());
    if let Some(below) = children.last() {
        soup.instance("u_below", design, below);
        soup.fill(size.items() / 2);
    }
    NewChild { module: soup.finish(), clocks }
}

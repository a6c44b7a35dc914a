//! Where the compiled program keeps values: four arrays per area, by the size of their elements.

use crate::kernel::limbs;

/// The size of an array's elements.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Class {
    B8,
    B16,
    B32,
    B64,
}

/// All classes, in the order of the arrays of an area.
pub(crate) const CLASSES: [Class; 4] = [Class::B8, Class::B16, Class::B32, Class::B64];

impl Class {
    /// The smallest that holds values of `width` bits, or their limbs.
    pub fn of(width: u32) -> Class {
        match width {
            0..=8 => Class::B8,
            9..=16 => Class::B16,
            17..=32 => Class::B32,
            _ => Class::B64,
        }
    }

    /// Bytes of an element.
    pub fn bytes(self) -> usize {
        1 << self as usize
    }

    /// Bits of an element.
    pub fn bits(self) -> usize {
        8 * self.bytes()
    }
}

/// An area of memory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Space {
    /// Registers and read data before the edge.
    State,
    /// The same after the edge; what a function computes for others.
    Next,
    /// Input ports.
    Input,
    /// What a function computes for itself.
    Temp,
}

impl Space {
    /// The first letter of its arrays' names.
    pub fn letter(self) -> char {
        match self {
            Space::State => 's',
            Space::Next => 'd',
            Space::Input => 'p',
            Space::Temp => 't',
        }
    }
}

/// The place of a value; limb `k` is element `index + k`. An element is one number per lane.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Place {
    pub space: Space,
    pub class: Class,
    pub index: u32,
}

/// The sizes of the arrays of an area.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Area {
    counts: [u32; 4],
}

/// Arrays start at multiples of this, so that vector loads do not cross cache lines.
const ALIGN: usize = 64;

impl Area {
    /// Makes room for a value.
    pub fn add(&mut self, space: Space, width: u32) -> Place {
        let class = Class::of(width);
        let index = self.counts[class as usize];
        self.counts[class as usize] += limbs(width) as u32;
        Place { space, class, index }
    }

    /// Makes room for the 64-bit limbs of a value.
    pub fn add_limbs(&mut self, width: u32) {
        self.counts[Class::B64 as usize] += limbs(width) as u32;
    }

    /// Where each array starts, in bytes, and the size of the area.
    pub fn offsets(&self, lanes: usize) -> ([usize; 4], usize) {
        let (mut at, mut offsets) = (0, [0; 4]);
        for class in CLASSES {
            offsets[class as usize] = at;
            let bytes = self.counts[class as usize] as usize * lanes * class.bytes();
            at += bytes.next_multiple_of(ALIGN);
        }
        (offsets, at)
    }
}

/// The memory of an area.
pub(crate) struct Blob {
    bytes: Vec<u8>,
    /// First byte used: at a multiple of [`ALIGN`].
    first: usize,
    offsets: [usize; 4],
    lanes: usize,
}

impl Blob {
    pub fn new(area: &Area, lanes: usize) -> Self {
        let (offsets, bytes) = area.offsets(lanes);
        Blob { offsets, lanes, ..Self::bytes(bytes) }
    }

    /// Memory without known contents.
    pub fn bytes(bytes: usize) -> Self {
        let bytes = vec![0; bytes + ALIGN];
        let first = bytes.as_ptr().align_offset(ALIGN).min(ALIGN);
        Blob { bytes, first, offsets: [0; 4], lanes: 1 }
    }

    /// Its first byte, for the compiled program.
    pub fn pointer(&mut self) -> *mut u64 {
        self.bytes[self.first..].as_mut_ptr().cast()
    }

    /// Where limb `k` of a value in a lane starts.
    fn locate(&self, place: Place, k: usize, lane: usize) -> usize {
        let element = (place.index as usize + k) * self.lanes + lane;
        self.first + self.offsets[place.class as usize] + element * place.class.bytes()
    }

    /// Limb `k` of a value in a lane.
    pub fn get(&self, place: Place, k: usize, lane: usize) -> u64 {
        let at = self.locate(place, k, lane);
        match place.class {
            Class::B8 => self.bytes[at].into(),
            Class::B16 => u16::from_ne_bytes(self.array(at)).into(),
            Class::B32 => u32::from_ne_bytes(self.array(at)).into(),
            Class::B64 => u64::from_ne_bytes(self.array(at)),
        }
    }

    /// Whether any lane of `count` neighbouring elements is not zero.
    pub fn any(&self, first: Place, count: usize) -> bool {
        let bytes = count * self.lanes * first.class.bytes();
        self.bytes[self.locate(first, 0, 0)..][..bytes].iter().any(|&b| b != 0)
    }

    /// Sets it, to a value within its width; returns whether that changed it.
    pub fn set(&mut self, place: Place, k: usize, lane: usize, value: u64) -> bool {
        let at = self.locate(place, k, lane);
        match place.class {
            Class::B8 => self.replace(at, [value as u8]),
            Class::B16 => self.replace(at, (value as u16).to_ne_bytes()),
            Class::B32 => self.replace(at, (value as u32).to_ne_bytes()),
            Class::B64 => self.replace(at, value.to_ne_bytes()),
        }
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        self.bytes[at..at + N].try_into().expect("N bytes")
    }

    fn replace<const N: usize>(&mut self, at: usize, by: [u8; N]) -> bool {
        let changed = self.array(at) != by;
        self.bytes[at..at + N].copy_from_slice(&by);
        changed
    }
}

//! The hardware construction library: components described by Rust functions, elaborated into a
//! checked netlist.
//!
//! The one key decision: **a component is a value**. A type that implements [`Module`] holds the
//! parameters; its `io` declares the ports once and gives them to both sides, and its `build` describes
//! the inside with plain Rust: loops, functions, vectors of signals. Equal values are one Verilog
//! module, so a 256x256 array elaborates its processing element once. There are no macros, no globals
//! and no thread-locals, and widths are run-time numbers, so they can come from a file.
//!
//! Arithmetic grows exactly, shrinking is always written, types must match, and a mistake never
//! panics: it is recorded with the user's line and elaboration goes on, so one run lists them all, and
//! [`render`] shows them with the lines of source they speak of.
//!
//! ```
//! use seedbed_hdl::{bit, elaborate, uint, Module, Ports, Scope, Settings, Sig};
//!
//! /// Counts the cycles in which `en` is high.
//! #[derive(Clone, PartialEq, Eq, Hash, Debug)]
//! struct Counter {
//!     width: u32,
//! }
//!
//! struct CounterIo<'m> {
//!     en: Sig<'m>,
//!     count: Sig<'m>,
//! }
//!
//! impl Module for Counter {
//!     type Io<'m> = CounterIo<'m>;
//!
//!     fn name(&self) -> String {
//!         format!("counter_w{}", self.width)
//!     }
//!
//!     fn io<'m>(&self, p: &Ports<'_, 'm>) -> CounterIo<'m> {
//!         CounterIo { en: p.input("en", bit()), count: p.output("count", uint(self.width)) }
//!     }
//!
//!     fn build<'m>(&self, m: &'m Scope, io: CounterIo<'m>) {
//!         let count = m.reg("count_q", uint(self.width), 0);
//!         m.when(io.en, || count.set(count.wrapping_add(1)));
//!         io.count.set(count);
//!     }
//! }
//!
//! let design = elaborate(&Counter { width: 8 }, &Settings::default()).unwrap();
//! let ports: Vec<_> = design.top().ports.values().map(|p| p.name.as_str()).collect();
//! assert_eq!(ports, ["clk", "rst_n", "en", "count"]);
//! ```
//!
//! # Clock and reset
//!
//! A module that has registers or memories, or whose children have, gets the input ports `clk` and,
//! when a register with reset is among them, `rst_n`, before all others; they are connected to the
//! children automatically. A purely combinational module gets neither.
//!
//! # A signal stays in its module
//!
//! A [`Sig`] is borrowed from its [`Scope`]; keeping it beyond `build` does not compile:
//!
//! ```compile_fail,E0521
//! use seedbed_hdl::{bit, Module, Ports, Scope, Sig};
//! use std::cell::Cell;
//!
//! thread_local!(static LEAK: Cell<Option<Sig<'static>>> = const { Cell::new(None) });
//!
//! #[derive(Clone, PartialEq, Eq, Hash, Debug)]
//! struct Leaky;
//!
//! impl Module for Leaky {
//!     type Io<'m> = Sig<'m>;
//!     fn name(&self) -> String { "leaky".into() }
//!     fn io<'m>(&self, p: &Ports<'_, 'm>) -> Sig<'m> { p.input("a", bit()) }
//!     fn build<'m>(&self, _: &'m Scope, a: Sig<'m>) { LEAK.set(Some(a)); }
//! }
//! ```

mod arith;
mod black_box;
mod bundle;
mod combine;
mod compare;
mod context;
mod domain;
mod drive;
mod enums;
mod finish;
mod fixed;
mod fsm;
mod literal;
mod mem;
mod message;
mod module;
mod pipeline;
mod ports;
mod property;
mod scope;
mod shape;
mod sig;
mod state;
mod stream;
mod vector;
mod when;

pub use black_box::{BlackBox, Foreign};
pub use bundle::{Bundle, BundleSig, Fields};
pub use domain::Domain;
pub use enums::{Encoding, Enum, EnumSig, IntoEnum};
pub use fixed::{Fixed, Rounding};
pub use fsm::Fsm;
pub use literal::{IntoSig, Literal};
pub use mem::{Mem, Mem1rw, MemSpec, Memory};
pub use module::{elaborate, Module, Profile, Settings};
pub use pipeline::Staged;
pub use ports::Ports;
pub use property::Property;
pub use scope::Scope;
pub use seedbed_ir::{
    render, Bits, Code, Collision, Design, Diagnostic, Loc, Parameter, ResetKind, Ty,
};
pub use sig::Sig;
pub use stream::Stream;
pub use vector::Indexed;
pub use when::Switch;

/// The type of one bit.
pub fn bit() -> Ty {
    Ty::uint(1)
}

/// An unsigned type of `width` bits.
pub fn uint(width: u32) -> Ty {
    Ty::uint(width)
}

/// A two's complement type of `width` bits.
pub fn sint(width: u32) -> Ty {
    Ty::sint(width)
}

/// The width of an address for `n` items: the logarithm to base 2, rounded up, at least 1.
pub fn clog2(n: u64) -> u32 {
    bits_for(n.saturating_sub(1))
}

/// The bits that hold the unsigned value `max`, at least 1.
pub fn bits_for(max: u64) -> u32 {
    (u64::BITS - max.leading_zeros()).max(1)
}

/// Pages of the book: their examples are compiled and run.
#[cfg(doctest)]
mod book {
    #[doc = include_str!("../../../docs/src/construction-library.md")]
    mod tour {}
    #[doc = include_str!("../../../docs/src/tutorial.md")]
    mod tutorial {}
    #[doc = include_str!("../../../docs/src/from-chisel.md")]
    mod from_chisel {}
    #[doc = include_str!("../../../docs/src/from-systemverilog.md")]
    mod from_systemverilog {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_addresses_and_values() {
        assert_eq!([1, 2, 3, 4, 5, 256, 257].map(clog2), [1, 1, 2, 2, 3, 8, 9]);
        assert_eq!([0, 1, 2, 3, 4, 255, 256].map(bits_for), [1, 1, 2, 2, 3, 8, 9]);
        assert_eq!(bits_for(u64::MAX), 64);
    }
}

//! The netlist: what a builder records, what passes rewrite, what the emitter prints and the
//! simulator runs.
//!
//! The one key decision: **a module is flat arenas of small nodes addressed by `u32` entities**, and
//! every meaning is local to a node (`Op` and result type). There is no control flow, no scoping and
//! no implicit width rule: conditional assignment has become multiplexers, and every operator computes
//! at the width its node states. So an emitter, a simulator and a checker each need one `match`.
//!
//! Hierarchy is kept: a [`Design`] is a list of modules, children before parents, and equal components
//! are one module however many instances there are.
//!
//! ```
//! use seedbed_ir::{check, text, Binary, Design, Dir, Loc, Module, Node, Op, Port, PortKind, Ty};
//!
//! // y = a + a, one bit wider.
//! let mut m = Module { name: "twice".into(), ..Default::default() };
//! let (at, kind, driver, domain, labels) = (Loc::NOWHERE, PortKind::Data, None, None, None);
//! let (ty, wide) = (Ty::uint(8), Ty::uint(9));
//! let (name, dir) = ("a".into(), Dir::Input);
//! let a = m.ports.push(Port { name, dir, ty, kind, domain, driver, labels, at });
//! let a = m.nodes.push(Node { op: Op::Port(a), ty, name: None, at });
//! let sum = m.nodes.push(Node { op: Op::Binary(Binary::Add, a, a), ty: wide, name: None, at });
//! let (name, dir, driver) = ("y".into(), Dir::Output, Some(sum));
//! m.ports.push(Port { name, dir, ty: wide, kind, domain, driver, labels, at });
//!
//! let mut design = Design::default();
//! design.modules.push(m);
//! assert_eq!(check::check(&design), []);
//! assert!(text::print(&design).contains("%1 = add %0 %0 : u9"));
//! ```

pub mod check;
pub mod diagnostic;
pub mod entity;
pub mod memory;
pub mod module;
pub mod name;
pub mod parameter;
pub mod passes;
pub mod random;
mod refs;
mod render;
pub mod text;
pub mod ty;

pub use check::CLOCK_GATE_CELL;
pub use diagnostic::{Code, Diagnostic, Loc};
pub use entity::{Arena, Entity};
pub use module::*;
pub use render::{render, render_text};
pub use seedbed_bits::Bits;
pub use ty::Ty;

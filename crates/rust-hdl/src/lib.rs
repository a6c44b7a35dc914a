//! The bridge to the crate `rust-hdl`, both ways.
//!
//! The one key decision: **each side keeps its own simulator and its own Verilog**, and the bridge
//! carries values between them. A core of ours inside a firmware of theirs is a block whose `update`
//! runs our simulator ([`Core`]; `seedbed generate --rust-hdl` writes the block); a block of theirs
//! inside a design of ours is a black box whose model runs their `update_all` ([`import`]). Neither
//! language is translated into the other, so nothing can be lost in translation.
//!
//! Nobody depends on this crate, and it is not a default member: building `rust-hdl` takes minutes.

mod core;
mod import;
mod value;

pub use self::core::Core;
pub use import::{import, BlockModel, Foreign, ForeignIo, ImportError, Imported, Pins};
pub use value::Port;

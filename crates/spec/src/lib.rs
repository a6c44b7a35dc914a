//! What hardware, golden models and compiler all obey.
//!
//! An accelerator that is checked against a model is only as good as the independence of the two: if
//! both take a formula from the same code, a mistake in it passes. So the generator, the models and
//! the compiler share no code but this crate, and this crate holds no algorithm of theirs, only the
//! contract: the [configuration](config), the [command fields](command), the [registers](csr),
//! the [faults](fault), the [windows](window), the [rounding rules](numerics) and the [latencies](timing).
//!
//! The key decision: contracts are *tables*, and everything that can be derived from a table is.
//! The 64-byte command is one list of fields; encoder, the hardware's checker, decoder, disassembler,
//! C header and the documentation page are readers of that list. A field exists everywhere or
//! nowhere.
//!
//! ```
//! use seedbed_spec::command::{decode_checked, disassemble, encode, Body, Header, Move, Slot, Sync};
//! use seedbed_spec::Config;
//!
//! let config = Config::preset("small").unwrap();
//! assert_eq!((config.peak_macs(), config.word(), config.acc_bits()), (64, 8, 28));
//!
//! let signals = [Slot { id: 3, n: 1 }, Slot::default(), Slot::default()];
//! let header = Header { stamp: 0, sync: Sync { signals, ..Sync::default() } };
//! let body = Body::Load(Move::contiguous(0x1000, 0x40, 256));
//! let command = encode(&header, &body).unwrap();
//!
//! assert_eq!(disassemble(&command), "LOAD   ext_addr=0x1000 lm_addr=0x40 run_bytes=256 signal 3:1");
//! assert_eq!(decode_checked(&command, &config), Ok((header, body)));
//!
//! let odd = encode(&header, &Body::Load(Move::contiguous(0x1001, 0, 8))).unwrap();
//! let illegal = decode_checked(&odd, &config).unwrap_err();
//! assert_eq!(illegal.to_string(), "bit 128: ext_addr is 0x1001; legal: multiple of the bus bytes");
//! ```

pub mod access;
pub mod command;
pub mod config;
pub mod csr;
pub mod fault;
pub mod numerics;
pub mod program;
pub mod timing;
pub mod window;

pub use config::Config;
pub use window::Window;

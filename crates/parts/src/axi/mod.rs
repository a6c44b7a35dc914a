//! AXI4 and AXI4-Lite: port bundles, masters, a read multiplexer.
//!
//! Conventions of every part here: bursts are INCR, full bus width, never across 4 KiB; a master never
//! stalls R or B, because it reserves room before it asks; addresses are multiples of the bus width.

mod port;
mod read_master;
mod read_mux;
mod split;
mod write_master;

pub use port::{AddressChannel, AxiWidths, LitePort, ReadPort, WritePort};
pub use read_master::{ReadMaster, ReadMasterIo};
pub use read_mux::{ReadMux, ReadMuxIo};
pub use split::{Split, SplitIo};
pub use write_master::{WriteDone, WriteMaster, WriteMasterIo};

use seedbed_hdl::{uint, Scope, Sig, Ty};

/// Bits of the number of beats in a request.
pub const BEATS_BITS: u32 = 24;

/// A request for a run of contiguous beats, as the payload of a stream: `{beats, addr}`.
#[derive(Clone, Copy, Debug)]
pub struct Request<'m> {
    /// Beats, at least 1, `uint(BEATS_BITS)`.
    pub beats: Sig<'m>,
    /// Byte address of the first beat, a multiple of the bus width.
    pub addr: Sig<'m>,
}

impl<'m> Request<'m> {
    /// The payload type for addresses of `addr_bits`.
    pub fn ty(addr_bits: u32) -> Ty {
        uint(BEATS_BITS + addr_bits)
    }

    /// Packs into the payload.
    #[track_caller]
    pub fn pack(self, m: &'m Scope) -> Sig<'m> {
        m.cat(&[self.beats, self.addr])
    }

    /// Unpacks a payload.
    #[track_caller]
    pub fn unpack(data: Sig<'m>) -> Self {
        let addr_bits = data.width().saturating_sub(BEATS_BITS);
        Self { beats: data.slice(addr_bits, BEATS_BITS), addr: data.slice(0, addr_bits) }
    }
}

/// The binary logarithm of the bytes of a bus of `data_bits`.
pub(crate) fn byte_bits(data_bits: u32) -> u32 {
    (data_bits / 8).max(1).ilog2()
}

/// Refuses a bus or burst length that AXI4 does not have.
#[track_caller]
pub(crate) fn check_bus(m: &Scope, data_bits: u32, burst_beats: u32) {
    if !data_bits.is_power_of_two() || !(8..=1024).contains(&data_bits) {
        m.error(format!("a bus of {data_bits} bits; AXI4 has 8, 16, 32 and so on up to 1024"));
    }
    if !(1..=256).contains(&burst_beats) || burst_beats * (data_bits / 8) > 4096 {
        m.error(format!(
            "bursts of {burst_beats} beats of {data_bits} bits; AXI4 allows up to 256 beats and 4096 bytes"
        ));
    }
}

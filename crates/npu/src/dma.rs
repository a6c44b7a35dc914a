//! What LOAD and STORE share: shapes, the walk over a command's runs and over a run's beats.

mod beats;
mod runs;

pub(crate) use beats::Beat;
pub use beats::{Beats, BeatsIo};
pub(crate) use runs::Run;
pub use runs::{Outcome, Runs, RunsIo};

use crate::lm::LmShape;
use seedbed_hdl::{bit, uint, Ports, Scope, Sig};
use seedbed_spec::command::BODY_BITS;
use seedbed_spec::fault::Cause;
use seedbed_spec::{timing, Config};

/// Commands that a DMA engine has taken and not yet reported done, at most.
pub const IN_FLIGHT: u32 = timing::COMMANDS_IN_FLIGHT;

/// Bits of an LM byte address in a command; addresses wrap there.
pub(crate) const LM_ADDR_BITS: u32 = 24;
/// Bits of an external byte address in a command and of a fault address.
pub(crate) const EXT_ADDR_BITS: u32 = 48;

/// The numbers that LOAD and STORE are built from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DmaShape {
    /// Bits of an address on the bus.
    pub addr_bits: u32,
    /// Bits of a beat.
    pub data_bits: u32,
    /// Longest burst.
    pub burst_beats: u32,
    /// Bursts in flight.
    pub outstanding: u32,
    /// Bytes of local memory.
    pub lm_bytes: u32,
    /// Its client ports.
    pub lm: LmShape,
}

impl DmaShape {
    /// The numbers of `config`.
    pub fn of(config: &Config) -> Self {
        DmaShape {
            addr_bits: config.bus.addr_bits,
            data_bits: config.bus.data_bits,
            burst_beats: config.bus.burst_beats,
            outstanding: config.bus.outstanding,
            lm_bytes: config.memory.lm_bytes,
            lm: LmShape::of(config),
        }
    }

    /// Part of module names: every number.
    pub(crate) fn suffix(&self) -> String {
        let DmaShape { addr_bits, data_bits, burst_beats, outstanding, lm_bytes, .. } = self;
        let (word, granule) = (self.word(), self.granule());
        format!("a{addr_bits}_d{data_bits}_b{burst_beats}_o{outstanding}_l{lm_bytes}_w{word}_g{granule}")
    }

    /// Bytes of a word of local memory.
    pub fn word(&self) -> u32 {
        self.lm.word_bits / 8
    }

    /// Bytes of a bit of its write mask.
    pub fn granule(&self) -> u32 {
        self.word() / self.lm.mask_bits
    }

    /// Low address bits that are zero because everything is a multiple of the bus bytes.
    pub(crate) fn beat_bits(&self) -> u32 {
        (self.data_bits / 8).ilog2()
    }

    /// Bits of an LM address that counts beats.
    pub(crate) fn lm_beat_bits(&self) -> u32 {
        LM_ADDR_BITS - self.beat_bits()
    }

    /// Bits that select a beat within an LM word.
    pub(crate) fn lane_bits(&self) -> u32 {
        (self.lm.word_bits / self.data_bits).ilog2()
    }

    /// The LM word address of the LM beat address `beat`, which wraps at the size of the memory.
    pub(crate) fn lm_word<'m>(&self, beat: Sig<'m>) -> Sig<'m> {
        beat.slice(self.lane_bits(), self.lm.addr_bits)
    }

    /// The runs of commands.
    pub(crate) fn runs(&self) -> Runs {
        Runs { addr_bits: self.addr_bits, data_bits: self.data_bits, lm_bytes: self.lm_bytes }
    }
}

/// How an engine reports completed commands: one pulse each, in order.
#[derive(Clone, Copy)]
pub struct Done<'m> {
    /// A command is complete.
    pub valid: Sig<'m>,
    /// 0, or the code of its fault.
    pub cause: Sig<'m>,
    /// The address of its fault.
    pub addr: Sig<'m>,
}

impl<'m> Done<'m> {
    /// The ports of an engine: `done`, `done_cause`, `done_addr`.
    #[track_caller]
    pub fn master(p: &Ports<'_, 'm>) -> Self {
        Done {
            valid: p.output("done", bit()),
            cause: p.output("done_cause", uint(4)),
            addr: p.output("done_addr", uint(EXT_ADDR_BITS)),
        }
    }

    /// Reports one cycle after the event `last`, the end of a command. Its fault: what `outcome` says
    /// (a window before local memory), else `cause` when there is an `error` with `last`.
    #[track_caller]
    pub(crate) fn report(
        self,
        m: &'m Scope,
        last: Sig<'m>,
        error: Sig<'m>,
        cause: Cause,
        outcome: Outcome<'m>,
    ) {
        let code = |c: Cause| m.lit(c.code(), uint(4));
        let failed = error.pipe_no_reset("bus_error_q");
        let bus = m.mux(failed, code(cause), m.zero(uint(4)));
        self.valid.set(last.pipe("done_q"));
        let range = m.mux(outcome.range, code(Cause::RangeLm), bus);
        self.cause.set(m.mux(outcome.window, code(Cause::Window), range));
        self.addr.set(outcome.addr);
    }
}

/// Bits of a command's body.
pub(crate) const BODY: u32 = BODY_BITS;

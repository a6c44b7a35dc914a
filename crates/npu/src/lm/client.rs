//! The ports between local memory and its clients.
//!
//! A client whose operands may straddle two words (see [`seedbed_spec::config::layout`]) says for each
//! strip but the last whether it takes the word after the addressed one.
//!
//! A request is taken in a cycle with `valid` and `ready`. `ready` depends on the other clients'
//! requests in the same cycle. Read data are there exactly
//! [`LM_READ`](seedbed_spec::timing::LM_READ) cycles after the request was taken and stay until the
//! next data of this client.

use seedbed_hdl::{bit, uint, Ports, Sig, Ty};
use seedbed_spec::config::Config;

/// The widths of a client's ports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LmShape {
    /// Bits of a word address.
    pub addr_bits: u32,
    /// Bits of a word.
    pub word_bits: u32,
    /// Bits of a write mask.
    pub mask_bits: u32,
    /// Strips that the client addresses apart: 1, or all.
    pub strips: u32,
}

impl LmShape {
    /// A client of `config`'s local memory that moves whole words.
    pub fn of(config: &Config) -> Self {
        LmShape {
            addr_bits: config.lm_word_addr_bits(),
            word_bits: 8 * config.word(),
            mask_bits: config.word() / config.granule(),
            strips: 1,
        }
    }

    /// A client of `config`'s local memory whose operands straddle two words or do not.
    pub fn straddling(config: &Config, straddles: bool) -> Self {
        let strips = if straddles { config.strips() } else { 1 };
        LmShape { strips, ..Self::of(config) }
    }

    /// The port `following`, if there is one.
    pub(crate) fn following<'m>(self, port: impl FnOnce(Ty) -> Sig<'m>) -> Option<Sig<'m>> {
        (self.strips > 1).then(|| port(uint(self.strips - 1)))
    }
}

/// Wires the memory's side of `following` to the engine's.
#[track_caller]
fn connect_following<'m>(memory: Option<Sig<'m>>, engine: Option<Sig<'m>>) {
    if let (Some(memory), Some(engine)) = (memory, engine) {
        memory.set(engine);
    }
}

/// A client that reads.
#[derive(Clone, Copy)]
pub struct LmRead<'m> {
    /// Request.
    pub valid: Sig<'m>,
    /// Word address.
    pub addr: Sig<'m>,
    /// Strips that take the word after it.
    pub following: Option<Sig<'m>>,
    /// The request is taken.
    pub ready: Sig<'m>,
    /// The word read.
    pub data: Sig<'m>,
}

impl<'m> LmRead<'m> {
    /// The ports of an engine.
    pub fn master(p: &Ports<'_, 'm>, shape: LmShape) -> Self {
        LmRead {
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(shape.addr_bits)),
            following: shape.following(|ty| p.output("following", ty)),
            ready: p.input("ready", bit()),
            data: p.input("data", uint(shape.word_bits)),
        }
    }

    /// The ports of the memory.
    pub fn slave(p: &Ports<'_, 'm>, shape: LmShape) -> Self {
        LmRead {
            valid: p.input("valid", bit()),
            addr: p.input("addr", uint(shape.addr_bits)),
            following: shape.following(|ty| p.input("following", ty)),
            ready: p.output("ready", bit()),
            data: p.output("data", uint(shape.word_bits)),
        }
    }

    /// Wires this memory side to an engine's side.
    #[track_caller]
    pub fn connect(self, engine: LmRead<'m>) {
        self.valid.set(engine.valid);
        self.addr.set(engine.addr);
        connect_following(self.following, engine.following);
        engine.ready.set(self.ready);
        engine.data.set(self.data);
    }
}

/// A client that writes.
#[derive(Clone, Copy)]
pub struct LmWrite<'m> {
    /// Request.
    pub valid: Sig<'m>,
    /// Word address.
    pub addr: Sig<'m>,
    /// The word to write.
    pub data: Sig<'m>,
    /// One bit per granule: write it.
    pub mask: Sig<'m>,
    /// The request is taken.
    pub ready: Sig<'m>,
}

impl<'m> LmWrite<'m> {
    /// The ports of an engine.
    pub fn master(p: &Ports<'_, 'm>, shape: LmShape) -> Self {
        LmWrite {
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(shape.addr_bits)),
            data: p.output("data", uint(shape.word_bits)),
            mask: p.output("mask", uint(shape.mask_bits)),
            ready: p.input("ready", bit()),
        }
    }

    /// The ports of the memory.
    pub fn slave(p: &Ports<'_, 'm>, shape: LmShape) -> Self {
        LmWrite {
            valid: p.input("valid", bit()),
            addr: p.input("addr", uint(shape.addr_bits)),
            data: p.input("data", uint(shape.word_bits)),
            mask: p.input("mask", uint(shape.mask_bits)),
            ready: p.output("ready", bit()),
        }
    }

    /// Wires this memory side to an engine's side.
    #[track_caller]
    pub fn connect(self, engine: LmWrite<'m>) {
        self.valid.set(engine.valid);
        self.addr.set(engine.addr);
        self.data.set(engine.data);
        self.mask.set(engine.mask);
        engine.ready.set(self.ready);
    }
}

/// A client that reads or writes, one request per cycle.
#[derive(Clone, Copy)]
pub struct LmReadWrite<'m> {
    /// Request.
    pub valid: Sig<'m>,
    /// The request is a write.
    pub write: Sig<'m>,
    /// Word address.
    pub addr: Sig<'m>,
    /// Strips that take the word after it.
    pub following: Option<Sig<'m>>,
    /// The word to write.
    pub wdata: Sig<'m>,
    /// One bit per granule: write it.
    pub mask: Sig<'m>,
    /// The request is taken.
    pub ready: Sig<'m>,
    /// The word read.
    pub rdata: Sig<'m>,
}

impl<'m> LmReadWrite<'m> {
    /// The ports of an engine.
    pub fn master(p: &Ports<'_, 'm>, shape: LmShape) -> Self {
        LmReadWrite {
            valid: p.output("valid", bit()),
            write: p.output("write", bit()),
            addr: p.output("addr", uint(shape.addr_bits)),
            following: shape.following(|ty| p.output("following", ty)),
            wdata: p.output("wdata", uint(shape.word_bits)),
            mask: p.output("mask", uint(shape.mask_bits)),
            ready: p.input("ready", bit()),
            rdata: p.input("rdata", uint(shape.word_bits)),
        }
    }

    /// The ports of the memory.
    pub fn slave(p: &Ports<'_, 'm>, shape: LmShape) -> Self {
        LmReadWrite {
            valid: p.input("valid", bit()),
            write: p.input("write", bit()),
            addr: p.input("addr", uint(shape.addr_bits)),
            following: shape.following(|ty| p.input("following", ty)),
            wdata: p.input("wdata", uint(shape.word_bits)),
            mask: p.input("mask", uint(shape.mask_bits)),
            ready: p.output("ready", bit()),
            rdata: p.output("rdata", uint(shape.word_bits)),
        }
    }

    /// Wires this memory side to an engine's side.
    #[track_caller]
    pub fn connect(self, engine: LmReadWrite<'m>) {
        self.valid.set(engine.valid);
        self.write.set(engine.write);
        self.addr.set(engine.addr);
        connect_following(self.following, engine.following);
        self.wdata.set(engine.wdata);
        self.mask.set(engine.mask);
        engine.ready.set(self.ready);
        engine.rdata.set(self.rdata);
    }
}

//! Fetching commands from the ring.
//!
//! One read request per 64-byte command, no more of them than the bus can answer: the first command is
//! asked for alone and at once, and a LOAD that it starts finds the bus free. `yields` lets LOAD go first
//! altogether.
//!
//! A command outside the window is not asked for: when all before it have left it comes out as it is,
//! marked `barred`.
//!
//! | port | dir | meaning |
//! |---|---|---|
//! | `base`, `size` | in | byte address of the ring, its length in commands |
//! | `doorbell`, `count` | in | `count` more commands are ready |
//! | `rewind` | in | the next command is that of slot 0 |
//! | `yields` | in | ask for nothing now |
//! | `halt` | in | ask for nothing more; what still arrives is discarded |
//! | `request` | source | to the read master: {beats, address} |
//! | `beats` | sink | from the read master: {error, data} |
//! | `command` | source | {barred, error, 512 bits} |
//! | `addr` | out | address of a command that is barred |
//! | `window_first`, `window_last` | in | [`WindowSigs`]: the pages that may be read |
//! | `idle` | out | nothing pending, asked for or held |

use crate::window::{WindowSigs, PAGE_SHIFT};
use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::axi::{Request, BEATS_BITS};
use seedbed_spec::csr;

/// Bits of a command.
pub const COMMAND: u32 = 512;
/// Bits of ring lengths and counts.
pub const RING: u32 = csr::COUNT_BITS;

/// The fetcher for an AXI bus.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fetch {
    /// Address width, bits.
    pub addr_bits: u32,
    /// Bus width, bits.
    pub data_bits: u32,
}

/// Ports of [`Fetch`].
pub struct FetchIo<'m> {
    /// Ring base address.
    pub base: Sig<'m>,
    /// Ring length in commands.
    pub size: Sig<'m>,
    /// More commands are ready.
    pub doorbell: Sig<'m>,
    /// How many.
    pub count: Sig<'m>,
    /// Start at slot 0 again.
    pub rewind: Sig<'m>,
    /// Ask for nothing now.
    pub yields: Sig<'m>,
    /// Discard.
    pub halt: Sig<'m>,
    /// Read requests.
    pub request: Stream<'m>,
    /// Read data.
    pub beats: Stream<'m>,
    /// Whole commands.
    pub command: Stream<'m>,
    /// Where a barred command lies.
    pub addr: Sig<'m>,
    /// The pages that may be read.
    pub window: WindowSigs<'m>,
    /// Nothing left.
    pub idle: Sig<'m>,
}

impl Module for Fetch {
    type Io<'m> = FetchIo<'m>;

    fn name(&self) -> String {
        format!("fetch_a{}_d{}", self.addr_bits, self.data_bits)
    }

    fn doc(&self) -> String {
        "Reads 64-byte commands from a ring in external memory.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> FetchIo<'m> {
        FetchIo {
            base: p.input("base", uint(self.addr_bits)),
            size: p.input("size", uint(RING)),
            doorbell: p.input("doorbell", bit()),
            count: p.input("count", uint(RING)),
            rewind: p.input("rewind", bit()),
            yields: p.input("yields", bit()),
            halt: p.input("halt", bit()),
            request: p.source("request", Request::ty(self.addr_bits)),
            beats: p.sink("beats", uint(self.data_bits + 1)),
            command: p.source("command", uint(COMMAND + 2)),
            addr: p.output("addr", uint(self.addr_bits)),
            window: WindowSigs::inputs(p),
            idle: p.output("idle", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: FetchIo<'m>) {
        let asked = m.reg("asked_q", uint(RING), 0);
        let (pending, outside) = self.ask(m, &io);
        let barred = (outside & pending.ne(0) & asked.eq(0)).named("barred");
        let taken = self.assemble(m, &io, barred);
        let request = io.request.fire();
        m.when(request & !taken, || asked.set(asked.wrapping_add(1)));
        m.when(taken & !request, || asked.set(asked.wrapping_sub(1)));
        io.idle.set(pending.eq(0) & asked.eq(0));
    }
}

impl Fetch {
    fn beats(&self) -> u32 {
        COMMAND / self.data_bits
    }

    /// The request side; returns the number of commands still to ask for and whether the next one lies
    /// outside the window.
    fn ask<'m>(&self, m: &'m Scope, io: &FetchIo<'m>) -> (Sig<'m>, Sig<'m>) {
        let pending = m.reg("pending_q", uint(RING), 0);
        let slot = m.reg("slot_q", uint(RING), 0);
        let fire = io.request.fire();
        let more = m.mux(io.doorbell, io.count, m.zero(uint(RING))).named("more");
        pending.set(pending.wrapping_add(more).wrapping_sub(fire.extend(RING)));
        m.when(io.halt, || pending.set(0));
        m.when(fire, || {
            let next = slot.wrapping_add(1);
            slot.set(m.mux(next.eq(io.size), m.zero(uint(RING)), next));
        });
        m.when(io.rewind, || slot.set(0));

        // Commands are 64 bytes and aligned to 64: only the bits above take part.
        let high = self.addr_bits - 6;
        let line = io.base.slice(6, high).wrapping_add(slot.resize(high));
        let beats = m.lit(self.beats(), uint(BEATS_BITS));
        let some = (pending.ne(0) | more.ne(0)).named("some");
        let page = line.slice(PAGE_SHIFT - 6, self.addr_bits - PAGE_SHIFT);
        let outside = io.window.excludes(page).named("outside");
        let may = (self.paced(m, fire) & !io.yields & !io.halt & !outside).named("may_ask");
        io.request.valid.set(some & may);
        let addr = m.cat(&[line, m.zero(uint(6))]);
        io.request.data.set(Request { beats, addr }.pack(m));
        io.addr.set(addr);
        (pending, outside)
    }

    /// One request in as many cycles as its beats take on the bus.
    fn paced<'m>(&self, m: &'m Scope, fire: Sig<'m>) -> Sig<'m> {
        if self.beats() == 1 {
            return m.high();
        }
        let left = m.reg("pace_q", uint(clog2(u64::from(self.beats()))), 0);
        m.when(left.ne(0), || left.set(left.wrapping_sub(1)));
        m.when(fire, || left.set(self.beats() - 1));
        left.is_zero()
    }

    /// The data side: puts a command's beats together; says when one leaves. The last beat is not kept
    /// but waits in the read master. A `barred` command comes when no beat does.
    fn assemble<'m>(&self, m: &'m Scope, io: &FetchIo<'m>, barred: Sig<'m>) -> Sig<'m> {
        let data = io.beats.data.slice(0, self.data_bits);
        let failed = io.beats.data.bit(self.data_bits);
        if self.beats() == 1 {
            io.command.valid.set((io.beats.valid | barred) & !io.halt);
            io.command.data.set(m.cat(&[barred, failed, data]));
            io.beats.ready.set(io.command.ready | io.halt);
            return io.beats.fire();
        }
        let kept = COMMAND - self.data_bits;
        let beat = m.reg("beat_q", uint(clog2(u64::from(self.beats()))), 0);
        let error = m.reg("error_q", bit(), 0);
        let early = m.reg_no_reset("early_beats_q", uint(kept));
        let last = beat.eq(self.beats() - 1).named("last_beat");
        let fire = io.beats.fire();
        m.when(fire, || {
            beat.set(beat.wrapping_add(1));
            error.set((error | failed) & !last);
        });
        m.when(fire & !last, || {
            early.set(if kept == self.data_bits {
                data
            } else {
                m.cat(&[data, early.slice(self.data_bits, kept - self.data_bits)])
            });
        });
        io.beats.ready.set(!last | io.command.ready | io.halt);
        io.command.valid.set(((io.beats.valid & last) | barred) & !io.halt);
        io.command.data.set(m.cat(&[barred, error | failed, data, early]));
        fire & last
    }
}

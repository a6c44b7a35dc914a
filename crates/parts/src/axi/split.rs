//! Cutting a run of beats into bursts.

use super::{byte_bits, check_bus, AddressChannel, Request, BEATS_BITS};
use seedbed_hdl::{bit, bits_for, uint, Module, Ports, Scope, Sig, Stream};

/// Cuts requests into bursts of at most `burst_beats` that do not cross 4 KiB.
///
/// | port | direction | type |
/// |---|---|---|
/// | `req` | stream in | [`Request`] |
/// | `burst` | stream out | `{last of its request, beats - 1 (8 bit), addr}` |
/// | `fresh` | out | the burst offered is the first of its request |
///
/// Timing: the first burst is offered in the cycle of the request, one burst per cycle, no gap between
/// requests. A request is taken together with its first burst.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Split {
    /// Bits of a byte address.
    pub addr_bits: u32,
    /// Bits of a beat.
    pub data_bits: u32,
    /// Longest burst.
    pub burst_beats: u32,
}

/// Ports of [`Split`].
pub struct SplitIo<'m> {
    /// Runs in.
    pub req: Stream<'m>,
    /// Bursts out.
    pub burst: Stream<'m>,
    /// Whether the burst is the first of its request.
    pub fresh: Sig<'m>,
}

/// The payload of [`SplitIo::burst`].
pub(crate) struct Burst<'m> {
    pub last: Sig<'m>,
    pub len: Sig<'m>,
    pub addr: Sig<'m>,
}

impl<'m> Burst<'m> {
    #[track_caller]
    pub fn unpack(data: Sig<'m>) -> Self {
        let addr_bits = data.width() - 9;
        Self {
            last: data.bit(addr_bits + 8),
            len: data.slice(addr_bits, 8),
            addr: data.slice(0, addr_bits),
        }
    }
}

impl Split {
    /// Beats from `word` (a beat address) that one burst can have.
    fn limit<'m>(&self, m: &'m Scope, word: Sig<'m>) -> Sig<'m> {
        let page_bits = 12 - byte_bits(self.data_bits);
        let ty = uint(bits_for(u64::from(self.burst_beats)));
        let most = m.lit(self.burst_beats, ty);
        let page = m.lit(1u64 << page_bits, uint(page_bits + 1));
        let to_page_end = page.wrapping_sub(word.trunc(page_bits)).named("to_page_end");
        m.mux(to_page_end.lt(self.burst_beats), to_page_end.resize(ty.width), most)
    }
}

impl Module for Split {
    type Io<'m> = SplitIo<'m>;

    fn name(&self) -> String {
        format!("axi_split_a{}_d{}_b{}", self.addr_bits, self.data_bits, self.burst_beats)
    }

    fn doc(&self) -> String {
        format!("Cuts runs into bursts of at most {} beats within 4 KiB.", self.burst_beats)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SplitIo<'m> {
        SplitIo {
            req: p.sink("req", Request::ty(self.addr_bits)),
            burst: p.source("burst", uint(9 + self.addr_bits)),
            fresh: p.output("fresh", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: SplitIo<'m>) {
        check_bus(m, self.data_bits, self.burst_beats);
        let shift = byte_bits(self.data_bits);
        let word_bits = self.addr_bits - shift;
        let busy = m.reg("busy_q", bit(), 0);
        let rest_word = m.reg_no_reset("rest_word_q", uint(word_bits));
        let rest_beats = m.reg_no_reset("rest_beats_q", uint(BEATS_BITS));

        let req = Request::unpack(io.req.data);
        let word = m.mux(busy, rest_word, req.addr.slice(shift, word_bits)).named("word");
        let beats = m.mux(busy, rest_beats, req.beats).named("beats");
        let limit = self.limit(m, word).named("limit");
        let last = beats.le(limit).named("last");
        let now = m.mux(last, beats.trunc(limit.width()), limit).named("now");

        let fire = (io.burst.ready & (busy | io.req.valid)).named("fire");
        io.burst.valid.set(busy | io.req.valid);
        io.req.ready.set(!busy & io.burst.ready);
        io.fresh.set(!busy);
        let len = now.wrapping_sub(1).resize(8);
        let addr = word.shl_const(shift);
        io.burst.data.set(m.cat(&[last, len, addr]));
        m.when(fire, || {
            busy.set(!last);
            rest_word.set(word.wrapping_add(limit));
            rest_beats.set(beats.wrapping_sub(limit));
        });
    }
}

/// Drives an address channel from registers that take `burst` in a cycle with `issue`. Returns whether
/// they can take one in this cycle.
#[track_caller]
pub(crate) fn address_stage<'m>(
    m: &'m Scope,
    channel: AddressChannel<'m>,
    issue: Sig<'m>,
    burst: &Burst<'m>,
    data_bits: u32,
) -> Sig<'m> {
    let valid = m.reg("avalid_q", bit(), 0);
    let addr = m.reg_no_reset("addr_q", burst.addr.ty());
    let len = m.reg_no_reset("len_q", burst.len.ty());
    let free = (!valid | channel.ready).named("address_free");
    m.when(free, || valid.set(issue));
    m.when(issue, || {
        addr.set(burst.addr);
        len.set(burst.len);
    });
    channel.valid.set(valid);
    channel.addr.set(addr);
    channel.len.set(len);
    channel.set_attributes(data_bits);
    free
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, Random, Sink, Source};

    /// Bursts of one request: (last, len, addr).
    fn reference(split: &Split, beats: u64, addr: u64) -> Vec<(u64, u64, u64)> {
        let bytes = u64::from(split.data_bits / 8);
        let (mut left, mut addr, mut bursts) = (beats, addr, Vec::new());
        while left > 0 {
            let to_page_end = (4096 - addr % 4096) / bytes;
            let now = left.min(to_page_end).min(u64::from(split.burst_beats));
            left -= now;
            bursts.push((u64::from(left == 0), now - 1, addr));
            addr += now * bytes;
        }
        bursts
    }

    fn requests(split: &Split, n: u64) -> Vec<(u64, u64)> {
        let bytes = u64::from(split.data_bits / 8);
        let mut random = Random(u64::from(split.data_bits));
        let mut request = |_| {
            let most = [1, 3, 20, 700][random.below(4) as usize];
            let page_end = random.below(16) * 4096 + 4096 - bytes * (1 + random.below(4));
            let anywhere = random.below(60_000) / bytes * bytes;
            (1 + random.below(most), if random.below(2) == 0 { page_end } else { anywhere })
        };
        (0..n).map(&mut request).collect()
    }

    fn check(split: &Split, holds: u64) {
        let requests = requests(split, 100);
        let expected: Vec<_> =
            requests.iter().flat_map(|&(beats, addr)| reference(split, beats, addr)).collect();
        let items = requests.iter().map(|&(beats, addr)| vec![beats << 32 | addr]);
        let mut b = Bench::new(split);
        let (mut source, mut sink) = (Source::new("req", items, holds), Sink::new("burst", holds));
        while sink.items.len() < expected.len() && b.cycle < 100_000 {
            b.step(&mut [&mut source], &mut [&mut sink]);
        }
        let got = sink.items.iter().map(|i| (i[0] >> 40, i[0] >> 32 & 0xff, i[0] & 0xffff_ffff));
        assert!(got.eq(expected), "{split:?}");
        assert_eq!(source.times.len(), 100);
        if holds == 0 {
            assert_eq!(*sink.times.last().unwrap(), sink.items.len() as u64 - 1, "a gap");
        }
    }

    #[test]
    fn bursts_equal_the_reference() {
        for (data_bits, burst_beats) in [(64, 16), (32, 8), (32, 256), (512, 64), (64, 1), (64, 12)]
        {
            let split = Split { addr_bits: 32, data_bits, burst_beats };
            check(&split, 0);
            check(&split, 50);
        }
    }

    #[test]
    fn fresh_marks_the_first_burst() {
        let mut b = Bench::new(&Split { addr_bits: 32, data_bits: 64, burst_beats: 16 });
        let items = [40u64, 16, 17].map(|beats| vec![beats << 32]);
        let (mut source, mut sink) = (Source::new("req", items, 0), Sink::new("burst", 0));
        let mut fresh = Vec::new();
        for _ in 0..6 {
            b.drive(&mut [&mut source], &mut [&mut sink]);
            fresh.push(b.get("fresh"));
            b.finish(&mut [&mut source], &mut [&mut sink]);
        }
        assert_eq!(fresh, [1, 0, 0, 1, 1, 0]);
    }

    #[test]
    fn illegal_buses_are_refused() {
        for (data_bits, burst_beats) in [(48, 16), (512, 65), (64, 0), (32, 257)] {
            let split = Split { addr_bits: 32, data_bits, burst_beats };
            let mistakes = seedbed_hdl::elaborate(&split, &Default::default());
            assert!(mistakes.expect_err("illegal")[0].message.contains("AXI4"));
        }
    }
}

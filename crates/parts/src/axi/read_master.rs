//! An AXI4 read master: runs of beats in, data out.

use super::split::{address_stage, Burst};
use super::{check_bus, AxiWidths, ReadPort, Request, Split};
use crate::{up_down, Fifo};
use seedbed_hdl::{bit, bits_for, uint, Module, Ports, Scope, Sig, Stream};

/// Reads runs of contiguous beats.
///
/// | port | direction | type |
/// |---|---|---|
/// | `req` | stream in | [`Request`] |
/// | `data` | stream out | `{error, data}`, in the order of the requests |
/// | `pending` | out | a burst waits to be asked for |
/// | `m_axi_ar*`, `m_axi_r*` | AXI4 | [`ReadPort`] without IDs |
///
/// Timing: AR one cycle after the request; one AR per cycle; data one cycle after R. Requests are
/// accepted without waiting for data. A burst is asked for only when the buffer has room for it, so R
/// is always ready and the master never holds up a shared bus. One beat per cycle while
/// `outstanding * burst_beats >= latency + burst_beats + 4` and the buffer holds that many beats.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ReadMaster {
    /// Bits of a byte address.
    pub addr_bits: u32,
    /// Bits of a beat.
    pub data_bits: u32,
    /// Longest burst.
    pub burst_beats: u32,
    /// Bursts in flight.
    pub outstanding: u32,
    /// Beats of the buffer, at least one burst.
    pub fifo_beats: u32,
}

/// Ports of [`ReadMaster`].
pub struct ReadMasterIo<'m> {
    /// Runs to read.
    pub req: Stream<'m>,
    /// Beats read: the most significant bit says that this beat had an error response.
    pub data: Stream<'m>,
    /// A burst waits to be asked for.
    pub pending: Sig<'m>,
    /// The bus.
    pub axi: ReadPort<'m>,
}

impl ReadMaster {
    fn split(&self) -> Split {
        Split {
            addr_bits: self.addr_bits,
            data_bits: self.data_bits,
            burst_beats: self.burst_beats,
        }
    }

    /// The number of beats of the buffer that no burst has reserved.
    fn credits<'m>(&self, m: &'m Scope, take: Sig<'m>, len: Sig<'m>, give: Sig<'m>) -> Sig<'m> {
        let ty = uint(bits_for(u64::from(self.fifo_beats)));
        let free = m.reg("free_q", ty, self.fifo_beats);
        let beats = (len + m.high()).resize(ty.width);
        let taken = m.mux(take, beats, m.zero(ty)).named("taken");
        free.set(free.wrapping_sub(taken).wrapping_add(give));
        free
    }
}

impl Module for ReadMaster {
    type Io<'m> = ReadMasterIo<'m>;

    fn name(&self) -> String {
        format!(
            "axi_read_a{}_d{}_b{}_o{}_f{}",
            self.addr_bits, self.data_bits, self.burst_beats, self.outstanding, self.fifo_beats
        )
    }

    fn doc(&self) -> String {
        format!(
            "AXI4 read master: bursts of {}, {} in flight, room for {} beats reserved before asking.",
            self.burst_beats, self.outstanding, self.fifo_beats
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ReadMasterIo<'m> {
        let widths = AxiWidths { addr: self.addr_bits, data: self.data_bits, id: 0 };
        ReadMasterIo {
            req: p.sink("req", Request::ty(self.addr_bits)),
            data: p.source("data", uint(self.data_bits + 1)),
            pending: p.output("pending", bit()),
            axi: p.group("m_axi", |p| ReadPort::manager(p, widths)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ReadMasterIo<'m>) {
        check_bus(m, self.data_bits, self.burst_beats);
        if self.fifo_beats < self.burst_beats {
            m.error(format!(
                "a buffer of {} beats never has room for a burst of {}",
                self.fifo_beats, self.burst_beats
            ));
        }
        let split = m.inst("split", &self.split());
        split.req.connect(io.req);
        let burst = Burst::unpack(split.burst.data);
        let fifo = m.inst("fifo", &Fifo { ty: uint(self.data_bits + 1), depth: self.fifo_beats });
        let issue = m.wire("issue", bit());
        let free = self.credits(m, issue, burst.len, fifo.deq.fire());
        let ends = (io.axi.rvalid & io.axi.rlast).named("burst_ends");
        let open = up_down(m, "open_q", self.outstanding, issue, ends);
        let room = (free.ge(self.burst_beats) & open.ne(self.outstanding)).named("room");

        let may_issue = room & address_stage(m, io.axi.ar, issue, &burst, self.data_bits);
        split.burst.ready.set(may_issue);
        issue.set(may_issue & split.burst.valid);
        io.pending.set(split.burst.valid);

        io.axi.rready.set(1);
        fifo.enq.valid.set(io.axi.rvalid);
        fifo.enq.data.set(m.cat(&[io.axi.rresp.bit(1), io.axi.rdata]));
        io.data.connect(fifo.deq);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{pattern, Bench, MemoryTiming, Random, Sink, Source};

    fn master(data_bits: u32) -> ReadMaster {
        let (burst_beats, outstanding) = (16, 8);
        ReadMaster { addr_bits: 32, data_bits, burst_beats, outstanding, fifo_beats: 128 }
    }

    fn timing(latency: u32, stall: f64) -> MemoryTiming {
        MemoryTiming { latency, stall, seed: 5 }
    }

    /// The beats of a request, with the error bit where memory ends.
    fn expected(part: &ReadMaster, memory: usize, (beats, addr): (u64, u64)) -> Vec<Vec<u64>> {
        let bytes = part.data_bits as usize / 8;
        let beat = |i: u64| {
            let at = addr as usize + i as usize * bytes;
            let mut limbs = vec![0u64; (bytes * 8 + 1).div_ceil(64)];
            if at + bytes > memory {
                limbs[bytes / 8] |= 1 << (bytes * 8 % 64);
                return limbs;
            }
            for k in 0..bytes {
                limbs[k / 8] |= u64::from(pattern(at + k)) << (8 * (k % 8));
            }
            limbs
        };
        (0..beats).map(beat).collect()
    }

    struct Run {
        source: Source,
        sink: Sink,
    }

    /// Reads `requests` and compares all data.
    fn read(part: &ReadMaster, requests: &[(u64, u64)], timing: MemoryTiming, holds: u64) -> Run {
        let memory = 1 << 17;
        let mut b = Bench::with_memory(part, memory, part.data_bits, timing);
        let items = requests.iter().map(|&(beats, addr)| vec![beats << 32 | addr]);
        let (mut source, mut sink) = (Source::new("req", items, holds), Sink::new("data", holds));
        let expected: Vec<_> = requests.iter().flat_map(|&r| expected(part, memory, r)).collect();
        while sink.items.len() < expected.len() && b.cycle < 200_000 {
            b.drive(&mut [&mut source], &mut [&mut sink]);
            assert_eq!(b.get("m_axi_rready"), 1);
            b.finish(&mut [&mut source], &mut [&mut sink]);
        }
        assert!(sink.items == expected, "data differ");
        b.assert_protocol();
        Run { source, sink }
    }

    #[test]
    fn a_long_read_runs_at_one_beat_per_cycle() {
        for latency in [1, 20, 100] {
            let run = read(&master(64), &[(8192, 0)], timing(latency, 0.0), 0);
            // The request in cycle 0, AR in 1, R after the latency, a cycle through the buffer.
            assert_eq!(run.sink.times[0], u64::from(latency) + 2);
            assert_eq!(run.sink.times[8191], u64::from(latency) + 2 + 8191, "latency {latency}");
        }
    }

    #[test]
    fn requests_follow_each_other_without_a_gap() {
        let requests: Vec<_> = (0..64).map(|i| (32, i * 1024)).collect();
        let run = read(&master(64), &requests, timing(50, 0.0), 0);
        assert_eq!(*run.sink.times.last().unwrap(), 50 + 2 + 64 * 32 - 1);
        // Four requests are on their way before the first beat is back.
        assert!(run.source.times[3] < 50, "{:?}", run.source.times);
    }

    #[test]
    fn random_requests_under_random_stalls() {
        for (data_bits, stall, holds) in
            [(64, 0.4, 30), (32, 0.0, 60), (128, 0.5, 0), (512, 0.3, 20)]
        {
            let mut random = Random(u64::from(data_bits));
            let bytes = u64::from(data_bits / 8);
            let mut request = |_| {
                let most = if random.below(4) == 0 { 200 } else { 12 };
                let beats = 1 + random.below(most);
                (beats, random.below((1 << 17) + 2000) / bytes * bytes)
            };
            let requests: Vec<_> = (0..80).map(&mut request).collect();
            read(&master(data_bits), &requests, timing(7, stall), holds);
        }
    }

    #[test]
    fn it_asks_only_for_what_it_can_hold() {
        let part = ReadMaster { fifo_beats: 40, ..master(64) };
        let mut b = Bench::with_memory(&part, 1 << 16, 64, timing(3, 0.0));
        let (mut source, mut sink) =
            (Source::new("req", [vec![100 << 32]], 0), Sink::new("data", 100));
        let mut arrived = 0;
        for _ in 0..200 {
            b.drive(&mut [&mut source], &mut [&mut sink]);
            arrived += b.get("m_axi_rvalid");
            b.finish(&mut [&mut source], &mut [&mut sink]);
        }
        assert_eq!(arrived, 32, "two bursts of 16 fit into 40 beats");
        sink.hold(0);
        for _ in 0..200 {
            b.step(&mut [&mut source], &mut [&mut sink]);
        }
        assert_eq!(sink.items, expected(&part, 1 << 16, (100, 0)));
    }

    #[test]
    fn at_most_the_stated_bursts_are_in_flight() {
        let part = ReadMaster { outstanding: 3, ..master(64) };
        let mut b = Bench::with_memory(&part, 1 << 16, 64, timing(60, 0.0));
        let (mut source, mut sink) =
            (Source::new("req", [vec![100 << 32]], 0), Sink::new("data", 0));
        let mut asked = Vec::new();
        for _ in 0..62 {
            b.drive(&mut [&mut source], &mut [&mut sink]);
            if b.fires("m_axi_ar") {
                asked.push(b.cycle);
            }
            b.finish(&mut [&mut source], &mut [&mut sink]);
        }
        assert_eq!(asked, [1, 2, 3]);
        assert_eq!(b.get("pending"), 1, "four more bursts");
    }

    #[test]
    fn a_buffer_smaller_than_a_burst_is_refused() {
        let part = ReadMaster { fifo_beats: 8, ..master(64) };
        let mistakes = seedbed_hdl::elaborate(&part, &Default::default()).expect_err("too small");
        assert!(mistakes[0].message.contains("room for a burst"), "{}", mistakes[0]);
    }
}

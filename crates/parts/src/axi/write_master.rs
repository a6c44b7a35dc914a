//! An AXI4 write master: runs of beats and data in, one report per group of runs out.

use super::port::full_strobes;
use super::split::{address_stage, Burst};
use super::{check_bus, AxiWidths, Request, Split, WritePort};
use crate::Fifo;
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig, Stream};

/// Writes runs of contiguous beats.
///
/// | port | direction | type |
/// |---|---|---|
/// | `req` | stream in | `{empty, report, Request}`: `report` marks the last run of a group |
/// | `data` | stream in | beats, in the order of the requests |
/// | `done_valid`, `done_error` | out | one pulse per group, in order |
/// | `m_axi_aw*`, `m_axi_w*`, `m_axi_b*` | AXI4 | [`WritePort`] without IDs |
///
/// Timing: AW one cycle after the request, one AW per cycle; W one cycle after the data, but not before
/// the cycle after AW was made; one beat per cycle without a gap between bursts; `done` in the cycle
/// of the group's last B. At most `outstanding` bursts wait for their B, and B is always ready.
/// `done_error`: some burst of the group had an error response.
///
/// An `empty` request ends its group without a burst: it is taken when every burst before it is
/// answered, and the group is reported in that cycle.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct WriteMaster {
    /// Bits of a byte address.
    pub addr_bits: u32,
    /// Bits of a beat.
    pub data_bits: u32,
    /// Longest burst.
    pub burst_beats: u32,
    /// Bursts without a response.
    pub outstanding: u32,
}

/// Ports of [`WriteMaster`].
pub struct WriteMasterIo<'m> {
    /// Runs to write.
    pub req: Stream<'m>,
    /// Beats to write.
    pub data: Stream<'m>,
    /// Reports.
    pub done: WriteDone<'m>,
    /// The bus.
    pub axi: WritePort<'m>,
}

/// A pulse that cannot be held up.
#[derive(Clone, Copy, Debug)]
pub struct WriteDone<'m> {
    /// A group of runs is written.
    pub valid: Sig<'m>,
    /// With an error.
    pub error: Sig<'m>,
}

impl WriteMaster {
    /// The W channel: takes beats and counts them against the head of the queue of burst lengths.
    fn build_data<'m>(&self, m: &'m Scope, axi: WritePort<'m>, data: Stream<'m>, lens: Stream<'m>) {
        let valid = m.reg("wvalid_q", bit(), 0);
        let word = m.reg_no_reset("wdata_q", uint(self.data_bits));
        let last = m.reg_no_reset("wlast_q", bit());
        let beat = m.reg("beat_q", uint(8), 0);
        let free = (!valid | axi.wready).named("w_free");
        let ends = beat.eq(lens.data).named("w_ends");
        let take = (free & data.valid & lens.valid).named("w_take");
        data.ready.set(free & lens.valid);
        lens.ready.set(take & ends);
        m.when(free, || valid.set(take));
        m.when(take, || {
            word.set(data.data);
            last.set(ends);
            beat.set(m.mux(ends, m.zero(beat.ty()), beat.wrapping_add(1)));
        });
        axi.wvalid.set(valid);
        axi.wdata.set(word);
        axi.wlast.set(last);
        axi.wstrb.set(full_strobes(m, self.data_bits));
    }

    /// The B channel: one report when the last burst of a group is answered.
    fn build_response<'m>(
        &self,
        m: &'m Scope,
        axi: WritePort<'m>,
        marks: Stream<'m>,
        done: WriteDone<'m>,
        flush: Sig<'m>,
    ) {
        let failed = m.reg("failed_q", bit(), 0);
        let error = (failed | (axi.bvalid & axi.bresp.bit(1))).named("error");
        let report = ((axi.bvalid & marks.data) | flush).named("report");
        axi.bready.set(1);
        marks.ready.set(axi.bvalid);
        m.when(axi.bvalid | flush, || failed.set(error & !report));
        done.valid.set(report);
        done.error.set(error);
    }
}

impl Module for WriteMaster {
    type Io<'m> = WriteMasterIo<'m>;

    fn name(&self) -> String {
        format!(
            "axi_write_a{}_d{}_b{}_o{}",
            self.addr_bits, self.data_bits, self.burst_beats, self.outstanding
        )
    }

    fn doc(&self) -> String {
        format!(
            "AXI4 write master: bursts of {}, at most {} without a response.",
            self.burst_beats, self.outstanding
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> WriteMasterIo<'m> {
        let widths = AxiWidths { addr: self.addr_bits, data: self.data_bits, id: 0 };
        WriteMasterIo {
            req: p.sink("req", uint(Request::ty(self.addr_bits).width + 2)),
            data: p.sink("data", uint(self.data_bits)),
            done: WriteDone {
                valid: p.output("done_valid", bit()),
                error: p.output("done_error", bit()),
            },
            axi: p.group("m_axi", |p| WritePort::manager(p, widths)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: WriteMasterIo<'m>) {
        check_bus(m, self.data_bits, self.burst_beats);
        let (addr_bits, data_bits) = (self.addr_bits, self.data_bits);
        let split = m.inst("split", &Split { addr_bits, data_bits, burst_beats: self.burst_beats });
        let request = Request::ty(addr_bits).width;
        let empty = (io.req.valid & io.req.data.bit(request + 1)).named("empty");
        split.req.valid.set(io.req.valid & !empty);
        split.req.data.set(io.req.data.trunc(request));
        let burst = Burst::unpack(split.burst.data);

        // Both queues hold one entry per burst; the second frees its entry with B, hence later.
        let lens = m.inst("lens", &Fifo { ty: uint(8), depth: self.outstanding });
        let marks = m.inst("marks", &Fifo { ty: bit(), depth: self.outstanding });
        let issue = m.wire("issue", bit());
        let may_issue = marks.enq.ready & address_stage(m, io.axi.aw, issue, &burst, data_bits);
        split.burst.ready.set(may_issue);
        issue.set(may_issue & split.burst.valid);

        let held = m.reg_no_reset("report_q", bit());
        let report = m.mux(split.fresh, io.req.data.bit(request), held).named("report_now");
        m.when(split.req.fire(), || held.set(report));
        let settled = (split.fresh & marks.count.eq(0)).named("settled");
        io.req.ready.set(m.mux(empty, settled, split.req.ready));
        lens.enq.valid.set(issue);
        lens.enq.data.set(burst.len);
        marks.enq.valid.set(issue);
        marks.enq.data.set(burst.last & report);
        self.build_data(m, io.axi, io.data, lens.deq);
        self.build_response(m, io.axi, marks.deq, io.done, empty & settled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{pattern, Bench, MemoryTiming, Random, Source};

    const MEMORY: usize = 1 << 17;

    fn master(data_bits: u32) -> WriteMaster {
        WriteMaster { addr_bits: 32, data_bits, burst_beats: 16, outstanding: 8 }
    }

    /// (report, beats, addr)
    type Item = (bool, u64, u64);

    /// An item of no beats is an empty request.
    fn payload(&(report, beats, addr): &Item) -> Vec<u64> {
        vec![u64::from(beats == 0) << 57 | u64::from(report) << 56 | beats << 32 | addr]
    }

    /// Beats counting up, the same number in each 32 bits.
    fn data(part: &WriteMaster, n: u64) -> Vec<Vec<u64>> {
        let limbs = part.data_bits.div_ceil(64) as usize;
        let top = if part.data_bits < 64 { (1 << part.data_bits) - 1 } else { u64::MAX };
        (0..n).map(|i| vec![(i << 32 | i) & top; limbs]).collect()
    }

    struct Run {
        bench: Bench,
        data: Source,
        /// Cycle and error.
        done: Vec<(u64, bool)>,
        /// Greatest number of bursts without a response.
        most_open: i64,
    }

    fn write(part: &WriteMaster, items: &[Item], timing: MemoryTiming, holds: u64) -> Run {
        let mut b = Bench::with_memory(part, MEMORY, part.data_bits, timing);
        let beats = items.iter().map(|i| i.1).sum();
        let mut req = Source::new("req", items.iter().map(payload), holds);
        let mut data = Source::new("data", data(part, beats), holds);
        let groups = items.iter().filter(|i| i.0).count();
        let (mut done, mut open, mut most_open) = (Vec::new(), 0, 0);
        while done.len() < groups && b.cycle < 200_000 {
            b.drive(&mut [&mut req, &mut data], &mut []);
            assert_eq!(b.get("m_axi_bready"), 1);
            if b.get("done_valid") == 1 {
                done.push((b.cycle, b.get("done_error") == 1));
            }
            open += i64::from(b.fires("m_axi_aw")) - i64::from(b.fires("m_axi_b"));
            most_open = most_open.max(open);
            b.finish(&mut [&mut req, &mut data], &mut []);
        }
        assert_eq!(done.len(), groups);
        b.assert_protocol();
        Run { bench: b, data, done, most_open }
    }

    /// What memory must hold.
    fn expected(part: &WriteMaster, items: &[Item]) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..MEMORY).map(pattern).collect();
        let width = part.data_bits as usize / 8;
        let mut next = 0u32;
        for &(_, beats, addr) in items {
            for i in 0..beats as usize {
                let at = addr as usize + i * width;
                let word = next.to_le_bytes().repeat(width / 4);
                if at + width <= MEMORY {
                    bytes[at..at + width].copy_from_slice(&word);
                }
                next += 1;
            }
        }
        bytes
    }

    #[test]
    fn a_long_write_runs_at_one_beat_per_cycle() {
        for latency in [1, 20, 100] {
            let timing = MemoryTiming { latency, ..MemoryTiming::default() };
            let run = write(&master(64), &[(true, 8192, 0)], timing, 0);
            // AW in cycle 1, the first W in 2, the response after the latency of the last W.
            assert_eq!(run.data.times[8191], 8192);
            assert_eq!(run.done, [(2 + 8191 + u64::from(latency), false)]);
        }
    }

    #[test]
    fn random_runs_under_random_stalls() {
        for (data_bits, stall, holds) in
            [(64, 0.4, 30), (32, 0.0, 60), (128, 0.5, 0), (512, 0.3, 20)]
        {
            let part = master(data_bits);
            let mut random = Random(u64::from(data_bits) + 1);
            let bytes = u64::from(data_bits / 8);
            let mut item = |i| {
                let most = if random.below(4) == 0 { 150 } else { 12 };
                let beats = if i % 9 == 5 { 0 } else { 1 + random.below(most) };
                let addr = random.below(MEMORY as u64 + 1000) / bytes * bytes;
                (beats == 0 || random.below(2) == 0 || i == 79, beats, addr)
            };
            let items: Vec<Item> = (0..80).map(&mut item).collect();
            let timing = MemoryTiming { latency: 9, stall, seed: 3 };
            let mut run = write(&part, &items, timing, holds);
            let memory = run.bench.memory.take().expect("a memory");
            assert!(memory.bytes() == expected(&part, &items), "{data_bits} bits");
            assert_eq!(errors(&run.done), group_errors(&part, &items));
            assert!(run.most_open <= 8, "{}", run.most_open);
        }
    }

    fn errors(done: &[(u64, bool)]) -> Vec<bool> {
        done.iter().map(|d| d.1).collect()
    }

    /// Per group, whether some beat lies outside memory.
    fn group_errors(part: &WriteMaster, items: &[Item]) -> Vec<bool> {
        let (mut failed, mut groups) = (false, Vec::new());
        for &(report, beats, addr) in items {
            let end = addr + beats * u64::from(part.data_bits / 8);
            failed |= beats > 0 && end > MEMORY as u64;
            if report {
                groups.push(std::mem::take(&mut failed));
            }
        }
        groups
    }

    #[test]
    fn an_empty_request_reports_when_all_before_it_is_answered() {
        let items = [(false, 20, 0), (true, 0, 0), (true, 0, 0), (true, 4, MEMORY as u64)];
        let timing = MemoryTiming { latency: 30, ..MemoryTiming::default() };
        let run = write(&master(64), &items, timing, 0);
        // The last B comes 30 cycles after the last W, in cycle 21; a cycle later nothing is open.
        let ends = [52, 53].map(|cycle| (cycle, false));
        assert_eq!((&run.done[..2], run.done[2].1), (&ends[..], true));
    }

    #[test]
    fn short_runs_wait_for_responses_only_at_the_limit() {
        let items: Vec<Item> = (0..40).map(|i| (true, 1, i * 64)).collect();
        let timing = MemoryTiming { latency: 5, ..MemoryTiming::default() };
        let run = write(&master(64), &items, timing, 0);
        // 8 bursts cover the way from AW to B: one burst per cycle.
        assert_eq!(run.done.last(), Some(&(2 + 39 + 5, false)));
        let timing = MemoryTiming { latency: 50, ..timing };
        assert_eq!(write(&master(64), &items, timing, 0).most_open, 8);
    }
}

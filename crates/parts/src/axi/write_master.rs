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
/// | `req` | stream in | `{report, Request}`: `report` marks the last run of a group |
/// | `data` | stream in | beats, in the order of the requests |
/// | `done_valid`, `done_error` | out | one pulse per group, in order |
/// | `m_axi_aw*`, `m_axi_w*`, `m_axi_b*` | AXI4 | [`WritePort`] without IDs |
///
/// Timing: AW one cycle after the request, one AW per cycle; W one cycle after the data, but not before
/// the cycle after AW was made; one beat per cycle without a gap between bursts; `done` in the cycle
/// of the group's last B. At most `outstanding` bursts wait for their B, and B is always ready.
/// `done_error`: some burst of the group had an error response.
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
    ) {
        let failed = m.reg("failed_q", bit(), 0);
        let error = (failed | axi.bresp.bit(1)).named("error");
        let report = (axi.bvalid & marks.data).named("report");
        axi.bready.set(1);
        marks.ready.set(axi.bvalid);
        m.when(axi.bvalid, || failed.set(error & !marks.data));
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
            req: p.sink("req", uint(Request::ty(self.addr_bits).width + 1)),
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
        split.req.valid.set(io.req.valid);
        split.req.data.set(io.req.data.trunc(request));
        io.req.ready.set(split.req.ready);
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
        m.when(io.req.valid & split.req.ready, || held.set(report));
        lens.enq.valid.set(issue);
        lens.enq.data.set(burst.len);
        marks.enq.valid.set(issue);
        marks.enq.data.set(burst.last & report);
        self.build_data(m, io.axi, io.data, lens.deq);
        self.build_response(m, io.axi, marks.deq, io.done);
    }
}

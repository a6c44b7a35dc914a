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
/// | `m_axi_ar*`, `m_axi_r*` | AXI4 | [`ReadPort`] without IDs |
///
/// Timing: AR one cycle after the request; one AR per cycle; data two cycles after R. Requests are
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

        io.axi.rready.set(1);
        fifo.enq.valid.set(io.axi.rvalid);
        fifo.enq.data.set(m.cat(&[io.axi.rresp.bit(1), io.axi.rdata]));
        io.data.connect(fifo.deq);
    }
}

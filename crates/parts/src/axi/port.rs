//! Port bundles with the AXI names in lower case.
//!
//! Each bundle is declared from the manager's side; a subordinate declares it through
//! [`Ports::flip`]. Seen from outside, the same struct has its directions turned by itself.

use super::byte_bits;
use seedbed_hdl::{bit, uint, Ports, Scope, Sig};

/// Widths of an AXI4 port.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AxiWidths {
    /// Bits of a byte address.
    pub addr: u32,
    /// Bits of a beat.
    pub data: u32,
    /// Bits of an ID; 0: the port has no IDs.
    pub id: u32,
}

/// An address channel: AR or AW.
#[derive(Clone, Copy, Debug)]
pub struct AddressChannel<'m> {
    /// Transaction ID.
    pub id: Option<Sig<'m>>,
    /// Byte address.
    pub addr: Sig<'m>,
    /// Beats minus one, `uint(8)`.
    pub len: Sig<'m>,
    /// Binary logarithm of the bytes of a beat, `uint(3)`.
    pub size: Sig<'m>,
    /// 1: INCR.
    pub burst: Sig<'m>,
    /// Memory attributes, `uint(4)`.
    pub cache: Sig<'m>,
    /// Protection, `uint(3)`.
    pub prot: Sig<'m>,
    /// Handshake.
    pub valid: Sig<'m>,
    /// Handshake.
    pub ready: Sig<'m>,
}

impl<'m> AddressChannel<'m> {
    #[track_caller]
    fn declare(p: &Ports<'_, 'm>, channel: &str, widths: AxiWidths) -> Self {
        let out = |signal: &str, bits| p.output(format!("{channel}{signal}"), uint(bits));
        Self {
            id: (widths.id > 0).then(|| out("id", widths.id)),
            addr: out("addr", widths.addr),
            len: out("len", 8),
            size: out("size", 3),
            burst: out("burst", 2),
            cache: out("cache", 4),
            prot: out("prot", 3),
            valid: out("valid", 1),
            ready: p.input(format!("{channel}ready"), bit()),
        }
    }

    /// Drives what never changes: ID 0, INCR bursts of full beats, normal bufferable memory,
    /// unprivileged secure data.
    #[track_caller]
    pub fn set_attributes(self, data_bits: u32) {
        if let Some(id) = self.id {
            id.set(0);
        }
        self.size.set(byte_bits(data_bits));
        self.burst.set(1);
        self.cache.set(0b0011);
        self.prot.set(0);
    }

    /// Drives this channel from the manager `from`; an ID that `from` lacks is 0.
    #[track_caller]
    pub fn connect(self, from: Self) {
        match (self.id, from.id) {
            (Some(to), Some(id)) => to.set(id),
            (Some(to), None) => to.set(0),
            _ => {}
        }
        self.connect_fields(from);
        self.valid.set(from.valid);
        from.ready.set(self.ready);
    }

    #[track_caller]
    fn connect_fields(self, from: Self) {
        for (to, value) in self.fields().into_iter().zip(from.fields()) {
            to.set(value);
        }
    }

    /// The payload but for the ID.
    pub(crate) fn fields(self) -> [Sig<'m>; 6] {
        [self.addr, self.len, self.size, self.burst, self.cache, self.prot]
    }
}

/// The read channels of an AXI4 port.
#[derive(Clone, Copy, Debug)]
pub struct ReadPort<'m> {
    /// Read address channel.
    pub ar: AddressChannel<'m>,
    /// RID.
    pub rid: Option<Sig<'m>>,
    /// RDATA.
    pub rdata: Sig<'m>,
    /// RRESP: 0 and 1 are good, 2 SLVERR, 3 DECERR.
    pub rresp: Sig<'m>,
    /// RLAST.
    pub rlast: Sig<'m>,
    /// RVALID.
    pub rvalid: Sig<'m>,
    /// RREADY.
    pub rready: Sig<'m>,
}

impl<'m> ReadPort<'m> {
    /// Declares the ports of a manager: `arid` and so on.
    #[track_caller]
    pub fn manager(p: &Ports<'_, 'm>, widths: AxiWidths) -> Self {
        Self {
            ar: AddressChannel::declare(p, "ar", widths),
            rid: (widths.id > 0).then(|| p.input("rid", uint(widths.id))),
            rdata: p.input("rdata", uint(widths.data)),
            rresp: p.input("rresp", uint(2)),
            rlast: p.input("rlast", bit()),
            rvalid: p.input("rvalid", bit()),
            rready: p.output("rready", bit()),
        }
    }

    /// Drives this port (of the module as manager, or of a subordinate instance) from the manager
    /// `from`, and the answers to `from` from this port.
    #[track_caller]
    pub fn connect(self, from: Self) {
        self.ar.connect(from.ar);
        from.answer(self);
        self.rready.set(from.rready);
    }

    /// Drives the R channel of the manager `self` from the port `to`.
    #[track_caller]
    fn answer(self, to: Self) {
        if let (Some(id), Some(value)) = (self.rid, to.rid) {
            id.set(value);
        }
        self.rdata.set(to.rdata);
        self.rresp.set(to.rresp);
        self.rlast.set(to.rlast);
        self.rvalid.set(to.rvalid);
    }
}

/// The write channels of an AXI4 port.
#[derive(Clone, Copy, Debug)]
pub struct WritePort<'m> {
    /// Write address channel.
    pub aw: AddressChannel<'m>,
    /// WDATA.
    pub wdata: Sig<'m>,
    /// WSTRB, one bit per byte.
    pub wstrb: Sig<'m>,
    /// WLAST.
    pub wlast: Sig<'m>,
    /// WVALID.
    pub wvalid: Sig<'m>,
    /// WREADY.
    pub wready: Sig<'m>,
    /// BID.
    pub bid: Option<Sig<'m>>,
    /// BRESP: 0 and 1 are good, 2 SLVERR, 3 DECERR.
    pub bresp: Sig<'m>,
    /// BVALID.
    pub bvalid: Sig<'m>,
    /// BREADY.
    pub bready: Sig<'m>,
}

impl<'m> WritePort<'m> {
    /// Declares the ports of a manager: `awid` and so on.
    #[track_caller]
    pub fn manager(p: &Ports<'_, 'm>, widths: AxiWidths) -> Self {
        Self {
            aw: AddressChannel::declare(p, "aw", widths),
            wdata: p.output("wdata", uint(widths.data)),
            wstrb: p.output("wstrb", uint(widths.data / 8)),
            wlast: p.output("wlast", bit()),
            wvalid: p.output("wvalid", bit()),
            wready: p.input("wready", bit()),
            bid: (widths.id > 0).then(|| p.input("bid", uint(widths.id))),
            bresp: p.input("bresp", uint(2)),
            bvalid: p.input("bvalid", bit()),
            bready: p.output("bready", bit()),
        }
    }

    /// Drives this port (of the module as manager, or of a subordinate instance) from the manager
    /// `from`, and the answers to `from` from this port.
    #[track_caller]
    pub fn connect(self, from: Self) {
        self.aw.connect(from.aw);
        self.wdata.set(from.wdata);
        self.wstrb.set(from.wstrb);
        self.wlast.set(from.wlast);
        self.wvalid.set(from.wvalid);
        from.wready.set(self.wready);
        if let (Some(id), Some(value)) = (from.bid, self.bid) {
            id.set(value);
        }
        from.bresp.set(self.bresp);
        from.bvalid.set(self.bvalid);
        self.bready.set(from.bready);
    }
}

/// An AXI4-Lite port of 32 data bits.
#[derive(Clone, Copy, Debug)]
pub struct LitePort<'m> {
    /// AWADDR.
    pub awaddr: Sig<'m>,
    /// AWPROT.
    pub awprot: Sig<'m>,
    /// AWVALID.
    pub awvalid: Sig<'m>,
    /// AWREADY.
    pub awready: Sig<'m>,
    /// WDATA.
    pub wdata: Sig<'m>,
    /// WSTRB.
    pub wstrb: Sig<'m>,
    /// WVALID.
    pub wvalid: Sig<'m>,
    /// WREADY.
    pub wready: Sig<'m>,
    /// BRESP.
    pub bresp: Sig<'m>,
    /// BVALID.
    pub bvalid: Sig<'m>,
    /// BREADY.
    pub bready: Sig<'m>,
    /// ARADDR.
    pub araddr: Sig<'m>,
    /// ARPROT.
    pub arprot: Sig<'m>,
    /// ARVALID.
    pub arvalid: Sig<'m>,
    /// ARREADY.
    pub arready: Sig<'m>,
    /// RDATA.
    pub rdata: Sig<'m>,
    /// RRESP.
    pub rresp: Sig<'m>,
    /// RVALID.
    pub rvalid: Sig<'m>,
    /// RREADY.
    pub rready: Sig<'m>,
}

impl<'m> LitePort<'m> {
    /// Declares the ports of a subordinate with byte addresses of `addr_bits`.
    #[track_caller]
    pub fn subordinate(p: &Ports<'_, 'm>, addr_bits: u32) -> Self {
        Self {
            awaddr: p.input("awaddr", uint(addr_bits)),
            awprot: p.input("awprot", uint(3)),
            awvalid: p.input("awvalid", bit()),
            awready: p.output("awready", bit()),
            wdata: p.input("wdata", uint(32)),
            wstrb: p.input("wstrb", uint(4)),
            wvalid: p.input("wvalid", bit()),
            wready: p.output("wready", bit()),
            bresp: p.output("bresp", uint(2)),
            bvalid: p.output("bvalid", bit()),
            bready: p.input("bready", bit()),
            araddr: p.input("araddr", uint(addr_bits)),
            arprot: p.input("arprot", uint(3)),
            arvalid: p.input("arvalid", bit()),
            arready: p.output("arready", bit()),
            rdata: p.output("rdata", uint(32)),
            rresp: p.output("rresp", uint(2)),
            rvalid: p.output("rvalid", bit()),
            rready: p.input("rready", bit()),
        }
    }

    /// Drives this port (of a subordinate instance) from `from`, and the answers back.
    #[track_caller]
    pub fn connect(self, from: Self) {
        let requests = |p: Self| {
            [p.awaddr, p.awprot, p.awvalid, p.wdata, p.wstrb, p.wvalid, p.bready]
                .into_iter()
                .chain([p.araddr, p.arprot, p.arvalid, p.rready])
        };
        let answers = |p: Self| {
            [p.awready, p.wready, p.bresp, p.bvalid, p.arready, p.rdata, p.rresp, p.rvalid]
        };
        for (to, value) in requests(self).zip(requests(from)) {
            to.set(value);
        }
        for (to, value) in answers(from).into_iter().zip(answers(self)) {
            to.set(value);
        }
    }
}

/// Constant strobes for whole beats.
#[track_caller]
pub(crate) fn full_strobes<'m>(m: &'m Scope, data_bits: u32) -> Sig<'m> {
    m.high().replicate(data_bits / 8)
}

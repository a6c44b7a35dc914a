//! The accelerator's pins by role.

use crate::dut::{Layout, NoSuchPin, Pin};
use crate::memory::{Address, Drive, Sample};
use seedbed_ir::Dir;

/// Pins of the AXI4 manager and the AXI4-Lite subordinate, reset and interrupt.
pub(crate) struct Pins {
    pub rst_n: Pin,
    pub irq: Pin,
    pub lite: LitePins,
    ar: AddressPins,
    aw: AddressPins,
    arready: Pin,
    awready: Pin,
    rvalid: Pin,
    rid: Pin,
    rdata: Pin,
    rresp: Pin,
    rlast: Pin,
    rready: Pin,
    wvalid: Pin,
    wdata: Pin,
    wstrb: Pin,
    wlast: Pin,
    wready: Pin,
    bvalid: Pin,
    bid: Pin,
    bresp: Pin,
    bready: Pin,
}

struct AddressPins {
    valid: Pin,
    id: Pin,
    addr: Pin,
    len: Pin,
    size: Pin,
    burst: Pin,
}

pub(crate) struct LitePins {
    pub awvalid: Pin,
    pub awaddr: Pin,
    pub awready: Pin,
    pub wvalid: Pin,
    pub wdata: Pin,
    pub wstrb: Pin,
    pub wready: Pin,
    pub bvalid: Pin,
    pub bresp: Pin,
    pub bready: Pin,
    pub arvalid: Pin,
    pub araddr: Pin,
    pub arready: Pin,
    pub rvalid: Pin,
    pub rdata: Pin,
    pub rresp: Pin,
    pub rready: Pin,
}

impl Pins {
    pub fn of(layout: &Layout) -> Result<Self, NoSuchPin> {
        let input = |name: &str| layout.pin(name, Dir::Input).cloned();
        let output = |name: &str| layout.pin(name, Dir::Output).cloned();
        let address = |channel: &str| -> Result<AddressPins, NoSuchPin> {
            let pin = |s: &str| output(&format!("m_axi_{channel}{s}"));
            Ok(AddressPins {
                valid: pin("valid")?,
                id: pin("id")?,
                addr: pin("addr")?,
                len: pin("len")?,
                size: pin("size")?,
                burst: pin("burst")?,
            })
        };
        Ok(Self {
            rst_n: input("rst_n")?,
            irq: output("irq")?,
            lite: LitePins {
                awvalid: input("s_axil_awvalid")?,
                awaddr: input("s_axil_awaddr")?,
                awready: output("s_axil_awready")?,
                wvalid: input("s_axil_wvalid")?,
                wdata: input("s_axil_wdata")?,
                wstrb: input("s_axil_wstrb")?,
                wready: output("s_axil_wready")?,
                bvalid: output("s_axil_bvalid")?,
                bresp: output("s_axil_bresp")?,
                bready: input("s_axil_bready")?,
                arvalid: input("s_axil_arvalid")?,
                araddr: input("s_axil_araddr")?,
                arready: output("s_axil_arready")?,
                rvalid: output("s_axil_rvalid")?,
                rdata: output("s_axil_rdata")?,
                rresp: output("s_axil_rresp")?,
                rready: input("s_axil_rready")?,
            },
            ar: address("ar")?,
            aw: address("aw")?,
            arready: input("m_axi_arready")?,
            awready: input("m_axi_awready")?,
            rvalid: input("m_axi_rvalid")?,
            rid: input("m_axi_rid")?,
            rdata: input("m_axi_rdata")?,
            rresp: input("m_axi_rresp")?,
            rlast: input("m_axi_rlast")?,
            rready: output("m_axi_rready")?,
            wvalid: output("m_axi_wvalid")?,
            wdata: output("m_axi_wdata")?,
            wstrb: output("m_axi_wstrb")?,
            wlast: output("m_axi_wlast")?,
            wready: input("m_axi_wready")?,
            bvalid: input("m_axi_bvalid")?,
            bid: input("m_axi_bid")?,
            bresp: input("m_axi_bresp")?,
            bready: output("m_axi_bready")?,
        })
    }

    /// Puts the memory's side of a cycle on the inputs.
    pub fn apply(&self, drive: &Drive, inputs: &mut [u64]) {
        put(inputs, &self.arready, u64::from(drive.ar_ready));
        put(inputs, &self.awready, u64::from(drive.aw_ready));
        put(inputs, &self.wready, u64::from(drive.w_ready));
        put(inputs, &self.rvalid, u64::from(drive.r.is_some()));
        if let Some(r) = &drive.r {
            put(inputs, &self.rid, r.id);
            put(inputs, &self.rresp, u64::from(r.resp));
            put(inputs, &self.rlast, u64::from(r.last));
            inputs[self.rdata.offset..][..self.rdata.limbs()].copy_from_slice(&r.data);
        }
        put(inputs, &self.bvalid, u64::from(drive.b.is_some()));
        if let Some((id, resp)) = drive.b {
            put(inputs, &self.bid, id);
            put(inputs, &self.bresp, u64::from(resp));
        }
    }

    /// Reads the design's side of a cycle from the outputs.
    pub fn sample(&self, outputs: &[u64]) -> Sample {
        let w = (get(outputs, &self.wvalid) == 1).then(|| {
            let data = outputs[self.wdata.offset..][..self.wdata.limbs()].to_vec();
            (data, get(outputs, &self.wstrb), get(outputs, &self.wlast) == 1)
        });
        Sample {
            ar: self.ar.sample(outputs),
            aw: self.aw.sample(outputs),
            w,
            r_ready: get(outputs, &self.rready) == 1,
            b_ready: get(outputs, &self.bready) == 1,
        }
    }

    /// Managers that read IDs tell apart.
    pub fn read_ids(&self) -> usize {
        1 << self.rid.width
    }

    /// Bytes of the data bus.
    pub fn bus_bytes(&self) -> usize {
        self.rdata.width as usize / 8
    }
}

impl AddressPins {
    fn sample(&self, outputs: &[u64]) -> Option<Address> {
        (get(outputs, &self.valid) == 1).then(|| Address {
            id: get(outputs, &self.id),
            addr: get(outputs, &self.addr),
            len: get(outputs, &self.len),
            size: get(outputs, &self.size),
            burst: get(outputs, &self.burst),
        })
    }
}

/// Sets a pin of at most 64 bits.
pub(crate) fn put(limbs: &mut [u64], pin: &Pin, value: u64) {
    limbs[pin.offset] = value;
}

/// Reads a pin of at most 64 bits.
pub(crate) fn get(limbs: &[u64], pin: &Pin) -> u64 {
    limbs[pin.offset]
}

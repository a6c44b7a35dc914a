//! Watching the AXI4 manager port: whether it moves, and what external memory owes.

use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig};
use seedbed_parts::axi::{ReadPort, WritePort};
use seedbed_parts::up_down;

/// The channels, in the order of the bits of `owed`.
pub const CHANNELS: u32 = 5;

/// Watches the five channels of a manager.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `valids`, `readies` | in | of AR, R, AW, W, B from bit 0 up |
/// | `rlast` | in | the beat on R is the last of its burst |
/// | `moves` | out | something is transferred |
/// | `owed` | out | per channel: an address or a beat is not taken (AR, AW, W), an answer has not come (R, B) |
///
/// Timing: `moves` combinational; R and B of `owed` from the cycle after the address was taken.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct BusWatch {
    /// Read bursts in flight, at most.
    pub reads: u32,
    /// Write bursts in flight, at most.
    pub writes: u32,
}

/// Ports of [`BusWatch`].
pub struct BusWatchIo<'m> {
    /// What is offered.
    pub valids: Sig<'m>,
    /// What is taken.
    pub readies: Sig<'m>,
    /// The end of a read burst.
    pub rlast: Sig<'m>,
    /// Something is transferred.
    pub moves: Sig<'m>,
    /// What external memory owes.
    pub owed: Sig<'m>,
}

impl<'m> BusWatchIo<'m> {
    /// Connects the inputs to a port.
    pub(crate) fn watch(&self, m: &'m Scope, read: &ReadPort<'m>, write: &WritePort<'m>) {
        let [aw, ar] = [write.aw, read.ar];
        let valids = [write.bvalid, write.wvalid, aw.valid, read.rvalid, ar.valid];
        let readies = [write.bready, write.wready, aw.ready, read.rready, ar.ready];
        self.valids.set(m.cat(&valids));
        self.readies.set(m.cat(&readies));
        self.rlast.set(read.rlast);
    }
}

impl Module for BusWatch {
    type Io<'m> = BusWatchIo<'m>;

    fn name(&self) -> String {
        format!("bus_watch_r{}_w{}", self.reads, self.writes)
    }

    fn doc(&self) -> String {
        "Whether an AXI4 port moves, and what the other side owes.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> BusWatchIo<'m> {
        BusWatchIo {
            valids: p.input("valids", uint(CHANNELS)),
            readies: p.input("readies", uint(CHANNELS)),
            rlast: p.input("rlast", bit()),
            moves: p.output("moves", bit()),
            owed: p.output("owed", uint(CHANNELS)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: BusWatchIo<'m>) {
        let fires = (io.valids & io.readies).named("fires");
        let [ar, r, aw, w, b] = [0, 1, 2, 3, 4].map(|channel| fires.bit(channel));
        let offered = (io.valids & !io.readies).named("offered");
        let reads = up_down(m, "reads_q", self.reads, ar, r & io.rlast).ne(0);
        let writes = up_down(m, "writes_q", self.writes, aw, b).ne(0);
        io.moves.set(m.any(&[ar, r, aw, w, b]));
        io.owed.set(m.cat(&[writes, offered.bit(3), offered.bit(2), reads, offered.bit(0)]));
    }
}

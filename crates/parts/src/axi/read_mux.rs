//! Several read masters on one AXI4 read port.

use super::{AxiWidths, ReadPort};
use crate::priority;
use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig};

/// Merges the read channels of several managers; the ID on the bus is the manager's number.
///
/// | port | direction | type |
/// |---|---|---|
/// | `s0_ar*`, `s0_r*`, `s1_ar*` ... | AXI4 subordinate | [`ReadPort`] without IDs |
/// | `m_axi_ar*`, `m_axi_r*` | AXI4 manager | [`ReadPort`] with `clog2(masters)` ID bits |
///
/// Timing: combinational both ways. Manager 0 comes first, then 1, and so on; a request that is on
/// the bus stays there until it is taken. R goes to the manager that RID names.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ReadMux {
    /// Number of managers, at least 2.
    pub masters: u32,
    /// Bits of a byte address.
    pub addr_bits: u32,
    /// Bits of a beat.
    pub data_bits: u32,
}

/// Ports of [`ReadMux`].
pub struct ReadMuxIo<'m> {
    /// The managers, most urgent first.
    pub masters: Vec<ReadPort<'m>>,
    /// The bus.
    pub axi: ReadPort<'m>,
}

impl ReadMux {
    fn id_bits(&self) -> u32 {
        clog2(u64::from(self.masters))
    }

    /// One-hot: whose request is on the bus.
    fn choose<'m>(&self, m: &'m Scope, io: &ReadMuxIo<'m>, valid: Sig<'m>) -> Vec<Sig<'m>> {
        let locked = m.reg("locked_q", bit(), 0);
        let holder = m.reg("holder_q", uint(self.masters), 0);
        let requests: Vec<Sig> = io.masters.iter().map(|s| s.ar.valid).collect();
        let first = priority(m, &requests);
        let chosen: Vec<Sig> = (0..self.masters)
            .zip(first)
            .map(|(i, first)| m.mux(locked, holder.bit(i), first).named(format!("chosen{i}")))
            .collect();
        m.when(valid, || {
            locked.set(!io.axi.ar.ready);
            holder.set(m.cat(&chosen.iter().rev().copied().collect::<Vec<_>>()));
        });
        chosen
    }

    fn build_answers<'m>(&self, m: &'m Scope, io: &ReadMuxIo<'m>) {
        let bus = io.axi;
        let mut readies = Vec::new();
        for (i, s) in io.masters.iter().enumerate() {
            let mine = match bus.rid {
                Some(rid) => rid.eq(i),
                None => m.high(),
            };
            s.rvalid.set(bus.rvalid & mine);
            s.rdata.set(bus.rdata);
            s.rresp.set(bus.rresp);
            s.rlast.set(bus.rlast);
            readies.push(mine & s.rready);
        }
        bus.rready.set(m.any(&readies));
    }
}

impl Module for ReadMux {
    type Io<'m> = ReadMuxIo<'m>;

    fn name(&self) -> String {
        format!("axi_read_mux_{}_a{}_d{}", self.masters, self.addr_bits, self.data_bits)
    }

    fn doc(&self) -> String {
        format!("{} AXI4 read masters on one port; the ID is the master's number.", self.masters)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ReadMuxIo<'m> {
        let inner = AxiWidths { addr: self.addr_bits, data: self.data_bits, id: 0 };
        let outer = AxiWidths { id: self.id_bits(), ..inner };
        let subordinate =
            |i: u32| p.group(format!("s{i}"), |p| p.flip(|p| ReadPort::manager(p, inner)));
        ReadMuxIo {
            masters: (0..self.masters).map(subordinate).collect(),
            axi: p.group("m_axi", |p| ReadPort::manager(p, outer)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ReadMuxIo<'m>) {
        if self.masters < 2 {
            m.error("a ReadMux of fewer than 2 masters; connect a single master directly");
        }
        let bus = io.axi.ar;
        let valids: Vec<Sig> = io.masters.iter().map(|s| s.ar.valid).collect();
        let valid = m.any(&valids).named("any_valid");
        bus.valid.set(valid);
        let chosen = self.choose(m, &io, valid);
        for (k, field) in bus.fields().into_iter().enumerate() {
            let values: Vec<Sig> = io.masters.iter().map(|s| s.ar.fields()[k]).collect();
            field.set(m.mux_one_hot(&chosen, &values));
        }
        if let Some(id) = bus.id {
            let numbers: Vec<Sig> = (0..self.masters).map(|i| m.lit(i, id.ty())).collect();
            id.set(m.mux_one_hot(&chosen, &numbers));
        }
        for (s, &chosen) in io.masters.iter().zip(&chosen) {
            s.ar.ready.set(chosen & bus.ready);
        }
        self.build_answers(m, &io);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axi::{ReadMaster, Request};
    use crate::bench::{pattern, Bench, MemoryTiming, Random, Sink, Source};
    use seedbed_hdl::Stream;

    /// Three read masters behind a multiplexer.
    #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    struct Shared;

    struct SharedIo<'m> {
        clients: Vec<(Stream<'m>, Stream<'m>)>,
        axi: ReadPort<'m>,
    }

    impl Module for Shared {
        type Io<'m> = SharedIo<'m>;

        fn name(&self) -> String {
            "shared".into()
        }

        fn io<'m>(&self, p: &Ports<'_, 'm>) -> SharedIo<'m> {
            let client = |i: u32| {
                let req = p.sink(format!("req{i}"), Request::ty(32));
                (req, p.source(format!("data{i}"), uint(65)))
            };
            let widths = AxiWidths { addr: 32, data: 64, id: 2 };
            SharedIo {
                clients: (0..3).map(client).collect(),
                axi: p.group("m_axi", |p| ReadPort::manager(p, widths)),
            }
        }

        fn build<'m>(&self, m: &'m Scope, io: SharedIo<'m>) {
            let mux = m.inst("mux", &ReadMux { masters: 3, addr_bits: 32, data_bits: 64 });
            let master = ReadMaster {
                addr_bits: 32,
                data_bits: 64,
                burst_beats: 16,
                outstanding: 4,
                fifo_beats: 64,
            };
            for (i, (req, data)) in io.clients.iter().enumerate() {
                let reader = m.inst(format!("reader{i}"), &master);
                reader.req.connect(*req);
                data.connect(reader.data);
                mux.masters[i].connect(reader.axi);
            }
            io.axi.connect(mux.axi);
        }
    }

    fn beat(at: u64) -> u64 {
        (0..8).map(|k| u64::from(pattern((at + k) as usize)) << (8 * k)).sum()
    }

    #[test]
    fn every_master_gets_its_own_data() {
        for stall in [0.0, 0.4] {
            let timing = MemoryTiming { latency: 12, stall, seed: 9 };
            let mut b = Bench::with_memory(&Shared, 1 << 16, 64, timing);
            let mut random = Random(3);
            let mut requests = || -> Vec<(u64, u64)> {
                (0..30).map(|_| (1 + random.below(40), random.below(8000) * 8)).collect()
            };
            let lists = [requests(), requests(), requests()];
            let items = |i: usize| lists[i].iter().map(|&(beats, addr)| vec![beats << 32 | addr]);
            let mut sources = [0, 1, 2].map(|i| Source::new(&format!("req{i}"), items(i), 20));
            let mut sinks = [0, 1, 2].map(|i| Sink::new(&format!("data{i}"), 20));
            for _ in 0..20_000 {
                let [s0, s1, s2] = &mut sources;
                let [k0, k1, k2] = &mut sinks;
                b.step(&mut [s0, s1, s2], &mut [k0, k1, k2]);
            }
            for (list, sink) in lists.iter().zip(&sinks) {
                let beats =
                    list.iter().flat_map(|&(n, addr)| (0..n).map(move |i| beat(addr + 8 * i)));
                assert!(sink.items.iter().map(|i| i[0]).eq(beats));
            }
            b.assert_protocol();
        }
    }

    #[test]
    fn the_first_master_comes_first_and_a_waiting_request_stays() {
        let mut b = Bench::new(&ReadMux { masters: 2, addr_bits: 32, data_bits: 64 });
        b.set("s0_araddr", 0x100);
        b.set("s1_araddr", 0x200);
        b.set("s1_arvalid", 1);
        assert_eq!((b.get("m_axi_araddr"), b.get("m_axi_arid")), (0x200, 1));
        b.tick();
        b.set("s0_arvalid", 1);
        assert_eq!(b.get("m_axi_araddr"), 0x200, "it was offered and stays");
        b.set("m_axi_arready", 1);
        assert_eq!((b.get("s0_arready"), b.get("s1_arready")), (0, 1));
        b.tick();
        assert_eq!((b.get("m_axi_araddr"), b.get("m_axi_arid")), (0x100, 0));
    }
}

//! The whole core.

use crate::bus_watch::BusWatch;
use crate::dma::Done;
use crate::front::control::EVENT;
use crate::front::{EnginePort, Front};
use crate::lm::LocalMemory;
use crate::load::Load;
use crate::matrix::Matrix;
use crate::post::Post;
use crate::ps::PartialSums;
use crate::store::Store;
use seedbed_hdl::{bit, clog2, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::axi::{AxiWidths, LitePort, ReadMux, ReadPort, WritePort};
use seedbed_spec::{csr, Config};

/// The accelerator of one configuration.
///
/// | port | meaning |
/// |---|---|
/// | `clk`, `rst_n` | one clock, reset as configured |
/// | `s_axil_*` | AXI4-Lite subordinate: registers |
/// | `m_axi_*` | AXI4 manager: commands, tensors |
/// | `irq` | level, high while an enabled interrupt is pending |
///
/// Reads of LOAD have priority over command fetch; FRONT prefetches, so it can wait.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Npu {
    /// Its configuration.
    pub config: Config,
}

/// Ports of [`Npu`].
pub struct NpuIo<'m> {
    /// Registers.
    pub lite: LitePort<'m>,
    /// Read channels.
    pub read: ReadPort<'m>,
    /// Write channels.
    pub write: WritePort<'m>,
    /// Interrupt.
    pub irq: Sig<'m>,
}

/// Managers on the read channels: LOAD, FRONT.
const READERS: u32 = 2;

impl Module for Npu {
    type Io<'m> = NpuIo<'m>;

    fn name(&self) -> String {
        format!("seedbed_{}", self.config.name)
    }

    fn doc(&self) -> String {
        let c = &self.config;
        format!(
            "Seedbed accelerator `{}`: {} x {} int8 multiply-accumulates per cycle,\n\
             {} KiB of local memory in {} banks, {} partial-sum rows, {}-bit AXI4.",
            c.name,
            c.array.rows,
            c.array.cols,
            c.memory.lm_bytes / 1024,
            c.memory.lm_banks,
            c.memory.ps_rows,
            c.bus.data_bits
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> NpuIo<'m> {
        let bus = &self.config.bus;
        let id = clog2(u64::from(READERS));
        let widths = AxiWidths { addr: bus.addr_bits, data: bus.data_bits, id };
        let lite_bits = csr::map(&self.config).addr_bits();
        NpuIo {
            lite: p.group("s_axil", |p| LitePort::subordinate(p, lite_bits)),
            read: p.group("m_axi", |p| ReadPort::manager(p, widths)),
            write: p.group("m_axi", |p| WritePort::manager(p, widths)),
            irq: p.output("irq", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: NpuIo<'m>) {
        let config = &self.config;
        let bus = &config.bus;
        let front = m.inst("u_front", &Front { config: config.clone() });
        let load = m.inst("u_load", &Load::new(config));
        let store = m.inst("u_store", &Store::new(config));
        let matrix = m.inst("u_matrix", &Matrix { config: config.clone() });
        let post = m.inst("u_post", &Post { config: config.clone() });
        let lm = m.inst("u_lm", &LocalMemory::new(config));
        let ps = m.inst("u_ps", &PartialSums::new(config));

        front.lite.connect(io.lite);
        io.irq.set(front.irq);

        let mux = ReadMux { masters: READERS, addr_bits: bus.addr_bits, data_bits: bus.data_bits };
        let mux = m.inst("u_read_mux", &mux);
        mux.masters[0].connect(load.axi);
        mux.masters[1].connect(front.axi);
        front.bus_wanted.set(load.pending | io.read.rvalid);
        let reads = bus.outstanding + config.front.prefetch;
        let watch = m.inst("u_bus_watch", &BusWatch { reads, writes: bus.outstanding });
        watch.watch(m, &io.read, &io.write);
        front.data_move.set(watch.moves | load.moves);
        front.bus_owed.set(watch.owed);
        load.window.connect(front.read_window);
        store.window.connect(front.write_window);
        io.read.connect(mux.axi);
        io.write.connect(store.axi);

        lm.matrix_a.connect(matrix.a);
        lm.matrix_w.connect(matrix.w);
        lm.post.connect(post.lm);
        lm.load.connect(load.lm);
        lm.store.connect(store.lm);
        ps.matrix.connect(matrix.ps);
        ps.post.connect(post.ps);

        let engines = [
            (load.cmd, load.done),
            (store.cmd, store.done),
            (matrix.cmd, done(matrix.done, matrix.done_cause, matrix.done_addr)),
            (post.cmd, done(post.done, post.done_cause, post.done_addr)),
        ];
        for (port, (cmd, done)) in front.engines.iter().zip(engines) {
            connect_engine(port, cmd, done);
        }

        let events = [
            matrix.rows_event,
            io.read.rvalid & io.read.rready,
            io.write.wvalid & io.write.wready,
            lm.conflicts.resize(EVENT),
            post.saturated.resize(EVENT),
        ];
        for (port, event) in front.events.iter().zip(events) {
            port.set(event);
        }
    }
}

fn done<'m>(valid: Sig<'m>, cause: Sig<'m>, addr: Sig<'m>) -> Done<'m> {
    Done { valid, cause, addr }
}

fn connect_engine<'m>(port: &EnginePort<'m>, cmd: Stream<'m>, done: Done<'m>) {
    cmd.connect(port.cmd);
    port.completion.done.set(done.valid);
    port.completion.cause.set(done.cause);
    port.completion.addr.set(done.addr);
}

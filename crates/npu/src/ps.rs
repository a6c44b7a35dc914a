//! Partial sums: banks of one read and one write port, rows of C accumulators.

use crate::bank::Split;
use crate::stage::{Staged, MEMORY};
use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig};
use seedbed_spec::config::Config;
use seedbed_spec::timing;

/// The widths of a client's ports.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PsShape {
    /// Bits of a row address.
    pub addr_bits: u32,
    /// Bits of a row: C accumulators, column 0 lowest.
    pub row_bits: u32,
}

impl PsShape {
    /// The shape of `config`'s partial sums.
    pub fn of(config: &Config) -> Self {
        PsShape { addr_bits: config.ps_row_bits(), row_bits: config.cols() * config.acc_bits() }
    }
}

/// The ports of MATRIX: a read and a write per cycle, always served.
#[derive(Clone, Copy)]
pub struct PsMatrix<'m> {
    /// Read a row.
    pub read_enable: Sig<'m>,
    /// Which row.
    pub read_addr: Sig<'m>,
    /// The row, [`timing::PS_READ`] cycles later; holds until the next.
    pub read_data: Sig<'m>,
    /// Write a row; reads of later cycles see it.
    pub write_enable: Sig<'m>,
    /// Which row.
    pub write_addr: Sig<'m>,
    /// The row.
    pub write_data: Sig<'m>,
}

impl<'m> PsMatrix<'m> {
    /// The ports of the engine.
    pub fn master(p: &Ports<'_, 'm>, shape: PsShape) -> Self {
        PsMatrix {
            read_enable: p.output("read_enable", bit()),
            read_addr: p.output("read_addr", uint(shape.addr_bits)),
            read_data: p.input("read_data", uint(shape.row_bits)),
            write_enable: p.output("write_enable", bit()),
            write_addr: p.output("write_addr", uint(shape.addr_bits)),
            write_data: p.output("write_data", uint(shape.row_bits)),
        }
    }

    /// The ports of the memory.
    pub fn slave(p: &Ports<'_, 'm>, shape: PsShape) -> Self {
        PsMatrix {
            read_enable: p.input("read_enable", bit()),
            read_addr: p.input("read_addr", uint(shape.addr_bits)),
            read_data: p.output("read_data", uint(shape.row_bits)),
            write_enable: p.input("write_enable", bit()),
            write_addr: p.input("write_addr", uint(shape.addr_bits)),
            write_data: p.input("write_data", uint(shape.row_bits)),
        }
    }

    /// Wires this memory side to the engine's side.
    #[track_caller]
    pub fn connect(self, engine: PsMatrix<'m>) {
        self.read_enable.set(engine.read_enable);
        self.read_addr.set(engine.read_addr);
        engine.read_data.set(self.read_data);
        self.write_enable.set(engine.write_enable);
        self.write_addr.set(engine.write_addr);
        self.write_data.set(engine.write_data);
    }
}

/// The ports of POST: a read, refused while MATRIX reads the same bank.
#[derive(Clone, Copy)]
pub struct PsPost<'m> {
    /// Request.
    pub valid: Sig<'m>,
    /// Which row.
    pub addr: Sig<'m>,
    /// The request is taken.
    pub ready: Sig<'m>,
    /// The row, [`timing::PS_READ`] cycles later; holds until the next.
    pub data: Sig<'m>,
}

impl<'m> PsPost<'m> {
    /// The ports of the engine.
    pub fn master(p: &Ports<'_, 'm>, shape: PsShape) -> Self {
        PsPost {
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(shape.addr_bits)),
            ready: p.input("ready", bit()),
            data: p.input("data", uint(shape.row_bits)),
        }
    }

    /// The ports of the memory.
    pub fn slave(p: &Ports<'_, 'm>, shape: PsShape) -> Self {
        PsPost {
            valid: p.input("valid", bit()),
            addr: p.input("addr", uint(shape.addr_bits)),
            ready: p.output("ready", bit()),
            data: p.output("data", uint(shape.row_bits)),
        }
    }

    /// Wires this memory side to the engine's side.
    #[track_caller]
    pub fn connect(self, engine: PsPost<'m>) {
        self.valid.set(engine.valid);
        self.addr.set(engine.addr);
        engine.ready.set(self.ready);
        engine.data.set(self.data);
    }
}

/// The accumulator memory.
///
/// | ports | meaning |
/// |---|---|
/// | `matrix_*` | [`PsMatrix`] |
/// | `post_*` | [`PsPost`] |
///
/// The high row bits select the bank. A read in the cycle of a write to the same row gives the old
/// row.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PartialSums {
    rows: u32,
    banks: u32,
    row_bits: u32,
}

/// Ports of [`PartialSums`].
pub struct PartialSumsIo<'m> {
    /// MATRIX.
    pub matrix: PsMatrix<'m>,
    /// POST.
    pub post: PsPost<'m>,
}

impl PartialSums {
    /// The memory of `config`.
    pub fn new(config: &Config) -> Self {
        PartialSums {
            rows: config.memory.ps_rows,
            banks: config.memory.ps_banks,
            row_bits: PsShape::of(config).row_bits,
        }
    }

    fn split(&self) -> Split {
        Split { words: self.rows, banks: self.banks }
    }
}

impl Module for PartialSums {
    type Io<'m> = PartialSumsIo<'m>;

    fn name(&self) -> String {
        format!("partial_sums_{}x{}_b{}", self.rows, self.row_bits, self.banks)
    }

    fn doc(&self) -> String {
        format!(
            "Accumulators: {} rows in {} banks of one read and one write port.\n\
             MATRIX is always served; POST waits while MATRIX reads its bank.",
            self.rows, self.banks
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PartialSumsIo<'m> {
        let shape = PsShape { addr_bits: self.rows.ilog2(), row_bits: self.row_bits };
        PartialSumsIo {
            matrix: p.group("matrix", |p| PsMatrix::slave(p, shape)),
            post: p.group("post", |p| PsPost::slave(p, shape)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: PartialSumsIo<'m>) {
        let PartialSumsIo { matrix, post } = io;
        let split = self.split();
        let blocked = matrix.read_enable & split.same(m, matrix.read_addr, post.addr);
        post.ready.set(!blocked);
        let post_grant = (post.valid & !blocked).named("post_grant");
        let rows: Vec<Sig> =
            (0..self.banks).map(|b| self.bank(m, matrix, post, post_grant, b)).collect();
        for (name, grant, addr, data) in [
            ("matrix", matrix.read_enable, matrix.read_addr, matrix.read_data),
            ("post", post_grant, post.addr, post.data),
        ] {
            data.set(self.read_return(m, name, grant, addr, &rows));
        }
    }
}

impl PartialSums {
    fn bank<'m>(
        &self,
        m: &'m Scope,
        matrix: PsMatrix<'m>,
        post: PsPost<'m>,
        post_grant: Sig<'m>,
        index: u32,
    ) -> Sig<'m> {
        let split = self.split();
        let bank = m.inst(
            format!("u_bank_{index}"),
            &PsBank { rows: split.bank_words(), row_bits: self.row_bits },
        );
        let matrix_hit = matrix.read_enable & split.hits(m, matrix.read_addr, index);
        bank.read_enable.set(matrix_hit | (post_grant & split.hits(m, post.addr, index)));
        bank.read_addr.set(m.mux(
            matrix_hit,
            split.local(matrix.read_addr),
            split.local(post.addr),
        ));
        bank.write_enable.set(matrix.write_enable & split.hits(m, matrix.write_addr, index));
        bank.write_addr.set(split.local(matrix.write_addr));
        bank.write_data.set(matrix.write_data);
        bank.read_data
    }

    fn read_return<'m>(
        &self,
        m: &'m Scope,
        name: &str,
        grant: Sig<'m>,
        addr: Sig<'m>,
        rows: &[Sig<'m>],
    ) -> Sig<'m> {
        let returning = grant.pipe(format!("{name}_read_q"));
        let row = match self.split().bank(addr) {
            Some(bank) => m.select(bank.pipe_no_reset(format!("{name}_bank_q")), rows),
            None => rows[0],
        };
        let data = Staged::new(row, MEMORY).pipe_when(m, returning, format!("{name}_data_q"));
        data.expect(m, timing::PS_READ, "a partial sum read")
    }
}

/// One bank of partial sums: the unit that becomes an SRAM macro.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `read_enable`, `read_addr` | in | read a row |
/// | `read_data` | out | the row, one cycle later |
/// | `write_enable`, `write_addr`, `write_data` | in | write a row |
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PsBank {
    /// Rows, at least 2.
    pub rows: u32,
    /// Bits of a row.
    pub row_bits: u32,
}

impl Module for PsBank {
    type Io<'m> = PsMatrix<'m>;

    fn name(&self) -> String {
        format!("ps_bank_{}x{}", self.rows, self.row_bits)
    }

    fn doc(&self) -> String {
        format!(
            "Memory of one read and one write port, {} rows of {} bits.",
            self.rows, self.row_bits
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PsMatrix<'m> {
        let addr_bits = clog2(u64::from(self.rows));
        PsMatrix::slave(p, PsShape { addr_bits, row_bits: self.row_bits })
    }

    fn build<'m>(&self, m: &'m Scope, io: PsMatrix<'m>) {
        let mem = m.mem_1r1w("mem", self.row_bits, self.rows, None);
        mem.write(io.write_addr, io.write_enable, io.write_data, None);
        io.read_data.set(mem.read(io.read_addr, io.read_enable));
    }
}

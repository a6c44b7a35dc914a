//! From codes to local memory.

use crate::lm::LmShape;
use seedbed_hdl::{bit, sint, uint, Module, Ports, Scope, Sig};
use seedbed_parts::Fifo;
use seedbed_spec::config::Config;
use seedbed_spec::timing;

/// Collects the codes of a row, buffers rows and writes them to local memory.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `ticket_valid`, `ticket_addr`, `ticket_write`, `ticket_last`, `ticket_faulty` | in | a row was read: where its codes go |
/// | `ticket_ready` | out | there is room for one more row |
/// | `phase`, `code_L` | in | one-hot: lane L's code of this part of the oldest row |
/// | `valid`, `addr`, `wdata`, `mask`, `ready` | out, in | the write, `addr` a word address |
/// | `done`, `done_faulty` | out | a command's last write has landed |
///
/// A row is read only when its codes have a place in the buffer, so nothing is lost when local
/// memory is busy; the buffer covers the pipeline's length, so rows follow each other without a gap
/// when it is not.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PostWriter {
    lm: LmShape,
    cols: u32,
    lanes: u32,
    lm_bytes: u32,
    depth: u32,
}

/// Ports of [`PostWriter`].
pub struct PostWriterIo<'m> {
    /// A row was read.
    pub ticket_valid: Sig<'m>,
    /// LM byte address of its codes.
    pub ticket_addr: Sig<'m>,
    /// Write them.
    pub ticket_write: Sig<'m>,
    /// Last row of a command.
    pub ticket_last: Sig<'m>,
    /// Last row of a command that left a memory.
    pub ticket_faulty: Sig<'m>,
    /// Room for one more row.
    pub ticket_ready: Sig<'m>,
    /// One-hot part of the row.
    pub phase: Sig<'m>,
    /// The lanes' codes.
    pub codes: Vec<Sig<'m>>,
    /// Write request.
    pub valid: Sig<'m>,
    /// Word address.
    pub addr: Sig<'m>,
    /// The codes at every place of the word.
    pub wdata: Sig<'m>,
    /// The place to write.
    pub mask: Sig<'m>,
    /// The write is taken.
    pub ready: Sig<'m>,
    /// A command is complete.
    pub done: Sig<'m>,
    /// It left a memory.
    pub done_faulty: Sig<'m>,
}

impl PostWriter {
    /// The writer of `config`.
    pub fn new(config: &Config) -> Self {
        PostWriter {
            lm: LmShape::of(config),
            cols: config.cols(),
            lanes: config.post.lanes,
            lm_bytes: config.memory.lm_bytes,
            depth: timing::post_rows_held(config),
        }
    }

    fn row_bits(&self) -> u32 {
        8 * self.cols
    }

    /// Rows per LM word.
    fn places(&self) -> u32 {
        self.lm.word_bits / self.row_bits()
    }
}

impl Module for PostWriter {
    type Io<'m> = PostWriterIo<'m>;

    fn name(&self) -> String {
        let PostWriter { lm, cols, lanes, lm_bytes, depth } = self;
        let granules = lm.mask_bits;
        format!("post_writer_c{cols}_l{lanes}_w{}g{granules}_lm{lm_bytes}_d{depth}", lm.word_bits)
    }

    fn doc(&self) -> String {
        format!("POST: buffers up to {} rows of codes and writes them to local memory.", self.depth)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PostWriterIo<'m> {
        PostWriterIo {
            ticket_valid: p.input("ticket_valid", bit()),
            ticket_addr: p.input("ticket_addr", uint(self.lm_bytes.ilog2())),
            ticket_write: p.input("ticket_write", bit()),
            ticket_last: p.input("ticket_last", bit()),
            ticket_faulty: p.input("ticket_faulty", bit()),
            ticket_ready: p.output("ticket_ready", bit()),
            phase: p.input("phase", uint(self.cols / self.lanes)),
            codes: (0..self.lanes).map(|l| p.input(format!("code_{l}"), sint(8))).collect(),
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(self.lm.addr_bits)),
            wdata: p.output("wdata", uint(self.lm.word_bits)),
            mask: p.output("mask", uint(self.lm.mask_bits)),
            ready: p.input("ready", bit()),
            done: p.output("done", bit()),
            done_faulty: p.output("done_faulty", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: PostWriterIo<'m>) {
        let buffer = Fifo { ty: uint(self.row_bits()), depth: self.depth };
        let rows = m.inst("u_rows", &buffer);
        let row = self.collect(m, &io);
        // Every row has a ticket, so the buffer of rows has room and its ready is not asked.
        rows.enq.valid.set(io.phase.bit(io.phase.width() - 1));
        rows.enq.data.set(row);
        let ticket = self.tickets(m, &io);

        let pop = (rows.deq.valid & (io.ready | !ticket.write)).named("pop");
        rows.deq.ready.set(pop);
        ticket.pop.set(pop);
        io.valid.set(rows.deq.valid & ticket.write);
        let word = (self.lm.word_bits / 8).ilog2();
        io.addr.set(ticket.addr.slice(word, self.lm.addr_bits));
        io.wdata.set(rows.deq.data.replicate(self.places()));
        io.mask.set(self.mask(m, ticket.addr));
        let done = (pop & ticket.last).named("command_done");
        io.done.set(done.pipe("done_q"));
        io.done_faulty.set((done & ticket.faulty).pipe("done_faulty_q"));
    }
}

/// The oldest row's ticket.
struct Ticket<'m> {
    addr: Sig<'m>,
    write: Sig<'m>,
    last: Sig<'m>,
    faulty: Sig<'m>,
    pop: Sig<'m>,
}

impl PostWriter {
    /// The codes of a whole row: the earlier parts from registers, the last as it comes.
    fn collect<'m>(&self, m: &'m Scope, io: &PostWriterIo<'m>) -> Sig<'m> {
        let codes: Vec<Sig> = io.codes.iter().rev().map(|code| code.as_unsigned()).collect();
        let now = m.cat(&codes).named("codes");
        let phases = io.phase.width();
        let early = (0..phases - 1).map(|phase| {
            let part = m.reg_no_reset(format!("codes_{phase}_q"), now.ty());
            m.when(io.phase.bit(phase), || part.set(now));
            part
        });
        let mut parts: Vec<Sig> = early.chain([now]).collect();
        parts.reverse();
        m.cat(&parts)
    }

    fn tickets<'m>(&self, m: &'m Scope, io: &PostWriterIo<'m>) -> Ticket<'m> {
        let data = m.cat(&[io.ticket_addr, io.ticket_write, io.ticket_last, io.ticket_faulty]);
        let queue = m.inst("u_tickets", &Fifo { ty: data.ty(), depth: self.depth });
        queue.enq.valid.set(io.ticket_valid);
        queue.enq.data.set(data);
        io.ticket_ready.set(queue.enq.ready);
        let ticket = queue.deq.data;
        Ticket {
            addr: ticket.slice(3, io.ticket_addr.width()).named("oldest_addr"),
            write: ticket.bit(2).named("oldest_write"),
            last: ticket.bit(1).named("oldest_last"),
            faulty: ticket.bit(0).named("oldest_faulty"),
            pop: queue.deq.ready,
        }
    }

    /// The granules of the row's place in the word.
    fn mask<'m>(&self, m: &'m Scope, addr: Sig<'m>) -> Sig<'m> {
        let granules = self.lm.mask_bits / self.places();
        if self.places() == 1 {
            return m.high().replicate(granules);
        }
        let place = addr.slice(self.cols.ilog2(), self.places().ilog2());
        let hits: Vec<Sig> =
            (0..self.places()).rev().map(|i| place.eq(i).replicate(granules)).collect();
        m.cat(&hits)
    }
}

//! From codes to local memory.

use crate::lm::LmShape;
use crate::operand::Operand;
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
    operand: Operand,
    bus_bytes: u32,
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
    /// Strips that take the word after it.
    pub following: Option<Sig<'m>>,
    /// The word to write.
    pub wdata: Sig<'m>,
    /// The granules to write.
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
            lm: LmShape::straddling(config, config.cols_straddle()),
            operand: Operand::cols(config),
            bus_bytes: config.bus_bytes(),
            lanes: config.post.lanes,
            lm_bytes: config.memory.lm_bytes,
            depth: timing::post_rows_held(config),
        }
    }

    fn row_bits(&self) -> u32 {
        8 * self.operand.bytes
    }
}

impl Module for PostWriter {
    type Io<'m> = PostWriterIo<'m>;

    fn name(&self) -> String {
        let PostWriter { lm, lanes, lm_bytes, depth, .. } = self;
        let (cols, granules) = (self.operand.bytes, lm.mask_bits);
        let name = format!(
            "post_writer_c{cols}_l{lanes}_w{}g{granules}_lm{lm_bytes}_d{depth}",
            lm.word_bits
        );
        if self.fits_beats() {
            name
        } else {
            format!("{name}_s{}_b{}", lm.strips, self.bus_bytes)
        }
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
            phase: p.input("phase", uint(self.operand.bytes / self.lanes)),
            codes: (0..self.lanes).map(|l| p.input(format!("code_{l}"), sint(8))).collect(),
            valid: p.output("valid", bit()),
            addr: p.output("addr", uint(self.lm.addr_bits)),
            following: self.lm.following(|ty| p.output("following", ty)),
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
        io.addr.set(self.operand.word_addr(ticket.addr));
        if let (Some(port), Some(following)) =
            (io.following, self.operand.following(m, ticket.addr))
        {
            port.set(following);
        }
        io.wdata.set(self.word(m, ticket.addr, rows.deq.data));
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

    /// Whether rows of codes fill beats and do not straddle words.
    fn fits_beats(&self) -> bool {
        self.lm.strips == 1 && self.operand.bytes % self.bus_bytes == 0
    }

    /// The word to write: the row in its place, zeros elsewhere. Where the mask alone decides, the row in
    /// every place.
    fn word<'m>(&self, m: &'m Scope, addr: Sig<'m>, row: Sig<'m>) -> Sig<'m> {
        match self.operand.place(addr) {
            Some(place) if !self.fits_beats() => {
                let starts = (0..self.operand.places()).map(|i| i * self.operand.unit);
                m.select(place, &starts.map(|at| self.turned(m, row, at)).collect::<Vec<_>>())
            }
            _ => row.replicate(self.operand.places()),
        }
    }

    /// The row at byte `start` of a word, its end in front if it does not fit behind.
    fn turned<'m>(&self, m: &'m Scope, row: Sig<'m>, start: u32) -> Sig<'m> {
        let Operand { bytes, word, .. } = self.operand;
        let zeros = |bytes: u32| (bytes > 0).then(|| m.zero(uint(8 * bytes)));
        let parts = if start + bytes <= word {
            vec![zeros(word - start - bytes), Some(row), zeros(start)]
        } else {
            let [behind, before] = [start + bytes - word, word - start];
            let [low, high] = [row.slice(0, 8 * before), row.slice(8 * before, 8 * behind)];
            vec![Some(low), zeros(word - bytes), Some(high)]
        };
        m.cat(&parts.into_iter().flatten().collect::<Vec<_>>())
    }

    /// The granules of the row and of the zeros behind it.
    fn mask<'m>(&self, m: &'m Scope, addr: Sig<'m>) -> Sig<'m> {
        let Some(place) = self.operand.place(addr) else {
            return m.high().replicate(self.lm.mask_bits);
        };
        if !self.fits_beats() {
            let starts = (0..self.operand.places()).map(|i| i * self.operand.unit);
            return m.select(place, &starts.map(|at| self.covered(m, at)).collect::<Vec<_>>());
        }
        let places = self.operand.places();
        let granules = self.lm.mask_bits / places;
        let hits: Vec<Sig> = (0..places).rev().map(|i| place.eq(i).replicate(granules)).collect();
        m.cat(&hits)
    }

    /// The mask of a row that begins at byte `start` of a word.
    fn covered<'m>(&self, m: &'m Scope, start: u32) -> Sig<'m> {
        let Operand { bytes, word, .. } = self.operand;
        let granule = word / self.lm.mask_bits;
        let end = (start + bytes).next_multiple_of(self.bus_bytes);
        let written = |at: u32| (start..end).contains(&at) || (start..end).contains(&(at + word));
        let bits = (0..word).step_by(granule as usize).rev();
        let bits: Vec<Sig> = bits.map(|at| if written(at) { m.high() } else { m.low() }).collect();
        m.cat(&bits)
    }
}

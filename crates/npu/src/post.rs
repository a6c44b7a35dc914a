//! POST: partial sums through bias, requantisation and clamp into local memory.

mod lane;
mod params;
mod sequencer;
mod writer;

pub use lane::{RequantiseLane, RequantiseLaneIo, Settings};
pub use params::{ParamStore, ParamStoreIo};
pub use sequencer::{PostSequencer, PostSequencerIo};
pub use writer::{PostWriter, PostWriterIo};

use crate::body::body_field;
use crate::lm::{LmReadWrite, LmShape};
use crate::ps::{PsPost, PsShape};
use crate::stage::{Line, Staged};
use seedbed_hdl::{bit, bits_for, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::Fifo;
use seedbed_spec::command::{Opcode, BODY_BITS};
use seedbed_spec::config::Config;
use seedbed_spec::timing;

/// The engine behind the partial sums.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `cmd` | stream in | body of a POST command |
/// | `lm_*` | | [`LmReadWrite`]: parameters in, codes out |
/// | `ps_*` | | [`PsPost`] |
/// | `done` | out | a command's last code can be read; one pulse per command, in order |
/// | `done_cause`, `done_addr` | out | with `done`: 0, or the fault |
/// | `saturated` | out | bias additions that saturated, per cycle |
///
/// [`PostSequencer`] reads an n-tile's parameters into [`ParamStore`], then its rows; each row is
/// dealt to `post.lanes` [`RequantiseLane`]s in C / lanes phases; [`PostWriter`] collects and writes
/// the codes. A row is read only when its codes have a place in the writer's buffer, so nothing in
/// between ever waits, and parameter reads may go before writes. Timing: [`timing::post_tile`] per
/// n-tile, [`timing::post`] for a command on its own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Post {
    /// The accelerator.
    pub config: Config,
}

/// Ports of [`Post`].
pub struct PostIo<'m> {
    /// Command bodies.
    pub cmd: Stream<'m>,
    /// Local memory.
    pub lm: LmReadWrite<'m>,
    /// Partial sums.
    pub ps: PsPost<'m>,
    /// A command is complete.
    pub done: Sig<'m>,
    /// 0, or the code of a fault's cause.
    pub done_cause: Sig<'m>,
    /// The fault's address.
    pub done_addr: Sig<'m>,
    /// Bias additions that saturated.
    pub saturated: Sig<'m>,
}

/// Commands that wait in front of the sequencer.
const QUEUE: u32 = 2;

impl Post {
    fn lanes(&self) -> u32 {
        self.config.post.lanes
    }

    fn phases(&self) -> u32 {
        timing::phases(&self.config)
    }
}

impl Module for Post {
    type Io<'m> = PostIo<'m>;

    fn name(&self) -> String {
        format!("{}_post", self.config.name)
    }

    fn doc(&self) -> String {
        format!("POST: {} requantisation lanes, {} cycles per row.", self.lanes(), self.phases())
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PostIo<'m> {
        let lm = LmShape::of(&self.config);
        let ps = PsShape::of(&self.config);
        PostIo {
            cmd: p.sink("cmd", uint(BODY_BITS)),
            lm: p.group("lm", |p| LmReadWrite::master(p, lm)),
            ps: p.group("ps", |p| PsPost::master(p, ps)),
            done: p.output("done", bit()),
            done_cause: p.output("done_cause", uint(4)),
            done_addr: p.output("done_addr", uint(48)),
            saturated: p.output("saturated", uint(bits_for(u64::from(self.lanes())))),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: PostIo<'m>) {
        let sequencer = m.inst("u_sequencer", &PostSequencer::new(&self.config));
        let writer = m.inst("u_writer", &PostWriter::new(&self.config));
        queue_commands(m, io.cmd, &sequencer);
        self.share_memory(m, &io, &sequencer, &writer);
        let row_taken = read_rows(io.ps, &sequencer);
        self.hand_tickets(row_taken, &sequencer, &writer);
        self.lanes_and_params(m, &io, &sequencer, &writer, row_taken);
        sequencer.retire.set(writer.done_faulty);
        io.done.set(writer.done);
        io.done_cause.set(m.mux(writer.done_faulty, sequencer.cause, m.zero(uint(4))));
        io.done_addr.set(sequencer.fault_addr.extend(48));
    }
}

fn queue_commands<'m>(m: &'m Scope, cmd: Stream<'m>, sequencer: &PostSequencerIo<'m>) {
    let field = |name| body_field(m, cmd.data, Opcode::Post, name).as_unsigned();
    let command = m
        .cat(
            &[
                "ps_addr",
                "param_addr",
                "out_addr",
                "rows",
                "n_tiles",
                "out_stride",
                "rule",
                "zero_point",
                "lo",
                "hi",
            ]
            .map(field),
        )
        .named("command");
    let queue = m.inst("u_queue", &Fifo { ty: command.ty(), depth: QUEUE });
    queue.enq.valid.set(cmd.valid);
    queue.enq.data.set(command);
    cmd.ready.set(queue.enq.ready);
    sequencer.command.connect(queue.deq);
}

/// Connects the row requests; gives "a row is taken".
fn read_rows<'m>(ps: PsPost<'m>, sequencer: &PostSequencerIo<'m>) -> Sig<'m> {
    ps.valid.set(sequencer.row_valid);
    ps.addr.set(sequencer.row_addr);
    sequencer.row_ready.set(ps.ready);
    (sequencer.row_valid & ps.ready).named("row_taken")
}

impl Post {
    /// One port to local memory: parameters go first, because rows wait for them.
    fn share_memory<'m>(
        &self,
        m: &'m Scope,
        io: &PostIo<'m>,
        sequencer: &PostSequencerIo<'m>,
        writer: &PostWriterIo<'m>,
    ) {
        let word = self.config.word().ilog2();
        let [read, addr] = [sequencer.param_valid, sequencer.param_addr];
        io.lm.valid.set(read | writer.valid);
        io.lm.write.set(!read);
        io.lm.addr.set(m.mux(read, addr.slice(word, addr.width() - word), writer.addr));
        io.lm.wdata.set(writer.wdata);
        io.lm.mask.set(writer.mask);
        sequencer.param_ready.set(io.lm.ready);
        writer.ready.set(io.lm.ready & !read);
    }

    fn hand_tickets<'m>(
        &self,
        row_taken: Sig<'m>,
        sequencer: &PostSequencerIo<'m>,
        writer: &PostWriterIo<'m>,
    ) {
        sequencer.ticket_ready.set(writer.ticket_ready);
        writer.ticket_valid.set(row_taken);
        writer.ticket_addr.set(sequencer.ticket_addr);
        writer.ticket_write.set(sequencer.ticket_write);
        writer.ticket_last.set(sequencer.ticket_last);
        writer.ticket_faulty.set(sequencer.ticket_faulty);
    }

    fn lanes_and_params<'m>(
        &self,
        m: &'m Scope,
        io: &PostIo<'m>,
        sequencer: &PostSequencerIo<'m>,
        writer: &PostWriterIo<'m>,
        row_taken: Sig<'m>,
    ) {
        // Phase p of a row is under way p stages behind the row's data.
        let last = timing::post_row(&self.config);
        let row = Line::valid(Staged::new(row_taken, 0), "row", last);
        let under_way: Vec<Sig> = (1..last).map(|stage| row.at(stage)).collect();
        sequencer.lanes_empty.set(!m.any(&under_way));
        let phases_at = |stage: u32| -> Vec<Sig<'m>> {
            (stage..stage + self.phases()).map(|s| row.at(s)).collect()
        };
        let phases = phases_at(timing::PS_READ);
        let params = self.params(m, io, sequencer);
        let [mut saturated, mut codes] = [Vec::new(), Vec::new()];
        params.phase.set(one_hot(m, &phases));
        for lane in 0..self.lanes() {
            let acc = self.deal(m, io.ps.data, lane, &phases);
            let [acc, bias, multiplier, shift] = select(lane, acc, &params);
            let requantise = m.inst(
                format!("u_lane_{lane}"),
                &RequantiseLane { acc_bits: self.config.acc_bits() },
            );
            requantise.acc.set(acc.sig.as_signed());
            requantise.bias.set(bias.sig.as_signed());
            requantise.multiplier.set(multiplier.sig);
            requantise.shift.set(shift.sig.as_signed());
            requantise.settings.connect(sequencer.settings);
            saturated.push(Staged::new(requantise.saturated, acc.stage + 1));
            codes.push(Staged::new(requantise.code, acc.stage + timing::REQUANTISE));
        }
        writer.phase.set(one_hot(m, &phases_at(codes[0].stage)));
        for (input, code) in writer.codes.iter().zip(&codes) {
            let first = last + 1 - self.phases();
            input.set(code.expect(m, first, "the path from partial sum to code"));
        }
        self.count_saturations(m, io, &saturated, &phases_at(saturated[0].stage));
    }

    /// Parameter words come back in the order in which they were requested.
    fn params<'m>(
        &self,
        m: &'m Scope,
        io: &PostIo<'m>,
        sequencer: &PostSequencerIo<'m>,
    ) -> ParamStoreIo<'m> {
        let store = m.inst("u_params", &ParamStore::new(&self.config));
        let start = |sig| Staged::new(sig, 0);
        let taken = sequencer.param_valid & sequencer.param_ready;
        let arrival = timing::LM_READ;
        store.write.set(Line::valid(start(taken), "param", arrival).at(arrival));
        let index = Line::data(start(sequencer.param_index), "param_index", arrival);
        store.index.set(index.at(arrival));
        store.word.set(io.lm.rdata);
        store
    }

    /// The accumulator that lane `lane` gets in each phase.
    fn deal<'m>(&self, m: &'m Scope, row: Sig<'m>, lane: u32, phases: &[Sig<'m>]) -> Staged<'m> {
        let acc_bits = self.config.acc_bits();
        let column = |phase| row.slice((phase * self.lanes() + lane) * acc_bits, acc_bits);
        let items: Vec<Sig> = (0..self.phases()).map(column).collect();
        let acc = if items.len() == 1 { items[0] } else { m.one_hot_mux(phases, &items) };
        Staged::new(acc, timing::PS_READ)
    }

    fn count_saturations<'m>(
        &self,
        m: &'m Scope,
        io: &PostIo<'m>,
        flags: &[Staged<'m>],
        phases: &[Sig<'m>],
    ) {
        let valid = m.any(phases).named("saturated_valid");
        let flags: Vec<Sig> = (0..)
            .zip(flags)
            .map(|(lane, flag): (u32, _)| (flag.sig & valid).named(format!("saturated_{lane}")))
            .collect();
        io.saturated.set(m.sum(&flags).resize(io.saturated.width()).pipe("saturated_q"));
    }
}

/// Phase 0 is the lowest bit.
fn one_hot<'m>(m: &'m Scope, phases: &[Sig<'m>]) -> Sig<'m> {
    let msb_first: Vec<Sig> = phases.iter().rev().copied().collect();
    m.cat(&msb_first)
}

/// The registers in front of a lane: accumulator, bias, multiplier, shift.
fn select<'m>(lane: u32, acc: Staged<'m>, params: &ParamStoreIo<'m>) -> [Staged<'m>; 4] {
    let [bias, multiplier, shift] = params.lanes[lane as usize];
    let param = |sig| Staged::new(sig, acc.stage);
    let items = [
        ("acc", acc),
        ("bias", param(bias)),
        ("multiplier", param(multiplier)),
        ("shift", param(shift)),
    ];
    items.map(|(name, item)| item.pipe(format!("{name}_{lane}_q")))
}

//! POST: partial sums through bias, requantisation and clamp into local memory.

mod lane;
mod params;
mod sequencer;
mod writer;

pub use lane::{RequantiseLane, RequantiseLaneIo, Settings};
pub use params::{ParamStore, ParamStoreIo};
pub use sequencer::{PostSequencer, PostSequencerIo};
pub use writer::{PostWriter, PostWriterIo};

use crate::body::{body_field, queue_parts, record_bits, unpack};
use crate::lm::{LmReadWrite, LmShape};
use crate::ps::{PsPost, PsShape};
use crate::stage::{Line, Staged};
use crate::tile_loader::{TileLoader, TileLoaderIo};
use seedbed_hdl::{bit, bits_for, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::up_down;
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
/// A [`TileLoader`] reads an n-tile's parameters into [`ParamStore`] while [`PostSequencer`] reads the
/// rows of the one before; each row is dealt to `post.lanes` [`RequantiseLane`]s in C / lanes phases;
/// [`PostWriter`] collects and writes the codes. A row is read only when its codes have a place in the
/// writer's buffer, so nothing in between ever waits. Writes go before parameters at the port to local
/// memory, unless rows wait for these. Timing: [`timing::post_tile`] per n-tile, [`timing::post`] for a
/// command on its own.
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

/// Cycles from the read of a row to its first sums in the lanes.
const LANE: u32 = timing::PS_READ + timing::SELECT;

/// The rows under way, from their grant on.
struct Rows<'m> {
    valid: Line<'m>,
    /// Their parameters are in the second place.
    place: Line<'m>,
    /// They use the settings of this turn.
    turns: [Line<'m>; 2],
}

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
        let lm = LmShape::straddling(&self.config, self.config.cols_straddle());
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
        let loader = m.inst("u_loader", &self.loader());
        let sequencer = m.inst("u_sequencer", &PostSequencer::new(&self.config));
        let writer = m.inst("u_writer", &PostWriter::new(&self.config));
        queue_commands(m, io.cmd, &loader, &sequencer);
        self.hand_over_params(m, &loader, &sequencer);
        self.share_memory(m, &io, &loader, &sequencer, &writer);
        let row_taken = read_rows(io.ps, &sequencer);
        hand_tickets(row_taken, &sequencer, &writer);
        self.lanes_and_params(m, &io, &loader, &sequencer, &writer, row_taken);
        sequencer.retire.set(writer.done_faulty);
        io.done.set(writer.done);
        io.done_cause.set(m.mux(writer.done_faulty, sequencer.cause, m.zero(uint(4))));
        io.done_addr.set(sequencer.fault_addr.extend(48));
    }
}

/// Each side gets its part of every command, through a queue of its own.
fn queue_commands<'m>(
    m: &'m Scope,
    cmd: Stream<'m>,
    loader: &TileLoaderIo<'m>,
    sequencer: &PostSequencerIo<'m>,
) {
    let field = |name| body_field(m, cmd.data, Opcode::Post, name).as_unsigned();
    let [ps_addr, param_addr, out_addr, rows, n_tiles, stride] =
        ["ps_addr", "param_addr", "out_addr", "rows", "n_tiles", "out_stride"].map(field);
    let settings = m.cat(&["rule", "zero_point", "lo", "hi"].map(field)).named("settings");
    let params = m.cat(&[param_addr, n_tiles]).named("param_command");
    let rows = [ps_addr, param_addr, out_addr, rows, n_tiles, stride, settings];
    let rows = m.cat(&rows).named("row_command");
    let parts = queue_parts(m, cmd, [("u_param_queue", params), ("u_row_queue", rows)]);
    loader.command.connect(parts[0]);
    sequencer.command.connect(parts[1]);
}

/// Connects the row requests; gives "a row is taken".
fn read_rows<'m>(ps: PsPost<'m>, sequencer: &PostSequencerIo<'m>) -> Sig<'m> {
    ps.valid.set(sequencer.row_valid);
    ps.addr.set(sequencer.row_addr);
    sequencer.row_ready.set(ps.ready);
    (sequencer.row_valid & ps.ready).named("row_taken")
}

fn hand_tickets<'m>(
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

impl Post {
    /// Loads the parameters of an n-tile, an LM word at a time.
    fn loader(&self) -> TileLoader {
        TileLoader {
            what: "param",
            bytes: self.config.word(),
            items: timing::param_words(&self.config),
            nested: false,
            lm_bytes: self.config.memory.lm_bytes,
        }
    }

    /// Counts the places whose parameters are loaded: those of rows to come, and those still in use
    /// because a last row is being dealt.
    fn hand_over_params<'m>(
        &self,
        m: &'m Scope,
        loader: &TileLoaderIo<'m>,
        sequencer: &PostSequencerIo<'m>,
    ) {
        let (loaded, done) = (loader.tile_done, sequencer.tile_done);
        let ahead = up_down(m, "params_ahead_q", 2, loaded, done);
        sequencer.may_start.set(ahead.ne(0));
        // A word comes LM_READ cycles after its request, a phase is dealt PS_READ and more after the row's.
        let in_use = self.phases() - 1 + timing::PS_READ - timing::LM_READ;
        let held = match in_use.saturating_sub(1) {
            0 => ahead,
            last => {
                let dealt = Line::valid(Staged::new(done, 0), "tile_done", last).at(last);
                up_down(m, "params_held_q", 2, loaded, dealt)
            }
        };
        loader.may_load.set(held.ne(2));
        for (place, outside) in sequencer.params_outside.iter().zip(loader.outside) {
            place.set(outside);
        }
    }

    /// One port to local memory: writes go first, unless rows wait for parameters.
    fn share_memory<'m>(
        &self,
        m: &'m Scope,
        io: &PostIo<'m>,
        loader: &TileLoaderIo<'m>,
        sequencer: &PostSequencerIo<'m>,
        writer: &PostWriterIo<'m>,
    ) {
        let word = self.config.word().ilog2();
        let addr = loader.addr;
        let read = (loader.valid & (sequencer.starved | !writer.valid)).named("reads_params");
        io.lm.valid.set(read | writer.valid);
        io.lm.write.set(!read);
        io.lm.addr.set(m.mux(read, addr.slice(word, addr.width() - word), writer.addr));
        if let (Some(port), Some(following)) = (io.lm.following, writer.following) {
            port.set(m.mux(read, m.zero(following.ty()), following));
        }
        io.lm.wdata.set(writer.wdata);
        io.lm.mask.set(writer.mask);
        loader.ready.set(io.lm.ready & read);
        writer.ready.set(io.lm.ready & !read);
    }

    fn lanes_and_params<'m>(
        &self,
        m: &'m Scope,
        io: &PostIo<'m>,
        loader: &TileLoaderIo<'m>,
        sequencer: &PostSequencerIo<'m>,
        writer: &PostWriterIo<'m>,
        row_taken: Sig<'m>,
    ) {
        let rows = self.rows(m, sequencer, row_taken);
        let last = timing::post_row(&self.config);
        let phases = self.phases_at(&rows.valid, timing::PS_READ);
        let params = self.params(m, io, loader);
        let [mut saturated, mut codes] = [Vec::new(), Vec::new()];
        params.phase.set(one_hot(m, &phases));
        params.place.set(m.any(&self.phases_at(&rows.place, timing::PS_READ)));
        let settings = self.settings(m, sequencer, &rows);
        for lane in 0..self.lanes() {
            let acc = self.deal(m, io.ps.data, lane, &phases);
            let [acc, bias, multiplier, shift] = select(lane, acc, &params);
            let requantise = m.inst(
                format!("u_lane_{lane}"),
                &RequantiseLane { acc_bits: self.config.acc_bits() },
            );
            requantise.acc.set(acc.expect(m, LANE, "the way to the lanes").as_signed());
            requantise.bias.set(bias.sig.as_signed());
            requantise.multiplier.set(multiplier.sig);
            requantise.shift.set(shift.sig.as_signed());
            requantise.settings.connect(settings);
            saturated.push(Staged::new(requantise.saturated, LANE + 1));
            codes.push(Staged::new(requantise.code, LANE + timing::REQUANTISE));
        }
        writer.phase.set(one_hot(m, &self.phases_at(&rows.valid, codes[0].stage)));
        for (input, code) in writer.codes.iter().zip(&codes) {
            let first = last + 1 - self.phases();
            input.set(code.expect(m, first, "the path from partial sum to code"));
        }
        let phases = self.phases_at(&rows.valid, saturated[0].stage);
        self.count_saturations(m, io, &saturated, &phases);
    }

    /// The rows under way; says which settings they use.
    fn rows<'m>(&self, m: &'m Scope, sequencer: &PostSequencerIo<'m>, taken: Sig<'m>) -> Rows<'m> {
        let last = timing::post_row(&self.config);
        let line = |name, sig, last| Line::valid(Staged::new(sig, 0), name, last);
        let turns = [taken & !sequencer.turn, taken & sequencer.turn];
        let dealt = timing::PS_READ + self.phases() - 1;
        let rows = Rows {
            valid: line("row", taken, last),
            place: line("second_place", taken & sequencer.place, dealt),
            turns: [line("first_turn", turns[0], last), line("second_turn", turns[1], last)],
        };
        let in_use = |turn: &Line<'m>| m.any(&(1..last).map(|s| turn.at(s)).collect::<Vec<_>>());
        sequencer.in_use.set(m.cat(&[in_use(&rows.turns[1]), in_use(&rows.turns[0])]));
        rows
    }

    /// Whether each phase of a row is at a stage: phase p of a row is p stages behind phase 0.
    fn phases_at<'m>(&self, rows: &Line<'m>, stage: u32) -> Vec<Sig<'m>> {
        (stage..stage + self.phases()).map(|s| rows.at(s)).collect()
    }

    /// The settings at the stages of the lanes where they are used.
    fn settings<'m>(
        &self,
        m: &'m Scope,
        sequencer: &PostSequencerIo<'m>,
        rows: &Rows<'m>,
    ) -> Settings<'m> {
        let at = |stage, lo, width| {
            let second = m.any(&self.phases_at(&rows.turns[1], LANE + stage));
            let [first_turn, second_turn] = sequencer.settings.map(|word| word.slice(lo, width));
            m.mux(second, second_turn, first_turn)
        };
        let codes = record_bits(Settings::CODES);
        let rule = at(RequantiseLane::RULE, codes, Settings::BITS - codes).named("rule");
        let finishing = at(RequantiseLane::FINISH, 0, codes).named("finishing");
        let [zero_point, lo, hi] = unpack(finishing, "finishing", Settings::CODES);
        let [zero_point, lo, hi] = [zero_point, lo, hi].map(|code| code.as_signed());
        Settings { rule, zero_point, lo, hi }
    }

    /// Parameter words come back in the order in which they were requested.
    fn params<'m>(
        &self,
        m: &'m Scope,
        io: &PostIo<'m>,
        loader: &TileLoaderIo<'m>,
    ) -> ParamStoreIo<'m> {
        let store = m.inst("u_params", &ParamStore::new(&self.config));
        let arrival = timing::LM_READ;
        let start = |sig| Staged::new(sig, 0);
        let write = |name, sig| Line::valid(start(sig), name, arrival).at(arrival);
        let first = write("param_first", loader.fire & !loader.place);
        let second = write("param_second", loader.fire & loader.place);
        store.write.set(m.cat(&[second, first]));
        store.index.set(Line::data(start(loader.item), "param_index", arrival).at(arrival));
        store.word.set(io.lm.rdata);
        store
    }

    /// The accumulator that lane `lane` gets in each phase.
    fn deal<'m>(&self, m: &'m Scope, row: Sig<'m>, lane: u32, phases: &[Sig<'m>]) -> Staged<'m> {
        let acc_bits = self.config.acc_bits();
        let column = |phase| row.slice((phase * self.lanes() + lane) * acc_bits, acc_bits);
        let items: Vec<Sig> = (0..self.phases()).map(column).collect();
        let acc = if items.len() == 1 { items[0] } else { m.mux_one_hot(phases, &items) };
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

//! Which rows POST reads when, and where the results go.

use super::lane::Settings;
use crate::body::{record_bits, unpack, Record};
use crate::range::{
    first_byte_outside, first_outside, outside, reaches_outside, RangeRecord, LM_BITS, PS_BITS,
};
use seedbed_hdl::{bit, bits_for, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_spec::config::Config;
use seedbed_spec::fault::Cause;
use seedbed_spec::timing;

/// Reads the rows of partial sums of n-tile after n-tile.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `command` | stream in | {ps_addr 16, param_addr 24, out_addr 24, rows 12, n_tiles 12, stride 24, settings 26}, counts minus one |
/// | `may_start` | in | the parameters of the n-tile are read |
/// | `starved` | out | rows wait for their parameters |
/// | `row_valid`, `row_addr`, `row_ready` | out, in | read of a row of partial sums |
/// | `place`, `turn` | out | with a row: the place of its parameters; which of two settings it needs |
/// | `tile_done` | out | this is the n-tile's last row |
/// | `ticket_ready` | in | there is room for one more row in the output buffer |
/// | `ticket_addr`, `ticket_write`, `ticket_last`, `ticket_faulty` | out | with a row: its LM byte address; write it (the address exists); last of the command; of one that left a memory |
/// | `in_use` | in | a bit per turn: its settings are used by rows under way |
/// | `settings_0`, `settings_1` | out | {rule 2, zero_point 8, lo 8, hi 8} of the two turns |
/// | `params_outside_0`, `params_outside_1` | in | from the loader of parameters |
/// | `retire`, `cause`, `fault_addr` | | as of the range record |
///
/// A row is dealt to the lanes in several phases; the next one is read when they are over. Consecutive
/// commands follow without a gap: their settings take turns.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PostSequencer {
    cols: u32,
    phases: u32,
    lm_bytes: u32,
    ps_rows: u32,
}

/// Ports of [`PostSequencer`].
pub struct PostSequencerIo<'m> {
    /// Commands.
    pub command: Stream<'m>,
    /// The n-tile's parameters are read.
    pub may_start: Sig<'m>,
    /// Rows wait for their parameters.
    pub starved: Sig<'m>,
    /// Row request.
    pub row_valid: Sig<'m>,
    /// Row of partial sums, modulo their number.
    pub row_addr: Sig<'m>,
    /// The row request is taken.
    pub row_ready: Sig<'m>,
    /// Place of the row's parameters.
    pub place: Sig<'m>,
    /// Which settings the row needs.
    pub turn: Sig<'m>,
    /// Last row of the n-tile.
    pub tile_done: Sig<'m>,
    /// Room in the output buffer.
    pub ticket_ready: Sig<'m>,
    /// LM byte address of the row's codes, modulo the memory's size.
    pub ticket_addr: Sig<'m>,
    /// Write them.
    pub ticket_write: Sig<'m>,
    /// Last row of the command.
    pub ticket_last: Sig<'m>,
    /// The command left a memory; with `ticket_last`.
    pub ticket_faulty: Sig<'m>,
    /// Per turn: rows under way use its settings.
    pub in_use: Sig<'m>,
    /// Settings of the two turns.
    pub settings: [Sig<'m>; 2],
    /// Per place: its parameters came from outside of LM.
    pub params_outside: [Sig<'m>; 2],
    /// The faulty command is reported.
    pub retire: Sig<'m>,
    /// Code of the cause.
    pub cause: Sig<'m>,
    /// First address outside.
    pub fault_addr: Sig<'m>,
}

/// The command in progress: what it says, and where it is.
struct Progress<'m> {
    active: Sig<'m>,
    /// No row of the command was read yet.
    fresh: Sig<'m>,
    turn: Sig<'m>,
    place: Sig<'m>,
    param_addr: Sig<'m>,
    ps_row: Sig<'m>,
    rows: Sig<'m>,
    rows_left: Sig<'m>,
    n_left: Sig<'m>,
    /// The n-tile's first row and the present row, in LM.
    out_base: Sig<'m>,
    out_row: Sig<'m>,
    stride: Sig<'m>,
    settings: Sig<'m>,
}

/// What is taken in this cycle.
struct Events<'m> {
    row: Sig<'m>,
    last_row: Sig<'m>,
    last: Sig<'m>,
}

impl PostSequencer {
    /// A command's fields.
    const COMMAND: Record<7> = [
        ("ps_addr", 16),
        ("param_addr", 24),
        ("out_addr", 24),
        ("rows", 12),
        ("n_tiles", 12),
        ("stride", 24),
        ("settings", Settings::BITS),
    ];

    /// The sequencer of `config`.
    pub fn new(config: &Config) -> Self {
        PostSequencer {
            cols: config.cols(),
            phases: timing::phases(config),
            lm_bytes: config.memory.lm_bytes,
            ps_rows: config.memory.ps_rows,
        }
    }
}

impl Module for PostSequencer {
    type Io<'m> = PostSequencerIo<'m>;

    fn name(&self) -> String {
        let PostSequencer { cols, phases, lm_bytes, ps_rows } = self;
        format!("post_sequencer_c{cols}_f{phases}_lm{lm_bytes}_ps{ps_rows}")
    }

    fn doc(&self) -> String {
        "POST: reads rows of partial sums and says where the codes go.".to_string()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PostSequencerIo<'m> {
        let lm = uint(self.lm_bytes.ilog2());
        let settings = uint(Settings::BITS);
        PostSequencerIo {
            command: p.sink("command", uint(record_bits(Self::COMMAND))),
            may_start: p.input("may_start", bit()),
            starved: p.output("starved", bit()),
            row_valid: p.output("row_valid", bit()),
            row_addr: p.output("row_addr", uint(self.ps_rows.ilog2())),
            row_ready: p.input("row_ready", bit()),
            place: p.output("place", bit()),
            turn: p.output("turn", bit()),
            tile_done: p.output("tile_done", bit()),
            ticket_ready: p.input("ticket_ready", bit()),
            ticket_addr: p.output("ticket_addr", lm),
            ticket_write: p.output("ticket_write", bit()),
            ticket_last: p.output("ticket_last", bit()),
            ticket_faulty: p.output("ticket_faulty", bit()),
            in_use: p.input("in_use", uint(2)),
            settings: ["settings_0", "settings_1"].map(|name| p.output(name, settings)),
            params_outside: ["params_outside_0", "params_outside_1"].map(|n| p.input(n, bit())),
            retire: p.input("retire", bit()),
            cause: p.output("cause", uint(4)),
            fault_addr: p.output("fault_addr", uint(LM_BITS)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: PostSequencerIo<'m>) {
        if timing::PS_READ < timing::LM_READ {
            m.error(
                "partial sums would overtake their parameters: PS_READ must not be below LM_READ",
            );
        }
        let at = registers(m);
        let record = m.inst("u_range", &range_record());
        let events = self.request(m, &io, &at, record.hold);
        self.step(m, &at, &events);
        start(m, &at, io.command, events.last);
        take_settings(m, &io, &at, &events);
        self.ticket(&io, &at, &events);
        io.place.set(at.place);
        io.turn.set(at.turn);
        io.tile_done.set(events.last_row);

        record.last.set(events.last);
        record.retire.set(io.retire);
        io.ticket_faulty.set(record.faulty);
        io.cause.set(record.cause);
        io.fault_addr.set(record.addr);
        let params_out = m.mux(at.place, io.params_outside[1], io.params_outside[0]);
        let accesses = [
            (params_out, first_outside(m, at.param_addr, self.lm_bytes)),
            (outside(at.ps_row, self.ps_rows), at.ps_row.extend(LM_BITS)),
            (
                reaches_outside(at.out_row, self.cols, self.lm_bytes),
                first_byte_outside(m, at.out_row, self.cols, self.lm_bytes),
            ),
        ];
        for ((out, addr), (is_out, address)) in record.classes.iter().zip(accesses) {
            out.set(events.row & is_out);
            addr.set(address);
        }
    }
}

fn range_record() -> RangeRecord {
    RangeRecord {
        engine: "post",
        classes: vec![
            ("param", Cause::RangeLm),
            ("ps", Cause::RangePs),
            ("output", Cause::RangeLm),
        ],
    }
}

fn registers(m: &Scope) -> Progress<'_> {
    let data = |name, bits| m.reg_no_reset(name, uint(bits));
    Progress {
        active: m.reg("active_q", bit(), 0),
        fresh: data("fresh_q", 1),
        turn: m.reg("turn_q", bit(), 0),
        place: m.reg("place_q", bit(), 0),
        param_addr: data("param_addr_q", LM_BITS),
        ps_row: data("ps_row_q", PS_BITS),
        rows: data("rows_q", 12),
        rows_left: data("rows_left_q", 12),
        n_left: data("n_left_q", 12),
        out_base: data("out_base_q", LM_BITS),
        out_row: data("out_row_q", LM_BITS),
        stride: data("stride_q", 24),
        settings: data("command_settings_q", Settings::BITS),
    }
}

/// Takes the next command when there is none or its last row is taken.
fn start<'m>(m: &'m Scope, at: &Progress<'m>, command: Stream<'m>, last: Sig<'m>) {
    let [ps_addr, param_addr, out_addr, rows, n_tiles, stride, settings] =
        unpack(command.data, "next", PostSequencer::COMMAND);
    command.ready.set(!at.active | last);
    m.when(command.ready, || at.active.set(command.valid));
    m.when(command.fire(), || {
        for (register, field) in [
            (at.param_addr, param_addr),
            (at.ps_row, ps_addr),
            (at.rows, rows),
            (at.rows_left, rows),
            (at.n_left, n_tiles),
            (at.out_base, out_addr),
            (at.out_row, out_addr),
            (at.stride, stride),
            (at.settings, settings),
        ] {
            register.set(field);
        }
        at.fresh.set(1);
        at.turn.set(!at.turn);
    });
}

/// A command's settings are kept, in turn, from its first row on.
fn take_settings<'m>(
    m: &'m Scope,
    io: &PostSequencerIo<'m>,
    at: &Progress<'m>,
    events: &Events<'m>,
) {
    for (turn, &port) in io.settings.iter().enumerate() {
        let settings = m.reg_no_reset(format!("settings_{turn}_q"), at.settings.ty());
        m.when(events.row & at.fresh & at.turn.eq(turn), || settings.set(at.settings));
        port.set(settings);
    }
}

impl PostSequencer {
    /// The request of a row, and what comes of it.
    fn request<'m>(
        &self,
        m: &'m Scope,
        io: &PostSequencerIo<'m>,
        at: &Progress<'m>,
        hold: Sig<'m>,
    ) -> Events<'m> {
        let dealt = m.wire("row_dealt", bit());
        let in_use = m.mux(at.turn, io.in_use.bit(1), io.in_use.bit(0));
        let settled = (!at.fresh | !in_use).named("settled");
        let go = (at.active & !hold & dealt & settled & io.ticket_ready).named("go");
        io.row_valid.set(go & io.may_start);
        io.starved.set(at.active & !io.may_start);
        io.row_addr.set(at.ps_row.trunc(self.ps_rows.ilog2()));
        let row = (io.row_valid & io.row_ready).named("row_taken");
        let last_row = (row & at.rows_left.is_zero()).named("n_tile_done");
        dealt.set(self.row_dealt(m, row));
        Events { row, last_row, last: last_row & at.n_left.is_zero() }
    }

    /// A row occupies the lanes for as many cycles as there are phases.
    fn row_dealt<'m>(&self, m: &'m Scope, row: Sig<'m>) -> Sig<'m> {
        if self.phases == 1 {
            return m.high();
        }
        let left = m.reg("phases_left_q", uint(bits_for(u64::from(self.phases - 1))), 0);
        m.when(left.ne(0), || left.set(left.wrapping_sub(1)));
        m.when(row, || left.set(self.phases - 1));
        left.is_zero()
    }

    /// Moves on by one row, and to the next n-tile.
    fn step<'m>(&self, m: &'m Scope, at: &Progress<'m>, events: &Events<'m>) {
        let next_base = at.out_base.wrapping_add(self.cols).named("following_out_base");
        m.when(events.row, || {
            at.fresh.set(0);
            at.ps_row.set(at.ps_row.wrapping_add(1));
            at.rows_left.set(at.rows_left.wrapping_sub(1));
            at.out_row.set(at.out_row.wrapping_add(at.stride));
        });
        m.when(events.last_row, || {
            at.place.set(!at.place);
            at.rows_left.set(at.rows);
            at.n_left.set(at.n_left.wrapping_sub(1));
            at.out_base.set(next_base);
            at.out_row.set(next_base);
        });
    }

    fn ticket<'m>(&self, io: &PostSequencerIo<'m>, at: &Progress<'m>, events: &Events<'m>) {
        io.ticket_addr.set(at.out_row.trunc(self.lm_bytes.ilog2()));
        io.ticket_write.set(!reaches_outside(at.out_row, self.cols, self.lm_bytes));
        io.ticket_last.set(events.last);
    }
}

//! Which parameters and rows POST reads when, and where the results go.

use super::lane::Settings;
use crate::body::{record_bits, unpack, Record};
use crate::range::{outside, RangeRecord, LM_BITS, PS_BITS};
use seedbed_hdl::{bit, bits_for, sint, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_spec::config::Config;
use seedbed_spec::fault::Cause;
use seedbed_spec::timing;

/// Reads, per n-tile, the parameter words and then the rows of partial sums.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `command` | stream in | {ps_addr 16, param_addr 24, out_addr 24, rows 12, n_tiles 12, stride 24, rule 2, zero_point 8, lo 8, hi 8}, counts minus one |
/// | `param_valid`, `param_addr`, `param_ready` | out, in | read of the LM word at this byte address |
/// | `param_index` | out | which word of the n-tile's parameters |
/// | `row_valid`, `row_addr`, `row_ready` | out, in | read of a row of partial sums |
/// | `ticket_ready` | in | there is room for one more row in the output buffer |
/// | `ticket_addr`, `ticket_write`, `ticket_last`, `ticket_faulty` | out | with a row: its LM byte address; write it (the address exists); last of the command; of one that left a memory |
/// | `lanes_empty` | in | no row is under way in the lanes |
/// | `rule`, `zero_point`, `lo`, `hi` | out | settings of the rows under way |
/// | `retire`, `cause`, `fault_addr` | | as of the range record |
///
/// Partial sums arrive no earlier than parameters, so an n-tile's first row is requested in the cycle
/// after its last parameter word was granted, and the next n-tile's first word when the last row has
/// been dealt to the lanes: [`timing::post_tile`] cycles per n-tile. A command's first row waits
/// until the lanes are empty, because the settings change with it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PostSequencer {
    cols: u32,
    word: u32,
    param_words: u32,
    phases: u32,
    lm_bytes: u32,
    ps_rows: u32,
}

/// Ports of [`PostSequencer`].
pub struct PostSequencerIo<'m> {
    /// Commands.
    pub command: Stream<'m>,
    /// Parameter request.
    pub param_valid: Sig<'m>,
    /// LM byte address, modulo the memory's size.
    pub param_addr: Sig<'m>,
    /// The parameter request is taken.
    pub param_ready: Sig<'m>,
    /// Which word of the n-tile.
    pub param_index: Sig<'m>,
    /// Row request.
    pub row_valid: Sig<'m>,
    /// Row of partial sums, modulo their number.
    pub row_addr: Sig<'m>,
    /// The row request is taken.
    pub row_ready: Sig<'m>,
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
    /// No row is under way.
    pub lanes_empty: Sig<'m>,
    /// Settings of the rows under way.
    pub settings: Settings<'m>,
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
    /// Reading parameters, not rows.
    params: Sig<'m>,
    /// No row of the command was read yet.
    fresh: Sig<'m>,
    param: Sig<'m>,
    param_index: Sig<'m>,
    ps_row: Sig<'m>,
    rows: Sig<'m>,
    rows_left: Sig<'m>,
    n_left: Sig<'m>,
    /// The n-tile's first row and the present row, in LM.
    out_base: Sig<'m>,
    out_row: Sig<'m>,
    stride: Sig<'m>,
    /// rule, zero_point, lo, hi.
    settings: Sig<'m>,
}

/// What is taken in this cycle.
struct Events<'m> {
    param: Sig<'m>,
    last_param: Sig<'m>,
    row: Sig<'m>,
    last_row: Sig<'m>,
    last: Sig<'m>,
}

const SETTINGS: Record<4> = [("rule", 2), ("zero_point", 8), ("lo", 8), ("hi", 8)];

impl PostSequencer {
    /// A command's fields.
    const COMMAND: Record<7> = [
        ("ps_addr", 16),
        ("param_addr", 24),
        ("out_addr", 24),
        ("rows", 12),
        ("n_tiles", 12),
        ("stride", 24),
        ("settings", 26),
    ];

    /// The sequencer of `config`.
    pub fn new(config: &Config) -> Self {
        PostSequencer {
            cols: config.cols(),
            word: config.word(),
            param_words: timing::param_words(config),
            phases: timing::phases(config),
            lm_bytes: config.memory.lm_bytes,
            ps_rows: config.memory.ps_rows,
        }
    }

    fn index_bits(&self) -> u32 {
        bits_for(u64::from(self.param_words - 1))
    }
}

impl Module for PostSequencer {
    type Io<'m> = PostSequencerIo<'m>;

    fn name(&self) -> String {
        let PostSequencer { cols, word, phases, lm_bytes, ps_rows, .. } = self;
        format!("post_sequencer_c{cols}_w{word}_f{phases}_lm{lm_bytes}_ps{ps_rows}")
    }

    fn doc(&self) -> String {
        "POST: reads parameters, then rows of partial sums, and says where the codes go."
            .to_string()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> PostSequencerIo<'m> {
        let lm = uint(self.lm_bytes.ilog2());
        PostSequencerIo {
            command: p.sink("command", uint(record_bits(Self::COMMAND))),
            param_valid: p.output("param_valid", bit()),
            param_addr: p.output("param_addr", lm),
            param_ready: p.input("param_ready", bit()),
            param_index: p.output("param_index", uint(self.index_bits())),
            row_valid: p.output("row_valid", bit()),
            row_addr: p.output("row_addr", uint(self.ps_rows.ilog2())),
            row_ready: p.input("row_ready", bit()),
            ticket_ready: p.input("ticket_ready", bit()),
            ticket_addr: p.output("ticket_addr", lm),
            ticket_write: p.output("ticket_write", bit()),
            ticket_last: p.output("ticket_last", bit()),
            ticket_faulty: p.output("ticket_faulty", bit()),
            lanes_empty: p.input("lanes_empty", bit()),
            settings: Settings {
                rule: p.output("rule", uint(2)),
                zero_point: p.output("zero_point", sint(8)),
                lo: p.output("lo", sint(8)),
                hi: p.output("hi", sint(8)),
            },
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
        let at = self.registers(m);
        let record = m.inst("u_range", &range_record());
        let events = self.request(m, &io, &at, record.hold);
        self.step_param(m, &at, &events);
        self.step_row(m, &at, &events);
        start(m, &at, io.command, events.last);
        self.settings(m, &io, &at, &events);
        self.ticket(&io, &at, &events);

        record.last.set(events.last);
        record.retire.set(io.retire);
        io.ticket_faulty.set(record.faulty);
        io.cause.set(record.cause);
        io.fault_addr.set(record.addr);
        let accesses = [
            (events.param & outside(at.param, self.lm_bytes), at.param),
            (events.row & outside(at.ps_row, self.ps_rows), at.ps_row.extend(LM_BITS)),
            (events.row & outside(at.out_row, self.lm_bytes), at.out_row),
        ];
        for ((out, addr), (is_out, address)) in record.classes.iter().zip(accesses) {
            out.set(is_out);
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

/// Takes the next command when there is none or its last row is taken.
fn start<'m>(m: &'m Scope, at: &Progress<'m>, command: Stream<'m>, last: Sig<'m>) {
    let [ps_addr, param_addr, out_addr, rows, n_tiles, stride, settings] =
        unpack(command.data, "next", PostSequencer::COMMAND);
    command.ready.set(!at.active | last);
    m.when(command.ready, || at.active.set(command.valid));
    m.when(command.fire(), || {
        for (register, field) in [
            (at.param, param_addr),
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
        at.params.set(1);
        at.fresh.set(1);
    });
}

impl PostSequencer {
    fn registers<'m>(&self, m: &'m Scope) -> Progress<'m> {
        let data = |name, bits| m.reg_no_reset(name, uint(bits));
        Progress {
            active: m.reg("active_q", bit(), 0),
            params: data("params_q", 1),
            fresh: data("fresh_q", 1),
            param: data("param_q", LM_BITS),
            param_index: m.reg("param_index_q", uint(self.index_bits()), 0),
            ps_row: data("ps_row_q", PS_BITS),
            rows: data("rows_q", 12),
            rows_left: data("rows_left_q", 12),
            n_left: data("n_left_q", 12),
            out_base: data("out_base_q", LM_BITS),
            out_row: data("out_row_q", LM_BITS),
            stride: data("stride_q", 24),
            settings: data("command_settings_q", record_bits(SETTINGS)),
        }
    }

    /// The two requests, and what comes of them.
    fn request<'m>(
        &self,
        m: &'m Scope,
        io: &PostSequencerIo<'m>,
        at: &Progress<'m>,
        hold: Sig<'m>,
    ) -> Events<'m> {
        let dealt = m.wire("row_dealt", bit());
        let go = (at.active & !hold & dealt).named("go");
        let settled = (!at.fresh | io.lanes_empty).named("settled");
        io.param_valid.set(go & at.params);
        io.param_addr.set(at.param.trunc(self.lm_bytes.ilog2()));
        io.param_index.set(at.param_index);
        io.row_valid.set(go & !at.params & settled & io.ticket_ready);
        io.row_addr.set(at.ps_row.trunc(self.ps_rows.ilog2()));
        let param = (io.param_valid & io.param_ready).named("param_taken");
        let row = (io.row_valid & io.row_ready).named("row_taken");
        let last_row = (row & at.rows_left.is_zero()).named("n_tile_done");
        dealt.set(self.row_dealt(m, row));
        Events {
            param,
            last_param: (param & at.param_index.eq(self.param_words - 1)).named("params_done"),
            row,
            last_row,
            last: last_row & at.n_left.is_zero(),
        }
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

    /// Moves on by one parameter word, and to the rows.
    fn step_param<'m>(&self, m: &'m Scope, at: &Progress<'m>, events: &Events<'m>) {
        m.when(events.param, || {
            at.param.set(at.param.wrapping_add(self.word));
            at.param_index.set(at.param_index.wrapping_add(1));
        });
        m.when(events.last_param, || {
            at.param_index.set(0);
            at.params.set(0);
        });
    }

    /// Moves on by one row, and to the next n-tile.
    fn step_row<'m>(&self, m: &'m Scope, at: &Progress<'m>, events: &Events<'m>) {
        let next_base = at.out_base.wrapping_add(self.cols).named("following_out_base");
        m.when(events.row, || {
            at.fresh.set(0);
            at.ps_row.set(at.ps_row.wrapping_add(1));
            at.rows_left.set(at.rows_left.wrapping_sub(1));
            at.out_row.set(at.out_row.wrapping_add(at.stride));
        });
        m.when(events.last_row, || {
            at.rows_left.set(at.rows);
            at.n_left.set(at.n_left.wrapping_sub(1));
            at.out_base.set(next_base);
            at.out_row.set(next_base);
            at.params.set(1);
        });
    }

    /// The settings change when a command's first row is taken.
    fn settings<'m>(
        &self,
        m: &'m Scope,
        io: &PostSequencerIo<'m>,
        at: &Progress<'m>,
        events: &Events<'m>,
    ) {
        let settings = m.reg_no_reset("settings_q", at.settings.ty());
        m.when(events.row & at.fresh, || settings.set(at.settings));
        let [rule, zero_point, lo, hi] = unpack(settings, "settings", SETTINGS);
        io.settings.rule.set(rule);
        io.settings.zero_point.set(zero_point.as_signed());
        io.settings.lo.set(lo.as_signed());
        io.settings.hi.set(hi.as_signed());
    }

    fn ticket<'m>(&self, io: &PostSequencerIo<'m>, at: &Progress<'m>, events: &Events<'m>) {
        io.ticket_addr.set(at.out_row.trunc(self.lm_bytes.ilog2()));
        io.ticket_write.set(!outside(at.out_row, self.lm_bytes));
        io.ticket_last.set(events.last);
    }
}

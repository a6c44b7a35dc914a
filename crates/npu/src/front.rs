//! FRONT: fetches commands, checks them, dispatches them to the engines, keeps semaphores and faults.
//!
//! A command's way: ring in memory -> [`Fetch`](fetch::Fetch) -> [`Check`](check::Check) ->
//! [`EngineQueue`](engine_queue::EngineQueue) of its engine -> starts when the
//! [`Semaphores`](semaphores::Semaphores) cover its waits -> engine -> retires: signals are given, the
//! stamp is written. At most one command starts and one retires per cycle.
//!
//! After a fault at command j: nothing more is fetched, waiting commands from j on are dropped, what
//! runs completes. Commands before j never wait for j or later (a legal program never waits when it is
//! executed in ring order), so they complete too; when they cannot, that is a deadlock and a fault of
//! its own with a lower number.
//!
//! | port | dir | meaning |
//! |---|---|---|
//! | `s_axil_*`, `irq` | | host |
//! | `m_axi_ar*`, `m_axi_r*` | | command fetch |
//! | `data_move`, `bus_owed` | in | on the bus, or from LOAD's buffer to LM; what external memory owes |
//! | `bus_wanted` | in | LOAD has more to ask for, or data come |
//! | `ENGINE_cmd` | source | command bodies |
//! | `ENGINE_done`, `_cause`, `_addr` | in | completions |
//! | `read_window_*`, `write_window_*` | out | the pages that may be touched |
//! | `*_event` | in | what counters add |

pub mod check;
pub mod control;
pub mod engine_queue;
pub mod fetch;
pub mod semaphores;
pub mod watchdog;

use crate::bus_watch;
use crate::window::WindowSigs;
use check::{Check, CheckIo};
use control::{Control, ControlIo, FaultSigs, COUNTERS};
use engine_queue::{
    precedes, Completion, EngineQueue, EngineQueueIo, ADDR, BODY, CAUSE, SEQ, STAMP,
};
use fetch::{Fetch, FetchIo, COMMAND};
use seedbed_hdl::{bit, bits_for, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::axi::{AxiWidths, LitePort, ReadMaster, ReadPort};
use seedbed_spec::command::BODY_LSB;
use seedbed_spec::fault::{Cause, Engine};
use seedbed_spec::{csr, timing, Config};
use semaphores::{Semaphores, SemaphoresIo, SLOTS};
use watchdog::{Watchdog, WatchdogIo};

/// Number of engines.
const ENGINES: usize = Engine::EXECUTING.len();
/// First bit of the wait slots in a command.
const WAITS_LSB: u32 = 32;
/// First bit of the stamp in a command.
const STAMP_LSB: u32 = 8;

/// FRONT of a core.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Front {
    /// The core.
    pub config: Config,
}

/// One engine, seen from FRONT.
#[derive(Clone, Copy)]
pub struct EnginePort<'m> {
    /// Command bodies, bits 128 to 511.
    pub cmd: Stream<'m>,
    /// Completed commands.
    pub completion: Completion<'m>,
}

/// Ports of [`Front`].
pub struct FrontIo<'m> {
    /// Host registers.
    pub lite: LitePort<'m>,
    /// Interrupt.
    pub irq: Sig<'m>,
    /// Command fetch.
    pub axi: ReadPort<'m>,
    /// Something is transferred on the bus, or from LOAD's buffer to local memory.
    pub data_move: Sig<'m>,
    /// What external memory owes.
    pub bus_owed: Sig<'m>,
    /// LOAD has more to ask for, or data come.
    pub bus_wanted: Sig<'m>,
    /// LOAD, STORE, MATRIX, POST.
    pub engines: Vec<EnginePort<'m>>,
    /// Pages that may be read.
    pub read_window: WindowSigs<'m>,
    /// Pages that may be written.
    pub write_window: WindowSigs<'m>,
    /// `MATRIX_ROWS` to `SATURATIONS` of [`COUNTERS`].
    pub events: Vec<Sig<'m>>,
}

impl Module for Front {
    type Io<'m> = FrontIo<'m>;

    fn name(&self) -> String {
        format!("front_{}", self.config.name)
    }

    fn doc(&self) -> String {
        "Fetches, checks and dispatches commands; semaphores, faults, registers, counters.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> FrontIo<'m> {
        let bus = &self.config.bus;
        let widths = AxiWidths { addr: bus.addr_bits, data: bus.data_bits, id: 0 };
        let engine = |e: &Engine| {
            p.group(e.name().to_lowercase(), |p| EnginePort {
                cmd: p.source("cmd", uint(BODY)),
                completion: Completion {
                    done: p.input("done", bit()),
                    cause: p.input("done_cause", uint(CAUSE)),
                    addr: p.input("done_addr", uint(ADDR)),
                },
            })
        };
        let lite_bits = csr::map(&self.config).addr_bits();
        let event = |(name, width): &(&str, u32)| {
            p.input(format!("{}_event", name.to_lowercase()), uint(*width))
        };
        FrontIo {
            lite: p.group("s_axil", |p| LitePort::subordinate(p, lite_bits)),
            irq: p.output("irq", bit()),
            axi: p.group("m_axi", |p| ReadPort::manager(p, widths)),
            data_move: p.input("data_move", bit()),
            bus_owed: p.input("bus_owed", uint(bus_watch::CHANNELS)),
            bus_wanted: p.input("bus_wanted", bit()),
            engines: Engine::EXECUTING.iter().map(engine).collect(),
            read_window: WindowSigs::outputs(p, "read_window"),
            write_window: WindowSigs::outputs(p, "write_window"),
            events: COUNTERS[ENGINES..].iter().map(event).collect(),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: FrontIo<'m>) {
        let parts = Parts::new(self, m);
        let fault = self.fault_record(m);
        parts.control.lite.connect(io.lite);
        io.irq.set(parts.control.irq);
        io.read_window.connect(parts.control.read_window);
        io.write_window.connect(parts.control.write_window);
        self.fetch(m, &io, &parts, &fault);
        let illegal = self.dispatch(m, &parts, &fault);
        let unmet = self.start(m, &io, &parts, &fault);
        let retired = self.retire(m, &parts);
        let deadlock = self.deadlock(m, &parts, unmet);
        let late = self.watch(m, &io, &parts, [&retired, &illegal, &deadlock]);
        self.record(m, &parts, &fault, [retired, illegal, deadlock, late]);
        self.count(&io, &parts);
    }
}

/// The instances, and what several functions need.
struct Parts<'m> {
    control: ControlIo<'m>,
    fetch: FetchIo<'m>,
    check: CheckIo<'m>,
    queues: Vec<EngineQueueIo<'m>>,
    semaphores: SemaphoresIo<'m>,
    watchdog: WatchdogIo<'m>,
    /// A dispatched command cannot move on: its queue is full.
    blocked: Sig<'m>,
}

impl<'m> Parts<'m> {
    fn new(front: &Front, m: &'m Scope) -> Self {
        let config = &front.config;
        let queue = EngineQueue { depth: config.front.queue };
        let bus = &config.bus;
        Parts {
            control: m.inst("u_control", &Control { config: config.clone() }),
            fetch: m.inst("u_fetch", &Fetch { addr_bits: bus.addr_bits, data_bits: bus.data_bits }),
            check: m.inst("u_check", &Check { config: config.clone() }),
            queues: Engine::EXECUTING
                .iter()
                .map(|e| m.inst(format!("u_{}_queue", e.name().to_lowercase()), &queue))
                .collect(),
            semaphores: m.inst(
                "u_semaphores",
                &Semaphores { count: config.front.semaphores, engines: ENGINES },
            ),
            watchdog: m.inst("u_watchdog", &Watchdog),
            blocked: m.wire("blocked", bit()),
        }
    }
}

/// A fault that happens in this cycle.
struct Event<'m> {
    happens: Sig<'m>,
    index: Sig<'m>,
    engine: Sig<'m>,
    cause: Sig<'m>,
    addr: Sig<'m>,
}

impl Front {
    fn fault_record<'m>(&self, m: &'m Scope) -> FaultSigs<'m> {
        FaultSigs::new(|name, width| m.reg(format!("fault_{name}_q"), uint(width), 0))
    }

    /// Command fetch and its read master.
    fn fetch<'m>(&self, m: &'m Scope, io: &FrontIo<'m>, parts: &Parts<'m>, fault: &FaultSigs<'m>) {
        let bus = &self.config.bus;
        let beats = (COMMAND / bus.data_bits).max(1);
        let master = m.inst(
            "u_fetch_master",
            &ReadMaster {
                addr_bits: bus.addr_bits,
                data_bits: bus.data_bits,
                burst_beats: beats,
                outstanding: self.config.front.prefetch,
                fifo_beats: self.config.front.prefetch * beats,
            },
        );
        io.axi.connect(master.axi);
        let (fetch, control) = (&parts.fetch, &parts.control);
        master.req.connect(fetch.request);
        fetch.beats.connect(master.data);
        fetch.base.set(control.base);
        fetch.size.set(control.size);
        fetch.doorbell.set(control.doorbell);
        fetch.count.set(control.count);
        fetch.rewind.set(control.restart);
        fetch.halt.set(fault.valid);
        fetch.window.connect(control.read_window);
        fetch.yields.set(io.bus_wanted & self.enough_ahead(m, io, parts));
    }

    /// Whether so many commands are asked for and not started that LOAD's data are more urgent.
    fn enough_ahead<'m>(&self, m: &'m Scope, io: &FrontIo<'m>, parts: &Parts<'m>) -> Sig<'m> {
        let queued = u64::from(self.config.front.queue) * ENGINES as u64;
        let most = u64::from(self.config.front.prefetch) + queued + 1;
        let ahead = m.reg("ahead_q", uint(bits_for(most)), 0);
        let asks = parts.fetch.request.fire();
        let starts: Vec<_> = io.engines.iter().map(|e| e.cmd.valid).collect();
        let starts = m.any(&starts).named("starts");
        m.when(asks & !starts, || ahead.set(ahead.wrapping_add(1)));
        m.when(starts & !asks, || ahead.set(ahead.wrapping_sub(1)));
        // After a fault commands vanish without a start; nothing is asked for until the next job.
        m.when(parts.control.begin, || ahead.set(asks.extend(ahead.width())));
        ahead.ge(timing::FETCH_AHEAD)
    }

    /// Checks the fetched command and pushes it to its engine's queue.
    fn dispatch<'m>(&self, m: &'m Scope, parts: &Parts<'m>, fault: &FaultSigs<'m>) -> Event<'m> {
        let command = parts.fetch.command;
        let word = command.data.slice(0, COMMAND);
        let barred = command.data.bit(COMMAND + 1).named("fetch_barred");
        let error = (barred | command.data.bit(COMMAND)).named("fetch_error");
        parts.check.command.set(word);
        let bad = (error | parts.check.illegal).named("refused");

        let seq = m.reg("next_seq_q", uint(SEQ), 0);
        let waits = word.slice(WAITS_LSB, SLOTS);
        let signals = word.slice(WAITS_LSB + SLOTS, SLOTS);
        let body = word.slice(BODY_LSB, BODY);
        let entry =
            m.cat(&[body, waits, signals, word.slice(STAMP_LSB, STAMP), seq]).named("entry");
        let mut accepted = Vec::new();
        for (queue, &goes) in parts.queues.iter().zip(&parts.check.opcodes) {
            let push = command.valid & goes & !error;
            queue.push.valid.set(push);
            queue.push.data.set(entry);
            accepted.push(goes & queue.push.ready);
        }
        let moves = (m.any(&accepted) & !bad).named("moves");
        command.ready.set(moves | bad);
        m.when(command.fire(), || seq.set(seq.wrapping_add(1)));
        m.when(parts.control.begin, || seq.set(0));
        parts.blocked.set(command.valid & !moves & !bad);

        let code = |cause: Cause| m.lit(cause.code(), uint(CAUSE));
        let lsb = parts.check.lsb.extend(ADDR);
        let failed = m.mux(barred, code(Cause::Window), code(Cause::Fetch));
        let place = m.mux(barred, parts.fetch.addr.extend(ADDR), m.zero(uint(ADDR)));
        Event {
            happens: (command.valid & bad & !fault.valid).named("dispatch_faults"),
            index: seq,
            engine: m.zero(uint(FaultSigs::ENGINE)),
            cause: m.mux(error, failed, code(Cause::Illegal)),
            addr: m.mux(error, place, lsb),
        }
    }

    /// Starts at most one command, the first engine in order that can; returns each head's unmet
    /// semaphore.
    fn start<'m>(
        &self,
        m: &'m Scope,
        io: &FrontIo<'m>,
        parts: &Parts<'m>,
        fault: &FaultSigs<'m>,
    ) -> Vec<Sig<'m>> {
        let mut taken = m.low();
        parts.semaphores.clear.set(parts.control.restart);
        for (((queue, waiter), engine), name) in parts
            .queues
            .iter()
            .zip(&parts.semaphores.waiters)
            .zip(&io.engines)
            .zip(Engine::EXECUTING.map(|e| e.name().to_lowercase()))
        {
            queue.restart.set(parts.control.restart);
            queue.fault_valid.set(fault.valid);
            queue.fault_seq.set(fault.index);
            waiter.wait.set(queue.waits);
            let can =
                (queue.want & waiter.ok & !parts.watchdog.stuck).named(format!("can_start_{name}"));
            let go = can & !taken;
            queue.go.set(go);
            waiter.take.set(go);
            engine.cmd.connect(queue.cmd);
            queue.completion.done.set(engine.completion.done);
            queue.completion.cause.set(engine.completion.cause);
            queue.completion.addr.set(engine.completion.addr);
            taken = (taken | can).named(format!("starts_up_to_{name}"));
        }
        parts.semaphores.waiters.iter().map(|w| w.unmet).collect()
    }

    /// Retires at most one command: signals, stamp, or its fault.
    fn retire<'m>(&self, m: &'m Scope, parts: &Parts<'m>) -> Event<'m> {
        let mut picked = Vec::new();
        let mut taken = m.low();
        for (queue, engine) in parts.queues.iter().zip(Engine::EXECUTING) {
            let valid = queue.retired.valid;
            let name = engine.name().to_lowercase();
            let pick = (valid & !taken).named(format!("retire_{name}"));
            queue.retired.ready.set(!taken);
            taken = (taken | valid).named(format!("retires_up_to_{name}"));
            picked.push(pick);
        }
        let of = |f: &dyn Fn(&EngineQueueIo<'m>) -> Sig<'m>| {
            m.mux_one_hot(&picked, &parts.queues.iter().map(f).collect::<Vec<_>>())
        };
        let done = of(&|q| q.retired.data).named("retired");
        let faulted = done.bit(SEQ + STAMP + SLOTS);
        let give = (taken & !faulted).named("gives");
        parts.semaphores.give.set(give);
        parts.semaphores.signals.set(done.slice(SEQ + STAMP, SLOTS));
        parts.control.retire.set(give & !parts.semaphores.overflow);
        parts.control.stamp.set(done.slice(SEQ, STAMP));

        let codes: Vec<_> =
            Engine::EXECUTING.iter().map(|e| m.lit(e.code(), uint(FaultSigs::ENGINE))).collect();
        let overflow = m.lit(Cause::SemOverflow.code(), uint(CAUSE));
        Event {
            happens: (taken & (faulted | parts.semaphores.overflow)).named("retire_faults"),
            index: done.slice(0, SEQ),
            engine: m.mux(faulted, m.mux_one_hot(&picked, &codes), m.zero(uint(FaultSigs::ENGINE))),
            cause: m.mux(faulted, of(&|q| q.fault_cause), overflow),
            addr: m.mux(faulted, of(&|q| q.fault_addr), parts.semaphores.overflow_id.extend(ADDR)),
        }
    }

    /// Nothing runs, nothing can start and nothing more will come, but a command waits.
    fn deadlock<'m>(&self, m: &'m Scope, parts: &Parts<'m>, unmet: Vec<Sig<'m>>) -> Event<'m> {
        let still: Vec<_> = parts
            .queues
            .iter()
            .zip(&parts.semaphores.waiters)
            .map(|(q, w)| !q.in_flight & (q.empty | (q.waiting & !w.ok)))
            .collect();
        let waiting: Vec<_> = parts.queues.iter().map(|q| q.waiting).collect();
        let fed = parts.fetch.idle | parts.blocked;
        let deadlocked = (m.all(&still) & m.any(&waiting) & fed).named("deadlocked");

        let names = Engine::EXECUTING.map(|e| e.name().to_lowercase());
        let none = (m.low(), m.zero(uint(SEQ)), unmet[0]);
        let heads = parts.queues.iter().zip(unmet).zip(names);
        let (_, index, semaphore) = heads.fold(none, |best, ((q, id), name)| {
            let older = q.waiting & (!best.0 | precedes(q.waiting_seq, best.1));
            let older = older.named(format!("oldest_is_{name}"));
            let pick = |what, a, b| m.mux(older, a, b).named(format!("{what}_up_to_{name}"));
            let any = (best.0 | q.waiting).named(format!("waits_up_to_{name}"));
            (any, pick("oldest", q.waiting_seq, best.1), pick("unmet", id, best.2))
        });
        Event {
            happens: deadlocked,
            index,
            engine: m.zero(uint(FaultSigs::ENGINE)),
            cause: m.lit(Cause::Deadlock.code(), uint(CAUSE)),
            addr: semaphore.extend(ADDR),
        }
    }

    /// External memory does not answer. MATRIX and POST need nothing of it, nor do data that are here, so a
    /// job that waits for them is not late. The record names the oldest LOAD or STORE in flight, else the command that does not
    /// come.
    fn watch<'m>(
        &self,
        m: &'m Scope,
        io: &FrontIo<'m>,
        parts: &Parts<'m>,
        others: [&Event<'m>; 3],
    ) -> Event<'m> {
        let (dog, control) = (&parts.watchdog, &parts.control);
        let [load, store, matrix, post] = [0, 1, 2, 3].map(|e| &parts.queues[e]);
        let starts = io.engines.iter().map(|e| e.cmd.valid);
        let ends = parts.queues.iter().map(|q| q.retired.valid);
        let progress: Vec<_> =
            starts.chain(ends).chain([io.data_move, matrix.in_flight, post.in_flight]).collect();
        dog.limit.set(control.watchdog);
        dog.busy.set(control.busy);
        dog.progress.set(m.any(&progress));
        dog.hold.set(m.any(&others.map(|event| event.happens)));
        control.stuck.set(dog.stuck);

        let older = load.in_flight & precedes(load.flight_seq, store.flight_seq);
        let is_load = (load.in_flight & (!store.in_flight | older)).named("late_load");
        let next = others[1].index;
        let engine = |e: Engine| m.lit(e.code(), uint(FaultSigs::ENGINE));
        let pick = |load, store, front| {
            let other = m.mux(parts.queues[1].in_flight, store, front);
            m.mux(is_load, load, other)
        };
        Event {
            happens: dog.expires,
            index: pick(load.flight_seq, store.flight_seq, next),
            engine: pick(engine(Engine::Load), engine(Engine::Store), engine(Engine::Front)),
            cause: m.lit(Cause::Watchdog.code(), uint(CAUSE)),
            addr: io.bus_owed.extend(ADDR),
        }
    }

    /// Keeps the fault of the lowest command. Of events in one cycle the first given is the lowest:
    /// commands retire before they are dispatched again, a deadlock excludes both, and the watchdog holds.
    /// When it has expired the record is final.
    fn record<'m>(
        &self,
        m: &'m Scope,
        parts: &Parts<'m>,
        fault: &FaultSigs<'m>,
        events: [Event<'m>; 4],
    ) {
        let [first, second, third, fourth] = events;
        let pick = |of: &dyn Fn(&Event<'m>) -> Sig<'m>| {
            let late = m.mux(third.happens, of(&third), of(&fourth));
            m.mux(first.happens, of(&first), m.mux(second.happens, of(&second), late))
        };
        let index = pick(&|e| e.index).named("event_index");
        let happens = m.any(&[first.happens, second.happens, third.happens, fourth.happens]);
        let lower = (!fault.valid | precedes(index, fault.index)) & !parts.watchdog.stuck;
        m.when((happens & lower).named("records_fault"), || {
            fault.valid.set(1);
            fault.index.set(index);
            fault.engine.set(pick(&|e| e.engine));
            fault.cause.set(pick(&|e| e.cause));
            fault.addr.set(pick(&|e| e.addr));
        });
        m.when(parts.control.restart, || fault.all().iter().for_each(|s| s.set(0)));
        for (to, from) in parts.control.fault.all().into_iter().zip(fault.all()) {
            to.set(from);
        }
        let quiet = parts.queues.iter().flat_map(|q| [q.empty, !q.in_flight]);
        let idle: Vec<_> = quiet.chain([parts.fetch.idle]).collect();
        parts.control.idle.set(m.all(&idle));
    }

    /// Feeds the counters.
    fn count<'m>(&self, io: &FrontIo<'m>, parts: &Parts<'m>) {
        let busy = parts.queues.iter().map(|q| q.in_flight);
        for (event, value) in parts.control.events.iter().zip(busy.chain(io.events.iter().copied()))
        {
            event.set(value);
        }
    }
}

//! One engine's side of FRONT: waiting commands, commands in flight, completions.
//!
//! | port | dir | meaning |
//! |---|---|---|
//! | `push` | sink | a checked command: body, waits, signals, stamp, sequence number |
//! | `fault_valid`, `fault_seq` | in | commands from this number on that have not started are dropped |
//! | `waits` | out | wait slots of the oldest waiting command |
//! | `want` | out | it could start now if its waits are met |
//! | `waiting`, `waiting_seq` | out | there is one, and its number |
//! | `go` | in | it starts now |
//! | `cmd` | source | to the engine |
//! | `done`, `done_cause`, `done_addr` | in | from the engine, in order, one cycle each |
//! | `retired` | source | completed commands: signals, stamp, number, whether it faulted |
//! | `fault_cause`, `fault_addr` | out | of the engine's first fault |
//! | `in_flight`, `flight_seq` | out | a command runs; the number of the oldest |
//! | `empty` | out | none waits |
//! | `restart` | in | forgets the captured fault |

use super::semaphores::SLOTS;
use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig, Stream};
use seedbed_parts::{Fifo, FlowFifo};
use seedbed_spec::{csr, timing};

/// Bits of a command body, as the engines receive it.
pub const BODY: u32 = 384;
/// Bits of a sequence number within a job.
pub const SEQ: u32 = csr::COUNT_BITS;
/// Bits of a stamp number.
pub const STAMP: u32 = 6;
/// Bits of a fault cause.
pub const CAUSE: u32 = 4;
/// Bits of a fault address.
pub const ADDR: u32 = 48;
/// Commands an engine may have started and not completed.
pub const IN_FLIGHT: u32 = timing::COMMANDS_IN_FLIGHT;
/// A queue entry from the low end: sequence number, stamp, signals, waits, body.
pub const ENTRY: u32 = SEQ + STAMP + 2 * SLOTS + BODY;
/// What is kept of a started command from the low end: sequence number, stamp, signals.
const STARTED: u32 = SEQ + STAMP + SLOTS;

/// Whether sequence number `a` comes before `b`: they wrap, and never lie half their range apart.
#[track_caller]
pub fn precedes<'m>(a: Sig<'m>, b: Sig<'m>) -> Sig<'m> {
    a.wrapping_sub(b).bit(SEQ - 1)
}

/// The queue of one engine.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct EngineQueue {
    /// Commands that can wait.
    pub depth: u32,
}

/// What the engine says about completed commands.
#[derive(Clone, Copy)]
pub struct Completion<'m> {
    /// One command has completed.
    pub done: Sig<'m>,
    /// Its fault cause, 0 for none.
    pub cause: Sig<'m>,
    /// Its fault address.
    pub addr: Sig<'m>,
}

/// Ports of [`EngineQueue`].
pub struct EngineQueueIo<'m> {
    /// Forget the captured fault.
    pub restart: Sig<'m>,
    /// Entries in.
    pub push: Stream<'m>,
    /// A fault is on record.
    pub fault_valid: Sig<'m>,
    /// Its sequence number.
    pub fault_seq: Sig<'m>,
    /// Wait slots of the head.
    pub waits: Sig<'m>,
    /// The head could start.
    pub want: Sig<'m>,
    /// There is a head that is not cancelled.
    pub waiting: Sig<'m>,
    /// Sequence number of the head.
    pub waiting_seq: Sig<'m>,
    /// Start the head.
    pub go: Sig<'m>,
    /// To the engine.
    pub cmd: Stream<'m>,
    /// From the engine.
    pub completion: Completion<'m>,
    /// Completed commands: [`STARTED`](self) bits, fault flag above.
    pub retired: Stream<'m>,
    /// Cause of the first fault.
    pub fault_cause: Sig<'m>,
    /// Address of the first fault.
    pub fault_addr: Sig<'m>,
    /// A command is in flight.
    pub in_flight: Sig<'m>,
    /// Sequence number of the oldest in flight.
    pub flight_seq: Sig<'m>,
    /// No entry waits.
    pub empty: Sig<'m>,
}

impl Module for EngineQueue {
    type Io<'m> = EngineQueueIo<'m>;

    fn name(&self) -> String {
        format!("engine_queue_d{}", self.depth)
    }

    fn doc(&self) -> String {
        "Commands of one engine: waiting, in flight, completed.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> EngineQueueIo<'m> {
        EngineQueueIo {
            restart: p.input("restart", bit()),
            push: p.sink("push", uint(ENTRY)),
            fault_valid: p.input("fault_valid", bit()),
            fault_seq: p.input("fault_seq", uint(SEQ)),
            waits: p.output("waits", uint(SLOTS)),
            want: p.output("want", bit()),
            waiting: p.output("waiting", bit()),
            waiting_seq: p.output("waiting_seq", uint(SEQ)),
            go: p.input("go", bit()),
            cmd: p.source("cmd", uint(BODY)),
            completion: Completion {
                done: p.input("done", bit()),
                cause: p.input("done_cause", uint(CAUSE)),
                addr: p.input("done_addr", uint(ADDR)),
            },
            retired: p.source("retired", uint(STARTED + 1)),
            fault_cause: p.output("fault_cause", uint(CAUSE)),
            fault_addr: p.output("fault_addr", uint(ADDR)),
            in_flight: p.output("in_flight", bit()),
            flight_seq: p.output("flight_seq", uint(SEQ)),
            empty: p.output("empty", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: EngineQueueIo<'m>) {
        let queue = m.inst("u_queue", &Fifo { ty: uint(ENTRY), depth: self.depth });
        let started = m.inst("u_started", &Fifo { ty: uint(STARTED), depth: IN_FLIGHT });
        let done = m.inst("u_done", &FlowFifo { ty: uint(1), depth: IN_FLIGHT });
        queue.enq.connect(io.push);

        let head = queue.deq.data;
        let seq = head.slice(0, SEQ).named("head_seq");
        let late = !precedes(seq, io.fault_seq);
        let cancelled = (queue.deq.valid & io.fault_valid & late).named("cancelled");
        let waiting = (queue.deq.valid & !cancelled).named("head_waits");
        io.waits.set(head.slice(SEQ + STAMP + SLOTS, SLOTS));
        io.want.set(waiting & io.cmd.ready & started.enq.ready);
        io.waiting.set(waiting);
        io.waiting_seq.set(seq);
        io.empty.set(queue.count.eq(0));
        queue.deq.ready.set(io.go | cancelled);

        io.cmd.valid.set(io.go);
        io.cmd.data.set(head.slice(SEQ + STAMP + 2 * SLOTS, BODY));
        started.enq.valid.set(io.go);
        started.enq.data.set(head.slice(0, STARTED));
        io.in_flight.set(started.count.ne(0));
        io.flight_seq.set(started.deq.data.slice(0, SEQ));

        let faulted = io.completion.cause.ne(0);
        done.enq.valid.set(io.completion.done);
        done.enq.data.set(faulted);
        io.retired.valid.set(done.deq.valid & started.deq.valid);
        io.retired.data.set(m.cat(&[done.deq.data, started.deq.data]));
        let retire = (io.retired.valid & io.retired.ready).named("retire");
        done.deq.ready.set(retire);
        started.deq.ready.set(retire);
        self.capture(m, &io, faulted);
    }
}

impl EngineQueue {
    /// Keeps the first fault: later ones of the same engine have higher numbers and never matter.
    fn capture<'m>(&self, m: &'m Scope, io: &EngineQueueIo<'m>, faulted: Sig<'m>) {
        let captured = m.reg("captured_q", bit(), 0);
        let cause = m.reg("cause_q", uint(CAUSE), 0);
        let addr = m.reg("addr_q", uint(ADDR), 0);
        m.when(io.completion.done & faulted & !captured, || {
            captured.set(1);
            cause.set(io.completion.cause);
            addr.set(io.completion.addr);
        });
        m.when(io.restart, || captured.set(0));
        // The completion that is captured in this very cycle may retire in it.
        io.fault_cause.set(m.mux(captured, cause, io.completion.cause));
        io.fault_addr.set(m.mux(captured, addr, io.completion.addr));
    }
}

//! Counting semaphores.
//!
//! | port | dir | meaning |
//! |---|---|---|
//! | `clear` | in | all counters to zero |
//! | `wait_E` | in | the three wait slots of engine E's next command |
//! | `ok_E` | out | every used slot is covered by its counter |
//! | `unmet_E` | out | the semaphore of the first slot that is not |
//! | `take_E` | in | the command starts: its waits are subtracted (at most one E a cycle) |
//! | `give`, `signals` | in | a command retires: its signals are added |
//! | `overflow`, `overflow_id` | out | a counter would pass 255 in this cycle |
//!
//! A slot is 13 bits: id in the low 5, count above. A count of zero is always covered, so an unused
//! slot needs no case of its own.

use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig};

/// Bits of a slot: 5 of id, 8 of count.
pub const SLOT: u32 = 13;
/// Bits of three slots.
pub const SLOTS: u32 = 3 * SLOT;
const ID: u32 = 5;
const COUNT: u32 = 8;

/// The bank of `count` semaphores for `engines` waiting engines.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Semaphores {
    /// Number of semaphores, 2 to 32.
    pub count: u32,
    /// Number of engines that wait.
    pub engines: usize,
}

/// Ports of one waiting engine.
#[derive(Clone, Copy)]
pub struct Waiter<'m> {
    /// Three slots.
    pub wait: Sig<'m>,
    /// All covered.
    pub ok: Sig<'m>,
    /// First uncovered id.
    pub unmet: Sig<'m>,
    /// Subtract now.
    pub take: Sig<'m>,
}

/// Ports of [`Semaphores`].
pub struct SemaphoresIo<'m> {
    /// All counters to zero.
    pub clear: Sig<'m>,
    /// One per engine.
    pub waiters: Vec<Waiter<'m>>,
    /// Add `signals` now.
    pub give: Sig<'m>,
    /// Three slots.
    pub signals: Sig<'m>,
    /// A counter would overflow.
    pub overflow: Sig<'m>,
    /// Which (the lowest).
    pub overflow_id: Sig<'m>,
}

impl Module for Semaphores {
    type Io<'m> = SemaphoresIo<'m>;

    fn name(&self) -> String {
        format!("semaphores_n{}_e{}", self.count, self.engines)
    }

    fn doc(&self) -> String {
        "Counting semaphores: waits are taken together, signals added on completion.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SemaphoresIo<'m> {
        let waiter = |e: usize| Waiter {
            wait: p.input(format!("wait_{e}"), uint(SLOTS)),
            ok: p.output(format!("ok_{e}"), bit()),
            unmet: p.output(format!("unmet_{e}"), uint(ID)),
            take: p.input(format!("take_{e}"), bit()),
        };
        SemaphoresIo {
            clear: p.input("clear", bit()),
            waiters: (0..self.engines).map(waiter).collect(),
            give: p.input("give", bit()),
            signals: p.input("signals", uint(SLOTS)),
            overflow: p.output("overflow", bit()),
            overflow_id: p.output("overflow_id", uint(ID)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: SemaphoresIo<'m>) {
        let takes: Vec<_> = io.waiters.iter().map(|w| w.take).collect();
        let waits: Vec<_> = io.waiters.iter().map(|w| w.wait).collect();
        let taken = m.mux_one_hot(&takes, &waits).named("taken_slots");
        let given = m.mux_one_hot(&[io.give], &[io.signals]).named("given_slots");
        let counters: Vec<_> =
            (0..self.count).map(|id| self.counter(m, id, taken, given, io.clear)).collect();
        let values: Vec<_> = counters.iter().map(|c| c.value).collect();
        for (engine, w) in io.waiters.iter().enumerate() {
            self.check(m, engine, w, &values);
        }
        let overflows: Vec<_> = counters.iter().map(|c| c.overflow).collect();
        io.overflow.set(m.any(&overflows));
        io.overflow_id.set(first_set(m, &overflows));
    }
}

impl Semaphores {
    fn counter<'m>(
        &self,
        m: &'m Scope,
        id: u32,
        taken: Sig<'m>,
        given: Sig<'m>,
        clear: Sig<'m>,
    ) -> CounterIo<'m> {
        let counter = m.inst(format!("u_count_{id}"), &Counter);
        counter.clear.set(clear);
        counter.down.set(amount_for(m, taken, id, "take"));
        counter.up.set(amount_for(m, given, id, "give"));
        counter
    }

    fn check<'m>(&self, m: &'m Scope, engine: usize, w: &Waiter<'m>, values: &[Sig<'m>]) {
        let index = clog2(u64::from(self.count));
        let mut slot = 0;
        let met = slots(w.wait).map(|(id, n)| {
            slot += 1;
            let met = m.select(id.trunc(index), values).ge(n);
            met.named(format!("engine_{engine}_met_{slot}"))
        });
        w.ok.set(m.all(&met));
        let ids = slots(w.wait).map(|(id, _)| id);
        w.unmet.set(m.mux(met[0], m.mux(met[1], ids[2], ids[1]), ids[0]));
    }
}

/// Splits three slots into (id, count).
fn slots(v: Sig<'_>) -> [(Sig<'_>, Sig<'_>); 3] {
    [0, 1, 2].map(|i| (v.slice(i * SLOT, ID), v.slice(i * SLOT + ID, COUNT)))
}

/// What three slots together add to semaphore `id`.
fn amount_for<'m>(m: &'m Scope, v: Sig<'m>, id: u32, what: &str) -> Sig<'m> {
    let mut slot = 0;
    let parts = slots(v).map(|(of, n)| {
        slot += 1;
        let part = m.mux(of.eq(id), n, m.zero(uint(COUNT)));
        part.named(format!("{what}_{id}_slot_{slot}"))
    });
    m.sum(&parts).resize(COUNT + 2)
}

/// Index of the lowest set bit; the last index when none is.
fn first_set<'m>(m: &'m Scope, bits: &[Sig<'m>]) -> Sig<'m> {
    let last = m.lit(bits.len() as u32 - 1, uint(ID));
    bits.iter()
        .enumerate()
        .rev()
        .skip(1)
        .fold(last, |later, (i, &b)| m.mux(b, m.lit(i as u32, uint(ID)), later))
}

/// One counter of 8 bits: subtracts down to zero at least, adds up to 255 at most.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Counter;

struct CounterIo<'m> {
    clear: Sig<'m>,
    down: Sig<'m>,
    up: Sig<'m>,
    value: Sig<'m>,
    overflow: Sig<'m>,
}

impl Module for Counter {
    type Io<'m> = CounterIo<'m>;

    fn name(&self) -> String {
        "semaphore_counter".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> CounterIo<'m> {
        CounterIo {
            clear: p.input("clear", bit()),
            down: p.input("down", uint(COUNT + 2)),
            up: p.input("up", uint(COUNT + 2)),
            value: p.output("value", uint(COUNT)),
            overflow: p.output("overflow", bit()),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: CounterIo<'m>) {
        let value = m.reg("value_q", uint(COUNT), 0);
        let wide = value.extend(COUNT + 2);
        let short = wide.lt(io.down);
        let lowered = m.mux(short, m.zero(uint(COUNT + 2)), wide.wrapping_sub(io.down));
        let raised = (lowered + io.up).named("raised");
        let overflow = raised.gt(255).named("over");
        value.set(m.mux(overflow, m.lit(255, uint(COUNT)), raised.trunc(COUNT)));
        m.when(io.clear, || value.set(0));
        io.value.set(value);
        io.overflow.set(overflow);
    }
}

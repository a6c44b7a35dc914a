//! Semaphores for any list of commands.
//!
//! Written without looking at the compiler's synchroniser and meant to differ from it: the plain form
//! compares every command with every earlier one and gives each ordered pair of engines one semaphore;
//! a seed spreads the tokens over all semaphores of the configuration and all slots, gives and takes
//! several at once, lets two commands give what one takes, and adds waits that nothing needs.
//!
//! A wait always names an earlier command of the ring, and tokens of a pair are taken in the order in
//! which they are given, so a program never waits in ring order.

use crate::rng::Rng;
use seedbed_golden::overlap::{check_decoded, Finding};
use seedbed_spec::access::Accesses;
use seedbed_spec::command::{Body, Header, Slot, Sync};
use seedbed_spec::fault::Engine;
use seedbed_spec::Config;

const ENGINES: usize = Engine::EXECUTING.len();

/// For each engine how many of its commands are known to be complete.
type Known = [usize; ENGINES];

/// The semaphores of each command, in ring order. `seed` 0 is the plain form. Where the forms of a seed
/// could overflow a semaphore, the plain one is given.
pub fn synchronise(bodies: &[&Body], config: &Config, seed: u64) -> Vec<Sync> {
    if seed != 0 {
        let syncs = Pass::new(bodies, config, Some(Rng::new(seed))).run();
        if !overflows(bodies, &syncs, config) {
            return syncs;
        }
    }
    Pass::new(bodies, config, None).run()
}

fn overflows(bodies: &[&Body], syncs: &[Sync], config: &Config) -> bool {
    let header = |sync: &Sync| Header { stamp: 0, sync: *sync };
    let commands: Vec<_> =
        bodies.iter().zip(syncs).map(|(body, sync)| (header(sync), (*body).clone())).collect();
    let findings = check_decoded(&commands, config);
    findings.iter().any(|finding| matches!(finding, Finding::Overflow { .. }))
}

fn engine(body: &Body) -> usize {
    body.opcode().engine() as usize - Engine::EXECUTING[0] as usize
}

struct Pass<'a> {
    bodies: &'a [&'a Body],
    accesses: Vec<Accesses>,
    rng: Option<Rng>,
    /// The semaphores of each ordered pair of engines.
    pools: Vec<Vec<u8>>,
    semaphores: u32,
    /// Commands of each engine so far.
    history: [Vec<usize>; ENGINES],
    /// What each command knows when it starts.
    known: Vec<Known>,
    /// What the latest command of each engine knows.
    latest: [Known; ENGINES],
    waits: Vec<Vec<Slot>>,
    signals: Vec<Vec<Slot>>,
}

impl<'a> Pass<'a> {
    fn new(bodies: &'a [&'a Body], config: &Config, mut rng: Option<Rng>) -> Self {
        let semaphores = config.front.semaphores;
        Self {
            bodies,
            accesses: bodies.iter().map(|body| body.accesses(config)).collect(),
            pools: pools(semaphores, &mut rng),
            rng,
            semaphores,
            history: Default::default(),
            known: Vec::new(),
            latest: Default::default(),
            waits: vec![Vec::new(); bodies.len()],
            signals: vec![Vec::new(); bodies.len()],
        }
    }

    fn run(mut self) -> Vec<Sync> {
        for command in 0..self.bodies.len() {
            self.visit(command);
        }
        let pairs =
            std::mem::take(&mut self.waits).into_iter().zip(std::mem::take(&mut self.signals));
        pairs.map(|(waits, signals)| self.place(waits, signals)).collect()
    }

    fn visit(&mut self, command: usize) {
        let me = engine(self.bodies[command]);
        let mut need = self.need(command, me);
        self.want_more(&mut need, me);
        let mut known = self.latest[me];
        let mut others: Vec<usize> = (0..ENGINES).filter(|other| *other != me).collect();
        // Youngest first: what it knows may cover the rest.
        others.sort_by_key(|other| {
            let youngest = need[*other].checked_sub(1).map(|at| self.history[*other][at] + 1);
            std::cmp::Reverse(youngest.unwrap_or(0))
        });
        for other in others {
            if known[other] < need[other] {
                self.link(other, me, known[other]..need[other], command);
                let source = self.history[other][need[other] - 1];
                for (mine, theirs) in known.iter_mut().zip(self.known[source]) {
                    *mine = (*mine).max(theirs);
                }
                known[other] = need[other];
            }
        }
        self.latest[me] = known;
        self.known.push(known);
        self.history[me].push(command);
    }

    /// How many commands of each other engine must be complete before `command` starts.
    fn need(&self, command: usize, me: usize) -> Known {
        let mut need = Known::default();
        for other in (0..ENGINES).filter(|other| *other != me) {
            let conflicts = |i: &usize| self.accesses[*i].conflicts(&self.accesses[command]);
            need[other] = self.history[other].iter().rposition(conflicts).map_or(0, |at| at + 1);
        }
        need
    }

    /// Now and then waits for more than is needed.
    fn want_more(&mut self, need: &mut Known, me: usize) {
        let Some(rng) = &mut self.rng else { return };
        for other in (0..ENGINES).filter(|other| *other != me) {
            let last = self.history[other].len();
            if need[other] < last && rng.percent(12) {
                need[other] = rng.range(need[other] as u64 + 1, last as u64) as usize;
            }
        }
    }

    /// Makes `command` of engine `to` wait for the last of `commands` of engine `from`; the first ones
    /// of them may help to give.
    fn link(&mut self, from: usize, to: usize, commands: std::ops::Range<usize>, command: usize) {
        let source = self.history[from][commands.end - 1];
        let helpers: Vec<_> = self.history[from][commands.start..commands.end - 1]
            .iter()
            .copied()
            .filter(|helper| self.signals[*helper].is_empty())
            .collect();
        let pool = &self.pools[from * ENGINES + to];
        let (id, n, helper) = match &mut self.rng {
            None => (pool[0], 1, None),
            Some(rng) => {
                let n = if rng.percent(85) { 1 } else { rng.range(2, 40) as u8 };
                let helper = (n > 1 && !helpers.is_empty()).then(|| rng.pick(&helpers));
                (rng.pick(pool), n, helper)
            }
        };
        self.waits[command].push(Slot { id, n });
        if let Some(helper) = helper {
            self.signals[helper].push(Slot { id, n: n / 2 });
            self.signals[source].push(Slot { id, n: n - n / 2 });
        } else {
            self.signals[source].push(Slot { id, n });
        }
    }

    fn place(&mut self, waits: Vec<Slot>, signals: Vec<Slot>) -> Sync {
        Sync { waits: self.slots(waits), signals: self.slots(signals) }
    }

    /// Puts used slots anywhere; the others name any semaphore.
    fn slots(&mut self, used: Vec<Slot>) -> [Slot; 3] {
        let mut slots = [Slot::default(); 3];
        let Some(rng) = &mut self.rng else {
            slots[..used.len()].copy_from_slice(&used);
            return slots;
        };
        for slot in &mut slots {
            slot.id = rng.below(u64::from(self.semaphores)) as u8;
        }
        for slot in used {
            let free: Vec<usize> = (0..3).filter(|i| slots[*i].n == 0).collect();
            slots[rng.pick(&free)] = slot;
        }
        slots
    }
}

/// Shares the semaphores out: at least one for every ordered pair of engines.
fn pools(semaphores: u32, rng: &mut Option<Rng>) -> Vec<Vec<u8>> {
    let pairs: Vec<usize> =
        (0..ENGINES * ENGINES).filter(|pair| pair / ENGINES != pair % ENGINES).collect();
    let mut pools = vec![Vec::new(); ENGINES * ENGINES];
    let mut ids: Vec<u8> = (0..semaphores as u8).collect();
    if let Some(rng) = rng {
        for i in (1..ids.len()).rev() {
            ids.swap(i, rng.below(i as u64 + 1) as usize);
        }
    }
    for (i, id) in ids.into_iter().enumerate() {
        let pair = match (pairs.get(i), rng.as_mut()) {
            (Some(pair), _) => *pair,
            (None, Some(rng)) => rng.pick(&pairs),
            (None, None) => break,
        };
        pools[pair].push(id);
    }
    pools
}

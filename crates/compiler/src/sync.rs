//! Orders the engines: finds every hazard between commands of different engines and the fewest
//! waits that cover them.
//!
//! The engines start and complete their commands in order, each on its own. So one counting
//! semaphore per ordered pair of engines is enough: the n-th signal of the producer is meant for
//! the n-th wait of the consumer. A wait is left out when the consumer already knows that the
//! producer has come so far, directly or through a third engine (vector clocks).
//!
//! Every wait names an earlier command of the ring, so the program never waits when it is executed
//! strictly in ring order.

use crate::footprint::{raise, Access, Footprint, Youngest, ENGINES};

/// A wait never lets more than this many signals of one pair pile up (the counters end at 255).
const MAX_PENDING: usize = 64;

/// A command as the synchroniser sees it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Engine that executes it, below [`ENGINES`].
    pub engine: usize,
    /// Everything it reads and writes.
    pub accesses: Vec<Access>,
}

/// The synchronisation of one command: engines to wait for and engines to signal, once each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    pub waits: Vec<usize>,
    pub signals: Vec<usize>,
}

/// Computes the links of all `items`, given in ring order.
pub(crate) fn synchronise(items: &[Item]) -> Vec<Links> {
    let mut pass = Pass::new(items.len());
    for (index, item) in items.iter().enumerate() {
        pass.visit(index, item);
    }
    pass.links
}

struct Pass {
    links: Vec<Links>,
    footprint: Footprint,
    /// What each command knows to be complete when it starts.
    known: Vec<Youngest>,
    /// What the latest command of each engine knows.
    latest: [Youngest; ENGINES],
    /// The commands of each engine so far.
    history: [Vec<usize>; ENGINES],
}

impl Pass {
    fn new(commands: usize) -> Self {
        Self {
            links: vec![Links::default(); commands],
            footprint: Footprint::default(),
            known: Vec::with_capacity(commands),
            latest: Default::default(),
            history: Default::default(),
        }
    }

    fn visit(&mut self, index: usize, item: &Item) {
        let mut need = Youngest::default();
        for access in &item.accesses {
            self.footprint.collect(access, &mut need);
        }
        need[item.engine] = 0;
        self.order(index, item.engine, need);
        for access in &item.accesses {
            self.footprint.record(access, item.engine, index);
        }
        self.history[item.engine].push(index);
    }

    /// Adds the waits that make command `index` of `engine` start after `need`.
    fn order(&mut self, index: usize, engine: usize, need: Youngest) {
        let mut known = self.latest[engine];
        let mut producers: Vec<usize> = (0..ENGINES).filter(|p| need[*p] > 0).collect();
        producers.sort_by_key(|p| std::cmp::Reverse(need[*p]));
        for producer in producers {
            if known[producer] < need[producer] {
                let target = self.target(producer, need[producer] as usize - 1);
                self.links[target].signals.push(engine);
                self.links[index].waits.push(producer);
                raise(&mut known, &self.known[target]);
                known[producer] = target as u32 + 1;
            }
        }
        self.latest[engine] = known;
        self.known.push(known);
    }

    /// The command to wait for: `needed`, or a younger one of that engine when `needed` lies so
    /// far back that too many signals could be pending in between.
    fn target(&self, producer: usize, needed: usize) -> usize {
        let history = &self.history[producer];
        let floor = history.len().saturating_sub(MAX_PENDING);
        needed.max(history.get(floor).copied().unwrap_or(needed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::footprint::Space;

    const LOAD: usize = 0;
    const STORE: usize = 1;
    const MATRIX: usize = 2;
    const POST: usize = 3;

    fn item(engine: usize, reads: &[(u64, u64)], writes: &[(u64, u64)]) -> Item {
        let access = |write| {
            move |&(start, end): &(u64, u64)| Access { space: Space::Local, start, end, write }
        };
        let accesses = reads.iter().map(access(false)).chain(writes.iter().map(access(true)));
        Item { engine, accesses: accesses.collect() }
    }

    /// For each command the commands known complete when it starts, from the links alone.
    fn happens_before(items: &[Item], links: &[Links]) -> Vec<Vec<bool>> {
        let n = items.len();
        let mut tokens: Vec<Vec<std::collections::VecDeque<usize>>> =
            vec![vec![Default::default(); ENGINES]; ENGINES];
        let mut before = vec![vec![false; n]; n];
        for index in 0..n {
            let engine = items[index].engine;
            if let Some(prior) = (0..index).rev().find(|i| items[*i].engine == engine) {
                before[index] = before[prior].clone();
            }
            for &producer in &links[index].waits {
                let source = tokens[producer][engine].pop_front().expect("signal before wait");
                for i in 0..n {
                    let reached = before[source][i] || (i <= source && items[i].engine == producer);
                    before[index][i] |= reached;
                }
            }
            for &consumer in &links[index].signals {
                tokens[engine][consumer].push_back(index);
            }
        }
        assert!(tokens.iter().flatten().all(|queue| queue.is_empty()), "signal without wait");
        before
    }

    fn assert_ordered(items: &[Item], links: &[Links]) {
        let before = happens_before(items, links);
        for (j, later) in items.iter().enumerate() {
            for (i, earlier) in items[..j].iter().enumerate() {
                let conflict = earlier.engine != later.engine
                    && later
                        .accesses
                        .iter()
                        .any(|a| earlier.accesses.iter().any(|b| a.conflicts(b)));
                assert!(!conflict || before[j][i], "{i} and {j} are not ordered");
            }
        }
    }

    #[test]
    fn a_chain_needs_one_wait_per_link() {
        let items = [
            item(LOAD, &[], &[(0, 8)]),
            item(MATRIX, &[(0, 8)], &[(8, 16)]),
            item(POST, &[(8, 16), (0, 4)], &[(16, 24)]),
            item(STORE, &[(16, 24)], &[]),
        ];
        let links = synchronise(&items);
        assert_eq!(links[1].waits, [LOAD]);
        assert_eq!(links[2].waits, [MATRIX], "the load is known through MATRIX");
        assert_eq!(links[3].waits, [POST]);
        assert_eq!(links[0].signals, [MATRIX]);
        assert_ordered(&items, &links);
    }

    #[test]
    fn completion_of_an_earlier_command_of_the_own_engine_is_not_assumed() {
        // MATRIX 2 knows that LOAD 1 is complete. STORE 3 needs LOAD 0, which is implied.
        let items = [
            item(LOAD, &[], &[(0, 8)]),
            item(LOAD, &[], &[(8, 16)]),
            item(MATRIX, &[(8, 16)], &[]),
            item(MATRIX, &[(0, 8)], &[]),
            item(LOAD, &[], &[(8, 16)]),
        ];
        let links = synchronise(&items);
        assert_eq!(links[2].waits, [LOAD]);
        assert!(links[3].waits.is_empty());
        assert_eq!(links[4].waits, [MATRIX]);
        assert_ordered(&items, &links);
    }

    #[test]
    fn signals_do_not_pile_up() {
        // Every load is read once; the space is only written again much later.
        let mut items = Vec::new();
        for i in 0..600u64 {
            items.push(item(LOAD, &[], &[(i, i + 1)]));
            items.push(item(MATRIX, &[(i, i + 1)], &[]));
        }
        for i in 0..600u64 {
            items.push(item(LOAD, &[], &[(i, i + 1)]));
        }
        let links = synchronise(&items);
        assert_ordered(&items, &links);
        let (mut pending, mut most) = (0i32, 0);
        for (item, link) in items.iter().zip(&links) {
            pending -= link.waits.iter().filter(|p| **p == MATRIX).count() as i32;
            if item.engine == MATRIX {
                pending += link.signals.len() as i32;
            }
            most = most.max(pending);
        }
        assert!(most <= MAX_PENDING as i32, "{most} signals pending");
    }

    #[test]
    fn random_programs_are_ordered_with_few_links() {
        let mut state = 3u64;
        let mut random = move |n: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        for _ in 0..60 {
            let items: Vec<Item> = (0..80)
                .map(|_| {
                    let (r, w) = (random(40), random(40));
                    item(random(4) as usize, &[(r, r + 1 + random(6))], &[(w, w + 1 + random(6))])
                })
                .collect();
            let links = synchronise(&items);
            assert_ordered(&items, &links);
            for link in &links {
                assert!(link.waits.len() <= 3 && link.signals.len() <= 3);
            }
        }
    }

    #[test]
    fn a_removed_wait_is_noticed() {
        let items = [item(LOAD, &[], &[(0, 8)]), item(MATRIX, &[(0, 8)], &[])];
        let mut links = synchronise(&items);
        links[1].waits.clear();
        links[0].signals.clear();
        assert!(std::panic::catch_unwind(|| assert_ordered(&items, &links)).is_err());
    }
}

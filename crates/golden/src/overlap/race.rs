//! How far the engines get while one of them is held up.

use super::{used, Finding, Program};

/// Engines that execute commands.
pub(super) const ENGINES: usize = 4;

/// The engines as far as they get while one command of one engine never completes.
pub(super) struct Race<'a> {
    program: &'a Program<'a>,
    engine: usize,
    /// Commands started, by engine. All but the one held up complete at once.
    started: [usize; ENGINES],
    counts: Vec<u32>,
    highest: Vec<u32>,
}

impl<'a> Race<'a> {
    /// A race in which `engine` is the one that is held up.
    pub fn new(program: &'a Program<'a>, engine: usize) -> Self {
        let semaphores = 256;
        let (counts, highest) = (vec![0; semaphores], vec![0; semaphores]);
        Self { program, engine, started: [0; ENGINES], counts, highest }
    }

    /// Commands of an engine that started.
    pub fn started(&self, engine: usize) -> usize {
        self.started[engine]
    }

    /// Commands of the engine that can start while the one that is held up has started and is not
    /// complete.
    pub fn ahead(&self) -> &'a [usize] {
        let commands = &self.program.engines[self.engine][self.started[self.engine]..];
        let mut counts = self.counts.clone();
        let mut starts = |command: &usize| {
            let waits = &self.program.commands[*command].0.sync.waits;
            let met = used(waits).all(|slot| counts[usize::from(slot.id)] >= u32::from(slot.n));
            for slot in used(waits) {
                let count = &mut counts[usize::from(slot.id)];
                *count = count.saturating_sub(u32::from(slot.n));
            }
            met
        };
        let end = commands.iter().position(|c| !starts(c)).unwrap_or(commands.len());
        commands[..end].get(1..).unwrap_or_default()
    }

    /// Lets everything run until `command` of the engine is the next of it. Called with the commands of
    /// the engine in their order.
    pub fn hold(&mut self, command: usize) {
        while self.advance(command) {}
    }

    /// Starts what can be started; says whether anything was.
    fn advance(&mut self, held: usize) -> bool {
        let mut moved = false;
        for engine in 0..ENGINES {
            while let Some(command) = self.next(engine, held) {
                self.execute(command);
                self.started[engine] += 1;
                moved = true;
            }
        }
        moved
    }

    /// The next command of an engine, if it can start and complete.
    fn next(&self, engine: usize, held: usize) -> Option<usize> {
        let command = *self.program.engines[engine].get(self.started[engine])?;
        let waits = &self.program.commands[command].0.sync.waits;
        let met = used(waits).all(|slot| self.counts[usize::from(slot.id)] >= u32::from(slot.n));
        let free = engine != self.engine || command < held;
        (met && free).then_some(command)
    }

    fn execute(&mut self, command: usize) {
        let sync = &self.program.commands[command].0.sync;
        for slot in used(&sync.waits) {
            self.counts[usize::from(slot.id)] -= u32::from(slot.n);
        }
        for slot in used(&sync.signals) {
            let count = &mut self.counts[usize::from(slot.id)];
            *count += u32::from(slot.n);
            let highest = &mut self.highest[usize::from(slot.id)];
            *highest = (*highest).max(*count);
        }
    }

    /// The semaphores that can exceed 255 because the engine, their consumer, is late, or because they
    /// have no consumer.
    pub fn overflows(mut self) -> Vec<Finding> {
        self.hold(usize::MAX);
        let waits = |engine: usize, id: u8| {
            let commands = self.program.engines[engine].iter();
            commands.flat_map(|i| used(&self.program.commands[*i].0.sync.waits)).any(|s| s.id == id)
        };
        let lonely = |id: u8| self.engine == 0 && !(0..ENGINES).any(|engine| waits(engine, id));
        (0..=u8::MAX)
            .filter(|id| self.highest[usize::from(*id)] > 255)
            .filter(|id| waits(self.engine, *id) || lonely(*id))
            .map(|id| Finding::Overflow { semaphore: id, count: self.highest[usize::from(id)] })
            .collect()
    }
}

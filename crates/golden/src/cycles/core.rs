//! The whole core: all engines, one cycle at a time.

use std::collections::BTreeMap;

use seedbed_spec::command::{Body, Header, Matrix as MatrixBody, Move, Post as PostBody};
use seedbed_spec::Config;

use super::external::{Beat, Bus, External, Reader, Sample};
use super::front::{Front, FrontEvents};
use super::load::{Load, LoadEvents};
use super::local::{Banks, Client};
use super::matrix::{Matrix, MatrixEvents};
use super::post::{Post, PostAccess, PostEvents};
use super::store::{Store, StoreEvents};
use super::{Prediction, Span, Unpredictable};

/// A core with a job.
pub(super) struct Core<'a> {
    commands: &'a [(Header, Body)],
    bus: Bus<'a>,
    /// Whose read address was on the bus and not taken.
    locked: Option<Reader>,
    local: Banks,
    sums: Banks,
    front: Front,
    load: Load,
    store: Store,
    matrix: Matrix,
    post: Post,
}

/// What is decided in a cycle before anything moves.
struct Moment {
    /// Whose read address is on the bus.
    reader: Option<Reader>,
    /// The request of POST to local memory.
    access: Option<PostAccess>,
    /// The requests to local memory that are taken.
    granted: [bool; 5],
    /// POST's read of partial sums is taken.
    row: bool,
}

/// The command that starts in a cycle, by engine.
#[derive(Default)]
struct Starting<'a> {
    load: Option<&'a Move>,
    store: Option<&'a Move>,
    matrix: Option<&'a MatrixBody>,
    post: Option<&'a PostBody>,
}

impl<'a> Starting<'a> {
    fn of(body: Option<&'a Body>) -> Self {
        match body {
            Some(Body::Load(body)) => Self { load: Some(body), ..Self::default() },
            Some(Body::Store(body)) => Self { store: Some(body), ..Self::default() },
            Some(Body::Matrix(body)) => Self { matrix: Some(body), ..Self::default() },
            Some(Body::Post(body)) => Self { post: Some(body), ..Self::default() },
            None => Self::default(),
        }
    }
}

/// The end of the last command of each stamp.
fn stamps(commands: &[(Header, Body)], spans: &[Span]) -> BTreeMap<u8, u64> {
    let mut stamps = BTreeMap::new();
    for ((header, _), span) in
        commands.iter().zip(spans).filter(|((header, _), _)| header.stamp > 0)
    {
        let end: &mut u64 = stamps.entry(header.stamp).or_default();
        *end = span.end.max(*end);
    }
    stamps
}

impl<'a> Core<'a> {
    pub fn new(
        config: &Config,
        commands: &'a [(Header, Body)],
        semaphores: [u8; 32],
        external: External<'a>,
    ) -> Self {
        Self {
            commands,
            bus: Bus::new(external),
            locked: None,
            local: Banks::local(config),
            sums: Banks::sums(config),
            front: Front::new(config, commands, semaphores),
            load: Load::new(config),
            store: Store::new(config),
            matrix: Matrix::new(config),
            post: Post::new(config),
        }
    }

    /// Runs the job to its end.
    pub fn run(mut self) -> Result<Prediction, Unpredictable> {
        self.cycle();
        let mut cycles = 1;
        while !self.front.idle() {
            if let Some(command) = self.front.deadlock() {
                return Err(Unpredictable::Deadlock { command });
            }
            self.cycle();
            cycles += 1;
        }
        let commands = self.front.into_spans();
        let stamps = stamps(self.commands, &commands);
        // `CYCLES` counts the cycle in which everything is idle, too.
        Ok(Prediction { commands, cycles: cycles + 1, stamps })
    }

    fn cycle(&mut self) {
        let moment = self.moment();
        let sample = self.sample(moment.reader);
        let events = self.front_events(&moment);
        let command = self.front.clock(&events);
        self.clock_engines(&moment, command);
        self.locked = moment.reader.filter(|_| !self.bus.ar_ready);
        self.bus.clock(&sample);
    }

    fn moment(&self) -> Moment {
        let access = self.post.access();
        let granted = self.local.grant([
            self.matrix.activations(),
            self.matrix.weights(),
            access.map(PostAccess::addr),
            self.load.write(),
            self.store.read(self.bus.aw_ready),
        ]);
        // LOAD's address goes first, but one that is on the bus stays.
        let load = self.load.address().map(|_| Reader::Load);
        let front = self.front.address().map(|_| Reader::Front);
        let blocked =
            |row| self.matrix.sums().is_some_and(|r| self.sums.of(r) == self.sums.of(row));
        let row = self.post.sums().is_some_and(|row| !blocked(row));
        Moment { reader: self.locked.or(load).or(front), access, granted, row }
    }

    fn ar_ready(&self, moment: &Moment, reader: Reader) -> bool {
        moment.reader == Some(reader) && self.bus.ar_ready
    }

    fn beat(&self, reader: Reader) -> Option<Beat> {
        self.bus.r.filter(|beat| beat.reader == reader)
    }

    /// What the bus takes in this cycle.
    fn sample(&self, reader: Option<Reader>) -> Sample {
        let beats = reader.and_then(|reader| match reader {
            Reader::Load => self.load.address(),
            Reader::Front => self.front.address(),
        });
        Sample {
            ar: reader.zip(beats).filter(|_| self.bus.ar_ready),
            aw: self.store.address().filter(|_| self.bus.aw_ready),
            w: self.store.data() && self.bus.w_ready,
        }
    }

    fn front_events(&self, moment: &Moment) -> FrontEvents {
        let load = self.load.ready(self.ar_ready(moment, Reader::Load));
        let store = self.store.ready(self.bus.aw_ready);
        FrontEvents {
            ready: [load, store, self.matrix.ready(), self.post.ready()],
            done: [self.load.done, self.store.done, self.matrix.done, self.post.done],
            bus_wanted: self.load.pending() || self.bus.r.is_some(),
            ar_ready: self.ar_ready(moment, Reader::Front),
            beat: self.beat(Reader::Front),
        }
    }

    fn clock_engines(&mut self, moment: &Moment, command: Option<usize>) {
        let starting = Starting::of(command.map(|command| &self.commands[command].1));
        let granted = |client: Client| moment.granted[client as usize];
        let ar_ready = self.ar_ready(moment, Reader::Load);
        let beat = self.beat(Reader::Load).map(|beat| beat.last);
        self.load.clock(LoadEvents {
            command: starting.load,
            ar_ready,
            beat,
            granted: granted(Client::Load),
        });
        self.store.clock(StoreEvents {
            command: starting.store,
            aw_ready: self.bus.aw_ready,
            w_ready: self.bus.w_ready,
            granted: granted(Client::Store),
            response: self.bus.b,
        });
        self.matrix.clock(MatrixEvents {
            command: starting.matrix,
            row: granted(Client::Activations),
            weights: granted(Client::Weights),
        });
        self.post.clock(PostEvents {
            command: starting.post,
            row: moment.row,
            access: moment.access.filter(|_| granted(Client::Post)),
        });
    }
}

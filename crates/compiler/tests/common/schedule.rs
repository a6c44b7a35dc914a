//! A cycle-stepped sketch of the accelerator, to see how well the engines overlap.
//!
//! It knows what limits a schedule: one read and one write port on the bus, the latency of external
//! memory, a fixed cost to start a command, in-order dispatch with finite queues, semaphores, and LM
//! banks with one access per cycle in the priority of the hardware. It is not the RTL's cycle count.

use std::collections::VecDeque;

use seedbed_spec::command::{Body, Header, Slot};
use seedbed_spec::{timing, Config};

/// Cycles from a met wait to the first request of MATRIX or POST.
const START: u64 = 9;
/// Cycles from the last beat or row to the signal.
const FINISH: u64 = 10;

/// Runs the commands; the result is in cycles from doorbell to interrupt.
pub fn cycles(commands: &[(Header, Body)], config: &Config, latency: u64) -> u64 {
    let mut model = Model::new(commands, config, latency);
    while model.retired < commands.len() {
        model.cycle();
        assert!(model.now < 1 << 32, "the schedule does not end");
    }
    model.now + 4
}

/// A command inside an engine: how far it is.
struct Flight {
    index: usize,
    /// First cycle in which it may move data.
    ready: u64,
    /// Beats, rows or other units done.
    done: u64,
    /// Beats of a LOAD whose addresses are out.
    requested: u64,
    total: u64,
    /// Cycle in which it completes, once all units are done.
    end: Option<u64>,
}

/// A burst of the read channel: of the LOAD with this command index, or of command fetch.
struct Burst {
    load: Option<usize>,
    beats: u64,
    /// First cycle with data.
    ready: u64,
}

struct Model<'a> {
    commands: &'a [(Header, Body)],
    config: &'a Config,
    latency: u64,
    now: u64,
    /// Bursts on the read channel, answered in order.
    bursts: VecDeque<Burst>,
    requested_beats: u64,
    fetched_beats: u64,
    dispatched: usize,
    queues: [VecDeque<usize>; 4],
    flights: [VecDeque<Flight>; 4],
    semaphores: [u32; 256],
    retired: usize,
    busy_banks: Vec<bool>,
}

const LOAD: usize = 0;
const STORE: usize = 1;
const MATRIX: usize = 2;
const POST: usize = 3;

fn engine(body: &Body) -> usize {
    match body {
        Body::Load(_) => LOAD,
        Body::Store(_) => STORE,
        Body::Matrix(_) => MATRIX,
        Body::Post(_) => POST,
    }
}

impl<'a> Model<'a> {
    fn new(commands: &'a [(Header, Body)], config: &'a Config, latency: u64) -> Self {
        Self {
            commands,
            config,
            latency,
            now: 0,
            bursts: VecDeque::new(),
            requested_beats: 0,
            fetched_beats: 0,
            dispatched: 0,
            queues: Default::default(),
            flights: Default::default(),
            semaphores: [0; 256],
            retired: 0,
            busy_banks: vec![false; config.memory.lm_banks as usize],
        }
    }

    fn bus(&self) -> u64 {
        self.config.bus_bytes().into()
    }

    fn cycle(&mut self) {
        self.now += 1;
        self.busy_banks.fill(false);
        self.retire();
        for engine in 0..4 {
            self.start(engine);
        }
        self.matrix();
        self.post();
        self.data();
        self.store();
        if !self.request_load() {
            self.request_fetch();
        }
        self.dispatch();
    }

    fn request(&mut self, load: Option<usize>, beats: u64) {
        self.bursts.push_back(Burst { load, beats, ready: self.now + 3 + self.latency });
    }

    /// The next burst of a LOAD; whether the address channel was used.
    fn request_load(&mut self) -> bool {
        let in_flight = self.bursts.iter().filter(|burst| burst.load.is_some()).count();
        let (bus, now) = (&self.config.bus, self.now);
        let open = |flight: &&mut Flight| flight.requested < flight.total && flight.ready <= now;
        let Some(flight) = self.flights[LOAD].iter_mut().find(open) else { return false };
        if in_flight >= bus.outstanding as usize {
            return false;
        }
        let beats = u64::from(bus.burst_beats).min(flight.total - flight.requested);
        flight.requested += beats;
        let index = flight.index;
        self.request(Some(index), beats);
        true
    }

    /// The first command alone, then bursts of commands while there is room.
    fn request_fetch(&mut self) {
        let beats = 64 / self.bus();
        let room = (self.dispatched as u64 + u64::from(self.config.front.prefetch)) * beats;
        let wanted = (self.commands.len() as u64 * beats).min(room);
        let first_pending = self.requested_beats > 0 && self.fetched_beats < beats;
        if self.now < 5 || first_pending || self.requested_beats >= wanted {
            return;
        }
        let most = u64::from(self.config.bus.burst_beats).max(beats) / beats * beats;
        let burst = if self.requested_beats == 0 { beats } else { most };
        let burst = burst.min(wanted - self.requested_beats);
        self.requested_beats += burst;
        self.request(None, burst);
    }

    fn dispatch(&mut self) {
        let here = self.fetched_beats / (64 / self.bus());
        if self.dispatched as u64 >= here || self.now % 2 == 0 {
            return;
        }
        let Some((_, body)) = self.commands.get(self.dispatched) else { return };
        let queue = &mut self.queues[engine(body)];
        if queue.len() < self.config.front.queue as usize {
            queue.push_back(self.dispatched);
            self.dispatched += 1;
        }
    }

    fn start(&mut self, of: usize) {
        let Some(&index) = self.queues[of].front() else { return };
        let (header, body) = &self.commands[index];
        let met = |slot: &Slot| self.semaphores[slot.id as usize] >= u32::from(slot.n);
        let room = match of {
            // Addresses of the next LOAD go out while data return.
            LOAD => self.flights[of].len() < 4,
            _ => self.flights[of].back().is_none_or(|flight| flight.done == flight.total),
        };
        if !room || !header.sync.waits.iter().all(met) {
            return;
        }
        for slot in &header.sync.waits {
            self.semaphores[slot.id as usize] -= u32::from(slot.n);
        }
        self.queues[of].pop_front();
        let wait = if of == LOAD { 3 } else { START };
        let flight = Flight {
            index,
            ready: self.now + wait,
            done: 0,
            requested: 0,
            total: self.total(body),
            end: None,
        };
        self.flights[of].push_back(flight);
    }

    fn total(&self, body: &Body) -> u64 {
        match body {
            Body::Load(body) | Body::Store(body) => body.bytes() / self.bus(),
            Body::Matrix(body) => {
                let tiles = u64::from(body.k_tiles) * u64::from(body.n_tiles);
                tiles * u64::from(timing::tile(self.config, body.out_w))
            }
            Body::Post(body) => {
                u64::from(body.n_tiles) * u64::from(timing::post_tile(self.config, body.rows))
            }
        }
    }

    fn retire(&mut self) {
        for flights in &mut self.flights {
            while flights.front().is_some_and(|flight| flight.end.is_some_and(|e| e <= self.now)) {
                let Some(flight) = flights.pop_front() else { break };
                for slot in &self.commands[flight.index].0.sync.signals {
                    self.semaphores[slot.id as usize] += u32::from(slot.n);
                }
                self.retired += 1;
            }
        }
    }

    /// Index of the flight that may move a unit now.
    fn active(&self, of: usize) -> Option<usize> {
        let at = self.flights[of].iter().position(|flight| flight.done < flight.total)?;
        (self.flights[of][at].ready <= self.now).then_some(at)
    }

    fn advance(&mut self, of: usize, at: usize, finish: u64) {
        let now = self.now;
        let flight = &mut self.flights[of][at];
        flight.done += 1;
        if flight.done == flight.total {
            flight.end = Some(now + finish);
        }
    }

    /// Takes the bank of an LM byte; false when someone with priority has it in this cycle.
    fn take(&mut self, address: u64) -> bool {
        let bank = address * u64::from(self.config.memory.lm_banks)
            / u64::from(self.config.memory.lm_bytes);
        !std::mem::replace(&mut self.busy_banks[bank as usize], true)
    }

    fn matrix(&mut self) {
        let Some(at) = self.active(MATRIX) else { return };
        let flight = &self.flights[MATRIX][at];
        let Body::Matrix(body) = &self.commands[flight.index].1 else { return };
        let tile_cycles = u64::from(timing::tile(self.config, body.out_w));
        let (tile, row) = (flight.done / tile_cycles, flight.done % tile_cycles);
        let bytes = u64::from(self.config.weight_tile_bytes());
        let weights = u64::from(body.w_addr) + tile * bytes;
        let input = u64::from(body.a_addr) + row * u64::from(body.a_stride_w);
        let (rows, cols) = (u64::from(body.out_w), u64::from(self.config.cols()));
        if row < rows {
            self.take(input);
        }
        // Weights may use every cycle in which their bank is free.
        if row < cols && !self.take(weights) && rows <= cols {
            return;
        }
        self.advance(MATRIX, at, FINISH);
    }

    fn post(&mut self) {
        let Some(at) = self.active(POST) else { return };
        let flight = &self.flights[POST][at];
        let Body::Post(body) = &self.commands[flight.index].1 else { return };
        let tile_cycles = u64::from(timing::post_tile(self.config, body.rows));
        let params = u64::from(timing::param_words(self.config));
        let (tile, inside) = (flight.done / tile_cycles, flight.done % tile_cycles);
        let phases = u64::from(timing::phases(self.config));
        let needs = if inside < params {
            let tile_bytes = u64::from(self.config.param_tile_bytes());
            Some(u64::from(body.param_addr) + tile * tile_bytes)
        } else {
            let row = (inside - params) / phases;
            ((inside - params) % phases == phases - 1)
                .then(|| u64::from(body.out_addr) + row * u64::from(body.out_stride))
        };
        if needs.is_none_or(|address| self.take(address)) {
            self.advance(POST, at, FINISH + 2);
        }
    }

    fn beat_address(&self, of: usize, at: usize) -> u64 {
        let flight = &self.flights[of][at];
        match &self.commands[flight.index].1 {
            Body::Load(body) | Body::Store(body) => {
                let (run, byte) = (u64::from(body.run_bytes), flight.done * self.bus());
                u64::from(body.lm_addr) + byte / run * u64::from(body.lm_stride1) + byte % run
            }
            _ => 0,
        }
    }

    /// One beat of the read channel.
    fn data(&mut self) {
        let Some(burst) = self.bursts.front() else { return };
        if burst.ready > self.now {
            return;
        }
        match burst.load {
            None => self.fetched_beats += 1,
            Some(index) => {
                let at = self.flights[LOAD].iter().position(|flight| flight.index == index);
                let at = at.expect("a LOAD in flight");
                let address = self.beat_address(LOAD, at);
                if !self.take(address) {
                    return;
                }
                self.advance(LOAD, at, 4);
            }
        }
        let burst = &mut self.bursts[0];
        burst.beats -= 1;
        if burst.beats == 0 {
            self.bursts.pop_front();
        }
    }

    fn store(&mut self) {
        let Some(at) = self.active(STORE) else { return };
        let address = self.beat_address(STORE, at);
        if self.take(address) {
            self.advance(STORE, at, 4 + self.latency);
        }
    }
}

//! Finds commands of different engines that touch the same addresses without being ordered.
//!
//! A program is right when it gives what executing it in ring order gives, however far the engines run
//! ahead of each other. Each engine starts and completes its commands in ring order; between engines
//! only semaphores order anything. So for two commands of different engines, one of which writes what
//! the other touches, the later one must not be able to start before the earlier one is complete.
//!
//! Inside an engine commands overlap too: what reads LM may do so before the command in front of it has
//! written its last result. That concerns POST alone, which loads the next command's parameters ahead:
//! a POST whose parameters another POST writes must wait for it like anybody else.
//!
//! Whether it can is found by holding the earlier command up for ever and letting all other engines
//! run: since a semaphore has one consumer, running ahead never takes a token from anybody, and what
//! can start is what has started when nothing moves any more. Holding up the commands of an engine one
//! after the other only lets the others get further, so all of it takes four passes over the program.
//! Queues are taken to be as long as the program: a program without findings has none at any depth.
//!
//! ```
//! use seedbed_golden::overlap::{check, Finding};
//! use seedbed_spec::command::{encode, Body, Header, Move};
//! use seedbed_spec::Config;
//!
//! let bodies =
//!     [Body::Load(Move::contiguous(0, 0, 64)), Body::Store(Move::contiguous(0x100, 32, 64))];
//! let commands = bodies.map(|body| encode(&Header::default(), &body).unwrap());
//! let findings = check(&commands, &Config::preset("tiny").unwrap());
//! assert_eq!(findings[0].to_string(), "commands 0 (LOAD) and 1 (STORE) meet at LM byte 0x20, unordered");
//! ```

mod race;

use std::fmt;

use seedbed_spec::access::{Accesses, Ranges};
use seedbed_spec::command::{decode_checked, Body, Command, Header, Opcode, Slot};
use seedbed_spec::fault::Engine;
use seedbed_spec::Config;

use race::{Race, ENGINES};

/// A memory with addresses of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Local memory, in bytes.
    Local,
    /// Partial sums, in rows.
    Sums,
    /// External memory, in bytes.
    External,
}

/// What is wrong with a program. Commands are named by their number in ring order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A field of a command is not legal.
    Illegal {
        /// The command.
        command: usize,
        /// The field's least significant bit.
        lsb: u32,
    },
    /// In ring order a wait is not met.
    Unmet {
        /// The command.
        command: usize,
        /// The semaphore.
        semaphore: u8,
    },
    /// Commands of two engines wait for one semaphore.
    TwoConsumers {
        /// The semaphore.
        semaphore: u8,
        /// The first command of the second engine.
        command: usize,
    },
    /// A command waits for one semaphore in two slots.
    WaitsTwice {
        /// The semaphore.
        semaphore: u8,
        /// The command.
        command: usize,
    },
    /// When engines run ahead a semaphore can exceed 255.
    Overflow {
        /// The semaphore.
        semaphore: u8,
        /// How far.
        count: u32,
    },
    /// A command writes what it reads itself; in which order is not defined.
    Itself {
        /// The command.
        command: usize,
        /// Its opcode.
        opcode: Opcode,
    },
    /// The later command can start before the earlier one is complete, and they must not change places.
    Overlap {
        /// The command that comes first in the ring, and its opcode.
        earlier: (usize, Opcode),
        /// The other one.
        later: (usize, Opcode),
        /// Where they meet.
        space: Space,
        /// The first address that they have in common.
        address: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Illegal { command, lsb } => {
                write!(f, "command {command}: the field at bit {lsb} is not legal")
            }
            Finding::Unmet { command, semaphore } => {
                write!(f, "command {command} waits in ring order, for semaphore {semaphore}")
            }
            Finding::TwoConsumers { semaphore, command } => {
                write!(f, "command {command}: another engine waits for semaphore {semaphore} too")
            }
            Finding::WaitsTwice { semaphore, command } => {
                write!(f, "command {command} waits for semaphore {semaphore} in two slots")
            }
            Finding::Overflow { semaphore, count } => {
                write!(f, "semaphore {semaphore} can reach {count}")
            }
            Finding::Itself { command, opcode } => {
                write!(f, "command {command} ({opcode}) writes what it reads itself")
            }
            Finding::Overlap { earlier, later, space, address } => {
                let ((i, first), (j, second)) = (earlier, later);
                write!(f, "commands {i} ({first}) and {j} ({second}) meet at ")?;
                match space {
                    Space::Local => write!(f, "LM byte {address:#x}, unordered"),
                    Space::Sums => write!(f, "PS row {address}, unordered"),
                    Space::External => write!(f, "external byte {address:#x}, unordered"),
                }
            }
        }
    }
}

/// Everything wrong with the synchronisation of a job, whose semaphores are 0 at the start. Where
/// commands are illegal, wait in ring order, or share semaphores wrongly, only that is reported.
pub fn check(commands: &[Command], config: &Config) -> Vec<Finding> {
    let decoded: Result<Vec<_>, Finding> = commands
        .iter()
        .enumerate()
        .map(|(command, word)| {
            decode_checked(word, config)
                .map_err(|illegal| Finding::Illegal { command, lsb: illegal.lsb })
        })
        .collect();
    match decoded {
        Err(finding) => vec![finding],
        Ok(decoded) => check_decoded(&decoded, config),
    }
}

/// The same for commands that are legal one by one.
pub fn check_decoded(commands: &[(Header, Body)], config: &Config) -> Vec<Finding> {
    let program = Program::new(commands, config);
    let mut findings = program.misuse();
    if findings.is_empty() {
        findings = program.inside_commands();
        program.between_commands(&mut findings);
    }
    findings
}

/// A used slot.
fn used(slots: &[Slot; 3]) -> impl Iterator<Item = &Slot> {
    slots.iter().filter(|slot| slot.n > 0)
}

/// Number of an engine that executes commands.
fn engine_number(opcode: Opcode) -> usize {
    opcode.engine().code() as usize - Engine::EXECUTING[0].code() as usize
}

struct Program<'a> {
    commands: &'a [(Header, Body)],
    accesses: Vec<Accesses>,
    /// Commands of each engine, ascending.
    engines: [Vec<usize>; ENGINES],
}

impl<'a> Program<'a> {
    fn new(commands: &'a [(Header, Body)], config: &Config) -> Self {
        let accesses = commands.iter().map(|(_, body)| body.accesses(config)).collect();
        let mut engines: [Vec<usize>; ENGINES] = Default::default();
        for (i, (_, body)) in commands.iter().enumerate() {
            engines[engine_number(body.opcode())].push(i);
        }
        Self { commands, accesses, engines }
    }

    /// Waits that are not met in ring order, and semaphores that are not one engine's.
    fn misuse(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut counts = [0u32; 256];
        let mut consumers = [None; 256];
        for (command, (header, body)) in self.commands.iter().enumerate() {
            for (i, slot) in header.sync.waits.iter().enumerate().filter(|(_, s)| s.n > 0) {
                let (semaphore, n) = (slot.id, u32::from(slot.n));
                let (count, engine) = (&mut counts[usize::from(semaphore)], body.opcode());
                if used(&header.sync.waits).filter(|other| other.id == semaphore).count() > 1
                    && i > 0
                {
                    findings.push(Finding::WaitsTwice { semaphore, command });
                }
                if *consumers[usize::from(semaphore)].get_or_insert(engine) != engine {
                    findings.push(Finding::TwoConsumers { semaphore, command });
                }
                if *count < n {
                    findings.push(Finding::Unmet { command, semaphore });
                }
                *count = count.saturating_sub(n);
            }
            for slot in used(&header.sync.signals) {
                counts[usize::from(slot.id)] += u32::from(slot.n);
            }
        }
        findings
    }

    fn inside_commands(&self) -> Vec<Finding> {
        let own = self.accesses.iter().enumerate();
        let meets = own.filter(|(_, a)| a.lm_reads.overlaps(&a.lm_writes));
        let finding =
            |command: usize| Finding::Itself { command, opcode: self.commands[command].1.opcode() };
        meets.map(|(command, _)| finding(command)).collect()
    }

    fn between_commands(&self, findings: &mut Vec<Finding>) {
        for engine in 0..ENGINES {
            let mut race = Race::new(self, engine);
            for &held in &self.engines[engine] {
                race.hold(held);
                findings.extend(race.ahead().iter().filter_map(|j| self.follow(held, *j)));
                for other in (0..ENGINES).filter(|other| *other != engine) {
                    let started = &self.engines[other][..race.started(other)];
                    let later = started.partition_point(|command| *command < held);
                    findings.extend(started[later..].iter().filter_map(|j| self.meet(held, *j)));
                }
            }
            findings.extend(race.overflows());
        }
    }

    /// The place where a command writes what a later one of the same engine may read too early.
    fn follow(&self, i: usize, j: usize) -> Option<Finding> {
        let address = first_common(&self.accesses[i].lm_writes, &self.accesses[j].lm_reads)?;
        Some(self.overlap(i, j, Space::Local, address))
    }

    /// The place where two commands must not change places.
    fn meet(&self, i: usize, j: usize) -> Option<Finding> {
        let (a, b) = (&self.accesses[i], &self.accesses[j]);
        let meets = [
            (Space::Local, [(&a.lm_writes, &b.lm_reads), (&a.lm_reads, &b.lm_writes)]),
            (Space::Local, [(&a.lm_writes, &b.lm_writes); 2]),
            (Space::Sums, [(&a.ps_writes, &b.ps_reads), (&a.ps_reads, &b.ps_writes)]),
            (Space::Sums, [(&a.ps_writes, &b.ps_writes); 2]),
            (Space::External, [(&a.ext_writes, &b.ext_reads), (&a.ext_reads, &b.ext_writes)]),
            (Space::External, [(&a.ext_writes, &b.ext_writes); 2]),
        ];
        let (space, address) = meets.into_iter().find_map(|(space, pairs)| {
            let address = pairs.into_iter().find_map(|(x, y)| first_common(x, y))?;
            Some((space, address))
        })?;
        Some(self.overlap(i, j, space, address))
    }

    fn overlap(&self, i: usize, j: usize, space: Space, address: u64) -> Finding {
        let named = |command: usize| (command, self.commands[command].1.opcode());
        Finding::Overlap { earlier: named(i), later: named(j), space, address }
    }
}

/// The least address in both sets.
fn first_common(a: &Ranges, b: &Ranges) -> Option<u64> {
    if !a.overlaps(b) {
        return None;
    }
    let starts = a.ranges().iter().chain(b.ranges()).map(|range| range.start);
    starts.filter(|at| a.contains(*at) && b.contains(*at)).min()
}

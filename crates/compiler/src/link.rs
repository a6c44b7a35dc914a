//! Turns drafts into commands: adds semaphores and stamps and encodes.

use seedbed_spec::access::Ranges;
use seedbed_spec::command::{encode, Body, Command, FieldError, Header, Slot, Sync};
use seedbed_spec::config::Config;

use crate::emit::Draft;
use crate::footprint::{Access, Space, ENGINES};
use crate::sync::{synchronise, Item, Links};

/// The greatest number of a CSR STAMP.
pub(crate) const STAMPS: usize = 63;

/// Encodes all drafts. The error is the layer and field of a number that does not fit.
pub(crate) fn link(config: &Config, drafts: &[Draft]) -> Result<Vec<Command>, (usize, FieldError)> {
    let links = links(config, drafts);
    let encoded = drafts.iter().zip(links.iter().zip(stamps(drafts)));
    encoded
        .map(|(draft, (links, stamp))| {
            let header = Header { stamp, sync: semaphores(engine(&draft.body), links) };
            encode(&header, &draft.body).map_err(|error| (draft.layer, error))
        })
        .collect()
}

/// The waits and signals of all drafts.
pub(crate) fn links(config: &Config, drafts: &[Draft]) -> Vec<Links> {
    let items: Vec<Item> = drafts.iter().map(|draft| item(config, &draft.body)).collect();
    synchronise(&items)
}

/// The stamp of layer `index`, if it has one.
pub(crate) fn stamp(index: usize) -> u8 {
    if index < STAMPS {
        index as u8 + 1
    } else {
        0
    }
}

/// For each command its stamp: the last command of a layer carries the layer's.
fn stamps(drafts: &[Draft]) -> Vec<u8> {
    let mut stamps = vec![0; drafts.len()];
    let mut stamped = std::collections::BTreeSet::new();
    for (index, draft) in drafts.iter().enumerate().rev() {
        if stamped.insert(draft.layer) {
            stamps[index] = stamp(draft.layer);
        }
    }
    stamps
}

/// Index of the engine that executes a command.
pub(crate) fn engine(body: &Body) -> usize {
    match body {
        Body::Load(_) => 0,
        Body::Store(_) => 1,
        Body::Matrix(_) => 2,
        Body::Post(_) => 3,
    }
}

fn item(config: &Config, body: &Body) -> Item {
    let all = body.accesses(config);
    let sets = [
        (Space::Local, &all.lm_reads, false),
        (Space::Local, &all.lm_writes, true),
        (Space::Sums, &all.ps_reads, false),
        (Space::Sums, &all.ps_writes, true),
        (Space::External, &all.ext_reads, false),
        (Space::External, &all.ext_writes, true),
    ];
    let accesses = sets.into_iter().flat_map(|(space, set, write)| spread(space, set, write));
    Item { engine: engine(body), accesses: accesses.collect() }
}

fn spread(space: Space, set: &Ranges, write: bool) -> impl Iterator<Item = Access> + '_ {
    set.ranges().iter().map(move |range| Access {
        space,
        start: range.start,
        end: range.end,
        write,
    })
}

/// The semaphore of an ordered pair of engines.
fn semaphore(producer: usize, consumer: usize) -> u8 {
    let index = consumer - usize::from(consumer > producer);
    (producer * (ENGINES - 1) + index) as u8
}

fn semaphores(engine: usize, links: &Links) -> Sync {
    let one = |id| Slot { id, n: 1 };
    let mut sync = Sync::default();
    for (slot, producer) in sync.waits.iter_mut().zip(&links.waits) {
        *slot = one(semaphore(*producer, engine));
    }
    for (slot, consumer) in sync.signals.iter_mut().zip(&links.signals) {
        *slot = one(semaphore(engine, *consumer));
    }
    sync
}

#[cfg(test)]
mod tests {
    use seedbed_spec::command::{decode_checked, Move};

    use super::*;

    fn draft(layer: usize, body: Body) -> Draft {
        Draft { layer, body }
    }

    #[test]
    fn each_pair_of_engines_has_its_own_semaphore() {
        let all: std::collections::BTreeSet<u8> = (0..ENGINES)
            .flat_map(|p| (0..ENGINES).filter(move |c| *c != p).map(move |c| semaphore(p, c)))
            .collect();
        assert_eq!(all, (0..12).collect());
    }

    #[test]
    fn the_last_command_of_a_layer_is_stamped() {
        let body = Body::Load(Move::contiguous(0, 0, 8));
        let drafts = [0, 0, 1, 0, 1, 2].map(|layer| draft(layer, body.clone()));
        assert_eq!(stamps(&drafts), [0, 0, 0, 1, 2, 3]);
        assert_eq!(stamps(&[draft(STAMPS - 1, body.clone()), draft(STAMPS, body)]), [63, 0]);
    }

    #[test]
    fn a_copy_is_synchronised() {
        let config = Config::preset("tiny").unwrap();
        let copy = [
            draft(0, Body::Load(Move::contiguous(0, 0, 8))),
            draft(0, Body::Store(Move::contiguous(64, 0, 8))),
        ];
        let commands = link(&config, &copy).unwrap();
        let header = |index: usize| decode_checked(&commands[index], &config).unwrap().0;
        let loaded = Slot { id: semaphore(0, 1), n: 1 };
        assert_eq!(header(0).sync.signals[0], loaded);
        assert_eq!(header(1).sync.waits[0], loaded);
        assert_eq!((header(0).stamp, header(1).stamp), (0, 1));
    }

    #[test]
    fn a_number_beyond_its_field_names_the_layer() {
        let config = Config::preset("tiny").unwrap();
        let body = Body::Load(Move::contiguous(0, u32::MAX, 8));
        let (layer, error) = link(&config, &[draft(7, body)]).unwrap_err();
        assert_eq!((layer, error.field), (7, "lm_addr"));
    }
}

//! Who touched which bytes last: the memory of the synchroniser.
//!
//! For each space the map keeps, per byte range and engine, the youngest command that read and
//! the youngest that wrote it. Ranges split where accesses begin and end.

use std::collections::BTreeMap;

/// Number of engines that execute commands (LOAD, STORE, MATRIX, POST).
pub(crate) const ENGINES: usize = 4;

/// An address space with hazards of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    /// Local memory, in bytes.
    Local,
    /// Partial sums, in rows.
    Sums,
    /// External memory, in bytes.
    External,
}

/// One contiguous access of a command: `start..end` of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub space: Space,
    pub start: u64,
    pub end: u64,
    pub write: bool,
}

#[cfg(test)]
impl Access {
    /// Whether the two accesses must be ordered: same place and at least one writes.
    pub fn conflicts(&self, other: &Access) -> bool {
        self.space == other.space
            && (self.write || other.write)
            && self.start < other.end
            && other.start < self.end
    }
}

/// The youngest command (index + 1, 0 for none) of each engine.
pub(crate) type Youngest = [u32; ENGINES];

/// Makes every entry of `all` at least that of `other`.
pub(crate) fn raise(all: &mut Youngest, other: &Youngest) {
    for (mine, theirs) in all.iter_mut().zip(other) {
        *mine = (*mine).max(*theirs);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Touch {
    end: u64,
    reads: Youngest,
    writes: Youngest,
}

/// The last accesses of every place in all spaces.
#[derive(Debug, Default)]
pub(crate) struct Footprint {
    spans: BTreeMap<(Space, u64), Touch>,
}

impl Footprint {
    /// Raises `need` to the commands that `access` has to come after.
    pub fn collect(&self, access: &Access, need: &mut Youngest) {
        for (&(_, start), touch) in self.overlapping(access) {
            debug_assert!(start < access.end);
            raise(need, &touch.writes);
            if access.write {
                raise(need, &touch.reads);
            }
        }
    }

    fn overlapping(&self, access: &Access) -> impl Iterator<Item = (&(Space, u64), &Touch)> {
        let (space, start, end) = (access.space, access.start, access.end);
        let first = self
            .spans
            .range(..=(space, start))
            .next_back()
            .filter(|((found, _), touch)| *found == space && touch.end > start)
            .map_or(start, |((_, first), _)| *first);
        self.spans.range((space, first)..(space, end.max(first)))
    }

    /// Records that command `index` of `engine` made `access`.
    pub fn record(&mut self, access: &Access, engine: usize, index: usize) {
        if access.start >= access.end {
            return;
        }
        self.split(access.space, access.start);
        self.split(access.space, access.end);
        self.fill_gaps(access);
        let mark = index as u32 + 1;
        let range = (access.space, access.start)..(access.space, access.end);
        for (_, touch) in self.spans.range_mut(range) {
            let side = if access.write { &mut touch.writes } else { &mut touch.reads };
            side[engine] = mark;
        }
        self.join(access);
    }

    /// Cuts the span that contains `at`, so that one begins there.
    fn split(&mut self, space: Space, at: u64) {
        let Some((&(found, _), touch)) = self.spans.range_mut(..(space, at)).next_back() else {
            return;
        };
        if found == space && touch.end > at {
            let right = *touch;
            touch.end = at;
            self.spans.insert((space, at), right);
        }
    }

    fn fill_gaps(&mut self, access: &Access) {
        let range = (access.space, access.start)..(access.space, access.end);
        let mut gaps = Vec::new();
        let mut at = access.start;
        for (&(_, start), touch) in self.spans.range(range) {
            if at < start {
                gaps.push((at, start));
            }
            at = touch.end;
        }
        if at < access.end {
            gaps.push((at, access.end));
        }
        for (start, end) in gaps {
            self.spans.insert((access.space, start), Touch { end, ..Touch::default() });
        }
    }

    /// Merges neighbours with equal history, so that the map stays small.
    fn join(&mut self, access: &Access) {
        let from = self
            .spans
            .range(..(access.space, access.start))
            .next_back()
            .map_or((access.space, access.start), |(key, _)| *key);
        let keys: Vec<_> = self.spans.range(from..=(access.space, access.end)).collect();
        let mut merges: Vec<((Space, u64), (Space, u64))> = Vec::new();
        let mut head = 0;
        for index in 1..keys.len() {
            let ((space, start), touch) = keys[index];
            let ((head_space, _), first) = keys[head];
            let adjacent = space == head_space && keys[index - 1].1.end == *start;
            if adjacent && touch.reads == first.reads && touch.writes == first.writes {
                merges.push((*keys[head].0, *keys[index].0));
            } else {
                head = index;
            }
        }
        for (left, right) in merges {
            let end = self.spans.remove(&right).map_or(0, |touch| touch.end);
            if let Some(touch) = self.spans.get_mut(&left) {
                touch.end = touch.end.max(end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(start: u64, end: u64, write: bool) -> Access {
        Access { space: Space::Local, start, end, write }
    }

    fn need(map: &Footprint, access: Access) -> Youngest {
        let mut need = Youngest::default();
        map.collect(&access, &mut need);
        need
    }

    #[test]
    fn reads_follow_writes_and_writes_follow_both() {
        let mut map = Footprint::default();
        map.record(&local(0, 16, true), 0, 4);
        map.record(&local(8, 12, false), 2, 5);
        assert_eq!(need(&map, local(15, 20, false)), [5, 0, 0, 0]);
        assert_eq!(need(&map, local(11, 20, false)), [5, 0, 0, 0]);
        assert_eq!(need(&map, local(11, 20, true)), [5, 0, 6, 0]);
        assert_eq!(need(&map, local(16, 20, true)), [0; 4]);
    }

    #[test]
    fn spaces_do_not_mix() {
        let mut map = Footprint::default();
        map.record(&local(0, 16, true), 0, 0);
        let sums = Access { space: Space::Sums, start: 0, end: 16, write: true };
        assert_eq!(need(&map, sums), [0; 4]);
    }

    #[test]
    fn equal_neighbours_are_joined() {
        let mut map = Footprint::default();
        for block in 0..100 {
            map.record(&local(block * 8, block * 8 + 8, true), 0, 0);
        }
        assert_eq!(map.spans.len(), 1);
    }

    /// Random accesses against a plain list of all accesses.
    #[test]
    fn equals_the_plain_list() {
        let mut state = 7u64;
        let mut random = move |n: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % n
        };
        let mut map = Footprint::default();
        let mut list: Vec<(Access, usize, u32)> = Vec::new();
        for index in 0..600 {
            let start = random(60);
            let space = [Space::Local, Space::Sums, Space::External][random(3) as usize];
            let access = Access { space, start, end: start + random(9), write: random(2) == 0 };
            let mut expected = Youngest::default();
            for (old, engine, mark) in list.iter().filter(|(old, ..)| old.conflicts(&access)) {
                assert!(old.start < old.end);
                expected[*engine] = expected[*engine].max(*mark);
            }
            if access.start < access.end {
                assert_eq!(need(&map, access), expected, "access {index}: {access:?}");
            }
            let engine = random(4) as usize;
            map.record(&access, engine, index);
            if access.start < access.end {
                list.push((access, engine, index as u32 + 1));
            }
        }
    }
}

//! Ways to cut a dimension: rows into blocks, n-tiles into groups, k-tiles into chunks.

use crate::plan::COMMANDS_MAX;

/// How rows are cut into blocks: a first one, even middle ones of at most `most`, and a last one.
/// `first` or `last` may be 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cut {
    pub most: u64,
    pub first: u64,
    pub last: u64,
}

impl Cut {
    /// The blocks of `rows`; `None` when nothing would be left in the middle.
    pub fn blocks(self, rows: u64) -> Option<Vec<u64>> {
        let Cut { most, first, last } = self;
        let middle = rows.checked_sub(first + last).filter(|middle| *middle > 0)?;
        // Each block takes two commands at least.
        if middle.div_ceil(most) > COMMANDS_MAX / 2 {
            return None;
        }
        let ends = |size: u64| (size > 0).then_some(size);
        Some(ends(first).into_iter().chain(even(middle, most)).chain(ends(last)).collect())
    }
}

/// Cuts `total` into as few parts of at most `most` as possible, evenly, larger ones first.
pub(crate) fn even(total: u64, most: u64) -> Vec<u64> {
    let count = total.div_ceil(most);
    (0..count).map(|index| total / count + u64::from(index < total % count)).collect()
}

/// How the sizes of groups change, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ramp {
    /// Even sizes.
    Flat,
    /// Doubling from one unit: computing starts while later weights still load.
    Up,
    /// Halving to one unit: little is left to requantise at the end.
    Down,
    /// Up, then down.
    Both,
    /// Even sizes, then one unit.
    Tail,
    /// One unit each.
    Ones,
}

impl Ramp {
    /// All of them.
    pub const ALL: [Ramp; 6] =
        [Ramp::Flat, Ramp::Up, Ramp::Down, Ramp::Both, Ramp::Tail, Ramp::Ones];
}

/// Cuts `tiles` into groups of multiples of `unit`, at most `most`; the last may be less.
pub(crate) fn groups(tiles: u64, unit: u64, most: u64, ramp: Ramp) -> Vec<u64> {
    let (count, most) = (tiles.div_ceil(unit), (most / unit).max(1));
    let mut sizes = match ramp {
        Ramp::Flat => even(count, most),
        Ramp::Up => up(count, most),
        Ramp::Down => down(count, most),
        Ramp::Both if count > 1 => [up(count / 2, most), down(count - count / 2, most)].concat(),
        Ramp::Both => vec![count],
        Ramp::Tail if count > 1 => [even(count - 1, most), vec![1]].concat(),
        Ramp::Tail => vec![count],
        Ramp::Ones => even(count, 1),
    };
    sizes.iter_mut().for_each(|size| *size *= unit);
    if let Some(last) = sizes.last_mut() {
        *last -= count * unit - tiles;
    }
    sizes
}

fn up(count: u64, most: u64) -> Vec<u64> {
    let (mut left, mut size) = (count, 1);
    let mut sizes = Vec::new();
    while left > 0 && size < most {
        // A rest that is little more than the size is taken whole.
        let take = if left <= most && left <= size + size / 2 { left } else { size.min(left) };
        sizes.push(take);
        left -= take;
        size *= 2;
    }
    if left > 0 {
        sizes.extend(even(left, most));
    }
    sizes
}

fn down(count: u64, most: u64) -> Vec<u64> {
    let mut sizes = up(count, most);
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

/// Cuts `tiles` into chunks of `most`, the rest at the end.
pub(crate) fn chunks(tiles: u64, most: u64) -> Vec<u64> {
    let count = tiles.div_ceil(most);
    (0..count).map(|index| most.min(tiles - index * most)).collect()
}

/// Joins consecutive groups to spans of at most `most`, at least one group each.
pub(crate) fn spans(groups: &[u64], most: u64) -> Vec<u64> {
    let mut spans: Vec<u64> = Vec::new();
    for group in groups {
        match spans.last_mut() {
            Some(span) if *span + group <= most => *span += group,
            _ => spans.push(*group),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_even_between_the_ends() {
        let blocks = |rows, most, first, last| Cut { most, first, last }.blocks(rows);
        assert_eq!(blocks(64, 32, 16, 16).unwrap(), [16, 32, 16]);
        assert_eq!(blocks(50, 16, 0, 0).unwrap(), [13, 13, 12, 12]);
        assert_eq!(blocks(5, 16, 0, 0).unwrap(), [5]);
        assert_eq!(blocks(16, 16, 8, 8), None);
        assert_eq!(blocks(10, 16, 8, 8), None);
    }

    #[test]
    fn groups_ramp_up_and_down() {
        assert_eq!(groups(8, 1, 8, Ramp::Up), [1, 2, 5]);
        assert_eq!(groups(8, 1, 4, Ramp::Up), [1, 2, 3, 2]);
        assert_eq!(groups(16, 1, 9, Ramp::Down), [9, 4, 2, 1]);
        assert_eq!(groups(9, 1, 8, Ramp::Both), [1, 3, 2, 2, 1]);
        assert_eq!(groups(16, 1, 8, Ramp::Tail), [8, 7, 1]);
        assert_eq!(groups(12, 2, 5, Ramp::Up), [2, 4, 4, 2]);
        assert_eq!(groups(1, 1, 5, Ramp::Both), [1]);
        assert_eq!(groups(11, 2, 5, Ramp::Up), [2, 4, 4, 1]);
        assert_eq!(groups(1, 4, 4, Ramp::Flat), [1]);
        assert_eq!(groups(6, 2, 5, Ramp::Ones), [2, 2, 2]);
    }

    #[test]
    fn spans_join_whole_groups() {
        assert_eq!(spans(&[1, 2, 4, 1], 5), [3, 5]);
        assert_eq!(spans(&[4, 4], 3), [4, 4]);
    }

    #[test]
    fn every_cut_adds_up() {
        for total in 1..80 {
            for most in 1..12 {
                assert_eq!(chunks(total, most).iter().sum::<u64>(), total);
                for ramp in Ramp::ALL {
                    for unit in 1..=most {
                        let sizes = groups(total, unit, most, ramp);
                        assert_eq!(sizes.iter().sum::<u64>(), total);
                        assert!(sizes.iter().all(|size| *size > 0 && *size <= most));
                        assert!(sizes[..sizes.len() - 1].iter().all(|size| size % unit == 0));
                        assert_eq!(spans(&sizes, most).iter().sum::<u64>(), total);
                    }
                }
                for (first, last) in [(0, 0), (4, 0), (0, 3), (4, 4)] {
                    if let Some(sizes) = (Cut { most, first, last }).blocks(total) {
                        assert_eq!(sizes.iter().sum::<u64>(), total);
                        assert!(sizes.iter().all(|size| *size > 0));
                    }
                }
            }
        }
    }
}

//! Ways to cut a dimension: rows into blocks, n-tiles into groups, k-tiles into chunks.

/// Cuts `rows` into a first block, even middle blocks of at most `most`, and a last block.
///
/// `first` or `last` may be 0 for none. `None` when nothing would be left in the middle.
pub(crate) fn blocks(rows: u64, most: u64, first: u64, last: u64) -> Option<Vec<u64>> {
    let middle = rows.checked_sub(first + last).filter(|middle| *middle > 0)?;
    let count = middle.div_ceil(most);
    let even = (0..count).map(|index| middle / count + u64::from(index < middle % count));
    let ends = |size: u64| (size > 0).then_some(size);
    Some(ends(first).into_iter().chain(even).chain(ends(last)).collect())
}

/// How [`groups`] shapes the sizes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ramp {
    /// Sizes are multiples of this.
    pub unit: u64,
    /// Largest size.
    pub most: u64,
    /// Begin with one unit and double: computing starts while later weights still load.
    pub up: bool,
    /// End with one unit: little is left to requantise at the end.
    pub down: bool,
}

/// Cuts `tiles`, a multiple of the unit, into groups.
pub(crate) fn groups(tiles: u64, ramp: Ramp) -> Vec<u64> {
    let most = (ramp.most / ramp.unit).max(1) * ramp.unit;
    let reserve = if ramp.down && tiles > ramp.unit { ramp.unit } else { 0 };
    let mut size = if ramp.up { ramp.unit } else { most };
    let mut left = tiles - reserve;
    let mut sizes = Vec::new();
    while left > 0 {
        let take = step(left, size, ramp.unit, most);
        sizes.push(take);
        left -= take;
        size = (size * 2).min(most);
    }
    if reserve > 0 {
        sizes.push(reserve);
    }
    sizes
}

/// The next group: `size`, or even parts of the rest once full size is reached, or all the rest
/// when it is little more than `size`.
fn step(left: u64, size: u64, unit: u64, most: u64) -> u64 {
    if size == most {
        return left.div_ceil(left.div_ceil(most)).next_multiple_of(unit);
    }
    if left <= most && left <= size + size / 2 {
        return left;
    }
    size.min(left)
}

/// Cuts `tiles` into chunks of `most`, the rest at the end.
pub(crate) fn chunks(tiles: u64, most: u64) -> Vec<u64> {
    let count = tiles.div_ceil(most);
    (0..count).map(|index| most.min(tiles - index * most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_even_between_the_ends() {
        assert_eq!(blocks(64, 32, 16, 16).unwrap(), [16, 32, 16]);
        assert_eq!(blocks(50, 16, 0, 0).unwrap(), [13, 13, 12, 12]);
        assert_eq!(blocks(5, 16, 0, 0).unwrap(), [5]);
        assert_eq!(blocks(16, 16, 8, 8), None);
        assert_eq!(blocks(10, 16, 8, 8), None);
    }

    #[test]
    fn groups_ramp_up_and_down() {
        let ramp = Ramp { unit: 1, most: 8, up: true, down: false };
        assert_eq!(groups(8, ramp), [1, 2, 5]);
        assert_eq!(groups(8, Ramp { most: 4, ..ramp }), [1, 2, 3, 2]);
        assert_eq!(groups(16, Ramp { down: true, ..ramp }), [1, 2, 4, 8, 1]);
        assert_eq!(groups(16, Ramp { up: false, down: true, ..ramp }), [8, 7, 1]);
        assert_eq!(groups(1, Ramp { down: true, ..ramp }), [1]);
        let double = Ramp { unit: 2, most: 5, up: true, down: true };
        assert_eq!(groups(12, double), [2, 4, 4, 2]);
    }

    #[test]
    fn every_cut_adds_up() {
        for total in 1..80 {
            for most in 1..12 {
                assert_eq!(chunks(total, most).iter().sum::<u64>(), total);
                for (up, down) in [(false, false), (true, false), (false, true), (true, true)] {
                    let sizes = groups(total, Ramp { unit: 1, most, up, down });
                    assert_eq!(sizes.iter().sum::<u64>(), total);
                    assert!(sizes.iter().all(|size| *size > 0 && *size <= most));
                }
                for (first, last) in [(0, 0), (4, 0), (0, 3), (4, 4)] {
                    if let Some(sizes) = blocks(total, most, first, last) {
                        assert_eq!(sizes.iter().sum::<u64>(), total);
                        assert!(sizes.iter().all(|size| *size > 0));
                    }
                }
            }
        }
    }
}

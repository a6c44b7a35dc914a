//! What a MATRIX engine may do to an array, cycle by cycle.

use super::rng::Rng;

/// The inputs of one cycle.
#[derive(Clone, Debug)]
pub struct Cycle {
    /// A column to load with `w`.
    pub load: Option<usize>,
    pub load_plane: usize,
    pub w: Vec<i8>,
    /// Whether `a` is a row of a tile; if not, nobody looks at its sums.
    pub row: bool,
    pub plane: usize,
    pub a: Vec<i8>,
}

/// How a stimulus goes about it.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Tiles of weights.
    pub tiles: usize,
    /// Rows of a tile at most.
    pub most_rows: u64,
    /// A load, or a row, waits in this many of 16 cycles.
    pub pauses: u64,
}

/// An int8, often an extreme one.
fn byte(rng: &mut Rng) -> i8 {
    match rng.below(8) {
        0 | 1 => -128,
        2 => 127,
        3 => [-1, 0, 1][rng.below(3) as usize],
        _ => rng.byte() as i8,
    }
}

fn bytes(count: usize, rng: &mut Rng) -> Vec<i8> {
    match rng.below(8) {
        0 => vec![-128; count],
        _ => (0..count).map(|_| byte(rng)).collect(),
    }
}

/// Tile after tile, both planes in turn, everything as early as an array allows: a tile's first row in
/// the cycle after its last load, a plane's first load in the cycle of its last row.
pub fn legal(rows: usize, cols: usize, pace: Pace, rng: &mut Rng) -> Vec<Cycle> {
    let mut cycles = Vec::new();
    // Tiles loaded and streamed completely, the next column, the rows left of the tile.
    let (mut loaded, mut streamed, mut column) = (0, 0, 0);
    let mut left = rng.range(1, pace.most_rows);
    while streamed < pace.tiles {
        let row = streamed < loaded && rng.below(16) >= pace.pauses;
        let plane = streamed % 2;
        if row {
            left -= 1;
            if left == 0 {
                streamed += 1;
                left = rng.range(1, pace.most_rows);
            }
        }
        let free = loaded < pace.tiles && loaded - streamed < 2;
        let load = (free && rng.below(16) >= pace.pauses).then_some(column);
        cycles.push(Cycle {
            load,
            load_plane: loaded % 2,
            w: bytes(rows, rng),
            row,
            plane,
            a: bytes(rows, rng),
        });
        column += usize::from(load.is_some());
        if column == cols {
            (column, loaded) = (0, loaded + 1);
        }
    }
    cycles
}

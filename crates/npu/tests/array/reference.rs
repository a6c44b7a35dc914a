//! The contract of every array in a few lines.

use super::stimulus::Cycle;

/// The sums of each row of a stimulus, with its cycle: a row sees what was loaded before it.
pub fn sums(rows: usize, cols: usize, cycles: &[Cycle]) -> Vec<(usize, Vec<i64>)> {
    let mut planes = vec![vec![vec![0i8; rows]; cols]; 2];
    let mut sums = Vec::new();
    for (now, cycle) in cycles.iter().enumerate() {
        if cycle.row {
            let product = |(a, w): (&i8, &i8)| i64::from(*a) * i64::from(*w);
            let dot = |weights: &Vec<i8>| cycle.a.iter().zip(weights).map(product).sum();
            sums.push((now, planes[cycle.plane].iter().map(dot).collect()));
        }
        if let Some(column) = cycle.load {
            planes[cycle.load_plane][column] = cycle.w.clone();
        }
    }
    sums
}

//! Loops in lists of indices: elements whose operands lie at regular distances become one loop nest.

/// Two nested loops over elements. Index `k` of element `(o, i)` is
/// `base[k] + o * outer_steps[k] + i * inner_steps[k]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Nest {
    pub outer: u32,
    pub inner: u32,
    pub base: Vec<u32>,
    pub outer_steps: Vec<i64>,
    /// 1, or 0 where the whole inner loop reads one value.
    pub inner_steps: Vec<i64>,
}

impl Nest {
    /// Number of elements.
    pub fn len(&self) -> u32 {
        self.outer * self.inner
    }
}

/// Covers `rows` (the indices of each element) by nests; the elements may come in any order.
pub(crate) fn nests(rows: &[&[u32]]) -> Vec<Nest> {
    let mut all: Vec<Nest> = Vec::new();
    let mut from = 0;
    while from < rows.len() {
        let (inner, inner_steps) = stretch(&rows[from..]);
        extend_or_push(&mut all, rows[from], inner, inner_steps);
        from += inner as usize;
    }
    all
}

/// The longest stretch at the front whose indices all stay or all go up by one; the first one goes up.
fn stretch(rows: &[&[u32]]) -> (u32, Vec<i64>) {
    let still = || vec![0; rows[0].len()];
    let Some(second) = rows.get(1) else { return (1, still()) };
    let steps = steps(rows[0], second);
    if steps[0] != 1 || steps.iter().any(|s| !(0..=1).contains(s)) {
        return (1, still());
    }
    let same = rows.windows(2).take_while(|w| differ_by(w[0], w[1], &steps)).count();
    (same as u32 + 1, steps)
}

fn steps(a: &[u32], b: &[u32]) -> Vec<i64> {
    a.iter().zip(b).map(|(a, b)| i64::from(*b) - i64::from(*a)).collect()
}

fn differ_by(a: &[u32], b: &[u32], steps: &[i64]) -> bool {
    a.iter().zip(b).zip(steps).all(|((a, b), s)| i64::from(*b) - i64::from(*a) == *s)
}

/// Adds a stretch to the youngest nest of its form, if it lies where the nest's next one would.
fn extend_or_push(all: &mut Vec<Nest>, base: &[u32], inner: u32, inner_steps: Vec<i64>) {
    // Looking back further finds nothing in practice: alternating stretches are few.
    let recent = all.iter_mut().rev().take(4);
    for nest in recent.filter(|n| n.inner == inner && n.inner_steps == inner_steps) {
        let last: Vec<u32> = (0..base.len())
            .map(|k| {
                (i64::from(nest.base[k]) + i64::from(nest.outer - 1) * nest.outer_steps[k]) as u32
            })
            .collect();
        if nest.outer == 1 {
            nest.outer_steps = steps(&last, base);
        } else if !differ_by(&last, base, &nest.outer_steps) {
            continue;
        }
        nest.outer += 1;
        return;
    }
    let (base, outer_steps) = (base.to_vec(), vec![0; base.len()]);
    all.push(Nest { outer: 1, inner, base, outer_steps, inner_steps });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cover(rows: &[Vec<u32>]) -> Vec<Nest> {
        nests(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// All elements of the nests, sorted.
    fn elements(nests: &[Nest]) -> Vec<Vec<u32>> {
        let mut all = Vec::new();
        for n in nests {
            for (o, i) in (0..n.outer).flat_map(|o| (0..n.inner).map(move |i| (o, i))) {
                let at = |k: usize| {
                    let (o, i) = (i64::from(o), i64::from(i));
                    (i64::from(n.base[k]) + o * n.outer_steps[k] + i * n.inner_steps[k]) as u32
                };
                all.push((0..n.base.len()).map(at).collect());
            }
        }
        all.sort();
        all
    }

    #[test]
    fn a_matrix_with_broadcasts_is_one_nest() {
        // Element (r, c) reads the value of its row and the value of its column.
        let rows: Vec<_> = (0..64)
            .flat_map(|r| (0..64).map(move |c| vec![r * 64 + c, 9000 + r, 500 + c]))
            .collect();
        let found = cover(&rows);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].outer, found[0].inner), (64, 64));
        assert_eq!(found[0].outer_steps, [64, 1, 0]);
        assert_eq!(found[0].inner_steps, [1, 0, 1]);
    }

    #[test]
    fn every_element_is_covered_once() {
        // Pieces of irregular length, alternating with single elements from elsewhere.
        let mut rows = Vec::new();
        for piece in 0..10u32 {
            rows.push(vec![rows.len() as u32, 5000 - piece * piece]);
            for i in 0..piece % 4 * 7 {
                rows.push(vec![rows.len() as u32, 100 * piece + i]);
            }
        }
        let found = cover(&rows);
        assert!(found.len() < rows.len());
        assert_eq!(elements(&found), rows);
    }
}

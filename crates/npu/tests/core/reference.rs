//! What the commands mean, written down plainly.

use seedbed_spec::command::{Body, Matrix, Post};
use seedbed_spec::config::Config;
use seedbed_spec::numerics::{finish, requantize};

/// Local memory and partial sums.
pub struct Reference {
    config: Config,
    pub lm: Vec<u8>,
    pub ps: Vec<Vec<i64>>,
    pub rows: u64,
    pub saturations: u64,
}

impl Reference {
    pub fn new(config: &Config, lm: Vec<u8>) -> Self {
        let row = vec![0; config.cols() as usize];
        let ps = vec![row; config.memory.ps_rows as usize];
        Reference { config: config.clone(), lm, ps, rows: 0, saturations: 0 }
    }

    pub fn run(&mut self, body: &Body) {
        match body {
            Body::Matrix(body) => self.matrix(body),
            Body::Post(body) => self.post(body),
            Body::Load(_) | Body::Store(_) => unreachable!("not a command of the core"),
        }
    }

    fn at(&self, addr: u64) -> u8 {
        self.lm[addr as usize % self.lm.len()]
    }

    fn int8(&self, addr: u64) -> i64 {
        i64::from(self.at(addr) as i8)
    }

    fn int32(&self, addr: u64) -> i32 {
        i32::from_le_bytes([0, 1, 2, 3].map(|i| self.at(addr + i)))
    }

    fn wrap(&self, sum: i64) -> i64 {
        let unused = 64 - self.config.acc_bits();
        sum << unused >> unused
    }

    fn matrix(&mut self, b: &Matrix) {
        let (r, c) = (u64::from(self.config.rows()), u64::from(self.config.cols()));
        let [m_rows, k_tiles, n_tiles] = [b.out_w, b.k_tiles, b.n_tiles].map(u64::from);
        for (n, k, m) in (0..n_tiles)
            .flat_map(|n| (0..k_tiles).map(move |k| (n, k)))
            .flat_map(|(n, k)| (0..m_rows).map(move |m| (n, k, m)))
        {
            let row = (u64::from(b.ps_addr) + n * m_rows + m) % (1 << 16);
            let a = (u64::from(b.a_addr) + m * u64::from(b.a_stride_w) + k * r) % (1 << 24);
            let size = self.ps.len() as u64;
            let mut sums = self.ps[(row % size) as usize].clone();
            for (col, sum) in sums.iter_mut().enumerate() {
                let w = u64::from(b.w_addr) + ((n * k_tiles + k) * c + col as u64) * r;
                let start = if k == 0 && !b.accumulate { 0 } else { *sum };
                *sum = self
                    .wrap(start + (0..r).map(|i| self.int8(a + i) * self.int8(w + i)).sum::<i64>());
            }
            if row < size {
                self.ps[row as usize] = sums;
            }
            self.rows += 1;
        }
    }

    /// The codes of a row and zeros to the end of the last beat, if all of it exists.
    fn write(&mut self, addr: u64, mut codes: Vec<u8>) {
        let start = addr as usize;
        let end = (start + codes.len()).next_multiple_of(self.config.bus_bytes() as usize);
        codes.resize(end - start, 0);
        if let Some(place) = self.lm.get_mut(start..end) {
            place.copy_from_slice(&codes);
        }
    }

    fn post(&mut self, b: &Post) {
        let cols = u64::from(self.config.cols());
        for n in 0..u64::from(b.n_tiles) {
            let tile = u64::from(b.param_addr) + n * u64::from(self.config.param_tile_bytes());
            let params: Vec<[i32; 3]> = (0..cols)
                .map(|c| [0, 1, 2].map(|kind| self.int32(tile + 4 * (kind * cols + c))))
                .collect();
            for m in 0..u64::from(b.rows) {
                let row = u64::from(b.ps_addr) + n * u64::from(b.rows) + m;
                let sums = self.ps[row as usize % self.ps.len()].clone();
                let out = u64::from(b.out_addr) + m * u64::from(b.out_stride) + n * cols;
                let mut codes = Vec::new();
                for (sum, [bias, multiplier, shift]) in sums.into_iter().zip(&params) {
                    let shift = *shift << 26 >> 26;
                    let (y, saturated) =
                        requantize(sum, *bias, multiplier & 0x7fff_ffff, shift, b.rule);
                    self.saturations += u64::from(saturated);
                    codes.push(finish(y, b.zero_point, b.lo, b.hi) as u8);
                }
                self.write(out % (1 << 24), codes);
            }
        }
    }
}

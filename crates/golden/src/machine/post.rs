//! POST.

use seedbed_spec::command::Post;
use seedbed_spec::fault::Cause;
use seedbed_spec::numerics::{finish, requantize};

use super::storage::Beyond;
use super::{Executed, Machine, Met};

/// What the three streams of a command met, in the order of their priority.
#[derive(Default)]
struct Streams {
    params: Beyond,
    sums: Beyond,
    outputs: Beyond,
}

/// The parameters of one column.
struct Column {
    bias: i32,
    multiplier: i32,
    shift: i32,
}

impl Machine {
    pub(super) fn post(&mut self, body: &Post, done: &mut Executed) -> Met {
        let mut streams = Streams::default();
        for n in 0..body.n_tiles {
            let columns = self.columns(body, n, &mut streams.params);
            for m in 0..body.rows {
                done.saturations += self.post_row(body, (n, m), &columns, &mut streams);
            }
        }
        let params = streams.params.met(Cause::RangeLm);
        let params = params.or(streams.sums.met(Cause::RangePs));
        params.or(streams.outputs.met(Cause::RangeLm))
    }

    /// Requantises C accumulators and fills their last beat with zeros; returns how many saturated.
    fn post_row(
        &mut self,
        body: &Post,
        (n, m): (u32, u32),
        columns: &[Column],
        streams: &mut Streams,
    ) -> u64 {
        let row = u64::from(body.ps_addr) + u64::from(n) * u64::from(body.rows) + u64::from(m);
        let sums = self.ps.read(row, &mut streams.sums).iter().zip(columns);
        let (mut outputs, saturated): (Vec<u8>, Vec<bool>) =
            sums.map(|(sum, column)| output(body, *sum, column)).unzip();
        let addr = u64::from(body.out_addr)
            + u64::from(m) * u64::from(body.out_stride)
            + u64::from(n) * u64::from(self.config.cols());
        outputs.resize((self.config.output_end(addr) - addr) as usize, 0);
        self.lm.write(addr, &outputs, &mut streams.outputs);
        saturated.iter().map(|s| u64::from(*s)).sum()
    }

    fn columns(&self, body: &Post, n: u32, beyond: &mut Beyond) -> Vec<Column> {
        let cols = self.config.cols() as usize;
        let words = self.param_words(body, n, beyond);
        let column = |c: usize| Column {
            bias: words[c] as i32,
            multiplier: (words[cols + c] & 0x7fff_ffff) as i32,
            shift: (words[2 * cols + c] << 26) as i32 >> 26,
        };
        (0..cols).map(column).collect()
    }

    /// The 32-bit words of an n-tile's parameters, read LM word by LM word.
    fn param_words(&self, body: &Post, n: u32, beyond: &mut Beyond) -> Vec<u32> {
        let (bytes, word) = (self.config.param_tile_bytes(), self.config.word());
        let start = u64::from(body.param_addr) + u64::from(n) * u64::from(bytes);
        let offsets = (0..bytes).step_by(word as usize);
        let read = |at: u32| self.lm.read(start + u64::from(at), word, beyond).into_owned();
        let params: Vec<u8> = offsets.flat_map(read).collect();
        params.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    }
}

/// One output byte, and whether the sum with the bias saturated.
fn output(body: &Post, sum: i32, column: &Column) -> (u8, bool) {
    let Column { bias, multiplier, shift } = *column;
    let (value, saturated) = requantize(i64::from(sum), bias, multiplier, shift, body.rule);
    (finish(value, body.zero_point, body.lo, body.hi) as u8, saturated)
}

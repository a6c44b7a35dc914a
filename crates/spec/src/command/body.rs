//! What commands mean: typed structs with natural values.

use serde::{Deserialize, Serialize};

use super::Opcode;
use crate::numerics::Rule;

/// One use of a semaphore; `n` = 0 is an unused slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Slot {
    /// The semaphore.
    pub id: u8,
    /// How much is taken or given.
    pub n: u8,
}

/// The semaphores that a command waits for and signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Sync {
    /// Taken together before the command starts.
    pub waits: [Slot; 3],
    /// Given when the command's last effect is visible.
    pub signals: [Slot; 3],
}

/// What every command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Header {
    /// Which CSR STAMP takes the time of completion, 1 to 63; 0: none.
    pub stamp: u8,
    /// Semaphores.
    pub sync: Sync,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// External memory to LM.
    Load(Move),
    /// LM to external memory.
    Store(Move),
    /// Activations times weights into partial sums.
    Matrix(Matrix),
    /// Partial sums to int8 outputs.
    Post(Post),
}

impl Body {
    /// The opcode.
    pub fn opcode(&self) -> Opcode {
        match self {
            Body::Load(_) => Opcode::Load,
            Body::Store(_) => Opcode::Store,
            Body::Matrix(_) => Opcode::Matrix,
            Body::Post(_) => Opcode::Post,
        }
    }

    /// Names (of the field table) and numbers.
    pub(super) fn values(&self) -> Vec<(&'static str, i64)> {
        match self {
            Body::Load(body) | Body::Store(body) => body.values(),
            Body::Matrix(body) => body.values(),
            Body::Post(body) => body.values(),
        }
    }

    /// The body whose fields `get` knows by name.
    pub(super) fn from_values(opcode: Opcode, get: impl Fn(&str) -> i64) -> Body {
        match opcode {
            Opcode::Load => Body::Load(Move::from_values(get)),
            Opcode::Store => Body::Store(Move::from_values(get)),
            Opcode::Matrix => Body::Matrix(Matrix::from_values(get)),
            Opcode::Post => Body::Post(Post::from_values(get)),
        }
    }
}

/// A Rust type of a field. The table's widths and legal values keep conversions exact; the tests of
/// the table prove it for every field.
trait Value: Sized {
    fn number(&self) -> i64;
    fn of(number: i64) -> Self;
}

macro_rules! integer_values {
    ($($ty:ty),*) => { $(
        impl Value for $ty {
            fn number(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX) // too large for any field
            }
            fn of(number: i64) -> Self {
                number as $ty
            }
        }
    )* };
}
integer_values!(i8, u16, u32, i32, u64);

impl Value for bool {
    fn number(&self) -> i64 {
        i64::from(*self)
    }
    fn of(number: i64) -> Self {
        number != 0
    }
}

impl Value for Rule {
    fn number(&self) -> i64 {
        self.code() as i64
    }
    fn of(number: i64) -> Self {
        // Code 3 is refused before a body is made.
        Rule::from_code(number as u64).unwrap_or(Rule::Up)
    }
}

/// A struct whose members are fields of the table, by their names.
macro_rules! body {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $member:ident: $ty:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$doc])* pub $member: $ty,)*
        }

        impl $name {
            fn values(&self) -> Vec<(&'static str, i64)> {
                vec![$((stringify!($member), self.$member.number())),*]
            }

            fn from_values(get: impl Fn(&str) -> i64) -> Self {
                Self { $($member: Value::of(get(stringify!($member)))),* }
            }
        }
    };
}

body! {
    /// LOAD and STORE: for i3, i2, i1 (outer to inner), `run_bytes` bytes between external address
    /// `ext_addr + sum(i * ext_stride)` and LM address `lm_addr + sum(i * lm_stride)`.
    ///
    /// External addresses wrap at the configuration's `bus.addr_bits`, LM addresses at 24 bits, so a
    /// stride may act as a negative one. Everything is a multiple of the bus bytes.
    Move {
        /// External address of the first run, in bytes.
        ext_addr: u64,
        /// LM address of the first run, in bytes.
        lm_addr: u32,
        /// Contiguous bytes of one run.
        run_bytes: u32,
        /// Runs in dimension 1, the inner one: 1 to 4096.
        count1: u32,
        /// Runs in dimension 2: 1 to 4096.
        count2: u32,
        /// Runs in dimension 3, the outer one: 1 to 4096.
        count3: u32,
        /// External bytes between runs of dimension 1.
        ext_stride1: i32,
        /// External bytes between runs of dimension 2.
        ext_stride2: i32,
        /// External bytes between runs of dimension 3.
        ext_stride3: i32,
        /// LM bytes between runs of dimension 1.
        lm_stride1: u32,
        /// LM bytes between runs of dimension 2.
        lm_stride2: u32,
        /// LM bytes between runs of dimension 3.
        lm_stride3: u32,
    }
}

impl Move {
    /// One run of contiguous bytes.
    pub fn contiguous(ext_addr: u64, lm_addr: u32, run_bytes: u32) -> Self {
        Self {
            ext_addr,
            lm_addr,
            run_bytes,
            count1: 1,
            count2: 1,
            count3: 1,
            ext_stride1: 0,
            ext_stride2: 0,
            ext_stride3: 0,
            lm_stride1: 0,
            lm_stride2: 0,
            lm_stride3: 0,
        }
    }

    /// The same with `count` runs in dimension 1.
    pub fn strided(mut self, count: u32, ext_stride: i32, lm_stride: u32) -> Self {
        (self.count1, self.ext_stride1, self.lm_stride1) = (count, ext_stride, lm_stride);
        self
    }

    /// Bytes moved.
    pub fn bytes(&self) -> u64 {
        u64::from(self.run_bytes) * self.runs()
    }

    /// Runs moved.
    pub fn runs(&self) -> u64 {
        u64::from(self.count1) * u64::from(self.count2) * u64::from(self.count3)
    }
}

body! {
    /// MATRIX: for n in 0..n_tiles, k in 0..k_tiles, m in 0..out_w, with all values int8 and sums
    /// modulo 2^acc_bits (signed):
    ///
    /// ```text
    /// PS[ps_addr + n*out_w + m][c] = (k == 0 && !accumulate ? 0 : PS[ps_addr + n*out_w + m][c])
    ///     + sum over r of LM[a_addr + m*a_stride_w + k*R + r]
    ///                   * LM[w_addr + ((n*k_tiles + k)*C + c)*R + r]
    /// ```
    ///
    /// LM addresses wrap at 24 bits, PS rows at 16.
    Matrix {
        /// LM address of the activations, in bytes; multiple of R.
        a_addr: u32,
        /// LM address of the weight tiles, in bytes; multiple of R.
        w_addr: u32,
        /// First PS row.
        ps_addr: u32,
        /// Activation rows M: 1 to 4096.
        out_w: u32,
        /// Tiles of R activations: 1 to 4096.
        k_tiles: u32,
        /// Tiles of C outputs: 1 to 4096.
        n_tiles: u32,
        /// LM bytes from one activation row to the next; multiple of R.
        a_stride_w: u32,
        /// Add to the partial sums instead of replacing them.
        accumulate: bool,
    }
}

body! {
    /// POST: for n in 0..n_tiles, m in 0..rows, c in 0..C:
    ///
    /// ```text
    /// LM[out_addr + m*out_stride + n*C + c] =
    ///     min(max(requantize(PS[ps_addr + n*rows + m][c]) + zero_point, lo), hi)
    /// ```
    ///
    /// with the parameters at `param_addr + n * param_tile_bytes`: C int32 biases, C multipliers (the
    /// low 31 bits), C shifts (the low 6 bits, signed: right by s, or saturating left by -s). See
    /// [`crate::numerics::requantize`]. LM addresses wrap at 24 bits, PS rows at 16.
    ///
    /// Parameters are fetched ahead, while this command's or the last POST's outputs are still being
    /// written: where the two overlap it is not defined which of them is read.
    Post {
        /// First PS row.
        ps_addr: u32,
        /// LM address of the parameters, in bytes; multiple of W.
        param_addr: u32,
        /// LM address of the outputs, in bytes; multiple of C.
        out_addr: u32,
        /// Rows M: 1 to 4096.
        rows: u32,
        /// Tiles of C outputs: 1 to 4096.
        n_tiles: u32,
        /// LM bytes from one output row to the next; multiple of C.
        out_stride: u32,
        /// Zero point of the outputs.
        zero_point: i8,
        /// Least output.
        lo: i8,
        /// Greatest output.
        hi: i8,
        /// Rounding.
        rule: Rule,
    }
}

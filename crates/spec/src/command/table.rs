//! The table of fields.

use super::field::Encoding::{MinusOne, Plain, Signed};
use super::field::Legal::{Any, Between, Equals, Multiple, Positive, Semaphore, Zero};
use super::field::{Encoding, Field, Legal, Opcode, Unit};
use super::Command;

/// First bit of the body.
pub const BODY_LSB: u32 = 128;
/// Bits of the body.
pub const BODY_BITS: u32 = Command::BITS - BODY_LSB;

const ALL: &[Opcode] = &Opcode::ALL;
const MOVE: &[Opcode] = &[Opcode::Load, Opcode::Store];
const LOAD: &[Opcode] = &[Opcode::Load];
const MATRIX: &[Opcode] = &[Opcode::Matrix];
const POST: &[Opcode] = &[Opcode::Post];

const fn f(
    opcodes: &'static [Opcode],
    name: &'static str,
    lsb: u32,
    width: u32,
    encoding: Encoding,
    legal: Legal,
    doc: &'static str,
) -> Field {
    Field { name, lsb, width, legal, encoding, opcodes, doc }
}

/// Every field of every command. Bits of a command that no field of its opcode covers are
/// [gaps](gaps) and must be zero.
#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    f(ALL, "opcode",      0, 4, Plain, Between(1, 4), "What the command does: 1 LOAD, 2 STORE, 3 MATRIX, 4 POST."),
    f(ALL, "version",     4, 4, Plain, Equals(super::VERSION as u64), "Version of the command set."),
    f(ALL, "stamp",       8, 6, Plain, Any, "Not 0: CSR STAMP[stamp] takes CYCLES when the last effect is visible."),
    f(ALL, "wait0_id",   32, 5, Plain, Semaphore, "Semaphore of the first wait."),
    f(ALL, "wait0_n",    37, 8, Plain, Any, "Count that it takes before the command starts; 0: no wait."),
    f(ALL, "wait1_id",   45, 5, Plain, Semaphore, "Semaphore of the second wait."),
    f(ALL, "wait1_n",    50, 8, Plain, Any, "Count that it takes before the command starts; 0: no wait."),
    f(ALL, "wait2_id",   58, 5, Plain, Semaphore, "Semaphore of the third wait."),
    f(ALL, "wait2_n",    63, 8, Plain, Any, "Count that it takes before the command starts; 0: no wait."),
    f(ALL, "signal0_id", 71, 5, Plain, Semaphore, "Semaphore of the first signal."),
    f(ALL, "signal0_n",  76, 8, Plain, Any, "Count that it gives when the last effect is visible; 0: no signal."),
    f(ALL, "signal1_id", 84, 5, Plain, Semaphore, "Semaphore of the second signal."),
    f(ALL, "signal1_n",  89, 8, Plain, Any, "Count that it gives when the last effect is visible; 0: no signal."),
    f(ALL, "signal2_id", 97, 5, Plain, Semaphore, "Semaphore of the third signal."),
    f(ALL, "signal2_n", 102, 8, Plain, Any, "Count that it gives when the last effect is visible; 0: no signal."),

    f(MOVE, "ext_addr",    128, 48, Plain, Multiple(Unit::Bus), "External address of the first run, in bytes."),
    f(MOVE, "lm_addr",     176, 24, Plain, Multiple(Unit::Bus), "LM address of the first run, in bytes."),
    f(MOVE, "run_bytes",   200, 24, Plain, Positive(Unit::Bus), "Contiguous bytes of one run, the same on both sides."),
    f(LOAD, "pad_value",   224,  8, Signed, Zero, "Value of the border around the loaded block."),
    f(LOAD, "pad_top",     232,  4, Plain, Zero, "Border rows above."),
    f(LOAD, "pad_bottom",  236,  4, Plain, Zero, "Border rows below."),
    f(LOAD, "pad_left",    240,  4, Plain, Zero, "Border columns to the left."),
    f(LOAD, "pad_right",   244,  4, Plain, Zero, "Border columns to the right."),
    f(MOVE, "ext_stride1", 256, 32, Signed, Multiple(Unit::Bus), "External bytes from one run to the next in dimension 1, the inner one."),
    f(MOVE, "ext_stride2", 288, 32, Signed, Multiple(Unit::Bus), "The same in dimension 2."),
    f(MOVE, "ext_stride3", 320, 32, Signed, Multiple(Unit::Bus), "The same in dimension 3, the outer one."),
    f(MOVE, "lm_stride1",  352, 24, Plain, Multiple(Unit::Bus), "LM bytes from one run to the next in dimension 1."),
    f(MOVE, "lm_stride2",  376, 24, Plain, Multiple(Unit::Bus), "The same in dimension 2."),
    f(MOVE, "lm_stride3",  400, 24, Plain, Multiple(Unit::Bus), "The same in dimension 3."),
    f(MOVE, "count1",      424, 12, MinusOne, Any, "Runs in dimension 1."),
    f(MOVE, "count2",      436, 12, MinusOne, Any, "Runs in dimension 2."),
    f(MOVE, "count3",      448, 12, MinusOne, Any, "Runs in dimension 3."),

    f(MATRIX, "a_addr",      128, 24, Plain, Multiple(Unit::Rows), "LM address of the activations, in bytes."),
    f(MATRIX, "w_addr",      152, 24, Plain, Multiple(Unit::Rows), "LM address of the weight tiles, in bytes: for each n-tile, for each k-tile, C columns of R weights."),
    f(MATRIX, "ps_addr",     176, 16, Plain, Any, "First PS row; n-tile n occupies out_w rows from ps_addr + n * out_w on."),
    f(MATRIX, "out_w",       192, 12, MinusOne, Any, "Activation rows M."),
    f(MATRIX, "out_h",       204, 12, MinusOne, Zero, "Output rows of a convolution."),
    f(MATRIX, "k_tiles",     216, 12, MinusOne, Any, "Tiles of R activations that each sum runs over."),
    f(MATRIX, "n_tiles",     228, 12, MinusOne, Any, "Tiles of C outputs."),
    f(MATRIX, "a_stride_w",  240, 24, Plain, Multiple(Unit::Rows), "LM bytes from one activation row to the next."),
    f(MATRIX, "a_stride_h",  264, 24, Plain, Zero, "LM bytes between output rows of a convolution."),
    f(MATRIX, "accumulate",  288,  1, Plain, Any, "1: add to the partial sums; 0: the first k-tile replaces them."),
    f(MATRIX, "kernel_w",    296,  4, Plain, Zero, "Kernel width of a convolution."),
    f(MATRIX, "kernel_h",    300,  4, Plain, Zero, "Kernel height of a convolution."),
    f(MATRIX, "a_stride_kw", 304, 24, Plain, Zero, "LM bytes between kernel columns."),
    f(MATRIX, "a_stride_kh", 328, 24, Plain, Zero, "LM bytes between kernel rows."),
    f(MATRIX, "stride_w",    352,  4, Plain, Zero, "Horizontal stride of a convolution."),
    f(MATRIX, "stride_h",    356,  4, Plain, Zero, "Vertical stride of a convolution."),
    f(MATRIX, "in_w",        360, 12, Plain, Zero, "Input width of a convolution."),
    f(MATRIX, "in_h",        372, 12, Plain, Zero, "Input height of a convolution."),
    f(MATRIX, "pad_left",    384,  4, Plain, Zero, "Padded columns to the left."),
    f(MATRIX, "pad_top",     388,  4, Plain, Zero, "Padded rows above."),
    f(MATRIX, "pad_value",   392,  8, Signed, Zero, "Value of the padding."),

    f(POST, "ps_addr",    128, 16, Plain, Any, "First PS row; n-tile n occupies rows PS rows from ps_addr + n * rows on."),
    f(POST, "param_addr", 144, 24, Plain, Multiple(Unit::Word), "LM address of the parameters, in bytes: per n-tile C biases, C multipliers, C shifts, 32 bits each, padded to the LM word."),
    f(POST, "out_addr",   168, 24, Plain, Multiple(Unit::Cols), "LM address of the outputs, in bytes."),
    f(POST, "rows",       192, 12, MinusOne, Any, "Rows M."),
    f(POST, "n_tiles",    204, 12, MinusOne, Any, "Tiles of C outputs. Behind each row of C, POST writes zeros up to the end of the bus beat."),
    f(POST, "out_stride", 216, 24, Plain, Multiple(Unit::Cols), "LM bytes from one output row to the next; with several n-tiles a multiple of the bus bytes, or the zeros at the end of one row's beat fall on the next row."),
    f(POST, "zero_point", 240,  8, Signed, Any, "Zero point of the outputs, added after requantisation."),
    f(POST, "lo",         248,  8, Signed, Any, "Least output: y = min(max(y, lo), hi)."),
    f(POST, "hi",         256,  8, Signed, Any, "Greatest output; wins over lo."),
    f(POST, "rule",       264,  2, Plain, Between(0, 2), "Rounding: 0 Dbl, 1 Sgl, 2 Up."),
];

/// The fields of an opcode, by ascending lsb.
pub fn fields(opcode: Opcode) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(move |field| field.opcodes.contains(&opcode))
}

/// A field of an opcode by name.
pub fn field(opcode: Opcode, name: &str) -> Option<&'static Field> {
    fields(opcode).find(|field| field.name == name)
}

/// The bits of an opcode's commands that no field covers, as (lsb, width) by ascending lsb. They
/// must be zero.
pub fn gaps(opcode: Opcode) -> Vec<(u32, u32)> {
    let mut gaps = Vec::new();
    let mut next = 0;
    for (lsb, end) in fields(opcode).map(|f| (f.lsb, f.end())).chain([(Command::BITS, 0)]) {
        if lsb > next {
            gaps.push((next, lsb - next));
        }
        next = end;
    }
    gaps
}

//! The tables of a `.tflite` flatbuffer, as far as they are read.
//!
//! Slots and types are those of TensorFlow's `schema.fbs`. Fields that are not listed are neither
//! verified nor read. This is the one file with `unsafe`: the flatbuffers crate marks every field
//! access so, because it trusts that the buffer was verified.
#![allow(unsafe_code)]

use flatbuffers::{
    Follow, ForwardsUOffset, InvalidFlatbuffer, Table, Vector, Verifiable, Verifier,
};

/// The file identifier, at bytes 4 to 8.
const IDENTIFIER: &[u8] = b"TFL3";

/// `BuiltinOptions.FullyConnectedOptions`: says what the union field of an operator holds.
const FULLY_CONNECTED_OPTIONS: u8 = 8;

type Tables<'a, T> = ForwardsUOffset<Vector<'a, ForwardsUOffset<T>>>;
type List<'a, T> = ForwardsUOffset<Vector<'a, T>>;
type Text<'a> = ForwardsUOffset<&'a str>;

/// Declares a table: its struct, how to find it, and an accessor per field.
///
/// Instances exist only inside a buffer that [`root`] has verified: the sole constructor is
/// `follow`, which only verified tables and `root` call.
macro_rules! table {
    ($(#[$doc:meta])* $table:ident<$a:lifetime> { $($field:ident: $type:ty = $slot:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $table<$a>(Table<$a>);

        impl<$a> Follow<$a> for $table<$a> {
            type Inner = Self;
            unsafe fn follow(buf: &$a [u8], loc: usize) -> Self {
                // SAFETY: the caller promises a table at `loc`.
                Self(unsafe { Table::new(buf, loc) })
            }
        }

        impl<$a> $table<$a> {
            $(pub fn $field(&self) -> Option<<$type as Follow<$a>>::Inner> {
                // SAFETY: `root` has verified this field as exactly this type.
                unsafe { self.0.get::<$type>($slot, None) }
            })*

            fn verify_fields(v: &mut Verifier, pos: usize) -> Result<(), InvalidFlatbuffer> {
                let fields = v.visit_table(pos)?;
                $(let fields = fields.visit_field::<$type>(stringify!($field), $slot, false)?;)*
                fields.finish();
                Ok(())
            }
        }
    };
}

/// Says that the listed fields are the whole verification of a table.
macro_rules! verify_fields_only {
    ($($table:ident)*) => {
        $(impl Verifiable for $table<'_> {
            fn run_verifier(v: &mut Verifier, pos: usize) -> Result<(), InvalidFlatbuffer> {
                Self::verify_fields(v, pos)
            }
        })*
    };
}

table! { /// The root of the file.
Model<'a> {
    operator_codes: Tables<'a, OperatorCode<'a>> = 6,
    subgraphs: Tables<'a, SubGraph<'a>> = 8,
    buffers: Tables<'a, Buffer<'a>> = 12,
}}

table! { /// Which operator a code in the model stands for.
OperatorCode<'a> {
    deprecated_builtin_code: i8 = 4,
    custom_code: Text<'a> = 6,
    builtin_code: i32 = 10,
}}

table! { /// A network.
SubGraph<'a> {
    tensors: Tables<'a, Tensor<'a>> = 4,
    inputs: List<'a, i32> = 6,
    outputs: List<'a, i32> = 8,
    operators: Tables<'a, Operator<'a>> = 10,
}}

table! { /// A tensor: an activation, or a constant when its buffer holds data.
Tensor<'a> {
    shape: List<'a, i32> = 4,
    element: i8 = 6,
    buffer: u32 = 8,
    name: Text<'a> = 10,
    quantization: ForwardsUOffset<Quantization<'a>> = 12,
    sparsity: ForwardsUOffset<Sparsity<'a>> = 16,
}}

table! { /// Scales and zero points, one or one per entry of a dimension.
Quantization<'a> {
    scale: List<'a, f32> = 8,
    zero_point: List<'a, i64> = 10,
    dimension: i32 = 16,
}}

table! { /// An operator application.
Operator<'a> {
    opcode_index: u32 = 4,
    inputs: List<'a, i32> = 6,
    outputs: List<'a, i32> = 8,
    options_type: u8 = 10,
}}

table! { /// Data of a constant tensor.
Buffer<'a> {
    data: List<'a, u8> = 4,
    offset: u64 = 6,
}}

table! { /// The options of FULLY_CONNECTED.
FullyConnectedOptions<'a> {
    activation: i8 = 4,
    weights_format: i8 = 6,
}}

table! { /// How a sparse tensor is laid out.
Sparsity<'a> {
    traversal_order: List<'a, i32> = 4,
}}

verify_fields_only! { Model OperatorCode SubGraph Tensor Quantization Buffer FullyConnectedOptions Sparsity }

/// Slot of the union of options in an operator.
const OPTIONS: u16 = 12;

impl Verifiable for Operator<'_> {
    fn run_verifier(v: &mut Verifier, pos: usize) -> Result<(), InvalidFlatbuffer> {
        Self::verify_fields(v, pos)?;
        let mut table = v.visit_table(pos)?;
        let (key, value) = (table.deref(10)?, table.deref(OPTIONS)?);
        if let (Some(key), Some(value)) = (key, value) {
            if table.verifier().get_u8(key)? == FULLY_CONNECTED_OPTIONS {
                let verifier = table.verifier();
                <ForwardsUOffset<FullyConnectedOptions>>::run_verifier(verifier, value)?;
            }
        }
        table.finish();
        Ok(())
    }
}

impl<'a> Operator<'a> {
    /// The options, when they are those of FULLY_CONNECTED.
    pub fn fully_connected_options(&self) -> Option<FullyConnectedOptions<'a>> {
        if self.options_type() != Some(FULLY_CONNECTED_OPTIONS) {
            return None;
        }
        // SAFETY: verified as this type whenever the type field says so.
        unsafe { self.0.get::<ForwardsUOffset<FullyConnectedOptions>>(OPTIONS, None) }
    }
}

/// Verifies the buffer and gives the model in it.
pub fn root(bytes: &[u8]) -> Result<Model<'_>, String> {
    if bytes.len() < 8 {
        return Err(format!("it has only {} bytes", bytes.len()));
    }
    if &bytes[4..8] != IDENTIFIER {
        return Err("bytes 4 to 7 are not `TFL3`".to_string());
    }
    flatbuffers::root::<Model>(bytes).map_err(|error| describe(&error))
}

/// The verifier's message on one line, outermost place last.
fn describe(error: &InvalidFlatbuffer) -> String {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

//! Tensors of a model file: activations and constants, with every index and size checked.

use super::schema::{Buffer, Model, Quantization as FileQuantization, SubGraph, Tensor as Raw};
use super::ModelError;
use crate::{Quantization, Tensor};

/// Element types of the schema that are told apart by name in messages.
const ELEMENTS: [&str; 23] = [
    "FLOAT32",
    "FLOAT16",
    "INT32",
    "UINT8",
    "INT64",
    "STRING",
    "BOOL",
    "INT16",
    "COMPLEX64",
    "INT8",
    "FLOAT64",
    "COMPLEX128",
    "UINT64",
    "RESOURCE",
    "VARIANT",
    "UINT32",
    "UINT16",
    "INT4",
    "BFLOAT16",
    "INT2",
    "UINT4",
    "FLOAT8_E4M3FN",
    "FLOAT8_E5M2",
];

/// The tensors of one subgraph and the buffers they refer to.
pub struct Tensors<'a> {
    list: Vec<Raw<'a>>,
    buffers: Vec<Buffer<'a>>,
}

/// One tensor of the file.
#[derive(Clone, Copy)]
pub struct FileTensor<'t, 'a> {
    index: usize,
    raw: Raw<'a>,
    buffers: &'t [Buffer<'a>],
}

impl<'a> Tensors<'a> {
    /// The tensors of `subgraph`.
    pub fn new(model: &Model<'a>, subgraph: &SubGraph<'a>) -> Tensors<'a> {
        let list = subgraph.tensors().map(|tensors| tensors.iter().collect()).unwrap_or_default();
        let buffers = model.buffers().map(|buffers| buffers.iter().collect()).unwrap_or_default();
        Tensors { list, buffers }
    }

    /// The tensor of an index found in `place`.
    pub fn get(&self, index: i32, place: &str) -> Result<FileTensor<'_, 'a>, ModelError> {
        let found = usize::try_from(index).ok().and_then(|at| Some((at, *self.list.get(at)?)));
        let Some((index, raw)) = found else {
            let problem = format!("refers to tensor {index}; there are {}", self.list.len());
            return Err(ModelError::Invalid { place: place.to_string(), problem });
        };
        Ok(FileTensor { index, raw, buffers: &self.buffers })
    }
}

impl<'a> FileTensor<'_, 'a> {
    /// Its index in the file.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The name of its element type.
    pub fn element(&self) -> &'static str {
        let code = usize::try_from(self.raw.element().unwrap_or(0)).ok();
        code.and_then(|code| ELEMENTS.get(code)).copied().unwrap_or("an unknown type")
    }

    /// As an activation: int8 with one scale and one zero point.
    pub fn activation(&self) -> Result<Tensor, ModelError> {
        if self.element() != "INT8" {
            let found = self.element();
            return Err(self.invalid(format!(
                "is {found}: activations must be INT8 (convert with full-integer quantisation)"
            )));
        }
        let name = self.raw.name().unwrap_or("").to_string();
        Ok(Tensor { name, shape: self.shape()?, quantization: self.quantization()? })
    }

    /// As weights: int8 rows with zero point 0. Gives (rows, columns, codes, scales).
    pub fn weights(&self) -> Result<(usize, usize, Vec<i8>, Vec<f32>), ModelError> {
        self.expect_element("INT8", "weights")?;
        if self.raw.sparsity().is_some_and(|s| s.traversal_order().is_some()) {
            return Err(self.invalid("is sparse: only dense weights are supported".to_string()));
        }
        let shape = self.shape()?;
        let [rows, columns] = shape[..] else {
            return Err(self.invalid(format!("has shape {shape:?}: weights need two dimensions")));
        };
        let codes = self.data(1)?.iter().map(|byte| *byte as i8).collect();
        Ok((rows, columns, codes, self.weight_scales()?))
    }

    /// As a bias: int32.
    pub fn bias(&self) -> Result<Vec<i32>, ModelError> {
        self.expect_element("INT32", "a bias")?;
        let words = self.data(4)?.chunks_exact(4);
        Ok(words.map(|word| i32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect())
    }

    /// An error at this tensor.
    pub fn invalid(&self, problem: String) -> ModelError {
        let name = self.raw.name().unwrap_or("");
        ModelError::Invalid { place: format!("tensor {} `{name}`", self.index), problem }
    }

    fn expect_element(&self, element: &str, role: &str) -> Result<(), ModelError> {
        if self.element() == element {
            return Ok(());
        }
        Err(self.invalid(format!("is {}: {role} must be {element}", self.element())))
    }

    fn shape(&self) -> Result<Vec<usize>, ModelError> {
        let dims: Vec<i32> = self.raw.shape().map(|s| s.iter().collect()).unwrap_or_default();
        let known: Option<Vec<usize>> = dims.iter().map(|n| usize::try_from(*n).ok()).collect();
        known.ok_or_else(|| self.invalid(format!("has shape {dims:?}: sizes must be known")))
    }

    /// The bytes of a constant; their number must be what shape and `element_bytes` say.
    fn data(&self, element_bytes: usize) -> Result<&'a [u8], ModelError> {
        let index = self.raw.buffer().unwrap_or(0) as usize;
        let Some(buffer) = self.buffers.get(index) else {
            let count = self.buffers.len();
            return Err(self.invalid(format!("refers to buffer {index}; there are {count}")));
        };
        if buffer.offset().unwrap_or(0) > 1 {
            let problem = format!("keeps its data outside the flatbuffer (buffer {index})");
            return Err(self.invalid(problem));
        }
        let data = buffer.data().map(|data| data.bytes()).unwrap_or_default();
        let shape = self.shape()?;
        let size = shape.iter().try_fold(element_bytes, |size, n| size.checked_mul(*n));
        if size != Some(data.len()) {
            let have = data.len();
            return Err(self.invalid(format!("has shape {shape:?} but {have} bytes of data")));
        }
        Ok(data)
    }

    fn file_quantization(&self) -> Result<(FileQuantization<'a>, Vec<f32>), ModelError> {
        let quantization = self.raw.quantization();
        let scales = quantization.and_then(|q| Some((q, q.scale()?.iter().collect::<Vec<f32>>())));
        let some = scales.filter(|(_, scales)| !scales.is_empty());
        some.ok_or_else(|| self.invalid("has no quantisation scale".to_string()))
    }

    fn quantization(&self) -> Result<Quantization, ModelError> {
        let (file, scales) = self.file_quantization()?;
        let zeros: Vec<i64> = file.zero_point().map(|z| z.iter().collect()).unwrap_or_default();
        let ([scale], [] | [_]) = (&scales[..], &zeros[..]) else {
            let counts = format!("{} scales and {} zero points", scales.len(), zeros.len());
            return Err(self.invalid(format!("has {counts}: an activation needs one of each")));
        };
        let zero = zeros.first().copied().unwrap_or(0);
        let zero_point = i8::try_from(zero);
        let zero_point = zero_point.map_err(|_| self.invalid(format!("has zero point {zero}")))?;
        Ok(Quantization { scale: *scale, zero_point })
    }

    fn weight_scales(&self) -> Result<Vec<f32>, ModelError> {
        let (file, scales) = self.file_quantization()?;
        let mut zeros = file.zero_point().into_iter().flatten();
        if let Some(zero) = zeros.find(|zero| *zero != 0) {
            return Err(self.invalid(format!("has weight zero point {zero}: only 0 is supported")));
        }
        let dimension = file.dimension().unwrap_or(0);
        if scales.len() > 1 && dimension != 0 {
            let problem = format!("is quantised along dimension {dimension}: only 0 is supported");
            return Err(self.invalid(problem));
        }
        Ok(scales)
    }
}

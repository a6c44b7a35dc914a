//! NumPy `.npy` files of int8 and float32: inputs, labels and expected outputs.
//!
//! ```
//! use seedbed_model::npy::{self, Array};
//!
//! let dir = tempfile::tempdir()?;
//! let path = dir.path().join("x.npy");
//! npy::write(&path, &Array { shape: vec![2, 3], data: vec![1i8, 2, 3, 4, 5, 6] })?;
//! let rows = npy::read::<i8>(&path)?.into_rows(3).unwrap();
//! assert_eq!(rows[1], [4, 5, 6]);
//! assert!(npy::read::<f32>(&path).unwrap_err().to_string().contains("int8"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::Cursor;
use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use ndarray_npy::npy::header::Header;
use ndarray_npy::{ReadNpyExt as _, ReadableElement, WritableElement, WriteNpyExt as _};

/// An array as the file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// The dimensions, outermost first.
    pub shape: Vec<usize>,
    /// The elements, last dimension fastest.
    pub data: Vec<T>,
}

impl<T: Clone> Array<T> {
    /// The elements as rows of `columns`, one per entry of the first dimension.
    ///
    /// # Errors
    /// When an entry of the first dimension does not have `columns` elements.
    pub fn into_rows(self, columns: usize) -> Result<Vec<Vec<T>>, String> {
        let per_row: usize = self.shape.iter().skip(1).product();
        if self.shape.is_empty() || per_row != columns || columns == 0 {
            return Err(format!("shape is {:?}, need [rows, {columns}]", self.shape));
        }
        Ok(self.data.chunks(columns).map(<[T]>::to_vec).collect())
    }
}

/// An element type of the files read and written here.
pub trait Element: ReadableElement + WritableElement + Clone {
    /// NumPy's name of the type.
    const NAME: &'static str;
    /// The type's code in a file's header.
    const DESCRIPTOR: &'static str;
}

impl Element for i8 {
    const NAME: &'static str = "int8";
    const DESCRIPTOR: &'static str = "|i1";
}

impl Element for f32 {
    const NAME: &'static str = "float32";
    const DESCRIPTOR: &'static str = "<f4";
}

/// Why a `.npy` file cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct NpyError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, and what helps.
    pub problem: String,
}

/// Reads a file of elements `T`.
///
/// # Errors
/// The file is missing, truncated, too long, not a `.npy` file, or of another element type.
pub fn read<T: Element>(path: &Path) -> Result<Array<T>, NpyError> {
    let fail = |problem| NpyError { path: path.to_path_buf(), problem };
    let bytes = std::fs::read(path).map_err(|error| fail(format!("cannot be read: {error}")))?;
    parse(&bytes).map_err(fail)
}

/// Parses the bytes of a `.npy` file of elements `T`.
///
/// # Errors
/// The same as [`read`], without the path.
pub fn parse<T: Element>(bytes: &[u8]) -> Result<Array<T>, String> {
    check_header::<T>(bytes)?;
    let array = ArrayD::<T>::read_npy(bytes).map_err(|error| format!("{error}"))?;
    let shape = array.shape().to_vec();
    Ok(Array { shape, data: array.iter().cloned().collect() })
}

/// Writes a file. The array's data must fill its shape.
///
/// # Errors
/// The data does not fill the shape, or the file cannot be written.
pub fn write<T: Element>(path: &Path, array: &Array<T>) -> Result<(), NpyError> {
    let fail = |problem| NpyError { path: path.to_path_buf(), problem };
    let bytes = format(array).map_err(fail)?;
    std::fs::write(path, bytes).map_err(|error| fail(format!("cannot be written: {error}")))
}

/// The bytes of a `.npy` file.
fn format<T: Element>(array: &Array<T>) -> Result<Vec<u8>, String> {
    let filled = ArrayD::from_shape_vec(array.shape.clone(), array.data.clone());
    let filled = filled.map_err(|_| {
        format!("{} elements do not fill the shape {:?}", array.data.len(), array.shape)
    })?;
    let mut bytes = Cursor::new(Vec::new());
    filled.write_npy(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

/// Checks type and length before the reader allocates what the header promises.
fn check_header<T: Element>(bytes: &[u8]) -> Result<(), String> {
    let mut data = bytes;
    let header = Header::from_reader(&mut data).map_err(|error| {
        format!(
            "not a complete .npy file ({} bytes): {error}; write it with numpy.save",
            bytes.len()
        )
    })?;
    let descriptor = header.type_descriptor.to_string();
    if descriptor.trim_matches('\'') != T::DESCRIPTOR {
        let name = T::NAME;
        return Err(format!("elements are {}: need {name}", type_name(&descriptor)));
    }
    let count = header.shape.iter().try_fold(size_of::<T>(), |bytes, n| bytes.checked_mul(*n));
    if count != Some(data.len()) {
        let (shape, have) = (&header.shape, data.len());
        return Err(format!(
            "truncated or damaged: shape {shape:?} does not fit {have} data bytes"
        ));
    }
    Ok(())
}

/// NumPy's name of the usual types, the bare descriptor of others.
fn type_name(descriptor: &str) -> &str {
    let bare = descriptor.trim_matches('\'');
    let names = [
        ("|i1", "int8"),
        ("|u1", "uint8"),
        ("<i2", "int16"),
        ("<i4", "int32"),
        ("<i8", "int64"),
        ("<f4", "float32"),
        ("<f8", "float64"),
    ];
    names.iter().find(|(code, _)| *code == bare).map_or(bare, |(_, name)| name)
}

#[cfg(test)]
mod tests;

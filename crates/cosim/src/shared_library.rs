//! The one place with `unsafe`: calling a Verilated model through its C interface.
#![allow(unsafe_code)]

use crate::toolchain::ToolError;
use libloading::{Library, Symbol};
use std::ffi::{c_char, c_void, CString};
use std::path::Path;

type New = unsafe extern "C" fn() -> *mut c_void;
type OnModel = unsafe extern "C" fn(*mut c_void);
type Settle = unsafe extern "C" fn(*mut c_void, *const u64, *mut u64);
type Trace = unsafe extern "C" fn(*mut c_void, *const c_char);

/// A loaded model.
pub(crate) struct SharedModel {
    model: *mut c_void,
    settle: Settle,
    tick: OnModel,
    trace: Trace,
    free: OnModel,
    /// Keeps the code mapped while the function pointers live.
    _library: Library,
}

impl SharedModel {
    /// Loads `path`, a library built from `wrapper.cpp.in`.
    pub fn load(path: &Path) -> Result<Self, ToolError> {
        let failed = |e: libloading::Error| ToolError::Load {
            path: path.to_path_buf(),
            reason: e.to_string(),
        };
        // SAFETY: the library is one we built; its initialisers are Verilator's. The symbols have the
        // types declared in wrapper.cpp.in.
        unsafe {
            let library = Library::new(path).map_err(failed)?;
            let new: Symbol<New> = library.get(b"seedbed_new").map_err(failed)?;
            let model = new();
            Ok(Self {
                model,
                settle: *library.get::<Settle>(b"seedbed_settle").map_err(failed)?,
                tick: *library.get::<OnModel>(b"seedbed_tick").map_err(failed)?,
                trace: *library.get::<Trace>(b"seedbed_trace").map_err(failed)?,
                free: *library.get::<OnModel>(b"seedbed_free").map_err(failed)?,
                _library: library,
            })
        }
    }

    /// Applies the inputs, settles, copies the outputs. The slices have the lengths of the layout the
    /// library was built for (the harness allocates them from that layout).
    pub fn settle(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        // SAFETY: the generated wrapper indexes only inside the layout's lengths.
        unsafe { (self.settle)(self.model, inputs.as_ptr(), outputs.as_mut_ptr()) }
    }

    /// One rising edge.
    pub fn tick(&mut self) {
        // SAFETY: `model` came from `seedbed_new` and lives until `drop`.
        unsafe { (self.tick)(self.model) }
    }

    /// Starts waves.
    pub fn trace(&mut self, path: &Path) {
        let Ok(text) = CString::new(path.to_string_lossy().as_bytes()) else { return };
        // SAFETY: the string lives over the call; the model copies it.
        unsafe { (self.trace)(self.model, text.as_ptr()) }
    }
}

impl Drop for SharedModel {
    fn drop(&mut self) {
        // SAFETY: freed once, by the library that made it.
        unsafe { (self.free)(self.model) }
    }
}

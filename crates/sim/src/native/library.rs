//! Calling the compiled program. The one place with `unsafe`.
#![allow(unsafe_code)]

use super::place::Blob;
use std::path::Path;

type Tick = unsafe extern "C" fn(*const u64, *mut u64, *mut u64, *const u64, *mut u64, u64);
type Outputs = unsafe extern "C" fn(*const u64, *mut u64, *mut u64, *const u64);
type Resets = unsafe extern "C" fn(*mut u64, *mut u64, *const u64);

/// A loaded program. It has no state of its own: all it touches is passed.
pub(crate) struct Library {
    tick: Tick,
    outputs: Outputs,
    resets: Resets,
    /// Keeps the code mapped while the function pointers live.
    _code: libloading::Library,
}

impl Library {
    /// Loads a program built by [`Compiler`](super::build::Compiler).
    ///
    /// # Errors
    /// What the system's loader says.
    pub fn load(path: &Path) -> Result<Self, String> {
        let failed = |e: libloading::Error| format!("{} cannot be loaded: {e}", path.display());
        // SAFETY: the library is one that we built from C without initialisers; the symbols have the
        // types that `source` gives them.
        unsafe {
            let code = libloading::Library::new(path).map_err(failed)?;
            Ok(Library {
                tick: *code.get::<Tick>(b"seedbed_tick").map_err(failed)?,
                outputs: *code.get::<Outputs>(b"seedbed_outputs").map_err(failed)?,
                resets: *code.get::<Resets>(b"seedbed_resets").map_err(failed)?,
                _code: code,
            })
        }
    }

    /// Computes the next state, and memories in place. All areas are those of the program's netlist.
    pub fn tick(
        &self,
        state: &mut Blob,
        next: &mut Blob,
        temps: &mut Blob,
        inputs: &mut Blob,
        memories: &mut [u64],
        clocks: u64,
    ) {
        let (s, d, t, i) = (state.pointer(), next.pointer(), temps.pointer(), inputs.pointer());
        // SAFETY: the areas have the sizes that the program was written for, by the same `Area`s.
        unsafe { (self.tick)(s, d, t, i, memories.as_mut_ptr(), clocks) }
    }

    /// Computes the output ports.
    pub fn outputs(
        &self,
        state: &mut Blob,
        outputs: &mut Blob,
        temps: &mut Blob,
        inputs: &mut Blob,
    ) {
        let (s, d, t, i) = (state.pointer(), outputs.pointer(), temps.pointer(), inputs.pointer());
        // SAFETY: as for `tick`.
        unsafe { (self.outputs)(s, d, t, i) }
    }

    /// Lets asynchronous resets act on the state.
    pub fn resets(&self, state: &mut Blob, temps: &mut Blob, inputs: &mut Blob) {
        let (s, t, i) = (state.pointer(), temps.pointer(), inputs.pointer());
        // SAFETY: as for `tick`.
        unsafe { (self.resets)(s, t, i) }
    }
}

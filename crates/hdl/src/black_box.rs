//! Modules that are described elsewhere.

use crate::scope::Scope;

/// What a module that is described elsewhere does with clock, reset and time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BlackBox {
    /// It has the port `clk`.
    pub clock: bool,
    /// It has the port `rst_n`.
    pub reset: bool,
    /// An output may follow an input within a cycle; else outputs change at clock edges only.
    pub combinational: bool,
    /// It works in FPGAs only, because its registers have no reset: [`Profile::TapeOut`] refuses it.
    ///
    /// [`Profile::TapeOut`]: crate::Profile::TapeOut
    pub fpga_only: bool,
}

impl Scope {
    /// Says, in place of a description, that this module is described elsewhere under its
    /// [`name`](crate::Module::name): it has its ports and nothing else. It is instantiated like any
    /// other, printed as instances only, and simulated by a model.
    pub fn black_box(&self, black_box: BlackBox) {
        let mut state = self.state_mut();
        if black_box.clock {
            state.use_clock(0);
        }
        if black_box.reset {
            state.use_reset(0);
        }
        let BlackBox { combinational, fpga_only, .. } = black_box;
        let parameters = Vec::new();
        state.module.black_box =
            Some(seedbed_ir::BlackBox { parameters, combinational, fpga_only });
    }
}

//! Modules that are described elsewhere.

use crate::scope::Scope;
use seedbed_ir::{name, Code, Loc, ModuleId, Parameter};
use std::panic::Location;

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

/// A module that is described elsewhere, while its component says more about it.
#[derive(Clone, Copy)]
pub struct Foreign<'m> {
    scope: &'m Scope,
}

impl Foreign<'_> {
    /// A parameter of the Verilog module and its value, an integer, a vector ([`Bits`](crate::Bits) or `bool`), a
    /// text or a number with a fraction. Every instance passes it on by name, with the value that
    /// [`Scope::inst_with`] gives, or else this one.
    ///
    /// E0013 for a second parameter of that name, or a name that is no identifier; E0014 for a number
    /// that is not finite.
    #[track_caller]
    pub fn parameter(self, name: &str, value: impl Into<Parameter>) -> Self {
        let (scope, at, value) = (self.scope, Location::caller().into(), value.into());
        let fits = scope.fits_verilog("parameter", name, at) && scope.fits(name, &value, at);
        let first = scope.state().parameters.get(name).copied();
        if let Some(first) = first {
            let message = format!("the parameter `{name}` is given twice");
            let notes = vec![("first given here".to_string(), Some(first))];
            scope.report(Code::Name, message, at, notes);
        } else if fits {
            let mut state = scope.state_mut();
            state.parameters.insert(name.to_string(), at);
            let black_box = state.module.black_box.get_or_insert_default();
            black_box.parameters.push((name.to_string(), value));
        }
        self
    }

    /// The name of the Verilog module, where that is not the component's [`name`](crate::Module::name):
    /// components whose ports depend on parameters differ in their names, and may be one Verilog
    /// module. E0013 for a name that is no identifier.
    #[track_caller]
    pub fn verilog_name(self, name: &str) -> Self {
        if self.scope.fits_verilog("Verilog", name, Location::caller().into()) {
            let mut state = self.scope.state_mut();
            state.module.black_box.get_or_insert_default().verilog = Some(name.to_string());
        }
        self
    }
}

impl Scope {
    /// Says, in place of a description, that this module is described elsewhere under its
    /// [`name`](crate::Module::name): it has its ports and nothing else. It is instantiated like any
    /// other, printed as instances only, and simulated by a model. The result takes its parameters.
    ///
    /// E0014 when it is described here as well, said to be a black box twice, or the top of the design.
    ///
    /// ```
    /// # use seedbed_hdl::{uint, BlackBox, Module, Ports, Scope, Sig};
    /// /// A FIFO of a vendor's library.
    /// #[derive(Clone, PartialEq, Eq, Hash, Debug)]
    /// struct VendorFifo {
    ///     width: u32,
    /// }
    ///
    /// impl Module for VendorFifo {
    ///     type Io<'m> = (Sig<'m>, Sig<'m>);
    ///
    ///     fn name(&self) -> String {
    ///         format!("vendor_fifo_w{}", self.width)
    ///     }
    ///
    ///     fn io<'m>(&self, p: &Ports<'_, 'm>) -> (Sig<'m>, Sig<'m>) {
    ///         (p.input("din", uint(self.width)), p.output("dout", uint(self.width)))
    ///     }
    ///
    ///     fn build<'m>(&self, m: &'m Scope, _: (Sig<'m>, Sig<'m>)) {
    ///         m.black_box(BlackBox { clock: true, ..BlackBox::default() })
    ///             .verilog_name("VENDOR_FIFO")
    ///             .parameter("WIDTH", self.width)
    ///             .parameter("MODE", "FWFT");
    ///     }
    /// }
    /// ```
    #[track_caller]
    pub fn black_box(&self, black_box: BlackBox) -> Foreign<'_> {
        let at = Location::caller().into();
        self.refuse_black_box(at);
        let mut state = self.state_mut();
        state.black_box = Some(at);
        if black_box.clock {
            state.use_clock(0);
        }
        if black_box.reset {
            state.use_reset(0);
        }
        let BlackBox { combinational, fpga_only, .. } = black_box;
        let (verilog, parameters) = (None, Vec::new());
        state.module.black_box =
            Some(seedbed_ir::BlackBox { verilog, parameters, combinational, fpga_only });
        Foreign { scope: self }
    }

    fn refuse_black_box(&self, at: Loc) {
        let name = self.state().module.name.clone();
        if self.path.len() == 1 {
            let message = format!(
                "the top `{name}` is a black box, so there is nothing to build; instantiate it in a \
                 component"
            );
            self.report(Code::Parameter, message, at, Vec::new());
        }
        let first = self.state().black_box;
        if let Some(first) = first {
            let message = format!("`{name}` is a black box already");
            let notes = vec![("said here first".to_string(), Some(first))];
            self.report(Code::Parameter, message, at, notes);
        }
    }

    /// Whether Verilog takes `name`; reports E0013 when not.
    fn fits_verilog(&self, what: &str, name: &str, at: Loc) -> bool {
        let problem = name::problem(name);
        if let Some(problem) = problem {
            self.report(Code::Name, format!("the {what} name `{name}` {problem}"), at, Vec::new());
        }
        problem.is_none()
    }

    /// Whether Verilog takes the value of a parameter; reports E0014 when not.
    fn fits(&self, name: &str, value: &Parameter, at: Loc) -> bool {
        if !value.is_writable() {
            let why = match value {
                Parameter::Bits(_) => "has no bits; give it one at least",
                _ => "is not finite; Verilog has finite numbers only",
            };
            let message = format!("the parameter `{name}` {why}");
            self.report(Code::Parameter, message, at, Vec::new());
        }
        value.is_writable()
    }

    /// The parameters of an instance of `module`, in its order; reports those that it does not take.
    pub(crate) fn instance_parameters(
        &self,
        module: ModuleId,
        given: &[(&str, Parameter)],
        at: Loc,
    ) -> Vec<(String, Parameter)> {
        let design = self.context.design.borrow();
        let module = &design.modules[module];
        let known: Vec<&str> = match &module.black_box {
            Some(black_box) => black_box.parameters.iter().map(|(n, _)| n.as_str()).collect(),
            None => Vec::new(),
        };
        for (index, (name, value)) in given.iter().enumerate() {
            if !known.contains(name) {
                let message = match known.is_empty() {
                    true => format!("`{}` has no parameters, so no `{name}`", module.name),
                    false => {
                        let known = known.join("`, `");
                        format!("`{}` has no parameter `{name}`; it has `{known}`", module.name)
                    }
                };
                self.report(Code::Parameter, message, at, Vec::new());
            } else if given[..index].iter().any(|(before, _)| before == name) {
                let message = format!("the parameter `{name}` is given twice");
                self.report(Code::Name, message, at, Vec::new());
            } else {
                self.fits(name, value, at);
            }
        }
        let value = |name: &str| given.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
        known.iter().filter_map(|&name| Some((name.to_string(), value(name)?))).collect()
    }
}

//! The words of the language: the Verilog they become, as a reviewer would read it, and what it does.
//!
//! The expected Verilog is in `golden`; `BLESS=1` rewrites it.

mod arithmetic;
mod bundles;
mod enums;
mod fixed;
mod pipelines;
mod vectors;

use seedbed_hdl::{elaborate, Design, Module, Ports, Scope, Settings, Sig, Ty};
use seedbed_sim::Simulator;
use std::path::Path;

/// A module with the ports listed, described by a function.
#[derive(Clone, Debug)]
struct Sketch {
    name: &'static str,
    inputs: Vec<(&'static str, Ty)>,
    outputs: Vec<(&'static str, Ty)>,
    build: Body,
}

/// Fills a [`Sketch`]: scope, inputs, outputs.
type Body = for<'m> fn(&'m Scope, &[Sig<'m>], &[Sig<'m>]);

impl PartialEq for Sketch {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Sketch {}

impl std::hash::Hash for Sketch {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Module for Sketch {
    type Io<'m> = (Vec<Sig<'m>>, Vec<Sig<'m>>);

    fn name(&self) -> String {
        self.name.into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        let inputs = self.inputs.iter().map(|(name, ty)| p.input(name, *ty)).collect();
        (inputs, self.outputs.iter().map(|(name, ty)| p.output(name, *ty)).collect())
    }

    fn build<'m>(&self, m: &'m Scope, (inputs, outputs): Self::Io<'m>) {
        (self.build)(m, &inputs, &outputs);
    }
}

/// The design of `top`, whose Verilog is `golden/NAME.v`.
#[track_caller]
fn golden(top: &impl Module) -> Design {
    let design = match elaborate(top, &Settings::default()) {
        Ok(design) => design,
        Err(mistakes) => panic!("{}", mistakes[0]),
    };
    let files = seedbed_verilog::emit(&design, &seedbed_verilog::Options::default());
    let text = &files.last().expect("a top module").text;
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/language/golden/{}.v", top.name()));
    if std::env::var("BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(&file, text).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(*text, expected, "{} differs; BLESS=1 rewrites it", file.display());
    design
}

/// A simulation whose ports are called by name.
struct Bench(Simulator);

impl Bench {
    /// After one cycle of reset, where there is one.
    fn new(design: &Design) -> Self {
        let mut bench = Bench(Simulator::new(design));
        if let Some(reset) = bench.0.input("rst_n") {
            bench.0.set(reset, 0);
            bench.0.tick();
            bench.0.set(reset, 1);
        }
        bench
    }

    fn set(&mut self, name: &str, value: u64) -> &mut Self {
        let port = self.0.input(name).expect("an input");
        self.0.set(port, value);
        self
    }

    fn tick(&mut self) -> &mut Self {
        self.0.tick();
        self
    }

    fn get(&mut self, name: &str) -> u64 {
        let port = self.0.output(name).expect("an output");
        self.0.settle();
        self.0.get(port)
    }
}

//! The whole way from a graph to a program.

use seedbed_model::Graph;
use seedbed_spec::config::Config;
use seedbed_spec::numerics::Family;
use seedbed_spec::program::{Layer, Program, Segment, Tensor2};

use crate::chain::{chain, Link};
use crate::choose::Scene;
use crate::emit::Draft;
use crate::fold::{fold, Folded};
use crate::geometry::{Gemm, Geometry};
use crate::link::{link, stamp};
use crate::memory::{Memory, ALIGN};
use crate::plan::{least_commands, COMMANDS_MAX};
use crate::planner::{least_bytes, Layout};
use crate::weights::pack;
use crate::CompileError;

/// What to compile for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The kernel family whose results are reproduced.
    pub family: Family,
    /// Input rows (inferences) in one job, at least 1.
    pub rows: u32,
    /// How long to look for a fast program.
    pub effort: Effort,
}

/// How long to look for a fast program. The outputs are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// Takes the plan with the least estimate: milliseconds.
    Estimate,
    /// Rehearses hundreds of plans cycle by cycle and takes the fastest: up to a second.
    #[default]
    Rehearse,
    /// Rehearses thousands: up to some seconds.
    Search,
}

/// Compiles a chain of fully connected layers for an accelerator.
///
/// The program reads `options.rows` input rows and writes as many output rows; both lie in external
/// memory as [`Program::input`] and [`Program::output`] say. Bytes of an output row beyond its
/// columns are unspecified.
///
/// # Errors
/// The first thing in the graph that the accelerator cannot do, with place and remedy.
pub fn compile(graph: &Graph, config: &Config, options: &Options) -> Result<Program, CompileError> {
    if options.rows == 0 {
        return Err(CompileError::NoRows);
    }
    let links = chain(graph)?;
    if links.len() > usize::from(u16::MAX) + 1 {
        return Err(CompileError::Layers { layers: links.len() });
    }
    check_k_max(config, &links)?;
    let folded = links.iter().map(|l| fold(l.name, l.op, l.input, l.output, options.family));
    let folded = folded.collect::<Result<Vec<_>, _>>()?;
    let unit = Unit::new(config, options, links, folded)?;
    unit.program(&unit.scene().drafts(&unit.layout))
}

fn check_k_max(config: &Config, links: &[Link]) -> Result<(), CompileError> {
    let k_max = config.numerics.k_max;
    match links.iter().find(|link| link.op.inputs as u64 > u64::from(k_max)) {
        None => Ok(()),
        Some(link) => Err(CompileError::KMax {
            layer: link.name.to_string(),
            k: link.op.inputs as u64,
            config: config.name.clone(),
            k_max,
        }),
    }
}

fn check_address(config: &Config, bytes: u64) -> Result<(), CompileError> {
    let addr_bits = config.bus.addr_bits;
    let reach = 1 << addr_bits;
    if bytes > reach {
        return Err(CompileError::Address { bytes, addr_bits, reach });
    }
    Ok(())
}

fn check_commands(rows: u32, commands: u64) -> Result<(), CompileError> {
    if commands <= COMMANDS_MAX {
        return Ok(());
    }
    let remedy = (u64::from(rows) * COMMANDS_MAX / commands / 2).max(1);
    Err(CompileError::Commands { rows, commands, most: COMMANDS_MAX, remedy })
}

/// One compilation.
struct Unit<'a> {
    config: &'a Config,
    geometry: Geometry,
    rows: u32,
    links: Vec<Link<'a>>,
    folded: Vec<Folded>,
    gemms: Vec<Gemm>,
    layout: Layout,
}

impl<'a> Unit<'a> {
    fn new(
        config: &'a Config,
        options: &Options,
        links: Vec<Link<'a>>,
        folded: Vec<Folded>,
    ) -> Result<Self, CompileError> {
        let geometry = Geometry::new(config);
        let rows = options.rows;
        let gemm =
            |l: &Link| Gemm::new(&geometry, rows.into(), l.op.inputs as u64, l.op.outputs as u64);
        let gemms: Vec<Gemm> = links.iter().map(gemm).collect();
        let ends = |gemm: &Gemm| gemm.rows * (gemm.in_row + gemm.out_row);
        check_address(config, gemms.iter().map(ends).max().unwrap_or(0))?;
        check_commands(rows, gemms.iter().map(|gemm| least_commands(&geometry, gemm)).sum())?;
        let scene = Scene { config, geometry: &geometry, gemms: &gemms, folded: &folded };
        let layout = scene.choose(options.effort).map_err(|layer| {
            let needed = least_bytes(&geometry);
            CompileError::LmTooSmall {
                layer: links[layer].name.to_string(),
                config: config.name.clone(),
                needed,
                lm: geometry.lm,
                remedy: needed.max(geometry.lm + 1).next_power_of_two(),
            }
        })?;
        Ok(Self { config, geometry, rows, links, folded, gemms, layout })
    }

    fn scene(&self) -> Scene<'_> {
        let Unit { config, geometry, gemms, folded, .. } = self;
        Scene { config, geometry, gemms, folded }
    }

    fn program(&self, drafts: &[Draft]) -> Result<Program, CompileError> {
        check_commands(self.rows, drafts.len() as u64)?;
        let memory = Memory::new(&self.geometry, &self.gemms, &self.layout);
        let commands = link(self.config, drafts).map_err(|(layer, source)| {
            CompileError::Field { layer: self.links[layer].name.to_string(), source }
        })?;
        let memory_bytes = memory.end + commands.len() as u64 * ALIGN;
        check_address(self.config, memory_bytes)?;
        Ok(Program {
            command_layer: drafts.iter().map(|draft| draft.layer as u16).collect(),
            commands,
            ring_addr: memory.end,
            memory_bytes,
            input: self.tensor(memory.tensors[0], self.gemms[0].k, self.gemms[0].in_row),
            output: self.output(&memory),
            layers: (0..self.links.len()).map(|index| self.layer(index)).collect(),
            segments: vec![Segment {
                name: "parameters and weights".to_string(),
                addr: 0,
                data: self.constants(),
            }],
        })
    }

    /// The packed parameters and weights of all layers.
    fn constants(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for ((plan, link), folded) in self.layout.layers.iter().zip(&self.links).zip(&self.folded) {
            all.extend(pack(&self.geometry, plan, link.op, folded));
            all.resize(all.len().next_multiple_of(ALIGN as usize), 0);
        }
        all
    }

    fn output(&self, memory: &Memory) -> Tensor2 {
        let last = self.gemms.len() - 1;
        self.tensor(memory.tensors[last + 1], self.gemms[last].n, self.gemms[last].out_row)
    }

    fn tensor(&self, addr: u64, cols: u64, stride: u64) -> Tensor2 {
        // The whole tensor lies inside the bus's address space, so cols and stride are small.
        Tensor2 { addr, rows: self.rows, cols: cols as u32, row_stride: stride as u32 }
    }

    fn layer(&self, index: usize) -> Layer {
        let (link, gemm) = (&self.links[index], &self.gemms[index]);
        let input = if index == 0 { gemm.rows * gemm.k } else { 0 };
        let output = if index + 1 == self.links.len() { gemm.rows * gemm.n } else { 0 };
        Layer {
            name: link.name.to_string(),
            operator: link.operator.to_string(),
            macs: gemm.rows * gemm.k * gemm.n,
            stamp: stamp(index),
            compulsory_bytes: gemm.k * gemm.n + 12 * gemm.n + input + output,
        }
    }
}

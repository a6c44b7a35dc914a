//! The ports of a block, and the component that has them.

use super::ImportError;
use rust_hdl::prelude::{Atom, AtomKind, Block, Probe, TypeKind};
use seedbed_hdl::{BlackBox, Module, Ports, Scope, Sig, Ty};
use std::collections::BTreeMap;
use std::ops::Index;

/// What a port is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Role {
    Clock,
    Input,
    Output,
}

/// A port of a block.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct ForeignPort {
    /// Its name in `rust-hdl`; interfaces are joined with `$`.
    pub theirs: String,
    /// Its name here.
    pub ours: String,
    pub role: Role,
    pub ty: Ty,
}

/// A block of `rust-hdl` as a component: a black box that works in FPGAs only.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Foreign {
    name: String,
    pub(super) ports: Vec<ForeignPort>,
}

/// The ports of a [`Foreign`] by name, without the clock: `io["data_in"]`.
pub struct ForeignIo<'m>(BTreeMap<String, Sig<'m>>);

impl<'m> Index<&str> for ForeignIo<'m> {
    type Output = Sig<'m>;

    /// # Panics
    /// When there is no such port, as an index of a map does.
    fn index(&self, name: &str) -> &Sig<'m> {
        self.0.get(name).unwrap_or_else(|| {
            let names: Vec<_> = self.0.keys().map(String::as_str).collect();
            panic!("no port `{name}`; there are {}", names.join(", "))
        })
    }
}

impl Foreign {
    pub(super) fn new(name: &str, ports: Vec<ForeignPort>) -> Self {
        Foreign { name: name.to_string(), ports }
    }

    pub(super) fn of_role(&self, role: Role) -> impl Iterator<Item = &ForeignPort> {
        self.ports.iter().filter(move |port| port.role == role)
    }
}

impl Module for Foreign {
    type Io<'m> = ForeignIo<'m>;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ForeignIo<'m> {
        let port = |port: &ForeignPort| {
            let sig = match port.role {
                Role::Clock => return None,
                Role::Input => p.input(&port.ours, port.ty),
                Role::Output => p.output(&port.ours, port.ty),
            };
            Some((port.ours.clone(), sig))
        };
        ForeignIo(self.ports.iter().filter_map(port).collect())
    }

    fn build<'m>(&self, m: &'m Scope, _: ForeignIo<'m>) {
        let clock = self.of_role(Role::Clock).next().is_some();
        // Nothing tells which outputs follow which inputs. Were all taken to, a FIFO that is read when
        // it is not empty would be a loop; a true loop is found when it is simulated.
        m.black_box(BlackBox { clock, combinational: false, fpga_only: true, reset: false });
    }
}

/// The ports of `block`, in its order.
pub(super) fn find_ports(block: &dyn Block) -> Result<Vec<ForeignPort>, ImportError> {
    let mut finder = Finder::default();
    each_port(block, &mut |name, atom| finder.add(name, atom));
    match finder.mistake {
        Some(mistake) => Err(mistake),
        None if finder.clocks.len() > 1 => Err(ImportError::Clocks(finder.clocks)),
        None => Ok(finder.ports),
    }
}

#[derive(Default)]
struct Finder {
    ports: Vec<ForeignPort>,
    clocks: Vec<String>,
    mistake: Option<ImportError>,
}

impl Finder {
    fn add(&mut self, name: &str, atom: &dyn Atom) {
        let role = match atom.kind() {
            AtomKind::InputParameter if atom.descriptor().name == "clock" => Role::Clock,
            AtomKind::InputParameter => Role::Input,
            AtomKind::OutputParameter | AtomKind::OutputPassthrough => Role::Output,
            AtomKind::InOutParameter => return self.refuse(name, "of both directions"),
            _ => return,
        };
        let width = atom.bits() as u32;
        let ty = match atom.descriptor().kind {
            TypeKind::Bits(_) => Ty::uint(width),
            TypeKind::Signed(_) => Ty::sint(width),
            TypeKind::Enum(_) => return self.refuse(name, "an enum"),
            TypeKind::Composite(_) => return self.refuse(name, "a struct"),
        };
        if role == Role::Clock {
            self.clocks.push(name.to_string());
        }
        let ours = if role == Role::Clock { "clk".to_string() } else { self.free(name) };
        self.ports.push(ForeignPort { theirs: name.to_string(), ours, role, ty });
    }

    /// A legal name for the port that no other port has.
    fn free(&self, name: &str) -> String {
        let mut ours = name.replace('$', "_");
        let taken = |ours: &str| ours == "clk" || self.ports.iter().any(|p| p.ours == ours);
        while taken(&ours) || seedbed_ir::name::problem(&ours).is_some() {
            ours.push('_');
        }
        ours
    }

    fn refuse(&mut self, name: &str, what: &str) {
        let (name, what) = (name.to_string(), what.to_string());
        self.mistake.get_or_insert(ImportError::Port { name, what });
    }
}

/// Calls `f` with every signal of the outermost block and its name.
pub(super) fn each_port(block: &dyn Block, f: &mut dyn FnMut(&str, &dyn Atom)) {
    block.accept("top", &mut Outermost { depth: 0, namespace: Vec::new(), f });
}

struct Outermost<'f> {
    depth: usize,
    namespace: Vec<String>,
    f: &'f mut dyn FnMut(&str, &dyn Atom),
}

impl Probe for Outermost<'_> {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth += 1;
    }

    fn visit_start_namespace(&mut self, name: &str, _: &dyn Block) {
        self.namespace.push(name.to_string());
    }

    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        if self.depth == 1 {
            let path = self.namespace.iter().map(String::as_str).chain([name]);
            (self.f)(&path.collect::<Vec<_>>().join("$"), atom);
        }
    }

    fn visit_end_namespace(&mut self, _: &str, _: &dyn Block) {
        self.namespace.pop();
    }

    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.depth -= 1;
    }
}

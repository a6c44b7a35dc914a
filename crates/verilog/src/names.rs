//! Identifiers: which are legal everywhere, and which are still free in a module.

use seedbed_ir::name::is_reserved;
use seedbed_ir::{Design, Dir, Entity, Module, ModuleId, PortId};
use std::collections::HashSet;

/// Words of C++ and of its library that Verilator warns about (SYMRSVDWORD, its models are C++ classes),
/// and classes of SystemVerilog's `std` package, which it takes for types. Sorted.
#[rustfmt::skip]
const CXX: [&str; 97] = [
    "abort", "alignas", "alignof", "and_eq", "asm", "atomic_cancel", "atomic_commit",
    "atomic_noexcept", "auto", "bit_vector", "bitand", "bitor", "bool", "catch", "cdecl", "char",
    "char16_t", "char32_t", "char8_t", "co_await", "co_return", "co_yield", "compl", "complex",
    "concept", "const_cast", "const_iterator", "const_reference", "consteval", "constexpr",
    "constinit", "decltype", "delete", "deque", "double", "dynamic_cast", "explicit", "false",
    "far", "float", "friend", "goto", "huge", "inline", "interrupt", "iterator", "list", "long",
    "mailbox", "map", "multimap", "multiset", "mutable", "namespace", "near", "noexcept", "not_eq",
    "nullptr", "operator", "or_eq", "override", "pascal", "private", "process", "public", "queue",
    "reference", "register", "reinterpret_cast", "requires", "semaphore", "sensitive", "set",
    "short", "sizeof", "stack", "static_assert", "static_cast", "switch", "synchronized",
    "template", "thread_local", "throw", "true", "try", "type_info", "typeid", "typename",
    "uint16_t", "uint32_t", "uint64_t", "uint8_t", "using", "vector", "volatile", "wchar_t",
    "xor_eq",
];

/// Whether no tool objects to `name`.
fn is_usable(name: &str) -> bool {
    !is_reserved(name) && CXX.binary_search(&name).is_err()
}

/// The identifiers taken in one scope.
#[derive(Clone, Default)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Takes `wanted`, made a legal identifier; a taken or reserved one gets `_` appended.
    pub fn claim(&mut self, wanted: &str) -> String {
        let mut name: String = wanted
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' })
            .collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            name.insert(0, '_');
        }
        while !self.take(&name) {
            name.push('_');
        }
        name
    }

    /// Takes the first of `wanted` that is free, or the last one with `_` appended.
    pub fn claim_first(&mut self, wanted: &[String]) -> String {
        match wanted.iter().find(|name| self.take(name)) {
            Some(name) => name.clone(),
            None => self.claim(wanted.last().map_or("_", String::as_str)),
        }
    }

    fn take(&mut self, name: &str) -> bool {
        is_usable(name) && self.taken.insert(name.to_owned())
    }
}

/// The names under which modules see each other.
pub struct Interface {
    modules: Vec<(String, Vec<String>)>,
}

impl Interface {
    /// Decides the names of all modules and ports of a design. Those of black boxes are given: their
    /// Verilog comes from elsewhere, and the checks of `seedbed-ir` refuse names that no Verilog has.
    pub fn new(design: &Design) -> Self {
        let mut names = Names::default();
        let elsewhere = |m: &Module| {
            let black_box = m.black_box.as_ref()?;
            Some(black_box.verilog.as_ref().unwrap_or(&m.name).clone())
        };
        names.taken.extend(design.modules.values().filter_map(elsewhere));
        let modules = design.modules.values().map(|m| match elsewhere(m) {
            Some(name) => (name, m.ports.values().map(|p| p.name.clone()).collect()),
            None => (names.claim(&m.name), port_names(m)),
        });
        Self { modules: modules.collect() }
    }

    /// The Verilog name of a module.
    pub fn module(&self, id: ModuleId) -> &str {
        &self.modules[id.index()].0
    }

    /// The Verilog name of a port.
    pub fn port(&self, id: ModuleId, port: PortId) -> &str {
        &self.modules[id.index()].1[port.index()]
    }
}

fn port_names(module: &Module) -> Vec<String> {
    let mut names = Names::default();
    module.ports.values().map(|p| names.claim(&p.name)).collect()
}

/// The output ports of a module.
pub fn outputs(module: &Module) -> impl Iterator<Item = PortId> + '_ {
    module.ports.iter().filter(|(_, p)| p.dir == Dir::Output).map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_ir::{BlackBox, Loc, Port, PortKind, Ty};

    #[test]
    fn names_of_black_boxes_are_kept_and_others_make_room() {
        let mut design = Design::default();
        let (dir, ty, kind) = (Dir::Input, Ty::uint(1), PortKind::Data);
        let (domain, driver, labels, at) = (None, None, None, Loc::NOWHERE);
        let port = Port { name: "near".into(), dir, ty, kind, domain, driver, labels, at };
        for black_box in [None, Some(BlackBox::default())] {
            let mut module = Module { name: "list".into(), black_box, ..Module::default() };
            module.ports.push(port.clone());
            design.modules.push(module);
        }
        let names = Interface::new(&design);
        let of = |i| (names.module(ModuleId::new(i)), names.port(ModuleId::new(i), PortId::new(0)));
        assert_eq!([of(0), of(1)], [("list_", "near_"), ("list", "near")]);
    }

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(CXX.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn reserved_odd_and_taken_names_are_changed_in_one_fixed_way() {
        let mut names = Names::default();
        assert_eq!(names.claim("reg"), "reg_");
        assert_eq!(names.claim("reg"), "reg__");
        assert_eq!(names.claim("a.b-c"), "a_b_c");
        assert_eq!(names.claim("2x"), "_2x");
        assert_eq!(names.claim("template"), "template_");
        assert_eq!(names.claim_first(&["reg_".into(), "sum".into()]), "sum");
    }
}

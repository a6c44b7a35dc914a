//! The table of IHP's macros against the library and the abstracts that come with its PDK.

use crate::{common::tools, memory, Shape};
use seedbed_ir::Dir;
use seedbed_verilog::sram::{map, models as made, Macro, Table};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn table() -> Table {
    let text = Table::shipped_text("ihp-sg13g2").expect("a table that comes with the crate");
    Table::parse(text).expect("a table")
}

/// Direction and width of every pin.
type Pins = BTreeMap<String, (Dir, u32)>;

/// The pins of a macro by the table: of its black box in a memory of its size.
fn by_table(entry: &Macro) -> Pins {
    let table = Table { smallest: 0, keep_misfits: false, macros: vec![entry.clone()] };
    let (depth, width) = (entry.words, entry.bits);
    let design = memory(Shape { depth, width, granule: width, masked: false, shared: true });
    let mapped = map(&design, &table).expect("a memory of the macro's size");
    let module = mapped.modules.values().find(|m| m.name == entry.name).expect("its black box");
    module.ports.values().map(|p| (p.name.clone(), (p.dir, p.ty.width))).collect()
}

fn unpacked(path: &Path) -> String {
    let out = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// What stands in parentheses after `word` at the beginning of a line.
fn named<'t>(line: &'t str, word: &str) -> Option<&'t str> {
    let rest = line.trim().strip_prefix(word)?.trim_start().strip_prefix('(')?;
    Some(rest.split_once(')')?.0.trim().trim_matches('"'))
}

/// The value of an attribute.
fn attribute<'t>(line: &'t str, name: &str) -> Option<&'t str> {
    let value = line.trim().strip_prefix(name)?.trim_start().strip_prefix(':')?;
    Some(value.trim().trim_end_matches(';').trim().trim_matches('"'))
}

/// The pins by Liberty text.
fn by_liberty(text: &str) -> Pins {
    let (mut widths, mut pins) = (BTreeMap::new(), Pins::new());
    let (mut ty, mut pin) = ("", None);
    for line in text.lines() {
        if let Some(name) = named(line, "type") {
            ty = name;
        } else if let Some(width) = attribute(line, "bit_width") {
            widths.insert(ty, width.parse::<u32>().expect("a width"));
        } else if let Some(name) = named(line, "bus").or(named(line, "pin")) {
            if !name.contains('[') {
                pin = Some((name.to_string(), 1));
            }
        } else if let (Some(ty), Some((_, width))) = (attribute(line, "bus_type"), &mut pin) {
            *width = widths[ty];
        } else if let (Some(dir), Some((name, width))) = (attribute(line, "direction"), &pin) {
            let dir = if dir == "output" { Dir::Output } else { Dir::Input };
            pins.insert(name.clone(), (dir, *width));
        }
    }
    pins
}

/// The widths of the signal pins by LEF text.
fn by_lef(text: &str) -> BTreeMap<String, u32> {
    let mut widths = BTreeMap::new();
    let names = text.lines().filter_map(|l| l.trim().strip_prefix("PIN "));
    for name in names.filter(|name| !name.starts_with('V')) {
        let name = name.split('[').next().unwrap_or(name).trim().to_string();
        *widths.entry(name).or_default() += 1;
    }
    widths
}

#[test]
fn the_table_has_the_pins_of_the_library() {
    let table = table();
    assert_eq!(table.macros.len(), 9);
    for entry in &table.macros {
        let name = &entry.name;
        let file = |end: &str| tools::shared(&format!("pdk/ihp-sg13g2-130nm/{name}{end}"));
        let (Some(lib), Some(lef)) = (file("_typ_1p20V_25C.lib.gz"), file(".lef.gz")) else {
            return;
        };
        let pins = by_table(entry);
        assert_eq!(by_liberty(&unpacked(&lib)), pins, "{name}");
        let widths = pins.into_iter().map(|(name, (_, width))| (name, width)).collect();
        assert_eq!(by_lef(&unpacked(&lef)), widths, "{name}");
    }
}

/// Memories of many shapes from these macros behave, by the models made from the table.
#[test]
fn memories_of_its_macros_agree() {
    if !tools::available("iverilog") {
        return;
    }
    let table = table();
    let strict = Table { smallest: 0, keep_misfits: false, macros: table.macros.clone() };
    let shape = Shape { depth: 64, width: 64, granule: 64, masked: false, shared: true };
    let mapped = map(&memory(shape), &strict).expect("fits");
    assert!(made(&mapped, &strict)[0].name.contains("64x64"));
    let text: String = strict
        .macros
        .iter()
        .map(|entry| {
            let one = Table { smallest: 0, keep_misfits: false, macros: vec![entry.clone()] };
            let (depth, width) = (entry.words, entry.bits);
            let shape = Shape { depth, width, granule: width, masked: false, shared: true };
            made(&map(&memory(shape), &one).expect("fits"), &one)[0].text.clone()
        })
        .collect();
    assert_eq!(crate::agree(&strict, &text), 5);
    // A memory that reads while it writes stays an array, where the table says so.
    let two_ports = memory(Shape { shared: false, depth: 256, ..shape });
    assert!(map(&two_ports, &strict).is_err());
    let kept = map(&two_ports, &table).expect("kept");
    assert_eq!(kept.modules.len(), two_ports.modules.len());
}

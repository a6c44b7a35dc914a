//! The Verilog of larger random designs as text: what other tools think of it and make of it.

use crate::case::Case;
use crate::common::tools;
use crate::engines::{emitted, ICARUS};
use crate::seeds;
use seedbed_ir::random::{design, Size};
use seedbed_ir::Design;
use seedbed_verilog::SourceFile;
use std::path::Path;
use std::process::Command;

fn cases(seeds: Vec<u64>) -> Vec<Case> {
    seeds.into_iter().map(|seed| Case::of(seed, design(seed, Size::Large))).collect()
}

/// The Verilog of a design with every text changed.
fn changed(design: &Design, change: impl Fn(&str) -> String) -> Vec<SourceFile> {
    let files = emitted(design).into_iter();
    files.map(|file| SourceFile { text: change(&file.text), ..file }).collect()
}

#[test]
fn large_designs_agree_too() {
    if !tools::available("iverilog") {
        return;
    }
    for chunk in seeds(30, 600).chunks(60) {
        let cases = cases(chunk.to_vec());
        let found = ICARUS.differences(&cases, emitted);
        assert!(found.is_empty(), "seed {}: {}", found[0].0.seed, found[0].1);
    }
}

/// The comparison itself: planted mistakes of the kind an emitter makes must show.
#[test]
fn planted_mistakes_are_found() {
    if !tools::available("iverilog") {
        return;
    }
    let cases = cases((1..=20).collect());
    for (right, wrong) in [
        (">>>", ">>"),
        ("$signed(", "("),
        (" signed ", " "),
        ("{1'b0, ", "{1'b1, "),
        ("or posedge rst", "or negedge rst"),
        ("or negedge rst_n", ""),
        ("posedge clk_b", "negedge clk_b"),
    ] {
        let found =
            ICARUS.differences(&cases, |design| changed(design, |text| text.replace(right, wrong)));
        assert!(!found.is_empty(), "`{right}` as `{wrong}` is not noticed");
    }
}

/// What Yosys understood, written by Yosys: it must not read signs or widths differently.
fn through_yosys(text: &str) -> String {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (from, to) = (dir.path().join("from.v"), dir.path().join("to.v"));
    std::fs::write(&from, text).expect("the temporary folder is writable");
    let script = format!(
        "read_verilog {}; proc; memory -nomap; write_verilog -noattr {}",
        from.display(),
        to.display()
    );
    tools::silent(Command::new("yosys").args(["-q", "-p", &script]))
        .unwrap_or_else(|e| panic!("{e}"));
    std::fs::read_to_string(to).expect("yosys wrote it")
}

/// Yosys leaves words that are never written undefined: such digits agree with any.
#[test]
fn yosys_understands_the_same() {
    if !tools::available("iverilog") || !tools::available("yosys") {
        return;
    }
    let cases = cases(seeds(8, 40));
    let said = ICARUS.said(&cases, &|design| changed(design, through_yosys));
    let said = said.unwrap_or_else(|why| panic!("{why}"));
    for (case, said) in cases.iter().zip(&said) {
        let free = |(got, expected): (&String, &String)| {
            let digit = |(g, e)| if matches!(g, 'x' | 'X') { e } else { g };
            got.chars().zip(expected.chars()).map(digit).collect::<String>()
        };
        let said: Vec<String> = said.iter().zip(&case.expected).map(free).collect();
        assert_eq!(case.difference(&said), None, "seed {}", case.seed);
    }
}

/// What the tools say of a design, without what is about nets that Yosys 0.23 has made itself: where some
/// lanes of a memory are never written it makes a ROM of them and loses its read data.
fn complaints(folder: &Path, seed: u64) -> Vec<String> {
    let dir = folder.join(seed.to_string());
    std::fs::create_dir(&dir).expect("the temporary folder is writable");
    let paths = tools::write(&dir, &emitted(&design(seed, Size::Large)));
    let said = tools::lint(&paths, &format!("d{seed}_top"), false);
    // The first line is the command, the last one the number of complaints.
    let is_own = |line: &str| {
        !line.is_empty() && !line.contains("$memrd$") && !line.contains("problems in 'check")
    };
    said.into_iter().filter(|said| said.lines().skip(1).any(is_own)).collect()
}

#[test]
fn tools_are_silent_about_random_designs() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for seed in seeds(6, 60) {
        let complaints = complaints(dir.path(), seed);
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }
}

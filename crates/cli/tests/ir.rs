//! `ir`: netlists in their text form, and the example of the book.

mod support;

use serde_json::Value;
use support::{Workshop, ROOT};

/// The netlist of the page on it: its first block.
fn counter() -> String {
    let page = std::fs::read_to_string(format!("{ROOT}/docs/src/netlist.md")).expect("a page");
    let (_, rest) = page.split_once("```text\n").expect("a block");
    rest.split_once("```").expect("an end").0.to_string()
}

#[test]
fn the_netlist_of_the_book_is_printed_as_it_is_written() {
    let workshop = Workshop::new();
    let file = workshop.file("counter.ir", counter());
    assert_eq!(workshop.succeeds(&["ir", &file]), counter());
    let verilog = workshop.succeeds(&["ir", &file, "--verilog"]);
    assert!(verilog.contains("module counter (") && verilog.contains("always @(posedge clk"));
    let verilog = workshop.succeeds(&["ir", &file, "--systemverilog"]);
    assert!(verilog.contains("always_ff"), "{verilog}");
}

/// What the page shows of the command is what it prints.
#[test]
fn the_example_of_the_book_is_what_is_printed() {
    let workshop = Workshop::new();
    let file = workshop.file("counter.ir", counter());
    let shown =
        workshop.succeeds(&["ir", &file, "--check", "--pass", "lower_mem,fold", "--pass", "dead"]);
    let page = std::fs::read_to_string(format!("{ROOT}/docs/src/netlist.md")).expect("a page");
    assert!(page.contains(&shown), "the page does not show:\n{shown}");
    let broken = workshop.file("broken.ir", counter().replace("%3 = add %1 %2", "%3 = plus %1 %2"));
    let shown = workshop.refused(&["ir", &broken]);
    assert!(page.contains(&shown), "the page does not show:\n{shown}");
}

#[test]
fn passes_are_listed_and_run_in_order() {
    let workshop = Workshop::new();
    let listed: Value =
        serde_json::from_str(&workshop.succeeds(&["ir", "--list-passes", "--json"])).expect("JSON");
    let names: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|p| p["name"].as_str()).collect();
    assert!(names.contains(&"fold") && names.contains(&"flatten"), "{names:?}");
    let text = workshop.succeeds(&["ir", "--list-passes"]);
    assert_eq!(text.lines().count(), names.len());
    let page = std::fs::read_to_string(format!("{ROOT}/docs/src/netlist.md")).expect("a page");
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "{name} is not in the table of the page");
    }
    let constant =
        "module m {\n  output y: u2 = %2\n  %0 = const 1'h1 : u1\n  %1 = cast %0 : s1\n  \
        %2 = add %0 %0 : u2\n}\n";
    let file = workshop.file("constant.ir", constant);
    let args = ["ir", &file, "--pass", "fold,dead", "--json", "-o", "out/small.ir"];
    let summary: Value = serde_json::from_str(&workshop.succeeds(&args)).expect("JSON");
    let nodes: Vec<Option<u64>> =
        summary["sizes"].as_array().expect("sizes").iter().map(|s| s["nodes"].as_u64()).collect();
    assert_eq!(nodes, [Some(3), Some(3), Some(1)]);
    assert_eq!(summary["written"][0], "out/small.ir");
    let small = std::fs::read_to_string(workshop.path("out/small.ir")).expect("written");
    assert_eq!(small, "module m {\n  output y: u2 = %0\n  %0 = const 2'h2 : u2\n}\n");
}

#[test]
fn mistakes_are_shown_with_their_lines() {
    let workshop = Workshop::new();
    let loose = workshop.file("loose.ir", "module m {\n  input a: u8\n  output y: u8\n}\n");
    let message = workshop.refused(&["ir", &loose, "--check"]);
    assert!(message.starts_with("error: loose.ir: is no sound netlist\n"), "{message}");
    assert!(message.contains("--> loose.ir:3:10") && message.contains("output y: u8"), "{message}");
    let cut = workshop.file("cut.ir", "module m {\n  input \u{e9}");
    let message = workshop.refused(&["ir", &cut]);
    assert!(message.contains("--> cut.ir:2:9") && message.contains("E0040"), "{message}");
    let message = workshop.refused(&["ir", &loose, "--pass", "fast"]);
    assert!(message.contains("[possible values: fold, dead,"), "{message}");
    for args in [&["ir"][..], &["ir", "nowhere.ir"], &["ir", &loose, "--check", "--verilog"]] {
        workshop.refused(args);
    }
}

#[test]
fn a_core_is_written_and_read_again() {
    let workshop = Workshop::new();
    workshop.succeeds(&["generate", "tiny", "--ir", "-o", "tiny"]);
    let written = workshop.succeeds(&["ir", "tiny/tiny.ir", "--verilog", "-o", "again"]);
    assert!(written.contains("written: again/"), "{written}");
    for name in ["tiny/rtl", "again"] {
        assert!(workshop.path(name).is_dir());
    }
    let folder = |name: &str| {
        let entries = std::fs::read_dir(workshop.path(name)).expect("a folder");
        let mut names: Vec<_> = entries.map(|e| e.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(folder("again"), folder("tiny/rtl"));
}

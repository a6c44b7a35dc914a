//! Reading the text form: what is printed is read back, each mistake is named at its place, and no
//! text whatever makes the parser panic.

use seedbed_ir::check::{check, verify};
use seedbed_ir::random::{design, Random, Size};
use seedbed_ir::text::{parse, print, MAX_DEPTH, MAX_MISTAKES, MAX_WIDTH};
use seedbed_ir::{Code, Entity, ModuleId, NodeId};
use std::time::{Duration, Instant};

const EVERYTHING: &str = include_str!("everything.txt");
/// Clock domains, synchronisers, memories of all kinds, clock gates and a black box.
const CLOCKS: &str = include_str!("clocks.txt");

#[test]
fn what_is_printed_is_read_back() {
    let design = parse(EVERYTHING).expect("well formed");
    assert_eq!(print(&design), EVERYTHING);
    assert_eq!(check(&design), []);
    let design = parse(CLOCKS).expect("well formed");
    assert_eq!(print(&design), CLOCKS);
    assert_eq!(verify(&design), []);
}

#[test]
fn a_person_may_write_it_loosely() {
    let loose = "# two labels out of order, with a gap\n\nmodule  m{\ninput a : u8 # an input\n\
        \toutput y:u8=%70\n  %70 = add %9 %9: u8\r\n%9=port a:u8\n}\n";
    let printed = "module m {\n  input a: u8\n  output y: u8 = %0\n  %0 = add %1 %1 : u8\n  \
        %1 = port a : u8\n}\n";
    let design = parse(loose).expect("well formed");
    assert_eq!(print(&design), printed);
    let found = check(&design);
    assert_eq!(found[0].at.to_string(), "<text>:6:3", "a check names the line: {}", found[0]);
}

#[test]
fn texts_survive_quoting() {
    let mut design = parse(EVERYTHING).expect("well formed");
    let top = ModuleId::new(1);
    design.modules[top].doc = "\"quoted\" \\ \t tab\n\n\u{e9}\u{301} # no comment \u{7}\n\n".into();
    let text = print(&design);
    let again = parse(&text).expect("well formed");
    assert_eq!(again.modules[top].doc, design.modules[top].doc);
    assert_eq!(print(&again), text);
}

/// The one mistake that `line` makes in a module that has `input a: u8` as `%0`.
#[track_caller]
fn mistake(line: &str, place: &str, message: &str) {
    let text = format!("module m {{\n  input a: u8\n{line}\n  %0 = port a : u8\n}}\n");
    let found = parse(&text).expect_err("a mistake");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, Code::Text);
    assert_eq!(found[0].path, "m");
    assert_eq!(found[0].at.to_string(), format!("<text>:{place}"), "{}", found[0]);
    assert!(found[0].message.contains(message), "{} does not say: {message}", found[0].message);
}

#[test]
fn tokens_have_their_form() {
    mistake("  wire w; u8", "3:9", "the character ';' has no meaning");
    mistake("  doc \"open", "3:7", "expected a closing quote");
    mistake("  doc \"\\q\"", "3:7", "expected an escape");
    mistake("  doc \"\\u{110000}\"", "3:7", "expected an escape");
    mistake("  doc é", "3:7", "the character 'é'");
    mistake("  % = port a : u8", "3:3", "expected a number up to 4294967295, found ``");
    mistake("  %4294967296 = port a : u8", "3:3", "expected a number up to 4294967295");
    mistake("  %1 = const 8'h5 : u8", "3:14", "expected 2 hexadecimal digits for 8 bits, found 1");
    mistake("  %1 = const 7'hff : u7", "3:14", "the value ff does not fit 7 bits");
    mistake("  %1 = const 0'h : u1", "3:14", "expected a width from 1 to");
}

#[test]
fn items_have_their_form() {
    mistake("  latch q: u8", "3:3", "expected an item of a module, found `latch`");
    mistake("  8", "3:3", "expected an item of a module, found `8`");
    mistake("  doc words", "3:7", "expected a quoted text, found `words`");
    mistake("  comment \"lost\"", "4:3", "expected a register, wire, memory or instance");
    mistake("  wire w u8", "3:10", "expected `:`, found `u8`");
    mistake("  wire w: b8", "3:11", "expected a type such as `u8` or `s8`, found `b8`");
    mistake("  wire w: u8 = 7", "3:16", "expected a node such as `%0`, found `7`");
    mistake("  wire w: u8 = %0 %0", "3:19", "expected the end of the line, found `%0`");
    mistake("  reg q: u8", "3:12", "expected `clock`, found the end of the line");
    mistake("  reg q: u8 clock a reset low a 8'h00", "3:27", "expected a kind of reset");
    mistake(
        "  mem x: many x u8 granule 8 collision old",
        "3:10",
        "expected a number of words from 0",
    );
    mistake("  read addr %0 enable %0", "3:8", "expected a memory before its ports");
    mistake("  enum e: u8 { one = 8'h01 two = 8'h02 }", "3:28", "expected `,`, found `two`");
    mistake("  cover c clock a", "3:18", "expected `holds`");
    mistake("  %1 = nand %0 %0 : u8", "3:8", "expected an operator, found `nand`");
    mistake("  %1 = slice %0 : u8", "3:17", "expected the lowest bit");
}

#[test]
fn names_are_declared_once_and_before_their_use() {
    mistake("  input a: u1", "3:9", "the port `a` is declared twice");
    mistake("  %0 = port a : u8", "4:3", "the node `%0` is declared twice");
    mistake("  %1 = reg q : u8", "3:12", "there is no register `q` before this line");
    mistake("  %1 = wire w : u8", "3:13", "there is no wire `w`");
    mistake("  %1 = memread x 0 : u8", "3:16", "there is no memory `x`");
    mistake("  %1 = instout u y : u8", "3:16", "there is no instance `u`");
    mistake("  inst u: other ()", "3:11", "there is no module `other`");
    mistake("  reg q: u8 clock clk", "3:19", "there is no port `clk`");
    mistake("  wire w: u8 labels e", "3:21", "there is no list of values `e`");
    mistake("  wire w: u8 = %7", "3:16", "there is no node `%7` in this module");
    mistake("  input b: u1 domain b", "3:22", "the port `b` is used inside its own declaration");
    mistake("  inst u: m ()", "3:11", "the module `m` is used inside its own declaration");
}

#[test]
fn numbers_have_limits() {
    let wide = MAX_WIDTH + 1;
    let message = format!("expected a width from 1 to {MAX_WIDTH}");
    mistake("  wire w: u0", "3:11", &message);
    mistake(&format!("  wire w: u{wide}"), "3:11", &message);
    mistake("  wire w: u99999999999999999999", "3:11", "expected a type");
    mistake(&format!("  %1 = const {wide}'h0 : u8"), "3:14", &message);
    let deep = format!("  mem x: {} x u8 granule 8 collision old", MAX_DEPTH + 1);
    mistake(&deep, "3:10", &format!("expected a number of words from 0 to {MAX_DEPTH}"));
}

#[test]
fn a_long_line_takes_time_in_proportion() {
    let parts = " %0".repeat(1_000_000);
    let text = format!("module m {{\n  %0 = const 1'h1 : u1\n  %1 = concat{parts} : é\n}}\n");
    let start = Instant::now();
    let found = parse(&text).expect_err("a mistake");
    assert_eq!(found[0].at.to_string(), "<text>:3:3000017");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// A name whose line is at fault is not reported at each use, other lines are still read.
#[test]
fn one_mistake_is_reported_once_and_others_too() {
    let text = "module a {\n  input x: u\n  output y: u8 = %1\n  reg q: u8 clock x next %0\n  \
        %0 = port x : u8\n  %1 = reg q : u8\n  %2 = memread m 0 : u8\n}\n\
        module b {\n  inst u: a (x = %0)\n  %0 = const 4'h0 : q4\n";
    let found = parse(text).expect_err("mistakes");
    let places: Vec<String> = found.iter().map(|d| d.at.to_string()).collect();
    assert_eq!(places, ["<text>:2:12", "<text>:7:16", "<text>:11:1", "<text>:11:21"], "{found:?}");
}

#[test]
fn modules_open_and_close() {
    let first = |text: &str| parse(text).expect_err("a mistake").remove(0).message;
    assert_eq!(first(""), "expected a module");
    assert_eq!(first("input a: u8\noutput y: u8\n"), "expected `module`, found `input`");
    assert_eq!(first("module {\n}\n"), "expected the name of the module, found `{`");
    assert_eq!(first("module m\n}\n"), "expected `{`, found the end of the line");
    assert_eq!(first("module m {\n"), "expected `}` before the end of the text");
    assert_eq!(
        first("module m {\nmodule n {\n}\n"),
        "expected `}` at the end of the module before, found `n`"
    );
    assert_eq!(first("module m {\n}\nmodule m {\n}\n"), "the module `m` is declared twice");
    assert_eq!(first("module m {\n} }\n"), "expected the end of the line, found `}`");
    let lost = parse("a\nb\nc\nmodule m {\n}\nd\ne\n").expect_err("mistakes");
    assert_eq!(lost.len(), 2, "a stretch outside of modules is one mistake: {lost:?}");
}

#[test]
fn there_is_a_most_of_mistakes() {
    let text = format!("module m {{\n{}}}\n", "  nothing\n".repeat(3 * MAX_MISTAKES));
    assert_eq!(parse(&text).expect_err("mistakes").len(), MAX_MISTAKES);
}

/// What must hold of any text: no panic, places within the text, and a design that was read prints,
/// reads and checks without a panic too. The fuzz target of the folder `fuzz` calls the same steps.
fn holds_of_any(text: &str) -> bool {
    match parse(text) {
        Ok(design) => {
            let printed = print(&design);
            let again = parse(&printed).expect("what is printed is read back");
            assert_eq!(print(&again), printed);
            check(&design);
            true
        }
        Err(found) => {
            assert!(!found.is_empty() && found.len() <= MAX_MISTAKES);
            let lines = text.lines().count().max(1) as u32;
            assert!(found.iter().all(|d| (1..=lines).contains(&d.at.line) && d.at.col > 0));
            false
        }
    }
}

/// One edit of bytes, or of words that occur elsewhere.
fn edit(text: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(text.len());
    let words: Vec<&[u8]> = EVERYTHING.as_bytes().split(|b| b" \n(),:".contains(b)).collect();
    match random.below(6) {
        0 => text[at] = random.below(256) as u8,
        1 => text[at] = b"%0123456789'hus:=(){},\"\\\n# "[random.below(27)],
        2 => {
            text.remove(at);
        }
        3 => {
            let end = (at + random.below(40)).min(text.len());
            text.drain(at..end);
        }
        4 => {
            let word = words[random.below(words.len())];
            text.splice(at..at, word.iter().copied());
        }
        _ => {
            let end = (at + random.below(60)).min(text.len());
            let copy = text[at..end].to_vec();
            let to = random.below(text.len());
            text.splice(to..to, copy);
        }
    }
    if text.is_empty() {
        text.push(b'm');
    }
}

#[test]
fn no_text_makes_the_parser_panic() {
    let mut random = Random(1);
    let mut read = 0;
    let designs = (1..=6).map(|seed| print(&design(seed, Size::Small)));
    let written = [EVERYTHING, CLOCKS].map(String::from).into_iter();
    let texts: Vec<Vec<u8>> = written.chain(designs).map(String::into_bytes).collect();
    for _ in 0..4000 {
        let mut text = texts[random.below(texts.len())].clone();
        for _ in 0..1 + random.below(3) {
            edit(&mut text, &mut random);
        }
        read += u32::from(holds_of_any(&String::from_utf8_lossy(&text)));
    }
    // Both ways are taken: many edits leave a text that can be read.
    assert!((100..3900).contains(&read), "{read} of 4000 were read");
    for _ in 0..1000 {
        let bytes: Vec<u8> = (0..random.below(300)).map(|_| random.below(256) as u8).collect();
        holds_of_any(&String::from_utf8_lossy(&bytes));
    }
}

/// A forward reference is legal text; that operands come first is the verifier's to say.
#[test]
fn labels_become_places() {
    let text = "module m {\n  %5 = const 1'h1 : u1\n  %3 = cast %5 : s1\n}\n";
    let design = parse(text).expect("well formed");
    let mut operands = Vec::new();
    design.top().nodes[NodeId::new(1)].op.operands(|node| operands.push(node.index()));
    assert_eq!(operands, [0]);
}

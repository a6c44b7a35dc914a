//! Memories of macros do what memories do: the same random accesses in the built-in simulator (the plain
//! design) and in Icarus Verilog (the mapped one, with models of the macros).

#[path = "../common/mod.rs"]
mod common;
mod ihp;
mod models;

use common::*;
use seedbed_ir::*;
use seedbed_sim::Simulator;
use seedbed_verilog::sram::{map, Table};
use seedbed_verilog::{emit, Options};
use std::process::Command;

/// What a test memory is.
#[derive(Clone, Copy)]
struct Shape {
    depth: u32,
    width: u32,
    granule: u32,
    masked: bool,
    /// One port for both, instead of one each.
    shared: bool,
}

const PINS: [&str; 6] = ["en", "write", "addr", "wdata", "mask", "raddr"];

fn memory(shape: Shape) -> Design {
    let mut b = Build::clocked("top");
    let addr_bits = 32 - (shape.depth - 1).leading_zeros();
    let widths = [1, 1, addr_bits, shape.width, shape.width / shape.granule, addr_bits];
    let inputs: Vec<NodeId> = PINS.iter().zip(widths).map(|(n, w)| b.input(n, u(w))).collect();
    let [enable, write, addr, data, mask, raddr] = inputs[..] else { unreachable!() };
    let mask = shape.masked.then_some(mask);
    let mem = b.mem("store", shape.width, shape.depth, shape.granule);
    let clock = b.module.port("clk").expect("a clock");
    let read = if shape.shared {
        b.mem_port(mem, MemPort::ReadWrite { clock, addr, enable, write, data, mask })
    } else {
        let store = b.and(enable, write);
        b.mem_port(mem, MemPort::Write { clock, addr, enable: store, data, mask });
        b.module.mems[mem].collision = Collision::Undefined;
        b.mem_port(mem, MemPort::Read { clock, addr: raddr, enable })
    };
    b.output("rdata", read.expect("a port that reads"));
    let mut design = Design::default();
    design.modules.push(b.finish());
    design
}

/// Random values of the pins, as limbs, for each cycle. Every word is written first. With two ports, reads
/// stay clear of the word being written.
fn stimulus(shape: Shape, cycles: usize) -> Vec<[Bits; 6]> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let addr_bits = 32 - (shape.depth - 1).leading_zeros();
    let lanes = shape.width / shape.granule;
    let wide = |random: &mut dyn FnMut() -> u64, width: u32| {
        let limbs: Vec<u64> = (0..width.div_ceil(64)).map(|_| random()).collect();
        Bits::from_limbs(width, &limbs)
    };
    let one = |on: bool| Bits::from_u64(1, on.into());
    (0..shape.depth as usize + cycles)
        .map(|cycle| {
            let fills = cycle < shape.depth as usize;
            let addr = if fills { cycle as u64 } else { random() % (1 << addr_bits) };
            let raddr = (addr ^ 1 ^ (random() << 1)) % (1 << addr_bits);
            let mask = if fills { Bits::ones(lanes) } else { wide(&mut random, lanes) };
            [
                one(fills || random() % 4 > 0),
                one(fills || random() % 2 > 0),
                Bits::from_u64(addr_bits, addr),
                wide(&mut random, shape.width),
                mask,
                Bits::from_u64(addr_bits, raddr),
            ]
        })
        .collect()
}

/// Read data after each cycle, in hexadecimal, from the built-in simulator.
fn expected(design: &Design, stimulus: &[[Bits; 6]]) -> Vec<String> {
    let mut sim = Simulator::new(design);
    let rdata = sim.output("rdata").expect("an output");
    let pins = PINS.map(|name| sim.input(name));
    let mut after = |values: &[Bits; 6]| {
        for (pin, value) in pins.iter().zip(values) {
            pin.iter().for_each(|&pin| sim.set_bits(pin, value));
        }
        sim.tick();
        hex(&sim.get_bits(rdata))
    };
    stimulus.iter().map(&mut after).collect()
}

fn hex(bits: &Bits) -> String {
    let digits: String = bits.limbs().iter().rev().map(|limb| format!("{limb:016x}")).collect();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        "0".into()
    } else {
        digits.into()
    }
}

/// The same from Icarus Verilog.
fn in_icarus(design: &Design, models: &str, stimulus: &[[Bits; 6]]) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut paths = tools::write(dir.path(), &emit(design, &Options::default()));
    let used: Vec<_> = PINS.iter().filter_map(|name| design.top().port(name)).collect();
    let mut bench = String::from(
        "`timescale 1ns/1ns\nmodule bench;\n  reg clk = 0;\n  always #50 clk = !clk;\n",
    );
    let mut pins = String::new();
    for &port in &used {
        let port = &design.top().ports[port];
        bench += &format!("  reg [{}:0] {} = 0;\n", port.ty.width - 1, port.name);
        pins += &format!(".{0}({0}), ", port.name);
    }
    let width = design.top().ports[design.top().port("rdata").expect("an output")].ty.width;
    let has_reset = design.top().port("rst_n").is_some();
    let reset = if has_reset { ".rst_n(1'b1), " } else { "" };
    bench += &format!("  wire [{}:0] rdata;\n  top dut (.clk(clk), {reset}{pins}.rdata(rdata));\n  initial begin\n", width - 1);
    for values in stimulus {
        bench += "    @(negedge clk);";
        for (value, name) in values.iter().zip(PINS) {
            if design.top().port(name).is_some() {
                bench += &format!(" {name} = {}'h{};", value.width(), hex(value));
            }
        }
        // Read data are sampled late in the cycle: some macros give them after the falling edge.
        bench += "\n    @(posedge clk); #95 $display(\"@%h\", rdata);\n";
    }
    bench += "    $finish;\n  end\nendmodule\n";
    for (name, text) in [("bench.v", bench.as_str()), ("models.v", models)] {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("the temporary folder is writable");
        paths.push(path);
    }
    let program = dir.path().join("bench.vvp");
    let built = Command::new("iverilog")
        .args(["-g2012", "-s", "bench", "-o"])
        .arg(&program)
        .args(&paths)
        .output();
    let built = built.expect("iverilog runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let out = Command::new("vvp").arg("-n").arg(&program).output().expect("vvp runs");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let value = |line: &str| Some(line.strip_prefix('@')?.trim_start_matches('0').to_string());
    text.lines().filter_map(value).map(|v| if v.is_empty() { "0".into() } else { v }).collect()
}

const SHAPES: [Shape; 8] = [
    Shape { depth: 64, width: 64, granule: 64, masked: false, shared: true },
    Shape { depth: 200, width: 64, granule: 8, masked: true, shared: true },
    Shape { depth: 16, width: 100, granule: 20, masked: true, shared: true },
    Shape { depth: 130, width: 3, granule: 1, masked: true, shared: true },
    Shape { depth: 5, width: 72, granule: 72, masked: true, shared: true },
    Shape { depth: 64, width: 32, granule: 32, masked: false, shared: false },
    Shape { depth: 100, width: 104, granule: 26, masked: true, shared: false },
    Shape { depth: 520, width: 8, granule: 8, masked: false, shared: false },
];

/// How many of the shapes agree; the others do not fit the table.
fn agree(table: &Table, models: &str) -> usize {
    let mut fitting = 0;
    for shape in SHAPES {
        let design = memory(shape);
        let Ok(mapped) = map(&design, table) else { continue };
        assert!(mapped.modules.values().all(|m| m.mems.is_empty()));
        assert_eq!(check::check(&mapped), []);
        let stimulus = stimulus(shape, 400);
        let (expected, found) =
            (expected(&design, &stimulus), in_icarus(&mapped, models, &stimulus));
        // What is read before the first read is unknown.
        let first = shape.depth as usize + 20;
        assert_eq!(expected[first..], found[first..], "{} x {}", shape.depth, shape.width);
        fitting += 1;
    }
    fitting
}

#[test]
fn macros_of_every_kind_agree_with_memories() {
    if !tools::available("iverilog") {
        return;
    }
    for (entry, shapes) in [
        (models::MASKED, 5),
        (models::ONE_GRANULE, 5),
        (models::FORGETFUL, 8),
        (models::TWO_PORTS, 3),
    ] {
        let table = Table::parse(entry).expect("a table");
        assert_eq!(agree(&table, models::VERILOG), shapes, "{}", table.macros[0].name);
    }
}

/// A memory that writes whole words asks no macro for the granules it never uses.
#[test]
fn without_a_mask_a_granule_splits_nothing() {
    let table =
        Table::parse(&models::ONE_GRANULE.replace("bits = 9", "bits = 32")).expect("a table");
    let shape = Shape { depth: 64, width: 32, granule: 8, masked: false, shared: true };
    let design = memory(shape);
    let mapped = map(&design, &table).expect("fits");
    let wrapper = mapped.modules.values().find(|m| m.name == "sram_1rw_64x32").expect("a wrapper");
    assert_eq!(wrapper.insts.len(), 1);
    if tools::available("iverilog") {
        let verilog = models::VERILOG.replace("[8:0]", "[31:0]");
        let stimulus = stimulus(shape, 200);
        let (expected, found) =
            (expected(&design, &stimulus), in_icarus(&mapped, &verilog, &stimulus));
        assert_eq!(expected[84..], found[84..]);
    }
}

/// The models made from the tables do what hand-written ones do, and pass the linters.
#[test]
fn models_made_from_tables_agree_with_memories() {
    let old = models::TWO_PORTS.replace("hold", "collision = \"old\"\nhold");
    let new = models::TWO_PORTS.replace("hold", "collision = \"new\"\nhold");
    let dir = tempfile::tempdir().expect("a temporary folder");
    for entry in [models::MASKED, models::ONE_GRANULE, models::FORGETFUL, &old, &new] {
        let table = Table::parse(entry).expect("a table");
        let shape = SHAPES.iter().find(|shape| map(&memory(**shape), &table).is_ok());
        let design = map(&memory(*shape.expect("one fits")), &table).expect("fits");
        let made = seedbed_verilog::sram::models(&design, &table);
        let text: String = made.iter().map(|f| f.text.clone()).collect();
        if tools::available("iverilog") {
            assert!(agree(&table, &text) > 2, "{text}");
        }
        let paths = tools::write(dir.path(), &made);
        assert_eq!(tools::lint(&paths, &table.macros[0].name, false), [""; 0], "{text}");
        assert!(!entry.contains("\"new\"") || text.contains("wa == ra"), "{text}");
    }
}

/// The comparison itself: a macro with a fault is found.
#[test]
fn a_faulty_macro_is_found() {
    if !tools::available("iverilog") {
        return;
    }
    let table = Table::parse(models::MASKED).expect("a table");
    let faulty = models::VERILOG.replace("masked[a][i] <= d[i]", "masked[a][i] <= d[i] ^ (a == 5)");
    assert_ne!(faulty, models::VERILOG);
    let failed = std::panic::catch_unwind(|| agree(&table, &faulty));
    assert!(failed.is_err());
}

/// The macros of the SKY130 process, by the models that come with it.
#[test]
fn foundry_models_agree_with_memories() {
    let model = tools::shared("pdk/sky130hd-130nm/sky130_sram_1rw1r_64x256_8.v.gz");
    let (Some(model), true) = (model, tools::available("iverilog")) else { return };
    let out = Command::new("gzip").arg("-dc").arg(&model).output().expect("gzip runs");
    let text = String::from_utf8(out.stdout).expect("Verilog is text");
    // The model forgets its data by a blocking assignment at the edge, before any register can take them.
    // A macro has a hold time.
    let text =
        text.replace("dout0 = 64'bx", "dout0 <= 64'bx").replace("dout1 = 64'bx", "dout1 <= 64'bx");
    let table = Table::parse(models::SKY130).expect("a table");
    assert_eq!(agree(&table, &text), 8);
}

#[test]
fn what_does_not_fit_says_why() {
    let why = |table: &str, shape: Shape, change: &dyn Fn(&mut Mem)| {
        let mut design = memory(shape);
        let top = design.modules.keys().next_back().expect("a top");
        let mem = design.modules[top].mems.keys().next().expect("a memory");
        change(&mut design.modules[top].mems[mem]);
        let misfits = map(&design, &Table::parse(table).expect("a table")).expect_err("no fit");
        misfits[0].to_string()
    };
    let two_ports = SHAPES[5];
    let said = why(models::MASKED, two_ports, &|_| {});
    assert_eq!(
        said,
        "no SRAM macro fits memory `store` of `top` (tests/design.rs:7): \
         `masked` has no port that reads while another writes"
    );
    let said = why(models::TWO_PORTS, two_ports, &|mem| mem.collision = Collision::Old);
    assert!(
        said.ends_with("must give the old one, that of `two_ports` gives the undefined"),
        "{said}"
    );
    let said = why(models::MASKED, SHAPES[0], &|mem| mem.contents = Some(vec![Bits::ones(64)]));
    assert!(said.contains("contents at power-up"), "{said}");
    let said = why(models::MASKED, SHAPES[0], &|mem| mem.depth = 1 << 20);
    assert!(said.ends_with("it takes 131072 of `masked`, more than 4096"), "{said}");
}

#[test]
fn small_memories_stay_arrays() {
    let table = format!("smallest = 4097\n{}", models::MASKED);
    let design = memory(SHAPES[0]);
    let kept = map(&design, &Table::parse(&table).expect("a table")).expect("nothing to fit");
    assert_eq!(text::print(&kept), text::print(&design));
}

#[test]
fn a_table_with_mistakes_is_refused() {
    for (right, wrong, said) in [
        ("words = 32", "words = \"many\"", "line 4"),
        ("granule = 1", "granule = 5", "macro `masked`: `granule` does not divide 16 bits"),
        ("write = \"we\"", "", "macro `masked`: a port lacks its pin `write`"),
        ("1'b1", "2'b111", "`2'b111` is not a number"),
        ("hold = true", "hold = true\ncolor = 1", "color"),
        ("1'b1", "4294967295'h0", "of 1 to 65536 bits"),
        ("1'b1", "1'b+1", "is not a number"),
        ("words = 32", "words = 16777217", "more than 16777216 words or 65536 bits"),
        ("bits = 16", "bits = 65537", "more than 16777216 words or 65536 bits"),
        ("\"masked\"", "\"1masked\"", "macro `1masked`: the name `1masked` is not an identifier"),
        ("\"bm\"", "\"do\"", "macro `masked`: the name `do` is a reserved word of Verilog"),
        ("\"a\"", "\"!a\"", "the name `!a` is not an identifier"),
        ("\"!ce_n\"", "\"!!ce_n\"", "the name `!ce_n` is not an identifier"),
        ("test =", "\"te st\" =", "the name `te st` is not an identifier"),
        ("\"bm\"", "\"d\"", "macro `masked`: two pins are called `d`"),
        ("\"a\"", "\"ck\"", "two pins are called `ck`"),
        ("test =", "q =", "two pins are called `q`"),
    ] {
        assert!(models::MASKED.contains(right));
        let refused = Table::parse(&models::MASKED.replace(right, wrong)).expect_err("a mistake");
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn macros_have_one_name_each() {
    let refused = Table::parse(&[models::MASKED, models::MASKED].concat()).expect_err("a mistake");
    assert_eq!(refused, "two macros are called `masked`");
}

/// The model of a macro knows its pins under no other name.
#[test]
fn pins_keep_their_names() {
    let entry = models::MASKED.replace("\"bm\"", "\"near\"").replace("\"masked\"", "\"list\"");
    let mapped = map(&memory(SHAPES[2]), &Table::parse(&entry).expect("a table")).expect("fits");
    let text: String = emit(&mapped, &Options::default()).into_iter().map(|f| f.text).collect();
    assert!(text.contains("  list ") && text.contains(".near "), "{text}");
}

#[test]
fn wrappers_are_lint_clean() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (table, shape) in [(models::MASKED, SHAPES[2]), (models::TWO_PORTS, SHAPES[6])] {
        let mapped = map(&memory(shape), &Table::parse(table).expect("a table")).expect("fits");
        let mut paths = tools::write(dir.path(), &emit(&mapped, &Options::default()));
        let models = dir.path().join("models.v");
        // Verilator wants to see the ports of a macro, not what is wrong inside it.
        std::fs::write(&models, models::SHELLS).expect("the temporary folder is writable");
        paths.insert(0, models);
        let complaints = tools::lint(&paths, "top", true);
        let own: Vec<_> = complaints.iter().filter(|c| !c.contains("models.v")).collect();
        assert!(own.is_empty(), "{own:#?}");
    }
}

/// Where all must be tested, a missing model or simulator is a failure.
#[test]
fn what_is_required_is_not_skipped() {
    let passes = |variable: &str, value: &str, required: &[(&str, &str)]| {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "foundry_models_agree_with_memories"]);
        command.env_remove("SEEDBED_REQUIRE_SHARED").env_remove("SEEDBED_REQUIRE_TOOLS");
        command.env(variable, value).envs(required.iter().copied());
        command.output().expect("the test runs").status.success()
    };
    let nowhere = ("SEEDBED_SHARED", "/nowhere");
    assert!(passes(nowhere.0, nowhere.1, &[]));
    assert!(!passes(nowhere.0, nowhere.1, &[("SEEDBED_REQUIRE_SHARED", "1")]));
    if tools::shared("pdk").is_some() {
        assert!(passes("PATH", "/nowhere", &[]));
        assert!(!passes("PATH", "/nowhere", &[("SEEDBED_REQUIRE_TOOLS", "1")]));
    }
}

//! Mistakes: exit status 2 and one message that names the place and the remedy; never a panic.

mod support;

use seedbed_cosim::rng::Rng;
use seedbed_model::tflite;
use seedbed_spec::Config;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{digits, digits_array, finished, Workshop};

/// The preset `small` with one text replaced, and the line of the replacement.
fn small_with(from: &str, to: &str) -> (String, usize) {
    let text = Config::preset_text("small").expect("a preset");
    assert_eq!(text.matches(from).count(), 1, "`{from}` occurs once in small.toml");
    let before = text.split(from).next().unwrap_or_default();
    (text.replace(from, to), before.lines().count().max(1) + usize::from(before.ends_with('\n')))
}

/// The message about `small` with one text replaced.
fn about(from: &str, to: &str) -> String {
    let workshop = Workshop::new();
    let (text, line) = small_with(from, to);
    let file = workshop.file("core.toml", text);
    let message = workshop.refused(&["show", &file]);
    let place = format!("error: core.toml:{line}: ");
    message.strip_prefix(&place).unwrap_or_else(|| panic!("{message}: not {place}")).to_string()
}

#[test]
fn configurations_are_refused_at_file_line_and_key() {
    let cases = [
        ("kind = \"dot\"", "speed = 3", "array.speed: unknown field `speed`, expected one of `kind`, `rows`, `cols`, `lane`, `cuts`; remove or rename it"),
        ("[front]", "[fronts]", "fronts: unknown field `fronts`, expected one of `name`, `array`, `memory`, `post`, `numerics`, `bus`, `front`, `reset`; remove or rename it"),
        ("rows = 8\n", "rows = 0\n", "array.rows: 0 is too small; write a number from 2 to 256"),
        ("lanes = 4", "lanes = 3", "post.lanes: 3 does not divide the 8 columns of the array; write 2 or 4"),
        ("rows = 8\n", "rows = 1048576\n", "array.rows: 1048576 is too large; write a number from 2 to 256"),
        ("lm_bytes = 65536", "lm_bytes = 0", "memory.lm_bytes: 0 is too small; write a power of two from 256 to 8388608"),
        ("lm_bytes = 65536", "lm_bytes = 128", "memory.lm_bytes: 128 is too small; write a power of two from 256 to 8388608"),
        ("lm_bytes = 65536", "lm_bytes = 1073741824", "memory.lm_bytes: 1073741824 is too large; write a power of two from 256 to 8388608"),
        ("k_max = 4096", "k_max = 0", "numerics.k_max: 0 is too small; write a number from 1 to 65536"),
        ("k_max = 4096", "k_max = -1", "numerics.k_max: invalid value: integer `-1`, expected a number from 0 to 4294967295; write a value of the expected kind (presets/small.toml is an example)"),
        ("kind = \"async\"", "kind = \"none\"", "reset.kind: unknown variant `none`, expected `async` or `sync`; write one of those"),
        ("name = \"small\"", "name = \"Core 1\"", "name: `Core 1` cannot name a module; write 1 to 64 lower-case letters, digits and `_`, a letter first"),
    ];
    for (from, to, message) in cases {
        assert_eq!(about(from, to).trim_end(), message);
    }
}

/// Every number of a configuration as zero, as too large, and as beyond 32 bits.
#[test]
fn zero_and_huge_sizes_are_refused_wherever_they_stand() {
    let text = Config::preset_text("small").expect("a preset");
    let (mut table, mut keys) = ("", 0);
    for line in text.lines() {
        table = line.strip_prefix('[').map_or(table, |rest| rest.trim_end_matches(']'));
        let Some((key, value)) = line.split_once(" = ") else { continue };
        if value.parse::<u32>().is_err() {
            continue;
        }
        keys += 1;
        let place = format!("{table}.{key}: ");
        for (number, what) in [
            ("0", "0 is too small; write a "),
            ("4294967295", "4294967295 is too large; write a "),
            ("99999999999", "invalid value: integer `99999999999`, expected a number from 0 to "),
        ] {
            let message = about(&format!("{line}\n"), &format!("{key} = {number}\n"));
            assert!(message.starts_with(&(place.clone() + what)), "{message}");
        }
    }
    assert_eq!(keys, 15, "numbers in small.toml");
}

#[test]
fn unknown_cores_are_told_what_there_is() {
    let workshop = Workshop::new();
    let presets = Config::presets().join(", ");
    let unknown = format!(
        "error: there is no preset `huge`; presets are {presets}; a file must end in .toml\n"
    );
    let absent = "error: huge.toml: cannot be read: No such file or directory (os error 2)\n";
    let inputs = workshop.inputs(1);
    for (name, message) in [("huge", unknown.as_str()), ("huge.toml", absent)] {
        let model = digits("model.tflite");
        let run = ["run", &model, "--input", &inputs, "--preset", name];
        for args in [&["show", name][..], &["generate", name], &run] {
            assert_eq!(workshop.refused(args), message, "{args:?}");
        }
    }
    assert!(!workshop.path("rtl-out").exists());
}

#[test]
fn networks_beyond_the_core_name_layer_size_and_remedy() {
    let workshop = Workshop::new();
    let model = digits("model.tflite");
    let few = workshop.file("few.toml", small_with("k_max = 4096", "k_max = 63").0);
    let message = workshop.refused(&["compile", &model, "--preset", &few, "-o", "out"]);
    let expected =
        "error: layer `L01_FULLY_CONNECTED` sums 64 products per output, the accelerator \
                    `small` is proved for 63: raise numerics.k_max to 64\n";
    assert_eq!(message, expected);

    let (mut least, _) =
        small_with("lm_bytes = 65536\nlm_banks = 4", "lm_bytes = 128\nlm_banks = 1");
    for (from, to) in [("rows = 8\ncols = 8", "rows = 2\ncols = 2"), ("lanes = 4", "lanes = 2")] {
        least = least.replace(from, to);
    }
    let least = workshop.file("least.toml", least);
    let message = workshop.refused(&["compile", &model, "--preset", &least, "-o", "out"]);
    let expected =
        "error: layer `L01_FULLY_CONNECTED` does not fit the local memory of `small`: one \
                    tile of activations, weights, parameters and outputs takes 192 bytes of 128: \
                    raise memory.lm_bytes to 256\n";
    assert_eq!(message, expected);

    let message = workshop.refused(&["compile", &model, "--rows", "4000000000", "-o", "out"]);
    let expected =
        "error: the program needs 384000000000 bytes of external memory, 32 address bits \
                    reach 4294967296: raise bus.addr_bits or use a smaller batch\n";
    assert_eq!(message, expected);
    assert!(!workshop.path("out").exists());
}

#[test]
fn files_that_are_no_network_are_named() {
    let workshop = Workshop::new();
    let inputs = workshop.inputs(1);
    let model = std::fs::read(digits("model.tflite")).expect("the digits model");
    let noise: Vec<u8> = (0..4096u32).map(|i| (i * i + i / 7) as u8).collect();
    let start = "not a TFLite model, or a damaged one: ";
    let cases = [
        ("empty.tflite", Vec::new(), "it has only 0 bytes\n"),
        ("short.tflite", model[..7].to_vec(), "it has only 7 bytes\n"),
        ("cut.tflite", model[..model.len() / 2].to_vec(), ""),
        ("noise.tflite", noise, "bytes 4 to 7 are not `TFL3`\n"),
    ];
    for (name, bytes, end) in cases {
        workshop.file(name, bytes);
        let message = workshop.refused(&["run", name, "--input", &inputs]);
        assert!(message.starts_with(&format!("error: {name}: {start}")), "{message}");
        assert!(message.ends_with(end), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let message = workshop.refused(&["run", "none.tflite", "--input", &inputs]);
    let expected = "error: none.tflite: cannot be read: No such file or directory (os error 2)\n";
    assert_eq!(message, expected);
}

#[test]
fn unsupported_operators_name_layer_operator_and_what_works() {
    let workshop = Workshop::new();
    let bytes = std::fs::read(digits("model.tflite")).expect("the digits model");
    // The one byte that holds FULLY_CONNECTED's code, 9, becomes SOFTMAX's.
    let patched = (0..bytes.len()).filter(|at| bytes[*at] == 9).find_map(|at| {
        let mut patched = bytes.clone();
        patched[at] = 25;
        let error = tflite::parse(&patched, "patched").err()?.to_string();
        error.contains("SOFTMAX").then_some(patched)
    });
    let model = workshop.file("soft.tflite", patched.expect("a byte of the operator code"));
    let message = workshop.refused(&["run", &model, "--input", &workshop.inputs(1)]);
    let expected = "error: soft.tflite: layer 1 is SOFTMAX, which is not supported; supported are \
                    FULLY_CONNECTED (int8), RESHAPE, and QUANTIZE / DEQUANTIZE at the edges\n";
    assert_eq!(message, expected);
}

/// Damages some bytes of a file, or cuts it.
fn damage(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut below = |end: usize| (rng.next_u64() % end as u64) as usize;
    let at = below(bytes.len());
    match below(5) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << below(8),
        2 => (0..8).for_each(|_| {
            let at = below(bytes.len());
            bytes[at] = below(256) as u8;
        }),
        3 => {
            let words = [0, 1, u32::MAX, 1 << 31, (1 << 31) - 1, 1 << 24];
            let word = words[below(words.len())].to_le_bytes();
            bytes.iter_mut().skip(at & !3).zip(word).for_each(|(byte, new)| *byte = new);
        }
        _ => drop(bytes.drain(at..(at + 1 + below(16)).min(bytes.len()))),
    }
    bytes
}

/// Models with random damage are refused with a message or run: no panic, no hang, nothing unequal.
#[test]
fn damaged_networks_never_panic() {
    let slow = std::env::var("SEEDBED_SLOW").is_ok_and(|v| v == "1");
    let workshop = Workshop::new();
    let inputs = workshop.inputs(2);
    let good = std::fs::read(digits("model.tflite")).expect("the digits model");
    let mut rng = Rng::new(2024);
    let cases = if slow { 4000 } else { 240 };
    let (mut refused, mut ran) = (0, 0);
    for case in 0..cases {
        let model = workshop.file("model.tflite", damage(&good, &mut rng));
        let args = ["run", &model, "--input", &inputs, "--engine", "golden"];
        match within_a_minute(&workshop, &args) {
            (Some(0), _) => ran += 1,
            (Some(2), message) if message.starts_with("error: ") => refused += 1,
            (status, message) => {
                let kept = workshop.path("model.tflite");
                panic!("case {case} ({}): status {status:?}\n{message}", kept.display());
            }
        }
    }
    assert!(refused > cases / 4 && ran > cases / 20, "{refused} refused, {ran} ran");
}

/// Exit status and standard error of a run that is stopped after a minute.
fn within_a_minute(workshop: &Workshop, args: &[&str]) -> (Option<i32>, String) {
    let mut command = workshop.seedbed(args);
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let start = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().expect("a running child");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let (status, _, message) = finished(child.wait_with_output().expect("a finished child"));
    (status, message)
}

#[test]
fn arrays_of_the_wrong_shape_or_type_say_what_is_needed() {
    let workshop = Workshop::new();
    let model = digits("model.tflite");
    let whole = std::fs::read(workshop.path(&workshop.inputs(3))).expect("an array");
    workshop.array("narrow.npy", &[3, 63], vec![0i8; 189]);
    workshop.array("float.npy", &[3, 64], vec![0f32; 192]);
    workshop.array("none.npy", &[0, 64], Vec::<i8>::new());
    workshop.file("cut.npy", &whole[..whole.len() - 64]);
    workshop.file("head.npy", &whole[..50]);
    workshop.file("text.npy", "1 2 3, and so on and so on and so on");
    let cases = [
        ("narrow.npy", "shape is [3, 63], need [rows, 64]; the network takes 64 values a row"),
        ("float.npy", "elements are float32: need int8"),
        ("none.npy", "has no rows"),
        ("cut.npy", "truncated or damaged: shape [3, 64] does not fit 128 data bytes"),
        ("head.npy", "not a complete .npy file (50 bytes): I/O error: failed to fill whole buffer; write it with numpy.save"),
        ("text.npy", "not a complete .npy file (36 bytes): error parsing header: start does not match magic string; write it with numpy.save"),
        ("absent.npy", "cannot be read: No such file or directory (os error 2)"),
    ];
    for (name, message) in cases {
        let got = workshop.refused(&["run", &model, "--input", name, "--engine", "golden"]);
        assert_eq!(got, format!("error: {name}: {message}\n"));
    }
}

#[test]
fn expected_outputs_must_have_the_outputs_shape() {
    let workshop = Workshop::new();
    let (model, inputs) = (digits("model.tflite"), workshop.inputs(3));
    workshop.array("rows.npy", &[2, 10], vec![0i8; 20]);
    workshop.array("across.npy", &[10, 3], vec![0i8; 30]);
    workshop.array("flat.npy", &[30], vec![0i8; 30]);
    workshop.array("float.npy", &[3, 10], vec![0f32; 30]);
    for (name, message) in [
        ("rows.npy", "shape is [2, 10]; 3 inputs give [3, 10]"),
        ("across.npy", "shape is [10, 3]; 3 inputs give [3, 10]"),
        ("flat.npy", "shape is [30]; 3 inputs give [3, 10]"),
        ("float.npy", "elements are float32: need int8"),
    ] {
        let args = ["run", &model, "--input", &inputs, "--expect", name, "--engine", "golden"];
        assert_eq!(workshop.refused(&args), format!("error: {name}: {message}\n"));
    }
}

/// A path below a file cannot be written by anybody.
#[test]
fn places_that_cannot_be_written_are_named() {
    let workshop = Workshop::new();
    let (model, inputs) = (digits("model.tflite"), workshop.inputs(1));
    workshop.file("file", "");
    let reason = "Not a directory (os error 20)";
    let folder = format!("cannot be made; name another folder with --output: {reason}");
    let run = ["run", &model, "--input", &inputs];
    let cases = [
        (vec!["generate", "tiny", "-o", "file/x"], format!("file/x/rtl: {folder}")),
        (vec!["compile", &model, "-o", "file/x"], format!("file/x: {folder}")),
        (
            [&run[..], &["-o", "file/y.npy"]].concat(),
            format!("file/y.npy: cannot be written; name another file with --output: {reason}"),
        ),
        (
            [&run[..], &["--waves", "file/y.vcd"]].concat(),
            format!("file/y.vcd: cannot be written; name another place with --waves: {reason}"),
        ),
    ];
    for (args, message) in cases {
        assert_eq!(workshop.refused(&args), format!("error: {message}\n"));
    }
}

#[test]
fn a_missing_verilator_says_how_to_install_it() {
    let workshop = Workshop::new();
    let (model, inputs) = (digits("model.tflite"), workshop.inputs(1));
    std::fs::create_dir(workshop.path("bin")).expect("a folder");
    let args = ["run", &model, "--input", &inputs, "--engine", "verilator", "--preset", "tiny"];
    let output = workshop.seedbed(&args).env("PATH", workshop.path("bin")).output();
    let expected = "error: verilator is not installed or not on the PATH: run scripts/setup, or \
                    `apt-get install verilator` (5.006 or later); `--engine sim` needs no tool\n";
    let (status, out, err) = finished(output.expect("the binary starts"));
    assert_eq!((status, out.as_str(), err.as_str()), (Some(2), "", expected));
}

#[test]
fn options_that_contradict_are_refused() {
    let workshop = Workshop::new();
    let (model, inputs) = (digits("model.tflite"), workshop.inputs(1));
    let run = |more: &[&str]| {
        workshop
            .refused(&[&["run", &model, "--input", &inputs, "--engine", "golden"], more].concat())
    };
    let waves = "error: --waves shows RTL signals; choose --engine sim or --engine verilator\n";
    assert_eq!(run(&["--waves", "x.vcd"]), waves);
    let rtl = "error: --rtl runs Verilog text; choose --engine verilator\n";
    assert_eq!(run(&["--rtl", "folder"]), rtl);
    for (option, value, message) in [
        ("--stall", "1", "1 is not between 0 and 0.95"),
        ("--stall", "much", "`much` is not a number"),
        ("--latency", "0", "0 is not in 1..=100000"),
        ("--seed", "-1", "unexpected argument '-1' found"),
        ("--family", "xnn", "[possible values: ref, opt]"),
    ] {
        assert!(
            run(&[option, value]).contains(message),
            "{option} {value}: {}",
            run(&[option, value])
        );
    }
}

#[test]
fn programs_that_are_none_are_refused() {
    let workshop = Workshop::new();
    workshop.file("text.json", "{}");
    workshop.file("bytes.json", [0xff, 0xfe, 0x00]);
    let remedy = "make one with `seedbed compile`";
    for (name, problem) in [
        ("text.json", "missing field `commands` at line 1 column 2"),
        ("bytes.json", "expected value at line 1 column 1"),
    ] {
        let message = format!("error: {name}: not a compiled program: {problem}; {remedy}\n");
        assert_eq!(workshop.refused(&["disasm", name]), message);
    }
}

/// Not a mistake of the request: exit status 1, and the number of bytes that differ.
#[test]
fn wrong_expectations_are_counted() {
    let workshop = Workshop::new();
    let (model, inputs) = (digits("model.tflite"), workshop.inputs(3));
    let mut wrong = digits_array("expected.npy").data[..30].to_vec();
    for at in [7, 8, 29] {
        wrong[at] = wrong[at].wrapping_add(1);
    }
    let line = format!(
        "outputs = wrong.npy: 3 of 30 bytes DIFFER; first at byte 7: {} against {}\n",
        wrong[7].wrapping_sub(1),
        wrong[7]
    );
    workshop.array("wrong.npy", &[3, 10], wrong);
    for engine in ["golden", "sim"] {
        let args = ["run", &model, "--input", &inputs, "--expect", "wrong.npy", "--engine", engine];
        let (status, out, err) = workshop.run(&args);
        assert_eq!((status, err.as_str()), (Some(1), ""), "{out}");
        assert!(out.contains(&line) && out.ends_with("FAIL\n"), "{out}");
    }
}

/// `seedbed presets | head -0`.
#[test]
fn a_reader_that_closes_the_pipe_is_no_mistake() {
    let workshop = Workshop::new();
    let mut command = workshop.seedbed(&["presets"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    drop(child.stdout.take());
    let (status, _, err) = finished(child.wait_with_output().expect("ends"));
    assert_eq!((status, err.as_str()), (Some(0), ""));
}

/// A full disk is one.
#[test]
fn output_that_cannot_be_written_is_said() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let output = Workshop::new().seedbed(&["presets"]).stdout(full).output().expect("starts");
    let (status, _, err) = finished(output);
    assert_eq!(status, Some(2));
    assert!(err.starts_with("error: cannot write to standard output: "), "{err}");
}

#[test]
fn codes_are_explained() {
    let workshop = Workshop::new();
    let page = workshop.succeeds(&["explain", "E0010"]);
    assert!(page.starts_with("# E0010: not driven\n"), "{page}");
    assert_eq!(workshop.succeeds(&["explain", "10"]), page);
    let all = workshop.succeeds(&["explain"]);
    assert_eq!(all.lines().count(), seedbed_cosim::netlist::Code::ALL.len());
    assert!(all.contains("E0012: combinational loop\n"), "{all}");
    let message = workshop.refused(&["explain", "E0002"]);
    assert_eq!(
        message.trim_end(),
        "error: there is no code `E0002`; `seedbed explain` lists them all"
    );
}

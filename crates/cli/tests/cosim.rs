//! `cosim`: help, exit status, results, and what it refuses.

mod support;

use serde_json::{json, Value};
use support::{slow, verilator, Workshop};

fn json(workshop: &Workshop, args: &[&str]) -> Value {
    let args = [&["cosim"][..], args, &["--json"]].concat();
    serde_json::from_str(&workshop.succeeds(&args)).expect("JSON")
}

#[test]
fn help_names_options_exit_status_and_examples() {
    let help = Workshop::new().succeeds(&["cosim", "--help"]);
    for words in [
        "Usage: seedbed cosim [OPTIONS] [NAME|FILE.toml]",
        "--random-config",
        "--programs <N>",
        "--seed <SEED>",
        "--stall <P>",
        "--errors",
        "--jobs <J>",
        "--replay <FILE.json>",
        "--rtl <DIR>",
        "Exit status 0 when all is equal, 1 when something differs or is missing, 2 when",
        "seedbed cosim --random-config --programs 50 --errors",
    ] {
        assert!(help.contains(words), "no `{words}` in\n{help}");
    }
}

#[test]
fn a_preset_agrees_and_the_report_says_what_was_exercised() {
    let workshop = Workshop::new();
    let args = ["tiny", "--programs", "50", "--seed", "1", "--stall", "0.3", "--errors"];
    let report = json(&workshop, &args);
    assert_eq!((&report["equal"], &report["programs"]), (&true.into(), &50.into()), "{report}");
    assert_eq!((&report["networks"], &report["missing"]), (&10.into(), &json!([])));
    assert_eq!(report["not_asserted"], json!([]));
    let exercised = &report["exercised"];
    let named = |key: &str| {
        let map = exercised[key].as_object().expect("a map");
        map.iter().filter(|(_, n)| n.as_f64() > Some(0.0)).map(|(name, _)| name.as_str()).collect()
    };
    let commands: Vec<_> = named("commands");
    assert_eq!(commands, ["LOAD", "MATRIX", "POST", "STORE"]);
    let rules: Vec<_> = named("rules");
    assert_eq!(rules, ["Dbl", "Sgl", "Up"]);
    let faults: Vec<_> = named("faults");
    let causes = ["BUS_READ", "BUS_WRITE", "DEADLOCK", "FETCH", "ILLEGAL", "RANGE_LM", "RANGE_PS"];
    assert_eq!(faults, [&causes[..], &["SEM_OVERFLOW", "WINDOW"]].concat());
    for (channel, share) in exercised["stalled"].as_object().expect("a map") {
        assert!(share.as_f64() >= Some(0.2), "{channel}: {share}");
    }
    assert!(exercised["macs"].as_u64() >= Some(100_000), "{report}");
    assert!(!workshop.path("cosim-out").exists(), "nothing failed");
}

/// A seed is all that a run depends on, however many programs run at a time.
#[test]
fn a_seed_gives_the_same_run_again() {
    let workshop = Workshop::new();
    let run = |jobs: &str, seed: &str| {
        let args = ["cosim", "--random-config", "--programs", "8", "--seed", seed, "--jobs", jobs];
        workshop.succeeds(&[&args[..], &["--stall", "0.1", "--errors"]].concat())
    };
    let text = run("1", "5");
    assert!(text.starts_with("random configurations, engine sim, seed 5: 8 programs, "), "{text}");
    assert!(text.ends_with("\nPASS\n"), "{text}");
    assert_eq!(run("3", "5"), text);
    assert_ne!(run("2", "6"), text);
}

/// Without a seed one is taken, and told.
#[test]
fn every_run_tells_its_seed() {
    let workshop = Workshop::new();
    let seed = json(&workshop, &["tiny", "--programs", "1"])["seed"].to_string();
    let again = json(&workshop, &["tiny", "--programs", "1", "--seed", &seed]);
    assert_eq!(again["seed"].to_string(), seed);
}

/// The smallest legal array computes too little in 50 programs if so much is demanded of it, and enough
/// in 200: what is demanded follows the size.
#[test]
fn small_cores_need_more_programs() {
    let workshop = Workshop::new();
    let core = std::fs::read_to_string(support::ROOT.to_string() + "/presets/tiny.toml");
    let core = core.expect("a preset").replace("rows = 4\ncols = 4", "rows = 2\ncols = 2");
    let core = workshop.file("core.toml", core.replace("lanes = 4", "lanes = 2"));
    let report = json(&workshop, &[&core, "--programs", "50", "--seed", "1"]);
    assert!(report["exercised"]["macs"].as_u64() < Some(100_000), "{report}");
    let report = json(&workshop, &[&core, "--programs", "200", "--seed", "1"]);
    assert!(report["exercised"]["macs"].as_u64() >= Some(100_000), "{report}");
}

#[test]
fn mistakes_are_refused_with_a_remedy() {
    let workshop = Workshop::new();
    let refused = |args: &[&str]| workshop.refused(&[&["cosim"], args].concat());
    workshop.file("case.json", "{}");
    for option in ["--random-config", "--errors", "--no-shrink", "--seed=1", "--programs=20"]
        .into_iter()
        .chain(["--stall=0", "--latency=1", "--jobs=1", "--case=0"])
    {
        let text = refused(&["--replay", "case.json", option]);
        let name = option.split('=').next().expect("a name");
        let message = format!("'--replay <FILE.json>' cannot be used with '{name}");
        let reverse = format!("'{name}");
        assert!(text.contains(&message) || text.contains(&reverse), "{option}: {text}");
    }
    for (args, message) in [
        (vec![], "required arguments were not provided"),
        (vec!["huge"], "there is no preset `huge`; presets are "),
        (vec!["tiny", "--random-config"], "cannot be used with"),
        (vec!["tiny", "--programs", "0"], "0 is not in 1.."),
        (vec!["tiny", "--stall", "1"], "1 is not between 0 and 0.95"),
        (vec!["tiny", "--jobs", "0"], "0 is not in 1..=256"),
        (vec!["tiny", "--seed", "x"], "invalid digit found in string"),
        (vec!["tiny", "--case", "9"], "error: there is no case 9: 20 programs make 4\n"),
        (vec!["--random-config", "--rtl", "x"], "cannot be used with"),
        (vec!["tiny", "--rtl", "x"], "--rtl runs Verilog text; choose --engine verilator\n"),
        (
            vec!["tiny", "--rtl", "x", "--engine", "verilator"],
            "error: x/tiny.f: cannot be read; --rtl takes a folder of `seedbed generate`",
        ),
        (vec!["tiny", "--replay", "case.json"], "cannot be used with"),
        (vec!["--replay", "case.json", "--rtl", "x"], "--rtl runs Verilog text; choose --engine"),
        (vec!["--replay", "no.json"], "error: no.json: cannot be read: No such file"),
        (vec!["--replay", "case.json"], "error: case.json: not a case of `seedbed cosim`: missing"),
    ] {
        let text = refused(&args);
        assert!(text.contains(message), "{args:?}: {text}");
    }
}

/// What is too little to be demanded is told, not passed over.
#[test]
fn what_is_not_asserted_is_told() {
    let workshop = Workshop::new();
    let told = |args: &[&str]| json(&workshop, args)["not_asserted"].clone();
    assert_eq!(told(&["tiny", "--programs", "1"]), json!(["any minimum: under 50 programs"]));
    let one = ["tiny", "--programs", "100", "--case", "3"];
    assert_eq!(told(&one), json!(["any minimum: --case runs one of many"]));
    let plain = ["tiny", "--programs", "50", "--seed", "1"];
    let stalls = "stalled cycles: --stall under 0.25";
    assert_eq!(told(&plain), json!([stalls, "causes of faults: no --errors"]));
    let text = workshop.succeeds(&["cosim", "tiny", "--programs", "1"]);
    assert!(text.contains("\nnot asserted: any minimum: under 50 programs\n"), "{text}");
}

/// Verilog of another configuration is a mistake of the request, not a difference.
#[test]
fn verilog_of_another_configuration_is_refused() {
    let workshop = Workshop::new();
    let preset = std::fs::read_to_string(support::ROOT.to_string() + "/presets/tiny.toml");
    let preset = preset.expect("a preset");
    let other = workshop.file("other.toml", preset.replace("prefetch = ", "prefetch = 1"));
    workshop.succeeds(&["generate", &other, "-o", "core"]);
    let hash = |target: &str| {
        let shown = workshop.succeeds(&["show", target]);
        let hash = shown.split_once("\nhash ").expect("a hash").1;
        hash[..8].to_string()
    };
    let (found, expected) = (hash(&other), hash("tiny"));
    assert_ne!(found, expected);
    let options = ["--engine", "verilator", "--rtl", "core"];
    let text = workshop.refused(&[&["cosim", "tiny"][..], &options].concat());
    let message = format!(
        "error: core: its Verilog is of configuration hash {found}, tiny is {expected}; name the \
         folder that `seedbed generate` wrote for it\n"
    );
    assert_eq!(text, message);
}

/// A bias without its sign in the Verilog: found, made small, told where, and there again in the file.
#[test]
fn a_bug_becomes_a_small_case_with_trace_and_waves() {
    if !slow("random programs on edited Verilog") || !verilator() {
        return;
    }
    let workshop = Workshop::new();
    workshop.succeeds(&["generate", "tiny", "-o", "core"]);
    let rtl = std::fs::read_dir(workshop.path("core/rtl")).expect("a folder");
    let lane = rtl.map(|entry| entry.expect("a file").path());
    let lane = lane.filter(|path| path.display().to_string().contains("requantise_lane"));
    for file in lane {
        let text = std::fs::read_to_string(&file).expect("a lane");
        assert!(text.contains("{bias[31], bias}"), "{text}");
        let edited = text.replace("{bias[31], bias}", "{1'b0, bias}");
        std::fs::write(&file, edited).expect("a writable file");
    }
    let edited = ["--engine", "verilator", "--rtl", "core"];
    let args = [&["cosim", "tiny", "--programs", "20", "--seed", "1"][..], &edited].concat();
    let (status, out, err) = workshop.run(&args);
    assert_eq!((status, err.as_str()), (Some(1), ""), "{out}");
    for words in [
        "DIFFERENT: job ",
        "again: seedbed cosim tiny --programs 20 --seed 1 --case ",
        "\nfirst divergence: job ",
        "(POST), n-tile ",
        "written: cosim-out/waves.vcd\n",
        "again: seedbed cosim --replay cosim-out/case.json --engine verilator --rtl core\nFAIL\n",
    ] {
        assert!(out.contains(words), "no `{words}` in\n{out}");
    }
    let trace = std::fs::read_to_string(workshop.path("cosim-out/trace.txt")).expect("a trace");
    assert!(trace.contains("first divergence: job ") && trace.contains("POST   ps_addr="));
    let waves = std::fs::read_to_string(workshop.path("cosim-out/waves.vcd")).expect("waves");
    assert!(waves.contains("$enddefinitions") && waves.lines().count() > 1000);

    let replay = ["cosim", "--replay", "cosim-out/case.json"];
    let (status, out, _) = workshop.run(&[&replay[..], &edited, &["--json"]].concat());
    let report: Value = serde_json::from_str(&out).expect("JSON");
    // Parameters, sums, the POST that mistreats them, and little else.
    let commands = report["failure"]["small"]["commands"].as_u64();
    assert!(status == Some(1) && commands <= Some(8), "{report}");
    assert_eq!((&report["equal"], &report["engine"]), (&false.into(), &"verilator".into()));
    let text = workshop.succeeds(&replay);
    let head = "cosim-out/case.json, engine sim, seed ";
    assert!(text.starts_with(head) && text.ends_with("\nPASS\n"), "{text}");
    assert!(text.contains("\nnot asserted: any minimum: --replay runs one case\n"), "{text}");
}

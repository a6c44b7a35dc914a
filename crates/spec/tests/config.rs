//! The configuration: presets, derived numbers, and the exact message for every kind of mistake.

use seedbed_spec::config::{Cut, ResetKind};
use seedbed_spec::Config;

fn preset(name: &str) -> Config {
    Config::preset(name).expect("the presets are legal")
}

/// The message for `small` with one replacement.
fn message(from: &str, to: &str) -> String {
    let text = Config::preset_text("small").unwrap();
    assert!(text.contains(from), "{from} is not in the preset");
    Config::from_toml(&text.replacen(from, to, 1), "my.toml").unwrap_err().to_string()
}

#[test]
fn presets_are_legal_and_carry_their_names() {
    assert_eq!(Config::presets(), ["tiny", "small", "edge", "edge-systolic", "ragged", "odd"]);
    for name in Config::presets() {
        let config = Config::from_toml(Config::preset_text(name).unwrap(), name).unwrap();
        // A name of a module has no dash.
        assert_eq!(config.name, name.replace('-', "_"));
    }
    assert_eq!(Config::preset("huge"), None);
}

#[test]
fn derived_numbers() {
    let [tiny, small, edge, ragged] = ["tiny", "small", "edge", "ragged"].map(preset);
    let numbers = |c: &Config| {
        [c.bus_bytes(), c.word(), c.granule(), c.lm_words(), c.acc_bits(), c.param_tile_bytes()]
    };
    assert_eq!(numbers(&tiny), [4, 4, 4, 2048, 26, 48]);
    assert_eq!(numbers(&small), [8, 8, 8, 8192, 28, 96]);
    assert_eq!(numbers(&edge), [16, 16, 16, 8192, 28, 192]);
    assert_eq!(numbers(&ragged), [4, 8, 4, 2048, 27, 48]);
    let peaks = [tiny, small.clone(), edge, ragged.clone()].map(|config| config.peak_macs());
    assert_eq!(peaks, [16, 64, 256, 32]);
    assert_eq!(
        (small.lm_word_addr_bits(), small.lm_bank_words(), small.ps_row_bits()),
        (13, 2048, 9)
    );
    assert_eq!((ragged.weight_tile_bytes(), ragged.round_up_to_word(9)), (32, 16));
    assert_eq!(small.top_name(), "seedbed_small");
    assert!(ragged.has_cut(Cut::Tree) && !small.has_cut(Cut::Tree));
    assert_eq!(ragged.reset.kind, ResetKind::Sync);
}

/// The accumulator holds every sum of `k_max` products, and one bit less would not.
#[test]
fn accumulator_width_is_tight() {
    let mut config = preset("tiny");
    for k_max in [1, 2, 3, 1023, 1024, 65535, 65536] {
        config.numerics.k_max = k_max;
        let most = i64::from(k_max) * 128 * 128;
        let bits = config.acc_bits();
        assert!(most < 1 << (bits - 1), "{k_max}");
        assert!(most >= 1 << (bits - 2), "{k_max}");
    }
}

#[test]
fn hash_depends_on_every_value_and_not_on_layout() {
    let small = preset("small");
    let text =
        Config::preset_text("small").unwrap().replace("rows = 8 ", "rows=8").replace('#', "##");
    assert_eq!(Config::from_toml(&text, "x").unwrap().hash(), small.hash());
    assert_eq!(Config::from_toml(&small.to_toml(), "x").unwrap(), small);
    let mut other = small.clone();
    other.front.queue += 1;
    assert_ne!(other.hash(), small.hash());
    // Generated files carry the hash: it may not change from one version to the next by accident.
    assert_eq!(small.hash(), 0x0bfe_f514);
}

#[test]
fn cuts_are_a_set() {
    let text = Config::preset_text("ragged").unwrap();
    let swapped = text.replace(r#"["product", "tree"]"#, r#"["tree", "product"]"#);
    assert_eq!(Config::from_toml(&swapped, "x").unwrap(), preset("ragged"));
    assert_eq!(
        message(r#"cuts = ["product"]"#, r#"cuts = ["tree", "tree"]"#),
        "my.toml:9: array.cuts: a cut is listed twice; list each cut once"
    );
}

/// One replacement in `small` per mistake.
const MISTAKES: &[(&str, &str)] = &[
    // unknown and missing keys
    ("lanes = 4", "lanes = 4\nlane = 2"),
    ("lanes = 4", "lanes = 4\n[pots]\nlanes = 4"),
    ("lanes = 4\n", ""),
    ("[reset]\nkind = \"async\"\n", ""),
    ("name = \"small\"\n", ""),
    // wrong types, syntax
    ("rows = 8", "rows = -8"),
    ("rows = 8", "rows = 5000000000"),
    ("rows = 8", "rows = 99999999999999999999"),
    ("rows = 8", "rows = \"8\""),
    ("rows = 8", "rows = 8.0"),
    ("rows = 8", "rows ="),
    ("rows = 8", "rows = 8\nrows = 8"),
    ("[array]", "[array"),
    ("kind = \"dot\"", "kind = \"mesh\""),
    ("kind = \"async\"", "kind = \"none\""),
    ("cuts = [\"product\"]", "cuts = [\"middle\"]"),
    ("cuts = [\"product\"]", "cuts = [\"tree\", \"tree\"]"),
    (
        "kind = \"dot\"\nrows = 8\ncols = 8\nlane = \"plain\"\ncuts = [\"product\"]",
        "kind = \"systolic\"\nrows = 8\ncols = 8\nlane = \"plain\"\ncuts = [\"tree\"]",
    ),
    // sizes: zero, too small, too large, odd
    ("rows = 8", "rows = 0"),
    ("rows = 8", "rows = 1"),
    ("rows = 8", "rows = 512"),
    ("cols = 8", "cols = 0"),
    ("cols = 8", "cols = 257"),
    ("cols = 8", "cols = 10"),
    ("lanes = 4", "lanes = 0"),
    ("lanes = 4", "lanes = 3"),
    ("lanes = 4", "lanes = 16"),
    ("lm_bytes = 65536", "lm_bytes = 0"),
    ("lm_bytes = 65536", "lm_bytes = 64"),
    ("lm_bytes = 65536", "lm_bytes = 65535"),
    ("lm_bytes = 65536", "lm_bytes = 2147483648"),
    ("lm_banks = 4", "lm_banks = 3"),
    ("lm_banks = 4", "lm_banks = 64"),
    ("ps_rows = 512", "ps_rows = 2"),
    ("ps_rows = 512", "ps_rows = 65536"),
    ("ps_banks = 2", "ps_banks = 1"),
    ("k_max = 4096", "k_max = 0"),
    ("k_max = 4096", "k_max = 131072"),
    ("data_bits = 64", "data_bits = 48"),
    ("data_bits = 64", "data_bits = 16"),
    ("data_bits = 64", "data_bits = 1024"),
    ("addr_bits = 32", "addr_bits = 64"),
    ("addr_bits = 32", "addr_bits = 0"),
    ("burst_beats = 16", "burst_beats = 0"),
    ("burst_beats = 16", "burst_beats = 512"),
    ("outstanding = 8", "outstanding = 0"),
    ("prefetch = 8", "prefetch = 65"),
    ("queue = 4", "queue = 0"),
    ("semaphores = 16", "semaphores = 8"),
    ("semaphores = 16", "semaphores = 33"),
    ("name = \"small\"", "name = \"Small-1\""),
    ("name = \"small\"", "name = \"\""),
    ("name = \"small\"", "name = \"a\\nb\""),
];

/// `tests/config_errors.txt` shows what a user reads. `BLESS=1` rewrites it.
#[test]
fn every_mistake_is_named_with_place_and_remedy() {
    let show = |(from, to): &(&str, &str)| {
        let edit = format!("{from} -> {to}").replace('\n', " / ");
        format!("{edit}\n    {}\n", message(from, to))
    };
    let mut text: String = MISTAKES.iter().map(show).collect();
    let empty = Config::from_toml("", "my.toml").unwrap_err();
    text.push_str(&format!("an empty file\n    {empty}\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config_errors.txt");
    if std::env::var("BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    for (line, expected) in text.lines().zip(expected.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(text.len(), expected.len());
}

#[test]
fn random_text_is_refused_without_a_panic() {
    for text in ["\0", "[[", "\u{feff}", "=", "a.b.c = 1", "[array]\nrows", "name = '\u{1F600}'"] {
        let error = Config::from_toml(text, "my.toml").unwrap_err();
        assert_eq!(error.line, text.lines().count(), "{error}");
    }
}

/// Bursts may not be longer than 4 KiB, whatever the bus.
#[test]
fn bursts_stay_within_4_kib() {
    let mut config = preset("small");
    config.bus.data_bits = 512;
    config.bus.burst_beats = 64;
    assert_eq!(config.check(), Ok(()));
    config.bus.burst_beats = 128;
    assert_eq!(config.check().unwrap_err().key, "bus.burst_beats");
}

/// Any array from 2 x 2 to 256 x 256 can be built, with any divisor of C as lanes.
#[test]
fn rows_and_columns_are_free() {
    let mut config = preset("edge");
    for (rows, cols, lanes) in [(2, 2, 1), (3, 5, 5), (12, 20, 10), (255, 254, 127), (256, 256, 1)]
    {
        (config.array.rows, config.array.cols, config.post.lanes) = (rows, cols, lanes);
        assert_eq!(config.check(), Ok(()), "{rows} x {cols}");
    }
}

/// Places are found in inline tables too.
#[test]
fn inline_tables() {
    let text = Config::preset_text("small").unwrap();
    let inline =
        text.replace("[post]\nlanes = 4", "").replace("name =", "post = { lanes = 3 }\nname =");
    let error = Config::from_toml(&inline, "my.toml").unwrap_err();
    assert_eq!((error.line, error.key.as_str()), (2, "post.lanes"));
}

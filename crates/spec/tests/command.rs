//! The field table and everything that reads it.

use seedbed_spec::command::{
    check, decode_checked, disassemble, encode, field, fields, gaps, to_c_header, to_markdown,
    Body, Command, Encoding, Field, Header, Legal, Matrix, Move, Opcode, Post, Slot, Sync, FIELDS,
};
use seedbed_spec::numerics::Rule;
use seedbed_spec::Config;

/// Deterministic noise (splitmix64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

fn configs() -> Vec<Config> {
    ["tiny", "small", "ragged", "odd"].into_iter().filter_map(Config::preset).collect()
}

/// A legal command of each kind, with different numbers in every field.
fn samples() -> Vec<(Header, Body)> {
    let slot = |id, n| Slot { id, n };
    let waits = [slot(1, 2), slot(3, 255), slot(11, 1)];
    let signals = [slot(0, 9), slot(10, 128), slot(2, 0)];
    let header = Header { stamp: 63, sync: Sync { waits, signals } };
    let mut body = Move::contiguous(0x8000_1230, 0x0f40, 4096).strided(17, -4096, 0x20);
    (body.count2, body.ext_stride2, body.lm_stride2) = (4096, i32::MIN, 0x00ff_ff00);
    (body.count3, body.ext_stride3, body.lm_stride3) = (2, 0x7fff_ff00, 8);
    let matrix = Matrix {
        a_addr: 0x1000,
        w_addr: 0x00ff_fff8,
        ps_addr: 0xffff,
        out_w: 4096,
        k_tiles: 1,
        n_tiles: 77,
        a_stride_w: 0x48,
        accumulate: true,
    };
    let post = Post {
        ps_addr: 3,
        param_addr: 0x2000,
        out_addr: 0x000f_fcd8,
        rows: 1,
        n_tiles: 4096,
        out_stride: 0x18,
        rule: Rule::Up,
        zero_point: -128,
        lo: -128,
        hi: 127,
    };
    let bodies =
        [Body::Load(body.clone()), Body::Store(body), Body::Matrix(matrix), Body::Post(post)];
    bodies.into_iter().map(|body| (header, body)).collect()
}

fn sample(opcode: Opcode) -> Command {
    let (header, body) = &samples()[opcode as usize - 1];
    encode(header, body).unwrap()
}

#[test]
fn fields_do_not_overlap_and_are_in_order() {
    for opcode in Opcode::ALL {
        let all: Vec<&Field> = fields(opcode).collect();
        for pair in all.windows(2) {
            assert!(pair[0].end() <= pair[1].lsb, "{opcode}: {} {}", pair[0].name, pair[1].name);
        }
        assert!(all.iter().all(|f| f.width >= 1 && f.width <= 48 && f.end() <= Command::BITS));
        assert!(
            all.iter().all(|f| field(opcode, f.name) == Some(*f)),
            "{opcode}: a name is there twice"
        );
    }
}

/// Fields and gaps cover every bit exactly once.
#[test]
fn fields_and_gaps_tile_the_command() {
    for opcode in Opcode::ALL {
        let mut covered = vec![0; 512];
        let parts = fields(opcode).map(|f| (f.lsb, f.width)).chain(gaps(opcode));
        for (lsb, width) in parts {
            covered[lsb as usize..(lsb + width) as usize].iter_mut().for_each(|n| *n += 1);
        }
        assert_eq!(covered, vec![1; 512], "{opcode}");
    }
    assert_eq!(gaps(Opcode::Load), [(14, 18), (110, 18), (248, 8), (460, 52)]);
    assert_eq!(gaps(Opcode::Store), [(14, 18), (110, 18), (224, 32), (460, 52)]);
    assert_eq!(gaps(Opcode::Matrix), [(14, 18), (110, 18), (289, 7), (400, 112)]);
    assert_eq!(gaps(Opcode::Post), [(14, 18), (110, 18), (266, 246)]);
}

#[test]
fn every_field_round_trips_at_its_limits() {
    for field in FIELDS {
        let (low, high) = field.limits();
        for value in [low, low + 1, (low + high) / 2, high - 1, high] {
            for background in [0, u64::MAX] {
                let mut command = Command([background; 8]);
                command.set_bits(field.lsb, field.width, field.to_raw(value).unwrap());
                assert_eq!(field.get(&command), value, "{}", field.name);
                // Nothing else changed.
                command.set_bits(field.lsb, field.width, background);
                assert_eq!(command.0, [background; 8]);
            }
        }
        assert_eq!(field.to_raw(low - 1), None, "{}", field.name);
        assert_eq!(field.to_raw(high + 1), None, "{}", field.name);
        assert_eq!(field.to_raw(i64::MIN), None);
        assert_eq!(field.to_raw(i64::MAX), None);
    }
}

/// The typed structs carry every number that the table lets vary.
#[test]
fn structs_hold_the_whole_range_of_their_fields() {
    for field in FIELDS.iter().filter(|f| !matches!(f.legal, Legal::Zero | Legal::Equals(_))) {
        for opcode in field.opcodes.iter().filter(|_| field.name != "opcode") {
            let (low, high) = match field.legal {
                Legal::Between(low, high) => (low, high),
                Legal::Semaphore => (0, 11),
                Legal::Any => (0, (1 << field.width) - 1),
                _ => (64, (1 << field.width) - 64),
            };
            for raw in [low, high] {
                let mut command = sample(*opcode);
                command.set_bits(field.lsb, field.width, raw);
                let (header, body) = decode_checked(&command, &configs()[0]).unwrap();
                assert_eq!(encode(&header, &body), Ok(command), "{opcode}.{}", field.name);
            }
        }
    }
}

#[test]
fn typed_commands_round_trip() {
    for config in configs() {
        for (header, body) in samples() {
            let command = encode(&header, &body).unwrap();
            assert_eq!(Command::from_bytes(&command.bytes()), command);
            assert_eq!(decode_checked(&command, &config), Ok((header, body)));
        }
    }
}

/// Bit i of a command is bit i % 8 of byte i / 8.
#[test]
fn bytes_are_little_endian() {
    for bit in [0, 1, 7, 8, 63, 64, 300, 511] {
        let mut command = Command::default();
        command.set_bits(bit, 1, 1);
        let mut bytes = [0; 64];
        bytes[bit as usize / 8] = 1 << (bit % 8);
        assert_eq!(command.bytes(), bytes);
    }
}

#[test]
fn numbers_that_do_not_fit_are_refused_by_name() {
    let message = |body: Body| encode(&Header::default(), &body).unwrap_err().to_string();
    let zero = Move { count1: 0, ..Move::contiguous(0, 0, 64) };
    assert_eq!(message(Body::Load(zero)), "LOAD.count1: 0 does not fit; the field holds 1 to 4096");
    let far = Move::contiguous(u64::MAX, 0, 64);
    assert_eq!(
        message(Body::Store(far)),
        "STORE.ext_addr: 9223372036854775807 does not fit; the field holds 0 to 281474976710655"
    );
    let header = Header { stamp: 64, ..Header::default() };
    let error = encode(&header, &samples()[2].1).unwrap_err();
    assert_eq!(error.to_string(), "MATRIX.stamp: 64 does not fit; the field holds 0 to 63");
}

/// A raw value that breaks the rule of a field, if there is one.
fn illegal_value(field: &Field, config: &Config) -> Option<u64> {
    match field.legal {
        Legal::Any => None,
        Legal::Zero => Some(1),
        Legal::Equals(value) => Some(value + 1),
        Legal::Between(_, high) => Some(high + 1),
        Legal::Multiple(_) => Some(1),
        Legal::Positive(_) => Some(0),
        Legal::Semaphore => Some(u64::from(config.front.semaphores)).filter(|n| *n < 32),
    }
}

#[test]
fn every_illegal_value_is_reported_at_its_lsb() {
    let mut tried = 0;
    for config in configs() {
        for opcode in Opcode::ALL {
            for field in fields(opcode) {
                let Some(raw) = illegal_value(field, &config) else { continue };
                let mut command = sample(opcode);
                command.set_bits(field.lsb, field.width, raw);
                let illegal = check(&command, &config).unwrap_err();
                assert_eq!((illegal.lsb, illegal.field), (field.lsb, field.name), "{opcode}");
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 4 * (4 * 8 + 14 + 9 + 16 + 4));
}

#[test]
fn every_reserved_bit_is_reported_at_the_lsb_of_its_gap() {
    let config = Config::preset("small").unwrap();
    for opcode in Opcode::ALL {
        for (lsb, width) in gaps(opcode) {
            for bit in lsb..lsb + width {
                let mut command = sample(opcode);
                command.set_bits(bit, 1, 1);
                let illegal = check(&command, &config).unwrap_err();
                assert_eq!((illegal.lsb, illegal.field), (lsb, "reserved"), "{opcode} bit {bit}");
            }
        }
    }
}

#[test]
fn the_lowest_mistake_is_reported() {
    let config = Config::preset("small").unwrap();
    let all_ones = Command([u64::MAX; 8]);
    assert_eq!(check(&all_ones, &config).unwrap_err().lsb, 0);
    let mut command = all_ones;
    for (opcode_bits, lsb) in [(0x0, 0), (0x5, 0), (0xf, 0), (0x3, 4), (0x13, 14)] {
        command.set_bits(0, 8, opcode_bits);
        assert_eq!(check(&command, &config).unwrap_err().lsb, lsb, "{opcode_bits:#x}");
    }
    command.set_bits(14, 18, 0);
    assert_eq!(check(&command, &config).unwrap_err().lsb, 32);
    assert_eq!(check(&Command::default(), &config).unwrap_err().field, "opcode");
}

#[test]
fn legality_follows_the_configuration() {
    let [tiny, small, ..] = &configs()[..] else { panic!("the presets") };
    let command =
        |addr| encode(&Header::default(), &Body::Load(Move::contiguous(addr, 0, 8))).unwrap();
    assert!(check(&command(4), tiny).is_ok());
    assert_eq!(check(&command(4), small).unwrap_err().lsb, 128);
}

/// What the table says about one command agrees with what is found by asking field by field.
#[test]
fn noise_is_checked_like_the_definition() {
    let mut noise = Noise(1);
    let config = Config::preset("ragged").unwrap();
    for round in 0..2_000 {
        let mut command = sample(Opcode::ALL[round % 4]);
        for _ in 0..round % 5 {
            let bit = noise.next() % 512;
            command.0[bit as usize / 64] ^= 1 << (bit % 64);
        }
        let expected = first_mistake(&command, &config);
        assert_eq!(check(&command, &config).err().map(|i| i.lsb), expected, "{command:?}");
        let _ = disassemble(&command);
    }
}

/// The definition, bit by bit: the first bit whose owner is not satisfied.
fn first_mistake(command: &Command, config: &Config) -> Option<u32> {
    let Some(opcode) = Opcode::from_code(command.bits(0, 4)) else { return Some(0) };
    (0..512).find_map(|bit| {
        let owner = fields(opcode).find(|f| f.lsb <= bit && bit < f.end());
        match owner {
            Some(f) => (!f.legal.holds(f.raw(command), config)).then_some(f.lsb),
            None => (command.bits(bit, 1) == 1).then(|| {
                (0..=bit)
                    .rev()
                    .take_while(|b| !fields(opcode).any(|f| f.end() > *b && f.lsb <= *b))
                    .last()
                    .unwrap_or(bit)
            }),
        }
    })
}

#[test]
fn disassembly_reads_well() {
    let text: Vec<String> = Opcode::ALL.iter().map(|o| disassemble(&sample(*o))).collect();
    assert_eq!(text[0], "LOAD   ext_addr=0x80001230 lm_addr=0xf40 run_bytes=4096 ext_stride1=-4096 ext_stride2=-2147483648 ext_stride3=2147483392 lm_stride1=32 lm_stride2=16776960 lm_stride3=8 count1=17 count2=4096 count3=2 wait 1:2 3:255 11:1 signal 0:9 10:128 stamp 63");
    assert_eq!(text[2], "MATRIX a_addr=0x1000 w_addr=0xfffff8 ps_addr=0xffff out_w=4096 n_tiles=77 a_stride_w=72 accumulate=1 wait 1:2 3:255 11:1 signal 0:9 10:128 stamp 63");
    assert_eq!(text[3], "POST   ps_addr=0x3 param_addr=0x2000 out_addr=0xffcd8 n_tiles=4096 out_stride=24 zero_point=-128 lo=-128 hi=127 rule=2 wait 1:2 3:255 11:1 signal 0:9 10:128 stamp 63");
    let mut odd = sample(Opcode::Store);
    odd.set_bits(4, 4, 2);
    odd.set_bits(500, 1, 1);
    assert!(disassemble(&odd).ends_with("stamp 63 version 2 reserved@460=0x10000000000"));
    assert!(disassemble(&Command::default()).starts_with("ILLEGAL Command(0000"));
}

#[test]
fn the_page_lists_every_field_and_gap() {
    let page = to_markdown();
    for field in FIELDS {
        assert!(page.contains(&format!("| `{}` |", field.name)), "{}", field.name);
    }
    assert!(page.contains("| 7:4 | `version` | plain | 1 |"));
    assert!(page.contains("| 288 | `accumulate` |"));
    assert!(page.contains("| 511:460 | reserved | | 0 | |"));
}

/// A C program that rebuilds a sample by the header and prints it.
fn c_program(opcode: Opcode, command: &Command) -> String {
    let mut text = String::from(
        "#include <stdio.h>\n#include \"command.h\"\nint main(void) {\n uint64_t c[8] = {0};\n",
    );
    for f in fields(opcode) {
        let prefix = if f.lsb < 128 { "COMMAND" } else { opcode.name() };
        let name = format!("SEEDBED_{prefix}_{}", f.name.to_uppercase());
        let raw = f.raw(command);
        text += &format!(" seedbed_set(c, {name}_LSB, {name}_WIDTH, {raw}u);\n");
        text += &format!(" if (seedbed_get(c, {name}_LSB, {name}_WIDTH) != {raw}u) return 1;\n");
    }
    text + " for (int i = 0; i < 8; i++) printf(\"%016llx\\n\", (unsigned long long)c[i]);\n return 0;\n}\n"
}

#[test]
fn the_c_header_builds_the_same_commands() {
    if std::process::Command::new("gcc").arg("--version").output().is_err() {
        println!("skipped: gcc is not installed");
        return;
    }
    let dir = std::env::temp_dir().join(format!("seedbed-c-header-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("command.h"), to_c_header()).unwrap();
    let registers = seedbed_spec::csr::map(&configs()[0]).to_c_header("seedbed");
    std::fs::write(dir.join("registers.h"), &registers).unwrap();
    for opcode in Opcode::ALL {
        let command = sample(opcode);
        let program =
            c_program(opcode, &command).replacen("\"\n", "\"\n#include \"registers.h\"\n", 1);
        std::fs::write(dir.join("main.c"), program).unwrap();
        let args = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "main.c", "-o", "main"];
        let gcc = std::process::Command::new("gcc").args(args).current_dir(&dir).output().unwrap();
        assert!(gcc.status.success(), "{}", String::from_utf8_lossy(&gcc.stderr));
        let run = std::process::Command::new(dir.join("main")).output().unwrap();
        assert!(run.status.success(), "{opcode}: a field does not read back");
        let expected: String = command.0.iter().map(|limb| format!("{limb:016x}\n")).collect();
        assert_eq!(String::from_utf8_lossy(&run.stdout), expected, "{opcode}");
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn counts_are_never_zero() {
    let counts = FIELDS.iter().filter(|f| f.encoding == Encoding::MinusOne);
    assert!(counts.map(|f| f.limits()).all(|limits| limits == (1, 4096)));
}

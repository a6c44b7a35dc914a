//! Checks and exporters on a small map.

use seedbed_regmap::{Access, Field, Map, Register};

fn timer() -> Map {
    let start = Field::new("start", 0, 1, Access::Pulse, "Starts | restarts.");
    let speed = Field::new("speed", 4, 3, Access::ReadWrite, "Cycles per tick, */ less one.");
    let count = Field::new("value", 0, 32, Access::ReadOnly, "Cycles.");
    let log = Register::new("LOG", 0x10, "Past counts.", vec![count.clone()]);
    let registers = vec![
        Register::new("CONTROL", 0x0, "Control.", vec![start, speed.with_reset(5)]),
        Register::new("COUNT", 0x4, "Cycles since the start.", vec![count]),
        log.array(4),
    ];
    Map::new("timer", "A timer.", registers)
}

/// The problems of the timer after a change, as text.
fn problems(change: impl FnOnce(&mut Map)) -> Vec<String> {
    let mut map = timer();
    change(&mut map);
    map.check().err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_sound_map_passes() {
    assert_eq!(timer().check(), Ok(()));
    assert_eq!(timer().addr_bits(), 5);
    assert_eq!(timer().register("CONTROL").unwrap().reset(), 0x50);
    assert_eq!(timer().field("CONTROL.speed").unwrap().1.mask(), 0x70);
    assert_eq!(timer().field("CONTROL"), None);
    assert_eq!(Map::new("empty", "", vec![]).addr_bits(), 2);
}

#[test]
fn addresses_find_registers() {
    let map = timer();
    let at = |address| map.at(address).map(|(r, i)| (r.name.clone(), i));
    assert_eq!(at(4), Some(("COUNT".to_string(), 0)));
    assert_eq!(at(0x1c), Some(("LOG".to_string(), 3)));
    assert_eq!((at(8), at(5), at(0x20)), (None, None, None));
}

#[test]
fn places_are_checked() {
    assert_eq!(
        problems(|m| m.registers[1].offset = 0x12),
        [
            "timer.COUNT: offset 0x12 is not a multiple of 4",
            "timer.LOG: offset 0x010 is below the end of COUNT (0x016); list registers by ascending offset, without overlap"
        ]
    );
    assert_eq!(problems(|m| m.registers.swap(0, 1)).len(), 1);
    let top = problems(|m| m.registers[2].offset = 0xffff_fffc);
    assert_eq!(top, ["timer.LOG: ends beyond the 32-bit address space"]);
}

#[test]
fn names_are_checked() {
    let twice = problems(|m| m.registers[1].name = "CONTROL".into());
    assert_eq!(twice, ["timer: `CONTROL` is there twice; rename one"]);
    let odd = problems(|m| m.registers[0].fields[0].name = "Start".into());
    assert!(odd[0].starts_with("timer.CONTROL: `Start` is not a name; use letters"), "{odd:?}");
    assert_eq!(problems(|m| m.registers[1].name = String::new()).len(), 1);
    assert_eq!(problems(|m| m.registers[0].fields[1].name = "start".into()).len(), 1);
}

#[test]
fn fields_are_checked() {
    let one = |change: fn(&mut Field)| problems(|m| change(&mut m.registers[0].fields[1]));
    assert_eq!(
        one(|f| f.width = 0),
        ["timer.CONTROL.speed: lsb 4 and width 0 do not lie in bits 0 to 31"]
    );
    assert_eq!(one(|f| f.lsb = u32::MAX).len(), 1);
    assert_eq!(one(|f| f.lsb = 29), Vec::<String>::new());
    assert_eq!(one(|f| f.lsb = 30).len(), 1);
    assert_eq!(
        one(|f| f.lsb = 0),
        ["timer.CONTROL.speed: shares bits with another field; move one"]
    );
    assert_eq!(one(|f| f.reset = 8), ["timer.CONTROL.speed: reset 0x8 does not fit 3 bits"]);
    let driven = "timer.CONTROL.speed: is RO and cannot have a reset value";
    assert_eq!(one(|f| f.access = Access::ReadOnly), [driven]);
    assert_eq!(problems(|m| m.registers[0].fields.clear()).len(), 1);
}

#[test]
fn arrays_are_checked() {
    assert_eq!(problems(|m| m.registers[2].count = 0).len(), 1);
    let written = problems(|m| m.registers[2].fields[0].access = Access::ReadWrite);
    assert_eq!(written, ["timer.LOG: is an array; arrays have one field, read-only"]);
}

/// The timer with a field that a lock keeps from being written.
fn locked(lock: &str) -> Map {
    let mut map = timer();
    map.registers[0].fields.push(Field::new("lock", 8, 1, Access::WriteOneToSet, "Locks."));
    map.registers[0].fields[1].lock = Some(lock.to_string());
    map
}

#[test]
fn locks_are_checked_and_shown() {
    let map = locked("CONTROL.lock");
    assert_eq!(map.check(), Ok(()));
    let row = "| `speed` | RW | 0x5 | Cycles per tick, */ less one. Locked by `CONTROL.lock`. |";
    assert!(map.to_markdown().contains(row));
    assert!(map.to_c_header("tmr").contains("/* W1S Locks. */"));
    let problems = |map: Map| map.check().unwrap_err()[0].to_string();
    let missing = "timer.CONTROL.speed: is locked by `CONTROL.key`, which is no RW or W1S field";
    assert_eq!(problems(locked("CONTROL.key")), missing);
    let mut map = map;
    map.registers[1].fields[0].lock = Some("CONTROL.lock".to_string());
    assert_eq!(problems(map), "timer.COUNT.value: is RO and cannot be locked");
}

const C_HEADER: &str = "\
/* A timer. */
#ifndef TMR_REGISTERS_H
#define TMR_REGISTERS_H

/* Control. */
#define TMR_CONTROL_OFFSET 0x000u
/* pulse Starts | restarts. */
#define TMR_CONTROL_START_LSB 0u
#define TMR_CONTROL_START_WIDTH 1u
#define TMR_CONTROL_START_MASK 0x00000001u
/* RW Cycles per tick, * / less one. */
#define TMR_CONTROL_SPEED_LSB 4u
#define TMR_CONTROL_SPEED_WIDTH 3u
#define TMR_CONTROL_SPEED_MASK 0x00000070u
#define TMR_CONTROL_SPEED_RESET 0x5u

/* Cycles since the start. */
#define TMR_COUNT_OFFSET 0x004u
/* RO Cycles. */
#define TMR_COUNT_VALUE_LSB 0u
#define TMR_COUNT_VALUE_WIDTH 32u
#define TMR_COUNT_VALUE_MASK 0xffffffffu

/* Past counts. */
#define TMR_LOG_OFFSET 0x010u
#define TMR_LOG_COUNT 4u
/* RO Cycles. */
#define TMR_LOG_VALUE_LSB 0u
#define TMR_LOG_VALUE_WIDTH 32u
#define TMR_LOG_VALUE_MASK 0xffffffffu

#endif /* TMR_REGISTERS_H */
";

const MARKDOWN: &str = "\
# Registers of `timer`

A timer.

| address | register | bits | field | access | reset | meaning |
|---|---|---|---|---|---|---|
| 0x000 | `CONTROL` | 0 | `start` | pulse | 0x0 | Control. Starts \\| restarts. |
|  |  | 6:4 | `speed` | RW | 0x5 | Cycles per tick, */ less one. |
| 0x004 | `COUNT` | 31:0 | `value` | RO | 0x0 | Cycles since the start. Cycles. |
| 0x010..0x01c | `LOG[4]` | 31:0 | `value` | RO | 0x0 | Past counts. Cycles. |
";

#[test]
fn exporters_print_the_map() {
    assert_eq!(timer().to_c_header("tmr"), C_HEADER);
    assert_eq!(timer().to_markdown(), MARKDOWN);
    let rust = timer().to_rust();
    assert!(
        rust.starts_with("//! A timer.\n\n/// Control.\npub const CONTROL_OFFSET: u32 = 0x000;\n")
    );
    assert!(rust.contains("pub const LOG_COUNT: u32 = 4;"));
    assert!(rust.ends_with("pub const LOG_VALUE_MASK: u32 = 0xffffffff;\n"));
}

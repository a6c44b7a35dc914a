//! Programs on disk, and the codes and texts of faults.

use seedbed_spec::command::{encode, Body, Header, Move};
use seedbed_spec::fault::{Cause, Engine, FaultRecord};
use seedbed_spec::program::{Layer, Program, Segment, Tensor2};

fn program() -> Program {
    let command = |addr| encode(&Header::default(), &Body::Load(Move::contiguous(addr, 0, 64)));
    let tensor = Tensor2 { addr: 0x300, rows: 2, cols: 5, row_stride: 8 };
    Program {
        commands: vec![command(0x100).unwrap(), command(0x140).unwrap()],
        command_layer: vec![0, 0],
        ring_addr: 0x400,
        segments: vec![Segment {
            name: "weights".into(),
            addr: 0x100,
            data: vec![0, 127, 128, 255],
        }],
        memory_bytes: 0x1000,
        input: tensor,
        output: tensor,
        layers: vec![Layer {
            name: "dense".into(),
            operator: "FULLY_CONNECTED".into(),
            macs: 50,
            stamp: 1,
            compulsory_bytes: 99,
        }],
    }
}

#[test]
fn programs_survive_json() {
    let program = program();
    let text = program.to_json();
    assert!(text.contains("\"data\": \"007f80ff\""));
    assert_eq!(Program::from_json(&text).unwrap(), program);
}

#[test]
fn broken_programs_are_refused() {
    let text = program().to_json();
    for (from, to, expected) in [
        ("007f80ff", "007f80f", "expected pairs of hexadecimal digits"),
        ("007f80ff", "007f80fé", "expected pairs of hexadecimal digits"),
        ("\"11000000", "\"110000", "expected commands of 128 hexadecimal digits"),
        ("ring_addr", "ring_adr", "unknown field `ring_adr`"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Program::from_json(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.ends_with("make one with `seedbed compile`"), "{error}");
    }
    assert!(Program::from_json("").is_err());
}

#[test]
fn the_image_holds_segments_and_ring() {
    let image = program().image();
    assert_eq!(image[0], (0x100, vec![0, 127, 128, 255]));
    assert_eq!((image[1].0, image[1].1.len()), (0x400, 128));
    assert_eq!(program().input.row(1), 0x308..0x30d);
}

#[test]
fn fault_codes_round_trip() {
    for (code, engine) in Engine::ALL.into_iter().enumerate() {
        assert_eq!((engine.code(), Engine::from_code(code as u32)), (code as u32, Some(engine)));
    }
    for (i, cause) in Cause::ALL.into_iter().enumerate() {
        let code = i as u32 + 1;
        assert_eq!((cause.code(), Cause::from_code(code)), (code, Some(cause)));
    }
    assert_eq!(
        (Cause::from_code(0), Cause::from_code(11), Engine::from_code(5)),
        (None, None, None)
    );
}

#[test]
fn faults_read_well() {
    let show =
        |engine, cause, address| FaultRecord { index: 7, engine, cause, address }.to_string();
    assert_eq!(
        show(Engine::Front, Cause::Illegal, 128),
        "command 7: FRONT: ILLEGAL field at bit 128"
    );
    assert_eq!(
        show(Engine::Load, Cause::RangeLm, 8192),
        "command 7: LOAD: RANGE_LM at byte 0x2000"
    );
    assert_eq!(show(Engine::Post, Cause::RangePs, 128), "command 7: POST: RANGE_PS at row 128");
    assert_eq!(show(Engine::Load, Cause::BusRead, 16), "command 7: LOAD: BUS_READ from 0x10");
    assert_eq!(show(Engine::Store, Cause::BusWrite, 16), "command 7: STORE: BUS_WRITE from 0x10");
    assert_eq!(
        show(Engine::Front, Cause::Deadlock, 3),
        "command 7: FRONT: DEADLOCK on semaphore 3"
    );
    assert_eq!(
        show(Engine::Front, Cause::SemOverflow, 3),
        "command 7: FRONT: SEM_OVERFLOW on semaphore 3"
    );
    assert_eq!(show(Engine::Front, Cause::Fetch, 0), "command 7: FRONT: FETCH");
    assert_eq!(show(Engine::Load, Cause::Window, 4096), "command 7: LOAD: WINDOW at byte 0x1000");
    let text = show(Engine::Store, Cause::Watchdog, 0b10100);
    assert_eq!(text, "command 7: STORE: WATCHDOG waiting on AW, B");
}

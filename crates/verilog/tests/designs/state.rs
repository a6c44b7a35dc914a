//! Registers and memories.

use crate::common::*;
use seedbed_ir::*;

pub fn counter() -> Design {
    let mut b = Build::clocked("counter_w8");
    b.module.doc =
        "Counts the cycles in which `en` is high.\nen: count enable\ncount: wraps at 255".into();
    let en = b.input("en", u(1));
    let (reg, count) = b.reg("count_q", u(8), Some(0));
    let one = b.lit(1, u(8));
    let next = b.add(count, one, u(8));
    b.drive(reg, Some(en), next);
    b.output("count", count);
    single(b.finish())
}

/// Enables that are the OR of decisions, shared decisions, nested decisions.
pub fn decisions() -> Design {
    let mut b = Build::clocked("decisions");
    let [push, pop, clear] = ["push", "pop", "clear"].map(|n| b.input(n, u(1)));
    let data = b.input("data", u(16));
    let (level_r, level) = b.reg("level_q", u(4), Some(0));
    let (last_r, last) = b.reg("last_q", u(16), Some(0));
    let (seen_r, seen) = b.reg("seen_q", u(1), Some(0));
    let (hold_r, hold) = b.reg("hold_q", u(16), None);
    let one = b.lit(1, u(4));
    let zero = b.lit(0, u(4));
    let up = b.add(level, one, u(4));
    let down = b.bin(Binary::Sub, level, one, u(4));
    // level: clear wins over push wins over pop.
    let inner = b.mux(push, up, down);
    let next = b.mux(clear, zero, inner);
    let any = b.or(pop, push);
    let enable = b.or(any, clear);
    b.drive(level_r, Some(enable), next);
    b.drive(last_r, Some(push), data);
    // seen: set and cleared without an enable.
    let on = b.lit(1, u(1));
    let off = b.lit(0, u(1));
    let keep = b.mux(clear, off, seen);
    let set = b.mux(push, on, keep);
    b.drive(seen_r, None, set);
    // hold: a decision inside the enable.
    let big = b.slice(data, 15, 1);
    let picked = b.mux(big, data, last);
    let next = b.mux(pop, picked, hold);
    b.drive(hold_r, Some(push), next);
    for (name, v) in [("level", level), ("last", last), ("seen", seen), ("hold", hold)] {
        b.output(name, v);
    }
    single(b.finish())
}

pub fn fsm() -> Design {
    let mut b = Build::clocked("fsm");
    let [start, done, abort] = ["start", "done", "abort"].map(|n| b.input(n, u(1)));
    let (state_r, state) = b.reg("state_q", u(2), Some(0));
    let (busy_r, busy) = b.reg("busy_q", u(1), Some(0));
    let is = [0, 1, 2].map(|k| b.eq_lit(state, k));
    let value = [0, 1, 2, 3].map(|k| b.lit(k, u(2)));
    let begin = b.mux(start, value[1], state);
    let run = b.mux(done, value[2], state);
    let run = b.mux(abort, value[3], run);
    let from_run = b.mux(is[2], value[0], state);
    let from_idle = b.mux(is[1], run, from_run);
    let next = b.mux(is[0], begin, from_idle);
    b.drive(state_r, None, next);
    let high = b.lit(1, u(1));
    let low = b.lit(0, u(1));
    let stop = b.mux(is[2], low, busy);
    let next = b.mux(is[0], start, stop);
    let next = b.mux(abort, low, next);
    b.drive(busy_r, None, next);
    let idle = b.not(is[0]);
    let error = b.eq_lit(state, 3);
    let flag = b.mux(error, high, idle);
    b.output("busy", busy);
    b.output("flag", flag);
    single(b.finish())
}

/// Asynchronous, synchronous and no reset; a register that never changes.
pub fn resets() -> Design {
    let mut b = Build::clocked("resets");
    let d = b.input("d", s(8));
    let (async_r, q0) = b.reg("async_q", s(8), Some(-3));
    let (sync_r, q1) = b.reg_kind("sync_q", s(8), Some(-128), ResetKind::SyncLow);
    let (none_r, q2) = b.reg("none_q", s(8), None);
    let (fixed_r, q3) = b.reg("fixed_q", s(8), Some(7));
    b.drive(async_r, None, d);
    b.drive(sync_r, None, q0);
    b.drive(none_r, None, q1);
    b.drive(fixed_r, None, q3);
    b.output("q2", q2);
    b.output("q3", q3);
    let mut design = single(b.finish());
    design.modules.push(sync_only());
    design
}

fn sync_only() -> Module {
    let mut b = Build::clocked("sync_only");
    let en = b.input("en", u(1));
    let d = b.input("d", u(4));
    let (r, q) = b.reg_kind("d_q", u(4), Some(0), ResetKind::SyncLow);
    b.drive(r, Some(en), d);
    b.output("q", q);
    b.finish()
}

struct Bus {
    addr: NodeId,
    en: NodeId,
    data: NodeId,
    mask: NodeId,
}

fn bus(b: &mut Build, prefix: &str, addr: u32, data: u32, mask: u32) -> Bus {
    Bus {
        addr: b.input(&format!("{prefix}_addr"), u(addr)),
        en: b.input(&format!("{prefix}_en"), u(1)),
        data: b.input(&format!("{prefix}_data"), u(data)),
        mask: b.input(&format!("{prefix}_mask"), u(mask)),
    }
}

pub fn memories() -> Design {
    let mut design = Design::default();
    design.modules.push(mem_1r1w());
    design.modules.push(mem_1rw());
    design.modules.push(mem_odd());
    design.modules.push(mem_kinds());
    let ids: Vec<ModuleId> = design.modules.keys().collect();
    let mut b = Build::clocked("memories");
    for (id, name) in ids.into_iter().zip(["u_1r1w", "u_1rw", "u_odd", "u_kinds"]) {
        let child = design.modules[id].clone();
        let data: Vec<NodeId> = child
            .ports
            .values()
            .filter(|p| p.dir == Dir::Input && p.kind == PortKind::Data)
            .map(|p| b.input(&format!("{}_{}", &name[2..], p.name), p.ty))
            .collect();
        let inst = b.inst(name, &design, id, &data);
        for p in child.ports.values().filter(|p| p.dir == Dir::Output) {
            let v = b.inst_out(&design, inst, &p.name);
            b.output(&format!("{}_{}", &name[2..], p.name), v);
        }
    }
    design.modules.push(b.finish());
    design
}

/// Byte lanes, a whole-word mask, a bit mask.
fn mem_1r1w() -> Module {
    let mut b = Build::clocked("mem_1r1w");
    let clock = b.clock();
    let raddr = b.input("raddr", u(5));
    let re = b.input("re", u(1));
    for (name, granule, lanes) in [("bytes", 8, 4), ("words", 32, 1), ("bits", 1, 32)] {
        let w = bus(&mut b, name, 5, 32, lanes);
        let mem = b.mem(&format!("{name}_mem"), 32, 32, granule);
        let mask = Some(w.mask);
        let write = MemPort::Write { clock, addr: w.addr, enable: w.en, data: w.data, mask };
        b.mem_port(mem, write);
        let read =
            b.mem_port(mem, MemPort::Read { clock, addr: raddr, enable: re }).expect("reads");
        b.output(&format!("{name}_rdata"), read);
    }
    b.finish()
}

/// Single port: with mask, without, one bit wide.
fn mem_1rw() -> Module {
    let mut b = Build::clocked("mem_1rw");
    let clock = b.clock();
    for (name, width, granule) in [("masked", 16, 8), ("plain", 16, 16), ("flags", 1, 1)] {
        let lanes = width / granule;
        let p = bus(&mut b, name, 4, width, lanes);
        let write = b.input(&format!("{name}_write"), u(1));
        let mem = b.mem(&format!("{name}_mem"), width, 16, granule);
        let mask = (lanes > 1).then_some(p.mask);
        let port =
            MemPort::ReadWrite { clock, addr: p.addr, enable: p.en, write, data: p.data, mask };
        let read = b.mem_port(mem, port).expect("reads");
        b.output(&format!("{name}_rdata"), read);
    }
    b.finish()
}

/// Two ports for both, new words, in bytes and whole; a ROM; a memory with contents.
fn mem_kinds() -> Module {
    let mut b = Build::clocked("mem_kinds");
    let clock = b.clock();
    for (name, granule) in [("bytes", 8), ("words", 16)] {
        let mem = b.mem(&format!("{name}_mem"), 16, 16, granule);
        b.module.mems[mem].collision = Collision::New;
        for side in ["a", "b"] {
            let p = bus(&mut b, &format!("{name}_{side}"), 4, 16, 16 / granule);
            let write = b.input(&format!("{name}_{side}_write"), u(1));
            let (addr, enable, data, mask) = (p.addr, p.en, p.data, Some(p.mask));
            let port = MemPort::ReadWrite { clock, addr, enable, write, data, mask };
            let read = b.mem_port(mem, port).expect("reads");
            b.output(&format!("{name}_{side}_rdata"), read);
        }
    }
    let p = bus(&mut b, "table", 3, 8, 1);
    let words = |values: &[u64]| Some(values.iter().map(|&v| Bits::from_u64(8, v)).collect());
    let rom = b.mem("squares", 8, 6, 8);
    b.module.mems[rom].contents = words(&[0, 1, 4, 9]);
    let read = MemPort::Read { clock, addr: p.addr, enable: p.en };
    let square = b.mem_port(rom, read.clone()).expect("reads");
    let table = b.mem("table", 8, 8, 8);
    b.module.mems[table].contents = words(&[5, 6, 7]);
    let (enable, data, mask) = (p.mask, p.data, None);
    b.mem_port(table, MemPort::Write { clock, addr: p.addr, enable, data, mask });
    let value = b.mem_port(table, read).expect("reads");
    b.output("square", square);
    b.output("value", value);
    b.finish()
}

/// A depth that is no power of two, constant addresses, computed operands, two readers, never read.
fn mem_odd() -> Module {
    let mut b = Build::clocked("mem_odd");
    let clock = b.clock();
    let p = bus(&mut b, "p", 4, 8, 2);
    let mem = b.mem("table", 8, 10, 4);
    let high = b.lit(1, u(1));
    let two = b.lit(2, u(4));
    let addr = b.add(p.addr, two, u(4));
    let data = b.not(p.data);
    b.mem_port(mem, MemPort::Write { clock, addr, enable: p.en, data, mask: Some(p.mask) });
    let r0 = b.mem_port(mem, MemPort::Read { clock, addr: p.addr, enable: high }).expect("reads");
    let beyond = b.lit(12, u(4));
    let r1 = b.mem_port(mem, MemPort::Read { clock, addr: beyond, enable: p.en }).expect("reads");
    let r1 = b.named(r1, "nothing_there");
    let log = b.mem("log", 8, 16, 8);
    b.mem_port(log, MemPort::Write { clock, addr: p.addr, enable: p.en, data: p.data, mask: None });
    b.output("r0", r0);
    b.output("r1", r1);
    b.finish()
}

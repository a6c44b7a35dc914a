//! E0010, E0011, E0012 and E0015: who drives what.

use super::*;

#[test]
fn output_is_not_driven() {
    check("output_is_not_driven", &[Code::Undriven], |_, _| {});
}

#[test]
fn wire_is_not_driven() {
    check("wire_is_not_driven", &[Code::Undriven], |m, io| {
        io.y.set(m.wire("w", uint(8)));
    });
}

#[test]
fn wire_is_driven_on_some_paths() {
    check("wire_is_driven_on_some_paths", &[Code::Undriven; 2], |m, io| {
        let w = m.wire("w", uint(8));
        m.when_else(
            io.c,
            || w.set(1),
            || {
                m.when(io.a.bit(0), || w.set(2));
            },
        );
        m.switch(io.a.trunc(2), |s| {
            s.case(0, || io.y.set(w));
            s.case(1, || io.y.set(2));
            s.case(2, || io.y.set(3));
        });
    });
}

#[test]
fn register_is_never_assigned() {
    check("register_is_never_assigned", &[Code::Undriven], |m, io| {
        io.y.set(m.reg("q", uint(8), 7));
    });
}

#[test]
fn instance_input_is_not_driven() {
    check("instance_input_is_not_driven", &[Code::Undriven; 2], |m, io| {
        let one = m.inst("u_one", &AddOne);
        let two = m.inst("u_two", &AddOne);
        io.y.set(one.sum ^ two.sum ^ two.x);
    });
}

#[test]
fn memory_is_used_by_half() {
    check("memory_is_used_by_half", &[Code::Undriven; 3], |m, io| {
        let a = m.mem_1r1w("mem_a", 8, 16, None);
        a.write(io.a.trunc(4), io.c, io.a, None);
        let b = m.mem_1r1w("mem_b", 8, 16, None);
        io.y.set(b.read(io.a.trunc(4), io.c));
        m.mem_1rw("mem_c", 8, 16, None);
    });
}

#[test]
fn driven_twice() {
    check("driven_twice", &[Code::DrivenTwice; 2], |m, io| {
        io.y.set(io.a);
        io.y.set(1);
        let q = m.reg("q", uint(8), 0);
        m.when(io.c, || {
            m.when(io.a.bit(0), || q.set(1));
            q.set(2);
        });
    });
}

#[test]
fn memory_port_used_twice() {
    check("memory_port_used_twice", &[Code::DrivenTwice], |m, io| {
        let mem = m.mem_1r1w("mem", 8, 16, None);
        mem.write(io.a.trunc(4), io.c, io.a, None);
        let first = mem.read(io.a.trunc(4), io.c);
        io.y.set(first & mem.read(0, true));
    });
}

#[test]
fn combinational_loop() {
    check("combinational_loop", &[Code::Loop], |m, io| {
        let w = m.wire("w", uint(8));
        let next = w.wrapping_add(io.a).named("next");
        w.set(next);
        io.y.set(w);
    });
}

#[test]
fn loop_through_instances() {
    check("loop_through_instances", &[Code::Loop], |m, io| {
        let one = m.inst("u_one", &AddOne);
        let two = m.inst("u_two", &AddOne);
        one.x.set(two.sum);
        two.x.set(one.sum ^ io.a);
        io.y.set(two.sum);
    });
}

#[test]
fn loop_through_a_condition() {
    check("loop_through_a_condition", &[Code::Loop], |m, io| {
        let w = m.wire("w", uint(8));
        w.set(0);
        m.when(w.eq(0), || w.set(io.a));
        io.y.set(w);
    });
}

#[test]
fn not_assignable() {
    check("not_assignable", &[Code::NotAssignable; 4], |m, io| {
        io.a.set(1);
        (io.a & io.a).set(2);
        let one = m.inst("u_one", &AddOne);
        one.x.set(io.a);
        one.sum.set(io.a);
        m.zero(uint(8)).set(1);
        io.y.set(one.sum);
    });
}

//! E0001: widths and signedness.

use super::*;

#[test]
fn assigned_value_is_wider() {
    check("assigned_value_is_wider", &[Code::Type], |_, io| {
        io.y.set(io.a + io.a);
    });
}

#[test]
fn assigned_value_is_narrower() {
    check("assigned_value_is_narrower", &[Code::Type], |_, io| {
        io.y.set(io.a.trunc(7));
    });
}

#[test]
fn assigned_value_has_other_signedness() {
    check("assigned_value_has_other_signedness", &[Code::Type, Code::Type], |m, io| {
        io.y.set(io.s);
        let w = m.wire("w", sint(9));
        w.set(io.a);
    });
}

#[test]
fn operands_mix_signedness() {
    check("operands_mix_signedness", &[Code::Type; 4], |m, io| {
        let product = io.a * io.s;
        let sum = io.s.wrapping_add(io.a);
        let less = io.a.lt(io.s);
        let both = m.sum(&[io.a.slice(0, 4), io.a.slice(4, 4), io.s, io.s]);
        io.y.set(m.cat(&[product, sum, less, both]).trunc(8));
    });
}

#[test]
fn bitwise_operands_differ() {
    check("bitwise_operands_differ", &[Code::Type], |_, io| {
        io.y.set(io.a & io.a.trunc(4));
    });
}

#[test]
fn wrapping_operand_is_wider() {
    check("wrapping_operand_is_wider", &[Code::Type], |_, io| {
        io.y.set(io.a.wrapping_sub(io.a.extend(9)));
    });
}

#[test]
fn literal_does_not_fit() {
    check("literal_does_not_fit", &[Code::Type; 4], |m, io| {
        let q = m.reg("q", sint(8), 128);
        q.set(-129);
        io.y.set(m.lit(-1, uint(8)));
        m.when(io.a.eq(256), || io.y.set(0));
    });
}

#[test]
fn shift_amount_is_signed() {
    check("shift_amount_is_signed", &[Code::Type], |_, io| {
        io.y.set(io.a.shr(io.s));
    });
}

#[test]
fn condition_is_not_a_bit() {
    check("condition_is_not_a_bit", &[Code::Type; 2], |m, io| {
        io.y.set(0);
        m.when(io.a, || io.y.set(m.mux(io.s, io.a, io.a)));
    });
}

#[test]
fn mux_branches_differ() {
    check("mux_branches_differ", &[Code::Type], |m, io| {
        io.y.set(m.mux(io.c, io.a, io.s));
    });
}

#[test]
fn select_index_is_signed() {
    check("select_index_is_signed", &[Code::Type], |m, io| {
        io.y.set(m.select(io.s, &[io.a, io.a]));
    });
}

#[test]
fn case_does_not_fit() {
    check("case_does_not_fit", &[Code::Type], |m, io| {
        io.y.set(0);
        m.switch(io.a.trunc(2), |s| s.case(4, || io.y.set(1)));
    });
}

#[test]
fn memory_operand_has_wrong_type() {
    check("memory_operand_has_wrong_type", &[Code::Type; 3], |m, io| {
        let mem = m.mem_1r1w("mem", 8, 16, Some(4));
        mem.write(io.a, io.c, io.s, Some(io.a.trunc(2)));
        io.y.set(mem.read(io.a.slice(2, 4), io.a));
    });
}

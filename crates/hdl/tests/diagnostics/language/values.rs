//! Wrong uses of lists, pipelines and fixed point.

use crate::*;
use seedbed_hdl::{Indexed, Rounding};

#[test]
fn index_does_not_reach() {
    check("index_does_not_reach", &[Code::Parameter, Code::Type, Code::Parameter], |m, io| {
        let bank: Vec<Sig<'_>> = (0..5).map(|i| m.reg(format!("r_{i}"), uint(8), 0)).collect();
        bank.set_at(io.a.trunc(3), io.a);
        bank.set_at(io.a.trunc(2), 1);
        io.y.set(bank.at(io.s));
        [].set_at(io.a, 1);
    });
}

#[test]
fn stages_differ() {
    check("stages_differ", &[Code::Stage; 4], |_, io| {
        let (a, c) = (io.a.staged(), io.c.staged());
        let later = a.pipe("a_q");
        let sum = later + c;
        let back = later.until("back", 0);
        let joined = sum.join(a, |sum, a| sum.wrapping_add(a)).pipe("joined_q");
        io.y.set(joined.at_stage(3).trunc(8) ^ back.sig());
    });
}

#[test]
fn delay_is_too_long() {
    check("delay_is_too_long", &[Code::Parameter], |_, io| {
        io.y.set(io.a.delay("a", u32::MAX));
    });
}

#[test]
fn fixed_point_does_not_fit() {
    check("fixed_point_does_not_fit", &[Code::Type; 4], |m, io| {
        let half = m.fixed(2.0, uint(4), 3);
        m.fixed(f64::NAN, uint(4), 3);
        m.fixed(1e300, uint(4), 3);
        let sum = half + io.s.as_fixed(2);
        io.y.set(sum.round(0, Rounding::HalfUp).saturate(8).raw().resize(8));
    });
}

#[test]
fn values_are_too_wide() {
    check("values_are_too_wide", &[Code::Parameter; 6], |m, io| {
        let wide = io.a.extend(1 << 20);
        let values = [
            wide + wide,
            wide * wide,
            io.a.shl_const(u32::MAX),
            io.a.replicate(u32::MAX),
            m.zero(uint(u32::MAX)),
            io.a.as_fixed(0).round(u32::MAX, Rounding::Down).raw(),
        ];
        io.y.set(m.any(&values.map(Sig::or_reduce)).extend(8));
    });
}

#[test]
fn tree_of_nothing() {
    check("tree_of_nothing", &[Code::Parameter], |m, io| {
        io.y.set(m.tree(&[], |a, b| a & b).extend(8));
    });
}

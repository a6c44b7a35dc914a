//! Wrong uses of bundles.

use crate::*;
use seedbed_hdl::{Bundle, Fields, Ty};

/// A list of fields that is a parameter.
#[derive(Clone)]
struct Any(Vec<(&'static str, Ty)>);

impl Bundle for Any {
    type Sigs<'m> = Vec<Sig<'m>>;

    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> Vec<Sig<'m>> {
        self.0.iter().map(|(name, ty)| f.field(name, *ty)).collect()
    }
}

/// A field in each direction.
#[derive(Clone)]
struct Both;

impl Bundle for Both {
    type Sigs<'m> = [Sig<'m>; 2];

    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> [Sig<'m>; 2] {
        [f.field("there", uint(4)), f.back("back", uint(4))]
    }
}

#[test]
fn bundles_differ() {
    check("bundles_differ", &[Code::Type; 4], |m, io| {
        let given = |fields: &[(&'static str, Ty)]| {
            let of = Any(fields.to_vec());
            m.unpack(&of, io.a.trunc(of.width()))
        };
        let a = m.bundle_wire("a_w", &Any(vec![("x", uint(2)), ("y", uint(2))]));
        a.connect(&given(&[("x", uint(2)), ("y", uint(3))]));
        a.connect(&given(&[("x", uint(2)), ("z", uint(2))]));
        a.connect(&given(&[("x", uint(2))]));
        a.connect(&given(&[("x", uint(2)), ("y", uint(2))]));
        let of = Any(vec![("x", uint(2))]);
        let chosen = m.bundle_mux(io.c, &given(&[("x", uint(2))]), &given(&[("x", sint(2))]));
        io.y.set(m.cat(&[a.pack(), m.bundle_select(&of, io.c, &[chosen]).pack()]).extend(8));
    });
}

#[test]
fn bundle_does_not_pack() {
    check("bundle_does_not_pack", &[Code::Type, Code::Parameter], |m, io| {
        let both = m.bundle_wire("both", &Both);
        both[0].set(m.unpack(&Any(vec![("x", uint(4))]), io.a)[0]);
        both[1].set(1);
        io.y.set(both.pack());
    });
}

/// Holds `Both`, twice, once flipped, and in a list.
#[derive(Clone)]
struct Nested {
    flipped: bool,
}

impl Bundle for Nested {
    type Sigs<'m> = (Sig<'m>, Vec<seedbed_hdl::BundleSig<'m, Both>>);

    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> Self::Sigs<'m> {
        let first = f.field("first", uint(4));
        let rest = match self.flipped {
            true => vec![f.flipped("part", &Both)],
            false => f.list("parts", 2, &Both),
        };
        (first, rest)
    }
}

#[test]
fn bundle_that_flows_back_has_no_bits() {
    check("bundle_that_flows_back_has_no_bits", &[Code::Parameter; 5], |m, io| {
        let list = m.unpack(&Nested { flipped: false }, io.a.replicate(2).trunc(12));
        list.1[1][1].set(3); // reported above
        let flipped = m.unpack(&Nested { flipped: true }, io.a);
        let [a, b] = ["a_w", "b_w"].map(|name| m.bundle_wire(name, &Both));
        for wire in [&a, &b] {
            wire[0].set(flipped.0);
            wire[1].set(list.0);
        }
        let chosen = m.bundle_mux(io.c, &a, &b);
        let picked = m.bundle_select(&Both, io.c, &[a, b]);
        io.y.set(m.cat(&[chosen[0], picked.pack()]));
    });
}

#[test]
fn bundle_select_of_nothing() {
    check("bundle_select_of_nothing", &[Code::Parameter], |m, io| {
        let of = Any(vec![("x", uint(8))]);
        io.y.set(m.bundle_select(&of, io.c, &[])[0]);
    });
}

#[test]
fn bundle_field_is_malformed() {
    check("bundle_field_is_malformed", &[Code::Name, Code::Parameter, Code::Name], |m, io| {
        m.wire("w_x", uint(2)).set(0);
        let twice = m.bundle_wire("w", &Any(vec![("x", uint(4)), ("empty", uint(0))]));
        let odd = m.bundle_wire("odd", &Any(vec![("a b", uint(4))]));
        twice.iter().chain(odd.iter()).for_each(|sig| sig.set(1));
        io.y.set(m.cat(&[twice[0], odd[0]]));
    });
}

#[test]
fn bundle_is_not_driven() {
    check("bundle_is_not_driven", &[Code::Undriven; 2], |m, io| {
        let of = Any(vec![("x", uint(4)), ("y", uint(4))]);
        let wire = m.bundle_wire("w", &of);
        let reg = m.bundle_reg("r_q", &of);
        wire[0].set(1);
        reg[1].set(2);
        io.y.set(m.bundle_mux(io.c, &wire, &reg).pack());
    });
}

//! Expressions.

use crate::common::*;
use seedbed_ir::*;

pub fn arithmetic() -> Design {
    let mut b = Build::clocked("arithmetic");
    let [a, w] = ["a", "w"].map(|n| b.input(n, s(8)));
    let [x, y] = ["x", "y"].map(|n| b.input(n, u(8)));
    let acc_in = b.input("acc_in", s(20));
    let sum = b.add(a, w, s(9));
    b.output("sum", sum);
    let carry = b.add(x, y, u(9));
    b.output("carry", carry);
    let diff = b.bin(Binary::Sub, x, y, s(9));
    b.output("diff", diff);
    let product = b.mul(a, w, s(16));
    let (r, acc) = b.reg("acc_q", s(20), Some(0));
    let next = b.add(acc_in, product, s(20));
    b.drive(r, None, next);
    b.output("acc", acc);
    let wide_sum = b.add(x, y, u(9));
    let wide_sum = b.add(wide_sum, x, u(10));
    let cut = b.slice(wide_sum, 0, 8);
    b.output("cut", cut);
    let mean = b.slice(carry, 1, 8);
    b.output("mean", mean);
    let mixed = b.mul(a, x, s(16));
    b.output("mixed", mixed);
    let square = b.mul(x, x, u(16));
    b.output("square", square);
    let low = b.mul(x, y, u(8));
    b.output("low", low);
    let minus = b.lit(-5, s(8));
    let shifted = b.add(a, minus, s(8));
    b.output("minus5", shifted);
    let sum_of_products = b.mul(w, minus, s(16));
    let sum_of_products = b.add(sum_of_products, product, s(17));
    b.output("dot", sum_of_products);
    single(b.finish())
}

/// Signed and unsigned readings of the same bits.
pub fn signs() -> Design {
    let mut b = Build::new("signs");
    let [a, c] = ["a", "c"].map(|n| b.input(n, s(8)));
    let [x, y] = ["x", "y"].map(|n| b.input(n, u(8)));
    let bit = b.input("bit_in", s(1));
    let lt_s = b.lt(a, c);
    let lt_u = b.lt(x, y);
    b.output("lt_s", lt_s);
    b.output("lt_u", lt_u);
    let (ax, cx) = (b.cast(a, false), b.cast(c, false));
    let lt_cast = b.lt(ax, cx);
    b.output("a_below_c_unsigned", lt_cast);
    let (xs, ys) = (b.cast(x, true), b.cast(y, true));
    let lt_cast = b.lt(xs, ys);
    b.output("x_below_y_signed", lt_cast);
    let limit = b.lit(-3, s(8));
    let below = b.lt(a, limit);
    b.output("below", below);
    let above = b.lt(limit, a);
    let not_above = b.not(above);
    b.output("not_above", not_above);
    let min = b.lit(-128, s(8));
    let never = b.lt(a, min);
    b.output("never", never);
    let wide = b.extend(a, 12);
    b.output("wide", wide);
    let wide = b.extend(x, 12);
    b.output("wide_u", wide);
    let spread = b.extend(bit, 4);
    b.output("spread", spread);
    let sum = b.add(a, c, s(8));
    let sum_wide = b.extend(sum, 10);
    b.output("sum_wide", sum_wide);
    let below_sum = b.lt(sum, limit);
    b.output("sum_below", below_sum);
    let mixed = b.mul(xs, y, s(16));
    b.output("mixed", mixed);
    let unsigned_product = b.mul(ax, cx, u(16));
    b.output("unsigned_product", unsigned_product);
    single(b.finish())
}

pub fn shifts() -> Design {
    let mut b = Build::new("shifts");
    let a = b.input("a", s(16));
    let x = b.input("x", u(16));
    let n = b.input("n", u(4));
    let huge = b.input("huge", u(40));
    let by = b.lit(3, u(2));
    let by_far = b.lit(20, u(5));
    let shr = |b: &mut Build, v, n| {
        let ty = b.ty(v);
        b.bin(Binary::Shr, v, n, ty)
    };
    for (name, v, n) in [
        ("a_shr", a, n),
        ("x_shr", x, n),
        ("a_shr3", a, by),
        ("x_shr3", x, by),
        ("a_shr20", a, by_far),
        ("a_shr_huge", a, huge),
    ] {
        let y = shr(&mut b, v, n);
        b.output(name, y);
    }
    let left = b.bin(Binary::Shl, x, n, u(16));
    b.output("x_shl", left);
    let huge_left = b.bin(Binary::Shl, x, huge, u(16));
    b.output("x_shl_huge", huge_left);
    // An arithmetic shift beside unsigned operands.
    let inside = shr(&mut b, a, by);
    let inside = b.cast(inside, false);
    let sum = b.add(inside, x, u(16));
    b.output("shift_in_sum", sum);
    single(b.finish())
}

pub fn constants() -> Design {
    let mut b = Build::new("constants");
    let x = b.input("x", u(100));
    let a = b.input("a", s(70));
    let big =
        b.node(Op::Const(Bits::from_limbs(100, &[0x0123_4567_89ab_cdef, 0xf_0000_0001])), u(100));
    let masked = b.and(x, big);
    b.output("masked", masked);
    let minus_two = b.lit(-2, s(70));
    let same = b.eq(a, minus_two);
    b.output("is_minus_two", same);
    let sum = b.add(a, minus_two, s(70));
    b.output("sum", sum);
    for (name, value, ty) in [
        ("zero", 0, u(1)),
        ("one", 1, u(1)),
        ("three", 3, u(8)),
        ("ones", 255, u(8)),
        ("large", 123_456, u(32)),
        ("minus_one", -1, s(8)),
        ("least", -128, s(8)),
    ] {
        let v = b.lit(value, ty);
        b.output(name, v);
    }
    let wide_zero = b.lit(0, u(512));
    b.output("wide_zero", wide_zero);
    single(b.finish())
}

pub fn wide() -> Design {
    let mut b = Build::clocked("wide");
    let bus = b.input("bus", u(512));
    let sel = b.input("sel", u(1));
    let words: Vec<NodeId> = (0..16).map(|i| b.slice(bus, 32 * i, 32)).collect();
    let turned = b.cat(&words);
    let (r, q) = b.reg("beat_q", u(512), Some(0));
    let next = b.mux(sel, turned, bus);
    b.drive(r, None, next);
    b.output("beat", q);
    let any = b.node(Op::Unary(Unary::ReduceOr, q), u(1));
    let all = b.node(Op::Unary(Unary::ReduceAnd, q), u(1));
    let parity = b.node(Op::Unary(Unary::ReduceXor, q), u(1));
    let none = b.not(any);
    for (name, v) in [("any", any), ("all", all), ("parity", parity), ("none", none)] {
        b.output(name, v);
    }
    let one_word = b.input("one_word", u(32));
    let same = b.slice(one_word, 0, 32);
    b.output("same", same);
    let sum = b.add(q, bus, u(512));
    b.output("sum", sum);
    single(b.finish())
}

/// A signed adder tree, whose inner sums need names, and a product used twice.
pub fn tree() -> Design {
    let mut b = Build::new("tree");
    let xs: Vec<NodeId> = (0..4).map(|i| b.input(&format!("x_{i}"), s(8))).collect();
    let ws: Vec<NodeId> = (0..4).map(|i| b.input(&format!("w_{i}"), s(8))).collect();
    let products: Vec<NodeId> = (0..4).map(|i| b.mul(xs[i], ws[i], s(16))).collect();
    let left = b.add(products[0], products[1], s(17));
    let right = b.add(products[2], products[3], s(17));
    let sum = b.add(left, right, s(18));
    b.output("sum", sum);
    b.output("first", products[0]);
    single(b.finish())
}

/// Chains of choices, one-hot selection, flags.
pub fn choices() -> Design {
    let mut b = Build::new("choices");
    let index = b.input("index", u(3));
    let items: Vec<NodeId> = (0..6).map(|i| b.input(&format!("item_{i}"), u(16))).collect();
    let mut chosen = items[5];
    for i in (0..5).rev() {
        let here = b.eq_lit(index, i as i128);
        chosen = b.mux(here, items[i], chosen);
    }
    b.output("chosen", chosen);
    let hot = b.input("hot", u(6));
    let mut merged = None;
    for (i, &item) in items.iter().enumerate() {
        let bit = b.slice(hot, i as u32, 1);
        let mask = b.cat(&[bit; 16]);
        let masked = b.and(mask, item);
        merged = Some(merged.map_or(masked, |m| b.or(m, masked)));
    }
    b.output("merged", merged.expect("six items"));
    let [valid, ready] = ["in_valid", "in_ready"].map(|n| b.input(n, u(1)));
    let fire = b.and(valid, ready);
    let first = b.mux(fire, items[0], items[1]);
    let second = b.mux(fire, items[2], items[3]);
    b.output("first", first);
    b.output("second", second);
    let stall = b.not(ready);
    let waiting = b.and(valid, stall);
    b.output("waiting", waiting);
    let state = b.wire("total", first);
    let named = b.add(state, second, u(16));
    let named = b.named(named, "both");
    let top = b.slice(named, 8, 8);
    b.output("top", top);
    single(b.finish())
}

/// Bits nothing reads, in every place they can come from.
pub fn unused() -> Design {
    let mut design = Design::default();
    let mut child = Build::new("pair");
    let x = child.input("x", u(4));
    let nx = child.not(x);
    child.output("same", x);
    child.output("turned", nx);
    let child = design.modules.push(child.finish());

    let mut b = Build::clocked("unused");
    let a = b.input("a", u(16));
    b.input("never", u(9));
    let part = b.slice(a, 4, 8);
    let nibble = b.slice(a, 12, 4);
    let (r, q) = b.reg("part_q", u(8), Some(0));
    b.drive(r, None, part);
    let top = b.slice(q, 7, 1);
    b.output("top", top);
    let inst = b.inst("u_pair", &design, child, &[nibble]);
    let turned = b.inst_out(&design, inst, "turned");
    let low = b.slice(turned, 0, 3);
    b.output("low", low);
    b.wire("probe", nibble);
    let product = b.mul(part, part, u(16));
    let high = b.slice(product, 8, 8);
    b.output("high", high);
    design.modules.push(b.finish());
    design
}

/// Names that are words of Verilog, SystemVerilog or C++, and names the emitter would like itself.
pub fn reserved() -> Design {
    let mut b = Build::new("reserved");
    let words = [
        "wire",
        "logic",
        "template",
        "short",
        "bool",
        "delete",
        "this",
        "unused_bits",
        "auto",
        "friend",
        "public",
        "compl",
        "asm",
        "near",
        "list",
        "export",
        "volatile",
        "true",
    ];
    let mut all = Vec::new();
    for word in words {
        all.push(b.input(word, u(1)));
    }
    let (some, rest) = all.split_at(5);
    let y = b.cat(some);
    b.output("y", y);
    let z = b.cat(rest);
    let z = b.slice(z, 3, 10);
    b.output("class", z);
    single(b.finish())
}

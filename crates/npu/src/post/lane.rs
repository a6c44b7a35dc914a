//! One requantisation lane.

use crate::body::Record;
use crate::stage::{Line, Staged};
use seedbed_hdl::{bit, sint, uint, Module, Ports, Scope, Sig};
use seedbed_spec::numerics::Rule;
use seedbed_spec::timing;

/// Turns an accumulator into an int8 code, one per cycle.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `acc`, `bias`, `multiplier`, `shift` | in | the sum and its column's parameters |
/// | `rule` | in | of the command whose sum is [`RequantiseLane::RULE`] cycles under way |
/// | `zero_point`, `lo`, `hi` | in | of that whose sum is [`RequantiseLane::FINISH`] cycles under way |
/// | `saturated` | out | the bias addition saturated, 1 cycle after `acc` |
/// | `code` | out | the result, [`timing::REQUANTISE`] cycles after `acc` |
///
/// This is [`numerics::requantize`](seedbed_spec::numerics::requantize) followed by
/// [`numerics::finish`](seedbed_spec::numerics::finish). All three rules are one datapath: `q` is the
/// product in half units; rounding to whole units adds its lowest bit; the half that rounds the
/// right shift is `2^r`, or one less when ties of negative numbers go away from zero.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RequantiseLane {
    /// Bits of an accumulator, at most 32.
    pub acc_bits: u32,
}

/// Ports of [`RequantiseLane`].
pub struct RequantiseLaneIo<'m> {
    /// The accumulator.
    pub acc: Sig<'m>,
    /// Its column's bias.
    pub bias: Sig<'m>,
    /// Its column's multiplier.
    pub multiplier: Sig<'m>,
    /// Its column's shift: right, or left when negative.
    pub shift: Sig<'m>,
    /// What the command says.
    pub settings: Settings<'m>,
    /// The bias addition saturated.
    pub saturated: Sig<'m>,
    /// The int8 result.
    pub code: Sig<'m>,
}

/// What a POST command says about its codes.
#[derive(Clone, Copy)]
pub struct Settings<'m> {
    /// Code of the rounding rule.
    pub rule: Sig<'m>,
    /// Added after requantisation.
    pub zero_point: Sig<'m>,
    /// Least code.
    pub lo: Sig<'m>,
    /// Greatest code.
    pub hi: Sig<'m>,
}

impl RequantiseLane {
    /// Cycles from `acc` to the use of `rule`.
    pub const RULE: u32 = 4;
    /// Cycles from `acc` to the use of `zero_point`, `lo` and `hi`.
    pub const FINISH: u32 = 6;
}

impl<'m> Settings<'m> {
    /// Bits of the settings as one word: the rule, then the codes.
    pub(crate) const BITS: u32 = 26;
    /// The codes.
    pub(crate) const CODES: Record<3> = [("zero_point", 8), ("lo", 8), ("hi", 8)];

    fn inputs(p: &Ports<'_, 'm>) -> Self {
        Settings {
            rule: p.input("rule", uint(2)),
            zero_point: p.input("zero_point", sint(8)),
            lo: p.input("lo", sint(8)),
            hi: p.input("hi", sint(8)),
        }
    }

    /// Drives these inputs of an instance.
    #[track_caller]
    pub fn connect(self, from: Settings<'m>) {
        self.rule.set(from.rule);
        self.zero_point.set(from.zero_point);
        self.lo.set(from.lo);
        self.hi.set(from.hi);
    }
}

impl Module for RequantiseLane {
    type Io<'m> = RequantiseLaneIo<'m>;

    fn name(&self) -> String {
        format!("requantise_lane_{}", self.acc_bits)
    }

    fn doc(&self) -> String {
        format!(
            "Bias, multiplier, shift, zero point, clamp: one code per cycle, {} cycles later.",
            timing::REQUANTISE
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RequantiseLaneIo<'m> {
        RequantiseLaneIo {
            acc: p.input("acc", sint(self.acc_bits)),
            bias: p.input("bias", sint(32)),
            multiplier: p.input("multiplier", uint(31)),
            shift: p.input("shift", sint(6)),
            settings: Settings::inputs(p),
            saturated: p.output("saturated", bit()),
            code: p.output("code", sint(8)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: RequantiseLaneIo<'m>) {
        let start = |sig| Staged::new(sig, 0);
        let biased = add_bias(m, &io);
        let shift = start(io.shift).pipe("shift_s1");
        let multiplier = Line::data(start(io.multiplier), "multiplier", 2);
        let value = biased.join(m, shift, |v, s| shift_left(m, v, s)).pipe("value_q");
        let right = shift.map(|s| right_shift(m, s)).pipe("right_s2");
        let half_units = product(m, value, multiplier.staged(value.stage));
        let right = Line::data(right, "right", half_units.stage + 1);
        let rule = io.settings.rule;
        let in_half_units = half_units.expect(m, Self::RULE, "the way to the rule");
        let rounded =
            right.staged(Self::RULE).map(|r| round(m, in_half_units, r, rule)).pipe("rounded_q");
        let shifted = rounded
            .join(m, right.staged(rounded.stage), |t, r| t.shr(r).shr_const(1))
            .pipe("shifted_q");
        let exact = shifted.expect(m, Self::FINISH, "the way to the zero point");
        let code = Staged::new(finish(m, exact, io.settings), Self::FINISH).pipe("code_q");
        io.code.set(code.expect(m, timing::REQUANTISE, "the requantisation lane"));
    }
}

/// Stage 1: the sum with the bias, saturated to 32 bits.
fn add_bias<'m>(m: &'m Scope, io: &RequantiseLaneIo<'m>) -> Staged<'m> {
    let sum = (io.acc + io.bias).named("biased_exact");
    let clamped = sum.saturate(32).named("biased");
    let saturated = Staged::new(sum.ne(clamped.extend(sum.width())), 0).pipe("saturated_q");
    io.saturated.set(saturated.expect(m, 1, "the saturation flag"));
    Staged::new(clamped, 0).pipe("biased_q")
}

/// Stage 2: a negative shift is a left shift by up to 32 that saturates.
fn shift_left<'m>(m: &'m Scope, value: Sig<'m>, shift: Sig<'m>) -> Sig<'m> {
    let amount = (m.zero(shift.ty()) - shift).trunc(6).as_unsigned().named("left_amount");
    let left = value.extend(64).shl(amount).named("left_exact");
    m.mux(shift.lt(0), left.saturate(32), value)
}

/// Stage 2: a shift that is not negative is a right shift by up to 31.
fn right_shift<'m>(m: &'m Scope, shift: Sig<'m>) -> Sig<'m> {
    let amount = shift.slice(0, 5);
    m.mux(shift.lt(0), m.zero(amount.ty()), amount)
}

/// Stages 3 and 4: the product, without its lowest 30 bits. Two halves of the multiplier keep each
/// stage to one small multiplier or one adder; the result fits 33 bits as |value| <= 2^31.
fn product<'m>(m: &'m Scope, value: Staged<'m>, multiplier: Staged<'m>) -> Staged<'m> {
    let half = |lo, width, name: &str| {
        value.join(m, multiplier, |v, x| v * x.slice(lo, width).to_signed()).pipe(name)
    };
    let low = half(0, 16, "product_low_q");
    let high = half(16, 15, "product_high_q");
    let product = high.join(m, low, |high, low| (high.shl_const(16) + low).named("product"));
    product.map(|p| p.slice(30, 33).as_signed()).pipe("half_units_q")
}

/// Stage 5: everything that is added before the right shift.
fn round<'m>(m: &'m Scope, q: Sig<'m>, right: Sig<'m>, rule: Sig<'m>) -> Sig<'m> {
    let ones = m.lit(-1, sint(32)).as_unsigned();
    let below = (!ones.shl(right)).named("below_half");
    let half = m.lit(1, uint(32)).shl(right).named("half");
    // q = -1 rounds to the whole unit 0, which is not negative; both halves then give 0.
    let negative = q.bit(q.width() - 1);
    let away = rule.eq(Rule::Dbl.code()) & negative;
    let addend = m.mux(away, below, half).named("addend");
    let to_even = (q.bit(0) & rule.ne(Rule::Sgl.code())).named("to_whole");
    (q + addend.to_signed() + to_even.to_signed()).trunc(34)
}

/// Stage 7: zero point and clamp; `hi` wins over `lo`.
fn finish<'m>(m: &'m Scope, y: Sig<'m>, settings: Settings<'m>) -> Sig<'m> {
    let code = (y + settings.zero_point).named("with_zero_point");
    let [lo, hi] = [settings.lo, settings.hi].map(|limit| limit.extend(code.width()));
    let raised = m.mux(code.lt(lo), lo, code).named("raised");
    m.mux(raised.gt(hi), hi, raised).trunc(8)
}

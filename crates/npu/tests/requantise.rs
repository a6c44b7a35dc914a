//! The requantisation lane against `spec::numerics`.

use seedbed_hdl::{elaborate, Settings};
use seedbed_npu::post::RequantiseLane;
use seedbed_sim::{PortHandle, Simulator};
use seedbed_spec::numerics::{finish, requantize, Rule, SHIFTS};
use seedbed_spec::timing;

struct Lane {
    sim: Simulator,
    inputs: [PortHandle; 8],
    code: PortHandle,
    saturated: PortHandle,
}

const INPUTS: [&str; 8] = ["acc", "bias", "multiplier", "shift", "rule", "zero_point", "lo", "hi"];

/// What goes in besides the settings: acc, bias, multiplier, shift.
type Case = [i64; 4];

impl Lane {
    fn new(acc_bits: u32) -> Self {
        let design = elaborate(&RequantiseLane { acc_bits }, &Settings::default()).expect("a lane");
        let sim = Simulator::new(&design);
        let inputs = INPUTS.map(|name| sim.input(name).expect("an input"));
        let [code, saturated] = ["code", "saturated"].map(|n| sim.output(n).expect("an output"));
        Lane { sim, inputs, code, saturated }
    }

    /// One case per cycle; every code must come when `spec::timing` says.
    fn check(&mut self, cases: &[Case], rule: Rule, [zero_point, lo, hi]: [i8; 3]) {
        let settings = [rule.code() as i64, zero_point.into(), lo.into(), hi.into()];
        let latency = timing::REQUANTISE as usize;
        for cycle in 0..cases.len() + latency {
            if let Some(case) = cycle.checked_sub(latency).map(|i| &cases[i]) {
                let (y, _) = expected(case, rule);
                let code = self.sim.get(self.code) as u8 as i8;
                assert_eq!(code, finish(y, zero_point, lo, hi), "{case:?} {rule:?} {settings:?}");
            }
            if let Some(case) = cycle.checked_sub(1).and_then(|i| cases.get(i)) {
                let (_, saturated) = expected(case, rule);
                assert_eq!(self.sim.get(self.saturated), u64::from(saturated), "{case:?}");
            }
            let case = cases.get(cycle).copied().unwrap_or_default();
            for (port, value) in self.inputs.iter().zip(case.iter().chain(&settings)) {
                self.sim.set(*port, *value as u64);
            }
            self.sim.tick();
        }
    }
}

fn expected([acc, bias, multiplier, shift]: &Case, rule: Rule) -> (i32, bool) {
    requantize(*acc, *bias as i32, *multiplier as i32, *shift as i32, rule)
}

/// All extremes with each other and with every shift.
fn extremes(acc_bits: u32) -> Vec<Case> {
    let acc_end = 1i64 << (acc_bits - 1);
    let mut cases = Vec::new();
    for acc in [-acc_end, -acc_end + 1, -2, -1, 0, 1, 3, acc_end - 1] {
        for bias in [i32::MIN, -1, 0, 1, i32::MAX].map(i64::from) {
            for multiplier in [0, 1, (1 << 15) - 1, 1 << 16, 1 << 30, (1 << 31) - 1] {
                cases.extend(SHIFTS.map(|shift| [acc, bias, multiplier, shift.into()]));
            }
        }
    }
    cases
}

/// Random cases, most with codes inside of int8 and near the ties of their rounding.
fn random(acc_bits: u32, count: u64) -> Vec<Case> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let case = |_| {
        let shift = next() % 14;
        let acc =
            (next() as i64) << (64 - acc_bits) >> (64 - acc_bits) >> (next() % u64::from(acc_bits));
        let multiplier = if next() % 2 == 0 { 1 << 30 } else { (1 << 30) + next() % (1 << 30) };
        [acc, (next() as i32 >> (next() % 32)).into(), multiplier as i64, shift as i64]
    };
    (0..count).map(case).collect()
}

#[test]
fn every_rule_equals_the_formula_at_the_extremes() {
    for acc_bits in [18, 26, 32] {
        let (mut lane, cases) = (Lane::new(acc_bits), extremes(acc_bits));
        for rule in Rule::ALL {
            lane.check(&cases, rule, [0, -128, 127]);
        }
    }
}

#[test]
fn every_rule_equals_the_formula_at_random() {
    let (mut lane, cases) = (Lane::new(26), random(26, 20_000));
    for rule in Rule::ALL {
        for settings in [[0, -128, 127], [-128, -128, 127], [127, -100, 90], [5, 20, -20]] {
            lane.check(&cases, rule, settings);
        }
    }
}

//! Designs with black boxes: the model stands for the module.

use seedbed_hdl::{bit, elaborate, uint, BlackBox, Module, Ports, Profile, Scope, Settings, Sig};
use seedbed_ir::{Code, Design};
use seedbed_sim::black_box::{cut, Hosted, Model};
use seedbed_sim::{Bits, Simulator};

/// Adds `a` to a sum at each edge; `y` is the sum plus `a`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Sum {
    foreign: bool,
}

struct SumIo<'m> {
    a: Sig<'m>,
    y: Sig<'m>,
}

impl Module for Sum {
    type Io<'m> = SumIo<'m>;

    fn name(&self) -> String {
        "sum".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SumIo<'m> {
        SumIo { a: p.input("a", uint(70)), y: p.output("y", uint(70)) }
    }

    fn build<'m>(&self, m: &'m Scope, io: SumIo<'m>) {
        if self.foreign {
            m.black_box(BlackBox {
                clock: true,
                reset: true,
                combinational: true,
                fpga_only: true,
            });
            return;
        }
        let sum = m.reg("sum_q", uint(70), 3);
        sum.set(sum.wrapping_add(io.a));
        io.y.set(sum.wrapping_add(io.a));
    }
}

/// Two sums in a row, one level down, the second on a gated clock.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Pair {
    foreign: bool,
}

impl Module for Pair {
    type Io<'m> = SumIo<'m>;

    fn name(&self) -> String {
        "pair".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SumIo<'m> {
        Sum { foreign: self.foreign }.io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: SumIo<'m>) {
        let sum = |name| m.inst(name, &Sum { foreign: self.foreign });
        let gated = m.clock_gate("second_clk", io.a.bit(1), None);
        let (first, second) = (sum("first"), m.within(gated, || sum("second")));
        first.a.set(io.a);
        second.a.set(first.y);
        io.y.set(second.y);
    }
}

/// Two pairs, the first on a gated clock, the second behind a register.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Top {
    foreign: bool,
}

impl Module for Top {
    type Io<'m> = SumIo<'m>;

    fn name(&self) -> String {
        "top".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SumIo<'m> {
        Sum { foreign: self.foreign }.io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: SumIo<'m>) {
        let pair = |name| m.inst(name, &Pair { foreign: self.foreign });
        let gated = m.clock_gate("left_clk", io.a.bit(0), Some(io.a.bit(5)));
        let (left, right) = (m.within(gated, || pair("left")), pair("right"));
        left.a.set(io.a);
        right.a.set(left.y.pipe("between_q"));
        io.y.set(right.y);
    }
}

/// What [`Sum`] does.
#[derive(Default)]
struct SumModel {
    a: u128,
    sum: u128,
}

const MASK: u128 = (1 << 70) - 1;

impl Model for SumModel {
    fn settle(&mut self, inputs: &[Bits]) -> Result<Vec<Bits>, String> {
        let [rst_n, a] = inputs else { panic!("{inputs:?}") };
        self.a = a.limbs().iter().rev().fold(0, |all, &limb| all << 64 | u128::from(limb));
        if rst_n.is_zero() {
            self.sum = 3;
        }
        let y = (self.sum + self.a) & MASK;
        Ok(vec![Bits::from_limbs(70, &[y as u64, (y >> 64) as u64])])
    }

    fn rise(&mut self, clock: usize) -> Result<(), String> {
        assert_eq!(clock, 0);
        self.sum = (self.sum + self.a) & MASK;
        Ok(())
    }
}

fn design(module: &impl Module) -> Design {
    elaborate(module, &Settings::default()).expect("a correct design")
}

#[test]
fn models_and_descriptions_agree_in_every_cycle() {
    let mut hosted = Hosted::new(&design(&Top { foreign: true }), |site| {
        assert_eq!(site.module, "sum");
        Some(Box::new(SumModel::default()))
    })
    .expect("models for all");
    let mut plain = Simulator::new(&design(&Top { foreign: false }));
    let ports = |s: &Simulator| {
        (
            s.input("rst_n").expect("a port"),
            s.input("a").expect("a port"),
            s.output("y").expect("y"),
        )
    };
    let (rst_n, a, y) = ports(hosted.simulator());
    let (plain_rst_n, plain_a, plain_y) = ports(&plain);
    for cycle in 0..200u64 {
        let value = Bits::from_limbs(70, &[cycle.wrapping_mul(0x9e37_79b9_7f4a_7c15), cycle]);
        let reset = u64::from(cycle > 1 && cycle != 90);
        hosted.simulator_mut().set(rst_n, reset);
        hosted.simulator_mut().set_bits(a, &value);
        plain.set(plain_rst_n, reset);
        plain.set_bits(plain_a, &value);
        hosted.settle().expect("values that settle");
        assert_eq!(hosted.simulator().get_bits(y), plain.get_bits(plain_y), "cycle {cycle}");
        hosted.tick().expect("values that settle");
        plain.tick();
    }
}

#[test]
fn sites_are_named_by_their_paths() {
    let (rest, sites) = cut(&design(&Top { foreign: true })).expect("clocks are clocks");
    let paths: Vec<_> = sites.iter().map(|site| site.path.as_str()).collect();
    assert_eq!(paths, ["left.first", "left.second", "right.first", "right.second"]);
    assert_eq!(sites[0].clocks[0].top, "clk");
    assert_eq!(sites[3].outputs[0].top, "right_second__y");
    let enables = sites.iter().map(|site| site.enables[0].as_ref().map(|pin| pin.top.as_str()));
    assert_eq!(
        enables.collect::<Vec<_>>(),
        [
            Some("left_first__clk_enable"),
            Some("left_second__clk_enable"),
            None,
            Some("right_second__clk_enable"),
        ]
    );
    assert_eq!(rest.modules.len(), 3, "the pair on a gated clock is another module");
}

#[test]
fn a_design_for_tape_out_refuses_parts_for_fpgas() {
    let settings = Settings { profile: Profile::TapeOut, ..Settings::default() };
    let mistakes = elaborate(&Top { foreign: true }, &settings).expect_err("four instances");
    assert_eq!(mistakes.len(), 1, "one line instantiates them all: {mistakes:?}");
    assert_eq!((mistakes[0].code, mistakes[0].path.as_str()), (Code::Target, "top.left"));
    assert!(elaborate(&Top { foreign: false }, &settings).is_ok());
    assert!(elaborate(&Ring, &settings).is_ok(), "a black box is not for FPGAs by itself");
}

#[test]
fn a_black_box_without_model_is_named() {
    let foreign = design(&Top { foreign: true });
    let mistake = Simulator::try_new(&foreign).err().expect("a mistake");
    assert_eq!(mistake.code, Code::Parameter);
    assert!(mistake.message.starts_with("`sum` is a black box;"), "{mistake}");
    let mistake = Hosted::new(&foreign, |_| None).err().expect("a mistake");
    assert_eq!(mistake.path, "left.first");
    assert!(mistake.message.contains("has no model"), "{mistake}");
}

/// An inverter that feeds itself through the parent.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Ring;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Foreign;

impl Module for Foreign {
    type Io<'m> = SumIo<'m>;

    fn name(&self) -> String {
        "foreign".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SumIo<'m> {
        SumIo { a: p.input("a", bit()), y: p.output("y", bit()) }
    }

    fn build<'m>(&self, m: &'m Scope, _: SumIo<'m>) {
        m.black_box(BlackBox::default());
    }
}

impl Module for Ring {
    type Io<'m> = Sig<'m>;

    fn name(&self) -> String {
        "ring".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Sig<'m> {
        p.output("y", bit())
    }

    fn build<'m>(&self, m: &'m Scope, y: Sig<'m>) {
        let foreign = m.inst("foreign", &Foreign);
        foreign.a.set(foreign.y);
        y.set(foreign.y);
    }
}

struct Inverter;

impl Model for Inverter {
    fn settle(&mut self, inputs: &[Bits]) -> Result<Vec<Bits>, String> {
        Ok(vec![Bits::from_u64(1, u64::from(inputs[0].is_zero()))])
    }

    fn rise(&mut self, _: usize) -> Result<(), String> {
        Err("it has no clock".into())
    }
}

/// It said that its outputs change at edges only, and lied: the netlist's own check cannot see it.
#[test]
fn what_never_settles_is_an_error() {
    let mut hosted = Hosted::new(&design(&Ring), |_| Some(Box::new(Inverter))).expect("a model");
    let mistake = hosted.settle().expect_err("no end");
    assert_eq!(mistake.code, Code::Loop);
    assert!(mistake.message.contains("`foreign`"), "{mistake}");
}

/// Gives these values, whatever comes.
struct Wrong(Vec<Bits>);

impl Model for Wrong {
    fn settle(&mut self, _: &[Bits]) -> Result<Vec<Bits>, String> {
        Ok(self.0.clone())
    }

    fn rise(&mut self, _: usize) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn values_that_do_not_fit_the_outputs_are_errors() {
    let cases = [
        (vec![Bits::zero(64)], "the model of `foreign`: it gives 64 bits for `y`, which has 1"),
        (Vec::new(), "the model of `foreign`: it gives 0 values; its outputs are: y"),
        (vec![Bits::zero(1); 2], "the model of `foreign`: it gives 2 values; its outputs are: y"),
    ];
    for (values, text) in cases {
        let mut hosted = Hosted::new(&design(&Ring), |_| Some(Box::new(Wrong(values.clone()))))
            .expect("a model");
        let mistake = hosted.settle().expect_err("another shape");
        assert_eq!((mistake.code, mistake.message.as_str()), (Code::Parameter, text));
        assert_eq!(mistake.path, "foreign");
    }
}

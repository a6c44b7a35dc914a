//! Bundles: nested, in lists, flipped; as ports, wires, registers and bits.

use crate::{golden, Bench, Sketch};
use seedbed_hdl::{
    bit, sint, uint, Bundle, BundleSig, Fields, Module, Ports, Scope, Sig, Stream, Ty,
};

/// A number with its sign.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Lane {
    bits: u32,
}

struct LaneSigs<'m> {
    value: Sig<'m>,
    last: Sig<'m>,
}

impl Bundle for Lane {
    type Sigs<'m> = LaneSigs<'m>;

    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> LaneSigs<'m> {
        LaneSigs { value: f.field("value", sint(self.bits)), last: f.field("last", bit()) }
    }
}

/// A request with its answer, which flows back.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Link {
    lanes: usize,
}

struct LinkSigs<'m> {
    valid: Sig<'m>,
    ready: Sig<'m>,
    lane: Vec<BundleSig<'m, Lane>>,
    answer: BundleSig<'m, Lane>,
    log: Stream<'m>,
}

impl Bundle for Link {
    type Sigs<'m> = LinkSigs<'m>;

    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> LinkSigs<'m> {
        LinkSigs {
            valid: f.field("valid", bit()),
            ready: f.back("ready", bit()),
            lane: f.list("lane", self.lanes, &Lane { bits: 4 }),
            answer: f.flipped("answer", &Lane { bits: 6 }),
            log: f.stream("log", uint(2)),
        }
    }
}

/// A register between two links, loaded when both sides agree.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Slice {
    link: Link,
}

struct SliceIo<'m> {
    from: BundleSig<'m, Link>,
    to: BundleSig<'m, Link>,
}

impl Module for Slice {
    type Io<'m> = SliceIo<'m>;

    fn name(&self) -> String {
        "link_slice".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SliceIo<'m> {
        SliceIo { from: p.input_bundle("from", &self.link), to: p.output_bundle("to", &self.link) }
    }

    fn build<'m>(&self, m: &'m Scope, io: SliceIo<'m>) {
        let full = m.reg("full_q", bit(), 0);
        let take = !full | io.to.ready;
        io.from.ready.set(take);
        io.to.valid.set(full);
        m.when(take, || full.set(io.from.valid));
        for (index, (to, from)) in io.to.lane.iter().zip(&io.from.lane).enumerate() {
            let held = m.bundle_reg_no_reset(format!("lane_{index}_q"), &Lane { bits: 4 });
            m.when(take & io.from.valid, || held.connect(from));
            to.connect(&held);
        }
        // Flipped twice is straight on: the answer of `from` is driven from that of `to`.
        io.from.answer.connect(&io.to.answer);
        io.to.log.connect(io.from.log);
    }
}

/// Two slices one after the other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Two {
    link: Link,
}

impl Module for Two {
    type Io<'m> = SliceIo<'m>;

    fn name(&self) -> String {
        "link_two".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SliceIo<'m> {
        Slice { link: self.link.clone() }.io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: SliceIo<'m>) {
        let slice = Slice { link: self.link.clone() };
        let (first, second) = (m.inst("u_first", &slice), m.inst("u_second", &slice));
        let between = m.bundle_wire("between", &self.link);
        first.from.connect(&io.from);
        between.connect(&first.to);
        second.from.connect(&between);
        io.to.connect(&second.to);
    }
}

#[test]
fn a_bundle_is_ports_on_both_sides_and_connects_as_a_whole() {
    let link = Link { lanes: 2 };
    golden(&Slice { link: link.clone() });
    let mut bench = Bench::new(&golden(&Two { link }));
    bench.set("from_valid", 1).set("from_lane_0_value", 0xd).set("from_lane_1_last", 1);
    bench.set("to_answer_value", 0x21).set("from_log_data", 2).set("to_log_ready", 1);
    assert_eq!([bench.get("from_answer_value"), bench.get("to_log_data")], [0x21, 2]);
    assert_eq!([bench.get("from_log_ready"), bench.get("to_valid")], [1, 0]);
    bench.tick().set("from_valid", 0).tick();
    assert_eq!([bench.get("to_valid"), bench.get("to_lane_0_value")], [1, 0xd]);
    assert_eq!([bench.get("to_lane_0_last"), bench.get("to_lane_1_last")], [0, 1]);
}

#[test]
fn a_bundle_packs_into_bits_and_back() {
    let sketch = Sketch {
        name: "swap_fields",
        inputs: vec![("word", Ty::uint(5)), ("other", Ty::uint(5)), ("sel", Ty::uint(2))],
        outputs: vec![("value", Ty::sint(4)), ("last", Ty::uint(1)), ("chosen", Ty::uint(5))],
        build: |m, inputs, outputs| {
            let lane = Lane { bits: 4 };
            let a = m.unpack(&lane, inputs[0]);
            let b = m.unpack(&lane, inputs[1]);
            outputs[0].set(a.value);
            outputs[1].set(a.last);
            let swapped = m.bundle_mux(inputs[2].bit(1), &b, &a);
            let items = [a, b, swapped.clone(), swapped];
            outputs[2].set(m.bundle_select(&lane, inputs[2], &items).pack());
        },
    };
    let mut bench = Bench::new(&golden(&sketch));
    bench.set("word", 0b10010).set("other", 0b01111);
    assert_eq!([bench.get("value"), bench.get("last")], [0b1001, 0]);
    for (sel, chosen) in [(0, 0b10010), (1, 0b01111), (2, 0b01111), (3, 0b01111)] {
        assert_eq!(bench.set("sel", sel).get("chosen"), chosen, "{sel}");
    }
}

#[test]
fn the_width_counts_what_flows_with_the_bundle() {
    assert_eq!(Lane { bits: 9 }.width(), 10);
    assert_eq!(Link { lanes: 3 }.width(), 1 + 3 * 5 + 3);
}

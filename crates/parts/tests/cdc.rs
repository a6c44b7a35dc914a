//! The check of clock crossings, checked: each synchroniser of each part is damaged in turn, and the
//! check must say so.

use seedbed_hdl::{bit, elaborate, uint, BlackBox, Code, Design, Domain, Module, Ports, ResetKind};
use seedbed_hdl::{Scope, Settings, Sig};
use seedbed_ir::check::{self, check};
use seedbed_ir::{Entity, ModuleId, NodeId, Op, RegId};
use seedbed_parts::cdc::{AsyncFifo, BitSync, Handshake, PulseSync, ResetSync};

fn built<M: Module>(part: &M) -> Design {
    elaborate(part, &Settings::default()).unwrap_or_else(|found| panic!("{}", found[0]))
}

/// A bit and a reset into the domain of `b_clk`, which has no reset of its own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Levels;

struct LevelsIo<'m> {
    b: Domain<'m>,
    d: Sig<'m>,
    q: Sig<'m>,
}

impl Module for Levels {
    type Io<'m> = LevelsIo<'m>;

    fn name(&self) -> String {
        "levels".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LevelsIo<'m> {
        let b = p.domain_with("b_clk", None);
        let q = |p: &Ports<'_, 'm>| p.output("q", bit());
        LevelsIo { b, d: p.input("d", bit()), q: p.within(b, q) }
    }

    fn build<'m>(&self, m: &'m Scope, io: LevelsIo<'m>) {
        let kind = ResetKind::AsyncLow;
        let raw = m.domain().reset_signal();
        let reset = m.inst("u_reset", &ResetSync { kind });
        reset.dst.connect(io.b.with_reset(raw, kind));
        let b = io.b.with_reset(reset.reset, kind);
        let sync = m.within(b, || m.inst("u_sync", &BitSync));
        sync.d.set(io.d.pipe("d_q"));
        io.q.set(sync.q);
    }
}

/// The registers of synchronisers.
fn flops(design: &Design) -> Vec<(ModuleId, RegId)> {
    let modules = design.modules.iter();
    let of = |(id, m): (ModuleId, &seedbed_ir::Module)| {
        let sync = m.regs.iter().filter(|(_, r)| r.sync).map(|(reg, _)| (id, reg));
        sync.collect::<Vec<_>>()
    };
    modules.flat_map(of).collect()
}

#[track_caller]
fn noticed(design: &Design, what: &str) {
    let found = check(design);
    let codes = [Code::Crossing, Code::Synchroniser, Code::ResetCrossing];
    assert!(!found.is_empty(), "not noticed: {what}");
    for d in found {
        assert!(codes.contains(&d.code), "{what}: {d}");
    }
}

/// Damages every synchroniser of a sound design in two ways; how many there were.
fn damage_all(design: &Design) -> usize {
    assert_eq!(check(design), []);
    let flops = flops(design);
    for &(module, reg) in &flops {
        let name = &design.modules[module].regs[reg].name;
        let mut damaged = design.clone();
        damaged.modules[module].regs[reg].sync = false;
        noticed(&damaged, &format!("`{name}` without its mark"));

        let mut damaged = design.clone();
        let next = damaged.modules[module].regs[reg].next;
        let output = Op::Reg(reg);
        let nodes = &mut damaged.modules[module];
        nodes.each_node_mut(|node: &mut NodeId| {
            if design.modules[module].nodes[*node].op == output {
                *node = next.expect("a sound design");
            }
        });
        noticed(&damaged, &format!("`{name}` bypassed"));
    }
    flops.len()
}

#[test]
fn each_damaged_synchroniser_is_noticed() {
    assert_eq!(damage_all(&built(&Levels)), 4);
    assert_eq!(damage_all(&built(&PulseSync)), 4);
    assert_eq!(damage_all(&built(&Handshake { ty: uint(16) })), 4);
    assert_eq!(damage_all(&built(&AsyncFifo { ty: uint(16), depth: 8 })), 4);
}

#[test]
fn a_binary_pointer_in_place_of_a_gray_one_is_noticed() {
    let design = built(&AsyncFifo { ty: uint(16), depth: 8 });
    for side in ["write", "read"] {
        let mut damaged = design.clone();
        let module = &mut damaged.modules[ModuleId::new(0)];
        let find = |name: String| {
            let found = module.regs.iter().find(|(_, r)| r.name == name);
            found.expect("a register").0
        };
        let (binary, gray) = (find(format!("{side}_binary_q")), find(format!("{side}_gray_q")));
        module.regs[gray].next = module.regs[binary].next;
        noticed(&damaged, side);
    }
}

#[test]
fn handshakes_and_pointers_are_what_makes_words_safe() {
    let design = built(&Handshake { ty: uint(16) });
    for name in ["word_q", "data_q"] {
        let mut damaged = design.clone();
        let regs = &mut damaged.modules[ModuleId::new(0)].regs;
        regs.values_mut().filter(|r| r.name == name).for_each(|r| r.enable = None);
        noticed(&damaged, name);
    }
}

/// Two flops for each bit of a counter, which do not make it safe.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct HandMade {
    whole: bool,
}

impl Module for HandMade {
    type Io<'m> = LevelsIo<'m>;

    fn name(&self) -> String {
        "hand_made".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LevelsIo<'m> {
        let b = p.domain("b_clk", "b_rst_n");
        let q = |p: &Ports<'_, 'm>| p.output("q", uint(2));
        LevelsIo { b, d: p.input("d", bit()), q: p.within(b, q) }
    }

    fn build<'m>(&self, m: &'m Scope, io: LevelsIo<'m>) {
        let count = m.reg("count_q", uint(2), 0);
        m.when(io.d, || count.set(count.wrapping_add(1)));
        let two = |name: &str, value: Sig<'m>| {
            let meta = m.sync_reg(format!("{name}_meta_q"), value.ty(), 0);
            let sync = m.sync_reg(format!("{name}_sync_q"), value.ty(), 0);
            meta.set(value);
            sync.set(meta);
            sync
        };
        m.within(io.b, || match self.whole {
            true => io.q.set(two("count", count)),
            false => io.q.set(m.cat(&[two("high", count.bit(1)), two("low", count.bit(0))])),
        });
    }
}

/// Both bits of an input, or one of them twice, with two flops each.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Inputs {
    clocked: bool,
    bits: [u32; 2],
}

impl Module for Inputs {
    type Io<'m> = LevelsIo<'m>;

    fn name(&self) -> String {
        "inputs".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LevelsIo<'m> {
        let a = p.domain("a_clk", "a_rst_n");
        let b = p.domain("b_clk", "b_rst_n");
        let d = |p: &Ports<'_, 'm>| p.input("d", uint(2));
        let q = |p: &Ports<'_, 'm>| p.output("q", bit());
        LevelsIo { b, d: if self.clocked { p.within(a, d) } else { d(p) }, q: p.within(b, q) }
    }

    fn build<'m>(&self, m: &'m Scope, io: LevelsIo<'m>) {
        let sync = |i: u32| {
            let sync = m.within(io.b, || m.inst(format!("u_sync_{i}"), &BitSync));
            sync.d.set(io.d.bit(self.bits[i as usize]));
            sync.q
        };
        io.q.set(sync(0) ^ sync(1));
    }
}

/// The bits of an input that belongs to no clock are inputs of their own; those of another one change
/// at one edge.
#[test]
fn inputs_are_synchronised_once() {
    for (clocked, bits, fine) in [
        (false, [0, 1], true),
        (false, [1, 1], false),
        (true, [0, 1], false),
        (true, [0, 0], false),
    ] {
        let found = elaborate(&Inputs { clocked, bits }, &Settings::default()).err();
        let found = found.unwrap_or_default();
        assert_eq!(found.len(), usize::from(!fine), "{clocked} {bits:?}: {found:?}");
        for d in found {
            assert_eq!(d.code, Code::Synchroniser);
            let same = bits[0] == bits[1];
            let text = if same {
                "`d` is synchronised twice"
            } else {
                "bits of `d` are synchronised apart"
            };
            assert!(d.message.contains(text), "{d}");
            assert!(d.message.contains("by `d_meta_q` and `d_meta_q`"), "{d}");
        }
    }
}

/// An AND gate.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Both;

impl Module for Both {
    type Io<'m> = [Sig<'m>; 3];

    fn name(&self) -> String {
        "both".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        [p.input("a", bit()), p.input("b", bit()), p.output("y", bit())]
    }

    fn build<'m>(&self, _: &'m Scope, [a, b, y]: Self::Io<'m>) {
        y.set(a & b);
    }
}

/// The reset of one clock goes through the logic of an instance to the registers of another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct ResetThroughLogic {
    foreign: bool,
}

impl Module for ResetThroughLogic {
    type Io<'m> = LevelsIo<'m>;

    fn name(&self) -> String {
        "reset_through_logic".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LevelsIo<'m> {
        Around(Way::Output).io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: LevelsIo<'m>) {
        let on = m.within(io.b, || {
            let on = m.reg("on_q", bit(), 0);
            on.set(1);
            on
        });
        let [a, b, y] = m.inst("u_both", &Both);
        a.set(if self.foreign { m.domain() } else { io.b }.reset_signal());
        b.set(on);
        let b = io.b.with_reset(y, ResetKind::AsyncLow);
        let held = m.within(b, || m.inst("u_held", &Held));
        held.set(io.d.pipe("d_q"));
        io.q.set(on);
    }
}

/// A flop that synchronises, and a register behind it that its reset may not release near an edge.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Held;

impl Module for Held {
    type Io<'m> = Sig<'m>;

    fn name(&self) -> String {
        "held".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Sig<'m> {
        p.input("d", bit())
    }

    fn build<'m>(&self, m: &'m Scope, d: Sig<'m>) {
        let (meta, sync) = (m.sync_reg("meta_q", bit(), 0), m.sync_reg("sync_q", bit(), 0));
        meta.set(d);
        sync.set(meta);
        m.reg("held_q", bit(), 0).set(sync);
    }
}

#[test]
fn a_reset_is_followed_through_the_logic_of_instances() {
    built(&ResetThroughLogic { foreign: false });
    let found = elaborate(&ResetThroughLogic { foreign: true }, &Settings::default());
    let found = found.expect_err("refused");
    assert_eq!((found.len(), found[0].code), (1, Code::ResetCrossing), "{found:?}");
    assert!(found[0].message.contains("register `held_q` is reset by `rst_n`"), "{}", found[0]);
}

#[test]
fn hand_made_synchronisers_of_several_bits_are_refused() {
    for (whole, text) in [(true, "2 bits that may change at once"), (false, "synchronised apart")] {
        let found = elaborate(&HandMade { whole }, &Settings::default()).expect_err("refused");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, Code::Synchroniser);
        assert!(found[0].message.contains(text), "{}", found[0]);
    }
}

/// A flop that is described elsewhere.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Foreign;

impl Module for Foreign {
    type Io<'m> = (Sig<'m>, Sig<'m>);

    fn name(&self) -> String {
        "foreign".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> (Sig<'m>, Sig<'m>) {
        (p.input("d", bit()), p.output("q", bit()))
    }

    fn build<'m>(&self, m: &'m Scope, _: (Sig<'m>, Sig<'m>)) {
        m.black_box(BlackBox { clock: true, ..BlackBox::default() });
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Way {
    Enable,
    Output,
    BlackBox,
    FirstFlop,
    Gate,
}

/// A value that gets from one domain to the other by a way that is no register's.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Around(Way);

impl Module for Around {
    type Io<'m> = LevelsIo<'m>;

    fn name(&self) -> String {
        "around".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LevelsIo<'m> {
        let b = p.domain("b_clk", "b_rst_n");
        let q = |p: &Ports<'_, 'm>| p.output("q", bit());
        LevelsIo { b, d: p.input("d", bit()), q: p.within(b, q) }
    }

    fn build<'m>(&self, m: &'m Scope, io: LevelsIo<'m>) {
        let d = io.d.pipe("d_q");
        m.within(io.b, || {
            let two = || (m.sync_reg("meta_q", bit(), 0), m.sync_reg("sync_q", bit(), 0));
            let boxed = |d: Sig<'m>| {
                let (input, output) = m.inst("u_foreign", &Foreign);
                input.set(d);
                output
            };
            io.q.set(match self.0 {
                Way::Output => d,
                Way::BlackBox => boxed(d),
                Way::Enable => {
                    let (meta, sync) = two();
                    m.when(d, || meta.set(1));
                    sync.set(meta);
                    sync
                }
                Way::FirstFlop => {
                    let (meta, sync) = two();
                    meta.set(d);
                    sync.set(meta);
                    boxed(meta) & sync
                }
                Way::Gate => gated_sync(m, d, d),
            });
        });
    }
}

/// `d` synchronised on a clock that passes its edges while `enable` is 1.
fn gated_sync<'m>(m: &'m Scope, enable: Sig<'m>, d: Sig<'m>) -> Sig<'m> {
    let gated = m.clock_gate("slow_clk", enable, None);
    let sync = m.within(gated, || m.inst("u_sync", &BitSync));
    sync.d.set(d);
    sync.q
}

/// Two domains, one of which has a gated clock beside the free one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct GatedSide;

impl Module for GatedSide {
    type Io<'m> = LevelsIo<'m>;

    fn name(&self) -> String {
        "gated_side".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LevelsIo<'m> {
        Around(Way::Gate).io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: LevelsIo<'m>) {
        let d = io.d.pipe("d_q");
        m.within(io.b, || {
            let on = m.reg("on_q", bit(), 0);
            on.set(!on);
            io.q.set(gated_sync(m, on, d).pipe("q_q"));
        });
    }
}

#[test]
fn a_gated_clock_and_the_free_one_are_one_domain() {
    assert_eq!(listed(&built(&GatedSide)), ["d_q u_sync.d_meta_q 1 Level clk b_clk"]);
}

#[test]
fn enables_outputs_and_black_boxes_take_no_foreign_value() {
    for (way, code, text) in [
        (Way::Enable, Code::Synchroniser, "`meta_q` loads under an enable of another clock domain"),
        (Way::Output, Code::Crossing, "output `q` belongs to `b_clk` and gives a value of another"),
        (Way::BlackBox, Code::Crossing, "input `d` of `u_foreign` takes a value of another"),
        (Way::FirstFlop, Code::Synchroniser, "`meta_q` is read before its second flop"),
        (Way::Gate, Code::Crossing, "clock gate `slow_clk` opens by a value of another clock"),
    ] {
        let found = elaborate(&Around(way), &Settings::default()).expect_err("refused");
        assert_eq!((found.len(), found[0].code), (1, code), "{found:?}");
        assert!(found[0].message.contains(text), "{}", found[0]);
    }
}

/// From, to, bits, kind, and the clocks on both sides.
fn listed(design: &Design) -> Vec<String> {
    let top = design.top();
    let clock = |port: Option<_>| port.map_or("-", |port| &top.ports[port].name);
    let line = |c: check::Crossing| {
        let [from, to] = c.clocks.map(clock);
        let names = [&c.from, &c.to].map(|name| name.split_once('.').expect("a path").1);
        format!("{} {} {} {:?} {from} {to}", names[0], names[1], c.width, c.kind)
    };
    check::crossings(design).into_iter().map(line).collect()
}

#[test]
fn crossings_are_listed() {
    assert_eq!(
        listed(&built(&Handshake { ty: uint(16) })),
        [
            "request_q request_meta_q 1 Level src_clk dst_clk",
            "done_q done_meta_q 1 Level dst_clk src_clk",
            "word_q data_q 16 Held src_clk dst_clk",
        ]
    );
    assert_eq!(
        listed(&built(&AsyncFifo { ty: uint(16), depth: 8 })),
        [
            "read_gray_q read_meta_q 4 Gray dst_clk src_clk",
            "write_gray_q write_meta_q 4 Gray src_clk dst_clk",
            "words words 16 Memory src_clk dst_clk",
        ]
    );
    assert_eq!(
        listed(&built(&Levels)),
        ["d_q u_sync.d_meta_q 1 Level clk b_clk", "rst_n u_reset.meta_q 1 Reset clk b_clk"]
    );
}

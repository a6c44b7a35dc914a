//! The netlist that descriptions become: sharing, names, conditions, clocking.

use seedbed_hdl::{
    bit, elaborate, sint, uint, Design, Module, Ports, ResetKind, Scope, Settings, Sig, Stream,
};
use seedbed_ir::text;
use std::time::{Duration, Instant};

/// A register, with or without an enable.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Stage {
    width: u32,
}

struct StageIo<'m> {
    d: Sig<'m>,
    q: Sig<'m>,
}

impl Module for Stage {
    type Io<'m> = StageIo<'m>;

    fn name(&self) -> String {
        format!("stage_w{}", self.width)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StageIo<'m> {
        StageIo { d: p.input("d", uint(self.width)), q: p.output("q", uint(self.width)) }
    }

    fn build<'m>(&self, _: &'m Scope, io: StageIo<'m>) {
        io.q.set(io.d.pipe("d_q"));
    }
}

/// Stages one after the other, with a probe of another width on the side when asked for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Chain {
    stages: u32,
    probe: bool,
}

impl Module for Chain {
    type Io<'m> = StageIo<'m>;

    fn name(&self) -> String {
        "chain".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StageIo<'m> {
        StageIo { d: p.input("d", uint(8)), q: p.output("q", uint(8)) }
    }

    fn build<'m>(&self, m: &'m Scope, io: StageIo<'m>) {
        if self.probe {
            let probe = m.inst("u_probe", &Stage { width: 4 });
            probe.d.set(io.d.trunc(4));
            m.wire("probe", uint(4)).set(probe.q);
        }
        let mut value = io.d;
        for i in 0..self.stages {
            let stage = m.inst(format!("u_stage_{i}"), &Stage { width: 8 });
            stage.d.set(value);
            value = stage.q.wrapping_add(1);
        }
        io.q.set(value);
    }
}

fn built(top: &impl Module) -> Design {
    match elaborate(top, &Settings::default()) {
        Ok(design) => design,
        Err(mistakes) => panic!("{}", mistakes[0]),
    }
}

fn module_names(design: &Design) -> Vec<&str> {
    design.modules.values().map(|m| m.name.as_str()).collect()
}

#[test]
fn equal_components_are_one_module_however_many_instances() {
    let design = built(&Chain { stages: 100, probe: true });
    assert_eq!(module_names(&design), ["stage_w4", "stage_w8", "chain"]);
    assert_eq!(design.top().insts.len(), 101);
}

#[test]
fn adding_an_instance_renames_nothing() {
    let with = text::print(&built(&Chain { stages: 2, probe: true }));
    let without = text::print(&built(&Chain { stages: 2, probe: false }));
    let names = |text: &str| -> Vec<String> {
        let declares = ["module ", "input ", "output ", "reg ", "wire ", "inst "];
        let lines = text.lines().map(str::trim);
        lines
            .filter(|line| declares.iter().any(|d| line.starts_with(d)))
            .map(|line| line.split(['(', '=']).next().expect("a first part").to_string())
            .filter(|line| !line.contains("probe"))
            .collect()
    };
    let mut found = names(&with);
    found.drain(..found.iter().position(|l| l.contains("stage_w8")).expect("the second module"));
    assert_eq!(found, names(&without));
}

#[test]
fn the_same_description_gives_the_same_text() {
    let top = Chain { stages: 3, probe: true };
    assert_eq!(text::print(&built(&top)), text::print(&built(&top)));
}

/// A module described by a function, to look at its text form.
#[derive(Clone, Debug)]
struct Sketch {
    build: for<'m> fn(&'m Scope, SketchIo<'m>),
}

struct SketchIo<'m> {
    a: Sig<'m>,
    b: Sig<'m>,
    x: Sig<'m>,
    y: Sig<'m>,
}

impl PartialEq for Sketch {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Sketch {}

impl std::hash::Hash for Sketch {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl Module for Sketch {
    type Io<'m> = SketchIo<'m>;

    fn name(&self) -> String {
        "sketch".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> SketchIo<'m> {
        SketchIo {
            a: p.input("a", bit()),
            b: p.input("b", bit()),
            x: p.input("x", uint(4)),
            y: p.output("y", uint(4)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: SketchIo<'m>) {
        (self.build)(m, io);
    }
}

/// The text form of a sketch without its fixed first and last lines.
fn sketch(build: for<'m> fn(&'m Scope, SketchIo<'m>)) -> String {
    let text = text::print(&built(&Sketch { build }));
    let ports = ["module", "}", "input a:", "input b:", "input x:"];
    let kept = text.lines().map(str::trim).filter(|l| !ports.iter().any(|p| l.starts_with(p)));
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn conditions_of_a_register_become_its_enable() {
    let text = sketch(|m, io| {
        let q = m.reg("q", uint(4), 3);
        m.when(io.a, || {
            q.set(io.x);
            m.when(io.b, || q.set(0));
        });
        io.y.set(q);
    });
    assert_eq!(
        text,
        "input clk: clock\n\
         input rst_n: reset\n\
         output y: u4 = %3\n\
         reg q: u4 clock clk reset async_low rst_n 4'h3 enable %0 next %5\n\
         %0 = port a : u1\n\
         %1 = port b : u1\n\
         %2 = port x : u4\n\
         %3 = reg q : u4\n\
         %4 = const 4'h0 : u4\n\
         %5 = mux %1 %4 %2 : u4"
    );
}

#[test]
fn a_value_need_not_be_defined_where_the_enable_is_off() {
    let text = sketch(|m, io| {
        let q = m.reg_no_reset("q", uint(4));
        m.when(io.a, || q.set(io.x));
        m.when(io.b, || q.set(1));
        io.y.set(q);
    });
    assert_eq!(
        text,
        "input clk: clock\n\
         output y: u4 = %3\n\
         reg q: u4 clock clk enable %6 next %5\n\
         %0 = port a : u1\n\
         %1 = port b : u1\n\
         %2 = port x : u4\n\
         %3 = reg q : u4\n\
         %4 = const 4'h1 : u4\n\
         %5 = mux %1 %4 %2 : u4\n\
         %6 = or %0 %1 : u1"
    );
}

#[test]
fn a_switch_over_all_values_needs_no_default() {
    let text = sketch(|m, io| {
        m.switch(io.a, |s| {
            s.case(1, || io.y.set(io.x));
            s.case(0, || io.y.set(0));
        });
    });
    assert_eq!(
        text,
        "output y: u4 = %5\n\
         %0 = port a : u1\n\
         %1 = port x : u4\n\
         %2 = const 1'h1 : u1\n\
         %3 = eq %0 %2 : u1\n\
         %4 = const 4'h0 : u4\n\
         %5 = mux %3 %1 %4 : u4"
    );
}

#[test]
fn a_wire_declared_under_a_condition_is_not_conditional() {
    let text = sketch(|m, io| {
        io.y.set(0);
        m.when(io.a, || {
            let w = m.wire("w", uint(4));
            w.set(!io.x);
            io.y.set(w);
        });
    });
    assert!(text.contains("wire w: u4 = %4\n"), "{text}");
    assert!(text.contains("%4 = not"), "{text}");
}

#[test]
fn an_instance_input_that_is_read_back_becomes_a_wire() {
    let text = sketch(|m, io| {
        let stage = m.inst("u_stage", &Stage { width: 4 });
        stage.d.set(io.x);
        io.y.set(stage.d ^ stage.q);
    });
    assert!(text.contains("wire u_stage_d: u4 = %"), "{text}");
}

#[test]
fn a_second_name_is_a_wire_of_its_own() {
    let text = sketch(|m, io| {
        let q = m.reg("q", uint(4), 0);
        m.when(io.a, || q.set(q.named("old").wrapping_add(io.x).named("sum")));
        io.y.set(q);
    });
    assert!(text.contains("wire old: u4 = %"), "{text}");
    assert!(text.contains("add %3 %1 : u4 \"sum\""), "{text}");
}

#[test]
fn combinational_modules_have_no_clock_and_values_nobody_reads_are_dropped() {
    let text = sketch(|_, io| {
        let unused = io.x.wrapping_add(1) ^ io.x;
        assert_eq!(unused.width(), 4);
        io.y.set(io.x);
    });
    assert_eq!(text, "output y: u4 = %0\n%0 = port x : u4");
}

#[test]
fn the_reset_kind_is_a_setting() {
    let settings = Settings { reset: ResetKind::SyncLow, ..Settings::default() };
    let design = elaborate(&Stage { width: 2 }, &settings).expect("no mistakes");
    assert!(text::print(&design).contains("reset sync_low rst_n 2'h0"));
}

#[test]
fn widths_grow_exactly_and_literals_take_the_type_of_the_other_side() {
    sketch(|m, io| {
        let (u, s) = (io.x, io.x.to_signed());
        assert_eq!(s.ty(), sint(5));
        assert_eq!((u + u.trunc(2)).ty(), uint(5));
        assert_eq!((u - u).ty(), sint(5));
        assert_eq!((s * s).ty(), sint(10));
        assert_eq!((-u).ty(), sint(5));
        assert_eq!(m.sum(&[u; 9]).ty(), uint(8));
        assert_eq!(s.shl_const(3).ty(), sint(8));
        assert_eq!(u.wrapping_sub(1).ty(), uint(4));
        assert_eq!(s.eq(-16).ty(), bit());
        io.y.set(15);
    });
}

/// Two ends of one bus: the same list of ports, flipped and grouped.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Bridge;

fn bus<'m>(p: &Ports<'_, 'm>) -> Stream<'m> {
    p.source("req", uint(4))
}

impl Module for Bridge {
    type Io<'m> = (Stream<'m>, Stream<'m>);

    fn name(&self) -> String {
        "bridge".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        (p.flip(|p| p.group("s", bus)), p.group("m", |p| p.group("axi", bus)))
    }

    fn build<'m>(&self, _: &'m Scope, (s, m): Self::Io<'m>) {
        m.connect(s);
    }
}

#[test]
fn ports_are_grouped_and_flipped() {
    let text = text::print(&built(&Bridge));
    let ports: Vec<&str> = text.lines().map(|l| l.trim()).take(7).skip(1).collect();
    let start = |line: &str| line.split(" =").next().expect("a first part").to_string();
    assert_eq!(
        ports.into_iter().map(start).collect::<Vec<_>>(),
        [
            "input s_req_valid: u1",
            "output s_req_ready: u1",
            "input s_req_data: u4",
            "output m_axi_req_valid: u1",
            "input m_axi_req_ready: u1",
            "output m_axi_req_data: u4",
        ]
    );
}

/// All instances in one module: the worst case for elaboration.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Flat {
    instances: u32,
}

impl Module for Flat {
    type Io<'m> = StageIo<'m>;

    fn name(&self) -> String {
        "flat".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StageIo<'m> {
        StageIo { d: p.input("d", uint(8)), q: p.output("q", uint(8)) }
    }

    fn build<'m>(&self, m: &'m Scope, io: StageIo<'m>) {
        let value = (0..self.instances).fold(io.d, |value, i| {
            let stage = m.inst(format!("u_stage_{i}"), &Stage { width: 8 });
            stage.d.set(value);
            stage.q
        });
        io.q.set(value);
    }
}

#[test]
fn elaboration_is_fast() {
    let start = Instant::now();
    let design = built(&Flat { instances: 65_536 });
    let time = start.elapsed();
    println!("65,536 instances in {time:?}");
    assert_eq!(design.top().insts.len(), 65_536);
    // Ten times what an idle machine needs, so that only a change of order fails.
    assert!(time < Duration::from_secs(5), "{time:?}");
}

/// Comments between declarations of every kind.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Commented;

impl Module for Commented {
    type Io<'m> = StageIo<'m>;

    fn name(&self) -> String {
        "commented".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StageIo<'m> {
        StageIo { d: p.input("d", uint(8)), q: p.output("q", uint(8)) }
    }

    fn build<'m>(&self, m: &'m Scope, io: StageIo<'m>) {
        m.comment("First line.");
        m.comment("Second line.");
        let held = m.reg("held_q", uint(8), 0);
        let plain = m.wire("plain", uint(8));
        m.comment("The wire.");
        let wire = m.wire("wired", uint(8));
        m.comment("The memory.");
        let mem = m.mem_1r1w("store", 8, 4, None);
        m.comment("The stage.");
        let stage = m.inst("u_stage", &Stage { width: 8 });
        held.set(io.d);
        plain.set(held);
        wire.set(plain);
        mem.write(wire.trunc(2), m.high(), wire, None);
        stage.d.set(mem.read(wire.trunc(2), m.high()));
        io.q.set(stage.q);
    }
}

#[test]
fn a_comment_belongs_to_the_next_declaration() {
    let design = elaborate(&Commented, &Settings::default()).expect("no mistakes");
    let top = design.top();
    let regs: Vec<_> = top.regs.values().map(|r| r.comment.as_str()).collect();
    let wires: Vec<_> = top.wires.values().map(|w| w.comment.as_str()).collect();
    let mems: Vec<_> = top.mems.values().map(|m| m.comment.as_str()).collect();
    let insts: Vec<_> = top.insts.values().map(|i| i.comment.as_str()).collect();
    assert_eq!(regs, ["First line.\nSecond line."]);
    assert_eq!(wires, ["", "The wire."]);
    assert_eq!((mems, insts), (vec!["The memory."], vec!["The stage."]));
}

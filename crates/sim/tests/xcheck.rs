//! The check for state that nobody set: planted mistakes are found and named, sound designs pass.

use seedbed_hdl::{bit, elaborate, uint, Design, Module, Ports, ResetKind, Scope, Settings, Sig};
use seedbed_sim::{Simulator, XCheck};

/// What is wrong with the part.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Mistake {
    None,
    /// The state of the handshake has no reset.
    NoReset,
    /// A memory is read before it is written.
    UnwrittenWord,
    /// An assertion reads a register that is not set.
    Property,
}

/// A stage that holds a word, in an instance, beside a memory.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Stage(Mistake);

struct StageIo<'m> {
    push: Sig<'m>,
    data: Sig<'m>,
    out_valid: Sig<'m>,
    out_data: Sig<'m>,
    read: Sig<'m>,
}

impl Module for Stage {
    type Io<'m> = StageIo<'m>;

    fn name(&self) -> String {
        "stage".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StageIo<'m> {
        StageIo {
            push: p.input("push", bit()),
            data: p.input("data", uint(70)),
            out_valid: p.output("out_valid", bit()),
            out_data: p.output("out_data", uint(70)),
            read: p.output("read", uint(70)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: StageIo<'m>) {
        let valid = match self.0 {
            Mistake::NoReset => m.reg_no_reset("valid_q", bit()),
            _ => m.reg("valid_q", bit(), 0),
        };
        m.when(io.push, || valid.set(m.high()));
        // Data need no reset: nobody looks at them before `valid_q` says so.
        let data = m.reg_no_reset("data_q", uint(70));
        m.when(io.push, || data.set(io.data));
        let (addr, started) = (m.reg("addr_q", uint(3), 0), m.reg("started_q", bit(), 0));
        addr.set(addr.wrapping_add(1));
        m.when(addr.eq(7), || started.set(m.high()));
        let mem = m.mem_1r1w("mem", 70, 8, None);
        mem.write(addr, m.high(), io.data, None);
        let from = if self.0 == Mistake::UnwrittenWord { m.high() } else { started };
        let word = mem.read(addr, m.high());
        let known = from.pipe("known_q");
        io.read.set(m.mux(known, word, m.zero(uint(70))));
        let checked = if self.0 == Mistake::Property { m.high() } else { valid };
        m.when(checked, || {
            m.assert("even", !data.bit(0));
        });
        io.out_valid.set(valid);
        io.out_data.set(data);
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Top(Mistake);

impl Module for Top {
    type Io<'m> = StageIo<'m>;

    fn name(&self) -> String {
        "top".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> StageIo<'m> {
        Stage(self.0).io(p)
    }

    fn build<'m>(&self, m: &'m Scope, io: StageIo<'m>) {
        let stage = m.inst("u_stage", &Stage(self.0));
        stage.push.set(io.push);
        stage.data.set(io.data);
        io.out_valid.set(stage.out_valid);
        io.out_data.set(stage.out_data);
        io.read.set(stage.read);
    }
}

fn design(mistake: Mistake, reset: ResetKind) -> Design {
    elaborate(&Top(mistake), &Settings { reset, ..Settings::default() }).expect("sound modules")
}

/// Reset in cycles 0 and 1, a push in cycle 9.
fn stimulus(sim: &mut Simulator, cycle: u64) {
    for (name, value) in [("rst_n", cycle >= 2), ("push", cycle == 9)] {
        sim.set(sim.input(name).expect("an input"), u64::from(value));
    }
    sim.set(sim.input("data").expect("an input"), 6 * cycle);
}

#[test]
fn a_sound_design_agrees_whatever_its_memories_held() {
    for reset in [ResetKind::AsyncLow, ResetKind::SyncLow] {
        for seed in 0..5 {
            let design = design(Mistake::None, reset);
            XCheck::new(&design).seed(seed).run(40, stimulus).expect("agreement");
        }
    }
}

#[test]
fn a_short_pulse_of_a_reset_acts_in_all_runs() {
    let design = design(Mistake::None, ResetKind::AsyncHigh);
    let stimulus = |sim: &mut Simulator, cycle: u64| {
        let [reset, push] = ["rst", "push"].map(|name| sim.input(name).expect("an input"));
        sim.set(push, 0);
        sim.set(reset, u64::from(cycle == 1));
        sim.set(reset, 0);
    };
    XCheck::new(&design).compare_from(2).run(40, stimulus).expect("agreement");
}

#[test]
fn a_missing_reset_is_found_and_named() {
    for seed in [0, 1, 2, u64::MAX] {
        let design = design(Mistake::NoReset, ResetKind::AsyncLow);
        let difference = XCheck::new(&design).seed(seed).run(8, stimulus).expect_err("no reset");
        assert_eq!((difference.cycle, difference.signal.as_str()), (2, "out_valid"));
        let sources: Vec<&str> = difference.sources.iter().map(|s| s.path.as_str()).collect();
        assert_eq!(sources, ["u_stage.valid_q"]);
        let text = difference.to_string();
        assert!(text.starts_with("cycle 2: `out_valid` is 1'h"), "{text}");
        assert!(text.ends_with("\n  `u_stage.valid_q` differs since cycle 2"), "{text}");
    }
}

#[test]
fn a_word_read_before_it_is_written_is_found() {
    let design = design(Mistake::UnwrittenWord, ResetKind::AsyncLow);
    let difference = XCheck::new(&design).run(8, stimulus).expect_err("unwritten words");
    assert_eq!(difference.signal, "read");
    assert!(difference.sources.iter().any(|s| s.path == "u_stage.mem"), "{difference}");
    assert!(difference.sources.iter().all(|s| s.path != "u_stage.data_q"), "{difference}");
}

#[test]
fn a_property_that_holds_in_one_run_only_is_found() {
    let design = design(Mistake::Property, ResetKind::AsyncLow);
    for seed in 0..5 {
        let difference = XCheck::new(&design).seed(seed).run(8, stimulus).expect_err("unset data");
        assert_eq!((difference.cycle, difference.signal.as_str()), (2, "u_stage.even"));
        assert_eq!(difference.sources[0].path, "u_stage.data_q");
    }
}

#[test]
fn outputs_without_a_valid_are_compared_and_can_be_qualified() {
    let design = design(Mistake::None, ResetKind::AsyncLow);
    let check = XCheck::new(&design).qualify("out_data", "out_data");
    let difference = check.run(8, stimulus).expect_err("data without reset");
    assert_eq!(difference.signal, "out_data");
}

/// An output of a bit: a constant, or a register that nobody sets.
type Output = (&'static str, Option<u64>);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Outputs(Vec<Output>);

impl Module for Outputs {
    type Io<'m> = Vec<Sig<'m>>;

    fn name(&self) -> String {
        "outputs".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Self::Io<'m> {
        self.0.iter().map(|(name, _)| p.output(name, bit())).collect()
    }

    fn build<'m>(&self, m: &'m Scope, io: Self::Io<'m>) {
        for (output, (name, value)) in io.into_iter().zip(&self.0) {
            match value {
                Some(value) => output.set(m.lit(*value, bit())),
                None => {
                    let unset = m.reg_no_reset(format!("{name}_q"), bit());
                    unset.set(unset);
                    output.set(unset);
                }
            }
        }
    }
}

/// The output that depends on power-up, if one counts.
fn counts(outputs: &[Output], seed: u64) -> Option<String> {
    let design = elaborate(&Outputs(outputs.to_vec()), &Settings::default()).expect("outputs");
    XCheck::new(&design).seed(seed).run(4, |_, _| {}).err().map(|found| found.signal)
}

#[test]
fn only_the_valid_of_its_own_stream_hides_an_output() {
    let (low, high) = (Some(0), Some(1));
    let cases: [(&[Output], Option<&str>); 10] = [
        (&[("invalid", low), ("interrupt", None)], Some("interrupt")),
        (&[("valid", low), ("flag", None)], Some("flag")),
        (&[("s_rvalid", low), ("s_result", None)], Some("s_result")),
        (&[("s_rvalid", low), ("s_rdata", None), ("s_rresp", None)], None),
        (&[("awvalid", low), ("awaddr", None)], None),
        (&[("awvalid", low), ("away", None)], Some("away")),
        (&[("a_valid", low), ("a_data", None)], None),
        (&[("a_valid", low), ("a_ready", None)], Some("a_ready")),
        (&[("a_b_valid", high), ("a_b_data", None), ("a_valid", low)], Some("a_b_data")),
        (&[("a_b_valid", low), ("a_b_data", None), ("a_valid", high)], None),
    ];
    for (outputs, found) in cases {
        assert_eq!(counts(outputs, 1).as_deref(), found, "{outputs:?}");
    }
}

#[test]
fn one_bit_that_nobody_sets_is_found_from_every_seed() {
    for seed in 0..64 {
        assert_eq!(counts(&[("flag", None)], seed).as_deref(), Some("flag"), "seed {seed}");
    }
}

/// A register that is 7 but in reset.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Seven;

impl Module for Seven {
    type Io<'m> = Sig<'m>;

    fn name(&self) -> String {
        "seven".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Sig<'m> {
        p.output("out", uint(8))
    }

    fn build<'m>(&self, m: &'m Scope, out: Sig<'m>) {
        let seven = m.reg("seven_q", uint(8), 0);
        seven.set(m.lit(7, uint(8)));
        out.set(seven);
    }
}

/// What only some pairs of runs show.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Hidden {
    /// Whether two registers differ is the same when all bits turn.
    Parity,
    /// The register behind the output is reset by one that nobody sets.
    Reset,
    /// An assertion differs late, after another one has failed at 1,100 edges of all runs.
    Late,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Hiding(Hidden);

impl Module for Hiding {
    type Io<'m> = Sig<'m>;

    fn name(&self) -> String {
        "hiding".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> Sig<'m> {
        p.output("out", uint(8))
    }

    fn build<'m>(&self, m: &'m Scope, out: Sig<'m>) {
        let [a, b] = ["a_q", "b_q"].map(|name| {
            let unset = m.reg_no_reset(name, uint(8));
            unset.set(unset);
            unset
        });
        let cycle = m.reg("cycle_q", uint(12), 0);
        cycle.set(cycle.wrapping_add(1));
        out.set(match self.0 {
            Hidden::Parity => a ^ b,
            Hidden::Late => m.zero(uint(8)),
            Hidden::Reset => {
                let domain = m.domain().with_reset(a.bit(0), ResetKind::AsyncLow);
                m.within(domain, || m.inst("u_seven", &Seven))
            }
        });
        if self.0 == Hidden::Late {
            m.assert("never", m.low());
            m.when(cycle.gt(1100), || {
                m.assert("late", a.bit(0));
            });
        }
    }
}

#[test]
fn what_turning_all_bits_does_not_show_is_found() {
    let find = |hidden, cycles| {
        let design = elaborate(&Hiding(hidden), &Settings::default()).expect("a sound module");
        let reset = |sim: &mut Simulator, cycle| {
            sim.set(sim.input("rst_n").expect("an input"), u64::from(cycle >= 2));
        };
        let found = XCheck::new(&design).run(cycles, reset).expect_err("unset registers");
        let sources: Vec<String> = found.sources.iter().map(|s| s.path.clone()).collect();
        (found.signal, sources)
    };
    let (signal, sources) = find(Hidden::Parity, 4);
    assert_eq!((signal.as_str(), &sources[..]), ("out", &["a_q".into(), "b_q".into()][..]));
    let (signal, sources) = find(Hidden::Late, 1200);
    assert_eq!((signal.as_str(), &sources[..]), ("late", &["a_q".into()][..]));
    let (signal, sources) = find(Hidden::Reset, 6);
    assert_eq!(
        (signal.as_str(), &sources[..]),
        ("out", &["a_q".into(), "u_seven.seven_q".into()][..])
    );
}

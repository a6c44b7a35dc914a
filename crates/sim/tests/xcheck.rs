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
fn a_missing_reset_is_found_and_named() {
    let found = (0..5).filter_map(|seed| {
        let design = design(Mistake::NoReset, ResetKind::AsyncLow);
        XCheck::new(&design).seed(seed).run(8, stimulus).err()
    });
    // One bit differs between two random states in half of the cases; where it is 1 in both, the
    // data behind it differ.
    let found: Vec<_> = found.filter(|d| d.signal == "out_valid").collect();
    assert!(!found.is_empty());
    for difference in found {
        assert_eq!(difference.cycle, 2);
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
    let found: Vec<_> =
        (0..5).filter_map(|seed| XCheck::new(&design).seed(seed).run(8, stimulus).err()).collect();
    assert!(!found.is_empty());
    for difference in found {
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

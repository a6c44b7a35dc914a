//! The inner loop of LOAD and STORE: the LM side of a run in, one address per beat out.

use seedbed_hdl::{bit, uint, Module, Ports, Scope, Sig, Stream};

/// Walks the beats of runs.
///
/// | port | direction | type |
/// |---|---|---|
/// | `run` | stream in | `{last run of the command, beats, address of the first beat}` |
/// | `beat` | stream out | `{last beat of the command, address}` |
///
/// Addresses and lengths count beats and have `bits` bits; addresses wrap there.
///
/// Timing: the first beat one cycle after the run, one beat per cycle, no gap between runs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Beats {
    /// Bits of an address.
    pub bits: u32,
}

/// Ports of [`Beats`].
pub struct BeatsIo<'m> {
    /// Runs.
    pub run: Stream<'m>,
    /// Beats.
    pub beat: Stream<'m>,
}

/// The payload of [`BeatsIo::beat`].
#[derive(Clone, Copy)]
pub(crate) struct Beat<'m> {
    /// The last of its command.
    pub last: Sig<'m>,
    pub addr: Sig<'m>,
}

impl<'m> Beat<'m> {
    pub fn unpack(data: Sig<'m>) -> Self {
        let bits = data.width() - 1;
        Beat { last: data.bit(bits), addr: data.trunc(bits) }
    }
}

impl Module for Beats {
    type Io<'m> = BeatsIo<'m>;

    fn name(&self) -> String {
        format!("dma_beats_{}", self.bits)
    }

    fn doc(&self) -> String {
        "The beats of runs: one local memory address per cycle.".into()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> BeatsIo<'m> {
        BeatsIo {
            run: p.sink("run", uint(1 + 2 * self.bits)),
            beat: p.source("beat", uint(1 + self.bits)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, BeatsIo { run, beat }: BeatsIo<'m>) {
        let busy = m.reg("busy_q", bit(), 0);
        let final_run = m.reg_no_reset("final_run_q", bit());
        let left = m.reg_no_reset("left_q", uint(self.bits));
        let addr = m.reg_no_reset("addr_q", uint(self.bits));
        let ends = left.eq(1).named("run_ends");
        let step = (busy & beat.ready).named("step");
        let free = (!busy | (step & ends)).named("free");
        run.ready.set(free);
        beat.valid.set(busy);
        beat.data.set(m.cat(&[final_run & ends, addr]));
        m.when(step, || {
            left.set(left.wrapping_sub(1));
            addr.set(addr.wrapping_add(1));
        });
        m.when(free, || busy.set(run.valid));
        m.when(free & run.valid, || {
            final_run.set(run.data.bit(2 * self.bits));
            left.set(run.data.slice(self.bits, self.bits));
            addr.set(run.data.slice(0, self.bits));
        });
    }
}

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
/// Timing: the first beat in the cycle of the run, one beat per cycle, no gap between runs. A run is
/// taken together with its first beat.
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
        let later = |name, bits| m.reg_no_reset(name, uint(bits));
        let [left, addr] = ["left_q", "addr_q"].map(|name| later(name, self.bits));
        let final_run = later("final_run_q", 1);
        let now =
            |name: &str, later, lo, bits| m.mux(busy, later, run.data.slice(lo, bits)).named(name);
        let beats_left = now("beats_left", left, self.bits, self.bits);
        let beat_addr = now("beat_addr", addr, 0, self.bits);
        let in_final_run = now("in_final_run", final_run, 2 * self.bits, 1);
        let ends = beats_left.eq(1).named("run_ends");
        run.ready.set(!busy & beat.ready);
        beat.valid.set(busy | run.valid);
        beat.data.set(m.cat(&[in_final_run & ends, beat_addr]));
        m.when(beat.fire(), || {
            busy.set(!ends);
            left.set(beats_left.wrapping_sub(1));
            addr.set(beat_addr.wrapping_add(1));
            final_run.set(in_final_run);
        });
    }
}

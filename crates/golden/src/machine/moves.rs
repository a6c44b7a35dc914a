//! LOAD and STORE.

use seedbed_spec::command::Move;
use seedbed_spec::fault::Cause;
use seedbed_spec::Window;

use super::storage::Beyond;
use super::{Executed, Machine, Memory, Met, UNANSWERED};

impl Machine {
    /// Beats outside external memory read as zero and fault.
    pub(super) fn load(&mut self, memory: &Memory, body: &Move, done: &mut Executed) -> Met {
        let (mut beyond, mut bus) = (Beyond::default(), None);
        let bus_bytes = self.config.bus_bytes();
        let mut beat = vec![0; bus_bytes as usize];
        for (ext_run, lm_run) in runs(body) {
            let ext_run = match self.enter(ext_run, body, self.windows.read) {
                Ok(addr) => addr,
                Err(left) => return Some((Cause::Window, left)),
            };
            for offset in beats(body, bus_bytes) {
                if memory.never_answers(ext_run + offset, bus_bytes.into()) {
                    return Some(UNANSWERED);
                }
                if memory.read(ext_run + offset, &mut beat).is_err() {
                    beat.fill(0);
                    bus = Some((Cause::BusRead, body.ext_addr));
                }
                self.lm.write(lm_run + offset, &beat, &mut beyond);
            }
            done.read_bytes += u64::from(body.run_bytes);
        }
        beyond.met(Cause::RangeLm).or(bus)
    }

    /// Beats outside external memory are lost and fault.
    pub(super) fn store(&mut self, memory: &mut Memory, body: &Move, done: &mut Executed) -> Met {
        let (mut beyond, mut bus) = (Beyond::default(), None);
        let bus_bytes = self.config.bus_bytes();
        for (ext_run, lm_run) in runs(body) {
            let ext_run = match self.enter(ext_run, body, self.windows.write) {
                Ok(addr) => addr,
                Err(left) => return Some((Cause::Window, left)),
            };
            for offset in beats(body, bus_bytes) {
                if memory.never_answers(ext_run + offset, bus_bytes.into()) {
                    return Some(UNANSWERED);
                }
                let beat = self.lm.read(lm_run + offset, bus_bytes, &mut beyond);
                if memory.write(ext_run + offset, &beat).is_err() {
                    bus = Some((Cause::BusWrite, body.ext_addr));
                }
            }
            done.write_bytes += u64::from(body.run_bytes);
        }
        beyond.met(Cause::RangeLm).or(bus)
    }

    /// Where a run begins on the bus if it is wholly inside a window, else where it first leaves it.
    /// What follows the last external address is outside every window.
    fn enter(&self, addr: u64, body: &Move, window: Window) -> Result<u64, u64> {
        let start = self.wrap_external(addr);
        let outside = |addr: &u64| self.wrap_external(*addr) != *addr || !window.contains(*addr);
        let last = start + u64::from(body.run_bytes) - 1;
        if !outside(&start) && !outside(&last) {
            return Ok(start);
        }
        let mut addresses = beats(body, self.config.bus_bytes()).map(|offset| start + offset);
        addresses.find(outside).map_or(Ok(start), |left| Err(self.wrap_external(left)))
    }
}

/// Offsets of the beats of a run.
fn beats(body: &Move, bus_bytes: u32) -> impl Iterator<Item = u64> {
    (0..u64::from(body.run_bytes)).step_by(bus_bytes as usize)
}

/// External and LM address of every run, in order, before they wrap.
fn runs(body: &Move) -> impl Iterator<Item = (u64, u64)> + '_ {
    let outer = (0..body.count3).flat_map(|i3| (0..body.count2).map(move |i2| (i3, i2)));
    let all = outer.flat_map(|(i3, i2)| (0..body.count1).map(move |i1| [i1, i2, i3]));
    all.map(|index| (ext_run(body, index), lm_run(body, index)))
}

fn ext_run(body: &Move, index: [u32; 3]) -> u64 {
    let strides = [body.ext_stride1, body.ext_stride2, body.ext_stride3];
    let steps = index.iter().zip(strides).map(|(i, stride)| i64::from(*i) * i64::from(stride));
    body.ext_addr.wrapping_add_signed(steps.sum())
}

fn lm_run(body: &Move, index: [u32; 3]) -> u64 {
    let strides = [body.lm_stride1, body.lm_stride2, body.lm_stride3];
    let steps = index.iter().zip(strides).map(|(i, stride)| u64::from(*i) * u64::from(stride));
    u64::from(body.lm_addr) + steps.sum::<u64>()
}

//! LOAD and STORE.

use seedbed_spec::command::Move;
use seedbed_spec::fault::Cause;

use super::storage::Beyond;
use super::{Executed, Machine, Memory, Met};

impl Machine {
    /// Beats outside external memory read as zero and fault.
    pub(super) fn load(&mut self, memory: &Memory, body: &Move, done: &mut Executed) -> Met {
        let (mut beyond, mut bus) = (Beyond::default(), None);
        let mut beat = vec![0; self.config.bus_bytes() as usize];
        for (ext_addr, lm_addr) in beats(body, self.config.bus_bytes()) {
            if memory.read(self.wrap_external(ext_addr), &mut beat).is_err() {
                beat.fill(0);
                bus = Some((Cause::BusRead, body.ext_addr));
            }
            self.lm.write(lm_addr, &beat, &mut beyond);
        }
        done.read_bytes = body.bytes();
        beyond.met(Cause::RangeLm).or(bus)
    }

    /// Beats outside external memory are lost and fault.
    pub(super) fn store(&mut self, memory: &mut Memory, body: &Move, done: &mut Executed) -> Met {
        let (mut beyond, mut bus) = (Beyond::default(), None);
        let bus_bytes = self.config.bus_bytes();
        for (ext_addr, lm_addr) in beats(body, bus_bytes) {
            let beat = self.lm.read(lm_addr, bus_bytes, &mut beyond);
            if memory.write(self.wrap_external(ext_addr), beat).is_err() {
                bus = Some((Cause::BusWrite, body.ext_addr));
            }
        }
        done.write_bytes = body.bytes();
        beyond.met(Cause::RangeLm).or(bus)
    }
}

/// External and LM address of every beat, in order, before they wrap.
fn beats(body: &Move, bus_bytes: u32) -> impl Iterator<Item = (u64, u64)> + '_ {
    let beats = u64::from(body.run_bytes / bus_bytes);
    let offset = move |beat: u64| beat * u64::from(bus_bytes);
    runs(body).flat_map(move |(ext_addr, lm_addr)| {
        (0..beats).map(move |i| (ext_addr.wrapping_add(offset(i)), lm_addr + offset(i)))
    })
}

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

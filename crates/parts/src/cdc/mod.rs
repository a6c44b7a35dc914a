//! From one clock domain to another.
//!
//! | part | carries |
//! |---|---|
//! | [`BitSync`] | a level of one bit |
//! | [`PulseSync`] | events, one at a time |
//! | [`Handshake`] | words, one at a time |
//! | [`AsyncFifo`] | a stream at full speed |
//! | [`ResetSync`] | a reset |
//!
//! Parts between two domains have the domains `src` and `dst` of their own, which the parent connects
//! with [`Domain::connect`](seedbed_hdl::Domain::connect). The checks of a design accept these parts
//! because of what they are made of, not because of their names.

mod async_fifo;
mod bit_sync;
mod handshake;
mod pulse_sync;
mod reset_sync;

pub use async_fifo::{AsyncFifo, AsyncFifoIo};
pub use bit_sync::{BitSync, BitSyncIo};
pub use handshake::{Handshake, HandshakeIo};
pub use pulse_sync::{PulseSync, PulseSyncIo};
pub use reset_sync::{ResetSync, ResetSyncIo};

use seedbed_hdl::{Scope, Sig};

/// `value`, of another clock domain, two flops later in the current one. They are called `NAME_meta_q`
/// and `NAME_sync_q`.
#[track_caller]
fn two_flops<'m>(m: &'m Scope, name: &str, value: Sig<'m>) -> Sig<'m> {
    let meta = m.sync_reg(format!("{name}_meta_q"), value.ty(), 0);
    let sync = m.sync_reg(format!("{name}_sync_q"), value.ty(), 0);
    meta.set(value);
    sync.set(meta);
    sync
}

#[cfg(test)]
mod tests {
    use seedbed_hdl::{elaborate, Module, Settings};
    use seedbed_sim::{PortHandle, Simulator};

    /// A part between two clocks, whose edges come in a given ratio.
    pub struct TwoClocks {
        pub sim: Simulator,
        clocks: [PortHandle; 2],
        periods: [u64; 2],
        next: [u64; 2],
    }

    /// Periods of source and destination: equal, slow to fast, fast to slow, odd.
    pub const RATIOS: [[u64; 2]; 5] = [[10, 10], [30, 7], [7, 30], [10, 11], [13, 5]];

    impl TwoClocks {
        pub fn new<M: Module>(part: &M, periods: [u64; 2]) -> Self {
            let design = elaborate(part, &Settings::default()).expect("a legal part");
            let mut sim = Simulator::new(&design);
            let clocks = ["src_clk", "dst_clk"].map(|name| sim.input(name).expect("a clock"));
            for name in ["src_rst_n", "dst_rst_n"] {
                let reset = sim.input(name).expect("a reset");
                sim.set(reset, 1);
            }
            TwoClocks { sim, clocks, periods, next: [3, 4] }
        }

        pub fn get(&self, name: &str) -> u64 {
            self.sim.get(self.sim.output(name).expect("an output"))
        }

        pub fn set(&mut self, name: &str, value: u64) {
            let port = self.sim.input(name).expect("an input");
            self.sim.set(port, value);
        }

        /// The next edge: 0 of the source, 1 of the destination. Call [`edge`](Self::edge) for it.
        pub fn side(&self) -> usize {
            usize::from(self.next[1] < self.next[0])
        }

        pub fn edge(&mut self) {
            let side = self.side();
            self.next[side] += self.periods[side];
            self.sim.tick_clock(self.clocks[side]);
        }
    }

    /// Sends `words` through ports `sink` and `source` with stalls; what arrives.
    pub fn stream(bench: &mut TwoClocks, words: &[u64], hold: [u64; 2]) -> Vec<u64> {
        let (mut sent, mut arrived, mut seed) = (0, Vec::new(), 1u64);
        let mut chance = move |percent: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % 100 < percent
        };
        let (mut offered, mut willing) = (false, false);
        for _ in 0..words.len() * 400 {
            if bench.side() == 0 {
                offered = sent < words.len() && (offered || !chance(hold[0]));
                bench.set("sink_valid", offered.into());
                bench.set("sink_data", words.get(sent).copied().unwrap_or(0));
                if offered && bench.get("sink_ready") == 1 {
                    (sent, offered) = (sent + 1, false);
                }
            } else {
                willing = !chance(hold[1]);
                bench.set("source_ready", willing.into());
                if willing && bench.get("source_valid") == 1 {
                    arrived.push(bench.get("source_data"));
                }
            }
            bench.edge();
            if arrived.len() == words.len() {
                break;
            }
        }
        let _ = willing;
        arrived
    }
}

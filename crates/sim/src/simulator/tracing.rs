//! Waves of a simulation.

use super::Simulator;
use crate::waves::Waves;
use std::io::{self, Write};
use std::path::Path;

impl Simulator {
    /// Writes waves (VCD) of all named signals to `to` from the present cycle on: one cycle is 10 ns, its
    /// values stand at its start, where the clocks rise whose edge led to them. Ends a trace before it.
    /// Dropping the simulator ends a trace too, so a test that fails leaves its last cycle.
    ///
    /// # Errors
    /// When the header cannot be written, or the trace before it not be ended.
    pub fn trace(&mut self, to: impl Write + Send + 'static) -> io::Result<()> {
        self.trace_lane(0, to)
    }

    /// As [`trace`](Self::trace), of one lane.
    ///
    /// # Errors
    /// When the header cannot be written.
    ///
    /// # Panics
    /// When `lane` is not below [`lanes`](Self::lanes).
    pub fn trace_lane(&mut self, lane: usize, to: impl Write + Send + 'static) -> io::Result<()> {
        self.check_lane(lane);
        self.finish_trace()?;
        self.waves = Some((lane, Waves::vcd(Box::new(to), &self.names)?));
        Ok(())
    }

    /// As [`trace`](Self::trace), to a new file: FST, compressed, when its name ends in `.fst`, else VCD.
    /// A register or wire with named values, `state_q`, has a second variable `state_q_label` with the
    /// name: a string in VCD, ASCII codes in FST.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn trace_file(&mut self, path: impl AsRef<Path>) -> io::Result<()> {
        self.finish_trace()?;
        self.waves = Some((0, Waves::create(path.as_ref(), &self.names)?));
        Ok(())
    }

    /// Writes the present cycle, ends tracing and flushes. Does nothing when nothing is traced.
    ///
    /// # Errors
    /// The first error of writing since [`trace`](Self::trace).
    pub fn finish_trace(&mut self) -> io::Result<()> {
        self.write_waves();
        if let Some(error) = self.wave_error.take() {
            return Err(error);
        }
        self.waves.take().map_or(Ok(()), |(_, mut waves)| waves.finish())
    }

    pub(super) fn write_waves(&mut self) {
        let Some((lane, waves)) = &mut self.waves else { return };
        let vals = self.machine.get_mut().values(&self.schedule, *lane, true);
        if let Err(error) = waves.cycle(vals) {
            self.wave_error = Some(error);
            self.waves = None;
        }
    }
}

/// A test that fails drops its simulator; its waves must show how it failed.
impl Drop for Simulator {
    fn drop(&mut self) {
        // Nobody is left to tell of an error.
        let _ = self.finish_trace();
    }
}

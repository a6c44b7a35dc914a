//! Counting semaphores of 8 bits.

use seedbed_spec::command::Slot;

#[derive(Clone, Debug, Default)]
pub(super) struct Semaphores([u8; 32]);

impl Semaphores {
    pub(super) fn counts(&self) -> [u8; 32] {
        self.0
    }

    pub(super) fn count(&self, id: u8) -> u8 {
        self.0.get(usize::from(id)).copied().unwrap_or(0)
    }

    /// Takes all waits together; if one is not met, takes none and names the first such semaphore.
    pub(super) fn take(&mut self, waits: &[Slot; 3]) -> Result<(), u8> {
        if let Some(unmet) = waits.iter().find(|wait| self.count(wait.id) < wait.n) {
            return Err(unmet.id);
        }
        for wait in waits {
            self.set(wait.id, self.count(wait.id).saturating_sub(wait.n));
        }
        Ok(())
    }

    /// Gives all signals, each clamped at 255; names the lowest semaphore that overflowed.
    pub(super) fn give(&mut self, signals: &[Slot; 3]) -> Option<u8> {
        let mut overflow: Option<u8> = None;
        for signal in signals {
            let sum = self.count(signal.id).checked_add(signal.n);
            if sum.is_none() {
                overflow = Some(overflow.map_or(signal.id, |id| id.min(signal.id)));
            }
            self.set(signal.id, sum.unwrap_or(u8::MAX));
        }
        overflow
    }

    fn set(&mut self, id: u8, count: u8) {
        if let Some(semaphore) = self.0.get_mut(usize::from(id)) {
            *semaphore = count;
        }
    }
}

//! Ready/valid streams.

use crate::sig::Sig;

/// A stream with handshake: a transfer happens in each cycle in which `valid` and `ready` are both 1.
///
/// The producer keeps `valid` and `data` until the transfer and must not wait for `ready`.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'m> {
    /// The producer offers `data`.
    pub valid: Sig<'m>,
    /// The consumer takes it.
    pub ready: Sig<'m>,
    /// The payload.
    pub data: Sig<'m>,
}

impl<'m> Stream<'m> {
    /// Whether a transfer happens in this cycle: `valid & ready`.
    #[track_caller]
    pub fn fire(self) -> Sig<'m> {
        self.valid & self.ready
    }

    /// Drives this stream (a `source` port of the module, or a `sink` of an instance) from `from`,
    /// and `from.ready` from this one.
    #[track_caller]
    pub fn connect(self, from: Stream<'m>) {
        self.valid.set(from.valid);
        self.data.set(from.data);
        from.ready.set(self.ready);
    }
}

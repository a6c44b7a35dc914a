//! What passes the five channels in a cycle, and how often they were held.

/// What the memory drives into the design in one cycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drive {
    /// AR ready.
    pub ar_ready: bool,
    /// AW ready.
    pub aw_ready: bool,
    /// W ready.
    pub w_ready: bool,
    /// R beat: id, data limbs, response, last.
    pub r: Option<ReadBeat>,
    /// B: id, response.
    pub b: Option<(u64, u8)>,
}

/// One beat on the R channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadBeat {
    /// RID.
    pub id: u64,
    /// Data, least significant limb first.
    pub data: Vec<u64>,
    /// RRESP.
    pub resp: u8,
    /// RLAST.
    pub last: bool,
}

/// An address handshake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Address {
    /// ID.
    pub id: u64,
    /// Byte address.
    pub addr: u64,
    /// Beats minus one.
    pub len: u64,
    /// Binary logarithm of the bytes of a beat.
    pub size: u64,
    /// Kind of burst; 1: INCR.
    pub burst: u64,
}

impl Address {
    /// Beats of the burst.
    pub fn beats(&self) -> u64 {
        self.len.saturating_add(1)
    }
}

/// How often a channel had something to transfer, and how often the memory held it then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelLoad {
    /// Cycles in which there was something to transfer.
    pub wanted: u64,
    /// Those of them in which the memory held the channel.
    pub held: u64,
}

impl ChannelLoad {
    /// Names of the channels, in the order of [`ExternalMemory::loads`].
    pub const CHANNELS: [&'static str; 5] = ["AR", "R", "AW", "W", "B"];

    /// Share of held cycles, 0 when the channel was never wanted.
    pub fn share(self) -> f64 {
        self.held as f64 / self.wanted.max(1) as f64
    }

    pub(super) fn count(&mut self, wanted: bool, held: bool) {
        self.wanted += u64::from(wanted);
        self.held += u64::from(wanted && held);
    }
}

/// What the design drives in one cycle.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// AR, when valid.
    pub ar: Option<Address>,
    /// AW, when valid.
    pub aw: Option<Address>,
    /// W, when valid: data limbs, byte strobes, last.
    pub w: Option<(Vec<u64>, u64, bool)>,
    /// R ready.
    pub r_ready: bool,
    /// B ready.
    pub b_ready: bool,
}

pub(super) const AR: usize = 0;
pub(super) const R: usize = 1;
pub(super) const AW: usize = 2;
pub(super) const W: usize = 3;
pub(super) const B: usize = 4;

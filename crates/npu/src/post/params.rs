//! The parameters of two n-tiles.

use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig};
use seedbed_spec::config::Config;

/// Bias, multiplier and shift of C columns in registers, in two places: one n-tile's are used while the
/// next one's come.
///
/// | port | direction | meaning |
/// |---|---|---|
/// | `write` | in | a bit per place: take a word |
/// | `index`, `word` | in | LM word `index` of the n-tile's parameters |
/// | `phase`, `place` | in | one-hot: which `lanes` columns are dealt to the lanes; from where |
/// | `bias_L`, `multiplier_L`, `shift_L` | out | parameters of lane L's column, in the same cycle |
///
/// The words hold C biases, then C multipliers, then C shifts, 32 bits each.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ParamStore {
    cols: u32,
    lanes: u32,
    word_bits: u32,
}

/// Ports of [`ParamStore`].
pub struct ParamStoreIo<'m> {
    /// Take `word`, a bit per place.
    pub write: Sig<'m>,
    /// Which word of the n-tile.
    pub index: Sig<'m>,
    /// The word.
    pub word: Sig<'m>,
    /// One-hot phase.
    pub phase: Sig<'m>,
    /// The place that is dealt from.
    pub place: Sig<'m>,
    /// Per lane: bias, multiplier, shift.
    pub lanes: Vec<[Sig<'m>; 3]>,
}

/// Name and used bits of the three kinds of parameter, in the order of the words.
const KINDS: [(&str, u32); 3] = [("bias", 32), ("multiplier", 31), ("shift", 6)];

impl ParamStore {
    /// The store of `config`.
    pub fn new(config: &Config) -> Self {
        let word_bits = 8 * config.word();
        ParamStore { cols: config.cols(), lanes: config.post.lanes, word_bits }
    }

    fn words(&self) -> u32 {
        (3 * 32 * self.cols).div_ceil(self.word_bits)
    }
}

impl Module for ParamStore {
    type Io<'m> = ParamStoreIo<'m>;

    fn name(&self) -> String {
        format!("param_store_c{}_l{}_w{}", self.cols, self.lanes, self.word_bits)
    }

    fn doc(&self) -> String {
        format!("POST: parameters of 2 x {} columns, dealt to {} lanes.", self.cols, self.lanes)
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> ParamStoreIo<'m> {
        let lane = |lane| KINDS.map(|(name, bits)| p.output(format!("{name}_{lane}"), uint(bits)));
        ParamStoreIo {
            write: p.input("write", uint(2)),
            index: p.input("index", uint(clog2(u64::from(self.words())))),
            word: p.input("word", uint(self.word_bits)),
            phase: p.input("phase", uint(self.cols / self.lanes)),
            place: p.input("place", bit()),
            lanes: (0..self.lanes).map(lane).collect(),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: ParamStoreIo<'m>) {
        let places = [0, 1].map(|place| self.place(m, place, &io));
        let phases: Vec<Sig> = (0..io.phase.width()).map(|i| io.phase.bit(i)).collect();
        for (lane, outputs) in io.lanes.iter().enumerate() {
            for (kind, output) in outputs.iter().enumerate() {
                let [first, second] = places.each_ref().map(|stored| {
                    let mine = stored[kind][lane..].iter().step_by(self.lanes as usize);
                    let mine: Vec<Sig> = mine.copied().collect();
                    if mine.len() == 1 {
                        mine[0]
                    } else {
                        m.mux_one_hot(&phases, &mine)
                    }
                });
                output.set(m.mux(io.place, second, first));
            }
        }
    }
}

impl ParamStore {
    /// The registers of a place, by kind and column.
    fn place<'m>(&self, m: &'m Scope, place: u32, io: &ParamStoreIo<'m>) -> Vec<Vec<Sig<'m>>> {
        let columns = |&(name, bits): &(&str, u32)| {
            let register = |c| m.reg_no_reset(format!("{name}_{c}_p{place}_q"), uint(bits));
            (0..self.cols).map(register).collect()
        };
        let stored: Vec<Vec<Sig>> = KINDS.iter().map(columns).collect();
        for word in 0..self.words() {
            let hit = io.write.bit(place) & io.index.eq(word);
            let hit = hit.named(format!("write_{word}_p{place}"));
            m.when(hit, || self.take_word(word, io.word, &stored));
        }
        stored
    }

    /// Sets the registers that `word` holds.
    fn take_word<'m>(&self, word: u32, value: Sig<'m>, stored: &[Vec<Sig<'m>>]) {
        let items = self.word_bits / 32;
        for place in 0..items {
            let number = word * items + place;
            if let Some(kind) = stored.get((number / self.cols) as usize) {
                let register = kind[(number % self.cols) as usize];
                register.set(value.slice(32 * place, register.width()));
            }
        }
    }
}

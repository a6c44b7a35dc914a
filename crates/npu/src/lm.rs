//! Local memory: single-port banks, selected by the high address bits, and clients of fixed priority.

mod bank;
mod client;

pub use bank::{LmBank, LmBankIo};
pub use client::{LmRead, LmReadWrite, LmShape, LmWrite};

use crate::bank::Split;
use crate::stage::{Staged, MEMORY};
use seedbed_hdl::{uint, Module, Ports, Scope, Sig};
use seedbed_spec::config::Config;
use seedbed_spec::timing;

/// The memory between all engines.
///
/// | ports | client, the highest priority first |
/// |---|---|
/// | `matrix_a_*` | MATRIX, activations: [`LmRead`] |
/// | `matrix_w_*` | MATRIX, weights: [`LmRead`] |
/// | `post_*` | POST, parameters and outputs: [`LmReadWrite`] |
/// | `load_*` | LOAD: [`LmWrite`] |
/// | `store_*` | STORE: [`LmRead`] |
/// | `conflicts` | out: clients that lost their bank in this cycle |
///
/// Each bank takes one request per cycle, from the client of the highest priority among those that
/// want it; the others see `ready` low and try again. So a cycle with every client in a bank of its
/// own serves them all. Reads follow [`timing::LM_READ`].
///
/// A bank has one strip or several, each a memory of its own. A client whose operands straddle two
/// words says which strips take the word after the addressed one, and wants the banks of both.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LocalMemory {
    words: u32,
    banks: u32,
    word_bits: u32,
    granule_bits: u32,
    strips: u32,
    rows_straddle: bool,
    cols_straddle: bool,
}

/// Ports of [`LocalMemory`].
pub struct LocalMemoryIo<'m> {
    /// MATRIX activations.
    pub matrix_a: LmRead<'m>,
    /// MATRIX weights.
    pub matrix_w: LmRead<'m>,
    /// POST.
    pub post: LmReadWrite<'m>,
    /// LOAD.
    pub load: LmWrite<'m>,
    /// STORE.
    pub store: LmRead<'m>,
    /// Clients that lost their bank in this cycle, 3 bits.
    pub conflicts: Sig<'m>,
}

/// A client as the arbiter sees it.
struct Client<'m> {
    name: &'static str,
    valid: Sig<'m>,
    /// Word address in each strip; one for all if they are not addressed apart.
    addrs: Vec<Sig<'m>>,
    ready: Sig<'m>,
    read: Option<Read<'m>>,
    write: Option<Write<'m>>,
}

impl<'m> Client<'m> {
    /// Word address in a strip.
    fn addr(&self, strip: u32) -> Sig<'m> {
        self.addrs.get(strip as usize).copied().unwrap_or(self.addrs[0])
    }
}

#[derive(Clone, Copy)]
struct Read<'m> {
    is_read: Sig<'m>,
    data: Sig<'m>,
}

#[derive(Clone, Copy)]
struct Write<'m> {
    is_write: Sig<'m>,
    data: Sig<'m>,
    mask: Sig<'m>,
}

impl LocalMemory {
    /// The memory of `config`.
    pub fn new(config: &Config) -> Self {
        LocalMemory {
            words: config.lm_words(),
            banks: config.memory.lm_banks,
            word_bits: 8 * config.word(),
            granule_bits: 8 * config.granule(),
            strips: config.strips(),
            rows_straddle: config.rows_straddle(),
            cols_straddle: config.cols_straddle(),
        }
    }

    fn split(&self) -> Split {
        Split { words: self.words, banks: self.banks }
    }

    /// The ports of a client whose operands straddle two words or do not.
    fn shape(&self, straddles: bool) -> LmShape {
        LmShape {
            addr_bits: self.words.ilog2(),
            word_bits: self.word_bits,
            mask_bits: self.word_bits / self.granule_bits,
            strips: if straddles { self.strips } else { 1 },
        }
    }

    fn strip_bits(&self) -> u32 {
        self.word_bits / self.strips
    }
}

impl Module for LocalMemory {
    type Io<'m> = LocalMemoryIo<'m>;

    fn name(&self) -> String {
        let LocalMemory { words, banks, word_bits, granule_bits, strips, .. } = self;
        let name = format!("local_memory_{words}x{word_bits}_b{banks}_g{granule_bits}");
        let straddlers = match (self.rows_straddle, self.cols_straddle) {
            (false, false) => return name,
            (true, false) => "r",
            (false, true) => "c",
            (true, true) => "rc",
        };
        format!("{name}_s{strips}{straddlers}")
    }

    fn doc(&self) -> String {
        let bytes = u64::from(self.words) * u64::from(self.word_bits / 8);
        format!(
            "Local memory: {bytes} bytes in {} single-port banks (high address bits).\n\
             Priority: matrix_a, matrix_w, post, load, store.",
            self.banks
        )
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> LocalMemoryIo<'m> {
        let [shape, rows, cols] =
            [false, self.rows_straddle, self.cols_straddle].map(|straddles| self.shape(straddles));
        LocalMemoryIo {
            matrix_a: p.group("matrix_a", |p| LmRead::slave(p, rows)),
            matrix_w: p.group("matrix_w", |p| LmRead::slave(p, rows)),
            post: p.group("post", |p| LmReadWrite::slave(p, cols)),
            load: p.group("load", |p| LmWrite::slave(p, shape)),
            store: p.group("store", |p| LmRead::slave(p, shape)),
            conflicts: p.output("conflicts", uint(3)),
        }
    }

    fn build<'m>(&self, m: &'m Scope, io: LocalMemoryIo<'m>) {
        let clients = clients(m, &io);
        self.arbitrate(m, &clients, io.conflicts);
        let grants: Vec<Sig> = clients
            .iter()
            .map(|c| (c.valid & c.ready).named(format!("{}_grant", c.name)))
            .collect();
        let words: Vec<Vec<Sig>> =
            (0..self.banks).map(|bank| self.bank(m, &clients, &grants, bank)).collect();
        for (client, &grant) in clients.iter().zip(&grants) {
            self.read_return(m, client, grant, &words);
        }
    }
}

fn clients<'m>(m: &'m Scope, io: &LocalMemoryIo<'m>) -> [Client<'m>; 5] {
    let reader = |name, port: LmRead<'m>| Client {
        name,
        valid: port.valid,
        addrs: strip_addrs(m, name, port.addr, port.following),
        ready: port.ready,
        read: Some(Read { is_read: m.high(), data: port.data }),
        write: None,
    };
    let post = Client {
        name: "post",
        valid: io.post.valid,
        addrs: strip_addrs(m, "post", io.post.addr, io.post.following),
        ready: io.post.ready,
        read: Some(Read { is_read: !io.post.write, data: io.post.rdata }),
        write: Some(Write { is_write: io.post.write, data: io.post.wdata, mask: io.post.mask }),
    };
    let load = Client {
        name: "load",
        valid: io.load.valid,
        addrs: vec![io.load.addr],
        ready: io.load.ready,
        read: None,
        write: Some(Write { is_write: m.high(), data: io.load.data, mask: io.load.mask }),
    };
    let [matrix_a, matrix_w] = [reader("matrix_a", io.matrix_a), reader("matrix_w", io.matrix_w)];
    [matrix_a, matrix_w, post, load, reader("store", io.store)]
}

/// The word address in each strip that is addressed apart.
fn strip_addrs<'m>(
    m: &'m Scope,
    name: &str,
    addr: Sig<'m>,
    following: Option<Sig<'m>>,
) -> Vec<Sig<'m>> {
    let Some(following) = following else { return vec![addr] };
    let after = addr.wrapping_add(1).named(format!("{name}_word_after"));
    let strips = (0..following.width()).map(|strip| m.mux(following.bit(strip), after, addr));
    strips.chain([addr]).collect()
}

impl LocalMemory {
    /// Whether two clients want one bank: in the same strip, because a client takes all strips.
    fn same<'m>(&self, m: &'m Scope, a: &Client<'m>, b: &Client<'m>) -> Sig<'m> {
        let strips = match self.banks {
            1 => 1,
            _ => a.addrs.len().max(b.addrs.len()) as u32,
        };
        let same = |strip| self.split().same(m, a.addr(strip), b.addr(strip));
        m.any(&(0..strips).map(same).collect::<Vec<_>>())
    }

    /// A client is ready unless one before it wants the same bank.
    fn arbitrate<'m>(&self, m: &'m Scope, clients: &[Client<'m>], conflicts: Sig<'m>) {
        let mut lost = Vec::new();
        for (i, client) in clients.iter().enumerate() {
            let rivals = clients[..i].iter().map(|rival| {
                let same = rival.valid & self.same(m, rival, client);
                same.named(format!("{}_before_{}", rival.name, client.name))
            });
            let blocked = rivals.reduce(|a, b| a | b);
            client.ready.set(blocked.map_or(m.high(), |blocked| !blocked));
            if let Some(blocked) = blocked {
                lost.push((client.valid & blocked).named(format!("{}_lost", client.name)));
            }
        }
        conflicts.set(m.sum(&lost).resize(3));
    }

    /// One bank, strip by strip; gives the words read.
    fn bank<'m>(
        &self,
        m: &'m Scope,
        clients: &[Client<'m>],
        grants: &[Sig<'m>],
        index: u32,
    ) -> Vec<Sig<'m>> {
        (0..self.strips).map(|strip| self.strip(m, clients, grants, index, strip)).collect()
    }

    /// One strip of a bank and the multiplexers in front of it; gives the word read.
    fn strip<'m>(
        &self,
        m: &'m Scope,
        clients: &[Client<'m>],
        grants: &[Sig<'m>],
        index: u32,
        strip: u32,
    ) -> Sig<'m> {
        let split = self.split();
        let place = match self.strips {
            1 => format!("bank_{index}"),
            _ => format!("bank_{index}_strip_{strip}"),
        };
        let hits: Vec<Sig> = clients
            .iter()
            .zip(grants)
            .map(|(c, &grant)| {
                let hit = grant & split.hits(m, c.addr(strip), index);
                hit.named(format!("{}_in_{place}", c.name))
            })
            .collect();
        let locals: Vec<Sig> = clients.iter().map(|c| split.local(c.addr(strip))).collect();
        let writers: Vec<(Sig, Write)> = clients
            .iter()
            .zip(&hits)
            .filter_map(|(c, &hit)| {
                let name = format!("{}_writes_{place}", c.name);
                c.write.map(|w| ((hit & w.is_write).named(name), w))
            })
            .collect();
        let writes: Vec<Sig> = writers.iter().map(|w| w.0).collect();
        let bank = m.inst(
            format!("u_{place}"),
            &LmBank {
                words: split.bank_words(),
                word_bits: self.strip_bits(),
                granule_bits: self.granule_bits,
            },
        );
        bank.enable.set(m.any(&hits));
        bank.write.set(m.any(&writes));
        bank.addr.set(m.mux_one_hot(&hits, &locals));
        let part = |word: Sig<'m>| {
            let bits = word.width() / self.strips;
            word.slice(strip * bits, bits)
        };
        bank.wdata.set(
            m.mux_one_hot(&writes, &writers.iter().map(|w| part(w.1.data)).collect::<Vec<_>>()),
        );
        bank.mask.set(
            m.mux_one_hot(&writes, &writers.iter().map(|w| part(w.1.mask)).collect::<Vec<_>>()),
        );
        bank.rdata
    }

    /// The register behind the bank multiplexer, loaded only after a read of this client.
    fn read_return<'m>(
        &self,
        m: &'m Scope,
        client: &Client<'m>,
        grant: Sig<'m>,
        words: &[Vec<Sig<'m>>],
    ) {
        let Some(read) = client.read else { return };
        let name = client.name;
        let returning = (grant & read.is_read).pipe(format!("{name}_read_q"));
        // Strips that are addressed apart may come from different banks.
        let apart = client.addrs.len();
        let parts: Vec<Sig> = client
            .addrs
            .iter()
            .enumerate()
            .map(|(strip, &addr)| {
                let name = if apart == 1 { name.to_string() } else { format!("{name}_{strip}") };
                let parts: Vec<Sig> =
                    words.iter().map(|bank| joined(m, bank, strip, apart)).collect();
                match self.split().bank(addr) {
                    Some(bank) => m.select(bank.pipe_no_reset(format!("{name}_bank_q")), &parts),
                    None => parts[0],
                }
            })
            .collect();
        let word = joined(m, &parts, 0, 1);
        let data = Staged::new(word, MEMORY).pipe_when(m, returning, format!("{name}_data_q"));
        read.data.set(data.expect(m, timing::LM_READ, "a local memory read"));
    }
}

/// Part `index` of `parts` of a word whose strips are `strips`, the first lowest.
fn joined<'m>(m: &'m Scope, strips: &[Sig<'m>], index: usize, parts: usize) -> Sig<'m> {
    let each = strips.len() / parts;
    let mut strips = strips[index * each..][..each].to_vec();
    strips.reverse();
    m.cat(&strips)
}

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
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct LocalMemory {
    words: u32,
    banks: u32,
    word_bits: u32,
    granule_bits: u32,
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
    addr: Sig<'m>,
    ready: Sig<'m>,
    read: Option<Read<'m>>,
    write: Option<Write<'m>>,
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
        }
    }

    fn split(&self) -> Split {
        Split { words: self.words, banks: self.banks }
    }

    fn shape(&self) -> LmShape {
        LmShape {
            addr_bits: self.words.ilog2(),
            word_bits: self.word_bits,
            mask_bits: self.word_bits / self.granule_bits,
        }
    }
}

impl Module for LocalMemory {
    type Io<'m> = LocalMemoryIo<'m>;

    fn name(&self) -> String {
        let LocalMemory { words, banks, word_bits, granule_bits } = self;
        format!("local_memory_{words}x{word_bits}_b{banks}_g{granule_bits}")
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
        let shape = self.shape();
        LocalMemoryIo {
            matrix_a: p.group("matrix_a", |p| LmRead::slave(p, shape)),
            matrix_w: p.group("matrix_w", |p| LmRead::slave(p, shape)),
            post: p.group("post", |p| LmReadWrite::slave(p, shape)),
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
        let words: Vec<Sig> =
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
        addr: port.addr,
        ready: port.ready,
        read: Some(Read { is_read: m.high(), data: port.data }),
        write: None,
    };
    let post = Client {
        name: "post",
        valid: io.post.valid,
        addr: io.post.addr,
        ready: io.post.ready,
        read: Some(Read { is_read: !io.post.write, data: io.post.rdata }),
        write: Some(Write { is_write: io.post.write, data: io.post.wdata, mask: io.post.mask }),
    };
    let load = Client {
        name: "load",
        valid: io.load.valid,
        addr: io.load.addr,
        ready: io.load.ready,
        read: None,
        write: Some(Write { is_write: m.high(), data: io.load.data, mask: io.load.mask }),
    };
    let [matrix_a, matrix_w] = [reader("matrix_a", io.matrix_a), reader("matrix_w", io.matrix_w)];
    [matrix_a, matrix_w, post, load, reader("store", io.store)]
}

impl LocalMemory {
    /// A client is ready unless one before it wants the same bank.
    fn arbitrate<'m>(&self, m: &'m Scope, clients: &[Client<'m>], conflicts: Sig<'m>) {
        let mut lost = Vec::new();
        for (i, client) in clients.iter().enumerate() {
            let rivals = clients[..i].iter().map(|rival| {
                let same = rival.valid & self.split().same(m, rival.addr, client.addr);
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

    /// One bank and the multiplexers in front of it; gives the word read.
    fn bank<'m>(
        &self,
        m: &'m Scope,
        clients: &[Client<'m>],
        grants: &[Sig<'m>],
        index: u32,
    ) -> Sig<'m> {
        let split = self.split();
        let hits: Vec<Sig> = clients
            .iter()
            .zip(grants)
            .map(|(c, &grant)| {
                let hit = grant & split.hits(m, c.addr, index);
                hit.named(format!("{}_in_bank_{index}", c.name))
            })
            .collect();
        let locals: Vec<Sig> = clients.iter().map(|c| split.local(c.addr)).collect();
        let writers: Vec<(Sig, Write)> = clients
            .iter()
            .zip(&hits)
            .filter_map(|(c, &hit)| {
                let name = format!("{}_writes_bank_{index}", c.name);
                c.write.map(|w| ((hit & w.is_write).named(name), w))
            })
            .collect();
        let writes: Vec<Sig> = writers.iter().map(|w| w.0).collect();
        let bank = m.inst(
            format!("u_bank_{index}"),
            &LmBank {
                words: split.bank_words(),
                word_bits: self.word_bits,
                granule_bits: self.granule_bits,
            },
        );
        bank.enable.set(m.any(&hits));
        bank.write.set(m.any(&writes));
        bank.addr.set(m.one_hot_mux(&hits, &locals));
        bank.wdata
            .set(m.one_hot_mux(&writes, &writers.iter().map(|w| w.1.data).collect::<Vec<_>>()));
        bank.mask
            .set(m.one_hot_mux(&writes, &writers.iter().map(|w| w.1.mask).collect::<Vec<_>>()));
        bank.rdata
    }

    /// The register behind the bank multiplexer, loaded only after a read of this client.
    fn read_return<'m>(
        &self,
        m: &'m Scope,
        client: &Client<'m>,
        grant: Sig<'m>,
        words: &[Sig<'m>],
    ) {
        let Some(read) = client.read else { return };
        let name = client.name;
        let returning = (grant & read.is_read).pipe(format!("{name}_read_q"));
        let word = match self.split().bank(client.addr) {
            Some(bank) => m.select(bank.pipe_no_reset(format!("{name}_bank_q")), words),
            None => words[0],
        };
        let data = Staged::new(word, MEMORY).pipe_when(m, returning, format!("{name}_data_q"));
        read.data.set(data.expect(m, timing::LM_READ, "a local memory read"));
    }
}

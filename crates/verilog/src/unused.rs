//! Bits that are received and not used.

use crate::ast::{Always, Expr, Item, Stmt};
use crate::body::{is_output, Body};
use crate::graph::SigId;
use seedbed_ir::{Entity, MemId};

/// What a module says about its signals and memories beyond using them.
pub struct Unused {
    /// Bits that nothing reads, most significant first within a signal.
    pub bits: Vec<Expr>,
    /// Memories that are written and never read.
    pub unread: Vec<MemId>,
    /// Memories that are read or written.
    pub present: Vec<MemId>,
}

/// Looks for unused bits and memories.
pub fn unused(body: &Body) -> Unused {
    let signals = &body.lowered.signals;
    let mut used = Used {
        bits: signals.iter().map(|s| vec![is_output(s); s.ty.width as usize]).collect(),
        read: vec![false; body.lowered.mems.len()],
        written: vec![false; body.lowered.mems.len()],
    };
    body.items.iter().for_each(|item| used.item(item, body));
    for item in &body.checked {
        if let Item::Wire(sig, _) = item {
            used.sig(*sig);
        }
    }
    let declared = (0..signals.len() as u32).map(SigId);
    let bits = declared.flat_map(|sig| used.ranges(sig)).collect();
    let is = |flags: &[bool], m: &MemId| flags[m.index()];
    let mems = || body.lowered.module.mems.keys();
    let unread = mems().filter(|m| is(&used.written, m) && !is(&used.read, m)).collect();
    let present = mems().filter(|m| is(&used.written, m) || is(&used.read, m)).collect();
    Unused { bits, unread, present }
}

struct Used {
    bits: Vec<Vec<bool>>,
    read: Vec<bool>,
    written: Vec<bool>,
}

impl Used {
    fn sig(&mut self, sig: SigId) {
        self.bits[sig.index()].fill(true);
    }

    fn expr(&mut self, e: &Expr) {
        if let Expr::Word { mem, .. } = e {
            self.read[mem.index()] = true;
        }
        e.uses(&mut |sig, range| match range {
            None => self.bits[sig.index()].fill(true),
            Some((hi, lo)) => self.bits[sig.index()][lo as usize..=hi as usize].fill(true),
        });
    }

    fn item(&mut self, item: &Item, body: &Body) {
        match item {
            Item::Wire(_, e) | Item::Assign(_, e) => self.expr(e),
            Item::Initial(_) => {}
            Item::Always(always) => self.always(always),
            Item::Select(select) => {
                self.sig(select.subject);
                select.values().for_each(|e| self.expr(e));
            }
            Item::Instance(id, pins) => {
                let connections = &body.lowered.insts[id.index()].pins;
                for ((_, e), (_, pin)) in pins.iter().zip(connections) {
                    if matches!(pin, crate::lower::Pin::In(_)) {
                        self.expr(e);
                    }
                }
            }
        }
    }

    fn always(&mut self, always: &Always) {
        self.sig(always.clock);
        if let Some((reset, ..)) = always.reset {
            self.sig(reset);
        }
        self.stmts(&always.body);
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|s| self.stmt(s));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Assign(_, e) => self.expr(e),
            Stmt::Write { mem, addr, data } => {
                self.written[mem.index()] = true;
                self.expr(addr);
                self.expr(data);
            }
            Stmt::WriteLanes { mem, addr, data, mask } => {
                self.written[mem.index()] = true;
                self.expr(addr);
                self.sig(*data);
                self.sig(*mask);
            }
            Stmt::ForwardLanes { data, mask, .. } => {
                self.sig(*data);
                self.sig(*mask);
            }
            Stmt::Table { addr, .. } => self.expr(addr),
            Stmt::If { cond, then, otherwise } => {
                self.expr(cond);
                self.stmts(then);
                self.stmts(otherwise);
            }
            Stmt::Case { subject, arms, default } => {
                self.expr(subject);
                arms.iter().for_each(|(_, body)| self.stmts(body));
                self.stmts(default);
            }
        }
    }

    /// The runs of unused bits of a signal.
    fn ranges(&self, sig: SigId) -> Vec<Expr> {
        let bits = &self.bits[sig.index()];
        if !bits.contains(&true) {
            return vec![Expr::Ref(sig)];
        }
        let indices: Vec<u32> = (0..bits.len() as u32).filter(|&i| !bits[i as usize]).collect();
        let runs = indices.chunk_by(|a, b| a + 1 == *b);
        let part = |run: &[u32]| Expr::Part { sig, hi: run[run.len() - 1], lo: run[0] };
        let mut parts: Vec<Expr> = runs.map(part).collect();
        parts.reverse();
        parts
    }
}

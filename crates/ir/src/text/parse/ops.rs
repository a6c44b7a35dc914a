//! The lines of nodes.

use super::super::words::Word;
use super::cursor::Cursor;
use super::{Body, Closed, Mistake, Parsed};
use crate::entity::Entity;
use crate::module::{Binary, Node, NodeId, Op, Unary};

impl<'t> Body<'t> {
    /// A node that a line reads. Its label stands for it until the module closes.
    pub(super) fn operand(&mut self, line: &mut Cursor<'t>) -> Parsed<NodeId> {
        let at = line.at();
        let label = line.label()?;
        self.uses.push((label, at.line, at.col));
        Ok(NodeId::new(label as usize))
    }

    /// ` WORD %n`, or nothing.
    pub(super) fn optional(&mut self, word: &str, line: &mut Cursor<'t>) -> Parsed<Option<NodeId>> {
        match line.accept(word) {
            true => self.operand(line).map(Some),
            false => Ok(None),
        }
    }

    /// `WORD %n`.
    pub(super) fn after(&mut self, word: &str, line: &mut Cursor<'t>) -> Parsed<NodeId> {
        line.mark(word)?;
        self.operand(line)
    }

    /// `%7 = mux %1 %2 %3 : u8 "name"`.
    pub(super) fn node(&mut self, closed: &Closed<'t>, line: &mut Cursor<'t>) -> Parsed<()> {
        let at = line.at();
        let label = line.label()?;
        if self.nodes.contains_key(&label) {
            let message = format!("the node `%{label}` is declared twice");
            return Err(Mistake::new(at.line, at.col, message));
        }
        self.nodes.insert(label, None);
        line.mark("=")?;
        let op = self.op(closed, line)?;
        line.mark(":")?;
        let (ty, name) = (line.ty()?, line.quoted());
        let id = self.module.nodes.push(Node { op, ty, name, at });
        self.nodes.insert(label, Some(id));
        Ok(())
    }

    fn op(&mut self, closed: &Closed<'t>, line: &mut Cursor<'t>) -> Parsed<Op> {
        if let Ok(op) = line.word("", Unary::from_word) {
            return Ok(Op::Unary(op, self.operand(line)?));
        }
        if let Ok(op) = line.word("", Binary::from_word) {
            return Ok(Op::Binary(op, self.operand(line)?, self.operand(line)?));
        }
        let word = line.here();
        line.name("an operator")?;
        Ok(match word.text {
            "port" => Op::Port(self.ports.read(line)?),
            "const" => Op::Const(line.bits()?),
            "reg" => Op::Reg(self.regs.read(line)?),
            "wire" => Op::Wire(self.wires.read(line)?),
            "cast" => Op::Cast(self.operand(line)?),
            "extend" => Op::Extend(self.operand(line)?),
            "mux" => {
                let sel = self.operand(line)?;
                let (on_true, on_false) = (self.operand(line)?, self.operand(line)?);
                Op::Mux { sel, on_true, on_false }
            }
            "slice" => {
                let of = self.operand(line)?;
                Op::Slice { of, lo: line.number("the lowest bit", 0..=u32::MAX)? }
            }
            "concat" => {
                let mut parts = vec![self.operand(line)?];
                while !line.comes(":") {
                    parts.push(self.operand(line)?);
                }
                Op::Concat(parts)
            }
            "memread" => {
                let mem = self.mems.read(line)?;
                Op::MemRead { mem, port: line.number("a port", 0..=u32::MAX)? as usize }
            }
            "clockgate" => {
                let (clock, enable) = (self.ports.read(line)?, self.operand(line)?);
                Op::ClockGate { clock, enable, test_enable: self.optional("test", line)? }
            }
            "instout" => {
                let inst = self.insts.read(line)?;
                let ports = &closed.ports[self.module.insts[inst].module.index()];
                Op::InstOut { inst, port: ports.read(line)? }
            }
            other => {
                let message = format!("expected an operator, found `{other}`");
                return Err(line.mistake(&word, message));
            }
        })
    }
}

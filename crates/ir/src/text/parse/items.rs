//! The lines of everything that is no node.

use super::super::words::Word;
use super::super::MAX_DEPTH;
use super::cursor::Cursor;
use super::{Body, Closed, Mistake, Parsed};
use crate::entity::Entity;
use crate::module::{
    BlackBox, Collision, Dir, Disable, Enum, EnumId, Inst, Mem, MemId, MemPort, Parameter, Port,
    PortKind, PropKind, Property, Reg, Reset, ResetKind, Wire,
};
use crate::ty::Ty;

/// A quoted text, which must come next.
fn text(line: &mut Cursor<'_>) -> Parsed<String> {
    line.quoted().ok_or_else(|| line.expected("a quoted text"))
}

/// `parameter NAME value`, any number of times.
fn parameters(line: &mut Cursor<'_>) -> Parsed<Vec<(String, Parameter)>> {
    let mut all = Vec::new();
    while line.accept("parameter") {
        let name = line.name("the name of a parameter")?.text.to_string();
        all.push((name, parameter(line)?));
    }
    Ok(all)
}

/// `12`, `-12`, `8'h5a`, `"text"` or `real "0.5"`.
fn parameter(line: &mut Cursor<'_>) -> Parsed<Parameter> {
    if line.accept("real") {
        let fault = line.expected("a quoted number such as \"0.5\"");
        let number = line.quoted().and_then(|text| text.parse::<f64>().ok());
        return number.map(Parameter::from).ok_or(fault);
    }
    if line.accept("-") {
        let magnitude = line.number("a number", 1..=1 << 31)?;
        return Ok(Parameter::Integer(magnitude.wrapping_neg() as i32));
    }
    if let Some(text) = line.quoted() {
        return Ok(Parameter::Text(text));
    }
    match line.number("", 0..=i32::MAX as u32) {
        Ok(number) => Ok(Parameter::Integer(number as i32)),
        Err(_) => line.bits().map(Parameter::Bits),
    }
}

impl<'t> Body<'t> {
    /// One line of a module.
    pub(super) fn item(&mut self, closed: &Closed<'t>, line: &mut Cursor<'t>) -> Parsed<()> {
        let first = line.here();
        match first.text {
            "comment" | "reg" | "wire" | "mem" | "inst" => {}
            _ => {
                let uncommented = self.uncommented(line);
                self.comment.clear();
                uncommented?;
            }
        }
        if first.text.starts_with('%') {
            return self.node(closed, line);
        }
        if let Ok(kind) = line.word("", PropKind::from_word) {
            return self.property(kind, line);
        }
        line.name("an item of a module")?;
        match first.text {
            "doc" => self.doc.push(text(line)?),
            "comment" => self.comment.push(text(line)?),
            "input" => self.port(Dir::Input, line)?,
            "output" => self.port(Dir::Output, line)?,
            "enum" => self.list(line)?,
            "reg" => self.reg(line)?,
            "wire" => self.wire(line)?,
            "mem" => self.mem(line)?,
            "read" | "write" | "readwrite" => self.mem_port(first.text, line)?,
            "contents" => {
                let mem = self.above("its contents", line)?;
                self.module.mems[mem].contents = Some(Vec::new());
            }
            "word" => {
                let mem = self.above("its words", line)?;
                let word = line.bits()?;
                self.module.mems[mem].contents.get_or_insert_default().push(word);
            }
            "inst" => self.inst(closed, line)?,
            "blackbox" => {
                let combinational = line.accept("combinational");
                let fpga_only = line.accept("fpga_only");
                let verilog = match line.accept("verilog") {
                    true => Some(line.name("the name of a Verilog module")?.text.to_string()),
                    false => None,
                };
                let parameters = parameters(line)?;
                let black_box = BlackBox { verilog, parameters, combinational, fpga_only };
                self.module.black_box = Some(black_box);
            }
            other => {
                let message = format!("expected an item of a module, found `{other}`");
                return Err(line.mistake(&first, message));
            }
        }
        Ok(())
    }

    /// `input a: u8`, `input clk: clock`, `output y: u8 = %3`, `output state: u2 labels state = %4`.
    fn port(&mut self, dir: Dir, line: &mut Cursor<'t>) -> Parsed<()> {
        let at = line.at();
        let name = line.name("a name")?;
        self.ports.declare(&name, line)?;
        line.mark(":")?;
        let kind = if line.accept("clock") {
            PortKind::Clock
        } else if line.accept("reset") {
            PortKind::Reset
        } else {
            PortKind::Data
        };
        let ty = if kind == PortKind::Data { line.ty()? } else { Ty::uint(1) };
        let labels = self.labels(line)?;
        let domain = if line.accept("domain") { Some(self.ports.read(line)?) } else { None };
        let driver = self.optional("=", line)?;
        let name_text = name.text.to_string();
        let port = Port { name: name_text, dir, ty, kind, domain, driver, labels, at };
        let id = self.module.ports.push(port);
        self.ports.define(name.text, id);
        Ok(())
    }

    /// `enum state: u2 { idle = 2'h0, run = 2'h1 }`.
    fn list(&mut self, line: &mut Cursor<'t>) -> Parsed<()> {
        let at = line.at();
        let name = line.name("a name")?;
        self.enums.declare(&name, line)?;
        line.mark(":")?;
        let ty = line.ty()?;
        line.mark("{")?;
        let mut variants = Vec::new();
        while !line.accept("}") {
            if !variants.is_empty() {
                line.mark(",")?;
            }
            let variant = line.name("the name of a value")?.text.to_string();
            line.mark("=")?;
            variants.push((variant, line.bits()?));
        }
        let list = Enum { name: name.text.to_string(), ty, variants, at };
        let id = self.module.enums.push(list);
        self.enums.define(name.text, id);
        Ok(())
    }

    /// `labels state`, or nothing.
    fn labels(&self, line: &mut Cursor<'t>) -> Parsed<Option<EnumId>> {
        match line.accept("labels") {
            true => self.enums.read(line).map(Some),
            false => Ok(None),
        }
    }

    /// `reg q: u8 clock clk reset async_low rst_n 8'h00 enable %2 next %5`.
    fn reg(&mut self, line: &mut Cursor<'t>) -> Parsed<()> {
        let (at, comment) = (line.at(), self.take_comment());
        let name = line.name("a name")?;
        self.regs.declare(&name, line)?;
        line.mark(":")?;
        let (ty, labels, sync) = (line.ty()?, self.labels(line)?, line.accept("sync"));
        line.mark("clock")?;
        let clock = self.ports.read(line)?;
        let reset = if line.accept("reset") { Some(self.reset(line)?) } else { None };
        let (enable, next) = (self.optional("enable", line)?, self.optional("next", line)?);
        let id = self.module.regs.push(Reg {
            name: name.text.to_string(),
            ty,
            clock,
            reset,
            enable,
            next,
            labels,
            sync,
            comment,
            at,
        });
        self.regs.define(name.text, id);
        Ok(())
    }

    /// `async_low rst_n 8'h00`.
    fn reset(&mut self, line: &mut Cursor<'t>) -> Parsed<Reset> {
        let kind = line.word("a kind of reset", ResetKind::from_word)?;
        let port = self.ports.read(line)?;
        Ok(Reset { port, kind, value: line.bits()? })
    }

    /// `wire w: u8 = %3`.
    fn wire(&mut self, line: &mut Cursor<'t>) -> Parsed<()> {
        let (at, comment) = (line.at(), self.take_comment());
        let name = line.name("a name")?;
        self.wires.declare(&name, line)?;
        line.mark(":")?;
        let (ty, labels) = (line.ty()?, self.labels(line)?);
        let driver = self.optional("=", line)?;
        let wire = Wire { name: name.text.to_string(), ty, driver, labels, comment, at };
        let id = self.module.wires.push(wire);
        self.wires.define(name.text, id);
        Ok(())
    }

    /// `mem words: 16 x u8 granule 8 collision old`; contents and ports follow on lines of their own.
    fn mem(&mut self, line: &mut Cursor<'t>) -> Parsed<()> {
        self.open_mem = None;
        let (at, comment) = (line.at(), self.take_comment());
        let name = line.name("a name")?;
        self.mems.declare(&name, line)?;
        line.mark(":")?;
        let depth = line.number("a number of words", 0..=MAX_DEPTH)?;
        line.mark("x")?;
        let width = line.ty()?.width;
        line.mark("granule")?;
        let granule = line.number("a number of bits", 0..=u32::MAX)?;
        line.mark("collision")?;
        let collision = line.word("`old`, `new` or `undefined`", Collision::from_word)?;
        let id = self.module.mems.push(Mem {
            name: name.text.to_string(),
            width,
            depth,
            granule,
            collision,
            contents: None,
            ports: Vec::new(),
            comment,
            at,
        });
        self.mems.define(name.text, id);
        self.open_mem = Some(id);
        Ok(())
    }

    /// The memory to which this line belongs.
    fn above(&self, what: &str, line: &Cursor<'t>) -> Parsed<MemId> {
        match self.open_mem {
            Some(mem) => Ok(mem),
            None if self.mems.is_empty() => Err(line.expected(&format!("a memory before {what}"))),
            None => Err(Mistake::Consequence),
        }
    }

    /// A port of the memory above.
    fn mem_port(&mut self, kind: &str, line: &mut Cursor<'t>) -> Parsed<()> {
        let mem = self.above("its ports", line)?;
        line.mark("clock")?;
        let clock = self.ports.read(line)?;
        let (addr, enable) = (self.after("addr", line)?, self.after("enable", line)?);
        let port = match kind {
            "read" => MemPort::Read { clock, addr, enable },
            "write" => {
                let data = self.after("data", line)?;
                MemPort::Write { clock, addr, enable, data, mask: self.optional("mask", line)? }
            }
            _ => {
                let (write, data) = (self.after("write", line)?, self.after("data", line)?);
                let mask = self.optional("mask", line)?;
                MemPort::ReadWrite { clock, addr, enable, write, data, mask }
            }
        };
        self.module.mems[mem].ports.push(port);
        Ok(())
    }

    /// `inst u_child: child (clk = %0, a = %4)`.
    fn inst(&mut self, closed: &Closed<'t>, line: &mut Cursor<'t>) -> Parsed<()> {
        let (at, comment) = (line.at(), self.take_comment());
        let name = line.name("a name")?;
        self.insts.declare(&name, line)?;
        line.mark(":")?;
        let module = closed.names.read(line)?;
        let ports = &closed.ports[module.index()];
        line.mark("(")?;
        let mut inputs = Vec::new();
        while !line.accept(")") {
            if !inputs.is_empty() {
                line.mark(",")?;
            }
            let port = ports.read(line)?;
            inputs.push((port, self.after("=", line)?));
        }
        let (name_text, parameters) = (name.text.to_string(), parameters(line)?);
        let inst = Inst { name: name_text, module, inputs, parameters, comment, at };
        let id = self.module.insts.push(inst);
        self.insts.define(name.text, id);
        Ok(())
    }

    /// `assert full clock clk disable async_low rst_n when %1 holds %2 "message"`, after the kind.
    fn property(&mut self, kind: PropKind, line: &mut Cursor<'t>) -> Parsed<()> {
        let at = line.at();
        let name = line.name("a name")?.text.to_string();
        line.mark("clock")?;
        let clock = self.ports.read(line)?;
        let disable = match line.accept("disable") {
            true => {
                let kind = line.word("a kind of reset", ResetKind::from_word)?;
                Some(Disable { port: self.ports.read(line)?, kind })
            }
            false => None,
        };
        let (when, holds) = (self.optional("when", line)?, self.after("holds", line)?);
        let message = line.quoted().unwrap_or_default();
        self.module.props.push(Property { kind, name, clock, disable, when, holds, message, at });
        Ok(())
    }
}

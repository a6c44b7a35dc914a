//! Value change dump.

use super::{digits, Format, VarKind};
use std::io::{self, Write};
use vcd::{IdCode, SimulationCommand, TimescaleUnit, Value, VarType, Writer};

/// A file in the making.
pub(super) struct Vcd(Writer<Box<dyn Write + Send>>);

impl Vcd {
    pub fn new(to: Box<dyn Write + Send>) -> io::Result<Self> {
        let mut writer = Writer::new(to);
        writer.timescale(1, TimescaleUnit::NS)?;
        Ok(Vcd(writer))
    }
}

fn code(id: u32) -> IdCode {
    IdCode::from(u64::from(id))
}

impl Format for Vcd {
    fn open_scope(&mut self, name: &str) -> io::Result<()> {
        self.0.add_module(name)
    }

    fn close_scope(&mut self) -> io::Result<()> {
        self.0.upscope()
    }

    fn var(&mut self, kind: VarKind, name: &str, width: u32, id: u32) -> io::Result<()> {
        let (kind, width) = match kind {
            VarKind::Reg => (VarType::Reg, width),
            VarKind::Wire => (VarType::Wire, width),
            VarKind::Text => (VarType::String, 1),
        };
        self.0.var_def(kind, width, code(id), name, None)
    }

    fn end_header(&mut self) -> io::Result<()> {
        self.0.enddefinitions()
    }

    fn time(&mut self, time: u64) -> io::Result<()> {
        self.0.timestamp(time)
    }

    fn initial(&mut self, begins: bool) -> io::Result<()> {
        match begins {
            true => self.0.begin(SimulationCommand::Dumpvars),
            false => self.0.end(),
        }
    }

    fn bits(&mut self, id: u32, width: u32, limbs: &[u64]) -> io::Result<()> {
        if width == 1 {
            return self.0.change_scalar(code(id), limbs[0] == 1);
        }
        self.0.change_vector(code(id), digits(width, limbs).map(Value::from))
    }

    fn text(&mut self, id: u32, _: u32, text: &str) -> io::Result<()> {
        self.0.change_string(code(id), text)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

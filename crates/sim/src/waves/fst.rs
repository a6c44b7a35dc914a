//! Fast signal trace, the compressed format of GTKWave and Surfer.

use super::{digits, Format, VarKind};
use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType,
    FstVarDirection, FstVarType, FstWriteError,
};
use std::fs::File;
use std::io::{self, BufWriter};

/// Changes are held in memory up to about this many bytes.
const BUFFER: usize = 32 << 20;

type To = BufWriter<File>;

/// A file in the making.
pub(super) struct Fst {
    header: Option<FstHeaderWriter<To>>,
    body: Option<FstBodyWriter<To>>,
    /// By number.
    signals: Vec<FstSignalId>,
    digits: Vec<u8>,
}

impl Fst {
    pub fn new(to: To) -> io::Result<Self> {
        let info = FstInfo {
            start_time: 0,
            timescale_exponent: -9,
            version: "seedbed".into(),
            date: String::new(),
            file_type: FstFileType::Verilog,
        };
        let header = Some(FstHeaderWriter::new(to, &info).map_err(error)?);
        Ok(Fst { header, body: None, signals: Vec::new(), digits: Vec::new() })
    }

    /// # Errors
    /// After the end of the header, which a caller does not reach.
    fn header(&mut self) -> io::Result<&mut FstHeaderWriter<To>> {
        self.header.as_mut().ok_or_else(|| io::Error::other("the header is closed"))
    }

    fn body(&mut self) -> io::Result<&mut FstBodyWriter<To>> {
        self.body.as_mut().ok_or_else(|| io::Error::other("the file is not open for changes"))
    }

    /// Writes the prepared digits.
    fn change(&mut self, id: u32) -> io::Result<()> {
        let (signal, digits) = (self.signals[id as usize], std::mem::take(&mut self.digits));
        let result = self.body()?.signal_change(signal, &digits).map_err(error);
        self.digits = digits;
        result
    }
}

fn error(error: FstWriteError) -> io::Error {
    match error {
        FstWriteError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

impl Format for Fst {
    fn open_scope(&mut self, name: &str) -> io::Result<()> {
        self.header()?.scope(name, "", FstScopeType::Module).map_err(error)
    }

    fn close_scope(&mut self) -> io::Result<()> {
        self.header()?.up_scope().map_err(error)
    }

    fn var(&mut self, kind: VarKind, name: &str, width: u32, id: u32) -> io::Result<()> {
        let kind = if kind == VarKind::Wire { FstVarType::Wire } else { FstVarType::Reg };
        let (ty, alias) = (FstSignalType::bit_vec(width), self.signals.get(id as usize).copied());
        let header = self.header()?;
        let signal = header.var(name, ty, kind, FstVarDirection::Implicit, alias).map_err(error)?;
        if alias.is_none() {
            self.signals.push(signal);
        }
        Ok(())
    }

    fn end_header(&mut self) -> io::Result<()> {
        let header = self.header.take();
        self.body = header.map(|h| h.finish().map_err(error)).transpose()?;
        Ok(())
    }

    fn time(&mut self, time: u64) -> io::Result<()> {
        let body = self.body()?;
        if body.size() > BUFFER {
            body.flush().map_err(error)?;
        }
        body.time_change(time).map_err(error)
    }

    fn initial(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn bits(&mut self, id: u32, width: u32, limbs: &[u64]) -> io::Result<()> {
        self.digits.clear();
        self.digits.extend(digits(width, limbs).map(|bit| b'0' + u8::from(bit)));
        self.change(id)
    }

    /// Text is written as its ASCII codes: viewers show the variable as text in their ASCII format.
    fn text(&mut self, id: u32, width: u32, text: &str) -> io::Result<()> {
        self.digits.clear();
        let letters = text.bytes().chain(std::iter::repeat(b' ')).take(width as usize / 8);
        for letter in letters {
            self.digits.extend((0..8).rev().map(|bit| b'0' + (letter >> bit & 1)));
        }
        self.change(id)
    }

    fn finish(&mut self) -> io::Result<()> {
        match self.body.take() {
            Some(body) => io::Write::flush(&mut body.finish().map_err(error)?),
            None => Ok(()),
        }
    }
}

//! The types of a register table.

/// Who may change a field, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Hardware drives the value; software reads it; writes are ignored.
    ReadOnly,
    /// Software writes and reads it; hardware reads it.
    ReadWrite,
    /// A write gives hardware the value together with a one-cycle strobe; it reads as zero.
    Pulse,
    /// Hardware sets bits; software clears a bit by writing one to it.
    WriteOneToClear,
    /// Software sets a bit by writing one to it; only reset clears it; hardware reads it.
    WriteOneToSet,
    /// Always reads as its reset value; writes are ignored.
    Constant,
}

impl Access {
    /// The short form used in tables: `RO`, `RW`, `pulse`, `W1C`, `W1S` or `const`.
    pub fn short(self) -> &'static str {
        match self {
            Self::ReadOnly => "RO",
            Self::ReadWrite => "RW",
            Self::Pulse => "pulse",
            Self::WriteOneToClear => "W1C",
            Self::WriteOneToSet => "W1S",
            Self::Constant => "const",
        }
    }
}

/// A run of bits within a register.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// Lower-case name, unique within the register. `value` by custom when it is the whole register.
    pub name: String,
    /// Least significant bit, 0 to 31.
    pub lsb: u32,
    /// Bits, at least 1.
    pub width: u32,
    /// Who may change it.
    pub access: Access,
    /// Value after reset (for [`Access::Constant`]: the value). Zero where hardware drives it.
    pub reset: u32,
    /// Path of a field, such as `LOCK.all`, while which is not zero writes are ignored.
    pub lock: Option<String>,
    /// What it means, one sentence.
    pub doc: String,
}

impl Field {
    /// A field that resets to zero.
    pub fn new(name: &str, lsb: u32, width: u32, access: Access, doc: &str) -> Self {
        let (name, doc) = (name.to_string(), doc.to_string());
        Self { name, lsb, width, access, reset: 0, lock: None, doc }
    }

    /// The same field with another reset value.
    pub fn with_reset(mut self, reset: u32) -> Self {
        self.reset = reset;
        self
    }

    /// The same field with a lock, the path of another field.
    pub fn locked_by(mut self, lock: &str) -> Self {
        self.lock = Some(lock.to_string());
        self
    }

    /// The doc, and what locks the field.
    pub fn about(&self) -> String {
        let lock = self.lock.as_ref().map(|lock| format!(" Locked by `{lock}`."));
        self.doc.clone() + &lock.unwrap_or_default()
    }

    /// Ones at the field's bits. Bits beyond 31 are dropped.
    pub fn mask(&self) -> u32 {
        let ones = (1u64 << self.width.min(32)) - 1;
        u32::try_from((ones << self.lsb.min(32)) & 0xffff_ffff).unwrap_or(u32::MAX)
    }
}

/// One 32-bit register, or an array of equal ones at successive addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Register {
    /// Upper-case name, unique within the map.
    pub name: String,
    /// Byte address of the (first) register, a multiple of 4.
    pub offset: u32,
    /// Array length; 1 for a single register. Arrays are read-only and have one field.
    pub count: u32,
    /// What it is for, one sentence.
    pub doc: String,
    /// Its fields. Bits of no field read as zero.
    pub fields: Vec<Field>,
}

impl Register {
    /// A single register.
    pub fn new(name: &str, offset: u32, doc: &str, fields: Vec<Field>) -> Self {
        Self { name: name.to_string(), offset, count: 1, doc: doc.to_string(), fields }
    }

    /// The same register as an array of `count`.
    pub fn array(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// First byte address after the register or array.
    pub fn end(&self) -> u64 {
        u64::from(self.offset) + 4 * u64::from(self.count)
    }

    /// The register's value after reset, hardware-driven bits as zero.
    pub fn reset(&self) -> u32 {
        self.fields
            .iter()
            .map(|f| f.reset.checked_shl(f.lsb).unwrap_or(0) & f.mask())
            .fold(0, |all, bits| all | bits)
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}

/// The registers of one block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Map {
    /// Name of the block, lower case.
    pub name: String,
    /// What the block is, one or two sentences.
    pub doc: String,
    /// The registers, by ascending offset.
    pub registers: Vec<Register>,
}

impl Map {
    /// A map; [`Map::check`] says whether it is sound.
    pub fn new(name: &str, doc: &str, registers: Vec<Register>) -> Self {
        Self { name: name.to_string(), doc: doc.to_string(), registers }
    }

    /// Bits of a byte address that covers every register.
    pub fn addr_bits(&self) -> u32 {
        let end = self.registers.iter().map(Register::end).max().unwrap_or(4);
        u64::BITS - (end - 1).leading_zeros()
    }

    /// The register of that name.
    pub fn register(&self, name: &str) -> Option<&Register> {
        self.registers.iter().find(|r| r.name == name)
    }

    /// Register and field of a path such as `STATUS.busy`.
    pub fn field(&self, path: &str) -> Option<(&Register, &Field)> {
        let (register, field) = path.split_once('.')?;
        let register = self.register(register)?;
        Some((register, register.field(field)?))
    }

    /// The register at a byte address, and its index when it is an array.
    pub fn at(&self, address: u32) -> Option<(&Register, u32)> {
        let covers =
            |r: &&Register| r.offset <= address && u64::from(address) < r.end() && address % 4 == 0;
        let register = self.registers.iter().find(covers)?;
        Some((register, (address - register.offset) / 4))
    }
}

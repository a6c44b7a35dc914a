//! A register block on AXI4-Lite, built from a register table.

use crate::axi::LitePort;
use seedbed_hdl::{bit, clog2, uint, Module, Ports, Scope, Sig};
use seedbed_regmap::{Access, Field, Map, Register};

/// The registers of `map` behind an AXI4-Lite port.
///
/// Per field `REG.field` of the table, in lower case:
///
/// | access | ports |
/// |---|---|
/// | `ReadOnly` | in `reg_field` |
/// | `ReadWrite` | out `reg_field` |
/// | `Pulse` | out `reg_field`, and out `reg_field_pulse`, which is high in the cycle of the write |
/// | `WriteOneToClear` | out `reg_field`; in `reg_field_set` sets bits and wins over a clear |
/// | `WriteOneToSet` | out `reg_field` |
/// | `Constant` | none |
///
/// Writes to a field with a lock are ignored while the lock is not zero.
///
/// A read-only array `REG` has out `reg_addr` and in `reg_data`, which answers one cycle later, as a
/// memory with synchronous read does.
///
/// Timing: a write takes AW and W together, takes effect at that clock edge, and is answered one cycle
/// later; a read is answered two cycles after AR. One access of each kind at a time. Byte strobes are
/// honoured: bytes without strobe keep their value, and count as zero in a `Pulse`. An address without
/// register answers SLVERR. The two low address bits are ignored.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RegisterBlock {
    /// The table.
    pub map: Map,
}

/// Ports of [`RegisterBlock`].
pub struct RegisterBlockIo<'m> {
    /// The bus.
    pub axil: LitePort<'m>,
    fields: Vec<(String, FieldPorts<'m>)>,
}

/// The hardware side of one field, or of an array.
#[derive(Clone, Copy)]
struct FieldPorts<'m> {
    value: Sig<'m>,
    /// `_pulse`, `_set` or, for an array, `_addr`.
    other: Option<Sig<'m>>,
}

impl<'m> RegisterBlockIo<'m> {
    /// The value of a field such as `STATUS.busy`, or the data input of an array such as `STAMP`.
    ///
    /// # Panics
    /// When the table has no such field: a mistake in the calling component.
    #[track_caller]
    pub fn field(&self, path: &str) -> Sig<'m> {
        self.find(path).value
    }

    /// The `_pulse` output of a `Pulse` field.
    ///
    /// # Panics
    /// When the table has no such field.
    #[track_caller]
    pub fn pulse(&self, path: &str) -> Sig<'m> {
        self.other(path)
    }

    /// The `_set` input of a `WriteOneToClear` field.
    ///
    /// # Panics
    /// When the table has no such field.
    #[track_caller]
    pub fn set(&self, path: &str) -> Sig<'m> {
        self.other(path)
    }

    /// The address output and the data input of an array.
    ///
    /// # Panics
    /// When the table has no such array.
    #[track_caller]
    pub fn array(&self, register: &str) -> (Sig<'m>, Sig<'m>) {
        (self.other(register), self.field(register))
    }

    #[track_caller]
    fn other(&self, path: &str) -> Sig<'m> {
        let other = self.find(path).other;
        other.unwrap_or_else(|| panic!("`{path}` is neither a pulse, nor W1C, nor an array"))
    }

    #[track_caller]
    fn find(&self, path: &str) -> FieldPorts<'m> {
        self.get(path).unwrap_or_else(|| {
            let known: Vec<&str> = self.fields.iter().map(|(name, _)| name.as_str()).collect();
            panic!("no register field `{path}`; there are {}", known.join(", "))
        })
    }

    fn get(&self, path: &str) -> Option<FieldPorts<'m>> {
        self.fields.iter().find(|(name, _)| name == path).map(|(_, ports)| *ports)
    }
}

fn path(register: &Register, field: &Field) -> String {
    format!("{}.{}", register.name, field.name)
}

fn port_name(register: &Register, field: &Field) -> String {
    format!("{}_{}", register.name, field.name).to_lowercase()
}

fn declare_field<'m>(p: &Ports<'_, 'm>, name: &str, field: &Field) -> Option<FieldPorts<'m>> {
    let ty = uint(field.width);
    let ports = match field.access {
        Access::ReadOnly => FieldPorts { value: p.input(name, ty), other: None },
        Access::ReadWrite | Access::WriteOneToSet => {
            FieldPorts { value: p.output(name, ty), other: None }
        }
        Access::Pulse => FieldPorts {
            value: p.output(name, ty),
            other: Some(p.output(format!("{name}_pulse"), bit())),
        },
        Access::WriteOneToClear => FieldPorts {
            value: p.output(name, ty),
            other: Some(p.input(format!("{name}_set"), ty)),
        },
        Access::Constant => return None,
    };
    Some(ports)
}

fn declare_array<'m>(p: &Ports<'_, 'm>, register: &Register) -> FieldPorts<'m> {
    let name = register.name.to_lowercase();
    let width = register.fields.first().map_or(32, |f| f.width);
    FieldPorts {
        value: p.input(format!("{name}_data"), uint(width)),
        other: Some(p.output(format!("{name}_addr"), uint(clog2(u64::from(register.count))))),
    }
}

/// A write in the cycle in which it is taken.
struct Write<'m> {
    take: Sig<'m>,
    strobe: Sig<'m>,
    /// One mask bit per data bit.
    mask: Sig<'m>,
    data: Sig<'m>,
}

impl RegisterBlock {
    fn addr_bits(&self) -> u32 {
        self.map.addr_bits().max(3)
    }

    /// Whether the word address `index` is in `register`.
    fn selects<'m>(&self, m: &'m Scope, index: Sig<'m>, register: &Register) -> Sig<'m> {
        let (first, count) = (register.offset / 4, register.count);
        if count == 1 {
            return index.eq(first);
        }
        let aligned = count.is_power_of_two() && first % count == 0;
        if aligned && count.ilog2() < index.width() {
            let low = count.ilog2();
            return index.slice(low, index.width() - low).eq(first / count);
        }
        let from = if first == 0 { m.high() } else { index.ge(first) };
        let to = (first + count) as u64;
        let below = if to >> index.width() == 0 { index.lt(to) } else { m.high() };
        from & below
    }

    fn selected<'m>(&self, m: &'m Scope, index: Sig<'m>) -> Vec<Sig<'m>> {
        self.map.registers.iter().map(|r| self.selects(m, index, r)).collect()
    }

    fn build_write<'m>(&self, m: &'m Scope, io: &RegisterBlockIo<'m>) {
        let bus = &io.axil;
        let answered = m.reg("bvalid_q", bit(), 0);
        let error = m.reg_no_reset("berror_q", bit());
        let take = (bus.awvalid & bus.wvalid & !answered).named("write_take");
        bus.awready.set(take);
        bus.wready.set(take);
        bus.bvalid.set(answered);
        bus.bresp.set(m.cat(&[error, m.low()]));
        let lanes: Vec<Sig> = (0..4).rev().map(|i| bus.wstrb.bit(i).replicate(8)).collect();
        let mask = m.cat(&lanes);
        let index = bus.awaddr.slice(2, self.addr_bits() - 2);
        let data = (bus.wdata & mask).named("write_data");
        let write = Write { take, strobe: bus.wstrb, mask, data };
        let selected = self.selected(m, index);
        m.when(take | (answered & bus.bready), || answered.set(take));
        m.when(take, || error.set(!m.any(&selected)));
        for (register, &selected) in self.map.registers.iter().zip(&selected) {
            for field in &register.fields {
                if let Some(ports) = io.get(&path(register, field)) {
                    let lock = field.lock.as_deref().and_then(|lock| io.get(lock));
                    let selected = lock.map_or(selected, |lock| selected & lock.value.is_zero());
                    build_field(m, &write, selected, &port_name(register, field), field, ports);
                }
            }
        }
    }

    fn build_read<'m>(&self, m: &'m Scope, io: &RegisterBlockIo<'m>) {
        let bus = &io.axil;
        let pending = m.reg("read_pending_q", bit(), 0);
        let valid = m.reg("rvalid_q", bit(), 0);
        let error = m.reg_no_reset("rerror_q", bit());
        let data = m.reg_no_reset("rdata_q", uint(32));
        let ready = (!pending & !valid).named("read_ready");
        let index = bus.araddr.slice(2, self.addr_bits() - 2);
        let held = m.reg_no_reset("read_index_q", index.ty());
        let take = (ready & bus.arvalid).named("read_take");
        pending.set(take);
        m.when(take, || held.set(index));
        let selected = self.selected(m, held);
        let words: Vec<Sig> = self.map.registers.iter().map(|r| read_word(m, r, io)).collect();
        m.when(pending, || {
            data.set(m.mux_one_hot(&selected, &words));
            error.set(!m.any(&selected));
        });
        m.when(pending | bus.rready, || valid.set(pending));
        bus.arready.set(ready);
        bus.rvalid.set(valid);
        bus.rdata.set(data);
        bus.rresp.set(m.cat(&[error, m.low()]));
        for register in self.map.registers.iter().filter(|r| r.count > 1) {
            let (addr, _) = io.array(&register.name);
            let first = register.offset / 4;
            addr.set(index.wrapping_sub(first).resize(addr.width()));
        }
    }
}

/// What a read of `register` gives.
fn read_word<'m>(m: &'m Scope, register: &Register, io: &RegisterBlockIo<'m>) -> Sig<'m> {
    let mut fields: Vec<&Field> = register.fields.iter().collect();
    fields.sort_by_key(|f| f.lsb);
    let (mut parts, mut next) = (Vec::new(), 0);
    for field in fields {
        if field.lsb > next {
            parts.push(m.zero(uint(field.lsb - next)));
        }
        parts.push(read_field(m, register, field, io));
        next = field.lsb + field.width;
    }
    if next < 32 {
        parts.push(m.zero(uint(32 - next)));
    }
    parts.reverse();
    m.cat(&parts)
}

fn read_field<'m>(
    m: &'m Scope,
    register: &Register,
    field: &Field,
    io: &RegisterBlockIo<'m>,
) -> Sig<'m> {
    let ty = uint(field.width);
    match field.access {
        Access::Constant => m.lit(field.reset, ty),
        Access::Pulse => m.zero(ty),
        _ if register.count > 1 => io.field(&register.name),
        _ => io.field(&path(register, field)),
    }
}

/// The storage and the hardware side of one field.
fn build_field<'m>(
    m: &'m Scope,
    write: &Write<'m>,
    selected: Sig<'m>,
    name: &str,
    field: &Field,
    ports: FieldPorts<'m>,
) {
    let data = write.data.slice(field.lsb, field.width);
    let mask = write.mask.slice(field.lsb, field.width);
    let hit = write.take & selected;
    let storage = || m.reg(format!("{name}_q"), uint(field.width), field.reset);
    match (field.access, ports.other) {
        (Access::ReadWrite, _) => {
            let value = storage();
            m.when(hit, || value.set((value & !mask) | data));
            ports.value.set(value);
        }
        (Access::WriteOneToSet, _) => {
            let value = storage();
            m.when(hit, || value.set(value | data));
            ports.value.set(value);
        }
        (Access::Pulse, Some(pulse)) => {
            let (first, last) = (field.lsb / 8, (field.lsb + field.width - 1) / 8);
            let strobed = write.strobe.slice(first, last - first + 1).or_reduce();
            ports.value.set(data);
            pulse.set(hit & strobed);
        }
        (Access::WriteOneToClear, Some(set)) => {
            let value = storage();
            let clear = m.mux(hit, data, m.zero(data.ty()));
            value.set((value & !clear) | set);
            ports.value.set(value);
        }
        _ => {}
    }
}

impl Module for RegisterBlock {
    type Io<'m> = RegisterBlockIo<'m>;

    fn name(&self) -> String {
        format!("{}_registers", self.map.name)
    }

    fn doc(&self) -> String {
        self.map.doc.clone()
    }

    fn io<'m>(&self, p: &Ports<'_, 'm>) -> RegisterBlockIo<'m> {
        let axil = p.group("s_axil", |p| LitePort::subordinate(p, self.addr_bits()));
        let mut fields = Vec::new();
        for register in &self.map.registers {
            if register.count > 1 {
                fields.push((register.name.clone(), declare_array(p, register)));
                continue;
            }
            for field in &register.fields {
                if let Some(ports) = declare_field(p, &port_name(register, field), field) {
                    fields.push((path(register, field), ports));
                }
            }
        }
        RegisterBlockIo { axil, fields }
    }

    fn build<'m>(&self, m: &'m Scope, io: RegisterBlockIo<'m>) {
        if let Err(problems) = self.map.check() {
            for problem in problems {
                m.error(format!("register table `{}`: {problem}", self.map.name));
            }
        }
        self.build_write(m, &io);
        self.build_read(m, &io);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;

    fn block() -> RegisterBlock {
        let field = Field::new;
        let map = Map::new(
            "demo",
            "Registers of a test.",
            vec![
                Register::new(
                    "ID",
                    0x00,
                    "",
                    vec![field("value", 0, 32, Access::Constant, "").with_reset(0x1234_5678)],
                ),
                Register::new(
                    "STATUS",
                    0x04,
                    "",
                    vec![
                        field("busy", 0, 1, Access::ReadOnly, ""),
                        field("level", 8, 7, Access::ReadOnly, ""),
                    ],
                ),
                Register::new(
                    "MODE",
                    0x08,
                    "",
                    vec![
                        field("low", 0, 12, Access::ReadWrite, "").with_reset(0xabc),
                        field("high", 16, 16, Access::ReadWrite, ""),
                    ],
                ),
                Register::new(
                    "GO",
                    0x0c,
                    "",
                    vec![
                        field("count", 0, 16, Access::Pulse, ""),
                        field("stop", 31, 1, Access::Pulse, ""),
                    ],
                ),
                Register::new(
                    "IRQ",
                    0x10,
                    "",
                    vec![
                        field("done", 0, 1, Access::WriteOneToClear, ""),
                        field("kinds", 4, 3, Access::WriteOneToClear, ""),
                    ],
                ),
                Register::new(
                    "LOCK",
                    0x18,
                    "",
                    vec![field("all", 1, 2, Access::WriteOneToSet, "")],
                ),
                Register::new(
                    "SAFE",
                    0x1c,
                    "",
                    vec![field("value", 0, 8, Access::ReadWrite, "").locked_by("LOCK.all")],
                ),
                Register::new("STAMP", 0x40, "", vec![field("value", 0, 32, Access::ReadOnly, "")])
                    .array(16),
            ],
        );
        RegisterBlock { map }
    }

    /// Writes; returns the response. Outputs of the write's own cycle are given to `look`.
    fn write(b: &mut Bench, addr: u64, data: u64, strobe: u64, look: impl FnOnce(&Bench)) -> u64 {
        b.set("s_axil_awaddr", addr);
        b.set("s_axil_wdata", data);
        b.set("s_axil_wstrb", strobe);
        b.set("s_axil_wvalid", 1);
        b.tick();
        assert_eq!(b.get("s_axil_wready"), 0, "data wait for the address");
        b.set("s_axil_awvalid", 1);
        assert_eq!((b.get("s_axil_awready"), b.get("s_axil_wready")), (1, 1));
        look(b);
        b.tick();
        for valid in ["s_axil_awvalid", "s_axil_wvalid"] {
            assert_eq!(b.get("s_axil_bvalid"), 1, "held until taken");
            b.set(valid, 0);
            b.tick();
        }
        let resp = b.get("s_axil_bresp");
        b.set("s_axil_bready", 1);
        b.tick();
        b.set("s_axil_bready", 0);
        assert_eq!(b.get("s_axil_bvalid"), 0);
        resp
    }

    /// Reads; returns data and response. Plays an array memory that holds `0x100 + index`.
    fn read(b: &mut Bench, addr: u64) -> (u64, u64) {
        b.set("s_axil_araddr", addr);
        b.set("s_axil_arvalid", 1);
        assert_eq!(b.get("s_axil_arready"), 1);
        let index = b.get("stamp_addr");
        b.tick();
        b.set("s_axil_araddr", 0);
        b.set("stamp_data", 0x100 + index);
        assert_eq!((b.get("s_axil_arready"), b.get("s_axil_rvalid")), (0, 0));
        b.tick();
        b.set("s_axil_arvalid", 0);
        b.set("stamp_data", 0);
        for _ in 0..3 {
            assert_eq!(b.get("s_axil_rvalid"), 1, "held until taken");
            b.tick();
        }
        let answer = (b.get("s_axil_rdata"), b.get("s_axil_rresp"));
        b.set("s_axil_rready", 1);
        b.tick();
        b.set("s_axil_rready", 0);
        assert_eq!(b.get("s_axil_rvalid"), 0);
        answer
    }

    #[test]
    fn fields_read_as_their_access_says() {
        let b = &mut Bench::new(&block());
        b.set("status_busy", 1);
        b.set("status_level", 0x55);
        assert_eq!(read(b, 0x00), (0x1234_5678, 0));
        assert_eq!(read(b, 0x04), (0x5501, 0));
        assert_eq!(read(b, 0x08), (0xabc, 0));
        assert_eq!(read(b, 0x0c), (0, 0));
        assert_eq!(write(b, 0x00, 0, 0xf, |_| {}), 0, "ignored");
        assert_eq!(read(b, 0x00), (0x1234_5678, 0));
    }

    #[test]
    fn strobes_select_bytes() {
        let b = &mut Bench::new(&block());
        assert_eq!(write(b, 0x08, 0x1122_3344, 0b0101, |_| {}), 0);
        assert_eq!(read(b, 0x08), (0x0022_0a44, 0));
        assert_eq!((b.get("mode_low"), b.get("mode_high")), (0xa44, 0x22));
    }

    #[test]
    fn a_pulse_lasts_the_cycle_of_the_write() {
        let b = &mut Bench::new(&block());
        let seen = |b: &Bench| (b.get("go_count_pulse"), b.get("go_count"), b.get("go_stop_pulse"));
        write(b, 0x0c, 0x8000_1234, 0xf, |b| assert_eq!(seen(b), (1, 0x1234, 1)));
        write(b, 0x0c, 0x8000_1234, 0b0001, |b| assert_eq!(seen(b), (1, 0x34, 0)));
        write(b, 0x0c, 0x8000_1234, 0b1000, |b| assert_eq!((seen(b).0, seen(b).2), (0, 1)));
        write(b, 0x08, 0x8000_1234, 0xf, |b| assert_eq!((seen(b).0, seen(b).2), (0, 0)));
        assert_eq!(b.get("go_count_pulse"), 0);
    }

    #[test]
    fn events_stay_until_a_one_is_written_and_a_new_event_wins() {
        let b = &mut Bench::new(&block());
        b.set("irq_done_set", 1);
        b.set("irq_kinds_set", 0b101);
        b.tick();
        b.set("irq_done_set", 0);
        b.set("irq_kinds_set", 0);
        assert_eq!(read(b, 0x10), (0x51, 0));
        write(b, 0x10, 0x41, 0xf, |_| {});
        assert_eq!((b.get("irq_done"), b.get("irq_kinds")), (0, 0b001));
        b.set("irq_kinds_set", 0b001);
        write(b, 0x10, 0xff, 0xf, |_| {});
        assert_eq!(b.get("irq_kinds"), 0b001);
    }

    #[test]
    fn a_lock_is_set_by_ones_and_stops_writes() {
        let b = &mut Bench::new(&block());
        write(b, 0x1c, 5, 0xf, |_| {});
        write(b, 0x18, 0, 0xf, |_| {});
        write(b, 0x1c, 6, 0xf, |_| {});
        assert_eq!((b.get("safe_value"), b.get("lock_all")), (6, 0));
        write(b, 0x18, 0b100, 0xf, |_| {});
        write(b, 0x18, 0, 0xf, |_| {});
        assert_eq!(write(b, 0x1c, 7, 0xf, |_| {}), 0, "ignored");
        assert_eq!((read(b, 0x1c), read(b, 0x18)), ((6, 0), (0b100, 0)));
        write(b, 0x08, 1, 0xf, |_| {});
        assert_eq!(b.get("mode_low"), 1, "not under the lock");
    }

    #[test]
    fn arrays_are_read_through_their_memory() {
        let b = &mut Bench::new(&block());
        assert_eq!(read(b, 0x40), (0x100, 0));
        assert_eq!(read(b, 0x7c), (0x10f, 0));
    }

    #[test]
    fn addresses_without_register_are_errors() {
        let b = &mut Bench::new(&block());
        assert_eq!(read(b, 0x14), (0, 2));
        assert_eq!(write(b, 0x3c, 1, 0xf, |_| {}), 2);
        assert_eq!(read(b, 0x08), (0xabc, 0));
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let mut block = block();
        block.map.registers[1].offset = 0;
        let mistakes = seedbed_hdl::elaborate(&block, &Default::default()).expect_err("overlap");
        assert!(mistakes[0].message.contains("register table `demo`"), "{}", mistakes[0]);
    }
}

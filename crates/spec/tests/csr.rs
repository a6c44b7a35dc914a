//! The register map.

use seedbed_regmap::Access;
use seedbed_spec::{csr, Config};

#[test]
fn the_map_is_sound_for_every_preset() {
    for name in Config::presets() {
        let config = Config::preset(name).unwrap();
        let map = csr::map(&config);
        assert_eq!(map.check(), Ok(()));
        assert_eq!(map.addr_bits(), 9);
        assert_eq!(map.register("CONFIG_HASH").unwrap().reset(), config.hash());
    }
}

#[test]
fn constants_and_places() {
    let map = csr::map(&Config::preset("tiny").unwrap());
    assert_eq!(map.register("ID").unwrap().reset().to_be_bytes(), *b"SDBD");
    assert_eq!(map.register("VERSION").unwrap().reset(), 0x0001_0002);
    let offset = |name: &str| map.register(name).unwrap().offset;
    let places =
        ["CONTROL", "STATUS", "IRQ_ENABLE", "IRQ_STATUS", "RING_LO", "DOORBELL"].map(offset);
    assert_eq!(places, [0x10, 0x14, 0x18, 0x1c, 0x20, 0x2c]);
    let places =
        ["FAULT_INDEX", "FAULT_ADDR_HI", "CYCLES", "READ_BEATS", "SATURATIONS"].map(offset);
    assert_eq!(places, [0x30, 0x3c, 0x40, 0x5c, 0x68]);
    assert_eq!(map.at(0x1fc).map(|(r, i)| (r.name.as_str(), i)), Some(("STAMP", 63)));
    assert_eq!(map.at(0x200), None);
    let access = |path: &str| map.field(path).unwrap().1.access;
    assert_eq!(access("DOORBELL.count"), Access::Pulse);
    assert_eq!(access("IRQ_STATUS.fault"), Access::WriteOneToClear);
    assert_eq!(map.field("FAULT_INFO.engine").map(|(_, f)| (f.lsb, f.width)), Some((8, 3)));
}

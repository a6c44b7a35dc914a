//! Lists indexed by a signal, and values made of many.

use crate::{golden, Bench, Sketch};
use seedbed_hdl::{Indexed, Sig, Ty};

#[test]
fn a_list_of_registers_is_read_and_written_by_index() {
    let sketch = Sketch {
        name: "bank",
        inputs: vec![("write", Ty::uint(1)), ("index", Ty::uint(3)), ("data", Ty::uint(8))],
        outputs: vec![("value", Ty::uint(8))],
        build: |m, inputs, outputs| {
            let [write, index, data] = *inputs else { unreachable!() };
            let bank: Vec<Sig<'_>> =
                (0..5).map(|i| m.reg(format!("bank_{i}_q"), Ty::uint(8), i)).collect();
            m.when(write, || bank.set_at(index, data));
            outputs[0].set(bank.at(index));
        },
    };
    let mut bench = Bench::new(&golden(&sketch));
    let mut expected = [0, 1, 2, 3, 4];
    for (cycle, index) in [4, 0, 7, 2, 4, 5, 1, 3].into_iter().enumerate() {
        assert_eq!(bench.set("index", index).get("value"), expected[index.min(4) as usize]);
        let write = u64::from(cycle % 3 != 2);
        bench.set("write", write).set("data", 100 + cycle as u64).tick();
        if write == 1 && index < 5 {
            expected[index as usize] = 100 + cycle as u64;
        }
        assert_eq!(bench.get("value"), expected[index.min(4) as usize], "cycle {cycle}");
    }
    assert_ne!(expected, [0, 1, 2, 3, 4]);
}

#[test]
fn the_first_choice_wins_and_a_tree_combines_all() {
    let sketch = Sketch {
        name: "choices",
        inputs: vec![("a", Ty::uint(4)), ("b", Ty::uint(4)), ("sel", Ty::uint(2))],
        outputs: vec![("first", Ty::uint(4)), ("least", Ty::uint(4))],
        build: |m, inputs, outputs| {
            let [a, b, sel] = *inputs else { unreachable!() };
            outputs[0].set(m.priority(&[(sel.bit(0), a), (sel.bit(1), b)], m.lit(9, Ty::uint(4))));
            outputs[1].set(m.tree(&[a, b, sel.extend(4)], |x, y| m.mux(x.lt(y), x, y)));
        },
    };
    let mut bench = Bench::new(&golden(&sketch));
    bench.set("a", 5).set("b", 3);
    for (sel, first, least) in [(0, 9, 0), (1, 5, 1), (2, 3, 2), (3, 5, 3)] {
        bench.set("sel", sel);
        assert_eq!([bench.get("first"), bench.get("least")], [first, least], "{sel}");
    }
}

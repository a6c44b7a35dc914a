//! Pipelines with side values.

use crate::{golden, Bench, Sketch};
use seedbed_hdl::{Sig, Ty};

#[test]
fn side_values_arrive_with_the_result() {
    let sketch = Sketch {
        name: "axpy",
        inputs: vec![
            ("move_on", Ty::uint(1)),
            ("a", Ty::uint(4)),
            ("x", Ty::uint(4)),
            ("y", Ty::uint(4)),
            ("tag", Ty::uint(3)),
        ],
        outputs: vec![("sum", Ty::uint(9)), ("tag_out", Ty::uint(3)), ("same", Ty::uint(1))],
        build: |m, inputs, outputs| {
            let &[move_on, a, x, y, tag] = inputs else { unreachable!() };
            let [a, x, y, tag] = [a, x, y, tag].map(Sig::staged);
            let mut ends = None;
            m.when(move_on, || {
                let product = (a * x).pipe("product_q");
                let sum = (product + y.until("y", 1)).pipe_no_reset("sum_q");
                ends = Some((sum, tag.until_no_reset("tag", sum.stage())));
            });
            let Some((sum, tag)) = ends else { unreachable!() };
            outputs[0].set(sum.at_stage(2));
            outputs[1].set(tag.at_stage(2));
            outputs[2].set(sum.join(tag, |sum, tag| sum.eq(tag)).sig());
        },
    };
    let mut bench = Bench::new(&golden(&sketch));
    for i in 0..10 {
        bench.set("move_on", 1).set("a", i).set("x", 3).set("y", 15 - i).set("tag", i % 8).tick();
        if i >= 1 {
            let at = i - 1;
            assert_eq!(bench.get("sum"), at * 3 + 15 - at, "{i}");
            assert_eq!(bench.get("tag_out"), at % 8, "{i}");
        }
    }
    let held = bench.get("sum");
    bench.set("move_on", 0).set("a", 0).tick().tick();
    assert_eq!(bench.get("sum"), held);
}

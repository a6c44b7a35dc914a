//! `golden::graph` against outputs dumped from LiteRT: every layer of every model, both families.

use std::path::{Path, PathBuf};

use ndarray::ArrayD;
use ndarray_npy::NpzReader;
use seedbed_golden::graph::{self, Run};
use seedbed_model::{npy, tflite, Graph};
use seedbed_spec::numerics::Family;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A folder of the shared models, or a visible skip (an error where it is required).
fn shared(model: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("SEEDBED_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(ROOT).join("../shared"));
    let folder = shared.join("models").join(model);
    if folder.join("model.tflite").exists() {
        return Some(folder);
    }
    let required = std::env::var("SEEDBED_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "{} is required and missing", folder.display());
    println!("skipped: {} is missing", folder.display());
    None
}

fn load(folder: &Path) -> (Graph, Vec<i8>) {
    let graph = tflite::read(&folder.join("model.tflite")).unwrap();
    let inputs = npy::read::<i8>(&folder.join("inputs.npy")).unwrap();
    let per_row: usize = inputs.shape[1..].iter().product();
    assert_eq!(per_row, graph.tensor(graph.input).features());
    (graph, inputs.data)
}

fn expected(folder: &Path, file: &str) -> Vec<i8> {
    npy::read::<i8>(&folder.join(file)).unwrap().data
}

fn differences(a: &[i8], b: &[i8]) -> usize {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).filter(|(a, b)| a != b).count()
}

/// Compares every layer's output with the dump, which covers the first few inputs.
fn check_layers(folder: &Path, graph: &Graph, family: Family, run: &Run) -> usize {
    let file = std::fs::File::open(folder.join("layers.npz")).unwrap();
    let mut dump = NpzReader::new(file).unwrap();
    for (layer, codes) in graph.layers.iter().zip(&run.layers) {
        let want: ArrayD<i8> = dump.by_name(&format!("{family}_{}", layer.name)).unwrap();
        let want = want.as_slice().unwrap();
        assert_eq!(differences(&codes[..want.len()], want), 0, "{family} {}", layer.name);
    }
    graph.layers.len()
}

/// Everything equal within a family; exactly `across` outputs differ between the families.
fn check_model(model: &str, layers: usize, outputs: usize, across: usize) {
    let Some(folder) = shared(model) else { return };
    let (graph, inputs) = load(&folder);
    for family in Family::ALL {
        let run = graph::run(&graph, family, &inputs).unwrap();
        assert_eq!(check_layers(&folder, &graph, family, &run), layers);
        assert_eq!(run.output.len(), outputs);
        assert_eq!(run.saturations, 0);
        for other in Family::ALL {
            let want = expected(&folder, &format!("expected_{other}.npy"));
            let allowed = if family == other { 0 } else { across };
            assert_eq!(differences(&run.output, &want), allowed, "{family} against {other}");
        }
    }
}

#[test]
fn hello_world_sine_equals_litert() {
    check_model("hello_world_sine_int8", 3, 256, 21);
}

#[test]
fn autoencoder_ad01_equals_litert() {
    check_model("autoencoder_ad01_int8", 10, 31_360, 10_889);
}

/// The project's own model: weight scales per output, and a reshape before the first layer.
#[test]
fn digits_equals_litert() {
    let folder = Path::new(ROOT).join("models/digits");
    let (graph, inputs) = load(&folder);
    let files = [(Family::Ref, "expected.npy"), (Family::Opt, "expected_opt.npy")];
    for (family, _) in files {
        let run = graph::run(&graph, family, &inputs).unwrap();
        assert_eq!(run.rows, 100);
        for (other, file) in files {
            let allowed = usize::from(family != other);
            let found = differences(&run.output, &expected(&folder, file));
            assert_eq!(found, allowed, "{family} against {file}");
        }
    }
}

//! The layers: which crate of the workspace may build on which.
//!
//! `golden`, `compiler` and `model` share nothing with the hardware but `spec`; that independence is
//! what makes a bit-exact match mean something, and a dependency added in passing would end it.

use serde_json::Value;
use std::process::Command;

/// Every edge that is allowed, normal and build dependencies. Development dependencies are free.
const EDGES: &[(&str, &[&str])] = &[
    ("bits", &[]),
    ("regmap", &[]),
    ("ir", &["bits"]),
    ("hdl", &["ir"]),
    ("verilog", &["ir"]),
    ("sim", &["ir"]),
    ("parts", &["hdl", "regmap"]),
    ("spec", &["bits", "regmap"]),
    ("model", &["bits"]),
    ("compiler", &["model", "spec"]),
    ("golden", &["model", "spec"]),
    ("npu", &["hdl", "parts", "spec"]),
    ("cosim", &["npu", "hdl", "ir", "verilog", "sim", "golden", "spec"]),
    ("rust-hdl", &["hdl", "ir", "sim"]),
    ("cli", &["compiler", "cosim", "golden", "model", "spec"]),
];

/// The metadata of the workspace, as cargo prints it.
fn metadata() -> Value {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .args(["--manifest-path", manifest])
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

/// The part of a package's name that is its folder; `None` for packages of others.
fn crate_name(package: &Value) -> Option<&str> {
    package["name"].as_str()?.strip_prefix("seedbed-")
}

/// What is wrong with the edges of the workspace, one line each.
fn complaints(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.flat_map(complaints_about).collect()
}

fn complaints_about(package: &Value) -> Vec<String> {
    let Some(from) = crate_name(package) else {
        return vec![format!("{} is not called seedbed-<folder>", package["name"])];
    };
    let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == from) else {
        return vec![format!("{from} is not in the table of layers")];
    };
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    dependencies
        .filter(|d| d["kind"] != "dev")
        .filter_map(crate_name)
        .filter(|to| !allowed.contains(to))
        .map(|to| format!("{from} may not depend on {to}"))
        .collect()
}

/// Adds a dependency to a package of `metadata`.
fn plant(metadata: &mut Value, from: &str, to: &str, kind: Value) {
    let packages = metadata["packages"].as_array_mut().expect("packages");
    let package = packages.iter_mut().find(|p| crate_name(p) == Some(from)).expect("the package");
    let dependency = serde_json::json!({ "name": format!("seedbed-{to}"), "kind": kind });
    package["dependencies"].as_array_mut().expect("dependencies").push(dependency);
}

#[test]
fn only_the_edges_of_the_design_exist() {
    assert_eq!(complaints(&metadata()), Vec::<String>::new());
}

#[test]
fn the_table_has_every_crate_and_no_other() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let mut found: Vec<_> = packages.iter().filter_map(crate_name).collect();
    let mut listed: Vec<_> = EDGES.iter().map(|(name, _)| *name).collect();
    found.sort_unstable();
    listed.sort_unstable();
    assert_eq!(found, listed);
}

#[test]
fn planted_edges_are_found() {
    for (from, to, kind) in [
        ("golden", "hdl", Value::Null),
        ("model", "spec", Value::Null),
        ("compiler", "golden", "build".into()),
        ("bits", "ir", Value::Null),
    ] {
        let mut metadata = metadata();
        plant(&mut metadata, from, to, kind);
        assert_eq!(complaints(&metadata), [format!("{from} may not depend on {to}")]);
    }
    let mut harmless = metadata();
    plant(&mut harmless, "compiler", "sim", "dev".into());
    plant(&mut harmless, "compiler", "spec", Value::Null);
    assert_eq!(complaints(&harmless), Vec::<String>::new());
}

#[test]
fn unknown_packages_are_found() {
    let packages = serde_json::json!({ "packages": [
        { "name": "seedbed-extra", "dependencies": [] },
        { "name": "extra", "dependencies": [] },
    ]});
    let expected =
        ["extra is not in the table of layers", "\"extra\" is not called seedbed-<folder>"];
    assert_eq!(complaints(&packages), expected);
}

//! Icarus Verilog, where it is installed.

use std::process::Command;

/// What Icarus Verilog prints for these texts; `None` when it is not there and not required.
pub fn icarus(texts: &[&str]) -> Option<String> {
    if Command::new("iverilog").arg("-V").output().is_err() {
        let required = std::env::var("SEEDBED_REQUIRE_TOOLS").is_ok_and(|value| value == "1");
        assert!(!required, "iverilog is required by SEEDBED_REQUIRE_TOOLS=1 and not installed");
        println!("skipped: iverilog is not installed");
        return None;
    }
    let dir = tempfile::tempdir().expect("a folder");
    let (source, program) = (dir.path().join("all.v"), dir.path().join("all.vvp"));
    std::fs::write(&source, texts.join("\n")).expect("a file");
    let run = |command: &mut Command| {
        let output = command.output().expect("a program that starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    run(Command::new("iverilog").arg("-g2005").arg("-o").arg(&program).arg(&source));
    Some(run(Command::new("vvp").arg(&program)))
}

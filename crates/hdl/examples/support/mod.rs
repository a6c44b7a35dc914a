//! What the examples share: how they fail, and where their files go.

use seedbed_hdl::{Design, Diagnostic};
use seedbed_verilog::{emit, Options};
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// The folder for the files of example `name`: the first argument, else one below the build's target.
pub fn folder(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let default = Path::new(&target).join("hdl-examples").join(name);
    std::env::args_os().nth(1).map_or(default, PathBuf::from)
}

/// What was elaborated; its mistakes go to standard error.
pub fn sound(design: Result<Design, Vec<Diagnostic>>) -> io::Result<Design> {
    design.map_err(|mistakes| {
        mistakes.iter().for_each(|m| eprintln!("{m}"));
        io::Error::other("the design has mistakes")
    })
}

/// Writes the Verilog of `design`, one file a module, and `TOP.f` that lists them.
pub fn write_verilog(folder: &Path, design: &Design) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let files = emit(design, &Options::default());
    files.iter().try_for_each(|file| fs::write(folder.join(&file.name), &file.text))?;
    let list = folder.join(format!("{}.f", design.top().name));
    fs::write(&list, seedbed_verilog::file_list(&files))?;
    println!("Verilog: {}", list.display());
    Ok(())
}

/// A file for waves in `folder`, to be given to `Simulator::trace`.
pub fn waves(folder: &Path) -> io::Result<BufWriter<fs::File>> {
    fs::create_dir_all(folder)?;
    let path = folder.join("waves.vcd");
    println!("waves:   {}", path.display());
    Ok(BufWriter::new(fs::File::create(path)?))
}

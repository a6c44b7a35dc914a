//! Verilog to a shared library by Verilator, cached by content.
//!
//! A model lives in `CACHE/model-HASH/`, where HASH covers the Verilog, the tool versions and the flags;
//! Verilator's own runtime is compiled once per toolchain into `CACHE/runtime-HASH/`. A build happens in
//! a private folder and is renamed into place, so concurrent builds of one design are harmless.

use crate::dut::{Dut, Layout, Pin};
use crate::shared_library::SharedModel;
use crate::toolchain::{run, ToolError, Toolchain};
use seedbed_ir::Dir;
use seedbed_verilog::SourceFile;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// A Verilated design.
pub struct VerilatedDut {
    model: SharedModel,
}

/// How to build a model.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Compile waves in (slower).
    pub waves: bool,
    /// Where models are cached; `None`: [`default_cache`].
    pub cache: Option<PathBuf>,
    /// Do not let ccache answer: for measuring builds.
    pub without_ccache: bool,
}

/// `$SEEDBED_CACHE`, else `$XDG_CACHE_HOME/seedbed`, else `~/.cache/seedbed`.
pub fn default_cache() -> PathBuf {
    let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    var("SEEDBED_CACHE")
        .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("seedbed")))
        .or_else(|| var("HOME").map(|d| d.join(".cache/seedbed")))
        .unwrap_or_else(|| std::env::temp_dir().join("seedbed-cache"))
}

impl VerilatedDut {
    /// Builds (or finds in the cache) and loads the model of `top` in `sources`.
    ///
    /// # Errors
    /// When a tool is missing or fails.
    pub fn build(
        sources: &[SourceFile],
        top: &str,
        layout: &Layout,
        options: &BuildOptions,
    ) -> Result<Self, ToolError> {
        let library = Build::new(options)?.model(sources, top, layout)?;
        Ok(Self { model: SharedModel::load(&library)? })
    }

    /// Compiles Verilator's runtime ahead of the first model.
    ///
    /// # Errors
    /// When a tool is missing or fails.
    pub fn prepare(options: &BuildOptions) -> Result<(), ToolError> {
        Build::new(options)?.runtime().map(|_| ())
    }

    /// Starts writing waves to `path`. Needs a model built with [`BuildOptions::waves`].
    pub fn trace(&mut self, path: &Path) {
        self.model.trace(path);
    }
}

impl Dut for VerilatedDut {
    fn settle(&mut self, inputs: &[u64], outputs: &mut [u64]) {
        self.model.settle(inputs, outputs);
    }

    fn tick(&mut self) {
        self.model.tick();
    }
}

struct Build {
    tools: Toolchain,
    cache: PathBuf,
    waves: bool,
}

impl Build {
    fn new(options: &BuildOptions) -> Result<Self, ToolError> {
        let mut tools = Toolchain::find()?;
        if options.without_ccache {
            tools.compiler.retain(|word| word != "ccache");
        }
        let cache = options.cache.clone().unwrap_or_else(default_cache);
        Ok(Build { tools, cache, waves: options.waves })
    }

    fn model(
        &self,
        sources: &[SourceFile],
        top: &str,
        layout: &Layout,
    ) -> Result<PathBuf, ToolError> {
        let wrapper = wrapper(top, layout, self.waves);
        let mut hash = self.hash();
        hash.update(&wrapper);
        for file in sources {
            hash.update(&file.name);
            hash.update(&file.text);
        }
        let dir = self.cache.join(format!("model-{}", short(hash)));
        let library = dir.join("model.so");
        if library.exists() {
            return Ok(library);
        }
        let runtime = self.runtime()?;
        in_place(&self.cache, &dir, |work| {
            for file in sources {
                write(&work.join(&file.name), &file.text)?;
            }
            write(&work.join("wrapper.cpp"), &wrapper)?;
            self.verilate(work, sources, top)?;
            self.compile(work, &groups(work)?)?;
            self.link(work, &runtime)
        })?;
        Ok(library)
    }

    /// Everything but the design that decides what a build gives.
    fn hash(&self) -> Sha256 {
        let mut hash = Sha256::new();
        hash.update(&self.tools.version);
        hash.update(self.tools.compiler.join(" "));
        hash.update(&self.tools.compiler_version);
        hash.update(FLAGS.join(" "));
        hash.update(VERILATE.join(" "));
        hash.update(optimisation());
        hash.update([u8::from(self.waves)]);
        hash
    }

    /// Verilator's runtime objects.
    fn runtime(&self) -> Result<PathBuf, ToolError> {
        let dir = self.cache.join(format!("runtime-{}", short(self.hash())));
        if !dir.exists() {
            in_place(&self.cache, &dir, |work| {
                let mut files = vec!["verilated.cpp", "verilated_threads.cpp"];
                if self.waves {
                    files.push("verilated_vcd_c.cpp");
                }
                let files: Vec<_> = files.iter().map(|f| self.tools.include.join(f)).collect();
                self.compile(work, &files)
            })?;
        }
        Ok(dir)
    }

    fn verilate(&self, work: &Path, sources: &[SourceFile], top: &str) -> Result<(), ToolError> {
        let mut command = Command::new("verilator");
        // Emitted Verilog is linted on its own; edited Verilog may well have warnings.
        command.current_dir(work).args(VERILATE);
        command.args(["--top-module", top]);
        if self.waves {
            command.arg("--trace");
        }
        run(command.args(sources.iter().map(|f| &f.name)))
    }

    /// Compiles `files` into objects in `work`, as many at a time as there are processors.
    fn compile(&self, work: &Path, files: &[PathBuf]) -> Result<(), ToolError> {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        for chunk in files.chunks(jobs) {
            std::thread::scope(|scope| {
                let running: Vec<_> =
                    chunk.iter().map(|f| scope.spawn(|| self.compile_one(work, f))).collect();
                running.into_iter().try_for_each(|t| t.join().expect("compile thread"))
            })?;
        }
        Ok(())
    }

    fn compile_one(&self, work: &Path, file: &Path) -> Result<(), ToolError> {
        let mut command = Command::new(&self.tools.compiler[0]);
        command.current_dir(work).args(&self.tools.compiler[1..]);
        command.arg(optimisation()).args(FLAGS);
        command.arg(format!("-DVM_TRACE={}", u8::from(self.waves)));
        command.arg(format!("-DVM_TRACE_VCD={}", u8::from(self.waves)));
        command.arg("-isystem").arg(&self.tools.include).arg("-I.");
        run(command.arg("-c").arg(file))
    }

    fn link(&self, work: &Path, runtime: &Path) -> Result<(), ToolError> {
        let compiler = self.tools.compiler.last().expect("a compiler was found");
        let mut command = Command::new(compiler);
        command.current_dir(work).args(["-shared", "-o", "model.so"]);
        command.args(objects(work)?).args(objects(runtime)?).args(["-lpthread", "-latomic"]);
        run(&mut command).or_else(|_| {
            // libatomic is a package of its own and not needed on 64-bit machines.
            let mut command = Command::new(compiler);
            command.current_dir(work).args(["-shared", "-o", "model.so"]);
            run(command.args(objects(work)?).args(objects(runtime)?).arg("-lpthread"))
        })
    }
}

/// How hard the C++ compiler works: `$SEEDBED_CXX_OPT`, else `-O3`. Short runs are sooner done with `-O1`.
fn optimisation() -> String {
    std::env::var("SEEDBED_CXX_OPT").unwrap_or_else(|_| "-O3".to_string())
}

const VERILATE: &[&str] = &["--cc", "-O3", "-Wno-fatal", "--prefix", "Vmodel", "--Mdir", "."];

const FLAGS: &[&str] = &["-fPIC", "-std=gnu++17", "-w", "-DVM_COVERAGE=0", "-DVM_SC=0"];

/// Runs `f` in a private folder and moves that to `dir` when it succeeds.
fn in_place(
    cache: &Path,
    dir: &Path,
    f: impl FnOnce(&Path) -> Result<(), ToolError>,
) -> Result<(), ToolError> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    static BUILDS: AtomicU64 = AtomicU64::new(0);
    let build = BUILDS.fetch_add(1, Ordering::Relaxed);
    let work = cache.join(format!("building-{name}-{}-{build}", std::process::id()));
    let io = |source| ToolError::Io { path: work.clone(), source };
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(io)?;
    f(&work).inspect_err(|_| drop(fs::remove_dir_all(&work)))?;
    if fs::rename(&work, dir).is_err() && !dir.exists() {
        return Err(io(std::io::Error::other("cannot be renamed into place")));
    }
    let _ = fs::remove_dir_all(&work);
    Ok(())
}

fn short(hash: Sha256) -> String {
    hash.finalize().iter().take(12).fold(String::new(), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}

fn write(path: &Path, text: &str) -> Result<(), ToolError> {
    fs::write(path, text).map_err(|source| ToolError::Io { path: path.to_path_buf(), source })
}

fn with_extension(dir: &Path, extension: &str) -> Result<Vec<PathBuf>, ToolError> {
    let io = |source| ToolError::Io { path: dir.to_path_buf(), source };
    let entries = fs::read_dir(dir).map_err(io)?.collect::<Result<Vec<_>, _>>().map_err(io)?;
    let mut files: Vec<_> = entries
        .into_iter()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    Ok(files)
}

/// Bytes of C++ that are worth a compiler of their own: below that it mostly reads headers.
const GROUP_BYTES: u64 = 1_500_000;

/// Files that include all C++ files of a folder, about equally many bytes each.
fn groups(dir: &Path) -> Result<Vec<PathBuf>, ToolError> {
    let mut files = Vec::new();
    for path in with_extension(dir, "cpp")? {
        let io = |source| ToolError::Io { path: path.clone(), source };
        files.push((fs::metadata(&path).map_err(io)?.len(), path.clone()));
    }
    files.sort_by(|a, b| b.cmp(a));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let total: u64 = files.iter().map(|(bytes, _)| bytes).sum();
    let count = ((total / GROUP_BYTES) as usize).clamp(1, processors);
    let mut groups = vec![(0, String::new()); count];
    for (bytes, path) in &files {
        let least = groups.iter_mut().min_by_key(|group| group.0).expect("at least one group");
        least.0 += bytes;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(least.1, "#include \"{name}\"");
    }
    let written = groups.iter().enumerate().map(|(i, (_, text))| {
        let path = dir.join(format!("group{i}.cpp"));
        write(&path, text).map(|()| path)
    });
    written.collect()
}

fn objects(dir: &Path) -> Result<Vec<PathBuf>, ToolError> {
    with_extension(dir, "o")
}

/// C++ between the flat limb arrays and the model's ports.
fn wrapper(top: &str, layout: &Layout, waves: bool) -> String {
    let pins = |dir| layout.pins.iter().filter(move |p| p.dir == dir);
    let copies_in: String = pins(Dir::Input).map(copy_in).collect();
    let copies_out: String = pins(Dir::Output).map(copy_out).collect();
    let template = include_str!("wrapper.cpp.in");
    template
        .replace("@TOP@", top)
        .replace("@INPUTS@", &copies_in)
        .replace("@OUTPUTS@", &copies_out)
        .replace("@WAVES@", if waves { "1" } else { "0" })
}

fn copy_in(pin: &Pin) -> String {
    if pin.width <= 64 {
        return format!("  m->top.{} = in[{}];\n", pin.name, pin.offset);
    }
    (0..pin.width.div_ceil(32)).fold(String::new(), |mut s, word| {
        let (limb, shift) = (pin.offset + word as usize / 2, 32 * (word % 2));
        let _ = writeln!(s, "  m->top.{}[{word}] = uint32_t(in[{limb}] >> {shift});", pin.name);
        s
    })
}

fn copy_out(pin: &Pin) -> String {
    if pin.width <= 64 {
        return format!("  out[{}] = m->top.{};\n", pin.offset, pin.name);
    }
    (0..pin.limbs()).fold(String::new(), |mut s, limb| {
        let (at, low) = (pin.offset + limb, 2 * limb);
        let high = if low + 1 < pin.width.div_ceil(32) as usize {
            format!(" | uint64_t(m->top.{}[{}]) << 32", pin.name, low + 1)
        } else {
            String::new()
        };
        let _ = writeln!(s, "  out[{at}] = uint64_t(m->top.{}[{low}]){high};", pin.name);
        s
    })
}

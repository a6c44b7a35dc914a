//! Built programs on disk, shared by all processes that see the folder.
//!
//! A library is `CACHE/NAME.so`. It is built in a folder of its own with a random name and renamed into
//! place, so concurrent builds of one design are harmless, also from containers, whose processes have
//! equal numbers. After the code come 8 bytes of a checksum, where the system's loader does not look:
//! that loader crashes on a file that was cut short, so a damaged one is found before, and built anew.
//!
//! Each build clears away what nobody used for long.

use super::library::Library;
use std::fs::{self, DirEntry, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How names of libraries begin.
pub(super) const LIBRARY: &str = "sim-";

/// How names of build folders begin. Six random letters and digits follow.
const BUILD: &str = "build-sim-";

/// How long a library is kept after its last use.
const KEEP_LIBRARY: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long a build folder is kept: an old one is left by a process that ended before its compiler.
const KEEP_BUILD: Duration = Duration::from_secs(3600);

/// A folder of libraries.
pub(super) struct Cache(pub PathBuf);

impl Cache {
    /// `$SEEDBED_CACHE`, else `$XDG_CACHE_HOME/seedbed`, else `~/.cache/seedbed`, else a temporary folder.
    pub fn of_user() -> Self {
        let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let folder = var("SEEDBED_CACHE")
            .or_else(|| var("XDG_CACHE_HOME").map(|d| d.join("seedbed")))
            .or_else(|| var("HOME").map(|d| d.join(".cache/seedbed")))
            .unwrap_or_else(|| std::env::temp_dir().join("seedbed-cache"));
        Cache(folder)
    }

    /// Loads the library `name`. Where there is none, or a damaged one, `make` builds it in the folder
    /// it is given and returns its file.
    ///
    /// # Errors
    /// What `make` says; a folder that cannot be written; what the system's loader says of a new library.
    pub fn library(
        &self,
        name: &str,
        make: impl FnOnce(&Path) -> Result<PathBuf, String>,
    ) -> Result<Library, String> {
        let path = self.0.join(format!("{name}.so"));
        if is_sound(&path) {
            if let Ok(library) = Library::load(&path) {
                // A cache that can only be read is one too.
                let _ = File::open(&path).and_then(|f| f.set_modified(SystemTime::now()));
                return Ok(library);
            }
        }
        let failed = |e: io::Error| format!("{}: {e}", self.0.display());
        fs::create_dir_all(&self.0).map_err(failed)?;
        self.sweep();
        let folder = tempfile::Builder::new().prefix(BUILD).tempdir_in(&self.0).map_err(failed)?;
        let made = make(folder.path())?;
        seal(&made).and_then(|()| fs::rename(&made, &path)).map_err(failed)?;
        Library::load(&path)
    }

    /// Removes what nobody used for long.
    fn sweep(&self) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            // Somebody else may have done it.
            let _ = match kind(&entry) {
                Some(Kind::Library) if is_older(&entry, KEEP_LIBRARY) => {
                    fs::remove_file(entry.path())
                }
                Some(Kind::Build) if is_older(&entry, KEEP_BUILD) => {
                    fs::remove_dir_all(entry.path())
                }
                _ => Ok(()),
            };
        }
    }
}

/// What an entry of the folder is, if it is ours: a user may keep other things there.
enum Kind {
    Library,
    Build,
}

fn kind(entry: &DirEntry) -> Option<Kind> {
    let (name, of) = (entry.file_name(), entry.file_type().ok()?);
    let name = name.to_str()?;
    let is_random = |end: &str| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric());
    if of.is_file() && name.starts_with(LIBRARY) && name.ends_with(".so") {
        return Some(Kind::Library);
    }
    (of.is_dir() && name.strip_prefix(BUILD).is_some_and(is_random)).then_some(Kind::Build)
}

fn is_older(entry: &DirEntry, most: Duration) -> bool {
    let modified = entry.metadata().and_then(|m| m.modified()).ok();
    modified.and_then(|at| at.elapsed().ok()).is_some_and(|age| age > most)
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish().to_le_bytes()
}

/// Appends the checksum.
fn seal(path: &Path) -> io::Result<()> {
    let sum = checksum(&fs::read(path)?);
    File::options().append(true).open(path)?.write_all(&sum)
}

/// Whether a file is there and has its checksum.
fn is_sound(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    bytes.split_last_chunk().is_some_and(|(code, sum)| checksum(code) == *sum)
}

#[cfg(test)]
mod tests {
    use super::super::build::Compiler;
    use super::*;
    use std::cell::Cell;

    const PROGRAM: &str =
        "void seedbed_tick(void) {}\nvoid seedbed_outputs(void) {}\nvoid seedbed_resets(void) {}\n";

    /// Loads a library; how often it was built.
    fn load(cache: &Cache) -> u32 {
        let builds = Cell::new(0);
        let make = |folder: &Path| {
            builds.set(builds.get() + 1);
            Compiler::find(None)?.compile(PROGRAM, folder)
        };
        cache.library("sim-test", make).expect("a library");
        builds.get()
    }

    fn names(cache: &Cache) -> Vec<String> {
        let entries = fs::read_dir(&cache.0).expect("a folder").flatten();
        let mut names: Vec<_> =
            entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_library_is_built_once_and_a_damaged_one_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache(folder.path().join("new"));
        let path = cache.0.join("sim-test.so");
        assert_eq!((load(&cache), load(&cache)), (1, 0));
        let sound = fs::read(&path).expect("a file");
        let mut changed = sound.clone();
        changed[sound.len() / 2] ^= 1;
        for damaged in [&sound[..0], &sound[..4], &sound[..sound.len() / 2], &changed] {
            fs::write(&path, damaged).expect("a file");
            assert_eq!((load(&cache), load(&cache)), (1, 0), "{} bytes", damaged.len());
        }
        // What is sound for us and not for the system's loader.
        fs::write(&path, "no library").and_then(|()| seal(&path)).expect("a file");
        assert_eq!((load(&cache), load(&cache)), (1, 0));
        assert_eq!(names(&cache), ["sim-test.so"]);
    }

    #[test]
    fn builds_of_one_library_at_once_have_folders_of_their_own() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache(folder.path().into());
        let make = |name: &str, inner: &dyn Fn()| {
            let make = |folder: &Path| {
                inner();
                Compiler::find(None)?.compile(PROGRAM, folder)
            };
            cache.library(name, make).expect("a library");
        };
        make("sim-test", &|| make("sim-test", &|| assert_eq!(names(&cache).len(), 2)));
        assert_eq!(names(&cache), ["sim-test.so"]);
    }

    #[test]
    fn what_nobody_used_for_long_goes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let cache = Cache(folder.path().into());
        let day = Duration::from_secs(24 * 3600);
        for (name, age) in [
            ("sim-old.so", 31 * day),
            ("sim-young.so", 29 * day),
            ("model-old", 99 * day),
            ("sim-results", 99 * day),
            ("build-sim-left42", day / 4),
            ("build-sim-later7", day / 1000),
            ("build-sim-of-somebody", 99 * day),
        ] {
            let path = cache.0.join(name);
            match name.ends_with(".so") {
                true => fs::write(&path, ""),
                false => fs::create_dir(&path).and_then(|()| fs::write(path.join("x"), "")),
            }
            .and_then(|()| File::open(&path)?.set_modified(SystemTime::now() - age))
            .expect("an entry");
        }
        load(&cache);
        let left = ["build-sim-later7", "build-sim-of-somebody", "model-old", "sim-results"];
        assert_eq!(names(&cache)[..4], left);
        assert_eq!(names(&cache)[4..], ["sim-test.so", "sim-young.so"]);
    }
}

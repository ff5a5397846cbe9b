//! The compilers of a folder. Each file is a release of Solidity; what is in the folder is looked at anew at each
//! question, so that a new release is there as soon as its file is.

use crate::{
    bundle::{Bundle, FILE_BYTES_MAX, Names},
    cache::{self, Cache},
    engine::Run,
    error::{BundleError, Error},
    version::Version,
};
use alloy_primitives::B256;
use serde_json::Value;
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// Releases that are looked at, at most: there are fewer than a hundred since 0.6.0.
const RELEASES_MAX: usize = 128;
/// Bytes of an input, at most: a hundred libraries with their comments.
pub const INPUT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a compilation may take. The largest libraries in use take a tenth of it.
pub const COMPILATION_TIME_MAX: Duration = Duration::from_secs(30);

/// A release of the compiler.
#[derive(Debug)]
pub struct Release {
    /// Its file.
    pub path: PathBuf,
    /// Its version.
    pub version: Version,
    names: Names,
    module: B256,
}

/// What is in the folder.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The compilers, the newest first.
    pub releases: Vec<Arc<Release>>,
    /// Files that look like compilers, but cannot be used, with the reason.
    pub unusable: Vec<(PathBuf, String)>,
}

type Stamp = (PathBuf, u64, Option<SystemTime>);

/// The compilers of a folder, and what was compiled of them.
#[derive(Debug)]
pub struct Compilers {
    folder: PathBuf,
    cache: Cache,
    time_max: Duration,
    /// What was read of files that have not changed since.
    known: Mutex<HashMap<Stamp, Result<Arc<Release>, String>>>,
    /// Held by whoever builds: two at once would only take longer.
    building: Mutex<()>,
}

impl Compilers {
    /// The compilers of `folder`; what is compiled of them goes into `cache`.
    pub fn new(folder: PathBuf, cache: PathBuf) -> Self {
        Self {
            folder,
            cache: Cache::new(cache),
            time_max: COMPILATION_TIME_MAX,
            known: Mutex::default(),
            building: Mutex::default(),
        }
    }

    /// With another time that a compilation may take.
    #[must_use]
    pub const fn with_time_max(mut self, time_max: Duration) -> Self {
        self.time_max = time_max;
        self
    }

    /// Where the compilers are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What is there: `soljson*.js` in the folder itself, and `node_modules/*/soljson.js` as npm leaves it. A folder that
    /// is not there holds nothing. Blocks for a tenth of a second for each new file.
    pub fn found(&self) -> Found {
        let mut found = Found::default();
        for stamp in candidates(&self.folder) {
            match self.read(&stamp) {
                Ok(release) => found.releases.push(release),
                Err(reason) => found.unusable.push((stamp.0, reason)),
            }
        }
        found
            .releases
            .sort_by(|one, other| other.version.cmp(&one.version));
        found.releases.dedup_by(|one, other| one.version == other.version);
        found
    }

    fn read(&self, stamp: &Stamp) -> Result<Arc<Release>, String> {
        let known = |known: &HashMap<_, _>| known.get(stamp).cloned();
        if let Some(answer) = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return answer;
        }
        let answer = bundle(&stamp.0)
            .map_err(|error| error.to_string())
            .and_then(|bundle| {
                let version = bundle
                    .version
                    .parse()
                    .map_err(|()| "its version cannot be read".to_owned())?;
                Ok(Arc::new(Release {
                    path: stamp.0.clone(),
                    version,
                    names: bundle.names,
                    module: cache::hash(&bundle.module),
                }))
            });
        let mut memory = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= RELEASES_MAX {
            memory.clear();
        }
        memory.insert(stamp.clone(), answer.clone());
        answer
    }

    /// The release of a version: `0.8.30`, or with its commit.
    ///
    /// # Errors
    /// [`Error::UnknownVersion`].
    pub fn release(&self, version: &str) -> Result<Arc<Release>, Error> {
        let found = self
            .found()
            .releases
            .into_iter()
            .find(|release| release.version.is(version));
        found.ok_or_else(|| Error::UnknownVersion {
            version: version.to_owned(),
        })
    }

    /// Whether a release compiles at once. Otherwise it is made ready first, which takes half a minute.
    pub fn is_ready(&self, release: &Release) -> bool {
        self.cache.has(&release.module)
    }

    /// Makes a release ready. Blocks for half a minute, if it is not ready yet.
    ///
    /// # Errors
    /// [`Error::Bundle`], [`Error::Module`], [`Error::Cache`].
    pub fn prepare(&self, release: &Release) -> Result<(), Error> {
        let _alone = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = cache::fresh_engine()?;
        if self.cache.load(&engine, &release.module).is_some() {
            return Ok(());
        }
        let bundle = bundle(&release.path).map_err(|source| Error::Bundle {
            path: release.path.clone(),
            source,
        })?;
        let hash = cache::hash(&bundle.module);
        self.cache.build(&engine, &hash, &bundle.module)
    }

    /// Compiles: Standard JSON in, Standard JSON out. Blocks until it is done, at most for [`COMPILATION_TIME_MAX`].
    ///
    /// # Errors
    /// [`Error::NotReady`] where [`Compilers::prepare`] comes first, which is also the answer to a damaged cache;
    /// [`Error::InputTooLarge`], [`Error::Deadline`], [`Error::Memory`], [`Error::Depth`] for input beyond the bounds;
    /// the others where the compiler fails. Errors in the source stand in the answer.
    pub fn compile(&self, release: &Release, input: &Value) -> Result<Value, Error> {
        let input = input.to_string();
        if input.len() > INPUT_BYTES_MAX {
            return Err(Error::InputTooLarge {
                bytes: input.len(),
                bytes_max: INPUT_BYTES_MAX,
            });
        }
        let engine = cache::fresh_engine()?;
        let module = self
            .cache
            .load(&engine, &release.module)
            .ok_or_else(|| Error::NotReady {
                version: release.version.to_string(),
            })?;
        let run = Run {
            engine: &engine,
            module: &module,
            names: &release.names,
            input: &input,
            deadline: self.time_max,
        };
        serde_json::from_str(&run.run()?).map_err(|source| Error::Answer { source })
    }
}

fn bundle(path: &Path) -> Result<Bundle, BundleError> {
    let read = |source| BundleError::Read { source };
    if fs::metadata(path).map_err(read)?.len() > FILE_BYTES_MAX {
        return Err(BundleError::TooLarge {
            bytes_max: FILE_BYTES_MAX,
        });
    }
    Bundle::read(&fs::read_to_string(path).map_err(read)?)
}

/// Files that may be compilers, each with what says whether it has changed.
fn candidates(folder: &Path) -> Vec<Stamp> {
    let entries = |folder: &Path| {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.sort();
        paths
    };
    let is_compiler = |path: &PathBuf| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with("soljson") && name.ends_with(".js"))
    };
    let own = entries(folder).into_iter().filter(is_compiler);
    let installed = entries(&folder.join("node_modules"))
        .into_iter()
        .map(|package| package.join("soljson.js"));
    own.chain(installed)
        .filter_map(|path| {
            let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            Some((path, metadata.len(), metadata.modified().ok()))
        })
        .take(RELEASES_MAX)
        .collect()
}

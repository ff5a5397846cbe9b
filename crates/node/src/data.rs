//! The data folder of a node: whose it is, that one process uses it, and whether the node may vote from it.
//!
//! `node.json` stands in the folder itself, so that it goes when the data goes. A node that finds neither data
//! nor `node.json` has lost what it voted before: it follows until it has caught up, and votes only then.
//! `civitas init` marks the folders of a new city, whose nodes have never voted.

use alloy_primitives::B256;
use civitas_crypto::replace_file;
use civitas_types::NodeKey;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Version of the folder's layout.
const LAYOUT: u32 = 1;
const MARK: &str = "node.json";
const LOCK: &str = "lock";
/// Audit records. Who deletes the rest of a folder keeps them: they are the node's alone, no peer can give them back.
pub(crate) const AUDIT: &str = "audit";

/// What a node may do with what stands in its data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Made by `civitas init`: the node has never voted.
    New,
    /// Everything that the node ever voted is known to it.
    Whole,
    /// The node may have voted what it no longer knows: it must catch up before it votes.
    Recovering,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    layout: u32,
    node: NodeKey,
    genesis: Option<B256>,
    standing: Standing,
    /// In the folders of partition ledgers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    making: Option<Making>,
}

/// When a ledger's folder was made, which tells it from another one of the same ledger: an older disk that is mounted
/// again holds votes that are not the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Making {
    /// Milliseconds since 1970.
    pub made_ms: u64,
    /// When the folder was made whose place it takes, as far as the node knew.
    pub replaces_ms: Option<u64>,
}

/// An opened data folder; the lock is held until it is dropped.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    mark: Mark,
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, Error)]
pub enum DataError {
    /// Another process uses the folder.
    #[error("the data folder {path} is in use: another node runs on it; stop that one first")]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// Files stand in the folder, but not those of a node.
    #[error(
        "{path} holds files that are not a node's data: move them away, or choose an empty folder for `data`"
    )]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is of another node or ledger, or of another version.
    #[error("the data folder {path} is of another {what}: {cure}")]
    Mismatch {
        /// The folder.
        path: PathBuf,
        /// What is different.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// The mark is damaged.
    #[error(
        "{path} is damaged: remove the folder {folder}, and the node fetches everything in it from its peers"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The folder.
        folder: PathBuf,
        /// What the reader met.
        #[source]
        source: serde_json::Error,
    },
    /// The file system failed.
    #[error("cannot {attempt} {path}")]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// On which file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: io::Error,
    },
}

/// Says whose an empty folder is and what the node may do with it. A folder that is marked already stays as it is.
///
/// # Errors
/// [`DataError::Foreign`] where something stands in it that nobody has marked; [`DataError::Io`],
/// [`DataError::Damaged`].
pub fn mark(path: &Path, node: &NodeKey, standing: Standing) -> Result<(), DataError> {
    mark_as(path, node, standing, None).map(|_| ())
}

/// As [`mark`], for the folder of a partition ledger; gives when the folder was made that stands there.
///
/// # Errors
/// As [`mark`].
pub fn mark_ledger(
    path: &Path,
    node: &NodeKey,
    standing: Standing,
    making: Making,
) -> Result<Option<Making>, DataError> {
    mark_as(path, node, standing, Some(making))
}

/// Whether somebody has said whose the folder is.
///
/// # Errors
/// [`DataError::Io`], [`DataError::Damaged`].
pub fn is_marked(path: &Path) -> Result<bool, DataError> {
    Ok(read(path)?.is_some())
}

fn mark_as(
    path: &Path,
    node: &NodeKey,
    standing: Standing,
    making: Option<Making>,
) -> Result<Option<Making>, DataError> {
    create(path)?;
    if let Some(known) = read(path)? {
        return Ok(known.making);
    }
    if !is_empty(path)? {
        return Err(DataError::Foreign {
            path: path.to_owned(),
        });
    }
    let mark = Mark {
        layout: LAYOUT,
        node: *node,
        genesis: None,
        standing,
        making,
    };
    write(path, &mark)?;
    Ok(making)
}

impl DataFolder {
    /// Opens the folder of `node` for the ledger with the genesis block `genesis`, and locks it.
    ///
    /// # Errors
    /// See [`DataError`].
    pub fn open(path: &Path, node: &NodeKey, genesis: B256) -> Result<Self, DataError> {
        create(path)?;
        let lock = lock(path)?;
        self::mark(path, node, Standing::Recovering)?;
        let mut mark = read(path)?.ok_or_else(|| DataError::Foreign {
            path: path.to_owned(),
        })?;
        let mismatch = |what, cure| {
            Err(DataError::Mismatch {
                path: path.to_owned(),
                what,
                cure,
            })
        };
        if mark.layout != LAYOUT {
            return mismatch(
                "version of this program",
                "use the version that wrote it, or start from an empty folder",
            );
        }
        if mark.node != *node {
            return mismatch("node", "check `data` and `identity.key` in node.toml");
        }
        if mark.genesis.is_some_and(|known| known != genesis) {
            return mismatch(
                "ledger",
                "check `data` and `genesis` in node.toml, or start from an empty folder",
            );
        }
        mark.genesis = Some(genesis);
        let folder = Self {
            path: path.to_owned(),
            mark,
            _lock: lock,
        };
        write(&folder.path, &folder.mark)?;
        Ok(folder)
    }

    /// Where the audit records stand.
    pub fn audit(&self) -> PathBuf {
        self.path.join(AUDIT)
    }

    /// What the node may do.
    pub const fn standing(&self) -> Standing {
        self.mark.standing
    }

    /// From now on the folder holds everything that the node votes.
    ///
    /// # Errors
    /// [`DataError::Io`].
    pub fn set_whole(&mut self) -> Result<(), DataError> {
        self.mark.standing = Standing::Whole;
        write(&self.path, &self.mark)
    }
}

fn create(path: &Path) -> Result<(), DataError> {
    fs::create_dir_all(path).map_err(|source| failed("make the folder", path, source))
}

fn lock(path: &Path) -> Result<File, DataError> {
    let name = path.join(LOCK);
    let file = File::create(&name).map_err(|source| failed("make", &name, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DataError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed("lock", &name, source)),
    }
}

fn read(path: &Path) -> Result<Option<Mark>, DataError> {
    let name = path.join(MARK);
    match fs::read_to_string(&name) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|source| damaged(path, source)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", &name, source)),
    }
}

fn write(path: &Path, mark: &Mark) -> Result<(), DataError> {
    let name = path.join(MARK);
    let text = serde_json::to_vec_pretty(mark).map_err(|source| damaged(path, source))?;
    replace_file(&name, &text).map_err(|source| failed("write", &name, source))
}

fn is_empty(path: &Path) -> Result<bool, DataError> {
    let entries = fs::read_dir(path).map_err(|source| failed("read", path, source))?;
    Ok(entries.filter_map(Result::ok).all(|entry| {
        let name = entry.file_name();
        // What a crash leaves of a mark that was being written begins like the mark.
        [LOCK, AUDIT].iter().any(|own| name == *own) || name.to_string_lossy().starts_with(MARK)
    }))
}

fn damaged(folder: &Path, source: serde_json::Error) -> DataError {
    DataError::Damaged {
        path: folder.join(MARK),
        folder: folder.to_owned(),
        source,
    }
}

fn failed(attempt: &'static str, path: &Path, source: io::Error) -> DataError {
    DataError::Io {
        attempt,
        path: path.to_owned(),
        source,
    }
}

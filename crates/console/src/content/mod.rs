//! The thesaurus in the console: held in memory, compared with the ledger, used to find words in what comes into the
//! index and to mask them in what is shown.
//!
//! Invariant: words are looked for and masked by a version that the ledger has approved and that is in force, or was
//! until a newer one came. A file that nobody approved masks nothing and finds nothing.

pub mod finding;
pub mod masking;

use crate::{problem::Problem, registries::ask, state::Console};
use alloy_primitives::B256;
use civitas_sdk::{Node, causes};
use civitas_supervision::content::{Matcher, Thesaurus};
use civitas_system_contracts::{address::CONTENT, interfaces::IContent};
use std::{
    collections::BTreeSet,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

/// How often file and ledger are looked at.
const INTERVAL: Duration = Duration::from_secs(2);
/// Bytes of a file, at most: as nodes read.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// Versions of one question.
const PAGE: u32 = 50;
/// Questions until all versions are known: ten thousand versions, one a day for 27 years. A node that answers more is
/// not believed.
const PAGES_MAX: u32 = 200;

/// How the console stands to the thesaurus in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// None is in force.
    #[default]
    None,
    /// It holds it.
    Held,
    /// It holds an earlier version, and goes on with that.
    Earlier,
    /// The settings name no file.
    Absent,
    /// The file has a hash that the ledger does not know.
    Other,
    /// The file cannot be used.
    Unreadable,
}

/// What the console knows of the thesaurus.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// How it stands to the one in force.
    pub standing: Standing,
    /// The version that the file holds, with its hash.
    pub file: Option<(u32, B256)>,
    /// Why the file cannot be used.
    pub fault: Option<String>,
}

#[derive(Default)]
struct Held {
    status: Status,
    /// What the file holds, whoever approved it.
    read: Option<Arc<Matcher>>,
    /// What words are looked for by.
    used: Option<Arc<Matcher>>,
    /// Own ledgers on which nobody looks for words.
    off: BTreeSet<String>,
}

/// What is looked for in what comes into the index.
#[derive(Clone, Debug, Default)]
pub struct Search {
    matcher: Option<Arc<Matcher>>,
    off: BTreeSet<String>,
}

impl Search {
    /// What is looked for on a ledger.
    pub fn on(&self, ledger: &str) -> Option<&Matcher> {
        self.matcher.as_deref().filter(|_| !self.off.contains(ledger))
    }
}

/// The thesaurus, as the console holds it.
pub struct Content {
    path: Option<PathBuf>,
    held: RwLock<Held>,
}

impl Content {
    /// Of a file of the settings. Nothing is read yet.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            held: RwLock::default(),
        }
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn held_mut(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What words are looked for by; none where no approved thesaurus is held.
    pub fn matcher(&self) -> Option<Arc<Matcher>> {
        self.held().used.clone()
    }

    /// What is looked for in what comes into the index. Foreign chains are always searched.
    pub fn search(&self) -> Search {
        let held = self.held();
        Search {
            matcher: held.used.clone(),
            off: held.off.clone(),
        }
    }

    /// What is known.
    pub fn status(&self) -> Status {
        self.held().status.clone()
    }

    /// Compares the file with what the ledger says.
    fn settle(&self, versions: &[IContent::Version], height: u64) {
        let mut held = self.held_mut();
        let in_force =
            |version: &&IContent::Version| !version.approvedBy.is_zero() && version.fromHeight <= height;
        let newest = versions.iter().rev().find(in_force);
        let known = held.read.as_ref().map(|matcher| matcher.hash());
        let approved = versions
            .iter()
            .filter(in_force)
            .any(|version| Some(version.hash) == known);
        if approved {
            held.used = held.read.clone();
        }
        let used = held.used.as_ref().map(|matcher| matcher.hash());
        let standing = match newest {
            None => Standing::None,
            Some(newest) if used == Some(newest.hash) => Standing::Held,
            Some(_) if self.path.is_none() => Standing::Absent,
            Some(_) if held.status.fault.is_some() => Standing::Unreadable,
            Some(_) if used.is_some() => Standing::Earlier,
            Some(_) => Standing::Other,
        };
        if held.status.standing != standing {
            held.status.standing = standing;
            match standing {
                Standing::None | Standing::Held => tracing::info!(?standing, "the thesaurus is known"),
                _ => tracing::error!(
                    ?standing,
                    fault = held.status.fault,
                    "the console does not hold the thesaurus in force: set `thesaurus` in console.toml to its file"
                ),
            }
        }
    }
}

/// All versions of the ledger, oldest first, as far as the node's pages follow each other.
///
/// # Errors
/// No node answers.
pub async fn versions(node: &Node) -> Result<Vec<IContent::Version>, Problem> {
    let mut all = Vec::new();
    for page_number in 0..PAGES_MAX {
        let from = page_number.saturating_mul(PAGE).saturating_add(1);
        let call = IContent::versionsCall { from, count: PAGE };
        let page = ask(node, CONTENT, &call).await?;
        let follows = page.first().is_some_and(|first| first.version == from);
        if !follows {
            break;
        }
        let is_whole = page.len() == PAGE as usize;
        all.extend(page);
        if !is_whole {
            break;
        }
    }
    Ok(all)
}

/// Reads the file and asks the ledger until the console ends.
pub async fn run(console: Arc<Console>) {
    let mut ending = console.ending.clone();
    let mut stamp = None;
    loop {
        look(&console, &mut stamp).await;
        let ends = ending.wait_for(|ends| *ends);
        if tokio::time::timeout(INTERVAL, ends).await.is_ok() {
            return;
        }
    }
}

type Stamp = (u64, u64, i64, i64);

async fn look(console: &Console, stamp: &mut Option<Stamp>) {
    let content = &console.content;
    if let Some(path) = content.path.clone() {
        let now = std::fs::metadata(&path)
            .ok()
            .map(|it| (it.ino(), it.len(), it.mtime(), it.mtime_nsec()));
        let is_new = now != *stamp || (now.is_none() && content.status().fault.is_none());
        if is_new {
            *stamp = now;
            let read = tokio::task::spawn_blocking(move || read(&path)).await;
            let mut held = content.held_mut();
            match read.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(matcher) => {
                    held.status.file = Some((matcher.thesaurus().version, matcher.hash()));
                    held.status.fault = None;
                    held.read = Some(Arc::new(matcher));
                }
                Err(fault) => held.status.fault = Some(fault),
            }
        }
    }
    let main = console.ledgers.main();
    let told = async {
        let height = main.block_number().await?;
        Ok::<_, Problem>((versions(main).await?, height))
    };
    // A node that does not answer changes nothing.
    if let Ok((versions, height)) = told.await {
        if let Ok(off) = off(console, height).await {
            content.held_mut().off = off;
        }
        content.settle(&versions, height);
    }
}

/// The own ledgers on which nobody looks for words.
async fn off(console: &Console, height: u64) -> Result<BTreeSet<String>, Problem> {
    let mut off = BTreeSet::new();
    for ledger in console.index.ledgers().await? {
        if ledger.foreign.is_none() && mode(console, ledger.chain_id, height).await? == IContent::Mode::Off {
            off.insert(ledger.name);
        }
    }
    Ok(off)
}

/// What nodes do on a ledger at a height of the main ledger.
///
/// # Errors
/// No node answers.
pub async fn mode(console: &Console, ledger: u64, height: u64) -> Result<IContent::Mode, Problem> {
    let call = IContent::inForceCall { ledger, height };
    Ok(ask(console.ledgers.main(), CONTENT, &call).await?.mode)
}

fn read(path: &Path) -> Result<Matcher, String> {
    let bytes = std::fs::metadata(path).map_err(|error| causes(&error))?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(format!(
            "the file has {bytes} bytes, at most {FILE_BYTES_MAX} are read"
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|error| causes(&error))?;
    Thesaurus::parse(&text)
        .and_then(Matcher::new)
        .map_err(|error| causes(&error))
}

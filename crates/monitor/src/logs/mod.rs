//! Lines of log files of nodes, of the console and of the system, kept for a while and searched.

mod grams;
mod index;
mod line;
mod tail;
mod without;

pub(crate) use index::LogReader;
pub(crate) use tail::Source;

use crate::{Config, Result, Time};
use index::LogIndex;
use std::{collections::BTreeMap, time::Duration};

/// Pieces of one file in one round: a file that grows faster than this is read later, and others are not held up.
const PIECES_MAX: usize = 8;
/// Between two looks for lines that are too old.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// Follows the files and keeps their lines.
pub(crate) struct LogKeeper {
    index: LogIndex,
    sources: Vec<Source>,
    last: BTreeMap<String, (Option<Time>, Option<crate::api::Level>)>,
    retention: Duration,
    lines_max: u64,
    prune_at: Time,
    /// Whether the last round failed: the next one begins from the last commit.
    has_failed: bool,
}

impl LogKeeper {
    pub(crate) fn open(config: &Config) -> Result<Self> {
        let nodes = config.nodes.iter().filter_map(|node| {
            Some(Source {
                node: node.name.clone(),
                path: node.folder.as_ref()?.join("log"),
            })
        });
        let others = config.settings.log_files.iter().map(|file| Source {
            node: file.name.clone(),
            path: file.path.clone(),
        });
        Ok(Self {
            index: LogIndex::open(&config.folder.join("logs"))?,
            sources: nodes.chain(others).collect(),
            last: BTreeMap::new(),
            retention: config.settings.logs_retention(),
            lines_max: config.settings.log_lines_max,
            prune_at: Time::default(),
            has_failed: false,
        })
    }

    pub(crate) fn reader(&self) -> LogReader {
        self.index.reader()
    }

    /// Reads what is new in every file. Gives how many lines were kept. Blocks. After a failure, such as a full disk,
    /// the next round reads again what was not kept.
    pub(crate) fn follow(&mut self, now: Time) -> Result<usize> {
        if self.has_failed {
            self.index.begin_anew()?;
        }
        let outcome = self.round(now);
        self.has_failed = outcome.is_err();
        outcome
    }

    fn round(&mut self, now: Time) -> Result<usize> {
        let mut count = 0;
        let mut moved = false;
        for source in self.sources.clone() {
            for _ in 0..PIECES_MAX {
                let key = source.path.display().to_string();
                let piece = match tail::read(&source, self.index.progress.files.get(&key).copied()) {
                    Ok(Some(piece)) => piece,
                    Ok(None) => break,
                    Err(error) => {
                        tracing::debug!(path = key, %error, "a log file cannot be read");
                        break;
                    }
                };
                count += self.keep(&source, piece.lines, now)?;
                self.index.progress.files.insert(key, piece.position);
                moved = true;
                if !piece.more {
                    break;
                }
            }
        }
        if moved {
            self.index.commit()?;
        }
        if now >= self.prune_at {
            self.prune_at = now.after(PRUNE_EVERY);
            self.index
                .prune(now.before(self.retention), self.lines_max, now)?;
        }
        Ok(count)
    }

    fn keep(&mut self, source: &Source, lines: Vec<line::Line>, now: Time) -> Result<usize> {
        let oldest = now.before(self.retention);
        let last = self.last.entry(source.node.clone()).or_default();
        let mut count = 0;
        for mut line in lines {
            // A line without time or level goes on with what the line before it said.
            if line.time.is_some() {
                *last = (line.time, line.level);
            } else {
                line.time = last.0;
                line.level = line.level.or(last.1);
            }
            if line.time.is_some_and(|time| time < oldest) {
                continue;
            }
            self.index.add(&source.node, &line, now)?;
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Settings, api::LogParameters, config::LogFile};

    #[test]
    fn what_a_failed_round_added_is_read_again_and_kept_once() {
        let folder = std::env::temp_dir().join(format!("civitas-keeper-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("log");
        std::fs::write(&path, "first\nsecond\n").unwrap();
        let config = Config {
            folder: folder.clone(),
            nodes: Vec::new(),
            settings: Settings {
                log_files: vec![LogFile {
                    name: "a".into(),
                    path: path.clone(),
                }],
                ..Settings::default()
            },
        };
        let mut keeper = LogKeeper::open(&config).unwrap();
        let now = Time(1_796_027_400_000);
        assert_eq!(keeper.follow(now).unwrap(), 2);
        // A round that adds lines and cannot commit them.
        std::fs::write(&path, "first\nsecond\nthird\n").unwrap();
        let source = keeper.sources[0].clone();
        let key = path.display().to_string();
        let before = keeper.index.progress.files.get(&key).copied();
        let piece = tail::read(&source, before).unwrap().unwrap();
        keeper.keep(&source, piece.lines, now).unwrap();
        keeper.index.progress.files.insert(key, piece.position);
        keeper.has_failed = true;

        assert_eq!(keeper.follow(now).unwrap(), 1);
        let found = keeper.reader().search(&LogParameters::default()).unwrap();
        let lines: Vec<String> = found.items.into_iter().map(|line| line.message).collect();
        assert_eq!(lines, ["third", "second", "first"]);
        drop(keeper);
        std::fs::remove_dir_all(folder).unwrap();
    }
}

//! How much room is left on the disk of a folder.

use std::{path::Path, time::Duration};

/// Bytes below which a disk counts as full: a node that writes a state or a database a checkpoint needs that much.
const FULL_BYTES: u64 = 256 * MEBIBYTE;
/// Bytes below which a disk is low, however small it is.
const LOW_BYTES: u64 = 2 * GIBIBYTE;
/// A twentieth of the disk below which it is low, unless that is plenty.
const LOW_PART: u64 = 20;
/// Bytes that are plenty, however large the disk is: weeks of a busy ledger.
const PLENTY_BYTES: u64 = 50 * GIBIBYTE;

const MEBIBYTE: u64 = 1 << 20;
const GIBIBYTE: u64 = 1 << 30;

/// How long a file system may take to tell; one over a network may hang.
const ANSWER_WAIT: Duration = Duration::from_secs(3);

/// Room on a disk, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What programs without privileges can still write.
    pub free: u64,
    /// All there is.
    pub total: u64,
}

/// How it is about the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Enough.
    Good,
    /// It should be looked after.
    Low,
    /// Nothing can be relied upon to be written.
    Full,
}

/// The room on the disk of a folder; none if it cannot be told.
pub async fn space(folder: &Path) -> Option<Space> {
    let folder = folder.to_owned();
    let told = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&folder));
    let status = tokio::time::timeout(ANSWER_WAIT, told).await.ok()?.ok()?.ok()?;
    Some(Space {
        free: status.f_bavail.saturating_mul(status.f_frsize),
        total: status.f_blocks.saturating_mul(status.f_frsize),
    })
}

impl Space {
    /// How it is about it.
    pub const fn level(self) -> Level {
        let is_small_part = self.free < self.total / LOW_PART && self.free < PLENTY_BYTES;
        if self.free < FULL_BYTES {
            Level::Full
        } else if self.free < LOW_BYTES || is_small_part {
            Level::Low
        } else {
            Level::Good
        }
    }

    /// In words: `12.3 / 100.0 GiB`.
    pub fn words(self) -> String {
        format!("{} / {} GiB", gibibytes(self.free), gibibytes(self.total))
    }
}

fn gibibytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / GIBIBYTE;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_judged_by_what_can_still_be_written() {
        let check = |free_mebibytes: u64, total_gibibytes: u64, expected: Level| {
            let space = Space {
                free: free_mebibytes * MEBIBYTE,
                total: total_gibibytes * GIBIBYTE,
            };
            assert_eq!(space.level(), expected, "{}", space.words());
        };
        check(255, 4, Level::Full);
        check(256, 4, Level::Low);
        check(3 * 1024, 4, Level::Good);
        check(3 * 1024, 100, Level::Low);
        check(51 * 1024, 10_000, Level::Good);
        let space = Space {
            free: 12_678 * MEBIBYTE,
            total: 100 * GIBIBYTE,
        };
        assert_eq!(space.words(), "12.3 / 100.0 GiB");
    }

    #[tokio::test]
    async fn the_disk_of_a_folder_is_found() {
        let space = space(&std::env::temp_dir()).await.unwrap();
        assert!(space.total >= space.free && space.total > 0);
        assert_eq!(super::space(Path::new("/there/is/no/such/folder")).await, None);
    }
}

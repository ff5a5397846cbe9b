//! How soon a chain is looked at again: as often as its blocks come, and as seldom as the settings allow while none come.
//!
//! A look is one request to an endpoint of the chain. A chain with a block a second is looked at eight times a second, so that news
//! of it waits for an eighth of a block; one that stands still, or has a block every twelve seconds, once in `poll_ms`.

use std::time::{Duration, Instant};

/// Looks at a chain in the time of one of its blocks.
const LOOKS_A_BLOCK: u32 = 8;
/// Time between two looks, at least: what an endpoint on the same machine does not notice.
const LOOK_MIN: Duration = Duration::from_millis(100);
/// Weight of the newest interval in the average is one of so many.
const SMOOTHING: u32 = 4;

/// The pace of a chain, as far as it was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// Newest final height, and when it was seen first.
    last: Option<(u64, Instant)>,
    /// Time of a block, on average.
    block: Option<Duration>,
}

impl Pace {
    /// Remembers the newest final height.
    pub(crate) fn note(&mut self, height: u64, now: Instant) {
        let Some((known, seen)) = self.last else {
            self.last = Some((height, now));
            return;
        };
        if height <= known {
            return;
        }
        let blocks = u32::try_from(height - known).unwrap_or(u32::MAX);
        let newest = now.saturating_duration_since(seen) / blocks;
        self.block = Some(self.block.map_or(newest, |block| {
            (block.saturating_mul(SMOOTHING - 1) + newest) / SMOOTHING
        }));
        self.last = Some((height, now));
    }

    /// Time to the next look, at most `poll`.
    pub(crate) fn next(&self, poll: Duration, now: Instant) -> Duration {
        let (Some(block), Some((_, seen))) = (self.block, self.last) else {
            return poll;
        };
        // A chain that has become slower than it was is looked at less often, too.
        let expected = block.max(now.saturating_duration_since(seen) / 2);
        (expected / LOOKS_A_BLOCK).max(LOOK_MIN).min(poll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLL: Duration = Duration::from_secs(1);

    /// A chain with a block after each of these times, in milliseconds; how soon it is looked at again after a time.
    fn check(blocks: &[u64], then: u64, expected: u64) {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut at = start;
        for (wait, height) in blocks.iter().zip(1..) {
            at += Duration::from_millis(*wait);
            pace.note(height, at);
            pace.note(height, at);
        }
        let found = pace.next(POLL, at + Duration::from_millis(then));
        assert_eq!(found, Duration::from_millis(expected), "{blocks:?}, {then}");
    }

    #[test]
    fn a_chain_is_looked_at_as_often_as_its_blocks_come() {
        check(&[], 0, 1_000);
        check(&[1_000], 0, 1_000);
        check(&[1_000, 2_000, 2_000], 0, 250);
        check(&[10, 10, 10], 0, 100);
        check(&[12_000, 12_000, 12_000], 0, 1_000);
        // It stands still.
        check(&[1_000, 1_000, 1_000], 1_000, 125);
        check(&[1_000, 1_000, 1_000], 8_000, 500);
        check(&[1_000, 1_000, 1_000], 60_000, 1_000);
        // It becomes faster.
        check(&[4_000, 4_000, 2_400], 0, 450);
    }

    #[test]
    fn many_blocks_at_once_are_many_blocks() {
        let start = Instant::now();
        let mut pace = Pace::default();
        pace.note(10, start);
        pace.note(14, start + Duration::from_secs(8));
        assert_eq!(
            pace.next(POLL, start + Duration::from_secs(8)),
            Duration::from_millis(250)
        );
    }
}

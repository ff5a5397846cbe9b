//! Acts that anybody can cause again and again, counted so that a flood of them does not fill the disk.
//!
//! The first of a kind, actor and reason is an entry at once; those that follow within the window are one more, with
//! their number, when it ends. Beyond [`KEYS_MAX`] in a window, the rest of a kind is counted together.

use crate::record::Entry;
use std::collections::BTreeMap;

/// How long acts are counted together: a minute, in milliseconds.
const WINDOW_MS: u64 = 60_000;
/// Actors and reasons that are told apart in a window, at most: 100 records a minute are 70 MB a day at the worst.
const KEYS_MAX: usize = 100;

/// Counts acts of the node.
#[derive(Debug, Default)]
pub struct Tally {
    /// When the window began, in milliseconds since 1970.
    began_ms: u64,
    counts: BTreeMap<(String, String, String), Count>,
    /// By kind: those that are no longer told apart.
    others: BTreeMap<String, Count>,
}

#[derive(Debug)]
struct Count {
    entry: Entry,
    /// Acts that no entry tells of yet.
    untold: u64,
}

impl Tally {
    /// Counts `count` acts. Gives an entry if they are the first ones with this reason in the window.
    pub fn count(&mut self, entry: Entry, reason: &str, count: u64) -> Option<Entry> {
        let key = (entry.kind.clone(), entry.actor.clone(), reason.to_owned());
        let entry = entry.with("reason", reason);
        if let Some(known) = self.counts.get_mut(&key) {
            known.untold = known.untold.saturating_add(count);
            known.entry.time_ms = entry.time_ms;
            return None;
        }
        if self.counts.len() < KEYS_MAX {
            let first = entry.clone().with("count", count);
            self.counts.insert(key, Count { entry, untold: 0 });
            return Some(first);
        }
        let others = self.others.entry(key.0).or_insert_with(|| Count {
            entry: Entry::new(entry.kind.clone(), entry.time_ms)
                .ended(entry.outcome)
                .with("reason", "others: too many to be told apart"),
            untold: 0,
        });
        others.untold = others.untold.saturating_add(count);
        others.entry.time_ms = entry.time_ms;
        None
    }

    /// The entries of the window, if it has ended by `now_ms`.
    pub fn collect(&mut self, now_ms: u64) -> Vec<Entry> {
        // A clock that was set back ends the window, too.
        if now_ms >= self.began_ms && now_ms - self.began_ms < WINDOW_MS {
            return Vec::new();
        }
        self.began_ms = now_ms;
        self.flush()
    }

    /// The entries of the window as far as it goes: before the node stops.
    pub fn flush(&mut self) -> Vec<Entry> {
        let counts = std::mem::take(&mut self.counts).into_values();
        let others = std::mem::take(&mut self.others).into_values();
        let untold = counts.chain(others).filter(|count| count.untold > 0);
        untold
            .map(|count| count.entry.with("count", count.untold))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;

    fn refusal(actor: usize, time_ms: u64) -> Entry {
        Entry::new("door.refused", time_ms)
            .by(actor)
            .ended(Outcome::Refused)
    }

    #[test]
    fn a_flood_is_a_bounded_number_of_records_that_count_everything() {
        let mut tally = Tally::default();
        let start = 1_000_000;
        assert!(tally.collect(start).is_empty());
        let mut written = Vec::new();
        for time in 0..50_000 {
            let actor = usize::try_from(time).unwrap() % 500;
            written.extend(tally.count(refusal(actor, start + time), "frozen", 1));
            written.extend(tally.collect(start + time));
        }
        assert_eq!(written.len(), KEYS_MAX);
        written.extend(tally.collect(start + WINDOW_MS));
        assert_eq!(written.len(), 2 * KEYS_MAX + 1);
        let total: u64 = written
            .iter()
            .map(|entry| entry.details["count"].parse::<u64>().unwrap())
            .sum();
        assert_eq!(total, 50_000);
        assert!(written.iter().all(|entry| entry.outcome == Outcome::Refused));
    }

    #[test]
    fn a_stop_within_the_window_loses_no_count() {
        let mut tally = Tally::default();
        assert!(tally.collect(1_000_000).is_empty());
        assert!(tally.count(refusal(1, 1_000_001), "frozen", 1).is_some());
        assert!(tally.count(refusal(1, 1_000_002), "frozen", 4).is_none());
        assert!(tally.collect(1_000_003).is_empty());
        let counts: Vec<_> = tally
            .flush()
            .into_iter()
            .map(|entry| entry.details["count"].clone())
            .collect();
        assert_eq!(counts, ["4"]);
        assert!(tally.flush().is_empty());
    }

    #[test]
    fn one_act_is_told_at_once_and_once() {
        let mut tally = Tally::default();
        assert!(tally.collect(1_000_000).is_empty());
        let first = tally.count(refusal(1, 1_000_001), "frozen", 3).unwrap();
        assert_eq!(
            (first.details["count"].as_str(), first.details["reason"].as_str()),
            ("3", "frozen")
        );
        assert!(tally.collect(1_000_000 + WINDOW_MS).is_empty());
        assert!(tally.count(refusal(1, 1_060_001), "frozen", 1).is_some());
        assert!(tally.collect(5).is_empty(), "a clock set back loses nothing");
    }
}

//! Who belongs to a partition ledger: who runs it by the registry, who orders its epoch, and, for a while, who ordered
//! the one before.
//!
//! A validator that was voted out leaves when it has executed the last block of its epoch. Who is a little late would
//! never get that block if the others stopped hearing it with their own last block.

use super::links::AUDIENCE_MAX;
use civitas_system_contracts::ledgers::{LedgerRecord, Role};
use civitas_types::{NodeKey, OrderingEngine};
use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

/// How long those who ordered an earlier epoch are served: as long as a node takes to start again and catch up. Not for
/// ever, since a ledger is for its members.
const GRACE: Duration = Duration::from_secs(300);
/// Sets that are remembered, at most: epochs can be short.
const PAST_MAX: usize = 8;

/// Who ordered the epochs of a ledger lately, as its newest blocks told.
#[derive(Debug, Default)]
pub(super) struct Orderers {
    newest: BTreeSet<NodeKey>,
    /// With when they ended.
    past: Vec<(BTreeSet<NodeKey>, SystemTime)>,
}

impl Orderers {
    /// Takes in who orders now.
    pub(super) fn see(&mut self, ordering: &BTreeSet<NodeKey>, now: SystemTime) {
        self.past
            .retain(|(_, ended)| now.duration_since(*ended).unwrap_or_default() < GRACE);
        if self.newest == *ordering {
            return;
        }
        let before = std::mem::replace(&mut self.newest, ordering.clone());
        self.past.push((before, now));
        if self.past.len() > PAST_MAX {
            self.past.remove(0);
        }
    }

    /// All of them.
    pub(super) fn keys(&self) -> impl Iterator<Item = NodeKey> {
        let past = self.past.iter().flat_map(|(keys, _)| keys);
        self.newest.iter().chain(past).copied()
    }
}

/// Whether a node with this key runs the ledger. A solo ledger has no network: its validator alone has it.
pub(super) fn is_runner(record: &LedgerRecord, key: &NodeKey) -> bool {
    let member = record.members.iter().find(|member| member.key == *key);
    member.is_some_and(|member| match record.parameters.ordering {
        OrderingEngine::Solo => member.role == Role::Validator,
        OrderingEngine::Simplex => {
            matches!(member.role, Role::Validator | Role::Observer | Role::Standby)
        }
    })
}

/// Who gets the messages of the ledger, and is heard: as many as the links take, the members first.
pub(super) fn of(record: &LedgerRecord, orderers: impl IntoIterator<Item = NodeKey>) -> Vec<NodeKey> {
    let members = record.members.iter().map(|member| member.key);
    let mut known = BTreeSet::new();
    let runners = members.filter(|key| is_runner(record, key));
    runners
        .chain(orderers)
        .filter(|key| known.insert(*key))
        .take(AUDIENCE_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(bytes: &[u8]) -> BTreeSet<NodeKey> {
        bytes.iter().map(|byte| NodeKey::repeat_byte(*byte)).collect()
    }

    fn keys(orderers: &Orderers) -> BTreeSet<NodeKey> {
        orderers.keys().collect()
    }

    #[test]
    fn who_was_voted_out_is_served_for_a_while() {
        let start = SystemTime::UNIX_EPOCH;
        let mut orderers = Orderers::default();
        orderers.see(&set(&[1, 2, 3]), start);
        orderers.see(&set(&[1, 2, 4]), start + GRACE / 2);
        assert_eq!(keys(&orderers), set(&[1, 2, 3, 4]));
        orderers.see(&set(&[1, 2, 4]), start + GRACE);
        assert_eq!(keys(&orderers), set(&[1, 2, 3, 4]));
        orderers.see(&set(&[1, 2, 4]), start + GRACE * 2);
        assert_eq!(keys(&orderers), set(&[1, 2, 4]));
    }

    #[test]
    fn a_ledger_whose_sets_change_all_the_time_remembers_few() {
        let mut orderers = Orderers::default();
        for byte in 1..100 {
            orderers.see(&set(&[byte]), SystemTime::UNIX_EPOCH);
        }
        assert_eq!(keys(&orderers).len(), PAST_MAX + 1);
    }
}

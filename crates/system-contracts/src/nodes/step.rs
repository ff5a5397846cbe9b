//! How one validator set may follow another. Pure.
//!
//! A set of `n` validators stops when more than `f = (n - 1) / 3` of them are away, rounded down. One step lets at
//! most `f` members leave and at most `f` join (one in all where `f` is zero):
//! - A quorum of the old set, `n - f`, stays, so that the state of the boundary is with the new set.
//! - If every newcomer were dead, the new set would still work: with `l <= f` leaving and `j <= f` joining, the new
//!   `f` is at least `(n - 1 - l + j) / 3 >= (2 f + j) / 3 >= j`. Newcomers have proved that they had caught up, but
//!   nothing says that they still run.
//! - Fewer than four validators bear no loss at all; there a step is a single change, and joining comes before
//!   leaving, since a larger set bears more.
//!
//! The rest waits for the next epoch; every step comes closer to what is wanted, so that it is reached.

use alloy_primitives::B256;
use std::collections::BTreeSet;

/// Validators that may be away while a set of `members` goes on.
pub const fn faults_max(members: usize) -> usize {
    members.saturating_sub(1) / 3
}

/// Validators that may leave, and that may join, in one step from a set of `members`.
pub const fn changes_max(members: usize) -> usize {
    let faults = faults_max(members);
    if faults == 0 { 1 } else { faults }
}

/// The set after `current` on the way to `wanted`. Members in `cut` have no links any more and leave first, the
/// others by key. An empty `wanted` changes nothing: a ledger is never without validators.
pub fn next_set(current: &BTreeSet<B256>, wanted: &BTreeSet<B256>, cut: &BTreeSet<B256>) -> BTreeSet<B256> {
    if wanted.is_empty() {
        return current.clone();
    }
    let mut leaving: Vec<B256> = current.difference(wanted).copied().collect();
    // Stable: by key within both parts.
    leaving.sort_by_key(|key| !cut.contains(key));
    let mut joining: Vec<B256> = wanted.difference(current).copied().collect();
    if faults_max(current.len()) == 0 {
        if joining.is_empty() {
            leaving.truncate(1);
        } else {
            joining.truncate(1);
            leaving.clear();
        }
    } else {
        leaving.truncate(changes_max(current.len()));
        joining.truncate(changes_max(current.len()));
    }
    let mut next = current.clone();
    for key in &leaving {
        next.remove(key);
    }
    next.extend(joining);
    next
}

/// Whether `next` may follow `current`: the rule of this module as a predicate.
pub fn is_safe(current: &BTreeSet<B256>, next: &BTreeSet<B256>) -> bool {
    let left = current.difference(next).count();
    let joined = next.difference(current).count();
    let faults = faults_max(current.len());
    if next.is_empty() {
        return false;
    }
    if faults == 0 {
        return left + joined <= 1;
    }
    left <= faults && joined <= faults && joined <= faults_max(next.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(keys: &[u8]) -> BTreeSet<B256> {
        keys.iter().map(|key| B256::repeat_byte(*key)).collect()
    }

    #[test]
    fn a_step_is_as_large_as_the_quorum_bears() {
        let check = |current: &[u8], wanted: &[u8], cut: &[u8], expected: &[u8]| {
            let next = next_set(&set(current), &set(wanted), &set(cut));
            assert_eq!(
                next,
                set(expected),
                "from {current:?} to {wanted:?} with {cut:?} cut"
            );
            assert!(next == set(current) || is_safe(&set(current), &next));
        };
        check(&[1], &[1], &[], &[1]);
        check(&[1], &[], &[], &[1]);
        check(&[1], &[2], &[], &[1, 2]);
        check(&[1, 2], &[2], &[], &[2]);
        check(&[1, 2, 3], &[2, 3, 4], &[], &[1, 2, 3, 4]);
        check(&[1, 2, 3, 4], &[2, 3, 4], &[], &[2, 3, 4]);
        check(&[1, 2, 3, 4], &[3, 4], &[], &[2, 3, 4]);
        check(&[1, 2, 3, 4], &[1, 2], &[4], &[1, 2, 3]);
        check(&[1, 2, 3, 4], &[3, 4, 5, 6], &[2], &[1, 3, 4, 5]);
        check(
            &[1, 2, 3, 4, 5, 6, 7],
            &[11, 12, 13, 14],
            &[7],
            &[2, 3, 4, 5, 6, 11, 12],
        );
    }

    #[test]
    fn unsafe_steps_are_told_from_safe_ones() {
        assert!(!is_safe(&set(&[1]), &set(&[])));
        assert!(!is_safe(&set(&[1]), &set(&[2])));
        assert!(!is_safe(&set(&[1, 2, 3]), &set(&[1, 2, 4])));
        assert!(!is_safe(&set(&[1, 2, 3, 4]), &set(&[1, 2])));
        assert!(!is_safe(&set(&[1, 2, 3, 4]), &set(&[1, 2, 3, 4, 5, 6])));
        assert!(is_safe(&set(&[1, 2, 3, 4]), &set(&[1, 2, 3, 5])));
    }
}

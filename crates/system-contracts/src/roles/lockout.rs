//! Whether the city can still decide: representatives who can bring any proposal through.
//!
//! A proposal is made by one representative and needs approvals of distinct organisations, given by other
//! persons than the proposer's. So there must be a person who represents a voting organisation, besides whom
//! enough voting organisations have a representative. Only grants without expiry count: the others end
//! without a transaction that could be refused.

use super::{REPRESENTATIVES_MAX, abi, builtin, live, person, standing::Held, storage};
use crate::{
    fault::{Fault, refuse},
    governance,
    host::Host,
    organisations,
};
use alloy_primitives::B256;
use std::collections::{BTreeMap, BTreeSet};

/// The person behind a grant by which an organisation can always speak in Governance.
fn representative(host: &mut dyn Host, held: &Held) -> Result<Option<B256>, Fault> {
    if held.role != builtin::REPRESENTATIVE || held.terms.expiry != 0 || !held.is_in_force(host)? {
        return Ok(None);
    }
    let Some(organisation) = held.scope.about() else {
        return Ok(None);
    };
    let subject = held.subject(host)?;
    let person = person::of(host, subject)?;
    let counts = organisations::votes(host, organisation)?
        && person::is_usable(host, person)?
        && person::account_is_active(host, subject)?;
    Ok(counts.then_some(person))
}

/// Whether the city can lose its ability to decide with this grant.
pub(super) fn counts(host: &mut dyn Host, held: &Held) -> Result<bool, Fault> {
    Ok(representative(host, held)?.is_some())
}

/// Refuses a state in which some kind of proposal could no longer pass, for want of representatives.
///
/// # Errors
/// `WouldLockOut`, and what the host gives.
pub fn require_votes_possible(host: &mut dyn Host) -> Result<(), Fault> {
    let (possible, needed) = approvals(host)?;
    if possible >= needed {
        return Ok(());
    }
    let reason = format!(
        "proposals need up to {needed} approvals, representatives of {possible} organisations \
         would be left to give them beside a proposer"
    );
    refuse(abi::WouldLockOut { reason })
}

/// Whether proposals of every kind can pass: what [`require_votes_possible`] asks for.
///
/// # Errors
/// What the host gives.
pub fn votes_possible(host: &mut dyn Host) -> Result<bool, Fault> {
    let (possible, needed) = approvals(host)?;
    Ok(possible >= needed)
}

/// Whether a person, given by one of its subjects (an account or an identity), speaks for an organisation that is
/// active, now or once its identity is active again: whose loss makes [`require_votes_possible`] worth asking.
///
/// # Errors
/// What the host gives.
pub fn speaks(host: &mut dyn Host, subject: B256) -> Result<bool, Fault> {
    for subject in person::all_subjects(host, subject)? {
        for id in live(host, subject)? {
            let held = Held::read(host, id)?;
            if held.role == builtin::REPRESENTATIVE && held.is_in_force(host)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The approvals that representatives can give to a proposal of one of them, and the most that a proposal needs.
fn approvals(host: &mut dyn Host) -> Result<(u64, u64), Fault> {
    let needed = governance::approvals_needed_max(host)?;
    let holders = storage().definitions().of(&builtin::REPRESENTATIVE).holders();
    let mut persons: BTreeMap<B256, BTreeSet<B256>> = BTreeMap::new();
    for id in holders.members(host, 0, REPRESENTATIVES_MAX)? {
        let held = Held::read(host, id)?;
        if let Some(person) = representative(host, &held)? {
            persons.entry(held.scope.value).or_default().insert(person);
        }
    }
    Ok((approvals_possible(&persons), needed))
}

/// The most organisations that can approve what one of the persons has proposed.
fn approvals_possible(persons: &BTreeMap<B256, BTreeSet<B256>>) -> u64 {
    // An organisation is lost to the proposal of its only representative.
    let mut lost: BTreeMap<B256, u64> = BTreeMap::new();
    for representatives in persons.values() {
        for person in representatives {
            *lost.entry(*person).or_default() += u64::from(representatives.len() == 1);
        }
    }
    let organisations = u64::try_from(persons.len()).unwrap_or(u64::MAX);
    lost.values()
        .min()
        .map_or(0, |least| organisations.saturating_sub(*least))
}

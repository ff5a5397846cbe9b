//! Persons: which accounts and identities are one and the same, as far as roles are concerned.
//!
//! A person is an identity with all accounts bound to it, or an account that is bound to none. Rules about
//! persons (no self-granting, separation of duties, proposer and voter) would be empty if they were about
//! accounts.

use super::{PERSON_ACCOUNTS_MAX, grants, live, standing::Held, storage, subject_of};
use crate::{
    control,
    fault::{Fault, invalid},
    host::Host,
    identities::{self, identity_of},
};
use alloy_primitives::{Address, B256};

/// Whether two accounts belong to one person: they are equal, or bound to one identity.
///
/// # Errors
/// What the host gives.
pub fn same_person(host: &mut dyn Host, one: Address, other: Address) -> Result<bool, Fault> {
    if one == other {
        return Ok(true);
    }
    Ok(of(host, subject_of(one))? == of(host, subject_of(other))?)
}

/// The account that a subject is; an identity's id does not begin with twelve zero bytes.
fn account_of(subject: B256) -> Option<Address> {
    let (padding, _) = subject.split_first_chunk::<12>()?;
    (*padding == [0; 12]).then(|| Address::from_word(subject))
}

/// The person behind a subject: the identity that an account is bound to, or the subject itself.
pub(super) fn of(host: &mut dyn Host, subject: B256) -> Result<B256, Fault> {
    let Some(account) = account_of(subject) else {
        return Ok(subject);
    };
    let identity = identity_of(host, account)?;
    Ok(if identity.is_zero() { subject } else { identity })
}

/// Whether a person can act: it is an account, or an identity that is active.
pub(super) fn is_usable(host: &mut dyn Host, person: B256) -> Result<bool, Fault> {
    Ok(account_of(person).is_some() || identity_is_active(host, person)?)
}

/// Whether a subject is no account that Control has frozen or cancelled. A freeze that lapses counts too: an officer
/// could repeat it for ever.
pub(super) fn account_is_active(host: &mut dyn Host, subject: B256) -> Result<bool, Fault> {
    match account_of(subject) {
        Some(account) => control::may_act(host, account),
        None => Ok(true),
    }
}

/// The subjects whose grants an account holds: itself and its identity; none while the identity is not
/// active.
pub(super) fn subjects_of(host: &mut dyn Host, account: Address) -> Result<Vec<B256>, Fault> {
    let own = subject_of(account);
    let person = of(host, own)?;
    if person == own {
        return Ok(vec![own]);
    }
    Ok(if identity_is_active(host, person)? {
        vec![own, person]
    } else {
        Vec::new()
    })
}

/// All subjects that are one person with `subject` and have grants.
pub(super) fn all_subjects(host: &mut dyn Host, subject: B256) -> Result<Vec<B256>, Fault> {
    let person = of(host, subject)?;
    let mut subjects = vec![subject];
    if person != subject {
        subjects.push(person);
    }
    if account_of(person).is_some() {
        return Ok(subjects);
    }
    let known = storage().persons().of(&person);
    for account in known.members(host, 0, PERSON_ACCOUNTS_MAX)? {
        if of(host, account)? == person && account != subject {
            subjects.push(account);
        }
    }
    Ok(subjects)
}

/// Remembers that an account of an identity has grants.
pub(super) fn remember(host: &mut dyn Host, account: B256, identity: B256) -> Result<(), Fault> {
    if account_of(identity).is_some() || account_of(account).is_none() {
        return Ok(());
    }
    let known = storage().persons().of(&identity);
    if known.contains(host, account)? {
        return Ok(());
    }
    if known.length(host)? >= PERSON_ACCOUNTS_MAX {
        for other in known.members(host, 0, PERSON_ACCOUNTS_MAX)? {
            if of(host, other)? != identity {
                known.remove(host, other)?;
            }
        }
    }
    if known.length(host)? >= PERSON_ACCOUNTS_MAX {
        return Err(invalid(
            "subject",
            "an identity has grants on at most 64 accounts",
        ));
    }
    known.insert(host, account)?;
    Ok(())
}

/// Refuses to make an account part of an identity that together would hold roles that exclude each other. To
/// be called before an account is bound.
///
/// # Errors
/// `SeparationOfDuties`, and what the host gives.
pub fn require_separable(host: &mut dyn Host, account: Address, identity: B256) -> Result<(), Fault> {
    let subject = subject_of(account);
    for id in live(host, subject)? {
        let held = Held::read(host, id)?;
        if held.is_valid(host)? {
            grants::check_duties(host, held.role, identity)?;
        }
    }
    remember(host, subject, identity)
}

fn identity_is_active(host: &mut dyn Host, identity: B256) -> Result<bool, Fault> {
    Ok(identities::status(host, identity)? == identities::Status::Active)
}

//! Roles: definitions, grants, and the questions about them.

use crate::{fault::Fault, host::Host};
use alloy_primitives::{Address, B256};

/// Whether `account` may speak for `organisation`.
///
/// # Errors
/// What the host gives.
pub fn represents(_host: &mut dyn Host, _account: Address, _organisation: B256) -> Result<bool, Fault> {
    Ok(false)
}

/// Whether two accounts belong to one person: they are equal, or bound to one identity.
///
/// # Errors
/// What the host gives.
pub fn same_person(_host: &mut dyn Host, one: Address, other: Address) -> Result<bool, Fault> {
    Ok(one == other)
}

/// Refuses a state in which proposals could no longer come to a decision.
///
/// # Errors
/// `WouldLockOut`, and what the host gives.
pub fn require_votes_possible(_host: &mut dyn Host) -> Result<(), Fault> {
    Ok(())
}

/// Whether a role permits `account` to do `action` with a function of `target`.
///
/// # Errors
/// What the host gives.
pub fn allowed(_host: &mut dyn Host, _account: Address, _permission: &Permission) -> Result<bool, Fault> {
    Ok(false)
}

/// What a role can permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Calling a function of a contract.
    Call,
    /// Creating contracts.
    Deploy,
    /// Taking part in a ledger.
    Join,
    /// Reading data.
    Read,
    /// Administering nodes.
    Administer,
}

/// A permission that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// What is done.
    pub action: Action,
    /// With which contract; zero for none.
    pub target: Address,
    /// With which function; zero for none.
    pub selector: [u8; 4],
}

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

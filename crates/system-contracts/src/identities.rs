//! Identities and the accounts bound to them.

use crate::{fault::Fault, host::Host};
use alloy_primitives::{Address, B256};

/// The identity that an account of this ledger is bound to, zero if there is none.
///
/// # Errors
/// What the host gives.
pub fn identity_of(_host: &mut dyn Host, _account: Address) -> Result<B256, Fault> {
    Ok(B256::ZERO)
}

/// Whether an identity exists and is neither frozen nor cancelled.
///
/// # Errors
/// What the host gives.
pub fn is_active(_host: &mut dyn Host, _identity: B256) -> Result<bool, Fault> {
    Ok(false)
}

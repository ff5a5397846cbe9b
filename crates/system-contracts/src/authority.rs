//! The one question that every system contract asks before it changes something: may this caller?

use crate::{
    address,
    fault::{Fault, unauthorized},
    host::Host,
    roles::{self, Act, Action},
};
use alloy_primitives::{Address, B256};

/// What a caller wants to do, with all that a scope can be about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub caller: Address,
    /// The contract.
    pub contract: Address,
    /// The function.
    pub selector: [u8; 4],
    /// The organisation that it is about, zero if it is about none.
    pub organisation: B256,
}

/// Passes what governance executes and what a role of the caller permits; refuses everything else.
///
/// # Errors
/// `Unauthorized`, and what the host gives.
pub fn require(host: &mut dyn Host, request: &Request) -> Result<(), Fault> {
    if request.caller == address::GOVERNANCE || permitted(host, request)? {
        return Ok(());
    }
    Err(unauthorized(request.caller, request.selector))
}

/// Passes only what governance executes after a vote.
///
/// # Errors
/// `Unauthorized`.
pub fn require_governance(caller: Address, selector: [u8; 4]) -> Result<(), Fault> {
    if caller == address::GOVERNANCE {
        return Ok(());
    }
    Err(unauthorized(caller, selector))
}

/// Whether a role of the caller permits the request.
fn permitted(host: &mut dyn Host, request: &Request) -> Result<bool, Fault> {
    let act = Act {
        organisation: request.organisation,
        ..Act::of(Action::Call, request.contract, request.selector)
    };
    roles::allowed(host, request.caller, &act)
}

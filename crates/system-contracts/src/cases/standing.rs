//! What the main ledger isolates: by the last approved command of a target, and by its own registries.

use super::{Action, MAIN_LEDGER, commands, storage};
use crate::{
    chains, control,
    fault::Fault,
    host::{Host, gas},
    identities, ledgers,
    storage::Value,
};
use alloy_primitives::{Address, B256, keccak256};

/// What an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Chain,
    Contract,
    Account,
    Identity,
}

pub(super) const fn kind_of(action: Action) -> Kind {
    match action {
        Action::FreezeContract | Action::LiftContract => Kind::Contract,
        Action::FreezeAccount | Action::LiftAccount => Kind::Account,
        Action::FreezeIdentity | Action::LiftIdentity => Kind::Identity,
        Action::FreezeChain | Action::LiftChain | Action::__Invalid => Kind::Chain,
    }
}

pub(super) const fn is_freeze(action: Action) -> bool {
    matches!(
        action,
        Action::FreezeChain | Action::FreezeContract | Action::FreezeAccount | Action::FreezeIdentity
    )
}

/// Where the last approved command of a target stands: by the hash of chain (32 bytes), kind (one byte) and target.
pub(super) fn of(host: &mut dyn Host, chain: B256, kind: Kind, target: &[u8]) -> Result<Value<u64>, Fault> {
    let number: u8 = match kind {
        Kind::Chain => 0,
        Kind::Contract => 1,
        Kind::Account => 2,
        Kind::Identity => 3,
    };
    let key = [chain.as_slice(), &[number], target].concat();
    let words = u64::try_from(key.len().div_ceil(32)).unwrap_or(u64::MAX);
    host.charge(gas::HASH + gas::HASH_WORD.saturating_mul(words))?;
    Ok(storage().standings().of(&keccak256(key)))
}

/// The command by which a target is frozen, zero if it is not.
pub(super) fn frozen_by(host: &mut dyn Host, chain: B256, kind: Kind, target: &[u8]) -> Result<u64, Fault> {
    let last = of(host, chain, kind, target)?.get(host)?;
    if last == 0 {
        return Ok(0);
    }
    let action = commands::known(host, last)?.action().get(host)?;
    let freezes = Action::try_from(action).is_ok_and(is_freeze);
    Ok(if freezes { last } else { 0 })
}

/// Whether a command has frozen the identity that an account on another chain is bound to.
pub(super) fn is_of_frozen_identity(host: &mut dyn Host, chain: B256, account: &[u8]) -> Result<bool, Fault> {
    let caip2 = chains::caip2(host, chain)?;
    let identity = identities::identity_on_chain(host, &caip2, account)?;
    Ok(!identity.is_zero() && frozen_by(host, MAIN_LEDGER, Kind::Identity, identity.as_slice())? != 0)
}

/// Whether the main ledger isolates `target` on a chain: nothing of it passes. The main ledger is the chain of id zero;
/// an empty target asks for the chain itself. An account is isolated where its chain or its identity is. On a partition ledger
/// accounts are those of the main ledger.
///
/// # Errors
/// `ChainUnknown` of a chain that was never registered, and what the host gives.
pub fn isolated(host: &mut dyn Host, chain: B256, target: &[u8]) -> Result<bool, Fault> {
    if chain != MAIN_LEDGER {
        let status = chains::status_of(host, chain)?;
        if status == chains::Status::None {
            let Some((_, status)) = ledgers::of_chain(host, chain)? else {
                return commands::require_chain(host, chain).map(|()| false);
            };
            let stands = status != ledgers::Status::Active;
            return Ok(stands || (!target.is_empty() && isolated(host, MAIN_LEDGER, target)?));
        }
        let closed = matches!(status, chains::Status::Frozen | chains::Status::Cancelled);
        if closed || frozen_by(host, chain, Kind::Chain, &[])? != 0 {
            return Ok(true);
        }
    }
    if target.is_empty() {
        return Ok(false);
    }
    for kind in [Kind::Account, Kind::Contract] {
        if frozen_by(host, chain, kind, target)? != 0 {
            return Ok(true);
        }
    }
    let identity = if chain == MAIN_LEDGER {
        let Ok(account) = Address::try_from(target) else {
            return Ok(false);
        };
        let closed = control::current(host, &control::storage().contracts().of(&account))? != 0;
        if closed || !control::may_act(host, account)? {
            return Ok(true);
        }
        identities::identity_of(host, account)?
    } else {
        let caip2 = chains::caip2(host, chain)?;
        identities::identity_on_chain(host, &caip2, target)?
    };
    Ok(!identity.is_zero()
        && (frozen_by(host, MAIN_LEDGER, Kind::Identity, identity.as_slice())? != 0
            || identities::status(host, identity)? != identities::Status::Active))
}

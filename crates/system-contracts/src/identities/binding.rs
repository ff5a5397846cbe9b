//! Accounts of any chain, bound to an identity by a proof of both sides.
//!
//! The account signs a text that names the identity, this ledger, a nonce and an end; the identity agrees by
//! the call of a controller or by the signature of one of its keys. Invariants: an account has one identity
//! at most; a proof counts once, here, before its end.

use super::{
    ACCOUNTS_MAX, AccountProof, BINDINGS_MAX, Binding, Bound, IdentityProof, KeyType,
    PROOF_AHEAD_SECONDS_MAX, PROOF_SECONDS_MAX, PURPOSE_AUTHENTICATION, Record, Status, abi, bump, controls,
    document,
    keys::{self, Key},
    message::{self, AccountId},
    require_role, require_usable, storage,
};
use crate::{
    address::IDENTITIES as ADDRESS,
    control,
    fault::{Fault, invalid, refuse},
    host::Host,
    registry::{Call, emit},
    roles,
};
use alloy_primitives::{Address, B256};

fn bound(account: &AccountId) -> Bound {
    storage().bound().of(&account.hash())
}

/// Writes whose an account of this ledger is. The city must be able to vote after it as before: a binding can make
/// two representatives one person.
fn set_local(host: &mut dyn Host, address: Address, id: B256) -> Result<(), Fault> {
    let matters = roles::speaks(host, address.into_word())? && roles::votes_possible(host)?;
    storage().local().of(&address).set(host, id)?;
    control::subject_changed(host)?;
    if matters {
        roles::require_votes_possible(host)?;
    }
    Ok(())
}

/// The identity of an account of any chain, zero if it has none.
pub(super) fn identity_of_account(host: &mut dyn Host, account: &str) -> Result<B256, Fault> {
    let account = AccountId::require(account)?;
    bound(&account).identity().get(host)
}

/// The identity of an account on the chain of a CAIP-2 name, by the account's bytes; zero if it has none, or if accounts
/// of such a chain cannot be bound.
pub(crate) fn identity_on_chain(host: &mut dyn Host, caip2: &str, account: &[u8]) -> Result<B256, Fault> {
    let address = match Address::try_from(account) {
        Ok(address) => address.to_checksum(None),
        Err(_) => keys::base58(account),
    };
    match AccountId::parse(&format!("{caip2}:{address}")) {
        Some(account) => bound(&account).identity().get(host),
        None => Ok(B256::ZERO),
    }
}

/// Every account that an identity ever had, in the order of its bindings, and whether that binding stands.
pub(crate) fn accounts_ever(host: &mut dyn Host, id: B256) -> Result<Vec<(AccountId, bool)>, Fault> {
    let entries = super::known(host, id)?.accounts();
    let mut found = Vec::new();
    for index in 0..entries.length(host)?.min(BINDINGS_MAX) {
        let entry = entries.element(index);
        let text = entry.account().text(host)?;
        let stands = entry.until().get(host)? == 0;
        found.extend(AccountId::parse(&text).map(|account| (account, stands)));
    }
    Ok(found)
}

/// Binds an account. Open to everybody who brings both sides' signatures; without the identity's, to its
/// controllers.
pub(super) fn bind(host: &mut dyn Host, caller: Address, request: &abi::bindCall) -> Result<(), Fault> {
    let binding = &request.binding;
    let id = binding.id;
    let account = AccountId::require(&binding.account)?;
    check_times(host, binding)?;
    let record = super::active(host, id)?;
    require_usable(host, caller)?;
    let holder = bound(&account).identity().get(host)?;
    if !holder.is_zero() {
        return refuse(abi::AccountAlreadyBound {
            account: account.text(),
            id: holder,
        });
    }
    use_nonce(host, &record, binding)?;
    require_consent(host, &record, caller, request)?;
    let text = message::account_message(binding)?;
    keys::require_account(host, &account, &text, &request.accountProof)?;
    write(host, &record, id, &account)
}

fn check_times(host: &mut dyn Host, binding: &Binding) -> Result<(), Fault> {
    let block = host.block();
    if binding.ledger != block.chain_id {
        return refuse(abi::OtherLedger {
            ledgerExpected: block.chain_id,
            ledgerGiven: binding.ledger,
        });
    }
    let now = block.timestamp;
    if binding.expiresAt <= now {
        return refuse(abi::ProofExpired {
            expiresAt: binding.expiresAt,
            blockTime: now,
        });
    }
    if binding.issuedAt > now.saturating_add(PROOF_AHEAD_SECONDS_MAX) {
        return refuse(abi::ProofNotYetValid {
            issuedAt: binding.issuedAt,
            blockTime: now,
        });
    }
    if binding.expiresAt > binding.issuedAt.saturating_add(PROOF_SECONDS_MAX) {
        return Err(invalid("expiresAt", "at most a day after issuedAt"));
    }
    Ok(())
}

/// Takes the nonce of a proof; a call that fails later gives it back.
fn use_nonce(host: &mut dyn Host, record: &Record, binding: &Binding) -> Result<(), Fault> {
    let expected = record.nonce().get(host)?;
    if binding.nonce != expected {
        return refuse(abi::ProofReplayed {
            id: binding.id,
            nonceExpected: expected,
            nonceGiven: binding.nonce,
        });
    }
    record.nonce().set(host, expected + 1)
}

/// Refuses a binding that the identity did not agree to.
fn require_consent(
    host: &mut dyn Host,
    record: &Record,
    caller: Address,
    request: &abi::bindCall,
) -> Result<(), Fault> {
    let id = request.binding.id;
    let IdentityProof { fragment, signature } = &request.identityProof;
    if fragment.is_empty() {
        if controls(host, record, caller)? {
            return Ok(());
        }
        return refuse(abi::NotAController { id, caller });
    }
    let method = document::method_record(host, record, id, fragment)?;
    let now = host.block().timestamp;
    let valid = document::valid_at(host, &method, now)?;
    if !valid || method.purposes().get(host)? & PURPOSE_AUTHENTICATION == 0 {
        return refuse(abi::MethodNotValid {
            id,
            fragment: fragment.clone(),
        });
    }
    let key = Key {
        key_type: KeyType::try_from(method.key_type().get(host)?).unwrap_or(KeyType::None),
        bytes: &method.key().get(host)?,
    };
    let text = message::consent_message(&request.binding)?;
    if keys::verify(host, &key, &text, signature)? {
        return Ok(());
    }
    refuse(abi::ConsentForged {
        id,
        fragment: fragment.clone(),
    })
}

fn write(host: &mut dyn Host, record: &Record, id: B256, account: &AccountId) -> Result<(), Fault> {
    let count = record.accounts_bound().get(host)?;
    let (position, entry) = record.accounts().append(host)?;
    if count >= ACCOUNTS_MAX || position >= BINDINGS_MAX {
        return Err(invalid(
            "account",
            "an identity has at most 32 accounts, 256 over time",
        ));
    }
    record.accounts_bound().set(host, count + 1)?;
    let block = host.block();
    entry.account().set(host, account.text().as_bytes())?;
    entry.since().set(host, block.timestamp)?;
    let place = bound(account);
    place.identity().set(host, id)?;
    place.position().set(host, position)?;
    if let Some(address) = account.local(block.chain_id) {
        roles::require_separable(host, address, id)?;
        set_local(host, address, id)?;
    }
    bump(host, record)?;
    let event = abi::AccountBound {
        id,
        accountHash: account.hash(),
        account: account.text(),
    };
    emit(host, ADDRESS, &event)
}

/// The identity of a bound account.
fn holder(host: &mut dyn Host, account: &AccountId) -> Result<B256, Fault> {
    let id = bound(account).identity().get(host)?;
    if id.is_zero() {
        return refuse(abi::AccountNotBound {
            account: account.text(),
        });
    }
    Ok(id)
}

/// Unbinds an account: its owner and its identity while that is active, a role always. So nobody slips out of
/// a freeze, and an account can be freed from an identity that has ended.
pub(super) fn unbind(host: &mut dyn Host, call: &Call<'_>, account: &str) -> Result<(), Fault> {
    let account = AccountId::require(account)?;
    let id = holder(host, &account)?;
    let record = storage().records().of(&id);
    require_usable_unless_own(host, call.caller, id)?;
    let own = account.local(host.block().chain_id) == Some(call.caller);
    let door = own || controls(host, &record, call.caller)?;
    if !door || super::status(host, id)? != Status::Active {
        match require_role(host, call, &record) {
            // Who holds no role learns that the identity is frozen or cancelled.
            Err(Fault::Refused(_)) if door => return super::active(host, id).map(|_| ()),
            answer => answer?,
        }
    }
    erase(host, id, &account, call.caller)
}

/// Refuses a caller whose identity is not active, unless it is the one that the call is about: then the
/// status of that one decides.
fn require_usable_unless_own(host: &mut dyn Host, caller: Address, id: B256) -> Result<(), Fault> {
    if super::identity_of(host, caller)? == id {
        return Ok(());
    }
    require_usable(host, caller)
}

/// Unbinds an account by its own signature. Open to everybody.
pub(super) fn release(host: &mut dyn Host, caller: Address, request: &abi::releaseCall) -> Result<(), Fault> {
    let binding = &request.binding;
    let account = AccountId::require(&binding.account)?;
    check_times(host, binding)?;
    let id = holder(host, &account)?;
    if id != binding.id {
        return refuse(abi::AccountAlreadyBound {
            account: account.text(),
            id,
        });
    }
    let record = super::active(host, id)?;
    use_nonce(host, &record, binding)?;
    let text = message::release_message(binding)?;
    let proof: &AccountProof = &request.accountProof;
    keys::require_account(host, &account, &text, proof)?;
    erase(host, id, &account, caller)
}

fn erase(host: &mut dyn Host, id: B256, account: &AccountId, by: Address) -> Result<(), Fault> {
    let record = storage().records().of(&id);
    let place = bound(account);
    let position = place.position().get(host)?;
    let block = host.block();
    record
        .accounts()
        .element(position)
        .until()
        .set(host, block.timestamp)?;
    let count = record.accounts_bound().get(host)?;
    record.accounts_bound().set(host, count.saturating_sub(1))?;
    place.identity().set(host, B256::ZERO)?;
    place.position().set(host, 0)?;
    if let Some(address) = account.local(block.chain_id) {
        set_local(host, address, B256::ZERO)?;
    }
    bump(host, &record)?;
    let event = abi::AccountUnbound {
        id,
        accountHash: account.hash(),
        account: account.text(),
        by,
    };
    emit(host, ADDRESS, &event)
}

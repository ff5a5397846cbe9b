//! What an approval does to the main ledger at once, and to the accounts of an identity.
//!
//! Calls of other contracts are made in the name of who approves: this contract gives nobody a power that he does not
//! have. What is frozen already stays as it is, so that a command can take over what was done in haste.

use super::{
    Action, Command, Level, MAIN_LEDGER, OPEN_MAX, attestation, commands,
    commands::Branch,
    standing::{self, Kind, frozen_by, is_of_frozen_identity, kind_of},
    storage,
};
use crate::{
    Call,
    address::{CHAINS, CONTROL, IDENTITIES, LEDGERS},
    chains, control,
    fault::Fault,
    host::Host,
    identities::{self, message::Namespace},
    interfaces::{IChains, IControl, IIdentities, ILedgers},
    ledgers, run,
};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use std::collections::BTreeSet;

/// Carries out what the main ledger does by itself.
pub(super) fn act(host: &mut dyn Host, caller: Address, command: &Command) -> Result<(), Fault> {
    let reason = format!("case {}, command {}", command.order.caseId, command.id);
    let on_main = command.order.chain == MAIN_LEDGER;
    match kind_of(command.order.action) {
        Kind::Chain => chain(host, caller, command, reason),
        Kind::Account if on_main => account(host, caller, command, reason),
        Kind::Contract if on_main => contract(host, caller, command, reason),
        Kind::Account | Kind::Contract => Ok(()),
        Kind::Identity => identity(host, caller, command, reason),
    }
}

fn in_name_of(
    host: &mut dyn Host,
    caller: Address,
    contract: Address,
    call: &impl SolCall,
) -> Result<(), Fault> {
    let data = call.abi_encode();
    let call = Call {
        caller,
        value: U256::ZERO,
        data: &data,
    };
    run(host, contract, &call).map(|_| ())
}

fn chain(host: &mut dyn Host, caller: Address, command: &Command, reason: String) -> Result<(), Fault> {
    let id = command.order.chain;
    let status = chains::status_of(host, id)?;
    if status == chains::Status::None {
        return match ledgers::of_chain(host, id)? {
            Some((name, status)) => ledger(host, caller, command.order.action, (name, status, reason)),
            None => Ok(()),
        };
    }
    match (command.order.action, status) {
        (Action::FreezeChain, chains::Status::Active) => {
            in_name_of(host, caller, CHAINS, &IChains::freezeCall { id, reason })
        }
        (Action::LiftChain, chains::Status::Frozen) => {
            in_name_of(host, caller, CHAINS, &IChains::unfreezeCall { id, reason })
        }
        _ => Ok(()),
    }
}

/// A partition ledger stands still, or goes on, by its registry: its nodes follow that.
fn ledger(
    host: &mut dyn Host,
    caller: Address,
    action: Action,
    (name, status, reason): (String, ledgers::Status, String),
) -> Result<(), Fault> {
    match (action, status) {
        (Action::FreezeChain, ledgers::Status::Active) => {
            in_name_of(host, caller, LEDGERS, &ILedgers::freezeCall { name, reason })
        }
        (Action::LiftChain, ledgers::Status::Frozen) => {
            in_name_of(host, caller, LEDGERS, &ILedgers::unfreezeCall { name, reason })
        }
        _ => Ok(()),
    }
}

fn account(host: &mut dyn Host, caller: Address, command: &Command, reason: String) -> Result<(), Fault> {
    let account = Address::from_slice(&command.order.target);
    let record = control::storage().accounts().of(&account);
    let status = control::current(host, &record)?;
    if command.order.action == Action::LiftAccount {
        return if status == u8::from(IControl::AccountStatus::Active) {
            Ok(())
        } else {
            in_name_of(host, caller, CONTROL, &IControl::unfreezeAccountCall { account })
        };
    }
    // A freeze by emergency would lapse.
    if status != u8::from(IControl::AccountStatus::Active) && record.until().get(host)? == 0 {
        return Ok(());
    }
    in_name_of(
        host,
        caller,
        CONTROL,
        &IControl::freezeAccountCall { account, reason },
    )
}

fn contract(host: &mut dyn Host, caller: Address, command: &Command, reason: String) -> Result<(), Fault> {
    let target = Address::from_slice(&command.order.target);
    let record = control::storage().contracts().of(&target);
    let status = control::current(host, &record)?;
    if command.order.action == Action::LiftContract {
        return if status == u8::from(IControl::ContractStatus::Active) {
            Ok(())
        } else {
            in_name_of(host, caller, CONTROL, &IControl::unfreezeContractCall { target })
        };
    }
    if status != u8::from(IControl::ContractStatus::Active) && record.until().get(host)? == 0 {
        return Ok(());
    }
    in_name_of(
        host,
        caller,
        CONTROL,
        &IControl::freezeContractCall { target, reason },
    )
}

fn identity(host: &mut dyn Host, caller: Address, command: &Command, reason: String) -> Result<(), Fault> {
    let id = B256::from_slice(&command.order.target);
    let status = identities::status(host, id)?;
    if command.order.action == Action::LiftIdentity {
        if status != identities::Status::Active {
            in_name_of(
                host,
                caller,
                IDENTITIES,
                &IIdentities::unfreezeCall { id, reason },
            )?;
        }
        return lift_accounts(host, caller, command, id);
    }
    if status == identities::Status::Active {
        in_name_of(host, caller, IDENTITIES, &IIdentities::freezeCall { id, reason })?;
    }
    freeze_accounts(host, caller, command, id)
}

/// Freezes the accounts that are bound now, on the chains that are registered; at most
/// [`identities::ACCOUNTS_MAX`]. The others are isolated by their identity. What is frozen by isolation alone is taken to
/// the hook where there is one.
fn freeze_accounts(
    host: &mut dyn Host,
    caller: Address,
    command: &Command,
    identity: B256,
) -> Result<(), Fault> {
    for (chain, account, is_bound) in foreign_accounts(host, identity)? {
        if !is_bound {
            continue;
        }
        let level = level_on(host, chain, account)?;
        let by = frozen_by(host, chain, Kind::Account, account.as_slice())?;
        if by != 0 && (level != Level::Hook || commands::is_by_hook(host, by)?) {
            continue;
        }
        let is_own = by != 0 && !follows_from(host, by, &command.order.target)?;
        let branch = Branch {
            chain,
            action: Action::FreezeAccount,
            target: Bytes::copy_from_slice(account.as_slice()),
            level,
            taken_over: if is_own { by } else { 0 },
        };
        commands::branch(host, caller, command.id, branch)?;
    }
    Ok(())
}

/// Whether a command follows from one on an identity.
fn follows_from(host: &mut dyn Host, id: u64, identity: &[u8]) -> Result<bool, Fault> {
    let parent = commands::known(host, id)?.parent().get(host)?;
    Ok(parent != 0 && *commands::known(host, parent)?.target().get(host)? == *identity)
}

/// Lifts what earlier commands on the identity have frozen, also of accounts that are no longer bound; not what other
/// commands have, nor an account that another frozen identity holds now.
fn lift_accounts(
    host: &mut dyn Host,
    caller: Address,
    command: &Command,
    identity: B256,
) -> Result<(), Fault> {
    for (chain, account, _) in foreign_accounts(host, identity)? {
        let by = frozen_by(host, chain, Kind::Account, account.as_slice())?;
        if by == 0 {
            continue;
        }
        if !follows_from(host, by, &command.order.target)?
            || commands::known(host, by)?.taken_over().get(host)? != 0
            || is_of_frozen_identity(host, chain, account.as_slice())?
        {
            continue;
        }
        let branch = Branch {
            chain,
            action: Action::LiftAccount,
            target: Bytes::copy_from_slice(account.as_slice()),
            level: if commands::is_by_hook(host, by)? {
                level_on(host, chain, account)?
            } else {
                Level::Isolation
            },
            taken_over: 0,
        };
        commands::branch(host, caller, command.id, branch)?;
    }
    Ok(())
}

/// Every account of an identity on a registered chain of addresses of 20 bytes, once, and whether it is bound now.
fn foreign_accounts(host: &mut dyn Host, identity: B256) -> Result<Vec<(B256, Address, bool)>, Fault> {
    let main = host.block().chain_id;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    // Newest first: an account that was bound again is bound.
    for (account, is_bound) in identities::accounts_ever(host, identity)?.into_iter().rev() {
        let is_evm = account.namespace == Namespace::Eip155 && account.local(main).is_none();
        let Ok(address) = account.address.parse::<Address>() else {
            continue;
        };
        let chain = chains::id_of(&format!("{}:{}", account.namespace.text(), account.reference));
        if is_evm && seen.insert((chain, address)) && chains::status_of(host, chain)? != chains::Status::None
        {
            found.push((chain, address, is_bound));
        }
    }
    Ok(found)
}

/// By the hook where there is one with room for a command, or where the last command of the account was by the hook; else
/// by isolation alone.
fn level_on(host: &mut dyn Host, chain: B256, account: Address) -> Result<Level, Fault> {
    if !attestation::has_hook(host, chain)? {
        return Ok(Level::Isolation);
    }
    let last = standing::of(host, chain, Kind::Account, account.as_slice())?.get(host)?;
    let is_by_hook = (last != 0 && commands::is_by_hook(host, last)?)
        || storage().open().of(&chain).length(host)? < OPEN_MAX;
    Ok(if is_by_hook { Level::Hook } else { Level::Isolation })
}

//! What an approval does to the main ledger at once, and to the accounts of an identity.
//!
//! Calls of other contracts are made in the name of who approves: this contract gives nobody a power that he does not
//! have. What is frozen already stays as it is, so that a command can take over what was done in haste.

use super::{
    Action, Command, Level, MAIN_LEDGER, OPEN_MAX, attestation, commands,
    commands::Branch,
    standing::{Kind, frozen_by, kind_of},
    storage,
};
use crate::{
    Call,
    address::{CHAINS, CONTROL, IDENTITIES},
    chains, control,
    fault::Fault,
    host::Host,
    identities::{self, message::Namespace},
    interfaces::{IChains, IControl, IIdentities},
    run,
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
    match (command.order.action, chains::status_of(host, id)?) {
        (Action::FreezeChain, chains::Status::Active) => {
            in_name_of(host, caller, CHAINS, &IChains::freezeCall { id, reason })
        }
        (Action::LiftChain, chains::Status::Frozen) => {
            in_name_of(host, caller, CHAINS, &IChains::unfreezeCall { id, reason })
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
/// [`identities::ACCOUNTS_MAX`]. The others are isolated by their identity.
fn freeze_accounts(
    host: &mut dyn Host,
    caller: Address,
    command: &Command,
    identity: B256,
) -> Result<(), Fault> {
    for (chain, account, is_bound) in foreign_accounts(host, identity)? {
        if is_bound && frozen_by(host, chain, Kind::Account, account.as_slice())? == 0 {
            let branch = Branch {
                chain,
                action: Action::FreezeAccount,
                target: Bytes::copy_from_slice(account.as_slice()),
                level: level_on(host, chain)?,
            };
            commands::branch(host, caller, command.id, branch)?;
        }
    }
    Ok(())
}

/// Lifts what earlier commands on the identity have frozen, also of accounts that are no longer bound; not what other
/// commands have.
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
        let frozen = commands::known(host, by)?;
        let parent = frozen.parent().get(host)?;
        if parent == 0 || commands::known(host, parent)?.target().get(host)? != command.order.target {
            continue;
        }
        let level = Level::try_from(frozen.level().get(host)?).unwrap_or(Level::Isolation);
        let branch = Branch {
            chain,
            action: Action::LiftAccount,
            target: Bytes::copy_from_slice(account.as_slice()),
            level: if level == Level::Hook {
                level_on(host, chain)?
            } else {
                level
            },
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

/// By the hook where there is one with room for a command, else by isolation alone.
fn level_on(host: &mut dyn Host, chain: B256) -> Result<Level, Fault> {
    let has_room = storage().open().of(&chain).length(host)? < OPEN_MAX;
    match attestation::registered_hook(host, chain) {
        Ok(_) if has_room => Ok(Level::Hook),
        Ok(_) | Err(Fault::Refused(_)) => Ok(Level::Isolation),
        Err(fault) => Err(fault),
    }
}

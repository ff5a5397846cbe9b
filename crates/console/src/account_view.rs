//! What the ledger says now about an account or a contract: balance, status, quota, identity, roles.

use crate::{
    api::{
        contracts::ContractDetail,
        explorer::{AccountDetail, AccountSummary, Freeze, HeldRole, QuotaUse},
    },
    governance::scope_of,
    guard::{Asker, reaches},
    ledgers::is_foreign,
    login::did,
    problem::Problem,
    registries::{Registry, ask},
    right::Right,
    shapes,
    state::Console,
    time::{iso, iso_unless_zero},
};
use alloy_primitives::{Address, B256};
use civitas_indexer::read;
use civitas_sdk::Node;
use civitas_system_contracts::{
    address::{CONTROL, IDENTITIES, ROLES},
    interfaces::{IControl, IIdentities, IRoles},
};

/// An account, for who asks.
///
/// # Errors
/// No node answers, or the database does not.
pub async fn detail(
    console: &Console,
    ledger: &str,
    address: Address,
    asker: &Asker,
) -> Result<AccountDetail, Problem> {
    if is_foreign(ledger) {
        return foreign(console, ledger, address, asker).await;
    }
    let node = console.ledgers.node(ledger).await?;
    let main = console.main().await?;
    let may = |right: Right| {
        asker
            .0
            .as_ref()
            .is_some_and(|session| session.rights.contains(&right))
    };
    let own = asker
        .0
        .as_ref()
        .is_some_and(|session| session.account == Some(address));
    let (indexed, balance, nonce, control, identity) = futures::join!(
        console.index.account(ledger, address),
        node.balance(address),
        node.nonce(address),
        ask(&main, CONTROL, &IControl::accountStatusCall { account: address }),
        ask(
            &main,
            IDENTITIES,
            &IIdentities::identityOfCall { account: address }
        ),
    );
    let registry = console.registries.known().await;
    let control = control?;
    let identity = identity.ok().filter(|identity| !identity.is_zero());
    let shown = match identity {
        Some(id) if own || may_see(&main, asker, id).await? => Some(id),
        _ => None,
    };
    if let Some(id) = shown.filter(|_| !own) {
        let session = asker.0.as_ref();
        console.reads.note(session, "account", &[id.to_string()]).await?;
    }
    let roles = if own || may(Right::ReadGovernance) {
        held(&main, &registry, address, shown).await?
    } else {
        Vec::new()
    };
    let summary = indexed?.map_or_else(
        || unseen(&registry, address),
        |account| shapes::account(&registry, account),
    );
    Ok(AccountDetail {
        balance: balance.ok().map(|balance| balance.to_string()),
        nonce: nonce.ok(),
        status: Some(format!("{:?}", control.status)),
        freeze: (control.status == IControl::AccountStatus::Frozen).then(|| freeze(&control.freeze)),
        identity: shown.map(did),
        roles,
        quota: quota(&main, address.into_word()).await,
        summary,
    })
}

/// An account of a foreign chain: what it did, and the identity that it is bound to, for who may see that.
async fn foreign(
    console: &Console,
    ledger: &str,
    address: Address,
    asker: &Asker,
) -> Result<AccountDetail, Problem> {
    let registry = console.registries.known().await;
    let indexed = console.index.account(ledger, address).await?;
    let shown = match console.main().await {
        Ok(main) => {
            let account = format!("{ledger}:{address}");
            let bound = ask(&main, IDENTITIES, &IIdentities::identityOfAccountCall { account }).await;
            match bound.ok().filter(|identity| !identity.is_zero()) {
                Some(id) if may_see(&main, asker, id).await? => Some(id),
                _ => None,
            }
        }
        Err(_) => None,
    };
    if let Some(id) = shown {
        console
            .reads
            .note(asker.0.as_ref(), "account", &[id.to_string()])
            .await?;
    }
    Ok(AccountDetail {
        summary: AccountSummary {
            address: address.to_string(),
            name: registry.account(&address),
            kind: match &indexed {
                Some(account) if account.contract => "contract",
                _ => "account",
            }
            .to_owned(),
            transactions: indexed
                .as_ref()
                .map_or(0, |account| account.sent.saturating_add(account.received)),
            first_seen: indexed.as_ref().map(|account| account.first_block),
            last_seen: indexed.map(|account| account.last_block),
        },
        balance: None,
        nonce: None,
        status: None,
        freeze: None,
        identity: shown.map(did),
        roles: Vec::new(),
        quota: None,
    })
}

/// Whether who asks may see an identity: the right must reach the organisation that vouches for it.
async fn may_see(main: &Node, asker: &Asker, id: B256) -> Result<bool, Problem> {
    if reaches(asker, Right::ReadIdentities, None) {
        return Ok(true);
    }
    let has_right = asker
        .0
        .as_ref()
        .is_some_and(|session| session.rights.contains(&Right::ReadIdentities));
    if !has_right {
        return Ok(false);
    }
    let document = ask(main, IDENTITIES, &IIdentities::resolveCall { id }).await?;
    let organisation = Some(document.organisation).filter(|organisation| !organisation.is_zero());
    Ok(organisation.is_some() && reaches(asker, Right::ReadIdentities, organisation))
}

/// An account that no block names yet: it can still own something, or hold a role.
fn unseen(registry: &Registry, address: Address) -> AccountSummary {
    let system = civitas_sdk::contracts::contract_at(address).is_some();
    AccountSummary {
        address: address.to_string(),
        name: registry.account(&address),
        kind: if system { "system" } else { "account" }.to_owned(),
        transactions: 0,
        first_seen: None,
        last_seen: None,
    }
}

fn freeze(freeze: &IControl::Freeze) -> Freeze {
    Freeze {
        until: iso_unless_zero(freeze.until),
        by: freeze.by.to_string(),
        at: iso(freeze.at),
        reason: freeze.reason.clone(),
    }
}

async fn quota(main: &Node, subject: B256) -> Option<QuotaUse> {
    let usage = ask(main, CONTROL, &IControl::usageCall { subject }).await.ok()?;
    Some(QuotaUse {
        quota: usage.quota,
        used: usage.used,
        period_ends: iso_unless_zero(usage.periodEnds),
    })
}

/// Roles in force of an account and of its identity.
///
/// # Errors
/// No node answers.
pub async fn held(
    main: &Node,
    registry: &Registry,
    account: Address,
    identity: Option<B256>,
) -> Result<Vec<HeldRole>, Problem> {
    let subjects: Vec<B256> = std::iter::once(account.into_word()).chain(identity).collect();
    held_by(main, registry, &subjects).await
}

/// Roles in force of these subjects.
///
/// # Errors
/// No node answers.
pub async fn held_by(main: &Node, registry: &Registry, subjects: &[B256]) -> Result<Vec<HeldRole>, Problem> {
    let mut grants = Vec::new();
    for subject in subjects {
        grants.extend(ask(main, ROLES, &IRoles::grantsOfCall { subject: *subject }).await?);
    }
    let in_force = grants
        .into_iter()
        .filter(|grant| grant.status == IRoles::GrantStatus::InForce);
    let held = in_force.map(|grant| {
        let scope = scope_of(registry, &grant.scope);
        HeldRole {
            role: registry
                .word(&grant.role)
                .unwrap_or_else(|| grant.role.to_string()),
            grant: grant.id,
            scope: match scope.name {
                Some(name) => format!("{} {name}", scope.kind),
                None => scope.kind,
            },
            expiry: iso_unless_zero(grant.expiry),
        }
    });
    Ok(held.collect())
}

/// A contract, with what the ledger says of it now, as far as nodes answer.
pub async fn contract(console: &Console, ledger: &str, found: read::Contract) -> ContractDetail {
    let target = found.address;
    let mut detail = shapes::contract_detail(found);
    if is_foreign(ledger) {
        return detail;
    }
    if let Ok(main) = console.main().await
        && let Ok(control) = ask(&main, CONTROL, &IControl::contractStatusCall { target }).await
    {
        detail.status = Some(format!("{:?}", control.status));
        detail.freeze = (control.status == IControl::ContractStatus::Frozen).then(|| freeze(&control.freeze));
    }
    if let Ok(node) = console.ledgers.node(ledger).await {
        detail.balance = node.balance(target).await.ok().map(|balance| balance.to_string());
    }
    if let Some(system) = civitas_sdk::contracts::contract_at(target) {
        detail.summary.name = Some(system.name.to_owned());
        detail.summary.abi_known = true;
        detail.abi = detail.abi.or_else(|| serde_json::to_value(&system.abi).ok());
    }
    detail
}

//! Whom a case is about: the one form in which the contract names subjects, and what the city knows about one, so that a command
//! names accounts, contracts and chains that are there.

use super::{
    desk::{Desk, answered},
    kept::partition_id,
};
use crate::{
    api::cases::{CaseChain, SubjectDetail, SubjectTarget},
    guard::{Asker, reaches},
    identities::{self, Bound},
    ledger_view,
    ledgers::{MAIN, is_foreign},
    lists,
    login::did,
    problem::Problem,
    registries::ask,
    right::Right,
    state::Console,
};
use alloy_primitives::{Address, B256, keccak256};
use civitas_system_contracts::{
    address::{CASES, CHAINS, IDENTITIES},
    interfaces::{
        ICases,
        IChains::{self, Status},
        IIdentities,
        ILedgers::Status as LedgerStatus,
    },
};

/// Accounts of one identity that a command follows, the most that the contract takes.
const ACCOUNTS_MAX: usize = 32;
/// Chains of one call, the most that the contract gives.
const CHAINS_PAGE: u64 = 50;

/// The subject of a case about the subject of a finding: an account (CAIP-10), a DID, or a chain (CAIP-2).
///
/// # Errors
/// No node answers, or the index does not.
pub async fn of_finding(console: &Console, subject: &str, ledger: &str) -> Result<String, Problem> {
    let chain = match is_foreign(ledger) {
        true => ledger.to_owned(),
        false if ledger == MAIN => format!("eip155:{}", console.main().await?.chain_id().await?),
        false => match console.index.ledger(ledger).await? {
            Some(known) => format!("eip155:{}", known.chain_id),
            None => ledger.to_owned(),
        },
    };
    Ok(match subject.parse::<Address>() {
        Ok(address) => format!("{chain}:{address}"),
        Err(_) if subject == ledger => chain,
        Err(_) => subject.to_owned(),
    })
}

/// What the city knows about a subject.
///
/// # Errors
/// No node answers, or the index does not.
pub async fn detail(desk: &Desk<'_>, asker: &Asker, subject: &str) -> Result<SubjectDetail, Problem> {
    let identity = identity_of(desk, subject).await?;
    let bound = match identity {
        Some(id) => answered(identities::bound(desk.console, id).await)?,
        None => None,
    };
    // Whoever named the identity knows it; whoever named an account learns of it only by the right.
    let is_named = subject.starts_with("did:");
    let may_see = |bound: &Bound| reaches(asker, Right::ReadIdentities, bound.organisation);
    let seen = bound.filter(|bound| may_see(bound));
    let mut accounts = seen
        .as_ref()
        .map(|bound| bound.accounts.clone())
        .unwrap_or_default();
    accounts.truncate(ACCOUNTS_MAX);
    if !is_named
        && !accounts
            .iter()
            .any(|account| account.eq_ignore_ascii_case(subject))
    {
        accounts.insert(0, subject.to_owned());
    }
    let chains = chains(desk).await?;
    let mut targets = Vec::new();
    for account in &accounts {
        targets.extend(target(desk, &chains, account).await?);
    }
    let shown = identity.filter(|_| is_named || seen.is_some());
    let status = match shown {
        Some(id) if seen.is_some() => {
            let document = ask(&desk.main, IDENTITIES, &IIdentities::resolveCall { id }).await?;
            Some(format!("{:?}", document.status))
        }
        _ => None,
    };
    Ok(SubjectDetail {
        identity: shown.map(did),
        identity_status: status,
        targets,
        chains,
    })
}

async fn identity_of(desk: &Desk<'_>, subject: &str) -> Result<Option<B256>, Problem> {
    if subject.starts_with("did:") {
        return identities::id_of(subject).map(Some);
    }
    let Some((chain, address)) = subject.rsplit_once(':') else {
        return Ok(None);
    };
    let Ok(account) = address.parse::<Address>() else {
        return Ok(None);
    };
    let found = match chain == desk.here {
        true => ask(&desk.main, IDENTITIES, &IIdentities::identityOfCall { account }).await,
        false => {
            let account = subject.to_owned();
            ask(
                &desk.main,
                IDENTITIES,
                &IIdentities::identityOfAccountCall { account },
            )
            .await
        }
    };
    Ok(answered(found)?.filter(|id| !id.is_zero()))
}

/// The main ledger, the business chains that were admitted, and the partition ledgers that are not closed.
async fn chains(desk: &Desk<'_>) -> Result<Vec<CaseChain>, Problem> {
    let mut shown = vec![desk.chain(B256::ZERO).await?];
    for page in 0..lists::PAGES_MAX {
        let call = IChains::chainsCall {
            from: page * CHAINS_PAGE,
            count: CHAINS_PAGE,
        };
        let entries = ask(&desk.main, CHAINS, &call).await?;
        for entry in &entries {
            if matches!(entry.status, Status::Active | Status::Frozen) {
                shown.push(desk.chain(entry.id).await?);
            }
        }
        if (entries.len() as u64) < CHAINS_PAGE {
            break;
        }
    }
    for ledger in ledger_view::of_registry(&desk.main).await? {
        if matches!(ledger.status, LedgerStatus::Active | LedgerStatus::Frozen) {
            shown.push(desk.chain(partition_id(ledger.chainId)).await?);
        }
    }
    Ok(shown)
}

async fn target(
    desk: &Desk<'_>,
    chains: &[CaseChain],
    account: &str,
) -> Result<Option<SubjectTarget>, Problem> {
    let Some((caip2, address)) = account.rsplit_once(':') else {
        return Ok(None);
    };
    let Ok(address) = address.parse::<Address>() else {
        return Ok(None);
    };
    let chain = chains.iter().find(|chain| chain.caip2 == caip2);
    let ledger = if caip2 == desk.here { MAIN } else { caip2 };
    // A chain that is not in the index says nothing about what stands at an address.
    let indexed = desk.console.index.account(ledger, address).await.ok().flatten();
    let id = if caip2 == desk.here {
        B256::ZERO
    } else {
        keccak256(caip2)
    };
    let call = ICases::isolatedCall {
        chain: id,
        target: address.to_vec().into(),
    };
    let is_isolated = answered(ask(&desk.main, CASES, &call).await)?.unwrap_or_default();
    Ok(Some(SubjectTarget {
        account: account.to_owned(),
        address: address.to_string(),
        chain: chain.map(|chain| chain.id.clone()),
        is_contract: indexed.is_some_and(|account| account.contract),
        is_isolated,
    }))
}

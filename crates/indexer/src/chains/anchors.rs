//! What the main ledger says about foreign chains: which are followed, by which terms, and what was agreed on.

use crate::{
    Error,
    source::{self, Source},
};
use alloy_primitives::{B256, keccak256};
use alloy_sol_types::SolCall;
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS},
    interfaces::{
        IAnchors::{Anchor, Following, anchorsCall, followedCall, followingCall},
        IChains::chainCall,
    },
};

/// Chains that are followed, at most: more than a city's gateways report.
const CHAINS_MAX: usize = 64;

/// Ids of one call, the most that the contract gives.
const IDS_PAGE: u64 = 100;

/// Ids of the chains that are followed, in the order in which that began. None where no such contract stands.
pub(crate) async fn followed(main: &dyn Source) -> Result<Vec<B256>, Error> {
    let mut ids: Vec<B256> = Vec::new();
    while ids.len() < CHAINS_MAX {
        let call = followedCall {
            from: u64::try_from(ids.len()).unwrap_or(u64::MAX),
            count: IDS_PAGE,
        };
        let Some(page) = ask(main, ANCHORS, &call).await? else {
            break;
        };
        let is_last = u64::try_from(page.len()).unwrap_or(u64::MAX) < IDS_PAGE;
        ids.extend(page);
        if is_last {
            break;
        }
    }
    ids.truncate(CHAINS_MAX);
    Ok(ids)
}

/// The CAIP-2 name of a chain: what its id is the hash of.
pub(crate) async fn name(main: &dyn Source, id: B256) -> Result<String, Error> {
    let unknown = || Error::Anchors {
        chain: id.to_string(),
        what: "the registry does not know it",
    };
    let chain = ask(main, CHAINS, &chainCall { id }).await?;
    let name = chain.ok_or_else(unknown)?.info.caip2;
    if keccak256(&name) == id && name.contains(':') {
        Ok(name)
    } else {
        Err(unknown())
    }
}

/// How far a chain is followed, and by which terms.
pub(crate) async fn following(main: &dyn Source, id: B256) -> Result<Option<Following>, Error> {
    ask(main, ANCHORS, &followingCall { id }).await
}

/// What was agreed on, from the batch with this number on.
pub(crate) async fn anchors(
    main: &dyn Source,
    id: B256,
    from: u64,
    count: u64,
) -> Result<Vec<Anchor>, Error> {
    let found = ask(main, ANCHORS, &anchorsCall { id, from, count }).await?;
    Ok(found.unwrap_or_default())
}

/// Asks a contract; none where it refuses.
async fn ask<C: SolCall>(
    main: &dyn Source,
    contract: alloy_primitives::Address,
    call: &C,
) -> Result<Option<C::Return>, Error> {
    let input = call.abi_encode().into();
    let output = source::call(main, (contract, &input), None).await?;
    // Where no such contract stands, a call gives back nothing.
    let output = output.filter(|output| !output.is_empty());
    output
        .map(|output| {
            C::abi_decode_returns(&output).map_err(|_| Error::Anchors {
                chain: C::SIGNATURE.to_owned(),
                what: "the answer of the main ledger has another form",
            })
        })
        .transpose()
}

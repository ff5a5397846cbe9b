//! What the main ledger knows of a candidate chain, and the steps that bring it under supervision.
//!
//! Invariant: a step is done only if the ledger does not have its result, so that the command can be repeated.

use crate::{
    account::Account,
    contracts::{
        catalog::catalog,
        connection::Connection,
        fault::{Called, Failure},
        send::{Outcome, Outgoing},
        show::{Names, Presenter, now},
    },
};
use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use anyhow::Context;
use civitas_system_contracts::{
    address::{ANCHORS, CHAINS, ROLES},
    anchors::Following,
    chains::{Chain, RootKind, Status, TrustRoot},
    interfaces::{IAnchors::followingCall, IChains, IRoles::representsCall},
};
use std::time::Duration;

/// Trust roots that are read, at most: the first is the one that matters before anything is followed.
const ROOTS_READ: u64 = 100;

/// The main ledger, as this command uses it.
pub(super) struct Ledger {
    pub(super) connection: Connection,
    names: Names,
    wait: Duration,
}

/// What stands on it about a chain.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Its registration; none if its name is free.
    pub(super) chain: Option<Chain>,
    /// Its roots of kind BlockHash.
    pub(super) roots: Vec<TrustRoot>,
    /// How it is followed; none if it is not.
    pub(super) following: Option<Following>,
}

/// The error of a contract that says that something is not there becomes none.
pub(super) fn unless<T>(result: anyhow::Result<T>, error: &str) -> anyhow::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) => match failure.downcast_ref() {
            Some(Failure::Refused { refusal }) if refusal.json["error"] == error => Ok(None),
            _ => Err(failure),
        },
    }
}

impl Ledger {
    pub(super) async fn new(connection: Connection, wait: Duration) -> Self {
        let names = connection.names().await;
        Self {
            connection,
            names,
            wait,
        }
    }

    /// What is known of a chain now.
    pub(super) async fn state(&self, id: B256) -> anyhow::Result<State> {
        let chain = self.connection.typed(CHAINS, &IChains::chainCall { id }).await;
        let Some(chain) = unless(chain, "ChainUnknown")? else {
            return Ok(State {
                chain: None,
                roots: Vec::new(),
                following: None,
            });
        };
        let roots = IChains::trustRootsCall {
            id,
            kind: RootKind::BlockHash,
            from: 0,
            count: ROOTS_READ,
        };
        let following = self.connection.typed(ANCHORS, &followingCall { id }).await;
        Ok(State {
            roots: self.connection.typed(CHAINS, &roots).await?,
            following: unless(following, "NotFollowed")?,
            // After a final rejection the name can be registered anew; the ledger says whether it is final.
            chain: (chain.status != Status::None).then_some(chain),
        })
    }

    /// Whether an account acts for an organisation.
    pub(super) async fn represents(&self, account: Address, organisation: B256) -> anyhow::Result<bool> {
        let call = representsCall {
            account,
            organisation,
        };
        self.connection.typed(ROLES, &call).await
    }

    /// What an organisation is called.
    pub(super) fn name_of(&self, organisation: B256) -> String {
        let name = self.names.words.get(&organisation);
        name.cloned().unwrap_or_else(|| organisation.to_string())
    }

    /// Sends a call and waits for its block.
    ///
    /// # Errors
    /// [`Failure`]: what the ledger would refuse is refused before it is sent.
    pub(super) async fn send<C: SolCall>(
        &self,
        account: &Account,
        to: Address,
        call: &C,
    ) -> anyhow::Result<Outcome> {
        let contract = catalog().at(&to).context("no system contract has that address")?;
        let function = contract
            .function_of(C::SELECTOR)
            .with_context(|| format!("{} has no function {}", contract.system.name, C::SIGNATURE))?;
        let presenter = Presenter {
            catalog: catalog(),
            names: &self.names,
            now: now(),
        };
        let outgoing = Outgoing {
            called: Called { contract, function },
            to,
            data: call.abi_encode().into(),
            account,
        };
        outgoing.send(&self.connection, &presenter, self.wait).await
    }
}

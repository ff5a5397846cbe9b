//! Carries out steps on a ledger: what only the ledger knows is asked, the transaction is signed and sent, and what came of
//! it is compared with the plan.

use super::{
    people::Person,
    step::{Act, Outcome, Round, Step, Vote},
};
use crate::{
    account::Call,
    contracts::connection::{Connection, NodeOptions, Receipt},
    identity, office, rpc,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use anyhow::{Context, bail, ensure};
use civitas_system_contracts::{
    address::{GOVERNANCE, IDENTITIES, OFFICES, ROLES},
    interfaces::{IGovernance, IOffices, IRoles},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Time between two looks at a node.
pub const POLL: Duration = Duration::from_millis(50);
/// How long a transaction may take until it is in a block.
const RECEIPT_WAIT: Duration = Duration::from_secs(60);
/// Gas of every step; the creation of a contract takes about a third of it.
const GAS: u64 = 5_000_000;

/// A ledger of the city, through one of its nodes.
pub struct Ledger {
    connection: Connection,
    folder: PathBuf,
}

/// A transaction that was sent.
struct Sent<'a> {
    step: &'a Step,
    hash: B256,
}

/// What a step is as a transaction.
struct Prepared {
    to: TxKind,
    coins: u64,
    data: Bytes,
}

impl Ledger {
    /// Through the node at this address, if it answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn connect(folder: &Path, address: &str) -> anyhow::Result<Self> {
        let options = NodeOptions {
            rpc: Some(address.to_owned()),
            dir: folder.to_owned(),
        };
        Ok(Self {
            connection: options.connect().await?,
            folder: folder.to_owned(),
        })
    }

    /// Seconds since 1970, by its newest block.
    ///
    /// # Errors
    /// The node does not answer.
    pub async fn time(&self) -> anyhow::Result<u64> {
        identity::block_time(&self.connection).await
    }

    /// Carries out a round. `again` says that some of its steps may have been done before.
    ///
    /// # Errors
    /// A step came to something else than planned.
    pub async fn carry_out(&self, round: &Round, again: bool) -> anyhow::Result<()> {
        let mut nonces = BTreeMap::new();
        let mut sent = Vec::new();
        for step in &round.steps {
            let hash = self
                .begin(step, &mut nonces, again)
                .await
                .with_context(|| step.act.describe())?;
            if let Some(hash) = hash {
                sent.push(Sent { step, hash });
            }
        }
        for one in sent {
            let done = self.finish(&one).await;
            done.with_context(|| one.step.act.describe())?;
        }
        Ok(())
    }

    /// Carries out one step.
    ///
    /// # Errors
    /// It came to something else than planned.
    pub async fn carry_out_step(&self, step: &Step) -> anyhow::Result<()> {
        match self.begin(step, &mut BTreeMap::new(), false).await? {
            Some(hash) => self.finish(&Sent { step, hash }).await,
            None => Ok(()),
        }
    }

    /// Sends a step. Nothing, if it was to be refused and was, or was done before.
    async fn begin(
        &self,
        step: &Step,
        nonces: &mut BTreeMap<Person, u64>,
        again: bool,
    ) -> anyhow::Result<Option<B256>> {
        let Some(prepared) = self.prepare(step).await? else {
            return Ok(None);
        };
        let account = step.by.account()?;
        if again && step.outcome == Outcome::Done && self.is_refused(account.address, &prepared).await {
            return Ok(None);
        }
        let nonce = match nonces.get(&step.by) {
            Some(nonce) => *nonce,
            None => rpc::next_nonce(&self.connection.client, account.address).await?,
        };
        let call = Call {
            nonce,
            to: prepared.to,
            value: U256::from(prepared.coins),
            input: prepared.data,
            gas: GAS.min(self.connection.chain.gas_max),
        };
        let chain = self.connection.chain;
        let (raw, hash) = account.sign(call, chain.chain_id, chain.fees)?;
        match (rpc::send(&self.connection.client, &raw).await, step.outcome) {
            (Ok(_), _) => {
                nonces.insert(step.by, nonce + 1);
                Ok(Some(hash))
            }
            (Err(_), Outcome::Refused) => Ok(None),
            (Err(error), Outcome::Done | Outcome::Reverted) => Err(error),
        }
    }

    /// Waits for what becomes of a transaction.
    async fn finish(&self, sent: &Sent<'_>) -> anyhow::Result<()> {
        let deadline = Instant::now() + RECEIPT_WAIT;
        let receipt: Receipt = loop {
            if let Some(receipt) = self.connection.receipt(sent.hash).await? {
                break receipt;
            }
            if let Ok(Some(why)) = self.connection.omission(sent.hash).await {
                ensure!(
                    sent.step.outcome == Outcome::Refused,
                    "it was left out of its block: {why}"
                );
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "it is in no block after {} s",
                RECEIPT_WAIT.as_secs()
            );
            tokio::time::sleep(POLL).await;
        };
        let found = if receipt.status.is_zero() {
            Outcome::Reverted
        } else {
            Outcome::Done
        };
        ensure!(
            found == sent.step.outcome || (found, sent.step.outcome) == (Outcome::Reverted, Outcome::Refused),
            "transaction {} was to be {:?} and is {found:?}",
            sent.hash,
            sent.step.outcome
        );
        Ok(())
    }

    /// Whether the call is refused on the newest state.
    async fn is_refused(&self, from: Address, prepared: &Prepared) -> bool {
        let TxKind::Call(to) = prepared.to else {
            return false;
        };
        let call = json!({ "from": from, "to": to, "input": prepared.data });
        let answer: Result<Bytes, _> = self.connection.ask("eth_call", vec![call, json!("latest")]).await;
        answer.is_err()
    }

    /// The transaction of a step; nothing, if it was done before.
    async fn prepare(&self, step: &Step) -> anyhow::Result<Option<Prepared>> {
        let of_contract = |to: Address, data: Vec<u8>| Prepared {
            to: TxKind::Call(to),
            coins: 0,
            data: data.into(),
        };
        let prepared = match &step.act {
            Act::Call { to, coins, data } => Prepared {
                to: TxKind::Call(*to),
                coins: *coins,
                data: data.clone(),
            },
            Act::Deploy { code, at } => return self.deploy(step.by, code, *at).await,
            Act::Propose { title, .. } if self.proposal(title).await?.is_some() => return Ok(None),
            Act::Propose {
                organisation,
                title,
                actions,
            } => of_contract(GOVERNANCE, proposing(*organisation, title, actions).abi_encode()),
            Act::Vote { .. } | Act::Execute { .. } | Act::Withdraw { .. } => {
                of_contract(GOVERNANCE, self.on_proposal(&step.act).await?)
            }
            Act::Revoke { role, subject } => {
                let Some(id) = self.grant(*role, *subject).await? else {
                    return Ok(None);
                };
                of_contract(ROLES, IRoles::revokeCall { id }.abi_encode())
            }
            Act::Bind { account, chain } => {
                let chain = chain.unwrap_or(self.connection.chain.chain_id);
                let account = account.account()?;
                let call = identity::binding_call(&self.connection, step.by.identity(), &account, chain);
                of_contract(IDENTITIES, call.await?.abi_encode())
            }
            Act::Seal { identity, record } => {
                let call = office::sealing_call(&self.connection, *identity, record.as_bytes());
                of_contract(OFFICES, call.await?.abi_encode())
            }
            Act::Hand { case_number, office } => {
                let opening = self.opening(case_number).await?;
                let key = self.folder.join("offices").join(format!("{office}.key"));
                let call = office::handing_call(&self.connection, opening, &key, step.by.address()?);
                of_contract(OFFICES, call.await?.abi_encode())
            }
        };
        Ok(Some(prepared))
    }

    async fn deploy(&self, by: Person, code: &Bytes, at: Address) -> anyhow::Result<Option<Prepared>> {
        let standing: Bytes = self
            .connection
            .ask("eth_getCode", vec![json!(at), json!("latest")])
            .await?;
        if !standing.is_empty() {
            return Ok(None);
        }
        let sender = by.address()?;
        let nonce = rpc::next_nonce(&self.connection.client, sender).await?;
        ensure!(
            (nonce..=nonce + 1).any(|nonce| sender.create(nonce) == at),
            "account {sender} was used before: the sample needs a new city"
        );
        Ok(Some(Prepared {
            to: TxKind::Create,
            coins: 0,
            data: code.clone(),
        }))
    }

    async fn on_proposal(&self, act: &Act) -> anyhow::Result<Vec<u8>> {
        let known = |title: &'static str| async move {
            let id = self.proposal(title).await?;
            id.with_context(|| format!("there is no proposal `{title}`"))
        };
        Ok(match act {
            Act::Vote {
                title,
                organisation,
                vote,
                reason,
            } => IGovernance::voteCall {
                id: known(title).await?,
                organisation: *organisation,
                approve: *vote == Vote::Yes,
                reason: (*reason).to_owned(),
            }
            .abi_encode(),
            Act::Execute { title } => IGovernance::executeCall {
                id: known(title).await?,
            }
            .abi_encode(),
            Act::Withdraw { title } => IGovernance::withdrawCall {
                id: known(title).await?,
            }
            .abi_encode(),
            other => bail!("{} is not about a proposal", other.describe()),
        })
    }

    /// The newest proposal of a title.
    async fn proposal(&self, title: &str) -> anyhow::Result<Option<u64>> {
        let count = self
            .connection
            .typed(GOVERNANCE, &IGovernance::proposalCountCall {})
            .await?;
        for id in (1..=count).rev() {
            let proposal = self
                .connection
                .typed(GOVERNANCE, &IGovernance::proposalCall { id })
                .await?;
            if proposal.title == title {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    async fn grant(&self, role: B256, subject: B256) -> anyhow::Result<Option<u64>> {
        let grants = self
            .connection
            .typed(ROLES, &IRoles::grantsOfCall { subject })
            .await?;
        Ok(grants
            .iter()
            .find(|grant| grant.role == role)
            .map(|grant| grant.id))
    }

    async fn opening(&self, case_number: &str) -> anyhow::Result<u64> {
        let count = self
            .connection
            .typed(OFFICES, &IOffices::openingCountCall {})
            .await?;
        for id in (1..=count).rev() {
            let opening = self
                .connection
                .typed(OFFICES, &IOffices::openingCall { id })
                .await?;
            if opening.caseNumber == case_number {
                return Ok(id);
            }
        }
        bail!("there is no opening for case {case_number}")
    }
}

fn proposing(organisation: B256, title: &str, actions: &[(Address, Bytes)]) -> IGovernance::proposeCall {
    let actions = actions.iter().map(|(target, data)| IGovernance::Action {
        target: *target,
        data: data.clone(),
    });
    IGovernance::proposeCall {
        organisation,
        title: title.to_owned(),
        actions: actions.collect(),
    }
}

//! A transaction from its call to its receipt.

use super::{
    catalog::{Contract, catalog},
    connection::{CallError, Connection, LogParts, Receipt},
    fault::{Called, Failure, Refusal},
    show::{Presenter, Shown, inline},
};
use crate::{
    account::{Account, Call, Fees},
    rpc,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use anyhow::ensure;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Time between two looks for the receipt.
const RECEIPT_POLL: Duration = Duration::from_millis(50);
/// Looks for the receipt between two questions whether the transaction was left out.
const LOOKS_PER_OMISSION: u32 = 10;

/// A call that is to be sent.
pub struct Outgoing<'a> {
    /// What is called, for people.
    pub called: Called<'a>,
    /// The contract.
    pub to: Address,
    /// Selector and arguments.
    pub data: Bytes,
    /// Who signs.
    pub account: &'a Account,
}

/// What came of a transaction.
pub struct Outcome {
    /// Its hash.
    pub hash: B256,
    /// Its receipt.
    pub receipt: Receipt,
    /// The events of system contracts: contract, name, values.
    pub events: Vec<Occurrence>,
}

/// One event.
pub struct Occurrence {
    /// Name of its contract.
    pub contract: String,
    /// Its name.
    pub name: String,
    /// Its values by name.
    pub values: Vec<(String, Shown)>,
}

impl Outgoing<'_> {
    /// What would be sent, for `--dry-run`.
    ///
    /// # Errors
    /// The node does not answer. A call that would be refused is said, not an error.
    pub async fn describe(
        &self,
        connection: &Connection,
        presenter: &Presenter<'_>,
    ) -> anyhow::Result<Value> {
        let (gas, refusal) = match connection.estimate(self.account, self.to, &self.data).await {
            Ok(gas) => (json!(gas), Value::Null),
            Err(error) => {
                let failure = failure(presenter, self.called, error);
                (Value::Null, json!(failure.to_string()))
            }
        };
        let fee_max = connection.chain.fees.price_max().to_string();
        Ok(json!({
            "call": self.called.name(),
            "from": self.account.address,
            "to": self.to,
            "input": self.data,
            "nonce": rpc::next_nonce(&connection.client, self.account.address).await?,
            "gas": gas,
            "feeMax": fee_max,
            "chainId": connection.chain.chain_id,
            "wouldBeRefused": refusal,
        }))
    }

    /// Signs, sends, and waits until the transaction is in a block.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send(
        &self,
        connection: &Connection,
        presenter: &Presenter<'_>,
        wait: Duration,
    ) -> anyhow::Result<Outcome> {
        let refused = |error| failure(presenter, self.called, error);
        let gas = connection
            .estimate(self.account, self.to, &self.data)
            .await
            .map_err(refused)?;
        let fees = connection.chain.fees;
        if !matches!(fees, Fees::Dynamic { fee_max: 0, .. }) {
            let balance = rpc::balance(&connection.client, self.account.address).await?;
            let cost = U256::from(fees.price_max()) * U256::from(gas);
            ensure!(
                balance >= cost,
                "account {} has {balance} wei and the transaction may cost {cost}: fund it first",
                self.account.address
            );
        }
        let call = Call {
            nonce: rpc::next_nonce(&connection.client, self.account.address).await?,
            to: TxKind::Call(self.to),
            value: U256::ZERO,
            input: self.data.clone(),
            gas,
        };
        let (raw, hash) = self.account.sign(call, connection.chain.chain_id, fees)?;
        let sent: Result<B256, CallError> = connection.ask("eth_sendRawTransaction", vec![json!(raw)]).await;
        sent.map_err(refused)?;
        let receipt = self.receipt(connection, hash, wait).await?;
        if receipt.status.is_zero() {
            return Err(self.reason(connection, presenter, &receipt).await.into());
        }
        let events = occurrences(presenter, &receipt.logs);
        Ok(Outcome {
            hash,
            receipt,
            events,
        })
    }

    async fn receipt(&self, connection: &Connection, hash: B256, wait: Duration) -> anyhow::Result<Receipt> {
        let deadline = Instant::now() + wait;
        let mut looks = 0_u32;
        loop {
            if let Some(receipt) = connection.receipt(hash).await? {
                return Ok(receipt);
            }
            looks += 1;
            // A ledger without this method has no omissions either.
            if looks.is_multiple_of(LOOKS_PER_OMISSION)
                && let Ok(Some(why)) = connection.omission(hash).await
            {
                let refusal = Box::new(Refusal::told(&self.called.name(), &why));
                return Err(Failure::Omitted { refusal }.into());
            }
            if Instant::now() >= deadline {
                let why = format!(
                    "transaction {hash} is in no block after {}: ask for its receipt later, or wait longer with --wait",
                    humantime::format_duration(wait)
                );
                return Err(Failure::unreachable(why).into());
            }
            tokio::time::sleep(RECEIPT_POLL).await;
        }
    }

    /// Why a transaction reverted: the same call again, on the state after its block.
    async fn reason(&self, connection: &Connection, presenter: &Presenter<'_>, receipt: &Receipt) -> Failure {
        let query = super::connection::Query {
            from: self.account.address,
            to: self.to,
            data: self.data.clone(),
            block: format!("{:#x}", receipt.block_number),
        };
        match connection.call(&query).await {
            Err(error) => failure(presenter, self.called, error),
            Ok(_) => Refusal::told(
                &self.called.name(),
                "it reverted in its block; another transaction came before it",
            )
            .into(),
        }
    }
}

/// A failed call in words.
pub fn failure(presenter: &Presenter<'_>, called: Called<'_>, error: CallError) -> Failure {
    match error {
        CallError::Reverted { output } => Refusal::reverted(presenter, called, &output).into(),
        CallError::Refused { message } => Refusal::told(&called.name(), &message).into(),
        CallError::Transport { .. } => Failure::Unreachable {
            why: format!("{} could not be asked", called.name()),
            source: Some(error),
        },
    }
}

/// The events of system contracts among logs.
pub fn occurrences(presenter: &Presenter<'_>, logs: &[LogParts]) -> Vec<Occurrence> {
    let known = logs.iter().filter_map(|log| {
        let contract: &Contract = catalog().at(&log.address)?;
        let (name, values) = presenter.event(contract, &log.topics, &log.data)?;
        Some(Occurrence {
            contract: contract.system.name.to_owned(),
            name,
            values,
        })
    });
    known.collect()
}

impl Occurrence {
    /// On one line: `OrganisationJoined(id: ..., name: ...)`.
    pub fn line(&self) -> String {
        format!("{}({})", self.name, inline(&self.values))
    }

    /// For scripts.
    pub fn json(&self) -> Value {
        let values = Shown::Fields(self.values.clone()).json();
        json!({ "contract": self.contract, "event": self.name, "values": values })
    }
}

impl Outcome {
    /// For scripts.
    pub fn json(&self) -> Value {
        let events: Vec<Value> = self.events.iter().map(Occurrence::json).collect();
        json!({
            "transaction": self.hash,
            "height": self.receipt.block_number.to::<u64>(),
            "gasUsed": self.receipt.gas_used.to::<u64>(),
            "events": events,
        })
    }

    /// For people.
    pub fn print(&self) {
        println!(
            "done in block {} ({} gas, transaction {})",
            self.receipt.block_number.to::<u64>(),
            self.receipt.gas_used.to::<u64>(),
            self.hash
        );
        for event in &self.events {
            println!("  {}", event.line());
        }
    }
}

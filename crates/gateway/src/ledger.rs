//! The main ledger, as a gateway sees it.

use crate::GatewayError;
use alloy_primitives::{Address, B256, Bytes, U64, U128};
use alloy_sol_types::SolCall;
use civitas_ports::{BoxError, BoxFuture};
use civitas_sdk::{Error, Node};
use civitas_system_contracts::{
    address::ANCHORS,
    anchors::{Anchor, Following, Standing},
    describe_error,
    interfaces::IAnchors::{anchorsCall, followingCall, standingCall},
};
use serde_json::{Value, json};

/// What an account is to do on the main ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// What it is, in words for errors: "a report".
    pub what: &'static str,
    /// Whom it calls.
    pub to: Address,
    /// Selector and arguments.
    pub input: Bytes,
    /// Gas above twice of what it needs now: for what others may do before it.
    pub gas_extra: u64,
}

/// A transaction before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// Chain id of the main ledger.
    pub chain_id: u64,
    /// Number of the account's transactions before it.
    pub nonce: u64,
    /// Whom it calls.
    pub to: Address,
    /// Selector and arguments.
    pub input: Bytes,
    /// Gas limit.
    pub gas: u64,
    /// The most that it pays for one unit of gas, in wei.
    pub gas_price: u128,
}

/// Who holds the key of the gateway's account.
pub trait Signer: Send + Sync {
    /// The account.
    fn account(&self) -> Address;

    /// The signature of a hash: r, s in its low form, and 27 or 28.
    ///
    /// # Errors
    /// The signer's own.
    fn sign_digest(&self, digest: B256) -> Result<[u8; 65], BoxError>;

    /// The signed transaction and its hash.
    ///
    /// # Errors
    /// The signer's own.
    fn sign(&self, transaction: &Unsigned) -> Result<(Bytes, B256), BoxError>;
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in a block, and did what it should or not.
    Executed {
        /// Whether it did.
        succeeded: bool,
        /// Gas that it used.
        gas_used: u64,
        /// What it cost, in wei.
        fee: u128,
    },
    /// It waits, or is not known.
    Open,
}

/// The questions of a gateway, and what it does.
pub trait MainLedger: Send + Sync {
    /// What a contract answers now.
    ///
    /// # Errors
    /// [`GatewayError::Ledger`] and [`GatewayError::Refused`].
    fn call<'a>(
        &'a self,
        what: &'static str,
        to: Address,
        input: &'a Bytes,
    ) -> BoxFuture<'a, Result<Bytes, GatewayError>>;

    /// Chain id of the main ledger.
    ///
    /// # Errors
    /// As [`MainLedger::following`].
    fn chain_id(&self) -> BoxFuture<'_, Result<u64, GatewayError>>;

    /// How far a chain is followed; none if it is not.
    ///
    /// # Errors
    /// [`GatewayError::Ledger`] and [`GatewayError::Refused`], here and in all that follow.
    fn following(&self, id: B256) -> BoxFuture<'_, Result<Option<Following>, GatewayError>>;

    /// What a gateway of a chain said until now.
    ///
    /// # Errors
    /// As [`MainLedger::following`].
    fn standing(&self, id: B256, gateway: Address) -> BoxFuture<'_, Result<Standing, GatewayError>>;

    /// The anchor with this index.
    ///
    /// # Errors
    /// As [`MainLedger::following`].
    fn anchor(&self, id: B256, index: u64) -> BoxFuture<'_, Result<Option<Anchor>, GatewayError>>;

    /// A transaction, ready to be signed: with the nonce of the account, and the gas that it needs.
    ///
    /// # Errors
    /// [`GatewayError::Refused`] where the ledger would refuse it now.
    fn prepare<'a>(
        &'a self,
        account: Address,
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Unsigned, GatewayError>>;

    /// Sends a signed transaction; one that is known already, or whose nonce is used, is no error.
    ///
    /// # Errors
    /// As [`MainLedger::following`].
    fn send<'a>(&'a self, raw: &'a Bytes) -> BoxFuture<'a, Result<(), GatewayError>>;

    /// What became of a transaction.
    ///
    /// # Errors
    /// As [`MainLedger::following`].
    fn fate(&self, hash: B256) -> BoxFuture<'_, Result<Fate, GatewayError>>;

    /// Number of the account's transactions in blocks.
    ///
    /// # Errors
    /// As [`MainLedger::following`].
    fn nonce(&self, account: Address) -> BoxFuture<'_, Result<u64, GatewayError>>;
}

/// The main ledger behind its nodes.
#[derive(Clone, Debug)]
pub struct NodeLedger {
    node: Node,
}

impl NodeLedger {
    /// Prepares links to nodes of the main ledger.
    ///
    /// # Errors
    /// [`GatewayError::Ledger`].
    pub fn connect(urls: &[String]) -> Result<Self, GatewayError> {
        let node = Node::connect(urls).map_err(|source| failed("its address", source))?;
        Ok(Self { node })
    }

    async fn anchors<C: SolCall>(&self, what: &'static str, call: &C) -> Result<C::Return, GatewayError> {
        ask(self, what, ANCHORS, call).await
    }
}

/// Asks a contract of the main ledger.
pub(crate) async fn ask<C: SolCall>(
    ledger: &dyn MainLedger,
    what: &'static str,
    to: Address,
    call: &C,
) -> Result<C::Return, GatewayError> {
    let output = ledger.call(what, to, &call.abi_encode().into()).await?;
    C::abi_decode_returns(&output).map_err(|source| GatewayError::Ledger {
        what,
        source: Box::new(source),
    })
}

/// JSON-RPC code of a call that a contract reverted (geth's). All other codes speak of the node: busy, pruned, its pool full.
const REVERTED: i32 = 3;

fn failed(what: &'static str, error: Error) -> GatewayError {
    match error {
        Error::Refused {
            code: REVERTED,
            message,
            data,
            ..
        } => GatewayError::Refused {
            what,
            reason: data.map_or(message, |data| describe_error(&data)),
        },
        other => GatewayError::Ledger {
            what,
            source: Box::new(other),
        },
    }
}

/// A number of a receipt. What is not there counts as zero: only the counts of cost rest on it.
fn number(value: &Value) -> U128 {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

impl MainLedger for NodeLedger {
    fn call<'a>(
        &'a self,
        what: &'static str,
        to: Address,
        input: &'a Bytes,
    ) -> BoxFuture<'a, Result<Bytes, GatewayError>> {
        Box::pin(async move {
            let output = self.node.call(to, input).await;
            output.map_err(|error| failed(what, error))
        })
    }

    fn chain_id(&self) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move {
            let id = self.node.chain_id().await;
            id.map_err(|error| failed("its chain id", error))
        })
    }

    fn following(&self, id: B256) -> BoxFuture<'_, Result<Option<Following>, GatewayError>> {
        Box::pin(async move {
            use alloy_sol_types::SolError as _;
            use civitas_system_contracts::interfaces::IAnchors::NotFollowed;
            let call = followingCall { id };
            let output = self.node.call(ANCHORS, &call.abi_encode().into()).await;
            if let Err(error) = &output
                && error
                    .revert()
                    .is_some_and(|data| NotFollowed::abi_decode(data).is_ok())
            {
                return Ok(None);
            }
            self.anchors("the anchors of a chain", &call).await.map(Some)
        })
    }

    fn standing(&self, id: B256, gateway: Address) -> BoxFuture<'_, Result<Standing, GatewayError>> {
        Box::pin(async move {
            self.anchors("the standing of a gateway", &standingCall { id, gateway })
                .await
        })
    }

    fn anchor(&self, id: B256, index: u64) -> BoxFuture<'_, Result<Option<Anchor>, GatewayError>> {
        Box::pin(async move {
            let call = anchorsCall {
                id,
                from: index,
                count: 1,
            };
            Ok(self.anchors("an anchor", &call).await?.pop())
        })
    }

    fn prepare<'a>(
        &'a self,
        account: Address,
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Unsigned, GatewayError>> {
        Box::pin(async move {
            let told = |error| failed(intent.what, error);
            let gas = self
                .node
                .estimate_gas(account, intent.to, &intent.input)
                .await
                .map_err(told)?;
            let price: U128 = self
                .node
                .request("eth_gasPrice", Value::Null)
                .await
                .map_err(told)?;
            Ok(Unsigned {
                chain_id: self.node.chain_id().await.map_err(told)?,
                nonce: self.nonce(account).await?,
                to: intent.to,
                input: intent.input.clone(),
                // What others do before it may make it dearer.
                gas: gas.saturating_mul(2).saturating_add(intent.gas_extra),
                gas_price: price.to(),
            })
        })
    }

    fn send<'a>(&'a self, raw: &'a Bytes) -> BoxFuture<'a, Result<(), GatewayError>> {
        Box::pin(async move {
            match self.node.send_raw_transaction(raw).await {
                Ok(_) => Ok(()),
                // It is known, or its nonce is used: its fate is asked next.
                Err(Error::Refused { message, .. })
                    if message.contains("known") || message.contains("nonce") =>
                {
                    Ok(())
                }
                Err(error) => Err(failed("a transaction", error)),
            }
        })
    }

    fn fate(&self, hash: B256) -> BoxFuture<'_, Result<Fate, GatewayError>> {
        Box::pin(async move {
            let receipt = self.node.receipt(hash).await;
            let receipt = receipt.map_err(|error| failed("a receipt", error))?;
            Ok(receipt.map_or(Fate::Open, |receipt| {
                let gas_used: u64 = number(&receipt["gasUsed"]).saturating_to();
                let price = number(&receipt["effectiveGasPrice"]).to::<u128>();
                Fate::Executed {
                    succeeded: receipt["status"] == json!("0x1"),
                    gas_used,
                    fee: price.saturating_mul(gas_used.into()),
                }
            }))
        })
    }

    fn nonce(&self, account: Address) -> BoxFuture<'_, Result<u64, GatewayError>> {
        Box::pin(async move {
            let nonce: Result<U64, Error> = self
                .node
                .request("eth_getTransactionCount", json!([account, "latest"]))
                .await;
            Ok(nonce.map_err(|error| failed("a nonce", error))?.to())
        })
    }
}

/// Gas of the record of a batch and the standings of 16 gateways, for the report that is the last one needed: reports of others may come
/// before it, so that it is the one that anchors the batch.
pub(crate) const ANCHORING_GAS: u64 = 1_500_000;

//! Acting on an Ethereum-like chain: calls, proofs of storage, transactions of an account.
//!
//! What waits is asked of the chain, every time. In memory stands only since when this process sees a transaction wait, so that one that is
//! stuck is replaced by a dearer one.

use crate::{
    Evm,
    link::Link,
    wire::{WireBlock, WireFate, WireProof},
};
use alloy_consensus::{EthereumTxEnvelope, SignableTransaction as _, TxEip1559, TxEip4844, TxLegacy};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U64, U128, U256};
use civitas_chain_link::LinkError;
use civitas_ports::{
    BoxError, BoxFuture, DigestSigner, ForeignError, Outward, OutwardCall, OutwardProof, OutwardReceipt, Sent,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How often the price of a transaction that is stuck is raised by a quarter, at most: to 35 times of what the chain asks for.
const RAISES_MAX: u32 = 16;

/// Accounts whose waiting transactions are remembered, at most; a gateway acts by one.
const ACCOUNTS_MAX: usize = 64;

/// Words of nodes for a price that is too low to replace what waits.
const UNDERPRICED: [&str; 2] = ["underpriced", "replacement"];

/// Words of nodes for a nonce that another transaction took meanwhile.
const NONCE_TAKEN: &str = "nonce";

/// Transactions of accounts that this process saw waiting.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    seen: Mutex<BTreeMap<Address, Seen>>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    nonce: u64,
    since: Instant,
    raises: u32,
}

impl Waiting {
    /// How often the price is to be raised for what is sent now; none if it is not to be sent, since another transaction waits.
    fn raises(
        &self,
        account: Address,
        (mined, pending): (u64, u64),
        now: Instant,
        patience: Duration,
    ) -> Option<u32> {
        let mut seen = self.seen.lock();
        if pending <= mined {
            seen.remove(&account);
            return Some(0);
        }
        if seen.len() >= ACCOUNTS_MAX && !seen.contains_key(&account) {
            seen.pop_first();
        }
        let fresh = Seen {
            nonce: mined,
            since: now,
            raises: 0,
        };
        let known = seen.entry(account).or_insert(fresh);
        if known.nonce != mined {
            *known = fresh;
        }
        if now.duration_since(known.since) < patience {
            return None;
        }
        known.since = now;
        known.raises = known.raises.saturating_add(1).min(RAISES_MAX);
        Some(known.raises)
    }
}

/// What a transaction offers for gas, in the smallest unit of the chain's coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fees {
    /// The chain has no base fee (before London).
    Legacy { price: u128 },
    /// EIP-1559.
    Dynamic { fee_max: u128, tip: u128 },
}

impl Fees {
    /// A quarter more, so many times: nodes want a tenth more at least.
    fn raised(self, times: u32) -> Self {
        let raise = |price: u128| {
            (0..times).fold(price, |price, _| {
                // A price of one unit grows, too.
                price.saturating_add((price / 4).max(u128::from(price > 0)))
            })
        };
        match self {
            Self::Legacy { price } => Self::Legacy { price: raise(price) },
            Self::Dynamic { fee_max, tip } => Self::Dynamic {
                fee_max: raise(fee_max),
                tip: raise(tip),
            },
        }
    }

    /// Passes what pays no more than `wei_max` for a unit of gas, with the tip and without it: prices are an endpoint's word.
    fn bounded(self, wei_max: u128) -> Result<Self, LinkError> {
        let offered = match self {
            Self::Legacy { price } => price,
            Self::Dynamic { fee_max, tip } => fee_max.max(tip),
        };
        if offered <= wei_max {
            return Ok(self);
        }
        Err(LinkError::TooLarge {
            what: format!("a transaction that would pay {offered} wei for a unit of gas"),
            max: u64::try_from(wei_max).unwrap_or(u64::MAX),
        })
    }
}

/// Why an endpoint that answered sent nothing.
enum Unsent {
    /// The chain does not take it, in its words.
    Refused(String),
    /// The signer gave nothing.
    Unsigned(BoxError),
}

/// A refusal is an answer of the chain, not a fault of the endpoint.
fn answered<T>(result: Result<T, LinkError>) -> Result<Result<T, String>, LinkError> {
    match result {
        Ok(answer) => Ok(Ok(answer)),
        Err(LinkError::Refused { message, .. }) => Ok(Err(message)),
        Err(error) => Err(error),
    }
}

fn signed(
    call: &OutwardCall,
    (chain_id, nonce, gas_limit): (u64, u64, u64),
    fees: Fees,
    signer: &DigestSigner,
) -> Result<Bytes, BoxError> {
    let to = call.to.map_or(TxKind::Create, TxKind::Call);
    let sign = |digest: B256| -> Result<Signature, BoxError> {
        Ok(Signature::from_raw_array(&signer.sign_digest(digest)?)?)
    };
    let envelope: EthereumTxEnvelope<TxEip4844> = match fees {
        Fees::Legacy { price } => {
            let fields = TxLegacy {
                chain_id: Some(chain_id),
                nonce,
                gas_price: price,
                gas_limit,
                to,
                value: U256::ZERO,
                input: call.input.clone(),
            };
            let signature = sign(fields.signature_hash())?;
            EthereumTxEnvelope::Legacy(fields.into_signed(signature))
        }
        Fees::Dynamic { fee_max, tip } => {
            let fields = TxEip1559 {
                chain_id,
                nonce,
                gas_limit,
                max_fee_per_gas: fee_max,
                max_priority_fee_per_gas: tip,
                to,
                value: U256::ZERO,
                access_list: Default::default(),
                input: call.input.clone(),
            };
            let signature = sign(fields.signature_hash())?;
            EthereumTxEnvelope::Eip1559(fields.into_signed(signature))
        }
    };
    Ok(envelope.encoded_2718().into())
}

impl Evm {
    async fn fees(&self, link: &Link) -> Result<Fees, LinkError> {
        let params = vec![json!("latest"), json!(false)];
        let block: Option<WireBlock> = link.ask("eth_getBlockByNumber", params).await?;
        let base = block.and_then(|block| block.header.base_fee_per_gas);
        let Some(base) = base else {
            let price: U128 = link.ask("eth_gasPrice", Vec::new()).await?;
            return Ok(Fees::Legacy { price: price.to() });
        };
        // Chains without that method take no tip.
        let tip = answered(link.ask::<U128>("eth_maxPriorityFeePerGas", Vec::new()).await)?;
        let tip: u128 = tip.unwrap_or_default().to();
        Ok(Fees::Dynamic {
            // The base fee may double before the transaction is in a block.
            fee_max: u128::from(base).saturating_mul(2).saturating_add(tip),
            tip,
        })
    }

    async fn count_of(&self, link: &Link, account: Address, at: &str) -> Result<u64, LinkError> {
        let params = vec![json!(account), json!(at)];
        let count: U64 = link.ask("eth_getTransactionCount", params).await?;
        Ok(count.to())
    }

    async fn send_from(
        &self,
        link: &Link,
        call: &OutwardCall,
        signer: &DigestSigner,
    ) -> Result<Result<Sent, Unsent>, LinkError> {
        let account = signer.account();
        let mined = self.count_of(link, account, "latest").await?;
        let pending = self.count_of(link, account, "pending").await?;
        let patience = self.config.replace_after;
        let raises = self
            .waiting
            .raises(account, (mined, pending), Instant::now(), patience);
        let Some(raises) = raises else {
            return Ok(Ok(Sent::Waits));
        };
        let mut said = json!({ "from": account, "data": call.input });
        if let Some(to) = call.to {
            said["to"] = json!(to);
        }
        let gas: u64 = match answered(link.ask::<U64>("eth_estimateGas", vec![said]).await)? {
            Ok(gas) => gas.to(),
            Err(reason) => return Ok(Err(Unsent::Refused(reason))),
        };
        if gas > call.gas_max {
            return Err(LinkError::TooLarge {
                what: format!("a transaction that needs {gas} gas"),
                max: call.gas_max,
            });
        }
        // What others do before it may make it dearer.
        let gas = gas.saturating_add(gas / 4).min(call.gas_max);
        let fees = self.fees(link).await?.raised(raises);
        let fees = fees.bounded(self.config.fee_max_wei)?;
        let raw = match signed(call, (self.config.chain_id, mined, gas), fees, signer) {
            Ok(raw) => raw,
            Err(error) => return Ok(Err(Unsent::Unsigned(error))),
        };
        match self.pass(link, &raw).await? {
            Ok(hash) => Ok(Ok(Sent::New { hash })),
            Err(reason) if UNDERPRICED.iter().any(|word| reason.contains(word)) => Ok(Ok(Sent::Waits)),
            // Another process of the same account was first: what it sent waits or is done.
            Err(reason) if reason.contains(NONCE_TAKEN) => Ok(Ok(Sent::Waits)),
            Err(reason) => Ok(Err(Unsent::Refused(reason))),
        }
    }

    async fn proof_of(
        &self,
        link: &Link,
        (contract, slot): (Address, B256),
        height: u64,
    ) -> Result<OutwardProof, LinkError> {
        let header = self.hashed_header(link, height).await?;
        let params = vec![json!(contract), json!([slot]), json!(U64::from(height))];
        let proof: WireProof = link.ask("eth_getProof", params).await?;
        let Some(storage) = proof.storage_proof.into_iter().next() else {
            return Err(LinkError::False {
                height,
                what: "its proof is without the slot that was asked for".to_owned(),
            });
        };
        Ok(OutwardProof {
            header,
            account: proof.account_proof,
            storage: storage.proof,
            value: storage.value.into(),
        })
    }
}

fn refused<T>(answer: Result<T, String>) -> Result<T, ForeignError> {
    answer.map_err(|reason| ForeignError::Refused { reason })
}

impl Outward for Evm {
    fn call(&self, to: Address, input: Bytes) -> BoxFuture<'_, Result<Bytes, ForeignError>> {
        Box::pin(async move {
            let said = json!({ "to": to, "data": input });
            let answer = self.links.first("a call", |link| {
                let params: Vec<Value> = vec![said.clone(), json!("latest")];
                Box::pin(async move { answered(link.ask("eth_call", params).await) })
            });
            refused(answer.await?)
        })
    }

    fn code(&self, account: Address) -> BoxFuture<'_, Result<Bytes, ForeignError>> {
        Box::pin(async move {
            let answer = self.links.first("the code of a contract", |link| {
                let params = vec![json!(account), json!("latest")];
                Box::pin(link.ask("eth_getCode", params))
            });
            answer.await
        })
    }

    fn proof(
        &self,
        contract: Address,
        slot: B256,
        height: u64,
    ) -> BoxFuture<'_, Result<OutwardProof, ForeignError>> {
        Box::pin(async move {
            let answer = self.links.first("a proof of storage", |link| {
                Box::pin(async move { answered(self.proof_of(link, (contract, slot), height).await) })
            });
            refused(answer.await?)
        })
    }

    fn send<'a>(
        &'a self,
        call: &'a OutwardCall,
        signer: &'a DigestSigner,
    ) -> BoxFuture<'a, Result<Sent, ForeignError>> {
        Box::pin(async move {
            let answer = self.links.first("a transaction", |link| {
                Box::pin(self.send_from(link, call, signer))
            });
            answer.await?.map_err(|unsent| match unsent {
                Unsent::Refused(reason) => ForeignError::Refused { reason },
                Unsent::Unsigned(error) => ForeignError::Settings {
                    what: format!("the signer gave nothing: {error}"),
                },
            })
        })
    }

    fn receipt(&self, hash: B256) -> BoxFuture<'_, Result<Option<OutwardReceipt>, ForeignError>> {
        Box::pin(async move {
            let answer = self.links.first("a receipt", |link| {
                Box::pin(link.ask::<Option<WireFate>>("eth_getTransactionReceipt", vec![json!(hash)]))
            });
            Ok(answer.await?.and_then(|fate| {
                Some(OutwardReceipt {
                    succeeded: fate.status.is_none_or(|status| !status.is_zero()),
                    height: fate.block_number?.to(),
                    created: fate.contract_address,
                })
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_too_long_is_replaced_by_a_dearer_one() {
        let waiting = Waiting::default();
        let (account, start) = (Address::repeat_byte(1), Instant::now());
        let raises = |counts, seconds| {
            let now = start + Duration::from_secs(seconds);
            waiting.raises(account, counts, now, Duration::from_secs(30))
        };
        assert_eq!(raises((3, 3), 0), Some(0));
        // Nonce 3 waits: it was seen in second 1.
        assert_eq!(raises((3, 4), 1), None);
        assert_eq!(raises((3, 4), 30), None);
        assert_eq!(raises((3, 4), 31), Some(1));
        assert_eq!(raises((3, 4), 32), None);
        assert_eq!(raises((3, 4), 61), Some(2));
        // It is in a block, and the next one waits: that has its own time.
        assert_eq!(raises((4, 5), 90), None);
        assert_eq!(raises((5, 5), 91), Some(0));
        assert_eq!(raises((5, 6), 92), None);
        for index in 0..40 {
            assert_eq!(
                raises((5, 6), 122 + index * 30),
                Some(RAISES_MAX.min(u32::try_from(index).unwrap_or(0) + 1))
            );
        }
    }

    #[test]
    fn a_price_above_the_bound_is_refused_with_both_figures() {
        let max = 500;
        for taken in [
            Fees::Legacy { price: 500 },
            Fees::Dynamic {
                fee_max: 500,
                tip: 500,
            },
        ] {
            assert_eq!(taken.bounded(max).unwrap(), taken);
        }
        for refused in [
            Fees::Legacy { price: 501 },
            Fees::Dynamic { fee_max: 501, tip: 0 },
            Fees::Dynamic { fee_max: 0, tip: 501 },
            // The raise is bounded with the rest.
            Fees::Legacy { price: 401 }.raised(1),
        ] {
            let told = refused.bounded(max).unwrap_err().to_string();
            assert!(
                told.contains("501 wei") && told.ends_with("bound of 500"),
                "{told}"
            );
        }
        let endless = Fees::Legacy { price: u128::MAX };
        assert!(endless.bounded(crate::FEE_MAX_WEI).is_err());
    }

    #[test]
    fn a_raised_price_is_a_quarter_higher() {
        let check = |fees: Fees, times, expected| assert_eq!(fees.raised(times), expected);
        check(Fees::Legacy { price: 100 }, 0, Fees::Legacy { price: 100 });
        check(Fees::Legacy { price: 100 }, 2, Fees::Legacy { price: 156 });
        check(Fees::Legacy { price: 0 }, 5, Fees::Legacy { price: 0 });
        let (low, high) = (
            Fees::Dynamic { fee_max: 8, tip: 1 },
            Fees::Dynamic { fee_max: 10, tip: 2 },
        );
        check(low, 1, high);
        check(
            Fees::Legacy { price: u128::MAX },
            1,
            Fees::Legacy { price: u128::MAX },
        );
    }
}

//! From a transaction request of a client to what revm executes.

use super::error::RequestError;
use alloy_consensus::TxType;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use revm::{
    context::{BlockEnv, TxEnv},
    context_interface::either::Either,
};

/// The data of a call, from either of the two fields that clients use for it.
pub(crate) fn input_of(request: &TransactionRequest) -> Result<Bytes, RequestError> {
    match (&request.input.input, &request.input.data) {
        (Some(input), Some(data)) if input != data => Err(RequestError::TwoInputs),
        (Some(input), _) => Ok(input.clone()),
        (None, Some(data)) => Ok(data.clone()),
        (None, None) => Ok(Bytes::new()),
    }
}

/// Refuses requests that name their price in two ways, or that are meant for another chain.
pub(crate) fn check(request: &TransactionRequest, chain_id: u64) -> Result<(), RequestError> {
    let dynamic = request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some();
    if request.gas_price.is_some() && dynamic {
        return Err(RequestError::TwoGasPrices);
    }
    if let Some(found) = request.chain_id
        && found != chain_id
    {
        return Err(RequestError::WrongChain { found, chain_id });
    }
    if request.blob_versioned_hashes.as_ref().is_some_and(Vec::is_empty) {
        return Err(RequestError::NoBlobs);
    }
    Ok(())
}

/// What is fixed for a call besides its request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallDefaults {
    /// Gas limit where the request names none, and the most that it may name.
    pub(crate) gas_max: u64,
    /// Nonce where the request names none.
    pub(crate) nonce: u64,
    /// Chain id of the ledger.
    pub(crate) chain_id: u64,
}

/// The transaction that `request` describes. Its price may be zero: see [`waive_fees`].
pub(crate) fn transaction_environment(
    request: &TransactionRequest,
    defaults: CallDefaults,
) -> Result<TxEnv, RequestError> {
    check(request, defaults.chain_id)?;
    let caller = request.from.unwrap_or_default();
    let (gas_price, gas_priority_fee) = fees(request, caller)?;
    Ok(TxEnv {
        tx_type: kind(request) as u8,
        caller,
        gas_limit: request
            .gas
            .map_or(defaults.gas_max, |gas| gas.min(defaults.gas_max)),
        gas_price,
        gas_priority_fee,
        kind: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: input_of(request)?,
        nonce: request.nonce.unwrap_or(defaults.nonce),
        chain_id: Some(defaults.chain_id),
        access_list: request.access_list.clone().unwrap_or_default(),
        blob_hashes: request.blob_versioned_hashes.clone().unwrap_or_default(),
        max_fee_per_blob_gas: request.max_fee_per_blob_gas.unwrap_or_default(),
        authorization_list: request
            .authorization_list
            .iter()
            .flatten()
            .map(|authorization| Either::Left(authorization.clone()))
            .collect(),
    })
}

/// Makes a transaction that names no price free: the base fee, and the price of blob gas, are zero for it. A
/// transaction that names a price is checked and charged as on the ledger.
pub(crate) const fn waive_fees(block: &mut BlockEnv, transaction: &TxEnv) {
    if transaction.gas_price == 0 {
        block.basefee = 0;
    }
    waive_blob_fee(block, transaction);
}

/// Makes blobs free for a transaction that names no price for them.
pub(crate) const fn waive_blob_fee(block: &mut BlockEnv, transaction: &TxEnv) {
    if transaction.max_fee_per_blob_gas == 0
        && let Some(blob) = &mut block.blob_excess_gas_and_price
    {
        blob.blob_gasprice = 0;
    }
}

/// The transaction type that carries the fields of the request.
pub(crate) fn kind(request: &TransactionRequest) -> TxType {
    if request
        .authorization_list
        .as_ref()
        .is_some_and(|list| !list.is_empty())
    {
        TxType::Eip7702
    } else if request.blob_versioned_hashes.is_some() {
        TxType::Eip4844
    } else if request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some() {
        TxType::Eip1559
    } else if request.access_list.is_some() {
        TxType::Eip2930
    } else {
        TxType::Legacy
    }
}

fn fees(request: &TransactionRequest, address: Address) -> Result<(u128, Option<u128>), RequestError> {
    if let Some(price) = request.gas_price {
        return Ok((price, None));
    }
    let fee = request.max_fee_per_gas.unwrap_or_default();
    let tip = request.max_priority_fee_per_gas;
    match tip {
        Some(tip) if tip > fee => Err(RequestError::TipAboveFee { address, tip, fee }),
        _ if matches!(kind(request), TxType::Legacy | TxType::Eip2930) => Ok((fee, None)),
        _ => Ok((fee, Some(tip.unwrap_or_default()))),
    }
}

/// What the sender may have to pay at most, in wei: gas at the fee cap, and the value.
pub(crate) fn cost_max(transaction: &TxEnv) -> U256 {
    U256::from(transaction.gas_limit)
        .saturating_mul(U256::from(transaction.gas_price))
        .saturating_add(transaction.value)
}

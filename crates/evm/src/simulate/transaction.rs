//! The unsigned transactions that simulated calls become.

use super::SimulationError;
use crate::call::{
    CallError, RequestError,
    request::{self, input_of},
};
use alloy_consensus::{SignableTransaction, Signed, TxEip1559, TxEip4844, TxEip7702, TxLegacy, TxType};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, keccak256};
use alloy_rlp::{BufMut, Encodable};
use alloy_rpc_types_eth::TransactionRequest;
use civitas_types::TxEnvelope;
use revm::{context::TxEnv, context_interface::either::Either};

/// A simulated call as a transaction whose signature is zero.
#[derive(Clone, Debug)]
pub struct SimulatedTransaction {
    /// The transaction.
    pub envelope: TxEnvelope,
    /// Keccak-256 of `raw`.
    pub hash: B256,
    /// The sender that the client named.
    pub sender: Address,
    /// Wei per gas that the sender paid.
    pub gas_price: u128,
    /// The encoding with a signature of zeros.
    pub raw: Bytes,
}

/// A call with everything that the client left out.
#[derive(Clone, Debug)]
pub(super) struct CompleteCall {
    pub(super) from: Address,
    pub(super) nonce: u64,
    pub(super) gas: u64,
    /// Fee cap, or the price of a legacy transaction, in wei.
    pub(super) fee: u128,
    /// Priority fee; none for a legacy transaction.
    pub(super) tip: Option<u128>,
    pub(super) chain_id: u64,
}

impl CompleteCall {
    /// Fees as geth reads them: without a price of its own a call is a dynamic fee transaction that pays nothing.
    pub(super) fn fees(request: &TransactionRequest, base_fee: Option<u64>) -> (u128, Option<u128>) {
        match (request.gas_price, base_fee) {
            (Some(price), _) => (price, None),
            (None, None) => (0, None),
            (None, Some(_)) => (
                request.max_fee_per_gas.unwrap_or_default(),
                Some(request.max_priority_fee_per_gas.unwrap_or_default()),
            ),
        }
    }

    /// What the sender pays for one gas.
    pub(super) fn effective_gas_price(&self, base_fee: Option<u64>) -> u128 {
        match (self.tip, base_fee) {
            (Some(tip), Some(base_fee)) if self.fee > 0 || tip > 0 => {
                self.fee.min(u128::from(base_fee).saturating_add(tip))
            }
            (Some(_), _) => 0,
            (None, _) => self.fee,
        }
    }

    fn kind(&self, request: &TransactionRequest) -> TxType {
        match request::kind(request) {
            _ if self.tip.is_none() => TxType::Legacy,
            TxType::Eip7702 => TxType::Eip7702,
            TxType::Eip4844 => TxType::Eip4844,
            _ => TxType::Eip1559,
        }
    }

    /// What revm executes. The nonce of revm is only checked, never used: the account's own counts.
    pub(super) fn environment(&self, request: &TransactionRequest) -> Result<TxEnv, SimulationError> {
        request::check(request, self.chain_id)?;
        let kind = match self.kind(request) {
            TxType::Legacy if request.access_list.is_some() => TxType::Eip2930,
            kind => kind,
        };
        Ok(TxEnv {
            tx_type: kind as u8,
            caller: self.from,
            gas_limit: self.gas,
            gas_price: self.fee,
            gas_priority_fee: self.tip,
            kind: request.to.unwrap_or(TxKind::Create),
            value: request.value.unwrap_or_default(),
            data: input_of(request)?,
            nonce: self.nonce.min(u64::MAX - 1),
            chain_id: Some(self.chain_id),
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

    /// The call as an unsigned transaction.
    pub(super) fn transaction(
        &self,
        request: &TransactionRequest,
        base_fee: Option<u64>,
    ) -> Result<SimulatedTransaction, SimulationError> {
        let envelope = self.envelope(request)?;
        let raw = match &envelope {
            TxEnvelope::Legacy(legacy) => unsigned_legacy(legacy.tx()),
            other => Bytes::from(other.encoded_2718()),
        };
        Ok(SimulatedTransaction {
            hash: keccak256(&raw),
            sender: self.from,
            gas_price: self.effective_gas_price(base_fee),
            envelope,
            raw,
        })
    }

    fn envelope(&self, request: &TransactionRequest) -> Result<TxEnvelope, SimulationError> {
        let signature = Signature::new(U256::ZERO, U256::ZERO, false);
        let to = request.to.unwrap_or(TxKind::Create);
        let value = request.value.unwrap_or_default();
        let input = input_of(request)?;
        let access_list = request.access_list.clone().unwrap_or_default();
        let tip = self.tip.unwrap_or_default();
        let target = to
            .to()
            .copied()
            .ok_or_else(|| CallError::Request(RequestError::NoTarget));
        let envelope = match self.kind(request) {
            TxType::Eip7702 => TxEip7702 {
                chain_id: self.chain_id,
                nonce: self.nonce,
                gas_limit: self.gas,
                max_fee_per_gas: self.fee,
                max_priority_fee_per_gas: tip,
                to: target?,
                value,
                access_list,
                authorization_list: request.authorization_list.clone().unwrap_or_default(),
                input,
            }
            .into_signed(signature)
            .into(),
            TxType::Eip4844 => TxEip4844 {
                chain_id: self.chain_id,
                nonce: self.nonce,
                gas_limit: self.gas,
                max_fee_per_gas: self.fee,
                max_priority_fee_per_gas: tip,
                to: target?,
                value,
                access_list,
                blob_versioned_hashes: request.blob_versioned_hashes.clone().unwrap_or_default(),
                max_fee_per_blob_gas: request.max_fee_per_blob_gas.unwrap_or_default(),
                input,
            }
            .into_signed(signature)
            .into(),
            TxType::Legacy => {
                let transaction = TxLegacy {
                    chain_id: None,
                    nonce: self.nonce,
                    gas_price: self.fee,
                    gas_limit: self.gas,
                    to,
                    value,
                    input,
                };
                let hash = keccak256(unsigned_legacy(&transaction));
                Signed::new_unchecked(transaction, signature, hash).into()
            }
            _ => TxEip1559 {
                chain_id: self.chain_id,
                nonce: self.nonce,
                gas_limit: self.gas,
                max_fee_per_gas: self.fee,
                max_priority_fee_per_gas: tip,
                to,
                value,
                access_list,
                input,
            }
            .into_signed(signature)
            .into(),
        };
        Ok(envelope)
    }
}

/// A legacy transaction whose `v` is zero as well, which no signature has and alloy therefore cannot encode.
fn unsigned_legacy(transaction: &TxLegacy) -> Bytes {
    let mut fields = Vec::new();
    transaction.nonce.encode(&mut fields);
    transaction.gas_price.encode(&mut fields);
    transaction.gas_limit.encode(&mut fields);
    transaction.to.encode(&mut fields);
    transaction.value.encode(&mut fields);
    transaction.input.encode(&mut fields);
    for zero in [0_u8; 3] {
        zero.encode(&mut fields);
    }
    let mut raw = Vec::with_capacity(fields.len() + 4);
    alloy_rlp::Header {
        list: true,
        payload_length: fields.len(),
    }
    .encode(&mut raw);
    raw.put_slice(&fields);
    raw.into()
}

//! From the file of a gateway to blocks like those of a ledger, if it is what was anchored.
//!
//! The root that is anchored binds heights, hashes, outcomes and events. Of Ethereum-like chains [`Reported::read`] has
//! seen that all else leads to these hashes; of others, what their hashes do not show is as the gateway read it.

use crate::source::{SourceBlock, WireBlock, WireLog, WireReceipt, WireTransaction};
use alloy_consensus::{Header, Transaction as _, TxEnvelope, Typed2718 as _};
use alloy_eips::Decodable2718 as _;
use alloy_primitives::{Address, B256, Bytes, U64, U256, keccak256};
use alloy_rlp::Decodable;
use civitas_gateway::archive::{BlockLine, Reported, TransactionLine};
use civitas_system_contracts::interfaces::IAnchors::Batch;

/// The blocks of a file, if it is that of this batch. The error says what is wrong with it.
pub(crate) fn blocks_of(chain: &str, anchored: &Batch, file: &[u8]) -> Result<Vec<SourceBlock>, String> {
    let reported = Reported::read(file).map_err(|error| civitas_sdk::causes(&error))?;
    if reported.batch.chain != chain {
        return Err(format!("it is of {}", reported.batch.chain));
    }
    if reported.batch.batch() != *anchored {
        return Err(format!(
            "blocks {} to {} with the root {} were anchored, it has blocks {} to {} with the root {}",
            anchored.fromHeight,
            anchored.toHeight,
            anchored.blocksRoot,
            reported.batch.from_height,
            reported.batch.to_height,
            reported.batch.blocks_root,
        ));
    }
    let is_ethereum = chain.starts_with("eip155:");
    Ok(reported
        .blocks
        .iter()
        .map(|line| block(line, is_ethereum))
        .collect())
}

fn block(line: &BlockLine, is_ethereum: bool) -> SourceBlock {
    let header = Header::decode(&mut line.header.as_ref())
        .ok()
        .filter(|_| is_ethereum)
        .unwrap_or_default();
    let transactions = line.transactions.iter();
    SourceBlock {
        block: WireBlock {
            number: U64::from(line.height),
            hash: line.hash,
            parent_hash: line.parent,
            timestamp: U64::from(line.timestamp),
            miner: header.beneficiary,
            // The default stands for the root of an empty state, and here nothing is known.
            state_root: if is_ethereum {
                header.state_root
            } else {
                B256::ZERO
            },
            mix_hash: B256::ZERO,
            gas_used: U256::from(header.gas_used),
            gas_limit: U256::from(header.gas_limit),
            base_fee_per_gas: header.base_fee_per_gas.map(U256::from),
            size: U256::ZERO,
            transactions: transactions
                .clone()
                .map(|item| transaction(item, is_ethereum))
                .collect(),
        },
        receipts: transactions.map(receipt).collect(),
    }
}

/// Nonce, gas and type stand in the bytes of an Ethereum-like transaction, where it is of a type that is known here.
fn transaction(line: &TransactionLine, is_ethereum: bool) -> WireTransaction {
    let known = TxEnvelope::decode_2718(&mut line.raw.as_ref())
        .ok()
        .filter(|_| is_ethereum);
    let figure = |read: fn(&TxEnvelope) -> u64| known.as_ref().map(read).unwrap_or_default();
    WireTransaction {
        hash: line.hash,
        from: line.sender.as_ref().map(account).unwrap_or_default(),
        to: line.target.as_ref().map(account),
        nonce: U256::from(figure(|known| known.nonce())),
        value: line.value,
        input: line.input.clone(),
        gas: U256::from(figure(|known| known.gas_limit())),
        gas_price: None,
        kind: known.map(|known| U64::from(known.ty())),
    }
}

/// Of the topics of an event the tables hold four, as many as Ethereum has.
fn receipt(line: &TransactionLine) -> WireReceipt {
    let logs = line.events.iter().map(|event| WireLog {
        address: account(&event.emitter),
        topics: event.topics.clone(),
        data: event.data.clone(),
    });
    WireReceipt {
        transaction_hash: line.hash,
        status: line.succeeded.map(|succeeded| U64::from(u8::from(succeeded))),
        gas_used: U256::ZERO,
        effective_gas_price: None,
        contract_address: line.created.as_ref().map(account),
        logs: logs.collect(),
    }
}

/// An account in 20 bytes. Chains with longer names of accounts are shown by the first 20 bytes of their Keccak-256,
/// shorter ones with zeros in front.
fn account(bytes: &Bytes) -> Address {
    if bytes.len() <= Address::len_bytes() {
        Address::left_padding_from(bytes)
    } else {
        Address::from_slice(&keccak256(bytes)[..Address::len_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_every_length_have_a_place() {
        let check =
            |bytes: &[u8], expected: Address| assert_eq!(account(&Bytes::copy_from_slice(bytes)), expected);
        check(&[7; 20], Address::repeat_byte(7));
        check(&[1], Address::with_last_byte(1));
        check(&[], Address::ZERO);
        check(&[9; 32], Address::from_slice(&keccak256([9; 32])[..20]));
    }

    fn line(header: &Header) -> BlockLine {
        BlockLine {
            height: 5,
            hash: header.hash_slow(),
            parent: header.parent_hash,
            timestamp: 9,
            header: alloy_rlp::encode(header).into(),
            transactions: Vec::new(),
        }
    }

    #[test]
    fn headers_are_read_where_they_are_those_of_ethereum() {
        let header = Header {
            number: 5,
            timestamp: 9,
            gas_used: 21_000,
            beneficiary: Address::repeat_byte(7),
            ..Header::default()
        };
        let read = block(&line(&header), true).block;
        assert_eq!(
            (read.miner, read.gas_used),
            (header.beneficiary, U256::from(21_000))
        );
        assert_eq!(read.state_root, header.state_root);
        let other = block(&line(&header), false).block;
        assert_eq!((other.miner, other.gas_used), (Address::ZERO, U256::ZERO));
        assert_eq!(other.state_root, B256::ZERO);
        assert_eq!((other.number, other.timestamp), (U64::from(5), U64::from(9)));
    }
}

//! What an event says about tokens (ERC-20, ERC-721, ERC-1155). Every contract can emit anything: what does not have
//! the form of a standard is no transfer.

use crate::{read::TokenStandard, source::WireLog};
use alloy_primitives::{Address, B256, U256, b256};

const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
const TRANSFER_SINGLE: B256 = b256!("c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62");
const TRANSFER_BATCH: B256 = b256!("4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb");

const WORD: usize = 32;

/// A movement of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Movement {
    pub(crate) token: Address,
    pub(crate) standard: TokenStandard,
    pub(crate) sender: Address,
    pub(crate) recipient: Address,
    pub(crate) token_id: U256,
    pub(crate) amount: U256,
}

/// The movements that an event tells.
pub(crate) fn movements(log: &WireLog) -> Vec<Movement> {
    let data = log.data.as_ref();
    match log.topics.as_slice() {
        [TRANSFER, sender, recipient] if data.len() == WORD => {
            let amount = word(data, 0).unwrap_or_default();
            let parts = [(U256::ZERO, amount)];
            moved(log, TokenStandard::Erc20, (sender, recipient), parts)
        }
        [TRANSFER, sender, recipient, id] if data.is_empty() => {
            let parts = [(U256::from_be_bytes(id.0), U256::ONE)];
            moved(log, TokenStandard::Erc721, (sender, recipient), parts)
        }
        [TRANSFER_SINGLE, _, sender, recipient] if data.len() == 2 * WORD => {
            let parts = word(data, 0).zip(word(data, WORD));
            moved(log, TokenStandard::Erc1155, (sender, recipient), parts)
        }
        [TRANSFER_BATCH, _, sender, recipient] => {
            let parts = array(data, 0)
                .zip(array(data, WORD))
                .filter(|(ids, amounts)| ids.len() == amounts.len());
            let parts = parts
                .into_iter()
                .flat_map(|(ids, amounts)| ids.into_iter().zip(amounts));
            moved(log, TokenStandard::Erc1155, (sender, recipient), parts)
        }
        _ => Vec::new(),
    }
}

fn moved(
    log: &WireLog,
    standard: TokenStandard,
    (sender, recipient): (&B256, &B256),
    parts: impl IntoIterator<Item = (U256, U256)>,
) -> Vec<Movement> {
    let movements = parts.into_iter().map(|(token_id, amount)| Movement {
        token: log.address,
        standard,
        sender: Address::from_word(*sender),
        recipient: Address::from_word(*recipient),
        token_id,
        amount,
    });
    movements.collect()
}

fn word(data: &[u8], at: usize) -> Option<U256> {
    let bytes = data.get(at..at.checked_add(WORD)?)?;
    Some(U256::from_be_slice(bytes))
}

/// A dynamic array of words; it never has more items than the data have words.
fn array(data: &[u8], head: usize) -> Option<Vec<U256>> {
    let start = usize::try_from(word(data, head)?).ok()?;
    let count = usize::try_from(word(data, start)?).ok()?;
    if count > data.len() / WORD {
        return None;
    }
    let first = start.checked_add(WORD)?;
    (0..count)
        .map(|index| word(data, first.checked_add(index.checked_mul(WORD)?)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Bytes, keccak256};

    fn log(topics: Vec<B256>, words: &[u64]) -> WireLog {
        let data: Vec<u8> = words
            .iter()
            .flat_map(|word| U256::from(*word).to_be_bytes::<WORD>())
            .collect();
        WireLog {
            address: Address::repeat_byte(9),
            topics,
            data: Bytes::from(data),
        }
    }

    #[test]
    fn topics_are_the_hashes_of_their_signatures() {
        assert_eq!(TRANSFER, keccak256("Transfer(address,address,uint256)"));
        assert_eq!(
            TRANSFER_SINGLE,
            keccak256("TransferSingle(address,address,address,uint256,uint256)")
        );
        assert_eq!(
            TRANSFER_BATCH,
            keccak256("TransferBatch(address,address,address,uint256[],uint256[])")
        );
    }

    #[test]
    fn each_standard_is_told_by_its_form() {
        let who = B256::with_last_byte(1);
        let parts = |log| {
            movements(&log)
                .iter()
                .map(|m| (m.standard, m.token_id.to(), m.amount.to()))
                .collect()
        };
        let check = |log: WireLog, expected: Vec<(TokenStandard, u64, u64)>| {
            let found: Vec<(TokenStandard, u64, u64)> = parts(log);
            assert_eq!(found, expected);
        };
        check(
            log(vec![TRANSFER, who, who], &[7]),
            vec![(TokenStandard::Erc20, 0, 7)],
        );
        check(
            log(vec![TRANSFER, who, who, B256::with_last_byte(3)], &[]),
            vec![(TokenStandard::Erc721, 3, 1)],
        );
        check(
            log(vec![TRANSFER_SINGLE, who, who, who], &[5, 6]),
            vec![(TokenStandard::Erc1155, 5, 6)],
        );
        let batch = [64, 160, 2, 11, 12, 2, 21, 22];
        check(
            log(vec![TRANSFER_BATCH, who, who, who], &batch),
            vec![(TokenStandard::Erc1155, 11, 21), (TokenStandard::Erc1155, 12, 22)],
        );
    }

    #[test]
    fn what_lies_is_no_transfer() {
        let who = B256::with_last_byte(1);
        let batch = |words: &[u64]| movements(&log(vec![TRANSFER_BATCH, who, who, who], words));
        assert!(movements(&log(vec![TRANSFER, who, who], &[])).is_empty());
        assert!(batch(&[u64::MAX, 64]).is_empty());
        assert!(batch(&[64, 64, u64::MAX]).is_empty());
        assert!(batch(&[64, 96, 1, 5, 9]).is_empty());
    }
}

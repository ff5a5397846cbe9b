//! Accounts that are contracts: they have no key, but say themselves which signatures are theirs (ERC-1271).
//!
//! The contract is a stranger's program. It is asked with little gas, which bounds its time, its calls of itself and of
//! others, and the memory that it can fill; and only the exact answer of the standard is a yes. What echoes its input, as a
//! fallback or the identity precompile does, begins with the same four bytes, and is none.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::{SolCall, sol};

sol! {
    /// ERC-1271.
    function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4 magic);
}

/// Gas of the question: that of a hundred signatures that a contract of several signers checks.
pub const GAS_MAX: u64 = 1_000_000;

/// Bytes of a signature that is looked at: a hundred of 65 bytes, with room for what stands between them.
pub const SIGNATURE_BYTES_MAX: usize = 8_192;

/// Bytes of an answer that is looked at. The standard's is one word; more than a few is none.
const ANSWER_BYTES_MAX: usize = 128;

/// The question whether a signature over a digest is the contract's.
pub fn question(digest: B256, signature: &[u8]) -> Bytes {
    let call = isValidSignatureCall {
        hash: digest,
        signature: Bytes::copy_from_slice(signature),
    };
    call.abi_encode().into()
}

/// Whether an answer is a yes: the selector of the question in the first word, and nothing else in it.
pub fn is_yes(answer: &[u8]) -> bool {
    let mut yes = [0; 32];
    for (target, source) in yes.iter_mut().zip(isValidSignatureCall::SELECTOR) {
        *target = source;
    }
    answer.len() <= ANSWER_BYTES_MAX && answer.first_chunk::<32>() == Some(&yes)
}

#[cfg(test)]
mod tests {
    use super::super::{ByCalls, Calls, OnLedger};
    use super::*;
    use alloy_primitives::{Address, hex};
    use async_trait::async_trait;
    use std::error::Error;

    /// A contract of a stranger.
    enum Contract {
        /// Answers this.
        Answers(Vec<u8>),
        /// Gives its input back.
        Echoes,
        /// Reverts, or uses all of its gas.
        Fails,
        /// Calls itself until the gas is used up: a call costs so much.
        Loops(u64),
        /// Cannot be asked.
        Away,
    }

    #[async_trait]
    impl Calls for Contract {
        async fn call(&self, _: Address, _: Bytes) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
            Err("it is asked without a bound".into())
        }

        async fn call_bounded(
            &self,
            _: Address,
            input: Bytes,
            gas: u64,
        ) -> Result<Option<Bytes>, Box<dyn Error + Send + Sync>> {
            assert!(gas <= GAS_MAX);
            match self {
                Self::Answers(answer) => Ok(Some(answer.clone().into())),
                Self::Echoes => Ok(Some(input)),
                Self::Fails => Ok(None),
                Self::Loops(cost) => {
                    let mut left = gas;
                    while let Some(rest) = left.checked_sub(*cost) {
                        left = rest;
                    }
                    Ok(None)
                }
                Self::Away => Err("no node answers".into()),
            }
        }
    }

    fn yes() -> Vec<u8> {
        let mut word = vec![0x16, 0x26, 0xba, 0x7e];
        word.resize(32, 0);
        word
    }

    async fn takes(contract: Contract) -> Option<bool> {
        let digest = B256::repeat_byte(7);
        let ledger = ByCalls(contract);
        ledger.takes(Address::repeat_byte(1), digest, &[1; 65]).await.ok()
    }

    #[tokio::test]
    async fn only_the_answer_of_the_standard_is_a_yes() {
        assert_eq!(takes(Contract::Answers(yes())).await, Some(true));
        let mut padded = yes();
        padded[31] = 1;
        let huge: Vec<u8> = yes().into_iter().chain(vec![0; 700_000]).collect();
        for answer in [
            vec![],
            vec![0x16, 0x26, 0xba, 0x7e],
            vec![0xff; 32],
            vec![0; 32],
            hex!("0000000000000000000000000000000000000000000000000000000000000001").to_vec(),
            padded,
            huge,
        ] {
            assert_eq!(takes(Contract::Answers(answer)).await, Some(false));
        }
        assert_eq!(takes(Contract::Echoes).await, Some(false));
        assert_eq!(takes(Contract::Fails).await, Some(false));
        assert_eq!(takes(Contract::Loops(2_600)).await, Some(false));
        assert_eq!(takes(Contract::Away).await, None);
    }

    /// The example of the standard: `isValidSignature(bytes32,bytes)` is 0x1626ba7e.
    #[test]
    fn the_question_is_that_of_the_standard() {
        let question = question(B256::repeat_byte(0xab), &[1, 2, 3]);
        let words = [
            "1626ba7e",
            &"ab".repeat(32),
            "0000000000000000000000000000000000000000000000000000000000000040",
            "0000000000000000000000000000000000000000000000000000000000000003",
            "0102030000000000000000000000000000000000000000000000000000000000",
        ];
        assert_eq!(hex::encode(&question), words.concat());
    }
}

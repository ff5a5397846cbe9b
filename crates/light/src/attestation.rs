//! Headers that nobody can verify, vouched for by several who were named: for chains whose finality leaves no proof.
//!
//! At least two, of different operators, must say the same (a single verifier that reads poisoned nodes has cost others
//! hundreds of millions). What they sign names the chain and the client, so a signature for one means nothing to another,
//! and is no transaction either. What is known this way is labelled [`Assurance::Attested`] everywhere.
//!
//! ```text
//! digest = keccak256("civitas.attestation" || 1 || client (32) || height (8) || hash (32) || parent hash (32)
//!                    || seconds (8) || state root (32) || receipts root (32)),   numbers big-endian
//! ```

use crate::{
    engine::{Assurance, Engine, Trusted},
    secp256k1,
};
use alloy_primitives::{Address, B256, keccak256};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

const DOMAIN: &[u8; 20] = b"civitas.attestation\x01";
/// Operators who must agree, at least: one alone is no attestation.
pub const THRESHOLD_MIN: usize = 2;
/// Attestors of a client, at most.
pub const ATTESTORS_MAX: usize = 64;

/// A header as the attestors saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttestedHeader {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: B256,
    /// Hash of the one before it.
    pub parent_hash: B256,
    /// Seconds since the Unix epoch.
    pub seconds: u64,
    /// Root of the state; zero where the chain has none.
    pub state_root: B256,
    /// Root of the receipts; zero where the chain has none.
    pub receipts_root: B256,
}

/// A header with signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// What is said.
    pub header: AttestedHeader,
    /// Signatures over [`Attestors::digest`], in any order.
    pub signatures: Vec<Vec<u8>>,
}

/// Why attestors cannot be used, or what they signed proves nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AttestationError {
    /// Too few must agree, or more than there are operators.
    #[error(
        "the threshold {threshold} is not between {THRESHOLD_MIN} and the number of operators, {operators}"
    )]
    Threshold {
        /// The threshold.
        threshold: usize,
        /// How many operators there are.
        operators: usize,
    },
    /// Too many attestors.
    #[error("{found} attestors are too many, {ATTESTORS_MAX} are allowed")]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// A signature is none, or of nobody who is an attestor, or the second of one.
    #[error("signature {index} is not that of an attestor, or the second of one")]
    Signature {
        /// Its place.
        index: usize,
    },
    /// Too few operators agree.
    #[error("{found} operators attest the header, {needed} must")]
    NoQuorum {
        /// How many do.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// The header is not above what is trusted, or not later, or of the future.
    #[error("the header of height {height} at {seconds} does not follow what is trusted")]
    Place {
        /// Its height.
        height: u64,
        /// Its time in seconds.
        seconds: u64,
    },
}

/// Who may attest the headers of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestors {
    /// What the signatures are for: derived from the chain, the ledger and the client that uses them, so unique.
    client: B256,
    /// Name of the operator by address.
    operators: BTreeMap<Address, String>,
    threshold: usize,
    drift_seconds_max: u64,
}

impl Attestors {
    /// Attestors with the names of their operators. One operator counts once, however many keys it has.
    ///
    /// # Errors
    /// [`AttestationError::Threshold`] and [`AttestationError::TooMany`].
    pub fn new(
        client: B256,
        operators: BTreeMap<Address, String>,
        threshold: usize,
        drift_seconds_max: u64,
    ) -> Result<Self, AttestationError> {
        if operators.len() > ATTESTORS_MAX {
            return Err(AttestationError::TooMany {
                found: operators.len(),
            });
        }
        let distinct = operators.values().collect::<BTreeSet<_>>().len();
        if threshold < THRESHOLD_MIN || threshold > distinct {
            return Err(AttestationError::Threshold {
                threshold,
                operators: distinct,
            });
        }
        Ok(Self {
            client,
            operators,
            threshold,
            drift_seconds_max,
        })
    }

    /// What attestors sign.
    pub fn digest(&self, header: &AttestedHeader) -> B256 {
        let AttestedHeader {
            height,
            hash,
            parent_hash,
            seconds,
            state_root,
            receipts_root,
        } = header;
        keccak256(
            [
                DOMAIN.as_slice(),
                self.client.as_slice(),
                &height.to_be_bytes(),
                hash.as_slice(),
                parent_hash.as_slice(),
                &seconds.to_be_bytes(),
                state_root.as_slice(),
                receipts_root.as_slice(),
            ]
            .concat(),
        )
    }

    /// How many operators signed the header.
    fn agreeing(&self, attestation: &Attestation) -> Result<usize, AttestationError> {
        let digest = self.digest(&attestation.header);
        let (mut signers, mut operators) = (BTreeSet::new(), BTreeSet::new());
        for (index, signature) in attestation.signatures.iter().enumerate() {
            let signer = secp256k1::recover(&digest, signature);
            let known = signer.and_then(|signer| Some((signer, self.operators.get(&signer)?)));
            let Some((signer, operator)) = known else {
                return Err(AttestationError::Signature { index });
            };
            if !signers.insert(signer) {
                return Err(AttestationError::Signature { index });
            }
            operators.insert(operator);
        }
        Ok(operators.len())
    }
}

impl Trusted for AttestedHeader {
    fn height(&self) -> u64 {
        self.height
    }

    fn hash(&self) -> B256 {
        self.hash
    }

    fn parent_hash(&self) -> Option<B256> {
        Some(self.parent_hash)
    }

    fn seconds(&self) -> u64 {
        self.seconds
    }
}

impl Engine for Attestors {
    type Trust = AttestedHeader;
    type Evidence = Attestation;
    type Error = AttestationError;

    const ASSURANCE: Assurance = Assurance::Attested;

    fn height(&self, evidence: &Attestation) -> Result<u64, AttestationError> {
        Ok(evidence.header.height)
    }

    fn advance(
        &self,
        trust: &AttestedHeader,
        evidence: &Attestation,
        now_seconds: u64,
    ) -> Result<AttestedHeader, AttestationError> {
        let header = evidence.header;
        let before = now_seconds.saturating_add(self.drift_seconds_max);
        if header.height <= trust.height || header.seconds < trust.seconds || header.seconds > before {
            return Err(AttestationError::Place {
                height: header.height,
                seconds: header.seconds,
            });
        }
        let found = self.agreeing(evidence)?;
        if found < self.threshold {
            return Err(AttestationError::NoQuorum {
                found,
                needed: self.threshold,
            });
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Client, ClientError, Update};
    use k256::ecdsa::SigningKey;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).unwrap()
    }

    fn sign(seed: u8, digest: &B256) -> Vec<u8> {
        let (signature, id) = key(seed).sign_prehash_recoverable(digest.as_slice()).unwrap();
        [&signature.to_bytes()[..], &[id.to_byte()]].concat()
    }

    fn address(seed: u8) -> Address {
        let digest = keccak256([seed]);
        secp256k1::recover(&digest, &sign(seed, &digest)).unwrap()
    }

    /// Keys 1 and 2 are of one operator.
    fn attestors(client: u8) -> Attestors {
        let operators = [(1, "port"), (2, "port"), (3, "bank"), (4, "court")];
        let operators = operators
            .into_iter()
            .map(|(seed, name)| (address(seed), name.to_owned()))
            .collect();
        Attestors::new(B256::repeat_byte(client), operators, 2, 10).unwrap()
    }

    fn header(height: u8, mark: u8) -> AttestedHeader {
        AttestedHeader {
            height: height.into(),
            hash: B256::from([height + mark; 32]),
            parent_hash: B256::from([height - 1; 32]),
            seconds: u64::from(height) * 100,
            state_root: B256::repeat_byte(7),
            receipts_root: B256::repeat_byte(8),
        }
    }

    fn attested(attestors: &Attestors, header: AttestedHeader, seeds: &[u8]) -> Attestation {
        let digest = attestors.digest(&header);
        Attestation {
            header,
            signatures: seeds.iter().map(|seed| sign(*seed, &digest)).collect(),
        }
    }

    #[test]
    fn several_operators_must_agree() {
        let attestors = attestors(9);
        let root = header(1, 0);
        let check = |seeds: &[u8]| attestors.advance(&root, &attested(&attestors, header(2, 0), seeds), 300);
        assert_eq!(check(&[1, 3]), Ok(header(2, 0)));
        assert_eq!(check(&[4, 2, 3]), Ok(header(2, 0)));
        assert_eq!(
            check(&[1, 2]),
            Err(AttestationError::NoQuorum { found: 1, needed: 2 })
        );
        assert_eq!(
            check(&[3]),
            Err(AttestationError::NoQuorum { found: 1, needed: 2 })
        );
        assert_eq!(check(&[3, 3]), Err(AttestationError::Signature { index: 1 }));
        assert_eq!(check(&[3, 5]), Err(AttestationError::Signature { index: 1 }));
        assert_eq!(
            check(&[]),
            Err(AttestationError::NoQuorum { found: 0, needed: 2 })
        );
    }

    #[test]
    fn a_signature_means_nothing_elsewhere() {
        let (one, other) = (attestors(9), attestors(10));
        let attestation = attested(&one, header(2, 0), &[1, 3]);
        assert!(one.advance(&header(1, 0), &attestation, 300).is_ok());
        assert_eq!(
            other.advance(&header(1, 0), &attestation, 300),
            Err(AttestationError::Signature { index: 0 })
        );
        for change in 0..6 {
            let mut attestation = attestation.clone();
            let header = &mut attestation.header;
            match change {
                0 => header.height = 3,
                1 => header.hash = B256::ZERO,
                2 => header.parent_hash = B256::ZERO,
                3 => header.seconds += 1,
                4 => header.state_root = B256::ZERO,
                _ => header.receipts_root = B256::ZERO,
            }
            assert_eq!(
                one.advance(&super::tests::header(1, 0), &attestation, 300),
                Err(AttestationError::Signature { index: 0 })
            );
        }
    }

    #[test]
    fn one_alone_cannot_be_made_a_policy() {
        let operators: BTreeMap<_, _> =
            [(address(1), "port".to_owned()), (address(2), "port".to_owned())].into();
        for threshold in [0, 1, 2, 3] {
            let refused = Attestors::new(B256::ZERO, operators.clone(), threshold, 0);
            assert_eq!(
                refused,
                Err(AttestationError::Threshold {
                    threshold,
                    operators: 1
                })
            );
        }
    }

    #[test]
    fn contradictions_freeze_for_good() {
        let attestors = attestors(9);
        let update = |client: &mut Client<Attestors>, header, now| {
            client.update(&attested(&attestors, header, &[1, 3]), now)
        };
        let mut client = Client::new(attestors.clone(), header(1, 0), 10);
        assert_eq!(client.assurance(), Assurance::Attested);
        assert_eq!(update(&mut client, header(2, 0), 1_000).unwrap(), Update::Added);
        assert_eq!(update(&mut client, header(2, 0), 1_000).unwrap(), Update::Known);
        assert_eq!(update(&mut client, header(5, 0), 1_000).unwrap(), Update::Added);
        assert_eq!(
            update(&mut client, header(3, 0), 1_000).unwrap(),
            Update::Added,
            "a gap is filled"
        );
        assert!(matches!(
            update(&mut client, header(6, 0), 100),
            Err(ClientError::Evidence(AttestationError::Place { .. }))
        ));
        assert_eq!(client.newest().map(|newest| newest.height), Some(5));
        let Update::Frozen(equivocation) = update(&mut client, header(3, 50), 1_000).unwrap() else {
            panic!("not frozen")
        };
        assert_eq!(
            (equivocation.trusted, equivocation.other),
            (header(3, 0).hash, header(3, 50).hash)
        );
        assert!(client.newest().is_none() && client.at(2).is_none());
        assert!(matches!(
            update(&mut client, header(6, 0), 1_000),
            Err(ClientError::Frozen(_))
        ));
    }

    #[test]
    fn a_header_that_does_not_link_is_a_contradiction() {
        let attestors = attestors(9);
        let follow = |headers: &[AttestedHeader]| {
            let mut client = Client::new(attestors.clone(), header(1, 0), 3);
            let mut last = Update::Known;
            for header in headers {
                last = client
                    .update(&attested(&attestors, *header, &[1, 3]), 10_000)
                    .unwrap();
            }
            (last, client)
        };
        let stranger = AttestedHeader {
            parent_hash: B256::repeat_byte(99),
            ..header(3, 0)
        };
        assert!(
            matches!(follow(&[header(2, 0), stranger]).0, Update::Frozen(_)),
            "above"
        );
        assert!(
            matches!(follow(&[stranger, header(2, 0)]).0, Update::Frozen(_)),
            "below"
        );
        let early = AttestedHeader {
            seconds: 150,
            ..header(5, 0)
        };
        assert!(
            matches!(follow(&[early, header(3, 0)]).0, Update::Frozen(_)),
            "time"
        );
        let (last, client) = follow(&[header(2, 0), header(3, 0), header(4, 0)]);
        assert_eq!(last, Update::Added);
        assert!(
            client.at(1).is_none() && client.at(2).is_some(),
            "only so many are kept"
        );
    }
}

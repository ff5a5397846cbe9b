//! The engine of our own ledgers: follows one by its certificates, epoch after epoch.
//!
//! The validators of an epoch come with it from a source that is trusted (the genesis, the contract Nodes as an operator reads
//! it, a proven state): a certificate says who signed it, never who may. A certificate of an epoch whose validators are not
//! known is refused, not believed.

use crate::{
    certificate::{self, BlockCertificate, CertificateError, LedgerTrust, Proven},
    engine::{Assurance, Engine, Trusted},
    header::Header,
};
use alloy_primitives::B256;
use std::collections::BTreeMap;
use thiserror::Error;

/// A ledger with the validators of the epochs that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Its chain id.
    pub chain_id: u64,
    /// Heights of an epoch.
    pub epoch_blocks: u64,
    /// Hash of its genesis block.
    pub genesis_hash: B256,
    /// Time of its genesis block in seconds since the Unix epoch.
    pub genesis_seconds: u64,
    /// Keys of the validators by epoch.
    pub validators: BTreeMap<u64, Vec<[u8; 32]>>,
    /// Seconds that clocks may differ.
    pub drift_seconds_max: u64,
}

/// A block that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerBlock(pub Header);

/// Why a certificate does not lead on.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LedgerError {
    /// The certificate proves nothing.
    #[error("the certificate does not prove the block")]
    Certificate(#[from] CertificateError),
    /// It is of an epoch whose validators are not known.
    #[error("the validators of epoch {epoch} are not known")]
    EpochUnknown {
        /// That epoch.
        epoch: u64,
    },
    /// The block is not above what is trusted, is earlier, or of the future.
    #[error("the block of height {height} at {seconds} does not follow what is trusted")]
    Place {
        /// Its height.
        height: u64,
        /// Its time in seconds.
        seconds: u64,
    },
}

impl Trusted for LedgerBlock {
    fn height(&self) -> u64 {
        self.0.number
    }

    fn hash(&self) -> B256 {
        self.0.hash
    }

    fn parent_hash(&self) -> Option<B256> {
        Some(self.0.parent_hash)
    }

    fn seconds(&self) -> u64 {
        self.0.timestamp
    }
}

impl Ledger {
    /// Proves a block on its own, whatever is trusted of others.
    ///
    /// # Errors
    /// [`LedgerError::Certificate`] and [`LedgerError::EpochUnknown`].
    pub fn prove(&self, certificate: &BlockCertificate) -> Result<Proven, LedgerError> {
        let height = certificate::payload_height(&certificate.payload_header)?;
        let epoch = height
            .checked_div(self.epoch_blocks)
            .ok_or(CertificateError::Trust)?;
        let validators = self
            .validators
            .get(&epoch)
            .ok_or(LedgerError::EpochUnknown { epoch })?;
        let trust = LedgerTrust {
            chain_id: self.chain_id,
            epoch_blocks: self.epoch_blocks,
            genesis_hash: self.genesis_hash,
            genesis_seconds: self.genesis_seconds,
            validators: validators.clone(),
        };
        Ok(certificate::verify(&trust, certificate)?)
    }
}

impl Engine for Ledger {
    type Trust = LedgerBlock;
    type Evidence = BlockCertificate;
    type Error = LedgerError;

    const ASSURANCE: Assurance = Assurance::Verified;

    fn height(&self, evidence: &BlockCertificate) -> Result<u64, LedgerError> {
        Ok(evidence.height)
    }

    fn advance(
        &self,
        trust: &LedgerBlock,
        evidence: &BlockCertificate,
        now_seconds: u64,
    ) -> Result<LedgerBlock, LedgerError> {
        let header = self.prove(evidence)?.header;
        let before = now_seconds.saturating_add(self.drift_seconds_max);
        if header.number <= trust.0.number
            || header.timestamp < trust.0.timestamp
            || header.timestamp > before
        {
            let (height, seconds) = (header.number, header.timestamp);
            return Err(LedgerError::Place { height, seconds });
        }
        Ok(LedgerBlock(header))
    }
}

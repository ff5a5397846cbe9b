//! Who orders a channel's blocks, as a config block says, and whether they signed a block.

use crate::{
    block::{config_payload, contents, envelopes, hash_of, header, header_bytes, require, signatures},
    certificate::{certificate, is_signed},
    wire::{
        Block, ConfigEnvelope, ConfigGroup, ConsensusType, IdentifierHeader, MetadataSignature, Orderers,
        SerializedIdentity, SignatureHeader,
    },
};
use alloy_primitives::B256;
use civitas_chain_link::LinkError;
use civitas_ports::ForeignError;
use prost::Message as _;
use rustls_pki_types::CertificateDer;
use std::collections::BTreeSet;

/// Orderers of a channel, at most, and signatures of a block: SmartBFT is run by tens.
const CONSENTERS_MAX: usize = 1_000;
const GROUP: &str = "Orderer";
const VALUE_KIND: &str = "ConsensusType";
const VALUE_CONSENTERS: &str = "Orderers";
const KIND_BFT: &str = "BFT";

/// An orderer that votes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Consenter {
    id: u32,
    msp_id: String,
    certificate: CertificateDer<'static>,
}

/// A channel as one of its config blocks sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Height of the config block.
    pub height: u64,
    /// Its hash.
    pub hash: B256,
    /// The channel's name.
    pub name: String,
    /// How its blocks are ordered: `BFT`, `etcdraft`.
    pub ordering: String,
    consenters: Vec<Consenter>,
}

fn value<M: prost::Message + Default>(group: &ConfigGroup, name: &str, height: u64) -> Result<M, LinkError> {
    let bytes = group.values.get(name).map(|value| value.value.as_slice());
    M::decode(bytes.unwrap_or_default()).map_err(|error| LinkError::False {
        height,
        what: format!("{name} of its configuration cannot be read: {error}"),
    })
}

impl Channel {
    /// Reads a config block from a file of Fabric's tools.
    ///
    /// # Errors
    /// [`ForeignError::Settings`]: it is no such block.
    pub fn decode(bytes: &[u8]) -> Result<Self, ForeignError> {
        let wrong = |what: String| ForeignError::Settings { what };
        let block = Block::decode(bytes)
            .map_err(|error| wrong(format!("the config block cannot be read: {error}")))?;
        let height = block.header.as_ref().map_or(0, |header| header.number);
        Self::read(&block, height).map_err(|error| wrong(error.to_string()))
    }

    /// Reads a config block, whose data its header binds. Who signed it is not looked at.
    ///
    /// # Errors
    /// [`LinkError::False`]: it is no config block, or says nothing that can be used.
    pub fn read(block: &Block, height: u64) -> Result<Self, LinkError> {
        let header = header(block, height)?;
        contents(header, envelopes(block))?;
        let wrong = |what: String| LinkError::False { height, what };
        let (payload, named) =
            config_payload(envelopes(block)).ok_or_else(|| wrong("it is no config block".to_owned()))?;
        let read = ConfigEnvelope::decode(payload.data.as_slice())
            .map_err(|error| wrong(format!("its configuration cannot be read: {error}")))?;
        let group = read.config.and_then(|config| config.channel_group);
        let orderer = group.and_then(|mut group| group.groups.remove(GROUP));
        let orderer = orderer.ok_or_else(|| wrong("its configuration names no orderers".to_owned()))?;
        let ordering = value::<ConsensusType>(&orderer, VALUE_KIND, height)?.kind;
        let mut consenters = Vec::new();
        if ordering == KIND_BFT {
            let told: Orderers = value(&orderer, VALUE_CONSENTERS, height)?;
            let count = told.consenter_mapping.len();
            require((1..=CONSENTERS_MAX).contains(&count), height, || {
                format!("its configuration names {count} orderers")
            })?;
            for told in told.consenter_mapping {
                let certificate = certificate(&told.identity)
                    .ok_or_else(|| wrong(format!("orderer {} has no certificate", told.id)))?;
                consenters.push(Consenter {
                    id: told.id,
                    msp_id: told.msp_id,
                    certificate,
                });
            }
        }
        Ok(Self {
            height,
            hash: hash_of(header),
            name: named.channel_id,
            ordering,
            consenters,
        })
    }

    /// Whether its blocks are proven by votes. Those of a Raft carry the signature of one orderer, which proves nothing: any one of them
    /// could make up blocks.
    pub fn is_proven(&self) -> bool {
        !self.consenters.is_empty()
    }

    /// Orderers that must have signed a block: with `f = (n - 1) / 3` faulty ones of `n`, the half of `n + f + 1`, rounded up, as
    /// Fabric's `ComputeBFTQuorum` says. Zero where nobody votes.
    pub fn quorum(&self) -> usize {
        let count = self.consenters.len();
        match count.checked_sub(1) {
            Some(others) => (count + others / 3 + 1).div_ceil(2),
            None => 0,
        }
    }

    /// The orderer that a signature says it is of, with the bytes that it must have signed before the header.
    fn signer<'a>(&self, told: &'a MetadataSignature) -> Option<(&Consenter, &'a [u8])> {
        if told.signature_header.is_empty() {
            let read = IdentifierHeader::decode(told.identifier_header.as_slice()).ok()?;
            let found = self.consenters.iter().find(|known| known.id == read.identifier);
            return Some((found?, &told.identifier_header));
        }
        let read = SignatureHeader::decode(told.signature_header.as_slice()).ok()?;
        let identity = SerializedIdentity::decode(read.creator.as_slice()).ok()?;
        let certificate = certificate(&identity.id_bytes)?;
        let is_of = |known: &&Consenter| known.msp_id == identity.mspid && known.certificate == certificate;
        Some((self.consenters.iter().find(is_of)?, &told.signature_header))
    }

    /// Whether enough of the orderers signed the block; always, where nobody votes.
    ///
    /// # Errors
    /// [`LinkError::False`].
    pub fn prove(&self, block: &Block, height: u64) -> Result<(), LinkError> {
        if !self.is_proven() {
            return Ok(());
        }
        let signed = signatures(block, height)?;
        let count = signed.signatures.len();
        require(count <= CONSENTERS_MAX, height, || {
            format!("it has {count} signatures")
        })?;
        let header = header_bytes(header(block, height)?);
        let mut voters: BTreeSet<&[u8]> = BTreeSet::new();
        for told in &signed.signatures {
            let Some((signer, before)) = self.signer(told) else {
                continue;
            };
            let message = [&signed.value, before, header.as_slice()].concat();
            if is_signed(&signer.certificate, &message, &told.signature) {
                voters.insert(signer.certificate.as_ref());
            }
        }
        let (found, quorum) = (voters.len(), self.quorum());
        require(found >= quorum, height, || {
            format!(
                "{found} of {} orderers signed it, and {quorum} must",
                self.consenters.len()
            )
        })
    }
}

//! The messages of Fabric that are read or written, as far as they are: fields that nobody here needs are left out.
//!
//! Names and numbers are those of the packages `common`, `orderer`, `peer`, `gateway` and `msp` of fabric-protos (Apache-2.0).
#![expect(missing_docs, reason = "names and meanings are those of fabric-protos")]

use prost::Message;
use std::collections::HashMap;

/// `common.Block`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Block {
    #[prost(message, optional, tag = "1")]
    pub header: Option<BlockHeader>,
    #[prost(message, optional, tag = "2")]
    pub data: Option<BlockData>,
    #[prost(message, optional, tag = "3")]
    pub metadata: Option<BlockMetadata>,
}

/// `common.BlockHeader`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BlockHeader {
    #[prost(uint64, tag = "1")]
    pub number: u64,
    #[prost(bytes = "vec", tag = "2")]
    pub previous_hash: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub data_hash: Vec<u8>,
}

/// `common.BlockData`: envelopes, as bytes.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BlockData {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub data: Vec<Vec<u8>>,
}

/// `common.BlockMetadata`: signatures, and what a peer found valid, by place.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct BlockMetadata {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub metadata: Vec<Vec<u8>>,
}

/// `common.Metadata`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Metadata {
    #[prost(bytes = "vec", tag = "1")]
    pub value: Vec<u8>,
    #[prost(message, repeated, tag = "2")]
    pub signatures: Vec<MetadataSignature>,
}

/// `common.MetadataSignature`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct MetadataSignature {
    #[prost(bytes = "vec", tag = "1")]
    pub signature_header: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub identifier_header: Vec<u8>,
}

/// `common.IdentifierHeader`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct IdentifierHeader {
    #[prost(uint32, tag = "1")]
    pub identifier: u32,
    #[prost(bytes = "vec", tag = "2")]
    pub nonce: Vec<u8>,
}

/// `common.OrdererBlockMetadata`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct OrdererBlockMetadata {
    #[prost(message, optional, tag = "1")]
    pub last_config: Option<LastConfig>,
    #[prost(bytes = "vec", tag = "2")]
    pub consenter_metadata: Vec<u8>,
}

/// `common.LastConfig`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct LastConfig {
    #[prost(uint64, tag = "1")]
    pub index: u64,
}

/// `common.Envelope`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Envelope {
    #[prost(bytes = "vec", tag = "1")]
    pub payload: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub signature: Vec<u8>,
}

/// `common.Payload`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Payload {
    #[prost(message, optional, tag = "1")]
    pub header: Option<Header>,
    #[prost(bytes = "vec", tag = "2")]
    pub data: Vec<u8>,
}

/// `common.Header`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Header {
    #[prost(bytes = "vec", tag = "1")]
    pub channel_header: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub signature_header: Vec<u8>,
}

/// `common.ChannelHeader`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChannelHeader {
    #[prost(int32, tag = "1")]
    pub kind: i32,
    #[prost(int32, tag = "2")]
    pub version: i32,
    #[prost(message, optional, tag = "3")]
    pub timestamp: Option<Timestamp>,
    #[prost(string, tag = "4")]
    pub channel_id: String,
    #[prost(string, tag = "5")]
    pub tx_id: String,
    #[prost(uint64, tag = "6")]
    pub epoch: u64,
    #[prost(bytes = "vec", tag = "7")]
    pub extension: Vec<u8>,
    #[prost(bytes = "vec", tag = "8")]
    pub tls_cert_hash: Vec<u8>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Timestamp {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// `common.SignatureHeader`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SignatureHeader {
    #[prost(bytes = "vec", tag = "1")]
    pub creator: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub nonce: Vec<u8>,
}

/// `msp.SerializedIdentity`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SerializedIdentity {
    #[prost(string, tag = "1")]
    pub mspid: String,
    #[prost(bytes = "vec", tag = "2")]
    pub id_bytes: Vec<u8>,
}

/// `common.ConfigEnvelope`.
#[derive(Clone, PartialEq, Message)]
pub struct ConfigEnvelope {
    #[prost(message, optional, tag = "1")]
    pub config: Option<ChannelSettings>,
}

/// `common.Config`.
#[derive(Clone, PartialEq, Message)]
pub struct ChannelSettings {
    #[prost(uint64, tag = "1")]
    pub sequence: u64,
    #[prost(message, optional, tag = "2")]
    pub channel_group: Option<ConfigGroup>,
}

/// `common.ConfigGroup`.
#[derive(Clone, PartialEq, Message)]
pub struct ConfigGroup {
    #[prost(map = "string, message", tag = "2")]
    pub groups: HashMap<String, ConfigGroup>,
    #[prost(map = "string, message", tag = "3")]
    pub values: HashMap<String, ConfigValue>,
}

/// `common.ConfigValue`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ConfigValue {
    #[prost(bytes = "vec", tag = "2")]
    pub value: Vec<u8>,
}

/// `orderer.ConsensusType`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ConsensusType {
    #[prost(string, tag = "1")]
    pub kind: String,
}

/// `common.Orderers`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Orderers {
    #[prost(message, repeated, tag = "1")]
    pub consenter_mapping: Vec<Consenter>,
}

/// `common.Consenter`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Consenter {
    #[prost(uint32, tag = "1")]
    pub id: u32,
    #[prost(string, tag = "4")]
    pub msp_id: String,
    #[prost(bytes = "vec", tag = "5")]
    pub identity: Vec<u8>,
}

/// `peer.Transaction`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Transaction {
    #[prost(message, repeated, tag = "1")]
    pub actions: Vec<TransactionAction>,
}

/// `peer.TransactionAction`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct TransactionAction {
    #[prost(bytes = "vec", tag = "2")]
    pub payload: Vec<u8>,
}

/// `peer.ChaincodeActionPayload`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChaincodeActionPayload {
    #[prost(bytes = "vec", tag = "1")]
    pub chaincode_proposal_payload: Vec<u8>,
    #[prost(message, optional, tag = "2")]
    pub action: Option<ChaincodeEndorsedAction>,
}

/// `peer.ChaincodeEndorsedAction`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChaincodeEndorsedAction {
    #[prost(bytes = "vec", tag = "1")]
    pub proposal_response_payload: Vec<u8>,
}

/// `peer.ProposalResponsePayload`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ProposalResponsePayload {
    #[prost(bytes = "vec", tag = "2")]
    pub extension: Vec<u8>,
}

/// `peer.ChaincodeAction`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChaincodeAction {
    #[prost(bytes = "vec", tag = "2")]
    pub events: Vec<u8>,
}

/// `peer.ChaincodeEvent`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChaincodeEvent {
    #[prost(string, tag = "1")]
    pub chaincode_id: String,
    #[prost(string, tag = "2")]
    pub tx_id: String,
    #[prost(string, tag = "3")]
    pub event_name: String,
    #[prost(bytes = "vec", tag = "4")]
    pub payload: Vec<u8>,
}

/// `peer.ChaincodeHeaderExtension`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChaincodeHeaderExtension {
    #[prost(message, optional, tag = "2")]
    pub chaincode_id: Option<ChaincodeId>,
}

/// `peer.ChaincodeID`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChaincodeId {
    #[prost(string, tag = "2")]
    pub name: String,
}

/// `peer.ChaincodeProposalPayload`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ChaincodeProposalPayload {
    #[prost(bytes = "vec", tag = "1")]
    pub input: Vec<u8>,
}

/// `orderer.SeekInfo`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SeekInfo {
    #[prost(message, optional, tag = "1")]
    pub start: Option<SeekPosition>,
    #[prost(message, optional, tag = "2")]
    pub stop: Option<SeekPosition>,
    /// 0: wait for blocks that are not there yet; 1: fail.
    #[prost(int32, tag = "3")]
    pub behavior: i32,
    /// 0: whole blocks; 1: headers and metadata, where the peer knows that.
    #[prost(int32, tag = "5")]
    pub content_type: i32,
}

/// `orderer.SeekPosition`: one of the two.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SeekPosition {
    #[prost(message, optional, tag = "1")]
    pub newest: Option<SeekNewest>,
    #[prost(message, optional, tag = "3")]
    pub specified: Option<SeekSpecified>,
}

/// `orderer.SeekNewest`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SeekNewest {}

/// `orderer.SeekSpecified`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SeekSpecified {
    #[prost(uint64, tag = "1")]
    pub number: u64,
}

/// `peer.DeliverResponse`: one of the two.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct DeliverResponse {
    #[prost(int32, optional, tag = "1")]
    pub status: Option<i32>,
    #[prost(message, optional, tag = "2")]
    pub block: Option<Block>,
}

/// `gateway.SubmitRequest`.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SubmitRequest {
    #[prost(string, tag = "1")]
    pub transaction_id: String,
    #[prost(string, tag = "2")]
    pub channel_id: String,
    #[prost(message, optional, tag = "3")]
    pub prepared_transaction: Option<Envelope>,
}

/// `common.HeaderType` of a config block's only transaction.
pub const KIND_CONFIG: i32 = 1;
/// `common.HeaderType` of a call of a chaincode.
pub const KIND_CALL: i32 = 3;
/// `common.HeaderType` of a request for blocks.
pub const KIND_SEEK: i32 = 5;
/// Place of the orderers' signatures in a block's metadata.
pub const PLACE_SIGNATURES: usize = 0;
/// Place of what a peer found valid in a block's metadata.
pub const PLACE_VALIDITY: usize = 2;

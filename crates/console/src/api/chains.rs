//! The registry of business chains.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which chains.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChainFilter {
    /// Registered, UnderReview, Active, Rejected, Frozen or Cancelled.
    pub status: Option<String>,
}

/// A business chain.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// Its id: keccak256 of `caip2`.
    pub id: String,
    /// CAIP-2.
    pub caip2: String,
    /// Its name.
    pub name: String,
    /// Native, Evm, Fabric, CometBft or Other.
    pub kind: String,
    /// What it is for.
    pub purpose: String,
    /// The organisation that operates it.
    pub operator: String,
    /// Its name.
    pub operator_name: Option<String>,
    /// Legal name of the company.
    pub company: String,
    /// Whom to ask.
    pub contact: String,
    /// Grade of the most sensitive data on it, 1 (public) to 4.
    pub grade: u8,
    /// How it orders.
    pub consensus: String,
    /// Address of its interface; text of strangers.
    pub endpoint: String,
    /// Hash of the documents of the registration.
    pub documents: String,
    /// Registered, UnderReview, Active, Rejected, Frozen or Cancelled.
    pub status: String,
    /// Who registered it.
    pub registrant: String,
    /// Who last took up or decided the review.
    pub reviewer: Option<String>,
    /// Whether a rejection was appealed.
    pub appealed: bool,
    /// Whether an overdue review was reported.
    pub escalated: bool,
    /// When it was registered.
    pub registered_at: String,
    /// By when the review is to be decided.
    pub review_due: Option<String>,
    /// Until when a rejection can be appealed.
    pub appeal_until: Option<String>,
    /// Height of the last change of status.
    pub changed_at: u64,
}

/// A business chain with its reviews, trust roots and history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainDetail {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: Chain,
    /// Decisions, oldest first.
    pub reviews: Vec<Review>,
    /// What its messages are verified against, newest first.
    pub trust_roots: Vec<TrustRoot>,
    /// Changes of status, oldest first.
    pub history: Vec<ChainChange>,
    /// How gateways follow it; none if they do not.
    pub following: Option<Following>,
}

/// How gateways follow a chain.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Following {
    /// When it began; none while the index has not seen it.
    pub since: Option<String>,
    /// The transaction by which it began.
    pub transaction: Option<String>,
    /// Height of the trust root: the first batch begins after it.
    pub start_height: u64,
    /// Hash of that block.
    pub start_hash: String,
    /// First block of the next batch.
    pub next_height: u64,
    /// Hash of the last anchored block.
    pub last_hash: String,
    /// Batches that were agreed on.
    pub batches: u64,
    /// Instant, Finalized or Depth.
    pub finality: String,
    /// Blocks above a final one, for `Depth`.
    pub depth: u64,
    /// Blocks of a batch.
    pub batch_blocks: u32,
    /// Gateways that must say the same.
    pub threshold: u8,
    /// What each gateway said until now.
    pub gateways: Vec<GatewayStanding>,
    /// What the main ledger proved of it by the signatures of its validators; none where it cannot.
    pub proven: Option<ProvenHeaders>,
    /// Name of its ledger in the explorer; none while nothing of it is indexed.
    pub ledger: Option<String>,
}

/// Headers of a chain that the main ledger verified itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProvenHeaders {
    /// How its headers become final: Qbft, Ibft2, Ibft1 or CometBft.
    pub engine: String,
    /// Height of the newest one.
    pub height: u64,
    /// Its hash.
    pub hash: String,
    /// Height at which validators signed two headers that cannot both be, so that nothing is proven any more; none if they did not.
    pub contradicted_at: Option<u64>,
}

/// What a gateway of a chain said until now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayStanding {
    /// Its account.
    pub account: String,
    /// The organisation that answers for it.
    pub organisation: String,
    /// Its name.
    pub organisation_name: Option<String>,
    /// Batches in which it said what was agreed on; none if no node answers.
    pub reports: Option<u64>,
    /// Batches in which it said something else.
    pub contradictions: Option<u64>,
    /// Batches that it has not spoken about since it last did.
    pub behind: Option<u64>,
}

/// A batch of blocks of a chain that was agreed on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainAnchor {
    /// Its number, from 0.
    pub number: u64,
    /// First block.
    pub from_height: u64,
    /// Last block.
    pub to_height: u64,
    /// Hash of the last block.
    pub last_hash: String,
    /// Root over blocks, transactions and events.
    pub blocks_root: String,
    /// Transactions in it.
    pub transactions: u64,
    /// Events in it.
    pub events: u64,
    /// Hash over it and all batches before.
    pub digest: String,
    /// Gateways that said the same until now.
    pub agreed: u8,
    /// Height of the main ledger at which it was agreed on.
    pub height: u64,
    /// When.
    pub at: String,
}

/// A decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// Who decided.
    pub reviewer: String,
    /// How.
    pub approved: bool,
    /// Hash of the evidence.
    pub evidence: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: String,
}

/// What messages of a chain are verified against.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrustRoot {
    /// BlockHash, ValidatorSet, Certificate, Contract or Other.
    pub kind: String,
    /// The root.
    pub root: String,
    /// Height of the chain from which on it holds.
    pub valid_from_height: u64,
    /// When it was added.
    pub at: String,
}

/// A change of status.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainChange {
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
    /// By whom.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Option<String>,
    /// The transaction.
    pub transaction: Option<String>,
}

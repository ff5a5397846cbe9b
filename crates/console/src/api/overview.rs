//! The city at a glance.

use super::governance::ProposalSummary;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether the console works.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`, or `degraded` when a part does not work.
    pub status: String,
    /// Version of the program.
    pub version: String,
    /// Name of the city.
    pub city: String,
    /// The parts.
    pub parts: Vec<HealthPart>,
}

/// A part of the console.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthPart {
    /// `database`, `node`, `indexer`, `disk`.
    pub name: String,
    /// Whether it works.
    pub ok: bool,
    /// What is wrong, or a figure.
    pub detail: String,
}

/// The city at a glance.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Name of the city.
    pub city: String,
    /// Time of the answer.
    pub now: String,
    /// Its ledgers, the main ledger first.
    pub ledgers: Vec<LedgerSummary>,
    /// How many there are of what.
    pub counts: Counts,
    /// Proposals that can be voted on or executed, newest first, at most 20.
    pub open_proposals: Vec<ProposalSummary>,
    /// Alarms that ring now, most severe first, at most 20; empty without the right to see them.
    pub firing_alarms: Vec<AlarmBrief>,
    /// Business chains by their state.
    pub chains_by_state: Vec<StateCount>,
}

/// A ledger in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerSummary {
    /// Its name; `main` for the main ledger, CAIP-2 for a foreign chain.
    pub name: String,
    /// `own`, or `foreign` for a chain that is not the city's own.
    pub kind: String,
    /// How it is attested, if it is foreign; a ledger of the city is proven.
    pub attestation: Option<Attestation>,
    /// Its chain id; 0 if it has no number.
    pub chain_id: u64,
    /// `Active`, `Frozen` or `Closed`.
    pub status: String,
    /// Height that its nodes have, or of a foreign chain the height that is anchored; none if no node answers.
    pub height: Option<u64>,
    /// Height up to which the console has read it.
    pub indexed: u64,
    /// Blocks that the console is behind.
    pub lag: u64,
    /// Milliseconds from block to block in the last minute.
    pub block_interval_ms: Option<f64>,
    /// Milliseconds from a payload's proposal until it is final, the median of the last minutes.
    pub finality_ms: Option<f64>,
    /// Transactions a second in the last minute.
    pub transactions_per_second: Option<f64>,
    /// Transactions since the genesis.
    pub transactions: u64,
    /// Waiting transactions; none if no node answers.
    pub pending: Option<u64>,
    /// Time of the newest block.
    pub last_block_at: Option<String>,
}

/// How a chain that is not the city's own is attested.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attestation {
    /// Its id in the registry of chains.
    pub chain: String,
    /// What it is called there.
    pub title: Option<String>,
    /// Organisations that must say the same.
    pub threshold: u64,
    /// Organisations whose gateways report it.
    pub gateways: u64,
    /// Height after which the index begins; above 0, what accounts hold is not known.
    pub start_height: u64,
    /// Why the index does not go on; none while it does.
    pub fault: Option<String>,
    /// Gateways that gave something else than what was anchored, or nothing, when they were asked last.
    pub refusals: Vec<GatewayRefusal>,
}

/// What a gateway did instead of giving what was anchored.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayRefusal {
    /// Its address.
    pub gateway: String,
    /// First block of the batch that it was asked for.
    pub from_height: u64,
    /// What was wrong.
    pub reason: String,
    /// Whether it gave something else than what was anchored; otherwise it had or said nothing.
    pub is_false: bool,
}

/// How many there are of what.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Blocks of all ledgers.
    pub blocks: u64,
    /// Transactions of all ledgers.
    pub transactions: u64,
    /// Accounts that were seen.
    pub accounts: u64,
    /// Contracts that were deployed.
    pub contracts: u64,
    /// Tokens.
    pub tokens: u64,
    /// Organisations.
    pub organisations: u64,
    /// Identities.
    pub identities: u64,
    /// Nodes.
    pub nodes: u64,
    /// Roles.
    pub roles: u64,
    /// Business chains.
    pub chains: u64,
    /// Proposals.
    pub proposals: u64,
}

/// How many are in a state.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StateCount {
    /// The state.
    pub state: String,
    /// How many.
    pub count: u64,
}

/// An alarm that rings, in a few words.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlarmBrief {
    /// The rule.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How severe.
    pub severity: String,
    /// What was found.
    pub summary: String,
    /// Since when.
    pub since: String,
}

/// Who is connected to whom.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Topology {
    /// The nodes.
    pub nodes: Vec<TopologyNode>,
    /// Links between them, each once.
    pub links: Vec<Link>,
}

/// A node on the picture.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopologyNode {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: Option<String>,
    /// Name of its organisation.
    pub organisation: Option<String>,
    /// What it does: Observer, Validator, Standby, Light.
    pub role: Option<String>,
    /// Its status in the registry.
    pub status: Option<String>,
    /// Its height; none if it does not answer.
    pub height: Option<u64>,
    /// Blocks that it is behind the highest node.
    pub lag: Option<u64>,
    /// Whether it proposed the newest block.
    pub leader: bool,
    /// Whether it votes.
    pub voting: Option<bool>,
    /// Whether it answers; none for a node that the console cannot ask.
    pub up: Option<bool>,
    /// Nodes that it is linked to.
    pub peers: Option<u64>,
}

/// A link between two nodes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// A node.
    pub a: String,
    /// The other.
    pub b: String,
    /// Whether it stands.
    pub up: bool,
}

/// Something that was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    /// `block`, `transaction`, `account`, `contract`, `token`, `organisation`, `identity`, `role`, `node`, `chain`,
    /// `proposal`, `ledger`.
    pub kind: String,
    /// The ledger that it is on; none for what belongs to the city.
    pub ledger: Option<String>,
    /// What identifies it: the last part of its address in the API.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// More about it.
    pub detail: Option<String>,
}

/// What the stream of events carries, by the name of the event: `block`, `lag`, `alarm`, `session`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "event")]
pub enum StreamEvent {
    /// A ledger has a new block.
    #[serde(rename_all = "camelCase")]
    Block {
        /// The ledger.
        ledger: String,
        /// Its height.
        height: u64,
        /// Hash of the block.
        hash: String,
        /// Transactions in it.
        transactions: u64,
        /// Time of the block.
        at: String,
    },
    /// How far the console is behind a ledger.
    #[serde(rename_all = "camelCase")]
    Lag {
        /// The ledger.
        ledger: String,
        /// Blocks.
        lag: u64,
    },
    /// An alarm began or ceased to ring.
    #[serde(rename_all = "camelCase")]
    Alarm {
        /// The rule.
        id: String,
        /// Its name.
        name: String,
        /// How severe.
        severity: String,
        /// `firing` or `resolved`.
        state: String,
        /// What was found.
        summary: String,
    },
    /// The session ends soon, or has ended.
    #[serde(rename_all = "camelCase")]
    Session {
        /// When.
        expires: String,
    },
}

/// What to search for.
#[derive(Clone, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuestion {
    /// A number, a hash, an address, or a part of a name; 1 to 128 characters.
    #[param(min_length = 1, max_length = 128)]
    pub q: String,
}

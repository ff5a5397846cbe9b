//! How proposals, votes and rules stand in storage. Frozen.

use crate::{
    layout,
    storage::{Blob, List, Mapping, Set, Value},
};
use alloy_primitives::{Address, B256};

layout! {
    /// The contract's storage.
    pub struct Governance (4) {
        /// Proposals; the one with id `n` stands at index `n - 1`.
        0 => proposals: List<ProposalRecord>,
        /// Rules by kind.
        1 => rules: Mapping<u8, RuleRecord>,
    }
}

layout! {
    /// One proposal.
    pub struct ProposalRecord (24) {
        /// What it changes.
        0 => kind: Value<u8>,
        /// Status as last written; time may have moved it on.
        1 => status: Value<u8>,
        /// Who made it.
        2 => proposer: Value<Address>,
        /// In whose name.
        3 => organisation: Value<B256>,
        /// Title.
        4 => title: Blob,
        /// What it does.
        5 => actions: List<ActionRecord>,
        /// Seconds since 1970.
        6 => created_at: Value<u64>,
        /// Seconds since 1970.
        7 => voting_ends: Value<u64>,
        /// Seconds since 1970, zero while it is not approved.
        8 => executable_from: Value<u64>,
        /// Seconds between approval and execution, by the rule at creation.
        9 => timelock: Value<u64>,
        /// Approvals so far.
        10 => approvals: Value<u64>,
        /// Rejections so far.
        11 => rejections: Value<u64>,
        /// Approvals that it needs.
        12 => approvals_needed: Value<u64>,
        /// Organisations that have voted.
        13 => voted: Set<B256>,
        /// Votes in their order.
        15 => votes: List<VoteRecord>,
        /// Organisations that could vote when it was made.
        16 => voters: Value<u64>,
    }
}

layout! {
    /// One action.
    pub struct ActionRecord (2) {
        /// The system contract.
        0 => target: Value<Address>,
        /// Selector and arguments.
        1 => data: Blob,
    }
}

layout! {
    /// One vote.
    pub struct VoteRecord (5) {
        /// In whose name.
        0 => organisation: Value<B256>,
        /// By whom.
        1 => account: Value<Address>,
        /// For or against.
        2 => approve: Value<bool>,
        /// Why.
        3 => reason: Blob,
        /// Seconds since 1970.
        4 => at: Value<u64>,
    }
}

layout! {
    /// The rule of a kind.
    pub struct RuleRecord (4) {
        /// Hundredths of the voters.
        0 => approval_percent: Value<u8>,
        /// Approvals at least.
        1 => approvals_min: Value<u8>,
        /// Seconds.
        2 => voting_seconds: Value<u64>,
        /// Seconds.
        3 => timelock_seconds: Value<u64>,
    }
}

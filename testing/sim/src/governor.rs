//! The organisations of a simulated city: they change who the validators are, one proposal after the other.
//!
//! Every step is a transaction that two of them send until they see its receipt, as the clients of the load do: one
//! proposes that a node becomes validator or standby, the other approves, the first executes. What the contract
//! refuses (a set that would be too small, say) ends in a receipt, too, and the next proposal follows.

use crate::{
    city::Node,
    load::{AGAIN_AFTER_MS, CHAIN_ID, Transfer, address_of, sign},
};
use alloy_consensus::TxLegacy;
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use civitas_system_contracts::{
    address::{GOVERNANCE, NODES},
    genesis::{
        Founding, FoundingNode, GrantEntry, KindName, OrganisationEntry, OrganisationKindName, PolicyEntry,
        RuleEntry,
    },
    interfaces::{
        IGovernance::{Action, executeCall, proposeCall, voteCall},
        INodes,
    },
    organisations,
};
use civitas_types::{LedgerParameters, NodeKey};
use rand::{RngExt, rngs::StdRng};
use secp256k1::SecretKey;
use std::collections::BTreeSet;

/// The two organisations.
const NAMES: [&str; 2] = ["Office", "Operator"];
/// Their accounts have keys of this byte and the next, which no sender of the load has.
const KEY_BYTE: u8 = 0xc1;
/// Gas limit of a step: several times what it needs.
const GAS: u64 = 3_000_000;
/// Validators that stay, at least: a set of three bears no fault, and a node that has lost its disk never votes again there.
const VALIDATORS_MIN: usize = 4;

/// What the organisations do next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Propose,
    Approve,
    Execute,
}

/// The organisations, as they remember what they did; outlives the nodes.
#[derive(Debug)]
pub struct Governor {
    nodes: Vec<NodeKey>,
    /// The nodes that shall be validators, if every proposal passes.
    wanted: BTreeSet<usize>,
    /// The node that the proposal under way is about.
    node: usize,
    step: Step,
    nonces: [u64; 2],
    proposals: u64,
    /// Proposals that were executed and gave a node the vote or took it.
    changes: u64,
    waiting: Option<(Transfer, u64)>,
}

impl Governor {
    /// Organisations of a city that begins with all `nodes` as validators.
    pub fn new(nodes: Vec<NodeKey>) -> Self {
        Self {
            wanted: (0..nodes.len()).collect(),
            nodes,
            node: 0,
            step: Step::Propose,
            nonces: [0; 2],
            proposals: 0,
            changes: 0,
            waiting: None,
        }
    }

    /// Looks for the receipt of the last step, or sends it again; takes the next step when it was seen.
    pub async fn act(&mut self, node: &Node, chance: &mut StdRng, now_ms: u64) -> anyhow::Result<()> {
        if let Some((transfer, sent_ms)) = &mut self.waiting {
            let Some(receipt) = node.receipt(transfer.hash).await? else {
                if now_ms < *sent_ms + AGAIN_AFTER_MS {
                    return Ok(());
                }
                *sent_ms = now_ms;
                let raw = transfer.raw.clone();
                return node.send(&raw).await.map(drop);
            };
            self.waiting = None;
            self.step = match self.step {
                Step::Propose => Step::Approve,
                Step::Approve => Step::Execute,
                Step::Execute => {
                    self.changes += u64::from(receipt.succeeded);
                    Step::Propose
                }
            };
        }
        let transfer = self.next(&node.validators()?, chance)?;
        let raw = transfer.raw.clone();
        self.waiting = Some((transfer, now_ms));
        node.send(&raw).await.map(drop)
    }

    /// Executed proposals that gave a node the vote or took it. The contract refuses a role that the node has already.
    pub const fn changes(&self) -> u64 {
        self.changes
    }

    /// After a power cut time begins anew: what is under way is due.
    pub fn restart(&mut self) {
        if let Some((_, sent_ms)) = &mut self.waiting {
            *sent_ms = 0;
        }
    }

    fn next(&mut self, validators: &[NodeKey], chance: &mut StdRng) -> anyhow::Result<Transfer> {
        let (who, input) = match self.step {
            Step::Propose => {
                self.proposals += 1;
                (0, self.propose(validators, chance))
            }
            Step::Approve => {
                let approval = voteCall {
                    id: self.proposals,
                    organisation: organisations::id_of(NAMES[1]),
                    approve: true,
                    reason: String::new(),
                };
                (1, approval.abi_encode())
            }
            Step::Execute => {
                let execution = executeCall { id: self.proposals };
                (0, execution.abi_encode())
            }
        };
        let transaction = TxLegacy {
            chain_id: Some(CHAIN_ID),
            nonce: self.nonces[who],
            gas_price: 0,
            gas_limit: GAS,
            to: TxKind::Call(GOVERNANCE),
            value: U256::ZERO,
            input: input.into(),
        };
        self.nonces[who] += 1;
        Ok(sign(&key(who)?, transaction))
    }

    /// Takes the vote from a node only if enough others have one already: who is promoted has to prove that it is ready.
    fn propose(&mut self, validators: &[NodeKey], chance: &mut StdRng) -> Vec<u8> {
        self.node = chance.random_range(0..self.nodes.len());
        let staying = self
            .wanted
            .iter()
            .filter(|node| validators.contains(&self.nodes[**node]));
        let role = if self.wanted.contains(&self.node) && staying.count() > VALIDATORS_MIN {
            self.wanted.remove(&self.node);
            INodes::Role::Standby
        } else {
            self.wanted.insert(self.node);
            INodes::Role::Validator
        };
        let change = INodes::setRoleCall {
            key: self.nodes[self.node],
            role,
        };
        let proposal = proposeCall {
            organisation: organisations::id_of(NAMES[0]),
            title: format!("proposal {}", self.proposals),
            actions: vec![Action {
                target: NODES,
                data: Bytes::from(change.abi_encode()),
            }],
        };
        proposal.abi_encode()
    }
}

fn key(who: usize) -> anyhow::Result<SecretKey> {
    Ok(SecretKey::from_byte_array([KEY_BYTE + u8::try_from(who)?; 32])?)
}

/// Two organisations that decide everything together, at once.
pub fn founding(parameters: LedgerParameters) -> anyhow::Result<Founding> {
    let organisation = |name: &str| OrganisationEntry {
        name: name.to_owned(),
        kind: OrganisationKindName::Governance,
        level: 90,
        voting: true,
    };
    let rule = RuleEntry {
        approval_percent: 50,
        approvals_min: 1,
        voting_seconds: 7 * 24 * 3_600,
        timelock_seconds: 0,
    };
    let mut grants = Vec::new();
    for (who, name) in NAMES.iter().enumerate() {
        for role in ["Representative", "OrganisationAdministrator"] {
            grants.push(GrantEntry {
                role: role.to_owned(),
                account: address_of(&key(who)?),
                organisation: Some((*name).to_owned()),
            });
        }
    }
    Ok(Founding {
        parameters,
        organisations: NAMES.map(organisation).to_vec(),
        rules: KindName::ALL.into_iter().map(|kind| (kind, rule)).collect(),
        grants,
        policy: PolicyEntry::default(),
        offices: None,
    })
}

/// A node of the founding.
pub fn founding_node(name: &str, key: NodeKey) -> FoundingNode {
    FoundingNode {
        key,
        organisation: NAMES[0].to_owned(),
        name: name.to_owned(),
        endpoint: String::new(),
        beneficiary: Address::ZERO,
    }
}

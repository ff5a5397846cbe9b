//! Which entry of a registry of the city an event of a system contract is about.

use crate::{read::EntityKind, source::WireLog};
use alloy_primitives::{B256, U256};
use civitas_sdk::contracts;
use std::{collections::HashMap, sync::LazyLock};

/// Events that concerned one entry within a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Where the entry began, if it did within the batch.
    pub(crate) begins: Option<i64>,
}

/// The word of a kind in the tables.
pub(crate) const fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Organisation => "organisation",
        EntityKind::Role => "role",
        EntityKind::Grant => "grant",
        EntityKind::Identity => "identity",
        EntityKind::Node => "node",
        EntityKind::Proposal => "proposal",
        EntityKind::Chain => "chain",
        EntityKind::Ledger => "ledger",
        EntityKind::Office => "office",
        EntityKind::Opening => "opening",
    }
}

/// What an event of this name of this contract is about, if its first indexed argument names an entry; and whether
/// the entry begins with it.
fn subject(contract: &str, event: &str) -> Option<(EntityKind, bool)> {
    let found = match (contract, event) {
        ("Organisations", "OrganisationJoined") => (EntityKind::Organisation, true),
        ("Organisations", _) => (EntityKind::Organisation, false),
        ("Roles", "RoleDefined") => (EntityKind::Role, true),
        ("Roles", "RoleChanged" | "RoleRetired") => (EntityKind::Role, false),
        ("Roles", "Granted") => (EntityKind::Grant, true),
        ("Roles", _) => (EntityKind::Grant, false),
        ("Identities", "IdentityCreated") => (EntityKind::Identity, true),
        ("Identities", _) => (EntityKind::Identity, false),
        ("Nodes", "ValidatorSetChanged") => return None,
        ("Nodes", "NodeRegistered") => (EntityKind::Node, true),
        ("Nodes", _) => (EntityKind::Node, false),
        ("Governance", "RuleChanged") => return None,
        ("Governance", "ProposalCreated") => (EntityKind::Proposal, true),
        ("Governance", _) => (EntityKind::Proposal, false),
        ("Chains", "ChainRegistered") => (EntityKind::Chain, true),
        ("Chains", _) => (EntityKind::Chain, false),
        ("Ledgers", "LedgerCreated") => (EntityKind::Ledger, true),
        ("Ledgers", _) => (EntityKind::Ledger, false),
        ("Offices", "ThresholdSet" | "RecordSealed") => return None,
        ("Offices", "OfficeSet" | "OfficeRemoved") => (EntityKind::Office, false),
        ("Offices", "OpeningRequested") => (EntityKind::Opening, true),
        ("Offices", _) => (EntityKind::Opening, false),
        _ => return None,
    };
    Some(found)
}

type Subjects = HashMap<(alloy_primitives::Address, B256), (EntityKind, bool)>;

static SUBJECTS: LazyLock<Subjects> = LazyLock::new(|| {
    let all = contracts::all().iter().flat_map(|contract| {
        let events = contract.abi.events();
        events.filter_map(|event| {
            let subject = subject(contract.name, &event.name)?;
            Some(((contract.address, event.selector()), subject))
        })
    });
    all.collect()
});

/// The entry that an event is about, and whether it begins with it.
pub(crate) fn mentioned(log: &WireLog) -> Option<((&'static str, String), bool)> {
    let (signature, id) = (log.topics.first()?, log.topics.get(1)?);
    let (kind, begins) = SUBJECTS.get(&(log.address, *signature))?;
    Some(((kind_name(*kind), entry_id(*kind, *id)), *begins))
}

/// The id of an entry as text: a number where the contract counts, else 0x….
fn entry_id(kind: EntityKind, id: B256) -> String {
    match kind {
        EntityKind::Grant | EntityKind::Proposal | EntityKind::Opening | EntityKind::Ledger => {
            U256::from_be_bytes(id.0).to_string()
        }
        _ => id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new event of a system contract must be thought of here: what it is about is its first indexed argument.
    #[test]
    fn every_event_of_a_registry_names_its_entry_first() {
        for contract in contracts::all() {
            for event in contract.abi.events() {
                if subject(contract.name, &event.name).is_some() {
                    let indexed = event.inputs.iter().find(|input| input.indexed);
                    let name = indexed.map(|input| input.name.as_str());
                    let known = ["id", "role", "organisation", "key", "chainId"];
                    assert!(
                        name.is_some_and(|name| known.contains(&name)),
                        "{}.{}: {name:?}",
                        contract.name,
                        event.name
                    );
                }
            }
        }
        assert!(SUBJECTS.len() > 40);
    }
}

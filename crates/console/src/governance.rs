//! Records of the system contracts as clients see them: organisations, nodes, roles, grants, proposals.

use crate::{
    api::{
        governance::{Anchor, Node, Organisation, ProposalSummary},
        roles::{Grant, Permission, Role, RoleName, Scope},
    },
    lists,
    problem::Problem,
    registries::{Registry, ask},
    time::{iso, iso_unless_zero},
};
use alloy_primitives::{Address, B256, U256, hex};
use civitas_system_contracts::{
    address::{ORGANISATIONS, ROLES},
    interfaces::{IGovernance, INodes, IOrganisations, IRoles},
};

/// An organisation, with its authorities.
///
/// # Errors
/// No node answers.
pub async fn organisation(
    main: &civitas_sdk::Node,
    registry: &Registry,
    entry: &IOrganisations::Organisation,
) -> Result<Organisation, Problem> {
    let certificates = ask(main, ORGANISATIONS, &IOrganisations::anchorsCall { id: entry.id }).await?;
    let nodes = registry
        .nodes
        .iter()
        .filter(|node| node.organisation == entry.id)
        .count();
    Ok(Organisation {
        id: entry.id.to_string(),
        name: entry.name.clone(),
        kind: format!("{:?}", entry.kind),
        level: entry.level,
        status: format!("{:?}", entry.status),
        voting: entry.voting,
        joined_at: entry.joinedAt,
        anchors: certificates
            .iter()
            .map(|certificate| anchor(certificate))
            .collect(),
        nodes: nodes as u64,
    })
}

fn anchor(certificate: &[u8]) -> Anchor {
    let fingerprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
    let parsed = x509_parser::parse_x509_certificate(certificate).ok();
    Anchor {
        fingerprint: hex::encode_prefixed(fingerprint),
        subject: parsed.as_ref().map(|(_, parsed)| parsed.subject().to_string()),
        not_after: parsed
            .and_then(|(_, parsed)| u64::try_from(parsed.validity().not_after.timestamp()).ok())
            .map(iso),
    }
}

/// A node.
pub fn node(registry: &Registry, entry: &INodes::Node) -> Node {
    Node {
        key: entry.key.to_string(),
        name: entry.name.clone(),
        organisation: entry.organisation.to_string(),
        organisation_name: registry.word(&entry.organisation),
        endpoint: entry.endpoint.clone(),
        role: format!("{:?}", entry.role),
        status: format!("{:?}", entry.status),
        ready: entry.ready,
        beneficiary: entry.beneficiary.to_string(),
        emergency_until: iso_unless_zero(entry.emergencyUntil),
        registered_at: entry.registeredAt,
        sequence: entry.sequence,
    }
}

/// A role, with the number of its grants.
///
/// # Errors
/// No node answers.
pub async fn role(
    main: &civitas_sdk::Node,
    registry: &Registry,
    entry: &IRoles::Role,
) -> Result<Role, Problem> {
    let mut grants = 0;
    // Most roles have one page; what is beyond the last that is asked for is not counted, but listed.
    for page in 0..lists::PAGES_MAX {
        let call = IRoles::holdersOfCall {
            role: entry.id,
            from: page * lists::PAGE,
            count: lists::PAGE,
        };
        let count = ask(main, ROLES, &call).await?.len() as u64;
        grants += count;
        if count < lists::PAGE {
            break;
        }
    }
    let excludes = entry.excludes.iter().map(|id| RoleName {
        id: id.to_string(),
        name: registry.word(id),
    });
    Ok(Role {
        id: entry.id.to_string(),
        name: entry.name.clone(),
        level: entry.level,
        consequential: entry.consequential,
        status: format!("{:?}", entry.status),
        permissions: entry.permissions.iter().map(permission).collect(),
        excludes: excludes.collect(),
        grants,
        defined_at: entry.definedAt,
    })
}

fn permission(entry: &IRoles::Permission) -> Permission {
    let target = (entry.target != Address::ZERO).then_some(entry.target);
    let contract = target.and_then(civitas_sdk::contracts::contract_at);
    let function = contract.and_then(|contract| contract.abi.function_by_selector(entry.selector));
    Permission {
        action: format!("{:?}", entry.action),
        target: target.map(|target| target.to_string()),
        target_name: contract.map(|contract| contract.name.to_owned()),
        selector: (!entry.selector.is_zero()).then(|| entry.selector.to_string()),
        function_name: function.map(|function| function.name.clone()),
    }
}

/// A grant.
pub fn grant(registry: &Registry, entry: &IRoles::Grant) -> Grant {
    let account = account_of(entry.subject);
    Grant {
        id: entry.id,
        role: entry.role.to_string(),
        role_name: registry.word(&entry.role),
        subject: account.map_or_else(|| entry.subject.to_string(), |account| account.to_string()),
        subject_kind: if account.is_some() { "account" } else { "identity" }.to_owned(),
        subject_name: match account {
            Some(account) => registry.account(&account),
            None => Some(crate::login::did(entry.subject)),
        },
        scope: scope_of(registry, &entry.scope),
        expiry: iso_unless_zero(entry.expiry),
        delegable: entry.delegable,
        granter: entry.granter.to_string(),
        parent: (entry.parent != 0).then_some(entry.parent),
        height: entry.height,
        status: format!("{:?}", entry.status),
    }
}

/// The account that a party is; none if it is an identity.
pub fn account_of(party: B256) -> Option<Address> {
    let (padding, account) = party.split_at(12);
    padding
        .iter()
        .all(|byte| *byte == 0)
        .then(|| Address::from_slice(account))
}

/// Where a grant holds, in words.
pub fn scope_of(registry: &Registry, scope: &IRoles::Scope) -> Scope {
    let number = || U256::from_be_bytes(scope.value.0).to_string();
    let name = match scope.kind {
        IRoles::ScopeKind::Ledger | IRoles::ScopeKind::Grade => Some(number()),
        IRoles::ScopeKind::Contract => account_of(scope.value)
            .map(|address| registry.account(&address).unwrap_or_else(|| address.to_string())),
        IRoles::ScopeKind::Organisation => registry.word(&scope.value),
        _ => None,
    };
    Scope {
        kind: format!("{:?}", scope.kind),
        value: scope.value.to_string(),
        name,
    }
}

/// A proposal in a list.
pub fn proposal(registry: &Registry, entry: &IGovernance::Proposal) -> ProposalSummary {
    ProposalSummary {
        id: entry.id,
        kind: format!("{:?}", entry.kind),
        status: format!("{:?}", entry.status),
        title: entry.title.clone(),
        proposer: entry.proposer.to_string(),
        organisation: entry.organisation.to_string(),
        organisation_name: registry.word(&entry.organisation),
        created_at: iso(entry.createdAt),
        voting_ends: iso(entry.votingEnds),
        executable_from: iso_unless_zero(entry.executableFrom),
        executable_until: iso_unless_zero(entry.executableUntil),
        approvals: entry.approvals,
        rejections: entry.rejections,
        approvals_needed: entry.approvalsNeeded,
    }
}

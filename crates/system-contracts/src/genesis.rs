//! The founding of a city: the readable description (`city.toml`) and the storage that it becomes.
//!
//! The description is carried out by the contracts themselves, in the name of Governance, on an empty state: what no
//! proposal could do cannot stand in a genesis either. [`Founding::faults`] tells everything that is wrong at once.

use crate::{
    address,
    fault::Fault,
    governance::{self, Kind, Rule},
    host::{BlockContext, Host},
    interfaces::{
        IControl::Policy,
        INodes, IOffices,
        IOrganisations::{Kind as OrganisationKind, joinCall},
        IRoles,
    },
    memory::MemoryHost,
    nodes, organisations, roles,
};
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::SolCall;
use civitas_types::LedgerParameters;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The founding of a city. Ids of organisations, roles and offices are the hashes of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// Parameters of the main ledger.
    #[serde(default)]
    pub parameters: LedgerParameters,
    /// The first organisations.
    pub organisations: Vec<OrganisationEntry>,
    /// How proposals of each kind are decided.
    #[serde(default)]
    pub rules: BTreeMap<KindName, RuleEntry>,
    /// Who holds which role.
    pub grants: Vec<GrantEntry>,
    /// What holds for every transaction.
    #[serde(default)]
    pub policy: PolicyEntry,
    /// Offices that together open the entity behind an address.
    #[serde(default)]
    pub offices: Option<OfficesEntry>,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationEntry {
    /// Its name, unique for ever.
    pub name: String,
    /// Its kind.
    pub kind: OrganisationKindName,
    /// Its rank, 0 to 100.
    pub level: u8,
    /// Whether its representatives vote.
    pub voting: bool,
}

/// The kinds of organisations (clause 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKindName {
    /// Governs the city.
    Governance,
    /// Runs a business.
    Business,
    /// Provides technology.
    Provider,
    /// Supports the others.
    Supporter,
}

/// The kinds of proposals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KindName {
    /// Organisations and nodes.
    Membership,
    /// Who orders the ledger.
    Validators,
    /// Parameters and policy.
    Parameters,
    /// Role definitions and roles of consequence.
    Roles,
    /// Accounts and contracts.
    Control,
    /// Business chains.
    Chains,
    /// Partition ledgers.
    Ledgers,
    /// The rules of proposals themselves.
    Rules,
}

impl KindName {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Membership,
        Self::Validators,
        Self::Parameters,
        Self::Roles,
        Self::Control,
        Self::Chains,
        Self::Ledgers,
        Self::Rules,
    ];
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Membership => Self::Membership,
            KindName::Validators => Self::Validators,
            KindName::Parameters => Self::Parameters,
            KindName::Roles => Self::Roles,
            KindName::Control => Self::Control,
            KindName::Chains => Self::Chains,
            KindName::Ledgers => Self::Ledgers,
            KindName::Rules => Self::Rules,
        }
    }
}

/// How proposals of one kind are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleEntry {
    /// Approvals needed, in hundredths of the organisations that vote, rounded up.
    pub approval_percent: u8,
    /// Approvals needed at least.
    pub approvals_min: u8,
    /// Seconds until voting ends.
    pub voting_seconds: u64,
    /// Seconds between approval and execution.
    pub timelock_seconds: u64,
}

/// A role that an account holds from the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantEntry {
    /// Name of the role.
    pub role: String,
    /// The account.
    pub account: Address,
    /// The organisation for which it holds; for the whole city if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
}

/// What holds for every transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyEntry {
    /// Whether creating contracts needs a role.
    pub deployment_restricted: bool,
    /// Whether every sender needs an identity.
    pub identity_required: bool,
    /// Gas of a sender in a period; 0 is without bound.
    pub default_quota: u64,
    /// Seconds of a quota period.
    pub period_seconds: u64,
}

impl Default for PolicyEntry {
    fn default() -> Self {
        Self {
            deployment_restricted: false,
            identity_required: false,
            default_quota: 0,
            period_seconds: 24 * 3_600,
        }
    }
}

/// The offices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficesEntry {
    /// How many open a record together.
    pub threshold: u8,
    /// The offices.
    pub members: Vec<OfficeEntry>,
}

/// An office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeEntry {
    /// Its name.
    pub name: String,
    /// The organisation that it belongs to.
    pub organisation: String,
    /// X25519 public key that shares are sealed to.
    pub encryption_key: B256,
    /// Accounts that act for it.
    pub accounts: Vec<Address>,
}

/// A node that is there from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundingNode {
    /// Its key.
    pub key: B256,
    /// Name of its organisation.
    pub organisation: String,
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub endpoint: String,
    /// Receives its priority fees.
    pub beneficiary: Address,
}

/// What the founding of a ledger needs besides the description of the city.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// The genesis block.
    pub block: BlockContext,
    /// The first validators.
    pub nodes: Vec<FoundingNode>,
    /// Certificates (DER) of the authorities, by name of organisation.
    pub anchors: Vec<(String, Vec<u8>)>,
}

/// Code of the system contracts: the instruction INVALID. It is never executed; with it they count as contracts
/// for clients and for Solidity's calls.
const CODE: [u8; 1] = [0xfe];

/// The accounts of the system contracts in a genesis, and the stock ERC-1056 registry.
pub fn accounts(storage: &Storage) -> BTreeMap<Address, GenesisAccount> {
    let account = |contract: &crate::SystemContract| {
        let slots = storage.get(&contract.address).into_iter().flatten();
        let slots = slots.map(|(slot, value)| (B256::from(*slot), B256::from(*value)));
        let account = GenesisAccount::default()
            .with_nonce(Some(1))
            .with_code(Some(Bytes::from_static(&CODE)))
            .with_storage(Some(slots.collect()));
        (contract.address, account)
    };
    let mut accounts: BTreeMap<Address, GenesisAccount> = crate::CONTRACTS.iter().map(account).collect();
    let (registry, code) = crate::erc1056::genesis_contract();
    let registry_account = GenesisAccount::default()
        .with_nonce(Some(1))
        .with_code(Some(code));
    accounts.insert(registry, registry_account);
    accounts
}

/// Storage of the system contracts, by address and slot.
pub type Storage = BTreeMap<Address, BTreeMap<U256, U256>>;

impl Founding {
    /// Organisations that vote.
    pub fn voters(&self) -> u64 {
        self.organisations
            .iter()
            .map(|entry| u64::from(entry.voting))
            .sum()
    }

    /// Everything that is wrong with the description by itself: names that nobody has, votes that cannot pass.
    pub fn faults(&self) -> Vec<String> {
        let mut faults: Vec<String> = self
            .parameters
            .check()
            .err()
            .iter()
            .map(ToString::to_string)
            .collect();
        let mut names = BTreeSet::new();
        for organisation in &self.organisations {
            if !names.insert(organisation.name.as_str()) {
                faults.push(format!("organisation {:?} stands twice", organisation.name));
            }
        }
        let known_roles: BTreeSet<&str> = roles::builtin::BUILTIN.iter().map(|role| role.name).collect();
        for grant in &self.grants {
            if !known_roles.contains(grant.role.as_str()) {
                faults.push(format!("grants: there is no role {:?}", grant.role));
            }
            if let Some(name) = &grant.organisation
                && !names.contains(name.as_str())
            {
                faults.push(format!("grants: there is no organisation {name:?}"));
            }
        }
        for office in self.offices.iter().flat_map(|offices| &offices.members) {
            if !names.contains(office.organisation.as_str()) {
                faults.push(format!(
                    "offices: there is no organisation {:?}",
                    office.organisation
                ));
            }
        }
        faults
    }

    /// Carries the description out on an empty state.
    ///
    /// # Errors
    /// Every refusal, with the entry that it is about.
    pub fn carry_out(&self, circumstances: &Circumstances) -> Result<Storage, Vec<String>> {
        let mut faults = self.faults();
        let mut city = City {
            host: MemoryHost {
                block: circumstances.block,
                ..MemoryHost::default()
            },
            faults: Vec::new(),
        };
        self.organisations(&mut city, circumstances);
        city.native("the built-in roles", roles::builtin::define_builtin);
        self.nodes(&mut city, circumstances);
        self.grants(&mut city);
        self.offices(&mut city);
        self.rules(&mut city);
        city.native("policy", |host| {
            crate::control::set_policy(host, &self.policy.into())
        });
        city.native("parameters", |host| crate::ledgers::found(host, &self.parameters));
        city.native("the votes", roles::require_votes_possible);
        faults.append(&mut city.faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut storage = Storage::new();
        for ((contract, slot), value) in city.host.storage {
            storage.entry(contract).or_default().insert(slot, value);
        }
        Ok(storage)
    }

    fn organisations(&self, city: &mut City, circumstances: &Circumstances) {
        for entry in &self.organisations {
            let call = joinCall {
                name: entry.name.clone(),
                kind: entry.kind.into(),
                level: entry.level,
                voting: entry.voting,
            };
            city.call(
                &format!("organisation {:?}", entry.name),
                address::ORGANISATIONS,
                &call,
            );
        }
        for (name, certificate) in &circumstances.anchors {
            let call = crate::interfaces::IOrganisations::addAnchorCall {
                id: organisations::id_of(name),
                certificate: Bytes::copy_from_slice(certificate),
            };
            city.call(&format!("authority of {name:?}"), address::ORGANISATIONS, &call);
        }
    }

    fn nodes(&self, city: &mut City, circumstances: &Circumstances) {
        for node in &circumstances.nodes {
            let record = nodes::GenesisNode {
                key: node.key,
                organisation: organisations::id_of(&node.organisation),
                name: &node.name,
                endpoint: &node.endpoint,
                beneficiary: node.beneficiary,
                role: INodes::Role::Validator,
            };
            city.native(&format!("node {:?}", node.name), |host| {
                nodes::genesis_node(host, &record)
            });
        }
        city.native("the first validators", nodes::seal_genesis);
    }

    fn grants(&self, city: &mut City) {
        for entry in &self.grants {
            let scope = entry.organisation.as_ref().map_or_else(
                || IRoles::Scope {
                    kind: IRoles::ScopeKind::City,
                    value: B256::ZERO,
                },
                |name| IRoles::Scope {
                    kind: IRoles::ScopeKind::Organisation,
                    value: organisations::id_of(name),
                },
            );
            let call = IRoles::grantCall {
                role: keccak256(&entry.role),
                subject: entry.account.into_word(),
                scope,
                expiry: 0,
                delegable: false,
            };
            let what = format!("role {:?} of {}", entry.role, entry.account);
            city.call(&what, address::ROLES, &call);
        }
    }

    fn offices(&self, city: &mut City) {
        let Some(offices) = &self.offices else { return };
        for entry in &offices.members {
            let call = IOffices::setOfficeCall {
                id: keccak256(&entry.name),
                organisation: organisations::id_of(&entry.organisation),
                name: entry.name.clone(),
                encryptionKey: entry.encryption_key,
                accounts: entry.accounts.clone(),
            };
            city.call(&format!("office {:?}", entry.name), address::OFFICES, &call);
        }
        let call = IOffices::setThresholdCall {
            threshold: offices.threshold,
        };
        city.call("the threshold of the offices", address::OFFICES, &call);
    }

    fn rules(&self, city: &mut City) {
        for (kind, entry) in &self.rules {
            let rule = Rule {
                approvalPercent: entry.approval_percent,
                approvalsMin: entry.approvals_min,
                votingSeconds: entry.voting_seconds,
                timelockSeconds: entry.timelock_seconds,
            };
            city.native(&format!("the rule of {kind:?}"), |host| {
                governance::set_rule(host, (*kind).into(), &rule)
            });
        }
    }
}

impl From<OrganisationKindName> for OrganisationKind {
    fn from(name: OrganisationKindName) -> Self {
        match name {
            OrganisationKindName::Governance => Self::Governance,
            OrganisationKindName::Business => Self::Business,
            OrganisationKindName::Provider => Self::Provider,
            OrganisationKindName::Supporter => Self::Supporter,
        }
    }
}

impl From<PolicyEntry> for Policy {
    fn from(entry: PolicyEntry) -> Self {
        Self {
            deploymentRestricted: entry.deployment_restricted,
            identityRequired: entry.identity_required,
            defaultQuota: entry.default_quota,
            periodSeconds: entry.period_seconds,
        }
    }
}

/// A city that is being founded: what was refused is collected.
struct City {
    host: MemoryHost,
    faults: Vec<String>,
}

impl City {
    fn call(&mut self, what: &str, contract: Address, call: &impl SolCall) {
        let result = self.host.call(address::GOVERNANCE, contract, &call.abi_encode());
        if let Err(fault) = result {
            self.faults.push(format!("{what}: {}", reason(&fault)));
        }
    }

    fn native(&mut self, what: &str, act: impl FnOnce(&mut dyn Host) -> Result<(), Fault>) {
        if let Err(fault) = act(&mut self.host) {
            self.faults.push(format!("{what}: {}", reason(&fault)));
        }
    }
}

/// A refusal in words: the name of its custom error and its arguments.
fn reason(fault: &Fault) -> String {
    match fault {
        Fault::Refused(data) => crate::describe_error(data),
        other => other.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! `city.toml`: the readable founding of a city, and the part of the genesis that it becomes.
//!
//! `civitas init` writes a good one beside the genesis, takes a hand-written one with `--founding`, and says who can
//! do what. The description itself and all its checks stand in `civitas_system_contracts::genesis`.

use crate::{city::City, init::DEVELOPMENT_ACCOUNTS, output};
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256};
use anyhow::{Context, bail};
use aws_lc_rs::{
    agreement::{PrivateKey, X25519},
    encoding::{AsBigEndian as _, Curve25519SeedBin},
};
use civitas_crypto::pki::Certificate;
use civitas_system_contracts::{
    genesis::{
        self, Circumstances, Founding, FoundingNode, GrantEntry, KindName, OfficeEntry, OfficesEntry,
        OrganisationEntry, OrganisationKindName, PolicyEntry, RuleEntry,
    },
    host::BlockContext,
    roles::builtin::BUILTIN,
};
use civitas_types::LedgerParameters;
use std::{collections::BTreeMap, path::Path};

/// Names of the organisations of a development city.
const OFFICE: &str = "City Governance Office";
const BUSINESS: &str = "Harbour Business";
const PROVIDER: &str = "Ledger Systems";

/// The founding of a development city: three organisations, every office and role in the hands of the well-known
/// accounts, and votes that take as long as they need.
pub fn development(folder: &Path, parameters: LedgerParameters) -> anyhow::Result<Founding> {
    let organisation = |name: &str, kind, level| OrganisationEntry {
        name: name.to_owned(),
        kind,
        level,
        voting: true,
    };
    let rule = RuleEntry {
        approval_percent: 60,
        approvals_min: 2,
        voting_seconds: 7 * 24 * 3_600,
        timelock_seconds: 0,
    };
    Ok(Founding {
        parameters,
        organisations: vec![
            organisation(OFFICE, OrganisationKindName::Governance, 90),
            organisation(BUSINESS, OrganisationKindName::Business, 40),
            organisation(PROVIDER, OrganisationKindName::Provider, 40),
        ],
        rules: KindName::ALL.into_iter().map(|kind| (kind, rule)).collect(),
        grants: development_grants(),
        policy: PolicyEntry::default(),
        offices: Some(development_offices(folder)?),
    })
}

fn development_grants() -> Vec<GrantEntry> {
    let grants: [(usize, &str, Option<&str>); 18] = [
        (0, "Representative", Some(OFFICE)),
        (0, "RoleAdministrator", None),
        (1, "Representative", Some(OFFICE)),
        (1, "OrganisationAdministrator", Some(OFFICE)),
        (2, "Representative", Some(BUSINESS)),
        (2, "OrganisationAdministrator", Some(BUSINESS)),
        (2, "BusinessOperator", Some(BUSINESS)),
        (3, "Representative", Some(PROVIDER)),
        (3, "OrganisationAdministrator", Some(PROVIDER)),
        (3, "NodeOperator", Some(PROVIDER)),
        (4, "CityRegulator", None),
        (5, "EmergencyOfficer", None),
        (6, "IdentityIssuer", None),
        (7, "ChainReviewer", None),
        (7, "OpeningOfficer", None),
        (8, "OpeningOfficer", None),
        // The court decides on what the regulator orders.
        (8, "CityRegulator", None),
        (9, "OpeningOfficer", None),
    ];
    let entry = |(account, role, organisation): (usize, &str, Option<&str>)| GrantEntry {
        role: role.to_owned(),
        account: DEVELOPMENT_ACCOUNTS[account],
        organisation: organisation.map(str::to_owned),
    };
    grants.into_iter().map(entry).collect()
}

/// Three offices, two of which open a record; their private keys stand in `offices/`.
fn development_offices(folder: &Path) -> anyhow::Result<OfficesEntry> {
    let offices = [
        ("Registry", OFFICE, DEVELOPMENT_ACCOUNTS[7]),
        ("Court", OFFICE, DEVELOPMENT_ACCOUNTS[8]),
        ("Ombudsman", PROVIDER, DEVELOPMENT_ACCOUNTS[9]),
    ];
    let mut members = Vec::new();
    for (name, organisation, account) in offices {
        members.push(OfficeEntry {
            name: name.to_owned(),
            organisation: organisation.to_owned(),
            encryption_key: office_key(
                &folder
                    .join("offices")
                    .join(format!("{}.key", name.to_lowercase())),
            )?,
            accounts: vec![account],
        });
    }
    Ok(OfficesEntry {
        threshold: 2,
        members,
    })
}

/// Makes the X25519 key of an office, keeps the private half in a file, and gives the public one.
fn office_key(path: &Path) -> anyhow::Result<B256> {
    let failed = |_| anyhow::anyhow!("cannot make an X25519 key");
    let key = PrivateKey::generate(&X25519).map_err(failed)?;
    let secret: Curve25519SeedBin<'_> = key.as_be_bytes().map_err(failed)?;
    if let Some(home) = path.parent() {
        std::fs::create_dir_all(home)
            .with_context(|| format!("cannot make the folder {}", home.display()))?;
    }
    civitas_crypto::write_private_file(path, &format!("{}\n", B256::from_slice(secret.as_ref())))?;
    let public = key.compute_public_key().map_err(failed)?;
    Ok(B256::from_slice(public.as_ref()))
}

/// Reads a hand-written founding.
pub fn load(path: &Path) -> anyhow::Result<Founding> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not the founding of a city", path.display()))
}

/// Writes the founding for people.
pub fn save(path: &Path, founding: &Founding) -> anyhow::Result<()> {
    std::fs::write(path, toml::to_string_pretty(founding)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// What the accounts of the system contracts hold in the genesis.
pub fn accounts(
    founding: &Founding,
    city: &City,
    authority: &Certificate,
    timestamp: u64,
) -> anyhow::Result<BTreeMap<Address, GenesisAccount>> {
    let owners = &founding.organisations;
    let nodes = city.nodes.iter().zip(owners.iter().cycle());
    let circumstances = Circumstances {
        block: BlockContext {
            chain_id: city.chain_id,
            height: 0,
            timestamp,
            ..BlockContext::default()
        },
        nodes: nodes
            .map(|(node, owner)| FoundingNode {
                key: node.public_key,
                organisation: owner.name.clone(),
                name: node.name.clone(),
                endpoint: node.network.to_string(),
                beneficiary: node.beneficiary(),
            })
            .collect(),
        anchors: owners
            .iter()
            .map(|owner| (owner.name.clone(), authority.der().to_vec()))
            .collect(),
    };
    match founding.carry_out(&circumstances) {
        Ok(storage) => Ok(genesis::accounts(&storage)),
        Err(faults) => bail!(
            "the founding of the city has faults:\n  - {}",
            faults.join("\n  - ")
        ),
    }
}

/// Says who can do what.
pub fn print(founding: &Founding) {
    let mut rows = vec![["ROLE", "LEVEL", "HOLDER", "FOR"].map(str::to_owned).to_vec()];
    for role in BUILTIN {
        for grant in founding.grants.iter().filter(|grant| grant.role == role.name) {
            rows.push(vec![
                role.name.to_owned(),
                role.level.to_string(),
                grant.account.to_string(),
                grant
                    .organisation
                    .clone()
                    .unwrap_or_else(|| "the whole city".to_owned()),
            ]);
        }
    }
    output::table(&rows);
    for (kind, rule) in &founding.rules {
        let needed = (founding.voters() * u64::from(rule.approval_percent)).div_ceil(100);
        println!(
            "  {kind:?}: {} of {} organisations approve; votes last {} s, then {} s until it takes effect",
            needed.max(rule.approvals_min.into()),
            founding.voters(),
            rule.voting_seconds,
            rule.timelock_seconds
        );
    }
}

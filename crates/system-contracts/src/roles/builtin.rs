//! The roles that every city has from its genesis on: the stakeholders of clause 7, and regulators of several
//! levels.
//!
//! They are ordinary roles, which Governance can change or retire; only Representative cannot be retired.
//! Functions are named one by one, by their signature: a role gets no function that a contract adds later. A
//! test compares the table with the ABI of every contract that exists.

use super::{Action, Permission, abi, definitions, id_of};
use crate::{
    address::{
        ANCHORS, CASES, CHAINS, CONTENT, CONTROL, HEADERS, IDENTITIES, LEDGERS, MESSAGES, NODES, OFFICES,
        ROLES,
    },
    fault::Fault,
    host::Host,
};
use alloy_primitives::{Address, B256, FixedBytes, b256, keccak256};

/// Id of the role by whose grants organisations speak in Governance: keccak256("Representative").
pub const REPRESENTATIVE: B256 = b256!("baeb5ffdb13b4bc7ff2f1a35f82b380cbe46fab16b039d08d49f0132d0a48bb1");

/// A role of the table.
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Its level.
    pub level: u8,
    /// Who grants it.
    pub granted_by: GrantedBy,
    /// What it permits.
    pub permissions: &'static [Allowance],
    /// Roles of the table, further up in it, that nobody holds together with it.
    pub excludes: &'static [&'static str],
}

/// Who grants a role of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantedBy {
    /// Only Governance.
    Governance,
    /// Also who may grant roles of its level.
    Administrators,
}

/// A permission of the table.
#[derive(Clone, Copy, Debug)]
pub enum Allowance {
    /// Calling a function of a contract, by its signature.
    Function(Address, &'static str),
    /// Something that nodes check, about any contract.
    Anywhere(Action),
}

use Allowance::{Anywhere, Function};
use GrantedBy::{Administrators, Governance};

const GRANT: &str = "grant(bytes32,bytes32,(uint8,bytes32),uint64,bool)";
const ORDER: &str = "order((uint64,bytes32,uint8,bytes,uint8,string,string,uint64))";
const NOTIFY: &str = "notify(uint64,bytes32,string,bytes32,uint64)";
const REPLY: &str = "reply(uint64,bytes32,string)";

/// The roles, in the order in which they are defined.
pub static BUILTIN: &[Builtin] = &[
    Builtin {
        name: "CityRegulator",
        level: 90,
        granted_by: Administrators,
        permissions: &[
            Function(IDENTITIES, "freeze(bytes32,string)"),
            Function(IDENTITIES, "unfreeze(bytes32,string)"),
            Function(IDENTITIES, "cancel(bytes32,string)"),
            Function(IDENTITIES, "unbind(string)"),
            Function(CHAINS, "freeze(bytes32,string)"),
            Function(CHAINS, "unfreeze(bytes32,string)"),
            Function(LEDGERS, "freeze(string,string)"),
            Function(LEDGERS, "unfreeze(string,string)"),
            Function(CONTROL, "freezeAccount(address,string)"),
            Function(CONTROL, "unfreezeAccount(address)"),
            Function(CONTROL, "freezeContract(address,string)"),
            Function(CONTROL, "unfreezeContract(address)"),
            Function(CONTROL, "protectFunction(address,bytes4,bool)"),
            Function(CONTROL, "setQuota(bytes32,uint64)"),
            Function(CASES, "open(string,string,string)"),
            Function(CASES, "addEvidence(uint64,bytes32,string)"),
            Function(CASES, "close(uint64,string)"),
            Function(CASES, ORDER),
            Function(CASES, "approve(uint64)"),
            Function(CASES, "withdraw(uint64,string)"),
            Function(CASES, NOTIFY),
            Function(CONTENT, "publish(uint32,bytes32,uint32,string,uint64)"),
            Function(CONTENT, "approve(uint32,bytes32)"),
            Anywhere(Action::Join),
            Anywhere(Action::Read),
        ],
        excludes: &[],
    },
    Builtin {
        name: "DistrictRegulator",
        level: 70,
        granted_by: Administrators,
        permissions: &[
            Function(IDENTITIES, "freeze(bytes32,string)"),
            Function(IDENTITIES, "unfreeze(bytes32,string)"),
            Function(CHAINS, "freeze(bytes32,string)"),
            Function(CHAINS, "unfreeze(bytes32,string)"),
            Function(CONTROL, "freezeAccount(address,string)"),
            Function(CONTROL, "unfreezeAccount(address)"),
            Function(CASES, "open(string,string,string)"),
            Function(CASES, "addEvidence(uint64,bytes32,string)"),
            Function(CASES, "close(uint64,string)"),
            Function(CASES, ORDER),
            Function(CASES, "approve(uint64)"),
            Function(CASES, "withdraw(uint64,string)"),
            Function(CASES, NOTIFY),
            Anywhere(Action::Join),
            Anywhere(Action::Read),
        ],
        excludes: &[],
    },
    Builtin {
        name: "SectorRegulator",
        level: 60,
        granted_by: Administrators,
        permissions: &[
            Function(CHAINS, "freeze(bytes32,string)"),
            Function(CONTROL, "freezeAccount(address,string)"),
            Function(CASES, "open(string,string,string)"),
            Function(CASES, "addEvidence(uint64,bytes32,string)"),
            Function(CASES, ORDER),
            Function(CASES, NOTIFY),
            Anywhere(Action::Join),
            Anywhere(Action::Read),
        ],
        excludes: &[],
    },
    Builtin {
        name: "EmergencyOfficer",
        level: 85,
        granted_by: Governance,
        permissions: &[
            // Only what lapses by itself.
            Function(NODES, "emergencySuspend(bytes32,string)"),
            Function(CONTROL, "emergencyFreezeAccount(address,string)"),
            Function(CONTROL, "emergencyFreezeContract(address,string)"),
            Anywhere(Action::Join),
        ],
        excludes: &[],
    },
    Builtin {
        name: "RoleAdministrator",
        level: 80,
        granted_by: Governance,
        permissions: &[
            Function(ROLES, GRANT),
            Function(ROLES, "revoke(uint64)"),
            Function(ROLES, "changeExpiry(uint64,uint64)"),
            Anywhere(Action::Join),
        ],
        excludes: &[],
    },
    Builtin {
        name: "Representative",
        level: 75,
        granted_by: Governance,
        permissions: &[Anywhere(Action::Join)],
        excludes: &[],
    },
    Builtin {
        name: "IdentityIssuer",
        level: 55,
        granted_by: Administrators,
        permissions: &[
            Function(
                IDENTITIES,
                "create((bytes32,uint8,bytes32,bytes32[],bytes32[],uint8,\
                 (string,uint8,bytes,uint8,uint64,uint64)[],(string,string,string)[],bytes32[]))",
            ),
            Function(IDENTITIES, "setCommitments(bytes32,bytes32[])"),
            Function(IDENTITIES, "freeze(bytes32,string)"),
            Function(IDENTITIES, "unfreeze(bytes32,string)"),
            Function(IDENTITIES, "cancel(bytes32,string)"),
            Function(IDENTITIES, "unbind(string)"),
            Function(
                OFFICES,
                "seal(bytes32,(bytes32,bytes,string,uint8,(bytes32,bytes32,bytes)[]))",
            ),
            Anywhere(Action::Join),
        ],
        excludes: &[],
    },
    Builtin {
        name: "OpeningOfficer",
        level: 65,
        granted_by: Governance,
        permissions: &[Anywhere(Action::Join)],
        excludes: &["IdentityIssuer"],
    },
    Builtin {
        name: "Auditor",
        level: 60,
        granted_by: Administrators,
        permissions: &[Anywhere(Action::Join), Anywhere(Action::Read)],
        excludes: &["EmergencyOfficer", "RoleAdministrator"],
    },
    Builtin {
        name: "ChainReviewer",
        level: 60,
        granted_by: Administrators,
        permissions: &[
            Function(CHAINS, "startReview(bytes32)"),
            Function(CHAINS, "decide(bytes32,bool,bytes32,string)"),
            Function(
                ANCHORS,
                "follow(bytes32,uint64,(uint8,uint64,uint32,uint8,(address,bytes32)[]))",
            ),
            Function(
                ANCHORS,
                "amend(bytes32,(uint8,uint64,uint32,uint8,(address,bytes32)[]))",
            ),
            Function(HEADERS, "open(bytes32,uint8,uint64,(bytes,bytes))"),
            Function(MESSAGES, "setMailbox(bytes32,address,uint64)"),
            Anywhere(Action::Join),
        ],
        excludes: &[],
    },
    Builtin {
        name: "OrganisationAdministrator",
        level: 50,
        granted_by: Administrators,
        permissions: &[
            Function(ROLES, GRANT),
            Function(ROLES, "revoke(uint64)"),
            Function(ROLES, "changeExpiry(uint64,uint64)"),
            Function(NODES, "register(bytes32,bytes32,string,string,address,bytes)"),
            Function(NODES, "retire(bytes32)"),
            Function(NODES, "setEndpoint(bytes32,string,bytes)"),
            Function(NODES, "setName(bytes32,string)"),
            Function(NODES, "setBeneficiary(bytes32,address)"),
            Function(CASES, REPLY),
            Anywhere(Action::Join),
            Anywhere(Action::Administer),
        ],
        excludes: &[],
    },
    Builtin {
        name: "NodeOperator",
        level: 40,
        granted_by: Administrators,
        permissions: &[
            Function(NODES, "setEndpoint(bytes32,string,bytes)"),
            Function(NODES, "setName(bytes32,string)"),
            Anywhere(Action::Join),
            Anywhere(Action::Administer),
        ],
        excludes: &[],
    },
    Builtin {
        name: "BusinessOperator",
        level: 30,
        granted_by: Administrators,
        permissions: &[
            Function(
                CHAINS,
                "register((string,string,uint8,string,bytes32,string,string,uint8,string,string,bytes32))",
            ),
            Function(
                CHAINS,
                "update(bytes32,(string,string,uint8,string,bytes32,string,string,uint8,string,string,bytes32))",
            ),
            Function(CHAINS, "setContact(bytes32,string,string)"),
            Function(CHAINS, "appeal(bytes32,bytes32,string)"),
            Function(CHAINS, "escalate(bytes32)"),
            Function(CHAINS, "addTrustRoot(bytes32,uint8,bytes,uint64)"),
            Function(CASES, REPLY),
            Anywhere(Action::Join),
        ],
        excludes: &[],
    },
    Builtin {
        name: "Provider",
        level: 30,
        granted_by: Administrators,
        permissions: &[Anywhere(Action::Join), Anywhere(Action::Deploy)],
        excludes: &[],
    },
    Builtin {
        name: "Supporter",
        level: 20,
        granted_by: Administrators,
        permissions: &[Anywhere(Action::Join)],
        excludes: &[],
    },
    Builtin {
        name: "Developer",
        level: 20,
        granted_by: Administrators,
        permissions: &[Anywhere(Action::Join), Anywhere(Action::Deploy)],
        excludes: &[],
    },
    Builtin {
        name: "Citizen",
        level: 10,
        granted_by: Administrators,
        permissions: &[Anywhere(Action::Join)],
        excludes: &[],
    },
];

/// Defines the roles of the table, in the name of Governance; for genesis, before anything is granted.
///
/// # Errors
/// `RoleExists`, and what the host gives.
pub fn define_builtin(host: &mut dyn Host) -> Result<(), Fault> {
    for role in BUILTIN {
        let request = abi::defineRoleCall {
            name: role.name.to_owned(),
            level: role.level,
            consequential: role.granted_by == GrantedBy::Governance,
            permissions: role.permissions.iter().map(Allowance::permission).collect(),
            excludes: role.excludes.iter().map(|name| id_of(name)).collect(),
        };
        definitions::define(host, &request)?;
    }
    Ok(())
}

impl Allowance {
    /// The permission as a role holds it.
    pub fn permission(&self) -> Permission {
        match self {
            Self::Function(target, signature) => Permission {
                action: Action::Call,
                target: *target,
                selector: FixedBytes::from_slice(&keccak256(signature)[..4]),
            },
            Self::Anywhere(action) => Permission {
                action: *action,
                target: Address::ZERO,
                selector: FixedBytes::ZERO,
            },
        }
    }
}

//! Where the system contracts stand. Frozen.

use alloy_primitives::{Address, address};

/// Proposals and votes. Also the caller of what a proposal executes.
pub const GOVERNANCE: Address = address!("00000000000000000000000000000000C17A0001");
/// Organisations and their trust anchors.
pub const ORGANISATIONS: Address = address!("00000000000000000000000000000000C17A0002");
/// Role definitions and grants.
pub const ROLES: Address = address!("00000000000000000000000000000000C17A0003");
/// Identities (`did:civitas`) and the accounts bound to them.
pub const IDENTITIES: Address = address!("00000000000000000000000000000000C17A0004");
/// Nodes, their roles, the validators of every epoch.
pub const NODES: Address = address!("00000000000000000000000000000000C17A0005");
/// Status of accounts and contracts, deployment, protected functions, quotas.
pub const CONTROL: Address = address!("00000000000000000000000000000000C17A0006");
/// The registry of business chains.
pub const CHAINS: Address = address!("00000000000000000000000000000000C17A0007");
/// Partition ledgers.
pub const LEDGERS: Address = address!("00000000000000000000000000000000C17A0008");
/// Offices that together open the entity behind an address.
pub const OFFICES: Address = address!("00000000000000000000000000000000C17A0009");
/// What a partition ledger keeps of itself ([`crate::partition`]); no contract, and not on the main ledger.
pub const PARTITION: Address = address!("00000000000000000000000000000000C17A0080");
/// Anchors of the audit records of nodes.
pub const AUDIT: Address = address!("00000000000000000000000000000000C17A000b");
/// Anchors of business chains, as gateways report them.
pub const ANCHORS: Address = address!("00000000000000000000000000000000C17A000C");
/// Messages between chains.
pub const MESSAGES: Address = address!("00000000000000000000000000000000C17A000E");
/// Versions of the thesaurus, and what nodes do with words on which ledger.
pub const CONTENT: Address = address!("00000000000000000000000000000000C17A000F");
/// Headers of business chains that the ledger verifies itself.
pub const HEADERS: Address = address!("00000000000000000000000000000000C17A0010");
/// Cases of supervision: evidence, commands to chains, notices.
pub const CASES: Address = address!("00000000000000000000000000000000C17A000D");

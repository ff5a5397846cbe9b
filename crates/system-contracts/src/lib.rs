//! The system contracts of a city: organisations, nodes, identities, roles, governance, chains, ledgers.
//!
//! They are native: Rust code at fixed addresses, with a Solidity interface (`contracts/interfaces`), ordinary
//! events, custom errors and gas, so that every Ethereum client can call them. Their state is ordinary storage of
//! those addresses; node code reads the same state through the same code, without an EVM.
//!
//! ```text
//!  transaction ─▶ evm (journal) ─┐                                  ┌─▶ organisations ─┐
//!  node code ──▶ state view ─────┼─▶ Host ◀── run(contract, call) ──┼─▶ roles          ├─▶ storage (typed slots)
//!  genesis, tests ─▶ memory ─────┘                                  └─▶ ...            ─┘
//! ```
//!
//! Invariants:
//! - Deny by default: a function that changes something asks [`authority::require`] first, or says in its
//!   documentation why it is open to everybody.
//! - A call that fails leaves nothing behind (the host undoes it).
//! - Nothing depends on anything but the host and the call: no clock, no randomness, no iteration over what has no
//!   fixed order.
//! - Layout, addresses and ABI are frozen once released; a change is a new version, activated by height.
//!
//! ```
//! use alloy_primitives::address;
//! use civitas_system_contracts::{address, contract_at};
//! assert_eq!(contract_at(&address::GOVERNANCE).map(|contract| contract.name), Some("Governance"));
//! assert!(contract_at(&address!("0000000000000000000000000000000000000042")).is_none());
//! ```
//!
//! This crate never touches a store, a socket or a key: signatures are verified, never made.

pub mod access;
pub mod address;
pub mod anchors;
pub mod audit;
pub mod authority;
pub mod cases;
pub mod chains;
pub mod content;
pub mod control;
pub mod erc1056;
pub mod fault;
pub mod genesis;
pub mod governance;
pub mod headers;
pub mod hook;
pub mod host;
pub mod identities;
pub mod interfaces;
pub mod ledgers;
pub mod memory;
pub mod messages;
pub mod nodes;
pub mod offices;
pub mod organisations;
pub mod partition;
pub mod roles;
pub mod storage;

#[cfg(test)]
mod checks;
mod registry;

pub use registry::{CONTRACTS, Call, SystemContract, contract_at, describe_error, price, run};

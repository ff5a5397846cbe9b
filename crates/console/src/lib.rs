//! The console of a city: HTTP API, login, permissions, pages.
//!
//! ```text
//!  browser, program ─▶ headers ─▶ language ─▶ guard (who asks? the table of rights; quota) ─▶ routes
//!                                                                                              │
//!     ┌───────────────────┬──────────────────┬──────────────────┬──────────────────┬───────────┤
//!     ▼                   ▼                  ▼                  ▼                  ▼           ▼
//!   index (indexer)   registries (SDK)   monitor           login            reads (records)  pages (assets)
//!     │
//!     └─▶ supervision: every block is judged, what is found is kept
//! ```
//!
//! Invariants:
//! - Deny by default: an endpoint without a row in [`access::TABLE`] is closed to everybody.
//! - What is about people is shown only after a record of it is written ([`reads`]).
//! - The console holds no key and decides nothing about a ledger: writes are signed in a wallet, and judged by the system
//!   contracts.
//!
//! ```
//! use civitas_console::{access::{Need, need}, right::Right};
//! assert_eq!(need("GET", "/api/v1/logs"), Some(Need::Right(Right::ReadLogs)));
//! assert_eq!(need("GET", "/api/v1/anything-else"), None);
//! ```
//!
//! It never speaks to a node but through the SDK, and never calls a service outside of the city that its operator did not
//! name.

pub mod access;
mod account_view;
mod activity_view;
pub mod api;
mod audit_view;
mod calls;
mod cases;
mod certificates;
mod chain_view;
pub mod config;
pub mod content;
mod diagnosis;
mod disk;
pub mod document;
mod enums;
mod exporter;
mod extract;
mod flow_view;
mod following_view;
mod governance;
mod guard;
mod identities;
mod ledger_view;
mod ledgers;
mod listening;
mod lists;
pub mod login;
mod operations;
mod own_view;
pub mod problem;
mod proposals;
pub mod reads;
mod registries;
mod rehearsal;
pub mod right;
mod routes;
pub mod run;
mod self_check;
pub mod server;
mod shapes;
pub mod situation;
mod source_view;
mod sources;
mod state;
mod streaming;
pub mod supervision;
mod time;
mod topology;
mod tracing_view;
mod words;

//! A gateway follows business chains and reports what they hold to the main ledger, batch by batch.
//!
//! ```text
//!  business chain ─▶ driver (ForeignChain) ─▶ Gateway::step ─▶ archive (data/<chain>/batches)
//!                     proves every block        │    ▲
//!                                               ▼    │ following, standing
//!                             pending (one signed report, durable) ─▶ main ledger: Anchors.report
//!  indexers, monitor ─▶ GatewayClient ─▶ Server (health, metrics, chains, files of the archive): reads, never writes
//! ```
//!
//! Invariants:
//! - A batch is reported only when every block of it was proven by its driver and follows the one before, from the last
//!   anchored hash on. A chain that does not follow it is never reported: the gateway says so and waits.
//! - A batch is durable in the archive before its report is signed; the report is durable before it is sent. Killed
//!   anywhere, the gateway sends the same transaction again, or finds it on the ledger: nothing is lost or doubled.
//! - What the ledger says is the truth about how far a chain is: the gateway keeps no height of its own.
//!
//! ```
//! use civitas_gateway::config::Config;
//! let config = Config::read("ledger = ['http://127.0.0.1:8545']\nkey = 'key'\n[[chains]]\nchain = 'eip155:31337'\nurls = ['http://127.0.0.1:9545']\n")?;
//! assert_eq!(config.chains[0].chain, "eip155:31337");
//! # Ok::<(), civitas_gateway::config::ConfigError>(())
//! ```
//!
//! It holds no key itself (see [`Signer`]) and decides nothing: the terms of a chain stand on the ledger.

mod account;
pub mod archive;
pub mod batch;
mod board;
pub mod client;
pub mod config;
mod enforce;
mod error;
mod files;
mod gateway;
mod headers;
mod ledger;
pub mod messages;
mod metrics;
mod pace;
mod pending;
mod run;
mod server;

pub use account::{Account, Acted};
pub use board::{Board, ChainStatus, EndpointStatus, Reports};
pub use enforce::{CommandProgress, Commands, Enforcer, Stage};
pub use error::GatewayError;
pub use gateway::{Drivers, Gateway, Progress};
pub use headers::{ProvenHeaders, Prover};
pub use ledger::{Fate, Intent, MainLedger, NodeLedger, Signer, Unsigned};
pub use messages::{Carried, Courier, MessageCounts, Outside};
pub use run::{Actors, State, Status, run};
pub use server::{Served, Server};

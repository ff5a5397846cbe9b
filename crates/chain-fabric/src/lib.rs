//! The driver of channels of Hyperledger Fabric (2 and 3), over the services of its peers.
//!
//! ```text
//!  ForeignChain ─▶ FabricChain = Driver<Fabric> ──▶ Link peer 1, Link peer 2: which one is asked, `chain-link` says
//!   (ports)          │                                └ gRPC over HTTP/2 and TLS: protos.Deliver, gateway.Gateway
//!                    ▼
//!      config block of the settings ──names──▶ orderers ──sign──▶ config block ──names──▶ orderers ──sign──▶ block
//!                                                                                       envelopes ──▶ data hash ┘
//! ```
//!
//! Invariants:
//! - Where orderers vote (`BFT`: SmartBFT), nothing is given of a block's header and transactions that a quorum of the orderers did not
//!   sign which the config block in force names; and that one is signed by those of the one before, back to the one in the settings. So no
//!   peer is believed, while less than a third of the orderers of every configuration since lie.
//! - Where they do not (`etcdraft`: Raft), a block carries the signature of one orderer. It is not looked at, and the block is **attested**
//!   only: hashes join, and several gateways with peers of different organisations say the same.
//! - Nothing before the config block of the settings is given.
//!
//! What Fabric cannot prove: **whether a transaction is valid**. Each peer finds that for itself, and writes it beside the signatures. So an
//! outcome, and whether the events of a transaction happened, is attested only. What the events say is in the envelope, which is proven.
//!
//! A transaction that orderers that vote have taken already is no error to them, but the peer tells it as one that does not reach enough
//! of them ([`civitas_ports::ForeignError::Unreachable`]): who sends again looks whether it is in a block.
//!
//! ```
//! use civitas_chain_fabric::{Config, FabricChain, KeyPair};
//! let identity = KeyPair { certificate: Vec::new(), key: Vec::new() };
//! let config = Config::new("trade", b"no block".to_vec(), "Org1MSP", identity);
//! assert_eq!(config.chain, "fabric:trade");
//! assert!(FabricChain::connect(config).is_err());
//! ```
//!
//! It never signs a transaction, keeps nothing on disk, and does not know what chaincodes mean. [`wire`] is public for tests that make
//! blocks.

mod block;
mod certificate;
mod channel;
mod config;
mod driver;
mod identity;
mod link;
mod name;
mod transaction;
mod verify;
pub mod wire;

pub use block::{hash_of, header_bytes};
pub use channel::Channel;
pub use config::{Config, KeyPair};
pub use driver::{Fabric, FabricChain};
pub use link::Link;
pub use name::{caip2, is_caip2};
pub use verify::{Mismatch, check, foreign_block};

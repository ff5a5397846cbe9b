//! The driver of Ethereum-like chains: any JSON-RPC that geth, Besu, GoQuorum, anvil or hardhat would answer.
//!
//! ```text
//!  ForeignChain ─▶ EvmChain = Driver<Evm> ──▶ Link url 1 (HTTP), Link url 2 (WS): which one is asked, `chain-link` says
//!   (ports)          │
//!                    ▼
//!                 verify: header ─▶ hash, transactions ─▶ transactionsRoot, receipts ─▶ receiptsRoot
//! ```
//!
//! Invariants:
//! - Nothing of a block is given that does not lead to its hash: the header is hashed anew (with the rules of QBFT and
//!   IBFT, whose hash leaves the seals out), both roots are built anew, hashes of transactions and senders are computed.
//! - Only final blocks are given, by the [finality class](civitas_ports::FinalityClass) of the chain.
//! - Every request has a bound in time and in bytes. Time that the chain names is passed on and decides nothing.
//!
//! What it cannot know: whether the chain itself agreed on the header. Who needs that verifies seals
//! ([`civitas_ports::ConsensusState`]), or asks several gateways with endpoints of their own.
//!
//! ```
//! use civitas_chain_evm::{Config, EvmChain};
//! use civitas_ports::{FinalityClass, ForeignChain as _};
//! let config = Config::new(31337, vec!["http://127.0.0.1:8545".to_owned()], FinalityClass::Instant);
//! let chain = EvmChain::connect(config)?;
//! assert_eq!(chain.chain(), "eip155:31337");
//! # Ok::<(), civitas_ports::ForeignError>(())
//! ```
//!
//! It acts on the chain by [`civitas_ports::Outward`], with a signer that others give. It never holds a key, and keeps nothing on disk.

mod config;
mod driver;
mod link;
mod outward;
mod seal;
mod verify;
mod wire;

pub use config::{Config, FEE_MAX_WEI};
pub use driver::{Evm, EvmChain};
pub use link::Link;
pub use verify::{Mismatch, check};

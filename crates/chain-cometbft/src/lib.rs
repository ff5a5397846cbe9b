//! The driver of chains that CometBFT runs (0.38 and 1.0), over its RPC.
//!
//! ```text
//!  ForeignChain ─▶ CometbftChain = Driver<Cometbft> ──▶ Link url 1, Link url 2: which one is asked, `chain-link` says
//!   (ports)          │
//!                    ▼
//!                 verify: header ─▶ hash, transactions ─▶ data_hash, results ─▶ last_results_hash of the next header,
//!                         votes of more than two thirds ─▶ validators that the header before names
//! ```
//!
//! Invariants:
//! - Nothing is given of a block's header, transactions and outcomes that its validators did not sign. Who follows a chain
//!   by the hashes of parents therefore needs no trust in an endpoint after the block where it begins: that block names
//!   the validators of the next one, and so on. Without their keys, nobody makes up a block.
//! - Results of block `h` are in the header of `h + 1`. So the newest block that is given is the one before the newest.
//! - Every request has a bound in time and in bytes. Time that the chain names is passed on and decides nothing.
//!
//! What CometBFT cannot prove: **events**. They are in no root, so a driver passes on what an endpoint says, and only
//! several gateways with endpoints of their own attest them. Events of a block as a whole (of its beginning and its end)
//! belong to no transaction and are not given. Senders and targets are the application's business: transactions are given
//! as bytes.
//!
//! ```
//! use civitas_chain_cometbft::{CometbftChain, Config};
//! use civitas_ports::{FinalityClass, ForeignChain as _};
//! let url = "http://127.0.0.1:26657".to_owned();
//! let chain = CometbftChain::connect(Config::new("cosmos:trade-1", vec![url], FinalityClass::Instant))?;
//! assert_eq!(chain.chain(), "cosmos:trade-1");
//! # Ok::<(), civitas_ports::ForeignError>(())
//! ```
//!
//! It never holds a key, keeps nothing on disk, and does not know the applications that run on CometBFT.

mod config;
mod driver;
mod event;
mod link;
mod name;
mod verify;
mod wire;

pub use config::Config;
pub use driver::{Cometbft, CometbftChain};
pub use event::Event;
pub use link::Link;
pub use name::caip2;
pub use verify::{Mismatch, check};

//! What can go wrong in a gateway.

use alloy_primitives::{Address, B256};
use civitas_ports::{BoxError, ForeignError};
use std::path::PathBuf;
use thiserror::Error;

/// A step that did not succeed. The next one begins where this one did.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// The business chain gave nothing, or nothing true.
    #[error("the chain cannot be read")]
    Chain(#[from] ForeignError),
    /// The main ledger does not answer, or cannot now (its node is busy, its pool is full): the same may succeed later.
    #[error("the main ledger cannot be asked for {what}")]
    Ledger {
        /// What was asked.
        what: &'static str,
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// A contract of the main ledger refused: it does so again until something changes there.
    #[error("the main ledger refused {what}: {reason}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// Its words.
        reason: String,
    },
    /// The main ledger does not follow the chain yet.
    #[error(
        "the main ledger does not follow {chain} yet: it is registered, reviewed, and then followed (Anchors.follow)"
    )]
    NotFollowed {
        /// The chain.
        chain: String,
    },
    /// The terms of the chain do not name this gateway.
    #[error("{account} is not a gateway of {chain}: its terms name others (Anchors.amend)")]
    NotAppointed {
        /// The chain.
        chain: String,
        /// The account of this gateway.
        account: Address,
    },
    /// The chain is not the one that was anchored: it has another block there, although that was final.
    #[error(
        "block {height} of the chain does not follow the anchored block {expected}, but {found}: a fork below what was final; report it to the reviewers of the chain"
    )]
    Fork {
        /// The block.
        height: u64,
        /// The hash that its parent should have.
        expected: B256,
        /// The hash that it names.
        found: B256,
    },
    /// A file cannot be used.
    #[error("cannot {act} {}", path.display())]
    File {
        /// What was attempted.
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// What is in a file is not what this program writes.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// A file of a batch is not what it says, or not what was anchored.
    #[error("the reported batch does not hold: {what}")]
    Report {
        /// What does not fit.
        what: String,
    },
    /// The HTTP side cannot be reached at its address, or does not answer as it should.
    #[error("{url} gave no answer that can be used: {what}")]
    Peer {
        /// The address.
        url: String,
        /// What happened.
        what: &'static str,
        /// Why; none where the answer itself is at fault.
        #[source]
        source: Option<BoxError>,
    },
    /// The gateway cannot listen.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The signer gave nothing.
    #[error("the transaction cannot be signed")]
    Signer(#[source] BoxError),
    /// A command is in force on a chain that can have no hook.
    #[error(
        "{chain} can have no supervision hook: only Ethereum-like chains can; its commands are enforced by isolation alone"
    )]
    NoHookPossible {
        /// The chain.
        chain: String,
    },
    /// The ledger names no hook for the chain.
    #[error("{chain} has no supervision hook on the main ledger (civitas chain hook deploy)")]
    NoHook {
        /// The chain.
        chain: String,
    },
    /// The contract at the address of the hook is another one than was registered.
    #[error("the code of the hook {address} has the hash {found}, not {expected} as registered")]
    HookCode {
        /// Where the hook should be.
        address: Address,
        /// The registered hash.
        expected: B256,
        /// The hash of what is there.
        found: B256,
    },
    /// The contract at the address of the hook does not answer as a hook does.
    #[error("{address} does not answer as a supervision hook does")]
    NotAHook {
        /// Where the hook should be.
        address: Address,
    },
    /// No endpoint proves what the hook holds.
    #[error("no endpoint of the chain proves its storage (eth_getProof): {reason}")]
    NoProof {
        /// Its words.
        reason: String,
    },
    /// Validators of the chain signed two headers that cannot both be: nothing of it is proven any more.
    #[error(
        "validators of {chain} signed two headers that cannot both be, at height {height}: the ledger proves nothing of it any more (civitas header client)"
    )]
    ClientFrozen {
        /// The chain.
        chain: String,
        /// Height of the contradiction.
        height: u64,
    },
    /// What the driver gives as evidence of a header cannot be read.
    #[error("the evidence of a header cannot be read")]
    Evidence {
        /// Why not.
        #[source]
        source: BoxError,
    },
    /// A task of the gateway ended by a fault of the program. All others are stopped: none goes on with a part of the gateway missing.
    #[error(
        "a part of the gateway ended by a fault of this program, and the rest was stopped; start it again"
    )]
    TaskEnded {
        /// How it ended.
        #[source]
        source: tokio::task::JoinError,
    },
    /// A transaction on the main ledger is in no block in time.
    #[error("{what} was sent to the main ledger and is in no block yet")]
    Unsettled {
        /// What was sent.
        what: &'static str,
    },
}

//! A chain before anything of it is believed: what it says of itself, and what is asked of each kind of chain in its own way.

use super::{cometbft, evm, inspection::Check, inspection::Verdict, probe::Probe};
use alloy_primitives::Address;
use civitas_ports::{BoxFuture, FinalityClass, ForeignChain, ForeignError, ForeignHeader};
use civitas_system_contracts::{chains::Kind, headers::Engine};
use std::{sync::Arc, time::Duration};

/// Validators with which one may fail.
const VALIDATORS_MIN: usize = 4;

/// What a chain says of itself. What a node does not tell is none.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// CAIP-2 name.
    pub(super) chain: String,
    /// The program and its version.
    pub(super) client: Option<String>,
    /// Height of the newest block.
    pub(super) latest: u64,
    pub(super) syncing: Option<bool>,
    pub(super) peers: Option<u64>,
    /// What whoever reaches the address can do beside reading.
    pub(super) exposure: Option<String>,
    /// How it agrees, in words.
    pub(super) consensus: String,
    /// When its blocks are final, if nobody says otherwise.
    pub(super) suggested: FinalityClass,
    /// Whether votes show that a block is final.
    pub(super) is_voted: bool,
    /// Whether it makes blocks for one developer.
    pub(super) is_development: bool,
    /// How long its first answer took.
    pub(super) answered_in: Duration,
}

/// Who agrees on blocks, as far as the chain shows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// How it agrees, now that its headers were read.
    pub(super) consensus: Option<String>,
    pub(super) validators: Vec<Address>,
    /// How the ledger can verify its headers itself; none where it cannot.
    pub(super) engine: Option<Engine>,
    pub(super) checks: Vec<Check>,
}

impl Votes {
    pub(super) fn add(&mut self, name: &'static str, verdict: Verdict, what: impl Into<String>) {
        let what = what.into();
        self.checks.push(Check { name, verdict, what });
    }

    /// How many there are, and how many may fail.
    pub(super) fn count(&mut self) {
        let count = self.validators.len();
        let verdict = match count < VALIDATORS_MIN {
            true => Verdict::Warn,
            false => Verdict::Pass,
        };
        let failing = count.saturating_sub(1) / 3;
        self.add(
            "validators",
            verdict,
            format!("{count}, of which {failing} may fail"),
        );
    }
}

/// A candidate of one kind.
pub(super) trait Candidate: Send + Sync {
    /// What it says.
    fn said(&self) -> &Said;

    /// What it is registered as.
    fn kind(&self) -> Kind;

    /// Height of its first block.
    fn first_height(&self) -> u64;

    /// What is to be said about its chain id.
    fn chain_id(&self, main_chain_id: u64) -> (Verdict, String);

    /// Answers about the code and storage of its contracts; none where chains of its kind have none that can be read.
    fn contracts(&self) -> Option<&Probe> {
        None
    }

    /// What it means that so many blocks, transactions and events were read through the driver.
    fn proven(&self, blocks: u64, transactions: usize, events: usize) -> String;

    /// A driver that reads it at this address.
    ///
    /// # Errors
    /// The driver's own.
    fn connect(&self, finality: FinalityClass) -> Result<Arc<dyn ForeignChain>, ForeignError>;

    /// Who agreed on the newest of these headers, which follow each other.
    fn votes<'a>(
        &'a self,
        driver: &'a dyn ForeignChain,
        headers: &'a [ForeignHeader],
    ) -> BoxFuture<'a, Votes>;
}

/// Finds out which kind of chain answers at an address.
///
/// # Errors
/// [`Failure`](crate::contracts::fault::Failure): it is no address of HTTP, nothing answers there, or nothing that is a chain.
pub(super) async fn look(url: &str) -> anyhow::Result<Box<dyn Candidate>> {
    let probe = Arc::new(Probe::new(url)?);
    let error = match evm::look(&probe).await {
        Ok(found) => return Ok(Box::new(found)),
        Err(error) => error,
    };
    match cometbft::look(&probe).await {
        Ok(found) => Ok(Box::new(found)),
        Err(_) => Err(probe.unusable(error)),
    }
}

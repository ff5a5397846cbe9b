//! One chain of a gateway, step by step.

use crate::{
    Account, GatewayError, Intent, MainLedger, Status,
    archive::Archive,
    batch::Builder,
    board::{Board, Reports},
    config::ChainConfig,
    files::failed,
    ledger::{ANCHORING_GAS, Fate},
    pace::Pace,
    pending::{Held, Pending, Report},
};
use alloy_primitives::B256;
use alloy_sol_types::SolCall as _;
use civitas_ports::{FinalityClass, ForeignChain, ForeignError, ForeignHead};
use civitas_system_contracts::{
    address::ANCHORS,
    anchors::{Batch, Finality, Following, Terms},
    chains,
    interfaces::IAnchors::reportCall,
};
use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::sync::OwnedMutexGuard;
use tracing::{info, warn};

/// Batches that were anchored without this gateway and that it still confirms; what is older it leaves.
pub(crate) const CONFIRMED_LATE_MAX: u64 = 64;

/// Makes the driver of a chain.
pub type Drivers =
    Arc<dyn Fn(&ChainConfig, FinalityClass) -> Result<Arc<dyn ForeignChain>, ForeignError> + Send + Sync>;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It sent the report about the batch that begins there.
    Reported {
        /// First block of the batch.
        from_height: u64,
    },
    /// The last report is on the ledger; whether it did what it should.
    Settled {
        /// First block of the batch.
        from_height: u64,
        /// False if the ledger refused it in its block: another instance of this gateway was first.
        succeeded: bool,
    },
    /// The last report is not in a block yet.
    WaitsForLedger,
    /// The next batch is not complete, or not final.
    WaitsForChain {
        /// Its last block.
        to_height: u64,
        /// The newest final block.
        finalized: Option<u64>,
    },
    /// It has said what the next batch holds; others have not.
    WaitsForOthers {
        /// First block of the batch.
        from_height: u64,
    },
}

/// One chain of a gateway.
pub struct Gateway {
    config: ChainConfig,
    id: B256,
    ledger: Arc<dyn MainLedger>,
    drivers: Drivers,
    /// The driver, and the finality that it was made for.
    driver: Option<(FinalityClass, Arc<dyn ForeignChain>)>,
    archive: Archive,
    pending: Pending,
    account: Account,
    board: Arc<Board>,
    pace: Pace,
    /// Held while a report of this chain is pending.
    turn: Option<OwnedMutexGuard<()>>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Gateway")
            .field("chain", &self.config.chain)
            .finish_non_exhaustive()
    }
}

/// When blocks of a chain are final, by its terms.
fn finality(terms: &Terms) -> FinalityClass {
    match terms.finality {
        Finality::Finalized => FinalityClass::Finalized,
        Finality::Depth => FinalityClass::Depth(terms.depth),
        // A value that this program does not know is none that the contract takes.
        Finality::Instant | Finality::__Invalid => FinalityClass::Instant,
    }
}

/// What one report adds to the counts of its chain.
fn counted(held: Held, succeeded: bool, gas: u64, fee: u128) -> Reports {
    let spent = Reports {
        gas,
        fee,
        ..Reports::default()
    };
    if succeeded {
        Reports {
            batches: 1,
            blocks: held.blocks,
            transactions: held.transactions,
            events: held.events,
            ..spent
        }
    } else {
        Reports { refused: 1, ..spent }
    }
}

impl Gateway {
    /// Opens what the gateway keeps of a chain, below `data`.
    ///
    /// # Errors
    /// [`GatewayError::File`].
    pub fn open(
        config: ChainConfig,
        data: &Path,
        ledger: Arc<dyn MainLedger>,
        account: Account,
        drivers: Drivers,
    ) -> Result<Self, GatewayError> {
        let folder = data.join(config.folder());
        fs::create_dir_all(&folder).map_err(failed("make the folder", &folder))?;
        Ok(Self {
            id: chains::id_of(&config.chain),
            archive: Archive::open(&folder, config.batches_kept)?,
            pending: Pending::new(&folder),
            board: Board::new(&config.chain),
            pace: Pace::default(),
            driver: None,
            config,
            ledger,
            account,
            turn: None,
            drivers,
        })
    }

    /// CAIP-2 name of the chain.
    pub fn chain(&self) -> &str {
        &self.config.chain
    }

    /// What is known of the chain, which others may read while the gateway runs.
    pub fn board(&self) -> Arc<Board> {
        self.board.clone()
    }

    /// Does the next thing, if there is one. Dropped anywhere, the next step goes on.
    ///
    /// # Errors
    /// [`GatewayError`]; the next step tries again.
    pub async fn step(&mut self) -> Result<Progress, GatewayError> {
        let result = self.advance().await;
        self.board
            .note_step(Status::of(self.chain(), &result, SystemTime::now()));
        result
    }

    /// Waits until the chain has a final block at `height`, at most `poll`, and looks at it as often as its blocks come.
    pub(crate) async fn await_final(&mut self, height: u64, poll: Duration) {
        let end = Instant::now() + poll;
        loop {
            let now = Instant::now();
            let left = end.saturating_duration_since(now);
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(self.pace.next(poll, now).min(left)).await;
            let Some((_, driver)) = self.driver.clone() else {
                continue;
            };
            // What goes wrong with the chain, the next step says.
            let Ok(head) = driver.head().await else {
                return tokio::time::sleep(end.saturating_duration_since(Instant::now())).await;
            };
            self.note(head);
            if head.finalized.is_some_and(|finalized| finalized >= height) {
                return;
            }
        }
    }

    fn note(&mut self, head: ForeignHead) {
        let now = Instant::now();
        self.board.note_head(head, now);
        if let Some(finalized) = head.finalized {
            self.pace.note(finalized, now);
        }
    }

    async fn advance(&mut self) -> Result<Progress, GatewayError> {
        if let Some(report) = self.pending.read()? {
            // After a restart, the chain whose report is pending has the turn.
            if self.turn.is_none() {
                self.turn = Some(self.account.turn().await);
            }
            return self.settle(&report).await;
        }
        let following = self.ledger.following(self.id).await?;
        let following = following.ok_or_else(|| GatewayError::NotFollowed {
            chain: self.config.chain.clone(),
        })?;
        self.board.note_following(&following, finality(&following.terms));
        let account = self.account.address();
        let is_named = following
            .terms
            .gateways
            .iter()
            .any(|gateway| gateway.account == account);
        if !is_named {
            return Err(GatewayError::NotAppointed {
                chain: self.config.chain.clone(),
                account,
            });
        }
        let driver = self.driver(&following.terms)?;
        let head = driver.head().await?;
        self.note(head);
        let standing = self.ledger.standing(self.id, account).await?;
        let (from, to, parent) = match self.late(&following, standing.lastBatch).await? {
            Some(late) => late,
            None if !standing.digest.is_zero() => {
                return Ok(Progress::WaitsForOthers {
                    from_height: following.nextHeight,
                });
            }
            None => {
                let last = u64::from(following.terms.batchBlocks).saturating_sub(1);
                let to = following.nextHeight.saturating_add(last);
                (following.nextHeight, to, following.lastHash)
            }
        };
        let finalized = head.finalized;
        if finalized.is_none_or(|finalized| finalized < to) {
            return Ok(Progress::WaitsForChain {
                to_height: to,
                finalized,
            });
        }
        let batch = self.build(&*driver, (from, to), parent).await?;
        self.report(batch).await
    }

    /// The oldest batch that was anchored without this gateway and that it still confirms: its blocks and the hash
    /// before them.
    async fn late(&self, following: &Following, last: u64) -> Result<Option<(u64, u64, B256)>, GatewayError> {
        let oldest = following.batchCount.saturating_sub(CONFIRMED_LATE_MAX);
        let index = last.max(oldest);
        // Who was never heard of begins with the next batch.
        if index >= following.batchCount || last == 0 {
            return Ok(None);
        }
        let anchor = self.ledger.anchor(self.id, index).await?;
        Ok(anchor.map(|anchor| {
            (
                anchor.batch.fromHeight,
                anchor.batch.toHeight,
                anchor.batch.parentHash,
            )
        }))
    }

    fn driver(&mut self, terms: &Terms) -> Result<Arc<dyn ForeignChain>, GatewayError> {
        let wanted = finality(terms);
        if let Some((made_for, driver)) = &self.driver
            && *made_for == wanted
        {
            return Ok(driver.clone());
        }
        let driver = (self.drivers)(&self.config, wanted)?;
        self.board.note_driver(driver.clone());
        self.driver = Some((wanted, driver.clone()));
        Ok(driver)
    }

    /// Takes the blocks of a batch and puts them into the archive.
    async fn build(
        &self,
        driver: &dyn ForeignChain,
        (from, to): (u64, u64),
        parent: B256,
    ) -> Result<Batch, GatewayError> {
        let mut builder = Builder::new(from, parent);
        let mut draft = self.archive.draft()?;
        for height in from..=to {
            let block = driver.block(height).await?;
            builder.push(&block).map_err(|misfit| GatewayError::Fork {
                height,
                expected: misfit.expected,
                found: block.header.parent,
            })?;
            draft.push(&block)?;
        }
        let batch = builder.finish();
        self.archive.keep(&self.config.chain, &batch, draft)?;
        Ok(batch)
    }

    async fn report(&mut self, batch: Batch) -> Result<Progress, GatewayError> {
        let turn = self.account.turn().await;
        let from_height = batch.fromHeight;
        let held = Held {
            blocks: (batch.toHeight - batch.fromHeight).saturating_add(1),
            transactions: batch.transactions,
            events: batch.events,
        };
        let call = reportCall { id: self.id, batch };
        let intent = Intent {
            what: "a report",
            to: ANCHORS,
            input: call.abi_encode().into(),
            gas_extra: ANCHORING_GAS,
        };
        let unsigned = self.ledger.prepare(self.account.address(), &intent).await?;
        let (raw, hash) = self
            .account
            .signer
            .sign(&unsigned)
            .map_err(GatewayError::Signer)?;
        let report = Report {
            from_height,
            held,
            nonce: unsigned.nonce,
            hash,
            raw,
        };
        self.pending.write(&report)?;
        self.turn = Some(turn);
        self.ledger.send(&report.raw).await?;
        info!(chain = %self.config.chain, from_height, transaction = %hash, "reported a batch");
        Ok(Progress::Reported { from_height })
    }

    fn end_turn(&mut self) -> Result<(), GatewayError> {
        self.pending.clear()?;
        self.turn = None;
        Ok(())
    }

    /// Looks what became of the last report, and sends it again while nothing did.
    async fn settle(&mut self, report: &Report) -> Result<Progress, GatewayError> {
        let from_height = report.from_height;
        // The nonce is asked before the fate: a transaction that is executed between the two is seen as executed.
        let nonce = self.ledger.nonce(self.account.address()).await?;
        match self.ledger.fate(report.hash).await? {
            Fate::Executed {
                succeeded,
                gas_used,
                fee,
            } => {
                self.end_turn()?;
                self.board
                    .note_report(counted(report.held, succeeded, gas_used, fee));
                if !succeeded {
                    warn!(chain = %self.config.chain, from_height, "a report was refused in its block");
                }
                Ok(Progress::Settled {
                    from_height,
                    succeeded,
                })
            }
            // Another transaction of the account took its place: it can never be executed.
            Fate::Open if nonce > report.nonce => {
                self.end_turn()?;
                Ok(Progress::Settled {
                    from_height,
                    succeeded: false,
                })
            }
            Fate::Open => {
                self.ledger.send(&report.raw).await?;
                Ok(Progress::WaitsForLedger)
            }
        }
    }
}

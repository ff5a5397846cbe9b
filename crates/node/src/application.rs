//! The ledger as an ordering engine sees it: makes payloads, judges them, and executes the final ones.
//!
//! Order first, execute after: the payload of height `h` commits to the newest block below it that its proposer
//! has executed. Execution overlaps the next round: a proposer waits for it only when it is more than
//! [`RESULT_LAG`] payloads behind. It never waits for a payload that is not final, since that one may become final
//! only through the payload that is being made; so a commitment may lag further after rounds that failed. For the
//! same reason a commitment may lie below its parent's: the validator that knows least must be able to lead.
//!
//! Only a validator of a payload's epoch may have made it; who that is, [`Membership`] says, and it is asked when the
//! last block of the epoch before has been executed.
//!
//! A payload of a partition ledger names a block of the main ledger that its proposer has. Nobody votes for it before it
//! has that block too, and its transactions are judged by the registries as they were after it. Transactions of a
//! frozen ledger find no votes: each validator asks the head of its own main ledger.
//!
//! Invariants: [`LedgerApplication::deliver`] executes each height once, in order; a result that a final
//! payload commits to equals the block that this node executed, else the node stops ("a stopped node is better
//! than a wrong ledger").

mod committee;
mod lawful;
mod registries;
mod unacceptable;

use registries::Writes;
use unacceptable::DeliverError;
pub use unacceptable::Unacceptable;

use crate::{
    membership::Membership,
    metrics::LedgerMetrics,
    partition::{LinkFault, MainLedger},
    words::Words,
};
use alloy_primitives::{Address, B256, Bytes};
use civitas_evm::ChainSpec;
use civitas_invariants as invariants;
use civitas_mempool::Pool;
use civitas_ports::{
    Application, BlockInput, BoxError, BoxFuture, Executor, LedgerStore, Policy, ProposalContext, Selection,
    StoreError, TransactionPool,
};
use civitas_types::{
    Block, Epochs, Height, LedgerParameters, Payload, PayloadHeader, ResultCommitment, Validator,
};
use committee::Committee;
use commonware_runtime::Clock;
use lawful::judged_height;
use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use tokio::sync::{broadcast, watch};
use tracing::{debug, error, warn};

/// How many heights below its payload a proposer's commitment lies at most, as far as the payloads between are final.
const RESULT_LAG: u64 = 2;
/// Block intervals after which a payload is made that has nothing but a result to commit to. One interval later than
/// there could be one: a client that sends its next transaction when it has the receipt of the last finds the round still
/// open, instead of just begun without it.
const COMMIT_INTERVALS: u64 = 2;
/// How far a payload's time may be ahead of the verifier's clock, in milliseconds.
pub(crate) const CLOCK_AHEAD_MS_MAX: u64 = 5_000;
/// Epochs whose validators are kept in memory: the current one, and some for those who ask for older certificates.
const COMMITTEES_KEPT: usize = 8;
/// Applied blocks that wait in memory for slow subscribers; those that lag further read the store.
const HEADS_CAPACITY: usize = 8;

/// What an application is made of.
pub struct Parts {
    /// Chain id of the ledger.
    pub ledger: u64,
    /// The parameters of its genesis.
    pub parameters: LedgerParameters,
    /// Who orders which epoch.
    pub membership: Arc<dyn Membership>,
    /// Its genesis block's hash and time.
    pub genesis: Payload,
    /// Its state and history.
    pub store: Arc<dyn LedgerStore>,
    /// Executes its blocks.
    pub executor: Arc<dyn Executor>,
    /// The rules of execution: seals its blocks.
    pub spec: Arc<ChainSpec>,
    /// Its waiting transactions.
    pub pool: Arc<Pool>,
    /// Counts what happens.
    pub metrics: Arc<LedgerMetrics>,
    /// The main ledger of this node; none where this is it.
    pub main: Option<Arc<MainLedger>>,
    /// What the ledger refuses by its words.
    pub words: Arc<Words>,
}

/// The ledger behind the [`Application`] port. `E` gives the time.
pub struct LedgerApplication<E> {
    clock: E,
    ledger: u64,
    /// Those of the genesis: see `parameters_now` and `parameters_after`.
    parameters: LedgerParameters,
    epochs: Epochs,
    membership: Arc<dyn Membership>,
    committees: Mutex<BTreeMap<u64, Arc<Committee>>>,
    genesis: Arc<Payload>,
    store: Arc<dyn LedgerStore>,
    executor: Arc<dyn Executor>,
    spec: Arc<ChainSpec>,
    pool: Arc<Pool>,
    metrics: Arc<LedgerMetrics>,
    main: Option<Arc<MainLedger>>,
    words: Arc<Words>,
    executed: watch::Sender<Executed>,
    heads: broadcast::Sender<Arc<Block>>,
}

/// How far this node has executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Executed {
    height: Height,
    /// The newest block with transactions: its result should be committed to without waiting for the heartbeat.
    filled: Height,
}

impl<E: Clock> LedgerApplication<E> {
    /// Joins the parts.
    pub fn new(clock: E, parts: Parts) -> Self {
        let head = parts.store.head().height;
        Self {
            clock,
            ledger: parts.ledger,
            epochs: parts.parameters.epochs(),
            parameters: parts.parameters,
            membership: parts.membership,
            committees: Mutex::default(),
            genesis: Arc::new(parts.genesis),
            store: parts.store,
            executor: parts.executor,
            spec: parts.spec,
            pool: parts.pool,
            metrics: parts.metrics,
            main: parts.main,
            words: parts.words,
            executed: watch::Sender::new(Executed {
                height: head,
                filled: head,
            }),
            heads: broadcast::Sender::new(HEADS_CAPACITY),
        }
    }

    /// Every applied block, from now on.
    pub fn heads(&self) -> broadcast::Sender<Arc<Block>> {
        self.heads.clone()
    }

    /// The validators of an epoch whose base this node has executed; none of a later one.
    async fn committee(&self, epoch: u64) -> Result<Option<Arc<Committee>>, StoreError> {
        if let Some(known) = self.committees.lock().get(&epoch) {
            return Ok(Some(known.clone()));
        }
        if self.store.head().height < self.epochs.base(epoch) {
            return Ok(None);
        }
        let validators = self.membership.validators(&*self.store, epoch).await?;
        let committee = Arc::new(Committee::from(validators));
        let mut committees = self.committees.lock();
        committees.insert(epoch, committee.clone());
        while committees.len() > COMMITTEES_KEPT {
            // The oldest, unless that is the one that was asked for: the newest is what ordering needs.
            let oldest = committees.keys().copied().find(|kept| *kept != epoch);
            oldest.map(|oldest| committees.remove(&oldest));
        }
        Ok(Some(committee))
    }

    /// The validators of the epoch of a payload at `height`, whose parent was executed or is of the same epoch.
    async fn committee_at(&self, height: Height) -> Result<Arc<Committee>, StoreError> {
        let epoch = self.epochs.of(height);
        let base = self.epochs.base(epoch);
        self.executed(base).await;
        let committee = self.committee(epoch).await?;
        committee.ok_or_else(|| StoreError::Unknown {
            height: base,
            head: self.store.head().height,
        })
    }

    fn now_ms(&self) -> u64 {
        let since_epoch = self
            .clock
            .current()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }

    /// Waits until this node has executed `height`.
    async fn executed(&self, height: Height) -> Executed {
        let mut executed = self.executed.subscribe();
        let reached = executed
            .wait_for(|executed| executed.height >= height)
            .await
            .map(|reached| *reached);
        match reached {
            Ok(reached) => reached,
            // The sender lives as long as `self`.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits until the pace of the ledger asks for a payload after `parent`: as soon as there is something to
    /// order, but not before the block interval; for the sake of a result alone after [`COMMIT_INTERVALS`]; at the
    /// heartbeat in any case.
    async fn pace(
        &self,
        parent: &PayloadHeader,
        ordered: &[B256],
        writes: Writes,
        parameters: &LedgerParameters,
    ) {
        let now = self.now_ms();
        let heartbeat = parameters.heartbeat_ms;
        // A clock that was set back must not stop the ledger: no wait is longer than its own interval.
        let due = |interval: u64| (parent.timestamp_ms + interval).saturating_sub(now).min(interval);
        let earliest = self
            .clock
            .sleep(Duration::from_millis(due(parameters.block_interval_ms)));
        let commit = parameters.block_interval_ms.saturating_mul(COMMIT_INTERVALS);
        let commit = self
            .clock
            .sleep(Duration::from_millis(due(commit.min(heartbeat))));
        let latest = self.clock.sleep(Duration::from_millis(due(heartbeat)));
        tokio::pin!(commit, latest);
        earliest.await;
        let mut executed = self.executed.subscribe();
        let mut may_commit = false;
        loop {
            let woken = self.pool.wait_for_work();
            let reached = *executed.borrow_and_update();
            let has_work = writes == Writes::Open && self.pool.has_work(ordered);
            let has_result = reached.filled > parent.result.height;
            if has_work || (may_commit && has_result) {
                return;
            }
            tokio::select! {
                biased;
                () = &mut latest => return,
                () = &mut commit, if !may_commit => may_commit = true,
                () = woken => {}
                _ = executed.changed() => {}
            }
        }
    }

    async fn make_payload(&self, context: ProposalContext) -> Result<Payload, StoreError> {
        let height = context.parent.header().height.next();
        let oldest_result = Height::new(height.get().saturating_sub(RESULT_LAG));
        self.executed(oldest_result.min(context.finalized)).await;
        let ordered = ordered_hashes(&context.unexecuted, &self.pool);
        let parameters = self.parameters_now()?;
        self.pace(context.parent.header(), &ordered, self.writes()?, &parameters)
            .await;
        let head = self.store.head();
        // The head may be above the parent when this node is behind the round: commit below the payload itself.
        let result_height = head.height.min(context.parent.header().height);
        let block_hash = self.hash_at(result_height).await?;
        let selection = Selection {
            bytes_max: parameters.payload_bytes_max as usize,
            transactions_max: parameters.payload_transactions_max as usize,
            gas_max: parameters.block_gas_max,
            base_fee: parameters.base_fee,
            ordered,
        };
        let main = self.main.as_ref();
        let main = main.map(|main| main.newest(context.parent.header().main));
        // Asked again: the ledger may have been frozen meanwhile.
        let transactions = match self.writes()? {
            Writes::Open => self.lawful(self.pool.select(&selection), judged_height(height, main))?,
            Writes::Stopped => Vec::new(),
        };
        let header = PayloadHeader {
            ledger: self.ledger,
            height,
            parent: context.parent.digest(),
            timestamp_ms: self.now_ms().max(context.parent.header().timestamp_ms),
            proposer: context.proposer,
            result: ResultCommitment {
                height: result_height,
                block_hash,
            },
            transaction_count: 0,
            body_bytes: 0,
            body_hash: B256::ZERO,
            main,
        };
        Ok(Payload::new(header, transactions))
    }

    async fn hash_at(&self, height: Height) -> Result<B256, StoreError> {
        let head = self.store.head();
        if head.height == height {
            return Ok(head.hash);
        }
        match self.store.block(height).await? {
            Some(block) => Ok(block.hash),
            None => Err(StoreError::Unknown {
                height,
                head: head.height,
            }),
        }
    }

    async fn check(
        &self,
        payload: &Payload,
        parent: &Payload,
    ) -> Result<Result<(), Unacceptable>, StoreError> {
        if let Err(reason) = self.check_form(payload, parent) {
            return Ok(Err(reason));
        }
        let header = payload.header();
        let committee = self.committee_at(header.height).await?;
        if !committee.beneficiaries.contains_key(&header.proposer) {
            return Ok(Err(Unacceptable::Proposer(header.proposer)));
        }
        let result = header.result;
        self.executed(result.height).await;
        let own = self.hash_at(result.height).await?;
        if own != result.block_hash {
            return Ok(Err(Unacceptable::ResultHash {
                height: result.height,
                found: result.block_hash,
                own,
            }));
        }
        if let Err(reason) = self.check_main(header, parent.header()).await? {
            return Ok(Err(reason));
        }
        let words = self.words.at(judged_height(header.height, header.main))?;
        Ok(self.check_transactions(payload, &words))
    }

    /// Whether the payload may name its block of the main ledger, as far as this node can tell within a round, and may
    /// have transactions.
    async fn check_main(
        &self,
        header: &PayloadHeader,
        before: &PayloadHeader,
    ) -> Result<Result<(), Unacceptable>, StoreError> {
        let Some(main) = &self.main else {
            return Ok(header.main.map_or(Ok(()), |_| Err(Unacceptable::Linked)));
        };
        let link = match main.follows(before.main, header.main) {
            Ok(link) => link,
            Err(fault) => return Ok(Err(fault.into())),
        };
        let round = self
            .clock
            .sleep(Duration::from_millis(self.parameters.leader_timeout_ms));
        tokio::select! {
            biased;
            () = main.reached(link.height) => {}
            () = round => return Ok(Err(LinkFault::Unknown { found: link.height }.into())),
        }
        if let Err(fault) = main.compare(link)? {
            return Ok(Err(fault.into()));
        }
        if header.transaction_count > 0 && self.writes()? == Writes::Stopped {
            return Ok(Err(Unacceptable::WritesStopped));
        }
        Ok(Ok(()))
    }

    fn check_form(&self, payload: &Payload, parent: &Payload) -> Result<(), Unacceptable> {
        let (header, before) = (payload.header(), parent.header());
        if header.ledger != self.ledger {
            return Err(Unacceptable::OtherLedger {
                found: header.ledger,
                expected: self.ledger,
            });
        }
        if header.height != before.height.next() || header.parent != parent.digest() {
            return Err(Unacceptable::NotAChild);
        }
        let latest = self
            .now_ms()
            .saturating_add(CLOCK_AHEAD_MS_MAX)
            .max(before.timestamp_ms);
        if !(before.timestamp_ms..=latest).contains(&header.timestamp_ms) {
            return Err(Unacceptable::Time {
                timestamp_ms: header.timestamp_ms,
            });
        }
        let result = header.result.height;
        if result >= header.height {
            return Err(Unacceptable::ResultHeight { found: result });
        }
        if header.body_bytes > self.parameters.payload_bytes_max
            || header.transaction_count > self.parameters.payload_transactions_max
        {
            return Err(Unacceptable::TooLarge);
        }
        Ok(())
    }

    async fn apply(&self, payload: &Payload) -> Result<Arc<Block>, DeliverError> {
        let height = payload.header().height;
        let head = self.store.head();
        let result = payload.header().result;
        let own = self.hash_at(result.height).await?;
        if let Err(violation) = invariants::same_result(result, own) {
            return Err(DeliverError::Diverged(Box::new(violation)));
        }
        let started = self.clock.current();
        let transactions = self
            .pool
            .recover_all(payload.transactions())
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| DeliverError::Diverged(Box::new(error)))?;
        let committee = self.committee_at(height).await?;
        let beneficiary = committee.beneficiaries.get(&payload.header().proposer).copied();
        let view = self.view_for(payload, head.height).await?;
        let parameters = self.parameters_after(&*view, head.timestamp_ms)?;
        let input = BlockInput {
            // A quorum would have to lie to make another node's payload final.
            beneficiary: beneficiary.unwrap_or_default(),
            gas_limit: parameters.block_gas_max,
            ..self.block_input(payload, head.hash, transactions)
        };
        let mut output = self.executor.execute(view.as_ref(), &input, None)?;
        let diff = std::mem::take(&mut output.diff);
        let spec = self.spec.clone();
        let seal = Box::new(move |state_root| {
            let block = civitas_evm::seal(&spec, &input, output, state_root);
            invariants::follows(&block, head.height, head.hash)
                .map_err(|violation| Box::new(violation) as BoxError)?;
            Ok(block)
        });
        let block = self.store.apply(diff, seal).await?;
        self.metrics.applied(
            &block,
            self.clock.current().duration_since(started).unwrap_or_default(),
        );
        debug!(height = height.get(), hash = %block.hash, transactions = block.transactions.len(), "block applied");
        Ok(block)
    }

    fn block_input(
        &self,
        payload: &Payload,
        parent_hash: B256,
        transactions: Vec<Arc<civitas_types::Transaction>>,
    ) -> BlockInput {
        let header = payload.header();
        BlockInput {
            height: header.height,
            parent_hash,
            timestamp_ms: header.timestamp_ms,
            beneficiary: Address::ZERO,
            prev_randao: payload.digest(),
            difficulty: alloy_primitives::U256::ZERO,
            nonce: 0,
            gas_limit: self.parameters.block_gas_max,
            base_fee: Some(self.parameters.base_fee),
            extra_data: Bytes::new(),
            parent_beacon_block_root: Some(header.main.map_or(B256::ZERO, |main| main.block_hash)),
            main: header.main,
            excess_blob_gas: Some(0),
            withdrawals: Some(Default::default()),
            ommers: Vec::new(),
            transactions,
            policy: Policy::Omit,
        }
    }

    fn announce(&self, block: Arc<Block>) {
        self.pool.block_applied(&block);
        let height = block.height();
        let filled = !block.transactions.is_empty() || !block.omitted.is_empty();
        self.executed.send_modify(|executed| {
            executed.height = height;
            if filled {
                executed.filled = height;
            }
        });
        // Nobody may be subscribed.
        let _ = self.heads.send(block);
    }
}

fn ordered_hashes(unexecuted: &[Arc<Payload>], pool: &Pool) -> Vec<B256> {
    let raws = unexecuted.iter().flat_map(|payload| payload.transactions());
    raws.filter_map(|raw| pool.recovered(raw).ok())
        .map(|transaction| transaction.hash())
        .collect()
}

impl<E: Clock> Application for LedgerApplication<E> {
    fn genesis(&self) -> Arc<Payload> {
        self.genesis.clone()
    }

    fn propose(&self, context: ProposalContext) -> BoxFuture<'_, Option<Payload>> {
        Box::pin(async move {
            match self.make_payload(context).await {
                Ok(payload) => {
                    self.metrics.proposed(payload.transactions().len());
                    Some(payload)
                }
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "no payload could be made"
                    );
                    None
                }
            }
        })
    }

    fn verify(&self, payload: Arc<Payload>, parent: Arc<Payload>) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            match self.check(&payload, &parent).await {
                Ok(Ok(())) => true,
                Ok(Err(reason)) => {
                    self.metrics.refused_payload();
                    warn!(height = payload.header().height.get(), %reason, "payload refused");
                    false
                }
                Err(error) => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "payload could not be checked"
                    );
                    false
                }
            }
        })
    }

    fn deliver(&self, payload: Arc<Payload>) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            if payload.header().height <= self.store.head().height {
                return true;
            }
            match self.apply(&payload).await {
                Ok(block) => {
                    self.announce(block);
                    true
                }
                Err(error) => {
                    error!(
                        height = payload.header().height.get(),
                        error = &error as &dyn std::error::Error,
                        "the node stops: a final payload could not be applied"
                    );
                    false
                }
            }
        })
    }

    fn delivered(&self) -> Height {
        self.store.head().height
    }

    fn validators(&self, epoch: u64) -> BoxFuture<'_, Option<Vec<Validator>>> {
        Box::pin(async move {
            match self.committee(epoch).await {
                Ok(committee) => committee.map(|committee| committee.validators.clone()),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    error!(epoch, error, "the validators of an epoch cannot be read");
                    None
                }
            }
        })
    }
}

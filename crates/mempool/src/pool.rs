//! The pool behind its port: locks, reads of the state, notifications.
//!
//! Invariant: no lock is held while a signature is recovered, nor (but for the short window in which the store is
//! a block ahead of the pool) while the state is read.

use crate::{
    Config, Rules,
    book::{Accepted, Book, Touched},
    form::Form,
    queue::{Queue, SenderAccount},
    recent::Recent,
    select::Selector,
};
use alloy_consensus::{Transaction as _, constants::EIP4844_TX_TYPE_ID, transaction::SignerRecoverable};
use alloy_primitives::{Address, B256, Bytes, keccak256};
use civitas_ports::{
    LedgerStore, Origin, PoolContent, PoolLimits, PoolStatus, Refusal, Selection, StateError, StateView,
    TransactionPool,
};
use civitas_types::{Account, Block, Transaction, TransactionError};
use parking_lot::Mutex;
use rayon::prelude::*;
use std::{collections::HashSet, sync::Arc};
use tokio::sync::{Notify, broadcast, futures::Notified};
use tracing::{debug, warn};

/// Accepted transactions that a slow subscriber may lag behind before it misses some.
const ACCEPTED_CAPACITY: usize = 4_096;
/// Denials that a slow subscriber may lag behind before it misses some; it learns how many.
const DENIED_CAPACITY: usize = 1_024;
/// Unknown transactions of a payload above which their signatures are recovered on several cores.
const PARALLEL_MIN: usize = 32;
/// How often a submission starts again because a block was applied while it read the state.
const READS_MAX: usize = 8;
/// Code of a delegation (EIP-7702): three bytes and an address.
const DELEGATION_PREFIX: [u8; 3] = [0xef, 0x01, 0x00];
const DELEGATION_BYTES: usize = 23;

/// Whether the ledger would let a transaction into a block on this state: the rules of the city, which the pool does
/// not know.
pub type Judge = dyn Fn(&dyn StateView, &Transaction) -> Result<(), Refusal> + Send + Sync;

/// A transaction that the rules of the city do not allow.
#[derive(Clone, Debug)]
pub struct Denied {
    /// The transaction.
    pub transaction: Arc<Transaction>,
    /// Where it came from.
    pub origin: Origin,
    /// Why it was refused.
    pub reason: String,
}

/// The pool. One per ledger and node.
pub struct Pool {
    config: Config,
    judge: Box<Judge>,
    form: Form,
    heads: Arc<dyn LedgerStore>,
    book: Mutex<Book>,
    recent: Mutex<Recent>,
    work: Notify,
    outgoing: Notify,
    accepted: broadcast::Sender<Arc<Transaction>>,
    denied: broadcast::Sender<Denied>,
}

impl Pool {
    /// An empty pool on the head of `heads`.
    /// `judge` may take its time: no lock is held.
    pub fn new(config: Config, rules: Rules, heads: Arc<dyn LedgerStore>, judge: Box<Judge>) -> Self {
        let mut book = Book::new(config);
        book.height = heads.head().height;
        book.view = heads.view(book.height).ok();
        Self {
            config,
            judge,
            form: Form::new(rules),
            heads,
            book: Mutex::new(book),
            recent: Mutex::default(),
            work: Notify::new(),
            outgoing: Notify::new(),
            accepted: broadcast::Sender::new(ACCEPTED_CAPACITY),
            denied: broadcast::Sender::new(DENIED_CAPACITY),
        }
    }

    /// The bounds in force.
    pub const fn limits(&self) -> PoolLimits {
        PoolLimits {
            transactions_max: self.config.transactions_max,
            bytes_max: self.config.bytes_max,
            sender_transactions_max: self.config.sender_transactions_max,
            nonce_gap_max: self.config.nonce_gap_max,
            transaction_bytes_max: self.form.rules().transaction_bytes_max,
            transaction_gas_max: self.form.rules().transaction_gas_max,
        }
    }

    /// Every transaction that the pool takes in from now on, whoever sent it (`newPendingTransactions`).
    pub fn accepted(&self) -> broadcast::Sender<Arc<Transaction>> {
        self.accepted.clone()
    }

    /// Every transaction that the city does not allow, from now on.
    pub fn denied(&self) -> broadcast::Receiver<Denied> {
        self.denied.subscribe()
    }

    /// Whether a transaction could ever be part of this ledger: size, type, chain id, gas, fees. Needs no state,
    /// and gives the same answer on every node, so it may decide on a payload.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub fn check_form(&self, transaction: &Transaction) -> Result<(), Refusal> {
        self.form.check_size(transaction.raw().len())?;
        self.form.check(transaction.envelope())
    }

    /// The transaction with these bytes. Its signature is recovered only if it was not seen lately.
    ///
    /// # Errors
    /// See [`TransactionError`].
    pub fn recovered(&self, raw: &Bytes) -> Result<Arc<Transaction>, TransactionError> {
        let hash = keccak256(raw);
        if let Some(known) = self.known(&hash) {
            return Ok(known);
        }
        let transaction = Arc::new(recover(raw, hash)?);
        self.recent.lock().insert(transaction.clone());
        Ok(transaction)
    }

    /// [`Self::recovered`] of each, in their order; on several cores if many signatures have to be recovered.
    pub fn recover_all(&self, raws: &[Bytes]) -> Vec<Result<Arc<Transaction>, TransactionError>> {
        let hashes: Vec<B256> = raws.iter().map(keccak256).collect();
        let known: Vec<Option<Arc<Transaction>>> = {
            let (book, mut recent) = (self.book.lock(), self.recent.lock());
            let find = |hash: &B256| recent.get(hash).or_else(|| book.get(hash).cloned());
            hashes.iter().map(find).collect()
        };
        let unknown: Vec<usize> = (0..raws.len()).filter(|&index| known[index].is_none()).collect();
        let recover_at = |&index: &usize| (index, recover(&raws[index], hashes[index]).map(Arc::new));
        let recovered: Vec<(usize, Result<Arc<Transaction>, TransactionError>)> =
            if unknown.len() < PARALLEL_MIN {
                unknown.iter().map(recover_at).collect()
            } else {
                unknown.par_iter().map(recover_at).collect()
            };
        let mut results: Vec<_> = known.into_iter().map(|known| known.map(Ok)).collect();
        let mut recent = self.recent.lock();
        for (index, result) in recovered {
            if let Ok(transaction) = &result {
                recent.insert(transaction.clone());
            }
            results[index] = Some(result);
        }
        // Every index is either known or was recovered above.
        results.into_iter().flatten().collect()
    }

    /// A future that ends when something executable arrives or a block was applied. It counts from its creation:
    /// make it first, look at [`Self::has_work`] then, and no arrival is missed.
    pub fn wait_for_work(&self) -> Notified<'_> {
        self.work.notified()
    }

    /// Whether anything can be executed that is not in `ordered`.
    pub fn has_work(&self, ordered: &[B256]) -> bool {
        let book = self.book.lock();
        if book.status().pending > ordered.len() {
            return true;
        }
        let ordered: HashSet<&B256> = ordered.iter().collect();
        book.queues.values().any(|queue| {
            let mut pending = queue.waiting.values().take(queue.pending);
            pending.any(|waiting| !ordered.contains(&waiting.transaction.hash()))
        })
    }

    /// Waits for transactions to spread to the other nodes: new ones of this node's clients, and those that still
    /// wait `repeat_after_blocks` blocks after they were spread last. One task may wait; nothing is lost when the
    /// future is dropped.
    pub async fn wait_for_outgoing(&self, repeat_after_blocks: u64) -> Vec<Arc<Transaction>> {
        loop {
            let taken = self.book.lock().take_outgoing(repeat_after_blocks);
            if !taken.is_empty() {
                return taken;
            }
            // A permit is stored for what arrives between the look above and here.
            self.outgoing.notified().await;
        }
    }

    /// Drops transactions that were taken in and may not be ordered any more; later ones of their senders wait.
    pub fn discard(&self, transactions: &[Arc<Transaction>]) {
        let mut book = self.book.lock();
        for transaction in transactions {
            book.discard(&transaction.hash());
        }
    }

    fn known(&self, hash: &B256) -> Option<Arc<Transaction>> {
        if let Some(known) = self.recent.lock().get(hash) {
            return Some(known);
        }
        self.book.lock().get(hash).cloned()
    }

    /// The transaction with its sender; form before signature.
    fn checked(&self, raw: &Bytes, hash: B256) -> Result<Arc<Transaction>, Refusal> {
        if let Some(known) = self.recent.lock().get(&hash) {
            self.form.check(known.envelope())?;
            return Ok(known);
        }
        self.form.check(&Transaction::decode_envelope(raw)?)?;
        Ok(Arc::new(recover(raw, hash)?))
    }

    /// Reads the sender's account after the newest block and takes the transaction in.
    fn admit(&self, transaction: &Arc<Transaction>, origin: Origin) -> Result<Accepted, Refusal> {
        let sender = transaction.sender();
        for _ in 0..READS_MAX {
            let (view, cached) = {
                let mut book = self.book.lock();
                if book.view.is_none() {
                    book.view = self.heads.view(book.height).ok();
                }
                (book.view.clone(), book.account(&sender))
            };
            if let Some(view) = &view {
                (self.judge)(&**view, transaction)?;
            }
            let account = match (cached, view) {
                (Some(account), _) => account,
                (None, Some(view)) => read(&*view, &sender).map_err(|error| unavailable(&error))?,
                (None, None) => return Err(Refusal::StateUnavailable),
            };
            let mut book = self.book.lock();
            if book.height == account.read_at {
                return book.admit(transaction.clone(), origin, account);
            }
        }
        Err(Refusal::StateUnavailable)
    }

    /// Accounts are read between two locks: the first one sets the height, so that no submission uses an older
    /// account in between.
    fn apply(&self, block: &Block) {
        let height = block.height();
        let view = self.heads.view(height).ok();
        let touched = touched(block);
        let stale = {
            let mut book = self.book.lock();
            if height <= book.height {
                return;
            }
            book.height = height;
            book.view = view.clone();
            book.touch(&touched)
        };
        let Some(view) = view else {
            warn!(
                height = height.get(),
                "the pool cannot read the state after the block"
            );
            return;
        };
        let accounts: Vec<_> = stale
            .into_iter()
            .map(|sender| (sender, read(&*view, &sender)))
            .collect();
        let mut book = self.book.lock();
        for (sender, account) in accounts {
            match account {
                Ok(account) => book.refresh(sender, account),
                Err(error) => warn!(%sender, error = &error as &dyn std::error::Error, "account not read"),
            }
        }
        book.expire();
    }
}

impl TransactionPool for Pool {
    fn submit(&self, raw: Bytes, origin: Origin) -> Result<Arc<Transaction>, Refusal> {
        // One with its blobs is always too large; its sender should learn the reason that matters.
        if raw.first() == Some(&EIP4844_TX_TYPE_ID) {
            return Err(Refusal::BlobUnsupported);
        }
        self.form.check_size(raw.len())?;
        let hash = keccak256(&raw);
        if self.book.lock().contains(&hash) {
            return Err(Refusal::AlreadyKnown);
        }
        let transaction = self.checked(&raw, hash)?;
        let admitted = self.admit(&transaction, origin);
        let reason = match &admitted {
            Err(Refusal::Denied { reason }) => Some(reason.clone()),
            Err(refusal @ Refusal::Content { .. }) => Some(refusal.to_string()),
            _ => None,
        };
        if let Some(reason) = reason {
            // Nobody may be subscribed.
            let _ = self.denied.send(Denied {
                transaction: transaction.clone(),
                origin,
                reason,
            });
        }
        let accepted = admitted?;
        self.recent.lock().insert(transaction.clone());
        if accepted.executable {
            self.work.notify_waiters();
        }
        if origin == Origin::Client {
            self.outgoing.notify_one();
        }
        // Nobody may be subscribed.
        let _ = self.accepted.send(transaction.clone());
        Ok(transaction)
    }

    fn select(&self, selection: &Selection) -> Vec<Arc<Transaction>> {
        let head = self.heads.head().height;
        let book = self.book.lock();
        let ordered: Vec<_> = {
            let mut recent = self.recent.lock();
            let find = |hash: &B256| recent.get(hash).or_else(|| book.get(hash).cloned());
            selection.ordered.iter().filter_map(find).collect()
        };
        // The store may show a block that has not reached the pool yet; its transactions must not come again.
        let newer = (head > book.height).then(|| self.heads.view(head).ok()).flatten();
        let account = |sender: &Address, queue: &Queue| {
            let read = newer.as_ref().and_then(|view| read(&**view, sender).ok());
            read.unwrap_or(queue.account)
        };
        Selector::new(&book, selection, &ordered, &account).run(&account)
    }

    fn get(&self, hash: &B256) -> Option<Arc<Transaction>> {
        self.known(hash)
    }

    fn next_nonce(&self, sender: &Address) -> Option<u64> {
        let book = self.book.lock();
        let queue = book.queues.get(sender)?;
        (queue.pending > 0).then(|| queue.next_nonce())
    }

    fn content(&self, sender: Option<&Address>) -> (PoolContent, PoolContent) {
        self.book.lock().content(sender)
    }

    fn status(&self) -> PoolStatus {
        self.book.lock().status()
    }

    fn block_applied(&self, block: &Block) {
        self.apply(block);
        self.work.notify_waiters();
        // Something may be due again.
        if self.book.lock().outgoing.waiting() > 0 {
            self.outgoing.notify_one();
        }
    }
}

/// Decodes and recovers; the result owns its bytes, so that it does not keep a whole message in memory.
fn recover(raw: &Bytes, hash: B256) -> Result<Transaction, TransactionError> {
    let envelope = Transaction::decode_envelope(raw)?;
    let sender = envelope
        .recover_signer()
        .map_err(|_| TransactionError::InvalidSignature)?;
    let transaction = Transaction::with_sender(envelope, sender);
    if transaction.hash() != hash || transaction.raw() != raw {
        return Err(TransactionError::Undecodable {
            reason: "the encoding is not canonical".to_owned(),
        });
    }
    Ok(transaction)
}

fn read(view: &dyn StateView, sender: &Address) -> Result<SenderAccount, StateError> {
    let account = view.account(sender)?.unwrap_or_default();
    Ok(SenderAccount {
        nonce: account.nonce,
        balance: account.balance,
        barred: is_barred(view, &account)?,
        read_at: view.height(),
    })
}

/// EIP-3607, with the exception for delegations (EIP-7702).
fn is_barred(view: &dyn StateView, account: &Account) -> Result<bool, StateError> {
    if !account.has_code() {
        return Ok(false);
    }
    let code = view.code(&account.code_hash)?;
    Ok(!(code.len() == DELEGATION_BYTES && code.starts_with(&DELEGATION_PREFIX)))
}

fn unavailable(error: &StateError) -> Refusal {
    debug!(
        error = error as &dyn std::error::Error,
        "the state could not be read for a submission"
    );
    Refusal::StateUnavailable
}

fn touched(block: &Block) -> Touched {
    Touched {
        served: block
            .transactions
            .iter()
            .map(|transaction| transaction.sender())
            .collect(),
        named: block
            .transactions
            .iter()
            .filter_map(|transaction| transaction.envelope().to())
            .collect(),
        omitted: block
            .omitted
            .iter()
            .map(|omission| omission.transaction)
            .collect(),
    }
}

#[cfg(test)]
impl Pool {
    /// Asserts every invariant of the contents.
    pub(crate) fn check(&self) {
        self.book.lock().check();
    }
}

//! All waiting transactions with their indexes. Pure: accounts are read by the caller.
//!
//! Invariants: `pending`, `queued` and `bytes` equal the sums over the queues; a queue is never empty; every index
//! agrees with the queues (all changes go through [`Book::change`]); no bound of [`Config`] is exceeded.

use crate::{
    Config,
    outgoing::Outgoing,
    queue::{Queue, SenderAccount, Waiting},
};
use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256};
use civitas_ports::{Origin, PoolContent, PoolStatus, Refusal, StateView};
use civitas_types::{Height, Transaction, U256};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

/// A transaction that was ordered and left out this often is dropped, whatever the pool thinks of it: pool and
/// executor disagree. Fewer times are forgiven, because a lying leader can order a sender's nonces backwards.
const OMISSIONS_MAX: u8 = 3;
/// Untouched senders that are looked at again after each block. Contracts can change a balance, and delegations
/// (EIP-7702) a nonce, without a transaction that names the account.
const REFRESHED_PER_BLOCK: usize = 32;

/// What a block did to the pool's transactions.
pub(crate) struct Touched {
    /// Senders of executed transactions, in their order: they go behind the others.
    pub(crate) served: Vec<Address>,
    /// Other accounts that the block names.
    pub(crate) named: Vec<Address>,
    /// Hashes that were ordered and left out.
    pub(crate) omitted: Vec<B256>,
}

/// The waiting transactions.
pub(crate) struct Book {
    config: Config,
    /// The newest applied block.
    pub(crate) height: Height,
    /// The state after it, once it could be had.
    pub(crate) view: Option<Arc<dyn StateView>>,
    pub(crate) queues: BTreeMap<Address, Queue>,
    /// Senders in the order in which they are served.
    pub(crate) turns: BTreeMap<u64, Address>,
    /// What is spread to the other nodes.
    pub(crate) outgoing: Outgoing,
    places: HashMap<B256, (Address, u64)>,
    next_turn: u64,
    /// Senders by how many queued transactions they have; the last one has most.
    most_queued: BTreeSet<(usize, Address)>,
    /// Senders with queued transactions, by when these last moved.
    stalled: BTreeSet<(Height, Address)>,
    pending: usize,
    queued: usize,
    bytes: usize,
    /// Where the next look at untouched senders begins.
    refreshed: Address,
}

/// What became of an accepted transaction.
pub(crate) struct Accepted {
    /// It, or one behind it, can be executed now.
    pub(crate) executable: bool,
}

impl Book {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            config,
            height: Height::GENESIS,
            view: None,
            queues: BTreeMap::new(),
            turns: BTreeMap::new(),
            outgoing: Outgoing::default(),
            places: HashMap::new(),
            next_turn: 0,
            most_queued: BTreeSet::new(),
            stalled: BTreeSet::new(),
            pending: 0,
            queued: 0,
            bytes: 0,
            refreshed: Address::ZERO,
        }
    }

    pub(crate) fn status(&self) -> PoolStatus {
        PoolStatus {
            pending: self.pending,
            queued: self.queued,
            bytes: self.bytes,
        }
    }

    pub(crate) fn contains(&self, hash: &B256) -> bool {
        self.places.contains_key(hash)
    }

    pub(crate) fn get(&self, hash: &B256) -> Option<&Arc<Transaction>> {
        let (sender, nonce) = self.places.get(hash)?;
        Some(&self.queues.get(sender)?.waiting.get(nonce)?.transaction)
    }

    /// The account as it was read after the newest block, if it was.
    pub(crate) fn account(&self, sender: &Address) -> Option<SenderAccount> {
        let account = self.queues.get(sender)?.account;
        (account.read_at == self.height).then_some(account)
    }

    pub(crate) fn content(&self, sender: Option<&Address>) -> (PoolContent, PoolContent) {
        let (mut pending, mut queued) = (PoolContent::new(), PoolContent::new());
        let bounds = match sender {
            Some(sender) => (Bound::Included(*sender), Bound::Included(*sender)),
            None => (Bound::Unbounded, Bound::Unbounded),
        };
        for (address, queue) in self.queues.range(bounds) {
            for (index, (nonce, waiting)) in queue.waiting.iter().enumerate() {
                let content = if index < queue.pending {
                    &mut pending
                } else {
                    &mut queued
                };
                content
                    .entry(*address)
                    .or_default()
                    .insert(*nonce, waiting.transaction.clone());
            }
        }
        (pending, queued)
    }

    /// Checks a transaction against its sender's account and the bounds, and takes it in.
    pub(crate) fn admit(
        &mut self,
        transaction: Arc<Transaction>,
        origin: Origin,
        account: SenderAccount,
    ) -> Result<Accepted, Refusal> {
        let sender = transaction.sender();
        let waiting = Waiting::new(transaction, origin, self.height);
        if self.contains(&waiting.transaction.hash()) {
            return Err(Refusal::AlreadyKnown);
        }
        self.check_account(&waiting, &account)?;
        if self.queues.contains_key(&sender) {
            self.refresh(sender, account);
        }
        let nonce = waiting.transaction.envelope().nonce();
        let queue = self.queues.get(&sender);
        let replaced = queue.and_then(|queue| queue.waiting.get(&nonce));
        let added_bytes = match replaced {
            Some(old) => {
                check_replacement(&old.transaction, &waiting.transaction)?;
                waiting
                    .transaction
                    .raw()
                    .len()
                    .saturating_sub(old.transaction.raw().len())
            }
            None => waiting.transaction.raw().len(),
        };
        let newcomer = Newcomer {
            sender,
            nonce,
            bytes: added_bytes,
            count: usize::from(replaced.is_none()),
            executable: executable(queue, &account, nonce, waiting.cost),
        };
        self.make_room(&newcomer)?;
        Ok(self.insert(waiting, account))
    }

    fn check_account(&self, waiting: &Waiting, account: &SenderAccount) -> Result<(), Refusal> {
        let nonce = waiting.transaction.envelope().nonce();
        let next = account.nonce;
        if nonce < next {
            return Err(Refusal::NonceTooLow { nonce, next });
        }
        let gap_max = self.config.nonce_gap_max;
        // The highest nonce of all can never be executed (EIP-2681).
        if nonce - next > gap_max || nonce == u64::MAX {
            return Err(Refusal::NonceTooHigh { nonce, next, gap_max });
        }
        if account.barred {
            return Err(Refusal::SenderHasCode {
                sender: waiting.transaction.sender(),
            });
        }
        if waiting.cost > account.balance {
            return Err(Refusal::InsufficientFunds {
                balance: account.balance,
                cost: waiting.cost,
            });
        }
        Ok(())
    }

    fn insert(&mut self, waiting: Waiting, account: SenderAccount) -> Accepted {
        let height = self.height;
        let transaction = waiting.transaction.clone();
        let (sender, hash) = (transaction.sender(), transaction.hash());
        if !self.queues.contains_key(&sender) {
            let queue = Queue::new(account, self.next_turn, height);
            self.turns.insert(self.next_turn, sender);
            self.next_turn += 1;
            self.queues.insert(sender, queue);
        }
        let nonce = transaction.envelope().nonce();
        if waiting.spread_at.is_some() {
            self.outgoing.accept(transaction, height);
        }
        self.places.insert(hash, (sender, nonce));
        let replaced = self
            .change(sender, |queue| queue.insert(waiting, height))
            .flatten();
        self.forget(replaced);
        let executable = self
            .queues
            .get(&sender)
            .is_some_and(|queue| nonce < queue.next_nonce());
        Accepted { executable }
    }

    /// Makes room for a newcomer, or refuses it and leaves all other senders as they are.
    fn make_room(&mut self, newcomer: &Newcomer) -> Result<(), Refusal> {
        self.make_room_in_queue(newcomer)?;
        let limits = &self.config;
        let count_over =
            (self.pending + self.queued + newcomer.count).saturating_sub(limits.transactions_max);
        let bytes_over = (self.bytes + newcomer.bytes).saturating_sub(limits.bytes_max);
        if count_over == 0 && bytes_over == 0 {
            return Ok(());
        }
        let full = Refusal::Full {
            max: limits.transactions_max,
        };
        let Some(&(most, victim)) = self.most_queued.last() else {
            return Err(full);
        };
        let own = self.queues.get(&newcomer.sender).map_or(0, Queue::queued);
        let fair = if newcomer.executable {
            victim != newcomer.sender || newcomer.count > 0
        } else {
            most > own + 1
        };
        if !fair {
            return Err(full);
        }
        // Counted first, so that a refusal leaves everything as it was.
        let Some(queue) = self.queues.get(&victim) else {
            return Err(full);
        };
        let (mut count, mut bytes) = (0, 0);
        for waiting in queue
            .waiting
            .values()
            .rev()
            .take(queue.queued().min(Config::EVICTED_MAX))
        {
            if count >= count_over && bytes >= bytes_over {
                break;
            }
            count += 1;
            bytes += waiting.transaction.raw().len();
        }
        if count < count_over || bytes < bytes_over {
            return Err(full);
        }
        for _ in 0..count {
            let evicted = self.change(victim, Queue::remove_last_queued).flatten();
            self.forget(evicted);
        }
        Ok(())
    }

    /// A sender at its bound keeps room for what comes next: its last queued transaction leaves for an
    /// executable one, else the queued ones could block their own sender.
    fn make_room_in_queue(&mut self, newcomer: &Newcomer) -> Result<(), Refusal> {
        let (sender, max) = (newcomer.sender, self.config.sender_transactions_max);
        let Some(queue) = self.queues.get(&sender) else {
            return Ok(());
        };
        if queue.waiting.len() + newcomer.count <= max {
            return Ok(());
        }
        let last = queue.waiting.last_key_value().map(|(nonce, _)| *nonce);
        if queue.queued() == 0 || !newcomer.executable || last <= Some(newcomer.nonce) {
            return Err(Refusal::SenderFull { sender, max });
        }
        let evicted = self.change(sender, Queue::remove_last_queued).flatten();
        self.forget(evicted);
        Ok(())
    }

    /// Puts an account as read after the newest block into its sender's queue.
    pub(crate) fn refresh(&mut self, sender: Address, account: SenderAccount) {
        let stale = self
            .queues
            .get(&sender)
            .is_some_and(|queue| queue.account != account);
        if stale {
            let gone = self
                .change(sender, |queue| queue.set_account(account))
                .unwrap_or_default();
            self.forget(gone);
        }
    }

    /// First half of a block: counts omissions, moves served senders back and returns the senders whose accounts
    /// the caller must read.
    pub(crate) fn touch(&mut self, touched: &Touched) -> BTreeSet<Address> {
        let mut stale = BTreeSet::new();
        for hash in &touched.omitted {
            let Some(&(sender, nonce)) = self.places.get(hash) else {
                continue;
            };
            stale.insert(sender);
            let waiting = self
                .queues
                .get_mut(&sender)
                .and_then(|queue| queue.waiting.get_mut(&nonce));
            let Some(waiting) = waiting else { continue };
            waiting.omissions += 1;
            if waiting.omissions >= OMISSIONS_MAX {
                self.drop_one(sender, nonce);
            }
        }
        for sender in touched.served.iter().chain(&touched.named) {
            if self.queues.contains_key(sender) {
                stale.insert(*sender);
            }
        }
        let mut served = BTreeSet::new();
        for sender in &touched.served {
            if served.insert(*sender) {
                self.go_behind(sender);
            }
        }
        stale.extend(self.next_untouched());
        stale
    }

    /// Drops a transaction, if it is there.
    pub(crate) fn discard(&mut self, hash: &B256) {
        if let Some(&(sender, nonce)) = self.places.get(hash) {
            self.drop_one(sender, nonce);
        }
    }

    fn drop_one(&mut self, sender: Address, nonce: u64) {
        let height = self.height;
        let gone = self.change(sender, |queue| queue.remove(nonce, height)).flatten();
        self.forget(gone);
    }

    fn go_behind(&mut self, sender: &Address) {
        let Some(queue) = self.queues.get_mut(sender) else {
            return;
        };
        self.turns.remove(&queue.turn);
        queue.turn = self.next_turn;
        self.turns.insert(self.next_turn, *sender);
        self.next_turn += 1;
    }

    fn next_untouched(&mut self) -> Vec<Address> {
        let after = (Bound::Excluded(self.refreshed), Bound::Unbounded);
        let next: Vec<_> = self
            .queues
            .range(after)
            .map(|(sender, _)| *sender)
            .take(REFRESHED_PER_BLOCK)
            .collect();
        // At the end it begins again at the front, with the next block.
        self.refreshed = next.last().copied().unwrap_or(Address::ZERO);
        next
    }

    /// Last half of a block: drops what waited too long.
    pub(crate) fn expire(&mut self) {
        let Some(oldest) = self.height.get().checked_sub(self.config.queued_blocks_max) else {
            return;
        };
        let expired: Vec<_> = self
            .stalled
            .iter()
            .take_while(|(since, _)| since.get() < oldest)
            .map(|(_, s)| *s)
            .collect();
        for sender in expired {
            while let Some(gone) = self.change(sender, Queue::remove_last_queued).flatten() {
                self.forget([gone]);
            }
        }
    }

    /// The one door to a queue: keeps sums and indexes in step, and removes the queue when it is empty.
    fn change<R>(&mut self, sender: Address, change: impl FnOnce(&mut Queue) -> R) -> Option<R> {
        let queue = self.queues.get_mut(&sender)?;
        let before = (queue.pending, queue.queued(), queue.bytes, queue.stalled_since);
        let result = change(queue);
        let after = (queue.pending, queue.queued(), queue.bytes, queue.stalled_since);
        let (turn, empty) = (queue.turn, queue.waiting.is_empty());
        self.pending = self.pending - before.0 + after.0;
        self.queued = self.queued - before.1 + after.1;
        self.bytes = self.bytes - before.2 + after.2;
        if (before.1, before.3) != (after.1, after.3) {
            self.most_queued.remove(&(before.1, sender));
            self.stalled.remove(&(before.3, sender));
        }
        if after.1 > 0 {
            self.most_queued.insert((after.1, sender));
            self.stalled.insert((after.3, sender));
        }
        if empty {
            self.queues.remove(&sender);
            self.turns.remove(&turn);
        }
        Some(result)
    }

    /// Removes transactions that left their queue from the other indexes.
    fn forget(&mut self, gone: impl IntoIterator<Item = Waiting>) {
        for waiting in gone {
            let hash = waiting.transaction.hash();
            self.places.remove(&hash);
            if let Some(spread_at) = waiting.spread_at {
                self.outgoing.remove(spread_at, hash);
            }
        }
    }

    /// Client transactions to spread: the new ones, and those that were spread `repeat_after` blocks ago.
    pub(crate) fn take_outgoing(&mut self, repeat_after: u64) -> Vec<Arc<Transaction>> {
        let height = self.height;
        let mut taken = self.outgoing.take_fresh();
        taken.retain(|transaction| self.places.contains_key(&transaction.hash()));
        for (spread_at, hash) in self.outgoing.due(height, repeat_after) {
            let Some(&(sender, nonce)) = self.places.get(&hash) else {
                continue;
            };
            let waiting = self
                .queues
                .get_mut(&sender)
                .and_then(|queue| queue.waiting.get_mut(&nonce));
            let Some(waiting) = waiting else { continue };
            waiting.spread_at = Some(height);
            self.outgoing.repeat(spread_at, hash, height);
            taken.push(waiting.transaction.clone());
        }
        taken
    }
}

/// A transaction that wants in.
struct Newcomer {
    sender: Address,
    nonce: u64,
    /// How many bytes the pool grows by.
    bytes: usize,
    /// How many transactions the pool grows by: none if one is replaced.
    count: usize,
    executable: bool,
}

fn executable(queue: Option<&Queue>, account: &SenderAccount, nonce: u64, cost: U256) -> bool {
    match queue {
        // A replacement of a pending transaction stays where it is.
        Some(queue) => nonce < queue.next_nonce() || queue.would_be_pending(nonce, cost),
        None => nonce == account.nonce,
    }
}

/// Both fees must rise, and by more than nothing: else a free replacement would make the network spread and check
/// the same nonce without end.
fn check_replacement(old: &Transaction, new: &Transaction) -> Result<(), Refusal> {
    let percent = Config::REPLACEMENT_PERCENT;
    let needed = |fee: u128| {
        let raise = fee.saturating_mul(u128::from(percent)).div_ceil(100).max(1);
        fee.saturating_add(raise)
    };
    let (old, new) = (old.envelope(), new.envelope());
    let enough = new.max_fee_per_gas() >= needed(old.max_fee_per_gas())
        && new.priority_fee_or_price() >= needed(old.priority_fee_or_price());
    if enough {
        Ok(())
    } else {
        Err(Refusal::ReplacementUnderpriced { percent })
    }
}

#[cfg(test)]
impl Book {
    /// Asserts every invariant of the book by counting everything again.
    pub(crate) fn check(&self) {
        let waiting = || self.queues.values().flat_map(|queue| queue.waiting.values());
        let sum = |count: fn(&Queue) -> usize| self.queues.values().map(count).sum::<usize>();
        assert_eq!(self.pending, sum(|queue| queue.pending));
        assert_eq!(self.queued, sum(Queue::queued));
        assert_eq!(self.bytes, sum(|queue| queue.bytes));
        assert_eq!(
            self.bytes,
            waiting()
                .map(|waiting| waiting.transaction.raw().len())
                .sum::<usize>()
        );
        assert_eq!(self.places.len(), waiting().count());
        assert_eq!(self.turns.len(), self.queues.len());
        assert_eq!(
            self.outgoing.waiting(),
            waiting().filter(|waiting| waiting.spread_at.is_some()).count()
        );
        assert!(self.pending + self.queued <= self.config.transactions_max);
        assert!(self.bytes <= self.config.bytes_max);
        for (sender, queue) in &self.queues {
            assert!(!queue.waiting.is_empty());
            assert!(queue.waiting.len() <= self.config.sender_transactions_max);
            assert_eq!(self.turns.get(&queue.turn), Some(sender));
            let queued = queue.queued();
            assert_eq!(self.most_queued.contains(&(queued, *sender)), queued > 0);
            assert_eq!(self.stalled.contains(&(queue.stalled_since, *sender)), queued > 0);
            let mut cost = U256::ZERO;
            for (index, (nonce, waiting)) in queue.waiting.iter().enumerate() {
                assert!(*nonce >= queue.account.nonce);
                assert_eq!(
                    self.places.get(&waiting.transaction.hash()),
                    Some(&(*sender, *nonce))
                );
                if index < queue.pending {
                    assert_eq!(*nonce, queue.account.nonce + u64::try_from(index).unwrap());
                    cost += waiting.cost;
                }
            }
            assert!(cost <= queue.account.balance);
        }
        let with_queued = self.queues.values().filter(|queue| queue.queued() > 0).count();
        assert_eq!(
            (self.most_queued.len(), self.stalled.len()),
            (with_queued, with_queued)
        );
    }
}

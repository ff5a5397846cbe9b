//! The waiting transactions of one sender, by nonce.
//!
//! Invariant: the first `pending` transactions have the nonces that follow the account's, without a gap, and
//! `reserved`, the most that they can cost together, is within the balance. No waiting nonce is below the
//! account's.

use crate::form;
use civitas_ports::Origin;
use civitas_types::{Height, Transaction, U256};
use std::{collections::BTreeMap, sync::Arc};

/// What the pool knows of a sender's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SenderAccount {
    /// Next nonce.
    pub(crate) nonce: u64,
    /// In wei.
    pub(crate) balance: U256,
    /// Has code that is not a delegation, so it cannot send (EIP-3607).
    pub(crate) barred: bool,
    /// The block after which the account was read.
    pub(crate) read_at: Height,
}

/// A waiting transaction.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) transaction: Arc<Transaction>,
    /// The most that it can cost its sender.
    pub(crate) cost: U256,
    /// Of a client of this node: when it was spread last.
    pub(crate) spread_at: Option<Height>,
    /// How often it was ordered and left out of the block.
    pub(crate) omissions: u8,
}

impl Waiting {
    pub(crate) fn new(transaction: Arc<Transaction>, origin: Origin, height: Height) -> Self {
        Self {
            cost: form::cost(transaction.envelope()),
            transaction,
            spread_at: (origin == Origin::Client).then_some(height),
            omissions: 0,
        }
    }
}

/// The waiting transactions of one sender.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) account: SenderAccount,
    pub(crate) waiting: BTreeMap<u64, Waiting>,
    /// How many of the first ones can be executed.
    pub(crate) pending: usize,
    reserved: U256,
    pub(crate) bytes: usize,
    /// Its place among the senders: the lowest is served first.
    pub(crate) turn: u64,
    /// Since when the queued transactions wait for the same thing.
    pub(crate) stalled_since: Height,
}

impl Queue {
    pub(crate) fn new(account: SenderAccount, turn: u64, height: Height) -> Self {
        Self {
            account,
            waiting: BTreeMap::new(),
            pending: 0,
            reserved: U256::ZERO,
            bytes: 0,
            turn,
            stalled_since: height,
        }
    }

    pub(crate) fn queued(&self) -> usize {
        self.waiting.len() - self.pending
    }

    /// The nonce after the pending transactions.
    pub(crate) fn next_nonce(&self) -> u64 {
        let pending = u64::try_from(self.pending).unwrap_or(u64::MAX);
        self.account.nonce.saturating_add(pending)
    }

    /// Whether a transaction could be executed behind the pending ones.
    pub(crate) fn would_be_pending(&self, nonce: u64, cost: U256) -> bool {
        !self.account.barred
            && nonce == self.next_nonce()
            && self.reserved.saturating_add(cost) <= self.account.balance
    }

    /// Puts a transaction in and gives back the one that it replaces.
    pub(crate) fn insert(&mut self, waiting: Waiting, height: Height) -> Option<Waiting> {
        let nonce = alloy_consensus::Transaction::nonce(waiting.transaction.envelope());
        if self.queued() == 0 {
            self.stalled_since = height;
        }
        self.bytes += waiting.transaction.raw().len();
        let replaced = self.waiting.insert(nonce, waiting);
        if let Some(replaced) = &replaced {
            self.bytes -= replaced.transaction.raw().len();
            self.recount(height);
        } else {
            self.extend(height);
        }
        replaced
    }

    pub(crate) fn remove(&mut self, nonce: u64, height: Height) -> Option<Waiting> {
        let removed = self.waiting.remove(&nonce)?;
        self.bytes -= removed.transaction.raw().len();
        // Behind the pending ones nothing else changes.
        if nonce < self.next_nonce() {
            self.recount(height);
        }
        Some(removed)
    }

    /// Takes out the transaction with the highest nonce if it is a queued one.
    pub(crate) fn remove_last_queued(&mut self) -> Option<Waiting> {
        if self.queued() == 0 {
            return None;
        }
        let (_, removed) = self.waiting.pop_last()?;
        self.bytes -= removed.transaction.raw().len();
        Some(removed)
    }

    /// Takes the account as it is after a newer block, and gives back what became invalid: used nonces, and
    /// transactions that were left out of a block and cannot be paid for any more.
    pub(crate) fn set_account(&mut self, account: SenderAccount) -> Vec<Waiting> {
        let mut gone = Vec::new();
        while let Some(first) = self.waiting.first_entry() {
            let used = *first.key() < account.nonce;
            let unpaid = first.get().omissions > 0 && first.get().cost > account.balance;
            if !used && !unpaid {
                break;
            }
            gone.push(first.remove());
        }
        self.bytes -= gone
            .iter()
            .map(|waiting| waiting.transaction.raw().len())
            .sum::<usize>();
        if account.nonce != self.account.nonce {
            self.stalled_since = account.read_at;
        }
        self.account = account;
        self.recount(account.read_at);
        gone
    }

    fn recount(&mut self, height: Height) {
        let before = self.pending;
        self.pending = 0;
        self.reserved = U256::ZERO;
        self.grow();
        if self.pending != before {
            self.stalled_since = height;
        }
    }

    fn extend(&mut self, height: Height) {
        let before = self.pending;
        self.grow();
        if self.pending != before {
            self.stalled_since = height;
        }
    }

    fn grow(&mut self) {
        if self.account.barred {
            return;
        }
        while let Some(next) = self.waiting.get(&self.next_nonce()) {
            let reserved = self.reserved.saturating_add(next.cost);
            if reserved > self.account.balance {
                return;
            }
            self.reserved = reserved;
            self.pending += 1;
        }
    }
}

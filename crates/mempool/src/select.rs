//! Which transactions a leader takes: in rounds over the senders, each one's nonces in sequence.
//!
//! Invariant: executed in the given order, behind what is ordered already, every selected transaction finds its
//! sender's nonce and can be paid for (unless a contract takes money from its sender in between).

use crate::{
    book::Book,
    form,
    queue::{Queue, SenderAccount},
};
use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256};
use civitas_ports::Selection;
use civitas_types::{Transaction, U256};
use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::Arc,
};

/// Bytes of framing of a transaction in a payload.
const FRAMING_BYTES: usize = 4;
/// Senders whose next transaction may be too large for the room that is left before the search ends.
const MISSES_MAX: usize = 64;

/// Where one sender stands during a selection.
#[derive(Clone, Copy)]
struct Cursor {
    nonce: u64,
    balance: U256,
}

/// A selection in the making.
pub(crate) struct Selector<'a> {
    book: &'a Book,
    selection: &'a Selection,
    /// Hashes of what is ordered.
    ordered: HashSet<B256>,
    /// Senders with ordered transactions, as they stand behind these.
    behind: BTreeMap<Address, Cursor>,
    selected: Vec<Arc<Transaction>>,
    bytes: usize,
    gas: u64,
    misses: usize,
}

/// The account of a sender after the newest block, for a book that may be one block behind.
pub(crate) type Account<'a> = &'a dyn Fn(&Address, &Queue) -> SenderAccount;

impl<'a> Selector<'a> {
    /// `ordered` are the transactions that are ordered but not executed, in their order, as far as they are known.
    pub(crate) fn new(
        book: &'a Book,
        selection: &'a Selection,
        ordered: &[Arc<Transaction>],
        account: Account<'_>,
    ) -> Self {
        let mut behind: BTreeMap<Address, Cursor> = BTreeMap::new();
        for transaction in ordered {
            let sender = transaction.sender();
            let Some(queue) = book.queues.get(&sender) else {
                continue;
            };
            let cursor = behind
                .entry(sender)
                .or_insert_with(|| cursor(account(&sender, queue)));
            if cursor.nonce == transaction.envelope().nonce() {
                cursor.nonce = cursor.nonce.saturating_add(1);
                cursor.balance = cursor.balance.saturating_sub(form::cost(transaction.envelope()));
            }
        }
        Self {
            book,
            selection,
            ordered: selection.ordered.iter().copied().collect(),
            behind,
            selected: Vec::new(),
            bytes: 0,
            gas: 0,
            misses: 0,
        }
    }

    /// Senders without ordered transactions come first, both kinds in their turns.
    pub(crate) fn run(mut self, account: Account<'_>) -> Vec<Arc<Transaction>> {
        let book = self.book;
        let behind = std::mem::take(&mut self.behind);
        let (mut first_round, mut next_round) = (VecDeque::new(), VecDeque::new());
        for (sender, queue) in book
            .turns
            .values()
            .filter_map(|sender| Some((sender, book.queues.get(sender)?)))
        {
            if self.full() {
                return self.selected;
            }
            match behind.get(sender) {
                Some(cursor) => first_round.push_back((queue, *cursor)),
                None => self.step(queue, cursor(account(sender, queue)), &mut next_round),
            }
        }
        for (queue, cursor) in first_round {
            self.step(queue, cursor, &mut next_round);
        }
        while let Some((queue, cursor)) = next_round.pop_front() {
            if self.full() {
                break;
            }
            self.step(queue, cursor, &mut next_round);
        }
        self.selected
    }

    fn full(&self) -> bool {
        self.selected.len() >= self.selection.transactions_max || self.misses >= MISSES_MAX
    }

    /// Takes the sender's next transaction and puts the sender into the next round, or ends with the sender.
    fn step(&mut self, queue: &'a Queue, cursor: Cursor, next_round: &mut VecDeque<(&'a Queue, Cursor)>) {
        if self.full() || queue.account.barred {
            return;
        }
        let Some(waiting) = queue.waiting.get(&cursor.nonce) else {
            return;
        };
        let envelope = waiting.transaction.envelope();
        let affordable = waiting.cost <= cursor.balance
            && envelope.max_fee_per_gas() >= u128::from(self.selection.base_fee);
        if !affordable || self.ordered.contains(&waiting.transaction.hash()) {
            return;
        }
        let bytes = self
            .bytes
            .saturating_add(waiting.transaction.raw().len() + FRAMING_BYTES);
        let gas = self.gas.saturating_add(envelope.gas_limit());
        if bytes > self.selection.bytes_max || gas > self.selection.gas_max {
            self.misses += 1;
            return;
        }
        (self.bytes, self.gas) = (bytes, gas);
        self.selected.push(waiting.transaction.clone());
        let cursor = Cursor {
            nonce: cursor.nonce.saturating_add(1),
            balance: cursor.balance - waiting.cost,
        };
        next_round.push_back((queue, cursor));
    }
}

fn cursor(account: SenderAccount) -> Cursor {
    Cursor {
        nonce: account.nonce,
        balance: account.balance,
    }
}

//! Filters that clients poll: bounded in number, dropped when nobody asks any more.

use crate::{RpcError, server::random_id};
use alloy_rpc_types_eth::Filter;
use civitas_types::{Height, Transaction};
use parking_lot::Mutex;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::broadcast;

/// What a filter looks for.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Logs of new blocks.
    Logs(Box<Filter>),
    /// Hashes of new blocks.
    Blocks,
    /// Waiting transactions; whole ones instead of hashes if `full`.
    Pending {
        /// Those that nobody fetched yet; the oldest are lost when the stream's bound is reached.
        stream: broadcast::Receiver<Arc<Transaction>>,
        /// Whole transactions instead of hashes.
        full: bool,
    },
}

/// What a poll has to look at.
#[derive(Debug)]
pub(crate) enum Changes {
    /// Logs by this filter, of the blocks from `from` to `to`.
    Logs {
        /// The filter.
        filter: Box<Filter>,
        /// First height.
        from: Height,
        /// Last height.
        to: Height,
    },
    /// The blocks from `from` to `to`.
    Blocks {
        /// First height.
        from: Height,
        /// Last height.
        to: Height,
    },
    /// These transactions.
    Pending {
        /// The transactions.
        transactions: Vec<Arc<Transaction>>,
        /// Whole transactions instead of hashes.
        full: bool,
    },
}

#[derive(Debug)]
struct Entry {
    kind: Kind,
    next: Height,
    used: Instant,
}

/// All filters of this node.
#[derive(Debug)]
pub(crate) struct Filters {
    entries: Mutex<HashMap<String, Entry>>,
    count_max: usize,
    idle_max: Duration,
}

impl Filters {
    pub(crate) fn new(count_max: usize, idle_max: Duration) -> Self {
        Self {
            entries: Mutex::default(),
            count_max,
            idle_max,
        }
    }

    /// Adds a filter that sees blocks above `head`, and gives its id.
    pub(crate) fn add(&self, kind: Kind, head: Height) -> Result<String, RpcError> {
        let mut entries = self.entries.lock();
        let idle_max = self.idle_max;
        entries.retain(|_, entry| entry.used.elapsed() < idle_max);
        if entries.len() >= self.count_max {
            let max = u64::try_from(self.count_max).unwrap_or(u64::MAX);
            return Err(RpcError::LimitExceeded {
                what: "the number of filters",
                max,
            });
        }
        let id = random_id();
        entries.insert(
            id.clone(),
            Entry {
                kind,
                next: head.next(),
                used: Instant::now(),
            },
        );
        Ok(id)
    }

    /// What is new for the filter since the last poll, up to `head`; none if nothing can be.
    pub(crate) fn poll(&self, id: &str, head: Height) -> Result<Option<Changes>, RpcError> {
        let mut entries = self.entries.lock();
        let entry = self.entry(&mut entries, id)?;
        let from = entry.next;
        let fresh = from <= head;
        if fresh {
            entry.next = head.next();
        }
        Ok(match &mut entry.kind {
            Kind::Logs(filter) => fresh.then(|| Changes::Logs {
                filter: filter.clone(),
                from,
                to: head,
            }),
            Kind::Blocks => fresh.then_some(Changes::Blocks { from, to: head }),
            Kind::Pending { stream, full } => Some(Changes::Pending {
                transactions: drain(stream),
                full: *full,
            }),
        })
    }

    /// The log filter of this id.
    pub(crate) fn logs(&self, id: &str) -> Result<Box<Filter>, RpcError> {
        let mut entries = self.entries.lock();
        match &self.entry(&mut entries, id)?.kind {
            Kind::Logs(filter) => Ok(filter.clone()),
            Kind::Blocks | Kind::Pending { .. } => Err(RpcError::Execution {
                reason: "filter not found: this one is not for logs".to_owned(),
            }),
        }
    }

    /// Drops a filter; false if there is none.
    pub(crate) fn remove(&self, id: &str) -> bool {
        self.entries
            .lock()
            .remove(id)
            .is_some_and(|entry| entry.used.elapsed() < self.idle_max)
    }

    fn entry<'a>(
        &self,
        entries: &'a mut HashMap<String, Entry>,
        id: &str,
    ) -> Result<&'a mut Entry, RpcError> {
        let entry = entries
            .get_mut(id)
            .filter(|entry| entry.used.elapsed() < self.idle_max);
        let entry = entry.ok_or_else(|| RpcError::Execution {
            reason: "filter not found: it was removed, or dropped because nobody asked for it".to_owned(),
        })?;
        entry.used = Instant::now();
        Ok(entry)
    }
}

fn drain(stream: &mut broadcast::Receiver<Arc<Transaction>>) -> Vec<Arc<Transaction>> {
    let mut transactions = Vec::new();
    loop {
        match stream.try_recv() {
            Ok(transaction) => transactions.push(transaction),
            Err(broadcast::error::TryRecvError::Lagged(_)) => {}
            Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => {
                return transactions;
            }
        }
    }
}

//! Counts of a node for Prometheus. Names begin with `civitas_`; units stand at their end.

use civitas_rpc::CallObserver;
use civitas_types::Block;
use parking_lot::Mutex;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

/// Bounds of the histogram of block application, in seconds.
const APPLY_SECONDS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];

/// A JSON-RPC method and how its calls ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    outcome: &'static str,
}

/// What a ledger counts.
#[derive(Debug)]
pub struct LedgerMetrics {
    registry: Mutex<Registry>,
    height: Gauge,
    transactions: Counter,
    omitted: Counter,
    gas: Counter,
    apply_seconds: Histogram,
    proposals: Counter,
    proposed_transactions: Counter,
    refused_payloads: Counter,
    gossip_sent: Counter,
    gossip_refused: Counter,
    calls: Family<CallLabels, Counter>,
    call_seconds: Counter<f64, AtomicU64>,
}

impl CallObserver for LedgerMetrics {
    fn called(&self, method: &'static str, elapsed: Duration, error: Option<i32>) {
        let outcome = if error.is_some() { "error" } else { "ok" };
        self.calls.get_or_create(&CallLabels { method, outcome }).inc();
        self.call_seconds.inc_by(elapsed.as_secs_f64());
    }
}

impl LedgerMetrics {
    /// Registers every count.
    pub fn new() -> Arc<Self> {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("civitas")),
            height: Gauge::default(),
            transactions: Counter::default(),
            omitted: Counter::default(),
            gas: Counter::default(),
            apply_seconds: Histogram::new(APPLY_SECONDS),
            proposals: Counter::default(),
            proposed_transactions: Counter::default(),
            refused_payloads: Counter::default(),
            gossip_sent: Counter::default(),
            gossip_refused: Counter::default(),
            calls: Family::default(),
            call_seconds: Counter::default(),
        };
        metrics.register();
        Arc::new(metrics)
    }

    fn register(&self) {
        let mut registry = self.registry.lock();
        registry.register("block_height", "Height of the newest block", self.height.clone());
        registry.register("transactions", "Transactions executed", self.transactions.clone());
        registry.register(
            "transactions_omitted",
            "Transactions ordered but left out",
            self.omitted.clone(),
        );
        registry.register("gas_used", "Gas used", self.gas.clone());
        registry.register(
            "block_apply_seconds",
            "Time to execute and store a block",
            self.apply_seconds.clone(),
        );
        registry.register(
            "payloads_proposed",
            "Payloads proposed by this node",
            self.proposals.clone(),
        );
        registry.register(
            "payload_transactions_proposed",
            "Transactions in payloads proposed by this node",
            self.proposed_transactions.clone(),
        );
        registry.register(
            "payloads_refused",
            "Payloads this node voted against",
            self.refused_payloads.clone(),
        );
        registry.register(
            "gossip_batches_sent",
            "Batches of transactions sent",
            self.gossip_sent.clone(),
        );
        registry.register(
            "gossip_transactions_refused",
            "Transactions of peers that were refused",
            self.gossip_refused.clone(),
        );
        registry.register(
            "rpc_calls",
            "JSON-RPC calls by method and outcome",
            self.calls.clone(),
        );
        registry.register(
            "rpc_call_seconds",
            "Time spent in JSON-RPC calls",
            self.call_seconds.clone(),
        );
    }

    /// Lets another part of the node add its counts.
    pub(crate) fn extend(&self, register: impl FnOnce(&mut Registry)) {
        register(&mut self.registry.lock());
    }

    /// The text form of Prometheus (OpenMetrics 1.0).
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry.lock());
        text
    }

    pub(crate) fn applied(&self, block: &Block, elapsed: Duration) {
        self.height
            .set(i64::try_from(block.header.number).unwrap_or(i64::MAX));
        self.transactions.inc_by(block.transactions.len() as u64);
        self.omitted.inc_by(block.omitted.len() as u64);
        self.gas.inc_by(block.header.gas_used);
        self.apply_seconds.observe(elapsed.as_secs_f64());
    }

    pub(crate) fn proposed(&self, transactions: usize) {
        self.proposals.inc();
        self.proposed_transactions.inc_by(transactions as u64);
    }

    pub(crate) fn refused_payload(&self) {
        self.refused_payloads.inc();
    }

    pub(crate) fn gossip_sent(&self) {
        self.gossip_sent.inc();
    }

    pub(crate) fn gossip_refused(&self) {
        self.gossip_refused.inc();
    }
}

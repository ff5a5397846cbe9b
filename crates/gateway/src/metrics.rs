//! Counts of a gateway for Prometheus. Names begin with `civitas_gateway_`; units stand at their end.

use crate::{ChainStatus, CommandProgress, Stage, State};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode as encode_text},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::sync::atomic::AtomicU64;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChainLabels {
    chain: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    chain: String,
    endpoint: String,
}

/// What a chain is counted by: name, help, and its value; none where it is not known.
type Field<T> = (&'static str, &'static str, fn(&ChainStatus) -> Option<T>);

const GAUGES: [Field<u64>; 14] = [
    ("next_height", "First block that is not anchored", |chain| {
        chain.next_height
    }),
    ("final_height", "Newest final block of the chain", |chain| {
        chain.finalized
    }),
    ("latest_height", "Newest block of the chain", |chain| chain.latest),
    ("lag_blocks", "Final blocks that are not anchored", |chain| {
        chain.lag_blocks
    }),
    (
        "lag_seconds",
        "How long the oldest final block waits to be anchored",
        |chain| chain.lag_seconds,
    ),
    ("failing", "1 while the last step failed", |chain| {
        Some(u64::from(chain.status.state == State::Failing))
    }),
    ("commands_open", "Commands in force or overdue", |chain| {
        Some(count(chain.commands.open.iter()))
    }),
    ("commands_overdue", "Commands past their deadline", |chain| {
        Some(count(
            chain.commands.open.iter().filter(|command| command.overdue),
        ))
    }),
    (
        "commands_failing",
        "Commands whose last attempt failed, or that something stops",
        |chain| {
            let is_failing =
                |command: &&CommandProgress| matches!(command.stage, Stage::Failing | Stage::Stopped);
            Some(count(chain.commands.open.iter().filter(is_failing)))
        },
    ),
    (
        "messages_open",
        "Messages to the chain that are on their way, of the last page that was looked at",
        |chain| Some(chain.messages.counts.open),
    ),
    (
        "messages_failing",
        "1 while messages of the chain, or one of them, cannot go on",
        |chain| Some(u64::from(chain.messages.error.is_some())),
    ),
    (
        "proven_height",
        "Newest header that the main ledger verified, where it has a client of the chain",
        |chain| chain.headers.height,
    ),
    (
        "headers_failing",
        "1 while no header of the chain can be proven to the main ledger",
        |chain| Some(u64::from(chain.headers.error.is_some())),
    ),
    (
        "last_step_timestamp_seconds",
        "When the chain was last looked at",
        |chain| Some(chain.stepped_at),
    ),
];

const COUNTERS: [Field<u64>; 17] = [
    ("batches", "Batches reported", |chain| Some(chain.reports.batches)),
    ("blocks", "Blocks reported", |chain| Some(chain.reports.blocks)),
    ("transactions", "Transactions reported", |chain| {
        Some(chain.reports.transactions)
    }),
    ("events", "Events reported", |chain| Some(chain.reports.events)),
    (
        "reports_without_effect",
        "Reports that the ledger refused",
        |chain| Some(chain.reports.refused),
    ),
    ("report_gas", "Gas that reports used", |chain| {
        Some(chain.reports.gas)
    }),
    ("headers_brought", "Headers brought to the main ledger", |chain| {
        Some(chain.headers.brought)
    }),
    ("failed_steps", "Steps that failed", |chain| Some(chain.failures)),
    (
        "messages_relayed",
        "Messages brought to the main ledger",
        |chain| Some(chain.messages.counts.relayed),
    ),
    ("messages_retried", "Held messages that passed later", |chain| {
        Some(chain.messages.counts.retried)
    }),
    ("messages_attested", "Deliveries signed", |chain| {
        Some(chain.messages.counts.attested)
    }),
    ("messages_delivered", "Deliveries sent to the chain", |chain| {
        Some(chain.messages.counts.delivered)
    }),
    ("messages_confirmed", "Deliveries proved", |chain| {
        Some(chain.messages.counts.confirmed)
    }),
    ("commands_attested", "Commands signed", |chain| {
        Some(chain.commands.attested)
    }),
    (
        "commands_sent",
        "Transactions sent to supervision hooks",
        |chain| Some(chain.commands.sent),
    ),
    ("commands_proven", "Commands proved", |chain| {
        Some(chain.commands.proven)
    }),
    (
        "commands_declared_overdue",
        "Commands declared overdue",
        |chain| Some(chain.commands.declared),
    ),
];

fn count(items: impl Iterator) -> u64 {
    u64::try_from(items.count()).unwrap_or(u64::MAX)
}

/// Wei of one coin of the main ledger, for the cost, whose wei soon are more than a counter holds.
const COIN_WEI: f64 = 1e18;

/// OpenMetrics text.
pub(crate) fn encode(chains: &[ChainStatus]) -> String {
    let mut registry = Registry::with_prefix("civitas_gateway");
    for (name, help, value) in GAUGES {
        let family = Family::<ChainLabels, Gauge<f64, AtomicU64>>::default();
        for (labels, value) in labelled(chains, value) {
            family.get_or_create(&labels).set(approximate(value.into()));
        }
        registry.register(name, help, family);
    }
    for (name, help, value) in COUNTERS {
        let family = Family::<ChainLabels, Counter>::default();
        for (labels, value) in labelled(chains, value) {
            family.get_or_create(&labels).inc_by(value);
        }
        registry.register(name, help, family);
    }
    let fees = Family::<ChainLabels, Counter<f64, AtomicU64>>::default();
    for (labels, fee) in labelled(chains, |chain| Some(chain.reports.fee)) {
        fees.get_or_create(&labels).inc_by(approximate(fee) / COIN_WEI);
    }
    registry.register(
        "report_fee_coins",
        "What reports cost, in coins of the main ledger",
        fees,
    );
    endpoints(chains, &mut registry);
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = encode_text(&mut text, &registry);
    text
}

fn endpoints(chains: &[ChainStatus], registry: &mut Registry) {
    let requests = Family::<EndpointLabels, Counter>::default();
    let failures = Family::<EndpointLabels, Counter>::default();
    for chain in chains {
        for endpoint in &chain.endpoints {
            let labels = EndpointLabels {
                chain: chain.status.chain.clone(),
                endpoint: endpoint.endpoint.clone(),
            };
            requests.get_or_create(&labels).inc_by(endpoint.requests);
            failures.get_or_create(&labels).inc_by(endpoint.failures);
        }
    }
    registry.register("endpoint_requests", "Requests to an endpoint", requests);
    registry.register(
        "endpoint_failures",
        "How often an endpoint gave nothing that could be used",
        failures,
    );
}

fn labelled<T>(
    chains: &[ChainStatus],
    value: fn(&ChainStatus) -> Option<T>,
) -> impl Iterator<Item = (ChainLabels, T)> {
    chains.iter().filter_map(move |chain| {
        let labels = ChainLabels {
            chain: chain.status.chain.clone(),
        };
        Some((labels, value(chain)?))
    })
}

/// A count as a floating-point number: Prometheus knows no other.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts above 2^53 lose their last digits, as in Prometheus itself"
)]
const fn approximate(count: u128) -> f64 {
    count as f64
}

//! Watches the nodes of a city: metrics over time, logs that can be searched, alarms and the channels that carry
//! them.
//!
//! ```text
//!  /metrics of nodes ─▶ scrape ─┐                          ┌─▶ query, query_range, labels, series
//!  this machine      ─▶ host   ─┴▶ series (tsink) ─────────┤
//!                        latest ─▶ otlp, exposition        ▼
//!  log files of nodes ─▶ tail ─▶ index (tantivy) ─────▶ alarms ─▶ history, stream
//!  events of ledgers (offered by the caller) ────────────┘  └──▶ channels: mail, webhook, DingTalk, WeCom, Feishu, Slack
//! ```
//!
//! The methods of `Monitor` (all `&self`; the async ones never block the runtime):
//!
//! ```text
//! async Monitor::open(Config, Arc<dyn Clock>) -> Result<Arc<Monitor>>
//! async run(Arc<Self>, shutdown: impl Future<Output = ()>)         all loops; returns after the last write
//!
//! async query(InstantParameters) -> Result<QueryData>              Answer::from(result) is Prometheus's envelope
//! async query_range(RangeParameters) -> Result<QueryData>
//! async labels(SelectionParameters) -> Result<Vec<String>>
//! async label_values(name: &str, SelectionParameters) -> Result<Vec<String>>
//! async series(SelectionParameters) -> Result<Vec<Labels>>
//! async logs(LogParameters) -> Result<Page<LogLine>>
//!
//! rules() -> Vec<Rule>            rule(id) -> Result<Rule>
//! async create_rule(RuleDraft, by: &str) -> Result<Rule>
//! async replace_rule(id, version: u64, RuleDraft, by) -> Result<Rule>
//! async delete_rule(id, by) -> Result<()>
//! alarms() -> Vec<Alarm>          pending and firing ones, the gravest first
//! history(HistoryParameters) -> Result<Page<HistoryEntry>>
//! silences() -> Vec<Silence>
//! async silence(rule_id, SilenceDraft, by) -> Result<Silence>
//! async end_silence(silence_id, by) -> Result<()>
//! async acknowledge(rule_id, comment: &str, by) -> Result<Vec<Alarm>>
//!
//! channels() -> Vec<Channel>      channel(id) -> Result<Channel>          secrets masked
//! async create_channel(ChannelDraft, by) -> Result<Channel>
//! async replace_channel(id, version: u64, ChannelDraft, by) -> Result<Channel>
//! async delete_channel(id, by) -> Result<()>
//! async test_channel(id) -> Result<TestOutcome>
//!
//! offer_events(ledger, height, &[LedgerEvent])                     up to that height; offered_height(ledger) tells it
//! exposition() -> String                                           own counts and the machine, for Prometheus
//! export_rules() -> Result<String>                                 YAML; async import_rules(yaml, by), would_import_rules
//! subscribe() -> tokio::sync::broadcast::Receiver<HistoryEntry>    for the stream of the console
//! ```

mod alarms;
pub mod api;
mod channels;
mod clock;
mod config;
mod error;
mod logs;
mod metrics;
mod monitor;
mod otlp;
mod scrape;
mod series;
#[cfg(test)]
mod tests;

pub use api::Time;
pub use clock::{Clock, SystemClock};
pub use config::{Config, LogFile, NodeTarget, OtlpSettings, Settings};
pub use error::{Error, ErrorKind};
pub use monitor::Monitor;
pub use scrape::Told;

use std::collections::BTreeMap;

/// Result of the monitor.
pub type Result<T> = std::result::Result<T, Error>;

/// An event of a ledger, decoded, as the caller offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEvent {
    /// Name of the ledger.
    pub ledger: String,
    /// Height of the block.
    pub height: u64,
    /// When, by the clock of the block.
    pub time: Time,
    /// Hash of the transaction, `0x…`.
    pub transaction: String,
    /// Address of the contract, `0x…`.
    pub address: String,
    /// Name of the contract, where it has one.
    pub contract: Option<String>,
    /// Name of the event; its topic where the interface is not known.
    pub event: String,
    /// Arguments by name, as texts.
    pub arguments: BTreeMap<String, String>,
}

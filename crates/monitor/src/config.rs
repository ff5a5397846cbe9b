//! Settings of the monitor, and what it watches.

use serde::Deserialize;
use std::{path::PathBuf, time::Duration};

/// A node to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTarget {
    /// Its name: the label `node` of its metrics and log lines.
    pub name: String,
    /// Where it exports metrics (`http://127.0.0.1:9645/metrics`).
    pub metrics: Option<String>,
    /// Its folder, where it is on this machine: `log` is read, and `pid` names the process to measure.
    pub folder: Option<PathBuf>,
}

/// A log file that belongs to no node: of the console, or of the system.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogFile {
    /// The name that stands as `node` at its lines.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// `[monitor.otlp]` of `console.toml`: sends metrics of nodes and of this machine to a collector of OpenTelemetry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtlpSettings {
    /// Address of the collector's HTTP receiver (`http://127.0.0.1:4318`); `/v1/metrics` is added to it.
    pub endpoint: String,
    /// A file with headers that are sent along, a line `name: value` each, such as `authorization: Bearer …`.
    #[serde(default)]
    pub headers_file: Option<PathBuf>,
    /// Seconds between two sendings: 1 to 300.
    #[serde(default = "otlp_seconds_default")]
    pub seconds: u64,
}

fn otlp_seconds_default() -> u64 {
    15
}

/// `[monitor]` of `console.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Seconds between two readings of metrics: 1 to 300.
    pub scrape_seconds: u64,
    /// Days for which metrics are kept: 1 to 400.
    pub metrics_days: u64,
    /// Beginnings of names of metrics of nodes that are kept; empty for those that pages, dashboards and alarms of
    /// Civitas need. A node exports thousands of series: with `[""]`, which keeps all, ten nodes need about 100 MB more.
    pub metrics_kept: Vec<String>,
    /// Days for which log lines are kept: 1 to 400.
    pub logs_days: u64,
    /// Lines of logs that are kept at most, the newest: 10,000 to 50,000,000.
    pub log_lines_max: u64,
    /// Log files beside those of the nodes.
    pub log_files: Vec<LogFile>,
    /// Whether this machine is measured.
    pub host: bool,
    /// Minutes that the time in messages is ahead of UTC: -1,080 to 1,080; 480 for Beijing.
    pub utc_offset_minutes: i64,
    /// Where metrics are sent; nowhere if it is not set.
    pub otlp: Option<OtlpSettings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scrape_seconds: 5,
            metrics_days: 15,
            metrics_kept: Vec::new(),
            logs_days: 15,
            log_lines_max: 2_000_000,
            log_files: Vec::new(),
            host: true,
            utc_offset_minutes: 0,
            otlp: None,
        }
    }
}

impl OtlpSettings {
    /// Where requests go; `None` where the address cannot be used.
    pub(crate) fn url(&self) -> Option<reqwest::Url> {
        let text = format!("{}/v1/metrics", self.endpoint.trim_end_matches('/'));
        let url = reqwest::Url::parse(&text).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
    }
}

impl Settings {
    /// Every setting out of its bounds, in words.
    pub fn faults(&self) -> Vec<String> {
        let bounds = [
            ("scrape_seconds", self.scrape_seconds, 1, 300),
            ("metrics_days", self.metrics_days, 1, 400),
            ("logs_days", self.logs_days, 1, 400),
            ("log_lines_max", self.log_lines_max, 10_000, 50_000_000),
        ];
        let otlp = self
            .otlp
            .iter()
            .map(|otlp| ("otlp.seconds", otlp.seconds, 1, 300));
        let mut faults: Vec<String> = bounds
            .into_iter()
            .chain(otlp)
            .filter(|(_, value, low, high)| !(low..=high).contains(&value))
            .map(|(name, value, low, high)| format!("monitor.{name} is {value}: {low} to {high} is possible"))
            .collect();
        if !(-1_080..=1_080).contains(&self.utc_offset_minutes) {
            faults.push("monitor.utc_offset_minutes is out of -1080 to 1080".to_owned());
        }
        if self.otlp.as_ref().is_some_and(|otlp| otlp.url().is_none()) {
            faults.push("monitor.otlp.endpoint is no http or https address".to_owned());
        }
        faults
    }

    pub(crate) fn metrics_retention(&self) -> Duration {
        Duration::from_secs(self.metrics_days.saturating_mul(86_400))
    }

    pub(crate) fn logs_retention(&self) -> Duration {
        Duration::from_secs(self.logs_days.saturating_mul(86_400))
    }
}

/// Everything that a monitor needs to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its own folder: metrics, logs, rules and history.
    pub folder: PathBuf,
    /// The nodes to watch.
    pub nodes: Vec<NodeTarget>,
    /// Settings.
    pub settings: Settings,
}

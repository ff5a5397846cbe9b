//! Counts of the monitor itself, and what it measures of this machine, as text for Prometheus.

use crate::{
    api::{Alarm, AlarmState, Severity, value_text},
    series::Row,
};
use parking_lot::Mutex;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::collections::BTreeMap;

/// How a message to a channel ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Alarms of one severity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ringing {
    severity: &'static str,
    state: &'static str,
}

/// What the monitor counts.
pub(crate) struct MonitorMetrics {
    registry: Mutex<Registry>,
    messages: Family<Outcome, Counter>,
    waiting: Gauge,
    alarms: Family<Ringing, Gauge>,
    failures: Counter,
}

/// What stands as of now.
pub(crate) struct Standing<'a> {
    pub(crate) alarms: &'a [Alarm],
    pub(crate) waiting: usize,
}

impl MonitorMetrics {
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("civitas_console")),
            messages: Family::default(),
            waiting: Gauge::default(),
            alarms: Family::default(),
            failures: Counter::default(),
        };
        let mut registry = metrics.registry.lock();
        registry.register(
            "alarm_messages",
            "Messages to channels, by how they ended",
            metrics.messages.clone(),
        );
        registry.register(
            "alarm_messages_waiting",
            "Messages that wait for their channels",
            metrics.waiting.clone(),
        );
        registry.register("alarms", "Alarms by severity and state", metrics.alarms.clone());
        registry.register(
            "monitor_failures",
            "Rounds of reading or evaluating that failed",
            metrics.failures.clone(),
        );
        drop(registry);
        metrics
    }

    pub(crate) fn message(&self, outcome: &'static str) {
        self.messages.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn failed(&self) {
        self.failures.inc();
    }

    /// All counts, and these series of the machine and its processes, without the mark of the end.
    pub(crate) fn text(&self, standing: &Standing<'_>, machine: &[Row]) -> String {
        self.waiting
            .set(i64::try_from(standing.waiting).unwrap_or(i64::MAX));
        for (severity, word) in [
            (Severity::Info, "info"),
            (Severity::Warning, "warning"),
            (Severity::Critical, "critical"),
        ] {
            for (state, name) in [(AlarmState::Pending, "pending"), (AlarmState::Firing, "firing")] {
                let alarms = standing.alarms.iter();
                let count = alarms
                    .filter(|alarm| alarm.severity == severity && alarm.state == state)
                    .count();
                let labels = Ringing {
                    severity: word,
                    state: name,
                };
                self.alarms
                    .get_or_create(&labels)
                    .set(i64::try_from(count).unwrap_or(i64::MAX));
            }
        }
        let mut text = String::new();
        // Writing into a text does not fail.
        let _ = encode(&mut text, &self.registry.lock());
        let mut text = text.strip_suffix("# EOF\n").unwrap_or(&text).to_owned();
        text.push_str(&samples(machine));
        text
    }
}

/// Samples in the text form, those of a name together.
fn samples(rows: &[Row]) -> String {
    let mut names: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        names.entry(&row.name).or_default().push(row);
    }
    let mut text = String::new();
    for (name, rows) in names {
        let (family, kind) = match name.strip_suffix("_total") {
            Some(family) => (family, "counter"),
            None => (name, "gauge"),
        };
        text.push_str(&format!("# TYPE {family} {kind}\n"));
        for row in rows {
            let labels: Vec<String> = row
                .labels
                .iter()
                .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
                .collect();
            text.push_str(&format!(
                "{name}{{{}}} {}\n",
                labels.join(","),
                value_text(row.value)
            ));
        }
    }
    text
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn counts_and_samples_are_a_text_for_prometheus() {
        let metrics = MonitorMetrics::new();
        metrics.message("delivered");
        let machine = [Row {
            name: "host_disk_bytes".into(),
            labels: vec![("mount".into(), "/a\"b\n".into())],
            time: Time(5),
            value: 3.0,
        }];
        let standing = Standing {
            alarms: &[],
            waiting: 2,
        };
        let text = metrics.text(&standing, &machine);
        for line in [
            "civitas_console_alarm_messages_total{outcome=\"delivered\"} 1\n",
            "civitas_console_alarm_messages_waiting 2\n",
            "civitas_console_alarms{severity=\"critical\",state=\"firing\"} 0\n",
            "# TYPE host_disk_bytes gauge\nhost_disk_bytes{mount=\"/a\\\"b\\n\"} 3\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("# EOF"), "{text}");
    }
}

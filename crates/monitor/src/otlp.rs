//! Sends metrics to a collector of OpenTelemetry: OTLP 1 over HTTP, protobuf.
//!
//! What was read last of every node and of this machine goes out each time, so that a request that is lost takes nothing
//! with it: counts are cumulative. Names stay as Prometheus has them; what ends with `_total` is a sum, buckets become a
//! histogram, the rest are gauges.

use crate::{Error, OtlpSettings, Result, Time, series::Row};
use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value},
    metrics::v1::{
        AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint,
        ResourceMetrics, ScopeMetrics, Sum, metric::Data, number_data_point::Value,
    },
    resource::v1::Resource,
};
use parking_lot::Mutex;
use prost::Message;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a collector may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Series of one request: collectors take four megabytes, a series is some hundred bytes.
const SERIES_MAX: usize = 5_000;
/// Bytes of the file of headers.
const HEADERS_BYTES_MAX: u64 = 64 * 1024;

/// Sends what was read last.
pub(crate) struct OtlpSender {
    client: reqwest::Client,
    url: reqwest::Url,
    headers: HeaderMap,
    latest: Arc<Mutex<Vec<Row>>>,
    /// Whether the last request failed: each change is said once.
    fails: AtomicBool,
    pub(crate) every: Duration,
}

impl OtlpSender {
    pub(crate) fn open(settings: &OtlpSettings, latest: Arc<Mutex<Vec<Row>>>) -> Result<Self> {
        let url = settings
            .url()
            .ok_or_else(|| Error::field("monitor.otlp.endpoint", "an http or https address is expected"))?;
        let client = reqwest::Client::builder()
            .timeout(ANSWER_TIME_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|source| Error::Client {
                source: Box::new(source),
            })?;
        let headers = match &settings.headers_file {
            Some(path) => {
                let failed = |source| Error::File {
                    path: path.clone(),
                    source,
                };
                if std::fs::metadata(path).map_err(failed)?.len() > HEADERS_BYTES_MAX {
                    return Err(Error::field("monitor.otlp.headers_file", "it is too long"));
                }
                headers(&std::fs::read_to_string(path).map_err(failed)?)?
            }
            None => HeaderMap::new(),
        };
        Ok(Self {
            client,
            url,
            headers,
            latest,
            fails: AtomicBool::new(false),
            every: Duration::from_secs(settings.seconds.max(1)),
        })
    }

    /// Sends once. What fails is said, and made good by the next request.
    pub(crate) async fn send(&self) {
        let rows = self.latest.lock().clone();
        let mut outcome = Ok(());
        for rows in rows.chunks(SERIES_MAX) {
            outcome = outcome.and(self.post(request(rows)).await);
        }
        match outcome {
            Ok(()) => {
                if self.fails.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector of OpenTelemetry takes metrics again");
                }
            }
            Err(error) => {
                if !self.fails.swap(true, Ordering::Relaxed) {
                    tracing::warn!(error, "the collector of OpenTelemetry does not take metrics");
                }
            }
        }
    }

    async fn post(&self, request: ExportMetricsServiceRequest) -> std::result::Result<(), String> {
        let sent = self
            .client
            .post(self.url.clone())
            .headers(self.headers.clone())
            .header(reqwest::header::CONTENT_TYPE, "application/x-protobuf")
            .body(request.encode_to_vec())
            .send()
            .await
            .map_err(|error| error.without_url().to_string())?;
        if sent.status().is_success() {
            return Ok(());
        }
        Err(sent.status().to_string())
    }
}

fn headers(text: &str) -> Result<HeaderMap> {
    let wrong = || Error::field("monitor.otlp.headers_file", "lines `name: value` are expected");
    let mut headers = HeaderMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(wrong)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

type Labels = Vec<(String, String)>;

/// Series as a request: a resource for each node, and one for the console.
fn request(rows: &[Row]) -> ExportMetricsServiceRequest {
    let mut nodes: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let node = row.labels.iter().find(|(name, _)| name == "node");
        nodes
            .entry(node.map_or("console", |(_, node)| node))
            .or_default()
            .push(row);
    }
    let resources = nodes.into_iter().map(|(node, rows)| {
        let service = if node == "console" {
            "civitas-console"
        } else {
            "civitas-node"
        };
        let attributes = [("service.name", service), ("service.instance.id", node)];
        ResourceMetrics {
            resource: Some(Resource {
                attributes: attributes.map(|(name, value)| attribute(name, value)).to_vec(),
                ..Resource::default()
            }),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(InstrumentationScope {
                    name: "civitas".into(),
                    version: env!("CARGO_PKG_VERSION").into(),
                    ..InstrumentationScope::default()
                }),
                metrics: metrics(&rows),
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }
    });
    ExportMetricsServiceRequest {
        resource_metrics: resources.collect(),
    }
}

fn metrics(rows: &[&Row]) -> Vec<Metric> {
    let mut histograms = Histograms::default();
    for row in rows.iter().filter(|row| row.name.ends_with("_bucket")) {
        histograms.add_bucket(row);
    }
    let mut numbers: BTreeMap<&str, Vec<NumberDataPoint>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !histograms.take_in(row)) {
        numbers.entry(&row.name).or_default().push(NumberDataPoint {
            attributes: attributes(&row.labels),
            time_unix_nano: nanoseconds(row.time),
            value: Some(Value::AsDouble(row.value)),
            ..NumberDataPoint::default()
        });
    }
    let numbers = numbers.into_iter().map(|(name, data_points)| {
        let data = if name.ends_with("_total") {
            Data::Sum(Sum {
                data_points,
                aggregation_temporality: AggregationTemporality::Cumulative.into(),
                is_monotonic: true,
            })
        } else {
            Data::Gauge(Gauge { data_points })
        };
        metric(name, data)
    });
    numbers.chain(histograms.metrics()).collect()
}

fn metric(name: &str, data: Data) -> Metric {
    Metric {
        name: name.into(),
        data: Some(data),
        ..Metric::default()
    }
}

/// Histograms by name, and the series of each by its labels without `le`.
#[derive(Default)]
struct Histograms(BTreeMap<String, BTreeMap<Labels, Series>>);

#[derive(Default)]
struct Series {
    /// Bound and count of everything up to it.
    buckets: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: f64,
    time: Time,
}

impl Histograms {
    fn add_bucket(&mut self, row: &Row) {
        let name = row.name.trim_end_matches("_bucket");
        let bound = row.labels.iter().find(|(name, _)| name == "le");
        let bound = bound.and_then(|(_, bound)| match bound.as_str() {
            "+Inf" => Some(f64::INFINITY),
            other => other.parse::<f64>().ok().filter(|bound| bound.is_finite()),
        });
        let Some(bound) = bound else { return };
        let labels: Labels = row
            .labels
            .iter()
            .filter(|(name, _)| name != "le")
            .cloned()
            .collect();
        let series = self
            .0
            .entry(name.to_owned())
            .or_default()
            .entry(labels)
            .or_default();
        series.buckets.push((bound, row.value));
        series.time = row.time;
    }

    /// Whether a row is a part of a histogram.
    fn take_in(&mut self, row: &Row) -> bool {
        if let Some(name) = row.name.strip_suffix("_bucket") {
            return self.0.contains_key(name);
        }
        let part = |suffix: &str| row.name.strip_suffix(suffix).map(str::to_owned);
        let (name, is_sum) = match (part("_sum"), part("_count")) {
            (Some(name), _) => (name, true),
            (None, Some(name)) => (name, false),
            (None, None) => return false,
        };
        let Some(series) = self.0.get_mut(&name).and_then(|all| all.get_mut(&row.labels)) else {
            return false;
        };
        if is_sum {
            series.sum = Some(row.value);
        } else {
            series.count = row.value;
        }
        true
    }

    fn metrics(self) -> impl Iterator<Item = Metric> {
        self.0.into_iter().map(|(name, all)| {
            let data_points = all
                .into_iter()
                .map(|(labels, series)| series.point(&labels))
                .collect();
            let data = Data::Histogram(Histogram {
                data_points,
                aggregation_temporality: AggregationTemporality::Cumulative.into(),
            });
            metric(&name, data)
        })
    }
}

impl Series {
    /// Counts of Prometheus hold everything below them; those of OpenTelemetry are apart.
    fn point(mut self, labels: &Labels) -> HistogramDataPoint {
        self.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.buckets.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
        let mut before = 0;
        let mut counts = Vec::with_capacity(self.buckets.len() + 1);
        for (_, count) in &self.buckets {
            let count = whole(*count).max(before);
            counts.push(count - before);
            before = count;
        }
        let bounds: Vec<f64> = self
            .buckets
            .iter()
            .map(|(bound, _)| *bound)
            .filter(|bound| bound.is_finite())
            .collect();
        if counts.len() == bounds.len() {
            // There was no bucket without a bound.
            counts.push(whole(self.count).saturating_sub(before));
        }
        HistogramDataPoint {
            attributes: attributes(labels),
            time_unix_nano: nanoseconds(self.time),
            // The protocol wants the sum of the buckets.
            count: counts.iter().sum(),
            sum: self.sum,
            bucket_counts: counts,
            explicit_bounds: bounds,
            ..HistogramDataPoint::default()
        }
    }
}

/// A count; what is none counts nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked just before; a count above 2^53 is not exact anyway"
)]
fn whole(count: f64) -> u64 {
    if (0.0..=9.0e15).contains(&count) {
        count as u64
    } else {
        0
    }
}

fn attributes(labels: &Labels) -> Vec<KeyValue> {
    let others = labels.iter().filter(|(name, _)| name != "node");
    others.map(|(name, value)| attribute(name, value)).collect()
}

fn attribute(name: &str, value: &str) -> KeyValue {
    KeyValue {
        key: name.into(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value.into())),
        }),
        ..KeyValue::default()
    }
}

fn nanoseconds(time: Time) -> u64 {
    u64::try_from(time.0)
        .unwrap_or_default()
        .saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, labels: &[(&str, &str)], value: f64) -> Row {
        Row {
            name: name.into(),
            labels: labels
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            time: Time(5),
            value,
        }
    }

    #[test]
    fn series_become_sums_gauges_and_histograms_of_their_node() {
        let node = ("node", "node0");
        let rows = [
            row("a_total", &[node, ("b", "c")], 3.0),
            row("height", &[node], 7.0),
            row("host_cpus", &[("host", "h")], 2.0),
            row("took_bucket", &[("le", "+Inf"), node], 9.0),
            row("took_bucket", &[("le", "1.0"), node], 4.0),
            row("took_count", &[node], 9.0),
            row("took_sum", &[node], 12.5),
            row("other_count", &[node], 1.0),
        ];
        let found = request(&rows).resource_metrics;
        let instance = |place: usize| {
            let attributes = &found[place].resource.as_ref().unwrap().attributes;
            attributes
                .iter()
                .map(|each| format!("{:?}", each.value.as_ref().unwrap().value))
                .collect::<String>()
        };
        assert!(
            instance(0).contains("civitas-console") && instance(1).contains("node0"),
            "{found:?}"
        );
        let metrics = &found[1].scope_metrics[0].metrics;
        let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
        assert_eq!(names, ["a_total", "height", "other_count", "took"]);
        let Some(Data::Sum(sum)) = &metrics[0].data else {
            panic!("no sum")
        };
        assert!(sum.is_monotonic);
        assert_eq!(sum.data_points[0].attributes, [attribute("b", "c")]);
        assert_eq!(sum.data_points[0].time_unix_nano, 5_000_000);
        assert!(matches!(&metrics[1].data, Some(Data::Gauge(_))));
        let Some(Data::Histogram(histogram)) = &metrics[3].data else {
            panic!("no histogram")
        };
        let point = &histogram.data_points[0];
        assert_eq!((point.count, point.sum), (9, Some(12.5)));
        assert_eq!(
            (point.bucket_counts.as_slice(), point.explicit_bounds.as_slice()),
            (&[4, 5][..], &[1.0][..])
        );
    }

    #[test]
    fn headers_are_read_strictly() {
        let found = headers("authorization: Bearer a:b\n\nx-scope: city\n").unwrap();
        assert_eq!(
            (found.len(), found["authorization"].to_str().unwrap()),
            (2, "Bearer a:b")
        );
        for text in ["no colon", "na me: x", "name: \u{1}"] {
            assert!(headers(text).is_err(), "{text}");
        }
    }
}

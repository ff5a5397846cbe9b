//! Series in `tsink`, an embedded time-series database with PromQL (ADR 10).

use super::{Range, Row, SampleStore, bounds};
use crate::{
    Error, Result, Time,
    api::{Labels, Point, QueryData, Sample, Series},
};
use std::{path::Path, sync::Arc, time::Duration};
use tsink::{
    DataPoint, Label, SeriesMatcher, SeriesMatcherOp, SeriesSelection, Storage, StorageBuilder,
    TimestampPrecision, TsinkError, WalReplayMode,
    promql::{
        Engine, PromqlError,
        ast::{Expr, LabelMatcher, MatchOp, VectorSelector},
        types::{PROMETHEUS_STALE_NAN_BITS, PromqlValue},
    },
};

/// Memory of chunks that are not on disk yet: some ten kilobytes a series, of which a node has about two hundred. What comes
/// above it is refused, and said.
const MEMORY_BYTES_MAX: usize = 96 * 1024 * 1024;
/// Series at a time: a node exports some hundreds, a city on one console has tens of nodes.
const SERIES_MAX: usize = 50_000;
/// Points of a chunk in memory: twenty minutes at a reading every five seconds.
const CHUNK_POINTS: usize = 240;
/// Time that a partition on disk covers: few files for weeks, and what is too old goes in parts of this size.
const PARTITION: Duration = Duration::from_secs(4 * 3600);
/// The log of what is not in a partition yet; it is cut whenever a partition is written.
const LOG_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How far back a query looks for the newest value of a series, as in Prometheus.
const LOOKBACK_MS: i64 = 300_000;

/// Series in a folder.
pub(crate) struct TsinkStore {
    storage: Arc<dyn Storage>,
    engine: Engine,
    /// Between two values of a series, to foresee what a query reads.
    interval_ms: i64,
}

impl TsinkStore {
    pub(crate) fn open(folder: &Path, retention: Duration, interval: Duration) -> Result<Self> {
        let storage = StorageBuilder::new()
            .with_data_path(folder)
            .with_timestamp_precision(TimestampPrecision::Milliseconds)
            .with_retention(retention)
            .with_memory_limit(MEMORY_BYTES_MAX)
            .with_cardinality_limit(SERIES_MAX)
            .with_chunk_points(CHUNK_POINTS)
            .with_partition_duration(PARTITION)
            .with_wal_size_limit(LOG_BYTES_MAX)
            // After a power loss the log may end in the middle of a record: what is before it is taken.
            .with_wal_replay_mode(WalReplayMode::Salvage)
            // A full disk may be emptied: the store goes on then.
            .with_background_fail_fast(false)
            .with_max_writers(1)
            .build()
            .map_err(failed)?;
        let engine = Engine::with_precision(storage.clone(), TimestampPrecision::Milliseconds);
        Ok(Self {
            storage,
            engine,
            interval_ms: i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1),
        })
    }

    fn insert(&self, rows: Vec<Row>) -> Result<()> {
        let rows: Vec<tsink::Row> = rows
            .into_iter()
            .map(|row| {
                let labels = row
                    .labels
                    .into_iter()
                    .map(|(name, value)| Label::new(name, value))
                    .collect();
                tsink::Row::with_labels(row.name, labels, DataPoint::new(row.time.0, row.value))
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        match self.storage.insert_rows(&rows) {
            // Series that are there already go on; the new ones find no place.
            Err(TsinkError::CardinalityLimitExceeded { .. }) => {
                let refused = rows
                    .iter()
                    .filter(|row| self.storage.insert_rows(std::slice::from_ref(*row)).is_err())
                    .count();
                tracing::warn!(refused, "there are too many series: new ones are not kept");
                Ok(())
            }
            other => other.map_err(failed),
        }
    }

    /// Parses a query and refuses it where it would cost too much.
    fn admit(&self, query: &str, range: Range) -> Result<()> {
        let expression = parse(query)?;
        let points = self.points(
            &expression,
            range.steps(),
            range.end.0.saturating_sub(range.start.0),
        )?;
        bounds::check_points(points)
    }

    /// Points that are read or given when `expression` is evaluated `steps` times over `window_ms`.
    fn points(&self, expression: &Expr, steps: u64, window_ms: i64) -> Result<u64> {
        Ok(match expression {
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => steps,
            Expr::VectorSelector(selector) => {
                self.selector_points(selector, steps, window_ms.saturating_add(LOOKBACK_MS))?
            }
            Expr::MatrixSelector(matrix) => {
                self.selector_points(&matrix.vector, steps, window_ms.saturating_add(matrix.range))?
            }
            Expr::Subquery(subquery) => {
                let every = subquery.step.unwrap_or(60_000).max(1);
                let inner = u64::try_from(subquery.range / every).unwrap_or_default() + 1;
                self.points(
                    &subquery.expr,
                    steps.saturating_mul(inner),
                    window_ms.saturating_add(subquery.range),
                )?
            }
            Expr::Unary(unary) => self.points(&unary.expr, steps, window_ms)?,
            Expr::Paren(inner) => self.points(inner, steps, window_ms)?,
            Expr::Binary(binary) => self
                .points(&binary.lhs, steps, window_ms)?
                .saturating_add(self.points(&binary.rhs, steps, window_ms)?),
            Expr::Aggregation(aggregation) => {
                let parameter = aggregation.param.as_deref();
                parameter
                    .map_or(Ok(0), |parameter| self.points(parameter, steps, window_ms))?
                    .saturating_add(self.points(&aggregation.expr, steps, window_ms)?)
            }
            Expr::Call(call) => call.args.iter().try_fold(0_u64, |sum, argument| {
                Ok::<_, Error>(sum.saturating_add(self.points(argument, steps, window_ms)?))
            })?,
        })
    }

    fn selector_points(&self, selector: &VectorSelector, steps: u64, window_ms: i64) -> Result<u64> {
        // All series of a metric are read, whatever the other labels.
        let selection = match &selector.metric_name {
            Some(name) => SeriesSelection::new().with_metric(name),
            None => SeriesSelection::new().with_matchers(matchers(&selector.matchers)),
        };
        let series = self
            .storage
            .select_series(&selection)
            .map_err(refused_selection)?;
        let count = u64::try_from(series.len()).unwrap_or(u64::MAX);
        let each = u64::try_from(window_ms / self.interval_ms).unwrap_or_default() + 1;
        Ok(count.saturating_mul(each.max(steps)))
    }
}

impl SampleStore for TsinkStore {
    fn append(&self, rows: Vec<Row>) -> Result<()> {
        self.insert(rows)
    }

    fn end(&self, mut rows: Vec<Row>) -> Result<()> {
        for row in &mut rows {
            row.value = f64::from_bits(PROMETHEUS_STALE_NAN_BITS);
        }
        self.insert(rows)
    }

    fn check(&self, query: &str) -> Result<()> {
        parse(query).map(drop)
    }

    fn instant(&self, query: &str, at: Time) -> Result<QueryData> {
        self.admit(
            query,
            Range {
                start: at,
                end: at,
                step_ms: 1,
            },
        )?;
        let value = self.engine.instant_query(query, at.0).map_err(evaluation)?;
        converted(value)
    }

    fn range(&self, query: &str, range: Range) -> Result<QueryData> {
        self.admit(query, range)?;
        let value = self
            .engine
            .range_query(query, range.start.0, range.end.0, range.step_ms)
            .map_err(evaluation)?;
        converted(value)
    }

    fn series(&self, selectors: &[String], window: Option<(Time, Time)>) -> Result<Vec<Labels>> {
        bounds::check_selectors(selectors)?;
        let mut selections = Vec::new();
        for selector in selectors {
            let Expr::VectorSelector(selector) = parse(selector)? else {
                return Err(Error::field(
                    "match[]",
                    "a selector like up{node=\"node0\"} is expected",
                ));
            };
            let selection = SeriesSelection::new().with_matchers(matchers(&selector.matchers));
            selections.push(match selector.metric_name {
                Some(name) => selection.with_metric(name),
                None => selection,
            });
        }
        if selections.is_empty() {
            selections.push(SeriesSelection::new());
        }
        let mut found = Vec::new();
        for selection in selections {
            let selection = match window {
                Some((from, until)) => selection.with_time_range(from.0, until.0.saturating_add(1)),
                None => selection,
            };
            let series = self
                .storage
                .select_series(&selection)
                .map_err(refused_selection)?;
            found.extend(
                series
                    .into_iter()
                    .map(|series| labels(series.name, series.labels)),
            );
        }
        found.sort();
        found.dedup();
        found.truncate(bounds::SERIES_MAX);
        Ok(found)
    }

    fn close(&self) -> Result<()> {
        self.storage.close().map_err(failed)
    }
}

fn parse(query: &str) -> Result<Expr> {
    bounds::check_length(query)?;
    tsink::promql::parse(query).map_err(evaluation)
}

fn matchers(matchers: &[LabelMatcher]) -> Vec<SeriesMatcher> {
    matchers
        .iter()
        .map(|matcher| {
            let operator = match matcher.op {
                MatchOp::Equal => SeriesMatcherOp::Equal,
                MatchOp::NotEqual => SeriesMatcherOp::NotEqual,
                MatchOp::RegexMatch => SeriesMatcherOp::RegexMatch,
                MatchOp::RegexNoMatch => SeriesMatcherOp::RegexNoMatch,
            };
            SeriesMatcher::new(matcher.name.clone(), operator, matcher.value.clone())
        })
        .collect()
}

fn labels(name: String, labels: Vec<Label>) -> Labels {
    let mut found: Labels = labels
        .into_iter()
        .map(|label| (label.name, label.value))
        .collect();
    if !name.is_empty() {
        found.insert("__name__".into(), name);
    }
    found
}

fn converted(value: PromqlValue) -> Result<QueryData> {
    let point = |time: i64, value: f64| Point {
        time: Time(time),
        value,
    };
    Ok(match value {
        PromqlValue::Scalar(value, time) => QueryData::Scalar(point(time, value)),
        PromqlValue::InstantVector(samples) => QueryData::Vector(
            samples
                .into_iter()
                .map(|sample| Sample {
                    metric: labels(sample.metric, sample.labels),
                    value: point(sample.timestamp, sample.value),
                })
                .collect(),
        ),
        PromqlValue::RangeVector(series) => QueryData::Matrix(
            series
                .into_iter()
                .map(|series| Series {
                    metric: labels(series.metric, series.labels),
                    values: series
                        .samples
                        .into_iter()
                        .map(|(time, value)| point(time, value))
                        .collect(),
                })
                .collect(),
        ),
        PromqlValue::String(..) => {
            return Err(Error::Query {
                problem: "it gives a text, not a number".into(),
            });
        }
    })
}

fn failed(source: TsinkError) -> Error {
    Error::Series {
        source: Box::new(source),
    }
}

fn refused_selection(source: TsinkError) -> Error {
    Error::Query {
        problem: source.to_string(),
    }
}

fn evaluation(source: PromqlError) -> Error {
    match source {
        PromqlError::Storage(source) => failed(source),
        other => Error::Query {
            problem: other.to_string(),
        },
    }
}

//! Queries over metrics, in the form of Prometheus's HTTP API, so that Grafana can read the console.

use super::Time;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeTuple};
use std::collections::BTreeMap;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

/// Names and values that tell one series from another. The name of the metric stands under `__name__`.
pub type Labels = BTreeMap<String, String>;

/// Parameters of `query`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct InstantParameters {
    /// A query in PromQL.
    pub query: String,
    /// When: seconds since 1970, or ISO 8601. Now, where it is absent.
    #[serde(default)]
    pub time: Option<String>,
}

/// Parameters of `query_range`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct RangeParameters {
    /// A query in PromQL.
    pub query: String,
    /// The first moment: seconds since 1970, or ISO 8601.
    pub start: String,
    /// The last moment: seconds since 1970, or ISO 8601.
    pub end: String,
    /// The distance of two points: seconds, or a duration like `15s`, `1m`, `2h`.
    pub step: String,
}

/// Parameters of `labels`, `label/{name}/values` and `series`.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub struct SelectionParameters {
    /// Selectors like `up{node="node0"}`; series of any of them are meant. Required by `series`.
    #[serde(default, rename = "match[]")]
    pub matches: Vec<String>,
    /// From when: seconds since 1970, or ISO 8601.
    #[serde(default)]
    pub start: Option<String>,
    /// Until when: seconds since 1970, or ISO 8601.
    #[serde(default)]
    pub end: Option<String>,
}

/// A value at a moment; as JSON `[seconds, "value"]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub time: Time,
    /// How much. May be no number, or infinite.
    pub value: f64,
}

impl PartialSchema for Point {
    fn schema() -> RefOr<Schema> {
        utoipa::schema!(Vec<serde_json::Value>).into()
    }
}

impl ToSchema for Point {}

impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&self.time.seconds())?;
        tuple.serialize_element(&value_text(self.value))?;
        tuple.end()
    }
}

/// A number as Prometheus writes it.
pub(crate) fn value_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.into()
    } else {
        value.to_string()
    }
}

/// A series at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = MetricSample)]
pub struct Sample {
    /// Which series.
    pub metric: Labels,
    /// Its value: `[seconds, "value"]`.
    #[schema(value_type = Vec<serde_json::Value>)]
    pub value: Point,
}

/// A series over time.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = MetricSeries)]
pub struct Series {
    /// Which series.
    pub metric: Labels,
    /// Its values, by time: `[seconds, "value"]` each.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    pub values: Vec<Point>,
}

/// What a query found.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "resultType", content = "result", rename_all = "camelCase")]
#[schema(as = MetricData)]
pub enum QueryData {
    /// A number: `[seconds, "value"]`.
    Scalar(Point),
    /// Series at one moment.
    Vector(Vec<Sample>),
    /// Series over time.
    Matrix(Vec<Series>),
}

/// Prometheus's envelope around an answer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "camelCase")]
pub enum Answer<T> {
    /// It worked.
    Success {
        /// The answer.
        data: T,
    },
    /// It was refused, or failed.
    #[serde(rename_all = "camelCase")]
    Error {
        /// `bad_data`, `unavailable` or `internal`.
        error_type: String,
        /// What is wrong, in English.
        error: String,
    },
}

impl<T> From<crate::Result<T>> for Answer<T> {
    fn from(result: crate::Result<T>) -> Self {
        match result {
            Ok(data) => Self::Success { data },
            Err(error) => Self::Error {
                error_type: match error.kind() {
                    crate::ErrorKind::Input | crate::ErrorKind::NotFound | crate::ErrorKind::Conflict => {
                        "bad_data"
                    }
                    crate::ErrorKind::Full => "unavailable",
                    crate::ErrorKind::Unavailable => "internal",
                }
                .into(),
                error: error.to_string(),
            },
        }
    }
}

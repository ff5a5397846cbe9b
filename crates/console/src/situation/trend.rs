//! Series over time, what they lead one to expect, and when that is a warning.

use super::{
    forecast::{self, Outlook, Shape},
    measure::{float, units},
    store::{HOUR, MINUTE, Store},
};
use crate::supervision::store::{Store as Findings, StoreError};
use std::collections::BTreeMap;

const DAY: u64 = 24 * HOUR;
/// Least deviation of an amount that means anything: this part of its mean.
const GRAIN_OF_AMOUNTS: f64 = 0.05;
/// A figure warns where it leaves the band by more than half of its width: the band itself is left once in fifty steps.
const FAR: f64 = 1.5;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Transactions.
    Transactions,
    /// Those that failed.
    Failed,
    /// What was moved of an asset.
    Value,
    /// Findings.
    Findings,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Transactions, Self::Failed, Self::Value, Self::Findings];

    /// Its name in the database and in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Failed => "failed",
            Self::Value => "value",
            Self::Findings => "findings",
        }
    }

    /// The measure of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

/// Steps of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Minutes of the last three hours.
    Minute,
    /// Hours of two weeks.
    Hour,
    /// Days of a year.
    Day,
}

impl Step {
    /// Its seconds.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// The step of so many seconds.
    pub fn of(seconds: u64) -> Option<Self> {
        [Self::Minute, Self::Hour, Self::Day]
            .into_iter()
            .find(|step| step.seconds() == seconds)
    }

    const fn points(self) -> u64 {
        match self {
            Self::Minute => 180,
            Self::Hour => 14 * 24,
            Self::Day => 365,
        }
    }

    /// Steps of a season, and steps that are looked ahead.
    const fn season(self) -> (usize, usize) {
        match self {
            Self::Minute => (1, 30),
            Self::Hour => (24, 24),
            Self::Day => (7, 14),
        }
    }

    /// The step in which its counts are kept.
    const fn kept(self) -> u64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour | Self::Day => HOUR,
        }
    }
}

/// Which series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// The chain.
    pub ledger: String,
    /// What.
    pub measure: Measure,
    /// The asset, for what was moved; else empty.
    pub asset: String,
    /// In which steps.
    pub step: Step,
}

/// A series, and what it leads one to expect.
#[derive(Clone, Debug)]
pub struct Trend {
    /// Begin of the first step, seconds since 1970.
    pub from: u64,
    /// Whole steps, oldest first.
    pub figures: Vec<f64>,
    /// The step that has not ended.
    pub current: f64,
    /// What is expected; none where there is too little.
    pub outlook: Option<Outlook>,
}

impl Trend {
    /// The begin of a step, the first after the whole ones being the one that has not ended.
    pub fn at(&self, place: usize, step: Step) -> u64 {
        let places = u64::try_from(place).unwrap_or(u64::MAX);
        self.from.saturating_add(places.saturating_mul(step.seconds()))
    }
}

/// Why it warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The last whole step is far outside of its band.
    LeftBand,
    /// The threshold is passed.
    Above,
    /// The threshold is expected to be passed.
    WillBeAbove,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::LeftBand, Self::Above, Self::WillBeAbove];

    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeftBand => "leftBand",
            Self::Above => "above",
            Self::WillBeAbove => "willBeAbove",
        }
    }
}

/// A warning.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// Of what.
    pub series: Series,
    /// Why.
    pub cause: Cause,
    /// Begin of the step that it is about.
    pub at: u64,
    /// What was, or is expected.
    pub figure: f64,
    /// The end of the band that was left, or the threshold.
    pub limit: f64,
}

/// Reads a series up to a time, and looks ahead.
///
/// # Errors
/// The database does not answer.
pub async fn read(
    (store, findings): (&Store, &Findings),
    series: &Series,
    until: u64,
) -> Result<Option<Trend>, StoreError> {
    let Some(begun) = store.begun(&series.ledger, until).await? else {
        return Ok(None);
    };
    let seconds = series.step.seconds();
    let current = until / seconds;
    // A step of which a part was not counted teaches what is false.
    let whole = begun.div_ceil(seconds);
    let first = current
        .saturating_sub(series.step.points())
        .max(whole)
        .min(current);
    let mut by_step: BTreeMap<u64, f64> = BTreeMap::new();
    for (at, figure) in kept((store, findings), series, first.saturating_mul(seconds)).await? {
        *by_step.entry(at / seconds).or_default() += figure;
    }
    let figure = |step: u64| by_step.get(&step).copied().unwrap_or_default();
    let figures: Vec<f64> = (first..current).map(figure).collect();
    Ok(Some(Trend {
        from: first.saturating_mul(seconds),
        current: figure(current),
        outlook: forecast::outlook(&figures, shape(series, &figures)),
        figures,
    }))
}

fn shape(series: &Series, figures: &[f64]) -> Shape {
    let (period, horizon) = series.step.season();
    let mean = figures.iter().sum::<f64>() / float(figures.len().max(1) as u64);
    Shape {
        period,
        horizon,
        grain: match series.measure {
            Measure::Value => mean * GRAIN_OF_AMOUNTS,
            _ => 1.0,
        },
    }
}

async fn kept(
    (store, findings): (&Store, &Findings),
    series: &Series,
    since: u64,
) -> Result<Vec<(u64, f64)>, StoreError> {
    let (ledger, step) = (series.ledger.as_str(), series.step.kept());
    let figures = match series.measure {
        Measure::Value => {
            let moved = store.moved((ledger, &series.asset), step, since).await?;
            moved
                .into_iter()
                .map(|(at, sum)| (at, units(sum.amount)))
                .collect()
        }
        Measure::Findings => {
            let counts = findings
                .finding_steps(ledger, series.step.seconds(), since)
                .await?;
            counts.into_iter().map(|(at, count)| (at, float(count))).collect()
        }
        Measure::Transactions | Measure::Failed => {
            let stretches = store.stretches(ledger, step, since).await?.into_iter();
            let figure = |stretch: super::store::Stretch| match series.measure {
                Measure::Failed => float(stretch.failed),
                _ => float(stretch.transactions),
            };
            stretches.map(|stretch| (stretch.at, figure(stretch))).collect()
        }
    };
    Ok(figures)
}

/// What a trend warns of.
pub fn warnings(series: &Series, trend: &Trend, threshold: Option<f64>) -> Vec<Warning> {
    let warning = |cause, place, figure, limit| Warning {
        series: series.clone(),
        cause,
        at: trend.at(place, series.step),
        figure,
        limit,
    };
    let mut found = Vec::new();
    let whole = trend.figures.len();
    let last = trend.figures.last().copied().unwrap_or_default();
    let band = trend
        .outlook
        .as_ref()
        .and_then(|outlook| outlook.past.last().copied().flatten());
    if let Some(band) = band.filter(|band| (last - band.expected).abs() > FAR * (band.high - band.expected)) {
        let limit = if last > band.high { band.high } else { band.low };
        found.push(warning(Cause::LeftBand, whole.saturating_sub(1), last, limit));
    }
    let Some(limit) = threshold else { return found };
    if trend.current > limit {
        found.push(warning(Cause::Above, whole, trend.current, limit));
    } else if last > limit {
        found.push(warning(Cause::Above, whole.saturating_sub(1), last, limit));
    } else {
        let ahead = trend
            .outlook
            .iter()
            .flat_map(|outlook| &outlook.ahead)
            .enumerate();
        let crossing = ahead
            .map(|(place, band)| (place, band.expected))
            .find(|(_, expected)| *expected > limit);
        found.extend(
            crossing.map(|(place, expected)| warning(Cause::WillBeAbove, whole + place, expected, limit)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(figures: Vec<f64>, current: f64) -> (Series, Trend) {
        let series = Series {
            ledger: "main".to_owned(),
            measure: Measure::Transactions,
            asset: String::new(),
            step: Step::Hour,
        };
        let outlook = forecast::outlook(&figures, shape(&series, &figures));
        (
            series,
            Trend {
                from: 0,
                figures,
                current,
                outlook,
            },
        )
    }

    #[test]
    fn it_warns_of_what_leaves_the_band_and_of_what_will_pass_the_threshold() {
        let causes = |figures: &[f64], current: f64, threshold: Option<f64>| {
            let (series, trend) = trend(figures.to_vec(), current);
            let found = warnings(&series, &trend, threshold);
            found
                .into_iter()
                .map(|warning| (warning.cause, warning.at / HOUR))
                .collect::<Vec<_>>()
        };
        let steady: Vec<f64> = (0..40).map(|hour| 50.0 + f64::from(hour % 3)).collect();
        assert_eq!(causes(&steady, 10.0, Some(80.0)), []);
        let mut jump = steady.clone();
        jump[39] = 90.0;
        assert_eq!(causes(&jump, 0.0, None), [(Cause::LeftBand, 39)]);
        assert_eq!(
            causes(&jump, 0.0, Some(80.0)),
            [(Cause::LeftBand, 39), (Cause::Above, 39)]
        );
        assert_eq!(causes(&steady, 81.0, Some(80.0)), [(Cause::Above, 40)]);
        let rising: Vec<f64> = (0..40).map(|hour| 10.0 + 2.0 * f64::from(hour)).collect();
        let found = causes(&rising, 0.0, Some(100.0));
        assert!(matches!(found[..], [(Cause::WillBeAbove, 44..=48)]), "{found:?}");
    }

    #[tokio::test]
    async fn a_series_begins_where_counting_began() {
        const BEGIN: u64 = 1_700_002_800;
        let folder = std::env::temp_dir().join(format!("civitas-trend-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let url = format!("sqlite://{}", folder.join("console.db").display());
        let (store, findings) = (
            Store::open(&url).await.unwrap(),
            Findings::open(&url).await.unwrap(),
        );
        let mut counts = super::super::count::Counts::default();
        // The first block says that it is of 1970; the next one came forty minutes after a full hour.
        for at in [0, BEGIN + 40 * MINUTE, BEGIN + 3 * HOUR] {
            for step in [MINUTE, HOUR] {
                let stretch = counts.stretches.entry((step, at - at % step)).or_default();
                stretch.transactions = 7;
            }
        }
        store.add("main", None, 2, &counts).await.unwrap();
        let of = |step| Series {
            ledger: "main".to_owned(),
            measure: Measure::Transactions,
            asset: String::new(),
            step,
        };
        let read = async |step, until| {
            let trend = read((&store, &findings), &of(step), until)
                .await
                .unwrap()
                .unwrap();
            (trend.from, trend.figures, trend.current)
        };
        let begun = BEGIN + 40 * MINUTE;
        assert_eq!(
            read(Step::Minute, begun + 3 * MINUTE).await,
            (begun, vec![7.0, 0.0, 0.0], 0.0)
        );
        assert_eq!(read(Step::Hour, begun).await, (BEGIN, Vec::new(), 7.0));
        let (from, figures, current) = read(Step::Hour, BEGIN + 3 * HOUR).await;
        assert_eq!((from, figures, current), (BEGIN + HOUR, vec![0.0, 0.0], 7.0));
        assert_eq!(store.newest("main").await.unwrap(), Some(BEGIN + 3 * HOUR));
        assert_eq!(store.newest("trade").await.unwrap(), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}

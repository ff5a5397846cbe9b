//! What a series of figures leads one to expect, with a band, tried on figures that were held back. Pure: figures in,
//! expectations out.
//!
//! Three methods compete: the last figure, the figure a season ago, and additive Holt-Winters smoothing with a damped
//! trend (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*, 3rd edition, sections 5.2, 8.2 and 8.3;
//! without a season it is Holt's method). Each is fitted on the first three fifths; the one with the smallest mean
//! error over the next fifth is taken. The half width of the band is a quantile of its errors on figures that it had not
//! seen (split conformal prediction: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, 2018), so that the band needs no
//! assumption of how errors are distributed; the last fifth says how good figure and band are.
//!
//! ```text
//!  |──────── fitted: 3/5 ────────|── chosen: 1/5 ──|── tried: 1/5 ──| ahead ▶
//! ```

/// Figures without which nothing is said: fewer leave three to try it on.
pub const POINTS_MIN: usize = 15;
/// The share of figures that the band is to hold.
pub const COVERAGE: f64 = 0.98;
/// Damping of the trend per step: after fifty steps a third of it is left.
const DAMPING: f64 = 0.98;
/// Smoothing of the level, the trend and the season that are tried: coarse, for finer steps change errors by a few percent.
const LEVELS: [f64; 4] = [0.1, 0.3, 0.5, 0.8];
const TRENDS: [f64; 3] = [0.0, 0.05, 0.2];
const SEASONS: [f64; 3] = [0.05, 0.2, 0.5];

/// How a figure is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The last figure.
    Last,
    /// The figure a season ago.
    SeasonAgo,
    /// Smoothing of level and trend.
    Holt,
    /// Smoothing of level, trend and season.
    HoltWinters,
}

impl Method {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::SeasonAgo => "seasonAgo",
            Self::Holt => "holt",
            Self::HoltWinters => "holtWinters",
        }
    }
}

/// What is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// The figure.
    pub expected: f64,
    /// Not less than this.
    pub low: f64,
    /// Not more than this.
    pub high: f64,
}

impl Band {
    fn around(expected: f64, half: f64) -> Self {
        let expected = expected.max(0.0);
        Self {
            expected,
            low: (expected - half).max(0.0),
            high: expected + half,
        }
    }

    /// Whether a figure lies in it.
    pub fn holds(&self, figure: f64) -> bool {
        (self.low..=self.high).contains(&figure)
    }
}

/// What came of trying it on figures that it had not seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackTest {
    /// Figures that were held back.
    pub points: usize,
    /// Mean absolute error of one step.
    pub error: f64,
    /// The same of whoever says that the next figure is the last one.
    pub naive_error: f64,
    /// Share of the figures that the band held.
    pub covered: f64,
}

/// What is expected of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// How.
    pub method: Method,
    /// What was expected of each figure a step before; none of those that it was fitted on.
    pub past: Vec<Option<Band>>,
    /// What is expected of the figures to come, the next one first.
    pub ahead: Vec<Band>,
    /// How good it was.
    pub back_test: BackTest,
}

/// What is known of a series besides its figures.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Steps of a season; 0 or 1 for none.
    pub period: usize,
    /// Steps to look ahead.
    pub horizon: usize,
    /// The least deviation that means anything, as half width of the band: one transaction more is no event.
    pub grain: f64,
}

/// A method with its parameters: level, trend, season.
#[derive(Clone, Copy)]
struct Model {
    method: Method,
    smoothing: [f64; 3],
    period: usize,
}

/// What a model has learnt up to a figure.
struct Learnt {
    level: f64,
    trend: f64,
    /// The last season, oldest step first.
    season: Vec<f64>,
    /// Place of the next step in it.
    place: usize,
}

/// What is expected of a series; none where there are too few figures.
pub fn outlook(figures: &[f64], shape: Shape) -> Option<Outlook> {
    if figures.len() < POINTS_MIN || figures.iter().any(|figure| !figure.is_finite()) {
        return None;
    }
    let fifth = figures.len() / 5;
    let tried_from = figures.len() - fifth;
    let chosen_from = tried_from - fifth;
    let model = choose(figures, chosen_from, tried_from, shape.period)?;
    let errors = model.errors(figures, chosen_from, shape.horizon.max(1));
    let of_step = |step: usize, until: usize| -> Vec<f64> {
        let origins = errors.iter().take(until.saturating_sub(chosen_from));
        origins.filter_map(|ahead| ahead.get(step).copied()).collect()
    };
    // What was tried is not part of the band that is tried.
    let half_tried = quantile(of_step(0, tried_from)).max(shape.grain);
    let predictions = model.steps(figures);
    let judged = figures.iter().zip(&predictions).skip(tried_from);
    let held = judged.clone().filter(|(figure, expected)| {
        let band = expected.map(|expected| Band::around(expected, half_tried));
        band.is_some_and(|band| band.holds(**figure))
    });
    let naive = figures.windows(2).skip(tried_from.saturating_sub(1));
    let back_test = BackTest {
        points: fifth,
        error: mean(
            judged
                .clone()
                .filter_map(|(figure, expected)| Some((figure - expected.as_ref()?).abs())),
        ),
        naive_error: mean(naive.filter_map(|pair| Some((pair.get(1)? - pair.first()?).abs()))),
        covered: float(held.count()) / float(fifth),
    };
    let mut half = shape.grain;
    let mut ahead = Vec::new();
    for (step, expected) in model.ahead(figures, shape.horizon).into_iter().enumerate() {
        // What lies further ahead is never known better.
        half = half.max(quantile(of_step(step, figures.len())));
        ahead.push(Band::around(expected, half));
    }
    let past = predictions.into_iter().enumerate().map(|(place, expected)| {
        expected
            .filter(|_| place >= chosen_from)
            .map(|expected| Band::around(expected, half_tried))
    });
    Some(Outlook {
        method: model.method,
        past: past.collect(),
        ahead,
        back_test,
    })
}

/// The model with the smallest mean error between two places, fitted on what is before.
fn choose(figures: &[f64], from: usize, until: usize, period: usize) -> Option<Model> {
    let fitted = figures.get(..from)?;
    let mut candidates = vec![Model::plain(Method::Last, 0)];
    candidates.extend(fit(fitted, Method::Holt, 0));
    if period > 1 && fitted.len() >= 2 * period {
        candidates.push(Model::plain(Method::SeasonAgo, period));
        candidates.extend(fit(fitted, Method::HoltWinters, period));
    }
    let known = figures.get(..until)?;
    candidates
        .into_iter()
        .map(|model| (model.error(known, from), model))
        .min_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, model)| model)
}

/// The parameters with the smallest mean error over what a method is fitted on.
fn fit(fitted: &[f64], method: Method, period: usize) -> Option<Model> {
    let seasons: &[f64] = if period > 1 { &SEASONS } else { &[0.0] };
    let mut best: Option<(f64, Model)> = None;
    for level in LEVELS {
        for trend in TRENDS {
            for season in seasons {
                let model = Model {
                    method,
                    smoothing: [level, trend, *season],
                    period,
                };
                // The first figures only set it up.
                let error = model.error(fitted, period.max(2));
                if best.as_ref().is_none_or(|(least, _)| error < *least) {
                    best = Some((error, model));
                }
            }
        }
    }
    best.map(|(_, model)| model)
}

impl Model {
    const fn plain(method: Method, period: usize) -> Self {
        Self {
            method,
            smoothing: [1.0, 0.0, 0.0],
            period,
        }
    }

    /// What it knows before the first figure that it expects.
    fn begin(&self, figures: &[f64]) -> Learnt {
        let first = figures.get(..self.period.max(1)).unwrap_or_default();
        let level = match self.method {
            Method::SeasonAgo => 0.0,
            _ => mean(first.iter().copied()),
        };
        let season = match self.method {
            Method::SeasonAgo | Method::HoltWinters => first.iter().map(|figure| figure - level).collect(),
            Method::Last | Method::Holt => Vec::new(),
        };
        Learnt {
            level,
            trend: 0.0,
            season,
            place: 0,
        }
    }

    fn learn(&self, learnt: &mut Learnt, figure: f64) {
        let [level, trend, season] = self.smoothing;
        let before = learnt.level;
        let seasonal = learnt.season.get(learnt.place).copied().unwrap_or_default();
        match self.method {
            Method::Last => learnt.level = figure,
            Method::SeasonAgo => {}
            Method::Holt | Method::HoltWinters => {
                let carried = before + DAMPING * learnt.trend;
                learnt.level = level * (figure - seasonal) + (1.0 - level) * carried;
                learnt.trend = trend * (learnt.level - before) + (1.0 - trend) * DAMPING * learnt.trend;
            }
        }
        if let Some(slot) = learnt.season.get_mut(learnt.place) {
            *slot = match self.method {
                Method::SeasonAgo => figure,
                _ => season * (figure - learnt.level) + (1.0 - season) * seasonal,
            };
        }
        if !learnt.season.is_empty() {
            learnt.place = (learnt.place + 1) % learnt.season.len();
        }
    }

    /// The expectation so many steps ahead, from 0.
    fn expect(learnt: &Learnt, step: usize) -> f64 {
        let seasonal = match learnt.season.len() {
            0 => 0.0,
            length => learnt
                .season
                .get((learnt.place + step) % length)
                .copied()
                .unwrap_or_default(),
        };
        let mut trend = 0.0;
        let mut damping = DAMPING;
        for _ in 0..=step {
            trend += damping * learnt.trend;
            damping *= DAMPING;
        }
        learnt.level + trend + seasonal
    }

    /// What was expected of each figure a step before; none of those that set it up.
    fn steps(&self, figures: &[f64]) -> Vec<Option<f64>> {
        let mut learnt = self.begin(figures);
        let first = self.period.max(1);
        let mut steps = vec![None; first.min(figures.len())];
        for figure in figures.iter().skip(first) {
            steps.push(Some(Self::expect(&learnt, 0)));
            self.learn(&mut learnt, *figure);
        }
        steps
    }

    /// Mean absolute error of one step, from a place on.
    fn error(&self, figures: &[f64], from: usize) -> f64 {
        let steps = self.steps(figures);
        let pairs = figures.iter().zip(&steps).skip(from);
        mean(pairs.filter_map(|(figure, expected)| Some((figure - expected.as_ref()?).abs())))
    }

    /// Absolute errors by origin, from a place on, and by steps ahead.
    fn errors(&self, figures: &[f64], from: usize, horizon: usize) -> Vec<Vec<f64>> {
        let mut learnt = self.begin(figures);
        let first = self.period.max(1);
        let mut errors = Vec::new();
        for (place, figure) in figures.iter().enumerate().skip(first) {
            if place >= from {
                let ahead = figures.iter().skip(place).take(horizon).enumerate();
                let of_origin = ahead.map(|(step, figure)| (figure - Self::expect(&learnt, step)).abs());
                errors.push(of_origin.collect());
            }
            self.learn(&mut learnt, *figure);
        }
        errors
    }

    /// What is expected after the last figure.
    fn ahead(&self, figures: &[f64], horizon: usize) -> Vec<f64> {
        let mut learnt = self.begin(figures);
        for figure in figures.iter().skip(self.period.max(1)) {
            self.learn(&mut learnt, *figure);
        }
        (0..horizon).map(|step| Self::expect(&learnt, step)).collect()
    }
}

/// The error that is not exceeded in [`COVERAGE`] of all cases, as far as so few tell: else the largest.
fn quantile(mut errors: Vec<f64>) -> f64 {
    errors.sort_by(f64::total_cmp);
    let share = (float(errors.len() + 1) * COVERAGE).ceil();
    let rank = (1..=errors.len())
        .find(|rank| float(*rank) >= share)
        .unwrap_or(errors.len());
    rank.checked_sub(1)
        .and_then(|place| errors.get(place))
        .copied()
        .unwrap_or_default()
}

fn mean(figures: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for figure in figures {
        sum += figure;
        count += 1;
    }
    if count == 0 { 0.0 } else { sum / float(count) }
}

#[expect(clippy::cast_precision_loss, reason = "a series has some hundred figures")]
const fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        period: 24,
        horizon: 24,
        grain: 1.0,
    };

    /// Noise between -1 and 1 from a seed (SplitMix64).
    fn noise(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX) * 2.0 - 1.0
    }

    /// Two weeks of hours with a day's rhythm, a trend, and noise.
    fn city(seed: &mut u64) -> Vec<f64> {
        let hour = |hour: u32| {
            let rhythm = (f64::from(hour % 24) / 24.0 * std::f64::consts::TAU).sin();
            200.0 + 120.0 * rhythm + 0.2 * f64::from(hour)
        };
        (0..24 * 14).map(|at| hour(at) + 12.0 * noise(seed)).collect()
    }

    #[test]
    fn a_rhythm_is_learnt_and_the_band_holds_what_comes() {
        let mut seed = 7;
        let (mut held, mut all) = (0, 0);
        for _ in 0..20 {
            let figures = city(&mut seed);
            let (known, coming) = figures.split_at(24 * 13);
            let found = outlook(known, SHAPE).unwrap();
            assert_eq!(found.method, Method::HoltWinters);
            assert!(
                found.back_test.error < found.back_test.naive_error / 2.0,
                "{:?}",
                found.back_test
            );
            held += found
                .ahead
                .iter()
                .zip(coming)
                .filter(|(band, figure)| band.holds(**figure))
                .count();
            all += coming.len();
        }
        assert!(held * 100 >= all * 93, "{held} of {all}");
        // A band that holds everything would say nothing.
        let figures = city(&mut seed);
        let found = outlook(&figures, SHAPE).unwrap();
        let next = found.ahead[0];
        assert!(!next.holds(next.expected + 80.0), "{next:?}");
    }

    #[test]
    fn figures_that_leave_the_band_are_seen_and_too_few_say_nothing() {
        let mut figures = city(&mut 9);
        let usual = outlook(&figures, SHAPE).unwrap();
        let last = figures.len() - 1;
        assert!(usual.past[last].unwrap().holds(figures[last]));
        figures[last] += 150.0;
        assert!(
            !outlook(&figures, SHAPE).unwrap().past[last]
                .unwrap()
                .holds(figures[last])
        );
        assert_eq!(outlook(&figures[..POINTS_MIN - 1], SHAPE), None);
        assert_eq!(outlook(&[f64::NAN; 40], SHAPE), None);
        // Nothing but zeros: nothing is expected, within the least that means anything.
        let quiet = outlook(&[0.0; 40], SHAPE).unwrap();
        assert_eq!((quiet.ahead[23].expected, quiet.ahead[23].high), (0.0, 1.0));
    }

    #[test]
    fn without_a_rhythm_the_level_and_trend_go_on() {
        let line: Vec<f64> = (0..40).map(|at| 10.0 + 3.0 * f64::from(at)).collect();
        let found = outlook(
            &line,
            Shape {
                period: 1,
                horizon: 5,
                grain: 0.5,
            },
        )
        .unwrap();
        assert_eq!(found.method, Method::Holt);
        assert!((found.ahead[0].expected - 130.0).abs() < 5.0, "{:?}", found.ahead);
        let widths = found.ahead.iter().map(|band| band.high - band.expected);
        assert!(widths.is_sorted(), "what lies further ahead is known less well");
    }
}

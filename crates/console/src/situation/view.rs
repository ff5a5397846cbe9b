//! From the picture of the situation to what clients see.

use super::{
    Picture,
    count::{Pair, Sum},
    forecast,
    gather::{ChainNow, Risk},
    risk::{self, Evidence, Kind, Reason},
    store::{HOUR, Stretch, Threshold},
    trend::{Cause, Measure, Step, Trend, Warning},
};
use crate::{
    api::{situation::*, tokens::TokenBrief},
    problem::Problem,
    shapes,
    state::Console,
    supervision::view::severity,
    time::{iso, now},
};
use std::collections::{BTreeMap, BTreeSet};

/// Coins, as events call them.
const COIN: &str = "coin";
/// Flows that a picture has, at most: those with the most payments.
const FLOWS_MAX: usize = 200;
/// Assets of a flow, at most.
const ASSETS_MAX: usize = 5;
/// Tokens whose names are asked for one picture, at most.
const TOKENS_MAX: usize = 60;
/// Digits after the point of amounts.
const MILLION: u128 = 1_000_000;

/// Tokens by chain and asset, as far as they are known.
type Tokens = BTreeMap<(String, String), TokenBrief>;

const fn activity(stretch: &Stretch) -> ChainActivity {
    ChainActivity {
        transactions: stretch.transactions,
        failed: stretch.failed,
        payments: stretch.payments,
        unverified: stretch.unverified,
    }
}

fn health(chain: &ChainNow) -> ChainHealth {
    let health = &chain.health;
    let is_silent = health.silent_seconds.is_some_and(|seconds| seconds >= 300);
    match chain.ledger {
        None => ChainHealth::Unseen,
        Some(_) if health.has_fault || health.false_gateways > 0 => ChainHealth::Faulty,
        Some(_) if health.lag > 0 => ChainHealth::Lagging,
        Some(_) if is_silent => ChainHealth::Silent,
        Some(_) => ChainHealth::Well,
    }
}

fn chain(chain: &ChainNow) -> SituationChain {
    let ledger = chain.ledger.as_ref();
    let attestation = ledger.and_then(|ledger| ledger.attestation.as_ref());
    let [open, open_on_trial] = chain.open;
    SituationChain {
        name: chain.name.clone(),
        title: chain.title.clone(),
        kind: chain.kind,
        chain: chain.chain.clone(),
        status: chain.status.clone(),
        health: health(chain),
        height: ledger.and_then(|ledger| ledger.height),
        last_block_at: ledger.and_then(|ledger| ledger.last_block_at.clone()),
        lag: chain.health.lag,
        threshold: attestation.map(|attestation| attestation.threshold),
        gateways: attestation.map(|attestation| attestation.gateways),
        hour: activity(&chain.hour),
        day: activity(&chain.day),
        minutes: chain.minutes.clone(),
        open,
        open_on_trial,
        worst: chain.worst.map(severity),
        score: risk::score(&chain.reasons),
        reasons: reasons(&chain.reasons),
    }
}

fn reasons(reasons: &[Reason]) -> Vec<RiskReason> {
    let mut order: Vec<&Reason> = reasons.iter().collect();
    order.sort_by(|one, other| {
        other
            .points
            .total_cmp(&one.points)
            .then_with(|| one.evidence.cmp(&other.evidence))
    });
    let shown = order
        .into_iter()
        .take(risk::REASONS_MAX)
        .map(|reason| RiskReason {
            kind: kind(reason.kind),
            points: (reason.points * 10.0).round() / 10.0,
            amount: reason.amount,
            about: reason.about.clone(),
            evidence: evidence(&reason.evidence),
        });
    shown.collect()
}

const fn kind(kind: Kind) -> RiskReasonKind {
    match kind {
        Kind::Findings => RiskReasonKind::Findings,
        Kind::FindingsOnTrial => RiskReasonKind::FindingsOnTrial,
        Kind::Exposure => RiskReasonKind::Exposure,
        Kind::ChainExposure => RiskReasonKind::ChainExposure,
        Kind::UnknownOwner => RiskReasonKind::UnknownOwner,
        Kind::Unvouched => RiskReasonKind::Unvouched,
        Kind::Frozen => RiskReasonKind::Frozen,
        Kind::NotAdmitted => RiskReasonKind::NotAdmitted,
        Kind::UnverifiedPayers => RiskReasonKind::UnverifiedPayers,
        Kind::RejectedCalls => RiskReasonKind::RejectedCalls,
        Kind::Silence => RiskReasonKind::Silence,
        Kind::Lag => RiskReasonKind::Lag,
        Kind::FalseGateways => RiskReasonKind::FalseGateways,
        Kind::NotFollowed => RiskReasonKind::NotFollowed,
        Kind::OverdueCommands => RiskReasonKind::OverdueCommands,
        Kind::Member => RiskReasonKind::Member,
        Kind::Operated => RiskReasonKind::Operated,
    }
}

fn evidence(evidence: &Evidence) -> RiskEvidence {
    let bare = |kind| RiskEvidence {
        kind,
        number: None,
        rule: None,
        subject: None,
        ledger: None,
    };
    match evidence.clone() {
        Evidence::Finding(number) => RiskEvidence {
            number: Some(number),
            ..bare(RiskEvidenceKind::Finding)
        },
        Evidence::FindingsAbout { rule, subject } => RiskEvidence {
            rule: Some(rule),
            subject: Some(subject),
            ..bare(RiskEvidenceKind::Findings)
        },
        Evidence::FindingsOn { rule, ledger } => RiskEvidence {
            rule: Some(rule),
            ledger: Some(ledger),
            ..bare(RiskEvidenceKind::Findings)
        },
        Evidence::Flows { ledger, account } => RiskEvidence {
            subject: Some(account),
            ledger: Some(ledger),
            ..bare(RiskEvidenceKind::Flows)
        },
        Evidence::Failed(ledger) => RiskEvidence {
            ledger: Some(ledger),
            ..bare(RiskEvidenceKind::Failed)
        },
        Evidence::Chain(ledger) => RiskEvidence {
            ledger: Some(ledger),
            ..bare(RiskEvidenceKind::Chain)
        },
        Evidence::Identity(did) => RiskEvidence {
            subject: Some(did),
            ..bare(RiskEvidenceKind::Identity)
        },
        Evidence::Case(number) => RiskEvidence {
            number: Some(number),
            ..bare(RiskEvidenceKind::Case)
        },
        Evidence::Account { ledger, account } => RiskEvidence {
            subject: Some(account),
            ledger: Some(ledger),
            ..bare(RiskEvidenceKind::Account)
        },
    }
}

/// A subject of a ranking.
pub fn ranked(risk: &Risk) -> SituationRisk {
    SituationRisk {
        kind: risk.kind,
        id: risk.id.clone(),
        ledger: risk.ledger.clone(),
        title: risk.title.clone(),
        score: risk::score(&risk.reasons),
        reasons: reasons(&risk.reasons),
    }
}

/// A ranking.
pub fn ranking(picture: &Picture, kind: RiskSubjectKind) -> Vec<SituationRisk> {
    picture
        .risks
        .get(&kind)
        .into_iter()
        .flatten()
        .map(ranked)
        .collect()
}

/// Measures of the API and of the inside.
pub const fn measure(measure: TrendMeasure) -> Measure {
    match measure {
        TrendMeasure::Transactions => Measure::Transactions,
        TrendMeasure::Failed => Measure::Failed,
        TrendMeasure::Value => Measure::Value,
        TrendMeasure::Findings => Measure::Findings,
    }
}

const fn shown_measure(measure: Measure) -> TrendMeasure {
    match measure {
        Measure::Transactions => TrendMeasure::Transactions,
        Measure::Failed => TrendMeasure::Failed,
        Measure::Value => TrendMeasure::Value,
        Measure::Findings => TrendMeasure::Findings,
    }
}

/// Steps of the API and of the inside.
pub const fn step(step: TrendStep) -> Step {
    match step {
        TrendStep::Minute => Step::Minute,
        TrendStep::Hour => Step::Hour,
        TrendStep::Day => Step::Day,
    }
}

const fn shown_step(step: Step) -> TrendStep {
    match step {
        Step::Minute => TrendStep::Minute,
        Step::Hour => TrendStep::Hour,
        Step::Day => TrendStep::Day,
    }
}

fn warning(warning: &Warning) -> SituationWarning {
    SituationWarning {
        ledger: warning.series.ledger.clone(),
        measure: shown_measure(warning.series.measure),
        asset: warning.series.asset.clone(),
        step: shown_step(warning.series.step),
        cause: match warning.cause {
            Cause::LeftBand => WarningCause::LeftBand,
            Cause::Above => WarningCause::Above,
            Cause::WillBeAbove => WarningCause::WillBeAbove,
        },
        at: iso(warning.at),
        figure: warning.figure,
        limit: warning.limit,
    }
}

/// Thresholds as clients see them; those of what is not measured any more are left out.
pub fn thresholds(thresholds: Vec<Threshold>) -> Vec<SituationThreshold> {
    let shown = thresholds.into_iter().filter_map(|threshold| {
        Some(SituationThreshold {
            measure: shown_measure(Measure::named(&threshold.measure)?),
            step: shown_step(Step::of(threshold.step)?),
            ledger: threshold.ledger,
            asset: threshold.asset,
            above: threshold.above,
            set_by: threshold.set_by,
            set_at: iso(threshold.set_at),
        })
    });
    shown.collect()
}

/// The picture with flows of the last hours.
///
/// # Errors
/// The database does not answer.
pub async fn picture(console: &Console, hours: u32) -> Result<SituationPicture, Problem> {
    let picture = console.situation.picture();
    let since = now().saturating_sub(u64::from(hours) * HOUR);
    let counted = console.situation.store.counted().await?;
    let behind = console.index.ledgers().await?.into_iter().map(|ledger| {
        let indexed = ledger.indexed.map_or(0, |height| height.saturating_add(1));
        let counted = counted.get(&ledger.name).map(|height| height.saturating_add(1));
        // A chain that is followed begins behind its trust root.
        let begin = ledger
            .foreign
            .map_or(0, |foreign| foreign.start_height.saturating_add(1));
        indexed.saturating_sub(counted.unwrap_or(begin))
    });
    Ok(SituationPicture {
        at: (picture.at > 0).then(|| iso(picture.at)),
        chains: picture.chains.iter().map(chain).collect(),
        flows: flows(console, &picture, since).await?,
        warnings: picture.warnings.iter().map(warning).collect(),
        uncounted: behind.sum(),
    })
}

/// What people moved by chain, other chain and asset.
type Between = BTreeMap<(String, String, String), Pair>;

async fn flows(console: &Console, picture: &Picture, since: u64) -> Result<Vec<ChainFlow>, Problem> {
    let between = console.situation.store.between(since).await?;
    let tokens = tokens(console, between.keys().map(|(ledger, _, asset)| (ledger, asset))).await?;
    let mut flows = Vec::new();
    for ((one, other), identities) in &picture.shared {
        for (from, to) in [(one, other), (other, one)] {
            let (received, received_assets) = moved(&between, &tokens, (from, to), |pair| pair.received);
            let (paid, paid_assets) = moved(&between, &tokens, (to, from), |pair| pair.paid);
            flows.push(ChainFlow {
                from: from.clone(),
                to: to.clone(),
                identities: *identities,
                received,
                paid,
                received_assets,
                paid_assets,
            });
        }
    }
    flows.sort_by_key(|flow| std::cmp::Reverse((flow.received.min(flow.paid), flow.identities)));
    flows.truncate(FLOWS_MAX);
    Ok(flows)
}

fn moved(
    between: &Between,
    tokens: &Tokens,
    (ledger, other): (&str, &str),
    of: fn(&Pair) -> Sum,
) -> (u64, Vec<AssetMoved>) {
    let mut own: Vec<(&str, Sum)> = between
        .iter()
        .filter(|((known, across, _), _)| known == ledger && across == other)
        .map(|((_, _, asset), pair)| (asset.as_str(), of(pair)))
        .filter(|(_, sum)| sum.payments > 0)
        .collect();
    own.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.payments));
    let payments = own.iter().map(|(_, sum)| sum.payments).sum();
    let assets = own
        .into_iter()
        .take(ASSETS_MAX)
        .map(|(asset, sum)| asset_moved(tokens, (ledger, asset), sum));
    (payments, assets.collect())
}

fn asset_moved(tokens: &Tokens, (ledger, asset): (&str, &str), sum: Sum) -> AssetMoved {
    let known = tokens.get(&(ledger.to_owned(), asset.to_owned())).cloned();
    let bare = || TokenBrief {
        address: asset.to_owned(),
        kind: "ERC-20".to_owned(),
        name: None,
        symbol: None,
        decimals: None,
    };
    AssetMoved {
        ledger: ledger.to_owned(),
        token: (asset != COIN).then(|| known.unwrap_or_else(bare)),
        payments: sum.payments,
        amount: decimal(sum.amount),
    }
}

/// Millionths in whole units.
fn decimal(millionths: i128) -> String {
    let amount = millionths.unsigned_abs();
    let (whole, rest) = (amount / MILLION, amount % MILLION);
    let text = format!("{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

async fn tokens<'a>(
    console: &Console,
    assets: impl Iterator<Item = (&'a String, &'a String)>,
) -> Result<Tokens, Problem> {
    let wanted: BTreeSet<(&String, &String)> = assets.collect();
    let mut tokens = Tokens::new();
    for (ledger, asset) in wanted.into_iter().take(TOKENS_MAX) {
        let Ok(address) = asset.parse() else { continue };
        if let Some(token) = console.index.token(ledger, address).await? {
            let brief = TokenBrief {
                address: address.to_string(),
                kind: shapes::standard(token.standard),
                name: token.name.map(shapes::foreign),
                symbol: token.symbol.map(shapes::foreign),
                decimals: token.decimals,
            };
            tokens.insert((ledger.clone(), asset.clone()), brief);
        }
    }
    Ok(tokens)
}

/// What is moved most on a chain since a time.
///
/// # Errors
/// The database does not answer.
pub async fn assets(console: &Console, ledger: &str, since: u64) -> Result<Vec<AssetMoved>, Problem> {
    let found = console.situation.store.assets(ledger, since).await?;
    let name = ledger.to_owned();
    let tokens = tokens(console, found.iter().map(|(asset, _)| (&name, asset))).await?;
    let shown = found.iter().map(|(asset, payments)| {
        let sum = Sum {
            payments: *payments,
            amount: 0,
        };
        asset_moved(&tokens, (ledger, asset), sum)
    });
    Ok(shown.collect())
}

/// A series with its forecast.
pub fn trend(
    trend: Option<Trend>,
    step: Step,
    threshold: Option<f64>,
    assets: Vec<AssetMoved>,
) -> SituationTrend {
    let mut points = Vec::new();
    let mut whole = 0;
    let mut trial = None;
    if let Some(trend) = &trend {
        whole = trend.figures.len();
        let outlook = trend.outlook.as_ref();
        let past = |place: usize| outlook.and_then(|outlook| outlook.past.get(place).copied().flatten());
        let ahead = |place: usize| outlook.and_then(|outlook| outlook.ahead.get(place).copied());
        let point = |place: usize, figure: Option<f64>, band: Option<forecast::Band>| TrendPoint {
            at: iso(trend.at(place, step)),
            figure,
            expected: band.map(|band| band.expected),
            low: band.map(|band| band.low),
            high: band.map(|band| band.high),
        };
        points.extend(
            trend
                .figures
                .iter()
                .enumerate()
                .map(|(place, figure)| point(place, Some(*figure), past(place))),
        );
        points.push(point(whole, Some(trend.current), ahead(0)));
        let length = outlook.map_or(0, |outlook| outlook.ahead.len());
        points.extend((1..length).map(|place| point(whole + place, None, ahead(place))));
        trial = outlook.map(|outlook| ForecastTrial {
            method: outlook.method.name().to_owned(),
            points: outlook.back_test.points as u64,
            error: outlook.back_test.error,
            naive_error: outlook.back_test.naive_error,
            covered: outlook.back_test.covered,
            coverage: forecast::COVERAGE,
        });
    }
    SituationTrend {
        points,
        whole: whole as u64,
        trial,
        points_min: forecast::POINTS_MIN as u64,
        threshold,
        assets,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_whole() {
        let check = |millionths: i128, expected: &str| assert_eq!(decimal(millionths), expected);
        check(0, "0");
        check(1, "0.000001");
        check(1_500_000, "1.5");
        check(120_000_000, "120");
        check(i128::MAX, "170141183460469231731687303715884.105727");
    }
}

//! Endpoints: the situation room. Risk is about people: every look at it is recorded.

use super::{
    prelude::*,
    supervision::{identity_of, person},
};
use crate::{
    api::situation as api,
    guard::{Asker, session},
    situation::{
        self,
        store::Threshold,
        trend::{Measure, Series, Step},
        view,
    },
    time::now,
};
use axum::Extension;
use std::collections::BTreeSet;

/// Hours over which flows are summed, without another wish, and at most.
const HOURS_DEFAULT: u32 = 24;
const HOURS_MAX: u32 = 720;
/// Seconds over which it is looked what is moved most on a chain.
const ASSETS_SECONDS: u64 = 30 * 86_400;
/// The largest threshold: above it the figures of charts are no longer exact.
const ABOVE_MAX: f64 = 1e15;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(picture))
        .routes(routes!(risks))
        .routes(routes!(trend))
        .routes(routes!(thresholds, set_threshold))
}

/// Chains, what flows between them, and warnings.
#[utoipa::path(
    get,
    path = "/situation",
    tag = "situation",
    params(api::SituationWindow),
    responses((status = 200, body = api::SituationPicture))
)]
pub async fn picture(
    State(console): State<Shared>,
    Parameters(window): Parameters<api::SituationWindow>,
) -> Answer<api::SituationPicture> {
    let hours = window.hours.unwrap_or(HOURS_DEFAULT).clamp(1, HOURS_MAX);
    Ok(Json(view::picture(&console, hours).await?))
}

/// Chains, organisations, identities or accounts with the most risk, at most fifty, each with its reasons.
#[utoipa::path(
    get,
    path = "/situation/risks",
    tag = "situation",
    params(api::RiskQuestion),
    responses((status = 200, body = page::Page<api::SituationRisk>))
)]
pub async fn risks(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(question): Parameters<api::RiskQuestion>,
) -> Answer<page::Page<api::SituationRisk>> {
    let kind = question.kind.unwrap_or_default();
    let ranking = view::ranking(&console.situation.picture(), kind);
    let is_people = matches!(
        kind,
        api::RiskSubjectKind::Identity | api::RiskSubjectKind::Account
    );
    // Reasons name people too: those for whom an organisation vouches, and with whom somebody dealt.
    let mut seen = BTreeSet::new();
    for risk in &ranking {
        if is_people {
            seen.insert(identity_of(&risk.id));
        }
        let named = risk
            .reasons
            .iter()
            .filter_map(|reason| reason.evidence.subject.as_deref());
        seen.extend(named.map(identity_of));
    }
    if is_people || !seen.is_empty() {
        let seen: Vec<String> = seen.into_iter().collect();
        console.reads.note(session(&asker).ok(), "risk", &seen).await?;
    }
    Ok(Json(page::Page::whole(ranking)))
}

/// A series of a chain, with its forecast and how good that is.
#[utoipa::path(
    get,
    path = "/situation/trend",
    tag = "situation",
    params(api::TrendQuestion),
    responses((status = 200, body = api::SituationTrend))
)]
pub async fn trend(
    State(console): State<Shared>,
    Parameters(question): Parameters<api::TrendQuestion>,
) -> Answer<api::SituationTrend> {
    let step = view::step(question.step.unwrap_or(api::TrendStep::Hour));
    let ledger = question.ledger.as_str();
    let asset = question.asset.as_deref();
    let series = series(&console, ledger, (view::measure(question.measure), asset), step).await?;
    let until = situation::known_until(&console, ledger, now()).await?;
    let found = situation::trend(&console, &series, until).await?;
    let thresholds = console.situation.store.thresholds().await?;
    let threshold = situation::threshold_of(&thresholds, &series);
    let assets = view::assets(&console, ledger, now().saturating_sub(ASSETS_SECONDS)).await?;
    Ok(Json(view::trend(found, step, threshold, assets)))
}

/// The series that a client names.
async fn series(
    console: &Shared,
    ledger: &str,
    (measure, asset): (Measure, Option<&str>),
    step: Step,
) -> Result<Series, Problem> {
    if console.index.ledger(ledger).await?.is_none() {
        return Err(Problem::not_found("ledger", ledger));
    }
    let asset = asset
        .map(str::to_ascii_lowercase)
        .filter(|asset| !asset.is_empty());
    let asset = match (measure, asset) {
        (Measure::Value, Some(asset))
            if asset == "coin" || asset.parse::<alloy_primitives::Address>().is_ok() =>
        {
            asset
        }
        (Measure::Value, Some(_)) => {
            return Err(Problem::invalid("asset", "coin, or the address of a token"));
        }
        (Measure::Value, None) => "coin".to_owned(),
        (_, None) => String::new(),
        (_, Some(_)) => return Err(Problem::invalid("asset", "only of what was moved")),
    };
    Ok(Series {
        ledger: ledger.to_owned(),
        measure,
        asset,
        step,
    })
}

/// Thresholds of which it is warned.
#[utoipa::path(
    get,
    path = "/situation/thresholds",
    tag = "situation",
    responses((status = 200, body = page::Page<api::SituationThreshold>))
)]
pub async fn thresholds(State(console): State<Shared>) -> Answer<page::Page<api::SituationThreshold>> {
    let known = console.situation.store.thresholds().await?;
    Ok(Json(page::Page::whole(view::thresholds(known))))
}

/// Sets a threshold, or takes it away.
#[utoipa::path(
    put,
    path = "/situation/thresholds",
    tag = "situation",
    request_body = api::NewThreshold,
    responses((status = 200, body = page::Page<api::SituationThreshold>))
)]
pub async fn set_threshold(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Content(new): Content<api::NewThreshold>,
) -> Answer<page::Page<api::SituationThreshold>> {
    let step = view::step(new.step);
    let measure = view::measure(new.measure);
    let series = series(&console, &new.ledger, (measure, new.asset.as_deref()), step).await?;
    let store = &console.situation.store;
    let name = format!("{} {} {}", series.ledger, measure.name(), series.asset);
    let by = person(&asker);
    match new.above {
        Some(above) if !(0.0..=ABOVE_MAX).contains(&above) => {
            return Err(Problem::invalid("above", "0 to 1000000000000000"));
        }
        Some(above) => {
            let threshold = Threshold {
                ledger: series.ledger,
                measure: measure.name().to_owned(),
                asset: series.asset,
                step: step.seconds(),
                above,
                set_by: by.clone(),
                set_at: now(),
            };
            if !store.set_threshold(&threshold).await? {
                return Err(Problem::new(Kind::FULL));
            }
        }
        None => {
            let place = (series.ledger.as_str(), measure.name(), series.asset.as_str());
            store.remove_threshold(place, step.seconds()).await?;
        }
    }
    console.situation.look_at_thresholds();
    let act = new
        .above
        .map_or_else(|| "removed".to_owned(), |above| format!("above {above}"));
    console
        .supervision
        .store
        .note_threshold(&by, name.trim_end(), &act)
        .await?;
    let known = store.thresholds().await?;
    Ok(Json(page::Page::whole(view::thresholds(known))))
}

//! Endpoints: governance of content. What stands on the ledger is for everybody who reads governance; words are for nobody.

use super::prelude::*;
use crate::{
    api::content as api,
    content::{Standing, Status, versions},
    registries::ask,
    time::iso,
};
use civitas_system_contracts::{
    address::CONTENT,
    interfaces::IContent::{self, Mode},
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(overview))
}

/// Versions of the thesaurus, and what is done on which ledger.
#[utoipa::path(
    get,
    path = "/content",
    tag = "supervision",
    responses((status = 200, body = api::ContentOverview))
)]
pub async fn overview(State(console): State<Shared>) -> Answer<api::ContentOverview> {
    let main = console.main().await?;
    let height = main.block_number().await?;
    let all = versions(&main).await?;
    let counts = |version: &&IContent::Version| !version.approvedBy.is_zero() && version.fromHeight <= height;
    let in_force = all.iter().rev().find(counts).map_or(0, |version| version.version);
    let mut ledgers = Vec::new();
    for ledger in console.index.ledgers().await? {
        if ledger.foreign.is_none() {
            let call = IContent::modeOfCall {
                ledger: ledger.chain_id,
            };
            let setting = ask(&main, CONTENT, &call).await?;
            let is_coming = setting.fromHeight > height;
            ledgers.push(api::LedgerMode {
                ledger: ledger.name,
                chain_id: ledger.chain_id,
                mode: mode(if is_coming { setting.before } else { setting.mode }),
                next: is_coming.then(|| mode(setting.mode)),
                next_height: is_coming.then_some(setting.fromHeight),
            });
        }
    }
    let Status {
        standing,
        file,
        fault,
    } = console.content.status();
    Ok(Json(api::ContentOverview {
        height,
        in_force,
        versions: all.into_iter().rev().map(version).collect(),
        ledgers,
        standing: match standing {
            Standing::None => api::ThesaurusStanding::None,
            Standing::Held => api::ThesaurusStanding::Held,
            Standing::Earlier => api::ThesaurusStanding::Earlier,
            Standing::Absent => api::ThesaurusStanding::Absent,
            Standing::Other => api::ThesaurusStanding::Other,
            Standing::Unreadable => api::ThesaurusStanding::Unreadable,
        },
        file_version: file.map(|file| file.0),
        file_hash: file.map(|file| file.1.to_string()),
        fault,
    }))
}

const fn mode(mode: Mode) -> api::ContentMode {
    match mode {
        Mode::Flag => api::ContentMode::Flag,
        Mode::Refuse => api::ContentMode::Refuse,
        _ => api::ContentMode::Off,
    }
}

fn version(version: IContent::Version) -> api::ThesaurusVersion {
    let is_approved = !version.approvedBy.is_zero();
    api::ThesaurusVersion {
        version: version.version,
        hash: version.hash.to_string(),
        categories: version.categories,
        legal_basis: version.legalBasis,
        published_by: version.publishedBy.to_string(),
        published_at: iso(version.publishedAt),
        approved_by: is_approved.then(|| version.approvedBy.to_string()),
        approved_at: is_approved.then(|| iso(version.approvedAt)),
        from_height: version.fromHeight,
    }
}

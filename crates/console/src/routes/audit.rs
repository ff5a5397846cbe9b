//! Endpoints: audit.

use super::prelude::*;
use crate::{
    audit_view,
    guard::{Asker, reaches, session},
    right::Right,
};
use axum::Extension;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(audit))
}

/// Audit records: anchors of nodes, and the console's own, newest first.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "audit",
    params(governance::AuditFilter, Paging),
    responses((status = 200, body = page::Page<governance::AuditRecord>))
)]
pub async fn audit(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Parameters(mut filter): Parameters<governance::AuditFilter>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<governance::AuditRecord>> {
    // What people did in the console belongs to no organisation: who reads for some of them sees what nodes have anchored.
    if !reaches(&asker, Right::ReadAudit, None) {
        if filter.source.as_deref() == Some("console") {
            return Err(Problem::new(Kind::RIGHT));
        }
        filter.source = Some("node".to_owned());
    }
    let page = audit_view::records(&console, &filter, &paging).await?;
    console.reads.note(session(&asker).ok(), "audit", &[]).await?;
    Ok(Json(page))
}

//! Endpoints: sources of contracts.

use super::prelude::*;
use crate::{guard::Asker, shapes, source_view, sources as verification};
use axum::{Extension, extract::DefaultBodyLimit};
use utoipa_axum::router::UtoipaMethodRouterExt;

/// Bytes of a source with its settings, at most: a hundred libraries with their comments, as JSON writes them.
const SOURCE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(verify_source).layer(DefaultBodyLimit::max(SOURCE_BYTES_MAX)))
        .routes(routes!(source))
        .routes(routes!(give_abi))
        .routes(routes!(compilers))
}

/// The compilers that sources can be verified with.
#[utoipa::path(
    get,
    path = "/compilers",
    tag = "contracts",
    responses((status = 200, body = sources::Compilers))
)]
pub async fn compilers(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
) -> Answer<sources::Compilers> {
    Ok(Json(console.sources.compilers(&asker).await?))
}

/// The source of a contract, as far as it is known.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/contracts/{address}/source",
    tag = "contracts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address.")),
    responses((status = 200, body = sources::ContractSource))
)]
pub async fn source(
    State(console): State<Shared>,
    Segments((ledger, address)): Segments<(String, String)>,
) -> Answer<sources::ContractSource> {
    let address = shapes::address("address", &address)?;
    known(&console, &ledger, address).await
}

/// Verifies the source of a contract: compiles it, and compares the code with that on the ledger.
///
/// A compiler that is used for the first time is made ready first: the answer is then `compiler-preparing`, with the time
/// after which to try again.
#[utoipa::path(
    post,
    path = "/ledgers/{ledger}/contracts/{address}/source",
    tag = "contracts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address.")),
    request_body = sources::SourceClaim,
    responses((status = 200, body = sources::ContractSource))
)]
pub async fn verify_source(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments((ledger, address)): Segments<(String, String)>,
    Content(claim): Content<sources::SourceClaim>,
) -> Answer<sources::ContractSource> {
    let address = shapes::address("address", &address)?;
    verification::claim(&console, (&ledger, address), claim, &asker).await?;
    known(&console, &ledger, address).await
}

/// Gives an ABI for a contract whose source nobody has verified.
#[utoipa::path(
    put,
    path = "/ledgers/{ledger}/contracts/{address}/abi",
    tag = "contracts",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("address" = String, Path, description = "The address.")),
    request_body = sources::AbiClaim,
    responses((status = 200, body = sources::ContractSource))
)]
pub async fn give_abi(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments((ledger, address)): Segments<(String, String)>,
    Content(claim): Content<sources::AbiClaim>,
) -> Answer<sources::ContractSource> {
    let address = shapes::address("address", &address)?;
    verification::give_abi(&console, (&ledger, address), claim, &asker).await?;
    known(&console, &ledger, address).await
}

async fn known(
    console: &Shared,
    ledger: &str,
    address: alloy_primitives::Address,
) -> Answer<sources::ContractSource> {
    let found = console.index.contract(ledger, address).await?;
    let found = found.ok_or_else(|| Problem::not_found("contract", &address.to_string()))?;
    let code = match console.ledgers.node(ledger).await {
        Ok(node) => node.code(address).await.ok(),
        Err(_) => None,
    };
    Ok(Json(source_view::shown(&found, code.as_ref().map(AsRef::as_ref))))
}

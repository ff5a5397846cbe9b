//! Endpoints: blocks.

use super::prelude::*;
use crate::{ledgers::is_foreign, shapes, time::iso};
use alloy_primitives::{B256, U64};
use civitas_indexer::read::BlockKey;
use serde_json::json;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(blocks))
        .routes(routes!(block))
        .routes(routes!(certificate))
}

/// Blocks, newest first.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/blocks",
    tag = "blocks",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), Paging),
    responses((status = 200, body = page::Page<explorer::BlockSummary>))
)]
pub async fn blocks(
    State(console): State<Shared>,
    Segments(ledger): Segments<String>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<explorer::BlockSummary>> {
    let registry = console.registries.known().await;
    let page = console.index.blocks(&ledger, &shapes::page(&paging)).await?;
    Ok(Json(shapes::page_of(page, |block| {
        shapes::block(&registry, block)
    })))
}

/// One block.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/blocks/{block}",
    tag = "blocks",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("block" = String, Path, description = "Height or hash of the block.")),
    responses((status = 200, body = explorer::BlockDetail))
)]
pub async fn block(
    State(console): State<Shared>,
    Segments((ledger, block)): Segments<(String, String)>,
) -> Answer<explorer::BlockDetail> {
    let key = key(&block)?;
    let found = console.index.block(&ledger, key).await?;
    let found = found.ok_or_else(|| Problem::not_found("block", &block))?;
    if is_foreign(&ledger) {
        return foreign_block(&console, &ledger, found).await;
    }
    let node = console.ledgers.node(&ledger).await?;
    let height = U64::from(found.number);
    let (header, omitted, next) = futures::join!(
        node.raw("eth_getBlockByNumber", json!([height, false])),
        node.omitted(found.number),
        console
            .index
            .block(&ledger, BlockKey::Number(found.number.saturating_add(1))),
    );
    let header = header?;
    let text = |name: &str| header[name].as_str().map(str::to_owned);
    let registry = console.registries.known().await;
    Ok(Json(explorer::BlockDetail {
        state_root: Some(found.state_root.to_string()),
        payload_digest: Some(found.payload.to_string()),
        attested: None,
        transactions_root: text("transactionsRoot"),
        receipts_root: text("receiptsRoot"),
        base_fee: Some(found.base_fee.to_string()),
        extra_data: text("extraData"),
        omitted: omitted.unwrap_or_default().into_iter().map(omission).collect(),
        has_next: next?.is_some(),
        summary: shapes::block(&registry, found),
    }))
}

/// A block of a foreign chain: what its header says where its hash shows it, and who attests it.
async fn foreign_block(
    console: &Shared,
    ledger: &str,
    found: civitas_indexer::read::Block,
) -> Answer<explorer::BlockDetail> {
    let (height, next) = (found.number, BlockKey::Number(found.number.saturating_add(1)));
    let (anchored, next) = futures::try_join!(
        console.index.anchored(ledger, height),
        console.index.block(ledger, next)
    )?;
    let registry = console.registries.known().await;
    let is_shown = !found.state_root.is_zero();
    Ok(Json(explorer::BlockDetail {
        state_root: is_shown.then(|| found.state_root.to_string()),
        payload_digest: None,
        transactions_root: None,
        receipts_root: None,
        base_fee: is_shown.then(|| found.base_fee.to_string()),
        extra_data: None,
        omitted: Vec::new(),
        has_next: next.is_some(),
        attested: anchored.map(|batch| explorer::AttestedBatch {
            from_height: batch.from_height,
            to_height: batch.to_height,
            number: batch.number,
            blocks_root: batch.blocks_root.to_string(),
            digest: batch.digest.to_string(),
            agreed: batch.agreed,
            gateways: batch.gateways,
            anchored_height: batch.anchored_height,
            anchored_at: iso(batch.anchored_at),
        }),
        summary: explorer::BlockSummary {
            proposer: None,
            ..shapes::block(&registry, found)
        },
    }))
}

/// What proves a block to anybody who knows the validators.
#[utoipa::path(
    get,
    path = "/ledgers/{ledger}/blocks/{block}/certificate",
    tag = "blocks",
    params(("ledger" = String, Path, description = "Name of the ledger; `main` for the main ledger."), ("block" = String, Path, description = "Height or hash of the block.")),
    responses((status = 200, body = explorer::BlockCertificate))
)]
pub async fn certificate(
    State(console): State<Shared>,
    Segments((ledger, block)): Segments<(String, String)>,
) -> Answer<explorer::BlockCertificate> {
    let height = match key(&block)? {
        BlockKey::Number(height) => height,
        hash @ BlockKey::Hash(_) => {
            let found = console.index.block(&ledger, hash).await?;
            found.ok_or_else(|| Problem::not_found("block", &block))?.number
        }
    };
    let node = console.ledgers.node(&ledger).await?;
    let proof = node.certificate(height).await?;
    let proof = proof.ok_or_else(|| Problem::not_found("certificate of block", &block))?;
    let (chain_id, validators) =
        futures::try_join!(node.chain_id(), node.validators(Some(proof.certificate.epoch)))?;
    Ok(Json(certified(chain_id, proof, validators)))
}

/// A block by its height or its hash.
fn key(text: &str) -> Result<BlockKey, Problem> {
    let hash = || {
        text.parse::<B256>()
            .ok()
            .filter(|_| text.len() == 66)
            .map(BlockKey::Hash)
    };
    let height = text.parse::<u64>().ok().map(BlockKey::Number);
    height
        .or_else(hash)
        .ok_or_else(|| Problem::invalid("block", "a height, or a hash of 32 bytes with 0x"))
}

fn omission(omission: civitas_api::ledger::Omission) -> explorer::OmittedTransaction {
    explorer::OmittedTransaction {
        hash: omission.transaction_hash.to_string(),
        reason: omission.reason,
    }
}

fn certified(
    chain_id: u64,
    proof: civitas_api::ledger::BlockCertificate,
    validators: Vec<civitas_api::ledger::Validator>,
) -> explorer::BlockCertificate {
    let signers = proof.certificate.signers;
    let validators = validators
        .into_iter()
        .map(|validator| explorer::CertificateValidator {
            name: validator.name,
            public_key: validator.public_key.to_string(),
            signed: signers.contains(&validator.public_key),
        });
    explorer::BlockCertificate {
        chain_id,
        height: proof.height,
        block_hash: proof.block_hash.to_string(),
        headers: proof.headers.iter().map(ToString::to_string).collect(),
        result_height: proof.result_height,
        result_hash: proof.result_hash.to_string(),
        payload_height: proof.payload_height,
        payload_header: proof.payload_header.to_string(),
        payload_digest: proof.payload_digest.to_string(),
        kind: proof.certificate.kind,
        epoch: proof.certificate.epoch,
        view: proof.certificate.view,
        validators: validators.collect(),
        signers: signers.iter().map(ToString::to_string).collect(),
        encoded: proof.certificate.encoded.to_string(),
    }
}

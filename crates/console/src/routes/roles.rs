//! Endpoints: roles.

use super::prelude::*;
use crate::{
    governance as records,
    lists::{self, Place},
    registries::ask,
};
use alloy_primitives::{Address, FixedBytes};
use civitas_system_contracts::{address::ROLES, interfaces::IRoles};
use futures::future::try_join_all;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(roles))
        .routes(routes!(role))
        .routes(routes!(grants))
        .routes(routes!(who_can))
}

/// Roles, the highest first.
#[utoipa::path(
    get,
    path = "/roles",
    tag = "roles",
    params(Paging),
    responses((status = 200, body = page::Page<roles::Role>))
)]
pub async fn roles(
    State(console): State<Shared>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<roles::Role>> {
    let registry = console.registries.now().await?;
    let main = console.main().await?;
    let mut entries: Vec<&IRoles::Role> = registry.roles.iter().collect();
    entries.sort_by_key(|role| std::cmp::Reverse(role.level));
    let (entries, next) = lists::part(&entries, Place::read(&paging)?, paging.limit());
    let mut items = Vec::new();
    for some in entries.chunks(lists::CALLS_AT_ONCE) {
        items.extend(try_join_all(some.iter().map(|entry| records::role(&main, &registry, entry))).await?);
    }
    Ok(Json(page::Page { items, next }))
}

/// One role, by name or id.
#[utoipa::path(
    get,
    path = "/roles/{id}",
    tag = "roles",
    params(("id" = String, Path, description = "Name or id.")),
    responses((status = 200, body = roles::Role))
)]
pub async fn role(State(console): State<Shared>, Segments(id): Segments<String>) -> Answer<roles::Role> {
    let registry = console.registries.now().await?;
    let main = console.main().await?;
    let entry = registry
        .role(&id)
        .ok_or_else(|| Problem::not_found("role", &id))?;
    Ok(Json(records::role(&main, &registry, entry).await?))
}

/// Grants of a role that have not ended.
#[utoipa::path(
    get,
    path = "/roles/{id}/grants",
    tag = "roles",
    params(("id" = String, Path, description = "Name or id."), Paging),
    responses((status = 200, body = page::Page<roles::Grant>))
)]
pub async fn grants(
    State(console): State<Shared>,
    Segments(id): Segments<String>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<page::Page<roles::Grant>> {
    let registry = console.registries.now().await?;
    let main = console.main().await?;
    let role = registry
        .role(&id)
        .ok_or_else(|| Problem::not_found("role", &id))?
        .id;
    let from = Place::read(&paging)?.0.unwrap_or_default();
    let count = u64::from(paging.limit()).min(lists::PAGE);
    let grants = ask(&main, ROLES, &IRoles::holdersOfCall { role, from, count }).await?;
    let next = (grants.len() as u64 == count).then(|| Place::cursor(from.saturating_add(count)));
    let items = grants
        .iter()
        .map(|grant| records::grant(&registry, grant))
        .collect();
    Ok(Json(page::Page { items, next }))
}

/// Who can call a function.
#[utoipa::path(
    get,
    path = "/permissions/who-can",
    tag = "roles",
    params(roles::WhoCanQuestion, Paging),
    responses((status = 200, body = roles::WhoCan))
)]
pub async fn who_can(
    State(console): State<Shared>,
    Parameters(question): Parameters<roles::WhoCanQuestion>,
    Parameters(paging): Parameters<Paging>,
) -> Answer<roles::WhoCan> {
    let registry = console.registries.now().await?;
    let (target, selector) = meant(&question)?;
    let main = console.main().await?;
    let mut items = Vec::new();
    let mut from = Place::read(&paging)?.0.unwrap_or_default();
    let limit = u64::from(paging.limit());
    for _ in 0..lists::PAGES_MAX {
        // Positions are looked at, and some of them hold nothing in force: never more than fit on the page.
        let room = limit.saturating_sub(items.len() as u64);
        let call = IRoles::whoCanCall {
            action: IRoles::Action::Call,
            target,
            selector,
            from,
            count: room.min(lists::PAGE),
        };
        let answer = ask(&main, ROLES, &call).await?;
        items.extend(answer.grants.iter().map(|grant| records::grant(&registry, grant)));
        from = answer.next;
        if from == 0 || items.len() as u64 >= limit {
            break;
        }
    }
    let system = civitas_system_contracts::contract_at(&target);
    let kind = system.and_then(|system| system.kind_of(selector.0));
    Ok(Json(roles::WhoCan {
        items,
        next: (from > 0).then(|| Place::cursor(from)),
        proposal_kind: kind.map(|kind| format!("{kind:?}")),
    }))
}

/// The contract and function that a question is about.
fn meant(question: &roles::WhoCanQuestion) -> Result<(Address, FixedBytes<4>), Problem> {
    let target = crate::shapes::address("contract", &question.contract)?;
    let known = civitas_sdk::contracts::contract_at(target)
        .and_then(|contract| contract.function(&question.function).ok());
    if let Some(function) = known {
        return Ok((target, function.selector()));
    }
    let selector = crate::shapes::selector_in(Some(&question.function))?;
    let selector = selector.ok_or_else(|| Problem::invalid("function", "a function of the contract"))?;
    Ok((target, selector.into()))
}

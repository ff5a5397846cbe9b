//! Endpoints: lists that rules of supervision ask.

use super::{
    prelude::*,
    supervision::{ACTS_MAX, done, person},
};
use crate::{
    api::supervision as api,
    guard::{Asker, session},
    supervision::view,
};
use axum::Extension;

/// Entries of a list, at most, and characters of one: the longest sanctions lists have tens of thousands.
const ENTRIES_MAX: usize = 100_000;
const ENTRY_CHARACTERS_MAX: usize = 256;
/// Characters of the name of a list.
const NAME_CHARACTERS_MAX: usize = 64;

/// The endpoints.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(lists))
        .routes(routes!(list, write_list))
}

/// All lists.
#[utoipa::path(
    get,
    path = "/supervision/lists",
    tag = "supervision",
    responses((status = 200, body = page::Page<api::NamedListSummary>))
)]
pub async fn lists(State(console): State<Shared>) -> Answer<page::Page<api::NamedListSummary>> {
    let lists = console.supervision.store.lists().await?;
    Ok(Json(page::Page::whole(lists.iter().map(view::list).collect())))
}

/// One list.
#[utoipa::path(
    get,
    path = "/supervision/lists/{name}",
    tag = "supervision",
    params(("name" = String, Path, description = "Its name.")),
    responses((status = 200, body = api::NamedListDetail))
)]
pub async fn list(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(name): Segments<String>,
) -> Answer<api::NamedListDetail> {
    let what = format!("list {name}");
    console.reads.note(session(&asker).ok(), &what, &[]).await?;
    Ok(Json(list_detail(&console, &name).await?))
}

async fn list_detail(console: &Shared, name: &str) -> Result<api::NamedListDetail, Problem> {
    let store = &console.supervision.store;
    let lists = store.lists().await?;
    let list = lists.into_iter().find(|list| list.name == name);
    let list = list.ok_or_else(|| Problem::not_found("list", name))?;
    let history = store.acts("list", name, ACTS_MAX).await?;
    Ok(api::NamedListDetail {
        summary: view::list(&list),
        entries: list.entries,
        history: history.into_iter().map(view::act).collect(),
    })
}

/// Makes a list, or replaces its entries. Rules ask the new ones at once.
#[utoipa::path(
    put,
    path = "/supervision/lists/{name}",
    tag = "supervision",
    params(("name" = String, Path, description = "Its name.")),
    request_body = api::NewListEntries,
    responses((status = 200, body = api::NamedListDetail))
)]
pub async fn write_list(
    State(console): State<Shared>,
    Extension(asker): Extension<Asker>,
    Segments(name): Segments<String>,
    Content(new): Content<api::NewListEntries>,
) -> Answer<api::NamedListDetail> {
    let is_name = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    if name.is_empty() || name.len() > NAME_CHARACTERS_MAX || !name.bytes().all(is_name) {
        return Err(Problem::invalid("name", "1 to 64 of a-z, 0-9 and _"));
    }
    let entries = entries(new.entries)?;
    let by = person(&asker);
    let store = &console.supervision.store;
    let change = store.write_list(&name, &entries, new.based_on, &by).await?;
    done(change, "list", &name)?;
    Ok(Json(list_detail(&console, &name).await?))
}

/// Entries as rules compare them: accounts and identities in small letters, each once, sorted.
fn entries(entries: Vec<String>) -> Result<Vec<String>, Problem> {
    if entries.len() > ENTRIES_MAX {
        return Err(Problem::new(Kind::TOO_LARGE).with_detail(format!("at most {ENTRIES_MAX} entries")));
    }
    let mut clean = Vec::new();
    for entry in entries {
        let entry = entry.trim();
        if entry.chars().count() > ENTRY_CHARACTERS_MAX {
            return Err(Problem::invalid("entries", "at most 256 characters each"));
        }
        let is_key = entry.starts_with("0x") || entry.starts_with("did:civitas:");
        match is_key {
            _ if entry.is_empty() => {}
            true => clean.push(entry.to_ascii_lowercase()),
            false => clean.push(entry.to_owned()),
        }
    }
    clean.sort();
    clean.dedup();
    Ok(clean)
}

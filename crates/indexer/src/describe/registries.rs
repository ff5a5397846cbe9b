//! The entries of the city's registries: what the genesis filled, and what the contracts say of an entry now.
//!
//! Time alone changes some of them (an open proposal expires), without an event: what must be right at this moment is
//! asked from the contract, the index is for lists and the search.

use super::{MARKS, QUESTIONS_MAX, is_current, shown};
use crate::{
    Error,
    batch::kind_name,
    database::{Bulk, Database, Statement, Value as Cell},
    read::EntityKind,
    source::{self, Source},
    store::LedgerRow,
};
use civitas_sdk::{AbiError, contracts};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

/// Characters of a name that are kept: the longest that a system contract allows is shorter.
const NAME_CHARACTERS_MAX: usize = 256;

/// Entries of one list that a genesis fills, at most.
const FOUNDED_MAX: u64 = 10_000;

/// How the entries of a kind are listed: contract, function, entries that one call gives, and the field that is the id.
/// Where there is no list, entries are counted: they are 1, 2, 3....
const LISTS: &[(EntityKind, &str, &str, u64, &str)] = &[
    (
        EntityKind::Organisation,
        "Organisations",
        "organisations",
        100,
        "id",
    ),
    (EntityKind::Role, "Roles", "roles", 100, "id"),
    (EntityKind::Grant, "Roles", "grantCount", 0, ""),
    (EntityKind::Identity, "Identities", "identities", 100, ""),
    (EntityKind::Node, "Nodes", "nodes", 100, "key"),
    (EntityKind::Proposal, "Governance", "proposalCount", 0, ""),
    (EntityKind::Chain, "Chains", "chains", 50, "id"),
    (EntityKind::Ledger, "Ledgers", "ledgers", 16, "chainId"),
    (EntityKind::Office, "Offices", "offices", 0, "id"),
    (EntityKind::Opening, "Offices", "openingCount", 0, ""),
];

/// Enters what is there without an event: system contracts, and the entries of the genesis.
pub(super) async fn found(
    database: &Database,
    source: &dyn Source,
    ledger: &mut LedgerRow,
    has_registries: bool,
) -> Result<(), Error> {
    let mut entries: Vec<(EntityKind, String, u64)> = Vec::new();
    if has_registries {
        for list in LISTS {
            let ids = listed(source, list).await?;
            entries.extend((0..).zip(ids).map(|(rank, id)| (list.0, id, rank)));
        }
    }
    let systems = system_contracts(source).await?;
    let mut write = database.begin().await?;
    let rows = entries.into_iter().map(|(kind, id, rank)| {
        vec![
            ledger.id.into(),
            kind_name(kind).into(),
            id.into(),
            rank.into(),
            "".into(),
            "".into(),
            0_i64.into(),
            (-1_i64).into(),
            0_i64.into(),
            "null".into(),
        ]
    });
    let insert = Bulk {
        before: "INSERT INTO entities",
        after: "ON CONFLICT (ledger, kind, id) DO UPDATE SET rank = CASE WHEN entities.rank < excluded.rank THEN entities.rank \
                ELSE excluded.rank END",
    };
    write.execute_bulk(&insert, rows.collect()).await?;
    let rows = systems.into_iter().map(|(address, name)| {
        vec![
            Cell::from(ledger.id),
            address.into(),
            0_i64.into(),
            0_i64.into(),
            1_i64.into(),
            name.into(),
        ]
    });
    let insert = Bulk {
        before: "INSERT INTO contracts (ledger, address, origin, first_position, described, name)",
        after: "ON CONFLICT (ledger, address) DO UPDATE SET origin = 0, creator = NULL, first_position = 0, described = 1, \
                code_hash = NULL, code_size = NULL, name = excluded.name",
    };
    write.execute_bulk(&insert, rows.collect()).await?;
    let statement = Statement::new("UPDATE ledgers SET founded = 1 WHERE id = $1").bind(ledger.id);
    write.execute(statement).await?;
    write.commit().await?;
    ledger.founded = true;
    Ok(())
}

/// The system contracts of the ledger; none on an imported chain.
async fn system_contracts(source: &dyn Source) -> Result<Vec<(alloy_primitives::Address, String)>, Error> {
    let answer: Result<Vec<Value>, Error> = source::ask(source, "civitas_systemContracts", json!([])).await;
    let found = match answer {
        Ok(found) => found,
        Err(error) if source::is_refusal(&error) => Vec::new(),
        Err(error) => return Err(error),
    };
    let known = found.iter().filter_map(|contract| {
        let address = contract["address"].as_str()?.parse().ok()?;
        Some((address, contract["name"].as_str()?.to_owned()))
    });
    Ok(known.collect())
}

/// The ids of the entries that the genesis made.
async fn listed(
    source: &dyn Source,
    list: &(EntityKind, &str, &str, u64, &str),
) -> Result<Vec<String>, Error> {
    let (_, contract, function, page, field) = *list;
    if function.ends_with("Count") {
        let count = view(source, (contract, function), &[], Some(0)).await?;
        let count: u64 = count
            .as_ref()
            .and_then(|count| count.as_str()?.parse().ok())
            .unwrap_or(0);
        return Ok((1..=count.min(FOUNDED_MAX))
            .map(|number| number.to_string())
            .collect());
    }
    let mut ids = Vec::new();
    loop {
        let from = u64::try_from(ids.len()).unwrap_or(u64::MAX);
        let arguments = if page == 0 {
            vec![]
        } else {
            vec![json!(from), json!(page)]
        };
        let items = view(source, (contract, function), &arguments, Some(0)).await?;
        let items = items
            .and_then(|items| items.as_array().cloned())
            .unwrap_or_default();
        let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        ids.extend(items.iter().filter_map(|item| match field {
            "" => item.as_str().map(str::to_owned),
            field => item[field].as_str().map(str::to_owned),
        }));
        if page == 0 || count < page || from >= FOUNDED_MAX {
            return Ok(ids);
        }
    }
}

/// Asks a view function; none if the contract refuses.
async fn view(
    source: &dyn Source,
    (contract, function): (&str, &str),
    arguments: &[Value],
    height: Option<u64>,
) -> Result<Option<Value>, Error> {
    let abi = |error: AbiError| Error::Node(error.into());
    let contract = contracts::named(contract).map_err(abi)?;
    let input = contract.encode(function, arguments).map_err(abi)?;
    let output = source::call(source, (contract.address, &input), height).await?;
    // Where no such contract stands, a call gives back nothing.
    Ok(output.and_then(|output| contract.decode_output(&input, &output).ok()))
}

/// Reads some entries again; true if none is left.
pub(super) async fn some(
    database: &Database,
    source: &dyn Source,
    ledger: &LedgerRow,
) -> Result<bool, Error> {
    let statement = Statement::new(
        "SELECT kind, id, changed_position FROM entities WHERE ledger = $1 AND described = 0 ORDER BY kind, id LIMIT $2",
    );
    let mut marked: Vec<(EntityKind, String, i64)> = Vec::new();
    for mut row in database.rows(statement.bind(ledger.id).bind(MARKS)).await? {
        let kind: String = row.take()?;
        let kind = EntityKind::named(&kind).ok_or(Error::Damaged {
            what: "an unknown kind of entry",
        })?;
        marked.push((kind, row.take()?, row.take()?));
    }
    if marked.is_empty() {
        return Ok(true);
    }
    let count = marked.len();
    let described: Vec<(EntityKind, String, i64, Value)> = stream::iter(marked)
        .map(|(kind, id, changed)| async move {
            let detail = entry(source, kind, &id).await?;
            Ok::<_, Error>((kind, id, changed, detail))
        })
        .buffered(QUESTIONS_MAX)
        .try_collect()
        .await?;
    if !is_current(source, ledger).await? {
        return Ok(false);
    }
    let mut write = database.begin().await?;
    for (kind, id, changed, detail) in described {
        let name = shown(name_of(kind, &id, &detail), NAME_CHARACTERS_MAX);
        let status = detail["status"]
            .as_str()
            .and_then(|status| status.parse::<i64>().ok());
        let statement = Statement::new(
            "UPDATE entities SET described = 1, name = $1, folded = $2, status = $3, detail = $4 WHERE ledger = $5 \
             AND kind = $6 AND id = $7 AND changed_position = $8",
        );
        let statement = statement
            .bind(name.as_str())
            .bind(name.to_lowercase())
            .bind(status.unwrap_or(0))
            .bind(detail.to_string())
            .bind(ledger.id)
            .bind(kind_name(kind))
            .bind(id)
            .bind(changed);
        write.execute(statement).await?;
    }
    write.commit().await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX) < MARKS)
}

/// What the contract says of an entry now; null if it knows it no more.
async fn entry(source: &dyn Source, kind: EntityKind, id: &str) -> Result<Value, Error> {
    let argument = json!(id);
    let question = match kind {
        EntityKind::Organisation => ("Organisations", "organisation"),
        EntityKind::Role => ("Roles", "role"),
        EntityKind::Grant => ("Roles", "grantOf"),
        EntityKind::Identity => ("Identities", "resolve"),
        EntityKind::Node => ("Nodes", "node"),
        EntityKind::Proposal => ("Governance", "proposal"),
        EntityKind::Chain => ("Chains", "chain"),
        EntityKind::Ledger => ("Ledgers", "ledger"),
        EntityKind::Office => ("Offices", "office"),
        EntityKind::Opening => ("Offices", "opening"),
    };
    let argument = match kind {
        EntityKind::Ledger => view(source, ("Ledgers", "nameOf"), &[argument], None)
            .await?
            .unwrap_or_default(),
        _ => argument,
    };
    if argument.is_null() {
        return Ok(Value::Null);
    }
    let detail = view(source, question, &[argument], None).await?;
    Ok(detail.unwrap_or_default())
}

fn name_of<'a>(kind: EntityKind, id: &'a str, detail: &'a Value) -> &'a str {
    let name = match kind {
        EntityKind::Identity => &detail["did"],
        EntityKind::Proposal => &detail["title"],
        EntityKind::Chain => &detail["info"]["name"],
        EntityKind::Opening => &detail["caseNumber"],
        _ => &detail["name"],
    };
    name.as_str().filter(|name| !name.is_empty()).unwrap_or(id)
}

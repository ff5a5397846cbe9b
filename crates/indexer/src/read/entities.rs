//! The registries of the city.

use super::{
    Entity, EntityFilter, EntityKind, Page, PageRequest, Reader,
    cursor::{Part, page},
};
use crate::{
    Error,
    batch::kind_name,
    database::{Row, Statement, Value},
    place::parts,
    store::MAIN_LEDGER,
};

/// Asks for the ledger apart: after a join PostgreSQL would sort the whole registry, for it does not know that one ledger matches.
const ENTITY: &str = "SELECT e.rank, e.id, e.name, e.status, e.changed_position, e.detail FROM entities e \
                      WHERE e.ledger = (SELECT id FROM ledgers WHERE name = $1) AND e.kind = $2 AND";

/// Above every id: they are digits and small letters.
const ID_FIRST: &str = "~";

impl Reader {
    /// Entries of a registry, the newest first.
    ///
    /// # Errors
    /// [`Error::Cursor`] and [`Error::Database`].
    pub async fn entities(
        &self,
        kind: EntityKind,
        filter: &EntityFilter,
        request: &PageRequest,
    ) -> Result<Page<Entity>, Error> {
        let after = request.after([Part::Number(i64::MAX), Part::Text(ID_FIRST.to_owned())])?;
        let status = filter.status.map_or("", |_| "AND e.status = $6");
        let statement = Statement::new(format!(
            "{ENTITY} (e.rank, e.id) < ($3, $4) {status} ORDER BY e.rank DESC, e.id DESC LIMIT $5"
        ));
        let statement = statement
            .bind(MAIN_LEDGER)
            .bind(kind_name(kind))
            .bind_all(after.map(Value::from))
            .bind(request.count_and_one())
            .bind_all(filter.status.map(Value::from));
        let rows = self.database.rows(statement).await?;
        let keyed: Result<Vec<_>, Error> = rows.into_iter().map(|row| entity_of(kind, row)).collect();
        Ok(page(keyed?, request.count()))
    }

    /// An entry of a registry.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn entity(&self, kind: EntityKind, id: &str) -> Result<Option<Entity>, Error> {
        let statement = Statement::new(format!("{ENTITY} e.id = $3"));
        let statement = statement.bind(MAIN_LEDGER).bind(kind_name(kind)).bind(id);
        let row = self.database.row(statement).await?;
        Ok(row
            .map(|row| entity_of(kind, row))
            .transpose()?
            .map(|(_, entity)| entity))
    }
}

fn entity_of(kind: EntityKind, mut row: Row) -> Result<([Part; 2], Entity), Error> {
    let (rank, id): (i64, String) = (row.take()?, row.take()?);
    let name: String = row.take()?;
    let status = row.take()?;
    let changed: i64 = row.take()?;
    let detail: String = row.take()?;
    let entity = Entity {
        kind,
        name: if name.is_empty() { id.clone() } else { name },
        id: id.clone(),
        status,
        changed: (changed >= 0).then(|| parts(changed).0),
        detail: serde_json::from_str(&detail).unwrap_or_default(),
    };
    Ok(([Part::Number(rank), Part::Text(id)], entity))
}

//! What transactions say: bytes and names in which texts may stand, for those who look for words.

use super::Reader;
use crate::{
    Error,
    database::Statement,
    place::{first_place, parts},
};
use std::collections::BTreeMap;

/// What one transaction says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its call data and the data of its events.
    pub bytes: Vec<Vec<u8>>,
    /// Names and symbols of tokens that first moved in it.
    pub names: Vec<String>,
}

impl Reader {
    /// What the transactions of a block say, by their places in it; of each piece at most so many bytes. Empty pieces are
    /// left out.
    ///
    /// # Errors
    /// [`Error::UnknownLedger`] and [`Error::Database`].
    pub async fn said(
        &self,
        ledger: &str,
        height: u64,
        bytes_max: usize,
    ) -> Result<BTreeMap<u64, Said>, Error> {
        let id = self.id(ledger).await?;
        let range = (first_place(height)?, first_place(height.saturating_add(1))?);
        let mut said: BTreeMap<u64, Said> = BTreeMap::new();
        let statements = [
            format!(
                "SELECT position, substr(input, 1, {bytes_max}) FROM transactions \
                 WHERE ledger = $1 AND position >= $2 AND position < $3 AND length(input) > 0 ORDER BY position"
            ),
            format!(
                "SELECT transaction_position, substr(data, 1, {bytes_max}) FROM events \
                 WHERE ledger = $1 AND position >= $2 AND position < $3 AND length(data) > 0 ORDER BY position"
            ),
        ];
        for statement in statements {
            let statement = Statement::new(statement).bind(id).bind(range.0).bind(range.1);
            for mut row in self.database.rows(statement).await? {
                let place: i64 = row.take()?;
                let bytes: Option<Vec<u8>> = row.take()?;
                said.entry(parts(place).1).or_default().bytes.extend(bytes);
            }
        }
        let statement = Statement::new(
            "SELECT DISTINCT m.transaction_position, k.name, k.symbol FROM transfers m JOIN tokens k \
             ON k.ledger = m.ledger AND k.address = m.token AND k.first_position = m.transaction_position \
             WHERE m.ledger = $1 AND m.position >= $2 AND m.position < $3 ORDER BY m.transaction_position",
        );
        let statement = statement.bind(id).bind(range.0).bind(range.1);
        for mut row in self.database.rows(statement).await? {
            let place: i64 = row.take()?;
            let names: [Option<String>; 2] = [row.take()?, row.take()?];
            said.entry(parts(place).1)
                .or_default()
                .names
                .extend(names.into_iter().flatten());
        }
        Ok(said)
    }
}

//! The search: by height, hash, address, id, or a piece of a name.

use super::{EntityKind, Hit, Reader};
use crate::{
    Error,
    database::{Database, Statement},
    store::MAIN_LEDGER,
};
use alloy_primitives::{Address, B256};

/// Characters of a question that count.
const QUERY_CHARACTERS_MAX: usize = 128;

/// What a search finds, at most.
const HITS_MAX: u32 = 50;

impl Reader {
    /// Finds blocks, transactions, accounts, contracts, tokens and entries of registries.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn search(&self, query: &str, limit: u32) -> Result<Vec<Hit>, Error> {
        let query: String = query.trim().chars().take(QUERY_CHARACTERS_MAX).collect();
        let limit = limit.clamp(1, HITS_MAX);
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let bare = query.strip_prefix("did:civitas:").unwrap_or(&query);
        let mut hits = Vec::new();
        if let Ok(hash) = bare.parse::<B256>() {
            self.by_hash(hash, &mut hits).await?;
        } else if let Ok(address) = bare.parse::<Address>() {
            self.by_address(address, &mut hits).await?;
        } else {
            if let Ok(number) = bare.parse::<i64>() {
                self.by_number(number, &mut hits).await?;
            }
            self.by_name(&query, limit, &mut hits).await?;
        }
        hits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(hits)
    }

    async fn by_hash(&self, hash: B256, hits: &mut Vec<Hit>) -> Result<(), Error> {
        let statement = Statement::new(
            "SELECT l.name, b.number FROM blocks b JOIN ledgers l ON l.id = b.ledger WHERE b.hash = $1",
        );
        for mut row in self.database.rows(statement.bind(hash)).await? {
            hits.push(Hit::Block {
                ledger: row.take()?,
                number: row.take()?,
                hash,
            });
        }
        let statement = Statement::new(
            "SELECT l.name FROM transactions t JOIN ledgers l ON l.id = t.ledger WHERE t.hash = $1",
        );
        for mut row in self.database.rows(statement.bind(hash)).await? {
            hits.push(Hit::Transaction {
                ledger: row.take()?,
                hash,
            });
        }
        let statement = Statement::new(format!("{ENTITY_HIT} AND e.id = $2"));
        entities(
            &self.database,
            statement.bind(MAIN_LEDGER).bind(hash.to_string()),
            hits,
        )
        .await
    }

    async fn by_address(&self, address: Address, hits: &mut Vec<Hit>) -> Result<(), Error> {
        let statement = Statement::new(
            "SELECT l.name, t.address, t.name, t.symbol FROM ledgers l JOIN tokens t ON t.ledger = l.id WHERE t.address = $1 ORDER BY l.id",
        );
        tokens(&self.database, statement.bind(address), hits).await?;
        let statement = Statement::new(
            "SELECT l.name, c.address, c.name FROM ledgers l JOIN contracts c ON c.ledger = l.id WHERE c.address = $1 ORDER BY l.id",
        );
        contracts(&self.database, statement.bind(address), hits).await?;
        let statement = Statement::new(
            "SELECT l.name FROM ledgers l JOIN accounts a ON a.ledger = l.id WHERE a.address = $1 ORDER BY l.id",
        );
        for mut row in self.database.rows(statement.bind(address)).await? {
            hits.push(Hit::Account {
                ledger: row.take()?,
                address,
            });
        }
        Ok(())
    }

    async fn by_number(&self, number: i64, hits: &mut Vec<Hit>) -> Result<(), Error> {
        let statement = Statement::new(
            "SELECT l.name, b.number, b.hash FROM ledgers l JOIN blocks b ON b.ledger = l.id WHERE b.number = $1 ORDER BY l.id",
        );
        for mut row in self.database.rows(statement.bind(number)).await? {
            hits.push(Hit::Block {
                ledger: row.take()?,
                number: row.take()?,
                hash: row.take()?,
            });
        }
        let statement = Statement::new(format!("{ENTITY_HIT} AND e.kind = 'proposal' AND e.id = $2"));
        entities(
            &self.database,
            statement.bind(MAIN_LEDGER).bind(number.to_string()),
            hits,
        )
        .await
    }

    /// By a piece of a name, in any case of letters. What begins with it comes first.
    async fn by_name(&self, query: &str, limit: u32, hits: &mut Vec<Hit>) -> Result<(), Error> {
        let folded = query.to_lowercase();
        let escaped = folded
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let (begins, contains) = (format!("{escaped}%"), format!("%{escaped}%"));
        let limit = i64::from(limit);
        let order = "CASE WHEN LOWER(n.name) LIKE $2 ESCAPE '\\' THEN 0 ELSE 1 END";
        let statement = Statement::new(format!(
            "{ENTITY_HIT} AND e.folded LIKE $2 ESCAPE '\\' ORDER BY CASE WHEN e.folded LIKE $3 ESCAPE '\\' THEN 0 ELSE 1 END, \
             e.rank DESC LIMIT $4"
        ));
        let statement = statement
            .bind(MAIN_LEDGER)
            .bind(contains.as_str())
            .bind(begins.as_str())
            .bind(limit);
        entities(&self.database, statement, hits).await?;
        let statement = Statement::new(format!(
            "SELECT l.name, n.address, n.name, n.symbol FROM ledgers l JOIN tokens n ON n.ledger = l.id \
             WHERE LOWER(n.name) LIKE $1 ESCAPE '\\' OR LOWER(n.symbol) LIKE $1 ESCAPE '\\' ORDER BY {order}, n.transfers DESC LIMIT $3"
        ));
        let statement = statement
            .bind(contains.as_str())
            .bind(begins.as_str())
            .bind(limit);
        tokens(&self.database, statement, hits).await?;
        let statement = Statement::new(format!(
            "SELECT l.name, n.address, n.name FROM ledgers l JOIN contracts n ON n.ledger = l.id \
             WHERE n.name IS NOT NULL AND LOWER(n.name) LIKE $1 ESCAPE '\\' ORDER BY {order}, n.first_position LIMIT $3"
        ));
        let statement = statement.bind(contains).bind(begins).bind(limit);
        contracts(&self.database, statement, hits).await
    }
}

const ENTITY_HIT: &str =
    "SELECT e.kind, e.id, e.name FROM entities e JOIN ledgers l ON l.id = e.ledger WHERE l.name = $1";

async fn entities(database: &Database, statement: Statement, hits: &mut Vec<Hit>) -> Result<(), Error> {
    for mut row in database.rows(statement).await? {
        let kind: String = row.take()?;
        let Some(kind) = EntityKind::named(&kind) else {
            continue;
        };
        hits.push(Hit::Entity {
            kind,
            id: row.take()?,
            name: row.take()?,
        });
    }
    Ok(())
}

async fn tokens(database: &Database, statement: Statement, hits: &mut Vec<Hit>) -> Result<(), Error> {
    for mut row in database.rows(statement).await? {
        hits.push(Hit::Token {
            ledger: row.take()?,
            address: row.take()?,
            name: row.take()?,
            symbol: row.take()?,
        });
    }
    Ok(())
}

async fn contracts(database: &Database, statement: Statement, hits: &mut Vec<Hit>) -> Result<(), Error> {
    for mut row in database.rows(statement).await? {
        hits.push(Hit::Contract {
            ledger: row.take()?,
            address: row.take()?,
            name: row.take()?,
        });
    }
    Ok(())
}

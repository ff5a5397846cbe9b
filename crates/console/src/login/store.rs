//! The database of logins: SQLite or PostgreSQL, with the same statements.
//!
//! Invariant: no secret is written; of tokens and keys only their SHA-256.

use super::{LoginError, Subject};
use sqlx::{
    AnyPool, Executor, Row,
    any::{AnyPoolOptions, AnyRow},
};
use std::str::FromStr;

/// Connections of login: sign-ins are rare, and SQLite writes one at a time.
const CONNECTIONS_MAX: u32 = 4;

/// Attempts to prepare a database that another console prepares at the same moment.
const PREPARE_ATTEMPTS: u32 = 5;

const MIGRATION: &str = include_str!("../../migrations/0001_login.sql");

/// Opens the database of logins and brings its tables up to date.
///
/// # Errors
/// It cannot be opened.
pub async fn open(url: &str) -> Result<AnyPool, LoginError> {
    Ok(open_with(url, CONNECTIONS_MAX, MIGRATION).await?)
}

/// Opens a database (`sqlite://FILE`, `postgres://…`) with at most so many connections, and runs the statements of a
/// migration, which may run again.
///
/// # Errors
/// It cannot be opened.
pub async fn open_with(url: &str, connections_max: u32, migration: &str) -> Result<AnyPool, sqlx::Error> {
    sqlx::any::install_default_drivers();
    let is_sqlite = url.starts_with("sqlite:");
    let url = match is_sqlite && !url.contains("mode=") {
        true if url.contains('?') => format!("{url}&mode=rwc"),
        true => format!("{url}?mode=rwc"),
        false => url.to_owned(),
    };
    let options = AnyPoolOptions::new()
        .max_connections(connections_max)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if is_sqlite {
                    let settings =
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;";
                    connection.execute(settings).await?;
                }
                Ok(())
            })
        });
    let pool = options.connect(&url).await?;
    prepare(&pool, migration).await?;
    Ok(pool)
}

/// Two consoles that begin together on PostgreSQL can be in each other's way; then it is tried again.
async fn prepare(pool: &AnyPool, migration: &str) -> Result<(), sqlx::Error> {
    let mut attempt = 1;
    while let Err(error) = sqlx::raw_sql(migration).execute(pool).await {
        if attempt == PREPARE_ATTEMPTS {
            return Err(error);
        }
        attempt += 1;
    }
    Ok(())
}

/// A number as the database holds it. Times and counts are far below the limit.
pub fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of a row; none of ours is negative.
pub fn number(row: &AnyRow, column: &str) -> Result<u64, sqlx::Error> {
    let integer: i64 = row.try_get(column)?;
    Ok(u64::try_from(integer).unwrap_or_default())
}

/// A text of a row.
pub fn text(row: &AnyRow, column: &str) -> Result<String, sqlx::Error> {
    row.try_get(column)
}

/// The subject of a row.
pub fn subject(row: &AnyRow) -> Result<Subject, sqlx::Error> {
    Subject::from_str(&text(row, "subject")?).map_err(|error| sqlx::Error::Decode(error.into()))
}

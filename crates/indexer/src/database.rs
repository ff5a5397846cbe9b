//! SQLite and PostgreSQL behind one face: the same statements, with `$1` for values, run on both.
//!
//! Only numbers of 64 bits, text and bytes are used, which both know alike.

mod returned;

use crate::Error;
use alloy_primitives::{Address, B256, U256};
use futures::{TryStreamExt, future::BoxFuture};
use sqlx::{
    Arguments, Column as _, Executor, Postgres, Row as _, Sqlite, TypeInfo, ValueRef,
    error::BoxDynError,
    migrate::{Migration, MigrationSource, MigrationType, Migrator},
    postgres::{PgArguments, PgPool, PgPoolOptions, PgRow},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};
use std::{str::FromStr, time::Duration};

/// Connections that read at once: pages wait for one another beyond that, in milliseconds.
const READERS_MAX: u32 = 4;

/// Connections to PostgreSQL: readers, the writers of some ledgers, and one to spare.
const POSTGRES_CONNECTIONS_MAX: u32 = 12;

/// How long a statement waits for a lock of another process.
const BUSY_TIME_MAX: Duration = Duration::from_secs(20);

/// Kibibytes of pages that a connection to SQLite keeps in memory.
const WRITER_CACHE_KIB: u32 = 48 * 1024;
const READER_CACHE_KIB: u32 = 8 * 1024;

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1001, "ledgers", include_str!("../migrations/1001_ledgers.sql")),
    (1002, "statuses", include_str!("../migrations/1002_statuses.sql")),
    (
        1003,
        "transactions by hash",
        include_str!("../migrations/1003_transactions_by_hash.sql"),
    ),
    (1004, "chains", include_str!("../migrations/1004_chains.sql")),
];

/// A value of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<u64> for Value {
    /// Beyond what a database can hold, the largest number stands.
    fn from(value: u64) -> Self {
        Self::Integer(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Address> for Value {
    fn from(value: Address) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Option<Address>> for Value {
    fn from(value: Option<Address>) -> Self {
        Self::Bytes(value.map(|address| address.to_vec()))
    }
}

impl From<B256> for Value {
    fn from(value: B256) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Option<B256>> for Value {
    fn from(value: Option<B256>) -> Self {
        Self::Bytes(value.map(|hash| hash.to_vec()))
    }
}

impl From<U256> for Value {
    fn from(value: U256) -> Self {
        Self::Bytes(Some(value.to_be_bytes_vec()))
    }
}

/// A statement with its values.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    sql: String,
    values: Vec<Value>,
    keep: bool,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            values: Vec::new(),
            keep: true,
        }
    }

    /// The value of the next `$n`.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(crate) fn bind_all(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    /// For a text that hardly comes again: it is not kept prepared.
    pub(crate) fn once(mut self) -> Self {
        self.keep = false;
        self
    }
}

/// A row that was read: values in the order of its columns.
#[derive(Debug)]
pub(crate) struct Row {
    values: std::vec::IntoIter<Value>,
}

impl Row {
    /// The next value.
    pub(crate) fn take<T: FromValue>(&mut self) -> Result<T, Error> {
        self.values
            .next()
            .and_then(T::from_value)
            .ok_or(Error::Damaged { what: T::WHAT })
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values.collect()
    }
}

/// What a value of a row can be read as.
pub(crate) trait FromValue: Sized {
    const WHAT: &'static str;
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for i64 {
    const WHAT: &'static str = "no number";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Integer(value) => value,
            _ => None,
        }
    }
}

impl FromValue for u64 {
    const WHAT: &'static str = "no count";
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for String {
    const WHAT: &'static str = "no text";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(value) => value,
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const WHAT: &'static str = "no bytes";
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(value) => value,
            _ => None,
        }
    }
}

impl FromValue for Address {
    const WHAT: &'static str = "no address";
    fn from_value(value: Value) -> Option<Self> {
        Self::try_from(Vec::from_value(value)?.as_slice()).ok()
    }
}

impl FromValue for B256 {
    const WHAT: &'static str = "no hash";
    fn from_value(value: Value) -> Option<Self> {
        Self::try_from(Vec::from_value(value)?.as_slice()).ok()
    }
}

impl FromValue for U256 {
    const WHAT: &'static str = "no amount";
    fn from_value(value: Value) -> Option<Self> {
        Self::try_from_be_slice(&Vec::from_value(value)?)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const WHAT: &'static str = T::WHAT;
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Integer(None) | Value::Text(None) | Value::Bytes(None) => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

/// The database.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres { pool: PgPool },
}

pub(crate) fn failed(what: &'static str) -> impl Fn(sqlx::Error) -> Error {
    move |source| Error::Database { what, source }
}

impl Database {
    /// Opens the database and brings its tables to this version.
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS_MAX)
                .acquire_timeout(BUSY_TIME_MAX)
                .connect(url)
                .await
                .map_err(failed("open"))?;
            let migrated = migrator().await?.run(&pool).await;
            migrated.map_err(|source| Error::Migration { source })?;
            Ok(Self::Postgres { pool })
        } else {
            Err(Error::Address { url: url.to_owned() })
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, Error> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(failed("open"))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A power cut can take the last blocks with it, never half of one: they are fetched again.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIME_MAX)
            .pragma("temp_store", "memory")
            // Pages of the log that are written back at once: while catching up, one page changes many times.
            .pragma("wal_autocheckpoint", "16000");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY_TIME_MAX)
            .after_release(|connection, _| Box::pin(returned::is_free(connection)))
            .connect_with(
                options
                    .clone()
                    .pragma("cache_size", format!("-{WRITER_CACHE_KIB}")),
            )
            .await
            .map_err(failed("open"))?;
        let migrated = migrator().await?.run(&writer).await;
        migrated.map_err(|source| Error::Migration { source })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(BUSY_TIME_MAX)
            .connect_with(options.pragma("cache_size", format!("-{READER_CACHE_KIB}")))
            .await
            .map_err(failed("open"))?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Reads.
    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite { readers, .. } => sqlite_rows(readers, statement).await,
            Self::Postgres { pool } => postgres_rows(pool, statement).await,
        }
    }

    /// Reads rows one after another, without holding all of them.
    pub(crate) async fn each(&self, sql: &str, visit: &mut (dyn FnMut(Row) + Send)) -> Result<(), Error> {
        match self {
            Self::Sqlite { readers, .. } => {
                let mut rows = sqlx::query(sql).fetch(readers);
                while let Some(row) = rows.try_next().await.map_err(failed("read"))? {
                    visit(sqlite_row(&row)?);
                }
            }
            Self::Postgres { pool } => {
                let mut rows = sqlx::query(sql).fetch(pool);
                while let Some(row) = rows.try_next().await.map_err(failed("read"))? {
                    visit(postgres_row(&row)?);
                }
            }
        }
        Ok(())
    }

    /// Reads one row.
    pub(crate) async fn row(&self, statement: Statement) -> Result<Option<Row>, Error> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Begins to write. What is not committed is undone when it is dropped.
    pub(crate) async fn begin(&self) -> Result<Write, Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Write::Sqlite(
                writer
                    .begin_with("BEGIN IMMEDIATE")
                    .await
                    .map_err(failed("begin"))?,
            ),
            Self::Postgres { pool } => Write::Postgres(pool.begin().await.map_err(failed("begin"))?),
        })
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool } => pool.close().await,
        }
    }
}

/// A database transaction.
pub(crate) enum Write {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Rows of values in one statement: enough that the way to the database does not count, and few enough that a
/// statement has less than the 32,766 values that SQLite allows.
const BULK_ROWS_MAX: usize = 128;

/// A statement over many rows of values: `before` VALUES `after`.
pub(crate) struct Bulk<'a> {
    pub(crate) before: &'a str,
    pub(crate) after: &'a str,
}

impl Write {
    /// Runs a statement over all rows, which have equally many values.
    pub(crate) async fn execute_bulk(&mut self, bulk: &Bulk<'_>, rows: Vec<Vec<Value>>) -> Result<(), Error> {
        for statement in self.statements(bulk, rows) {
            self.execute(statement).await?;
        }
        Ok(())
    }

    /// Reads by a statement over all rows, which have equally many values.
    pub(crate) async fn rows_bulk(
        &mut self,
        bulk: &Bulk<'_>,
        rows: Vec<Vec<Value>>,
    ) -> Result<Vec<Row>, Error> {
        let mut found = Vec::new();
        for statement in self.statements(bulk, rows) {
            found.extend(self.rows(statement).await?);
        }
        Ok(found)
    }

    /// Statements of 128, 64, 32... rows, so that only a few different ones are ever prepared.
    fn statements(&self, bulk: &Bulk<'_>, rows: Vec<Vec<Value>>) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let count = BULK_ROWS_MAX.min(1 << rows.len().ilog2());
            let taken: Vec<Vec<Value>> = rows.by_ref().take(count).collect();
            let columns = taken.first().map_or(0, Vec::len);
            let sql = format!("{} {} {}", bulk.before, self.places(count, columns), bulk.after);
            statements.push(Statement::new(sql).bind_all(taken.into_iter().flatten()));
        }
        statements
    }

    /// `VALUES (?, ?), (?, ?)`. SQLite takes nameless places: looking up names costs it the square of their number.
    fn places(&self, rows: usize, columns: usize) -> String {
        let mut text = String::with_capacity(rows * columns * 7 + 8);
        text.push_str("VALUES ");
        let mut number = 0_usize;
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..columns {
                number += 1;
                text.push_str(if column == 0 { "" } else { ", " });
                match self {
                    Self::Sqlite(_) => text.push('?'),
                    Self::Postgres(_) => text.push_str(&format!("${number}")),
                }
            }
            text.push(')');
        }
        text
    }

    /// Changes rows, and tells how many.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, Error> {
        match self {
            Self::Sqlite(transaction) => {
                let arguments = sqlite_arguments(statement.values)?;
                let query = sqlx::query_with(&statement.sql, arguments).persistent(statement.keep);
                let done = transaction.execute(query).await.map_err(failed("write"))?;
                Ok(done.rows_affected())
            }
            Self::Postgres(transaction) => {
                let arguments = postgres_arguments(statement.values)?;
                let query = sqlx::query_with(&statement.sql, arguments).persistent(statement.keep);
                let done = transaction.execute(query).await.map_err(failed("write"))?;
                Ok(done.rows_affected())
            }
        }
    }

    pub(crate) async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(transaction) => sqlite_rows(&mut **transaction, statement).await,
            Self::Postgres(transaction) => postgres_rows(&mut **transaction, statement).await,
        }
    }

    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await.map_err(failed("commit")),
            Self::Postgres(transaction) => transaction.commit().await.map_err(failed("commit")),
        }
    }
}

async fn sqlite_rows<'e, E: Executor<'e, Database = Sqlite>>(
    executor: E,
    statement: Statement,
) -> Result<Vec<Row>, Error> {
    let arguments = sqlite_arguments(statement.values)?;
    let query = sqlx::query_with(&statement.sql, arguments).persistent(statement.keep);
    let rows = query.fetch_all(executor).await.map_err(failed("read"))?;
    rows.iter().map(sqlite_row).collect()
}

async fn postgres_rows<'e, E: Executor<'e, Database = Postgres>>(
    executor: E,
    statement: Statement,
) -> Result<Vec<Row>, Error> {
    let arguments = postgres_arguments(statement.values)?;
    let query = sqlx::query_with(&statement.sql, arguments).persistent(statement.keep);
    let rows = query.fetch_all(executor).await.map_err(failed("read"))?;
    rows.iter().map(postgres_row).collect()
}

fn bound(result: Result<(), BoxDynError>) -> Result<(), Error> {
    result.map_err(|error| Error::Database {
        what: "take a value",
        source: sqlx::Error::Encode(error),
    })
}

fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments<'static>, Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        bound(match value {
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        })?;
    }
    Ok(arguments)
}

fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, Error> {
    let mut arguments = PgArguments::default();
    for value in values {
        bound(match value {
            Value::Integer(value) => arguments.add(value),
            // PostgreSQL keeps no zero character in text.
            Value::Text(value) => arguments.add(value.map(|text| text.replace('\0', ""))),
            Value::Bytes(value) => arguments.add(value),
        })?;
    }
    Ok(arguments)
}

fn sqlite_row(row: &SqliteRow) -> Result<Row, Error> {
    let mut values = Vec::with_capacity(row.len());
    for index in 0..row.len() {
        let raw = row.try_get_raw(index).map_err(failed("read"))?;
        values.push(if raw.is_null() {
            Value::Integer(None)
        } else if raw.type_info().name() == "TEXT" {
            Value::Text(Some(row.try_get_unchecked(index).map_err(failed("read"))?))
        } else if raw.type_info().name() == "BLOB" {
            Value::Bytes(Some(row.try_get_unchecked(index).map_err(failed("read"))?))
        } else {
            Value::Integer(Some(row.try_get_unchecked(index).map_err(failed("read"))?))
        });
    }
    Ok(Row {
        values: values.into_iter(),
    })
}

fn postgres_row(row: &PgRow) -> Result<Row, Error> {
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        values.push(match column.type_info().name() {
            "TEXT" => Value::Text(row.try_get(index).map_err(failed("read"))?),
            "BYTEA" => Value::Bytes(row.try_get(index).map_err(failed("read"))?),
            "INT4" => {
                let number: Option<i32> = row.try_get(index).map_err(failed("read"))?;
                Value::Integer(number.map(i64::from))
            }
            _ => Value::Integer(row.try_get(index).map_err(failed("read"))?),
        });
    }
    Ok(Row {
        values: values.into_iter(),
    })
}

#[derive(Debug)]
struct Embedded;

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let migrations = MIGRATIONS.iter().map(|(version, name, sql)| {
            Migration::new(
                *version,
                (*name).into(),
                MigrationType::Simple,
                (*sql).into(),
                false,
            )
        });
        let migrations: Vec<Migration> = migrations.collect();
        Box::pin(async move { Ok(migrations) })
    }
}

async fn migrator() -> Result<Migrator, Error> {
    let mut migrator = Migrator::new(Embedded)
        .await
        .map_err(|source| Error::Migration { source })?;
    // Other parts of the console may keep tables of their own in the same database.
    migrator.set_ignore_missing(true);
    Ok(migrator)
}

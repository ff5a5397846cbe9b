//! Which of several indexers at one database writes.
//!
//! Consoles that share a PostgreSQL each have an indexer; that all of them fetch and one of them writes would only cost
//! the nodes. The one that leads holds an advisory lock of the database, by a connection of its own: when its process,
//! its machine or its link ends, so does the lock, and another takes over.
//!
//! Exactly-once does not rest on it: every batch is written only if the index is still where it was read (`write`), so
//! that two that both believe to lead for a moment count nothing twice.

use crate::{
    Error,
    database::{Database, failed},
};
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;
use tokio::{sync::watch, time::timeout};

/// How often who leads looks whether it still does, and others whether they can.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long the database may take for that until the lead counts as lost.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);

/// The advisory lock of who writes the index: "civitas" in ASCII, and a number. Locks are counted by database.
const LEAD_LOCK: i64 = 0x6369_7669_7461_7301;

/// The right to write the index, which ends with this value.
#[derive(Debug)]
pub(crate) enum Lead {
    /// A SQLite file belongs to one console.
    Alone,
    /// An advisory lock, held by this connection.
    Locked(Box<PgConnection>),
}

impl Lead {
    /// Whether it still stands.
    pub(crate) async fn stands(&mut self) -> bool {
        match self {
            Self::Alone => true,
            Self::Locked(connection) => connection.ping().await.is_ok(),
        }
    }
}

impl Database {
    /// Takes the lead among the indexers at this database, if none has it.
    pub(crate) async fn try_lead(&self) -> Result<Option<Lead>, Error> {
        let Self::Postgres { pool } = self else {
            return Ok(Some(Lead::Alone));
        };
        // Not one of the pool, which would take it back.
        let mut connection = PgConnection::connect_with(&pool.connect_options())
            .await
            .map_err(failed("open"))?;
        let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(LEAD_LOCK)
            .fetch_one(&mut connection)
            .await
            .map_err(failed("lock"))?;
        Ok(locked.then(|| Lead::Locked(Box::new(connection))))
    }
}

/// Keeps `leads` true while this process leads, for ever.
pub(crate) async fn keep(database: Database, leads: watch::Sender<bool>) {
    let mut held = None;
    loop {
        held = match held {
            None => timeout(ANSWER_TIME_MAX, database.try_lead())
                .await
                .unwrap_or(Ok(None)),
            Some(lead) => Ok(confirmed(lead).await),
        }
        .unwrap_or_else(|error: Error| {
            tracing::warn!(%error, "it is not known who leads the index");
            None
        });
        let is_leading = held.is_some();
        if leads.send_replace(is_leading) != is_leading {
            tracing::info!(is_leading, "who writes the index has changed");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// The lead, if it still stands.
async fn confirmed(mut lead: Lead) -> Option<Lead> {
    let stands = timeout(ANSWER_TIME_MAX, lead.stands()).await.unwrap_or(false);
    stands.then_some(lead)
}

//! Records of who read what about whom, and of orders to nodes: in the console's database, for the audit trail and for
//! the people whom it concerns.
//!
//! Invariant: what is about people is shown only after its record is written; a console that cannot write records shows
//! nothing about people.

use crate::{
    login::{Session, store::open_with},
    problem::{Problem, of_database},
    time::now,
};
use sqlx::{AnyPool, Row};
use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

const MIGRATION: &str = include_str!("../migrations/0002_reads.sql");
/// Connections: records are short.
const CONNECTIONS_MAX: u32 = 2;
/// Seconds within which the same person reads the same again without a new record: pages refresh themselves.
const SAME_READ_SECONDS: u64 = 300;
/// Reads that are remembered for that; when it is full, all are forgotten, which only makes more records.
const REMEMBERED_MAX: usize = 50_000;
/// Columns of a record.
const COLUMNS: usize = 7;

/// Rows of one statement.
const ROWS_MAX: usize = 100;
/// Seconds for which records are kept: 400 days, so that a yearly audit finds them.
const KEPT_SECONDS: u64 = 400 * 24 * 3_600;

/// The records.
pub struct Reads {
    pool: AnyPool,
    counter: AtomicU64,
    /// Tells consoles at one database apart; process ids of containers are all alike.
    instance: u16,
    remembered: Mutex<HashMap<String, u64>>,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Grows with time.
    pub id: String,
    /// Seconds since 1970.
    pub at: u64,
    /// `read` or `operation`.
    pub kind: String,
    /// Who.
    pub actor: String,
    /// What was read or ordered.
    pub what: String,
    /// The identity that it is about; empty for none.
    pub subject: String,
}

/// Which records.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// About this identity.
    pub subject: Option<&'a str>,
    /// Of this kind.
    pub kind: Option<&'a str>,
    /// By this person.
    pub actor: Option<&'a str>,
    /// Before this record.
    pub before: Option<&'a str>,
    /// How many.
    pub limit: u32,
}

impl Reads {
    /// Opens the database, and forgets what is too old.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        let pool = open_with(url, CONNECTIONS_MAX, MIGRATION).await?;
        let reads = Self {
            pool,
            counter: AtomicU64::new(0),
            instance: rand::random(),
            remembered: Mutex::default(),
        };
        reads.prune().await?;
        Ok(reads)
    }

    /// Forgets records that are too old. Run now and then.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn prune(&self) -> Result<(), sqlx::Error> {
        let oldest = integer(now().saturating_sub(KEPT_SECONDS));
        sqlx::query("DELETE FROM console_read WHERE at < $1")
            .bind(oldest)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Records that somebody read `what` about these identities (none: about nobody in particular).
    ///
    /// # Errors
    /// The database does not answer: nothing may be shown.
    pub async fn note(
        &self,
        session: Option<&Session>,
        what: &str,
        subjects: &[String],
    ) -> Result<(), Problem> {
        let actor = actor(session);
        let nobody = [String::new()];
        let subjects = if subjects.is_empty() { &nobody } else { subjects };
        let new: Vec<&String> = subjects
            .iter()
            .filter(|subject| !self.is_known(&actor, what, subject))
            .collect();
        for part in new.chunks(ROWS_MAX) {
            let subjects: Vec<&str> = part.iter().map(|subject| subject.as_str()).collect();
            self.insert("read", session, what, &subjects).await?;
        }
        // Only what was written needs no second record.
        self.remember(&actor, what, &new);
        Ok(())
    }

    /// Records an order to a node, before it is carried out.
    ///
    /// # Errors
    /// The database does not answer: nothing may be done.
    pub async fn order(&self, session: Option<&Session>, what: &str) -> Result<(), Problem> {
        self.insert("operation", session, what, &[""]).await
    }

    async fn insert(
        &self,
        kind: &str,
        session: Option<&Session>,
        what: &str,
        subjects: &[&str],
    ) -> Result<(), Problem> {
        let at = now();
        // Numbered places: both databases know them.
        let places: Vec<String> = (0..subjects.len())
            .map(|row| {
                let numbers = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column));
                format!("({})", numbers.collect::<Vec<_>>().join(", "))
            })
            .collect();
        let statement = format!(
            "INSERT INTO console_read (id, at, kind, actor, session, what, subject) VALUES {}",
            places.join(", ")
        );
        let mut query = sqlx::query(&statement);
        for subject in subjects {
            query = query
                .bind(self.next_id())
                .bind(integer(at))
                .bind(kind.to_owned())
                .bind(actor(session))
                .bind(session.map(|session| session.id.clone()).unwrap_or_default())
                .bind(what.to_owned())
                .bind((*subject).to_owned());
        }
        query
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(|error| unavailable(&error))
    }

    fn next_id(&self) -> String {
        let micros = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_micros();
        let count = self.counter.fetch_add(1, Ordering::Relaxed) & 0xffff;
        format!("{micros:016x}{count:04x}{:04x}", self.instance)
    }

    fn is_known(&self, actor: &str, what: &str, subject: &str) -> bool {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let last = remembered.get(&format!("{actor}\n{what}\n{subject}"));
        last.is_some_and(|last| now() < last.saturating_add(SAME_READ_SECONDS))
    }

    fn remember(&self, actor: &str, what: &str, subjects: &[&String]) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        for subject in subjects {
            remembered.insert(format!("{actor}\n{what}\n{subject}"), now());
        }
    }

    /// Records, newest first.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn records(&self, wanted: &Wanted<'_>) -> Result<Vec<Record>, Problem> {
        let mut statement =
            "SELECT id, at, kind, actor, what, subject FROM console_read WHERE 1 = 1".to_owned();
        let mut values = Vec::new();
        let conditions = [
            (" AND subject = ", wanted.subject),
            (" AND kind = ", wanted.kind),
            (" AND actor = ", wanted.actor),
            (" AND id < ", wanted.before),
        ];
        for (text, value) in conditions {
            if let Some(value) = value {
                values.push(value);
                statement.push_str(&format!("{text}${}", values.len()));
            }
        }
        statement.push_str(&format!(" ORDER BY id DESC LIMIT ${}", values.len() + 1));
        let query = values.into_iter().fold(sqlx::query(&statement), |query, value| {
            query.bind(value.to_owned())
        });
        let rows = query
            .bind(i64::from(wanted.limit))
            .fetch_all(&self.pool)
            .await
            .map_err(|error| unavailable(&error))?;
        let record = |row: &sqlx::any::AnyRow| {
            Ok(Record {
                id: row.try_get("id")?,
                at: u64::try_from(row.try_get::<i64, _>("at")?).unwrap_or_default(),
                kind: row.try_get("kind")?,
                actor: row.try_get("actor")?,
                what: row.try_get("what")?,
                subject: row.try_get("subject")?,
            })
        };
        let records: Result<Vec<Record>, sqlx::Error> = rows.iter().map(record).collect();
        records.map_err(|error| unavailable(&error))
    }

    /// Whether the database answers.
    pub async fn answers(&self) -> bool {
        sqlx::query("SELECT 1").execute(&self.pool).await.is_ok()
    }
}

/// Who a session is, in records.
pub fn actor(session: Option<&Session>) -> String {
    session.map_or_else(|| "guest".to_owned(), |session| session.subject.to_string())
}

fn unavailable(error: &sqlx::Error) -> Problem {
    of_database("the records of the console", error)
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_read_is_recorded_once_and_found_by_whom_it_concerns() {
        let folder = std::env::temp_dir().join(format!("civitas-reads-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let reads = Reads::open(&format!("sqlite://{}", folder.join("reads.db").display()))
            .await
            .unwrap();
        let subjects = ["0xaa".to_owned(), "0xbb".to_owned()];
        reads.note(None, "identities", &subjects).await.unwrap();
        reads.note(None, "identities", &subjects).await.unwrap();
        reads.order(None, "stop node1").await.unwrap();
        let all = reads
            .records(&Wanted {
                limit: 10,
                ..Wanted::default()
            })
            .await
            .unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].what, "stop node1");
        let own = reads
            .records(&Wanted {
                subject: Some("0xaa"),
                limit: 10,
                ..Wanted::default()
            })
            .await
            .unwrap();
        assert_eq!(own.len(), 1);
        assert_eq!(own[0].actor, "guest");
        let before = reads
            .records(&Wanted {
                before: Some(&all[0].id),
                limit: 1,
                ..Wanted::default()
            })
            .await
            .unwrap();
        assert_eq!(before[0].id, all[1].id);
        std::fs::remove_dir_all(folder).unwrap();
    }
}

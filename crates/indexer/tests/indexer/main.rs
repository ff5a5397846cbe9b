//! The index through its public interface, on SQLite and on PostgreSQL: of our ledgers, and of foreign chains.

#![expect(clippy::unwrap_used, reason = "a run that meets a surprise has failed")]

mod attested;
mod databases;
mod foreign;
mod generated;
mod index;
mod stops;

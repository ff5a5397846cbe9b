//! The console through its public interface: its endpoints, and what it keeps in its databases.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod authorization;
mod cases;
mod consoles;
#[path = "../../../indexer/tests/indexer/databases.rs"]
mod databases;
mod login;
mod openapi;
mod provider;
mod situation;
mod story;
mod supervision;

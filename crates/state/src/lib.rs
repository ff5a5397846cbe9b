//! State and history of a ledger.
mod blocking;
mod change;
mod config;
mod key;
mod record;
mod value;
mod wire;

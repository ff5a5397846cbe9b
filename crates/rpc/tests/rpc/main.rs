//! The service through its public interface: over a fake ledger, with real sockets where a test is about them.

mod doubles;
mod fixture;
mod requests;
mod server;
mod subscriptions;

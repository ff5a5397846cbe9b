//! The service through its public interface: over a fake ledger, with real sockets where a test is about them.

#![expect(
    clippy::unwrap_used,
    reason = "what a double or a fixture cannot do is a failed test"
)]

mod authorization;
mod doubles;
mod fixture;
mod paths;
mod requests;
mod server;
mod subscriptions;

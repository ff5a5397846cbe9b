//! Execution through its public interface: our own blocks and calls, and what Ethereum's judges know of them.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, also in its helpers"
)]

mod calls;
mod city;
mod ethereum_chain;
mod execution;
mod state_tests;
mod support;

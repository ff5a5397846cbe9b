//! The methods that execute the EVM, through the public interface.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on must stop, also in its helpers"
)]

mod chain;
mod judges;
#[path = "../../../evm/tests/support/mod.rs"]
mod support;

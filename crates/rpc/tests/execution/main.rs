//! The methods that execute the EVM, through the public interface.

mod chain;
mod judges;
#[path = "../../../evm/tests/support/mod.rs"]
mod support;

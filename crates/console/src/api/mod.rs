//! What clients of the console send and see. Inner types are turned into these by hand in [`crate::routes`], so that
//! the inside stays free to change; `console/openapi.json` and the TypeScript client are generated from them.
//!
//! Heights and counts are numbers, amounts are decimal strings, times are ISO 8601, hashes and addresses are `0x`…,
//! enums are the names of the Solidity interfaces.

pub mod activity;
pub mod cases;
pub mod chains;
pub mod content;
pub mod contracts;
pub mod explorer;
pub mod flows;
pub mod governance;
pub mod identities;
pub mod operations;
pub mod overview;
pub mod page;
pub mod roles;
pub mod situation;
pub mod sources;
pub mod supervision;
pub mod tokens;
pub mod transactions;

//! Follows every ledger of a city by JSON-RPC into a relational store, exactly once, and answers the questions of the console.

pub mod read;

//! The questions that the index answers: typed, and paged by a cursor that keeps its place while new blocks come.

mod types;

pub use types::*;

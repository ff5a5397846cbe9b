//! The desk of the regulator: cases with their evidence, commands to chains, notices to organisations, and reports.
//!
//! ```text
//!  Cases (main ledger) ──▶ desk ──▶ view, timeline ──▶ pages
//!  index (events, blocks of chains) ───────┘  └──────▶ report ──▶ CSV, PDF
//!  findings ──▶ canonical ──▶ evidence
//! ```
//!
//! Invariant: what is shown of a case is what the contract says; the index only adds where and when it stands on a ledger.
//! The console decides nothing and signs nothing.

pub mod canonical;
pub mod csv;
pub mod desk;
mod font;
pub mod kept;
pub mod pdf;
mod period;
pub mod report;
pub mod sheet;
pub mod store;
pub mod subjects;
pub mod timeline;
pub mod view;

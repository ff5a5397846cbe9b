//! Supervision of all chains of the city: rules that judge what happens, back-tests over history, and the search for
//! words. A pure core, so that production, back-test and simulation are the same.
//!
//! ```text
//!  rows of the index ──────────┐                   ┌─▶ findings: figures against limits, evidence
//!  blocks of foreign chains ───┴▶ Event ─▶ Engine ─┤
//!                                 ▲   rules, lists └─▶ notices: what may have been missed
//!  texts ─▶ content::Matcher ─────┘ categories
//! ```
//!
//! - [`Event`] is what happened, in one form for all chains; [`foreign`] makes them of the blocks of foreign chains.
//! - [`Rule`] is written by people in a typed part of CEL with windows over time; `docs/operator/supervision.md` is its
//!   manual. A rule that does not fit is refused with the place, what was expected and what was found.
//! - [`Engine`] takes events in and gives [`Finding`]s. Its memory is bounded by [`Limits`]; what it had to give up is
//!   reported as [`Notice`]s.
//! - [`detectors`] are rules that come with the product; [`backtest`] runs rules over history.
//! - [`content`] finds the words of a thesaurus however they are disguised, and masks them.
//!
//! ```
//! use civitas_supervision::{Amount, Engine, Event, Kind, Limits, Lists, Party, RuleFile};
//!
//! let file: RuleFile = toml::from_str(r#"
//!     [[rule]]
//!     id = "large-payment"
//!     version = 1
//!     owner = "Financial supervision"
//!     legal_basis = "Decision 7"
//!     severity = "high"
//!     mode = "active"
//!     when = "event.kind == 'transfer'"
//!     subject = "from.account"
//!     condition = "paid >= 50000"
//!     title = { zh = "大额付款", en = "Large payments" }
//!     text = { zh = "{subject} 一天付出 {paid}", en = "{subject} paid {paid} in a day" }
//!     define = { paid = "sum(event.amount, from.account, '24h')" }
//! "#)?;
//! let mut engine = Engine::new(&file.rule, Lists::new(), Limits::default())?;
//! let mut findings = Vec::new();
//! for number in 0..6 {
//!     let mut event = Event::new("bank".into(), Kind::Transfer, format!("bank/{number}").as_str().into());
//!     event.time = 1_000 + number;
//!     event.from = Some(Party::unknown("0x01").into());
//!     event.amount = Some(Amount::units(10_000));
//!     engine.observe(&event, &mut findings);
//! }
//! assert_eq!(findings[0].text.en, "0x01 paid 50000 in a day");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It will never read a clock, a socket or a disk, decide what follows from a finding, or hold anything about a person
//! that its events do not bring.

pub mod backtest;
mod compiled;
pub mod content;
#[cfg(any(test, feature = "test-support"))]
pub mod corpus;
pub mod detectors;
mod engine;
mod error;
mod event;
mod finding;
pub mod foreign;
mod language;
mod lists;
mod rule;
mod subjects;
#[cfg(test)]
mod tests;
mod window;

pub use engine::{AHEAD_SECONDS_MAX, Engine, Limits, Notice, NoticeKind, RULES_MAX, Statistics};
pub use error::{EventError, Fault, Position, RuleError, ThesaurusError};
pub use event::{Amount, Event, Identity, Kind, Party, Text};
pub use finding::{FINDING_EVIDENCE_MAX, Figure, Finding};
pub use language::{EXPRESSION_BYTES_MAX, NODES_MAX, STEPS_MAX, Type, WINDOWS_MAX};
pub use lists::{List, Lists};
pub use rule::{Mode, Rule, RuleFile, Severity, Words};
pub use window::{Aggregate, DISTINCT_MAX, EVIDENCE_MAX, Losses};

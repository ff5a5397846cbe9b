//! Governance of content: a thesaurus, its words found in texts however they are written, and what a reader may see.
//!
//! ```text
//!  thesaurus (version, hash on the ledger) ─▶ forms of each word ─▶ automaton ─┐
//!                                                                              ▼
//!  text ─▶ normalised, each character with its place ─▶ candidates ─▶ compared exactly ─▶ matches ─▶ masks by role
//! ```
//!
//! What is found: other width and case, combining and invisible marks, traditional characters, look-alike letters,
//! digits for letters, separators between characters, characters taken apart (as the thesaurus says), pinyin wholly or
//! in part. What is not found: homophones and slang that the thesaurus does not name as variants, words in pictures,
//! and words that only their meaning gives away.

mod forms;
mod mask;
mod matcher;
mod normalise;
#[cfg(any(test, feature = "test-support"))]
pub mod sample;
#[cfg(test)]
mod tests;
mod texts;
mod thesaurus;

pub use forms::Disguise;
pub use mask::{MASK, View, mask};
pub use matcher::{Match, Matcher, Scan, TEXT_BYTES_MAX};
pub use texts::texts;
pub use thesaurus::{Action, Category, Thesaurus, WORD_CHARACTERS_MAX, WORDS_MAX, Word};

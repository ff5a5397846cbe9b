//! Words of a thesaurus in what a candidate chain says: call data, data of events, names and symbols of tokens.
//!
//! Invariant: a report names categories and places, never a word or what stands around it. Who reads it is not who may
//! read the words.

use super::Origin;
use crate::attach::inspection::Verdict;
use alloy_primitives::B256;
use civitas_ports::ForeignTransaction;
use civitas_supervision::content::{Action, Category, Matcher, texts};
use serde::Serialize;
use std::collections::BTreeSet;

/// Hits that stand in a report; beyond, a chain is looked at by other means. All are counted.
const HITS_SHOWN_MAX: usize = 200;

/// Where words stand in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Place {
    CallData,
    EventData,
    /// The name or symbol of a token that it created, or moved.
    TokenName,
}

/// Words of a category at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Hit {
    #[serde(flatten)]
    origin: Origin,
    place: Place,
    /// Key of the category.
    category: String,
}

/// What was found of a category.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    /// Its key.
    category: String,
    legal_basis: String,
    action: Action,
    /// Places with words of it.
    hits: u64,
}

/// What was searched, and found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Words {
    /// Version of the thesaurus.
    version: u32,
    /// Its hash, as it stands on a ledger.
    hash: B256,
    /// Texts that were searched.
    texts: u64,
    /// Texts that were too long, or had too much in them, to be judged whole.
    texts_cut: u64,
    categories: Vec<Found>,
    /// Some of them, by their blocks.
    hits: Vec<Hit>,
}

impl Words {
    /// Nothing yet.
    pub(super) fn new(matcher: &Matcher) -> Self {
        Self {
            version: matcher.thesaurus().version,
            hash: matcher.hash(),
            texts: 0,
            texts_cut: 0,
            categories: Vec::new(),
            hits: Vec::new(),
        }
    }

    /// Searches what a transaction says, and what it left.
    pub(super) fn transaction(&mut self, matcher: &Matcher, height: u64, transaction: &ForeignTransaction) {
        let origin = Origin {
            height,
            transaction: transaction.hash,
        };
        let mut found = BTreeSet::new();
        self.bytes(matcher, &transaction.input, &mut found);
        self.note(matcher, origin, Place::CallData, &found);
        found.clear();
        for event in &transaction.events {
            self.bytes(matcher, &event.data, &mut found);
        }
        self.note(matcher, origin, Place::EventData, &found);
    }

    /// Searches what a token is called that was seen first in a transaction.
    pub(super) fn names(&mut self, matcher: &Matcher, origin: Origin, names: &[String]) {
        let mut found = BTreeSet::new();
        for name in names {
            self.text(matcher, name, &mut found);
        }
        self.note(matcher, origin, Place::TokenName, &found);
    }

    fn bytes<'a>(&mut self, matcher: &'a Matcher, bytes: &[u8], found: &mut BTreeSet<&'a str>) {
        for text in texts(bytes) {
            self.text(matcher, text, found);
        }
    }

    fn text<'a>(&mut self, matcher: &'a Matcher, text: &str, found: &mut BTreeSet<&'a str>) {
        let scan = matcher.scan(text);
        self.texts = self.texts.saturating_add(1);
        self.texts_cut = self.texts_cut.saturating_add(u64::from(scan.is_truncated));
        let categories = scan.matches.iter().filter_map(|place| matcher.category(place));
        found.extend(categories.map(|(key, _)| key));
    }

    fn note(&mut self, matcher: &Matcher, origin: Origin, place: Place, found: &BTreeSet<&str>) {
        for key in found {
            let Some(category) = matcher.thesaurus().categories.get(*key) else {
                continue;
            };
            match self.categories.iter_mut().find(|known| known.category == *key) {
                Some(known) => known.hits = known.hits.saturating_add(1),
                None => self.categories.push(Found::first(key, category)),
            }
            if self.hits.len() < HITS_SHOWN_MAX {
                self.hits.push(Hit {
                    origin,
                    place,
                    category: (*key).to_owned(),
                });
            }
        }
    }

    /// Brings what was found into an order that does not depend on that of the search.
    pub(super) fn settle(&mut self) {
        self.hits.sort_unstable();
        self.categories
            .sort_unstable_by(|left, right| left.category.cmp(&right.category));
    }

    /// Fails where the law refuses, warns where it flags or not all was judged.
    pub(super) fn verdict(&self, blocks: u64) -> (Verdict, String) {
        let searched = format!("{} texts of {blocks} blocks", self.texts);
        let cut = match self.texts_cut {
            0 => String::new(),
            cut => format!("; {cut} of them could not be judged whole"),
        };
        if self.categories.is_empty() {
            let verdict = match self.texts_cut == 0 && blocks > 0 {
                true => Verdict::Pass,
                false => Verdict::Warn,
            };
            return (verdict, format!("none in {searched}{cut}"));
        }
        let verdict = self.categories.iter().map(|found| match found.action {
            Action::Refuse => Verdict::Fail,
            Action::Flag => Verdict::Warn,
        });
        let told = self.categories.iter().map(|found| {
            let action = match found.action {
                Action::Refuse => "refused",
                Action::Flag => "flagged",
            };
            let first = self.hits.iter().find(|hit| hit.category == found.category);
            let place = first.map_or(String::new(), |hit| {
                let Origin { height, transaction } = hit.origin;
                format!(", as in block {height}, transaction {transaction}")
            });
            format!("{} places with {} ({action}{place})", found.hits, found.category)
        });
        let told: Vec<String> = told.collect();
        (
            verdict.max().unwrap_or(Verdict::Warn),
            format!("{} in {searched}{cut}", told.join("; ")),
        )
    }
}

impl Found {
    fn first(key: &str, category: &Category) -> Self {
        Self {
            category: key.to_owned(),
            legal_basis: category.legal_basis.clone(),
            action: category.action,
            hits: 1,
        }
    }
}

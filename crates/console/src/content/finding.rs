//! Words in what comes into the index: which categories a transaction matches, and what is found of it.

use civitas_indexer::{
    Error, Reader,
    read::{PastBlock, Said},
};
use civitas_supervision::{
    Event, Finding, Mode, Text, Words,
    content::{Matcher, texts},
};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of each piece that are searched: as many as nodes search of call data.
pub const SEARCHED_BYTES_MAX: usize = 128 * 1024;
/// Before the key of a category, in the name of the rule of a finding.
const RULE_PREFIX: &str = "content:";

/// Keys of the categories that what a transaction says matches.
pub fn categories(matcher: &Matcher, said: &Said) -> BTreeSet<String> {
    let bytes = said.bytes.iter().flat_map(|bytes| texts(bytes));
    let names = said.names.iter().map(String::as_str);
    let mut found = BTreeSet::new();
    for text in bytes.chain(names) {
        for place in matcher.scan(text).matches {
            found.extend(matcher.category(&place).map(|(key, _)| key.to_owned()));
        }
    }
    found
}

/// Keys of categories by the places of the transactions that match them.
pub type Found = BTreeMap<u64, BTreeSet<String>>;

/// Looks for words in what the transactions of a block say.
///
/// # Errors
/// The index does not answer.
pub async fn of_block(
    index: &Reader,
    matcher: Option<&Matcher>,
    ledger: &str,
    block: &PastBlock,
) -> Result<Found, Error> {
    let Some(matcher) = matcher.filter(|_| !block.transactions.is_empty()) else {
        return Ok(Found::new());
    };
    let said = index.said(ledger, block.number, SEARCHED_BYTES_MAX).await?;
    let found = said
        .iter()
        .map(|(index, said)| (*index, categories(matcher, said)));
    Ok(found.filter(|(_, categories)| !categories.is_empty()).collect())
}

/// The categories that the transaction of an event matches; its id names the ledger, the height and the place.
pub fn of_event(found: &Found, event: &Event) -> Vec<Text> {
    if found.is_empty() {
        return Vec::new();
    }
    let place = event.id.split('/').nth(2).and_then(|place| place.parse().ok());
    let categories = place.and_then(|place: u64| found.get(&place));
    categories
        .into_iter()
        .flatten()
        .map(|key| key.as_str().into())
        .collect()
}

/// The transaction in which words were found.
pub struct Place<'a> {
    /// The ledger.
    pub ledger: &'a str,
    /// The block.
    pub height: u64,
    /// Its place in the block.
    pub index: u64,
    /// Whom it is about: the identity of who sent it, or the account.
    pub subject: &'a str,
    /// Seconds since 1970.
    pub time: u64,
}

/// The finding of a category; it never says the word.
pub fn of_category(matcher: &Matcher, key: &str, place: &Place<'_>) -> Option<Finding> {
    let category = matcher.thesaurus().categories.get(key)?;
    let event = Text::from(format!("{}/{}/{}", place.ledger, place.height, place.index));
    Some(Finding {
        rule: format!("{RULE_PREFIX}{key}"),
        version: matcher.thesaurus().version,
        severity: category.severity,
        mode: Mode::Active,
        legal_basis: category.legal_basis.clone(),
        subject: place.subject.to_owned(),
        chain: place.ledger.into(),
        event: event.clone(),
        time: place.time,
        title: category.title.clone(),
        text: Words::new("交易中有该类别的词语", "A transaction has words of this category"),
        figures: Vec::new(),
        evidence: vec![event],
        suppressed: 0,
    })
}

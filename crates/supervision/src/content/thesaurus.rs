//! The thesaurus: words in categories, each category with its legal basis, in versions whose hash stands on the ledger.
//! So anyone can check which words were looked for on a day, and nobody can add one in secret.

use crate::{Severity, error::ThesaurusError, rule::Words};
use alloy_primitives::{B256, keccak256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Words of a thesaurus: twice what the largest published ones have. A word takes about 1 KiB with its disguises.
pub const WORDS_MAX: usize = 200_000;
/// Characters of a word: longer ones are sentences, which their first words find as well.
pub const WORD_CHARACTERS_MAX: usize = 48;
/// Says what is hashed, so that no other document has the same hash.
const DOMAIN: &[u8] = b"civitas thesaurus 1";

/// What happens to a transaction on our ledgers that has a word of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is not ordered.
    Refuse,
    /// It is ordered, and found.
    Flag,
}

/// Why words are looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its name.
    pub title: Words,
    /// The law, regulation or decision that names what is looked for.
    pub legal_basis: String,
    /// How grave it is.
    pub severity: Severity,
    /// What follows.
    pub action: Action,
}

const fn yes() -> bool {
    true
}

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The word, in simplified or traditional characters, or in letters.
    pub text: String,
    /// The key of its category.
    pub category: String,
    /// Whether it is found when it is written in pinyin, wholly or in part. Switch it off for a word whose pinyin
    /// means something else as well (`women`).
    #[serde(default = "yes")]
    pub pinyin: bool,
    /// Other ways to write it that no rule yields: homophones, slang.
    #[serde(default)]
    pub variants: Vec<String>,
}

/// A version of the thesaurus.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thesaurus {
    /// From 1.
    pub version: u32,
    /// Categories by key.
    pub categories: BTreeMap<String, Category>,
    /// Words.
    pub words: Vec<Word>,
    /// Contexts in which a word means something else: a match inside of one is none.
    #[serde(default)]
    pub exceptions: Vec<String>,
    /// How characters are taken apart in disguises: 法 as 氵去.
    #[serde(default)]
    pub compositions: BTreeMap<char, String>,
}

impl Thesaurus {
    /// Reads one that is written as TOML, or as a JSON object.
    ///
    /// # Errors
    /// [`ThesaurusError::Malformed`], with the place.
    pub fn parse(text: &str) -> Result<Self, ThesaurusError> {
        let malformed = |reason: String| ThesaurusError::Malformed { reason };
        match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text).map_err(|error| malformed(error.to_string())),
            false => toml::from_str(text).map_err(|error| malformed(error.to_string())),
        }
    }

    /// Checks what does not need the words to be compiled.
    ///
    /// # Errors
    /// Too many words, and words of categories that are not there.
    pub fn check(&self) -> Result<(), ThesaurusError> {
        let count = self.words.len();
        if count > WORDS_MAX {
            return Err(ThesaurusError::TooManyWords {
                count,
                maximum: WORDS_MAX,
            });
        }
        for word in &self.words {
            if !self.categories.contains_key(&word.category) {
                return Err(ThesaurusError::UnknownCategory {
                    word: word.text.clone(),
                    category: word.category.clone(),
                });
            }
        }
        Ok(())
    }

    /// The hash that the ledger keeps: Keccak-256 over all parts, each with its length before it, words and exceptions
    /// sorted. The order in which a file names them does not matter; anything else does.
    pub fn hash(&self) -> B256 {
        let mut bytes = Canonical(DOMAIN.to_vec());
        bytes.number(u64::from(self.version));
        bytes.count(self.categories.len());
        for (key, category) in &self.categories {
            bytes.text(key);
            bytes.text(&category.title.zh);
            bytes.text(&category.title.en);
            bytes.text(&category.legal_basis);
            bytes.text(match category.severity {
                Severity::Notice => "notice",
                Severity::Warning => "warning",
                Severity::High => "high",
                Severity::Critical => "critical",
            });
            bytes.text(match category.action {
                Action::Refuse => "refuse",
                Action::Flag => "flag",
            });
        }
        let mut words: Vec<&Word> = self.words.iter().collect();
        words.sort_by(|left, right| {
            let key = |word: &'_ Word| {
                (
                    word.category.clone(),
                    word.text.clone(),
                    word.pinyin,
                    word.variants.clone(),
                )
            };
            key(left).cmp(&key(right))
        });
        bytes.count(words.len());
        for word in words {
            bytes.text(&word.category);
            bytes.text(&word.text);
            bytes.number(u64::from(word.pinyin));
            bytes.texts(word.variants.iter().map(String::as_str).collect());
        }
        bytes.texts(self.exceptions.iter().map(String::as_str).collect());
        bytes.count(self.compositions.len());
        for (character, parts) in &self.compositions {
            bytes.number(u64::from(u32::from(*character)));
            bytes.text(parts);
        }
        keccak256(bytes.0)
    }
}

/// Bytes to hash.
struct Canonical(Vec<u8>);

impl Canonical {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn count(&mut self, count: usize) {
        // A count of things in memory fits into 64 bits.
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn texts(&mut self, mut texts: Vec<&str>) {
        texts.sort_unstable();
        self.count(texts.len());
        for text in texts {
            self.text(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thesaurus() -> Thesaurus {
        let word = |text: &str| Word {
            text: text.into(),
            category: "fraud".into(),
            pinyin: true,
            variants: vec![],
        };
        Thesaurus {
            version: 1,
            categories: [(
                "fraud".into(),
                Category {
                    title: Words::new("诈骗", "Fraud"),
                    legal_basis: "刑法第二百六十六条".into(),
                    severity: Severity::High,
                    action: Action::Flag,
                },
            )]
            .into(),
            words: vec![word("诈骗"), word("洗钱")],
            exceptions: vec!["反诈骗".into()],
            compositions: [('法', "氵去".into())].into(),
        }
    }

    #[test]
    fn the_hash_is_of_the_content_and_not_of_its_order() {
        let one = thesaurus();
        let mut other = one.clone();
        other.words.reverse();
        assert_eq!(one.hash(), other.hash());
        // Frozen: the hash of a version stands on the ledger.
        assert_eq!(
            one.hash().to_string(),
            "0x4ba11cdc372eb33a43076f05e044be8cced333899431ed0a28ce1e1726494d88"
        );
        let changes: [fn(&mut Thesaurus); 8] = [
            |it| it.version = 2,
            |it| it.words[0].text.push('x'),
            |it| it.words[0].pinyin = false,
            |it| it.words[0].variants.push("zp".into()),
            |it| it.exceptions.clear(),
            |it| it.compositions.clear(),
            |it| {
                it.categories
                    .values_mut()
                    .for_each(|category| category.action = Action::Refuse)
            },
            |it| {
                it.categories
                    .values_mut()
                    .for_each(|category| category.legal_basis.push('x'))
            },
        ];
        for change in changes {
            let mut other = thesaurus();
            change(&mut other);
            assert_ne!(one.hash(), other.hash());
        }
    }

    #[test]
    fn a_file_is_toml_or_json() {
        let one = thesaurus();
        let read = |text: &str| Thesaurus::parse(text).unwrap();
        assert_eq!(read(&toml::to_string(&one).unwrap()), one);
        assert_eq!(read(&serde_json::to_string_pretty(&one).unwrap()), one);
        for text in ["version = 1", "{\"version\": 1, \"more\": 2}", "<xml/>"] {
            let error = Thesaurus::parse(text).unwrap_err();
            assert!(
                matches!(error, ThesaurusError::Malformed { .. }),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_word_without_category_is_refused() {
        let mut other = thesaurus();
        other.words[1].category = "none".into();
        assert!(matches!(
            other.check(),
            Err(ThesaurusError::UnknownCategory { .. })
        ));
    }
}

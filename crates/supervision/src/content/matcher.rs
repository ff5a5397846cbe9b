//! Finds the words of a thesaurus in a text, however they are disguised, in time that the length of the text bounds.
//!
//! One pass of an automaton (Aho and Corasick, 1975; `daachorse`) over the normalised text yields candidates; each is
//! then compared with its word exactly, with regard to what stands between its characters and around it.

use super::{
    forms::{Disguise, Forms, Owner, WordForm},
    normalise::{Form, Unit, fold, form, is_latin, stands_for, units},
    thesaurus::{Category, Thesaurus, Word},
};
use crate::error::ThesaurusError;
use alloy_primitives::B256;
use daachorse::charwise::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};
use std::collections::BTreeMap;

/// Bytes of a text that are searched: call data of a transaction is far below, a longer text is cut and says so.
pub const TEXT_BYTES_MAX: usize = 16 << 20;
/// Candidates in one text: a text of nothing but words of the thesaurus must not fill the memory.
const CANDIDATES_MAX: usize = 100_000;
/// Characters that may stand between two of a word.
const SEPARATORS_MAX: usize = 4;
/// Signs that end a part of a sentence: what stands on both sides of one is rarely one word. A full stop of Latin
/// script is none, since Chinese sentences do not end with it.
const BREAKS: &str = "。，、；：！？,;:!?\n\r”“\"（）()《》";
/// Letters of a word that is found when it is spelt (`f r a u d`).
const SPELT_MIN: usize = 4;

/// A word that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// First byte in the text as it was given.
    pub start: usize,
    /// The byte behind its last one.
    pub end: usize,
    /// Index in the words of the thesaurus.
    pub word: usize,
    /// How it was written.
    pub disguise: Disguise,
}

/// What was found in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Words, by their place; those inside of another of the same category are left out.
    pub matches: Vec<Match>,
    /// The text was too long, or there was too much in it: not all of it was judged.
    pub is_truncated: bool,
}

/// A thesaurus, ready to search.
pub struct Matcher {
    thesaurus: Thesaurus,
    hash: B256,
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    forms: Vec<WordForm>,
    /// First forms of the automaton's patterns; one more at the end.
    groups: Vec<usize>,
    categories: Vec<String>,
}

impl std::fmt::Debug for Matcher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Matcher")
            .field("hash", &self.hash)
            .field("forms", &self.forms.len())
            .finish_non_exhaustive()
    }
}

impl Matcher {
    /// Compiles a thesaurus.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(thesaurus: Thesaurus) -> Result<Self, ThesaurusError> {
        thesaurus.check()?;
        let by_text = Forms::of(&thesaurus)?.into_inner();
        let patterns = by_text.len();
        let mut forms = Vec::new();
        let mut groups = vec![0];
        let mut texts = Vec::with_capacity(patterns);
        for (index, (text, of_text)) in by_text.into_iter().enumerate() {
            forms.extend(of_text);
            groups.push(forms.len());
            texts.push((text, u32::try_from(index).unwrap_or(u32::MAX)));
        }
        // An automaton needs a pattern; this one is no character of a normalised text.
        if texts.is_empty() {
            texts.push(("\u{0}".to_owned(), 0));
            groups.push(0);
        }
        let automaton = CharwiseDoubleArrayAhoCorasickBuilder::new()
            .build_with_values(texts)
            .map_err(|reason| ThesaurusError::Automaton { patterns, reason })?;
        Ok(Self {
            hash: thesaurus.hash(),
            categories: thesaurus.categories.keys().cloned().collect(),
            thesaurus,
            automaton,
            forms,
            groups,
        })
    }

    /// The version that it searches for.
    pub const fn thesaurus(&self) -> &Thesaurus {
        &self.thesaurus
    }

    /// The hash of that version, as it stands on the ledger.
    pub const fn hash(&self) -> B256 {
        self.hash
    }

    /// Bytes that the automaton and the forms take.
    pub fn heap_bytes(&self) -> usize {
        let of_form = |form: &WordForm| size_of::<WordForm>() + size_of_val::<[char]>(&form.characters);
        self.automaton.heap_bytes()
            + self.forms.iter().map(of_form).sum::<usize>()
            + self.groups.len() * size_of::<usize>()
    }

    /// The word that was found.
    pub fn word(&self, found: &Match) -> Option<&Word> {
        self.thesaurus.words.get(found.word)
    }

    /// Its category, with the key.
    pub fn category(&self, found: &Match) -> Option<(&str, &Category)> {
        let key = self.word(found)?.category.as_str();
        self.thesaurus.categories.get(key).map(|category| (key, category))
    }

    /// Searches a text.
    pub fn scan(&self, text: &str) -> Scan {
        let mut is_truncated = text.len() > TEXT_BYTES_MAX;
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        let mut all: Vec<Unit> = Vec::with_capacity(text.len());
        let mut candidates: Vec<(usize, usize)> = Vec::new();
        let mut stepper = self.automaton.find_overlapping_stepper();
        units(text, |unit| {
            stepper.consume(fold(unit.plain));
            all.push(unit);
            for found in stepper.matches() {
                if candidates.len() < CANDIDATES_MAX {
                    candidates.push((usize::try_from(found.value()).unwrap_or(usize::MAX), all.len()));
                } else {
                    is_truncated = true;
                }
            }
        });
        let mut matches = Vec::new();
        let mut exceptions = Vec::new();
        for (group, end) in candidates {
            let (Some(first), Some(behind)) = (self.groups.get(group), self.groups.get(group + 1)) else {
                continue;
            };
            for form in self.forms.get(*first..*behind).unwrap_or_default() {
                let Some((start, end)) = (Candidate {
                    text,
                    all: &all,
                    form,
                    end,
                })
                .verify() else {
                    continue;
                };
                match form.owner {
                    Owner::Exception => exceptions.push((start, end)),
                    Owner::Word(word) => matches.push(Match {
                        start,
                        end,
                        word: usize::try_from(word).unwrap_or(usize::MAX),
                        disguise: form.disguise,
                    }),
                }
            }
        }
        Scan {
            matches: self.settle(matches, exceptions),
            is_truncated,
        }
    }

    /// Leaves out what stands in an exception, and what is inside of another match of the category.
    fn settle(&self, mut matches: Vec<Match>, mut exceptions: Vec<(usize, usize)>) -> Vec<Match> {
        exceptions.sort_unstable();
        // The furthest end of the exceptions up to each, so that one look tells whether any of them covers a match.
        let mut furthest = 0;
        for exception in &mut exceptions {
            furthest = furthest.max(exception.1);
            exception.1 = furthest;
        }
        matches.retain(|found| {
            let behind = exceptions.partition_point(|exception| exception.0 <= found.start);
            let cover = behind.checked_sub(1).and_then(|place| exceptions.get(place));
            cover.is_none_or(|exception| exception.1 < found.end)
        });
        matches
            .sort_unstable_by_key(|found| (found.start, usize::MAX - found.end, found.disguise, found.word));
        let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
        matches.retain(|found| {
            let key = self
                .thesaurus
                .words
                .get(found.word)
                .map_or("", |word| &word.category);
            let category = self
                .categories
                .binary_search_by(|known| known.as_str().cmp(key))
                .unwrap_or(usize::MAX);
            let end = ends.entry(category).or_default();
            let is_new = found.end > *end;
            *end = (*end).max(found.end);
            is_new
        });
        matches
    }
}

/// A place where the automaton saw the form of a word.
struct Candidate<'a> {
    text: &'a str,
    all: &'a [Unit],
    form: &'a WordForm,
    /// The unit behind its last one.
    end: usize,
}

/// What stands between two characters.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    separators: usize,
    /// Some of them end a part of a sentence.
    is_break: bool,
}

impl Candidate<'_> {
    /// Its bytes in the text, if it is the word.
    fn verify(&self) -> Option<(usize, usize)> {
        let characters = &*self.form.characters;
        let start = self.end.checked_sub(characters.len())?;
        let found = self.all.get(start..self.end)?;
        let is_same = found
            .iter()
            .zip(characters)
            .all(|(unit, word)| stands_for(unit.plain, *word));
        if !is_same || !self.is_genuine(found) || !self.is_apart(start) || !self.is_joined(start) {
            return None;
        }
        let first = usize::try_from(found.first()?.start).ok()?;
        let last = usize::try_from(found.last()?.end).ok()?;
        Some((first, last))
    }

    /// At least a third of it, and two characters, are what they are: `101` is no `lol`.
    fn is_genuine(&self, found: &[Unit]) -> bool {
        let same = found
            .iter()
            .zip(&*self.form.characters)
            .filter(|pair| pair.0.plain == *pair.1)
            .count();
        same >= 2 && same * 3 >= found.len()
    }

    /// Letters do not go on before or behind it.
    fn is_apart(&self, start: usize) -> bool {
        let goes_on = |inner: Option<usize>, outer: Option<usize>, left: usize| {
            let (Some(inner), Some(outer)) = (
                inner.and_then(|place| self.all.get(place)),
                outer.and_then(|place| self.all.get(place)),
            ) else {
                return false;
            };
            let is_one_script = is_latin(inner.plain)
                && is_latin(outer.plain)
                && inner.plain.is_alphabetic() == outer.plain.is_alphabetic();
            is_one_script && self.gap(left).separators == 0
        };
        let before = start.checked_sub(1);
        !goes_on(Some(start), before, before.unwrap_or(0))
            && !goes_on(
                self.end.checked_sub(1),
                Some(self.end),
                self.end.saturating_sub(1),
            )
    }

    /// What stands between its characters stands there to disguise it, or belongs there.
    fn is_joined(&self, start: usize) -> bool {
        let pairs = self.form.characters.len().saturating_sub(1);
        let (mut latin, mut latin_open, mut unexpected, mut others, mut breaks) = (0, 0, 0, 0, 0);
        for (place, pair) in self.form.characters.windows(2).enumerate() {
            let gap = self.gap(start + place);
            if gap.separators > SEPARATORS_MAX {
                return false;
            }
            let is_open = gap.separators > 0;
            let is_expected = self.form.gaps >> place & 1 == 1;
            if pair.iter().all(|character| is_latin(*character)) {
                latin += 1;
                latin_open += usize::from(is_open);
                unexpected += usize::from(is_open && !is_expected);
            } else {
                others += 1;
                breaks += usize::from(gap.is_break && !is_expected);
            }
        }
        let is_spelt = latin_open == latin && pairs + 1 >= SPELT_MIN;
        let is_listed = breaks == others && pairs >= 2;
        (unexpected == 0 || is_spelt) && (breaks == 0 || is_listed)
    }

    fn gap(&self, left: usize) -> Gap {
        let (Some(left), Some(right)) = (self.all.get(left), self.all.get(left + 1)) else {
            return Gap::default();
        };
        let bounds = (usize::try_from(left.end), usize::try_from(right.start));
        let between = match bounds {
            (Ok(end), Ok(start)) => self.text.get(end..start).unwrap_or_default(),
            _ => "",
        };
        let mut gap = Gap::default();
        for character in between
            .chars()
            .filter(|character| form(*character) == Form::Separator)
        {
            gap.separators += 1;
            gap.is_break |= BREAKS.contains(character);
        }
        gap
    }
}

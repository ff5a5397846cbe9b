//! Texts as pairs of characters, so that any part of a line is found, in any language, without a dictionary:
//! `共识` is one pair, `peer` is three. A searched word is a phrase of pairs; a single character is the beginning of a
//! pair (every text ends with a space for that).

use super::without::Gathered;
use crate::{Error, Result};
use tantivy::{
    Term,
    query::{BooleanQuery, Occur, PhraseQuery, Query, RegexQuery, TermQuery},
    schema::{Field, IndexRecordOption},
    tokenizer::{Token, TokenStream, Tokenizer},
};

/// Words of one search.
const WORDS_MAX: usize = 16;
/// Characters of one search.
const CHARACTERS_MAX: usize = 256;

/// Splits into pairs of characters, without regard to case.
#[derive(Clone, Default)]
pub(crate) struct PairTokenizer {
    token: Token,
}

/// The pairs of one text.
pub(crate) struct Pairs<'a> {
    characters: Vec<char>,
    next: usize,
    token: &'a mut Token,
}

impl Tokenizer for PairTokenizer {
    type TokenStream<'a> = Pairs<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Pairs<'a> {
        self.token.reset();
        let mut characters = lower(text);
        characters.push(' ');
        Pairs {
            characters,
            next: 0,
            token: &mut self.token,
        }
    }
}

impl TokenStream for Pairs<'_> {
    fn advance(&mut self) -> bool {
        while let Some([first, second]) = self.characters.get(self.next..self.next + 2) {
            let position = self.next;
            self.next += 1;
            if first.is_whitespace() && second.is_whitespace() {
                continue;
            }
            self.token.text.clear();
            self.token.text.push(*first);
            self.token.text.push(*second);
            self.token.position = position;
            // Nothing highlights: offsets count characters.
            self.token.offset_from = position;
            self.token.offset_to = position + 2;
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

fn lower(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// A word of a search, and whether lines must have it or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    wanted: bool,
}

/// The query that a search means; `None` where it asks for nothing.
pub(crate) fn query(search: &str, field: Field) -> Result<Option<Box<dyn Query>>> {
    let words = words(search)?;
    if words.is_empty() {
        return Ok(None);
    }
    if words.iter().all(|word| !word.wanted) {
        return Err(Error::field("q", "a word that lines must have is expected too"));
    }
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    for word in words {
        let query = word_query(&word.text, field)?;
        clauses.push(if word.wanted {
            (Occur::Must, query)
        } else {
            (Occur::MustNot, Box::new(Gathered(query)))
        });
    }
    Ok(Some(Box::new(BooleanQuery::new(clauses))))
}

fn word_query(word: &str, field: Field) -> Result<Box<dyn Query>> {
    let characters = lower(word);
    if let [character] = characters.as_slice() {
        let pattern = if character.is_ascii_punctuation() {
            format!("\\{character}(.|\\n)")
        } else {
            format!("{character}(.|\\n)")
        };
        let query = RegexQuery::from_pattern(&pattern, field)
            .map_err(|error| Error::field("q", format!("this character cannot be searched: {error}")))?;
        return Ok(Box::new(query));
    }
    let mut pairs: Vec<(usize, Term)> = characters
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| !pair.iter().all(|character| character.is_whitespace()))
        .map(|(position, pair)| {
            let text: String = pair.iter().collect();
            (position, Term::from_field_text(field, &text))
        })
        .collect();
    if pairs.len() == 1
        && let Some((_, term)) = pairs.pop()
    {
        return Ok(Box::new(TermQuery::new(term, IndexRecordOption::Basic)));
    }
    Ok(Box::new(PhraseQuery::new_with_offset(pairs)))
}

/// Splits a search into words: by spaces, but not in quotes; `-` before a word turns it.
fn words(search: &str) -> Result<Vec<Word>> {
    if search.chars().count() > CHARACTERS_MAX {
        return Err(Error::field(
            "q",
            format!("at most {CHARACTERS_MAX} characters are possible"),
        ));
    }
    let mut words = Vec::new();
    let mut rest = search.trim_start();
    while !rest.is_empty() {
        let wanted = !(rest.starts_with('-') && rest.len() > 1);
        if !wanted {
            rest = &rest[1..];
        }
        let (text, after) = match rest.strip_prefix('"') {
            // A quote that is not closed reaches to the end.
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        if !text.trim().is_empty() {
            words.push(Word {
                text: text.to_owned(),
                wanted,
            });
        }
        rest = after.trim_start();
    }
    if words.len() > WORDS_MAX {
        return Err(Error::field(
            "q",
            format!("at most {WORDS_MAX} words are possible"),
        ));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_split() {
        let check = |search: &str, expected: &[(&str, bool)]| {
            let found = words(search).unwrap();
            let found: Vec<(&str, bool)> = found
                .iter()
                .map(|word| (word.text.as_str(), word.wanted))
                .collect();
            assert_eq!(found, expected, "{search}");
        };
        check("", &[]);
        check("  peer  lost ", &[("peer", true), ("lost", true)]);
        check("\"peer lost\" -node", &[("peer lost", true), ("node", false)]);
        check("-\"peer lost\" 共识", &[("peer lost", false), ("共识", true)]);
        check("\"open", &[("open", true)]);
        check("-", &[("-", true)]);
        check("\"\" \"  \"", &[]);
        assert!(words(&"a ".repeat(17)).is_err());
        assert!(words(&"中".repeat(257)).is_err());
    }

    #[test]
    fn texts_become_pairs() {
        let mut tokenizer = PairTokenizer::default();
        let mut stream = tokenizer.token_stream("共识A b");
        let mut found = Vec::new();
        while let Some(token) = stream.next() {
            found.push((token.position, token.text.clone()));
        }
        let expected = [(0, "共识"), (1, "识a"), (2, "a "), (3, " b"), (4, "b ")];
        assert_eq!(
            found,
            expected.map(|(position, text)| (position, text.to_owned()))
        );
    }
}

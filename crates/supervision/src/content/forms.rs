//! The forms in which a word is looked for: as it is written, with characters taken apart, in pinyin wholly or in
//! part. Every form keeps where separators belong, so that what happens to stand side by side is not taken for a word.

use super::normalise::{fold, is_latin, units};
use crate::{
    content::thesaurus::{Thesaurus, WORD_CHARACTERS_MAX, Word},
    error::ThesaurusError,
};
use pinyin::{ToPinyin, ToPinyinMulti};
use std::collections::BTreeMap;

/// Characters of a form: its gaps are kept in 64 bits.
const FORM_CHARACTERS_MAX: usize = 64;
/// Words of more characters are not written in pinyin by anyone who wants to be understood.
const PINYIN_CHARACTERS_MAX: usize = 6;
/// Shorter pinyin is found in too many places.
const PINYIN_LETTERS_MIN: usize = 5;
/// Readings of a word whose characters have several.
const READINGS_MAX: usize = 4;

/// How a word was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disguise {
    /// As in the thesaurus, or with separators, in other width, case or script.
    Plain,
    /// With characters taken apart.
    Split,
    /// In pinyin.
    Pinyin,
    /// Partly in pinyin.
    Mixed,
}

/// Whose a form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Word(u32),
    Exception,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WordForm {
    pub(crate) owner: Owner,
    pub(crate) disguise: Disguise,
    /// Normalised, not folded.
    pub(crate) characters: Box<[char]>,
    /// Bit `i`: a separator may stand behind character `i`.
    pub(crate) gaps: u64,
}

/// A piece of a word: a character, or what stands for it.
#[derive(Clone, Debug)]
struct Piece {
    characters: Vec<char>,
    /// Whether a separator may stand behind it.
    is_open: bool,
}

/// All forms by what the automaton sees of them.
#[derive(Debug, Default)]
pub(crate) struct Forms(BTreeMap<String, Vec<WordForm>>);

impl Forms {
    pub(crate) fn of(thesaurus: &Thesaurus) -> Result<Self, ThesaurusError> {
        let mut forms = Self::default();
        for (index, word) in thesaurus.words.iter().enumerate() {
            // The number of words is bounded far below.
            let owner = Owner::Word(u32::try_from(index).unwrap_or(u32::MAX));
            for text in std::iter::once(&word.text).chain(&word.variants) {
                let pieces = pieces(text);
                check(text, word, &pieces)?;
                forms.add_all(owner, word.pinyin, &pieces, &thesaurus.compositions);
            }
        }
        for text in &thesaurus.exceptions {
            let pieces = pieces(text);
            if pieces.len() <= FORM_CHARACTERS_MAX {
                forms.add(Owner::Exception, Disguise::Plain, &pieces);
            }
        }
        Ok(forms)
    }

    pub(crate) fn into_inner(self) -> BTreeMap<String, Vec<WordForm>> {
        self.0
    }

    fn add_all(
        &mut self,
        owner: Owner,
        pinyin: bool,
        pieces: &[Piece],
        compositions: &BTreeMap<char, String>,
    ) {
        self.add(owner, Disguise::Plain, pieces);
        self.add_split(owner, pieces, compositions);
        if pinyin {
            self.add_pinyin(owner, pieces);
        }
    }

    /// Each character taken apart alone, and all of them.
    fn add_split(&mut self, owner: Owner, pieces: &[Piece], compositions: &BTreeMap<char, String>) {
        let parts: Vec<Option<Vec<char>>> = pieces
            .iter()
            .map(|piece| match piece.characters.as_slice() {
                [one] => compositions.get(one).map(|parts| plain(parts)),
                _ => None,
            })
            .collect();
        let places: Vec<usize> = (0..pieces.len())
            .filter(|place| parts[*place].is_some())
            .collect();
        let mut whole = pieces.to_vec();
        for place in &places {
            let Some(characters) = &parts[*place] else {
                continue;
            };
            let mut one = pieces.to_vec();
            one[*place].characters.clone_from(characters);
            whole[*place].characters.clone_from(characters);
            self.add(owner, Disguise::Split, &one);
        }
        if places.len() > 1 {
            self.add(owner, Disguise::Split, &whole);
        }
    }

    fn add_pinyin(&mut self, owner: Owner, pieces: &[Piece]) {
        if !(2..=PINYIN_CHARACTERS_MAX).contains(&pieces.len()) {
            return;
        }
        let readings: Vec<Vec<&'static str>> = pieces.iter().map(readings).collect();
        if readings.iter().any(Vec::is_empty) {
            return;
        }
        let syllable = |text: &str| Piece {
            characters: text.chars().collect(),
            is_open: true,
        };
        let mut wholes: Vec<Vec<Piece>> = vec![Vec::new()];
        for of_piece in &readings {
            let longer = |whole: &Vec<Piece>| {
                let whole = whole.clone();
                of_piece
                    .iter()
                    .map(move |text| [whole.as_slice(), &[syllable(text)]].concat())
            };
            wholes = wholes.iter().flat_map(longer).take(READINGS_MAX).collect();
        }
        for whole in &wholes {
            if whole.iter().map(|piece| piece.characters.len()).sum::<usize>() >= PINYIN_LETTERS_MIN {
                self.add(owner, Disguise::Pinyin, whole);
            }
        }
        for (place, of_piece) in readings.iter().enumerate() {
            if let Some(text) = of_piece.first() {
                let mut mixed = pieces.to_vec();
                mixed[place] = syllable(text);
                self.add(owner, Disguise::Mixed, &mixed);
            }
        }
    }

    fn add(&mut self, owner: Owner, disguise: Disguise, pieces: &[Piece]) {
        let mut characters = Vec::new();
        let mut gaps = 0_u64;
        for piece in pieces {
            characters.extend_from_slice(&piece.characters);
            if piece.is_open && (1..=FORM_CHARACTERS_MAX).contains(&characters.len()) {
                gaps |= 1 << (characters.len() - 1);
            }
        }
        if characters.is_empty() || characters.len() > FORM_CHARACTERS_MAX {
            return;
        }
        let seen: String = characters.iter().map(|plain| fold(*plain)).collect();
        let same = self.0.entry(seen).or_default();
        let form = WordForm {
            owner,
            disguise,
            characters: characters.into(),
            gaps,
        };
        // The plainest of equal forms of one owner is enough.
        let is_known = |known: &WordForm| known.owner == owner && known.characters == form.characters;
        if !same.iter().any(is_known) {
            same.push(form);
        }
    }
}

fn plain(text: &str) -> Vec<char> {
    let mut characters = Vec::new();
    units(text, |unit| characters.push(unit.plain));
    characters
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut end = 0;
    units(text, |unit| {
        if unit.start > end
            && let Some(last) = pieces.last_mut()
        {
            last.is_open = true;
        }
        end = end.max(unit.end);
        pieces.push(Piece {
            characters: vec![unit.plain],
            is_open: false,
        });
    });
    pieces
}

/// Readings of a Chinese character without tones, the usual one first; none for anything else.
fn readings(piece: &Piece) -> Vec<&'static str> {
    let [character] = piece.characters.as_slice() else {
        return Vec::new();
    };
    let mut readings: Vec<&'static str> = character
        .to_pinyin()
        .map(pinyin::Pinyin::plain)
        .into_iter()
        .collect();
    if let Some(several) = character.to_pinyin_multi() {
        for reading in several {
            if !readings.contains(&reading.plain()) {
                readings.push(reading.plain());
            }
        }
    }
    readings.truncate(2);
    readings
}

fn check(text: &str, word: &Word, pieces: &[Piece]) -> Result<(), ThesaurusError> {
    let latin = pieces
        .iter()
        .filter(|piece| piece.characters.iter().all(|plain| is_latin(*plain)))
        .count();
    let message = if pieces.len() > WORD_CHARACTERS_MAX {
        "it is longer than a word; give its first part"
    } else if pieces.len() < 2 {
        "a single character is in too many words; give the words"
    } else if latin == pieces.len() && latin < 3 {
        "two letters are in too many words; give the words"
    } else {
        return Ok(());
    };
    Err(ThesaurusError::Word {
        word: text.to_owned(),
        category: word.category.clone(),
        message,
    })
}

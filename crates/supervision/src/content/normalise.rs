//! One form for all ways to write a character: width and compatibility forms (NFKD), case, combining and invisible
//! marks, look-alikes of other scripts, traditional characters, digits for letters. Each character of the form knows
//! where it came from, so that a match is found again in the text as it was written.

use std::sync::OnceLock;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A character of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Normalised, but for digits that stand for letters.
    pub(crate) plain: char,
    /// Bytes of the text from which it came.
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// What becomes of a character of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Nothing: it is not seen.
    Invisible,
    /// It stands between others.
    Separator,
    /// One character.
    One(char),
    /// Several.
    Many,
}

const INVISIBLE: u32 = 0;
const SEPARATOR: u32 = 1;
const MANY: u32 = 2;
const PLANE: usize = 0x1_0000;

/// Letters of other scripts that look like Latin ones, small (the capitals become small before).
const LOOK_ALIKES: [(char, char); 22] = [
    ('а', 'a'),
    ('в', 'b'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('к', 'k'),
    ('ӏ', 'l'),
    ('м', 'm'),
    ('н', 'h'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('ѕ', 's'),
    ('т', 't'),
    ('у', 'y'),
    ('х', 'x'),
    ('α', 'a'),
    ('ο', 'o'),
    ('ι', 'i'),
];

/// What every character of the basic plane becomes; made once, 256 KiB.
fn table() -> &'static [u32] {
    static TABLE: OnceLock<Vec<u32>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let simplified: std::collections::HashMap<char, char> = hanconv::RawDictionary::TSCharacters
            .iter()
            .filter_map(|(from, to)| Some((single(from)?, single(to)?)))
            .collect();
        let entry = |code: usize| {
            let character = u32::try_from(code).ok().and_then(char::from_u32);
            character.map_or(SEPARATOR, |character| {
                let mut expanded = expand(character);
                for character in &mut expanded {
                    *character = simplified.get(character).copied().unwrap_or(*character);
                }
                match expanded.as_slice() {
                    [] if is_invisible(character) => INVISIBLE,
                    [] => SEPARATOR,
                    [one] => u32::from(*one),
                    _ => MANY,
                }
            })
        };
        (0..PLANE).map(entry).collect()
    })
}

fn single(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

/// Marks that change or hide what is beside them: combining, joiners, directions, variation selectors, tags.
fn is_invisible(character: char) -> bool {
    is_combining_mark(character)
        || matches!(character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The letters, digits and characters of one, but for the step to simplified characters.
fn expand(character: char) -> Vec<char> {
    let mut parts = Vec::new();
    if is_invisible(character) {
        return parts;
    }
    decompose_compatible(character, |part| {
        if is_invisible(part) {
            return;
        }
        for small in part.to_lowercase() {
            let latin = LOOK_ALIKES
                .iter()
                .find(|pair| pair.0 == small)
                .map_or(small, |pair| pair.1);
            if (latin.is_alphanumeric() || is_radical(latin) || latin == '@' || latin == '$')
                && !is_invisible(latin)
            {
                parts.push(latin);
            }
        }
    });
    parts
}

/// Radicals and strokes: parts of characters, which no property calls letters.
const fn is_radical(character: char) -> bool {
    matches!(character, '\u{2E80}'..='\u{2FDF}' | '\u{31C0}'..='\u{31EF}')
}

/// What becomes of a character.
pub(crate) fn form(character: char) -> Form {
    let code = u32::from(character);
    let entry = usize::try_from(code)
        .ok()
        .and_then(|code| table().get(code).copied());
    match entry {
        Some(INVISIBLE) => Form::Invisible,
        Some(SEPARATOR) => Form::Separator,
        Some(MANY) => Form::Many,
        Some(code) => char::from_u32(code).map_or(Form::Separator, Form::One),
        None => match expand(character).as_slice() {
            [] if is_invisible(character) => Form::Invisible,
            [] => Form::Separator,
            [one] => Form::One(*one),
            _ => Form::Many,
        },
    }
}

/// The characters of one that becomes several, in simplified characters.
fn several(character: char) -> impl Iterator<Item = char> {
    expand(character).into_iter().map(|part| match form(part) {
        Form::One(one) => one,
        _ => part,
    })
}

/// Goes through a text and yields the characters of its form. Texts above 4 GiB do not exist here: callers bound them.
pub(crate) fn units(text: &str, mut each: impl FnMut(Unit)) {
    for (start, character) in text.char_indices() {
        let unit = |plain| {
            let end = start + character.len_utf8();
            Unit {
                plain,
                start: u32::try_from(start).unwrap_or(u32::MAX),
                end: u32::try_from(end).unwrap_or(u32::MAX),
            }
        };
        match form(character) {
            Form::Invisible | Form::Separator => {}
            Form::One(plain) => each(unit(plain)),
            Form::Many => several(character).for_each(|plain| each(unit(plain))),
        }
    }
}

/// Letters and what stands for them have one sign here; which one it was is compared when something matches.
pub(crate) const fn fold(plain: char) -> char {
    match plain {
        '0' => 'o',
        '1' | 'l' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}

/// Whether a character of a text can stand for that of a word.
pub(crate) fn stands_for(text: char, word: char) -> bool {
    text == word || (!text.is_alphabetic() && word.is_alphabetic() && fold(text) == fold(word))
}

/// A letter or digit of a script that separates words by spaces.
pub(crate) fn is_latin(plain: char) -> bool {
    plain.is_alphanumeric() && plain < '\u{2E80}'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut plain = String::new();
        units(text, |unit| plain.push(unit.plain));
        assert_eq!(plain, expected, "{text}");
    }

    #[test]
    fn disguises_have_one_form() {
        check("Ｈｅｌｌｏ", "hello");
        check("h\u{200B}e\u{301}l\u{AD}l\u{FE0F}o", "hello");
        check("Café ① ㎏", "cafe1kg");
        check("洗 錢", "洗钱");
        check("賭*博", "赌博");
        check("⼤", "大");
        check("раураl", "paypal");
        check("f.r-a_u d", "fraud");
        check("xǐ qián", "xiqian");
        check("氵去", "氵去");
        check("𝐟𝐫𝐚𝐮𝐝", "fraud");
        check("😀\u{E0001}", "");
    }

    #[test]
    fn positions_lead_back() {
        let text = "a㎏\u{200B}錢";
        let mut found = Vec::new();
        units(text, |unit| {
            found.push((unit.plain, &text[unit.start as usize..unit.end as usize]))
        });
        assert_eq!(found, [('a', "a"), ('k', "㎏"), ('g', "㎏"), ('钱', "錢")]);
    }

    #[test]
    fn digits_stand_for_letters_and_not_the_other_way() {
        assert!(stands_for('1', 'l') && stands_for('1', 'i') && stands_for('$', 's') && stands_for('x', 'x'));
        assert!(!stands_for('l', 'i') && !stands_for('o', '0') && !stands_for('2', 'z'));
    }
}

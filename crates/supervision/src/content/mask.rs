//! What a reader sees of a text in which words were found. The text itself stays as it is, and so do its hash and its
//! proofs; only what is shown changes, by what the caller knows about the reader's role.

use super::{matcher::Match, matcher::Matcher};

/// What stands for a word, whatever its length: a mask that shows the length tells the word.
pub const MASK: &str = "▇▇▇";

/// How much a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Everything: who judges it.
    Whole,
    /// Masks with the name of the category, in Chinese: who has to know why.
    CategoryZh,
    /// Masks with the name of the category, in English.
    CategoryEn,
    /// Masks.
    Masked,
    /// Nothing but that there is something: where what stands around the words tells them.
    Withheld,
}

/// The text as a reader sees it. Matches must be those of the text; words that overlap become one mask.
pub fn mask(matcher: &Matcher, text: &str, matches: &[Match], view: View) -> String {
    if view == View::Whole || matches.is_empty() {
        return text.to_owned();
    }
    if view == View::Withheld {
        return MASK.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for found in matches {
        if found.start >= done {
            shown.push_str(text.get(done..found.start).unwrap_or_default());
            shown.push_str(MASK);
            if let (View::CategoryZh | View::CategoryEn, Some((_, category))) =
                (view, matcher.category(found))
            {
                let title = if view == View::CategoryZh {
                    &category.title.zh
                } else {
                    &category.title.en
                };
                shown.push_str(&format!("[{title}]"));
            }
        }
        done = done.max(found.end);
    }
    shown.push_str(text.get(done..).unwrap_or_default());
    shown
}

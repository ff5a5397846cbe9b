//! Texts in bytes whose form is not known: call data, data of events. Strings stand there as they are (UTF-8), padded
//! with zeros, so that they are found without an interface.
//!
//! Hashes and signatures stand there as well, and some of their bytes happen to be letters: a short run of letters counts
//! only where it stands as encoders put a string, so that no proof is taken for a word.

/// Bytes of a text at least: two Chinese characters, or a short word.
const TEXT_BYTES_MIN: usize = 4;
/// Bytes from which on a run of characters is a text wherever it stands: one of 10,000 runs of random bytes is as long.
const RUN_BYTES_MIN: usize = 16;
/// Bytes of the selector of a function, behind which a text may stand bare.
const SELECTOR_BYTES: usize = 4;

/// The readable parts of some bytes, in their order.
pub fn texts(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let is_end = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    let mut start = 0;
    bytes
        .utf8_chunks()
        .flat_map(move |chunk| {
            let at = start;
            start += chunk.valid().len() + chunk.invalid().len();
            let mut place = at;
            chunk.valid().split_inclusive(is_end).map(move |part| {
                let from = place;
                place += part.len();
                (from, part.trim_end_matches(is_end))
            })
        })
        .filter(|(from, text)| is_text(bytes, *from, text.len()))
        .map(|(_, text)| text)
}

/// Whether a run of characters is a text: long enough, or where a string stands: at the beginning, behind its length or a
/// zero, before a zero or the end.
fn is_text(bytes: &[u8], from: usize, length: usize) -> bool {
    if length < TEXT_BYTES_MIN {
        return false;
    }
    let before = from.checked_sub(1).and_then(|place| bytes.get(place));
    let behind = bytes.get(from + length);
    let is_length = |byte: &u8| *byte == 0 || usize::from(*byte) == length;
    length >= RUN_BYTES_MIN
        || from == SELECTOR_BYTES
        || before.is_none_or(is_length)
        || behind.is_none_or(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Chance;

    #[test]
    fn readable_parts_are_found() {
        let check = |bytes: &[u8], expected: &[&str]| assert_eq!(texts(bytes).collect::<Vec<_>>(), expected);
        check(b"", &[]);
        check(b"\0\0abc\0", &[]);
        check(b"\xff\xfehello\0\0world\xff", &["hello", "world"]);
        check(
            "\u{0}洗钱\u{0}\u{1}两行\n文字".as_bytes(),
            &["洗钱", "两行\n文字"],
        );
        // Behind its length, behind a selector, at the end, or long; but not somewhere among other bytes.
        check(b"\xff\x05hello\xff", &["hello"]);
        check(b"\xab\xcd\xef\x81hello\xff", &["hello"]);
        check(b"\xff\xffhello", &["hello"]);
        check(b"\xff\xffa long sentence\xff", &[]);
        check(b"\xff\xffa longer sentence\xff", &["a longer sentence"]);
        check(b"\xff\xffhello\xff", &[]);
    }

    #[test]
    fn random_bytes_are_hardly_ever_a_text() {
        let mut chance = Chance::new(7);
        let bytes: Vec<u8> = (0..1 << 20)
            .map(|_| u8::try_from(chance.between(0, 256)).unwrap())
            .collect();
        let runs = bytes
            .utf8_chunks()
            .flat_map(|chunk| {
                chunk
                    .valid()
                    .split(|character: char| character.is_ascii_control())
            })
            .filter(|run| run.len() >= TEXT_BYTES_MIN)
            .count();
        let found = texts(&bytes).count();
        // A random byte is zero, or the length of a run, as often as one in 160 of those that end one; there are three such
        // places: one run in fifty.
        assert!(
            found * 40 < runs,
            "{found} texts of {runs} runs in a mebibyte of random bytes"
        );
    }
}

//! Texts in bytes whose form is not known: call data, data of events. Strings stand there as they are (UTF-8), padded
//! with zeros, so that they are found without an interface.

/// Bytes of a text at least: two Chinese characters, or a short word.
const TEXT_BYTES_MIN: usize = 4;

/// The readable parts of some bytes, in their order.
pub fn texts(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let is_end = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    bytes
        .utf8_chunks()
        .flat_map(move |chunk| chunk.valid().split(is_end))
        .filter(|text| text.len() >= TEXT_BYTES_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}

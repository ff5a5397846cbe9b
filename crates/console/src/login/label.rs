//! What people call their keys and passkeys.

use super::LoginError;

/// Characters of a label: what a list shows in one line.
const CHARACTERS_MAX: usize = 64;

/// The label that somebody gave, without the blanks around it.
///
/// # Errors
/// It is empty, too long, or cannot be shown.
pub fn label(text: &str) -> Result<String, LoginError> {
    let label = text.trim();
    let count = label.chars().count();
    if count == 0 || count > CHARACTERS_MAX || label.chars().any(char::is_control) {
        return Err(LoginError::Invalid {
            field: "label",
            rule: "1 to 64 characters",
        });
    }
    Ok(label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short_and_can_be_shown() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(label(text).ok().as_deref(), expected, "{text:?}");
        };
        check(" charts\n", Some("charts"));
        check("值班手机", Some("值班手机"));
        check(&"长".repeat(64), Some("长".repeat(64).as_str()));
        check(&"长".repeat(65), None);
        check(" \t", None);
        check("a\u{0}b", None);
        check("a\u{7f}b", None);
    }
}

//! A finding in the one form that has one hash, so that anybody can compute again what stands as evidence on the ledger.
//!
//! The form is that of RFC 8785 as far as findings need it: names in order, no spaces. Findings have no fractions, so numbers
//! are whole, and texts are escaped as `serde_json` does, which is what the RFC asks for.

use crate::supervision::findings::KeptFinding;
use alloy_primitives::{B256, keccak256};
use serde_json::{Value, json};

/// A finding with its number and when it was found, as one line of JSON. Its state is not part of it: that may change.
///
/// # Errors
/// A finding is not JSON, which cannot be.
pub fn document(kept: &KeptFinding) -> Result<String, serde_json::Error> {
    let whole = json!({
        "finding": serde_json::to_value(&kept.finding)?,
        "foundAt": kept.found_at,
        "number": kept.number,
    });
    let mut text = String::new();
    write(&whole, &mut text)?;
    Ok(text)
}

/// Keccak-256 of a document.
pub fn hash(document: &str) -> B256 {
    keccak256(document)
}

/// How evidence refers to a finding.
pub fn reference(number: u64) -> String {
    format!("finding/{number}")
}

/// The number of a finding that evidence refers to.
pub fn referred(reference: &str) -> Option<u64> {
    reference.strip_prefix("finding/")?.parse().ok()
}

fn write(value: &Value, text: &mut String) -> Result<(), serde_json::Error> {
    match value {
        Value::Object(fields) => {
            // RFC 8785 orders by UTF-16; names of fields are ASCII.
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            text.push('{');
            for (place, name) in names.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(name)?);
                text.push(':');
                write(fields.get(name).unwrap_or(&Value::Null), text)?;
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(item, text)?;
            }
            text.push(']');
        }
        plain => text.push_str(&serde_json::to_string(plain)?),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_order_and_nothing_stands_between() {
        let mut text = String::new();
        write(
            &json!({ "b": [1, "zwei \"2\"", null], "a": { "d": true, "c": "港" } }),
            &mut text,
        )
        .unwrap();
        assert_eq!(text, r#"{"a":{"c":"港","d":true},"b":[1,"zwei \"2\"",null]}"#);
        assert_eq!(referred(&reference(7)), Some(7));
        assert_eq!(referred("eip155:1/0x00"), None);
    }
}

//! What tokens call themselves. A contract may answer anything or nothing.

use super::{MARKS, QUESTIONS_MAX, is_current, shown};
use crate::{
    Error,
    database::{Database, Statement},
    place::parts,
    source::{self, Source},
    store::LedgerRow,
};
use alloy_primitives::{Address, Bytes, U256};
use futures::{StreamExt, TryStreamExt, stream};

/// Characters of a token's name and symbol that are kept.
const NAME_CHARACTERS_MAX: usize = 64;
const SYMBOL_CHARACTERS_MAX: usize = 24;

/// The most decimals that a number of 256 bits has.
const DECIMALS_MAX: u8 = 77;

/// Bytes of an answer that are looked at: two words and the longest name, with room for text that is cut.
const ANSWER_BYTES_MAX: usize = 4_096;

const NAME: [u8; 4] = [0x06, 0xfd, 0xde, 0x03];
const SYMBOL: [u8; 4] = [0x95, 0xd8, 0x9b, 0x41];
const DECIMALS: [u8; 4] = [0x31, 0x3c, 0xe5, 0x67];

struct Metadata {
    address: Address,
    name: Option<String>,
    symbol: Option<String>,
    decimals: Option<u8>,
}

/// Asks some tokens; true if none is left.
pub(super) async fn some(
    database: &Database,
    source: &dyn Source,
    ledger: &LedgerRow,
) -> Result<bool, Error> {
    let statement = Statement::new(
        "SELECT address, first_position FROM tokens WHERE ledger = $1 AND described = 0 ORDER BY first_position LIMIT $2",
    );
    let mut marked: Vec<(Address, u64)> = Vec::new();
    for mut row in database.rows(statement.bind(ledger.id).bind(MARKS)).await? {
        marked.push((row.take()?, parts(row.take()?).0));
    }
    if marked.is_empty() {
        return Ok(true);
    }
    let count = marked.len();
    let described: Vec<Metadata> = stream::iter(marked)
        .map(|(address, height)| ask(source, address, height))
        .buffered(QUESTIONS_MAX)
        .try_collect()
        .await?;
    if !is_current(source, ledger).await? {
        return Ok(false);
    }
    let mut write = database.begin().await?;
    for token in described {
        let statement = Statement::new(
            "UPDATE tokens SET described = 1, name = $1, symbol = $2, decimals = $3 WHERE ledger = $4 AND address = $5",
        );
        let statement = statement
            .bind(token.name)
            .bind(token.symbol)
            .bind(token.decimals.map(i64::from))
            .bind(ledger.id)
            .bind(token.address);
        write.execute(statement).await?;
    }
    write.commit().await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX) < MARKS)
}

/// Asks a token as of the block where it was seen first, so that the answer is the same whenever it is asked.
async fn ask(source: &dyn Source, address: Address, height: u64) -> Result<Metadata, Error> {
    let question = |selector: [u8; 4]| async move {
        let input = Bytes::from(selector);
        source::call(source, (address, &input), Some(height)).await
    };
    let (name, symbol, decimals) = futures::try_join!(question(NAME), question(SYMBOL), question(DECIMALS))?;
    Ok(Metadata {
        address,
        name: name.and_then(|output| text(&output, NAME_CHARACTERS_MAX)),
        symbol: symbol.and_then(|output| text(&output, SYMBOL_CHARACTERS_MAX)),
        decimals: decimals.and_then(|output| number(&output)),
    })
}

/// A string, or the 32 bytes that the oldest tokens give.
fn text(output: &[u8], characters_max: usize) -> Option<String> {
    let output = output.get(..output.len().min(ANSWER_BYTES_MAX))?;
    let raw = if output.len() == 32 {
        output
    } else {
        let start = extent(output, 0)?;
        let length = extent(output, start)?;
        let first = start.checked_add(32)?;
        output.get(first..first.checked_add(length)?.min(output.len()))?
    };
    let clean = shown(&String::from_utf8_lossy(raw), characters_max);
    (!clean.is_empty()).then_some(clean)
}

fn extent(output: &[u8], at: usize) -> Option<usize> {
    let word = output.get(at..at.checked_add(32)?)?;
    usize::try_from(U256::from_be_slice(word)).ok()
}

fn number(output: &[u8]) -> Option<u8> {
    let word = output.get(..32).filter(|_| output.len() == 32)?;
    u8::try_from(U256::from_be_slice(word))
        .ok()
        .filter(|decimals| *decimals <= DECIMALS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u64], tail: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> = words
            .iter()
            .flat_map(|word| U256::from(*word).to_be_bytes::<32>())
            .collect();
        bytes.extend_from_slice(tail);
        bytes
    }

    #[test]
    fn names_are_read_in_both_forms_and_lies_are_not() {
        let check = |output: &[u8], expected: Option<&str>| assert_eq!(text(output, 8).as_deref(), expected);
        check(&words(&[32, 3], b"ABC\0\0\0"), Some("ABC"));
        check(&words(&[32, 2_000], &[b'x'; 5_000]), Some("xxxxxxxx"));
        check(
            b"MKR\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            Some("MKR"),
        );
        check(&words(&[u64::MAX, 3], b"ABC"), None);
        check(&words(&[32, u64::MAX], b"ABC"), None);
        check(&[], None);
        check(&[0xff; 32], Some(&"\u{fffd}".repeat(8)));
    }

    #[test]
    fn decimals_are_a_small_number_or_none() {
        assert_eq!(number(&words(&[18], &[])), Some(18));
        assert_eq!(number(&words(&[78], &[])), None);
        assert_eq!(number(&words(&[u64::MAX], &[])), None);
        assert_eq!(number(&words(&[1, 2], &[])), None);
    }
}

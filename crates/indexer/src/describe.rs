//! Reads what blocks do not tell: what tokens call themselves, the code of contracts, contracts made by contracts, and
//! the state of the entries of the city's registries.
//!
//! Blocks mark what is to be read (`described = 0`). Each call here reads a bounded number of marks, so that it never
//! keeps the index from new blocks; a mark is taken away together with what was read, and only if no later event has
//! set it again. Interrupted at any point, the same is read once more.

mod contracts;
mod registries;
mod tokens;

use crate::{
    Error,
    database::{Database, Statement},
    source::{self, Source},
    store::LedgerRow,
};

/// Marks of one kind that are read in one go.
const MARKS: i64 = 64;

/// Questions to the node at once.
const QUESTIONS_MAX: usize = 8;

/// Whether the node that answers has all blocks of the index. What one that is behind says is older than the marks, and
/// is not to be kept: asked before what was read is written, since another node may have answered in between.
async fn is_current(source: &dyn Source, ledger: &LedgerRow) -> Result<bool, Error> {
    let head = source::head(source).await?;
    Ok(ledger.indexed.is_none_or(|(indexed, _)| indexed <= head))
}

/// Whether nothing is left to be read again, as far as marks tell.
pub(crate) async fn is_done(database: &Database, ledger: &LedgerRow) -> Result<bool, Error> {
    let statement = Statement::new(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM tokens WHERE ledger = $1 AND described = 0) \
         OR EXISTS (SELECT 1 FROM contracts WHERE ledger = $1 AND described = 0) \
         OR EXISTS (SELECT 1 FROM entities WHERE ledger = $1 AND described = 0) THEN 0 ELSE 1 END",
    );
    let row = database.row(statement.bind(ledger.id)).await?;
    let mut row = row.ok_or(Error::Damaged { what: "no marks" })?;
    Ok(ledger.founded && row.take::<i64>()? != 0)
}

/// Reads some of what is stale; true if nothing is left.
pub(crate) async fn some(
    database: &Database,
    source: &dyn Source,
    ledger: &mut LedgerRow,
    has_registries: bool,
) -> Result<bool, Error> {
    if ledger.indexed.is_none() {
        return Ok(true);
    }
    if !ledger.founded {
        registries::found(database, source, ledger, has_registries).await?;
    }
    let mut is_done = tokens::some(database, source, ledger).await?;
    is_done &= contracts::created(database, source, ledger).await?;
    is_done &= contracts::some(database, source, ledger).await?;
    if has_registries {
        is_done &= registries::some(database, source, ledger).await?;
    }
    Ok(is_done)
}

/// Text of a contract or person, made fit to be shown: bounded, without control characters and without those that
/// change the direction of what stands beside it.
pub(crate) fn shown(text: &str, characters_max: usize) -> String {
    let is_odd = |character: char| {
        character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    let clean: String = text
        .chars()
        .filter(|character| !is_odd(*character))
        .take(characters_max)
        .collect();
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_contracts_say_is_cleaned_and_bounded() {
        let check = |text: &str, expected: &str| assert_eq!(shown(text, 8), expected);
        check("Token", "Token");
        check("A\u{202e}B\0\n", "AB");
        check(&"x".repeat(1_000), "xxxxxxxx");
        check("市民卡", "市民卡");
        check("<script>alert(1)</script>", "<script>");
    }
}

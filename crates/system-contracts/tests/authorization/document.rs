//! The table as a document for auditors.

use crate::{
    city::{Party, STRANGER, told},
    rows::{May, Row},
};
use civitas_system_contracts::CONTRACTS;
use std::fmt::Write as _;

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/operator/authorization.md"
);
/// What stands between these lines is written here; the rest of the document elsewhere.
const BEGIN: &str = "<!-- contracts: written by crates/system-contracts/tests/authorization -->\n";
const END: &str = "<!-- end of contracts -->\n";

/// Compares the document with the table, or writes it anew.
pub fn check(rows: &[Row]) {
    let text = std::fs::read_to_string(FILE).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (present, after) = rest.split_once(END).unwrap();
    let wanted = table(rows);
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(FILE, [before, BEGIN, &wanted, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(
        present, wanted,
        "{FILE} is stale: run this test with UPDATE_VECTORS=1"
    );
}

fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    for contract in CONTRACTS {
        let of_contract = rows.iter().filter(|row| row.contract.name == contract.name);
        writeln!(text, "\n### {} (`{}`)", contract.name, contract.address).unwrap();
        text.push_str("| function | who may | who may not is refused with |\n| --- | --- | --- |\n");
        text.extend(of_contract.map(line));
    }
    text
}

fn line(row: &Row) -> String {
    let (name, _) = row.function.split_once('(').unwrap();
    let may: Vec<String> = row.may.iter().map(|may| describe(*may, row)).collect();
    let mut refusals = Vec::new();
    if !row.may.iter().any(|may| matches!(may, May::Everybody(_))) {
        refusals.push(format!("`{}`", name_of(&told(&row.refusal(STRANGER)))));
    }
    for proof in &row.proofs {
        let error = name_of(&told(&proof.refusal)).to_owned();
        refusals.push(format!("`{error}` without {}", proof.what));
    }
    let when = if row.when.is_empty() {
        String::new()
    } else {
        format!(", {}", row.when)
    };
    format!(
        "| `{name}`{when} | {} | {} |\n",
        may.join("; "),
        refusals.join("; ")
    )
}

fn name_of(told: &str) -> &str {
    told.split_whitespace().next().unwrap_or(told)
}

fn describe(may: May, row: &Row) -> String {
    match may {
        May::Proposal(kind) => format!("a proposal of kind {kind:?}"),
        May::CityRole(role) => format!("{role} of the city"),
        May::Role("Representative") => "Representative of the organisation".to_owned(),
        May::Role(role) => format!("{role} of the city or of the organisation"),
        May::Party(party) => part(party, row).to_owned(),
        May::Everybody(reason) => format!("everybody: {reason}"),
    }
}

fn part(party: Party, row: &Row) -> &'static str {
    match party {
        Party::Controller => "a controller of the identity",
        Party::Recoverer => "a recoverer of the identity",
        Party::BoundAccount => "the account itself",
        Party::GrantHolder if row.function.starts_with("revoke(") => "the delegator of the grant",
        Party::GrantHolder | Party::DelegateHolder => "the holder of the grant",
        Party::Proposer => "the proposer",
        Party::Office => "an account of an office with a share of the record",
        Party::Gateway => "a gateway of the chain, by its terms",
        Party::Contract => "the contract itself, for its own functions",
    }
}

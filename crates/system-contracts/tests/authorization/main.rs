//! Who may call what: every function that changes something has its row in a table, and the table is tried out.
//!
//! Everybody with a part in a founded city - a holder of every built-in role, for the city, for the organisation
//! concerned and for another one; controllers, recoverers, offices, proposers; a stranger - makes the same well-formed
//! call on the same city. Whom the table admits succeeds; everybody else is refused with the error that the table names,
//! and nothing has changed. Functions that only read are called on a host that cannot be written.
//!
//! The table is a document, too: `docs/operator/authorization.md`. `UPDATE_VECTORS=1 cargo test -p
//! civitas-system-contracts --test authorization` writes it anew.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod city;
mod document;
#[path = "../../../light/tests/made/mod.rs"]
mod made;
mod posted;
mod rows;
mod signed;
mod supervised;
mod views;

use alloy_json_abi::{Function, StateMutability};
use alloy_primitives::FixedBytes;
use alloy_sol_types::SolCall;
use city::{City, Party, STRANGER, TIMELOCK, Who, everybody, told};
use civitas_system_contracts::{
    CONTRACTS,
    address::{CONTROL, GOVERNANCE},
    fault::{Fault, unauthorized},
    interfaces::{IControl, IGovernance},
};
use rows::{May, Row};
use std::collections::{BTreeMap, BTreeSet};

/// The signature of a function with its contract.
type Name = (&'static str, String);

fn functions(chosen: fn(&Function) -> bool) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    for contract in CONTRACTS {
        let abi = (contract.abi)();
        let functions = abi.functions().filter(|function| chosen(function));
        found.extend(functions.map(|function| (contract.name, function.signature())));
    }
    found
}

fn reads(function: &Function) -> bool {
    matches!(
        function.state_mutability,
        StateMutability::View | StateMutability::Pure
    )
}

/// The functions that no row is about, and the rows that are about no function: both none.
#[test]
fn every_function_is_covered() {
    let rows = rows::all(&City::new());
    let covered: BTreeSet<Name> = rows
        .iter()
        .map(|row| (row.contract.name, row.function.to_owned()))
        .collect();
    let functions_changing = functions(|function| !reads(function));
    let uncovered: Vec<&Name> = functions_changing.difference(&covered).collect();
    assert!(uncovered.is_empty(), "functions without a row: {uncovered:#?}");
    let unknown: Vec<&Name> = covered.difference(&functions_changing).collect();
    assert!(unknown.is_empty(), "rows without a function: {unknown:#?}");
    let covered: BTreeSet<Name> = views::all(&City::new())
        .into_iter()
        .map(|view| (view.contract.name, view.function.to_owned()))
        .collect();
    let functions_reading = functions(reads);
    let uncovered: Vec<&Name> = functions_reading.difference(&covered).collect();
    assert!(uncovered.is_empty(), "queries that are not asked: {uncovered:#?}");
    let unknown: Vec<&Name> = covered.difference(&functions_reading).collect();
    assert!(unknown.is_empty(), "questions without a query: {unknown:#?}");
}

/// What does not hold of the table; told all at once.
fn check(mut fault_of: impl FnMut(&City, &Row) -> Vec<String>) {
    let city = City::new();
    let mut faults = Vec::new();
    for row in rows::all(&city) {
        for fault in fault_of(&city, &row) {
            faults.push(format!("{}.{}: {fault}", row.contract.name, row.function));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A call that must be refused just so, and leave everything as it was.
fn refused(city: &City, (caller, row): (Who, &Row), call: &[u8], expected: &Fault) -> Option<String> {
    let mut after = city.host.clone();
    let result = after.call(caller.account(), row.contract.address, call);
    let fault = match result {
        Ok(_) => return Some(format!("{caller:?} may")),
        Err(fault) => fault,
    };
    if fault != *expected {
        let (told, expected) = (told(&fault), told(expected));
        return Some(format!("{caller:?} is refused with {told} instead of {expected}"));
    }
    let same = after.storage == city.host.storage && after.events == city.host.events;
    (!same).then(|| format!("{caller:?} was refused and has changed something"))
}

#[test]
fn only_those_of_the_table_may() {
    check(|city, row| {
        let mut faults = Vec::new();
        for who in everybody() {
            if row.admits(who) {
                let mut after = city.host.clone();
                if let Err(fault) = after.call(who.account(), row.contract.address, &row.call) {
                    faults.push(format!("{who:?} may not: {}", told(&fault)));
                } else if after.storage == city.host.storage {
                    faults.push("a call that succeeds changes nothing".to_owned());
                }
            } else {
                let expected = row.refusal(who.account());
                faults.extend(refused(city, (who, row), &row.call, &expected));
            }
        }
        faults
    });
}

/// Governance may what a proposal of the named kind decides, and what the table does not give it cannot be proposed.
#[test]
fn only_proposals_of_the_table_are_executed() {
    check(|city, row| {
        let mut city = city.clone();
        let kind = row.kind();
        if kind != row.contract.kind_of(row.selector) && row.when.is_empty() {
            return vec!["the table and the contract name another kind of proposal".to_owned()];
        }
        let made = city.propose_in_turn(row.contract.address, row.call.clone());
        if kind.is_none() {
            let refusal = IGovernance::ActionNotAllowed {
                index: 0,
                target: row.contract.address,
                selector: FixedBytes(row.selector),
            };
            let refused = made == Err(refusal.into());
            return if refused {
                Vec::new()
            } else {
                vec!["it can be proposed".to_owned()]
            };
        }
        let id = match made {
            Ok(id) => id,
            Err(fault) => return vec![format!("it cannot be proposed: {}", told(&fault))],
        };
        let proposal = city.done(STRANGER, GOVERNANCE, &IGovernance::proposalCall { id });
        if Some(proposal.kind) != kind {
            return vec![format!("the proposal is of kind {:?}", proposal.kind)];
        }
        city.vote_for(id);
        city.host.block.timestamp += TIMELOCK;
        let execute = IGovernance::executeCall { id }.abi_encode();
        let executed = city.host.call(STRANGER, GOVERNANCE, &execute);
        executed.err().map(|fault| told(&fault)).into_iter().collect()
    });
}

/// What a signature or a vote opens stays closed without it, even for those who may.
#[test]
fn proofs_are_needed() {
    let mut proofs = 0;
    check(|city, row| {
        let everybody_may = row.may.iter().any(|may| matches!(may, May::Everybody(_)));
        let mut faults = Vec::new();
        if everybody_may && row.proofs.is_empty() {
            faults.push("open to everybody without a proof".to_owned());
        }
        for proof in &row.proofs {
            proofs += 1;
            let admitted = everybody().into_iter().filter(|who| row.admits(*who));
            faults
                .extend(admitted.filter_map(|who| refused(city, (who, row), &proof.forged, &proof.refusal)));
        }
        faults
    });
    assert!(proofs > 0);
}

/// Who is frozen may nothing, whatever the table says.
#[test]
fn frozen_accounts_may_nothing() {
    check(|city, row| {
        let mut faults = Vec::new();
        for who in everybody().into_iter().filter(|who| row.admits(*who)) {
            let mut city = city.clone();
            let account = who.account();
            let freeze = IControl::freezeAccountCall {
                account,
                reason: "case 9".to_owned(),
            };
            city.done(GOVERNANCE, CONTROL, &freeze);
            let expected = unauthorized(account, row.selector);
            faults.extend(refused(&city, (who, row), &row.call, &expected));
        }
        faults
    });
}

/// A query answers on a host that cannot be written; what changes something does not get through there.
#[test]
fn queries_write_nothing() {
    let mut city = City::new();
    city.host.read_only = true;
    let before = city.host.storage.clone();
    for view in views::all(&city) {
        let result = city.host.call(STRANGER, view.contract.address, &view.call);
        let told = result.map_err(|fault| told(&fault));
        assert!(told.is_ok(), "{}.{}: {told:?}", view.contract.name, view.function);
        assert_eq!(city.host.storage, before, "{}", view.function);
    }
    for row in rows::all(&city) {
        let admitted = everybody().into_iter().find(|who| row.admits(*who));
        let caller = admitted.map_or(GOVERNANCE, Who::account);
        let result = city.host.call(caller, row.contract.address, &row.call);
        assert_eq!(
            result,
            Err(Fault::ReadOnly),
            "{}.{}",
            row.contract.name,
            row.function
        );
    }
}

/// Every party and every kind of caller stands in the table at least once: no actor is there in vain.
#[test]
fn every_party_has_a_row() {
    let rows = rows::all(&City::new());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for party in Party::ALL {
        let count = rows
            .iter()
            .filter(|row| row.may.contains(&May::Party(party)))
            .count();
        counts.insert(format!("{party:?}"), count);
    }
    counts.retain(|_, count| *count == 0);
    assert!(counts.is_empty(), "{counts:?}");
}

/// The table as auditors read it is the one that was tried out.
#[test]
fn the_document_is_fresh() {
    document::check(&rows::all(&City::new()));
}

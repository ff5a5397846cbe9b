//! A founded city decides; a badly described one is refused with all its faults.

use super::*;
use crate::{interfaces::IGovernance, memory::MemoryHost};

/// Three organisations that vote, two of them with one representative, the first with two.
pub(crate) fn founding() -> Founding {
    let organisation = |name: &str, kind| OrganisationEntry {
        name: name.to_owned(),
        kind,
        level: 50,
        voting: true,
    };
    let representative = |account: u8, organisation: &str| GrantEntry {
        role: "Representative".to_owned(),
        account: Address::repeat_byte(account),
        organisation: Some(organisation.to_owned()),
    };
    let rule = RuleEntry {
        approval_percent: 60,
        approvals_min: 2,
        voting_seconds: 1_000,
        timelock_seconds: 100,
    };
    Founding {
        parameters: LedgerParameters::default(),
        organisations: vec![
            organisation("Office", OrganisationKindName::Governance),
            organisation("Works", OrganisationKindName::Business),
            organisation("Systems", OrganisationKindName::Provider),
        ],
        rules: KindName::ALL.into_iter().map(|kind| (kind, rule)).collect(),
        grants: vec![
            representative(0xa1, "Office"),
            representative(0xa2, "Office"),
            representative(0xb1, "Works"),
            representative(0xc1, "Systems"),
        ],
        policy: PolicyEntry::default(),
        offices: None,
    }
}

fn circumstances() -> Circumstances {
    let node = FoundingNode {
        key: B256::repeat_byte(7),
        organisation: "Office".to_owned(),
        name: "node0".to_owned(),
        endpoint: "127.0.0.1:9545".to_owned(),
        beneficiary: Address::ZERO,
    };
    Circumstances {
        nodes: vec![node],
        ..Circumstances::default()
    }
}

/// The city of [`founding`] at a later time.
pub(crate) fn founded() -> MemoryHost {
    let storage = founding().carry_out(&circumstances()).unwrap();
    let slots = storage.into_iter().flat_map(|(contract, slots)| {
        slots
            .into_iter()
            .map(move |(slot, value)| ((contract, slot), value))
    });
    MemoryHost {
        block: BlockContext {
            chain_id: 1,
            height: 10,
            timestamp: 5_000,
            ..BlockContext::default()
        },
        storage: slots.collect(),
        ..MemoryHost::default()
    }
}

#[test]
fn a_founded_city_can_decide() {
    let mut city = founded();
    assert_eq!(organisations::voter_count(&mut city).unwrap(), 3);
    roles::require_votes_possible(&mut city).unwrap();
    let query = IGovernance::ruleCall {
        kind: IGovernance::Kind::Rules,
    };
    let answer = city
        .call(Address::ZERO, address::GOVERNANCE, &query.abi_encode())
        .unwrap();
    let rule = IGovernance::ruleCall::abi_decode_returns(&answer).unwrap();
    assert_eq!((rule.approvalPercent, rule.timelockSeconds), (60, 100));
}

#[test]
fn every_fault_of_a_description_is_told_at_once() {
    let mut founding = founding();
    founding.organisations.push(founding.organisations[0].clone());
    founding.grants[0].role = "Emperor".to_owned();
    founding.grants[1].organisation = Some("Nobody".to_owned());
    founding.policy.period_seconds = 1;
    let faults = founding.carry_out(&circumstances()).unwrap_err();
    for part in ["stands twice", "\"Emperor\"", "\"Nobody\"", "policy"] {
        assert!(
            faults.iter().any(|fault| fault.contains(part)),
            "{part}: {faults:#?}"
        );
    }
}

#[test]
fn a_city_that_could_not_decide_is_refused() {
    let mut founding = founding();
    founding.grants.truncate(2);
    let faults = founding.carry_out(&circumstances()).unwrap_err();
    assert!(
        faults.iter().any(|fault| fault.contains("WouldLockOut")),
        "{faults:#?}"
    );
}

#[test]
fn the_accounts_hold_the_storage() {
    let storage = founding().carry_out(&circumstances());
    let accounts = accounts(&storage.unwrap());
    assert_eq!(accounts.len(), crate::CONTRACTS.len() + 1);
    let governance = &accounts[&address::GOVERNANCE];
    assert_eq!(governance.code, Some(Bytes::from_static(&CODE)));
    assert!(governance.storage.as_ref().is_some_and(|slots| !slots.is_empty()));
}

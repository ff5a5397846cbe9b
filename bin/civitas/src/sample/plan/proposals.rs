//! Proposals that wait for somebody, and some that failed.

use super::{Circumstances, PROVIDER, action, approve, id, propose, round, vote};
use crate::sample::{
    people::Person,
    step::{Act, Round, Step, Vote},
};
use alloy_primitives::B256;
use civitas_system_contracts::{
    address::{CONTROL, LEDGERS, ORGANISATIONS, ROLES},
    interfaces::{IControl, ILedgers, IOrganisations, IRoles},
};

const ARCHIVE: &str = "The city archive joins · 城市档案馆加入";
const SLOWER: &str = "The idle ledger beats more slowly · 放慢空闲心跳";
const QUOTA: &str = "A quota of gas for everybody · 统一燃料配额";
const RANK: &str = "A higher rank for Ledger Systems · 提升账本系统公司等级";
const OFFICER: &str = "A second emergency officer · 第二位应急官员";
/// Gas in a day.
const DAILY_GAS: u64 = 50_000_000;

/// The rounds of this chapter.
pub fn rounds(city: &Circumstances) -> anyhow::Result<Vec<Round>> {
    let mut votes = vec![
        vote(
            Person::BUSINESS,
            SLOWER,
            Vote::Yes,
            "our nodes write less to their disks",
        ),
        vote(
            Person::BUSINESS,
            QUOTA,
            Vote::No,
            "too little for our settlements",
        ),
        vote(
            Person::PROVIDER,
            QUOTA,
            Vote::No,
            "quotas have to follow use, not come before it",
        ),
        Step::new(Person::GOVERNANCE, Act::Withdraw { title: RANK }),
    ];
    votes.extend(approve(OFFICER));
    let made = vec![
        archive(),
        propose(SLOWER, vec![action(LEDGERS, &slower(city))]),
        propose(QUOTA, vec![action(CONTROL, &quota())]),
        propose(RANK, vec![action(ORGANISATIONS, &rank())]),
        propose(OFFICER, vec![action(ROLES, &officer()?)]),
    ];
    Ok(vec![
        round("proposals are made", made),
        round("some are voted on", votes),
    ])
}

/// Proposed by another organisation, so that the governance office has something to vote on, too.
fn archive() -> Step {
    let joins = IOrganisations::joinCall {
        name: "City Archive 城市档案馆".to_owned(),
        kind: IOrganisations::Kind::Supporter,
        level: 10,
        voting: false,
    };
    let act = Act::Propose {
        organisation: id(PROVIDER),
        title: ARCHIVE,
        actions: vec![action(ORGANISATIONS, &joins)],
    };
    Step::new(Person::PROVIDER, act)
}

fn slower(city: &Circumstances) -> ILedgers::adjustCall {
    ILedgers::adjustCall {
        chainId: city.chain_id,
        adjustment: ILedgers::Adjustment {
            blockGasMax: 300_000_000,
            blockIntervalMs: 50,
            heartbeatMs: 1_200,
        },
    }
}

fn quota() -> IControl::setPolicyCall {
    IControl::setPolicyCall {
        policy: IControl::Policy {
            deploymentRestricted: true,
            identityRequired: false,
            defaultQuota: DAILY_GAS,
            periodSeconds: 24 * 3_600,
        },
    }
}

fn rank() -> IOrganisations::changeCall {
    IOrganisations::changeCall {
        id: id(PROVIDER),
        kind: IOrganisations::Kind::Provider,
        level: 45,
        voting: true,
    }
}

fn officer() -> anyhow::Result<IRoles::grantCall> {
    Ok(IRoles::grantCall {
        role: id("EmergencyOfficer"),
        subject: Person::TRAMS.word()?,
        scope: IRoles::Scope {
            kind: IRoles::ScopeKind::City,
            value: B256::ZERO,
        },
        expiry: 0,
        delegable: false,
    })
}

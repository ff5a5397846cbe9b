//! The plan, carried out by the system contracts in memory.

use super::*;
use crate::{founding, sample::step::Outcome};
use civitas_system_contracts::{
    address::{CASES, CHAINS, GOVERNANCE, IDENTITIES, ORGANISATIONS, ROLES},
    contract_at,
    genesis::{Circumstances as Foundation, FoundingNode},
    host::BlockContext,
    identities::message,
    interfaces::{ICases, IChains, IGovernance, IIdentities, IOrganisations, IRoles},
    memory::MemoryHost,
};
use civitas_types::LedgerParameters;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

const NOW: u64 = 1_800_000_000;
const CHAIN: u64 = 1337;
/// Seconds between two rounds.
const PAUSE: u64 = 2;

/// A development city in memory.
fn city() -> (MemoryHost, Circumstances) {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("civitas-sample-{}-{number}", std::process::id()));
    let founding = founding::development(&folder, LedgerParameters::default()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let block = BlockContext {
        chain_id: CHAIN,
        height: 0,
        timestamp: NOW,
        ..BlockContext::default()
    };
    let node = FoundingNode {
        key: B256::repeat_byte(7),
        organisation: PROVIDER.to_owned(),
        name: "node0".to_owned(),
        endpoint: "127.0.0.1:9000".to_owned(),
        beneficiary: Address::repeat_byte(7),
    };
    let foundation = Foundation {
        block,
        nodes: vec![node],
        anchors: Vec::new(),
    };
    let storage = founding.carry_out(&foundation).unwrap();
    let slots = storage.into_iter().flat_map(|(contract, slots)| {
        let written = move |(slot, value)| ((contract, slot), value);
        slots.into_iter().map(written)
    });
    let host = MemoryHost {
        block,
        storage: slots.collect(),
        ..MemoryHost::default()
    };
    let circumstances = Circumstances {
        now: NOW,
        chain_id: CHAIN,
        nodes: vec![B256::repeat_byte(7)],
    };
    (host, circumstances)
}

fn ask<C: SolCall>(host: &mut MemoryHost, to: Address, call: &C) -> C::Return {
    C::abi_decode_returns(&host.call(Address::ZERO, to, &call.abi_encode()).unwrap()).unwrap()
}

fn proposals(host: &mut MemoryHost) -> Vec<IGovernance::Proposal> {
    let count = ask(host, GOVERNANCE, &IGovernance::proposalCountCall {});
    (1..=count)
        .map(|id| ask(host, GOVERNANCE, &IGovernance::proposalCall { id }))
        .collect()
}

fn number(host: &mut MemoryHost, title: &str) -> u64 {
    let found = proposals(host)
        .into_iter()
        .find(|proposal| proposal.title == title);
    found.unwrap_or_else(|| panic!("no proposal {title}")).id
}

/// The call of a step of a system contract; nothing for other steps.
fn call_of(host: &mut MemoryHost, step: &Step) -> Option<(Address, Vec<u8>)> {
    let call = match &step.act {
        Act::Call { to, data, .. } => return contract_at(to).map(|_| (*to, data.to_vec())),
        Act::Propose {
            organisation,
            title,
            actions,
        } => IGovernance::proposeCall {
            organisation: *organisation,
            title: (*title).to_owned(),
            actions: actions
                .iter()
                .map(|(target, data)| IGovernance::Action {
                    target: *target,
                    data: data.clone(),
                })
                .collect(),
        }
        .abi_encode(),
        Act::Vote {
            title,
            organisation,
            vote,
            reason,
        } => IGovernance::voteCall {
            id: number(host, title),
            organisation: *organisation,
            approve: *vote == Vote::Yes,
            reason: (*reason).to_owned(),
        }
        .abi_encode(),
        Act::Execute { title } => IGovernance::executeCall {
            id: number(host, title),
        }
        .abi_encode(),
        Act::Withdraw { title } => IGovernance::withdrawCall {
            id: number(host, title),
        }
        .abi_encode(),
        Act::Revoke { role, subject } => {
            let grants = ask(host, ROLES, &IRoles::grantsOfCall { subject: *subject });
            let grant = grants.iter().find(|grant| grant.role == *role).unwrap();
            return Some((ROLES, IRoles::revokeCall { id: grant.id }.abi_encode()));
        }
        Act::Bind { account, chain } => return Some((IDENTITIES, bind(host, step.by, *account, *chain))),
        Act::Deploy { .. } | Act::Seal { .. } | Act::Hand { .. } => return None,
    };
    Some((GOVERNANCE, call))
}

fn bind(host: &mut MemoryHost, owner: Person, account: Person, chain: Option<u64>) -> Vec<u8> {
    let id = owner.identity();
    let account = account.account().unwrap();
    let binding = IIdentities::Binding {
        id,
        account: format!("eip155:{}:{}", chain.unwrap_or(CHAIN), account.address),
        ledger: CHAIN,
        nonce: ask(host, IDENTITIES, &IIdentities::nonceOfCall { id }),
        issuedAt: host.block.timestamp,
        expiresAt: host.block.timestamp + 600,
    };
    let text = message::account_message(&binding).unwrap();
    IIdentities::bindCall {
        binding,
        accountProof: IIdentities::AccountProof {
            keyType: IIdentities::KeyType::Secp256k1,
            key: Bytes::new(),
            signature: account.sign_text(&text).unwrap().into(),
        },
        identityProof: IIdentities::IdentityProof {
            fragment: String::new(),
            signature: Bytes::new(),
        },
    }
    .abi_encode()
}

#[test]
fn the_system_contracts_take_every_step_as_planned() {
    let (mut host, circumstances) = city();
    for round in rounds(&circumstances).unwrap() {
        host.block.height += 1;
        host.block.timestamp += PAUSE;
        for step in &round.steps {
            let Some((to, data)) = call_of(&mut host, step) else {
                continue;
            };
            // The records that are opened need the keys of offices, which are the ledger's business alone.
            if to == civitas_system_contracts::address::OFFICES {
                continue;
            }
            let done = host.call(step.by.address().unwrap(), to, &data);
            assert_eq!(
                done.is_ok(),
                step.outcome == Outcome::Done,
                "{}: {}: {done:?}",
                round.title,
                step.act.describe()
            );
        }
    }
    let proposed: BTreeSet<String> = proposals(&mut host)
        .iter()
        .map(|proposal| format!("{:?}", proposal.status))
        .collect();
    let wanted = ["Approved", "Executed", "Open", "Rejected", "Withdrawn"].map(str::to_owned);
    assert_eq!(proposed, wanted.into());
    let chains = ask(&mut host, CHAINS, &IChains::chainsCall { from: 0, count: 50 });
    let states: BTreeSet<String> = chains.iter().map(|chain| format!("{:?}", chain.status)).collect();
    let wanted = [
        "Active",
        "Cancelled",
        "Frozen",
        "Registered",
        "Rejected",
        "UnderReview",
    ]
    .map(str::to_owned);
    assert_eq!(states, wanted.into());
    assert_eq!(
        ask(
            &mut host,
            ORGANISATIONS,
            &IOrganisations::organisationCountCall {}
        ),
        6
    );
    assert_eq!(ask(&mut host, IDENTITIES, &IIdentities::identityCountCall {}), 7);
    let commands = ask(&mut host, CASES, &ICases::commandsCall { from: 1, count: 50 });
    let states: Vec<_> = commands.iter().map(|command| command.status).collect();
    assert_eq!(
        states,
        [ICases::CommandStatus::Done, ICases::CommandStatus::Ordered]
    );
    let notices = ask(&mut host, CASES, &ICases::noticesCall { from: 1, count: 50 });
    assert!(notices.len() == 1 && notices[0].repliedAt > 0);
}

#[test]
fn titles_by_which_proposals_are_found_are_used_once() {
    let (_, circumstances) = city();
    let mut titles = BTreeSet::new();
    for step in rounds(&circumstances)
        .unwrap()
        .iter()
        .flat_map(|round| &round.steps)
    {
        if let Act::Propose { title, .. } = &step.act {
            assert!(titles.insert(*title), "{title}");
        }
    }
    assert!(titles.len() > 8);
}

#[test]
fn contracts_stand_where_the_plan_says() {
    let (_, circumstances) = city();
    let mut nonces = std::collections::BTreeMap::new();
    for round in rounds(&circumstances).unwrap() {
        for step in round.steps {
            let nonce = nonces.entry((round.ledger, step.by)).or_insert(0_u64);
            if let Act::Deploy { at, .. } = step.act {
                assert_eq!(step.by.address().unwrap().create(*nonce), at, "{}", round.title);
            }
            if step.outcome != Outcome::Refused {
                *nonce += 1;
            }
        }
    }
}

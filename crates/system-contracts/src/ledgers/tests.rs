//! Tests of the contract: creation, the whole table of transitions, members, and every refusal.

use super::{abi::StateCommitment, *};
use crate::{
    address::GOVERNANCE,
    checks::{refused, refused_argument},
    interfaces::{IOrganisations, IOrganisations::Kind as OrganisationKind},
    memory::MemoryHost,
    nodes, organisations,
};
use civitas_types::OrderingEngine;

mod adjustment;
mod duties;
mod readiness;

const CHAIN_ID: u64 = 77;
const NODES: u8 = 12;

/// A city with active nodes of the keys `1..=NODES`, repeated.
fn city() -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = CHAIN_ID;
    host.block.height = 500;
    let join = IOrganisations::joinCall {
        name: "one".to_owned(),
        kind: OrganisationKind::Business,
        level: 1,
        voting: true,
    };
    host.call(GOVERNANCE, crate::address::ORGANISATIONS, &join.abi_encode())
        .unwrap();
    for byte in 1..=NODES {
        let node = nodes::GenesisNode {
            key: B256::repeat_byte(byte),
            organisation: organisations::id_of("one"),
            name: &format!("node-{byte}"),
            endpoint: "",
            beneficiary: Address::ZERO,
            role: nodes::Role::Validator,
        };
        nodes::genesis_node(&mut host, &node).unwrap();
    }
    nodes::seal_genesis(&mut host).unwrap();
    host
}

fn parameters() -> Parameters {
    Parameters {
        ordering: Engine::Simplex,
        stateCommitment: StateCommitment::Mpt,
        blockGasMax: 60_000_000,
        payloadBytesMax: 1_048_576,
        payloadTransactionsMax: 1_000,
        transactionBytesMax: 65_536,
        baseFee: 7,
        blockIntervalMs: 100,
        heartbeatMs: 2_000,
        leaderTimeoutMs: 3_000,
        epochBlocks: 600,
    }
}

fn validators(bytes: &[u8]) -> Vec<Member> {
    let member = |byte: &u8| Member {
        key: B256::repeat_byte(*byte),
        role: Role::Validator,
    };
    bytes.iter().map(member).collect()
}

fn creation() -> abi::createCall {
    abi::createCall {
        name: "trade-1".to_owned(),
        chainId: 900,
        parameters: parameters(),
        access: Access::City,
        genesisHash: B256::ZERO,
        members: validators(&[1, 2, 3, 4]),
    }
}

fn govern(host: &mut MemoryHost, call: &impl SolCall) -> Result<Bytes, Fault> {
    host.call(GOVERNANCE, ADDRESS, &call.abi_encode())
}

fn freeze() -> abi::freezeCall {
    abi::freezeCall {
        name: "trade-1".to_owned(),
        reason: "fraud".to_owned(),
    }
}

fn unfreeze() -> abi::unfreezeCall {
    abi::unfreezeCall {
        name: "trade-1".to_owned(),
        reason: String::new(),
    }
}

fn close() -> abi::closeCall {
    abi::closeCall {
        name: "trade-1".to_owned(),
        reason: "over".to_owned(),
    }
}

fn change(members: Vec<Member>) -> abi::changeMembersCall {
    abi::changeMembersCall {
        name: "trade-1".to_owned(),
        members,
    }
}

#[test]
fn a_ledger_is_created_as_it_was_voted_for() {
    let mut host = city();
    let before = generation(&mut host).unwrap();
    govern(&mut host, &creation()).unwrap();
    assert!(generation(&mut host).unwrap() > before);
    let found = ledgers(&mut host).unwrap();
    let expected = LedgerRecord {
        name: "trade-1".to_owned(),
        chain_id: 900,
        parameters: parameters::of_genesis(&parameters()),
        access: Access::City,
        genesis_hash: None,
        members: validators(&[1, 2, 3, 4]),
        status: Status::Active,
        created_at: 500,
        changed_at: 500,
    };
    assert_eq!(found, [expected]);
    assert_eq!(found[0].parameters.ordering, OrderingEngine::Simplex);
    assert_eq!(found[0].parameters.base_fee, 7);
    assert_eq!(name_of(&mut host, 900).unwrap(), "trade-1");
    assert_eq!(name_of(&mut host, 901).unwrap(), "");
    let page = page(&mut host, 0, 99).unwrap();
    assert_eq!(page[0].parameters, parameters());
    refused(
        known(&mut host, "trade-2"),
        abi::LedgerUnknown {
            name: "trade-2".to_owned(),
        },
    );
}

#[test]
fn creations_are_checked() {
    let mut host = city();
    let mut check = |name: &str, change: &dyn Fn(&mut abi::createCall)| {
        let mut request = creation();
        change(&mut request);
        refused_argument(govern(&mut host, &request), name);
    };
    for name in [
        "",
        "main",
        "Trade",
        "a b",
        "-a",
        "a-",
        "a/b",
        "a.b",
        &"a".repeat(33),
    ] {
        check("name", &|request| request.name = name.to_owned());
    }
    check("chainId", &|request| request.chainId = 0);
    check("chainId", &|request| request.chainId = u64::MAX / 2);
    check("blockGasMax", &|request| request.parameters.blockGasMax = 1);
    check("blockGasMax", &|request| {
        request.parameters.blockGasMax = u64::MAX
    });
    check("payloadBytesMax", &|request| {
        request.parameters.payloadBytesMax = 1
    });
    check("heartbeatMs", &|request| request.parameters.heartbeatMs = 3_000);
    check("leaderTimeoutMs", &|request| {
        request.parameters.leaderTimeoutMs = 60_001
    });
    check("genesisHash", &|request| {
        request.genesisHash = B256::repeat_byte(1)
    });
    check("epochBlocks", &|request| request.parameters.epochBlocks = 3);
    check("members", &|request| request.members.clear());
    check("members", &|request| request.members[0].role = Role::None);
    check("members", &|request| {
        for member in &mut request.members {
            member.role = Role::Observer;
        }
    });
    check("members", &|request| request.parameters.ordering = Engine::Solo);
    check("members", &|request| {
        request.members = (0..129_u64)
            .map(|number| Member {
                key: B256::left_padding_from(&number.to_be_bytes()),
                role: Role::Validator,
            })
            .collect();
    });
    let mut request = creation();
    request.members.push(request.members[0].clone());
    let key = B256::repeat_byte(1);
    refused(govern(&mut host, &request), abi::DuplicateMember { key });
    request.members = validators(&[1, 99]);
    let key = B256::repeat_byte(99);
    refused(govern(&mut host, &request), abi::NodeNotActive { key });
}

#[test]
fn names_and_chain_ids_are_used_once() {
    let mut host = city();
    let mut own = creation();
    own.chainId = CHAIN_ID;
    refused(govern(&mut host, &own), abi::ChainIdTaken { chainId: CHAIN_ID });
    govern(&mut host, &creation()).unwrap();
    govern(&mut host, &close()).unwrap();
    let name = "trade-1".to_owned();
    refused(govern(&mut host, &creation()), abi::LedgerExists { name });
    let mut other = creation();
    other.name = "trade-2".to_owned();
    refused(govern(&mut host, &other), abi::ChainIdTaken { chainId: 900 });
    other.chainId = 901;
    govern(&mut host, &other).unwrap();
    assert_eq!(ledgers(&mut host).unwrap().len(), 2);
    other.chainId = 1;
    other.name = "trade-3".to_owned();
    refused(govern(&mut host, &other), abi::ChainIdTaken { chainId: 1 });
}

/// The id of a foreign chain of the register is no ledger's; a native record describes a ledger that may come.
#[test]
fn chain_ids_of_foreign_chains_are_refused() {
    use crate::interfaces::IChains::{ChainInfo, Kind, registerCall};
    let mut host = city();
    for (number, kind) in [(900, Kind::Evm), (901, Kind::Native)] {
        let info = ChainInfo {
            caip2: format!("eip155:{number}"),
            name: "Parking".to_owned(),
            kind,
            purpose: "Parking fees".to_owned(),
            operator: organisations::id_of("one"),
            company: "City Parking Ltd".to_owned(),
            contact: "duty@parking.example".to_owned(),
            grade: 2,
            consensus: "QBFT".to_owned(),
            endpoint: "192.0.2.7:8545".to_owned(),
            documents: B256::ZERO,
        };
        let register = registerCall { info };
        host.call(GOVERNANCE, crate::address::CHAINS, &register.abi_encode())
            .unwrap();
    }
    let mut request = creation();
    refused(govern(&mut host, &request), abi::ChainIdTaken { chainId: 900 });
    request.chainId = 901;
    govern(&mut host, &request).unwrap();
}

#[test]
fn the_table_of_transitions() {
    type Act = fn(&mut MemoryHost) -> Result<Bytes, Fault>;
    let in_status = |status: Status| {
        let mut host = city();
        govern(&mut host, &creation()).unwrap();
        match status {
            Status::Frozen => govern(&mut host, &freeze()).map(|_| ()),
            Status::Closed => govern(&mut host, &close()).map(|_| ()),
            _ => Ok(()),
        }
        .unwrap();
        host.block.height += 1;
        host
    };
    let acts: [(Act, &[Status], Status); 3] = [
        (|host| govern(host, &freeze()), FREEZE.from, Status::Frozen),
        (|host| govern(host, &unfreeze()), UNFREEZE.from, Status::Active),
        (|host| govern(host, &close()), CLOSE.from, Status::Closed),
    ];
    for (act, from, to) in acts {
        for status in [Status::Active, Status::Frozen, Status::Closed] {
            let mut host = in_status(status);
            let before = generation(&mut host).unwrap();
            let result = act(&mut host);
            if from.contains(&status) {
                result.unwrap();
                let found = ledgers(&mut host).unwrap();
                assert_eq!((found[0].status, found[0].changed_at), (to, 501));
                assert_eq!(generation(&mut host).unwrap(), before + 1);
            } else {
                let name = "trade-1".to_owned();
                refused(
                    result,
                    abi::IllegalTransition {
                        name,
                        from: status,
                        to,
                    },
                );
            }
        }
    }
    let mut host = in_status(Status::Active);
    let mut wordy = freeze();
    wordy.reason = "x".repeat(REASON_BYTES_MAX + 1);
    refused_argument(govern(&mut host, &wordy), "reason");
    let mut closed = in_status(Status::Closed);
    let name = "trade-1".to_owned();
    refused(
        govern(&mut closed, &change(validators(&[1]))),
        abi::LedgerClosed { name },
    );
}

#[test]
fn members_change_in_steps_that_a_quorum_survives() {
    let mut host = city();
    govern(&mut host, &creation()).unwrap();
    let lost = |validators: u64, leaving: u64, joining: u64, change_max: u64| abi::WouldLoseQuorum {
        validators,
        leaving,
        joining,
        changeMax: change_max,
    };
    let mut check = |members: &[u8], error: Option<abi::WouldLoseQuorum>| {
        let result = govern(&mut host, &change(validators(members)));
        match error {
            Some(error) => refused(result, error),
            None => {
                result.unwrap();
                assert_eq!(ledgers(&mut host).unwrap()[0].members, validators(members));
            }
        }
    };
    check(&[3, 4], Some(lost(4, 2, 0, 1)));
    check(&[1, 2, 3, 4, 5, 6], Some(lost(4, 0, 2, 1)));
    check(&[2, 3, 4, 5], None);
    check(&[2, 3, 4], None);
    check(&[2, 3, 5], Some(lost(3, 1, 1, 1)));
    check(&[2, 3], None);
    check(&[2], None);
    let mut observed = validators(&[2]);
    for byte in 3..=NODES {
        observed.push(Member {
            key: B256::repeat_byte(byte),
            role: Role::Observer,
        });
    }
    govern(&mut host, &change(observed.clone())).unwrap();
    assert_eq!(ledgers(&mut host).unwrap()[0].members, observed);
    let revoke = crate::interfaces::INodes::retireCall {
        key: B256::repeat_byte(12),
    };
    host.call(GOVERNANCE, crate::address::NODES, &revoke.abi_encode())
        .unwrap();
    govern(&mut host, &change(observed.clone())).unwrap();
    observed.pop();
    govern(&mut host, &change(observed.clone())).unwrap();
    let key = B256::repeat_byte(12);
    observed.push(Member {
        key,
        role: Role::Observer,
    });
    refused(govern(&mut host, &change(observed)), abi::NodeNotActive { key });
    let mut solo = creation();
    solo.name = "solo".to_owned();
    solo.chainId = 901;
    solo.parameters.ordering = Engine::Solo;
    solo.members = validators(&[1]);
    govern(&mut host, &solo).unwrap();
    let mut same = change(validators(&[1]));
    same.name = "solo".to_owned();
    govern(&mut host, &same).unwrap();
    for others in [&[2][..], &[1, 2]] {
        same.members = validators(others);
        refused_argument(govern(&mut host, &same), "members");
    }
}

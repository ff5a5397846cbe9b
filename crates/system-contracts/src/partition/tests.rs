//! Tests: what a partition ledger reads from the main ledger, what it keeps itself, and what it refuses.

use super::*;
use crate::{
    access,
    address::{AUDIT, CONTROL, GOVERNANCE, IDENTITIES, LEDGERS, NODES, ORGANISATIONS, ROLES},
    control,
    fault::OnlyOnMainLedger,
    host::LedgerKind,
    interfaces::{
        IAudit, IControl,
        ILedgers::{self, Access, Engine, Member, Parameters, StateCommitment},
        INodes, IOrganisations, IRoles,
    },
    memory::MemoryHost,
    nodes::Role,
    organisations,
};
use alloy_primitives::{Address, keccak256};
use alloy_sol_types::{SolCall, SolError};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

const CHAIN_ID: u64 = 900;
const NODES_COUNT: u8 = 8;
const HEIGHT: u64 = 500;

/// The key pair of the node with this number, from 1: keys ascend with the numbers.
fn pair(number: u8) -> Ed25519KeyPair {
    let pair = |seed: u8| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let mut pairs: Vec<Ed25519KeyPair> = (1..=NODES_COUNT).map(pair).collect();
    pairs.sort_by_key(|pair| B256::from_slice(pair.public_key().as_ref()));
    pairs.swap_remove(usize::from(number) - 1)
}

fn key(number: u8) -> B256 {
    B256::from_slice(pair(number).public_key().as_ref())
}

fn call(host: &mut MemoryHost, contract: Address, call: &impl SolCall) {
    host.call(GOVERNANCE, contract, &call.abi_encode()).unwrap();
}

/// A city with the partition ledger 900 ordered by the nodes 1 to 4.
fn city(access: Access) -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = 77;
    host.block.height = HEIGHT;
    let join = IOrganisations::joinCall {
        name: "one".to_owned(),
        kind: IOrganisations::Kind::Business,
        level: 1,
        voting: true,
    };
    call(&mut host, ORGANISATIONS, &join);
    for byte in 1..=NODES_COUNT {
        let node = nodes::GenesisNode {
            key: key(byte),
            organisation: organisations::id_of("one"),
            name: &format!("node-{byte}"),
            endpoint: "",
            beneficiary: Address::repeat_byte(byte),
            role: Role::Validator,
        };
        nodes::genesis_node(&mut host, &node).unwrap();
    }
    nodes::seal_genesis(&mut host).unwrap();
    crate::roles::builtin::define_builtin(&mut host).unwrap();
    let create = ILedgers::createCall {
        name: "trade".to_owned(),
        chainId: CHAIN_ID,
        parameters: Parameters {
            ordering: Engine::Simplex,
            stateCommitment: StateCommitment::Qmdb,
            blockGasMax: 60_000_000,
            payloadBytesMax: 1_048_576,
            payloadTransactionsMax: 1_000,
            transactionBytesMax: 65_536,
            baseFee: 0,
            blockIntervalMs: 100,
            heartbeatMs: 2_000,
            leaderTimeoutMs: 3_000,
            epochBlocks: 600,
        },
        access,
        genesisHash: B256::ZERO,
        members: members(&[1, 2, 3, 4]),
    };
    call(&mut host, LEDGERS, &create);
    host
}

fn members(bytes: &[u8]) -> Vec<Member> {
    let member = |byte: &u8| Member {
        key: key(*byte),
        role: ILedgers::Role::Validator,
    };
    bytes.iter().map(member).collect()
}

fn change(host: &mut MemoryHost, bytes: &[u8]) {
    on_main(host);
    let change = ILedgers::changeMembersCall {
        name: "trade".to_owned(),
        members: members(bytes),
    };
    call(host, LEDGERS, &change);
    on_partition(host);
}

fn on_partition(host: &mut MemoryHost) {
    host.block.ledger = LedgerKind::Partition;
    host.block.chain_id = CHAIN_ID;
}

fn on_main(host: &mut MemoryHost) {
    host.block.ledger = LedgerKind::Main;
    host.block.chain_id = 77;
}

fn keys(host: &mut MemoryHost, epoch: u64) -> Vec<u8> {
    let validators = validators(host, epoch).unwrap();
    let number = |wanted: B256| (1..=NODES_COUNT).find(|number| key(*number) == wanted).unwrap();
    validators.iter().map(|validator| number(validator.key)).collect()
}

/// Nodes prove by the block before the next one of the main ledger that they are ready.
fn prove(host: &mut MemoryHost, numbers: &[u8]) {
    on_main(host);
    let height = host.block.height;
    host.block.height += 1;
    let block_hash = B256::repeat_byte(0xbb);
    host.block_hashes.insert(height, block_hash);
    for number in numbers {
        let proof = nodes::proofs::LedgerReadiness {
            chain_id: 77,
            ledger: CHAIN_ID,
            height,
            block_hash,
        };
        let ready = ILedgers::readyCall {
            name: "trade".to_owned(),
            key: key(*number),
            height,
            blockHash: block_hash,
            signature: pair(*number)
                .sign(proof.message().as_slice())
                .as_ref()
                .to_vec()
                .into(),
        };
        host.call(Address::repeat_byte(0x99), LEDGERS, &ready.abi_encode())
            .unwrap();
    }
    on_partition(host);
}

#[test]
fn validators_follow_the_registry_by_safe_steps() {
    let mut host = city(Access::City);
    on_partition(&mut host);
    seal_genesis(&mut host).unwrap();
    assert!(seal_genesis(&mut host).is_err());
    assert_eq!(keys(&mut host, 0), [1, 2, 3, 4]);
    roll_epoch(&mut host, 1).unwrap();
    assert_eq!(storage().sets().length(&mut host).unwrap(), 1);
    change(&mut host, &[1, 2, 3, 5]);
    change(&mut host, &[1, 2, 6, 5]);
    prove(&mut host, &[5, 6]);
    assert_eq!(keys(&mut host, 1), [1, 2, 3, 4]);
    roll_epoch(&mut host, 2).unwrap();
    assert_eq!(keys(&mut host, 2), [1, 2, 4, 5]);
    roll_epoch(&mut host, 3).unwrap();
    assert_eq!(keys(&mut host, 3), [1, 2, 5, 6]);
    assert_eq!(keys(&mut host, 1), [1, 2, 3, 4]);
    assert!(roll_epoch(&mut host, 3).is_err());
    let validator = &validators(&mut host, 3).unwrap()[2];
    assert_eq!(
        (validator.name.as_str(), validator.beneficiary),
        ("node-5", Address::repeat_byte(5))
    );
}

/// An officer alone can stop a ledger for a while, but never make its set smaller until it is his.
#[test]
fn emergency_powers_alone_never_change_who_orders() {
    let mut host = city(Access::City);
    on_partition(&mut host);
    seal_genesis(&mut host).unwrap();
    on_main(&mut host);
    // The nodes of the partition have no vote on the main ledger, whose bound on emergencies then says nothing of them.
    for number in [3, 4] {
        let observer = INodes::setRoleCall {
            key: key(number),
            role: INodes::Role::Observer,
        };
        call(&mut host, NODES, &observer);
    }
    let officer = Address::repeat_byte(0x77);
    grant_emergencies(&mut host, officer);
    for number in [3, 4] {
        let suspend = INodes::emergencySuspendCall {
            key: key(number),
            reason: "mine".to_owned(),
        };
        host.call(officer, NODES, &suspend.abi_encode()).unwrap();
        assert!(!nodes::is_active(&mut host, key(number)).unwrap());
    }
    on_partition(&mut host);
    roll_epoch(&mut host, 1).unwrap();
    assert_eq!(keys(&mut host, 1), [1, 2, 3, 4]);
    // With a vote behind it, a suspension takes the seat.
    on_main(&mut host);
    let suspend = INodes::suspendCall { key: key(4) };
    call(&mut host, NODES, &suspend);
    on_partition(&mut host);
    roll_epoch(&mut host, 2).unwrap();
    assert_eq!(keys(&mut host, 2), [1, 2, 3]);
}

fn grant_emergencies(host: &mut MemoryHost, officer: Address) {
    let grant = IRoles::grantCall {
        role: keccak256("EmergencyOfficer"),
        subject: officer.into_word(),
        scope: IRoles::Scope {
            kind: IRoles::ScopeKind::City,
            value: B256::ZERO,
        },
        expiry: 0,
        delegable: false,
    };
    call(host, ROLES, &grant);
}

/// Newcomers that never run are not counted for the quorum, however many are added one after another.
#[test]
fn who_has_not_proved_to_be_ready_never_joins() {
    let mut host = city(Access::City);
    on_partition(&mut host);
    seal_genesis(&mut host).unwrap();
    change(&mut host, &[1, 2, 3, 4, 5]);
    roll_epoch(&mut host, 1).unwrap();
    change(&mut host, &[1, 2, 3, 4, 5, 6]);
    for epoch in 2..9 {
        roll_epoch(&mut host, epoch).unwrap();
        assert_eq!(keys(&mut host, epoch), [1, 2, 3, 4]);
    }
    prove(&mut host, &[6]);
    roll_epoch(&mut host, 9).unwrap();
    assert_eq!(keys(&mut host, 9), [1, 2, 3, 4, 6]);
    // Who was replaced leaves although who replaces it is not there yet: the set has members that run.
    change(&mut host, &[2, 3, 4, 5, 6]);
    roll_epoch(&mut host, 10).unwrap();
    assert_eq!(keys(&mut host, 10), [2, 3, 4, 6]);
}

/// What a node has proved before it was suspended says nothing about what it is after.
#[test]
fn who_was_suspended_proves_again() {
    let mut host = city(Access::City);
    on_partition(&mut host);
    seal_genesis(&mut host).unwrap();
    on_main(&mut host);
    let key = key(4);
    call(&mut host, NODES, &INodes::suspendValidatorCall { key });
    on_partition(&mut host);
    roll_epoch(&mut host, 1).unwrap();
    assert_eq!(keys(&mut host, 1), [1, 2, 3]);
    on_main(&mut host);
    host.block.height += 1;
    call(&mut host, NODES, &INodes::reactivateCall { key });
    call(&mut host, NODES, &INodes::suspendCall { key });
    call(&mut host, NODES, &INodes::reactivateCall { key });
    assert!(!ledgers::is_ready(&mut host, CHAIN_ID, key).unwrap());
    on_partition(&mut host);
    roll_epoch(&mut host, 2).unwrap();
    assert_eq!(keys(&mut host, 2), [1, 2, 3]);
    prove(&mut host, &[4]);
    roll_epoch(&mut host, 3).unwrap();
    assert_eq!(keys(&mut host, 3), [1, 2, 3, 4]);
}

#[test]
fn who_has_lost_its_links_leaves_at_the_next_epoch() {
    let mut host = city(Access::City);
    on_partition(&mut host);
    seal_genesis(&mut host).unwrap();
    on_main(&mut host);
    call(&mut host, NODES, &INodes::suspendValidatorCall { key: key(2) });
    on_partition(&mut host);
    roll_epoch(&mut host, 1).unwrap();
    assert_eq!(keys(&mut host, 1), [1, 3, 4]);
}

#[test]
fn the_block_of_the_main_ledger_never_goes_back() {
    let mut host = city(Access::City);
    on_partition(&mut host);
    let hash = B256::repeat_byte(9);
    set_main(&mut host, 5, hash).unwrap();
    set_main(&mut host, 5, hash).unwrap();
    set_main(&mut host, 7, hash).unwrap();
    assert!(set_main(&mut host, 6, hash).is_err());
    assert_eq!(host.load(PARTITION, MAIN_HEIGHT_SLOT), Ok(U256::from(7)));
}

#[test]
fn contracts_answer_and_nothing_changes() {
    let mut host = city(Access::City);
    on_partition(&mut host);
    let refusal = Fault::Refused(OnlyOnMainLedger {}.abi_encode().into());
    let before = host.storage.clone();
    for contract in crate::CONTRACTS {
        for function in (contract.abi)().functions() {
            let answers = matches!(
                function.state_mutability,
                alloy_json_abi::StateMutability::View | alloy_json_abi::StateMutability::Pure
            );
            let outcome = host.call(GOVERNANCE, contract.address, function.selector().as_slice());
            let name = (contract.name, &function.name);
            assert_eq!(outcome == Err(refusal.clone()), !answers, "{name:?}");
        }
    }
    assert_eq!(host.storage, before);
    assert!(host.call(Address::ZERO, IDENTITIES, &[1, 2, 3, 4]).is_err());
}

/// What has an allowance on the main ledger only fails here, so it is gas as any other.
#[test]
fn nothing_has_an_allowance() {
    let intent = |target, selector| access::Intent {
        sender: Address::ZERO,
        target: Some(target),
        selector,
    };
    let allowed = [
        intent(GOVERNANCE, [0; 4]),
        intent(NODES, INodes::readyCall::SELECTOR),
        intent(LEDGERS, ILedgers::readyCall::SELECTOR),
        intent(AUDIT, IAudit::anchorCall::SELECTOR),
    ];
    for intent in allowed {
        assert!(access::allowance(&intent, LedgerKind::Main) > 0, "{intent:?}");
        assert_eq!(access::allowance(&intent, LedgerKind::Partition), 0, "{intent:?}");
    }
    for target in [NODES, LEDGERS, AUDIT, Address::ZERO] {
        assert_eq!(access::allowance(&intent(target, [0; 4]), LedgerKind::Main), 0);
    }
}

/// Votes go on when a quota is used up, and are bounded all the same.
#[test]
fn an_allowance_has_an_end() {
    let mut host = city(Access::City);
    let subject = B256::repeat_byte(3);
    let quota = IControl::setQuotaCall {
        subject,
        gasPerPeriod: 1_000,
    };
    call(&mut host, CONTROL, &quota);
    let vote = access::Intent {
        sender: Address::ZERO,
        target: Some(GOVERNANCE),
        selector: [0; 4],
    };
    let allowance = access::allowance(&vote, LedgerKind::Main);
    let judge = |host: &mut MemoryHost, gas_limit, pending, allowance| {
        let ration = access::Ration {
            gas_limit,
            pending,
            allowance,
        };
        access::judge_quota(host, subject, ration).unwrap()
    };
    assert_eq!(judge(&mut host, 1_000, 0, 0), Ok(()));
    assert!(judge(&mut host, 1_001, 0, 0).is_err());
    assert_eq!(judge(&mut host, 1_001, 1_000, allowance), Ok(()));
    assert!(judge(&mut host, 1_001, 1_000 + allowance, allowance).is_err());
}

#[test]
fn quotas_are_used_up_on_each_ledger_by_itself() {
    let mut host = city(Access::City);
    let subject = B256::repeat_byte(3);
    let quota = IControl::setQuotaCall {
        subject,
        gasPerPeriod: 1_000,
    };
    call(&mut host, CONTROL, &quota);
    control::add_usage(&mut host, subject, 600).unwrap();
    on_partition(&mut host);
    assert_eq!(control::usage(&mut host, subject).unwrap().used, 0);
    control::add_usage(&mut host, subject, 1).unwrap();
    let usage = control::usage(&mut host, subject).unwrap();
    assert_eq!((usage.quota, usage.used), (1_000, 1));
    on_main(&mut host);
    assert_eq!(control::usage(&mut host, subject).unwrap().used, 600);
}

#[test]
fn some_ledgers_take_transactions_only_of_who_may_join() {
    let account = Address::repeat_byte(0x42);
    let judge = |host: &mut MemoryHost| {
        let rules = access::rules(host).unwrap();
        access::judge_joining(host, &rules, account).unwrap()
    };
    let mut open = city(Access::City);
    on_partition(&mut open);
    assert_eq!(judge(&mut open), Ok(()));
    let mut host = city(Access::Role);
    assert_eq!(judge(&mut host), Ok(()));
    on_partition(&mut host);
    assert_eq!(
        judge(&mut host),
        Err(access::Denial::JoiningNotPermitted { account })
    );
    on_main(&mut host);
    let grant = IRoles::grantCall {
        role: keccak256("Citizen"),
        subject: account.into_word(),
        scope: IRoles::Scope {
            kind: IRoles::ScopeKind::Ledger,
            value: U256::from(CHAIN_ID).into(),
        },
        expiry: 0,
        delegable: false,
    };
    call(&mut host, ROLES, &grant);
    on_partition(&mut host);
    assert_eq!(judge(&mut host), Ok(()));
    host.block.chain_id = 901;
    assert!(judge(&mut host).is_err());
}

//! Tests of the contract: who decides, what is isolated, what follows from a command on an identity, and every refusal.

mod model;
mod proofs;

use super::*;
use crate::{
    address::{ANCHORS, CHAINS, CONTROL, GOVERNANCE, IDENTITIES, ORGANISATIONS, ROLES},
    checks::{refused, refused_argument},
    hook::encode_root,
    identities::message::account_message,
    interfaces::{
        IAnchors, IChains,
        IControl::{self, AccountStatus},
        IIdentities, IOrganisations, IRoles,
    },
    memory::MemoryHost,
    organisations, roles,
};
use alloy_primitives::eip191_hash_message;
use secp256k1::{Message, Secp256k1, SecretKey};

const CITY: u64 = 77;
const NOW: u64 = 1_800_000_000;
const REGULATOR: Address = Address::repeat_byte(0x01);
const COURT: Address = Address::repeat_byte(0x02);
const DISTRICT: Address = Address::repeat_byte(0x03);
const STRANGER: Address = Address::repeat_byte(0x99);
const HOOK: Address = Address::repeat_byte(0x88);
const IDENTITY: B256 = B256::repeat_byte(0x11);
/// Seconds between approval and deadline.
const SECONDS: u64 = 600;

/// A chain without a hook, and one with.
const PLAIN: &str = "eip155:10";
const HOOKED: &str = "eip155:31337";

fn id(caip2: &str) -> B256 {
    crate::chains::id_of(caip2)
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::from_byte_array([seed; 32]).unwrap()
}

fn address_of(secret: &SecretKey) -> Address {
    let key = secret.public_key(&Secp256k1::new()).serialize_uncompressed();
    Address::from_raw_public_key(&key[1..])
}

fn sign(secret: &SecretKey, digest: B256) -> Bytes {
    let signature = Secp256k1::new().sign_ecdsa_recoverable(Message::from_digest(digest.0), secret);
    let (recovery, compact) = signature.serialize_compact();
    let v = 27 + u8::try_from(i32::from(recovery)).unwrap();
    [compact.as_slice(), &[v]].concat().into()
}

fn gateway() -> Address {
    address_of(&secret(0x43))
}

/// A call that must succeed.
fn done<C: SolCall>(host: &mut MemoryHost, caller: Address, contract: Address, call: &C) -> C::Return {
    let answer = host.call(caller, contract, &call.abi_encode());
    let answer = answer.unwrap_or_else(|fault| match fault {
        Fault::Refused(data) => panic!("{}: {}", C::SIGNATURE, crate::describe_error(&data)),
        other => panic!("{}: {other}", C::SIGNATURE),
    });
    C::abi_decode_returns(&answer).unwrap()
}

/// What the chain with the hook begins with: height and hash of its trust root, and the hash of the hook's code.
struct Beginning {
    height: u64,
    hash: B256,
    hook: Address,
    code_hash: B256,
}

fn beginning() -> Beginning {
    Beginning {
        height: 100,
        hash: B256::repeat_byte(0xc0),
        hook: HOOK,
        code_hash: B256::repeat_byte(0x89),
    }
}

/// A city with regulators, a chain without a hook, one with, and an open case.
fn city(beginning: &Beginning) -> MemoryHost {
    let mut host = MemoryHost::default();
    host.block.chain_id = CITY;
    host.block.height = 1_000;
    host.block.timestamp = NOW;
    roles::builtin::define_builtin(&mut host).unwrap();
    for (account, role) in [
        (REGULATOR, "CityRegulator"),
        (COURT, "CityRegulator"),
        (DISTRICT, "DistrictRegulator"),
    ] {
        let grant = IRoles::grantCall {
            role: roles::id_of(role),
            subject: account.into_word(),
            scope: roles::Scope::CITY,
            expiry: 0,
            delegable: false,
        };
        done(&mut host, GOVERNANCE, ROLES, &grant);
    }
    let join = IOrganisations::joinCall {
        name: "Works".to_owned(),
        kind: IOrganisations::Kind::Business,
        level: 1,
        voting: false,
    };
    done(&mut host, GOVERNANCE, ORGANISATIONS, &join);
    for caip2 in [PLAIN, HOOKED] {
        register(&mut host, caip2);
    }
    follow(&mut host, beginning);
    let open = abi::openCall {
        title: "Layering".to_owned(),
        subject: HOOKED.to_owned(),
        legalBasis: "section 9".to_owned(),
    };
    assert_eq!(done(&mut host, REGULATOR, ADDRESS, &open), 1);
    host
}

fn works() -> B256 {
    organisations::id_of("Works")
}

fn register(host: &mut MemoryHost, caip2: &str) {
    let info = IChains::ChainInfo {
        caip2: caip2.to_owned(),
        name: "Trade".to_owned(),
        kind: IChains::Kind::Evm,
        purpose: "bills".to_owned(),
        operator: works(),
        company: "Trade Ltd".to_owned(),
        contact: "desk".to_owned(),
        grade: 1,
        consensus: "QBFT".to_owned(),
        endpoint: "http://127.0.0.1".to_owned(),
        documents: B256::ZERO,
    };
    let id = done(host, GOVERNANCE, CHAINS, &IChains::registerCall { info });
    done(host, GOVERNANCE, CHAINS, &IChains::startReviewCall { id });
    let decide = IChains::decideCall {
        id,
        approve: true,
        evidence: B256::repeat_byte(0xee),
        reason: String::new(),
    };
    done(host, GOVERNANCE, CHAINS, &decide);
}

fn follow(host: &mut MemoryHost, beginning: &Beginning) {
    let id = id(HOOKED);
    let roots = [
        (IChains::RootKind::BlockHash, beginning.hash.to_vec()),
        (
            IChains::RootKind::Contract,
            encode_root(beginning.hook, beginning.code_hash),
        ),
    ];
    for (kind, root) in roots {
        let add = IChains::addTrustRootCall {
            id,
            kind,
            root: root.into(),
            validFromHeight: beginning.height,
        };
        done(host, GOVERNANCE, CHAINS, &add);
    }
    let follow = IAnchors::followCall {
        id,
        startHeight: beginning.height,
        terms: IAnchors::Terms {
            finality: IAnchors::Finality::Instant,
            depth: 0,
            batchBlocks: 2,
            threshold: 1,
            gateways: vec![IAnchors::Gateway {
                account: gateway(),
                organisation: works(),
            }],
        },
    };
    done(host, GOVERNANCE, ANCHORS, &follow);
}

fn order(chain: B256, action: Action, target: &[u8], level: Level) -> Order {
    Order {
        caseId: 1,
        chain,
        action,
        target: target.to_vec().into(),
        level,
        legalBasis: "section 9".to_owned(),
        reason: "layering".to_owned(),
        deadlineSeconds: SECONDS,
    }
}

fn ordered(host: &mut MemoryHost, order: Order) -> u64 {
    done(host, REGULATOR, ADDRESS, &abi::orderCall { order })
}

fn approved(host: &mut MemoryHost, order: Order) -> u64 {
    let id = ordered(host, order);
    done(host, COURT, ADDRESS, &abi::approveCall { id });
    id
}

fn try_order(host: &mut MemoryHost, order: Order) -> Result<Bytes, Fault> {
    host.call(REGULATOR, ADDRESS, &abi::orderCall { order }.abi_encode())
}

fn try_approve(host: &mut MemoryHost, caller: Address, id: u64) -> Result<Bytes, Fault> {
    host.call(caller, ADDRESS, &abi::approveCall { id }.abi_encode())
}

fn status(host: &mut MemoryHost, id: u64) -> CommandStatus {
    command_of(host, id).unwrap().status
}

#[test]
fn two_people_decide_and_what_they_decide_holds_from_then_on() {
    let mut host = city(&beginning());
    let target = [0x51; 20];
    let freeze = order(id(PLAIN), Action::FreezeAccount, &target, Level::Isolation);
    let command = ordered(&mut host, freeze.clone());
    assert!(!isolated(&mut host, id(PLAIN), &target).unwrap(), "only ordered");
    let alone = abi::FourEyes {
        id: command,
        caller: REGULATOR,
    };
    refused(try_approve(&mut host, REGULATOR, command), alone);
    done(&mut host, COURT, ADDRESS, &abi::approveCall { id: command });
    let found = command_of(&mut host, command).unwrap();
    assert_eq!(found.order, freeze);
    assert_eq!(
        (found.status, found.doneAt, found.deadline),
        (CommandStatus::Done, NOW, 0)
    );
    assert_eq!((found.orderedBy, found.approvedBy), (REGULATOR, COURT));
    assert!(isolated(&mut host, id(PLAIN), &target).unwrap());
    assert!(
        !isolated(&mut host, id(HOOKED), &target).unwrap(),
        "another chain"
    );
    assert!(
        !isolated(&mut host, id(PLAIN), &[0x52; 20]).unwrap(),
        "another account"
    );
    let wrong = abi::WrongStatus {
        id: command,
        status: CommandStatus::Done,
    };
    refused(try_approve(&mut host, COURT, command), wrong);
    approved(
        &mut host,
        order(id(PLAIN), Action::LiftAccount, &target, Level::Isolation),
    );
    assert!(!isolated(&mut host, id(PLAIN), &target).unwrap(), "lifted");
    let unknown = crate::interfaces::ICases::ChainUnknown { id: id("eip155:11") };
    refused(isolated(&mut host, id("eip155:11"), &target), unknown);
}

/// A partition ledger is frozen by the power that the city has over it: two people, and its nodes follow.
#[test]
fn a_partition_ledger_stands_still_by_a_command() {
    let mut host = city(&beginning());
    crate::ledgers::pretend(&mut host, "trade", 900).unwrap();
    let ledger = id("eip155:900");
    let status = |host: &mut MemoryHost| crate::ledgers::of_chain(host, ledger).unwrap().unwrap().1;
    assert!(!isolated(&mut host, ledger, &[]).unwrap());
    assert!(!isolated(&mut host, ledger, &[0x51; 20]).unwrap());
    approved(
        &mut host,
        order(ledger, Action::FreezeChain, &[], Level::Isolation),
    );
    assert_eq!(status(&mut host), crate::ledgers::Status::Frozen);
    assert!(isolated(&mut host, ledger, &[]).unwrap());
    assert!(isolated(&mut host, ledger, &[0x51; 20]).unwrap());
    approved(&mut host, order(ledger, Action::LiftChain, &[], Level::Isolation));
    assert_eq!(status(&mut host), crate::ledgers::Status::Active);
    assert!(!isolated(&mut host, ledger, &[]).unwrap());
    // It has no hook, and its accounts are those of the main ledger.
    for order in [
        order(ledger, Action::FreezeChain, &[], Level::Hook),
        order(ledger, Action::FreezeAccount, &[0x51; 20], Level::Isolation),
    ] {
        let call = abi::orderCall { order };
        let refusal = host.call(REGULATOR, ADDRESS, &call.abi_encode());
        refused(refusal, abi::ChainUnknown { id: ledger });
    }
    // Nobody gets a power that he does not have: a district does not freeze ledgers.
    let call = abi::orderCall {
        order: order(ledger, Action::FreezeChain, &[], Level::Isolation),
    };
    let command = done(&mut host, REGULATOR, ADDRESS, &call);
    assert!(try_approve(&mut host, DISTRICT, command).is_err());
    assert_eq!(status(&mut host), crate::ledgers::Status::Active);
}

#[test]
fn one_person_with_two_accounts_decides_nothing() {
    let mut host = city(&beginning());
    identity(&mut host);
    for (account, seed) in [
        (address_of(&secret(0x61)), 0x61),
        (address_of(&secret(0x62)), 0x62),
    ] {
        let grant = IRoles::grantCall {
            role: roles::id_of("CityRegulator"),
            subject: account.into_word(),
            scope: roles::Scope::CITY,
            expiry: 0,
            delegable: false,
        };
        done(&mut host, GOVERNANCE, ROLES, &grant);
        bind(&mut host, seed, CITY);
    }
    let one = address_of(&secret(0x61));
    let other = address_of(&secret(0x62));
    let call = abi::orderCall {
        order: order(id(PLAIN), Action::FreezeChain, &[], Level::Isolation),
    };
    let command = done(&mut host, one, ADDRESS, &call);
    let alone = abi::FourEyes {
        id: command,
        caller: other,
    };
    refused(try_approve(&mut host, other, command), alone);
    done(&mut host, COURT, ADDRESS, &abi::approveCall { id: command });
}

#[test]
fn a_frozen_chain_is_frozen_in_the_registry_and_isolates_everything_on_it() {
    let mut host = city(&beginning());
    let freeze = order(id(PLAIN), Action::FreezeChain, &[], Level::Isolation);
    approved(&mut host, freeze);
    assert!(!crate::chains::is_active(&mut host, id(PLAIN)).unwrap());
    assert!(isolated(&mut host, id(PLAIN), &[]).unwrap());
    assert!(isolated(&mut host, id(PLAIN), &[0x51; 20]).unwrap());
    approved(
        &mut host,
        order(id(PLAIN), Action::LiftChain, &[], Level::Isolation),
    );
    assert!(crate::chains::is_active(&mut host, id(PLAIN)).unwrap());
    assert!(!isolated(&mut host, id(PLAIN), &[]).unwrap());
    // What the registry alone has frozen is isolated, too.
    let freeze = IChains::freezeCall {
        id: id(PLAIN),
        reason: String::new(),
    };
    done(&mut host, REGULATOR, CHAINS, &freeze);
    assert!(isolated(&mut host, id(PLAIN), &[0x51; 20]).unwrap());
}

#[test]
fn the_main_ledger_acts_in_the_name_of_who_approves() {
    let mut host = city(&beginning());
    let account = Address::repeat_byte(0x51);
    let freeze = order(
        MAIN_LEDGER,
        Action::FreezeAccount,
        account.as_slice(),
        Level::Isolation,
    );
    let generation = crate::access::generation(&mut host).unwrap();
    approved(&mut host, freeze);
    assert_ne!(crate::access::generation(&mut host).unwrap(), generation);
    let found = done(
        &mut host,
        STRANGER,
        CONTROL,
        &IControl::accountStatusCall { account },
    );
    assert_eq!((found.status, found.freeze.by), (AccountStatus::Frozen, COURT));
    assert!(isolated(&mut host, MAIN_LEDGER, account.as_slice()).unwrap());
    approved(
        &mut host,
        order(
            MAIN_LEDGER,
            Action::LiftAccount,
            account.as_slice(),
            Level::Isolation,
        ),
    );
    assert!(!isolated(&mut host, MAIN_LEDGER, account.as_slice()).unwrap());
    // A district regulator may not freeze contracts of the ledger, so he may not approve that either.
    let target = Address::repeat_byte(0x52);
    let freeze = order(
        MAIN_LEDGER,
        Action::FreezeContract,
        target.as_slice(),
        Level::Isolation,
    );
    let command = ordered(&mut host, freeze);
    let forbidden = crate::fault::unauthorized(DISTRICT, IControl::freezeContractCall::SELECTOR);
    assert_eq!(try_approve(&mut host, DISTRICT, command), Err(forbidden));
    assert_eq!(status(&mut host, command), CommandStatus::Ordered);
    done(&mut host, COURT, ADDRESS, &abi::approveCall { id: command });
    assert!(isolated(&mut host, MAIN_LEDGER, target.as_slice()).unwrap());
    approved(
        &mut host,
        order(
            MAIN_LEDGER,
            Action::LiftContract,
            target.as_slice(),
            Level::Isolation,
        ),
    );
    assert!(!isolated(&mut host, MAIN_LEDGER, target.as_slice()).unwrap());
}

#[test]
fn a_freeze_by_emergency_becomes_a_lasting_one() {
    let mut host = city(&beginning());
    let account = Address::repeat_byte(0x51);
    let reason = "at once".to_owned();
    let haste = IControl::emergencyFreezeAccountCall { account, reason };
    done(&mut host, GOVERNANCE, CONTROL, &haste);
    let freeze = order(
        MAIN_LEDGER,
        Action::FreezeAccount,
        account.as_slice(),
        Level::Isolation,
    );
    approved(&mut host, freeze);
    host.block.timestamp += crate::control::EMERGENCY_SECONDS;
    assert!(!crate::control::may_act(&mut host, account).unwrap());
}

fn identity(host: &mut MemoryHost) {
    let identity = IIdentities::NewIdentity {
        id: IDENTITY,
        kind: IIdentities::Kind::Person,
        organisation: works(),
        controllers: vec![STRANGER.into_word()],
        recoverers: Vec::new(),
        recoveryThreshold: 0,
        methods: Vec::new(),
        services: Vec::new(),
        commitments: Vec::new(),
    };
    done(
        host,
        GOVERNANCE,
        IDENTITIES,
        &IIdentities::createCall { identity },
    );
}

/// Binds the account of a key on a chain to the identity.
fn bind(host: &mut MemoryHost, seed: u8, chain: u64) -> Address {
    let account = address_of(&secret(seed));
    let nonce = done(
        host,
        STRANGER,
        IDENTITIES,
        &IIdentities::nonceOfCall { id: IDENTITY },
    );
    let binding = IIdentities::Binding {
        id: IDENTITY,
        account: format!("eip155:{chain}:{account}"),
        ledger: CITY,
        nonce,
        issuedAt: NOW,
        expiresAt: NOW + 3_600,
    };
    let text = account_message(&binding).unwrap();
    let bind = IIdentities::bindCall {
        binding,
        accountProof: IIdentities::AccountProof {
            keyType: IIdentities::KeyType::Secp256k1,
            key: Bytes::new(),
            signature: sign(&secret(seed), eip191_hash_message(text)),
        },
        identityProof: IIdentities::IdentityProof {
            fragment: String::new(),
            signature: Bytes::new(),
        },
    };
    done(host, STRANGER, IDENTITIES, &bind);
    account
}

#[test]
fn a_person_is_frozen_once_and_all_accounts_follow() {
    let mut host = city(&beginning());
    identity(&mut host);
    let local = bind(&mut host, 0x51, CITY);
    let plain = bind(&mut host, 0x52, 10);
    let hooked = bind(&mut host, 0x53, 31_337);
    let unregistered = bind(&mut host, 0x54, 999);
    // Frozen for itself: the identity's lift is not about it.
    let own = bind(&mut host, 0x55, 10);
    approved(
        &mut host,
        order(id(PLAIN), Action::FreezeAccount, own.as_slice(), Level::Isolation),
    );
    let freeze = order(
        MAIN_LEDGER,
        Action::FreezeIdentity,
        IDENTITY.as_slice(),
        Level::Isolation,
    );
    let parent = approved(&mut host, freeze);
    assert_eq!(status(&mut host, parent), CommandStatus::Done);
    let identity_status = crate::identities::status(&mut host, IDENTITY).unwrap();
    assert_eq!(identity_status, IIdentities::Status::Frozen);
    assert!(isolated(&mut host, MAIN_LEDGER, local.as_slice()).unwrap());
    for (chain, account) in [(PLAIN, plain), (PLAIN, own), (HOOKED, hooked)] {
        assert!(isolated(&mut host, id(chain), account.as_slice()).unwrap());
    }
    let children = commands::page(&mut host, parent + 1, 50).unwrap();
    let told: Vec<_> = children
        .iter()
        .map(|child| {
            (
                child.order.chain,
                child.order.target.clone(),
                child.order.level,
                child.status,
            )
        })
        .collect();
    let bytes = |account: Address| Bytes::copy_from_slice(account.as_slice());
    let expected = [
        (id(HOOKED), bytes(hooked), Level::Hook, CommandStatus::InForce),
        (id(PLAIN), bytes(plain), Level::Isolation, CommandStatus::Done),
    ];
    assert_eq!(told, expected);
    let child = &children[0];
    assert_eq!(
        (child.parent, child.order.caseId, child.deadline),
        (parent, 1, NOW + SECONDS)
    );
    assert_eq!((child.orderedBy, child.approvedBy), (REGULATOR, COURT));
    assert_eq!(case_of(&mut host, 1).unwrap().commandCount, 4);
    // A chain that comes later finds the account isolated.
    register(&mut host, "eip155:999");
    assert!(isolated(&mut host, id("eip155:999"), unregistered.as_slice()).unwrap());
    let lift = order(
        MAIN_LEDGER,
        Action::LiftIdentity,
        IDENTITY.as_slice(),
        Level::Isolation,
    );
    approved(&mut host, lift);
    assert_eq!(
        status(&mut host, child.id),
        CommandStatus::Withdrawn,
        "superseded by its lift"
    );
    for (chain, account, expected) in [
        (MAIN_LEDGER, local, false),
        (id(PLAIN), plain, false),
        (id(HOOKED), hooked, false),
        (id(PLAIN), own, true),
    ] {
        assert_eq!(isolated(&mut host, chain, account.as_slice()).unwrap(), expected);
    }
    let waiting = open_commands(&mut host, id(HOOKED), 0, 50).unwrap();
    assert_eq!(
        waiting
            .iter()
            .map(|command| command.order.action)
            .collect::<Vec<_>>(),
        [Action::LiftAccount]
    );
}

#[test]
fn a_person_with_as_many_accounts_as_there_can_be_is_frozen_in_one_transaction() {
    let mut host = city(&beginning());
    identity(&mut host);
    for seed in 1..=32 {
        bind(&mut host, seed, 31_337);
    }
    let freeze = order(
        MAIN_LEDGER,
        Action::FreezeIdentity,
        IDENTITY.as_slice(),
        Level::Isolation,
    );
    let command = ordered(&mut host, freeze);
    host.gas_used = 0;
    done(&mut host, COURT, ADDRESS, &abi::approveCall { id: command });
    assert_eq!(open_commands(&mut host, id(HOOKED), 0, 50).unwrap().len(), 32);
    // The largest transaction (EIP-7825).
    assert!(host.gas_used < 1 << 24, "{}", host.gas_used);
}

#[test]
fn orders_are_checked() {
    let mut host = city(&beginning());
    type Change = fn(&mut Order);
    let cases: [(&str, Change); 10] = [
        ("reason", |order| order.reason = " ".to_owned()),
        ("legalBasis", |order| order.legalBasis.clear()),
        ("deadlineSeconds", |order| order.deadlineSeconds = 9),
        ("deadlineSeconds", |order| {
            order.deadlineSeconds = DEADLINE_SECONDS_MAX + 1
        }),
        ("target", |order| order.target = vec![1; 19].into()),
        ("target", |order| order.target = vec![0; 20].into()),
        ("target", |order| order.action = Action::FreezeChain),
        ("target", |order| order.action = Action::LiftIdentity),
        ("chain", |order| {
            order.action = Action::FreezeIdentity;
            order.target = IDENTITY.to_vec().into();
        }),
        ("level", |order| order.chain = MAIN_LEDGER),
    ];
    for (name, change) in cases {
        let mut wrong = order(id(HOOKED), Action::FreezeAccount, &[0x51; 20], Level::Hook);
        change(&mut wrong);
        refused_argument(try_order(&mut host, wrong), name);
    }
    let no_chain = order(MAIN_LEDGER, Action::FreezeChain, &[], Level::Isolation);
    refused_argument(try_order(&mut host, no_chain), "chain");
    let unknown = order(id("eip155:1"), Action::FreezeChain, &[], Level::Isolation);
    refused(
        try_order(&mut host, unknown),
        abi::ChainUnknown { id: id("eip155:1") },
    );
    let nobody = order(
        MAIN_LEDGER,
        Action::FreezeIdentity,
        IDENTITY.as_slice(),
        Level::Isolation,
    );
    refused(
        try_order(&mut host, nobody),
        IIdentities::IdentityUnknown { id: IDENTITY },
    );
    let no_hook = order(id(PLAIN), Action::FreezeChain, &[], Level::Hook);
    refused(try_order(&mut host, no_hook), abi::NoHook { chain: id(PLAIN) });
    let mut elsewhere = order(id(PLAIN), Action::FreezeChain, &[], Level::Isolation);
    elsewhere.caseId = 2;
    refused(try_order(&mut host, elsewhere), abi::CaseUnknown { id: 2 });
}

#[test]
fn a_closed_case_takes_nothing_more() {
    let mut host = city(&beginning());
    let command = ordered(
        &mut host,
        order(id(PLAIN), Action::FreezeChain, &[], Level::Isolation),
    );
    let evidence = abi::addEvidenceCall {
        caseId: 1,
        hash: B256::repeat_byte(1),
        source: "finding/7".to_owned(),
    };
    done(&mut host, REGULATOR, ADDRESS, &evidence);
    let close = abi::closeCall {
        caseId: 1,
        outcome: "handed to the court".to_owned(),
    };
    done(&mut host, REGULATOR, ADDRESS, &close);
    let closed = || abi::CaseNotOpen { id: 1 };
    refused(try_approve(&mut host, COURT, command), closed());
    refused(host.call(REGULATOR, ADDRESS, &evidence.abi_encode()), closed());
    refused(host.call(REGULATOR, ADDRESS, &close.abi_encode()), closed());
    let found = case_of(&mut host, 1).unwrap();
    assert_eq!(
        (found.status, found.closedAt, found.evidenceCount),
        (CaseStatus::Closed, NOW, 1)
    );
    // It can still be withdrawn, so that nobody takes it for something that waits.
    let withdraw = abi::withdrawCall {
        id: command,
        reason: "closed".to_owned(),
    };
    done(&mut host, COURT, ADDRESS, &withdraw);
    assert_eq!(status(&mut host, command), CommandStatus::Withdrawn);
}

#[test]
fn an_older_command_does_not_undo_a_newer_one() {
    let mut host = city(&beginning());
    let target = [0x51; 20];
    let freeze = ordered(
        &mut host,
        order(id(HOOKED), Action::FreezeAccount, &target, Level::Hook),
    );
    let lift = ordered(
        &mut host,
        order(id(HOOKED), Action::LiftAccount, &target, Level::Hook),
    );
    done(&mut host, COURT, ADDRESS, &abi::approveCall { id: lift });
    let late = abi::Superseded { id: freeze, by: lift };
    refused(try_approve(&mut host, COURT, freeze), late);
}

#[test]
fn a_deadline_passes_by_itself_and_is_written_down_once() {
    let mut host = city(&beginning());
    let target = [0x51; 20];
    let command = approved(
        &mut host,
        order(id(HOOKED), Action::FreezeAccount, &target, Level::Hook),
    );
    assert!(
        isolated(&mut host, id(HOOKED), &target).unwrap(),
        "from the approval on"
    );
    let declare = abi::declareOverdueCall { id: command }.abi_encode();
    host.block.timestamp = NOW + SECONDS;
    let early = abi::WrongStatus {
        id: command,
        status: CommandStatus::InForce,
    };
    refused(host.call(STRANGER, ADDRESS, &declare), early);
    host.block.timestamp += 1;
    assert_eq!(status(&mut host, command), CommandStatus::Overdue);
    host.call(STRANGER, ADDRESS, &declare).unwrap();
    let again = || abi::WrongStatus {
        id: command,
        status: CommandStatus::Overdue,
    };
    refused(host.call(STRANGER, ADDRESS, &declare), again());
    assert!(isolated(&mut host, id(HOOKED), &target).unwrap());
    // It is taken back when no hook takes it any more; the isolation stays.
    let withdraw = abi::withdrawCall {
        id: command,
        reason: "the chain is gone".to_owned(),
    };
    host.block.timestamp = NOW + SECONDS + crate::hook::LATE_SECONDS_MAX;
    refused(host.call(COURT, ADDRESS, &withdraw.abi_encode()), again());
    host.block.timestamp += 1;
    done(&mut host, COURT, ADDRESS, &withdraw);
    assert_eq!(status(&mut host, command), CommandStatus::Withdrawn);
    assert_eq!(open_commands(&mut host, id(HOOKED), 0, 50).unwrap(), []);
    assert!(isolated(&mut host, id(HOOKED), &target).unwrap());
}

/// Everybody can take what gateways signed to the hook, until a later command was.
#[test]
fn what_went_by_the_hook_is_followed_by_the_hook() {
    let mut host = city(&beginning());
    let about = |action, level| order(id(HOOKED), action, &[0x51; 20], level);
    let freeze = ordered(&mut host, about(Action::FreezeAccount, Level::Hook));
    let weak = ordered(&mut host, about(Action::LiftAccount, Level::Isolation));
    done(&mut host, COURT, ADDRESS, &abi::approveCall { id: freeze });
    refused_argument(try_approve(&mut host, COURT, weak), "level");
    let again = about(Action::LiftAccount, Level::Isolation);
    refused_argument(try_order(&mut host, again), "level");
    assert_eq!(status(&mut host, freeze), CommandStatus::InForce);
    let lift = approved(&mut host, about(Action::LiftAccount, Level::Hook));
    assert_eq!(status(&mut host, freeze), CommandStatus::Withdrawn);
    assert_eq!(status(&mut host, lift), CommandStatus::InForce);
    // A lift, too, can still come to the chain.
    let again = about(Action::FreezeAccount, Level::Isolation);
    refused_argument(try_order(&mut host, again), "level");
}

#[test]
fn a_full_list_keeps_nothing_from_the_hook_that_has_no_other_way() {
    let mut host = city(&beginning());
    identity(&mut host);
    let [person, other] = [0x51, 0x52].map(|seed| bind(&mut host, seed, 31_337));
    let about = |action, target: Address| order(id(HOOKED), action, target.as_slice(), Level::Hook);
    let lift = approved(&mut host, about(Action::LiftAccount, person));
    let record = commands::known(&mut host, lift).unwrap();
    commands::end(&mut host, lift, &record, CommandStatus::Done).unwrap();
    let open = storage().open().of(&id(HOOKED));
    for number in 1_000..1_000 + OPEN_MAX {
        open.insert(&mut host, number).unwrap();
    }
    let full = ordered(&mut host, about(Action::FreezeAccount, other));
    refused_argument(try_approve(&mut host, COURT, full), "level");
    let freeze = order(
        MAIN_LEDGER,
        Action::FreezeIdentity,
        IDENTITY.as_slice(),
        Level::Isolation,
    );
    let parent = approved(&mut host, freeze);
    let children = commands::page(&mut host, parent + 1, 50).unwrap();
    let mut levels: Vec<_> = children
        .iter()
        .map(|child| (child.order.target.clone(), child.order.level))
        .collect();
    levels.sort_by_key(|(target, _)| **target != *person.as_slice());
    let bytes = |account: Address| Bytes::copy_from_slice(account.as_slice());
    assert_eq!(
        levels,
        [(bytes(person), Level::Hook), (bytes(other), Level::Isolation)]
    );
}

#[test]
fn an_account_of_a_frozen_person_is_free_on_no_chain() {
    let mut host = city(&beginning());
    identity(&mut host);
    let [own, followed] = [0x51, 0x52].map(|seed| bind(&mut host, seed, 31_337));
    let about = |action, target: Address, level| order(id(HOOKED), action, target.as_slice(), level);
    let on_person = |action| order(MAIN_LEDGER, action, IDENTITY.as_slice(), Level::Isolation);
    approved(&mut host, about(Action::FreezeAccount, own, Level::Isolation));
    let parent = approved(&mut host, on_person(Action::FreezeIdentity));
    let children = commands::page(&mut host, parent + 1, 50).unwrap();
    assert_eq!(children.len(), 2, "what was isolated goes to the hook");
    for child in &children {
        assert_eq!(
            (child.order.level, child.status),
            (Level::Hook, CommandStatus::InForce)
        );
    }
    let again = approved(&mut host, on_person(Action::FreezeIdentity));
    assert_eq!(
        commands::page(&mut host, again + 1, 50).unwrap(),
        [],
        "by the hook already"
    );
    for account in [own, followed] {
        let alone = ordered(&mut host, about(Action::LiftAccount, account, Level::Hook));
        refused_argument(try_approve(&mut host, COURT, alone), "target");
    }
    approved(&mut host, on_person(Action::LiftIdentity));
    assert!(!isolated(&mut host, id(HOOKED), followed.as_slice()).unwrap());
    assert!(
        isolated(&mut host, id(HOOKED), own.as_slice()).unwrap(),
        "for itself"
    );
    approved(&mut host, about(Action::LiftAccount, own, Level::Hook));
    assert!(!isolated(&mut host, id(HOOKED), own.as_slice()).unwrap());
}

#[test]
fn a_proposal_of_another_kind_freezes_no_chain() {
    let mut host = city(&beginning());
    let chain = ordered(
        &mut host,
        order(id(PLAIN), Action::FreezeChain, &[], Level::Isolation),
    );
    refused_argument(try_approve(&mut host, GOVERNANCE, chain), "id");
    assert!(crate::chains::is_active(&mut host, id(PLAIN)).unwrap());
    let account = ordered(
        &mut host,
        order(id(PLAIN), Action::FreezeAccount, &[0x51; 20], Level::Isolation),
    );
    try_approve(&mut host, GOVERNANCE, account).unwrap();
}

#[test]
fn a_notice_is_answered_once_by_its_organisation() {
    let mut host = city(&beginning());
    let clerk = Address::repeat_byte(0x71);
    let grant = IRoles::grantCall {
        role: roles::id_of("BusinessOperator"),
        subject: clerk.into_word(),
        scope: roles::Scope::organisation(works()),
        expiry: 0,
        delegable: false,
    };
    done(&mut host, GOVERNANCE, ROLES, &grant);
    let notice = abi::notifyCall {
        caseId: 1,
        organisation: works(),
        subject: "Explain".to_owned(),
        textHash: B256::repeat_byte(1),
        deadline: NOW + 100,
    };
    let mut late = notice.clone();
    late.deadline = NOW;
    refused_argument(host.call(REGULATOR, ADDRESS, &late.abi_encode()), "deadline");
    let mut nobody = notice.clone();
    nobody.organisation = B256::repeat_byte(9);
    let inactive = abi::OrganisationNotActive {
        id: nobody.organisation,
    };
    refused(host.call(REGULATOR, ADDRESS, &nobody.abi_encode()), inactive);
    let id = done(&mut host, REGULATOR, ADDRESS, &notice);
    let reply = abi::replyCall {
        id,
        replyHash: B256::repeat_byte(2),
        text: "invoices are enclosed".to_owned(),
    };
    assert!(host.call(STRANGER, ADDRESS, &reply.abi_encode()).is_err());
    done(&mut host, clerk, ADDRESS, &reply);
    refused(
        host.call(clerk, ADDRESS, &reply.abi_encode()),
        abi::AlreadyReplied { id },
    );
    let found = notices::page(&mut host, 0, 9).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].repliedBy, found[0].reply.as_str()),
        (clerk, "invoices are enclosed")
    );
    assert_eq!(case_of(&mut host, 1).unwrap().noticeCount, 1);
}

#[test]
fn pages_end_where_the_records_do() {
    let mut host = city(&beginning());
    for number in 2..=4 {
        let open = abi::openCall {
            title: format!("case {number}"),
            subject: HOOKED.to_owned(),
            legalBasis: "section 9".to_owned(),
        };
        done(&mut host, REGULATOR, ADDRESS, &open);
    }
    let ids = |host: &mut MemoryHost, from, count| {
        let found = records::newest(host, from, count).unwrap();
        found.iter().map(|case| case.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&mut host, 0, 3), [4, 3, 2]);
    assert_eq!(ids(&mut host, 3, u64::MAX), [1]);
    assert_eq!(ids(&mut host, u64::MAX, u64::MAX), [0; 0]);
    assert_eq!(commands::page(&mut host, u64::MAX, u64::MAX).unwrap(), []);
    refused(command_of(&mut host, 0), abi::CommandUnknown { id: 0 });
    refused(case_of(&mut host, 5), abi::CaseUnknown { id: 5 });
}

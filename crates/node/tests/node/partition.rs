//! What makes a ledger a partition: its genesis, its state over the main ledger's, the blocks that its payloads name.

use crate::memory_ledger::{Ledger, Slots, hash_of};
use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::SolCall;
use civitas_evm::{ChainSpec, SystemContracts};
use civitas_node::{
    data::Standing,
    partition::{
        LinkFault, LinkedStore, MainLedger, derive,
        genesis::check_commitment,
        state::{self, is_of_main},
    },
    partitions::register::{Duty, FolderFault, Lost, Register, RegisterError},
};
use civitas_ports::{LedgerStore, Refusal, StateError, StateView, StoreError};
use civitas_system_contracts::{
    address::{CONTROL, GOVERNANCE, LEDGERS, ORGANISATIONS, PARTITION, ROLES},
    erc1056,
    interfaces::{
        ILedgers::{self, Access, Engine, Member, Parameters, StateCommitment},
        IOrganisations,
    },
    ledgers::{self, LedgerRecord},
    memory::MemoryHost,
    nodes, organisations,
};
use civitas_types::{Genesis, Height, MainLink, OrderingEngine};
use std::sync::Arc;
use tokio::sync::watch;

const CHAIN_ID: u64 = 900;
const CREATED: u64 = 500;
const CREATED_AT_MS: u64 = 1_700_000_000_123;

fn link(height: u64) -> MainLink {
    MainLink {
        height: Height::new(height),
        block_hash: hash_of(height),
    }
}

fn govern(host: &mut MemoryHost, contract: Address, call: &impl SolCall) {
    host.call(GOVERNANCE, contract, &call.abi_encode()).unwrap();
}

/// A main ledger at the creation of a partition ledger that nodes 1 to 4 order.
fn city(genesis_hash: B256) -> (MemoryHost, LedgerRecord) {
    let mut host = MemoryHost::default();
    host.block.chain_id = 77;
    host.block.height = CREATED;
    let join = IOrganisations::joinCall {
        name: "one".to_owned(),
        kind: IOrganisations::Kind::Business,
        level: 1,
        voting: true,
    };
    govern(&mut host, ORGANISATIONS, &join);
    for byte in 1..=5 {
        let node = nodes::GenesisNode {
            key: B256::repeat_byte(byte),
            organisation: organisations::id_of("one"),
            name: &format!("node-{byte}"),
            endpoint: "",
            beneficiary: Address::repeat_byte(byte),
            role: nodes::Role::Validator,
        };
        nodes::genesis_node(&mut host, &node).unwrap();
    }
    nodes::seal_genesis(&mut host).unwrap();
    let member = |byte: u8, role| Member {
        key: B256::repeat_byte(byte),
        role,
    };
    let mut members: Vec<Member> = (1..=4)
        .map(|byte| member(byte, ILedgers::Role::Validator))
        .collect();
    members.push(member(5, ILedgers::Role::Observer));
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
        access: Access::City,
        genesisHash: genesis_hash,
        members,
    };
    govern(&mut host, LEDGERS, &create);
    let record = ledgers::ledgers(&mut host).unwrap().remove(0);
    (host, record)
}

fn at(host: &MemoryHost, height: u64) -> Ledger {
    Ledger {
        states: [(height, host.storage.clone())].into(),
        oldest: 0,
    }
}

fn genesis(host: &MemoryHost, record: &LedgerRecord, created: MainLink, time_ms: u64) -> Genesis {
    let view = at(host, CREATED).view(Height::new(CREATED)).unwrap();
    derive(record, created, time_ms, &*view).unwrap()
}

#[test]
fn the_genesis_follows_from_the_record_alone() {
    let (mut host, record) = city(B256::ZERO);
    let derived = genesis(&host, &record, link(CREATED), CREATED_AT_MS);
    assert_eq!(derived.chain_id(), CHAIN_ID);
    assert_eq!(derived.ethereum.timestamp, CREATED_AT_MS / 1_000);
    assert_eq!(derived.parameters, record.parameters);
    let validators: Vec<_> = derived
        .validators
        .iter()
        .map(|validator| validator.name.as_str())
        .collect();
    assert_eq!(validators, ["node-1", "node-2", "node-3", "node-4"]);
    assert_eq!(
        ChainSpec::from_genesis(&derived).system_contracts(),
        SystemContracts::OfMain
    );
    assert_eq!(Genesis::from_json(&derived.to_json().unwrap()).unwrap(), derived);
    // Nobody has anything, and no registry has a record of its own.
    for (address, account) in &derived.ethereum.alloc {
        assert!(account.balance.is_zero(), "{address}");
        assert_eq!(
            account.storage.as_ref().is_some_and(|slots| !slots.is_empty()),
            *address == PARTITION,
            "{address}"
        );
    }
    assert_eq!(genesis(&host, &record, link(CREATED), CREATED_AT_MS), derived);
    assert_ne!(genesis(&host, &record, link(CREATED + 1), CREATED_AT_MS), derived);
    assert_ne!(
        genesis(&host, &record, link(CREATED), CREATED_AT_MS + 1_000),
        derived
    );
    host.storage.clear();
    let empty = at(&host, CREATED).view(Height::new(CREATED)).unwrap();
    assert!(derive(&record, link(CREATED), CREATED_AT_MS, &*empty).is_err());
}

#[test]
fn another_genesis_than_the_registry_commits_to_is_refused() {
    let (_, free) = city(B256::ZERO);
    assert!(check_commitment(&free, B256::repeat_byte(1)).is_ok());
    let bound = LedgerRecord {
        genesis_hash: Some(B256::repeat_byte(1)),
        ..free
    };
    assert!(check_commitment(&bound, B256::repeat_byte(1)).is_ok());
    assert!(check_commitment(&bound, B256::repeat_byte(2)).is_err());
}

#[test]
fn the_registries_are_those_of_the_main_block_that_the_state_names() {
    let own_contract = address!("0000000000000000000000000000000000001234");
    let slot = U256::from(3);
    let slots = |value: u64| -> Slots {
        let all = [ROLES, CONTROL, erc1056::ADDRESS, own_contract, PARTITION];
        all.map(|address| ((address, slot), U256::from(value))).into()
    };
    let main = Ledger {
        states: [(4, slots(4)), (10, slots(10)), (20, slots(20))].into(),
        // What the main ledger shows to others does not bound what a partition reads of it.
        oldest: 15,
    };
    let at_main = |value: u64, main: u64| {
        let mut slots = slots(value);
        slots.insert((PARTITION, U256::ZERO), U256::from(main));
        slots
    };
    let own = Ledger {
        states: [
            (0, at_main(1, 4)),
            (1, at_main(2, 10)),
            (2, at_main(3, 20)),
            (3, at_main(4, 30)),
        ]
        .into(),
        oldest: 0,
    };
    let store = LinkedStore::new(Arc::new(own), Arc::new(main));
    let check = |view: Arc<dyn StateView>, own: u64, main: u64| {
        for address in [ROLES, CONTROL, erc1056::ADDRESS] {
            assert!(is_of_main(&address));
            assert_eq!(
                view.storage(&address, &slot).unwrap(),
                U256::from(main),
                "{address}"
            );
        }
        for address in [own_contract, PARTITION] {
            assert_eq!(
                view.storage(&address, &slot).unwrap(),
                U256::from(own),
                "{address}"
            );
        }
    };
    // What is executed again reaches back as far as it must, what is asked as far as on the main ledger.
    check(store.view_of_history(Height::new(0)).unwrap(), 1, 4);
    check(store.view_of_history(Height::new(1)).unwrap(), 2, 10);
    let old = store.view(Height::new(1)).unwrap();
    assert_eq!(old.storage(&own_contract, &slot).unwrap(), U256::from(2));
    assert!(matches!(
        old.storage(&ROLES, &slot),
        Err(StateError::Pruned { height, oldest }) if (height, oldest) == (Height::new(10), Height::new(15))
    ));
    check(store.view(Height::new(2)).unwrap(), 3, 20);
    // Block 2 was executed on the state of block 1, judged by main block 20.
    let before = store.view_before(Height::new(2)).unwrap();
    assert_eq!(state::main_height(&*before).unwrap(), Height::new(20));
    check(before, 2, 20);
    for address in [ROLES, erc1056::ADDRESS] {
        let proof = futures::executor::block_on(store.account_proof(Height::new(1), address, &[]));
        assert!(
            matches!(proof, Err(StoreError::Unsupported { what, .. }) if what.contains("system contract"))
        );
    }
    let view = store.view(Height::new(3)).unwrap();
    assert!(
        view.storage(&own_contract, &slot).is_ok(),
        "what is its own can always be read"
    );
    let Err(StateError::Storage(error)) = view.storage(&ROLES, &slot) else {
        panic!("the main ledger has not come so far");
    };
    assert!(error.to_string().contains("wait until it is there"), "{error}");
}

fn main_ledger(ledger: Ledger) -> (MainLedger, watch::Sender<Height>) {
    let (heights, followed) = watch::channel(ledger.head().height);
    let main = MainLedger {
        store: Arc::new(ledger),
        heights: followed,
        name: "trade".to_owned(),
        chain_id: CHAIN_ID,
        created: link(CREATED),
    };
    (main, heights)
}

#[test]
fn payloads_name_blocks_of_the_main_ledger_that_never_go_back() {
    let (host, _) = city(B256::ZERO);
    let (main, _heights) = main_ledger(at(&host, 520));
    let other = |height| MainLink {
        block_hash: B256::repeat_byte(0xee),
        ..link(height)
    };
    let backward = |found, before| LinkFault::Backward {
        found: Height::new(found),
        before: Height::new(before),
    };
    let other_block = |height| LinkFault::OtherBlock {
        found: Height::new(height),
    };
    let check = |before: Option<u64>, found: Option<MainLink>, expected: Result<(), LinkFault>| {
        let followed = main.follows(before.map(link), found);
        assert_eq!(followed.map(|_| ()), expected, "{before:?} then {found:?}");
    };
    check(None, None, Err(LinkFault::Missing));
    check(None, Some(link(CREATED)), Ok(()));
    check(None, Some(link(CREATED - 1)), Err(backward(CREATED - 1, CREATED)));
    check(None, Some(other(CREATED)), Err(other_block(CREATED)));
    check(Some(510), Some(link(510)), Ok(()));
    check(Some(510), Some(link(515)), Ok(()));
    check(Some(510), Some(link(509)), Err(backward(509, 510)));
    check(Some(510), Some(other(510)), Err(other_block(510)));
    assert_eq!(main.compare(link(515)).unwrap(), Ok(()));
    assert_eq!(main.compare(other(515)).unwrap(), Err(other_block(515)));
    let unknown = LinkFault::Unknown {
        found: Height::new(521),
    };
    assert_eq!(main.compare(link(521)).unwrap(), Err(unknown));
    // A proposer names its newest block, or its parent's where it is behind.
    assert_eq!(main.newest(None), link(520));
    assert_eq!(main.newest(Some(link(510))), link(520));
    assert_eq!(main.newest(Some(link(530))), link(530));
}

#[test]
fn the_door_is_closed_while_the_ledger_is_frozen_or_closed() {
    let (mut host, _) = city(B256::ZERO);
    let door = |host: &MemoryHost| main_ledger(at(host, 520)).0.admit();
    let name = || "trade".to_owned();
    let reason = String::new;
    let refused = |answer: Result<(), Refusal>, word: &str| {
        let text = answer.unwrap_err().to_string();
        assert!(text.contains(&format!("the ledger trade is {word}")), "{text}");
    };
    assert_eq!(door(&host), Ok(()));
    govern(
        &mut host,
        LEDGERS,
        &ILedgers::freezeCall {
            name: name(),
            reason: reason(),
        },
    );
    refused(door(&host), "frozen");
    govern(
        &mut host,
        LEDGERS,
        &ILedgers::unfreezeCall {
            name: name(),
            reason: reason(),
        },
    );
    assert_eq!(door(&host), Ok(()));
    govern(
        &mut host,
        LEDGERS,
        &ILedgers::closeCall {
            name: name(),
            reason: reason(),
        },
    );
    refused(door(&host), "closed");
}

#[test]
fn a_node_votes_at_once_only_where_it_surely_never_did() {
    let folder = std::env::temp_dir().join(format!("civitas-register-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let open = |standing| Register::open(&folder, standing).unwrap();
    let mut register = open(Standing::New);
    assert_eq!(register.standing("a", 5), Standing::New);
    assert_eq!(
        register.standing("a", 5),
        Standing::New,
        "an attempt that failed before the start costs nothing"
    );
    register.start("a", None).unwrap();
    assert_eq!(register.standing("a", 5), Standing::Recovering);
    register = open(Standing::Whole);
    assert_eq!(register.standing("a", 5), Standing::Recovering);
    assert_eq!(register.standing("b", 6), Standing::New);
    register.note("a", Duty::Orders).unwrap();
    assert_eq!(open(Standing::Whole).duty("a"), Duty::Orders);
    register.note("a", Duty::Follows).unwrap();
    assert_eq!(open(Standing::Whole).duty("a"), Duty::Follows);
    // All data of the node is lost, or the list: it may have voted on anything that is older than its return.
    let list = folder.join("ledgers.json");
    let lose: [&dyn Fn(); 2] = [&|| std::fs::remove_file(&list).unwrap(), &|| {
        std::fs::write(&list, "{").unwrap()
    }];
    for (loss, standing) in [
        (0, Standing::Recovering),
        (0, Standing::Whole),
        (1, Standing::Whole),
    ] {
        lose[loss]();
        register = open(standing);
        let lost = if standing == Standing::Whole {
            Lost::List
        } else {
            Lost::Data
        };
        assert_eq!(register.lost(), Some(lost));
        assert_eq!(register.standing("c", 7), Standing::Recovering);
        register = open(Standing::Whole);
        assert_eq!(register.standing("d", 8), Standing::Recovering);
        assert_eq!(register.lost(), Some(Lost::Data));
        register.remembers_above(Height::new(100)).unwrap();
        assert_eq!(register.lost(), None);
        assert_eq!(register.standing("e", 100), Standing::Recovering);
        register = open(Standing::Whole);
        assert_eq!(register.standing("f", 101), Standing::New);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A disk that was not mounted for a while comes back with votes that are not the newest.
#[test]
fn an_older_folder_of_a_ledger_is_refused() {
    let folder = std::env::temp_dir().join(format!("civitas-making-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let open = || Register::open(&folder, Standing::Whole).unwrap();
    let mut register = open();
    let first = register.making("a", 10);
    register.start("a", Some(first)).unwrap();
    open().start("a", Some(first)).unwrap();
    // The folder is gone, and another one is made, once more in vain before that is noted.
    let mut register = open();
    let second = register.making("a", 20);
    assert_eq!(second.replaces_ms, Some(10));
    open().start("a", Some(second)).unwrap();
    register = open();
    register.start("a", Some(second)).unwrap();
    for older in [Some(first), None] {
        assert!(matches!(
            register.start("a", older),
            Err(RegisterError::OtherFolder { ledger }) if ledger == "a"
        ));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A node's data folder with a ledger in it, and the list of ledgers beside.
struct Data(std::path::PathBuf);

impl Data {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("civitas-solo-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn open(&self, standing: Standing) -> Register {
        Register::open(&self.0, standing).unwrap()
    }

    fn prepare(&self, register: &mut Register, record: &LedgerRecord) -> Result<(), FolderFault> {
        let folder = self.0.join("ledgers").join(&record.name);
        register.prepare(&folder, &B256::repeat_byte(1), record, 1)
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Others have a ledger with a network, too; a solo ledger is on one disk.
#[test]
fn a_solo_ledger_that_is_lost_is_not_begun_anew() {
    let mut record = city(B256::ZERO).1;
    for (ordering, is_refused) in [(OrderingEngine::Solo, true), (OrderingEngine::Simplex, false)] {
        record.parameters.ordering = ordering;
        let data = Data::new("lost");
        let mut register = data.open(Standing::New);
        // New, and again after a restart.
        data.prepare(&mut register, &record).unwrap();
        data.prepare(&mut data.open(Standing::Whole), &record).unwrap();
        // The disk of the ledgers is lost; the list beside it is not.
        let (disk, elsewhere) = (data.0.join("ledgers"), data.0.join("elsewhere"));
        std::fs::rename(&disk, &elsewhere).unwrap();
        let mut register = data.open(Standing::Whole);
        let found = data.prepare(&mut register, &record);
        assert_eq!(
            matches!(found, Err(FolderFault::OnlyCopy { .. })),
            is_refused,
            "{found:?}"
        );
        assert_eq!(
            disk.exists(),
            !is_refused,
            "nothing is made where the only copy is put back"
        );
        if is_refused {
            std::fs::rename(&elsewhere, &disk).unwrap();
            data.prepare(&mut register, &record).unwrap();
        }
    }
}

#[test]
fn a_node_that_has_forgotten_refuses_old_solo_ledgers_and_begins_new_ones() {
    let mut record = city(B256::ZERO).1;
    record.parameters.ordering = OrderingEngine::Solo;
    let data = Data::new("forgotten");
    // All data was lost: the node may have run any ledger that was created before.
    let mut register = data.open(Standing::Recovering);
    for remembers_above in [None, Some(CREATED)] {
        if let Some(height) = remembers_above {
            register.remembers_above(Height::new(height)).unwrap();
        }
        let found = data.prepare(&mut register, &record);
        assert!(
            matches!(found, Err(FolderFault::OnlyCopy { .. })),
            "{remembers_above:?}: {found:?}"
        );
    }
    register.remembers_above(Height::new(CREATED - 1)).unwrap();
    data.prepare(&mut register, &record).unwrap();
}

//! Words that a ledger refuses: what is in force, what the pool's door and voters say, and what a lying leader reaches.

use crate::memory_ledger::{Ledger, hash_of};
use alloy_consensus::{SignableTransaction, TxLegacy};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind};
use alloy_sol_types::SolCall;
use civitas_evm::{ChainSpec, EvmExecutor};
use civitas_mempool::Pool;
use civitas_node::{
    application::{LedgerApplication, Parts},
    ledger::{Beside, open_pool},
    membership,
    metrics::LedgerMetrics,
    words::{Check, SEARCHED_BYTES_MAX, Shelf, Words},
};
use civitas_ports::{Application, LedgerStore, Origin, ProposalContext, Refusal, TransactionPool};
use civitas_supervision::{
    Severity,
    content::{Action, Category, Matcher, Thesaurus, Word},
};
use civitas_system_contracts::{
    address::{CONTENT, GOVERNANCE},
    content::ACTIVATION_BLOCKS,
    interfaces::IContent,
    memory::MemoryHost,
};
use civitas_types::{
    Genesis, Height, LedgerParameters, Payload, PayloadHeader, ResultCommitment, TxEnvelope, Validator,
};
use commonware_runtime::{Runner as _, Supervisor as _, deterministic};
use secp256k1::{Message, SECP256K1, SecretKey};
use std::sync::Arc;

const LEDGER: u64 = 77;
const APPROVED: u64 = 100;
const IN_FORCE: u64 = APPROVED + ACTIVATION_BLOCKS;
const PROPOSER: B256 = B256::repeat_byte(1);

fn matcher(version: u32) -> Matcher {
    let category = |action, basis: &str| Category {
        title: civitas_supervision::Words::new("类", "Kind"),
        legal_basis: basis.to_owned(),
        severity: Severity::High,
        action,
    };
    let word = |text: &str, category: &str| Word {
        text: text.to_owned(),
        category: category.to_owned(),
        pinyin: true,
        variants: Vec::new(),
    };
    let thesaurus = Thesaurus {
        version,
        categories: [
            ("gambling".to_owned(), category(Action::Refuse, "Article 303")),
            ("rumour".to_owned(), category(Action::Flag, "Article 291")),
        ]
        .into(),
        words: vec![word("网络赌博", "gambling"), word("谣言", "rumour")],
        exceptions: vec!["反网络赌博".to_owned()],
        ..Thesaurus::default()
    };
    Matcher::new(thesaurus).unwrap()
}

/// A main ledger on which a version was approved at [`APPROVED`], and refusal set.
fn main_ledger(hash: B256, head: u64) -> Arc<Ledger> {
    let mut host = MemoryHost::default();
    host.block.chain_id = LEDGER;
    host.block.height = APPROVED;
    let publish = IContent::publishCall {
        version: 1,
        hash,
        categories: 2,
        legalBasis: "Decision 9".to_owned(),
        fromHeight: 0,
    };
    let mode = IContent::setModeCall {
        ledger: LEDGER,
        mode: IContent::Mode::Refuse,
    };
    let calls = [publish.abi_encode(), mode.abi_encode()];
    for call in calls {
        host.call(GOVERNANCE, CONTENT, &call).unwrap();
    }
    Arc::new(Ledger {
        states: [(0, Default::default()), (head, host.storage)].into(),
        oldest: 0,
    })
}

fn holding(matcher: Matcher) -> Option<Arc<Shelf>> {
    let shelf = Shelf::default();
    shelf.put(matcher);
    Some(Arc::new(shelf))
}

/// A signed transaction of account `seed` with a text in its call data, as a string stands in ABI.
fn carrying(seed: u8, nonce: u64, text: &str) -> Bytes {
    let mut input = vec![0xab, 0xcd, 0xef, 0x01];
    input.extend([0; 63]);
    input.push(u8::try_from(text.len() % 256).unwrap());
    input.extend(text.as_bytes());
    input.resize(input.len().next_multiple_of(32) + 4, 0);
    let fields = TxLegacy {
        chain_id: Some(LEDGER),
        nonce,
        gas_limit: 8_000_000,
        to: TxKind::Call(Address::repeat_byte(9)),
        input: input.into(),
        ..TxLegacy::default()
    };
    let digest = Message::from_digest(fields.signature_hash().0);
    let key = SecretKey::from_byte_array([seed; 32]).unwrap();
    let (recovery, bytes) = SECP256K1.sign_ecdsa_recoverable(digest, &key).serialize_compact();
    let signature = Signature::from_bytes_and_parity(&bytes, i32::from(recovery) == 1);
    TxEnvelope::Legacy(fields.into_signed(signature))
        .encoded_2718()
        .into()
}

fn genesis() -> Genesis {
    let ethereum = alloy_genesis::Genesis {
        config: ChainSpec::osaka_config(LEDGER),
        gas_limit: LedgerParameters::default().block_gas_max,
        base_fee_per_gas: Some(0),
        ..alloy_genesis::Genesis::default()
    };
    Genesis {
        ethereum,
        parameters: LedgerParameters::default(),
        validators: vec![Validator {
            name: "one".to_owned(),
            public_key: PROPOSER,
            beneficiary: Address::ZERO,
        }],
    }
}

/// A node of the ledger, as far as votes and proposals need one.
struct Node<E> {
    application: LedgerApplication<E>,
    pool: Arc<Pool>,
}

impl<E: commonware_runtime::Clock> Node<E> {
    fn new(clock: E, store: Arc<Ledger>, shelf: Option<Arc<Shelf>>) -> Self {
        let genesis = genesis();
        let spec = Arc::new(ChainSpec::from_genesis(&genesis));
        let words = Arc::new(Words::new(LEDGER, store.clone(), shelf));
        let beside = Beside {
            store: store.clone(),
            main: None,
            words: words.clone(),
        };
        let pool = open_pool(Default::default(), &genesis, &spec, beside);
        let parts = Parts {
            ledger: LEDGER,
            parameters: genesis.parameters.clone(),
            membership: membership::of_genesis(&genesis),
            genesis: Payload::genesis(LEDGER, 0, hash_of(0)),
            store,
            executor: Arc::new(EvmExecutor::new(spec.clone())),
            spec,
            pool: pool.clone(),
            metrics: LedgerMetrics::new(),
            main: None,
            words,
        };
        Self {
            application: LedgerApplication::new(clock, parts),
            pool,
        }
    }
}

/// The payload after `parent`, from a leader that looks at nothing.
fn payload(parent: &Payload, transactions: Vec<Bytes>) -> Payload {
    let before = parent.header();
    let header = PayloadHeader {
        height: before.height.next(),
        parent: parent.digest(),
        ..before.clone()
    };
    Payload::new(header, transactions)
}

/// An empty payload at the head of a ledger.
fn parent(head: u64) -> Payload {
    let header = PayloadHeader {
        ledger: LEDGER,
        height: Height::new(head),
        parent: B256::ZERO,
        timestamp_ms: 0,
        proposer: PROPOSER,
        result: ResultCommitment {
            height: Height::new(head),
            block_hash: hash_of(head),
        },
        transaction_count: 0,
        body_bytes: 0,
        body_hash: B256::ZERO,
        main: None,
    };
    Payload::new(header, Vec::new())
}

#[test]
fn a_lying_leader_gets_no_vote_from_who_holds_the_thesaurus_in_force() {
    let store = main_ledger(matcher(1).hash(), IN_FORCE - 1);
    let check = |shelf: Option<Arc<Shelf>>, store: &Arc<Ledger>, text: &str, votes: bool| {
        let (store, raw) = (store.clone(), carrying(1, 0, text));
        deterministic::Runner::seeded(1).start(|context| async move {
            let parent = Arc::new(parent(store.head().height.get()));
            let node = Node::new(context.child("node"), store, shelf);
            let payload = Arc::new(payload(&parent, vec![raw]));
            assert_eq!(node.application.verify(payload, parent).await, votes, "{text}");
        });
    };
    let hidden = [
        "网络赌博",
        "來網絡賭博吧",
        "網 絡 賭 博",
        "网络\u{200b}赌博",
        "wangluodubo",
    ];
    for text in hidden {
        check(holding(matcher(1)), &store, text, false);
        // Who has no file, or another one, votes as before.
        check(None, &store, text, true);
        check(holding(matcher(2)), &store, text, true);
    }
    for text in ["今天发货", "谣言", "反网络赌博宣传"] {
        check(holding(matcher(1)), &store, text, true);
    }
    // One block before, nothing is refused by anybody.
    let before = main_ledger(matcher(1).hash(), IN_FORCE - 2);
    check(holding(matcher(1)), &before, hidden[0], true);
}

#[test]
fn the_door_names_the_law_and_a_leader_drops_what_came_in_before() {
    let after = main_ledger(matcher(1).hash(), IN_FORCE - 1);
    deterministic::Runner::seeded(2).start(|context| async move {
        let shelf = Arc::new(Shelf::default());
        let node = Node::new(context.child("node"), after.clone(), Some(shelf.clone()));
        // The file comes later than the transactions.
        for (seed, nonce, text) in [
            (1, 0, "第一笔"),
            (1, 1, "网络赌博"),
            (1, 2, "第三笔"),
            (2, 0, "发货"),
        ] {
            let raw = carrying(seed, nonce, text);
            node.pool.submit(raw, Origin::Client).unwrap();
        }
        shelf.put(matcher(1));
        let refused = node.pool.submit(carrying(3, 0, "赌#博网络赌博"), Origin::Client);
        let expected = Refusal::Content {
            category: "gambling".to_owned(),
            legal_basis: "Article 303".to_owned(),
        };
        assert_eq!(refused.unwrap_err(), expected);
        let context = |head: u64| ProposalContext {
            proposer: PROPOSER,
            parent: Arc::new(parent(head)),
            finalized: Height::new(head),
            unexecuted: Vec::new(),
        };
        let made = node.application.propose(context(IN_FORCE - 1)).await.unwrap();
        let expected = [carrying(1, 0, "第一笔"), carrying(2, 0, "发货")];
        assert_eq!(made.transactions(), expected);
        // What was refused is gone, and what came after it waits for its nonce.
        assert_eq!((node.pool.status().pending, node.pool.status().queued), (2, 1));
    });
}

#[test]
fn what_is_searched_is_bounded() {
    let check = Check::by(Arc::new(matcher(1)));
    let refused = |padding: usize| {
        let text = format!("{}网络赌博", "a ".repeat(padding / 2));
        let raw = carrying(1, 0, &text);
        let envelope = civitas_types::Transaction::decode_envelope(&raw).unwrap();
        let transaction = civitas_types::Transaction::with_sender(envelope, Address::ZERO);
        check.refused(&transaction).is_some()
    };
    assert!(refused(1_000));
    assert!(refused(SEARCHED_BYTES_MAX - 200));
    assert!(!refused(SEARCHED_BYTES_MAX));
}

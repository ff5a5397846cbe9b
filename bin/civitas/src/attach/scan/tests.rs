//! Scans of blocks that are made by hand.

use super::*;
use alloy_primitives::{Bytes, U256};
use civitas_ports::{
    BoxFuture, ConsensusState, FinalityClass, ForeignEvent, ForeignHead, ForeignHeader, ForeignOutcome,
    ForeignTransaction,
};
use civitas_supervision::{
    Severity, Words as Title,
    content::{Action, Category, Thesaurus, Word},
};
use std::collections::BTreeMap;

const REFUSED: &str = "网络赌博";
const FLAGGED: &str = "洗钱";

fn matcher() -> Matcher {
    let category = |action| Category {
        title: Title::new("类别", "Category"),
        legal_basis: "Criminal Law".to_owned(),
        severity: Severity::High,
        action,
    };
    let word = |text: &str, category: &str| Word {
        text: text.to_owned(),
        category: category.to_owned(),
        pinyin: true,
        variants: Vec::new(),
    };
    Matcher::new(Thesaurus {
        version: 3,
        categories: BTreeMap::from([
            ("gambling".to_owned(), category(Action::Refuse)),
            ("fraud".to_owned(), category(Action::Flag)),
        ]),
        words: vec![word(REFUSED, "gambling"), word(FLAGGED, "fraud")],
        ..Thesaurus::default()
    })
    .unwrap()
}

fn options() -> ScanOptions {
    ScanOptions {
        thesaurus: None,
        scan_blocks: 256,
        scan_time: Duration::from_secs(60),
        contract_scanner: None,
    }
}

fn plan(options: &ScanOptions) -> Plan<'_> {
    Plan {
        options,
        matcher: Some(matcher()),
        in_force: Ok(None),
    }
}

fn transaction(index: u32, input: &str, left: &[&str]) -> ForeignTransaction {
    let event = |(index, data): (u32, &&str)| ForeignEvent {
        index,
        emitter: Bytes::from_static(&[0xee; 20]),
        topics: Vec::new(),
        data: Bytes::copy_from_slice(data.as_bytes()),
    };
    ForeignTransaction {
        index,
        hash: B256::with_last_byte(u8::try_from(index).unwrap()),
        sender: None,
        target: None,
        created: None,
        value: U256::ZERO,
        input: Bytes::copy_from_slice(&[&[0xa9, 5, 0x9c, 0xbb, 0, 0], input.as_bytes()].concat()),
        outcome: ForeignOutcome::Succeeded,
        events: (0..).zip(left).map(event).collect(),
        raw: Bytes::new(),
    }
}

fn block(height: u64, transactions: Vec<ForeignTransaction>) -> ForeignBlock {
    let header = ForeignHeader {
        height,
        hash: B256::ZERO,
        parent: B256::ZERO,
        timestamp: 0,
        state_root: None,
        raw: Bytes::new(),
    };
    ForeignBlock { header, transactions }
}

/// A chain that has some blocks, and lies about one.
struct Chain {
    blocks: BTreeMap<u64, ForeignBlock>,
    lie: Option<u64>,
}

impl ForeignChain for Chain {
    fn chain(&self) -> &str {
        "eip155:7"
    }

    fn finality(&self) -> FinalityClass {
        FinalityClass::Instant
    }

    fn head(&self) -> BoxFuture<'_, Result<ForeignHead, ForeignError>> {
        unreachable!("a scan is told the newest block")
    }

    fn headers(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Vec<ForeignHeader>, ForeignError>> {
        unreachable!("a scan reads whole blocks")
    }

    fn block(&self, height: u64) -> BoxFuture<'_, Result<ForeignBlock, ForeignError>> {
        Box::pin(async move {
            if self.lie == Some(height) {
                let (endpoint, what) = ("node".to_owned(), "another root".to_owned());
                return Err(ForeignError::False {
                    endpoint,
                    height,
                    what,
                });
            }
            let found = self.blocks.get(&height).cloned();
            found.ok_or(ForeignError::Missing { height })
        })
    }

    fn consensus_state(&self, _: u64) -> BoxFuture<'_, Result<ConsensusState, ForeignError>> {
        unreachable!("a scan asks for no votes")
    }

    fn submit(&self, _: Bytes) -> BoxFuture<'_, Result<B256, ForeignError>> {
        unreachable!("a scan writes nothing")
    }
}

/// Reads some heights of a chain.
async fn scanned(chain: &Chain, heights: Vec<u64>) -> (Scan, Result<(), ForeignError>) {
    let options = options();
    let plan = plan(&options);
    let (mut scan, mut seen) = (plan.begin(heights.len()), Seen::default());
    let ended = plan.read(chain, heights, &mut scan, &mut seen).await;
    (scan, ended)
}

fn chain(blocks: Vec<ForeignBlock>) -> Chain {
    let blocks = blocks.into_iter().map(|block| (block.header.height, block));
    Chain {
        blocks: blocks.collect(),
        lie: None,
    }
}

const HISTORY: History = History {
    first: 0,
    root: 0,
    finalized: 9,
};

#[tokio::test]
async fn words_are_named_by_category_and_place_and_never_said() {
    let blocks = vec![
        block(
            4,
            vec![transaction(1, "我要洗 錢", &[]), transaction(2, "hello", &[])],
        ),
        block(
            2,
            vec![transaction(3, "", &["0123", "来网络赌博吧", "来网络赌博吧"])],
        ),
    ];
    let (mut scan, ended) = scanned(&chain(blocks), vec![4, 2]).await;
    ended.unwrap();
    let options = options();
    let (verdict, what) = plan(&options).words(&mut scan, None);
    assert_eq!(verdict, Verdict::Fail, "{what}");
    let json = serde_json::to_value(&scan).unwrap();
    let place = |height: u64, transaction: u8, place: &str, category: &str| serde_json::json!({ "height": height, "transaction": B256::with_last_byte(transaction), "place": place, "category": category });
    assert_eq!(
        json["words"]["hits"],
        serde_json::json!([
            place(2, 3, "event-data", "gambling"),
            place(4, 1, "call-data", "fraud")
        ])
    );
    let category = |key: &str, action: &str| serde_json::json!({ "category": key, "legalBasis": "Criminal Law", "action": action, "hits": 1 });
    assert_eq!(
        json["words"]["categories"],
        serde_json::json!([category("fraud", "flag"), category("gambling", "refuse")])
    );
    assert_eq!(json["words"]["version"], 3);
    assert_eq!(json["words"]["hash"], serde_json::json!(matcher().hash()));
    assert_eq!(json["transactions"], 3);
    for word in [REFUSED, FLAGGED, "洗", "錢", "赌博"] {
        assert!(!json.to_string().contains(word) && !what.contains(word), "{what}");
    }
}

#[tokio::test]
async fn the_gravest_category_is_the_verdict() {
    for (input, expected) in [
        ("hello world", Verdict::Pass),
        (FLAGGED, Verdict::Warn),
        (REFUSED, Verdict::Fail),
    ] {
        let (mut scan, _) = scanned(&chain(vec![block(0, vec![transaction(1, input, &[])])]), vec![0]).await;
        let options = options();
        let (verdict, what) = plan(&options).words(&mut scan, None);
        assert_eq!(verdict, expected, "{what}");
        // What was not searched could have words.
        let (verdict, what) = plan(&options).words(&mut scan, Some("down".to_owned()));
        assert_eq!(verdict, expected.max(Verdict::Warn), "{what}");
    }
    // Of names of tokens as of call data.
    let (mut scan, _) = scanned(&chain(Vec::new()), Vec::new()).await;
    let origin = Origin {
        height: 5,
        transaction: B256::ZERO,
    };
    scan.words.as_mut().unwrap().names(
        &matcher(),
        origin,
        &[REFUSED.to_owned(), "赌场 网络赌博 币".to_owned()],
    );
    let options = options();
    let (verdict, what) = plan(&options).words(&mut scan, None);
    assert_eq!(verdict, Verdict::Fail);
    assert!(what.starts_with("1 places"), "{what}");
    assert_eq!(
        serde_json::to_value(&scan).unwrap()["words"]["hits"][0]["place"],
        "token-name"
    );
}

#[test]
fn a_file_is_compared_with_what_is_in_force() {
    let options = options();
    let version = |hash| Some(Version { version: 3, hash });
    let own = matcher().hash();
    let unknown = || Err("nobody answers".to_owned());
    for (in_force, with_file, without) in [
        (Ok(None), Verdict::Pass, Verdict::Pass),
        (Ok(version(own)), Verdict::Pass, Verdict::Warn),
        (Ok(version(B256::ZERO)), Verdict::Warn, Verdict::Warn),
        (unknown(), Verdict::Warn, Verdict::Warn),
    ] {
        let mut plan = Plan {
            in_force,
            ..plan(&options)
        };
        let (verdict, what) = plan.thesaurus().unwrap();
        assert_eq!(verdict, with_file, "{what}");
        assert!(what.contains(&own.to_string()), "{what}");
        plan.matcher = None;
        assert!(plan.thesaurus().is_none());
        let (verdict, what) = plan.words(&mut Scan::default(), None);
        assert_eq!(verdict, without, "{what}");
        assert!(what.contains("no --thesaurus"), "{what}");
    }
}

#[tokio::test]
async fn what_was_not_read_is_said_and_a_lie_fails() {
    let mut chain = chain((0..8).map(|height| block(height, Vec::new())).collect());
    let (scan, ended) = scanned(&chain, (0..8).collect()).await;
    assert_eq!(scan.verdict(&HISTORY, Some(ended)).0, Verdict::Pass);
    let (scan, ended) = scanned(&chain, (0..10).collect()).await;
    let (verdict, what) = scan.verdict(&HISTORY, Some(ended));
    assert_eq!(
        (verdict, scan.blocks, scan.blocks_missing),
        (Verdict::Warn, 8, 2),
        "{what}"
    );
    assert_eq!(scan.verdict(&HISTORY, None).0, Verdict::Warn);
    assert_eq!(Scan::default().verdict(&HISTORY, Some(Ok(()))).0, Verdict::Warn);
    chain.lie = Some(3);
    let (scan, ended) = scanned(&chain, (0..10).collect()).await;
    let (verdict, what) = scan.verdict(&HISTORY, Some(ended));
    assert_eq!((verdict, scan.blocks), (Verdict::Fail, 3), "{what}");
    assert!(what.contains("another root"), "{what}");
}

#[test]
fn heights_are_spread_and_so_is_any_beginning_of_them() {
    let spread = |from, to, count| spread(from, to, count).collect::<Vec<_>>();
    assert_eq!(spread(0, 9, 4), [0, 3, 6, 9]);
    assert_eq!(spread(5, 7, 16), [5, 6, 7]);
    assert_eq!(spread(5, 5, 16), [5]);
    assert_eq!(spread(0, 9, 1), [0]);
    assert!(spread(0, 9, 0).is_empty());
    assert_eq!(spread(0, u64::MAX, 3), [0, u64::MAX / 2, u64::MAX]);
    let history = History {
        first: 0,
        root: 900_000,
        finalized: 1_000_000,
    };
    let order = history.order(256);
    assert_eq!(order[0], 1_000_000);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), order.len());
    assert!((256..=272).contains(&order.len()) && sorted[0] == 0);
    assert!(order.contains(&900_000));
    // Sixteen of them, whenever the time is up, leave no eighth of the history out.
    for part in 0..8 {
        let range = part * 125_000..=(part + 1) * 125_000;
        assert!(order[..17].iter().any(|height| range.contains(height)), "{part}");
    }
    assert!(history.order(0).is_empty());
    assert_eq!(HISTORY.order(256).len(), 10);
}

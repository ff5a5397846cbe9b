//! The desk of the regulator over the real contracts in memory, behind a node that speaks JSON-RPC: what people decided is what
//! the pages show, page by page, to those whom it concerns, and what reports print.

use crate::databases::Folder;
use alloy_primitives::{Address, B256, Bytes, U256, eip191_hash_message, hex, keccak256};
use alloy_sol_types::SolCall;
use async_trait::async_trait;
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, State},
    http::{Request, StatusCode, header},
    routing::post,
};
use civitas_console::{
    config::Config,
    login::{Clock, Logins, OnLedger, OnLedgerError, Standing},
    run::Parts,
    server,
};
use civitas_system_contracts::{
    address::{CASES, CONTROL, IDENTITIES},
    fault::Fault,
    genesis::{
        Circumstances, Founding, FoundingNode, GrantEntry, KindName, OrganisationEntry, OrganisationKindName,
        PolicyEntry, RuleEntry,
    },
    host::BlockContext,
    interfaces::{
        ICases::{self, Action, Level},
        IRoles::{Permission, Scope},
    },
    memory::MemoryHost,
    roles::{self, Entitlement, ScopeKind},
};
use secp256k1::{Message, Secp256k1, SecretKey};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tower::ServiceExt;

const ORIGIN: &str = "http://console.test";
const LEDGER: u64 = 77;
const NOW: u64 = 1_800_000_000;
const HARBOUR: &str = "Harbour";

/// Who acts; each has a key of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    One = 1,
    Other = 2,
    Harbour = 3,
    Nobody = 4,
}

impl Who {
    fn key(self) -> SecretKey {
        SecretKey::from_byte_array([self as u8; 32]).unwrap()
    }

    fn account(self) -> Address {
        let public = self.key().public_key(&Secp256k1::new()).serialize_uncompressed();
        Address::from_slice(&keccak256(&public[1..])[12..])
    }
}

/// Rights as roles of the ledger would give them: the two regulators supervise.
struct Roles;

#[async_trait]
impl OnLedger for Roles {
    async fn account(&self, account: Address) -> Result<Standing, OnLedgerError> {
        let mut freeze = [0; 4];
        freeze.copy_from_slice(&keccak256("freezeAccount(address,string)")[..4]);
        let supervises = [Who::One, Who::Other].iter().any(|who| who.account() == account);
        let entitlement = Entitlement {
            grant: 1,
            role: B256::repeat_byte(1),
            permission: Permission {
                action: roles::Action::Call,
                target: CONTROL,
                selector: freeze.into(),
            },
            scope: Scope {
                kind: ScopeKind::City,
                value: B256::ZERO,
            },
            expiry: 0,
        };
        Ok(Standing {
            identity: None,
            is_suspended: false,
            entitlements: supervises.then_some(entitlement).into_iter().collect(),
        })
    }

    async fn identity(&self, _: B256) -> Result<Standing, OnLedgerError> {
        Ok(Standing::default())
    }
}

type Host = Arc<Mutex<MemoryHost>>;
/// A contract about which the node says that it is busy.
type Busy = Arc<Mutex<Option<Address>>>;

/// A founded city in memory.
fn city() -> MemoryHost {
    let block = BlockContext {
        chain_id: LEDGER,
        height: 0,
        timestamp: NOW,
        ..BlockContext::default()
    };
    let organisation = |name: &str| OrganisationEntry {
        name: name.to_owned(),
        kind: OrganisationKindName::Governance,
        level: 50,
        voting: true,
    };
    let rule = RuleEntry {
        approval_percent: 60,
        approvals_min: 2,
        voting_seconds: 1_000,
        timelock_seconds: 100,
    };
    let grant = |role: &str, account: Address, organisation: Option<&str>| GrantEntry {
        role: role.to_owned(),
        account,
        organisation: organisation.map(str::to_owned),
    };
    let founding = Founding {
        parameters: civitas_types::LedgerParameters::default(),
        organisations: ["Office", HARBOUR, "Works"].map(organisation).to_vec(),
        rules: KindName::ALL.into_iter().map(|kind| (kind, rule)).collect(),
        grants: vec![
            grant("Representative", Address::repeat_byte(0xe1), Some("Office")),
            grant("Representative", Address::repeat_byte(0xe2), Some(HARBOUR)),
            grant("Representative", Address::repeat_byte(0xe3), Some("Works")),
            grant("CityRegulator", Who::One.account(), None),
            grant("DistrictRegulator", Who::Other.account(), None),
            grant("BusinessOperator", Who::Harbour.account(), Some(HARBOUR)),
        ],
        policy: PolicyEntry::default(),
        offices: None,
    };
    let node = |seed: u8| FoundingNode {
        key: B256::repeat_byte(seed),
        organisation: "Works".to_owned(),
        name: format!("node-{seed}"),
        endpoint: "node.example:9000".to_owned(),
        beneficiary: Address::ZERO,
    };
    let circumstances = Circumstances {
        block,
        nodes: vec![node(7)],
        anchors: Vec::new(),
    };
    let mut host = MemoryHost {
        block,
        ..MemoryHost::default()
    };
    for (contract, slots) in founding.carry_out(&circumstances).unwrap() {
        host.storage
            .extend(slots.into_iter().map(|(slot, value)| ((contract, slot), value)));
    }
    host
}

/// What a node answers to one call.
async fn answer(State((host, busy)): State<(Host, Busy)>, Json(asked): Json<Value>) -> Json<Value> {
    let result = match asked["method"].as_str().unwrap() {
        "eth_chainId" => Ok(json!(format!("{LEDGER:#x}"))),
        "eth_call" => {
            let call = &asked["params"][0];
            let to: Address = serde_json::from_value(call["to"].clone()).unwrap();
            let input = call.get("input").or_else(|| call.get("data")).unwrap();
            let input: Bytes = serde_json::from_value(input.clone()).unwrap();
            let is_busy = *busy.lock().unwrap() == Some(to);
            match host.lock().unwrap().clone().call(Address::ZERO, to, &input) {
                _ if is_busy => Err(json!({ "code": -32005, "message": "too many calls at once" })),
                Ok(output) => Ok(json!(output)),
                Err(Fault::Refused(data)) => {
                    Err(json!({ "code": 3, "message": "execution reverted", "data": data }))
                }
                Err(fault) => Err(json!({ "code": -32000, "message": fault.to_string() })),
            }
        }
        other => Err(json!({ "code": -32601, "message": other })),
    };
    let mut answer = json!({ "jsonrpc": "2.0", "id": asked["id"] });
    match result {
        Ok(result) => answer["result"] = result,
        Err(error) => answer["error"] = error,
    }
    Json(answer)
}

struct Bench {
    router: Router,
    host: Host,
    busy: Busy,
    _folder: Folder,
}

impl Bench {
    async fn new() -> Self {
        let host: Host = Arc::new(Mutex::new(city()));
        let busy = Busy::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let node = Router::new()
            .route("/", post(answer))
            .with_state((Arc::clone(&host), Arc::clone(&busy)));
        tokio::spawn(async move { axum::serve(listener, node).await });
        let folder = Folder::new();
        let database = folder.sqlite();
        let text = format!(
            "database = \"{database}\"\n[city]\nname = \"Harbour City\"\n[login]\norigins = [\"{ORIGIN}\"]\n\
             [monitor]\nhost = false\n[[ledgers]]\nname = \"main\"\nrpc = [\"http://{address}\"]\n"
        );
        let path = folder.0.join("console.toml");
        std::fs::write(&path, text).unwrap();
        let config = Config::load(&path).unwrap();
        let logins = Logins::open(config.login.clone(), &database, Arc::new(Roles), Clock::system());
        let parts = Parts::open(config, Some(logins.await.unwrap())).await.unwrap();
        Self {
            router: server::router(parts.shared()),
            host,
            busy,
            _folder: folder,
        }
    }

    /// A transaction, a second after the one before.
    fn act(&self, who: Who, call: &impl SolCall) -> Result<Bytes, Fault> {
        let mut host = self.host.lock().unwrap();
        host.block.timestamp += 1;
        host.block.height += 1;
        host.call(who.account(), CASES, &call.abi_encode())
    }

    fn order(&self, action: Action, target: &[u8]) {
        let order = ICases::Order {
            caseId: 1,
            chain: B256::ZERO,
            action,
            target: target.to_vec().into(),
            level: Level::Isolation,
            legalBasis: "Supervision Act § 12".to_owned(),
            reason: "five payments below the threshold".to_owned(),
            deadlineSeconds: 0,
        };
        self.act(Who::One, &ICases::orderCall { order }).unwrap();
    }

    fn open(&self, title: &str, subject: &str) {
        let call = ICases::openCall {
            title: title.to_owned(),
            subject: subject.to_owned(),
            legalBasis: "Supervision Act § 12".to_owned(),
        };
        self.act(Who::One, &call).unwrap();
    }

    async fn send(
        &self,
        (cookie, csrf): &(String, String),
        method: &str,
        path: &str,
        body: Value,
    ) -> (StatusCode, Vec<u8>, String) {
        let peer: SocketAddr = "192.0.2.1:1000".parse().unwrap();
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::ORIGIN, ORIGIN)
            .header(header::HOST, "console.test")
            .header(header::COOKIE, cookie)
            .header("x-csrf-token", csrf)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(peer));
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let response = self
            .router
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let status = response.status();
        let cookie = response.headers().get(header::SET_COOKIE);
        let cookie = cookie.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, bytes.to_vec(), cookie.unwrap_or_default())
    }

    async fn sign_in(&self, who: Who) -> (String, String) {
        let nobody = (String::new(), String::new());
        let wish = json!({ "account": who.account().to_string() });
        let (_, body, _) = self.send(&nobody, "POST", "/session/challenge", wish).await;
        let challenge: Value = serde_json::from_slice(&body).unwrap();
        let message = challenge["message"].as_str().unwrap();
        let digest = Message::from_digest(eip191_hash_message(message).0);
        let signed = Secp256k1::new().sign_ecdsa_recoverable(digest, &who.key());
        let (recovery, compact) = signed.serialize_compact();
        let mut signature = compact.to_vec();
        signature.push(27 + u8::try_from(i32::from(recovery)).unwrap());
        let proof = json!({ "message": message, "signature": hex::encode(signature) });
        let (status, body, cookie) = self.send(&nobody, "POST", "/session/account", proof).await;
        let session: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, StatusCode::OK, "{session}");
        (cookie, session["csrf"].as_str().unwrap().to_owned())
    }

    async fn get(&self, session: &(String, String), path: &str) -> Value {
        let (status, body, _) = self.send(session, "GET", path, Value::Null).await;
        let body = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

fn texts<'a>(items: &'a Value, field: &str) -> Vec<&'a str> {
    let items = items.as_array().unwrap().iter();
    items.map(|item| item[field].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_two_people_decide_is_shown_with_who_when_and_what_is_printed() {
    let bench = Bench::new().await;
    let regulator = bench.sign_in(Who::One).await;
    let suspect = Address::repeat_byte(0x71);
    let subject = format!("eip155:{LEDGER}:{suspect}");
    bench.open("分拆转移资金 in pieces", &subject);
    let evidence = ICases::addEvidenceCall {
        caseId: 1,
        hash: keccak256("a document"),
        source: "finding/12".to_owned(),
    };
    bench.act(Who::One, &evidence).unwrap();
    bench.order(Action::FreezeAccount, suspect.as_slice());
    bench.order(Action::FreezeContract, &[0x72; 20]);
    let own = bench.act(Who::One, &ICases::approveCall { id: 1 });
    assert!(own.is_err(), "who ordered does not approve");
    bench.act(Who::Other, &ICases::approveCall { id: 1 }).unwrap();

    // The text stays here, its hash goes to the ledger.
    let words = json!({ "text": "Who opened the account?" });
    let (status, kept, _) = bench.send(&regulator, "POST", "/notices/texts", words).await;
    assert_eq!(status, StatusCode::OK);
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept["hash"], keccak256("Who opened the account?").to_string());
    let notice = ICases::notifyCall {
        caseId: 1,
        organisation: keccak256(HARBOUR),
        subject: "The account of Pier 7".to_owned(),
        textHash: kept["hash"].as_str().unwrap().parse().unwrap(),
        deadline: NOW + 86_400,
    };
    bench.act(Who::One, &notice).unwrap();

    let list = bench.get(&regulator, "/cases?text=%E5%88%86%E6%8B%86").await;
    assert_eq!(list["items"][0]["subject"], subject);
    assert_eq!(
        bench.get(&regulator, "/cases?state=closed").await["items"],
        json!([])
    );
    let case = bench.get(&regulator, "/cases/1").await;
    let summary = &case["summary"];
    let counts = [&summary["evidence"], &summary["commands"], &summary["notices"]];
    assert_eq!(counts, [&json!(1), &json!(2), &json!(1)]);
    assert_eq!(case["evidence"][0]["finding"], 12);
    assert_eq!(texts(&case["commands"], "state"), ["done", "ordered"]);
    assert_eq!(case["commands"][0]["target"], suspect.to_string());
    assert_eq!(
        case["commands"][0]["approvedBy"],
        Who::Other.account().to_string()
    );
    assert_eq!(case["notices"][0]["text"], "Who opened the account?");
    let steps = [
        "opened", "evidence", "ordered", "ordered", "approved", "done", "notified",
    ];
    assert_eq!(texts(&case["timeline"], "step"), steps);

    let waiting = bench.get(&regulator, "/commands?state=ordered").await;
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        bench.get(&regulator, "/commands/2").await["action"],
        "freezeContract"
    );
    let known = bench
        .get(&regulator, &format!("/cases/subject?subject={subject}"))
        .await;
    assert_eq!(known["targets"][0]["isIsolated"], true, "{known}");
    assert_eq!(known["chains"][0]["isMain"], true);
    // A node that is busy says nothing about the ledger: neither that there is no identity, nor that nothing is isolated.
    for contract in [IDENTITIES, CASES] {
        *bench.busy.lock().unwrap() = Some(contract);
        let path = format!("/cases/subject?subject={subject}");
        let (status, body, _) = bench.send(&regulator, "GET", &path, Value::Null).await;
        let body = String::from_utf8(body).unwrap();
        assert!(status.is_server_error(), "{status} {body}");
    }
    *bench.busy.lock().unwrap() = None;

    // Only the organisation sees what it was asked, and its reply.
    let harbour = bench.sign_in(Who::Harbour).await;
    let asked = bench.get(&harbour, "/me/notices").await;
    assert_eq!(asked["items"][0]["subject"], "The account of Pier 7");
    let (status, _, _) = bench.send(&harbour, "GET", "/cases/1", Value::Null).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let nobody = bench.sign_in(Who::Nobody).await;
    assert_eq!(bench.get(&nobody, "/me/notices").await["items"], json!([]));
    let reply = ICases::replyCall {
        id: 1,
        replyHash: keccak256("a list"),
        text: "=a trader, since March".to_owned(),
    };
    bench.act(Who::Harbour, &reply).unwrap();
    let notices = bench.get(&regulator, "/notices?unanswered=true").await;
    assert_eq!(notices["items"], json!([]));

    let close = ICases::closeCall {
        caseId: 1,
        outcome: "a trader".to_owned(),
    };
    bench.act(Who::One, &close).unwrap();
    let (status, csv, _) = bench
        .send(
            &regulator,
            "GET",
            "/reports/cases/1/file?form=csv&language=zh",
            Value::Null,
        )
        .await;
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(
        csv.contains("案件 1：分拆转移资金 in pieces") && csv.contains("已结案"),
        "{csv}"
    );
    // What others wrote is no formula of a spreadsheet.
    assert!(csv.contains(",\"'=a trader, since March\""), "{csv}");
    let (_, pdf, _) = bench
        .send(&regulator, "GET", "/reports/cases/1/file?form=pdf", Value::Null)
        .await;
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 5_000);
    let span = format!("from={}&until={}", NOW - 10, NOW + 1_000);
    let period = bench.get(&regulator, &format!("/reports/period?{span}")).await;
    assert_eq!(
        (&period["closed"], &period["chains"][0]["done"]),
        (&json!(1), &json!(1))
    );
    // What the main ledger does by itself says nothing about how fast chains obey.
    let figures = &period["chains"][0];
    assert_eq!(
        (&figures["effectSecondsMax"], &figures["late"]),
        (&Value::Null, &json!(0))
    );
    let later = format!("from={}&until={}", NOW + 1_000, NOW + 2_000);
    let empty = bench.get(&regulator, &format!("/reports/period?{later}")).await;
    assert_eq!(
        (&empty["cases"], &empty["commands"], &empty["notices"]),
        (&json!([]), &json!([]), &json!([]))
    );
    let (status, _, _) = bench
        .send(&regulator, "GET", "/reports/period?from=5&until=5", Value::Null)
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _, _) = bench.send(&regulator, "GET", "/cases/2", Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_cases_and_commands_join_into_the_whole() {
    let bench = Bench::new().await;
    let regulator = bench.sign_in(Who::One).await;
    for number in 1..=120_u64 {
        bench.open(&format!("case {number}"), "eip155:77");
        let account: B256 = U256::from(number).into();
        bench.order(Action::FreezeAccount, &account[12..]);
    }
    for path in ["/cases", "/commands"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = bench
                .get(&regulator, &format!("{path}?limit=33&cursor={cursor}"))
                .await;
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item["id"].as_u64().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            cursor = next.to_owned();
        }
        let whole: Vec<u64> = (1..=120).rev().collect();
        assert_eq!(seen, whole, "{path}");
    }
    let found = bench.get(&regulator, "/cases?text=case%2077").await;
    assert_eq!(found["items"][0]["id"], 77);
    // A period that ended long ago: each case was opened, and each command ordered, a second after the one before.
    let span = format!("from={}&until={}", NOW + 100, NOW + 120);
    let period = bench.get(&regulator, &format!("/reports/period?{span}")).await;
    let ids = |field: &str| -> Vec<u64> {
        let items = period[field].as_array().unwrap().iter();
        items.map(|item| item["id"].as_u64().unwrap()).collect()
    };
    assert_eq!(ids("commands"), (50..60).rev().collect::<Vec<_>>());
    assert_eq!(ids("cases"), (51..=60).rev().collect::<Vec<_>>());
    assert_eq!(period["isCut"], false);
}

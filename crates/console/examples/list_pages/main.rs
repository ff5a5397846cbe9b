//! Measures every list of the HTTP API over an index of a million made-up transactions: its first page, the pages after it, and
//! pages deep within, with each filter. A page that takes 100 ms or longer ends the run.
//!
//! ```text
//! cargo run --release -p civitas-console --example list_pages -- [--transactions 1000000] [--postgres]
//! ```
//!
//! The console's own router answers over TCP; the ledger is the one of the index's tests, served as a node serves one. Beside
//! the transactions there are 100,000 identities, and as many findings and records of reads and of sign-ins; and what the
//! situation room keeps of a year.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a run that meets a surprise has failed"
)]

#[path = "../../../indexer/tests/indexer/databases.rs"]
mod databases;
#[path = "../../../indexer/tests/indexer/generated/mod.rs"]
mod generated;
mod lists;

use alloy_primitives::{Address, B256, eip191_hash_message, hex, keccak256};
use async_trait::async_trait;
use civitas_console::{
    config::Config,
    login::{Clock, Logins, OnLedger, OnLedgerError, Standing},
    run::Parts,
    server,
};
use civitas_indexer::{Follower, Store};
use civitas_supervision::{Finding, Mode, Severity, Words};
use civitas_system_contracts::{
    interfaces::IRoles::{Permission, Scope},
    roles::{Action, Entitlement, ScopeKind},
};
use databases::{Folder, Postgres};
use generated::{City, account, serving::Served, token};
use lists::{List, lists};
use reqwest::{Client, header};
use secp256k1::{Message, Secp256k1, SecretKey};
use serde_json::{Value, json};
use sqlx::AnyPool;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Transactions of one block.
const BLOCK_TRANSACTIONS: u64 = 500;
/// Identities, findings, records of reads, and records of sign-ins.
const RECORDS: u64 = 100_000;
/// Rows of one transaction, and of one statement.
const ROWS: u64 = 1_000;
const ROWS_OF_STATEMENT: usize = 20;
/// Hours and minutes that the situation room keeps: 420 days, and two.
const HOURS: u64 = 420 * 24;
const MINUTES: u64 = 2 * 24 * 60;
/// Assets that are moved in each, hours of what flows between ledgers, and thresholds.
const ASSETS: u64 = 12;
const HOURS_BETWEEN: u64 = 720;
const THRESHOLDS: u64 = 500;
/// What a page may take.
const PAGE_TIME_MAX: Duration = Duration::from_millis(100);
/// Pages that are turned after the first one.
const PAGES_TURNED: usize = 10;
/// Who is signed in, as the identity of records.
const IDENTITY: B256 = B256::repeat_byte(7);

/// A ledger on which everybody may read everything.
struct Generous;

fn standing() -> Standing {
    let permission = Permission {
        action: Action::Read,
        target: Address::ZERO,
        selector: [0; 4].into(),
    };
    let entitlement = Entitlement {
        grant: 1,
        role: B256::repeat_byte(1),
        permission,
        scope: Scope {
            kind: ScopeKind::City,
            value: B256::ZERO,
        },
        expiry: 0,
    };
    Standing {
        identity: Some(IDENTITY),
        entitlements: vec![entitlement],
        ..Standing::default()
    }
}

#[async_trait]
impl OnLedger for Generous {
    async fn account(&self, _: Address) -> Result<Standing, OnLedgerError> {
        Ok(standing())
    }

    async fn identity(&self, _: B256) -> Result<Standing, OnLedgerError> {
        Ok(standing())
    }
}

/// The value after an option on the command line.
fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.next()?;
    arguments.next()
}

#[tokio::main]
async fn main() {
    let transactions: u64 =
        option("--transactions").map_or(1_000_000, |text| text.parse().expect("a number"));
    let city = City {
        blocks: transactions.div_ceil(BLOCK_TRANSACTIONS),
        block_transactions: BLOCK_TRANSACTIONS,
        accounts: (transactions / 50).clamp(10, 10_000),
        broken_at: None,
    };
    let folder = Folder::new();
    let postgres = std::env::args()
        .any(|argument| argument == "--postgres")
        .then(Postgres::start);
    let database = match &postgres {
        Some(postgres) => postgres.database().await,
        None => folder.sqlite(),
    };
    index(&database, &city).await;
    let node = Served::start(city.clone()).await;
    let bench = Bench::start(&folder, &database, &node.url).await;
    fill(&database).await;
    fill_room(&database).await;
    bench.measure(&city).await;
    println!("every page was given within {} ms", PAGE_TIME_MAX.as_millis());
}

/// Builds the index.
async fn index(database: &str, city: &City) {
    let store = Store::open(database).await.expect("the store opens");
    let began = Instant::now();
    let mut follower = Follower::begin(store.clone(), "main", Arc::new(city.clone()))
        .await
        .expect("it begins");
    follower.catch_up(|_| {}).await.expect("it catches up");
    while !follower.describe().await.expect("it describes") {}
    store.close().await;
    let kind = database.split(':').next().unwrap_or(database);
    println!(
        "{} transactions in {kind} in {:.0} s",
        city.transactions(),
        began.elapsed().as_secs_f64()
    );
}

/// Writes rows, whose values are texts and numbers, in one transaction.
async fn insert(pool: &AnyPool, into: &str, rows: Vec<Vec<Value>>) {
    let mut write = pool.begin().await.expect("a transaction");
    // SQLite looks numbered places up in the square of their number.
    for rows in rows.chunks(ROWS_OF_STATEMENT) {
        let columns = rows.first().map_or(0, Vec::len);
        let places: Vec<String> = (0..rows.len())
            .map(|row| {
                let numbers = (1..=columns).map(|column| format!("${}", row * columns + column));
                format!("({})", numbers.collect::<Vec<_>>().join(", "))
            })
            .collect();
        let statement = format!("INSERT INTO {into} VALUES {}", places.join(", "));
        let values = rows.iter().flatten();
        let query = values.fold(sqlx::query(&statement), |query, value| match value.as_i64() {
            Some(number) => query.bind(number),
            None => query.bind(value.as_str().unwrap_or_default().to_owned()),
        });
        query.execute(&mut *write).await.expect("rows");
    }
    write.commit().await.expect("rows");
}

/// What a rule found, as the console keeps it: few are grave, and some subjects are found often.
fn finding(number: u64) -> Vec<Value> {
    let grave = number.is_multiple_of(9_973);
    let words = || Words {
        zh: "大额转出".to_owned(),
        en: "Large cash-out".to_owned(),
    };
    let found = Finding {
        rule: format!("rule-{}", number % 13),
        version: 1,
        severity: if grave {
            Severity::Critical
        } else {
            Severity::Notice
        },
        mode: Mode::Active,
        legal_basis: "Decision 7".to_owned(),
        subject: format!("{:#x}", account(number % 500)),
        chain: "main".into(),
        event: format!("main/{number}/0").as_str().into(),
        time: 1_700_000_000 + number,
        title: words(),
        text: words(),
        figures: Vec::new(),
        evidence: Vec::new(),
        suppressed: 0,
    };
    let (severity, state) = if grave {
        ("critical", "dismissed")
    } else {
        ("notice", "open")
    };
    let body = serde_json::to_string(&found).expect("JSON");
    let (event, at) = (&*found.event, found.time);
    let values = json!([
        number,
        found.rule,
        1,
        found.subject,
        event,
        "main",
        at,
        at,
        severity,
        "active",
        state,
        body
    ]);
    values.as_array().cloned().unwrap_or_default()
}

/// Adds what no transaction brings: identities, records of reads and of sign-ins, findings.
async fn fill(database: &str) {
    let pool = AnyPool::connect(database).await.expect("the database opens");
    let own = IDENTITY.to_string();
    for first in (0..RECORDS).step_by(1_000) {
        let identity = |number: u64| {
            let did = format!("did:civitas:{number:064x}");
            let kind = (number % 4 + 1).to_string();
            let detail =
                json!({"did": did, "kind": kind, "organisation": B256::ZERO, "createdAt": "0"}).to_string();
            // Few are frozen: the list of those must not look through all.
            let status = if number.is_multiple_of(9_973) { 2 } else { 1 };
            let id = format!("0x{number:064x}");
            let values = json!([1, "identity", id, number * 1_000, did, did, status, -1, 1, detail]);
            values.as_array().cloned().unwrap_or_default()
        };
        let actor = |number: u64| format!("{:#x}", account(number % 500));
        let read = |number: u64| {
            let kind = if number.is_multiple_of(997) {
                "operation"
            } else {
                "read"
            };
            let subject = if number.is_multiple_of(50) {
                own.as_str()
            } else {
                "0x08"
            };
            let id = format!("{number:024x}");
            let values = json!([
                id,
                1_700_000_000 + number,
                kind,
                actor(number),
                "",
                "identity",
                subject
            ]);
            values.as_array().cloned().unwrap_or_default()
        };
        let attempt = |number: u64| {
            let id = format!("{number:026x}");
            let at = 1_700_000_000 + number;
            let values = json!([id, at, "account", "signedIn", "", actor(number), "10.0.0.1", ""]);
            values.as_array().cloned().unwrap_or_default()
        };
        let numbers = first..first + ROWS;
        let entities =
            "entities (ledger, kind, id, rank, name, folded, status, changed_position, described, detail)";
        insert(&pool, entities, numbers.clone().map(identity).collect()).await;
        let reads = "console_read (id, at, kind, actor, session, what, subject)";
        insert(&pool, reads, numbers.clone().map(read).collect()).await;
        let attempts = "login_attempt (id, at, method, outcome, reason, subject, source, agent)";
        insert(&pool, attempts, numbers.clone().map(attempt).collect()).await;
        let findings = "supervision_finding (number, rule, version, subject, event, ledger, at, found_at, severity, mode, state, body)";
        insert(
            &pool,
            findings,
            numbers.map(|number| finding(number + 1)).collect(),
        )
        .await;
    }
    pool.close().await;
}

/// Adds what the situation room keeps: counts up to now, and thresholds.
async fn fill_room(database: &str) {
    let pool = AnyPool::connect(database).await.expect("the database opens");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time");
    let now = now.as_secs();
    let begins = |step: u64, count: u64| (0..count).map(move |back| (step, (now / step - back) * step));
    let stretches = begins(3_600, HOURS).chain(begins(60, MINUTES));
    let row = |values: Value| values.as_array().cloned().unwrap_or_default();
    let asset = |number: u64| format!("{:#x}", token(number));
    let counts = stretches.clone();
    let counts = counts.map(|(step, at)| row(json!(["main", step, at, 50 + at / step % 24, 1, 40, 9])));
    let stretch = "situation_stretch (ledger, step, at, transactions, failed, payments, unverified)";
    insert(&pool, stretch, counts.collect()).await;
    for number in 0..ASSETS {
        let moved = stretches.clone();
        let moved = moved.map(|(step, at)| row(json!(["main", step, at, asset(number), 3, "3000000"])));
        let into = "situation_moved (ledger, step, at, asset, payments, amount)";
        insert(&pool, into, moved.collect()).await;
        for other in ["trade", "works"] {
            let between = begins(3_600, HOURS_BETWEEN).map(|(_, at)| {
                row(json!([
                    at,
                    "main",
                    other,
                    asset(number),
                    2,
                    "2000000",
                    1,
                    "1000000"
                ]))
            });
            let into =
                "situation_between (at, ledger, other, asset, received, received_amount, paid, paid_amount)";
            insert(&pool, into, between.collect()).await;
        }
    }
    let by = format!("{:#x}", account(1));
    let thresholds =
        (0..THRESHOLDS).map(|number| row(json!(["main", "value", asset(number), 3_600, "1000", by, now])));
    let into = "situation_threshold (ledger, measure, asset, step, above, set_by, set_at)";
    insert(&pool, into, thresholds.collect()).await;
    pool.close().await;
}

/// A console that answers, and who asks it.
struct Bench {
    client: Client,
    url: String,
    cookie: String,
}

impl Bench {
    async fn start(folder: &Folder, database: &str, node: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let key = SecretKey::from_byte_array([0x42; 32]).expect("a key");
        let public = key.public_key(&Secp256k1::new()).serialize_uncompressed();
        let own = Address::from_slice(&keccak256(&public[1..])[12..]);
        // A proxy names each list as another client, so that nobody's quota is used up.
        let text = format!(
            "database = \"{database}\"\n[city]\nname = \"made up\"\n[login]\norigins = [\"{url}\"]\nbehind_proxy = true\n\
             administrators = [\"{own:#x}\"]\n[monitor]\nhost = false\n[[ledgers]]\nname = \"main\"\nrpc = [\"{node}\"]\n"
        );
        let path = folder.0.join("console.toml");
        std::fs::write(&path, text).expect("settings");
        let config = Config::load(&path).expect("settings");
        let logins = Logins::open(
            config.login.clone(),
            database,
            Arc::new(Generous),
            Clock::system(),
        );
        let parts = Parts::open(config, Some(logins.await.expect("logins")))
            .await
            .expect("a console");
        let router = server::router(parts.shared()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move {
            let _parts = parts;
            axum::serve(listener, router).await
        });
        let mut bench = Self {
            client: Client::new(),
            url,
            cookie: String::new(),
        };
        bench.sign_in(&key, own).await;
        bench
    }

    async fn sign_in(&mut self, key: &SecretKey, own: Address) {
        let asked = json!({"account": own.to_string()});
        let (challenge, _) = self.post("/session/challenge", &asked).await;
        let message = challenge["message"].as_str().expect("a challenge");
        let digest = Message::from_digest(eip191_hash_message(message).0);
        let (recovery, compact) = Secp256k1::new()
            .sign_ecdsa_recoverable(digest, key)
            .serialize_compact();
        let mut signature = compact.to_vec();
        signature.push(27 + u8::try_from(i32::from(recovery)).expect("0 to 3"));
        let proof = json!({"message": message, "signature": hex::encode(signature)});
        let (_, cookie) = self.post("/session/account", &proof).await;
        self.cookie = cookie;
    }

    async fn post(&self, path: &str, body: &Value) -> (Value, String) {
        let request = self
            .client
            .post(format!("{}/api/v1{path}", self.url))
            .header(header::ORIGIN, &self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let response = request.send().await.expect("an answer");
        let cookie = response
            .headers()
            .get(header::SET_COOKIE)
            .and_then(|value| value.to_str().ok()?.split(';').next().map(str::to_owned))
            .unwrap_or_default();
        let bytes = response.bytes().await.expect("a body");
        (serde_json::from_slice(&bytes).expect("JSON"), cookie)
    }

    /// A page of a list, with the time from the request to the last byte of the answer.
    async fn page(&self, client: usize, path: &str, query: &[(&str, &str)]) -> (Value, Duration) {
        let mut url = reqwest::Url::parse(&format!("{}/api/v1{path}", self.url)).expect("an address");
        url.query_pairs_mut().extend_pairs(query);
        let request = self.client.get(url).header(header::COOKIE, &self.cookie).header(
            "x-forwarded-for",
            format!("10.1.{}.{}", client / 250, client % 250),
        );
        let began = Instant::now();
        let response = request.send().await.expect("an answer");
        let status = response.status();
        let bytes = response.bytes().await.expect("a body");
        let took = began.elapsed();
        let body: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(status.is_success(), "{path} {query:?}: {status} {body}");
        (body, took)
    }

    /// Turns the pages of a list, first of 50 and of 200 items, then from the places within it.
    async fn list(&self, client: usize, list: &List) {
        let (mut longest, mut pages, mut items) = (Duration::ZERO, 0, 0);
        for (limit, deep) in [("50", false), ("200", false), ("50", true)] {
            let mut cursors: Vec<Option<String>> = match deep {
                false => vec![None],
                true => list.places.iter().cloned().map(Some).collect(),
            };
            let mut turned = 0;
            while let Some(cursor) = cursors.pop() {
                let mut query = list.query.clone();
                query.push(("limit", limit));
                query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
                let (body, took) = self.page(client, &list.path, &query).await;
                (longest, pages) = (longest.max(took), pages + 1);
                items += body["items"].as_array().map_or(0, Vec::len);
                turned += 1;
                let next = body["next"].as_str().map(str::to_owned);
                if next.is_some() && turned <= PAGES_TURNED {
                    cursors.push(next);
                }
            }
        }
        let name = format!(
            "{} {}",
            list.path,
            list.query
                .iter()
                .map(|(name, value)| format!("{name}={value} "))
                .collect::<String>()
        );
        println!(
            "{name:<110} {pages:>3} pages {items:>6} items {:>8.1} ms",
            longest.as_secs_f64() * 1e3
        );
        assert!(longest < PAGE_TIME_MAX, "{name}takes {longest:?}");
        assert!(items > 0 || list.is_empty, "{name}has no items");
    }

    async fn measure(&self, city: &City) {
        for (client, list) in lists(city).iter().enumerate() {
            self.list(client, list).await;
        }
        let (_, took) = self.page(5_000, "/overview", &[]).await;
        println!("{:<110} {:>8.1} ms", "/overview", took.as_secs_f64() * 1e3);
    }
}

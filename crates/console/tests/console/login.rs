//! Login through its HTTP endpoints, with a ledger, a clock and devices of the test.

use alloy_primitives::{Address, B256, FixedBytes, eip191_hash_message, hex, keccak256};
use async_trait::async_trait;
use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, Response, StatusCode, header},
    middleware,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::{Value as Cbor, cbor};
use civitas_console::{
    login::{self, Clock, Entitlement, LoginConfig, Logins, OnLedger, OnLedgerError, Standing},
    problem::localise,
};
use civitas_system_contracts::roles::{Action, Permission, Scope, ScopeKind};
use secp256k1::{Message, PublicKey, Secp256k1, SecretKey};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};
use tower::ServiceExt;

const ORIGIN: &str = "http://localhost:8080";

/// What the ledger says, as the test sets it.
#[derive(Default)]
struct Ledger {
    standings: Mutex<HashMap<Address, Standing>>,
    /// Contracts, with the signature that each takes for its own.
    contracts: Mutex<HashMap<Address, Vec<u8>>>,
    is_down: Mutex<bool>,
    asked: AtomicU64,
}

#[async_trait]
impl OnLedger for Ledger {
    async fn account(&self, account: Address) -> Result<Standing, OnLedgerError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if *self.is_down.lock().unwrap() {
            return Err(OnLedgerError::Call {
                source: "no node answers".into(),
            });
        }
        Ok(self
            .standings
            .lock()
            .unwrap()
            .get(&account)
            .cloned()
            .unwrap_or_default())
    }

    async fn takes(&self, account: Address, _: B256, signature: &[u8]) -> Result<bool, OnLedgerError> {
        if *self.is_down.lock().unwrap() {
            return Err(OnLedgerError::Call {
                source: "no node answers".into(),
            });
        }
        let contracts = self.contracts.lock().unwrap();
        Ok(contracts.get(&account).is_some_and(|own| own == signature))
    }

    async fn identity(&self, identity: B256) -> Result<Standing, OnLedgerError> {
        Ok(Standing {
            identity: Some(identity),
            ..Standing::default()
        })
    }
}

/// A console that can only sign people in.
struct Console {
    router: Router,
    logins: Arc<Logins>,
    ledger: Arc<Ledger>,
    seconds: Arc<AtomicU64>,
    folder: std::path::PathBuf,
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Console {
    async fn new(name: &str) -> Self {
        Self::with(name, LoginConfig::default()).await
    }

    async fn with(name: &str, config: LoginConfig) -> Self {
        let folder = std::env::temp_dir().join(format!("civitas-login-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let seconds = Arc::new(AtomicU64::new(1_800_000_000));
        let clock = Clock::new({
            let seconds = Arc::clone(&seconds);
            move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst))
        });
        let ledger = Arc::new(Ledger::default());
        let mut config = config;
        config.origins.push(ORIGIN.to_owned());
        let database = format!("sqlite://{}/login.db", folder.display());
        let logins = Logins::open(config, &database, Arc::clone(&ledger) as Arc<dyn OnLedger>, clock)
            .await
            .unwrap();
        let logins = Arc::new(logins);
        let (router, _) = login::routes::<Arc<Logins>>().split_for_parts();
        let router = router
            .with_state(Arc::clone(&logins))
            .layer(middleware::from_fn(localise));
        Self {
            router,
            logins,
            ledger,
            seconds,
            folder,
        }
    }

    fn pass(&self, seconds: u64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    fn browser(&self) -> Browser<'_> {
        Browser {
            console: self,
            cookie: String::new(),
            csrf: String::new(),
            origin: ORIGIN.to_owned(),
            address: "192.0.2.1:1000".parse().unwrap(),
        }
    }
}

/// A browser, with its cookie.
struct Browser<'a> {
    console: &'a Console,
    cookie: String,
    csrf: String,
    origin: String,
    address: SocketAddr,
}

impl Browser<'_> {
    async fn send(&mut self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:8080")
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .extension(ConnectInfo(self.address));
        if !self.origin.is_empty() {
            request = request.header(header::ORIGIN, &self.origin);
        }
        let request = match body {
            Value::Null => request.body(Body::empty()),
            body => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
        };
        self.answer(request.unwrap()).await
    }

    async fn answer(&mut self, request: Request<Body>) -> (StatusCode, Value) {
        let response: Response<Body> = self.console.router.clone().oneshot(request).await.unwrap();
        if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(
                cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
                "{cookie}"
            );
            self.cookie = cookie.split(';').next().unwrap().to_owned();
        }
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if let Some(csrf) = body.get("csrf").and_then(Value::as_str) {
            self.csrf = csrf.to_owned();
        }
        (status, body)
    }

    async fn get(&mut self, path: &str) -> (StatusCode, Value) {
        self.send("GET", path, Value::Null).await
    }

    async fn sign_in(&mut self, wallet: &Wallet) -> (StatusCode, Value) {
        let (status, challenge) = self
            .send(
                "POST",
                "/session/challenge",
                json!({"account": wallet.account.to_string()}),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{challenge}");
        self.prove(wallet, challenge["message"].as_str().unwrap()).await
    }

    async fn prove(&mut self, wallet: &Wallet, message: &str) -> (StatusCode, Value) {
        let proof = json!({"message": message, "signature": wallet.sign(message)});
        self.send("POST", "/session/account", proof).await
    }
}

/// An account with its key.
struct Wallet {
    key: SecretKey,
    account: Address,
}

impl Wallet {
    fn new(byte: u8) -> Self {
        let key = SecretKey::from_byte_array([byte; 32]).unwrap();
        let public = PublicKey::from_secret_key(&Secp256k1::new(), &key).serialize_uncompressed();
        Self {
            key,
            account: Address::from_slice(&keccak256(&public[1..])[12..]),
        }
    }

    fn sign(&self, message: &str) -> String {
        let digest = Message::from_digest(eip191_hash_message(message).0);
        let (recovery, compact) = Secp256k1::new()
            .sign_ecdsa_recoverable(digest, &self.key)
            .serialize_compact();
        let v = 27 + u8::try_from(i32::from(recovery)).unwrap();
        hex::encode_prefixed([compact.as_slice(), &[v]].concat())
    }
}

fn operator() -> Standing {
    Standing {
        identity: Some(B256::repeat_byte(7)),
        is_suspended: false,
        entitlements: vec![Entitlement {
            grant: 1,
            role: keccak256("NodeOperator"),
            permission: Permission {
                action: Action::Administer,
                target: Address::ZERO,
                selector: FixedBytes::ZERO,
            },
            scope: Scope {
                kind: ScopeKind::City,
                value: B256::ZERO,
            },
            expiry: 0,
        }],
    }
}

fn slug(body: &Value) -> &str {
    body["type"]
        .as_str()
        .unwrap_or_default()
        .trim_start_matches("/problems/")
}

fn has(body: &Value, right: &str) -> bool {
    body["rights"]
        .as_array()
        .unwrap()
        .iter()
        .any(|held| held == right)
}

#[tokio::test]
async fn an_account_signs_in_and_its_roles_decide() {
    let console = Console::new("account").await;
    let wallet = Wallet::new(1);
    console
        .ledger
        .standings
        .lock()
        .unwrap()
        .insert(wallet.account, operator());
    let mut browser = console.browser();
    let (_, nobody) = browser.get("/session").await;
    assert!(nobody["account"].is_null() && nobody["rights"].as_array().unwrap().is_empty());

    let (status, session) = browser.sign_in(&wallet).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(session["account"], wallet.account.to_string());
    assert_eq!(session["identity"], format!("did:civitas:{}", "07".repeat(32)));
    assert!(has(&session, "operate") && has(&session, "transact") && !has(&session, "administer"));
    assert_eq!(session["personas"], json!(["operator", "citizen"]));
    assert_eq!(
        (&session["steppedUp"], &session["method"]),
        (&json!(true), &json!("account"))
    );

    // The role is taken away: the console closes within seconds.
    console.ledger.standings.lock().unwrap().clear();
    console.pass(15);
    let (_, session) = browser.get("/session").await;
    assert!(!has(&session, "operate") && has(&session, "explore"));

    // The proof is fresh for five minutes.
    console.pass(284);
    assert_eq!(browser.get("/session").await.1["steppedUp"], true);
    console.pass(1);
    assert_eq!(browser.get("/session").await.1["steppedUp"], false);
    browser.sign_in(&wallet).await;
    assert_eq!(browser.get("/session").await.1["steppedUp"], true);
}

#[tokio::test]
async fn proofs_that_do_not_fit_are_refused() {
    let console = Console::new("refused").await;
    let (wallet, other) = (Wallet::new(1), Wallet::new(2));
    let mut browser = console.browser();
    let challenge = json!({"account": wallet.account.to_string()});
    let (_, given) = browser
        .send("POST", "/session/challenge", challenge.clone())
        .await;
    let message = given["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("localhost:8080 wants you to sign in with your Ethereum account:\n0x"),
        "{message}"
    );

    // Another's signature uses the challenge up.
    let (status, body) = browser.prove(&other, &message).await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::UNAUTHORIZED, "signature-refused")
    );
    let (status, body) = browser.prove(&wallet, &message).await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::BAD_REQUEST, "challenge-unknown")
    );

    // A text with another account, made up around a challenge.
    let (_, given) = browser
        .send("POST", "/session/challenge", challenge.clone())
        .await;
    let changed = given["message"]
        .as_str()
        .unwrap()
        .replace(&wallet.account.to_string(), &other.account.to_string());
    let (_, body) = browser.prove(&other, &changed).await;
    assert_eq!(slug(&body), "challenge-unknown");

    // Late, and twice.
    let (_, given) = browser
        .send("POST", "/session/challenge", challenge.clone())
        .await;
    console.pass(300);
    let (_, body) = browser.prove(&wallet, given["message"].as_str().unwrap()).await;
    assert_eq!(slug(&body), "challenge-unknown");
    let (_, given) = browser
        .send("POST", "/session/challenge", challenge.clone())
        .await;
    let message = given["message"].as_str().unwrap().to_owned();
    assert_eq!(browser.prove(&wallet, &message).await.0, StatusCode::OK);
    assert_eq!(
        slug(&browser.prove(&wallet, &message).await.1),
        "challenge-unknown"
    );

    // A page elsewhere, and nonsense.
    browser.origin = "https://evil.example".to_owned();
    let (status, body) = browser.send("POST", "/session/challenge", challenge).await;
    assert_eq!((status, slug(&body)), (StatusCode::FORBIDDEN, "origin-unknown"));
    browser.origin = ORIGIN.to_owned();
    for body in [
        json!({"account": "0x1"}),
        json!({"account": 1}),
        json!({}),
        json!({"account": "0x", "more": 1}),
    ] {
        let (status, answer) = browser.send("POST", "/session/challenge", body).await;
        assert_eq!(
            (status, slug(&answer)),
            (StatusCode::BAD_REQUEST, "invalid-request")
        );
    }
}

/// An account that is a contract has no key: it says itself which signatures are its own (ERC-1271).
#[tokio::test]
async fn a_contract_signs_in_by_what_it_says() {
    let console = Console::new("contract").await;
    let contract = Address::repeat_byte(0xc0);
    let own = vec![7; 130];
    console
        .ledger
        .contracts
        .lock()
        .unwrap()
        .insert(contract, own.clone());
    let mut browser = console.browser();
    let asked = json!({"account": contract.to_string()});
    let challenge = async |browser: &mut Browser<'_>| {
        let (_, challenge) = browser.send("POST", "/session/challenge", asked.clone()).await;
        challenge["message"].as_str().unwrap().to_owned()
    };
    let check = async |browser: &mut Browser<'_>, signature: String, expected: &str| {
        let message = challenge(browser).await;
        let proof = json!({"message": message, "signature": signature});
        let (_, body) = browser.send("POST", "/session/account", proof).await;
        assert_eq!(slug(&body), expected, "{body}");
    };
    check(&mut browser, "0x070707".to_owned(), "signature-refused").await;
    check(&mut browser, "no hexadecimal".to_owned(), "signature-refused").await;
    check(&mut browser, "ab".repeat(10_000), "signature-refused").await;
    *console.ledger.is_down.lock().unwrap() = true;
    check(&mut browser, hex::encode(&own), "node-unreachable").await;
    *console.ledger.is_down.lock().unwrap() = false;

    let message = challenge(&mut browser).await;
    let proof = json!({"message": message, "signature": hex::encode_prefixed(&own)});
    let (status, session) = browser.send("POST", "/session/account", proof.clone()).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(session["account"], contract.to_string());
    let (_, again) = browser.send("POST", "/session/account", proof).await;
    assert_eq!(slug(&again), "challenge-unknown");
}

#[tokio::test]
async fn guessing_is_slowed_down_where_it_comes_from() {
    let console = Console::new("limits").await;
    let wallet = Wallet::new(1);
    let mut browser = console.browser();
    for _ in 0..20 {
        let (status, _) = browser
            .send("POST", "/session/setup", json!({"token": "guess"}))
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let (status, body) = browser
        .send("POST", "/session/setup", json!({"token": "guess"}))
        .await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts")
    );
    // Others come in, also with the account that was guessed for.
    let mut other = console.browser();
    other.address = "192.0.2.2:1000".parse().unwrap();
    assert_eq!(other.sign_in(&wallet).await.0, StatusCode::OK);
    console.pass(900);
    assert_eq!(browser.sign_in(&wallet).await.0, StatusCode::OK);
}

#[tokio::test]
async fn sessions_end() {
    let console = Console::new("sessions").await;
    let wallet = Wallet::new(1);
    let mut browser = console.browser();
    browser.sign_in(&wallet).await;
    let mut second = console.browser();
    second.sign_in(&wallet).await;

    // A new sign-in ends the session that the browser had.
    let before = browser.cookie.clone();
    browser.sign_in(&wallet).await;
    let after = std::mem::replace(&mut browser.cookie, before);
    assert_eq!(slug(&browser.get("/sessions").await.1), "session-ended");
    browser.cookie = after;

    let (_, sessions) = browser.get("/sessions").await;
    let items = sessions["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    let id = items.iter().find(|item| item["current"] == false).unwrap()["id"]
        .as_str()
        .unwrap();
    let path = format!("/sessions/{id}");
    assert_eq!(
        browser.send("DELETE", &path, Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(slug(&second.get("/sessions").await.1), "session-ended");
    assert_eq!(
        slug(&browser.send("DELETE", &path, Value::Null).await.1),
        "not-found"
    );

    // Nobody ends a session of somebody else.
    let mut stranger = console.browser();
    stranger.sign_in(&Wallet::new(2)).await;
    let (_, own) = browser.get("/sessions").await;
    let path = format!("/sessions/{}", own["items"][0]["id"].as_str().unwrap());
    assert_eq!(
        stranger.send("DELETE", &path, Value::Null).await.0,
        StatusCode::NOT_FOUND
    );

    // Idle, and too old.
    console.pass(3599);
    assert_eq!(browser.get("/sessions").await.0, StatusCode::OK);
    console.pass(3600);
    assert_eq!(slug(&browser.get("/sessions").await.1), "session-ended");
    browser.cookie.clear();
    browser.sign_in(&wallet).await;
    for _ in 0..23 {
        console.pass(1800);
        assert_eq!(browser.get("/sessions").await.0, StatusCode::OK);
    }
    console.pass(1800);
    assert_eq!(slug(&browser.get("/sessions").await.1), "session-ended");

    // A browser forgets what has ended, and signs out.
    let (status, view) = browser.get("/session").await;
    assert_eq!((status, &view["account"]), (StatusCode::OK, &Value::Null));
    browser.sign_in(&wallet).await;
    let token = browser.cookie.clone();
    assert_eq!(
        browser.send("DELETE", "/session", Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    browser.cookie = token;
    assert_eq!(slug(&browser.get("/sessions").await.1), "session-ended");
}

#[tokio::test]
async fn api_keys_have_less_than_their_owner() {
    let console = Console::new("keys").await;
    let wallet = Wallet::new(1);
    console
        .ledger
        .standings
        .lock()
        .unwrap()
        .insert(wallet.account, operator());
    let mut browser = console.browser();
    browser.sign_in(&wallet).await;
    let wish = json!({"label": format!(" charts{}", " ".repeat(1000)), "scopes": ["explore", "operate", "ownData"], "days": 30});

    // Not from another page, not with rights that the owner lacks, not with nonsense.
    let csrf = std::mem::take(&mut browser.csrf);
    assert_eq!(
        slug(&browser.send("POST", "/api-keys", wish.clone()).await.1),
        "csrf-token-missing"
    );
    browser.csrf = csrf;
    let above = json!({"label": "x", "scopes": ["administer"], "days": 1});
    assert_eq!(
        slug(&browser.send("POST", "/api-keys", above).await.1),
        "right-missing"
    );
    for bad in [
        json!({"label": "", "scopes": ["explore"], "days": 1}),
        json!({"label": "x", "scopes": [], "days": 1}),
        json!({"label": "x", "scopes": ["explore"], "days": 367}),
        json!({"label": "x", "scopes": ["fly"], "days": 1}),
        json!({"label": format!("{}x", "y".repeat(64)), "scopes": ["explore"], "days": 1}),
    ] {
        assert_eq!(
            slug(&browser.send("POST", "/api-keys", bad).await.1),
            "invalid-request"
        );
    }
    let (status, made) = browser.send("POST", "/api-keys", wish.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(
        made["key"]["label"], "charts",
        "blanks around a label are not kept"
    );
    let secret = made["secret"].as_str().unwrap().to_owned();
    let request = |key: &str, method: &str| {
        let request =
            Request::builder()
                .method(method)
                .uri(if method == "GET" { "/session" } else { "/api-keys" });
        let request = request
            .header(header::AUTHORIZATION, format!("bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json");
        request
            .extension(ConnectInfo::<SocketAddr>("192.0.2.9:1".parse().unwrap()))
            .body(Body::from(wish.to_string()))
            .unwrap()
    };
    let mut program = console.browser();
    let (_, session) = program.answer(request(&secret, "GET")).await;
    assert_eq!(session["rights"], json!(["explore", "operate", "ownData"]));
    assert_eq!(
        (&session["method"], &session["steppedUp"]),
        (&json!("apiKey"), &json!(false))
    );
    // A key makes no key.
    assert_eq!(
        slug(&program.answer(request(&secret, "POST")).await.1),
        "proof-not-fresh"
    );
    // The owner loses a role, so does the key.
    console.ledger.standings.lock().unwrap().clear();
    console.pass(15);
    assert_eq!(
        program.answer(request(&secret, "GET")).await.1["rights"],
        json!(["explore", "ownData"])
    );
    let changed = format!("{}A", &secret[..secret.len() - 1]);
    assert_eq!(
        slug(&program.answer(request(&changed, "GET")).await.1),
        "api-key-refused"
    );

    // The proof is stale; the key is taken away, and another ends by itself.
    console.pass(300);
    let (_, body) = browser
        .send(
            "POST",
            "/api-keys",
            json!({"label": "x", "scopes": ["explore"], "days": 1}),
        )
        .await;
    assert_eq!(slug(&body), "proof-not-fresh");
    browser.sign_in(&wallet).await;
    let (_, short) = browser
        .send(
            "POST",
            "/api-keys",
            json!({"label": "x", "scopes": ["explore"], "days": 1}),
        )
        .await;
    let path = format!("/api-keys/{}", made["key"]["id"].as_str().unwrap());
    assert_eq!(
        browser.send("DELETE", &path, Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        slug(&program.answer(request(&secret, "GET")).await.1),
        "api-key-refused"
    );
    let short = short["secret"].as_str().unwrap();
    assert_eq!(program.answer(request(short, "GET")).await.0, StatusCode::OK);
    console.pass(24 * 3600);
    assert_eq!(
        slug(&program.answer(request(short, "GET")).await.1),
        "api-key-refused"
    );
}

#[tokio::test]
async fn the_link_makes_one_administrator() {
    let console = Console::new("link").await;
    let link = async |kept: Option<&str>| console.logins.administrator_link(kept).await.unwrap();
    let token = link(None).await.unwrap();
    // A console that starts again keeps its link; another one at the same database has its own beside it.
    assert_eq!(link(Some(&token)).await.as_deref(), Some(token.as_str()));
    let other_token = link(Some("forgotten")).await.unwrap();
    assert_ne!(other_token, token);
    let mut browser = console.browser();
    let wrong = json!({"token": "wrong"});
    assert_eq!(
        slug(&browser.send("POST", "/session/setup", wrong).await.1),
        "setup-link-refused"
    );
    let (status, session) = browser
        .send("POST", "/session/setup", json!({"token": token}))
        .await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert!(has(&session, "administer") && has(&session, "operate") && !has(&session, "readIdentities"));
    assert_eq!(
        slug(
            &browser
                .send("POST", "/session/setup", json!({"token": token}))
                .await
                .1
        ),
        "setup-link-refused"
    );
    assert_eq!(link(Some(&other_token)).await, None);
    assert_eq!(
        slug(
            &browser
                .send("POST", "/session/setup", json!({"token": other_token}))
                .await
                .1
        ),
        "setup-link-refused"
    );

    // The administrator sees the sign-ins of all; others see their own.
    browser.cookie.clear();
    let token = console.logins.new_administrator_link().await.unwrap();
    browser
        .send("POST", "/session/setup", json!({"token": token}))
        .await;
    let (_, page) = browser.get("/sign-ins?all=true&limit=2").await;
    assert_eq!(page["items"][0]["outcome"], "signedIn");
    let (_, rest) = browser
        .get(&format!(
            "/sign-ins?all=true&cursor={}",
            page["next"].as_str().unwrap()
        ))
        .await;
    let count = |outcome: &str| {
        rest["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["outcome"] == outcome)
            .count()
    };
    assert_eq!((count("refused"), count("signedIn")), (3, 1));
    let mut other = console.browser();
    other.sign_in(&Wallet::new(1)).await;
    assert_eq!(slug(&other.get("/sign-ins?all=true").await.1), "right-missing");
    assert_eq!(
        other.get("/sign-ins").await.1["items"].as_array().unwrap().len(),
        1
    );

    // A link ends after a day.
    let token = console.logins.new_administrator_link().await.unwrap();
    console.pass(24 * 3600);
    assert_eq!(
        slug(
            &other
                .send("POST", "/session/setup", json!({"token": token}))
                .await
                .1
        ),
        "setup-link-refused"
    );
}

#[tokio::test]
async fn configured_accounts_administer_and_a_silent_ledger_gives_nothing_more() {
    let wallet = Wallet::new(1);
    let config = LoginConfig {
        administrators: vec![wallet.account.to_string()],
        guests: true,
        ..LoginConfig::default()
    };
    let console = Console::with("administrators", config).await;
    let mut browser = console.browser();
    assert_eq!(
        browser.get("/session").await.1["rights"],
        json!(["explore", "readGovernance"])
    );
    assert!(has(&browser.sign_in(&wallet).await.1, "administer"));
    // Frozen on the ledger, it administers nothing any more.
    let frozen = Standing {
        is_suspended: true,
        ..Standing::default()
    };
    console
        .ledger
        .standings
        .lock()
        .unwrap()
        .insert(wallet.account, frozen);
    console.pass(15);
    assert!(!has(&browser.get("/session").await.1, "administer"));

    let operator_wallet = Wallet::new(2);
    console
        .ledger
        .standings
        .lock()
        .unwrap()
        .insert(operator_wallet.account, operator());
    let mut other = console.browser();
    assert!(has(&other.sign_in(&operator_wallet).await.1, "operate"));
    *console.ledger.is_down.lock().unwrap() = true;
    console.pass(299);
    // It is not asked at every request.
    let asked = console.ledger.asked.load(Ordering::SeqCst);
    for _ in 0..5 {
        assert!(has(&other.get("/session").await.1, "operate"));
    }
    assert_eq!(console.ledger.asked.load(Ordering::SeqCst), asked + 1);
    console.pass(1);
    let (_, session) = other.get("/session").await;
    assert!(!has(&session, "operate") && session["rolesKnown"] == false);
    *console.ledger.is_down.lock().unwrap() = false;
    console.pass(4);
    assert!(has(&other.get("/session").await.1, "operate"));
}

/// A device with a passkey.
struct Device {
    key: Ed25519KeyPair,
    counter: u32,
}

impl Device {
    fn client_data(kind: &str, question: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": question["publicKey"]["challenge"], "origin": ORIGIN})
            .to_string()
            .into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let host = digest::digest(&digest::SHA256, b"localhost");
        [host.as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn register(&self, question: &Value, flags: u8) -> Value {
        let x = Cbor::Bytes(self.key.public_key().as_ref().to_vec());
        let mut data = self.data(flags);
        data.extend([0; 16]);
        data.extend([0, 4]);
        data.extend(b"mine");
        ciborium::into_writer(&cbor!({1 => 1, 3 => -8, -1 => 6, -2 => x}).unwrap(), &mut data).unwrap();
        let mut object = Vec::new();
        let attestation = cbor!({"fmt" => "none", "attStmt" => {}, "authData" => Cbor::Bytes(data)}).unwrap();
        ciborium::into_writer(&attestation, &mut object).unwrap();
        json!({"id": encode(b"mine"), "rawId": encode(b"mine"), "type": "public-key", "response": {
            "clientDataJSON": encode(&Self::client_data("webauthn.create", question)), "attestationObject": encode(&object)}})
    }

    fn sign_in(&mut self, question: &Value, flags: u8) -> Value {
        self.counter += 1;
        let (client_data, data) = (Self::client_data("webauthn.get", question), self.data(flags));
        let hash = digest::digest(&digest::SHA256, &client_data);
        let signature = self.key.sign(&[data.as_slice(), hash.as_ref()].concat());
        json!({"id": encode(b"mine"), "rawId": encode(b"mine"), "type": "public-key", "response": {
            "clientDataJSON": encode(&client_data), "authenticatorData": encode(&data), "signature": encode(signature.as_ref())}})
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn a_passkey_signs_in() {
    let console = Console::new("passkey").await;
    let wallet = Wallet::new(1);
    let mut device = Device {
        key: Ed25519KeyPair::generate().unwrap(),
        counter: 0,
    };
    let mut browser = console.browser();
    assert_eq!(
        slug(
            &browser
                .send("POST", "/session/passkey/register/begin", Value::Null)
                .await
                .1
        ),
        "not-signed-in"
    );
    browser.sign_in(&wallet).await;
    let (status, question) = browser
        .send("POST", "/session/passkey/register/begin", Value::Null)
        .await;
    assert_eq!(status, StatusCode::OK, "{question}");
    assert_eq!(question["publicKey"]["rp"]["id"], "localhost");
    let unverified = json!({"name": "phone", "credential": device.register(&question, 0x41)});
    let (_, body) = browser
        .send("POST", "/session/passkey/register/finish", unverified)
        .await;
    assert_eq!(slug(&body), "passkey-refused");
    let (_, question) = browser
        .send("POST", "/session/passkey/register/begin", Value::Null)
        .await;
    let finish = json!({"name": "phone", "credential": device.register(&question, 0x45)});
    let (status, passkey) = browser
        .send("POST", "/session/passkey/register/finish", finish.clone())
        .await;
    assert_eq!(
        (status, &passkey["label"]),
        (StatusCode::CREATED, &json!("phone"))
    );
    assert_eq!(
        slug(
            &browser
                .send("POST", "/session/passkey/register/finish", finish)
                .await
                .1
        ),
        "challenge-unknown"
    );

    let mut phone = console.browser();
    let (_, question) = phone
        .send("POST", "/session/passkey/login/begin", Value::Null)
        .await;
    let answer = json!({"credential": device.sign_in(&question, 0x05)});
    let (status, session) = phone
        .send("POST", "/session/passkey/login/finish", answer.clone())
        .await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(
        (&session["account"], &session["method"]),
        (&json!(wallet.account.to_string()), &json!("passkey"))
    );
    assert_eq!(
        slug(
            &phone
                .send("POST", "/session/passkey/login/finish", answer)
                .await
                .1
        ),
        "challenge-unknown"
    );

    // Nobody checked the person; the device was copied.
    let (_, question) = phone
        .send("POST", "/session/passkey/login/begin", Value::Null)
        .await;
    let answer = json!({"credential": device.sign_in(&question, 0x01)});
    assert_eq!(
        slug(
            &phone
                .send("POST", "/session/passkey/login/finish", answer)
                .await
                .1
        ),
        "passkey-refused"
    );
    device.counter = 0;
    let (_, question) = phone
        .send("POST", "/session/passkey/login/begin", Value::Null)
        .await;
    let answer = json!({"credential": device.sign_in(&question, 0x05)});
    let (_, body) = phone.send("POST", "/session/passkey/login/finish", answer).await;
    assert_eq!(slug(&body), "passkey-refused");
    assert!(body["detail"].as_str().unwrap().contains("counter"), "{body}");

    // Taken away, it opens nothing.
    device.counter = 9;
    let path = format!("/passkeys/{}", encode(b"mine"));
    assert_eq!(
        browser.send("DELETE", &path, Value::Null).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, question) = phone
        .send("POST", "/session/passkey/login/begin", Value::Null)
        .await;
    let answer = json!({"credential": device.sign_in(&question, 0x05)});
    assert_eq!(
        slug(
            &phone
                .send("POST", "/session/passkey/login/finish", answer)
                .await
                .1
        ),
        "passkey-refused"
    );
}

#[tokio::test]
async fn without_a_provider_its_way_is_not_offered() {
    let console = Console::new("provider").await;
    let mut browser = console.browser();
    let request = Request::builder()
        .uri("/session/oidc/start")
        .header(header::HOST, "localhost:8080")
        .body(Body::empty())
        .unwrap();
    let response = console.router.clone().oneshot(request).await.unwrap();
    assert_eq!(
        response.headers()[header::LOCATION],
        "/login?error=method-not-offered"
    );
    assert!(browser.get("/session").await.1["methods"]["oidc"].is_null());
}

#[tokio::test]
async fn what_a_proxy_asks_for_itself_is_no_key() {
    let console = Console::new("schemes").await;
    let wallet = Wallet::new(1);
    let mut browser = console.browser();
    browser.sign_in(&wallet).await;
    for _ in 0..25 {
        let request = Request::builder()
            .uri("/sessions")
            .header(header::HOST, "localhost:8080")
            .header(header::COOKIE, &browser.cookie)
            .header(header::AUTHORIZATION, "Basic b2ZmaWNlOnBhc3M=")
            .extension(ConnectInfo(browser.address));
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(browser.answer(request).await.0, StatusCode::OK);
    }
    assert_eq!(browser.sign_in(&wallet).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_cookie_of_plain_http_opens_nothing_where_there_is_tls() {
    let config = LoginConfig {
        origins: vec!["https://console.city.example".to_owned()],
        ..LoginConfig::default()
    };
    let console = Console::with("planted", config).await;
    let mut neighbour = console.browser();
    neighbour.sign_in(&Wallet::new(2)).await;
    let (name, token) = neighbour.cookie.split_once('=').unwrap();
    assert_eq!(name, "civitas_session");
    let who = async |cookie: String| {
        let request = Request::builder()
            .uri("/session")
            .header(header::HOST, "console.city.example")
            .header(header::COOKIE, cookie)
            .body(Body::empty())
            .unwrap();
        console.browser().answer(request).await.1["account"].clone()
    };
    assert!(who(format!("civitas_session={token}")).await.is_null());
    assert!(!who(format!("__Host-civitas_session={token}")).await.is_null());

    // Each origin has the cookie that it needs.
    let mut office = console.browser();
    office.origin = "https://console.city.example".to_owned();
    let (status, _) = office.sign_in(&Wallet::new(1)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        office.cookie.starts_with("__Host-civitas_session="),
        "{}",
        office.cookie
    );
}

#[tokio::test]
async fn a_cursor_is_one_that_a_page_gave() {
    let console = Console::new("cursor").await;
    let mut browser = console.browser();
    browser.sign_in(&Wallet::new(1)).await;
    for cursor in ["z", "%00", "%27"] {
        let (status, body) = browser.get(&format!("/sign-ins?cursor={cursor}")).await;
        assert_eq!(
            (status, slug(&body)),
            (StatusCode::BAD_REQUEST, "invalid-cursor"),
            "{cursor}"
        );
    }
}

#[tokio::test]
async fn what_is_over_is_forgotten() {
    let console = Console::new("prune").await;
    let mut browser = console.browser();
    browser.sign_in(&Wallet::new(1)).await;
    let made = json!({"label": "x", "scopes": ["ownData"], "days": 1});
    assert_eq!(
        browser.send("POST", "/api-keys", made).await.0,
        StatusCode::CREATED
    );
    console.pass(181 * 24 * 3600);
    console.logins.prune().await.unwrap();
    browser.cookie.clear();
    browser.sign_in(&Wallet::new(1)).await;
    for (path, left) in [("/sessions", 1), ("/api-keys", 1), ("/sign-ins", 1)] {
        let (_, page) = browser.get(path).await;
        assert_eq!(page["items"].as_array().unwrap().len(), left, "{path}");
    }
    console.pass(24 * 3600);
    console.logins.prune().await.unwrap();
    browser.cookie.clear();
    browser.sign_in(&Wallet::new(1)).await;
    let (_, page) = browser.get("/api-keys").await;
    assert_eq!(page["items"], json!([]));
}

#[tokio::test]
async fn a_wrong_key_bounds_itself_and_nobody_else() {
    let console = Console::new("wrong-key").await;
    let wallet = Wallet::new(1);
    let mut browser = console.browser();
    browser.sign_in(&wallet).await;
    let wish = json!({"label": "x", "scopes": ["ownData"], "days": 1});
    let (_, made) = browser.send("POST", "/api-keys", wish).await;
    let right = made["secret"].as_str().unwrap();
    let wrong = format!("{right}x");
    let address = browser.address;
    let sessions = async |key: &str| {
        let request = Request::builder()
            .uri("/sessions")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .extension(ConnectInfo(address))
            .body(Body::empty())
            .unwrap();
        console.browser().answer(request).await
    };
    for _ in 0..20 {
        assert_eq!(slug(&sessions(&wrong).await.1), "api-key-refused");
    }
    let (status, body) = sessions(&wrong).await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts")
    );
    assert_eq!(sessions(right).await.0, StatusCode::OK);
    assert_eq!(browser.sign_in(&wallet).await.0, StatusCode::OK);
}

//! Every endpoint of the OpenAPI document is tried without a session, and with a key of each single right.

use alloy_primitives::{Address, B256, eip191_hash_message, hex, keccak256};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use civitas_console::{
    access::{Need, need},
    config::Config,
    document::{document, operations},
    login::{Clock, Logins, OnLedger, OnLedgerError, Standing},
    right::Right,
    run::Parts,
    server,
};
use civitas_system_contracts::{
    address::CONTROL,
    interfaces::IRoles::{Permission, Scope},
    roles::{Action, Entitlement, ScopeKind},
};
use secp256k1::{Message, Secp256k1, SecretKey};
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tower::ServiceExt;

const ORIGIN: &str = "http://console.test";
/// Far below the quota of a client.
const REQUESTS_OF_A_CLIENT: u32 = 50;

/// A ledger on which everybody may read everything that is in this scope.
struct Generous(Scope);

fn city() -> Scope {
    Scope {
        kind: ScopeKind::City,
        value: B256::ZERO,
    }
}

fn standing(scope: &Scope, identity: B256) -> Standing {
    let permitted = |action, target, selector: [u8; 4]| Entitlement {
        grant: 1,
        role: B256::repeat_byte(1),
        permission: Permission {
            action,
            target,
            selector: selector.into(),
        },
        scope: scope.clone(),
        expiry: 0,
    };
    let mut freeze = [0; 4];
    freeze.copy_from_slice(&keccak256("freezeAccount(address,string)")[..4]);
    Standing {
        identity: Some(identity),
        is_suspended: false,
        entitlements: vec![
            permitted(Action::Read, Address::ZERO, [0; 4]),
            permitted(Action::Call, CONTROL, freeze),
        ],
    }
}

#[async_trait]
impl OnLedger for Generous {
    async fn account(&self, account: Address) -> Result<Standing, OnLedgerError> {
        Ok(standing(&self.0, account.into_word()))
    }

    async fn identity(&self, id: B256) -> Result<Standing, OnLedgerError> {
        Ok(standing(&self.0, id))
    }
}

fn account_of(key: &SecretKey) -> Address {
    let public = key.public_key(&Secp256k1::new()).serialize_uncompressed();
    Address::from_slice(&keccak256(&public[1..])[12..])
}

struct Bench {
    router: Router,
    folder: PathBuf,
    key: SecretKey,
    sent: AtomicU32,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Bench {
    /// A console whose nodes do not answer: doors are tried, not what is behind them. Who signs in administers it.
    async fn new(name: &str) -> Self {
        let text = |account: Address| format!("administrators = [\"{account:#x}\"]\n");
        Self::with(name, text, city()).await
    }

    async fn with(name: &str, login: impl Fn(Address) -> String, scope: Scope) -> Self {
        let folder = std::env::temp_dir().join(format!("civitas-console-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let key = SecretKey::from_byte_array([0x42; 32]).unwrap();
        let account = account_of(&key);
        let text = format!(
            "[city]\nname = \"test\"\n[login]\norigins = [\"{ORIGIN}\"]\n{}\
             [monitor]\nhost = false\n[[ledgers]]\nname = \"main\"\nrpc = [\"http://127.0.0.1:1\"]\n\
             [[nodes]]\nname = \"node0\"\nrpc = \"http://127.0.0.1:1\"\n",
            login(account)
        );
        let path = folder.join("console.toml");
        std::fs::write(&path, text).unwrap();
        let config = Config::load(&path).unwrap();
        let logins = Logins::open(
            config.login.clone(),
            &config.database(),
            Arc::new(Generous(scope)),
            Clock::system(),
        )
        .await
        .unwrap();
        let parts = Parts::open(config, Some(logins)).await.unwrap();
        Self {
            router: server::router(parts.shared()),
            folder,
            key,
            sent: AtomicU32::new(0),
        }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (StatusCode, Value, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::HOST, "console.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap();
        // From ever new clients, so that nobody's quota is used up.
        let client = self.sent.fetch_add(1, Ordering::Relaxed) / REQUESTS_OF_A_CLIENT;
        let client = SocketAddr::from((Ipv4Addr::from(0x0a00_0000 + client), 1));
        request.extensions_mut().insert(ConnectInfo(client));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let cookie = response
            .headers()
            .get(header::SET_COOKIE)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        if response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value == "text/event-stream")
        {
            return (status, Value::Null, cookie);
        }
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            cookie,
        )
    }

    /// Signs in with the account; gives the cookie and the token against forged requests.
    async fn sign_in(&self) -> (String, String) {
        self.sign_in_as(&self.key).await
    }

    async fn sign_in_as(&self, key: &SecretKey) -> (String, String) {
        let asked = json!({ "account": account_of(key).to_string() }).to_string();
        let (status, challenge, _) = self.send("POST", "/api/v1/session/challenge", &[], &asked).await;
        assert_eq!(status, StatusCode::OK, "{challenge}");
        let message = challenge["message"].as_str().unwrap();
        let digest = Message::from_digest(eip191_hash_message(message).0);
        let (recovery, compact) = Secp256k1::new()
            .sign_ecdsa_recoverable(digest, key)
            .serialize_compact();
        let mut signature = compact.to_vec();
        signature.push(27 + u8::try_from(i32::from(recovery)).unwrap());
        let proof = json!({ "message": message, "signature": hex::encode_prefixed(signature) }).to_string();
        let (status, session, cookie) = self.send("POST", "/api/v1/session/account", &[], &proof).await;
        assert_eq!(status, StatusCode::OK, "{session}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        (cookie, session["csrf"].as_str().unwrap().to_owned())
    }

    async fn key_of(&self, (cookie, csrf): &(String, String), right: Right) -> String {
        let asked = json!({ "label": format!("{right:?}"), "scopes": [right], "days": 1 }).to_string();
        let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
        let (status, made, _) = self.send("POST", "/api/v1/api-keys", &headers, &asked).await;
        assert!(status.is_success(), "{right:?}: {made}");
        format!("Bearer {}", made["secret"].as_str().unwrap())
    }
}

/// Every endpoint: method, path of the router, path with something in its places.
fn endpoints() -> Vec<(&'static str, String, String)> {
    let mut document = document();
    let mut all = Vec::new();
    for (path, item) in &mut document.paths.paths {
        for (method, _) in operations(item) {
            let filled: Vec<&str> = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect();
            all.push((method, path.clone(), filled.join("/")));
        }
    }
    all
}

/// The last part of the `type` of a problem.
fn slug(body: &Value) -> &str {
    body["type"]
        .as_str()
        .and_then(|kind| kind.rsplit('/').next())
        .unwrap_or_default()
}

#[tokio::test]
async fn nobody_without_a_session_passes_a_closed_door() {
    let bench = Bench::new("anonymous").await;
    for (method, path, filled) in endpoints() {
        let (status, body, _) = bench.send(method, &filled, &[], "{}").await;
        match need(method, &path).expect("a test of the table sees to it") {
            Need::Open => assert_ne!(slug(&body), "right-missing", "{method} {path}"),
            _ => assert_eq!(
                (status, slug(&body)),
                (StatusCode::UNAUTHORIZED, "not-signed-in"),
                "{method} {path}"
            ),
        }
    }
}

#[tokio::test]
async fn each_right_opens_its_own_doors_and_no_others() {
    let bench = Bench::new("rights").await;
    let session = bench.sign_in().await;
    let mut tried = 0;
    for right in Right::ALL {
        let key = bench.key_of(&session, right).await;
        for (method, path, filled) in endpoints() {
            let (status, body, _) = bench
                .send(method, &filled, &[("authorization", &key)], "{}")
                .await;
            let case = format!("{right:?}: {method} {path}: {status} {body}");
            match need(method, &path).expect("a test of the table sees to it") {
                Need::Right(needed) if needed == right => {
                    assert_ne!(slug(&body), "right-missing", "{case}");
                    assert_ne!(status, StatusCode::UNAUTHORIZED, "{case}");
                }
                // A key is never a fresh proof.
                Need::Proof(needed) if needed == right => {
                    assert_eq!(slug(&body), "proof-not-fresh", "{case}")
                }
                Need::Right(_) | Need::Proof(_) => assert_eq!(
                    (status, slug(&body)),
                    (StatusCode::FORBIDDEN, "right-missing"),
                    "{case}"
                ),
                Need::Session | Need::Open => assert_ne!(slug(&body), "right-missing", "{case}"),
            }
            tried += 1;
        }
    }
    assert_eq!(tried, Right::ALL.len() * endpoints().len());
}

#[tokio::test]
async fn a_city_that_is_not_one_of_development_has_no_example_accounts() {
    let bench = Bench::new("examples").await;
    let (status, body, _) = bench.send("GET", "/api/v1/session/examples", &[], "").await;
    assert_eq!(
        (status, body),
        (StatusCode::OK, json!({ "items": [], "next": null }))
    );
}

#[tokio::test]
async fn a_cookie_alone_writes_nothing() {
    let bench = Bench::new("forged").await;
    let (cookie, csrf) = bench.sign_in().await;
    for (method, path, filled) in endpoints() {
        if method == "GET" || need(method, &path) == Some(Need::Open) {
            continue;
        }
        let (_, body, _) = bench.send(method, &filled, &[("cookie", &cookie)], "{}").await;
        assert_eq!(slug(&body), "csrf-token-missing", "{method} {path}");
    }
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
    let (status, body, _) = bench
        .send("POST", "/api/v1/operations/nodes/node0/start", &headers, "{}")
        .await;
    assert_eq!((status, slug(&body)), (StatusCode::CONFLICT, "wrong-state"));
}

#[tokio::test]
async fn refusals_speak_the_language_of_who_asks_and_answers_are_guarded() {
    let bench = Bench::new("answers").await;
    let (_, body, _) = bench
        .send(
            "GET",
            "/api/v1/overview",
            &[("accept-language", "zh-CN,zh;q=0.9")],
            "",
        )
        .await;
    assert_eq!(body["title"], "请先登录。");
    let (status, body, _) = bench.send("GET", "/api/v1/nothing", &[], "").await;
    assert_eq!((status, slug(&body)), (StatusCode::NOT_FOUND, "no-such-endpoint"));
    let (status, body, _) = bench.send("PATCH", "/api/v1/overview", &[], "").await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed")
    );
    let request = Request::builder().uri("/").body(Body::empty()).unwrap();
    let page = bench.router.clone().oneshot(request).await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("script-src 'self' 'wasm-unsafe-eval';") && policy.contains("frame-ancestors 'none'")
    );
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let request = Request::builder()
        .uri("/api/openapi.json")
        .body(Body::empty())
        .unwrap();
    let first = bench.router.clone().oneshot(request).await.unwrap();
    let tag = first.headers()[header::ETAG].clone();
    let request = Request::builder()
        .uri("/api/openapi.json")
        .header(header::IF_NONE_MATCH, tag)
        .body(Body::empty())
        .unwrap();
    let second = bench.router.clone().oneshot(request).await.unwrap();
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_is_too_large_or_no_json_is_refused_in_words() {
    let bench = Bench::new("bodies").await;
    let (cookie, csrf) = bench.sign_in().await;
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
    let large = format!("{{\"contract\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let (status, body, _) = bench.send("POST", "/api/v1/prepare", &headers, &large).await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::PAYLOAD_TOO_LARGE, "too-large")
    );
    let (status, body, _) = bench.send("POST", "/api/v1/prepare", &headers, "{").await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::BAD_REQUEST, "invalid-request")
    );
    let (status, body, _) = bench
        .send("GET", "/api/v1/ledgers/main/blocks?limit=many", &headers, "")
        .await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::BAD_REQUEST, "invalid-request")
    );
}

/// What belongs to no organisation is not for who reads for one of them.
#[tokio::test]
async fn an_auditor_of_one_organisation_does_not_read_what_is_the_city_s() {
    let own = Scope {
        kind: ScopeKind::Organisation,
        value: B256::repeat_byte(3),
    };
    for (name, scope, is_refused) in [("auditor", own, true), ("city-auditor", city(), false)] {
        let bench = Bench::with(name, |_| String::new(), scope).await;
        let (cookie, _) = bench.sign_in().await;
        for path in ["/audit?source=console", "/sign-ins?all=true", "/openings"] {
            let (_, body, _) = bench
                .send("GET", &format!("/api/v1{path}"), &[("cookie", &cookie)], "")
                .await;
            assert_eq!(
                slug(&body) == "right-missing",
                is_refused,
                "{name} {path}: {body}"
            );
        }
        let (_, body, _) = bench
            .send("GET", "/api/v1/identities", &[("cookie", &cookie)], "")
            .await;
        assert_ne!(slug(&body), "right-missing", "{name}: {body}");
    }
}

/// A rule as a page sends it.
fn draft(condition: &str) -> Value {
    json!({
        "id": "large", "owner": "Office", "legalBasis": "Decision 7", "severity": "high",
        "title": { "zh": "大额", "en": "Large" }, "text": { "zh": "{subject}", "en": "{subject}" },
        "when": "event.kind == 'transfer'", "subject": "from.account", "define": {}, "condition": condition,
    })
}

/// A rule that does not compile is refused with its place; one that does is on trial, and another person than its author
/// makes it active.
#[tokio::test]
async fn rules_are_checked_and_made_active_by_another_person() {
    let bench = Bench::new("rules").await;
    let (cookie, csrf) = bench.sign_in().await;
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
    let wrong = draft("event.amount >= '50'");
    let path = "/api/v1/supervision/rules";
    let (status, body, _) = bench
        .send("POST", &format!("{path}/check"), &headers, &wrong.to_string())
        .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let fault = &body["fault"];
    assert_eq!(
        (&fault["part"], &fault["line"], &fault["column"]),
        (&json!("condition"), &json!(1), &json!(17))
    );
    let sent = json!({ "basedOn": 0, "rule": wrong }).to_string();
    let (status, body, _) = bench.send("POST", path, &headers, &sent).await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::UNPROCESSABLE_ENTITY, "rule-not-valid")
    );
    assert_eq!(body["parameters"]["column"], json!(17));
    let sent = json!({ "basedOn": 0, "rule": draft("event.amount >= 50") }).to_string();
    let (status, body, _) = bench.send("POST", path, &headers, &sent).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["versions"][0]["mode"], json!("shadow"));
    let (_, body, _) = bench.send("POST", path, &headers, &sent).await;
    assert_eq!(slug(&body), "conflict");
    let active = json!({ "mode": "active", "reason": "tested" }).to_string();
    let mode = format!("{path}/large/versions/1/mode");
    let (status, body, _) = bench.send("POST", &mode, &headers, &active).await;
    assert_eq!(
        (status, slug(&body)),
        (StatusCode::FORBIDDEN, "other-person-needed")
    );
    let other = SecretKey::from_byte_array([0x43; 32]).unwrap();
    let (cookie, csrf) = bench.sign_in_as(&other).await;
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
    let (_, body, _) = bench
        .send(
            "POST",
            &mode,
            &headers,
            &json!({ "mode": "active", "reason": " " }).to_string(),
        )
        .await;
    assert_eq!(slug(&body), "invalid-request");
    let (status, body, _) = bench.send("POST", &mode, &headers, &active).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["versions"][0]["mode"], json!("active"));
    assert_eq!(body["history"].as_array().unwrap().len(), 2);
}

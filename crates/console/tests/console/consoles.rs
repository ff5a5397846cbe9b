//! Several consoles at one PostgreSQL: who signs in at one is signed in at all, proofs and keys hold everywhere, and what is
//! ended at one is ended at all.

use crate::databases::{Folder, Postgres};
use alloy_primitives::{Address, B256, eip191_hash_message, hex, keccak256};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
};
use civitas_console::{
    config::Config,
    login::{Clock, Logins, OnLedger, OnLedgerError, Standing},
    run::Parts,
    server,
};
use secp256k1::{Message, Secp256k1, SecretKey};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tower::ServiceExt;

const ORIGIN: &str = "http://console.test";

/// A ledger on which nobody has a role.
struct Plain;

#[async_trait]
impl OnLedger for Plain {
    async fn account(&self, _: Address) -> Result<Standing, OnLedgerError> {
        Ok(Standing::default())
    }

    async fn identity(&self, _: B256) -> Result<Standing, OnLedgerError> {
        Ok(Standing::default())
    }
}

/// One of the consoles, with a folder of its own.
struct Console {
    router: Router,
    logins: Arc<Logins>,
    _folder: Folder,
}

fn key() -> SecretKey {
    SecretKey::from_byte_array([0x42; 32]).unwrap()
}

fn account() -> Address {
    let public = key().public_key(&Secp256k1::new()).serialize_uncompressed();
    Address::from_slice(&keccak256(&public[1..])[12..])
}

/// What a browser keeps.
#[derive(Clone, Default)]
struct Browser {
    cookie: String,
    csrf: String,
    bearer: String,
}

impl Console {
    async fn open(database: &str) -> Self {
        let folder = Folder::new();
        let text = format!(
            "database = \"{database}\"\n[city]\nname = \"test\"\n[login]\norigins = [\"{ORIGIN}\"]\n\
             administrators = [\"{:#x}\"]\n[monitor]\nhost = false\n[[ledgers]]\nname = \"main\"\nrpc = [\"http://127.0.0.1:1\"]\n",
            account()
        );
        let path = folder.0.join("console.toml");
        std::fs::write(&path, text).unwrap();
        let config = Config::load(&path).unwrap();
        let logins = Logins::open(config.login.clone(), database, Arc::new(Plain), Clock::system())
            .await
            .unwrap();
        let parts = Parts::open(config, Some(logins)).await.unwrap();
        let shared = parts.shared();
        Self {
            logins: Arc::clone(&shared.logins),
            router: server::router(shared),
            _folder: folder,
        }
    }

    async fn send(
        &self,
        browser: &mut Browser,
        method: &str,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let peer: SocketAddr = "192.0.2.1:1000".parse().unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::ORIGIN, ORIGIN)
            .header(header::HOST, "console.test")
            .header(header::COOKIE, &browser.cookie)
            .header("x-csrf-token", &browser.csrf)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(peer));
        if !browser.bearer.is_empty() {
            request = request.header(header::AUTHORIZATION, &browser.bearer);
        }
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
        if let Some(cookie) = response.headers().get(header::SET_COOKIE) {
            browser.cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
        }
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if let Some(csrf) = body.get("csrf").and_then(Value::as_str) {
            browser.csrf = csrf.to_owned();
        }
        (status, body)
    }

    async fn get(&self, browser: &mut Browser, path: &str) -> (StatusCode, Value) {
        self.send(browser, "GET", path, Value::Null).await
    }
}

/// Asks one console for a challenge, and answers it at another.
async fn sign_in(asked: &Console, answered: &Console, browser: &mut Browser) {
    let wish = json!({"account": account().to_string()});
    let (_, challenge) = asked.send(browser, "POST", "/session/challenge", wish).await;
    let message = challenge["message"].as_str().unwrap();
    let digest = Message::from_digest(eip191_hash_message(message).0);
    let (recovery, compact) = Secp256k1::new()
        .sign_ecdsa_recoverable(digest, &key())
        .serialize_compact();
    let mut signature = compact.to_vec();
    signature.push(27 + u8::try_from(i32::from(recovery)).unwrap());
    let proof = json!({"message": message, "signature": hex::encode(signature)});
    let (status, session) = answered
        .send(browser, "POST", "/session/account", proof.clone())
        .await;
    assert_eq!(status, StatusCode::OK, "{session}");
    // What was used at one console is used at all.
    let mut other = Browser::default();
    let (_, again) = asked.send(&mut other, "POST", "/session/account", proof).await;
    assert_eq!(again["type"], "/problems/challenge-unknown");
}

async fn sessions_hold_everywhere(one: &Console, two: &Console) {
    let mut browser = Browser::default();
    sign_in(one, two, &mut browser).await;
    for console in [one, two] {
        let (_, session) = console.get(&mut browser, "/session").await;
        assert_eq!(session["account"], account().to_string());
        // The fresh proof counts at both, and so does the token against forged requests.
        assert_eq!(session["steppedUp"], true);
    }
    let wish = json!({"label": "program", "scopes": ["explore", "readAudit"], "days": 1});
    let (status, made) = one.send(&mut browser, "POST", "/api-keys", wish).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let mut program = Browser {
        bearer: format!("Bearer {}", made["secret"].as_str().unwrap()),
        ..Browser::default()
    };
    assert_eq!(two.get(&mut program, "/ledgers").await.0, StatusCode::OK);

    // What happened at either stands in the audit trail of both.
    let (status, trail) = two.get(&mut program, "/audit?kind=signIn").await;
    assert_eq!(status, StatusCode::OK, "{trail}");
    let mut summaries: Vec<&str> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["summary"].as_str().unwrap())
        .collect();
    // Those of one second come in the order of each console.
    summaries.sort_unstable();
    assert_eq!(summaries, ["API key made", "refused", "signedIn"]);

    let id = made["key"]["id"].as_str().unwrap();
    let (status, _) = two
        .send(&mut browser, "DELETE", &format!("/api-keys/{id}"), Value::Null)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        one.get(&mut program, "/ledgers").await.0,
        StatusCode::UNAUTHORIZED
    );

    let mut kept = browser.clone();
    let (status, _) = two.send(&mut browser, "DELETE", "/session", Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(one.get(&mut kept, "/sessions").await.0, StatusCode::UNAUTHORIZED);
}

async fn one_link_makes_the_administrator(one: &Console, two: &Console) {
    let first = one.logins.administrator_link(None).await.unwrap().unwrap();
    let second = two.logins.administrator_link(None).await.unwrap().unwrap();
    let mut browser = Browser::default();
    let (status, session) = two
        .send(&mut browser, "POST", "/session/setup", json!({"token": first}))
        .await;
    assert_eq!(status, StatusCode::OK, "{session}");
    let mut other = Browser::default();
    let (_, refused) = one
        .send(&mut other, "POST", "/session/setup", json!({"token": second}))
        .await;
    assert_eq!(refused["type"], "/problems/setup-link-refused");
}

#[tokio::test]
async fn consoles_share_one_postgres() {
    let postgres = Postgres::start();
    let database = postgres.database().await;
    // At the same moment, so that they make the tables against each other.
    let (one, two) = tokio::join!(Console::open(&database), Console::open(&database));
    sessions_hold_everywhere(&one, &two).await;
    one_link_makes_the_administrator(&one, &two).await;
}

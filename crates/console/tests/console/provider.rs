//! Signing in by an identity provider, with a provider of the test that signs what it is told to.

use alloy_primitives::{Address, B256};
use async_trait::async_trait;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, State},
    http::{Request, Response, StatusCode, header},
    middleware,
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use civitas_console::{
    login::{self, Clock, LoginConfig, Logins, OidcConfig, OnLedger, OnLedgerError, Standing},
    problem::localise,
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::net::TcpListener;
use tower::ServiceExt;

const HOST: &str = "localhost:8080";

/// A ledger that knows nobody.
struct Nobody;

#[async_trait]
impl OnLedger for Nobody {
    async fn account(&self, _: Address) -> Result<Standing, OnLedgerError> {
        Ok(Standing::default())
    }

    async fn identity(&self, _: B256) -> Result<Standing, OnLedgerError> {
        Ok(Standing::default())
    }
}

/// A provider that knows one person.
struct Provider {
    key: EcdsaKeyPair,
    issuer: String,
    /// Claims of the next token, beside those that every token has.
    claims: Mutex<Value>,
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Provider {
    async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Arc::new(Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            claims: Mutex::new(json!({})),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(Self::metadata))
            .route("/keys", get(Self::keys))
            .route("/token", post(Self::token))
            .with_state(Arc::clone(&provider));
        tokio::spawn(axum::serve(listener, router).into_future());
        provider
    }

    async fn metadata(State(own): State<Arc<Self>>) -> Json<Value> {
        let at = |path: &str| format!("{}/{path}", own.issuer);
        Json(json!({
            "issuer": own.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"), "jwks_uri": at("keys"),
        }))
    }

    async fn keys(State(own): State<Arc<Self>>) -> Json<Value> {
        let point = own.key.public_key().as_ref();
        Json(
            json!({"keys": [{"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])}]}),
        )
    }

    async fn token(State(own): State<Arc<Self>>) -> Json<Value> {
        let claims = own.claims.lock().unwrap().to_string();
        let signed = format!("{}.{}", encode(br#"{"alg":"ES256"}"#), encode(claims.as_bytes()));
        let signature = own.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        Json(json!({"id_token": format!("{signed}.{}", encode(signature.as_ref()))}))
    }
}

/// A console with that provider.
struct Console {
    router: Router,
    provider: Arc<Provider>,
    folder: std::path::PathBuf,
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Console {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("civitas-provider-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let provider = Provider::start().await;
        let config = LoginConfig {
            origins: vec![format!("http://{HOST}")],
            oidc: Some(OidcConfig {
                name: "City".to_owned(),
                issuer: provider.issuer.clone(),
                client_id: "civitas".to_owned(),
                client_secret_file: None,
                scopes: Vec::new(),
                subject_claim: None,
            }),
            ..LoginConfig::default()
        };
        let database = format!("sqlite://{}/login.db", folder.display());
        let logins = Logins::open(config, &database, Arc::new(Nobody), Clock::system())
            .await
            .unwrap();
        let (router, _) = login::routes::<Arc<Logins>>().split_for_parts();
        let router = router
            .with_state(Arc::new(logins))
            .layer(middleware::from_fn(localise));
        Self {
            router,
            provider,
            folder,
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let mut request = Request::builder()
            .uri(path)
            .header(header::HOST, HOST)
            .extension(ConnectInfo::<SocketAddr>("192.0.2.1:1000".parse().unwrap()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Signs in by the provider, which says this about the person beside the name; gives the session.
    async fn sign_in(&self, start: &str, more: Value) -> Value {
        let departure = self.get(start, &[("sec-fetch-site", "same-origin")]).await;
        let location = location(&departure);
        let asked = reqwest::Url::parse(location).unwrap();
        let parameter = |name: &str| {
            let found = asked.query_pairs().find(|(key, _)| key == name);
            found.unwrap().1.into_owned()
        };
        let mut claims = json!({
            "iss": self.provider.issuer, "aud": "civitas", "sub": "li.wei", "nonce": parameter("nonce"), "iat": now(), "exp": now() + 60,
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        *self.provider.claims.lock().unwrap() = claims;
        let flow = cookies(&departure).remove(0);
        let path = format!("/session/oidc/callback?code=1&state={}", parameter("state"));
        let arrival = self.get(&path, &[("cookie", &flow)]).await;
        let session = cookies(&arrival)
            .into_iter()
            .find(|cookie| cookie.starts_with("civitas_session="));
        assert!(session.is_some(), "no session: {}", self::location(&arrival));
        let session = session.unwrap();
        let seen = self.get("/session", &[("cookie", &session)]).await;
        serde_json::from_slice(&to_bytes(seen.into_body(), 1 << 20).await.unwrap()).unwrap()
    }
}

fn location(response: &Response<Body>) -> &str {
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    response.headers()[header::LOCATION].to_str().unwrap()
}

fn cookies(response: &Response<Body>) -> Vec<String> {
    let cookies = response.headers().get_all(header::SET_COOKIE).into_iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn who_is_remembered_by_a_provider_has_given_no_fresh_proof() {
    let console = Console::new("fresh").await;
    let start = "/session/oidc/start";
    // Some providers say when the person proved who they are, others do not.
    let remembered = console.sign_in(start, json!({})).await;
    assert_eq!(
        (&remembered["method"], &remembered["steppedUp"]),
        (&json!("oidc"), &json!(false))
    );
    let this_morning = json!({"auth_time": now() - 3600});
    assert_eq!(console.sign_in(start, this_morning).await["steppedUp"], false);
    let ahead = json!({"auth_time": now() + 86_400});
    assert_eq!(console.sign_in(start, ahead).await["steppedUp"], false);
    let just_now = json!({"auth_time": now() - 1});
    let fresh = console.sign_in("/session/oidc/start?fresh=true", just_now).await;
    assert_eq!(fresh["steppedUp"], true);
}

#[tokio::test]
async fn pages_elsewhere_lock_nobody_out() {
    let console = Console::new("elsewhere").await;
    for _ in 0..250 {
        // As images of a page elsewhere, in a browser of the same office.
        let begun = console
            .get("/session/oidc/start", &[("sec-fetch-site", "cross-site")])
            .await;
        assert_eq!(location(&begun), "/login?error=csrf-token-missing");
        let back = console
            .get(
                "/session/oidc/callback?code=1&state=2",
                &[("sec-fetch-site", "cross-site")],
            )
            .await;
        assert_eq!(location(&back), "/login?error=challenge-unknown");
    }
    let session = console.sign_in("/session/oidc/start", json!({})).await;
    assert_eq!(session["method"], "oidc");
}

//! What stands before every endpoint: who asks, whether the table lets them, whether they ask too often; and what goes
//! with every answer: headers that keep a browser from doing what it should not.

use crate::{
    access::{self, Need},
    login::{LoginError, Reach, Session, source},
    problem::{Kind, Problem},
    right::Right,
    state::Shared,
};
use alloy_primitives::{B256, hex, keccak256};
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Requests that a client may make at once, and a second: a page asks ten things when it opens.
const BURST: f64 = 240.0;
const REQUESTS_PER_SECOND: f64 = 40.0;
/// Clients that are counted: more than a city has officers. When it is full, those that rested are forgotten.
const CLIENTS_MAX: usize = 20_000;
/// In whose name all together are counted who find the table full: nobody is shut out by many others.
const OTHERS: &str = "others";
/// How long a client must rest until it is as good as new, and between two looks for such clients.
const REST: Duration = Duration::from_secs(6);
/// How long an answer may take: longer than a node takes for its heaviest call.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(45);
/// The one answer that goes on as long as the client listens.
const STREAM: &str = "/api/v1/stream";

/// Bytes of an answer that gets an `ETag`; larger ones are sent as they come.
const TAGGED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What pages may load and do. Styles are written by the component library at run time; scripts never are. The verifier of proofs
/// is WebAssembly, which `'wasm-unsafe-eval'` lets a page compile; it allows no script.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// Who asks, for handlers: none for a guest.
#[derive(Clone, Debug)]
pub struct Asker(pub Option<Session>);

/// Where a request comes from, for handlers whose work counts as several requests.
#[derive(Clone, Debug)]
pub struct Client(pub String);

/// Counts requests by client.
#[derive(Default)]
pub struct Quota {
    clients: Mutex<Clients>,
}

#[derive(Default)]
struct Clients {
    buckets: HashMap<String, Bucket>,
    swept_at: Option<Instant>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Quota {
    /// Takes so many requests of a client; gives the seconds to wait if there are not as many left.
    pub fn take(&self, client: &str, requests: u32, now: Instant) -> Result<(), u64> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let name = clients.name_for(client, now);
        let bucket = clients
            .buckets
            .entry(name.to_owned())
            .or_insert(Bucket { left: BURST, at: now });
        let earned = now.duration_since(bucket.at).as_secs_f64() * REQUESTS_PER_SECOND;
        bucket.left = (bucket.left + earned).min(BURST);
        bucket.at = now;
        let wanted = f64::from(requests);
        if bucket.left < wanted {
            return Err(1);
        }
        bucket.left -= wanted;
        Ok(())
    }
}

impl Clients {
    /// The name under which a client is counted.
    fn name_for<'a>(&mut self, client: &'a str, now: Instant) -> &'a str {
        if self.buckets.len() < CLIENTS_MAX || self.buckets.contains_key(client) {
            return client;
        }
        if self.swept_at.is_none_or(|at| now.duration_since(at) >= REST) {
            self.swept_at = Some(now);
            self.buckets
                .retain(|_, bucket| now.duration_since(bucket.at) < REST);
        }
        match self.buckets.len() < CLIENTS_MAX {
            true => client,
            false => OTHERS,
        }
    }
}

/// Refuses what the table does not allow; tells handlers who asks.
pub async fn guard(State(console): State<Shared>, mut request: Request, next: Next) -> Response {
    match admit(&console, &mut request).await {
        Ok(need) => {
            let path = request.extensions().get::<MatchedPath>();
            if path.is_some_and(|path| path.as_str() == STREAM) {
                return next.run(request).await;
            }
            let answer = tokio::time::timeout(ANSWER_TIME_MAX, next.run(request)).await;
            let mut answer = answer.unwrap_or_else(|_| {
                Problem::new(Kind::UNAVAILABLE)
                    .with_detail("it took too long")
                    .into_response()
            });
            if is_personal(need) {
                let no_store = HeaderValue::from_static("no-store");
                answer.headers_mut().insert(header::CACHE_CONTROL, no_store);
            }
            answer
        }
        Err(problem) => problem.into_response(),
    }
}

/// Whether an answer is about people, so that no copy of it may stay on a desk that others use.
const fn is_personal(need: Need) -> bool {
    matches!(
        need,
        Need::Session
            | Need::Proof(Right::Supervise)
            | Need::Right(
                Right::ReadIdentities
                    | Right::ReadOpenings
                    | Right::ReadAudit
                    | Right::ReadLogs
                    | Right::ReadFindings
                    | Right::Supervise
                    | Right::OwnData
            )
    )
}

/// Whether an address carries a zero byte, which no name of ours has and PostgreSQL takes in no text.
fn has_zero_byte(uri: &Uri) -> bool {
    uri.to_string().contains("%00")
}

async fn admit(console: &Shared, request: &mut Request) -> Result<Need, Problem> {
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map(|path| path.as_str().to_owned());
    let need = path.and_then(|path| access::need(request.method().as_str(), &path));
    // Closed to everybody: it stands in no row of the table.
    let need = need.ok_or_else(|| Problem::new(Kind::RIGHT))?;
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let source = source(request.headers(), peer, console.logins.config().behind_proxy);
    if let Err(seconds) = console.quota.take(&source, 1, Instant::now()) {
        return Err(Problem::new(Kind::TOO_MANY).with_retry_after(seconds));
    }
    if has_zero_byte(request.uri()) {
        return Err(Problem::invalid("address", "no zero bytes"));
    }
    let session = match console.logins.authenticate(request.headers(), &source).await {
        Ok(session) => session,
        // Whoever wants nothing that needs a session is served without one: the way to sign in again is open.
        Err(LoginError::SessionEnded | LoginError::KeyRefused) if need == Need::Open => None,
        Err(error) => return Err(error.into()),
    };
    check(console, need, session.as_ref(), request)?;
    request.extensions_mut().insert(Asker(session));
    request.extensions_mut().insert(Client(source));
    Ok(need)
}

fn check(console: &Shared, need: Need, session: Option<&Session>, request: &Request) -> Result<(), Problem> {
    let (right, fresh) = match need {
        Need::Open => return Ok(()),
        Need::Session => (None, false),
        Need::Right(right) => (Some(right), false),
        Need::Proof(right) => (Some(right), true),
    };
    let Some(session) = session else {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let guest =
            right.is_some_and(|right| reads && !fresh && console.logins.guest_rights().contains(&right));
        return if guest {
            Ok(())
        } else {
            Err(Problem::new(Kind::SIGN_IN))
        };
    };
    if let Some(right) = right {
        session.require(right)?;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        session.require_own_page(request.headers())?;
    }
    if fresh && !session.stepped_up {
        return Err(Problem::new(Kind::PROOF));
    }
    Ok(())
}

/// Headers of every answer.
pub async fn headers(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set("content-security-policy", CONTENT_SECURITY_POLICY);
    set("x-content-type-options", "nosniff");
    set("x-frame-options", "DENY");
    set("referrer-policy", "no-referrer");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set(
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if api && !headers.contains_key(header::CACHE_CONTROL) {
        // A copy may be kept by the browser of who asked, and is asked about each time.
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        headers.insert(
            header::VARY,
            HeaderValue::from_static("accept-language, authorization, cookie"),
        );
    }
    response
}

/// Gives answers of reads an `ETag`, and answers 304 to who has them already.
pub async fn tag(request: Request, next: Next) -> Response {
    let reads = *request.method() == Method::GET;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    if !reads || response.status() != StatusCode::OK || !json {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Bodies of handlers are whole in memory already; a larger one could not be read twice, so it is an error here.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::new(Kind::FAULT).into_response();
    };
    if bytes.len() > TAGGED_BYTES_MAX {
        return Response::from_parts(parts, Body::from(bytes));
    }
    let tag = format!("\"{}\"", hex::encode(&keccak256(&bytes)[..16]));
    let Ok(value) = HeaderValue::from_str(&tag) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.headers.insert(header::ETAG, value);
    if known.is_some_and(|known| matches(&known, &tag)) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn matches(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or_default();
    known
        .split(',')
        .any(|entry| entry.trim().trim_start_matches("W/") == tag)
}

/// The session of a request that needs one.
pub fn session(asker: &Asker) -> Result<&Session, Problem> {
    asker.0.as_ref().ok_or_else(|| Problem::new(Kind::SIGN_IN))
}

/// Whether a right of who asks reaches what belongs to an organisation, or, without one, to nobody in particular.
pub fn reaches(asker: &Asker, right: Right, organisation: Option<B256>) -> bool {
    let reach = asker.0.as_ref().and_then(|session| session.reaches.get(&right));
    reach.is_some_and(|reach| match organisation {
        Some(organisation) => reach.covers(organisation),
        None => *reach == Reach::City,
    })
}

/// What compressed files a client takes.
pub fn accepted(headers: &HeaderMap) -> civitas_console_assets::Accepted {
    let value = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let takes = |name: &str| {
        value.split(',').any(|entry| {
            let mut parts = entry.split(';');
            let same = parts
                .next()
                .is_some_and(|word| word.trim().eq_ignore_ascii_case(name));
            same && !parts.any(|part| part.trim() == "q=0")
        })
    };
    civitas_console_assets::Accepted {
        brotli: takes("br"),
        gzip: takes("gzip"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_asks_too_often_waits() {
        let quota = Quota::default();
        let start = Instant::now();
        let taken = (0..1_000).filter(|_| quota.take("a", 1, start).is_ok()).count();
        assert_eq!(taken, 240);
        assert_eq!(quota.take("a", 1, start), Err(1));
        assert_eq!(quota.take("b", 1, start), Ok(()));
        let later = start + Duration::from_secs(1);
        assert_eq!(quota.take("a", 41, later), Err(1));
        assert_eq!(quota.take("a", 40, later), Ok(()));
        assert_eq!(quota.take("a", 1, later), Err(1));
    }

    #[test]
    fn many_clients_shut_nobody_out() {
        let quota = Quota::default();
        let start = Instant::now();
        for client in 0..CLIENTS_MAX {
            assert_eq!(quota.take(&client.to_string(), 1, start), Ok(()));
        }
        assert_eq!(quota.take("late", 240, start), Ok(()));
        assert_eq!(quota.take("later", 1, start), Err(1));
        assert_eq!(quota.take("0", 239, start), Ok(()));
        let rested = start + REST;
        assert_eq!(quota.take("later", 240, rested), Ok(()));
        assert_eq!(quota.take("late", 240, rested), Ok(()));
    }

    #[test]
    fn tags_are_compared_as_http_says() {
        let check = |known: &'static str, expected: bool| {
            assert_eq!(
                matches(&HeaderValue::from_static(known), "\"ab\""),
                expected,
                "{known}"
            );
        };
        check("\"ab\"", true);
        check("W/\"ab\"", true);
        check("\"cd\", \"ab\"", true);
        check("\"cd\"", false);
    }
}

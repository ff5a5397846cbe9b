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
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
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
/// How long an answer may take: longer than a node takes for its heaviest call.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(45);
/// Bytes of an answer that gets an `ETag`; larger ones are sent as they come.
const TAGGED_BYTES_MAX: usize = 2 * 1024 * 1024;
/// What pages may load and do. Styles are written by the component library at run time; scripts never are.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// Who asks, for handlers: none for a guest.
#[derive(Clone, Debug)]
pub struct Asker(pub Option<Session>);

/// Counts requests by client.
#[derive(Default)]
pub struct Quota {
    clients: Mutex<HashMap<String, Bucket>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl Quota {
    /// Takes one request of a client; gives the seconds to wait if there is none left.
    pub fn take(&self, client: &str, now: Instant) -> Result<(), u64> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= CLIENTS_MAX && !clients.contains_key(client) {
            let rest = Duration::from_secs_f64(BURST / REQUESTS_PER_SECOND);
            clients.retain(|_, bucket| now.duration_since(bucket.at) < rest);
        }
        if clients.len() >= CLIENTS_MAX && !clients.contains_key(client) {
            return Err(1);
        }
        let bucket = clients
            .entry(client.to_owned())
            .or_insert(Bucket { left: BURST, at: now });
        let earned = now.duration_since(bucket.at).as_secs_f64() * REQUESTS_PER_SECOND;
        bucket.left = (bucket.left + earned).min(BURST);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(1);
        }
        bucket.left -= 1.0;
        Ok(())
    }
}

/// Refuses what the table does not allow; tells handlers who asks.
pub async fn guard(State(console): State<Shared>, mut request: Request, next: Next) -> Response {
    match admit(&console, &mut request).await {
        Ok(()) => {
            let streams = request.uri().path().ends_with("/stream");
            if streams {
                return next.run(request).await;
            }
            let answer = tokio::time::timeout(ANSWER_TIME_MAX, next.run(request)).await;
            answer.unwrap_or_else(|_| {
                Problem::new(Kind::UNAVAILABLE)
                    .with_detail("it took too long")
                    .into_response()
            })
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(console: &Shared, request: &mut Request) -> Result<(), Problem> {
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
    if let Err(seconds) = console.quota.take(&source, Instant::now()) {
        return Err(Problem::new(Kind::TOO_MANY).with_retry_after(seconds));
    }
    let session = match console.logins.authenticate(request.headers(), &source).await {
        Ok(session) => session,
        // Whoever wants nothing that needs a session is served without one: the way to sign in again is open.
        Err(LoginError::SessionEnded | LoginError::KeyRefused) if need == Need::Open => None,
        Err(error) => return Err(error.into()),
    };
    check(console, need, session.as_ref(), request)?;
    request.extensions_mut().insert(Asker(session));
    Ok(())
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
        let taken = (0..1_000).filter(|_| quota.take("a", start).is_ok()).count();
        assert_eq!(taken, 240);
        assert_eq!(quota.take("a", start), Err(1));
        assert_eq!(quota.take("b", start), Ok(()));
        assert_eq!(quota.take("a", start + Duration::from_secs(1)), Ok(()));
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

//! The one place where words are masked in what the console gives out: a layer over all endpoints.
//!
//! ```text
//!  handler ─▶ JSON, CSV or error ─▶ words found? ─┬─ no ──▶ as it is
//!                                          ├─ supervises ──▶ recorded, then as it is
//!                                          ├─ reads findings ──▶ masks with the category
//!                                          └─ others ──▶ masks
//! ```
//!
//! What has another form (PDF) is masked by [`Reader`] before it gets that form, by the same rule and with the same record.
//!
//! Invariants: what is stored does not change, and hashes stay those of what is stored. Bytes whose texts have such
//! words are withheld whole, since whoever has them has the words. Nobody sees a word without a record of it.

use crate::{
    cases::sheet::Sheet,
    guard::Asker,
    login::{Reach, Session},
    problem::{Kind, Language, Problem, language},
    right::Right,
    state::Shared,
};
use alloy_primitives::hex;
use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use civitas_supervision::content::{MASK, Matcher, View, mask, texts};
use serde_json::Value;
use std::sync::Arc;

/// Says how many texts were masked, or shown to who may see them.
const HEADER: &str = "content-masked";
/// Bytes of a hash: shorter bytes are one, an address or a selector, and a text only if they are one wholly.
const HASH_BYTES: usize = 32;
/// Answers that say nothing about the content of ledgers, that wallets read and sign as they are, and that are evidence by
/// their hash (a finding never says a word).
const EXEMPT: [&str; 5] = [
    "/api/openapi.json",
    "/api/v1/compilers",
    "/api/v1/ledgers/{ledger}/rpc",
    "/api/v1/prepare",
    "/api/v1/supervision/findings/{number}/document",
];
/// Endpoints, with all below them, of the console's own data: a token, a challenge or a setting with other letters is a broken one.
const OWN: [&str; 6] = [
    "/api/v1/session",
    "/api/v1/sessions",
    "/api/v1/api-keys",
    "/api/v1/passkeys",
    "/api/v1/alarms",
    "/api/v1/channels",
];

/// Masks the answer of an endpoint by who asks.
pub async fn layer(State(console): State<Shared>, request: Request, next: Next) -> Response {
    let Some(matcher) = console.content.matcher() else {
        return next.run(request).await;
    };
    let path = request.extensions().get::<MatchedPath>().cloned();
    let path = path.as_ref().map_or("", MatchedPath::as_str).to_owned();
    if is_exempt(&path) {
        return next.run(request).await;
    }
    let asker = request.extensions().get::<Asker>().cloned();
    let session = asker.and_then(|asker| asker.0);
    let view = view(session.as_ref(), language(request.headers()));
    let shown = request.uri().path().to_owned();
    let response = next.run(request).await;
    let Some(form) = Form::of(&response) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    // Bodies of handlers are whole in memory already.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::new(Kind::FAULT).into_response();
    };
    let given = bytes.clone();
    let masked = tokio::task::spawn_blocking(move || form.masked(&matcher, &given, view)).await;
    let Ok((count, masked)) = masked else {
        return Problem::new(Kind::FAULT).into_response();
    };
    if count > 0 {
        if view == View::Whole {
            let what = format!("unmasked {shown}");
            if let Err(problem) = console.reads.note(session.as_ref(), &what, &[]).await {
                return problem.into_response();
            }
        }
        parts.headers.remove(header::CONTENT_LENGTH);
        mark(&mut parts.headers, count);
    }
    Response::from_parts(parts, masked.map_or_else(|| Body::from(bytes), Body::from))
}

/// Whether answers of an endpoint stay as they are.
fn is_exempt(path: &str) -> bool {
    let is_below = |own: &str| {
        let rest = path.strip_prefix(own);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    EXEMPT.contains(&path) || OWN.into_iter().any(is_below)
}

/// Tells of masks in an answer.
fn mark(headers: &mut HeaderMap, count: usize) {
    headers.insert(HEADER, HeaderValue::from(count));
    // What one reader sees may not stay for another at the same desk.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// Who reads texts that are masked before they get a form in which nothing can be masked.
pub struct Reader<'a> {
    console: &'a Shared,
    session: Option<&'a Session>,
    view: View,
}

impl<'a> Reader<'a> {
    /// Who asks; categories in a language.
    pub fn new(console: &'a Shared, asker: &'a Asker, language: Language) -> Self {
        let session = asker.0.as_ref();
        Self {
            console,
            session,
            view: view(session, language),
        }
    }

    /// Puts masks into a report, and gives what tells of them in the answer. A look at words is recorded as that of `what`.
    ///
    /// # Errors
    /// The look cannot be recorded: nothing may be shown.
    pub async fn mask(&self, sheet: Sheet, what: &str) -> Result<(Sheet, HeaderMap), Problem> {
        let mut headers = HeaderMap::new();
        let Some(matcher) = self.console.content.matcher() else {
            return Ok((sheet, headers));
        };
        let view = self.view;
        let masked = tokio::task::spawn_blocking(move || masked_sheet(&matcher, sheet, view)).await;
        let (sheet, count) = masked.map_err(|error| Problem::fault(&error))?;
        if count > 0 {
            if view == View::Whole {
                let what = format!("unmasked {what}");
                self.console.reads.note(self.session, &what, &[]).await?;
            }
            mark(&mut headers, count);
        }
        Ok((sheet, headers))
    }
}

/// A report as a reader sees it, and how many of its texts have words.
fn masked_sheet(matcher: &Matcher, mut sheet: Sheet, view: View) -> (Sheet, usize) {
    let mut masks = Masks {
        matcher,
        view,
        count: 0,
    };
    for text in sheet.texts_mut() {
        if let Some(masked) = masks.text(text)
            && view != View::Whole
        {
            *text = masked;
        }
    }
    let count = masks.count;
    (sheet, count)
}

/// What a reader may see.
fn view(session: Option<&Session>, language: Language) -> View {
    let has = |right| session.is_some_and(|session| matches!(session.require(right), Ok(Reach::City)));
    match () {
        () if has(Right::Supervise) => View::Whole,
        () if has(Right::ReadFindings) => match language {
            Language::Zh => View::CategoryZh,
            Language::En => View::CategoryEn,
        },
        () => View::Masked,
    }
}

/// How an answer is written.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Lines,
}

impl Form {
    fn of(response: &Response) -> Option<Self> {
        let kind = response.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/json" | "application/problem+json" => Some(Self::Json),
            "text/csv" => Some(Self::Lines),
            _ => None,
        }
    }

    /// How many texts have words, and the answer with masks if it is another one then.
    fn masked(self, matcher: &Arc<Matcher>, bytes: &[u8], view: View) -> (usize, Option<Vec<u8>>) {
        let mut masks = Masks {
            matcher,
            view,
            count: 0,
        };
        let masked = match self {
            Self::Json => serde_json::from_slice(bytes).ok().and_then(|mut value: Value| {
                masks.value(&mut value);
                serde_json::to_vec(&value).ok()
            }),
            // Fields of bytes stand between commas and quotation marks.
            Self::Lines => std::str::from_utf8(bytes).ok().map(|text| {
                let fields = text.split_inclusive([',', '\n', '"']);
                let fields = fields.map(|field| {
                    let bare = field.trim_end_matches([',', '\n', '"', '\r']);
                    let is_withheld = is_bytes(bare) && masks.text(bare).is_some();
                    if is_withheld {
                        field.replacen(bare, MASK, 1)
                    } else {
                        field.to_owned()
                    }
                });
                let text: String = fields.collect();
                masks.text(&text).unwrap_or(text).into_bytes()
            }),
        };
        let masked = masked.filter(|_| masks.count > 0 && view != View::Whole);
        (masks.count, masked)
    }
}

struct Masks<'a> {
    matcher: &'a Matcher,
    view: View,
    count: usize,
}

impl Masks<'_> {
    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(masked) = self.text(text) {
                    *text = masked;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            Value::Object(fields) => fields.values_mut().for_each(|value| self.value(value)),
            _ => {}
        }
    }

    /// The text as it is shown; none if it has no words.
    fn text(&mut self, text: &str) -> Option<String> {
        let masked = match decoded(text) {
            Some(bytes) => self.has_words(&bytes).then(|| MASK.to_owned()),
            None => {
                let found = self.matcher.scan(text).matches;
                (!found.is_empty()).then(|| mask(self.matcher, text, &found, self.view))
            }
        };
        self.count += usize::from(masked.is_some());
        masked
    }

    fn has_words(&self, bytes: &[u8]) -> bool {
        if bytes.len() <= HASH_BYTES {
            let text = std::str::from_utf8(bytes).map(|text| text.trim_end_matches('\0'));
            return text.is_ok_and(|text| !self.matcher.scan(text).matches.is_empty());
        }
        texts(bytes).any(|text| !self.matcher.scan(text).matches.is_empty())
    }
}

fn is_bytes(text: &str) -> bool {
    text.starts_with("0x") && decoded(text).is_some()
}

/// The bytes that a text in hexadecimal is.
fn decoded(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x")?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::sheet::Section;
    use civitas_supervision::{
        Severity, Words,
        content::{Action, Category, Thesaurus, Word},
    };

    fn matcher() -> Arc<Matcher> {
        let category = Category {
            title: Words::new("赌博", "Gambling"),
            legal_basis: "Article 303".to_owned(),
            severity: Severity::High,
            action: Action::Flag,
        };
        let word = Word {
            text: "网络赌博".to_owned(),
            category: "gambling".to_owned(),
            pinyin: true,
            variants: Vec::new(),
        };
        let thesaurus = Thesaurus {
            version: 1,
            categories: [("gambling".to_owned(), category)].into(),
            words: vec![word],
            ..Thesaurus::default()
        };
        Arc::new(Matcher::new(thesaurus).unwrap())
    }

    #[test]
    fn texts_and_bytes_are_masked_by_who_reads() {
        let bytes = hex::encode_prefixed(["\0".repeat(40), "网络赌博".to_owned(), "\0".repeat(20)].concat());
        let hash = format!("0x{}", "ab".repeat(32));
        let text = serde_json::json!({
            "name": "來網 絡賭博 Coin", "input": bytes, "hash": hash, "n": [1, { "memo": "wangluodubo!" }], "fine": "发货",
        })
        .to_string();
        let check = |view: View, name: &str, memo: &str| {
            let (count, masked) = Form::Json.masked(&matcher(), text.as_bytes(), view);
            assert_eq!(count, 3);
            let masked = masked.unwrap();
            let value: Value = serde_json::from_slice(&masked).unwrap();
            assert_eq!(
                (&value["name"], &value["n"][1]["memo"]),
                (&name.into(), &memo.into())
            );
            assert_eq!(value["input"], MASK);
            assert_eq!(
                (&value["hash"], &value["fine"]),
                (&hash.clone().into(), &"发货".into())
            );
        };
        check(View::Masked, "來▇▇▇ Coin", "▇▇▇!");
        check(View::CategoryEn, "來▇▇▇[Gambling] Coin", "▇▇▇[Gambling]!");
        let (count, masked) = Form::Json.masked(&matcher(), text.as_bytes(), View::Whole);
        assert_eq!((count, masked), (3, None));
        let (count, masked) = Form::Json.masked(&matcher(), br#"{"a":"b"}"#, View::Masked);
        assert_eq!((count, masked), (0, None));
    }

    #[test]
    fn what_becomes_a_pdf_is_masked_by_who_reads() {
        let report = || Sheet {
            title: "Case 1: 网络赌博".to_owned(),
            subtitle: "Harbour City".to_owned(),
            sections: vec![Section {
                facts: vec![("About".to_owned(), "wangluodubo!".to_owned())],
                ..Section::table(
                    "Evidence".to_owned(),
                    vec![("What".to_owned(), 25)],
                    vec![vec!["發貨".to_owned(), "的网络赌博站".to_owned()]],
                )
            }],
        };
        let (sheet, count) = masked_sheet(&matcher(), report(), View::CategoryEn);
        assert_eq!(count, 3);
        assert_eq!(sheet.title, "Case 1: ▇▇▇[Gambling]");
        assert_eq!(sheet.sections[0].facts[0].1, "▇▇▇[Gambling]!");
        assert_eq!(sheet.sections[0].rows[0], ["發貨", "的▇▇▇[Gambling]站"]);
        let (sheet, count) = masked_sheet(&matcher(), report(), View::Whole);
        assert_eq!((sheet, count), (report(), 3));
    }

    /// An error quotes what a ledger holds: it is written before masks are put on it.
    #[tokio::test]
    async fn the_detail_of_a_problem_is_masked() {
        let handler = || async { Problem::new(Kind::STATE).with_detail("the case 网络赌博 is closed") };
        let router: axum::Router = axum::Router::new()
            .route("/", axum::routing::get(handler))
            .route_layer(axum::middleware::from_fn(crate::problem::localise));
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
        let form = Form::of(&response).unwrap();
        let bytes = to_bytes(response.into_body(), 1 << 16).await.unwrap();
        let (count, masked) = form.masked(&matcher(), &bytes, View::Masked);
        let value: Value = serde_json::from_slice(&masked.unwrap()).unwrap();
        assert_eq!((count, &value["detail"]), (1, &"the case ▇▇▇ is closed".into()));
    }

    #[test]
    fn data_of_the_console_itself_stay_as_they_are() {
        for path in [
            "/api/v1/session",
            "/api/v1/session/challenge",
            "/api/v1/sessions/{id}",
            "/api/v1/api-keys",
            "/api/v1/passkeys/{id}",
            "/api/v1/alarms/history",
            "/api/v1/channels/{id}/test",
            "/api/v1/prepare",
        ] {
            assert!(is_exempt(path), "{path}");
        }
        for path in [
            "/api/v1/cases",
            "/api/v1/alarmsandmore",
            "/api/v1/prepare/all",
            "",
        ] {
            assert!(!is_exempt(path), "{path}");
        }
    }

    #[test]
    fn lines_are_masked_as_well() {
        let bytes = hex::encode_prefixed(["\0".repeat(40), "网络赌博".to_owned()].concat());
        let text = format!("hash,name,input\r\n0xab,\"网络赌博 币\",{bytes}\r\n");
        let (count, masked) = Form::Lines.masked(&matcher(), text.as_bytes(), View::Masked);
        assert_eq!(count, 2);
        let masked = String::from_utf8(masked.unwrap()).unwrap();
        assert_eq!(masked, "hash,name,input\r\n0xab,\"▇▇▇ 币\",▇▇▇\r\n");
    }
}

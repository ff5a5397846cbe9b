//! Refusals and faults as clients see them: problem details (RFC 9457) with a stable type, in Chinese and English.
//!
//! A handler gives a [`Problem`] without knowing the language of who asks; [`localise`] writes the body. The table of
//! all types is this file (those of login stand in its module).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How the `type` of a problem begins.
const TYPE_PREFIX: &str = "/problems/";
/// Characters of a detail, at most: it may quote what a client or a node wrote.
const DETAIL_CHARACTERS_MAX: usize = 1_000;

/// A type of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The last part of its `type`; stable.
    pub slug: &'static str,
    /// HTTP status.
    pub status: u16,
    /// For people who read English.
    pub en: &'static str,
    /// For people who read Chinese.
    pub zh: &'static str,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:literal, $en:literal, $zh:literal;)*) => {
        impl Kind {
            $($(#[$doc])* pub const $name: Self = Self { slug: $slug, status: $status, en: $en, zh: $zh };)*
        }
    };
}

kinds! {
    /// Something of the request breaks a rule.
    INVALID = "invalid-request", 400, "Something in the request is not right.", "请求内容有误。";
    /// A cursor is not one of this list.
    CURSOR = "invalid-cursor", 400, "The list has changed. Start it again from the beginning.", "列表已变化，请从头开始浏览。";
    /// Nobody is signed in.
    SIGN_IN = "not-signed-in", 401, "Sign in first.", "请先登录。";
    /// A right is missing.
    RIGHT = "right-missing", 403, "None of your roles allows this.", "您的角色均不允许此操作。";
    /// The token of the session is missing.
    CSRF = "csrf-token-missing", 403, "The page is stale. Load it again.", "页面已过期，请刷新后重试。";
    /// A fresh proof is needed.
    PROOF = "proof-not-fresh", 403, "This act needs a fresh sign-in. Prove again who you are.", "此操作需要重新验证身份。";
    /// The method of JSON-RPC is not for browsers.
    RPC_METHOD = "method-not-allowed-here", 403, "The console does not pass this method on.", "控制台不转发此方法。";
    /// Another person has to do it.
    OTHER_PERSON = "other-person-needed", 403, "Another person has to do this: whoever wrote or proposed it may not.", "须由另一人执行：撰写者或提议者不得自行批准。";
    /// There is no such thing.
    NOT_FOUND = "not-found", 404, "There is no such thing.", "未找到相应内容。";
    /// Only a node of the ledger could answer.
    FOREIGN = "foreign-chain", 404, "This chain is not one of the city's own: what organisations attest of it is shown, and no node of it is asked.", "该链并非城市自有账本：仅展示各机构证明的内容，不向其节点查询。";
    /// There is no such endpoint.
    NO_ENDPOINT = "no-such-endpoint", 404, "There is no such page.", "页面不存在。";
    /// The endpoint has no such method.
    METHOD = "method-not-allowed", 405, "This cannot be done here.", "此处不支持该操作。";
    /// It was changed by another in between.
    CONFLICT = "conflict", 409, "Somebody else changed this in between. Load it again.", "内容已被他人修改，请刷新后重试。";
    /// The order does not fit the state.
    STATE = "wrong-state", 409, "This cannot be done in the present state.", "当前状态下无法执行此操作。";
    /// The body is too large.
    TOO_LARGE = "too-large", 413, "This is too large.", "内容过大。";
    /// The body is not JSON.
    MEDIA = "unsupported-media-type", 415, "The request is not JSON.", "请求不是 JSON 格式。";
    /// The body is not a form.
    FORM = "no-form", 415, "The request is not a form.", "请求不是表单格式。";
    /// A rule does not compile.
    RULE = "rule-not-valid", 422, "The rule cannot be used as it stands.", "该规则无法使用，请检查标出的位置。";
    /// The source does not compile.
    NOT_COMPILED = "source-not-compiled", 422, "The compiler refuses this source.", "编译器拒绝此源代码。";
    /// The code is that of another source.
    OTHER_SOURCE = "other-source", 422, "This is not the source of the contract: the code differs.", "这不是该合约的源代码：代码不一致。";
    /// The source has no such contract.
    NO_CONTRACT = "contract-not-in-source", 422, "The source has no such contract.", "源代码中没有此合约。";
    /// The constructor was given something else.
    OTHER_ARGUMENTS = "other-arguments", 422, "The constructor was given other arguments, or they cannot be compared.", "构造函数的参数不一致，或无法比对。";
    /// There is no such compiler.
    NO_COMPILER = "compiler-missing", 422, "This release of the compiler is not here.", "此处没有该版本的编译器。";
    /// The compilation reached a bound.
    TOO_COSTLY = "compilation-too-costly", 422, "The compiler was stopped: this source takes too much time or memory.", "编译已中止：此源代码耗时过长或占用内存过多。";
    /// A bound is reached.
    FULL = "full", 429, "There are as many as there may be. Delete some first.", "数量已达上限，请先删除一些。";
    /// Too many requests.
    TOO_MANY = "too-many-requests", 429, "Too many requests. Try again in a moment.", "请求过于频繁，请稍后再试。";
    /// A fault of the console.
    FAULT = "fault", 500, "The console has failed. Its operator finds the cause in its log.", "控制台发生故障，运维人员可在日志中查看原因。";
    /// A node refused or misunderstood.
    NODE_REFUSED = "node-refused", 502, "The node refused the question.", "节点拒绝了该请求。";
    /// A compiler is made ready.
    COMPILER_PREPARING = "compiler-preparing", 503, "The compiler is being made ready. Try again in a moment.", "正在准备编译器，请稍后再试。";
    /// Others compile.
    COMPILER_BUSY = "compiler-busy", 503, "Others are compiling. Try again in a moment.", "有其他编译正在进行，请稍后再试。";
    /// No node answers.
    NODE_DOWN = "node-unreachable", 503, "No node of the ledger answers. Try again, or look at the nodes under Operations.", "账本节点均无响应，请稍后重试，或在“运维”页面查看节点。";
    /// The database does not answer.
    DATABASE = "database-unavailable", 503, "The database does not answer. Try again in a moment.", "数据库暂无响应，请稍后再试。";
    /// The database is taken up by another.
    DATABASE_BUSY = "database-busy", 503, "The database is busy. Try again in a moment.", "数据库繁忙，请稍后再试。";
    /// The disk of the database is full: nothing can be recorded any more.
    DISK_FULL = "disk-full", 507,
        "The disk of the console is full: nothing can be recorded, and what needs a record is not shown. Its operator must make room.",
        "控制台磁盘已满，无法写入记录，需留痕的内容暂不显示。请运维人员清理磁盘空间。";
    /// The index is not there yet.
    UNAVAILABLE = "unavailable", 503, "This does not work right now. Try again in a moment.", "该功能暂不可用，请稍后再试。";
}

/// A refusal or a fault.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    parameters: Map<String, Value>,
    retry_after_seconds: Option<u64>,
}

/// The body of a problem.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `/problems/` and a stable word.
    #[serde(rename = "type")]
    pub kind: String,
    /// In one sentence, in the language of the request (`Accept-Language`: zh or en).
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What exactly, in English; may quote a node or the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What a program may want to know, by name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    pub parameters: Map<String, Value>,
}

/// The languages of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            parameters: Map::new(),
            retry_after_seconds: None,
        }
    }

    /// Something of the request breaks a rule.
    pub fn invalid(field: &str, rule: &str) -> Self {
        Self::new(Kind::INVALID)
            .with_detail(format!("{field}: {rule}"))
            .with("field", field)
            .with("rule", rule)
    }

    /// There is no such thing.
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(Kind::NOT_FOUND)
            .with_detail(format!("there is no {what} {id}"))
            .with("what", what)
            .with("id", id)
    }

    /// A fault: the cause goes to the log, not to the client.
    pub fn fault(cause: &dyn std::error::Error) -> Self {
        tracing::error!(cause = %civitas_sdk::causes(cause), "a request failed");
        Self::new(Kind::FAULT)
    }

    /// With more words.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        let detail: String = detail.into();
        self.detail = Some(detail.chars().take(DETAIL_CHARACTERS_MAX).collect());
        self
    }

    /// With a value for programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// With a time after which it may work.
    #[must_use]
    pub const fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Its type.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it has a value of that name for programs.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.contains_key(name)
    }

    fn body(&self, language: Language) -> ProblemBody {
        ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", self.kind.slug),
            title: match language {
                Language::En => self.kind.en.to_owned(),
                Language::Zh => self.kind.zh.to_owned(),
            },
            status: self.kind.status,
            detail: self.detail.clone(),
            parameters: self.parameters.clone(),
        }
    }
}

/// Seconds after which a database that was busy is worth another try.
const BUSY_SECONDS: u64 = 2;
/// Seconds after which one that did not answer is.
const AWAY_SECONDS: u64 = 5;

/// What an error of a database means to who asked. The cause goes to the log.
pub fn of_database(what: &str, error: &sqlx::Error) -> Problem {
    tracing::error!(cause = %civitas_sdk::causes(error), "{what} failed");
    let kind = database_kind(error);
    let problem = Problem::new(kind);
    match kind {
        Kind::DISK_FULL => problem,
        Kind::DATABASE_BUSY => problem.with_retry_after(BUSY_SECONDS),
        _ => problem.with_retry_after(AWAY_SECONDS),
    }
}

/// The kind of an error of SQLite (result codes, extended or not) or PostgreSQL (SQLSTATE).
pub fn database_kind(error: &sqlx::Error) -> Kind {
    let code = match error {
        sqlx::Error::PoolTimedOut => return Kind::DATABASE_BUSY,
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => return Kind::DISK_FULL,
        sqlx::Error::Database(error) => error.code().unwrap_or_default().into_owned(),
        _ => return Kind::DATABASE,
    };
    // SQLite writes numbers below 65,536, PostgreSQL five letters or digits.
    let sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5);
    match (sqlite.map(|code| code & 0xff), code.as_str()) {
        (Some(5 | 6), _) | (None, "40001" | "40P01" | "53300" | "55P03" | "57P03") => Kind::DATABASE_BUSY,
        (Some(13), _) | (None, "53100") => Kind::DISK_FULL,
        _ => Kind::DATABASE,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The language of a request.
pub fn language(headers: &HeaderMap) -> Language {
    let wanted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    // The first language that is one of ours; browsers list the preferred one first.
    let first = wanted.unwrap_or_default().split(',').find_map(|entry| {
        let name = entry
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match name.split('-').next() {
            Some("zh") => Some(Language::Zh),
            Some("en") => Some(Language::En),
            _ => None,
        }
    });
    first.unwrap_or(Language::En)
}

/// Writes the body of a problem in the language of the request. Around handlers it runs within the masks of words, for a detail
/// may quote what a ledger holds; around all the rest it writes what has not been written yet.
pub async fn localise(request: Request, next: Next) -> Response {
    let language = language(request.headers());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let body = serde_json::to_vec(&problem.body(language)).unwrap_or_default();
        *response.body_mut() = Body::from(body);
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(match language {
                Language::En => "en",
                Language::Zh => "zh",
            }),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};

    /// A database that is locked by another, and one whose disk has no room, as SQLite itself says so.
    #[tokio::test]
    async fn a_database_that_is_busy_is_told_from_one_that_is_full() {
        let path = std::env::temp_dir().join(format!("civitas-problem-{}.db", std::process::id()));
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .busy_timeout(std::time::Duration::ZERO);
        let mut one = SqliteConnection::connect_with(&options).await.unwrap();
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        one.execute("CREATE TABLE texts (text TEXT); BEGIN EXCLUSIVE")
            .await
            .unwrap();
        let busy = other.execute("INSERT INTO texts VALUES ('a')").await.unwrap_err();
        assert_eq!(database_kind(&busy), Kind::DATABASE_BUSY);
        assert_eq!(of_database("it", &busy).retry_after_seconds, Some(BUSY_SECONDS));
        one.execute("COMMIT; PRAGMA max_page_count = 3").await.unwrap();
        let long = format!("INSERT INTO texts VALUES ('{}')", "x".repeat(100_000));
        let full = one.execute(long.as_str()).await.unwrap_err();
        assert_eq!(database_kind(&full), Kind::DISK_FULL);
        let wrong = one.execute("no statement").await.unwrap_err();
        assert_eq!(database_kind(&wrong), Kind::DATABASE);
        assert_eq!(database_kind(&sqlx::Error::PoolTimedOut), Kind::DATABASE_BUSY);
        std::fs::remove_file(path).unwrap();
    }
}

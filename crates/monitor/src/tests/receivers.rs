//! Receivers of the tests: an exporter of metrics, a sink for HTTP and one for mail, on ports of their own.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use base64::Engine as _;
use parking_lot::Mutex;
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::Notify,
};

/// A node's exporter whose text the test writes; without a text it fails.
pub(crate) struct Exporter {
    address: SocketAddr,
    text: Arc<Mutex<Option<String>>>,
    asked: Arc<Notify>,
}

impl Exporter {
    pub(crate) async fn start() -> Self {
        let text: Arc<Mutex<Option<String>>> = Arc::default();
        let asked = Arc::new(Notify::new());
        let (shared, notify) = (text.clone(), asked.clone());
        let router = Router::new().fallback(move || {
            let text = shared.lock().clone();
            notify.notify_one();
            async move { text.ok_or(StatusCode::SERVICE_UNAVAILABLE) }
        });
        Self {
            address: serve(router).await,
            text,
            asked,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/metrics", self.address)
    }

    pub(crate) fn set(&self, text: Option<&str>) {
        *self.text.lock() = text.map(str::to_owned);
    }

    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// What a collector was sent: path, `authorization`, body.
pub(crate) type Collected = Arc<Mutex<Vec<(String, String, Vec<u8>)>>>;

/// A collector of OpenTelemetry.
pub(crate) async fn collector() -> (SocketAddr, Collected) {
    let collected = Collected::default();
    let kept = collected.clone();
    let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| {
        let authorization = headers["authorization"].to_str().unwrap().to_owned();
        assert_eq!(headers["content-type"], "application/x-protobuf");
        kept.lock().push((uri.to_string(), authorization, body.to_vec()));
        async { StatusCode::OK }
    });
    (serve(router).await, collected)
}

/// What a sink was sent.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

/// Takes what is posted, and answers as the test says.
#[derive(Clone)]
pub(crate) struct HttpSink {
    address: Option<SocketAddr>,
    received: Arc<Mutex<Vec<Received>>>,
    answers: Arc<Mutex<Vec<(u16, String)>>>,
}

impl HttpSink {
    /// Gives these answers in turn, and the last one for ever.
    pub(crate) async fn start(answers: &[(u16, &str)]) -> Self {
        let mut answers: Vec<(u16, String)> = answers
            .iter()
            .map(|(status, text)| (*status, (*text).to_owned()))
            .collect();
        answers.reverse();
        let mut sink = Self {
            address: None,
            received: Arc::default(),
            answers: Arc::new(Mutex::new(answers)),
        };
        let router = Router::new().fallback(take).with_state(sink.clone());
        sink.address = Some(serve(router).await);
        sink
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address.unwrap())
    }

    /// What came since the last look.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.received.lock())
    }
}

async fn take(
    State(sink): State<HttpSink>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    sink.received.lock().push(Received {
        path: uri.to_string(),
        authorization: headers
            .get("authorization")
            .map(|value| value.to_str().unwrap().to_owned()),
        body: serde_json::from_slice(&body).unwrap(),
    });
    let mut answers = sink.answers.lock();
    let answer = if answers.len() > 1 {
        answers.pop()
    } else {
        answers.last().cloned()
    };
    let (status, text) = answer.unwrap();
    (StatusCode::from_u16(status).unwrap(), text)
}

/// A mail that was sent, its text decoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) headers: String,
    pub(crate) text: String,
}

/// A mail server that takes everything, or refuses recipients for good.
pub(crate) struct MailSink {
    pub(crate) port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailSink {
    pub(crate) async fn start(refuses: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails: Arc<Mutex<Vec<Mail>>> = Arc::default();
        let taken = mails.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, taken.clone(), refuses));
            }
        });
        Self { port, mails }
    }

    pub(crate) fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.mails.lock())
    }
}

async fn converse(stream: tokio::net::TcpStream, mails: Arc<Mutex<Vec<Mail>>>, refuses: bool) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut mail = Mail::default();
    write.write_all(b"220 sink\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let upper = line.to_uppercase();
        let answer: &[u8] = if upper.starts_with("MAIL FROM:") {
            mail.from = line[10..].to_owned();
            b"250 ok\r\n"
        } else if upper.starts_with("RCPT TO:") {
            mail.to.push(line[8..].to_owned());
            if refuses {
                b"550 no such person\r\n"
            } else {
                b"250 ok\r\n"
            }
        } else if upper == "DATA" {
            write.write_all(b"354 go\r\n").await.unwrap();
            let mut data = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                if line == "." {
                    break;
                }
                data.push_str(&line);
                data.push('\n');
            }
            let (headers, body) = data.split_once("\n\n").unwrap();
            mail.headers = headers.to_owned();
            mail.text = decoded(headers, body);
            mails.lock().push(std::mem::take(&mut mail));
            b"250 taken\r\n"
        } else if upper == "QUIT" {
            write.write_all(b"221 bye\r\n").await.unwrap();
            return;
        } else {
            b"250 ok\r\n"
        };
        write.write_all(answer).await.unwrap();
    }
}

fn decoded(headers: &str, body: &str) -> String {
    let headers = headers.to_lowercase();
    if headers.contains("content-transfer-encoding: base64") {
        let joined: String = body.split_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(joined).unwrap();
        return String::from_utf8(bytes).unwrap();
    }
    if !headers.contains("quoted-printable") {
        return body.to_owned();
    }
    let joined = body.replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

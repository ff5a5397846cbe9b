//! Running nodes: what is looked at, what may be wrong and what to do about it, and orders to the nodes of this machine.

use crate::{
    api::operations::{CertificateLife, Check, OperatedNode, OrderDone},
    certificates,
    config::NodeConfig,
    diagnosis::{self, Findings},
    disk::{self, Level},
    ledgers::MAIN,
    problem::{Kind, Language, Problem},
    registries::Registry,
    state::Console,
    time::now,
};
use civitas_api::ledger::Status;
use civitas_sdk::Node;
use civitas_system_contracts::interfaces::INodes;
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    process::Command,
};

/// A node that takes longer to answer counts as one that does not.
const ANSWER_WAIT: Duration = Duration::from_secs(3);
/// How long `up` may take for an order: a node that stops writes its state first.
const ORDER_WAIT: Duration = Duration::from_secs(30);
/// Bytes of the end of a log that are looked through for the cause of an end.
const LOG_BYTES_MAX: u64 = 16 * 1024;
/// Bytes of an answer of `up`, and of a program that renews, at most.
const ANSWER_BYTES_MAX: usize = 4_096;
/// Blocks that a healthy node may be behind the highest one.
const LAG_MAX: u64 = 5;
/// Waiting transactions from which on a pool counts as full of them.
const PENDING_MAX: usize = 10_000;
/// Milliseconds without a block, in heartbeats, after which a ledger counts as stopped.
const SILENT_HEARTBEATS: u64 = 5;
/// Milliseconds that a block's time may lie ahead of this machine's.
const AHEAD_MS_MAX: u64 = 2_000;

/// The nodes, with checks and diagnosis.
///
/// # Errors
/// None that can happen; nodes that do not answer are shown as such.
pub async fn all(console: &Console, language: Language) -> Vec<OperatedNode> {
    let registry = console.registries.known().await;
    let statuses = futures::future::join_all(console.config.nodes.iter().map(status)).await;
    let view = View::new(&registry, &statuses, heartbeat(console).await);
    let nodes = console.config.nodes.iter().zip(&statuses);
    futures::future::join_all(
        nodes.map(|(node, status)| operated(console, node, status.as_ref(), &view, language)),
    )
    .await
}

/// One node.
///
/// # Errors
/// There is none of that name.
pub async fn one(console: &Console, name: &str, language: Language) -> Result<OperatedNode, Problem> {
    let all = all(console, language).await;
    all.into_iter()
        .find(|node| node.name == name)
        .ok_or_else(|| Problem::not_found("node", name))
}

async fn heartbeat(console: &Console) -> u64 {
    let Ok(node) = console.ledgers.node(MAIN).await else {
        return 0;
    };
    node.parameters()
        .await
        .map_or(0, |parameters| parameters.heartbeat_ms)
}

/// What a node says of itself; none if it does not answer.
pub async fn status(node: &NodeConfig) -> Option<Status> {
    let node = Node::connect(std::slice::from_ref(&node.rpc)).ok()?;
    tokio::time::timeout(ANSWER_WAIT, node.status()).await.ok()?.ok()
}

/// What all nodes together say.
struct View<'a> {
    registry: &'a Registry,
    highest: u64,
    version: String,
    stalled: bool,
    now_ms: u64,
}

impl<'a> View<'a> {
    fn new(registry: &'a Registry, statuses: &[Option<Status>], heartbeat_ms: u64) -> Self {
        let known: Vec<&Status> = statuses.iter().flatten().collect();
        let highest = known.iter().map(|status| status.height).max().unwrap_or_default();
        let newest = known
            .iter()
            .map(|status| status.timestamp_ms)
            .max()
            .unwrap_or_default();
        let now_ms = now().saturating_mul(1_000);
        let quiet = heartbeat_ms.saturating_mul(SILENT_HEARTBEATS);
        let mut versions: Vec<&str> = known.iter().map(|status| status.version.as_str()).collect();
        versions.sort_unstable();
        Self {
            registry,
            highest,
            version: versions
                .get(versions.len() / 2)
                .map(|version| (*version).to_owned())
                .unwrap_or_default(),
            stalled: !known.is_empty() && heartbeat_ms > 0 && now_ms.saturating_sub(newest) > quiet,
            now_ms,
        }
    }
}

/// The process of a node of this machine; none if it does not run.
pub async fn process(node: &NodeConfig) -> Option<u32> {
    let folder = node.folder.as_ref()?;
    let text = tokio::fs::read_to_string(folder.join("pid")).await.ok()?;
    let pid: u32 = text.trim().parse().ok()?;
    // The number can be another process's by now.
    let command = tokio::fs::read(format!("/proc/{pid}/cmdline")).await.ok()?;
    let settings = folder.join("node.toml");
    let settings = tokio::fs::canonicalize(&settings).await.unwrap_or(settings);
    let mut words = command.split(|byte| *byte == 0);
    words
        .any(|word| word == settings.as_os_str().as_encoded_bytes())
        .then_some(pid)
}

async fn operated(
    console: &Console,
    node: &NodeConfig,
    status: Option<&Status>,
    view: &View<'_>,
    language: Language,
) -> OperatedNode {
    let entry = view.registry.node(&node.name);
    let running = process(node).await;
    let certificate = certificates::of(node, view.registry).await;
    let certificate = certificate.map(|certificate| CertificateLife {
        not_after: certificate.not_after,
        seconds_left: certificate.seconds_left,
    });
    let mut findings = looked_at(status, entry, view);
    findings.local = node.folder.is_some();
    findings.running = running.is_some();
    if let Some(folder) = &node.folder {
        findings.disk = disk::space(folder).await;
    }
    findings.certificate_seconds_left = certificate.as_ref().map(|certificate| certificate.seconds_left);
    if let (None, Some(folder)) = (status, node.folder.as_ref()) {
        findings.log_end = log_end(&folder.join("log")).await;
    }
    OperatedNode {
        name: node.name.clone(),
        organisation: entry.and_then(|entry| view.registry.word(&entry.organisation)),
        up: status.is_some(),
        running,
        local: node.folder.is_some(),
        controllable: node.folder.is_some() && console.config.control.is_some(),
        version: status.map(|status| status.version.clone()),
        height: status.map(|status| status.height),
        peers: status.map(|status| status.peers as u64),
        checks: checks(&findings),
        diagnosis: diagnosis::of(&findings, language),
        certificate,
    }
}

fn looked_at(status: Option<&Status>, entry: Option<&INodes::Node>, view: &View<'_>) -> Findings {
    let active = view
        .registry
        .nodes
        .iter()
        .filter(|node| node.status == INodes::Status::Active)
        .count();
    let registered = entry.map(|entry| format!("{:?}", entry.status));
    let mut findings = Findings {
        answers: status.is_some(),
        nodes_active: active,
        registered,
        stalled: view.stalled,
        ..Findings::default()
    };
    if let Some(status) = status {
        findings.height = status.height;
        findings.lag = view.highest.saturating_sub(status.height);
        findings.behind = findings.lag > LAG_MAX;
        findings.syncing_to = status.syncing_to;
        findings.peers = status.peers;
        let validator = entry.is_some_and(|entry| entry.role == INodes::Role::Validator);
        findings.votes = status.ordering.as_ref().map(|ordering| ordering.voting);
        findings.should_vote = validator;
        findings.pending = status.pending_transactions;
        findings.pool_full = status.pending_transactions > PENDING_MAX;
        findings.other_version = status.version != view.version;
        findings.version.clone_from(&status.version);
        findings.clock_ahead = status.timestamp_ms > view.now_ms.saturating_add(1_000 + AHEAD_MS_MAX);
    }
    findings
}

/// The checks, each with its figure. What cannot be known of a node that does not answer is not listed.
fn checks(findings: &Findings) -> Vec<Check> {
    let check = |name: &str, ok: bool, detail: String| Check {
        name: name.to_owned(),
        ok,
        detail,
    };
    let mut checks = vec![check("answers", findings.answers, String::new())];
    if findings.local {
        checks.push(check("process", findings.running, String::new()));
    }
    if let Some(left) = findings.certificate_seconds_left {
        checks.push(check(
            "certificate",
            left > diagnosis::CERTIFICATE_SECONDS_MIN,
            format!("{left} s"),
        ));
    }
    if let Some(space) = findings.disk {
        checks.push(check("disk", space.level() == Level::Good, space.words()));
    }
    if !findings.answers {
        return checks;
    }
    let others = findings.nodes_active.saturating_sub(1);
    checks.push(check(
        "height",
        !findings.behind,
        format!("{} (-{})", findings.height, findings.lag),
    ));
    checks.push(check(
        "peers",
        others == 0 || findings.peers * 3 >= others * 2,
        format!("{} / {others}", findings.peers),
    ));
    if let (true, Some(votes)) = (findings.should_vote, findings.votes) {
        checks.push(check("votes", votes, String::new()));
    }
    checks.push(check(
        "memoryPool",
        !findings.pool_full,
        findings.pending.to_string(),
    ));
    checks.push(check("time", !findings.clock_ahead, String::new()));
    checks.push(check(
        "version",
        !findings.other_version,
        findings.version.clone(),
    ));
    checks
}

/// The end of a log, as text.
async fn log_end(path: &Path) -> String {
    use tokio::io::{AsyncReadExt, AsyncSeekExt};
    let Ok(mut file) = tokio::fs::File::open(path).await else {
        return String::new();
    };
    let length = file.metadata().await.map_or(0, |metadata| metadata.len());
    let from = length.saturating_sub(LOG_BYTES_MAX);
    if file.seek(std::io::SeekFrom::Start(from)).await.is_err() {
        return String::new();
    }
    let mut bytes = Vec::new();
    let read = file.take(LOG_BYTES_MAX).read_to_end(&mut bytes).await;
    read.map_or_else(
        |_| String::new(),
        |_| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// An order to `civitas up`: `start NAME` or `stop NAME`.
///
/// # Errors
/// There is no such node here, or `up` does not carry it out.
pub async fn order(console: &Console, order: &str, name: &str) -> Result<OrderDone, Problem> {
    console
        .config
        .node(name)
        .ok_or_else(|| Problem::not_found("node", name))?;
    let control = console.config.control.as_ref();
    let control = control.ok_or_else(|| {
        Problem::new(Kind::STATE)
            .with_detail("the console was not started by `civitas up`: start and stop the node where it runs")
    })?;
    let answer = tokio::time::timeout(ORDER_WAIT, ask_up(control, &format!("{order} {name}\n"))).await;
    let answer = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            tracing::warn!(%error, "civitas up does not answer");
            return Err(Problem::new(Kind::UNAVAILABLE).with_detail("`civitas up` does not answer"));
        }
        Err(_) => return Err(Problem::new(Kind::UNAVAILABLE).with_detail("`civitas up` took too long")),
    };
    match answer.trim().split_once(' ').unwrap_or((answer.trim(), "")) {
        ("ok", outcome) => Ok(OrderDone {
            node: name.to_owned(),
            order: order.to_owned(),
            outcome: outcome.to_owned(),
        }),
        (_, why) => Err(Problem::new(Kind::STATE).with_detail(why)),
    }
}

async fn ask_up(control: &Path, line: &str) -> std::io::Result<String> {
    use tokio::io::AsyncReadExt;
    let stream = UnixStream::connect(control).await?;
    let (reader, mut writer) = stream.into_split();
    writer.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(reader.take(ANSWER_BYTES_MAX as u64))
        .read_line(&mut answer)
        .await?;
    Ok(answer)
}

/// Renews the certificate of a node of this machine, by the issuer that its settings name.
///
/// # Errors
/// The node is not here, or the issuer refuses.
pub async fn renew(console: &Console, name: &str) -> Result<OrderDone, Problem> {
    let node = console
        .config
        .node(name)
        .ok_or_else(|| Problem::not_found("node", name))?;
    let folder = node.folder.as_ref().ok_or_else(|| {
        Problem::new(Kind::STATE)
            .with_detail("the folder of the node is not on this machine: renew its certificate where it runs")
    })?;
    let program = std::env::current_exe().map_err(|error| Problem::fault(&error))?;
    let child = Command::new(program)
        .args(["cert", "renew", "--config"])
        .arg(folder.join("node.toml"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(ORDER_WAIT, child).await;
    let output =
        output.map_err(|_| Problem::new(Kind::UNAVAILABLE).with_detail("the issuer took too long"))?;
    let output = output.map_err(|error| Problem::fault(&error))?;
    let words = |bytes: &[u8]| {
        String::from_utf8_lossy(&bytes[..bytes.len().min(ANSWER_BYTES_MAX)])
            .trim()
            .to_owned()
    };
    if !output.status.success() {
        return Err(Problem::new(Kind::STATE).with_detail(words(&output.stderr)));
    }
    Ok(OrderDone {
        node: name.to_owned(),
        order: "renew".to_owned(),
        outcome: words(&output.stdout),
    })
}

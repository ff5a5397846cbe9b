//! What is wrong with a node, why, and what to do: the faults that operators meet most, in Chinese and English.

use crate::{
    api::operations::Diagnosis,
    disk::{Level, Space},
    problem::Language,
};

/// Seconds of life below which a certificate is a worry: a week.
pub const CERTIFICATE_SECONDS_MIN: i64 = 7 * 24 * 3_600;

/// What was found out about a node.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Whether it answers.
    pub answers: bool,
    /// Whether its folder is on this machine.
    pub local: bool,
    /// Whether its process runs on this machine.
    pub running: bool,
    /// Its height.
    pub height: u64,
    /// Blocks that it is behind.
    pub lag: u64,
    /// Whether that is too many.
    pub behind: bool,
    /// The height that it fetches old blocks up to.
    pub syncing_to: Option<u64>,
    /// Nodes that it is linked to.
    pub peers: usize,
    /// Whether it votes.
    pub votes: Option<bool>,
    /// Whether it is a validator.
    pub should_vote: bool,
    /// Waiting transactions.
    pub pending: usize,
    /// Whether those are too many.
    pub pool_full: bool,
    /// Its version.
    pub version: String,
    /// Whether others run another one.
    pub other_version: bool,
    /// Whether its blocks come from the future.
    pub clock_ahead: bool,
    /// Seconds until its certificate ends.
    pub certificate_seconds_left: Option<i64>,
    /// Its status in the registry; none if it is not in it.
    pub registered: Option<String>,
    /// Nodes that are active in the registry.
    pub nodes_active: usize,
    /// Whether the ledger makes no blocks.
    pub stalled: bool,
    /// The end of its log, if it does not answer.
    pub log_end: String,
    /// The room on the disk of its folder, if that is on this machine.
    pub disk: Option<Space>,
}

/// Cause and cure.
pub type Words = (&'static str, &'static str);

/// A fault.
struct Fault {
    code: &'static str,
    severity: &'static str,
    applies: fn(&Findings) -> bool,
    en: Words,
    zh: Words,
}

fn ended_with(findings: &Findings, words: &[&str]) -> bool {
    let log = findings.log_end.to_lowercase();
    !findings.answers && words.iter().any(|word| log.contains(word))
}

fn level(findings: &Findings) -> Option<Level> {
    findings.disk.map(Space::level)
}

const PORT: &[&str] = &["address already in use", "addrinuse"];
const SPACE: &[&str] = &["no space left on device", "disk quota"];
const DIVERGED: &[&str] = &[
    "differs from the certified",
    "differs from a certified",
    "another result than",
];

/// The faults, the gravest first.
const FAULTS: &[Fault] = &[
    Fault {
        code: "diverged",
        severity: "critical",
        applies: |findings| ended_with(findings, DIVERGED),
        en: (
            "The node stopped by itself: its own result differs from the certified one.",
            "Do not start it again on this data. Keep the folder for analysis, then take the node up with empty data; it fetches all blocks from the others.",
        ),
        zh: (
            "节点自行停止：其执行结果与已认证结果不一致。",
            "请勿使用现有数据重启。保留数据目录供分析，随后以空数据启动节点，由其他节点同步全部区块。",
        ),
    },
    Fault {
        code: "disk-full",
        severity: "critical",
        applies: |findings| ended_with(findings, SPACE) || level(findings) == Some(Level::Full),
        en: (
            "The disk of the node is full.",
            "Free space on the disk of its folder, then start it again if it has stopped.",
        ),
        zh: (
            "节点所在磁盘已满。",
            "请清理其目录所在磁盘的空间；若节点已停止，请重新启动。",
        ),
    },
    Fault {
        code: "port-taken",
        severity: "critical",
        applies: |findings| !findings.running && ended_with(findings, PORT),
        en: (
            "Another program uses a port of the node.",
            "End that program, or change the ports in node.toml, then start the node.",
        ),
        zh: (
            "节点端口被其他程序占用。",
            "请结束占用端口的程序，或在 node.toml 中修改端口后启动节点。",
        ),
    },
    Fault {
        code: "certificate-expired",
        severity: "critical",
        applies: |findings| findings.certificate_seconds_left.is_some_and(|left| left <= 0),
        en: (
            "The certificate of the node has expired: other nodes refuse its links.",
            "Renew the certificate here, or have the city's authority issue one; the node takes it up without a restart.",
        ),
        zh: (
            "节点证书已过期，其他节点拒绝与其连接。",
            "请在此处更新证书，或由城市证书机构签发；节点无需重启即可生效。",
        ),
    },
    Fault {
        code: "stopped",
        severity: "critical",
        applies: |findings| !findings.answers && findings.local && !findings.running,
        en: (
            "The process of the node does not run.",
            "Start it here. If it ends again, the last lines of its log name the cause.",
        ),
        zh: (
            "节点进程未运行。",
            "请在此处启动节点。若再次退出，请查看日志最后几行以确定原因。",
        ),
    },
    Fault {
        code: "hangs",
        severity: "critical",
        applies: |findings| !findings.answers && findings.local && findings.running,
        en: (
            "The process runs, but does not answer.",
            "It may still be starting: wait a minute. Otherwise look at the load and memory of the machine, stop the node and start it again.",
        ),
        zh: (
            "进程正在运行，但没有响应。",
            "可能仍在启动，请稍候一分钟；否则请检查机器负载和内存，停止并重新启动节点。",
        ),
    },
    Fault {
        code: "unreachable",
        severity: "critical",
        applies: |findings| !findings.answers && !findings.local,
        en: (
            "The node on the other machine does not answer.",
            "Look whether it runs there, and whether firewall and network let this machine reach its JSON-RPC address.",
        ),
        zh: (
            "其他机器上的节点没有响应。",
            "请检查该节点是否运行，以及防火墙和网络是否允许访问其 JSON-RPC 地址。",
        ),
    },
    Fault {
        code: "ledger-stopped",
        severity: "critical",
        applies: |findings| findings.stalled && findings.answers,
        en: (
            "The ledger makes no blocks: more than a third of its validators are away.",
            "Bring back enough validators: start those that are stopped, and look at the links of the others. It goes on by itself.",
        ),
        zh: (
            "账本停止出块：超过三分之一的验证节点不可用。",
            "请恢复足够数量的验证节点：启动已停止的节点，并检查其余节点的连接；账本将自动恢复。",
        ),
    },
    Fault {
        code: "not-admitted",
        severity: "critical",
        applies: |findings| {
            findings
                .registered
                .as_deref()
                .is_some_and(|status| status != "Active")
        },
        en: (
            "The registry does not hold the node active: others cut its links.",
            "See its entry under Governance. A suspension ends by a proposal; a revoked node needs a new key and a new application.",
        ),
        zh: (
            "节点在登记簿中不是有效状态，其他节点会断开与其的连接。",
            "请在“治理”中查看其登记。暂停须经提案恢复；被吊销的节点需要新密钥并重新申请。",
        ),
    },
    Fault {
        code: "no-links",
        severity: "critical",
        applies: |findings| findings.answers && findings.peers == 0 && findings.nodes_active > 1,
        en: (
            "The node is linked to no other node.",
            "Look at the network port and the firewall, at its certificate and revocation list, and at the addresses of its peers in node.toml.",
        ),
        zh: (
            "节点未与任何其他节点连接。",
            "请检查网络端口和防火墙、证书与吊销列表，以及 node.toml 中的对端地址。",
        ),
    },
    Fault {
        code: "disk-low",
        severity: "warning",
        applies: |findings| level(findings) == Some(Level::Low),
        en: (
            "The disk of the node is nearly full. A node that cannot write stops.",
            "Free space on the disk of its folder, or move the folder to a larger disk while the node is stopped.",
        ),
        zh: (
            "节点所在磁盘空间不足，写满后节点将停止运行。",
            "请清理其目录所在磁盘的空间，或在停止节点后将目录迁移到更大的磁盘。",
        ),
    },
    Fault {
        code: "clock",
        severity: "warning",
        applies: |findings| findings.clock_ahead,
        en: (
            "Blocks of the node lie in the future of this machine: a clock is wrong.",
            "Set the clocks of both machines by NTP.",
        ),
        zh: (
            "节点区块时间超前于本机：时钟不准。",
            "请使用 NTP 校准两台机器的时钟。",
        ),
    },
    Fault {
        code: "behind",
        severity: "warning",
        applies: |findings| findings.behind,
        en: (
            "The node is behind the others.",
            "It catches up by itself. If the distance grows, its machine is too slow or its links are: look at CPU, disk and network.",
        ),
        zh: (
            "节点落后于其他节点。",
            "节点会自动追赶。若差距持续扩大，说明机器或网络过慢，请检查 CPU、磁盘和网络。",
        ),
    },
    Fault {
        code: "not-voting",
        severity: "warning",
        applies: |findings| {
            findings.answers && findings.should_vote && findings.votes == Some(false) && !findings.behind
        },
        en: (
            "The validator does not vote.",
            "After the loss of its data it follows until it is safe to vote again: up to one epoch. A new validator votes from the epoch after its proof of readiness.",
        ),
        zh: (
            "验证节点未参与投票。",
            "丢失数据后，节点会先跟踪账本，直到可以安全投票（最多一个周期）；新验证节点在证明就绪后的下一周期开始投票。",
        ),
    },
    Fault {
        code: "certificate-ends-soon",
        severity: "warning",
        applies: |findings| {
            findings
                .certificate_seconds_left
                .is_some_and(|left| left > 0 && left <= CERTIFICATE_SECONDS_MIN)
        },
        en: (
            "The certificate of the node ends within a week.",
            "Renew it here, or set `renewal` in node.toml, so that the node does it itself.",
        ),
        zh: (
            "节点证书将在一周内到期。",
            "请在此处更新证书，或在 node.toml 中设置 `renewal` 以自动更新。",
        ),
    },
    Fault {
        code: "pool-full",
        severity: "warning",
        applies: |findings| findings.pool_full,
        en: (
            "Many transactions wait.",
            "More comes in than the ledger takes. Look who sends (Explorer), set gas quotas, or raise the gas limit of blocks by a proposal.",
        ),
        zh: (
            "等待的交易过多。",
            "交易提交速度超过账本处理能力。请在浏览器中查看发送者，设置 Gas 配额，或通过提案提高区块 Gas 上限。",
        ),
    },
    Fault {
        code: "other-version",
        severity: "info",
        applies: |findings| findings.answers && findings.other_version,
        en: (
            "The node runs another version than most.",
            "Bring all nodes to the same version, one after another.",
        ),
        zh: ("节点版本与多数节点不同。", "请逐个将所有节点升级到同一版本。"),
    },
];

/// What is wrong; empty for a healthy node.
pub fn of(findings: &Findings, language: Language) -> Vec<Diagnosis> {
    let found = FAULTS.iter().filter(|fault| (fault.applies)(findings));
    found
        .map(|fault| told((fault.code, fault.severity), (fault.en, fault.zh), language))
        .collect()
}

/// A fault in the language of who asks.
pub fn told((code, severity): (&str, &str), (en, zh): (Words, Words), language: Language) -> Diagnosis {
    let (cause, cure) = match language {
        Language::En => en,
        Language::Zh => zh,
    };
    Diagnosis {
        code: code.to_owned(),
        severity: severity.to_owned(),
        cause: cause.to_owned(),
        cure: cure.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> Findings {
        Findings {
            answers: true,
            local: true,
            running: true,
            peers: 3,
            nodes_active: 4,
            votes: Some(true),
            should_vote: true,
            registered: Some("Active".into()),
            certificate_seconds_left: Some(80 * 24 * 3_600),
            ..Findings::default()
        }
    }

    fn check(change: impl Fn(&mut Findings), expected: &[&str]) {
        let mut findings = healthy();
        change(&mut findings);
        let codes: Vec<String> = of(&findings, Language::En)
            .into_iter()
            .map(|fault| fault.code)
            .collect();
        assert_eq!(codes, expected);
    }

    #[test]
    fn each_fault_is_named() {
        check(|_| {}, &[]);
        check(
            |findings| (findings.answers, findings.running) = (false, false),
            &["stopped"],
        );
        check(|findings| findings.answers = false, &["hangs"]);
        check(
            |findings| (findings.answers, findings.local, findings.running) = (false, false, false),
            &["unreachable"],
        );
        check(|findings| findings.peers = 0, &["no-links"]);
        check(|findings| findings.behind = true, &["behind"]);
        check(|findings| findings.votes = Some(false), &["not-voting"]);
        check(|findings| findings.stalled = true, &["ledger-stopped"]);
        check(
            |findings| findings.certificate_seconds_left = Some(0),
            &["certificate-expired"],
        );
        check(
            |findings| findings.certificate_seconds_left = Some(60),
            &["certificate-ends-soon"],
        );
        check(
            |findings| findings.registered = Some("Suspended".into()),
            &["not-admitted"],
        );
        check(|findings| findings.pool_full = true, &["pool-full"]);
        check(|findings| findings.other_version = true, &["other-version"]);
        check(|findings| findings.clock_ahead = true, &["clock"]);
        let space = |free| {
            Some(Space {
                free,
                total: 100 << 30,
            })
        };
        check(|findings| findings.disk = space(60 << 30), &[]);
        check(|findings| findings.disk = space(1 << 30), &["disk-low"]);
        check(|findings| findings.disk = space(1 << 20), &["disk-full"]);
        let full = |findings: &mut Findings| {
            (findings.answers, findings.running) = (false, false);
            findings.log_end = "write failed: No space left on device".into();
        };
        check(full, &["disk-full", "stopped"]);
    }
}

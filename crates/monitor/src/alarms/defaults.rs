//! The rules that a city is born with. They ring in the console; whoever wants to be called adds a channel to them.

use super::state::State;
use crate::{
    Time,
    api::{Comparison, Condition, Level, Rule, RuleDraft, Severity, Threshold},
};

/// Nodes that fail together stand in one message.
const GROUP_SECONDS: u64 = 10;
/// Who wrote the rules that are there from the beginning.
const AUTHOR: &str = "civitas";

/// The state of a city whose users have not changed anything.
pub(crate) fn state(now: Time) -> State {
    let mut state = State::default();
    for draft in rules() {
        let rule = Rule {
            id: state.identifier("rule"),
            version: 1,
            changed_by: AUTHOR.into(),
            changed_at: now,
            problem: None,
            draft,
        };
        state.rules.insert(rule.id.clone(), rule);
    }
    state
}

pub(crate) fn rules() -> Vec<RuleDraft> {
    let mut rules = ledger_rules();
    rules.extend(upkeep_rules());
    rules.extend(supervision_rules());
    rules
}

fn metric(query: &str, comparison: Comparison, value: f64, for_seconds: u64) -> Condition {
    Condition::Metric {
        query: query.into(),
        threshold: Some(Threshold { comparison, value }),
        for_seconds,
        keep_firing_seconds: 0,
    }
}

/// Whether the nodes do their work.
fn ledger_rules() -> Vec<RuleDraft> {
    vec![
        rule(
            "节点无应答 · A node does not answer",
            Severity::Critical,
            metric("up", Comparison::Below, 1.0, 30),
            "查看节点日志；若进程已停，请重新启动。 · Look at the log of the node; start it again where it has ended.",
        ),
        rule(
            "账本停止出块 · The ledger makes no blocks",
            Severity::Critical,
            metric("changes(civitas_block_height[2m])", Comparison::Below, 1.0, 30),
            "多于三分之一的验证节点停机时账本等待。 · A ledger waits while more than a third of its validators are away.",
        ),
        rule(
            "节点落后 · A node lags behind",
            Severity::Warning,
            metric(
                "scalar(max(civitas_block_height)) - civitas_block_height",
                Comparison::Above,
                50.0,
                60,
            ),
            "检查网络与磁盘。 · Check its network and its disk.",
        ),
    ]
}

/// What ends or fills up one day.
fn upkeep_rules() -> Vec<RuleDraft> {
    vec![
        rule(
            "节点证书将到期 · The certificate of a node expires",
            Severity::Warning,
            metric(
                "civitas_certificate_seconds_left / 86400",
                Comparison::Below,
                30.0,
                0,
            ),
            "civitas cert renew",
        ),
        rule(
            "吊销列表将过期 · A revocation list is due",
            Severity::Warning,
            metric("civitas_crl_seconds_left / 86400", Comparison::Below, 2.0, 0),
            "civitas cert crl",
        ),
        rule(
            "磁盘将满 · A disk is almost full",
            Severity::Warning,
            metric(
                "100 * host_disk_free_bytes / host_disk_bytes",
                Comparison::Below,
                10.0,
                120,
            ),
            "清理磁盘或扩容。 · Free space, or add some.",
        ),
        rule(
            "拒绝提案载荷 · A node votes against payloads",
            Severity::Warning,
            metric(
                "increase(civitas_payloads_refused_total[5m])",
                Comparison::Above,
                0.0,
                0,
            ),
            "某个验证节点提出了不合规则的载荷。 · A validator proposes what the rules do not allow.",
        ),
        rule(
            "错误日志增多 · Many errors in the logs",
            Severity::Warning,
            Condition::Log {
                words: String::new(),
                level: Some(Level::Error),
                node: None,
                count: 20,
                window_seconds: 300,
            },
            "在日志搜索中按级别查看。 · Look at them in the log search, by level.",
        ),
    ]
}

/// What the rules of supervision found.
fn supervision_rules() -> Vec<RuleDraft> {
    vec![rule(
        "监管发现：严重 · A critical finding is open",
        Severity::Critical,
        metric(
            "sum(civitas_findings_open{severity=\"critical\", mode=\"active\"})",
            Comparison::Above,
            0.0,
            0,
        ),
        "在“监管”页面查看发现；不成立时说明理由后关闭。 · Look at it under Supervision; dismiss it with a reason where it is none.",
    )]
}

fn rule(name: &str, severity: Severity, condition: Condition, note: &str) -> RuleDraft {
    RuleDraft {
        name: name.into(),
        enabled: true,
        severity,
        condition,
        note: note.into(),
        labels: Default::default(),
        channels: Vec::new(),
        repeat_minutes: 0,
        group_seconds: GROUP_SECONDS,
        escalation: None,
    }
}

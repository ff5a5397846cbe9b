//! Reports: of one case, and of a period.

use super::{
    desk::Desk,
    sheet::{Section, Sheet, say},
    view,
};
use crate::{
    api::cases::{
        CaseCommand, CaseDetail, CaseEvent, CaseNotice, CaseState, CaseStep, CaseSummary, ChainFigures,
        CommandAction, CommandLevel, CommandState, FindingFigures, PeriodReport,
    },
    api::supervision::{FindingSeverity, RuleMode},
    problem::{Language, Problem},
    time::{iso, now},
};
use std::collections::BTreeMap;

/// Seconds of a period, at most: a year and a month.
pub const PERIOD_SECONDS_MAX: u64 = 400 * 86_400;

/// A period in figures.
///
/// # Errors
/// No node answers, or the database does not.
pub async fn period(desk: &Desk<'_>, from: u64, until: u64) -> Result<PeriodReport, Problem> {
    let is_within = |at: u64| (from..until).contains(&at);
    let counts = desk
        .console
        .supervision
        .store
        .findings_within(from, until)
        .await?;
    let figures = counts.into_iter().map(|count| FindingFigures {
        severity: severity_named(&count.severity),
        mode: mode_named(&count.mode),
        rule: count.rule,
        ledger: count.ledger,
        count: count.count,
        dismissed: count.dismissed,
    });
    let ((cases, cases_cut), (ordered, commands_cut), (sent, notices_cut)) = futures::try_join!(
        desk.cases_before(until),
        desk.commands_within(from, until),
        desk.notices_within(from, until),
    )?;
    let (commands, notices) = futures::try_join!(desk.shown(&ordered), desk.noticed(&sent))?;
    let opened = cases.iter().filter(|case| is_within(case.openedAt));
    let closed = cases.iter().filter(|case| is_within(case.closedAt)).count() as u64;
    Ok(PeriodReport {
        from: iso(from),
        until: iso(until),
        findings: figures.collect(),
        cases: opened.map(view::case).collect(),
        closed,
        chains: by_chain(&commands),
        commands,
        notices,
        is_cut: cases_cut || commands_cut || notices_cut,
    })
}

/// Commands by chain, with the times to their effect.
fn by_chain(commands: &[CaseCommand]) -> Vec<ChainFigures> {
    let mut chains: BTreeMap<&str, Vec<&CaseCommand>> = BTreeMap::new();
    for command in commands {
        chains.entry(&command.chain.id).or_default().push(command);
    }
    let figures = chains.into_values().filter_map(|own| {
        let count = |state| own.iter().filter(|command| command.state == state).count() as u64;
        // What the main ledger does by itself is done at once, and says nothing about how fast a chain obeys.
        let on_chain = own.iter().filter(|command| command.level == CommandLevel::Hook);
        let mut seconds: Vec<u64> = on_chain.filter_map(|command| command.effect_seconds).collect();
        seconds.sort_unstable();
        Some(ChainFigures {
            chain: own.first()?.chain.clone(),
            ordered: own.len() as u64,
            done: count(CommandState::Done),
            overdue: count(CommandState::Overdue),
            late: own.iter().filter(|command| is_late(command)).count() as u64,
            in_force: count(CommandState::InForce),
            effect_seconds_median: median(&seconds),
            effect_seconds_max: seconds.last().copied(),
        })
    });
    figures.collect()
}

/// Whether a command was done, but only after its deadline. Times of one form are in the order of their letters.
fn is_late(command: &CaseCommand) -> bool {
    let times = command.done_at.as_ref().zip(command.deadline.as_ref());
    times.is_some_and(|(done, deadline)| done > deadline)
}

/// The value in the middle of values in order; of two in the middle their mean, without its fraction.
fn median(values: &[u64]) -> Option<u64> {
    let upper = values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(*upper);
    }
    let lower = values.get((values.len() / 2).checked_sub(1)?)?;
    Some(lower.midpoint(*upper))
}

/// A time as people read it, without the letters between.
fn time(text: &str) -> String {
    text.replace('T', " ").replace('Z', " UTC")
}

fn optional(text: Option<&String>) -> String {
    text.map_or_else(|| "–".to_owned(), |text| time(text))
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

/// Texts with their shares of the width, as columns.
fn columns(language: Language, names: &[(&'static str, &'static str, u16)]) -> Vec<(String, u16)> {
    names
        .iter()
        .map(|(en, zh, share)| (say(language, en, zh).to_owned(), *share))
        .collect()
}

const fn case_state(state: CaseState, language: Language) -> &'static str {
    match state {
        CaseState::Open => say(language, "open", "办理中"),
        CaseState::Closed => say(language, "closed", "已结案"),
    }
}

const fn command_state(state: CommandState, language: Language) -> &'static str {
    match state {
        CommandState::Ordered => say(language, "awaits approval", "待批准"),
        CommandState::InForce => say(language, "in force", "已生效，待证明"),
        CommandState::Done => say(language, "done", "已完成"),
        CommandState::Overdue => say(language, "overdue", "已逾期"),
        CommandState::Withdrawn => say(language, "withdrawn", "已撤回"),
    }
}

const fn action(action: CommandAction, language: Language) -> &'static str {
    match action {
        CommandAction::FreezeChain => say(language, "freeze chain", "冻结链"),
        CommandAction::LiftChain => say(language, "lift chain", "解冻链"),
        CommandAction::FreezeContract => say(language, "freeze contract", "冻结合约"),
        CommandAction::LiftContract => say(language, "lift contract", "解冻合约"),
        CommandAction::FreezeAccount => say(language, "freeze account", "冻结账户"),
        CommandAction::LiftAccount => say(language, "lift account", "解冻账户"),
        CommandAction::FreezeIdentity => say(language, "freeze identity", "冻结身份"),
        CommandAction::LiftIdentity => say(language, "lift identity", "解冻身份"),
    }
}

const fn level(level: CommandLevel, language: Language) -> &'static str {
    match level {
        CommandLevel::Isolation => say(language, "isolation", "隔离"),
        CommandLevel::Hook => say(language, "on the chain", "链上执行"),
    }
}

const fn step(step: CaseStep, language: Language) -> &'static str {
    match step {
        CaseStep::Opened => say(language, "case opened", "立案"),
        CaseStep::Evidence => say(language, "evidence added", "补充证据"),
        CaseStep::Ordered => say(language, "command ordered", "下达指令"),
        CaseStep::Approved => say(language, "command approved", "批准指令"),
        CaseStep::Attested => say(language, "signed by a gateway", "网关签名"),
        CaseStep::Executed => say(language, "carried out on the chain", "链上执行"),
        CaseStep::Done => say(language, "effect there", "效果已确认"),
        CaseStep::Overdue => say(language, "overdue", "逾期"),
        CaseStep::Withdrawn => say(language, "command withdrawn", "撤回指令"),
        CaseStep::Notified => say(language, "notice sent", "发出通知"),
        CaseStep::Replied => say(language, "notice answered", "收到回复"),
        CaseStep::Closed => say(language, "case closed", "结案"),
    }
}

const fn severity(severity: FindingSeverity, language: Language) -> &'static str {
    match severity {
        FindingSeverity::Notice => say(language, "notice", "提示"),
        FindingSeverity::Warning => say(language, "warning", "警告"),
        FindingSeverity::High => say(language, "high", "高"),
        FindingSeverity::Critical => say(language, "critical", "严重"),
    }
}

/// A severity as the database has it.
fn severity_named(word: &str) -> FindingSeverity {
    match word {
        "critical" => FindingSeverity::Critical,
        "high" => FindingSeverity::High,
        "warning" => FindingSeverity::Warning,
        _ => FindingSeverity::Notice,
    }
}

const fn mode(mode: RuleMode, language: Language) -> &'static str {
    match mode {
        RuleMode::Active => say(language, "active", "生效"),
        RuleMode::Shadow => say(language, "on trial", "试运行"),
        RuleMode::Retired => say(language, "retired", "已停用"),
    }
}

/// A mode as the database has it.
fn mode_named(word: &str) -> RuleMode {
    match word {
        "active" => RuleMode::Active,
        "retired" => RuleMode::Retired,
        _ => RuleMode::Shadow,
    }
}

/// Where and when a report was made.
fn made(city: &str, language: Language) -> String {
    let at = time(&iso(now()));
    match language {
        Language::En => format!("{city} · made {at} by the console of the city from its main ledger"),
        Language::Zh => format!("{city} · 由城市控制台依据主账本生成于 {at}"),
    }
}

/// The report of a case.
pub fn of_case(city: &str, case: &CaseDetail, language: Language) -> Sheet {
    let summary = &case.summary;
    let fact = |en, zh, value: String| (say(language, en, zh).to_owned(), value);
    let about = Section {
        heading: say(language, "The case", "案件").to_owned(),
        facts: vec![
            fact("Title", "标题", summary.title.clone()),
            fact("About", "对象", summary.subject.clone()),
            fact("Legal basis", "法律依据", summary.legal_basis.clone()),
            fact("State", "状态", case_state(summary.state, language).to_owned()),
            fact(
                "Opened",
                "立案",
                format!("{} {}", time(&summary.opened_at), summary.opened_by),
            ),
            fact("Closed", "结案", optional(summary.closed_at.as_ref())),
            fact(
                "Outcome",
                "结果",
                case.outcome.clone().unwrap_or_else(|| "–".to_owned()),
            ),
        ],
        ..Section::default()
    };
    let evidence = case
        .evidence
        .iter()
        .map(|one| vec![one.reference.clone(), one.hash.clone(), time(&one.at)]);
    let mut sections = vec![
        about,
        Section::table(
            say(language, "Evidence", "证据").to_owned(),
            columns(
                language,
                &[
                    ("What", "内容", 25),
                    ("Keccak-256", "Keccak-256", 55),
                    ("Added", "时间", 20),
                ],
            ),
            evidence.collect(),
        ),
        commands(&case.commands, language),
        notices(&case.notices, language),
        timeline(&case.timeline, language),
    ];
    sections.extend(cut(case.is_cut, language));
    Sheet {
        title: match language {
            Language::En => format!("Case {}: {}", summary.id, summary.title),
            Language::Zh => format!("案件 {}：{}", summary.id, summary.title),
        },
        subtitle: made(city, language),
        sections,
    }
}

fn timeline(events: &[CaseEvent], language: Language) -> Section {
    let rows = events.iter().map(|event| {
        vec![
            time(&event.at),
            step(event.step, language).to_owned(),
            number(event.number),
            event.by.clone().unwrap_or_default(),
            event.detail.clone(),
            event.transaction.clone().unwrap_or_else(|| "–".to_owned()),
        ]
    });
    Section::table(
        say(language, "Timeline", "时间线").to_owned(),
        columns(
            language,
            &[
                ("When", "时间", 13),
                ("What", "事项", 14),
                ("No.", "编号", 5),
                ("By", "执行者", 20),
                ("Words", "说明", 22),
                ("Transaction", "交易", 26),
            ],
        ),
        rows.collect(),
    )
}

fn commands(commands: &[CaseCommand], language: Language) -> Section {
    let rows = commands.iter().map(|one| {
        vec![
            one.id.to_string(),
            one.chain.name.clone(),
            format!(
                "{} {} ({})",
                action(one.action, language),
                one.target.clone().unwrap_or_default(),
                level(one.level, language)
            ),
            command_state(one.state, language).to_owned(),
            time(&one.ordered_at),
            optional(one.approved_at.as_ref()),
            optional(one.done_at.as_ref()),
            number(one.effect_seconds),
            number(one.proven_height),
        ]
    });
    Section::table(
        say(language, "Commands", "指令").to_owned(),
        columns(
            language,
            &[
                ("No.", "编号", 5),
                ("Chain", "链", 12),
                ("What", "内容", 23),
                ("State", "状态", 9),
                ("Ordered", "下达", 12),
                ("Approved", "批准", 12),
                ("Done", "完成", 12),
                ("Seconds to effect", "生效用时（秒）", 8),
                ("Proven by block", "证明区块", 7),
            ],
        ),
        rows.collect(),
    )
}

fn notices(notices: &[CaseNotice], language: Language) -> Section {
    let rows = notices.iter().map(|one| {
        let late = if one.is_late {
            say(language, " (late)", "（逾期）")
        } else {
            ""
        };
        vec![
            one.id.to_string(),
            one.organisation_name
                .clone()
                .unwrap_or_else(|| one.organisation.clone()),
            one.subject.clone(),
            time(&one.at),
            format!("{}{late}", time(&one.deadline)),
            one.reply
                .as_ref()
                .map_or_else(|| "–".to_owned(), |reply| reply.text.clone()),
        ]
    });
    Section::table(
        say(language, "Notices", "通知").to_owned(),
        columns(
            language,
            &[
                ("No.", "编号", 6),
                ("Organisation", "机构", 16),
                ("About", "事由", 22),
                ("Sent", "发出", 14),
                ("Reply until", "答复期限", 16),
                ("Reply", "答复", 26),
            ],
        ),
        rows.collect(),
    )
}

/// Says that a report does not have everything.
fn cut(is_cut: bool, language: Language) -> Option<Section> {
    is_cut.then(|| Section {
        heading: say(
            language,
            "There is more than this report takes: ask for a shorter period.",
            "内容超出报告容量：请缩短期间。",
        )
        .to_owned(),
        ..Section::default()
    })
}

/// The report of a period.
pub fn of_period(city: &str, report: &PeriodReport, language: Language) -> Sheet {
    let fact = |en, zh, value: u64| (say(language, en, zh).to_owned(), value.to_string());
    let sum = |of: fn(&FindingFigures) -> u64| report.findings.iter().map(of).sum();
    let glance = Section {
        heading: say(language, "At a glance", "概览").to_owned(),
        facts: vec![
            fact("Findings", "发现", sum(|figures| figures.count)),
            fact(
                "Findings dismissed",
                "已排除的发现",
                sum(|figures| figures.dismissed),
            ),
            fact("Cases opened", "新立案件", report.cases.len() as u64),
            fact("Cases closed", "结案", report.closed),
            fact("Commands ordered", "下达指令", report.commands.len() as u64),
            fact("Notices sent", "发出通知", report.notices.len() as u64),
        ],
        ..Section::default()
    };
    let mut sections = vec![
        glance,
        finding_figures(&report.findings, language),
        chain_figures(&report.chains, language),
        case_list(&report.cases, language),
        commands(&report.commands, language),
        notices(&report.notices, language),
    ];
    sections.extend(cut(report.is_cut, language));
    let span = format!("{} – {}", time(&report.from), time(&report.until));
    Sheet {
        title: match language {
            Language::En => format!("Supervision: {span}"),
            Language::Zh => format!("监管报告：{span}"),
        },
        subtitle: made(city, language),
        sections,
    }
}

fn finding_figures(figures: &[FindingFigures], language: Language) -> Section {
    let rows = figures.iter().map(|one| {
        vec![
            one.rule.clone(),
            severity(one.severity, language).to_owned(),
            mode(one.mode, language).to_owned(),
            one.ledger.clone(),
            one.count.to_string(),
            one.dismissed.to_string(),
        ]
    });
    Section::table(
        say(
            language,
            "Findings by rule, severity and chain",
            "按规则、级别和链统计的发现",
        )
        .to_owned(),
        columns(
            language,
            &[
                ("Rule", "规则", 30),
                ("Severity", "级别", 10),
                ("Mode", "状态", 10),
                ("Chain", "链", 24),
                ("Findings", "发现", 13),
                ("Dismissed", "已排除", 13),
            ],
        ),
        rows.collect(),
    )
}

fn chain_figures(figures: &[ChainFigures], language: Language) -> Section {
    let rows = figures.iter().map(|one| {
        vec![
            one.chain.name.clone(),
            one.ordered.to_string(),
            one.done.to_string(),
            one.late.to_string(),
            one.in_force.to_string(),
            one.overdue.to_string(),
            number(one.effect_seconds_median),
            number(one.effect_seconds_max),
        ]
    });
    Section::table(
        say(language, "Commands by chain", "按链统计的指令").to_owned(),
        columns(
            language,
            &[
                ("Chain", "链", 20),
                ("Ordered", "下达", 10),
                ("Done", "完成", 8),
                ("Of these late", "其中逾期完成", 10),
                ("In force", "生效中", 10),
                ("Overdue", "逾期", 10),
                ("Seconds to effect, median", "生效用时中位数（秒）", 16),
                ("Seconds to effect, longest", "最长生效用时（秒）", 16),
            ],
        ),
        rows.collect(),
    )
}

fn case_list(cases: &[CaseSummary], language: Language) -> Section {
    let rows = cases.iter().map(|one| {
        vec![
            one.id.to_string(),
            one.title.clone(),
            one.subject.clone(),
            one.legal_basis.clone(),
            case_state(one.state, language).to_owned(),
            time(&one.opened_at),
        ]
    });
    Section::table(
        say(language, "Cases opened", "新立案件").to_owned(),
        columns(
            language,
            &[
                ("No.", "编号", 6),
                ("Title", "标题", 24),
                ("About", "对象", 28),
                ("Legal basis", "法律依据", 20),
                ("State", "状态", 9),
                ("Opened", "立案", 13),
            ],
        ),
        rows.collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_count_is_a_mean() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[10, 20]), Some(15));
        assert_eq!(median(&[1, 2, 90]), Some(2));
        assert_eq!(median(&[1, 2, 5, 90]), Some(3));
    }
}

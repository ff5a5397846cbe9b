//! The detectors that come with the product: rules like any other, with their parameters named. A city takes them as
//! they are, changes a figure, or takes them as a start for its own.
//!
//! The defaults are what the labelled corpus is measured with; `docs/results/` has the precision and recall that they
//! reach. What is usual differs from city to city: run a back-test over own history, and a rule in shadow mode, first.

use crate::rule::{Mode, Rule, Severity, Words};
use std::collections::BTreeMap;

/// The name of the list that [`Detector::SanctionedParty`] asks.
pub const SANCTIONS: &str = "sanctions";

/// A pattern that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detector {
    /// A payment far above what the payer usually pays.
    VolumeOutlier,
    /// Far more payments in an hour than usual, of one who is no organisation: those pay salaries in one go.
    FrequencyOutlier,
    /// Many payments just below the threshold from which they are reported.
    Structuring,
    /// Many pay one who is no organisation.
    FanIn,
    /// One who is no organisation pays many.
    FanOut,
    /// What comes in goes out at once.
    PassThrough,
    /// An account that was quiet for long pays much.
    DormantThenActive,
    /// Much flows into a contract that is new.
    NewContractFlow,
    /// One sends calls that fail, again and again.
    FailedCalls,
    /// Calls of one contract fail, again and again.
    FailingContract,
    /// A node signs two blocks of one height, proposes invalid ones, or misses its turns.
    NodeMisbehaviour,
    /// A chain makes no blocks.
    ChainSilence,
    /// A party stands on the list of sanctions.
    SanctionedParty,
}

/// The figures of the detectors. Amounts are whole units of the asset, spans seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// From this amount on a payment is reported.
    pub report_threshold: u64,
    /// So many percent below the threshold is `just below`.
    pub structuring_margin_percent: u64,
    /// So many such payments in seven days are one too many.
    pub structuring_count: u64,
    /// Amounts below this are nobody's business.
    pub amount_floor: u64,
    /// So many standard deviations above the mean.
    pub volume_deviations: u64,
    /// So many times the usual number in an hour.
    pub frequency_ratio: u64,
    /// At least so many in the hour.
    pub frequency_count: u64,
    /// Different payers, or payees, in 24 hours.
    pub fan_count: u64,
    /// So many days without a payment are dormant.
    pub dormant_days: u64,
    /// A contract is new for so many days.
    pub new_contract_days: u64,
    /// What may flow into a new contract.
    pub new_contract_amount: u64,
    /// Failed calls of one sender in ten minutes.
    pub failed_calls: u64,
    /// Turns that a node may miss in an hour.
    pub missed_turns: u64,
    /// A chain that makes no block for so many minutes is silent.
    pub silence_minutes: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            report_threshold: 50_000,
            structuring_margin_percent: 20,
            structuring_count: 5,
            amount_floor: 20_000,
            volume_deviations: 6,
            frequency_ratio: 20,
            frequency_count: 20,
            fan_count: 20,
            dormant_days: 180,
            new_contract_days: 7,
            new_contract_amount: 500_000,
            failed_calls: 30,
            missed_turns: 10,
            silence_minutes: 10,
        }
    }
}

/// Who answers for the rules, on which basis. The product cannot know either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office {
    /// The office.
    pub owner: String,
    /// The law, regulation or decision.
    pub legal_basis: String,
}

/// What a detector's rule is made of, beside its name and office.
struct Draft {
    severity: Severity,
    title: Words,
    text: Words,
    when: &'static str,
    subject: &'static str,
    define: Vec<(&'static str, String)>,
    condition: String,
}

/// The payer: the identity where it is known, so that all accounts of a person count together.
const PAYER: &str = "has(from.did) ? from.did : from.account";
/// One who is not known to be an organisation.
const PAYER_IS_PRIVATE: &str = "(has(from.kind) ? from.kind : 'unknown') != 'organisation'";
const PAYEE_IS_PRIVATE: &str = "(has(to.kind) ? to.kind : 'unknown') != 'organisation'";
const TRANSFER: &str = "event.kind == 'transfer'";

impl Detector {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::VolumeOutlier,
        Self::FrequencyOutlier,
        Self::Structuring,
        Self::FanIn,
        Self::FanOut,
        Self::PassThrough,
        Self::DormantThenActive,
        Self::NewContractFlow,
        Self::FailedCalls,
        Self::FailingContract,
        Self::NodeMisbehaviour,
        Self::ChainSilence,
        Self::SanctionedParty,
    ];

    /// The id of its rule.
    pub const fn id(self) -> &'static str {
        match self {
            Self::VolumeOutlier => "volume-outlier",
            Self::FrequencyOutlier => "frequency-outlier",
            Self::Structuring => "structuring",
            Self::FanIn => "fan-in",
            Self::FanOut => "fan-out",
            Self::PassThrough => "pass-through",
            Self::DormantThenActive => "dormant-then-active",
            Self::NewContractFlow => "new-contract-flow",
            Self::FailedCalls => "failed-calls",
            Self::FailingContract => "failing-contract",
            Self::NodeMisbehaviour => "node-misbehaviour",
            Self::ChainSilence => "chain-silence",
            Self::SanctionedParty => "sanctioned-party",
        }
    }

    /// Its rule, in shadow mode until the office makes it active.
    pub fn rule(self, parameters: &Parameters, office: &Office) -> Rule {
        let draft = match self {
            Self::VolumeOutlier => volume_outlier(parameters),
            Self::FrequencyOutlier => frequency_outlier(parameters),
            Self::Structuring => structuring(parameters),
            Self::FanIn => fan_in(parameters),
            Self::FanOut => fan_out(parameters),
            Self::PassThrough => pass_through(parameters),
            Self::DormantThenActive => dormant_then_active(parameters),
            Self::NewContractFlow => new_contract_flow(parameters),
            Self::FailedCalls => failed_calls(parameters),
            Self::FailingContract => failing_contract(parameters),
            Self::NodeMisbehaviour => node_misbehaviour(parameters),
            Self::ChainSilence => chain_silence(),
            Self::SanctionedParty => sanctioned_party(),
        };
        let define: BTreeMap<String, String> = draft
            .define
            .into_iter()
            .map(|(name, source)| (name.to_owned(), source))
            .collect();
        let is_silence = self == Self::ChainSilence;
        Rule {
            id: self.id().to_owned(),
            version: 1,
            owner: office.owner.clone(),
            legal_basis: office.legal_basis.clone(),
            severity: draft.severity,
            mode: Mode::Shadow,
            title: draft.title,
            text: draft.text,
            when: Some(draft.when.to_owned()),
            subject: draft.subject.to_owned(),
            define,
            condition: (!is_silence).then_some(draft.condition),
            silence: is_silence.then(|| format!("{}m", parameters.silence_minutes)),
            cooldown: (!is_silence).then(|| "24h".to_owned()),
        }
    }
}

/// The rules of all detectors. Their engine needs a list named [`SANCTIONS`].
pub fn rules(parameters: &Parameters, office: &Office) -> Vec<Rule> {
    Detector::ALL
        .iter()
        .map(|detector| detector.rule(parameters, office))
        .collect()
}

fn volume_outlier(parameters: &Parameters) -> Draft {
    let key = "from.account + ' ' + event.asset";
    Draft {
        severity: Severity::Warning,
        title: Words::new("金额异常", "Unusual amount"),
        text: Words::new(
            "{subject} 付款 {amount}，此前 30 天平均 {usual}，标准差 {spread}",
            "{subject} paid {amount}; in the 30 days before {usual} on average, with a deviation of {spread}",
        ),
        when: TRANSFER,
        subject: "from.account",
        define: vec![
            ("amount", "event.amount".to_owned()),
            ("known", format!("count({key}, '30d')")),
            ("usual", format!("mean(event.amount, {key}, '30d')")),
            ("spread", format!("deviation(event.amount, {key}, '30d')")),
        ],
        condition: format!(
            "known > 10 && amount >= {} && amount > usual + {} * spread && amount > 4 * usual",
            parameters.amount_floor, parameters.volume_deviations
        ),
    }
}

fn frequency_outlier(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::Warning,
        title: Words::new("频率异常", "Unusual frequency"),
        text: Words::new(
            "{subject} 一小时内付款 {burst} 笔，30 天内共 {all} 笔",
            "{subject} made {burst} payments within an hour, {all} within 30 days",
        ),
        when: TRANSFER,
        subject: "from.account",
        define: vec![
            ("burst", "count(from.account, '1h')".to_owned()),
            ("all", "count(from.account, '30d')".to_owned()),
            ("hours", "age(from.account, '30d') / 3600".to_owned()),
        ],
        condition: format!(
            "burst >= {} && hours >= 168 && burst * min(hours, 720) > {} * (all - burst) && {PAYER_IS_PRIVATE}",
            parameters.frequency_count, parameters.frequency_ratio
        ),
    }
}

fn structuring(parameters: &Parameters) -> Draft {
    let upper = parameters.report_threshold;
    let lower = upper - upper * parameters.structuring_margin_percent.min(100) / 100;
    let near = format!("event.amount >= {lower} && event.amount < {upper}");
    Draft {
        severity: Severity::High,
        title: Words::new("化整为零", "Structuring"),
        text: Words::new(
            format!("{{subject}} 七天内 {{near}} 笔付款略低于 {upper}，合计 {{total}}"),
            format!(
                "{{subject}} made {{near}} payments just below {upper} within seven days, {{total}} in all"
            ),
        ),
        when: TRANSFER,
        subject: PAYER,
        define: vec![
            ("near", format!("count({PAYER}, '7d', {near})")),
            ("total", format!("sum(event.amount, {PAYER}, '7d', {near})")),
        ],
        condition: format!("near >= {} && {near}", parameters.structuring_count),
    }
}

fn fan_in(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::Warning,
        title: Words::new("分散转入", "Fan-in"),
        text: Words::new(
            "24 小时内 {payers} 个账户向 {subject} 付款，合计 {total}",
            "{payers} accounts paid {subject} within 24 hours, {total} in all",
        ),
        when: TRANSFER,
        subject: "to.account",
        define: vec![
            ("payers", "distinct(from.account, to.account, '24h')".to_owned()),
            ("total", "sum(event.amount, to.account, '24h')".to_owned()),
        ],
        condition: format!(
            "payers >= {} && total >= {} && {PAYEE_IS_PRIVATE}",
            parameters.fan_count, parameters.amount_floor
        ),
    }
}

fn fan_out(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::Warning,
        title: Words::new("分散转出", "Fan-out"),
        text: Words::new(
            "{subject} 24 小时内向 {payees} 个账户付款，合计 {total}",
            "{subject} paid {payees} accounts within 24 hours, {total} in all",
        ),
        when: TRANSFER,
        subject: "from.account",
        define: vec![
            ("payees", "distinct(to.account, from.account, '24h')".to_owned()),
            ("total", "sum(event.amount, from.account, '24h')".to_owned()),
        ],
        condition: format!(
            "payees >= {} && total >= {} && {PAYER_IS_PRIVATE}",
            parameters.fan_count, parameters.amount_floor
        ),
    }
}

fn pass_through(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::High,
        title: Words::new("快进快出", "Pass-through"),
        text: Words::new(
            "{subject} 24 小时内转入 {received}、转出 {paid}",
            "{subject} received {received} and paid {paid} within 24 hours",
        ),
        when: TRANSFER,
        subject: "from.account",
        define: vec![
            (
                "received",
                "sum(event.amount, to.account, '24h', true, from.account)".to_owned(),
            ),
            ("paid", "sum(event.amount, from.account, '24h')".to_owned()),
        ],
        condition: format!(
            "received >= {} && paid * 10 >= received * 9 && paid <= received && {PAYER_IS_PRIVATE}",
            parameters.report_threshold
        ),
    }
}

fn dormant_then_active(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::Warning,
        title: Words::new("休眠后活跃", "Dormant, then active"),
        text: Words::new(
            "{subject} 沉寂 {days} 天后付款 {amount}",
            "{subject} paid {amount} after {days} quiet days",
        ),
        when: TRANSFER,
        subject: "from.account",
        define: vec![
            ("amount", "event.amount".to_owned()),
            ("days", "previous(from.account, '400d') / 86400".to_owned()),
        ],
        condition: format!(
            "days >= {} && amount >= {}",
            parameters.dormant_days, parameters.amount_floor
        ),
    }
}

fn new_contract_flow(parameters: &Parameters) -> Draft {
    let days = parameters.new_contract_days.max(1);
    let key = "event.kind == 'contract_created' ? event.contract : to.account";
    Draft {
        severity: Severity::High,
        title: Words::new("新合约大额流入", "Heavy flow into a new contract"),
        text: Words::new(
            "合约 {subject} 创建 {age} 秒后已流入 {inflow}",
            "{inflow} flowed into the contract {subject} within {age} seconds of its creation",
        ),
        when: "event.kind == 'transfer' || event.kind == 'contract_created'",
        subject: "to.account",
        define: vec![
            (
                "age",
                format!("previous({key}, '{days}d', event.kind == 'contract_created')"),
            ),
            ("inflow", format!("sum(event.amount, to.account, '{days}d')")),
        ],
        condition: format!(
            "event.kind == 'transfer' && has(event.amount) && inflow >= {} && age >= 0",
            parameters.new_contract_amount
        ),
    }
}

fn failed_calls(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::Warning,
        title: Words::new("连续调用失败", "Failed calls"),
        text: Words::new(
            "{subject} 十分钟内 {failed} 次调用失败，共 {all} 次",
            "{failed} of {all} calls of {subject} failed within ten minutes",
        ),
        when: "event.kind == 'call'",
        subject: "from.account",
        define: vec![
            ("all", "count(from.account, '10m')".to_owned()),
            ("failed", "count(from.account, '10m', !event.success)".to_owned()),
        ],
        condition: format!("failed >= {} && failed * 2 >= all", parameters.failed_calls),
    }
}

fn failing_contract(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::Warning,
        title: Words::new("合约调用失败风暴", "A contract's calls fail"),
        text: Words::new(
            "合约 {subject} 十分钟内 {failed} 次调用失败，来自 {callers} 个账户",
            "{failed} calls of the contract {subject} by {callers} accounts failed within ten minutes",
        ),
        when: "event.kind == 'call'",
        subject: "event.contract",
        define: vec![
            ("all", "count(event.contract, '10m')".to_owned()),
            (
                "failed",
                "count(event.contract, '10m', !event.success)".to_owned(),
            ),
            (
                "callers",
                "distinct(from.account, event.contract, '10m', !event.success)".to_owned(),
            ),
        ],
        condition: format!(
            "failed >= {} && callers >= 5 && failed * 2 >= all",
            parameters.failed_calls
        ),
    }
}

fn node_misbehaviour(parameters: &Parameters) -> Draft {
    Draft {
        severity: Severity::Critical,
        title: Words::new("节点作恶", "Node misbehaviour"),
        text: Words::new(
            "节点 {subject}：{fault}，一小时内错过 {missed} 次",
            "Node {subject}: {fault}; it missed {missed} turns within an hour",
        ),
        when: "event.kind == 'node' && has(event.fault)",
        subject: "event.node",
        define: vec![
            ("fault", "event.fault".to_owned()),
            (
                "missed",
                "count(event.node, '1h', event.fault == 'missed_turn')".to_owned(),
            ),
        ],
        condition: format!(
            "fault in ['equivocation', 'invalid_block'] || missed >= {}",
            parameters.missed_turns
        ),
    }
}

fn chain_silence() -> Draft {
    Draft {
        severity: Severity::Critical,
        title: Words::new("链静默", "A chain is silent"),
        text: Words::new("链 {subject} 不再出块", "The chain {subject} makes no blocks"),
        when: "event.kind == 'block'",
        subject: "event.chain",
        define: Vec::new(),
        condition: String::new(),
    }
}

fn sanctioned_party() -> Draft {
    Draft {
        severity: Severity::Critical,
        title: Words::new("制裁对象", "Sanctioned party"),
        text: Words::new(
            "制裁名单上的账户参与：{subject}",
            "An account of the list of sanctions takes part: {subject}",
        ),
        when: "event.kind == 'transfer' || event.kind == 'call'",
        subject: "from.account in lists.sanctions ? from.account : to.account",
        define: Vec::new(),
        condition: "from.account in lists.sanctions || to.account in lists.sanctions".to_owned(),
    }
}

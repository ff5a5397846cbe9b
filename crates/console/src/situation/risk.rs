//! How much risk a chain, an organisation, an identity or an account stands for: a sum of reasons, each with its points and
//! where its evidence is found. The formula is documented in `docs/operator/supervision.md`.
//!
//! Invariants: every reason has points above zero, and the score is their sum, 100 at most; so another reason, or more of one,
//! never lowers a score.

use super::measure::{float, whole};
use civitas_supervision::{Mode, Severity};

/// The largest score.
pub const SCORE_MAX: u32 = 100;
/// Reasons that are told of one subject, those with the most points.
pub const REASONS_MAX: usize = 20;
/// Points of a finding of today.
const FINDING: [(Severity, f64); 4] = [
    (Severity::Critical, 40.0),
    (Severity::High, 20.0),
    (Severity::Warning, 8.0),
    (Severity::Notice, 2.0),
];
/// A finding counts half after so many days, and never less than [`AGED_MIN`] while nobody decides about it.
const HALF_LIFE_DAYS: f64 = 30.0;
const AGED_MIN: f64 = 0.25;
/// What a finding of a rule on trial counts.
const ON_TRIAL: f64 = 0.25;
/// Findings of one rule count at most as so many of today.
const SAME_RULE_MAX: f64 = 2.0;
/// What a finding about somebody on a chain counts for the chain.
const ON_CHAIN: f64 = 0.5;
/// Points of own findings from which on one is flagged: those who deal with them are exposed.
pub const FLAGGED_FROM: f64 = 5.0;
const EXPOSURE_SHARE: f64 = 0.2;
const EXPOSURE_MAX: f64 = 30.0;
const CHAIN_EXPOSURE_SHARE: f64 = 0.1;
const CHAIN_EXPOSURE_MAX: f64 = 15.0;
const UNKNOWN_OWNER: f64 = 10.0;
const UNVOUCHED: f64 = 8.0;
const FROZEN: f64 = 10.0;
const NOT_ADMITTED: f64 = 10.0;
const FROZEN_CHAIN: f64 = 15.0;
/// All payers unverified, all calls rejected.
const UNVERIFIED_ALL: f64 = 20.0;
const REJECTED_ALL: f64 = 25.0;
/// Fewer payments or calls of a day make no share.
const SHARE_FROM: u64 = 10;
const SILENCE: [(u64, f64); 3] = [(86_400, 20.0), (3_600, 10.0), (300, 5.0)];
const LAG: [(u64, f64); 2] = [(1_000, 10.0), (10, 5.0)];
const FALSE_GATEWAY: f64 = 15.0;
const FALSE_GATEWAY_MAX: f64 = 30.0;
const NOT_FOLLOWED: f64 = 10.0;
const OVERDUE: f64 = 10.0;
const OVERDUE_MAX: f64 = 30.0;
const MEMBER_SHARE: f64 = 0.25;
const MEMBERS_MAX: f64 = 50.0;
const OPERATED_SHARE: f64 = 0.3;
const OPERATED_MAX: f64 = 50.0;

/// Where evidence is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// A finding.
    Finding(u64),
    /// Findings of a rule about a subject.
    FindingsAbout {
        /// The rule.
        rule: String,
        /// The subject.
        subject: String,
    },
    /// Findings of a rule on a chain.
    FindingsOn {
        /// The rule.
        rule: String,
        /// The chain.
        ledger: String,
    },
    /// What an account exchanged with others.
    Flows {
        /// The chain.
        ledger: String,
        /// The account.
        account: String,
    },
    /// The transactions of a chain that failed.
    Failed(String),
    /// The chain.
    Chain(String),
    /// An identity.
    Identity(String),
    /// A case.
    Case(u64),
    /// The account.
    Account {
        /// The chain.
        ledger: String,
        /// The account.
        account: String,
    },
}

/// One reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What kind of reason.
    pub kind: Kind,
    /// Points above zero.
    pub points: f64,
    /// What it is counted by: findings, counterparties, commands, seconds, blocks, or percent.
    pub amount: u64,
    /// The rule, the counterparty, the chain, the case: what it is about, if about anything.
    pub about: Option<String>,
    /// Where to look.
    pub evidence: Evidence,
}

/// Kinds of reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Open findings of an active rule.
    Findings,
    /// Open findings of a rule on trial.
    FindingsOnTrial,
    /// Payments with somebody who is flagged.
    Exposure,
    /// The same people act on a chain with risk.
    ChainExposure,
    /// Nobody is known behind the account.
    UnknownOwner,
    /// Nobody vouches for the identity.
    Unvouched,
    /// It is frozen.
    Frozen,
    /// The chain is not admitted.
    NotAdmitted,
    /// Payers without a verified identity.
    UnverifiedPayers,
    /// Rejected calls.
    RejectedCalls,
    /// No block.
    Silence,
    /// The index is behind.
    Lag,
    /// Gateways that say what is false.
    FalseGateways,
    /// It cannot be followed.
    NotFollowed,
    /// Commands past their deadline.
    OverdueCommands,
    /// An identity that it vouches for.
    Member,
    /// A chain that it operates.
    Operated,
}

/// A finding, as far as risk asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its number.
    pub number: u64,
    /// Its rule.
    pub rule: String,
    /// How grave.
    pub severity: Severity,
    /// Whether its rule counts.
    pub mode: Mode,
    /// Whom it is about.
    pub subject: String,
    /// On which chain.
    pub ledger: String,
    /// When it happened.
    pub at: u64,
}

/// Adds a reason, if it has points; those of a kind up to a limit.
pub fn add(reasons: &mut Vec<Reason>, mut reason: Reason, limit: f64) {
    let taken: f64 = reasons
        .iter()
        .filter(|known| known.kind == reason.kind)
        .map(|known| known.points)
        .sum();
    reason.points = reason.points.min(limit - taken);
    if reason.points > 0.0 {
        reasons.push(reason);
    }
}

/// The score of reasons.
pub fn score(reasons: &[Reason]) -> u32 {
    let sum: f64 = reasons.iter().map(|reason| reason.points).sum();
    whole(sum).min(SCORE_MAX)
}

/// Points of open findings, a reason a rule. `part` is what they count for this subject.
fn findings<'a>(
    open: impl Iterator<Item = &'a Open>,
    now: u64,
    part: f64,
    evidence: impl Fn(&Open, u64) -> Evidence,
) -> Vec<Reason> {
    let mut rules: std::collections::BTreeMap<(&str, bool, Severity), (f64, u64, &Open)> = Default::default();
    for finding in open {
        let is_trial = finding.mode != Mode::Active;
        let days = float(now.saturating_sub(finding.at)) / 86_400.0;
        let aged = 0.5_f64.powf(days / HALF_LIFE_DAYS).max(AGED_MIN);
        let entry = rules
            .entry((&finding.rule, is_trial, finding.severity))
            .or_insert((0.0, 0, finding));
        entry.0 += aged;
        entry.1 += 1;
    }
    let reason =
        |((rule, is_trial, severity), (aged, count, newest)): ((&str, bool, Severity), (f64, u64, &Open))| {
            let base = FINDING
                .iter()
                .find(|(known, _)| *known == severity)
                .map_or(0.0, |(_, points)| *points);
            let trial = if is_trial { ON_TRIAL } else { 1.0 };
            Reason {
                kind: if is_trial {
                    Kind::FindingsOnTrial
                } else {
                    Kind::Findings
                },
                points: base * aged.min(SAME_RULE_MAX) * trial * part,
                amount: count,
                about: Some(rule.to_owned()),
                evidence: evidence(newest, count),
            }
        };
    rules.into_iter().map(reason).collect()
}

/// Findings about somebody.
pub fn of_subject<'a>(open: impl Iterator<Item = &'a Open>, now: u64) -> Vec<Reason> {
    findings(open, now, 1.0, |finding, count| match count {
        1 => Evidence::Finding(finding.number),
        _ => Evidence::FindingsAbout {
            rule: finding.rule.clone(),
            subject: finding.subject.clone(),
        },
    })
}

/// Findings about a chain count whole, those about somebody on it half.
pub fn of_chain(open: &[Open], ledger: &str, now: u64) -> Vec<Reason> {
    let (own, others): (Vec<&Open>, Vec<&Open>) = open
        .iter()
        .filter(|finding| finding.ledger == ledger)
        .partition(|finding| finding.subject == ledger);
    let evidence = |finding: &Open, count: u64| match count {
        1 => Evidence::Finding(finding.number),
        _ => Evidence::FindingsOn {
            rule: finding.rule.clone(),
            ledger: ledger.to_owned(),
        },
    };
    let mut reasons = findings(own.into_iter(), now, 1.0, evidence);
    reasons.extend(findings(others.into_iter(), now, ON_CHAIN, evidence));
    reasons
}

/// Points of own findings.
pub fn own_points(reasons: &[Reason]) -> f64 {
    let own = reasons
        .iter()
        .filter(|reason| matches!(reason.kind, Kind::Findings | Kind::FindingsOnTrial));
    own.map(|reason| reason.points).sum()
}

/// Payments with a flagged account, whose own findings have so many points.
pub fn exposed(reasons: &mut Vec<Reason>, (ledger, account): (&str, &str), points: f64, payments: u64) {
    let reason = Reason {
        kind: Kind::Exposure,
        points: points.min(f64::from(SCORE_MAX)) * EXPOSURE_SHARE,
        amount: payments,
        about: Some(account.to_owned()),
        evidence: Evidence::Flows {
            ledger: ledger.to_owned(),
            account: account.to_owned(),
        },
    };
    add(reasons, reason, EXPOSURE_MAX);
}

/// Nobody is known behind an account.
pub fn unknown_owner(reasons: &mut Vec<Reason>, ledger: &str, account: &str) {
    let evidence = Evidence::Account {
        ledger: ledger.to_owned(),
        account: account.to_owned(),
    };
    simple(reasons, Kind::UnknownOwner, UNKNOWN_OWNER, (0, evidence));
}

/// What an identity stands for by itself.
pub fn standing(reasons: &mut Vec<Reason>, did: &str, level: u8, is_frozen: bool) {
    if level == 0 {
        simple(
            reasons,
            Kind::Unvouched,
            UNVOUCHED,
            (0, Evidence::Identity(did.to_owned())),
        );
    }
    if is_frozen {
        simple(
            reasons,
            Kind::Frozen,
            FROZEN,
            (0, Evidence::Identity(did.to_owned())),
        );
    }
}

fn simple(reasons: &mut Vec<Reason>, kind: Kind, points: f64, (amount, evidence): (u64, Evidence)) {
    let reason = Reason {
        kind,
        points,
        amount,
        about: None,
        evidence,
    };
    add(reasons, reason, f64::MAX);
}

/// The health of a chain, as far as risk asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Health {
    /// Seconds since the last block; none if there is none, or it is not followed.
    pub silent_seconds: Option<u64>,
    /// Blocks that the index is behind.
    pub lag: u64,
    /// Whether it is not admitted by the registry.
    pub is_not_admitted: bool,
    /// Whether it is frozen.
    pub is_frozen: bool,
    /// Gateways that said what is false.
    pub false_gateways: u64,
    /// Whether its blocks cannot be read.
    pub has_fault: bool,
    /// Transactions of the last day.
    pub transactions: u64,
    /// Those that failed.
    pub failed: u64,
    /// Payments of the last day.
    pub payments: u64,
    /// Those of payers without a verified identity.
    pub unverified: u64,
}

/// What the health of a chain adds.
pub fn health(reasons: &mut Vec<Reason>, ledger: &str, health: &Health) {
    let chain = || Evidence::Chain(ledger.to_owned());
    let step = |steps: &[(u64, f64)], figure: u64| {
        steps
            .iter()
            .find(|(from, _)| figure >= *from)
            .map_or(0.0, |(_, points)| *points)
    };
    let share = |part: u64, whole: u64, all: f64| match whole >= SHARE_FROM {
        true => float(part) / float(whole) * all,
        false => 0.0,
    };
    let percent = |part: u64, whole: u64| (part.saturating_mul(100)).checked_div(whole).unwrap_or_default();
    let silent = health.silent_seconds.unwrap_or_default();
    simple(reasons, Kind::Silence, step(&SILENCE, silent), (silent, chain()));
    simple(reasons, Kind::Lag, step(&LAG, health.lag), (health.lag, chain()));
    let rejected = share(health.failed, health.transactions, REJECTED_ALL);
    let amount = percent(health.failed, health.transactions);
    simple(
        reasons,
        Kind::RejectedCalls,
        rejected,
        (amount, Evidence::Failed(ledger.to_owned())),
    );
    let unverified = share(health.unverified, health.payments, UNVERIFIED_ALL);
    let amount = percent(health.unverified, health.payments);
    simple(reasons, Kind::UnverifiedPayers, unverified, (amount, chain()));
    if health.is_not_admitted {
        simple(reasons, Kind::NotAdmitted, NOT_ADMITTED, (0, chain()));
    }
    if health.is_frozen {
        simple(reasons, Kind::Frozen, FROZEN_CHAIN, (0, chain()));
    }
    if health.has_fault {
        simple(reasons, Kind::NotFollowed, NOT_FOLLOWED, (0, chain()));
    }
    let wrong = (float(health.false_gateways) * FALSE_GATEWAY).min(FALSE_GATEWAY_MAX);
    simple(
        reasons,
        Kind::FalseGateways,
        wrong,
        (health.false_gateways, chain()),
    );
}

/// Commands of a case to a chain that are past their deadline.
pub fn overdue(reasons: &mut Vec<Reason>, case: u64, commands: u64) {
    let reason = Reason {
        kind: Kind::OverdueCommands,
        points: float(commands) * OVERDUE,
        amount: commands,
        about: Some(case.to_string()),
        evidence: Evidence::Case(case),
    };
    add(reasons, reason, OVERDUE_MAX);
}

/// The same people act on another chain, whose own reasons have so many points.
pub fn chain_exposed(reasons: &mut Vec<Reason>, other: &str, points: f64, identities: u64) {
    let reason = Reason {
        kind: Kind::ChainExposure,
        points: points.min(f64::from(SCORE_MAX)) * CHAIN_EXPOSURE_SHARE,
        amount: identities,
        about: Some(other.to_owned()),
        evidence: Evidence::Chain(other.to_owned()),
    };
    add(reasons, reason, CHAIN_EXPOSURE_MAX);
}

/// An organisation vouches for an identity of this score.
pub fn vouches(reasons: &mut Vec<Reason>, did: &str, score: u32) {
    let reason = Reason {
        kind: Kind::Member,
        points: f64::from(score) * MEMBER_SHARE,
        amount: u64::from(score),
        about: Some(did.to_owned()),
        evidence: Evidence::Identity(did.to_owned()),
    };
    add(reasons, reason, MEMBERS_MAX);
}

/// An organisation operates a chain of this score.
pub fn operates(reasons: &mut Vec<Reason>, chain: &str, score: u32) {
    let reason = Reason {
        kind: Kind::Operated,
        points: f64::from(score) * OPERATED_SHARE,
        amount: u64::from(score),
        about: Some(chain.to_owned()),
        evidence: Evidence::Chain(chain.to_owned()),
    };
    add(reasons, reason, OPERATED_MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn open(number: u64, rule: &str, severity: Severity, mode: Mode, days: u64) -> Open {
        Open {
            number,
            rule: rule.to_owned(),
            severity,
            mode,
            subject: "0xaa".to_owned(),
            ledger: "main".to_owned(),
            at: NOW - days * 86_400,
        }
    }

    #[test]
    fn a_score_is_the_sum_of_its_reasons_and_more_never_lowers_it() {
        let severities = [
            Severity::Notice,
            Severity::Warning,
            Severity::High,
            Severity::Critical,
        ];
        let (mut found, mut before) = (Vec::new(), 0);
        for number in 0..24_u64 {
            let severity = severities[number as usize % 4];
            let mode = if number.is_multiple_of(3) {
                Mode::Shadow
            } else {
                Mode::Active
            };
            found.push(open(
                number,
                &format!("rule-{}", number % 5),
                severity,
                mode,
                number * 9 % 100,
            ));
            let reasons = of_subject(found.iter(), NOW);
            let now = score(&reasons);
            assert!(now >= before, "{now} after {before} with finding {number}");
            let sum: f64 = reasons.iter().map(|reason| reason.points).sum();
            assert_eq!(now, (sum.round() as u32).min(SCORE_MAX));
            assert!(reasons.iter().all(|reason| reason.points > 0.0));
            before = now;
        }
        assert_eq!(before, SCORE_MAX);
        // One graver, newer, or no longer on trial counts more.
        let points = |severity, mode, days| {
            own_points(&of_subject([open(1, "rule", severity, mode, days)].iter(), NOW))
        };
        assert!(points(Severity::High, Mode::Active, 5) > points(Severity::Warning, Mode::Active, 5));
        assert!(points(Severity::High, Mode::Active, 5) > points(Severity::High, Mode::Active, 6));
        assert!(points(Severity::High, Mode::Active, 5) > points(Severity::High, Mode::Shadow, 5));
        assert_eq!(points(Severity::High, Mode::Active, 4_000), 20.0 * AGED_MIN);
        // A single finding is linked itself, several as a list.
        let one = of_subject(found.iter().take(1), NOW);
        assert_eq!(one[0].evidence, Evidence::Finding(0));
        let two = [
            open(1, "rule", Severity::High, Mode::Active, 0),
            open(2, "rule", Severity::High, Mode::Active, 0),
        ];
        assert!(matches!(
            of_subject(two.iter(), NOW)[0].evidence,
            Evidence::FindingsAbout { .. }
        ));
    }

    #[test]
    fn the_health_of_a_chain_only_adds_and_kinds_end_at_their_limit() {
        let of = |change: &dyn Fn(&mut Health)| {
            let mut now = Health {
                silent_seconds: Some(1),
                transactions: 100,
                payments: 100,
                ..Health::default()
            };
            change(&mut now);
            let mut reasons = Vec::new();
            health(&mut reasons, "main", &now);
            (score(&reasons), reasons)
        };
        assert_eq!(of(&|_| {}), (0, Vec::new()));
        assert_eq!(of(&|health| health.silent_seconds = Some(300)).0, 5);
        assert_eq!(of(&|health| health.silent_seconds = Some(90_000)).0, 20);
        assert_eq!(of(&|health| health.lag = 10).0, 5);
        assert_eq!(of(&|health| health.failed = 100).0, 25);
        assert_eq!(of(&|health| health.unverified = 50).0, 10);
        assert_eq!(of(&|health| health.false_gateways = 9).0, 30);
        assert_eq!(of(&|health| health.is_frozen = true).1[0].kind, Kind::Frozen);
        let mut reasons = Vec::new();
        for number in 0..50 {
            exposed(&mut reasons, ("main", &format!("0x{number}")), 40.0, 1);
        }
        assert_eq!(score(&reasons), 30);
        for case in 1..=3 {
            overdue(&mut reasons, case, 2);
        }
        assert_eq!(score(&reasons), 60);
        // The third case comes too late for points.
        let cases = reasons
            .iter()
            .filter(|reason| reason.kind == Kind::OverdueCommands);
        let cases: Vec<(&Evidence, f64)> = cases.map(|reason| (&reason.evidence, reason.points)).collect();
        assert_eq!(cases, [(&Evidence::Case(1), 20.0), (&Evidence::Case(2), 10.0)]);
        assert!(reasons.iter().all(|reason| reason.points > 0.0));
    }
}

//! Proposals as they are read: lists, and one with all that is known of it.

use super::{
    draft::{Action, describe},
    rehearsal::{Effect, effects},
};
use crate::{
    contracts::{
        connection::Connection,
        show::{Presenter, Shown},
    },
    output,
};
use alloy_primitives::B256;
use civitas_system_contracts::{
    address::{GOVERNANCE, ORGANISATIONS},
    interfaces::{
        IGovernance::{self, Proposal, Status, Vote},
        IOrganisations,
    },
};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value, json};

/// Proposals that are read at once.
const READS_AT_ONCE: usize = 8;
/// Organisations that are read to say whose vote is missing, at most.
const ORGANISATIONS_MAX: u64 = 100;

/// The newest proposals, newest first.
///
/// # Errors
/// The node does not answer.
pub async fn newest(connection: &Connection, limit: u64, only_open: bool) -> anyhow::Result<Vec<Proposal>> {
    let count = connection
        .typed(GOVERNANCE, &IGovernance::proposalCountCall {})
        .await?;
    let mut proposals = stream::iter((1..=count).rev())
        .map(|id| async move {
            connection
                .typed(GOVERNANCE, &IGovernance::proposalCall { id })
                .await
        })
        .buffered(READS_AT_ONCE);
    let mut found = Vec::new();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    while found.len() < limit
        && let Some(proposal) = proposals.try_next().await?
    {
        if !only_open || is_open(&proposal) {
            found.push(proposal);
        }
    }
    Ok(found)
}

const fn is_open(proposal: &Proposal) -> bool {
    matches!(proposal.status, Status::Open | Status::Approved)
}

/// The actions of a proposal.
pub fn actions_of(proposal: &Proposal) -> Vec<Action> {
    let actions = proposal.actions.iter().map(|action| Action {
        to: action.target,
        data: action.data.clone(),
    });
    actions.collect()
}

/// Prints a list.
///
/// # Errors
/// None that can happen; JSON can fail in principle.
pub fn print_list(presenter: &Presenter<'_>, proposals: &[Proposal], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let list: Vec<Value> = proposals
            .iter()
            .map(|proposal| json_of(presenter, proposal))
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(());
    }
    if proposals.is_empty() {
        println!("(no proposals)");
        return Ok(());
    }
    let heading = ["ID", "STATUS", "KIND", "APPROVALS", "NEXT", "TITLE"].map(str::to_owned);
    let mut rows = vec![heading.to_vec()];
    for proposal in proposals {
        rows.push(vec![
            proposal.id.to_string(),
            format!("{:?}", proposal.status),
            format!("{:?}", proposal.kind),
            format!("{} of {}", proposal.approvals, proposal.approvalsNeeded),
            next_step(presenter, proposal),
            proposal.title.clone(),
        ]);
    }
    output::table(&rows);
    Ok(())
}

/// What happens next, in a few words.
fn next_step(presenter: &Presenter<'_>, proposal: &Proposal) -> String {
    let away = |time: u64| crate::contracts::show::rough(time.saturating_sub(presenter.now));
    match proposal.status {
        Status::Open => format!("votes end in {}", away(proposal.votingEnds)),
        Status::Approved if proposal.executableFrom > presenter.now => {
            format!("executable in {}", away(proposal.executableFrom))
        }
        Status::Approved => format!("execute within {}", away(proposal.executableUntil)),
        _ => "-".to_owned(),
    }
}

fn json_of(presenter: &Presenter<'_>, proposal: &Proposal) -> Value {
    let actions: Vec<Value> = actions_of(proposal)
        .iter()
        .map(
            |action| json!({ "target": action.to, "data": action.data, "call": describe(presenter, action) }),
        )
        .collect();
    json!({
        "id": proposal.id,
        "kind": format!("{:?}", proposal.kind),
        "status": format!("{:?}", proposal.status),
        "proposer": proposal.proposer,
        "organisation": proposal.organisation,
        "title": proposal.title,
        "actions": actions,
        "createdAt": proposal.createdAt,
        "votingEnds": proposal.votingEnds,
        "executableFrom": proposal.executableFrom,
        "executableUntil": proposal.executableUntil,
        "approvals": proposal.approvals,
        "rejections": proposal.rejections,
        "approvalsNeeded": proposal.approvalsNeeded,
    })
}

/// All that is known of a proposal.
pub struct Whole {
    proposal: Proposal,
    votes: Vec<Vote>,
    /// Organisations that can still vote.
    silent: Vec<(B256, String)>,
    /// What it would do now; none if it cannot be executed any more, the reason if the rehearsal failed.
    effects: Option<Result<Vec<Effect>, String>>,
}

impl Whole {
    /// Reads a proposal, and rehearses it if it can still be executed.
    ///
    /// # Errors
    /// There is no such proposal, or the node does not answer.
    pub async fn fetch(connection: &Connection, presenter: &Presenter<'_>, id: u64) -> anyhow::Result<Self> {
        let proposal = connection
            .typed(GOVERNANCE, &IGovernance::proposalCall { id })
            .await?;
        let votes = connection
            .typed(GOVERNANCE, &IGovernance::votesCall { id })
            .await?;
        let call = IOrganisations::organisationsCall {
            from: 0,
            count: ORGANISATIONS_MAX,
        };
        let organisations = connection.typed(ORGANISATIONS, &call).await?;
        let voted = |id: &B256| votes.iter().any(|vote| vote.organisation == *id);
        let silent = organisations
            .into_iter()
            .filter(|organisation| {
                let active = organisation.status == IOrganisations::Status::Active;
                active && organisation.voting && !voted(&organisation.id)
            })
            .map(|organisation| (organisation.id, organisation.name));
        let silent = silent.collect();
        let effects = if is_open(&proposal) {
            let actions = actions_of(&proposal);
            let effects = effects(connection, presenter, &actions).await;
            Some(effects.map_err(|error| error.to_string()))
        } else {
            None
        };
        Ok(Self {
            proposal,
            votes,
            silent,
            effects,
        })
    }

    /// For scripts.
    pub fn json(&self, presenter: &Presenter<'_>) -> Value {
        let mut json = json_of(presenter, &self.proposal);
        json["votes"] = self
            .votes
            .iter()
            .map(|vote| {
                json!({
                    "organisation": vote.organisation,
                    "account": vote.account,
                    "approve": vote.approve,
                    "reason": vote.reason,
                    "at": vote.at,
                })
            })
            .collect();
        json["approvalsMissing"] = json!(self.missing());
        json["canStillVote"] = self.silent.iter().map(|(_, name)| json!(name)).collect();
        json["effects"] = match &self.effects {
            Some(Ok(effects)) => effects.iter().map(Effect::json).collect(),
            Some(Err(why)) => json!({ "failure": why }),
            None => Value::Null,
        };
        json
    }

    fn missing(&self) -> u64 {
        match self.proposal.status {
            Status::Open => self
                .proposal
                .approvalsNeeded
                .saturating_sub(self.proposal.approvals),
            _ => 0,
        }
    }

    /// For people.
    pub fn print(&self, presenter: &Presenter<'_>) {
        let proposal = &self.proposal;
        println!("Proposal {}: {}", proposal.id, proposal.title);
        println!(
            "{:?}, of kind {:?}, by {} in the name of {}",
            proposal.status,
            proposal.kind,
            name(
                presenter.names.addresses.get(&proposal.proposer),
                &proposal.proposer
            ),
            name(
                presenter.names.words.get(&proposal.organisation),
                &proposal.organisation
            ),
        );
        println!("\nWhat it changes");
        match &self.effects {
            Some(Ok(effects)) => {
                for (index, effect) in (1..).zip(effects) {
                    effect.print(index);
                }
            }
            Some(Err(why)) => {
                self.print_actions(presenter);
                println!("   (it could not be rehearsed: {why})");
            }
            None => self.print_actions(presenter),
        }
        self.print_votes(presenter);
        println!("\nTimeline");
        println!("  made             {}", presenter.time(proposal.createdAt));
        println!("  votes end        {}", presenter.time(proposal.votingEnds));
        if proposal.executableFrom > 0 {
            println!("  executable from  {}", presenter.time(proposal.executableFrom));
            println!("  executable until {}", presenter.time(proposal.executableUntil));
        }
        if proposal.status == Status::Approved && proposal.executableFrom <= presenter.now {
            println!("\nNext: civitas proposal execute {} --key KEY", proposal.id);
        }
    }

    fn print_actions(&self, presenter: &Presenter<'_>) {
        for (index, action) in (1..).zip(actions_of(&self.proposal)) {
            let index: usize = index;
            println!("{index}. {}", describe(presenter, &action));
        }
    }

    fn print_votes(&self, presenter: &Presenter<'_>) {
        let proposal = &self.proposal;
        println!(
            "\nVotes: {} of {} approvals, {} rejections",
            proposal.approvals, proposal.approvalsNeeded, proposal.rejections
        );
        for vote in &self.votes {
            let choice = if vote.approve { "yes" } else { "no " };
            let organisation = name(presenter.names.words.get(&vote.organisation), &vote.organisation);
            let reason = match vote.reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            println!("  {choice}  {organisation}, {}{reason}", presenter.time(vote.at));
        }
        if proposal.status == Status::Open {
            let silent: Vec<&str> = self.silent.iter().map(|(_, name)| name.as_str()).collect();
            println!(
                "  missing: {} of {} (not {}, who proposed it)",
                self.missing(),
                silent.join(", "),
                name(
                    presenter.names.addresses.get(&proposal.proposer),
                    &proposal.proposer
                ),
            );
            println!(
                "\nNext: civitas proposal vote {} yes --as ORGANISATION --key KEY",
                proposal.id
            );
        }
    }
}

fn name(known: Option<&String>, otherwise: &impl ToString) -> String {
    known.cloned().unwrap_or_else(|| otherwise.to_string())
}

/// Prints the rule of every kind.
///
/// # Errors
/// None that can happen; JSON can fail in principle.
pub fn print_rules(rules: &[(String, Vec<(String, Shown)>)], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let pairs = rules
            .iter()
            .map(|(kind, fields)| (kind.clone(), Shown::Fields(fields.clone()).json()));
        let map: Map<String, Value> = pairs.collect();
        println!("{}", serde_json::to_string_pretty(&map)?);
        return Ok(());
    }
    let rows = rules.iter().map(|(kind, fields)| {
        let kind = Shown::Leaf {
            json: json!(kind),
            text: kind.clone(),
        };
        let mut row = vec![("kind".to_owned(), kind)];
        row.extend(fields.iter().cloned());
        Shown::Fields(row)
    });
    Shown::List(rows.collect()).print();
    Ok(())
}

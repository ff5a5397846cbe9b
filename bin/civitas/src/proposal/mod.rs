//! `civitas proposal`: proposals are made, shown as what they would change, rehearsed, voted on and executed.

pub mod draft;
mod rehearsal;
mod replay;
mod view;

use crate::{
    contracts::{
        SendOptions,
        catalog::catalog,
        connection::{Connection, NodeOptions},
        fault::Failure,
        report,
        send::Outgoing,
        show::{Names, Presenter, now},
    },
    output,
};
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use anyhow::Context;
use civitas_system_contracts::{address::GOVERNANCE, interfaces::IGovernance};
use clap::{Subcommand, ValueEnum};
use draft::{Action, Draft, DraftFile, governance, organisation_id};
use replay::Replay;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Arguments of `civitas proposal`.
#[derive(Debug, clap::Args)]
pub struct ProposalArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a proposal of one or more calls.
    Make(MakeArgs),
    /// List proposals, newest first.
    List(ListArgs),
    /// Show a proposal: what it would change, the votes, what is missing, when.
    Show(ShowArgs),
    /// Vote in the name of an organisation.
    Vote(VoteArgs),
    /// Take back an own proposal.
    Withdraw(IdArgs),
    /// Execute an approved proposal; open to everybody.
    Execute(IdArgs),
    /// Run a proposal on a copy of the newest state, and past traffic against what it leaves.
    Rehearse(RehearseArgs),
    /// Show the rules: approvals, voting time and timelock by kind.
    Rules(ReadArgs),
}

#[derive(Debug, clap::Args)]
struct MakeArgs {
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
    /// The organisation in whose name it is made.
    #[arg(long = "as", value_name = "ORGANISATION")]
    in_the_name_of: Option<String>,
    /// Its title.
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    content: Content,
}

/// Where the actions of a proposal that is not made yet come from.
#[derive(Debug, clap::Args)]
struct Content {
    /// A call that Governance would make: 'Organisations.join("City Bank", Business, 10, yes)'. Can be repeated.
    #[arg(long, value_name = "CALL")]
    action: Vec<String>,
    /// A file (TOML) with title, as and action entries.
    #[arg(long, conflicts_with = "action")]
    file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    read: ReadArgs,
    /// Only those that can still be voted on or executed.
    #[arg(long)]
    open: bool,
    /// How many, at most.
    #[arg(long, default_value_t = 50)]
    limit: u64,
}

#[derive(Debug, clap::Args)]
struct ReadArgs {
    #[command(flatten)]
    node: NodeOptions,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The proposal.
    id: u64,
    #[command(flatten)]
    read: ReadArgs,
}

#[derive(Debug, clap::Args)]
struct IdArgs {
    /// The proposal.
    id: u64,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
}

/// A vote.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    /// Approve.
    Yes,
    /// Reject.
    No,
}

#[derive(Debug, clap::Args)]
struct VoteArgs {
    /// The proposal.
    id: u64,
    /// The vote.
    choice: Choice,
    /// The organisation that votes.
    #[arg(long = "as", value_name = "ORGANISATION")]
    in_the_name_of: String,
    /// Why; it stands on the ledger for ever.
    #[arg(long, default_value = "")]
    reason: String,
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
}

#[derive(Debug, clap::Args)]
struct RehearseArgs {
    /// The proposal; without it, --file or --action.
    #[arg(conflicts_with_all = ["action", "file"])]
    id: Option<u64>,
    #[command(flatten)]
    content: Content,
    /// Past transactions that are tried against the changed state.
    #[arg(long, default_value_t = 200)]
    replay: usize,
    #[command(flatten)]
    read: ReadArgs,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`], and what keeps the program from asking.
pub fn run(args: ProposalArgs) -> anyhow::Result<()> {
    let json = match &args.command {
        Command::Make(args) => args.sending.json,
        Command::Vote(args) => args.sending.json,
        Command::Withdraw(args) | Command::Execute(args) => args.sending.json,
        Command::List(args) => args.read.json,
        Command::Show(args) => args.read.json,
        Command::Rehearse(args) => args.read.json,
        Command::Rules(args) => args.json,
    };
    let result = output::block_on(async {
        match args.command {
            Command::Make(args) => make(args).await,
            Command::List(args) => list(args).await,
            Command::Show(args) => show(args).await,
            Command::Vote(args) => vote(args).await,
            Command::Withdraw(args) => {
                let call = IGovernance::withdrawCall { id: args.id };
                send(&args.node, &args.sending, &call).await
            }
            Command::Execute(args) => {
                let call = IGovernance::executeCall { id: args.id };
                send(&args.node, &args.sending, &call).await
            }
            Command::Rehearse(args) => rehearse(args).await,
            Command::Rules(args) => rules(args).await,
        }
    });
    result.map_err(|error| report(json, error))
}

fn presenter(names: &Names) -> Presenter<'_> {
    Presenter {
        catalog: catalog(),
        names,
        now: now(),
    }
}

async fn make(args: MakeArgs) -> anyhow::Result<()> {
    let account = args.sending.account()?;
    let connection = args.node.connect().await?;
    let (file, actions) = args.content.actions(&connection)?;
    let (in_file, title_in_file) = file.map_or((None, None), |file| (file.organisation, file.title));
    let missing = |what: &str| Failure::usage(format!("the proposal has no {what}"));
    let organisation = args
        .in_the_name_of
        .or(in_file)
        .ok_or_else(|| missing("organisation: give --as ORGANISATION, or `as` in the file"))?;
    let title = args
        .title
        .or(title_in_file)
        .ok_or_else(|| missing("title: give --title, or `title` in the file"))?;
    let draft = Draft {
        title,
        organisation: organisation_id(&organisation)?,
        actions,
    };
    let names = connection.names().await;
    draft
        .propose(&connection, &presenter(&names), &account, &args.sending)
        .await
}

impl Content {
    fn actions(&self, connection: &Connection) -> anyhow::Result<(Option<DraftFile>, Vec<Action>)> {
        if let Some(path) = &self.file {
            let file = DraftFile::load(path)?;
            let actions = file.actions.iter().map(|entry| entry.action(connection));
            let actions = actions.collect::<anyhow::Result<Vec<Action>>>()?;
            return Ok((Some(file), actions));
        }
        if self.action.is_empty() {
            let why = "what is proposed? give --action 'Contract.function(arguments)' or --file FILE";
            return Err(Failure::usage(why.to_owned()).into());
        }
        let actions = self.action.iter().map(|text| draft::parse(text, connection));
        Ok((None, actions.collect::<anyhow::Result<Vec<Action>>>()?))
    }
}

async fn vote(args: VoteArgs) -> anyhow::Result<()> {
    let call = IGovernance::voteCall {
        id: args.id,
        organisation: organisation_id(&args.in_the_name_of)?,
        approve: matches!(args.choice, Choice::Yes),
        reason: args.reason,
    };
    send(&args.node, &args.sending, &call).await
}

async fn send<C: SolCall>(node: &NodeOptions, sending: &SendOptions, call: &C) -> anyhow::Result<()> {
    let account = sending.account()?;
    let connection = node.connect().await?;
    let names = connection.names().await;
    let outgoing = Outgoing {
        called: governance(C::SELECTOR)?,
        to: GOVERNANCE,
        data: call.abi_encode().into(),
        account: &account,
    };
    sending.deliver(&connection, &presenter(&names), &outgoing).await
}

async fn list(args: ListArgs) -> anyhow::Result<()> {
    let connection = args.read.node.connect().await?;
    let proposals = view::newest(&connection, args.limit, args.open).await?;
    let names = connection.names().await;
    view::print_list(&presenter(&names), &proposals, args.read.json)
}

async fn show(args: ShowArgs) -> anyhow::Result<()> {
    let connection = args.read.node.connect().await?;
    let names = connection.names().await;
    let whole = view::Whole::fetch(&connection, &presenter(&names), args.id).await?;
    if args.read.json {
        println!("{:#}", whole.json(&presenter(&names)));
    } else {
        whole.print(&presenter(&names));
    }
    Ok(())
}

async fn rehearse(args: RehearseArgs) -> anyhow::Result<()> {
    let connection = args.read.node.connect().await?;
    let actions = match args.id {
        Some(id) => view::actions_of(
            &connection
                .typed(GOVERNANCE, &IGovernance::proposalCall { id })
                .await?,
        ),
        None => args.content.actions(&connection)?.1,
    };
    let names = connection.names().await;
    let presenter = presenter(&names);
    let effects = rehearsal::effects(&connection, &presenter, &actions)
        .await
        .context("the rehearsal could not be run")?;
    let replay = Replay::run(&connection, &presenter, &actions, args.replay).await?;
    let failing = effects.iter().filter(|effect| effect.failure.is_some()).count();
    if args.read.json {
        let effects: Vec<Value> = effects.iter().map(rehearsal::Effect::json).collect();
        println!("{:#}", json!({ "actions": effects, "replay": replay.json() }));
    } else {
        for (index, effect) in (1..).zip(&effects) {
            effect.print(index);
        }
        replay.print();
    }
    if failing > 0 {
        let why = format!("{failing} of {} actions would be refused", effects.len());
        let refusal = crate::contracts::fault::Refusal::told("the rehearsal", &why);
        return Err(Failure::from(refusal).into());
    }
    Ok(())
}

async fn rules(args: ReadArgs) -> anyhow::Result<()> {
    let connection = args.node.connect().await?;
    let called = governance(IGovernance::ruleCall::SELECTOR)?;
    let names = Names::default();
    let presenter = presenter(&names);
    let parameter = called.function.inputs.first();
    let kind = parameter.and_then(|parameter| parameter.internal_type.as_ref());
    let kinds = kind.and_then(|kind| catalog().variants(kind)).unwrap_or_default();
    let mut rows = Vec::new();
    for (index, name) in (0_u64..).zip(kinds) {
        let argument = alloy_dyn_abi::DynSolValue::Uint(U256::from(index), 8);
        let values = connection
            .read(called.contract, &called.function.name, &[argument])
            .await?;
        let mut shown = presenter.all(&called.function.outputs, &values);
        if let Some((_, crate::contracts::show::Shown::Fields(fields))) = shown.pop() {
            rows.push((name.clone(), fields));
        }
    }
    view::print_rules(&rows, args.json)
}

//! `civitas organisation`, `role`, `identity`, `member`, `control`, `chain`, `ledger`, `office`, `parameter`, `audit`,
//! `governance`: everything that the system contracts can do, from the command line.
//!
//! ```text
//! catalog    contracts, words, comments   ◀── interface   enums and comments of the Solidity text
//! command    clap commands, made from the catalogue ──▶ value   words to ABI values
//! connection the node   ──▶ send   transactions          show    ABI values to words      fault   refusals in words
//! ```
//!
//! Commands that are written by hand stand beside them: `own`.
//!
//! Invariants: no function of a contract is named here, so a new one has its command at once; a call is tried before
//! it is sent, so that what would be refused costs nothing.

pub mod catalog;
mod command;
pub mod connection;
pub mod fault;
mod interface;
mod own;
pub mod send;
pub mod show;
pub mod value;

use crate::{
    account::{self, Account},
    output,
    proposal::draft::Draft,
};
use alloy_dyn_abi::JsonAbiExt;
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use anyhow::Context;
use catalog::{catalog, is_view};
use clap::{ArgMatches, Args, FromArgMatches};
pub use command::{augment, is_contract};
use connection::{Connection, NodeOptions, Query};
use fault::{Called, Failure};
use send::{Outgoing, failure};
use serde_json::json;
use show::{Names, Presenter, now};
use std::time::Duration;
use value::ArgumentReader;

/// Options of functions that only answer.
#[derive(Debug, clap::Args)]
struct ReadOptions {
    #[command(flatten)]
    node: NodeOptions,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// The block whose state is asked: a height, a hash or a tag.
    #[arg(long, default_value = "latest")]
    block: String,
}

/// Options of functions that change something.
#[derive(Debug, clap::Args)]
struct WriteOptions {
    #[command(flatten)]
    node: NodeOptions,
    #[command(flatten)]
    sending: SendOptions,
    /// Make a proposal of this call, with this title, instead of calling.
    #[arg(long, value_name = "TITLE", requires = "in_the_name_of")]
    propose: Option<String>,
    /// The organisation in whose name the proposal is made.
    #[arg(long = "as", value_name = "ORGANISATION", requires = "propose")]
    in_the_name_of: Option<String>,
}

/// How a transaction is sent and shown.
#[derive(Clone, Debug, clap::Args)]
pub struct SendOptions {
    /// Who signs: dev0 to dev9, a private key in hexadecimal, or a file (mode 0600) that holds one.
    #[arg(long, value_name = "KEY", env = "CIVITAS_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Print what would be sent, and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How long to wait until the transaction is in a block.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub wait: Duration,
}

impl SendOptions {
    /// The account that signs.
    ///
    /// # Errors
    /// [`Failure::Usage`] without `--key`.
    pub fn account(&self) -> anyhow::Result<Account> {
        let key = self.key.as_ref().ok_or_else(|| {
            Failure::usage(
                "who signs? give --key dev0 to dev9 in a development city, a file with a private key, or set \
                 CIVITAS_KEY"
                    .to_owned(),
            )
        })?;
        account::from_argument(key)
    }

    /// Sends a call, or shows what would be sent.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn deliver(
        &self,
        connection: &Connection,
        presenter: &Presenter<'_>,
        outgoing: &Outgoing<'_>,
    ) -> anyhow::Result<()> {
        if self.dry_run {
            let description = outgoing.describe(connection, presenter).await?;
            println!("{}", serde_json::to_string_pretty(&description)?);
            return Ok(());
        }
        let outcome = outgoing.send(connection, presenter, self.wait).await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&outcome.json())?);
        } else {
            outcome.print();
        }
        Ok(())
    }

    /// As [`Self::deliver`], of a call that this program knows by its type.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn deliver_call<C: SolCall>(
        &self,
        connection: &Connection,
        to: Address,
        call: &C,
    ) -> anyhow::Result<()> {
        let account = self.account()?;
        let contract = catalog().at(&to).context("no system contract has that address")?;
        let function = contract
            .function_of(C::SELECTOR)
            .with_context(|| format!("{} has no function {}", contract.system.name, C::SIGNATURE))?;
        let names = connection.names().await;
        let presenter = Presenter {
            catalog: catalog(),
            names: &names,
            now: now(),
        };
        let outgoing = Outgoing {
            called: Called { contract, function },
            to,
            data: call.abi_encode().into(),
            account: &account,
        };
        self.deliver(connection, &presenter, &outgoing).await
    }
}

/// Runs the command of a function.
///
/// # Errors
/// [`Failure`], and what keeps the program from asking.
pub fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let (noun, inner) = matches.subcommand().context("no command")?;
    let contract = catalog()
        .named(noun)
        .with_context(|| format!("there is no contract for `{noun}`"))?;
    let (word, arguments) = inner.subcommand().context("no function")?;
    if let Some(own) = own::of(noun)
        && (own.is_verb)(word)
    {
        return (own.run)(inner);
    }
    let function = contract
        .function(word)
        .with_context(|| format!("{} has no function {word}", contract.system.name))?;
    let called = Called { contract, function };
    let texts = command::texts(function, arguments)?;
    if is_view(function) {
        let options = ReadOptions::from_arg_matches(arguments)?;
        let json = options.json;
        return output::block_on(async { ask(called, &texts, options).await }).map_err(|e| report(json, e));
    }
    let options = WriteOptions::from_arg_matches(arguments)?;
    let json = options.sending.json;
    output::block_on(async { change(called, &texts, options).await }).map_err(|error| report(json, error))
}

/// Prints a refusal for scripts; the error stays what it is.
pub fn report(json: bool, error: anyhow::Error) -> anyhow::Error {
    if let (true, Some(Failure::Refused { refusal } | Failure::Omitted { refusal })) =
        (json, error.downcast_ref())
    {
        println!("{:#}", json!({ "refused": refusal.json, "cure": refusal.cure }));
    }
    error
}

async fn ask(called: Called<'_>, texts: &[String], options: ReadOptions) -> anyhow::Result<()> {
    let connection = options.node.connect().await?;
    let query = Query {
        from: Address::ZERO,
        to: called.contract.system.address,
        data: encode(called, texts, &connection)?,
        block: command::block(&options.block),
    };
    let names = if options.json {
        Names::default()
    } else {
        connection.names().await
    };
    let presenter = Presenter {
        catalog: catalog(),
        names: &names,
        now: now(),
    };
    let output = connection.call(&query).await;
    let output = output.map_err(|error| failure(&presenter, called, error))?;
    if !called.function.outputs.is_empty() {
        connection.require_output(&output)?;
    }
    let shown = presenter.outputs(called.function, &output)?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&shown.json())?);
    } else {
        shown.print();
    }
    Ok(())
}

async fn change(called: Called<'_>, texts: &[String], options: WriteOptions) -> anyhow::Result<()> {
    let account = options.sending.account()?;
    let connection = options.node.connect().await?;
    let data = encode(called, texts, &connection)?;
    let names = connection.names().await;
    let presenter = Presenter {
        catalog: catalog(),
        names: &names,
        now: now(),
    };
    if let (Some(title), Some(organisation)) = (options.propose, options.in_the_name_of) {
        let draft = Draft::of_call(title, &organisation, called.contract.system.address, data)?;
        return draft
            .propose(&connection, &presenter, &account, &options.sending)
            .await;
    }
    let outgoing = Outgoing {
        called,
        to: called.contract.system.address,
        data,
        account: &account,
    };
    options.sending.deliver(&connection, &presenter, &outgoing).await
}

fn encode(called: Called<'_>, texts: &[String], connection: &Connection) -> anyhow::Result<Bytes> {
    let reader = ArgumentReader {
        catalog: catalog(),
        contract: called.contract,
        nodes: &connection.nodes,
        now: now(),
    };
    let values = reader.arguments(called.function, texts)?;
    Ok(called.function.abi_encode_input(&values)?.into())
}

/// Adds the options that a function takes.
fn with_options(command: clap::Command, answers: Answers) -> clap::Command {
    match answers {
        Answers::Only => ReadOptions::augment_args(command),
        Answers::Changes => WriteOptions::augment_args(command),
    }
}

/// Whether a function only answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    Only,
    Changes,
}

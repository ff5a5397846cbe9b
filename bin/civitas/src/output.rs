//! What a person or a script sees: logs, errors with their causes, tables.

use crate::contracts::{fault::Failure, value::ArgumentError};
use civitas_node::NodeError;
use clap::ValueEnum;
use std::{error::Error, future::Future, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Logging options of every subcommand. Logs go to standard error.
#[derive(Debug, clap::Args)]
pub struct Logging {
    /// What is logged, e.g. `info` or `warn,civitas_node=debug`.
    // A new database warns that it is empty: at every first start, about nothing.
    #[arg(
        long,
        global = true,
        env = "CIVITAS_LOG",
        default_value = "warn,civitas=info,commonware_storage::qmdb=error"
    )]
    log: String,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value = "text")]
    log_format: LogFormat,
}

impl Logging {
    /// The same options for another process of this program.
    pub fn arguments(&self) -> Vec<String> {
        let format = match self.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        ["--log", &self.log, "--log-format", format]
            .map(str::to_owned)
            .to_vec()
    }

    /// Starts logging for the process.
    pub fn start(&self) -> anyhow::Result<()> {
        let filter = EnvFilter::try_new(&self.log)
            .map_err(|error| anyhow::anyhow!("--log {} is not a log filter: {error}", self.log))?;
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        match self.log_format {
            LogFormat::Text => builder
                .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
                .init(),
            LogFormat::Json => builder.json().init(),
        }
        Ok(())
    }
}

/// Exit code of a node whose ledger stopped while it ran: to start it again may help. Every other failure of a node
/// would only repeat itself, and ends with 1. Commands that talk to a node have the codes of [`Failure`].
pub const STOPPED: u8 = 3;
/// Exit code of a command that is not complete or not right.
const USAGE: u8 = 2;

/// Prints an error and its causes, a line each.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("civitas: {error}");
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        eprintln!("  because {inner}");
        cause = inner.source();
    }
    if let Some(NodeError::Stopped { .. }) = error.downcast_ref() {
        return ExitCode::from(STOPPED);
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return ExitCode::from(failure.exit_code());
    }
    match error.downcast_ref::<ArgumentError>() {
        Some(_) => ExitCode::from(USAGE),
        None => ExitCode::FAILURE,
    }
}

/// Runs a client-side future to its end.
pub fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(future)
}

/// Prints rows as a table with aligned columns; the first row is the heading.
pub fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:<width$}"))
            .collect();
        println!("  {}", cells.join("  ").trim_end());
    }
}

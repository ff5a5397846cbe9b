//! `civitas node`: one node.

use std::path::PathBuf;

/// Arguments of `civitas node`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The node's settings.
    #[arg(long)]
    config: PathBuf,
    /// The thesaurus, in place of the one that the settings name.
    #[arg(long, value_name = "FILE")]
    thesaurus: Option<PathBuf>,
}

/// Runs until it is asked to stop.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mut config = civitas_node::config::NodeConfig::load(&args.config)?;
    config.thesaurus = args.thesaurus.or(config.thesaurus);
    Ok(civitas_node::run(config)?)
}

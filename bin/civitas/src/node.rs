//! `civitas node`: one node.

use std::path::PathBuf;

/// Arguments of `civitas node`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The node's settings.
    #[arg(long)]
    config: PathBuf,
}

/// Runs until it is asked to stop.
pub fn run(args: Args) -> anyhow::Result<()> {
    let config = civitas_node::config::NodeConfig::load(&args.config)?;
    Ok(civitas_node::run(config)?)
}

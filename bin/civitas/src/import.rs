//! `civitas import`: takes in an Ethereum chain, checks every root, and serves it.

use anyhow::Context;
use civitas_node::{
    import::{chain_genesis, decode_chain},
    imported::{self, Import, Stage},
    service::load_genesis,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::{collections::BTreeMap, path::PathBuf};

/// Arguments of `civitas import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the ledger to make, or to go on with.
    #[arg(long)]
    dir: PathBuf,
    /// The chain's genesis, as geth reads it.
    #[arg(long)]
    genesis: PathBuf,
    /// Forks that the genesis does not say, as a JSON object of `HIVE_…` variables.
    #[arg(long)]
    forks: Option<PathBuf>,
    /// The blocks, as geth exports them: RLP, one after another.
    #[arg(long)]
    chain: PathBuf,
    /// Serve the chain by JSON-RPC afterwards.
    #[arg(long)]
    serve: bool,
    /// Port of JSON-RPC.
    #[arg(long, default_value_t = 8545)]
    rpc_port: u16,
}

/// Imports, then serves until it is interrupted.
pub fn run(args: Args) -> anyhow::Result<()> {
    let forks: BTreeMap<String, String> = match &args.forks {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            serde_json::from_str(&text)
                .with_context(|| format!("{} is no JSON object of texts", path.display()))?
        }
        None => BTreeMap::new(),
    };
    let genesis = chain_genesis(load_genesis(&args.genesis)?, &forks)?;
    let chain =
        std::fs::read(&args.chain).with_context(|| format!("cannot read {}", args.chain.display()))?;
    let blocks = decode_chain(&chain).with_context(|| format!("{} cannot be used", args.chain.display()))?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} blocks, {eta} left")?;
    let bar = ProgressBar::new(blocks.len() as u64).with_style(style);
    let mut config = civitas_rpc::Config::default();
    config.listen.set_port(args.rpc_port);
    let address = config.listen;
    let import = Import {
        folder: args.dir,
        genesis,
        blocks,
        serve: args.serve.then_some(config),
    };
    imported::run(import, &|stage| match stage {
        Stage::Executed(_) => bar.inc(1),
        Stage::Imported(head) => {
            bar.finish_and_clear();
            println!(
                "Imported up to block {} ({}); every root is as its header says.",
                head.height, head.hash
            );
        }
        Stage::Serving => println!("JSON-RPC http://{address}  (Ctrl-C stops it)"),
    })?;
    Ok(())
}

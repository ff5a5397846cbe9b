//! `civitas gateway`: follows business chains and reports what they hold to the main ledger.

mod fabric;

use crate::{
    account::{self, Account, Call, Fees},
    output,
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use anyhow::Context;
use civitas_chain_cometbft::{CometbftChain, Config as CometbftConfig};
use civitas_chain_evm::{Config as EvmConfig, EvmChain};
use civitas_chain_fabric::FabricChain;
use civitas_gateway::{Actors, Drivers, NodeLedger, Signer, Unsigned, config::Config, run as follow};
use civitas_ports::{BoxError, DigestSigner, ForeignError};
use clap::Subcommand;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Arguments of `civitas gateway`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Settings of the gateway.
    #[arg(long, required = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what each chain of a gateway is at.
    Status {
        /// Settings of the gateway.
        #[arg(long)]
        config: PathBuf,
    },
    /// Show what a config block of Hyperledger Fabric says: its hash, by which a trust root names it, and who orders the channel.
    ConfigBlock {
        /// The block, as Fabric's tools write it.
        file: PathBuf,
    },
}

/// Runs until it is asked to stop, or shows what a gateway is at.
///
/// # Errors
/// The settings or the key cannot be used, or another gateway has the folder.
pub fn run(args: Args) -> anyhow::Result<()> {
    match (args.command, args.config) {
        (Some(Command::Status { config }), _) => status(&Config::load(&config)?),
        (Some(Command::ConfigBlock { file }), _) => fabric::show(&file),
        (None, Some(config)) => start(&config),
        (None, None) => anyhow::bail!("name the settings with --config FILE"),
    }
}

/// Runs the gateway of these settings until it is asked to stop.
///
/// # Errors
/// As [`run`].
pub fn start(settings: &Path) -> anyhow::Result<()> {
    let config = Config::load(settings)?;
    let key = config.key.to_str().context("the path of the key is not UTF-8")?;
    let account = account::from_argument(key).context("the key of the gateway's account")?;
    let foreign = foreign_accounts(&config)?;
    output::block_on(serve(config, account, foreign))
}

/// Accounts on business chains, where the settings name a key.
fn foreign_accounts(config: &Config) -> anyhow::Result<BTreeMap<String, DigestSigner>> {
    let mut found: BTreeMap<String, DigestSigner> = BTreeMap::new();
    for chain in &config.chains {
        let Some(path) = &chain.foreign_key else {
            continue;
        };
        let key = path.to_str().context("the path of a foreign key is not UTF-8")?;
        let account = account::from_argument(key)
            .with_context(|| format!("the key of the account on {}", chain.chain))?;
        println!(
            "The account of the gateway on {} is {}",
            chain.chain, account.address
        );
        found.insert(chain.chain.clone(), account.signer());
    }
    Ok(found)
}

fn status(config: &Config) -> anyhow::Result<()> {
    for chain in &config.chains {
        let folder = config.data.join(chain.folder());
        let mut status = read_json(&folder.join("status.json"))?
            .unwrap_or_else(|| serde_json::json!({ "chain": chain.chain, "state": "never started" }));
        if let Some(commands) = read_json(&folder.join("commands.json"))? {
            status["commands"] = commands;
        }
        println!("{status}");
    }
    Ok(())
}

/// What a gateway wrote; none if it did not yet.
fn read_json(path: &Path) -> anyhow::Result<Option<Value>> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let value = serde_json::from_str(&text);
            Ok(Some(
                value.with_context(|| format!("{} is damaged", path.display()))?,
            ))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

async fn serve(
    config: Config,
    account: Account,
    foreign: BTreeMap<String, DigestSigner>,
) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (stop, stopped) = watch::channel(false);
    let ledger = Arc::new(NodeLedger::connect(&config.ledger)?);
    println!("The account of the gateway is {}", account.address);
    let actors = Actors {
        ledger,
        signer: Arc::new(account),
        drivers: drivers(),
        foreign,
    };
    let gateway = follow(&config, actors, stopped);
    tokio::pin!(gateway);
    tokio::select! {
        ended = &mut gateway => return Ok(ended?),
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    // The gateway ends at its next pause; what it has begun is done, or taken up at the next start.
    let _ = stop.send(true);
    Ok(gateway.await?)
}

/// Drivers by the namespace of the chain's name.
fn drivers() -> Drivers {
    Arc::new(|chain, finality| {
        if chain.is_cometbft() {
            let driver = CometbftChain::connect(CometbftConfig {
                request_time_max: chain.request_time_max(),
                ..CometbftConfig::new(&chain.chain, chain.urls.clone(), finality)
            })?;
            return Ok(driver);
        }
        if let Some(fabric) = &chain.fabric {
            return Ok(FabricChain::connect(fabric::settings(chain, fabric, finality)?)?);
        }
        let chain_id = chain.evm_id().ok_or_else(|| ForeignError::Settings {
            what: format!("{} has no driver", chain.chain),
        })?;
        let driver = EvmChain::connect(EvmConfig {
            request_time_max: chain.request_time_max(),
            fee_max_wei: chain.fee_max_wei(),
            ..EvmConfig::new(chain_id, chain.urls.clone(), finality)
        })?;
        Ok(driver)
    })
}

impl Signer for Account {
    fn account(&self) -> Address {
        self.address
    }

    fn sign_digest(&self, digest: B256) -> Result<[u8; 65], BoxError> {
        Ok(Account::sign_digest(self, digest)?)
    }

    fn sign(&self, transaction: &Unsigned) -> Result<(Bytes, B256), BoxError> {
        let call = Call {
            nonce: transaction.nonce,
            to: TxKind::Call(transaction.to),
            value: U256::ZERO,
            input: transaction.input.clone(),
            gas: transaction.gas,
        };
        let fees = Fees::Legacy {
            price: transaction.gas_price,
        };
        Ok(Account::sign(self, call, transaction.chain_id, fees)?)
    }
}

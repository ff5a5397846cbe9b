//! `civitas join`: makes the folder of a new node of a city that runs, and says what the others have to do.
//!
//! The key is made here and never leaves the folder. What makes the node a member is done by others: the authority
//! signs its request, its organisation applies for it on the ledger, and the city admits it by proposal.

use crate::{
    city::{City, beneficiary_of},
    contracts::connection::{Connection, NodeOptions},
    init::{NodePlan, node_config, write_config},
    output,
    proposal::draft::organisation_id,
};
use alloy_primitives::{Address, Bytes};
use anyhow::{Context, ensure};
use civitas_crypto::{NodeKeyPair, pki::NodeRequest};
use civitas_node::{config::PeerConfig, data};
use civitas_system_contracts::{address::NODES, interfaces::INodes, nodes::proofs::Application};
use serde_json::json;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Nodes that one question to the registry gives.
const PAGE: u64 = 100;

/// Arguments of `civitas join`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to make for the node.
    folder: PathBuf,
    /// Name of the node, unique in the city.
    #[arg(long)]
    name: String,
    /// The organisation that owns it.
    #[arg(long)]
    organisation: String,
    /// Where the node listens for other nodes.
    #[arg(long, value_name = "IP:PORT")]
    listen: SocketAddr,
    /// Where others reach it, if that is another address: `host:port`.
    #[arg(long, value_name = "HOST:PORT")]
    endpoint: Option<String>,
    /// Where it answers JSON-RPC.
    #[arg(long, value_name = "IP:PORT")]
    rpc_listen: SocketAddr,
    /// Where it shows metrics.
    #[arg(long, value_name = "IP:PORT")]
    metrics_listen: Option<SocketAddr>,
    /// Receives the priority fees of its blocks; without it, an address that is nobody's.
    #[arg(long)]
    beneficiary: Option<Address>,
    /// Name of the city; without it, that of --dir.
    #[arg(long)]
    city: Option<String>,
    /// The genesis, from somebody whom you trust; without it, that of --dir.
    #[arg(long)]
    genesis: Option<PathBuf>,
    /// The certificates of the city's authorities (PEM); without it, that of --dir.
    #[arg(long)]
    authorities: Option<PathBuf>,
    /// Their revocation lists (PEM); without it, that of --dir.
    #[arg(long)]
    revocations: Option<PathBuf>,
    #[command(flatten)]
    node: NodeOptions,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What the operator brings, from the arguments or the folder of the city.
struct Brought {
    city: String,
    genesis: String,
    authorities: String,
    revocations: String,
}

/// Makes the folder.
pub fn run(args: Args) -> anyhow::Result<()> {
    output::block_on(join(args))
}

async fn join(args: Args) -> anyhow::Result<()> {
    ensure!(
        !args.folder.exists() || std::fs::read_dir(&args.folder)?.next().is_none(),
        "{} is not empty: choose another folder",
        args.folder.display()
    );
    let brought = Brought::of(&args)?;
    let genesis =
        civitas_types::Genesis::from_json(&brought.genesis).context("the genesis cannot be used")?;
    let connection = args.node.connect().await?;
    ensure!(
        connection.chain.chain_id == genesis.chain_id(),
        "the genesis is of chain {}, the node at {} of chain {}: get the genesis of this city",
        genesis.chain_id(),
        connection.url,
        connection.chain.chain_id
    );
    let others = active_nodes(&connection).await?;
    ensure!(
        !others.peers.is_empty(),
        "the city at {} has no node that can be dialled",
        connection.url
    );
    let key = write_folder(&args, &brought, others)?;
    tell(&args, &key, genesis.chain_id())
}

impl Brought {
    fn of(args: &Args) -> anyhow::Result<Self> {
        let dir = &args.node.dir;
        let city = match &args.city {
            Some(name) => name.clone(),
            None => City::load(dir).context("or name the city with --city")?.name,
        };
        let read = |given: &Option<PathBuf>, usual: &str| {
            let path = given.clone().unwrap_or_else(|| dir.join(usual));
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
        };
        Ok(Self {
            city,
            genesis: read(&args.genesis, "genesis.json")?,
            authorities: read(&args.authorities, "authority/authority.pem")?,
            revocations: read(&args.revocations, "authority/crl.pem")?,
        })
    }
}

/// The nodes that are active on the ledger.
#[derive(Default)]
struct Others {
    count: usize,
    /// Those that can be dialled: through them the new one finds the city.
    peers: Vec<PeerConfig>,
}

async fn active_nodes(connection: &Connection) -> anyhow::Result<Others> {
    let mut found = Others::default();
    let mut from = 0;
    loop {
        let page = INodes::nodesCall { from, count: PAGE };
        let nodes = connection.typed(NODES, &page).await?;
        if nodes.is_empty() {
            return Ok(found);
        }
        from += PAGE;
        for node in nodes {
            if node.status != INodes::Status::Active {
                continue;
            }
            found.count += 1;
            if let Ok(address) = node.endpoint.parse() {
                found.peers.push(PeerConfig {
                    address,
                    name: node.name,
                    public_key: node.key,
                });
            }
        }
    }
}

fn write_folder(args: &Args, brought: &Brought, others: Others) -> anyhow::Result<NodeKeyPair> {
    let keys = args.folder.join("keys");
    std::fs::create_dir_all(&keys).with_context(|| format!("cannot make the folder {}", keys.display()))?;
    let key = NodeKeyPair::generate()?;
    key.save(&keys.join("node.key"))?;
    let request = NodeRequest::create(&key, &args.name, &args.organisation, &[])?;
    write(&keys.join("node.csr"), &request)?;
    write(&keys.join("authorities.pem"), &brought.authorities)?;
    write(&keys.join("crl.pem"), &brought.revocations)?;
    write(&args.folder.join("genesis.json"), &brought.genesis)?;
    let config = node_config(NodePlan {
        name: args.name.clone(),
        city: brought.city.clone(),
        genesis: "genesis.json".into(),
        renewal: None,
        listen: args.listen,
        others: others.count,
        peers: others.peers,
        rpc: args.rpc_listen,
        metrics: args.metrics_listen,
    });
    write_config(&args.folder, &config)?;
    data::mark(&args.folder.join("data"), &key.public_key(), data::Standing::New)?;
    Ok(key)
}

fn write(path: &Path, content: &str) -> anyhow::Result<()> {
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// Says what others have to do, and gives the application that the node has signed.
fn tell(args: &Args, key: &NodeKeyPair, chain_id: u64) -> anyhow::Result<()> {
    let public = key.public_key();
    let endpoint = args.endpoint.clone().unwrap_or_else(|| args.listen.to_string());
    let beneficiary = args.beneficiary.unwrap_or_else(|| beneficiary_of(&public));
    let application = Application {
        chain_id,
        organisation: organisation_id(&args.organisation)?,
        name: &args.name,
        endpoint: &endpoint,
        beneficiary,
    };
    let signature = Bytes::copy_from_slice(&key.sign(application.message().as_slice())?);
    if args.json {
        let answer = json!({
            "key": public,
            "organisation": application.organisation,
            "name": args.name,
            "endpoint": endpoint,
            "beneficiary": beneficiary,
            "signature": signature,
            "config": args.folder.join("node.toml"),
        });
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    let (folder, name, organisation) = (args.folder.display(), &args.name, &args.organisation);
    println!("Node {name} is in {folder}, with the new key {public}. What is to be done:");
    println!("1. The authority signs its request:");
    println!(
        "   civitas cert issue --request {folder}/keys/node.csr --name {name} --organisation {organisation:?} \
         --out {folder}/keys/node.pem"
    );
    println!("2. A representative of {organisation} applies for it:");
    println!(
        "   civitas member register {public} {organisation:?} {name} {endpoint} {beneficiary} {signature} --key ..."
    );
    println!("3. The city admits it, by proposal:");
    println!(
        "   civitas member admit {public} Observer --propose \"Admit {name}\" --as ORGANISATION --key ..."
    );
    println!("4. Start it: civitas node --config {folder}/node.toml");
    println!(
        "To let it vote: civitas member setRole {public} Validator --propose ... (once it has caught up)."
    );
    Ok(())
}

//! `civitas init`: makes a city's folder.

use crate::{
    city::{City, CityNode},
    founding,
};
use alloy_primitives::{Address, B256, Bytes, U256, address, bytes};
use anyhow::{Context, bail, ensure};
use civitas_crypto::{
    NodeKeyPair,
    pki::{AuthorityFolder, AuthorityRequest, AuthoritySettings, Certificate, NodeRequest, Validity},
};
use civitas_node::{
    config::{
        IdentityConfig, MetricsConfig, NetworkConfig, NodeConfig, PeerConfig, RenewalConfig, StorageConfig,
        peers_max_for,
    },
    data,
};
use civitas_system_contracts::genesis::Founding;
use civitas_types::{Genesis, LedgerParameters, OrderingEngine, StateCommitment, Validator};
use clap::ValueEnum;
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Ports of node `i` are these far above its JSON-RPC port.
const NETWORK_PORT_OFFSET: u16 = 1_000;
const METRICS_PORT_OFFSET: u16 = 1_100;
/// Validators of one city on one machine, at most.
const VALIDATORS_MAX: u16 = 64;
/// Days that the certificate of an authority is valid.
pub const AUTHORITY_DAYS: u32 = 3_650;
/// Life of a node's certificate, and of a revocation list, if nothing else is asked for.
const NODE_LIFE: Duration = Duration::from_secs(365 * 86_400);
/// Balance of each well-known account of a development city: a million ether.
const DEVELOPMENT_BALANCE: u128 = 1_000_000 * 10_u128.pow(18);

/// The first ten accounts of the mnemonic `test test test test test test test test test test test junk`.
pub const DEVELOPMENT_ACCOUNTS: [Address; 10] = [
    address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
];

/// The deterministic deployment proxy that Ethereum's tools expect on every chain.
const DEPLOYMENT_PROXY: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
const DEPLOYMENT_PROXY_CODE: Bytes = bytes!(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
);

/// How payloads are ordered.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Consensus {
    /// Byzantine fault tolerant; 3f + 1 validators survive f that lie.
    Simplex,
    /// One validator alone.
    Solo,
}

/// What the state root of a block is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Commitment {
    /// Fast; proofs by `civitas_getProof`.
    Qmdb,
    /// Ethereum's trie; proofs by `eth_getProof`.
    Mpt,
}

/// Arguments of `civitas init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to make.
    #[arg(long, default_value = "city")]
    pub dir: PathBuf,
    #[command(flatten)]
    pub shape: Shape,
    /// Found the city as this file says (see the `city.toml` of a development city for the form). Nobody is
    /// funded then, and nobody holds a role that the file does not give.
    #[arg(long, value_name = "FILE")]
    pub founding: Option<PathBuf>,
    /// Only check the file of `--founding` and say who can do what.
    #[arg(long, requires = "founding")]
    pub check: bool,
}

/// What a city is made of.
#[derive(Debug, Clone, clap::Args)]
pub struct Shape {
    /// Number of validators.
    #[arg(long, default_value_t = 4)]
    pub validators: u16,
    /// How payloads are ordered.
    #[arg(long, value_enum, default_value = "simplex")]
    pub consensus: Consensus,
    /// What the state root of a block is.
    #[arg(long, value_enum, default_value = "qmdb")]
    pub state_commitment: Commitment,
    /// Name of the city.
    #[arg(long, default_value = "Civitas")]
    pub name: String,
    /// Chain id of the main ledger.
    #[arg(long, default_value_t = 1337, value_parser = clap::value_parser!(u64).range(1..))]
    pub chain_id: u64,
    /// JSON-RPC port of node 0; node i has this port + i.
    #[arg(long, default_value_t = 8545)]
    pub rpc_port: u16,
    /// Heights of an epoch: the validators can change between two of them.
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(1..))]
    pub epoch_blocks: Option<u64>,
    /// Life of the nodes' certificates in minutes, instead of a year. Nodes renew them while they run.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u32).range(1..))]
    pub certificate_minutes: Option<u32>,
    /// The same in seconds, for tests.
    #[arg(long, hide = true, conflicts_with = "certificate_minutes",
          value_parser = clap::value_parser!(u32).range(10..))]
    pub certificate_seconds: Option<u32>,
}

impl Shape {
    fn certificate_life(&self) -> Duration {
        let minutes = self.certificate_minutes.map(|minutes| u64::from(minutes) * 60);
        let seconds = minutes.or(self.certificate_seconds.map(u64::from));
        seconds.map_or(NODE_LIFE, Duration::from_secs)
    }
}

/// Makes the folder and says what was made.
pub fn run(args: Args) -> anyhow::Result<()> {
    let founding = args.founding.as_deref().map(founding::load).transpose()?;
    if let (true, Some(founding)) = (args.check, &founding) {
        let faults = founding.faults();
        ensure!(
            faults.is_empty(),
            "the founding has faults:\n  - {}",
            faults.join("\n  - ")
        );
        founding::print(founding);
        return Ok(());
    }
    let city = create(&args.dir, &args.shape, founding)?;
    println!("City {} made in {}:", city.name, args.dir.display());
    for node in &city.nodes {
        println!(
            "  {}  JSON-RPC http://{}  key {}",
            node.name, node.rpc, node.public_key
        );
    }
    founding::print(&founding::load(&args.dir.join("city.toml"))?);
    println!("Start it with `civitas up --dir {}`.", args.dir.display());
    Ok(())
}

/// Makes a city's folder. Refuses a folder that holds one already.
///
/// Without a founding it is a development city.
pub fn create(folder: &Path, shape: &Shape, founding: Option<Founding>) -> anyhow::Result<City> {
    check(folder, shape)?;
    let development = founding.is_none();
    let mut founding = match founding {
        Some(founding) => founding,
        None => founding::development(folder, parameters(shape))?,
    };
    if let Some(epoch_blocks) = shape.epoch_blocks {
        founding.parameters.epoch_blocks = epoch_blocks;
    }
    let nodes = (0..shape.validators)
        .map(|index| plan(shape, index))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut authority = create_authority(folder, shape)?;
    let city = City {
        name: shape.name.clone(),
        chain_id: shape.chain_id,
        development,
        nodes: nodes.iter().map(|(node, _)| node.clone()).collect(),
    };
    let certificate = Certificate::from_pem(authority.authority().certificate_pem())?;
    let genesis = genesis(&city, &founding, &certificate)?;
    founding::save(&folder.join("city.toml"), &founding)?;
    let path = folder.join("genesis.json");
    std::fs::write(&path, genesis.to_json()?).with_context(|| format!("cannot write {}", path.display()))?;
    for (node, key) in &nodes {
        write_node(folder, &city, node, key, &mut authority)?;
    }
    // Last, so that a folder with a manifest is a whole city.
    city.save(folder)?;
    Ok(city)
}

fn check(folder: &Path, shape: &Shape) -> anyhow::Result<()> {
    ensure!(
        !City::exists(folder),
        "{} already holds a city: start it with `civitas up --dir {}`, or choose another folder",
        folder.display(),
        folder.display()
    );
    if folder.exists() && std::fs::read_dir(folder)?.next().is_some() {
        bail!(
            "{} is not empty and holds no city: choose another folder",
            folder.display()
        );
    }
    ensure!(
        (1..=VALIDATORS_MAX).contains(&shape.validators),
        "--validators is {}: it must be between 1 and {VALIDATORS_MAX}",
        shape.validators
    );
    ensure!(
        matches!(shape.consensus, Consensus::Simplex) || shape.validators == 1,
        "--consensus solo is one validator alone: add --validators 1"
    );
    let highest = u32::from(shape.rpc_port) + u32::from(METRICS_PORT_OFFSET) + u32::from(shape.validators);
    ensure!(
        highest <= u32::from(u16::MAX),
        "--rpc-port {} is too high for the ports above it",
        shape.rpc_port
    );
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn create_authority(folder: &Path, shape: &Shape) -> anyhow::Result<AuthorityFolder> {
    let now = SystemTime::now();
    let request = AuthorityRequest {
        name: format!("{} node authority", shape.name),
        organisation: shape.name.clone(),
        validity: Validity::from_now(now, AUTHORITY_DAYS)?,
    };
    let settings = AuthoritySettings {
        certificate_life: shape.certificate_life(),
        list_life: shape.certificate_life(),
    };
    Ok(AuthorityFolder::create(
        &folder.join("authority"),
        &request,
        settings,
        now,
    )?)
}

fn plan(shape: &Shape, index: u16) -> anyhow::Result<(CityNode, NodeKeyPair)> {
    let key = NodeKeyPair::generate()?;
    let local = |port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let node = CityNode {
        name: format!("node{index}"),
        public_key: key.public_key(),
        rpc: local(shape.rpc_port + index),
        network: local(shape.rpc_port + NETWORK_PORT_OFFSET + index),
        metrics: local(shape.rpc_port + METRICS_PORT_OFFSET + index),
    };
    Ok((node, key))
}

fn parameters(shape: &Shape) -> LedgerParameters {
    LedgerParameters {
        ordering: match shape.consensus {
            Consensus::Simplex => OrderingEngine::Simplex,
            Consensus::Solo => OrderingEngine::Solo,
        },
        state_commitment: match shape.state_commitment {
            Commitment::Qmdb => StateCommitment::Qmdb,
            Commitment::Mpt => StateCommitment::Mpt,
        },
        ..LedgerParameters::default()
    }
}

fn genesis(city: &City, founding: &Founding, authority: &Certificate) -> anyhow::Result<Genesis> {
    let parameters = founding.parameters.clone();
    let timestamp = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut alloc = BTreeMap::new();
    alloc.insert(
        alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS,
        contract(alloy_eips::eip2935::HISTORY_STORAGE_CODE.clone()),
    );
    alloc.insert(DEPLOYMENT_PROXY, contract(DEPLOYMENT_PROXY_CODE));
    if city.development {
        let funded = alloy_genesis::GenesisAccount::default().with_balance(U256::from(DEVELOPMENT_BALANCE));
        alloc.extend(DEVELOPMENT_ACCOUNTS.map(|account| (account, funded.clone())));
    }
    alloc.extend(founding::accounts(founding, city, authority, timestamp)?);
    let ethereum = alloy_genesis::Genesis {
        config: civitas_evm::ChainSpec::osaka_config(city.chain_id),
        timestamp,
        extra_data: Bytes::copy_from_slice(&city.name.as_bytes()[..city.name.len().min(32)]),
        gas_limit: parameters.block_gas_max,
        difficulty: U256::ZERO,
        mix_hash: B256::ZERO,
        base_fee_per_gas: Some(parameters.base_fee.into()),
        excess_blob_gas: Some(0),
        blob_gas_used: Some(0),
        alloc,
        ..alloy_genesis::Genesis::default()
    };
    let validators = city
        .nodes
        .iter()
        .map(|node| Validator {
            name: node.name.clone(),
            public_key: node.public_key,
            beneficiary: node.beneficiary(),
        })
        .collect();
    Ok(Genesis {
        ethereum,
        parameters,
        validators,
    })
}

fn contract(code: Bytes) -> alloy_genesis::GenesisAccount {
    alloy_genesis::GenesisAccount::default()
        .with_nonce(Some(1))
        .with_code(Some(code))
}

fn write_node(
    folder: &Path,
    city: &City,
    node: &CityNode,
    key: &NodeKeyPair,
    authority: &mut AuthorityFolder,
) -> anyhow::Result<()> {
    let home = folder.join(&node.name);
    let keys = home.join("keys");
    std::fs::create_dir_all(&keys).with_context(|| format!("cannot make the folder {}", keys.display()))?;
    key.save(&keys.join("node.key"))?;
    let request = NodeRequest {
        name: node.name.clone(),
        organisation: city.name.clone(),
        public_key: key.public_key(),
        alternative_names: Vec::new(),
    };
    let certificate = authority.issue(&request, authority.certificate_life(), SystemTime::now())?;
    std::fs::write(keys.join("node.pem"), certificate.to_pem())?;
    let authorities = authority.authority().certificate_pem();
    std::fs::write(keys.join("authorities.pem"), authorities)?;
    std::fs::copy(authority.list_path(), keys.join("crl.pem"))?;
    let config = node_config(NodePlan {
        name: node.name.clone(),
        city: city.name.clone(),
        genesis: "../genesis.json".into(),
        // In production the authority's key is elsewhere, and the operator says who renews.
        renewal: city
            .development
            .then(|| RenewalConfig::Authority("../authority".into())),
        listen: node.network,
        others: city.nodes.len().saturating_sub(1),
        peers: peers(city, node),
        rpc: node.rpc,
        metrics: Some(node.metrics),
    });
    write_config(&home, &config)?;
    data::mark(&home.join("data"), &node.public_key, data::Standing::New)?;
    Ok(())
}

/// What is special to the settings of a node; keys and data stand in the folder of the settings.
pub struct NodePlan {
    /// Its name.
    pub name: String,
    /// Name of the city.
    pub city: String,
    /// The genesis, from the folder of the settings.
    pub genesis: PathBuf,
    /// Who renews its certificate.
    pub renewal: Option<RenewalConfig>,
    /// Where it listens for other nodes.
    pub listen: SocketAddr,
    /// Number of the other nodes of the city.
    pub others: usize,
    /// Those of them that can be dialled.
    pub peers: Vec<PeerConfig>,
    /// Where it answers JSON-RPC.
    pub rpc: SocketAddr,
    /// Where it shows metrics.
    pub metrics: Option<SocketAddr>,
}

/// The settings of a node.
pub fn node_config(plan: NodePlan) -> NodeConfig {
    NodeConfig {
        name: plan.name,
        city: plan.city,
        genesis: plan.genesis,
        data: "data".into(),
        thesaurus: None,
        identity: IdentityConfig {
            key: "keys/node.key".into(),
            certificate: "keys/node.pem".into(),
            authorities: "keys/authorities.pem".into(),
            revocations: Some("keys/crl.pem".into()),
            crl_required: false,
            renewal: plan.renewal,
        },
        network: NetworkConfig {
            listen: plan.listen,
            peers_max: peers_max_for(plan.others),
            peers: plan.peers,
        },
        rpc: civitas_rpc::Config {
            listen: plan.rpc,
            ..Default::default()
        },
        metrics: MetricsConfig { listen: plan.metrics },
        storage: StorageConfig::default(),
        pool: Default::default(),
        audit: Default::default(),
        threads: 2,
    }
}

/// Writes the settings into the folder of a node.
pub fn write_config(folder: &Path, config: &NodeConfig) -> anyhow::Result<()> {
    let path = folder.join("node.toml");
    std::fs::write(&path, toml::to_string_pretty(config)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

fn peers(city: &City, node: &CityNode) -> Vec<PeerConfig> {
    let others = city
        .nodes
        .iter()
        .filter(|other| other.public_key != node.public_key);
    others
        .map(|other| PeerConfig {
            name: other.name.clone(),
            public_key: other.public_key,
            address: other.network,
        })
        .collect()
}

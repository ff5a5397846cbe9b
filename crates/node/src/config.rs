//! Node settings (`node.toml`): they may differ between nodes and can never hurt safety.
//!
//! What all nodes must agree on are ledger parameters and stand in the genesis.

use civitas_system_contracts::audit::ANCHOR_BLOCKS_MIN;
use civitas_types::{NodeKey, StateCommitment};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Nodes that the registry can hold active.
const PEERS_MAX: usize = 1_024;
/// Part of the memory for cached state that each partition ledger takes beside the main ledger: a node runs many.
const PARTITION_CACHE_DIVISOR: usize = 4;
/// But at least so much, in MiB.
const PARTITION_CACHE_MIB_MIN: usize = 4;

/// The settings of a node. Relative paths are relative to the folder of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// Name of the node, for people; unique in the city.
    pub name: String,
    /// Name of the city: nodes of other cities are refused, whatever certificate they show.
    pub city: String,
    /// The genesis of the ledger.
    pub genesis: PathBuf,
    /// Folder of blocks and state. Nothing secret stands in it.
    pub data: PathBuf,
    /// The thesaurus whose words the node refuses where its hash is in force (TOML or JSON). It is read again when
    /// it changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thesaurus: Option<PathBuf>,
    /// Keys and certificates.
    pub identity: IdentityConfig,
    /// Links to other nodes.
    pub network: NetworkConfig,
    /// The JSON-RPC server.
    #[serde(default)]
    pub rpc: civitas_rpc::Config,
    /// Prometheus metrics.
    #[serde(default)]
    pub metrics: MetricsConfig,
    /// Blocks and state.
    #[serde(default)]
    pub storage: StorageConfig,
    /// Waiting transactions.
    #[serde(default)]
    pub pool: civitas_mempool::Config,
    /// Audit records.
    #[serde(default)]
    pub audit: AuditConfig,
    /// Threads that run the node.
    #[serde(default = "default_threads")]
    pub threads: usize,
}

/// Keys and certificates of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// The node's private key (PKCS #8, PEM, mode 0600).
    pub key: PathBuf,
    /// The node's certificate (X.509, PEM).
    pub certificate: PathBuf,
    /// The certificates of the authorities whose nodes are admitted (X.509, PEM).
    pub authorities: PathBuf,
    /// The revocation lists of the authorities (X.509 CRL, PEM, one after the other). Their freshness is enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocations: Option<PathBuf>,
    /// Refuse the nodes of an authority that has no revocation list.
    #[serde(default, skip_serializing_if = "is_false")]
    pub crl_required: bool,
    /// Who renews the certificate at two thirds of its life; without it, the operator does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<RenewalConfig>,
}

/// Name of the file beside that of the authorities; see [`IdentityConfig::recovery_authorities`].
const RECOVERY_AUTHORITIES: &str = "recovery-authorities.pem";

impl IdentityConfig {
    /// Break-glass: the file of the authorities that may certify nodes of every organisation, although the ledger does
    /// not say so, among those of [`IdentityConfig::authorities`] (X.509, PEM). There is none in normal life.
    pub fn recovery_authorities(&self) -> PathBuf {
        self.authorities.with_file_name(RECOVERY_AUTHORITIES)
    }
}

/// Who renews the certificate of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RenewalConfig {
    /// A program and its arguments: it gets the request (PKCS #10, PEM) on standard input and writes the certificate,
    /// and intermediate ones after it (PEM), to standard output.
    Command(Vec<String>),
    /// The folder of the city's own authority on this machine.
    Authority(PathBuf),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Links to other nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Where the node listens for other nodes.
    pub listen: SocketAddr,
    /// Nodes through which this one finds the city.
    #[serde(default)]
    pub peers: Vec<PeerConfig>,
    /// Nodes that can be linked at a time, at most. Queues are sized by it: about 0.4 MB each.
    #[serde(default = "default_peers_max")]
    pub peers_max: usize,
}

/// Another node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerConfig {
    /// Its name, for people.
    pub name: String,
    /// The key that its certificate must carry.
    pub public_key: NodeKey,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Prometheus metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// Where `GET /metrics` is answered; nowhere if it is not set.
    pub listen: Option<SocketAddr>,
}

/// Blocks and state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorageConfig {
    /// How many blocks back states can be read; 0 keeps all (an archive node).
    pub history_blocks: u64,
    /// Memory for cached state of the main ledger, in MiB; see [`StorageConfig::of_partition`].
    pub cache_mib: usize,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            history_blocks: 100_000,
            cache_mib: civitas_state::CACHE_MIB_DEFAULT,
        }
    }
}

impl StorageConfig {
    /// Those of a partition ledger.
    #[must_use]
    pub fn of_partition(&self) -> Self {
        Self {
            cache_mib: (self.cache_mib / PARTITION_CACHE_DIVISOR).max(PARTITION_CACHE_MIB_MIN),
            ..self.clone()
        }
    }

    /// Settings of the store of a ledger whose storage partitions begin with `prefix`.
    pub fn of_store(&self, prefix: &str, commitment: StateCommitment) -> civitas_state::Config {
        let config = civitas_state::Config {
            partition: format!("{prefix}-state"),
            commitment,
            history_blocks: (self.history_blocks > 0).then_some(self.history_blocks),
            ..civitas_state::Config::default()
        };
        config.with_cache_mib(self.cache_mib)
    }
}

/// Audit records of the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// Whether the node keeps audit records, in the folder `audit` of its data.
    pub enabled: bool,
    /// Blocks between two anchors of the records on the ledger, where there are new ones.
    pub anchor_blocks: u64,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            anchor_blocks: 100,
        }
    }
}

const fn default_threads() -> usize {
    2
}

/// Nodes that can be linked at a time, unless the settings say otherwise.
pub const fn default_peers_max() -> usize {
    32
}

/// What a new node of a city with so many other nodes gets: room for all of them, and for half as many to come.
pub fn peers_max_for(nodes: usize) -> usize {
    nodes
        .saturating_add(nodes / 2)
        .clamp(default_peers_max(), PEERS_MAX)
}

/// Why settings cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings {path}: check the path, or make a city with `civitas init`")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The failure.
        #[source]
        source: std::io::Error,
    },
    /// The file is not valid.
    #[error("{path} is not a valid node.toml: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and what.
        reason: String,
    },
}

impl NodeConfig {
    /// Reads and checks a file; relative paths are resolved against its folder.
    ///
    /// # Errors
    /// See [`ConfigError`]; all faults of the checks are reported together.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let invalid = |reason: String| ConfigError::Invalid {
            path: path.to_owned(),
            reason,
        };
        let mut config: Self = toml::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        let faults = config.faults();
        if !faults.is_empty() {
            return Err(invalid(faults.join("; ")));
        }
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        for relative in config.paths() {
            *relative = folder.join(&*relative);
        }
        Ok(config)
    }

    fn paths(&mut self) -> Vec<&mut PathBuf> {
        let identity = &mut self.identity;
        let mut paths = vec![
            &mut self.genesis,
            &mut self.data,
            &mut identity.key,
            &mut identity.certificate,
            &mut identity.authorities,
        ];
        paths.extend(&mut self.thesaurus);
        paths.extend(&mut identity.revocations);
        if let Some(RenewalConfig::Authority(folder)) = &mut identity.renewal {
            paths.push(folder);
        }
        paths
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.name.is_empty() {
            faults.push("name must not be empty".to_owned());
        }
        if !(1..=64).contains(&self.threads) {
            faults.push(format!(
                "threads is {}: it must be between 1 and 64",
                self.threads
            ));
        }
        if !(1..=65_536).contains(&self.storage.cache_mib) {
            faults.push(format!(
                "storage.cache_mib is {}: it must be between 1 and 65536",
                self.storage.cache_mib
            ));
        }
        if !(1..=PEERS_MAX).contains(&self.network.peers_max) {
            faults.push(format!(
                "network.peers_max is {}: it must be between 1 and {PEERS_MAX}",
                self.network.peers_max
            ));
        }
        if self.network.peers.len() > self.network.peers_max {
            faults.push(format!(
                "network.peers lists {} nodes: raise network.peers_max",
                self.network.peers.len()
            ));
        }
        if self.audit.anchor_blocks < ANCHOR_BLOCKS_MIN {
            faults.push(format!(
                "audit.anchor_blocks is {}: it must be at least {ANCHOR_BLOCKS_MIN}",
                self.audit.anchor_blocks
            ));
        }
        if matches!(&self.identity.renewal, Some(RenewalConfig::Command(words)) if words.is_empty()) {
            faults.push("identity.renewal: command names no program".to_owned());
        }
        if self.identity.crl_required && self.identity.revocations.is_none() {
            faults.push("identity.crl_required needs identity.revocations".to_owned());
        }
        for (index, peer) in self.network.peers.iter().enumerate() {
            if self.network.peers[..index]
                .iter()
                .any(|other| other.public_key == peer.public_key)
            {
                faults.push(format!(
                    "network.peers: {} has the key of another peer",
                    peer.name
                ));
            }
        }
        faults
    }
}

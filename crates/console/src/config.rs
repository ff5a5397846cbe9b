//! Settings of the console (`console.toml`). Unknown keys are refused, and all faults are told together.

use crate::login::LoginConfig;
use civitas_gateway::client::GatewayClient;
use serde::Deserialize;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Ledgers and nodes, at most: what a page can show, and what one process can follow.
const LEDGERS_MAX: usize = 64;
const NODES_MAX: usize = 1_024;
/// Gateways, at most: more than any chain has.
const GATEWAYS_MAX: usize = 64;

/// The settings. Relative paths are relative to the folder of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where browsers are answered.
    #[serde(default = "listen_default")]
    pub listen: SocketAddr,
    /// Folder of what the console keeps: metrics, logs, alarms, and the database if none is named.
    #[serde(default = "data_default")]
    pub data: PathBuf,
    /// `sqlite://FILE` or `postgres://…`; a SQLite file in `data` without it. Several consoles can share one PostgreSQL.
    #[serde(default)]
    pub database: Option<String>,
    /// The city.
    pub city: CityConfig,
    /// Ledgers to follow: `main`, and others that its nodes do not serve.
    pub ledgers: Vec<LedgerConfig>,
    /// Nodes to watch.
    #[serde(default)]
    pub nodes: Vec<NodeConfig>,
    /// Addresses of gateways that give what they reported of foreign chains, in the order in which they are asked. They are not
    /// believed: only what the main ledger anchored is shown. Without one, foreign chains are not indexed.
    #[serde(default)]
    pub gateways: Vec<String>,
    /// The thesaurus (TOML or JSON) whose words are found in what comes into the index and masked in what is shown, as soon as
    /// its hash is in force on the main ledger. It is read again when it changes.
    #[serde(default)]
    pub thesaurus: Option<PathBuf>,
    /// The socket of the `civitas up` that runs the nodes; without it, nodes are not started and stopped from here.
    #[serde(default)]
    pub control: Option<PathBuf>,
    /// Signing in.
    #[serde(default)]
    pub login: LoginConfig,
    /// Metrics, logs, alarms.
    #[serde(default)]
    pub monitor: civitas_monitor::Settings,
    /// Verification of sources.
    #[serde(default)]
    pub solidity: SolidityConfig,
    /// Counts of the console itself, for Prometheus.
    #[serde(default)]
    pub metrics: MetricsConfig,
}

/// Verification of sources.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SolidityConfig {
    /// Folder of Solidity compilers, as npm ships them; `compilers` in `data` without it.
    pub compilers: Option<PathBuf>,
}

/// Prometheus metrics, as a node has them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// Where `GET /metrics` is answered, without a sign-in; nowhere if it is not set.
    pub listen: Option<SocketAddr>,
}

/// The city.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityConfig {
    /// Its name.
    pub name: String,
    /// Folder of the city, if it is on this machine: certificates are renewed by its authority.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// Whether it is a development city, whose funded accounts are those that everyone knows.
    #[serde(default)]
    pub development: bool,
}

/// A ledger to follow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// Its name; `main` for the main ledger.
    pub name: String,
    /// JSON-RPC addresses of its nodes, in the order in which they are asked.
    pub rpc: Vec<String>,
}

/// A node to watch.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// Its name.
    pub name: String,
    /// Its JSON-RPC address.
    pub rpc: String,
    /// Where it exports metrics.
    #[serde(default)]
    pub metrics: Option<String>,
    /// Its folder, if it is on this machine.
    #[serde(default)]
    pub folder: Option<PathBuf>,
}

/// Settings that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("{} cannot be used", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// Values that do not fit.
    #[error("{} cannot be used: {}", path.display(), faults.join("; "))]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong.
        faults: Vec<String>,
    },
}

fn listen_default() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8080))
}

fn data_default() -> PathBuf {
    PathBuf::from(".")
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|source| ConfigError::Malformed {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        let faults = config.faults();
        if !faults.is_empty() {
            return Err(ConfigError::Unfit {
                path: path.to_owned(),
                faults,
            });
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        config.data = folder.join(&config.data);
        config.control = config.control.map(|socket| folder.join(socket));
        config.city.folder = config.city.folder.map(|city| folder.join(city));
        if config.login.origins.is_empty() {
            // Without one nobody could sign in, not even by the one-time link, which names this address.
            config.login.origins.push(format!("http://{}", config.listen));
        }
        if let Some(provider) = &mut config.login.oidc {
            provider.client_secret_file = provider.client_secret_file.take().map(|file| folder.join(file));
        }
        if let Some(otlp) = &mut config.monitor.otlp {
            otlp.headers_file = otlp.headers_file.take().map(|file| folder.join(file));
        }
        config.thesaurus = config.thesaurus.map(|file| folder.join(file));
        config.solidity.compilers = config.solidity.compilers.map(|compilers| folder.join(compilers));
        for node in &mut config.nodes {
            node.folder = node.folder.take().map(|home| folder.join(home));
        }
        Ok(config)
    }

    /// Everything that is wrong, in words.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.monitor.faults();
        faults.extend(self.login.faults());
        if !self.ledgers.iter().any(|ledger| ledger.name == "main") {
            faults.push("no [[ledgers]] entry is called main".to_owned());
        }
        if self.ledgers.len() > LEDGERS_MAX {
            faults.push(format!(
                "{} ledgers, at most {LEDGERS_MAX} are possible",
                self.ledgers.len()
            ));
        }
        if self.nodes.len() > NODES_MAX {
            faults.push(format!(
                "{} nodes, at most {NODES_MAX} are possible",
                self.nodes.len()
            ));
        }
        faults.extend(self.gateway_faults());
        for ledger in &self.ledgers {
            if ledger.rpc.is_empty() {
                faults.push(format!("ledger {} has no rpc address", ledger.name));
            }
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if self.nodes.iter().take(index).any(|other| other.name == node.name) {
                faults.push(format!("two nodes are called {}", node.name));
            }
        }
        faults
    }

    fn gateway_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.gateways.len() > GATEWAYS_MAX {
            faults.push(format!(
                "{} gateways, at most {GATEWAYS_MAX} are possible",
                self.gateways.len()
            ));
        }
        for (index, gateway) in self.gateways.iter().enumerate() {
            if let Err(error) = GatewayClient::new(gateway) {
                faults.push(format!("gateway {gateway}: {}", civitas_sdk::causes(&error)));
            }
            if self.gateways.iter().take(index).any(|other| other == gateway) {
                faults.push(format!("gateway {gateway} stands there twice"));
            }
        }
        faults
    }

    /// The database: as it is named, or a file in `data`.
    pub fn database(&self) -> String {
        let own = || format!("sqlite://{}", self.data.join("index.db").display());
        self.database.clone().unwrap_or_else(own)
    }

    /// The folder of Solidity compilers: as it is named, or in `data`.
    pub fn compilers(&self) -> PathBuf {
        let named = self.solidity.compilers.clone();
        named.unwrap_or_else(|| self.data.join("compilers"))
    }

    /// A node by name.
    pub fn node(&self, name: &str) -> Option<&NodeConfig> {
        self.nodes.iter().find(|node| node.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let read: Result<Config, _> = toml::from_str(text);
        let found = match read {
            Err(error) => Some(error.message().to_owned()),
            Ok(config) => config.faults().into_iter().next(),
        };
        match expected {
            None => assert_eq!(found, None, "{text}"),
            Some(part) => assert!(
                found.as_ref().is_some_and(|found| found.contains(part)),
                "{text}: {found:?}"
            ),
        }
    }

    #[test]
    fn settings_are_read_strictly() {
        const CITY: &str = "city = { name = \"a\" }\n";
        check(
            &format!("{CITY}[[ledgers]]\nname = \"main\"\nrpc = [\"http://127.0.0.1:1\"]"),
            None,
        );
        check(
            &format!("{CITY}[[ledgers]]\nname = \"main\"\nrpc = []"),
            Some("no rpc address"),
        );
        check(
            &format!("{CITY}[[ledgers]]\nname = \"b\"\nrpc = [\"x\"]"),
            Some("called main"),
        );
        check(&format!("{CITY}ledgers = []\ncolour = 1"), Some("unknown field"));
        let with = |gateways: &str| {
            format!(
                "gateways = [{gateways}]\n{CITY}[[ledgers]]\nname = \"main\"\nrpc = [\"http://127.0.0.1:1\"]"
            )
        };
        check(&with("\"http://127.0.0.1:8600\""), None);
        check(&with("\"ftp://127.0.0.1\""), Some("no address of HTTP"));
        check(&with("\"http://a\", \"http://a\""), Some("twice"));
    }
}

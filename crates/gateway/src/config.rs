//! Settings of a gateway (`gateway.toml`). Unknown keys are refused, and all faults are told together.

mod fabric;

pub use fabric::FabricConfig;

use civitas_chain_evm::FEE_MAX_WEI;
use civitas_chain_fabric::is_caip2 as is_fabric_name;
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

/// Chains of one gateway, at most: each has a task of its own, and holds a block in memory.
pub const CHAINS_MAX: usize = 64;

/// Largest bound of the price of gas, in gwei: one whole coin for a unit of gas, which no chain asks for.
const FEE_GWEI_MAX: u64 = 1_000_000_000;

/// Wei of one gwei.
const GWEI: u128 = 1_000_000_000;

/// The settings. Relative paths are relative to the folder of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// JSON-RPC of nodes of the main ledger, in the order of preference.
    pub ledger: Vec<String>,
    /// File with the key of the gateway's account.
    pub key: PathBuf,
    /// Folder of what the gateway keeps.
    #[serde(default = "data_default")]
    pub data: PathBuf,
    /// Milliseconds between two looks at a chain that has nothing new.
    #[serde(default = "poll_ms_default")]
    pub poll_ms: u64,
    /// Address of the HTTP side: `127.0.0.1:8600`. It reads and never writes; without it, nothing listens. It asks for
    /// no password, so an address that others reach belongs behind a proxy that does.
    #[serde(default)]
    pub listen: Option<SocketAddr>,
    /// The chains that it follows.
    pub chains: Vec<ChainConfig>,
}

/// A chain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// CAIP-2 name, as it is registered: `eip155:8217`, `cosmos:cosmoshub-4`, `fabric:trade`.
    pub chain: String,
    /// Addresses of its interface, of different operators where that can be.
    pub urls: Vec<String>,
    /// Milliseconds that one request may take.
    #[serde(default = "request_ms_default")]
    pub request_ms_max: u64,
    /// File with the key of an account on the chain that brings commands to its supervision hook and messages to its mailbox, and pays for
    /// that; off unless it is set.
    #[serde(default)]
    pub foreign_key: Option<PathBuf>,
    /// The most that account pays for a unit of gas, in gwei (10^-9 of the chain's coin); 500 if it is not set. An endpoint that asks for
    /// more is not believed.
    #[serde(default)]
    pub fee_max_gwei: Option<u64>,
    /// What only a channel of Hyperledger Fabric needs.
    #[serde(default)]
    pub fabric: Option<FabricConfig>,
    /// Batches that stay in the archive; all of them if it is not set.
    #[serde(default)]
    pub batches_kept: Option<u64>,
}

fn data_default() -> PathBuf {
    PathBuf::from("gateway")
}

const fn poll_ms_default() -> u64 {
    1_000
}

const fn request_ms_default() -> u64 {
    10_000
}

/// Settings that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML, or has keys that are not known.
    #[error("the settings cannot be read")]
    Form(#[source] Box<toml::de::Error>),
    /// Values that do not fit.
    #[error("the settings have faults: {}", faults.join("; "))]
    Faults {
        /// All of them.
        faults: Vec<String>,
    },
}

impl Config {
    /// Reads the settings, with paths relative to the file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::read(&text)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        config.key = folder.join(&config.key);
        config.data = folder.join(&config.data);
        for chain in &mut config.chains {
            chain.foreign_key = chain.foreign_key.take().map(|key| folder.join(key));
            if let Some(fabric) = &mut chain.fabric {
                fabric.place(folder);
            }
        }
        Ok(config)
    }

    /// Reads the settings from text.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::Form(Box::new(error)))?;
        let faults = config.faults();
        if faults.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Faults { faults })
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |holds: bool, fault: String| {
            if !holds {
                faults.push(fault);
            }
        };
        expect(!self.ledger.is_empty(), "ledger: at least one address".to_owned());
        expect(
            (50..=600_000).contains(&self.poll_ms),
            "poll_ms: 50 to 600000".to_owned(),
        );
        expect(
            (1..=CHAINS_MAX).contains(&self.chains.len()),
            format!("chains: 1 to {CHAINS_MAX}"),
        );
        let names: BTreeSet<&str> = self.chains.iter().map(|chain| chain.chain.as_str()).collect();
        expect(
            names.len() == self.chains.len(),
            "chains: each one once".to_owned(),
        );
        for chain in &self.chains {
            let name = &chain.chain;
            expect(
                chain.evm_id().is_some() || chain.is_cometbft() || chain.is_fabric(),
                format!(
                    "{name}: only Ethereum-like chains (eip155:<chain id>), those of CometBFT (cosmos:<chain id>) and channels of Fabric (fabric:<channel>) have a driver"
                ),
            );
            expect(
                chain.fabric.is_some() == chain.is_fabric(),
                format!("{name}: the section fabric is for channels of Fabric, and these need it"),
            );
            if let Some(fabric) = &chain.fabric {
                for fault in fabric.faults(name, &chain.urls) {
                    expect(false, fault);
                }
            }
            expect(!chain.urls.is_empty(), format!("{name}: at least one address"));
            expect(
                (100..=600_000).contains(&chain.request_ms_max),
                format!("{name}: request_ms_max is 100 to 600000"),
            );
            expect(
                chain.batches_kept != Some(0),
                format!("{name}: batches_kept is at least 1"),
            );
            expect(
                chain.foreign_key.is_none() || chain.evm_id().is_some(),
                format!("{name}: foreign_key is for Ethereum-like chains, which can have a supervision hook"),
            );
            if let Some(fee_max) = chain.fee_max_gwei {
                expect(
                    chain.evm_id().is_some() && (1..=FEE_GWEI_MAX).contains(&fee_max),
                    format!("{name}: fee_max_gwei is 1 to {FEE_GWEI_MAX}, and for Ethereum-like chains"),
                );
            }
        }
        faults
    }

    /// Time between two looks.
    pub const fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }
}

impl ChainConfig {
    /// Chain id of an Ethereum-like chain.
    pub fn evm_id(&self) -> Option<u64> {
        self.chain.strip_prefix("eip155:")?.parse().ok()
    }

    /// Whether the chain runs on CometBFT: a name of the namespace `cosmos` (CAIP-5).
    pub fn is_cometbft(&self) -> bool {
        self.chain.strip_prefix("cosmos:").is_some_and(|reference| {
            (1..=32).contains(&reference.len())
                && reference
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    }

    /// Whether the chain is a channel of Hyperledger Fabric.
    pub fn is_fabric(&self) -> bool {
        is_fabric_name(&self.chain)
    }

    /// Name of the chain's folder.
    pub fn folder(&self) -> String {
        self.chain.replace(':', "-")
    }

    /// The most that the account on the chain pays for a unit of gas, in wei.
    pub fn fee_max_wei(&self) -> u128 {
        self.fee_max_gwei
            .map_or(FEE_MAX_WEI, |gwei| u128::from(gwei).saturating_mul(GWEI))
    }

    /// How long one request may take.
    pub const fn request_time_max(&self) -> Duration {
        Duration::from_millis(self.request_ms_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "ledger = ['http://127.0.0.1:8545']\nkey = 'key'\n[[chains]]\nchain = 'eip155:1'\nurls = ['http://a']\n";

    #[test]
    fn faults_are_told_together() {
        let text = "ledger = []\nkey = 'key'\npoll_ms = 1\n[[chains]]\nchain = 'fabric:x'\nurls = []\nrequest_ms_max = 1\nbatches_kept = 0\n";
        let ConfigError::Faults { faults } = Config::read(text).unwrap_err() else {
            panic!("another error")
        };
        assert_eq!(faults.len(), 6, "{faults:?}");
        assert!(Config::read(GOOD).is_ok());
        for (chain, is_good) in [
            ("cosmos:trade-1", true),
            ("cosmos:hashed-c904589232422def", true),
            ("cosmos:", false),
            ("cosmos:../x", false),
            ("cosmos:a_b", false),
        ] {
            let text = GOOD.replace("eip155:1", chain);
            assert_eq!(Config::read(&text).is_ok(), is_good, "{chain}");
        }
        let twice = format!("{GOOD}[[chains]]\nchain = 'eip155:1'\nurls = ['http://b']\n");
        assert!(matches!(Config::read(&twice), Err(ConfigError::Faults { .. })));
        assert!(matches!(
            Config::read(&format!("unknown = 1\n{GOOD}")),
            Err(ConfigError::Form(_))
        ));
    }

    #[test]
    fn channels_of_fabric_have_a_section_of_their_own() {
        let section = "[chains.fabric]\nchannel = 'trade'\nconfig_block = 'b'\nmsp = 'Org1MSP'\ncertificate = 'c'\nkey = 'k'\ntls_roots = 'r'\n";
        let chain = GOOD
            .replace("eip155:1", "fabric:trade")
            .replace("http://a", "grpcs://a");
        let good = format!("{chain}{section}");
        assert!(Config::read(&good).is_ok());
        for wrong in [
            chain,
            format!("{GOOD}{section}"),
            good.replace("channel = 'trade'", "channel = 'another'"),
            good.replace("'Org1MSP'", "''"),
            good.replace("tls_roots", "tls_key"),
            good.replace("fabric:trade", "fabric:a.b"),
        ] {
            assert!(
                matches!(Config::read(&wrong), Err(ConfigError::Faults { .. })),
                "{wrong}"
            );
        }
        let mut placed = Config::read(&good).unwrap().chains.remove(0).fabric.unwrap();
        placed.place(Path::new("folder"));
        assert_eq!(placed.config_block, Path::new("folder/b"));
        assert_eq!(placed.tls_roots.as_deref(), Some(Path::new("folder/r")));
    }

    #[test]
    fn only_chains_that_can_have_a_hook_take_a_key() {
        let with_key = format!("{GOOD}foreign_key = 'foreign'\n");
        assert!(Config::read(&with_key).is_ok());
        let refused = Config::read(&with_key.replace("eip155:1", "cosmos:trade-1"));
        assert!(matches!(refused, Err(ConfigError::Faults { faults }) if faults.len() == 1));
    }

    #[test]
    fn the_price_of_gas_is_bounded() {
        let bound = |text: &str| Config::read(text).map(|config| config.chains[0].fee_max_wei());
        assert_eq!(bound(GOOD).unwrap(), 500_000_000_000);
        let with = |gwei: u64| format!("{GOOD}fee_max_gwei = {gwei}\n");
        assert_eq!(bound(&with(3)).unwrap(), 3_000_000_000);
        for wrong in [
            with(0),
            with(FEE_GWEI_MAX + 1),
            with(3).replace("eip155:1", "cosmos:trade-1"),
        ] {
            let refused = bound(&wrong);
            assert!(
                matches!(refused, Err(ConfigError::Faults { faults }) if faults.len() == 1),
                "{wrong}"
            );
        }
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = std::env::temp_dir().join(format!("civitas-gateway-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("gateway.toml");
        std::fs::write(&path, format!("{GOOD}foreign_key = 'foreign'\n")).unwrap();
        let config = Config::load(&path).unwrap();
        assert_eq!(config.key, folder.join("key"));
        assert_eq!(config.data, folder.join("gateway"));
        assert_eq!(config.chains[0].foreign_key, Some(folder.join("foreign")));
        assert_eq!(config.chains[0].folder(), "eip155-1");
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(matches!(Config::load(&path), Err(ConfigError::File { .. })));
    }
}

//! A candidate that CometBFT runs.

use super::{
    candidate::{Candidate, Said, Votes},
    inspection::Verdict,
    probe::{Probe, printable},
};
use alloy_primitives::Address;
use civitas_chain_cometbft::{CometbftChain, Config, caip2};
use civitas_ports::{BoxFuture, FinalityClass, ForeignChain, ForeignError, ForeignHeader};
use civitas_sdk::causes;
use civitas_system_contracts::{chains::Kind, headers::Engine};
use jsonrpsee_client::core::client::Error as ClientError;
use serde::Deserialize;
use serde_json::Value;
use std::{sync::Arc, time::Instant};

/// What JSON-RPC says where there is no such method.
const NO_SUCH_METHOD: i32 = -32_601;
/// Validators that are asked for: CometBFT gives no more at once. Of larger sets the first ones stand in the report.
const VALIDATORS_SHOWN_MAX: &str = "100";

#[derive(Debug, Deserialize)]
struct Status {
    node_info: NodeInfo,
    sync_info: SyncInfo,
}

#[derive(Debug, Deserialize)]
struct NodeInfo {
    network: String,
    #[serde(default)]
    version: String,
}

#[derive(Debug, Deserialize)]
struct SyncInfo {
    latest_block_height: String,
    #[serde(default)]
    catching_up: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Links {
    n_peers: String,
}

#[derive(Debug, Deserialize)]
struct Validators {
    validators: Vec<Validator>,
    total: String,
}

#[derive(Debug, Deserialize)]
struct Validator {
    address: String,
    voting_power: String,
}

/// The chain.
#[derive(Debug)]
pub(super) struct Cometbft {
    probe: Arc<Probe>,
    network: String,
    said: Said,
}

fn malformed(what: &str) -> ClientError {
    ClientError::Custom(format!("{what} is no number"))
}

/// Asks who it is.
///
/// # Errors
/// It does not answer as such a chain does.
pub(super) async fn look(probe: &Arc<Probe>) -> Result<Cometbft, ClientError> {
    let started = Instant::now();
    let status: Status = probe.ask("status", Vec::new()).await?;
    let answered_in = started.elapsed();
    let latest = status.sync_info.latest_block_height.parse();
    let links: Option<Links> = probe.ask("net_info", Vec::new()).await.ok();
    let version = status.node_info.version;
    Ok(Cometbft {
        probe: probe.clone(),
        said: Said {
            chain: caip2(&status.node_info.network),
            client: (!version.is_empty()).then(|| format!("CometBFT {}", printable(&version))),
            latest: latest.map_err(|_| malformed("the height"))?,
            syncing: status.sync_info.catching_up,
            peers: links.and_then(|links| links.n_peers.parse().ok()),
            exposure: exposure(probe).await,
            consensus: "votes of validators (CometBFT)".to_owned(),
            suggested: FinalityClass::Instant,
            is_voted: true,
            is_development: false,
            answered_in,
        },
        network: printable(&status.node_info.network),
    })
}

/// Whether commands of an administrator are open. Without seeds, the one that is asked does nothing.
async fn exposure(probe: &Probe) -> Option<String> {
    let asked: Result<Value, ClientError> = probe.ask("dial_seeds", Vec::new()).await;
    let is_open = match asked {
        Ok(_) => true,
        Err(ClientError::Call(error)) => error.code() != NO_SUCH_METHOD,
        Err(_) => false,
    };
    is_open
        .then(|| "whoever reaches the address can administer the node (unsafe commands are open)".to_owned())
}

impl Candidate for Cometbft {
    fn said(&self) -> &Said {
        &self.said
    }

    fn kind(&self) -> Kind {
        Kind::CometBft
    }

    fn first_height(&self) -> u64 {
        1
    }

    fn chain_id(&self, _main_chain_id: u64) -> (Verdict, String) {
        (Verdict::Pass, self.network.clone())
    }

    fn proven(&self, blocks: u64, transactions: usize, events: usize) -> String {
        format!(
            "{blocks} blocks with {transactions} transactions lead to headers that more than two thirds voted for; \
             {events} events of them are in no root: attested, not proven"
        )
    }

    fn connect(&self, finality: FinalityClass) -> Result<Arc<dyn ForeignChain>, ForeignError> {
        let urls = vec![self.probe.url().to_owned()];
        Ok(CometbftChain::connect(Config::new(
            &self.said.chain,
            urls,
            finality,
        ))?)
    }

    fn votes<'a>(
        &'a self,
        driver: &'a dyn ForeignChain,
        headers: &'a [ForeignHeader],
    ) -> BoxFuture<'a, Votes> {
        Box::pin(async move {
            let mut votes = Votes::default();
            let Some(last) = headers.last() else {
                return votes;
            };
            match self.validators(last.height).await {
                Ok(found) => votes.weigh(&found),
                Err(error) => votes.add("validators", Verdict::Fail, causes(&error)),
            }
            match driver.consensus_state(last.height).await {
                Ok(_) => {
                    let what = format!(
                        "more than two thirds of them, by weight, voted for block {}",
                        last.height
                    );
                    votes.add("seals", Verdict::Pass, what);
                    votes.engine = Some(Engine::CometBft);
                }
                Err(error) => votes.add("seals", Verdict::Fail, causes(&error)),
            }
            votes
        })
    }
}

impl Cometbft {
    async fn validators(&self, height: u64) -> Result<Validators, ClientError> {
        let height = height.to_string();
        let params = [
            ("height", height.as_str()),
            ("page", "1"),
            ("per_page", VALIDATORS_SHOWN_MAX),
        ];
        self.probe.ask_by_name("validators", &params).await
    }
}

impl Votes {
    /// Who they are, and whether one of them alone can stop the chain.
    fn weigh(&mut self, found: &Validators) {
        self.validators = found
            .validators
            .iter()
            .filter_map(|validator| validator.address.parse::<Address>().ok())
            .collect();
        let powers: Vec<u128> = found
            .validators
            .iter()
            .filter_map(|validator| validator.voting_power.parse().ok())
            .collect();
        let total: u128 = powers.iter().sum();
        let largest = powers.iter().max().copied().unwrap_or_default();
        if found.total != found.validators.len().to_string() {
            let total = printable(&found.total);
            self.add(
                "validators",
                Verdict::Pass,
                format!("{total}, of which the first stand in the report"),
            );
        } else if largest.saturating_mul(3) >= total && powers.len() > 1 {
            let what = format!(
                "{} by weight, one of which alone can stop the chain",
                powers.len()
            );
            self.add("validators", Verdict::Warn, what);
        } else {
            self.count();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_stop_the_chain_alone_is_named() {
        let found = |powers: &[u64], total: usize| Validators {
            validators: powers
                .iter()
                .map(|power| Validator {
                    address: "AA".repeat(20),
                    voting_power: power.to_string(),
                })
                .collect(),
            total: total.to_string(),
        };
        for (powers, total, verdict) in [
            (&[1, 1, 1, 1][..], 4, Verdict::Pass),
            (&[10, 1, 1, 1], 4, Verdict::Warn),
            (&[1], 1, Verdict::Warn),
            (&[1, 1, 1, 1], 400, Verdict::Pass),
        ] {
            let mut votes = Votes::default();
            votes.weigh(&found(powers, total));
            assert_eq!(
                votes.checks[0].verdict, verdict,
                "{powers:?} {}",
                votes.checks[0].what
            );
            assert_eq!(votes.validators.len(), powers.len());
        }
    }
}

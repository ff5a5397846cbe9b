//! A candidate that answers Ethereum's JSON-RPC.

use super::{
    candidate::{Candidate, Said, Votes},
    inspection::Verdict,
    probe::{Probe, printable},
};
use crate::contracts::show::now;
use alloy_consensus::Header;
use alloy_primitives::{B256, Bytes, U64, U256, b256};
use alloy_rlp::Decodable as _;
use civitas_chain_evm::{Config, EvmChain};
use civitas_light::{
    bft::{Bft, Dialect},
    engine::Engine as _,
};
use civitas_ports::{BoxFuture, FinalityClass, ForeignChain, ForeignError, ForeignHeader};
use civitas_system_contracts::{chains::Kind, headers::Engine};
use jsonrpsee_client::core::client::Error as ClientError;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};

/// Blocks above a final one where nothing better is known: what exchanges wait for on proof of work.
const DEPTH_DEFAULT: u64 = 12;
/// Seconds that a sealed header may be ahead of this clock.
const CLOCK_AHEAD_SECONDS_MAX: u64 = 15;
/// The mix hash of chains that vote as Istanbul BFT (EIP-650).
const ISTANBUL: B256 = b256!("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365");
/// Bytes of Clique's extra data beside the signers that are listed at times: vanity and seal (EIP-225).
const CLIQUE_BYTES: usize = 32 + 65;
/// Chain ids that development tools take by themselves.
const COMMON_CHAIN_IDS: [u64; 3] = [1_337, 31_337, 1_234];
/// Clients of one signer for development, as they call themselves.
const DEVELOPMENT_CLIENTS: [&str; 4] = ["anvil", "HardhatNetwork", "Ganache", "EthereumJS TestRPC"];

/// The parts of a block that are looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Newest {
    number: U64,
    #[serde(default)]
    mix_hash: B256,
    #[serde(default)]
    difficulty: Option<U256>,
    #[serde(default)]
    extra_data: Bytes,
}

/// The chain.
#[derive(Debug)]
pub(super) struct Evm {
    probe: Arc<Probe>,
    chain_id: u64,
    said: Said,
}

/// Asks who it is.
///
/// # Errors
/// It does not answer as such a chain does.
pub(super) async fn look(probe: &Arc<Probe>) -> Result<Evm, ClientError> {
    let started = Instant::now();
    let chain_id: U64 = probe.ask("eth_chainId", Vec::new()).await?;
    let answered_in = started.elapsed();
    let newest: Newest = probe
        .ask("eth_getBlockByNumber", vec![json!("latest"), json!(false)])
        .await?;
    let finalized: Result<Option<Newest>, ClientError> = probe
        .ask("eth_getBlockByNumber", vec![json!("finalized"), json!(false)])
        .await;
    let has_finalized = finalized.is_ok_and(|block| block.is_some());
    let syncing: Option<Value> = probe.ask("eth_syncing", Vec::new()).await.ok();
    let peers: Option<U64> = probe.ask("net_peerCount", Vec::new()).await.ok();
    let client: Option<String> = probe.ask("web3_clientVersion", Vec::new()).await.ok();
    let client = client.map(|text| printable(&text));
    let name = client.as_deref().unwrap_or_default();
    let is_development = DEVELOPMENT_CLIENTS.iter().any(|known| name.starts_with(known));
    let (consensus, suggested) = consensus_of(&newest, is_development, has_finalized);
    Ok(Evm {
        probe: probe.clone(),
        chain_id: chain_id.to(),
        said: Said {
            chain: format!("eip155:{}", chain_id.to::<u64>()),
            client,
            latest: newest.number.to(),
            syncing: syncing.map(|answer| answer != json!(false)),
            peers: peers.map(|peers| peers.to()),
            exposure: exposure(probe).await,
            consensus: consensus.to_owned(),
            suggested,
            is_voted: newest.mix_hash == ISTANBUL,
            is_development,
            answered_in,
        },
    })
}

async fn exposure(probe: &Probe) -> Option<String> {
    let administration: Result<Value, ClientError> = probe.ask("admin_nodeInfo", Vec::new()).await;
    if administration.is_ok_and(|info| info.is_object()) {
        return Some("whoever reaches the address can administer the node (admin_*)".to_owned());
    }
    let accounts: Vec<Value> = probe.ask("eth_accounts", Vec::new()).await.unwrap_or_default();
    let keys = accounts.len();
    (keys > 0).then(|| format!("whoever reaches the address can sign with {keys} accounts of the node"))
}

/// How a chain agrees, as far as that can be seen, and when its blocks are final then.
fn consensus_of(newest: &Newest, is_development: bool, has_finalized: bool) -> (&'static str, FinalityClass) {
    let difficulty = newest.difficulty.unwrap_or_default();
    let extra = newest.extra_data.len();
    let is_clique = difficulty <= U256::from(2)
        && newest.mix_hash.is_zero()
        && extra
            .checked_sub(CLIQUE_BYTES)
            .is_some_and(|listed| listed.is_multiple_of(20));
    let deep = FinalityClass::Depth(DEPTH_DEFAULT);
    if newest.mix_hash == ISTANBUL {
        ("votes of validators (IBFT or QBFT)", FinalityClass::Instant)
    } else if is_development {
        ("one signer, for development", FinalityClass::Instant)
    } else if !difficulty.is_zero() && is_clique {
        ("signers that take turns (Clique)", deep)
    } else if !difficulty.is_zero() {
        ("proof of work or of authority", deep)
    } else if has_finalized {
        ("proof of stake", FinalityClass::Finalized)
    } else {
        ("unknown", deep)
    }
}

impl Candidate for Evm {
    fn said(&self) -> &Said {
        &self.said
    }

    fn kind(&self) -> Kind {
        Kind::Evm
    }

    fn first_height(&self) -> u64 {
        0
    }

    fn chain_id(&self, main_chain_id: u64) -> (Verdict, String) {
        if self.chain_id == main_chain_id {
            let what = "it has the chain id of the main ledger: it is the main ledger, or took its id";
            (Verdict::Fail, what.to_owned())
        } else if COMMON_CHAIN_IDS.contains(&self.chain_id) {
            let what = format!("{} is the id of many development chains", self.chain_id);
            (Verdict::Warn, what)
        } else {
            (Verdict::Pass, self.chain_id.to_string())
        }
    }

    fn contracts(&self) -> Option<&Probe> {
        Some(&self.probe)
    }

    fn proven(&self, blocks: u64, transactions: usize, events: usize) -> String {
        format!("{blocks} blocks with {transactions} transactions and {events} events lead to their headers")
    }

    fn connect(&self, finality: FinalityClass) -> Result<Arc<dyn ForeignChain>, ForeignError> {
        let urls = vec![self.probe.url().to_owned()];
        Ok(EvmChain::connect(Config::new(self.chain_id, urls, finality))?)
    }

    fn votes<'a>(
        &'a self,
        _driver: &'a dyn ForeignChain,
        headers: &'a [ForeignHeader],
    ) -> BoxFuture<'a, Votes> {
        Box::pin(async move { seals(headers) })
    }
}

/// Validators and their seals, where the headers hold them.
fn seals(headers: &[ForeignHeader]) -> Votes {
    let mut votes = Votes::default();
    let Some(last) = headers.last() else {
        return votes;
    };
    let is_voted = Header::decode(&mut last.raw.as_ref()).is_ok_and(|header| header.mix_hash == ISTANBUL);
    if !is_voted {
        let what = "the headers name none: what gateways say of this chain is attested, not proven";
        votes.add("validators", Verdict::Warn, what);
        return votes;
    }
    let engine = |dialect| Bft {
        dialect,
        trusting_seconds: u64::MAX,
        drift_seconds_max: CLOCK_AHEAD_SECONDS_MAX,
    };
    // A header read in the wrong dialect has another hash.
    let known = [Dialect::Qbft, Dialect::Ibft2, Dialect::Ibft1]
        .into_iter()
        .find_map(|dialect| {
            let trust = engine(dialect).root(&last.raw).ok()?;
            (trust.hash == last.hash).then_some((dialect, trust))
        });
    let Some((dialect, trust)) = known else {
        let what = "they are not in the headers (a contract may hold them): seals cannot be checked";
        votes.add("validators", Verdict::Warn, what);
        return votes;
    };
    votes.consensus = Some(format!("votes of validators ({dialect:?})"));
    votes.validators = trust.validators.iter().copied().collect();
    votes.engine = Some(match dialect {
        Dialect::Qbft => Engine::Qbft,
        Dialect::Ibft2 => Engine::Ibft2,
        Dialect::Ibft1 => Engine::Ibft1,
    });
    votes.count();
    let [.., before, _] = headers else { return votes };
    let engine = engine(dialect);
    let sealed = engine
        .root(&before.raw)
        .and_then(|trust| engine.advance(&trust, &last.raw.to_vec(), now()));
    match sealed {
        Ok(_) => {
            let what = format!("a quorum of them sealed block {}", last.height);
            votes.add("seals", Verdict::Pass, what);
        }
        Err(error) => votes.add("seals", Verdict::Fail, error.to_string()),
    }
    votes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agrees_is_seen_in_the_newest_block() {
        let newest = |difficulty: u64, extra: usize, mix_hash: B256| Newest {
            number: U64::ZERO,
            mix_hash,
            difficulty: Some(U256::from(difficulty)),
            extra_data: vec![0; extra].into(),
        };
        let zero = B256::ZERO;
        let deep = FinalityClass::Depth(DEPTH_DEFAULT);
        for (block, is_development, has_finalized, expected) in [
            (newest(1, 97, ISTANBUL), false, false, FinalityClass::Instant),
            (newest(0, 0, zero), true, true, FinalityClass::Instant),
            (newest(0, 0, zero), false, true, FinalityClass::Finalized),
            (newest(0, 0, zero), false, false, deep),
            (newest(2, 97, zero), false, false, deep),
            (
                newest(17_179_869_184, 32, B256::repeat_byte(1)),
                false,
                false,
                deep,
            ),
        ] {
            assert_eq!(
                consensus_of(&block, is_development, has_finalized).1,
                expected,
                "{block:?}"
            );
        }
        for (difficulty, extra, is_clique) in [(1, 97, true), (2, 117, true), (2, 96, false), (3, 97, false)]
        {
            let (words, _) = consensus_of(&newest(difficulty, extra, zero), false, true);
            assert_eq!(words.contains("Clique"), is_clique, "{difficulty} {extra}");
        }
    }
}

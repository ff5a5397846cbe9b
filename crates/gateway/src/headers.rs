//! Headers of a chain, brought to the main ledger with the signatures that make them final (contract Headers).
//!
//! ```text
//!  anchored batch ─▶ header of its last block, with seals or votes (driver) ─▶ Headers.update ─▶ proven
//! ```
//! The ledger verifies them itself, so it does not matter which gateway brings one: they take turns, and what another one
//! brought is known. Chains without a client there have nothing to bring.
//!
//! Invariant: nothing is kept. What is proven, the ledger says, every time.

use crate::{Account, Board, GatewayError, Intent, MainLedger, config::ChainConfig, ledger::ask};
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use civitas_light::cometbft::validators_of;
use civitas_ports::ForeignChain;
use civitas_system_contracts::{
    address::HEADERS,
    anchors::Following,
    chains,
    headers::{Client, Engine, Evidence, Header},
    interfaces::IHeaders::{clientCall, headerCall, updateCall},
};
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::info;

/// How long the next gateway waits for the one before it: some blocks of the main ledger.
const TURN: Duration = Duration::from_secs(5);
/// Gas of storage above what was estimated, when another header comes first.
const GAS_EXTRA: u64 = 200_000;

/// What is proven of a chain, and what this gateway did for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProvenHeaders {
    /// Height of the newest proven header; none where the ledger has no client of the chain.
    pub height: Option<u64>,
    /// Headers that this gateway brought since it was started.
    pub brought: u64,
    /// Why none can be brought now.
    pub error: Option<String>,
}

/// The client of a chain on the ledger; none where it has none.
async fn client(ledger: &dyn MainLedger, chain: &str) -> Result<Option<Client>, GatewayError> {
    let id = chains::id_of(chain);
    let client = ask(ledger, "the client of a chain", HEADERS, &clientCall { id }).await?;
    if client.frozenAt != 0 {
        return Err(GatewayError::ClientFrozen {
            chain: chain.to_owned(),
            height: client.frozenHeight,
        });
    }
    Ok((client.engine != Engine::None).then_some(client))
}

/// The newest proven header of a chain; none where the ledger has no client of it.
///
/// # Errors
/// [`GatewayError::ClientFrozen`], and those of the ledger.
pub(crate) async fn newest(ledger: &dyn MainLedger, chain: &str) -> Result<Option<Header>, GatewayError> {
    let Some(client) = client(ledger, chain).await? else {
        return Ok(None);
    };
    let call = headerCall {
        id: chains::id_of(chain),
        height: client.newestHeight,
    };
    ask(ledger, "a proven header", HEADERS, &call).await.map(Some)
}

/// Brings the headers of one chain.
pub struct Prover {
    config: ChainConfig,
    id: B256,
    ledger: Arc<dyn MainLedger>,
    account: Account,
    board: Arc<Board>,
    /// The height that is to be proven, and since when.
    awaited: Option<(u64, Instant)>,
    brought: u64,
}

impl std::fmt::Debug for Prover {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Prover")
            .field("chain", &self.config.chain)
            .finish_non_exhaustive()
    }
}

impl Prover {
    /// The headers of a chain, shown on the board of its gateway.
    pub fn new(
        config: ChainConfig,
        ledger: Arc<dyn MainLedger>,
        account: Account,
        board: Arc<Board>,
    ) -> Self {
        Self {
            id: chains::id_of(&config.chain),
            config,
            ledger,
            account,
            board,
            awaited: None,
            brought: 0,
        }
    }

    /// CAIP-2 name of the chain.
    pub fn chain(&self) -> &str {
        &self.config.chain
    }

    /// Brings the header of the newest anchored block, if the ledger wants it and this gateway is at turn. Whether it did.
    ///
    /// # Errors
    /// The next step tries again. [`GatewayError::Refused`]: the header proves nothing, so what endpoints give is not what
    /// the chain's validators signed; it stands on the board.
    pub async fn step(&mut self, now: Instant) -> Result<bool, GatewayError> {
        let result = self.advance(now).await;
        let (height, is_brought) = match &result {
            Ok(found) => *found,
            Err(_) => (self.board.headers().height, false),
        };
        self.brought = self.brought.saturating_add(u64::from(is_brought));
        self.board.note_headers(ProvenHeaders {
            height,
            brought: self.brought,
            error: result.as_ref().err().map(|error| civitas_sdk::causes(error)),
        });
        result.map(|(_, is_brought)| is_brought)
    }

    async fn advance(&mut self, now: Instant) -> Result<(Option<u64>, bool), GatewayError> {
        let Some(following) = self.ledger.following(self.id).await? else {
            return Ok((None, false));
        };
        let Some(client) = client(&*self.ledger, &self.config.chain).await? else {
            return Ok((None, false));
        };
        let newest = client.newestHeight;
        let target = following.nextHeight.saturating_sub(1);
        // The gateway makes it at its first look.
        let Some(driver) = self.board.driver().filter(|_| target > newest) else {
            return Ok((Some(newest), false));
        };
        let since = match self.awaited {
            Some((height, since)) if height == target => since,
            _ => now,
        };
        self.awaited = Some((target, since));
        let Some(rank) = self.rank(&following) else {
            return Ok((Some(newest), false));
        };
        if now.duration_since(since) < TURN.saturating_mul(rank) {
            return Ok((Some(newest), false));
        }
        let evidence = evidence(&*driver, &client, target).await?;
        let call = updateCall {
            id: self.id,
            evidence,
        };
        let intent = Intent {
            what: "a header of the chain",
            to: HEADERS,
            input: call.abi_encode().into(),
            gas_extra: GAS_EXTRA,
        };
        let acted = self.account.act(&*self.ledger, &intent).await?;
        if !acted.succeeded {
            return Ok((Some(newest), false));
        }
        info!(chain = %self.config.chain, height = target, "brought a header");
        Ok((Some(target), true))
    }

    /// Whose turn it is: 0 is first. It goes round, so that all share the cost; none of who is no gateway of the chain.
    fn rank(&self, following: &Following) -> Option<u32> {
        let gateways = &following.terms.gateways;
        let own = self.account.address();
        let place = gateways.iter().position(|gateway| gateway.account == own)?;
        let start = usize::try_from(following.batchCount).unwrap_or_default() % gateways.len().max(1);
        u32::try_from((place + gateways.len() - start) % gateways.len()).ok()
    }
}

/// A header with what makes it final, as the engine of the client reads it.
async fn evidence(driver: &dyn ForeignChain, client: &Client, height: u64) -> Result<Evidence, GatewayError> {
    if client.engine != Engine::CometBft {
        let headers = driver.headers(height, 1).await?;
        let header = headers.into_iter().next().map(|header| header.raw);
        return Ok(Evidence {
            header: header.unwrap_or_default(),
            trustedValidators: Vec::new().into(),
        });
    }
    let header = driver.consensus_state(height).await?.evidence;
    let next = client.newestHeight.saturating_add(1);
    // The validators that the newest header names are those of the next one.
    let trusted = if next == height {
        Vec::new()
    } else {
        let block = driver.consensus_state(next).await?.evidence;
        validators_of(&block).map_err(|error| GatewayError::Evidence {
            source: Box::new(error),
        })?
    };
    Ok(Evidence {
        header,
        trustedValidators: trusted.into(),
    })
}

//! Headers of a chain, brought to the main ledger with the signatures that make them final (contract Headers).
//!
//! ```text
//!  anchored batch ─▶ header of its last block, with seals or votes (driver) ─▶ Headers.update ─▶ proven
//!  proven headers ─▶ compared with the chain as it is here ─▶ another one: its own is brought, and the client is frozen
//! ```
//! The ledger verifies them itself, so it does not matter which gateway brings one: they take turns, and what another one
//! brought is known. Chains without a client there have nothing to bring.
//!
//! Invariant: nothing is kept that is needed. What is proven, the ledger says, every time.

use crate::{
    Account, Board, GatewayError, Intent, MainLedger, config::ChainConfig, ledger::ask, run::seconds,
};
use alloy_primitives::B256;
use alloy_sol_types::SolCall;
use civitas_light::cometbft::validators_of;
use civitas_ports::{ForeignChain, ForeignError};
use civitas_system_contracts::{
    address::HEADERS,
    anchors::Following,
    chains,
    headers::{Client, Engine, Evidence, Header},
    interfaces::IHeaders::{clientCall, headerCall, headersCall, updateCall},
};
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tracing::{info, warn};

/// How long the next gateway waits for the one before it: some blocks of the main ledger.
const TURN: Duration = Duration::from_secs(5);
/// Gas of storage above what was estimated, when another header comes first.
const GAS_EXTRA: u64 = 200_000;
/// Headers of one answer of the ledger, the most that it gives.
const PAGE: u64 = 50;
/// Nanoseconds of a second.
const NANOSECONDS: u64 = 1_000_000_000;

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

/// The client of a chain on the ledger, frozen or not; none where it has none.
pub(crate) async fn client(ledger: &dyn MainLedger, id: B256) -> Result<Option<Client>, GatewayError> {
    let client = ask(ledger, "the client of a chain", HEADERS, &clientCall { id }).await?;
    Ok((client.engine != Engine::None).then_some(client))
}

/// The proven header of a height; none where it is not proven.
pub(crate) async fn proven(
    ledger: &dyn MainLedger,
    id: B256,
    height: u64,
) -> Result<Option<Header>, GatewayError> {
    match ask(ledger, "a proven header", HEADERS, &headerCall { id, height }).await {
        Ok(header) => Ok(Some(header)),
        Err(GatewayError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
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
    /// A height between the newest proven one and the target, while the target has too few of the validators that are trusted.
    nearer: Option<u64>,
    /// The client whose headers were compared with the chain, and how many of them.
    compared: (u64, u64),
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
            nearer: None,
            compared: (0, 0),
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
        let Some(client) = client(&*self.ledger, self.id).await? else {
            return Ok((None, false));
        };
        if client.frozenAt != 0 {
            return Err(GatewayError::ClientFrozen {
                chain: self.config.chain.clone(),
                height: client.frozenHeight,
            });
        }
        let newest = Some(client.newestHeight);
        // The gateway makes it at its first look.
        let (Some(driver), Some(rank)) = (self.board.driver(), self.rank(&following)) else {
            return Ok((newest, false));
        };
        if let Some(height) = self.contradicted(&*driver, &client).await? {
            warn!(chain = %self.config.chain, height, "a proven header is not the chain's: its own is brought");
            return Ok((newest, self.bring(&*driver, &client, height).await?));
        }
        let Some(target) = self.target(&*driver, &following, &client).await? else {
            return Ok((newest, false));
        };
        let since = match self.awaited {
            Some((height, since)) if height == target => since,
            _ => now,
        };
        self.awaited = Some((target, since));
        if now.duration_since(since) < TURN.saturating_mul(rank) {
            return Ok((newest, false));
        }
        let aim = self
            .nearer
            .filter(|nearer| (client.newestHeight.saturating_add(1)..target).contains(nearer))
            .unwrap_or(target);
        match self.bring(&*driver, &client, aim).await {
            Ok(is_brought) => {
                self.nearer = None;
                Ok((Some(aim.max(client.newestHeight)), is_brought))
            }
            // Too much may have changed at once: one half of the way is tried, and half of that.
            Err(error @ GatewayError::Refused { .. }) => {
                let half = aim.saturating_sub(client.newestHeight) / 2;
                self.nearer = (half > 0).then(|| client.newestHeight.saturating_add(half));
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// The height whose header is to be proven now: the end of the newest batch, or a final block before what is proven vouches
    /// no more, whether anything is anchored or not.
    async fn target(
        &self,
        driver: &dyn ForeignChain,
        following: &Following,
        client: &Client,
    ) -> Result<Option<u64>, GatewayError> {
        let end = following.nextHeight.saturating_sub(1);
        if end > client.newestHeight {
            return Ok(Some(end));
        }
        // Somebody brought a higher one: the end of the batch is brought all the same, where the client is old enough for it.
        if end < client.newestHeight && proven(&*self.ledger, self.id, end).await?.is_none() {
            let oldest = self.page(0, 1).await?;
            if oldest.first().is_some_and(|oldest| oldest.height < end) {
                return Ok(Some(end));
            }
        }
        let newest = proven(&*self.ledger, self.id, client.newestHeight).await?;
        let age = newest.map_or(0, |newest| {
            seconds(SystemTime::now()).saturating_sub(newest.time / NANOSECONDS)
        });
        if age < client.trustingSeconds / 3 {
            return Ok(None);
        }
        let finalized = driver.head().await?.finalized;
        Ok(finalized.filter(|height| *height > client.newestHeight))
    }

    async fn page(&self, from: u64, count: u64) -> Result<Vec<Header>, GatewayError> {
        let call = headersCall {
            id: self.id,
            from,
            count,
        };
        ask(&*self.ledger, "proven headers", HEADERS, &call).await
    }

    /// The height of a proven header that is not the chain's own: somebody who can sign made another one.
    async fn contradicted(
        &mut self,
        driver: &dyn ForeignChain,
        client: &Client,
    ) -> Result<Option<u64>, GatewayError> {
        let known = match self.compared {
            (generation, known) if generation == client.generation => known,
            _ => 0,
        };
        let from = known.max(client.count.saturating_sub(PAGE));
        self.compared = (client.generation, from);
        if from >= client.count {
            return Ok(None);
        }
        for header in self.page(from, PAGE).await? {
            match driver.headers(header.height, 1).await {
                Ok(own) if own.first().is_some_and(|own| own.hash != header.hash) => {
                    return Ok(Some(header.height));
                }
                Ok(_) => self.compared.1 = self.compared.1.saturating_add(1),
                // The chain is not there yet: it is compared when it is.
                Err(ForeignError::NotFinal { .. } | ForeignError::Missing { .. }) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Brings the header of a height.
    async fn bring(
        &self,
        driver: &dyn ForeignChain,
        client: &Client,
        height: u64,
    ) -> Result<bool, GatewayError> {
        let call = updateCall {
            id: self.id,
            evidence: self.evidence(driver, client, height).await?,
        };
        let intent = Intent {
            what: "a header of the chain",
            to: HEADERS,
            input: call.abi_encode().into(),
            gas_extra: GAS_EXTRA,
        };
        let acted = self.account.act(&*self.ledger, &intent).await?;
        if acted.succeeded {
            info!(chain = %self.config.chain, height, "brought a header");
        }
        Ok(acted.succeeded)
    }

    /// Whose turn it is: 0 is first. It goes round, so that all share the cost; none of who is no gateway of the chain.
    fn rank(&self, following: &Following) -> Option<u32> {
        let gateways = &following.terms.gateways;
        let own = self.account.address();
        let place = gateways.iter().position(|gateway| gateway.account == own)?;
        let start = usize::try_from(following.batchCount).unwrap_or_default() % gateways.len().max(1);
        u32::try_from((place + gateways.len() - start) % gateways.len()).ok()
    }

    /// A header with what makes it final, as the engine of the client reads it.
    async fn evidence(
        &self,
        driver: &dyn ForeignChain,
        client: &Client,
        height: u64,
    ) -> Result<Evidence, GatewayError> {
        if client.engine != Engine::CometBft {
            let headers = driver.headers(height, 1).await?;
            let header = headers.into_iter().next().map(|header| header.raw);
            return Ok(Evidence {
                header: header.unwrap_or_default(),
                trustedValidators: Vec::new().into(),
            });
        }
        let header = driver.consensus_state(height).await?.evidence;
        // The validators that a header names are those of the next one.
        let next = self.below(client, height).await?.saturating_add(1);
        let trusted = if next == height {
            Vec::new()
        } else {
            // Where it has gone, those of the header itself may be the same.
            let block = match driver.consensus_state(next).await {
                Ok(state) => state.evidence,
                Err(ForeignError::Missing { .. }) => header.clone(),
                Err(error) => return Err(error.into()),
            };
            validators_of(&block).map_err(|error| GatewayError::Evidence {
                source: Box::new(error),
            })?
        };
        Ok(Evidence {
            header,
            trustedValidators: trusted.into(),
        })
    }

    /// Height of the proven header by which one of `height` is judged.
    async fn below(&self, client: &Client, height: u64) -> Result<u64, GatewayError> {
        if height > client.newestHeight {
            return Ok(client.newestHeight);
        }
        let headers = self.page(client.count.saturating_sub(PAGE), PAGE).await?;
        let below = headers.iter().map(|header| header.height);
        Ok(below.filter(|below| *below < height).max().unwrap_or_default())
    }
}

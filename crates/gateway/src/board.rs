//! What is known of one chain now, for who looks from outside: state, lag, cost, endpoints.
//!
//! The gateway writes it at every step; the HTTP side only reads it.

use crate::{Carried, CommandProgress, Commands, ProvenHeaders, Status, run::State};
use civitas_ports::{FinalityClass, ForeignChain, ForeignHead};
use civitas_system_contracts::anchors::Following;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// Heights that were seen as final and are not anchored, at most: the oldest of them says how long it waits, the ones
/// between only make that exact. At one look a second these are more than an hour.
const SEEN_MAX: usize = 4_096;

/// What the gateway's reports did and cost since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reports {
    /// Reports on the ledger that did what they should: batches.
    pub batches: u64,
    /// Blocks in them.
    pub blocks: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Events in them.
    pub events: u64,
    /// Reports that had no effect.
    pub refused: u64,
    /// Gas that all of them used.
    pub gas: u64,
    /// What they cost, in wei of the main ledger.
    pub fee: u128,
}

/// How an endpoint did since the gateway was started, or since the terms of the chain changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointStatus {
    /// Its address, without what may be a secret in it.
    pub endpoint: String,
    /// Requests that were sent to it.
    pub requests: u64,
    /// How often it gave nothing that could be used.
    pub failures: u64,
    /// Whether it is left alone for a while, since it failed.
    pub resting: bool,
}

/// A chain of a gateway, as `GET /chains` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainStatus {
    /// What it is at.
    #[serde(flatten)]
    pub status: Status,
    /// When its blocks are final, by the terms on the ledger: `instant`, `finalized` or `depth`.
    pub finality: Option<String>,
    /// Blocks above a final one, where the finality is `depth`.
    pub depth: Option<u64>,
    /// Height of the first block that is not anchored.
    pub next_height: Option<u64>,
    /// Batches that are anchored.
    pub batches: Option<u64>,
    /// Gateways that must agree on a batch.
    pub threshold: Option<u8>,
    /// Gateways that are named.
    pub gateways: Option<u64>,
    /// Height of the newest block.
    pub latest: Option<u64>,
    /// Height of the newest final block.
    pub finalized: Option<u64>,
    /// Final blocks that are not anchored.
    pub lag_blocks: Option<u64>,
    /// Seconds since this gateway saw that the oldest of them is final, by its own clock.
    pub lag_seconds: Option<u64>,
    /// When it was last looked at, in seconds since 1970.
    pub stepped_at: u64,
    /// Steps that failed.
    pub failures: u64,
    /// The last error, however long ago.
    pub last_error: Option<String>,
    /// What was reported, and what it cost.
    pub reports: Reports,
    /// Its endpoints.
    pub endpoints: Vec<EndpointStatus>,
    /// Commands of the main ledger to it; none from gateways that are older.
    #[serde(default)]
    pub commands: Commands,
    /// Messages of it and to it; none from gateways that are older.
    #[serde(default)]
    pub messages: Carried,
    /// What the ledger proves of it; none from gateways that are older.
    #[serde(default)]
    pub headers: ProvenHeaders,
}

/// Where a gateway writes what is known of its chain.
pub struct Board {
    seen: Mutex<Seen>,
}

struct Seen {
    status: Status,
    following: Option<Following>,
    finality: Option<FinalityClass>,
    head: Option<ForeignHead>,
    /// Final heights that are not anchored, and when each was seen first; rising.
    finals: VecDeque<(u64, Instant)>,
    stepped_at: u64,
    failures: u64,
    last_error: Option<String>,
    reports: Reports,
    commands: Commands,
    messages: Carried,
    headers: ProvenHeaders,
    driver: Option<Arc<dyn ForeignChain>>,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Board({})", self.seen.lock().status.chain)
    }
}

impl Board {
    /// Of a chain that was not looked at yet.
    pub(crate) fn new(chain: &str) -> Arc<Self> {
        let status = Status {
            chain: chain.to_owned(),
            state: State::Starting,
            what: "it was not looked at yet".to_owned(),
            at: crate::run::seconds(SystemTime::now()),
        };
        Arc::new(Self {
            seen: Mutex::new(Seen {
                stepped_at: status.at,
                status,
                following: None,
                finality: None,
                head: None,
                finals: VecDeque::new(),
                failures: 0,
                last_error: None,
                reports: Reports::default(),
                commands: Commands::default(),
                messages: Carried::default(),
                headers: ProvenHeaders::default(),
                driver: None,
            }),
        })
    }

    /// A step ended.
    pub(crate) fn note_step(&self, status: Status) {
        let mut seen = self.seen.lock();
        seen.stepped_at = status.at;
        if status.state == State::Failing {
            seen.failures = seen.failures.saturating_add(1);
            seen.last_error = Some(status.what.clone());
        }
        // The time is that of the change.
        if !seen.status.same(&status) {
            seen.status = status;
        }
    }

    /// What the chain is at, and since when.
    pub(crate) fn status(&self) -> Status {
        self.seen.lock().status.clone()
    }

    /// What the ledger knows of the chain.
    pub(crate) fn note_following(&self, following: &Following, finality: FinalityClass) {
        let mut seen = self.seen.lock();
        while seen
            .finals
            .front()
            .is_some_and(|(height, _)| *height < following.nextHeight)
        {
            seen.finals.pop_front();
        }
        seen.following = Some(following.clone());
        seen.finality = Some(finality);
    }

    /// How far the chain is.
    pub(crate) fn note_head(&self, head: ForeignHead, now: Instant) {
        let mut seen = self.seen.lock();
        seen.head = Some(head);
        let next = seen
            .following
            .as_ref()
            .map_or(0, |following| following.nextHeight);
        let Some(finalized) = head.finalized.filter(|finalized| *finalized >= next) else {
            return;
        };
        if seen.finals.back().is_none_or(|(height, _)| *height < finalized) {
            if seen.finals.len() == SEEN_MAX {
                seen.finals.pop_back();
            }
            seen.finals.push_back((finalized, now));
        }
    }

    /// Who is asked about the chain from now on.
    pub(crate) fn note_driver(&self, driver: Arc<dyn ForeignChain>) {
        self.seen.lock().driver = Some(driver);
    }

    /// Who is asked about the chain now; none before the first look.
    pub(crate) fn driver(&self) -> Option<Arc<dyn ForeignChain>> {
        self.seen.lock().driver.clone()
    }

    /// A report is on the ledger.
    pub(crate) fn note_report(&self, report: Reports) {
        let total = &mut self.seen.lock().reports;
        total.batches = total.batches.saturating_add(report.batches);
        total.blocks = total.blocks.saturating_add(report.blocks);
        total.transactions = total.transactions.saturating_add(report.transactions);
        total.events = total.events.saturating_add(report.events);
        total.refused = total.refused.saturating_add(report.refused);
        total.gas = total.gas.saturating_add(report.gas);
        total.fee = total.fee.saturating_add(report.fee);
    }

    /// Commands were looked at.
    pub(crate) fn note_commands(&self, open: Vec<CommandProgress>) {
        let commands = &mut self.seen.lock().commands;
        commands.open = open;
        commands.error = None;
    }

    /// Something keeps all commands of the chain from going on.
    pub(crate) fn note_commands_failed(&self, error: String) {
        self.seen.lock().commands.error = Some(error);
    }

    /// This gateway did something for a command.
    pub(crate) fn count_commands(&self, count: impl FnOnce(&mut Commands)) {
        count(&mut self.seen.lock().commands);
    }

    /// Commands, as they were seen last.
    pub(crate) fn commands(&self) -> Commands {
        self.seen.lock().commands.clone()
    }

    /// Messages were looked at.
    pub(crate) fn note_messages(&self, messages: Carried) {
        self.seen.lock().messages = messages;
    }

    /// Headers were looked at.
    pub(crate) fn note_headers(&self, headers: ProvenHeaders) {
        self.seen.lock().headers = headers;
    }

    /// What is proven, as it was seen last.
    pub(crate) fn headers(&self) -> ProvenHeaders {
        self.seen.lock().headers.clone()
    }

    /// All of it.
    pub(crate) fn read(&self, now: Instant) -> ChainStatus {
        let seen = self.seen.lock();
        let following = seen.following.as_ref();
        let next_height = following.map(|following| following.nextHeight);
        let finalized = seen.head.and_then(|head| head.finalized);
        let lag_blocks = next_height.filter(|_| seen.head.is_some()).map(|next| {
            let after = finalized.map_or(0, |finalized| finalized.saturating_add(1));
            after.saturating_sub(next)
        });
        let waits = seen
            .finals
            .front()
            .map_or(Duration::ZERO, |(_, since)| now.duration_since(*since));
        let (finality, depth) = match seen.finality {
            None => (None, None),
            Some(FinalityClass::Instant) => (Some("instant"), None),
            Some(FinalityClass::Finalized) => (Some("finalized"), None),
            Some(FinalityClass::Depth(depth)) => (Some("depth"), Some(depth)),
        };
        let endpoints = seen.driver.as_ref().map(|driver| driver.endpoints());
        let endpoints = endpoints
            .unwrap_or_default()
            .into_iter()
            .map(|endpoint| EndpointStatus {
                endpoint: endpoint.name,
                requests: endpoint.requests,
                failures: endpoint.failures,
                resting: endpoint.is_resting,
            });
        ChainStatus {
            status: seen.status.clone(),
            finality: finality.map(str::to_owned),
            depth,
            next_height,
            batches: following.map(|following| following.batchCount),
            threshold: following.map(|following| following.terms.threshold),
            gateways: following
                .map(|following| u64::try_from(following.terms.gateways.len()).unwrap_or(u64::MAX)),
            latest: seen.head.map(|head| head.latest),
            finalized,
            lag_blocks,
            lag_seconds: lag_blocks.map(|_| waits.as_secs()),
            stepped_at: seen.stepped_at,
            failures: seen.failures,
            last_error: seen.last_error.clone(),
            reports: seen.reports,
            endpoints: endpoints.collect(),
            commands: seen.commands.clone(),
            messages: seen.messages.clone(),
            headers: seen.headers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;
    use civitas_system_contracts::anchors::{Finality, Terms};

    fn following(next: u64) -> Following {
        Following {
            terms: Terms {
                finality: Finality::Instant,
                depth: 0,
                batchBlocks: 4,
                threshold: 1,
                gateways: Vec::new(),
            },
            startHeight: 0,
            startHash: B256::ZERO,
            nextHeight: next,
            lastHash: B256::ZERO,
            digest: B256::ZERO,
            batchCount: next / 4,
            round: 0,
        }
    }

    #[test]
    fn lag_is_counted_from_when_the_oldest_block_was_seen_as_final() {
        let board = Board::new("eip155:1");
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let head = |finalized| ForeignHead {
            latest: 20,
            finalized,
        };
        let lag = |seconds| {
            let status = board.read(at(seconds));
            (status.lag_blocks, status.lag_seconds)
        };
        assert_eq!(lag(0), (None, None));
        board.note_following(&following(1), FinalityClass::Instant);
        board.note_head(head(None), at(0));
        assert_eq!(lag(5), (Some(0), Some(0)));
        for (finalized, seconds) in [(0, 1), (2, 2), (2, 3), (5, 10), (9, 20)] {
            board.note_head(head(Some(finalized)), at(seconds));
        }
        assert_eq!(lag(30), (Some(9), Some(28)));
        // Blocks up to 4 are anchored: 5 was seen in second 10.
        board.note_following(&following(5), FinalityClass::Instant);
        assert_eq!(lag(30), (Some(5), Some(20)));
        board.note_following(&following(10), FinalityClass::Instant);
        assert_eq!(lag(40), (Some(0), Some(0)));
        for height in 0..10_000 {
            board.note_head(head(Some(10 + height)), at(100 + height));
        }
        assert_eq!(lag(20_000), (Some(10_000), Some(19_900)));
        assert_eq!(board.seen.lock().finals.len(), SEEN_MAX);
    }
}

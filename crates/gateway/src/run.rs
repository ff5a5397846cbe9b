//! All chains of a gateway, until it is asked to stop.

use crate::{
    Account, Drivers, Gateway, GatewayError, MainLedger, Progress, Signer,
    config::Config,
    files,
    server::{Served, Server},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::watch, task::JoinSet};
use tracing::{info, warn};

/// Pause after a step that failed, at most: what is away comes back within a minute.
const BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// Time between two looks at the main ledger for the end of a report: about two of its blocks. A gateway that has much to
/// report waits for nothing else.
const LEDGER_POLL: Duration = Duration::from_millis(100);

/// What a chain of the gateway is at, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was not looked at yet.
    Starting,
    /// A report is on its way, or on the ledger.
    Reporting,
    /// Nothing is to be done now.
    Waiting,
    /// The last step failed; it is tried again.
    Failing,
}

/// What a chain of the gateway is at, in `data/<chain>/status.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// CAIP-2 name.
    pub chain: String,
    /// In one word.
    pub state: State,
    /// What happens, in words.
    pub what: String,
    /// Since when, in seconds since 1970.
    pub at: u64,
}

impl Status {
    pub(crate) fn of(chain: &str, result: &Result<Progress, GatewayError>, now: SystemTime) -> Self {
        let (state, what) = match result {
            Ok(Progress::Reported { from_height }) => {
                (State::Reporting, format!("reported the batch from {from_height}"))
            }
            Ok(Progress::Settled {
                from_height,
                succeeded,
            }) => {
                let end = if *succeeded {
                    "is on the ledger"
                } else {
                    "had no effect"
                };
                (
                    State::Reporting,
                    format!("the report of the batch from {from_height} {end}"),
                )
            }
            Ok(Progress::WaitsForLedger) => (
                State::Waiting,
                "for the main ledger to take the last report".to_owned(),
            ),
            Ok(Progress::WaitsForChain { to_height, finalized }) => {
                let newest = finalized.map_or("none".to_owned(), |height| height.to_string());
                (
                    State::Waiting,
                    format!("for block {to_height} to be final; the newest final one is {newest}"),
                )
            }
            Ok(Progress::WaitsForOthers { from_height }) => (
                State::Waiting,
                format!("for other gateways to report the batch from {from_height}"),
            ),
            Err(error) => (State::Failing, civitas_sdk::causes(error)),
        };
        Self {
            chain: chain.to_owned(),
            state,
            what,
            at: seconds(now),
        }
    }

    /// Whether it says the same, whenever.
    pub(crate) fn same(&self, other: &Self) -> bool {
        (self.state, &self.what) == (other.state, &other.what)
    }
}

/// Seconds since 1970.
pub(crate) fn seconds(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Holds the folder of a gateway: two processes there would send each other's reports.
#[derive(Debug)]
struct Lock {
    _file: File,
}

impl Lock {
    fn take(data: &Path) -> Result<Self, GatewayError> {
        fs::create_dir_all(data).map_err(files::failed("make the folder", data))?;
        let path = data.join("lock");
        let file = File::create(&path).map_err(files::failed("make", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(GatewayError::Damaged {
                path,
                what: "another gateway runs on this folder".to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(files::failed("lock", &path)(error)),
        }
    }
}

/// Follows all chains of the settings until `stop` becomes true.
///
/// # Errors
/// What a gateway keeps cannot be opened, or another one has it open; its address is taken. What goes wrong later is in the status of the
/// chain, and tried again.
pub async fn run(
    config: &Config,
    ledger: Arc<dyn MainLedger>,
    signer: Arc<dyn Signer>,
    drivers: Drivers,
    stop: watch::Receiver<bool>,
) -> Result<(), GatewayError> {
    let _lock = Lock::take(&config.data)?;
    let mut tasks = JoinSet::new();
    let mut served = Vec::new();
    let account = Account::new(signer);
    for chain in &config.chains {
        let status = config.data.join(chain.folder()).join("status.json");
        let gateway = Gateway::open(
            chain.clone(),
            &config.data,
            ledger.clone(),
            account.clone(),
            drivers.clone(),
        )?;
        served.push(Served {
            chain: chain.chain.clone(),
            folder: config.data.join(chain.folder()),
            board: gateway.board(),
        });
        tasks.spawn(follow(gateway, config.poll(), status, stop.clone()));
    }
    if let Some(address) = config.listen {
        let server = Server::bind(address, served).await?;
        info!(address = %server.address(), "the HTTP side listens");
        tasks.spawn(server.run(stop.clone()));
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

async fn follow(mut gateway: Gateway, poll: Duration, path: PathBuf, mut stop: watch::Receiver<bool>) {
    let mut pause = poll;
    let mut told: Option<Status> = None;
    let board = gateway.board();
    loop {
        let result = gateway.step().await;
        let status = board.status();
        if !told.as_ref().is_some_and(|told| told.same(&status)) {
            if let Err(error) = &result {
                warn!(chain = %gateway.chain(), error = civitas_sdk::causes(error), "a step failed");
            }
            let written = files::replace(&path, |file: &mut dyn std::io::Write| {
                serde_json::to_writer(&mut *file, &status)?;
                file.write_all(b"\n")
            });
            if let Err(error) = written {
                warn!(chain = %gateway.chain(), error = civitas_sdk::causes(&error), "the status cannot be written");
            }
            told = Some(status);
        }
        pause = match result {
            Ok(Progress::Settled { .. }) => Duration::ZERO,
            Ok(Progress::Reported { .. } | Progress::WaitsForLedger) => poll.min(LEDGER_POLL),
            Ok(_) => poll,
            Err(_) => (pause.max(poll) * 2).min(BACK_OFF_MAX),
        };
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

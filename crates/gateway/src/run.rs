//! All chains of a gateway, until it is asked to stop.

use crate::{
    Account, Board, Commands, Courier, Drivers, Enforcer, Gateway, GatewayError, MainLedger, Outside,
    Progress, Prover, Signer,
    config::Config,
    files,
    server::{Served, Server},
};
use civitas_ports::DigestSigner;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
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

/// Whom a gateway acts by.
pub struct Actors {
    /// The main ledger.
    pub ledger: Arc<dyn MainLedger>,
    /// The gateway's account there.
    pub signer: Arc<dyn Signer>,
    /// Makes drivers of chains.
    pub drivers: Drivers,
    /// Accounts on chains, by the name of the chain; chains without one get no transaction.
    pub foreign: BTreeMap<String, DigestSigner>,
}

impl std::fmt::Debug for Actors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Actors({})", self.signer.account())
    }
}

/// Follows all chains of the settings until `stop` becomes true.
///
/// # Errors
/// What a gateway keeps cannot be opened, or another one has it open; its address is taken. What goes wrong later is in the status of the
/// chain, and tried again; but [`GatewayError::TaskEnded`] if the program itself is at fault.
pub async fn run(config: &Config, actors: Actors, stop: watch::Receiver<bool>) -> Result<(), GatewayError> {
    let _lock = Lock::take(&config.data)?;
    let mut tasks = JoinSet::new();
    let mut served = Vec::new();
    let account = Account::new(actors.signer);
    for chain in &config.chains {
        let status = config.data.join(chain.folder()).join("status.json");
        let gateway = Gateway::open(
            chain.clone(),
            &config.data,
            actors.ledger.clone(),
            account.clone(),
            actors.drivers.clone(),
        )?;
        let enforcer = Enforcer::new(
            chain.clone(),
            actors.ledger.clone(),
            account.clone(),
            (actors.foreign.get(&chain.chain).cloned(), gateway.board()),
        );
        let commands = config.data.join(chain.folder()).join("commands.json");
        tasks.spawn(enforce(
            enforcer,
            gateway.board(),
            (config.poll(), commands),
            stop.clone(),
        ));
        let courier = Courier::new(
            chain.clone(),
            &config.data,
            actors.ledger.clone(),
            account.clone(),
        );
        let prover = Prover::new(
            chain.clone(),
            actors.ledger.clone(),
            account.clone(),
            gateway.board(),
        );
        tasks.spawn(prove(prover, config.poll(), stop.clone()));
        let signer = actors.foreign.get(&chain.chain).cloned();
        tasks.spawn(carry(
            courier,
            (gateway.board(), signer),
            config.poll(),
            stop.clone(),
        ));
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
    while let Some(ended) = tasks.join_next().await {
        if let Err(source) = ended {
            // What the others have begun is taken up at the next start, as after any end.
            tasks.abort_all();
            return Err(GatewayError::TaskEnded { source });
        }
    }
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
            write_json(&path, &status, gateway.chain());
            told = Some(status);
        }
        if let Ok(Progress::WaitsForChain { to_height, .. }) = result {
            pause = poll;
            tokio::select! {
                _ = stop.wait_for(|stopped| *stopped) => return,
                () = gateway.await_final(to_height, poll) => continue,
            }
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

async fn enforce(
    mut enforcer: Enforcer,
    board: Arc<Board>,
    (poll, path): (Duration, PathBuf),
    mut stop: watch::Receiver<bool>,
) {
    let mut pause = poll;
    let mut told: Option<Commands> = None;
    loop {
        let result = enforcer.step(Instant::now()).await;
        let commands = board.commands();
        if told.as_ref() != Some(&commands) {
            if let Err(error) = &result {
                warn!(chain = %enforcer.chain(), error = civitas_sdk::causes(error), "commands cannot go on");
            }
            for command in &commands.open {
                if let Some(error) = &command.error {
                    warn!(chain = %enforcer.chain(), command = command.id, error, "a command cannot go on");
                }
            }
            write_json(&path, &commands, enforcer.chain());
            told = Some(commands);
        }
        pause = if result.is_ok() {
            poll
        } else {
            (pause.max(poll) * 2).min(BACK_OFF_MAX)
        };
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Carries messages of a chain, and messages to it.
async fn carry(
    mut courier: Courier,
    (board, signer): (Arc<Board>, Option<DigestSigner>),
    poll: Duration,
    mut stop: watch::Receiver<bool>,
) {
    let mut pause = poll;
    let mut told = None;
    loop {
        // The gateway makes the driver at its first look.
        let outside = board.driver().map(|chain| Outside {
            chain,
            signer: signer.clone(),
        });
        let result = courier.step(outside.as_ref()).await;
        let mut carried = courier.carried();
        if let Err(error) = &result {
            carried.error = Some(civitas_sdk::causes(error));
        }
        if told != carried.error {
            if let Some(error) = &carried.error {
                warn!(chain = %courier.chain(), error, "messages cannot go on");
            }
            told.clone_from(&carried.error);
        }
        board.note_messages(carried);
        pause = match result {
            Ok(true) => LEDGER_POLL.min(poll),
            Ok(false) => poll,
            Err(_) => (pause.max(poll) * 2).min(BACK_OFF_MAX),
        };
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Brings headers of a chain.
async fn prove(mut prover: Prover, poll: Duration, mut stop: watch::Receiver<bool>) {
    let mut pause = poll;
    let mut told: Option<String> = None;
    loop {
        let result = prover.step(Instant::now()).await;
        let error = result.as_ref().err().map(|error| civitas_sdk::causes(error));
        if told != error {
            if let Some(error) = &error {
                warn!(chain = %prover.chain(), error, "headers cannot be proven");
            }
            told = error;
        }
        pause = match result {
            Ok(_) => poll,
            Err(_) => (pause.max(poll) * 2).min(BACK_OFF_MAX),
        };
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Writes what is shown by `civitas gateway status`.
fn write_json(path: &Path, value: &impl Serialize, chain: &str) {
    let written = files::replace(path, |file: &mut dyn std::io::Write| {
        serde_json::to_writer(&mut *file, value)?;
        file.write_all(b"\n")
    });
    if let Err(error) = written {
        warn!(
            chain,
            error = civitas_sdk::causes(&error),
            "the status cannot be written"
        );
    }
}

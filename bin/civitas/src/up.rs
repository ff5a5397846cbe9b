//! `civitas up`: a whole city on this machine. Starts every node as a process, and starts it again if it dies.
//!
//! One `up` runs a folder: it holds a lock on the file `up.lock` in it as long as it lives. Where the lock is free but nodes
//! run, an `up` was killed and left them behind: the next one stops them in order and starts them anew, so that they are
//! kept again. The console ends by itself with its `up`.

use crate::{
    city::{City, url},
    console::{Beside, Wanted},
    init::{self, Shape},
    output,
    sample::Sample,
};
use anyhow::Context;
use jsonrpsee_client::{core::client::ClientT, http_client::HttpClientBuilder, rpc_params};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, ChildStdin, Command},
    signal::unix::{Signal, SignalKind, signal},
};

/// How long the first block may take before the user is told to look at the logs.
const FIRST_BLOCK_WAIT: Duration = Duration::from_secs(60);
/// Pause between two looks at a node that starts.
const POLL: Duration = Duration::from_millis(50);
/// A node that dies at once is started again after this pause, doubled at each time up to the second figure.
const RESTART_PAUSE: Duration = Duration::from_millis(200);
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(10);
/// A node that ran this long is healthy: its next restart is at once again.
const HEALTHY_AFTER: Duration = Duration::from_secs(10);
/// The folder of the console, and the command that runs it.
const CONSOLE: &str = "console";
/// How long nodes may take to stop before they are killed.
const STOP_WAIT: Duration = Duration::from_secs(15);

/// Arguments of `civitas up`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the city; made if it does not exist.
    #[arg(long, default_value = "city")]
    dir: PathBuf,
    #[command(flatten)]
    shape: Shape,
    /// Do not start nodes again when they die.
    #[arg(long)]
    no_restart: bool,
    /// Port of the console, at 127.0.0.1.
    #[arg(long, default_value_t = 8080, conflicts_with = "no_console")]
    console_port: u16,
    /// Start no console.
    #[arg(long)]
    no_console: bool,
    /// A gateway that the console reads foreign chains from, such as http://127.0.0.1:8600; can be named again for others.
    #[arg(long = "gateway", value_name = "URL", conflicts_with = "no_console")]
    gateways: Vec<String>,
    /// The thesaurus whose words nodes refuse and the console masks, once its hash is in force on the ledger.
    #[arg(long, value_name = "FILE")]
    thesaurus: Option<PathBuf>,
    /// Fill a new development city with a sample of a city's life, and keep light traffic up.
    #[arg(long)]
    sample: bool,
}

/// Runs until it is interrupted.
pub fn run(args: Args, logging: &output::Logging) -> anyhow::Result<()> {
    let started = Instant::now();
    let made = !City::exists(&args.dir);
    let city = if made {
        init::create(&args.dir, &args.shape, None)?
    } else {
        City::load(&args.dir)?
    };
    if made {
        println!("City {} made in {}.", city.name, args.dir.display());
    } else {
        println!(
            "City {} of {}, with the ports and parameters it was made with.",
            city.name,
            args.dir.display()
        );
    }
    // In full, so that a second start finds the first one however it names the folder.
    let home = args.dir.canonicalize()?;
    // In full, too: nodes and console have folders of their own.
    let thesaurus = args.thesaurus.as_deref().map(std::path::absolute).transpose()?;
    let keeper = |name: &str, command: &str, settings: PathBuf| {
        let mut arguments: Vec<OsString> = logging.arguments().into_iter().map(OsString::from).collect();
        arguments.extend([command.into(), "--config".into(), settings.clone().into()]);
        if let Some(file) = &thesaurus {
            arguments.extend(["--thesaurus".into(), file.into()]);
        }
        let ends_with_us = command == CONSOLE;
        if ends_with_us {
            arguments.push("--end-with-stdin".into());
        }
        Keeper {
            ends_with_us,
            home: home.join(name),
            name: name.to_owned(),
            restart: !args.no_restart,
            settings,
            arguments,
        }
    };
    let nodes = city.nodes.iter();
    let keepers: Vec<Keeper> = nodes
        .map(|node| keeper(&node.name, "node", home.join(&node.name).join("node.toml")))
        .collect();
    let lock = Lock::take(&home, &keepers)?;
    let beside = (!args.no_console)
        .then(|| Beside::prepare(&home, &city, args.console_port, &args.gateways))
        .transpose()?;
    let console = beside.map(|beside| (keeper(CONSOLE, CONSOLE, beside.settings()), beside));
    let left = keepers.iter().chain(console.iter().map(|(keeper, _)| keeper));
    let left: Vec<Running> = left.filter_map(Keeper::running).collect();
    let sample = args.sample.then(|| Sample::new(&home, &city, !args.no_restart));
    let start = Start {
        folder: &args.dir,
        at: started,
        sample: sample.transpose()?,
        console,
        city,
    };
    let outcome = output::block_on(async {
        take_over(left).await?;
        supervise(start, keepers).await
    });
    drop(lock);
    outcome
}

/// The right to run the city of a folder; it ends with this value, and with the process however it ends.
struct Lock(File);

impl Lock {
    fn take(home: &Path, nodes: &[Keeper]) -> anyhow::Result<Self> {
        let path = home.join("up.lock");
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                let nodes = nodes.iter().filter_map(Keeper::running);
                let nodes: Vec<String> = nodes
                    .map(|node| format!("{} ({})", node.name, node.pid))
                    .collect();
                anyhow::bail!(
                    "{} is in use: `civitas up` runs it already as process {pid}, with {}; stop that one first (kill {pid})",
                    home.display(),
                    nodes.join(", "),
                    pid = holder.trim()
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        file.set_len(0)?;
        write!(file, "{}", std::process::id())?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What is left in the file says nothing once the lock is free.
        let _ = self.0.unlock();
    }
}

/// A process that runs in a folder of the city.
struct Running {
    name: String,
    pid: String,
}

/// Stops processes that were left behind, all at once, as `up` would have done.
async fn take_over(left: Vec<Running>) -> anyhow::Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    for process in &left {
        println!(
            "{} runs as process {}, left behind by a `civitas up` that was killed: it is stopped and started anew.",
            process.name, process.pid
        );
        signal_to("-TERM", &process.pid).await?;
    }
    let deadline = Instant::now() + STOP_WAIT;
    for process in &left {
        while runs(&process.pid) {
            if Instant::now() > deadline {
                signal_to("-KILL", &process.pid).await?;
                break;
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Ok(())
}

fn runs(pid: &str) -> bool {
    Path::new("/proc").join(pid).join("cmdline").exists()
}

/// The shell's `kill` spares us unsafe code for one system call.
async fn signal_to(signal: &str, pid: &str) -> std::io::Result<()> {
    Command::new("kill")
        .arg(signal)
        .arg(pid)
        .status()
        .await
        .map(|_| ())
}

/// A start of a city.
struct Start<'a> {
    /// Its folder, as it was named.
    folder: &'a Path,
    at: Instant,
    city: City,
    sample: Option<Sample>,
    console: Option<(Keeper, Beside)>,
}

async fn supervise(start: Start<'_>, keepers: Vec<Keeper>) -> anyhow::Result<()> {
    // Before any node runs: from here on an interruption stops the nodes instead of leaving them behind.
    let mut interrupts = Interrupts::new()?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut nodes = tokio::task::JoinSet::new();
    let mut console = tokio::task::JoinSet::new();
    let mut wanted = BTreeMap::new();
    for keeper in keepers {
        let child = keeper.spawn()?;
        let (run, runs) = tokio::sync::watch::channel(true);
        let pid = keeper.home.join("pid");
        wanted.insert(keeper.name.clone(), Wanted { run, pid });
        nodes.spawn(keeper.keep(child, stopped.clone(), runs));
    }
    let ready = tokio::select! {
        ready = first_block(&start.city) => ready.map(|()| true),
        Some(ended) = nodes.join_next() => ended?.map(|()| false),
        () = interrupts.next() => Ok(false),
    };
    let outcome = match ready {
        Ok(true) => {
            announce(start.folder, &start.city, start.at.elapsed());
            if let Some((keeper, beside)) = start.console {
                console.spawn(show(keeper, beside, wanted, stopped.clone()));
            }
            tokio::select! {
                () = interrupts.next() => Ok(()),
                outcome = outlive(&mut nodes) => outcome,
                () = live(start.sample) => Ok(()),
                () = mourn(&mut console) => Ok(()),
            }
        }
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    println!("Stopping.");
    stop.send_replace(true);
    while let Some(ended) = nodes.join_next().await {
        // The first failure is the one that stopped the city.
        let _ = ended?;
    }
    while console.join_next().await.is_some() {}
    outcome
}

/// The console beside the nodes, until the city stops; a city lives on without it.
async fn show(
    keeper: Keeper,
    beside: Beside,
    wanted: BTreeMap<String, Wanted>,
    stopped: tokio::sync::watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let orders = tokio::spawn(beside.control(wanted)?);
    let (_always, runs) = tokio::sync::watch::channel(true);
    let child = keeper.spawn()?;
    let kept = keeper.keep(child, stopped, runs);
    tokio::pin!(kept);
    let outcome = tokio::select! {
        () = beside.announce() => kept.await,
        outcome = &mut kept => outcome,
    };
    orders.abort();
    outcome
}

/// Tells why the console ended, if it did; never ends itself.
async fn mourn(console: &mut tokio::task::JoinSet<anyhow::Result<()>>) {
    while let Some(ended) = console.join_next().await {
        if let Ok(Err(error)) = ended {
            eprintln!("The city goes on without its console: {error:#}");
        }
    }
    std::future::pending::<()>().await;
}

/// The sample of the city, if it has one; a city lives on without it.
async fn live(sample: Option<Sample>) {
    if let Some(sample) = sample {
        sample.run().await;
    }
    std::future::pending::<()>().await;
}

/// A city that is up goes on without a node that is not started again; it ends with the last one.
async fn outlive(nodes: &mut tokio::task::JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    while let Some(ended) = nodes.join_next().await {
        if let Err(error) = ended? {
            eprintln!("{error:#}");
        }
    }
    anyhow::bail!("no node is left: look at the logs in the folders of the nodes")
}

/// Ctrl-C, and requests to end from a service manager.
struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// A process that is kept.
struct Process {
    child: Child,
    /// The other end of its standard input, where it is to end with us: however we end, it is closed then.
    leash: Option<ChildStdin>,
}

struct Keeper {
    home: PathBuf,
    name: String,
    restart: bool,
    /// Whether its process ends when this one does, even if it is killed.
    ends_with_us: bool,
    /// The file that its process is started with.
    settings: PathBuf,
    arguments: Vec<OsString>,
}

impl Keeper {
    /// The process that runs in the folder already: a new one could not use the data, but would take its place in the files
    /// of the folder. Its number can be another program's by now: it must be one with these settings.
    fn running(&self) -> Option<Running> {
        let pid = std::fs::read_to_string(self.home.join("pid")).ok()?;
        let pid = pid.trim().parse::<u32>().ok()?.to_string();
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
        let is_ours = command.split('\0').any(|word| Path::new(word) == self.settings);
        is_ours.then(|| Running {
            name: self.name.clone(),
            pid,
        })
    }

    fn spawn(&self) -> anyhow::Result<Process> {
        let log = self.home.join("log");
        let open = || -> anyhow::Result<File> {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(&log)
                .with_context(|| format!("cannot write {}", log.display()))
        };
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let leash = if self.ends_with_us {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let mut child = Command::new(program)
            .args(&self.arguments)
            .stdin(leash)
            .stdout(open()?)
            .stderr(open()?)
            .kill_on_drop(true)
            // Ctrl-C in the terminal reaches this process alone, which then stops the nodes in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", self.name))?;
        if let Some(pid) = child.id() {
            std::fs::write(self.home.join("pid"), pid.to_string())?;
        }
        Ok(Process {
            leash: child.stdin.take(),
            child,
        })
    }

    async fn keep(
        self,
        mut process: Process,
        mut stopped: tokio::sync::watch::Receiver<bool>,
        mut runs: tokio::sync::watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let mut pause = RESTART_PAUSE;
        loop {
            let since = Instant::now();
            let status = tokio::select! {
                status = process.child.wait() => status?,
                () = asked(&mut stopped) => return self.end(process).await,
                () = ordered(&mut runs, false) => {
                    self.end(process).await?;
                    tokio::select! {
                        () = asked(&mut stopped) => return Ok(()),
                        () = ordered(&mut runs, true) => {}
                    }
                    process = self.spawn()?;
                    continue;
                }
            };
            self.forget_process();
            let log = self.home.join("log");
            // A node that refuses its settings or its folder would refuse them again.
            if status.code() == Some(1) || !self.restart {
                anyhow::bail!("{} ended ({status}):\n{}", self.name, tail(&log));
            }
            if since.elapsed() > HEALTHY_AFTER {
                pause = RESTART_PAUSE;
            }
            eprintln!("{} ended ({status}); starting it again.", self.name);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = asked(&mut stopped) => return Ok(()),
                () = ordered(&mut runs, false) => {}
            }
            pause = (pause * 2).min(RESTART_PAUSE_MAX);
            process = self.spawn()?;
        }
    }

    /// Asks the node to stop, and kills it if it does not.
    async fn end(&self, Process { mut child, leash }: Process) -> anyhow::Result<()> {
        if let Some(pid) = child.id() {
            signal_to("-TERM", &pid.to_string()).await?;
        }
        drop(leash);
        if tokio::time::timeout(STOP_WAIT, child.wait()).await.is_err() {
            child.kill().await?;
        }
        self.forget_process();
        Ok(())
    }

    fn forget_process(&self) {
        // A file that is gone already is as good.
        let _ = std::fs::remove_file(self.home.join("pid"));
    }
}

/// Waits until the city is to stop.
async fn asked(stopped: &mut tokio::sync::watch::Receiver<bool>) {
    // An error says that nobody is left to ask, which means the same.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Waits until it is ordered that the node runs, or that it does not.
async fn ordered(runs: &mut tokio::sync::watch::Receiver<bool>, start: bool) {
    if runs.wait_for(|run| *run == start).await.is_err() {
        // Nobody is left who could order it.
        std::future::pending::<()>().await;
    }
}

fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines
        .into_iter()
        .rev()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Waits until every node serves a block above the genesis.
async fn first_block(city: &City) -> anyhow::Result<()> {
    let deadline = Instant::now() + FIRST_BLOCK_WAIT;
    for node in &city.nodes {
        let client = HttpClientBuilder::default().build(url(node.rpc))?;
        loop {
            let height: Result<alloy_primitives::U64, _> =
                client.request("eth_blockNumber", rpc_params![]).await;
            if height.is_ok_and(|height| !height.is_zero()) {
                break;
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "no block after {} s: look at the file `log` in the folder of {}",
                FIRST_BLOCK_WAIT.as_secs(),
                node.name
            );
            tokio::time::sleep(POLL).await;
        }
    }
    Ok(())
}

fn announce(folder: &Path, city: &City, elapsed: Duration) {
    println!(
        "City {} is up ({:.1} s). Chain id {}.",
        city.name,
        elapsed.as_secs_f64(),
        city.chain_id
    );
    let mut rows = vec![
        ["NODE", "JSON-RPC (HTTP, WebSocket)", "METRICS", "FOLDER"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(city.nodes.iter().map(|node| {
        vec![
            node.name.clone(),
            url(node.rpc),
            format!("{}/metrics", url(node.metrics)),
            folder.join(&node.name).display().to_string(),
        ]
    }));
    output::table(&rows);
    if city.development {
        println!(
            "\nTHIS IS A DEVELOPMENT CITY. Anyone can sign for its funded accounts: they are those of the mnemonic\n  \
             test test test test test test test test test test test junk\n  \
             e.g. {} (key 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80)",
            init::DEVELOPMENT_ACCOUNTS[0]
        );
    }
    println!(
        "\nCtrl-C stops it; `civitas up --dir {}` starts it again.",
        folder.display()
    );
}

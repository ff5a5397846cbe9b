//! What is measured: a city that is started here and stopped at the end, or running nodes.

use super::BenchArgs;
use crate::rpc;
use anyhow::{Context, bail, ensure};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::{Child, Command};

/// How long a city may take to start.
const START_WAIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(100);
/// How long a city may take to stop before it is killed.
const STOP_WAIT: Duration = Duration::from_secs(30);
/// Ports of one node, above its JSON-RPC port (`civitas init`).
const PORT_OFFSETS: [u16; 3] = [0, 1_000, 1_100];
/// Blocks of ports that are tried.
const PORT_TRIES: u16 = 20;

/// What is measured.
pub(super) struct Target {
    urls: Vec<String>,
    pids: Vec<u32>,
    folders: Vec<PathBuf>,
    city: Option<StartedCity>,
}

struct StartedCity {
    folder: PathBuf,
    process: Child,
}

impl Target {
    pub(super) fn new(args: &BenchArgs) -> anyhow::Result<Self> {
        if args.url.is_empty() {
            return Self::start(args);
        }
        let urls = args.url.clone();
        Ok(Self {
            urls,
            pids: args.pid.clone(),
            folders: args.data.clone(),
            city: None,
        })
    }

    fn start(args: &BenchArgs) -> anyhow::Result<Self> {
        let folder = args
            .dir
            .clone()
            .unwrap_or_else(|| std::env::temp_dir().join(format!("civitas-bench-{}", std::process::id())));
        ensure!(
            !folder.exists(),
            "{} exists: a measurement starts with an empty ledger",
            folder.display()
        );
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let port = free_ports(args.rpc_port, args.validators)?;
        let log = fs::File::create(folder.with_extension("log"))?;
        let mut command =
            Command::new(std::env::current_exe().context("cannot find this program's own file")?);
        command.arg("up").arg("--dir").arg(&folder).args([
            "--validators",
            &args.validators.to_string(),
            "--rpc-port",
            &port.to_string(),
        ]);
        if args.validators == 1 {
            command.args(["--consensus", "solo"]);
        }
        let process = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C reaches this process alone, which then stops the city.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .context("cannot start a city")?;
        let nodes = || (0..args.validators).map(|index| (index, folder.join(format!("node{index}"))));
        Ok(Self {
            urls: nodes()
                .map(|(index, _)| format!("http://127.0.0.1:{}", port + index))
                .collect(),
            pids: Vec::new(),
            folders: nodes().map(|(_, home)| home.join("data")).collect(),
            city: Some(StartedCity { folder, process }),
        })
    }

    /// Waits until every node answers and, in a city of our own, has a block above the genesis.
    pub(super) async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_WAIT;
        let least = u64::from(self.city.is_some());
        for url in &self.urls {
            let client = rpc::client(url)?;
            loop {
                let failure = match rpc::block_number(&client).await {
                    Ok(number) if number >= least => break,
                    Ok(_) => None,
                    Err(error) => Some(error),
                };
                match &mut self.city {
                    Some(city) => city.check(deadline)?,
                    None => {
                        return Err(failure
                            .context("no block")?
                            .context(format!("{url} does not answer")));
                    }
                }
                tokio::time::sleep(POLL).await;
            }
        }
        if let Some(city) = &self.city {
            self.pids = (0..self.urls.len())
                .map(|index| pid(&city.folder.join(format!("node{index}"))))
                .collect::<anyhow::Result<_>>()?;
        }
        Ok(())
    }

    /// One address a node.
    pub(super) fn urls(&self) -> &[String] {
        &self.urls
    }

    /// The nodes' processes on this machine.
    pub(super) fn pids(&self) -> &[u32] {
        &self.pids
    }

    /// The nodes' data folders on this machine.
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Stops the city that was started here.
    pub(super) async fn stop(&mut self, keep: bool) -> anyhow::Result<()> {
        let Some(mut city) = self.city.take() else {
            return Ok(());
        };
        if let Some(pid) = city.process.id() {
            signal("-TERM", pid).await?;
        }
        if tokio::time::timeout(STOP_WAIT, city.process.wait())
            .await
            .is_err()
        {
            city.process.kill().await?;
            for pid in &self.pids {
                signal("-KILL", *pid).await?;
            }
        }
        if !keep {
            fs::remove_dir_all(&city.folder)
                .with_context(|| format!("cannot remove {}", city.folder.display()))?;
            // What is left of the log is of no use any more.
            let _ = fs::remove_file(city.folder.with_extension("log"));
        }
        Ok(())
    }
}

impl StartedCity {
    fn check(&mut self, deadline: Instant) -> anyhow::Result<()> {
        let log = self.folder.with_extension("log");
        if let Some(status) = self.process.try_wait()? {
            let text = fs::read_to_string(&log).unwrap_or_default();
            bail!("the city ended ({status}):\n{text}");
        }
        ensure!(
            Instant::now() < deadline,
            "the city made no block in {START_WAIT:?}: see {}",
            log.display()
        );
        Ok(())
    }
}

fn pid(home: &Path) -> anyhow::Result<u32> {
    let path = home.join("pid");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    text.trim()
        .parse()
        .with_context(|| format!("{} holds no process id", path.display()))
}

/// The shell's `kill` spares us unsafe code for one system call. A process that is gone already is fine.
async fn signal(name: &str, pid: u32) -> anyhow::Result<()> {
    let mut command = Command::new("kill");
    command
        .arg(name)
        .arg(pid.to_string())
        .stderr(Stdio::null())
        .status()
        .await?;
    Ok(())
}

/// The first block of ports, from `first` on, in which a city's ports are free.
fn free_ports(first: u16, nodes: u16) -> anyhow::Result<u16> {
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    for attempt in 0..PORT_TRIES {
        let Some(base) = attempt
            .checked_mul(nodes)
            .and_then(|offset| first.checked_add(offset))
        else {
            break;
        };
        let mut ports = (0..nodes)
            .flat_map(|index| PORT_OFFSETS.map(|offset| base.checked_add(offset)?.checked_add(index)));
        if ports.all(|port| port.is_some_and(free)) {
            return Ok(base);
        }
    }
    bail!("the ports above {first} are in use: choose others with --rpc-port")
}

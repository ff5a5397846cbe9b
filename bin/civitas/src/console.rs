//! `civitas console`: the web console of a city, alone or beside the nodes of `civitas up`.

use crate::{
    city::{City, url},
    output,
};
use anyhow::Context;
use civitas_console::{config::Config, document, run};
use clap::Subcommand;
use std::{
    collections::BTreeMap,
    fs::{File, Permissions},
    io::Write as _,
    os::{fd::AsFd, unix::fs::PermissionsExt},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream, unix::pipe::Receiver},
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// First line of settings that `civitas up` writes anew at each start.
const WRITTEN: &str = "# Written by `civitas up` at each start. Remove this line to keep your own changes.";
/// The socket through which the console asks `civitas up` to start and stop nodes.
const CONTROL: &str = "control";
/// Bytes of an order, at most: a word and the name of a node.
const ORDER_BYTES_MAX: u64 = 256;
/// How long a node may take to start or stop before the order counts as failed.
const ORDER_WAIT: Duration = Duration::from_secs(20);
/// Pause between two looks at what became of an order, or of a console that starts.
const POLL: Duration = Duration::from_millis(100);
/// How long the console may take until it answers.
const CONSOLE_WAIT: Duration = Duration::from_secs(30);

/// Arguments of `civitas console`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Settings of the console.
    #[arg(long, required = true)]
    config: Option<PathBuf>,
    /// The thesaurus, in place of the one that the settings name.
    #[arg(long, value_name = "FILE")]
    thesaurus: Option<PathBuf>,
    /// End when standard input ends: whoever starts the console so takes it along, even if killed (`civitas up` does).
    #[arg(long)]
    end_with_stdin: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the OpenAPI document of the console's HTTP API.
    Openapi,
    /// Make a new one-time link for an administrator; the one before ends.
    Link {
        /// Settings of the console.
        #[arg(long)]
        config: PathBuf,
    },
}

/// Runs until it is asked to stop, or carries out a subcommand.
///
/// # Errors
/// The settings cannot be used, or something that the console needs cannot be opened.
pub fn run(args: Args) -> anyhow::Result<()> {
    match (args.command, args.config) {
        (Some(Command::Openapi), _) => {
            let text = serde_json::to_string_pretty(&document::document())?;
            writeln!(std::io::stdout(), "{text}")?;
            Ok(())
        }
        (Some(Command::Link { config }), _) => {
            let config = Config::load(&config)?;
            let link = output::block_on(async { Ok(run::new_link(&config).await?) })?;
            println!("{link}");
            Ok(())
        }
        (None, Some(config)) => {
            let mut config = Config::load(&config)?;
            config.thesaurus = args.thesaurus.or(config.thesaurus);
            output::block_on(serve(config, args.end_with_stdin))
        }
        (None, None) => anyhow::bail!("name the settings with --config FILE"),
    }
}

async fn serve(config: Config, ends_with_stdin: bool) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let input = ends_with_stdin.then(stdin_pipe).transpose()?;
    let shutdown = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = end_of(input) => {}
        }
    };
    let ready = |ready: &run::Ready| {
        println!("The console is at {}", ready.address);
        if let Some(link) = &ready.link {
            println!("Become its administrator, once and within a day: {link}");
        }
    };
    Ok(run::run(config, ready, shutdown).await?)
}

/// Standard input, if it is a pipe: only of one it is known when nobody holds its other end any more.
fn stdin_pipe() -> anyhow::Result<Receiver> {
    let input = std::io::stdin().as_fd().try_clone_to_owned()?;
    Receiver::from_file(File::from(input)).context("--end-with-stdin needs a pipe as standard input")
}

/// Ends when nobody holds the other end of the pipe any more; without one, never.
async fn end_of(pipe: Option<Receiver>) {
    let Some(mut pipe) = pipe else {
        return std::future::pending().await;
    };
    let mut ignored = [0; 64];
    while pipe.read(&mut ignored).await.is_ok_and(|count| count > 0) {}
}

/// The console beside the nodes of a city.
pub struct Beside {
    /// Its folder.
    pub home: PathBuf,
    port: u16,
}

impl Beside {
    /// Makes the folder and the settings, unless they are the operator's own.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn prepare(city_folder: &Path, city: &City, port: u16, gateways: &[String]) -> anyhow::Result<Self> {
        let home = city_folder.join("console");
        std::fs::create_dir_all(&home)
            .with_context(|| format!("cannot make the folder {}", home.display()))?;
        // Sessions, records and the socket are nobody else's.
        std::fs::set_permissions(&home, Permissions::from_mode(0o700))?;
        let beside = Self { home, port };
        let path = beside.settings();
        let own = std::fs::read_to_string(&path).is_ok_and(|text| !text.starts_with(WRITTEN));
        if !own {
            std::fs::write(&path, beside.text(city, gateways))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(beside)
    }

    /// The file of its settings.
    pub fn settings(&self) -> PathBuf {
        self.home.join("console.toml")
    }

    fn text(&self, city: &City, gateways: &[String]) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let port = self.port;
        let gateways: Vec<String> = gateways.iter().map(|gateway| quoted(gateway)).collect();
        let mut text = format!(
            "{WRITTEN}\nlisten = \"127.0.0.1:{port}\"\ndata = \".\"\ncontrol = \"{CONTROL}\"\ngateways = [{}]\n\n\
             [city]\nname = {}\nfolder = \"..\"\ndevelopment = {}\n\n\
             [login]\norigins = [\"http://127.0.0.1:{port}\", \"http://localhost:{port}\"]\n\n\
             [[ledgers]]\nname = \"main\"\nrpc = [{}]\n",
            gateways.join(", "),
            quoted(&city.name),
            city.development,
            city.nodes
                .iter()
                .map(|node| quoted(&url(node.rpc)))
                .collect::<Vec<_>>()
                .join(", "),
        );
        for node in &city.nodes {
            text.push_str(&format!(
                "\n[[nodes]]\nname = {name}\nrpc = \"{}\"\nmetrics = \"{}/metrics\"\nfolder = {}\n",
                url(node.rpc),
                url(node.metrics),
                quoted(&format!("../{}", node.name)),
                name = quoted(&node.name),
            ));
        }
        if let Some(folder) = compilers() {
            text.push_str(&format!("\n[solidity]\ncompilers = {}\n", quoted(&folder)));
        }
        text
    }

    /// Waits until the console answers, and prints where it is.
    pub async fn announce(&self) {
        let deadline = Instant::now() + CONSOLE_WAIT;
        let address = self.address();
        while Instant::now() < deadline {
            if answers(&address).await {
                println!("\nThe console is at http://{address}");
                if let Ok(link) = std::fs::read_to_string(self.home.join(run::LINK_FILE)) {
                    println!("Become its administrator, once and within a day: {}", link.trim());
                }
                return;
            }
            tokio::time::sleep(POLL).await;
        }
        eprintln!(
            "The console does not answer at http://{address} after {} s: look at {}",
            CONSOLE_WAIT.as_secs(),
            self.home.join("log").display()
        );
    }

    /// Where it listens: what the settings say, which may be the operator's own.
    fn address(&self) -> String {
        let own = Config::load(&self.settings()).map(|config| config.listen.to_string());
        own.unwrap_or_else(|_| format!("127.0.0.1:{}", self.port))
    }

    /// Carries out orders of the console, until it is dropped. `wanted` says by node whether it shall run.
    ///
    /// # Errors
    /// The socket cannot be made.
    pub fn control(
        &self,
        wanted: BTreeMap<String, Wanted>,
    ) -> anyhow::Result<impl Future<Output = ()> + use<>> {
        let path = self.home.join(CONTROL);
        // One that is left from a run before: the folder is this process's, which holds the nodes.
        let _ = std::fs::remove_file(&path);
        let listener =
            UnixListener::bind(&path).with_context(|| format!("cannot listen at {}", path.display()))?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Err(error) = carry_out(stream, &wanted).await {
                    tracing::warn!(%error, "an order of the console was lost");
                }
            }
        })
    }
}

/// The folder into which `scripts/compilers` installs Solidity compilers, if it did.
fn compilers() -> Option<String> {
    let cache = match std::env::var_os("CIVITAS_CACHE") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache/civitas"),
    };
    let folder = cache.join("compilers");
    folder
        .join("node_modules")
        .is_dir()
        .then(|| folder.display().to_string())
}

/// Whether a node shall run, and the file that says whether it does.
pub struct Wanted {
    /// Tells the keeper of the node.
    pub run: watch::Sender<bool>,
    /// The file with its process id, there while it runs.
    pub pid: PathBuf,
}

/// One order, one answer: `start NAME` or `stop NAME`, `ok …` or `error …`.
async fn carry_out(stream: UnixStream, wanted: &BTreeMap<String, Wanted>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    let mut reader = BufReader::new(reader.take(ORDER_BYTES_MAX));
    tokio::time::timeout(ORDER_WAIT, reader.read_line(&mut line)).await??;
    let answer = match line.trim().split_once(' ') {
        Some((order @ ("start" | "stop"), name)) => match wanted.get(name) {
            Some(node) => obey(node, order == "start").await,
            None => format!("error no node is called {name}"),
        },
        _ => "error an order is `start NAME` or `stop NAME`".to_owned(),
    };
    writer.write_all(format!("{answer}\n").as_bytes()).await
}

async fn obey(node: &Wanted, start: bool) -> String {
    if node.run.send(start).is_err() {
        return "error nobody keeps this node any more: start `civitas up` again".to_owned();
    }
    let deadline = Instant::now() + ORDER_WAIT;
    while node.pid.exists() != start {
        if Instant::now() > deadline {
            return format!(
                "error the node did not {} within {} s",
                if start { "start" } else { "stop" },
                ORDER_WAIT.as_secs()
            );
        }
        tokio::time::sleep(POLL).await;
    }
    if start { "ok started" } else { "ok stopped" }.to_owned()
}

/// Whether something answers HTTP there.
async fn answers(address: &str) -> bool {
    let Ok(mut stream) = tokio::net::TcpStream::connect(address).await else {
        return false;
    };
    let question = format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = [0; 12];
    let asked = async {
        stream.write_all(question.as_bytes()).await?;
        stream.read_exact(&mut answer).await
    };
    let done = tokio::time::timeout(Duration::from_secs(5), asked).await;
    done.is_ok_and(|read| read.is_ok()) && answer.starts_with(b"HTTP/1.1 ")
}

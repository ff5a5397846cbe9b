//! Databases for the tests: a fresh SQLite file, or a fresh database on a PostgreSQL server that runs in a temporary
//! folder (or is named by `CIVITAS_TEST_POSTGRES`).
#![allow(dead_code, reason = "tests and the benchmark each use a part")]
#![allow(clippy::panic, reason = "a test without its server would show nothing")]

use sqlx::{Connection, Executor};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// Where Debian keeps the programs of the server, in a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The user that the server runs as where the tests run as root, which it refuses.
const SERVER_USER: &str = "nobody";

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder that is removed with this value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("civitas-index-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The address of a SQLite database in it.
    pub fn sqlite(&self) -> String {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("sqlite://{}/index-{number}.db", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A PostgreSQL server, which ends with this value.
pub enum Postgres {
    Named(String),
    Own { folder: Folder, socket: PathBuf },
}

impl Postgres {
    /// Starts a server: a test without one would show nothing, so it fails.
    pub fn start() -> Self {
        if let Ok(url) = std::env::var("CIVITAS_TEST_POSTGRES") {
            return Self::Named(url);
        }
        let folder = Folder::new();
        if is_root() {
            run(Command::new("chown").arg(SERVER_USER).arg(&folder.0));
        }
        let data = folder.0.join("data");
        run(server_program("initdb")
            .args([
                "--auth=trust",
                "--username=civitas",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-D",
            ])
            .arg(&data));
        let socket = folder.0.clone();
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off -c max_wal_size=2GB",
            socket.display()
        );
        let log = folder.0.join("log");
        run(server_program("pg_ctl")
            .args(["start", "-w", "-o", &options, "-l"])
            .arg(&log)
            .arg("-D")
            .arg(&data));
        Self::Own { folder, socket }
    }

    /// The address of a new, empty database.
    pub async fn database(&self) -> String {
        let server = match self {
            Self::Named(url) => url.clone(),
            Self::Own { socket, .. } => {
                format!("postgres://civitas@localhost/postgres?host={}", socket.display())
            }
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("civitas_index_{}_{number}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        connection
            .execute(format!("CREATE DATABASE {name}").as_str())
            .await
            .unwrap();
        let (place, options) = server.split_once('?').unwrap_or((&server, ""));
        let (place, _) = place.rsplit_once('/').unwrap();
        format!("{place}/{name}?{options}")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Self::Own { folder, .. } = self {
            let data = folder.0.join("data");
            run(server_program("pg_ctl")
                .args(["stop", "-w", "-m", "immediate", "-D"])
                .arg(&data));
        }
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

/// The folder of the newest version's programs.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin"))
        .filter(|folder| folder.join("initdb").exists())
        .max()
        .unwrap_or_else(|| panic!("no PostgreSQL in {VERSIONS}: `scripts/setup test` installs it"))
}

/// A program of the server, as a user that it accepts.
fn server_program(name: &str) -> Command {
    let path = programs().join(name);
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={SERVER_USER}"))
        .args(["--clear-groups", "--"])
        .arg(path);
    command
}

fn run(command: &mut Command) {
    let status = command.current_dir("/").stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

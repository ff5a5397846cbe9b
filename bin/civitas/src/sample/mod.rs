//! `civitas up --sample`: fills a new development city with a life, by real transactions, so that no page of the console is
//! empty at first sight; then keeps a light traffic up.
//!
//! ```text
//! plan  rounds of steps (pure data) ──▶ ledger  signs, sends, waits ──▶ sample.json  rounds that are done
//! people, tokens  who and what                   traffic  a transfer now and then, as long as the city runs
//! ```
//!
//! Invariants: a city gets its sample once; what was interrupted goes on with the round that it was in, and what the ledger
//! refuses there, because it was done, is left out. Nothing here stops the city: a sample that fails says why and ends.

mod ledger;
mod people;
mod plan;
mod step;
mod tokens;
mod traffic;

use crate::city::{City, url};
use anyhow::{Context, ensure};
use ledger::Ledger;
use people::Person;
use plan::{Circumstances, PARTITION};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

/// Where it stands how far the sample is.
const PROGRESS: &str = "sample.json";
/// How long a partition ledger may take until it answers: its nodes start it, and its first block comes.
const PARTITION_WAIT: Duration = Duration::from_secs(60);
/// Fewer validators would stop while one of them starts again.
const VALIDATORS_FOR_A_FAILURE: usize = 4;

/// How far the sample of a city is.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    /// Rounds that are done.
    rounds: usize,
    /// Whether all are.
    is_complete: bool,
}

/// The sample of a city.
pub struct Sample {
    folder: PathBuf,
    city: City,
    /// Whether a validator that ends is started again.
    keeps_nodes: bool,
}

impl Sample {
    /// Of a city whose well-known accounts hold its offices.
    ///
    /// # Errors
    /// It is not a development city.
    pub fn new(folder: &Path, city: &City, keeps_nodes: bool) -> anyhow::Result<Self> {
        ensure!(
            city.development,
            "--sample needs a development city: nobody here can sign for the officers of {}",
            city.name
        );
        Ok(Self {
            folder: folder.to_owned(),
            city: city.clone(),
            keeps_nodes,
        })
    }

    /// Fills the city, if it is not filled, and keeps traffic up. Ends only by a failure, which it tells.
    pub async fn run(self) {
        if let Err(error) = self.fill_and_trade().await {
            eprintln!("The sample of the city stopped: {error:#}");
        }
    }

    async fn fill_and_trade(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut progress = self.load()?;
        let main = self.connect(None).await?;
        if !progress.is_complete {
            println!("\nThe city gets a sample of a city's life; this takes some seconds.");
            self.fill(&main, &mut progress).await?;
            println!(
                "The city is filled ({:.1} s). A citizen to sign in as: {} (account 10 of the mnemonic).",
                started.elapsed().as_secs_f64(),
                Person::CITIZENS[0].address()?
            );
        }
        traffic::run(&main).await
    }

    async fn fill(&self, main: &Ledger, progress: &mut Progress) -> anyhow::Result<()> {
        let circumstances = Circumstances {
            now: main.time().await?,
            chain_id: self.city.chain_id,
            nodes: self.city.nodes.iter().map(|node| node.public_key).collect(),
        };
        let mut partition = None;
        let interrupted = progress.rounds;
        for (index, round) in plan::rounds(&circumstances)?.iter().enumerate().skip(interrupted) {
            let ledger: &Ledger = match round.ledger {
                None => main,
                Some(_) => match &mut partition {
                    Some(ledger) => ledger,
                    slot => slot.insert(self.connect(Some(PARTITION)).await?),
                },
            };
            // Only of the round that was interrupted can something be done already.
            let again = index == interrupted && interrupted > 0;
            let done = ledger.carry_out(round, again).await;
            done.with_context(|| format!("while {}", round.title))?;
            progress.rounds = index + 1;
            self.save(progress)?;
        }
        self.fail_a_validator().await?;
        progress.is_complete = true;
        self.save(progress)
    }

    /// The main ledger, or a partition ledger as soon as its node serves it.
    async fn connect(&self, partition: Option<&str>) -> anyhow::Result<Ledger> {
        let node = self.city.nodes.first().context("the city has no nodes")?;
        let mut address = url(node.rpc);
        if let Some(name) = partition {
            address = format!("{address}/ledgers/{name}");
        }
        let deadline = Instant::now() + PARTITION_WAIT;
        loop {
            match Ledger::connect(&self.folder, &address).await {
                Ok(ledger) => return Ok(ledger),
                Err(error) if Instant::now() > deadline => return Err(error),
                Err(_) => tokio::time::sleep(ledger::POLL).await,
            }
        }
    }

    /// The last validator ends, and `civitas up` starts it again: a gap to be seen in the charts.
    async fn fail_a_validator(&self) -> anyhow::Result<()> {
        let Some(node) = self
            .city
            .nodes
            .last()
            .filter(|_| self.keeps_nodes && self.city.nodes.len() >= VALIDATORS_FOR_A_FAILURE)
        else {
            return Ok(());
        };
        // A node that is just being started again has no process, and has failed already.
        let Ok(pid) = std::fs::read_to_string(self.folder.join(&node.name).join("pid")) else {
            return Ok(());
        };
        tokio::process::Command::new("kill")
            .arg("-KILL")
            .arg(pid.trim())
            .stdin(Stdio::null())
            .status()
            .await?;
        Ok(())
    }

    fn load(&self) -> anyhow::Result<Progress> {
        let path = self.folder.join(PROGRESS);
        if !path.exists() {
            return Ok(Progress::default());
        }
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| {
            format!(
                "{} does not say how far the sample is: start without --sample",
                path.display()
            )
        })
    }

    fn save(&self, progress: &Progress) -> anyhow::Result<()> {
        let path = self.folder.join(PROGRESS);
        let new = path.with_extension("new");
        let written = std::fs::write(&new, serde_json::to_string_pretty(progress)?)
            .and_then(|()| std::fs::rename(&new, &path));
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

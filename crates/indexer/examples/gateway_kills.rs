//! Gateways are killed (SIGKILL) at chance moments while very many transactions of a foreign chain pass: real processes, a real
//! city, a real index. Afterwards each report is exactly once on the ledger, what was anchored is what the chain holds, and the
//! index that was written meanwhile equals one that is built in one go.
//!
//! ```text
//! cargo run --release -p civitas-indexer --example gateway_kills -- --binary target/release/civitas \
//!     [--transactions 1000000] [--kills 200] [--seed N]
//! ```
//!
//! The chain is a scripted one in this process; two gateways of two organisations follow it, and both must agree.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a run that meets a surprise has failed"
)]

#[path = "../tests/indexer/databases.rs"]
mod databases;

use alloy_primitives::{Address, B256, U64, address};
use civitas_foreign_chain_contract::ethereum::{CHAIN_ID, Ethereum};
use civitas_gateway::{MainLedger as _, NodeLedger, client::GatewayClient};
use civitas_indexer::{BatchSource, ChainFollower, Store};
use civitas_sdk::Node;
use civitas_system_contracts::{address::ANCHORS, chains, interfaces::IAnchors::Reported};
use databases::Folder;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Transactions of a block of the chain; half of them have events.
const BLOCK_TRANSACTIONS: u64 = 250;
/// Blocks of a batch.
const BATCH_BLOCKS: u64 = 8;
/// Blocks that the chain is ahead of what is anchored, at most: it is never waited for, and need not be whole before the first kill.
const AHEAD_BLOCKS_MAX: u64 = 256;
/// Accounts of the gateways, as the development mnemonic numbers them, and who answers for them.
const GATEWAYS: [(&str, Address, &str); 2] = [
    (
        "dev5",
        address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
        "Harbour Business",
    ),
    (
        "dev6",
        address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
        "City Governance Office",
    ),
];
/// The first port: below those that a system gives to connections, one of which could take that of a gateway while it is dead.
const PORT: u64 = 21_600;
/// How long nothing may move before the run has failed.
const STANDSTILL_MAX: Duration = Duration::from_secs(120);
/// How long a city may take to end.
const CITY_END_MAX: Duration = Duration::from_secs(20);
/// A kill comes at most so long after the batch that it is counted by.
const KILL_DELAY_MS_MAX: u64 = 1_500;
/// Blocks of the main ledger in one question for its events.
const LOG_BLOCKS: u64 = 500;

fn option(name: &str) -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.next()?;
    arguments.next()
}

fn number(name: &str, default: u64) -> u64 {
    option(name).map_or(default, |text| text.parse().expect("a number"))
}

/// What is started ends with this value.
struct Process(Child);

impl Process {
    fn start(binary: &str, arguments: &[&str], log: &Path) -> Self {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log");
        let errors = log.try_clone().expect("a log");
        let child = Command::new(binary)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("a process");
        Self(child)
    }

    /// SIGKILL: nothing of it runs on.
    fn kill(&mut self) {
        self.0.kill().expect("it is killed");
        self.0.wait().expect("it ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A city, which ends its nodes when it is asked to end.
struct City(Process);

impl Drop for City {
    fn drop(&mut self) {
        let pid = self.0.0.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let began = Instant::now();
        while began.elapsed() < CITY_END_MAX && matches!(self.0.0.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Everything that runs.
struct Scene {
    binary: String,
    folder: PathBuf,
    chain: Arc<Ethereum>,
    rpc: String,
    ledger: NodeLedger,
    id: B256,
    batches: u64,
    listens: Vec<String>,
}

#[tokio::main]
async fn main() {
    let binary = option("--binary").expect("--binary PATH of civitas");
    let kills = number("--kills", 200);
    let seed = number("--seed", rand::random::<u32>().into());
    let batches = number("--transactions", 1_000_000).div_ceil(BLOCK_TRANSACTIONS * BATCH_BLOCKS);
    let port = u16::try_from(number("--port", PORT)).expect("a port");
    println!(
        "{} transactions in {batches} batches, {kills} kills, seed {seed}",
        batches * BATCH_BLOCKS * BLOCK_TRANSACTIONS
    );
    let began = Instant::now();
    let folder = Folder::new();
    let rpc = format!("http://127.0.0.1:{port}");
    let city = start_city(&binary, &folder.0, port);
    let scene = attach(binary, &folder.0, rpc, port, batches).await;
    println!(
        "a city runs, the chain is followed: {:.0} s",
        began.elapsed().as_secs_f64()
    );
    let url = folder.sqlite();
    let killed = run(&scene, &url, kills, seed).await;
    println!(
        "all is anchored and indexed: {:.0} s",
        began.elapsed().as_secs_f64()
    );
    once_each(&scene).await;
    anchored_as_it_is(&scene).await;
    let whole = Store::open(&folder.sqlite()).await.expect("a store");
    let gateways: Vec<Process> = (0..GATEWAYS.len()).map(|index| scene.start(index)).collect();
    let built = Instant::now();
    follow(&scene, &whole).await;
    println!("built in one go: {:.0} s", built.elapsed().as_secs_f64());
    let (one, other) = (whole.digest().await.unwrap(), killed.digest().await.unwrap());
    println!("built in one go:             {one}\nwritten while {kills} were killed: {other}");
    assert_eq!(one, other, "the index that was written meanwhile differs");
    drop(gateways);
    drop(city);
    println!("{:.0} s in all", began.elapsed().as_secs_f64());
}

fn start_city(binary: &str, folder: &Path, port: u16) -> City {
    let (dir, port) = (folder.join("city"), port.to_string());
    let dir = dir.to_str().expect("a path");
    let arguments = [
        "up",
        "--dir",
        dir,
        "--validators",
        "1",
        "--consensus",
        "solo",
        "--rpc-port",
        &port,
        "--no-console",
    ];
    City(Process::start(binary, &arguments, &folder.join("city.log")))
}

/// One command of the program, until it works: the city may still be starting.
fn command(binary: &str, arguments: &[String]) {
    let began = Instant::now();
    loop {
        let output = Command::new(binary).args(arguments).output().expect("a process");
        if output.status.success() {
            return;
        }
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(began.elapsed() < Duration::from_secs(60), "{arguments:?}: {told}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Attaches the chain, and writes the settings of both gateways.
async fn attach(binary: String, folder: &Path, rpc: String, port: u16, batches: u64) -> Scene {
    let chain = Arc::new(Ethereum::start().await);
    chain.modernise();
    let mut listens = Vec::new();
    for (index, (key, _, _)) in GATEWAYS.iter().enumerate() {
        let listen = format!("127.0.0.1:{}", usize::from(port) + 50 + index);
        let out = folder.join(format!("gateway-{index}"));
        let mut words: Vec<String> = [
            "chain",
            "attach",
            &chain.url(index),
            "--name",
            "Flood",
            "--operator",
            GATEWAYS[0].2,
            "--purpose",
            "tests",
            "--contact",
            "desk@harbour.example",
            "--trust-root",
            "0",
            "--finality",
            "instant",
            "--batch-blocks",
            &BATCH_BLOCKS.to_string(),
            "--threshold",
            "2",
            "--gateway-key",
            key,
            "--key",
            "dev2",
            "--reviewer-key",
            "dev7",
            "--out",
            out.to_str().expect("a path"),
            "--listen",
            &listen,
            "--rpc",
            &rpc,
        ]
        .map(str::to_owned)
        .to_vec();
        for (_, account, organisation) in GATEWAYS {
            words.extend(["--gateway".to_owned(), format!("{account}={organisation}")]);
        }
        let program = binary.clone();
        let attached = tokio::task::spawn_blocking(move || command(&program, &words)).await;
        attached.expect("it is attached");
        listens.push(format!("http://{listen}"));
    }
    Scene {
        ledger: NodeLedger::connect(std::slice::from_ref(&rpc)).expect("an address"),
        id: chains::id_of(&format!("eip155:{CHAIN_ID}")),
        folder: folder.to_owned(),
        binary,
        chain,
        rpc,
        batches,
        listens,
    }
}

impl Scene {
    fn start(&self, index: usize) -> Process {
        let config = self.folder.join(format!("gateway-{index}/gateway.toml"));
        let arguments = ["gateway", "--config", config.to_str().expect("a path")];
        Process::start(
            &self.binary,
            &arguments,
            &self.folder.join(format!("gateway-{index}.log")),
        )
    }

    /// The end of what a gateway said.
    fn log(&self, index: usize) -> String {
        let text =
            std::fs::read_to_string(self.folder.join(format!("gateway-{index}.log"))).unwrap_or_default();
        text.lines().rev().take(5).collect::<Vec<_>>().join(" / ")
    }

    async fn anchored(&self) -> u64 {
        let following = self.ledger.following(self.id).await.expect("the ledger answers");
        following.expect("the chain is followed").batchCount
    }

    fn node(&self) -> Node {
        Node::connect(std::slice::from_ref(&self.rpc)).expect("an address")
    }
}

/// Lets the chain grow, kills gateways, and writes the index, until all is anchored and indexed.
async fn run(scene: &Scene, url: &str, kills: u64, seed: u64) -> Store {
    let store = Store::open(url).await.expect("a store");
    let killed = Arc::new(AtomicU64::new(0));
    let (chain, goal) = (scene.chain.clone(), scene.batches * BATCH_BLOCKS);
    let (ledger, id, so_far) = (scene.ledger.clone(), scene.id, killed.clone());
    let growing = tokio::spawn(async move {
        while chain.height() < goal {
            let following = ledger.following(id).await.ok().flatten();
            let ahead = following.map_or(0, |following| following.nextHeight) + AHEAD_BLOCKS_MAX;
            // It does not end before the last one is killed.
            let share = goal * (so_far.load(Ordering::Relaxed) + 1) / (kills + 1);
            if chain.height() >= ahead.min(share) {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            let chain = chain.clone();
            let made = tokio::task::spawn_blocking(move || {
                chain.mine(usize::try_from(BLOCK_TRANSACTIONS).expect("a number"));
            });
            made.await.expect("a block");
        }
    });
    tokio::join!(kill(scene, (kills, &killed), seed), follow(scene, &store));
    growing.await.expect("the chain grows to its end");
    store
}

/// Kills a gateway by chance at every share of the work, and starts it again.
async fn kill(scene: &Scene, (kills, so_far): (u64, &AtomicU64), seed: u64) {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut gateways: Vec<Process> = (0..GATEWAYS.len()).map(|index| scene.start(index)).collect();
    let mut killed = 0;
    let mut moved = (0, Instant::now());
    loop {
        let anchored = scene.anchored().await;
        if anchored > moved.0 {
            moved = (anchored, Instant::now());
        }
        assert!(
            moved.1.elapsed() < STANDSTILL_MAX,
            "nothing moves at batch {anchored}: see {}",
            scene.folder.display()
        );
        if anchored >= scene.batches {
            break;
        }
        for (gateway, index) in gateways.iter_mut().zip(0..) {
            let ended = gateway.0.try_wait().expect("its state");
            assert!(
                ended.is_none(),
                "gateway {index} ended by itself: {}",
                scene.log(index)
            );
        }
        // The first comes before the first batch, the last before the last one.
        if killed < kills && anchored >= killed * scene.batches.saturating_sub(1) / kills.max(1) {
            tokio::time::sleep(Duration::from_millis(chance.random_range(0..KILL_DELAY_MS_MAX))).await;
            let index = chance.random_range(0..gateways.len());
            gateways[index].kill();
            gateways[index] = scene.start(index);
            killed += 1;
            so_far.store(killed, Ordering::Relaxed);
            if killed % 20 == 0 {
                println!("killed {killed} times, at batch {anchored}");
            }
            continue;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(killed, kills, "all was done before the last one was killed");
    // What one of them has not confirmed yet, it does now.
    let began = Instant::now();
    for (_, account, _) in GATEWAYS {
        while scene
            .ledger
            .standing(scene.id, account)
            .await
            .expect("a standing")
            .lastBatch
            < scene.batches
        {
            assert!(began.elapsed() < STANDSTILL_MAX, "{account} does not catch up");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    // The index reads from them to its end.
    let begun = Instant::now();
    while begun.elapsed() < STANDSTILL_MAX && !scene.folder.join("indexed").exists() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Writes the index of the chain until all batches are in it; gateways that are away are asked again.
async fn follow(scene: &Scene, store: &Store) {
    let sources = || -> Vec<Arc<dyn BatchSource>> {
        let client =
            |url: &String| -> Arc<dyn BatchSource> { Arc::new(GatewayClient::new(url).expect("an address")) };
        scene.listens.iter().map(client).collect()
    };
    let main = Arc::new(scene.node());
    let begun = ChainFollower::begin(store.clone(), main, sources(), scene.id).await;
    let mut follower = begun.expect("it is followed");
    let goal = scene.batches * BATCH_BLOCKS;
    let mut last = None;
    let mut moved = (None, Instant::now());
    while follower.indexed() != Some(goal) {
        last = follower.catch_up(|_| {}).await.err().or(last);
        if follower.indexed() != moved.0 {
            moved = (follower.indexed(), Instant::now());
        }
        assert!(
            moved.1.elapsed() < STANDSTILL_MAX,
            "the index stands still at {:?}: {last:?}",
            moved.0
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    std::fs::write(scene.folder.join("indexed"), "").expect("a mark");
}

/// Every gateway has sent every report once and nothing else, and each stands on the ledger once.
async fn once_each(scene: &Scene) {
    let node = scene.node();
    let head = node.block_number().await.expect("a height");
    let mut found: BTreeMap<(Address, u64), u64> = BTreeMap::new();
    for from in (0..=head).step_by(usize::try_from(LOG_BLOCKS).expect("a number")) {
        let to = head.min(from + LOG_BLOCKS - 1);
        let topics = json!([<Reported as alloy_sol_types::SolEvent>::SIGNATURE_HASH, scene.id]);
        let filter = json!([{ "address": ANCHORS, "fromBlock": U64::from(from), "toBlock": U64::from(to), "topics": topics }]);
        let logs: Vec<Value> = node.request("eth_getLogs", filter).await.expect("events");
        for log in logs {
            let gateway: B256 = serde_json::from_value(log["topics"][2].clone()).expect("a gateway");
            let data: alloy_primitives::Bytes = serde_json::from_value(log["data"].clone()).expect("data");
            let height = alloy_primitives::U256::from_be_slice(&data[..32]).to::<u64>();
            *found.entry((Address::from_word(gateway), height)).or_default() += 1;
        }
    }
    let doubled: Vec<_> = found.iter().filter(|(_, count)| **count != 1).collect();
    assert!(
        doubled.is_empty(),
        "reports that stand there more than once: {doubled:?}"
    );
    for (_, account, _) in GATEWAYS {
        let standing = scene
            .ledger
            .standing(scene.id, account)
            .await
            .expect("a standing");
        let sent = node.nonce(account).await.expect("a nonce");
        let reported = found.keys().filter(|(gateway, _)| *gateway == account).count() as u64;
        assert_eq!(
            (reported, standing.contradictions, standing.lastBatch),
            (scene.batches, 0, scene.batches),
            "{account}"
        );
        println!("{account}: {reported} reports, each once; {sent} transactions");
        assert_eq!(sent, reported, "transactions of {account}");
    }
}

/// The anchors hold what the chain holds.
async fn anchored_as_it_is(scene: &Scene) {
    let mut next = 1;
    for index in 0..scene.batches {
        let anchor = scene.ledger.anchor(scene.id, index).await.expect("an anchor");
        let batch = anchor.expect("an anchor").batch;
        let blocks: Vec<_> = (next..next + BATCH_BLOCKS)
            .map(|height| scene.chain.truth(height))
            .collect();
        let transactions: usize = blocks.iter().map(|block| block.transactions.len()).sum();
        let events: usize = blocks
            .iter()
            .flat_map(|block| &block.transactions)
            .map(|transaction| transaction.events.len())
            .sum();
        assert_eq!(
            (
                batch.fromHeight,
                batch.parentHash,
                batch.lastHash,
                batch.transactions,
                batch.events
            ),
            (
                next,
                blocks[0].parent,
                blocks[blocks.len() - 1].hash,
                transactions as u64,
                events as u64
            ),
            "batch {index}"
        );
        next += BATCH_BLOCKS;
    }
}

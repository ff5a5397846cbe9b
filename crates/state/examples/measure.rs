//! Measures what a block of 1,000 ERC-20-like transfers costs: `measure FOLDER ACCOUNTS BLOCKS [qmdb|mpt]`.
//! The folder is made on the first run and opened by later ones.
//!
//! Each transfer changes three keys (the sender's account and two balances) and makes one log. The time is
//! this process's CPU time, all of it: root, record, compression, indexes, flushes.
#![allow(clippy::unwrap_used, reason = "a measurement, not a part of the product")]

use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, SignableTransaction, TxEip1559, TxType};
use alloy_primitives::{Address, B256, Log, Signature, TxKind, U256, keccak256};
use civitas_ports::LedgerStore;
use civitas_state::{Config, GenesisInput, Store};
use civitas_types::{
    Account, Block, Header, Height, StateCommitment, StateDiff, StorageDiff, Transaction, TxEnvelope,
};
use commonware_runtime::{Runner as _, tokio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const TRANSFERS: u64 = 1_000;
const FILLED: u64 = 10_000;

fn address(number: u64) -> Address {
    Address::from_slice(&keccak256(number.to_be_bytes())[12..])
}

fn slot(number: u64) -> U256 {
    keccak256((number + (1 << 40)).to_be_bytes()).into()
}

fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// User and system time of the process in microseconds.
fn cpu_us() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10_000
}

fn bytes_in(folder: &std::path::Path) -> u64 {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                bytes_in(&path)
            } else {
                std::fs::metadata(path).unwrap().len()
            }
        })
        .sum()
}

fn block(header: Header, transactions: Vec<Arc<Transaction>>, receipts: Vec<ReceiptEnvelope>) -> Block {
    Block {
        hash: header.hash_slow(),
        header,
        transactions,
        receipts,
        ommers: Vec::new(),
        withdrawals: Some(Default::default()),
        omitted: Vec::new(),
        timestamp_ms: 1,
    }
}

struct Work {
    random: u64,
    accounts: u64,
}

impl Work {
    fn pick(&mut self) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 20) % self.accounts
    }

    fn transfers(&mut self, number: u64) -> (StateDiff, Vec<Arc<Transaction>>, Vec<ReceiptEnvelope>) {
        let token = address(u64::MAX);
        let mut diff = StateDiff::default();
        let mut slots = StorageDiff::default();
        let (mut transactions, mut receipts) = (Vec::new(), Vec::new());
        for index in 0..TRANSFERS {
            let (from, to) = (self.pick(), self.pick());
            let account = Account {
                nonce: number,
                balance: U256::from(1_u64 << 60),
                ..Account::default()
            };
            diff.accounts.insert(address(from), Some(account));
            slots.slots.insert(slot(from), U256::from(self.random >> 3));
            slots.slots.insert(slot(to), U256::from(self.random >> 5));
            let mut input = vec![0xa9, 0x05, 0x9c, 0xbb];
            input.extend_from_slice(address(to).into_word().as_slice());
            input.extend_from_slice(&U256::from(index * 1_000_003).to_be_bytes::<32>());
            let kind = TxKind::Call(token);
            let transaction = TxEip1559 {
                chain_id: 7,
                nonce: number,
                gas_limit: 60_000,
                to: kind,
                input: input.into(),
                ..Default::default()
            };
            let signature = Signature::new(slot(self.random), slot(self.random ^ 9), true);
            let envelope = TxEnvelope::Eip1559(transaction.into_signed(signature));
            transactions.push(Arc::new(Transaction::with_sender(envelope, address(from))));
            let topics = vec![
                B256::repeat_byte(9),
                address(from).into_word(),
                address(to).into_word(),
            ];
            let data = U256::from(index * 1_000_003).to_be_bytes::<32>().to_vec();
            let logs = vec![Log::new_unchecked(token, topics, data.into())];
            let receipt = Receipt {
                status: Eip658Value::Eip658(true),
                cumulative_gas_used: index * 52_000,
                logs,
            };
            receipts.push(ReceiptEnvelope::from_typed(TxType::Eip1559, receipt));
        }
        diff.storage.insert(token, slots);
        (diff, transactions, receipts)
    }
}

fn genesis() -> GenesisInput {
    let mut diff = StateDiff::default();
    diff.accounts.insert(
        address(u64::MAX),
        Some(Account {
            nonce: 1,
            ..Account::default()
        }),
    );
    let seal = |state_root| {
        block(
            Header {
                state_root,
                ..Header::default()
            },
            Vec::new(),
            Vec::new(),
        )
    };
    GenesisInput {
        diff,
        seal: Box::new(seal),
    }
}

/// Makes accounts with a token balance each, 10,000 a block.
fn fill(from: u64) -> StateDiff {
    let mut diff = StateDiff::default();
    let mut slots = StorageDiff::default();
    for number in from..from + FILLED {
        let account = Account {
            balance: U256::from(1_u64 << 60),
            ..Account::default()
        };
        diff.accounts.insert(address(number), Some(account));
        slots.slots.insert(slot(number), U256::from(number + 1));
    }
    diff.storage.insert(address(u64::MAX), slots);
    diff
}

async fn apply(
    store: &dyn LedgerStore,
    diff: StateDiff,
    (transactions, receipts): (Vec<Arc<Transaction>>, Vec<ReceiptEnvelope>),
) {
    let head = store.head();
    let seal = move |state_root| {
        let number = head.height.get() + 1;
        let header = Header {
            number,
            parent_hash: head.hash,
            state_root,
            ..Header::default()
        };
        Ok(block(header, transactions, receipts))
    };
    store.apply(diff, Box::new(seal)).await.unwrap();
}

async fn run(store: &dyn LedgerStore, accounts: u64, blocks: u64) {
    let mut work = Work {
        random: store.head().height.get() + 1,
        accounts,
    };
    let (mut cpu, mut wall, mut wall_max) = (0, Duration::ZERO, Duration::ZERO);
    for _ in 0..blocks {
        let (diff, transactions, receipts) = work.transfers(store.head().height.get() + 1);
        let (started, before) = (Instant::now(), cpu_us());
        apply(store, diff, (transactions, receipts)).await;
        cpu += cpu_us() - before;
        wall += started.elapsed();
        wall_max = wall_max.max(started.elapsed());
    }
    println!(
        "apply: {:.1} us CPU a transfer, {:.2} ms a block (longest {:.1} ms)",
        cpu as f64 / (blocks * TRANSFERS) as f64,
        wall.as_secs_f64() * 1e3 / blocks as f64,
        wall_max.as_secs_f64() * 1e3,
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize| arguments[index].parse::<u64>().unwrap();
    let folder = std::path::PathBuf::from(&arguments[1]);
    let (accounts, blocks) = (number(2), number(3));
    let mpt = arguments.get(4).is_some_and(|text| text == "mpt");
    let commitment = if mpt {
        StateCommitment::Mpt
    } else {
        StateCommitment::Qmdb
    };
    let config = Config {
        commitment,
        ..Config::default()
    };
    let runner = tokio::Runner::new(tokio::Config::new().with_storage_directory(folder.clone()));
    runner.start(|context| async {
        let (started, before) = (Instant::now(), cpu_us());
        let store = Store::open(context, config, genesis()).await.unwrap();
        let (height, cpu) = (store.head().height, (cpu_us() - before) / 1_000);
        let (seconds, memory) = (started.elapsed().as_secs_f64(), status("VmRSS") / 1024);
        println!("opened at height {height} in {seconds:.2} s ({cpu} ms CPU), {memory} MB");
        while store.head().height.get() < accounts / FILLED {
            let from = store.head().height.get() * FILLED;
            apply(&*store, fill(from), (Vec::new(), Vec::new())).await;
        }
        let bytes = bytes_in(&folder);
        println!(
            "filled: {} MB of memory, {} MB on disk",
            status("VmRSS") / 1024,
            bytes >> 20
        );
        run(&*store, accounts, blocks).await;
        println!(
            "disk: {} bytes a transfer",
            bytes_in(&folder).saturating_sub(bytes) / (blocks * TRANSFERS)
        );
        read(&*store, accounts, blocks);
        println!(
            "memory: {} MB, at most {} MB",
            status("VmRSS") / 1024,
            status("VmHWM") / 1024
        );
    });
    for entry in std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        let bytes = if entry.is_dir() { bytes_in(&entry) } else { 0 };
        if bytes > 1 << 20 {
            println!("  {}: {} MB", entry.display(), bytes >> 20);
        }
    }
}

/// Reads that no cache answers, at the head and far back.
fn read(store: &dyn LedgerStore, accounts: u64, blocks: u64) {
    let view = store.view(store.head().height).unwrap();
    let (started, before) = (Instant::now(), cpu_us());
    for number in 0..10_000 {
        view.account(&address(number * 77 % accounts)).unwrap();
    }
    let read = started.elapsed().as_secs_f64() * 1e2;
    println!("cold read: {read:.1} us, {} us CPU", (cpu_us() - before) / 10_000);
    let back = store
        .view(Height::new(store.head().height.get() - blocks / 2))
        .unwrap();
    let started = Instant::now();
    for number in 0..500 {
        back.account(&address(number)).unwrap();
    }
    println!(
        "read {} blocks back: {:.1} us",
        blocks / 2,
        started.elapsed().as_secs_f64() * 2e3
    );
}

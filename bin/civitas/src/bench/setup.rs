//! Contracts and funded senders, before anything is measured.

use super::{
    report::Progress,
    workload::{Workload, creation_code, distributeCall, mintCall},
};
use crate::{
    account::{Account, Call},
    rpc::{self, Chain},
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_sol_types::SolCall;
use anyhow::{Context, ensure};
use jsonrpsee_client::http_client::HttpClient;
use std::time::{Duration, Instant};

/// Accounts of one setup transaction; each costs about 35,000 gas.
const ACCOUNTS_PER_TRANSACTION: usize = 200;
const GAS_PER_ACCOUNT: u64 = 45_000;
/// Transactions whose gas a sender can pay for.
const PAID_TRANSACTIONS: u64 = 2_000;
/// Tokens of each sender.
const TOKENS: u128 = 1_000_000_000;
/// How long a setup transaction may take to get into a block.
const RECEIPT_WAIT: Duration = Duration::from_secs(60);
const RECEIPT_POLL: Duration = Duration::from_millis(20);

/// Sends from the funded account.
pub(super) struct Setup<'a> {
    clients: &'a [HttpClient],
    funder: Account,
    chain: Chain,
    nonce: u64,
}

impl<'a> Setup<'a> {
    pub(super) async fn new(
        clients: &'a [HttpClient],
        funder: Account,
        chain: Chain,
    ) -> anyhow::Result<Self> {
        let nonce = rpc::next_nonce(&clients[0], funder.address).await?;
        Ok(Self {
            clients,
            funder,
            chain,
            nonce,
        })
    }

    /// Deploys, funds, mints. Gives the contract of the workload.
    pub(super) async fn run(
        &mut self,
        workload: Workload,
        senders: &[Account],
        progress: &Progress,
    ) -> anyhow::Result<Option<Address>> {
        let price = U256::from(self.chain.fees.price_max());
        // Where gas is free, as on most partition ledgers, nobody has or needs coins.
        let needs_coins = !price.is_zero() || workload.sends_coins();
        if needs_coins {
            let balance = rpc::balance(&self.clients[0], self.funder.address).await?;
            ensure!(
                !balance.is_zero(),
                "account {} has no money on this chain: give a funded one with --funder-key",
                self.funder.address
            );
        }
        progress.step("deploying contracts");
        let distributor = self.deploy("Distributor").await?;
        let contract = match workload.contract() {
            Some(name) => Some(self.deploy(name).await?),
            None => None,
        };
        progress.step("funding senders");
        let share =
            price * U256::from(workload.gas()) * U256::from(PAID_TRANSACTIONS) + U256::from(1_000_000);
        let per_transaction =
            ACCOUNTS_PER_TRANSACTION.min(usize::try_from(self.chain.gas_max / GAS_PER_ACCOUNT)?);
        let mut last = None;
        for part in senders.chunks(per_transaction) {
            let accounts: Vec<Address> = part.iter().map(|sender| sender.address).collect();
            let count = u64::try_from(accounts.len())?;
            let gas = GAS_PER_ACCOUNT * count + 100_000;
            let input = distributeCall {
                accounts: accounts.clone(),
            }
            .abi_encode();
            if needs_coins {
                let hash = self.send_call(distributor, share * U256::from(count), input, gas);
                last = Some(hash.await?);
            }
            if let Some(token) = contract.filter(|_| workload.needs_tokens()) {
                let input = mintCall {
                    accounts,
                    amount: U256::from(TOKENS),
                }
                .abi_encode();
                last = Some(self.send_call(token, U256::ZERO, input, gas).await?);
            }
            if let Some(hash) = last {
                self.wait(hash).await?;
            }
        }
        // The other nodes may be a block behind; their senders must be funded before the load.
        if let Some(hash) = last {
            for client in self.clients {
                wait_for(client, hash).await?;
            }
        }
        Ok(contract)
    }

    async fn deploy(&mut self, name: &str) -> anyhow::Result<Address> {
        let address = self.funder.address.create(self.nonce);
        let (raw, hash) = self.sign(TxKind::Create, U256::ZERO, creation_code(name)?, 3_000_000)?;
        rpc::send(&self.clients[0], &raw)
            .await
            .with_context(|| format!("cannot deploy {name}"))?;
        self.wait(hash)
            .await
            .with_context(|| format!("cannot deploy {name}"))?;
        Ok(address)
    }

    async fn send_call(
        &mut self,
        to: Address,
        value: U256,
        input: Vec<u8>,
        gas: u64,
    ) -> anyhow::Result<B256> {
        let (raw, hash) = self.sign(TxKind::Call(to), value, input.into(), gas)?;
        rpc::send(&self.clients[0], &raw)
            .await
            .context("cannot fund the senders")?;
        Ok(hash)
    }

    async fn wait(&self, hash: B256) -> anyhow::Result<()> {
        wait_for(&self.clients[0], hash).await
    }

    fn sign(&mut self, to: TxKind, value: U256, input: Bytes, gas: u64) -> anyhow::Result<(Bytes, B256)> {
        let call = Call {
            nonce: self.nonce,
            to,
            value,
            input,
            gas: gas.min(self.chain.gas_max),
        };
        self.nonce += 1;
        self.funder.sign(call, self.chain.chain_id, self.chain.fees)
    }

    /// A transfer of nothing to itself: the smallest transaction there is.
    pub(super) fn sign_trifle(&mut self) -> anyhow::Result<(Bytes, B256)> {
        self.sign(
            TxKind::Call(self.funder.address),
            U256::ZERO,
            Bytes::new(),
            21_000,
        )
    }
}

async fn wait_for(client: &HttpClient, hash: B256) -> anyhow::Result<()> {
    let deadline = Instant::now() + RECEIPT_WAIT;
    loop {
        if let Some(receipt) = rpc::receipt(client, hash).await? {
            ensure!(receipt.succeeded(), "setup transaction {hash} reverted");
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "setup transaction {hash} is in no block after {RECEIPT_WAIT:?}"
        );
        tokio::time::sleep(RECEIPT_POLL).await;
    }
}

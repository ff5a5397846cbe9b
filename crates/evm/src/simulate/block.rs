//! Executing one simulated block.

use super::{
    BaseFeeRule, SimulatedBlock, SimulatedCall, Simulation, SimulationError, SimulationRequest,
    logs::LogCollector,
    plan::PlannedBlock,
    transaction::{CompleteCall, SimulatedTransaction},
};
use crate::call::{
    CallError, Execution,
    bounds::TimeLimit,
    overlay::Overlay,
    overrides,
    precompiles::{CallEvm, PrecompileChanges, call_evm},
    relax,
    request::{cost_max, waive_blob_fee},
};
use alloy_consensus::{
    Eip658Value, Header, Receipt, ReceiptEnvelope, ReceiptWithBloom, Transaction as _, TxType,
    constants::EMPTY_OMMER_ROOT_HASH,
    proofs::{calculate_receipt_root, calculate_withdrawals_root, ordered_trie_root_with_encoder},
};
use alloy_eips::{
    eip1559::{BaseFeeParams, INITIAL_BASE_FEE},
    eip4844::DATA_GAS_PER_BLOB,
    eip4895::Withdrawals,
    eip6110::DEPOSIT_REQUEST_TYPE,
    eip7685::Requests,
};
use alloy_evm::{
    Evm, EvmEnv,
    block::{SystemCaller, calc::base_block_reward_pre_merge},
    eth::{eip6110::accumulate_deposits_from_receipts, spec::EthExecutorSpec},
};
use alloy_hardforks::EthereumHardfork;
use alloy_primitives::{Address, Bytes, U256, logs_bloom};
use alloy_rlp::{BufMut, Encodable};
use alloy_rpc_types_eth::TransactionRequest;
use revm::{DatabaseCommit, context::TxEnv};

/// The EVM of one simulated block.
type SimulationEvm<'e, 'a> = CallEvm<&'e mut Overlay<'a>, (TimeLimit<'a>, LogCollector)>;

/// One block of a simulation, about to be executed.
pub(super) struct BlockRun<'r, 'a> {
    pub(super) simulation: &'r Simulation<'a>,
    pub(super) request: &'r SimulationRequest,
    pub(super) planned: &'r PlannedBlock<'r>,
    pub(super) parent: &'r Header,
}

/// The block so far: its header as the calls see it, and what they gave.
#[derive(Default)]
struct Progress {
    header: Header,
    /// What the calls of the whole simulation may still use.
    gas_left: u64,
    gas_used: u64,
    blob_gas_used: u64,
    transactions: Vec<SimulatedTransaction>,
    receipts: Vec<ReceiptEnvelope>,
    calls: Vec<SimulatedCall>,
}

impl<'a> BlockRun<'_, 'a> {
    /// Executes the block on `overlay`; `gas_left` is what the whole simulation may still use.
    pub(super) fn execute(
        &self,
        overlay: &mut Overlay<'a>,
        gas_left: &mut u64,
    ) -> Result<SimulatedBlock, SimulationError> {
        let spec = self.simulation.context.spec;
        self.simulation.context.limits.check_time()?;
        let header = self.header();
        let environment = self.environment(&header)?;
        overlay.set_state_clear(spec.is_active(
            EthereumHardfork::SpuriousDragon,
            header.number,
            header.timestamp,
        ));
        // geth takes the precompiles of the block that the simulation begins at, and undoes moves after each block.
        let base_spec_id = spec.spec_id_of(self.simulation.context.header);
        let state = &self.planned.request.state;
        let precompiles =
            PrecompileChanges::new(base_spec_id, state)?.precompiles(base_spec_id, spec.system_contracts());
        overrides::apply_state(overlay, state)?;
        let inspector = (
            TimeLimit::new(&self.simulation.context.limits),
            LogCollector::new(self.request.trace_transfers),
        );
        let mut evm = call_evm(&mut *overlay, environment, precompiles, inspector);
        SystemCaller::new(spec)
            .apply_pre_execution_changes(&header, &mut evm)
            .map_err(replay_error)?;
        let mut progress = Progress {
            header,
            gas_left: *gas_left,
            ..Progress::default()
        };
        for call in &self.planned.request.calls {
            self.execute_call(&mut evm, call, &mut progress)?;
        }
        *gas_left = progress.gas_left;
        let requests = self.requests(&mut evm, &progress)?;
        drop(evm);
        progress.header.requests_hash = requests.map(|requests| requests.requests_hash());
        self.pay(overlay, &progress.header)?;
        progress.header.state_root =
            (self.simulation.root)(&overlay.diff()?).map_err(SimulationError::Root)?;
        Ok(self.seal(progress))
    }

    /// The header that the calls see.
    fn header(&self) -> Header {
        let spec = self.simulation.context.spec;
        let mut header = self.planned.header.clone();
        header.parent_hash = self.parent.hash_slow();
        let is_active = |fork| spec.is_active(fork, header.number, header.timestamp);
        if header.base_fee_per_gas.is_none() && is_active(EthereumHardfork::London) {
            header.base_fee_per_gas = Some(self.base_fee());
        }
        if is_active(EthereumHardfork::Cancun) {
            header.excess_blob_gas = Some(self.excess_blob_gas(header.timestamp));
            header.blob_gas_used = Some(0);
        }
        header
    }

    fn base_fee(&self) -> u64 {
        match self.simulation.base_fee {
            _ if !self.request.validation => 0,
            BaseFeeRule::Fixed(base_fee) => base_fee,
            BaseFeeRule::Ethereum => self
                .parent
                .next_block_base_fee(BaseFeeParams::ethereum())
                .unwrap_or(INITIAL_BASE_FEE),
        }
    }

    fn excess_blob_gas(&self, timestamp: u64) -> u64 {
        let spec = self.simulation.context.spec;
        let (Some(excess), Some(params)) = (self.parent.excess_blob_gas, spec.blob_params(timestamp)) else {
            return 0;
        };
        let used = self.parent.blob_gas_used.unwrap_or_default();
        let base_fee = self.parent.base_fee_per_gas.unwrap_or_default();
        params.next_block_excess_blob_gas_osaka(excess, used, base_fee)
    }

    fn environment(&self, header: &Header) -> Result<EvmEnv, SimulationError> {
        let mut environment = self.simulation.context.spec.environment(header);
        relax(&mut environment);
        environment.cfg_env.disable_nonce_check = !self.request.validation;
        environment.cfg_env.disable_base_fee = !self.request.validation;
        if let Some(price) = self.planned.request.overrides.blob_base_fee {
            overrides::override_blob_fee(&mut environment, price)?;
        }
        Ok(environment)
    }

    fn execute_call(
        &self,
        evm: &mut SimulationEvm<'_, 'a>,
        request: &TransactionRequest,
        progress: &mut Progress,
    ) -> Result<(), SimulationError> {
        let call = self.complete(evm.db(), request, progress)?;
        let transaction = call.environment(request)?;
        self.check(evm.db(), &progress.header, &call, &transaction)?;
        let environment = self.simulation.context.spec.environment(&progress.header);
        let context = &self.simulation.context;
        context.judge(evm.db_mut(), &environment, &transaction)?;
        let simulated = call.transaction(request, progress.header.base_fee_per_gas)?;
        let execution = self.run(evm, transaction)?;
        let wraps = call_wraps_nonce(&execution, &call);
        self.commit(evm, execution.state.clone(), wraps.then_some(call.from));
        progress.gas_left = progress.gas_left.saturating_sub(execution.gas_used());
        progress.gas_used = progress.gas_used.saturating_add(execution.gas_used());
        progress.blob_gas_used = progress.blob_gas_used.saturating_add(blob_gas(&simulated));
        let receipt = self.receipt(evm.db(), progress, &simulated, &execution)?;
        progress.receipts.push(receipt);
        progress.transactions.push(simulated);
        let logs = evm.inspector_mut().1.take();
        progress.calls.push(SimulatedCall {
            logs: if execution.result.is_success() {
                logs
            } else {
                Vec::new()
            },
            gas_used: execution.gas_used(),
            gas_used_max: execution.gas_used_max(),
            failure: execution.failure(),
            return_data: execution.result.into_output().unwrap_or_default(),
        });
        Ok(())
    }

    /// Fills in what the client left out.
    fn complete(
        &self,
        overlay: &Overlay<'_>,
        request: &TransactionRequest,
        progress: &Progress,
    ) -> Result<CompleteCall, SimulationError> {
        let Progress {
            header,
            gas_left,
            gas_used,
            ..
        } = progress;
        let from = request.from.unwrap_or_default();
        let gas = request
            .gas
            .unwrap_or_else(|| header.gas_limit.saturating_sub(*gas_used));
        if gas_used.saturating_add(gas) > header.gas_limit {
            return Err(SimulationError::BlockGasLimit {
                gas_used: *gas_used,
                gas_limit: header.gas_limit,
            });
        }
        let nonce = match request.nonce {
            Some(nonce) => nonce,
            None => overlay.account(&from)?.unwrap_or_default().nonce,
        };
        let (fee, tip) = CompleteCall::fees(request, header.base_fee_per_gas);
        Ok(CompleteCall {
            from,
            nonce,
            gas: gas.min(*gas_left),
            fee,
            tip,
            chain_id: self.simulation.context.spec.chain_id(),
        })
    }

    /// The checks before execution in geth's order, so that the first broken rule gives its own code.
    fn check(
        &self,
        overlay: &Overlay<'_>,
        header: &Header,
        call: &CompleteCall,
        transaction: &TxEnv,
    ) -> Result<(), SimulationError> {
        let address = call.from;
        let account = overlay.account(&address)?.unwrap_or_default();
        if self.request.validation {
            let (nonce, next) = (call.nonce, account.nonce);
            match nonce.cmp(&next) {
                std::cmp::Ordering::Less => {
                    return Err(SimulationError::NonceTooLow { address, nonce, next });
                }
                std::cmp::Ordering::Greater => {
                    return Err(SimulationError::NonceTooHigh { address, nonce, next });
                }
                std::cmp::Ordering::Equal if next == u64::MAX => {
                    return Err(SimulationError::NonceExhausted { address });
                }
                std::cmp::Ordering::Equal => {}
            }
        }
        let tip = call.tip.unwrap_or(call.fee);
        if let Some(base_fee) = header.base_fee_per_gas
            && (self.request.validation || call.fee > 0 || tip > 0)
        {
            if tip > call.fee {
                let fee = call.fee;
                return Err(crate::call::RequestError::TipAboveFee { address, tip, fee }.into());
            }
            if call.fee < u128::from(base_fee) {
                return Err(SimulationError::FeeTooLow {
                    address,
                    fee: call.fee,
                    base_fee,
                });
            }
        }
        let cost = cost_max(transaction);
        if account.balance < cost {
            return Err(SimulationError::InsufficientFunds {
                address,
                balance: account.balance,
                cost,
            });
        }
        Ok(())
    }

    fn run(&self, evm: &mut SimulationEvm<'_, 'a>, transaction: TxEnv) -> Result<Execution, SimulationError> {
        let block = evm.ctx().block.clone();
        if !self.request.validation {
            waive_blob_fee(&mut evm.ctx_mut().block, &transaction);
        }
        let outcome = evm.transact_raw(transaction);
        evm.ctx_mut().block = block;
        if evm.inspector().0.stopped() {
            return Err(CallError::TimedOut.into());
        }
        let outcome = outcome.map_err(CallError::from)?;
        Ok(Execution {
            result: outcome.result,
            state: outcome.state,
        })
    }

    /// Commits the changes of a call. geth's nonces wrap around where nonces are not checked; revm's stay.
    fn commit(
        &self,
        evm: &mut SimulationEvm<'_, 'a>,
        mut state: revm::state::EvmState,
        wrapped: Option<Address>,
    ) {
        if let Some(account) = wrapped.and_then(|sender| state.get_mut(&sender)) {
            account.info.nonce = 0;
        }
        evm.db_mut().commit(state);
    }

    fn receipt(
        &self,
        overlay: &Overlay<'_>,
        progress: &Progress,
        transaction: &SimulatedTransaction,
        execution: &Execution,
    ) -> Result<ReceiptEnvelope, SimulationError> {
        let header = &progress.header;
        let spec = self.simulation.context.spec;
        let status = if spec.is_active(EthereumHardfork::Byzantium, header.number, header.timestamp) {
            Eip658Value::Eip658(execution.result.is_success())
        } else {
            let root = (self.simulation.root)(&overlay.diff()?).map_err(SimulationError::Root)?;
            Eip658Value::PostState(root)
        };
        let logs = match execution.result.is_success() {
            true => execution.result.logs().to_vec(),
            false => Vec::new(),
        };
        let receipt = ReceiptWithBloom {
            logs_bloom: logs_bloom(&logs),
            receipt: Receipt {
                status,
                cumulative_gas_used: progress.gas_used,
                logs,
            },
        };
        Ok(match transaction.envelope.tx_type() {
            TxType::Legacy => ReceiptEnvelope::Legacy(receipt),
            TxType::Eip2930 => ReceiptEnvelope::Eip2930(receipt),
            TxType::Eip1559 => ReceiptEnvelope::Eip1559(receipt),
            TxType::Eip4844 => ReceiptEnvelope::Eip4844(receipt),
            TxType::Eip7702 => ReceiptEnvelope::Eip7702(receipt),
        })
    }

    /// Execution requests (EIP-7685); none before Prague.
    fn requests(
        &self,
        evm: &mut SimulationEvm<'_, 'a>,
        progress: &Progress,
    ) -> Result<Option<Requests>, SimulationError> {
        let header = &progress.header;
        let spec = self.simulation.context.spec;
        if !spec.is_active(EthereumHardfork::Prague, header.number, header.timestamp) {
            return Ok(None);
        }
        let mut requests = Requests::default();
        if let Some(contract) = spec.deposit_contract_address() {
            let mut deposits = Vec::new();
            accumulate_deposits_from_receipts(contract, &progress.receipts, &mut deposits)
                .map_err(replay_error)?;
            requests.push_request_with_type(DEPOSIT_REQUEST_TYPE, deposits);
        }
        SystemCaller::new(spec)
            .append_post_execution_changes(evm, &mut requests)
            .map_err(replay_error)?;
        Ok(Some(requests))
    }

    /// Withdrawals, and before the merge the reward of the miner.
    fn pay(&self, overlay: &mut Overlay<'_>, header: &Header) -> Result<(), SimulationError> {
        let mut payments: Vec<(Address, U256)> = self
            .planned
            .request
            .withdrawals
            .iter()
            .flat_map(|withdrawals| withdrawals.iter())
            .map(|withdrawal| (withdrawal.address, U256::from(withdrawal.amount_wei())))
            .collect();
        if !header.difficulty.is_zero() {
            let reward = base_block_reward_pre_merge(self.simulation.context.spec, header.number);
            payments.push((header.beneficiary, U256::from(reward)));
        }
        for (address, amount) in payments.into_iter().filter(|(_, amount)| !amount.is_zero()) {
            let mut account = overlay.account(&address)?.unwrap_or_default();
            account.balance = account.balance.saturating_add(amount);
            overlay.set_account(address, account);
        }
        Ok(())
    }

    /// Completes the header and closes the block.
    fn seal(&self, progress: Progress) -> SimulatedBlock {
        let mut header = progress.header;
        let spec = self.simulation.context.spec;
        let withdrawals = spec
            .is_active(EthereumHardfork::Shanghai, header.number, header.timestamp)
            .then(|| self.planned.request.withdrawals.clone().unwrap_or_default());
        header.ommers_hash = EMPTY_OMMER_ROOT_HASH;
        header.gas_used = progress.gas_used;
        header.blob_gas_used = header.blob_gas_used.map(|_| progress.blob_gas_used);
        header.transactions_root =
            ordered_trie_root_with_encoder(&progress.transactions, |transaction, out| {
                out.put_slice(&transaction.raw);
            });
        header.receipts_root = calculate_receipt_root(&progress.receipts);
        header.withdrawals_root = withdrawals
            .as_deref()
            .map(|list| calculate_withdrawals_root(list));
        header.logs_bloom = progress
            .receipts
            .iter()
            .fold(Default::default(), |bloom, receipt| bloom | *receipt.logs_bloom());
        SimulatedBlock {
            hash: header.hash_slow(),
            size: block_size(&header, &progress.transactions, withdrawals.as_ref()),
            header,
            transactions: progress.transactions,
            calls: progress.calls,
            withdrawals,
        }
    }
}

/// Whether the sender's nonce was the highest one and was not used for a contract creation.
fn call_wraps_nonce(execution: &Execution, call: &CompleteCall) -> bool {
    execution
        .state
        .get(&call.from)
        .is_some_and(|account| account.info.nonce == u64::MAX && account.original_info().nonce == u64::MAX)
}

fn blob_gas(transaction: &SimulatedTransaction) -> u64 {
    let count = transaction.envelope.blob_versioned_hashes().map_or(0, <[_]>::len);
    u64::try_from(count)
        .unwrap_or(u64::MAX)
        .saturating_mul(DATA_GAS_PER_BLOB)
}

fn replay_error(error: impl std::fmt::Display) -> CallError {
    CallError::Replay {
        reason: error.to_string(),
    }
}

/// Length of the RLP of the block.
fn block_size(
    header: &Header,
    transactions: &[SimulatedTransaction],
    withdrawals: Option<&Withdrawals>,
) -> u64 {
    let bodies: usize = transactions.iter().map(encoded_length).sum();
    let ommers: Vec<Header> = Vec::new();
    let payload = header.length()
        + with_list_header(bodies)
        + ommers.length()
        + withdrawals.map_or(0, |list| list.0.length());
    u64::try_from(with_list_header(payload)).unwrap_or(u64::MAX)
}

/// A typed transaction stands in a block as a string, a legacy one as the list that it is.
fn encoded_length(transaction: &SimulatedTransaction) -> usize {
    match transaction.envelope.tx_type() {
        TxType::Legacy => transaction.raw.len(),
        _ => Bytes::length(&transaction.raw),
    }
}

fn with_list_header(payload_length: usize) -> usize {
    let header = alloy_rlp::Header {
        list: true,
        payload_length,
    };
    header.length() + payload_length
}

//! The logs of simulated calls, with transfers of ether as logs where the client wants them.
//!
//! Transfer logs are shown to the client but are no part of receipts, blooms or roots: the EVM never emitted them. Logs
//! of a frame count only if the frame and all above it succeed.

use super::SimulatedLog;
use alloy_primitives::{Address, B256, Bytes, Log, LogData, U256, address, b256};
use revm::{
    Inspector,
    context_interface::{ContextTr, JournalTr},
    interpreter::{CallInputs, CallOutcome, CallScheme, CreateInputs, CreateOutcome},
};

/// Who emits the logs of transfers (execution-apis).
const TRANSFER_EMITTER: Address = address!("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
/// `Transfer(address,address,uint256)`.
const TRANSFER_TOPIC: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// Collects the logs of the calls of one block.
#[derive(Debug, Default)]
pub(super) struct LogCollector {
    transfers: bool,
    frames: Vec<Vec<SimulatedLog>>,
    finished: Vec<SimulatedLog>,
    next_index: u64,
}

impl LogCollector {
    pub(super) fn new(transfers: bool) -> Self {
        Self {
            transfers,
            ..Self::default()
        }
    }

    /// The logs of the call that ended last.
    pub(super) fn take(&mut self) -> Vec<SimulatedLog> {
        self.frames.clear();
        std::mem::take(&mut self.finished)
    }

    fn push(&mut self, log: Log) {
        let index = self.next_index;
        self.next_index = self.next_index.saturating_add(1);
        if let Some(frame) = self.frames.last_mut() {
            frame.push(SimulatedLog { log, index });
        }
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) {
        if self.transfers && !value.is_zero() {
            let topics = vec![TRANSFER_TOPIC, from.into_word(), to.into_word()];
            let data = Bytes::copy_from_slice(&value.to_be_bytes::<32>());
            self.push(Log {
                address: TRANSFER_EMITTER,
                data: LogData::new_unchecked(topics, data),
            });
        }
    }

    fn end_frame(&mut self, succeeded: bool) {
        let Some(logs) = self.frames.pop() else { return };
        if succeeded {
            self.frames.last_mut().unwrap_or(&mut self.finished).extend(logs);
        }
    }
}

impl<CTX: ContextTr> Inspector<CTX> for LogCollector {
    fn log(&mut self, _: &mut CTX, log: Log) {
        self.push(log);
    }

    fn call(&mut self, _: &mut CTX, inputs: &mut CallInputs) -> Option<CallOutcome> {
        self.frames.push(Vec::new());
        if let Some(value) = inputs.value.transfer() {
            let to = match inputs.scheme {
                CallScheme::CallCode => inputs.bytecode_address,
                _ => inputs.target_address,
            };
            self.transfer(inputs.caller, to, value);
        }
        None
    }

    fn call_end(&mut self, _: &mut CTX, _: &CallInputs, outcome: &mut CallOutcome) {
        self.end_frame(outcome.result.is_ok());
    }

    fn create(&mut self, context: &mut CTX, inputs: &mut CreateInputs) -> Option<CreateOutcome> {
        self.frames.push(Vec::new());
        if let Ok(caller) = context.journal_mut().load_account(inputs.caller()) {
            let created = inputs.created_address(caller.data.info.nonce);
            self.transfer(inputs.caller(), created, inputs.value());
        }
        None
    }

    fn create_end(&mut self, _: &mut CTX, _: &CreateInputs, outcome: &mut CreateOutcome) {
        self.end_frame(outcome.result.is_ok());
    }

    fn selfdestruct(&mut self, contract: Address, target: Address, value: U256) {
        self.transfer(contract, target, value);
    }
}

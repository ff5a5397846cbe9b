//! The gate of a block: no transaction that the city does not allow gets into it.
//!
//! The judgement itself stands in `civitas_system_contracts::access`. The gate asks it with the state of the block so
//! far, counts gas against quotas, and remembers what it learnt of senders ([`Memory`]) while the ledger's generation
//! stands still, so that a transaction costs two look-ups and not eight reads.

use crate::{
    database::StateDatabase,
    diff::BlockState,
    environment::MILLISECONDS_PER_SECOND,
    error::ExecutionFailure,
    executor::BlockEvm,
    spec::ChainSpec,
    system::{DatabaseHost, JournalHost, SystemContracts, of_main},
};
use alloy_consensus::Transaction as _;
use alloy_primitives::{
    Address, B256,
    map::{AddressMap, AddressSet},
};
use civitas_ports::{BlockInput, StateError, StateView};
use civitas_system_contracts::{
    access::{self, Denial, Facts, Intent, Ration, Rules},
    address::GOVERNANCE,
    control,
    fault::Fault,
    host::{BlockContext, Host, LedgerKind},
    nodes, partition,
};
use civitas_types::{MainLink, Transaction};
use parking_lot::Mutex;
use revm::{
    Database, DatabaseCommit,
    context_interface::{ContextTr, JournalTr},
    interpreter::Gas,
};
use std::{collections::BTreeMap, sync::Arc};

/// Senders and contracts that are remembered, at most; then all are forgotten, which costs one read each.
const REMEMBERED_MAX: usize = 100_000;
/// What one judgement adds, at most: a sender and a contract.
const PER_JUDGEMENT_MAX: usize = 2;

/// What was learnt of senders and contracts, valid for one generation.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    generation: u64,
    /// The height at which the generation was read last, if it was read from the state after a block.
    read_at: Option<u64>,
    rules: Option<Rules>,
    senders: AddressMap<Facts>,
    /// Contracts without protected functions.
    unguarded: AddressSet,
}

impl Remembered {
    fn count(&self) -> usize {
        self.senders.len() + self.unguarded.len()
    }

    /// Forgets what may no longer be true, and gives the rules. `read_at` is the height of the block whose state is
    /// read; the state inside a block, which changes, has none.
    fn refresh(&mut self, host: &mut dyn Host, read_at: Option<u64>) -> Result<Rules, Fault> {
        if self.count() + PER_JUDGEMENT_MAX > REMEMBERED_MAX {
            *self = Self::default();
        }
        if let (Some(rules), Some(height)) = (&self.rules, read_at)
            && self.read_at == Some(height)
        {
            return Ok(rules.clone());
        }
        let generation = access::generation(host)?;
        self.read_at = read_at;
        if self.generation != generation {
            *self = Self {
                generation,
                read_at,
                ..Self::default()
            };
        }
        match &self.rules {
            Some(rules) => Ok(rules.clone()),
            None => {
                let rules = access::rules(host)?;
                self.rules = Some(rules.clone());
                Ok(rules)
            }
        }
    }

    fn facts(&mut self, host: &mut dyn Host, rules: &Rules, sender: Address) -> Result<Facts, Fault> {
        if let Some(facts) = self.senders.get(&sender) {
            return Ok(*facts);
        }
        let facts = access::facts(host, rules, sender)?;
        self.senders.insert(sender, facts);
        Ok(facts)
    }

    fn judge_target(
        &mut self,
        host: &mut dyn Host,
        rules: &Rules,
        intent: &Intent,
    ) -> Result<Result<(), Denial>, Fault> {
        if let Some(contract) = intent.target
            && !rules.contracts_closed
        {
            if self.unguarded.contains(&contract) {
                return Ok(Ok(()));
            }
            if !access::is_guarded(host, contract)? {
                self.unguarded.insert(contract);
                return Ok(Ok(()));
            }
        }
        access::judge_target(host, rules, intent)
    }
}

impl Memory {
    /// Judges sender and target; gives what is known of the sender.
    fn judge(
        &self,
        host: &mut dyn Host,
        intent: &Intent,
        read_at: Option<u64>,
    ) -> Result<Result<Facts, Denial>, Fault> {
        let mut remembered = self.0.lock();
        let rules = remembered.refresh(host, read_at)?;
        let facts = remembered.facts(host, &rules, intent.sender)?;
        let now = host.block().timestamp;
        if let Err(denial) = access::judge_sender(&rules, &facts, intent, now) {
            return Ok(Err(denial));
        }
        if let Err(denial) = access::judge_joining(host, &rules, intent.sender)? {
            return Ok(Err(denial));
        }
        Ok(remembered.judge_target(host, &rules, intent)?.map(|()| facts))
    }
}

/// The door of the pool: the judgement of the gate on the newest state, so that a client learns at once what a block
/// would refuse. Quotas are left to the gate.
#[derive(Debug)]
pub struct Door {
    spec: Arc<ChainSpec>,
    memory: Memory,
}

impl Door {
    /// The door of a ledger with these rules.
    pub fn new(spec: Arc<ChainSpec>) -> Self {
        Self {
            spec,
            memory: Memory::default(),
        }
    }

    /// Judges a transaction on the state behind `view`, at `timestamp_ms` (milliseconds since the Unix epoch).
    ///
    /// # Errors
    /// What the state gives; the inner result is the judgement.
    pub fn judge(
        &self,
        view: &dyn StateView,
        timestamp_ms: u64,
        transaction: &Transaction,
    ) -> Result<Result<(), Denial>, StateError> {
        if self.spec.system_contracts() == SystemContracts::Absent {
            return Ok(Ok(()));
        }
        let height = view.height().get();
        let block = BlockContext {
            chain_id: self.spec.chain_id(),
            height,
            timestamp: timestamp_ms / MILLISECONDS_PER_SECOND,
            ledger: self.spec.ledger_kind(),
        };
        let mut database = StateDatabase::new(view);
        let block = of_main(&mut database, block).map_err(|error| error.0)?;
        let mut host = DatabaseHost::new(&mut database, block);
        let judgement = self
            .memory
            .judge(&mut host, &intent_of(transaction), Some(height));
        if let Some(error) = host.error {
            return Err(error.0);
        }
        match judgement {
            Ok(judgement) => Ok(judgement.map(|_| ())),
            Err(fault) => Err(StateError::Storage(fault.into())),
        }
    }
}

/// The gate of one block.
pub(crate) struct Gate {
    block: BlockContext,
    memory: Arc<Memory>,
    /// Gas of metered senders in this block, by subject.
    gas: BTreeMap<B256, u64>,
    /// Subject of the transaction that was admitted last, if it is metered.
    metered: Option<B256>,
    /// The epoch that begins after this block, if it ends one.
    next_epoch: Option<u64>,
    /// Whether the validators stay in it, whatever the registry wishes.
    is_solo: bool,
    /// The block of the main ledger whose state the rules are read from, on a partition ledger.
    main: Option<MainLink>,
}

impl Gate {
    /// The gate of a block, on ledgers that have the system contracts.
    pub(crate) fn of(spec: &ChainSpec, input: &BlockInput) -> Option<Self> {
        let main = input.main.map(|main| main.height);
        (spec.system_contracts() != SystemContracts::Absent).then(|| Self {
            block: BlockContext {
                chain_id: spec.chain_id(),
                height: main.unwrap_or(input.height).get(),
                timestamp: input.timestamp_ms / MILLISECONDS_PER_SECOND,
                ledger: spec.ledger_kind(),
            },
            main: input.main,
            memory: Arc::default(),
            gas: BTreeMap::new(),
            metered: None,
            next_epoch: spec.epoch_after(input.height),
            is_solo: spec.is_solo(),
        })
    }

    pub(crate) fn remembering(self, memory: Arc<Memory>) -> Self {
        Self { memory, ..self }
    }

    /// Writes which block of the main ledger the rules are read from, before the transactions.
    ///
    /// # Errors
    /// What the state gives.
    pub(crate) fn begin<DB, I>(&self, evm: &mut BlockEvm<DB, I>) -> Result<(), ExecutionFailure>
    where
        DB: Database + DatabaseCommit,
        ExecutionFailure: From<DB::Error>,
    {
        let Some(main) = self.main else {
            return Ok(());
        };
        self.write(evm, |host| {
            partition::set_main(host, main.height.get(), main.block_hash)
        })
    }

    /// Judges a transaction before it is executed.
    ///
    /// # Errors
    /// [`crate::Unexecutable::Denied`], and what the state gives.
    pub(crate) fn admit(
        &mut self,
        state: &mut BlockState<'_>,
        transaction: &Transaction,
    ) -> Result<(), ExecutionFailure> {
        let mut host = DatabaseHost::new(state, self.block);
        let judgement = self.judge(&mut host, transaction);
        if let Some(error) = host.error {
            return Err(error.into());
        }
        match judgement {
            Ok(Ok(())) => Ok(()),
            Ok(Err(denial)) => Err(ExecutionFailure::Unexecutable(denial.into())),
            Err(fault) => Err(broken(&fault)),
        }
    }

    fn judge(&mut self, host: &mut dyn Host, transaction: &Transaction) -> Result<Result<(), Denial>, Fault> {
        let sender = transaction.sender();
        let intent = intent_of(transaction);
        let facts = match self.memory.judge(host, &intent, None)? {
            Ok(facts) => facts,
            Err(denial) => return Ok(Err(denial)),
        };
        self.metered = facts.metered.then(|| facts.subject(sender));
        let Some(subject) = self.metered else {
            return Ok(Ok(()));
        };
        let ration = Ration {
            gas_limit: transaction.envelope().gas_limit(),
            pending: self.gas.get(&subject).copied().unwrap_or_default(),
            allowance: access::allowance(&intent, host.block().ledger),
        };
        access::judge_quota(host, subject, ration)
    }

    /// Counts the gas of the transaction that was admitted last.
    pub(crate) fn used(&mut self, gas: u64) {
        if let Some(subject) = self.metered.take() {
            let pending = self.gas.entry(subject).or_default();
            *pending = pending.saturating_add(gas);
        }
    }

    /// Writes what the block used of quotas, and, at the end of an epoch, who orders the next one.
    ///
    /// # Errors
    /// What the state gives.
    pub(crate) fn finish<DB, I>(self, evm: &mut BlockEvm<DB, I>) -> Result<(), ExecutionFailure>
    where
        DB: Database + DatabaseCommit,
        ExecutionFailure: From<DB::Error>,
    {
        if self.gas.is_empty() && self.next_epoch.is_none() {
            return Ok(());
        }
        self.write(evm, |host| self.write_end(host))
    }

    /// Lets the ledger itself write, outside of any transaction.
    fn write<DB, I>(
        &self,
        evm: &mut BlockEvm<DB, I>,
        work: impl FnOnce(&mut dyn Host) -> Result<(), Fault>,
    ) -> Result<(), ExecutionFailure>
    where
        DB: Database + DatabaseCommit,
        ExecutionFailure: From<DB::Error>,
    {
        let mut host = JournalHost {
            context: &mut evm.ctx,
            gas: Gas::new(u64::MAX),
            read_only: false,
            block: self.block,
        };
        let written = work(&mut host);
        // Events outside of transactions stand in no receipt: INodes.sol says what to ask instead.
        drop(evm.ctx.journal_mut().take_logs());
        let changes = evm.ctx.journal_mut().finalize();
        written.map_err(|fault| broken(&fault))?;
        evm.ctx.db_mut().commit(changes);
        Ok(())
    }

    fn write_end(&self, host: &mut dyn Host) -> Result<(), Fault> {
        for (subject, gas) in &self.gas {
            control::add_usage(host, *subject, *gas)?;
        }
        let Some(epoch) = self.next_epoch else {
            return Ok(());
        };
        match host.block().ledger {
            LedgerKind::Main if self.is_solo => nodes::keep_validators(host, epoch).map(|_| ()),
            LedgerKind::Main => nodes::roll_epoch(host, epoch).map(|_| ()),
            LedgerKind::Partition => partition::roll_epoch(host, epoch),
        }
    }
}

/// What a transaction wants.
pub(crate) fn intent_of(transaction: &Transaction) -> Intent {
    let envelope = transaction.envelope();
    Intent {
        sender: transaction.sender(),
        target: envelope.to(),
        selector: envelope.input().first_chunk::<4>().copied().unwrap_or_default(),
    }
}

/// System contracts that judge do not refuse: a fault here is a broken state.
fn broken(fault: &Fault) -> ExecutionFailure {
    ExecutionFailure::InvalidBlock {
        reason: format!("the city's rules could not be read: {fault}"),
    }
}

/// Judges a call or simulated transaction on the state in `database`. Calls without a sender come from nobody, and
/// calls of Governance rehearse what it may do: of both only what they call is judged. Quotas ration blocks, not calls.
///
/// # Errors
/// What the database gives; the inner result is the judgement.
pub(crate) fn judge_call<DB: Database>(
    database: &mut DB,
    block: BlockContext,
    intent: &Intent,
) -> Result<Result<(), Denial>, JudgementError<DB::Error>> {
    let mut host = DatabaseHost::new(database, block);
    let judgement = judge_once(&mut host, intent);
    if let Some(error) = host.error {
        return Err(JudgementError::Database(error));
    }
    judgement.map_err(JudgementError::Broken)
}

/// Why a call could not be judged.
pub(crate) enum JudgementError<E> {
    /// The state could not be read.
    Database(E),
    /// The state of the system contracts makes no sense.
    Broken(Fault),
}

fn judge_once(host: &mut dyn Host, intent: &Intent) -> Result<Result<(), Denial>, Fault> {
    let rules = access::rules(host)?;
    if !intent.sender.is_zero() && intent.sender != GOVERNANCE {
        let facts = access::facts(host, &rules, intent.sender)?;
        let now = host.block().timestamp;
        if let Err(denial) = access::judge_sender(&rules, &facts, intent, now) {
            return Ok(Err(denial));
        }
        if let Err(denial) = access::judge_joining(host, &rules, intent.sender)? {
            return Ok(Err(denial));
        }
    }
    access::judge_target(host, &rules, intent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use civitas_system_contracts::memory::MemoryHost;

    /// A flood of senders within one block height, where nothing is read anew.
    #[test]
    fn what_is_remembered_is_bounded_on_every_path() {
        for read_at in [Some(7), None] {
            let memory = Memory::default();
            let mut host = MemoryHost::default();
            let flood = u64::try_from(REMEMBERED_MAX).unwrap() + 10;
            let mut highest = 0;
            for number in 0..flood {
                let intent = Intent {
                    sender: Address::left_padding_from(&(number + 1).to_be_bytes()),
                    target: None,
                    selector: [0; 4],
                };
                let _ = memory.judge(&mut host, &intent, read_at);
                highest = highest.max(memory.0.lock().count());
            }
            assert!(
                (REMEMBERED_MAX / 2..=REMEMBERED_MAX).contains(&highest),
                "{highest}"
            );
            assert!(memory.0.lock().count() < 100, "it was forgotten once");
        }
    }
}

//! The system contracts inside blocks and calls: what the city does not allow never becomes part of a block.

use crate::support::MemoryState;
use alloy_consensus::{Header, SignableTransaction, TxEip1559};
use alloy_eips::eip4895::Withdrawals;
use alloy_genesis::GenesisAccount;
use alloy_primitives::{Address, B256, Bytes, FixedBytes, Signature, TxKind, U256, address};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_sol_types::{SolCall, SolError, SolEvent};
use civitas_evm::{CallContext, CallError, CallLimits, CallOverrides, ChainSpec, Door, EvmExecutor};
use civitas_ports::{BlockInput, ExecutionOutput, Executor, Policy};
use civitas_system_contracts::{
    access::Denial,
    address::{CONTROL, GOVERNANCE, ORGANISATIONS},
    genesis::{
        self, Circumstances, Founding, FoundingNode, GrantEntry, OrganisationEntry, OrganisationKindName,
        PolicyEntry,
    },
    interfaces::{IControl, IGovernance, IOrganisations},
    organisations,
};
use civitas_types::{Genesis, Height, LedgerParameters, Transaction, TxEnvelope};
use std::sync::Arc;

const CHAIN_ID: u64 = 7;
const REGULATOR: Address = Address::repeat_byte(0x4e);
const OFFICER: Address = Address::repeat_byte(0x0f);
const ALICE: Address = Address::repeat_byte(0xa1);
const BOB: Address = Address::repeat_byte(0xb0);
/// Stores its call data in slot 0.
const STORE: Address = address!("0x0000000000000000000000000000000000005703");
/// Calls STORE, returns whether that succeeded.
const FORWARD: Address = address!("0x00000000000000000000000000000000000f0f0f");
/// Delegates to Control.
const DELEGATE: Address = address!("0x00000000000000000000000000000000000de1e6");

fn founding(policy: PolicyEntry) -> Founding {
    let organisation = |name: &str| OrganisationEntry {
        name: name.to_owned(),
        kind: OrganisationKindName::Governance,
        level: 50,
        voting: true,
    };
    let grant = |role: &str, account, organisation: Option<&str>| GrantEntry {
        role: role.to_owned(),
        account,
        organisation: organisation.map(str::to_owned),
    };
    Founding {
        parameters: LedgerParameters::default(),
        organisations: vec![organisation("One"), organisation("Two")],
        rules: [(
            genesis::KindName::Control,
            genesis::RuleEntry {
                approval_percent: 50,
                approvals_min: 1,
                voting_seconds: 100,
                timelock_seconds: 0,
            },
        )]
        .into(),
        grants: vec![
            grant("Representative", Address::repeat_byte(1), Some("One")),
            grant("Representative", Address::repeat_byte(2), Some("Two")),
            grant("Representative", Address::repeat_byte(3), Some("One")),
            grant("Representative", Address::repeat_byte(4), Some("Two")),
            grant("CityRegulator", REGULATOR, None),
            grant("EmergencyOfficer", OFFICER, None),
            grant("Developer", BOB, None),
        ],
        policy,
        offices: None,
    }
}

/// `PUSH20 target GAS <op>` with empty data, and the flag of success returned.
fn calls(target: Address, op: u8, zeros: usize) -> Bytes {
    let mut code = vec![0x5f; zeros];
    code.push(0x73);
    code.extend(target.as_slice());
    code.extend([0x5a, op, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);
    code.into()
}

fn city(policy: PolicyEntry) -> Genesis {
    let circumstances = Circumstances {
        nodes: vec![FoundingNode {
            key: B256::repeat_byte(9),
            organisation: "One".to_owned(),
            name: "node0".to_owned(),
            endpoint: String::new(),
            beneficiary: Address::ZERO,
        }],
        ..Circumstances::default()
    };
    let storage = founding(policy).carry_out(&circumstances).unwrap();
    let mut alloc = genesis::accounts(&storage);
    let coded = |code: Bytes| {
        GenesisAccount::default()
            .with_nonce(Some(1))
            .with_code(Some(code))
    };
    alloc.insert(STORE, coded(Bytes::from_static(&[0x5f, 0x35, 0x5f, 0x55, 0x00])));
    alloc.insert(FORWARD, coded(calls(STORE, 0xf1, 5)));
    alloc.insert(DELEGATE, coded(calls(CONTROL, 0xf4, 4)));
    Genesis {
        ethereum: alloy_genesis::Genesis {
            config: ChainSpec::osaka_config(CHAIN_ID),
            gas_limit: 30_000_000,
            base_fee_per_gas: Some(0),
            alloc,
            ..alloy_genesis::Genesis::default()
        },
        parameters: LedgerParameters::default(),
        validators: Vec::new(),
    }
}

/// A ledger that executes block after block.
struct Ledger {
    state: MemoryState,
    spec: Arc<ChainSpec>,
    executor: EvmExecutor,
    seconds: u64,
}

impl Ledger {
    fn new(policy: PolicyEntry) -> Self {
        let genesis = city(policy);
        let spec = Arc::new(ChainSpec::from_genesis(&genesis));
        Self {
            state: MemoryState::of_genesis(&genesis),
            executor: EvmExecutor::new(spec.clone()),
            spec,
            seconds: 1_000,
        }
    }

    fn block(&mut self, transactions: Vec<Arc<Transaction>>) -> ExecutionOutput {
        self.state.height = Height::new(self.state.height.get() + 1);
        let input = BlockInput {
            height: self.state.height,
            parent_hash: B256::ZERO,
            timestamp_ms: self.seconds * 1_000,
            beneficiary: Address::ZERO,
            prev_randao: B256::ZERO,
            difficulty: U256::ZERO,
            nonce: 0,
            gas_limit: 30_000_000,
            base_fee: Some(0),
            extra_data: Bytes::new(),
            parent_beacon_block_root: Some(B256::ZERO),
            main: None,
            excess_blob_gas: Some(0),
            withdrawals: Some(Withdrawals::default()),
            ommers: Vec::new(),
            transactions,
            policy: Policy::Omit,
        };
        let output = self.executor.execute(&self.state, &input, None).unwrap();
        self.state.apply(output.diff.clone());
        output
    }

    /// Executes a call in a block of its own: whether it succeeded, or why it was left out.
    fn run(&mut self, sender: Address, to: Address, data: &[u8]) -> Result<bool, String> {
        let transaction = self.transaction(sender, TxKind::Call(to), data);
        let output = self.block(vec![transaction]);
        match output.omitted.first() {
            Some(omission) => Err(omission.reason.clone()),
            None => Ok(output.receipts[0].status()),
        }
    }

    fn transaction(&self, sender: Address, to: TxKind, data: &[u8]) -> Arc<Transaction> {
        let nonce = self
            .state
            .accounts
            .get(&sender)
            .map_or(0, |account| account.nonce);
        let fields = TxEip1559 {
            chain_id: CHAIN_ID,
            nonce,
            gas_limit: 1_000_000,
            to,
            input: Bytes::copy_from_slice(data),
            ..TxEip1559::default()
        };
        let signature = Signature::new(U256::ONE, U256::ONE, false);
        let envelope = TxEnvelope::Eip1559(fields.into_signed(signature));
        Arc::new(Transaction::with_sender(envelope, sender))
    }

    fn call(&self, from: Address, to: Address, data: &[u8]) -> Result<Bytes, CallError> {
        let header = Header {
            number: self.state.height.get(),
            timestamp: self.seconds,
            gas_limit: 30_000_000,
            base_fee_per_gas: Some(0),
            excess_blob_gas: Some(0),
            ..Header::default()
        };
        let context = CallContext {
            spec: &self.spec,
            view: &self.state,
            header: &header,
            limits: CallLimits {
                gas_max: 10_000_000,
                is_over: &|| false,
            },
        };
        let request = TransactionRequest::default()
            .from(from)
            .to(to)
            .input(Bytes::copy_from_slice(data).into());
        context.call(&request, &CallOverrides::default())
    }
}

fn freeze(account: Address) -> Vec<u8> {
    IControl::freezeAccountCall {
        account,
        reason: "case 7".to_owned(),
    }
    .abi_encode()
}

fn freeze_contract(target: Address) -> Vec<u8> {
    IControl::freezeContractCall {
        target,
        reason: "case 8".to_owned(),
    }
    .abi_encode()
}

#[test]
fn a_system_contract_answers_calls_and_emits_events() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    let query = IOrganisations::organisationCall {
        id: organisations::id_of("One"),
    };
    let answer = ledger.call(ALICE, ORGANISATIONS, &query.abi_encode()).unwrap();
    let one = IOrganisations::organisationCall::abi_decode_returns(&answer).unwrap();
    assert_eq!((one.name.as_str(), one.voting), ("One", true));

    let transaction = ledger.transaction(REGULATOR, TxKind::Call(CONTROL), &freeze(ALICE));
    let output = ledger.block(vec![transaction]);
    assert!(output.receipts[0].status());
    let [log] = output.receipts[0].logs() else {
        panic!("one event");
    };
    let event = IControl::AccountFrozen::decode_log(log).unwrap();
    assert_eq!(
        (log.address, event.account, event.by),
        (CONTROL, ALICE, REGULATOR)
    );
    assert!(output.diff.storage.contains_key(&CONTROL));
}

#[test]
fn a_refusal_reverts_with_its_custom_error_and_changes_nothing() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    let before = ledger.state.storage.clone();
    assert_eq!(ledger.run(ALICE, CONTROL, &freeze(BOB)), Ok(false));
    assert_eq!(ledger.state.storage.get(&CONTROL), before.get(&CONTROL));
    match ledger.call(ALICE, CONTROL, &freeze(BOB)) {
        Err(CallError::Reverted { output }) => {
            let error = civitas_system_contracts::fault::Unauthorized::abi_decode(&output).unwrap();
            assert_eq!(error.caller, ALICE);
        }
        other => panic!("{other:?}"),
    }
    // Governance itself cannot be asked by anyone else to act, and takes no value.
    assert_eq!(ledger.run(ALICE, GOVERNANCE, &[1, 2, 3, 4]), Ok(false));
}

#[test]
fn a_frozen_account_is_kept_out_of_blocks_until_it_is_unfrozen() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    assert_eq!(ledger.run(ALICE, STORE, &[1]), Ok(true));
    assert_eq!(ledger.run(REGULATOR, CONTROL, &freeze(ALICE)), Ok(true));
    let reason = ledger.run(ALICE, STORE, &[2]).unwrap_err();
    assert!(reason.contains("frozen"), "{reason}");
    let called = ledger.call(ALICE, STORE, &[2]);
    assert!(
        matches!(called, Err(CallError::Denied(Denial::AccountFrozen { .. }))),
        "{called:?}"
    );
    let door = Door::new(ledger.spec.clone());
    let transaction = ledger.transaction(ALICE, TxKind::Call(STORE), &[2]);
    let judged = door.judge(&ledger.state, 1_000_000, &transaction).unwrap();
    assert_eq!(judged, Err(Denial::AccountFrozen { account: ALICE }));

    let unfreeze = IControl::unfreezeAccountCall { account: ALICE }.abi_encode();
    assert_eq!(ledger.run(REGULATOR, CONTROL, &unfreeze), Ok(true));
    assert_eq!(ledger.run(ALICE, STORE, &[3]), Ok(true));
    let transaction = ledger.transaction(ALICE, TxKind::Call(STORE), &[4]);
    assert_eq!(
        door.judge(&ledger.state, 1_000_000, &transaction).unwrap(),
        Ok(())
    );
}

#[test]
fn a_freeze_holds_for_the_next_transaction_of_the_same_block() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    let order = ledger.transaction(REGULATOR, TxKind::Call(CONTROL), &freeze(ALICE));
    let late = ledger.transaction(ALICE, TxKind::Call(STORE), &[1]);
    let output = ledger.block(vec![order, late]);
    assert_eq!((output.receipts.len(), output.omitted.len()), (1, 1));
}

#[test]
fn a_freeze_by_emergency_lapses_by_itself() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    let order = IControl::emergencyFreezeAccountCall {
        account: ALICE,
        reason: String::new(),
    };
    assert_eq!(ledger.run(OFFICER, CONTROL, &order.abi_encode()), Ok(true));
    ledger.seconds += 72 * 3_600 - 1;
    assert!(ledger.run(ALICE, STORE, &[1]).is_err());
    ledger.seconds += 1;
    assert_eq!(ledger.run(ALICE, STORE, &[1]), Ok(true));
}

#[test]
fn a_frozen_contract_is_refused_to_accounts_and_to_contracts() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    let forwarded = |ledger: &Ledger| ledger.call(ALICE, FORWARD, &[]).unwrap();
    assert_eq!(forwarded(&ledger), Bytes::from(B256::with_last_byte(1)));
    assert_eq!(ledger.run(REGULATOR, CONTROL, &freeze_contract(STORE)), Ok(true));
    assert!(
        ledger
            .run(ALICE, STORE, &[1])
            .unwrap_err()
            .contains("frozen or retired")
    );
    assert_eq!(forwarded(&ledger), Bytes::from(B256::ZERO));
    assert_eq!(ledger.run(ALICE, FORWARD, &[]), Ok(true));
    assert_eq!(ledger.state.storage.get(&STORE), None);
}

#[test]
fn system_contracts_are_not_frozen_and_not_delegated_to() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    assert_eq!(
        ledger.run(REGULATOR, CONTROL, &freeze_contract(GOVERNANCE)),
        Ok(false)
    );
    assert_eq!(
        ledger.call(ALICE, DELEGATE, &[]).unwrap(),
        Bytes::from(B256::ZERO)
    );
}

#[test]
fn restricted_deployment_needs_a_role() {
    let mut ledger = Ledger::new(PolicyEntry {
        deployment_restricted: true,
        ..PolicyEntry::default()
    });
    let refused = ledger.transaction(ALICE, TxKind::Create, &[0x00]);
    let allowed = ledger.transaction(BOB, TxKind::Create, &[0x00]);
    let output = ledger.block(vec![refused, allowed]);
    assert_eq!(output.receipts.len(), 1);
    assert!(
        output.omitted[0].reason.contains("may not deploy"),
        "{}",
        output.omitted[0].reason
    );
}

#[test]
fn a_protected_function_needs_a_role() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    let protect = IControl::protectFunctionCall {
        target: STORE,
        selector: FixedBytes([1, 2, 3, 4]),
        required: true,
    };
    assert_eq!(ledger.run(REGULATOR, CONTROL, &protect.abi_encode()), Ok(true));
    let reason = ledger.run(ALICE, STORE, &[1, 2, 3, 4]).unwrap_err();
    assert!(reason.contains("protected"), "{reason}");
    assert_eq!(ledger.run(ALICE, STORE, &[4, 3, 2, 1]), Ok(true));
}

#[test]
fn a_quota_rations_gas_in_a_period() {
    let mut ledger = Ledger::new(PolicyEntry {
        default_quota: 1_100_000,
        period_seconds: 600,
        ..PolicyEntry::default()
    });
    assert_eq!(ledger.run(ALICE, STORE, &[1]), Ok(true));
    assert_eq!(ledger.run(ALICE, STORE, &[2]), Ok(true));
    // A gas limit of 1,000,000 fits beside at most 100,000 of used gas; a call uses between 21,000 and 50,000.
    let reasons: Vec<String> = (3..8)
        .filter_map(|value| ledger.run(ALICE, STORE, &[value]).err())
        .collect();
    assert!(reasons.len() >= 3, "{reasons:?}");
    assert!(
        reasons
            .iter()
            .all(|reason| reason.contains("quota of 1100000 gas")),
        "{reasons:?}"
    );
    let vote = ledger.run(ALICE, GOVERNANCE, &[1, 2, 3, 4]);
    assert_eq!(vote, Ok(false), "what is for Governance is not rationed");
    assert_eq!(
        ledger.run(BOB, STORE, &[1]),
        Ok(true),
        "another account has its own"
    );
    ledger.seconds += 600;
    assert_eq!(ledger.run(ALICE, STORE, &[9]), Ok(true), "a new period begins");
}

#[test]
fn a_frozen_account_does_not_act_through_its_code() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    assert_eq!(ledger.run(REGULATOR, CONTROL, &freeze(FORWARD)), Ok(true));
    assert_eq!(ledger.run(ALICE, FORWARD, &[]), Ok(false));
    assert_eq!(ledger.state.storage.get(&STORE), None);
    assert_eq!(ledger.run(ALICE, STORE, &[1]), Ok(true));
}

#[test]
fn data_that_unfolds_is_refused_before_it_does() {
    let mut ledger = Ledger::new(PolicyEntry::default());
    // An array of 1,000 actions that all are the same 20,000 bytes.
    let word = |value: usize| B256::from(U256::from(value));
    let mut data = IGovernance::proposeCall::SELECTOR.to_vec();
    for value in [0, 0x60, 0x80, 0, 1_000] {
        data.extend(word(value));
    }
    let action = 1_000 * 32;
    for _ in 0..1_000 {
        data.extend(word(action));
    }
    for value in [0, 0x40, 20_000] {
        data.extend(word(value));
    }
    data.resize(data.len() + 20_000, 7);
    let transaction = ledger.transaction(ALICE, TxKind::Call(GOVERNANCE), &data);
    let output = ledger.block(vec![transaction]);
    assert_eq!(output.receipts.len() + output.omitted.len(), 1);
    match ledger.call(ALICE, GOVERNANCE, &data) {
        Err(CallError::Reverted { output }) => {
            civitas_system_contracts::fault::MalformedCall::abi_decode(&output).unwrap();
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_identity_can_be_required() {
    let mut ledger = Ledger::new(PolicyEntry {
        identity_required: true,
        ..PolicyEntry::default()
    });
    let reason = ledger.run(ALICE, STORE, &[1]).unwrap_err();
    assert!(reason.contains("bound to no identity"), "{reason}");
    assert_eq!(
        ledger.run(ALICE, CONTROL, &freeze(BOB)),
        Ok(false),
        "system contracts can be called"
    );
}

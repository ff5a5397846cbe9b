//! Calls, estimates, access lists, traces and simulations over a small state in memory.

use crate::support::MemoryState;
use alloy_primitives::{Address, B256, Bytes, U256, bytes, keccak256};
use alloy_rpc_types_eth::{BlockOverrides, TransactionInput, TransactionRequest, state::AccountOverride};
use alloy_rpc_types_trace::geth::{GethDebugTracingOptions, GethTrace, PreStateFrame};
use alloy_sol_types::{Revert, SolError};
use civitas_evm::{
    BaseFeeRule, CallContext, CallError, CallLimits, CallOverrides, ChainSpec, OverrideError,
    SimulatedBlockRequest, Simulation, SimulationError, SimulationRequest, TimeOver, TracedCall,
    revert_reason,
};
use civitas_types::{Account, Header};
use revm::context_interface::result::HaltReason;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};

const SENDER: Address = Address::repeat_byte(0xaa);
const EMPTY: Address = Address::repeat_byte(0xee);
const LOOP: Address = Address::repeat_byte(0x01);
const ECHO_REVERT: Address = Address::repeat_byte(0x02);
const STORE: Address = Address::repeat_byte(0x03);
const CLEAR: Address = Address::repeat_byte(0x04);
const FORWARD: Address = Address::repeat_byte(0x05);
const READER: Address = Address::repeat_byte(0x06);
const NUMBER: Address = Address::repeat_byte(0x07);
const GAS_MAX: u64 = 50_000_000;

/// `PUSH20 address`.
fn push(address: Address) -> Vec<u8> {
    [&[0x73], address.as_slice()].concat()
}

fn state() -> MemoryState {
    let mut state = MemoryState::default();
    let mut put = |address: Address, code: &[u8]| {
        let mut account = Account {
            balance: U256::from(1_000_000),
            ..Account::default()
        };
        if !code.is_empty() {
            account.code_hash = keccak256(code);
            state
                .codes
                .insert(account.code_hash, Bytes::copy_from_slice(code));
        }
        state.accounts.insert(address, account);
    };
    put(SENDER, &[]);
    put(LOOP, &bytes!("5b600056"));
    put(ECHO_REVERT, &bytes!("366000600037366000fd"));
    // Slot 0 becomes 1.
    put(STORE, &bytes!("600160005500"));
    // Slot 0 becomes 0, which gives gas back.
    put(CLEAR, &bytes!("600060005500"));
    // Calls STORE with 5 wei, and reverts unless that succeeds.
    let call = [
        &bytes!("6000600060006000600573")[..10],
        &push(STORE),
        &bytes!("5af1601f575f5ffd5b00"),
    ]
    .concat();
    let target = u8::try_from(call.len() - 2).unwrap();
    let call: Vec<u8> = call
        .iter()
        .map(|byte| if *byte == 0x1f { target } else { *byte })
        .collect();
    put(FORWARD, &call);
    // Reads slot 7 and the balance of EMPTY.
    put(
        READER,
        &[&bytes!("60075450")[..], &push(EMPTY), &bytes!("315000")].concat(),
    );
    // Returns the block number.
    put(NUMBER, &bytes!("4360005260206000f3"));
    state
        .storage
        .entry(CLEAR)
        .or_default()
        .insert(U256::ZERO, U256::ONE);
    state
}

fn header() -> Header {
    Header {
        number: 9,
        timestamp: 1_000,
        gas_limit: 60_000_000,
        base_fee_per_gas: Some(0),
        excess_blob_gas: Some(0),
        blob_gas_used: Some(0),
        parent_beacon_block_root: Some(B256::ZERO),
        ..Header::default()
    }
}

struct Setup {
    spec: ChainSpec,
    state: MemoryState,
    header: Header,
}

impl Setup {
    fn new() -> Self {
        let mut state = state();
        state.height = civitas_types::Height::new(9);
        Self {
            spec: ChainSpec::osaka(7),
            state,
            header: header(),
        }
    }

    fn context<'a>(&'a self, is_over: TimeOver<'a>) -> CallContext<'a> {
        CallContext {
            spec: &self.spec,
            view: &self.state,
            header: &self.header,
            limits: CallLimits {
                gas_max: GAS_MAX,
                is_over,
            },
        }
    }
}

fn never() -> bool {
    false
}

fn to(target: Address) -> TransactionRequest {
    TransactionRequest::default().from(SENDER).to(target)
}

fn none() -> CallOverrides {
    CallOverrides::default()
}

fn overriding(address: Address, account: AccountOverride) -> CallOverrides {
    CallOverrides {
        state: Some([(address, account)].into_iter().collect()),
        block: None,
    }
}

#[test]
fn a_loop_ends_when_its_time_is_over() {
    let setup = Setup::new();
    let questions = AtomicU32::new(0);
    let is_over = || questions.fetch_add(1, Ordering::Relaxed) >= 3;
    let context = setup.context(&is_over);
    assert!(matches!(
        context.call(&to(LOOP), &none()),
        Err(CallError::TimedOut)
    ));
    assert!(matches!(
        context.estimate_gas(&to(LOOP), &none()),
        Err(CallError::TimedOut)
    ));
    let options = GethDebugTracingOptions::default();
    let traced = context.trace_call(
        &TracedCall {
            request: &to(LOOP),
            overrides: &none(),
            options: &options,
        },
        usize::MAX,
    );
    assert!(matches!(traced, Err(CallError::TimedOut)));
    // With all the time there is, gas ends it.
    let ended = setup.context(&never).call(&to(LOOP), &none());
    assert!(matches!(
        ended,
        Err(CallError::Halted {
            reason: HaltReason::OutOfGas(_)
        })
    ));
}

#[test]
fn reverts_show_their_reason() {
    let setup = Setup::new();
    let context = setup.context(&never);
    let data = Bytes::from(Revert::from("not today").abi_encode());
    let request = to(ECHO_REVERT).input(TransactionInput::new(data.clone()));
    for error in [
        context.call(&request, &none()).unwrap_err(),
        context.estimate_gas(&request, &none()).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "execution reverted: not today");
        let CallError::Reverted { output } = error else {
            panic!("{error}")
        };
        assert_eq!(output, data);
    }
    assert_eq!(revert_reason(b"anything"), None);
}

#[test]
fn overrides_apply() {
    let setup = Setup::new();
    let context = setup.context(&never);
    let number = |overrides| U256::from_be_slice(&context.call(&to(NUMBER), &overrides).unwrap());
    assert_eq!(number(none()), U256::from(9));
    let block = BlockOverrides::default().with_number(U256::from(55));
    assert_eq!(
        number(CallOverrides {
            state: None,
            block: Some(block)
        }),
        U256::from(55)
    );
    // PUSH1 9 SLOAD, returned.
    let read = bytes!("60095460005260206000f3");
    let account = AccountOverride::default()
        .with_code(read)
        .with_state_diff([(B256::with_last_byte(9), B256::with_last_byte(77))]);
    assert_eq!(number(overriding(NUMBER, account)), U256::from(77));
    // The identity precompile answers at its new address, and no longer at its own.
    let mut moved = AccountOverride::default();
    moved.set_move_precompile_to(EMPTY);
    let identity = Address::with_last_byte(4);
    let input = TransactionInput::new(bytes!("1234"));
    let overrides = overriding(identity, moved.clone());
    assert_eq!(
        context.call(&to(EMPTY).input(input.clone()), &overrides).unwrap(),
        bytes!("1234")
    );
    assert_eq!(
        context.call(&to(identity).input(input), &overrides).unwrap(),
        bytes!("")
    );
    let refused = context.call(&to(EMPTY), &overriding(SENDER, moved));
    let expected = OverrideError::NotAPrecompile { address: SENDER };
    assert!(matches!(refused, Err(CallError::Override(error)) if error == expected));
}

#[test]
fn prices_need_funds() {
    let setup = Setup::new();
    let context = setup.context(&never);
    let request = to(EMPTY).value(U256::from(1_000_001));
    assert!(matches!(
        context.call(&request, &none()),
        Err(CallError::InsufficientFunds { .. })
    ));
    let request = to(EMPTY).max_fee_per_gas(u128::from(u64::MAX)).gas_limit(21_000);
    assert!(matches!(
        context.call(&request, &none()),
        Err(CallError::InsufficientFunds { .. })
    ));
    assert!(context.call(&to(EMPTY), &none()).is_ok());
}

#[test]
fn estimates_are_enough_and_close() {
    let setup = Setup::new();
    let context = setup.context(&never);
    let plain = to(EMPTY).value(U256::ONE);
    assert_eq!(context.estimate_gas(&plain, &none()).unwrap(), 21_000);
    for target in [STORE, CLEAR, FORWARD, READER] {
        let estimate = context.estimate_gas(&to(target), &none()).unwrap();
        let succeeds = |gas| context.call(&to(target).gas_limit(gas), &none()).is_ok();
        assert!(succeeds(estimate), "{target}");
        let tolerated = estimate * 15 / 1_000;
        assert!(!succeeds(estimate - tolerated - 1), "{target}: {estimate}");
    }
    let error = context.estimate_gas(&to(LOOP), &none()).unwrap_err();
    assert!(
        matches!(error, CallError::GasAllowanceExceeded { gas_max: 16_777_216 }),
        "{error}"
    );
}

#[test]
fn access_lists_are_complete() {
    let setup = Setup::new();
    let outcome = setup
        .context(&never)
        .create_access_list(&to(READER), &none())
        .unwrap();
    assert_eq!(outcome.error, None);
    let mut items: Vec<_> = outcome
        .access_list
        .0
        .iter()
        .map(|item| (item.address, item.storage_keys.clone()))
        .collect();
    items.sort();
    let expected = vec![(READER, vec![B256::with_last_byte(7)]), (EMPTY, vec![])];
    assert_eq!(items, expected);
    let failed = setup
        .context(&never)
        .create_access_list(&to(ECHO_REVERT), &none())
        .unwrap();
    assert_eq!(failed.error.as_deref(), Some("execution reverted"));
}

fn trace(target: Address, options: serde_json::Value) -> Result<GethTrace, CallError> {
    let call = TracedCall {
        request: &to(target),
        overrides: &none(),
        options: &serde_json::from_value(options).unwrap(),
    };
    Setup::new().context(&never).trace_call(&call, 100_000)
}

#[test]
fn the_call_tracer_shows_nested_calls() {
    let GethTrace::CallTracer(frame) = trace(FORWARD, json!({ "tracer": "callTracer" })).unwrap() else {
        panic!("another tracer answered");
    };
    assert_eq!((frame.from, frame.to), (SENDER, Some(FORWARD)));
    assert_eq!(frame.calls.len(), 1);
    let inner = &frame.calls[0];
    assert_eq!(
        (inner.from, inner.to, inner.value),
        (FORWARD, Some(STORE), Some(U256::from(5)))
    );
    assert_eq!(inner.typ, "CALL");
}

#[test]
fn the_prestate_tracer_shows_what_changes() {
    let options = json!({ "tracer": "prestateTracer", "tracerConfig": { "diffMode": true } });
    let GethTrace::PreStateTracer(PreStateFrame::Diff(diff)) = trace(FORWARD, options).unwrap() else {
        panic!("another tracer answered");
    };
    let slot = B256::ZERO;
    assert_eq!(diff.post[&STORE].storage[&slot], B256::with_last_byte(1));
    assert_eq!(diff.post[&STORE].balance, Some(U256::from(1_000_005)));
    assert_eq!(diff.pre[&FORWARD].balance, Some(U256::from(1_000_000)));
    assert!(!diff.pre.contains_key(&READER));
}

#[test]
fn traces_are_bounded_and_tracers_checked() {
    assert!(matches!(
        trace(LOOP, json!({})),
        Err(CallError::TraceTooLarge { bytes_max: 100_000 })
    ));
    let GethTrace::Default(frame) = trace(STORE, json!({})).unwrap() else {
        panic!("another tracer answered");
    };
    let operations: Vec<_> = frame.struct_logs.iter().map(|log| log.op.to_string()).collect();
    assert_eq!(operations, ["PUSH1", "PUSH1", "SSTORE", "STOP"]);
    assert!(matches!(
        trace(STORE, json!({ "tracer": "{}" })),
        Err(CallError::Tracer { .. })
    ));
}

fn simulate(request: &SimulationRequest) -> Result<Vec<civitas_evm::SimulatedBlock>, SimulationError> {
    let setup = Setup::new();
    let root = |diff: &civitas_types::StateDiff| {
        let mut state = setup.state.clone();
        state.apply(diff.clone());
        Ok(state.root())
    };
    Simulation {
        context: setup.context(&never),
        base_fee: BaseFeeRule::Fixed(0),
        root: &root,
    }
    .run(request)
}

fn calls(calls: Vec<TransactionRequest>, validation: bool) -> SimulationRequest {
    SimulationRequest {
        blocks: vec![SimulatedBlockRequest {
            calls,
            ..SimulatedBlockRequest::default()
        }],
        trace_transfers: true,
        validation,
    }
}

#[test]
fn broken_rules_of_a_simulation_have_their_codes() {
    let block = |overrides, state| SimulationRequest {
        blocks: vec![SimulatedBlockRequest {
            overrides,
            state,
            ..SimulatedBlockRequest::default()
        }],
        ..SimulationRequest::default()
    };
    let identity = Address::with_last_byte(4);
    let mut to_itself = AccountOverride::default();
    to_itself.set_move_precompile_to(identity);
    let to_itself = [(identity, to_itself)].into_iter().collect();
    let init_code = TransactionRequest::default()
        .from(SENDER)
        .input(TransactionInput::new(vec![0; 49_153].into()));
    let number = |number: u64| BlockOverrides::default().with_number(U256::from(number));
    let rows = [
        (calls(vec![to(EMPTY).nonce(3)], true), -38011),
        (calls(vec![to(EMPTY).gas_limit(20_000)], true), -38013),
        (calls(vec![to(EMPTY).value(U256::from(2_000_000))], false), -38014),
        (calls(vec![to(EMPTY).gas_limit(60_000_001)], false), -38015),
        (block(number(9), Default::default()), -38020),
        (
            block(BlockOverrides::default().with_time(1_000), Default::default()),
            -38021,
        ),
        (block(Default::default(), to_itself), -38022),
        (calls(vec![init_code], false), -38025),
        (block(number(9 + 257), Default::default()), -38026),
    ];
    for (request, code) in rows {
        let error = simulate(&request).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
}

#[test]
fn simulated_blocks_build_on_one_another() {
    let mut request = calls(vec![to(STORE), to(FORWARD)], true);
    request.blocks.push(SimulatedBlockRequest {
        overrides: BlockOverrides::default().with_number(U256::from(13)),
        calls: vec![to(EMPTY).value(U256::from(3)), to(ECHO_REVERT)],
        ..SimulatedBlockRequest::default()
    });
    let blocks = simulate(&request).unwrap();
    let numbers: Vec<u64> = blocks.iter().map(|block| block.header.number).collect();
    assert_eq!(numbers, [10, 11, 12, 13]);
    for pair in blocks.windows(2) {
        assert_eq!(pair[1].header.parent_hash, pair[0].hash);
        assert_eq!(pair[1].header.timestamp, pair[0].header.timestamp + 12);
    }
    // The second call finds the slot written: it costs less.
    assert!(blocks[0].calls[1].gas_used < blocks[0].calls[0].gas_used + 21_000);
    // One transfer inside, from FORWARD to STORE.
    assert_eq!(blocks[0].calls[1].logs.len(), 1);
    let last = blocks.last().unwrap();
    assert_eq!(last.calls[0].logs.len(), 1);
    assert!(last.header.logs_bloom.is_zero());
    assert!(matches!(last.calls[1].failure, Some(CallError::Reverted { .. })));
    assert_ne!(blocks[0].header.state_root, last.header.state_root);
}

//! What a running ledger changes of its parameters.

use super::*;

fn adjustment(block_gas_max: u64, block_interval_ms: u64, heartbeat_ms: u64) -> abi::Adjustment {
    abi::Adjustment {
        blockGasMax: block_gas_max,
        blockIntervalMs: block_interval_ms,
        heartbeatMs: heartbeat_ms,
    }
}

fn adjust(host: &mut MemoryHost, chain_id: u64, adjustment: &abi::Adjustment) -> Result<Bytes, Fault> {
    let call = abi::adjustCall {
        chainId: chain_id,
        adjustment: adjustment.clone(),
    };
    govern(host, &call)
}

fn asked(host: &mut MemoryHost, chain_id: u64) -> Parameters {
    let query = abi::parametersCall { chainId: chain_id };
    let answer = host.call(Address::ZERO, ADDRESS, &query.abi_encode()).unwrap();
    abi::parametersCall::abi_decode_returns(&answer).unwrap()
}

#[test]
fn a_partition_ledger_is_adjusted_and_its_genesis_stays() {
    let mut host = city();
    govern(&mut host, &creation()).unwrap();
    assert_eq!(asked(&mut host, 900), parameters());
    let before = generation(&mut host).unwrap();
    adjust(&mut host, 900, &adjustment(90_000_000, 0, 2_500)).unwrap();
    assert!(generation(&mut host).unwrap() > before);
    let expected = Parameters {
        blockGasMax: 90_000_000,
        blockIntervalMs: 0,
        heartbeatMs: 2_500,
        ..parameters()
    };
    assert_eq!(asked(&mut host, 900), expected);
    // Newcomers derive the genesis from the record.
    let genesis = parameters::of_genesis(&parameters());
    assert_eq!(ledgers(&mut host).unwrap()[0].parameters, genesis);
    let now = parameters_now(&mut host, 900, &genesis).unwrap();
    assert_eq!(now, parameters::of_genesis(&expected));
    adjust(&mut host, 900, &adjustment(60_000_000, 100, 2_000)).unwrap();
    assert_eq!(asked(&mut host, 900), parameters());
}

#[test]
fn the_main_ledger_is_adjusted_alone() {
    let mut host = city();
    govern(&mut host, &creation()).unwrap();
    let genesis = LedgerParameters::default();
    found(&mut host, &genesis).unwrap();
    assert_eq!(parameters_now(&mut host, CHAIN_ID, &genesis).unwrap(), genesis);
    adjust(&mut host, CHAIN_ID, &adjustment(100_000_000, 200, 1_200)).unwrap();
    let expected = LedgerParameters {
        block_gas_max: 100_000_000,
        block_interval_ms: 200,
        heartbeat_ms: 1_200,
        ..genesis.clone()
    };
    assert_eq!(parameters_now(&mut host, CHAIN_ID, &genesis).unwrap(), expected);
    assert_eq!(parameters::of_genesis(&asked(&mut host, CHAIN_ID)), expected);
    assert_eq!(asked(&mut host, 900), parameters());
}

#[test]
fn what_no_genesis_could_have_is_refused() {
    let mut host = city();
    govern(&mut host, &creation()).unwrap();
    let refusals = [
        (adjustment(29_999_999, 100, 2_000), "blockGasMax"),
        (adjustment(10_000_000_001, 100, 2_000), "blockGasMax"),
        (adjustment(60_000_000, 2_000, 2_000), "blockIntervalMs"),
        (adjustment(60_000_000, 100, 3_000), "heartbeatMs"),
    ];
    for (adjustment, name) in &refusals {
        refused_argument(adjust(&mut host, 900, adjustment), name);
    }
    let good = adjustment(60_000_000, 100, 2_500);
    // Neither a ledger, nor one whose genesis the registry knows.
    for chain_id in [0, 901, CHAIN_ID] {
        refused(
            adjust(&mut host, chain_id, &good),
            abi::NoSuchLedger { chainId: chain_id },
        );
    }
    let name = "trade-1".to_owned();
    govern(&mut host, &freeze()).unwrap();
    adjust(&mut host, 900, &good).unwrap();
    govern(&mut host, &close()).unwrap();
    refused(adjust(&mut host, 900, &good), abi::LedgerClosed { name });
}

//! Imports the judges' Ethereum chain: every fork from Frontier to the blob parameter forks after Osaka.
//!
//! Each block's header must be valid against its parent, and executing the block must give exactly that header.

use crate::support::{self, MemoryState};
use alloy_consensus::{Block as EthereumBlock, transaction::SignerRecoverable};
use alloy_rlp::Decodable;
use civitas_evm::{
    ChainSpec, EvmExecutor, HeaderError, block_input_of, check_header, check_sealed, genesis_block, seal,
};
use civitas_ports::Executor;
use civitas_types::{Address, Genesis, Height, TxEnvelope};
use std::{fs, sync::Arc};

fn senders(block: &EthereumBlock<TxEnvelope>) -> Vec<Address> {
    let transactions = block.body.transactions.iter();
    transactions
        .map(|transaction| transaction.recover_signer_unchecked().unwrap())
        .collect()
}

#[test]
fn executing_the_imported_chain_gives_its_headers() {
    let genesis = fs::read_to_string(support::judge("rpc-compat/genesis.json")).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    let chain = fs::read(support::judge("rpc-compat/chain.rlp")).unwrap();
    let spec = Arc::new(ChainSpec::from_config(&genesis.ethereum.config));
    let executor = EvmExecutor::new(Arc::clone(&spec));
    let mut state = MemoryState::of_genesis(&genesis);
    let mut parent = genesis_block(&genesis, state.root());
    state.block_hashes.insert(0, parent.hash);
    let mut rest = chain.as_slice();
    let mut transactions = 0;
    while !rest.is_empty() {
        let block = EthereumBlock::<TxEnvelope>::decode(&mut rest).unwrap();
        let header = block.header.clone();
        check_header(&spec, &parent.header, parent.hash, &header).unwrap();
        let senders = senders(&block);
        transactions += senders.len();
        let input = block_input_of(block, &senders).unwrap();
        let before = state.clone();
        let root = |diff: &_| {
            let mut after = before.clone();
            after.apply(Clone::clone(diff));
            Ok(after.root())
        };
        let output = executor.execute(&state, &input, Some(&root)).unwrap();
        state.apply(output.diff.clone());
        let sealed = seal(&spec, &input, output, state.root());
        check_sealed(&header, &sealed.header).unwrap();
        assert_eq!(sealed.hash, header.hash_slow());
        state.height = sealed.height();
        state.block_hashes.insert(sealed.header.number, sealed.hash);
        parent = sealed;
    }
    println!("{transactions} transactions in {} blocks", parent.header.number);
    assert!(parent.header.number > 0);
}

#[test]
fn a_changed_header_is_refused() {
    let genesis = fs::read_to_string(support::judge("rpc-compat/genesis.json")).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    let chain = fs::read(support::judge("rpc-compat/chain.rlp")).unwrap();
    let spec = ChainSpec::from_config(&genesis.ethereum.config);
    let parent = genesis_block(&genesis, MemoryState::of_genesis(&genesis).root());
    let header = EthereumBlock::<TxEnvelope>::decode(&mut chain.as_slice())
        .unwrap()
        .header;
    let check = |header: &_| check_header(&spec, &parent.header, parent.hash, header);
    assert_eq!(check(&header), Ok(()));
    let mut changed = header.clone();
    changed.number = 7;
    assert!(matches!(
        check(&changed),
        Err(HeaderError::Number {
            found: 7,
            expected: 1
        })
    ));
    let mut changed = header.clone();
    changed.parent_hash = parent.header.state_root;
    assert!(matches!(check(&changed), Err(HeaderError::ParentHash { .. })));
    let mut changed = header.clone();
    changed.timestamp = 0;
    assert!(matches!(check(&changed), Err(HeaderError::Timestamp { .. })));
    let mut changed = header.clone();
    changed.gas_limit += changed.gas_limit / 1_024;
    assert!(matches!(check(&changed), Err(HeaderError::GasLimit { .. })));
    let mut changed = header.clone();
    changed.base_fee_per_gas = Some(7);
    assert!(matches!(check(&changed), Err(HeaderError::BaseFee { .. })));
    let mut changed = header.clone();
    changed.gas_used = changed.gas_limit + 1;
    assert!(matches!(check(&changed), Err(HeaderError::GasUsed { .. })));
    let mut changed = header.clone();
    changed.requests_hash = Some(parent.hash);
    let unexpected = HeaderError::Presence {
        field: "requestsHash",
        required: false,
    };
    assert_eq!(check(&changed), Err(unexpected));
    let mut changed = header.clone();
    changed.state_root = parent.hash;
    let difference = check_sealed(&header, &changed).unwrap_err();
    assert!(difference.to_string().contains("stateRoot"), "{difference}");
    assert_eq!(parent.height(), Height::GENESIS);
}

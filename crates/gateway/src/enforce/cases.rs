//! What the main ledger is asked about commands, and what is said to it.

use crate::{GatewayError, Intent, MainLedger, ledger::ask};
use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolCall;
use civitas_ports::OutwardProof;
use civitas_system_contracts::{
    address::{CASES, CHAINS},
    cases::{Attestation, Command},
    hook::{Hook, decode_root},
    interfaces::{
        ICases::{attestCall, attestationsCall, declareOverdueCall, openCommandsCall, proveCall},
        IChains::{RootKind, trustRootsCall},
    },
};

/// Commands that one answer holds, at most, by the contract.
const PAGE: u64 = 50;

/// Open commands of a chain that are looked at, at most: the ledger holds no more.
const COMMANDS_MAX: u64 = 1_000;

/// Trust roots that one answer holds; a chain has one of this kind for each hook that it ever had.
const ROOTS_PAGE: u64 = 50;

/// Gas above what a proof or a signature needs: another gateway may be first, which is refused sooner.
const GAS_EXTRA: u64 = 100_000;

/// The hook of a chain as the ledger has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RegisteredHook {
    pub(super) hook: Hook,
    pub(super) code_hash: B256,
}

pub(super) async fn open_commands(
    ledger: &dyn MainLedger,
    chain: B256,
) -> Result<Vec<Command>, GatewayError> {
    let mut found = Vec::new();
    for from in (0..COMMANDS_MAX).step_by(usize::try_from(PAGE).unwrap_or(1)) {
        let call = openCommandsCall {
            chain,
            from,
            count: PAGE,
        };
        let page = ask(ledger, "the commands of a chain", CASES, &call).await?;
        let is_last = u64::try_from(page.len()).is_ok_and(|count| count < PAGE);
        found.extend(page);
        if is_last {
            break;
        }
    }
    Ok(found)
}

/// The newest hook of a chain; none if it has none.
pub(super) async fn registered_hook(
    ledger: &dyn MainLedger,
    chain: B256,
    chain_id: u64,
) -> Result<Option<RegisteredHook>, GatewayError> {
    let mut newest = None;
    let mut from = 0;
    loop {
        let call = trustRootsCall {
            id: chain,
            kind: RootKind::Contract,
            from,
            count: ROOTS_PAGE,
        };
        let page = ask(ledger, "the hook of a chain", CHAINS, &call).await?;
        let is_last = u64::try_from(page.len()).is_ok_and(|count| count < ROOTS_PAGE);
        newest = page.into_iter().last().or(newest);
        if is_last {
            break;
        }
        from += ROOTS_PAGE;
    }
    Ok(newest.and_then(|root| {
        let (address, code_hash) = decode_root(&root.root)?;
        Some(RegisteredHook {
            hook: Hook { chain_id, address },
            code_hash,
        })
    }))
}

pub(super) async fn attestations(ledger: &dyn MainLedger, id: u64) -> Result<Vec<Attestation>, GatewayError> {
    ask(
        ledger,
        "the signatures of a command",
        CASES,
        &attestationsCall { id },
    )
    .await
}

fn intent(what: &'static str, call: &impl SolCall) -> Intent {
    Intent {
        what,
        to: CASES,
        input: call.abi_encode().into(),
        gas_extra: GAS_EXTRA,
    }
}

pub(super) fn attest(id: u64, signature: &[u8; 65]) -> Intent {
    let signature = Bytes::copy_from_slice(signature);
    intent("the signature of a command", &attestCall { id, signature })
}

pub(super) fn prove(id: u64, proof: OutwardProof) -> Intent {
    let call = proveCall {
        id,
        header: proof.header,
        accountProof: proof.account,
        storageProof: proof.storage,
    };
    intent("the proof of a command", &call)
}

pub(super) fn declare(id: u64) -> Intent {
    intent("that a command is overdue", &declareOverdueCall { id })
}

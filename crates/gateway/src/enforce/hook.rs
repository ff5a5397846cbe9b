//! The supervision hook on its chain: what it is asked, and what is sent to it.

use super::cases::RegisteredHook;
use crate::GatewayError;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use alloy_sol_types::SolCall;
use civitas_ports::{DigestSigner, ForeignError, Outward, OutwardCall, Sent};
use civitas_system_contracts::{
    cases::Attestation,
    hook::{
        Instruction,
        abi::{
            IAttested::{gatewaysCall, thresholdCall},
            ISupervisionHook::{executeCall, executedCall, latestCall},
        },
    },
};

/// Gas of one execution, at most: 16 signatures at 5,000, three slots of storage, and the call itself are a third of it.
const EXECUTE_GAS_MAX: u64 = 1_000_000;

/// The hook as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HookState {
    address: Address,
    /// Ascending.
    gateways: Vec<Address>,
    threshold: usize,
}

async fn ask<C: SolCall>(outward: &dyn Outward, to: Address, call: &C) -> Result<C::Return, GatewayError> {
    let answer = outward.call(to, call.abi_encode().into()).await?;
    C::abi_decode_returns(&answer).map_err(|_| GatewayError::NotAHook { address: to })
}

/// Looks at the hook: its code has to be what the ledger says.
pub(super) async fn read(
    outward: &dyn Outward,
    registered: &RegisteredHook,
) -> Result<HookState, GatewayError> {
    let address = registered.hook.address;
    let found = keccak256(outward.code(address).await?);
    if found != registered.code_hash {
        return Err(GatewayError::HookCode {
            address,
            expected: registered.code_hash,
            found,
        });
    }
    Ok(HookState {
        address,
        gateways: ask(outward, address, &gatewaysCall {}).await?,
        threshold: ask(outward, address, &thresholdCall {}).await?.into(),
    })
}

impl HookState {
    pub(super) async fn executed(&self, outward: &dyn Outward, id: u64) -> Result<bool, GatewayError> {
        ask(outward, self.address, &executedCall { commandId: id }).await
    }

    /// The newest command on the target of an instruction.
    pub(super) async fn latest(
        &self,
        outward: &dyn Outward,
        instruction: &Instruction,
    ) -> Result<u64, GatewayError> {
        let call = latestCall {
            kind: instruction.action / 2,
            target: instruction.target,
        };
        ask(outward, self.address, &call).await
    }

    /// As many signatures as the hook wants, in the order that it wants; none if there are too few of its gateways.
    pub(super) fn signatures(&self, attestations: &[Attestation]) -> Option<Vec<Vec<u8>>> {
        let found: Vec<Vec<u8>> = self
            .gateways
            .iter()
            .filter_map(|gateway| attestations.iter().find(|found| found.gateway == *gateway))
            .map(|attestation| normalised(&attestation.signature))
            .take(self.threshold)
            .collect();
        (found.len() == self.threshold && self.threshold > 0).then_some(found)
    }

    /// Whose turn it is to send a command: 0 sends first. It rotates, so that all share the cost.
    pub(super) fn rank(&self, gateway: Address, id: u64) -> u32 {
        let count = self.gateways.len();
        let place = self
            .gateways
            .iter()
            .position(|known| *known == gateway)
            .unwrap_or(count);
        let start = usize::try_from(id).unwrap_or_default() % count.max(1);
        let rank = if place < count {
            (place + count - start) % count
        } else {
            count
        };
        u32::try_from(rank).unwrap_or(u32::MAX)
    }

    /// Sends an instruction; none if another transaction of the account waits.
    pub(super) async fn execute(
        &self,
        outward: &dyn Outward,
        signer: &DigestSigner,
        (instruction, signatures): (Instruction, Vec<Vec<u8>>),
    ) -> Result<Option<B256>, ForeignError> {
        let call = executeCall {
            instruction,
            signatures: signatures.into_iter().map(Bytes::from).collect(),
        };
        let call = OutwardCall {
            to: Some(self.address),
            input: call.abi_encode().into(),
            gas_max: EXECUTE_GAS_MAX,
        };
        Ok(match outward.send(&call, signer).await? {
            Sent::New { hash } => Some(hash),
            Sent::Waits => None,
        })
    }
}

/// The ledger takes 0 and 1 as the last byte, too; Solidity's `ecrecover` takes 27 and 28.
fn normalised(signature: &[u8]) -> Vec<u8> {
    let mut bytes = signature.to_vec();
    if let Some(last) = bytes.last_mut()
        && *last < 27
    {
        *last = last.saturating_add(27);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(threshold: usize) -> HookState {
        HookState {
            address: Address::ZERO,
            gateways: (1..=3).map(Address::repeat_byte).collect(),
            threshold,
        }
    }

    fn signed(number: u8, last: u8) -> Attestation {
        Attestation {
            gateway: Address::repeat_byte(number),
            signature: vec![number, last].into(),
        }
    }

    #[test]
    fn signatures_are_those_of_the_gateways_of_the_hook_in_its_order() {
        let given = [signed(9, 27), signed(3, 1), signed(1, 28)];
        let check = |threshold, expected: Option<Vec<Vec<u8>>>| {
            assert_eq!(state(threshold).signatures(&given), expected, "{threshold}");
        };
        check(1, Some(vec![vec![1, 28]]));
        check(2, Some(vec![vec![1, 28], vec![3, 28]]));
        check(3, None);
        check(0, None);
    }

    #[test]
    fn all_gateways_of_the_hook_come_first_in_turn() {
        let ranks = |id| -> Vec<u32> {
            let hook = state(2);
            (1..=4)
                .map(|number| hook.rank(Address::repeat_byte(number), id))
                .collect()
        };
        assert_eq!(ranks(6), [0, 1, 2, 3]);
        assert_eq!(ranks(7), [2, 0, 1, 3]);
        assert_eq!(ranks(8), [1, 2, 0, 3]);
    }
}

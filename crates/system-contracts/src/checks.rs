//! What the tests of all contracts ask alike.

use crate::{
    SystemContract,
    fault::{Fault, InvalidArgument, Unauthorized},
    memory::MemoryHost,
};
use alloy_json_abi::StateMutability;
use alloy_primitives::{Address, FixedBytes};
use alloy_sol_types::SolError;
use std::fmt::Debug;

/// Holds no role and represents nobody.
const STRANGER: Address = Address::repeat_byte(0x99);

/// The call was refused with exactly this error.
pub(crate) fn refused(result: Result<impl Debug, Fault>, error: impl SolError) {
    assert_eq!(result.map(|_| ()).unwrap_err(), Fault::from(error));
}

/// The call was refused because of this argument.
pub(crate) fn refused_argument(result: Result<impl Debug, Fault>, name: &str) {
    let Err(Fault::Refused(bytes)) = result else {
        panic!("{name} was taken");
    };
    assert_eq!(InvalidArgument::abi_decode(&bytes).unwrap().name, name);
}

/// Every function that changes something refuses a stranger, but for those that are `open` to everybody: `calls` holds
/// one call of each.
pub(crate) fn strangers_change_nothing(
    host: &mut MemoryHost,
    contract: &SystemContract,
    calls: &[Vec<u8>],
    open: &[[u8; 4]],
) {
    let mut covered = open.to_vec();
    for call in calls {
        let selector = *call.first_chunk::<4>().unwrap();
        covered.push(selector);
        refused(
            host.call(STRANGER, contract.address, call),
            Unauthorized {
                caller: STRANGER,
                selector: FixedBytes(selector),
            },
        );
    }
    let abi = (contract.abi)();
    for function in abi.functions() {
        let reads = function.state_mutability == StateMutability::View;
        let name = &function.name;
        assert!(
            reads || covered.contains(&function.selector().0),
            "{name} is not covered"
        );
    }
}

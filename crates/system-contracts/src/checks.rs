//! What the tests of all contracts ask alike.

use crate::fault::{Fault, InvalidArgument};
use alloy_sol_types::SolError;
use std::fmt::Debug;

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

//! The validators of one epoch, as the application looks them up.

use alloy_primitives::Address;
use civitas_types::{NodeKey, Validator};
use std::collections::BTreeMap;

/// The validators of an epoch.
pub(super) struct Committee {
    pub(super) validators: Vec<Validator>,
    pub(super) beneficiaries: BTreeMap<NodeKey, Address>,
}

impl From<Vec<Validator>> for Committee {
    fn from(validators: Vec<Validator>) -> Self {
        let beneficiaries = validators
            .iter()
            .map(|validator| (validator.public_key, validator.beneficiary))
            .collect();
        Self {
            validators,
            beneficiaries,
        }
    }
}

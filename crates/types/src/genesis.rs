//! The genesis of a ledger: a geth `genesis.json` with a `civitas` section in its `config`.
//!
//! Ethereum's tools can read the file as it is; an Ethereum genesis without the section is also accepted (the
//! judge chains are imported from such files).

use crate::{LedgerParameters, ParametersError};
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Ed25519 public key of a node: its name in the network and among the validators.
pub type NodeKey = B256;

/// A validator of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Validator {
    /// Name for people, unique in the city.
    pub name: String,
    /// The key that its node certificate carries and its votes are signed with.
    pub public_key: NodeKey,
    /// Receives the priority fees of its blocks (`miner` in Ethereum's answers).
    pub beneficiary: alloy_primitives::Address,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CivitasSection {
    parameters: LedgerParameters,
    validators: Vec<Validator>,
}

/// The genesis of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Ethereum's part: chain id, forks, header fields, first accounts.
    pub ethereum: alloy_genesis::Genesis,
    /// Ledger parameters.
    pub parameters: LedgerParameters,
    /// The first validators. Empty on imported Ethereum chains.
    pub validators: Vec<Validator>,
}

/// Why a genesis cannot be used.
#[derive(Debug, Error)]
pub enum GenesisError {
    /// Not the JSON of a genesis.
    #[error("the genesis cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// A parameter is out of its bounds.
    #[error("the genesis has a bad parameter")]
    Parameters(#[from] ParametersError),
    /// Two validators share a key or a name.
    #[error("validator {name} stands twice in the genesis (same name or same key)")]
    DuplicateValidator {
        /// The second one.
        name: String,
    },
}

impl Genesis {
    /// Reads and checks the JSON form.
    ///
    /// # Errors
    /// See [`GenesisError`].
    pub fn from_json(json: &str) -> Result<Self, GenesisError> {
        let mut ethereum: alloy_genesis::Genesis = serde_json::from_str(json)?;
        let section = match ethereum.config.extra_fields.remove("civitas") {
            Some(value) => serde_json::from_value(value)?,
            None => CivitasSection::default(),
        };
        let genesis = Self {
            ethereum,
            parameters: section.parameters,
            validators: section.validators,
        };
        genesis.parameters.check()?;
        genesis.check_validators()?;
        Ok(genesis)
    }

    /// The JSON form.
    ///
    /// # Errors
    /// Only if a value cannot be expressed in JSON.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let section = CivitasSection {
            parameters: self.parameters.clone(),
            validators: self.validators.clone(),
        };
        let mut ethereum = self.ethereum.clone();
        ethereum
            .config
            .extra_fields
            .insert("civitas".to_owned(), serde_json::to_value(section)?);
        serde_json::to_string_pretty(&ethereum)
    }

    /// Chain id of the ledger.
    pub const fn chain_id(&self) -> u64 {
        self.ethereum.config.chain_id
    }

    fn check_validators(&self) -> Result<(), GenesisError> {
        for (index, validator) in self.validators.iter().enumerate() {
            let clash =
                |other: &Validator| other.name == validator.name || other.public_key == validator.public_key;
            if self.validators[..index].iter().any(clash) {
                return Err(GenesisError::DuplicateValidator {
                    name: validator.name.clone(),
                });
            }
        }
        Ok(())
    }
}
